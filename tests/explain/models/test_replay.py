"""Recorded answers."""

from __future__ import annotations

from pathlib import Path

import pytest

from locard.explain.models.contract import ModelError, Picture, Request
from locard.explain.models.replay import Exchange, Replay, to_lines

PICTURE = Picture("the picture", b"one", 8, 6)
REQUEST = Request("judge", "system", "text", (PICTURE,), {})


def test_answers_by_all_that_was_asked(tmp_path: Path) -> None:
    file = tmp_path / "model.jsonl"
    exchange = Exchange(model="m", step="judge", request=REQUEST.fingerprint, answer="said\n")
    file.write_text(to_lines((exchange,)), "utf-8")
    replay = Replay(file)
    assert replay.ask(REQUEST) == "said\n"
    assert (replay.model, replay.leaves) == ("m", None)
    assert REQUEST.fingerprint in replay.shown(REQUEST)
    others = [
        Request("judge", "system", "other text", (PICTURE,), {}),
        Request("judge", "system", "text", (Picture("the picture", b"two", 8, 6),), {}),
        Request("judge", "system", "text", (PICTURE,), {"type": "object"}),
    ]
    for other in others:
        with pytest.raises(ModelError, match="no answer was recorded for this judge request"):
            replay.ask(other)


@pytest.mark.parametrize("mark", ["\u2028", "\u2029", "\x85", "\x0b", "\r"])
def test_an_answer_may_hold_any_separator_of_lines(tmp_path: Path, mark: str) -> None:
    file = tmp_path / "model.jsonl"
    answer = f"one{mark}two\n"
    exchange = Exchange(model="m", step="judge", request=REQUEST.fingerprint, answer=answer)
    file.write_text(to_lines((exchange, exchange)), "utf-8")
    assert Replay(file).ask(REQUEST) == answer


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (None, "cannot be read"),
        ("", "holds no recorded answers"),
        ("{}\n", "does not hold recorded answers"),
        ("not json", "does not hold recorded answers"),
    ],
)
def test_a_bad_file_is_one_sentence(tmp_path: Path, text: str | None, sentence: str) -> None:
    file = tmp_path / "model.jsonl"
    if text is not None:
        file.write_text(text)
    with pytest.raises(ValueError, match=sentence):
        Replay(file)
