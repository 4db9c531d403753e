"""Self-blended faces: a face blended with a slightly changed copy of itself.

What face swaps leave behind, a blending boundary and statistics that differ inside, without any
swap: the copy's colours, sharpness, size and place differ a little from the photo's, the mask is
the hull of the landmarks, deformed and softened (Shiohara and Yamasaki, CVPR 2022). The five
landmarks of YuNet give the hull: an ellipse fitted to eyes, nose and mouth, from brows to chin.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from locard.content import faces
from locard.content.faces import Face
from locard.degrade import recompress
from locard.forge.contract import RGB, Forged, Matte, Parameter, Photo, Unsuitable, operation
from locard.forge.regions import blend, bounds, clean, name_region, visible_change
from locard.forge.tools import tools

# Distance of the eyes in pixels below which a face holds nothing to blend.
_LEAST_EYES = 16
_LEAST_CHANGE = 0.8
_ATTEMPTS = 6
# Mean spread of the channels below which a photo is black and white.
_GREY = 3


def find_faces(rgb: RGB) -> list[Face]:
    """Find faces, largest first, by the detector that the user gave.

    Raises: Unsuitable without a detector, or when its file is something else.
    """
    file = tools().face_detector
    if file is None:
        raise Unsuitable("no face detector was given (--face-detector, an ONNX file of YuNet)")
    try:
        return faces.find_faces(rgb, file)
    except ValueError as error:
        raise Unsuitable(str(error)) from error


def hull(rng: np.random.Generator, face: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the outline of a face, n × 2, from its five points.

    One of four parts, as self-blending draws them: the whole face, without the forehead, the eyes
    and nose, or nose and mouth.
    """
    eyes, mouth = face[:2].mean(axis=0), face[3:].mean(axis=0)
    down = mouth - eyes
    length = float(np.hypot(*down))
    down = down / max(length, 1e-6)
    # A head that is turned aside is as wide as its mouth and eyes allow, not as it is long.
    across = np.array([down[1], -down[0]])
    spread = max(abs(float((face[0] - face[1]) @ across)), 0.6 * length)
    part = int(rng.integers(4))
    top, bottom, wide = (
        (-0.75, 1.75, 0.98),
        (-0.4, 1.75, 0.95),
        (-0.4, 0.75, 0.95),
        (0.15, 1.6, 0.75),
    )[part]
    middle = eyes + down * length * (top + bottom) / 2
    middle = middle + 0.35 * (face[2] - (eyes + mouth) / 2)
    angles = np.linspace(0, 2 * np.pi, 72, endpoint=False)
    # A superellipse narrows to a chin less than an ellipse does.
    c, s = np.cos(angles), np.sin(angles)
    squared = np.sign(c) * np.abs(c) ** 0.85, np.sign(s) * np.abs(s) ** 0.85
    high = length * (bottom - top) / 2
    taper = 1 - 0.18 * np.clip(squared[1], 0, 1)
    return np.asarray(
        middle
        + np.outer(squared[0] * taper * spread * wide, across)
        + np.outer(squared[1] * high, down)
    )


def soft_mask(
    rng: np.random.Generator, outline: NDArray[np.float64], height: int, width: int
) -> Matte:
    """Draw an outline, deform it elastically, soften its edge and thin it out, as in the paper."""
    layer = np.zeros((height, width), np.uint8)
    cv2.fillPoly(layer, [np.round(outline * 16).astype(np.int32)], 255, cv2.LINE_AA, shift=4)
    if not layer.any():
        return np.zeros((height, width), np.float32)
    size = float(np.ptp(outline, axis=0).mean())
    rows, columns = bounds(layer.astype(np.float32), round(0.3 * size))
    part = layer[rows, columns].astype(np.float32) / 255
    tall, wide = part.shape
    moves = rng.normal(0, 0.035 * size, (2, 5, 5)).astype(np.float32)
    dx, dy = (cv2.resize(move, (wide, tall), interpolation=cv2.INTER_CUBIC) for move in moves)
    ys, xs = np.mgrid[:tall, :wide].astype(np.float32)
    bent = cv2.remap(part, xs + dx, ys + dy, cv2.INTER_LINEAR)
    sigma = size * float(rng.uniform(0.02, 0.08))
    soft = cv2.GaussianBlur(bent, (0, 0), sigma)
    # Half of the softening is taken back, so that the blend ends near the outline.
    soft = np.clip((soft - 0.25) / 0.6, 0, 1) * float(rng.choice([0.5, 0.75, 1, 1, 1]))
    matte = np.zeros((height, width), np.float32)
    matte[rows, columns] = clean(cv2.GaussianBlur(soft, (0, 0), max(0.6, sigma / 3)))
    return matte


def _uniform(rng: np.random.Generator, low: float, high: float) -> float:
    return round(float(rng.uniform(low, high)), 4)


def transform(
    rng: np.random.Generator, rgb: RGB, size: float
) -> tuple[NDArray[Any], dict[str, Parameter]]:
    """Change colours, frequencies and size a little.

    Args:
        rgb: uint8, the face with room around it.
        size: of the face in pixels, which the shift is measured by.

    Returns: float32, of the same shape, and what was drawn.
    """
    drawn: dict[str, Parameter] = {}
    pixels: NDArray[Any] = rgb.astype(np.float32)
    common = _uniform(rng, -8, 8)
    gain = [round(common + _uniform(rng, -5, 5), 4) for _ in range(3)]
    if (rgb.max(axis=2) - rgb.min(axis=2)).mean() < _GREY:
        gain = [common] * 3
    pixels = pixels + np.array(gain, np.float32)
    drawn["rgb_shift"] = gain
    hsv = cv2.cvtColor(np.clip(pixels, 0, 255) / 255, cv2.COLOR_RGB2HSV)
    saturation, value = _uniform(rng, 0.85, 1.15), _uniform(rng, 0.92, 1.08)
    hsv[:, :, 1] *= saturation
    hsv[:, :, 2] *= value
    pixels = 255 * cv2.cvtColor(np.clip(hsv, 0, [360, 1, 1]).astype(np.float32), cv2.COLOR_HSV2RGB)
    drawn |= {"saturation": saturation, "value": value}
    frequency = str(rng.choice(["sharpen", "shrink", "jpeg"]))
    drawn["frequency"] = frequency
    if frequency == "sharpen":
        amount = _uniform(rng, 0.3, 1.0)
        pixels = pixels + amount * (pixels - cv2.GaussianBlur(pixels, (0, 0), 1.2))
        drawn["amount"] = amount
    elif frequency == "shrink":
        scale = _uniform(rng, 0.35, 0.8)
        small = cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        pixels = cv2.resize(small, (rgb.shape[1], rgb.shape[0]), interpolation=cv2.INTER_CUBIC)
        drawn["scale"] = scale
    else:
        quality = int(rng.integers(40, 90))
        whole = np.clip(np.rint(pixels), 0, 255).astype(np.uint8)
        data = np.frombuffer(recompress(whole, quality), np.uint8)
        decoded = cv2.imdecode(data, cv2.IMREAD_COLOR_RGB)
        assert decoded is not None  # OpenCV wrote it a line ago.
        pixels = decoded.astype(np.float32)
        drawn["quality"] = quality
    dx, dy = (_uniform(rng, -0.03, 0.03) * size for _ in range(2))
    zoom = _uniform(rng, 0.95, 1.05)
    middle = (rgb.shape[1] / 2, rgb.shape[0] / 2)
    turn = cv2.getRotationMatrix2D(middle, 0, zoom)
    turn[:, 2] += np.array([dx, dy])
    moved = cv2.warpAffine(
        pixels,
        turn,
        (rgb.shape[1], rgb.shape[0]),
        flags=cv2.INTER_CUBIC,
        borderMode=cv2.BORDER_REFLECT,
    )
    return moved, drawn | {"shift_px": [round(dx, 3), round(dy, 3)], "zoom": zoom}


@operation(
    name="self-blended-face",
    group="face",
    about="Blends a face with a slightly changed copy of itself, which looks like a face swap.",
    source="Shiohara and Yamasaki, Detecting deepfakes with self-blended images, CVPR 2022",
    default=False,
)
def self_blend(host: Photo, donors: Sequence[Photo], rng: np.random.Generator) -> Forged:
    """Blend one face of the host with itself."""
    found = [face.points for face in find_faces(host.rgb) if face.eyes >= _LEAST_EYES]
    if not found:
        raise Unsuitable("no face was found that is large enough")
    height, width = host.rgb.shape[:2]
    for _ in range(_ATTEMPTS):
        face = found[int(rng.integers(len(found)))]
        outline = hull(rng, face)
        matte = soft_mask(rng, outline, height, width)
        if not (matte > 0.4).any():
            continue
        size = float(np.ptp(outline, axis=0).mean())
        box = bounds(matte, round(0.2 * size) + 8)
        layer, drawn = transform(rng, np.ascontiguousarray(host.rgb[box]), size)
        forged = host.rgb.copy()
        forged[box] = blend(host.rgb[box], layer, matte[box])
        if (difference := visible_change(host.rgb, forged, matte)) < _LEAST_CHANGE:
            continue
        return Forged(
            forged,
            matte,
            {
                "landmarks": [round(float(v), 1) for v in face.ravel()],
                **drawn,
                "mean_change": round(difference, 2),
            },
            f"a face {name_region(matte)} was blended with a changed copy of itself",
        )
    raise Unsuitable("blending a face of the photo with itself changes nothing")
