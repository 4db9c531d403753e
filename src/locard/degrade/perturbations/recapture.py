"""Recapture: screenshots, prints that are scanned, screens that are photographed."""

from __future__ import annotations

import math
from typing import Any

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from locard.degrade.contract import (
    RGB,
    Picture,
    by_severity,
    drawn,
    drawn_from,
    perturbation,
)
from locard.degrade.encoding import delivered, encode_png
from locard.degrade.perturbations.geometry import fit_within, scale_to

Plane = NDArray[np.float32]

# What a page holds at 300 dots an inch, and what a screen shows.
_PAGE = 3508
_SCREEN = 1920
_EXPOSURE = 0.8


@perturbation(
    name="screenshot",
    group="recapture",
    about="Show on a phone's screen, with an app around it or not, and save the screen as PNG.",
    source="own layout",
    moves=True,
    encodes=True,
    screen=by_severity(1440, 1080, 828, 640, 480, low=240, high=4096),
    chrome=drawn_from(True, False),
    dark=drawn_from(True, False),
)
def screenshot(
    picture: Picture, rng: Generator, *, screen: int, chrome: bool, dark: bool
) -> Picture:
    """Fit to a screen of this width in pixels; chrome adds the bars of a phone and an app.

    A picture narrower than the screen is enlarged to twice its size at most.
    """
    height, width = picture.size
    screen = min(screen, 2 * width)
    shown = scale_to(picture, round(height * screen / width), screen, "bilinear")
    if chrome:
        shown = _in_app(shown, rng, dark)
    return delivered(shown, encode_png(shown.rgb), "PNG")


def _in_app(shown: Picture, rng: Generator, dark: bool) -> Picture:
    """Put a picture into an app: status bar and title above, buttons and a comment below."""
    height, width = shown.rgb.shape[:2]
    unit = width / 390  # designers' points
    above, below = round(104 * unit), round(128 * unit)
    back, ink, faint = ((0, 0, 0), (245, 245, 245), (120, 120, 126)) if dark else (
        (255, 255, 255), (20, 20, 22), (142, 142, 147)
    )  # fmt: skip
    canvas = Image.new("RGB", (width, above + height + below), back)
    pen = ImageDraw.Draw(canvas)

    def write(x: float, y: float, words: str, size: float, fill: object, anchor: str) -> None:
        font = ImageFont.load_default(max(4.0, size * unit))
        pen.text((x * unit, y), words, fill=fill, font=font, anchor=anchor)  # type: ignore[arg-type]

    hour, minute = int(rng.integers(7, 23)), int(rng.integers(60))
    write(30, 24 * unit, f"{hour}:{minute:02d}", 15, ink, "lm")
    for bar in range(4):
        x, top = 300 + 5 * bar, (29 - 3 * (bar + 1)) * unit
        pen.rectangle((x * unit, top, (x + 3) * unit, 29 * unit), fill=ink)
    charge = float(rng.uniform(0.2, 1.0))
    stroke = max(1, round(unit))
    outline = (335 * unit, 18 * unit, 360 * unit, 30 * unit)
    pen.rounded_rectangle(outline, 3 * unit, outline=faint, width=stroke)
    inside = (337 * unit, 20 * unit, (337 + 21 * charge) * unit, 28 * unit)
    pen.rectangle(inside, fill=ink)
    name = ("nora_k", "the.daily", "m.weber", "lucas", "city_news")[int(rng.integers(5))]
    shade = tuple(int(v) for v in rng.integers(60, 220, 3))
    centre = 76 * unit
    pen.line([(24 * unit, centre - 8 * unit), (16 * unit, centre), (24 * unit, centre + 8 * unit)],
             fill=ink, width=2 * stroke)  # fmt: skip
    disc = (40 * unit, centre - 16 * unit, 72 * unit, centre + 16 * unit)
    pen.ellipse(disc, fill=shade)
    write(82, centre - 7 * unit, name, 14, ink, "lm")
    write(82, centre + 9 * unit, f"{int(rng.integers(2, 59))} min", 11, faint, "lm")
    for dot in range(3):
        x = (352 + 7 * dot) * unit
        spot = (x, centre - 2 * unit, x + 4 * unit, centre + 2 * unit)
        pen.ellipse(spot, fill=ink)
    row = above + height + 28 * unit
    heart = [(20, -4), (26, -9), (31, -4), (36, -9), (42, -4), (31, 8)]
    pen.line(
        [(x * unit, row + y * unit) for x, y in (*heart, heart[0])], fill=ink, width=2 * stroke
    )
    pen.rounded_rectangle((60 * unit, row - 9 * unit, 82 * unit, row + 7 * unit), 7 * unit,
                          outline=ink, width=2 * stroke)  # fmt: skip
    plane = [(100, 7), (122, -8), (114, 8)]
    pen.line([(x * unit, row + y * unit) for x, y in plane], fill=ink, width=2 * stroke)
    write(20, row + 32 * unit, f"{int(rng.integers(3, 9999))} likes", 13, ink, "lm")
    write(20, row + 54 * unit, name, 13, ink, "lm")
    write(84, row + 54 * unit, "today, on the way home", 13, ink, "lm")
    pen.rounded_rectangle((128 * unit, canvas.height - 12 * unit, 262 * unit,
                           canvas.height - 8 * unit), 2 * unit, fill=faint)  # fmt: skip
    frame = np.asarray(canvas)

    def move(pixels: NDArray[Any]) -> NDArray[Any]:
        around = frame.copy() if pixels.ndim == 3 else np.zeros(frame.shape[:2], pixels.dtype)
        around[above : above + height] = pixels
        return around

    return shown.moved(move)


def _smooth_noise(rng: Generator, height: int, width: int, cell: float) -> Plane:
    """Noise of mean 0 and deviation 1 whose features are about ``cell`` pixels wide."""
    size = (max(2, math.ceil(width / cell)), max(2, math.ceil(height / cell)))
    coarse = rng.standard_normal((size[1], size[0]), np.float32)
    drawn_out = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)
    return np.asarray(drawn_out, np.float32)


def _askew(rng: Generator, height: int, width: int, tilt: float, degrees: float) -> Plane:
    """Where the corners of a sheet lie: moved by a share of the sides, then turned; 4 × (x, y)."""
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    moved = corners + rng.uniform(-tilt, tilt, (4, 2)) * (width, height)
    angle = math.radians(float(rng.uniform(-degrees, degrees)))
    turn = np.array([[math.cos(angle), math.sin(angle)], [-math.sin(angle), math.cos(angle)]])
    middle = np.array([width / 2, height / 2])
    return np.asarray((moved - middle) @ turn + middle, np.float32)


# Angles of the four screens, cyan, magenta, yellow, black, as offset printing turns them.
_SCREEN_ANGLES = (15.0, 75.0, 0.0, 45.0)
# What each ink lets through of red, green and blue.
_TINTS = ((0.0, 0.68, 0.9), (0.9, 0.08, 0.55), (1.0, 0.95, 0.05), (0.08, 0.08, 0.08))


def _cover(share: Plane, threshold: Plane, sharpness: float) -> Plane:
    """How much ink lies where: a soft comparison, so that dots have edges."""
    return np.asarray(1 / (1 + np.exp(sharpness * (threshold - share))), np.float32)


def _dots(u: Plane, v: Plane) -> Plane:
    """A screen of round dots, 0 to 1, with a period of 2 pi along u and v."""
    return np.asarray(0.5 - 0.25 * (np.cos(u) + np.cos(v)), np.float32)


def _halftone(rgb: RGB, cell: float, sharpness: float) -> RGB:
    """Print with round dots of four inks on screens at four angles.

    Each ink's share of the paper is compared with a cosine screen of period ``cell`` pixels,
    at twice the size; shares are corrected for what the dots cover on average.
    """
    height, width = rgb.shape[:2]
    ink = 1 - rgb.astype(np.float32) / 255
    # Half of the grey that three inks share is printed in black, as under-colour removal does.
    black = 0.5 * ink.min(axis=2)
    colours = (ink - black[:, :, None]) / (1 - black[:, :, None])
    period = np.linspace(0, 2 * np.pi, 24, endpoint=False, dtype=np.float32)
    screen = _dots(period[:, None], period[None, :])
    tried = np.linspace(-0.6, 1.6, 67, dtype=np.float32)
    covers = [float(_cover(level, screen, sharpness).mean()) for level in tried]
    shares = np.interp(np.dstack([colours, black]), covers, tried).astype(np.float32)
    shares = cv2.resize(shares, (2 * width, 2 * height), interpolation=cv2.INTER_LINEAR)
    rows, cols = np.mgrid[: 2 * height, : 2 * width].astype(np.float32)
    paper = np.ones((2 * height, 2 * width, 3), np.float32)
    wave = math.pi / cell
    for number, (degrees, tint) in enumerate(zip(_SCREEN_ANGLES, _TINTS, strict=True)):
        c, s = math.cos(math.radians(degrees)) * wave, math.sin(math.radians(degrees)) * wave
        dots = _dots(cols * c + rows * s, rows * c - cols * s)
        covered = _cover(shares[:, :, number], dots, sharpness)
        for channel in range(3):
            paper[:, :, channel] *= 1 - covered * (1 - tint[channel])
    small = cv2.resize(paper, (width, height), interpolation=cv2.INTER_AREA)
    return np.clip(np.rint(255 * small), 0, 255).astype(np.uint8)


@perturbation(
    name="print-scan",
    group="recapture",
    about="Print with halftone dots on paper, and scan: texture, tilt, blur, a colour cast.",
    source="own simulation after Lin and Chang (1999)",
    moves=True,
    cell=by_severity(1.7, 2.2, 2.8, 3.6, 4.8, low=1.5, high=40.0),
    blur=by_severity(0.85, 0.85, 0.95, 1.1, 1.3, low=0.0, high=20.0),
    texture=by_severity(1.0, 2.0, 3.5, 5.0, 7.0, low=0.0, high=50.0),
    degrees=by_severity(0.2, 0.4, 0.8, 1.4, 2.2, low=0.0, high=20.0),
    tilt=by_severity(0.001, 0.002, 0.004, 0.006, 0.01, low=0.0, high=0.2),
    cast=by_severity(0.02, 0.04, 0.06, 0.09, 0.12, low=0.0, high=0.5),
    noise=by_severity(1.0, 1.5, 2.0, 3.0, 4.0, low=0.0, high=50.0),
)
def print_scan(
    picture: Picture,
    rng: Generator,
    *,
    cell: float,
    blur: float,
    texture: float,
    degrees: float,
    tilt: float,
    cast: float,
    noise: float,
) -> Picture:
    """Print and scan at one dot an exhibit pixel, at most 3508 pixels a side.

    Args:
        cell: period of the halftone screen in pixels.
        blur: of the scanner's optics, standard deviation in pixels.
        texture, noise: of the paper and of the scanner, standard deviation in grey levels.
        degrees, tilt: the page lies askew by up to this angle and this share of the sides.
        cast: paper and lamp are yellower by this, and light falls off by this to one side.
    """
    page = fit_within(picture, _PAGE)
    printed = page.painted(_halftone(page.rgb, cell, sharpness=9.0))
    height, width = page.rgb.shape[:2]
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    matrix = cv2.getPerspectiveTransform(corners, _askew(rng, height, width, tilt, degrees))

    def lay(pixels: NDArray[Any]) -> NDArray[Any]:
        colour = pixels.ndim == 3
        return cv2.warpPerspective(
            pixels,
            matrix,
            (width, height),
            flags=cv2.INTER_CUBIC if colour else cv2.INTER_LINEAR,
            borderValue=(255, 255, 255) if colour else 0,
        )

    askew = printed.moved(lay)
    scan: NDArray[Any] = askew.rgb.astype(np.float32)
    fibres = 0.6 * _smooth_noise(rng, height, width, 2.0) + 0.5 * _smooth_noise(
        rng, height, width, 9.0
    )
    scan += texture * fibres[:, :, None]
    if blur > 0:
        scan = cv2.GaussianBlur(scan, (0, 0), blur)
    towards = float(rng.uniform(0, 2 * math.pi))
    rows = np.linspace(-1, 1, height, dtype=np.float32)[:, None] * math.sin(towards)
    cols = np.linspace(-1, 1, width, dtype=np.float32)[None, :] * math.cos(towards)
    light = 1 - cast * (0.5 + 0.35 * (rows + cols))
    tint = np.array([1.0, 1 - 0.3 * cast, 1 - cast], np.float32)
    # Ink never swallows all light: a scan's black is grey.
    scan = (16 + scan * (1 - 16 / 255)) * light[:, :, None] * tint
    scan += noise * rng.standard_normal(scan.shape, np.float32)
    return askew.painted(scan)


def _sub_pixels(rgb: RGB, blur: float) -> NDArray[np.uint16]:
    """Draw a screen at three times the size: red, green and blue stripes, dark lines between rows.

    Returns linear light, 0 to 65535, blurred by the camera's optics.
    """
    linear = (65535 / 9 * (np.arange(256) / 255) ** 2.2).astype(np.float32)[rgb]
    height, width = rgb.shape[:2]
    cells = np.zeros((height, 3, width, 3, 3), np.float32)
    for channel in range(3):
        for row, share in enumerate((4.0, 4.0, 1.0)):
            cells[:, row, :, channel, channel] = linear[:, :, channel] * share
    screen = cells.reshape(3 * height, 3 * width, 3)
    blurred = cv2.GaussianBlur(screen, (0, 0), blur, borderType=cv2.BORDER_REFLECT)
    # A camera exposes for the mean of stripes and gaps; a little less, so that white survives.
    return np.asarray(np.clip(_EXPOSURE * 9 * blurred, 0, 65535), np.uint16)


def _develop(light: NDArray[np.uint16]) -> Plane:
    """Sample linear light through a Bayer mosaic and interpolate it; grey levels, 0 to 255."""
    mosaic = light[:, :, 1].copy()
    mosaic[0::2, 0::2] = light[0::2, 0::2, 0]
    mosaic[1::2, 1::2] = light[1::2, 1::2, 2]
    colour = cv2.demosaicing(mosaic, cv2.COLOR_BayerBG2RGB)
    return np.asarray(255 * (colour / np.float32(65535)) ** np.float32(1 / 2.2), np.float32)


@perturbation(
    name="screen-recapture",
    group="recapture",
    about="Photograph a screen: its sub-pixels against the sensor's mosaic give moiré.",
    source="own simulation after Yuan et al. (2019), LCDMoire",
    moves=True,
    zoom=by_severity(1.7, 1.5, 1.35, 1.2, 1.07, low=0.5, high=4.0),
    blur=by_severity(1.7, 1.5, 1.3, 1.1, 0.95, low=0.3, high=10.0),
    tilt=by_severity(0.005, 0.01, 0.018, 0.028, 0.04, low=0.0, high=0.3),
    degrees=by_severity(0.5, 1.0, 2.0, 3.0, 5.0, low=0.0, high=45.0),
    noise=by_severity(1.0, 2.0, 3.0, 4.5, 6.5, low=0.0, high=50.0),
    glare=by_severity(0.02, 0.05, 0.09, 0.14, 0.2, low=0.0, high=0.9),
    warmth=drawn(-0.08, 0.08),
)
def screen_recapture(
    picture: Picture,
    rng: Generator,
    *,
    zoom: float,
    blur: float,
    tilt: float,
    degrees: float,
    noise: float,
    glare: float,
    warmth: float,
) -> Picture:
    """Show on an LCD of at most 1920 pixels, and photograph it with a camera.

    Args:
        zoom: camera pixels a screen pixel; the nearer to 1, the coarser the moiré.
        blur: of the camera's optics, standard deviation in thirds of a screen pixel.
        tilt, degrees: the camera is askew by up to this share of the sides and this angle.
        noise: of the sensor, standard deviation in grey levels.
        glare: of a lamp in the glass, share of white at its middle.
        warmth: of the white balance, negative for cold.
    """
    shown = fit_within(picture, _SCREEN)
    height, width = shown.rgb.shape[:2]
    tall, wide = max(8, round(height * zoom)), max(8, round(width * zoom))
    middle = np.array([wide / 2, tall / 2], np.float32)
    ratio = max(tall, wide) / min(tall, wide)
    # Close enough that nothing beside the screen is seen.
    closer = 1 + 2 * tilt + ratio * math.sin(math.radians(degrees))
    corners = (_askew(rng, tall, wide, tilt, degrees) - middle) * np.float32(closer) + middle

    def project(pixels: NDArray[Any]) -> NDArray[Any]:
        h, w = pixels.shape[:2]
        # Edges of pixels, not centres: picture and mask are of two sizes.
        sheet = np.array([[0, 0], [w, 0], [w, h], [0, h]], np.float32) - np.float32(0.5)
        matrix = cv2.getPerspectiveTransform(sheet, corners - np.float32(0.5))
        return cv2.warpPerspective(
            pixels, matrix, (wide, tall), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
        )

    photo = _develop(project(_sub_pixels(shown.rgb, blur)))
    photo *= np.array([1 + warmth, 1.0, 1 - warmth], np.float32)
    y = np.linspace(0, 1, tall, dtype=np.float32)[:, None] - np.float32(rng.uniform(0, 1))
    x = np.linspace(0, 1, wide, dtype=np.float32)[None, :] - np.float32(rng.uniform(0, 1))
    lamp = np.float32(glare) * np.exp(-8 * (x * x + y * y))[:, :, None]
    photo += (250 - photo) * lamp
    photo += np.float32(noise) * rng.standard_normal(photo.shape, np.float32)
    mask = None if shown.mask is None else np.clip(project(shown.mask), 0, 1)
    return Picture(shown.painted(photo).rgb, mask)
