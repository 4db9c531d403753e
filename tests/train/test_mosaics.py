"""Mosaics: drawn by number, from photos that are not held out, with pasts that are true."""

import hashlib
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

torch = pytest.importorskip("torch", reason="needs the extra train")

from locard.bench.datasets import DatasetError  # noqa: E402
from locard.degrade.delivery import recompress  # noqa: E402
from locard.train.config import PhaseConfig  # noqa: E402
from locard.train.crops import held_out, mirror_edges  # noqa: E402
from locard.train.mosaics import (  # noqa: E402
    MosaicSampler,
    Past,
    _fill,
    _Scene,
    _Source,
    draw_mask,
    draw_past,
    follow_content,
    list_photos,
    list_versions,
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("photos")
    rng = np.random.default_rng(3)
    for i in range(8):
        coarse = rng.integers(0, 256, (12, 16, 3), dtype=np.uint8)
        photo = cv2.resize(coarse, (320, 240), interpolation=cv2.INTER_CUBIC)
        noise = rng.normal(0, 3, photo.shape)
        cv2.imwrite(str(root / f"{i}.png"), np.clip(photo + noise, 0, 255).astype(np.uint8))
    return root


def test_held_out_photos_are_left_out(folder: Path) -> None:
    kept = list_photos([folder], 0.5)
    assert 0 < len(kept) < 8
    digests = [hashlib.sha256(p.read_bytes()).hexdigest() for p in kept]
    assert not any(held_out(digest[:16], 0.5) for digest in digests)
    with pytest.raises(DatasetError, match="holds no photos"):
        list_photos([folder / "none"], 0.5)


@pytest.mark.parametrize("wide", [0.0, 1.0])
def test_mosaics_depend_on_their_number_alone(folder: Path, wide: float) -> None:
    photos = list_photos([folder], 0)
    first = MosaicSampler(photos, 64, 2, 5, wide=wide)
    first.draw(1)
    for number in (4, 9):
        a, b = first.draw(number), MosaicSampler(photos, 64, 2, 5, wide=wide).draw(number)
        for name in ("rgb", "mask", "edited", "together", "history"):
            assert np.array_equal(getattr(a, name), getattr(b, name), equal_nan=True)
    assert not np.array_equal(first.draw(4).rgb, first.draw(9).rgb)


def test_pasts_differ_where_the_mask_is(folder: Path) -> None:
    sampler = MosaicSampler(list_photos([folder], 0), 64, 2, 0)
    edited = authentic = 0
    for number in range(40):
        batch = sampler.draw(number)
        for mask, history, label in zip(batch.mask, batch.history, batch.edited, strict=True):
            spread = np.ptp(history.reshape(len(history), -1), axis=1).max()
            if label == 1:
                edited += 1
                assert mask.mean() > 0.002
            if label == 0:
                authentic += 1
                assert mask.max() == 0
                assert spread == 0
    assert edited > 30
    assert authentic > 10


def test_masks_follow_the_outline_of_a_thing() -> None:
    rng = np.random.default_rng(0)
    scene = np.full((256, 256, 3), 90, np.uint8)
    thing = np.zeros((256, 256), np.uint8)
    cv2.circle(thing, (120, 140), 50, 1, -1)
    scene[thing > 0] = (200, 60, 40)
    scene = np.clip(scene + rng.normal(0, 3, scene.shape), 0, 255).astype(np.uint8)
    found = [follow_content(scene, np.random.default_rng(i)) for i in range(60)]
    masks = [mask for mask in found if mask is not None]
    # What is around the thing is larger than an edit may be.
    assert 3 < len(masks) < 40
    for mask in masks:
        assert mask.shape == thing.shape
        both, either = (mask & thing).sum(), (mask | thing).sum()
        assert both / either > 0.9
    drawn = [draw_mask(256, np.random.default_rng(i), scene) for i in range(200)]
    hard = [(mask > 0.5).astype(np.uint8) for mask in drawn]
    assert any((m & thing).sum() > 0.9 * (m | thing).sum() for m in hard)
    assert follow_content(np.full((64, 64, 3), 7, np.uint8), rng) is None


def test_versions_by_networks_are_pasted_in_place(folder: Path, tmp_path: Path) -> None:
    for name in ("ab", "cd"):
        (tmp_path / name).mkdir()
        photo = cv2.imread(str(folder / "0.png"))
        assert photo is not None
        cv2.imwrite(str(tmp_path / name / "photo.png"), photo)
        cv2.imwrite(str(tmp_path / name / "net.png"), np.full_like(photo, 7))
    versions = list_versions([tmp_path], 0)
    assert [v.photo.parent.name for v in versions] == ["ab", "cd"]
    assert len(list_versions([tmp_path], 1)) == 0
    sampler = MosaicSampler(list_photos([folder], 0), 64, 1, 0, versions)
    found = []
    for number in range(60):
        batch = sampler.draw(number)
        inside = batch.rgb[0][::4, ::4][batch.mask[0, 0] > 0.99]
        if len(inside) and np.abs(inside.astype(int) - 7).mean() < 30:
            found.append(number)
    assert 3 < len(found) < 25
    large = MosaicSampler(list_photos([folder], 0), 128, 1, 0, versions)
    assert all(large.draw(number).rgb.shape == (1, 128, 128, 3) for number in range(30))
    with pytest.raises(DatasetError, match="beside versions"):
        list_versions([folder], 0)


def test_an_edit_of_a_wide_mosaic_may_fill_a_crop(folder: Path) -> None:
    photos = list_photos([folder], 0)

    def shares(wide: float) -> tuple[list[float], list[bool]]:
        sampler = MosaicSampler(photos, 32, 4, 1, wide=wide)
        drawn = [sampler.draw(number) for number in range(60)]
        masks = np.concatenate([b.mask for b in drawn]).mean((1, 2, 3))
        return masks.tolist(), np.concatenate([b.together for b in drawn]).tolist()

    narrow, _ = shares(0.0)
    assert not any(share > 0.99 for share in narrow)
    found, together = shares(1.0)
    filled, empty = (np.array(found) > 0.97).sum(), (np.array(found) == 0).sum()
    assert 10 <= filled <= 80
    assert empty >= 20
    # The first crop of a group shows a part of the edit.
    assert np.mean([0.01 < share < 0.75 for share in found[::4]]) > 0.8
    # What fills a crop can be told only beside the others.
    assert all(together)


def scene_of(mask: NDArray[np.float32], photo: NDArray[np.uint8]) -> _Scene:
    return _Scene(mask, 0.0, _Source(photo, Past(), same_place=True), np.zeros(3, np.float32))


@pytest.mark.parametrize("scale", [1.0, 1.6, 0.7])
def test_the_mask_of_a_wide_mosaic_lies_where_the_past_puts_it(scale: float) -> None:
    """A photo that is not square and shows its own mask."""
    mask = np.zeros((256, 256), np.float32)
    cv2.ellipse(mask, (90, 150), (60, 30), 20, 0, 360, 1.0, -1)
    shown = cv2.resize(mask, (640, 400), interpolation=cv2.INTER_LINEAR) > 0.5
    photo = np.dstack([shown.astype(np.uint8) * 255] * 3)
    scene, past = scene_of(mask, photo), Past(scale=scale)
    needed, rng = past.source_side(96), np.random.default_rng(0)
    for _ in range(20):
        at = scene.place(photo, needed, (0.1, 0.9), rng)
        made = past.make(photo[at], 96, rng)[..., 0] > 127
        assert np.mean(made != (scene.mask_at(at, photo, 96) > 0.5)) < 0.01


@pytest.mark.parametrize("part", [(0.02, 0.7), (0.98, 1.0)])
def test_a_crop_is_placed_where_the_edit_fills_such_a_part(part: tuple[float, float]) -> None:
    mask = np.zeros((256, 256), np.float32)
    mask[40:200, 20:100] = 1
    photo = np.zeros((500, 800, 3), np.uint8)
    scene, rng = scene_of(mask, photo), np.random.default_rng(0)
    for _ in range(30):
        at = scene.place(photo, 104, part, rng)
        assert all(window.start % 8 == 0 for window in at)
        assert all(w.start >= 0 and w.stop <= n for w, n in zip(at, photo.shape, strict=False))
        # The grid of 8 pixels moves it by less than a tenth of its side.
        assert part[0] - 0.15 <= scene.mask_at(at, photo, 96).mean() <= part[1] + 0.15


def test_a_wide_mosaic_is_edited_where_its_mask_is(tmp_path: Path) -> None:
    rng = np.random.default_rng(2)
    for i, grey in enumerate((40, 200)):
        photo = rng.integers(grey - 20, grey + 20, (400, 400, 3), dtype=np.uint8)
        cv2.imwrite(str(tmp_path / f"{i}.png"), photo)
    sampler = MosaicSampler(list_photos([tmp_path], 0), 64, 2, 0, wide=1.0)
    told = 0
    for number in range(60):
        batch = sampler.draw(number)
        light = batch.rgb.mean(-1)
        for plane, mask in zip(light, batch.mask[:, 0], strict=True):
            cells = cv2.resize(plane, mask.shape, interpolation=cv2.INTER_AREA)
            inside, outside = cells[mask > 0.99], cells[mask < 0.01]
            # Where the other photo was pasted; of the same one the brightness stays.
            if len(inside) > 20 and len(outside) > 20 and abs(inside.mean() - outside.mean()) > 60:
                told += 1
                assert inside.std() < 30
                assert outside.std() < 30
    assert told > 2


@pytest.mark.parametrize("settings", [{"group": 1, "mosaics": 0.5}, {"mosaics": 0.0}])
def test_a_wide_mosaic_needs_crops_to_compare(settings: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="wide needs mosaics"):
        PhaseConfig(crops=16, wide=0.5, **settings)


def test_what_did_not_change_does_not_count(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "white.png"), np.full((300, 300, 3), 255, np.uint8))
    sampler = MosaicSampler(list_photos([tmp_path], 0), 64, 1, 0)
    batches = [sampler.draw(number) for number in range(30)]
    unsure = [b for b in batches if b.sure.min() == 0]
    assert len(unsure) > 5
    for batch in unsure:
        assert np.all(batch.mask[batch.sure == 0] > 0)
        assert batch.edited[0] != 0


def test_mirrored_ends_do_not_count(folder: Path) -> None:
    sampler = MosaicSampler(list_photos([folder], 0), 64, 2, 0)
    changed = 0
    for number in range(40):
        before, batch = sampler.draw(number), sampler.draw(number)
        mirror_edges(batch, np.random.default_rng(number))
        differs = (before.rgb != batch.rgb).any(axis=(0, 3))
        if not differs.any():
            assert np.array_equal(before.sure, batch.sure)
            continue
        changed += 1
        # Where a cell still counts, some of its pixels are as they were.
        cells = differs.reshape(16, 4, 16, 4).all(axis=(1, 3))
        assert (batch.sure[:, :, cells] == 0).all()
        assert np.isnan(batch.history[:, :, -1, -1]).all() or not differs[-1, -1]
        rows = int(differs[:, :8].any(axis=1).sum())
        if rows:
            kept = 64 - rows
            assert np.array_equal(batch.rgb[:, kept, :8], batch.rgb[:, kept - 1, :8])
    assert 2 <= changed <= 20


def test_too_small_photos_are_said(folder: Path) -> None:
    with pytest.raises(DatasetError, match="no mosaic of 512 pixels"):
        MosaicSampler(list_photos([folder], 0), 512, 2, 0).draw(0)


@pytest.mark.parametrize(
    "past",
    [
        Past(),
        Past(scale=0.6),
        Past(scale=1.2, angle=-17),
        Past(scale=1.7, quality=70, offset=(3, 5)),
        Past(blur=1.2, noise=2),
        Past(blur=-0.8, median=True, quality=55),
    ],
)
def test_a_past_keeps_the_side(past: Past) -> None:
    rng = np.random.default_rng(0)
    side = past.source_side(64)
    window = rng.integers(0, 256, (side, side, 3), dtype=np.uint8)
    made = past.make(window, 64, rng)
    assert made.shape == (64, 64, 3)
    assert np.array_equal(made, window[8:72, 8:72]) == (past == Past())


def test_the_block_grid_of_a_past_is_displaced() -> None:
    rng = np.random.default_rng(1)
    window = rng.integers(0, 256, (72, 72, 3), dtype=np.uint8)
    for top, left in ((0, 0), (3, 5), (7, 1)):
        made = Past(quality=60, offset=(top, left), subsampled=False).make(window, 64, rng)
        changes = []
        for row in range(8):
            # Blocks of `made` begin at row -top: compressed on the same grid, little changes.
            part = np.ascontiguousarray(made[row : row + 56, -left % 8 :][:, :56])
            data = np.frombuffer(recompress(part, 60, subsampled=False), np.uint8)
            again = cv2.cvtColor(cv2.imdecode(data, cv2.IMREAD_COLOR), cv2.COLOR_BGR2RGB)
            changes.append(np.abs(again.astype(int) - part).mean())
        assert int(np.argmin(changes)) == -top % 8


def test_what_is_moved_takes_the_grid_of_its_photo_along() -> None:
    rng = np.random.default_rng(1)
    window = rng.integers(0, 256, (72, 72, 3), dtype=np.uint8)
    for offset in ((0, 3), (5, 0), (7, 1)):
        past = Past(offset=offset)
        top, left = offset[0] or 8, offset[1] or 8
        np.testing.assert_array_equal(
            past.make(window, 64, rng), window[top : top + 64, left : left + 64]
        )
        assert past.figures[5] == 1
    # What was resampled has no grid left, what was compressed anew has that of its JPEG.
    assert Past(offset=(3, 5), scale=0.7).figures[5] == 0
    assert Past(offset=(3, 5), scale=0.7, quality=80).figures[5] == 1


def test_half_of_what_is_pasted_as_it_is_lies_off_the_grid(folder: Path) -> None:
    sampler = MosaicSampler(list_photos([folder], 0), 64, 2, 0)
    photo = np.zeros((400, 400, 3), np.uint8)
    photo[..., 0], photo[..., 1] = np.indices((400, 400)) % 8
    at = (slice(0, 72), slice(0, 72))
    seen = set()
    for seed in range(600):
        rng = np.random.default_rng(seed)
        source = sampler._draw_source(photo, Past(), 64, rng)
        past, made = source.past, source.take(at, 64, rng)
        untouched = replace(past, offset=(0, 0)) == Past()
        if untouched and made[0, :, 0].max() == made[0, :, 0].min() and made[..., 2].max() == 0:
            seen.add((int(made[0, 0, 0]), int(made[0, 0, 1])))
            assert past.figures[5] == float(past.offset != (0, 0))
    assert len(seen) > 8


def test_masks_are_neither_empty_nor_whole_as_a_rule() -> None:
    rng = np.random.default_rng(2)
    shares = np.array([draw_mask(128, rng).mean() for _ in range(200)])
    assert np.mean(shares > 0.01) > 0.9
    assert np.mean(shares < 0.55) > 0.9


def test_pasts_vary() -> None:
    rng = np.random.default_rng(4)
    pasts = [draw_past(rng, pasted=True) for _ in range(100)]
    figures = np.array([p.figures for p in pasts])
    assert np.all(figures.std(0) > 0.05)
    plain = [p for p in pasts if replace(p, offset=(0, 0)) == Past()]
    assert 10 < len(plain) < 45
    assert 0.6 < np.mean([p.offset != (0, 0) for p in plain]) < 0.95


def test_a_clone_brings_the_block_grid_it_had() -> None:
    """Moved by no multiple of 8 pixels, what was compressed lies on another grid."""
    y, x = np.indices((256, 256), np.uint8)
    rgb = np.dstack([y, x, np.zeros_like(x)])
    mask = np.zeros((256, 256), np.float32)
    mask[100:140, 100:140] = 1.0
    offsets = set()
    for seed in range(60):
        filled, _, past = _fill(rgb, mask, Past(quality=60), np.random.default_rng(seed))
        # In-painting and smearing leave no JPEG.
        if past.quality:
            move = 120 - int(filled[120, 120, 0]), 120 - int(filled[120, 120, 1])
            assert past.offset == (-move[0] % 8, -move[1] % 8)
            assert past.figures[5] == float(past.offset != (0, 0))
            offsets.add(past.offset)
    assert len(offsets) > 5
