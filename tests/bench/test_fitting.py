"""Fits load, their figures are cross-validated; tables keep versions with their source."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from bench.runs import rows, write
from locard.bench.fitting import ScoreTable, _counting, _folds, fit, scores_of_runs
from locard.bench.predictions import PredictionError
from locard.methods import Question
from locard.opinion.calibration import Calibrator, Fusion


def test_versions_are_exhibits_of_one_source(tmp_path: Path) -> None:
    made = rows(items=10)
    table = scores_of_runs([write(tmp_path / "a.parquet", made)], Question.EDITED)
    assert table.methods == ["copy-move"]
    assert table.scores.shape == (10 * 2 * 3, 1)
    assert set(table.sources) == {f"camera {n}" for n in range(10)}
    assert table.labels.sum() == 30
    aligned = scores_of_runs([tmp_path / "a.parquet"], Question.EDITED, "aligned")
    expected = {r.score for r in made if (r.method, r.column) == ("copy-move", "aligned")}
    assert {float(v) for v in aligned.scores[:, 0]} == expected


def test_an_item_without_a_source_is_its_own_and_gaps_are_nan(tmp_path: Path) -> None:
    made = [replace(r, source="") for r in rows(items=2) if not r.delivery and r.column == "raw"]
    lost = [
        replace(r, method="jpeg-grid", score=None, status="not_applicable")
        if r.label
        else replace(r, method="jpeg-grid")
        for r in made
        if r.method == "copy-move"
    ]
    table = scores_of_runs([write(tmp_path / "a.parquet", made + lost)], Question.EDITED)
    assert len(set(table.sources)) == 4
    assert np.isnan(table.scores[table.labels, 1]).all()
    assert not np.isnan(table.scores[:, 0]).any()


def test_runs_of_one_set_by_different_methods_complete_each_other(tmp_path: Path) -> None:
    first = rows(items=6)
    second = [replace(r, method="jpeg-grid") for r in first if r.method == "copy-move"]
    files = [write(tmp_path / "a.parquet", first), write(tmp_path / "b.parquet", second)]
    table = scores_of_runs(files, Question.EDITED)
    assert table.methods == ["copy-move", "jpeg-grid"]
    assert table.scores.shape == (6 * 2 * 3, 2)
    assert np.array_equal(table.scores[:, 0], table.scores[:, 1])


def test_reserved_sets_and_other_questions_are_refused(tmp_path: Path) -> None:
    kept = write(tmp_path / "a.parquet", rows(items=2), reserved=True)
    with pytest.raises(PredictionError, match="reserved for evaluation"):
        scores_of_runs([kept], Question.EDITED)
    other = write(tmp_path / "b.parquet", rows(items=2))
    with pytest.raises(PredictionError, match="no scores"):
        scores_of_runs([other], Question.GENERATED)


def table(informative: bool) -> ScoreTable:
    rng = np.random.default_rng(3)
    labels = np.arange(400) % 2 == 1
    good = labels * (2.0 if informative else 0.0) + rng.normal(0, 1, 400)
    sparse = np.where(rng.random(400) < 0.5, np.nan, rng.normal(0, 1, 400))
    return ScoreTable(
        labels,
        [f"camera {i // 8}" for i in range(400)],
        ["good", "sparse"],
        np.stack([good, sparse], axis=1),
    )


def test_fit_writes_calibrators_and_weights(tmp_path: Path) -> None:
    fit(table(True), Question.EDITED, "synthetic", "a command", tmp_path)
    good = Calibrator.model_validate_json((tmp_path / "good.edited.json").read_text())
    assert good(4.0) > 0.8
    assert good(-2.0) < -0.8
    assert good.fitted_on is not None
    assert good.fitted_on.proposition == 200
    fusion = Fusion.model_validate_json((tmp_path / "fusion.edited.json").read_text())
    assert fusion.weights["good"] > 0.7
    assert fusion.figures["auc_cross_validated"] == pytest.approx(0.92, abs=0.04)
    assert fusion.figures["ece_cross_validated"] < 0.08


def test_a_method_that_hardly_ever_applies_is_not_fitted(tmp_path: Path) -> None:
    made = table(True)
    made.scores[18:, 1] = np.nan
    fitted = fit(made, Question.EDITED, "synthetic", "a command", tmp_path)
    assert not (tmp_path / "sparse.edited.json").exists()
    assert any(line.startswith("sparse: not fitted, it applied to") for line in fitted.lines)
    fusion = Fusion.model_validate_json((tmp_path / "fusion.edited.json").read_text())
    assert list(fusion.weights) == ["good"]


def test_noise_is_worth_nothing(tmp_path: Path) -> None:
    fit(table(False), Question.EDITED, "synthetic", "a command", tmp_path)
    fusion = Fusion.model_validate_json((tmp_path / "fusion.edited.json").read_text())
    assert fusion.figures["cllr_cross_validated"] > 0.9
    assert fusion.figures["auc_cross_validated"] == pytest.approx(0.5, abs=0.1)


def test_weights_do_not_trust_what_calibrators_learnt_by_heart(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).normal(0, 1, (400, 3))
    sources = [f"camera {i // 2}" for i in range(400)]
    made = ScoreTable(np.arange(400) % 2 == 1, sources, ["a", "b", "c"], noise)
    fit(made, Question.EDITED, "synthetic", "a command", tmp_path)
    fusion = Fusion.model_validate_json((tmp_path / "fusion.edited.json").read_text())
    # On the exhibits that they were fitted on, the calibrated scores of noise look worth 0.5 to 1.
    assert max(fusion.weights.values()) < 0.3
    assert fusion.figures["cllr_cross_validated"] < 1.01


def test_methods_of_which_one_takes_in_the_other_are_weighed_one_at_a_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rng = np.random.default_rng(5)
    labels = np.arange(600) % 2 == 1
    trace = 1.5 * labels + rng.normal(0, 1, 600)
    made = ScoreTable(
        labels,
        [f"camera {i // 4}" for i in range(600)],
        ["content-net", "trace-net"],
        np.stack([trace, trace], axis=1),
    )

    def weights() -> dict[str, float]:
        fit(made, Question.EDITED, "synthetic", "a command", tmp_path)
        return Fusion.model_validate_json((tmp_path / "fusion.edited.json").read_text()).weights

    counting = _counting(made, made.methods)
    assert (counting.turns.sum(axis=1) == 1).all()
    assert 0.3 < counting.turns[:, 0].mean() < 0.7
    assert counting.plain.tolist() == [[0, 1]] * 600
    assert counting.refined is not None
    assert counting.refined.tolist() == [[1, 0]] * 600
    alone = weights()
    assert min(alone.values()) > 0.75
    fusion = Fusion.model_validate_json((tmp_path / "fusion.edited.json").read_text())
    plain, refined = (fusion.figures[f"auc_cross_validated{which}"] for which in ("", "_refined"))
    assert plain == pytest.approx(refined, abs=0.02)
    monkeypatch.setattr("locard.bench.fitting.list_methods", lambda: [])
    assert max(weights().values()) < 0.75


def test_too_few_sources_are_refused(tmp_path: Path) -> None:
    few = ScoreTable(np.array([True, False]), ["a", "b"], ["good"], np.array([[1.0], [0.0]]))
    with pytest.raises(ValueError, match="at least three sources"):
        fit(few, Question.EDITED, "synthetic", "a command", tmp_path)


def test_many_versions_of_one_photo_are_one_photo(tmp_path: Path) -> None:
    made = table(True)
    made.scores[24:, 1] = np.nan
    made.sources[:24] = ["one photo"] * 12 + ["another"] * 12
    fitted = fit(made, Question.EDITED, "synthetic", "a command", tmp_path)
    assert not (tmp_path / "sparse.edited.json").exists()
    assert "of 2 sources" in next(line for line in fitted.lines if line.startswith("sparse"))


@pytest.mark.parametrize("few", [True, False])
def test_no_fold_lacks_a_class_of_three_sources(few: bool) -> None:
    sources = [f"generator {i % 3}" for i in range(30)] + [f"camera {i}" for i in range(40)]
    labels = np.array([few] * 30 + [not few] * 40)
    folds = list(_folds(sources, labels))
    assert np.sum([test for _, test in folds], axis=0).tolist() == [1] * 70
    for train, test in folds:
        assert (train != test).all()
        assert set(labels[train]) == {True, False}
