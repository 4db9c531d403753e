"""Time of the bench's metrics with bootstrap intervals.

    python benchmarks/metrics_speed.py [--rows 100000] [--resamples 1000]

Scores are drawn, not measured: only the time matters. Prints seconds on one core.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable

import numpy as np

from locard.bench import metrics


def seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--resamples", type=int, default=1000)
    args = parser.parse_args()
    rng = np.random.default_rng(0)
    n, rows = args.resamples, args.rows
    labels = rng.random(rows) < 0.5
    scores = rng.normal(0, 1, rows) + labels
    other = scores + rng.normal(0, 0.3, rows)
    sources = rng.integers(0, max(2, rows // 50), rows)
    everything = (*metrics.image_metrics(0.5), *metrics.CALIBRATION_METRICS)
    heatmap = rng.random((3000, 4000), dtype=np.float32)
    mask = np.zeros(heatmap.shape, bool)
    mask[:1000, :1000] = True
    metrics.bootstrap_all(scores[:100], labels[:100], everything, n=2)  # imports
    timed: dict[str, Callable[[], object]] = {
        "AUC, every row its own source": lambda: metrics.bootstrap(scores, labels, n=n),
        "AUC, 50 rows per source": lambda: metrics.bootstrap(scores, labels, groups=sources, n=n),
        f"all {len(everything)} figures, own source": lambda: metrics.bootstrap_all(
            scores, labels, everything, n=n
        ),
        f"all {len(everything)} figures, 50 per source": lambda: metrics.bootstrap_all(
            scores, labels, everything, sources, n
        ),
        "mean of a figure per row": lambda: metrics.bootstrap_mean(scores, n=n),
        "DeLong": lambda: metrics.delong(scores, other, labels),
        "paired bootstrap of the AUC": lambda: metrics.paired_bootstrap(
            scores, other, labels, groups=sources, n=n
        ),
        "pixel figures of 12 megapixels": lambda: metrics.PixelMeter().add(heatmap, mask),
    }
    print(f"{rows} rows, {n} resamples")
    for name, work in timed.items():
        print(f"{seconds(work):7.2f} s  {name}")


if __name__ == "__main__":
    main()
