"""Scores as JSON and as tables for the terminal."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from locard.bench.compare import Comparison
from locard.bench.metrics import Interval
from locard.bench.predictions import FUSION, Metadata
from locard.bench.report import (
    CALIBRATION,
    DETECTION,
    LOCALIZATION,
    VERDICTS,
    breakdowns,
    by_name,
    ranked,
    uncalibrated,
)
from locard.bench.scoring import Score
from locard.report.strings import printable

SCHEMA = "locard.scores/1"


def plain(value: Any) -> Any:
    """Make a value fit for JSON: no NaN, no dataclass, six significant digits."""
    if isinstance(value, float):
        return float(f"{value:.6g}") if math.isfinite(value) else None
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return value


def to_json(metadata: Sequence[Metadata], scores: Sequence[Score], resamples: int) -> Any:
    """Return scores as the JSON of ``locard bench score --json``."""
    return plain(
        {
            "schema": SCHEMA,
            "runs": [asdict(run) for run in metadata],
            "interval": {"level": 0.95, "resamples": resamples, "drawn": "sources"},
            "scores": [asdict(score) for score in scores],
        }
    )


def _cell(interval: Interval | None, at_half: Interval | None = None) -> str:
    if interval is None and at_half is not None:
        return f"{_cell(at_half)}\n[dim]at a score of 0.5[/dim]"
    if interval is None or math.isnan(interval.value):
        return "–"
    if math.isnan(interval.low):
        return f"{interval.value:.3f}"
    return f"{interval.value:.3f}\n[dim]{interval.low:.3f} to {interval.high:.3f}[/dim]"


def _table(title: str, columns: Sequence[str], first: str = "method") -> Table:
    table = Table(
        title=Text(title), title_justify="left", header_style="bold", box=None, padding=(0, 2, 0, 0)
    )
    table.add_column(first, no_wrap=True)
    for name in columns:
        # Names have no spaces to break at.
        table.add_column(Text(printable(name, 40)), justify="right", overflow="fold")
    return table


def _add(table: Table, name: str, cells: Sequence[str]) -> None:
    style = "bold" if name == FUSION else None
    table.add_row(Text(printable(name, 60)), *cells, style=style)


def print_scores(scores: Sequence[Score], console: Console) -> None:
    """Print the tables of one dataset and question."""
    columns = sorted({s.column for s in scores}, key=lambda c: c != "raw")
    names = ranked(scores)
    plain_scores = {column: by_name(scores, column) for column in columns}
    first = scores[0]
    title = f"{first.dataset}: {first.question}; value [95 % interval], raw unless it says aligned"
    detection = [label for _, label in DETECTION]
    table = _table(title, [*(f"AUC {c}" for c in columns), *detection, "no score", "items"])
    for name in names:
        score = plain_scores[columns[0]].get(name)
        figures = score.figures if score else {}
        cells = [
            _cell(found.figures.get("auc") if (found := plain_scores[c].get(name)) else None)
            for c in columns
        ]
        for key, _ in DETECTION:
            cells.append(_cell(figures.get(key), figures.get(uncalibrated(key))))
        share = f"{1 - score.scored / score.items:.0%}" if score else "–"
        _add(table, name, [*cells, share, str(score.items if score else 0)])
    console.print(table, "")
    for column in columns:
        for what, keys, needed in (
            ("calibration", CALIBRATION, "cllr"),
            ("localization, means over forged pictures", LOCALIZATION, "pixel auc"),
        ):
            rows = [n for n in names if needed in _figures(plain_scores[column].get(n))]
            if not rows:
                continue
            counted = ["pictures"] if keys is LOCALIZATION else []
            table = _table(f"{what}, {column}", [*(label for _, label in keys), *counted])
            for name in rows:
                score = plain_scores[column][name]
                cells = [_cell(score.figures.get(key)) for key, _ in keys]
                _add(table, name, [*cells, *(str(score.mapped) for _ in counted)])
            console.print(table, "")
    _print_verdicts(scores, columns, console)
    for column in columns:
        for by in breakdowns(scores, column):
            table = _table(f"AUC by {by.name}, {column}", ["mean", "minimum", *by.parts])
            for name, parts in by.rows:
                ends = f"{by.mean(parts):.3f}", f"{by.least(parts):.3f}"
                _add(table, name, [*ends, *(_cell(part) for part in parts)])
            console.print(table, "")


def _figures(score: Score | None) -> dict[str, Interval]:
    return score.figures if score else {}


def _print_verdicts(scores: Sequence[Score], columns: Sequence[str], console: Console) -> None:
    deliveries = dict.fromkeys(s.delivery for s in scores)
    rows = [
        (column, delivery, found[FUSION])
        for column in columns
        for delivery in deliveries
        if FUSION in (found := by_name(scores, column, delivery))
    ]
    if rows:
        labels = ["delivery", "AUC", *(label for _, label in VERDICTS)]
        table = _table("verdicts of the fused opinion", labels, "column")
        for column, delivery, score in rows:
            cells = [_cell(score.figures.get(key)) for key, _ in (("auc", ""), *VERDICTS)]
            table.add_row(column, Text(printable(delivery or "as delivered", 60)), *cells)
        console.print(table, "")


def print_comparisons(found: Sequence[Comparison], console: Console) -> None:
    """Print second run minus first, one row per method and figure."""
    columns = ["column", "delivery", "pairs", "figure", "difference", "95 % interval", "p"]
    table = _table("second run minus first, the same pictures in both", columns)
    for one in found:
        for name, gap in one.differences.items():
            if math.isnan(gap.value):
                continue
            interval = "–" if math.isnan(gap.low) else f"{gap.low:+.3f} to {gap.high:+.3f}"
            label = one.method if one.method == one.against else f"{one.method} - {one.against}"
            cells: list[str | Text] = [
                one.column, Text(printable(one.delivery or "as delivered", 40)),
                str(one.counted[name]), name, f"{gap.value:+.4f}", interval,
                "–" if math.isnan(gap.p_value) else f"{gap.p_value:.3g}",
            ]  # fmt: skip
            table.add_row(Text(printable(label, 60)), *cells)
    console.print(table)
