"""The record of a forgery: what was done where, from what, and what happened before and after."""

from __future__ import annotations

from typing import Any, Literal

import cv2
import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from locard.content.places import name_place
from locard.forge.contract import Matte
from locard.forge.regions import bounds

SCHEMA: Literal["locard.forgery/1"] = "locard.forgery/1"

_CONFIG = ConfigDict(frozen=True, extra="forbid")
# Part of the picture's area below which a separate speck of the mask is not listed.
_SPECK = 2e-5


class MaskRegion(BaseModel):
    """A connected part of the mask.

    Attributes:
        box: x, y, width, height in pixels of the delivered picture.
        area: its part of the picture, 0 to 1.
        place: which of nine parts of the picture it lies in, "in the upper left".
    """

    model_config = _CONFIG
    box: tuple[int, int, int, int]
    area: float
    place: str


class MaskFigures(BaseModel):
    """Figures of the mask.

    Attributes:
        share: mean of the mask: how much of the picture is not the host's, 0 to 1.
        soft: part of the changed pixels that is a mixture of both.
        unreliable: part of the picture whose truth is unsure, see ``edges``.
        mean_change: of a channel within the mask before the delivery, in grey levels.
    """

    model_config = _CONFIG
    share: float
    soft: float
    unreliable: float
    mean_change: float


class Source(BaseModel):
    """A photo that the forgery was made of.

    Attributes:
        role: whether it was forged ("host") or something was taken from it ("donor").
        name: of the file, without its folder.
        sha256: of the file.
        width, height: of the photo, turned upright.
        window: x, y, width, height that were cut out of it on purpose.
        scale: by which the window was shrunk.
        history: what happened to it then, before the forgery; steps of `locard.degrade`.
    """

    model_config = _CONFIG
    role: Literal["host", "donor"]
    name: str
    sha256: str
    width: int
    height: int
    window: tuple[int, int, int, int]
    scale: float
    history: tuple[dict[str, Any], ...]


class Record(BaseModel):
    """One forgery, schema ``locard.forgery/1``.

    Attributes:
        item: number within the set.
        seed: of the set; item and seed and photos give the same bytes again.
        operation, group, parameters: what was done, see ``locard forge --list``.
        says: the same in one plain sentence.
        picture, mask, edges: files, relative to the set. The mask holds the share of every pixel
            that is not the host's, 0 to 255; ``edges`` how sure that is, 0 to 255: low in the soft
            band of the mask and where the forgery equals the host.
        copied_from: mask of where whole copied pieces came from, for copies within the photo and
            holes filled with patches of it.
        authentic: the host with the same history and the same delivery, or None.
        regions: connected parts of the mask, largest first, sixteen at most.
        sources: the host first.
        delivery: what happened to the forgery and its authentic twin afterwards.
        width, height: of the delivered picture.
        given_up: attempts before this one, and why they failed.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)
    format: Literal["locard.forgery/1"] = Field(default=SCHEMA, alias="schema")
    item: int
    seed: int
    operation: str
    group: str
    says: str
    parameters: dict[str, Any]
    picture: str
    mask: str
    edges: str
    copied_from: str | None
    authentic: str | None
    regions: tuple[MaskRegion, ...]
    figures: MaskFigures
    sources: tuple[Source, ...]
    delivery: tuple[dict[str, Any], ...]
    width: int
    height: int
    given_up: tuple[str, ...]

    def rows(self) -> list[dict[str, str]]:
        """Return its rows of ``index.csv``: the forgery, then its authentic twin."""
        common = {
            "source": self.sources[0].sha256[:16],
            "donors": "",
            "delivery": " ".join(step["name"] for step in self.delivery) or "none",
            "split": "",
        }
        forged = {"path": self.picture, "label": "1", "mask": self.mask}
        donors = " ".join(source.sha256[:16] for source in self.sources[1:])
        rows = [{**common, **forged, "operation": self.operation, "donors": donors}]
        if self.authentic is not None:
            twin = {"path": self.authentic, "label": "0", "mask": "", "operation": "authentic"}
            rows.append({**twin, **common})
        return rows


def mask_regions(mask: Matte) -> tuple[MaskRegion, ...]:
    """List the connected parts of a mask above one half, largest first."""
    height, width = mask.shape
    parts = (mask >= 0.5).astype(np.uint8)
    if not parts.any():
        return ()
    rows, columns = bounds(parts)
    count, _, stats, _ = cv2.connectedComponentsWithStats(parts[rows, columns])
    stats[:, :2] += (columns.start, rows.start)
    order = sorted(range(1, count), key=lambda i: -int(stats[i, cv2.CC_STAT_AREA]))
    regions: list[MaskRegion] = []
    for i in order[:16]:
        x, y, w, h, area = (int(v) for v in stats[i])
        if area < _SPECK * height * width and regions:
            break
        place = name_place((x + w / 2) / width, (y + h / 2) / height)
        share = round(area / (height * width), 6)
        regions.append(MaskRegion(box=(x, y, w, h), area=share, place=place))
    return tuple(regions)
