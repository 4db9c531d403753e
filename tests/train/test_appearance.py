"""Teaching the view by itself: it learns, goes on where it stopped, and fits what comes after."""

import csv
import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="needs the extra train")

from locard.inference import open_session  # noqa: E402
from locard.nets.localizer import LocalizerConfig, PooledAppearance  # noqa: E402
from locard.train import appearance, localizer  # noqa: E402
from locard.train.checkpoint import load_checkpoint  # noqa: E402
from locard.train.config import (  # noqa: E402
    ConfigError,
    OptimizerConfig,
    PhaseConfig,
    SetConfig,
    TrainConfig,
    ValidationConfig,
)

SEEING = LocalizerConfig(
    stem=8,
    widths=(8, 8, 16, 16),
    depths=(0, 0, 0, 0),
    decoder=8,
    compression=0,
    heads=2,
    comparisons=1,
    appearance=(8, 8, 16, 16),
    appearance_depths=(0, 1, 1),
)


def config_of(root: Path, out: Path, **changed: object) -> TrainConfig:
    return TrainConfig(
        sets=(SetConfig(path=str(root)),),
        out=out,
        network=SEEING,
        phases=(PhaseConfig(crops=96, size=224, batch=8),),
        optimizer=OptimizerConfig(rate=5e-3, warmup=5, clip=10.0, average=0.9),
        validation=ValidationConfig(share=0.25, items=6),
        threads=2,
    ).model_copy(update=changed)


@pytest.fixture(autouse=True)
def stand_in(monkeypatch: pytest.MonkeyPatch, texture: Any) -> None:
    monkeypatch.setattr(appearance, "open_tokens", lambda file, blocks: texture)
    monkeypatch.setattr(appearance, "FITTED", 12)
    monkeypatch.setattr(appearance, "_LOG_EVERY", 2)


def test_it_learns_and_a_training_of_the_whole_starts_from_it(
    large_set: Path, tmp_path: Path
) -> None:
    config = config_of(large_set, tmp_path / "out")
    said: list[str] = []
    assert appearance.train(config, None, epochs=8, say=said.append)
    with (tmp_path / "out" / "log.csv").open() as stream:
        errors = [float(row["taught"]) for row in csv.DictReader(stream)]
    assert np.mean(errors[-5:]) < 0.85 * errors[0]
    told = [line for line in said if "explains" in line]
    assert [line.split(",")[0] for line in told] == ["before", "now"]
    before, now = (float(line.split("explains ")[1].split(" ")[0]) for line in told)
    # Of 160 components two say something.
    assert before < 0.001 < now < 0.0125
    init = tmp_path / "out" / appearance.VIEW
    started = localizer.new_state(config.model_copy(update={"init": init}))
    held = load_checkpoint(init)
    assert started.projection is not None
    assert torch.equal(started.projection["best"], held["projection"]["best"])
    own = started.net.state_dict()
    assert all(torch.equal(own[name], held["average"][name]) for name in own)
    # What is not the view is as it was.
    before = localizer.new_state(config).net.state_dict()
    assert torch.equal(own["stem.0.weight"], before["stem.0.weight"])
    assert not torch.equal(own["appearance.stem.0.weight"], before["appearance.stem.0.weight"])


def test_the_view_is_exported_once_it_is_taught(large_set: Path, tmp_path: Path) -> None:
    config = config_of(large_set, tmp_path / "out")
    file = tmp_path / "out" / appearance.NETWORK
    assert not appearance.train(config, None, epochs=2, limit_minutes=1e-5)
    assert not file.exists()
    said: list[str] = []
    assert appearance.train(config, None, epochs=2, say=said.append)
    card = json.loads(file.with_suffix(".json").read_text("utf-8"))
    assert card["sha256"] == hashlib.sha256(file.read_bytes()).hexdigest()
    assert card["quantised"]["convolutions"] > 5
    assert card["parity"] < 1e-3
    assert str(file) in said[-1]
    held = load_checkpoint(tmp_path / "out" / appearance.VIEW)["average"]
    net = localizer.new_state(config).net
    net.load_state_dict(held)
    assert net.appearance is not None
    rgb = np.random.default_rng(0).integers(0, 256, (1, 224, 224, 3), np.uint8)
    with torch.inference_mode():
        pooled = PooledAppearance(net.appearance.eval())(torch.from_numpy(rgb)).numpy()
        seen = net.appearance(torch.from_numpy(rgb).permute(0, 3, 1, 2).float()).numpy()
    assert np.allclose(pooled[0, :16], seen[0].mean((1, 2)), atol=1e-4)
    assert np.allclose(pooled[0, 16:], seen[0].std((1, 2)), atol=1e-4)
    exact = open_session(file.with_name("appearance-net-float.onnx"))
    assert np.allclose(exact.run(["pooled"], {"rgb": rgb})[0], pooled, atol=1e-3)
    assert card["quantised"]["differs"]["median"] < 0.5


def test_stopped_and_gone_on_with_it_ends_in_the_same_weights(
    large_set: Path, tmp_path: Path
) -> None:
    whole, parts = config_of(large_set, tmp_path / "a"), config_of(large_set, tmp_path / "b")
    assert appearance.train(whole, None, epochs=2)
    done, calls = False, 0
    while not done:
        done = appearance.train(parts, None, epochs=2, limit_minutes=1e-5)
        calls += 1
    assert calls > 2
    first, second = (load_checkpoint(tmp_path / x / appearance.VIEW)["average"] for x in "ab")
    assert all(torch.equal(first[name], second[name]) for name in first)


def test_what_cannot_be_taught_is_refused(large_set: Path, tmp_path: Path) -> None:
    wrong = config_of(large_set, tmp_path, phases=(PhaseConfig(crops=96, size=256),))
    with pytest.raises(ConfigError, match="256; windows of the backbone are 224"):
        appearance.train(wrong, None)
    blind = config_of(large_set, tmp_path, network=LocalizerConfig())
    with pytest.raises(ConfigError, match=r"set network\.appearance"):
        appearance.train(blind, None)
    few = config_of(large_set, tmp_path, phases=(PhaseConfig(crops=8, size=224, batch=8),))
    with pytest.raises(ConfigError, match="8; it takes more than a batch"):
        appearance.train(few, None)
    config = config_of(large_set, tmp_path / "out")
    appearance.train(config, None, epochs=1)
    with pytest.raises(ConfigError, match="holds another training; name another out"):
        appearance.train(config.model_copy(update={"seed": 5}), None, epochs=1)
