"""Delivery: what messengers, social networks and web servers do to a picture.

Services change what they do without notice. Long sides, processes and the qualities of X and
Telegram follow `locard/assets/fingerprints/jpeg_writers.json`; what is not reported there (other
qualities, tables, limits in bytes) is assumed, and says so in docs/degrade.md. Severity 3 is a
service's ordinary delivery, 1 and 2 its better ones ("HD"), 4 and 5 data saving and forwarding.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

from numpy.random import Generator

from locard.degrade.contract import (
    RGB,
    Picture,
    by_severity,
    constant,
    drawn_from,
    perturbation,
)
from locard.degrade.encoding import delivered, encode_avif, encode_jpeg, encode_webp
from locard.degrade.perturbations.compression import SUBSAMPLING, TABLES
from locard.degrade.perturbations.geometry import fit_within

# Lowered by this step until a file is small enough, never below the floor.
_STEP, _FLOOR = 5, 10


@dataclass(frozen=True, slots=True)
class Service:
    """What a service does at severities 1 to 5.

    Attributes:
        long_sides: in pixels; larger pictures are shrunk to it.
        qualities: of the JPEG.
        limit_kb: largest file in units of 1000 bytes; the quality is lowered until it fits.
    """

    name: str
    kind: str
    long_sides: tuple[int, int, int, int, int]
    qualities: tuple[int, int, int, int, int]
    tables: str = "libjpeg"
    progressive: bool = True
    limit_kb: int = 5000


SERVICES = (
    Service(
        "whatsapp",
        "messenger",
        (4096, 2048, 1600, 1280, 960),
        (85, 80, 74, 66, 55),
        "whatsapp-like",
        limit_kb=1000,
    ),
    Service(
        "telegram",
        "messenger",
        (2560, 1920, 1280, 960, 800),
        (89, 88, 87, 80, 70),
        "libjpeg",
        False,
    ),
    Service(
        "signal", "messenger", (4096, 2048, 1600, 1280, 960), (85, 80, 75, 65, 55), "libjpeg", False
    ),
    Service(
        "wechat",
        "messenger",
        (2560, 1920, 1440, 1080, 720),
        (80, 75, 68, 58, 48),
        "libjpeg",
        False,
        300,
    ),
    Service("facebook", "social", (2048, 2048, 1440, 960, 720), (88, 82, 76, 71, 60), "mozjpeg"),
    Service("instagram", "social", (1440, 1350, 1080, 1080, 640), (85, 78, 72, 66, 58), "mozjpeg"),
    Service("x", "social", (4096, 2048, 1200, 900, 680), (88, 86, 85, 80, 70)),
    Service("forum", "social", (1600, 1280, 1024, 800, 640), (85, 78, 70, 62, 50), limit_kb=200),
)
_BY_NAME = {service.name: service for service in SERVICES}


def deliver(
    picture: Picture,
    rng: Generator,
    *,
    long_side: int,
    quality: int,
    tables: str,
    subsampling: str,
    progressive: bool,
    limit_kb: int,
) -> Picture:
    """Shrink to a long side and save without metadata, at a lower quality when it is too large."""
    small = fit_within(picture, long_side)
    while True:
        data = encode_jpeg(small.rgb, quality, tables, subsampling, progressive)
        if len(data) <= 1000 * limit_kb or quality <= _FLOOR:
            return replace(delivered(small, data, "JPEG"), settled={"quality": quality})
        quality = max(_FLOOR, quality - _STEP)


for _service in SERVICES:
    perturbation(
        name=_service.name,
        group="delivery",
        about=f"Deliver as {_service.name} does: shrunk, saved again, metadata removed.",
        source="reported sizes and qualities, see docs/degrade.md",
        moves=True,
        encodes=True,
        lossy=True,
        long_side=by_severity(*_service.long_sides, low=64, high=20_000),
        quality=by_severity(*_service.qualities, low=1, high=100),
        tables=constant(_service.tables, *(c for c in TABLES.choices if c != _service.tables)),
        subsampling=SUBSAMPLING,
        progressive=constant(_service.progressive),
        limit_kb=constant(_service.limit_kb, low=1, high=1_000_000),
    )(deliver)


def _deliver_by(
    picture: Picture, rng: Generator, *, service: str, level: int, quality: int
) -> Picture:
    chosen = _BY_NAME[service]
    return deliver(
        picture,
        rng,
        long_side=chosen.long_sides[level - 1],
        quality=quality or chosen.qualities[level - 1],
        tables=chosen.tables,
        subsampling="4:2:0",
        progressive=chosen.progressive,
        limit_kb=chosen.limit_kb,
    )


for _kind, _about in (
    ("messenger", "Deliver as a messenger does, drawn from those known."),
    ("social", "Deliver as a social network does, drawn from those known."),
):
    perturbation(
        name=_kind,
        group="delivery",
        about=_about,
        source="reported sizes and qualities, see docs/degrade.md",
        moves=True,
        encodes=True,
        lossy=True,
        service=drawn_from(*(s.name for s in SERVICES if s.kind == _kind)),
        level=by_severity(1, 2, 3, 4, 5, low=1, high=5),
        # The service's own for 0; recorded is the one that was used.
        quality=constant(0, low=1, high=100),
    )(_deliver_by)


@perturbation(
    name="web-cdn",
    group="delivery",
    about="Deliver as an image server does: fitted to a page's width, in a format it chooses.",
    source="libwebp, libavif, mozjpeg's tables",
    moves=True,
    encodes=True,
    lossy=True,
    long_side=by_severity(1920, 1280, 960, 640, 400, low=64, high=20_000),
    quality=by_severity(85, 78, 70, 60, 45, low=1, high=100),
    format=drawn_from("WEBP", "WEBP", "JPEG", "AVIF"),
)
def web_cdn(
    picture: Picture, rng: Generator, *, long_side: int, quality: int, format: str
) -> Picture:
    """Shrink and encode."""
    encoders: dict[str, Callable[[RGB, int], bytes]] = {
        "WEBP": encode_webp,
        "AVIF": encode_avif,
        "JPEG": partial(encode_jpeg, tables="mozjpeg", progressive=True),
    }
    small = fit_within(picture, long_side, "lanczos")
    return delivered(small, encoders[format](small.rgb, quality), format)
