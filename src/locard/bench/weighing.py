"""Weighing predictions anew: the raw scores of a run by the calibrators of this version.

Examining thousands of pictures takes hours and weighing what was seen takes seconds, so a new
calibrator, a new set of weights or one more method needs no new run.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import groupby
from pathlib import Path

from locard.bench.predictions import FUSION, Prediction, PredictionError, Writer, read_run
from locard.methods import Finding, Question, Status
from locard.opinion.opinion import answer, calibrate, posterior

_KEY = ("question", "item", "sha256", "column", "delivery")
_ROWS = 20_000


def weigh(files: Sequence[Path], out: Path, without: Iterable[str] = ()) -> int:
    """Write the rows of runs of one set with new weights of evidence and new opinions.

    Runs of one set by different methods become one. Where two have the same method, the later one
    counts. An opinion formed here has neither verdict nor map: those need the exhibit.

    Args:
        without: methods that are left out, as if they did not exist.

    Returns: opinions formed.

    Raises: PredictionError for files that cannot be read, are of different sets or seeds or hold no
        opinion, and for an unknown method.
    """
    runs = [read_run(file) for file in files]
    if len({run.metadata.dataset for run in runs}) != 1:
        names = ", ".join(sorted({run.metadata.dataset for run in runs}))
        raise PredictionError(f"these runs are of different sets ({names}); weigh each by itself")
    if len({run.metadata.seed for run in runs}) != 1:
        raise PredictionError(
            "these runs have different seeds, so that their aligned pictures differ; weigh each by "
            "itself"
        )
    import pyarrow as pa
    import pyarrow.compute as pc

    left_out = frozenset(without)
    there = {name for run in runs for name in pc.unique(run.table["method"]).to_pylist()}
    if unknown := sorted(left_out - there):
        raise PredictionError(
            f"no method of these runs is called {unknown[0]!r}; there are: "
            + ", ".join(sorted(there - {FUSION}))
        )
    if FUSION not in there:
        raise PredictionError(
            "these runs hold no opinion to form anew; run some methods of locard (--methods)"
        )
    table = pa.concat_tables([run.table for run in runs])
    # Sorting is not stable: the number of the row tells earlier from later.
    keys = pa.table({name: table[name].cast(pa.string()) for name in _KEY})
    keys = keys.append_column("row", pa.array(range(len(table)), pa.int64()))
    order = keys.sort_by([(name, "ascending") for name in (*_KEY, "row")])["row"]
    formed = 0
    with Writer(out) as writer:
        waiting: list[Prediction] = []
        for _, rows in groupby(_rows(table, order), lambda r: [getattr(r, k) for k in _KEY]):
            found = list(_weighed(rows, left_out))
            formed += any(row.method == FUSION for row in found)
            waiting += found
            if len(waiting) >= _ROWS:
                writer.write(waiting)
                waiting = []
        if waiting:
            writer.write(waiting)
        hashes = {run.metadata.data_sha256 for run in runs}
        lost = keys.filter(pc.equal(table["status"].cast(pa.string()), "unreadable"))
        writer.describe(
            replace(
                runs[-1].metadata,
                command=f"locard bench weigh, {len(runs)} runs",
                # A part of a reserved set is not always marked so, and the whole remains reserved.
                reserved=any(run.metadata.reserved for run in runs),
                items=pc.count_distinct(keys["item"]).as_py(),
                unreadable=pc.count_distinct(lost["item"]).as_py(),
                data_sha256=hashes.pop() if len(hashes) == 1 else "",
            )
        )
    return formed


def _rows(table: object, order: object) -> Iterator[Prediction]:
    taken = table.take(order)  # type: ignore[attr-defined]
    for batch in taken.to_batches(max_chunksize=_ROWS):
        for row in batch.to_pylist():
            yield Prediction(**row)


def _weighed(rows: Iterable[Prediction], without: frozenset[str]) -> Iterator[Prediction]:
    """Yield the rows of one version of one item, and the opinion last."""
    latest: dict[str, Prediction] = {}
    for row in rows:
        if row.method not in without:
            latest[row.method] = row
    opinion = latest.pop(FUSION, None)
    findings = []
    for row in latest.values():
        finding = Finding(
            Status.OBSERVED, score=row.score, method=row.method, question=Question(row.question)
        )
        lr = calibrate([finding])[0].log10_lr
        if lr is None:
            # What an earlier calibrator said of it is not what this version says.
            yield replace(row, log10_lr=None, probability=None)
            continue
        findings.append(finding)
        yield replace(row, log10_lr=lr, probability=posterior(lr, 0.5))
    if opinion is None or opinion.status != "ok":
        if opinion is not None:
            yield opinion
        return
    formed = answer(calibrate(findings), Question(opinion.question), 0.5)
    yield replace(
        opinion,
        score=formed.log10_lr,
        log10_lr=formed.log10_lr,
        probability=formed.probability,
        verdict=None,
        stability=None,
        contradicted=None,
        claimed=None,
        region_iou=None,
        pixels=None,
    )
