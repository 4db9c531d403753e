"""Figures of calibration against scikit-learn and cases done by hand."""

import numpy as np
import pytest
from sklearn import metrics as sk
from sklearn.calibration import calibration_curve
from sklearn.isotonic import IsotonicRegression

from locard.bench import metrics


def evidence(seed: int, n: int = 400, share: float = 0.3) -> tuple[np.ndarray, np.ndarray]:
    """Calibrated Gaussian evidence: in natural units the variance is twice the mean."""
    rng = np.random.default_rng(seed)
    labels = rng.random(n) < share
    natural = np.where(labels, 1.0, -1.0) + rng.normal(0, np.sqrt(2), n)
    return natural / np.log(10), labels


@pytest.mark.parametrize("seed", range(4))
def test_probabilities_agree_with_scikit_learn(seed: int) -> None:
    lr, labels = evidence(seed)
    p = metrics.posterior(lr, float(labels.mean()))
    assert metrics.brier(lr, labels) == pytest.approx(sk.brier_score_loss(labels, p))
    curve = metrics.reliability_curve(lr, labels, 8)
    observed, predicted = calibration_curve(labels, p, n_bins=8)
    np.testing.assert_allclose(curve.observed, observed)
    np.testing.assert_allclose(curve.predicted, predicted)
    gap = np.abs(curve.predicted - curve.observed)
    assert metrics.ece(lr, labels, 8) == pytest.approx((gap * curve.items).sum() / len(labels))


@pytest.mark.parametrize("seed", range(4))
def test_cost_agrees_with_the_log_loss_at_equal_priors(seed: int) -> None:
    lr, labels = evidence(seed)
    weights = np.where(labels, 0.5 / labels.mean(), 0.5 / (~labels).mean())
    loss = sk.log_loss(labels, metrics.posterior(lr, 0.5), sample_weight=weights)
    assert metrics.cllr(lr, labels) == pytest.approx(loss / np.log(2))


@pytest.mark.parametrize("seed", range(4))
def test_minimum_agrees_with_scikit_learns_isotonic_regression(seed: int) -> None:
    lr, labels = evidence(seed)
    fitted = IsotonicRegression().fit_transform(lr, labels.astype(float))
    share = labels.mean()
    with np.errstate(divide="ignore"):
        odds = fitted / (1 - fitted) * (1 - share) / share
        h1 = np.log2(1 + 1 / odds[labels]).mean()
    h0 = np.log2(1 + odds[~labels]).mean()
    assert metrics.min_cllr(lr, labels) == pytest.approx((h1 + h0) / 2)


def test_the_minimum_is_what_calibration_cannot_lose() -> None:
    lr, labels = evidence(5, 20_000)
    least = metrics.min_cllr(lr, labels)
    assert least == pytest.approx(metrics.cllr(lr, labels), abs=0.01)
    assert metrics.ece(lr, labels) < 0.02
    assert metrics.cllr(3 * lr, labels) > least + 0.2
    assert metrics.min_cllr(3 * lr, labels) == pytest.approx(least)
    assert metrics.ece(3 * lr, labels) > 0.1


def test_by_hand() -> None:
    labels = np.array([False, True, False, True])
    # The pool of the middle two has LR 1 and costs 1 bit each; the outer two cost nothing.
    assert metrics.min_cllr(np.arange(4.0), labels) == 0.5
    assert metrics.cllr(np.zeros(4), labels) == pytest.approx(1.0)
    assert metrics.brier(np.zeros(4), labels) == pytest.approx(0.25)


def test_a_curve_needs_both_classes() -> None:
    with pytest.raises(ValueError, match="both classes"):
        metrics.reliability_curve(np.zeros(3), np.ones(3, bool))
