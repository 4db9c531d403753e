"""Pictures of a report: the maps as files, and what the HTML page shows.

The maps in ``maps/`` lie on the stored pixel grid, so that a program can lay them over the pixels
it decodes itself. What a reader sees is turned as the EXIF orientation asks; pictures for the page
are shrunk first, and colour is put on the small picture.
"""

from __future__ import annotations

import base64
import io
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from locard.exhibit import Exhibit
from locard.exhibit.orientation import Box, turn, turn_box, turn_point, turned_size
from locard.exhibit.shown import fit_canvas, jpeg, shown_photo
from locard.methods import GridMap
from locard.opinion import Region
from locard.report.schema import HEATMAP, MASK, RELIABILITY, map_paths

if TYPE_CHECKING:
    from locard.report.report import Report

# Long sides in pixels. Maps are smooth and are stretched by the browser.
PHOTO_SIDE = 1400
LAYER_SIDE = 640
THUMBNAIL_SIDE = 360
_MASK_THRESHOLD = 0.5
# Colours of a map on the page. Fewer levels make a smaller file and are not seen through alpha.
_LEVELS = 48
_MASK_COLOUR = (0, 190, 255)
_MASK_ALPHA = 130

Bytes = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class RegionDrawing:
    """A region on the shown photo: its number, box in photo pixels, outline as an SVG path."""

    number: int
    box: tuple[float, float, float, float]
    outline: str
    region: Region


def _grey(values: NDArray[np.float32]) -> Bytes:
    return np.asarray(cv2.convertScaleAbs(values, alpha=255.0), dtype=np.uint8)


def _write_png(path: Path, grey: Bytes) -> None:
    # Run-length matching at level 1: a quarter of the default's time on smooth maps, and smaller.
    options = [
        cv2.IMWRITE_PNG_COMPRESSION, 1, cv2.IMWRITE_PNG_STRATEGY, cv2.IMWRITE_PNG_STRATEGY_RLE,
    ]  # fmt: skip
    done, data = cv2.imencode(".png", grey, options)
    if not done:
        raise OSError(f"the map {path.name} could not be encoded")
    path.write_bytes(data.tobytes())


def save_maps(report: Report, folder: Path) -> None:
    """Write the fused maps and every method's map as 8-bit grey PNG files.

    Each has the size of the stored pixel grid; 255 stands for 1. The EXIF orientation is not
    applied. Names are those of `locard.report.schema.map_paths`.
    """
    height, width = report.exhibit.height, report.exhibit.width
    localization = report.localization

    def fused() -> None:
        heat = _grey(localization.heatmap)
        _write_png(folder / Path(HEATMAP).name, heat)
        mask = localization.mask
        _write_png(folder / Path(MASK).name, mask.view(np.uint8) * np.uint8(255))

    def single(grid: GridMap, name: str) -> None:
        _write_png(folder / name, _grey(grid.pixels(height, width)))

    jobs: list[Callable[[], None]] = [
        fused,
        lambda: single(localization.trust, Path(RELIABILITY).name),
    ]
    by_id = {finding.id: finding.heatmap for finding in report.findings}
    for identifier, path in map_paths(report.findings).items():
        grid = by_id[identifier]
        if grid is not None:
            jobs.append(lambda grid=grid, name=Path(path).name: single(grid, name))  # type: ignore[misc]
    # Two at a time: each holds a full-size float map, and the encoder releases the lock.
    with ThreadPoolExecutor(2) as pool:
        for job in [pool.submit(job) for job in jobs]:
            job.result()


def shown_map(exhibit: Exhibit, grid: GridMap, side: int = LAYER_SIDE) -> NDArray[np.float32]:
    """Return a map as it is shown: float32, 0 to 1, turned, long side at most ``side``."""
    rows, cols, scale = fit_canvas(exhibit.height, exhibit.width, side)
    return turn(grid.sample(rows, cols, scale), exhibit.metadata.orientation)


def colour_ramp() -> Bytes:
    """Colours of a map from 0 to 1: uint8, levels × 3, RGB, the upper part of Inferno.

    Inferno is perceptually uniform and readable by the colour-blind; its black end is left out,
    because it would be taken for a shadow in the photo.
    """
    index = np.linspace(70, 245, _LEVELS).round().astype(np.uint8)
    bgr = cv2.applyColorMap(index.reshape(-1, 1), cv2.COLORMAP_INFERNO)
    return np.ascontiguousarray(bgr[:, 0, ::-1], dtype=np.uint8)


def _palette_png(index: Bytes, colours: Bytes, alpha: Bytes) -> bytes:
    """Encode indices into a palette with alpha: one byte per pixel, a tenth of RGBA."""
    image = Image.fromarray(index)
    image.putpalette(colours.astype(np.uint8).tobytes())
    out = io.BytesIO()
    image.save(out, "PNG", transparency=alpha.astype(np.uint8).tobytes(), optimize=True)
    return out.getvalue()


def heat_layer(values: NDArray[np.float32]) -> bytes:
    """Draw a map as a PNG to lay over the photo; stronger is brighter and less transparent.

    Args: values: float32, 0 to 1, at the size to draw.
    """
    index = np.round(values * (_LEVELS - 1)).astype(np.uint8)
    strength = np.linspace(0.0, 1.0, _LEVELS)
    # Nothing below 0.08: an authentic photo stays clean, though its maps are never quite 0.
    alpha = 215 * np.clip((strength - 0.08) / 0.5, 0.0, 1.0)
    return _palette_png(index, colour_ramp(), alpha.astype(np.uint8))


def mask_layer(values: NDArray[np.float32]) -> bytes:
    """Draw the mask, where ``values`` reach one half, as a PNG to lay over the photo."""
    index = (values >= _MASK_THRESHOLD).astype(np.uint8)
    return _palette_png(index, np.array([(0, 0, 0), _MASK_COLOUR]), np.array([0, _MASK_ALPHA]))


def reliability_layer(values: NDArray[np.float32]) -> bytes:
    """Darken and hatch what the heat map cannot be trusted on, as a PNG to lay over the photo."""
    levels = 16
    doubt = 1.0 - values
    index = np.round(doubt * (levels - 1)).astype(np.uint8)
    rows, cols = values.shape
    stripe = (np.arange(rows)[:, None] + np.arange(cols)[None, :]) % 10 < 2
    index[stripe & (doubt > 0.5)] = levels
    colours = np.zeros((levels + 1, 3), dtype=np.uint8)
    colours[levels] = 235
    alpha = np.append(np.linspace(0, 175, levels), 150)
    return _palette_png(index, colours, alpha)


def data_uri(data: bytes, kind: str) -> str:
    """Return bytes as a ``data:`` address of the media type ``kind``."""
    return f"data:{kind};base64,{base64.b64encode(data).decode('ascii')}"


def draw_regions(report: Report, side: int = PHOTO_SIDE) -> tuple[RegionDrawing, ...]:
    """Outline the regions in pixels of the shown photo."""
    exhibit, localization = report.exhibit, report.localization
    height, width = exhibit.height, exhibit.width
    orientation = exhibit.metadata.orientation
    scale = fit_canvas(height, width, side)[2]
    step = localization.marked.step
    binary = (localization.marked.values >= _MASK_THRESHOLD).astype(np.uint8)

    def place(points: NDArray[np.int32]) -> str:
        turned = (
            turn_point((x + 0.5) * step, (y + 0.5) * step, width, height, orientation)
            for x, y in points.reshape(-1, 2).tolist()
        )
        return "M" + "L".join(f"{x / scale:.1f} {y / scale:.1f}" for x, y in turned) + "Z"

    drawings = []
    for number, region in enumerate(localization.regions, 1):
        x, y, w, h = region.box
        top, left = round(y / step), round(x / step)
        window = binary[top : top + max(1, round(h / step)), left : left + max(1, round(w / step))]
        contours = cv2.findContours(
            window, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE, offset=(left, top)
        )[0]
        smooth = [np.asarray(cv2.approxPolyDP(c, 0.8, closed=True), np.int32) for c in contours]
        box: Box = turn_box(region.box, width, height, orientation)
        drawings.append(
            RegionDrawing(
                number,
                (box[0] / scale, box[1] / scale, box[2] / scale, box[3] / scale),
                "".join(place(c) for c in smooth if len(c) > 2),
                region,
            )
        )
    return tuple(drawings)


def shown_size(exhibit: Exhibit, side: int = PHOTO_SIDE) -> tuple[int, int]:
    """Return (width, height) of the shown photo in its pixels."""
    rows, cols, _ = fit_canvas(exhibit.height, exhibit.width, side)
    return turned_size(cols, rows, exhibit.metadata.orientation)


def compose(photo: Bytes, png: bytes) -> str:
    """Lay a layer over a photo; returns the address of a JPEG, for pages without layers.

    Args:
        photo: uint8, as it is shown.
        png: of `heat_layer`, `mask_layer` or `reliability_layer`, of any size.
    """
    layer = Image.open(io.BytesIO(png)).convert("RGBA")
    size = (photo.shape[1], photo.shape[0])
    base = Image.fromarray(photo).convert("RGBA")
    base.alpha_composite(layer.resize(size, Image.Resampling.BILINEAR))
    return data_uri(jpeg(np.asarray(base.convert("RGB"), np.uint8)), "image/jpeg")


def draw_marked(report: Report) -> str:
    """Draw the photo with its numbered regions; returns the address of a JPEG.

    The heat map lies over it where there is a region: it tells where, and not whether.
    """
    exhibit = report.exhibit
    base = Image.fromarray(shown_photo(exhibit, PHOTO_SIDE)).convert("RGBA")
    if report.localization.regions:
        heat = heat_layer(shown_map(exhibit, report.localization.heat, PHOTO_SIDE // 2))
        layer = Image.open(io.BytesIO(heat)).convert("RGBA")
        base.alpha_composite(layer.resize(base.size, Image.Resampling.BILINEAR))
    canvas = np.array(base.convert("RGB"), np.uint8)
    thick = max(2, round(max(canvas.shape[:2]) / 400))
    scale = max(0.5, max(canvas.shape[:2]) / 1000)
    for drawn in draw_regions(report):
        x, y, w, h = (round(v) for v in drawn.box)
        cv2.rectangle(canvas, (x, y), (x + w, y + h), (255, 255, 255), thick * 2)
        cv2.rectangle(canvas, (x, y), (x + w, y + h), (0, 110, 170), thick)
        text = str(drawn.number)
        (wide, high), _ = cv2.getTextSize(text, cv2.FONT_HERSHEY_SIMPLEX, scale, thick)
        left = min(max(0, x), canvas.shape[1] - wide - 4 * thick)
        top = min(max(0, y), canvas.shape[0] - high - 4 * thick)
        corner = (left + wide + 4 * thick, top + high + 4 * thick)
        cv2.rectangle(canvas, (left, top), corner, (0, 110, 170), -1)
        cv2.putText(
            canvas, text, (left + 2 * thick, top + high + 2 * thick),
            cv2.FONT_HERSHEY_SIMPLEX, scale, (255, 255, 255), thick, cv2.LINE_AA,
        )  # fmt: skip
    return data_uri(jpeg(canvas), "image/jpeg")
