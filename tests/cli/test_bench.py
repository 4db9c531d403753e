"""``locard bench``: from a folder to predictions, figures, a page; a sentence for bad input."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from typer.testing import CliRunner

from bench.runs import rows, write
from conftest import jpeg_bytes, synthetic_photo
from locard.bench.predictions import read_run
from locard.cli import app

RUN = CliRunner()
FAST = ["--methods", "jpeg-grid,power-spectrum", "--no-stability", "--no-aligned", "--jobs", "1"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    root = tmp_path / "set"
    for place, name in enumerate(("real", "fake")):
        (root / name).mkdir(parents=True)
        for n in range(3):
            photo = synthetic_photo(96, 96, 10 * place + n)
            (root / name / f"{n}.jpg").write_bytes(jpeg_bytes(photo))
    return root


@pytest.fixture
def predictions(tmp_path: Path) -> Path:
    return write(tmp_path / "run.parquet", rows())


def test_run_score_and_report(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "run.parquet"
    done = RUN.invoke(app, ["bench", "run", str(folder), "--out", str(out), *FAST, "--sheets", "1"])
    assert done.exit_code == 0, done.output
    assert "6 items of set" in done.stdout
    done = RUN.invoke(app, ["bench", "score", str(out), "--json", "--resamples", "10"])
    found = json.loads(done.stdout)
    assert found["schema"] == "locard.scores/1"
    fused = next(s for s in found["scores"] if s["method"] == "fusion")
    assert (fused["items"], fused["positives"]) == (6, 3)
    page = tmp_path / "page"
    done = RUN.invoke(app, ["bench", "report", str(out), "--out", str(page), "--resamples", "10"])
    assert done.exit_code == 0, done.output
    assert "Contact sheets" in (page / "run.html").read_text("utf-8")


def test_unreadable_items_are_exit_code_3(folder: Path, tmp_path: Path) -> None:
    (folder / "real" / "bad.jpg").write_bytes(b"no picture")
    options = ["--out", str(tmp_path / "run.parquet"), *FAST]
    done = RUN.invoke(app, ["bench", "run", str(folder), *options])
    assert done.exit_code == 3
    assert "1 of 7 pictures could not be read; the first is real/bad.jpg: " in done.stderr


def test_what_failed_is_named(folder: Path, tmp_path: Path) -> None:
    plugin = tmp_path / "boom.py"
    plugin.write_text("def predict(image):\n    raise RuntimeError('no weights')\n")
    cv2.imwrite(str(folder / "small.png"), np.full((20, 20), 255, np.uint8))
    cv2.imwrite(str(folder / "black.png"), np.zeros((96, 96), np.uint8))
    table = folder / "set.csv"
    table.write_text(
        "path,label,mask,msk\nreal/0.jpg,0,,x\nfake/0.jpg,1,small.png,\nfake/1.jpg,1,black.png,\n"
    )
    out = tmp_path / "run.parquet"
    options = ["--out", str(out), *FAST, "--plugin", str(plugin)]
    done = RUN.invoke(app, ["bench", "run", str(table), *options])
    assert done.exit_code == 3
    assert "set: these columns mean nothing to locard: msk" in done.stderr
    failed = {line.partition(";")[0]: line for line in done.stderr.splitlines()}
    assert "RuntimeError: no weights" in failed["3 of 3 pictures made boom fail"]
    masks = failed["2 of 3 pictures have a mask that could not be used"]
    assert masks.endswith("fake/0.jpg: the mask is 20 × 20, the picture is not")
    reasons = {r["item"]: r["reason"] for r in read_run(out).table.to_pylist() if r["score"]}
    assert reasons["fake/1.jpg"] == "the mask marks nothing"


@pytest.mark.parametrize(
    "arguments",
    [
        ["no-such-set"],
        ["casia-v1"],
        ["SET", "--methods", "no-such-method"],
        ["SET", "--methods", ""],
        ["SET", "--degrade", "no-such-step:2"],
        ["SET", "--degrade", "jpeg:9"],
        ["SET", "--plugin", "none.py"],
        ["SET", "--question", "wrong"],
        ["SET", "--limit", "0"],
    ],
)
def test_wrong_usage_is_exit_code_2(folder: Path, tmp_path: Path, arguments: list[str]) -> None:
    given = [str(folder) if a == "SET" else a for a in arguments]
    out = tmp_path / "run.parquet"
    done = RUN.invoke(app, ["bench", "run", *given, "--out", str(out)])
    assert done.exit_code == 2, done.output
    assert "Traceback" not in done.output
    assert not out.exists()


def test_a_half_copied_set_says_what_is_missing(folder: Path, tmp_path: Path) -> None:
    for file in (folder / "fake").iterdir():
        file.unlink()
    done = RUN.invoke(app, ["bench", "run", str(folder), "--out", str(tmp_path / "run.parquet")])
    assert done.exit_code == 2
    assert "fake" in done.stderr


def test_an_existing_file_is_kept(folder: Path, predictions: Path) -> None:
    before = predictions.read_bytes()
    done = RUN.invoke(app, ["bench", "run", str(folder), "--out", str(predictions)])
    assert done.exit_code == 2
    assert predictions.read_bytes() == before


def test_tables_show_both_columns(predictions: Path) -> None:
    done = RUN.invoke(app, ["bench", "score", str(predictions), "--resamples", "10"])
    assert done.exit_code == 0, done.output
    for words in ("AUC raw", "AUC aligned", "calibration, aligned", "AUC by operation", "jpeg:3"):
        assert words in done.stdout


def test_compare_prints_and_refuses(predictions: Path, tmp_path: Path) -> None:
    options = ["bench", "compare", str(predictions), str(predictions), "--resamples", "10"]
    done = RUN.invoke(app, options)
    assert done.exit_code == 0, done.output
    assert "DeLong" in done.stdout
    listed = json.loads(RUN.invoke(app, [*options, "--json"]).stdout)
    assert listed[0]["differences"]["auc"]["value"] == 0
    text = tmp_path / "text.parquet"
    text.write_text("no")
    for command in ("score", "report"):
        done = RUN.invoke(app, ["bench", command, str(text)])
        assert done.exit_code == 2
        assert "not a readable Parquet file" in done.stderr
