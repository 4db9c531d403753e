"""The page of a run: tables, curves and contact sheets in one HTML file that loads nothing."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from locard.bench.metrics import Interval, reliability_curve
from locard.bench.plots import COLOURS, Line, draw, draw_reliability
from locard.bench.predictions import FUSION, PredictionError, Run
from locard.bench.scoring import RESAMPLES, Frame, Score, groups, score
from locard.bench.sheets import INDEX
from locard.report.drawing import data_uri
from locard.report.strings import printable

_CURVES = 6
_ROC_POINTS = 200
_MAX_SHEETS = 200
_MAX_SHEET_BYTES = 4 * 2**20

DETECTION = (
    ("ap", "AP"),
    ("balanced-accuracy@log10_lr=0", "balanced accuracy at LR 1"),
    ("accuracy@log10_lr=0", "accuracy at LR 1"),
    ("tpr@fpr=0.01", "TPR at 1 % FPR"),
    ("tpr@fpr=0.05", "TPR at 5 % FPR"),
    ("eer", "EER"),
)


def uncalibrated(key: str) -> str:
    """Name of the figure that takes the place of one at LR 1 for a method without calibration."""
    return key.replace("log10_lr=0", "0.5")


LOCALIZATION = tuple(
    (f"pixel {name}", name)
    for name in ("f1@0.5", "f1@best", "iou@0.5", "iou@best", "mcc@0.5", "auc", "f1@best+inverted",
                 "auc+inverted", "fpr@0.5")
)  # fmt: skip
CALIBRATION = (("ece", "ECE"), ("brier", "Brier"), ("cllr", "Cllr"), ("min-cllr", "minimum Cllr"))
VERDICTS = (
    ("verdict recall", "recall"),
    ("verdict false alarms", "false alarms"),
    ("verdict inconclusive", "inconclusive"),
    ("verdict survives", "survives the delivery"),
    ("verdict not contradicted", "not contradicted by re-saving"),
    ("stability", "stability"),
    ("claims agree with the label", "claims agree with the label"),
    ("reported regions iou", "IoU of reported regions"),
)


@dataclass(frozen=True, slots=True)
class Breakdown:
    """A table of one figure: methods by parts, with mean and minimum over the parts."""

    name: str
    parts: tuple[str, ...]
    rows: tuple[tuple[str, tuple[Interval | None, ...]], ...]

    @staticmethod
    def mean(cells: Sequence[Interval | None]) -> float:
        """Mean over the parts that have a figure."""
        known = [c.value for c in cells if c is not None and not math.isnan(c.value)]
        return sum(known) / len(known) if known else float("nan")

    @staticmethod
    def least(cells: Sequence[Interval | None]) -> float:
        """Minimum over the parts that have a figure."""
        known = [c.value for c in cells if c is not None and not math.isnan(c.value)]
        return min(known, default=float("nan"))


def by_name(
    scores: Iterable[Score], column: str = "raw", delivery: str = "", breakdown: str = ""
) -> dict[str, Score]:
    """Return the scores of one column, delivery and breakdown by method."""
    return {
        s.method: s
        for s in scores
        if (s.column, s.delivery, s.breakdown) == (column, delivery, breakdown)
    }


def ranked(scores: Sequence[Score]) -> list[str]:
    """Name the methods: the fusion first, then by AUC, aligned where there is that column."""
    plain, aligned = by_name(scores), by_name(scores, "aligned")

    def rank(name: str) -> tuple[bool, float]:
        shown = (aligned if name in aligned else plain)[name].figures.get("auc")
        value = -1.0 if shown is None or math.isnan(shown.value) else shown.value
        return name != FUSION, -value

    return sorted({*plain, *aligned}, key=rank)


def breakdowns(scores: Sequence[Score], column: str, figure: str = "auc") -> list[Breakdown]:
    """Return the tables of one figure by generator, operation, split and history."""
    tables = []
    names = ranked(scores)
    for by in dict.fromkeys(s.breakdown for s in scores if s.breakdown):
        chosen = [s for s in scores if (s.breakdown, s.column) == (by, column)]
        parts = tuple(dict.fromkeys(s.part for s in chosen))
        found = {(s.method, s.part): s.figures.get(figure) for s in chosen}
        rows = tuple((n, tuple(found.get((n, p)) for p in parts)) for n in names)
        kept = tuple(row for row in rows if any(row[1]))
        if kept:
            tables.append(Breakdown(by, parts, kept))
    return tables


def _roc(frame: Frame, rows: Any, name: str, colour: int) -> Line | None:
    from sklearn.metrics import roc_curve

    rows = rows[~np.isnan(frame.score[rows])]
    label = frame.label[rows]
    if not label.any() or label.all():
        return None
    fpr, tpr, _ = roc_curve(label, frame.score[rows])
    kept = np.unique(np.linspace(0, fpr.size - 1, _ROC_POINTS).astype(int))
    return Line(name, fpr[kept].tolist(), tpr[kept].tolist(), colour=colour)


def _curves(frame: Frame, question: str, shown: Sequence[str]) -> dict[str, dict[str, Markup]]:
    """Draw ROC curves and reliability diagrams, by column."""
    words = frame.words
    roc: dict[str, list[Line]] = {}
    reliability: dict[str, Markup] = {}
    for rows in groups(frame):
        first = int(rows[0])
        method, column = words["method"].text(first), words["column"].text(first)
        if words["delivery"].text(first) or words["question"].text(first) != question:
            continue
        if method in shown and (line := _roc(frame, rows, method, shown.index(method))):
            roc.setdefault(column, []).append(line)
        lr = frame.log10_lr[rows]
        known = ~np.isnan(lr)
        if method == FUSION and len(set(frame.label[rows][known].tolist())) == 2:
            curve = reliability_curve(lr[known], frame.label[rows][known])
            reliability[column] = draw_reliability([(method, curve)])
    axes = "false alarm rate", "detection rate"
    return {
        "roc": {column: draw(lines, *axes, diagonal=True) for column, lines in roc.items()},
        "reliability": reliability,
    }


def _robustness(scores: Sequence[Score], shown: Sequence[str], column: str) -> Markup | None:
    deliveries = list(dict.fromkeys(s.delivery for s in scores if s.column == column))
    if len(deliveries) < 2:
        return None
    places = [0.04 + 0.92 * i / (len(deliveries) - 1) for i in range(len(deliveries))]
    lines = []
    for place, method in enumerate(shown):
        found = [by_name(scores, column, d).get(method) for d in deliveries]
        auc = [None if s is None else s.figures.get("auc") for s in found]
        points = [(x, a) for x, a in zip(places, auc, strict=True) if a and not math.isnan(a.value)]
        bars = [(a.low, a.high) for _, a in points] if method == FUSION else []
        if points:
            lines.append(
                Line(
                    method, [x for x, _ in points], [a.value for _, a in points], bars,
                    [3.0] * len(points), place,
                )
            )  # fmt: skip
    ticks = [(x, d or "as delivered") for x, d in zip(places, deliveries, strict=True)]
    least = min((y for line in lines for y in line.y), default=0.5)
    low = max(0.0, math.floor(10 * min(least, 0.5) - 0.5) / 10)
    return draw(lines, "delivery", "AUC", ticks=ticks, low=low, level=0.5)


def _sheets(folder: Path) -> list[dict[str, str]]:
    """Read the contact sheets beside a run; a damaged one is left out."""
    try:
        listed = json.loads((folder / INDEX).read_text("utf-8"))
        found = []
        for entry in listed[:_MAX_SHEETS]:
            picture = folder / Path(entry["picture"]).name
            if picture.stat().st_size > _MAX_SHEET_BYTES:
                continue
            uri = data_uri(picture.read_bytes(), "image/png")
            text = {key: printable(str(entry[key]), 120) for key in ("kind", "item", "says")}
            found.append({**text, "uri": uri})
        return found
    except (OSError, ValueError, KeyError, TypeError):
        return []


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("locard.bench"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "printable": printable,
        "figure": lambda v: "–" if v is None or math.isnan(v) else f"{v:.3f}",
        "share": lambda v: "–" if math.isnan(v) else f"{v:.0%}",
        "nan": lambda v: v is None or math.isnan(v),
    }
    return environment


def render(run: Run, sheets: Path | None = None, resamples: int = RESAMPLES) -> str:
    """Return the HTML page of a run.

    Args: sheets: folder of the contact sheets that the run made; none by default.

    Raises: PredictionError for a run without rows.
    """
    scores = score(run, resamples)
    if not scores:
        raise PredictionError("the run has no rows")
    frame = Frame(run)
    questions = []
    for question in dict.fromkeys(s.question for s in scores):
        mine = [s for s in scores if s.question == question]
        names = ranked(mine)
        columns = list(dict.fromkeys(s.column for s in mine))
        columns.sort(key=lambda c: c != "raw")
        shown = [
            n
            for n in names
            if n == FUSION or any(s.scored for c in columns if (s := by_name(mine, c).get(n)))
        ][:_CURVES]
        questions.append(
            {
                "name": question,
                "names": names,
                "columns": columns,
                "scores": {c: by_name(mine, c) for c in columns},
                "deliveries": list(dict.fromkeys(s.delivery for s in mine)),
                "delivered": {
                    (c, d): by_name(mine, c, d) for c in columns for d in {s.delivery for s in mine}
                },
                "curves": _curves(frame, question, shown),
                "robustness": {c: _robustness(mine, shown, c) for c in columns},
                "breakdowns": {c: breakdowns(mine, c) for c in columns},
                "localized": {
                    c: breakdowns(mine, c, "pixel f1@best") for c in columns
                },
                "legend": [(n, COLOURS[i % len(COLOURS)]) for i, n in enumerate(shown)],
            }
        )  # fmt: skip
    style = files("locard.bench").joinpath("templates", "bench.css").read_text("utf-8")
    return (
        _environment()
        .get_template("bench.html.j2")
        .render(
            about=run.metadata,
            rows=run.table.num_rows,
            questions=questions,
            fusion=FUSION,
            detection=DETECTION,
            uncalibrated=uncalibrated,
            localization=LOCALIZATION,
            calibration=CALIBRATION,
            verdicts=VERDICTS,
            resamples=resamples,
            sheets=_sheets(sheets) if sheets is not None else [],
            # A file of this package, not of the run.
            style=Markup(style),
        )
    )
