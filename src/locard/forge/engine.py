"""The engine: from folders of photos to a set of forgeries, item by item.

An item depends on the seed, its number and the photos (by hash) alone, so that any number of
processes makes the same bytes, and an interrupted set goes on where it stopped.
"""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from locard.degrade import Chain, Delivered, Recipes, Step, degrade, find_perturbation, load_recipes
from locard.degrade.encoding import encode_png
from locard.exhibit import ExhibitError, open_exhibit
from locard.exhibit.orientation import turn
from locard.forge.contract import RGB, Forged, Matte, Operation, Photo, Unsuitable, list_operations
from locard.forge.record import MaskFigures, Record, Source, mask_regions
from locard.forge.regions import bounds
from locard.forge.tools import Tools, digest, foreground, use

PHOTO_SUFFIXES = frozenset(
    (".jpg", ".jpeg", ".png", ".tif", ".tiff", ".webp", ".bmp", ".heic", ".heif", ".avif")
)
COLUMNS = ("path", "label", "mask", "source", "donors", "operation", "delivery", "split")

_SUFFIX = {"JPEG": "jpg", "PNG": "png", "WEBP": "webp", "AVIF": "avif", "HEIF": "heic"}
_PLAN = "plan.json"
# Shorter side in pixels below which a photo is left out.
_SMALLEST_SIDE = 128
# Histories that a photo has within a set: few enough that a process meets them again.
_LIVES = 4
# Donors come from the next photos of the shuffled list, which a process has decoded already.
_NEIGHBOURS = 12
# Attempts at an item, and how many of them at most are on the same host.
_ATTEMPTS = 18
_TRIES = 3
# Mean change of a channel in grey levels below which a mask would mark nothing to be found.
_LEAST_CHANGE = 1.0


class PhotoFile(BaseModel):
    """A photo that forgeries are made of: where it is and the hash of its bytes."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    path: str
    sha256: str


class Plan(BaseModel):
    """What a set of forgeries is made of; kept as ``plan.json`` in its folder.

    Attributes:
        photos: sorted by hash; no two alike.
        operations: names, which take turns.
        megapixels: size of the window that is cut out of larger hosts.
        recipes: YAML of histories and deliveries, or None for the shipped ones.
        authentic: whether every forgery has an authentic twin.
        tools: networks that the user gave.
        digests: SHA-256 by path of the files among them, of the recipes too; `save_plan` fills it
            in, so that a set does not go on with other ones of the same name.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    photos: tuple[PhotoFile, ...]
    operations: tuple[str, ...]
    seed: int
    megapixels: float
    recipes: str | None
    authentic: bool
    tools: Tools
    digests: dict[str, str] = {}


@dataclass(frozen=True, slots=True)
class Made:
    """What became of one item.

    Attributes:
        skipped: one sentence why there is no such item, else None.
        trouble: sentences about photos that could not be used on the way.
    """

    skipped: str | None = None
    trouble: tuple[str, ...] = ()


def find_photos(folders: Sequence[Path]) -> tuple[list[PhotoFile], list[str]]:
    """List the photos below some folders, once each, sorted by hash.

    What lies in a set of forgeries is no photo: a set may be made beside the photos, and go on.

    Returns: the photos, and one sentence for each file or folder that gives none.
    """
    photos: dict[str, PhotoFile] = {}
    trouble = []
    for folder in folders:
        files = [folder] if folder.is_file() else sorted(p for p in folder.rglob("*"))
        sets = {p.parent for p in files if p.name == _PLAN and (p.parent / "records").is_dir()}
        found = False
        for file in files:
            if file.suffix.lower() not in PHOTO_SUFFIXES or not file.is_file():
                continue
            if sets and not sets.isdisjoint(file.parents):
                continue
            found = True
            try:
                sha256 = digest(file)
            except OSError as error:
                trouble.append(f"{file.name} cannot be read ({error.strerror})")
                continue
            photos.setdefault(sha256, PhotoFile(path=str(file), sha256=sha256))
        if not found:
            but = ", only a set of forgeries" if sets else ""
            trouble.append(f"there is no photo in {folder}{but}")
    return [photos[sha256] for sha256 in sorted(photos)], trouble


def choose_operations(names: Sequence[str] | None) -> tuple[Operation, ...]:
    """Look operations up by name; all that run by default for None.

    Raises: ValueError for an unknown name, with all the names.
    """
    known = {operation.name: operation for operation in list_operations()}
    if names is None:
        return tuple(o for o in known.values() if o.default)
    unknown = [name for name in names if name not in known]
    if unknown:
        raise ValueError(f"there is no operation {unknown[0]!r}; one of {', '.join(known)}")
    return tuple(known[name] for name in names)


def save_plan(plan: Plan, out: Path) -> None:
    """Begin a set in a folder, or go on with the one that is there.

    Raises: ValueError when the folder holds a set with another plan, or other files.
    """
    file = out / _PLAN
    given = [*([plan.recipes] if plan.recipes else []), *plan.tools.files()]
    digests = {path: digest(path) for path in given}
    text = plan.model_copy(update={"digests": digests}).model_dump_json(indent=1)
    if file.exists():
        if file.read_text(encoding="utf-8") != text:
            raise ValueError(
                f"{out} holds a set made of other photos or options; choose another --out"
            )
        return
    if out.exists() and any(out.iterdir()):
        raise ValueError(f"{out} is not empty; choose another --out")
    for name in ("pictures", "masks", "edges", "records"):
        (out / name).mkdir(parents=True, exist_ok=True)
    _write(file, text.encode())


@cache
def _load_plan(out: str) -> tuple[Plan, Recipes, tuple[int, ...]]:
    plan = Plan.model_validate_json((Path(out) / _PLAN).read_bytes())
    recipes = load_recipes(Path(plan.recipes) if plan.recipes else None)
    order = np.random.default_rng([plan.seed, 1]).permutation(len(plan.photos))
    use(plan.tools)
    return plan, recipes, tuple(order.tolist())


def is_made(number: int, out: Path) -> bool:
    """Whether an item is complete: its record is written last."""
    return (out / "records" / f"{number:06d}.json").is_file()


def make_item(number: int, out: str) -> Made:
    """Make one item of the set planned in a folder; runs in any process."""
    plan, recipes, order = _load_plan(out)
    if is_made(number, Path(out)):
        return Made()
    operations = choose_operations(plan.operations)
    operation = operations[number % len(operations)]
    trouble: list[str] = []
    given_up: list[str] = []
    for attempt in range(_ATTEMPTS):
        rng = np.random.default_rng([plan.seed, 2, number, attempt])
        try:
            _attempt(
                number, attempt, plan, recipes, order, operation, rng, Path(out), given_up, trouble
            )
        except ExhibitError as error:
            trouble.append(str(error))
            given_up.append(str(error))
        except Unsuitable as error:
            given_up.append(str(error))
        else:
            return Made(trouble=tuple(trouble))
    reasons = "; ".join(dict.fromkeys(given_up))
    return Made(f"no photo suited {operation.name}: {reasons}", tuple(trouble))


def _attempt(
    number: int,
    attempt: int,
    plan: Plan,
    recipes: Recipes,
    order: tuple[int, ...],
    operation: Operation,
    rng: np.random.Generator,
    out: Path,
    given_up: list[str],
    trouble: list[str],
) -> None:
    count = len(order)
    near = min(_NEIGHBOURS, count - 1)
    if operation.donors and not near:
        raise Unsuitable("there is no other photo to take anything from")
    # The same host as long as there are donors that it has not been offered; what it does not suit
    # without any it hardly ever suits the next time.
    tries = min(_TRIES, max(1, near // operation.donors)) if operation.donors else 1
    host_number, offer = divmod(attempt, tries)
    draw = np.random.default_rng([plan.seed, 4, number, host_number])
    around = [(number + step) % count for step in range(near + 1)]
    place = around[0]
    life = own_life = (number // count) % _LIVES
    if host_number and near:
        # In an order of its own, or what suits anything would stand in for all before it. With a
        # history that no other item gives it: no host, and no twin, is in a set twice.
        again, next_ = divmod(host_number - 1, near)
        steps = np.random.default_rng([plan.seed, 7, number]).permutation(near)
        step = 1 + int(steps[next_])
        place = around[step]
        own_life = life + _LIVES * (step + near * again)
    donors, donor_sources = [], []
    others = [other for other in around if other != place]
    offered = slice(offer * operation.donors, (offer + 1) * operation.donors)
    for chosen in draw.permutation(near)[offered]:
        try:
            donor, source = _photo(out, order[others[chosen]], life)
        except ExhibitError as error:
            trouble.append(str(error))
            continue
        donors.append(donor)
        donor_sources.append(source)
    if operation.donors and not donors:
        raise Unsuitable("none of the other photos can be used")
    try:
        if own_life != life:
            # What was reached for seldom suits. With the history that it has elsewhere in the set
            # it is there already, and asked first it need not be given another one.
            operation.run(_photo(out, order[place], life)[0], donors, deepcopy(rng))
        host, host_source = _photo(out, order[place], own_life)
        forged = operation.run(host, donors, rng)
    except cv2.error as error:
        raise Unsuitable(f"OpenCV failed ({error.err})") from None
    mean_change, same = _compare(host.rgb, forged)
    chain = recipes.draw_delivery(rng)
    seed = int(rng.integers(2**62))
    twin = None
    try:
        delivered = degrade(forged.rgb, chain, seed=seed, mask=forged.mask)
        if plan.authentic:
            twin = degrade(host.rgb, chain, seed=seed)
            if twin.steps != delivered.steps:
                # One was too large for the service and got a lower quality, which would tell them
                # apart: both get the lower one.
                chain = _lower(delivered, twin)
                delivered = degrade(forged.rgb, chain, seed=seed, mask=forged.mask)
                twin = degrade(host.rgb, chain, seed=seed)
    except ValueError as error:
        raise Unsuitable(f"the delivery failed: {error}") from None
    mask = delivered.mask
    if mask is None or float(mask.max()) < 0.5:
        raise Unsuitable("nothing of the forgery is left in the delivered picture")
    edges = _edges(mask, _carry(same, delivered))
    stem = f"{number:06d}"
    suffix = _SUFFIX[delivered.format or "PNG"]
    files = {
        f"pictures/{stem}.{suffix}": _data(delivered),
        f"masks/{stem}.png": _grey_png(mask),
        f"edges/{stem}.png": _grey_png(edges),
    }
    copied_from = authentic = None
    if forged.source is not None:
        copied_from = f"masks/{stem}-source.png"
        files[copied_from] = _grey_png(_carry(forged.source, delivered))
    if twin is not None:
        alike = (delivered.size, delivered.format, delivered.steps)
        if (twin.size, twin.format, twin.steps) != alike:
            raise Unsuitable("the delivery depends on the picture")
        authentic = f"pictures/{stem}-authentic.{suffix}"
        files[authentic] = _data(twin)
    changed = mask > 0.5 / 255
    record = Record(
        item=number,
        seed=plan.seed,
        operation=operation.name,
        group=operation.group,
        says=forged.says,
        parameters=dict(forged.parameters),
        picture=f"pictures/{stem}.{suffix}",
        mask=f"masks/{stem}.png",
        edges=f"edges/{stem}.png",
        copied_from=copied_from,
        authentic=authentic,
        regions=mask_regions(mask),
        figures=MaskFigures(
            share=round(float(mask.mean()), 6),
            soft=round(float((mask[changed] < 1 - 0.5 / 255).mean()), 4),
            unreliable=round(float((edges < 0.5).mean()), 6),
            mean_change=round(mean_change, 2),
        ),
        sources=(host_source, *(_as_donor(donor_sources[i]) for i in forged.donors)),
        delivery=delivered.steps,
        width=mask.shape[1],
        height=mask.shape[0],
        given_up=tuple(given_up),
    )
    for name, data in files.items():
        _write(out / name, data)
    _write(
        out / "records" / f"{stem}.json", record.model_dump_json(indent=1, by_alias=True).encode()
    )


def _lower(one: Delivered, other: Delivered) -> Chain:
    """Return the steps of both, at the lower quality where theirs differ."""
    steps = []
    for step, twin in zip(one.steps, other.steps, strict=True):
        params = dict(step["params"])
        if "quality" in params:
            params["quality"] = min(params["quality"], twin["params"]["quality"])
        steps.append(Step(name=step["name"], severity=step["severity"], params=params))
    return tuple(steps)


def _as_donor(source: Source) -> Source:
    return source.model_copy(update={"role": "donor"})


@lru_cache(maxsize=3 * _NEIGHBOURS)
def _photo(out: Path, index: int, life: int) -> tuple[Photo, Source]:
    """Give a window of a photo one of its histories.

    Raises: ExhibitError when it cannot be read or is too small.
    """
    plan, recipes, _ = _load_plan(str(out))
    photo, source = _cut(out, index, life % _LIVES)
    rng = np.random.default_rng([plan.seed, 3, int(photo.sha256[:15], 16), life])
    try:
        lived = degrade(photo.rgb, recipes.draw_history(rng), seed=rng, mask=photo.foreground)
    except ValueError as error:
        raise ExhibitError(f"{photo.name}: {error}") from None
    if min(lived.rgb.shape[:2]) < _SMALLEST_SIDE:
        raise ExhibitError(f"{photo.name} is too small after its history")
    return (
        replace(photo, rgb=lived.rgb, foreground=lived.mask),
        source.model_copy(update={"history": lived.steps}),
    )


@lru_cache(maxsize=2 * _NEIGHBOURS)
def _cut(out: Path, index: int, life: int) -> tuple[Photo, Source]:
    """Open a photo and cut one of its windows out of it; every `_LIVES`th history has the same.

    Raises: ExhibitError when it cannot be read or is too small.
    """
    plan, _, _ = _load_plan(str(out))
    file = plan.photos[index]
    name = Path(file.path).name
    rng = np.random.default_rng([plan.seed, 6, int(file.sha256[:15], 16), life])
    try:
        exhibit = open_exhibit(file.path)
    except ExhibitError as error:
        raise ExhibitError(f"{name}: {error}") from None
    if exhibit.sha256 != file.sha256:
        raise ExhibitError(f"{name} has changed since the set was planned")
    upright = np.ascontiguousarray(turn(exhibit.rgb, exhibit.metadata.orientation))
    height, width = upright.shape[:2]
    if min(height, width) < _SMALLEST_SIDE:
        raise ExhibitError(f"{name} is too small ({width} × {height} pixels)")
    window, scale = _window(rng, height, width, plan.megapixels * 1e6)
    x, y, w, h = window
    rgb: RGB = np.ascontiguousarray(upright[y : y + h, x : x + w])
    if scale < 1:
        size = (round(w * scale), round(h * scale))
        rgb = np.asarray(cv2.resize(rgb, size, interpolation=cv2.INTER_AREA), np.uint8)
    map_ = foreground(upright, file.sha256)
    if map_ is not None:
        map_ = _windowed(map_, window, (height, width), (rgb.shape[1], rgb.shape[0]))
    source = Source(
        role="host",
        name=name,
        sha256=file.sha256,
        width=width,
        height=height,
        window=window,
        scale=round(scale, 5),
        history=(),
    )
    return Photo(rgb, file.sha256, name, map_), source


def _windowed(
    map_: Matte, window: tuple[int, int, int, int], photo: tuple[int, int], size: tuple[int, int]
) -> Matte:
    """Cut the window out of a smaller map of a photo (height, width); size is (width, height)."""
    x, y, w, h = window
    across, down = map_.shape[1] / photo[1], map_.shape[0] / photo[0]
    # Pixel centres correspond: what is at u in the window is at (u + 0.5) · step - 0.5 in the map.
    step_x, step_y = across * w / size[0], down * h / size[1]
    place = np.array(
        [[step_x, 0, x * across + step_x / 2 - 0.5], [0, step_y, y * down + step_y / 2 - 0.5]]
    )
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    out = cv2.warpAffine(map_, place, size, flags=flags, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(out, np.float32)


def _window(
    rng: np.random.Generator, height: int, width: int, pixels: float
) -> tuple[tuple[int, int, int, int], float]:
    """Choose what of a photo is used: x, y, width, height, and the scale it is shrunk by.

    A third each: the whole photo shrunk, as services do; a window at full resolution, which keeps
    every trace of the camera; something in between. Windows start on the grid of 8 × 8 pixels.
    """
    full = float(np.sqrt(pixels / (height * width)))
    if full >= 1:
        return (0, 0, width, height), 1.0
    kind = rng.integers(3)
    scale = (full, 1.0, float(np.exp(rng.uniform(np.log(full), 0.0))))[kind]
    part = full / scale
    w, h = min(width, round(width * part)), min(height, round(height * part))
    x = int(rng.integers(0, width - w + 1)) // 8 * 8
    y = int(rng.integers(0, height - h + 1)) // 8 * 8
    return (x, y, w, h), scale


def _compare(host: RGB, forged: Forged) -> tuple[float, Matte]:
    """Measure the change within the mask and mark where the forgery equals the host.

    Returns: the mean change of a channel in grey levels, and 1 where the pixels say which is which
        and 0 where they do not, float32, height × width.

    Raises: Unsuitable when the mask is empty or nothing visible changed.
    """
    inside = forged.mask >= 0.5
    if not inside.any():
        raise Unsuitable("the mask would be empty")
    ys, xs = np.flatnonzero(inside.any(axis=1)), np.flatnonzero(inside.any(axis=0))
    box = (slice(int(ys[0]), int(ys[-1]) + 1), slice(int(xs[0]), int(xs[-1]) + 1))
    # A thirtieth of the time of a mean over so short an axis.
    apart = cv2.absdiff(host[box], forged.rgb[box]).astype(np.float32)
    change = cv2.transform(apart, np.ones((1, 3), np.float32)) / np.float32(3)
    mean_change = float(change[inside[box]].mean())
    if mean_change < _LEAST_CHANGE:
        raise Unsuitable("the forgery would not differ visibly from the photo")
    differs = np.ones(host.shape[:2], np.float32)
    near = cv2.blur(change, (7, 7))
    differs[box][inside[box] & (near < 0.5)] = 0
    return mean_change, differs


def _edges(mask: Matte, differs: Matte) -> Matte:
    """Reliability of the mask, 0 to 1: low where it is between 0 and 1, and next to its edge."""
    around = bounds(mask, margin=2)  # Elsewhere the mask is zero, and that is sure.
    sure = np.abs(2 * mask[around] - 1)
    # The lesser of a pixel and its neighbours, since resampling moves an edge by half a pixel.
    sure = cv2.erode(sure, np.ones((3, 3), np.uint8))
    inside = (mask[around] > 0.5).astype(np.uint8)
    rim = cv2.morphologyEx(inside, cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8)) > 0
    sure[rim] = np.minimum(sure[rim], 0.25)
    edges = differs.copy()
    edges[around] *= np.clip(sure, 0, 1)
    return edges


def _carry(map_: Matte, delivered: Delivered) -> Matte:
    """Move a map as a delivery moved the pixels.

    The recorded steps that move pixels are replayed on an even picture, which costs little.
    """
    moves = tuple(Step(**s) for s in delivered.steps if find_perturbation(s["name"]).moves)
    if not moves:
        return map_
    even = np.full((*map_.shape, 3), 127, np.uint8)
    moved = degrade(even, moves, seed=0, mask=map_).mask
    if moved is None or moved.shape != delivered.size:
        raise Unsuitable("the delivery depends on the picture")
    return moved


def _data(delivered: Delivered) -> bytes:
    return delivered.data if delivered.data is not None else encode_png(delivered.rgb)


def _grey_png(map_: NDArray[np.floating[Any]]) -> bytes:
    levels = cv2.convertScaleAbs(map_, alpha=255)
    # Without a filter, flat areas compress as well and take a quarter of the time.
    options = [cv2.IMWRITE_PNG_COMPRESSION, 1, cv2.IMWRITE_PNG_FILTER, cv2.IMWRITE_PNG_FILTER_NONE]
    return bytes(cv2.imencode(".png", levels, options)[1].tobytes())


def _write(file: Path, data: bytes) -> None:
    """Write through a temporary name: a file is whole or absent."""
    temporary = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        temporary.write_bytes(data)
        os.replace(temporary, file)
    finally:
        temporary.unlink(missing_ok=True)


def records(out: Path) -> Iterator[Record]:
    """Read the records of a set in order."""
    for file in sorted((out / "records").glob("[0-9]*.json")):
        yield Record.model_validate_json(file.read_bytes())


def write_index(out: Path) -> int:
    """Write ``index.csv`` from the records; returns the number of pictures in it."""
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    writer.writeheader()
    rows = [row for record in records(out) for row in record.rows()]
    writer.writerows(rows)
    _write(out / "index.csv", text.getvalue().encode())
    return len(rows)
