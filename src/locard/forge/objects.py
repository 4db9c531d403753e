"""Objects in a photo, with soft mattes: what a forger would cut out, copy or remove.

Colour and edge segmentation: segments of Felzenszwalb and Huttenlocher (IJCV 2004) are merged
into a tree (Uijlings et al., Selective search, IJCV 2013), the nodes that look like a whole object
in front of something else are cut along their colours (GrabCut, Rother et al., SIGGRAPH 2004) and
their edges softened (guided filter, He et al., TPAMI 2013). A network given as a file replaces all
of it.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from locard.forge.contract import RGB, Matte, Photo
from locard.forge.ground import find_patches, ground_of, shrunk

Box = tuple[int, int, int, int]
Labels = NDArray[np.int32]
Floats = NDArray[np.float32]

# Segments are sought at this longer side in pixels: objects are large, and time is short.
_COARSE = 144
# GrabCut's graph is solved at this longer side of an object's box.
_FINE = 112
# Longer side of the grid on which mattes are fitted to colours.
_GUIDE = 144
_SMALLEST, _LARGEST = 0.008, 0.3
_LARGEST_SALIENT = 0.55
# Parts of a segmenter's map are told apart at this longer side.
_MAP = 256
# Score below which a part is more likely a piece of a thing than a thing.
_LEAST_SCORE = 0.36
# The same for the outline after the cut.
_LEAST_CUT = 0.5


@dataclass(frozen=True, slots=True, eq=False)
class Region:
    """A piece of a photo with a soft edge.

    Attributes:
        matte: float32, height × width of the box, 0 to 1.
        box: x, y, width, height in the photo's pixels.
        found: how: "colour and edges", "network" or, for a shape drawn freely, "patch"; "object",
            "lasso" or "brush" for a region that was chosen to work on.
        score: 0 to 1, how much it looks like a whole object; 0 for a patch.
        cut: rims of the photo that cut it: "left", "top", "right", "bottom".
    """

    matte: Matte
    box: Box
    found: str
    score: float
    cut: frozenset[str] = frozenset()

    @property
    def is_object(self) -> bool:
        """Whether it follows something in the photo."""
        return self.found != "patch"

    def drawn(self, height: int, width: int) -> Matte:
        """Return the matte on an empty picture of the photo's size."""
        whole = np.zeros((height, width), np.float32)
        x, y, w, h = self.box
        whole[y : y + h, x : x + w] = self.matte
        return whole


@lru_cache(maxsize=48)
def find_objects(photo: Photo) -> tuple[Region, ...]:
    """Find up to four objects, best first; none is an honest answer.

    Objects touch no edge of the photo, as a cut-out must be complete.
    """
    if photo.foreground is not None:
        return tuple(region for region in find_salient(photo) if not region.cut)
    rgb = photo.rgb
    height, width = rgb.shape[:2]
    if min(height, width) < 64:
        return ()
    scale = min(1.0, _COARSE / max(height, width))
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    small = shrunk(rgb, size)
    regions: list[Region] = []
    taken = np.zeros(small.shape[:2], bool)
    for seed, score in _candidates(small):
        if (taken & seed).any():
            continue
        region = _cut(rgb, seed, score)
        if region is None:
            continue
        regions.append(region)
        taken |= seed
        if len(regions) == 4:
            break
    return tuple(sorted(regions, key=lambda region: -region.score))


def _largest(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Keep the largest connected part and fill its holes."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8))
    if count < 2:
        return np.zeros_like(mask)
    part = (labels == 1 + int(np.argmax(stats[1:, cv2.CC_STAT_AREA]))).astype(np.uint8)
    outlines, _ = cv2.findContours(part, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    cv2.drawContours(part, outlines, -1, 1, cv2.FILLED)
    return np.asarray(part > 0)


def _lab(rgb: RGB) -> Floats:
    lab: Floats = cv2.cvtColor(rgb, cv2.COLOR_RGB2Lab).astype(np.float32)
    return lab


def _edges(lab: Floats) -> Floats:
    """Gradient of Lab in units per pixel."""
    soft = cv2.GaussianBlur(lab, (0, 0), 0.8)
    dx = cv2.Sobel(soft, cv2.CV_32F, 1, 0, scale=1 / 4)
    dy = cv2.Sobel(soft, cv2.CV_32F, 0, 1, scale=1 / 4)
    return np.asarray(np.sqrt((dx**2 + dy**2).sum(axis=2)), np.float32)


def _merge_tree(labels: Labels, lab: Floats, edges: Floats) -> list[NDArray[np.bool_]]:
    """Merge neighbouring segments, most alike first; returns every node as leaf membership.

    Alike: close mean colours and a weak edge between them, small segments first.
    """
    count = int(labels.max()) + 1
    flat = labels.ravel()
    area = np.bincount(flat, minlength=count).astype(float)
    colour = np.stack(
        [np.bincount(flat, lab[:, :, c].ravel(), count) / area for c in range(3)], axis=1
    )
    # Length and summed edge of every border between two segments.
    borders: dict[int, dict[int, list[float]]] = {i: {} for i in range(count)}
    for one, two, strength in (
        (labels[:, :-1], labels[:, 1:], np.maximum(edges[:, :-1], edges[:, 1:])),
        (labels[:-1], labels[1:], np.maximum(edges[:-1], edges[1:])),
    ):
        differ = one != two
        low = np.minimum(one[differ], two[differ]).astype(np.int64)
        high = np.maximum(one[differ], two[differ])
        keys, inverse = np.unique(low * count + high, return_inverse=True)
        length = np.bincount(inverse)
        total = np.bincount(inverse, strength[differ])
        for key, n, s in zip(keys.tolist(), length.tolist(), total.tolist(), strict=True):
            a, b = divmod(key, count)
            entry = borders[a].setdefault(b, [0.0, 0.0])
            entry[0] += n
            entry[1] += s
            borders[b][a] = entry
    members = {i: [i] for i in range(count)}
    areas = dict(enumerate(area.tolist()))
    colours = dict(enumerate(colour))
    whole = float(labels.size)

    def distance(a: int, b: int) -> float:
        n, s = borders[a][b]
        size = min(areas[a], areas[b]) / whole
        apart = float(np.linalg.norm(colours[a] - colours[b])) / 20 + s / n / 6
        return float(apart * (0.25 + min(1.0, (size / 0.02) ** 0.5)))

    queue = [(distance(a, b), a, b) for a in borders for b in borders[a] if a < b]
    heapq.heapify(queue)
    nodes = []
    number = count
    while queue:
        _, a, b = heapq.heappop(queue)
        if a not in members or b not in members:
            continue
        members[number] = members[a] + members[b]
        areas[number] = areas[a] + areas[b]
        colours[number] = (colours[a] * areas[a] + colours[b] * areas[b]) / areas[number]
        joined: dict[int, list[float]] = {}
        for old in (a, b):
            for other, (n, s) in borders.pop(old).items():
                borders.get(other, {}).pop(old, None)
                if other in (a, b):
                    continue
                entry = joined.setdefault(other, [0.0, 0.0])
                entry[0] += n
                entry[1] += s
            del members[old]
        borders[number] = joined
        for other, entry in joined.items():
            borders[other][number] = entry
            heapq.heappush(queue, (distance(number, other), number, other))
        leaf = np.zeros(count, bool)
        leaf[members[number]] = True
        nodes.append(leaf)
        number += 1
    return nodes


def _candidates(small: RGB) -> Iterator[tuple[NDArray[np.bool_], float]]:
    """Yield parts that look like a whole object, best first, with a score of 0 to 1."""
    from skimage.segmentation import felzenszwalb

    lab = _lab(small)
    edges = _edges(lab)
    labels = felzenszwalb(small, scale=60, sigma=0.7, min_size=16).astype(np.int32)
    if labels.max() < 1:
        return
    rim = np.ones(labels.shape, bool)
    rim[2:-2, 2:-2] = False
    count = int(labels.max()) + 1
    at_rim = np.bincount(labels[rim], minlength=count)
    area = np.bincount(labels.ravel(), minlength=count)
    leaves = [np.arange(count) == i for i in range(count)]
    scored: list[tuple[float, int, NDArray[np.bool_]]] = []
    depth = _depth(labels, lab, at_rim > 0)
    for leaf in leaves + _merge_tree(labels, lab, edges):
        share = area[leaf].sum() / labels.size
        if not _SMALLEST < share < _LARGEST or at_rim[leaf].sum() > 0:
            continue
        mask = leaf[labels]
        score = _score(mask, lab, edges)
        if score > 0.1:
            mask = _largest(mask)
            score = (score * _wholeness(mask, lab, depth, rim)) ** 0.5
            if score > _LEAST_SCORE:
                scored.append((score, len(scored), mask))
    for score, _, mask in sorted(scored, key=lambda item: -item[0])[:12]:
        yield mask, score


def _depth(labels: Labels, lab: Floats, at_rim: NDArray[np.bool_]) -> Floats:
    """Steps in colour between every pixel's segment and the picture's rim, in units of Lab.

    Geodesic saliency (Wei et al., ECCV 2012): what is reached from the rim by small steps alone is
    background, however large it is. Small steps count for nothing, so that slopes of light do not
    add up.
    """
    count = len(at_rim)
    area = np.bincount(labels.ravel(), minlength=count)
    colour = np.stack(
        [np.bincount(labels.ravel(), lab[:, :, c].ravel(), count) / area for c in range(3)], axis=1
    )
    across = [(labels[:, :-1], labels[:, 1:]), (labels[:-1], labels[1:])]
    pairs = np.concatenate([np.stack([a[a != b], b[a != b]], axis=1) for a, b in across])
    keys = np.unique(np.sort(pairs, axis=1).astype(np.int64) @ np.array([count, 1]))
    one, two = np.divmod(keys, count)
    # A step of zero would read as "no edge" in the sparse graph.
    step = np.maximum(np.linalg.norm(colour[one] - colour[two], axis=1) - 6, 1e-3)
    rim = np.flatnonzero(at_rim)
    graph: Any = csr_array(
        (
            np.concatenate([step, np.full(len(rim), 1e-3)]),
            (np.concatenate([one, np.full(len(rim), count)]), np.concatenate([two, rim])),
        ),
        shape=(count + 1, count + 1),
    )
    distance = dijkstra(graph, directed=False, indices=np.array([count]))[0, :count]
    return np.asarray(np.minimum(distance, 200)[labels], np.float32)


def _wholeness(
    mask: NDArray[np.bool_], lab: Floats, depth: Floats, rim: NDArray[np.bool_]
) -> float:
    """Score whether a part is a whole thing in front of the background, 0 to 1.

    Around a whole thing is background on all sides; around a sleeve is a person. And what has the
    colours of the picture's rim is background seen through a gap.
    """
    reach = max(2, round(0.12 * float(mask.sum()) ** 0.5))
    part = mask.astype(np.uint8)
    near = cv2.dilate(part, np.ones((3, 3), np.uint8))
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 3, 2 * reach + 3))
    ring = (cv2.dilate(part, kernel) > 0) & (near == 0)
    if not ring.any():
        return 0.0
    inside, around = float(depth[mask].mean()), np.minimum(depth[ring], 60)
    shallow = float(np.exp(-((around / 22) ** 2)).mean())
    lifted = 1 - float(np.exp(-((max(0.0, inside - float(around.mean())) / 16) ** 2)))
    return shallow**2 * lifted * _separation(lab[mask], lab[rim])


def _score(mask: NDArray[np.bool_], lab: Floats, edges: Floats) -> float:
    """Score how much a part looks like a whole object, 0 to 1.

    Product of: strength of the edge along its outline, difference of its colours from those
    around it, solidity (area by convex hull), and size; objects stand out and are compact.
    """
    part = mask.astype(np.uint8)
    outlines, _ = cv2.findContours(part, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    outline = max(outlines, key=len)
    area = float(cv2.contourArea(outline))
    hull = float(cv2.contourArea(cv2.convexHull(outline)))
    if hull < 1 or area < 40:
        return 0.0
    solidity = area / hull
    round_ = 4 * np.pi * area / cv2.arcLength(outline, True) ** 2
    if solidity < 0.6 or round_ < 0.12:
        return 0.0
    w, h = cv2.boundingRect(outline)[2:]
    if max(w, h) > 6 * min(w, h):
        return 0.0
    ys, xs = outline[:, 0, 1], outline[:, 0, 0]
    grown = np.asarray(cv2.dilate(edges, np.ones((3, 3), np.uint8)))
    along = grown[ys, xs]
    sharp = float(np.mean(along > 5.0))
    solid = cv2.drawContours(np.zeros_like(part), [outline], -1, 1, cv2.FILLED)
    reach = max(4, round(0.25 * area**0.5))
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1, 2 * reach + 1))
    ring = (cv2.dilate(solid, kernel) > 0) & (solid == 0)
    inside = solid > 0
    different = _separation(lab[inside], lab[ring])
    size = float(np.clip(area / mask.size / 0.025, 0.3, 1.0))
    score = sharp**1.5 * different * solidity * size**0.5 * min(1.0, round_ / 0.35) ** 0.5
    return float(score)


def _separation(one: Floats, two: Floats) -> float:
    """Share of two sets of Lab colours that does not overlap, from 8 × 8 × 8 histograms."""
    if not len(one) or not len(two):
        return 0.0
    bins = np.array([8, 12, 12], np.float32)
    hists = []
    for colours in (one, two):
        index = np.clip(colours / 256 * bins * (1, 1, 1), 0, bins - 1).astype(np.int64)
        flat = (index[:, 0] * 12 + index[:, 1]) * 12 + index[:, 2]
        hists.append(np.bincount(flat, minlength=8 * 144) / len(colours))
    return float(1 - np.minimum(*hists).sum())


@lru_cache(maxsize=48)
def find_salient(photo: Photo) -> tuple[Region, ...]:
    """Find up to four objects that the user's segmenter is sure of, largest first.

    Unlike `find_objects`, those that one rim or two of the photo cut are among them, and say so.
    """
    map_ = photo.foreground
    if map_ is None:
        return ()
    height, width = map_.shape
    scale = min(1.0, _MAP / max(height, width))
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    small = np.asarray(cv2.resize(map_, size, interpolation=cv2.INTER_AREA), np.float32)
    count, labels, stats, _ = cv2.connectedComponentsWithStats((small > 0.5).astype(np.uint8))
    regions: list[Region] = []
    for i in sorted(range(1, count), key=lambda i: -int(stats[i, cv2.CC_STAT_AREA])):
        x, y, w, h, area = (int(v) for v in stats[i])
        if area < _SMALLEST * small.size or len(regions) == 4:
            break
        part = (labels == i).astype(np.uint8)
        near = cv2.dilate(part, np.ones((7, 7), np.uint8))
        # A network that hesitates shows a half-transparent thing.
        unsure = float(((small > 0.12) & (small < 0.85) & (near > 0)).sum()) / area
        outline = cv2.arcLength(
            cv2.findContours(part, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)[0][0], True
        )
        if unsure > 0.08 + outline / area or area > _LARGEST_SALIENT * small.size:
            continue
        cut = frozenset(
            rim
            for rim, touches in (
                ("left", part[:, 0].any()),
                ("top", part[0].any()),
                ("right", part[:, -1].any()),
                ("bottom", part[-1].any()),
            )
            if touches
        )
        if len(cut) > 2 or {"left", "right"} <= cut or {"top", "bottom"} <= cut:
            continue
        x0, y0 = max(0, int((x - 3) / scale)), max(0, int((y - 3) / scale))
        x1, y1 = min(width, round((x + w + 3) / scale)), min(height, round((y + h + 3) / scale))
        own = cv2.resize(near, (width, height), interpolation=cv2.INTER_NEAREST)[y0:y1, x0:x1]
        matte = np.clip((map_[y0:y1, x0:x1] - 0.12) / 0.76, 0, 1) * own
        ys, xs = np.flatnonzero(matte.max(axis=1) > 0.02), np.flatnonzero(matte.max(axis=0) > 0.02)
        if not len(ys):
            continue
        inner = np.ascontiguousarray(matte[ys[0] : ys[-1] + 1, xs[0] : xs[-1] + 1], np.float32)
        box = (x0 + int(xs[0]), y0 + int(ys[0]), inner.shape[1], inner.shape[0])
        regions.append(Region(inner, box, "network", round(1 - min(1.0, unsure), 3), cut))
    return tuple(regions)


@lru_cache(maxsize=48)
def find_isolated(photo: Photo) -> tuple[Region, ...]:
    """Find up to three things that lie alone on even ground, cut out along their colours.

    Without a segmenter these are the only ones that are sure to be whole.
    """
    ground = ground_of(photo)
    height, width = photo.rgb.shape[:2]
    scale = min(1.0, _COARSE / max(height, width))
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    small = shrunk(photo.rgb, size)
    lab = _lab(small)
    step = ground.step * scale
    found = find_patches(ground)
    regions: list[Region] = []
    tried = np.zeros(small.shape[:2], bool)
    for _ in range(4):
        best = max(found, key=lambda p: min(p.content, 5) - 2 * p.spread, default=None)
        if best is None or len(regions) == 3:
            break
        x, y, w, h = (round(v * step) for v in best.box)
        found = [p for p in found if not _overlap(p.box, best.box)]
        seed = _unlike_rim(lab, x, y, w, h)
        if seed is None or (tried & seed).any():
            continue
        tried |= seed
        region = _cut(photo.rgb, seed, 1.0)
        if region is not None:
            regions.append(region)
    return tuple(regions)


def _overlap(one: Box, two: Box) -> bool:
    return (
        one[0] < two[0] + two[2] and two[0] < one[0] + one[2]
        and one[1] < two[1] + two[3] and two[1] < one[1] + one[3]
    )  # fmt: skip


def _unlike_rim(lab: Floats, x: int, y: int, w: int, h: int) -> NDArray[np.bool_] | None:
    """Mark what in a box differs from the colours along its rim, a plane in x and y each."""
    piece = lab[y : y + h, x : x + w]
    height, width = piece.shape[:2]
    if min(height, width) < 8:
        return None
    ys, xs = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    terms = np.stack([np.ones_like(xs), xs, ys], axis=2)
    rim = np.ones((height, width), bool)
    band = max(1, min(height, width) // 10)
    rim[band:-band, band:-band] = False
    planes = np.linalg.lstsq(terms[rim], piece[rim], rcond=None)[0]
    away = np.linalg.norm(piece - terms @ planes, axis=2)
    usual = max(3.0, float(np.quantile(away[rim], 0.95)))
    differs = _largest(cv2.medianBlur((away > 1.6 * usual).astype(np.uint8), 3) > 0)
    if (differs & rim).any() or not 0.1 < differs.mean() < 0.75:
        return None
    whole = np.zeros(lab.shape[:2], bool)
    whole[y : y + height, x : x + width] = differs
    return whole


def _cut(rgb: RGB, seed: NDArray[np.bool_], score: float) -> Region | None:
    """Cut an object out along its colours and soften its edge; None where that fails."""
    height, width = rgb.shape[:2]
    step = width / seed.shape[1]
    ys, xs = np.nonzero(seed)
    pad = max(6, round(0.3 * len(ys) ** 0.5))
    left, right = max(0, int(xs.min()) - pad), min(seed.shape[1], int(xs.max()) + 1 + pad)
    top, bottom = max(0, int(ys.min()) - pad), min(seed.shape[0], int(ys.max()) + 1 + pad)
    x0, x1 = round(left * step), min(width, round(right * step))
    y0, y1 = round(top * step), min(height, round(bottom * step))
    piece = rgb[y0:y1, x0:x1]
    fine = min(1.0, _FINE / max(piece.shape[:2]))
    size = (max(8, round(piece.shape[1] * fine)), max(8, round(piece.shape[0] * fine)))
    small = np.asarray(cv2.resize(piece, size, interpolation=cv2.INTER_AREA), np.uint8)
    start = cv2.resize(
        seed[top:bottom, left:right].astype(np.float32), size, interpolation=cv2.INTER_LINEAR
    )
    part = (start > 0.5).astype(np.uint8)
    reach = max(2, round(0.09 * float(part.sum()) ** 0.5))
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1, 2 * reach + 1))
    trimap = np.full(part.shape, cv2.GC_BGD, np.uint8)
    trimap[cv2.dilate(part, kernel) > 0] = cv2.GC_PR_BGD
    trimap[part > 0] = cv2.GC_PR_FGD
    trimap[cv2.erode(part, kernel) > 0] = cv2.GC_FGD
    if not (trimap == cv2.GC_FGD).any() or not (trimap == cv2.GC_BGD).any():
        return None
    # GrabCut starts its colour clusters from OpenCV's own generator.
    cv2.setRNGSeed(1)
    background, foreground = np.zeros((1, 65)), np.zeros((1, 65))
    whole = (0, 0, *size)  # Not read, as the trimap says it all.
    cv2.grabCut(small, trimap, whole, background, foreground, 1, cv2.GC_INIT_WITH_MASK)
    cut = _largest((trimap == cv2.GC_FGD) | (trimap == cv2.GC_PR_FGD))
    cut = cv2.medianBlur(cut.astype(np.uint8), 5) > 0
    kept = (cut & (part > 0)).sum() / max(1, (cut | (part > 0)).sum())
    edge = np.concatenate([cut[0], cut[-1], cut[:, 0], cut[:, -1]])
    if kept < 0.6 or edge.any():
        return None
    lab = _lab(small)
    quality = _score(cut, lab, _edges(lab)) ** 0.5
    if quality < _LEAST_CUT:
        return None
    matte = _soften(piece, cut.astype(np.float32))
    ys, xs = np.nonzero(matte > 0.02)
    if not len(ys):
        return None
    y2, y3, x2, x3 = int(ys.min()), int(ys.max()) + 1, int(xs.min()), int(xs.max()) + 1
    box = (x0 + x2, y0 + y2, x3 - x2, y3 - y2)
    return Region(
        np.ascontiguousarray(matte[y2:y3, x2:x3]), box, "colour and edges", min(score, quality)
    )


def _soften(piece: RGB, cut: Matte) -> Matte:
    """Matte from a coarse cut: edge-aware at the piece's own resolution.

    The guided filter fits the cut as a local linear function of brightness; where the photo has an
    edge the matte follows it, to a band of a few pixels on either side of the cut.
    """
    height, width = piece.shape[:2]
    smooth = cv2.resize(cut, (width, height), interpolation=cv2.INTER_CUBIC)
    step = max(1.0, width / cut.shape[1])
    smooth = np.clip(cv2.GaussianBlur(smooth, (0, 0), 0.7 * step), 0, 1)
    guide = np.asarray(_lab(piece) / 255, np.float32)
    matte = guided_filter(guide, np.asarray(smooth, np.float32), max(2, round(1.5 * step)), 2e-4)
    # Sharpen what the filter left undecided, and drop its haze far from the cut.
    matte = np.clip((matte - 0.5) * 1.7 + 0.46, 0, 1)
    reach = 2 * max(2, round(1.6 * step)) + 1
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (reach, reach))
    hard = (smooth > 0.5).astype(np.uint8)
    matte[cv2.dilate(hard, kernel) == 0] = 0
    matte[cv2.erode(hard, kernel) > 0] = 1
    return np.asarray(cv2.GaussianBlur(matte, (0, 0), 0.6), np.float32)


def guided_filter(guide: Floats, values: Floats, radius: int, epsilon: float) -> Floats:
    """Smooth ``values`` along the edges of a colour ``guide``.

    The linear model is fitted on a grid of at most 144 pixels a side and applied at full
    resolution.

    Args:
        guide: float32, height × width × 3, 0 to 1.
        values: float32, height × width.
        radius: of the window in pixels of the guide.
        epsilon: variance of the guide below which it counts as flat.

    Source: He, Sun and Tang, Guided image filtering, TPAMI 2013; He and Sun, Fast guided filter,
    2015.
    """
    height, width = values.shape
    scale = min(1.0, _GUIDE / max(height, width))
    grid = (max(1, round(width * scale)), max(1, round(height * scale)))
    small = cv2.resize(guide, grid, interpolation=cv2.INTER_AREA)
    level_in = cv2.resize(values, grid, interpolation=cv2.INTER_AREA)
    reach = max(1, round(radius * scale))
    size = (2 * reach + 1, 2 * reach + 1)

    def mean(array: NDArray[Any]) -> Floats:
        return np.asarray(cv2.blur(array, size), np.float32)

    centre, level = mean(small), mean(level_in)
    spread = np.empty((*level.shape, 3, 3), np.float32)
    for i in range(3):
        for j in range(i, 3):
            both = mean(small[:, :, i] * small[:, :, j]) - centre[:, :, i] * centre[:, :, j]
            spread[:, :, i, j] = spread[:, :, j, i] = both + (epsilon if i == j else 0)
    cross = mean(small * level_in[:, :, None]) - centre * level[:, :, None]
    slope = np.linalg.solve(spread, cross[:, :, :, None])[:, :, :, 0].astype(np.float32)
    offset = mean(level - (slope * centre).sum(axis=2))
    fine = cv2.resize(mean(slope), (width, height), interpolation=cv2.INTER_LINEAR)
    shift = cv2.resize(offset, (width, height), interpolation=cv2.INTER_LINEAR)
    return np.asarray((fine * guide).sum(axis=2) + shift, np.float32)
