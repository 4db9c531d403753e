"""The marker parser and the reader of coefficients, on files and on arbitrary bytes."""

from __future__ import annotations

import io
import struct
import threading

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image

from locard.exhibit import dct_basis
from locard.exhibit.jpeg import ZIGZAG, marker_name, parse_jpeg, read_coefficients, with_height


def picture(height: int = 61, width: int = 83) -> NDArray[np.uint8]:
    rng = np.random.default_rng(3)
    y, x = np.mgrid[:height, :width]
    planes = [120 + 50 * np.sin(x / a + y / b) for a, b in ((9, 14), (17, 8), (25, 31))]
    rgb = np.stack(planes, axis=2) + rng.normal(0, 5, (height, width, 3))
    return np.clip(rgb, 0, 255).astype(np.uint8)


def encode(mode: str = "RGB", **options: object) -> bytes:
    stream = io.BytesIO()
    Image.fromarray(picture()).convert(mode).save(stream, "JPEG", **options)
    return stream.getvalue()


SAMPLES = [
    encode(quality=80),
    encode(quality=60, progressive=True),
    encode("L"),
    encode("CMYK"),
    encode(restart_marker_blocks=2, comment=b"a comment", optimize=True),
]


def test_zigzag_is_that_of_the_standard() -> None:
    assert ZIGZAG[:10].tolist() == [0, 1, 8, 16, 9, 2, 3, 10, 17, 24]
    assert ZIGZAG[-3:].tolist() == [55, 62, 63]
    assert sorted(ZIGZAG.tolist()) == list(range(64))


@pytest.mark.parametrize(
    ("code", "name"),
    [(0xD8, "SOI"), (0xC2, "SOF2"), (0xC4, "DHT"), (0xE1, "APP1"), (0xD3, "RST3"), (0x02, "0x02")],
)
def test_marker_names(code: int, name: str) -> None:
    assert marker_name(code) == name


def test_structure_of_a_file() -> None:
    data = encode(quality=75, comment=b"made for a test", subsampling=2, restart_marker_blocks=4)
    found = parse_jpeg(data + b"trailing")
    assert found is not None
    assert (found.width, found.height, found.precision) == (83, 61, 8)
    assert (found.process, found.subsampling, found.scans) == ("baseline", "4:2:0", 1)
    assert (found.complete, found.trailing, found.end) == (True, 8, len(data))
    assert found.restart_interval == 4
    assert found.comments == ["made for a test"]
    assert not found.optimized_huffman
    assert [s.name for s in found.segments][:2] == ["SOI", "APP0"]
    assert found.segments[1].identifier == "JFIF"
    assert found.unit == (16, 16)
    assert found.coded_rows == found.height
    reference = Image.open(io.BytesIO(data)).quantization
    for number, table in found.quantization_tables.items():
        np.testing.assert_array_equal(table.ravel(), reference[number])


@pytest.mark.parametrize(
    ("sampling", "name"), [(0, "4:4:4"), (1, "4:2:2"), (2, "4:2:0"), ("4:1:1", "4:1:1")]
)
def test_subsampling_names(sampling: object, name: str) -> None:
    if sampling == "4:1:1":  # as OpenCV writes it
        flag = cv2.IMWRITE_JPEG_SAMPLING_FACTOR_411
        data = cv2.imencode(".jpg", picture(), [cv2.IMWRITE_JPEG_SAMPLING_FACTOR, flag])[
            1
        ].tobytes()
    else:
        data = encode(subsampling=sampling)
    found = parse_jpeg(data)
    assert found is not None
    assert found.subsampling == name
    coefficients = read_coefficients(data)
    assert coefficients is not None
    assert coefficients.shape == (8, 11, 8, 8)


@pytest.mark.parametrize("options", [{}, {"progressive": True}, {"restart_marker_blocks": 1}])
def test_coefficients_are_those_of_the_picture(options: dict[str, object]) -> None:
    data = encode("L", quality=92, **options)
    found = parse_jpeg(data)
    coefficients = read_coefficients(data)
    assert found is not None
    assert found.luma_table is not None
    assert coefficients is not None
    assert coefficients.shape == (8, 11, 8, 8)
    basis = dct_basis()
    blocks = np.einsum(
        "ui,rcuv,vj->rcij", basis, coefficients * found.luma_table.astype(float), basis
    )
    drawn = np.clip(blocks.transpose(0, 2, 1, 3).reshape(64, 88) + 128, 0, 255)
    decoded = np.asarray(Image.open(io.BytesIO(data)), float)
    assert np.abs(drawn[:61, :83] - decoded).max() <= 1.5


def test_coefficients_of_fewer_rows() -> None:
    for data in SAMPLES:
        whole, part = read_coefficients(data), read_coefficients(data, height=32)
        assert whole is not None
        assert part is not None
        np.testing.assert_array_equal(part, whole[:4])


def test_smaller_height_decodes_to_the_upper_rows() -> None:
    data = encode("L")
    found = parse_jpeg(data)
    assert found is not None
    upper = np.asarray(Image.open(io.BytesIO(with_height(data, found, 24))))
    np.testing.assert_array_equal(upper, np.asarray(Image.open(io.BytesIO(data)))[:24])


def test_subsampled_first_component_has_no_luma_grid() -> None:
    data = bytearray(encode(subsampling=2))
    frame = data.index(b"\xff\xc0")
    data[frame + 11], data[frame + 14] = 0x11, 0x22
    assert read_coefficients(bytes(data)) is None


@pytest.mark.parametrize(
    ("offset", "value"),
    [(4, 12), (5, 0xFF), (9, 9), (11, 0x51), (11, 0x01), (12, 7)],
)
def test_malformed_frames_are_not_passed_on(offset: int, value: int) -> None:
    data = bytearray(SAMPLES[0])
    frame = data.index(b"\xff\xc0")
    data[frame + offset] = value
    if offset == 5:
        data[frame + 6] = 0xFF
    assert read_coefficients(bytes(data)) is None


def test_two_frames_or_bad_tables_are_not_passed_on() -> None:
    data = SAMPLES[0]
    frame = data.index(b"\xff\xc0")
    again = data[frame : frame + 19]
    assert read_coefficients(data[:frame] + again + data[frame:]) is None
    for marker, payload in (
        (0xDB, b"\x0f" + bytes(64)),
        (0xC4, b"\x00" + b"\xff" * 16),
        (0xDD, b"\0"),
    ):
        bad = struct.pack(">BBH", 0xFF, marker, len(payload) + 2) + payload
        assert read_coefficients(data[:frame] + bad + data[frame:]) is None


def test_reading_from_threads() -> None:
    expected = [read_coefficients(data) for data in SAMPLES]
    failures: list[int] = []

    def check() -> None:
        for _ in range(10):
            for data, reference in zip(SAMPLES, expected, strict=True):
                found = read_coefficients(data)
                if found is None or reference is None or not np.array_equal(found, reference):
                    failures.append(1)

    threads = [threading.Thread(target=check) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures


def test_attacks_on_the_walk_end() -> None:
    head = b"\xff\xd8"
    million = 1_000_000
    fills = [b"\xff" * million, b"\xff\xd0" * million, b"\xff\x00" * million, b"\xff\x01" * million]
    for body in (*fills, b"\xff\xd8" * million, b"\xff\xe0\0\2" * 200_000):
        found = parse_jpeg(head + body)
        assert found is not None
        assert not found.complete
        assert len(found.segments) <= 20_001


@given(st.binary(max_size=600))
@settings(max_examples=150, deadline=None)
def test_arbitrary_bytes(body: bytes) -> None:
    assert parse_jpeg(b"x" + body) is None
    found = parse_jpeg(b"\xff\xd8" + body)
    assert found is not None
    assert 0 <= found.end <= len(body) + 2
    assert found.coded_rows <= found.height
    assert found.subsampling


@given(
    st.sampled_from(SAMPLES),
    st.lists(st.tuples(st.integers(2, 4000), st.binary(min_size=1, max_size=6)), max_size=5),
    st.integers(0, 4000),
)
@settings(max_examples=150, deadline=None)
def test_mutated_files(sample: bytes, changes: list[tuple[int, bytes]], cut: int) -> None:
    data = bytearray(sample[: len(sample) - cut % (len(sample) - 2)])
    for position, value in changes:
        start = 2 + position % max(1, len(data) - 2)
        data[start : start + len(value)] = value
    found = parse_jpeg(bytes(data))
    assert found is not None
    assert found.end <= len(data)
    if found.width * found.height > 1_000_000:
        return
    coefficients = read_coefficients(bytes(data), found)
    if coefficients is not None:
        assert coefficients.shape == (-(-found.height // 8), -(-found.width // 8), 8, 8)
