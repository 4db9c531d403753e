"""Findings as they come from calibrated methods."""

from __future__ import annotations

from locard.methods import Finding, Question, Status


def edited(log10_lr: float, method: str = "a", **fields: object) -> Finding:
    """A finding that bears on the question "edited"."""
    return Finding(
        Status.DERIVED,
        score=1.0,
        method=method,
        id="F1",
        question=Question.EDITED,
        log10_lr=log10_lr,
        **fields,  # type: ignore[arg-type]
    )
