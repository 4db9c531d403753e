"""Structure of a JPEG file: markers, tables, frame, thumbnails, trailing bytes, coefficients.

Markers are walked here because no library reports them all; entropy-coded data is left to
jpeglib (libjpeg).
"""

from __future__ import annotations

import contextlib
import ctypes
import importlib.util
import os
import re
import struct
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from locard.exhibit.quiet import quiet_c_stderr

# Row-major position of the k-th coefficient in zigzag order (ITU-T T.81, figure A.6).
ZIGZAG: NDArray[np.intp] = np.array(
    sorted(
        range(64),
        key=lambda i: (i // 8 + i % 8, i // 8 if (i // 8 + i % 8) % 2 else i % 8),
    ),
    dtype=np.intp,
)

_NAMES = {
    0xC4: "DHT", 0xD8: "SOI", 0xD9: "EOI", 0xDA: "SOS", 0xDB: "DQT", 0xDD: "DRI", 0xFE: "COM",
    0xCC: "DAC", 0xDC: "DNL",
}  # fmt: skip


def marker_name(code: int) -> str:
    """Return the name of a marker's second byte, as ITU-T T.81 writes it ("APP1", "SOF2")."""
    if code in _NAMES:
        return _NAMES[code]
    if 0xC0 <= code <= 0xCF:
        return f"SOF{code - 0xC0}"
    if 0xE0 <= code <= 0xEF:
        return f"APP{code - 0xE0}"
    if 0xD0 <= code <= 0xD7:
        return f"RST{code - 0xD0}"
    return f"0x{code:02X}"


@dataclass(frozen=True, slots=True)
class Segment:
    """A marker segment: name, offset of its 0xFF in the file, payload length, identifier."""

    name: str
    offset: int
    length: int
    identifier: str = ""


@dataclass(frozen=True, slots=True)
class Component:
    """A frame component: identifier, sampling factors, number of its quantisation table."""

    identifier: int
    horizontal: int
    vertical: int
    table: int


@dataclass(slots=True)
class JpegStructure:
    """What the markers of a JPEG file say.

    Attributes:
        segments: every marker up to the end of the image, in order.
        quantization_tables: by table number, uint16 8 × 8 in row-major frequency order.
        process: "baseline", "extended", "progressive", "lossless" or "arithmetic".
        optimized_huffman: whether the Huffman tables differ from those of annex K.
        height_after_scan: whether a DNL marker after the first scan gives the height.
        frames: frame headers; a picture has one.
        scan_bytes: bytes of entropy-coded data in all scans.
        junk: bytes between segments that belong to none.
        end: offset after the end-of-image marker, or where the readable structure stops.
        trailing: number of bytes after the end-of-image marker.
        complete: whether an end-of-image marker was found.
    """

    segments: list[Segment] = field(default_factory=list)
    quantization_tables: dict[int, NDArray[np.uint16]] = field(default_factory=dict)
    components: list[Component] = field(default_factory=list)
    process: str = "unknown"
    precision: int = 8
    width: int = 0
    height: int = 0
    height_after_scan: bool = False
    restart_interval: int = 0
    frames: int = 0
    scans: int = 0
    scan_bytes: int = 0
    junk: int = 0
    optimized_huffman: bool = False
    adobe_transform: int | None = None
    comments: list[str] = field(default_factory=list)
    end: int = 0
    trailing: int = 0
    complete: bool = False

    @property
    def unit(self) -> tuple[int, int]:
        """Height and width in pixels of the minimum coded unit (MCU)."""
        if len(self.components) <= 1:
            return 8, 8
        return (
            8 * max(c.vertical for c in self.components),
            8 * max(c.horizontal for c in self.components),
        )

    @property
    def coded_rows(self) -> int:
        """Upper bound of the rows that the entropy-coded data can hold, at most ``height``.

        A Huffman-coded block takes two bits at least (one for DC, one for the end of block), one
        in the first scan of a progressive file. Arithmetic coding has no such bound.
        """
        if self.process == "arithmetic" or not self.components or not self.width:
            return self.height
        tall, wide = self.unit
        first = self.components[0] if len(self.components) > 1 else Component(0, 1, 1, 0)
        blocks = 8 * self.scan_bytes // (1 if self.process == "progressive" else 2)
        per_row = -(-self.width // wide) * first.horizontal * first.vertical
        return min(self.height, blocks // per_row * tall) if per_row else self.height

    @property
    def subsampling(self) -> str:
        """Chroma subsampling in J:a:b notation, "grey" for one component, else the factors."""
        if len(self.components) == 1:
            return "grey"
        known = {
            (1, 1): "4:4:4", (2, 1): "4:2:2", (2, 2): "4:2:0", (1, 2): "4:4:0", (4, 1): "4:1:1",
        }  # fmt: skip
        if not self.components:
            return "unknown"
        first, rest = self.components[:1], self.components[1:3]
        if first and rest and all((c.horizontal, c.vertical) == (1, 1) for c in rest):
            factors = (first[0].horizontal, first[0].vertical)
            if factors in known:
                return known[factors]
        return ",".join(f"{c.horizontal}x{c.vertical}" for c in self.components)

    @property
    def luma_table(self) -> NDArray[np.uint16] | None:
        """Quantisation table of the first component, or None when the file lacks it."""
        if not self.components:
            return None
        return self.quantization_tables.get(self.components[0].table)


def _identifier(payload: bytes) -> str:
    head = payload[:40].split(b"\0", 1)[0]
    text = head.decode("latin-1")
    return text if text.isprintable() else ""


def _standard_huffman(payload: bytes) -> bool:
    """Whether every table of a DHT payload has the code counts of annex K."""
    standard = {
        (0, 1, 5, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0),
        (0, 3, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0),
        (0, 2, 1, 3, 3, 2, 4, 3, 5, 5, 4, 4, 0, 0, 1, 0x7D),
        (0, 2, 1, 2, 4, 4, 3, 4, 7, 5, 4, 4, 0, 1, 2, 0x77),
    }
    position = 0
    while position + 17 <= len(payload):
        counts = tuple(payload[position + 1 : position + 17])
        if counts not in standard:
            return False
        position += 17 + sum(counts)
    return True


# A marker in or after entropy-coded data: not a stuffed zero, a fill byte or a restart.
_MARKER = re.compile(rb"\xff[\x01-\xcf\xd8-\xfe]")
_MAX_SEGMENTS = 20_000
_MAX_JUNK = 2**20


def parse_jpeg(data: bytes) -> JpegStructure | None:
    """Read the markers of a JPEG file; forged lengths end the walk, they never raise.

    Returns: the structure, or None when ``data`` does not start with an SOI marker.
    """
    if data[:2] != b"\xff\xd8":
        return None
    found = JpegStructure(segments=[Segment("SOI", 0, 0)])
    position, size = 2, len(data)
    for _ in range(_MAX_SEGMENTS):
        match = _MARKER.search(data, position)
        if match is None:
            position = size
            break
        found.junk += match.start() - position
        position = match.start()
        code = data[position + 1]
        if code == 0xD9:
            found.segments.append(Segment("EOI", position, 0))
            found.end, found.complete = position + 2, True
            found.trailing = size - found.end
            return found
        if code in (0x01, 0xD8):
            found.junk += 2
            position += 2
            continue
        if position + 4 > size or found.junk > _MAX_JUNK:
            break
        length = int.from_bytes(data[position + 2 : position + 4], "big")
        if length < 2 or position + 2 + length > size:
            break
        payload = data[position + 4 : position + 2 + length]
        identifier = _identifier(payload) if 0xE0 <= code <= 0xEF else ""
        found.segments.append(Segment(marker_name(code), position, length - 2, identifier))
        _read_segment(found, code, payload)
        position += 2 + length
        if code == 0xDA:
            found.scans += 1
            match = _MARKER.search(data, position)
            end = match.start() if match else size
            found.scan_bytes += end - position
            position = end
    found.end = position
    return found


def _read_segment(found: JpegStructure, code: int, payload: bytes) -> None:
    match code:
        case 0xDB:
            _read_tables(found, payload)
        case 0xC4:
            found.optimized_huffman |= not _standard_huffman(payload)
        case 0xDD if len(payload) >= 2:
            found.restart_interval = struct.unpack_from(">H", payload)[0]
        case 0xEE if payload[:5] == b"Adobe" and len(payload) >= 12:
            found.adobe_transform = payload[11]
        case 0xDC if len(payload) == 2 and found.height == 0:
            found.height, found.height_after_scan = struct.unpack(">H", payload)[0], True
        case 0xFE:
            found.comments.append(payload[:1000].decode("latin-1").strip("\0 \n"))
        case _ if 0xC0 <= code <= 0xCF and code not in (0xC4, 0xC8, 0xCC) and len(payload) >= 6:
            found.frames += 1
            if found.frames > 1:  # Which one a decoder takes differs; the first is described.
                return
            found.process = {0: "baseline", 1: "extended", 2: "progressive", 3: "lossless"}.get(
                code - 0xC0, "arithmetic" if code >= 0xC9 else "hierarchical"
            )
            found.precision, found.height, found.width, count = struct.unpack_from(">BHHB", payload)
            found.components = [
                Component(payload[i], payload[i + 1] >> 4, payload[i + 1] & 15, payload[i + 2])
                for i in range(6, min(6 + 3 * count, len(payload) - 2), 3)
            ]


def _read_tables(found: JpegStructure, payload: bytes) -> None:
    position = 0
    while position < len(payload):
        wide, number = payload[position] >> 4, payload[position] & 15
        count = 128 if wide else 64
        body = payload[position + 1 : position + 1 + count]
        if len(body) < count:
            return
        table = np.zeros(64, np.uint16)
        table[ZIGZAG] = np.frombuffer(body, ">u2" if wide else np.uint8)
        found.quantization_tables[number] = table.reshape(8, 8)
        position += 1 + count


def with_height(data: bytes, structure: JpegStructure, height: int) -> bytes:
    """Return the file up to its end with another height in the frame header, closed by an EOI.

    A JPEG is coded from top to bottom, so that a smaller height decodes to the upper rows.
    Nothing is allocated for rows that a cut or forged file does not hold.
    """
    end = structure.end - 2 if structure.complete else structure.end
    frame = next(s for s in structure.segments if s.name.startswith("SOF"))
    at = frame.offset + 5
    return b"".join((data[:at], struct.pack(">H", height), data[at + 2 : end], b"\xff\xd9"))


def _valid_tables(payload: bytes) -> bool:
    position = 0
    while position < len(payload):
        if payload[position] >> 4 > 1 or payload[position] & 15 > 3:
            return False
        position += 1 + (128 if payload[position] >> 4 else 64)
    return position == len(payload)


def _valid_huffman(payload: bytes) -> bool:
    position = 0
    while position < len(payload):
        count = sum(payload[position + 1 : position + 17])
        if payload[position] >> 4 > 1 or payload[position] & 15 > 3 or count > 256:
            return False
        position += 17 + count
    return position == len(payload)


def _valid_conditioning(payload: bytes) -> bool:
    return len(payload) % 2 == 0 and all(table < 32 for table in payload[::2])


def _valid_frame(payload: bytes) -> bool:
    if len(payload) < 6 or len(payload) != 6 + 3 * payload[5] or not 1 <= payload[5] <= 4:
        return False
    precision, height, width = struct.unpack_from(">BHH", payload)
    factors = [f for i in range(7, len(payload), 3) for f in (payload[i] >> 4, payload[i] & 15)]
    return (
        precision == 8
        and 0 < height <= 65500
        and 0 < width <= 65500
        and all(1 <= f <= 4 for f in factors)
        and all(payload[i] <= 3 for i in range(8, len(payload), 3))
        and len({payload[i] for i in range(6, len(payload), 3)}) == payload[5]
    )


def _valid_scan(payload: bytes, components: set[int]) -> bool:
    if not payload or len(payload) != 4 + 2 * payload[0] or not 1 <= payload[0] <= 4:
        return False
    chosen = [payload[i] for i in range(1, 1 + 2 * payload[0], 2)]
    return len(set(chosen)) == len(chosen) and set(chosen) <= components


def _essential(data: bytes, structure: JpegStructure, height: int) -> bytes | None:
    """Rebuild the file from its tables, frame and scans alone, with the given height.

    What jpeglib hands to libjpeg must pass here first: libjpeg and this module then agree on the
    frame, which sizes the buffer, and header errors, which jpeglib does not survive, are excluded.

    Returns: the bytes, or None when a segment is malformed or missing.
    """
    parts = [b"\xff\xd8"]
    components: set[int] = set()
    segments = structure.segments
    scans = 0
    for index, segment in enumerate(segments):
        start = segment.offset + 4
        payload = data[start : start + segment.length]
        name = segment.name
        if name in ("SOF0", "SOF1", "SOF2", "SOF9", "SOF10"):
            payload = payload[:1] + struct.pack(">H", height) + payload[3:]
            if components or not _valid_frame(payload):
                return None
            components = {c.identifier for c in structure.components}
        elif name == "SOS":
            if not _valid_scan(payload, components):
                return None
            scans += 1
        elif name == "DQT":
            if not _valid_tables(payload):
                return None
        elif name == "DHT":
            if not _valid_huffman(payload):
                return None
        elif name == "DAC":
            if not _valid_conditioning(payload):
                return None
        elif name == "DRI":
            if len(payload) != 2:
                return None
        elif name.startswith("SOF"):
            return None
        else:
            continue
        parts += (data[segment.offset : segment.offset + 4], payload)
        if name == "SOS":
            following = segments[index + 1].offset if index + 1 < len(segments) else structure.end
            parts.append(data[start + segment.length : following])
    return b"".join((*parts, b"\xff\xd9")) if scans else None


@cache
def _libjpeg() -> Any:
    """Load the newest libjpeg-turbo that jpeglib brings.

    It is called directly: jpeglib's own reader decodes the picture once more to count its scans,
    keeps markers in global buffers of fixed size, and prints to the terminal.
    """
    package = importlib.util.find_spec("jpeglib")
    if package is None or package.origin is None:
        return None
    builds = sorted((Path(package.origin).parent / "cjpeglib").glob("cjpeglib_turbo*.*"))
    return ctypes.CDLL(str(builds[-1])) if builds else None


@contextlib.contextmanager
def _as_file(data: bytes) -> Iterator[str]:
    """Give a path under which a C library can read the bytes, without touching the disk."""
    if hasattr(os, "memfd_create"):
        descriptor = os.memfd_create("exhibit")
        try:
            with open(descriptor, "wb", closefd=False) as file:
                file.write(data)
            yield f"/proc/self/fd/{descriptor}"
        finally:
            os.close(descriptor)
    else:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "exhibit.jpg"
            path.write_bytes(data)
            yield str(path)


def read_coefficients(
    data: bytes, structure: JpegStructure | None = None, height: int | None = None
) -> NDArray[np.int16] | None:
    """Read the quantised DCT coefficients of the first component of a JPEG file.

    The first component is luma in the YCbCr, YCCK and grey files that practically all are; it is
    red or cyan in the rare files that store RGB or CMYK untransformed.

    Args:
        structure: as `parse_jpeg` returns it, parsed here when not given.
        height: rows of the picture to read, all by default; fewer for a file that is cut off.

    Returns: int16, ⌈height / 8⌉ × ⌈width / 8⌉ × 8 × 8, row-major frequencies: blocks on the right
        and lower edge are partly outside the picture when its sides are no multiples of 8.
        None when they cannot be read (lossless, 12 bits, malformed, first component subsampled).
    """
    structure = structure or parse_jpeg(data)
    library = _libjpeg()
    if structure is None or library is None or not structure.components:
        return None
    rows = structure.height if height is None else height
    first = structure.components[0]
    if any(
        c.horizontal > first.horizontal or c.vertical > first.vertical for c in structure.components
    ):
        return None
    essential = _essential(data, structure, rows)
    if essential is None:
        return None
    blocks = np.zeros((-(-rows // 8), -(-structure.width // 8), 8, 8), np.int16)
    with _as_file(essential) as path, quiet_c_stderr():
        read = library.read_jpeg_dct(
            ctypes.c_char_p(path.encode()),
            blocks.ctypes.data_as(ctypes.c_void_p),
            *[ctypes.c_void_p(None)] * 5,
        )
    return blocks if read else None
