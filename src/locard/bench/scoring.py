"""Scoring prediction files offline: every figure from the rows alone, with its interval.

What was not applicable is unscored, not wrong: figures are over the items that a method could
score, and their share is given beside them. Intervals are 95 % bootstraps in which whole
sources are drawn (`metrics.resampling`).
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray

from locard.bench.metrics import (
    CALIBRATION_METRICS,
    Interval,
    Metric,
    bootstrap_all,
    bootstrap_mean,
    image_metrics,
)
from locard.bench.metrics.pixel import ALL_PROTOCOLS, figures_of_all
from locard.bench.metrics.resampling import LEVEL
from locard.bench.predictions import FUSION, Run, read_levels

RESAMPLES = 200
# Where a method has a calibrated LR, evidence speaks for the proposition from LR 1; a score from
# outside is taken to speak for it from one half.
LR_THRESHOLD, SCORE_THRESHOLD = 0.0, 0.5
BREAKDOWNS = ("generator", "operation", "split", "history")
# Values of these belong to the forged items; the authentic ones are compared with each.
_OF_POSITIVES = ("generator", "operation")
_IN_BREAKDOWN = ("auc", "balanced-accuracy@log10_lr=0", "balanced-accuracy@0.5")
_PIXELS_IN_BREAKDOWN = ("f1@0.5", "f1@best", "iou@0.5", "auc")
_PIXEL_CHUNK = 4096

Codes = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Score:
    """The figures of one method on one part of one run.

    Attributes:
        breakdown: "" for all items, else what the part is by ("generator", "operation", ...).
        part: value of the breakdown.
        items: number of them, and of those for which the proposition holds (``positives``).
        scored: number of items with a score.
        mapped: number of forged items with a map and a mask: what pixel figures are means over.
        seconds: mean of the scored items.
        figures: interval per protocol; those of localization begin with "pixel ".
    """

    dataset: str
    question: str
    method: str
    column: str
    delivery: str
    breakdown: str
    part: str
    items: int
    positives: int
    scored: int
    mapped: int
    not_applicable: int
    failed: int
    unreadable: int
    seconds: float
    figures: dict[str, Interval] = field(default_factory=dict)


class _Words:
    """A text column as numbers: the code of each row, -1 for none, and the names."""

    def __init__(self, column: Any) -> None:
        import pyarrow as pa

        whole = column.combine_chunks()
        if isinstance(whole, pa.ChunkedArray):
            whole = whole.chunk(0) if whole.num_chunks else pa.array([], pa.string())
        if not isinstance(whole, pa.DictionaryArray):
            whole = whole.dictionary_encode()
        self.codes: Codes = np.asarray(whole.indices.fill_null(-1), dtype=np.int64)
        self.names: list[str] = whole.dictionary.to_pylist()

    def equals(self, name: str) -> NDArray[np.bool_]:
        """Rows that hold this text."""
        code = self.names.index(name) if name in self.names else -2
        return np.asarray(self.codes == code)

    def text(self, row: int) -> str:
        """Text of a row, "" for none."""
        code = int(self.codes[row])
        return self.names[code] if code >= 0 else ""


def _numbers(column: Any) -> NDArray[np.float64]:
    """A column of numbers, NaN for none."""
    import pyarrow as pa

    return np.asarray(column.cast(pa.float64()).to_numpy(), dtype=np.float64)


class Frame:
    """The rows of a run as arrays.

    Attributes:
        words: text columns by name.
        label: bool, rows.
        score, log10_lr, stability, contradicted, claimed, region_iou, seconds: float64, rows, NaN
            for none.
        hashes: of the items' files.
        cluster: what is drawn in a bootstrap: the source, or the item where it has none.
        pixels: float64 by protocol, rows, NaN for no map or no edited pixel.
    """

    def __init__(self, run: Run) -> None:
        table = run.table.unify_dictionaries()
        names = (
            "dataset", "item", "question", "source", "generator", "operation", "split", "history",
            "method", "column", "delivery", "status", "verdict",
        )  # fmt: skip
        self.words = {name: _Words(table[name]) for name in names}
        self.label = np.asarray(table["label"].to_numpy() == 1)
        self.score = _numbers(table["score"])
        self.log10_lr = _numbers(table["log10_lr"])
        self.stability = _numbers(table["stability"])
        self.contradicted = _numbers(table["contradicted"])
        self.claimed = _numbers(table["claimed"])
        self.region_iou = _numbers(table["region_iou"])
        self.seconds = _numbers(table["seconds"])
        self.hashes: list[str] = table["sha256"].to_pylist()
        source, item = self.words["source"], self.words["item"]
        alone = source.equals("")
        self.cluster = np.where(alone, len(source.names) + item.codes, source.codes)
        self.pixels = _pixel_figures(table["pixels"])

    def __len__(self) -> int:
        return len(self.label)


def _pixel_figures(column: Any) -> dict[str, NDArray[np.float64]]:
    kept = np.flatnonzero(np.asarray(column.is_valid()))
    found = {name: np.full(len(column), np.nan) for name in ALL_PROTOCOLS}
    counts = column.drop_null()
    for start in range(0, kept.size, _PIXEL_CHUNK):
        rows = kept[start : start + _PIXEL_CHUNK]
        figures = figures_of_all(read_levels(counts.slice(start, rows.size)))
        for name, values in figures.items():
            found[name][rows] = values
    return found


def groups(frame: Frame) -> Iterator[NDArray[np.intp]]:
    """Yield the rows of each dataset, question, method, column and delivery."""
    by = ("dataset", "question", "method", "column", "delivery")
    codes = np.stack([frame.words[name].codes for name in by])
    _, group = np.unique(codes, axis=1, return_inverse=True)
    order = np.argsort(group, kind="stable")
    yield from np.split(order, np.flatnonzero(np.diff(group[order])) + 1)


def _parts(frame: Frame, rows: NDArray[np.intp]) -> Iterator[tuple[str, str, NDArray[np.intp]]]:
    """Yield breakdown, part and rows; nothing for a breakdown with a single part."""
    for name in BREAKDOWNS:
        words = frame.words[name]
        codes = words.codes[rows]
        label = frame.label[rows]
        counted = codes[label] if name in _OF_POSITIVES else codes
        values = [v for v in np.unique(counted) if v >= 0 and words.names[v]]
        if len(values) < 2:
            continue
        for value in values:
            inside = codes == value
            if name in _OF_POSITIVES:
                inside = np.where(label, inside, True)
            yield name, words.names[value], rows[inside]


def _detection(
    frame: Frame, rows: NDArray[np.intp], names: Sequence[str] | None, resamples: int
) -> dict[str, Interval]:
    """Figures of score and LR; all of them, or those named."""

    def measure(values: NDArray[np.float64], metrics: Sequence[Metric]) -> dict[str, Interval]:
        kept = rows[~np.isnan(values[rows])]
        chosen = [m for m in metrics if names is None or _named(m.name) in names]
        if not kept.size or not chosen:
            return {}
        clusters = frame.cluster[kept]
        return bootstrap_all(values[kept], frame.label[kept], chosen, clusters, resamples)

    def _named(name: str) -> str:
        return name.replace(f"@{LR_THRESHOLD:g}", "@log10_lr=0") if calibrated else name

    calibrated = bool((~np.isnan(frame.log10_lr[rows])).any())
    threshold = LR_THRESHOLD if calibrated else SCORE_THRESHOLD
    metrics = image_metrics(threshold)
    fixed = [m for m in metrics if m.edges]
    figures = measure(frame.score, [m for m in metrics if not m.edges])
    if calibrated:
        at_lr = measure(frame.log10_lr, [*fixed, *CALIBRATION_METRICS])
        return figures | {_named(name): value for name, value in at_lr.items()}
    return figures | measure(frame.score, fixed)


def _verdicts(
    frame: Frame, rows: NDArray[np.intp], before: NDArray[np.intp] | None, resamples: int
) -> dict[str, Interval]:
    """Figures of the verdict, over the items that have one.

    Args: before: the rows of the same column without delivery, None when these are them.
    """
    verdict, question = frame.words["verdict"], frame.words["question"].text(int(rows[0]))
    rows = rows[verdict.codes[rows] >= 0]
    called = verdict.equals(question)

    def mean(values: NDArray[Any], of: NDArray[np.intp]) -> Interval:
        found = bootstrap_mean(values.astype(np.float64), frame.cluster[of], resamples)
        if found.value not in (0.0, 1.0):
            return found
        # Resamples of nothing but zeros say nothing of what was not seen; the exact binomial
        # bound (Clopper and Pearson 1934) does, over the sources.
        unseen = 1.0 - ((1.0 - LEVEL) / 2) ** (1.0 / np.unique(frame.cluster[of]).size)
        return Interval(found.value, max(0.0, found.value - unseen), min(1.0, found.value + unseen))

    holds, fails = rows[frame.label[rows]], rows[~frame.label[rows]]
    figures = {
        "verdict recall": mean(called[holds], holds),
        "verdict false alarms": mean(called[fails], fails),
        "verdict inconclusive": mean(verdict.equals("inconclusive")[rows], rows),
        "stability": mean(frame.stability[rows], rows),
        "verdict not contradicted": mean(1.0 - frame.contradicted[rows], rows),
        "claims agree with the label": mean(frame.claimed[rows] == frame.label[rows], rows),
        "reported regions iou": mean(frame.region_iou[rows], rows),
    }
    if before is not None:
        first = dict(zip(frame.words["item"].codes[before], verdict.codes[before], strict=True))
        pairs = [first.get(item, -1) for item in frame.words["item"].codes[rows]]
        same = np.where(np.array(pairs) < 0, np.nan, verdict.codes[rows] == np.array(pairs))
        figures["verdict survives"] = mean(same, rows)
    return figures


def _score(
    frame: Frame, rows: NDArray[np.intp], breakdown: str, part: str, resamples: int
) -> Score:
    first = int(rows[0])
    status = {
        name: frame.words["status"].equals(name)[rows] for name in frame.words["status"].names
    }

    def count(name: str) -> int:
        return int(status[name].sum()) if name in status else 0

    names = None if not breakdown else _IN_BREAKDOWN
    figures = _detection(frame, rows, names, resamples)
    # A mask of an authentic picture, all black, would have a share of false alarms and no F1.
    forged = rows[frame.label[rows]]
    for name in ALL_PROTOCOLS if not breakdown else _PIXELS_IN_BREAKDOWN:
        values = frame.pixels[name][forged]
        if not np.isnan(values).all():
            figures[f"pixel {name}"] = bootstrap_mean(values, frame.cluster[forged], resamples)
    scored = ~np.isnan(frame.score[rows])
    return Score(
        **{n: frame.words[n].text(first) for n in ("dataset", "question", "method", "column")},
        delivery=frame.words["delivery"].text(first),
        breakdown=breakdown,
        part=part,
        items=len(rows),
        positives=int(frame.label[rows].sum()),
        scored=int(scored.sum()),
        mapped=int((~np.isnan(frame.pixels["f1@0.5"][forged])).sum()),
        not_applicable=count("not_applicable"),
        failed=count("failed"),
        unreadable=count("unreadable"),
        seconds=float(frame.seconds[rows][scored].mean()) if scored.any() else float("nan"),
        figures=figures,
    )


def score(run: Run, resamples: int = RESAMPLES) -> list[Score]:
    """Score a run: per method, column and delivery, then by generator, operation, split, history.

    Args: resamples: of each bootstrap.

    Returns: scores of all items first. The breakdowns are of the pictures as they are delivered by
        the dataset, with a few figures each.
    """
    frame = Frame(run)
    if not len(frame):
        return []
    listed = list(groups(frame))
    words = frame.words

    def key(rows: NDArray[np.intp]) -> tuple[str, ...]:
        return tuple(words[n].text(int(rows[0])) for n in ("dataset", "question", "column"))

    plain = {
        key(rows): rows
        for rows in listed
        if words["method"].text(int(rows[0])) == FUSION and not words["delivery"].text(int(rows[0]))
    }

    def measure(rows: NDArray[np.intp]) -> list[Score]:
        total = _score(frame, rows, "", "", resamples)
        if total.method == FUSION and total.scored:
            before = plain.get(key(rows)) if total.delivery else None
            total.figures.update(_verdicts(frame, rows, before, resamples))
        parts = () if total.delivery else _parts(frame, rows)
        return [total, *(_score(frame, chosen, by, part, resamples) for by, part, chosen in parts)]

    # NumPy lets go of the interpreter's lock while it sorts and sums.
    with ThreadPoolExecutor(min(4, os.cpu_count() or 1)) as pool:
        found = list(pool.map(measure, listed))
    return sorted(chain.from_iterable(found), key=lambda s: s.breakdown != "")
