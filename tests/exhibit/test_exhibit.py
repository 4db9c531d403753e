"""The exhibit: sources, shared intermediates against plain formulas, threads."""

from __future__ import annotations

import hashlib
import io
import threading
from pathlib import Path

import numpy as np
import pytest
import scipy.fft
import scipy.ndimage
from numpy.typing import NDArray
from PIL import Image

from locard.exhibit import Exhibit, ExhibitError, dct_basis, open_exhibit


@pytest.fixture(scope="module")
def rgb() -> NDArray[np.uint8]:
    rng = np.random.default_rng(5)
    picture = rng.integers(0, 256, (701, 413, 3), dtype=np.uint8)
    picture[:40] = 255
    picture[40:60] = 0
    picture[60:90] = 120
    return picture


@pytest.fixture(scope="module")
def exhibit(rgb: NDArray[np.uint8]) -> Exhibit:
    return open_exhibit(rgb)


def png(rgb: NDArray[np.uint8]) -> bytes:
    stream = io.BytesIO()
    Image.fromarray(rgb).save(stream, "PNG", compress_level=1)
    return stream.getvalue()


def test_sources_agree(rgb: NDArray[np.uint8], tmp_path: Path) -> None:
    data = png(rgb)
    path = tmp_path / "a photo.png"
    path.write_bytes(data)
    for source in (data, bytearray(data), memoryview(data), path, str(path), io.BytesIO(data)):
        opened = open_exhibit(source)  # type: ignore[arg-type]
        np.testing.assert_array_equal(opened.rgb, rgb)
        assert opened.sha256 == hashlib.sha256(data).hexdigest()
        assert opened.size == len(data)
    assert open_exhibit(path).name == "a photo.png"
    assert open_exhibit(path, name="exhibit 1").name == "exhibit 1"
    with path.open("rb") as file:
        np.testing.assert_array_equal(open_exhibit(file).rgb, rgb)
    pixels = open_exhibit(Image.fromarray(rgb))
    np.testing.assert_array_equal(pixels.rgb, rgb)
    assert (pixels.data, pixels.size, pixels.coefficients) == (None, 0, None)


def test_arrays_of_other_types(rgb: NDArray[np.uint8]) -> None:
    deep = open_exhibit(rgb.astype(np.uint16) * 257)
    np.testing.assert_array_equal(deep.rgb, rgb)
    assert deep.bit_depth == 16
    np.testing.assert_array_equal(open_exhibit(rgb / 255.0).rgb, rgb)
    grey = open_exhibit(rgb[:, :, 0])
    assert not grey.is_colour
    assert grey.rgb.shape == rgb.shape
    sixteen = open_exhibit(Image.fromarray(rgb[:, :, 0].astype(np.uint16) << 8))
    np.testing.assert_array_equal(sixteen.rgb[:, :, 0], rgb[:, :, 0])
    for kind, scale in ((np.int32, 257), (np.float32, 1 / 255)):
        wide = open_exhibit(Image.fromarray((rgb[:, :, 0] * kind(scale)).astype(kind)))
        np.testing.assert_array_equal(wide.rgb[:, :, 0], rgb[:, :, 0])
        assert wide.bit_depth == 32
        assert not wide.is_colour
    alpha = open_exhibit(np.dstack([rgb, rgb[:, :, 0]]))
    assert alpha.has_alpha


@pytest.mark.parametrize(
    ("source", "says"),
    [
        (np.zeros((40, 40, 2), np.uint8), "height × width"),
        (np.zeros(40, np.uint8), "height × width"),
        (np.zeros((40, 40), np.int64), "uint8"),
        (np.full((40, 40), np.nan), "finite"),
        (np.full((40, 40), 3.0), "0 to 1"),
        (np.zeros((40, 3), np.uint8), "16 pixels"),
        (np.zeros((0, 40, 3), np.uint8), "empty"),
        (np.zeros((0, 40, 3), np.float32), "empty"),
        (io.StringIO("text"), "text mode"),
        (17, "cannot open a int"),
        (None, "cannot open"),
    ],
)
def test_refused_sources(source: object, says: str) -> None:
    with pytest.raises(ExhibitError, match=says):
        open_exhibit(source)  # type: ignore[arg-type]


def test_luma(exhibit: Exhibit, rgb: NDArray[np.uint8]) -> None:
    expected = rgb @ np.array([0.299, 0.587, 0.114])
    assert exhibit.luma.dtype == np.float32
    np.testing.assert_allclose(exhibit.luma, expected, atol=1e-3)


def test_residual(exhibit: Exhibit) -> None:
    expected = exhibit.luma - scipy.ndimage.median_filter(exhibit.luma, 3, mode="nearest")
    np.testing.assert_allclose(exhibit.residual, expected, atol=1e-4)


def test_block_dct(exhibit: Exhibit) -> None:
    assert exhibit.block_dct.shape == (87, 51, 8, 8)
    assert exhibit.block_dct.dtype == np.float32
    assert exhibit.block_dct.flags.c_contiguous
    for row, col in ((0, 0), (30, 7), (86, 50)):
        block = exhibit.luma[row * 8 :, col * 8 :][:8, :8].astype(np.float64)
        expected = scipy.fft.dctn(block, norm="ortho")
        np.testing.assert_allclose(exhibit.block_dct[row, col], expected, atol=1e-2)


def test_dct_basis_is_orthonormal() -> None:
    np.testing.assert_allclose(dct_basis() @ dct_basis().T, np.eye(8), atol=1e-6)


def test_texture(exhibit: Exhibit) -> None:
    window = exhibit.luma[300:309, 200:209].astype(np.float64)
    assert exhibit.texture[304, 204] == pytest.approx(window.std(), rel=1e-3)
    assert exhibit.texture[70:80].max() < 0.2


def test_saturated(exhibit: Exhibit, rgb: NDArray[np.uint8]) -> None:
    expected = (rgb.max(axis=2) >= 254) | (rgb.max(axis=2) <= 1)
    np.testing.assert_array_equal(exhibit.saturated, expected)
    assert exhibit.saturated.dtype == np.bool_


def test_grey_picture_in_colour_file(rgb: NDArray[np.uint8]) -> None:
    grey = np.repeat(rgb[:, :, :1], 3, axis=2)
    assert not open_exhibit(png(grey)).is_colour
    assert open_exhibit(png(rgb)).is_colour


def test_narrow_exhibits(rgb: NDArray[np.uint8]) -> None:
    for shape in ((16, 400), (400, 16), (17, 33)):
        narrow = open_exhibit(np.ascontiguousarray(rgb[: shape[0], : shape[1]]))
        assert narrow.block_dct.shape == (shape[0] // 8, shape[1] // 8, 8, 8)
        assert narrow.texture.shape == narrow.residual.shape == narrow.saturated.shape == shape


def test_shared_results_are_computed_once(rgb: NDArray[np.uint8]) -> None:
    opened = open_exhibit(rgb)
    calls: list[int] = []
    gate = threading.Barrier(4)
    results: list[object] = []

    def compute() -> object:
        calls.append(1)
        return object()

    def ask() -> None:
        gate.wait()
        results.append(opened.shared("test:key", compute))

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(calls) == 1
    assert len({id(r) for r in results}) == 1


def test_opening_from_threads(rgb: NDArray[np.uint8]) -> None:
    stream = io.BytesIO()
    Image.fromarray(rgb).save(stream, "JPEG")
    files = [stream.getvalue(), stream.getvalue()[:-9000], png(rgb)]
    expected = [open_exhibit(data).rgb for data in files]
    failures: list[int] = []

    def check() -> None:
        for data, reference in zip(files * 3, expected * 3, strict=True):
            if not np.array_equal(open_exhibit(data).rgb, reference):
                failures.append(1)

    threads = [threading.Thread(target=check) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
