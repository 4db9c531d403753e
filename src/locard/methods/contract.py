"""The contract between methods and everything that reads their findings.

A method examines one exhibit and returns a `Finding`. It is declared with the `method`
decorator, which registers it; adding a method means adding one file below `locard.methods`,
or an entry point in the group ``locard.methods`` of another package.
"""

from __future__ import annotations

import importlib
import logging
import pkgutil
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cache
from importlib.metadata import entry_points

import cv2
import numpy as np
from numpy.typing import NDArray

from locard.exhibit import Exhibit

FloatMap = NDArray[np.float32]

_log = logging.getLogger(__name__)

# Reason of a finding whose method had not ended in time.
LATE = "the time limit was reached; raise it with --time-limit"
# How the reason of a finding begins when its method raised an exception, which is a bug.
FAILED = "the method failed"

FactValue = str | int | float | bool | None | list[str] | list[float] | list[int]


class Question(StrEnum):
    """What a finding bears on."""

    EDITED = "edited"
    GENERATED = "generated"


class Status(StrEnum):
    """How a finding came about.

    ``observed``: read directly from the bytes; ``derived``: computed from the pixels by a
    deterministic formula; ``inferred``: a statistical or learned conclusion;
    ``not_applicable``: the method could not say anything, and `Finding.reason` says why.
    """

    OBSERVED = "observed"
    DERIVED = "derived"
    INFERRED = "inferred"
    NOT_APPLICABLE = "not_applicable"


class Need(StrEnum):
    """What a method requires of an exhibit before it can run."""

    BYTES = "bytes"
    JPEG_BYTES = "jpeg_bytes"
    COLOUR = "colour"
    MIN_SIDE_64 = "min_side_64"
    MIN_SIDE_128 = "min_side_128"
    MIN_SIDE_256 = "min_side_256"

    def missing(self, exhibit: Exhibit) -> str | None:
        """Return why the exhibit lacks this need, or None when it has it."""
        match self:
            case Need.BYTES:
                return None if exhibit.data is not None else "needs the file, not only its pixels"
            case Need.JPEG_BYTES:
                if exhibit.jpeg is None:
                    return "needs a JPEG file"
                return None
            case Need.COLOUR:
                return None if exhibit.is_colour else "needs a colour picture"
            case _:
                side = int(self.value.rsplit("_", 1)[1])
                if min(exhibit.width, exhibit.height) >= side:
                    return None
                return f"needs at least {side} pixels on the shorter side"


class Trace(StrEnum):
    """What a method reads.

    ``record``: what somebody or something wrote down (metadata, tables, credentials, a
    watermark); re-saving loses it without speaking against it, so its findings are carried over to
    re-delivered versions. ``pixels``: what processing left in pixels or coefficients.
    """

    RECORD = "record"
    PIXELS = "pixels"


class Cost(StrEnum):
    """Time a method takes on a 12-megapixel exhibit, which profiles select by.

    ``cheap``: under 0.5 s, also run on the re-delivered versions that measure stability;
    ``normal``: run by the profile ``standard``; ``heavy``: run by ``thorough`` only. Learned
    methods of normal cost are treated as cheap ones: they say most.
    """

    CHEAP = "cheap"
    NORMAL = "normal"
    HEAVY = "heavy"


@dataclass(frozen=True, slots=True, eq=False)
class GridMap:
    """A heat map on a regular grid of cells, drawn at the exhibit's resolution on demand.

    Methods that decide per block keep one value per block; 48-megapixel exhibits would
    otherwise need 200 MB per method.

    Attributes:
        values: float32, rows × columns of the grid, 0 to 1, higher = more suspicious.
        step: size of a cell in pixels.
        offset: (y, x) of the top left corner of the first cell in pixels; may be negative.
    """

    values: FloatMap
    step: float = 1.0
    offset: tuple[float, float] = (0.0, 0.0)

    def __post_init__(self) -> None:
        values = np.nan_to_num(np.asarray(self.values, dtype=np.float32), nan=0.0)
        if values.ndim != 2 or values.size == 0:
            raise ValueError(f"a map has rows and columns, not shape {values.shape}")
        object.__setattr__(self, "values", np.clip(values, 0.0, 1.0))

    def pixels(self, height: int, width: int) -> FloatMap:
        """Draw the map on a grid of ``height`` × ``width`` pixels, bilinearly; borders replicate.

        Returns: float32, height × width, 0 to 1.
        """
        return self.sample(height, width, 1.0)

    def sample(self, height: int, width: int, scale: float) -> FloatMap:
        """Draw the map on a canvas whose pixels are ``scale`` exhibit pixels wide.

        ``height`` and ``width`` are the canvas size. Coarser canvases average the map first.
        """
        values = self.values
        down = across = self.step
        if self.step == scale and self.offset == (0.0, 0.0) and values.shape == (height, width):
            return values
        if scale > 2 * self.step:
            shrink = int(scale // self.step)
            rows, cols = values.shape
            size = (max(1, cols // shrink), max(1, rows // shrink))
            values = np.asarray(cv2.resize(values, size, interpolation=cv2.INTER_AREA), np.float32)
            # Rows and columns need not divide alike.
            down, across = down * rows / values.shape[0], across * cols / values.shape[1]
        # Pixel centres: canvas x maps to exhibit (x + 0.5) * scale, then to grid coordinates.
        shift_y = (0.5 * scale - self.offset[0]) / down - 0.5
        shift_x = (0.5 * scale - self.offset[1]) / across - 0.5
        matrix = np.array(
            [[scale / across, 0.0, shift_x], [0.0, scale / down, shift_y]], dtype=np.float64
        )
        drawn = cv2.warpAffine(
            values,
            matrix,
            (width, height),
            flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
            borderMode=cv2.BORDER_REPLICATE,
        )
        return np.asarray(drawn, dtype=np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class Finding:
    """What one method observed on one exhibit.

    A method fills status, score, ``says``, maps, facts, limitations and innocent explanations
    (and the question, when it bears on more than its own). The rest is filled for it: the
    identifier when the findings of an exhibit are collected, ``log10_lr`` by the opinion.

    Attributes:
        score: raw score, higher = more in favour of the question's proposition.
        heatmap: where, or None for a method that does not localize.
        reliability: where the heat map can be trusted (1) or not (0), or None for everywhere.
        facts: measured quantities, names with units ("quality", "shift_px").
        says: one sentence that states what was seen, without judging it.
        log10_lr: weight of evidence, or None when the method is not counted or not calibrated, or
            another one takes its answer in.
    """

    status: Status
    score: float | None = None
    says: str = ""
    heatmap: GridMap | None = None
    reliability: GridMap | None = None
    facts: Mapping[str, FactValue] = field(default_factory=dict)
    limitations: tuple[str, ...] = ()
    innocent: tuple[str, ...] = ()
    reason: str | None = None
    question: Question | None = None
    method: str = ""
    id: str = ""
    log10_lr: float | None = None
    seconds: float = 0.0

    @property
    def applicable(self) -> bool:
        """Whether the method could say anything."""
        return self.status is not Status.NOT_APPLICABLE


def not_applicable(reason: str) -> Finding:
    """Return the finding of a method that could not say anything, with the reason."""
    return Finding(Status.NOT_APPLICABLE, reason=reason)


Examine = Callable[[Exhibit], "Finding | Sequence[Finding]"]


@dataclass(frozen=True, slots=True)
class Method:
    """One way to examine an exhibit.

    Attributes:
        name: unique, lower case with hyphens ("jpeg-ghost").
        title: what a table calls it.
        question: the question it bears on.
        about: one sentence: what it looks for.
        source: the paper or specification it follows.
        needs: what it requires of an exhibit.
        cost: which profiles run it.
        trace: what it reads.
        localizes: whether it can return a heat map.
        pixelwise: whether its map is, pixel by pixel, the probability of an edit, rather than a
            measure of its own.
        refines: name of a method whose answer this one takes in, or which sees less of the same;
            where it has an answer of its own, the other is shown and not weighed.
        counted: False for a view that is shown and never weighed as evidence.
        probe: of a learned method: the score of any picture, uint8, height × width × 3, so that
            what its answer hangs on can be tried.
    """

    name: str
    title: str
    question: Question
    about: str
    source: str
    run: Examine
    needs: frozenset[Need] = frozenset()
    cost: Cost = Cost.NORMAL
    trace: Trace = Trace.PIXELS
    localizes: bool = False
    pixelwise: bool = False
    refines: str | None = None
    counted: bool = True
    probe: Callable[[NDArray[np.uint8]], float] | None = None

    @property
    def learned(self) -> bool:
        """Whether a network that is shipped decides."""
        return self.probe is not None

    def examine(self, exhibit: Exhibit) -> tuple[Finding, ...]:
        """Examine one exhibit: one finding, or one per question for a method that answers several.

        Never raises: an unmet need is a `not_applicable` finding, and so is an exception, which
        is a bug, but must not cost the reader the findings of all other methods.
        """
        start = time.perf_counter()
        try:
            findings = self._findings(exhibit)
        except Exception as error:
            _log.debug("%s failed", self.name, exc_info=error)
            failed = f"{FAILED} ({type(error).__name__}: {error}); please report it"
            findings = (not_applicable(failed),)
        seconds = (time.perf_counter() - start) / len(findings)
        return tuple(
            replace(
                finding,
                method=self.name,
                question=finding.question or self.question,
                seconds=seconds,
            )
            for finding in findings
        )

    def _findings(self, exhibit: Exhibit) -> tuple[Finding, ...]:
        missing = [why for need in sorted(self.needs) if (why := need.missing(exhibit))]
        if self.trace is Trace.PIXELS and self.counted and exhibit.plain:
            missing.append("the picture is plain and could not carry a trace")
        if missing:
            return (not_applicable("; ".join(missing)),)
        found = self.run(exhibit)
        findings = (found,) if isinstance(found, Finding) else tuple(found)
        if not findings:
            raise ValueError("it returned no finding")
        return findings


_registry: dict[str, Method] = {}


def method(
    *,
    name: str,
    title: str,
    question: Question,
    about: str,
    source: str,
    needs: Iterable[Need] = (),
    cost: Cost = Cost.NORMAL,
    trace: Trace = Trace.PIXELS,
    localizes: bool = False,
    pixelwise: bool = False,
    refines: str | None = None,
    counted: bool = True,
    probe: Callable[[NDArray[np.uint8]], float] | None = None,
) -> Callable[[Examine], Method]:
    """Register a function as a `Method`; the arguments are the method's attributes.

    Raises: ValueError when the name is taken.
    """

    def register(run: Examine) -> Method:
        if name in _registry:
            raise ValueError(f"two methods are called {name!r}")
        _registry[name] = Method(
            name=name,
            title=title,
            question=question,
            about=about,
            source=source,
            run=run,
            needs=frozenset(needs),
            cost=cost,
            trace=trace,
            localizes=localizes,
            pixelwise=pixelwise,
            refines=refines,
            counted=counted,
            probe=probe,
        )
        return _registry[name]

    return register


@cache
def _discover() -> None:
    package = importlib.import_module("locard.methods")
    for module in pkgutil.walk_packages(package.__path__, "locard.methods."):
        importlib.import_module(module.name)
    for entry in entry_points(group="locard.methods"):
        try:
            entry.load()
        except Exception as error:  # Another package's fault must not cost the shipped methods.
            _log.warning(
                "the methods of %s could not be loaded and are left out (%s: %s)",
                entry.value,
                type(error).__name__,
                error,
            )


def list_methods() -> list[Method]:
    """Return every registered method, by name; loads the entry points of other packages."""
    _discover()
    return [_registry[name] for name in sorted(_registry)]
