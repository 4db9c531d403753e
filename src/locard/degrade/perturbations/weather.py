"""Weather, light and dirt on the lens."""

from __future__ import annotations

import math
from typing import Any

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from locard.degrade.augmentation import augmentation
from locard.degrade.contract import Picture, by_severity, drawn, drawn_from, perturbation


@perturbation(
    name="fog",
    group="weather",
    about="Lay drifting fog of this density over the picture.",
    source="Koschmieder (1924); own, since A.RandomFog blurs the whole picture",
    lossy=True,
    density=by_severity(0.1, 0.2, 0.35, 0.5, 0.7, low=0.0, high=1.0),
)
def fog(picture: Picture, rng: Generator, *, density: float) -> Picture:
    """Mix with the light of the air: J t + A (1 - t), where t varies in soft clouds."""
    height, width = picture.size
    clouds = np.zeros((height, width), np.float32)
    for octave in range(1, 6):
        cells = (min(width, 2 ** (octave + 1)), min(height, 2**octave))
        coarse = rng.random((cells[1], cells[0]), np.float32)
        drift = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)
        clouds += drift * np.float32(0.5**octave)
    veil = np.clip(density * (0.55 + 0.9 * clouds), 0, 1)[:, :, None]
    return picture.painted(picture.rgb * (1 - veil) + 226 * veil)


def _particles(
    rng: Generator, height: int, width: int, size: float, length: float, angle: float, count: int
) -> NDArray[np.float32]:
    """Falling things as the share of each pixel that they cover, 0 to 1.

    Args:
        size: diameter in pixels.
        length: of the streak that each draws, in pixels.
        angle: of the streak from the vertical, in degrees.
        count: in the picture; their brightness varies.
    """
    sky: NDArray[np.float32] = np.zeros((height, width), np.float32)
    rows, cols = rng.integers(0, height, count), rng.integers(0, width, count)
    np.maximum.at(sky, (rows, cols), rng.uniform(0.4, 1.0, count).astype(np.float32))
    side = 2 * math.ceil(length / 2 + size) + 1
    streak: NDArray[Any] = np.zeros((side, side), np.float32)
    reach = length / 2 * np.array([math.sin(math.radians(angle)), math.cos(math.radians(angle))])
    centre = np.array([side // 2, side // 2])
    ends = [tuple(int(v) for v in np.rint(16 * (centre + way * reach))) for way in (-1, 1)]
    cv2.line(streak, ends[0], ends[1], 1.0, max(1, round(size)), cv2.LINE_AA, 4)
    streak = cv2.GaussianBlur(streak, (0, 0), max(0.4, size / 4))
    drops = cv2.filter2D(sky, -1, streak / streak.max(), borderType=cv2.BORDER_CONSTANT)
    return np.clip(np.asarray(drops, np.float32), 0, 1)


@perturbation(
    name="rain",
    group="weather",
    about="Let it rain: streaks near and far, less light.",
    source="own, as A.RandomRain",
    lossy=True,
    density=by_severity(0.3, 0.7, 1.2, 2.0, 3.2, low=0.0, high=10.0),
    darkness=by_severity(0.04, 0.08, 0.14, 0.22, 0.32, low=0.0, high=1.0),
    slant=drawn(-18.0, 18.0),
)
def rain(
    picture: Picture, rng: Generator, *, density: float, darkness: float, slant: float
) -> Picture:
    """Draw translucent streaks in three distances; density is in drops a thousand pixels."""
    height, width = picture.size
    wet = picture.rgb * np.float32(1 - darkness)
    unit = max(height, width) / 1000
    for near, share in ((0.8, 0.6), (1.4, 0.3), (2.4, 0.1)):
        count = round(share * density * min(height * width / 1000, 1000))
        length = 16 * near * unit
        angle = slant + float(rng.normal(0, 1.5))
        drops = _particles(rng, height, width, 0.9 * near * unit, length, angle, count)
        wet += 0.4 * drops[:, :, None] * (215 - wet)
    return picture.painted(wet)


@perturbation(
    name="snow",
    group="weather",
    about="Let it snow: flakes near and far, paler colours.",
    source="own, since A.RandomSnow wraps around at white",
    lossy=True,
    density=by_severity(0.3, 0.7, 1.3, 2.2, 3.5, low=0.0, high=10.0),
    paleness=by_severity(0.05, 0.1, 0.16, 0.23, 0.32, low=0.0, high=1.0),
    slant=drawn(-40.0, 40.0),
)
def snow(
    picture: Picture, rng: Generator, *, density: float, paleness: float, slant: float
) -> Picture:
    """Draw soft flakes in four distances; density is in flakes a thousand pixels."""
    height, width = picture.size
    pale = picture.rgb + np.float32(paleness) * (215 - picture.rgb.astype(np.float32))
    unit = max(height, width) / 1000
    for near, share in ((1.0, 0.55), (2.0, 0.3), (4.0, 0.12), (8.0, 0.03)):
        count = round(share * density * min(height * width / 1000, 1000))
        size = 1.3 * near * unit
        flakes = _particles(rng, height, width, size, 1.4 * size, slant, count)
        pale += 0.85 * flakes[:, :, None] * (250 - pale)
    return picture.painted(pale)


augmentation(
    "sun-flare",
    "weather",
    "RandomSunFlare",
    "Put the sun and its reflections into the upper half.",
    lambda radius, circles: {
        "src_radius": radius,
        "num_flare_circles_range": (circles, circles),
        "method": "physics_based",
    },
    radius=by_severity(30, 60, 110, 180, 280, low=2, high=2000),
    circles=by_severity(2, 4, 6, 8, 10, low=1, high=50),
)
augmentation(
    "shadow",
    "weather",
    "RandomShadow",
    "Cast shadows of this darkness.",
    lambda darkness, count: {
        "shadow_intensity_range": (darkness, darkness),
        "num_shadows_limit": (count, count),
        "shadow_roi": (0.0, 0.0, 1.0, 1.0),
    },
    darkness=by_severity(0.15, 0.25, 0.4, 0.55, 0.75, low=0.0, high=1.0),
    count=by_severity(1, 1, 2, 2, 3, low=1, high=20),
)
augmentation(
    "spatter",
    "weather",
    "Spatter",
    "Splash rain or mud on the lens.",
    lambda cover, kind: {
        "mode": kind,
        "cutout_threshold": (1 - cover, 1 - cover),
        "intensity": (0.6, 0.6),
    },
    cover=by_severity(0.16, 0.2, 0.24, 0.28, 0.32, low=0.0, high=1.0),
    kind=drawn_from("rain", "mud"),
)
augmentation(
    "chromatic-aberration",
    "weather",
    "ChromaticAberration",
    "Spread the colours towards the corners, as a simple lens does.",
    lambda amount: {
        "primary_distortion_limit": (amount, amount),
        "secondary_distortion_limit": (amount, amount),
        "mode": "red_blue",
    },
    lossy=True,
    amount=by_severity(0.005, 0.012, 0.025, 0.045, 0.08, low=0.0, high=0.5),
)
