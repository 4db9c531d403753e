from __future__ import annotations

import cv2
import numpy as np
import pytest

from locard.explain.counterfactual import Change, counterfactual, occlusion_map

BOX = (slice(40, 72), slice(60, 92))


def scene() -> np.ndarray:
    """A smooth picture with a checkerboard of single pixels in one place."""
    yy, xx = np.mgrid[:96, :128]
    rgb = np.stack([xx, yy, xx + yy], axis=-1).astype(np.uint8)
    rgb[BOX] += (60 * ((xx + yy) % 2))[BOX][..., None].astype(np.uint8)
    return rgb


def fine_detail(rgb: np.ndarray) -> float:
    """A simple scorer: energy at the highest frequency."""
    return float(np.abs(cv2.Laplacian(rgb[..., 0].astype(np.float32), cv2.CV_32F)).mean())


@pytest.fixture
def mask() -> np.ndarray:
    mask = np.zeros((96, 128), bool)
    mask[BOX] = True
    return mask


def test_occlusion_finds_what_the_score_hangs_on() -> None:
    drawn = occlusion_map(scene(), fine_detail, cells=8).pixels(96, 128)
    assert drawn.max() == pytest.approx(1.0, abs=0.02)
    y, x = np.unravel_index(int(drawn.argmax()), drawn.shape)
    assert 36 <= y < 76
    assert 56 <= x < 96
    assert drawn[:24, :40].max() < 0.2
    assert not occlusion_map(scene(), lambda _: 1.0).values.any()


def test_occlusion_is_drawn_where_it_was_tried() -> None:
    """Sides need not be multiples of the square: the lowest row is where it is in the picture."""
    rgb = np.full((257, 384, 3), 120, np.uint8)
    rgb[192:256] += (60 * (np.indices((64, 384)).sum(0) % 2))[..., None].astype(np.uint8)
    made = occlusion_map(rgb, fine_detail, cells=6, overlap=0.0)
    drawn = made.pixels(257, 384)
    assert made.step == 64
    assert drawn[224, 192] > 0.95
    assert drawn[160, 192] < 0.1


def test_counterfactual_passes_and_changes_only_the_region(mask: np.ndarray) -> None:
    rgb = scene()
    before = fine_detail(rgb)
    made = counterfactual(rgb, mask, fine_detail, 0.3 * before)
    assert made.passed
    assert made.change is Change.SMOOTH
    assert made.before == before
    assert made.after == fine_detail(made.rgb) <= 0.3 * before
    far = cv2.dilate(mask.astype(np.uint8), np.ones((21, 21), np.uint8)) == 0
    assert np.array_equal(made.rgb[far], rgb[far])
    weaker = counterfactual(rgb, mask, fine_detail, 0.6 * before)
    assert weaker.passed
    assert weaker.strength <= made.strength


def test_the_best_is_returned_when_nothing_passes(mask: np.ndarray) -> None:
    made = counterfactual(scene(), mask, fine_detail, -1.0)
    assert not made.passed
    assert made.after < made.before


def test_wrong_arguments(mask: np.ndarray) -> None:
    with pytest.raises(ValueError, match="shape"):
        counterfactual(scene(), mask[:5], fine_detail, 0.0)
    with pytest.raises(ValueError, match="no pixel"):
        counterfactual(scene(), np.zeros_like(mask), fine_detail, 0.0)
    with pytest.raises(ValueError, match="overlap"):
        occlusion_map(scene(), fine_detail, overlap=1.0)
