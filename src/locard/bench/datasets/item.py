"""One labelled picture of a dataset, and how its mask is read."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from locard.exhibit import ExhibitError, open_exhibit
from locard.methods import Question


class DatasetError(ValueError):
    """A dataset that cannot be used; the message is one sentence."""


class MaskRule(StrEnum):
    """Which pixels of a mask picture are edited.

    ``white``: luma of at least 128; ``black``: luma below 128; ``nonzero``: any channel above 0,
    for masks that number their regions; ``visible``: any channel above 16, for those of grey levels
    that went through lossy compression; ``red`` and ``green``: that channel at least 64 above the
    other, for masks that colour the two origins of a splice; ``original``: the mask picture is the
    untouched photo, and pixels are edited where a channel differs by more than 10.
    """

    WHITE = "white"
    BLACK = "black"
    NONZERO = "nonzero"
    VISIBLE = "visible"
    RED = "red"
    GREEN = "green"
    ORIGINAL = "original"


@dataclass(frozen=True, slots=True)
class Item:
    """One labelled picture.

    Attributes:
        path: the picture; it is listed, not opened.
        label: 1 where the proposition of ``question`` holds, 0 where it does not.
        mask: picture of what was edited, or None for an authentic item or an unknown region.
        polygons: outlines of what was edited, x and y alternating, where the set has no picture.
        source: what must not be on both sides of a split: the photo, scene, camera or person.
        donors: other sources that are in the picture: the photos that pieces of it come from.
        generator: model that made the pixels, "" for none or unknown.
        operation: kind of manipulation ("splice", "copy-move", "removal"), "" for authentic items.
        split: "train", "val", "test" as published, "" where the set has no splits.
        delivery: what happened to the picture after it was made, "" for unknown.
    """

    path: Path
    label: int
    question: Question
    mask: Path | None = None
    mask_rule: MaskRule = MaskRule.WHITE
    polygons: tuple[tuple[float, ...], ...] = ()
    source: str = ""
    donors: tuple[str, ...] = ()
    generator: str = ""
    operation: str = ""
    split: str = ""
    delivery: str = ""

    def read_mask(self) -> NDArray[np.bool_] | None:
        """Read the mask: bool, height × width as stored, True = edited; None without a mask.

        Raises: DatasetError for a mask that cannot be read, or an untouched photo of another size.
        """
        try:
            if self.polygons:
                return self._filled(*open_exhibit(self.path).rgb.shape[:2])
            if self.mask is None:
                return None
            rgb = open_exhibit(self.mask).rgb.astype(np.int16)
            if self.mask_rule is MaskRule.ORIGINAL:
                picture = open_exhibit(self.path).rgb
                if picture.shape != rgb.shape:
                    raise DatasetError(f"{self.mask.name} and {self.path.name} differ in size")
                return np.asarray(np.abs(rgb - picture).max(axis=2) > 10)
        except ExhibitError as error:
            name = self.mask.name if self.mask else self.path.name
            raise DatasetError(f"the mask {name} cannot be read: {error}") from error
        red, green, _ = np.moveaxis(rgb, 2, 0)
        luma = rgb @ np.array([0.299, 0.587, 0.114])
        match self.mask_rule:
            case MaskRule.WHITE:
                edited = luma >= 128
            case MaskRule.BLACK:
                edited = luma < 128
            case MaskRule.NONZERO:
                edited = rgb.max(axis=2) > 0
            case MaskRule.VISIBLE:
                edited = rgb.max(axis=2) > 16
            case MaskRule.RED:
                edited = red - green >= 64
            case MaskRule.GREEN:
                edited = green - red >= 64
        return np.asarray(edited)

    def _filled(self, height: int, width: int) -> NDArray[np.bool_]:
        canvas = np.zeros((height, width), np.uint8)
        for polygon in self.polygons:
            # Far outside the picture is as good as infinitely far, and fits into 32 bits.
            corners = np.round(np.clip(polygon, -1e6, 1e6)).astype(np.int32).reshape(-1, 2)
            cv2.fillPoly(canvas, [corners], 1)
        return canvas.astype(bool)
