"""Crops to train on, drawn by number: the same number gives the same crops, whatever came before.

So the state of the data is one integer, and a resumed training sees what an uninterrupted one
would have seen.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import count, islice
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from locard.bench.datasets import DatasetError, Item, MaskRule, open_dataset, refuse_reserved
from locard.degrade.delivery import recompress
from locard.exhibit import ExhibitError, open_exhibit
from locard.methods import Question
from locard.nets.localizer import HISTORY, HISTORY_STRIDE, MAP_STRIDE
from locard.train.config import SamplingConfig, SetConfig

RGB = NDArray[np.uint8]
Generator = np.random.Generator

# A mask over more of a picture than this is an operation on all of it: there is no "where".
_WHOLE = 0.9
# Edited part of a crop below which it counts neither as edited nor as authentic.
SPECK = 0.002
# Edited part that a crop placed on the edit should have.
SHARES = (0.02, 0.7)
_ATTEMPTS = 8
# Part of the groups whose crops end before their side, and by how many pixels at most.
_SHORT = 0.25
_MISSING = 31
# Pictures in a row that give no crops before the sets are taken to be unusable.
_PATIENCE = 200


@dataclass(frozen=True, slots=True)
class Batch:
    """Crops of one step; those of a picture follow each other.

    Attributes:
        rgb: uint8, N × size × size × 3.
        mask: float32, N × 1 × size/4 × size/4: edited share of each cell.
        sure: float32, same shape: how far the mask is to be trusted there.
        edited: float32, N: 1, 0, or NaN for neither.
        together: bool, N: whether crops of its picture see each other.
        history: float32, N × HISTORY × size/8 × size/8: what each place went through, see
            `locard.train.mosaics.Past.figures`; NaN where it is not known.
        taught: float32, N × T × C: the backbone's projected tokens, NaN for crops that it has not
            read, or None for none.
    """

    rgb: RGB
    mask: NDArray[np.float32]
    sure: NDArray[np.float32]
    edited: NDArray[np.float32]
    together: NDArray[np.bool_]
    history: NDArray[np.float32]
    taught: NDArray[np.float32] | None = None


def held_out(source: str, share: float) -> bool:
    """Whether a source is kept for validation; depends on its name alone."""
    digest = hashlib.sha256(source.encode()).digest()
    return int.from_bytes(digest[:8], "big") < share * 2**64


@dataclass(frozen=True, slots=True)
class Listed:
    """An item of a set and how often it is drawn."""

    item: Item
    weight: float


def list_items(
    sets: Sequence[SetConfig], share: float, skip: Sequence[str] = ()
) -> tuple[list[Listed], list[Listed]]:
    """Return the items of all sets for training and for validation, split by source.

    Items on generation, edited ones without a mask, and operations in ``skip`` are left out, and so
    is what would be trained on but has a piece of a source that is held out. (Of validation the
    host alone is sure to be held out: with all donors hardly a splice would be left.)

    Raises: DatasetError for a set that is reserved for evaluation, cannot be opened, or is empty.
    """
    training: list[Listed] = []
    validation: list[Listed] = []
    for wanted in sets:
        dataset = open_dataset(wanted.path, wanted.root)
        refuse_reserved(dataset)
        found = 0
        for item in dataset.items():
            if item.question is not Question.EDITED or item.operation in skip:
                continue
            if item.label == 1 and item.mask is None and not item.polygons:
                continue
            found += 1
            if held_out(item.source, share):
                validation.append(Listed(item, wanted.share))
            elif not any(held_out(donor, share) for donor in item.donors):
                training.append(Listed(item, wanted.share))
        if not found:
            raise DatasetError(f"{wanted.path}: no picture with a mask, and no authentic one")
    if not any(listed.item.label for listed in training):
        raise DatasetError("the sets hold no edited picture to train on")
    return training, validation


def read(item: Item) -> tuple[RGB, NDArray[np.uint8], NDArray[np.uint8]]:
    """Read picture, mask and certainty: height × width [× 3]; mask and certainty 0 to 255.

    Raises: DatasetError, ExhibitError for files that cannot be used.
    """
    rgb = open_exhibit(item.path).rgb
    shape = rgb.shape[:2]
    if item.label == 0:
        return rgb, np.zeros(shape, np.uint8), np.full(shape, 255, np.uint8)
    sure = np.full(shape, 255, np.uint8)
    if item.mask is not None and item.mask_rule is MaskRule.WHITE:
        # Kept soft, and read without the checks of an exhibit, which take as long as the picture.
        mask = _grey(item.mask)
        # Sets of `locard forge` say where their masks are sure.
        edges = item.mask.parent.parent / "edges" / item.mask.name
        if edges.is_file():
            sure = _grey(edges)
    else:
        edited = item.read_mask()
        mask = np.zeros((0, 0), np.uint8) if edited is None else edited * np.uint8(255)
    if mask.shape != shape or sure.shape != shape:
        raise DatasetError(f"the mask of {item.path.name} is missing or of another size")
    return rgb, mask, sure


def _grey(file: Path) -> NDArray[np.uint8]:
    found = cv2.imread(str(file), cv2.IMREAD_GRAYSCALE | cv2.IMREAD_IGNORE_ORIENTATION)
    if found is None:
        raise DatasetError(f"the mask {file.name} cannot be read")
    return np.asarray(found, np.uint8)


class CropSampler:
    """Draws groups of crops of one picture by their number."""

    def __init__(
        self, items: Sequence[Listed], sampling: SamplingConfig, size: int, group: int, seed: int
    ) -> None:
        self.sampling = sampling
        self.size = size
        self.group = group
        self.seed = seed
        self._classes: list[tuple[list[Item], NDArray[np.float64]]] = []
        for label in (0, 1):
            chosen = [listed for listed in items if listed.item.label == label]
            weights = np.array(
                [x.weight * sampling.weights.get(x.item.operation, 1.0) for x in chosen]
            )
            self._classes.append(([x.item for x in chosen], np.cumsum(weights)))

    def _draw_item(self, rng: Generator) -> Item:
        authentic, forged = self._classes
        use = authentic if authentic[0] and rng.random() < self.sampling.authentic else forged
        at = int(np.searchsorted(use[1], rng.random() * use[1][-1], side="right"))
        return use[0][min(at, len(use[0]) - 1)]

    def draw(self, number: int) -> Batch:
        """The crops of group ``number``.

        Raises: DatasetError when no picture can be used.
        """
        rng = np.random.default_rng([self.seed, number])
        trouble = ""
        for _ in range(_PATIENCE):
            item = self._draw_item(rng)
            try:
                found = self._crops(item, rng)
            except (DatasetError, ExhibitError) as error:
                trouble = f"{item.path.name}: {error}"
                continue
            if found is not None:
                return found
        raise DatasetError(
            f"{_PATIENCE} pictures in a row give no crop of {self.size} pixels"
            + (f"; the last that could not be read: {trouble}" if trouble else "")
        )

    def _crops(self, item: Item, rng: Generator) -> Batch | None:
        rgb, mask, sure = read(item)
        short = min(rgb.shape[:2])
        if short < self.size or (item.label and mask.mean() > 255 * _WHOLE):
            return None
        sampling = self.sampling
        scale = 1.0
        if rng.random() < sampling.resize:
            lowest = max(0.5, self.size / short)
            scale = float(np.exp(rng.uniform(np.log(lowest), np.log(1.5))))
        compress = rng.random() < (0.8 if scale != 1.0 else sampling.compress)
        quality = int(rng.integers(sampling.quality[0], sampling.quality[1] + 1))
        subsampled = bool(rng.random() < 0.6)
        flips = rng.random(2) < 0.5 if sampling.flip else np.zeros(2, bool)
        method = int(rng.choice([cv2.INTER_LINEAR, cv2.INTER_CUBIC, cv2.INTER_AREA]))
        together = bool(rng.random() >= sampling.alone)
        side = min(short, round(self.size / scale))
        crops: list[tuple[RGB, NDArray[Any], NDArray[Any]]] = []
        for place in range(self.group):
            wanted = place == 0 and item.label == 1 and rng.random() < sampling.forged
            top, left = self._place(mask, side, wanted, rng)
            window = (slice(top, top + side), slice(left, left + side))
            crop = rgb[window]
            if side != self.size:
                size = (self.size, self.size)
                crop = np.asarray(cv2.resize(crop, size, interpolation=method), np.uint8)
            if flips[0]:
                crop = crop[::-1]
            if flips[1]:
                crop = crop[:, ::-1]
            if compress:
                data = recompress(np.ascontiguousarray(crop), quality, subsampled=subsampled)
                crop = open_exhibit(data).rgb
            cells = []
            for plane in (mask, sure):
                cell = self._shrink(plane[window])
                cell = cell[::-1] if flips[0] else cell
                cells.append(cell[:, ::-1] if flips[1] else cell)
            crops.append((crop, cells[0], cells[1]))
        steps = self.size // HISTORY_STRIDE
        share = np.array([cell.mean() for _, cell, _ in crops])
        edited = np.where(share >= SPECK, 1.0, np.where(share > 0, np.nan, 0.0))
        return Batch(
            np.stack([np.ascontiguousarray(crop) for crop, _, _ in crops]),
            np.stack([cell[None] for _, cell, _ in crops]).astype(np.float32),
            np.stack([cell[None] for _, _, cell in crops]).astype(np.float32),
            edited.astype(np.float32),
            np.full(self.group, together),
            np.full((self.group, HISTORY, steps, steps), np.nan, np.float32),
        )

    def _shrink(self, plane: NDArray[np.uint8]) -> NDArray[np.float32]:
        cells = self.size // MAP_STRIDE
        small = cv2.resize(plane, (cells, cells), interpolation=cv2.INTER_AREA)
        return np.asarray(small, np.float32) / np.float32(255)

    def _place(
        self, mask: NDArray[np.uint8], side: int, wanted: bool, rng: Generator
    ) -> tuple[int, int]:
        """Top and left of a crop, multiples of 8; on the edit where ``wanted``."""
        room = [(length - side) // 8 for length in mask.shape]
        edited = np.flatnonzero(mask.ravel() >= 128) if wanted else np.empty(0, np.intp)
        if not edited.size:
            return int(rng.integers(room[0] + 1)) * 8, int(rng.integers(room[1] + 1)) * 8
        best, best_distance = (0, 0), np.inf
        for _ in range(_ATTEMPTS):
            pixel = int(edited[rng.integers(edited.size)])
            at = divmod(pixel, mask.shape[1])
            # Anywhere in the crop, the border included, so that no place in a crop is special.
            place = [
                int(np.clip((p - rng.integers(side)) // 8, 0, most))
                for p, most in zip(at, room, strict=True)
            ]
            top, left = 8 * place[0], 8 * place[1]
            share = float((mask[top : top + side : 4, left : left + side : 4] >= 128).mean())
            distance = max(SHARES[0] - share, share - SHARES[1], 0.0)
            if distance < best_distance:
                best, best_distance = (top, left), distance
            if distance == 0:
                break
        return best


def mirror_edges(batch: Batch, rng: Generator) -> None:
    """Let some groups end before their side, below and on the right, mirrored from there on.

    That is what the network is shown at run time where a side is not a multiple of 32; what lies
    beyond the picture says nothing, and must not look like an edit. A crop whose edit lay there
    counts neither as edited nor as authentic: what was there may be seen mirrored.
    """
    if rng.random() >= _SHORT:
        return
    for axis in (1, 2):
        size = batch.rgb.shape[axis]
        missing = int(rng.integers(1, _MISSING + 1)) if rng.random() < 0.8 else 0
        if not missing:
            continue
        kept = (slice(None),) * axis + (slice(size - missing, size),)
        from_ = (slice(None),) * axis + (slice(size - 2 * missing, size - missing),)
        batch.rgb[kept] = np.flip(batch.rgb[from_], axis)
        # A cell that is partly in the picture counts.
        cells = (slice(None),) * (axis + 1) + (slice(-(-(size - missing) // MAP_STRIDE), None),)
        batch.sure[cells] = 0
        steps = (slice(None),) * (axis + 1) + (slice((size - missing) // HISTORY_STRIDE, None),)
        batch.history[steps] = np.nan
    left = (batch.mask * batch.sure).mean(axis=(1, 2, 3))
    batch.edited[(batch.edited == 1) & (left < SPECK)] = np.nan


def _joined(groups: Sequence[Batch]) -> Batch:
    read = next((g.taught[0] for g in groups if g.taught is not None), None)
    taught = None
    if read is not None:
        unread = np.full((len(groups[0].rgb), *read.shape), np.nan, np.float32)
        taught = np.concatenate([unread if g.taught is None else g.taught for g in groups])
    return Batch(
        np.concatenate([g.rgb for g in groups]),
        np.concatenate([g.mask for g in groups]),
        np.concatenate([g.sure for g in groups]),
        np.concatenate([g.edited for g in groups]),
        np.concatenate([g.together for g in groups]),
        np.concatenate([g.history for g in groups]),
        taught,
    )


def batches(
    draw: Callable[[int], Batch], pictures: int, first: int, loaders: int
) -> Iterator[Batch]:
    """Stream batches of ``pictures`` groups each, from group ``first`` on, read ahead in threads.

    ``draw`` returns a group of crops of one picture by its number. Reading and resampling release
    the interpreter, so threads suffice.
    """
    pool = ThreadPoolExecutor(loaders, thread_name_prefix="crops")
    numbers = count(first)
    ahead = 4 * pictures
    waiting: list[Future[Batch]] = [pool.submit(draw, number) for number in islice(numbers, ahead)]
    try:
        while True:
            groups = [job.result() for job in waiting[:pictures]]
            del waiting[:pictures]
            waiting += [pool.submit(draw, number) for number in islice(numbers, pictures)]
            yield _joined(groups)
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def operation_of(item: Item) -> str:
    """What was done to an item: "" for authentic ones, "not named" where the set does not say."""
    return (item.operation or "not named") if item.label else ""


def choose_validation(items: Sequence[Listed], wanted: int) -> list[Item]:
    """Choose items for validation: operations take turns, a quarter of all authentic.

    The choice depends on the items alone.
    """

    def order(item: Item) -> bytes:
        return hashlib.sha256(str(item.path.name).encode()).digest()

    by_operation: dict[str, list[Item]] = {}
    for listed in items:
        by_operation.setdefault(operation_of(listed.item), []).append(listed.item)
    chosen = sorted(by_operation.pop("", []), key=order)[: max(1, wanted // 4)]
    turns = [sorted(by_operation[name], key=order) for name in sorted(by_operation)]
    number = Counter[int]()
    while turns and len(chosen) < wanted and sum(map(len, turns)) > sum(number.values()):
        for i, turn in enumerate(turns):
            if number[i] < len(turn) and len(chosen) < wanted:
                chosen.append(turn[number[i]])
                number[i] += 1
    return chosen
