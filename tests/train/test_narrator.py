"""Fine-tuning an image-text model: what is right, what it earns, and that it learns."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import pytest
from typer.testing import CliRunner

from explain.models.forged import make_set
from explain.models.tiny_llava import save_tiny_llava
from locard.cli import app
from locard.explain.models.answers import Domain, Judgement
from locard.explain.operations import Operation
from locard.forge.contract import list_operations
from locard.train.narrator import (
    _DONE,
    Example,
    Plan,
    Rewards,
    evaluate,
    make_examples,
    reward,
    split,
    train,
)


def test_every_operation_has_words() -> None:
    assert {operation.name for operation in list_operations()} <= set(_DONE)


@pytest.fixture(scope="module")
def examples(tmp_path_factory: pytest.TempPathFactory) -> list[Example]:
    folder = make_set(tmp_path_factory.mktemp("narrator"), "copy-move,local-blur", 2)
    said: list[str] = []
    made = list(make_examples(folder, said.append))
    assert not said
    return made


def test_examples_come_from_the_record(examples: list[Example]) -> None:
    forged, twin, blurred, _ = examples
    assert forged.operation is Operation.COPY
    assert blurred.operation is Operation.SMOOTH
    assert forged.target.domain is Domain.EDITED
    assert forged.boxes
    assert (twin.operation, twin.target) == (
        None,
        Judgement(domain=Domain.UNTOUCHED, claims=[]),
    )
    assert forged.source == twin.source
    assert "Findings of the examination" in forged.request.text


def test_a_photo_and_what_was_made_of_it_stay_together(examples: list[Example]) -> None:
    assert split(examples, 0.0) == (examples, [])
    for share in (0.2, 0.5, 0.8):
        train_on, held_out = split(examples, share)
        assert len(train_on) + len(held_out) == len(examples)
        assert not {e.source for e in train_on} & {e.source for e in held_out}


def test_rewards(examples: list[Example]) -> None:
    forged, twin = examples[:2]
    right = reward(forged.target.model_dump_json(), forged)
    assert (right.format, right.detection, right.iou) == (1.0, 1.0, 1.0)
    assert right.claims >= 0.5
    silent = reward(twin.target.model_dump_json(), forged)
    assert silent == Rewards(format=1.0)
    assert reward(twin.target.model_dump_json(), twin).total == 4.0
    accusing = reward(forged.target.model_dump_json(), twin)
    assert accusing == Rewards(format=1.0)
    assert reward("I think it is fake.", forged) == Rewards()
    elsewhere = [c.model_copy(update={"box": [990, 990, 1000, 1000]}) for c in forged.target.claims]
    moved = reward(Judgement(domain=Domain.EDITED, claims=elsewhere).model_dump_json(), forged)
    assert moved.detection == 1.0
    assert moved.iou < right.iou
    assert moved.claims < right.claims


@pytest.mark.filterwarnings("default")  # the libraries' own
def test_a_tiny_model_is_trained_and_loads_again(examples: list[Example], tmp_path: Path) -> None:
    for package in ("torch", "transformers", "peft", "trl", "datasets", "accelerate"):
        pytest.importorskip(package, reason="needs the extra train-vlm")
    words = [e.request.text for e in examples] + [e.target.model_dump_json() for e in examples]
    tiny = save_tiny_llava(tmp_path / "tiny", words * 3, vocabulary=1200)
    plan = Plan(
        str(tiny), tmp_path / "out", imitate=4, reinforce=1, batch=2, generations=2, rate=1e-2,
        rank=4, answer=8,
    )  # fmt: skip
    curve = train(examples, plan)
    assert len(curve.imitate) == 4
    assert curve.imitate[-1]["loss"] < curve.imitate[0]["loss"]
    assert set(curve.reinforce[0]) == {
        "step", "loss", "reward", "format", "detection", "iou", "claims",
    }  # fmt: skip
    assert evaluate(str(tmp_path / "out"), examples[:1], 2).total == 0.0


def test_what_is_missing_is_one_sentence(
    examples: list[Example], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    options = ["train", "narrator", str(tmp_path), "--model", "m", "--out", str(tmp_path / "out")]
    done = CliRunner().invoke(app, options)
    assert done.exit_code == 2
    assert "is not a set made by locard forge" in done.stderr
    monkeypatch.setattr("locard.train.narrator.find_spec", lambda _: None)
    with pytest.raises(ValueError, match=r"pip install 'locard\[train-vlm\]'"):
        train(examples, Plan("m", tmp_path))
    monkeypatch.undo()
    if find_spec("trl") is not None:
        with pytest.raises(ValueError, match="is not an image-text model on this machine"):
            train(examples, Plan(str(tmp_path), tmp_path))
