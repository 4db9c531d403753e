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
from locard.inference import open_session

# Pictures are searched for faces at most at this longer side in pixels.
_SEARCH = 1280
_CONFIDENCE = 0.8
# YuNet's outputs and the numbers in each of their rows.
_OUTPUTS = {
    f"{name}_{stride}": numbers
    for name, numbers in (("cls", 1), ("obj", 1), ("bbox", 4), ("kps", 10))
    for stride in (8, 16, 32)
}
# Sizes at which a detector is tried: its own, and one of another shape that needs padding.
_TRIED = ((320, 320), (200, 96))


class DetectorError(ValueError):
    """A file that is no face detector, or one that fails; the message is one sentence."""


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
    """Open a face detector once. Raises: DetectorError for a file that is none."""
    file = Path(detector)
    if not file.is_file():
        raise DetectorError(f"there is no file {file}")
    return _open(str(file))


@cache
def _open(file: str) -> Any:
    name = Path(file).name
    if not _has_outputs(file):
        raise DetectorError(f"{name} is not a YuNet face detector")
    # OpenCV says on the terminal that its new engine has no targets to prefer.
    level = cv2.utils.logging.getLogLevel()
    cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_ERROR)
    try:
        network = cv2.FaceDetectorYN.create(file, "", _TRIED[0], _CONFIDENCE)
    except cv2.error as error:
        raise DetectorError(f"{name} is not a YuNet face detector") from error
    finally:
        cv2.utils.logging.setLogLevel(level)
    for width, height in _TRIED:
        _detect(network, np.zeros((height, width, 3), np.uint8), name)
    return network


def _has_outputs(file: str) -> bool:
    """Whether a network has YuNet's outputs.

    ONNX Runtime says so: OpenCV takes any network, and may crash in reading it or its outputs.
    """
    try:
        session = open_session(Path(file))
    except ValueError:
        return False
    # The last of the sizes is a number, or the name of what is not fixed.
    numbers = {output.name: (output.shape or [None])[-1] for output in session.get_outputs()}
    return all(
        name in numbers and (numbers[name] == number or not isinstance(numbers[name], int))
        for name, number in _OUTPUTS.items()
    )


def _detect(network: Any, bgr: NDArray[np.uint8], name: str) -> NDArray[np.float32]:
    """Return the rows of a detector, n × 15, but those that hold what is no number."""
    network.setInputSize(bgr.shape[1::-1])
    try:
        _, rows = network.detect(bgr)
    except cv2.error as error:
        raise DetectorError(f"{name} cannot look for faces in pictures of any size") from error
    found = np.zeros((0, 15), np.float32) if rows is None else np.asarray(rows, np.float32)
    return found[np.isfinite(found).all(axis=1)]


def find_faces(rgb: NDArray[np.uint8], detector: str | Path) -> list[Face]:
    """Find faces, largest first.

    Args:
        rgb: uint8, height × width × 3, upright.
        detector: ONNX file of YuNet that takes pictures of any size.

    Raises: DetectorError when there is no such file, it is something else, or it fails.
    """
    network = open_detector(detector)
    height, width = rgb.shape[:2]
    scale = min(1.0, _SEARCH / max(height, width))
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    small = cv2.resize(rgb[:, :, ::-1], size, interpolation=cv2.INTER_AREA)
    faces = []
    for row in _detect(network, np.asarray(small, np.uint8), Path(detector).name):
        x, y, w, h = (round(float(v) / scale) for v in row[:4])
        faces.append(Face((x, y, w, h), row[4:14].reshape(5, 2).astype(np.float64) / scale))
    return sorted(faces, key=lambda face: -face.eyes)
