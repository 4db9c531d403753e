from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from locard import examine
from locard.cli import app

runner = CliRunner()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    rgb = np.random.default_rng(0).integers(0, 255, (96, 128, 3), dtype=np.uint8)
    report = examine(rgb, profile="quick", stability=False)
    return report.save(tmp_path_factory.mktemp("report"), html=False)


def test_one_question(folder: Path) -> None:
    for target in (folder, folder / "report.json"):
        done = runner.invoke(app, ["ask", str(target), "what", "could", "not", "be", "examined?"])
        assert done.exit_code == 0
        assert "needs a JPEG file" in done.output
        assert "[F" in done.output


def test_line_by_line(folder: Path) -> None:
    done = runner.invoke(app, ["ask", str(folder)], input="why?\nwhat next?\n\nwhere?\n")
    assert done.exit_code == 0
    assert len(done.output.splitlines()) == 2


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "cannot be read"),
        ("{", "is not a report of schema locard.report/1"),
        (json.dumps({"schema": "locard.report/2"}), "is not a report of schema"),
        ("\udcff", "is not a report of locard"),
    ],
)
def test_what_is_no_report(tmp_path: Path, content: str | None, message: str) -> None:
    file = tmp_path / "report.json"
    if content is not None:
        file.write_bytes(content.encode("utf-8", "surrogateescape"))
    done = runner.invoke(app, ["ask", str(file), "why?"])
    assert done.exit_code == 2
    assert message in done.output
    assert "Traceback" not in done.output


def test_a_question_that_is_not_utf_8(folder: Path) -> None:
    done = runner.invoke(app, ["ask", str(folder)], input=b"why \xff?\n\n")
    assert done.exit_code == 0, done.exception
    assert len(done.output.splitlines()) == 1


def test_unknown_language(folder: Path) -> None:
    done = runner.invoke(app, ["ask", str(folder), "why?", "--lang", "xx"])
    assert done.exit_code == 2
    assert "there is no language" in done.output
