"""``locard bench datasets`` and ``locard bench unpack``."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image
from typer.testing import CliRunner

from conftest import jpeg_bytes, synthetic_photo
from locard.cli.bench import app


def test_sets_are_listed() -> None:
    result = CliRunner().invoke(app, ["datasets"], env={"COLUMNS": "200"})
    assert result.exit_code == 0
    assert "casia-v2" in result.stdout
    assert "test, val" in result.stdout


def test_parquet_is_unpacked(tmp_path: Path) -> None:
    jpeg = jpeg_bytes(synthetic_photo(16, 16))
    rows = [{"image": jpeg, "label": "fake", "model": "flux"}]
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "test-0.parquet")
    out = str(tmp_path / "out")
    result = CliRunner().invoke(app, ["unpack", str(tmp_path), out, "--dataset", "openfake"])
    assert result.exit_code == 0
    assert "1 pictures in" in result.stdout
    assert (tmp_path / "out/test/fake/flux").is_dir()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "either --dataset or --frames"),
        (["--frames", "3", "--dataset", "sid-set"], "either --dataset or --frames"),
        (["--dataset", "columbia"], "sets published as Parquet: openfake, sid-set, so-fake"),
        (["--dataset", "sid-set"], "no Parquet files"),
        (["--frames", "3"], "no readable videos"),
    ],
)
def test_wrong_usage(arguments: list[str], message: str, tmp_path: Path) -> None:
    command = ["unpack", str(tmp_path), str(tmp_path / "out"), *arguments]
    result = CliRunner().invoke(app, command, env={"COLUMNS": "300"})
    assert result.exit_code == 2
    assert message in result.output


def test_an_incomplete_copy_is_run_when_asked(tmp_path: Path) -> None:
    for name in ("1.tif", "1t.tif"):
        (tmp_path / "image").mkdir(exist_ok=True)
        Image.fromarray(synthetic_photo(64, 64)).save(tmp_path / "image" / name)
    plugin = tmp_path / "half.py"
    plugin.write_text("def predict(image):\n    return 0.5, None\n")
    out = tmp_path / "run.parquet"
    command = [
        "run", "coverage", "--root", str(tmp_path), "--out", str(out), "--methods", "",
        "--plugin", str(plugin), "--jobs", "1", "--no-aligned", "--no-stability",
    ]  # fmt: skip
    refused = CliRunner().invoke(app, command, env={"COLUMNS": "300"})
    assert refused.exit_code == 2
    assert "COVERAGE: image holds 1 of 100 edited pictures" in refused.output
    assert "1 of 1 masks for image are missing, the first is that of 1t.tif" in refused.output
    assert not out.exists()
    done = CliRunner().invoke(app, [*command, "--incomplete"], env={"COLUMNS": "300"})
    assert done.exit_code == 0, done.output
    assert "image holds 1 of 100 edited pictures" in done.output
    assert out.exists()
