"""``locard ask --explain-with``: a model answers a reader beside the report."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from locard.cli import app
from locard.explain.models.narrate import open_narrator
from locard.explain.models.narration import Standing
from locard.explain.models.reader import question_to, tell
from locard.explain.models.replay import Exchange, to_lines

from .conftest import ChatServer
from .reports import INJECTED, SECRET, edited_report, tagged

RUN = CliRunner()


def claim(text: str, **changes: object) -> dict[str, object]:
    blank = {"kind": "other", "operation": None, "value": None, "cue": None, "findings": []}
    return {"text": text, "box": None, **blank, **changes}


CLAIMS = [
    claim("A part in the upper left was edited.", kind="place", findings=["F7"]),
    claim("It is red there.", kind="colour", value="red", cue="colour", box=[170, 170, 330, 330]),
    claim("The picture is authentic.", kind="verdict", cue="lettering"),
    claim("It was pasted in the lower right.", kind="place", findings=["F7"]),
    claim("The shadows fall two ways.", cue="shadow"),
]


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    path = tmp_path / "photo.jpg"
    path.write_bytes(tagged(1, 480, 320))
    return path


@pytest.fixture
def folder(photo: Path, tmp_path: Path) -> Path:
    return edited_report(photo.read_bytes()).save(tmp_path / "report", html=False)


def test_recorded_answers_are_checked(photo: Path, tmp_path: Path) -> None:
    report = edited_report(photo.read_bytes())
    request = question_to(report.case, "Why red?", exhibit=report.exhibit)
    assert len(request.pictures) == 2
    assert "Question of the reader: Why red?" in request.text
    assert SECRET not in request.text
    answer = json.dumps({"claims": CLAIMS})
    lines = to_lines(
        (Exchange(model="m", step="answer", request=request.fingerprint, answer=answer),)
    )
    (tmp_path / "model.jsonl").write_text(lines)
    narrator = open_narrator(f"replay:{tmp_path / 'model.jsonl'}")
    told = tell(report.case, "Why red?", narrator, exhibit=report.exhibit)
    standings = [c.standing for c in told.claims]
    kept, seen, struck = Standing.KEPT, Standing.OBSERVATION, Standing.STRUCK
    assert standings == [kept, kept, struck, struck, seen], told.claims
    # What was struck is not told to the model again.
    later = question_to(report.case, "And then?", before=(told,)).text
    assert "Answered: A part in the upper left was edited [F7]." in later
    assert "The picture is authentic" not in later
    assert "You do not see the picture" in later


def test_a_server_answers_and_is_replayed(
    server: ChatServer, folder: Path, photo: Path, tmp_path: Path
) -> None:
    server.answer("answer", {"claims": CLAIMS})
    record = tmp_path / "model.jsonl"
    asked = ["ask", str(folder), "why", "red?", "--picture", str(photo)]
    with_server = ["--explain-with", server.url, "--model", "good"]
    done = RUN.invoke(app, [*asked, *with_server, "--record", str(record)])
    assert done.exit_code == 0, done.output
    assert "Supported by the examination: A part in the upper left was edited [F7]." in done.output
    assert "Supported by the examination: It is red there." in done.output
    assert "Struck: The picture is authentic." in done.output
    assert "Seen by the model alone, not counted: The shadows fall two ways." in done.output
    (request,) = server.requests
    sent = json.dumps(request["body"], ensure_ascii=False)
    assert sent.count("data:image/jpeg") == 2
    saved = json.loads((folder / "report.json").read_text())
    for private in (SECRET, INJECTED, "photo.jpg", saved["exhibit"]["sha256"]):
        assert private not in sent
    again = RUN.invoke(app, [*asked, "--explain-with", f"replay:{record}"])
    assert again.exit_code == 0, again.output
    assert [line for line in again.output.splitlines() if line.startswith("  ")] == [
        line for line in done.output.splitlines() if line.startswith("  ")
    ]


def test_line_by_line_goes_on_after_a_failure(server: ChatServer, folder: Path) -> None:
    server.answer("answer", {"claims": [CLAIMS[0]]})
    with_server = ["ask", str(folder), "--explain-with", server.url, "--model"]
    done = RUN.invoke(app, [*with_server, "good"], input="why?\nwhere?\n\n")
    assert done.exit_code == 0, done.output
    assert done.output.count("Supported by the examination") == 2
    first, second = (json.dumps(r["body"]) for r in server.requests)
    assert "data:image" not in first
    assert "Asked before: why?" not in first
    assert "Asked before: why?" in second
    done = RUN.invoke(app, [*with_server, "refuses"], input="why?\nwhere?\n\n")
    assert done.exit_code == 3
    assert done.output.count("no model answered: ") == 2
    assert done.output.count("[F7]") >= 2, "the report itself answers all the same"


def test_the_dry_run_sends_nothing(server: ChatServer, folder: Path, photo: Path) -> None:
    asked = ["ask", str(folder), "why?", "--explain-with", server.url, "--model", "good"]
    done = RUN.invoke(app, [*asked, "--picture", str(photo), "--dry-run"])
    assert done.exit_code == 0, done.output
    assert not server.requests
    assert f"request 1 of 1, answer: to {server.url}/chat/completions" in done.output
    assert "Question of the reader: why?" in done.output


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--model", "x"], "needs --explain-with"),
        (["--dry-run"], "needs --explain-with"),
        (["--explain-with", "replay:no-such-file"], "cannot be read"),
        (["--explain-with", "http://127.0.0.1:9/v1"], "needs the name of a model"),
    ],
)
def test_wrong_usage(folder: Path, arguments: list[str], message: str) -> None:
    done = RUN.invoke(app, ["ask", str(folder), "why?", *arguments])
    assert done.exit_code == 2
    assert message in " ".join(done.output.replace("│", " ").split())


def test_another_picture_is_refused(folder: Path, tmp_path: Path) -> None:
    lines = to_lines((Exchange(model="m", step="answer", request="", answer="{}"),))
    (tmp_path / "model.jsonl").write_text(lines)
    other = tmp_path / "other.jpg"
    other.write_bytes(tagged(1, 400, 300))
    source = ["--explain-with", f"replay:{tmp_path / 'model.jsonl'}", "--picture", str(other)]
    done = RUN.invoke(app, ["ask", str(folder), "why?", *source])
    assert done.exit_code == 2
    assert "not the picture of the report" in " ".join(done.output.replace("│", " ").split())
