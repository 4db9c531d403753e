"""Forging engine: forgeries with exact masks and a record of what was done."""

from locard.forge.contract import Forged, Operation, Photo, Unsuitable, list_operations, operation

__all__ = ["Forged", "Operation", "Photo", "Unsuitable", "list_operations", "operation"]
