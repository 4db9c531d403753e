import cv2
import numpy as np
import pytest

from conftest import jpeg_bytes, synthetic_photo
from locard.exhibit import open_exhibit
from locard.methods.contract import Status
from locard.methods.pixel.copy_move import copy_move, find_pairs, working_scale

THRESHOLD = 3.0


def textured_photo(seed=0, height=512, width=512):
    """A synthetic photo with foliage-like detail at all scales, as most real photos have."""
    rng = np.random.default_rng(seed + 100)
    detail = np.zeros((height, width), np.float32)
    for sigma, gain in ((1.2, 30), (2.5, 60), (6, 120)):
        detail += gain * cv2.GaussianBlur(
            rng.standard_normal((height, width)).astype(np.float32), (0, 0), sigma
        )
    photo = synthetic_photo(height, width, seed).astype(np.float32) + detail[..., None]
    return np.clip(photo, 0, 255).astype(np.uint8)


def forge(photo, angle=0.0, scale=1.0, radius=55, shift=(230, 190)):
    """Copy a disc around (140, 150) elsewhere; returns the picture and the mask of both discs."""
    height, width = photo.shape[:2]
    source = np.zeros((height, width), np.uint8)
    cv2.circle(source, (140, 150), radius, 1, -1)
    matrix = cv2.getRotationMatrix2D((140.0, 150.0), angle, scale)
    matrix[:, 2] += shift
    target = cv2.warpAffine(source, matrix, (width, height), flags=cv2.INTER_NEAREST)
    moved = cv2.warpAffine(photo, matrix, (width, height), flags=cv2.INTER_CUBIC)
    forged = np.where(target[..., None] > 0, moved, photo)
    return forged, (source | target).astype(bool)


def iou(heat, mask):
    found = heat >= 0.5
    return (found & mask).sum() / (found | mask).sum()


@pytest.mark.parametrize(
    ("angle", "scale", "quality"),
    [(0, 1.0, 75), (0, 1.0, 95), (35, 1.0, 90), (-120, 1.0, 85), (0, 1.25, 90), (20, 0.8, 92)],
)
def test_finds_a_copied_disc(angle, scale, quality):
    forged, mask = forge(textured_photo(), angle, scale)
    finding = copy_move.examine(open_exhibit(jpeg_bytes(forged, quality)))[0]
    assert finding.score > THRESHOLD
    assert iou(finding.heatmap.pixels(512, 512), mask) > 0.7
    assert finding.facts["pairs"] >= 1
    # Either direction: the source may be reported as the copy.
    turn = abs(finding.facts["pair1_rotation_deg"])
    assert turn == pytest.approx(abs(angle), abs=2)
    assert finding.facts["pair1_scale"] == pytest.approx(scale, rel=0.05) or finding.facts[
        "pair1_scale"
    ] == pytest.approx(1 / scale, rel=0.05)


@pytest.mark.parametrize(("angle", "scale"), [(90, 1.0), (180, 1.0), (47, 1.0), (-20, 1.3)])
def test_aligns_a_turned_copy_to_a_fraction_of_a_pixel(angle, scale):
    forged, _ = forge(textured_photo(2, 480, 640), angle, scale, radius=45)
    pair = find_pairs(open_exhibit(forged).luma)[0]
    true = cv2.getRotationMatrix2D((140.0, 150.0), angle, scale)
    true[:, 2] += (230, 190)
    found = pair.transform
    # Either direction: the copy may be taken for the source.
    if np.hypot(*(found @ (140, 150, 1) - true @ (140, 150, 1))) > 40:
        found = cv2.invertAffineTransform(found)
    rim = np.array([(140 + 40 * np.cos(t), 150 + 40 * np.sin(t), 1) for t in range(7)])
    assert np.hypot(*(rim @ (found - true).T).T).max() < 0.15


def test_finds_a_brightened_and_blurred_copy():
    photo = textured_photo(3)
    forged, mask = forge(photo)
    target = mask.copy()
    target[:, :250] = False
    changed = cv2.GaussianBlur(forged, (0, 0), 0.6).astype(np.float32) * 1.08 + 6
    forged = np.where(target[..., None], np.clip(changed, 0, 255).astype(np.uint8), forged)
    finding = copy_move.examine(open_exhibit(jpeg_bytes(forged, 92)))[0]
    assert finding.score > THRESHOLD


def test_finds_a_shifted_smooth_area_by_dense_votes():
    forged, mask = forge(synthetic_photo(seed=5), radius=45)
    finding = copy_move.examine(open_exhibit(forged))[0]
    assert finding.score > THRESHOLD
    assert iou(finding.heatmap.pixels(512, 512), mask) > 0.6


def test_works_on_a_reduced_copy_of_large_pictures():
    photo = textured_photo(4, 1200, 1600)
    forged, mask = forge(photo, radius=110, shift=(800, 500))
    exhibit = open_exhibit(jpeg_bytes(forged, 90))
    assert working_scale(1200, 1600) < 1
    finding = copy_move.examine(exhibit)[0]
    assert finding.score > THRESHOLD
    assert iou(finding.heatmap.pixels(1200, 1600), mask) > 0.7
    sx, sy = finding.facts["pair1_shift_px"]
    assert abs(sx) == pytest.approx(800, abs=4)
    assert abs(sy) == pytest.approx(500, abs=4)


@pytest.mark.parametrize("seed", range(3))
def test_leaves_photos_alone(seed):
    maker = textured_photo if seed % 2 else synthetic_photo
    finding = copy_move.examine(open_exhibit(jpeg_bytes(maker(seed=seed), 90)))[0]
    assert finding.status is Status.DERIVED
    assert finding.score < THRESHOLD
    assert (finding.heatmap.values >= 0.5).sum() == 0


def test_leaves_repeated_windows_alone():
    facade = synthetic_photo(seed=7).astype(np.float32)
    for y in range(40, 460, 70):
        for x in range(40, 460, 60):
            cv2.rectangle(facade, (x, y), (x + 30, y + 40), (50, 60, 70), -1)
            cv2.rectangle(facade, (x, y), (x + 30, y + 40), (200, 200, 190), 2)
            cv2.line(facade, (x + 15, y), (x + 15, y + 40), (200, 200, 190), 2)
    facade = cv2.GaussianBlur(facade, (0, 0), 0.8)
    facade += np.random.default_rng(0).normal(0, 3, facade.shape)
    exhibit = open_exhibit(jpeg_bytes(np.clip(facade, 0, 255).astype(np.uint8), 90))
    assert copy_move.examine(exhibit)[0].score < THRESHOLD


@pytest.mark.parametrize(
    "picture",
    [
        np.zeros((300, 300, 3), np.uint8),
        np.full((300, 300), 128, np.uint8),
        np.zeros((40, 40, 3), np.uint8),
        np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8),
        np.random.default_rng(0).integers(0, 256, (64, 1024), dtype=np.uint8),
        np.tile(np.arange(256, dtype=np.uint8), (200, 2)),
        np.tile(np.indices((8, 8)).sum(axis=0).astype(np.uint8) % 2 * 255, (32, 32)),
    ],
    ids=["black", "grey", "tiny", "noise", "panorama", "ramp", "checkerboard"],
)
def test_strange_exhibits(picture):
    finding = copy_move.examine(open_exhibit(picture))[0]
    if finding.status is Status.NOT_APPLICABLE:
        assert finding.reason
    else:
        assert 0 <= finding.score <= 10
        assert np.isfinite(finding.heatmap.values).all()


def test_is_deterministic():
    exhibit = jpeg_bytes(forge(textured_photo(9), 15)[0], 80)
    scores = {copy_move.examine(open_exhibit(exhibit))[0].score for _ in range(2)}
    assert len(scores) == 1
