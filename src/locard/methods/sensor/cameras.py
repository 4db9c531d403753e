"""The store of enrolled cameras: one file per camera with its fingerprint and where it came from.

Files are NumPy archives without pickles. They are treated as hostile when read: the size of
every member is checked before it is loaded, then its type, shape and values.
"""

from __future__ import annotations

import json
import os
import re
import tempfile
import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

SCHEMA = "locard.camera/1"
MAX_PIXELS = 150_000_000
PREDICTOR_TERMS = 21
_MAX_METADATA = 2**20
_NAME = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9 ._-]{0,62}[A-Za-z0-9._-]|[A-Za-z0-9_-]")


class CameraError(Exception):
    """A camera cannot be enrolled or read; the message is one sentence that says what to do.

    Attributes:
        skipped: photos that could not be used, each with its reason.
    """

    def __init__(self, message: str, skipped: Sequence[tuple[str, str]] = ()) -> None:
        super().__init__(message)
        self.skipped = tuple(skipped)


@dataclass(frozen=True, slots=True)
class CameraRecord:
    """What is known of an enrolled camera besides its fingerprint.

    Attributes:
        name: given by the user.
        width, height: of the fingerprint's grid in pixels, orientation not applied.
        photos: SHA-256 of every photo it was estimated from.
        enrolled: date of enrolment, ISO 8601.
        models: makes and models that the photos' metadata claim.
        quality: peak-to-correlation energy of each photo against the fingerprint of the others,
            in the order of ``photos``.
        predictor: 21 coefficients of the correlation predictor, see `prnu.predict`.
        spread: standard deviation of the block correlations about the prediction.
    """

    name: str
    width: int
    height: int
    photos: list[str]
    enrolled: str
    models: list[str]
    quality: list[float]
    predictor: list[float]
    spread: float


def store_folder() -> Path:
    """Return the folder of enrolled cameras, which need not exist.

    ``$LOCARD_HOME/cameras``, else ``$XDG_DATA_HOME/locard/cameras``, else
    ``~/.local/share/locard/cameras``.
    """
    if home := os.environ.get("LOCARD_HOME"):
        return Path(home) / "cameras"
    # The base directory specification has relative paths ignored.
    data = os.environ.get("XDG_DATA_HOME", "")
    base = Path(data) if os.path.isabs(data) else Path.home() / ".local" / "share"
    return base / "locard" / "cameras"


def camera_path(name: str) -> Path:
    """Return the file of a camera.

    Raises: CameraError when the name could leave the folder or is not portable.
    """
    if not _NAME.fullmatch(name):
        raise CameraError(
            f"{name!r} cannot name a camera; use up to 64 letters, digits, spaces, '-', '_' and "
            "'.', not starting with a dot or a space"
        )
    return store_folder() / f"{name}.npz"


def camera_names() -> list[str]:
    """Return the names of the enrolled cameras, sorted."""
    try:
        found = [path.stem for path in store_folder().glob("*.npz") if path.is_file()]
    except OSError:
        return []
    return sorted(name for name in found if _NAME.fullmatch(name))


def save_camera(record: CameraRecord, pattern: NDArray[np.floating[Any]]) -> Path:
    """Write a camera's file, replacing an earlier one of that name only when complete.

    Args:
        pattern: height × width, the fingerprint; stored as float16.
    """
    path = camera_path(record.name)
    text = json.dumps({"schema": SCHEMA} | asdict(record), ensure_ascii=False)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".enrol-")
        try:
            with os.fdopen(handle, "wb") as file:
                np.savez(
                    file,
                    metadata=np.frombuffer(text.encode(), dtype=np.uint8),
                    pattern=pattern.astype(np.float16),
                )
            os.replace(temporary, path)
        except BaseException:
            os.unlink(temporary)
            raise
    except OSError as error:
        raise CameraError(
            f"the camera cannot be saved in {path.parent} ({error.strerror})"
        ) from None
    return path


def remove_camera(name: str) -> None:
    """Delete a camera's file. Raises: CameraError when there is none."""
    path = camera_path(name)
    try:
        path.unlink()
    except FileNotFoundError:
        raise CameraError(f"no camera is enrolled as {name!r}; see locard camera list") from None
    except OSError as error:
        raise CameraError(f"camera {name!r} cannot be removed ({error.strerror})") from None


def load_record(name: str) -> CameraRecord:
    """Read what is known of a camera without its fingerprint.

    Raises: CameraError when there is no such camera or its file is damaged.
    """
    return _read(name, with_pattern=False)[0]


def load_camera(name: str) -> tuple[CameraRecord, NDArray[np.float32]]:
    """Read a camera and its fingerprint, float32, height × width.

    Raises: CameraError when there is no such camera or its file is damaged.
    """
    record, pattern = _read(name, with_pattern=True)
    assert pattern is not None
    return record, pattern


def _read(name: str, *, with_pattern: bool) -> tuple[CameraRecord, NDArray[np.float32] | None]:
    path = camera_path(name)
    damaged = f"the file of camera {name!r} is damaged; remove it and enroll the camera again"
    try:
        with zipfile.ZipFile(path) as archive:
            text = _member(archive, "metadata", np.dtype(np.uint8), 1, _MAX_METADATA)
            record = _parse(name, text.tobytes())
            if not with_pattern:
                return record, None
            pattern = _member(archive, "pattern", np.dtype(np.float16), 2, MAX_PIXELS)
    except FileNotFoundError:
        raise CameraError(f"no camera is enrolled as {name!r}; see locard camera list") from None
    except (
        OSError,
        ValueError,
        KeyError,
        TypeError,
        zipfile.BadZipFile,
        zlib.error,
        RuntimeError,
    ) as error:
        raise CameraError(damaged) from error
    values = pattern.astype(np.float32)
    if values.shape != (record.height, record.width) or not np.isfinite(values).all():
        raise CameraError(damaged)
    return record, values


def _member(
    archive: zipfile.ZipFile, name: str, dtype: np.dtype[Any], ndim: int, limit: int
) -> NDArray[Any]:
    """Read one array of an archive after its header has been found sound."""
    info = archive.getinfo(f"{name}.npy")
    if info.file_size > limit * dtype.itemsize + 4096:
        raise ValueError("too large")
    with archive.open(info) as file:
        version = npy.read_magic(file)
        if version != (1, 0):
            raise ValueError("unknown array format")
        shape, fortran, stored = npy.read_array_header_1_0(file)
        count = int(np.prod(shape, dtype=object)) if shape else 0
        if stored != dtype or len(shape) != ndim or fortran or not 0 < count <= limit:
            raise ValueError("unexpected array")
        data = file.read(count * dtype.itemsize)
    return np.frombuffer(data, dtype=dtype, count=count).reshape(shape)


def _parse(name: str, text: bytes) -> CameraRecord:
    fields = json.loads(text)
    if not isinstance(fields, dict) or fields.pop("schema", None) != SCHEMA:
        raise ValueError("unknown schema")
    record = CameraRecord(**fields)
    texts = [record.enrolled, *record.photos, *record.models]
    numbers = [record.spread, *record.quality, *record.predictor]
    sizes = [record.width, record.height]
    if (
        not all(isinstance(item, str) for item in texts)
        or not all(isinstance(item, int | float) and np.isfinite(item) for item in numbers)
        or not all(isinstance(item, int) and item > 0 for item in sizes)
        or len(record.quality) != len(record.photos)
        or len(record.predictor) != PREDICTOR_TERMS
    ):
        raise ValueError("unexpected metadata")
    # The file's name decides: it is what the user types to remove it.
    return CameraRecord(**{**asdict(record), "name": name})
