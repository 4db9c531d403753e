"""Geometry: pixels move, and the mask moves with them."""

from __future__ import annotations

import math
from typing import Any

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from locard.degrade.augmentation import augment, augmentation
from locard.degrade.contract import (
    MIN_SIDE,
    Picture,
    by_severity,
    constant,
    drawn,
    drawn_from,
    perturbation,
)

_KERNELS = {
    "area": cv2.INTER_AREA,
    "bicubic": cv2.INTER_CUBIC,
    "bilinear": cv2.INTER_LINEAR,
    "lanczos": cv2.INTER_LANCZOS4,
    "nearest": cv2.INTER_NEAREST,
}
SIGN = drawn_from(-1, 1)


def scale_to(picture: Picture, height: int, width: int, kernel: str = "area") -> Picture:
    """Resample to a size, at least 8 × 8; area averaging grows bicubically."""
    size = (max(width, MIN_SIDE), max(height, MIN_SIDE))
    if size == picture.size[::-1]:
        return picture
    if kernel == "area" and size[0] > picture.size[1]:
        kernel = "bicubic"
    return picture.moved(lambda pixels: cv2.resize(pixels, size, interpolation=_KERNELS[kernel]))


def fit_within(picture: Picture, long_side: int, kernel: str = "area") -> Picture:
    """Shrink until the longer side is at most so long; a smaller picture stays as it is."""
    height, width = picture.size
    scale = min(1.0, long_side / max(height, width))
    return scale_to(picture, round(height * scale), round(width * scale), kernel)


@perturbation(
    name="resize",
    group="geometry",
    about="Resample to another size.",
    source="cv2.resize",
    moves=True,
    lossy=True,
    scale=by_severity(0.9, 0.75, 0.6, 0.45, 0.3, low=0.05, high=4.0),
    kernel=constant("area", *(name for name in _KERNELS if name != "area")),
)
def resize(picture: Picture, rng: Generator, *, scale: float, kernel: str) -> Picture:
    """Scale both sides."""
    height, width = picture.size
    return scale_to(picture, round(height * scale), round(width * scale), kernel)


@perturbation(
    name="fit",
    group="geometry",
    about="Shrink until the longer side is at most a limit; smaller pictures stay as they are.",
    source="cv2.resize",
    moves=True,
    long_side=by_severity(2048, 1600, 1280, 1024, 640, low=16, high=20_000),
    kernel=constant("area", *(name for name in _KERNELS if name != "area")),
)
def fit(picture: Picture, rng: Generator, *, long_side: int, kernel: str) -> Picture:
    """Scale both sides by one factor."""
    return fit_within(picture, long_side, kernel)


@perturbation(
    name="crop",
    group="geometry",
    about="Keep a part of the picture.",
    source="own",
    moves=True,
    keep=by_severity(0.95, 0.85, 0.75, 0.6, 0.45, low=0.05, high=1.0),
    top=drawn(0.0, 1.0),
    left=drawn(0.0, 1.0),
    aligned=constant(False),
)
def crop(
    picture: Picture, rng: Generator, *, keep: float, top: float, left: float, aligned: bool
) -> Picture:
    """Keep a share of each side; top and left place it, 0 to 1; aligned keeps the 8 × 8 grid."""
    height, width = picture.size
    tall, wide = (max(MIN_SIDE, round(side * keep)) for side in (height, width))
    y, x = round((height - tall) * top), round((width - wide) * left)
    if aligned:
        y, x = y // 8 * 8, x // 8 * 8
    return picture.moved(lambda pixels: pixels[y : y + tall, x : x + wide])


def warp_affine(
    picture: Picture, matrix: NDArray[Any], height: int, width: int, border: int
) -> Picture:
    """Move pixels by a 2 × 3 matrix from source to target; bicubic, the mask linear."""

    def move(pixels: NDArray[Any]) -> NDArray[Any]:
        kernel = cv2.INTER_CUBIC if pixels.ndim == 3 else cv2.INTER_LINEAR
        moved: NDArray[Any] = cv2.warpAffine(
            pixels, matrix, (width, height), flags=kernel, borderMode=border
        )
        return moved

    return picture.moved(move)


@perturbation(
    name="rotate",
    group="geometry",
    about="Turn by an angle, and cut to the largest upright rectangle or fill the corners.",
    source="cv2.warpAffine, as A.Rotate",
    moves=True,
    degrees=by_severity(1.0, 3.0, 7.0, 15.0, 30.0, low=0.0, high=45.0),
    sign=SIGN,
    corners=constant("cut", "black", "mirror"),
)
def rotate(picture: Picture, rng: Generator, *, degrees: float, sign: int, corners: str) -> Picture:
    """Turn around the centre."""
    height, width = picture.size
    centre = ((width - 1) / 2, (height - 1) / 2)
    matrix = cv2.getRotationMatrix2D(centre, sign * degrees, 1.0)
    border = cv2.BORDER_CONSTANT if corners == "black" else cv2.BORDER_REFLECT_101
    turned = warp_affine(picture, matrix, height, width, border)
    if corners != "cut":
        return turned
    tall, wide = inner_rectangle(height, width, math.radians(degrees))
    y, x = (height - tall) // 2, (width - wide) // 2
    return turned.moved(lambda pixels: pixels[y : y + tall, x : x + wide])


def inner_rectangle(height: int, width: int, angle: float) -> tuple[int, int]:
    """Height and width of the largest upright rectangle of the same shape in a turned picture.

    It has the sides of the picture times 1 / (cos a + r sin a), where r is longer / shorter side.
    """
    ratio = max(height, width) / min(height, width)
    share = 1 / (math.cos(angle) + ratio * math.sin(angle))
    return max(MIN_SIDE, int(height * share)), max(MIN_SIDE, int(width * share))


@perturbation(
    name="turn",
    group="geometry",
    about="Turn by quarters.",
    source="np.rot90, as A.RandomRotate90",
    moves=True,
    quarters=drawn(1, 3),
)
def turn(picture: Picture, rng: Generator, *, quarters: int) -> Picture:
    """Turn against the clock."""
    return picture.moved(lambda pixels: np.rot90(pixels, quarters))


@perturbation(
    name="flip",
    group="geometry",
    about="Mirror left and right, or top and bottom.",
    source="np.flip, as A.HorizontalFlip and A.VerticalFlip",
    moves=True,
    direction=constant("horizontal", "vertical"),
)
def flip(picture: Picture, rng: Generator, *, direction: str) -> Picture:
    """Mirror."""
    axis = 1 if direction == "horizontal" else 0
    return picture.moved(lambda pixels: np.flip(pixels, axis))


@perturbation(
    name="letterbox",
    group="geometry",
    about="Add bars above and below or left and right, as players and stories do.",
    source="cv2.copyMakeBorder",
    moves=True,
    bars=by_severity(0.04, 0.08, 0.14, 0.22, 0.35, low=0.0, high=1.0),
    sides=drawn_from("rows", "columns"),
    fill=constant("black", "white", "blur"),
)
def letterbox(picture: Picture, rng: Generator, *, bars: float, sides: str, fill: str) -> Picture:
    """Add two bars, each a share of that side; "blur" shows the picture itself, enlarged."""
    height, width = picture.size
    high, wide = (round(height * bars), 0) if sides == "rows" else (0, round(width * bars))
    shade = 255 if fill == "white" else 0
    backdrop = np.full((height + 2 * high, width + 2 * wide, 3), shade, np.uint8)
    if fill == "blur":
        size = (backdrop.shape[1], backdrop.shape[0])
        sigma = max(height, width) / 40
        enlarged = cv2.resize(picture.rgb, size)
        backdrop = np.asarray(cv2.GaussianBlur(enlarged, (0, 0), sigma), np.uint8)

    def move(pixels: NDArray[Any]) -> NDArray[Any]:
        canvas = backdrop.copy() if pixels.ndim == 3 else np.zeros(backdrop.shape[:2], pixels.dtype)
        canvas[high : high + height, wide : wide + width] = pixels
        return canvas

    return picture.moved(move)


_SMOOTH = {"interpolation": cv2.INTER_CUBIC, "mask_interpolation": cv2.INTER_LINEAR}
_MIRRORED = {**_SMOOTH, "border_mode": cv2.BORDER_REFLECT_101}

augmentation(
    "affine",
    "geometry",
    "Affine",
    "Shift (share of a side), scale, turn and shear (degrees) a little, drawn up to these.",
    lambda shift, scale, degrees, shear: {
        "translate_percent": (-shift, shift),
        "scale": (1 - scale, 1 + scale),
        "rotate": (-degrees, degrees),
        "shear": (-shear, shear),
        **_MIRRORED,
    },
    moves=True,
    shift=by_severity(0.01, 0.03, 0.05, 0.08, 0.12, low=0.0, high=0.5),
    scale=by_severity(0.02, 0.05, 0.1, 0.15, 0.2, low=0.0, high=0.5),
    degrees=by_severity(1.0, 3.0, 6.0, 10.0, 15.0, low=0.0, high=45.0),
    shear=by_severity(0.5, 1.0, 2.0, 4.0, 8.0, low=0.0, high=30.0),
)
augmentation(
    "perspective",
    "geometry",
    "Perspective",
    "Look from an angle: the corners move by about this share of the sides.",
    lambda strength: {"scale": (strength, strength), **_MIRRORED},
    moves=True,
    strength=by_severity(0.01, 0.02, 0.04, 0.06, 0.1, low=0.0, high=0.2),
)
augmentation(
    "optical-distortion",
    "geometry",
    "OpticalDistortion",
    "Bend lines as a lens does; the sign makes a barrel or a pincushion.",
    lambda strength, sign: {"distort_limit": (sign * strength, sign * strength), **_SMOOTH},
    moves=True,
    strength=by_severity(0.05, 0.1, 0.2, 0.3, 0.5, low=0.0, high=1.0),
    sign=SIGN,
)
augmentation(
    "grid-distortion",
    "geometry",
    "GridDistortion",
    "Stretch and squeeze the cells of a 5 × 5 grid by up to this share.",
    lambda strength: {"num_steps": 5, "distort_limit": (-strength, strength), **_SMOOTH},
    moves=True,
    strength=by_severity(0.05, 0.1, 0.2, 0.3, 0.45, low=0.0, high=0.9),
)
augmentation(
    "elastic",
    "geometry",
    "ElasticTransform",
    "Displace pixels by a smooth random field of about this many pixels.",
    # The library blurs white noise by a Gaussian, which shrinks it by 1 / (2 sqrt(pi) sigma).
    lambda strength, smoothness: {
        "alpha": strength * 2 * math.sqrt(math.pi) * smoothness,
        "sigma": smoothness,
        **_MIRRORED,
    },
    moves=True,
    strength=by_severity(1.0, 2.0, 4.0, 7.0, 11.0, low=0.0, high=100.0),
    smoothness=constant(16.0, low=1.0, high=100.0),
)


@perturbation(
    name="random-resized-crop",
    group="geometry",
    about="Cut a part of this share of the area and enlarge it to the size of the picture.",
    source="A.RandomResizedCrop",
    moves=True,
    extra="forge",
    keep=by_severity(0.9, 0.75, 0.6, 0.45, 0.3, low=0.05, high=1.0),
)
def random_resized_crop(picture: Picture, rng: Generator, *, keep: float) -> Picture:
    """Cut and enlarge; the shape of the part is drawn."""
    size = picture.size
    return augment(picture, rng, "RandomResizedCrop", size=size, scale=(keep, keep), **_SMOOTH)
