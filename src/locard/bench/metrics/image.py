"""Figures of detection: pure functions of scores and labels.

Arguments are always ``scores`` (float64, n, higher = more in favour of the proposition) and
``labels`` (bool, n, True where it holds). With one class only there is no figure: NaN.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

Floats = NDArray[np.float64]
Labels = NDArray[np.bool_]


def _one_class(labels: Labels) -> bool:
    return bool(labels.all() or not labels.any())


def auc(scores: Floats, labels: Labels) -> float:
    """Area under the ROC curve, 0 to 1: P(score of H1 > score of H0), ties count one half."""
    if _one_class(labels):
        return float("nan")
    ranks = rankdata(scores)
    n1, n0 = int(labels.sum()), int((~labels).sum())
    return float((ranks[labels].sum() - n1 * (n1 + 1) / 2) / (n1 * n0))


def average_precision(scores: Floats, labels: Labels) -> float:
    """Area under precision over recall, 0 to 1: Σ (recall step) · precision, no interpolation."""
    from sklearn.metrics import average_precision_score

    return float("nan") if _one_class(labels) else float(average_precision_score(labels, scores))


def accuracy_at(scores: Floats, labels: Labels, threshold: float = 0.5) -> float:
    """Share of items on the right side of the threshold; a score equal to it counts as above."""
    return float(((scores >= threshold) == labels).mean()) if labels.size else float("nan")


def balanced_accuracy_at(scores: Floats, labels: Labels, threshold: float = 0.5) -> float:
    """Mean of the accuracies of both classes at the threshold, 0 to 1."""
    if _one_class(labels):
        return float("nan")
    called = scores >= threshold
    return float((called[labels].mean() + 1 - called[~labels].mean()) / 2)


def tpr_at_fpr(scores: Floats, labels: Labels, limit: float) -> float:
    """True positive rate at the lowest threshold whose false positive rate is at most ``limit``.

    A step, not an interpolation: with 50 negatives, 1 % false alarms means none.
    """
    from sklearn.metrics import roc_curve

    if _one_class(labels):
        return float("nan")
    fpr, tpr, _ = roc_curve(labels, scores, drop_intermediate=False)
    return float(tpr[fpr <= limit].max())


def eer(scores: Floats, labels: Labels) -> float:
    """Equal error rate, 0 to 1: where misses and false alarms are as frequent.

    Interpolated linearly between the two neighbouring operating points.
    """
    from sklearn.metrics import roc_curve

    if _one_class(labels):
        return float("nan")
    fpr, tpr, _ = roc_curve(labels, scores, drop_intermediate=False)
    return float(np.interp(0.0, fpr - (1 - tpr), fpr))
