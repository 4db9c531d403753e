"""A model narrates a report: observe, judge, check. The verdict stays what it was."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from locard.explain.case import Case, Item
from locard.explain.check import check_claim
from locard.explain.claims import CheckVerdict, Claim, ClaimKind
from locard.explain.language import ENGLISH, load_language
from locard.explain.models.answers import (
    Judgement,
    Observation,
    Statement,
    parse_judgement,
    parse_observations,
)
from locard.explain.models.capability import Capability, load_capability
from locard.explain.models.contract import Backend, ModelError, Request
from locard.explain.models.narration import ModelClaim, Narration, Standing
from locard.explain.models.pictures import pictures_to_send, to_stored
from locard.explain.models.prompts import FEATURES, judge_request, observe_request
from locard.explain.models.replay import Exchange
from locard.opinion import Verdict

if TYPE_CHECKING:
    from locard.report import Report

_T = TypeVar("_T")

# What a person can see in a picture; everything else needs findings.
_VISIBLE = {
    ClaimKind.OBSERVED, ClaimKind.OTHER, ClaimKind.COLOUR, ClaimKind.BRIGHTNESS,
    ClaimKind.SHARPNESS, ClaimKind.SYMMETRY, ClaimKind.COUNT, ClaimKind.TEXT,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Narrator:
    """A model and what it is measured to be good at, if it is measured."""

    backend: Backend
    capability: Capability | None = None

    @property
    def asked(self) -> tuple[str, ...] | None:
        """Features to ask about; None lets the model choose, () asks nothing."""
        if self.capability is None:
            return None
        return tuple(name for name in self.capability.asked if name in FEATURES)


def open_narrator(
    source: str,
    model: str | None = None,
    *,
    capability: str | Path | None = None,
    timeout_s: float = 120.0,
) -> Narrator:
    """Open a model that can narrate reports.

    Args:
        source: URL of an OpenAI-compatible server, ``replay:FILE``, or a local model: a folder or
            the name of one that is already on this machine.
        model: name of the model at a server.
        capability: its capability file.
        timeout_s: for one answer.

    Raises: ValueError, one sentence, when it cannot be opened.
    """
    backend: Backend
    if source.startswith(("http://", "https://")):
        from locard.explain.models.endpoint import Endpoint

        if not model:
            raise ValueError("a server needs the name of a model: --model NAME")
        backend = Endpoint(source, model, timeout_s=timeout_s)
    elif model:
        raise ValueError("--model names a model at a server; a local model is named alone")
    elif source.startswith("replay:"):
        from locard.explain.models.replay import Replay

        backend = Replay(source.removeprefix("replay:"))
    else:
        from locard.explain.models.local import LocalModel

        backend = LocalModel(source, timeout_s=timeout_s)
    return Narrator(backend, load_capability(capability, backend.model) if capability else None)


def plan(report: Report, narrator: Narrator) -> tuple[Request, ...]:
    """Return the requests that `narrate` would make, for the dry run.

    The second request repeats the model's odd observations, which are not known before.
    """
    pictures = pictures_to_send(report.exhibit, report.case.regions)
    asked = narrator.asked
    first = () if asked == () else (observe_request(pictures, asked),)
    return (*first, judge_request(report.case, pictures, ()))


def show(requests: Sequence[Request], backend: Backend) -> str:
    """Return all that would be sent, for the dry run."""
    to = f"to {backend.leaves}" if backend.leaves else "nothing leaves this machine"
    lines = []
    for number, request in enumerate(requests, 1):
        lines.append(f"request {number} of {len(requests)}, {request.step}: {to}")
        if request.step == "judge" and number > 1:
            lines.append("(what the model saw in answer to the first request is added to the text)")
        lines.append(backend.shown(request))
    return "\n".join(lines)


def narrate(report: Report, narrator: Narrator) -> Report:
    """Let a model narrate a report; returns the report with its `Narration`, else unchanged.

    Raises: ModelError, one sentence, when the model gives no usable answer.
    """
    backend, asked = narrator.backend, narrator.asked
    pictures = pictures_to_send(report.exhibit, report.case.regions)
    exchanges: list[Exchange] = []
    observations: tuple[Observation, ...] = ()
    bad = 0
    if asked != ():
        request = observe_request(pictures, asked)
        observations, bad = ask_model(backend, request, parse_observations, exchanges)
        if asked is not None:
            observations = tuple(o for o in observations if o.feature in asked)
    request = judge_request(report.case, pictures, observations)
    judgement, worse = ask_model(backend, request, parse_judgement, exchanges)
    # What was measured is how often "odd" was said on the first question.
    odd = frozenset(o.feature for o in observations if o.odd)
    narration = Narration(
        model=backend.title,
        sent_to=backend.leaves,
        asked=asked,
        domain=judgement.domain,
        agrees=_agrees(judgement, report.verdict),
        claims=check_statements(judgement.claims, report.case, odd, narrator.capability),
        malformed=bad + worse,
        exchanges=tuple(exchanges),
    )
    return replace(report, narration=narration)


def ask_model(
    backend: Backend,
    request: Request,
    parse: Callable[[str], tuple[_T, int]],
    exchanges: list[Exchange],
) -> tuple[_T, int]:
    """Ask, and ask once more where the answer cannot be read."""
    for last in (False, True):
        answer = backend.ask(request).encode("utf-8", "replace").decode()
        exchanges.append(
            Exchange(
                model=backend.model,
                step=request.step,
                request=request.fingerprint,
                answer=answer,
            )
        )
        try:
            return parse(answer)
        except ModelError as error:
            if last:
                raise
            again = f"{request.text}\nYour last answer was no use: {error}. Answer in JSON only."
            request = replace(request, text=again)
    raise AssertionError("unreachable")


def _agrees(judgement: Judgement, verdict: Verdict) -> bool | None:
    said = judgement.domain.verdict
    if Verdict.INCONCLUSIVE in (said, verdict):
        return None
    return said is verdict


def check_statements(
    statements: Sequence[Statement],
    case: Case,
    odd: Collection[str] = (),
    capability: Capability | None = None,
    language: str = ENGLISH,
) -> tuple[ModelClaim, ...]:
    """Check what a model says of a case, claim by claim.

    Args:
        odd: features that it called odd before it knew the findings.
        capability: what those are worth.
        language: of the statements and of the reasons.
    """
    checked = []
    for statement in statements:
        claim, cue = to_claim(statement, case.item), statement.cue
        verdict, reason, standing = _judge(claim, cue, case, language)
        weighed = standing is Standing.OBSERVATION and cue in odd and capability and cue
        checked.append(
            ModelClaim(
                claim=claim,
                verdict=verdict,
                reason=reason,
                standing=standing,
                cue=cue,
                log10_lr=capability.log10_lr(cue) if weighed and capability and cue else None,
            )
        )
    return tuple(checked)


def _judge(
    claim: Claim, cue: str | None, case: Case, language: str
) -> tuple[CheckVerdict, str, Standing]:
    """Check a claim and say how it is to be shown.

    What a model sees by itself, at a place that no method marks, contradicts nothing: there the
    box is left out of the check. But that the picture is authentic, edited or generated, or what
    was done to it, is nothing that can be seen: such a claim is struck unless the check supports
    it.
    """
    if not claim.findings and cue is None:
        reason = load_language(language)("check-rests-on-nothing")
        return CheckVerdict.UNSUPPORTED, reason, Standing.STRUCK
    alone = not claim.findings
    seen = claim
    if alone and claim.kind in (ClaimKind.OBSERVED, ClaimKind.OTHER):
        seen = claim.model_copy(update={"kind": ClaimKind.OTHER, "box": None})
    checked = check_claim(seen, case, language)
    if checked.verdict is CheckVerdict.SUPPORTED:
        standing = Standing.KEPT
    elif (
        checked.verdict is CheckVerdict.UNSUPPORTED
        and alone
        and claim.kind in _VISIBLE
        and not _on_verdict(seen, case, language)
    ):
        standing = Standing.OBSERVATION
    else:
        standing = Standing.STRUCK
    return checked.verdict, checked.reason, standing


def _on_verdict(claim: Claim, case: Case, language: str) -> bool:
    """Whether a claim speaks of the picture as a whole: then its check turns on the verdict."""
    claim = claim.model_copy(update={"kind": ClaimKind.OTHER})
    reasons = {
        check_claim(
            claim, replace(case, opinion=replace(case.opinion, verdict=verdict)), language
        ).reason
        for verdict in (Verdict.AUTHENTIC, Verdict.EDITED)
    }
    return len(reasons) > 1


def to_claim(statement: Statement, item: Item) -> Claim:
    """Return a model's statement as a claim on the stored pixel grid."""
    return Claim(
        text=statement.text,
        findings=tuple(dict.fromkeys(statement.findings)),
        kind=statement.kind,
        operation=statement.operation,
        value=statement.value,
        box=to_stored(statement.box, item) if statement.box else None,
    )
