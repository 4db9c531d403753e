from __future__ import annotations

import io
import json
import os
from pathlib import Path

import numpy as np
import pytest
import typer
from PIL import Image
from typer.testing import CliRunner

from locard.cli.info import info
from locard.exhibit import open_exhibit
from locard.report.structure import describe_structure, trailer_kind

RUNNER = CliRunner()
APP = typer.Typer()
APP.command()(info)
PIXELS = np.random.default_rng(2).integers(0, 255, (48, 64, 3), dtype=np.uint8)


def jpeg(**options: object) -> bytes:
    out = io.BytesIO()
    Image.fromarray(PIXELS).save(out, "JPEG", **options)
    return out.getvalue()


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    block = Image.Exif()
    block[0x010F] = "Canon [bold]\x1b[31mred"
    block[0x0131] = "x\\"
    path = tmp_path / "photo.jpg"
    path.write_bytes(jpeg(quality=90, exif=block.tobytes(), comment=b"hello") + jpeg())
    return path


def test_tables(photo: Path) -> None:
    result = RUNNER.invoke(APP, [str(photo)], env={"COLUMNS": "200"})
    assert result.exit_code == 0
    for word in ("SHA-256", "SOF0", "APP1", "luma 90 (exactly libjpeg's)", "another JPEG", "hello"):
        assert word in result.stdout
    # Markup and control characters of the file are shown, not obeyed.
    assert "[bold]" in result.stdout
    assert "\x1b[31m" not in result.stdout


def test_json(photo: Path) -> None:
    result = RUNNER.invoke(APP, [str(photo), "--json"])
    assert result.exit_code == 0
    described = json.loads(result.stdout)
    assert described["format"] == "JPEG"
    assert described["sha256"] == open_exhibit(photo).sha256
    assert described["jpeg"]["quality"]["luma"] == 90
    assert described["trailing"]["bytes"] == len(jpeg())
    segments = described["jpeg"]["segments"]
    assert segments[0]["name"] == "SOI"
    data = photo.read_bytes()
    assert all(data[s["offset"]] == 0xFF for s in segments)


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "TIFF", "BMP", "GIF"])
def test_other_formats(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "picture"
    Image.fromarray(PIXELS).save(path, kind)
    result = RUNNER.invoke(APP, [str(path)])
    assert result.exit_code == 0
    assert kind in result.stdout


@pytest.mark.parametrize("content", [b"", b"just text\n", b"\xff\xd8\xff\xe0\x00\x10JFIF", None])
def test_an_unreadable_file_is_one_sentence(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "file.jpg"
    if content is not None:
        path.write_bytes(content)
    result = RUNNER.invoke(APP, [str(path)])
    assert result.exit_code == 3
    assert result.stdout == ""
    assert len(result.stderr.strip().splitlines()) == 1
    assert "Traceback" not in result.stderr


def test_a_pipe_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    assert RUNNER.invoke(APP, [str(path)]).exit_code == 3


@pytest.mark.parametrize(
    ("data", "word"),
    [
        (b"\0" * 64, "zero"),
        (b"\xff\xd8\xff\xe1more", "JPEG"),
        (b"\0\0\0\x18ftypmp42rest", "video"),
        (b"PK\x03\x04rest", "ZIP"),
        (b"plain words and nothing else", "text"),
        (bytes(range(128, 250)), "unknown"),
        (b"record" + bytes(40) + b"SEFT", "Samsung"),
    ],
)
def test_trailers(data: bytes, word: str) -> None:
    assert word in trailer_kind(data)


def test_pixels_have_no_file() -> None:
    described = describe_structure(open_exhibit(PIXELS))
    assert described["jpeg"] is None
    assert described["bytes"] == 0
