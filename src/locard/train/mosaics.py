"""Mosaics: photos whose parts have different pasts, made as they are drawn.

A forged set of a few thousand pictures is soon learnt by heart; mosaics never repeat. Two versions
of photos, each with a past drawn at random (resampling, smoothing or sharpening, noise, JPEG), meet
along a mask that follows nothing, or the outline of a thing, and what comes out is delivered like a
file. Because the pasts are known everywhere, the network can be asked for them at every place (as
ManTraNet asks for the manipulation, Wu et al., CVPR 2019), which teaches it to hear traces long
before the few edited pixels of a realistic forgery would.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from locard.bench.datasets import DatasetError
from locard.degrade.delivery import recompress
from locard.exhibit import ExhibitError, open_exhibit
from locard.nets.localizer import HISTORY, HISTORY_STRIDE, MAP_STRIDE
from locard.train.crops import RGB, SHARES, SPECK, Batch, Generator, held_out

# Larger photos are cut: what is drawn from them is 256 to 512 pixels wide.
_SIDE = 1536
# What is kept decoded, at most 7 MB each.
_KEPT = 600
_PATIENCE = 200
# Edited part of a mosaic.
_AREA = (0.02, 0.45)
# Part of the groups that are rewritten by a network, and of the other edits that fill a place.
_REWRITTEN = 0.15
_FILLED = 0.15
# Of a wide mosaic: its sides in crops, as far as the photo reaches, its edited part, and the raster
# of its mask.
_WIDER = (1.4, 2.0, 3.0, 4.0)
_WIDE_AREA = (0.05, 0.6)
_RASTER = 256
# Part of a crop that an edit fills; of the wide groups half are to have one: their mask is the
# largest of several, and their second crop lies where most of it is edited.
_FULL = (0.98, 1.0)
_MASKS = 5
# Part of the masks that follow what is in the picture, where it lets them, and the raster of these.
_FOLLOWED = 0.5
_GRID = 128
_DISC = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (5, 5))
# How what was edited is resized for its delivery; by areas most often, as services do.
_REDUCTIONS = (cv2.INTER_AREA, cv2.INTER_AREA, cv2.INTER_LINEAR, cv2.INTER_CUBIC)
_ENLARGEMENTS = (cv2.INTER_LINEAR, cv2.INTER_CUBIC, cv2.INTER_LANCZOS4)
_SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".tif", ".tiff", ".webp", ".bmp"})


@dataclass(frozen=True, slots=True)
class Past:
    """What a photo went through, in this order.

    Attributes:
        scale: factor of resampling, 1 for none.
        angle: in degrees, turned in the same step.
        blur: standard deviation of a Gaussian in pixels; negative: amount of unsharp masking.
        median: whether a 3 × 3 median filter was used.
        noise: standard deviation of added noise, grey levels.
        quality: of a JPEG, 0 for none.
        offset: rows and columns by which the block grid of that JPEG is displaced, or without one
            that of the photo itself, which most photos have: what is moved takes its grid along.
        subsampled: whether its chroma is.
        method: of OpenCV's interpolation.
    """

    scale: float = 1.0
    angle: float = 0.0
    blur: float = 0.0
    median: bool = False
    noise: float = 0.0
    quality: int = 0
    offset: tuple[int, int] = (0, 0)
    subsampled: bool = True
    method: int = cv2.INTER_CUBIC

    @property
    def figures(self) -> NDArray[np.float32]:
        """What the network is asked for, `HISTORY` numbers of about 0 to 1 in size."""
        jpeg = (100 - self.quality) / 50 if self.quality else 0.0
        kept = self.quality > 0 or (self.scale == 1 and self.angle == 0)
        grid = float(kept and self.offset != (0, 0))
        figures = (np.log2(self.scale), self.blur, self.median, self.noise / 6, jpeg, grid)
        return np.array(figures, np.float32)

    def source_side(self, side: int) -> int:
        """Side of the window that gives ``side`` pixels and room for the block grid."""
        turn = np.deg2rad(abs(self.angle))
        return int(np.ceil((side + 8) / self.scale * (np.cos(turn) + np.sin(turn))))

    def make(self, window: RGB, side: int, rng: Generator) -> RGB:
        """Take a square window of ``source_side(side)`` through this past."""
        size = (side + 8, side + 8)
        found: NDArray[Any] = window
        if self.angle:
            middle = (window.shape[0] - 1) / 2
            matrix = cv2.getRotationMatrix2D((middle, middle), self.angle, self.scale)
            matrix[:, 2] += (side + 7) / 2 - middle
            method = cv2.INTER_LINEAR if self.method == cv2.INTER_AREA else self.method
            found = cv2.warpAffine(found, matrix, size, flags=method)
        elif self.scale != 1:
            found = cv2.resize(found, size, interpolation=self.method)
        if self.median:
            found = cv2.medianBlur(found, 3)
        if self.blur > 0:
            found = cv2.GaussianBlur(found, (0, 0), self.blur)
        elif self.blur < 0:
            soft = cv2.GaussianBlur(found, (0, 0), 1.0)
            found = cv2.addWeighted(found, 1 - self.blur, soft, self.blur, 0)
        if self.noise:
            noise = rng.standard_normal(found.shape, np.float32) * np.float32(self.noise)
            found = np.clip(np.rint(found + noise), 0, 255)
        rgb = np.asarray(found, np.uint8)
        top, left = self.offset
        if self.quality:
            rgb = np.ascontiguousarray(rgb[8 - top :, 8 - left :])
            rgb = open_exhibit(recompress(rgb, self.quality, subsampled=self.subsampled)).rgb
            return rgb[top : top + side, left : left + side]
        # Pixels that lie elsewhere on the grid of the photo.
        top, left = top or 8, left or 8
        return np.asarray(rgb[top : top + side, left : left + side], np.uint8)


def draw_past(rng: Generator, *, pasted: bool) -> Past:
    """Draw a past; one in four is that of the photo alone.

    Args: pasted: whether it is that of something pasted, which may be turned and off the grid.
    """
    offset = (0, 0)
    if pasted and rng.random() < 0.8:
        offset = (int(rng.integers(8)), int(rng.integers(8)))
    if rng.random() < 0.25:
        return Past(offset=offset)
    kinds = rng.random(5)
    scale = float(np.exp(rng.uniform(np.log(0.55), np.log(1.8)))) if kinds[0] < 0.4 else 1.0
    smoothing = 0.0
    if kinds[1] < 0.35:
        smoothing = float(rng.uniform(0.4, 1.6) if rng.random() < 0.6 else -rng.uniform(0.3, 1.5))
    noise = float(np.exp(rng.uniform(np.log(0.7), np.log(6)))) if kinds[2] < 0.3 else 0.0
    quality = int(rng.integers(45, 99)) if kinds[3] < 0.65 else 0
    angle = 0.0
    if pasted and rng.random() < 0.3:
        angle = float(rng.uniform(-20, 20))
    method = int(rng.choice([cv2.INTER_LINEAR, cv2.INTER_CUBIC, cv2.INTER_AREA]))
    subsampled = bool(rng.random() < 0.6)
    return Past(
        scale=scale,
        angle=angle,
        blur=smoothing,
        median=bool(kinds[4] < 0.08),
        noise=noise,
        quality=quality,
        offset=offset,
        subsampled=subsampled,
        method=method,
    )


def follow_content(content: RGB, rng: Generator) -> NDArray[np.uint8] | None:
    """Part of a square picture that hangs together in colour, 0 or 1; None where none has `_AREA`.

    What people cut out has an outline that follows what is in the picture.
    """
    side = len(content)
    small = cv2.resize(content, (_GRID, _GRID), interpolation=cv2.INTER_AREA)
    lab = cv2.medianBlur(np.asarray(cv2.cvtColor(small, cv2.COLOR_RGB2LAB), np.uint8), 5)
    seed = (int(rng.integers(_GRID)), int(rng.integers(_GRID)))
    limits = [share * _GRID * _GRID for share in (_AREA[0], rng.uniform(*_AREA))]
    found: NDArray[np.uint8] | None = None
    for step in (4, 7, 11, 16, 22, 30):
        grown = np.zeros((_GRID + 2, _GRID + 2), np.uint8)
        cv2.floodFill(
            lab,
            grown,
            seed,
            0,
            (step,) * 3,
            (step,) * 3,
            4 | cv2.FLOODFILL_MASK_ONLY | cv2.FLOODFILL_FIXED_RANGE | 1 << 8,
        )
        # Things are whole: small holes and threads are the photo's noise.
        whole = cv2.morphologyEx(grown[1:-1, 1:-1], cv2.MORPH_CLOSE, _DISC)
        whole = cv2.morphologyEx(whole, cv2.MORPH_OPEN, _DISC)
        area = int(whole.sum())
        if area > limits[1]:
            break
        if area >= limits[0]:
            found = np.asarray(whole, np.uint8)
    if found is None:
        return None
    soft = cv2.resize(found.astype(np.float32), (side, side), interpolation=cv2.INTER_CUBIC)
    return np.asarray(soft > 0.5, np.uint8)


def draw_mask(
    side: int,
    rng: Generator,
    content: RGB | None = None,
    area: tuple[float, float] = _AREA,
) -> NDArray[np.float32]:
    """Draw a mask, height × width, 0 to 1: blobs, shapes or strokes.

    Args:
        content: side × side × 3, where an outline may follow what is in a picture.
        area: part of the square that is edited, about, of blobs and shapes.
    """
    share = float(rng.uniform(*area))
    kind = rng.integers(4)
    mask = np.zeros((side, side), np.uint8)
    followed = None
    if content is not None and rng.random() < _FOLLOWED:
        followed = follow_content(content, rng)
    if followed is not None:
        mask = followed
    elif kind == 0:
        # The highest part of smooth noise: one or several blobs.
        coarse = int(rng.integers(3, 10))
        field = cv2.resize(
            rng.random((coarse, coarse), np.float32), (side, side), interpolation=cv2.INTER_CUBIC
        )
        mask = (field > np.quantile(field[::4, ::4], 1 - share)).astype(np.uint8)
    elif kind == 1:
        ratio = np.exp(rng.uniform(-0.7, 0.7))
        axes = np.sqrt(share / np.pi * np.array([ratio, 1 / ratio])) * side
        centre = rng.integers(0, side, 2)
        angle = float(rng.uniform(0, 180))
        box = (tuple(map(float, centre)), tuple(map(float, 2 * axes)), angle)
        cv2.ellipse(mask, box, 1, -1)  # type: ignore[call-overload]
    elif kind == 2:
        count = int(rng.integers(3, 9))
        turns = np.sort(rng.uniform(0, 2 * np.pi, count))
        reach = np.sqrt(share / np.pi) * side * rng.uniform(0.6, 1.6, count)
        points = rng.integers(0, side, 2) + reach[:, None] * np.c_[np.cos(turns), np.sin(turns)]
        cv2.fillPoly(mask, [np.rint(points).astype(np.int32)], (1,))
    else:
        width = max(4, round(float(rng.uniform(0.03, 0.2)) * side))
        points = np.cumsum(rng.normal(0, side / 6, (int(rng.integers(2, 7)), 2)), 0)
        points += rng.integers(0, side, 2) - points[0]
        cv2.polylines(mask, [np.rint(points).astype(np.int32)], False, (1,), width)
    soft = mask.astype(np.float32)
    if rng.random() < 0.6:
        soft = np.asarray(cv2.GaussianBlur(soft, (0, 0), float(rng.uniform(0.5, 3))), np.float32)
    return soft


def list_photos(folders: Sequence[Path], share: float) -> list[Path]:
    """Photos below folders, without those that are held out; a folder named twice weighs double.

    A photo goes by the first 16 digits of its SHA-256, as sources of `locard forge` do, so that
    what is held out of forged sets is held out here.

    Raises: DatasetError for a folder without photos.
    """
    found: list[Path] = []
    for folder in folders:
        files = sorted(p for p in folder.rglob("*") if p.suffix.lower() in _SUFFIXES)
        if not files:
            raise DatasetError(f"{folder} holds no photos")
        found += files
    return [p for p in found if not held_out(_digest(p)[:16], share)]


def _digest(photo: Path) -> str:
    with photo.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


@lru_cache(maxsize=_KEPT)
def _photo(file: Path) -> RGB:
    rgb = open_exhibit(file).rgb
    top, left = (max(0, n - _SIDE) // 16 * 8 for n in rgb.shape[:2])
    return np.ascontiguousarray(rgb[top : top + _SIDE, left : left + _SIDE])


@dataclass(frozen=True, slots=True)
class Versions:
    """A photo, and what networks made of it: same size, same content at the same place."""

    photo: Path
    rewritten: tuple[Path, ...]


def list_versions(folders: Sequence[Path], share: float) -> list[Versions]:
    """Folders below folders, each with a ``photo.*`` and versions of it, that are not held out.

    Such a folder is called by the first 16 digits of the SHA-256 of the file that the photo was
    cut from.

    Raises: DatasetError for a folder without any.
    """
    found = []
    for folder in folders:
        here = []
        for photo in sorted(folder.glob("*/photo.*")):
            others = sorted(p for p in photo.parent.iterdir() if p != photo)
            if others:
                here.append(Versions(photo, tuple(others)))
        if not here:
            raise DatasetError(f"{folder} holds no photo.* beside versions of it")
        found += here
    return [v for v in found if not held_out(v.photo.parent.name, share)]


@dataclass(frozen=True, slots=True)
class _Source:
    """Where what is inserted comes from: the same place of the photo, or any of a photo."""

    photo: RGB
    past: Past
    same_place: bool
    mirrored: bool = False

    def take(self, at: tuple[slice, slice], side: int, rng: Generator) -> RGB:
        if not self.same_place:
            at = _window(self.photo, self.past.source_side(side), rng)
        taken = self.past.make(self.photo[at], side, rng)
        return taken[:, ::-1] if self.mirrored else taken


@dataclass(frozen=True, slots=True)
class _Scene:
    """One edit of a whole photo, of which crops are taken.

    What comes from another place is drawn for each crop anew: outline and past are one, content is
    not.

    Attributes:
        mask: float32, `_RASTER` × `_RASTER` over the photo.
        softness: standard deviation of the mask's edge in pixels of a crop, 0 for a hard one.
        source: of what is inserted.
        shift: what is added to its colours.
    """

    mask: NDArray[np.float32]
    softness: float
    source: _Source
    shift: NDArray[np.float32]

    def mask_at(self, at: tuple[slice, slice], photo: RGB, side: int) -> NDArray[np.float32]:
        """The mask of what a past makes of a window of the photo: side × side, 0 to 1."""
        matrix = np.zeros((2, 3))
        for axis, window in enumerate(reversed(at)):
            cells = _RASTER / photo.shape[1 - axis]
            # A past makes 8 pixels more than are asked for, and leaves out the first.
            per_pixel = (window.stop - window.start) / (side + 8)
            matrix[axis, axis] = per_pixel * cells
            matrix[axis, 2] = (window.start + 8.5 * per_pixel) * cells - 0.5
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        found = cv2.warpAffine(
            self.mask, matrix, (side, side), flags=flags, borderMode=cv2.BORDER_REPLICATE
        )
        hard = (found > 0.5).astype(np.float32)
        if not self.softness:
            return hard
        return np.asarray(cv2.GaussianBlur(hard, (0, 0), self.softness), np.float32)

    def place(
        self, photo: RGB, needed: int, part: tuple[float, float], rng: Generator
    ) -> tuple[slice, slice]:
        """A window of which the edit fills a part within limits, or as near to them as there is."""
        rows, cols = (max(1, round(needed * _RASTER / n)) for n in photo.shape[:2])
        edited = (self.mask > 0.5).astype(np.float32)
        found = cv2.boxFilter(edited, -1, (cols, rows), anchor=(0, 0))
        # Windows begin where they do not reach beyond the photo.
        found = found[: max(1, _RASTER - rows + 1), : max(1, _RASTER - cols + 1)]
        apart = np.maximum(np.maximum(part[0] - found, found - part[1]), 0)
        best = np.argwhere(apart <= apart.min() + 1e-6)
        corner = best[int(rng.integers(len(best)))]
        top, left = (
            min(round(float(at) * n / _RASTER), n - needed) // 8 * 8
            for at, n in zip(corner, photo.shape[:2], strict=True)
        )
        return slice(top, top + needed), slice(left, left + needed)


class MosaicSampler:
    """Draws groups of mosaics of one photo by their number.

    Args: wide: part of the groups whose crops are taken of one mosaic up to four crops a side, so
        that an edit may fill a crop, and what it differs from is in the others.
    """

    def __init__(
        self,
        photos: Sequence[Path],
        size: int,
        group: int,
        seed: int,
        versions: Sequence[Versions] = (),
        wide: float = 0.0,
    ) -> None:
        self.photos = photos
        self.versions = versions
        self.size = size
        self.group = group
        self.seed = seed
        self.wide = wide
        # Shorter side of photos that were opened: those that are too small are not opened again.
        self._sides: dict[Path, int] = {}

    def draw(self, number: int) -> Batch:
        """The crops of group ``number``; any of them may hold an edit, the first mostly does.

        Raises: DatasetError when no photo can be used.
        """
        rng = np.random.default_rng([self.seed, number, 1])
        # What is edited may be resized before it is sent.
        resized = float(np.exp(rng.uniform(-0.7, 0.3))) if rng.random() < 0.35 else 1.0
        side = round(self.size / resized)
        method = int(rng.choice(_REDUCTIONS if resized < 1 else _ENLARGEMENTS))
        past = draw_past(rng, pasted=False)
        wide = bool(self.wide) and rng.random() < self.wide
        room = float(rng.choice(_WIDER)) if wide else 1.0
        rewritten = None
        if self.versions and rng.random() < _REWRITTEN:
            photo, rewritten, past = self._choose_version(rng, side, past)
        else:
            # As large as is asked for or, where no photo is, less; last, none is shrunk either.
            sizes = [(side, 1.0), (self.size, 1.0)][: 1 + (wide or side > self.size)]
            if wide:
                sizes = [(side, w) for w in reversed(_WIDER) if w <= room] + sizes
            for side, room in sizes:
                try:
                    photo, past = self._choose(rng, round(side * room), past)
                    break
                except DatasetError:
                    if (side, room) == sizes[-1]:
                        raise
        scene, full = None, False
        if wide:
            at = _extent(photo, room * past.source_side(side), rng)
            photo = photo[at]
            rewritten = None if rewritten is None else rewritten[at]
            full = bool(rng.random() < 0.5)
            scene = self._draw_scene(photo, rewritten, past, side, full, rng)
        deliver = _draw_delivery(rng)
        together = scene is not None or bool(rng.random() < 0.7)
        batch = _empty(self.size, self.group, together=together)
        for place in range(self.group):
            needed = past.source_side(side)
            if scene is not None and place == 0:
                at = scene.place(photo, needed, SHARES, rng)
            elif scene is not None and place == 1 and full:
                at = scene.place(photo, needed, _FULL, rng)
            else:
                at = _window(photo, needed, rng)
            rgb = past.make(photo[at], side, rng)
            mask, sure = np.zeros((side, side), np.float32), np.ones((side, side), np.float32)
            other, before = past, rgb
            if scene is not None:
                mask, other = scene.mask_at(at, photo, side), scene.source.past
                if mask.any():
                    rgb = _mixed(rgb, scene.source.take(at, side, rng) + scene.shift, mask)
            elif rng.random() < (0.9 if place == 0 else 0.4):
                if rewritten is not None:
                    mask = draw_mask(side, rng, rgb)
                    rgb = _mixed(rgb, past.make(rewritten[at], side, rng), mask)
                elif rng.random() < _FILLED:
                    rgb, mask, other = _fill(rgb, draw_mask(side, rng, rgb), past, rng)
                else:
                    source = self._draw_source(photo, past, side, rng)
                    other, inserted = source.past, source.take(at, side, rng)
                    # What is cut out has the outline that it had where it comes from.
                    mask = draw_mask(side, rng, inserted)
                    rgb = _paste(rgb, inserted, mask, rng)
            # White on white is no edit, and not the opposite of one either.
            changed = cv2.dilate(cv2.absdiff(rgb, before).max(2), np.ones((9, 9), np.uint8))
            sure[(mask > 0) & (changed == 0)] = 0
            if side != self.size:
                size = (self.size, self.size)
                rgb = np.asarray(cv2.resize(rgb, size, interpolation=method), np.uint8)
            batch.rgb[place] = deliver(rgb)
            batch.mask[place, 0] = _shrink(mask, self.size // MAP_STRIDE)
            batch.sure[place, 0] = _shrink(sure, self.size // MAP_STRIDE)
            cells = _shrink(mask, self.size // HISTORY_STRIDE)
            pasts = past.figures, other.figures
            batch.history[place] = np.multiply.outer(pasts[0], 1 - cells)
            batch.history[place] += np.multiply.outer(pasts[1], cells)
            share = float((mask * sure).mean())
            batch.edited[place] = 1.0 if share > SPECK else (np.nan if mask.any() else 0.0)
        return batch

    def _draw_source(self, photo: RGB, past: Past, side: int, rng: Generator) -> _Source:
        """Where what is inserted comes from: the same place, another, or another photo."""
        kind = rng.random()
        other = draw_past(rng, pasted=True)
        if kind < 0.45:
            # Of the same place: only what leaves the content where it is may differ.
            same = past
            while same.figures.tolist() == past.figures.tolist():
                drawn = draw_past(rng, pasted=True)
                # Without a JPEG of its own an offset would move the content.
                offset = drawn.offset if drawn.quality else (0, 0)
                same = replace(
                    drawn, scale=past.scale, angle=0.0, method=past.method, offset=offset
                )
            return _Source(photo, same, same_place=True)
        if kind >= 0.65:
            photo, other = self._choose(rng, side, other)
        elif min(photo.shape[:2]) < other.source_side(side):
            other = replace(other, scale=past.scale, angle=0.0)
        return _Source(photo, other, same_place=False, mirrored=bool(rng.random() < 0.2))

    def _draw_scene(
        self,
        photo: RGB,
        rewritten: RGB | None,
        past: Past,
        side: int,
        large: bool,
        rng: Generator,
    ) -> _Scene:
        """One edit of a whole photo; a network's version of it, if there is one, is its source."""
        if rewritten is not None:
            source = _Source(rewritten, past, same_place=True)
        else:
            source = self._draw_source(photo, past, side, rng)
        content = None
        if source.same_place:
            size = (_RASTER, _RASTER)
            small = cv2.resize(source.photo, size, interpolation=cv2.INTER_AREA)
            content = np.asarray(small, np.uint8)
        shift = np.zeros(3, np.float32)
        if not source.same_place and rng.random() < 0.4:
            apart = photo[::8, ::8].mean((0, 1)) - source.photo[::8, ::8].mean((0, 1))
            shift = np.asarray(rng.uniform(0.3, 1) * apart, np.float32)
        softness = float(rng.uniform(0.5, 3)) if rng.random() < 0.6 else 0.0
        count = _MASKS if large else 1
        masks = [draw_mask(_RASTER, rng, content, _WIDE_AREA) for _ in range(count)]
        mask = max(masks, key=lambda mask: float(mask.mean()))
        return _Scene(mask, softness, source, shift)

    def _choose_version(self, rng: Generator, side: int, past: Past) -> tuple[RGB, RGB, Past]:
        """A photo, what a network made of it, and a past for both."""
        chosen = self.versions[int(rng.integers(len(self.versions)))]
        photo = _photo(chosen.photo)
        rewritten = _photo(chosen.rewritten[int(rng.integers(len(chosen.rewritten)))])
        if rewritten.shape != photo.shape:
            raise DatasetError(f"{chosen.photo.parent} holds pictures of different sizes")
        if min(photo.shape[:2]) < past.source_side(side):
            # One pixel less than there are: the side of the window is rounded up.
            past = replace(past, scale=(side + 8) / (min(photo.shape[:2]) - 1), angle=0.0)
        return photo, rewritten, past

    def _choose(self, rng: Generator, side: int, past: Past) -> tuple[RGB, Past]:
        """A photo large enough for a past, which is left at its scale if none is."""
        trouble = "all are too small"
        for attempt in range(_PATIENCE):
            file = self.photos[int(rng.integers(len(self.photos)))]
            if attempt > _PATIENCE // 2:
                past = replace(past, scale=1.0, angle=0.0)
            needed = past.source_side(side)
            if self._sides.get(file, needed) < needed:
                continue
            try:
                photo = _photo(file)
            except ExhibitError as error:
                trouble = f"{file.name}: {error}"
                continue
            self._sides[file] = min(photo.shape[:2])
            if self._sides[file] >= needed:
                return photo, past
        raise DatasetError(
            f"{_PATIENCE} photos in a row give no mosaic of {side} pixels; {trouble}"
        )


def _draw_delivery(rng: Generator) -> Callable[[RGB], RGB]:
    """Draw how the group is sent: as it is, or as JPEG, twice as JPEG, or as WebP."""
    kind = rng.random()
    qualities = [int(q) for q in rng.integers(55, 100, 2)]
    subsampled = bool(rng.random() < 0.6)

    def deliver(rgb: RGB) -> RGB:
        if kind < 0.25:
            return rgb
        if kind < 0.32:
            bgr = cv2.cvtColor(rgb, cv2.COLOR_RGB2BGR)
            data = cv2.imencode(".webp", bgr, [cv2.IMWRITE_WEBP_QUALITY, qualities[0]])[1]
            return open_exhibit(bytes(data.tobytes())).rgb
        for quality in qualities[: 1 if kind < 0.85 else 2]:
            rgb = open_exhibit(recompress(rgb, quality, subsampled=subsampled)).rgb
        return rgb

    return deliver


def _mixed(rgb: RGB, inserted: NDArray[Any], mask: NDArray[np.float32]) -> RGB:
    soft = mask[..., None]
    return np.clip(np.rint(rgb * (1 - soft) + inserted * soft), 0, 255).astype(np.uint8)


def _paste(rgb: RGB, inserted: RGB, mask: NDArray[np.float32], rng: Generator) -> RGB:
    """Mix two pictures along a mask, in some cases after the colours were made to agree."""
    kind = rng.random()
    inside = mask > 0.5
    if kind < 0.1:
        hard = np.pad((inside * 255).astype(np.uint8)[2:-2, 2:-2], 2)
        ys, xs = np.nonzero(hard)
        # OpenCV fails on masks of a few pixels.
        if len(ys) and min(np.ptp(ys), np.ptp(xs)) >= 8:
            # It puts the middle of the mask's box here: nothing moves.
            centre = (int(xs.min() + xs.max() + 1) // 2, int(ys.min() + ys.max() + 1) // 2)
            blended = cv2.seamlessClone(inserted, rgb, hard, centre, cv2.NORMAL_CLONE)
            return _mixed(rgb, blended, mask)
    pasted = inserted.astype(np.float32)
    if kind < 0.5 and inside.any():
        shift = rgb.mean((0, 1)) - pasted[inside].mean(0)
        pasted = pasted + np.float32(rng.uniform(0.3, 1)) * shift.astype(np.float32)
    return _mixed(rgb, pasted, mask)


def _fill(
    rgb: RGB, mask: NDArray[np.float32], past: Past, rng: Generator
) -> tuple[RGB, NDArray[np.float32], Past]:
    """Cover a place with what lies beside it: cloned, in-painted or smeared."""
    kind = rng.random()
    if kind < 0.5:
        turn = rng.uniform(0, 2 * np.pi)
        far = float(rng.uniform(0.08, 0.4)) * len(rgb)
        move = (round(far * np.sin(turn)), round(far * np.cos(turn)))
        beside = cv2.warpAffine(
            rgb,
            np.array([[1, 0, move[1]], [0, 1, move[0]]], np.float64),
            rgb.shape[1::-1],
            flags=cv2.INTER_NEAREST,
            borderMode=cv2.BORDER_REFLECT,
        )
        # The block grid moves with its pixels.
        grid = ((past.offset[0] - move[0]) % 8, (past.offset[1] - move[1]) % 8)
        return _mixed(rgb, beside, mask), mask, replace(past, offset=grid)
    if kind < 0.8:
        # In-painting is slow and seen at a glance where much is filled: an eighth of the area.
        small = cv2.erode(mask, np.ones((3, 3), np.uint8), iterations=round(len(rgb) / 24))
        mask = np.asarray(small, np.float32) if (small > 0.5).any() else mask
        hole = (mask > 0.5).astype(np.uint8)
        method = cv2.INPAINT_TELEA if rng.random() < 0.5 else cv2.INPAINT_NS
        filled = cv2.inpaint(rgb, hole, float(rng.integers(2, 6)), method)
    else:
        filled = cv2.GaussianBlur(rgb, (0, 0), float(rng.uniform(2, 8)))
    noise = float(rng.uniform(0, 3)) if rng.random() < 0.3 else 0.0
    grain = rng.standard_normal(rgb.shape, np.float32) * np.float32(noise)
    smooth = replace(past, blur=2.0, noise=noise, quality=0)
    return _mixed(rgb, filled + grain, mask), mask, smooth


def _empty(size: int, group: int, *, together: bool) -> Batch:
    cells, steps = size // MAP_STRIDE, size // HISTORY_STRIDE
    return Batch(
        np.zeros((group, size, size, 3), np.uint8),
        np.zeros((group, 1, cells, cells), np.float32),
        np.ones((group, 1, cells, cells), np.float32),
        np.zeros(group, np.float32),
        np.full(group, together),
        np.zeros((group, HISTORY, steps, steps), np.float32),
    )


def _extent(photo: RGB, side: float, rng: Generator) -> tuple[slice, slice]:
    """A part of a photo with about such sides, or its own where it has less, on its block grid."""
    sides = [min(n, int(side)) for n in photo.shape[:2]]
    tops = [
        int(rng.integers((n - m) // 8 + 1)) * 8 for n, m in zip(photo.shape, sides, strict=False)
    ]
    return slice(tops[0], tops[0] + sides[0]), slice(tops[1], tops[1] + sides[1])


def _window(photo: RGB, side: int, rng: Generator) -> tuple[slice, slice]:
    top, left = (int(rng.integers((n - side) // 8 + 1)) * 8 for n in photo.shape[:2])
    return slice(top, top + side), slice(left, left + side)


def _shrink(plane: NDArray[np.float32], cells: int) -> NDArray[np.float32]:
    return np.asarray(cv2.resize(plane, (cells, cells), interpolation=cv2.INTER_AREA), np.float32)
