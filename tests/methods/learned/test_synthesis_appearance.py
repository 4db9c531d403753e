"""The small network and its heads: windows, the map, and what the card says of the file."""

import hashlib
import json
from importlib.resources import files

import numpy as np
import pytest
from numpy.typing import NDArray

from locard.exhibit import open_exhibit
from locard.methods import Finding, Status
from locard.methods.learned import synthesis_appearance as synthesis
from locard.methods.learned.synthesis import Head, read_heads
from locard.opinion import calibrate

HEADS = {synthesis.CUE: Head(np.array([8.0], np.float32), -4.0)}


def bright(rgb: NDArray[np.uint8]) -> dict[str, NDArray[np.float32]]:
    """Stands in for the network: its one number is the brightness of the window."""
    assert rgb.shape == (224, 224, 3)
    assert rgb.flags.c_contiguous
    return {synthesis.CUE: np.array([rgb.mean() / 255], np.float32)}


def noise(height: int, width: int) -> NDArray[np.uint8]:
    return np.random.default_rng(0).integers(0, 256, (height, width, 3), np.uint8)


def test_the_finding_counts_its_windows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(synthesis, "open_view", lambda: bright)
    monkeypatch.setattr(synthesis, "read_heads", lambda asset: HEADS)
    rgb = np.zeros((448, 900, 3), np.uint8)
    rgb[:, 450:] = (255, 220, 255)
    (found,) = synthesis.examine.examine(open_exhibit(rgb))
    assert found.status is Status.INFERRED
    assert found.heatmap is not None
    assert found.facts["windows"] == 8
    assert found.facts["marked_share"] == pytest.approx(0.5, abs=0.15)
    assert f"{found.facts['marked_share']:.0%}" in found.says


def test_the_network_is_the_one_of_its_card_and_the_heads_fit_it() -> None:
    assets = files("locard.assets")
    card = json.loads((assets / "appearance-net.json").read_text("utf-8"))
    data = (assets / "appearance-net.onnx").read_bytes()
    assert hashlib.sha256(data).hexdigest() == card["sha256"]
    heads_card = json.loads((assets / synthesis.HEADS).read_text("utf-8"))
    assert heads_card["network"] == card["sha256"]
    assert len(data) < 12_000_000
    cues = synthesis.open_view()(noise(224, 224))
    heads = read_heads(synthesis.HEADS)
    assert cues.keys() == heads.keys()
    assert all(len(cues[cue]) == len(head.weights) for cue, head in heads.items())


def test_beside_the_backbone_it_is_shown_and_not_weighed() -> None:
    rgb = noise(256, 256)
    (own,) = synthesis.examine.examine(open_exhibit(rgb))
    other = Finding(Status.INFERRED, score=0.5, method="synthesis-content", question=own.question)
    assert calibrate([own])[0].log10_lr is not None
    assert [f.log10_lr is None for f in calibrate([own, other])] == [True, False]


def test_small_pictures_are_not_judged() -> None:
    (found,) = synthesis.examine.examine(open_exhibit(noise(255, 600)))
    assert found.status is Status.NOT_APPLICABLE
