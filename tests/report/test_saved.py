"""Reports read back: the same case, and so the same words."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from locard.explain import ClaimKind, explain, list_languages
from locard.explain.dialogue import ask
from locard.report import Report
from locard.report.saved import case_of_report, read_report

QUESTIONS = ("where?", "why?", "how strong?", "what next?", "what is in the centre?")


@pytest.mark.parametrize("with_maps", [False, True])
def test_a_saved_report_says_what_the_live_one_did(
    report: Report, tmp_path: Path, with_maps: bool
) -> None:
    home = report.save(tmp_path / "saved", html=False)
    saved = case_of_report(read_report(home), home if with_maps else None)
    # One of the maps speaks for no edit, so it has no place and is a map all the same.
    assert {"F1", "F2"} <= saved.mapped == report.case.mapped
    assert "F2" not in saved.places
    for code in list_languages():
        assert explain(saved, code) == explain(report.case, code)
    for question in QUESTIONS:
        assert ask(saved, question) == ask(report.case, question)


def test_how_far_maps_reach_is_said_when_they_mark_nothing(
    make_report: Callable[..., Report], tmp_path: Path, report: Report
) -> None:
    quiet = make_report(report.exhibit.data, findings=[report.findings[1]])
    home = quiet.save(tmp_path / "saved", html=False)
    told = explain(case_of_report(read_report(home)))
    (reach,) = (c for c in told.claims if c.kind is ClaimKind.TRUST)
    assert "has enough texture" in reach.text
    assert reach.findings == ("F2",)
    assert told == explain(quiet.case)
