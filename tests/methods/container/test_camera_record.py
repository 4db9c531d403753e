"""A record of an exposure counts only when it is complete."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import ExifTags, Image

from conftest import jpeg_bytes
from locard.exhibit import open_exhibit
from locard.methods.container.camera_record import camera_record

SETTINGS = {ExifTags.Base.ExposureTime: 0.01, ExifTags.Base.FNumber: 2.8}


@pytest.mark.parametrize(
    ("photo_tags", "score"),
    [
        ({}, 0.0),
        (SETTINGS, -0.5),
        (SETTINGS | {ExifTags.Base.MakerNote: b"Apple iOS\0\0\1MM" + bytes(40)}, -1.0),
    ],
)
def test_score(photo: np.ndarray, photo_tags: dict[int, object], score: float) -> None:
    exif = Image.Exif()
    exif[ExifTags.Base.Make] = "Example"
    exif[ExifTags.Base.Model] = "One"
    exif.get_ifd(ExifTags.IFD.Exif).update(photo_tags)
    (finding,) = camera_record.examine(open_exhibit(jpeg_bytes(photo[:64, :64], exif=exif)))
    assert finding.score == score
    assert "Example One" in finding.says


def test_without_a_camera_it_is_not_applicable(photo_jpeg: bytes) -> None:
    (finding,) = camera_record.examine(open_exhibit(photo_jpeg))
    assert finding.reason == "the metadata names no camera"
