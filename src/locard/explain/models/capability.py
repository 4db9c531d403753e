"""What a model is measured to be good at, and the likelihood ratios that follow from it.

A model is asked only about features on which it has been measured (Chen et al. 2025, X²-DFD:
model feature assessment). The measurement shows it forgeries of the engine and their authentic
twins, asks about every feature, and counts how often it calls the feature odd.
"""

from __future__ import annotations

from math import log10
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from scipy.stats import beta

SCHEMA: Literal["locard.capability/1"] = "locard.capability/1"


class FeatureCounts(BaseModel):
    """How often a model called a feature odd.

    Attributes:
        odd_forged, forged: of the forgeries.
        odd_authentic, authentic: of the authentic twins.
        located: of the odd forgeries, those where the box has an IoU of 0.1 or more with the
            boxes of the true mask.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)
    odd_forged: int = Field(ge=0)
    forged: int = Field(ge=1)
    odd_authentic: int = Field(ge=0)
    authentic: int = Field(ge=1)
    located: int = Field(default=0, ge=0)

    @property
    def balanced_accuracy(self) -> float:
        """Mean of the share of forgeries called odd and of twins not called odd."""
        return 0.5 * (self.odd_forged / self.forged + 1 - self.odd_authentic / self.authentic)

    @property
    def good(self) -> bool:
        """Whether "odd" is commoner on forgeries than on their twins beyond chance.

        The lower bound of the one share lies above the upper bound of the other; both are 90 %
        intervals with Jeffreys' prior.
        """
        low = beta.ppf(0.05, self.odd_forged + 0.5, self.forged - self.odd_forged + 0.5)
        high = beta.ppf(0.95, self.odd_authentic + 0.5, self.authentic - self.odd_authentic + 0.5)
        return bool(low > high)

    @property
    def log10_lr(self) -> float:
        """Of "odd": log10 of ((k₁ + ½) / (n₁ + 1)) / ((k₀ + ½) / (n₀ + 1)), as in calibration."""
        forged = (self.odd_forged + 0.5) / (self.forged + 1)
        return log10(forged / ((self.odd_authentic + 0.5) / (self.authentic + 1)))


class Capability(BaseModel):
    """The capability file of one model."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)
    schema_: Literal["locard.capability/1"] = Field(default=SCHEMA, alias="schema")
    model: str
    data: str = Field(description="name of the forgeries it was measured on")
    command: str = Field(description="command that measures it again")
    features: dict[str, FeatureCounts]

    @property
    def asked(self) -> tuple[str, ...]:
        """Features that the model is good at, the best first."""
        good = [name for name, counts in self.features.items() if counts.good]
        return tuple(sorted(good, key=lambda n: -self.features[n].balanced_accuracy))

    def log10_lr(self, feature: str) -> float | None:
        """Return the weight of this feature called odd, or None where it is not measured good."""
        counts = self.features.get(feature)
        return round(counts.log10_lr, 4) if counts and counts.good else None


def load_capability(path: str | Path, model: str) -> Capability:
    """Read a capability file.

    Raises: ValueError, one sentence, when it cannot be read or belongs to another model.
    """
    try:
        capability = Capability.model_validate_json(Path(path).read_bytes())
    except OSError as error:
        raise ValueError(f"{path} cannot be read ({error.strerror})") from None
    except ValidationError:
        raise ValueError(f"{path} is not a capability file ({SCHEMA})") from None
    if capability.model != model:
        raise ValueError(f"{path} was measured on {capability.model!r}, not on {model!r}")
    return capability
