from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from locard.cli.camera import app

SIZE = 256


@pytest.fixture
def photos(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Four photos of an even wall by one sensor, and an empty store."""
    monkeypatch.setenv("LOCARD_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("COLUMNS", "300")
    rng = np.random.default_rng(0)
    factor = 1 + rng.normal(0, 0.02, (SIZE, SIZE, 1))
    files = []
    for i in range(4):
        wall = np.linspace(80 + 10 * i, 200, SIZE)[None, :, None] * factor
        noisy = wall + rng.normal(0, 1, (SIZE, SIZE, 3))
        files.append(tmp_path / f"{i}.png")
        Image.fromarray(np.clip(noisy, 0, 255).astype(np.uint8)).save(files[-1])
    return files


def run(*words: object) -> tuple[int, str]:
    result = CliRunner().invoke(app, [str(word) for word in words])
    assert result.exception is None or isinstance(result.exception, SystemExit)
    return result.exit_code, result.output


def test_enroll_list_match_remove(photos: list[Path], tmp_path: Path) -> None:
    code, said = run("enroll", "my phone", *photos[:3])
    assert code == 0
    assert "enrolled 'my phone': 3 photos of 256 × 256" in said
    assert "only 3 photos" in said

    code, said = run("list")
    assert code == 0
    assert "my phone" in said
    assert "3 (few)" in said

    other = tmp_path / "other.png"
    noise = np.random.default_rng(9).normal(128, 3, (SIZE, SIZE, 3))
    Image.fromarray(noise.astype(np.uint8)).save(other)
    assert "enrolled from this photo" in run("match", photos[0])[1]
    code, said = run("match", photos[3], other)
    assert code == 0
    lines = said.splitlines()
    assert any("3.png" in line and "my phone" in line and "none" not in line for line in lines)
    assert any("other.png" in line and "none (closest: my phone)" in line for line in lines)

    assert run("enroll", "my phone", *photos)[0] == 2
    assert run("enroll", "my phone", *photos, "--replace")[0] == 0
    assert run("remove", "my phone")[0] == 0
    assert "no camera is enrolled" in run("list")[1]


def test_unreadable_photos_are_skipped_and_reported(photos: list[Path], tmp_path: Path) -> None:
    text = tmp_path / "text.jpg"
    text.write_text("not a photo")
    code, said = run("enroll", "A", *photos, text, tmp_path / "missing.jpg", photos[0])
    assert code == 3
    assert "text.jpg: this is a text file" in said
    assert "missing.jpg: there is no such file" in said
    assert "0.png: the same photo was given before" in said
    assert "4 photos" in said
    code, said = run("match", photos[0], text)
    assert code == 3
    assert "text.jpg" in said


def test_names_do_not_reach_the_terminal_as_commands(photos: list[Path], tmp_path: Path) -> None:
    hostile = "\x1b]0;pwned\x07\x1b[2Jfake\n"
    text, photo = tmp_path / f"{hostile}.jpg", photos[0].rename(tmp_path / f"{hostile}.png")
    text.write_text("not a photo")
    code, enrolled = run("enroll", "A", *photos[1:], text)
    assert code == 3
    code, alone = run("enroll", "B", text)
    assert code == 2
    code, matched = run("match", photo, text)
    assert code == 3
    for said in (enrolled, alone, matched):
        assert "fake .jpg: this is a text file" in said
        assert all(line.isprintable() for line in said.splitlines())


def test_too_few_photos_say_what_was_wrong_with_the_others(tmp_path: Path) -> None:
    text = tmp_path / "text.jpg"
    text.write_text("not a photo")
    code, said = run("enroll", "A", text, tmp_path / "missing.jpg")
    assert code == 2
    assert "text.jpg: this is a text file" in said
    assert "missing.jpg: there is no such file" in said
    assert "0 photos could be used" in said


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("remove", "B"), "no camera is enrolled as 'B'"),
        (("remove", "../B"), "cannot name a camera"),
        (("match", "x.jpg"), "no camera is enrolled"),
        (("enroll", ".B", "x.jpg"), "cannot name a camera"),
        (("enroll", "B", "x.jpg"), "0 photos could be used"),
    ],
)
def test_wrong_use_is_one_sentence(
    photos: list[Path], words: tuple[str, ...], sentence: str
) -> None:
    code, said = run(*words)
    assert code == 2
    assert sentence in said
    assert "Traceback" not in said
