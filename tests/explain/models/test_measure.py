"""Measuring a model on forgeries and their twins."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from locard.cli import app
from locard.exhibit import open_exhibit
from locard.explain import item_of
from locard.explain.models.contract import ModelError, Request
from locard.explain.models.measure import measure
from locard.explain.models.pictures import to_shown, whole_picture
from locard.explain.models.prompts import FEATURES
from locard.forge.engine import records

from .conftest import ChatServer
from .forged import make_set

PAIRS = 5


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_set(tmp_path_factory.mktemp("measure"), "local-blur", PAIRS)


class Knowing:
    """Sees sharpness where the forgery is, reflections everywhere, and nothing else."""

    title = model = "knowing"
    leaves = None

    def __init__(self, folder: Path, fails: int = 0) -> None:
        self.boxes = {}
        self.fails = fails
        for record in records(folder):
            exhibit = open_exhibit(folder / record.picture)
            box = to_shown(record.regions[0].box, item_of(exhibit))
            self.boxes[whole_picture(exhibit).jpeg] = box

    def ask(self, request: Request) -> str:
        assert all(f"- {name}:" in request.text for name in FEATURES)
        if self.fails:
            self.fails -= 1
            raise ModelError("the model refused")
        box = self.boxes.get(request.pictures[0].jpeg)
        seen = {"sharpness": box, "reflection": [0, 0, 10, 10]}
        observations = [
            {"feature": name, "seen": "s", "odd": odd is not None, "box": odd}
            for name, odd in seen.items()
        ]
        return json.dumps({"observations": observations})

    def shown(self, request: Request) -> str:
        return ""


def test_what_a_model_sees_is_counted(folder: Path) -> None:
    found = measure(folder, Knowing(folder))
    sharpness, reflection = found.features["sharpness"], found.features["reflection"]
    assert (sharpness.odd_forged, sharpness.odd_authentic, sharpness.located) == (PAIRS, 0, PAIRS)
    assert (reflection.odd_forged, reflection.odd_authentic) == (PAIRS, PAIRS)
    assert reflection.located == 0
    assert found.asked == ("sharpness",)
    assert found.log10_lr("sharpness") == pytest.approx(1.0414, abs=1e-3)


def test_pairs_without_an_answer_do_not_count(folder: Path) -> None:
    said: list[str] = []
    found = measure(folder, Knowing(folder, fails=2), say=said.append)
    assert found.features["sharpness"].forged == PAIRS - 2
    assert said[0] == "item 0 was left out: the model refused"
    assert measure(folder, Knowing(folder), limit=2).features["sharpness"].forged == 2
    with pytest.raises(ValueError, match="answered on no pair"):
        measure(folder, Knowing(folder, fails=99))


def test_the_command_writes_a_file_that_examine_takes(
    server: ChatServer, folder: Path, tmp_path: Path
) -> None:
    out = tmp_path / "good.json"
    options = ["--explain-with", server.url, "--model", "good", "--out", str(out)]
    run = CliRunner()
    done = run.invoke(app, ["bench", "capability", str(folder), *options, "--limit", "1"])
    assert done.exit_code == 0, done.output
    assert "sharpness" in done.stdout
    assert len(server.requests) == 2
    photo = next((folder / "pictures").iterdir())
    options = ["--explain-with", server.url, "--model", "good", "--capability", str(out)]
    done = run.invoke(
        app, ["examine", str(photo), "--profile", "quick", "--no-stability", *options]
    )
    assert done.exit_code == 0, done.output
    assert len(server.requests) == 3, "good at nothing: only the findings are narrated"
    done = run.invoke(app, ["bench", "capability", str(tmp_path), *options[:4], "--out", str(out)])
    assert done.exit_code == 2
    assert "is not a set made by locard forge" in done.stderr
