"""What worker processes do: examine an upload, draw tiles, print a PDF."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

_Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Examine:
    """Examine the file at ``path`` and write the report into ``folder``."""

    path: str
    folder: str
    name: str
    profile: str
    language: str
    stability: bool
    max_bytes: int
    max_pixels: int
    time_limit: float


@dataclass(frozen=True, slots=True)
class DrawTiles:
    """Write the tiles of a layer; ``kind`` is "picture" or that of a map."""

    path: str
    target: str
    kind: str
    extension: str
    orientation: int
    max_bytes: int
    max_pixels: int


@dataclass(frozen=True, slots=True)
class PrintPdf:
    """Write the PDF of a page made for paper."""

    path: str
    target: str


def examine_upload(task: Examine, tell: _Tell) -> str | None:
    """Write ``report.json``, ``report.html``, ``paper.html`` and ``maps/``.

    Args: tell: called with "methods N", then with the name of each method that has ended.

    Returns: None, or one sentence why the file could not be examined.
    """
    from locard import ExhibitError, Limits, examine
    from locard.examination import Profile, select_methods
    from locard.report.html import render

    try:
        chosen = select_methods(None, Profile(task.profile))
        tell(f"methods {len(chosen)}")
        report = examine(
            task.path,
            name=task.name,
            profile=task.profile,
            language=task.language,
            stability=task.stability,
            limits=Limits(task.max_bytes, task.max_pixels, time_s=task.time_limit),
            threads=1,
            progress=tell,
        )
        report.save(task.folder, html=True)
        (Path(task.folder) / "paper.html").write_text(render(report, paper=True), "utf-8")
    except ExhibitError as error:
        return str(error)
    except MemoryError:
        return "there is not enough memory to examine the picture"
    except OSError as error:
        return f"the report cannot be written ({error.strerror})"
    return None


def view(task: DrawTiles | PrintPdf, _: _Tell) -> str | None:
    """Draw or print; returns None, or one sentence why not."""
    if isinstance(task, PrintPdf):
        from locard.report.pdf import MissingExtra, print_page

        try:
            pdf = print_page(Path(task.path).read_text("utf-8"))
        except MissingExtra as error:
            return str(error)
        Path(task.target).write_bytes(pdf)
        return None
    import cv2
    import numpy as np

    from locard.exhibit import ExhibitError, Limits, open_exhibit
    from locard.exhibit.orientation import turn
    from locard.serve.tiles import MAP_SIDE, pack_map, pack_photo

    if task.kind == "picture":
        try:
            exhibit = open_exhibit(task.path, limits=Limits(task.max_bytes, task.max_pixels))
        except ExhibitError as error:
            return str(error)
        pack_photo(turn(exhibit.rgb, task.orientation), task.extension, Path(task.target))
        return None
    grey = cv2.imdecode(np.fromfile(task.path, np.uint8), cv2.IMREAD_GRAYSCALE)
    if grey is None:
        return "the map cannot be read"
    scale = max(1.0, max(grey.shape) / MAP_SIDE)
    if scale > 1.0:
        size = max(1, round(grey.shape[1] / scale)), max(1, round(grey.shape[0] / scale))
        grey = cv2.resize(grey, size, interpolation=cv2.INTER_AREA)
    pack_map(np.asarray(turn(np.asarray(grey, np.uint8), task.orientation)), task.kind,
             Path(task.target))  # fmt: skip
    return None
