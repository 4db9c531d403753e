"""Noise: what sensors, transmission and editors add to pixels."""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.random import Generator

from locard.degrade.augmentation import augmentation
from locard.degrade.contract import Picture, by_severity, constant, perturbation

augmentation(
    "gaussian-noise",
    "noise",
    "GaussNoise",
    "Add Gaussian noise of this standard deviation, in grey levels.",
    lambda std: {"std_range": (std / 255, std / 255)},
    lossy=True,
    std=by_severity(2.0, 5.0, 10.0, 18.0, 30.0, low=0.0, high=255.0),
)
augmentation(
    "poisson-noise",
    "noise",
    "ShotNoise",
    "Add the noise of few photons, stronger where the picture is brighter.",
    lambda scale: {"scale_range": (scale, scale)},
    lossy=True,
    scale=by_severity(0.0005, 0.002, 0.008, 0.03, 0.1, low=0.0001, high=2.0),
)
augmentation(
    "salt-and-pepper",
    "noise",
    "SaltAndPepper",
    "Turn this share of the pixels white or black.",
    lambda amount: {"amount": (amount, amount)},
    lossy=True,
    amount=by_severity(0.001, 0.004, 0.012, 0.03, 0.08, low=0.0, high=1.0),
)
augmentation(
    "speckle",
    "noise",
    "MultiplicativeNoise",
    "Multiply every pixel by a factor of 1 plus or minus up to this.",
    lambda spread, colour: {
        "multiplier": (1 - spread, 1 + spread),
        "elementwise": True,
        "per_channel": colour,
    },
    lossy=True,
    spread=by_severity(0.05, 0.1, 0.2, 0.35, 0.6, low=0.0, high=1.0),
    colour=constant(True),
)
augmentation(
    "pixel-dropout",
    "noise",
    "PixelDropout",
    "Turn this share of the pixels black.",
    lambda share: {"dropout_prob": share},
    lossy=True,
    share=by_severity(0.001, 0.004, 0.012, 0.03, 0.08, low=0.0, high=1.0),
)


@perturbation(
    name="iso-noise",
    group="noise",
    about="Add the noise of a camera at high sensitivity: shot and read noise, blotches of colour.",
    source="Foi et al. (2008); own, since A.ISONoise wraps around at white",
    lossy=True,
    gain=by_severity(0.0006, 0.0016, 0.004, 0.01, 0.025, low=0.0, high=1.0),
    read=by_severity(0.001, 0.002, 0.004, 0.008, 0.016, low=0.0, high=1.0),
)
def iso_noise(picture: Picture, rng: Generator, *, gain: float, read: float) -> Picture:
    """Add noise of variance gain x + read² to linear light x, half of it two pixels wide.

    What is wide stands for demosaicing and the camera's denoising.
    """
    shape = picture.rgb.shape
    fine = rng.standard_normal(shape, np.float32)
    wide = cv2.GaussianBlur(rng.standard_normal(shape, np.float32), (0, 0), 1.2)
    # A Gaussian of deviation s divides that of white noise by 2 sqrt(pi) s.
    half = math.sqrt(0.5)
    noise = cv2.addWeighted(fine, half, wide, half * 2 * math.sqrt(math.pi) * 1.2, 0)
    # A table of 256 levels instead of a power and a root for every sample.
    linear = (np.arange(256, dtype=np.float32) / 255) ** np.float32(2.2)
    deviation = np.sqrt(gain * linear + read * read)
    noisy = cv2.LUT(picture.rgb, linear) + cv2.LUT(picture.rgb, deviation) * noise
    return picture.painted(255 * cv2.pow(np.clip(noisy, 0, 1), 1 / 2.2))
