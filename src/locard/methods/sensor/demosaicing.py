"""Traces of demosaicing: the phase of the colour filter array, and regions that disagree with it.

A sensor behind a Bayer filter measures one colour per pixel; the camera interpolates the other
two. Interpolated samples are more predictable from their neighbours than measured ones, so the
energy of a prediction error depends on the position in the 2 × 2 pattern (Gallagher and Chen
2008). Every block of 8 × 8 pixels votes for the pattern that its errors fit best. If the votes
of the whole photo agree more than chance allows, the photo has a main pattern; a region whose
votes agree on another one, or on none although similar blocks elsewhere do agree, was not taken
in place by that sensor.

Sources: Ferrara, Bianchi, De Rosa, Piva, "Image forgery localization via fine-grained analysis
of CFA artifacts", IEEE TIFS 7(5), 2012 (green prediction error on the two lattices, posterior
per block); Bammey, Grompone von Gioi, Morel, "Automatic detection of demosaicing image artifacts
and its use in tampering detection", 2018, and "A contrario mosaic analysis for image forensics",
2023 (votes, several demosaicing algorithms, number of false alarms).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from locard.exhibit import Exhibit
from locard.methods.contract import (
    Cost,
    Finding,
    GridMap,
    Need,
    Question,
    Status,
    method,
    not_applicable,
)

Map = NDArray[np.float32]

CELL = 8
"""Side of a cell in pixels; even, so that every cell holds whole 2 × 2 patterns."""

PATTERNS = ((0, 3), (3, 0), (1, 2), (2, 1))
"""Positions of red and blue in the 2 × 2 pattern, as 2 · row + column; green has the others."""

NAMES = ("RGGB", "BGGR", "GRBG", "GBRG")

_CROSS = np.array([[0, -1, 0], [-1, 4, -1], [0, -1, 0]], np.float32) / 4
_SECOND = np.zeros((5, 5), np.float32)
_SECOND[2, 2] = 1
_SECOND[[0, 2, 2, 4], [2, 0, 4, 2]] = -0.25
# How much of the colour measured at a site its interpolated green takes over: none (bilinear),
# half of the optimum (what is left after colour correction), the optimum of Malvar et al. 2004.
_GAINS = (0.0, 0.25, 0.5)
# One edge would outweigh everything else in its block.
_CAP = 40.0
# Half of the rounding error: where errors are no larger, their ratio is a ratio of rounding.
_FLOOR = 0.12
_QUIET = 0.2
_STRIPE = 1024
_SAMPLE_STRIPES = 4
_SAMPLE_ROWS = 128
_MIN_VOTES = 150
# Votes of neighbouring blocks share texture and filters' supports: count each as half a vote.
_DEPENDENCE = 1.2
# Agreement (0 chance, 1 perfect) below which a photo has no trace worth localizing with.
_MIN_AGREEMENT = 0.3
# Agreement on the pattern below which only the lattice of green is compared: subsampled chroma
# leaves the place of red and blue undecided.
_MIN_PATTERN = 0.5


def _phase_means(error: Map) -> Map:
    """Mean capped |error| per cell and position in the 2 × 2 pattern: 4 × rows × columns."""
    rows, cols = error.shape[0] // CELL, error.shape[1] // CELL
    capped = np.minimum(np.abs(error), _CAP)
    return np.stack(
        [
            cv2.resize(
                np.ascontiguousarray(capped[i : rows * CELL : 2, j : cols * CELL : 2]),
                (cols, rows),
                interpolation=cv2.INTER_AREA,
            )
            for i in (0, 1)
            for j in (0, 1)
        ]
    )


def _filter(channel: Map, kernel: NDArray[np.floating]) -> Map:
    return np.asarray(
        cv2.filter2D(channel, -1, kernel, borderType=cv2.BORDER_REFLECT_101), dtype=np.float32
    )


def errors_by_phase(rgb: NDArray[np.uint8], gains: Sequence[float]) -> Map:
    """Mean prediction errors per cell, colour and position in the 2 × 2 pattern.

    Args:
        rgb: uint8, height × width × 3, its corner on an even pixel of the exhibit.
        gains: of the interpolation of green, see `pattern_scores`.

    Returns: float32, (3 + 2 · number of gains) × 4 × rows × columns of cells, in grey levels:
        |X - mean4(X)| for red, green and blue, then for each gain the error of green when the
        colour measured at the site is red, and when it is blue.
    """
    red, green, blue = (np.ascontiguousarray(rgb[:, :, c], dtype=np.float32) for c in range(3))
    cross = _filter(green, _CROSS)
    plain = _phase_means(cross)
    means = [_phase_means(_filter(red, _CROSS)), plain, _phase_means(_filter(blue, _CROSS))]
    second = [_filter(c, _SECOND) for c in (red, blue)] if any(gain > 0 for gain in gains) else []
    for gain in gains:
        means += [_phase_means(cross - gain * s) for s in second] if gain > 0 else [plain, plain]
    return np.stack(means)


def pattern_scores(errors: Map) -> Map:
    """How well each of the four Bayer patterns explains each block, for one gain.

    For a pattern with red at i and blue at j, green is interpolated at i and j. With the error
    e = G - mean4(G) - gain · (X - mean4(X at distance 2)), X the colour measured at the site, and
    E(i) its mean magnitude at position i, the score is
    -2 log(E_R(i) + E_B(j)) + log share_R(i) / share_G(i) + log share_B(j) / share_G(j),
    where share_C(i) is the part of position i in the energy of colour C: interpolated green is
    predictable, measured red and blue are not. The ratio to green cancels luma where chroma has
    been subsampled.

    Args:
        errors: float32, 5 × 4 × rows × columns, from `errors_by_phase`.

    Returns: float32, 4 × rows × columns, in the order of `PATTERNS`.
    """
    red, green, blue = (
        np.log((e + _FLOOR) / (e + _FLOOR).sum(axis=0, keepdims=True)) for e in errors[:3]
    )
    return np.stack(
        [
            red[i] - green[i] + blue[j] - green[j]
            - 2 * np.log(errors[3, i] + errors[4, j] + 2 * _FLOOR)
            for i, j in PATTERNS
        ]
    )  # fmt: skip


def agreement(pattern: NDArray[np.intp], valid: NDArray[np.bool_]) -> tuple[int, float, float]:
    """Main pattern and how far the votes agree on it, corrected for chance.

    Returns: index in `PATTERNS`, then (share - chance) / (1 - chance) of the votes on the main
    pattern's green lattice (chance 1/2) and on the pattern itself (chance 1/4).
    """
    counts = np.bincount(pattern[valid], minlength=4).astype(float)
    total = max(counts.sum(), 1.0)
    lattice = 0 if counts[:2].sum() >= counts[2:].sum() else 2
    main = lattice + int(counts[lattice : lattice + 2].argmax())
    on_lattice = float(counts[lattice : lattice + 2].sum() / total)
    return main, 2 * on_lattice - 1, float(4 * counts[main] / total - 1) / 3


def _halve(errors: Map) -> Map:
    """Average 2 × 2 cells: blocks of 16 pixels."""
    rows, cols = errors.shape[2] // 2, errors.shape[3] // 2
    cut = errors[:, :, : 2 * rows, : 2 * cols]
    return np.asarray(cut.reshape(*errors.shape[:2], rows, 2, cols, 2).mean(axis=(3, 5)))


def _means_of(image: NDArray[Any]) -> Map:
    """Mean of an image per cell."""
    rows, cols = image.shape[0] // CELL, image.shape[1] // CELL
    whole = np.ascontiguousarray(image[: rows * CELL, : cols * CELL])
    if whole.dtype == np.bool_:
        whole = whole.view(np.uint8) * np.uint8(255)
    return np.asarray(
        cv2.resize(whole, (cols, rows), interpolation=cv2.INTER_AREA), dtype=np.float32
    )


class Trace(NamedTuple):
    """The demosaicing trace of a photo as a whole.

    Attributes:
        gain: of the interpolation that explains it best.
        side: cells per side of a block, 1 or 2.
        agreement: of the blocks' votes on the lattice, 0 chance to 1 perfect.
        votes: blocks that voted.
    """

    gain: float
    side: int
    agreement: float
    votes: int

    @property
    def present(self) -> bool:
        """Whether the photo has a trace worth speaking of."""
        return self.agreement >= _MIN_AGREEMENT and self.votes >= _MIN_VOTES


def find_trace(exhibit: Exhibit) -> Trace:
    """Return the demosaicing trace of a photo, computed once for all methods."""
    return exhibit.shared("demosaicing:trace", lambda: _choose(exhibit.rgb))


def _choose(rgb: NDArray[np.uint8]) -> Trace:
    """Find on a sample of rows the gain and the block size whose votes agree most."""
    height = rgb.shape[0]
    if height <= _SAMPLE_STRIPES * _SAMPLE_ROWS:
        starts, rows = [0], height
    else:
        spread = np.linspace(0, height - _SAMPLE_ROWS, _SAMPLE_STRIPES)
        starts, rows = [int(s) // CELL * CELL for s in spread], _SAMPLE_ROWS
    cells = np.concatenate([errors_by_phase(rgb[s : s + rows], _GAINS) for s in starts], axis=2)
    best = Trace(0.0, 1, 0.0, 0)
    significance = 0.0
    for side, errors in ((1, cells), (2, _halve(cells))):
        valid = errors[1].mean(axis=0) > _QUIET
        for k, gain in enumerate(_GAINS):
            scores = pattern_scores(errors[[0, 1, 2, 3 + 2 * k, 4 + 2 * k]])
            _, agreed, _ = agreement(scores.argmax(axis=0), valid)
            if agreed * np.sqrt(valid.sum()) > significance:
                significance = agreed * np.sqrt(valid.sum())
                best = Trace(gain, side, agreed, int(valid.sum()))
    return best


def _window_sums(values: Map, side: int) -> Map:
    """Sums over all side × side windows of blocks, on every ``max(1, side // 2)``-th position."""
    total = cv2.integral(values, sdepth=cv2.CV_64F)
    sums = total[side:, side:] - total[:-side, side:] - total[side:, :-side] + total[:-side, :-side]
    hop = max(1, side // 2)
    return np.asarray(sums[::hop, ::hop])


def _divergence(observed: NDArray[Any], expected: NDArray[Any] | float) -> NDArray[Any]:
    """Kullback-Leibler divergence between Bernoulli variables, in nats."""
    p = np.clip(observed, 1e-9, 1 - 1e-9)
    q = np.clip(expected, 1e-9, 1 - 1e-9)
    return np.asarray(p * np.log(p / q) + (1 - p) * np.log((1 - p) / (1 - q)))


def _spread(significance: Map, side: int, shape: tuple[int, int]) -> Map:
    """Give every block the largest significance of the windows that cover it."""
    hop = max(1, side // 2)
    dense = np.full(shape, -9, np.float32)
    rows, cols = significance.shape
    dense[: rows * hop : hop, : cols * hop : hop] = significance
    # Windows start at the marked block: it is their top left corner.
    return np.asarray(
        cv2.dilate(dense, np.ones((side, side), np.uint8), anchor=(side - 1, side - 1))
    )


def deviations(
    pattern: NDArray[np.intp], valid: NDArray[np.bool_], likely: Map, main: int, whole_pattern: bool
) -> tuple[Map, Map, Map, Map]:
    """Significance of the votes for another pattern, and for none, over square windows.

    In a window of n voting blocks, k of them on some lattice or pattern, Hoeffding's bound on
    the binomial tail gives P <= exp(-n KL(k/n || p)), n halved for dependence:

    - foreign: k votes for another lattice or pattern, p the rate of texture that sways
      some votes: 0.55 for a lattice, 0.35 for a pattern, and more where the whole photo has
      such votes;
    - absent: k votes for the main lattice or pattern, p between chance and the rate at which
      blocks of the same energy vote for it in the whole photo, nearer to the latter the more
      the photo agrees.

    The number of false alarms is P times the number of windows and of hypotheses.

    Args:
        pattern: votes, indices in `PATTERNS`.
        valid: whether a block votes.
        likely: float32, 2 × rows × columns: the expected rate of votes for the main lattice,
            and for the main pattern, given energy and brightness.
        main: index of the main pattern.
        whole_pattern: compare patterns, not only green lattices.

    Returns: -log10 of the number of false alarms of the best window over each block, foreign
        and absent (float32, rows × columns, from -9), and the local rates (0 to 1) of foreign
        votes and of missing main votes relative to what is expected.
    """
    shape = pattern.shape
    weight = valid.astype(np.float32)
    lattice_of = pattern // 2
    votes_for = [((lattice_of != main // 2), 0.55)]
    on_main = [((lattice_of == main // 2).astype(np.float32) * weight, 0.5)]
    if whole_pattern:
        votes_for += [(pattern == other, 0.35) for other in range(4) if other != main]
        on_main += [((pattern == main).astype(np.float32) * weight, 0.25)]
    hypotheses: list[tuple[Map, float]] = []
    for hits, floor in votes_for:
        # What the whole photo votes for sometimes, a region may vote for more often by chance.
        overall = float(hits[valid].mean())
        hypotheses.append((hits * weight, max(floor, overall + 0.35 * (1 - overall))))
    sides = []
    side = 4
    while side <= max(4, min(shape) // 2):
        sides.append(side)
        side = max(side + 1, int(side * 1.5))
    tests = float(len(hypotheses) + len(on_main)) * sum(
        np.ceil((shape[0] - s + 1) / max(1, s // 2)) * np.ceil((shape[1] - s + 1) / max(1, s // 2))
        for s in sides
    )
    # Where the trace is weak as a whole, its strength also varies more from place to place.
    trust = 0.8 * max(agreement(pattern, valid)[1], 0.0)
    foreign = np.full(shape, -9, np.float32)
    absent = np.full(shape, -9, np.float32)
    for side in sides:
        count = _window_sums(weight, side)
        n = np.maximum(count, 1e-6)
        scale = count / (_DEPENDENCE * np.log(10))
        best = np.zeros(count.shape)
        for votes, rate in hypotheses:
            share = _window_sums(votes, side) / n
            gain = np.where(share > rate, scale * _divergence(share, rate), 0)
            best = np.maximum(best, gain)
        foreign = np.maximum(foreign, _spread(best - np.log10(tests), side, shape))
        best = np.zeros(count.shape)
        for level, (votes, chance) in enumerate(on_main):
            share = _window_sums(votes, side) / n
            expected = chance + trust * (_window_sums(likely[level] * weight, side) / n - chance)
            gain = np.where(share < expected, scale * _divergence(share, expected), 0)
            best = np.maximum(best, gain)
        absent = np.maximum(absent, _spread(best - np.log10(tests), side, shape))

    near = cv2.GaussianBlur(weight, (0, 0), 1.5) + 1e-6
    local_foreign = np.zeros(shape, np.float32)
    for votes, rate in hypotheses:
        rate_here = cv2.GaussianBlur(votes, (0, 0), 1.5) / near
        local_foreign = np.maximum(local_foreign, (rate_here - rate + 0.1) / (1.1 - rate))
    local_absent = np.zeros(shape, np.float32)
    for level, (votes, chance) in enumerate(on_main):
        rate_here = cv2.GaussianBlur(votes, (0, 0), 2.0) / (
            cv2.GaussianBlur(weight, (0, 0), 2.0) + 1e-6
        )
        excess = np.maximum(likely[level] - chance, 0.05)
        local_absent = np.maximum(local_absent, 1 - (rate_here - chance) / excess)
    return foreign, absent, np.clip(local_foreign, 0, 1), np.clip(local_absent, 0, 1)


def _expected_rates(
    pattern: NDArray[np.intp], valid: NDArray[np.bool_], energy: Map, main: int
) -> Map:
    """Rate of votes for the main lattice and pattern among blocks alike in energy.

    Returns: float32, 2 × rows × columns.
    """
    size = 6
    edges = np.quantile(energy[valid], np.linspace(0, 1, size + 1)[1:-1])
    rank = np.digitize(energy, edges)
    counts = np.bincount(rank[valid], minlength=size).astype(float)
    rates = []
    for hits in (pattern // 2 == main // 2, pattern == main):
        overall = hits[valid].mean()
        found = np.bincount(rank[valid & hits], minlength=size)
        # Shrunk towards the overall rate, for bins that few blocks fall in.
        rates.append(((found + 20 * overall) / (counts + 20))[rank])
    return np.stack(rates).astype(np.float32)


@method(
    name="cfa",
    title="Demosaicing traces",
    question=Question.EDITED,
    about="Looks for regions whose demosaicing pattern differs from that of the photo, or is gone.",
    source=(
        "Ferrara, Bianchi, De Rosa, Piva, IEEE TIFS 7(5), 2012; "
        "Bammey, Grompone von Gioi, Morel, a contrario mosaic analysis, 2018-2023"
    ),
    needs=(Need.COLOUR, Need.MIN_SIDE_128),
    cost=Cost.NORMAL,
    localizes=True,
)
def cfa(exhibit: Exhibit) -> Finding:
    """Find the main pattern of the photo and the regions that deviate from it.

    Score: -log10 of the number of false alarms of the most significant region, 0 to 50.
    Map: per block, how far its surroundings vote for another pattern or for none, times the
    significance of the region. Reliability: how surely similar blocks vote for the main pattern.
    """
    rgb = exhibit.rgb
    gain, side, agreed, _ = find_trace(exhibit)
    if agreed < _MIN_AGREEMENT:
        return not_applicable(
            "no demosaicing trace in the photo (compression or resizing has removed it)"
        )
    stripes = []
    for top in range(0, exhibit.height - CELL + 1, _STRIPE):
        # A margin of one cell on either side keeps the filters off the border of the stripe.
        start = max(0, top - CELL)
        part = errors_by_phase(rgb[start : top + _STRIPE + CELL], (gain,))
        first = (top - start) // CELL
        stripes.append(part[:, :, first : first + _STRIPE // CELL])
    errors = np.concatenate(stripes, axis=2)
    clipped = _means_of(exhibit.saturated)
    if side == 2:
        errors = _halve(errors)
        clipped = _halve(clipped[None, None])[0, 0]
    energy = errors[1].mean(axis=0)
    valid = (energy > _QUIET) & (clipped < 12)
    votes = int(valid.sum())
    if votes < _MIN_VOTES:
        return not_applicable("too few blocks carry enough detail to show a demosaicing trace")
    pattern = pattern_scores(errors).argmax(axis=0)
    main, on_lattice, on_pattern = agreement(pattern, valid)
    if on_lattice < _MIN_AGREEMENT:
        return not_applicable(
            "no demosaicing trace in the photo (compression or resizing has removed it)"
        )
    likely = _expected_rates(pattern, valid, energy, main)
    foreign, absent, local_foreign, local_absent = deviations(
        pattern, valid, likely, main, on_pattern > _MIN_PATTERN
    )
    score = float(np.clip(max(foreign.max(), absent.max()), 0, 50))
    # Votes for another pattern are missing from the main one too: of the most significant region
    # foreign says more.
    there = np.unravel_index(int(np.maximum(foreign, absent).argmax()), foreign.shape)
    kind = "foreign" if foreign[there] >= min(1.0, float(absent[there])) else "absent"
    significance = float(np.clip((foreign if kind == "foreign" else absent)[there], 0, 50))
    # A number of false alarms of 10^-6 weighs fully, one of 1 little, but it still ranks places.
    heat = np.maximum(
        local_foreign * np.clip((foreign + 1) / 7, 0.05, 1),
        local_absent * np.clip((absent + 1) / 7, 0.05, 1),
    )
    surety = np.maximum(2 * likely[0] - 1, (4 * likely[1] - 1) / 3)
    reliability = cv2.blur(np.clip(surety, 0, 1) * valid, (3, 3))
    share = float(np.count_nonzero(heat > 0.5)) / heat.size
    percent = 100 * on_lattice
    if score <= 0:
        says = (
            f"The demosaicing pattern is the same everywhere it shows "
            f"({percent:.0f} % agreement of {votes} blocks)."
        )
    else:
        what = "votes for another demosaicing pattern" if kind == "foreign" else "shows none"
        says = (
            f"The photo has a demosaicing pattern ({percent:.0f} % agreement of {votes} blocks) "
            f"and a region {what} (10^-{significance:.1f} false alarms expected)."
        )
    step = float(CELL * side)
    return Finding(
        Status.DERIVED,
        score=score,
        says=says,
        heatmap=GridMap(heat.astype(np.float32), step),
        reliability=GridMap(reliability.astype(np.float32), step),
        facts={
            "log10_nfa": -significance,
            "deviation": kind if score > 0 else None,
            "main_pattern": NAMES[main] if on_pattern > _MIN_PATTERN else None,
            "lattice_agreement": round(on_lattice, 3),
            "pattern_agreement": round(on_pattern, 3),
            "voting_blocks": votes,
            "block_px": int(step),
            "deviating_area_fraction": round(share, 4),
        },
        limitations=(
            "A region from a photo with the same pattern, pasted at a shift that keeps its phase, "
            "leaves no contradiction (one shift in four).",
        ),
        innocent=(
            "In-camera defect correction, noise reduction or strong local sharpening can wipe "
            "the pattern in places.",
            "Fine regular texture near the resolution of the sensor can imitate another pattern.",
        ),
    )
