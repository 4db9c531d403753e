"""Methods from outside: one file or one function, and one sentence when it cannot be used."""

from pathlib import Path

import numpy as np
import pytest

from locard.bench.plugin import Plugin, PluginError, load_plugin

PHOTO = np.zeros((8, 9, 3), np.uint8)


def write(folder: Path, body: str) -> str:
    file = folder / "mine.py"
    file.write_text(body)
    return str(file)


def test_a_file_with_predict(tmp_path: Path) -> None:
    plugin = load_plugin(write(tmp_path, "def predict(image):\n    return image.shape[1]\n"))
    assert plugin.name == "mine"
    assert plugin(PHOTO) == (9.0, None)


def test_module_and_function() -> None:
    assert load_plugin("numpy:mean")(PHOTO)[0] == 0.0


@pytest.mark.parametrize(
    "body",
    ["x = 1", "import no_such_module", "def predict(:", "raise SystemError('no')"],
)
def test_what_cannot_be_loaded(tmp_path: Path, body: str) -> None:
    with pytest.raises(PluginError):
        load_plugin(write(tmp_path, body))


@pytest.mark.parametrize("where", ["none.py", "no_such_module:f", "numpy:no_such", "no-entry"])
def test_what_is_not_there(where: str) -> None:
    with pytest.raises(PluginError):
        load_plugin(where)


def test_maps_are_checked() -> None:
    heat = np.array([[2.0, np.nan], [0.5, -1.0]])
    photo = np.zeros((2, 2, 3), np.uint8)
    score, found = Plugin("p", lambda _: (1, heat))(photo)
    assert score == 1.0
    assert found is not None
    np.testing.assert_array_equal(found, [[1.0, 0.0], [0.5, 0.0]])
    for wrong in ((1, heat[:1]), "text", float("nan"), None):
        with pytest.raises(PluginError):
            Plugin("p", lambda _, wrong=wrong: wrong)(photo)
