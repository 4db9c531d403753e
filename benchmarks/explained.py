"""What `claims.py` and `faithfulness.py` share: reports on forgeries of the engine, with truth."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.stats import binomtest

from locard.exhibit.orientation import turn
from locard.explain import Case, Operation
from locard.forge.engine import records
from locard.forge.record import Record
from locard.report.saved import case_of_report, read_report

# What the operations of the engine are called in claims.
DONE = {
    "colour-transfer": Operation.STYLE, "copy-move": Operation.COPY,
    "copy-move-free": Operation.COPY, "liquify": Operation.WARP,
    "local-blur": Operation.SMOOTH, "local-denoise": Operation.SMOOTH,
    "local-median": Operation.SMOOTH, "local-noise": Operation.NOISE,
    "local-recompress": Operation.RECOMPRESS, "local-resample": Operation.RESAMPLE,
    "local-sharpen": Operation.SHARPEN, "local-tone": Operation.TONE,
    "painted": Operation.STYLE, "print-scan": Operation.RECAPTURE, "recolour": Operation.TONE,
    "regenerate-region": Operation.REGENERATE, "regenerate-whole": Operation.REGENERATE,
    "removal": Operation.REMOVE, "removal-diffusion": Operation.REMOVE,
    "removal-network": Operation.REMOVE, "screen-recapture": Operation.RECAPTURE,
    "self-blended-face": Operation.FACE, "splice": Operation.INSERT,
    "splice-free": Operation.INSERT,
    "text-delete": Operation.TEXT, "text-insert": Operation.TEXT, "text-replace": Operation.TEXT,
}  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class Explained:
    """A report on a forgery, and what was done.

    Attributes:
        truth: bool, the true mask as it is shown, source of a copy included (both are alike).
        mask: bool, the reported regions, of the same size, or None for none.
    """

    record: Record
    case: Case
    truth: NDArray[np.bool_]
    mask: NDArray[np.bool_] | None

    @property
    def operation(self) -> Operation:
        return DONE[self.record.operation]

    @property
    def iou(self) -> float:
        if self.mask is None:
            return 0.0
        return float((self.mask & self.truth).sum() / max(1, (self.mask | self.truth).sum()))


def read_mask(path: Path) -> NDArray[np.bool_]:
    grey = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
    if grey is None:
        raise SystemExit(f"{path} cannot be read")
    return np.asarray(grey >= 128)


def read_explained(pairs: list[tuple[Path, Path]]) -> Iterator[Explained]:
    """Read sets with the folders of their reports (``locard examine SET/pictures/* --out``)."""
    for folder, reports in pairs:
        by_name = {}
        for report in sorted(reports.glob("*/report.json")):
            model = read_report(report)
            by_name[model.exhibit.name] = (model, report.parent)
        for record in records(folder):
            name = Path(record.picture).name
            if name not in by_name:
                continue
            model, home = by_name[name]
            truth = read_mask(folder / record.mask)
            if record.copied_from:
                truth |= read_mask(folder / record.copied_from)
            orientation = model.exhibit.orientation
            mask = None
            if model.localization.regions:
                mask = turn(read_mask(home / model.localization.mask), orientation)
            yield Explained(record, case_of_report(model, home), turn(truth, orientation), mask)


def parse_pairs(texts: list[str]) -> list[tuple[Path, Path]]:
    """Read SET=REPORTS."""
    pairs = []
    for text in texts:
        folder, _, reports = text.partition("=")
        if not (Path(folder).is_dir() and Path(reports or "-").is_dir()):
            raise SystemExit(
                f"{text}: name a forged set and the folder of its reports, SET=REPORTS"
            )
        pairs.append((Path(folder), Path(reports)))
    return pairs


def share(hits: int, count: int) -> str:
    """Write a share with its exact binomial interval (Clopper and Pearson, 1934)."""
    if not count:
        return "     – (none)"
    interval = binomtest(hits, count).proportion_ci(0.95)
    return f"{hits / count:6.3f} [{interval.low:.3f}, {interval.high:.3f}] ({hits} of {count})"
