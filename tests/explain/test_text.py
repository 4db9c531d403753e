from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest

from explain.conftest import build, disc, finding
from locard.exhibit import Exhibit
from locard.explain import (
    Claim,
    ClaimKind,
    Explanation,
    cite,
    explain,
    list_languages,
    name_support,
)
from locard.methods import Finding, GridMap, Question, not_applicable
from locard.opinion import Verdict


def write(exhibit: Exhibit, findings: list[Finding], **changes: object) -> Explanation:
    return explain(build(exhibit, findings, **changes))


def text_of(told: Explanation) -> str:
    return " ".join(c.text for c in told.claims)


def test_edited_says_why_where_and_how_sure(exhibit: Exhibit) -> None:
    findings = [
        finding("F1", -0.7),
        finding("F2", 2.4, heatmap=disc(0.15, 0.15), innocent=("Tiles look alike.", "second")),
        replace(not_applicable("too small"), id="F3", method="made-small"),
    ]
    told = write(exhibit, findings)
    assert told.summary == (
        "The picture was probably edited: the probability is 98.0%, where 50% was assumed before "
        "the examination [F2]. The main reason: the method “made-f2” reports a trace of editing, "
        "in the upper left (moderately strong support) [F2]. This can have an innocent cause: "
        "tiles look alike [F2]. Against it: the method “made-f1” finds no trace of editing (weak "
        "support) [F1]. The answer stays when the picture is re-saved [F2, F1]. One method could "
        "not be applied [F3]."
    )
    texts = [c.text for c in told.claims]
    assert texts[:5] == [
        "Trace F2 was seen.",
        "It is strongest in the upper left.",
        "This gives moderately strong support to the proposition that the picture was edited "
        "(likelihood ratio 250).",
        "Innocent explanation: tiles look alike.",
        "Innocent explanation: second.",
    ]
    assert "that the picture was not edited (likelihood ratio 1 : 5)" in texts[6]
    assert texts[7].startswith("Region 1 lies in the upper left and covers")
    assert texts[7].endswith("made-f2 marks it.")
    assert texts[-1] == "Made-small could not be applied: too small."
    assert [c.findings for c in told.claims[:5]] == [("F2",)] * 5


def test_a_finding_is_as_strong_in_the_summary_as_in_its_own_words(exhibit: Exhibit) -> None:
    # What the opinion counts of it is less: the ratio alone would be weak support.
    case = replace(build(exhibit, [finding("F1", 1.4)]), weights={"F1": 0.6})
    told = explain(case)
    assert "(moderate support) [F1]" in told.summary
    assert any(c.text.startswith("This gives moderate support") for c in told.claims)
    assert any("60%" in c.text for c in told.claims)
    assert "weak support" not in text_of(told) + told.summary


def test_operations_are_named_for_methods_that_tell(exhibit: Exhibit) -> None:
    told = write(exhibit, [finding("F1", 2.0, method="copy-move")])
    assert (
        "Such a trace is left by copying a part to another place of the picture or taking "
        "something out and filling the hole." in text_of(told)
    )
    assert "two areas of the picture are copies of one another" in told.summary
    against = write(exhibit, [finding("F1", -2.0, method="copy-move")])
    assert "Such a trace" not in text_of(against)


@pytest.mark.parametrize(
    ("log10_lr", "other", "kinds"),
    [
        (2.4, 0.15, [ClaimKind.PLACE, ClaimKind.PLACE]),
        (2.4, 0.08, [ClaimKind.PLACE, ClaimKind.HINT]),
        (0.9, 0.15, [ClaimKind.HINT, ClaimKind.HINT]),
    ],
)
def test_small_and_weak_regions_are_places_to_look_at(
    exhibit: Exhibit, log10_lr: float, other: float, kinds: list[ClaimKind]
) -> None:
    both = GridMap(np.maximum(disc(0.2, 0.3).values, disc(0.8, 0.7, other).values), step=8.0)
    case = build(exhibit, [finding("F1", log10_lr, heatmap=both)])
    regions = [c for c in explain(case).claims if c.region is not None]
    assert [c.kind for c in regions] == kinds
    for claim in regions:
        assert ("a place to look at, not a result" in claim.text) is (claim.kind is ClaimKind.HINT)


def test_authentic_is_honest(exhibit: Exhibit) -> None:
    generated = finding("F2", -1.5, question=Question.GENERATED)
    told = write(exhibit, [finding("F1", -1.2), generated, finding("F3", 0.4)])
    assert "No trace of editing or generation was found by the 3 methods" in told.summary
    assert "that is not proof that the picture is untouched [F2, F1, F3]." in told.summary
    assert "One sign of editing remains: the method “made-f3” reports" in told.summary


def test_inconclusive_says_why(exhibit: Exhibit) -> None:
    between = write(exhibit, [finding("F1", 0.5)])
    assert "the probability of editing is 76%, and between 40% and 90%" in between.summary
    flips = write(exhibit, [finding("F1", 3.0)], contradicted=True, stability=0.4)
    assert "changed to its opposite when the picture was re-saved" in flips.summary
    weak = write(exhibit, [finding("F1", 3.0)], stability=0.4)
    assert "The answer on editing weakens" in weak.summary
    assert "stability 40%" in weak.summary
    half = write(exhibit, [finding("F1", -2.0)])
    assert "no method that ran could say anything on generation by a machine [F1]." in half.summary
    assert "%" not in half.summary.partition("[F1]")[0]
    nothing = write(exhibit, [finding("F1", None)])
    assert "no method that ran could be weighed as evidence [F1]." in nothing.summary
    assert "stays" not in nothing.summary
    assert nothing.claims == ()
    assert write(exhibit, []).summary == "No method was run, so nothing was found."


def test_views_that_are_not_counted_are_never_evidence(exhibit: Exhibit) -> None:
    # A likelihood ratio on a method that declares itself uncounted is ignored all the same.
    told = write(exhibit, [finding("F1", 3.0, method="error-level"), finding("F2", 0.1)])
    assert "F1" not in told.summary
    assert [c.findings for c in told.claims] == [("F2",)]


def test_neutral_findings_share_one_sentence(exhibit: Exhibit) -> None:
    told = write(exhibit, [finding("F1", 0.1), finding("F2", -0.2), finding("F3", 0.0)])
    (claim,) = told.claims
    assert set(claim.findings) == {"F1", "F2", "F3"}
    assert claim.text.endswith("found nothing that speaks for or against editing.")


def test_reasons_why_methods_did_not_apply_are_grouped(exhibit: Exhibit) -> None:
    missing = [
        replace(not_applicable("Needs a JPEG file."), id=f"F{i}", method=f"made-{i}")
        for i in (1, 2)
    ]
    told = write(exhibit, [*missing, finding("F3", 0.1)])
    assert told.claims[-1].text == "Made-1 and made-2 could not be applied: needs a JPEG file."
    assert told.claims[-1].findings == ("F1", "F2")


@pytest.mark.parametrize(
    ("text", "findings", "expected"),
    [
        ("It is so.", ("F1",), "It is so [F1]."),
        ("Is it?", ("F1", "F2"), "Is it [F1, F2]?"),
        ("no stop", ("F1",), "no stop [F1]"),
        ("", ("F1",), " [F1]"),
        ("Many.", tuple(f"F{i}" for i in range(9)), "Many [F0, F1, F2, F3, F4, F5, …]."),
    ],
)
def test_cite(text: str, findings: tuple[str, ...], expected: str) -> None:
    assert cite(Claim(text=text, findings=findings)) == expected


@pytest.mark.parametrize(
    ("log10_lr", "words"),
    [
        (0.0, "no support either way"), (0.3, "no support either way"), (0.31, "weak support"),
        (-0.9, "weak support"), (1.0, "moderate support"), (2.0, "moderately strong support"),
        (-3.5, "strong support"), (4.0, "very strong support"), (6.1, "extremely strong support"),
    ],
)  # fmt: skip
def test_name_support(log10_lr: float, words: str) -> None:
    assert name_support(log10_lr) == words


def test_every_language_gives_every_verdict(exhibit: Exhibit) -> None:
    cases = {
        Verdict.EDITED: build(exhibit, [finding("F1", 3.0), finding("F2", -0.5)]),
        Verdict.GENERATED: build(exhibit, [finding("F1", 3.0, question=Question.GENERATED)]),
        Verdict.AUTHENTIC: build(
            exhibit, [finding("F1", -2.0), finding("F2", -2.0, question=Question.GENERATED)]
        ),
        Verdict.INCONCLUSIVE: build(exhibit, [finding("F1", 0.2)]),
    }
    for verdict, case in cases.items():
        assert case.opinion.verdict is verdict
        said = {explain(case, code).summary for code in list_languages()}
        assert len(said) == len(list_languages())
        for summary in said:
            assert "none" not in summary, "where nothing is to be said, nothing is"
            assert re.search(r"\[F1", summary)
