"""Re-delivery: what happens to a picture on its way from hand to hand."""

from locard.degrade.delivery import crop, recompress, resize

__all__ = ["crop", "recompress", "resize"]
