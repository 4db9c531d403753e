"""Removal: an object is taken away and the hole is filled."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from locard.forge.contract import RGB, Forged, Matte, Photo, Unsuitable, operation
from locard.forge.inpainting import fill_with_patches
from locard.forge.objects import find_objects
from locard.forge.regions import blend, brush, choose_region, feather, name_region
from locard.forge.tools import inpaint_with_network

Bools = NDArray[np.bool_]
# The filled picture, and where copied pixels came from, if they were.
Filled = tuple[RGB, Matte | None]

# Parts of the picture's area: a hole must be worth filling and leave something to fill it with.
_SMALLEST, _LARGEST = 0.0008, 0.15


@operation(
    name="removal",
    group="removal",
    about="removes an object and fills the hole with patches from around it",
    source="Wexler et al., TPAMI 2007, with PatchMatch (Barnes et al., SIGGRAPH 2009)",
)
def removal(host: Photo, donors: Sequence[Photo], rng: np.random.Generator) -> Forged:
    """Remove an object, or what a brush covered, by patches."""

    def fill(rgb: RGB, hole: Bools) -> Filled:
        try:
            return fill_with_patches(rgb, hole, rng)
        except ValueError as error:
            raise Unsuitable(str(error)) from None

    return _remove(host, _hole(host, rng), "patches", fill)


@operation(
    name="removal-diffusion",
    group="removal",
    about="removes something small and fills the hole by smooth continuation",
    source="Telea, 2004, and Bertalmio et al., 2001, as in OpenCV",
)
def removal_diffusion(host: Photo, donors: Sequence[Photo], rng: np.random.Generator) -> Forged:
    """Remove a wire, a spot or a small object; larger holes would show as a smear."""
    height, width = host.rgb.shape[:2]
    if min(height, width) < 64:
        raise Unsuitable("the photo is smaller than 64 pixels")
    small = [r for r in find_objects(host) if r.box[2] * r.box[3] < 0.012 * height * width]
    if small and rng.random() < 0.6:
        chosen = small[int(rng.integers(len(small)))]
        hole = _grown(chosen.drawn(height, width) > 0.05, 2)
    else:
        hole = brush(rng, height, width, (0.0015, 0.006)) > 0.5
    name, flag = [("Telea", cv2.INPAINT_TELEA), ("Navier-Stokes", cv2.INPAINT_NS)][
        int(rng.integers(2))
    ]
    radius = int(rng.integers(3, 8))

    def fill(rgb: RGB, hole: Bools) -> Filled:
        ys, xs = np.nonzero(hole)
        rows = slice(max(0, int(ys.min()) - 16), int(ys.max()) + 17)
        columns = slice(max(0, int(xs.min()) - 16), int(xs.max()) + 17)
        out = rgb.copy()
        inner = np.ascontiguousarray(hole[rows, columns]).astype(np.uint8)
        out[rows, columns] = cv2.inpaint(
            np.ascontiguousarray(rgb[rows, columns]), inner, radius, flag
        )
        return out, None

    return _remove(host, hole, name, fill)


@operation(
    name="removal-network",
    group="removal",
    about="removes an object and has a network of yours (--inpainter) fill the hole",
    source="any ONNX inpainting network (LaMa, MI-GAN) or diffusers inpainting pipeline",
    default=False,
)
def removal_network(host: Photo, donors: Sequence[Photo], rng: np.random.Generator) -> Forged:
    """Remove an object by the network that was chosen with `locard.forge.tools.use`."""
    seed = int(rng.integers(2**31))
    return _remove(
        host,
        _hole(host, rng),
        "network",
        lambda rgb, hole: (inpaint_with_network(rgb, hole, seed), None),
    )


def _hole(host: Photo, rng: np.random.Generator) -> Bools:
    matte, _ = choose_region(rng, host, (0.004, 0.04))
    # A little wider than the object, or its rim would stay as a ghost.
    height, width = matte.shape
    return _grown(matte > 0.05, max(2, round(0.006 * min(height, width))))


def _grown(hole: Bools, radius: int) -> Bools:
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1, 2 * radius + 1))
    return np.asarray(cv2.dilate(hole.astype(np.uint8), kernel) > 0)


def _remove(host: Photo, hole: Bools, how: str, fill: Callable[[RGB, Bools], Filled]) -> Forged:
    share = float(hole.mean())
    if not _SMALLEST < share < _LARGEST:
        raise Unsuitable(f"what would be removed covers {share:.1%} of the photo")
    filled, source = fill(host.rgb, hole)
    # Soft within the hole: outside it the host is untouched.
    inner = cv2.erode(hole.astype(np.float32), np.ones((3, 3), np.uint8))
    mask = feather(inner, 0.8) * hole
    return Forged(
        blend(host.rgb, filled, mask),
        mask,
        {"filled_by": how, "share": round(share, 5)},
        f"something {name_region(mask)} was removed and the hole filled ({how})",
        source if source is not None and source.any() else None,
    )
