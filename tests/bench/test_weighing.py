"""Predictions weighed anew: merged, recalibrated, with methods left out."""

from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bench.runs import prediction, rows, scored, write
from locard.bench.predictions import FUSION, Metadata, PredictionError, Writer, read_run
from locard.bench.weighing import weigh
from locard.cli import app
from locard.methods import Question
from locard.opinion import Calibrator

STEEP = Calibrator(
    method="copy-move",
    question=Question.EDITED,
    basis="stated",
    why="a test",
    scores=(-10.0, 10.0),
    log10_lr=(-20.0, 20.0),
)


@pytest.fixture
def calibrators(monkeypatch: pytest.MonkeyPatch) -> None:
    grid = STEEP.model_copy(update={"method": "jpeg-grid", "log10_lr": (-1.0, 1.0)})
    known = {(c.method, c.question): c for c in (STEEP, grid)}
    monkeypatch.setattr("locard.opinion.opinion.load_calibrators", lambda: known)
    monkeypatch.setattr("locard.opinion.opinion.load_fusion", lambda question: None)


def test_scores_get_new_weights_and_opinions(tmp_path: Path, calibrators: None) -> None:
    made = rows(items=5)
    old = write(tmp_path / "old.parquet", made)
    assert weigh([old], tmp_path / "new.parquet") == 30
    before = {(r.item, r.column, r.delivery, r.method): r for r in made}
    found = read_run(tmp_path / "new.parquet").table.to_pylist()
    assert len(found) == len(made)
    for row in found:
        mine = before[row["item"], row["column"], row["delivery"], "copy-move"]
        assert mine.score is not None
        assert row["log10_lr"] == pytest.approx(2 * mine.score, abs=1e-3)
        if row["method"] == FUSION:
            assert row["verdict"] is None
            assert row["pixels"] is None
        else:
            assert row["score"] == mine.score
            assert row["pixels"] == mine.pixels


def test_runs_become_one_and_the_later_counts(tmp_path: Path, calibrators: None) -> None:
    lost = replace(prediction(method="jpeg-grid"), status="not_applicable")
    first = [scored(prediction(), 0.0), scored(prediction(method="copy-move"), 1.0), lost]
    second = [scored(prediction(method="jpeg-grid"), 5.0)]
    files = [write(tmp_path / "a.parquet", first), write(tmp_path / "b.parquet", second)]
    assert weigh(files, tmp_path / "c.parquet") == 1
    found = {r["method"]: r for r in read_run(tmp_path / "c.parquet").table.to_pylist()}
    assert len(found) == 3
    assert found["jpeg-grid"]["status"] == "ok"
    assert found[FUSION]["log10_lr"] == pytest.approx(2.5)
    weigh(files, tmp_path / "d.parquet", without=["copy-move"])
    left = {r["method"]: r for r in read_run(tmp_path / "d.parquet").table.to_pylist()}
    assert set(left) == {"jpeg-grid", FUSION}
    assert left[FUSION]["log10_lr"] == pytest.approx(0.5)


@pytest.mark.parametrize(
    ("dataset", "seed", "sentence"),
    [("other", 0, "different sets"), ("tiny", 1, "different seeds")],
)
def test_runs_that_do_not_belong_together_are_refused(
    dataset: str, seed: int, sentence: str, tmp_path: Path
) -> None:
    file = write(tmp_path / "a.parquet", rows(items=1))
    other = tmp_path / "b.parquet"
    with Writer(other) as writer:
        writer.write(rows(items=1))
        writer.describe(Metadata(dataset, "test", seed, "0", False))
    with pytest.raises(PredictionError, match=sentence):
        weigh([file, other], tmp_path / "c.parquet")


def test_the_command(tmp_path: Path) -> None:
    file = write(tmp_path / "a.parquet", rows(items=2))
    out = str(tmp_path / "b.parquet")
    done = CliRunner().invoke(app, ["bench", "weigh", str(file), "--out", out])
    assert done.exit_code == 0, done.output
    assert "12 opinions formed" in done.output
    before = Path(out).read_bytes()
    for there in (str(file), out):
        refused = CliRunner().invoke(app, ["bench", "weigh", str(file), "--out", there])
        assert refused.exit_code == 2
        assert "choose another file" in " ".join(refused.output.replace("│", " ").split())
    assert Path(out).read_bytes() == before
    other = str(tmp_path / "c.parquet")
    wrong = CliRunner().invoke(app, ["bench", "weigh", str(tmp_path / "x"), "--out", other])
    assert wrong.exit_code == 2
    assert "there is no file" in wrong.output


def test_the_whole_stays_reserved_and_is_counted(tmp_path: Path, calibrators: None) -> None:
    whole = write(tmp_path / "a.parquet", rows(items=5), reserved=True)
    part = write(tmp_path / "b.parquet", rows(items=3))
    weigh([whole, part], tmp_path / "c.parquet")
    about = read_run(tmp_path / "c.parquet").metadata
    assert about.reserved
    assert (about.items, about.unreadable) == (10, 0)


def test_what_has_no_calibrator_any_longer_has_no_weight(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("locard.opinion.opinion.load_calibrators", dict)
    monkeypatch.setattr("locard.opinion.opinion.load_fusion", lambda question: None)
    weigh([write(tmp_path / "a.parquet", rows(items=2))], tmp_path / "b.parquet")
    found = read_run(tmp_path / "b.parquet").table.to_pylist()
    kept = [row for row in found if row["method"] != FUSION]
    assert kept
    assert all(row["log10_lr"] is None and row["probability"] is None for row in kept)
    assert all(row["score"] is not None for row in kept)


def test_what_is_not_there_is_refused(tmp_path: Path, calibrators: None) -> None:
    whole = write(tmp_path / "a.parquet", rows(items=3))
    with pytest.raises(PredictionError, match="called 'nix'; there are: copy-move"):
        weigh([whole], tmp_path / "b.parquet", ["nix"])
    alone = write(tmp_path / "c.parquet", [scored(prediction(method="copy-move"), 1.0)])
    with pytest.raises(PredictionError, match="hold no opinion"):
        weigh([alone], tmp_path / "b.parquet")
    assert not (tmp_path / "b.parquet").exists()
