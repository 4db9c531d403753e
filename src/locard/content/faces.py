"""Faces, found by a detector that the user gives as a file (YuNet, Wu et al. 2023)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from locard.exhibit.orientation import Box

# Pictures are searched for faces at most at this longer side in pixels.
_SEARCH = 1280
_CONFIDENCE = 0.8


@dataclass(frozen=True, slots=True, eq=False)
class Face:
    """A face.

    Attributes:
        box: around it, from brows to chin.
        points: float64, 5 × 2, in pixels: right eye, left eye, tip of the nose, right and left
            corner of the mouth, as the person has them.
    """

    box: Box
    points: NDArray[np.float64]

    @property
    def eyes(self) -> float:
        """Distance of the eyes in pixels."""
        return float(np.hypot(*(self.points[1] - self.points[0])))


def open_detector(detector: str | Path) -> Any:
    """Open a face detector once. Raises: ValueError, one sentence, for a file that is none."""
    file = Path(detector)
    if not file.is_file():
        raise ValueError(f"there is no file {file}")
    return _open(str(file))


@cache
def _open(file: str) -> Any:
    # OpenCV says on the terminal that its new engine has no targets to prefer.
    level = cv2.utils.logging.getLogLevel()
    cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_ERROR)
    try:
        return cv2.FaceDetectorYN.create(file, "", (320, 320), _CONFIDENCE)
    except cv2.error as error:
        raise ValueError(f"{Path(file).name} is not a YuNet face detector") from error
    finally:
        cv2.utils.logging.setLogLevel(level)


def find_faces(rgb: NDArray[np.uint8], detector: str | Path) -> list[Face]:
    """Find faces, largest first.

    Args:
        rgb: uint8, height × width × 3, upright.
        detector: ONNX file of YuNet that takes pictures of any size.

    Raises: ValueError, one sentence, when there is no such file or it is something else.
    """
    network = open_detector(detector)
    height, width = rgb.shape[:2]
    scale = min(1.0, _SEARCH / max(height, width))
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    small = cv2.resize(rgb[:, :, ::-1], size, interpolation=cv2.INTER_AREA)
    network.setInputSize(size)
    try:
        _, rows = network.detect(small)
    except cv2.error as error:
        raise ValueError(
            f"{Path(detector).name} cannot look for faces in pictures of any size"
        ) from error
    faces = []
    for row in () if rows is None else rows:
        x, y, w, h = (round(float(v) / scale) for v in row[:4])
        faces.append(Face((x, y, w, h), row[4:14].reshape(5, 2).astype(np.float64) / scale))
    return sorted(faces, key=lambda face: -face.eyes)
