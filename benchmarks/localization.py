"""Pixel AUC of every localizing method on the forgeries it is meant for, and its false alarms.

    python benchmarks/localization.py --photos FOLDER [FOLDER ...] [--methods a,b] [--count 40]

Forgeries come from ``benchmarks/forgeries/*.py`` (one recipe per method), made from photos of
the folders. Prints per method: pixel AUC (mean over forgeries, a forgery on which the method is
not applicable counts 0.5), image AUC of forgeries against the untouched photos, and the share of
untouched photos to which the shipped calibrator gives LR ≥ 2, the least that supports anything, or
that it never gives as much. Intervals: 95 %, bootstrap; exact binomial ones of shares.
"""

from __future__ import annotations

import argparse
import runpy
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table
from scipy.stats import binomtest

from locard.bench.metrics.image import auc
from locard.exhibit import Exhibit, ExhibitError, open_exhibit
from locard.methods import Finding, Method, list_methods
from locard.opinion import calibrate
from locard.opinion.calibration import load_calibrators

Recipe = Callable[
    [NDArray[np.uint8], NDArray[np.uint8], np.random.Generator], tuple[bytes, NDArray[np.bool_]]
]
_MAX_SIDE = 1600


def recipes() -> dict[str, Recipe]:
    """Collect MEANT_FOR of every file in benchmarks/forgeries."""
    found: dict[str, Recipe] = {}
    for file in sorted((Path(__file__).parent / "forgeries").glob("*.py")):
        found.update(runpy.run_path(str(file)).get("MEANT_FOR", {}))
    return found


def interval(values: Iterable[float], seed: int = 0) -> tuple[float, float, float]:
    """Mean and its 95 % bootstrap interval."""
    data = np.asarray(list(values), dtype=np.float64)
    if data.size == 0:
        return (float("nan"),) * 3
    draws = np.random.default_rng(seed).integers(0, data.size, (2000, data.size))
    low, high = np.percentile(data[draws].mean(axis=1), [2.5, 97.5])
    return float(data.mean()), float(low), float(high)


def finding_of(method: Method, exhibit: Exhibit) -> Finding:
    return calibrate(method.examine(exhibit))[0]


def photos(folders: list[Path], count: int, seed: int) -> list[Path]:
    """Draw readable photos of at least 256 pixels on each side."""
    paths = sorted(p for folder in folders for p in folder.rglob("*") if p.is_file())
    chosen: list[Path] = []
    for i in np.random.default_rng(seed).permutation(len(paths)):
        try:
            exhibit = open_exhibit(paths[i])
        except ExhibitError:
            continue
        if min(exhibit.height, exhibit.width) >= 256:
            chosen.append(paths[i])
        if len(chosen) == count:
            break
    return chosen


def cut(rgb: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Keep at most the central 1600 × 1600 pixels, on the 8 × 8 grid."""
    top = max(0, rgb.shape[0] - _MAX_SIDE) // 16 * 8
    left = max(0, rgb.shape[1] - _MAX_SIDE) // 16 * 8
    return np.ascontiguousarray(rgb[top : top + _MAX_SIDE, left : left + _MAX_SIDE])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--photos", type=Path, nargs="+", required=True)
    parser.add_argument("--methods", default="")
    parser.add_argument("--count", type=int, default=40)
    parser.add_argument("--originals", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    wanted = [m for m in args.methods.split(",") if m]
    methods = {m.name: m for m in list_methods()}
    made = {n: r for n, r in recipes().items() if n in methods and (not wanted or n in wanted)}
    calibrators = load_calibrators()
    drawn = photos(args.photos, max(args.count, args.originals), args.seed)
    table = Table(title=f"{args.count} forgeries and {min(args.originals, len(drawn))} originals")
    for column in ("method", "pixel AUC", "image AUC", "originals with LR ≥ 2", "not applicable"):
        table.add_column(column)
    for name, recipe in made.items():
        rng = np.random.default_rng(args.seed)
        pixel, forged, untouched = [], [], []
        flagged = skipped = 0
        for i, path in enumerate(drawn[: args.count]):
            donor = open_exhibit(drawn[(i + 7) % len(drawn)]).rgb
            data, mask = recipe(cut(open_exhibit(path).rgb), cut(donor), rng)
            exhibit = open_exhibit(data)
            finding = finding_of(methods[name], exhibit)
            forged.append(finding.score if finding.score is not None else 0.0)
            skipped += not finding.applicable
            if finding.heatmap is None or mask.all() or not mask.any():
                pixel.append(0.5)
                continue
            heat = finding.heatmap.pixels(exhibit.height, exhibit.width)
            pixel.append(auc(heat[::2, ::2].ravel().astype(np.float64), mask[::2, ::2].ravel()))
        for path in drawn[: args.originals]:
            finding = finding_of(methods[name], open_exhibit(path))
            untouched.append(finding.score if finding.score is not None else 0.0)
            flagged += (finding.log10_lr or 0.0) >= np.log10(2)
        both = np.array(forged + untouched)
        truth = np.arange(both.size) < len(forged)
        mean, low, high = interval(pixel)
        calibrator = calibrators.get((name, methods[name].question))
        alarms = "not calibrated" if calibrator is None else "it never gives as much"
        if calibrator is not None and max(calibrator.log10_lr) >= np.log10(2):
            share = binomtest(flagged, len(untouched)).proportion_ci(method="exact")
            alarms = f"{flagged} of {len(untouched)} [{share.low:.3f}, {share.high:.3f}]"
        table.add_row(
            name,
            f"{mean:.3f} [{low:.3f}, {high:.3f}]",
            f"{auc(both, truth):.3f}",
            alarms,
            str(skipped),
        )
    Console(width=120).print(table)


if __name__ == "__main__":
    main()
