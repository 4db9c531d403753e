"""Power spectrum: decay with frequency, and peaks that up-sampling leaves.

Generators build pictures by up-sampling, which bends the end of the power spectrum (Durall,
Keuper, Keuper, "Watch your up-convolution", CVPR 2020) and leaves peaks at fractions of the
sampling frequency (Zhang, Karaman, Chang, "Detecting and simulating artifacts in GAN fake
images", WIFS 2019; Corvi, Cozzolino, Poggi, Nagano, Verdoliva, "Intriguing properties of
synthetic images", CVPR workshops 2023). Photos fall off as a power of frequency.

JPEG has peaks of its own at multiples of 1/8 cycles per pixel, exactly where up-sampling by 2, 4
and 8 puts them. The score leaves these frequencies out for every exhibit, since a PNG may have
been a JPEG. It is a logistic model of few features, fitted on pictures of both kinds that
went through the same crop and the same compression; its coefficients and what they were fitted
on are in ``locard/assets/power_spectrum.json``. It is weak evidence by itself.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import pairwise

import cv2
import numpy as np
import scipy.fft
from numpy.typing import NDArray

from locard.exhibit import Exhibit
from locard.methods.contract import (
    Cost,
    FactValue,
    Finding,
    Need,
    Question,
    Status,
    method,
    not_applicable,
)

TILE = 128
_MOST_TILES_PER_SIDE = 12
_FLAT = 1.5
_FIT_BAND = (0.03, 0.25)
_EDGES = (0.15, 0.20, 0.25, 0.30, 0.35, 0.40, 0.45, 0.50, 0.58)
_DIRECTION_BANDS = ((0.10, 0.25), (0.25, 0.50))
_CHROMA_BANDS = ((0.03, 0.08), (0.08, 0.16))
# Standard deviation of the logarithm of an exponentially distributed power, in dB.
_BIN_DB = 5.57
_CLIP = 4.0
FEATURES = (
    "slope",
    *(f"excess_{low:.2f}_{high:.2f}" for low, high in pairwise(_EDGES)),
    *(f"axes_{low:.2f}_{high:.2f}" for low, high in _DIRECTION_BANDS),
    *(f"chroma_{low:.2f}_{high:.2f}" for low, high in _CHROMA_BANDS),
    "peak",
)


@dataclass(frozen=True, slots=True)
class Spectrum:
    """The average spectrum of an exhibit and what is measured on it.

    Attributes:
        tiles: how many tiles of 128 × 128 pixels were averaged.
        slope: of log10 power over log10 frequency, from 0.03 to 0.25 cycles per pixel.
        high_db: mean power from 0.35 to 0.5 cycles per pixel over the extrapolated fit, in dB.
        peak_db: strongest peak off JPEG's frequencies over its neighbourhood, in dB.
        peak_frequency: (vertical, horizontal) frequency of it, cycles per pixel.
        grid_db: mean excess at multiples of 1/8 cycles per pixel (JPEG, or up-sampling), in dB.
        features: float64, one for each of `FEATURES`.
    """

    tiles: int
    slope: float
    high_db: float
    peak_db: float
    peak_frequency: tuple[float, float]
    grid_db: float
    features: NDArray[np.float64]


@cache
def _grid() -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Frequencies of a tile's spectrum: vertical, horizontal and radial, 128 × 65."""
    y, x = np.meshgrid(np.fft.fftfreq(TILE), np.fft.rfftfreq(TILE), indexing="ij")
    return y, x, np.hypot(y, x)


@cache
def _jpeg_frequencies() -> NDArray[np.bool_]:
    """Bins within two of a multiple of 1/8 cycles per pixel in both directions."""
    y, x, _ = _grid()
    step, reach = TILE // 8, 2
    off = [np.abs((axis * TILE + step / 2) % step - step / 2) <= reach for axis in (y, x)]
    return np.asarray(off[0] & off[1])


def _starts(length: int) -> NDArray[np.intp]:
    """First pixels of tiles along one side: half overlapping, thinned out evenly when many."""
    count = min(_MOST_TILES_PER_SIDE, 1 + (length - TILE) // (TILE // 2))
    return np.linspace(0, length - TILE, count).astype(np.intp)


def measure(rgb: NDArray[np.uint8], luma: NDArray[np.float32]) -> Spectrum | None:
    """Measure the average spectrum in up to 144 tiles, so that the time has a bound.

    Args:
        rgb: height × width × 3.
        luma: float32, height × width, 0 to 255.

    Returns: the spectrum, or None when every tile is flat.
    """
    window = np.outer(np.hanning(TILE), np.hanning(TILE)).astype(np.float32)
    window /= np.sqrt(np.mean(window**2))
    stacks: list[list[NDArray[np.float32]]] = [[], [], [], []]
    for y in _starts(luma.shape[0]):
        for x in _starts(luma.shape[1]):
            part = np.s_[y : y + TILE, x : x + TILE]
            tile = luma[part]
            if tile.std() < _FLAT or np.mean((tile > 252) | (tile < 2)) > 0.5:
                continue
            red, blue = (rgb[part][..., c].astype(np.float32) - tile for c in (0, 2))
            residual = tile - cv2.medianBlur(tile, 3)
            for stack, plane in zip(stacks, (tile, residual, red, blue), strict=True):
                stack.append((plane - plane.mean()) * window)
    count = len(stacks[0])
    if not count:
        return None
    # Rounding to whole numbers has a power of 1/12, below which nothing is measured.
    luma_db, residual_db, red_db, blue_db = (
        10 * np.log10(_power(np.stack(stack)) + 1 / 12).mean(axis=0) for stack in stacks
    )
    return _describe(luma_db, residual_db, 0.5 * (red_db + blue_db), count)


def _power(planes: NDArray[np.float32]) -> NDArray[np.float32]:
    spectrum = scipy.fft.rfft2(planes, axes=(1, 2))
    return np.asarray((spectrum.real**2 + spectrum.imag**2) / TILE**2, dtype=np.float32)


def _describe(
    luma_db: NDArray[np.floating],
    residual_db: NDArray[np.floating],
    chroma_db: NDArray[np.floating],
    count: int,
) -> Spectrum:
    fy, fx, radius = _grid()
    clean = ~_jpeg_frequencies()

    def level(values: NDArray[np.floating], low: float, high: float) -> float:
        return float(values[(radius >= low) & (radius < high) & clean].mean())

    # Azimuthal mean: one value per ring of one bin, so that every octave counts alike.
    rings = np.arange(round(_FIT_BAND[0] * TILE), round(_FIT_BAND[1] * TILE)) / TILE
    width = 1 / TILE
    profile = [level(luma_db, f, f + width) for f in rings]
    log_f = np.log10(rings + width / 2)
    slope, offset = np.polyfit(log_f, profile, 1, w=1 / np.sqrt(rings + width))

    def excess(low: float, high: float) -> float:
        return level(luma_db, low, high) - float(slope * np.log10((low + high) / 2) + offset)

    features = [slope / 10, *(excess(a, b) for a, b in pairwise(_EDGES))]
    angle = np.arctan2(np.minimum(np.abs(fy), fx), np.maximum(np.abs(fy), fx) + 1e-9)
    for low, high in _DIRECTION_BANDS:
        ring = (radius >= low) & (radius < high) & clean
        near = luma_db[ring & (angle < np.pi / 12)].mean()
        features.append(float(near - luma_db[ring & (angle > np.pi / 6)].mean()))
    features += [level(chroma_db - luma_db, low, high) for low, high in _CHROMA_BANDS]

    residual = np.fft.fftshift(residual_db, axes=0).astype(np.float32)
    # The spectrum of a real signal mirrors at the sides of the half plane.
    padded = cv2.copyMakeBorder(residual, 6, 6, 6, 6, cv2.BORDER_REFLECT_101)
    background = cv2.blur(cv2.medianBlur(padded, 5), (9, 9))[6:-6, 6:-6]
    over = np.fft.ifftshift(residual - background, axes=0)
    # Straight edges fill the axes, which no peak explains; content fills the low frequencies.
    candidate = clean & (radius > 0.1) & (np.minimum(np.abs(fy), fx) > 3 / TILE)
    peak = np.unravel_index(np.argmax(np.where(candidate, over, -np.inf)), over.shape)
    peak_db = float(over[peak])
    features.append(float(np.log1p(max(0.0, peak_db) * np.sqrt(count) / _BIN_DB)))

    node = _exact_nodes()
    return Spectrum(
        tiles=count,
        slope=float(slope / 10),
        high_db=excess(0.35, 0.5),
        peak_db=peak_db,
        peak_frequency=(float(fy[peak]), float(fx[peak])),
        grid_db=float(over[node].mean()),
        features=np.asarray(features, dtype=np.float64),
    )


@cache
def _exact_nodes() -> NDArray[np.bool_]:
    y, x, radius = _grid()
    step = TILE // 8
    return np.asarray(((y * TILE) % step == 0) & ((x * TILE) % step == 0) & (radius > 0.1))


@dataclass(frozen=True, slots=True)
class Model:
    """A logistic model: log odds = bias + Σ weight (feature - mean) / scale, features limited.

    Features are limited to three scales about their mean, so that no strange picture earns a
    score from one feature.
    """

    mean: NDArray[np.float64]
    scale: NDArray[np.float64]
    weight: NDArray[np.float64]
    bias: float

    def log10_odds(self, features: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return log10 odds of being generated for the last axis of features, at equal priors."""
        standard = np.clip((features - self.mean) / self.scale, -3, 3)
        return np.asarray((standard @ self.weight + self.bias) / np.log(10))


@cache
def shipped_model() -> Model:
    """Read the model that ships with the package."""
    text = files("locard.assets").joinpath("power_spectrum.json").read_text("utf-8")
    data = json.loads(text)
    if tuple(data["features"]) != FEATURES:
        raise ValueError("the shipped power-spectrum model was fitted on other features")
    mean, scale, weight = (np.array(data[key]) for key in ("mean", "scale", "weight"))
    return Model(mean, scale, weight, float(data["bias"]))


@method(
    name="power-spectrum",
    title="Power spectrum",
    question=Question.GENERATED,
    about="Measures how the spectrum falls off and looks for peaks left by up-sampling.",
    source="Durall et al., CVPR 2020; Zhang et al., WIFS 2019; Corvi et al., CVPRW 2023",
    needs=(Need.MIN_SIDE_128,),
    cost=Cost.CHEAP,
)
def power_spectrum(exhibit: Exhibit) -> Finding:
    """Weigh the average spectrum; the score is log10 odds of the fitted model, -4 to 4."""
    found = measure(exhibit.rgb, exhibit.luma)
    if found is None:
        return not_applicable("no part has enough texture for a spectrum")
    score = float(np.clip(shipped_model().log10_odds(found.features), -_CLIP, _CLIP))
    frequency = float(np.hypot(*found.peak_frequency))
    facts: dict[str, FactValue] = {
        "tiles": found.tiles,
        "slope": round(found.slope, 3),
        "high_frequency_excess_db": round(found.high_db, 2),
        "peak_db": round(found.peak_db, 2),
        "peak_cycles_per_px": [round(abs(f), 4) for f in found.peak_frequency],
        "eighths_excess_db": round(found.grid_db, 2),
    }
    return Finding(
        Status.INFERRED,
        score=score,
        says=(
            f"The power falls off with frequency to the power {found.slope:.2f}; from 0.35 to 0.5 "
            f"cycles per pixel it is {abs(found.high_db):.1f} dB "
            f"{'above' if found.high_db >= 0 else 'below'} that law, and the strongest peak off "
            f"JPEG's frequencies is {found.peak_db:.1f} dB, at {frequency:.2f} cycles per pixel."
        ),
        facts=facts,
        limitations=(
            "weak by itself, and weaker for generators it was not fitted on",
            "multiples of 1/8 cycles per pixel, where up-sampling also leaves peaks, are not "
            "weighed because JPEG leaves its own there",
        ),
        innocent=(
            "resizing, sharpening and noise reduction bend the spectrum of a photo the same way",
            "fabric, screens, prints and other regular patterns make peaks",
        ),
    )
