"""Bootstrap intervals and paired comparisons, clustered by source.

Items of one source (photo, camera, generator) are not independent, so whole sources are drawn
(cluster bootstrap, Davison and Hinkley 1997, section 3.8); percentile intervals, but for figures
that are biased.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from locard.bench.metrics import calibration, counts, image
from locard.bench.metrics.counts import Counts, Resampled

Floats = NDArray[np.float64]
Labels = NDArray[np.bool_]

LEVEL = 0.95
# Sources of a class below which there is no interval.
FEWEST = 5
# More distinct scores are pooled at quantiles, for the resamples only: the value stays exact.
_LEVELS = 1024
_CHUNK = 64


@dataclass(frozen=True, slots=True)
class Interval:
    """A figure and its 95 % interval; NaN where there is none."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Difference:
    """Figure of the first minus figure of the second, its 95 % interval, two-sided p-value."""

    value: float
    low: float
    high: float
    p_value: float


@dataclass(frozen=True, slots=True)
class Metric:
    """A figure of scores and labels.

    Attributes:
        name: protocol, as written in every output ("tpr@fpr=0.01").
        point: computes it.
        resampled: computes it for all resamples of a chunk.
        edges: thresholds it depends on.
        biased: whether a sample's figure lies to one side of the truth, since it is fitted on the
            sample, or adds up what scatters. Resamples lie there twice; see `_limits`.
    """

    name: str
    point: Callable[[Floats, Labels], float]
    resampled: Resampled
    edges: tuple[float, ...] = ()
    biased: bool = False


AUC = Metric("auc", image.auc, counts.auc)
AVERAGE_PRECISION = Metric("ap", image.average_precision, counts.average_precision)
EER = Metric("eer", image.eer, counts.eer)
CLLR = Metric("cllr", calibration.cllr, counts.cllr)
MIN_CLLR = Metric("min-cllr", calibration.min_cllr, counts.min_cllr, biased=True)
ECE = Metric("ece", calibration.ece, counts.ece, biased=True)
BRIER = Metric("brier", calibration.brier, counts.brier)


def accuracy_metric(threshold: float) -> Metric:
    """Accuracy at a fixed threshold, "accuracy@0.5"."""
    return Metric(
        f"accuracy@{threshold:g}",
        lambda s, y: image.accuracy_at(s, y, threshold),
        counts.accuracy_at(threshold),
        (threshold,),
    )


def balanced_accuracy_metric(threshold: float) -> Metric:
    """Balanced accuracy at a fixed threshold, "balanced-accuracy@0.5"."""
    return Metric(
        f"balanced-accuracy@{threshold:g}",
        lambda s, y: image.balanced_accuracy_at(s, y, threshold),
        counts.balanced_accuracy_at(threshold),
        (threshold,),
    )


def tpr_metric(limit: float) -> Metric:
    """True positive rate at a false positive rate, "tpr@fpr=0.01"."""
    return Metric(
        f"tpr@fpr={limit:g}",
        lambda s, y: image.tpr_at_fpr(s, y, limit),
        counts.tpr_at_fpr(limit),
    )


def image_metrics(threshold: float) -> tuple[Metric, ...]:
    """All figures of detection; the threshold is that of the method's verdict."""
    return (
        AUC,
        AVERAGE_PRECISION,
        accuracy_metric(threshold),
        balanced_accuracy_metric(threshold),
        tpr_metric(0.01),
        tpr_metric(0.05),
        EER,
    )


CALIBRATION_METRICS = (ECE, BRIER, CLLR, MIN_CLLR)


def _groups(groups: Sequence[Any] | NDArray[Any] | None, n: int) -> NDArray[np.intp]:
    if groups is None:
        return np.arange(n)
    if len(groups) != n:
        raise ValueError(f"{len(groups)} groups for {n} items")
    return np.unique(np.asarray(groups), return_inverse=True)[1]


def _draws(groups: NDArray[np.intp], n: int, seed: int) -> Iterator[NDArray[np.intp]]:
    """Drawn groups, in chunks of resamples × groups."""
    rng = np.random.default_rng(seed)
    size = int(groups.max()) + 1
    for start in range(0, n, _CHUNK):
        yield rng.integers(0, size, (min(_CHUNK, n - start), size))


class _Cells:
    """Items of each group per score and class, so that drawn groups add up to `Counts`."""

    def __init__(
        self, scores: Floats, labels: Labels, groups: NDArray[np.intp], edges: tuple[float, ...]
    ) -> None:
        from scipy.sparse import csr_array

        self.scores, slot = np.unique(scores, return_inverse=True)
        if self.scores.size > _LEVELS:
            ranks = np.linspace(0, scores.size - 1, _LEVELS).astype(int)
            cuts = np.unique([*np.sort(scores)[ranks], *edges])
            pool = np.searchsorted(cuts, self.scores, side="right")
            _, first, pool = np.unique(pool, return_index=True, return_inverse=True)
            # The least score of a pool stands for it, and is on its side of every edge.
            self.scores, slot = self.scores[first], pool[slot]
        cell = slot + labels * self.scores.size
        self.size = 2 * self.scores.size
        # With one item per source the drawn items are counted as they are.
        self.cell_of: NDArray[np.intp] | None = None
        if int(groups.max()) + 1 == groups.size:
            self.cell_of = np.empty_like(cell)
            self.cell_of[groups] = cell
        else:
            shape = (self.size, int(groups.max()) + 1)
            self.table = csr_array((np.ones(len(cell)), (cell, groups)), shape=shape)

    def counts(self, drawn: NDArray[np.intp]) -> Counts:
        # One bincount per resample stays in the cache; one for all of them takes 20 times as long.
        if self.cell_of is not None:
            cells = np.array([np.bincount(self.cell_of[r], minlength=self.size) for r in drawn])
            cells = cells.astype(np.float64)
        else:
            times = np.array([np.bincount(row, minlength=drawn.shape[1]) for row in drawn])
            cells = np.ascontiguousarray((self.table @ times.T.astype(np.float64)).T)
        k = self.scores.size
        return Counts(self.scores, positives=cells[:, k:], negatives=cells[:, :k])


def _checked(scores: ArrayLike, labels: ArrayLike) -> tuple[Floats, Labels]:
    s, y = np.asarray(scores, np.float64), np.asarray(labels, bool)
    if s.ndim != 1 or s.shape != y.shape:
        raise ValueError(f"scores and labels have shapes {s.shape} and {y.shape}")
    if np.isnan(s).any():
        raise ValueError("scores must be numbers: leave out what was not scored")
    return s, y


def _enough(groups: NDArray[np.intp], labels: Labels | None = None) -> bool:
    """Whether there are sources enough for an interval: of two or three, resamples say nothing."""
    kinds = [groups] if labels is None else [groups[labels], groups[~labels]]
    return all(np.unique(kind).size >= FEWEST for kind in kinds)


def _limits(values: Floats, biased_value: float | None = None) -> tuple[float, float]:
    """Bounds of the interval: percentiles, or for a biased figure the basic interval.

    The basic interval (Davison and Hinkley 1997, section 5.2), [2v - high, 2v - low] for the
    figure v of the sample, turns the bias around instead of doubling it; it is kept at 0 or more
    and around v. For a calibration error near 0 it is still too narrow.
    """
    kept = values[~np.isnan(values)]
    if not kept.size:
        return float("nan"), float("nan")
    low, high = (float(v) for v in np.quantile(kept, [(1 - LEVEL) / 2, (1 + LEVEL) / 2]))
    if biased_value is None:
        return low, high
    low, high = 2 * biased_value - high, 2 * biased_value - low
    return min(biased_value, max(0.0, low)), max(biased_value, high)


def _of_both(metric: Metric, resamples: Counts) -> Floats:
    """The figure of each resample, NaN where it drew one class alone.

    Of one class some figures look perfect: a posterior at its share is never wrong.
    """
    both = (resamples.positives.sum(axis=1) > 0) & (resamples.negatives.sum(axis=1) > 0)
    return np.where(both, metric.resampled(resamples), np.nan)


def bootstrap_all(
    scores: ArrayLike,
    labels: ArrayLike,
    metrics: Sequence[Metric],
    groups: Sequence[Any] | NDArray[Any] | None = None,
    n: int = 1000,
    seed: int = 0,
) -> dict[str, Interval]:
    """Several figures with their intervals, from the same ``n`` resamples.

    Args:
        scores: n floats without NaN.
        labels: n booleans.
        groups: n names of sources; every item is its own by default.

    Returns: interval per name of the metric, NaN where a class has fewer than `FEWEST` sources.
        Resamples without both classes are left out.

    Raises: ValueError for scores and labels that do not match, or a NaN.
    """
    s, y = _checked(scores, labels)
    by = _groups(groups, s.size)
    if not _enough(by, y):
        return {m.name: Interval(m.point(s, y), float("nan"), float("nan")) for m in metrics}
    cells = _Cells(s, y, by, tuple(edge for m in metrics for edge in m.edges))
    found: dict[str, list[Floats]] = {m.name: [] for m in metrics}
    with np.errstate(invalid="ignore", divide="ignore"):
        for drawn in _draws(by, n, seed):
            resamples = cells.counts(drawn)
            for metric in metrics:
                found[metric.name].append(_of_both(metric, resamples))
    intervals = {}
    for m in metrics:
        value = m.point(s, y)
        limits = _limits(np.concatenate(found[m.name]), value if m.biased else None)
        intervals[m.name] = Interval(value, *limits)
    return intervals


def bootstrap(
    scores: ArrayLike,
    labels: ArrayLike,
    metric: Metric = AUC,
    groups: Sequence[Any] | NDArray[Any] | None = None,
    n: int = 1000,
    seed: int = 0,
) -> Interval:
    """One figure with its interval; see `bootstrap_all`."""
    return bootstrap_all(scores, labels, [metric], groups, n, seed)[metric.name]


def _means(values: Floats, groups: NDArray[np.intp], n: int, seed: int) -> Floats:
    totals = np.bincount(groups, weights=values)
    items = np.bincount(groups).astype(np.float64)
    return np.concatenate(
        [totals[d].sum(axis=1) / items[d].sum(axis=1) for d in _draws(groups, n, seed)]
    )


def bootstrap_mean(
    values: ArrayLike,
    groups: Sequence[Any] | NDArray[Any] | None = None,
    n: int = 1000,
    seed: int = 0,
) -> Interval:
    """Mean of one figure per item (F1 of a map, a verdict that survived), with its interval.

    NaN values are unscored, not wrong: they are left out.
    """
    v = np.asarray(values, np.float64)
    kept = ~np.isnan(v)
    if not kept.any():
        return Interval(float("nan"), float("nan"), float("nan"))
    by = _groups(None if groups is None else np.asarray(groups)[kept], int(kept.sum()))
    if not _enough(by):
        return Interval(float(v[kept].mean()), float("nan"), float("nan"))
    return Interval(float(v[kept].mean()), *_limits(_means(v[kept], by, n, seed)))


def _two_sided(differences: Floats) -> float:
    kept = differences[~np.isnan(differences)]
    tail = min((kept <= 0).sum(), (kept >= 0).sum()) + 1
    return float(min(1.0, 2 * tail / (kept.size + 1)))


def paired_bootstrap(
    first: ArrayLike,
    second: ArrayLike,
    labels: ArrayLike,
    metric: Metric = AUC,
    groups: Sequence[Any] | NDArray[Any] | None = None,
    n: int = 1000,
    seed: int = 0,
) -> Difference:
    """Difference of a figure between two methods that scored the same items.

    The same sources are drawn for both. The p-value is twice the share of resamples on the rarer
    side of zero, at least 2 / (n + 1).
    """
    a, y = _checked(first, labels)
    b, _ = _checked(second, labels)
    value = metric.point(a, y) - metric.point(b, y)
    by = _groups(groups, y.size)
    if not _enough(by, y):
        return Difference(value, float("nan"), float("nan"), float("nan"))
    one, other = _Cells(a, y, by, metric.edges), _Cells(b, y, by, metric.edges)
    with np.errstate(invalid="ignore", divide="ignore"):
        found = np.concatenate(
            [
                _of_both(metric, one.counts(drawn)) - _of_both(metric, other.counts(drawn))
                for drawn in _draws(by, n, seed)
            ]
        )
    return Difference(value, *_limits(found), _two_sided(found))


def paired_bootstrap_mean(
    first: ArrayLike,
    second: ArrayLike,
    groups: Sequence[Any] | NDArray[Any] | None = None,
    n: int = 1000,
    seed: int = 0,
) -> Difference:
    """Difference of the means of two figures per item; items that either lacks are left out."""
    gap = np.asarray(first, np.float64) - np.asarray(second, np.float64)
    kept = ~np.isnan(gap)
    if not kept.any():
        return Difference(*(float("nan"),) * 4)
    by = _groups(None if groups is None else np.asarray(groups)[kept], int(kept.sum()))
    if not _enough(by):
        return Difference(float(gap[kept].mean()), float("nan"), float("nan"), float("nan"))
    found = _means(gap[kept], by, n, seed)
    return Difference(float(gap[kept].mean()), *_limits(found), _two_sided(found))


def delong(first: ArrayLike, second: ArrayLike, labels: ArrayLike) -> Difference:
    """Difference of two AUCs on the same items, with DeLong's variance.

    DeLong, DeLong and Clarke-Pearson 1988, by mid-ranks (Sun and Xu 2014). Items count as
    independent: with several items per source, use `paired_bootstrap`.
    """
    from scipy.stats import norm, rankdata

    nan = float("nan")
    pair = [_checked(scores, labels) for scores in (first, second)]
    y = pair[0][1]
    n1, n0 = int(y.sum()), int((~y).sum())
    value = image.auc(*pair[0]) - image.auc(*pair[1])
    if n1 < 2 or n0 < 2:
        return Difference(value, nan, nan, nan)
    # Of each item, the share of the other class that it beats (structural components).
    wins, losses = [], []
    for scores, _ in pair:
        ranks = rankdata(scores)
        wins.append((ranks[y] - rankdata(scores[y])) / n0)
        losses.append(1 - (ranks[~y] - rankdata(scores[~y])) / n1)
    variance = np.var(wins[0] - wins[1], ddof=1) / n1 + np.var(losses[0] - losses[1], ddof=1) / n0
    if variance == 0:
        return Difference(value, value, value, 1.0 if value == 0 else 0.0)
    spread = float(np.sqrt(variance))
    reach = float(norm.ppf((1 + LEVEL) / 2)) * spread
    p_value = float(2 * norm.sf(abs(value) / spread))
    return Difference(value, value - reach, value + reach, p_value)
