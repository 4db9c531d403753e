"""Encoders: JPEG with named quantisation tables, WebP, AVIF, HEIC, PNG."""

from __future__ import annotations

import io
import json
from functools import cache, partial
from importlib.resources import files
from typing import Any

import cv2
import numpy as np
from PIL import Image

from locard.degrade.contract import RGB, Picture

Tables = tuple[tuple[int, ...], tuple[int, ...]]

# A JPEG stores steps of 1 to 255 in a baseline file.
_MAX_STEP = 255
# Longest side that each format, or the decoder that we read it back with, allows.
_MAX_SIDE = {"JPEG": 65_500, "WEBP": 16_383, "AVIF": 32_768}


@cache
def _families() -> dict[str, Any]:
    text = (files("locard") / "assets" / "jpeg_tables.json").read_text(encoding="utf-8")
    loaded = json.loads(text)
    scaled = {
        name: tuple(tuple(int(v) for row in table for v in row.split()) for table in pair)
        for name, pair in loaded["scaled"].items()
    }
    measured = {
        name: tuple((tuple(pair[:64]), tuple(pair[64:])) for pair in map(bytes.fromhex, pairs))
        for name, pairs in loaded["measured"].items()
    }
    return {"scaled": scaled, "measured": measured}


def table_families() -> tuple[str, ...]:
    """Return the names of the families of tables, see ``assets/jpeg_tables.json``."""
    return (*_families()["scaled"], *_families()["measured"])


def quantization_tables(family: str, quality: int) -> Tables:
    """Return the luma and chroma table of a family, 64 steps each, row by row.

    A scaled family follows libjpeg's law: its base times 50 / quality below 50, 2 - quality / 50
    above. Of a measured family, the pair whose mean luma step is nearest to that of libjpeg.
    """
    known = _families()
    if family in known["scaled"]:
        return _scale(known["scaled"][family], quality)
    wanted = sum(_scale(known["scaled"]["libjpeg"], quality)[0])
    nearest: Tables = min(known["measured"][family], key=lambda pair: abs(sum(pair[0]) - wanted))
    return nearest


def _scale(base: Tables, quality: int) -> Tables:
    percent = 5000 // quality if quality < 50 else 200 - 2 * quality
    luma, chroma = (
        tuple(min(max((step * percent + 50) // 100, 1), _MAX_STEP) for step in table)
        for table in base
    )
    return luma, chroma


def encode_jpeg(
    rgb: RGB,
    quality: int,
    tables: str = "libjpeg",
    subsampling: str = "4:2:0",
    progressive: bool = False,
) -> bytes:
    """Encode as JPEG with libjpeg-turbo and the tables of a family; no metadata.

    Raises: ValueError when a side is longer than a JPEG can be.
    """
    luma, chroma = quantization_tables(tables, quality)
    return _save(
        rgb,
        "JPEG",
        qtables=[list(luma), list(chroma)],
        subsampling=subsampling,
        progressive=progressive,
        optimize=progressive,
    )


def encode_webp(rgb: RGB, quality: int) -> bytes:
    """Encode as lossy WebP.

    Raises: ValueError when a side is longer than a WebP can be.
    """
    return _save(rgb, "WEBP", quality=quality, method=4)


def encode_avif(rgb: RGB, quality: int) -> bytes:
    """Encode as AVIF, 4:2:0; one thread, since the number of threads may change the bytes.

    The encoder's effort changes the size and the time, and hardly what is left of a picture.

    Raises: ValueError when a side is longer than an AVIF can be.
    """
    return _save(rgb, "AVIF", quality=quality, speed=9, max_threads=1)


def encode_heic(rgb: RGB, quality: int) -> bytes:
    """Encode as HEIC, 4:2:0.

    Raises: ValueError when libheif was built without an encoder, or the encoder refuses the size.
    """
    import pillow_heif

    if not pillow_heif.libheif_info()["HEIF"]:
        raise ValueError("this libheif has no HEVC encoder; use avif instead")
    height, width = rgb.shape[:2]
    stream = io.BytesIO()
    try:
        pillow_heif.from_bytes("RGB", (width, height), rgb.tobytes()).save(stream, quality=quality)
    except RuntimeError as error:
        raise ValueError(f"the HEVC encoder refuses {width} × {height} pixels") from error
    return stream.getvalue()


def encode_png(rgb: RGB) -> bytes:
    """Encode as PNG; OpenCV's run lengths take half the time of zlib's fastest, and less room."""
    return bytes(cv2.imencode(".png", cv2.cvtColor(rgb, cv2.COLOR_RGB2BGR))[1].tobytes())


def delivered(picture: Picture, data: bytes, format: str) -> Picture:
    """Return the picture as a viewer of the file sees it, with the file."""
    pixels = picture.rgb if format == "PNG" else partial(_decode, data, format)
    return Picture(pixels, picture.mask, data, format, picture.size)


def _decode(data: bytes, format: str) -> RGB:
    if format == "HEIF":
        import pillow_heif

        return np.array(pillow_heif.open_heif(data))
    if format == "JPEG":
        # libjpeg-turbo, as in Pillow, and the same pixels in less than half the time.
        flags = cv2.IMREAD_COLOR_RGB | cv2.IMREAD_IGNORE_ORIENTATION
        return np.asarray(cv2.imdecode(np.frombuffer(data, np.uint8), flags), np.uint8)
    with Image.open(io.BytesIO(data), formats=[format]) as opened:
        # To convert what is RGB already is to copy it.
        return np.array(opened if opened.mode == "RGB" else opened.convert("RGB"))


def _save(rgb: RGB, format: str, **options: object) -> bytes:
    longest = _MAX_SIDE.get(format)
    if longest is not None and max(rgb.shape[:2]) > longest:
        raise ValueError(f"a side of {format} has at most {longest} pixels")
    stream = io.BytesIO()
    Image.fromarray(rgb).save(stream, format, **options)
    return stream.getvalue()
