"""A small set of the forging engine."""

from __future__ import annotations

from pathlib import Path

from typer.testing import CliRunner

from conftest import jpeg_bytes, synthetic_photo
from locard.cli import app


def make_set(folder: Path, operations: str, count: int) -> Path:
    """Forge synthetic photos; returns the folder of the set."""
    photos = folder / "photos"
    photos.mkdir(parents=True)
    for seed in range(count):
        (photos / f"{seed}.jpg").write_bytes(jpeg_bytes(synthetic_photo(320, 400, seed), 95))
    options = ["--operations", operations, "--count", str(count), "--jobs", "1"]
    done = CliRunner().invoke(app, ["forge", str(photos), "--out", str(folder / "set"), *options])
    assert done.exit_code == 0, done.output
    return folder / "set"
