"""What can have been done to a picture, and which traces speak of it."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from locard.methods import Finding


class Operation(StrEnum):
    """Families of operations, as far as a trace can tell them apart."""

    COPY = "copy"  # a part copied to another place of the same picture
    INSERT = "insert"  # a part pasted in from another picture
    REMOVE = "remove"  # something taken out and the hole filled
    RESAMPLE = "resample"  # a part made larger or smaller, or turned
    WARP = "warp"  # a part pushed or pulled out of shape
    SMOOTH = "smooth"  # a part blurred or freed of noise
    SHARPEN = "sharpen"
    NOISE = "noise"  # noise added to a part
    TONE = "tone"  # brightness or colour of a part changed
    RECOMPRESS = "recompress"  # a part compressed on its own
    TEXT = "text"  # letters or words changed
    FACE = "face"  # a face changed or swapped
    REGENERATE = "regenerate"  # a part redrawn by a network
    GENERATE = "generate"  # the whole picture made by a network
    RECAPTURE = "recapture"  # a photo of a print or screen
    STYLE = "style"  # the look of the whole picture changed
    LOCAL = "local"  # a part changed in any way, which the trace does not tell apart
    SAVE = "save"  # opened and saved by software, content perhaps untouched


_O = Operation
# What leaves the trace that a method reads, when its finding speaks for its proposition. Where any
# change of a part leaves it, the commonest are named and LOCAL stands for the others.
_LEFT_BY: dict[str, tuple[Operation, ...]] = {
    "copy-move": (_O.COPY, _O.REMOVE),
    "resampling": (_O.RESAMPLE, _O.INSERT, _O.WARP),
    "splicing-residual": (_O.INSERT, _O.REMOVE, _O.SMOOTH, _O.NOISE, _O.LOCAL),
    "noise-level": (_O.INSERT, _O.REMOVE, _O.SMOOTH, _O.NOISE, _O.LOCAL),
    "trace-net": (_O.INSERT, _O.REMOVE, _O.COPY, _O.LOCAL),
    "content-net": (_O.INSERT, _O.REMOVE, _O.COPY, _O.LOCAL),
    "cfa": (_O.INSERT, _O.REMOVE, _O.RESAMPLE, _O.LOCAL),
    "prnu": (_O.INSERT, _O.REMOVE, _O.REGENERATE, _O.LOCAL),
    "double-jpeg": (_O.INSERT, _O.REMOVE, _O.RECOMPRESS, _O.LOCAL),
    "jpeg-ghost": (_O.INSERT, _O.RECOMPRESS, _O.LOCAL),
    "jpeg-grid": (_O.INSERT, _O.COPY, _O.RECOMPRESS),
    "jpeg-tables": (_O.SAVE,),
    "metadata": (_O.SAVE,),
    "content-credentials": (_O.SAVE, _O.GENERATE),
    "generator-declaration": (_O.GENERATE,),
    "sd-watermark": (_O.GENERATE,),
    "power-spectrum": (_O.GENERATE,),
    "synthesis-traces": (_O.GENERATE, _O.STYLE),
    "synthesis-appearance": (_O.GENERATE,),
    "synthesis-content": (_O.GENERATE,),
}


def left_by(finding: Finding) -> tuple[Operation, ...]:
    """Return what leaves the trace of a finding; empty where the method does not tell."""
    return _LEFT_BY.get(finding.method, ())


def candidates(findings: Iterable[Finding]) -> frozenset[Operation]:
    """Return every operation that one of the findings may come from."""
    return frozenset(operation for f in findings for operation in left_by(f))
