"""Splicing: a piece of another photo is pasted into this one."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from locard.forge.contract import Forged, Parameter, Photo, Unsuitable, operation
from locard.forge.objects import find_isolated, find_salient
from locard.forge.paste import (
    contact_shadow,
    cut_out,
    drop,
    focused_like,
    grain,
    healed,
    overlay,
    relit,
    sharpness,
    soft_patch,
    turned,
    with_grain,
)
from locard.forge.placing import Fade, Placed, choose_fade, patches, place_object
from locard.forge.regions import choose_piece, clean, name_region

# Below this part of the host's sharpness an object is visibly out of focus.
_LEAST_SHARPNESS = 0.3
# Places among which the best is taken without asking the next donor.
_ENOUGH = 8


@operation(
    name="splice",
    group="splice",
    about="pastes an object or a patch of another photo where the ground is like its own",
    source="alpha compositing (Porter and Duff, 1984), Poisson image editing (Pérez et al., 2003)",
    donors=6,
)
def splice(host: Photo, donors: Sequence[Photo], rng: np.random.Generator) -> Forged:
    """Paste a piece of one of the donors.

    An object goes to ground like its own, at the height and size that perspective allows. Where
    none would look at home, a patch with its ground is faded into a surface of the same kind.
    Every step of care is drawn, so that some forgeries are careful and some are not.
    """
    others = [(i, donor) for i, donor in enumerate(donors) if donor.sha256 != host.sha256]
    if not others:
        raise Unsuitable("there is no other photo to take anything from")
    placed: list[tuple[int, Placed]] = []
    for number, donor in others:
        for region in find_salient(donor) or find_isolated(donor):
            place = place_object(host, donor, region, rng)
            if place is not None:
                placed.append((number, place))
    if placed:
        number, place = min(placed, key=lambda option: option[1].cost)
        return _paste_object(host, donors[number], number, place, rng)
    return _paste_patch(host, others, rng)


@lru_cache(maxsize=64)
def _sharpness(photo: Photo) -> float:
    return sharpness(photo.rgb)


@lru_cache(maxsize=64)
def _grain(photo: Photo) -> float:
    return grain(photo.rgb)


def _paste_object(
    host: Photo, donor: Photo, number: int, place: Placed, rng: np.random.Generator
) -> Forged:
    height, width = host.rgb.shape[:2]
    region, x, y = place.region, place.x, place.y
    careful = float(rng.random())
    piece = turned(cut_out(donor.rgb, region), place.scale, 0.0, place.flip)
    rows = slice(max(0, y), min(height, y + piece.matte.shape[0]))
    columns = slice(max(0, x), min(width, x + piece.matte.shape[1]))
    under = host.rgb[rows, columns]
    if _sharpness(donor) < _LEAST_SHARPNESS * _sharpness(host):
        raise Unsuitable("the objects of the other photos are out of focus")
    strength = round(float(rng.uniform(0.5, 1.0)), 3) if careful > 0.15 else 0.3
    piece = relit(piece, place.light, strength)
    blur = 0.0
    if careful > 0.3:
        piece, blur = focused_like(piece, under)
    added = 0.0
    if careful > 0.5:
        own, wanted = _grain(donor) * min(1.0, place.scale) / (1 + blur), _grain(host)
        added = min(8.0, round(float(np.sqrt(max(0.0, wanted**2 - own**2))), 2))
        if added > 0.3:
            piece = with_grain(piece, added, rng)
    parameters: dict[str, Parameter] = {
        "object": region.found,
        "object_score": round(region.score, 3),
        "object_box": list(region.box),
        "scale": round(place.scale, 4),
        "flip": place.flip,
        "mismatch": round(place.cost, 3),
        "colour_transfer": strength,
        "blur_sigma": blur,
        "grain_sigma": added,
        "at": [x, y],
    }
    picture, mask = host.rgb.copy(), np.zeros((height, width), np.float32)
    shadow = place.standing and (careful > 0.2)
    if shadow:
        depth = round(float(rng.uniform(0.3, 0.6)), 3)
        loss, dx, dy = contact_shadow(piece.matte, float(rng.uniform(-0.5, 0.5)), depth)
        overlay(picture, mask, None, loss, x + dx, y + dy)
        parameters["shadow_depth"] = depth
    overlay(picture, mask, piece.rgb, clean(piece.matte), x, y)
    return Forged(
        picture,
        mask,
        parameters,
        f"an object was cut out of another photo ({donor.name}) and pasted {name_region(mask)}"
        + (", with a shadow" if shadow else ""),
        donors=(number,),
    )


def _paste_patch(
    host: Photo, others: Sequence[tuple[int, Photo]], rng: np.random.Generator
) -> Forged:
    height, width = host.rgb.shape[:2]
    options: list[Fade] = []
    for number, donor in others:
        options += patches(host, donor, rng, number)
        if len(options) >= _ENOUGH:
            break
    if not options:
        raise Unsuitable("nothing in the other photos would look at home in this one")
    fade = choose_fade(options, rng)
    donor = dict(others)[fade.number]
    piece = turned(cut_out(donor.rgb, soft_patch(rng, fade.box)), 1.0, 0.0, fade.flip)
    piece = healed(piece, host.rgb, fade.x, fade.y)
    picture, mask = host.rgb.copy(), np.zeros((height, width), np.float32)
    overlay(picture, mask, piece.rgb, clean(piece.matte), fade.x, fade.y)
    parameters: dict[str, Parameter] = {
        "object": "patch",
        "object_box": list(fade.box),
        "flip": fade.flip,
        "mismatch": round(fade.cost, 3),
        "at": [fade.x, fade.y],
    }
    return Forged(
        picture,
        mask,
        parameters,
        f"a patch of another photo ({donor.name}) was faded in {name_region(mask)}",
        donors=(fade.number,),
    )


@operation(
    name="splice-free",
    group="splice",
    about="pastes a piece of another photo anywhere: for training, where looks do not count",
    source="alpha compositing (Porter and Duff, 1984), Poisson image editing (Pérez et al., 2003)",
    donors=1,
    default=False,
)
def splice_free(host: Photo, donors: Sequence[Photo], rng: np.random.Generator) -> Forged:
    """Paste an object or a selection of the donor at any place, size and angle.

    A detector that is to find traces must not learn that edits are small, faded and in the sky.
    """
    donor = donors[0]
    if donor.sha256 == host.sha256:
        raise Unsuitable("there is no other photo to take anything from")
    region = choose_piece(rng, donor)
    picture, mask = host.rgb.copy(), np.zeros(host.rgb.shape[:2], np.float32)
    dropped = drop(picture, mask, cut_out(donor.rgb, region), rng)
    parameters: dict[str, Parameter] = {
        "object": region.found,
        "object_box": list(region.box),
        **dropped,
    }
    says = f"a piece of another photo ({donor.name}) was pasted {name_region(mask)}"
    return Forged(picture, mask, parameters, says, donors=(0,))
