"""The small commands, and how fast the help is there."""

import json
import os
import subprocess
import sys
import time
from importlib.metadata import version
from pathlib import Path

import pytest
from typer.testing import CliRunner

from conftest import jpeg_bytes, synthetic_photo
from locard.cli import app
from locard.methods import list_methods

RUN = CliRunner()


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    file = tmp_path / "photo.jpg"
    file.write_bytes(jpeg_bytes(synthetic_photo(64, 64)))
    return file


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


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is full")
@pytest.mark.parametrize("command", [["info"], ["examine", "--methods=metadata"], ["--help"]])
def test_a_full_disk_is_one_sentence(photo: Path, command: list[str]) -> None:
    files = [] if command == ["--help"] else [str(photo)]
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "locard", *command, *files],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
        )
    assert done.returncode == 1
    assert done.stderr == "the output cannot be written (No space left on device)\n"


@pytest.mark.parametrize("command", ["info", "examine"])
def test_an_encoding_without_a_letter_loses_the_letter(photo: Path, command: str) -> None:
    named = photo.rename(photo.with_name("Łódź 写真.jpg"))
    done = subprocess.run(
        [sys.executable, "-m", "locard", command, str(named)],
        env={**os.environ, "PYTHONIOENCODING": "cp1252"},
        capture_output=True,
    )
    assert done.returncode == 0, done.stderr
    assert "?ód? ??.jpg".encode("cp1252") in done.stdout


@pytest.mark.parametrize(("arguments", "code"), [(["--version"], 0), (["no-such"], 2)])
def test_the_end_waits_for_no_method(tmp_path: Path, arguments: list[str], code: int) -> None:
    """A thread that runs on does not keep the program, and what was printed or is due is done."""
    tidied = tmp_path / "tidied"
    program = (
        "import atexit, sys, threading, time\n"
        "from pathlib import Path\nfrom locard.cli import run\n"
        "threading.Thread(target=time.sleep, args=(60,), name='locard_0').start()\n"
        f"atexit.register(Path({str(tidied)!r}).touch)\n"
        f"sys.argv = ['locard', *{arguments}]\nrun()"
    )
    begin = time.monotonic()
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert time.monotonic() - begin < 30
    assert done.returncode == code
    assert (version("locard") in done.stdout) if code == 0 else ("no-such" in done.stderr)
    assert tidied.exists()


def test_help_loads_nothing_heavy() -> None:
    code = (
        "import sys\nfrom locard.cli import app\n"
        "heavy = {'numpy', 'cv2', 'scipy', 'PIL', 'pydantic', 'c2pa'} & sys.modules.keys()\n"
        "assert not heavy, heavy"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
