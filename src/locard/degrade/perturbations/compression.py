"""Compression: a picture saved in a format that loses some of it."""

from __future__ import annotations

from numpy.random import Generator

from locard.degrade.contract import MIN_SIDE, Picture, by_severity, constant, drawn, perturbation
from locard.degrade.encoding import (
    delivered,
    encode_avif,
    encode_heic,
    encode_jpeg,
    encode_png,
    encode_webp,
    table_families,
)

TABLES = constant("libjpeg", *table_families()[1:])
SUBSAMPLING = constant("4:2:0", "4:2:2", "4:4:4")


@perturbation(
    name="jpeg",
    group="compression",
    about="Save as JPEG with the quantisation tables of a named family.",
    source="libjpeg-turbo; ITU-T T.81",
    encodes=True,
    lossy=True,
    quality=by_severity(92, 80, 65, 45, 20, low=1, high=100),
    tables=TABLES,
    subsampling=SUBSAMPLING,
    progressive=constant(False),
)
def jpeg(
    picture: Picture,
    rng: Generator,
    *,
    quality: int,
    tables: str,
    subsampling: str,
    progressive: bool,
) -> Picture:
    """Encode once."""
    data = encode_jpeg(picture.rgb, quality, tables, subsampling, progressive)
    return delivered(picture, data, "JPEG")


@perturbation(
    name="double-jpeg",
    group="compression",
    about="Save as JPEG twice, on the same 8 × 8 grid or cropped off it between.",
    source="libjpeg-turbo; Popescu and Farid (2004), Bianchi and Piva (2012)",
    moves=True,
    encodes=True,
    lossy=True,
    first_quality=by_severity(85, 75, 60, 45, 25, low=1, high=100),
    quality=by_severity(95, 90, 75, 60, 40, low=1, high=100),
    aligned=constant(True),
    shift_y=drawn(0, 7),
    shift_x=drawn(1, 7),
    tables=TABLES,
    subsampling=SUBSAMPLING,
)
def double_jpeg(
    picture: Picture,
    rng: Generator,
    *,
    first_quality: int,
    quality: int,
    aligned: bool,
    shift_y: int,
    shift_x: int,
    tables: str,
    subsampling: str,
) -> Picture:
    """Encode, cut the first rows and columns away unless aligned, and encode again."""
    data = encode_jpeg(picture.rgb, first_quality, tables, subsampling)
    first = delivered(picture, data, "JPEG")
    height, width = first.rgb.shape[:2]
    if not aligned and min(height - shift_y, width - shift_x) >= MIN_SIDE:
        first = first.moved(lambda pixels: pixels[shift_y:, shift_x:])
    return delivered(first, encode_jpeg(first.rgb, quality, tables, subsampling), "JPEG")


@perturbation(
    name="webp",
    group="compression",
    about="Save as lossy WebP.",
    source="libwebp",
    encodes=True,
    lossy=True,
    quality=by_severity(90, 75, 50, 25, 5, low=0, high=100),
)
def webp(picture: Picture, rng: Generator, *, quality: int) -> Picture:
    """Encode once."""
    return delivered(picture, encode_webp(picture.rgb, quality), "WEBP")


@perturbation(
    name="avif",
    group="compression",
    about="Save as AVIF.",
    source="libavif",
    encodes=True,
    lossy=True,
    quality=by_severity(85, 70, 50, 30, 10, low=0, high=100),
)
def avif(picture: Picture, rng: Generator, *, quality: int) -> Picture:
    """Encode once."""
    return delivered(picture, encode_avif(picture.rgb, quality), "AVIF")


@perturbation(
    name="heic",
    group="compression",
    about="Save as HEIC, as phones do.",
    source="libheif with x265",
    encodes=True,
    lossy=True,
    quality=by_severity(85, 70, 50, 30, 10, low=0, high=100),
)
def heic(picture: Picture, rng: Generator, *, quality: int) -> Picture:
    """Encode once."""
    return delivered(picture, encode_heic(picture.rgb, quality), "HEIF")


@perturbation(
    name="png",
    group="compression",
    about="Save as PNG: no loss, and no trace of the format before.",
    source="libpng",
    encodes=True,
)
def png(picture: Picture, rng: Generator) -> Picture:
    """Encode once."""
    return delivered(picture, encode_png(picture.rgb), "PNG")
