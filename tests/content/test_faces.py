from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from types import SimpleNamespace

import cv2
import numpy as np
import pytest

from locard.content import faces

POINTS = np.array([[100, 80], [140, 82], [119, 105], [104, 124], [136, 126]], float)


def test_faces_come_back_in_the_photos_pixels(monkeypatch: pytest.MonkeyPatch) -> None:
    class Detector:
        def setInputSize(self, size: tuple[int, int]) -> None:
            self.size = size

        def detect(self, bgr: np.ndarray) -> tuple[int, np.ndarray]:
            assert bgr.shape[1::-1] == self.size == (1280, 640)
            small, large = (np.zeros(15, np.float32) for _ in range(2))
            small[4:14] = 0.25 * POINTS.ravel()
            large[:4], large[4:14] = (80, 60, 80, 90), POINTS.ravel()
            return 2, np.stack([small, large])

    monkeypatch.setattr(faces, "open_detector", lambda file: Detector())
    found = faces.find_faces(np.zeros((1280, 2560, 3), np.uint8), "yunet.onnx")
    assert np.allclose(found[0].points, 2 * POINTS)
    assert np.allclose(found[1].points, 0.5 * POINTS)
    assert found[0].box == (160, 120, 160, 180)


def test_what_is_no_detector_is_said_in_one_sentence(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    rgb = np.zeros((64, 64, 3), np.uint8)
    file = tmp_path / "yunet.onnx"
    with pytest.raises(ValueError, match="there is no file"):
        faces.find_faces(rgb, file)
    file.write_bytes(b"not a network")
    with pytest.raises(ValueError, match=r"^yunet\.onnx is not a YuNet face detector$"):
        faces.find_faces(rgb, file)
    assert capfd.readouterr() == ("", "")


def test_another_network_is_no_detector(capfd: pytest.CaptureFixture[str]) -> None:
    """OpenCV takes the first for one, and crashes in reading the second."""
    for name in ("trace-net.onnx", "content-net.onnx"):
        with pytest.raises(faces.DetectorError, match=f"^{name} is not a YuNet face detector$"):
            faces.open_detector(Path(str(files("locard") / "assets" / name)))
    assert capfd.readouterr() == ("", "")


def test_a_detector_is_tried_before_its_use(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Detector:
        def setInputSize(self, size: tuple[int, int]) -> None:
            self.size = size

        def detect(self, bgr: np.ndarray) -> tuple[int, None]:
            if self.size != (320, 320):
                raise cv2.error
            return 0, None

    file = tmp_path / "fixed.onnx"
    file.touch()
    monkeypatch.setattr(faces, "_has_outputs", lambda file: True)
    monkeypatch.setattr(cv2, "FaceDetectorYN", SimpleNamespace(create=lambda *_: Detector()))
    with pytest.raises(faces.DetectorError, match="in pictures of any size"):
        faces.open_detector(file)


def test_a_box_that_is_no_number_is_no_face(monkeypatch: pytest.MonkeyPatch) -> None:
    detector = SimpleNamespace(
        setInputSize=lambda size: None,
        detect=lambda bgr: (1, np.full((1, 15), np.inf, np.float32)),
    )
    monkeypatch.setattr(faces, "open_detector", lambda file: detector)
    assert faces.find_faces(np.zeros((64, 64, 3), np.uint8), "yunet.onnx") == []
