"""Grounded text: every sentence cites the findings it rests on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from locard.exhibit import Exhibit
from locard.methods import Finding
from locard.opinion import Localization, Opinion


@dataclass(frozen=True, slots=True)
class Claim:
    """A sentence and the identifiers of the findings it rests on (at least one)."""

    text: str
    findings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Explanation:
    """A summary for a lay reader and the claims behind it."""

    summary: str
    claims: tuple[Claim, ...]


def explain(
    exhibit: Exhibit,
    findings: Sequence[Finding],
    opinion: Opinion,
    localization: Localization,
) -> Explanation:
    """Say what was found, strongest evidence first."""
    weighed = [f for f in findings if f.applicable and f.says]
    weighed.sort(key=lambda f: abs(f.log10_lr or 0.0), reverse=True)
    claims = tuple(Claim(f.says, (f.id,)) for f in weighed)
    return Explanation(f"The verdict is “{opinion.verdict}”: {opinion.why}.", claims)
