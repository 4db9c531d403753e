"""Report: the versioned result, as objects, JSON, maps and HTML."""

from locard.report.report import Report, Timing

__all__ = ["Report", "Timing"]
