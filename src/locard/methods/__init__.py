"""Methods: one file each, grouped by the trace they read."""

from locard.methods.contract import (
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

__all__ = [
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
]
