"""Counts per score and class, from which the figures of all resamples follow at once.

The resamples of a bootstrap share their scores and differ only in how often each is counted. With
one resample per row, a figure of all of them is a cumulative sum or two: 1,000 resamples of
100,000 items take one to three seconds for all figures; one after the other, a quarter of an hour.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import isotonic_regression

from locard.opinion.calibration import LN10

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Counts:
    """How often each score occurs in each class, in n resamples.

    Attributes:
        scores: k distinct scores, increasing.
        positives: n × k, number of items for which the proposition holds.
        negatives: n × k, number of the others.
    """

    scores: Floats
    positives: Floats
    negatives: Floats


Resampled = Callable[[Counts], Floats]


def _above(counts: Floats) -> Floats:
    """n × k: number of items with at least that score."""
    return np.cumsum(counts[:, ::-1], axis=1)[:, ::-1]


def _rates(counts: Counts) -> tuple[Floats, Floats]:
    """n × (k + 1): true and false positive rate with the threshold from highest to lowest."""

    def rate(of: Floats) -> Floats:
        share = np.cumsum(of[:, ::-1], axis=1) / of.sum(axis=1, keepdims=True)
        return np.pad(share, ((0, 0), (1, 0)))

    return rate(counts.positives), rate(counts.negatives)


def auc(counts: Counts) -> Floats:
    """Area under the ROC curve of each resample; ties count one half."""
    below = np.cumsum(counts.negatives, axis=1) - counts.negatives / 2
    pairs = counts.positives.sum(axis=1) * counts.negatives.sum(axis=1)
    return np.asarray((counts.positives * below).sum(axis=1) / pairs)


def average_precision(counts: Counts) -> Floats:
    """Σ (recall step) · precision of each resample, without interpolation."""
    hits, alarms = _above(counts.positives), _above(counts.negatives)
    precision = hits / np.maximum(hits + alarms, 1e-300)
    return np.asarray((counts.positives * precision).sum(axis=1) / counts.positives.sum(axis=1))


def accuracy_at(threshold: float) -> Resampled:
    """Share of items on the right side of the threshold, in each resample."""

    def resampled(counts: Counts) -> Floats:
        called = counts.scores >= threshold
        right = counts.positives[:, called].sum(axis=1) + counts.negatives[:, ~called].sum(axis=1)
        return np.asarray(right / (counts.positives + counts.negatives).sum(axis=1))

    return resampled


def balanced_accuracy_at(threshold: float) -> Resampled:
    """Mean of the two classes' accuracies at the threshold, in each resample."""

    def resampled(counts: Counts) -> Floats:
        called = counts.scores >= threshold
        hits = counts.positives[:, called].sum(axis=1) / counts.positives.sum(axis=1)
        alarms = counts.negatives[:, called].sum(axis=1) / counts.negatives.sum(axis=1)
        return np.asarray((hits + 1 - alarms) / 2)

    return resampled


def tpr_at_fpr(limit: float) -> Resampled:
    """True positive rate at the lowest threshold whose false positive rate is within the limit."""

    def resampled(counts: Counts) -> Floats:
        tpr, fpr = _rates(counts)
        found = np.where(fpr <= limit, tpr, 0.0).max(axis=1)
        return np.where(np.isnan(fpr[:, -1] + tpr[:, -1]), np.nan, found)

    return resampled


def eer(counts: Counts) -> Floats:
    """Equal error rate of each resample, interpolated between operating points."""
    tpr, fpr = _rates(counts)
    gap = fpr - (1 - tpr)  # From -1 up to 1: the crossing is between the last below 0 and the next.
    after = np.maximum((gap < 0).sum(axis=1), 1)
    rows = np.arange(len(gap))
    last, first = gap[rows, after - 1], gap[rows, after]
    weight = -last / (first - last)
    return np.asarray(fpr[rows, after - 1] * (1 - weight) + fpr[rows, after] * weight)


def _posterior(counts: Counts) -> tuple[Floats, Floats]:
    """n × k posterior of each log10 LR at the class shares of its resample, and the shares."""
    ones = counts.positives.sum(axis=1, keepdims=True)
    share = ones / (ones + counts.negatives.sum(axis=1, keepdims=True))
    natural = counts.scores * LN10 + np.log(share / (1 - share))
    return np.exp(-np.logaddexp(0, -natural)), share


def brier(counts: Counts) -> Floats:
    """Mean squared error of the posterior, in each resample."""
    p, _ = _posterior(counts)
    error = (counts.positives * (1 - p) ** 2 + counts.negatives * p**2).sum(axis=1)
    return np.asarray(error / (counts.positives + counts.negatives).sum(axis=1))


def ece(counts: Counts, bins: int = 10) -> Floats:
    """Expected calibration error of the posterior in equal bins, in each resample."""
    p, _ = _posterior(counts)
    slot = np.minimum(np.nan_to_num(p * bins).astype(int), bins - 1)
    gap = (counts.positives + counts.negatives) * p - counts.positives
    total = np.zeros(len(p))
    for b in range(bins):
        total += np.abs(np.where(slot == b, gap, 0.0).sum(axis=1))
    return np.asarray(total / (counts.positives + counts.negatives).sum(axis=1))


def cllr(counts: Counts) -> Floats:
    """Log-likelihood-ratio cost in bits, in each resample."""
    natural = counts.scores * LN10
    h1 = counts.positives @ np.logaddexp(0, -natural) / counts.positives.sum(axis=1)
    h0 = counts.negatives @ np.logaddexp(0, natural) / counts.negatives.sum(axis=1)
    return np.asarray((h1 + h0) / 2 / np.log(2))


def min_cllr(counts: Counts) -> Floats:
    """Cllr that remains after the best monotone calibration, in each resample."""
    return np.array(
        [_min_cllr(p, n) for p, n in zip(counts.positives, counts.negatives, strict=True)]
    )


def _min_cllr(positives: Floats, negatives: Floats) -> float:
    seen = positives + negatives > 0
    ones, zeros = positives[seen], negatives[seen]
    if not ones.any() or not zeros.any():
        return float("nan")
    fitted = isotonic_regression(ones / (ones + zeros), weights=ones + zeros).x
    # LR = posterior odds / prior odds; a pool of one class costs its own items nothing.
    prior = ones.sum() / zeros.sum()
    h1 = ones * np.log2(1 + prior * (1 - fitted) / np.where(ones > 0, fitted, 1.0))
    h0 = zeros * np.log2(1 + fitted / np.where(zeros > 0, 1 - fitted, 1.0) / prior)
    return float((h1.sum() / ones.sum() + h0.sum() / zeros.sum()) / 2)
