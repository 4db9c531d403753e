"""Prediction files made on the spot."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from locard.bench.predictions import FUSION, Metadata, Prediction, Writer, count_levels
from locard.opinion.opinion import posterior


def prediction(number: int = 0, label: int = 1, method: str = FUSION) -> Prediction:
    """Return a row without a score."""
    return Prediction(
        dataset="tiny",
        item=f"{label}/{number:03d}.png",
        sha256=f"{number}-{label}",
        label=label,
        question="edited",
        source=f"camera {number % 10}",
        generator="",
        operation=("splice" if number % 2 else "removal") if label else "",
        split="",
        history="",
        method=method,
        version="0",
        column="raw",
        delivery="",
        status="ok",
    )


def scored(row: Prediction, lr: float, **changes: object) -> Prediction:
    """Return the row with a score and what follows from it."""
    verdict = None
    if row.method == FUSION:
        verdict = "edited" if lr >= 1 else "authentic" if lr < -0.2 else "inconclusive"
    return replace(
        row,
        score=lr,
        log10_lr=lr,
        probability=posterior(lr, 0.5),
        verdict=verdict,
        contradicted=None if verdict is None else False,
        stability=None if verdict is None else 0.9,
        claimed=None if verdict is None else lr > 0,
        region_iou=0.5 if verdict is not None and row.label else None,
        seconds=0.5,
        **changes,
    )


def rows(strength: float = 1.0, items: int = 40, seed: int = 0) -> list[Prediction]:
    """Return the fusion and one method, both columns and a delivery, with maps."""
    rng = np.random.default_rng(seed)
    mask = np.zeros((16, 16), bool)
    mask[4:10, 4:10] = True
    found = []
    for number in range(items):
        for label in (0, 1):
            for method, gain in ((FUSION, 1.5), ("copy-move", 1.0)):
                lr = float(strength * gain * (label - 0.5) + rng.normal(0, 0.6))
                heat = np.where(mask, 0.9, 0.1).astype(np.float32)
                pixels = count_levels(heat, mask) if label else None
                row = prediction(number, label, method)
                for column, delivery, loss in (
                    ("raw", "", 1.0), ("aligned", "", 0.7), ("raw", "jpeg:3", 0.6)
                ):  # fmt: skip
                    there = replace(row, column=column, delivery=delivery)
                    found.append(scored(there, lr * loss, pixels=pixels))
    return found


def write(file: Path, made: list[Prediction], *, reserved: bool = False) -> Path:
    """Write rows as a prediction file."""
    items = len({row.item for row in made})
    with Writer(file) as writer:
        writer.write(made)
        writer.describe(Metadata("tiny", "a command", 0, "0", reserved=reserved, items=items))
    return file
