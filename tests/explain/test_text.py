from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest

from locard.exhibit import Exhibit, open_exhibit
from locard.explain import Explanation, explain, format_ratio, format_share, name_support
from locard.explain.places import name_box, name_map, name_place
from locard.methods import Finding, GridMap, Question, Status, not_applicable
from locard.opinion import Answer, Opinion, Verdict, decide, localize, posterior


@pytest.fixture(scope="module")
def exhibit() -> Exhibit:
    return open_exhibit(np.random.default_rng(0).integers(0, 255, (160, 240, 3), dtype=np.uint8))


def disc(x: float, y: float, radius: float = 0.15) -> GridMap:
    yy, xx = np.mgrid[:20, :30]
    inside = ((xx + 0.5) / 30 - x) ** 2 + ((yy + 0.5) / 20 - y) ** 2 < radius**2
    return GridMap(inside.astype(np.float32), step=8.0)


def finding(identifier: str, log10_lr: float | None, **changes: object) -> Finding:
    made = Finding(
        Status.DERIVED, score=1.0, says=f"trace {identifier} was seen", log10_lr=log10_lr,
        question=Question.EDITED, method=f"made-{identifier.lower()}", id=identifier,
    )  # fmt: skip
    return replace(made, **changes)  # type: ignore[arg-type]


def opine(
    findings: list[Finding], *, stability: float | None = 0.95, contradicted: bool = False
) -> Opinion:
    answers = {}
    for question in Question:
        lr = sum(f.log10_lr or 0.0 for f in findings if f.question is question)
        flips = contradicted and question is Question.EDITED
        answers[question] = Answer(posterior(lr, 0.5), lr, 0.5, stability, flips)
    verdict, why = decide(answers)
    return Opinion(verdict, answers, why)


def write(exhibit: Exhibit, findings: list[Finding], **changes: object) -> Explanation:
    opinion = opine(findings, **changes)  # type: ignore[arg-type]
    return explain(exhibit, findings, opinion, localize(exhibit, findings))


def test_every_claim_and_citation_rests_on_weighed_findings(exhibit: Exhibit) -> None:
    rng = np.random.default_rng(3)
    verdicts = set()
    for _ in range(150):
        findings = []
        for i in range(int(rng.integers(0, 9))):
            lr = None if rng.random() < 0.2 else float(rng.normal(0, 1.5))
            marks = disc(*rng.random(2)) if rng.random() < 0.5 else None
            question = Question.EDITED if rng.random() < 0.6 else Question.GENERATED
            made = finding(f"F{i + 1}", lr, heatmap=marks, question=question)
            if rng.random() < 0.2:
                made = replace(not_applicable("too small"), id=made.id, method=made.method)
            findings.append(made)
        opinion = opine(findings, contradicted=bool(rng.random() < 0.2))
        verdicts.add(opinion.verdict)
        told = explain(exhibit, findings, opinion, localize(exhibit, findings))
        weighed = {f.id for f in findings if f.applicable and f.log10_lr is not None}
        for claim in told.claims:
            assert claim.text.endswith((".", "!", "?"))
            assert claim.text[0].isupper()
            assert claim.findings
            assert set(claim.findings) <= weighed
        cited = set(re.findall(r"F\d+", told.summary))
        assert cited <= weighed
        text = " ".join(claim.text for claim in told.claims)
        for made in findings:
            assert made.id in weighed or f"Trace {made.id} " not in text
        assert 1 <= len(re.findall(r"[.!?](?: |$)", told.summary)) <= 4
        assert "{" not in told.summary + "".join(c.text for c in told.claims)
        assert told == explain(exhibit, findings, opinion, localize(exhibit, findings))
    assert verdicts == set(Verdict)


def test_edited_says_why_where_and_how_sure(exhibit: Exhibit) -> None:
    findings = [
        finding("F1", -0.7),
        finding("F2", 2.4, heatmap=disc(0.15, 0.15), innocent=("tiles look alike", "second")),
        replace(not_applicable("too small"), id="F3", method="made-small"),
    ]
    told = write(exhibit, findings)
    assert told.summary.startswith("The picture was probably edited: the probability is 98")
    assert "made-f2 [F2] in the upper left, which gives moderately strong support." in told.summary
    assert "Against it speaks made-f1 [F1] with weak support" in told.summary
    assert "The answer stays when the picture is re-saved" in told.summary
    assert "1 method could not be applied" in told.summary
    first, second, region = told.claims
    assert first.text == (
        "Trace F2 was seen. It is strongest in the upper left. This gives moderately strong "
        "support to the proposition that the picture was edited (likelihood ratio 250). Innocent "
        "explanation: Tiles look alike."
    )
    assert first.findings == ("F2",)
    assert "that the picture was not edited (likelihood ratio 1 : 5)" in second.text
    assert "Innocent" not in second.text
    assert region.text.startswith("Region 1, in the upper left, covers")
    assert region.findings == ("F2",)


def test_authentic_is_honest(exhibit: Exhibit) -> None:
    generated = finding("F2", -1.5, question=Question.GENERATED)
    told = write(exhibit, [finding("F1", -1.2), generated, finding("F3", 0.4)])
    assert "No trace of editing or generation was found by the 3 methods" in told.summary
    assert "[F2, F1, F3]" in told.summary
    assert "that is not proof that the picture is untouched" in told.summary
    assert "Yet made-f3 [F3] gives weak support to editing" in told.summary


def test_inconclusive_says_why(exhibit: Exhibit) -> None:
    between = write(exhibit, [finding("F1", 0.5)])
    assert "the probability of editing is 76%, and between 40% and 90%" in between.summary
    flips = write(exhibit, [finding("F1", 3.0)], contradicted=True, stability=0.4)
    assert "changed to its opposite when the picture was re-saved" in flips.summary
    assert "stability 40%" in flips.summary
    nothing = write(exhibit, [finding("F1", None)])
    assert "no method that ran could be weighed as evidence" in nothing.summary
    assert "stays" not in nothing.summary
    assert nothing.claims == ()


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


@pytest.mark.parametrize(
    ("log10_lr", "shown"),
    [
        (0.0, "1"), (-0.01, "1"), (0.15, "1.4"), (1.48, "30"), (3.3, "2,000"), (-0.6, "1 : 4"),
        (-2.6, "1 : 400"), (7.0, "more than 10^6"), (-8.0, "less than 1 : 10^6"),
    ],
)  # fmt: skip
def test_format_ratio(log10_lr: float, shown: str) -> None:
    assert format_ratio(log10_lr) == shown


@pytest.mark.parametrize(
    ("share", "shown"),
    [
        (0.5, "50%"), (0.973, "97%"), (0.985, "98.5%"), (0.0123, "1.2%"),
        (1.0, "more than 99.9%"), (0.0, "less than 0.1%"),
    ],
)  # fmt: skip
def test_format_share(share: float, shown: str) -> None:
    assert format_share(share) == shown


@pytest.mark.parametrize(
    ("x", "y", "name"),
    [
        (0.0, 0.0, "in the upper left"), (0.5, 0.5, "in the centre"), (0.5, 0.9, "at the bottom"),
        (1.0, 0.5, "on the right"), (1.0, 1.0, "in the lower right"),
    ],
)  # fmt: skip
def test_name_place(x: float, y: float, name: str) -> None:
    assert name_place(x, y) == name


def test_places_follow_the_shown_picture() -> None:
    assert name_box((0, 0, 20, 20), 240, 160, 1) == "in the upper left"
    assert name_box((0, 0, 20, 20), 240, 160, 3) == "in the lower right"
    assert name_box((0, 0, 20, 20), 240, 160, 6) == "in the upper right"
    assert name_box((0, 0, 230, 150), 240, 160, 1) == "over most of the picture"
    assert name_map(disc(0.1, 0.1), 240, 160, 1) == "in the upper left"
    assert name_map(disc(0.1, 0.1), 240, 160, 8) == "in the lower left"
    assert name_map(GridMap(np.zeros((4, 4), np.float32), 40.0), 240, 160, 1) is None
    assert name_map(GridMap(np.ones((4, 4), np.float32), 40.0), 160, 160, 1) == (
        "over most of the picture"
    )
