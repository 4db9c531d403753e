"""locard: is this photo authentic, edited or generated; where, why, and how far to trust it.

>>> from locard import examine
>>> report = examine("photo.jpg")  # doctest: +SKIP
>>> report.verdict, report.localization.heatmap.shape  # doctest: +SKIP
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from locard.examination import Profile, examine
    from locard.exhibit import Exhibit, ExhibitError, Limits, open_exhibit
    from locard.methods import (
        Cost,
        Finding,
        GridMap,
        Method,
        Need,
        Question,
        Status,
        list_methods,
        method,
        not_applicable,
    )
    from locard.opinion import Answer, Localization, Opinion, Region, Verdict
    from locard.report import Report

# Loaded on first use, so that `locard --help` and `import locard` need not load OpenCV and SciPy.
_HOMES = {
    "locard.examination": ("Profile", "examine"),
    "locard.exhibit": ("Exhibit", "ExhibitError", "Limits", "open_exhibit"),
    "locard.methods": (
        "Cost",
        "Finding",
        "GridMap",
        "Method",
        "Need",
        "Question",
        "Status",
        "list_methods",
        "method",
        "not_applicable",
    ),
    "locard.opinion": ("Answer", "Localization", "Opinion", "Region", "Verdict"),
    "locard.report": ("Report",),
}

__all__ = [
    "Answer",
    "Cost",
    "Exhibit",
    "ExhibitError",
    "Finding",
    "GridMap",
    "Limits",
    "Localization",
    "Method",
    "Need",
    "Opinion",
    "Profile",
    "Question",
    "Region",
    "Report",
    "Status",
    "Verdict",
    "examine",
    "list_methods",
    "method",
    "not_applicable",
    "open_exhibit",
]


def __getattr__(name: str) -> Any:
    for home, names in _HOMES.items():
        if name in names:
            value = getattr(importlib.import_module(home), name)
            globals()[name] = value
            return value
    raise AttributeError(f"module 'locard' has no attribute {name!r}")
