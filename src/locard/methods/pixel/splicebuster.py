"""Splicing residuals: areas whose high-pass residual has other statistics than the rest.

The interplay of neighbouring values in a high-pass residual depends on the whole history of the
pixels: optics, demosaicing, sharpening, denoising, compression. An object from another photo
brings another history. What the residual also follows is the scene itself, so the part of the
statistics that brightness and coarse texture predict is removed before two populations are sought.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import cv2
import numpy as np
from numpy.typing import NDArray

from locard.exhibit import Exhibit
from locard.methods import Finding, GridMap, Need, Question, Status, method, not_applicable

Array = NDArray[np.float64]
Map = NDArray[np.float32]

COMPONENTS = 10
STEPS = 8
# Shares of the photo's area that squares cover in the search for a compact start.
AREAS = (0.06, 0.1, 0.15)
# Standard deviation of luma (grey levels, 9 × 9 pixels) below which an area is constant.
FLAT = 0.3
# Gain in nats per window that about nineteen in twenty untouched photos stay below.
USUAL_GAIN = 1.5


def _symmetric_classes() -> tuple[NDArray[np.uint8], int]:
    """Number the 81 words of four ternary symbols, words equal under symmetry alike.

    A photo and its negative, or a word read backwards, are equally likely, which leaves 25 classes.

    Returns: table from Σ symbolₖ 3ᵏ (symbols 0, 1, 2) to class, uint8 of 256; number of classes.
    """
    numbers: dict[int, int] = {}
    table = np.zeros(256, np.uint8)
    for word in product(range(3), repeat=4):
        negative = tuple(2 - symbol for symbol in word)
        codes = [
            sum(symbol * 3**k for k, symbol in enumerate(variant))
            for variant in (word, word[::-1], negative, negative[::-1])
        ]
        table[codes[0]] = numbers.setdefault(min(codes), len(numbers))
    return table, len(numbers)


_TABLE, CLASSES = _symmetric_classes()
# Pixels that carry no trace are counted in one more bin, which is dropped.
_BINS = CLASSES + 1


@dataclass(frozen=True, slots=True)
class Grid:
    """Sliding windows: cells of ``step`` pixels, windows of ``size`` × ``size`` cells."""

    step: int
    size: int

    @classmethod
    def of(cls, height: int, width: int) -> Grid:
        """Choose windows of 96 pixels or more, at most about 10,000 of them."""
        step = max(8, 8 * int(np.ceil(np.sqrt(height * width / 8000) / 8)))
        return cls(step, max(4, round((96 if step == 8 else 128) / step)))


def _third_order(luma: NDArray[np.int16], axis: int) -> NDArray[np.int16]:
    """Return the residual x₁ − 3 x₂ + 3 x₃ − x₄ along an axis; three samples shorter on it."""
    x = luma if axis == 1 else luma.T
    residual = 3 * (x[:, 1:-2] - x[:, 2:-1]) + x[:, 3:] - x[:, :-3]
    return residual if axis == 1 else residual.T


def _quantisation(luma: Map) -> float:
    """Return the median absolute residual, the threshold that makes the symbols informative.

    A fixed step leaves noisy photos without zeros and denoised ones with nothing else.
    """
    rows = np.rint(luma[::4]).astype(np.int16)
    return max(0.5, float(np.median(np.abs(_third_order(rows, 1)))))


def _words(symbols: NDArray[np.uint8], axis: int) -> NDArray[np.uint8]:
    """Return the class of the word of four symbols that starts at each pixel."""
    s = symbols if axis == 1 else symbols.T
    code = s[:, :-3] + 3 * s[:, 1:-2] + 9 * s[:, 2:-1] + 27 * s[:, 3:]
    return np.asarray(cv2.LUT(np.ascontiguousarray(code if axis == 1 else code.T), _TABLE))


def cell_histograms(luma: Map, ignored: NDArray[np.bool_], step: int, threshold: float) -> Map:
    """Count the classes of residual words in cells of ``step`` pixels.

    Args:
        luma: float32, height × width, 0 to 255.
        ignored: bool, height × width: pixels that carry no trace.
        step: side of a cell in pixels.
        threshold: residuals beyond it (in grey levels) become ±1, the others 0.

    Returns: float32, rows × columns × 2 × 25: words along the filter's axis and across it.
    """
    rows, cols = luma.shape[0] // step, luma.shape[1] // step
    counts = np.zeros((rows, cols, 2, _BINS), np.float32)
    offset = (np.arange(cols * step) // step * _BINS).astype(np.int64)
    for row in range(rows):
        top = row * step
        # Words of four residuals of four pixels reach six pixels beyond the cell.
        x = np.rint(luma[top : top + step + 6]).astype(np.int16)
        skip = ignored[top : top + step]
        for filtered, read in product((0, 1), repeat=2):
            residual = _third_order(x, filtered)
            symbols = (residual > threshold).view(np.uint8) + (residual >= -threshold).view(
                np.uint8
            )
            words = _words(symbols, read)[:step, : cols * step]
            part = skip[: words.shape[0], : words.shape[1]]
            index = np.where(part, CLASSES, words) + offset[: words.shape[1]]
            counts[row, :, int(filtered != read)] += np.bincount(
                index.ravel(), minlength=cols * _BINS
            ).reshape(cols, _BINS)
    return counts[..., :CLASSES]


def _window_sums(cells: Map, size: int) -> Map:
    """Sum over every ``size`` × ``size`` window of cells; cells: rows × columns × anything."""
    flat = cells.reshape(*cells.shape[:2], -1)
    sums = cv2.boxFilter(flat, -1, (size, size), anchor=(0, 0), normalize=False)
    sums = sums.reshape(*cells.shape)
    return np.asarray(sums[: cells.shape[0] - size + 1, : cells.shape[1] - size + 1], np.float32)


def content_regressors(luma: Map, grid: Grid) -> Array:
    """Return what brightness and coarse texture say of each window, for the regression.

    Texture is the mean absolute gradient after averaging 4 × 4 and 8 × 8 pixels: coarse enough
    that denoising, sharpening and compression, which are looked for, hardly change it.

    Returns: float64, windows × 10: a constant, three standardised variables, their products.
    """
    rows, cols = luma.shape[0] // grid.step, luma.shape[1] // grid.step
    area = luma[: rows * grid.step, : cols * grid.step]

    def pooled(values: Map) -> Array:
        cells = np.asarray(
            cv2.resize(values, (cols, rows), interpolation=cv2.INTER_AREA), np.float32
        )
        return _window_sums(cells, grid.size).ravel().astype(np.float64) / grid.size**2

    variables = [pooled(area) / 128.0]
    for shrink in (4, 8):
        small = cv2.resize(
            area, (area.shape[1] // shrink, area.shape[0] // shrink), interpolation=cv2.INTER_AREA
        )
        down, right = np.diff(small, axis=0)[:, :-1], np.diff(small, axis=1)[:-1]
        slope = np.asarray(np.abs(down) + np.abs(right), np.float32)
        variables.append(np.log(pooled(slope) + 0.5))
    v = np.stack(variables, axis=1)
    # The constant keeps a photo without variation in a variable from amplifying its noise.
    v = (v - v.mean(axis=0)) / (v.std(axis=0) + 0.1)
    pairs = [v[:, i] * v[:, j] for i in range(3) for j in range(i, 3)]
    return np.column_stack([np.ones(len(v)), v, *pairs])


def unexplained(features: Array, regressors: Array, weight: Array) -> Array:
    """Return what a robust ridge regression on content leaves of the features.

    Windows far from the fit are weighted down (Cauchy weights), or a spliced object would bend
    the fit towards itself.
    """
    ridge = np.diag([1e-6] + [1.0] * (regressors.shape[1] - 1))
    w = weight
    rest = features
    for _ in range(3):
        normal = regressors.T @ (regressors * w[:, None]) + ridge
        rest = features - regressors @ np.linalg.solve(
            normal, regressors.T @ (features * w[:, None])
        )
        distance = np.einsum("nk,nk->n", rest, rest)
        w = weight / (1.0 + distance / max(float(np.median(distance[weight > 0])), 1e-12))
    return rest


@dataclass(frozen=True, slots=True)
class Mixture:
    """Two Gaussian populations with full covariances; the first grew from a compact area.

    Attributes:
        share: prior of each, (2,).
        mean: (2, d).
        covariance: (2, d, d).
        likelihood: mean log-likelihood per window.
    """

    share: Array
    mean: Array
    covariance: Array
    likelihood: float

    def joint(self, z: Array) -> Array:
        """Return log(share × density) without the constant, 2 × windows."""
        found = np.empty((2, len(z)))
        d = z.shape[1]
        for k in range(2):
            floor = 1e-3 * np.trace(self.covariance[k]) / d + 1e-12
            factor = np.linalg.cholesky(self.covariance[k] + floor * np.eye(d))
            white = np.linalg.inv(factor) @ (z - self.mean[k]).T
            found[k] = np.log(self.share[k]) - 0.5 * np.einsum("dn,dn->n", white, white)
            found[k] -= np.log(np.diag(factor)).sum()
        return found


def _maximisation(z: Array, weight: Array, posterior: Array) -> tuple[Array, Array, Array]:
    r = np.stack([posterior, 1.0 - posterior]) * weight
    total = r.sum(axis=1) + 1e-6
    mean = (r @ z) / total[:, None]
    covariance = np.empty((2, z.shape[1], z.shape[1]))
    for k in range(2):
        centred = z - mean[k]
        covariance[k] = (centred * r[k][:, None]).T @ centred / total[k]
    return total / total.sum(), mean, covariance


def _climb(z: Array, weight: Array, posterior: Array) -> tuple[Mixture, Array]:
    """Run a few steps of expectation maximisation; return the mixture and its posterior.

    Few, because run to convergence the populations drift from the compact object they started
    from to whatever divides the scene best.
    """
    for _ in range(STEPS):
        share, mean, covariance = _maximisation(z, weight, posterior)
        joint = Mixture(share, mean, covariance, 0.0).joint(z)
        total = np.logaddexp(joint[0], joint[1])
        posterior = np.exp(joint[0] - total)
    likelihood = float((weight * total).sum() / weight.sum())
    return Mixture(share, mean, covariance, likelihood), posterior


def _box_sums(values: Array, size: int) -> Array:
    """Sum over ``size`` × ``size`` boxes of rows × columns × k values."""
    table = np.pad(values, ((1, 0), (1, 0), (0, 0))).cumsum(axis=0).cumsum(axis=1)
    return np.asarray(
        table[size:, size:] - table[:-size, size:] - table[size:, :-size] + table[:-size, :-size]
    )


def whitened(z: Array, weight: Array) -> Array:
    """Return windows with unit covariance, those far out drawn in to twice the usual distance.

    Otherwise a few windows at the edge of a silhouette outweigh an object.
    """
    d = z.shape[1]
    covariance = (z * weight[:, None]).T @ z / weight.sum()
    floor = 1e-4 * np.trace(covariance) / d + 1e-12
    white = np.linalg.solve(np.linalg.cholesky(covariance + floor * np.eye(d)), z.T).T
    white /= np.maximum(1.0, np.sqrt((white**2).mean(axis=1)) / 2.0)[:, None]
    return np.asarray(white)


def compact_start(z: Array, weight: Array, shape: tuple[int, int], overlap: float) -> Array | None:
    """Find the square whose windows are most unlike the others, as a start for the mixture.

    A spatial scan: for squares of several sizes everywhere, how much more likely are the windows
    under one Gaussian inside and another outside than under one for all. Random starts end in the
    most frequent content of the scene as often as in a pasted object, which is compact.

    Args:
        z: windows × d, see `whitened`.
        weight: windows, 0 to 1.
        shape: rows and columns of windows.
        overlap: how many windows weigh as much as one independent one.

    Returns: posterior of the inside, one per window, or None when no square holds enough.
    """
    d = z.shape[1]
    i, j = np.triu_indices(d)
    moments = np.concatenate([np.ones((len(z), 1)), z, z[:, i] * z[:, j]], axis=1)
    moments = (moments * weight[:, None]).reshape(*shape, -1)
    everything = moments.sum(axis=(0, 1))

    def spread(sums: Array) -> tuple[Array, Array]:
        count = np.maximum(sums[..., 0], 1e-6)
        mean = sums[..., 1 : d + 1] / count[..., None]
        matrix = np.empty((*sums.shape[:-1], d, d))
        matrix[..., i, j] = matrix[..., j, i] = sums[..., d + 1 :] / count[..., None]
        return count, matrix - mean[..., :, None] * mean[..., None, :]

    _, prior = spread(everything)

    def log_volume(sums: Array) -> Array:
        count, matrix = spread(sums)
        # Shrunk towards the photo's own covariance, with the weight of d independent windows.
        independent = (count / overlap)[..., None, None]
        shrunk = (independent * matrix + d * prior) / (independent + d)
        return np.asarray(count * np.linalg.slogdet(shrunk)[1])

    best: tuple[float, int, int, int] | None = None
    for share in AREAS:
        side = max(3, int(np.sqrt(share) * min(shape)))
        if side >= min(shape):
            continue
        step = max(2, min(shape) // 28)
        inside = _box_sums(moments, side)[::step, ::step]
        gain = -log_volume(inside) - log_volume(everything - inside)
        gain[inside[..., 0] < 0.4 * side * side] = -np.inf
        row, col = np.unravel_index(int(gain.argmax()), gain.shape)
        top = float(gain[row, col])
        if np.isfinite(top) and (best is None or top > best[0]):
            best = (top, side, int(row) * step, int(col) * step)
    if best is None:
        return None
    _, side, top_row, left = best
    posterior = np.full(shape, 0.02)
    posterior[top_row : top_row + side, left : left + side] = 0.98
    return posterior.ravel()


def _one_population(z: Array, weight: Array) -> float:
    """Return the mean log-likelihood of one Gaussian, without the same constant as `Mixture`."""
    covariance = (z * weight[:, None]).T @ z / weight.sum()
    floor = 1e-3 * np.trace(covariance) / z.shape[1] + 1e-12
    d = z.shape[1]
    return float(-0.5 * d - 0.5 * np.linalg.slogdet(covariance + floor * np.eye(d))[1])


@dataclass(frozen=True, slots=True)
class Split:
    """The two populations found in a photo.

    Attributes:
        gain: log-likelihood per window that two populations add over one, in nats.
        ratio: float32, rows × columns of windows: log of the odds for the first population.
        share: of the windows in the first population.
        threshold: of the residual symbols, in grey levels.
        coverage: float32, rows × columns of windows: share of pixels that carry a trace.
    """

    gain: float
    ratio: Map
    share: float
    threshold: float
    coverage: Map


def split(luma: Map, ignored: NDArray[np.bool_], grid: Grid) -> Split | None:
    """Divide a photo's windows into two populations of residual statistics.

    Cozzolino, Poggi and Verdoliva 2015: square roots of the normalised histograms, principal
    components, two Gaussians; here after the regression on content, and from a compact start.

    Returns: the populations, or None when too few windows carry a trace.
    """
    threshold = _quantisation(luma)
    cells = _window_sums(cell_histograms(luma, ignored, grid.step, threshold), grid.size)
    rows, cols = cells.shape[:2]
    total = cells.sum(axis=3, keepdims=True)
    coverage = total.sum(axis=(2, 3)) / (4 * (grid.step * grid.size) ** 2)
    weight = np.clip(2.0 * coverage.ravel().astype(np.float64) - 0.6, 0.0, 1.0)
    # Windows of one word repeated (drawings, gradients, black) have no statistics to compare.
    silent = cells[..., _TABLE[40]].sum(axis=2) > 0.97 * total.sum(axis=(2, 3))
    weight[silent.ravel()] = 0.0
    if weight.sum() < 50:
        return None
    features = np.sqrt(cells / np.maximum(total, 1.0)).reshape(rows * cols, -1).astype(np.float64)
    features -= (features * weight[:, None]).sum(axis=0) / weight.sum()
    rest = unexplained(features, content_regressors(luma, grid), weight)
    rest -= (rest * weight[:, None]).sum(axis=0) / weight.sum()
    _, vectors = np.linalg.eigh((rest * weight[:, None]).T @ rest)
    z = whitened(rest @ vectors[:, : -COMPONENTS - 1 : -1], weight)
    start = compact_start(z, weight, (rows, cols), grid.size**2 / 2)
    if start is None:
        return None
    used = weight > 0
    mixture, _ = _climb(z[used], weight[used], start[used])
    joint = mixture.joint(z)
    return Split(
        gain=mixture.likelihood - _one_population(z[used], weight[used]),
        ratio=(joint[0] - joint[1]).reshape(rows, cols).astype(np.float32),
        share=float(mixture.share[0]),
        threshold=threshold,
        coverage=coverage.astype(np.float32),
    )


@method(
    name="splicing-residual",
    title="Splicing residuals",
    question=Question.EDITED,
    about="Looks for areas whose fine residual has other statistics than the rest of the photo, "
    "beyond what brightness and texture explain.",
    source="Cozzolino, Poggi and Verdoliva, Splicebuster, WIFS 2015",
    needs=[Need.MIN_SIDE_256],
    localizes=True,
)
def splicing_residual(exhibit: Exhibit) -> Finding:
    """Look for two populations of residual statistics in an exhibit."""
    grid = Grid.of(exhibit.height, exhibit.width)
    ignored = cv2.dilate(exhibit.saturated.view(np.uint8), np.ones((7, 7), np.uint8)) > 0
    # Constant areas have one word only, whatever their history.
    ignored |= exhibit.texture < FLAT
    found = split(exhibit.luma, ignored, grid)
    if found is None:
        return not_applicable("too little of the picture carries noise or detail")
    gate = 1.0 / (1.0 + np.exp(-(found.gain - USUAL_GAIN) / 0.15))
    heat = gate / (1.0 + np.exp(-np.clip(found.ratio / 8.0, -15.0, 15.0)))
    offset = ((grid.size - 1) * grid.step / 2.0,) * 2
    side = grid.size * grid.step
    return Finding(
        Status.DERIVED,
        score=float(np.clip(found.gain, 0.0, 6.0)),
        says=f"Two populations of residual statistics describe the windows of {side} pixels "
        f"better than one by {found.gain:.2f} nats each (up to {USUAL_GAIN:.1f} is usual in "
        f"untouched photos); the one that grew from a compact area "
        f"holds {found.share:.0%} of them.",
        heatmap=GridMap(heat.astype(np.float32), step=grid.step, offset=offset),
        reliability=GridMap(
            np.clip(2.0 * found.coverage - 0.6, 0.0, 1.0), step=grid.step, offset=offset
        ),
        facts={
            "likelihood_gain_nats_per_window": found.gain,
            "compact_population_share": found.share,
            "residual_threshold_grey_levels": found.threshold,
            "window_px": side,
            "window_step_px": grid.step,
        },
        limitations=(
            f"Objects smaller than about {side} pixels are drawn too large or missed.",
            "Strong compression or a resize after the edit makes all statistics alike.",
            "A single photo can hold two populations for reasons of its own; the gain alone is "
            "weak evidence.",
        ),
        innocent=(
            "Out-of-focus areas, sky and water can differ from the rest beyond what the "
            "regression on brightness and texture removes.",
            "Phones denoise and sharpen faces, sky and skin differently; portrait modes blur.",
        ),
    )
