"""Training of the head on the frozen backbone: what is kept, resuming, and the export."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="needs the extra train")

from typer.testing import CliRunner  # noqa: E402

from locard.cli import app  # noqa: E402
from locard.methods.learned.backbone import VARIABLE, BackboneError  # noqa: E402
from locard.methods.learned.content_localizer import open_head  # noqa: E402
from locard.train import checkpoint, content  # noqa: E402
from locard.train.config import (  # noqa: E402
    ConfigError,
    PhaseConfig,
    SetConfig,
    TrainConfig,
    ValidationConfig,
)


def config_of(root: Path, out: Path, **changed: object) -> TrainConfig:
    return TrainConfig(
        sets=(SetConfig(path=str(root)),),
        out=out,
        phases=(PhaseConfig(crops=96, size=224, group=2),),
        validation=ValidationConfig(share=0.25, items=6),
        threads=2,
    ).model_copy(update=changed)


def test_it_learns_resumes_and_exports(
    large_set: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, texture: Any
) -> None:
    monkeypatch.setattr(content, "open_tokens", lambda file, blocks: texture)
    monkeypatch.setattr(content, "FITTED", 12)
    monkeypatch.setattr(checkpoint, "NOTE_EVERY", 48)
    monkeypatch.setattr(content, "_FEWEST", 2)
    config = config_of(large_set, tmp_path / "out")
    said: list[str] = []

    def stop_after_half(sentence: str) -> None:
        said.append(sentence)
        if sentence.startswith("48 of 96"):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        content.train(config, tmp_path / "none", epochs=1, say=stop_after_half)
    half = np.load(tmp_path / "out" / "tokens.npy")
    assert half[:48].any()
    assert not half[48:].any()
    said.clear()
    file = content.train(config, tmp_path / "none", epochs=12, say=said.append)
    assert said[0] == "96 of 96 crops are read"
    assert np.array_equal(np.load(tmp_path / "out" / "tokens.npy")[:48], half[:48])
    losses = [float(line.rsplit(" ", 1)[1]) for line in said if line.startswith("epoch")]
    assert losses[-1] < 0.7 * losses[0]
    card = json.loads(file.with_suffix(".json").read_text())
    assert card["training"]["crops"] == 96
    assert card["parity"] < 1e-4
    figures = card["metrics"]["by_operation"]
    assert figures["content-net"]["all"]["auc"][0] > 0.9
    _, channels = open_head(file)
    assert channels == 480
    # Nothing of the folders that it was made in.
    assert b"content.py" not in file.read_bytes()


def test_what_cannot_be_trained_on_is_refused(large_set: Path, tmp_path: Path) -> None:
    wrong = config_of(large_set, tmp_path, phases=(PhaseConfig(crops=96, size=256),))
    with pytest.raises(ConfigError, match="256; windows of the backbone are 224"):
        content.train(wrong, tmp_path / "none")
    other = tmp_path / "other.onnx"
    other.write_bytes(b"another network")
    with pytest.raises(BackboneError, match="not the build"):
        content.train(config_of(large_set, tmp_path), other)
    checkpoint.begin(tmp_path / "begun", {"seed": 1})
    checkpoint.begin(tmp_path / "begun", {"seed": 1})
    with pytest.raises(ConfigError, match="holds another training; name another out"):
        checkpoint.begin(tmp_path / "begun", {"seed": 2})


def test_the_command_says_what_it_lacks(
    large_set: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "content.yaml"
    phases = "phases: [{crops: 9, size: SIDE}]"
    text = f"sets: [{{path: {large_set}}}]\nout: {tmp_path / 'out'}\n{phases}\n"
    file.write_text(text.replace("SIDE", "224"))
    monkeypatch.setenv(VARIABLE, str(tmp_path / "none.onnx"))
    lacking = CliRunner().invoke(app, ["train", "content", "--config", str(file)])
    assert lacking.exit_code == 2
    assert lacking.output.startswith("the frozen image network cannot be read")
    file.write_text(text.replace("SIDE", "256"))
    command = ["train", "content", "--config", str(file), "--backbone", str(file)]
    wrong = CliRunner().invoke(app, command)
    assert wrong.exit_code == 2
    assert "phases.0.size is 256" in wrong.output
