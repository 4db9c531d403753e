"""Fitting calibrators and fusion weights from prediction files, with cross-validated figures."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from locard.bench.metrics.calibration import cllr, ece
from locard.bench.metrics.image import auc
from locard.bench.predictions import FUSION, PredictionError, read_run
from locard.bench.runner import counted_methods
from locard.methods import Question, list_methods
from locard.opinion.calibration import (
    Calibrator,
    FittedOn,
    Fusion,
    fit_knots,
    fit_weights,
    load_calibrators,
)

_FOLDS = 5
# Exhibits of each class that a method must have applied to.
_FEWEST = 10
# Sources of each class: with fewer, what a fold is fitted on may lack the class.
_FEWEST_SOURCES = 3

_COLUMNS = [
    "dataset", "item", "label", "question", "source", "method", "column", "delivery", "status",
    "score", "sha256",
]  # fmt: skip


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

        Raises: ValueError for a method without scores, or when none is named.
        """
        if not methods:
            raise ValueError(f"no method is named; there are {self.methods}")
        for name in methods:
            if name not in self.methods:
                raise ValueError(f"no scores of a method {name!r}; there are {self.methods}")
        columns = [self.methods.index(name) for name in methods]
        return ScoreTable(self.labels, self.sources, methods, self.scores[:, columns])


def scores_of_runs(files: Sequence[Path], question: Question, column: str = "all") -> ScoreTable:
    """Collect the raw scores of locard's methods from prediction files.

    Every version of an item is an exhibit of its own, of the same source: the folds of the
    cross-validation keep them together. An item without a source is its own. Files on one set by
    different methods complete each other.

    Args: column: "raw", "aligned" or "all".

    Raises: PredictionError for a file that is none, a dataset that is reserved for evaluation, or
        no scores of this question.
    """
    counted = set(counted_methods())
    others: set[str] = set()
    exhibits: dict[tuple[str, ...], tuple[bool, str, dict[str, float]]] = {}
    for file in files:
        run = read_run(file, _COLUMNS)
        if run.metadata.reserved:
            raise PredictionError(
                f"{run.metadata.dataset} is reserved for evaluation: nothing is calibrated on it"
            )
        for batch in run.table.to_batches():
            for row in batch.to_pylist():
                if row["question"] != question or column not in ("all", row["column"]):
                    continue
                if row["method"] not in counted:
                    others.add(row["method"])
                    continue
                if row["status"] in ("unreadable", "failed"):
                    continue
                key = tuple(
                    row[name] for name in ("dataset", "item", "sha256", "column", "delivery")
                )
                source = row["source"] or f"{row['dataset']}/{row['item']}"
                scores = exhibits.setdefault(key, (row["label"] == 1, source, {}))[2]
                if row["score"] is not None:
                    scores[row["method"]] = row["score"]
    names = sorted({name for _, _, scores in exhibits.values() for name in scores})
    if not names:
        found = ", ".join(sorted(others - {FUSION}))
        only = f"; only locard's own methods are calibrated, and these are not: {found}"
        raise PredictionError(
            f"there are no scores for the question {question!s}" + (only if found else "")
        )
    listed = list(exhibits.values())
    return ScoreTable(
        np.array([label for label, _, _ in listed]),
        [source for _, source, _ in listed],
        names,
        np.array([[scores.get(name, np.nan) for name in names] for _, _, scores in listed]),
    )


def _folds(
    sources: Sequence[str], labels: NDArray[np.bool_]
) -> Iterator[tuple[NDArray[np.bool_], NDArray[np.bool_]]]:
    """Yield which exhibits to fit on and which to use, sources apart.

    Sources with exhibits of one class alone, of the other, and of both are spread evenly over the
    folds: where a class has few sources, none of what is fitted on shall lack it.
    """
    names = sorted(set(sources))
    kinds: dict[str, set[bool]] = {name: set() for name in names}
    for source, label in zip(sources, labels.tolist(), strict=True):
        kinds[source].add(label)
    shuffled = np.random.default_rng(0).permutation(len(names))
    order = sorted(range(len(names)), key=lambda i: (sorted(kinds[names[i]]), shuffled[i]))
    fold = {names[i]: place % _FOLDS for place, i in enumerate(order)}
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


def _crossed(rows: ScoreTable, train: NDArray[np.bool_], methods: list[str]) -> NDArray[np.float64]:
    """log10 LRs of the exhibits in ``train``, each by calibrators fitted on other sources of it.

    Weights are fitted on these ("stacking", Wolpert 1992): calibrators flatter the exhibits that
    they were fitted on, so that weights fitted on those would trust every method too much.
    """
    places = np.flatnonzero(train)
    found = np.zeros((places.size, len(methods)))
    for others, own in _folds([rows.sources[i] for i in places], rows.labels[places]):
        fit_on, use = np.zeros_like(train), np.zeros_like(train)
        fit_on[places[others]] = True
        use[places[own]] = True
        found[own] = _llrs(rows, fit_on, use, methods)
    return found


@dataclass(frozen=True, slots=True, eq=False)
class _Counting:
    """Which methods count in the fusion, n × m each, 1 or 0: never one and what it takes in.

    Attributes:
        turns: where both have an answer each counts on half of the sources, to fit weights on.
        plain: what is taken in counts, as where the other does not run.
        refined: what takes in counts; None where no method takes in another.
    """

    turns: NDArray[np.float64]
    plain: NDArray[np.float64]
    refined: NDArray[np.float64] | None


def _counting(rows: ScoreTable, methods: list[str]) -> _Counting:
    present = ~np.isnan(np.stack([rows.scores[:, rows.methods.index(m)] for m in methods], 1))
    digests = [hashlib.sha256(source.encode()).digest()[0] for source in rows.sources]
    first = np.array([digest % 2 == 0 for digest in digests])
    turns, plain, refined = present.copy(), present.copy(), present.copy()
    pairs = [
        (methods.index(m.name), methods.index(str(m.refines)))
        for m in list_methods()
        if m.name in methods and m.refines in methods
    ]
    for own, other in pairs:
        both = present[:, own] & present[:, other]
        turns[both & ~first, own] = turns[both & first, other] = False
        plain[both, own] = refined[both, other] = False
    return _Counting(
        turns.astype(np.float64),
        plain.astype(np.float64),
        refined.astype(np.float64) if pairs else None,
    )


@dataclass(frozen=True, slots=True, eq=False)
class Fitted:
    """What a fit gave.

    Attributes:
        lines: one printable line per file that was written, with its cross-validated figures.
        log10_lr: float64, n: fused, each exhibit by calibrators and weights that were fitted
            without its source; without methods that take in others.
    """

    lines: list[str]
    log10_lr: NDArray[np.float64]


def _fewest(rows: ScoreTable, method: str) -> tuple[int, int]:
    """How many exhibits, and how many sources, of the rarer class a method applied to."""
    applied = ~np.isnan(rows.scores[:, rows.methods.index(method)])
    of_each = [np.flatnonzero(applied & (rows.labels == label)) for label in (True, False)]
    exhibits = min(places.size for places in of_each)
    return exhibits, min(len({rows.sources[i] for i in places}) for places in of_each)


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

    Methods whose shipped calibrator is stated, not fitted, are left as they are, and so are those
    that applied to fewer than ten exhibits or three sources of a class: a likelihood ratio of so
    few says nothing, and many versions of one photo are one photo.

    Raises: ValueError for exhibits of one class only, with fewer than three sources of either, or
        without a method that applied to enough.
    """
    if rows.labels.all() or not rows.labels.any():
        raise ValueError("calibration needs exhibits of both classes")
    for label in (True, False):
        own = {source for source, y in zip(rows.sources, rows.labels, strict=True) if y == label}
        if len(own) < _FEWEST_SOURCES:
            raise ValueError(
                f"cross-validation needs at least three sources of each class; there are {len(own)}"
            )
    out.mkdir(parents=True, exist_ok=True)
    stated = {
        m for (m, q), c in load_calibrators().items() if q == question and c.basis == "stated"
    }
    methods = [name for name in rows.methods if name not in stated]
    fewest = {name: _fewest(rows, name) for name in methods}
    both = [
        name
        for name, (exhibits, sources) in fewest.items()
        if exhibits >= _FEWEST and sources >= _FEWEST_SOURCES
    ]
    lines = [
        f"{name}: not fitted, it applied to {fewest[name][0]} exhibits of a class, of "
        f"{fewest[name][1]} sources; {_FEWEST} of {_FEWEST_SOURCES} are needed"
        for name in methods
        if name not in both
    ]
    if not both:
        raise ValueError(
            f"no method applied to {_FEWEST} exhibits of {_FEWEST_SOURCES} sources of each class; "
            "give more of both"
        )
    everything = np.ones(rows.labels.size, dtype=bool)
    crossed, counting = _crossed(rows, everything, both), _counting(rows, both)
    # Fused as where nothing is taken in, and as where it is.
    ways = [w for w in (counting.plain, counting.refined) if w is not None]
    opinions = np.zeros((len(ways), rows.labels.size))
    for train, test in _folds(rows.sources, rows.labels):
        seen = counting.turns[train] * _crossed(rows, train, both)
        weights = fit_weights(seen, rows.labels[train])
        for fused, counts in zip(opinions, ways, strict=True):
            fused[test] = (counts[test] * crossed[test]) @ weights
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
        return Fitted(lines, opinions[0])
    weights = fit_weights(counting.turns * crossed, rows.labels)
    figures = {}
    for fused, suffix in zip(opinions, ("", "_refined"), strict=False):
        figures[f"auc_cross_validated{suffix}"] = round(auc(fused, rows.labels), 4)
        figures[f"cllr_cross_validated{suffix}"] = round(cllr(fused, rows.labels), 4)
        figures[f"ece_cross_validated{suffix}"] = round(ece(fused, rows.labels), 4)
        for label, mark in ((True, "proposition"), (False, "alternative")):
            share = fused[rows.labels == label]
            above = float((share >= np.log10(9)).mean())
            figures[f"share_{mark}_above_lr_9{suffix}"] = round(above, 4)
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
    return Fitted(lines, opinions[0])


def _write(file: Path, model: Calibrator | Fusion) -> None:
    file.write_text(model.model_dump_json(indent=1, exclude_none=True) + "\n", "utf-8")
