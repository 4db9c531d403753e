"""Make the labelled exhibits that the calibrators of generated pictures are fitted on.

    python benchmarks/calibration_set.py --index generated_dev/index.csv --out SET

Every picture of the index is cropped to 256 × 256 at random and recompressed at a random JPEG
quality, generated and real alike. With --raw the files stay as they are, for a watermark that no
recompression survives and that no camera format can imitate.

Writes SET/index.csv, to be read by ``locard bench run``. Sources are generators and kinds of
photos, so that cross-validation never tests on what it was fitted on.
"""

from __future__ import annotations

import argparse
import csv
import os
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from locard.degrade import crop, recompress
from locard.exhibit import open_exhibit

RGB = NDArray[np.uint8]


def window(rng: np.random.Generator, rgb: RGB, side: int) -> RGB:
    """Random crop on the 8 × 8 grid with at most ``side`` pixels on each side."""
    height, width = min(side, rgb.shape[0]), min(side, rgb.shape[1])
    top = int(rng.integers(0, rgb.shape[0] - height + 1)) // 8 * 8
    left = int(rng.integers(0, rgb.shape[1] - width + 1)) // 8 * 8
    return crop(rgb, top, left, height, width)


def make_rows(args: argparse.Namespace) -> list[dict[str, str]]:
    rng = np.random.default_rng(args.seed)
    with args.index.open(newline="", encoding="utf-8") as stream:
        listed = list(csv.DictReader(stream))
    rows = []
    for number, entry in enumerate(listed):
        row = {
            "path": os.path.relpath(args.index.parent / entry["path"], args.out),
            "label": entry["generated"],
            # A trace of the camera is of that camera, not of the collection its photo is in.
            "source": entry["origin"]
            if args.raw and entry["generated"] == "0"
            else entry["source"],
            "operation": entry["generator"] or "camera",
            "delivery": "raw",
        }
        rows.append(row)
        if args.raw:
            continue
        rgb = window(rng, open_exhibit(args.index.parent / entry["path"]).rgb, 256)
        quality = int(rng.integers(70, 99))
        name = f"{number:04d}.jpg"
        (args.out / name).write_bytes(recompress(rgb, quality))
        row |= {"path": name, "delivery": f"jpeg-{quality}"}
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--index", type=Path, required=True)
    parser.add_argument("--raw", action="store_true", help="list the pictures as they are")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    rows = make_rows(args)
    with (args.out / "index.csv").open("w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, ["path", "label", "source", "operation", "delivery"])
        writer.writeheader()
        writer.writerows(rows)
    ones = sum(r["label"] == "1" for r in rows)
    print(f"{len(rows)} exhibits, {ones} with the proposition, in {args.out}")


if __name__ == "__main__":
    main()
