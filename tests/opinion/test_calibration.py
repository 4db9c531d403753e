"""Calibrators are monotone, bounded by their sample, and recover known likelihood ratios."""

import numpy as np
import pytest
from pydantic import ValidationError

from locard.methods import Finding, Question, Status, list_methods
from locard.opinion.calibration import (
    Calibrator,
    FittedOn,
    Fusion,
    fit_knots,
    fit_weights,
    load_calibrators,
    load_fusion,
)

DATA = FittedOn(data="synthetic", proposition=10, alternative=10, command="none")


def test_fit_recovers_the_ratio_of_two_gaussians() -> None:
    rng = np.random.default_rng(0)
    n = 20_000
    scores = np.concatenate([rng.normal(1, 1, n), rng.normal(0, 1, n)])
    knots, values = fit_knots(scores, np.arange(2 * n) < n)
    for score in (-0.5, 0.5, 1.5):
        # ln LR of N(1,1) against N(0,1) is score - 1/2.
        assert np.interp(score, knots, values) * np.log(10) == pytest.approx(score - 0.5, abs=0.15)


def test_fit_is_monotone_and_bounded_by_the_sample() -> None:
    rng = np.random.default_rng(1)
    labels = np.arange(60) < 30
    knots, values = fit_knots(np.where(labels, 5.0, 0.0) + rng.normal(0, 0.1, 60), labels)
    assert np.all(np.diff(knots) > 0)
    assert np.all(np.diff(values) >= 0)
    assert values[-1] <= np.log10(2 * 31)
    assert values[-1] > 1.5


def test_ties_do_not_depend_on_their_order() -> None:
    scores = np.array([0.0] * 50 + [3.0] * 10)
    labels = np.array([True, False] * 25 + [True] * 9 + [False])
    assert fit_knots(scores, labels) == fit_knots(scores[::-1], labels[::-1])


def test_scores_that_are_equal_once_rounded_are_one_knot() -> None:
    scores = np.array([0.1234561, 0.1234564, 0.5, 0.9])
    knots, values = fit_knots(scores, np.array([False, True, False, True]))
    assert list(knots) == sorted(set(knots))
    assert len(knots) == len(values)


def test_one_class_is_refused() -> None:
    with pytest.raises(ValueError, match="both classes"):
        fit_knots([1.0, 2.0], [True, True])


@pytest.mark.parametrize(
    "change",
    [
        {"scores": (1.0, 0.0)},
        {"scores": (0.0,)},
        {"fitted_on": None},
    ],
)
def test_inconsistent_calibrators_are_refused(change: dict[str, object]) -> None:
    fields = {
        "method": "m",
        "question": Question.EDITED,
        "basis": "fitted",
        "scores": (0.0, 1.0),
        "log10_lr": (-0.5, 1.0),
        "fitted_on": DATA,
    }
    assert Calibrator.model_validate(fields)(0.5) == pytest.approx(0.25)
    with pytest.raises(ValidationError):
        Calibrator.model_validate(fields | change)


@pytest.mark.parametrize(
    ("lrs", "neutral"),
    [
        ((-1.0, -1.0, 1.0), 1.5),
        ((-1.0, 0.0, 1.0), 1.0),
        ((0.1, 0.2, 1.0), -np.inf),
        ((-1.0, -0.5, -0.1), np.inf),
    ],
)
def test_the_score_that_says_nothing(lrs: tuple[float, ...], neutral: float) -> None:
    calibrator = Calibrator(
        method="x",
        question=Question.EDITED,
        basis="stated",
        why="a test",
        scores=(0.0, 1.0, 2.0),
        log10_lr=lrs,
    )
    assert calibrator.neutral == neutral


def test_fusion_shares_the_weight_of_a_duplicated_method() -> None:
    rng = np.random.default_rng(2)
    labels = np.arange(4000) < 2000
    # LRs of calibrated Gaussian evidence: variance = 2 · mean in natural units.
    one = np.where(labels, 0.5, -0.5) + rng.normal(0, 0.66, 4000)
    other = np.where(labels, 0.5, -0.5) + rng.normal(0, 0.66, 4000)
    weights = fit_weights(np.stack([one, one, other], axis=1), labels)
    assert weights[0] + weights[1] == pytest.approx(weights[2], rel=0.25)
    useless = fit_weights(np.stack([one, rng.normal(0, 1, 4000)], axis=1), labels)
    assert useless[1] < 0.05


def test_fusion_ignores_what_is_not_calibrated_or_of_another_question() -> None:
    fusion = Fusion(question=Question.EDITED, weights={"a": 0.5}, fitted_on=DATA)
    findings = [
        Finding(Status.DERIVED, score=1.0, method="a", question=Question.EDITED, log10_lr=2.0),
        Finding(Status.DERIVED, score=1.0, method="b", question=Question.EDITED, log10_lr=1.0),
        Finding(Status.DERIVED, score=1.0, method="c", question=Question.EDITED),
        Finding(Status.DERIVED, score=1.0, method="d", question=Question.GENERATED, log10_lr=9.0),
    ]
    assert fusion(findings) == pytest.approx(2.0)


def test_shipped_calibrators_belong_to_methods_and_name_their_data() -> None:
    counted = {m.name for m in list_methods() if m.counted}
    shipped = load_calibrators()
    for (name, _), calibrator in shipped.items():
        assert name in counted
        assert calibrator.fitted_on is not None or calibrator.why
    for question in Question:
        fusion = load_fusion(question)
        if fusion is not None:
            assert all(0 <= w <= 1 for w in fusion.weights.values())
            assert fusion.weights.keys() <= {name for name, q in shipped if q == question}
