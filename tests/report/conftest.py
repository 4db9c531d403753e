"""Reports made from the real dataclasses, independent of any method."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from dataclasses import replace

import cv2
import numpy as np
import pytest
from PIL import Image

from locard.exhibit import Exhibit, open_exhibit
from locard.explain import case_of, explain
from locard.methods import Finding, GridMap, Question, Status, not_applicable
from locard.opinion import Answer, Localization, Opinion, decide, localize, posterior
from locard.report import Report, Timing

HOSTILE = '"><script>alert(1)</script><img src=x onerror=alert(2)>{{ 7*7 }}[bold]\x1b[31m\u202e'


def photo(height: int, width: int) -> np.ndarray:
    """A textured picture whose upper left corner is red, lower right is blue."""
    rng = np.random.default_rng(7)
    rgb = cv2.GaussianBlur(rng.normal(128, 300, (height, width, 3)).astype(np.float32), (0, 0), 2)
    rgb += rng.normal(0, 4, rgb.shape)
    rgb[: height // 4, : width // 4] = (220, 20, 20)
    rgb[-(height // 4) :, -(width // 4) :] = (20, 20, 220)
    return np.clip(rgb, 0, 255).astype(np.uint8)


def jpeg_bytes(rgb: np.ndarray, *, orientation: int = 1, text: str = "") -> bytes:
    exif = Image.Exif()
    exif[274] = orientation
    if text:
        exif[270], exif[305] = text, text
    out = io.BytesIO()
    Image.fromarray(rgb).save(out, "JPEG", quality=90, exif=exif, comment=text.encode())
    return out.getvalue()


def spot(exhibit: Exhibit, x: float, y: float, *, radius: float = 0.12) -> GridMap:
    """A map with one disc around a point given in shares of the stored grid."""
    rows, cols = max(1, exhibit.height // 8), max(1, exhibit.width // 8)
    yy, xx = np.mgrid[:rows, :cols]
    near = (xx / cols - x) ** 2 + (yy / rows - y) ** 2 < radius**2
    return GridMap(near.astype(np.float32), step=8.0)


def findings_of(exhibit: Exhibit, text: str = "") -> tuple[Finding, ...]:
    edited, generated = Question.EDITED, Question.GENERATED
    made = [
        Finding(
            Status.DERIVED, method="made-copy", question=edited, score=9.25, log10_lr=2.6,
            says=f"two areas agree after a shift of (40, 8) px {text}",
            heatmap=spot(exhibit, 0.25, 0.25),
            facts={
                "matches": 12, "shift_px": [40.0, 8.0], "ratio": float("nan"), "worst": np.inf,
                "name": text or "plain", "area_share": np.float32(0.25), "found": True,
            },
            innocent=(f"repeated objects {text}",), limitations=(f"flat areas {text}",),
        ),
        Finding(Status.DERIVED, method="made-copy", question=generated, score=-1.0, log10_lr=-0.7,
                says="the same method on another question", heatmap=spot(exhibit, 0.7, 0.7)),
        Finding(Status.OBSERVED, method="made-tags", question=edited, score=0.0, log10_lr=-0.6,
                says="the maker note is intact"),
        Finding(Status.DERIVED, method="made-view", question=edited, score=3.0,
                says="a view that is never weighed", heatmap=spot(exhibit, 0.5, 0.5)),
        replace(not_applicable(f"needs a JPEG file {text}"), method="heatmap", question=edited),
    ]  # fmt: skip
    return tuple(replace(f, id=f"F{i}", seconds=0.1) for i, f in enumerate(made, 1))


def make(
    data: bytes | np.ndarray,
    *,
    name: str = "photo.jpg",
    text: str = "",
    findings: Sequence[Finding] | None = None,
    stability: float | None = 0.95,
    language: str = "en",
) -> Report:
    exhibit = open_exhibit(data, name=name)
    found = findings_of(exhibit, text) if findings is None else tuple(findings)
    answers = {}
    for question in Question:
        lr = sum(f.log10_lr or 0.0 for f in found if f.question is question)
        answers[question] = Answer(posterior(lr, 0.5), lr, 0.5, stability)
    opinion = Opinion(*(lambda v: (v[0], answers, v[1]))(decide(answers)))
    localization: Localization = localize(exhibit, found)
    told = explain(case_of(exhibit, found, opinion, localization), language)
    return Report(
        exhibit, found, opinion, localization, told,
        Timing(1.25, {f.method: f.seconds for f in found}),
    )  # fmt: skip


@pytest.fixture
def make_report() -> Callable[..., Report]:
    return make


@pytest.fixture
def report() -> Report:
    return make(jpeg_bytes(photo(240, 320)))


@pytest.fixture
def hostile_report() -> Report:
    data = jpeg_bytes(photo(240, 320), text=HOSTILE)
    return make(data, name=f"{HOSTILE}\udcff.jpg", text=HOSTILE)
