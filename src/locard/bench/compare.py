"""Comparing two runs: paired by picture and method, so that only the methods differ."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from locard.bench.metrics import Difference, delong, paired_bootstrap, paired_bootstrap_mean
from locard.bench.predictions import FUSION, PredictionError, Run
from locard.bench.scoring import Frame, groups

RESAMPLES = 1000
_PIXELS = ("f1@0.5", "f1@best", "iou@0.5", "auc")


@dataclass(frozen=True, slots=True)
class Comparison:
    """Second run minus first, for one method, column and delivery.

    Attributes:
        method: in the second run; ``against`` in the first.
        pairs: items that both scored; ``positives`` of them have the proposition.
        only_first, only_second: items that one of them alone scored; they are left out.
        differences: by figure. "auc" by the bootstrap over sources, "auc (DeLong)" with items as
            independent; "verdict right" and "pixel ..." are means over items.
        counted: by figure, how many pairs it is over: those of which both have a verdict, or a map
            of an edited picture.
    """

    dataset: str
    question: str
    method: str
    against: str
    column: str
    delivery: str
    pairs: int
    positives: int
    only_first: int
    only_second: int
    differences: dict[str, Difference] = field(default_factory=dict)
    counted: dict[str, int] = field(default_factory=dict)


_Key = tuple[str, str, str, str]
_Rows = NDArray[np.intp]


def _by_key(frame: Frame) -> dict[_Key, _Rows]:
    """Rows by question, method, column and delivery; the dataset is in the items' hashes."""
    words = [frame.words[name] for name in ("question", "method", "column", "delivery")]
    found: dict[_Key, _Rows] = {}
    for rows in groups(frame):
        question, method, column, delivery = (w.text(int(rows[0])) for w in words)
        found[question, method, column, delivery] = rows
    return found


def _right(frame: Frame, rows: _Rows) -> NDArray[np.float64]:
    """1 where the verdict says what the label says, 0 where it does not, NaN without a verdict."""
    question = frame.words["question"].text(int(rows[0]))
    verdict = frame.words["verdict"]
    called, cleared = verdict.equals(question)[rows], verdict.equals("authentic")[rows]
    right = np.where(frame.label[rows], called, cleared).astype(np.float64)
    return np.where(verdict.codes[rows] < 0, np.nan, right)


def _occurrences(frame: Frame, rows: _Rows) -> dict[tuple[str, bool, int], int]:
    """Rows by file, label and how often the file came before: a set may hold a file twice."""
    seen: Counter[tuple[str, bool]] = Counter()
    found = {}
    for row in rows.tolist():
        key = frame.hashes[row], bool(frame.label[row])
        found[(*key, seen[key])] = row
        seen[key] += 1
    return found


def _pairs(first: Frame, second: Frame, a: _Rows, b: _Rows) -> tuple[_Rows, _Rows]:
    """Rows of the same pictures in both, in the order of the second."""
    one, other = _occurrences(first, a), _occurrences(second, b)
    both = [key for key in other if key in one]
    return np.array([one[k] for k in both], np.intp), np.array([other[k] for k in both], np.intp)


def compare(
    first: Run,
    second: Run,
    *,
    method: str | None = None,
    against: str | None = None,
    resamples: int = RESAMPLES,
) -> list[Comparison]:
    """Compare two runs, or two methods of one run.

    Args:
        method: compare this method of the second run only,
        against: with this one of the first; the same by default.

    Returns: one comparison per question, method, column and delivery that both have.

    Raises: PredictionError when they share no scored picture.
    """
    one, other = Frame(first), Frame(second)
    before, after = _by_key(one), _by_key(other)

    def matches() -> Iterator[tuple[_Key, str]]:
        for key in sorted(after):
            name = against or key[1]
            if method in (None, key[1]) and (key[0], name, *key[2:]) in before:
                yield key, name

    found = []
    for key, name in matches():
        question, of, column, delivery = key
        a = before[question, name, column, delivery]
        b = after[key]
        a, b = a[~np.isnan(one.score[a])], b[~np.isnan(other.score[b])]
        paired_a, paired_b = _pairs(one, other, a, b)
        if not paired_a.size:
            continue
        label, cluster = one.label[paired_a], one.cluster[paired_a]
        x, y = one.score[paired_a], other.score[paired_b]
        differences = {
            "auc": paired_bootstrap(y, x, label, groups=cluster, n=resamples),
            "auc (DeLong)": delong(y, x, label),
        }
        means = {}
        if of == name == FUSION:
            means["verdict right"] = _right(other, paired_b), _right(one, paired_a)
        for protocol in _PIXELS:
            values = other.pixels[protocol][paired_b], one.pixels[protocol][paired_a]
            means[f"pixel {protocol}"] = values
        counted = dict.fromkeys(differences, paired_a.size)
        for figure, (mine, theirs) in means.items():
            gap = paired_bootstrap_mean(mine, theirs, cluster, resamples)
            if not np.isnan(gap.value):
                differences[figure] = gap
                counted[figure] = int((~np.isnan(mine - theirs)).sum())
        found.append(
            Comparison(
                one.words["dataset"].text(int(a[0])), question, of, name, column, delivery,
                pairs=paired_a.size,
                positives=int(label.sum()),
                only_first=a.size - paired_a.size,
                only_second=b.size - paired_b.size,
                differences=differences,
                counted=counted,
            )
        )  # fmt: skip
    if not found:
        raise PredictionError("the two runs share no picture that the same method scored in both")
    return found
