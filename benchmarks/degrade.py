"""Time the perturbations and the shipped recipes, and draw a contact sheet of them.

    python benchmarks/degrade.py PHOTO [--sheet FILE.png]

Prints milliseconds of processor time a megapixel, on one thread, for every perturbation at
severity 3, and the mean of 60 histories and of 60 deliveries with a mask. The sheet shows
severities 1, 3 and 5.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from locard.degrade import Chain, Step, degrade, list_perturbations, load_recipes
from locard.exhibit import open_exhibit

RGB = NDArray[np.uint8]
TILE = 230


def fitted(rgb: RGB, pixels: float) -> RGB:
    """Resize to about so many pixels."""
    scale = float(np.sqrt(pixels / (rgb.shape[0] * rgb.shape[1])))
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(rgb, None, fx=scale, fy=scale, interpolation=method), np.uint8)


def seconds(rgb: RGB, chain: Chain) -> float:
    mask = np.ones(rgb.shape[:2], np.float32)
    start = time.process_time()
    degrade(rgb, chain, seed=1, mask=mask)
    return time.process_time() - start


def draw_sheet(rgb: RGB, names: list[str], file: Path) -> None:
    columns, height = 6, TILE * rgb.shape[0] // max(rgb.shape[:2]) + 16
    rows = -(-3 * len(names) // columns)
    sheet = Image.new("RGB", (columns * (TILE + 4), rows * (height + 4)), (40, 40, 40))
    for number, (name, severity) in enumerate((n, s) for n in names for s in (1, 3, 5)):
        shown = Image.fromarray(degrade(rgb, (Step(name=name, severity=severity),), seed=5).rgb)
        shown.thumbnail((TILE, height - 16))
        x, y = number % columns * (TILE + 4), number // columns * (height + 4)
        sheet.paste(shown, (x, y + 16))
        ImageDraw.Draw(sheet).text((x + 2, y + 2), f"{name} {severity}", fill=(255, 255, 0))
    sheet.save(file)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("photo", type=Path)
    parser.add_argument("--sheet", type=Path)
    arguments = parser.parse_args()
    cv2.setNumThreads(1)
    rgb = open_exhibit(arguments.photo).rgb
    # The autoencoder needs a network, and takes as long as that takes.
    names = [p.name for p in list_perturbations() if p.name != "autoencoder"]
    if arguments.sheet:
        draw_sheet(fitted(rgb, 3e5), names, arguments.sheet)
        return
    photo = fitted(rgb, 1e6)
    for name in names:
        degrade(photo[:64, :64], (Step(name=name),), seed=0)  # loads what it needs
        print(f"{name:22s} {1000 * seconds(photo, (Step(name=name),)):6.0f} ms")
    recipes = load_recipes()
    for label, draw in (("history", recipes.draw_history), ("delivery", recipes.draw_delivery)):
        rng = np.random.default_rng(0)
        took = [seconds(photo, draw(rng)) for _ in range(60)]
        print(f"{label:22s} {1000 * np.mean(took):6.0f} ms (slowest {1000 * max(took):.0f})")


if __name__ == "__main__":
    main()
