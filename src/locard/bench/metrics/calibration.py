"""Figures of calibration: how far likelihood ratios mean what they say.

Arguments are ``log10_lr`` (float64, n) and ``labels`` (bool, n, True where the proposition holds).
Probabilities are posteriors at the class shares of the sample. With one class only there is no
figure: NaN.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from locard.bench.metrics import counts
from locard.opinion.calibration import LN10

Floats = NDArray[np.float64]
Labels = NDArray[np.bool_]


def _one_class(labels: Labels) -> bool:
    return bool(labels.all() or not labels.any())


def posterior(log10_lr: Floats, prior: float) -> Floats:
    """Probability of the proposition: 1 / (1 + (1 - prior) / (prior · LR)), 0 to 1."""
    return np.asarray(np.exp(-np.logaddexp(0, -(log10_lr * LN10 + np.log(prior / (1 - prior))))))


def cllr(log10_lr: Floats, labels: Labels) -> float:
    """Log-likelihood-ratio cost (Brümmer and du Preez 2006), in bits.

    Cllr = ½ [mean over H1 of log2(1 + 1/LR) + mean over H0 of log2(1 + LR)];
    0 is perfect, 1 is worth nothing.
    """
    if _one_class(labels):
        return float("nan")
    natural = log10_lr * LN10
    h1 = np.logaddexp(0, -natural[labels]).mean()
    h0 = np.logaddexp(0, natural[~labels]).mean()
    return float((h1 + h0) / 2 / np.log(2))


def min_cllr(scores: Floats, labels: Labels) -> float:
    """Cllr after the best monotone calibration of the same scores: the loss of discrimination.

    Pool-adjacent-violators on the sample itself (Brümmer and du Preez 2006); the difference
    ``cllr - min_cllr`` is the loss by calibration.
    """
    values, slot = np.unique(scores, return_inverse=True)
    ones, zeros = (
        np.bincount(slot[of], minlength=values.size).astype(np.float64)[None]
        for of in (labels, ~labels)
    )
    return float(counts.min_cllr(counts.Counts(values, ones, zeros))[0])


def ece(log10_lr: Floats, labels: Labels, bins: int = 10) -> float:
    """Expected calibration error of the posterior at the class shares of the sample, 0 to 1."""
    if _one_class(labels):
        return float("nan")
    p = posterior(log10_lr, float(labels.mean()))
    slot = np.minimum((p * bins).astype(int), bins - 1)
    total = 0.0
    for b in range(bins):
        inside = slot == b
        if inside.any():
            total += float(inside.mean() * abs(p[inside].mean() - labels[inside].mean()))
    return total


def brier(log10_lr: Floats, labels: Labels) -> float:
    """Mean squared error of the posterior, 0 to 1; 0.25 is worth nothing for equal classes."""
    if _one_class(labels):
        return float("nan")
    return float(np.mean((posterior(log10_lr, float(labels.mean())) - labels) ** 2))


@dataclass(frozen=True, slots=True, eq=False)
class ReliabilityCurve:
    """Predicted against observed frequency, per bin that has items.

    Attributes:
        predicted: mean posterior of the items in the bin.
        observed: share of them for which the proposition holds.
        items: their number.
    """

    predicted: Floats
    observed: Floats
    items: NDArray[np.int64]


def reliability_curve(log10_lr: Floats, labels: Labels, bins: int = 10) -> ReliabilityCurve:
    """Reliability diagram in equal bins of the posterior (DeGroot and Fienberg 1983).

    Raises: ValueError with one class only, for which there is no prior.
    """
    if _one_class(labels):
        raise ValueError("a reliability curve needs items of both classes")
    p = posterior(log10_lr, float(labels.mean()))
    slot = np.minimum((p * bins).astype(int), bins - 1)
    items = np.bincount(slot, minlength=bins)
    used = items > 0
    predicted = np.bincount(slot, weights=p, minlength=bins)[used] / items[used]
    observed = np.bincount(slot, weights=labels, minlength=bins)[used] / items[used]
    return ReliabilityCurve(predicted, observed, items[used])
