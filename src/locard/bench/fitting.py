"""Score tables for calibration, from prediction files instead of a second examination."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from locard.bench.predictions import PredictionError, read_run
from locard.bench.runner import counted_methods
from locard.methods import Question
from locard.opinion.fitting import ScoreTable

_COLUMNS = [
    "dataset", "item", "label", "question", "source", "method", "column", "delivery", "status",
    "score",
]  # fmt: skip


def scores_of_runs(files: Sequence[Path], question: Question, column: str = "all") -> ScoreTable:
    """Collect the raw scores of locard's methods from prediction files.

    Every version of an item is an exhibit of its own, of the same source: the folds of the
    cross-validation keep them together. An item without a source is its own.

    Args: column: "raw", "aligned" or "all".

    Raises: PredictionError for a file that is none, a dataset that is reserved for evaluation, or
        no scores of this question.
    """
    counted = set(counted_methods())
    exhibits: dict[tuple[str, ...], tuple[bool, str, dict[str, float]]] = {}
    for number, file in enumerate(files):
        run = read_run(file, _COLUMNS)
        if run.metadata.reserved:
            raise PredictionError(
                f"{run.metadata.dataset} is reserved for evaluation: nothing is calibrated on it"
            )
        for batch in run.table.to_batches():
            for row in batch.to_pylist():
                if row["question"] != question or column not in ("all", row["column"]):
                    continue
                if row["method"] not in counted or row["status"] in ("unreadable", "failed"):
                    continue
                key = (str(number), row["dataset"], row["item"], row["column"], row["delivery"])
                source = row["source"] or f"{row['dataset']}/{row['item']}"
                scores = exhibits.setdefault(key, (row["label"] == 1, source, {}))[2]
                if row["score"] is not None:
                    scores[row["method"]] = row["score"]
    names = sorted({name for _, _, scores in exhibits.values() for name in scores})
    if not names:
        raise PredictionError(f"there are no scores for the question {question!s}")
    listed = list(exhibits.values())
    return ScoreTable(
        np.array([label for label, _, _ in listed]),
        [source for _, source, _ in listed],
        names,
        np.array([[scores.get(name, np.nan) for name in names] for _, _, scores in listed]),
    )
