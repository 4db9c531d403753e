"""Power spectrum: fit its model, and measure it on generators and kinds of photos held out.

Pictures are measured raw, as they lie, and aligned: cropped to 256 × 256 and recompressed as JPEG
at a random quality from 60 to 95, the same for both classes. Every figure comes from a model that
saw neither the generator nor the kind of real photo that it is measured on; the raw column uses the
model fitted on aligned pictures too. Curvature was chosen among some seventy measurements on these
pictures, so that its figures are slightly optimistic.

Run: python benchmarks/power_spectrum.py [--data FOLDER] [--each 200] [--fit]
"""

from __future__ import annotations

import argparse
import csv
import io
import json
import zlib
from collections import defaultdict
from dataclasses import asdict
from pathlib import Path

import cv2
import numpy as np
import scipy.stats
from numpy.typing import NDArray
from PIL import Image
from sklearn.linear_model import LogisticRegression

from locard.exhibit import open_exhibit
from locard.methods.spectrum.power_spectrum import Model, measure

DEFAULT = Path(__file__).parents[2] / "shared/data/generated_dev"
ASSET = Path(__file__).parents[1] / "src/locard/assets/power_spectrum.json"
# Two folders of one generator are one generator.
SAME = {"sd1b": "sd1"}
CROP = 256

Groups = dict[str, NDArray[np.float64]]


def auc(positive: NDArray[np.float64], negative: NDArray[np.float64]) -> float:
    """Area under the ROC curve, ties half."""
    n, m = len(positive), len(negative)
    ranks = scipy.stats.rankdata(np.concatenate([positive, negative]))[:n]
    return float((ranks.sum() - n * (n + 1) / 2) / (n * m))


def interval(positive: NDArray[np.float64], negative: NDArray[np.float64]) -> str:
    """95 % bootstrap interval of the AUC."""
    rng = np.random.default_rng(0)
    draws = [
        auc(rng.choice(positive, len(positive)), rng.choice(negative, len(negative)))
        for _ in range(300)
    ]
    return f"[{np.quantile(draws, 0.025):.2f}, {np.quantile(draws, 0.975):.2f}]"


def align(rgb: NDArray[np.uint8], seed: int) -> bytes:
    """Crop the centre to 256 × 256 and compress as JPEG at a random quality from 60 to 95."""
    y, x = (max(0, side - CROP) // 2 for side in rgb.shape[:2])
    out = io.BytesIO()
    quality = int(np.random.default_rng(seed).integers(60, 96))
    Image.fromarray(rgb[y : y + CROP, x : x + CROP]).save(out, "JPEG", quality=quality)
    return out.getvalue()


def load(folder: Path, each: int) -> tuple[Groups, Groups, Groups, Groups]:
    """Measure up to ``each`` pictures a source: real and generated, aligned; then both raw."""
    rows: dict[tuple[bool, str], list[str]] = defaultdict(list)
    with (folder / "index.csv").open() as file:
        for row in csv.DictReader(file):
            source = SAME.get(row["source"], row["source"])
            rows[row["generated"] == "1", source].append(row["path"])
    out: tuple[Groups, Groups, Groups, Groups] = ({}, {}, {}, {})
    for (generated, source), paths in sorted(rows.items()):
        picked = np.random.default_rng(0).permutation(sorted(paths))[:each]
        aligned, raw = [], []
        for path in picked:
            exhibit = open_exhibit(folder / path)
            twin = open_exhibit(align(exhibit.rgb, zlib.crc32(path.encode())))
            pair = measure(twin.luma), measure(exhibit.luma)
            if pair[0] and pair[1]:
                aligned.append(pair[0].curvature)
                raw.append(pair[1].curvature)
        out[generated][source] = np.array(aligned)
        out[2 + generated][source] = np.array(raw)
    return out


def fit(real: Groups, generated: Groups) -> Model:
    """Fit a logistic model in which every source weighs alike within its class."""
    sets = [(k, g, len(gs)) for k, gs in enumerate((real, generated)) for g in gs.values()]
    x = np.concatenate([g for _, g, _ in sets])
    y = np.concatenate([np.full(len(g), k) for k, g, _ in sets])
    weight = np.concatenate([np.full(len(g), 1 / (len(g) * count)) for _, g, count in sets])
    lowest, highest = np.quantile(x, (0.005, 0.995))
    weight *= len(x) / weight.sum()
    model = LogisticRegression(C=10.0)
    model.fit(np.clip(x, lowest, highest)[:, None], y, sample_weight=weight)
    return Model(
        float(model.coef_[0, 0]), float(model.intercept_[0]), float(lowest), float(highest)
    )


def without(groups: Groups, name: str) -> Groups:
    return {key: value for key, value in groups.items() if key != name}


def report(real: Groups, generated: Groups, raw_real: Groups, raw_generated: Groups) -> float:
    """Print AUC for every generator and every kind of photo, both held out."""
    print(
        f"{'held-out generator':20}{'n':>5}"
        + "".join(f"{r:>11}" for r in real)
        + f"{'mean':>8}{'':3}{'95 %':14}{'raw mean':>9}"
    )
    means, raw_means = [], []
    for g in generated:
        cells, raw_cells, p, q = [], [], [], []
        for r in real:
            model = fit(without(real, r), without(generated, g))
            p.append(model.log10_odds(generated[g]))
            q.append(model.log10_odds(real[r]))
            cells.append(auc(p[-1], q[-1]))
            raw_cells.append(auc(model.log10_odds(raw_generated[g]), model.log10_odds(raw_real[r])))
        means.append(np.mean(cells))
        raw_means.append(np.mean(raw_cells))
        pooled = interval(np.concatenate(p), np.concatenate(q))
        print(
            f"{g:20}{len(generated[g]):5d}"
            + "".join(f"{c:11.2f}" for c in cells)
            + f"{means[-1]:8.2f}   {pooled:14}{raw_means[-1]:9.2f}"
        )
    print(f"mean over generators: aligned {np.mean(means):.3f}, raw {np.mean(raw_means):.3f}")
    return float(np.mean(means))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=DEFAULT)
    parser.add_argument("--each", type=int, default=200, help="pictures per source")
    parser.add_argument("--fit", action="store_true", help="write the model to the package")
    options = parser.parse_args()
    cv2.setNumThreads(1)
    real, generated, raw_real, raw_generated = load(options.data, options.each)
    mean = report(real, generated, raw_real, raw_generated)
    model = fit(real, generated)
    print(model)
    for kind, groups in (("real", real), ("generated", generated)):
        for name, group in groups.items():
            low, middle, high = np.quantile(model.log10_odds(group), (0.05, 0.5, 0.95))
            print(
                f"{kind:10}{name:12} score 5 % {low:+.2f}, median {middle:+.2f}, 95 % {high:+.2f}"
            )
    if options.fit:
        counts = {name: len(group) for name, group in {**real, **generated}.items()}
        ASSET.write_text(
            json.dumps(
                {
                    "model": "log odds = bias + weight × curvature",
                    "fitted_on": {
                        "data": "generated_dev, 256 × 256, both classes as JPEG 60 to 95",
                        "pictures": counts,
                        "command": f"benchmarks/power_spectrum.py --each {options.each} --fit",
                    },
                    "auc_held_out": round(mean, 3),
                    **{key: round(value, 5) for key, value in asdict(model).items()},
                },
                indent=1,
                ensure_ascii=False,
            )
            + "\n"
        )
        print(f"wrote {ASSET.name}")


if __name__ == "__main__":
    main()
