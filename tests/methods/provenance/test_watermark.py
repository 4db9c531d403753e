"""Pictures marked here by an embedder written from the description of the scheme."""

from __future__ import annotations

import io

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from locard.exhibit import open_exhibit
from locard.methods.contract import Finding, Status
from locard.methods.provenance.watermark import MESSAGES, find_watermark, sd_watermark

RGB = NDArray[np.uint8]


def photo(seed: int, side: int = 512) -> RGB:
    """Smooth colours at several scales, an edge, and sensor noise."""
    rng = np.random.default_rng(seed)
    picture = np.full((side, side, 3), 110.0)
    for cells, strength in ((4, 45.0), (16, 20.0), (64, 8.0)):
        coarse = rng.normal(0, strength, (cells, cells, 3)).astype(np.float32)
        picture += cv2.resize(coarse, (side, side), interpolation=cv2.INTER_CUBIC)
    picture[:, side // 2 :] += 12
    picture += rng.normal(0, 2, picture.shape)
    return np.clip(picture, 0, 255).astype(np.uint8)


def mark(rgb: RGB, writer: str, swapped: bool = False) -> RGB:
    """Write the watermark of ``writer`` as its scripts do."""
    message = next(m for m in MESSAGES if m.writer == writer)
    integer = message.carriers[0] == "integer"
    bgr = rgb if swapped else rgb[..., ::-1]
    yuv = cv2.cvtColor(np.ascontiguousarray(bgr if integer else bgr.astype(np.float32)),
                       cv2.COLOR_BGR2YUV)  # fmt: skip
    u = yuv[..., 1].astype(np.float64)
    rows, cols = u.shape[0] // 8, u.shape[1] // 8
    for n in range(rows * cols):
        y, x = n // cols * 8, n % cols * 8
        block = u[y : y + 8, x : x + 8].reshape(4, 2, 4, 2)
        band = block.sum(axis=(1, 3)) / 2
        place = int(np.abs(band.ravel()[1:]).argmax()) + 1
        value = band.ravel()[place]
        bit = int(message.bits[n % len(message.bits)])
        target = np.copysign((abs(value) // 36 + 0.25 + 0.5 * bit) * 36, value)
        block[place // 4, :, place % 4, :] += (target - value) / 2
        u[y : y + 8, x : x + 8] = block.reshape(8, 8)
    yuv[..., 1] = np.clip(u, 0, 255) if integer else u
    back = np.clip(cv2.cvtColor(yuv, cv2.COLOR_YUV2BGR), 0, 255).astype(np.uint8)
    return np.ascontiguousarray(back if swapped else back[..., ::-1])


def examine(rgb: RGB) -> Finding:
    (finding,) = sd_watermark.examine(open_exhibit(rgb))
    return finding


@pytest.mark.parametrize("message", MESSAGES, ids=lambda m: m.writer)
def test_every_known_message_is_read(message: object) -> None:
    writer = message.writer  # type: ignore[attr-defined]
    finding = examine(mark(photo(1), writer))
    assert finding.score is not None
    assert finding.score > 3
    assert finding.facts["writer"] == writer
    assert finding.facts["read_in_place"] is True


def test_the_pipeline_that_swaps_red_and_blue() -> None:
    finding = examine(mark(photo(2), "Stable Diffusion XL", swapped=True))
    assert finding.facts["writer"] == "Stable Diffusion XL"
    assert finding.facts["carrier"] == "swapped"
    assert finding.score is not None
    assert finding.score > 5


@pytest.mark.parametrize(("y", "x"), [(0, 0), (128, 128), (64, 24), (37, 91)])
def test_crops(y: int, x: int) -> None:
    crop = mark(photo(3), "Stable Diffusion v1")[y : y + 320, x : x + 320]
    match = find_watermark(np.ascontiguousarray(crop))
    assert match.log_nfa < -10
    assert match.shift == (-y % 8, -x % 8)
    if (y, x) != (0, 0):
        # The width of the uncropped picture, 64 blocks, is recovered.
        assert match.width == 64


def test_gentle_jpeg_survives() -> None:
    out = io.BytesIO()
    Image.fromarray(mark(photo(4), "Stable Diffusion v1")).save(
        out, "JPEG", quality=97, subsampling=0
    )
    (finding,) = sd_watermark.examine(open_exhibit(out.getvalue()))
    assert finding.score is not None
    assert finding.score > 5


@pytest.mark.parametrize("seed", range(8))
def test_photos_are_left_alone(seed: int) -> None:
    finding = examine(photo(100 + seed, 256 + 8 * seed))
    assert finding.score is not None
    assert finding.score < 1.5
    assert finding.facts["found"] is False


def test_flat_and_striped_pictures_are_left_alone() -> None:
    flat = np.zeros((256, 256, 3), np.uint8) + np.array([90, 120, 200], np.uint8)
    stripes = flat.copy()
    stripes[:, ::8] = (200, 20, 90)
    for picture in (flat, stripes, stripes.swapaxes(0, 1)):
        assert find_watermark(np.ascontiguousarray(picture)).log_nfa > -1.5


@pytest.mark.parametrize("shape", [(300, 300), (100, 400, 3)])
def test_not_applicable(shape: tuple[int, ...]) -> None:
    finding = examine(np.full(shape, 77, np.uint8))
    assert finding.status is Status.NOT_APPLICABLE
    assert finding.reason


def test_panorama() -> None:
    assert examine(np.tile(photo(6, 136)[:130], (1, 16, 1))).score is not None
