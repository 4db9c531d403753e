"""Lines of text in a photo, found without reading them: letters, words, baselines, ink and paper.

Letters are connected components of a local threshold, chained to their neighbours on the right
(Epshtein, Ofek and Wexler, Detecting text in natural scenes with stroke width transform, CVPR 2010,
group them so); a chain is text when sizes, baseline, ink and paper agree.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

RGB = NDArray[np.uint8]

_MOST_COMPONENTS = 6000
_LEAST_HEIGHT = 7
_LEAST_CONTRAST = 45
_LEAST_LETTERS = 5


@dataclass(frozen=True, slots=True)
class Letter:
    """A letter, or several that touch, with its dots.

    Attributes:
        x, y, width, height: its box in pixels.
        labels: of its components in `Text.labels`.
        rise: by how much its lowest pixel is above the baseline, in pixels; negative below.
    """

    x: int
    y: int
    width: int
    height: int
    labels: tuple[int, ...]
    rise: float


@dataclass(frozen=True, slots=True)
class Line:
    """A line of text.

    Attributes:
        words: the letters of every word, from left to right.
        slope, intercept: of the baseline y = intercept + slope · x, in pixels.
        size: median height of its letters in pixels.
        contrast: of its ink against the paper, in grey levels.
    """

    words: tuple[tuple[Letter, ...], ...]
    slope: float
    intercept: float
    size: float
    contrast: float

    def baseline(self, x: float) -> float:
        """Return y of the baseline at x."""
        return self.intercept + self.slope * x

    @property
    def letters(self) -> tuple[Letter, ...]:
        """All letters, from left to right."""
        return tuple(letter for word in self.words for letter in word)


@dataclass(frozen=True, slots=True, eq=False)
class Text:
    """All text of one polarity that was found in a photo.

    Attributes:
        lines: from the top.
        labels: int32, height × width: number of the connected component, 0 for paper.
        dark: whether the ink is darker than the paper.
    """

    lines: tuple[Line, ...]
    labels: NDArray[np.int32]
    dark: bool


def find_text(rgb: RGB) -> Text | None:
    """Find the text of a photo, dark on light or light on dark, whichever is more; None if none.

    Args: rgb: uint8, height × width × 3, upright.
    """
    luma = cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY)
    wide = max(41, min(luma.shape) // 12) | 1
    found = [
        _find(np.asarray(luma if dark else 255 - luma, np.uint8), block, dark)
        for dark in (True, False)
        for block in (25, wide)
    ]
    best = max(found, key=lambda text: sum(len(line.letters) for line in text.lines))
    # A few aligned marks are a fence or a row of windows more often than text.
    return best if sum(len(line.letters) for line in best.lines) >= 3 * _LEAST_LETTERS else None


def _find(luma: NDArray[np.uint8], block: int, dark: bool) -> Text:
    ink = cv2.adaptiveThreshold(
        luma, 255, cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY_INV, block, 15
    )
    count, raw, stats, _ = cv2.connectedComponentsWithStats(ink, connectivity=8)
    labels = np.asarray(raw, np.int32)
    if count > _MOST_COMPONENTS * 4:
        return Text((), labels, dark)
    w, h, area = (stats[:, k].astype(np.int64) for k in (2, 3, 4))
    fits = (h >= _LEAST_HEIGHT) & (h < 0.2 * luma.shape[0]) & (w >= 2) & (w < 5 * h) & (area > 9)
    fits &= area < 0.9 * w * h + 6
    fits[0] = False
    main = np.flatnonzero(fits)[:_MOST_COMPONENTS]
    if len(main) < _LEAST_LETTERS:
        return Text((), labels, dark)
    lines = [
        line
        for chain in _chains(stats[main])
        if (line := _line(luma, labels, stats, main[chain])) is not None
    ]
    return Text(tuple(sorted(lines, key=lambda line: line.intercept)), labels, dark)


def _chains(stats: NDArray[Any]) -> Iterator[NDArray[np.intp]]:
    """Yield the indices of components that follow one another from left to right."""
    x, y, w, h = (stats[:, k].astype(float) for k in range(4))
    centres = np.stack([x + w / 2, y + h / 2], 1)
    near = min(12, len(stats))
    _, other = cKDTree(centres).query(centres, near)
    this = np.repeat(np.arange(len(stats)), near)
    that = other.ravel()
    tall, low = np.maximum(h[this], h[that]), np.minimum(h[this], h[that])
    gap = x[that] - (x + w)[this]
    overlap = np.minimum((y + h)[this], (y + h)[that]) - np.maximum(y[this], y[that])
    fits = (this != that) & (x[that] > x[this] + 0.3 * w[this]) & (gap < 1.1 * tall)
    fits &= (gap > -0.3 * tall) & (overlap > 0.5 * low) & (tall < 2.5 * low)
    this, that, gap = this[fits], that[fits], gap[fits]
    order = np.lexsort((gap, this))
    first = np.unique(this[order], return_index=True)[1]
    edges = order[first]
    size = len(stats)
    graph = coo_array((np.ones(len(edges)), (this[edges], that[edges])), shape=(size, size))
    count, group = connected_components(graph, directed=False)
    sizes = np.bincount(group, minlength=count)
    for number in np.flatnonzero(sizes >= _LEAST_LETTERS):
        yield np.flatnonzero(group == number)


def _line(
    luma: NDArray[np.uint8], labels: NDArray[np.int32], stats: NDArray[Any], chain: NDArray[Any]
) -> Line | None:
    """Return the line of text that a chain of components is, or None when it is something else."""
    x, y, w, h, area = (stats[chain, k].astype(float) for k in range(5))
    bottom, middle = y + h, x + w / 2
    size = float(np.median(h))
    slope, intercept = np.polyfit(middle, bottom, 1)
    for _ in range(3):
        # Letters that hang below the line, and quotation marks, must not tilt it.
        off = bottom - (intercept + slope * middle)
        kept = np.abs(off - np.median(off)) < 0.12 * size + 1
        if kept.sum() < 3:
            return None
        slope, intercept = np.polyfit(middle[kept], bottom[kept], 1)
    if kept.mean() < 0.6 or abs(slope) > 0.35:
        return None
    fill = area / (w * h)
    varied = w.std() / w.mean()
    if h.std() / size > 0.5 or varied < 0.12 or not 0.2 < np.median(fill) < 0.78:
        return None
    if not 0.2 < np.median(w / h) < 1.8:
        return None
    left, right = int(x.min()), int((x + w).max())
    top, low = int(y.min()), int(bottom.max())
    band = luma[top:low, left:right]
    own = labels[top:low, left:right]
    ink = np.isin(own, chain)
    grown = cv2.dilate((own > 0).astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    if not ink.any() or (~grown).sum() < 30:
        return None
    paper, dots = band[~grown].astype(float), band[ink].astype(float)
    contrast = float(np.median(paper) - np.percentile(dots, 25))
    low_end, dim, bright, high_end = np.percentile(paper, [7, 16, 84, 93])
    # Foliage and meshes have gaps of all shades between their darkest parts.
    if contrast < _LEAST_CONTRAST or bright - dim > 0.26 * contrast:
        return None
    if high_end - low_end > 0.5 * contrast:
        return None
    if _alike(labels, stats, chain) > 0.72:
        return None
    # Ink of one line is alike; leaves and pebbles are not.
    means = [
        float(np.percentile(luma[b : b + d, a : a + c][labels[b : b + d, a : a + c] == k], 25))
        for k, (a, b, c, d) in zip(chain, stats[chain, :4], strict=True)
    ]
    if np.std(means) > 0.22 * contrast:
        return None
    letters = _letters(stats, chain, float(slope), float(intercept), size)
    # Branches and grids fall into pieces that stand on no line.
    standing = float(np.mean([abs(letter.rise) < 0.15 * size for letter in letters]))
    pieces = float(np.mean([len(letter.labels) for letter in letters]))
    if standing < 0.5 or pieces > 2.4 or (standing < 0.65 and pieces > 1.5):
        return None
    words = _words(letters, size)
    return Line(words, float(slope), float(intercept), size, contrast)


def _alike(labels: NDArray[np.int32], stats: NDArray[Any], chain: NDArray[Any]) -> float:
    """Median correlation of the shapes of components: high for ornaments, rails and windows."""
    shapes = []
    for label in chain[:24]:
        x, y, w, h = (int(v) for v in stats[label, :4])
        own = (labels[y : y + h, x : x + w] == label).astype(np.float32)
        shapes.append(cv2.resize(own, (10, 14), interpolation=cv2.INTER_AREA).ravel())
    flat = np.stack(shapes) - np.mean(shapes, axis=1, keepdims=True)
    flat /= np.maximum(np.linalg.norm(flat, axis=1, keepdims=True), 1e-6)
    return float(np.median((flat @ flat.T)[np.triu_indices(len(shapes), 1)]))


def _letters(
    stats: NDArray[Any], chain: NDArray[Any], slope: float, intercept: float, size: float
) -> list[Letter]:
    """Join components that stand above one another, and dots and marks that were too small."""
    members = set(chain.tolist())
    x, y, w, h = (stats[:, k].astype(float) for k in range(4))
    baseline = intercept + slope * (x + w / 2)
    left, right = x[chain].min(), (x + w)[chain].max()
    small = (h < 0.6 * size) & (w < size) & (stats[:, 4] >= 3)
    small &= (x + w / 2 > left) & (x + w / 2 < right + 0.5 * size)
    small &= (y > baseline - 1.7 * size) & (y + h < baseline + 0.5 * size)
    members |= set(np.flatnonzero(small).tolist()) - {0}
    groups: list[list[int]] = []
    reach = 0.0
    for label in sorted(members, key=lambda k: x[k]):
        overlap = reach - x[label]
        if groups and overlap > 0.5 * min(w[label], reach - x[groups[-1][0]]):
            groups[-1].append(label)
            reach = max(reach, x[label] + w[label])
        else:
            groups.append([label])
            reach = x[label] + w[label]
    letters = []
    for group in groups:
        x0, y0 = int(x[group].min()), int(y[group].min())
        x1, y1 = int((x + w)[group].max()), int((y + h)[group].max())
        rise = intercept + slope * (x0 + x1) / 2 - y1
        letters.append(Letter(x0, y0, x1 - x0, y1 - y0, tuple(group), rise))
    return letters


def _words(letters: list[Letter], size: float) -> tuple[tuple[Letter, ...], ...]:
    gaps = [b.x - (a.x + a.width) for a, b in pairwise(letters)]
    space = max(0.33 * size, 2.2 * float(np.median(gaps)) if gaps else 0.0)
    words: list[list[Letter]] = [[letters[0]]]
    for letter, gap in zip(letters[1:], gaps, strict=True):
        if gap > space:
            words.append([])
        words[-1].append(letter)
    return tuple(tuple(word) for word in words)


def paper_of(rgb: RGB, ink: NDArray[np.bool_], reach: float) -> NDArray[np.float32]:
    """Return the paper without its ink and noise: the mean of the paper's pixels around each pixel.

    Args:
        ink: height × width, True where a pixel is not paper.
        reach: radius of the neighbourhood in pixels.

    Returns: float32, height × width × 3, 0 to 255.
    """
    side = 2 * max(1, round(reach)) + 1
    weight = (~ink).astype(np.float32)
    total = np.asarray(rgb.astype(np.float32) * weight[:, :, None], np.float32)
    for _ in range(2):
        total = np.asarray(cv2.blur(total, (side, side)), np.float32)
        weight = np.asarray(cv2.blur(weight, (side, side)), np.float32)
    return np.asarray(total / np.maximum(weight, 1e-4)[:, :, None], np.float32)
