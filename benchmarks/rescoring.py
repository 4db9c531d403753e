"""Time to score a prediction file again, offline.

    python benchmarks/rescoring.py [--rows 100000] [--resamples 200]

Writes synthetic predictions: ten methods and the fusion, both columns, 200 sources, seven
operations, a heat map on half of the methods and every forged item. Prints the seconds of reading
and scoring with all intervals: detection, calibration, localization by every protocol, verdicts,
and the tables by operation.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import numpy as np

from locard.bench.predictions import FUSION, LEVELS, Metadata, Prediction, Writer, read_run
from locard.bench.scoring import score
from locard.opinion.opinion import posterior

OPERATIONS = ("splice", "copy-move", "removal", "processing", "text", "face", "style")
METHODS = (*(f"method-{i}" for i in range(10)), FUSION)


def item_rows(number: int, rng: np.random.Generator) -> list[Prediction]:
    """Return the rows of one item: every method in both columns."""
    label = number % 2
    base = Prediction(
        dataset="synthetic",
        item=f"{number:06d}.jpg",
        sha256=f"{number:064x}",
        label=label,
        question="edited",
        source=f"camera {number // 2 % 200}",
        generator="",
        operation=OPERATIONS[number // 2 % len(OPERATIONS)] if label else "",
        split="",
        history="",
        method="",
        version="0",
        column="raw",
        delivery="",
        status="ok",
    )
    rows = []
    for place, method in enumerate(METHODS):
        for column in ("raw", "aligned"):
            lr = float(rng.normal(0.5 * label - 0.25, 0.6))
            levels = rng.poisson(40, (2, LEVELS)).astype("<u4") if label and place % 2 else None
            row = replace(
                base, method=method, column=column, score=lr, log10_lr=lr, seconds=0.1,
                probability=posterior(lr, 0.5), pixels=None if levels is None else levels.tobytes(),
            )  # fmt: skip
            if method == FUSION:
                verdict = "edited" if lr > 0.95 else "inconclusive"
                row = replace(row, verdict=verdict, stability=0.9, contradicted=False)
            rows.append(row)
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--resamples", type=int, default=200)
    args = parser.parse_args()
    rng = np.random.default_rng(0)
    items = round(args.rows / (2 * len(METHODS)))
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "synthetic.parquet"
        with Writer(file) as writer:
            for start in range(0, items, 400):
                numbers = range(start, min(start + 400, items))
                writer.write([row for n in numbers for row in item_rows(n, rng)])
            writer.describe(Metadata("synthetic", "", 0, "0", reserved=False, items=items))
        start_s, start_cpu = time.perf_counter(), time.process_time()
        run = read_run(file)
        read_s = time.perf_counter() - start_s
        scores = score(run, args.resamples)
        total_s, cpu_s = time.perf_counter() - start_s, time.process_time() - start_cpu
        figures = sum(len(s.figures) for s in scores)
        maps = run.table.num_rows - run.table["pixels"].null_count
        print(
            f"{run.table.num_rows} rows, {maps} of them with a map, {file.stat().st_size:,} bytes"
        )
        print(
            f"reading {read_s:.2f} s, scoring {total_s - read_s:.2f} s, in all {total_s:.2f} s "
            f"({cpu_s:.2f} s of processor time)"
        )
        print(f"{figures} figures, each with an interval from {args.resamples} resamples")


if __name__ == "__main__":
    main()
