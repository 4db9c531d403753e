"""Parquet files that appear under their name when they are complete, never before."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self


class Writer:
    """Writes a Parquet file, a row group at a time; use as a context manager.

    Whatever ends the process, the file is there in full or not at all.
    """

    def __init__(self, file: Path, schema: Any) -> None:
        import pyarrow.parquet as pq

        self._file, self._partial = file, file.with_name(file.name + ".partial")
        self._writer = pq.ParquetWriter(self._partial, schema, compression="zstd")

    def append(self, table: Any) -> None:
        """Append an Arrow table of the file's schema as one row group."""
        self._writer.write_table(table, row_group_size=max(1, table.num_rows))

    def keep(self, metadata: Mapping[bytes, bytes]) -> None:
        """Keep metadata in the file."""
        self._writer.add_key_value_metadata(dict(metadata))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *rest: object) -> None:
        self._writer.close()
        if kind is None:
            with self._partial.open("rb") as written:
                # What the file was made from may be deleted next: it must be on the disk.
                os.fsync(written.fileno())
            self._partial.replace(self._file)
        else:
            self._partial.unlink(missing_ok=True)
