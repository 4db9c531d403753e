"""Safe decoding of pictures into pixels on the stored grid."""

from __future__ import annotations

import importlib
import importlib.util
import io
import logging
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import cast

import numpy as np
from numpy.typing import NDArray
from PIL import ExifTags, Image, ImageFile

from locard.exhibit.jpeg import JpegStructure, parse_jpeg, with_height
from locard.exhibit.layout import (
    Layout,
    PngLayout,
    TiffLayout,
    bmp_layout,
    bmp_rows,
    gif_layout,
    heif_bits,
    plain_tiff,
    png_layout,
    repair_png,
    sound_pixels,
    tiff_layout,
    webp_layout,
)
from locard.exhibit.limits import ExhibitError, Limits, mebibytes, megapixels
from locard.exhibit.metadata import Metadata, read_metadata
from locard.exhibit.quiet import quiet_c_stderr

# The one Pillow plug-in for each format. Opening through it rather than through `Image.open`
# leaves the size limit to `Limits` and keeps every other plug-in closed to hostile bytes.
_PLUGINS = {
    "JPEG": ("PIL.JpegImagePlugin", "JpegImageFile"),
    "PNG": ("PIL.PngImagePlugin", "PngImageFile"),
    "TIFF": ("PIL.TiffImagePlugin", "TiffImageFile"),
    "WEBP": ("PIL.WebPImagePlugin", "WebPImageFile"),
    "BMP": ("PIL.BmpImagePlugin", "BmpImageFile"),
    "GIF": ("PIL.GifImagePlugin", "GifImageFile"),
    "AVIF": ("PIL.AvifImagePlugin", "AvifImageFile"),
    "HEIF": ("pillow_heif", "HeifImageFile"),
}
_HEIF_BRANDS = (b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"mif1", b"msf1")
_AVIF_BRANDS = (b"avif", b"avis")
_TIFF_HEADS = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
# Olympus ORF, Panasonic RW2, Fujifilm RAF, Sigma X3F, Minolta MRW, Canon CRW.
_RAW_HEADS = (
    b"IIRO", b"IIRS", b"MMOR", b"IIU\0", b"FUJIFILMCCD-RAW", b"FOVb", b"\0MRM",
    b"II\x1a\0\0\0HEAPCCDR",
)  # fmt: skip
# A decoder's work on a progressive JPEG is its scans times its pixels; real files have 10 scans.
_MAX_SCAN_PIXELS = 5e9
_MAX_RUN_LENGTH_PIXELS = 16_000_000
_SMALL_TIFF_PIXELS = 2**24
_TIFF_PIXELS_PER_BYTE = 1300  # no TIFF compression packs a flat area of 8 bits more densely
_MAX_WEBP_SIDE = 16_384
_PILLOW_WARNS = 64_000_000  # pixels, below which Pillow does not warn of decompression bombs
# Of a TIFF with samples that Pillow has no mode for; colour and alpha of 16 bits.
_DEEP_BYTES_PER_PIXEL = 8
_MID_GREY = 128.0
_CMYK_MID_GREY = 64.0


@dataclass(slots=True)
class Decoded:
    """Pixels and structure of one picture.

    Attributes:
        rgb: uint8, height × width × 3, on the stored pixel grid.
        bit_depth: bits per sample in the file.
        grey: whether the file has one colour channel.
        frames: number of pictures in the file, of which the first is examined.
        rows: of the picture in the file; fewer are in ``rgb`` when the file is cut off.
        notes: what the reader must know ("cut off after row 512 of 3024").
    """

    rgb: NDArray[np.uint8]
    format: str
    bit_depth: int = 8
    grey: bool = False
    alpha: bool = False
    frames: int = 1
    jpeg: JpegStructure | None = None
    metadata: Metadata = field(default_factory=Metadata)
    notes: list[str] = field(default_factory=list)
    rows: int = 0

    def __post_init__(self) -> None:
        self.rows = self.rows or int(self.rgb.shape[0])


def sniff(data: bytes) -> str | None:
    """Name the picture format that the first bytes announce, or None for anything else."""
    head = data[:32]
    brands = head[8:12]
    if head[4:8] == b"ftyp":
        if brands in _AVIF_BRANDS or any(b in data[:64] for b in _AVIF_BRANDS):
            return "AVIF"
        if brands in _HEIF_BRANDS:
            return "HEIF"
        return "RAW" if brands == b"crx " else None
    if head[:3] == b"\xff\xd8\xff":
        return "JPEG"
    if head[:8] == b"\x89PNG\r\n\x1a\n":
        return "PNG"
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "WEBP"
    if head[:6] in (b"GIF87a", b"GIF89a"):
        return "GIF"
    if head.startswith(_RAW_HEADS) or (head[:4] in _TIFF_HEADS and head[8:10] == b"CR"):
        return "RAW"
    if head[:4] in _TIFF_HEADS:
        return "TIFF"
    return "BMP" if head[:2] == b"BM" else None


_KINDS = {
    b"%PDF": "a PDF document",
    b"PK\x03\x04": "a ZIP archive or office document",
    b"\x1f\x8b": "a gzip archive",
    b"RIFF": "a RIFF sound or video file",
    b"\x1aE\xdf\xa3": "a Matroska video",
    b"<svg": "an SVG drawing",
    b"8BPS": "a Photoshop document",
    b"\x7fELF": "a program",
}


def _describe(data: bytes) -> str:
    if data[4:8] == b"ftyp":
        return "a video, or a picture in a container locard does not know"
    for head, kind in _KINDS.items():
        if data.lstrip()[: len(head)] == head:
            return kind
    if len(data) < 4:
        return "a file of a few bytes"
    sample = data[:512]
    if sample and all(b in b"\t\r\n" or 32 <= b < 127 or b >= 128 for b in sample):
        return "a text file"
    return "data of no known picture format"


def decode(data: bytes, limits: Limits) -> Decoded:
    """Decode a picture file; truncated files are decoded as far as they go.

    Raises: ExhibitError with one sentence for anything that is not a readable picture.
    """
    if not data:
        raise ExhibitError("the file is empty; ask for the original again")
    if len(data) > limits.max_bytes:
        raise ExhibitError(
            f"the file has {mebibytes(len(data))}, more than the limit of "
            f"{mebibytes(limits.max_bytes)}; `locard examine --max-bytes` raises it"
        )
    kind = sniff(data)
    if kind is None:
        raise ExhibitError(
            f"this is {_describe(data)}, not a picture; locard examines JPEG, PNG, TIFF, WebP, "
            "BMP, GIF, HEIC, AVIF and camera raw"
        )
    try:
        with quiet_c_stderr():
            return _DECODERS.get(kind, _decode_other)(data, kind, limits)
    except ExhibitError:
        raise
    except MemoryError:
        raise ExhibitError("there is not enough memory to decode the picture") from None
    except Exception as error:  # A hostile file can make a decoder raise anything.
        raise ExhibitError(
            f"the {kind} data cannot be decoded ({_reason(error)}); the file is damaged, "
            "ask for the original again"
        ) from error


def _check_size(width: int, height: int, limits: Limits) -> None:
    if width <= 0 or height <= 0:
        raise ExhibitError("the header gives the picture no size; the file is damaged")
    if width * height > limits.max_pixels:
        raise ExhibitError(
            f"the picture claims {width} × {height} pixels, more than the limit of "
            f"{megapixels(limits.max_pixels)}; `locard examine --max-pixels` raises it"
        )
    if min(width, height) < limits.min_side:
        raise ExhibitError(
            f"the picture has {width} × {height} pixels; at least {limits.min_side} on each side "
            "are needed to say anything"
        )


def _reason(error: Exception) -> str:
    said = error.args[0] if error.args else ""
    said = said.decode("latin-1") if isinstance(said, bytes) else str(error)  # LibRaw says bytes
    text = said.splitlines()[0] if said else type(error).__name__
    # Pillow names the in-memory file object, which means nothing to the reader.
    return "unreadable header" if "BytesIO" in text else text[:120]


def _cut_off(rows: int, height: int, limits: Limits) -> str:
    """Say how much of a cut file was decoded; refuse when that is too little."""
    if rows < limits.min_side:
        raise ExhibitError(
            f"the file is cut off after row {rows} of {height}; too little is left to examine, "
            "ask for the original again"
        )
    if rows < height:
        return f"the file is cut off: {rows} of {height} rows could be decoded and were examined"
    return "the file is damaged near its end; all rows could be decoded"


# Pillow logs what it also raises; without a handler, logging would print it.
logging.getLogger("PIL").addHandler(logging.NullHandler())

# Warnings and Pillow's limit are the process's: two threads must not exchange them at once.
_pillow_lock = threading.Lock()


@contextmanager
def _quiet_pillow() -> Iterator[None]:
    """Mute Pillow's warnings, and let it pass pictures of any size: `Limits` judges them."""
    with _pillow_lock, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        most, Image.MAX_IMAGE_PIXELS = Image.MAX_IMAGE_PIXELS, None
        try:
            yield
        finally:
            Image.MAX_IMAGE_PIXELS = most


def _open(data: bytes, kind: str) -> ImageFile.ImageFile:
    """Open a picture without decoding its pixels."""
    # WeasyPrint, for one, turns this on for the whole process: a file that was cut off would then
    # pass for a whole one.
    ImageFile.LOAD_TRUNCATED_IMAGES = False
    module, name = _PLUGINS[kind]
    plugin = getattr(importlib.import_module(module), name)
    with _quiet_pillow():
        return cast(ImageFile.ImageFile, plugin(io.BytesIO(data)))


def _load(image: ImageFile.ImageFile) -> None:
    """Decode the pixels of an opened picture, small ones side by side."""
    if image.width * image.height < _PILLOW_WARNS:
        image.load()
        return
    with _quiet_pillow():
        image.load()


def _describe_image(image: Image.Image, comments: list[str]) -> Metadata:
    with _quiet_pillow():
        return read_metadata(image, comments)


def _decode_jpeg(data: bytes, kind: str, limits: Limits) -> Decoded:
    jpeg = parse_jpeg(data)
    if jpeg is None or not jpeg.components:
        raise ExhibitError("the JPEG file ends before its frame header; ask for the original again")
    if jpeg.height == 0:
        raise ExhibitError("the JPEG file does not state its height; save it again as a plain JPEG")
    _check_size(jpeg.width, jpeg.height, limits)
    if jpeg.precision != 8:
        raise ExhibitError(
            f"this JPEG has {jpeg.precision} bits per sample, and no decoder at hand reads it; "
            "convert it to a 16-bit TIFF"
        )
    if jpeg.frames > 1 or jpeg.process == "hierarchical" or not jpeg.scans:
        what = "holds no picture data"
        if jpeg.scans:
            what = "has several frame headers" if jpeg.frames > 1 else "is hierarchical"
        raise ExhibitError(f"this JPEG {what} and cannot be decoded; ask for the original again")
    if jpeg.scans > 100 and jpeg.scans * jpeg.width * jpeg.height > _MAX_SCAN_PIXELS:
        raise ExhibitError(
            f"the JPEG has {jpeg.scans} scans, which is an attack on decoders, not a photograph"
        )
    coded = jpeg.coded_rows
    cut = not jpeg.complete or coded < jpeg.height
    if coded < limits.min_side:
        _cut_off(coded, jpeg.height, limits)
    rebuilt = cut or jpeg.height_after_scan
    image = _open(with_height(data, jpeg, coded) if rebuilt else data, kind)
    _check_size(*image.size, limits)
    metadata = _describe_image(image, jpeg.comments)
    _load(image)
    decoded = Decoded(
        rgb=_to_rgb(image, 8),
        format=kind,
        bit_depth=jpeg.precision,
        grey=image.mode == "L",
        jpeg=jpeg,
        metadata=metadata,
        rows=jpeg.height,
    )
    fill = _CMYK_MID_GREY if image.mode == "CMYK" else _MID_GREY
    if cut:
        rows = _drop_fill(decoded.rgb, jpeg, fill)
        decoded.notes.append(_cut_off(rows, jpeg.height, limits))
        decoded.rgb = decoded.rgb[:rows]
        if jpeg.process == "progressive":
            decoded.notes.append(
                f"the JPEG is progressive and ends in scan {jpeg.scans}: a part of the rows is "
                "there at reduced quality only"
            )
        elif jpeg.scans > 1:
            decoded.notes.append("the JPEG stores its channels one after another: colours may lack")
    elif _fill_rows(decoded.rgb[-1:], fill).all():
        decoded.notes.append(
            "the picture ends in plain mid-grey, as decoders draw damaged JPEG data; "
            "check that it belongs to the scene"
        )
    return decoded


def _fill_rows(rgb: NDArray[np.uint8], fill: float) -> NDArray[np.bool_]:
    """Which rows are the mid-grey that libjpeg draws for coefficients it did not get.

    Args:
        fill: luma of that grey; of CMYK, where black darkens what the inks leave, it is half.
    """
    weights = np.array([0.299, 0.587, 0.114], np.float32)
    return np.asarray((np.abs(rgb @ weights - fill) <= 1.6).all(axis=1))


def _drop_fill(rgb: NDArray[np.uint8], jpeg: JpegStructure, fill: float) -> int:
    """Number of rows of a cut JPEG that were decoded.

    Chroma interpolation bleeds into the first filled row, so luma decides. The row of coded units
    in which the data ends counts only when its last unit was decoded.
    """
    height, (tall, wide) = int(rgb.shape[0]), jpeg.unit
    for bottom in range(height, 0, -512):
        top = max(0, bottom - 512)
        real = np.flatnonzero(~_fill_rows(rgb[top:bottom], fill))
        if real.size:
            start = (top + int(real[-1])) // tall * tall
            left = (rgb.shape[1] - 1) // wide * wide
            whole = not _fill_rows(rgb[start : start + tall, left:], fill).all()
            return min(height, start + tall) if whole else start
    return 0


def _decode_png(data: bytes, kind: str, limits: Limits) -> Decoded:
    layout = png_layout(data)
    if layout is None:
        raise ExhibitError("the PNG header is damaged; ask for the original again")
    _check_size(layout.width, layout.height, limits)
    if layout.overrun:
        raise ExhibitError(
            "the PNG has more chunks than any encoder writes; it is an attack on decoders"
        )
    metadata: Metadata | None = None
    rows = layout.height
    notes: list[str] = []
    try:
        if not layout.complete or not layout.plausible:
            raise EOFError("the file is cut off")
        image = _open(data, kind)
        metadata = _describe_image(image, [])
        _load(image)
    except MemoryError:
        raise
    except Exception as error:  # Pillow reports damage through many exception types.
        repaired, rows = repair_png(data, layout)
        if rows < layout.height or not layout.complete:
            notes.append(_cut_off(rows, layout.height, limits))
        else:
            notes.append(f"parts of the PNG file beside its pixels are damaged ({_reason(error)})")
        image = _open(repaired, kind)
        if metadata is None:
            metadata = _salvage_metadata(data, layout)
        _load(image)
    if not notes and not sound_pixels(data, layout):
        notes.append("the checksum of the PNG pixel data is wrong: it was changed or damaged later")
    rgb = _to_rgb(image, layout.bits)[:rows]
    decoded = Decoded(
        rgb=rgb,
        format=kind,
        bit_depth=layout.bits,
        grey=image.mode in ("1", "L", "LA") or is_deep(image.mode),
        alpha=_has_alpha(image),
        frames=layout.frames,
        metadata=metadata,
        notes=notes,
        rows=layout.height,
    )
    _note_frames(decoded)
    return decoded


def _salvage_metadata(data: bytes, layout: PngLayout) -> Metadata:
    """Read the metadata of a PNG whose end is missing; it usually precedes the pixels."""
    try:
        return _describe_image(_open(data, "PNG"), [])
    except Exception as error:  # The damage may be in the metadata itself.
        return Metadata(problems=[f"the PNG metadata is damaged ({_reason(error)})"])


def _decode_tiff(data: bytes, kind: str, limits: Limits) -> Decoded:
    layout = tiff_layout(data)
    if layout is None:
        raise ExhibitError(
            "the TIFF directory, often at the end of the file, is cut off or damaged; ask for "
            "the original again"
        )
    if layout.raw:
        return _decode_raw(data, "RAW", limits)
    _check_size(layout.width, layout.height, limits)
    if layout.tile_pixels > layout.width * layout.height + 2**24:
        raise ExhibitError("the TIFF claims tiles far larger than the picture; it is damaged")
    pixels = layout.width * layout.height
    if layout.bits >= 8 and pixels > max(_SMALL_TIFF_PIXELS, _TIFF_PIXELS_PER_BYTE * len(data)):
        raise ExhibitError(
            f"the TIFF claims {layout.width:,} × {layout.height:,} pixels, more than its "
            f"{len(data):,} bytes can hold; it is damaged or cut off, ask for the original again"
        )
    try:
        image = _open(data, kind)
    except SyntaxError:
        return _decode_deep_tiff(data, kind, layout, limits)
    _check_size(*image.size, limits)
    decoded = _finish(image, kind, layout, limits)
    if layout.white_is_zero and is_deep(image.mode):
        np.subtract(255, decoded.rgb, out=decoded.rgb)  # Pillow does it for up to 8 bits only
    return decoded


def _decode_deep_tiff(data: bytes, kind: str, layout: TiffLayout, limits: Limits) -> Decoded:
    """Decode the sample layouts that Pillow has no mode for, as colour in 32 bits."""
    size = layout.width * layout.height * layout.channels * layout.bits // 8
    if size > _DEEP_BYTES_PER_PIXEL * limits.max_pixels:
        raise ExhibitError(
            f"the samples of this TIFF take {mebibytes(size)} of memory, more than the limit of "
            f"{mebibytes(_DEEP_BYTES_PER_PIXEL * limits.max_pixels)}; save it as a 16-bit TIFF"
        )
    samples = plain_tiff(data, layout)
    if samples is None:
        raise ExhibitError(
            "this kind of TIFF cannot be read, or it is damaged; save it as an 8- or 16-bit TIFF"
        )
    pixels = to_uint8(samples, layout.bits)
    grey = pixels.shape[2] == 1
    decoded = Decoded(
        rgb=np.repeat(pixels, 3, axis=2) if grey else np.ascontiguousarray(pixels[:, :, :3]),
        format=kind,
        bit_depth=layout.bits,
        grey=grey,
        alpha=pixels.shape[2] == 4,
        frames=layout.frames,
        metadata=Metadata(problems=["the tags of this kind of TIFF are not read"]),
    )
    note_unmeasured(decoded, samples)
    return decoded


def _decode_other(data: bytes, kind: str, limits: Limits) -> Decoded:
    layout = Layout()
    packed = upward = False
    if kind == "WEBP":
        layout = webp_layout(data)
        if not layout.complete:
            raise ExhibitError(
                "the WebP file is cut off, and WebP decodes whole or not at all; ask for the "
                "original again"
            )
        if max(layout.width, layout.height) > _MAX_WEBP_SIDE:
            raise ExhibitError(
                f"the WebP header claims {layout.width:,} × {layout.height:,} pixels, and no WebP "
                f"encoder goes beyond {_MAX_WEBP_SIDE:,} on a side: the header is damaged; ask for "
                "the original again"
            )
    elif kind == "GIF":
        layout = gif_layout(data)
    elif kind == "BMP":
        layout, packed, upward = bmp_layout(data)
        if packed and layout.width * layout.height > _MAX_RUN_LENGTH_PIXELS:
            raise ExhibitError("run-length coded BMP files are read up to 16 megapixels only")
    elif kind in ("HEIF", "AVIF"):
        layout.bits = heif_bits(data)
    if kind in ("WEBP", "GIF", "BMP"):
        # These decoders allocate the canvas when they open the file.
        _check_size(layout.width, layout.height, limits)
    rows = layout.height
    if kind == "BMP" and not packed:
        data, rows = bmp_rows(data, layout)
    cut = [_cut_off(rows, layout.height, limits)] if rows < layout.height else []
    image = _open(data, kind)
    _check_size(*image.size, limits)
    if kind not in ("GIF", "BMP"):
        count = getattr(image, "n_frames", 1)
        layout.frames = count if isinstance(count, int) else 1
    turned = _heif_turn(image) if kind == "HEIF" else 0
    decoded = _finish(image, kind, layout, limits, upward=upward)
    decoded.notes += cut
    decoded.rows = max(decoded.rows, layout.height)
    if turned:
        # libheif applies the rotation of the file; the traces live on the grid before it.
        decoded.rgb = np.ascontiguousarray(np.rot90(decoded.rgb, -turned))
        decoded.rows = int(decoded.rgb.shape[0])
        decoded.metadata.orientation = {1: 8, 2: 3, 3: 6}[turned]
    return decoded


def _heif_turn(image: ImageFile.ImageFile) -> int:
    """Quarter turns anticlockwise that libheif applies to an opened HEIF picture; 0 if it mirrors.

    pillow-heif has no public name for it; without it the picture is examined as displayed.
    """
    container = getattr(image, "_heif_file", None)
    if container is None:
        return 0
    inner = getattr(container[container.primary_index], "_c_image", None)
    steps = getattr(inner, "transformations", ())
    if any(step[0] == "imir" for step in steps):
        return 0
    return int(sum(step[1] for step in steps if step[0] == "irot") // 90 % 4)


def _finish(
    image: ImageFile.ImageFile,
    kind: str,
    layout: Layout,
    limits: Limits,
    *,
    upward: bool = False,
) -> Decoded:
    """Decode an opened picture; of a cut GIF, BMP or TIFF what its decoder got as far as."""
    metadata = _describe_image(image, [])
    if kind == "TIFF":
        # Pillow would turn the decoded picture; the traces live on the grid before.
        image.getexif()[ExifTags.Base.Orientation] = 1
    problem: OSError | None = None
    try:
        _load(image)
    except OSError as error:
        if kind not in ("GIF", "BMP", "TIFF"):
            raise
        # The decoder leaves the rows it managed in the image; an empty list of tiles tells
        # Pillow that there is nothing more to decode.
        problem = error
        image.tile = []
    # Pillow gives a TIFF the size that it has once turned; a copy has that of its pixels.
    loaded = image if image.size == image.im.size else image.copy()
    rgb = _to_rgb(loaded, layout.bits)
    decoded = Decoded(
        rgb=rgb,
        format=kind,
        bit_depth=layout.bits,
        grey=image.mode in ("1", "L", "LA") or is_deep(image.mode),
        alpha=_has_alpha(image),
        frames=layout.frames,
        metadata=metadata,
    )
    if problem is not None:
        rows = _decoded_rows(rgb, layout, upward=upward)
        decoded.notes.append(_cut_off(rows, rgb.shape[0], limits))
        decoded.rgb = rgb[rgb.shape[0] - rows :] if upward else rgb[:rows]
    if image.mode == "F":
        note_unmeasured(decoded, np.asarray(loaded))
    _note_frames(decoded)
    return decoded


def _decoded_rows(rgb: NDArray[np.uint8], layout: Layout, *, upward: bool) -> int:
    """Rows of a cut picture before the one colour that undecoded pixels are left in."""
    rows = rgb[::-1] if upward else rgb
    # The last pass of an interlaced GIF fills the odd rows.
    step = 2 if layout.interlaced else 1
    rows = rows[step - 1 :: step]
    fill = np.tile(rows[-1, -1], rows.shape[1])
    count = 0
    for bottom in range(rows.shape[0], 0, -1024):
        top = max(0, bottom - 1024)
        block = rows[top:bottom].reshape(bottom - top, -1)
        real = np.flatnonzero((block != fill).any(axis=1))
        if real.size:
            count = top + int(real[-1]) + 1
            break
    if count == rows.shape[0]:
        return int(rgb.shape[0])
    if isinstance(layout, TiffLayout) and layout.tile_pixels:
        return count // layout.tile_rows * layout.tile_rows
    return count * step


def _note_frames(decoded: Decoded) -> None:
    if decoded.frames > 1:
        decoded.notes.append(f"the file holds {decoded.frames} pictures; the first is examined")


def note_unmeasured(decoded: Decoded, samples: NDArray[np.generic]) -> None:
    """Say how many floating-point samples are no numbers: they are shown as black."""
    if samples.dtype.kind == "f" and (broken := samples.size - int(np.isfinite(samples).sum())):
        decoded.notes.append(
            f"{broken:,} of {samples.size:,} samples are not finite numbers; they are read as 0"
        )


def _has_alpha(image: Image.Image) -> bool:
    return image.mode in ("RGBA", "LA", "PA", "La", "RGBa") or "transparency" in image.info


def is_deep(mode: str) -> bool:
    """Whether a Pillow mode has samples of more than 8 bits; all of these are grey."""
    return mode in ("I", "F") or mode.startswith("I;16")


def _to_rgb(image: Image.Image, bits: int) -> NDArray[np.uint8]:
    """Return the pixels as uint8 height × width × 3, in stripes to bound memory."""
    mode = image.mode
    if is_deep(mode):
        return np.repeat(to_uint8(np.asarray(image), bits)[:, :, None], 3, axis=2)
    width, height = image.size
    rgb = np.empty((height, width, 3), np.uint8)
    # The colour under transparent pixels is kept: compositing would invent flat areas.
    transparent = _has_alpha(image) and mode not in ("RGBA", "RGBX")
    stripe = max(1, 2**18 // width)
    for top in range(0, height, stripe):
        part = image.crop((0, top, width, min(height, top + stripe)))
        if transparent:
            part = part.convert("RGBA")
        rgb[top : top + stripe] = np.asarray(part if part.mode == "RGB" else part.convert("RGB"))
    return rgb


def to_uint8(samples: NDArray[np.generic], bits: int) -> NDArray[np.uint8]:
    """Bring samples of more than 8 bits to 0 to 255: floats and 32-bit ones by their own range.

    Args:
        bits: of a sample as it was stored; the array's type may have more.
    """
    if samples.dtype.kind in "iu" and 8 < bits <= 16:
        return np.asarray(np.clip(samples, 0, 2**bits - 1) >> bits - 8, np.uint8)
    if samples.dtype == np.uint8:
        return np.asarray(samples, np.uint8)
    # In stripes to bound memory: there may be 32 bytes of samples to a pixel.
    stripe = max(1, 2**18 // max(1, samples[:1].size))
    stripes = [slice(start, start + stripe) for start in range(0, len(samples), stripe)]
    top = max((float(_finite(samples[rows]).max(initial=0.0)) for rows in stripes), default=0.0)
    # Floating-point pictures run to 1, to 255 or to 65535; beyond that, to their maximum.
    unit = samples.dtype.kind == "f" and top <= 1
    full = 1.0 if unit else 255.0 if top <= 255 else max(top, 65535.0)
    out = np.empty(samples.shape, np.uint8)
    for rows in stripes:
        out[rows] = np.clip(np.round(_finite(samples[rows]) / full * 255.0), 0, 255)
    return out


def _finite(samples: NDArray[np.generic]) -> NDArray[np.float64]:
    with np.errstate(invalid="ignore"):  # a hostile file may hold signalling NaNs
        values = samples.astype(np.float64)
    return np.nan_to_num(values, copy=False, nan=0.0, posinf=0.0, neginf=0.0)


def _decode_raw(data: bytes, kind: str, limits: Limits) -> Decoded:
    if importlib.util.find_spec("rawpy") is None:
        raise ExhibitError("camera raw files need an extra: pip install 'locard[raw]'")
    import rawpy

    try:
        with rawpy.imread(io.BytesIO(data)) as raw:
            _check_size(raw.sizes.raw_width, raw.sizes.raw_height, limits)
            rgb = raw.postprocess(use_camera_wb=True, output_bps=8, user_flip=0)
    except rawpy.LibRawError as error:
        raise ExhibitError(
            f"the camera raw data cannot be decoded ({_reason(error)}); convert it to TIFF first"
        ) from error
    return Decoded(
        rgb=np.ascontiguousarray(rgb, dtype=np.uint8),
        format=kind,
        bit_depth=16,
        notes=["camera raw: examined as developed here, so colour filter traces are ours"],
    )


_DECODERS = {
    "JPEG": _decode_jpeg,
    "PNG": _decode_png,
    "TIFF": _decode_tiff,
    "RAW": _decode_raw,
}
