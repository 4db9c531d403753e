"""Headers of picture files other than JPEG, read before a decoder allocates anything.

Every reader here takes hostile bytes: it never raises, never follows a cycle, and stops after a
fixed number of steps, because the file chooses how many there are.
"""

from __future__ import annotations

import re
import struct
import zlib
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

_MAX_CHUNKS = 200_000
_MAX_FRAMES = 10_000
_MAX_DIRECTORIES = 1_000
_MAX_ENTRIES = 4_096


@dataclass(slots=True)
class Layout:
    """What the header of a picture says.

    Attributes:
        width, height: of the canvas in pixels, 0 when the header does not say.
        bits: per sample.
        frames: number of pictures.
        complete: whether the file reaches its own end.
        interlaced: whether rows are stored in several passes over the picture.
    """

    width: int = 0
    height: int = 0
    bits: int = 8
    frames: int = 1
    complete: bool = True
    interlaced: bool = False


@dataclass(slots=True)
class PngLayout(Layout):
    """Header and chunks of a PNG file.

    Attributes:
        channels: samples per pixel, 1 for a palette.
        chunks: (type, offset of the data, length) of every whole chunk.
        overrun: whether there are more chunks than any encoder writes.
    """

    channels: int = 1
    chunks: list[tuple[bytes, int, int]] = field(default_factory=list)
    overrun: bool = False

    @property
    def row_bytes(self) -> int:
        """Bytes of a row, without its filter byte."""
        return (self.width * self.channels * self.bits + 7) // 8

    @property
    def expected(self) -> int:
        """Bytes of the inflated pixel data, filter bytes included."""
        if self.interlaced:
            return sum(_pass_bytes(self))
        return (self.row_bytes + 1) * self.height

    @property
    def plausible(self) -> bool:
        """Whether the data chunks can inflate to the picture: DEFLATE shrinks 1032-fold at most."""
        packed = sum(length for kind, _, length in self.chunks if kind == b"IDAT")
        return packed * 1032 >= self.expected


def png_layout(data: bytes) -> PngLayout | None:
    """Walk the chunks of a PNG file; None when there is no usable IHDR."""
    if len(data) < 33 or data[12:16] != b"IHDR":
        return None
    width, height, bits, colour, _, _, interlace = struct.unpack_from(">IIBBBBB", data, 16)
    channels = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}.get(colour)
    if channels is None or bits not in (1, 2, 4, 8, 16):
        return None
    found = PngLayout(width, height, bits, channels=channels, interlaced=interlace == 1)
    found.complete = False
    position, animation = 8, 0
    while position + 8 <= len(data):
        if len(found.chunks) == _MAX_CHUNKS:
            found.overrun = True
            break
        length = int.from_bytes(data[position : position + 4], "big")
        kind = data[position + 4 : position + 8]
        # The last data chunk of a file that is cut off still holds rows.
        whole = position + 12 + length <= len(data)
        if not whole and kind != b"IDAT":
            break
        found.chunks.append((kind, position + 8, min(length, len(data) - position - 8)))
        animation += kind == b"fcTL"
        if not whole or kind == b"IEND":
            found.complete = whole
            break
        position += 12 + length
    found.frames = max(1, animation)
    return found


def sound_pixels(data: bytes, layout: PngLayout) -> bool:
    """Whether the checksums of the pixel data hold; decoders do not look at them."""
    view = memoryview(data)
    for kind, start, length in layout.chunks:
        if kind == b"IDAT":
            stored = int.from_bytes(data[start + length : start + length + 4], "big")
            if zlib.crc32(view[start - 4 : start + length]) != stored:
                return False
    return True


def _chunk(kind: bytes, payload: bytes) -> bytes:
    return (
        struct.pack(">I", len(payload))
        + kind
        + payload
        + struct.pack(">I", zlib.crc32(kind + payload))
    )


def repair_png(data: bytes, layout: PngLayout) -> tuple[bytes, int]:
    """Rebuild a damaged PNG file from the pixel data that can be inflated.

    Keeps the header, palette and transparency; drops text, colour profiles and later frames.

    Returns: a valid file (of fewer rows unless it is interlaced), and the number of its whole rows.
    """
    inflate = zlib.decompressobj()
    stride, expected = layout.row_bytes + 1, layout.expected
    raw = bytearray()
    for kind, start, length in layout.chunks:
        if kind != b"IDAT" or len(raw) >= expected or inflate.eof:
            continue
        try:
            raw += inflate.decompress(data[start : start + length], expected - len(raw))
        except zlib.error:
            # What precedes the damage in this chunk is recovered byte by byte.
            raw += _salvage(layout, data, expected, len(raw))
            break
    if layout.interlaced:
        rows = _interlaced_rows(layout, len(raw))
        raw += bytes(expected - len(raw))
        height = layout.height
    else:
        rows = height = len(raw) // stride
        del raw[rows * stride :]
    header = data[16:20] + struct.pack(">I", max(1, height)) + data[24:29]
    parts = [data[:8], _chunk(b"IHDR", header)]
    parts += [
        _chunk(kind, data[start : start + length])
        for kind, start, length in layout.chunks
        if kind in (b"PLTE", b"tRNS")
    ]
    parts += [_chunk(b"IDAT", zlib.compress(bytes(raw), 1)), _chunk(b"IEND", b"")]
    return b"".join(parts), rows


def _salvage(layout: PngLayout, data: bytes, expected: int, known: int) -> bytes:
    """Inflate again in small steps; return what comes after ``known`` bytes before the error."""
    inflate = zlib.decompressobj()
    raw = bytearray()
    try:
        for kind, start, length in layout.chunks:
            if kind != b"IDAT":
                continue
            for position in range(start, start + length, 256):
                piece = data[position : min(position + 256, start + length)]
                raw += inflate.decompress(piece, max(1, expected - len(raw)))
    except zlib.error:
        pass
    return bytes(raw[known:expected])


def _pass_bytes(layout: PngLayout) -> list[int]:
    """Bytes of the seven Adam7 passes, filter bytes included."""
    grid = ((0, 0, 8, 8), (0, 4, 8, 8), (4, 0, 8, 4), (0, 2, 4, 4), (2, 0, 4, 2), (0, 1, 2, 2),
            (1, 0, 2, 1))  # fmt: skip
    sizes = []
    for top, left, down, across in grid:
        rows = max(0, -(-(layout.height - top) // down))
        cols = max(0, -(-(layout.width - left) // across))
        line = (cols * layout.channels * layout.bits + 7) // 8 + 1 if cols else 0
        sizes.append(rows * line)
    return sizes


def _interlaced_rows(layout: PngLayout, length: int) -> int:
    """Rows whose pixels are all in the first ``length`` bytes: the last pass fills odd rows."""
    passes = _pass_bytes(layout)
    if length >= sum(passes):
        return layout.height
    last = length - sum(passes[:6])
    return 2 * (last // (layout.row_bytes + 1)) if last > 0 else 0


@dataclass(slots=True)
class TiffLayout(Layout):
    """Directories of a TIFF file.

    Attributes:
        raw: whether a directory holds colour filter array samples: a camera raw file.
        compression: of the first page (1 is none).
        tile_rows: height of a tile or strip in pixels.
        tile_pixels: pixels of a tile, 0 for a file in strips.
        floating: whether the samples are floating-point numbers.
        channels: samples per pixel.
        white_is_zero: whether the samples grow with darkness.
    """

    raw: bool = False
    compression: int = 1
    tile_rows: int = 1
    tile_pixels: int = 0
    floating: bool = False
    channels: int = 1
    white_is_zero: bool = False


_TIFF_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4,
               16: 8, 17: 8, 18: 8}  # fmt: skip
_TIFF_INTEGERS = {1: "B", 3: "H", 4: "I", 13: "I", 16: "Q", 18: "Q"}
_TIFF_TAGS = {254, 256, 257, 258, 259, 262, 273, 277, 278, 279, 284, 317, 322, 323, 330, 339, 50706}
_CFA_PHOTOMETRIC = {32803, 34892}  # colour filter array, linear raw (TIFF/EP, DNG)


def _tiff_directory(
    data: bytes, at: int, order: str, big: bool, most: int = 16
) -> tuple[dict[int, list[int]], int]:
    """Read the integer tags of one directory, ``most`` values of each, and where the next is."""
    count_format, entry_size, inline = ("Q", 20, 8) if big else ("H", 12, 4)
    word = "Q" if big else "I"
    head = struct.calcsize(count_format)
    tags: dict[int, list[int]] = {}
    if not 0 < at <= len(data) - head:
        return tags, 0
    count = struct.unpack_from(order + count_format, data, at)[0]
    entries = min(count, _MAX_ENTRIES, (len(data) - at - head) // entry_size)
    for index in range(entries):
        entry = at + head + index * entry_size
        tag, kind = struct.unpack_from(order + "HH", data, entry)
        number = struct.unpack_from(order + word, data, entry + 4)[0]
        if tag not in _TIFF_TAGS or kind not in _TIFF_INTEGERS or not number:
            continue
        start = entry + entry_size - inline
        if number * _TIFF_SIZES[kind] > inline:
            start = struct.unpack_from(order + word, data, start)[0]
        number = min(number, most)
        form = f"{order}{number}{_TIFF_INTEGERS[kind]}"
        if start + struct.calcsize(form) <= len(data):
            tags[tag] = list(struct.unpack_from(form, data, start))
    after = at + head + count * entry_size
    following = 0
    if after + struct.calcsize(word) <= len(data):
        following = struct.unpack_from(order + word, data, after)[0]
    return tags, following


def tiff_layout(data: bytes) -> TiffLayout | None:
    """Follow the directories of a TIFF file; None when the first one cannot be read."""
    if len(data) < 16:
        return None
    order = "<" if data[:2] == b"II" else ">"
    big = struct.unpack_from(order + "H", data, 2)[0] == 43
    at = struct.unpack_from(order + ("Q" if big else "I"), data, 8 if big else 4)[0]
    found: TiffLayout | None = None
    seen: set[int] = set()
    pages = 0
    while at and at not in seen and len(seen) < _MAX_DIRECTORIES:
        seen.add(at)
        tags, following = _tiff_directory(data, at, order, big)
        if not tags:
            break
        pages += 1
        nested = [
            _tiff_directory(data, sub, order, big)[0] for sub in tags.get(330, [])[:16] if sub
        ]
        raw = 50706 in tags or any(
            directory.get(262, [0])[0] in _CFA_PHOTOMETRIC for directory in (tags, *nested)
        )
        if found is None:
            height = tags.get(257, [0])[0]
            found = TiffLayout(
                width=tags.get(256, [0])[0],
                height=height,
                bits=max(tags.get(258, [1])),
                compression=tags.get(259, [1])[0],
                tile_rows=max(1, tags.get(323, tags.get(278, [1]))[0]),
                tile_pixels=tags.get(322, [0])[0] * tags.get(323, [0])[0],
                floating=tags.get(339, [1])[0] == 3,
                channels=tags.get(277, [1])[0],
                white_is_zero=tags.get(262) == [0],
            )
        found.raw |= raw
        at = following
    if found is not None:
        found.frames = pages
    return found


def plain_tiff(data: bytes, layout: TiffLayout) -> NDArray[np.generic] | None:
    """Read the samples of a TIFF in strips, uncompressed or deflated, that Pillow has no mode for.

    Returns: height × width × channels in the file's own type, or None for any other TIFF.
    """
    order = "<" if data[:2] == b"II" else ">"
    big = struct.unpack_from(order + "H", data, 2)[0] == 43
    at = struct.unpack_from(order + ("Q" if big else "I"), data, 8 if big else 4)[0]
    tags, _ = _tiff_directory(data, at, order, big, most=layout.height)
    kind = "f" if layout.floating else "u"
    channels = layout.channels
    offsets, counts = tags.get(273, []), tags.get(279, [])
    if (
        (kind, layout.bits) not in {("f", 16), ("f", 32), ("f", 64), ("u", 16), ("u", 32)}
        or channels not in (1, 3, 4)
        or tags.get(258) != [layout.bits] * channels
        or tags.get(262) not in ([1], [2])
        or tags.get(284, [1]) != [1]
        or tags.get(317, [1]) != [1]
        or len(offsets) != len(counts)
    ):
        return None
    total = layout.width * layout.height * channels * layout.bits // 8
    raw = bytearray()
    for start, count in zip(offsets, counts, strict=True):
        packed = memoryview(data)[start : start + count]
        if layout.compression in (8, 32946):
            inflate = zlib.decompressobj()
            # In pieces: a strip may be the whole picture, which would then be in memory twice.
            for at in range(0, len(packed), 2**14):
                if len(raw) >= total:
                    break
                raw += inflate.decompress(packed[at : at + 2**14], total - len(raw))
        elif layout.compression == 1:
            raw += packed
        else:
            return None
        if len(raw) >= total:
            break
    if len(raw) < total:
        return None
    samples = np.frombuffer(raw, f"{order}{kind}{layout.bits // 8}", total * 8 // layout.bits)
    return samples.reshape(layout.height, layout.width, channels)


def webp_layout(data: bytes) -> Layout:
    """Read the canvas of a WebP file and whether the file is as long as it says."""
    found = Layout(complete=int.from_bytes(data[4:8], "little") + 8 <= len(data) + 1)
    kind, body = data[12:16], data[20:50]
    if kind == b"VP8X" and len(body) >= 10:
        found.width = 1 + int.from_bytes(body[4:7], "little")
        found.height = 1 + int.from_bytes(body[7:10], "little")
    elif kind == b"VP8L" and len(body) >= 5:
        packed = int.from_bytes(body[1:5], "little")
        found.width, found.height = 1 + (packed & 0x3FFF), 1 + (packed >> 14 & 0x3FFF)
    elif kind == b"VP8 " and len(body) >= 10:
        found.width = int.from_bytes(body[6:8], "little") & 0x3FFF
        found.height = int.from_bytes(body[8:10], "little") & 0x3FFF
    return found


def gif_layout(data: bytes) -> Layout:
    """Walk the blocks of a GIF file: canvas, enlarged by its first frame, and number of frames."""
    if len(data) < 13:
        return Layout(complete=False)
    width, height, flags = struct.unpack_from("<HHB", data, 6)
    found = Layout(width, height, frames=0, complete=False)
    position = 13 + (3 << (flags & 7) + 1 if flags & 0x80 else 0)
    for _ in range(2_000_000):
        if position >= len(data) or found.frames >= _MAX_FRAMES:
            break
        mark = data[position]
        if mark == 0x3B:
            found.complete = True
            break
        if mark == 0x21:
            position += 2
        elif mark == 0x2C and position + 10 <= len(data):
            left, top, wide, tall, local = struct.unpack_from("<HHHHB", data, position + 1)
            if not found.frames:
                found.width = max(found.width, left + wide)
                found.height = max(found.height, top + tall)
                found.interlaced = bool(local & 0x40)
            found.frames += 1
            position += 11 + (3 << (local & 7) + 1 if local & 0x80 else 0)
        else:
            position += 1
            continue
        while position < len(data) and data[position]:
            position += 1 + data[position]
        position += 1
    found.frames = max(1, found.frames)
    return found


def bmp_layout(data: bytes) -> tuple[Layout, bool, bool]:
    """Read a BMP header; also return whether it is run-length coded and stored bottom-up."""
    if len(data) < 26:
        return Layout(complete=False), False, True
    header = int.from_bytes(data[14:18], "little")
    if header == 12:
        width, height = struct.unpack_from("<HH", data, 18)
        return Layout(width, height), False, True
    if len(data) < 34:
        return Layout(complete=False), False, True
    width, height = struct.unpack_from("<ii", data, 18)
    compression = int.from_bytes(data[30:34], "little")
    return Layout(abs(width), abs(height)), compression in (1, 2), height > 0


def bmp_rows(data: bytes, layout: Layout) -> tuple[bytes, int]:
    """Return an uncompressed BMP file of the rows that it holds in full, and their number."""
    short = int.from_bytes(data[14:18], "little") == 12
    bits = int.from_bytes(data[24:26] if short else data[28:30], "little")
    stride = (layout.width * bits + 31) // 32 * 4
    held = len(data) - int.from_bytes(data[10:14], "little")
    rows = max(0, min(layout.height, held // stride)) if stride else 0
    if rows == layout.height:
        return data, rows
    if short:
        return data[:20] + struct.pack("<H", rows) + data[22:], rows
    signed = rows if struct.unpack_from("<i", data, 22)[0] > 0 else -rows
    return data[:22] + struct.pack("<i", signed) + data[26:], rows


_CODEC_BOX = re.compile(rb"(av1C|hvcC)(.{19})", re.DOTALL)


def heif_bits(data: bytes) -> int:
    """Read the bits per sample from the codec configuration of a HEIF or AVIF file, 8 if absent."""
    match = _CODEC_BOX.search(data, 0, 1 << 20)
    if match is None:
        return 8
    body = match.group(2)
    if match.group(1) == b"hvcC":
        return 8 + (body[17] & 7)
    return 8 if not body[2] & 0x40 else 12 if body[2] & 0x20 else 10
