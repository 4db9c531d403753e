"""Encoders write the tables that they are asked for."""

import numpy as np
import pytest

from conftest import jpeg_bytes, synthetic_photo
from locard.degrade import encoding
from locard.degrade.contract import Picture
from locard.degrade.encoding import (
    encode_jpeg,
    encode_webp,
    quantization_tables,
    table_families,
)
from locard.exhibit import open_exhibit
from locard.methods.container.jpeg_tables import component_tables, standard_table

PHOTO = synthetic_photo(64, 80)


@pytest.mark.parametrize("family", table_families())
@pytest.mark.parametrize("quality", [30, 75, 95])
def test_the_file_holds_the_tables_of_the_family(family: str, quality: int) -> None:
    jpeg = open_exhibit(encode_jpeg(PHOTO, quality, family)).jpeg
    assert jpeg is not None
    written = component_tables(jpeg)
    assert written is not None
    for table, expected in zip(written, quantization_tables(family, quality), strict=True):
        assert table.ravel().tolist() == list(expected)


@pytest.mark.parametrize("quality", [1, 10, 49, 50, 75, 99, 100])
def test_libjpeg_tables_are_those_of_libjpeg(quality: int) -> None:
    luma, chroma = quantization_tables("libjpeg", quality)
    assert list(luma) == standard_table(quality).ravel().tolist()
    assert list(chroma) == standard_table(quality, chroma=True).ravel().tolist()
    assert encode_jpeg(PHOTO, quality) == jpeg_bytes(PHOTO, quality, subsampling="4:2:0")


@pytest.mark.parametrize("family", ["camera", "photoshop"])
def test_measured_tables_get_coarser_as_the_quality_falls(family: str) -> None:
    means = [np.mean(quantization_tables(family, q)[0]) for q in (98, 90, 75, 50)]
    assert means == sorted(means)
    assert means[0] < means[-1] / 3
    assert quantization_tables(family, 85) != quantization_tables("libjpeg", 85)


def test_structure() -> None:
    plain = open_exhibit(encode_jpeg(PHOTO, 80)).jpeg
    other = open_exhibit(encode_jpeg(PHOTO, 80, "mozjpeg", "4:4:4", progressive=True)).jpeg
    assert plain is not None
    assert other is not None
    assert (plain.process, other.process) == ("baseline", "progressive")


def test_a_side_too_long_for_the_format() -> None:
    with pytest.raises(ValueError, match="JPEG has at most 65500"):
        encode_jpeg(np.zeros((8, 65_501, 3), np.uint8), 80)


def test_a_file_is_decoded_once_and_only_when_it_is_looked_at(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    calls = []
    plain = encoding._decode
    monkeypatch.setattr(encoding, "_decode", lambda *given: calls.append(1) or plain(*given))
    photo = synthetic_photo(61, 83)
    for format, data in (("JPEG", encode_jpeg(photo, 90)), ("WEBP", encode_webp(photo, 80))):
        calls.clear()
        picture = encoding.delivered(Picture(photo), data, format)
        assert picture.size == (61, 83)
        assert not calls
        assert picture.rgb.shape == photo.shape
        np.testing.assert_array_equal(picture.rgb, plain(data, format))
        assert len(calls) == 1
