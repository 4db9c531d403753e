"""Figures of localization: heat map against mask, per picture and pooled, protocol named.

Papers mix protocols that differ by tens of points: a fixed threshold or the best one per picture,
the map as it is or the better of map and inverted map. Here a figure never goes without its name:

    f1@0.5  iou@0.5  mcc@0.5  fpr@0.5    map binarised at 0.5 (0.5 counts as edited)
    f1@best  iou@best                    best threshold of the levels counted (4,096, or 256 in
                                         prediction files), chosen knowing the mask
    auc                                  area under the ROC curve over pixels, no threshold
    ...+inverted                         the better of the map and 1 - map (not for fpr)
    ...+pooled                           all pixels of all pictures in one, one threshold for all
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from locard.bench.metrics import counts

Floats = NDArray[np.float64]

# An even number, so that inverting the map is reversing the histogram and 0.5 is an edge.
LEVELS = 4096

PROTOCOLS = ("f1@0.5", "f1@best", "iou@0.5", "iou@best", "mcc@0.5", "auc")
INVERTED = "+inverted"
POOLED = "+pooled"
FALSE_ALARM = "fpr@0.5"
ALL_PROTOCOLS = (*PROTOCOLS, *(name + INVERTED for name in PROTOCOLS), FALSE_ALARM)


def histogram(
    heatmap: NDArray[np.floating],
    mask: NDArray[np.bool_],
    valid: NDArray[np.bool_] | None = None,
    levels: int = LEVELS,
) -> Floats:
    """Count the pixels per level of the map: 2 × levels, authentic and edited.

    Args:
        heatmap: height × width, 0 to 1, higher = more suspicious.
        mask: bool, same shape, True = edited.
        valid: bool, same shape, False = not counted (edge of a mask); None counts all.
        levels: an even number; the best threshold is looked for among as many.

    Raises: ValueError for shapes that differ, or values outside 0 to 1.
    """
    if heatmap.shape != mask.shape or (valid is not None and valid.shape != mask.shape):
        raise ValueError(f"the map is {heatmap.shape}, the mask {mask.shape}")
    if heatmap.size == 0 or not (heatmap.min() >= 0 and heatmap.max() <= 1):
        raise ValueError("a heat map has values from 0 to 1")
    level = np.minimum((heatmap * levels).astype(np.int32), levels - 1)
    level += levels * mask
    flat = level.ravel() if valid is None else level[valid]
    found = np.bincount(flat, minlength=2 * levels).astype(np.float64)
    return found.reshape(2, levels)


def figures(found: Floats) -> dict[str, float]:
    """All protocols of a histogram, by name; NaN where there is none.

    Without an edited pixel only ``fpr@0.5`` is defined; without an authentic one, no ``auc``.
    """
    return {name: float(values[0]) for name, values in figures_of_all(found[None]).items()}


def figures_of_all(found: Floats) -> dict[str, Floats]:
    """`figures` of n histograms at once.

    Args: found: n × 2 × levels, an even number of levels.

    Returns: n values per protocol.
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        straight, inverted = _one_way(found), _one_way(found[:, :, ::-1])
        result = dict(straight)
        for name in PROTOCOLS:
            result[name + INVERTED] = np.maximum(straight[name], inverted[name])
        authentic = found[:, 0]
        alarms = authentic[:, found.shape[2] // 2 :].sum(axis=1)
        result[FALSE_ALARM] = alarms / authentic.sum(axis=1)
    return result


def _one_way(found: Floats) -> dict[str, Floats]:
    levels = found.shape[2]
    half = levels // 2
    n0, n1 = found[:, 0].sum(axis=1), found[:, 1].sum(axis=1)
    above = np.cumsum(found[:, :, ::-1], axis=2)[:, :, ::-1]
    alarms, hits = above[:, 0], above[:, 1]
    f1 = 2 * hits / (hits + alarms + n1[:, None])
    iou = hits / (alarms + n1[:, None])
    tp, fp = hits[:, half], alarms[:, half]
    fn, tn = n1 - tp, n0 - fp
    spread = np.sqrt(tp + fp) * np.sqrt(n1) * np.sqrt(n0) * np.sqrt(tn + fn)
    both = counts.Counts(
        np.arange(levels, dtype=np.float64), positives=found[:, 1], negatives=found[:, 0]
    )
    by_name = {
        "f1@0.5": f1[:, half],
        "f1@best": f1.max(axis=1),
        "iou@0.5": iou[:, half],
        "iou@best": iou.max(axis=1),
        "mcc@0.5": np.where(spread > 0, (tp * tn - fp * fn) / spread, 0.0),
        "auc": counts.auc(both),
    }
    return {name: np.where(n1 > 0, values, np.nan) for name, values in by_name.items()}


class PixelMeter:
    """Figures per picture, and pooled over all that were added; memory does not grow."""

    def __init__(self) -> None:
        self._pooled = np.zeros((2, LEVELS))

    def add(
        self,
        heatmap: NDArray[np.floating],
        mask: NDArray[np.bool_],
        valid: NDArray[np.bool_] | None = None,
    ) -> dict[str, float]:
        """Add a picture; returns its own figures. Arguments and errors as of `histogram`."""
        found = histogram(heatmap, mask, valid)
        self._pooled += found
        return figures(found)

    def pooled(self) -> dict[str, float]:
        """Figures of all pixels so far, names ending in ``+pooled``."""
        return {name + POOLED: value for name, value in figures(self._pooled).items()}
