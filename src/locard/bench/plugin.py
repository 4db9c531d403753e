"""Methods from outside: one function, ``predict(image) -> score`` or ``(score, map)``."""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

GROUP = "locard.bench"


class PluginError(ValueError):
    """A method from outside that cannot be used; the message is one sentence."""


@dataclass(frozen=True, slots=True)
class Plugin:
    """A method from outside.

    Attributes:
        name: of its file, its function or its entry point.
        predict: takes uint8 RGB, height × width × 3; returns a score, higher = more in favour of
            the proposition, or the score and a map, height × width, 0 to 1.
    """

    name: str
    predict: Callable[[NDArray[np.uint8]], Any]

    def __call__(self, rgb: NDArray[np.uint8]) -> tuple[float, NDArray[np.float32] | None]:
        """Return score and map.

        Raises: PluginError when it returns anything else; and whatever the method raises.
        """
        found = self.predict(rgb.copy())
        score, heatmap = found if isinstance(found, tuple) and len(found) == 2 else (found, None)
        try:
            number = float(score)
        except (TypeError, ValueError):
            raise PluginError(f"it returned a {type(score).__name__}, not a number") from None
        if not np.isfinite(number):
            raise PluginError(f"it returned the score {number}")
        if heatmap is None:
            return number, None
        values = np.asarray(heatmap, dtype=np.float32)
        if values.shape != rgb.shape[:2]:
            raise PluginError(f"its map has shape {values.shape} instead of {rgb.shape[:2]}")
        return number, np.clip(np.nan_to_num(values, nan=0.0), 0.0, 1.0)


def _from_file(path: Path) -> Any:
    spec = importlib.util.spec_from_file_location(f"locard_plugin_{path.stem}", path)
    if spec is None or spec.loader is None:
        raise PluginError(f"{path} is not a Python file")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    if not hasattr(module, "predict"):
        raise PluginError(f"{path} has no function predict(image)")
    return module.predict


def load_plugin(where: str) -> Plugin:
    """Load a method from outside.

    Args: where: a Python file with a function ``predict``, ``module:function``, or the name of an
        entry point in the group ``locard.bench``. Its code runs with the rights of the user.

    Raises: PluginError when there is none, or it fails while it is loaded.
    """
    try:
        if where.endswith(".py"):
            path = Path(where)
            if not path.is_file():
                raise PluginError(f"there is no file {path}")
            return Plugin(path.stem, _from_file(path))
        if ":" in where:
            module, _, function = where.partition(":")
            return Plugin(function, getattr(importlib.import_module(module), function))
        for entry in entry_points(group=GROUP, name=where):
            return Plugin(where, entry.load())
    except PluginError:
        raise
    # Anything can go wrong in somebody else's module; the user needs to know what did.
    except Exception as error:
        raise PluginError(f"{where} fails: {type(error).__name__}: {error}") from error
    raise PluginError(
        f"{where!r} is neither a Python file nor module:function nor an entry point of {GROUP}"
    )
