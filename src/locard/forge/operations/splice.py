"""Splicing: an object of another photo is pasted into this one."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from locard.forge.contract import Forged, Parameter, Photo, Unsuitable, operation
from locard.forge.objects import Region, find_objects
from locard.forge.paste import (
    Floats,
    Scene,
    contact_shadow,
    cut_out,
    even_patch,
    focused_like,
    grain,
    healed,
    matched,
    overlay,
    surroundings,
    turned,
    with_grain,
)
from locard.forge.regions import name_region

# Side of a pasted object in pixels below which nobody would look at it.
_SMALLEST = 32
_PLACES = 32
# Cost of a place above which the paste would look absurd, see `_place`.
_LARGEST_COST = 2.8

# Cost, scale, x, y, and how much the ground differs there, in units of 8-bit Lab.
Place = tuple[float, float, int, int, float]


@operation(
    name="splice",
    group="splice",
    about="pastes an object cut out of another photo, more or less carefully matched",
    source="alpha compositing (Porter and Duff, 1984), colour transfer (Reinhard et al., 2001)",
    donors=6,
)
def splice(host: Photo, donors: Sequence[Photo], rng: np.random.Generator) -> Forged:
    """Paste an object of one of the donors.

    The pair of object and place is chosen for its plausibility: at about the height and size that
    the object had in its own photo, on ground of about the same colour, where not much is in the
    way. Every step of care is drawn, so that some forgeries are careful and some are not.
    """
    height, width = host.rgb.shape[:2]
    number, region, (_, scale, x, y, clash) = _choose(host, donors, rng)
    donor = donors[number]
    careful = float(rng.random())
    angle = float(rng.choice([0.0, 0.0, round(float(rng.uniform(-8, 8)), 2)]))
    flip = bool(rng.random() < 0.5)
    piece = turned(cut_out(donor.rgb, region), scale, angle, flip)
    parameters: dict[str, Parameter] = {
        "object": region.found,
        "object_score": round(region.score, 3),
        "object_box": list(region.box),
        "scale": round(scale, 4),
        "angle": angle,
        "flip": flip,
        "ground_difference": round(clash, 1),
    }
    strength = round(float(rng.uniform(0.3, 0.75)), 3) if careful > 0.25 else 0.0
    if strength:
        piece = matched(piece, donor.rgb, host.rgb, strength)
    parameters["colour_transfer"] = strength
    rows = slice(max(0, y), min(height, y + piece.matte.shape[0]))
    columns = slice(max(0, x), min(width, x + piece.matte.shape[1]))
    blur = 0.0
    if careful > 0.4:
        piece, blur = focused_like(piece, host.rgb[rows, columns])
    parameters["blur_sigma"] = blur
    added = 0.0
    if careful > 0.55:
        own, wanted = grain(donor.rgb) * min(1.0, scale) / (1 + blur), grain(host.rgb)
        added = round(float(np.sqrt(max(0.0, wanted**2 - own**2))), 2)
        if added > 0.3:
            piece = with_grain(piece, min(added, 8.0), rng)
    parameters["grain_sigma"] = min(added, 8.0)
    if not region.is_object:
        piece = healed(piece, host.rgb, x, y)
    picture, mask = host.rgb.copy(), np.zeros((height, width), np.float32)
    standing = region.is_object and y + piece.matte.shape[0] > 0.6 * height
    shadow = standing and careful > 0.35 and bool(rng.random() < 0.7)
    if shadow:
        depth = round(float(rng.uniform(0.25, 0.55)), 3)
        loss, dx, dy = contact_shadow(piece.matte, float(rng.uniform(-0.8, 0.8)), depth)
        overlay(picture, mask, None, loss, x + dx, y + dy)
        parameters["shadow_depth"] = depth
    overlay(picture, mask, piece.rgb, _clean(piece.matte), x, y)
    parameters["at"] = [x, y]
    what = "an object" if region.is_object else "a patch of texture"
    return Forged(
        picture,
        mask,
        parameters,
        f"{what} was cut out of another photo ({donor.name}) and pasted {name_region(mask)}"
        + (", with a shadow" if shadow else ""),
        donors=(number,),
    )


def _clean(matte: Floats) -> Floats:
    matte = matte.copy()
    matte[matte < 0.5 / 255] = 0
    matte[matte > 1 - 0.5 / 255] = 1
    return matte


def _choose(
    host: Photo, donors: Sequence[Photo], rng: np.random.Generator
) -> tuple[int, Region, Place]:
    """Choose an object of a donor and a place for it that suit each other."""
    scene = Scene.of(host.rgb)
    size = host.rgb.shape[:2]
    options = []
    for number, donor in enumerate(donors):
        if donor.sha256 == host.sha256:
            continue
        for region in find_objects(donor):
            if min(region.box[2:]) < _SMALLEST:
                continue
            place = _place(scene, size, donor, region, rng)
            if place is not None:
                # A good object outweighs a somewhat worse match of the ground.
                options.append((place[0] - 1.5 * region.score, number, region, place))
    if options:
        _, number, region, place = min(options, key=lambda option: option[0])
        if place[0] > _LARGEST_COST:
            raise Unsuitable("nothing in the other photos would look at home in this one")
        return number, region, place
    if rng.random() < 0.5:
        raise Unsuitable("no object was found in the other photos")
    for number, donor in enumerate(donors):
        if donor.sha256 != host.sha256:
            shape = even_patch(rng, donor.rgb, (0.01, 0.06))
            place = _place(scene, size, donor, shape, rng)
            if place is not None and place[0] < _LARGEST_COST:
                return number, shape, place
    raise Unsuitable("nothing in the other photos would look at home in this one")


def _place(
    scene: Scene,
    size: tuple[int, ...],
    donor: Photo,
    region: Region,
    rng: np.random.Generator,
) -> Place | None:
    """Choose scale and place; None where the object would be too small to be seen."""
    height, width = size
    donor_height = donor.rgb.shape[0]
    _, top, wide, high = region.box
    ground = surroundings(donor.rgb, region)
    if not region.is_object:
        # A patch of texture must look like what it covers.
        ground, _ = Scene.of(donor.rgb).box(*region.box)
    foot = (top + high) / donor_height
    largest = min(0.4 * height / high, 0.4 * width / wide)
    # At most a third larger: an object that was blown up is soft among crisp things.
    usual = height / donor_height
    best: Place | None = None
    for _ in range(_PLACES):
        scale = min(usual * float(rng.uniform(0.75, 1.25)), 1.3, largest)
        w, h = wide * scale, high * scale
        if min(w, h) < _SMALLEST:
            continue
        x = int(rng.integers(0, max(1, round(width - w))))
        y = int(np.clip(height * (foot + rng.normal(0, 0.07)) - h, 0, max(0, height - h - 1)))
        below, _ = scene.box(x - 0.15 * w, y + 0.5 * h, 1.3 * w, 0.65 * h)
        _, clutter = scene.box(x - 0.1 * w, y - 0.1 * h, 1.2 * w, 1.2 * h)
        clash = float(np.linalg.norm(below - ground))
        cost = clash / 12 + clutter / 16
        if best is None or cost < best[0]:
            best = (cost, scale, x, y, clash)
    return best
