"""Training of the detectors of generated pictures: linear heads on cues, from moments of groups.

A head is ridge regression of the class on one cue (for two classes the direction of a shrunk linear
discriminant, Friedman 1989), where every generator and every kind of photo weighs alike, however
many pictures it has. It is fitted from first and second moments of each group, so that leaving
groups out costs one solve and no second look at the pictures.

What generators and photos went through before (`deliver`) is drawn anew and alike for both, because
otherwise a head learns the services that delivered them. *Twins* make the classes alike in content
too: a photo and its reconstruction by an autoencoder, both delivered in the same way (Chen et al.,
"Dual data alignment makes AI-generated image detector easier generalizable", 2025).
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from locard.bench.datasets import DatasetError, Item
from locard.degrade import crop, recompress
from locard.exhibit import ExhibitError, open_exhibit
from locard.methods import Question
from locard.methods.learned.synthesis import Head
from locard.methods.learned.synthesis_cues import measure

RGB = NDArray[np.uint8]
Floats = NDArray[np.float32]

# Side that pictures are cropped to.
SIDE = 256
_FILTERS = (cv2.INTER_AREA, cv2.INTER_LINEAR, cv2.INTER_CUBIC, cv2.INTER_LANCZOS4)
# Part of each class that twins stand for, and deliveries that each of them is seen after.
TWINS = 0.25
DELIVERIES = 3
# Pictures with a shorter side are left out.
_SMALLEST = 160
# Added to the diagonal of a cue's correlations.
RIDGE = 0.1
# Cues that are weighed. Blue ones read the sensors of a few kinds of photos: left out with a
# generator that resembles them, they turn around (docs/models/synthesis.md).
TRACES = ("red-half", "red-quarter", "red-profile", "luma-peaks")


@dataclass(frozen=True, slots=True)
class Delivery:
    """What happens to a picture on its way, drawn once and applied to twins alike.

    Attributes:
        scale: at most 1; the picture is shrunk by it.
        filter: of OpenCV, for shrinking.
        quality: of an earlier JPEG, or None without one.
        shift: (y, x) by which its block grid is lost.
        final: quality of the last JPEG.
        place: where the crop lies, 0 to 1 along each side.
        flip: whether it is mirrored.
    """

    scale: float
    filter: int
    quality: int | None
    shift: tuple[int, int]
    final: int
    place: tuple[float, float]
    flip: bool


def draw_delivery(rng: Generator) -> Delivery:
    """Draw a delivery: half are shrunk to 0.6 or less, 0.6 have an earlier JPEG of 60 to 98."""
    shifted = rng.random() < 0.6
    return Delivery(
        scale=float(rng.uniform(0.6, 1.0)) if rng.random() < 0.5 else 1.0,
        filter=int(rng.choice(_FILTERS)),
        quality=int(rng.integers(60, 99)) if rng.random() < 0.6 else None,
        shift=(int(rng.integers(8)), int(rng.integers(8))) if shifted else (0, 0),
        final=int(rng.integers(80, 96)),
        place=(float(rng.random()), float(rng.random())),
        flip=bool(rng.random() < 0.5),
    )


def jpeg(rgb: RGB, quality: int) -> RGB:
    """Compress and decode; 4:2:0."""
    return open_exhibit(recompress(np.ascontiguousarray(rgb), quality)).rgb


def centre(rgb: RGB, side: int = SIDE) -> RGB:
    """Centre crop of at most ``side`` pixels a side, on the block grid; never enlarged."""
    height, width = min(side, rgb.shape[0]), min(side, rgb.shape[1])
    top, left = ((n - m) // 2 // 8 * 8 for n, m in zip(rgb.shape[:2], (height, width), strict=True))
    return crop(rgb, top, left, height, width)


def deliver(rgb: RGB, delivery: Delivery, smallest: int = 160) -> RGB:
    """Apply a delivery: flip, shrink, compress, crop to at most 256 pixels, compress again.

    Args:
        rgb: uint8, height × width × 3.
        smallest: it is shrunk only where a side of so many pixels is left.
    """
    made = rgb[:, ::-1] if delivery.flip else rgb
    if delivery.scale < 1 and min(made.shape[:2]) * delivery.scale >= smallest:
        size = (round(made.shape[1] * delivery.scale), round(made.shape[0] * delivery.scale))
        made = np.asarray(cv2.resize(made, size, interpolation=delivery.filter), np.uint8)
    if delivery.quality is not None:
        made = jpeg(made, delivery.quality)
        made = made[delivery.shift[0] :, delivery.shift[1] :]
    height, width = min(SIDE, made.shape[0]), min(SIDE, made.shape[1])
    top = round(delivery.place[0] * (made.shape[0] - height))
    left = round(delivery.place[1] * (made.shape[1] - width))
    return jpeg(made[top : top + height, left : left + width], delivery.final)


@dataclass(frozen=True, slots=True, eq=False)
class Moments:
    """First and second moments of a group: mean of x, d, and mean of x · xᵀ, d × d."""

    first: NDArray[np.float64]
    second: NDArray[np.float64]

    @classmethod
    def of(cls, values: Floats) -> Moments:
        """Moments of n × d values."""
        x = np.asarray(values, np.float64)
        return cls(x.mean(axis=0), x.T @ x / len(x))


@dataclass(frozen=True, slots=True)
class Group:
    """Pictures of one origin.

    Attributes:
        generated: which class they are in.
        weight: part of the class that they stand for, before the weights are made to sum to one.
        moments: of their cues.
    """

    generated: bool
    weight: float
    moments: Mapping[str, Moments]


def fit_head(groups: Sequence[Group], cue: str, ridge: float) -> Head:
    """Fit one head: its score has unit spread over the training groups, and 0 is halfway.

    Args:
        ridge: added to the correlation matrix of the cue, relative to its diagonal of ones.

    Raises: ValueError without groups of both classes.
    """
    total = {c: sum(g.weight for g in groups if g.generated is c) for c in (False, True)}
    if not all(total.values()):
        raise ValueError("a head needs generated pictures and photos")
    parts = [(0.5 * g.weight / total[g.generated], g.generated, g.moments[cue]) for g in groups]
    mean = np.sum([w * m.first for w, _, m in parts], axis=0)
    second = np.sum([w * m.second for w, _, m in parts], axis=0)
    covariance = second - np.outer(mean, mean)
    scale = np.sqrt(np.maximum(np.diag(covariance), 0.0)) + 1e-6
    correlation = covariance / np.outer(scale, scale)
    lean = np.sum([(w if c else -w) * (m.first - mean) / scale for w, c, m in parts], axis=0)
    direction = np.linalg.solve(correlation + ridge * np.eye(len(mean)), lean)
    spread = np.sqrt(max(float(direction @ correlation @ direction), 1e-12))
    weights = direction / scale / spread
    return Head(weights.astype(np.float32), float(-(mean @ weights)))


def with_twins(
    members: Sequence[Group], twins: Sequence[Group], part_of_twins: float = TWINS
) -> list[Group]:
    """Join groups of pictures and of twins, which stand for a part of each class."""
    joined: list[Group] = []
    for part, share in ((members, 1 - part_of_twins if twins else 1.0), (twins, part_of_twins)):
        for generated in (False, True):
            groups = [g for g in part if g.generated is generated]
            total = sum(g.weight for g in groups)
            joined += [Group(generated, share * g.weight / total, g.moments) for g in groups]
    return joined


def write_model(file: Path, heads: Mapping[str, Head], card: Mapping[str, Any]) -> None:
    """Write heads with their card, each list of weights on a line of its own."""
    written = {cue: head.to_json() for cue, head in heads.items()}
    text = json.dumps({"schema": "locard.model/1", **card, "heads": written}, indent=1)
    text = re.sub(r"\[([-\d.e,\s]+)\]", lambda m: f"[{' '.join(m[1].split())}]", text)
    file.write_text(text + "\n", "utf-8")


def train(
    items: Iterable[Item],
    out: Path,
    *,
    rewrite: Callable[[RGB], RGB] | None = None,
    twins_each: int = 60,
    licence: str = "not stated",
    say: Callable[[str], None] = lambda sentence: None,
) -> Path:
    """Fit the heads of ``synthesis-traces`` on labelled pictures of your own.

    Args:
        items: generated pictures and photos; those on other questions are left out. ``source``
            names the generator or the kind of photo, which weigh alike.
        out: the model, JSON.
        rewrite: an autoencoder for twins of the first ``twins_each`` photos of each kind.

    Raises: DatasetError, one sentence, without pictures of both classes.
    """
    values: dict[tuple[bool, str], list[dict[str, Floats]]] = {}
    twins: dict[tuple[bool, str], list[dict[str, Floats]]] = {}
    unread = 0
    for number, item in enumerate(i for i in items if i.question is Question.GENERATED):
        try:
            rgb = open_exhibit(item.path).rgb
        except ExhibitError:
            unread += 1
            continue
        if min(rgb.shape[:2]) < _SMALLEST:
            unread += 1
            continue
        generated = item.label == 1
        rng = np.random.default_rng(number)
        group = values.setdefault((generated, item.source), [])
        group.append(_cues(jpeg(centre(rgb), 90)))
        group.append(_cues(deliver(rgb, draw_delivery(rng))))
        if generated or rewrite is None or len(group) > 2 * twins_each:
            continue
        photo = centre(rgb)
        twin = rewrite(photo)
        for way in [draw_delivery(rng) for _ in range(DELIVERIES)]:
            for label, made in ((False, photo), (True, twin)):
                twins.setdefault((label, item.source), []).append(_cues(deliver(made, way)))
    if unread:
        say(f"{unread} pictures were left out: unreadable, or smaller than {_SMALLEST} pixels")
    if {generated for generated, _ in values} != {False, True}:
        raise DatasetError("the set holds no generated pictures, or no photos")
    groups = with_twins(_groups(values), _groups(twins))
    heads = {cue: fit_head(groups, cue, RIDGE) for cue in TRACES}
    counts: dict[str, int] = {}
    for (_, source), seen in sorted(values.items()):
        counts[source] = counts.get(source, 0) + len(seen) // 2
    card = {
        "name": "synthesis-traces",
        "task": "whether a picture was made by a generator",
        "licence": licence,
        "input": f"uint8, {SIDE} x {SIDE} x 3, RGB, not resized",
        "output": "mean of the heads; unit spread over training groups, 0 halfway",
        "training": {"pictures": counts, "ridge": RIDGE,
                     "twins": sum(map(len, twins.values())) // (2 * DELIVERIES)},
    }  # fmt: skip
    write_model(out, heads, card)
    for source, many in counts.items():
        say(f"{source}: {many}")
    return out


def _cues(rgb: RGB) -> dict[str, Floats]:
    return {cue: found[0, 0] for cue, found in measure(rgb, TRACES).values.items()}


def _groups(values: Mapping[tuple[bool, str], Sequence[Mapping[str, Floats]]]) -> list[Group]:
    return [
        Group(
            generated, 1.0, {cue: Moments.of(np.stack([v[cue] for v in found])) for cue in TRACES}
        )
        for (generated, _), found in values.items()
    ]
