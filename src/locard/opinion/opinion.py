"""The opinion: findings weighed per question, and the verdict."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from locard.methods import Finding, Question, list_methods
from locard.opinion.calibration import load_calibrators, load_fusion

# Bounds of the inconclusive band, on the posterior probability of a question's proposition.
ACCEPT = 0.9
REJECT = 0.4


class Verdict(StrEnum):
    """What the findings say, taken together."""

    AUTHENTIC = "authentic"
    EDITED = "edited"
    GENERATED = "generated"
    INCONCLUSIVE = "inconclusive"


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to one question.

    Attributes:
        probability: posterior probability of the proposition under ``prior``, 0 to 1.
        log10_lr: fused weight of evidence.
        stability: 0 to 1; 1 = the answer stays when the exhibit is re-delivered. None when it
            was not measured.
        contradicted: whether a re-delivered version led to the opposite answer.
    """

    probability: float
    log10_lr: float
    prior: float
    stability: float | None = None
    contradicted: bool = False


@dataclass(frozen=True, slots=True)
class Opinion:
    """Verdict and answers; ``why`` states the rule that gave the verdict."""

    verdict: Verdict
    questions: Mapping[Question, Answer]
    why: str


def posterior(log10_lr: float, prior: float) -> float:
    """Bayes' rule in odds form: odds(posterior) = LR · odds(prior).

    Args: log10_lr: any finite value. prior: between 0 and 1, exclusive.

    >>> round(posterior(1.0, 0.5), 3)
    0.909
    """
    odds = float(10.0 ** min(max(log10_lr, -30.0), 30.0)) * prior / (1.0 - prior)
    return odds / (1.0 + odds)


def calibrate(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """Give every counted, applicable finding its log10 LR; others get None.

    A finding that another one takes in (`Method.refines`) gets None too: it would count twice.
    """
    calibrators = load_calibrators()
    methods = {m.name: m for m in list_methods() if m.counted}

    def likelihood_ratio(finding: Finding) -> float | None:
        if finding.question is None or finding.score is None or finding.method not in methods:
            return None
        calibrator = calibrators.get((finding.method, finding.question))
        return round(calibrator(finding.score), 4) if calibrator else None

    ratios = [likelihood_ratio(finding) for finding in findings]
    taken_in = {
        (methods[f.method].refines, f.question)
        for f, ratio in zip(findings, ratios, strict=True)
        if ratio is not None
    }
    return tuple(
        replace(f, log10_lr=None if (f.method, f.question) in taken_in else ratio)
        for f, ratio in zip(findings, ratios, strict=True)
    )


def fuse(findings: Sequence[Finding], question: Question) -> float:
    """Return the fused log10 LR of calibrated findings for a question; 0 without evidence."""
    fusion = load_fusion(question)
    if fusion is not None:
        return fusion(findings)
    return sum(f.log10_lr or 0.0 for f in findings if f.question == question)


def weight(finding: Finding) -> float:
    """Return the fusion weight of a finding's method, 0 to 1."""
    fusion = load_fusion(finding.question) if finding.question else None
    return fusion.weights.get(finding.method, 1.0) if fusion else 1.0


def answer(findings: Sequence[Finding], question: Question, prior: float) -> Answer:
    """Weigh calibrated findings for one question under a prior probability."""
    log10_lr = fuse(findings, question)
    return Answer(posterior(log10_lr, prior), log10_lr, prior)


def decide(
    answers: Mapping[Question, Answer], examined: Collection[Question] = tuple(Question)
) -> tuple[Verdict, str]:
    """Turn the answers into a verdict and the sentence that says why.

    "generated" and "edited" need a probability of at least `ACCEPT`; "authentic" needs every
    probability at most `REJECT`; an answer that re-delivery contradicts, and all else, is
    "inconclusive".

    Args: examined: questions that a finding was weighed on; of the others the prior is no answer.
    """
    accepted = {q: a for q, a in answers.items() if a.probability >= ACCEPT and q in examined}
    if accepted:
        question = max(accepted, key=lambda q: accepted[q].log10_lr)
        if accepted[question].contradicted:
            return (
                Verdict.INCONCLUSIVE,
                f"the findings point to {question}, but a re-saved version of the same picture "
                "gave the opposite answer",
            )
        return (
            Verdict(question.value),
            f"the probability of “{question}” is at least {ACCEPT:.0%}",
        )
    if any(a.contradicted for a in answers.values()):
        return Verdict.INCONCLUSIVE, "re-saved versions of the same picture gave opposite answers"
    if left := [q for q in answers if q not in examined]:
        return Verdict.INCONCLUSIVE, f"no finding bears on “{left[0]}”: it was not examined"
    if all(a.probability <= REJECT for a in answers.values()):
        return (
            Verdict.AUTHENTIC,
            f"every probability is at most {REJECT:.0%}: no trace of either was found",
        )
    return (
        Verdict.INCONCLUSIVE,
        f"a probability lies between {REJECT:.0%} and {ACCEPT:.0%}: the findings do not decide",
    )
