"""What a model must answer, and how its text becomes that.

The schemas order the fields as the questions do: the domain before the claims, and within a claim
the words before the place (FakeShield, Xu et al. 2025: domain tag, explanation, localization).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from enum import StrEnum
from typing import Annotated, Any, TypeVar

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from locard.explain.claims import ClaimKind
from locard.explain.models.contract import MAX_ANSWER, ModelError
from locard.explain.operations import Operation
from locard.opinion import Verdict

_MAX_ITEMS = 12
_MAX_TEXT = 500

Thousandths = Annotated[int, Field(ge=0, le=1000)]
Identifier = Annotated[str, Field(pattern=r"^F[0-9]{1,4}$")]
RelativeBox = Annotated[list[Thousandths], Field(min_length=4, max_length=4)]


class Domain(StrEnum):
    """What kind of picture the model takes it for; said first, and never the verdict."""

    UNTOUCHED = "untouched photo"
    EDITED = "edited with software"
    REGENERATED = "edited with a generator"
    GENERATED = "generated as a whole"
    UNSURE = "cannot tell"

    @property
    def verdict(self) -> Verdict:
        """The verdict that it would mean."""
        return {
            Domain.UNTOUCHED: Verdict.AUTHENTIC,
            Domain.EDITED: Verdict.EDITED,
            Domain.REGENERATED: Verdict.EDITED,
            Domain.GENERATED: Verdict.GENERATED,
            Domain.UNSURE: Verdict.INCONCLUSIVE,
        }[self]


class _Answer(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Observation(_Answer):
    """What a model sees of one feature.

    Attributes:
        box: left, top, right, bottom in thousandths of the picture as it was sent.
    """

    feature: str
    seen: str
    odd: bool
    box: RelativeBox | None


class Observations(_Answer):
    """The answer to the first question."""

    observations: list[Observation]


class Statement(_Answer):
    """A claim of a model.

    Attributes:
        kind, operation, value: as in `locard.explain.Claim`, which it becomes.
        cue: feature that is visible in the picture and on which the claim rests, or None.
        findings: identifiers of the findings on which it rests; may be empty.
        box: left, top, right, bottom in thousandths of the picture as it was sent; None = all.
    """

    text: str
    kind: ClaimKind
    operation: Operation | None
    value: str | float | None
    cue: str | None
    findings: list[Identifier]
    box: RelativeBox | None


class Judgement(_Answer):
    """The answer to the second question."""

    domain: Domain
    claims: list[Statement]


class Reply(_Answer):
    """The answer to a reader's question."""

    claims: list[Statement]


_Item = TypeVar("_Item", bound=_Answer)


def answer_schema(model: type[BaseModel]) -> dict[str, Any]:
    """Return the JSON schema of an answer: every field required, no other fields."""
    schema: dict[str, Any] = _untitled(model.model_json_schema())
    return schema


def _untitled(schema: Any) -> Any:
    """Leave the titles out, which repeat names and lengthen every prompt."""
    if isinstance(schema, dict):
        return {k: _untitled(v) for k, v in schema.items() if k != "title"}
    return [_untitled(v) for v in schema] if isinstance(schema, list) else schema


def find_object(text: str) -> dict[str, Any]:
    """Return the JSON object in a model's text, which may stand in prose or in a code fence.

    The longest object wins: models repeat fragments of the schema before they answer.

    Raises: ModelError when there is none.
    """
    if len(text) > MAX_ANSWER:
        raise ModelError(f"the answer of the model is longer than {MAX_ANSWER} characters")
    decoder = json.JSONDecoder()
    best: tuple[int, dict[str, Any]] | None = None
    at = text.find("{")
    while at >= 0:
        try:
            value, end = decoder.raw_decode(text, at)
        except (ValueError, RecursionError):
            at = text.find("{", at + 1)
            continue
        if isinstance(value, dict) and (best is None or end - at > best[0]):
            best = (end - at, value)
        at = text.find("{", end)
    if best is None:
        said = " ".join(text.split())[:120]
        raise ModelError(
            f"the model did not answer in JSON but said “{said}”" if said
            else "the answer of the model is empty"
        )  # fmt: skip
    return best[1]


def _items(value: Any, kind: type[_Item]) -> tuple[list[_Item], int]:
    """Return the valid items of a list and how many were not."""
    if not isinstance(value, list):
        raise ModelError("the answer of the model does not follow the schema: a list is missing")
    kept: list[_Item] = []
    for item in value[:_MAX_ITEMS]:
        try:
            kept.append(kind.model_validate(_repaired(item)))
        except ValidationError:
            continue
    return kept, len(value) - len(kept)


def _repaired(item: Any) -> Any:
    """Clean and cut texts, and drop a box that is none: the rest can still be checked."""
    if not isinstance(item, dict):
        return item
    item = {
        name: value.encode("utf-8", "replace").decode().strip()[:_MAX_TEXT]
        if isinstance(value, str)
        else value
        for name, value in item.items()
    }
    if item.get("cue") in ("", "none", "null"):
        item["cue"] = None
    box = item.get("box")
    if isinstance(box, list) and len(box) == 4:
        numbers = all(isinstance(v, int | float) and not isinstance(v, bool) for v in box)
        if not numbers or not (0 <= box[0] < box[2] <= 1000 and 0 <= box[1] < box[3] <= 1000):
            item["box"] = None
        else:
            item["box"] = [round(v) for v in box]
    elif "box" in item:
        item["box"] = None
    return item


def box_iou(one: Sequence[Sequence[int]], other: Sequence[Sequence[int]]) -> float:
    """Return intersection over union, 0 to 1, of what two lists of boxes cover; both empty: 1.

    Args: one, other: boxes in thousandths; drawn on a raster of 100 × 100.
    """
    a, b = _raster(one), _raster(other)
    union = np.count_nonzero(a | b)
    return float(np.count_nonzero(a & b) / union) if union else 1.0


def _raster(boxes: Sequence[Sequence[int]]) -> NDArray[np.bool_]:
    covered = np.zeros((100, 100), bool)
    for left, top, right, bottom in boxes:
        rows = slice(top // 10, max(top // 10 + 1, round(bottom / 10)))
        cols = slice(left // 10, max(left // 10 + 1, round(right / 10)))
        covered[rows, cols] = True
    return covered


def parse_observations(text: str) -> tuple[tuple[Observation, ...], int]:
    """Return the observations in a model's text and how many were malformed.

    Raises: ModelError, one sentence, when nothing in it can be used.
    """
    found, bad = _items(find_object(text).get("observations"), Observation)
    if bad and not found:
        raise ModelError("no observation of the model follows the schema")
    return tuple(found), bad


def parse_judgement(text: str) -> tuple[Judgement, int]:
    """Return the judgement in a model's text and how many claims were malformed.

    A domain that is none of `Domain` becomes "cannot tell".

    Raises: ModelError, one sentence, when nothing in it can be used.
    """
    value = find_object(text)
    claims, bad = _claims(value)
    said = value.get("domain")
    domain = Domain(said) if isinstance(said, str) and said in set(Domain) else Domain.UNSURE
    return Judgement(domain=domain, claims=claims), bad


def parse_reply(text: str) -> tuple[Reply, int]:
    """Return the answer to a reader in a model's text and how many claims were malformed.

    Raises: ModelError, one sentence, when nothing in it can be used.
    """
    claims, bad = _claims(find_object(text))
    return Reply(claims=claims), bad


def _claims(value: dict[str, Any]) -> tuple[list[Statement], int]:
    claims, bad = _items(value.get("claims"), Statement)
    if bad and not claims:
        raise ModelError("no claim of the model follows the schema")
    return claims, bad
