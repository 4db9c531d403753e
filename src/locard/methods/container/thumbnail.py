"""Compare the EXIF thumbnail with the picture: orientation, framing and content.

A camera writes both at once. Many editors leave the thumbnail behind, which then shows the
picture before the edit.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from locard.exhibit import Exhibit
from locard.methods.contract import GridMap

Gray = NDArray[Any]

_SIDE = 160
_MAX_PIXELS = 4_000_000
_BAR = 28.0
_SMOOTH = 1.2
_SCALES = tuple(float(s) for s in np.geomspace(0.3, 0.95, 10))
# A difference counts from this many grey levels on, more at edges, where alignment is inexact.
_LEVELS, _EDGE = 12.0, 0.7
_CHANGED = 0.5
# A picture that shows less than this share of the thumbnail must share its detail as well.
_PART, _SAME = 0.8, 0.5


@dataclass(frozen=True, slots=True)
class ThumbnailMatch:
    """How the thumbnail lies on the picture.

    Attributes:
        correlation: normalised, after alignment, −1 to 1; 0 when either is flat.
        turns: quarter turns of the thumbnail (counter-clockwise) that fit the picture.
        mirrored: whether the thumbnail fits best as a mirror image.
        outside: the same outside the local differences, which a paste cannot lower.
        coverage: share of the thumbnail's content that the picture shows, 0 to 1.
        changed: share of the picture that differs locally from the thumbnail.
        flat: whether one of them has too little contrast to compare.
        heatmap: local differences on the picture.
    """

    width: int
    height: int
    correlation: float
    outside: float
    turns: int
    mirrored: bool
    coverage: float
    changed: float
    flat: bool
    heatmap: GridMap | None


def decode_thumbnail(data: bytes) -> Gray | None:
    """Decode thumbnail bytes to luma, float32, at most 160 pixels long; None when unreadable."""
    try:
        image = Image.open(io.BytesIO(data), formats=["JPEG"])
        if image.width * image.height > _MAX_PIXELS or min(image.size) < 24:
            return None
        image.draft("L", (_SIDE, _SIDE))
        gray = np.asarray(image.convert("L"), np.float32)
    except (OSError, ValueError, SyntaxError, EOFError, Image.DecompressionBombError):
        return None
    return _shrink(gray)


def _shrink(gray: Gray) -> Gray:
    height, width = gray.shape
    scale = _SIDE / max(height, width)
    if scale >= 1:
        return np.ascontiguousarray(gray)
    size = (max(8, round(width * scale)), max(8, round(height * scale)))
    return np.asarray(cv2.resize(gray, size, interpolation=cv2.INTER_AREA), np.float32)


def _content_box(gray: Gray) -> tuple[int, int, int, int]:
    """Return (top, bottom, left, right) without black bars."""
    rows = np.flatnonzero(np.percentile(gray, 95, axis=1) > _BAR)
    cols = np.flatnonzero(np.percentile(gray, 95, axis=0) > _BAR)
    height, width = gray.shape
    if rows.size < height / 2 or cols.size < width / 2:
        return 0, height, 0, width
    return int(rows[0]), int(rows[-1]) + 1, int(cols[0]), int(cols[-1]) + 1


def _correlation(a: Gray, b: Gray, valid: NDArray[np.bool_]) -> float:
    if valid.sum() < 64:
        return 0.0
    x, y = a[valid].astype(np.float64), b[valid].astype(np.float64)
    x -= x.mean()
    y -= y.mean()
    power = float(np.sqrt((x @ x) * (y @ y)))
    return float(x @ y) / power if power > 1e-6 else 0.0


def _warp(gray: Gray, matrix: NDArray[np.float32], shape: tuple[int, int]) -> Gray:
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    size = (shape[1], shape[0])
    return np.asarray(
        cv2.warpAffine(gray, matrix, size, flags=flags, borderMode=cv2.BORDER_REPLICATE), np.float32
    )


def _inside(matrix: NDArray[np.float32], shape: tuple[int, int], box: tuple[int, ...]) -> Gray:
    """1 where the warped position lies inside the box."""
    y, x = np.mgrid[: shape[0], : shape[1]].astype(np.float32)
    at_x = matrix[0, 0] * x + matrix[0, 1] * y + matrix[0, 2]
    at_y = matrix[1, 0] * x + matrix[1, 1] * y + matrix[1, 2]
    top, bottom, left, right = box
    inside = (at_x > left) & (at_x < right - 1) & (at_y > top) & (at_y < bottom - 1)
    return np.asarray(inside, np.float32)


def _frames(shape: tuple[int, int], box: tuple[int, int, int, int]) -> list[NDArray[np.float32]]:
    """Affine maps from the picture to the thumbnail: stretched, fitted inside, cut to cover."""
    height, width = shape
    top, bottom, left, right = box
    zoom_x, zoom_y = (right - left) / width, (bottom - top) / height
    pairs = [(zoom_x, zoom_y)]
    if abs(zoom_x / zoom_y - 1) > 0.015:
        pairs += [(max(zoom_x, zoom_y),) * 2, (min(zoom_x, zoom_y),) * 2]
    maps = []
    for x, y in pairs:
        shift_x = (left + right) / 2 - x * width / 2 + 0.5 * x - 0.5
        shift_y = (top + bottom) / 2 - y * height / 2 + 0.5 * y - 0.5
        maps.append(np.array([[x, 0, shift_x], [0, y, shift_y]], np.float32))
    return maps


def _part_of(picture: Gray, thumbnail: Gray) -> tuple[float, NDArray[np.float32]] | None:
    """Search the picture as a part of the thumbnail (a crop): best correlation and map."""
    best: tuple[float, NDArray[np.float32]] | None = None
    fit = min(thumbnail.shape[0] / picture.shape[0], thumbnail.shape[1] / picture.shape[1])
    for scale in _SCALES:
        zoom = fit * scale
        size = (round(picture.shape[1] * zoom), round(picture.shape[0] * zoom))
        if min(size) < 16:
            continue
        small = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
        scores = cv2.matchTemplate(thumbnail, small, cv2.TM_CCOEFF_NORMED)
        _, score, _, (x, y) = cv2.minMaxLoc(scores)
        if np.isfinite(score) and (best is None or score > best[0]):
            zx, zy = size[0] / picture.shape[1], size[1] / picture.shape[0]
            matrix = [[zx, 0, x + 0.5 * zx - 0.5], [0, zy, y + 0.5 * zy - 0.5]]
            best = float(score), np.array(matrix, np.float32)
    return best


def _refine(picture: Gray, thumbnail: Gray, matrix: NDArray[np.float32]) -> NDArray[np.float32]:
    """Improve an affine map by maximising the enhanced correlation coefficient."""
    criteria = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, 40, 1e-4)
    try:
        _, found = cv2.findTransformECC(
            picture,
            thumbnail,
            matrix.copy(),
            cv2.MOTION_AFFINE,
            criteria,
            np.full(thumbnail.shape, 255, np.uint8),
            5,
        )
    except cv2.error:
        # It does not converge on pictures that have nothing in common.
        return matrix
    refined = np.asarray(found, np.float32)
    close = np.abs(refined[:, :2] - matrix[:, :2]).max() < 0.2 * np.abs(matrix[:, :2]).max()
    return refined if close else matrix


def _detail(gray: Gray) -> Gray:
    """What is left of a picture without its shading: two smooth pictures match by chance."""
    return np.asarray(gray - cv2.GaussianBlur(gray, (0, 0), 5.0), np.float32)


def _differences(picture: Gray, warped: Gray, valid: Gray) -> Gray:
    """Local differences after fitting a cubic tone curve: float32, 0 to 1."""
    use = valid > 0
    if use.sum() < 256:
        return np.zeros_like(picture)
    x = picture / 255.0
    basis = np.stack([np.ones_like(x), x, x * x, x * x * x], axis=-1)
    weights = use.astype(np.float64)
    fitted = picture
    for _ in range(3):
        root = np.sqrt(weights)[..., None]
        flat, target = (basis * root).reshape(-1, 4), (warped * root[..., 0]).ravel()
        curve = np.linalg.lstsq(flat, target, rcond=None)[0]
        fitted = np.asarray(basis @ curve, np.float32)
        scale = 1.5 * float(np.median(np.abs(warped - fitted)[use])) + 2.0
        weights = use / (1.0 + ((warped - fitted) / scale) ** 2)
    residual = np.abs(cv2.GaussianBlur(warped - fitted, (0, 0), 1.0))
    # Texture finer than a pixel of the thumbnail is drawn differently by every camera.
    gradient = cv2.morphologyEx(warped, cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8))
    noise = float(np.median(residual[use]))
    tolerance = _LEVELS + _EDGE * cv2.blur(gradient, (5, 5)) + 3.0 * noise
    rough = np.clip((residual - tolerance) / tolerance, 0, 1) * use
    # Isolated cells are interpolation; a change covers several.
    return np.asarray(
        cv2.morphologyEx(rough, cv2.MORPH_OPEN, np.ones((3, 3), np.uint8)), np.float32
    )


def compare_thumbnail(exhibit: Exhibit) -> ThumbnailMatch | None:
    """Align the EXIF thumbnail with the picture and compare; None when there is none to read.

    None too for a picture that is cut off: what is missing is no crop that somebody made.
    """
    if exhibit.height < exhibit.rows_in_file:
        return None
    data = exhibit.metadata.thumbnail
    thumbnail = decode_thumbnail(data) if data else None
    if thumbnail is None:
        return None
    picture = cv2.GaussianBlur(_shrink(exhibit.luma), (0, 0), _SMOOTH)
    picture = np.asarray(picture, np.float32)
    height, width = thumbnail.shape
    box = _content_box(thumbnail)
    if thumbnail[box[0] : box[1], box[2] : box[3]].std() < 8 or picture.std() < 8:
        return ThumbnailMatch(width, height, 0.0, 0.0, 0, False, 1.0, 0.0, True, None)
    soft = np.asarray(cv2.GaussianBlur(thumbnail, (0, 0), _SMOOTH), np.float32)

    candidates: list[tuple[float, int, bool, Gray, NDArray[np.float32]]] = []
    for mirrored in (False, True):
        for turns in range(4):
            view = np.rot90(soft[:, ::-1] if mirrored else soft, turns)
            view = np.ascontiguousarray(view)
            inner = _content_box(np.rot90(thumbnail[:, ::-1] if mirrored else thumbnail, turns))
            for matrix in _frames(picture.shape, inner):
                valid = _inside(matrix, picture.shape, inner) > 0
                score = _correlation(picture, _warp(view, matrix, picture.shape), valid)
                candidates.append(
                    (score * float(valid.mean()) ** 0.25, turns, mirrored, view, matrix)
                )
    candidates.sort(key=lambda candidate: -candidate[0])
    if candidates[0][0] < 0.9:
        for turns in range(4):
            view = np.ascontiguousarray(np.rot90(soft, turns))
            part = _part_of(picture, view)
            if part:
                candidates.append((part[0], turns, False, view, part[1]))
        candidates.sort(key=lambda candidate: -candidate[0])

    best: ThumbnailMatch | None = None
    for _, turns, mirrored, view, start in candidates[:4]:
        inner = _content_box(view)
        matrix = _refine(picture, view, start)
        valid = _inside(matrix, picture.shape, inner)
        warped = _warp(view, matrix, picture.shape)
        score = _correlation(picture, warped, valid > 0)
        area = (inner[1] - inner[0]) * (inner[3] - inner[2])
        shown = float(valid.sum()) * abs(float(np.linalg.det(matrix[:, :2].astype(np.float64))))
        coverage = min(1.0, shown / area)
        if coverage < _PART and _correlation(_detail(picture), _detail(warped), valid > 0) < _SAME:
            score = 0.0
        if best is not None and score <= best.correlation:
            continue
        changes = _differences(picture, warped, valid)
        wide = np.ones((7, 7), np.uint8)
        best = ThumbnailMatch(
            width=width,
            height=height,
            correlation=score,
            outside=_correlation(picture, warped, (valid > 0) & (cv2.dilate(changes, wide) == 0)),
            turns=turns,
            mirrored=mirrored,
            coverage=coverage,
            changed=float((changes > _CHANGED).sum() / max(1.0, float(valid.sum()))),
            flat=False,
            heatmap=GridMap(changes, step=exhibit.width / picture.shape[1]),
        )
        if score > 0.97:
            break
    return best
