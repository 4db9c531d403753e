"""``locard degrade``: files, records, seeds, exit codes, and one sentence for bad input."""

from __future__ import annotations

import io
import json
import os
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from conftest import jpeg_bytes, synthetic_photo
from locard.cli import app
from locard.degrade import Step, degrade, list_perturbations

RUN = CliRunner()
PHOTO = synthetic_photo(96, 128)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "a photo [1].png"
    Image.fromarray(PHOTO).save(path)
    return path


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def test_a_picture_in_its_format_and_a_record_that_replays(file: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    chain = "crop:2, gaussian-noise:2, webp"
    done = RUN.invoke(app, ["degrade", str(file), "--chain", chain, "--out", str(out)])
    assert done.exit_code == 0, done.output
    picture, record = sorted(out.iterdir(), key=lambda path: path.suffix, reverse=True)
    assert done.stdout.split("\n")[0] == str(picture)
    assert picture.name.startswith("a_photo_1-")
    assert picture.suffix == ".webp"
    told = json.loads(record.read_text("utf-8"))
    assert told["schema"] == "locard.degrade/1"
    assert told["source"]["name"] == file.name
    assert told["result"]["file"] == picture.name
    steps = tuple(Step(**step) for step in told["steps"])
    assert degrade(PHOTO, steps, seed=123).data == picture.read_bytes()


def test_png_when_nothing_encodes_and_the_mask_moves_along(file: Path, tmp_path: Path) -> None:
    mask = np.zeros((96, 128), np.uint8)
    mask[:, :30] = 255
    Image.fromarray(mask).save(tmp_path / "mask.png")
    out = tmp_path / "out"
    arguments = ["--chain", "flip", "--mask", str(tmp_path / "mask.png"), "--out", str(out)]
    assert RUN.invoke(app, ["degrade", str(file), *arguments]).exit_code == 0
    (moved,) = out.glob("*.mask.png")
    assert np.array_equal(np.asarray(Image.open(moved)), mask[:, ::-1])
    (picture,) = (path for path in out.glob("*.png") if path != moved)
    assert np.array_equal(np.asarray(Image.open(picture)), PHOTO[:, ::-1])


def test_a_photo_is_delivered_upright(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned clockwise
    path = tmp_path / "turned.jpg"
    path.write_bytes(jpeg_bytes(PHOTO, 95, exif=exif))
    out = tmp_path / "out"
    done = RUN.invoke(app, ["degrade", str(path), "--chain", "png", "--out", str(out)])
    assert done.exit_code == 0, done.output
    (picture,) = out.glob("*.png")
    shown = np.rot90(np.asarray(Image.open(io.BytesIO(path.read_bytes()))), -1)
    assert np.array_equal(np.asarray(Image.open(picture)), shown)


def test_same_seed_same_bytes_whatever_the_jobs_and_the_order(tmp_path: Path) -> None:
    files = []
    for number in range(3):
        files.append(tmp_path / f"{number}.jpg")
        files[-1].write_bytes(jpeg_bytes(synthetic_photo(64, 64, number)))
    results = []
    for label, names, options in (
        ("one", files, ["--jobs", "1", "--seed", "5"]),
        ("two", files[::-1], ["--jobs", "2", "--seed", "5"]),
        ("other", files, ["--jobs", "1", "--seed", "6"]),
    ):
        out = tmp_path / label
        arguments = ["--chain", "crop,iso-noise,messenger", "--out", str(out), *options]
        done = RUN.invoke(app, ["degrade", *map(str, names), *arguments])
        assert done.exit_code == 0, done.output
        results.append(contents(out))
    assert len(results[0]) == 6
    assert results[0] == results[1]
    assert results[0] != results[2]


def test_nothing_is_overwritten_without_force(file: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    command = ["degrade", str(file), "--chain", "salt-and-pepper", "--out", str(out)]
    assert RUN.invoke(app, command).exit_code == 0
    before = contents(out)
    again = RUN.invoke(app, [*command, "--seed", "9"])
    assert again.exit_code == 3
    assert "--force" in again.stderr
    assert contents(out) == before
    assert RUN.invoke(app, [*command, "--seed", "9", "--force"]).exit_code == 0
    assert contents(out) != before


def test_bad_files_do_not_stop_the_good_ones(file: Path, tmp_path: Path) -> None:
    (tmp_path / "notes.jpg").write_text("just words\n" * 20)
    Image.fromarray(PHOTO[:4, :4]).save(tmp_path / "tiny.png")
    bad = [tmp_path / "notes.jpg", tmp_path / "none.jpg", tmp_path / "tiny.png", tmp_path]
    out = tmp_path / "out"
    arguments = ["--chain", "jpeg", "--jobs", "1", "--out", str(out)]
    done = RUN.invoke(app, ["degrade", *map(str, bad), str(file), *arguments])
    assert done.exit_code == 3
    assert len(contents(out)) == 2
    lines = done.stderr.splitlines()
    assert len(lines) == 5
    assert "4 of 5 files" in lines[-1]
    assert "Traceback" not in done.output


def test_a_name_that_is_not_utf_8(tmp_path: Path) -> None:
    path = tmp_path / os.fsdecode(b"a\xff.png")
    Image.fromarray(PHOTO).save(path)
    out = tmp_path / "out"
    done = RUN.invoke(app, ["degrade", str(path), "--chain", "png", "--out", str(out)])
    assert done.exit_code == 0, done.output
    (record,) = out.glob("*.json")
    told = json.loads(record.read_text("utf-8"))
    assert told["source"]["name"] == "a\N{REPLACEMENT CHARACTER}.png"
    assert told["source"]["notes"] == []


def test_a_cut_off_photo_is_named_as_one(tmp_path: Path) -> None:
    path, out = tmp_path / "cut.jpg", tmp_path / "out"
    data = jpeg_bytes(PHOTO)
    path.write_bytes(data[: len(data) * 3 // 4])
    done = RUN.invoke(app, ["degrade", str(path), "--chain", "png", "--out", str(out)])
    assert done.exit_code == 0, done.output
    (record,) = out.glob("*.json")
    told = json.loads(record.read_text("utf-8"))
    assert told["result"]["height"] < len(PHOTO)
    assert "the file is cut off" in told["source"]["notes"][0]
    assert f"cut.jpg: {told['source']['notes'][0]}" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ([], "name a photo"),
        (["a.jpg"], "say what happens"),
        (["a.jpg", "--chain", "jpg:3"], "did you mean jpeg"),
        (["a.jpg", "b.jpg", "--chain", "jpeg", "--mask", "m.png"], "one photo"),
        (["a.jpg", "--chain", "jpeg", "--out", __file__], "is not a folder"),
    ],
)
def test_wrong_usage(arguments: list[str], sentence: str) -> None:
    done = RUN.invoke(app, ["degrade", *arguments], env={"COLUMNS": "300"})
    assert done.exit_code == 2
    assert sentence in done.stderr


def test_a_mask_of_another_size(file: Path, tmp_path: Path) -> None:
    Image.fromarray(np.zeros((30, 40), np.uint8)).save(tmp_path / "mask.png")
    arguments = ["--chain", "jpeg", "--mask", str(tmp_path / "mask.png"), "--out", str(tmp_path)]
    done = RUN.invoke(app, ["degrade", str(file), *arguments])
    assert done.exit_code == 3
    assert "the mask has 40 × 30 pixels" in done.stderr


def test_a_missing_extra_is_one_sentence(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "albumentations", None)
    arguments = ["--chain", "fog,hue", "--out", str(tmp_path / "out")]
    done = RUN.invoke(app, ["degrade", str(file), *arguments])
    assert done.exit_code == 2
    assert done.stderr.strip().endswith("pip install 'locard[forge]'")
    assert len(done.stderr.splitlines()) == 1


def test_the_list_names_every_perturbation() -> None:
    done = RUN.invoke(app, ["degrade", "--list"], env={"COLUMNS": "160"})
    assert done.exit_code == 0
    for perturbation in list_perturbations():
        assert perturbation.name in done.stdout
        for parameter in perturbation.parameters:
            assert f"{parameter}:" in done.stdout


def test_a_mask_is_painted_over_what_a_viewer_shows(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 3
    Image.fromarray(PHOTO).save(tmp_path / "turned.jpg", exif=exif)
    mask = np.zeros(PHOTO.shape[:2], np.uint8)
    mask[:20, :30] = 255
    Image.fromarray(mask).save(tmp_path / "mask.png")
    out = tmp_path / "out"
    arguments = ["degrade", str(tmp_path / "turned.jpg"), "--chain", "png", "--out", str(out)]
    done = RUN.invoke(app, [*arguments, "--mask", str(tmp_path / "mask.png")])
    assert done.exit_code == 0
    (moved,) = out.glob("*.mask.png")
    assert np.array_equal(np.asarray(Image.open(moved)), mask)
    done = RUN.invoke(app, [*arguments, "--mask", str(tmp_path / "none.png")])
    assert done.exit_code != 0
    assert "the mask none.png" in " ".join(done.stderr.split())
