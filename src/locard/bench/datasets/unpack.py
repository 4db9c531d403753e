"""Unpacking what is published as Parquet or as video into the folders that layouts describe."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from locard.bench.datasets.item import DatasetError
from locard.bench.datasets.layout import Layout, Parquet

_SUFFIXES = {b"\xff\xd8\xff": ".jpg", b"\x89PNG": ".png", b"RIFF": ".webp", b"GIF8": ".gif"}
_VIDEOS = frozenset({".mp4", ".avi", ".mov", ".mkv", ".webm"})
_LISTS = frozenset({".json", ".txt", ".csv"})
_ROWS = 64


def unpack_parquet(layout: Layout, download: Path, out: Path) -> int:
    """Write the pictures and masks of a set published as Parquet.

    They go to ``SPLIT/LABEL/[GENERATOR/]ID.jpg`` and ``SPLIT/mask/LABEL/ID.png`` below ``out``,
    byte for byte as they are in the tables; the split is the beginning of a table's name.

    Returns: number of pictures.

    Raises: DatasetError for a set that is not published so, no tables, or columns of other names.
    """
    columns = layout.parquet
    if columns is None:
        raise DatasetError(f"{layout.title} is not published as Parquet")
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError as error:
        raise DatasetError("Parquet needs pyarrow: pip install 'locard[bench]'") from error
    tables = sorted(download.glob(columns.files))
    if not tables:
        raise DatasetError(f"{layout.title}: no Parquet files are in {download}")
    written = 0
    for table in tables:
        split = re.split(r"[-.]", table.name)[0]
        try:
            with pq.ParquetFile(table) as opened:
                present = opened.schema_arrow.names
                for needed in (columns.image, columns.mask, columns.label, columns.id):
                    if needed and needed not in present:
                        raise DatasetError(
                            f"{table.name} has no column {needed}; it has {', '.join(present)}"
                        )
                named = _class_names(opened.schema_arrow.metadata, columns.label)
                wanted = [name for name in present if name in _names(columns)]
                for batch in opened.iter_batches(_ROWS, columns=wanted):
                    for row in batch.to_pylist():
                        label = _folder(columns, row[columns.label], named, table)
                        name = str(row[columns.id]) if columns.id else f"{table.stem}-{written:07d}"
                        written += _write(columns, row, out / _safe(split), label, _safe(name))
        except (pa.ArrowException, OSError) as error:
            raise DatasetError(f"{table.name} cannot be unpacked: {error}") from error
    return written


def _names(columns: Parquet) -> tuple[str, ...]:
    return (columns.image, columns.mask, columns.label, columns.id, columns.generator)


def _class_names(metadata: dict[bytes, bytes] | None, column: str) -> list[str]:
    """Names of the values of a column, where the library ``datasets`` left them in the schema."""
    try:
        content = json.loads((metadata or {})[b"huggingface"])
        return [str(name) for name in content["info"]["features"][column]["names"]]
    except (KeyError, TypeError, ValueError):
        return []


def _folder(columns: Parquet, value: object, named: list[str], table: Path) -> str:
    name = named[value] if isinstance(value, int) and 0 <= value < len(named) else str(value)
    if name not in columns.words:
        raise DatasetError(
            f"{table.name} has the label {name}, known are {', '.join(columns.words)}"
        )
    return columns.words[name]


def _safe(name: str) -> str:
    """A name for one file or folder, whatever a table holds."""
    return re.sub(r"[^\w.-]", "_", name).lstrip(".") or "_"


def _write(columns: Parquet, row: dict[str, Any], folder: Path, label: str, name: str) -> int:
    picture = _bytes(row[columns.image])
    if picture is None:
        return 0
    generator = row.get(columns.generator)
    _save(folder / label / (_safe(str(generator)) if generator else "") / name, picture)
    mask = _bytes(row[columns.mask]) if columns.mask else None
    if mask is not None:
        _save(folder / "mask" / label / name, mask)
    return 1


def _bytes(value: Any) -> bytes | None:
    """Return the encoded picture of a cell: bytes, or the struct of the library ``datasets``."""
    found = value.get("bytes") if isinstance(value, dict) else value
    return found if isinstance(found, bytes) and found else None


def _save(path: Path, data: bytes) -> None:
    suffix = next((s for magic, s in _SUFFIXES.items() if data.startswith(magic)), ".tif")
    path.parent.mkdir(parents=True, exist_ok=True)
    (path.parent / (path.name + suffix)).write_bytes(data)


def unpack_videos(download: Path, out: Path, frames: int) -> int:
    """Write ``frames`` frames of every video, evenly spaced, as PNG.

    ``a/videos/x.mp4`` becomes ``a/images/x/0000.png`` and ``a/x.mp4`` becomes ``a/x/0000.png``,
    numbered as in the video; lists (JSON, text, CSV) are copied. A video and its mask video of
    the same length give the same frames.

    Returns: number of pictures.

    Raises: DatasetError when no video could be read.
    """
    written = 0
    for video in sorted(path for path in download.rglob("*") if path.is_file()):
        inside = video.relative_to(download)
        if video.suffix.lower() in _LISTS and out != download:
            (out / inside).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(video, out / inside)
        if video.suffix.lower() in _VIDEOS:
            parts = ["images" if part == "videos" else part for part in inside.parent.parts]
            folder = out.joinpath(*parts, video.stem)
            for number, png in _frames(video, frames):
                folder.mkdir(parents=True, exist_ok=True)
                (folder / f"{number:04d}.png").write_bytes(png)
                written += 1
    if not written:
        raise DatasetError(f"no readable videos are in {download}")
    return written


def _frames(video: Path, count: int) -> Iterator[tuple[int, bytes]]:
    import cv2
    import numpy as np

    capture = cv2.VideoCapture(str(video))
    try:
        length = int(capture.get(cv2.CAP_PROP_FRAME_COUNT))
        wanted = {int(n) for n in np.linspace(0, max(length - 1, 0), count)}
        for number in range(length):
            # Decoding all is slower than jumping and never lands on another frame.
            if not capture.grab():
                return
            if number in wanted:
                found, picture = capture.retrieve()
                if found:
                    yield number, cv2.imencode(".png", picture)[1].tobytes()
    finally:
        capture.release()
