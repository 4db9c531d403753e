"""Figures on held-out pictures, by operation, through the metrics of `locard.bench`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from locard.bench.datasets import DatasetError, Item
from locard.bench.metrics import image, pixel
from locard.bench.metrics.resampling import Interval, bootstrap, bootstrap_mean
from locard.exhibit import ExhibitError
from locard.nets.localizer import MULTIPLE
from locard.train.crops import operation_of, read

# uint8 height × width × 3 to a heat map, 0 to 1, of any resolution, and a score.
Predict = Callable[[NDArray[np.uint8]], tuple[NDArray[np.float32], float]]

PROTOCOLS = ("auc", "f1@best", "f1@0.5")
# A mask over more of a picture than this is an operation on all of it: there is no "where".
_WHOLE = 0.9


@dataclass(frozen=True, slots=True)
class Examined:
    """Figures of one held-out picture.

    Attributes:
        operation: "" for an authentic one.
        figures: of localization, by `PROTOCOLS`; empty for an authentic picture.
    """

    source: str
    operation: str
    score: float
    figures: dict[str, float]


def central(shape: tuple[int, int], size: int) -> tuple[slice, slice]:
    """The middle of a picture: sides multiples of 32 up to ``size``, on the grid of 8 pixels."""
    rows, cols = (
        slice(start := (length - side) // 16 * 8, start + side)
        for length, side in ((n, min(size, n // MULTIPLE * MULTIPLE)) for n in shape)
    )
    return rows, cols


def examine_items(items: Sequence[Item], predict: Predict, size: int | None) -> list[Examined]:
    """Examine pictures and compare with their masks; what cannot be read is left out.

    Args: size: side of what is examined of larger pictures, or None for all of them.
    """
    found = []
    for item in items:
        try:
            rgb, mask, sure = read(item)
        except (DatasetError, ExhibitError):
            continue
        if min(rgb.shape[:2]) < MULTIPLE:
            continue
        if size is not None:
            window = central((rgb.shape[0], rgb.shape[1]), size)
            rgb, mask, sure = rgb[window], mask[window], sure[window]
        edited = mask >= 128
        if item.label and not 0 < edited.mean() <= _WHOLE:
            continue
        heat, score = predict(np.ascontiguousarray(rgb))
        figures: dict[str, float] = {}
        if item.label:
            full = cv2.resize(heat, edited.shape[::-1], interpolation=cv2.INTER_LINEAR)
            counted = pixel.histogram(np.clip(full, 0, 1), edited, sure >= 64)
            every = pixel.figures(counted)
            figures = {name: every[name] for name in PROTOCOLS}
        found.append(Examined(item.source, operation_of(item), score, figures))
    return found


def summarise(found: Sequence[Examined]) -> dict[str, dict[str, Interval]]:
    """Mean figures with 95 % intervals by operation, and of all under "all".

    The key ``image auc`` compares the scores of an operation with those of all authentic items.
    """
    forged = [x for x in found if x.operation]
    authentic = [x for x in found if not x.operation]
    names = sorted({x.operation for x in forged})
    table: dict[str, dict[str, Interval]] = {}
    for name in [*names, "all"]:
        rows = [x for x in forged if name in ("all", x.operation)]
        sources = [x.source for x in rows]
        figures = {
            protocol: bootstrap_mean([x.figures[protocol] for x in rows], sources)
            for protocol in PROTOCOLS
        }
        if authentic and rows:
            both = [*rows, *authentic]
            figures[f"image {image.auc.__name__}"] = bootstrap(
                [x.score for x in both],
                [bool(x.operation) for x in both],
                groups=[x.source for x in both],
            )
        figures["n"] = Interval(float(len(rows)), float(len(rows)), float(len(rows)))
        table[name] = figures
    return table
