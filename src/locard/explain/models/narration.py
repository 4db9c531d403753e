"""What a model said of a report, claim by claim, with what the check made of it."""

from __future__ import annotations

from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field

from locard.explain.claims import CheckedClaim
from locard.explain.models.answers import Domain
from locard.explain.models.replay import Exchange


class Standing(StrEnum):
    """How a model's claim is shown."""

    KEPT = "kept"  # the check supports it
    OBSERVATION = "observation"  # seen by the model alone: marked, and without weight
    STRUCK = "struck"  # nothing supports it, or something contradicts it


class ModelClaim(CheckedClaim):
    """A checked claim of a model."""

    standing: Standing
    cue: str | None = Field(description="feature in the picture that it rests on")
    log10_lr: float | None = Field(
        default=None,
        description="measured weight of this model calling this feature odd; not in the opinion; "
        "null: never measured",
    )


class Narration(BaseModel):
    """A model's claims on one report. The verdict does not depend on it."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    model: str = Field(description="what answered")
    sent_to: str | None = Field(description="where the picture went; null: it stayed here")
    asked: tuple[str, ...] | None = Field(
        description="features it was asked about, those on which it is measured; null: it chose"
    )
    domain: Domain = Field(description="what the model takes the picture for")
    agrees: bool | None = Field(description="with the verdict; null where one of them is undecided")
    claims: tuple[ModelClaim, ...]
    malformed: int = Field(description="claims and observations that did not follow the schema")
    exchanges: tuple[Exchange, ...] = Field(
        default=(), exclude=True, repr=False, description="what was asked and answered"
    )

    def shown(self, standing: Standing) -> tuple[ModelClaim, ...]:
        """Return the claims of one standing."""
        return tuple(claim for claim in self.claims if claim.standing is standing)
