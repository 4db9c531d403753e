"""Exhibits: safe decoding of what is under examination."""

from locard.exhibit.exhibit import Exhibit, Source, dct_basis, open_exhibit, read_file
from locard.exhibit.jpeg import JpegStructure
from locard.exhibit.limits import ExhibitError, Limits
from locard.exhibit.metadata import Metadata

__all__ = [
    "Exhibit",
    "ExhibitError",
    "JpegStructure",
    "Limits",
    "Metadata",
    "Source",
    "dct_basis",
    "open_exhibit",
    "read_file",
]
