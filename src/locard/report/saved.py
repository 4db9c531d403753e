"""Reports read back from the folder that ``locard examine --out`` writes."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from pydantic import ValidationError

from locard.content.places import Place
from locard.explain import Case, Item
from locard.methods import Finding, GridMap
from locard.opinion import Answer, Opinion, Region
from locard.report.schema import PlaceModel, ReportModel

# Maps of saved reports are read at this long side: places and boxes need no more.
_SIDE = 512


def read_report(path: str | Path) -> ReportModel:
    """Read the JSON of a report: a file, or a folder that has a ``report.json``.

    Raises: ValueError, one sentence, when there is none or it is not a report.
    """
    file = Path(path)
    if file.is_dir():
        file /= "report.json"
    try:
        text = file.read_text("utf-8")
    except OSError as error:
        raise ValueError(f"the report {file} cannot be read ({error.strerror})") from None
    except UnicodeDecodeError:
        raise ValueError(f"{file} is not a report of locard") from None
    try:
        return ReportModel.model_validate_json(text)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "file"
        raise ValueError(
            f"{file} is not a report of schema locard.report/1 ({where}: {first['msg'].lower()})"
        ) from None


def case_of_report(report: ReportModel, folder: Path | None = None) -> Case:
    """Rebuild the case of a saved report.

    Args: folder: with the maps; without it places are those that the report names.

    Raises: ValueError, one sentence, for a map that is there and cannot be read.
    """
    exhibit = report.exhibit

    def load(path: str | None) -> GridMap | None:
        if folder is None or path is None or not (folder / path).is_file():
            return None
        # A report may come from anywhere: its maps are looked for beside it and nowhere else.
        if not (folder / path).resolve().is_relative_to(folder.resolve()):
            return None
        grey = cv2.imread(str(folder / path), cv2.IMREAD_GRAYSCALE)
        if grey is None:
            raise ValueError(f"the map {path} of the report cannot be read")
        scale = max(1.0, max(grey.shape) / _SIDE)
        size = max(1, round(grey.shape[1] / scale)), max(1, round(grey.shape[0] / scale))
        small = cv2.resize(grey, size, interpolation=cv2.INTER_AREA)
        return GridMap(small.astype(np.float32) / 255.0, step=grey.shape[1] / size[0])

    findings = tuple(
        Finding(
            status=f.status,
            score=f.score,
            says=f.says,
            heatmap=load(f.map) if f.place is not None else None,
            facts=f.facts,  # type: ignore[arg-type]  # lists are of one type, which JSON does not say
            limitations=tuple(f.limitations),
            innocent=tuple(f.innocent),
            reason=f.reason,
            question=f.question,
            method=f.method,
            id=f.id,
            log10_lr=f.log10_lr,
        )
        for f in report.findings
    )
    regions = report.localization.regions
    return Case(
        item=Item(
            exhibit.name, exhibit.sha256, exhibit.format, exhibit.width, exhibit.height,
            exhibit.orientation, tuple(exhibit.notes),
        ),
        findings=findings,
        opinion=Opinion(
            report.opinion.verdict,
            {
                question: Answer(a.probability, a.log10_lr, a.prior, a.stability, a.contradicted)
                for question, a in report.opinion.questions.items()
            },
            report.opinion.why,
        ),
        regions=tuple(Region(r.box, r.area, r.strength, tuple(r.findings)) for r in regions),
        weights={f.id: f.weight for f in report.findings if f.weight is not None},
        titles={f.method: f.title for f in report.findings},
        mapped=frozenset(f.id for f in report.findings if f.map is not None),
        places={f.id: _place(f.place) for f in report.findings if f.place is not None},
        region_places=tuple(
            _place(r.place) if r.place else Place((), r.area) for r in regions
        ),
        reliable=report.localization.reliable_share,
        mask=load(report.localization.mask) if regions else None,
    )  # fmt: skip


def _place(place: PlaceModel) -> Place:
    return Place(tuple(place.names), place.share, place.more, tuple(place.things))
