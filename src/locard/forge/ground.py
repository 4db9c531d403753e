"""Ground: what surface a photo shows where, and where a piece of a photo would look at home.

A photo is described by a grid of cells: colour, fine and coarse texture, direction of the texture,
and what a segmenter sees in front. A piece belongs where the cells around it look like those that
it was cut out of. This is what makes a composite plausible at a glance (Lalonde et al., Photo clip
art, SIGGRAPH 2007); as in Drag-and-drop pasting (Jia et al., SIGGRAPH 2006), only the ring around a
piece has to match, so that a thing may come with some of its ground.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from locard.forge.contract import RGB, Photo

Floats = NDArray[np.float32]

# Cells along the longer side.
ACROSS = 48
# Cells are measured on a picture of 4 × 4 pixels for each half cell.
_READ = 384
# Differences that are just noticed: lightness, two of colour (8-bit Lab), fine and coarse texture
# (octaves), direction of texture, foreground.
_UNITS = np.array([14, 5, 5, 0.6, 0.7, 0.4, 0.33], np.float32)
# Shades of lightness and colour that can be healed.
HEALED = (1.6, 1.2, 1.2)
# Spread of a rim above which hardly another rim runs like it.
_EVEN = 2.4
# Spread below which a rim is even enough to cut out what it runs around.
_EVEN_RIM = 1.5
# Sizes of pieces in cells, width by height.
_SIZES = (
    (6, 6), (9, 6), (6, 9), (9, 9), (13, 9), (9, 13), (13, 13), (18, 13), (13, 18), (18, 18),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Patch:
    """A box of cells whose rim is even.

    Attributes:
        box: x, y, width, height in cells.
        spread: root mean square difference within its rim, in units that are just noticed.
        content: the same between what is inside and its rim: high for a thing on even ground.
    """

    box: tuple[int, int, int, int]
    spread: float
    content: float


@dataclass(frozen=True, slots=True, eq=False)
class Ground:
    """A photo in cells.

    Attributes:
        cells: float32, rows × columns × 7, in units that are just noticed.
        step: side of a cell in the photo's pixels.
    """

    cells: Floats
    step: float


def shrunk(rgb: RGB, size: tuple[int, int]) -> RGB:
    """Average areas down to (width, height), in halves first: those take a tenth of the time.

    A last row or column that has no neighbour is left out on the way.
    """
    while rgb.shape[0] >= 2 * size[1] and rgb.shape[1] >= 2 * size[0]:
        height, width = rgb.shape[0] // 2, rgb.shape[1] // 2
        even = rgb[: 2 * height, : 2 * width]
        rgb = np.asarray(cv2.resize(even, (width, height), interpolation=cv2.INTER_AREA), np.uint8)
    return np.asarray(cv2.resize(rgb, size, interpolation=cv2.INTER_AREA), np.uint8)


@lru_cache(maxsize=64)
def _measure(photo: Photo) -> tuple[Floats, Floats]:
    """Two times four features on a grid of twice as many cells as are used."""
    rgb: RGB = photo.rgb
    height, width = rgb.shape[:2]
    scale = min(1.0, _READ / max(height, width))
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    lab = cv2.cvtColor(shrunk(rgb, size), cv2.COLOR_RGB2Lab)
    level = np.ascontiguousarray(lab[:, :, 0])
    fine = cv2.absdiff(level, cv2.blur(level, (3, 3)))
    across = cv2.absdiff(level, cv2.copyMakeBorder(level, 0, 0, 1, 0, cv2.BORDER_REPLICATE)[:, :-1])
    down = cv2.absdiff(level, cv2.copyMakeBorder(level, 1, 0, 0, 0, cv2.BORDER_REPLICATE)[:-1])
    grid = _grid(width, height, 2 * ACROSS)

    def pool(layer: NDArray[np.uint8]) -> Floats:
        wide = layer if layer.ndim == 2 else np.ascontiguousarray(layer)
        return np.asarray(
            cv2.resize(wide.astype(np.float32), grid, interpolation=cv2.INTER_AREA), np.float32
        )

    colour = pool(np.asarray(lab, np.uint8))
    moved = [pool(np.asarray(x, np.uint8)) for x in (fine, across, down)]
    wide = np.asarray(cv2.GaussianBlur(colour[:, :, 0], (0, 0), 1.5), np.float32)
    coarse = np.asarray(cv2.blur((colour[:, :, 0] - wide) ** 2, (3, 3)), np.float32)
    if photo.foreground is None:
        front = np.zeros_like(wide)
    else:
        front = np.asarray(cv2.resize(photo.foreground, grid, interpolation=cv2.INTER_AREA))
    return np.dstack([colour, moved[0]]), np.dstack([*moved[1:], coarse, front])


def _grid(width: int, height: int, across: int) -> tuple[int, int]:
    step = max(width, height) / across
    return max(1, round(width / step)), max(1, round(height / step))


@lru_cache(maxsize=128)
def ground_of(photo: Photo, across: int = ACROSS) -> Ground:
    """Describe a photo by a grid of ``across`` cells along its longer side."""
    height, width = photo.rgb.shape[:2]
    grid = _grid(width, height, across)
    # OpenCV averages four channels at most.
    raw = np.dstack(
        [cv2.resize(layers, grid, interpolation=cv2.INTER_AREA) for layers in _measure(photo)]
    )
    direction = (raw[:, :, 4] - raw[:, :, 5]) / (raw[:, :, 4] + raw[:, :, 5] + 3)
    features = np.dstack(
        [
            raw[:, :, :3],
            np.log2(raw[:, :, 3] + 1.0),
            np.log2(np.sqrt(np.maximum(raw[:, :, 6], 0)) + 2.0),
            direction,
            raw[:, :, 7],
        ]
    )
    return Ground(np.ascontiguousarray(features / _UNITS, np.float32), max(width, height) / across)


def _sums(layer: Floats) -> NDArray[np.float64]:
    """Summed area table with a row and a column of zeros."""
    table = np.zeros((layer.shape[0] + 1, layer.shape[1] + 1, *layer.shape[2:]))
    np.cumsum(np.cumsum(layer, axis=0, dtype=np.float64), axis=1, out=table[1:, 1:])
    return table


def _boxes(
    table: NDArray[np.float64], width: int, height: int, rim: int = 0, stride: int = 1
) -> NDArray[np.float64]:
    """Sums of the boxes of a size that lie ``rim`` or more from the sides, every so many cells."""
    rows, columns = table.shape[0] - 1, table.shape[1] - 1
    top, left = (slice(rim, n - rim - m + 1, stride) for n, m in ((rows, height), (columns, width)))
    bottom, right = (
        slice(rim + m, n - rim + 1, stride) for n, m in ((rows, height), (columns, width))
    )
    summed: NDArray[np.float64] = (
        table[bottom, right] - table[top, right] - table[bottom, left] + table[top, left]
    )
    return summed


@lru_cache(maxsize=128)
def _tables(ground: Ground) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Summed area tables of the cells, and of their squares over all features."""
    return _sums(ground.cells), _sums((ground.cells**2).sum(axis=2))


def find_patches(ground: Ground) -> list[Patch]:
    """List boxes of a few sizes that hold something else than their even rim, at all places."""
    rows, columns = ground.cells.shape[:2]
    cells, squares = _tables(ground)
    found = []
    for width, height in _SIZES:
        if width > columns - 2 or height > rows - 2:
            continue
        rim = max(1, round(0.15 * min(width, height)))
        inner = (width - 2 * rim) * (height - 2 * rim)
        ring = width * height - inner
        core = _boxes(cells, width - 2 * rim, height - 2 * rim, rim)
        core_squares = _boxes(squares, width - 2 * rim, height - 2 * rim, rim)
        mean = (_boxes(cells, width, height) - core) / ring
        power = (mean**2).sum(axis=2)
        spread = (_boxes(squares, width, height) - core_squares) / ring - power
        content = core_squares / inner - 2 * (mean * core).sum(axis=2) / inner + power
        spread, content = np.sqrt(np.maximum(spread, 0)), np.sqrt(np.maximum(content, 0))
        ys, xs = np.nonzero((spread < _EVEN_RIM) & (content > 2 * spread + 0.5))
        found += [
            Patch((x, y, width, height), float(spread[y, x]), float(content[y, x]))
            for y, x in zip(ys.tolist(), xs.tolist(), strict=True)
        ]
    return found


@lru_cache(maxsize=128)
def _moments(ground: Ground) -> NDArray[np.float64]:
    """Summed area table of the cells and of their squares."""
    return _sums(np.concatenate([ground.cells, ground.cells**2], axis=2))


@lru_cache(maxsize=2048)
def rims(
    ground: Ground, width: int, height: int, rim: int
) -> tuple[Floats, NDArray[np.intp], NDArray[np.intp]] | None:
    """Describe the even rims among those of all boxes of a size; None where there is none.

    Returns: float32, boxes × 14, mean and spread, and the row and the column of each box. Lightness
        and colour count for half, since a shade can be healed.
    """
    rows, columns = ground.cells.shape[:2]
    if width > columns or height > rows:
        return None
    count = width * height - (width - 2 * rim) * (height - 2 * rim)
    table = _moments(ground)
    core = _boxes(table, width - 2 * rim, height - 2 * rim, rim, stride=2)
    mean, power = np.split((_boxes(table, width, height, stride=2) - core) / count, 2, axis=2)
    variance = np.maximum(power - mean**2, 0)
    ys, xs = np.nonzero(variance.sum(axis=2) < _EVEN**2)
    if not len(ys):
        return None
    flat = np.concatenate([mean[ys, xs], np.sqrt(variance[ys, xs])], axis=1).astype(np.float32)
    flat[:, :3] *= 0.5
    return flat, 2 * ys, 2 * xs


def mismatch(host: Ground, piece: Floats, weight: Floats) -> Floats:
    """How much a piece differs from every place of a host.

    Args:
        piece: float32, rows × columns × 7: its cells.
        weight: float32, rows × columns: how much each counts; zero for what will be covered.

    Returns: float32: weighted root mean square difference with the piece's top left cell there; a
        shade that can be healed counts little.
    """
    weight = np.asarray(weight / weight.sum(), np.float32)
    power = cv2.matchTemplate((host.cells**2).sum(axis=2), weight, cv2.TM_CCORR)
    weighted = np.ascontiguousarray(weight[:, :, None] * piece)
    # Of several channels, OpenCV returns the sum.
    cross = cv2.matchTemplate(host.cells, weighted, cv2.TM_CCORR)
    own = float((weighted * piece).sum())
    square = np.asarray(power - 2 * cross + own, np.float32)
    for i, most in enumerate(HEALED):
        layer = np.ascontiguousarray(host.cells[:, :, i])
        apart = cv2.matchTemplate(layer, weight, cv2.TM_CCORR) - float(weighted[:, :, i].sum())
        apart = np.abs(apart)
        square += np.maximum(0, apart - most) ** 2 - apart**2 + (0.3 * apart) ** 2
    return np.asarray(np.sqrt(np.maximum(square, 0)), np.float32)


def kinship(host: Ground, piece: Floats, weight: Floats) -> Floats:
    """How little the surface around a piece is of the same kind as at every place of a host.

    Means alone are compared, and the host's surface should be even; what lies where in the piece
    does not count. Arguments and result: as for `mismatch`.
    """
    weight = np.asarray(weight / weight.sum(), np.float32)
    square = np.zeros((), np.float32)
    power = np.asarray(cv2.matchTemplate((host.cells**2).sum(axis=2), weight, cv2.TM_CCORR))
    for i in range(piece.shape[2]):
        layer = np.ascontiguousarray(host.cells[:, :, i])
        mean = np.asarray(cv2.matchTemplate(layer, weight, cv2.TM_CCORR), np.float32)
        power = np.asarray(power - mean**2, np.float32)
        apart = np.abs(mean - float((weight * piece[:, :, i]).sum()))
        if i < len(HEALED):
            apart = np.maximum(0.3 * apart, apart - HEALED[i])
        square = square + apart**2
    return np.asarray(np.sqrt(square) + 0.3 * np.sqrt(np.maximum(power, 0)), np.float32)


def scene_gap(one: Photo, two: Photo) -> float:
    """How much two scenes differ in layout: where they are light, coloured, rough and smooth.

    A street and a lawn seen from above differ, two streets hardly; compared on a grid of 8 × 6
    (as the gist of Oliva and Torralba, IJCV 2001), without what stands in front, and but for a
    shade over all.
    """
    grids = []
    for photo in (one, two):
        cells = ground_of(photo).cells
        behind = np.clip(1 - cells[:, :, 6] * _UNITS[6], 0.02, 1)
        weight = cv2.resize(behind, (8, 6), interpolation=cv2.INTER_AREA)
        layers = [
            cv2.resize(cells[:, :, part] * behind[:, :, None], (8, 6), interpolation=cv2.INTER_AREA)
            for part in (slice(0, 3), slice(3, 6))
        ]
        grids.append((np.dstack(layers) / weight[:, :, None], weight))
    weight = np.sqrt(grids[0][1] * grids[1][1])
    weight /= weight.sum()
    apart = grids[0][0] - grids[1][0]
    shade = (apart * weight[:, :, None]).sum(axis=(0, 1))[:3]
    apart[:, :, :3] -= np.clip(shade, -np.array(HEALED), HEALED)
    return float(np.sqrt(((apart**2).sum(axis=2) * weight).sum()))


def unrest(host: Ground, width: int, height: int) -> Floats:
    """How much the cells of every box of a size differ among themselves: low on even ground."""
    count = width * height
    cells, squares = _tables(host)
    mean = _boxes(cells, width, height) / count
    power = _boxes(squares, width, height) / count
    return np.asarray(np.sqrt(np.maximum(power - (mean**2).sum(axis=2), 0)), np.float32)
