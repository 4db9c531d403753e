"""Blur, sharpening and loss of detail."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.random import Generator

from locard.degrade.augmentation import augmentation
from locard.degrade.contract import Picture, by_severity, drawn, perturbation

augmentation(
    "gaussian-blur",
    "blur",
    "GaussianBlur",
    "Blur by a Gaussian of this standard deviation in pixels.",
    lambda sigma: {"blur_limit": 0, "sigma_limit": (sigma, sigma)},
    lossy=True,
    sigma=by_severity(0.6, 1.0, 1.7, 2.8, 4.5, low=0.2, high=50.0),
)
augmentation(
    "box-blur",
    "blur",
    "Blur",
    "Average over a square of this side.",
    lambda side: {"blur_limit": (side, side)},
    lossy=True,
    side=by_severity(3, 5, 7, 11, 15, low=3, high=101),
)
augmentation(
    "median-blur",
    "blur",
    "MedianBlur",
    "Take the median over a square of this side.",
    lambda side: {"blur_limit": (side, side)},
    lossy=True,
    side=by_severity(3, 5, 7, 11, 15, low=3, high=101),
)
augmentation(
    "motion-blur",
    "blur",
    "MotionBlur",
    "Smear along a line of this length.",
    lambda length, angle: {
        "blur_limit": (length, length),
        "angle_range": (angle, angle),
        "direction_range": (0.0, 0.0),
        "allow_shifted": False,
    },
    lossy=True,
    length=by_severity(3, 7, 11, 17, 25, low=3, high=201),
    angle=drawn(0.0, 180.0),
)
augmentation(
    "defocus",
    "blur",
    "Defocus",
    "Blur by the disc of a lens out of focus, of this radius.",
    lambda radius: {"radius": (radius, radius), "alias_blur": (0.3, 0.3)},
    lossy=True,
    radius=by_severity(1, 2, 4, 6, 9, low=1, high=50),
)
augmentation(
    "zoom-blur",
    "blur",
    "ZoomBlur",
    "Average over zooms of the picture up to this factor.",
    lambda factor: {"max_factor": (factor, factor), "step_factor": (0.01, 0.01)},
    lossy=True,
    factor=by_severity(1.02, 1.04, 1.08, 1.13, 1.2, low=1.02, high=2.0),
)
augmentation(
    "emboss",
    "blur",
    "Emboss",
    "Mix with an embossed version.",
    lambda share: {"alpha": (share, share), "strength": (0.5, 0.5)},
    lossy=True,
    share=by_severity(0.1, 0.2, 0.35, 0.55, 0.8, low=0.0, high=1.0),
)
augmentation(
    "ringing",
    "blur",
    "RingingOvershoot",
    "Cut high frequencies off sharply, so that edges ring.",
    lambda cutoff: {"blur_limit": (21, 21), "cutoff": (cutoff, cutoff)},
    lossy=True,
    cutoff=by_severity(2.4, 1.9, 1.4, 1.0, 0.7, low=0.2, high=3.1),
)


def _shrunk(picture: Picture, scale: float, enlarge: int) -> Picture:
    """Shrink by area averaging, and enlarge to the same size."""
    height, width = picture.size
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    small = cv2.resize(picture.rgb, size, interpolation=cv2.INTER_AREA)
    return picture.painted(cv2.resize(small, (width, height), interpolation=enlarge))


@perturbation(
    name="pixelate",
    group="blur",
    about="Shrink by this factor and enlarge to visible squares.",
    source="cv2.resize, as A.Downscale",
    lossy=True,
    scale=by_severity(0.5, 0.33, 0.2, 0.12, 0.07, low=0.001, high=0.99),
)
def pixelate(picture: Picture, rng: Generator, *, scale: float) -> Picture:
    """Enlarge by repeating pixels."""
    return _shrunk(picture, scale, cv2.INTER_NEAREST)


@perturbation(
    name="downscale",
    group="blur",
    about="Shrink by this factor and enlarge again, smoothly.",
    source="cv2.resize, as A.Downscale",
    lossy=True,
    scale=by_severity(0.8, 0.6, 0.45, 0.3, 0.18, low=0.001, high=0.99),
)
def downscale(picture: Picture, rng: Generator, *, scale: float) -> Picture:
    """Enlarge bicubically."""
    return _shrunk(picture, scale, cv2.INTER_CUBIC)


@perturbation(
    name="sharpen",
    group="blur",
    about="Sharpen by an unsharp mask of this amount and radius in pixels.",
    source="cv2.GaussianBlur, as A.UnsharpMask",
    lossy=True,
    amount=by_severity(0.3, 0.6, 1.0, 1.5, 2.2, low=0.0, high=10.0),
    radius=by_severity(1.0, 1.0, 1.2, 1.5, 2.0, low=0.2, high=20.0),
)
def sharpen(picture: Picture, rng: Generator, *, amount: float, radius: float) -> Picture:
    """Add the difference from a blurred version, times the amount."""
    soft = cv2.GaussianBlur(picture.rgb, (0, 0), radius)
    return picture.painted(cv2.addWeighted(picture.rgb, 1 + amount, soft, -amount, 0))


@perturbation(
    name="glass-blur",
    group="blur",
    about="Swap pixels with near ones, as frosted glass does.",
    source="A.GlassBlur; Hendrycks and Dietterich (2019)",
    lossy=True,
    reach=by_severity(1, 2, 3, 4, 6, low=1, high=20),
    sigma=by_severity(0.5, 0.6, 0.7, 0.9, 1.1, low=0.1, high=5.0),
)
def glass_blur(picture: Picture, rng: Generator, *, reach: int, sigma: float) -> Picture:
    """Look up every pixel at a random offset of up to ``reach``, between two blurs.

    The library's own swaps pixels one by one in Python: minutes for a photo.
    """
    height, width = picture.size
    soft = cv2.GaussianBlur(picture.rgb, (0, 0), sigma)
    offsets = rng.integers(-reach, reach + 1, (2, height, width))
    rows, cols = np.mgrid[:height, :width]
    rows = np.clip(rows + offsets[0], 0, height - 1)
    cols = np.clip(cols + offsets[1], 0, width - 1)
    return picture.painted(cv2.GaussianBlur(soft[rows, cols], (0, 0), sigma))


@perturbation(
    name="denoise",
    group="blur",
    about="Smooth flat areas and keep edges, as beauty filters and denoisers do.",
    source="cv2.bilateralFilter; Tomasi and Manduchi (1998)",
    lossy=True,
    levels=by_severity(8.0, 16.0, 30.0, 50.0, 80.0, low=0.0, high=255.0),
    radius=by_severity(2, 3, 4, 5, 6, low=1, high=15),
)
def denoise(picture: Picture, rng: Generator, *, levels: float, radius: int) -> Picture:
    """Average neighbours within a radius whose grey levels differ by up to about ``levels``."""
    return picture.painted(cv2.bilateralFilter(picture.rgb, 2 * radius + 1, levels, radius))
