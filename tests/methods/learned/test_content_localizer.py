"""The localizer with the frozen backbone: windows, their joining, and the finding."""

from __future__ import annotations

import hashlib
import json
from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from locard.exhibit import open_exhibit
from locard.methods import Status
from locard.methods.learned import content_localizer as content
from locard.methods.learned.backbone import SHA256, VARIABLE
from locard.methods.learned.localizer import Seen

Floats = NDArray[np.float32]


def brightness(rgb: NDArray[np.uint8]) -> list[Floats]:
    """Stands in for the backbone: a token is the brightness of its patch, in one block."""
    assert rgb.shape == (224, 224, 3)
    assert rgb.flags.c_contiguous
    patches = rgb.mean(2).reshape(14, 16, 14, 16).mean((1, 3)).reshape(196, 1)
    return [np.concatenate([np.zeros((1, 1)), patches / 255]).astype(np.float32)]


def brighter(
    tokens: Floats, reference: Floats, heat: Floats, trust: Floats
) -> tuple[Floats, Floats, Floats]:
    """Stands in for the head: what is brighter than the reference, beside the localizer's."""
    apart = (tokens[..., 0] - reference).reshape(-1, 14, 14).repeat(4, 1).repeat(4, 2)
    return 1 / (1 + np.exp(-(40 * (apart - 0.25) + heat))), 1 / (1 + np.exp(-trust)), tokens


def before(height: int, width: int, heat: float = 0.5) -> Seen:
    shape = -(-height // 4), -(-width // 4)
    return Seen(np.full(shape, heat, np.float32), np.full(shape, 0.75, np.float32), -1.5)


@pytest.mark.parametrize(
    "size", [(128, 128), (224, 224), (225, 1000), (640, 961), (2000, 3000), (130, 3001)]
)
def test_maps_have_the_localizers_size_and_hold_at_every_size(size: tuple[int, int]) -> None:
    rgb = np.full((*size, 3), 40, np.uint8)
    seen = content.look(rgb, before(*size), brightness, brighter, 1)
    assert seen.heat.shape == seen.trust.shape == (-(-size[0] // 4), -(-size[1] // 4))
    assert seen.heat.max() < 0.01
    assert np.allclose(seen.trust, 0.75, atol=1e-4)
    assert seen.integrity == -1.5


def test_what_differs_from_the_rest_of_the_picture_is_marked_where_it_is() -> None:
    rgb = np.full((700, 1100, 3), 40, np.uint8)
    rgb[304:464, 640:800] = 240
    seen = content.look(rgb, before(700, 1100), brightness, brighter, 1)
    assert seen.heat[80:112, 164:196].min() > 0.99
    outside = seen.heat.copy()
    outside[74:118, 158:202] = 0
    assert outside.max() < 0.01


def test_a_window_that_lies_inside_is_compared_with_the_rest() -> None:
    rgb = np.full((900, 1400, 3), 40, np.uint8)
    rgb[320:680, 480:960] = 240
    seen = content.look(rgb, before(900, 1400), brightness, brighter, 1)
    assert seen.heat[100:150, 150:210].min() > 0.99


def test_the_localizers_map_is_taken_in() -> None:
    rgb = np.full((448, 448, 3), 40, np.uint8)
    marked = before(448, 448)
    marked.heat[40:60, 40:60] = 1.0
    seen = content.look(rgb, marked, brightness, lambda t, r, h, s: brighter(t, r, 2 * h, s), 1)
    assert seen.heat[42:58, 42:58].min() > 0.9
    assert seen.heat[70:].max() < 0.01


def test_windows_cover_the_picture_and_large_ones_take_fewer() -> None:
    for height, width in ((224, 224), (232, 1000), (1200, 1600), (3000, 4000)):
        windows = content._windows(height, width)
        covered = np.zeros((height, width), bool)
        for window in windows:
            assert window.top % 8 == window.left % 8 == 0
            assert window.top + 224 <= height
            assert window.left + 224 <= width
            covered[window.top : window.top + 224, window.left : window.left + 224] = True
        assert covered.all()
    assert len(windows) <= 15 * 20


@pytest.mark.parametrize("size", [(2400, 3200), (224, 3000), (3000, 4000), (250, 250)])
def test_references_are_spread_over_both_sides(size: tuple[int, int]) -> None:
    windows = content._windows(*size)
    chosen = content._spread(windows, 12)
    assert 1 <= len(chosen) <= 12
    tops, lefts = {w.top for w in chosen}, {w.left for w in chosen}
    assert len(chosen) == len(tops) * len(lefts)
    assert {min(tops), max(lefts)} <= {0, max(w.left for w in windows)}


def test_of_a_huge_picture_the_hot_windows_are_looked_at_and_the_rest_stays(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(content, "_MOST", 12)
    rgb = np.full((1600, 2000, 3), 40, np.uint8)
    rgb[800:960, 1200:1400] = 240
    seen = before(1600, 2000, heat=0.2)
    seen.heat[210:230, 310:340] = 0.6
    looked = []

    def read(window: NDArray[np.uint8]) -> list[Floats]:
        looked.append(window)
        return brightness(window)

    found = content.look(rgb, seen, read, brighter, 1)
    assert len(looked) <= 24
    assert found.heat[212:228, 312:338].min() > 0.99
    assert (found.heat == np.float32(0.2)).mean() > 0.3


def test_log_odds_are_bounded() -> None:
    odds = content.log_odds(np.array([0.0, 0.5, 1.0], np.float32))
    assert odds.tolist() == [-7.0, 0.0, 7.0]


def test_without_the_backbone_it_does_not_apply(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    rgb = np.random.default_rng(0).integers(0, 256, (256, 256, 3), np.uint8)
    monkeypatch.setenv(VARIABLE, str(tmp_path / "missing.onnx"))
    (found,) = content.examine.examine(open_exhibit(rgb))
    assert found.status is Status.NOT_APPLICABLE
    assert "LOCARD_CLIP" in str(found.reason)
    other = tmp_path / "other.onnx"
    other.write_bytes(b"another network")
    monkeypatch.setenv(VARIABLE, str(other))
    (found,) = content.examine.examine(open_exhibit(rgb))
    assert "not the build" in str(found.reason)


def test_the_finding_has_the_shipped_heads_maps(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """With random tokens for the backbone's: the shipped head runs and gives probabilities."""
    file = tmp_path / "fake.onnx"
    file.touch()
    rng = np.random.default_rng(0)

    def read(rgb: NDArray[np.uint8]) -> list[Floats]:
        return [rng.normal(size=(197, 768)).astype(np.float32) for _ in content.BLOCKS]

    monkeypatch.setenv(VARIABLE, str(file))
    monkeypatch.setattr(content, "open_tokens", lambda file, blocks: read)
    rgb = rng.integers(0, 256, (300, 400, 3), np.uint8)
    (found,) = content.examine.examine(open_exhibit(rgb))
    assert found.status is Status.INFERRED
    assert found.heatmap is not None
    assert found.reliability is not None
    assert found.heatmap.values.shape == found.reliability.values.shape == (75, 100)
    assert np.ptp(found.heatmap.values) > 0
    assert np.isfinite(found.score)


def test_the_card_belongs_to_the_shipped_head_and_what_it_was_measured_beside() -> None:
    assets = files("locard.assets")
    card = json.loads((assets / "content-net.json").read_text("utf-8"))
    for name, key in (("content-net.onnx", "sha256"), ("trace-net.onnx", "measured_beside")):
        assert hashlib.sha256((assets / name).read_bytes()).hexdigest() == card[key]
    assert card["backbone"] == SHA256
