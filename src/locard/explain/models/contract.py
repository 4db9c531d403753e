"""The contract between the narration and the models that may write it.

A back end takes a `Request` (words, pictures, the JSON schema of the answer) and returns the
model's text. What it returns is untrusted: it is parsed by `locard.explain.models.answers` and
every claim in it is checked.
"""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import dataclass
from typing import Any, Literal, Protocol, runtime_checkable

Step = Literal["observe", "judge", "answer"]
# A longer answer is not an answer to these questions.
MAX_ANSWER = 64 * 1024


class ModelError(Exception):
    """A model that cannot be asked or gave no usable answer; the message is one sentence."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture to send.

    Attributes:
        title: what the request calls it ("the picture", "region 1").
        jpeg: encoded again from the pixels, so that no metadata of the exhibit is in it.
        width, height: in pixels.
    """

    title: str
    jpeg: bytes
    width: int
    height: int

    @property
    def data_url(self) -> str:
        """The picture as a data URL (RFC 2397)."""
        return "data:image/jpeg;base64," + base64.b64encode(self.jpeg).decode("ascii")

    @property
    def shown(self) -> str:
        """What stands for the data URL where a person reads the request."""
        digest = hashlib.sha256(self.jpeg).hexdigest()
        return (
            f"data:image/jpeg;base64,<{self.width} × {self.height} pixels, {len(self.jpeg)} bytes, "
            f"sha256 {digest}>"
        )


@dataclass(frozen=True, slots=True)
class Request:
    """One question to a model.

    Attributes:
        step: "observe": what is seen, before any finding is known; "judge": what it means;
            "answer": to a reader.
        system: standing instructions.
        text: the question itself.
        pictures: the whole picture first.
        schema: JSON schema of the answer.
    """

    step: Step
    system: str
    text: str
    pictures: tuple[Picture, ...]
    schema: dict[str, Any]

    def messages(self, *, shown: bool = False) -> list[dict[str, Any]]:
        """Return the messages of a chat completion; ``shown`` puts a note for each picture."""
        parts: list[dict[str, Any]] = []
        for picture in self.pictures:
            parts.append({"type": "text", "text": f"{picture.title}:"})
            url = picture.shown if shown else picture.data_url
            parts.append({"type": "image_url", "image_url": {"url": url}})
        parts.append({"type": "text", "text": self.text})
        return [
            {"role": "system", "content": self.system},
            {"role": "user", "content": parts},
        ]

    @property
    def fingerprint(self) -> str:
        """SHA-256 of all that is asked: words, pictures and schema; not of the model's name."""
        asked = [self.messages(shown=True), self.schema]
        return hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()


@runtime_checkable
class Backend(Protocol):
    """Something that answers requests.

    Attributes:
        title: what the report calls it ("qwen2.5-vl at http://localhost:8000/v1").
        model: name of the model, which a capability file must repeat.
        leaves: where requests go when they leave this process, or None.
    """

    title: str
    model: str
    leaves: str | None

    def ask(self, request: Request) -> str:
        """Return the model's text. Raises: ModelError, one sentence, when there is none."""
        ...

    def shown(self, request: Request) -> str:
        """Return what would be sent, for a person to read; pictures and keys as notes."""
        ...
