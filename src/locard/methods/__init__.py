"""Methods: one file each, grouped by the trace they read."""

from locard.methods.contract import (
    Cost,
    Finding,
    GridMap,
    Method,
    Need,
    Question,
    Status,
    Trace,
    list_methods,
    method,
    not_applicable,
)

__all__ = [
    "Cost",
    "Finding",
    "GridMap",
    "Method",
    "Need",
    "Question",
    "Status",
    "Trace",
    "list_methods",
    "method",
    "not_applicable",
]
