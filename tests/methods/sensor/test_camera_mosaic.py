"""A camera's mosaic is seen where it is, and not where it is not."""

import numpy as np
import pytest

from locard.degrade import recompress, resize
from locard.exhibit import open_exhibit
from locard.methods import Finding, Question
from locard.methods.sensor.camera_mosaic import camera_mosaic


def only(source: np.ndarray | bytes) -> Finding:
    (finding,) = camera_mosaic.examine(open_exhibit(source))
    assert finding.question is Question.GENERATED
    return finding


def test_a_demosaiced_photo_shows_it(photo: np.ndarray) -> None:
    finding = only(photo)
    assert finding.score is not None
    assert finding.score < -0.3
    assert "demosaicing pattern of a camera" in finding.says


@pytest.mark.parametrize("way", ["resized", "compressed", "made"])
def test_without_a_mosaic_the_score_is_zero(photo: np.ndarray, way: str) -> None:
    if way == "resized":
        source: np.ndarray | bytes = resize(photo, 0.6)
    elif way == "compressed":
        source = recompress(photo, 60)
    else:
        source = np.random.default_rng(0).integers(0, 255, (256, 256, 3), dtype=np.uint8)
    assert only(source).score == 0.0


def test_grey_pictures_are_not_applicable(photo: np.ndarray) -> None:
    assert not only(np.ascontiguousarray(photo[:, :, 0])).applicable
