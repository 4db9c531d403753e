"""Knowledge about the writers of files, kept as data in ``locard/assets/fingerprints``."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from typing import Any


@cache
def load_fingerprints(name: str) -> dict[str, Any]:
    """Return the JSON object in ``assets/fingerprints/<name>.json``."""
    source = files("locard") / "assets" / "fingerprints" / f"{name}.json"
    loaded = json.loads(source.read_text(encoding="utf-8"))
    if not isinstance(loaded, dict):
        raise TypeError(f"{name}.json must hold an object")
    return loaded
