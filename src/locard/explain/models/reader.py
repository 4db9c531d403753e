"""A model answers a reader's question on a report, beside what the report answers by itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from locard.exhibit import Exhibit
from locard.explain.case import Case
from locard.explain.dialogue import ask
from locard.explain.language import ENGLISH
from locard.explain.models.answers import parse_reply
from locard.explain.models.contract import Request
from locard.explain.models.narrate import Narrator, ask_model, check_statements
from locard.explain.models.narration import ModelClaim, Standing
from locard.explain.models.pictures import pictures_to_send
from locard.explain.models.prompts import answer_request
from locard.explain.models.replay import Exchange
from locard.explain.text import cite

# Earlier questions that a model is reminded of.
_REMEMBERED = 3


@dataclass(frozen=True, slots=True)
class Told:
    """A model's answer to a reader, claim by claim, checked as in `narrate`.

    Attributes:
        malformed: claims that did not follow the schema.
    """

    question: str
    claims: tuple[ModelClaim, ...]
    malformed: int
    exchanges: tuple[Exchange, ...]

    def shown(self, standing: Standing) -> tuple[ModelClaim, ...]:
        """Return the claims of one standing."""
        return tuple(claim for claim in self.claims if claim.standing is standing)


def question_to(
    case: Case,
    question: str,
    *,
    exhibit: Exhibit | None = None,
    language: str = ENGLISH,
    before: Sequence[Told] = (),
) -> Request:
    """Return what a model would be asked.

    Args:
        exhibit: the picture that the report is on; without it a model answers on findings alone.
        language: of the question and the answer.
        before: earlier answers; what the check struck in them is not repeated.
    """
    told = ask(case, question, language).text
    pictures = pictures_to_send(exhibit, case.regions) if exhibit is not None else ()
    remembered = [
        (t.question, " ".join(cite(c.claim) for c in t.shown(Standing.KEPT)) or "-")
        for t in before[-_REMEMBERED:]
    ]
    return answer_request(case, pictures, question, told, language, remembered)


def tell(
    case: Case,
    question: str,
    narrator: Narrator,
    *,
    exhibit: Exhibit | None = None,
    language: str = ENGLISH,
    before: Sequence[Told] = (),
) -> Told:
    """Let a model answer a question, see `question_to`; every claim is checked.

    Raises: ModelError, one sentence, when it gives no usable answer.
    """
    request = question_to(case, question, exhibit=exhibit, language=language, before=before)
    exchanges: list[Exchange] = []
    reply, bad = ask_model(narrator.backend, request, parse_reply, exchanges)
    claims = check_statements(reply.claims, case, language=language)
    return Told(question, claims, bad, tuple(exchanges))
