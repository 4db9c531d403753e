"""Safe decoding of pictures into pixels on the stored grid."""

from __future__ import annotations

import importlib.util
import io
import threading
import warnings
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFile

from locard.exhibit.jpeg import JpegStructure, parse_jpeg
from locard.exhibit.limits import ExhibitError, Limits
from locard.exhibit.metadata import Metadata, read_metadata

# Pillow plug-ins that may touch an exhibit; all others stay closed to hostile bytes.
_FORMATS = ("JPEG", "MPO", "PNG", "TIFF", "WEBP", "BMP", "GIF", "AVIF", "HEIF")
_HEIF_BRANDS = (b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"mif1", b"msf1")
_AVIF_BRANDS = (b"avif", b"avis")
_TIFF_HEADS = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
_RAW_HEADS = (b"IIRO", b"IIRS", b"MMOR", b"IIU\0", b"FUJIFILM", b"FOVb")


@dataclass(slots=True)
class Decoded:
    """Pixels and structure of one picture.

    Attributes:
        rgb: uint8, height × width × 3, on the stored pixel grid.
        bit_depth: bits per sample in the file.
        grey: whether the file has one colour channel.
        frames: number of pictures in the file, of which the first is examined.
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
            f"the file has {len(data) / 2**20:.0f} MiB, more than the limit of "
            f"{limits.max_bytes / 2**20:.0f} MiB; raise it with --max-bytes"
        )
    kind = sniff(data)
    if kind is None:
        raise ExhibitError(
            f"this is {_describe(data)}, not a picture; locard examines JPEG, PNG, TIFF, WebP, "
            "BMP, GIF, HEIC, AVIF and camera raw"
        )
    if kind == "RAW":
        return _decode_raw(data, limits)
    return _decode_pillow(data, kind, limits)


def _check_size(width: int, height: int, limits: Limits) -> None:
    if width * height > limits.max_pixels:
        raise ExhibitError(
            f"the picture claims {width} × {height} pixels, more than the limit of "
            f"{limits.max_pixels / 1e6:.0f} megapixels; raise it with --max-pixels if you trust it"
        )
    if min(width, height) < limits.min_side:
        raise ExhibitError(
            f"the picture has {width} × {height} pixels; at least {limits.min_side} on each side "
            "are needed to say anything"
        )


# Pillow's switch for truncated files is global; hold it only while one file is loaded.
_truncated_lock = threading.Lock()


def _load(image: Image.Image) -> bool:
    """Load the pixels of an opened image; return whether the file was cut off."""
    try:
        image.load()
    except (OSError, SyntaxError, EOFError) as error:
        if isinstance(error, Image.DecompressionBombError):
            raise
        with _truncated_lock:
            before = ImageFile.LOAD_TRUNCATED_IMAGES
            ImageFile.LOAD_TRUNCATED_IMAGES = True
            try:
                image.load()
            finally:
                ImageFile.LOAD_TRUNCATED_IMAGES = before
        return True
    return False


def _decode_pillow(data: bytes, kind: str, limits: Limits) -> Decoded:
    if kind == "HEIF":
        import pillow_heif

        pillow_heif.register_heif_opener()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            image = Image.open(io.BytesIO(data), formats=[f for f in _FORMATS if _allowed(f, kind)])
            _check_size(*image.size, limits)
            if kind == "TIFF" and _is_raw(image):
                return _decode_raw(data, limits)
            jpeg = parse_jpeg(data) if kind == "JPEG" else None
            metadata = read_metadata(image, jpeg.comments if jpeg else [])
            frames = _count_frames(image)
            truncated = _load(image)
            rgb, depth = _to_rgb(image)
    except ExhibitError:
        raise
    except Image.DecompressionBombError:
        raise ExhibitError(
            "the picture claims more pixels than can be decoded safely; it looks like a "
            "decompression bomb"
        ) from None
    except MemoryError:
        raise ExhibitError("there is not enough memory to decode the picture") from None
    except Exception as error:  # A hostile file can make a decoder raise anything.
        raise ExhibitError(
            f"the {kind} data cannot be decoded ({_reason(error)}); the file is damaged, "
            "ask for the original again"
        ) from error
    decoded = Decoded(
        rgb=rgb,
        format=kind,
        bit_depth=depth,
        grey=image.mode in ("1", "L", "LA", "I", "I;16", "F"),
        alpha=image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info,
        frames=frames,
        jpeg=jpeg,
        metadata=metadata,
    )
    if jpeg and not jpeg.complete:
        truncated = True
    if truncated:
        _cut(decoded, limits)
    if frames > 1:
        decoded.notes.append(f"the file holds {frames} pictures; the first is examined")
    return decoded


def _allowed(format_name: str, kind: str) -> bool:
    return format_name == kind or (format_name == "MPO" and kind == "JPEG")


def _reason(error: Exception) -> str:
    text = str(error).splitlines()[0] if str(error) else type(error).__name__
    # Pillow names the in-memory file object, which means nothing to the reader.
    return "unreadable header" if "BytesIO" in text else text[:120]


def _count_frames(image: Image.Image) -> int:
    if image.format in ("MPO", "JPEG"):
        # Further pictures of a multi-picture JPEG are previews and gain maps, not frames.
        return 1
    count = getattr(image, "n_frames", 1)
    return int(count) if isinstance(count, int) else 1


def _to_rgb(image: Image.Image) -> tuple[NDArray[np.uint8], int]:
    mode = image.mode
    if mode.startswith("I;16") or mode in ("I", "F"):
        samples = np.asarray(image, dtype=np.float64)
        top = float(samples.max(initial=0.0))
        scale = 1.0 if top <= 255 else 255.0 / 65535.0 if top <= 65535 else 255.0 / top
        grey = np.clip(np.round(samples * scale), 0, 255).astype(np.uint8)
        return np.repeat(grey[:, :, None], 3, axis=2), 32 if mode in ("I", "F") else 16
    bits = image.info.get("bits", 8) if image.format != "PNG" else _png_depth(image)
    if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
        # The colour under transparent pixels is kept: compositing would invent flat areas.
        image = image.convert("RGBA")
    return np.ascontiguousarray(np.asarray(image.convert("RGB"))), int(bits) if bits else 8


def _png_depth(image: Image.Image) -> int:
    tile = getattr(image, "_locard_depth", None)
    return int(tile) if tile else 8


def _cut(decoded: Decoded, limits: Limits) -> None:
    """Drop the rows after the last decoded one: decoders leave them black."""
    height = decoded.rgb.shape[0]
    filled = np.flatnonzero(decoded.rgb.reshape(height, -1).any(axis=1))
    rows = int(filled[-1]) + 1 if filled.size else 0
    if decoded.format == "JPEG":
        rows -= rows % 8 if rows < height else 0
    if rows < limits.min_side:
        raise ExhibitError(
            f"the file is cut off after row {rows} of {height}; too little is left to examine, "
            "ask for the original again"
        )
    if rows < height:
        decoded.rgb = np.ascontiguousarray(decoded.rgb[:rows])
        decoded.notes.append(
            f"the file is cut off: {rows} of {height} rows could be decoded and were examined"
        )
    else:
        decoded.notes.append("the file is damaged near its end; all rows could be decoded")


def _is_raw(image: Image.Image) -> bool:
    """Whether an opened TIFF is a camera raw file (DNG, NEF, ARW): its first IFD is a preview."""
    tags = getattr(image, "tag_v2", {})
    dng_version, sub_ifds, subfile_type, make = 50706, 330, 254, 271
    return dng_version in tags or (
        sub_ifds in tags and make in tags and tags.get(subfile_type, 0) == 1
    )


def _decode_raw(data: bytes, limits: Limits) -> Decoded:
    if importlib.util.find_spec("rawpy") is None:
        raise ExhibitError("camera raw files need an extra: pip install 'locard[raw]'")
    import rawpy

    try:
        with rawpy.imread(io.BytesIO(data)) as raw:
            _check_size(raw.sizes.raw_width, raw.sizes.raw_height, limits)
            rgb = raw.postprocess(use_camera_wb=True, output_bps=8, user_flip=0)
    except ExhibitError:
        raise
    except Exception as error:  # LibRaw reports damage through many exception types.
        raise ExhibitError(
            f"the camera raw data cannot be decoded ({_reason(error)}); convert it to TIFF first"
        ) from error
    return Decoded(
        rgb=np.ascontiguousarray(rgb, dtype=np.uint8),
        format="RAW",
        bit_depth=16,
        notes=["camera raw: examined as developed here, so colour filter traces are ours"],
    )
