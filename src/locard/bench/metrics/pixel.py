"""Figures of localization: heat map against mask, per picture and pooled, protocol named.

Papers mix protocols that differ by tens of points: a fixed threshold or the best one per picture,
the map as it is or the better of map and inverted map. Here a figure never goes without its name:

    f1@0.5  iou@0.5  mcc@0.5  fpr@0.5    map binarised at 0.5 (0.5 counts as edited)
    f1@best  iou@best                    best of 4,096 thresholds, chosen knowing the mask
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
) -> Floats:
    """Count the pixels per level of the map: 2 × `LEVELS`, authentic and edited.

    Args:
        heatmap: height × width, 0 to 1, higher = more suspicious.
        mask: bool, same shape, True = edited.
        valid: bool, same shape, False = not counted (edge of a mask); None counts all.

    Raises: ValueError for shapes that differ, or values outside 0 to 1.
    """
    if heatmap.shape != mask.shape or (valid is not None and valid.shape != mask.shape):
        raise ValueError(f"the map is {heatmap.shape}, the mask {mask.shape}")
    if heatmap.size == 0 or not (heatmap.min() >= 0 and heatmap.max() <= 1):
        raise ValueError("a heat map has values from 0 to 1")
    level = np.minimum((heatmap * LEVELS).astype(np.int32), LEVELS - 1)
    level += LEVELS * mask
    flat = level.ravel() if valid is None else level[valid]
    found = np.bincount(flat, minlength=2 * LEVELS).astype(np.float64)
    return found.reshape(2, LEVELS)


def figures(found: Floats) -> dict[str, float]:
    """All protocols of a histogram, by name; NaN where there is none.

    Without an edited pixel only ``fpr@0.5`` is defined; without an authentic one, no ``auc``.
    """
    straight, inverted = _one_way(found), _one_way(found[:, ::-1])
    result = dict(straight)
    for name in PROTOCOLS:
        result[name + INVERTED] = max(straight[name], inverted[name])
    authentic = found[0].sum()
    alarms = found[0, LEVELS // 2 :].sum()
    result[FALSE_ALARM] = float(alarms / authentic) if authentic else float("nan")
    return result


def _one_way(found: Floats) -> dict[str, float]:
    negatives, positives = found
    n0, n1 = float(negatives.sum()), float(positives.sum())
    if not n1:
        return dict.fromkeys(PROTOCOLS, float("nan"))
    alarms, hits = (np.cumsum(row[::-1])[::-1] for row in found)
    f1 = 2 * hits / (hits + alarms + n1)
    iou = hits / (alarms + n1)
    half = LEVELS // 2
    tp, fp = float(hits[half]), float(alarms[half])
    fn, tn = n1 - tp, n0 - fp
    spread = float(np.sqrt(tp + fp) * np.sqrt(n1) * np.sqrt(n0) * np.sqrt(tn + fn))
    levels = np.arange(LEVELS, dtype=np.float64)
    both = counts.Counts(levels, positives=positives[None], negatives=negatives[None])
    return {
        "f1@0.5": float(f1[half]),
        "f1@best": float(f1.max()),
        "iou@0.5": float(iou[half]),
        "iou@best": float(iou.max()),
        "mcc@0.5": (tp * tn - fp * fn) / spread if spread else 0.0,
        "auc": float(counts.auc(both)[0]) if n0 else float("nan"),
    }


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
