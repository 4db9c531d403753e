"""What worker processes do: examine an upload, draw tiles and views, print a PDF."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from locard.exhibit.orientation import Box

if TYPE_CHECKING:
    from locard.exhibit import Exhibit

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
    """Write the tiles of a layer; ``kind`` is "picture" or that of a map.

    The orientation is that of a map; a picture has its own.
    """

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


@dataclass(frozen=True, slots=True)
class Describe:
    """Write the structure of a file as JSON."""

    path: str
    target: str
    name: str
    max_bytes: int
    max_pixels: int


@dataclass(frozen=True, slots=True)
class Measure:
    """Write a histogram (JSON) or a spectrum (PNG) of a box of stored pixels, or of all."""

    path: str
    target: str
    what: Literal["histogram", "spectrum"]
    box: Box | None
    max_bytes: int
    max_pixels: int


View = DrawTiles | PrintPdf | Describe | Measure


def examine_upload(task: Examine, tell: _Tell) -> str | None:
    """Write ``report.json``, ``report.html``, ``paper.html``, ``thumbnail.jpg`` and ``maps/``.

    Args: tell: called with "methods N", then with the name of each method that has ended.

    Returns: None, or one sentence why the file could not be examined.
    """
    from locard import ExhibitError, Limits, examine
    from locard.examination import Profile, select_methods
    from locard.exhibit.shown import jpeg, shown_photo
    from locard.report import drawing
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
        small = shown_photo(report.exhibit, drawing.THUMBNAIL_SIDE)
        (Path(task.folder) / "thumbnail.jpg").write_bytes(jpeg(small))
    except ExhibitError as error:
        return str(error)
    except MemoryError:
        return "there is not enough memory to examine the picture"
    except OSError as error:
        return f"the report cannot be written ({error.strerror})"
    return None


def view(task: View, _: _Tell) -> str | None:
    """Draw, measure or print; returns None, or one sentence why not."""
    from locard.exhibit import ExhibitError
    from locard.report.pdf import MissingExtra
    from locard.serve.views import ViewError

    try:
        match task:
            case PrintPdf():
                _print(task)
            case DrawTiles(kind="picture"):
                _draw_picture(task)
            case DrawTiles():
                _draw_map(task)
            case Describe():
                _describe(task)
            case Measure():
                _measure(task)
    except (ExhibitError, MissingExtra, ViewError) as error:
        return str(error)
    return None


def _print(task: PrintPdf) -> None:
    from locard.report.pdf import print_page

    Path(task.target).write_bytes(print_page(Path(task.path).read_text("utf-8")))


def _open(task: DrawTiles | Describe | Measure, name: str | None = None) -> Exhibit:
    from locard.exhibit import Limits, open_exhibit

    return open_exhibit(task.path, name=name, limits=Limits(task.max_bytes, task.max_pixels))


def _draw_picture(task: DrawTiles) -> None:
    from locard.exhibit.orientation import turn
    from locard.serve.tiles import pack_photo

    exhibit = _open(task)
    turned = turn(exhibit.rgb, exhibit.metadata.orientation)
    pack_photo(turned, task.extension, Path(task.target))


def _draw_map(task: DrawTiles) -> None:
    import cv2
    import numpy as np

    from locard.exhibit.orientation import turn
    from locard.serve.tiles import MAP_SIDE, pack_map
    from locard.serve.views import ViewError

    grey = cv2.imdecode(np.fromfile(task.path, np.uint8), cv2.IMREAD_GRAYSCALE)
    if grey is None:
        raise ViewError("the map cannot be read")
    scale = max(1.0, max(grey.shape) / MAP_SIDE)
    if scale > 1.0:
        size = max(1, round(grey.shape[1] / scale)), max(1, round(grey.shape[0] / scale))
        grey = cv2.resize(grey, size, interpolation=cv2.INTER_AREA)
    turned = np.asarray(turn(np.asarray(grey, np.uint8), task.orientation))
    pack_map(turned, task.kind, Path(task.target))


def _describe(task: Describe) -> None:
    import json

    from locard.report.structure import describe_structure

    described = describe_structure(_open(task, task.name))
    Path(task.target).write_text(json.dumps(described), "utf-8")


def _measure(task: Measure) -> None:
    import json

    import cv2

    from locard.exhibit.orientation import turn
    from locard.serve.views import ViewError, histogram, spectrum

    exhibit = _open(task)
    rgb = exhibit.rgb
    if task.box is not None:
        x, y, w, h = task.box
        rgb = rgb[y : y + h, x : x + w]
    if not rgb.size:
        raise ViewError("the box lies outside of the picture")
    rgb = turn(rgb, exhibit.metadata.orientation)
    if task.what == "histogram":
        Path(task.target).write_text(json.dumps(histogram(rgb)), "utf-8")
        return
    done, data = cv2.imencode(".png", spectrum(rgb))
    if not done:
        raise ViewError("the spectrum could not be drawn")
    Path(task.target).write_bytes(data.tobytes())
