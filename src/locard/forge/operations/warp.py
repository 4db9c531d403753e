"""Liquify: smooth local displacement, as brushes that push, bloat, pinch or twirl pixels.

Every dab of the brush moves pixels by a kernel of compact support, (1 - (r/R)²)² inside its radius
R, so that the field ends smoothly and nothing folds; dabs follow one another as strokes do.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from locard.forge.contract import Forged, Matte, Photo, Unsuitable, operation
from locard.forge.objects import find_objects
from locard.forge.regions import blend, bounds, clean, name_region, visible_change

Points = NDArray[np.float32]

# Displacement in pixels from which a pixel is wholly the warp's; below it fades into the host's.
_FADE = 0.5
_LEAST_CHANGE = 1.0
_ATTEMPTS = 8


@dataclass(frozen=True, slots=True)
class Dab:
    """One touch of the liquify brush.

    Attributes:
        x, y: centre in pixels.
        radius: of the brush in pixels.
        push: (x, y) by which the centre moves, in pixels.
        swell: relative enlargement at the centre; negative pinches; -0.4 to 0.4 never folds.
        twirl: turn at the centre in radians.
    """

    x: float
    y: float
    radius: float
    push: tuple[float, float] = (0.0, 0.0)
    swell: float = 0.0
    twirl: float = 0.0

    def origin(self, points: Points) -> Points:
        """Return where the pixels at ``points`` (… × 2, x then y) come from."""
        away = points - np.array([self.x, self.y], np.float32)
        reach = (away**2).sum(axis=-1, keepdims=True) / self.radius**2
        weight = np.where(reach < 1, (1 - reach) ** 2, 0)
        turned = np.stack([-away[..., 1], away[..., 0]], axis=-1)
        move = np.array(self.push, np.float32) + self.swell * away + self.twirl * turned
        return np.asarray(points - weight * move, np.float32)


@operation(
    name="liquify",
    group="processing",
    about="Pushes, swells, pinches, slims or twirls a part of the photo, as liquify brushes do.",
    source="Gustafson, Interactive image warping, 1993 (the brushes of liquify tools)",
)
def liquify(host: Photo, donors: Sequence[Photo], rng: np.random.Generator) -> Forged:
    """Warp a part of the host by one to three dabs of a brush."""
    height, width = host.rgb.shape[:2]
    if min(height, width) < 64:
        raise Unsuitable("the photo is smaller than 64 pixels")
    for _ in range(_ATTEMPTS):
        kind, dabs = _stroke(rng, host)
        forged, matte = warp(host, dabs)
        if not (matte == 1).any():
            continue
        if (difference := visible_change(host.rgb, forged, matte)) >= _LEAST_CHANGE:
            numbers = [round(v, 3) for d in dabs for v in (d.x, d.y, d.radius, *d.push)]
            return Forged(
                forged,
                matte,
                {
                    "kind": kind,
                    "dabs_x_y_radius_push": numbers,
                    "swell": round(dabs[0].swell, 4),
                    "twirl_rad": round(dabs[0].twirl, 4),
                    "mean_change": round(difference, 2),
                },
                f"a part {name_region(matte)} was {_SAYS[kind]}",
            )
    raise Unsuitable("no part of the photo would change visibly if it were warped")


_SAYS = {
    "push": "pushed aside",
    "slim": "made narrower from both sides",
    "bloat": "swollen",
    "pinch": "pinched",
    "twirl": "twirled",
}


def warp(host: Photo, dabs: Sequence[Dab]) -> tuple[NDArray[np.uint8], Matte]:
    """Move the host's pixels by some dabs, the first one first.

    Returns: the picture, and the matte: float32, height × width, 0 to 1, from the displacement.
    """
    height, width = host.rgb.shape[:2]
    reach = np.zeros((height, width), np.float32)
    for dab in dabs:
        cv2.circle(reach, (round(dab.x), round(dab.y)), int(np.ceil(dab.radius)) + 1, 1.0, -1)
    rows, columns = bounds(reach)
    ys, xs = np.mgrid[rows, columns]
    grid = np.stack([xs, ys], axis=-1).astype(np.float32)
    origin = grid
    for dab in reversed(dabs):
        origin = dab.origin(origin)
    moved = np.hypot(*np.moveaxis(origin - grid, -1, 0))
    matte = np.zeros((height, width), np.float32)
    matte[rows, columns] = clean(moved / _FADE)
    bent = cv2.remap(
        host.rgb, origin[..., 0], origin[..., 1], cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT
    )
    forged = host.rgb.copy()
    forged[rows, columns] = blend(forged[rows, columns], bent, matte[rows, columns])
    return forged, matte


def _stroke(rng: np.random.Generator, host: Photo) -> tuple[str, list[Dab]]:
    """Draw what a retoucher would do: mostly to an object, else to any place."""
    height, width = host.rgb.shape[:2]
    objects = find_objects(host)
    if objects and rng.random() < 0.7:
        x, y, w, h = objects[int(rng.integers(len(objects)))].box
    else:
        w = h = round(float(rng.uniform(0.12, 0.35)) * min(height, width))
        x, y = int(rng.integers(0, width - w)), int(rng.integers(0, height - h))
    middle = np.array([x + w / 2, y + h / 2])
    half = max(w, h) / 2
    kind = str(rng.choice(["push", "push", "slim", "bloat", "bloat", "pinch", "twirl"]))
    if kind == "push":
        dabs = []
        for _ in range(int(rng.integers(1, 4))):
            angle = float(rng.uniform(0, 2 * np.pi))
            outward = np.array([np.cos(angle), np.sin(angle)])
            place = middle + outward * np.array([w, h]) / 2 * rng.uniform(0.5, 1)
            radius = half * float(rng.uniform(0.45, 0.9))
            move = outward * radius * rng.uniform(0.12, 0.3) * rng.choice([-1, 1])
            dabs.append(
                Dab(float(place[0]), float(place[1]), radius, (float(move[0]), float(move[1])))
            )
        return kind, dabs
    if kind == "slim":
        radius = max(0.5 * h, 0.4 * w)
        move = min(0.3 * radius, float(rng.uniform(0.06, 0.16)) * w)
        return kind, [
            Dab(x + 0.05 * w, float(middle[1]), radius, (move, 0.0)),
            Dab(x + 0.95 * w, float(middle[1]), radius, (-move, 0.0)),
        ]
    radius = half * float(rng.uniform(0.9, 1.3))
    amount = float(rng.uniform(0.15, 0.35))
    swell = {"bloat": amount, "pinch": -amount, "twirl": 0.0}[kind]
    twirl = float(rng.choice([-1, 1]) * rng.uniform(0.12, 0.3)) if kind == "twirl" else 0.0
    return kind, [Dab(float(middle[0]), float(middle[1]), radius, (0.0, 0.0), swell, twirl)]
