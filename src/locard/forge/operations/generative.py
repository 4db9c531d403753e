"""Generative edits: a region, or the whole picture, rewritten by a learned network.

The network is the user's (`Tools.autoencoder`): the autoencoder of a latent diffusion model leaves
the traces that every edit by such a model has, whatever was painted; a super-resolution network
those of an AI enhancer.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from locard.forge.contract import Forged, Photo, Unsuitable, operation
from locard.forge.networks import rewrite
from locard.forge.regions import blend, bounds, choose_region, name_region, visible_change
from locard.forge.tools import tools

# Pixels around a region that the network sees, so that its borders do not fall into the region.
_MARGIN = 64
_LEAST_CHANGE = 0.3


def _model() -> str:
    model = tools().autoencoder
    if model is None:
        raise Unsuitable("no autoencoder or super-resolution network was given (--autoencoder)")
    return model


def _did(scale: int) -> str:
    return "reconstructed by an autoencoder" if scale == 1 else f"shrunk and upscaled {scale} times"


@operation(
    name="regenerate-region",
    group="generative",
    about="Passes a region through a learned autoencoder or super-resolution network.",
    source="Rombach et al., CVPR 2022; Bohan, TAESD, 2023; Wang et al., Real-ESRGAN, ICCVW 2021",
    default=False,
)
def regenerate_region(host: Photo, donors: Sequence[Photo], rng: np.random.Generator) -> Forged:
    """Blend a network's rewriting of a region into the host."""
    model = _model()
    matte, how = choose_region(rng, host, (0.02, 0.25))
    box = bounds(matte, _MARGIN)
    layer, scale = rewrite(np.ascontiguousarray(host.rgb[box]), model)
    forged = host.rgb.copy()
    forged[box] = blend(host.rgb[box], layer, matte[box])
    difference = visible_change(host.rgb, forged, matte)
    if difference < _LEAST_CHANGE:
        raise Unsuitable("the network returns the region unchanged")
    return Forged(
        forged,
        matte,
        {
            "model": Path(model).name,
            "scale": scale,
            "region": how,
            "mean_change": round(difference, 2),
        },
        f"a region {name_region(matte)} was {_did(scale)}",
    )


@operation(
    name="regenerate-whole",
    group="generative",
    about="Passes the whole picture through a learned autoencoder or super-resolution network.",
    source="Rombach et al., CVPR 2022; Bohan, TAESD, 2023; Wang et al., Real-ESRGAN, ICCVW 2021",
    default=False,
)
def regenerate_whole(host: Photo, donors: Sequence[Photo], rng: np.random.Generator) -> Forged:
    """Rewrite the whole host by a network."""
    model = _model()
    forged, scale = rewrite(host.rgb, model)
    return Forged(
        forged,
        np.ones(host.rgb.shape[:2], np.float32),
        {"model": Path(model).name, "scale": scale},
        f"the whole picture was {_did(scale)}",
    )
