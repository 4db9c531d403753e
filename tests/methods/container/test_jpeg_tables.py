from __future__ import annotations

import io
import re

import cv2
import numpy as np
import pytest
from PIL import Image

from locard.exhibit import open_exhibit
from locard.methods.container.fingerprints import load_fingerprints
from locard.methods.container.jpeg_tables import (
    estimate_quality,
    jpeg_tables,
    standard_table,
    written_by_libjpeg,
)
from locard.methods.contract import Finding, Status

RNG = np.random.default_rng(9)
PIXELS = cv2.resize(RNG.integers(40, 220, (9, 12, 3), dtype=np.uint8), (192, 144))


def exif(make: str = "Canon") -> bytes:
    block = Image.Exif()
    block[0x010F] = make
    block.get_ifd(0x8769)[0x829D] = 2.8
    return block.tobytes()


def jpeg(**options: object) -> bytes:
    out = io.BytesIO()
    Image.fromarray(PIXELS).save(out, "JPEG", **options)
    return out.getvalue()


def as_camera(data: bytes) -> bytes:
    """Lay the tables out as most cameras do: one DQT and one DHT segment, no JFIF."""
    parts = re.split(rb"(?=\xff[\xe0\xe1\xdb\xc4\xc0\xda])", data)
    merged: dict[bytes, bytes] = {}
    for part in parts[1:]:
        code = part[:2]
        if code in (b"\xff\xdb", b"\xff\xc4"):
            merged[code] = merged.get(code, b"") + part[4:]
        elif code != b"\xff\xe0" and code not in merged:
            merged[code] = part
    out = parts[0]
    for code, body in merged.items():
        if code in (b"\xff\xdb", b"\xff\xc4"):
            body = code + (len(body) + 2).to_bytes(2, "big") + body
        out += body
    return out


def examine(data: bytes) -> Finding:
    (finding,) = jpeg_tables.examine(open_exhibit(data))
    return finding


def score(data: bytes) -> float:
    value = examine(data).score
    assert value is not None
    return value


@pytest.mark.parametrize("quality", [1, 25, 50, 75, 90, 98, 100])
def test_quality_of_libjpeg_is_exact(quality: int) -> None:
    finding = examine(jpeg(quality=quality, subsampling=0))
    assert finding.facts["quality_luma"] == quality
    assert finding.facts["standard_tables"] is True
    assert finding.facts["subsampling"] == "4:4:4"


def test_quality_of_other_tables_is_the_nearest() -> None:
    table = standard_table(80).astype(np.uint16)
    table[3, 3] += 5
    found = estimate_quality(table)
    assert (found.value, found.exact) == (80, False)
    assert found.deviation == pytest.approx(5 / 64)


def test_a_library_after_a_camera_is_strong() -> None:
    finding = examine(jpeg(quality=90, exif=exif()))
    assert finding.score is not None
    assert finding.score >= 2
    assert "Canon" in finding.says


@pytest.mark.parametrize("make", ["Apple", "samsung", "Google", "Xiaomi"])
def test_phones_write_through_libjpeg(make: str) -> None:
    assert score(jpeg(quality=95, exif=exif(make))) == 0


def own_tables() -> list[list[int]]:
    tables = []
    for chroma in (False, True):
        table = standard_table(92, chroma=chroma) + np.arange(64).reshape(8, 8) % 3
        tables.append(table.ravel().tolist())
    return tables


def test_a_camera_file_is_left_alone() -> None:
    data = as_camera(jpeg(qtables=own_tables(), subsampling=1, exif=exif()))
    finding = examine(data)
    assert finding.score == 0
    assert finding.facts["writer"] == "a camera or phone"
    structure = open_exhibit(data).jpeg
    assert structure is not None
    assert not written_by_libjpeg(structure)


@pytest.mark.parametrize(
    ("data", "least", "most"),
    [
        (jpeg(quality=85), 0.3, 0.3),
        (jpeg(quality=85, progressive=True, exif=exif()), 2, 3),
        (jpeg(quality=85, progressive=True, exif=exif("Apple")), 1.5, 1.5),
        (jpeg(qtables=own_tables(), exif=exif()), 0.6, 0.6),
        (jpeg(quality=90, optimize=True, exif=exif()), 2.1, 2.5),
        (jpeg(quality=90, comment=b"Created with GIMP"), 2, 2.5),
        (as_camera(jpeg(quality=90, subsampling=1, exif=exif("NIKON"))), 0, 0),
        (as_camera(jpeg(quality=90, subsampling=1, exif=exif("Canon"))), 1, 1),
    ],
)
def test_tiers(data: bytes, least: float, most: float) -> None:
    assert least <= score(data) <= most


def test_adobe_segment() -> None:
    data = jpeg(quality=90)
    body = b"Adobe\0\x64\0\0\0\0\x01"
    data = data[:2] + b"\xff\xee" + (len(body) + 2).to_bytes(2, "big") + body + data[2:]
    finding = examine(data)
    assert finding.facts["writer"] == "Adobe software"
    assert finding.score is not None
    assert finding.score >= 1


@pytest.mark.parametrize(("mode", "options"), [("CMYK", {}), ("RGB", {"keep_rgb": True})])
def test_libjpegs_own_cmyk_and_rgb_are_not_adobes(mode: str, options: dict[str, bool]) -> None:
    made = io.BytesIO()
    Image.fromarray(PIXELS).convert(mode).save(made, "JPEG", quality=80, **options)
    assert b"Adobe" in made.getvalue()[:200]
    finding = examine(made.getvalue())
    assert finding.facts["quality_luma"] == finding.facts["quality_chroma"] == 80
    assert finding.facts["standard_tables"] is True
    assert finding.facts["writer"] != "Adobe software"
    assert finding.score == 0


def test_photoshop_tables_are_known() -> None:
    known = load_fingerprints("jpeg_writers")
    assert len(known["editor_tables"]) >= 10
    assert not set(known["editor_tables"]) & set(known["camera_tables"])


def test_services_are_named_but_not_weighed() -> None:
    finding = examine(jpeg(quality=85, progressive=True))
    assert "X (Twitter)" in str(finding.facts["services_that_write_alike"])
    assert finding.score == pytest.approx(0.3)


def test_strange_exhibits() -> None:
    grey = io.BytesIO()
    Image.fromarray(PIXELS[:, :, 0]).save(grey, "JPEG", quality=70)
    assert examine(grey.getvalue()).facts["quality_luma"] == 70
    (finding,) = jpeg_tables.examine(open_exhibit(PIXELS))
    assert finding.status is Status.NOT_APPLICABLE
    cut = jpeg(quality=75)
    assert examine(cut[: len(cut) * 3 // 4]).facts["quality_luma"] == 75
