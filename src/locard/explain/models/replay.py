"""Recorded answers by the fingerprint of the request: for tests, and to make a report again."""

from __future__ import annotations

import json
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from locard.explain.models.contract import ModelError, Request, Step


class Exchange(BaseModel):
    """One question and what was answered; a line of a replay file.

    Attributes:
        request: fingerprint of what was asked.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)
    model: str
    step: Step
    request: str
    answer: str


class Replay:
    """Answers from a file, one `Exchange` per line; see `Backend`."""

    def __init__(self, path: str | Path) -> None:
        """Read the answers. Raises: ValueError, one sentence, when they cannot be read."""
        try:
            # JSON leaves line separators (U+2028) in a text as they are.
            lines = Path(path).read_text("utf-8").split("\n")
            exchanges = [Exchange.model_validate_json(line) for line in lines if line.strip()]
        except (OSError, UnicodeDecodeError) as error:
            raise ValueError(f"{path} cannot be read ({error})") from None
        except ValidationError:
            raise ValueError(f"{path} does not hold recorded answers") from None
        if not exchanges:
            raise ValueError(f"{path} holds no recorded answers")
        self._answers = {e.request: e.answer for e in exchanges}
        self.model = exchanges[0].model
        self.title = f"{self.model}, recorded in {Path(path).name}"
        self.leaves: str | None = None

    def ask(self, request: Request) -> str:
        """Return the recorded answer."""
        try:
            return self._answers[request.fingerprint]
        except KeyError:
            raise ModelError(
                f"no answer was recorded for this {request.step} request; record it with a model"
            ) from None

    def shown(self, request: Request) -> str:
        """Return the fingerprint and the messages."""
        messages = json.dumps(request.messages(shown=True), indent=1, ensure_ascii=False)
        return f"request {request.fingerprint}\n{messages}"


def to_lines(exchanges: tuple[Exchange, ...]) -> str:
    """Return exchanges as the text of a replay file."""
    return "".join(exchange.model_dump_json() + "\n" for exchange in exchanges)
