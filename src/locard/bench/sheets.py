"""Contact sheets: the strongest hits, misses and false alarms of a run, as small pictures.

Maps are not kept in prediction files, so the few items that are shown are examined once more.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from locard.bench.datasets import Dataset, DatasetError, Item
from locard.bench.plugin import load_plugin
from locard.bench.predictions import FUSION, read_run
from locard.bench.runner import Settings, item_name
from locard.examination import examine
from locard.exhibit import ExhibitError, open_exhibit
from locard.report.drawing import colour_ramp

INDEX = "sheets.json"
SIDE = 220
_GAP = 6
_OUTLINE = (0, 200, 255)

RGB = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Shown:
    """An item worth looking at: "hit", "miss", "false alarm", and its score."""

    kind: str
    item: str
    score: float


def strongest(run: Path, method: str, count: int) -> list[Shown]:
    """Choose from a run: forged items with the highest and the lowest score, authentic with the
    highest; ``count`` of each at most, no item twice."""
    columns = ["item", "label", "method", "column", "delivery", "score"]
    rows = read_run(run, columns).table.to_pylist()
    scored = [
        (row["score"], row["item"], row["label"])
        for row in rows
        if (row["method"], row["column"], row["delivery"]) == (method, "raw", "")
        and row["score"] is not None
    ]
    forged = sorted(((s, i) for s, i, label in scored if label), reverse=True)
    authentic = sorted(((s, i) for s, i, label in scored if not label), reverse=True)
    half = min(count, (len(forged) + 1) // 2)
    misses = forged[half:][::-1][:count]
    kinds = (("hit", forged[:half]), ("miss", misses), ("false alarm", authentic[:count]))
    return [Shown(kind, item, value) for kind, chosen in kinds for value, item in chosen]


def _tile(rgb: RGB, heat: NDArray[np.float32] | None, mask: NDArray[np.bool_] | None) -> RGB:
    """Photo with the outline of the truth, and beside it the photo under its heat map."""
    height, width = rgb.shape[:2]
    scale = min(1.0, SIDE / max(height, width))
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    photo = np.asarray(cv2.resize(rgb, size, interpolation=cv2.INTER_AREA), np.uint8)
    covered = np.full_like(photo, 128)
    if heat is not None:
        values = np.clip(cv2.resize(heat, size, interpolation=cv2.INTER_AREA), 0, 1)
        ramp = colour_ramp().astype(np.float32)
        colour = ramp[np.round(values * (len(ramp) - 1)).astype(int)]
        alpha = 0.85 * np.clip((values - 0.08) / 0.5, 0, 1)[:, :, None]
        grey = photo.mean(axis=2, keepdims=True).repeat(3, axis=2) * 0.8
        covered = (grey * (1 - alpha) + colour * alpha).astype(np.uint8)
    outlined = photo.copy()
    if mask is not None and mask.shape == (height, width):
        small = cv2.resize(mask.astype(np.uint8), size, interpolation=cv2.INTER_NEAREST)
        contours = cv2.findContours(small, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)[0]
        cv2.drawContours(outlined, contours, -1, (0, 0, 0), 3)
        cv2.drawContours(outlined, contours, -1, _OUTLINE, 1)
    gap = np.full((size[1], _GAP, 3), 255, np.uint8)
    return np.hstack([outlined, gap, covered])


def _heat(item: Item, settings: Settings) -> tuple[RGB, NDArray[np.float32] | None]:
    exhibit = open_exhibit(item.path)
    if settings.methods:
        report = examine(exhibit, methods=settings.methods, threads=1, stability=False)
        return exhibit.rgb, report.localization.heatmap
    return exhibit.rgb, load_plugin(settings.plugins[0])(exhibit.rgb)[1]


def make_sheets(dataset: Dataset, run: Path, settings: Settings, count: int) -> Path:
    """Draw what is worth looking at in a run, by the fusion, or else the first plugin.

    Args: count: of hits, of misses and of false alarms.

    Returns: the folder ``<run>.sheets`` with PNG files and `INDEX`; an item that is no longer
        there, or that the method fails on, is left out.
    """
    folder = run.with_name(run.name + ".sheets")
    folder.mkdir(exist_ok=True)
    method = FUSION if settings.methods else load_plugin(settings.plugins[0]).name
    chosen = {shown.item: shown for shown in strongest(run, method, count)}

    def pictures() -> Iterator[dict[str, str]]:
        for item in dataset.items():
            shown = chosen.get(item_name(dataset.root, item))
            if shown is None:
                continue
            try:
                rgb, heat = _heat(item, settings)
                tile = _tile(rgb, heat, item.read_mask())
            except (ExhibitError, DatasetError):
                continue
            name = f"{list(chosen).index(shown.item):03d}.png"
            cv2.imwrite(str(folder / name), tile[:, :, ::-1])
            made = item.operation or item.generator
            says = f"{made}, " if made else ""
            unit = "log10 LR" if method == FUSION else "score"
            yield {
                "kind": shown.kind,
                "item": shown.item,
                "says": f"{says}{unit} {shown.score:+.2f}",
                "picture": name,
            }

    listed = sorted(pictures(), key=lambda entry: entry["picture"])
    (folder / INDEX).write_text(json.dumps(listed, indent=1), "utf-8")
    return folder
