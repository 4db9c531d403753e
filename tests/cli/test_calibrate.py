"""``locard calibrate`` fits on prediction files and refuses anything else."""

from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bench.runs import rows, write
from locard.bench.predictions import FUSION
from locard.cli import app
from locard.opinion.calibration import Fusion

RUN = CliRunner()


@pytest.fixture
def options(tmp_path: Path) -> list[str]:
    return ["--question", "edited", "--data", "tiny", "--out", str(tmp_path / "out")]


def test_from_predictions_to_calibrators(tmp_path: Path, options: list[str]) -> None:
    predictions = write(tmp_path / "a.parquet", rows(items=40))
    picture = tmp_path / "reliability.svg"
    done = RUN.invoke(app, ["calibrate", str(predictions), *options, "--diagram", str(picture)])
    assert done.exit_code == 0, done.output
    fusion = Fusion.model_validate_json((tmp_path / "out" / "fusion.edited.json").read_text())
    assert fusion.fitted_on.proposition == fusion.fitted_on.alternative == 120
    assert picture.read_text().startswith("<svg")


def test_what_cannot_be_fitted_on_is_refused(tmp_path: Path, options: list[str]) -> None:
    kept = write(tmp_path / "kept.parquet", rows(items=4), reserved=True)
    other = tmp_path / "index.csv"
    other.write_text("path,label,source\n")
    for table, says in ((kept, "reserved for evaluation"), (other, "not a readable Parquet file")):
        done = RUN.invoke(app, ["calibrate", str(table), *options])
        assert done.exit_code == 2
        assert says in done.stderr
    done = RUN.invoke(app, ["calibrate", str(tmp_path / "none.parquet"), *options])
    assert done.exit_code == 2
    options[1] = "wrong"
    assert RUN.invoke(app, ["calibrate", str(kept), *options]).exit_code == 2


def test_too_few_exhibits_are_one_sentence(tmp_path: Path, options: list[str]) -> None:
    predictions = write(tmp_path / "a.parquet", rows(items=3))
    done = RUN.invoke(app, ["calibrate", str(predictions), *options])
    assert done.exit_code == 2
    assert "no method applied to 10 exhibits of 3 sources of each class" in done.stderr
    assert not list((tmp_path / "out").glob("*.json"))


def test_scores_of_other_methods_are_named(tmp_path: Path, options: list[str]) -> None:
    own = [row for row in rows(items=4) if row.method == FUSION]
    outside = [replace(row, method="mine") for row in own]
    predictions = write(tmp_path / "a.parquet", [*own, *outside])
    done = RUN.invoke(app, ["calibrate", str(predictions), *options])
    assert done.exit_code == 2
    assert "only locard's own methods are calibrated, and these are not: mine" in done.stderr


def test_no_methods_are_refused_in_a_sentence(tmp_path: Path, options: list[str]) -> None:
    predictions = write(tmp_path / "a.parquet", rows(items=4))
    done = RUN.invoke(app, ["calibrate", str(predictions), *options, "--methods", ""])
    assert done.exit_code == 2
    assert "no method is named" in done.stderr


def test_a_method_that_is_named_twice_counts_once(tmp_path: Path, options: list[str]) -> None:
    predictions = write(tmp_path / "a.parquet", rows(items=40))
    file = tmp_path / "out" / "fusion.edited.json"
    found = []
    for names in ("copy-move", "copy-move,copy-move"):
        done = RUN.invoke(app, ["calibrate", str(predictions), *options, "--methods", names])
        assert done.exit_code == 0, done.output
        found.append(Fusion.model_validate_json(file.read_text()).weights)
    assert found[0] == found[1]


def test_a_place_that_cannot_be_written_is_one_sentence(tmp_path: Path, options: list[str]) -> None:
    predictions = write(tmp_path / "a.parquet", rows(items=40))
    diagram = ["--diagram", str(tmp_path / "none" / "a.svg")]
    options[5] = str(tmp_path / "new")
    for more in (diagram, ["--out", str(predictions)]):
        done = RUN.invoke(app, ["calibrate", str(predictions), *options, *more])
        assert done.exit_code == 2
        assert "cannot be written" in done.stderr
        assert done.exception is None or isinstance(done.exception, SystemExit)
