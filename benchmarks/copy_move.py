"""Accuracy of copy-move detection, beside plain OpenCV SIFT + RANSAC in the same run.

    python benchmarks/copy_move.py --data ../shared/data [--camera FOLDER] [--cvip FOLDER]
        [--count 60]
    python benchmarks/copy_move.py --data ../shared/data --fit 400

CoMoFoD (50 scenes) as it is and recompressed; blobs copied in photos of the development set,
turned and scaled; false alarms on camera originals. Image AUC is forged against untouched;
TPR and FPR are at the score from which a pair is reported; F1 is per forged picture at a heat
of 0.5, 0 for a miss, averaged; 95 % bootstrap intervals over scenes. ``--fit`` refits the rule
that weighs pairs, on copied blobs in the photos of the development set: CoMoFoD is reported,
never fitted (its failures were looked at while the candidates were being designed). So is CVIP:
folders ``im1`` to ``im20`` of "Dataset 1-2" (Ardizzone, Bruno, Mazzola, TIFS 2015), whose copies
are turned by known angles and scaled by known factors.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image
from rich.console import Console
from rich.table import Table
from scipy.optimize import minimize

from forgeries.copy_move import encode, paste
from locard.exhibit import ExhibitError, open_exhibit
from locard.methods.pixel.copy_move import REPORT, copy_move, find_pairs, place, working_scale

Mask = NDArray[np.bool_]
Detector = Callable[[bytes], tuple[float, NDArray[np.float32]]]
ALL = ("ours", "SIFT + RANSAC")


@dataclass
class Item:
    """One picture: what it was made from, its bytes, and the mask if it is forged."""

    scene: str
    data: bytes
    mask: Mask | None


def read(path: Path) -> NDArray[np.uint8]:
    return np.asarray(Image.open(path).convert("RGB"))


def ours(data: bytes) -> tuple[float, NDArray[np.float32]]:
    exhibit = open_exhibit(data)
    finding = copy_move.examine(exhibit)[0]
    if finding.heatmap is None or finding.score is None:
        return 0.0, np.zeros((exhibit.height, exhibit.width), np.float32)
    return finding.score, finding.heatmap.pixels(exhibit.height, exhibit.width)


def baseline(data: bytes) -> tuple[float, NDArray[np.float32]]:
    """SIFT, two-nearest-neighbour ratio test beyond a minimum distance, RANSAC affine.

    Takes out the inliers and looks again, up to four times. Score: inliers of the largest group;
    the mask is their convex hull and its image, dilated, for groups of at least 6.
    """
    grey = cv2.cvtColor(open_exhibit(data).rgb, cv2.COLOR_RGB2GRAY)
    heat = np.zeros(grey.shape, np.float32)
    shrink = min(1.0, (1.5e6 / grey.size) ** 0.5)
    small = cv2.resize(grey, None, fx=shrink, fy=shrink, interpolation=cv2.INTER_AREA)
    keys, vectors = cv2.SIFT_create(4000, contrastThreshold=0.02).detectAndCompute(small, None)
    if len(keys) < 8:
        return 0.0, heat
    at = np.array([k.pt for k in keys], np.float32)
    pairs = []
    for row in cv2.BFMatcher().knnMatch(vectors, vectors, k=8):
        far = [m for m in row if np.hypot(*(at[m.queryIdx] - at[m.trainIdx])) > 20]
        if len(far) >= 2 and far[0].distance < 0.6 * far[1].distance:
            i, j = sorted((far[0].queryIdx, far[0].trainIdx), key=lambda k: tuple(at[k]))
            pairs.append((i, j))
    pairs = sorted(set(pairs))
    score, mask = 0.0, np.zeros(small.shape, np.uint8)
    for _ in range(4):
        if len(pairs) < 4:
            break
        a, b = at[[p[0] for p in pairs]], at[[p[1] for p in pairs]]
        _, inliers = cv2.estimateAffine2D(a, b, ransacReprojThreshold=3.0, maxIters=2000)
        chosen = inliers[:, 0].astype(bool) if inliers is not None else np.zeros(len(a), bool)
        if chosen.sum() < 4:
            break
        score = max(score, float(chosen.sum()))
        if chosen.sum() >= 6:
            for points in (a[chosen], b[chosen]):
                hull = cv2.convexHull(points.round().astype(np.int32))
                cv2.fillConvexPoly(mask, hull, 1)
        pairs = [p for p, used in zip(pairs, chosen, strict=True) if not used]
    mask = cv2.dilate(mask, np.ones((9, 9), np.uint8))
    size = (grey.shape[1], grey.shape[0])
    return score, cv2.resize(mask, size, interpolation=cv2.INTER_NEAREST).astype(np.float32)


DETECTORS: dict[str, tuple[Detector, float]] = {ALL[0]: (ours, REPORT), ALL[1]: (baseline, 6.0)}


def auc(negative: NDArray[np.float64], positive: NDArray[np.float64]) -> float:
    """Area under the ROC curve, ties count half (by ranks, so pixels are cheap too)."""
    values = np.concatenate([negative, positive])
    _unique, inverse, count = np.unique(values, return_inverse=True, return_counts=True)
    rank = (np.cumsum(count) - (count - 1) / 2)[inverse]
    n, m = len(negative), len(positive)
    return float((rank[n:].sum() - m * (m + 1) / 2) / (n * m)) if n and m else float("nan")


def bounds(draw: Callable[[NDArray[np.int64]], float], count: int) -> str:
    """Value and 95 % interval of a statistic of ``count`` scenes drawn with replacement."""
    rng = np.random.default_rng(0)
    values = [draw(rng.integers(0, count, count)) for _ in range(1000)]
    low, high = np.nanpercentile(values, [2.5, 97.5])
    return f"{draw(np.arange(count)):.3f} [{low:.3f}, {high:.3f}]"


def evaluate(table: Table, name: str, untouched: list[Item], forged: list[Item]) -> None:
    """Add one row per detector."""
    for label, (detect, threshold) in DETECTORS.items():
        negative = np.array([detect(item.data)[0] for item in untouched])
        scores, f1, pixel = [], [], []
        for item in forged:
            score, heat = detect(item.data)
            assert item.mask is not None
            found = heat >= 0.5
            scores.append(score)
            f1.append(2 * (found & item.mask).sum() / max(found.sum() + item.mask.sum(), 1))
            pixel.append(auc(heat[~item.mask][::7], heat[item.mask][::7]))
        positive, areas, pixels = np.array(scores), np.array(f1), np.array(pixel)
        # Scenes are drawn, a scene's forged and untouched picture together where both exist.
        paired = len(negative) == len(positive)
        rng = np.random.default_rng(1)

        def other(
            i: NDArray[np.int64],
            paired: bool = paired,
            count: int = len(negative),
            rng: np.random.Generator = rng,
        ) -> NDArray[np.int64]:
            return i if paired else rng.integers(0, count, count)

        n = len(positive)
        table.add_row(
            name,
            label,
            f"{n}/{len(negative)}",
            bounds(lambda i, a=negative, b=positive, o=other: auc(a[o(i)], b[i]), n),
            bounds(lambda i, b=positive, t=threshold: float((b[i] >= t).mean()), n),
            bounds(lambda i, a=negative, t=threshold: float((a[i] >= t).mean()), len(negative)),
            bounds(lambda i, v=areas: float(v[i].mean()), n),
            bounds(lambda i, v=pixels: float(v[i].mean()), n),
        )


def comofod(root: Path, quality: int | None) -> tuple[list[Item], list[Item]]:
    untouched, forged = [], []
    for path in sorted((root / "comofod" / "forged").glob("*.png")):
        mask = np.asarray(Image.open(root / "comofod" / "mask" / path.name).convert("L")) > 127
        original = read(root / "comofod" / "orig" / path.name)
        untouched.append(Item(path.stem, encode(original, quality), None))
        forged.append(Item(path.stem, encode(read(path), quality), mask))
    return untouched, forged


CVIP = {
    "shifted": ("r0",),
    "turned": ("r10", "r60", "r90", "r180", "r270"),
    "scaled by 0.75 to 1.5": ("s0.75", "s0.9", "s1.1", "s1.25", "s1.5"),
    "halved": ("s0.5",),
    "doubled": ("s2",),
}


def cvip(root: Path, changes: tuple[str, ...]) -> tuple[list[Item], list[Item]]:
    """Copies of some kinds: r and an angle in degrees, or s and a factor."""
    untouched, forged = [], []
    for folder in sorted(p for p in root.iterdir() if p.is_dir()):
        untouched.append(Item(folder.name, (folder / f"{folder.name}.bmp").read_bytes(), None))
        for change in changes:
            path = folder / f"out_{change}_{folder.name}.bmp"
            marked = path.with_name(f"{path.stem}_mask.bmp")
            if path.is_file() and marked.is_file():
                mask = np.asarray(Image.open(marked).convert("L")) > 0
                forged.append(Item(folder.name, path.read_bytes(), mask))
    return untouched, forged


def draw(root: Path, folders: tuple[str, ...], count: int, seed: int) -> list[Path]:
    paths = [p for f in folders for p in sorted((root / "generated_dev" / "real" / f).iterdir())]
    order = np.random.default_rng(seed).permutation(len(paths))
    return [paths[i] for i in order[:count]]


def pasted(paths: list[Path], kind: str, quality: int, seed: int) -> tuple[list[Item], list[Item]]:
    rng = np.random.default_rng(seed)
    untouched, forged = [], []
    for path in paths:
        photo = read(path)
        made = paste(photo, rng, kind=kind, size=float(rng.uniform(0.2, 0.4)))
        if made is not None:
            untouched.append(Item(path.stem, encode(photo, quality), None))
            forged.append(Item(path.stem, encode(made.rgb, quality), made.mask))
    return untouched, forged


def alarms(table: Table, name: str, paths: list[Path]) -> None:
    """Add the false alarms on untouched files, as they are."""
    for label, (detect, threshold) in DETECTORS.items():
        scores = []
        for path in paths:
            try:
                scores.append(detect(path.read_bytes())[0])
            except ExhibitError:
                continue
        fired = np.array(scores) >= threshold
        rate = bounds(lambda i, v=fired: float(v[i].mean()), len(fired))
        table.add_row(name, label, f"0/{len(fired)}", "", "", rate, "", "")


SIGNS = (-1, 1, -1, 0, 1, 1, 1)
"""Which way each feature of a pair may only count; 0: either way."""


def logistic(
    x: NDArray[np.float64], y: NDArray[np.bool_], ridge: float = 2.0
) -> tuple[NDArray[np.float64], float]:
    """Weights and bias of ridge logistic regression whose weights keep to `SIGNS`."""
    mean, deviation = x.mean(axis=0), x.std(axis=0)
    z, sign = (x - mean) / deviation, 2.0 * y - 1.0

    def loss(t: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        margin = sign * (z @ t[:-1] + t[-1])
        slope = -sign / (1 + np.exp(margin))
        value = np.logaddexp(0, -margin).sum() + ridge / 2 * (t[:-1] ** 2).sum()
        return float(value), np.r_[z.T @ slope + ridge * t[:-1], slope.sum()]

    limits = [{1: (0, None), -1: (None, 0), 0: (None, None)}[s] for s in SIGNS] + [(None, None)]
    found = minimize(loss, np.zeros(len(limits)), jac=True, method="L-BFGS-B", bounds=limits).x
    weights = found[:-1] / deviation
    return weights, float(found[-1] - weights @ mean)


def working(data: bytes) -> NDArray[np.float32]:
    """The luma the method searches."""
    luma = open_exhibit(data).luma
    scale = working_scale(*luma.shape)
    size = (round(luma.shape[1] * scale), round(luma.shape[0] * scale))
    return luma if scale == 1 else cv2.resize(luma, size, interpolation=cv2.INTER_AREA)


def fit(root: Path, count: int, camera: Path | None, seed: int = 6) -> None:
    """Print the weights of the rule, fitted on copied blobs against what untouched photos offer.

    ``count`` photos are examined untouched and forged (PNG, q 90, q 75 in turn), twice as many
    more and 120 full-size camera originals (not those whose false alarms are reported) untouched.
    A pair in a forged photo is a copy if 60 % of its area lies in the mask, and is left out
    otherwise. Of an untouched photo only the most copy-like pair counts in the end, since that is
    the one that would raise the alarm.
    """
    rng = np.random.default_rng(seed)
    features, label, owner = [], [], []
    paths = draw(root, ("camera", "imagenet", "bsds"), 3 * count, seed=5)
    pictures: list[tuple[bytes, Mask | None]] = []
    for number, path in enumerate(paths):
        photo = read(path)
        quality = (None, 90, 75)[number % 3]
        pictures.append((encode(photo, quality), None))
        part = rng.uniform(0.3, 0.5) if rng.random() < 0.5 else rng.uniform(0.12, 0.3)
        made = paste(photo, rng, size=float(part)) if number < count else None
        if made is not None:
            pictures.append((encode(made.rgb, quality), made.mask))
    if camera is not None:
        pictures += [(path.read_bytes(), None) for path in camera_files(camera)[60:180]]
    for number, (data, mask) in enumerate(pictures):
        try:
            luma = working(data)
        except ExhibitError:
            continue
        for pair in find_pairs(luma):
            copied = mask is not None and bool(mask[place(pair, luma.shape)[0]].mean() > 0.6)
            if mask is None or copied:
                features.append(pair.features)
                label.append(copied)
                owner.append(number)
    x, y, whose = np.array(features), np.array(label), np.array(owner)
    weights, bias = logistic(x, y)
    for _ in range(3):
        score = x @ weights + bias
        best = np.full(len(pictures), -np.inf)
        np.maximum.at(best, whose, score)
        kept = y | (score >= best[whose])
        weights, bias = logistic(x[kept], y[kept])
    score = x @ weights + bias
    worst = np.full(len(pictures), -np.inf)
    np.maximum.at(worst, whose[~y], score[~y])
    untouched = np.sort(worst[[mask is None for _, mask in pictures]])
    print(f"{y.sum()} copies, {(~y).sum()} alike areas in {len(untouched)} untouched photos")
    print("weights", np.round(weights, 3).tolist(), "bias", round(bias, 3))
    for share in (0.01, 0.02, 0.03):
        print(
            f"{share:.0%} of the untouched lie above {untouched[-int(share * len(untouched))]:.2f}"
        )


def camera_files(folder: Path) -> list[Path]:
    """Files of the folder in a fixed random order; the first 60 are for reporting."""
    files = sorted(p for p in folder.iterdir() if p.is_file())
    return [files[i] for i in np.random.default_rng(3).permutation(len(files))]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--camera", type=Path, help="folder of full-size camera originals")
    parser.add_argument("--cvip", type=Path, help="folder of im1 to im20 of CVIP, Dataset 1-2")
    parser.add_argument("--count", type=int, default=60)
    parser.add_argument("--fit", type=int, metavar="PHOTOS")
    args = parser.parse_args()
    if args.fit:
        fit(args.data, args.fit, args.camera)
        return
    table = Table("data", "method", "forged/untouched", "AUC", "TPR", "FPR", "F1@0.5", "pixel AUC")
    for quality in (None, 90, 70):
        evaluate(table, f"CoMoFoD {quality or 'PNG'}", *comofod(args.data, quality))
    paths = draw(args.data, ("camera", "bsds"), args.count, seed=11)
    for kind in ("shift", "turn", "scale", "both"):
        evaluate(table, f"copied blob, {kind}, q 90", *pasted(paths, kind, 90, seed=2))
    for name, changes in CVIP.items() if args.cvip else ():
        evaluate(table, f"CVIP, {name}", *cvip(args.cvip, changes))
    alarms(table, "camera crops", sorted((args.data / "generated_dev/real/camera").iterdir()))
    if args.camera:
        alarms(table, "camera, full size", camera_files(args.camera)[:60])
    Console(width=180).print(table)


if __name__ == "__main__":
    main()
