"""The trained localizer at run time: tiles without seams, on the grid, whatever the size."""

import hashlib
import json
from importlib.resources import files

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from locard.exhibit import open_exhibit
from locard.methods import Status
from locard.methods.learned import localizer
from locard.methods.learned.localizer import Seen, divide, look, spans

Maps = tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]


class Mirror:
    """Stands in for a network: its heat map is the red channel, its trust the green one."""

    def __init__(self) -> None:
        self.tiles: list[tuple[int, ...]] = []
        self.contexts: list[int] = []

    def __call__(self, rgb: NDArray[np.uint8], context: NDArray[np.float32]) -> Maps:
        assert rgb.dtype == np.uint8
        assert rgb.flags.c_contiguous
        assert rgb.shape[1] % 32 == rgb.shape[2] % 32 == 0
        self.tiles.append(rgb.shape[1:3])
        self.contexts.append(context.shape[1])
        cells = rgb[0].reshape(rgb.shape[1] // 4, 4, rgb.shape[2] // 4, 4, 3).mean((1, 3)) / 255
        maps = cells.astype(np.float32).transpose(2, 0, 1)[:, None, None]
        tokens = np.full((1, rgb.shape[1] // 32, 2), rgb.mean(), np.float32)
        return maps[0], maps[1], np.array([rgb.max()], np.float32), tokens


def gradient(height: int, width: int) -> NDArray[np.uint8]:
    ys, xs = np.mgrid[0:height, 0:width]
    red, green = 255 * ys / height, 255 * xs / width
    return np.stack([red, green, 0 * ys], 2).astype(np.uint8)


@pytest.mark.parametrize(
    "size",
    [(128, 128), (131, 250), (1024, 1024), (1025, 300), (1500, 2100), (430, 3000)],
)
def test_tiles_cover_the_picture_without_seams(size: tuple[int, int]) -> None:
    rgb = gradient(*size)
    seen = look(rgb, Mirror(), 2, glance=False)
    cells = (-(-size[0] // 4), -(-size[1] // 4))
    assert seen.heat.shape == seen.trust.shape == cells
    for found, channel in ((seen.heat, 0), (seen.trust, 1)):
        whole = rgb[: size[0] // 4 * 4, : size[1] // 4 * 4, channel]
        expected = whole.reshape(size[0] // 4, 4, size[1] // 4, 4).mean((1, 3)) / 255
        assert np.allclose(found[: size[0] // 4, : size[1] // 4], expected, atol=1e-5)
    down, across = divide(*size)
    area = down.length * across.length
    assert seen.integrity == pytest.approx(rgb.max() - np.log(area / 256**2))


@pytest.mark.parametrize("side", [32, 100, 1024, 1025, 1989, 4000, 8000, 10_001])
def test_spans_cover_a_side_on_the_block_grid(side: int) -> None:
    span = spans(side)
    assert span.length % 32 == 0
    assert span.length <= 1024
    assert span.starts[0] == 0
    assert all(start % 8 == 0 for start in span.starts)
    assert side <= span.starts[-1] + span.length < side + 40
    for a, b in zip(span.starts, span.starts[1:], strict=False):
        assert 0 < b - a <= span.length - 48


@pytest.mark.parametrize(
    ("size", "pieces"),
    [((866, 1155), 1), ((1280, 960), 1), ((128, 9000), 1), ((1280, 1000), 2), ((130, 9999), 11)],
)
def test_a_picture_of_little_more_than_a_megapixel_stays_whole(
    size: tuple[int, int], pieces: int
) -> None:
    down, across = divide(*size)
    assert len(down.starts) * len(across.starts) == pieces


def test_tiles_know_the_rest_of_the_picture() -> None:
    small, large, huge = Mirror(), Mirror(), Mirror()
    look(gradient(1024, 900), small, 2, glance=False)
    assert small.contexts == [0]
    look(gradient(1100, 1900), large, 2, glance=False)
    windows = [tile for tile in large.tiles if tile == (256, 256)]
    assert 4 <= len(windows) <= 8
    tiles = [many for tile, many in zip(large.tiles, large.contexts, strict=True) if many]
    assert tiles == [8 * len(windows)] * 4
    look(gradient(140, 9000), huge, 2, glance=False)
    assert set(huge.contexts[8:]) == {64}
    # What a tile costs does not grow with the picture.
    assert max(h * w for h, w in large.tiles + huge.tiles) <= 1024 * 1024


def test_a_larger_picture_is_glanced_at_shrunk() -> None:
    rgb = np.full((1200, 1600, 3), 128, np.uint8)
    rgb[:, :800, 0] = 204
    network = Mirror()

    def unlike(picture: NDArray[np.uint8], context: NDArray[np.float32]) -> Maps:
        """Red is found in the shrunk picture; at full size nothing is."""
        heat, trust, edited, tokens = network(picture, context)
        if picture.shape[1:3] != (448, 608):
            heat = np.full_like(heat, 0.5)
        return heat, trust, edited, tokens

    seen, closely = look(rgb, unlike, 2), look(rgb, unlike, 2, glance=False)
    assert network.tiles.count((448, 608)) == 1
    assert np.allclose(closely.heat, 0.5)
    left = 1 / (1 + (0.2 / 0.8) ** 0.3)
    assert np.allclose(seen.heat[:, :180], left, atol=0.01)
    assert np.allclose(seen.heat[:, 220:], 0.5, atol=0.01)
    assert seen.heat.dtype == np.float32
    assert np.array_equal(seen.trust, closely.trust)
    assert seen.integrity == closely.integrity
    assert seen.score == closely.score


def test_a_smaller_picture_is_looked_at_once() -> None:
    network = Mirror()
    look(gradient(700, 700), network, 2)
    assert network.tiles == [(704, 704)]


def test_the_score_is_of_the_hottest_cells_and_the_integrity() -> None:
    heat = np.full((100, 100), 0.1, np.float32)
    cold = Seen(heat, heat, -2.0)
    assert cold.score == pytest.approx(np.log(1 / 9) - 1)
    heat = heat.copy()
    heat[:10, :10] = 0.9
    assert Seen(heat, heat, -2.0).score == pytest.approx(np.log(9) - 1)
    assert Seen(heat, heat, 2.0).score == pytest.approx(np.log(9) + 1)
    assert np.isfinite(Seen(np.ones((5, 5), np.float32), heat, 0.0).score)


def test_the_finding_holds_maps_score_and_facts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(localizer, "_shipped", lambda: (Mirror(), 2))
    rgb = gradient(200, 300)
    (found,) = localizer.examine.examine(open_exhibit(rgb))
    assert found.status is Status.INFERRED
    assert found.score == pytest.approx(look(rgb, Mirror(), 2).score, abs=1e-3)
    assert found.heatmap is not None
    assert found.reliability is not None
    drawn = found.heatmap.pixels(200, 300)
    assert np.allclose(drawn[4:-8, 150], rgb[4:-8, 150, 0] / 255, atol=0.01)
    assert found.facts["marked_share"] == pytest.approx(0.5, abs=0.02)
    assert "50" in found.says


def test_the_shipped_network_finds_what_is_unlike_the_rest() -> None:
    """Noise of a sensor all over, but for a square that was smoothed."""
    rng = np.random.default_rng(0)
    base = cv2.resize(rng.integers(60, 200, (12, 12, 3), dtype=np.uint8), (384, 384))
    photo = np.clip(base + rng.normal(0, 4, base.shape), 0, 255).astype(np.uint8)
    edited = photo.copy()
    edited[128:256, 128:256] = cv2.GaussianBlur(photo, (0, 0), 1.5)[128:256, 128:256]
    (found,) = localizer.examine.examine(open_exhibit(edited))
    (before,) = localizer.examine.examine(open_exhibit(photo))
    assert found.heatmap is not None
    heat = found.heatmap.pixels(384, 384)
    inside = np.zeros((384, 384), bool)
    inside[136:248, 136:248] = True
    outside = np.ones((384, 384), bool)
    outside[120:264, 120:264] = False
    assert heat[inside].mean() > 0.5 > 0.3 > heat[outside].mean()
    assert found.score is not None
    assert before.score is not None
    assert found.score > before.score + 1


def test_the_card_belongs_to_the_network() -> None:
    assets = files("locard.assets")
    card = json.loads((assets / "trace-net.json").read_text(encoding="utf-8"))
    digest = hashlib.sha256((assets / "trace-net.onnx").read_bytes()).hexdigest()
    assert card["sha256"] == digest
    assert card["parity"] < 1e-3
    assert card["known_failures"]
