"""What is put on top of a picture: captions, watermarks, boxes. The mask stays as it is."""

from __future__ import annotations

import numpy as np
from numpy.random import Generator
from PIL import Image, ImageDraw, ImageFont

from locard.degrade.augmentation import augmentation
from locard.degrade.contract import Picture, by_severity, drawn, drawn_from, perturbation

_CAPTIONS = (
    "nobody expected this",
    "WAIT FOR IT",
    "meanwhile, this morning",
    "share before it is gone",
    "THIS IS FINE",
    "seen today in the city centre",
    "who did this?",
)
_MARKS = ("@streetview", "PHOTO ARCHIVE", "© studio north", "dailypix.example", "SAMPLE")
_MAX_TEXT = 200


@perturbation(
    name="caption",
    group="overlay",
    about="Write a caption across it, as memes and stories do.",
    source="Pillow; own layout",
    lossy=True,
    size=by_severity(0.03, 0.045, 0.06, 0.08, 0.11, low=0.01, high=0.5),
    text=drawn_from(*_CAPTIONS, open=True),
    style=drawn_from("outline", "bar"),
    place=drawn(0.05, 0.95),
)
def caption(
    picture: Picture, rng: Generator, *, size: float, text: str, style: str, place: float
) -> Picture:
    """Write one line of text, whose height is a share of the longer side.

    "outline" is white with a black edge, "bar" stands on a dark translucent bar; place is the
    height in the picture, 0 at the top.
    """
    height, width = picture.size
    words = " ".join(text[:_MAX_TEXT].split())
    image = Image.fromarray(picture.rgb).convert("RGBA")
    layer = Image.new("RGBA", image.size)
    pen = ImageDraw.Draw(layer)
    pixels = max(4.0, size * max(height, width))
    font = ImageFont.load_default(pixels)
    # A caption is set smaller rather than cut off.
    pixels *= min(1.0, 0.94 * width / max(1.0, pen.textlength(words, font=font)))
    font = ImageFont.load_default(max(4.0, pixels))
    margin = 0.75 * pixels
    middle = margin + place * max(0.0, height - 2 * margin)
    if style == "bar":
        pen.rectangle((0, middle - margin, width, middle + margin), fill=(0, 0, 0, 150))
    edge = max(1, round(pixels / 14)) if style == "outline" else 0
    pen.text(
        (width / 2, middle),
        words,
        font=font,
        fill=(255, 255, 255, 255),
        anchor="mm",
        stroke_width=edge,
        stroke_fill=(0, 0, 0, 255),
    )
    return picture.painted(np.asarray(Image.alpha_composite(image, layer).convert("RGB")))


@perturbation(
    name="watermark",
    group="overlay",
    about="Put a visible watermark on it: a name in a corner, or all over as agencies do.",
    source="Pillow; own layout",
    lossy=True,
    opacity=by_severity(0.12, 0.22, 0.35, 0.55, 0.85, low=0.0, high=1.0),
    size=by_severity(0.022, 0.028, 0.034, 0.042, 0.05, low=0.005, high=0.5),
    text=drawn_from(*_MARKS, open=True),
    style=drawn_from("corner", "tiled"),
)
def watermark(
    picture: Picture, rng: Generator, *, opacity: float, size: float, text: str, style: str
) -> Picture:
    """Draw a round mark and a name in translucent white."""
    height, width = picture.size
    words = " ".join(text[:_MAX_TEXT].split())
    pixels = max(4.0, size * max(height, width))
    badge = _badge(words, pixels, round(255 * opacity))
    image = Image.fromarray(picture.rgb).convert("RGBA")
    layer = Image.new("RGBA", image.size)
    if style == "corner":
        gap = round(pixels / 2)
        x = gap if rng.random() < 0.3 else max(0, width - badge.width - gap)
        y = gap if rng.random() < 0.2 else max(0, height - badge.height - gap)
        layer.paste(badge, (x, y))
    else:
        turned = badge.rotate(30, Image.Resampling.BICUBIC, expand=True)
        row_step, col_step = round(turned.height * 1.1) + 1, round(turned.width * 1.05) + 1
        for row, y in enumerate(range(-turned.height // 2, height, row_step)):
            start = -turned.width // 2 - (row % 2) * col_step // 2
            for x in range(start, width, col_step):
                layer.paste(turned, (x, y), turned)
    return picture.painted(np.asarray(Image.alpha_composite(image, layer).convert("RGB")))


def _badge(words: str, pixels: float, alpha: int) -> Image.Image:
    """A circle with an aperture in it, and a name: white with a faint dark edge."""
    font = ImageFont.load_default(pixels)
    left, top, right, bottom = font.getbbox(words)
    disc = round(1.4 * pixels)
    pad = max(2, round(pixels / 6))
    size = (disc + 3 * pad + round(right - left), max(disc, round(bottom - top)) + 2 * pad)
    badge = Image.new("RGBA", size)
    pen = ImageDraw.Draw(badge)
    white, dark = (255, 255, 255, alpha), (0, 0, 0, alpha // 3)
    middle = size[1] / 2
    stroke = max(1, round(pixels / 9))
    ring = (pad, middle - disc / 2, pad + disc - 1, middle + disc / 2 - 1)
    pen.ellipse(ring, outline=white, width=stroke)
    pen.regular_polygon((pad + disc / 2, middle, disc / 4.2), 6, rotation=15, fill=white)
    pen.text(
        (disc + 2 * pad, middle), words, font=font, fill=white, anchor="lm",
        stroke_width=max(1, stroke // 3), stroke_fill=dark,
    )  # fmt: skip
    return badge


augmentation(
    "occlude",
    "overlay",
    "CoarseDropout",
    "Cover it with boxes of one colour, each side up to this share of the picture's.",
    lambda count, side, fill: {
        "num_holes_range": (count, count),
        "hole_height_range": (side / 2, side),
        "hole_width_range": (side / 2, side),
        "fill": fill,
    },
    lossy=True,
    count=by_severity(1, 2, 3, 5, 8, low=1, high=100),
    side=by_severity(0.06, 0.1, 0.14, 0.18, 0.22, low=0.01, high=0.9),
    fill=drawn(0, 255),
)
