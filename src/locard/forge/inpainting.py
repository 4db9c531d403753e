"""Filling a hole with patches from around it: multi-scale PatchMatch with voting.

Wexler, Shechtman and Irani (Space-time completion of video, TPAMI 2007) with the search of Barnes
et al. (PatchMatch, SIGGRAPH 2009), for all pixels of the hole at once: neighbours pass their match
on by jumps of 8, 4, 2 and 1 pixels instead of in scanning order.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from locard.forge.contract import RGB

Floats = NDArray[np.float32]
Bools = NDArray[np.bool_]
Points = NDArray[np.int64]

_RADIUS = 3
_SIDE = 2 * _RADIUS + 1
# Levels whose hole is at most this many pixels are searched; finer ones follow their matches.
_SEARCHED = 9000


def fill_with_patches(
    rgb: RGB, hole: Bools, rng: np.random.Generator
) -> tuple[RGB, NDArray[np.float32]]:
    """Fill a hole so that every patch in it looks like some patch outside it.

    Args:
        rgb: uint8, height × width × 3.
        hole: bool, height × width, True where to fill.

    Returns: the picture, and float32, height × width, 1 where whole pieces were taken from:
        neighbours in the hole that came from neighbours outside it. Single patches do not count.

    Raises: ValueError when the hole leaves no whole patch outside.
    """
    ys, xs = np.nonzero(hole)
    source = np.zeros(hole.shape, np.float32)
    if not len(ys):
        return rgb.copy(), source
    margin = max(32, int(0.9 * max(np.ptp(ys), np.ptp(xs))))
    top, bottom = max(0, int(ys.min()) - margin), min(hole.shape[0], int(ys.max()) + margin + 1)
    left, right = max(0, int(xs.min()) - margin), min(hole.shape[1], int(xs.max()) + margin + 1)
    piece = rgb[top:bottom, left:right].astype(np.float32)
    gap = np.ascontiguousarray(hole[top:bottom, left:right])
    out = rgb.copy()
    found, matches = _complete(piece, gap, rng)
    filled = np.clip(np.rint(found), 0, 255).astype(np.uint8)
    out[top:bottom, left:right][gap] = filled[gap]
    source[top:bottom, left:right] = _pieces(gap, matches)
    return out, source


def _pieces(hole: Bools, matches: Points) -> NDArray[np.uint8]:
    """Where pieces of at least `_SIDE` pixels a side were taken from, 0 or 1."""
    offset = matches - np.moveaxis(np.indices(hole.shape), 0, -1)
    together = hole.copy()
    for axis in (0, 1):
        for step in (1, -1):
            same = (offset == np.roll(offset, step, axis)).all(axis=2)
            together &= same & np.roll(hole, step, axis)
    taken = np.zeros(hole.shape, np.uint8)
    at = matches[together]
    taken[at[:, 0], at[:, 1]] = 1
    kernel = np.ones((_SIDE, _SIDE), np.uint8)
    # The rim of a piece has neighbours from elsewhere and was left out above.
    taken = np.asarray(cv2.dilate(taken, np.ones((3, 3), np.uint8)), np.uint8)
    return np.asarray(cv2.morphologyEx(taken, cv2.MORPH_OPEN, kernel), np.uint8)


def _complete(picture: Floats, hole: Bools, rng: np.random.Generator) -> tuple[Floats, Points]:
    pyramid = [(picture, hole)]
    while min(pyramid[-1][1].shape) > 40 and pyramid[-1][1].sum() > 150:
        above, gap = pyramid[-1]
        size = (above.shape[1] // 2, above.shape[0] // 2)
        # Colours of the hole must not leak out when the level is halved.
        weight = (~gap).astype(np.float32)
        known = cv2.resize(weight, size, interpolation=cv2.INTER_AREA)
        colour = cv2.resize(above * weight[:, :, None], size, interpolation=cv2.INTER_AREA)
        mean = np.asarray(colour, np.float32) / np.maximum(known, 1e-3)[:, :, None]
        pyramid.append((np.asarray(mean, np.float32), np.asarray(known < 0.6)))
    matches: NDArray[np.int64] | None = None
    filled: Floats | None = None
    for level, (colours, gap) in enumerate(reversed(pyramid)):
        start = colours.copy()
        if filled is None:
            around = np.clip(colours, 0, 255).astype(np.uint8)
            rough = np.asarray(cv2.inpaint(around, gap.astype(np.uint8), 3, cv2.INPAINT_TELEA))
            start[gap] = rough[gap]
        else:
            grown = cv2.resize(filled, gap.shape[::-1], interpolation=cv2.INTER_CUBIC)
            start[gap] = grown[gap]
        rounds = 6 if level == 0 else 3
        filled, matches = _level(start, gap, matches, rounds, rng)
    if filled is None or matches is None:
        raise ValueError("the hole leaves nothing to fill it with")
    return filled, matches


def _level(
    picture: Floats, hole: Bools, coarse: Points | None, rounds: int, rng: np.random.Generator
) -> tuple[Floats, Points]:
    """Fill one level; ``coarse`` holds the matches (y, x of the patch) of the level above."""
    height, width = hole.shape
    near = cv2.dilate(hole.astype(np.uint8), np.ones((_SIDE, _SIDE), np.uint8)) > 0
    frame = np.zeros_like(hole)
    frame[_RADIUS : height - _RADIUS, _RADIUS : width - _RADIUS] = True
    sources = np.argwhere(~near & frame)
    if not len(sources):
        raise ValueError("the hole leaves no whole patch around it")
    valid = ~near & frame
    targets = np.argwhere(near & frame)
    index = np.full(hole.shape, -1)
    index[targets[:, 0], targets[:, 1]] = np.arange(len(targets))
    match = sources[rng.integers(len(sources), size=len(targets))]
    if coarse is not None:
        rows = np.minimum(targets[:, 0] // 2, coarse.shape[0] - 1)
        columns = np.minimum(targets[:, 1] // 2, coarse.shape[1] - 1)
        guess = 2 * coarse[rows, columns] + targets % 2
        known = (coarse[rows, columns, 0] >= 0) & (guess[:, 0] < height) & (guess[:, 1] < width)
        known[known] = valid[guess[known, 0], guess[known, 1]]
        match[known] = guess[known]
    search = len(targets) <= _SEARCHED
    current = picture
    # Where matches follow the level above, most are good; a round mends those that are not.
    for turn in range(rounds if search else 1):
        windows = sliding_window_view(current, (_SIDE, _SIDE), axis=(0, 1))
        cost = _improve(windows, targets, index, match, valid, sources, rng, search or turn == 0)
        current = _vote(current, hole, targets, match, cost)
    field = np.full((height, width, 2), -1)
    field[targets[:, 0], targets[:, 1]] = match
    return current, field


def _distance(windows: NDArray[np.float32], mine: Floats, at: Points) -> Floats:
    """Sum of squared differences between patches, in chunks that stay in the cache."""
    out = np.empty(len(at), np.float32)
    for i in range(0, len(at), 2048):
        part = at[i : i + 2048] - _RADIUS
        other = windows[part[:, 0], part[:, 1]].reshape(len(part), -1)
        difference = mine[i : i + 2048] - other
        out[i : i + 2048] = np.einsum("ij,ij->i", difference, difference)
    return out


def _improve(
    windows: NDArray[np.float32],
    targets: Points,
    index: Points,
    match: Points,
    valid: Bools,
    sources: Points,
    rng: np.random.Generator,
    search: bool,
) -> Floats:
    """Improve the matches in place by those of neighbours and by chance; returns their cost."""
    height, width = valid.shape
    count = len(targets)
    centre = targets - _RADIUS
    mine = windows[centre[:, 0], centre[:, 1]].reshape(count, -1)
    cost = _distance(windows, mine, match)

    def consider(candidate: Points, rows: Points) -> None:
        inside = ((candidate >= 0) & (candidate < (height, width))).all(axis=1)
        candidate, rows = candidate[inside], rows[inside]
        usable = valid[candidate[:, 0], candidate[:, 1]]
        usable &= (candidate != match[rows]).any(axis=1)
        candidate, rows = candidate[usable], rows[usable]
        if not len(rows):
            return
        new = _distance(windows, mine[rows], candidate)
        better = new < cost[rows]
        match[rows[better]] = candidate[better]
        cost[rows[better]] = new[better]

    for jump in (8, 4, 2, 1) if search else (1,):
        for step in ((0, jump), (0, -jump), (jump, 0), (-jump, 0)):
            beside = targets + step
            inside = ((beside >= 0) & (beside < (height, width))).all(axis=1)
            rows = np.flatnonzero(inside)
            other = index[beside[rows, 0], beside[rows, 1]]
            rows, other = rows[other >= 0], other[other >= 0]
            consider(match[other] - np.array(step), rows)
    if search:
        everyone = np.arange(count)
        consider(sources[rng.integers(len(sources), size=count)], everyone)
        reach = max(height, width) // 2
        while reach >= 1:
            consider(match + rng.integers(-reach, reach + 1, size=(count, 2)), everyone)
            reach //= 3
    return cost


def _vote(picture: Floats, hole: Bools, targets: Points, match: Points, cost: Floats) -> Floats:
    """Every pixel of the hole becomes the mean of what patches over it say, the best most."""
    height, width = hole.shape
    spread = float(np.quantile(cost, 0.5)) + 1.0
    weight = np.exp(-cost / spread).astype(np.float32) + 1e-4
    total = np.zeros((height, width), np.float32)
    colour = np.zeros((height, width, 3), np.float32)
    for dy in range(-_RADIUS, _RADIUS + 1):
        for dx in range(-_RADIUS, _RADIUS + 1):
            rows, columns = targets[:, 0] + dy, targets[:, 1] + dx
            # Each target is met once for a given shift, so that plain indexing adds up.
            total[rows, columns] += weight
            said = picture[match[:, 0] + dy, match[:, 1] + dx]
            colour[rows, columns] += said * weight[:, None]
    out = picture.copy()
    reached = hole & (total > 0)
    out[reached] = colour[reached] / total[reached][:, None]
    return out
