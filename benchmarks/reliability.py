"""What the reliability map of the trained localizer is worth, or that of the report.

    python benchmarks/reliability.py SET [--network trace-net.onnx | --report] [--limit 200]

SET is a labelled set with masks, as ``locard bench`` opens it. The cells of each picture are sorted
by reliability; an error is a cell on the wrong side of 0.5. Prints the error rate of the most and
of the least reliable quarter, and the same where the map disagrees with itself least and most
(|heat - 0.5|), which a reliability map must beat to be worth its place; means over pictures with
95 % intervals. Needs `pip install 'locard[train]'`.
"""

from __future__ import annotations

import argparse
from importlib.resources import files
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from locard.bench.datasets import DatasetError, open_dataset
from locard.bench.metrics.resampling import bootstrap_mean
from locard.examination import examine
from locard.exhibit import ExhibitError
from locard.methods.learned.localizer import CELL, look, open_network
from locard.train.crops import read


def quarters(order: NDArray[np.float32], wrong: NDArray[np.bool_]) -> tuple[float, float]:
    """Error rate of the quarter of the cells with the highest values, and with the lowest."""
    sorted_wrong = wrong[np.argsort(order, kind="stable")]
    quarter = len(wrong) // 4
    return float(sorted_wrong[-quarter:].mean()), float(sorted_wrong[:quarter].mean())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("set")
    parser.add_argument("--network", type=Path)
    parser.add_argument(
        "--report", action="store_true", help="the maps of the report, fused, instead of its own"
    )
    parser.add_argument("--limit", type=int, default=200, help="forged pictures at most")
    args = parser.parse_args()
    shipped = Path(str(files("locard.assets"))) / "trace-net.onnx"
    network, channels = open_network(args.network or shipped)
    rows: dict[str, list[float]] = {}
    sources: list[str] = []
    for item in open_dataset(args.set).items():
        if item.label != 1 or len(sources) == args.limit:
            continue
        try:
            rgb, mask, sure = read(item)
        except (DatasetError, ExhibitError):
            continue
        if args.report:
            where = examine(item.path, stability=False).localization
            heat, trust = where.heatmap[::CELL, ::CELL], where.reliability[::CELL, ::CELL]
        else:
            seen = look(rgb, network, channels)
            heat, trust = seen.heat, seen.trust
        size = heat.shape[::-1]
        edited = cv2.resize(mask, size, interpolation=cv2.INTER_AREA) >= 128
        counts = cv2.resize(sure, size, interpolation=cv2.INTER_AREA) >= 64
        wrong = ((heat >= 0.5) != edited)[counts]
        found = {
            "reliability": quarters(trust[counts], wrong),
            "|heat - 0.5|": quarters(np.abs(heat - 0.5)[counts], wrong),
        }
        for name, (best, worst) in found.items():
            rows.setdefault(f"{name}: top quarter", []).append(best)
            rows.setdefault(f"{name}: bottom quarter", []).append(worst)
        rows.setdefault("all cells", []).append(float(wrong.mean()))
        sources.append(item.source)
    print(f"{len(sources)} forged pictures; error rate")
    for name, values in rows.items():
        mean = bootstrap_mean(values, sources)
        print(f"  {name}: {mean.value:.4f} [{mean.low:.4f}, {mean.high:.4f}]")


if __name__ == "__main__":
    main()
