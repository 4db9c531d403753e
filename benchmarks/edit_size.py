"""How well the trained localizer finds edits of each size, and whether another network does better.

    python benchmarks/edit_size.py SET [SET ...] [--network FILE] [--against FILE]
                                   [--without-glance | --against-without-glance] [--limit 100]

SET is a labelled set with masks, as ``locard bench`` opens it. Prints pixel AUC and F1 at the best
threshold of all forged pictures, and by the edit's size (the side, in pixels, of a square of the
same area), its share of the picture, the picture's size and the operation; and the AUC of the score
against the authentic pictures. With --against (or --against-without-glance) also how much better
that is than another network (or the same one without the glance). Means over pictures with 95 %
intervals over sources. Needs `pip install 'locard[train]'`.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from locard.bench.datasets import DatasetError, open_dataset
from locard.bench.metrics import (
    AUC,
    bootstrap,
    bootstrap_mean,
    paired_bootstrap,
    paired_bootstrap_mean,
)
from locard.bench.metrics.pixel import figures, histogram
from locard.exhibit import ExhibitError
from locard.methods.learned.localizer import Seen, look, open_network
from locard.train.crops import read

Look = Callable[[NDArray[np.uint8]], Seen]
_SIDES = (64, 128, 256, 512)
_SHARES = (0.02, 0.05, 0.15)
_MEGAPIXELS = (0.5, 1.25, 2.5, 5)


def between(value: float, steps: tuple[float, ...], unit: str) -> str:
    """Name the steps that a value lies between, so that names sort as the values do."""
    at = int(np.searchsorted(steps, value, side="right"))
    low = f"{steps[at - 1]:g}" if at else "0"
    high = f"to {steps[at]:g}" if at < len(steps) else "and more"
    return f"{at}: {low} {high} {unit}"


def open_look(file: Path, glance: bool) -> Look:
    network, channels = open_network(file)
    return lambda rgb: look(rgb, network, channels, glance)


def measure(seen: Seen, mask: NDArray[np.uint8]) -> tuple[float, float]:
    """Pixel AUC and F1 at the best threshold, over the cells of the map."""
    edited = cv2.resize(mask, seen.heat.shape[::-1], interpolation=cv2.INTER_AREA) >= 128
    found = figures(histogram(seen.heat, edited))
    return found["auc"], found["f1@best"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("sets", nargs="+", metavar="SET")
    parser.add_argument("--network", type=Path, help="an exported network, instead of the shipped")
    parser.add_argument("--without-glance", action="store_true")
    parser.add_argument("--against", type=Path, help="another exported network")
    parser.add_argument("--against-without-glance", action="store_true")
    parser.add_argument("--limit", type=int, help="pictures of each set at most")
    args = parser.parse_args()
    network = args.network or Path(str(files("locard.assets"))) / "trace-net.onnx"
    looks = [open_look(network, not args.without_glance)]
    if args.against or args.against_without_glance:
        other = args.against or network
        looks.append(open_look(other, not (args.against_without_glance or args.without_glance)))
    maps: list[list[tuple[float, float]]] = []
    groups: dict[str, list[int]] = defaultdict(list)
    scores: list[list[float]] = []
    labels, sources, forged = [], [], []
    for path in args.sets:
        for i, item in enumerate(open_dataset(path).items()):
            if i == args.limit:
                break
            try:
                rgb, mask, _ = read(item)
            except (DatasetError, ExhibitError):
                continue
            found = [one(rgb) for one in looks]
            scores.append([seen.score for seen in found])
            labels.append(item.label == 1)
            sources.append(item.source)
            share = float((mask >= 128).mean())
            if item.label != 1 or not 0 < share < 1:
                continue
            at = len(maps)
            maps.append([measure(seen, mask) for seen in found])
            forged.append(item.source)
            pixels = mask.size
            for name in (
                "all",
                "edit " + between((share * pixels) ** 0.5, _SIDES, "pixels"),
                "share " + between(share, _SHARES, "of the picture"),
                "picture " + between(pixels / 1e6, _MEGAPIXELS, "megapixels"),
                f"operation {item.operation or 'unknown'}",
            ):
                groups[name].append(at)
    if not maps:
        raise SystemExit("No forged picture with a mask was found: name sets that have some.")
    values, of = np.array(maps), np.array(forged)
    for name in ("all", *sorted(name for name in groups if name != "all")):
        rows = np.array(groups[name])
        print(f"{name}, {len(rows)} pictures")
        for k, figure in enumerate(("pixel AUC", "F1@best")):
            mean = bootstrap_mean(values[rows, 0, k], of[rows])
            text = f"    {figure} {mean.value:.3f} [{mean.low:.3f}, {mean.high:.3f}]"
            if len(looks) == 2:
                more = paired_bootstrap_mean(values[rows, 0, k], values[rows, 1, k], of[rows])
                text += f", {more.value:+.3f} [{more.low:+.3f}, {more.high:+.3f}]"
            print(text)
    if len(set(labels)) == 2:
        ranked = np.array(scores)
        area = bootstrap(ranked[:, 0], labels, AUC, sources)
        text = f"AUC of the score {area.value:.3f} [{area.low:.3f}, {area.high:.3f}]"
        if len(looks) == 2:
            gap = paired_bootstrap(ranked[:, 0], ranked[:, 1], labels, AUC, sources)
            text += f", {gap.value:+.3f} [{gap.low:+.3f}, {gap.high:+.3f}]"
        print(text)


if __name__ == "__main__":
    main()
