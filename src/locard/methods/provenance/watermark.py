"""The invisible watermark that the scripts of Stable Diffusion and FLUX put into their output.

The scheme is called "DWT-DCT" and works on the colour-difference channel U (ITU-R BT.601): the
approximation band of a one-level Haar transform is cut into blocks of 4 × 4, which are 8 × 8
pixels. In each block the coefficient with the largest magnitude, the first one left out, is
moved to the centre of the lower (bit 0) or upper (bit 1) half of its quantisation cell of width
36. Block n, counted row by row, carries bit n mod L of a message of L bits.

The messages are public and fixed, so finding one is a statement about the software that wrote
the pixels. Decoded without the original picture, each bit of a message is a fair coin; the score
is −log10 of the number of false alarms over all messages, carriers and crops that were tried.

A crop shifts the 8 × 8 grid (64 positions) and makes the position of a block in the sequence
unknown. With blocks at row a, column b of the crop the bit is (a·s + b + φ) mod L, where s is the
width of the original in blocks: all L² pairs (s, φ) are correlated at once by folding the blocks
to an L × L array, whose two-dimensional Fourier transform holds every pair.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.stats import binom

from locard.exhibit import Exhibit
from locard.methods.contract import Cost, Finding, Need, Question, Status, Trace, method

_CELL = 36.0
_BLOCK = 8
_MAX_PIXELS = 4_000_000
_WINDOW = 512
_SHIFTS_KEPT = 2
_MAX_SCORE = 40.0
_DECLARED = 2.0

Soft = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Message:
    """A known watermark: who writes it, its bits, and the carriers its writers use."""

    writer: str
    bits: NDArray[np.uint8]
    carriers: tuple[str, ...]


def _text(text: str) -> NDArray[np.uint8]:
    return np.unpackbits(np.frombuffer(text.encode(), np.uint8))


def _number(value: int) -> NDArray[np.uint8]:
    # The writers drop leading zeros: the 48-bit number of FLUX is a message of 46 bits.
    return np.array([int(digit) for digit in f"{value:b}"], np.uint8)


# Carriers: "integer" is U of 8-bit pixels, offset by 128; "float" is U of floating-point pixels,
# around 0; "swapped" is the latter with red and blue exchanged, as one pipeline handed them over.
MESSAGES = (
    Message("Stable Diffusion v1", _text("StableDiffusionV1"), ("integer",)),
    Message("Stable Diffusion v2", _text("SDV2"), ("integer",)),
    Message("InvokeAI", _text("InvokeAI"), ("integer",)),
    Message(
        "Stable Diffusion XL",
        _number(0b101100111110110010010000011110111011000110011110),
        ("float", "swapped", "integer"),
    ),
    Message(
        "FLUX", _number(0b001010101111111010000111100111001111010100101110), ("float", "integer")
    ),
)
_CARRIERS = ("integer", "float", "swapped")
_PAIRS = sum(len(m.carriers) for m in MESSAGES)
_CROPS = sum(len(m.carriers) * _BLOCK**2 * len(m.bits) ** 2 for m in MESSAGES)


@dataclass(frozen=True, slots=True)
class Match:
    """The best reading of one message.

    Attributes:
        matched: bits that agree, of ``len(message.bits)``.
        log_nfa: log10 of the expected number of such readings in pictures without the watermark.
        shift: (y, x) of the first block in pixels.
        width: of the original in blocks, modulo the message length.
        intact: whether it was read without assuming a crop.
    """

    message: Message
    carrier: str
    matched: int
    log_nfa: float
    shift: tuple[int, int]
    width: int
    intact: bool


def _band(rgb: NDArray[np.uint8], carrier: str) -> NDArray[np.float32]:
    """Haar approximation coefficients of U at every pixel position, float32, centred per carrier.

    Returns: height − 1 × width − 1; the transform proper takes every second row and column.
    """
    if carrier == "integer":
        u = cv2.cvtColor(rgb, cv2.COLOR_RGB2YUV)[:, :, 1].astype(np.float32)
    else:
        weights = np.array([[-0.147, -0.289, 0.436]], np.float32)
        if carrier == "swapped":
            weights = weights[:, ::-1].copy()
        # Floating-point conversion in OpenCV puts the zero of U at 0.5.
        u = np.asarray(cv2.transform(rgb.astype(np.float32), weights), np.float32) + 0.5
    half = u[:-1] + u[1:]
    return np.asarray((half[:, :-1] + half[:, 1:]) * 0.5, np.float32)


def _largest(blocks: NDArray[np.float32]) -> NDArray[np.float32]:
    """Largest magnitude per block; ``blocks`` is rows × columns × 16, the first is left out."""
    return np.asarray(np.abs(blocks[:, :, 1:]).max(axis=2), np.float32)


def _soft_bits(band: NDArray[np.float32], shift: tuple[int, int]) -> Soft:
    """Soft bits, −1 (bit 0) to 1 (bit 1), per 8 × 8 block from ``shift`` on: rows × columns."""
    coefficients = band[shift[0] :: 2, shift[1] :: 2]
    rows, cols = coefficients.shape[0] // 4, coefficients.shape[1] // 4
    blocks = coefficients[: 4 * rows, : 4 * cols].reshape(rows, 4, cols, 4)
    values = _largest(blocks.transpose(0, 2, 1, 3).reshape(rows, cols, 16))
    return np.asarray(-np.sin(2 * np.pi / _CELL * values), np.float32)


def _likely_shifts(band: NDArray[np.float32]) -> list[tuple[int, int]]:
    """Positions of the block grid at which coefficients sit in the centres of the half cells.

    At every pixel the largest magnitude among the other 15 coefficients of the block that starts
    there comes from a dilation; its phase, doubled, is −1 at both centres.
    """
    height, width = band.shape
    top, left = max(0, (height - _WINDOW) // 16 * 8), max(0, (width - _WINDOW) // 16 * 8)
    part = np.abs(band[top : top + _WINDOW, left : left + _WINDOW])
    kernel = np.zeros((7, 7), np.uint8)
    kernel[::2, ::2] = 1
    kernel[0, 0] = 0
    values = cv2.dilate(part, kernel, anchor=(0, 0))
    rows, cols = (values.shape[0] - 6) // 8, (values.shape[1] - 6) // 8
    if rows < 1 or cols < 1:
        return []
    centred = -np.cos(4 * np.pi / _CELL * values[: 8 * rows, : 8 * cols])
    strength = centred.reshape(rows, 8, cols, 8).mean(axis=(0, 2))
    order = np.argsort(strength, axis=None)[::-1][:_SHIFTS_KEPT]
    return [(int(i) // 8, int(i) % 8) for i in order]


def _fold(soft: Soft, length: int) -> NDArray[np.float64]:
    """Sum of soft bits by (row mod length, column mod length)."""
    rows, cols = soft.shape
    padded = np.zeros((-(-rows // length) * length, -(-cols // length) * length))
    padded[:rows, :cols] = soft
    return np.asarray(
        padded.reshape(-1, length, padded.shape[1] // length, length).sum(axis=(0, 2))
    )


def _best_crop(folded: NDArray[np.float64], bits: NDArray[np.uint8]) -> tuple[int, int]:
    """Return (width in blocks mod L, first bit) with the largest correlation with the message."""
    length = len(bits)
    spectrum = np.conj(np.fft.fft2(folded))
    message = np.fft.fft(2.0 * bits - 1.0)
    k = np.arange(length)
    every = spectrum[np.outer(k, k) % length, k]
    scores = np.fft.ifft(message * every, axis=1).real
    width, first = np.unravel_index(int(np.argmax(scores)), scores.shape)
    return int(width), int(first)


def _matched_bits(
    folded: NDArray[np.float64], bits: NDArray[np.uint8], width: int, first: int
) -> tuple[int, float]:
    """Return the number of bits that agree and log10 of the chance of as many.

    A flat picture decodes to all zeros or all ones, so that the chance of one bit to agree is
    taken from the decoded and the true share of ones rather than as one half.
    """
    length = len(bits)
    k = np.arange(length)
    place = (k[:, None] * width + k[None, :] + first) % length
    votes = np.bincount(place.ravel(), folded.ravel(), length)
    decoded = votes > 0
    matched = int((decoded == bits).sum())
    ones, share = float(decoded.mean()), float(bits.mean())
    chance = max(0.5, ones * share + (1 - ones) * (1 - share))
    return matched, float(binom.logsf(matched - 1, length, chance) / np.log(10))


def find_watermark(rgb: NDArray[np.uint8]) -> Match:
    """Read every known message from a picture and return the reading least likely by chance.

    Args:
        rgb: uint8, height × width × 3, at least 128 pixels on each side.
    """
    height, width = rgb.shape[:2]
    rows = min(height, max(_BLOCK * 16, _MAX_PIXELS // width))
    best: Match | None = None
    for carrier in _CARRIERS:
        band = _band(rgb[:rows], carrier)
        # The band lacks the last row and column of positions, which the transform never starts at.
        padded = np.pad(band, ((0, 1), (0, 1)), mode="edge")
        origin = (0, 0)
        for shift in dict.fromkeys([origin, *_likely_shifts(band)]):
            soft = _soft_bits(padded, shift)
            for message in MESSAGES:
                if carrier not in message.carriers:
                    continue
                length = len(message.bits)
                folded = _fold(soft, length)
                # Half of the permitted false alarms goes to pictures that were never cropped.
                candidates = [(*_best_crop(folded, message.bits), False, _CROPS)]
                if shift == origin:
                    candidates.append((width // _BLOCK % length, 0, True, _PAIRS))
                for step, first, intact, tests in candidates:
                    matched, chance = _matched_bits(folded, message.bits, step, first)
                    log_nfa = chance + float(np.log10(2 * tests))
                    if best is None or log_nfa < best.log_nfa:
                        best = Match(message, carrier, matched, log_nfa, shift, step, intact)
    assert best is not None
    return best


def read_watermark(exhibit: Exhibit) -> Match:
    """The best match in an exhibit; it is looked for once."""
    return exhibit.shared("watermark", lambda: find_watermark(exhibit.rgb))


def declared(match: Match) -> bool:
    """Whether a message is there: at most one false alarm in 100 pictures is expected."""
    return -match.log_nfa >= _DECLARED


@method(
    name="sd-watermark",
    title="Watermark of Stable Diffusion and FLUX",
    question=Question.GENERATED,
    about="Reads the fixed invisible watermarks that generator scripts put into their output.",
    source="DWT-DCT embedding of the Stable Diffusion v1 and v2, XL, FLUX and InvokeAI scripts; "
    "number of false alarms after Desolneux, Moisan and Morel, 2000",
    needs=(Need.COLOUR, Need.MIN_SIDE_128),
    cost=Cost.CHEAP,
    trace=Trace.RECORD,
)
def sd_watermark(exhibit: Exhibit) -> Finding:
    """Score: −log10 of the number of false alarms, 0 to 40; above 2 the watermark is there."""
    match = read_watermark(exhibit)
    length = len(match.message.bits)
    score = float(np.clip(-match.log_nfa, 0.0, _MAX_SCORE))
    found = declared(match)
    where = "in place" if match.intact else "in a crop"
    says = (
        f"{match.matched} of {length} bits of the {match.message.writer} watermark were read "
        f"{where}; {10.0**match.log_nfa:.1e} such readings are expected by chance."
        if found
        else "None of the known generator watermarks was read "
        f"(closest: {match.matched} of {length} bits of {match.message.writer})."
    )
    return Finding(
        Status.DERIVED,
        score=score,
        says=says,
        facts={
            "found": found,
            "writer": match.message.writer,
            "bits_matched": match.matched,
            "bits": length,
            "log10_false_alarms": round(match.log_nfa, 2),
            "carrier": match.carrier,
            "grid_shift_px": list(match.shift),
            "read_in_place": match.intact,
            "original_width_blocks_mod_bits": match.width,
        },
        limitations=(
            "resizing, strong JPEG compression or a filter removes this watermark; its absence "
            "says nothing",
            "most web services and user interfaces of these models do not write it",
            "of crops off the 8-pixel grid only the two likeliest of the 64 positions are read",
        ),
        innocent=(
            "anyone can write a public watermark into a photograph",
            "an upscaler or editor built on the same scripts marks photographs too",
        )
        if found
        else (),
    )
