"""Colour and tone."""

from __future__ import annotations

import numpy as np
from numpy.random import Generator
from PIL import Image

from locard.degrade.augmentation import augmentation
from locard.degrade.contract import Picture, by_severity, constant, drawn_from, perturbation

SIGN = drawn_from(-1, 1)


def _both(value: float) -> tuple[float, float]:
    return (value, value)


augmentation(
    "brightness",
    "colour",
    "RandomBrightnessContrast",
    "Make all of it brighter or darker, by this share of the range.",
    lambda amount, sign: {"brightness_limit": _both(sign * amount), "contrast_limit": _both(0.0)},
    lossy=True,
    amount=by_severity(0.04, 0.08, 0.14, 0.22, 0.32, low=0.0, high=1.0),
    sign=SIGN,
)
augmentation(
    "contrast",
    "colour",
    "RandomBrightnessContrast",
    "Raise or lower the contrast by this share.",
    lambda amount, sign: {"brightness_limit": _both(0.0), "contrast_limit": _both(sign * amount)},
    lossy=True,
    amount=by_severity(0.06, 0.12, 0.22, 0.35, 0.5, low=0.0, high=1.0),
    sign=SIGN,
)
augmentation(
    "saturation",
    "colour",
    "HueSaturationValue",
    "Raise or lower the saturation, in levels of 255.",
    lambda amount, sign: {
        "hue_shift_limit": _both(0.0),
        "sat_shift_limit": _both(sign * amount),
        "val_shift_limit": _both(0.0),
    },
    lossy=True,
    amount=by_severity(10.0, 22.0, 38.0, 60.0, 90.0, low=0.0, high=255.0),
    sign=SIGN,
)
augmentation(
    "hue",
    "colour",
    "HueSaturationValue",
    "Turn the hue by this angle, in half degrees.",
    lambda angle, sign: {
        "hue_shift_limit": _both(sign * angle),
        "sat_shift_limit": _both(0.0),
        "val_shift_limit": _both(0.0),
    },
    lossy=True,
    angle=by_severity(3.0, 7.0, 14.0, 25.0, 45.0, low=0.0, high=90.0),
    sign=SIGN,
)
augmentation(
    "gamma",
    "colour",
    "RandomGamma",
    "Bend the tone curve by this power, or by one over it.",
    lambda power, sign: {"gamma_limit": _both(100 * power**sign)},
    lossy=True,
    power=by_severity(1.1, 1.2, 1.4, 1.7, 2.2, low=1.0, high=10.0),
    sign=SIGN,
)
augmentation(
    "tone-curve",
    "colour",
    "RandomToneCurve",
    "Bend the tone curve at random.",
    lambda scale: {"scale": scale},
    scale=by_severity(0.05, 0.1, 0.15, 0.25, 0.4, low=0.0, high=1.0),
)
augmentation(
    "colour-jitter",
    "colour",
    "ColorJitter",
    "Draw brightness, contrast, saturation and hue anew, each up to this share.",
    lambda amount: {
        "brightness": (1 - amount, 1 + amount),
        "contrast": (1 - amount, 1 + amount),
        "saturation": (1 - amount, 1 + amount),
        "hue": (-amount / 4, amount / 4),
    },
    amount=by_severity(0.05, 0.12, 0.22, 0.35, 0.5, low=0.0, high=1.0),
)
augmentation(
    "rgb-shift",
    "colour",
    "RGBShift",
    "Add up to so many grey levels to each channel, or take them away.",
    lambda amount: {f"{c}_shift_limit": (-amount, amount) for c in "rgb"},
    amount=by_severity(5.0, 12.0, 22.0, 36.0, 55.0, low=0.0, high=255.0),
)
augmentation(
    "colour-pca",
    "colour",
    "FancyPCA",
    "Shift colours along their principal axes; Krizhevsky et al. (2012).",
    lambda amount: {"alpha": amount},
    amount=by_severity(0.05, 0.1, 0.2, 0.35, 0.6, low=0.0, high=5.0),
)
augmentation(
    "channel-shuffle",
    "colour",
    "ChannelShuffle",
    "Swap the colour channels.",
    lambda: {},
)
augmentation(
    "channel-dropout",
    "colour",
    "ChannelDropout",
    "Set one colour channel to zero.",
    lambda: {},
)
augmentation("grey", "colour", "ToGray", "Take the colour away.", lambda: {})
augmentation("sepia", "colour", "ToSepia", "Tint as an old photograph.", lambda: {})
augmentation("invert", "colour", "InvertImg", "Make a negative.", lambda: {})
augmentation(
    "equalize", "colour", "Equalize", "Equalize the histogram of every channel.", lambda: {}
)
augmentation(
    "auto-contrast",
    "colour",
    "AutoContrast",
    "Stretch every channel to the full range, leaving so many percent out at both ends.",
    lambda cutoff: {"cutoff": cutoff},
    cutoff=by_severity(0.0, 0.5, 1.0, 3.0, 6.0, low=0.0, high=45.0),
)
augmentation(
    "posterize",
    "colour",
    "Posterize",
    "Keep so many bits of every channel.",
    lambda bits: {"num_bits": bits},
    lossy=True,
    bits=by_severity(6, 5, 4, 3, 2, low=1, high=7),
)
augmentation(
    "solarize",
    "colour",
    "Solarize",
    "Invert what is brighter than this share of the range.",
    lambda threshold: {"threshold_range": _both(threshold)},
    threshold=by_severity(0.9, 0.75, 0.6, 0.45, 0.3, low=0.0, high=1.0),
)
augmentation(
    "clahe",
    "colour",
    "CLAHE",
    "Equalize the histogram locally, up to this contrast.",
    lambda clip: {"clip_limit": _both(clip), "tile_grid_size": (8, 8)},
    lossy=True,
    clip=by_severity(1.0, 2.0, 4.0, 8.0, 16.0, low=1.0, high=40.0),
)


@perturbation(
    name="white-balance",
    group="colour",
    about="Make the light warmer or colder: red and blue are scaled against each other.",
    source="von Kries (1902)",
    lossy=True,
    amount=by_severity(0.04, 0.09, 0.16, 0.25, 0.38, low=0.0, high=0.9),
    sign=SIGN,
)
def white_balance(picture: Picture, rng: Generator, *, amount: float, sign: int) -> Picture:
    """Scale red by 1 + a and blue by 1 - a in linear light; the luma stays about the same."""
    linear = (picture.rgb / np.float32(255)) ** np.float32(2.2)
    gain = np.array([1 + sign * amount, 1.0, 1 - sign * amount], np.float32)
    balanced = np.clip(linear * gain, 0, 1) ** np.float32(1 / 2.2)
    return picture.painted(255 * balanced)


@perturbation(
    name="palette",
    group="colour",
    about="Reduce to so many colours, as GIF does.",
    source="PIL.Image.quantize",
    lossy=True,
    colours=by_severity(256, 128, 64, 24, 8, low=2, high=256),
    dither=constant(True),
)
def palette(picture: Picture, rng: Generator, *, colours: int, dither: bool) -> Picture:
    """Median cut, with Floyd and Steinberg's error diffusion or without."""
    image = Image.fromarray(picture.rgb)
    chosen = image.quantize(colours, Image.Quantize.MEDIANCUT)
    kind = Image.Dither.FLOYDSTEINBERG if dither else Image.Dither.NONE
    return picture.painted(np.asarray(image.quantize(palette=chosen, dither=kind).convert("RGB")))
