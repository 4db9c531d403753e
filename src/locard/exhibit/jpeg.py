"""Structure of a JPEG file: markers, tables, frame, thumbnails, trailing bytes, coefficients.

Markers are walked here because no library reports them all; entropy-coded data is left to
jpeglib (libjpeg).
"""

from __future__ import annotations

import contextlib
import os
import struct
import sys
import tempfile
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

# Row-major position of the k-th coefficient in zigzag order (ITU-T T.81, figure A.6).
ZIGZAG: NDArray[np.intp] = np.array(
    sorted(
        range(64),
        key=lambda i: (i // 8 + i % 8, i // 8 if (i // 8 + i % 8) % 2 else i % 8),
    ),
    dtype=np.intp,
)

_STANDALONE = {0x01, *range(0xD0, 0xDA)}
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
    restart_interval: int = 0
    scans: int = 0
    optimized_huffman: bool = False
    adobe_transform: int | None = None
    comments: list[str] = field(default_factory=list)
    end: int = 0
    trailing: int = 0
    complete: bool = False

    @property
    def subsampling(self) -> str:
        """Chroma subsampling in J:a:b notation, "grey" for one component, else the factors."""
        if len(self.components) == 1:
            return "grey"
        known = {
            (1, 1): "4:4:4", (2, 1): "4:2:2", (2, 2): "4:2:0", (1, 2): "4:4:0", (4, 1): "4:1:1",
        }  # fmt: skip
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

    @property
    def chroma_table(self) -> NDArray[np.uint16] | None:
        """Quantisation table of the second component, or None."""
        if len(self.components) < 2:
            return None
        return self.quantization_tables.get(self.components[1].table)


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


def parse_jpeg(data: bytes) -> JpegStructure | None:
    """Read the markers of a JPEG file; forged lengths end the walk, they never raise.

    Returns: the structure, or None when ``data`` does not start with an SOI marker.
    """
    if data[:2] != b"\xff\xd8":
        return None
    found = JpegStructure(segments=[Segment("SOI", 0, 0)])
    position, size = 2, len(data)
    while position + 1 < size:
        if data[position] != 0xFF:
            position = data.find(b"\xff", position)
            if position < 0:
                break
            continue
        code = data[position + 1]
        if code == 0xFF:
            position += 1
            continue
        if code in (0x00, *range(0xD0, 0xD8)):
            position += 2
            continue
        if code == 0xD9:
            found.segments.append(Segment("EOI", position, 0))
            found.end, found.complete = position + 2, True
            found.trailing = size - found.end
            break
        if code in _STANDALONE:
            position += 2
            continue
        if position + 4 > size:
            break
        length = struct.unpack_from(">H", data, position + 2)[0]
        if length < 2:
            break
        payload = data[position + 4 : position + 2 + length]
        identifier = _identifier(payload) if 0xE0 <= code <= 0xEF else ""
        found.segments.append(Segment(marker_name(code), position, length - 2, identifier))
        _read_segment(found, code, payload)
        position += 2 + length
        if code == 0xDA:
            found.scans += 1
            position = _end_of_scan(data, position)
    if not found.end:
        found.end = size
    return found


def _end_of_scan(data: bytes, position: int) -> int:
    """Return the offset of the first marker after entropy-coded data that is not a restart."""
    while True:
        position = data.find(b"\xff", position)
        if position < 0 or position + 1 >= len(data):
            return len(data)
        code = data[position + 1]
        if code != 0x00 and code != 0xFF and not 0xD0 <= code <= 0xD7:
            return position
        position += 1 if code == 0xFF else 2


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
        case 0xFE:
            found.comments.append(payload[:1000].decode("latin-1").strip("\0 \n"))
        case _ if 0xC0 <= code <= 0xCF and code not in (0xC4, 0xC8, 0xCC) and len(payload) >= 6:
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


_stderr_lock = threading.Lock()


@contextlib.contextmanager
def _quiet_stderr() -> Iterator[None]:
    """Keep libjpeg's warnings about corrupt data off the terminal; locard reports them itself."""
    with _stderr_lock:
        sys.stderr.flush()
        saved = os.dup(2)
        sink = os.open(os.devnull, os.O_WRONLY)
        try:
            os.dup2(sink, 2)
            yield
        finally:
            os.dup2(saved, 2)
            os.close(saved)
            os.close(sink)


def read_coefficients(data: bytes) -> NDArray[np.int16] | None:
    """Read the quantised DCT coefficients of the first component (luma) of a JPEG file.

    Returns: int16, block rows × block columns × 8 × 8, row-major frequencies, or None when
    libjpeg cannot read them (arithmetic coding, lossless, 12 bits, corrupt).
    """
    # Imported here: it loads several builds of libjpeg, which `locard --help` does not need.
    import jpeglib

    with tempfile.NamedTemporaryFile(suffix=".jpg") as file, _quiet_stderr():
        file.write(data)
        file.flush()
        try:
            return np.asarray(jpeglib.read_dct(file.name).Y, dtype=np.int16)
        except (OSError, RuntimeError, ValueError, IndexError, TypeError, MemoryError):
            return None
