"""Power spectrum: decay with frequency, and peaks that up-sampling leaves.

Generators build pictures by up-sampling, which bends the end of the power spectrum (Durall,
Keuper, Keuper, "Watch your up-convolution", CVPR 2020) and leaves peaks at fractions of the
sampling frequency (Zhang, Karaman, Chang, "Detecting and simulating artifacts in GAN fake
images", WIFS 2019; Corvi, Cozzolino, Poggi, Nagano, Verdoliva, "Intriguing properties of
synthetic images", CVPR workshops 2023). Photos fall off as a power of frequency.

JPEG has peaks of its own at multiples of 1/8 cycles per pixel, exactly where up-sampling by 2, 4
and 8 puts them, so these frequencies are reported apart and left out of everything else; a PNG
may have been a JPEG.

The score weighs one number: the curvature of the spectrum in logarithmic coordinates, at middle
frequencies. Of about 70 measurements (slope, excess at high frequencies, direction, colour, peaks)
it told pictures of unseen generators from unseen kinds of photos best, once both had gone through
the same crop and the same compression; because it was chosen on the pictures it was measured on,
its figure is optimistic. Strong peaks were commoner in the photos. Its coefficients and what they
were fitted on are in ``locard/assets/power_spectrum.json``. It is weak evidence by itself.
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
from numpy.typing import ArrayLike, NDArray

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
_CURVATURE_BANDS = np.geomspace(0.03, 0.18, 11)
_CLIP = 2.0


@dataclass(frozen=True, slots=True)
class Spectrum:
    """The average spectrum of an exhibit and what is measured on it.

    Attributes:
        tiles: how many tiles of 128 × 128 pixels were averaged.
        curvature: second derivative of power over frequency from 0.03 to 0.18 cycles per pixel,
            both logarithmic, in dB per octave squared; 0 for a power law.
        slope: of log10 power over log10 frequency, from 0.03 to 0.25 cycles per pixel.
        high_db: mean power from 0.35 to 0.5 cycles per pixel over the extrapolated fit, in dB.
        peak_db: strongest peak off JPEG's frequencies over its neighbourhood, in dB.
        peak_frequency: (vertical, horizontal) frequency of it, cycles per pixel.
        grid_db: mean excess at multiples of 1/8 cycles per pixel on the axes (JPEG's blocks, or
            up-sampling), in dB.
    """

    tiles: int
    curvature: float
    slope: float
    high_db: float
    peak_db: float
    peak_frequency: tuple[float, float]
    grid_db: float


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


def measure(luma: NDArray[np.float32]) -> Spectrum | None:
    """Measure the average spectrum in up to 144 tiles, so that the time has a bound.

    Args:
        luma: float32, height × width, 0 to 255.

    Returns: the spectrum, or None when every tile is flat.
    """
    window = np.outer(np.hanning(TILE), np.hanning(TILE)).astype(np.float32)
    window /= np.sqrt(np.mean(window**2))
    planes: list[NDArray[np.float32]] = []
    residuals: list[NDArray[np.float32]] = []
    for y in _starts(luma.shape[0]):
        for x in _starts(luma.shape[1]):
            tile = luma[y : y + TILE, x : x + TILE]
            if tile.std() < _FLAT or np.mean((tile > 252) | (tile < 2)) > 0.5:
                continue
            residual = tile - cv2.medianBlur(tile, 3)
            planes.append((tile - tile.mean()) * window)
            residuals.append((residual - residual.mean()) * window)
    if not planes:
        return None
    return _describe(_mean_db(planes), _mean_db(residuals), len(planes))


def _mean_db(planes: list[NDArray[np.float32]]) -> NDArray[np.float32]:
    """Mean over tiles of the logarithm of power, in dB: no tile outweighs the others."""
    total = np.zeros((TILE, TILE // 2 + 1), np.float32)
    for plane in planes:
        spectrum = scipy.fft.rfft2(plane)
        power = (spectrum.real**2 + spectrum.imag**2) / TILE**2
        # Rounding to whole numbers has a power of 1/12, below which nothing is measured.
        total += np.log10(power + np.float32(1 / 12))
    return np.asarray(10 * total / len(planes), dtype=np.float32)


def _describe(
    luma_db: NDArray[np.float32], residual_db: NDArray[np.float32], count: int
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

    bands = [level(luma_db, low, high) for low, high in pairwise(_CURVATURE_BANDS)]
    octaves = np.log2(_CURVATURE_BANDS[1:] * _CURVATURE_BANDS[:-1]) / 2
    curvature = 2 * float(np.polyfit(octaves, bands, 2)[0])

    residual = np.fft.fftshift(residual_db, axes=0).astype(np.float32)
    # The spectrum of a real signal mirrors at the sides of the half plane.
    padded = cv2.copyMakeBorder(residual, 6, 6, 6, 6, cv2.BORDER_REFLECT_101)
    background = cv2.blur(cv2.medianBlur(padded, 5), (9, 9))[6:-6, 6:-6]
    over = np.fft.ifftshift(residual - background, axes=0)
    # Straight edges fill the axes, which no peak explains; content fills the low frequencies.
    candidate = clean & (radius > 0.1) & (np.minimum(np.abs(fy), fx) > 3 / TILE)
    peak = np.unravel_index(np.argmax(np.where(candidate, over, -np.inf)), over.shape)
    peak_db = float(over[peak])
    node = _exact_nodes()
    return Spectrum(
        tiles=count,
        curvature=curvature,
        slope=float(slope / 10),
        high_db=excess(0.35, 0.5),
        peak_db=peak_db,
        peak_frequency=(float(fy[peak]), float(fx[peak])),
        grid_db=float(over[node].mean()),
    )


@cache
def _exact_nodes() -> NDArray[np.bool_]:
    """Multiples of 1/8 cycles per pixel on the two axes, where block borders have their power."""
    y, x, radius = _grid()
    step = TILE // 8
    node = ((y * TILE) % step == 0) & ((x * TILE) % step == 0)
    return np.asarray(node & (np.minimum(np.abs(y), x) == 0) & (radius > 0.1))


@dataclass(frozen=True, slots=True)
class Model:
    """A logistic model: log odds = bias + weight × curvature, curvature limited to a range.

    The range holds the curvatures it was fitted on; beyond it nothing is known.
    """

    weight: float
    bias: float
    lowest: float
    highest: float

    def log10_odds(self, curvature: ArrayLike) -> NDArray[np.float64]:
        """Return log10 odds of being generated, at equal priors."""
        limited = np.clip(np.asarray(curvature, dtype=np.float64), self.lowest, self.highest)
        return np.asarray((self.weight * limited + self.bias) / np.log(10))


@cache
def shipped_model() -> Model:
    """Read the model that ships with the package."""
    text = files("locard.assets").joinpath("power_spectrum.json").read_text("utf-8")
    data = json.loads(text)
    return Model(**{key: float(data[key]) for key in ("weight", "bias", "lowest", "highest")})


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
    """Weigh the average spectrum; the score is log10 odds of the fitted model, -2 to 2."""
    found = measure(exhibit.luma)
    if found is None:
        return not_applicable("no part has enough texture for a spectrum")
    score = float(np.clip(shipped_model().log10_odds(found.curvature), -_CLIP, _CLIP))
    frequency = float(np.hypot(*found.peak_frequency))
    facts: dict[str, FactValue] = {
        "tiles": found.tiles,
        "curvature_db_per_octave2": round(found.curvature, 3),
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
            f"The power falls off with frequency to the power {found.slope:.2f}, curving by "
            f"{found.curvature:.1f} dB per octave squared; from 0.35 to 0.5 cycles per pixel it "
            f"is {abs(found.high_db):.1f} dB {'above' if found.high_db >= 0 else 'below'} that "
            f"law, and the strongest peak off JPEG's frequencies is {found.peak_db:.1f} dB, at "
            f"{frequency:.2f} cycles per pixel."
        ),
        facts=facts,
        limitations=(
            "weak by itself, and blind to some generators (Stable Diffusion 1 among them)",
            "it tells portrait generators best, which may be due to their subject",
            "multiples of 1/8 cycles per pixel, where up-sampling also leaves peaks, are not "
            "weighed because JPEG leaves its own there",
        ),
        innocent=(
            "resizing, sharpening and noise reduction bend the spectrum of a photo the same way",
            "fabric, screens, prints and other regular patterns make peaks",
        ),
    )
