"""Make a labelled set of hand-made Photoshop forgeries and their originals.

    python benchmarks/photoshop_pairs.py DATA --out SET [--sheet sheet.png]
    locard bench run SET --out pairs.parquet && locard bench score pairs.parquet

DATA has the folders ``original`` and ``forged`` of the public repository ISICV/ManTraNet, under
``data``: posts of a forum where people change each other's photos. A pair is used when the original
scaled to the size of the forgery, lies on it: where the two differ is then the mask. The difference
is that of colours after smoothing, so that recompression does not count. A development set: it may
be looked at, never trained on.
"""

from __future__ import annotations

import argparse
import csv
import shutil
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from locard.exhibit import ExhibitError, open_exhibit

# Grey levels by which smoothed colours of an edited place differ at least.
_STEP = 14.0
# Median difference outside of the mask above which the photos do not lie on each other.
_REST = 4.0
_AREA = (0.003, 0.6)


def difference(original: NDArray[np.uint8], forged: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Largest difference of any smoothed channel, height × width, grey levels."""
    height, width = forged.shape[:2]
    scaled = cv2.resize(original, (width, height), interpolation=cv2.INTER_AREA)
    sigma = max(1.0, max(height, width) / 500)
    a, b = (cv2.GaussianBlur(x.astype(np.float32), (0, 0), sigma) for x in (scaled, forged))
    return np.asarray(np.abs(a - b).max(axis=2), np.float32)


def mask_of(changed: NDArray[np.float32]) -> NDArray[np.uint8] | None:
    """The mask, 0 or 255, or None when the pair does not lie on each other."""
    size = max(3, round(max(changed.shape) / 150)) | 1
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size))
    mask = (changed > _STEP).astype(np.uint8) * np.uint8(255)
    mask = np.asarray(cv2.morphologyEx(mask, cv2.MORPH_OPEN, kernel), np.uint8)
    mask = np.asarray(cv2.morphologyEx(mask, cv2.MORPH_CLOSE, kernel, iterations=2), np.uint8)
    share = float((mask > 0).mean())
    if not _AREA[0] <= share <= _AREA[1] or float(np.median(changed[mask == 0])) > _REST:
        return None
    return mask


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--sheet", type=Path, help="a picture of all pairs, to look at")
    args = parser.parse_args()
    originals = {p.name.split("_")[0]: p for p in sorted((args.data / "original").iterdir())}
    forgeries = {p.name.split("_")[0]: p for p in sorted((args.data / "forged").iterdir())}
    args.out.mkdir(parents=True, exist_ok=True)
    tiles, unlike = [], 0
    with (args.out / "index.csv").open("w", newline="", encoding="utf-8") as stream:
        rows = csv.writer(stream)
        rows.writerow(["path", "label", "mask", "source", "operation"])
        for name in sorted(originals.keys() & forgeries.keys()):
            try:
                original = open_exhibit(originals[name]).rgb
                forged = open_exhibit(forgeries[name]).rgb
            except ExhibitError as error:
                print(f"{name}: {error}")
                continue
            ratio = (original.shape[1] / original.shape[0]) / (forged.shape[1] / forged.shape[0])
            mask = mask_of(difference(original, forged)) if abs(ratio - 1) < 0.01 else None
            if mask is None:
                unlike += 1
                continue
            for label, file in ((0, originals[name]), (1, forgeries[name])):
                shutil.copyfile(file, args.out / file.name)
                masked = f"{name}_mask.png" if label else ""
                rows.writerow([file.name, label, masked, name, "photoshop" if label else ""])
            cv2.imwrite(str(args.out / f"{name}_mask.png"), mask)
            shown = (original, forged, cv2.cvtColor(mask, cv2.COLOR_GRAY2RGB))
            tiles.append(np.hstack([cv2.resize(x, (240, 180)) for x in shown]))
    print(f"{len(tiles)} pairs lie on each other, {unlike} do not")
    if args.sheet is not None and tiles:
        if len(tiles) % 2:
            tiles.append(np.zeros_like(tiles[0]))
        sheet = np.vstack([np.hstack(tiles[i : i + 2]) for i in range(0, len(tiles), 2)])
        cv2.imwrite(str(args.sheet), cv2.cvtColor(sheet, cv2.COLOR_RGB2BGR))


if __name__ == "__main__":
    main()
