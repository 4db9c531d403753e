"""Fitting calibrators and fusion weights on labelled exhibits, with cross-validated figures."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from itertools import repeat
from multiprocessing import get_context
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import track

from locard.exhibit import ExhibitError, open_exhibit
from locard.methods import Question, Trace, list_methods
from locard.opinion.calibration import (
    LN10,
    Calibrator,
    FittedOn,
    Fusion,
    fit_knots,
    fit_weights,
    load_calibrators,
)

_FOLDS = 5


@dataclass(frozen=True, slots=True)
class ScoreTable:
    """Raw scores of labelled exhibits.

    Attributes:
        labels: n booleans, True where the proposition holds.
        sources: n names of what must not be in two folds (photo, camera, generator).
        methods: m names.
        scores: float64, n × m, NaN where a method is not applicable.
    """

    labels: NDArray[np.bool_]
    sources: list[str]
    methods: list[str]
    scores: NDArray[np.float64]

    def only(self, methods: list[str]) -> ScoreTable:
        """Keep the columns of these methods.

        Raises: ValueError for a method without scores.
        """
        for name in methods:
            if name not in self.methods:
                raise ValueError(f"no scores of a method {name!r}; there are {self.methods}")
        columns = [self.methods.index(name) for name in methods]
        return ScoreTable(self.labels, self.sources, methods, self.scores[:, columns])

    def save(self, file: Path) -> None:
        """Write the table as CSV: label, source, one column per method."""
        with file.open("w", newline="", encoding="utf-8") as stream:
            writer = csv.writer(stream)
            writer.writerow(["label", "source", *self.methods])
            for label, source, row in zip(self.labels, self.sources, self.scores, strict=True):
                writer.writerow([int(label), source, *(f"{v:.6g}" for v in row)])


def read_scores(file: Path) -> ScoreTable:
    """Read a table that `ScoreTable.save` wrote.

    Raises: ValueError for another file.
    """
    with file.open(newline="", encoding="utf-8") as stream:
        head, *rows = list(csv.reader(stream))
    if head[:2] != ["label", "source"] or not rows:
        raise ValueError(f"{file} is not a table of scores")
    return ScoreTable(
        np.array([row[0] == "1" for row in rows]),
        [row[1] for row in rows],
        head[2:],
        np.array([[float(v) for v in row[2:]] for row in rows]),
    )


def _score(path: str, question: Question, only: list[str] | None) -> dict[str, float] | None:
    import cv2

    cv2.setNumThreads(1)
    try:
        exhibit = open_exhibit(path)
    except ExhibitError:
        return None
    found: dict[str, float] = {}
    for method in list_methods():
        if only is not None and method.name not in only:
            continue
        # Methods that read a record may bear on both questions; those that read pixels do not.
        if method.counted and (method.question == question or method.trace is Trace.RECORD):
            for finding in method.examine(exhibit):
                if finding.question == question and finding.score is not None:
                    found[method.name] = finding.score
    return found


def score_table(
    table: Path, question: Question, jobs: int, console: Console, only: list[str] | None = None
) -> ScoreTable:
    """Examine every exhibit of a CSV (path, label, source); paths are relative to the file.

    Args:
        only: names of the methods to run; all that are counted by default.

    Raises: ValueError when columns are missing or nothing could be examined.
    """
    with table.open(newline="", encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    if not rows or not {"path", "label", "source"} <= rows[0].keys():
        raise ValueError("the table needs the columns path, label and source")
    paths = [str(table.parent / row["path"]) for row in rows]
    with ProcessPoolExecutor(jobs, get_context("spawn")) as pool:
        results = list(
            track(
                pool.map(_score, paths, repeat(question), repeat(only), chunksize=4),
                "examining",
                total=len(paths),
                console=console,
            )
        )
    kept = [i for i, result in enumerate(results) if result is not None]
    if len(kept) < len(results):
        console.print(f"{len(results) - len(kept)} exhibits could not be read and are left out")
    names = sorted({name for i in kept for name in results[i] or {}})
    if not names:
        raise ValueError("no method could score an exhibit")
    scores = np.array([[(results[i] or {}).get(name, np.nan) for name in names] for i in kept])
    return ScoreTable(
        np.array([rows[i]["label"] == "1" for i in kept]),
        [rows[i]["source"] for i in kept],
        names,
        scores,
    )


def cllr(log10_lr: NDArray[np.float64], labels: NDArray[np.bool_]) -> float:
    """Log-likelihood-ratio cost (Brümmer and du Preez 2006), in bits.

    Cllr = ½ [mean over H1 of log2(1 + 1/LR) + mean over H0 of log2(1 + LR)];
    0 is perfect, 1 is worth nothing.
    """
    natural = log10_lr * LN10
    h1 = np.logaddexp(0, -natural[labels]).mean()
    h0 = np.logaddexp(0, natural[~labels]).mean()
    return float((h1 + h0) / 2 / np.log(2))


def auc(scores: NDArray[np.float64], labels: NDArray[np.bool_]) -> float:
    """Area under the ROC curve: P(score of H1 > score of H0), ties count one half."""
    from scipy.stats import rankdata

    ranks = rankdata(scores)
    n1, n0 = int(labels.sum()), int((~labels).sum())
    return float((ranks[labels].sum() - n1 * (n1 + 1) / 2) / (n1 * n0))


def ece(log10_lr: NDArray[np.float64], labels: NDArray[np.bool_], bins: int = 10) -> float:
    """Expected calibration error of the posterior at the class shares of the sample, 0 to 1."""
    share = labels.mean()
    p = 1 / (1 + np.exp(-log10_lr * LN10) * (1 - share) / share)
    slot = np.minimum((p * bins).astype(int), bins - 1)
    total = 0.0
    for b in range(bins):
        inside = slot == b
        if inside.any():
            total += float(inside.mean() * abs(p[inside].mean() - labels[inside].mean()))
    return total


def _folds(sources: list[str]) -> Iterator[tuple[NDArray[np.bool_], NDArray[np.bool_]]]:
    names = sorted(set(sources))
    if len(names) < 2:
        raise ValueError("cross-validation needs at least two sources")
    shuffled = np.random.default_rng(0).permutation(len(names))
    fold = {name: int(shuffled[i]) % _FOLDS for i, name in enumerate(names)}
    group = np.array([fold[source] for source in sources])
    for k in np.unique(group):
        yield group != k, group == k


def _llrs(
    rows: ScoreTable, train: NDArray[np.bool_], use: NDArray[np.bool_], methods: list[str]
) -> NDArray[np.float64]:
    """log10 LRs of the exhibits in ``use``, by calibrators fitted on ``train``; 0 where absent."""
    found = np.zeros((int(use.sum()), len(methods)))
    for j, name in enumerate(methods):
        column = rows.scores[:, rows.methods.index(name)]
        fit_on = train & ~np.isnan(column)
        if rows.labels[fit_on].all() or not rows.labels[fit_on].any():
            continue
        knots, values = fit_knots(column[fit_on], rows.labels[fit_on])
        scored = ~np.isnan(column[use])
        found[scored, j] = np.interp(column[use][scored], knots, values)
    return found


@dataclass(frozen=True, slots=True, eq=False)
class Fitted:
    """What a fit gave.

    Attributes:
        lines: one printable line per file that was written, with its cross-validated figures.
        log10_lr: float64, n: fused, each exhibit by calibrators and weights that were fitted
            without its source.
    """

    lines: list[str]
    log10_lr: NDArray[np.float64]


def fit(
    rows: ScoreTable,
    question: Question,
    data: str,
    command: str,
    out: Path,
    *,
    fusion: bool = True,
) -> Fitted:
    """Fit and write one calibrator per method and, with ``fusion``, the weights of the question.

    Methods whose shipped calibrator is stated, not fitted, are left as they are.

    Raises: ValueError with fewer than two sources, or exhibits of one class only.
    """
    if rows.labels.all() or not rows.labels.any():
        raise ValueError("calibration needs exhibits of both classes")
    out.mkdir(parents=True, exist_ok=True)
    stated = {
        m for (m, q), c in load_calibrators().items() if q == question and c.basis == "stated"
    }
    methods = [name for name in rows.methods if name not in stated]
    both = [
        name
        for name in methods
        if len({*rows.labels[~np.isnan(rows.scores[:, rows.methods.index(name)])].tolist()}) == 2
    ]
    everything = np.ones(rows.labels.size, dtype=bool)
    crossed = np.zeros((rows.labels.size, len(both)))
    fused = np.zeros(rows.labels.size)
    for train, test in _folds(rows.sources):
        crossed[test] = _llrs(rows, train, test, both)
        weights = fit_weights(_llrs(rows, train, train, both), rows.labels[train])
        fused[test] = crossed[test] @ weights
    lines = []
    for j, name in enumerate(both):
        column = rows.scores[:, rows.methods.index(name)]
        used = ~np.isnan(column)
        labels = rows.labels[used]
        knots, values = fit_knots(column[used], labels)
        fitted_on = FittedOn(
            data=data,
            proposition=int(labels.sum()),
            alternative=int((~labels).sum()),
            command=command,
        )
        figures = {
            "auc": round(auc(column[used], labels), 4),
            "cllr_cross_validated": round(cllr(crossed[used, j], labels), 4),
        }
        calibrator = Calibrator(
            method=name,
            question=question,
            basis="fitted",
            scores=knots,
            log10_lr=values,
            fitted_on=fitted_on,
            figures=figures,
        )
        _write(out / f"{name}.{question}.json", calibrator)
        lines.append(
            f"{name}: {used.sum()} exhibits, AUC {figures['auc']:.3f}, "
            f"Cllr {figures['cllr_cross_validated']:.3f}, log10 LR {values[0]:+.2f} to "
            f"{values[-1]:+.2f}"
        )
    if not fusion:
        return Fitted(lines, fused)
    weights = fit_weights(_llrs(rows, everything, everything, both), rows.labels)
    figures = {
        "auc_cross_validated": round(auc(fused, rows.labels), 4),
        "cllr_cross_validated": round(cllr(fused, rows.labels), 4),
        "ece_cross_validated": round(ece(fused, rows.labels), 4),
    }
    for label, mark in ((True, "proposition"), (False, "alternative")):
        share = fused[rows.labels == label]
        figures[f"share_{mark}_above_lr_9"] = round(float((share >= np.log10(9)).mean()), 4)
    fused_by = Fusion(
        question=question,
        weights={n: round(float(w), 4) for n, w in zip(both, weights, strict=True)},
        fitted_on=FittedOn(
            data=data,
            proposition=int(rows.labels.sum()),
            alternative=int((~rows.labels).sum()),
            command=command,
        ),
        figures=figures,
    )
    _write(out / f"fusion.{question}.json", fused_by)
    lines.append("fusion: " + ", ".join(f"{k} {v:.3f}" for k, v in figures.items()))
    lines.append("weights: " + ", ".join(f"{k} {v:.2f}" for k, v in fused_by.weights.items()))
    return Fitted(lines, fused)


def _write(file: Path, model: Calibrator | Fusion) -> None:
    file.write_text(model.model_dump_json(indent=1, exclude_none=True) + "\n", "utf-8")
