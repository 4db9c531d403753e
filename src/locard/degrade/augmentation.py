"""The augmentation library, loaded when first used and seeded for every call."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

from numpy.random import Generator

from locard.degrade.contract import MissingExtra, Parameter, Picture, Value, perturbation


def augment(picture: Picture, rng: Generator, transform: str, **options: Any) -> Picture:
    """Apply a transform of albumentations to a picture, and to its mask if it moves pixels.

    Raises: MissingExtra when albumentations is not installed.
    """
    # It would ask the network for a newer version.
    os.environ.setdefault("NO_ALBUMENTATIONS_UPDATE", "1")
    try:
        import albumentations
    except ImportError:
        raise MissingExtra(
            "this perturbation needs albumentations: pip install 'locard[forge]'"
        ) from None
    done = getattr(albumentations, transform)(p=1.0, **options)
    done.set_random_seed(int(rng.integers(2**31)))
    if picture.mask is None:
        return picture.painted(done(image=picture.rgb)["image"])
    both = done(image=picture.rgb, mask=picture.mask)
    moved = picture.painted(both["image"])
    return Picture(moved.rgb, both["mask"].clip(0.0, 1.0))


def augmentation(
    name: str,
    group: str,
    transform: str,
    about: str,
    options: Callable[..., dict[str, Any]],
    *,
    moves: bool = False,
    lossy: bool = False,
    **parameters: Parameter,
) -> None:
    """Declare a perturbation that is one transform of albumentations.

    Args:
        transform: its class.
        options: returns the transform's arguments for the perturbation's parameters.
    """

    def run(picture: Picture, rng: Generator, **given: Value) -> Picture:
        return augment(picture, rng, transform, **options(**given))

    declared: dict[str, Any] = parameters
    perturbation(
        name=name,
        group=group,
        about=about,
        source=f"A.{transform}",
        moves=moves,
        lossy=lossy,
        extra="forge",
        **declared,
    )(run)
