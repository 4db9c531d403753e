"""Recapture: the whole picture photographed from a screen, or printed and scanned."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from locard.degrade.contract import Picture, find_perturbation
from locard.forge.contract import Forged, Parameter, Photo, operation


def _recaptured(host: Photo, rng: np.random.Generator, name: str, says: str) -> Forged:
    perturbation = find_perturbation(name)
    severity = int(rng.integers(1, 6))
    drawn = perturbation.resolve(severity, {}, rng)
    rgb = perturbation.apply(Picture(host.rgb), drawn).rgb
    height, width = host.rgb.shape[:2]
    if rgb.shape[:2] != (height, width):
        # Screens and sheets have sizes of their own; the camera's photo is delivered at the host's.
        shrinks = rgb.shape[0] > height
        method = cv2.INTER_AREA if shrinks else cv2.INTER_CUBIC
        rgb = np.asarray(cv2.resize(rgb, (width, height), interpolation=method), np.uint8)
    parameters: dict[str, Parameter] = {"severity": severity}
    for key, value in drawn.items():
        parameters[key] = ", ".join(map(str, value)) if isinstance(value, list) else value
    return Forged(rgb, np.ones((height, width), np.float32), parameters, says)


@operation(
    name="screen-recapture",
    group="recapture",
    about="Shows the picture on a screen and photographs it: moiré, glare, a camera's own traces.",
    source="Yuan et al., AIM 2019 challenge on image demoiréing (LCDMoire), ICCVW 2019",
)
def screen(host: Photo, donors: Sequence[Photo], rng: np.random.Generator) -> Forged:
    """Photograph the host from a screen."""
    return _recaptured(
        host, rng, "screen-recapture", "the whole picture was photographed from a screen"
    )


@operation(
    name="print-scan",
    group="recapture",
    about="Prints the picture with halftone dots and scans it.",
    source="Lin and Chang, Distortion modeling and invariant extraction for print-and-scan, 1999",
)
def print_scan(host: Photo, donors: Sequence[Photo], rng: np.random.Generator) -> Forged:
    """Print the host and scan it."""
    return _recaptured(host, rng, "print-scan", "the whole picture was printed and scanned")
