"""Limits on what is examined, and the one error an unreadable exhibit gives."""

from __future__ import annotations

from dataclasses import dataclass


class ExhibitError(Exception):
    """The exhibit cannot be examined; the message is one sentence that says what to do."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits against hostile files.

    Attributes:
        max_bytes: largest file, in bytes.
        max_pixels: most pixels (width × height).
        min_side: fewest pixels on the shorter side.
        time_s: seconds for one examination, after which methods not yet finished are reported
            as not applicable.
    """

    max_bytes: int = 256 * 2**20
    max_pixels: int = 150_000_000
    min_side: int = 16
    time_s: float = 180.0


def megapixels(pixels: int) -> str:
    """Write a number of pixels: "150 megapixels", "1,000 pixels"."""
    return f"{pixels / 1e6:,.4g} megapixels" if pixels >= 1_000_000 else f"{pixels:,} pixels"


def mebibytes(size: int) -> str:
    """Write a number of bytes: "256 MiB", "1,000 bytes"."""
    return f"{size / 2**20:,.4g} MiB" if size >= 2**20 else f"{size:,} bytes"
