"""What goes over the wire; shared by the service and `locard.client`."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from locard.explain import Claim

_ID = "0f8b3c5de1a94a7c9d0b6a2e4f717c35"
_WHEN = "2026-05-04T09:30:00Z"


# Unlike a plain ``str``, one with a constraint is refused when it is no Unicode (lone surrogates).
_Stripped = Annotated[str, StringConstraints(strip_whitespace=True)]


class State(StrEnum):
    """Where an examination is."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"

    @property
    def ended(self) -> bool:
        """Whether nothing more will happen."""
        return self in (State.DONE, State.FAILED)


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Examination(_Model):
    """One examination, finished or not."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "id": _ID, "name": "harbour.jpg", "sha256": "9f" * 32, "size": 48213,
                "state": "done", "profile": "standard", "language": "en", "case": None,
                "verdict": "edited", "error": None, "created": _WHEN, "ended": _WHEN,
            }
        }
    )  # fmt: skip

    id: str
    name: str = Field(description="of the file, as the client gave it, made printable")
    sha256: str = Field(description="of the file")
    size: int = Field(description="bytes of the file")
    state: State
    profile: str
    language: str
    case: str | None = Field(description="id of the case it belongs to")
    verdict: str | None = Field(description="when it is done")
    error: str | None = Field(description="one sentence, when it failed")
    created: datetime
    ended: datetime | None


class Accepted(_Model):
    """Pictures that will be examined; they survive a restart of the service."""

    examinations: list[Examination]


class Move(_Model):
    """Which case an examination belongs to."""

    case: str | None = Field(max_length=64, description="id of a case; null: of none")


class Page(_Model):
    """Examinations, newest first."""

    examinations: list[Examination]
    next: str | None = Field(description="give it as ``after`` for the following ones")


class Progress(_Model):
    """One server-sent event: ``event`` is the state, ``data`` is this."""

    state: State
    method: str | None = Field(default=None, description="the method that has just ended")
    done: int = Field(default=0, description="methods that have ended")
    total: int = Field(default=0, description="methods that are run; 0 before it starts")
    error: str | None = None


class Question(_Model):
    """A question to a report."""

    model_config = ConfigDict(
        json_schema_extra={"example": {"report": _ID, "question": "Where?", "language": "en"}}
    )

    report: str = Field(max_length=64)
    question: str = Field(min_length=1, max_length=1000)
    language: str | None = Field(default=None, max_length=10, description="default: the report's")


class Answer(_Model):
    """An answer from the report alone; every sentence cites its findings."""

    text: str
    claims: list[Claim]
    topics: list[str]


class FindingWords(_Model):
    """A finding in a language; what has no translation is in English."""

    title: str
    says: str
    reason: str | None
    limitations: list[str]
    innocent: list[str]


class Words(_Model):
    """The sentences of a report, said again in another language."""

    language: str
    lay: list[Claim] = Field(description="the sentences of the summary")
    claims: list[Claim]
    findings: dict[str, FindingWords] = Field(description="by identifier")


class NewCase(_Model):
    """A case to open, or what to change of one; what is null stays."""

    model_config = ConfigDict(
        json_schema_extra={"example": {"title": "Harbour photos", "tags": ["press"], "notes": ""}}
    )

    title: _Stripped | None = Field(default=None, min_length=1, max_length=200)
    notes: str | None = Field(default=None, max_length=20_000)
    tags: list[_Stripped] | None = Field(default=None, max_length=20)


class Case(_Model):
    """A case: examinations that belong together."""

    id: str
    title: str
    notes: str
    tags: list[str]
    created: datetime
    examinations: int = Field(description="how many belong to it")


class Cases(_Model):
    """Cases, newest first."""

    cases: list[Case]
    next: str | None = Field(description="give it as ``after`` for the following ones")


class Layer(_Model):
    """A picture that a deep-zoom viewer can show; layers cover the same area."""

    name: str
    kind: Literal["picture", "heat", "mask", "reliability"]
    finding: str | None = Field(description="id of the finding whose map it is")
    tiles: str = Field(description="path of its Deep Zoom description")
    map: str | None = Field(description="path of the map as grey PNG on the stored pixel grid")


class Layers(_Model):
    """All layers of a report, the photo first.

    Tiles are turned as the EXIF orientation asks; boxes in the report's JSON are on the stored
    pixel grid.
    """

    width: int = Field(description="of the picture as it is shown")
    height: int
    orientation: int = Field(description="EXIF orientation of the stored pixel grid")
    layers: list[Layer]


class Histogram(_Model):
    """How many pixels have each value from 0 to 255."""

    red: list[int]
    green: list[int]
    blue: list[int]
    luma: list[int] = Field(description="ITU-R BT.601, as JPEG's Y")


class SignIn(_Model):
    """What a person types to sign in."""

    key: str = Field(min_length=1, max_length=200, description="API key")


class Session(_Model):
    """Who a browser is signed in as."""

    keys: bool = Field(description="whether the service asks for keys")
    owner: str | None = Field(description="name of the key; null when not signed in")


class Problem(_Model):
    """Why a request was not carried out."""

    model_config = ConfigDict(
        json_schema_extra={"example": {"detail": "there is no such examination"}}
    )

    detail: str = Field(description="one sentence")


class Status(_Model):
    """Whether the service is there, or can take work."""

    status: Literal["ok", "stopping", "unavailable"]
    detail: str | None = None
