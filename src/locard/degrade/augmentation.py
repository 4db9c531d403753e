"""The augmentation library, loaded when first used and seeded for every call."""

from __future__ import annotations

import os
from typing import Any

from numpy.random import Generator

from locard.degrade.contract import MissingExtra, Picture


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
