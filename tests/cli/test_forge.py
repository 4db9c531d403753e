"""``locard forge`` makes sets, goes on with them, and says what it could not use."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from conftest import jpeg_bytes
from forge.scenes import scene
from locard.cli import app

RUN = CliRunner()


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    folder = tmp_path / "photos"
    folder.mkdir()
    for seed in range(3):
        (folder / f"{seed}.jpg").write_bytes(jpeg_bytes(scene(480, 640, seed + 1)[0], 95))
    return folder


def forge(*arguments: object) -> tuple[int, str, str]:
    done = RUN.invoke(app, ["forge", *map(str, arguments), "--jobs", "1"])
    return done.exit_code, done.stdout, " ".join(done.stderr.split())


def test_a_set_is_made_and_extended(photos: Path, tmp_path: Path) -> None:
    out = tmp_path / "set"
    options = [photos, "--out", out, "--operations", "copy-move"]
    code, text, _ = forge(*options, "--count", 2)
    assert code == 0
    assert "2 forgeries made, 0 were there, 0 skipped; 4 pictures" in text
    assert (out / "index.csv").is_file()
    code, text, _ = forge(*options, "--count", 3)
    assert "1 forgeries made, 2 were there" in text
    code, _, said = forge(*options, "--count", 3, "--seed", 1)
    assert code == 2
    assert "choose another --out" in said


def test_an_operation_named_twice_takes_two_turns(photos: Path, tmp_path: Path) -> None:
    out = tmp_path / "set"
    wanted = "copy-move,local-blur,copy-move"
    code, _, _ = forge(photos, "--out", out, "--operations", wanted, "--count", 1)
    assert code == 0
    assert ",".join(json.loads((out / "plan.json").read_text())["operations"]) == wanted


def test_without_authentic_twins(photos: Path, tmp_path: Path) -> None:
    options = ["--operations", "copy-move", "--count", 1, "--no-authentic"]
    code, text, _ = forge(photos, "--out", tmp_path / "set", *options)
    assert code == 0
    assert "1 pictures in" in text


def test_bad_photos_give_exit_code_3_and_the_rest_is_made(photos: Path, tmp_path: Path) -> None:
    (photos / "broken.jpg").write_bytes(b"no picture")
    options = ["--operations", "copy-move", "--count", 4]
    code, text, said = forge(photos, "--out", tmp_path / "set", *options)
    assert code == 3
    assert "broken.jpg" in said
    assert "4 forgeries made" in text


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ([], "name a folder of photos"),
        (["nowhere"], "there is no folder nowhere"),
        (["{photos}", "--operations", "magic"], "there is no operation 'magic'"),
        (["{photos}", "--segmenter", "nowhere.onnx"], "there is no file nowhere.onnx"),
        (["{photos}", "--recipes", "nowhere.yaml"], "cannot be read"),
        (["{empty}"], "there is no photo in"),
    ],
)
def test_wrong_usage_is_one_sentence_and_exit_code_2(
    photos: Path, tmp_path: Path, arguments: list[str], sentence: str
) -> None:
    (tmp_path / "empty").mkdir()
    filled = [a.format(photos=photos, empty=tmp_path / "empty") for a in arguments]
    code, _, said = forge(*filled, "--out", tmp_path / "set")
    assert code == 2
    assert sentence in said.replace("│ ", "")
    assert "Traceback" not in said
    assert not (tmp_path / "set").exists()


def test_the_list_names_every_operation() -> None:
    done = RUN.invoke(app, ["forge", "--list"], env={"COLUMNS": "160"})
    assert done.exit_code == 0
    for name in ("splice", "copy-move", "removal-diffusion"):
        assert name in done.stdout
