"""Copy-move: a piece of a photo is pasted elsewhere in the same photo."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from locard.forge.contract import Forged, Parameter, Photo, Unsuitable, operation
from locard.forge.objects import Region, find_objects
from locard.forge.paste import (
    Floats,
    Scene,
    cut_out,
    even_patch,
    healed,
    overlay,
    surroundings,
    turned,
)
from locard.forge.regions import name_region

_PLACES = 40
_SMALLEST = 24


@operation(
    name="copy-move",
    group="copy-move",
    about="pastes one to three copies of an object or a patch of texture of the same photo",
    source="alpha compositing (Porter and Duff, 1984); affine copies as in CoMoFoD (Tralic, 2013)",
)
def copy_move(host: Photo, donors: Sequence[Photo], rng: np.random.Generator) -> Forged:
    """Copy an object, or a patch with a wide soft edge, to where the ground looks alike."""
    height, width = host.rgb.shape[:2]
    if min(height, width) < 96:
        raise Unsuitable("the photo is smaller than 96 pixels")
    objects = [r for r in find_objects(host) if min(r.box[2:]) >= _SMALLEST]
    if objects and rng.random() < 0.85:
        weights = np.array([r.score for r in objects]) ** 2
        region = objects[int(rng.choice(len(objects), p=weights / weights.sum()))]
    else:
        region = even_patch(rng, host.rgb, (0.01, 0.05))
    copies = int(rng.choice([1, 1, 1, 2, 3])) if region.is_object else 1
    scene = Scene.of(host.rgb)
    ground = surroundings(host.rgb, region) if region.is_object else scene.box(*region.box)[0]
    lifted = cut_out(host.rgb, region)
    picture, mask = host.rgb.copy(), np.zeros((height, width), np.float32)
    taken = [region.box]
    boxes: list[int] = []
    steps: list[float] = []
    for _ in range(copies):
        scale = float(rng.choice([1.0, round(float(rng.uniform(0.7, 1.2)), 3)]))
        angle = float(rng.choice([0.0, 0.0, round(float(rng.uniform(-12, 12)), 2)]))
        if not region.is_object:
            angle = float(rng.choice([0.0, round(float(rng.uniform(-180, 180)), 2)]))
        piece = turned(lifted, scale, angle, bool(rng.random() < 0.4))
        high, wide = piece.matte.shape
        spot = _place(scene, ground, region, (wide, high), (width, height), taken, rng)
        if spot is None:
            continue
        x, y = spot
        if not region.is_object:
            piece = healed(piece, host.rgb, x, y)
        matte = piece.matte.copy()
        matte[matte < 0.5 / 255] = 0
        overlay(picture, mask, piece.rgb, matte, x, y)
        taken.append((x, y, wide, high))
        boxes += [x, y, wide, high]
        steps += [scale, angle]
    if not boxes:
        raise Unsuitable("the photo has no room for a copy beside the original")
    count = len(boxes) // 4
    what = "an object" if region.is_object else "a patch of texture"
    times = "" if count == 1 else f" {count} times"
    source = region.drawn(height, width)
    parameters: dict[str, Parameter] = {
        "object": region.found,
        "object_score": round(region.score, 3),
        "source_box": list(region.box),
        "copy_boxes": boxes,
        "scales_and_angles": steps,
    }
    where = name_region(mask) if count == 1 else "to other places"
    return Forged(
        picture,
        mask,
        parameters,
        f"{what} {name_region(source)} was copied{times} and pasted {where}"
        if count == 1
        else f"{what} {name_region(source)} was copied and pasted{times}",
        source=source,
    )


def _place(
    scene: Scene,
    ground: Floats,
    region: Region,
    piece: tuple[int, int],
    size: tuple[int, int],
    taken: list[tuple[int, int, int, int]],
    rng: np.random.Generator,
) -> tuple[int, int] | None:
    """Choose a place off the original and the other copies, on ground of a like colour."""
    (wide, high), (width, height) = piece, size
    if wide >= width or high >= height:
        return None
    foot = region.box[1] + region.box[3]
    best = None
    for _ in range(_PLACES):
        x = int(rng.integers(0, width - wide))
        y = int(np.clip(foot + rng.normal(0, 0.12 * height) - high, 0, height - high))
        apart = all(
            x >= left + 0.95 * w or left >= x + 0.95 * wide
            or y >= top + 0.95 * h or top >= y + 0.95 * high
            for left, top, w, h in taken
        )  # fmt: skip
        if not apart:
            continue
        below, _ = scene.box(x - 0.15 * wide, y + 0.5 * high, 1.3 * wide, 0.65 * high)
        _, clutter = scene.box(x, y, wide, high)
        cost = float(np.linalg.norm(below - ground)) / 12 + clutter / 25
        if best is None or cost < best[0]:
            best = (cost, x, y)
    return None if best is None else best[1:]
