"""Fitting writes calibrators that load, with figures that are not from the training data."""

from pathlib import Path

import numpy as np
import pytest

from locard.methods import Question
from locard.opinion.calibration import Calibrator, Fusion
from locard.opinion.fitting import ScoreTable, fit, read_scores


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


def test_scores_survive_the_file(tmp_path: Path) -> None:
    rows = table(True)
    rows.save(tmp_path / "scores.csv")
    again = read_scores(tmp_path / "scores.csv")
    assert again.methods == rows.methods
    assert again.sources == rows.sources
    np.testing.assert_allclose(again.scores, rows.scores, rtol=1e-5)


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


def test_noise_is_worth_nothing(tmp_path: Path) -> None:
    fit(table(False), Question.EDITED, "synthetic", "a command", tmp_path)
    fusion = Fusion.model_validate_json((tmp_path / "fusion.edited.json").read_text())
    assert fusion.figures["cllr_cross_validated"] > 0.9
    assert fusion.figures["auc_cross_validated"] == pytest.approx(0.5, abs=0.1)


def test_another_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "other.csv").write_text("a,b\n1,2\n")
    with pytest.raises(ValueError, match="not a table of scores"):
        read_scores(tmp_path / "other.csv")
