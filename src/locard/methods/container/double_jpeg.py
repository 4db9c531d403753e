"""Double JPEG compression, aligned and not aligned, and the part that lacks it or alone has it.

After Bianchi and Piva, "Image forgery localization via block-grained analysis of JPEG artifacts",
IEEE TIFS 7(3), 2012. The quantised DCT coefficients of a photo saved twice follow a comb whose
teeth are the multiples of the first quantisation step q₁; those of a part that was pasted before
the second compression do not. Per frequency a mixture of both laws is fitted and every block gets
the sum over frequencies of the log-likelihood ratio of the two.

What is ours: the law of the coefficients before quantisation is a Laplacian whose scale is fitted
per class of activity of the surrounding blocks, and zeros are left out, so that flat and textured
parts of one photo are not taken for two histories; and the score is the spatial evidence for a
part with another history: a photo saved twice all over scores 0.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from locard.exhibit import Exhibit, dct_basis
from locard.methods.container.jpeg_tables import standard_table
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

FloatMap = NDArray[np.float32]

# Low AC frequencies (row, column), aligned case; DC is left out: its law is not Laplacian.
_FREQUENCIES = ((0, 1), (1, 0), (2, 0), (1, 1), (0, 2), (0, 3), (1, 2), (2, 1), (3, 0))
_SHIFTED_FREQUENCIES = ((0, 0), (0, 1), (1, 0), (1, 1))
_MAX_STEP = 40
_TOP = 40
_CLASSES = 10
# Error of the first decoding in a DCT coefficient: rounding of R, G, B and of Y, in grey levels.
_ROUNDING = 0.45
_SHARES = np.array([0.0, 0.02, 0.05, 0.1, 0.2, 0.35, 0.5, 0.65, 0.8, 0.9, 0.95, 0.98])
_WINDOWS = (7, 13, 25)
_BLOCK_LIMIT = 3.0
# Least gain of the mixture, in nats per coefficient: below it lies what the Laplacian misses.
_LEAST_GAIN = 0.05
_MARGIN = 0.5
_CLIP = 50.0


@dataclass(frozen=True, slots=True)
class _Evidence:
    """Evidence of one history of compression, block by block.

    Attributes:
        ratio: float32, block rows × block columns: natural log-likelihood ratio, compressed
            once against twice; 0 where a block cannot tell.
        steps: estimated first quantisation step by frequency.
        single_share: share of the telling blocks that were compressed once.
        shift: (y, x) of the first grid in pixels.
    """

    ratio: FloatMap
    steps: dict[tuple[int, int], int]
    single_share: float
    shift: tuple[int, int] = (0, 0)


@cache
def _blur(step: int, first: int) -> NDArray[np.float64]:
    """P[index after the second quantisation | tooth of the first], teeth × (`_TOP` + 1).

    Teeth and indices are not negative; the last index takes all above it.
    """
    edges = (np.arange(_TOP + 2) - 0.5) * step
    edges[0], edges[-1] = -1e6, 1e6
    teeth = np.arange(int(np.ceil((_TOP + 1) * step / first)) + 2)
    return np.diff(ndtr((edges[None, :] - teeth[:, None] * first) / _ROUNDING), axis=1)


def _laws(
    step: int, first: int, scales: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Laws of the magnitude of a quantised coefficient that is not 0, for Laplacian scales.

    Args:
        step: last quantisation step.
        first: first quantisation step.
        scales: of the Laplacian before quantisation, grey levels.

    Returns: (single, double), each scales × (`_TOP` + 1); column 0 is 1, the others sum to 1.
    """

    def quantise(width: int, count: int) -> NDArray[np.float64]:
        edges = (np.arange(count + 1) - 0.5) * width
        edges[0] = 0.0
        tail = np.exp(-edges[None, :] / scales[:, None])
        tail[:, -1] = 0.0
        return tail[:, :-1] - tail[:, 1:]

    blur = _blur(step, first)
    laws = []
    for law in (quantise(step, _TOP + 1), quantise(first, blur.shape[0]) @ blur):
        # The floor keeps one coefficient that no law explains from deciding alone.
        law = law[:, 1:] + 1e-12
        law = law / law.sum(axis=1, keepdims=True) + 0.01 / _TOP
        law /= law.sum(axis=1, keepdims=True)
        laws.append(np.concatenate([np.ones((scales.size, 1)), law], axis=1))
    return laws[0], laws[1]


def _aligned(coefficients: NDArray[np.int16], table: NDArray[np.uint16]) -> _Evidence | None:
    """Fit the mixture of single and aligned double compression per frequency."""
    fits: list[tuple[tuple[int, int], int, float, float, FloatMap]] = []
    for u, v in _FREQUENCIES:
        step = int(table[u, v])
        size = np.minimum(np.abs(coefficients[:, :, u, v]), _TOP).astype(np.uint8)
        around = cv2.blur(size.astype(np.float32), (3, 3)) * 9 - size
        level = np.clip(np.log2(around + 0.5) * 1.5 + 1.5, 0, _CLASSES - 1).astype(np.intp)
        joint = level * (_TOP + 1) + size
        counts = np.bincount(joint.ravel(), minlength=_CLASSES * (_TOP + 1))
        histogram: NDArray[np.float64] = counts.reshape(_CLASSES, _TOP + 1).astype(np.float64)
        histogram[:, 0] = 0
        telling = float(histogram.sum())
        if telling < 200:
            continue
        # Geometric law of the magnitudes above 0: mean m = 1 / (1 - exp(-step / scale)).
        mean = (histogram @ np.arange(_TOP + 1) + 1.2) / (histogram.sum(axis=1) + 1.0)
        scales = step / -np.log(1 - 1 / np.maximum(mean, 1.05))
        best = (0.0, 0, 0.0)
        for first in range(2, _MAX_STEP + 1):
            if step % first == 0:
                continue
            single, double = _laws(step, first, scales)
            null = float((histogram * np.log(single)).sum())
            mixed = _SHARES[:, None, None] * single + (1 - _SHARES[:, None, None]) * double
            gains = (histogram * np.log(mixed)).sum(axis=(1, 2)) - null
            i = int(gains.argmax())
            if gains[i] > best[0]:
                best = (float(gains[i]), first, float(_SHARES[i]))
        gain, first, share = best
        if gain < max(12.0, _LEAST_GAIN * telling):
            continue
        single, double = _laws(step, first, scales)
        lookup = np.log(single / double).astype(np.float32).ravel()
        fits.append(((u, v), first, share, gain, lookup[joint]))
    # One history has one share: a frequency that disagrees has found something else.
    if not fits:
        return None
    order = sorted(fits, key=lambda fit: fit[2])
    weight = np.cumsum([fit[3] for fit in order])
    share = order[int(np.searchsorted(weight, weight[-1] / 2))][2]
    fits = [fit for fit in fits if abs(fit[2] - share) < 0.35]
    if len(fits) < 2:
        return None
    ratio = np.sum([fit[4] for fit in fits], axis=0, dtype=np.float32)
    steps = {fit[0]: fit[1] for fit in fits}
    return _Evidence(np.clip(ratio, -_BLOCK_LIMIT, _BLOCK_LIMIT), steps, share)


def _shifted(luma: FloatMap, table: NDArray[np.uint16]) -> _Evidence | None:
    """Find the first grid and its steps where they are shifted, by integer periodicity.

    On the first grid the coefficients lie near multiples of the first step q, blurred by the
    second compression: the mean of cos(2 π c / q) is high on that shift alone.
    """
    rows, cols = luma.shape[0] // 8 - 1, luma.shape[1] // 8 - 1
    if min(rows, cols) < 8:
        return None
    basis = dct_basis()
    periods = np.arange(3, _MAX_STEP + 1)
    error = np.sqrt(_ROUNDING**2 + float((table[:4, :4].astype(np.float64) ** 2).mean()) / 12)
    bins = np.arange(-1100, 1101)
    counts = np.zeros((len(_SHIFTED_FREQUENCIES), 64, bins.size))
    # In stripes: a plane of sliding coefficients is as large as the picture.
    for start in range(0, rows, 32):
        count = min(32, rows - start)
        stripe = luma[8 * start : 8 * (start + count) + 7, : 8 * cols + 7]
        for f, (u, v) in enumerate(_SHIFTED_FREQUENCIES):
            plane = np.asarray(cv2.sepFilter2D(stripe, -1, basis[v], basis[u], anchor=(0, 0)))
            index = np.rint(plane).astype(np.int32) + (76 if f == 0 else 1100)
            for shift in range(64):
                part = index[shift // 8 :: 8, shift % 8 :: 8][:count, :cols].ravel()
                counts[f, shift] += np.bincount(np.clip(part, 0, 2200), minlength=bins.size)
    cosines = np.cos(2 * np.pi * bins[:, None] / periods[None, :])
    # Small AC coefficients gather at 0 whatever the history.
    outside = (np.abs(bins)[:, None] > periods[None, :] / 2).astype(np.float64)
    total = counts @ outside
    strength = counts @ (cosines * outside)
    total[0], strength[0] = counts[0].sum(axis=1)[:, None], counts[0] @ cosines
    strength /= np.maximum(total, 1)
    # What the scene and the last compression give every shift is no trace of a first grid.
    excess = strength - np.median(strength, axis=1, keepdims=True)
    z = excess * np.sqrt(2 * total)
    z[:, 0] = 0
    z[total < 100] = 0
    joint = z.max(axis=2).sum(axis=0)
    shift = int(joint.argmax())
    rivals = np.delete(joint, [0, shift])
    spread = 1.4826 * float(np.median(np.abs(rivals - np.median(rivals)))) + 1.0
    usual = float(np.median(rivals))
    if joint[shift] - usual < 8 * spread or joint[shift] < 1.5 * float(rivals.max()):
        return None
    ratio = np.zeros((rows, cols), np.float32)
    steps: dict[tuple[int, int], int] = {}
    shares = []
    still = np.ones((rows, cols), np.bool_)
    moved = luma[shift // 8 :, shift % 8 :][: 8 * rows, : 8 * cols].reshape(rows, 8, cols, 8)
    for f, (u, v) in enumerate(_SHIFTED_FREQUENCIES):
        part = np.einsum("i,rick,k->rc", basis[u], moved, basis[v], optimize=True)
        if f == 0:
            part = part - np.float32(1024)
        else:
            still &= np.abs(part) < 1.5
        i = int(z[f, shift].argmax())
        if z[f, shift, i] < 5:
            continue
        period = int(periods[i])
        fade = np.exp(-2 * (np.pi * error / period) ** 2)
        fade = float(min(max(fade, 1.2 * excess[f, shift, i]), 0.95))
        angle = part * np.float32(2 * np.pi / period)
        # Wrapped normal law of the phase, first two harmonics, against the uniform law.
        law = 1 + 2 * fade * np.cos(angle) + 2 * fade**4 * np.cos(2 * angle)
        telling = np.ones_like(still) if f == 0 else np.abs(part) > period / 2
        ratio -= np.where(telling, np.log(np.maximum(law, 0.05)), 0).astype(np.float32)
        steps[u, v] = period
        shares.append(1 - min(1.0, float(excess[f, shift, i]) / fade))
    if not steps:
        return None
    # Smooth blocks are multiples of the last step on every grid.
    ratio[still] = 0
    share = float(np.median(shares))
    ratio = np.clip(ratio, -_BLOCK_LIMIT, _BLOCK_LIMIT)
    return _Evidence(ratio, steps, share, (shift // 8, shift % 8))


def _background(ratio: FloatMap) -> float:
    """Balance of histories over the area, positive where single compression prevails.

    Area, not evidence: a textured part tells more than the smooth rest. The frame counts thrice,
    since it rarely belongs to a pasted part.
    """
    leaning = cv2.blur(ratio, (7, 7))
    weight = np.ones(ratio.shape, np.float32)
    rows, cols = (max(1, side // 8) for side in ratio.shape)
    weight[rows:-rows, cols:-cols] = 1 / 3
    return float((np.tanh(4 * leaning) * weight).mean())


def _part(evidence: _Evidence) -> tuple[float, FloatMap, bool]:
    """Look for a part whose history differs from the rest.

    Returns: score, heat 0 to 1 per block, whether the part is the singly compressed one.
    """
    ratio = evidence.ratio
    telling = ratio[ratio != 0]
    if telling.size == 0:
        return 0.0, np.zeros_like(ratio), True
    single_is_part = _background(ratio) < 0
    towards = ratio if single_is_part else -ratio
    # Misfit of the laws adds a little everywhere; a part of another history adds much per block.
    demanded = towards - np.where(ratio != 0, np.float32(_MARGIN), np.float32(0))
    tests = np.log10(max(telling.size, 1) * len(_WINDOWS))
    best = np.zeros_like(ratio)
    for window in _WINDOWS:
        total = cv2.boxFilter(
            demanded, -1, (window, window), normalize=False, borderType=cv2.BORDER_CONSTANT
        )
        best = np.maximum(best, total / np.log(10) - tests)
    near = cv2.boxFilter(towards, -1, (5, 5), normalize=False, borderType=cv2.BORDER_CONSTANT)
    heat = np.asarray(np.clip(best / 8, 0, 1) / (1 + np.exp(-0.5 * near)), dtype=np.float32)
    return float(min(best.max(), _CLIP)), heat, single_is_part


def _quality(steps: dict[tuple[int, int], int]) -> int | None:
    """libjpeg quality whose luma table is nearest to the steps."""
    misfits = []
    for quality in range(1, 101):
        table = standard_table(quality)
        misfits.append(np.median([abs(np.log(table[f] / q)) for f, q in steps.items()]))
    best = int(np.argmin(misfits))
    return best + 1 if misfits[best] < 0.15 else None


@method(
    name="double-jpeg",
    title="Double JPEG compression",
    question=Question.EDITED,
    about="Finds parts compressed once in a photo compressed twice, or the reverse.",
    source="Bianchi and Piva, IEEE TIFS 7(3), 2012",
    needs=(Need.JPEG_BYTES, Need.MIN_SIDE_128),
    cost=Cost.CHEAP,
    localizes=True,
)
def double_jpeg(exhibit: Exhibit) -> Finding:
    """Score: log10 of the likelihood ratio of the best part, less log10 of the places, 0 to 50."""
    coefficients = exhibit.coefficients
    if coefficients is None or exhibit.jpeg is None or not exhibit.jpeg.components:
        return not_applicable("the DCT coefficients of the file cannot be read")
    table = exhibit.jpeg.quantization_tables.get(exhibit.jpeg.components[0].table)
    if table is None:
        return not_applicable("the file names no luma quantisation table")
    aligned = _aligned(coefficients[: exhibit.height // 8, : exhibit.width // 8], table)
    shifted = _shifted(exhibit.luma, table)
    facts: dict[str, FactValue] = {"aligned": aligned is not None, "shifted": shifted is not None}
    score, heatmap, says = 0.0, None, []
    for evidence, word in ((aligned, "aligned"), (shifted, "shifted")):
        if evidence is None:
            continue
        strength, heat, single_is_part = _part(evidence)
        quality = _quality(evidence.steps)
        steps = [f"({u}, {v}): {q}" for (u, v), q in evidence.steps.items()]
        facts[f"{word}_first_steps"] = steps
        facts[f"{word}_first_quality_ijg"] = quality
        facts[f"{word}_single_share"] = round(evidence.single_share, 2)
        facts[f"{word}_part_log10_lr"] = round(strength, 1)
        grid = "the same grid"
        if word == "shifted":
            facts["shift_x_px"], facts["shift_y_px"] = evidence.shift[1], evidence.shift[0]
            grid = f"a grid shifted by ({evidence.shift[1]}, {evidence.shift[0]}) px"
        was = f" at about quality {quality}" if quality else ""
        text = f"an earlier JPEG compression on {grid}{was} shows"
        if strength >= 3:
            where = "everywhere but in one part" if single_is_part else "in one part only"
            area = float((heat > 0.5).mean())
            text += (
                f" {where} ({area:.1%} of the picture; measure {strength:.0f}, conspicuous from 3)"
            )
        else:
            text += " with no part that differs from the rest"
        says.append(text)
        if heatmap is None or strength > score:
            heatmap = GridMap(heat, 8.0, (float(evidence.shift[0]), float(evidence.shift[1])))
        score = max(score, strength)
    if heatmap is None:
        heatmap = GridMap(np.zeros(coefficients.shape[:2], np.float32), 8.0)
        says.append("no trace of a JPEG compression before the last one")
    return Finding(
        Status.DERIVED,
        score=score,
        says="; ".join(says),
        heatmap=heatmap,
        facts=facts,
        limitations=(
            "blind when the last compression is coarser than the first",
            "a whole photo saved twice is no sign of an edit; only a part that differs counts",
        ),
        innocent=(
            "saved again by an application or a website",
            "cropped and saved again",
            "a caption or frame added before saving",
        ),
    )
