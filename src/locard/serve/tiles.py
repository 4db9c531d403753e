"""Deep Zoom pyramids: the photo and its maps in tiles, as OpenSeadragon reads them.

All tiles of a layer are one uncompressed ZIP, so that a layer is one file to keep and to delete.
"""

from __future__ import annotations

import math
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from locard.report import drawing

TILE = 510
OVERLAP = 1
# Maps are smooth; a viewer stretches them over the photo.
MAP_SIDE = 2048
_QUALITY = 92


@dataclass(frozen=True, slots=True)
class Pyramid:
    """Geometry of a Deep Zoom image of ``width`` × ``height`` pixels."""

    width: int
    height: int

    @property
    def top(self) -> int:
        """The level of full size; level 0 is one pixel."""
        return math.ceil(math.log2(max(self.width, self.height, 1)))

    def size(self, level: int) -> tuple[int, int]:
        """Return (width, height) of a level."""
        scale = 2 ** (self.top - level)
        return math.ceil(self.width / scale), math.ceil(self.height / scale)

    def tiles(self, level: int) -> Iterator[tuple[int, int, slice, slice]]:
        """Yield column, row, and the rows and columns of pixels of each tile of a level."""
        width, height = self.size(level)
        for row in range(math.ceil(height / TILE)):
            for column in range(math.ceil(width / TILE)):
                yield column, row, _span(row, height), _span(column, width)

    def describe(self, extension: str) -> str:
        """Return the ``.dzi`` file."""
        return (
            '<?xml version="1.0" encoding="UTF-8"?>\n'
            '<Image xmlns="http://schemas.microsoft.com/deepzoom/2008" '
            f'Format="{extension}" Overlap="{OVERLAP}" TileSize="{TILE}">'
            f'<Size Width="{self.width}" Height="{self.height}"/></Image>\n'
        )


def _span(index: int, length: int) -> slice:
    return slice(max(0, index * TILE - OVERLAP), min(length, (index + 1) * TILE + OVERLAP))


def pack_photo(rgb: NDArray[np.uint8], extension: str, path: Path) -> None:
    """Write the tiles of a photo.

    Args:
        rgb: uint8, height × width × 3, as it is shown.
        extension: "jpg", or "png" for the stored values.
    """
    options = [cv2.IMWRITE_JPEG_QUALITY, _QUALITY] if extension == "jpg" else [
        cv2.IMWRITE_PNG_COMPRESSION, 1,
    ]  # fmt: skip
    bgr = cv2.cvtColor(rgb, cv2.COLOR_RGB2BGR)

    def encode(part: NDArray[np.uint8]) -> bytes:
        done, data = cv2.imencode(f".{extension}", np.ascontiguousarray(part), options)
        if not done:
            raise OSError("a tile could not be encoded")
        return data.tobytes()

    pyramid = Pyramid(rgb.shape[1], rgb.shape[0])
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as pack:
        pack.writestr("dzi", pyramid.describe(extension))
        level_pixels = np.asarray(bgr, np.uint8)
        for level in range(pyramid.top, -1, -1):
            size = pyramid.size(level)
            if level < pyramid.top:
                level_pixels = np.asarray(
                    cv2.resize(level_pixels, size, interpolation=cv2.INTER_AREA), np.uint8
                )
            for column, row, rows, columns in pyramid.tiles(level):
                name = f"{level}/{column}_{row}.{extension}"
                pack.writestr(name, encode(level_pixels[rows, columns]))


def pack_map(grey: NDArray[np.uint8], kind: str, path: Path) -> None:
    """Write the tiles of a map, coloured and transparent as in the HTML report.

    Args:
        grey: uint8, height × width, 255 stands for 1, as it is shown.
        kind: "heat", "mask" or "reliability".
    """
    draw = {
        "heat": drawing.heat_layer,
        "mask": drawing.mask_layer,
        "reliability": drawing.reliability_layer,
    }[kind]
    values = grey.astype(np.float32) / 255.0
    pyramid = Pyramid(grey.shape[1], grey.shape[0])
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as pack:
        pack.writestr("dzi", pyramid.describe("png"))
        for level in range(pyramid.top, -1, -1):
            if level < pyramid.top:
                size = pyramid.size(level)
                values = np.asarray(
                    cv2.resize(values, size, interpolation=cv2.INTER_AREA), np.float32
                )
            for column, row, rows, columns in pyramid.tiles(level):
                pack.writestr(f"{level}/{column}_{row}.png", draw(values[rows, columns]))
