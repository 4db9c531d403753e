"""The exhibit: bytes, hash, pixels, and what methods share of the computations on them."""

from __future__ import annotations

import hashlib
import io
import os
import stat
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, BinaryIO, TypeVar, cast

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from locard.exhibit.decode import Decoded, decode, is_deep, note_unmeasured, to_uint8
from locard.exhibit.jpeg import JpegStructure, read_coefficients
from locard.exhibit.limits import ExhibitError, Limits, mebibytes
from locard.exhibit.metadata import Metadata

T = TypeVar("T")
# Local deviation of luma above which there is texture, grey levels, and the least share of it.
_PLAIN_TEXTURE = 0.3
_PLAIN_SHARE = 0.005
_PIECE = 2**26  # bytes of a stream that are read at once

Source = str | os.PathLike[str] | bytes | BinaryIO | Image.Image | NDArray[Any]


class Exhibit:
    """The picture under examination.

    Open one with `open_exhibit`. Intermediate results that several methods need are computed
    once, on first use, and are safe to ask for from several threads. Treat every array as
    read-only.

    Attributes:
        name: what reports call it; methods never see it.
        data: bytes of the file, or None for pixels given in memory.
        sha256: of the file, or of the pixels when there is no file.
        rgb: uint8, height × width × 3, on the stored pixel grid (orientation not applied).
        rows_in_file: rows the file announces; fewer are in ``rgb`` when it is cut off.
    """

    def __init__(self, name: str, data: bytes | None, decoded: Decoded) -> None:
        self.name = name
        self.data = data
        self.rgb = decoded.rgb
        self.format = decoded.format
        self.bit_depth = decoded.bit_depth
        self.frames = decoded.frames
        self.has_alpha = decoded.alpha
        self.jpeg: JpegStructure | None = decoded.jpeg
        self.metadata: Metadata = decoded.metadata
        self.notes = list(decoded.notes)
        self._grey = decoded.grey
        self.rows_in_file = decoded.rows
        digest = data if data is not None else np.ascontiguousarray(decoded.rgb).tobytes()
        self.sha256 = hashlib.sha256(digest).hexdigest()
        self._shared: dict[str, Any] = {}
        self._locks: dict[str, threading.Lock] = {}
        self._lock = threading.Lock()

    @property
    def height(self) -> int:
        """Rows of the stored pixel grid."""
        return int(self.rgb.shape[0])

    @property
    def width(self) -> int:
        """Columns of the stored pixel grid."""
        return int(self.rgb.shape[1])

    @property
    def size(self) -> int:
        """Bytes of the file, 0 for pixels given in memory."""
        return len(self.data) if self.data is not None else 0

    @property
    def is_colour(self) -> bool:
        """Whether the channels differ."""
        return not self._grey and self.shared("is_colour", self._differs)

    def shared(self, key: str, compute: Callable[[], T]) -> T:
        """Return the value kept under ``key``, computing it once however many threads ask.

        Methods that share an intermediate result of their own use it with a key that starts
        with the name of the module that computes it.
        """
        with self._lock:
            if key in self._shared:
                return cast(T, self._shared[key])
            lock = self._locks.setdefault(key, threading.Lock())
        with lock:
            if key not in self._shared:
                self._shared[key] = compute()
            return cast(T, self._shared[key])

    def _differs(self) -> bool:
        sample = self.rgb[:: max(1, self.height // 512), :: max(1, self.width // 512)]
        return bool((np.ptp(sample.astype(np.int16), axis=2) > 2).mean() > 0.001)

    @property
    def luma(self) -> NDArray[np.float32]:
        """float32, height × width, 0 to 255: Y = 0.299 R + 0.587 G + 0.114 B (ITU-R BT.601)."""

        def compute() -> NDArray[np.float32]:
            weights = np.array([[0.299, 0.587, 0.114]], dtype=np.float32)
            luma = np.empty((self.height, self.width), np.float32)
            for rows in self._stripes():
                luma[rows] = cv2.transform(self.rgb[rows].astype(np.float32), weights)
            return luma

        return self.shared("luma", compute)

    def _stripes(self, multiple: int = 1) -> Iterator[slice]:
        """Row ranges of about 2¹⁷ pixels, so that temporaries stay in the cache."""
        step = max(1, 2**17 // self.width // multiple) * multiple
        for top in range(0, self.height, step):
            yield slice(top, min(top + step, self.height))

    @property
    def coefficients(self) -> NDArray[np.int16] | None:
        """Quantised luma DCT coefficients of the file, see `read_coefficients`.

        Returns: int16, ⌈height / 8⌉ × ⌈width / 8⌉ × 8 × 8, or None if there are none to read.
            They cover the decoded rows of a file that is cut off.
        """
        if self.jpeg is None or self.data is None:
            return None
        data, jpeg = self.data, self.jpeg
        return self.shared("coefficients", lambda: read_coefficients(data, jpeg, self.height))

    @property
    def residual(self) -> NDArray[np.float32]:
        """float32, height × width: luma minus its 3 × 3 median; edges and noise, no content."""

        def compute() -> NDArray[np.float32]:
            smooth = cv2.medianBlur(self.luma, 3)
            return np.asarray(cv2.subtract(self.luma, smooth, dst=smooth))

        return self.shared("residual", compute)

    @property
    def block_dct(self) -> NDArray[np.float32]:
        """Orthonormal 8 × 8 DCT-II of the decoded luma on the grid of the top left corner.

        Returns: float32, height // 8 × width // 8 × 8 × 8, row-major frequencies.
        """

        def compute() -> NDArray[np.float32]:
            rows, cols = self.height // 8, self.width // 8
            # One matrix multiplication per stripe: vec(C X Cᵀ) = (C ⊗ C) vec(X), row-major.
            transform = np.ascontiguousarray(np.kron(dct_basis(), dct_basis()).T)
            found = np.empty((rows, cols, 8, 8), np.float32)
            for part in self._stripes(8):
                count = (part.stop - part.start) // 8
                pixels = self.luma[part.start : part.start + count * 8, : cols * 8]
                blocks = pixels.reshape(count, 8, cols, 8).transpose(0, 2, 1, 3).reshape(-1, 64)
                first = part.start // 8
                np.matmul(blocks, transform, out=found[first : first + count].reshape(-1, 64))
            return found

        return self.shared("block_dct", compute)

    @property
    def saturated(self) -> NDArray[np.bool_]:
        """bool, height × width: pixels with a clipped channel, which carry no trace."""

        def compute() -> NDArray[np.bool_]:
            clipped: NDArray[np.bool_] = np.empty((self.height, self.width), np.bool_)
            for rows in self._stripes():
                inside = cv2.inRange(self.rgb[rows], (0, 0, 0), (253, 253, 253))
                black = cv2.inRange(self.rgb[rows], (0, 0, 0), (1, 1, 1))
                np.not_equal(inside, cv2.bitwise_not(black, dst=black), out=clipped[rows])
            return clipped

        return self.shared("saturated", compute)

    @property
    def texture(self) -> NDArray[np.float32]:
        """float32, height × width: local standard deviation of luma in 9 × 9 windows."""

        def compute() -> NDArray[np.float32]:
            mean = cv2.blur(self.luma, (9, 9))
            power = cv2.sqrBoxFilter(self.luma, cv2.CV_32F, (9, 9))
            for rows in self._stripes():
                variance = np.maximum(power[rows] - mean[rows] * mean[rows], 0.0)
                np.sqrt(variance, out=power[rows])
            return np.asarray(power)

        return self.shared("texture", compute)

    @property
    def plain(self) -> bool:
        """Whether it is one colour, or nothing but smooth shades: texture nearly nowhere."""

        def compute() -> bool:
            return float((self.texture > _PLAIN_TEXTURE).mean()) < _PLAIN_SHARE

        return self.shared("plain", compute)


def dct_basis(size: int = 8) -> NDArray[np.float32]:
    """Orthonormal DCT-II matrix C, float32 size × size; the DCT of a block X is C X Cᵀ."""
    k = np.arange(size)
    basis = np.cos(np.pi * (2 * k[None, :] + 1) * k[:, None] / (2 * size)) * np.sqrt(2 / size)
    basis[0] /= np.sqrt(2)
    return np.asarray(basis, np.float32)


def read_file(path: Path, limits: Limits) -> bytes:
    """Return the bytes of a regular file.

    Raises: ExhibitError when it is missing, unreadable, too large or no regular file.
    """
    try:
        info = path.stat()
    except FileNotFoundError:
        raise ExhibitError("there is no such file; check the path") from None
    except OSError as error:
        raise ExhibitError(f"the file cannot be read ({error.strerror})") from None
    except ValueError:
        raise ExhibitError("the path holds a null byte; check the path") from None
    if stat.S_ISDIR(info.st_mode):
        raise ExhibitError("this is a folder; name the photos in it")
    if not stat.S_ISREG(info.st_mode):
        raise ExhibitError("this is not a regular file (a pipe, socket or device); copy it first")
    if info.st_size > limits.max_bytes:
        raise ExhibitError(
            f"the file has {mebibytes(info.st_size)}, more than the limit of "
            f"{mebibytes(limits.max_bytes)}; `locard examine --max-bytes` raises it"
        )
    try:
        with path.open("rb") as file:
            # A file sets memory aside for all that it is asked for.
            return file.read(min(limits.max_bytes, info.st_size) + 1)
    except OSError as error:
        raise ExhibitError(f"the file cannot be read ({error.strerror})") from None


def _read_stream(file: BinaryIO, most: int) -> bytes:
    """Read at most so many bytes, in pieces: a file sets memory aside for all it is asked for."""
    pieces: list[bytes] = []
    while most > 0 and (piece := file.read(min(most, _PIECE))):
        if not isinstance(piece, bytes):
            raise ExhibitError("the file object is in text mode; open it with 'rb'")
        pieces.append(piece)
        most -= len(piece)
    return b"".join(pieces)


def _from_array(array: NDArray[Any]) -> Decoded:
    if array.ndim not in (2, 3) or (array.ndim == 3 and array.shape[2] not in (1, 3, 4)):
        raise ExhibitError(
            f"an array must be height × width, or height × width × 3 or 4, not {array.shape}"
        )
    if array.size == 0:
        raise ExhibitError("the array is empty")
    if array.dtype == np.uint16:
        depth, values = 16, (array >> 8).astype(np.uint8)
    elif array.dtype == np.uint8:
        depth, values = 8, array
    elif np.issubdtype(array.dtype, np.floating):
        if not np.isfinite(array).all() or array.min() < 0 or array.max() > 1:
            raise ExhibitError("a floating-point array must hold finite values from 0 to 1")
        depth, values = 32, np.round(array * 255).astype(np.uint8)
    else:
        raise ExhibitError(f"an array must be uint8, uint16 or floating point, not {array.dtype}")
    if values.ndim == 2:
        values = values[:, :, None]
    grey = values.shape[2] == 1
    rgb = np.repeat(values, 3, axis=2) if grey else values[:, :, :3]
    return Decoded(
        rgb=np.ascontiguousarray(rgb),
        format="array",
        bit_depth=depth,
        grey=grey,
        alpha=values.shape[2] == 4,
    )


def _from_image(image: Image.Image) -> Decoded:
    mode = image.mode
    try:
        if is_deep(mode):  # `convert` would clip these at 255
            samples, bits = np.asarray(image), 16 if mode.startswith("I;16") else 32
            decoded = _from_array(to_uint8(samples, bits))
            decoded.bit_depth = bits
            note_unmeasured(decoded, samples)
            return decoded
        return _from_array(np.asarray(image.convert("L" if mode in ("1", "L") else "RGB")))
    except (OSError, ValueError) as error:
        raise ExhibitError(f"the Pillow image cannot be loaded ({error})") from error


def open_exhibit(
    source: Source, *, name: str | None = None, limits: Limits | None = None
) -> Exhibit:
    """Open a picture: a path, bytes, a binary file object, a Pillow image or a NumPy array.

    Args:
        source: arrays are height × width [× 3 or 4], RGB, uint8, uint16 or float 0 to 1.
        name: what reports call it; the file's name by default.
        limits: of size; the defaults suit untrusted files.

    Raises: ExhibitError with one sentence when it cannot be examined.
    """
    limits = limits or Limits()
    if isinstance(source, np.ndarray):
        decoded = _from_array(source)
    elif isinstance(source, Image.Image):
        decoded = _from_image(source)
    else:
        if isinstance(source, bytes | bytearray | memoryview):
            data, default = bytes(source), "bytes"
        elif isinstance(source, str | os.PathLike):
            path = Path(source)
            data, default = read_file(path, limits), path.name
        elif isinstance(source, io.IOBase) or hasattr(source, "read"):
            data, default = _read_stream(source, limits.max_bytes + 1), "stream"
        else:
            raise ExhibitError(f"cannot open a {type(source).__name__} as a picture")
        return Exhibit(name or default, data, decode(data, limits))
    if min(decoded.rgb.shape[:2]) < limits.min_side:
        raise ExhibitError(f"at least {limits.min_side} pixels on each side are needed")
    return Exhibit(name or "array", None, decoded)
