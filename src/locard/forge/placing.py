"""Placing: which piece of a photo goes where in another so that a stranger would not wonder.

Two kinds of piece: an object, cut out along its outline and set on ground like its own; and a
patch, which comes with its ground and is faded into the same kind of surface.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np

from locard.forge.contract import Matte, Photo
from locard.forge.ground import (
    ACROSS,
    HEALED,
    Floats,
    Ground,
    ground_of,
    kinship,
    mismatch,
    rims,
    scene_gap,
    unrest,
)
from locard.forge.objects import Region

Box = tuple[int, int, int, int]

# Mismatches up to which a stranger would not notice, in units of the ground.
_OBJECT_COST, _COPY_COST, _PATCH_COST = 2.3, 2.8, 2.8
# Gap between two scenes above which a thing of one looks lost in the other.
_SCENE_GAP = 4.6
# Sizes of patches in cells, width by height, how many of them are tried for each donor, and how
# many pairs of patch and place are looked at closely for each.
_PATCH_SIZES = (
    (10, 8), (9, 10), (13, 9), (12, 12), (17, 11), (15, 15), (22, 14), (20, 18), (28, 16), (24, 22),
)  # fmt: skip
_TRIES, _FINALISTS = 8, 3
# Square distance of two rims' descriptions above which a closer look is not worth it.
_MOST_APART = 18
# Options that stand out by this much more than the best are as good.
_CHOICE = 0.3
# Sizes at which an object is tried, as parts of the size that it had in its own picture.
_SIZES = (1.0, 0.78, 0.6)
_COPY_SIZES = (1.0, 0.88)
# Objects are not enlarged by more than this: they would be soft among crisp things.
_LARGEST_SCALE = 1.15
# Share of the host's height at which the horizon usually lies.
_HORIZON = 0.4
_SMALLEST = 28
_LAB_UNITS = np.array([14, 5, 5], np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class Placed:
    """A piece and its place.

    Attributes:
        region: the piece in the photo that it comes from.
        scale, flip: what is done to it.
        x, y: top left corner in the host's pixels, of the piece's box after scaling.
        cost: mismatch of the ground, in units that are just noticed.
        light: float32, 3: how much the host's ground differs from the piece's own, 8-bit Lab.
        standing: whether it stands on ground that it may cast a shadow on.
    """

    region: Region
    scale: float
    flip: bool
    x: int
    y: int
    cost: float
    light: Floats
    standing: bool


def place_object(
    host: Photo, donor: Photo, region: Region, rng: np.random.Generator, taken: Sequence[Box] = ()
) -> Placed | None:
    """Find the best place for an object; None where it would not look at home.

    Perspective (Hoiem et al., Putting objects in perspective, IJCV 2008): what is smaller than
    in its own picture stands nearer to the horizon. What was cut by the rim of its picture goes to
    the same rim of the host.

    Args:
        taken: boxes in the host's pixels that it must not cover.
    """
    if region.found == "network" and host is not donor and scene_gap(host, donor) > _SCENE_GAP:
        return None
    most = _OBJECT_COST if host is not donor else _COPY_COST
    height, width = host.rgb.shape[:2]
    target = ground_of(host)
    rows, columns = target.cells.shape[:2]
    own_height, own_width = donor.rgb.shape[:2]
    usual = max(height, width) / max(own_height, own_width)
    flip = bool(rng.random() < 0.5) and not {"left", "right"} & region.cut
    best: Placed | None = None
    _, top, wide, high = region.box
    blocked = _blocked(host, target, taken)
    for part in _SIZES if host is not donor else _COPY_SIZES:
        scale = usual * part
        if host is donor and part == 1.0:
            scale = 1.0
        size = (round(wide * scale), round(high * scale))
        if (
            scale > _LARGEST_SCALE
            or size[0] > 0.75 * width
            or size[1] > 0.85 * height
            or min(size) < _SMALLEST
            or not 0.012 < size[0] * size[1] / (height * width) < 0.35
        ):
            continue
        own = ground_of(donor, max(12, round(max(own_height, own_width) * scale / target.step)))
        x0, y0, x1, y1 = _cells(region.box, own, 3, region.cut)
        piece = own.cells[y0:y1, x0:x1].copy()
        # What stands in front in the host must not be around it.
        piece[:, :, 6] = 0
        if piece.shape[0] > rows or piece.shape[1] > columns:
            continue
        matte = _pooled(region, donor, own)[y0:y1, x0:x1]
        weight = np.asarray(matte < 0.03, np.float32)
        # What it stands on counts for more than what is seen behind it.
        foot = (top + high) / own.step - y0
        behind = np.arange(piece.shape[0]) < foot - 0.35 * high / own.step
        weight[behind] *= 0.1 if region.found == "network" else 0.6
        if weight.sum() < 6:
            continue
        if flip:
            piece, weight, matte = piece[:, ::-1], weight[:, ::-1], matte[:, ::-1]
        # A network's outline needs no ground to hide its halo in.
        compare = kinship if region.found == "network" else mismatch
        cost = compare(target, np.ascontiguousarray(piece), np.ascontiguousarray(weight))
        inside = np.ascontiguousarray(matte > 0.3, np.float32)
        # Rather as large as it was.
        cost += 0.1 * unrest(target, piece.shape[1], piece.shape[0]) + 1.2 * (1 - part)
        hidden = cv2.matchTemplate(blocked, inside, cv2.TM_CCORR)
        cost[hidden > 0.06 * inside.sum()] = np.inf
        _keep_rims(cost, region, own_height, foot + y0, own, part, rows, piece.shape, y0)
        y, x = np.unravel_index(int(np.argmin(cost)), cost.shape)
        lowest = float(cost[y, x])
        if lowest > most or (best is not None and lowest >= best.cost):
            continue
        edge = (region.box[0] / own.step - x0, region.box[1] / own.step - y0)
        if flip:
            edge = (piece.shape[1] - edge[0] - wide / own.step, edge[1])
        px = round((x + edge[0]) * target.step)
        py = round((y + edge[1]) * target.step)
        px, py = _at_rim(region, px, py, size, (width, height), rng, target.step)
        here = target.cells[y : y + piece.shape[0], x : x + piece.shape[1], :3]
        light = ((here - piece[:, :, :3]) * weight[:, :, None]).sum(axis=(0, 1)) / weight.sum()
        standing = (py + size[1]) / height > _HORIZON + 0.08 and "bottom" not in region.cut
        best = Placed(region, scale, flip, px, py, lowest, light * _LAB_UNITS, standing)
    return best


def _keep_rims(
    cost: Floats,
    region: Region,
    own_height: int,
    foot: float,
    own: Ground,
    part: float,
    rows: int,
    shape: tuple[int, ...],
    y0: int,
) -> None:
    """Forbid places at another rim or height than the object's own."""
    if "bottom" in region.cut:
        cost[:-1] = np.inf
    elif "top" in region.cut:
        cost[1:] = np.inf
    else:
        was = foot * own.step / own_height
        wanted = _HORIZON + (was - _HORIZON) * part if was > _HORIZON else was
        now = (np.arange(cost.shape[0]) + foot - y0) / rows
        cost += (np.maximum(0, np.abs(now - wanted) - 0.05) * 12).astype(np.float32)[:, None]
        # The foot of what stands must be in the picture.
        cost[now > 0.985] = np.inf
    if "left" in region.cut:
        cost[:, 1:] = np.inf
    if "right" in region.cut:
        cost[:, :-1] = np.inf


def _at_rim(
    region: Region,
    x: int,
    y: int,
    size: tuple[int, int],
    host: tuple[int, int],
    rng: np.random.Generator,
    step: float,
) -> tuple[int, int]:
    """Set what a rim cut exactly there; elsewhere leave the grid of cells."""
    jitter = rng.uniform(-0.4, 0.4, 2) * step
    x = int(np.clip(x + jitter[0], 0, host[0] - size[0]))
    y = int(np.clip(y + jitter[1], 0, host[1] - size[1]))
    if "bottom" in region.cut:
        y = host[1] - size[1] + 1
    elif "top" in region.cut:
        y = -1
    if "left" in region.cut:
        x = -1
    elif "right" in region.cut:
        x = host[0] - size[0] + 1
    return x, y


def _blocked(host: Photo, target: Ground, taken: Sequence[Box]) -> Floats:
    """Cells that must stay in sight: what stands out in the host, and boxes."""
    blocked = np.clip(target.cells[:, :, 6] * 0.33, 0, 1).astype(np.float32)
    blocked = np.asarray((blocked > 0.3).astype(np.float32))
    for x, y, w, h in taken:
        x0, y0 = int(x / target.step), int(y / target.step)
        blocked[y0 : int((y + h) / target.step) + 1, x0 : int((x + w) / target.step) + 1] = 1
    return blocked


def _cells(box: Box, ground: Ground, margin: int, cut: frozenset[str]) -> Box:
    """Corners of a box in cells, widened where the picture goes on."""
    x, y, w, h = (v / ground.step for v in box)
    rows, columns = ground.cells.shape[:2]
    return (
        max(0, int(x) - (0 if "left" in cut else margin)),
        max(0, int(y) - (0 if "top" in cut else margin)),
        min(columns, int(np.ceil(x + w)) + (0 if "right" in cut else margin)),
        min(rows, int(np.ceil(y + h)) + (0 if "bottom" in cut else margin)),
    )


@lru_cache(maxsize=256)
def _pooled(region: Region, donor: Photo, ground: Ground) -> Matte:
    """Draw a region's matte in cells."""
    rows, columns = ground.cells.shape[:2]
    height, width = donor.rgb.shape[:2]
    x, y, w, h = region.box
    place = np.array([[columns / width, 0, x * columns / width], [0, rows / height, 0]])
    place[1, 2] = y * rows / height
    # Area averages first, as a warp would skip most pixels.
    small = (max(1, round(w * columns / width)), max(1, round(h * rows / height)))
    reduced = cv2.resize(region.matte, small, interpolation=cv2.INTER_AREA)
    whole = np.zeros((rows, columns), np.float32)
    x0, y0 = min(columns - 1, round(place[0, 2])), min(rows - 1, round(place[1, 2]))
    reduced = reduced[: rows - y0, : columns - x0]
    whole[y0 : y0 + reduced.shape[0], x0 : x0 + reduced.shape[1]] = reduced
    return np.asarray(cv2.dilate(whole, np.ones((3, 3), np.uint8)), np.float32)


@dataclass(frozen=True, slots=True)
class Fade:
    """A patch and its place.

    Attributes:
        box: x, y, width, height in the photo that it comes from.
        x, y: top left corner in the host's pixels; it keeps its size.
        flip: whether it is mirrored.
        cost: how much it stands out, in units that are just noticed.
        number: of the donor.
    """

    box: Box
    x: int
    y: int
    flip: bool
    cost: float
    number: int = 0


def choose_fade(options: Sequence[Fade], rng: np.random.Generator) -> Fade:
    """Choose among the best, so that a host that is used twice is not forged alike."""
    least = min(option.cost for option in options)
    best = [option for option in options if option.cost <= least + _CHOICE]
    return best[int(rng.integers(len(best)))]


def patches(host: Photo, donor: Photo, rng: np.random.Generator, number: int = 0) -> Iterator[Fade]:
    """Find patches of a donor with a place in the host whose surface is like theirs.

    Around its rim a patch must look like what it covers, but for a shade, which is healed; within
    it may differ more, as that is what is added.

    Where the donor is the host, patch and place lie apart.
    """
    height, width = host.rgb.shape[:2]
    target = ground_of(host)
    across = max(donor.rgb.shape[:2]) / target.step
    if across < 12:
        return
    # In steps of four cells, so that hosts of about one size share what was measured.
    own = ground_of(donor, min(2 * ACROSS, 4 * round(across / 4)))
    flip = bool(rng.random() < (0.15 if donor is host else 0.4))
    rows, own_rows = target.cells.shape[0], own.cells.shape[0]
    for index in rng.permutation(len(_PATCH_SIZES))[:_TRIES]:
        w, h = _PATCH_SIZES[int(index)]
        rim = max(1, round(0.2 * min(w, h)))
        size = (int(w * target.step), int(h * target.step))
        if any(size[0] > p.rgb.shape[1] or size[1] > p.rgb.shape[0] for p in (host, donor)):
            continue
        if (ours := rims(target, w, h, rim)) is None or (theirs := rims(own, w, h, rim)) is None:
            continue
        (here, v, u), (there, y, x) = ours, theirs
        here_at, there_at = ((a + h / 2) / n for a, n in ((v, rows), (y, own_rows)))
        # About as high in the picture as it was. In place: these tables are what takes the time.
        apart = np.subtract.outer(here_at.astype(np.float32), there_at.astype(np.float32))
        np.abs(apart, out=apart)
        apart -= np.float32(0.1)
        np.maximum(apart, 0, out=apart)
        apart *= np.float32(12)
        square = (-2 * here) @ there.T
        square += (here**2).sum(axis=1)[:, None]
        square += (there**2).sum(axis=1)
        np.maximum(square, 0, out=square)
        square += apart**2
        if donor is host:
            near = (np.abs(v[:, None] - y) < 1.05 * h) & (np.abs(u[:, None] - x) < 1.05 * w)
            square[near] = np.inf
        for _ in range(_FINALISTS):
            i, j = np.unravel_index(int(np.argmin(square)), square.shape)
            if not square[i, j] < _MOST_APART:
                break
            piece = own.cells[y[j] : y[j] + h, x[j] : x[j] + w]
            if flip:
                piece = piece[:, ::-1]
            below = target.cells[v[i] : v[i] + h, u[i] : u[i] + w]
            square[i], square[:, j] = np.inf, np.inf
            cost = _seam(piece, below, rim, donor is host) + float(apart[i, j]) / 4
            if cost > _PATCH_COST:
                continue
            jitter = rng.uniform(-0.4, 0.4, 2) * target.step
            box = (
                int(np.clip(x[j] * own.step, 0, donor.rgb.shape[1] - size[0])),
                int(np.clip(y[j] * own.step, 0, donor.rgb.shape[0] - size[1])),
                *size,
            )
            px = int(np.clip(u[i] * target.step + jitter[0], 0, width - size[0]))
            py = int(np.clip(v[i] * target.step + jitter[1], 0, height - size[1]))
            # Rather a large patch.
            yield Fade(box, px, py, flip, cost - 0.003 * w * h, number)


def _seam(piece: Floats, below: Floats, rim: int, same: bool) -> float:
    """How much a healed patch would stand out, in units that are just noticed.

    Args:
        same: whether it is from the same photo, where nothing is out of place.
    """
    inner = (slice(rim, -rim), slice(rim, -rim))
    difference = below - piece
    core = difference[inner]
    rows, columns = difference.shape[:2]
    within = (rows - 2 * rim) * (columns - 2 * rim)
    around = rows * columns - within
    # Sums of all less those within: slices are several times as fast as masks of so few cells.
    sums, squares = _total(difference), float(np.vdot(difference, difference))
    core_sums, core_squares = _total(core), float(np.einsum("ijk,ijk->", core, core))
    sums -= core_sums
    shade = np.clip(sums / around, -np.array(HEALED), HEALED)
    squares += float((around * shade - 2 * sums) @ shade) - core_squares
    seam = float(np.sqrt(max(0.0, squares) / around))
    cost = seam + 0.3 * float(np.abs(shade).max())
    if cost > _PATCH_COST:
        return cost  # All that follows could only add to it.
    core_squares += float((within * shade - 2 * core_sums) @ shade)
    apart = float(np.sqrt(max(0.0, core_squares) / within))
    # Too much alike, and nothing was changed; quite another, and it hides something.
    novelty = 1.8 if same else 1.3
    cost += 0.9 * max(0.0, apart - novelty) + 0.8 * max(0.0, 1.0 - apart)
    if not same:
        # A structure of another scene on an even surface is seen from afar.
        busy = [float(np.sqrt(cells[inner].var(axis=(0, 1)).sum())) for cells in (piece, below)]
        cost += max(0.0, busy[0] - busy[1] - 0.4)
    return cost


def _total(cells: Floats) -> Floats:
    """Sum of what a shade can heal over all cells."""
    return np.asarray(np.einsum("ijk->k", cells[:, :, : len(HEALED)]))
