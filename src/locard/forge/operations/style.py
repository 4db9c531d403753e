"""Style transfer without a network: colours of another photo, and painted looks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from locard.forge.contract import Forged, Photo, Unsuitable, operation

_LEAST_CHANGE = 1.0
# Of the means of lightness, green-red and blue-yellow, in units of CIE Lab.
_MOST_SHIFT = (15.0, 14.0, 18.0)


def _lab(photo: Photo) -> NDArray[Any]:
    return cv2.cvtColor(photo.rgb.astype(np.float32) / 255, cv2.COLOR_RGB2Lab)


def _finished(
    host: Photo, rgb: NDArray[Any], parameters: dict[str, Any], says: str, donors: tuple[int, ...]
) -> Forged:
    made = np.clip(np.rint(rgb), 0, 255).astype(np.uint8)
    if cv2.absdiff(made, host.rgb).mean() < _LEAST_CHANGE:
        raise Unsuitable("the photo has this style already")
    mask = np.ones(made.shape[:2], np.float32)
    return Forged(made, mask, parameters, says, donors=donors)


@operation(
    name="colour-transfer",
    group="style",
    about="Gives the whole picture the colours of another photo, by moments or by covariance.",
    source="Reinhard et al., CG&A 2001; Pitié, Kokaram and Dahyot, CVIU 2007",
    donors=1,
)
def colour_transfer(host: Photo, donors: Sequence[Photo], rng: np.random.Generator) -> Forged:
    """Match the host's colours to the donor's.

    By moments: mean and deviation of each channel of CIE Lab. By covariance: the linear map of
    least displacement between two Gaussians, T = A^-1/2 (A^1/2 B A^1/2)^1/2 A^-1/2.
    """
    own, other = _lab(host), _lab(donors[0])
    strength = round(float(rng.uniform(0.5, 1.0)), 4)
    kind = str(rng.choice(["moments", "covariance"]))
    flat, model = own.reshape(-1, 3), other.reshape(-1, 3)
    mean, wanted = flat.mean(axis=0), model.mean(axis=0)
    if kind == "moments":
        turn = np.diag(model.std(axis=0) / np.maximum(flat.std(axis=0), 1.0))
    else:
        # A grain of noise keeps black and white photos invertible.
        a = np.cov(flat, rowvar=False) + 4 * np.eye(3)
        b = np.cov(model, rowvar=False) + 4 * np.eye(3)
        root = _root(a)
        inverse = np.linalg.inv(root)
        turn = inverse @ _root(root @ b @ root) @ inverse
    # Beyond these, noise and blocks come into view and a look becomes a colour filter.
    values, vectors = np.linalg.eigh((turn + turn.T) / 2)
    turn = vectors @ np.diag(np.clip(values, 0.5, 1.6)) @ vectors.T
    shift = wanted - mean
    shift *= np.minimum(1, np.array(_MOST_SHIFT) / np.maximum(np.abs(shift), 1e-6))
    change = (flat - mean) @ turn.T + mean + shift - flat
    # Black stays black and white white, as in any graded photo.
    change *= np.clip(np.minimum(flat[:, :1], 100 - flat[:, :1]) / 25, 0, 1)
    lab = flat + strength * change
    rgb = 255 * cv2.cvtColor(lab.reshape(own.shape).astype(np.float32), cv2.COLOR_Lab2RGB)
    return _finished(
        host,
        rgb,
        {"kind": kind, "strength": strength},
        "the whole picture was given the colours of another photo",
        (0,),
    )


def _root(matrix: NDArray[Any]) -> NDArray[Any]:
    """Square root of a symmetric positive matrix."""
    values, vectors = np.linalg.eigh(matrix)
    return np.asarray(vectors @ np.diag(np.sqrt(np.maximum(values, 0))) @ vectors.T)


@operation(
    name="painted",
    group="style",
    about="Turns the whole picture into a painting: smoothed along edges, in a reduced palette.",
    source="Gastal and Oliveira, SIGGRAPH 2011; Papari et al., TIP 2007; Winnemöller et al., 2006",
)
def painted(host: Photo, donors: Sequence[Photo], rng: np.random.Generator) -> Forged:
    """Stylise the host: domain transform, brush strokes (Kuwahara) or a poster."""
    kind = str(rng.choice(["domain transform", "brush strokes", "poster"]))
    if kind == "domain transform":
        reach, edges = (round(float(rng.uniform(*b)), 3) for b in ((30, 80), (0.3, 0.6)))
        rgb = cv2.stylization(host.rgb, sigma_s=reach, sigma_r=edges)
        parameters: dict[str, Any] = {"kind": kind, "sigma_s": reach, "sigma_r": edges}
    elif kind == "brush strokes":
        radius = int(rng.integers(3, 7))
        rgb = _kuwahara(host.rgb, radius)
        parameters = {"kind": kind, "radius_px": radius}
    else:
        levels = int(rng.integers(6, 13))
        rgb = _poster(host.rgb, levels)
        parameters = {"kind": kind, "levels": levels}
    return _finished(host, rgb, parameters, f"the whole picture was painted over ({kind})", ())


def _kuwahara(rgb: NDArray[np.uint8], radius: int) -> NDArray[Any]:
    """Mean of eight sectors around each pixel, weighted towards the most even ones.

    Source: Papari, Petkov and Campisi, Artistic edge and corner enhancing smoothing, IEEE TIP 2007.
    """
    pixels: NDArray[Any] = rgb.astype(np.float32)
    squares = pixels**2
    ys, xs = np.mgrid[-radius : radius + 1, -radius : radius + 1]
    angle, far = np.arctan2(ys, xs), np.hypot(xs, ys)
    total = np.zeros_like(pixels)
    weights = np.zeros((*rgb.shape[:2], 1), np.float32)
    for sector in range(8):
        turn = np.angle(np.exp(1j * (angle - sector * np.pi / 4)))
        kernel = ((np.abs(turn) <= np.pi / 8 + 1e-6) | (far == 0)) & (far <= radius)
        kernel = (kernel / kernel.sum()).astype(np.float32)
        mean = cv2.filter2D(pixels, -1, kernel, borderType=cv2.BORDER_REFLECT)
        spread = cv2.filter2D(squares, -1, kernel, borderType=cv2.BORDER_REFLECT) - mean**2
        weight = 1 / (1 + np.maximum(spread.sum(axis=2, keepdims=True), 0)) ** 4
        total += weight * mean
        weights += weight
    return np.asarray(total / weights)


def _poster(rgb: NDArray[np.uint8], levels: int) -> NDArray[Any]:
    """Smooth along edges, then step the lightness softly and deepen the colours.

    Source: Winnemöller, Olsen and Gooch, Real-time video abstraction, SIGGRAPH 2006.
    """
    smooth: NDArray[Any] = rgb
    for _ in range(3):
        smooth = cv2.bilateralFilter(smooth, 9, 25, 5)
    lab: NDArray[Any] = cv2.cvtColor(smooth.astype(np.float32) / 255, cv2.COLOR_RGB2Lab)
    step = 100 / levels
    nearest = step * np.rint(lab[:, :, 0] / step)
    lab[:, :, 0] = nearest + step / 2 * np.tanh(3 * (lab[:, :, 0] - nearest) / step)
    lab[:, :, 1:] *= 1.2
    return np.asarray(255 * cv2.cvtColor(lab, cv2.COLOR_Lab2RGB))
