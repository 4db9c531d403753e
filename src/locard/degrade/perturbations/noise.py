"""Noise: what sensors, transmission and editors add to pixels."""

from __future__ import annotations

from locard.degrade.augmentation import augmentation
from locard.degrade.contract import by_severity, constant

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
    "iso-noise",
    "noise",
    "ISONoise",
    "Add the noise of a camera at high sensitivity: brightness and blotches of colour.",
    lambda intensity, colour: {"intensity": (intensity, intensity), "color_shift": (0.0, colour)},
    lossy=True,
    intensity=by_severity(0.1, 0.2, 0.35, 0.55, 0.9, low=0.0, high=2.0),
    colour=by_severity(0.01, 0.02, 0.04, 0.07, 0.12, low=0.0, high=1.0),
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
