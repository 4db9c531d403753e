"""Copy-move: a piece of a photo is pasted elsewhere in the same photo."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from locard.forge.contract import RGB, Forged, Matte, Parameter, Photo, Unsuitable, operation
from locard.forge.objects import Region, find_isolated, find_salient
from locard.forge.paste import (
    contact_shadow,
    cut_out,
    drop,
    healed,
    overlay,
    relit,
    soft_patch,
    turned,
)
from locard.forge.placing import choose_fade, patches, place_object
from locard.forge.regions import choose_piece, clean, name_region


@operation(
    name="copy-move",
    group="copy-move",
    about="pastes one to three copies of an object or a patch of texture of the same photo",
    source="alpha compositing (Porter and Duff, 1984); affine copies as in CoMoFoD (Tralic, 2013)",
)
def copy_move(host: Photo, donors: Sequence[Photo], rng: np.random.Generator) -> Forged:
    """Copy an object, or a patch with a wide soft edge, to where the ground looks alike."""
    if min(host.rgb.shape[:2]) < 96:
        raise Unsuitable("the photo is smaller than 96 pixels")
    objects = [r for r in find_salient(host) or find_isolated(host) if len(r.cut) < 2]
    for index in rng.permutation(len(objects)):
        forged = _copy_object(host, objects[int(index)], rng)
        if forged is not None:
            return forged
    return _copy_patch(host, rng)


@operation(
    name="copy-move-free",
    group="copy-move",
    about="pastes copies of a piece of the photo anywhere: for training, where looks do not count",
    source="alpha compositing (Porter and Duff, 1984); affine copies as in CoMoFoD (Tralic, 2013)",
    default=False,
)
def copy_move_free(host: Photo, donors: Sequence[Photo], rng: np.random.Generator) -> Forged:
    """Copy an object or a selection one to three times to any place, size and angle."""
    region = choose_piece(rng, host)
    picture, mask = host.rgb.copy(), np.zeros(host.rgb.shape[:2], np.float32)
    lifted = cut_out(host.rgb, region)
    parameters: dict[str, Parameter] = {
        "object": region.found,
        "source_box": list(region.box),
    }
    count = int(rng.choice([1, 1, 1, 2, 3]))
    for number in range(count):
        dropped = drop(picture, mask, lifted, rng, plain=0.6)
        parameters |= {f"{name}_{number + 1}": value for name, value in dropped.items()}
    source = region.drawn(*host.rgb.shape[:2])
    if not np.any(mask[source < 0.01] > 0.5):
        raise Unsuitable("the copies cover nothing but what they were copied from")
    where = name_region(mask) if count == 1 else f"{count} times"
    says = f"a piece {name_region(source)} was copied and pasted {where}"
    return Forged(picture, mask, parameters, says, source=source)


def _copy_object(host: Photo, region: Region, rng: np.random.Generator) -> Forged | None:
    picture, mask = host.rgb.copy(), np.zeros(host.rgb.shape[:2], np.float32)
    lifted = cut_out(host.rgb, region)
    taken = [region.box]
    steps: list[float] = []
    flips: list[int] = []
    relights: list[int] = []
    costs: list[float] = []
    for _ in range(int(rng.choice([1, 1, 1, 2, 3]))):
        place = place_object(host, host, region, rng, taken)
        if place is None:
            break
        angle = float(rng.choice([0.0, 0.0, 0.0, round(float(rng.uniform(-6, 6)), 2)]))
        if region.cut:
            angle = 0.0
        piece = turned(lifted, place.scale, angle, place.flip)
        relight = bool(rng.random() < 0.35)
        if relight:
            piece = relit(piece, place.light, 0.8)
        high, wide = piece.matte.shape
        if place.standing and rng.random() < 0.6:
            loss, dx, dy = contact_shadow(piece.matte, float(rng.uniform(-0.5, 0.5)), 0.4)
            overlay(picture, mask, None, loss, place.x + dx, place.y + dy)
        overlay(picture, mask, piece.rgb, clean(piece.matte), place.x, place.y)
        taken.append((place.x, place.y, wide, high))
        steps += [place.scale, angle]
        flips.append(int(place.flip))
        relights.append(int(relight))
        costs.append(round(place.cost, 3))
    if not steps:
        return None
    return _forged(host, picture, mask, region, taken[1:], steps, flips, relights, costs)


def _copy_patch(host: Photo, rng: np.random.Generator) -> Forged:
    options = [option for _ in range(2) for option in patches(host, host, rng)]
    if not options:
        raise Unsuitable("no piece of the photo would look at home elsewhere in it")
    fade = choose_fade(options, rng)
    region = soft_patch(rng, fade.box)
    piece = turned(cut_out(host.rgb, region), 1.0, 0.0, fade.flip)
    piece = healed(piece, host.rgb, fade.x, fade.y)
    picture, mask = host.rgb.copy(), np.zeros(host.rgb.shape[:2], np.float32)
    overlay(picture, mask, piece.rgb, clean(piece.matte), fade.x, fade.y)
    copy = (fade.x, fade.y, *fade.box[2:])
    cost = round(fade.cost, 3)
    return _forged(host, picture, mask, region, [copy], [1.0, 0.0], [int(fade.flip)], [0], [cost])


def _forged(
    host: Photo,
    picture: RGB,
    mask: Matte,
    region: Region,
    copies: list[tuple[int, int, int, int]],
    steps: list[float],
    flips: list[int],
    relights: list[int],
    costs: list[float],
) -> Forged:
    source = region.drawn(*host.rgb.shape[:2])
    parameters: dict[str, Parameter] = {
        "object": region.found,
        "object_score": round(region.score, 3),
        "source_box": list(region.box),
        "copy_boxes": [value for box in copies for value in box],
        "scales_and_angles": steps,
        "flips": flips,
        "relit": relights,
        "mismatch": costs,
    }
    what = "an object" if region.is_object else "a patch of texture"
    count = len(copies)
    return Forged(
        picture,
        mask,
        parameters,
        f"{what} {name_region(source)} was copied and pasted {name_region(mask)}"
        if count == 1
        else f"{what} {name_region(source)} was copied and pasted {count} times",
        source=source,
    )
