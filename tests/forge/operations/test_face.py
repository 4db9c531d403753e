import numpy as np
import pytest

from conftest import synthetic_photo
from locard.content.faces import Face
from locard.forge import Photo, Unsuitable, list_operations
from locard.forge.operations import face
from locard.forge.tools import Tools, tools, use

POINTS = np.array([[100, 80], [140, 82], [119, 105], [104, 124], [136, 126]], float)


@pytest.fixture(scope="module")
def host():
    return Photo(synthetic_photo(220, 240), "0" * 64, "a.jpg")


@pytest.fixture
def given(tmp_path):
    before = tools()
    path = tmp_path / "yunet.onnx"
    path.write_bytes(b"not a network")
    use(Tools(face_detector=str(path)))
    yield path
    use(before)


def test_a_face_changes_and_nothing_else(host, monkeypatch):
    monkeypatch.setattr(face, "find_faces", lambda rgb: [Face((80, 60, 80, 90), POINTS)])
    frequencies = set()
    for seed in range(12):
        forged = face.self_blend(host, [], np.random.default_rng(seed))
        outside = forged.mask == 0
        assert np.array_equal(forged.rgb[outside], host.rgb[outside])
        inside = forged.mask > 0.4
        assert (forged.rgb[inside] != host.rgb[inside]).mean() > 0.5
        rows, columns = np.nonzero(inside)
        assert abs(columns.mean() - 120) < 15
        assert 60 < rows.mean() < 140
        frequencies.add(forged.parameters["frequency"])
        again = face.self_blend(host, [], np.random.default_rng(seed))
        assert np.array_equal(forged.rgb, again.rgb)
    assert frequencies == {"sharpen", "shrink", "jpeg"}


def test_the_outline_turns_with_the_face():
    upright = face.hull(np.random.default_rng(1), POINTS)
    turn = np.array([[0, -1], [1, 0]])
    turned = face.hull(np.random.default_rng(1), POINTS @ turn.T)
    assert np.abs(turned - upright @ turn.T).max() < 1e-6
    low, high = upright.min(axis=0), upright.max(axis=0)
    assert (low < POINTS[:3].min(axis=0)).all() or (high > POINTS[3:].max(axis=0)).all()


def test_the_copy_of_a_black_and_white_face_stays_so():
    grey = np.repeat(synthetic_photo(90, 90)[:, :, :1], 3, axis=2)
    copy, _ = face.transform(np.random.default_rng(3), grey, 60)
    assert np.ptp(copy, axis=2).max() < 3


def test_what_is_missing_is_said_in_one_sentence(host, given, capfd):
    (entry,) = [entry for entry in list_operations() if entry.group == "face"]
    assert not entry.default
    with pytest.raises(Unsuitable, match=r"yunet\.onnx is not a YuNet"):
        entry.run(host, [], np.random.default_rng(0))
    given.unlink()
    with pytest.raises(Unsuitable, match="there is no file"):
        entry.run(host, [], np.random.default_rng(0))
    use(Tools())
    with pytest.raises(Unsuitable, match="--face-detector"):
        entry.run(host, [], np.random.default_rng(0))
    assert capfd.readouterr() == ("", "")


def test_a_photo_without_a_large_face_is_unsuitable(host, monkeypatch):
    for faces in ([], [Face((16, 12, 16, 18), POINTS * 0.2)]):
        monkeypatch.setattr(face, "find_faces", lambda rgb, faces=faces: faces)
        with pytest.raises(Unsuitable, match="no face"):
            face.self_blend(host, [], np.random.default_rng(0))
