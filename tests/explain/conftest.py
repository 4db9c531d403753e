"""Cases made from random findings, independent of any method's code."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from locard.content.things import Thing
from locard.exhibit import Exhibit, open_exhibit
from locard.explain import Case, case_of
from locard.methods import Finding, GridMap, Question, Status
from locard.opinion import Answer, Opinion, decide, localize, posterior


@pytest.fixture(scope="session")
def exhibit() -> Exhibit:
    return open_exhibit(np.random.default_rng(0).integers(0, 255, (160, 240, 3), dtype=np.uint8))


def disc(x: float, y: float, radius: float = 0.15) -> GridMap:
    """A map with one disc around a point given in shares of the picture."""
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
    findings: Sequence[Finding], *, stability: float | None = 0.95, contradicted: bool = False
) -> Opinion:
    answers = {}
    for question in Question:
        lr = sum(f.log10_lr or 0.0 for f in findings if f.question is question)
        flips = contradicted and question is Question.EDITED
        answers[question] = Answer(posterior(lr, 0.5), lr, 0.5, stability, flips)
    verdict, why = decide(answers)
    return Opinion(verdict, answers, why)


def build(
    exhibit: Exhibit, findings: Sequence[Finding], things: Sequence[Thing] = (), **changes: object
) -> Case:
    opinion = opine(findings, **changes)  # type: ignore[arg-type]
    return case_of(exhibit, findings, opinion, localize(exhibit, findings), things)
