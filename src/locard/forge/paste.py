"""Pasting: a cut-out is turned, matched in colour, grain and focus, placed and blended in."""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from locard.forge.contract import RGB, Matte, Parameter
from locard.forge.objects import Region
from locard.forge.regions import clean

Floats = NDArray[np.float32]


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
    # What is drawn, or read when the piece is turned.
    drawn = cv2.dilate(region.matte, np.ones((9, 9), np.uint8)) > 0
    # Small kernels first: the nearest sure colour counts, far ones only where none is near.
    for sigma, shrink in ((1.5, 1), (4.0, 2), (12.0, 6)):
        if not (drawn & (known == 0)).any():
            break
        weight = _blurred(sure, sigma, shrink)
        lone = np.asarray(cv2.copyTo(piece, sure.astype(np.uint8)), np.float32)
        colour = _blurred(lone, sigma, shrink)
        reached = (weight > 0.02) & (known == 0)
        filled[reached] = colour[reached] / weight[reached][:, None]
        known = np.maximum(known, reached.astype(np.float32))
    # For each channel: to broadcast over so short an axis takes several times as long.
    keep = cv2.merge([np.clip((region.matte - 0.9) / 0.1, 0, 1) * known] * 3)
    return CutOut(np.asarray(piece * keep + filled * (1 - keep), np.float32), region.matte)


def _blurred(layer: Floats, sigma: float, shrink: int) -> Floats:
    """Smooth by a Gaussian, a wide one on a picture that is shrunk for it."""
    if shrink == 1:
        return np.asarray(cv2.GaussianBlur(layer, (0, 0), sigma), np.float32)
    height, width = layer.shape[:2]
    size = (max(1, round(width / shrink)), max(1, round(height / shrink)))
    small = cv2.GaussianBlur(
        cv2.resize(layer, size, interpolation=cv2.INTER_AREA), (0, 0), sigma / shrink
    )
    return np.asarray(
        cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR), np.float32
    )


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


def soft_patch(rng: np.random.Generator, box: tuple[int, int, int, int]) -> Region:
    """Draw a smooth irregular shape that fills a box, with an edge that is soft or nearly hard."""
    _, _, width, height = box
    coarse = rng.normal(0, 1, (5, 5)).astype(np.float32)
    noise = np.asarray(cv2.resize(coarse, (96, 96), interpolation=cv2.INTER_CUBIC))
    ys, xs = np.mgrid[-1:1:96j, -1:1:96j]
    bump = 0.8 - (np.abs(xs) ** 2.6 + np.abs(ys) ** 2.6) + 0.2 * noise
    inside = ((bump > 0) & (np.abs(xs) < 0.92) & (np.abs(ys) < 0.92)).astype(np.uint8)
    depth = cv2.distanceTransform(inside, cv2.DIST_L2, 5) / 96
    soft = np.clip(depth / float(np.exp(rng.uniform(np.log(0.02), np.log(0.16)))), 0, 1)
    soft = cv2.GaussianBlur(soft * soft * (3 - 2 * soft), (0, 0), 1.0)
    matte = cv2.resize(soft, (width, height), interpolation=cv2.INTER_LINEAR)
    return Region(np.asarray(matte, np.float32), box, "patch", 0.0)


def healed(piece: CutOut, host: RGB, x: int, y: int) -> CutOut:
    """Shade a patch like the place it goes to, as a healing brush does.

    What differs around its core is continued into it smoothly: the membrane of Georgiev (Image
    reconstruction invariant to relighting, 2005) and Poisson image editing (Pérez et al., SIGGRAPH
    2003), interpolated by averages of growing width (pull-push; Gortler et al., SIGGRAPH 1996).
    The patch must lie in the host.
    """
    height, width = piece.matte.shape
    below = host[y : y + height, x : x + width]
    step = max(height, width) / 40
    size = (max(4, round(width / step)), max(4, round(height / step)))
    reduced = [
        np.asarray(cv2.resize(a, size, interpolation=cv2.INTER_AREA), np.float32)
        for a in (below, piece.rgb, piece.matte)
    ]
    weight = np.clip(1 - reduced[2] / 0.8, 0, 1) ** 2
    levels = [((reduced[0] - reduced[1]) * weight[:, :, None], weight)]
    while min(levels[-1][1].shape) > 2:
        total, amount = levels[-1]
        levels.append((np.asarray(cv2.pyrDown(total)), np.asarray(cv2.pyrDown(amount), np.float32)))
    shading: Floats | None = None
    for total, amount in reversed(levels):
        here = total / np.maximum(amount, 1e-6)[:, :, None]
        if shading is not None:
            sure = np.clip(3 * amount, 0, 1)[:, :, None]
            wider = cv2.pyrUp(shading, dstsize=(amount.shape[1], amount.shape[0]))
            here = here * sure + wider * (1 - sure)
        shading = np.asarray(here, np.float32)
    assert shading is not None
    shading = np.asarray(cv2.GaussianBlur(shading, (0, 0), 1.0), np.float32)
    whole = cv2.resize(shading, (width, height), interpolation=cv2.INTER_LINEAR)
    return replace(piece, rgb=np.clip(piece.rgb + whole, 0, 255).astype(np.float32))


def relit(piece: CutOut, light: Floats, strength: float) -> CutOut:
    """Move brightness and tint of a piece by how much its new ground differs from its old.

    On ground of the same kind that is what the light differs by; bounded, so that a red car stays
    red.

    Args:
        light: float32, 3: the difference in 8-bit Lab.
        strength: share of it, 0 to 1.
    """
    shift = np.clip(strength * light, (-40, -9, -9), (40, 9, 9)).astype(np.float32)
    lab = cv2.cvtColor(np.round(piece.rgb).astype(np.uint8), cv2.COLOR_RGB2Lab).astype(np.float32)
    # Darker light keeps black black: lightness is scaled, not shifted.
    inside = piece.matte > 0.5
    middle = max(40.0, float(lab[:, :, 0][inside].mean())) if inside.any() else 128.0
    lab[:, :, 0] *= max(0.6, 1 + float(shift[0]) / middle)
    lab[:, :, 1:] += shift[1:]
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


def drop(
    picture: RGB, mask: Matte, piece: CutOut, rng: np.random.Generator, plain: float = 0.35
) -> dict[str, Parameter]:
    """Paste a piece at a random place, size and angle, in place; returns what was drawn.

    Args:
        plain: part of the pieces that are neither scaled nor turned.
    """
    height, width = mask.shape
    scale, angle = 1.0, 0.0
    if rng.random() >= plain:
        scale = round(float(np.exp(rng.uniform(np.log(0.55), np.log(1.6)))), 4)
        angle = round(float(rng.choice([0.0, rng.uniform(-30, 30)])), 2)
    # It fits in: at most 0.7 of either side.
    high, wide = piece.matte.shape
    scale = min(scale, round(0.7 * min(height / high, width / wide), 4))
    flip = bool(rng.random() < 0.3)
    piece = turned(piece, scale, angle, flip)
    high, wide = piece.matte.shape
    x = int(rng.integers(0, max(1, width - wide + 1)))
    y = int(rng.integers(0, max(1, height - high + 1)))
    blending = str(rng.choice(["none", "none", "light", "healed"]))
    inside = piece.matte[: height - y, : width - x]
    if inside.shape != piece.matte.shape or min(inside.shape) < 16:
        blending = "none"
    if blending == "healed":
        piece = healed(piece, picture, x, y)
    if blending == "light":
        under = picture[y : y + high, x : x + wide]
        means = [
            np.array(cv2.mean(cv2.cvtColor(np.clip(p, 0, 255).astype(np.uint8), cv2.COLOR_RGB2Lab)))
            for p in (under, piece.rgb)
        ]
        strength = round(float(rng.random()), 3)
        piece = relit(piece, np.asarray(means[0] - means[1], np.float32)[:3], strength)
    overlay(picture, mask, piece.rgb, clean(piece.matte), x, y)
    dropped: dict[str, Parameter] = {
        "scale": scale,
        "angle": angle,
        "flip": flip,
        "blending": blending,
        "at": [x, y],
    }
    return dropped if blending != "light" else {**dropped, "colour_transfer": strength}


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
    mixed = below + (above - below) * cv2.merge([part] * 3)
    picture[rows, columns] = np.clip(np.rint(mixed), 0, 255)
    mask[rows, columns] = 1 - (1 - mask[rows, columns]) * (1 - part)
