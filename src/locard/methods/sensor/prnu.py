"""Photo-response non-uniformity: which enrolled camera took the photo, and what it did not take.

Every pixel of a sensor answers a little more or less to light than its neighbours. A photo is
I = I₀ (1 + K) + noise with a factor K, of about one per cent, that stays with the sensor for
life. Follows Chen, Fridrich, Goljan, Lukáš, "Determining image origin and integrity using sensor
noise", IEEE Transactions on Information Forensics and Security 3(1), 2008:

- residual W: what the local-variance Wiener filter of Mıhçak, Kozintsev, Ramchandran (1999)
  removes in the wavelet domain (Lukáš, Fridrich, Goljan 2006);
- fingerprint: K = Σ Wᵢ Iᵢ / Σ Iᵢ², then rows and columns of every phase of the colour filter
  made zero-mean and the spectrum flattened by a Wiener filter, which takes away what cameras of
  one model and all JPEG files have in common;
- match: cross-correlation of W I with K over all shifts, and its peak-to-correlation energy
  (PCE; Goljan, Fridrich, Filler, "Large scale test of sensor fingerprint camera
  identification", SPIE 2009);
- forgery: correlation of W with I K in windows against the correlation that intensity, texture
  and saturation let expect.

Luma is used in place of the paper's three colour channels, for time.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np
import pywt
import scipy.fft
from numpy.typing import NDArray
from scipy.special import expit, gammaln, log_ndtr

from locard.exhibit import Exhibit, ExhibitError, open_exhibit
from locard.methods.contract import (
    Cost,
    FactValue,
    Finding,
    GridMap,
    Need,
    Question,
    Status,
    method,
    not_applicable,
)
from locard.methods.sensor.cameras import (
    CameraError,
    CameraRecord,
    camera_names,
    camera_path,
    load_camera,
    load_record,
    save_camera,
)

FloatMap = NDArray[np.float32]

MATCH_PCE = 60.0
"""Least peak-to-correlation energy of a match; the paper of 2009 found 1 in 40,000 false."""

FEWEST_PHOTOS = 3
ENOUGH_PHOTOS = 20
_FEWEST_SIDE = 256

_LN10 = float(np.log(10.0))
_WAVELET = "db4"
_LEVELS = 4
_NOISE_VARIANCE = 9.0
_STRIPE = 1024
_OVERLAP = 128
# Variance of the residual over the variance of K: the weight of "K is zero" in the estimate.
_PRIOR_WEIGHT = 4e4
_NEIGHBOURHOOD = 11
_CELL = 16
# Sides of windows in cells; the predictor is fitted on the second.
_SIDES = (4, 6, 8, 12, 16)
# Expected correlation, in standard deviations of chance, that windows are made large enough for.
_ENOUGH_POWER = 6.0
# Odds of a window being foreign that give a heat of one half; see `Integrity`.
_PRIOR_LOG10_ODDS = -2.0
_FREEDOM = 4.0
_CLIP = 6.0


def noise_residual(luma: FloatMap) -> FloatMap:
    """Return what a wavelet-domain Wiener filter takes for noise of variance 9.

    Each detail coefficient d becomes d σ² / (s + σ²), where s is the least of the local signal
    variances in windows of 3, 5, 7 and 9 coefficients; the coarse approximation is dropped, so
    that the inverse transform is the residual itself.

    Args:
        luma: float32, height × width, 0 to 255.

    Returns: float32, same shape, about zero-mean.
    """
    height = luma.shape[0]
    if height <= _STRIPE + 2 * _OVERLAP:
        return _residual_of(luma)
    out = np.empty_like(luma)
    # Stripes bound the memory; they start on the coarsest wavelet grid so that they agree.
    for start in range(0, height, _STRIPE):
        top = max(0, start - _OVERLAP)
        stop = min(height, start + _STRIPE)
        part = _residual_of(luma[top : min(height, stop + _OVERLAP)])
        out[start:stop] = part[start - top : stop - top]
    return out


def _residual_of(luma: FloatMap) -> FloatMap:
    bands = pywt.wavedec2(luma, _WAVELET, mode="symmetric", level=_LEVELS)
    kept = [np.zeros_like(bands[0])]
    kept += [tuple(_noise_part(band) for band in level) for level in bands[1:]]
    restored = pywt.waverec2(kept, _WAVELET, mode="symmetric")
    return np.asarray(restored[: luma.shape[0], : luma.shape[1]], dtype=np.float32)


def _least_local_mean(energy: FloatMap) -> FloatMap:
    """Return the least of the means in 3 × 3, 5 × 5, 7 × 7 and 9 × 9 windows."""
    least = cv2.blur(energy, (3, 3))
    for side in (5, 7, 9):
        least = cv2.min(least, cv2.blur(energy, (side, side)))
    return np.asarray(least, dtype=np.float32)


def _noise_part(band: FloatMap) -> FloatMap:
    signal = np.maximum(_least_local_mean(band * band) - _NOISE_VARIANCE, 0.0)
    return np.asarray(band * (_NOISE_VARIANCE / (signal + _NOISE_VARIANCE)), dtype=np.float32)


@dataclass(slots=True)
class FingerprintSum:
    """The sums Σ W I and Σ I² of the maximum-likelihood fingerprint, both float32 maps."""

    numerator: FloatMap
    denominator: FloatMap
    count: int = 0

    @classmethod
    def zero(cls, height: int, width: int) -> FingerprintSum:
        """Return the sums over no photo."""
        return cls(np.zeros((height, width), np.float32), np.zeros((height, width), np.float32))

    def add(self, weighted: FloatMap, light: FloatMap, sign: int = 1) -> None:
        """Add (or with ``sign`` -1 take away) one photo: W I and I, see `observe`."""
        self.numerator += sign * weighted
        self.denominator += sign * light * light
        self.count += sign

    def pattern(self) -> FloatMap:
        """Return the fingerprint K without what cameras share, float32, height × width."""
        return clean_pattern(self.numerator / (self.denominator + _PRIOR_WEIGHT))


def clean_pattern(pattern: FloatMap) -> FloatMap:
    """Remove from a fingerprint what other cameras have too.

    Row and column means of the four phases of a 2 × 2 colour filter (demosaicing, read-out) and
    peaks of the spectrum (JPEG's block grid): X becomes X σ² / (s + σ²) with σ² the mean energy
    and s the local energy above it.
    """
    flat = pattern.copy()
    for y in (0, 1):
        for x in (0, 1):
            phase = flat[y::2, x::2]
            phase -= phase.mean(axis=1, keepdims=True)
            phase -= phase.mean(axis=0, keepdims=True)
    spectrum = scipy.fft.rfft2(flat)
    energy = np.abs(spectrum) ** 2
    mean = float(energy.mean())
    if mean <= 0:
        return flat
    excess = np.maximum(_least_local_mean(energy) - mean, 0.0)
    spectrum *= mean / (excess + mean)
    return np.asarray(scipy.fft.irfft2(spectrum, s=flat.shape), dtype=np.float32)


def observe(exhibit: Exhibit) -> tuple[FloatMap, FloatMap]:
    """Return the residual W and the light I of an exhibit, float32, height × width, 0 to 255.

    I is luma, and 0 where a channel is clipped: such pixels carry no fingerprint.
    """

    def compute() -> tuple[FloatMap, FloatMap]:
        light = np.where(exhibit.saturated, np.float32(0), exhibit.luma)
        return noise_residual(exhibit.luma), light

    return exhibit.shared("prnu:observed", compute)


@dataclass(frozen=True, slots=True)
class Correlation:
    """How well a photo fits a fingerprint.

    Attributes:
        pce: peak-to-correlation energy, with the sign of the peak.
        offset: (y, x) of the photo's first pixel on the fingerprint's grid.
        shifts: how many offsets were tried.
    """

    pce: float
    offset: tuple[int, int]
    shifts: int

    def log10_false_alarm(self, cameras: int = 1) -> float:
        """Return log10 of the expected number of chance matches as good as this one.

        Q(√PCE) × shifts × cameras, at most 1, with Q the tail of the normal distribution:
        another camera's correlations are normal, and PCE measures the peak in their variance.
        """
        if self.pce <= 0:
            return 0.0
        tail = float(log_ndtr(-np.sqrt(self.pce))) / _LN10
        return min(0.0, tail + float(np.log10(self.shifts * cameras)))


def correlate(weighted: FloatMap, pattern: FloatMap) -> Correlation:
    """Correlate a photo with a fingerprint at its only possible place, or at all of a crop's.

    C(s) = Σₓ W(x) I(x) K(x + s); PCE = C(peak)² over the mean of C² outside 11 × 11 shifts about
    the peak.

    Args:
        weighted: W I of the photo, see `observe`.
        pattern: fingerprint K, at least as large on both sides.
    """
    rows, cols = pattern.shape
    free = (rows - weighted.shape[0] + 1, cols - weighted.shape[1] + 1)
    spectrum = scipy.fft.rfft2(pattern)
    spectrum *= np.conj(scipy.fft.rfft2(weighted, s=pattern.shape))
    surface = scipy.fft.irfft2(spectrum, s=pattern.shape, overwrite_x=True)
    del spectrum
    peak = np.unravel_index(np.argmax(surface[: free[0], : free[1]]), free)
    y, x = int(peak[0]), int(peak[1])
    value = float(surface[y, x])
    reach = _NEIGHBOURHOOD // 2
    near = surface[
        np.ix_(
            np.unique(np.arange(y - reach, y + reach + 1) % rows),
            np.unique(np.arange(x - reach, x + reach + 1) % cols),
        )
    ].astype(np.float64)
    flat = surface.ravel()
    energy = float(np.dot(flat, flat)) - float((near**2).sum())
    mean = energy / max(1, surface.size - near.size)
    pce = float(np.sign(value)) * value * value / mean if mean > 0 else 0.0
    return Correlation(pce, (y, x), free[0] * free[1])


@dataclass(frozen=True, slots=True)
class Windows:
    """Correlations in sliding windows and what they depend on, float64, rows × cols.

    Attributes:
        side: of a window in cells of 16 pixels; windows start at every cell.
        rho: normalised correlation of W with I K.
        chance: the same with the fingerprint displaced, where nothing should correlate.
        features: rows × cols × 5, what the correlation depends on.
    """

    side: int
    rho: NDArray[np.float64]
    chance: NDArray[np.float64]
    features: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Cells:
    """Means over cells of 16 × 16 pixels, from which windows of any size are summed.

    Attributes:
        means: float64, rows × cols × 12: W, W², then S, S², W S for the fingerprint S = I K in
            place and displaced, then four features of the photo.
    """

    means: NDArray[np.float64]

    def windows(self, side: int) -> Windows:
        """Return correlations in windows of ``side`` × ``side`` cells; at most a side's cells."""
        # OpenCV filters at most four channels of this type at once.
        parts = [
            cv2.blur(np.ascontiguousarray(self.means[..., i : i + 4]), (side, side), anchor=(0, 0))
            for i in range(0, self.means.shape[2], 4)
        ]
        rows, cols = (count - side + 1 for count in self.means.shape[:2])
        mean = np.concatenate(parts, axis=-1)[:rows, :cols]
        w, ww = mean[..., 0], mean[..., 1]
        var_w = np.maximum(ww - w * w, 1e-6)
        rho = []
        for first in (2, 5):
            s, ss, ws = (mean[..., first + i] for i in range(3))
            var_s = np.maximum(ss - s * s, 1e-9)
            rho.append((ws - w * s) / np.sqrt(var_w * var_s))
        s, ss = mean[..., 2], mean[..., 3]
        exact = np.sqrt(np.maximum(ss - s * s, 1e-9) / var_w)
        features = np.concatenate([mean[..., 8:], exact[..., None]], axis=-1)
        return Windows(side, rho[0], rho[1], features)


def cells(residual: FloatMap, light: FloatMap, luma: FloatMap, pattern: FloatMap) -> Cells:
    """Average what `Cells` needs over cells of 16 pixels.

    The features follow the paper (its equations 24 to 27): mean attenuated intensity, mean
    inverse texture, share of clipped pixels, intensity over texture; and, of the windows, the
    ratio of the energies of I K and W, of which the correlation is a multiple when K is exact.
    """
    # Half the picture away, and off JPEG's grid of 8.
    down, right = (length // 2 + 3 - length // 2 % 8 for length in pattern.shape)
    parts = []
    height = residual.shape[0] // _CELL * _CELL
    for start in range(0, height, _STRIPE):
        rows = np.arange(start, min(height, start + _STRIPE))
        away = np.roll(pattern[rows - down], right, axis=1)
        part = slice(start, start + len(rows))
        parts.append(_cells_of(residual[part], light[part], luma[part], (pattern[part], away)))
    return Cells(np.concatenate(parts))


def _cells_of(
    residual: FloatMap, light: FloatMap, luma: FloatMap, patterns: Sequence[FloatMap]
) -> NDArray[np.float64]:
    """Average one stripe, see `Cells`; its height is a multiple of 16."""
    rows, cols = residual.shape[0] // _CELL, residual.shape[1] // _CELL

    def mean(values: FloatMap) -> NDArray[np.float64]:
        shrunk = cv2.resize(values[:, : cols * _CELL], (cols, rows), interpolation=cv2.INTER_AREA)
        return np.asarray(shrunk, dtype=np.float64)

    found = [mean(residual), mean(residual * residual)]
    for pattern in patterns:
        signal = light * pattern
        found += [mean(signal), mean(signal * signal), mean(residual * signal)]
    high = luma - cv2.blur(luma, (3, 3))
    smooth = 1.0 / (1.0 + cv2.sqrBoxFilter(high, cv2.CV_32F, (5, 5)))
    # Cameras compress highlights, which weakens the fingerprint there before it vanishes.
    bright = np.where(light < 245.0, light / 245.0, 0.0).astype(np.float32)
    clipped = (light == 0).astype(np.float32)
    found += [mean(bright), mean(smooth), mean(clipped), mean(bright * smooth)]
    return np.stack(found, axis=-1)


def _terms(features: NDArray[np.float64]) -> NDArray[np.float64]:
    """1, the features and their products, last axis 21 long."""
    count = features.shape[-1]
    i, j = np.triu_indices(count)
    one = np.ones((*features.shape[:-1], 1))
    return np.concatenate([one, features, features[..., i] * features[..., j]], axis=-1)


def fit_predictor(
    features: NDArray[np.float64], rho: NDArray[np.float64]
) -> tuple[NDArray[np.float64], float]:
    """Fit the correlation to expect, by ridge least squares on `_terms`.

    Args:
        features: windows × 5, from photos that the fingerprint was not estimated from.
        rho: their correlations.

    Returns: coefficients of `predict`, and the robust standard deviation about them.
    """
    terms = _terms(features)
    scale = np.maximum(np.sqrt((terms**2).mean(axis=0)), 1e-9)
    normal = (terms / scale).T @ (terms / scale) / len(terms)
    right = (terms / scale).T @ rho / len(terms)
    coefficients = np.linalg.solve(normal + 1e-5 * np.eye(len(normal)), right) / scale
    error = rho - terms @ coefficients
    return coefficients, float(1.4826 * np.median(np.abs(error - np.median(error))))


def predict(features: NDArray[np.float64], coefficients: Sequence[float]) -> NDArray[np.float64]:
    """Return the correlation to expect where the fingerprint is present, 0 to 1."""
    expected = _terms(features) @ np.asarray(coefficients, dtype=np.float64)
    return np.asarray(np.clip(expected, 0.0, 1.0), dtype=np.float64)


@dataclass(frozen=True, slots=True)
class Integrity:
    """Where the fingerprint of a matching camera is missing.

    Attributes:
        side: of a window in cells of 16 pixels.
        log10_lr: rows × cols of windows; how much more probable the correlation is if the window
            is foreign (normal about 0) than if it is not (Student's t about the prediction,
            whose heavy tails forgive a wrong prediction).
        power: rows × cols, the expected correlation in standard deviations of chance.
        gain: measured over predicted correlation; below 1 for a recompressed photo.
    """

    side: int
    log10_lr: NDArray[np.float64]
    power: NDArray[np.float64]
    gain: float

    @property
    def heat(self) -> FloatMap:
        """Posterior probability that a window is foreign, with prior odds of 1 to 100."""
        return expit(_LN10 * (self.log10_lr + _PRIOR_LOG10_ODDS)).astype(np.float32)


def integrity(measured: Cells, record: CameraRecord) -> Integrity:
    """Compare the correlations of a photo with those that its camera's fingerprint predicts.

    Windows are the smallest in which half the photo could be judged: a weak fingerprint needs
    larger ones.
    """
    room = min(measured.means.shape[:2]) // 2
    for side in _SIDES:
        found = _judge(measured.windows(side), record)
        if side * 2 > room or float(np.median(found.power)) >= _ENOUGH_POWER:
            break
    return found


def _judge(found: Windows, record: CameraRecord) -> Integrity:
    expected = predict(found.features, record.predictor)
    # Recompression weakens the fingerprint everywhere: a weighted median over all windows says
    # by how much, and a region without fingerprint does not move it.
    ratio = found.rho / np.maximum(expected, 1e-3)
    order = np.argsort(ratio, axis=None)
    weight = np.cumsum((expected**2).ravel()[order])
    middle = order[np.searchsorted(weight, weight[-1] / 2)] if weight[-1] > 0 else order[0]
    gain = float(np.clip(ratio.ravel()[middle], 0.0, 1.5))
    expected = gain * expected

    chance = max(float(np.sqrt(np.mean(found.chance**2))), 1e-4)
    spread = max(chance, gain * record.spread)
    foreign = -0.5 * (found.rho / chance) ** 2 - np.log(chance) - 0.5 * np.log(2 * np.pi)
    t = np.minimum(found.rho - expected, 0.0) / spread
    half = (_FREEDOM + 1) / 2
    constant = gammaln(half) - gammaln(_FREEDOM / 2) - 0.5 * np.log(_FREEDOM * np.pi)
    own = constant - np.log(spread) - half * np.log1p(t * t / _FREEDOM)
    return Integrity(found.side, (foreign - own) / _LN10, expected / chance, gain)


@dataclass(frozen=True, slots=True)
class Match:
    """The enrolled camera that a photo fits best.

    Attributes:
        compared: how many enrolled cameras the photo's size allowed to compare.
    """

    record: CameraRecord
    correlation: Correlation
    compared: int
    pattern: FloatMap = field(repr=False)

    @property
    def found(self) -> bool:
        """Whether the peak-to-correlation energy exceeds that of a match."""
        return self.correlation.pce > MATCH_PCE

    @property
    def log10_false_alarm(self) -> float:
        """log10 of the expected number of chance matches as good, over shifts and cameras."""
        return self.correlation.log10_false_alarm(self.compared)

    @property
    def chance(self) -> str:
        """`log10_false_alarm` as text; far out, the normal tail is a formula, not a measurement."""
        power = self.log10_false_alarm
        return f"10^{power:.1f}" if power > -50 else "below 10^-50"


def match_cameras(exhibit: Exhibit, names: Sequence[str]) -> Match | None:
    """Compare an exhibit with enrolled cameras and return the best match, found or not.

    Cameras whose grid is smaller than the exhibit's are left out, damaged files too; None when no
    camera is left.
    """
    fitting = []
    for name in names:
        try:
            record = load_record(name)
        except CameraError:
            continue
        if record.height >= exhibit.height and record.width >= exhibit.width:
            fitting.append(name)
    best: Match | None = None
    for name in fitting:
        try:
            record, pattern = load_camera(name)
        except CameraError:
            continue
        residual, light = observe(exhibit)
        correlation = correlate(residual * light, pattern)
        if best is None or correlation.pce > best.correlation.pce:
            best = Match(record, correlation, len(fitting), pattern)
    return best


def claimed_model(exhibit: Exhibit) -> str | None:
    """Return make and model as the metadata claim them, or None."""
    exif = exhibit.metadata.exif
    words = [exif.get("Make", "").strip(), exif.get("Model", "").strip()]
    if words[1].lower().startswith(words[0].lower()):
        words = words[1:]
    return " ".join(word for word in words if word) or None


@dataclass(frozen=True, slots=True)
class Enrolment:
    """What became of an enrolment.

    Attributes:
        skipped: (file, reason) of photos left out.
        warnings: what the user should know of the fingerprint's quality.
    """

    record: CameraRecord
    skipped: list[tuple[str, str]]
    warnings: list[str]


def enroll_camera(
    name: str,
    photos: Sequence[str | Path],
    *,
    replace: bool = False,
    progress: Callable[[int, int], None] | None = None,
) -> Enrolment:
    """Estimate a camera's fingerprint from photos and keep it in the store.

    Every photo is then matched with the fingerprint of the others, which measures the quality
    and fits the predictor of `integrity` without a photo predicting itself.

    Args:
        photos: files; unreadable ones and repetitions are skipped and reported.
        replace: whether a camera of that name may be overwritten.
        progress: called with steps done and steps in all.

    Raises: CameraError with one sentence when there is no sound fingerprint to keep.
    """
    if camera_path(name).exists() and not replace:
        raise CameraError(
            f"a camera is enrolled as {name!r} already; add --replace to overwrite it"
        )
    tell = progress or (lambda done, total: None)
    sums: FingerprintSum | None = None
    size = (0, 0)
    used: list[tuple[str | Path, str]] = []
    skipped: list[tuple[str, str]] = []
    models: set[str] = set()
    for i, photo in enumerate(photos):
        try:
            exhibit = open_exhibit(photo)
        except ExhibitError as error:
            skipped.append((str(photo), str(error)))
            tell(i + 1, 2 * len(photos))
            continue
        if any(exhibit.sha256 == digest for _, digest in used):
            skipped.append((str(photo), "the same photo was given before"))
            continue
        if sums is None:
            size = (exhibit.height, exhibit.width)
            if min(size) < _FEWEST_SIDE:
                raise CameraError(
                    f"{photo} has {size[1]} × {size[0]} pixels; a fingerprint needs at least "
                    f"{_FEWEST_SIDE} on each side"
                )
            sums = FingerprintSum.zero(*size)
        elif (exhibit.height, exhibit.width) != size:
            raise CameraError(
                f"the photos differ in size ({size[1]} × {size[0]}, and {exhibit.width} × "
                f"{exhibit.height} in {photo}); enroll photos of one size as the camera stored them"
            )
        residual, light = observe(exhibit)
        sums.add(residual * light, light)
        used.append((photo, exhibit.sha256))
        if claimed := claimed_model(exhibit):
            models.add(claimed)
        tell(i + 1, 2 * len(photos))
    if sums is None or len(used) < FEWEST_PHOTOS:
        raise CameraError(
            f"{len(used)} photos could be used; a fingerprint needs at least {FEWEST_PHOTOS}, and "
            f"{ENOUGH_PHOTOS} or more to be reliable",
            skipped,
        )
    quality: list[float] = []
    features, rhos = [], []
    for i, (photo, _) in enumerate(used):
        try:
            exhibit = open_exhibit(photo)
        except ExhibitError as error:
            raise CameraError(f"{photo} changed while it was read: {error}") from None
        residual, light = observe(exhibit)
        weighted = residual * light
        sums.add(weighted, light, sign=-1)
        others = sums.pattern()
        sums.add(weighted, light)
        quality.append(round(correlate(weighted, others).pce, 2))
        found = cells(residual, light, exhibit.luma, others).windows(_SIDES[1])
        # Windows overlap: every third is enough.
        features.append(found.features[::3, ::3].reshape(-1, found.features.shape[-1]))
        rhos.append(found.rho[::3, ::3].ravel())
        tell(len(photos) + (i + 1) * len(photos) // len(used), 2 * len(photos))
    coefficients, spread = fit_predictor(np.concatenate(features), np.concatenate(rhos))
    record = CameraRecord(
        name=name,
        width=size[1],
        height=size[0],
        photos=[digest for _, digest in used],
        enrolled=datetime.date.today().isoformat(),
        models=sorted(models),
        quality=quality,
        predictor=[float(value) for value in coefficients],
        spread=spread,
    )
    save_camera(record, sums.pattern())
    return Enrolment(record, skipped, _warnings(record, [str(photo) for photo, _ in used]))


def _warnings(record: CameraRecord, photos: Sequence[str]) -> list[str]:
    said = []
    if len(photos) < ENOUGH_PHOTOS:
        said.append(
            f"only {len(photos)} photos: {ENOUGH_PHOTOS} or more, bright and out of focus or of "
            "the sky, make a reliable fingerprint"
        )
    if len(record.models) > 1:
        said.append(f"the metadata name several cameras: {', '.join(record.models)}")
    if float(np.median(record.quality)) <= MATCH_PCE:
        said.append(
            f"the photos hardly match each other (median PCE {np.median(record.quality):.0f}): "
            "they come from several cameras, were edited, or are too few"
        )
    else:
        said += [
            f"{photo} does not match the others (PCE {pce:.0f}): another camera, or edited?"
            for photo, pce in zip(photos, record.quality, strict=True)
            if pce <= MATCH_PCE
        ]
    return said


_LIMITATIONS = (
    "only photos at the enrolled size, or cropped from it, can be compared: a resized, rotated "
    "or stabilised photo matches nothing",
    "regions smaller than about 64 pixels, and dark, clipped or strongly textured ones, cannot "
    "be judged",
)
_INNOCENT = (
    "strong processing inside the camera (night mode, portrait blur, high dynamic range, "
    "panorama) removes or moves the fingerprint in places",
    "heavy JPEG compression of a textured or dark region",
)


@method(
    name="prnu",
    title="Sensor fingerprint",
    question=Question.EDITED,
    about="Matches the photo with enrolled cameras and finds regions without their fingerprint.",
    source="Chen, Fridrich, Goljan, Lukáš, IEEE TIFS 3(1), 2008",
    needs=(Need.MIN_SIDE_128,),
    cost=Cost.NORMAL,
    localizes=True,
)
def prnu(exhibit: Exhibit) -> Finding:
    """Match with the enrolled cameras; on a match, map where the fingerprint is missing.

    The score is log10 of how much more probable the strongest window is if it is foreign than if
    it is not, less log10 of the number of separate windows; between -6 and 6.
    """
    names = camera_names()
    if not names:
        return not_applicable("no camera is enrolled; see locard camera enroll")
    best = match_cameras(exhibit, names)
    if best is None:
        return not_applicable(
            f"none of the {len(names)} enrolled cameras takes photos this large "
            f"({exhibit.width} × {exhibit.height}), or their files are damaged"
        )
    record, correlation = best.record, best.correlation
    claimed = claimed_model(exhibit)
    facts: dict[str, FactValue] = {
        "camera": record.name,
        "pce": round(correlation.pce, 2),
        "log10_false_alarm": round(best.log10_false_alarm, 2),
        "cameras_compared": best.compared,
        "shifts_tried": correlation.shifts,
        "claimed_model": claimed,
        "enrolled_models": list(record.models),
    }
    if not best.found:
        return Finding(
            Status.NOT_APPLICABLE,
            reason=f"matches none of the {best.compared} enrolled cameras of this size (best: "
            f"{record.name!r}, peak-to-correlation energy {correlation.pce:.1f} of "
            f"{MATCH_PCE:.0f})",
            facts=facts,
        )
    if exhibit.sha256 in record.photos:
        # Its own noise is in the fingerprint, so that it would match whatever the camera.
        return Finding(
            Status.NOT_APPLICABLE,
            reason=f"camera {record.name!r} was enrolled from this photo, which proves nothing",
            facts=facts,
        )
    y, x = correlation.offset
    residual, light = observe(exhibit)
    pattern = best.pattern[y : y + exhibit.height, x : x + exhibit.width]
    found = integrity(cells(residual, light, exhibit.luma, pattern), record)
    heat = found.heat
    separate = max(1.0, found.log10_lr.size / found.side**2)
    score = float(np.clip(found.log10_lr.max() - np.log10(separate), -_CLIP, _CLIP))
    reliability = np.clip((found.power - 1.0) / 3.0, 0.0, 1.0).astype(np.float32)
    conflict = bool(claimed and record.models and claimed not in record.models)
    facts |= {
        "offset_px": [y, x],
        "window_px": _CELL * found.side,
        "fingerprint_gain": round(found.gain, 3),
        "foreign_area": round(float((heat > 0.5).mean()), 4),
        "judged_area": round(float((reliability > 0.5).mean()), 4),
        "metadata_claim_another_camera": conflict,
    }
    says = (
        f"The sensor noise matches camera {record.name!r} (peak-to-correlation energy "
        f"{correlation.pce:.0f}, chance matches expected: {best.chance}); "
        f"{100 * float((heat > 0.5).mean()):.1f} % of the area lacks its fingerprint, and "
        f"{100 * float((reliability > 0.5).mean()):.0f} % can be judged."
    )
    if conflict:
        says += f" The metadata claim {claimed}, which is not among the models enrolled."
    margin = _CELL * (found.side - 1) / 2
    return Finding(
        Status.DERIVED,
        score=score,
        says=says,
        heatmap=GridMap(heat, _CELL, (margin, margin)),
        reliability=GridMap(reliability, _CELL, (margin, margin)),
        facts=facts,
        limitations=_LIMITATIONS,
        innocent=_INNOCENT,
    )
