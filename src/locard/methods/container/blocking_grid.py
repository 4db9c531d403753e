"""JPEG grid: origin of the 8 × 8 grid and regions that sit on another one, with false alarms.

Follows the idea of ZERO: Nikoukhah, Anger, Colom, Morel, Grompone von Gioi, "ZERO: a local JPEG
grid origin detector based on the number of DCT zeros and its applications in image forensics",
IPOL 2021. JPEG sets many DCT coefficients to zero; a block read on the grid of the compression
still has more zeros than a block read on any of the 63 others.

Differences from the paper, all for time: every 8 × 8 cell casts one vote among the 64 windows
that start in it (so votes are as independent as the paper makes them by dividing by 64), windows
of cells replace grown regions, and the tail of the binomial is bounded by Chernoff's inequality,
which is slightly conservative and never underflows.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from locard.exhibit import Exhibit, dct_basis
from locard.methods.contract import (
    Cost,
    FactValue,
    Finding,
    GridMap,
    Need,
    Question,
    Status,
    method,
    not_applicable,
)

_STRIPE = 16
_SCALES = (5, 9, 17)
_LEAST_SHARE = 0.1
_CLIP = 50.0
# Above this many pixels only some rows of cells vote, which keeps the method cheap.
_EXACT_PIXELS = 3_000_000
_NO_VOTE = 255


@dataclass(frozen=True, slots=True)
class GridVotes:
    """Votes of the cells of an exhibit.

    Attributes:
        origin: uint8, cell rows × cell columns; 8 y + x of the window with most DCT zeros in
            the cell, `_NO_VOTE` where several windows tie or the winner is flat.
        other: votes in which foreign grids are looked for. In a JPEG file, windows on its own
            grid and on ``main`` are left out and zeros are counted with the tolerance of
            `_tolerance`, so that a part compressed before is heard under the last compression;
            in other files the same as ``origin``.
        main: origin with most votes.
        row_step: every how many rows of cells a row of ``origin`` stands for.
    """

    origin: NDArray[np.uint8]
    other: NDArray[np.uint8]
    main: int
    row_step: int


def grid_votes(exhibit: Exhibit) -> GridVotes:
    """Let every 8 × 8 cell vote for the grid origin with most DCT zeros; computed once."""
    return exhibit.shared("blocking_grid:votes", lambda: _vote(exhibit))


def _tolerance(exhibit: Exhibit) -> float | None:
    """Magnitude below which a coefficient may be a zero of a compression before the last one.

    The last compression blurs it by an error of standard deviation about √(mean q² / 12).

    Returns: grey levels (orthonormal DCT), or None for a file that is no JPEG.
    """
    if exhibit.jpeg is None or not exhibit.jpeg.quantization_tables:
        return None
    table = exhibit.jpeg.quantization_tables[min(exhibit.jpeg.quantization_tables)]
    error = float(np.sqrt((table.astype(np.float64) ** 2).mean() / 12))
    return float(np.clip(1.25 * error, 0.5, 3.0))


def _vote(exhibit: Exhibit) -> GridVotes:
    # The last cell needs 7 further pixels for its last window.
    rows, cols = (exhibit.height - 7) // 8, (exhibit.width - 7) // 8
    step = max(1, -(-exhibit.height * exhibit.width // _EXACT_PIXELS))
    tolerance = _tolerance(exhibit)
    thresholds = (0.5,) if tolerance is None else (0.5, tolerance)
    block = _STRIPE if step == 1 else 1
    stripes = [
        _count_zeros(exhibit.luma, 8 * row, 8 * min(row + block, rows), cols, thresholds)
        for row in range(0, rows, block if step == 1 else step)
    ]
    origin = _winners(np.concatenate([stripe[0] for stripe in stripes]))
    main = int(np.bincount(origin[origin != _NO_VOTE], minlength=64).argmax())
    if tolerance is None:
        return GridVotes(origin, origin, main, step)
    zeros = np.concatenate([stripe[1] for stripe in stripes])
    zeros[:, :, [0, main]] = 0
    return GridVotes(origin, _winners(zeros), main, step)


def _winners(zeros: NDArray[np.uint8]) -> NDArray[np.uint8]:
    best: NDArray[np.uint8] = zeros.argmax(axis=2).astype(np.uint8)
    most = zeros.max(axis=2)
    tied = np.count_nonzero(zeros == most[:, :, None], axis=2) > 1
    best[tied | (most == 0)] = _NO_VOTE
    return best


def _count_zeros(
    luma: NDArray[np.float32], top: int, bottom: int, cols: int, thresholds: tuple[float, ...]
) -> list[NDArray[np.uint8]]:
    """Count the AC coefficients below each threshold in the windows that start in some rows.

    Args:
        luma: height × width of the exhibit.
        top: first row of pixels where windows start, a multiple of 8.
        bottom: row after the last one.
        cols: number of cells across.
        thresholds: 0.5, and the tolerance of a JPEG file.

    Returns: per threshold uint8, (bottom - top) / 8 × cols × 64, by cell and by origin 8 y + x in
    the cell; 0 for flat windows and where a neighbouring window has more zeros: on a slope of
    texture the corners of the cells would win.
    """
    # One more row of windows above and below, to compare with.
    above, below = min(top, 1), min(luma.shape[0] - 7 - bottom, 1)
    height, width = bottom - top + above + below, 8 * cols
    luma = np.rint(luma[top - above : bottom + below + 7, : width + 7])
    basis = dct_basis()
    zeros = [np.zeros((height, width), np.uint8) for _ in thresholds]
    plane = np.empty(luma.shape, np.float32)
    transformed = np.empty(luma.shape, np.float32)
    small = np.empty((height, width), np.bool_)
    for v in range(8):
        cv2.filter2D(luma, -1, basis[v : v + 1], dst=plane, anchor=(0, 0))
        for u in range(8):
            if u == v == 0:
                continue
            cv2.filter2D(plane, -1, basis[u].reshape(8, 1), dst=transformed, anchor=(0, 0))
            valid = transformed[:height, :width]
            np.abs(valid, out=valid)
            for count, threshold in zip(zeros, thresholds, strict=True):
                np.less(valid, threshold, out=small)
                count += small.view(np.uint8)
    flat = _flat_windows(luma, height, width)
    found = []
    for i, count in enumerate(zeros):
        count[flat] = 0
        if i > 0:
            # Not the file's own grid, beside which no other window would ever have the most.
            count[above::8, ::8] = 0
        count[count < cv2.dilate(count, np.ones((3, 3), np.uint8))] = 0
        cells = count[above : above + bottom - top].reshape(-1, 8, cols, 8).transpose(0, 2, 1, 3)
        found.append(np.ascontiguousarray(cells).reshape(-1, cols, 64))
    return found


def _flat_windows(luma: NDArray[np.float32], height: int, width: int) -> NDArray[np.bool_]:
    """Windows that do not vary along x or along y: their zeros come from the scene."""
    flat = np.zeros((height, width), np.bool_)
    for axis, shape in ((1, (8, 7)), (0, (7, 8))):
        still = np.zeros(luma.shape, np.uint8)
        if axis == 1:
            still[:, :-1] = luma[:, 1:] == luma[:, :-1]
        else:
            still[:-1] = luma[1:] == luma[:-1]
        constant = cv2.erode(still, np.ones(shape, np.uint8), anchor=(0, 0))
        flat |= constant[:height, :width].astype(bool)
    return flat


def log10_binomial_tail(
    hits: NDArray[np.float32], trials: NDArray[np.float32], p: float
) -> NDArray[np.float32]:
    """Chernoff's bound of log10 P[Binomial(trials, p) ≥ hits]: −trials · KL(hits/trials ‖ p).

    0 where the hits do not exceed their expectation.
    """
    # Double precision: 1 - 1e-9 has no float32 other than 1.
    rate = hits.astype(np.float64) / np.maximum(trials, 1)
    inside = np.clip(rate, 1e-9, 1 - 1e-9)
    divergence = inside * np.log(inside / p) + (1 - inside) * np.log((1 - inside) / (1 - p))
    return np.where(rate > p, -trials * divergence / np.log(10), 0.0).astype(np.float32)


def _window_sum(mask: NDArray[np.float32], size: int) -> NDArray[np.float32]:
    return np.asarray(
        cv2.boxFilter(mask, -1, (size, size), normalize=False, borderType=cv2.BORDER_CONSTANT)
    )


@dataclass(frozen=True, slots=True)
class _Foreign:
    """Best window of each cell for one origin: −log10 NFA, float32 like the cells."""

    origin: int
    strength: NDArray[np.float32]


def _foreign(votes: GridVotes) -> list[_Foreign]:
    """Look for windows of cells in which a grid gets far more votes than elsewhere."""
    cast = votes.other != _NO_VOTE
    voted = cast.astype(np.float32)
    total = float(voted.sum())
    tests = np.log10(63 * len(_SCALES) * max(total, 1.0))
    trials = {size: _window_sum(voted, size) for size in _SCALES}
    counts = np.bincount(votes.other[cast], minlength=64)
    counts[votes.main] = 0
    mains = (votes.other == votes.main).astype(np.float32)
    rivals = {size: _window_sum(mains, size) for size in _SCALES}
    found = []
    for origin in np.flatnonzero(counts >= 5):
        mask = (votes.other == origin).astype(np.float32)
        strength = np.zeros(mask.shape, np.float32)
        for size in _SCALES:
            hits = _window_sum(mask, size)
            densest = int((hits - 0.05 * trials[size]).argmax())
            k, n = float(hits.flat[densest]), float(trials[size].flat[densest])
            # What the grid gets outside the densest window is what chance, texture or an older
            # grid under the whole photo gives it: only an excess over that is local.
            p = max(1 / 64, (float(counts[origin]) - k) / max(total - n, 1.0))
            # Noise and lines correlate the votes of neighbours, which the binomial law ignores;
            # a part that does sit on another grid gives it a large share of its votes.
            least = np.maximum(_LEAST_SHARE, 2 * p) * trials[size]
            candidates = (hits >= 4) & (hits > least) & (hits > rivals[size])
            if not candidates.any():
                continue
            tail = log10_binomial_tail(hits[candidates], trials[size][candidates], p)
            strength[candidates] = np.maximum(strength[candidates], -tail - tests)
        if strength.max() > 0:
            found.append(_Foreign(int(origin), strength))
    return sorted(found, key=lambda f: -float(f.strength.max()))


@method(
    name="jpeg-grid",
    title="JPEG grid",
    question=Question.EDITED,
    about="Finds the origin of the JPEG block grid and regions that sit on another grid.",
    source="Nikoukhah et al., ZERO, IPOL 2021",
    needs=(Need.MIN_SIDE_64,),
    cost=Cost.CHEAP,
    localizes=True,
)
def jpeg_grid(exhibit: Exhibit) -> Finding:
    """Score: −log10 of the number of false alarms of the best foreign grid, 0 to 50."""
    votes = grid_votes(exhibit)
    cast = votes.origin[votes.origin != _NO_VOTE]
    if cast.size < 16:
        return not_applicable(
            "hardly any 8 × 8 block has a distinct number of DCT zeros (flat picture)"
        )
    counts = np.bincount(cast, minlength=64)
    main = votes.main
    # Demosaicing and resizing by two prefer origins of one parity: only an origin that wins
    # against the others of its parity speaks of blocks of 8.
    alike = [
        o for o in range(64) if o != main and (o - main) % 2 == 0 and (o // 8 - main // 8) % 2 == 0
    ]
    p = max(1 / 64, float(counts[alike].mean() / (cast.size - counts[main] + 1)))
    tail = log10_binomial_tail(
        np.array([counts[main]], np.float32), np.array([cast.size], np.float32), p
    )
    main_nfa = float(np.log10(64) + tail[0])
    present = main_nfa < -3
    found = _foreign(votes)
    significant = [f for f in found if f.strength.max() >= 3]
    score = float(min(found[0].strength.max(), _CLIP)) if found else 0.0
    strength = np.zeros(votes.origin.shape, np.float32)
    for foreign in found:
        np.maximum(strength, foreign.strength, out=strength)
    heat = np.clip((strength - 1.0) / 9.0, 0.0, 1.0)

    facts: dict[str, FactValue] = {
        "grid_found": present,
        "grid_origin_x_px": main % 8 if present else None,
        "grid_origin_y_px": main // 8 if present else None,
        "grid_log10_nfa": round(main_nfa, 1),
        "grid_votes_share": round(float(counts[main] / cast.size), 3),
        "cells_voting": int(cast.size),
        "foreign_grids": [f"({f.origin % 8}, {f.origin // 8}) px" for f in significant[:8]],
        "foreign_log10_nfa": round(-float(found[0].strength.max()), 1) if found else None,
        "foreign_area_share": round(float((strength >= 3).mean()), 4),
    }
    if present:
        says = (
            f"the JPEG grid starts at ({main % 8}, {main // 8}) px, with the votes of "
            f"{counts[main] / cast.size:.0%} of {cast.size} blocks"
        )
        if main != 0:
            says += "; the photo was cropped or shifted after a JPEG compression"
    else:
        says = f"no JPEG grid stands out among the votes of {cast.size} blocks"
    if significant:
        best = significant[0]
        says += (
            f"; a region on {facts['foreign_area_share']:.1%} of the picture sits on another grid, "
            f"at ({best.origin % 8}, {best.origin // 8}) px (log10 number of false alarms "
            f"{-best.strength.max():.0f})"
        )
    else:
        says += "; no region sits on another grid"
    step = 8.0 * votes.row_step
    values = heat
    if votes.row_step > 1:
        # Cells are square in the map: average columns as rows were skipped.
        cols = max(1, heat.shape[1] // votes.row_step)
        values = cv2.resize(
            np.ascontiguousarray(heat[:, : cols * votes.row_step]),
            (cols, heat.shape[0]),
            interpolation=cv2.INTER_AREA,
        )
    return Finding(
        Status.DERIVED,
        score=score,
        says=says,
        # A cell's 64 windows cover 15 × 15 pixels from its corner: their common centre is 7.5.
        heatmap=GridMap(values, step, (3.5 - (step - 8.0) / 2, 3.5)),
        facts=facts,
        limitations=(
            "a foreign grid fades when the photo is saved again at a lower quality than the part",
            "one pasted part in 64 lands on the grid of the photo by chance",
        ),
        innocent=(
            "a logo, caption or frame added by software",
            "a collage or a screenshot that shows other photos",
        ),
    )
