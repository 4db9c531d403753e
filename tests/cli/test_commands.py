"""The small commands, and how fast the help is there."""

import json
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

from typer.testing import CliRunner

from locard.cli import app
from locard.methods import list_methods

RUN = CliRunner()


def test_the_version() -> None:
    done = RUN.invoke(app, ["--version"])
    assert done.exit_code == 0
    assert done.stdout == f"locard {version('locard')}\n"


def test_methods_lists_every_method() -> None:
    done = RUN.invoke(app, ["methods"], env={"COLUMNS": "200"})
    assert done.exit_code == 0
    for method in list_methods():
        assert method.name in done.stdout


def test_methods_as_json() -> None:
    rows = json.loads(RUN.invoke(app, ["methods", "--json"]).stdout)
    assert [row["name"] for row in rows] == [m.name for m in list_methods()]
    assert all(row["source"] for row in rows)


def test_the_catalogue_in_the_docs_is_current() -> None:
    table = RUN.invoke(app, ["methods", "--markdown"]).stdout.strip()
    assert table in (Path(__file__).parents[2] / "docs" / "methods.md").read_text("utf-8")


def test_doctor_finds_the_core() -> None:
    done = RUN.invoke(app, ["doctor"], env={"COLUMNS": "120"})
    assert done.exit_code == 0
    assert "numpy" in done.stdout
    assert "methods" in done.stdout


def test_help_loads_nothing_heavy() -> None:
    code = (
        "import sys\nfrom locard.cli import app\n"
        "heavy = {'numpy', 'cv2', 'scipy', 'PIL', 'pydantic', 'c2pa'} & sys.modules.keys()\n"
        "assert not heavy, heavy"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
