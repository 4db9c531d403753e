"""The report as JSON, schema ``locard.report/1``.

Other programs rely on these fields: a field may be added within version 1, and none may change
its meaning or disappear. Numbers are finite; what is not known is null.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Annotated, Any, Literal

import numpy as np
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from locard.content.places import Place, PlaceName
from locard.content.things import ThingName
from locard.explain import Case, Claim, Explanation
from locard.explain.models.narration import Narration
from locard.methods import Finding, Method, Question, Status, list_methods
from locard.opinion import Opinion, Verdict
from locard.opinion.calibration import load_calibrators
from locard.opinion.opinion import ACCEPT, REJECT, weight

if TYPE_CHECKING:
    from locard.exhibit import Exhibit
    from locard.report.report import Report

HEATMAP, MASK, RELIABILITY = "maps/heatmap.png", "maps/mask.png", "maps/reliability.png"


def _encodable(value: Any) -> Any:
    """Replace lone surrogates, which file names may hold and UTF-8 cannot."""
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) else value


Text = Annotated[str, BeforeValidator(_encodable)]
FactJson = bool | int | float | Text | None | list[bool | int | float | Text | None]


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class ExhibitModel(_Model):
    """What was examined."""

    name: Text
    sha256: str = Field(description="of the file, or of the pixels when there is no file")
    kind: Literal["image"] = "image"
    format: Text
    width: int = Field(description="columns of the stored pixel grid")
    height: int = Field(description="rows of the stored pixel grid")
    size: int = Field(description="bytes of the file, 0 for pixels given in memory")
    bit_depth: int = Field(description="bits per sample in the file")
    colour: bool
    alpha: bool
    frames: int = Field(description="pictures in the file; the first is examined")
    orientation: int = Field(description="EXIF orientation, 1 to 8; maps do not apply it")
    notes: list[Text] = Field(description="what the reader must know of the decoding")


class AnswerModel(_Model):
    """The answer to one question."""

    probability: float = Field(ge=0, le=1, description="posterior, under the prior")
    log10_lr: float = Field(description="fused weight of evidence")
    prior: float
    stability: float | None = Field(
        description="1 = stays under re-delivery; null = it was not measured"
    )
    contradicted: bool = Field(description="a re-delivered version gave the opposite answer")


class OpinionModel(_Model):
    """Verdict, the rule that gave it, and the answers by question."""

    verdict: Verdict
    why: Text
    inconclusive_between: tuple[float, float] = Field(
        description="probabilities between which a question stays undecided"
    )
    questions: dict[Question, AnswerModel]


class PlaceModel(_Model):
    """Where something is, in words, on the picture as it is shown."""

    names: tuple[PlaceName, ...] = Field(description="English names, the strongest part first")
    share: float = Field(description="of the picture that is marked, 0 to 1")
    more: bool = Field(description="whether further parts are marked that have no name here")
    things: tuple[ThingName, ...] = Field(
        default=(), description="what was found there: a line of text, a face"
    )


class RegionModel(_Model):
    """A connected part of the mask."""

    box: tuple[int, int, int, int] = Field(description="x, y, width, height in stored pixels")
    area: float = Field(description="share of the picture, 0 to 1")
    strength: float = Field(description="mean of the heat map inside, 0 to 1")
    findings: list[str] = Field(description="findings whose maps mark it")
    place: PlaceModel | None = None


class LocalizationModel(_Model):
    """Where; paths are relative to the report, maps have the size of the stored pixel grid."""

    heatmap: str = Field(description="where it was edited, if it was: stretched evidence")
    mask: str = Field(description="the regions, where an edit is more likely than not")
    reliability: str
    reliable_share: float = Field(
        description="share of the picture whose reliability is one half or more"
    )
    regions: list[RegionModel]


class CalibrationModel(_Model):
    """What turned the score of a finding into a likelihood ratio."""

    basis: Literal["fitted", "stated"]
    why: Text
    data: Text | None
    proposition: int | None = Field(description="exhibits of the data for which it holds")
    alternative: int | None = Field(description="exhibits of the data for which it does not")
    figures: dict[str, float] = Field(default={}, description="of merit, on that data")


class FindingModel(_Model):
    """What one method observed."""

    id: str
    method: Text
    title: Text
    question: Question | None
    status: Status
    counted: bool = Field(description="whether it was weighed as evidence")
    score: float | None = Field(description="raw, higher = for the proposition")
    log10_lr: float | None = Field(description="null when it is not weighed")
    weight: float | None = Field(description="its weight in the fusion, 0 to 1")
    calibration: CalibrationModel | None
    map: str | None
    says: Text
    facts: dict[Text, FactJson]
    limitations: list[Text]
    innocent: list[Text]
    place: PlaceModel | None = Field(
        default=None, description="where its map marks an edit; null when it speaks for none"
    )
    reason: Text | None = Field(description="why the method was not applicable")
    source: Text = Field(description="paper or specification that the method follows")


class ClaimModel(Claim):
    """A sentence and the findings it rests on."""

    text: Text
    value: Text | float | None = None


class ExplanationModel(_Model):
    """Summary for a lay reader and the claims behind it."""

    language: str = "en"
    summary: Text
    lay: list[ClaimModel] = Field(default=[], description="the sentences of the summary")
    claims: list[ClaimModel]


class TimingModel(_Model):
    """Seconds, in all and by method."""

    total_s: float
    methods: dict[str, float]


class ReportModel(_Model):
    """One examination."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, allow_inf_nan=False, populate_by_name=True
    )

    schema_: Literal["locard.report/1"] = Field(default="locard.report/1", alias="schema")
    locard: str = Field(description="version that made the report")
    profile: str
    exhibit: ExhibitModel
    opinion: OpinionModel
    localization: LocalizationModel
    findings: list[FindingModel]
    explanation: ExplanationModel
    narration: Narration | None = Field(
        default=None, description="what a model says of it, checked; no part of the opinion"
    )
    timing: TimingModel


@cache
def locard_version() -> str:
    """Return the version of the installed package."""
    try:
        return version("locard")
    except PackageNotFoundError:
        return "unknown"


def round_number(value: float, digits: int) -> float | None:
    """Round to decimals; None for what is not a finite number."""
    return round(float(value), digits) + 0.0 if math.isfinite(value) else None


def _finite(value: float, digits: int, otherwise: float = 0.0) -> float:
    rounded = round_number(value, digits)
    return otherwise if rounded is None else rounded


def _fact(value: Any) -> Any:
    """Make a measured value plain: finite, six significant digits, no NumPy types."""
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, np.ndarray):
        value = value.tolist()
    if isinstance(value, float):
        return float(f"{value:.6g}") + 0.0 if math.isfinite(value) else None
    if isinstance(value, list | tuple):
        return [item if not isinstance(item, list) else str(item) for item in map(_fact, value)]
    return value if value is None or isinstance(value, str | int) else str(value)


def map_paths(findings: Sequence[Finding]) -> dict[str, str]:
    """Name the map file of every finding that has a heat map, by identifier.

    ``maps/<method>.png``; the identifier is added where a method has a second map or is called
    like one of the fused maps.
    """
    paths: dict[str, str] = {}
    taken = {HEATMAP, MASK, RELIABILITY}
    for finding in findings:
        if finding.heatmap is None:
            continue
        name = re.sub(r"[^a-z0-9_-]+", "-", finding.method.lower()).strip("-") or "method"
        path = f"maps/{name}.png"
        if path in taken:
            path = f"maps/{name}-{finding.id.lower()}.png"
        taken.add(path)
        paths[finding.id] = path
    return paths


def _exhibit(exhibit: Exhibit) -> ExhibitModel:
    return ExhibitModel(
        name=exhibit.name,
        sha256=exhibit.sha256,
        format=exhibit.format,
        width=exhibit.width,
        height=exhibit.height,
        size=exhibit.size,
        bit_depth=exhibit.bit_depth,
        colour=exhibit.is_colour,
        alpha=exhibit.has_alpha,
        frames=exhibit.frames,
        orientation=exhibit.metadata.orientation,
        notes=list(exhibit.notes),
    )


def _opinion(opinion: Opinion) -> OpinionModel:
    return OpinionModel(
        verdict=opinion.verdict,
        why=opinion.why,
        inconclusive_between=(REJECT, ACCEPT),
        questions={
            question: AnswerModel(
                probability=_finite(answer.probability, 6, answer.prior),
                log10_lr=_finite(answer.log10_lr, 4),
                prior=_finite(answer.prior, 6, 0.5),
                stability=None if answer.stability is None else round_number(answer.stability, 4),
                contradicted=answer.contradicted,
            )
            for question, answer in opinion.questions.items()
        },
    )


def _place(place: Place | None) -> PlaceModel | None:
    if place is None:
        return None
    return PlaceModel(
        names=place.names, share=_finite(place.share, 5), more=place.more, things=place.things
    )


def _localization(case: Case) -> LocalizationModel:
    return LocalizationModel(
        heatmap=HEATMAP,
        mask=MASK,
        reliability=RELIABILITY,
        reliable_share=round(case.reliable, 4),
        regions=[
            RegionModel(
                box=region.box,
                area=_finite(region.area, 5),
                strength=_finite(region.strength, 3),
                findings=list(region.findings),
                place=_place(place),
            )
            for region, place in zip(case.regions, case.region_places, strict=True)
        ],
    )


def _explanation(explanation: Explanation) -> ExplanationModel:
    def models(claims: Sequence[Claim]) -> list[ClaimModel]:
        return [ClaimModel.model_validate(claim.model_dump()) for claim in claims]

    return ExplanationModel(
        language=explanation.language,
        summary=explanation.summary,
        lay=models(explanation.lay),
        claims=models(explanation.claims),
    )


def _finding(
    finding: Finding, case: Case, paths: Mapping[str, str], methods: Mapping[str, Method]
) -> FindingModel:
    method = methods.get(finding.method)
    weighed = finding.log10_lr is not None
    calibrator = (
        load_calibrators().get((finding.method, finding.question))
        if weighed and finding.question
        else None
    )
    fitted = calibrator.fitted_on if calibrator else None
    return FindingModel(
        id=finding.id,
        method=finding.method,
        title=method.title if method else finding.method,
        question=finding.question,
        status=finding.status,
        counted=weighed,
        score=None if finding.score is None else round_number(finding.score, 4),
        log10_lr=None if finding.log10_lr is None else round_number(finding.log10_lr, 4),
        weight=round(weight(finding), 4) if weighed else None,
        calibration=None
        if calibrator is None
        else CalibrationModel(
            basis=calibrator.basis,
            why=calibrator.why,
            data=fitted.data if fitted else None,
            proposition=fitted.proposition if fitted else None,
            alternative=fitted.alternative if fitted else None,
            figures=dict(calibrator.figures),
        ),
        map=paths.get(finding.id),
        says=finding.says,
        facts={name: _fact(value) for name, value in finding.facts.items()},
        limitations=list(finding.limitations),
        innocent=list(finding.innocent),
        place=_place(case.places.get(finding.id)),
        reason=finding.reason,
        source=method.source if method else "",
    )


def to_model(report: Report) -> ReportModel:
    """Return the report as the model of its JSON."""
    methods = {method.name: method for method in list_methods()}
    paths = map_paths(report.findings)
    case = report.case
    return ReportModel(
        locard=locard_version(),
        profile=report.profile,
        exhibit=_exhibit(report.exhibit),
        opinion=_opinion(report.opinion),
        localization=_localization(case),
        findings=[_finding(finding, case, paths, methods) for finding in report.findings],
        explanation=_explanation(report.explanation),
        narration=report.narration,
        timing=TimingModel(
            total_s=_finite(report.timing.total_s, 3),
            methods={name: _finite(s, 4) for name, s in report.timing.methods.items()},
        ),
    )
