"""Cues of synthesis and the heads on them: windows, maps, what smooth colour does."""

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from locard.degrade import recompress
from locard.exhibit import open_exhibit
from locard.methods import Status
from locard.methods.learned import synthesis
from locard.methods.learned.synthesis import Fade, Head, look
from locard.methods.learned.synthesis_cues import _classes, measure

RGB = NDArray[np.uint8]


def photo(height: int, width: int, seed: int = 0) -> RGB:
    """Something with content at all scales, and noise in every colour."""
    rng = np.random.default_rng(seed)
    made = np.full((height, width, 3), 128.0)
    for scale in (4, 16, 64):
        small = rng.normal(0, 25, (height // scale + 2, width // scale + 2, 3)).astype(np.float32)
        made += cv2.resize(small, (width, height), interpolation=cv2.INTER_CUBIC)
    return np.clip(made + rng.normal(0, 6, made.shape), 0, 255).astype(np.uint8)


def smooth_colour(rgb: RGB) -> RGB:
    """The same picture with colour differences as smooth as a decoder draws them."""
    ycc = cv2.cvtColor(rgb, cv2.COLOR_RGB2YCrCb)
    ycc[..., 1:] = cv2.GaussianBlur(ycc[..., 1:], (0, 0), 4)
    return np.asarray(cv2.cvtColor(ycc, cv2.COLOR_YCrCb2RGB))


def test_triples_fall_into_symmetric_classes() -> None:
    table, many = _classes()
    assert many == 39
    cube = table.reshape(5, 5, 5)
    assert np.array_equal(cube, cube.transpose(2, 1, 0))
    assert np.array_equal(cube, cube[::-1, ::-1, ::-1])


@pytest.mark.parametrize(
    ("size", "windows"),
    [((128, 128), (1, 1)), ((256, 300), (1, 1)), ((320, 512), (2, 5)), ((150, 700), (1, 7))],
)
def test_windows_overlap_and_cover_the_picture(
    size: tuple[int, int], windows: tuple[int, int]
) -> None:
    cues = measure(photo(*size))
    assert cues.shape == windows
    assert all(v.shape[:2] == windows and np.isfinite(v).all() for v in cues.values.values())


def test_counts_are_shares() -> None:
    found = measure(photo(320, 320)).values["red-half"]
    assert np.allclose((found.reshape(2, 2, 6, 39) ** 2).sum(axis=3), 1, atol=1e-4)


def test_a_window_is_what_its_crop_would_give() -> None:
    rgb = photo(448, 384)
    whole = measure(rgb).values
    crop = measure(np.ascontiguousarray(rgb[128:384, 64:320])).values
    for cue, values in crop.items():
        assert np.abs(whole[cue][2, 1] - values[0, 0]).max() < 0.05, cue


def test_heads_are_read_as_they_are_written() -> None:
    rng = np.random.default_rng(1)
    head = Head(rng.normal(size=40).astype(np.float32), 0.3)
    again = Head.from_json(head.to_json())
    values = rng.normal(size=(5, 40)).astype(np.float32)
    assert np.allclose(head(values), again(values), atol=1e-3)


def test_the_score_is_the_mean_of_windows_and_heads() -> None:
    rgb = photo(320, 320)
    ones = {
        cue: Head(np.zeros(v.shape[2], np.float32), 2.0) for cue, v in measure(rgb).values.items()
    }
    seen = look(rgb, ones)
    assert seen.windows.shape == (2, 2)
    assert seen.score == pytest.approx(2.0)


def test_colour_as_smooth_as_a_decoder_draws_it_raises_the_score() -> None:
    heads = synthesis.shipped_heads()
    for seed in range(3):
        rgb = photo(320, 384, seed)
        assert look(smooth_colour(rgb), heads).score > look(rgb, heads).score


def test_the_finding_has_a_map_of_the_picture_and_says_its_share() -> None:
    (found,) = synthesis.examine.examine(open_exhibit(photo(320, 512)))
    assert found.status is Status.INFERRED
    assert found.heatmap is not None
    assert found.heatmap.pixels(320, 512).shape == (320, 512)
    assert found.facts["windows"] == 10
    assert found.score == pytest.approx(found.facts["mean_score"], abs=1e-3)
    assert f"{found.facts['marked_share']:.0%}" in found.says


FADE = Fade(middle=-0.2, jpeg_middle=0.3, jpeg_share=0.4)


@pytest.mark.parametrize(
    ("score", "quality", "noise", "expected"),
    [
        (1.5, 100, 0.0, 1.5),
        (1.5, 85, 0.6, 1.5),
        (0.3, 75, 0.0, -0.2),
        (1.3, 40, 0.0, -0.2 + 0.4),
        (1.05, 80, 0.0, -0.2 + 0.7),
        (1.5, 100, 0.9, -0.2 + 0.5 * 1.7),
        (-3.0, 100, 9.0, -0.2),
        (3.0, 20, 9.0, -0.2),
    ],
)
def test_a_score_fades_with_compression_and_noise(
    score: float, quality: float, noise: float, expected: float
) -> None:
    assert FADE(score, quality, noise) == pytest.approx(expected)


def test_the_noise_of_colours_is_measured() -> None:
    rng = np.random.default_rng(0)
    flat = np.full((300, 300, 3), 128.0)
    assert synthesis.colour_noise(flat.astype(np.uint8)) == 0
    for sigma in (4.0, 10.0):
        noisy = np.clip(np.rint(flat + rng.normal(0, sigma, flat.shape)), 0, 255).astype(np.uint8)
        # Of a sum of the three channels; four values, halved, make a diagonal difference.
        expected = sigma * np.linalg.norm([0.5, 0.418688, 0.081312])
        assert synthesis.colour_noise(noisy) == pytest.approx(expected, rel=0.03)
        assert synthesis.colour_noise(open_exhibit(recompress(noisy, 85)).rgb) < 0.5
        # Of a large picture some rows are looked at.
        large = np.tile(noisy, (6, 7, 1))
        assert synthesis.colour_noise(large) == pytest.approx(expected, rel=0.05)


def test_what_was_compressed_strongly_says_less() -> None:
    rgb = smooth_colour(photo(320, 320))
    fade = synthesis.shipped_fade()
    assert 0 <= fade.jpeg_share < 1
    for quality, share in ((95, 1.0), (40, fade.jpeg_share)):
        exhibit = open_exhibit(recompress(rgb, quality))
        assert synthesis.table_quality(exhibit) == quality
        (found,) = synthesis.examine.examine(exhibit)
        whole = look(exhibit.rgb, synthesis.shipped_heads()).score
        assert found.score == pytest.approx(fade(whole, quality, 0.0), abs=1e-3)
        assert found.facts["counted_share"] == pytest.approx(share, abs=0.005)
        assert ("count only" in found.says) == (share < 1)
    assert synthesis.table_quality(open_exhibit(rgb)) == 100


def test_grey_and_small_pictures_are_not_judged() -> None:
    grey = np.repeat(photo(200, 200)[..., :1], 3, axis=2)
    for rgb in (grey, photo(100, 300)):
        (found,) = synthesis.examine.examine(open_exhibit(rgb))
        assert found.status is Status.NOT_APPLICABLE
