from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from locard.exhibit.shown import shown_photo
from locard.report import Report, drawing


def oriented_jpeg(rgb: np.ndarray, orientation: int) -> bytes:
    exif = Image.Exif()
    exif[274] = orientation
    out = io.BytesIO()
    Image.fromarray(rgb).save(out, "JPEG", quality=95, exif=exif)
    return out.getvalue()


def corner_picture() -> np.ndarray:
    rgb = np.full((48, 96, 3), 128, np.uint8)
    rgb[:16, :16] = (250, 0, 0)
    return rgb


def test_saved_maps_lie_on_the_stored_grid(
    make_report: Callable[..., Report], tmp_path: Path
) -> None:
    rgb = np.random.default_rng(0).integers(0, 255, (160, 256, 3), dtype=np.uint8)
    report = make_report(oriented_jpeg(rgb, 6))
    drawing.save_maps(report, tmp_path)
    assert sorted(p.name for p in tmp_path.iterdir()) == [
        "heatmap.png", "made-copy-f2.png", "made-copy.png", "made-view.png", "mask.png",
        "reliability.png",
    ]  # fmt: skip
    for path in tmp_path.iterdir():
        read = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
        assert read is not None
        assert read.shape == (160, 256)
        assert read.dtype == np.uint8
    heat = cv2.imread(str(tmp_path / "heatmap.png"), cv2.IMREAD_UNCHANGED)
    mask = cv2.imread(str(tmp_path / "mask.png"), cv2.IMREAD_UNCHANGED)
    assert heat is not None
    assert mask is not None
    assert np.abs(heat / 255.0 - report.localization.heatmap).max() <= 0.503 / 255
    assert np.array_equal(mask > 0, report.localization.mask)
    assert mask.any()


@pytest.mark.parametrize(
    ("orientation", "corner"),
    [(1, (0, 0)), (3, (-1, -1)), (6, (0, -1)), (8, (-1, 0))],
)
def test_shown_photo_is_turned(
    make_report: Callable[..., Report], orientation: int, corner: tuple[int, int]
) -> None:
    report = make_report(oriented_jpeg(corner_picture(), orientation), findings=())
    shown = shown_photo(report.exhibit, drawing.PHOTO_SIDE)
    assert shown.shape[:2] == ((96, 48) if orientation >= 5 else (48, 96))
    assert drawing.shown_size(report.exhibit) == (shown.shape[1], shown.shape[0])
    red = shown[corner].astype(int)
    assert red[0] > 200
    assert red[1] < 60


def test_pictures_for_the_page_are_small(make_report: Callable[..., Report]) -> None:
    wide = np.random.default_rng(0).integers(0, 255, (100, 3000, 3), dtype=np.uint8)
    report = make_report(wide)
    assert shown_photo(report.exhibit, drawing.PHOTO_SIDE).shape == (47, 1400, 3)
    assert drawing.shown_map(report.exhibit, report.localization.heat).shape == (21, 640)


def layer(png: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGBA"))


def test_heat_layer_is_clear_where_nothing_is_and_brightens_with_strength() -> None:
    drawn = layer(drawing.heat_layer(np.linspace(0, 1, 200, dtype=np.float32)[None]))
    alpha = drawn[0, :, 3].astype(int)
    luma = drawn[0, :, :3].astype(int) @ np.array([299, 587, 114])
    assert (alpha[:14] == 0).all()
    assert (np.diff(alpha) >= 0).all()
    assert alpha[-1] > 180
    assert (np.diff(luma) >= 0).all()


def test_mask_and_reliability_layers() -> None:
    values = np.repeat(np.float32([[0.0, 0.4, 0.6, 1.0]]), 40, axis=0)
    mask = layer(drawing.mask_layer(values))
    assert (mask[0, :, 3] > 0).tolist() == [False, False, True, True]
    trust = layer(drawing.reliability_layer(values))
    assert (trust[:, 3, 3] == 0).all()
    assert len(np.unique(trust[:, 0, 0])) == 2, "hatched where it cannot be trusted"
    assert len(np.unique(trust[:, 2, 0])) == 1


def test_regions_are_outlined_on_the_turned_photo(make_report: Callable[..., Report]) -> None:
    rgb = np.random.default_rng(0).integers(0, 255, (240, 320, 3), dtype=np.uint8)
    drawn = {o: drawing.draw_regions(make_report(oriented_jpeg(rgb, o))) for o in (1, 6)}
    # The spot lies in the upper left of the stored grid: a quarter turn moves it to the right.
    for orientation, (low, high) in {1: (0.1, 0.4), 6: (0.6, 0.9)}.items():
        (region,) = drawn[orientation]
        width = 320 if orientation == 1 else 240
        assert region.number == 1
        assert low < (region.box[0] + region.box[2] / 2) / width < high
        assert region.outline.startswith("M")
        assert region.outline.endswith("Z")


def test_data_uri() -> None:
    assert drawing.data_uri(b"\xff\x00", "image/png") == "data:image/png;base64,/wA="


def test_the_printed_photo_is_plain_where_no_region_is_reported(
    report: Report, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_heat = drawing.draw_marked(report)
    without = replace(report, localization=replace(report.localization, regions=()))
    plain = drawing.draw_marked(without)
    monkeypatch.setattr(drawing, "heat_layer", lambda values: pytest.fail("heat was drawn"))
    assert drawing.draw_marked(without) == plain != with_heat
