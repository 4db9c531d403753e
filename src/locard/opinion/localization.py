"""Localization: the methods' maps fused into a heat map, a mask, regions and a reliability map."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

from locard.exhibit import Exhibit
from locard.methods import Finding, GridMap, Question, list_methods
from locard.methods.contract import FloatMap
from locard.opinion.opinion import posterior, weight

# The fused maps are computed on a canvas of at most this many pixels and drawn at the exhibit's
# resolution on demand: methods decide on blocks of 8 pixels or more, so nothing is lost.
_CANVAS_PIXELS = 1_000_000
_MASK_THRESHOLD = 0.5
# An edit covers at least about this share of the picture; the map is stretched until so much is
# hot, by no more than 1 / _LEAST: where the methods saw nothing it stays cold.
_HOTTEST = 0.005
_LEAST = 0.4
# A finding of this strength or less marks nothing, and no region rests on one below the second, an
# LR of 1.2: of those that rested on less, few touched the edit.
_WEAK = 0.05
_EVIDENCE = 0.1
# A region smaller than this share of the picture is not reported: block noise reaches it.
_MIN_AREA = 0.0005
# One that covers nearly all of it says nothing about where.
_MAX_AREA = 0.75
_MAX_REGIONS = 20


@dataclass(frozen=True, slots=True)
class Region:
    """A connected part of the mask.

    Attributes:
        box: (x, y, width, height) in exhibit pixels.
        area: share of the picture, 0 to 1.
        strength: mean of the heat map inside, 0 to 1.
        findings: identifiers of the findings whose maps mark it.
    """

    box: tuple[int, int, int, int]
    area: float
    strength: float
    findings: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Localization:
    """Where the exhibit was edited, and where that answer can be trusted.

    Attributes:
        height, width: of the exhibit.
        heat, marked, trust: the maps on their working canvas; use `heatmap`, `mask` and
            `reliability` for arrays.
        regions: at most twenty, by strength times area.
    """

    height: int
    width: int
    heat: GridMap
    marked: GridMap
    trust: GridMap
    regions: tuple[Region, ...] = field(default=())

    @property
    def heatmap(self) -> FloatMap:
        """float32, height × width, 0 to 1: where it was edited, if it was; see `localize`."""
        return self.heat.pixels(self.height, self.width)

    @property
    def mask(self) -> NDArray[np.bool_]:
        """bool, height × width: the reported regions, where an edit is more likely than not."""
        return np.asarray(self.marked.pixels(self.height, self.width) >= 0.5)

    @property
    def reliability(self) -> FloatMap:
        """float32, height × width, 0 to 1: 1 = the heat map can be trusted here."""
        return self.trust.pixels(self.height, self.width)


def _canvas(exhibit: Exhibit) -> tuple[int, int, float]:
    scale = max(1.0, float(np.sqrt(exhibit.height * exhibit.width / _CANVAS_PIXELS)))
    return round(exhibit.height / scale) or 1, round(exhibit.width / scale) or 1, scale


def starvation(exhibit: Exhibit, rows: int, cols: int) -> FloatMap:
    """Return where the pixels can carry traces (1) or cannot (0): saturated, flat, over-textured.

    Local standard deviation σ of luma: trust rises from 0 at σ = 0.3 (nothing but quantisation)
    to 1 at σ = 1.5, and falls to one half for σ above 60 (content drowns the traces).
    """

    def shrink(values: NDArray[np.float32]) -> FloatMap:
        return np.asarray(cv2.resize(values, (cols, rows), interpolation=cv2.INTER_AREA))

    sigma = shrink(exhibit.texture)
    saturated = shrink(exhibit.saturated.astype(np.float32))
    flat = np.clip((sigma - 0.3) / 1.2, 0.0, 1.0)
    busy = 1.0 - 0.5 * np.clip((sigma - 40.0) / 20.0, 0.0, 1.0)
    trust = flat * busy * (1.0 - saturated)
    return np.asarray(cv2.GaussianBlur(trust.astype(np.float32), (0, 0), 3.0), dtype=np.float32)


def _share(strength: float, others: float) -> float:
    """What a map of probabilities counts by: in full where nothing speaks against it.

    share = min(1, 1 + s) · (1 - t) + max(0, s) · t, with s the strength of its finding and t that
    of the strongest other one: the reader sees what it saw, unless another explains the edit.
    """
    explained = max(0.0, others)
    return min(1.0, 1.0 + strength) * (1.0 - explained) + max(0.0, strength) * explained


def _trust(finding: Finding, rows: int, cols: int, scale: float) -> FloatMap:
    """Where a finding says that its map can be trusted: everywhere if it says nothing."""
    if finding.reliability is None:
        return np.ones((rows, cols), np.float32)
    return finding.reliability.sample(rows, cols, scale)


def localize(exhibit: Exhibit, findings: Sequence[Finding]) -> Localization:
    """Fuse the maps of calibrated findings.

    heat = 1 - Π (1 - sᵢ · mapᵢ). A finding counts by its strength sᵢ = 2 pᵢ - 1, with pᵢ its
    posterior alone at even priors, after its fusion weight: one without weight (LR ≤ 1) adds
    nothing. The map of a `pixelwise` method is the probability of an edit there if there is one,
    and counts for more, see `_share`; without evidence it marks no region.

    The reliability is that of the maps, as much of each as it adds, where the pixels can carry
    traces at all, see `starvation`; zero where no method drew a map.

    Regions and mask are where the heat reaches 0.5. What is shown is stretched, see `_stretch`:
    whether the picture was edited is the opinion's to say, and where, if it was, the map's.
    """
    rows, cols, scale = _canvas(exhibit)
    base = starvation(exhibit, rows, cols)
    cold = np.ones((rows, cols), dtype=np.float32)
    trusts: list[tuple[float, FloatMap]] = []
    marks: list[tuple[str, FloatMap]] = []
    telling: list[tuple[Finding, GridMap, float]] = []
    for finding in findings:
        if finding.question is not Question.EDITED or not finding.applicable:
            continue
        if finding.heatmap is None or finding.log10_lr is None:
            continue
        strength = 2.0 * posterior(weight(finding) * finding.log10_lr, 0.5) - 1.0
        telling.append((finding, finding.heatmap, strength))
    pixelwise = {m.name for m in list_methods() if m.pixelwise}
    for finding, heatmap, strength in telling:
        share = strength
        if finding.method in pixelwise:
            share = _share(strength, max((s for f, _, s in telling if f is not finding), default=0))
        elif strength <= _WEAK:
            continue
        trusts.append((share, _trust(finding, rows, cols, scale)))
        mark = np.float32(share) * heatmap.sample(rows, cols, scale)
        if strength > _EVIDENCE:
            marks.append((finding.id, mark))
        cold *= 1.0 - mark
    heat = 1.0 - cold
    # Where none has anything to say, all vouch alike for there being nothing.
    if not sum(share for share, _ in trusts):
        trusts = [(1.0, _trust(finding, rows, cols, scale)) for finding, _, _ in telling]
    total = sum(share for share, _ in trusts)
    trust = base * sum((share / total * of for share, of in trusts), np.zeros_like(base))
    shown = _stretch(heat)
    heat_map, trust_map = GridMap(shown, step=scale), GridMap(trust, step=scale)
    regions, kept = _regions(exhibit, heat, shown, marks, scale)
    marked = GridMap(kept, step=scale)
    return Localization(exhibit.height, exhibit.width, heat_map, marked, trust_map, regions)


def _stretch(heat: FloatMap) -> FloatMap:
    """Return the heat map given that there was an edit: min(1, heat / max(q, 0.4)).

    q is what the hottest 0.5 % of the picture reach. A map of probabilities also doubts whether the
    picture was edited at all, which the opinion answers; given that it was, something in it was.
    """
    hottest = max(_LEAST, float(np.quantile(heat, 1 - _HOTTEST)))
    return np.asarray(np.minimum(heat / hottest, 1), dtype=np.float32)


def _regions(
    exhibit: Exhibit,
    heat: FloatMap,
    shown: FloatMap,
    marks: Sequence[tuple[str, FloatMap]],
    scale: float,
) -> tuple[tuple[Region, ...], FloatMap]:
    """Return the regions, by strength times area, and their mask on the canvas, 0 or 1."""
    binary = (heat >= _MASK_THRESHOLD).astype(np.uint8)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(binary, connectivity=8)
    kept = np.zeros(heat.shape, dtype=np.float32)
    if not marks:
        return (), kept
    found = []
    for label in range(1, count):
        left, top, width, height, area = (int(v) for v in stats[label])
        if not _MIN_AREA * heat.size <= area <= _MAX_AREA * heat.size:
            continue
        window = (slice(top, top + height), slice(left, left + width))
        inside = labels[window] == label
        marked = tuple(name for name, m in marks if float(m[window][inside].mean()) >= 0.25)
        if not marked:  # A region rests on evidence.
            continue
        x, y = round(left * scale), round(top * scale)
        box = (
            x,
            y,
            min(round(width * scale), exhibit.width - x),
            min(round(height * scale), exhibit.height - y),
        )
        strength = float(shown[window][inside].mean())
        found.append((Region(box, area / heat.size, strength, marked), window, inside))
    found.sort(key=lambda one: one[0].strength * one[0].area, reverse=True)
    for _, window, inside in found[:_MAX_REGIONS]:
        kept[window][inside] = 1.0
    return tuple(region for region, _, _ in found[:_MAX_REGIONS]), kept
