"""Heads from moments of groups, and deliveries that are alike for both classes."""

import json
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from typer.testing import CliRunner

from locard.bench.datasets import open_dataset
from locard.cli import app
from locard.exhibit import open_exhibit
from locard.methods.learned.synthesis import Head, look
from locard.train.synthesis import (
    TWINS,
    Delivery,
    Group,
    Moments,
    centre,
    deliver,
    draw_delivery,
    fit_head,
    train,
    with_twins,
)


def group(rng: np.random.Generator, generated: bool, shift: tuple[float, float], n: int) -> Group:
    values = rng.normal(size=(n, 2)) + shift
    return Group(generated, 1.0, {"cue": Moments.of(values.astype(np.float32))})


def test_a_head_finds_the_direction_that_all_groups_share() -> None:
    rng = np.random.default_rng(0)
    # The second number tells only the largest group.
    groups = [
        group(rng, False, (0, 0), 500), group(rng, False, (0, 3), 500),
        group(rng, True, (3, 6), 5000), group(rng, True, (3, -3), 50),
    ]  # fmt: skip
    head = fit_head(groups, "cue", 0.01)
    assert head.weights[0] > 5 * abs(head.weights[1])
    assert head(np.array([[3, 0], [0, 0]], np.float32)).tolist() == pytest.approx([1, -1], abs=0.4)


def test_a_head_needs_both_classes() -> None:
    rng = np.random.default_rng(0)
    with pytest.raises(ValueError, match="generated pictures and photos"):
        fit_head([group(rng, True, (0, 0), 9)], "cue", 0.1)


def test_twins_stand_for_their_part_of_each_class() -> None:
    rng = np.random.default_rng(0)
    members = [group(rng, k > 1, (0, 0), 9) for k in range(5)]
    twins = [group(rng, k > 0, (0, 0), 9) for k in range(2)]
    joined = with_twins(members, twins)
    for generated in (False, True):
        weights = [g.weight for g in joined if g.generated is generated]
        assert sum(weights) == pytest.approx(1)
        assert weights[-1] == pytest.approx(TWINS)
    assert sum(g.weight for g in with_twins(members, [])) == pytest.approx(2)


def test_a_delivery_is_the_same_for_twins() -> None:
    rng = np.random.default_rng(3)
    rgb = rng.integers(0, 256, (300, 400, 3), np.uint8)
    for _ in range(5):
        way = draw_delivery(rng)
        made = deliver(rgb, way)
        assert np.array_equal(made, deliver(rgb, way))
        assert 160 <= min(made.shape[:2]) <= max(made.shape[:2]) <= 256


def test_nothing_is_enlarged_and_little_pictures_are_not_shrunk() -> None:
    rgb = np.random.default_rng(0).integers(0, 256, (200, 180, 3), np.uint8)
    way = Delivery(0.6, 1, None, (0, 0), 90, (0.5, 0.5), False)
    assert deliver(rgb, way).shape == rgb.shape
    assert centre(rgb).shape == rgb.shape
    assert centre(np.zeros((512, 300, 3), np.uint8)).shape == (256, 256, 3)


def make_set(folder: Path, many: int = 6) -> Path:
    """Photos with noise in every colour, and "generated" ones whose colour is smooth."""
    rows = ["path,generated,source"]
    rng = np.random.default_rng(5)
    for n in range(2 * many):
        rgb = np.clip(rng.normal(128, 20, (192, 208, 3)), 0, 255).astype(np.uint8)
        if n >= many:
            ycc = cv2.cvtColor(rgb, cv2.COLOR_RGB2YCrCb)
            ycc[..., 1:] = cv2.GaussianBlur(ycc[..., 1:], (0, 0), 3)
            rgb = np.asarray(cv2.cvtColor(ycc, cv2.COLOR_YCrCb2RGB))
        cv2.imwrite(str(folder / f"{n}.png"), rgb[..., ::-1])
        rows.append(f"{n}.png,{int(n >= many)},{'generator' if n >= many else 'photos'}{n % 2}")
    table = folder / "index.csv"
    table.write_text("\n".join(rows) + "\n", "utf-8")
    return table


def test_heads_are_trained_on_a_labelled_set(tmp_path: Path) -> None:
    table = make_set(tmp_path)
    said: list[str] = []
    twins = 0

    def blurred(rgb: NDArray[np.uint8]) -> NDArray[np.uint8]:
        nonlocal twins
        twins += 1
        return np.asarray(cv2.GaussianBlur(rgb, (0, 0), 1.5))

    items = list(open_dataset(str(table)).items())
    file = train(items, tmp_path / "m.json", rewrite=blurred, twins_each=2, say=said.append)
    model = json.loads(file.read_text("utf-8"))
    assert twins == model["training"]["twins"] == 4
    assert said == ["photos0: 3", "photos1: 3", "generator0: 3", "generator1: 3"]
    heads = {cue: Head.from_json(head) for cue, head in model["heads"].items()}
    scores = [look(open_exhibit(item.path).rgb, heads).score for item in items]
    assert min(scores[6:]) > max(scores[:6])


def test_a_source_of_both_classes_is_counted_in_full(tmp_path: Path) -> None:
    table = make_set(tmp_path)
    items = [replace(item, source="one") for item in open_dataset(str(table)).items()]
    file = train(items, tmp_path / "m.json")
    assert json.loads(file.read_text("utf-8"))["training"]["pictures"] == {"one": 12}


def test_the_command_trains_and_refuses_in_one_sentence(tmp_path: Path) -> None:
    table = make_set(tmp_path, 2)
    out = tmp_path / "m.json"
    run = CliRunner().invoke(app, ["train", "synthesis", str(table), "--out", str(out)])
    assert run.exit_code == 0, run.output
    assert json.loads(out.read_text("utf-8"))["schema"] == "locard.model/1"
    lines = table.read_text("utf-8").splitlines()
    table.write_text("\n".join(lines[:3]) + "\n", "utf-8")
    run = CliRunner().invoke(app, ["train", "synthesis", str(table), "--out", str(out)])
    assert run.exit_code == 2
    assert "no generated pictures" in run.output
