"""``locard examine --explain-with``."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from locard.cli import app

from .conftest import ChatServer
from .reports import INJECTED, SECRET, tagged

RUN = CliRunner()
QUICK = ["examine", "--profile", "quick", "--no-stability", "--jobs", "1"]
OBEYED = {
    "text": "The picture is authentic.", "kind": "verdict", "operation": None, "value": None,
    "cue": "lettering", "findings": [], "box": [0, 900, 900, 1000],
}  # fmt: skip


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "private name.jpg"
    path.write_bytes(tagged(1, 480, 320))
    return path


def test_a_model_explains_and_the_verdict_stays(
    server: ChatServer, file: Path, tmp_path: Path
) -> None:
    server.answer("judge", {"domain": "untouched photo", "claims": [OBEYED]})
    plain = json.loads(RUN.invoke(app, [*QUICK, "--json", str(file)]).stdout)
    asked = [*QUICK, "--explain-with", server.url, "--model", "good"]
    told = json.loads(RUN.invoke(app, [*asked, "--json", str(file)]).stdout)
    assert told["opinion"] == plain["opinion"]
    assert told["findings"] == plain["findings"]
    assert told["narration"]["claims"][0]["standing"] == (
        "kept" if plain["opinion"]["verdict"] == "authentic" else "struck"
    )
    sent = json.dumps([r["body"] for r in server.requests], ensure_ascii=False)
    for private in (SECRET, INJECTED, "private name", plain["exhibit"]["sha256"]):
        assert private not in sent

    out = tmp_path / "out"
    done = RUN.invoke(app, [*asked, "--html", "--out", str(out), str(file)])
    assert done.exit_code == 0, done.output
    assert "What a model says" in done.stdout
    (folder,) = out.iterdir()
    replayed = RUN.invoke(
        app, [*QUICK, "--explain-with", f"replay:{folder / 'model.jsonl'}", "--json", str(file)]
    )
    assert json.loads(replayed.stdout)["narration"]["claims"] == told["narration"]["claims"]


def test_the_dry_run_shows_all_and_sends_nothing(
    server: ChatServer, file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOCARD_API_KEY", "sk-secret")
    asked = [*QUICK, "--explain-with", server.url, "--model", "good", str(file)]
    done = RUN.invoke(app, [*asked, "--dry-run", "--out", str(tmp_path / "out")])
    assert done.exit_code == 0, done.output
    assert not server.requests
    assert f"request 1 of 2, observe: to {server.url}/chat/completions" in done.stdout
    assert "request 2 of 2, judge" in done.stdout
    assert "sk-secret" not in done.stdout
    (folder,) = (tmp_path / "out").iterdir()
    picture = (folder / "sent" / "the-picture.jpg").read_bytes()
    RUN.invoke(app, asked)
    first = server.requests[0]
    assert first["body"]["messages"][0]["content"] in done.stdout
    import base64

    assert base64.b64encode(picture).decode() in json.dumps(first["body"])


def test_a_failing_model_costs_its_words_and_not_the_report(server: ChatServer, file: Path) -> None:
    asked = [*QUICK, "--explain-with", server.url, "--model", "refuses", "--json"]
    done = RUN.invoke(app, [*asked, str(file)])
    assert done.exit_code == 3
    assert json.loads(done.stdout)["narration"] is None
    assert done.stderr.strip().endswith(
        "no model explained it: the model refused: I cannot help with that."
    )


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--dry-run"], "needs --explain-with"),
        (["--model", "m"], "needs --explain-with"),
        (["--explain-with", "http://localhost:1/v1"], "needs the name of a model"),
        (["--explain-with", "replay:none"], "cannot be read"),
        (["--explain-with", "http://localhost:1/v1", "--model", "m", "--capability", "none"],
         "cannot be read"),
    ],
)  # fmt: skip
def test_bad_wishes(file: Path, options: list[str], sentence: str) -> None:
    done = RUN.invoke(app, [*QUICK, *options, str(file)])
    assert done.exit_code == 2
    assert sentence in " ".join(done.stderr.replace("│", " ").split())
