"""Figures of detection against scikit-learn, SciPy and cases done by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import brentq
from sklearn import metrics as sk

from locard.bench import metrics
from locard.bench.metrics import counts
from locard.bench.metrics.counts import Counts


def sample(seed: int, n: int = 200, ties: bool = True) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    labels = rng.random(n) < 0.4
    scores = rng.normal(0, 1, n) + labels
    return (np.round(scores, 1) if ties else scores), labels


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("ties", [True, False])
def test_figures_agree_with_scikit_learn(seed: int, ties: bool) -> None:
    scores, labels = sample(seed, ties=ties)
    called = scores >= 0.5
    assert metrics.auc(scores, labels) == pytest.approx(sk.roc_auc_score(labels, scores))
    assert metrics.accuracy_at(scores, labels, 0.5) == pytest.approx(
        sk.accuracy_score(labels, called)
    )
    assert metrics.balanced_accuracy_at(scores, labels, 0.5) == pytest.approx(
        sk.balanced_accuracy_score(labels, called)
    )


@pytest.mark.parametrize("seed", range(4))
def test_operating_points_agree_with_a_search_over_all_thresholds(seed: int) -> None:
    scores, labels = sample(seed)
    thresholds = [*np.unique(scores), np.inf]
    tpr = np.array([(scores[labels] >= t).mean() for t in thresholds])
    fpr = np.array([(scores[~labels] >= t).mean() for t in thresholds])
    for limit in (0.01, 0.05, 0.3):
        assert metrics.tpr_at_fpr(scores, labels, limit) == pytest.approx(tpr[fpr <= limit].max())
    order = np.lexsort((tpr, fpr))
    crossing = brentq(lambda x: 1 - np.interp(x, fpr[order], tpr[order]) - x, 0, 1)
    assert metrics.eer(scores, labels) == pytest.approx(crossing, abs=1e-6)
    precision = np.array([labels[scores >= t].mean() for t in thresholds[:-1]])
    steps = tpr[:-1] - tpr[1:]
    assert metrics.average_precision(scores, labels) == pytest.approx((steps * precision).sum())


def test_by_hand() -> None:
    scores = np.array([0.9, 0.8, 0.7, 0.1])
    labels = np.array([True, False, True, False])
    assert metrics.auc(scores, labels) == 0.75
    assert metrics.average_precision(scores, labels) == pytest.approx((1 + 2 / 3) / 2)
    assert metrics.accuracy_at(scores, labels) == 0.75
    assert metrics.tpr_at_fpr(scores, labels, 0.01) == 0.5
    assert metrics.eer(scores, labels) == 0.5


@pytest.mark.parametrize("labels", [np.ones(3, bool), np.zeros(3, bool)])
def test_one_class_has_no_figure(labels: np.ndarray) -> None:
    scores = np.array([0.1, 0.2, 0.9])
    for figure in (metrics.auc, metrics.average_precision, metrics.eer, metrics.cllr, metrics.ece):
        assert np.isnan(figure(scores, labels))
    assert np.isnan(metrics.min_cllr(scores, labels))
    assert np.isnan(metrics.balanced_accuracy_at(scores, labels, 0.5))
    assert metrics.accuracy_at(scores, labels, 0.5) == pytest.approx(
        1 / 3 if labels.all() else 2 / 3
    )


@given(
    rows=st.lists(
        st.tuples(st.integers(-8, 8), st.booleans(), st.integers(0, 3)), min_size=2, max_size=40
    )
)
def test_counts_give_the_figures_of_the_repeated_items(rows: list[tuple[int, bool, int]]) -> None:
    """A resample is its counts: every figure must be that of the items written out."""
    drawn = [(score / 4, label) for score, label, times in rows for _ in range(times)]
    scores = np.array([s for s, _ in drawn])
    labels = np.array([y for _, y in drawn], bool)
    if labels.all() or not labels.any():
        return
    values = np.unique([score / 4 for score, _, _ in rows])
    kinds = [
        np.array([[sum(t for s, y, t in rows if s / 4 == v and y is kind) for v in values]], float)
        for kind in (True, False)
    ]
    both = Counts(values, *kinds)
    for metric in (*metrics.image_metrics(0.5), *metrics.CALIBRATION_METRICS):
        assert metric.resampled(both)[0] == pytest.approx(metric.point(scores, labels)), metric


def test_area_of_several_resamples_at_once() -> None:
    both = Counts(np.array([0.0, 1.0]), np.array([[0.0, 3], [1, 1]]), np.array([[2.0, 0], [1, 1]]))
    np.testing.assert_allclose(counts.auc(both), [1.0, 0.5])
