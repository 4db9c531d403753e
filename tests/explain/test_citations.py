"""No sentence without a citation: random reports with findings of all registered methods."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from explain.conftest import build, disc
from locard.exhibit import Exhibit, open_exhibit
from locard.explain import Case, ClaimKind, explain, list_languages
from locard.explain.dialogue import ask
from locard.methods import Finding, Question, Status, list_methods, not_applicable

METHODS = list_methods()
PICTURE: Exhibit = open_exhibit(
    np.random.default_rng(0).integers(0, 255, (64, 96, 3), dtype=np.uint8)
)
QUESTIONS = ("why?", "where?", "how sure?", "what next?", "what was left out?", "¿dónde?", "Warum?")
_text = st.sampled_from(
    ["", "it is so", "It is so.", "a [F9] in the file; {x} { $y }", "two. Sentences!", "ends…"]
)


@st.composite
def finding(draw: st.DrawFn, number: int) -> Finding:
    method = draw(st.sampled_from(METHODS))
    question = draw(st.sampled_from(list(Question)))
    if draw(st.integers(0, 5)) == 0:
        made = not_applicable(draw(_text))
    else:
        lr = draw(st.none() | st.floats(-8, 8, allow_nan=False))
        marked = draw(st.booleans())
        x, y = draw(st.floats(0, 1)), draw(st.floats(0, 1))
        made = Finding(
            Status.DERIVED, score=draw(st.floats(-3, 50)), says=draw(_text), log10_lr=lr,
            heatmap=disc(x, y, draw(st.floats(0.01, 0.9))) if marked else None,
            innocent=tuple(draw(st.lists(_text.filter(bool), max_size=2))),
        )  # fmt: skip
    return replace(made, id=f"F{number}", method=method.name, question=question)


@st.composite
def case(draw: st.DrawFn) -> Case:
    findings = [draw(finding(i)) for i in range(1, draw(st.integers(1, 8)) + 1)]
    stability = draw(st.none() | st.floats(0, 1))
    return build(PICTURE, findings, stability=stability, contradicted=draw(st.booleans()))


@settings(
    max_examples=40, deadline=None, derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)  # fmt: skip
@given(made=case(), language=st.sampled_from(list_languages()), question=st.sampled_from(QUESTIONS))
def test_every_sentence_cites_findings_that_may_carry_it(
    made: Case, language: str, question: str
) -> None:
    assert check(made, language, question) > 0


def test_thousands_of_reports() -> None:
    rng = np.random.default_rng(5)
    maps = [disc(*rng.random(2), rng.uniform(0.02, 0.6)) for _ in range(40)]
    texts = ["", "it is so", "It is so.", "a [F9] in the file; {x} { $y }", "two. Sentences!"]
    for number in range(1000):
        findings = []
        for i in range(1, int(rng.integers(2, 9))):
            method = METHODS[rng.integers(len(METHODS))]
            made = not_applicable(texts[rng.integers(5)])
            if rng.random() < 0.8:
                lr = None if rng.random() < 0.2 else float(rng.normal(0, 2))
                marks = maps[rng.integers(40)] if rng.random() < 0.4 else None
                made = Finding(
                    Status.DERIVED, score=float(rng.normal()), says=texts[rng.integers(5)],
                    log10_lr=lr, heatmap=marks, innocent=(texts[1 + rng.integers(4)],),
                )  # fmt: skip
            question = list(Question)[rng.integers(2)]
            findings.append(replace(made, id=f"F{i}", method=method.name, question=question))
        report = build(PICTURE, findings, contradicted=bool(rng.random() < 0.2))
        languages = list_languages()
        for language in languages:
            assert check(report, language, QUESTIONS[number % len(QUESTIONS)]) > 0


def check(made: Case, language: str, question: str) -> int:
    """Hold every sentence to its citations; returns how many there were."""
    told = explain(made, language)
    silent = {f.id for f in made.findings if not f.applicable}
    weighed = set(made.weights)
    for claim in (*told.lay, *told.claims):
        assert claim.findings, claim
        assert claim.text[-1] in ".!?…", claim
        assert not claim.text[0].islower(), claim
        cited = set(claim.findings)
        if claim.kind is ClaimKind.NOT_EXAMINED:
            assert cited <= silent, claim
        elif weighed:
            assert cited <= weighed, claim
        else:
            assert claim.kind is ClaimKind.VERDICT, claim
        if claim.region:
            assert cited <= set(made.regions[claim.region - 1].findings)
    # The summary's sentences end with their citations, one each.
    assert len(re.findall(r"\[F\d+(?:, F\d+)*(?:, …)?\](?=[.!?]|$)", told.summary)) >= len(told.lay)
    answered = ask(made, question, language).claims
    for claim in answered:
        assert claim.findings, claim
    return len(told.lay) + len(told.claims) + len(answered)
