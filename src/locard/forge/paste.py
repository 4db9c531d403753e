"""Pasting: a cut-out is turned, matched in colour, grain and focus, placed and blended in."""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from locard.forge.contract import RGB, Matte
from locard.forge.objects import Region, organic_shape

Floats = NDArray[np.float32]

# Places are compared on a picture of this longer side in pixels.
_COARSE = 128


@dataclass(frozen=True, slots=True, eq=False)
class CutOut:
    """A piece that is ready to be pasted.

    Attributes:
        rgb: float32, height × width × 3, 0 to 255; true foreground colours below a soft matte too.
        matte: float32, height × width, 0 to 1.
    """

    rgb: Floats
    matte: Matte


def cut_out(rgb: RGB, region: Region) -> CutOut:
    """Lift a region out of a photo, without the colours that shine through its soft edge.

    Below the edge the colour is continued from the sure foreground (normalised convolution,
    Knutsson and Westin, CVPR 1993); otherwise the old background would show as a halo.
    """
    x, y, width, height = region.box
    piece = rgb[y : y + height, x : x + width].astype(np.float32)
    sure = (region.matte > 0.97).astype(np.float32)
    if not sure.any():
        return CutOut(piece, region.matte)
    kernel = np.ones((3, 3), np.uint8)
    inner = np.asarray(cv2.erode(sure, kernel), np.float32)
    sure = inner if inner.any() else sure
    filled = piece.copy()
    known = sure
    # Small kernels first: the nearest sure colour counts, far ones only where none is near.
    for sigma in (1.5, 4.0, 12.0):
        weight = cv2.GaussianBlur(sure, (0, 0), sigma)
        colour = cv2.GaussianBlur(piece * sure[:, :, None], (0, 0), sigma)
        reached = (weight > 0.02) & (known == 0)
        filled[reached] = colour[reached] / weight[reached][:, None]
        known = np.maximum(known, reached.astype(np.float32))
    keep = (np.clip((region.matte - 0.9) / 0.1, 0, 1) * known)[:, :, None]
    return CutOut(np.asarray(piece * keep + filled * (1 - keep), np.float32), region.matte)


def turned(piece: CutOut, scale: float, angle: float, flip: bool) -> CutOut:
    """Scale, rotate (degrees, anticlockwise) and mirror a cut-out; its box grows to hold it."""
    rgb, matte = piece.rgb, piece.matte
    if flip:
        rgb, matte = rgb[:, ::-1], matte[:, ::-1]
    height, width = matte.shape
    if angle == 0 and scale == 1:
        return CutOut(np.ascontiguousarray(rgb), np.ascontiguousarray(matte))
    turn = cv2.getRotationMatrix2D(((width - 1) / 2, (height - 1) / 2), angle, scale)
    cos, sin = abs(turn[0, 0]), abs(turn[0, 1])
    size = (round(width * cos + height * sin) + 2, round(width * sin + height * cos) + 2)
    turn[:, 2] += ((size[0] - width) / 2, (size[1] - height) / 2)
    if scale < 0.7:
        # A cubic kernel reads 4 × 4 pixels; what shrinks further would alias.
        sigma = 0.45 / scale
        rgb = np.asarray(cv2.GaussianBlur(np.ascontiguousarray(rgb), (0, 0), sigma), np.float32)
    out = cv2.warpAffine(
        np.ascontiguousarray(rgb),
        turn,
        size,
        flags=cv2.INTER_CUBIC,
        borderMode=cv2.BORDER_REPLICATE,
    )
    soft = cv2.warpAffine(np.ascontiguousarray(matte), turn, size, flags=cv2.INTER_LINEAR)
    return CutOut(np.clip(out, 0, 255).astype(np.float32), np.clip(soft, 0, 1).astype(np.float32))


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """Means and spreads of any box of a photo, at once; in units of 8-bit Lab."""

    sums: NDArray[np.float64]
    squares: NDArray[np.float64]
    scale: float

    @staticmethod
    def of(rgb: RGB) -> Scene:
        """Prepare a photo."""
        scale = min(1.0, _COARSE / max(rgb.shape[:2]))
        small = cv2.resize(rgb, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        lab = cv2.cvtColor(small, cv2.COLOR_RGB2Lab).astype(np.float64)
        sums, squares = cv2.integral2(lab)
        return Scene(np.asarray(sums, np.float64), np.asarray(squares, np.float64), scale)

    def box(self, x: float, y: float, width: float, height: float) -> tuple[Floats, float]:
        """Return the mean colour of a box, and how much its pixels differ from it."""
        rows, columns = self.sums.shape[0] - 1, self.sums.shape[1] - 1
        left = int(np.clip(x * self.scale, 0, columns - 1))
        top = int(np.clip(y * self.scale, 0, rows - 1))
        right = int(np.clip((x + width) * self.scale, left + 1, columns))
        bottom = int(np.clip((y + height) * self.scale, top + 1, rows))
        area = (right - left) * (bottom - top)

        def total(table: NDArray[np.float64]) -> NDArray[np.float64]:
            inside: NDArray[np.float64] = (
                table[bottom, right] - table[top, right] - table[bottom, left] + table[top, left]
            )
            return inside / area

        mean = total(self.sums)
        spread = float(np.sqrt(max(0.0, float((total(self.squares) - mean**2).sum()))))
        return mean.astype(np.float32), spread


def even_patch(rng: np.random.Generator, rgb: RGB, share: tuple[float, float]) -> Region:
    """Choose the most even of some organic shapes, with a wide soft edge: grass, sky, a wall.

    Args:
        share: bounds of its part of the picture's area.
    """
    height, width = rgb.shape[:2]
    scene = Scene.of(rgb)
    shapes = [organic_shape(rng, height, width, float(rng.uniform(*share))) for _ in range(6)]
    even = min(shapes, key=lambda shape: scene.box(*shape.box)[1])
    rows, columns = even.matte.shape
    soft = cv2.GaussianBlur(even.matte, (0, 0), 0.05 * min(rows, columns))
    # The blur must not end in a step at the rim of the box.
    rim = [np.minimum(np.arange(n), np.arange(n)[::-1]) for n in (rows, columns)]
    fade = np.clip(np.minimum.outer(*rim) / max(2.0, 0.08 * min(rows, columns)), 0, 1)
    return Region((soft * fade).astype(np.float32), even.box, even.found, 0.0)


def healed(piece: CutOut, host: RGB, x: int, y: int) -> CutOut:
    """Shade a patch like the place it goes to, as a healing brush does.

    What differs along its edge is continued into it smoothly; Georgiev (Image reconstruction
    invariant to relighting, 2005) solves a membrane where this blurs by a third of the patch.
    """
    height, width = piece.matte.shape
    below = host[max(0, y) : y + height, max(0, x) : x + width]
    if below.shape[:2] != (height, width):
        return piece
    step = max(1, min(height, width) // 32)
    rim = np.ascontiguousarray((1 - piece.matte)[::step, ::step] ** 2 + 1e-4)
    difference = (below.astype(np.float32) - piece.rgb)[::step, ::step] * rim[:, :, None]
    sigma = max(rim.shape) / 4
    weight = cv2.GaussianBlur(rim, (0, 0), sigma, borderType=cv2.BORDER_REPLICATE)
    spread = cv2.GaussianBlur(difference, (0, 0), sigma, borderType=cv2.BORDER_REPLICATE)
    shift = np.asarray(spread, np.float32) / np.asarray(weight, np.float32)[:, :, None]
    shading = cv2.resize(shift, (width, height), interpolation=cv2.INTER_LINEAR)
    return replace(piece, rgb=np.clip(piece.rgb + np.asarray(shading, np.float32), 0, 255))


def surroundings(rgb: RGB, region: Region) -> Floats:
    """Mean Lab colour around a region, more below than above it: what it stands on."""
    x, y, width, height = region.box
    pad = max(4, round(0.25 * min(width, height)))
    x0, y0 = max(0, x - pad), max(0, y + height // 2)
    piece = rgb[y0 : y + height + pad, x0 : x + width + pad]
    step = max(1, min(piece.shape[:2]) // 48)
    lab = cv2.cvtColor(np.ascontiguousarray(piece[::step, ::step]), cv2.COLOR_RGB2Lab)
    around = np.ones(piece.shape[:2], bool)
    inner = region.matte[height // 2 :] > 0.05
    top, left = y + height // 2 - y0, x - x0
    around[top : top + inner.shape[0], left : left + inner.shape[1]] = ~inner
    around = around[::step, ::step]
    if not around.any():
        return np.asarray(lab.reshape(-1, 3).mean(axis=0), np.float32)
    return np.asarray(lab[around].mean(axis=0), np.float32)


def matched(piece: CutOut, donor: RGB, host: RGB, strength: float) -> CutOut:
    """Move brightness, contrast and tint of a piece from its photo's towards the host's.

    Per channel of Lab (Reinhard et al., Color transfer between images, 2001), over whole photos,
    since light and white balance are properties of the scene and not of the object; bounded, so
    that a red car stays red.
    """
    means, spreads = [], []
    for rgb in (donor, host):
        step = max(1, min(rgb.shape[:2]) // 96)
        lab = cv2.cvtColor(np.ascontiguousarray(rgb[::step, ::step]), cv2.COLOR_RGB2Lab)
        flat = lab.reshape(-1, 3).astype(np.float32)
        means.append(flat.mean(axis=0))
        spreads.append(float(flat[:, 0].std()) + 8)
    shift = np.clip(strength * (means[1] - means[0]), (-38, -9, -9), (38, 9, 9))
    contrast = float(np.clip((spreads[1] / spreads[0]) ** strength, 0.75, 1.3))
    lab = cv2.cvtColor(np.round(piece.rgb).astype(np.uint8), cv2.COLOR_RGB2Lab).astype(np.float32)
    inside = piece.matte > 0.5
    middle = float(lab[:, :, 0][inside].mean()) if inside.any() else 128.0
    lab[:, :, 0] = (lab[:, :, 0] - middle) * contrast + middle
    lab += shift
    out = cv2.cvtColor(np.clip(np.round(lab), 0, 255).astype(np.uint8), cv2.COLOR_Lab2RGB)
    return replace(piece, rgb=out.astype(np.float32))


def grain(rgb: RGB) -> float:
    """Noise level in grey levels: median of the absolute second difference (Immerkaer, 1996)."""
    grey = rgb[::2, :, 1].astype(np.int16)
    second = np.abs(grey[:, :-2] - 2 * grey[:, 1:-1] + grey[:, 2:])
    # The lower quartile, as texture lifts the rest; of a Gaussian it is 0.319 of sqrt(6) sigma.
    return float(np.quantile(second[:, ::3], 0.25)) / (0.319 * 6**0.5)


def with_grain(piece: CutOut, sigma: float, rng: np.random.Generator) -> CutOut:
    """Add noise of a standard deviation in grey levels, alike in all channels and 2 pixels wide."""
    noise = rng.normal(0, 1, piece.matte.shape).astype(np.float32)
    soft = np.asarray(cv2.GaussianBlur(noise, (0, 0), 0.6), np.float32)
    soft *= sigma / max(1e-6, float(soft.std()))
    return replace(piece, rgb=np.clip(piece.rgb + soft[:, :, None], 0, 255))


def sharpness(rgb: NDArray[np.generic]) -> float:
    """Share of strong edges that survives a blur of one pixel less: high for crisp pictures."""
    grey = np.ascontiguousarray(rgb[:, :, 1]).astype(np.float32)
    fine = cv2.Laplacian(grey, cv2.CV_32F)
    wide = cv2.Laplacian(cv2.GaussianBlur(grey, (0, 0), 1.2), cv2.CV_32F)
    return float(np.quantile(np.abs(fine[::2, ::2]), 0.97)) / (
        float(np.quantile(np.abs(wide[::2, ::2]), 0.97)) + 0.5
    )


def focused_like(piece: CutOut, host: RGB) -> tuple[CutOut, float]:
    """Blur a piece until it is no crisper than the host around it; returns the sigma in pixels."""
    wanted = sharpness(host)
    for sigma in (0.0, 0.5, 0.8, 1.2, 1.7):
        soft = cv2.GaussianBlur(piece.rgb, (0, 0), sigma) if sigma else piece.rgb
        if sharpness(soft) <= 1.15 * wanted:
            break
    return replace(piece, rgb=np.asarray(soft, np.float32)), sigma


def contact_shadow(matte: Matte, lean: float, depth: float) -> tuple[Matte, int, int]:
    """Shadow that a standing object casts on flat ground under soft light.

    Args:
        matte: of the object.
        lean: to the side, in heights of the object.
        depth: share of light that is lost in the core, 0 to 1.

    Returns: the share of light lost around the foot of the object, and the offset (x, y) of its top
        left corner from the object's.
    """
    height, width = matte.shape
    pad = max(6, round(0.2 * width))
    flat = max(4, round(0.16 * height))
    squashed = cv2.resize(matte, (width, flat), interpolation=cv2.INTER_AREA)
    canvas = np.zeros((flat + 2 * pad, width + 2 * pad), np.float32)
    canvas[pad : pad + flat, pad : pad + width] = squashed
    shear = np.array([[1, -lean, lean * (pad + flat)], [0, 1, 0]], np.float64)
    canvas = cv2.warpAffine(canvas, shear, (canvas.shape[1], canvas.shape[0]))
    soft = cv2.GaussianBlur(canvas, (0, 0), max(1.5, 0.05 * min(height, width)))
    near = cv2.GaussianBlur(canvas, (0, 0), max(1.0, 0.015 * min(height, width)))
    loss = np.clip(depth * (0.6 * soft + 0.4 * near), 0, 1)
    loss[loss < 0.5 / 255] = 0
    return np.asarray(loss, np.float32), -pad, height - round(0.75 * flat) - pad


def overlay(picture: RGB, mask: Matte, layer: Floats | None, alpha: Matte, x: int, y: int) -> None:
    """Blend a layer into a picture in place and update the share that is not the host's.

    A shadow is a black layer (None): where it takes a share of the light, that share is not the
    host's. What lies outside the picture is cut off; where alpha is zero no bit changes.
    """
    height, width = mask.shape
    top, left = max(0, -y), max(0, -x)
    bottom, right = min(alpha.shape[0], height - y), min(alpha.shape[1], width - x)
    if top >= bottom or left >= right:
        return
    part = alpha[top:bottom, left:right]
    rows, columns = slice(y + top, y + bottom), slice(x + left, x + right)
    above = np.zeros((), np.float32) if layer is None else layer[top:bottom, left:right]
    below = picture[rows, columns].astype(np.float32)
    mixed = below + (above - below) * part[:, :, None]
    picture[rows, columns] = np.clip(np.rint(mixed), 0, 255)
    mask[rows, columns] = 1 - (1 - mask[rows, columns]) * (1 - part)
