"""Bulk examination: folders, archives, lists and stores of pictures into one table."""

from locard.scan.results import ScanError, Settings
from locard.scan.scanner import Progress, Summary, scan

__all__ = ["Progress", "ScanError", "Settings", "Summary", "scan"]
