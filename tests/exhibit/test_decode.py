"""Decoding: every format, damage, and what must be refused with one sentence."""

from __future__ import annotations

import io
import os
import resource
import socket
import struct
import tracemalloc
import zlib
from pathlib import Path

import jpeglib
import numpy as np
import pillow_heif
import pytest
from numpy.typing import NDArray
from PIL import Image

from locard.exhibit import Exhibit, ExhibitError, Limits, open_exhibit
from locard.exhibit.layout import gif_layout, png_layout, tiff_layout, webp_layout

HEIGHT, WIDTH = 97, 131


@pytest.fixture(scope="module")
def rgb() -> NDArray[np.uint8]:
    rng = np.random.default_rng(0)
    y, x = np.mgrid[:HEIGHT, :WIDTH]
    planes = [110 + 60 * np.sin(x / a + y / b) for a, b in ((9, 14), (17, 8), (25, 31))]
    picture = np.stack(planes, axis=2) + rng.normal(0, 4, (HEIGHT, WIDTH, 3))
    return np.clip(picture, 2, 250).astype(np.uint8)


@pytest.fixture(scope="module")
def image(rgb: NDArray[np.uint8]) -> Image.Image:
    return Image.fromarray(rgb)


def encode(image: Image.Image, kind: str, **options: object) -> bytes:
    stream = io.BytesIO()
    image.save(stream, kind, **options)
    return stream.getvalue()


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png(width: int, height: int, bits: int, colour: int, rows: bytes, *, interlace: int = 0,
        extra: bytes = b"") -> bytes:  # fmt: skip
    header = struct.pack(">IIBBBBB", width, height, bits, colour, 0, 0, interlace)
    parts = (
        chunk(b"IHDR", header),
        extra,
        chunk(b"IDAT", zlib.compress(rows)),
        chunk(b"IEND", b""),
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def interlaced(rgb: NDArray[np.uint8]) -> bytes:
    grid = ((0, 0, 8, 8), (0, 4, 8, 8), (4, 0, 8, 4), (0, 2, 4, 4), (2, 0, 4, 2), (0, 1, 2, 2),
            (1, 0, 2, 1))  # fmt: skip
    rows = b"".join(
        b"\0" + row.tobytes() for y, x, down, across in grid for row in rgb[y::down, x::across]
    )
    return png(rgb.shape[1], rgb.shape[0], 8, 2, rows, interlace=1)


def tiff(samples: NDArray[np.generic]) -> bytes:
    """Uncompressed little-endian TIFF in one strip, for what Pillow does not write."""
    height, width, channels = samples.shape
    form = 3 if samples.dtype.kind == "f" else 1
    extra = struct.pack("<6H", *[samples.dtype.itemsize * 8] * 3, *[form] * 3)
    start = 8 + 2 + 12 * 10 + 4
    entries = [
        (256, 4, 1, width), (257, 4, 1, height), (258, 3, 3, start), (259, 3, 1, 1),
        (262, 3, 1, 2), (273, 4, 1, start + len(extra)), (277, 3, 1, channels),
        (278, 4, 1, height), (279, 4, 1, samples.nbytes), (339, 3, 3, start + 6),
    ]  # fmt: skip
    body = b"".join(struct.pack("<HHII", *entry) for entry in entries)
    return b"II*\0\x08\0\0\0" + struct.pack("<H", 10) + body + b"\0" * 4 + extra + samples.tobytes()


def grey_tiff(packed: bytes, bits: int, *, white_is_zero: bool) -> bytes:
    """Uncompressed little-endian TIFF of one channel, `WIDTH` × `HEIGHT`."""
    start = 8 + 2 + 12 * 8 + 4
    entries = [
        (256, 4, 1, WIDTH), (257, 4, 1, HEIGHT), (258, 3, 1, bits), (259, 3, 1, 1),
        (262, 3, 1, 0 if white_is_zero else 1), (273, 4, 1, start), (278, 4, 1, HEIGHT),
        (279, 4, 1, len(packed)),
    ]  # fmt: skip
    body = b"".join(struct.pack("<HHII", *entry) for entry in entries)
    return b"II*\0\x08\0\0\0" + struct.pack("<H", 8) + body + b"\0" * 4 + packed


def refused(source: object, **options: object) -> str:
    with pytest.raises(ExhibitError) as caught:
        open_exhibit(source, **options)  # type: ignore[arg-type]
    message = str(caught.value)
    assert "\n" not in message
    assert 20 < len(message) < 300
    return message


def difference(exhibit: Exhibit, rgb: NDArray[np.uint8]) -> float:
    assert exhibit.rgb.shape == rgb.shape
    return float(np.abs(exhibit.rgb.astype(float) - rgb).mean())


@pytest.mark.parametrize("options", [
    {}, {"progressive": True}, {"subsampling": 0}, {"subsampling": 1}, {"optimize": True},
    {"restart_marker_blocks": 2}, {"subsampling": "4:1:1"},
])  # fmt: skip
def test_jpeg_variants(
    image: Image.Image, rgb: NDArray[np.uint8], options: dict[str, object]
) -> None:
    exhibit = open_exhibit(encode(image, "JPEG", quality=95, **options))
    assert (exhibit.format, exhibit.bit_depth, exhibit.notes) == ("JPEG", 8, [])
    assert difference(exhibit, rgb) < 6
    assert exhibit.coefficients is not None
    assert exhibit.coefficients.shape == (13, 17, 8, 8)


def test_grey_and_cmyk_jpeg(image: Image.Image, rgb: NDArray[np.uint8]) -> None:
    grey = open_exhibit(encode(image.convert("L"), "JPEG", quality=95))
    assert not grey.is_colour
    assert grey.jpeg is not None
    assert grey.jpeg.subsampling == "grey"
    # Pillow writes CMYK inverted with an Adobe marker, as Photoshop does.
    cmyk = open_exhibit(encode(image.convert("CMYK"), "JPEG", quality=95))
    assert cmyk.jpeg is not None
    assert len(cmyk.jpeg.components) == 4
    assert difference(cmyk, rgb) < 6


def test_arithmetic_coding(rgb: NDArray[np.uint8], tmp_path: Path) -> None:
    path = tmp_path / "arithmetic.jpg"
    with jpeglib.version("turbo210"):
        jpeglib.from_spatial(rgb).write_spatial(str(path), qt=95, flags=["+ARITH_CODE"])
    exhibit = open_exhibit(path)
    assert exhibit.jpeg is not None
    assert exhibit.jpeg.process == "arithmetic"
    assert difference(exhibit, rgb) < 6
    assert exhibit.coefficients is not None


def test_height_after_the_scan(image: Image.Image) -> None:
    whole = encode(image, "JPEG", quality=90)
    at = whole.index(b"\xff\xc0") + 5
    late = (
        whole[:at]
        + b"\0\0"
        + whole[at + 2 : -2]
        + b"\xff\xdc\0\4"
        + whole[at : at + 2]
        + whole[-2:]
    )
    exhibit, reference = open_exhibit(late), open_exhibit(whole)
    np.testing.assert_array_equal(exhibit.rgb, reference.rgb)
    assert exhibit.coefficients is not None
    assert reference.coefficients is not None
    np.testing.assert_array_equal(exhibit.coefficients, reference.coefficients)


def test_stored_grid_is_kept(image: Image.Image) -> None:
    exif = Image.Exif()
    exif[274] = 6
    exhibit = open_exhibit(encode(image, "JPEG", exif=exif))
    assert exhibit.rgb.shape == (HEIGHT, WIDTH, 3)
    assert exhibit.metadata.orientation == 6


def test_multi_picture_jpeg(image: Image.Image) -> None:
    exhibit = open_exhibit(encode(image, "MPO", save_all=True, append_images=[image.rotate(90)]))
    assert exhibit.format == "JPEG"
    assert exhibit.rgb.shape == (HEIGHT, WIDTH, 3)
    assert exhibit.jpeg is not None
    assert exhibit.jpeg.trailing > 0


@pytest.mark.parametrize("mode", ["RGB", "L", "1", "RGBA", "LA", "P"])
def test_png_modes(image: Image.Image, mode: str) -> None:
    source = image.convert(mode)
    exhibit = open_exhibit(encode(source, "PNG"))
    np.testing.assert_array_equal(exhibit.rgb, np.asarray(source.convert("RGB")))
    assert exhibit.has_alpha == (mode in ("RGBA", "LA"))
    assert exhibit.bit_depth == (1 if mode == "1" else 8)


def test_png_of_16_bits(rgb: NDArray[np.uint8]) -> None:
    deep = (rgb.astype(np.uint16) << 8 | 77).astype(">u2")
    rows = b"".join(b"\0" + row.tobytes() for row in deep)
    colour = open_exhibit(png(WIDTH, HEIGHT, 16, 2, rows))
    np.testing.assert_array_equal(colour.rgb, rgb)
    assert colour.bit_depth == 16
    dark = (deep[:, :, 0] >> 6).astype(">u2")
    grey = open_exhibit(png(WIDTH, HEIGHT, 16, 0, b"".join(b"\0" + r.tobytes() for r in dark)))
    np.testing.assert_array_equal(grey.rgb[:, :, 1], dark >> 8)
    assert grey.bit_depth == 16
    assert not grey.is_colour


def test_palette_transparency_and_animation(image: Image.Image) -> None:
    palette = open_exhibit(encode(image.quantize(50), "PNG", transparency=2))
    assert palette.has_alpha
    turned = [image.rotate(a) for a in (10, 20)]
    for kind in ("PNG", "WEBP", "GIF", "AVIF", "HEIF"):
        pillow_heif.register_heif_opener()
        animated = open_exhibit(encode(image, kind, save_all=True, append_images=turned))
        assert animated.frames == 3, kind
        assert "3 pictures" in animated.notes[0]


def test_interlaced_png(rgb: NDArray[np.uint8]) -> None:
    whole = interlaced(rgb)
    np.testing.assert_array_equal(open_exhibit(whole).rgb, rgb)
    cut = open_exhibit(whole[: int(len(whole) * 0.8)])
    assert 20 < cut.height < HEIGHT
    np.testing.assert_array_equal(cut.rgb, rgb[: cut.height])
    assert f"{cut.height} of {HEIGHT} rows" in cut.notes[0]
    assert "cut off" in refused(whole[: len(whole) // 3])


@pytest.mark.parametrize("compression", ["raw", "tiff_lzw", "tiff_adobe_deflate", "packbits"])
def test_tiff_compressions(image: Image.Image, rgb: NDArray[np.uint8], compression: str) -> None:
    exhibit = open_exhibit(encode(image, "TIFF", compression=compression))
    np.testing.assert_array_equal(exhibit.rgb, rgb)


@pytest.mark.parametrize("options", [{"big_tiff": True}, {"compression": "jpeg", "quality": 95}])
def test_tiff_containers(
    image: Image.Image, rgb: NDArray[np.uint8], options: dict[str, object]
) -> None:
    assert difference(open_exhibit(encode(image, "TIFF", **options)), rgb) < 6


def test_tiff_depths(rgb: NDArray[np.uint8]) -> None:
    deep = open_exhibit(tiff(rgb.astype(np.uint16) * 257))
    np.testing.assert_array_equal(deep.rgb, rgb)
    assert deep.bit_depth == 16
    floating = open_exhibit(tiff((rgb / 255).astype(np.float32)))
    np.testing.assert_array_equal(floating.rgb, rgb)
    assert floating.bit_depth == 32
    grey = Image.fromarray(rgb[:, :, 0].astype(np.float32))
    np.testing.assert_array_equal(open_exhibit(encode(grey, "TIFF")).rgb[:, :, 2], rgb[:, :, 0])
    sixteen = Image.fromarray(rgb[:, :, 0].astype(np.uint16) << 8)
    assert open_exhibit(encode(sixteen, "TIFF")).bit_depth == 16


@pytest.mark.parametrize("channels", [1, 3])
def test_samples_that_are_no_numbers_are_counted(rgb: NDArray[np.uint8], channels: int) -> None:
    samples = (rgb / 255).astype(np.float32)
    samples[5, :4, 0] = np.nan
    samples[6, 0, 0] = np.inf
    grey = Image.fromarray(samples[:, :, 0])
    exhibit = open_exhibit(encode(grey, "TIFF") if channels == 1 else tiff(samples))
    count = f"{samples[:, :, :channels].size:,}"
    assert f"5 of {count} samples are not finite numbers; they are read as 0" in exhibit.notes
    assert exhibit.rgb[5, :4, 0].max() == 0
    assert exhibit.rgb[6, 0, 0] == 0


def test_tiff_of_12_bits(rgb: NDArray[np.uint8]) -> None:
    samples = rgb[:, :, 0].astype(np.uint16) << 4 | 9
    even = np.pad(samples, ((0, 0), (0, WIDTH % 2)))  # two samples to three bytes
    first, second = even[:, ::2], even[:, 1::2]
    packed = np.stack([first >> 4, (first & 15) << 4 | second >> 8, second & 255], axis=2)
    rows = packed.reshape(HEIGHT, -1)[:, : (WIDTH * 12 + 7) // 8].astype(np.uint8)
    exhibit = open_exhibit(grey_tiff(rows.tobytes(), 12, white_is_zero=False))
    np.testing.assert_array_equal(exhibit.rgb[:, :, 1], rgb[:, :, 0])
    assert exhibit.bit_depth == 12


@pytest.mark.parametrize("white_is_zero", [False, True])
def test_tiff_of_16_bits_in_which_white_is_zero(
    rgb: NDArray[np.uint8], white_is_zero: bool
) -> None:
    samples = rgb[:, :, 0].astype("<u2") * 257
    stored = 65535 - samples if white_is_zero else samples
    exhibit = open_exhibit(grey_tiff(stored.tobytes(), 16, white_is_zero=white_is_zero))
    np.testing.assert_array_equal(exhibit.rgb[:, :, 2], rgb[:, :, 0])


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("compression", ["raw", "tiff_lzw"])
def test_tiff_stays_on_the_stored_grid(
    image: Image.Image, orientation: int, compression: str
) -> None:
    exif = Image.Exif()
    exif[274] = orientation
    reference = open_exhibit(encode(image, "PNG", exif=exif))
    exhibit = open_exhibit(encode(image, "TIFF", exif=exif, compression=compression))
    np.testing.assert_array_equal(exhibit.rgb, reference.rgb)
    assert exhibit.metadata.orientation == reference.metadata.orientation == orientation
    assert exhibit.metadata.exif["Orientation"] == str(orientation)
    assert exhibit.rows_in_file == HEIGHT
    deep = Image.fromarray(reference.rgb[:, :, 0].astype(np.uint16) << 8)
    grey = open_exhibit(encode(deep, "TIFF", exif=exif, compression=compression))
    np.testing.assert_array_equal(grey.rgb[:, :, 0], reference.rgb[:, :, 0])


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("compression", ["raw", "packbits"])
def test_cut_tiff_stays_on_the_stored_grid(
    image: Image.Image, rgb: NDArray[np.uint8], orientation: int, compression: str
) -> None:
    exif = Image.Exif()
    exif[274] = orientation
    exif[278] = 8  # rows of a strip
    whole = bytearray(encode(image, "TIFF", exif=exif, compression=compression))
    if compression == "raw":
        del whole[len(whole) * 6 // 10 :]
    else:  # the directory is behind the pixels, and 0x80 stands for no bytes
        with Image.open(io.BytesIO(whole)) as opened:
            start, end = opened.tag_v2[273][7], opened.tag_v2[273][-1]  # type: ignore[attr-defined]
        whole[start:end] = b"\x80" * (end - start)
    cut = open_exhibit(bytes(whole))
    assert HEIGHT * 0.4 < cut.height < HEIGHT * 0.75
    assert (cut.width, cut.rows_in_file) == (WIDTH, HEIGHT)
    np.testing.assert_array_equal(cut.rgb[:-1], rgb[: cut.height - 1])
    assert cut.metadata.orientation == orientation
    assert f"{cut.height} of {HEIGHT} rows" in cut.notes[0]


def test_deep_tiff_takes_little_more_memory_than_its_samples(
    rgb: NDArray[np.uint8], monkeypatch: pytest.MonkeyPatch
) -> None:
    samples = (np.tile(rgb, (12, 12, 1)) / 255).astype(np.float64)
    data = tiff(samples)
    tracemalloc.start()
    try:
        exhibit = open_exhibit(data)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    np.testing.assert_array_equal(exhibit.rgb, np.tile(rgb, (12, 12, 1)))
    assert peak < 1.8 * samples.nbytes
    pixels = samples.shape[0] * samples.shape[1]
    assert "save it as a 16-bit TIFF" in refused(data, limits=Limits(max_pixels=2 * pixels))


def test_tiff_pages(image: Image.Image) -> None:
    exhibit = open_exhibit(encode(image, "TIFF", save_all=True, append_images=[image] * 4))
    assert exhibit.frames == 5


@pytest.mark.parametrize(
    ("kind", "options", "tolerance"),
    [
        ("WEBP", {"lossless": True}, 0.0),
        ("WEBP", {"quality": 90}, 6.0),
        ("BMP", {}, 0.0),
        ("GIF", {}, 8.0),
        ("AVIF", {"quality": 90}, 6.0),
        ("HEIF", {"quality": 90}, 6.0),
    ],
)
def test_other_formats(
    image: Image.Image,
    rgb: NDArray[np.uint8],
    kind: str,
    options: dict[str, object],
    tolerance: float,
) -> None:
    pillow_heif.register_heif_opener()
    exhibit = open_exhibit(encode(image, kind, **options))
    assert exhibit.format == kind
    assert exhibit.coefficients is None
    assert difference(exhibit, rgb) <= tolerance


def test_ten_bit_heif(rgb: NDArray[np.uint8]) -> None:
    deep = pillow_heif.from_bytes(
        "RGB;16", (WIDTH, HEIGHT), (rgb.astype(np.uint16) * 257).tobytes()
    )
    stream = io.BytesIO()
    deep.save(stream, quality=90)
    exhibit = open_exhibit(stream.getvalue())
    assert exhibit.bit_depth == 10
    assert difference(exhibit, rgb) < 6


def test_heif_rotation_is_undone(
    image: Image.Image, rgb: NDArray[np.uint8], monkeypatch: pytest.MonkeyPatch
) -> None:
    pillow_heif.register_heif_opener()
    # Three quarter turns anticlockwise in the file are one clockwise: EXIF orientation 6.
    monkeypatch.setattr("locard.exhibit.decode._heif_turn", lambda opened: 3)
    exhibit = open_exhibit(encode(image.rotate(-90, expand=True), "HEIF", quality=95))
    assert exhibit.metadata.orientation == 6
    assert difference(exhibit, rgb) < 6


@pytest.mark.parametrize("share", [0.3, 0.5, 0.9])
@pytest.mark.parametrize("options", [{}, {"subsampling": 0}, {"restart_marker_blocks": 3}])
def test_cut_jpeg(image: Image.Image, share: float, options: dict[str, object]) -> None:
    whole = encode(image, "JPEG", quality=90, **options)
    reference = open_exhibit(whole)
    head = whole.index(b"\xff\xda")
    cut = open_exhibit(whole[: head + int((len(whole) - head) * share)])
    assert abs(cut.height - share * HEIGHT) < 24
    # Chroma interpolation looks one row ahead.
    np.testing.assert_array_equal(cut.rgb[:-2], reference.rgb[: cut.height - 2])
    assert cut.rows_in_file == HEIGHT
    assert f"{cut.height} of {HEIGHT} rows" in cut.notes[0]
    assert cut.coefficients is not None
    assert reference.coefficients is not None
    np.testing.assert_array_equal(cut.coefficients, reference.coefficients[: cut.height // 8])


@pytest.mark.parametrize("share", [0.3, 0.8])
def test_cut_cmyk_jpeg(image: Image.Image, share: float) -> None:
    inks = np.asarray(image.convert("CMYK")).copy()
    inks[:, :, 3] = 40
    whole = encode(Image.fromarray(inks, "CMYK"), "JPEG", quality=90)
    reference = open_exhibit(whole)
    head = whole.index(b"\xff\xda")
    cut = open_exhibit(whole[: head + int((len(whole) - head) * share)])
    assert abs(cut.height - share * HEIGHT) < 24
    np.testing.assert_array_equal(cut.rgb[:-2], reference.rgb[: cut.height - 2])
    assert f"{cut.height} of {HEIGHT} rows" in cut.notes[0]


def test_jpeg_without_its_last_bytes(image: Image.Image) -> None:
    whole = encode(image, "JPEG", quality=90)
    exhibit = open_exhibit(whole[:-2])
    np.testing.assert_array_equal(exhibit.rgb, open_exhibit(whole).rgb)
    assert "all rows could be decoded" in exhibit.notes[0]


def test_cut_progressive_jpeg(image: Image.Image) -> None:
    whole = encode(image, "JPEG", quality=90, progressive=True)
    exhibit = open_exhibit(whole[: int(len(whole) * 0.7)])
    assert exhibit.height == HEIGHT
    assert "reduced quality" in exhibit.notes[1]


@pytest.mark.parametrize("share", [0.4, 0.8])
def test_cut_png(image: Image.Image, rgb: NDArray[np.uint8], share: float) -> None:
    whole = encode(image, "PNG")
    cut = open_exhibit(whole[: int(len(whole) * share)])
    assert abs(cut.height - share * HEIGHT) < 10
    np.testing.assert_array_equal(cut.rgb, rgb[: cut.height])
    assert f"{cut.height} of {HEIGHT} rows" in cut.notes[0]


def test_damaged_png(image: Image.Image, rgb: NDArray[np.uint8]) -> None:
    whole = bytearray(encode(image, "PNG"))
    whole[len(whole) // 2] ^= 0xFF
    damaged = open_exhibit(bytes(whole))
    assert HEIGHT // 4 < damaged.height <= HEIGHT
    rows = min(damaged.height, HEIGHT // 3)
    np.testing.assert_array_equal(damaged.rgb[:rows], rgb[:rows])
    assert damaged.notes


@pytest.mark.parametrize(
    ("kind", "options"), [("BMP", {}), ("TIFF", {}), ("GIF", {"interlace": 0})]
)
def test_other_cut_files(image: Image.Image, kind: str, options: dict[str, object]) -> None:
    whole = encode(image, kind, **options)
    reference = open_exhibit(whole).rgb
    cut = open_exhibit(whole[: int(len(whole) * 0.6)])
    assert HEIGHT * 0.5 < cut.height < HEIGHT * 0.7
    assert cut.rows_in_file == HEIGHT
    if kind == "BMP":  # stored from the bottom up
        np.testing.assert_array_equal(cut.rgb, reference[HEIGHT - cut.height :])
    else:
        np.testing.assert_array_equal(cut.rgb[:-1], reference[: cut.height - 1])
    assert "cut off" in cut.notes[0]


def test_tiff_without_its_directory(image: Image.Image) -> None:
    whole = encode(image, "TIFF", compression="tiff_lzw")
    assert "directory" in refused(whole[: len(whole) // 2])


def test_other_packages_do_not_hide_that_a_file_is_cut(
    image: Image.Image, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("PIL.ImageFile.LOAD_TRUNCATED_IMAGES", True)
    cut = open_exhibit(encode(image, "TIFF")[:20_000])
    assert cut.height < HEIGHT
    assert cut.notes


def test_cut_interlaced_gif(image: Image.Image) -> None:
    whole = encode(image, "GIF", interlace=1)
    cut = open_exhibit(whole[: int(len(whole) * 0.8)])
    assert 0.4 * HEIGHT < cut.height < 0.8 * HEIGHT
    np.testing.assert_array_equal(cut.rgb[:-2], open_exhibit(whole).rgb[: cut.height - 2])
    assert "cut off" in refused(whole[: int(len(whole) * 0.3)])


@pytest.mark.parametrize("kind", ["WEBP", "HEIF", "AVIF"])
def test_formats_that_decode_whole_or_not_at_all(image: Image.Image, kind: str) -> None:
    pillow_heif.register_heif_opener()
    whole = encode(image, kind)
    assert "original" in refused(whole[: len(whole) // 2])


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "empty"),
        (b"Just a letter.\n" * 9, "a text file"),
        (b"%PDF-1.7\n" + bytes(99), "PDF"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "SVG"),
        (b"8BPS\0\1" + bytes(99), "Photoshop"),
        (b"\0\0\0\x18ftypmp42" + bytes(99), "video"),
        (b"PK\x03\x04" + bytes(99), "ZIP"),
        (bytes(99), "no known picture format"),
        (b"\xff\xd8\xff\xe0\0\x10JFIF\0", "frame header"),
        (b"\xff\xd8\xff\xe0\xff\xffJFIF\0" + bytes(40), "frame header"),
        (b"\x89PNG\r\n\x1a\n" + bytes(20), "PNG header"),
        (b"II*\0\xff\xff\xff\xff" + bytes(20), "TIFF directory"),
        (b"GIF89a" + bytes(20), "no size"),
        (b"BM" + bytes(60), "no size"),
        (b"RIFF\xff\xff\xff\xffWEBPVP8 ", "cut off"),
    ],
)
def test_refused_bytes(data: bytes, says: str) -> None:
    assert says in refused(data)


def test_limits_are_said_in_units_that_fit(image: Image.Image) -> None:
    data = encode(image, "PNG")
    for limits, says in (
        (Limits(max_pixels=1000), "the limit of 1,000 pixels"),
        (Limits(max_bytes=1000), "the limit of 1,000 bytes"),
    ):
        with pytest.raises(ExhibitError, match=says):
            open_exhibit(data, limits=limits)


@pytest.mark.parametrize("most", [10**12, 10**19])
def test_limits_may_be_as_large_as_one_likes(
    image: Image.Image, rgb: NDArray[np.uint8], tmp_path: Path, most: int
) -> None:
    path = tmp_path / "picture.png"
    image.save(path)
    limits = Limits(max_bytes=most, max_pixels=most)
    np.testing.assert_array_equal(open_exhibit(path, limits=limits).rgb, rgb)
    with path.open("rb") as file:
        np.testing.assert_array_equal(open_exhibit(file, limits=limits).rgb, rgb)


@pytest.mark.parametrize("kind", ["TIFF", "WEBP"])
def test_the_limit_on_pixels_is_locards_and_not_pillows(
    image: Image.Image, rgb: NDArray[np.uint8], monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    monkeypatch.setattr("PIL.Image.MAX_IMAGE_PIXELS", 100)
    monkeypatch.setattr("locard.exhibit.decode._PILLOW_WARNS", 0)
    np.testing.assert_array_equal(open_exhibit(encode(image, kind, lossless=True)).rgb, rgb)
    assert Image.MAX_IMAGE_PIXELS == 100


def test_refused_paths(tmp_path: Path) -> None:
    assert "no such file" in refused(tmp_path / "absent.jpg")
    assert "folder" in refused(tmp_path)
    os.mkfifo(tmp_path / "pipe.jpg")
    assert "not a regular file" in refused(tmp_path / "pipe.jpg")
    assert "not a regular file" in refused("/dev/zero")
    loop = tmp_path / "loop.jpg"
    loop.symlink_to(loop)
    refused(loop)
    refused("nul\0byte.jpg")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "s"))
        assert "not a regular file" in refused(tmp_path / "s")
    text = tmp_path / "letter.jpg"
    text.write_text("Dear reader")
    assert "a text file" in refused(text)
    assert "limit" in refused(text, limits=Limits(max_bytes=5))
    if os.getuid():
        text.chmod(0)
        assert "cannot be read" in refused(text)


def huge(kind: str) -> bytes:
    """A small file that announces 60,000 × 60,000 pixels, or its format's most."""
    side = 60_000
    if kind == "PNG":
        return png(side, side, 8, 2, b"\0" * 1000)
    if kind == "JPEG":
        data = bytearray(encode(Image.new("RGB", (64, 64)), "JPEG"))
        at = data.index(b"\xff\xc0") + 5
        data[at : at + 4] = struct.pack(">HH", 65500, 65500)
        return bytes(data)
    if kind == "GIF":
        data = bytearray(encode(Image.new("RGB", (64, 64)), "GIF"))
        data[6:10] = struct.pack("<HH", side, side)
        return bytes(data)
    if kind == "BMP":
        data = bytearray(encode(Image.new("RGB", (64, 64)), "BMP"))
        data[18:26] = struct.pack("<ii", side, side)
        return bytes(data)
    if kind == "WEBP":
        body = b"VP8X" + struct.pack("<I", 10) + b"\x02\0\0\0" + b"\xff\x3f\0" * 2
        return b"RIFF" + struct.pack("<I", len(body) + 4) + b"WEBP" + body
    samples = bytearray(tiff(np.zeros((32, 32, 3), np.uint8)))
    samples[18:22] = samples[30:34] = struct.pack("<I", side)
    return bytes(samples)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "BMP", "WEBP", "TIFF"])
def test_bombs_allocate_nothing(kind: str) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert "limit of 150 megapixels" in refused(huge(kind))
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 50_000


def test_a_second_frame_header_is_refused() -> None:
    """Which of two a decoder takes differs, and the limit must hold for either."""
    small = encode(Image.new("RGB", (64, 64)), "JPEG")
    at = small.index(b"\xff\xc0")
    header = small[at : at + 2 + struct.unpack_from(">H", small, at + 2)[0]]
    large = header[:5] + struct.pack(">HH", 60_000, 60_000) + header[9:]
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for first, last in ((large, header), (header, large)):
        data = small[:at] + first + small[at + len(header) : -2] + last + small[-2:]
        assert refused(data)
    twice = small[:at] + header + small[at:]
    assert "several frame headers" in refused(twice)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 50_000


def test_forged_canvas_of_an_animated_webp() -> None:
    frames = [Image.new("RGB", (64, 64), grey) for grey in ("black", "white")]
    data = bytearray(encode(frames[0], "WEBP", save_all=True, append_images=frames[1:]))
    assert data[12:16] == b"VP8X"
    data[27:30] = b"\0\0\x10"  # a canvas 64 × 1,048,577, below the limit on pixels
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert "header is damaged" in refused(bytes(data))
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 50_000


def test_forged_height_of_a_small_tiff() -> None:
    data = bytearray(tiff(np.zeros((32, 32, 3), np.uint8)))
    data[30:34] = struct.pack("<I", 1_000_000)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert "bytes can hold" in refused(bytes(data))
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 50_000


@pytest.mark.parametrize("kind", ["HEIF", "AVIF"])
def test_pixel_limit_holds_for_containers(image: Image.Image, kind: str) -> None:
    pillow_heif.register_heif_opener()
    assert "limit" in refused(encode(image, kind), limits=Limits(max_pixels=10_000))


def test_forged_height_of_a_small_body() -> None:
    data = bytearray(encode(Image.effect_noise((64, 64), 60), "JPEG"))
    at = data.index(b"\xff\xc0") + 5
    data[at : at + 4] = struct.pack(">HH", 12_000, 12_000)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert "cut off" in refused(bytes(data))
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 50_000


def test_jpegs_no_decoder_reads(image: Image.Image) -> None:
    whole = bytearray(encode(image, "JPEG"))
    frame = whole.index(b"\xff\xc0")
    twelve = whole.copy()
    twelve[frame + 1], twelve[frame + 4] = 0xC1, 12
    assert "12 bits" in refused(bytes(twelve))
    hierarchical = whole.copy()
    hierarchical[frame + 1] = 0xC5
    assert "hierarchical" in refused(bytes(hierarchical))
    unknown = whole.copy()
    unknown[frame + 5 : frame + 7] = b"\0\0"
    assert "height" in refused(bytes(unknown))


def test_scan_bomb() -> None:
    whole = encode(Image.new("L", (8000, 8000), 128), "JPEG", progressive=True)
    start = whole.rindex(b"\xff\xda")
    assert "attack" in refused(whole[:-2] + whole[start:-2] * 200 + b"\xff\xd9")


def test_png_text_bombs_do_not_hide_the_picture(image: Image.Image, rgb: NDArray[np.uint8]) -> None:
    packed = zlib.compress(bytes(200_000_000), 9)
    whole = encode(image, "PNG")
    for bomb in (chunk(b"zTXt", b"k\0\0" + packed), chunk(b"iCCP", b"p\0\0" + packed)):
        exhibit = open_exhibit(whole[:33] + bomb + whole[33:])
        np.testing.assert_array_equal(exhibit.rgb, rgb)
        assert exhibit.notes


def test_camera_raw_is_known_by_its_content(monkeypatch: pytest.MonkeyPatch) -> None:
    entries = [(256, 4, 1, 64), (257, 4, 1, 64), (262, 3, 1, 32803)]
    body = b"".join(struct.pack("<HHII", *entry) for entry in entries)
    cfa = b"II*\0\x08\0\0\0" + struct.pack("<H", 3) + body + bytes(64)
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    for data in (cfa, b"IIRO" + bytes(99), b"\0\0\0\x18ftypcrx " + bytes(99), b"FUJIFILMCCD-RAW "):
        assert "pip install 'locard[raw]'" in refused(data)


def dng(mosaic: NDArray[np.uint16]) -> bytes:
    """Uncompressed DNG with an RGGB mosaic and an identity colour matrix."""
    height, width = mosaic.shape
    matrix = struct.pack("<18i", *[v for n in (1, 0, 0, 0, 1, 0, 0, 0, 1) for v in (n, 1)])
    tags = [
        (254, 4, 0), (256, 4, width), (257, 4, height), (258, 3, 16), (259, 3, 1), (262, 3, 32803),
        (271, 2, b"Maker\0"), (272, 2, b"Model\0"), (273, 4, -1), (277, 3, 1), (278, 4, height),
        (279, 4, mosaic.nbytes), (33421, 3, b"\2\0\2\0"), (33422, 1, b"\0\1\1\2"),
        (50706, 1, b"\1\4\0\0"), (50708, 2, b"Maker Model\0"), (50717, 4, 65535),
        (50721, 10, matrix),
    ]  # fmt: skip
    start = 8 + 2 + 12 * len(tags) + 4
    extra = b"".join(v for _, _, v in tags if isinstance(v, bytes) and len(v) > 4)
    body, used = b"", 0
    for tag, kind, value in tags:
        if isinstance(value, int):
            number, field = 1, struct.pack("<I", start + len(extra) if value < 0 else value)
        else:
            number = len(value) // {2: 1, 1: 1, 3: 2, 10: 8}[kind]
            field = value if len(value) == 4 else struct.pack("<I", start + used)
            used += len(value) if len(value) > 4 else 0
        body += struct.pack("<HHI", tag, kind, number) + field
    head = b"II*\0\x08\0\0\0" + struct.pack("<H", len(tags)) + body + bytes(4)
    return head + extra + mosaic.tobytes()


def test_camera_raw(rgb: NDArray[np.uint8]) -> None:
    pytest.importorskip("rawpy")
    whole = dng(rgb[:96, :128, 1].astype("<u2") * 200)
    exhibit = open_exhibit(whole)
    assert (exhibit.format, exhibit.rgb.shape) == ("RAW", (96, 128, 3))
    assert exhibit.rgb.std() > 5
    assert "developed here" in exhibit.notes[0]
    assert "camera raw" in refused(whole[: len(whole) // 2])


def test_damaged_camera_raw() -> None:
    pytest.importorskip("rawpy")
    assert "camera raw" in refused(b"IIRO" + bytes(999))


def test_nothing_reaches_the_terminal(
    image: Image.Image, capfd: pytest.CaptureFixture[str]
) -> None:
    jpeg = bytearray(encode(image, "JPEG", quality=90))
    jpeg[len(jpeg) // 2 : len(jpeg) // 2 + 40] = b"\xff\xd0" * 20
    open_exhibit(bytes(jpeg)).coefficients  # noqa: B018
    packed = bytearray(encode(image, "TIFF", compression="tiff_lzw"))
    packed[200:260] = bytes(60)
    for data in (bytes(packed), bytes(packed)[: len(packed) // 2]):
        try:
            open_exhibit(data)
        except ExhibitError:
            continue
    captured = capfd.readouterr()
    assert (captured.out, captured.err) == ("", "")


def test_mid_grey_end_is_pointed_out(rgb: NDArray[np.uint8]) -> None:
    picture = rgb.copy()
    picture[60:] = 128
    exhibit = open_exhibit(encode(Image.fromarray(picture), "JPEG", quality=90))
    assert exhibit.height == HEIGHT
    assert "mid-grey" in exhibit.notes[0]


def test_layouts_survive_anything() -> None:
    rng = np.random.default_rng(0)
    for size in (0, 1, 8, 13, 20, 33, 60, 200):
        for head in (
            b"",
            b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR",
            b"II*\0\x08\0\0\0",
            b"MM\0+",
            b"GIF89a",
        ):
            data = head + rng.bytes(size)
            for read in (png_layout, tiff_layout, webp_layout, gif_layout):
                found = read(data)
                assert found is None or min(found.width, found.height) >= 0


def test_cyclic_tiff_directories_end() -> None:
    data = bytearray(tiff(np.zeros((32, 32, 3), np.uint8)))
    data[8 + 2 + 120 : 8 + 2 + 124] = struct.pack("<I", 8)
    layout = tiff_layout(bytes(data))
    assert layout is not None
    assert layout.frames == 1
