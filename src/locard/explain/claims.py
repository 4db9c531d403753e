"""Claims: statements that can be checked, one sentence each, with what they rest on."""

from __future__ import annotations

from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field

from locard.content.places import PlaceName
from locard.content.things import ThingName
from locard.exhibit.orientation import Box
from locard.explain.operations import Operation


class ClaimKind(StrEnum):
    """What a claim is about."""

    VERDICT = "verdict"  # edited, generated, authentic or undecided
    OBSERVED = "observed"  # what a method saw
    PLACE = "place"  # where it is
    HINT = "hint"  # a place that weak findings alone mark: where to look, not a result
    OPERATION = "operation"  # what was done
    SUPPORT = "support"  # how strongly the finding speaks, and for what
    INNOCENT = "innocent"  # what else explains it
    NEUTRAL = "neutral"  # nothing was found either way
    TRUST = "trust"  # how far the answer can be trusted
    NOT_EXAMINED = "not_examined"  # what could not be examined, and why
    COLOUR = "colour"
    BRIGHTNESS = "brightness"
    SHARPNESS = "sharpness"
    SYMMETRY = "symmetry"
    COUNT = "count"
    TEXT = "text"  # what is written in the picture
    OTHER = "other"


class Claim(BaseModel):
    """One sentence and what it rests on; schema-compatible with ``locard.report/1``.

    The sentence says it; the other fields say it again so that `locard.explain.check` can test it.
    Fields that are left out are read from the sentence where it is plain.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    text: str = Field(description="one sentence")
    findings: tuple[str, ...] = Field(default=(), description="identifiers, F1, F2, ...")
    kind: ClaimKind = ClaimKind.OTHER
    operation: Operation | None = Field(default=None, description="what was done")
    place: PlaceName | None = Field(default=None, description="where, on the picture as shown")
    thing: ThingName | None = Field(default=None, description="what lies there")
    box: Box | None = Field(
        default=None, description="x, y, width, height in pixels of the stored grid"
    )
    region: int | None = Field(default=None, ge=1, description="number of a region of the report")
    value: str | float | None = Field(
        default=None,
        description="what is said to be there: a colour word; brighter, darker; sharper, "
        "blurrier; symmetric, asymmetric; a number; the text",
    )


class CheckVerdict(StrEnum):
    """What a check of a claim gave."""

    SUPPORTED = "supported"
    UNSUPPORTED = "unsupported"
    CONTRADICTED = "contradicted"


class CheckedClaim(BaseModel):
    """A claim with the verdict of its check and the reason, one sentence."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    claim: Claim
    verdict: CheckVerdict
    reason: str
