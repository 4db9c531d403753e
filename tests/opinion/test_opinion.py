"""The verdict follows from the probabilities by the stated rule."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from locard.methods import Finding, Method, Question, Status, not_applicable
from locard.opinion import Answer, Calibrator, Verdict, calibrate, decide, posterior


@pytest.mark.parametrize(
    ("log10_lr", "prior", "expected"),
    [(0.0, 0.5, 0.5), (1.0, 0.5, 10 / 11), (-1.0, 0.5, 1 / 11), (2.0, 0.01, 100 / 199)],
)
def test_posterior_is_bayes_rule(log10_lr: float, prior: float, expected: float) -> None:
    assert posterior(log10_lr, prior) == pytest.approx(expected)


@pytest.mark.parametrize("log10_lr", [1e6, -1e6])
def test_posterior_of_extreme_evidence_is_finite(log10_lr: float) -> None:
    assert 0.0 <= posterior(log10_lr, 0.5) <= 1.0


def log10_odds(probability: float) -> float:
    return float(np.log10(probability / (1 - probability)))


def answers(edited: float, generated: float, contradicted: bool = False) -> dict[Question, Answer]:
    return {
        Question.EDITED: Answer(edited, log10_odds(edited), 0.5, contradicted=contradicted),
        Question.GENERATED: Answer(generated, log10_odds(generated), 0.5),
    }


@pytest.mark.parametrize(
    ("given", "verdict"),
    [
        (answers(0.95, 0.1), Verdict.EDITED),
        (answers(0.2, 0.95), Verdict.GENERATED),
        (answers(0.95, 0.97), Verdict.GENERATED),
        (answers(0.97, 0.95), Verdict.EDITED),
        (answers(0.2, 0.1), Verdict.AUTHENTIC),
        (answers(0.6, 0.1), Verdict.INCONCLUSIVE),
        (answers(0.95, 0.1, contradicted=True), Verdict.INCONCLUSIVE),
        (answers(0.1, 0.1, contradicted=True), Verdict.INCONCLUSIVE),
    ],
)
def test_decide(given: dict[Question, Answer], verdict: Verdict) -> None:
    found, why = decide(given)
    assert found is verdict
    assert why


def test_a_question_that_nothing_examined_is_not_answered() -> None:
    low = answers(0.05, 0.05)
    assert decide(low, [Question.EDITED, Question.GENERATED])[0] is Verdict.AUTHENTIC
    verdict, why = decide(low, [Question.EDITED])
    assert verdict is Verdict.INCONCLUSIVE
    assert "generated" in why
    # A prior is no evidence.
    assert decide(answers(0.97, 0.05), [Question.GENERATED])[0] is Verdict.INCONCLUSIVE


def test_what_another_method_takes_in_does_not_count_twice(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    fine, coarse = (
        Method(name, "", Question.EDITED, "", "", lambda e: (), refines=refines)
        for name, refines in (("fine", "coarse"), ("coarse", None))
    )
    fitted = {
        (name, Question.EDITED): Calibrator(
            method=name,
            question=Question.EDITED,
            basis="stated",
            why="a test",
            scores=(0.0, 1.0),
            log10_lr=(-1.0, 1.0),
        )
        for name in ("fine", "coarse")
    }
    monkeypatch.setattr("locard.opinion.opinion.list_methods", lambda: [fine, coarse])
    monkeypatch.setattr("locard.opinion.opinion.load_calibrators", lambda: fitted)

    def found(name: str, score: float | None) -> Finding:
        given = not_applicable("a test") if score is None else Finding(Status.INFERRED, score=score)
        return replace(given, method=name, question=Question.EDITED)

    def ratios(*findings: Finding) -> list[float | None]:
        return [f.log10_lr for f in calibrate(findings)]

    assert ratios(found("fine", 1.0), found("coarse", 1.0)) == [1.0, None]
    assert ratios(found("coarse", 0.5), found("fine", 1.0)) == [None, 1.0]
    assert ratios(found("fine", None), found("coarse", 1.0)) == [None, 1.0]
    # Weighed anew without it, what was taken in has its weight again.
    both = calibrate([found("fine", 1.0), found("coarse", 1.0)])
    assert ratios(*both[1:]) == [1.0]
    # One that cannot be weighed takes nothing away.
    del fitted["fine", Question.EDITED]
    assert ratios(found("fine", 1.0), found("coarse", 1.0)) == [None, 1.0]
