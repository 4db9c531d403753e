"""Grounded text: every claim cites the findings it rests on.

Only weighed findings, those with a likelihood ratio, are used: a view that is shown and not
counted, or a method without a calibrator, never becomes a reason. The words are in
`locard.explain.wording`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from locard.exhibit import Exhibit
from locard.explain import wording
from locard.explain.places import name_box, name_map
from locard.methods import Finding, Question, list_methods
from locard.opinion import Answer, Localization, Opinion, Verdict
from locard.opinion.opinion import ACCEPT, REJECT, weight

# Weighed findings below this |log10 LR|, a ratio of 2, support nothing.
NEUTRAL = wording.SUPPORT[-2][0]
_MAX_CLAIMS = 8
_MAX_REGIONS = 3
_MAX_CITED = 6


@dataclass(frozen=True, slots=True)
class Claim:
    """A statement and the identifiers of the findings it rests on (at least one)."""

    text: str
    findings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Explanation:
    """A summary for a lay reader and the claims behind it, strongest first.

    The summary cites findings in brackets: "[F3]" or "[F3, F5]".
    """

    summary: str
    claims: tuple[Claim, ...]


def name_support(log10_lr: float) -> str:
    """Put the weight of a finding in words, on the verbal scale of the ENFSI guideline (2015).

    >>> name_support(1.3)
    'moderate support'
    """
    return next(words for bound, words in wording.SUPPORT if abs(log10_lr) >= bound)


def format_ratio(log10_lr: float) -> str:
    """Write a likelihood ratio with the digits it deserves ("30", "1 : 4", "more than 10^6").

    >>> format_ratio(1.48), format_ratio(-0.6)
    ('30', '1 : 4')
    """
    if abs(log10_lr) > 6.0:
        return "more than 10^6" if log10_lr > 0 else "less than 1 : 10^6"
    ratio = float(f"{10.0 ** abs(log10_lr):.2g}")
    shown = f"{ratio:,.0f}" if ratio >= 10 else f"{ratio:g}"
    return shown if log10_lr >= 0 or ratio == 1 else f"1 : {shown}"


def format_share(share: float) -> str:
    """Write a share or probability as a percentage that never claims certainty.

    >>> format_share(0.973), format_share(0.99996), format_share(0.0)
    ('97%', 'more than 99.9%', 'less than 0.1%')
    """
    if share > 0.999:
        return "more than 99.9%"
    if share < 0.001:
        return "less than 0.1%"
    digits = 1 if share < 0.02 or share > 0.98 else 0
    return f"{100 * share:.{digits}f}%"


def sentence(text: str) -> str:
    """Begin with a capital and end with a full stop."""
    text = text.strip()
    if not text:
        return ""
    return text[0].upper() + text[1:] + ("" if text[-1] in ".!?…" else ".")


def _cite(findings: Sequence[Finding]) -> str:
    shown = [f.id for f in findings[:_MAX_CITED]]
    more = ", …" if len(findings) > _MAX_CITED else ""
    return f" [{', '.join(shown)}{more}]" if shown else ""


def _counted(number: int) -> str:
    return wording.METHODS[number != 1].format(number)


@dataclass(frozen=True, slots=True)
class _Case:
    """What the text is written from; weighed findings, strongest first."""

    exhibit: Exhibit
    weighed: tuple[Finding, ...]
    left_out: int
    opinion: Opinion
    localization: Localization
    titles: dict[str, str]

    def title(self, finding: Finding) -> str:
        return self.titles.get(finding.method, finding.method)

    def place(self, finding: Finding) -> str | None:
        """Name where a finding that supports its proposition is, if it marks anything."""
        lr = finding.log10_lr or 0.0
        if finding.heatmap is None or lr < NEUTRAL or finding.question is not Question.EDITED:
            return None
        exhibit = self.exhibit
        return name_map(
            finding.heatmap, exhibit.width, exhibit.height, exhibit.metadata.orientation
        )

    def side(self, question: Question, sign: int) -> list[Finding]:
        """Findings that support a question's proposition (sign 1) or its opposite (−1)."""
        return [f for f in self.weighed if f.question is question and _effect(f) * sign >= NEUTRAL]


def _effect(finding: Finding) -> float:
    """log10 LR of a finding after its weight in the fusion."""
    return weight(finding) * (finding.log10_lr or 0.0)


def explain(
    exhibit: Exhibit,
    findings: Sequence[Finding],
    opinion: Opinion,
    localization: Localization,
) -> Explanation:
    """Say what was found, what it would mean, where it is and how far to trust it."""
    counted = {m.name: m.counted for m in list_methods()}
    weighed = [
        f
        for f in findings
        if f.applicable and f.log10_lr is not None and counted.get(f.method, True)
    ]
    weighed.sort(key=lambda f: (-abs(_effect(f)), f.id))
    case = _Case(
        exhibit,
        tuple(weighed),
        len({f.method for f in findings if not f.applicable}),
        opinion,
        localization,
        {m.name: m.title for m in list_methods()},
    )
    return Explanation(_summary(case), (*_claims(case), *_region_claims(case), *_neutral(case)))


def _claims(case: _Case) -> list[Claim]:
    claims: list[Claim] = []
    for finding in case.weighed:
        lr, question = finding.log10_lr, finding.question
        if lr is None or question is None or abs(lr) < NEUTRAL or len(claims) == _MAX_CLAIMS:
            continue
        place = case.place(finding)
        meaning = wording.CLAIM_MEANING.format(
            support=name_support(lr),
            proposition=(wording.HOLDS if lr > 0 else wording.FAILS)[question],
            lr=format_ratio(lr),
        )
        share = weight(finding)
        if share < 0.95:
            meaning += wording.CLAIM_DISCOUNT.format(weight=format_share(share))
        innocent = ""
        if lr > 0 and finding.innocent:
            innocent = wording.CLAIM_INNOCENT.format(innocent=sentence(finding.innocent[0]))
        text = wording.CLAIM.format(
            says=sentence(finding.says or case.title(finding)),
            where=wording.CLAIM_WHERE.format(place=place) if place else "",
            meaning=meaning,
            innocent=innocent,
        )
        claims.append(Claim(text, (finding.id,)))
    return claims


def _region_claims(case: _Case) -> list[Claim]:
    """Say where each of the first regions is; a region that no single finding marks is left out."""
    by_id = {f.id: f for f in case.weighed}
    exhibit = case.exhibit
    claims = []
    for number, region in enumerate(case.localization.regions[:_MAX_REGIONS], 1):
        marking = [by_id[name] for name in region.findings if name in by_id]
        if not marking:
            continue
        text = wording.CLAIM_REGION.format(
            number=number,
            place=name_box(region.box, exhibit.width, exhibit.height, exhibit.metadata.orientation),
            area=format_share(region.area),
            methods=_list([case.title(f) for f in marking]),
            verb=wording.MARKS if len(marking) == 1 else wording.MARK,
        )
        claims.append(Claim(text, tuple(f.id for f in marking)))
    return claims


def _neutral(case: _Case) -> list[Claim]:
    """Say in one sentence per question which methods found nothing either way."""
    claims = []
    for question in Question:
        quiet = [
            f for f in case.weighed if f.question is question and abs(f.log10_lr or 0.0) < NEUTRAL
        ]
        if quiet:
            text = wording.CLAIM_NEUTRAL.format(
                methods=_list([case.title(f) for f in quiet]),
                verb=wording.FOUND,
                doing=wording.DOING[question],
            )
            claims.append(Claim(sentence(text), tuple(f.id for f in quiet)))
    return claims


def _list(names: Sequence[str]) -> str:
    unique = list(dict.fromkeys(names))
    return wording.AND.join(part for part in (", ".join(unique[:-1]), unique[-1]) if part)


def _summary(case: _Case) -> str:
    verdict = case.opinion.verdict
    if verdict is Verdict.AUTHENTIC:
        parts = _summary_authentic(case)
    elif verdict is Verdict.INCONCLUSIVE:
        parts = _summary_inconclusive(case)
    else:
        parts = _summary_positive(case, Question(verdict.value))
    return " ".join(part for part in [*parts, _trust(case)] if part)


def _reason(case: _Case, template: str, finding: Finding, question: Question) -> str:
    place = case.place(finding)
    return template.format(
        title=case.title(finding),
        cite=_cite([finding]),
        support=name_support(_effect(finding)),
        where=f" {place}" if place else "",
        doing=wording.DOING[question],
    )


def _summary_positive(case: _Case, question: Question) -> list[str]:
    answer = case.opinion.questions[question]
    adverb = wording.VERY_PROBABLY if answer.probability >= 0.99 else wording.PROBABLY
    parts = [
        wording.SUMMARY_POSITIVE.format(
            adverb=adverb,
            done=wording.DONE[question],
            probability=format_share(answer.probability),
            prior=format_share(answer.prior),
        )
    ]
    if reasons := case.side(question, 1):
        parts.append(_reason(case, wording.SUMMARY_FOR, reasons[0], question))
    if against := case.side(question, -1):
        parts.append(_reason(case, wording.SUMMARY_AGAINST, against[0], question))
    return parts


def _summary_authentic(case: _Case) -> list[str]:
    if not case.weighed:
        return [wording.SUMMARY_NOTHING_WEIGHED]
    count = len({f.method for f in case.weighed})
    parts = [wording.SUMMARY_AUTHENTIC.format(count=_counted(count), cite=_cite(case.weighed))]
    dissent = [f for question in Question for f in case.side(question, 1)]
    if dissent:
        strongest = max(dissent, key=_effect)
        question = strongest.question or Question.EDITED
        parts.append(_reason(case, wording.SUMMARY_NEVERTHELESS, strongest, question))
    return parts


def _summary_inconclusive(case: _Case) -> list[str]:
    if not case.weighed:
        return [wording.SUMMARY_NOTHING_WEIGHED]
    answers = case.opinion.questions
    contradicted = [q for q, a in answers.items() if a.contradicted]
    open_ = [q for q, a in answers.items() if REJECT < a.probability < ACCEPT]

    def nearest(questions: Sequence[Question]) -> Question:
        return max(questions, key=lambda q: answers[q].probability)

    if contradicted:
        question = nearest(contradicted)
        why = wording.WHY_CONTRADICTED.format(doing=wording.DOING[question])
    else:
        question = nearest(open_ or list(answers))
        why = wording.WHY_BETWEEN.format(
            doing=wording.DOING[question],
            probability=format_share(answers[question].probability),
            reject=format_share(REJECT),
            accept=format_share(ACCEPT),
        )
    parts = [wording.SUMMARY_INCONCLUSIVE.format(why=why)]
    if reasons := case.side(question, 1):
        parts.append(_reason(case, wording.SUMMARY_FOR_INCONCLUSIVE, reasons[0], question))
    if against := case.side(question, -1):
        parts.append(_reason(case, wording.SUMMARY_AGAINST, against[0], question))
    return parts


def _deciding(opinion: Opinion) -> Answer | None:
    """Return the answer on which the verdict rests."""
    answers = opinion.questions
    if opinion.verdict in (Verdict.EDITED, Verdict.GENERATED):
        return answers[Question(opinion.verdict.value)]
    measured = [a for a in answers.values() if a.stability is not None]
    return min(measured, key=lambda a: a.stability or 0.0) if measured else None


def _trust(case: _Case) -> str:
    answer = _deciding(case.opinion)
    stability = answer.stability if answer else None
    parts = []
    if not case.weighed:
        pass  # An answer that rests on nothing cannot be stable.
    elif stability is None:
        parts.append(wording.TRUST_UNTESTED)
    elif stability >= 0.9 and not (answer and answer.contradicted):
        parts.append(wording.TRUST_STABLE)
    else:
        parts.append(wording.TRUST_UNSTABLE.format(stability=format_share(stability)))
    share = float(np.mean(case.localization.trust.values >= 0.5))
    if any(f.heatmap is not None for f in case.weighed):
        parts.append(wording.TRUST_RELIABLE.format(share=format_share(share)))
    if case.left_out:
        parts.append(wording.TRUST_LEFT_OUT.format(count=_counted(case.left_out)))
    return sentence("; ".join(parts))
