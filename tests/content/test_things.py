from __future__ import annotations

import numpy as np
import pytest

from conftest import synthetic_photo
from forge.documents import document
from locard.content import faces
from locard.content.faces import Face
from locard.content.things import ThingName, find_things


@pytest.mark.parametrize("orientation", [1, 6])
def test_lines_lie_where_the_reader_sees_them(orientation: int) -> None:
    page = document(1)
    stored = page if orientation == 1 else np.ascontiguousarray(np.rot90(page))
    lines = find_things(stored, orientation)
    assert len(lines) >= 5
    for line in lines:
        left, top, right, bottom = line.box
        assert line.name is ThingName.TEXT
        assert right - left > 3 * (bottom - top) * page.shape[0] / page.shape[1]
    # The page has a line every 36 of its 360 pixels.
    assert 0.05 < np.median([t.box[3] - t.box[1] for t in lines]) < 0.15


def test_faces_are_found_with_a_detector_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    photo = synthetic_photo(200, 400)
    assert find_things(photo) == ()
    found = [Face((100, 50, 40, 60), np.zeros((5, 2)))]
    monkeypatch.setattr(faces, "find_faces", lambda rgb, detector: found)
    (face,) = find_things(photo, face_detector="yunet.onnx")
    assert face.name is ThingName.FACE
    assert face.box == (0.25, 0.25, 0.35, 0.55)
