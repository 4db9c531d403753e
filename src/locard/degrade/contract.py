"""What a perturbation is: a picture and its resolved parameters in, a picture out.

A perturbation is declared with the `perturbation` decorator in a file below
``locard.degrade.perturbations``. Its parameters are declared too, so that a chain can be checked
before it runs, every step can be recorded with all it drew, and the record replays the step.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import cache, cached_property
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

RGB = NDArray[np.uint8]
Mask = NDArray[np.float32]
Value = int | float | str | bool | list[int] | list[float] | list[str]

# Smaller pictures have no 8 × 8 block left to encode or to warp.
MIN_SIDE = 8
DEFAULT_SEVERITY = 3


class MissingExtra(Exception):
    """A package that is not installed; the message is one sentence with the pip line."""


@dataclass(frozen=True, eq=False)
class Picture:
    """What passes along a chain.

    Attributes:
        pixels: uint8, height × width × 3, or what decodes or moves them, which is called once and
            only if they are looked at: of most files at the end of a chain nobody does.
        mask: float32, height × width, 0 to 1, or None.
        data: the encoded file when the last step encoded, else None.
        format: of that file, "JPEG", "PNG", "WEBP", "AVIF" or "HEIF", else None.
        size: height and width; needed where the pixels are not there yet.
        settled: parameters of the last step that were not as given, as a quality at which the file
            met a limit of size.
    """

    pixels: RGB | Callable[[], RGB]
    mask: Mask | None = None
    data: bytes | None = None
    format: str | None = None
    size: tuple[int, int] = (0, 0)
    settled: Mapping[str, Value] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not callable(self.pixels):
            object.__setattr__(self, "size", self.pixels.shape[:2])

    @property
    def decoded(self) -> bool:
        """Whether there are pixels, and not only what makes them."""
        return "rgb" in vars(self) or not callable(self.pixels)

    @cached_property
    def rgb(self) -> RGB:
        """The pixels, uint8, height × width × 3."""
        return self.pixels() if callable(self.pixels) else self.pixels

    def painted(self, rgb: NDArray[Any]) -> Picture:
        """Give every pixel a new colour in the same place; rounds and clips to uint8."""
        if rgb.dtype != np.uint8:
            rgb = np.clip(np.rint(rgb), 0, 255).astype(np.uint8)
        return Picture(np.ascontiguousarray(rgb, dtype=np.uint8), self.mask)

    def moved(self, move: Callable[[NDArray[Any]], NDArray[Any]]) -> Picture:
        """Move the pixels of the picture and of the mask by one function of an array."""
        if self.mask is None:
            return self.painted(move(self.rgb))
        mask = np.clip(move(self.mask).astype(np.float32), 0.0, 1.0)
        # The mask says where the pixels go; who looks at nothing else need not move them.
        return Picture(lambda: self.painted(move(self.rgb)).rgb, mask, size=mask.shape[:2])


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of a perturbation: where its value comes from and what it may be.

    Attributes:
        levels: the values at severities 1 to 5; empty for a parameter that is drawn.
        low, high: bounds of a number; a drawn number is uniform between them.
        choices: the values of a word, or of a drawn number; empty for any.
        open: whether other values than the choices may be given.
    """

    levels: tuple[Value, ...] = ()
    low: float | None = None
    high: float | None = None
    choices: tuple[Value, ...] = ()
    open: bool = False

    @property
    def kind(self) -> type:
        """The type of its values."""
        if self.levels:
            return type(self.levels[0])
        return type(self.choices[0] if self.choices else self.low)

    def describe(self) -> str:
        """Say the values by severity, or what they are drawn from."""
        if not self.levels:
            if self.choices:
                return "drawn from " + ", ".join(str(c) for c in self.choices)
            return f"drawn from {self.low} to {self.high}"
        if len(set(map(str, self.levels))) == 1:
            return str(self.levels[0]) or "(none)"
        return " ".join(str(level) for level in self.levels)

    def default(self, severity: int, rng: np.random.Generator) -> Value:
        """Return the value at a severity, or draw one."""
        if self.levels:
            return self.levels[severity - 1]
        if self.choices:
            return self.choices[int(rng.integers(len(self.choices)))]
        assert self.low is not None
        assert self.high is not None
        if self.kind is int:
            return int(rng.integers(int(self.low), int(self.high) + 1))
        return round(float(rng.uniform(self.low, self.high)), 6)

    def check(self, name: str, value: Value) -> Value:
        """Return a given value in the parameter's type.

        Raises: ValueError, one sentence, when it is of another type or out of bounds.
        """
        if self.kind is float and type(value) is int:
            value = float(value)
        if type(value) is not self.kind:
            words = {bool: "true or false", int: "a whole number", float: "a number", str: "text"}
            raise ValueError(f"{name} must be {words[self.kind]}, not {value!r}")
        if self.choices and not self.open and value not in self.choices:
            raise ValueError(f"{name} must be one of {', '.join(map(str, self.choices))}")
        if isinstance(value, int | float) and not isinstance(value, bool):
            below = self.low is not None and not value >= self.low
            above = self.high is not None and not value <= self.high
            if below or above:
                raise ValueError(f"{name} must lie between {self.low} and {self.high}")
        return value


def by_severity(
    *levels: Value,
    low: float | None = None,
    high: float | None = None,
    choices: tuple[Value, ...] = (),
) -> Parameter:
    """Declare a parameter with one value for each of the five severities."""
    if len(levels) != 5:
        raise ValueError("a parameter has five levels")
    return Parameter(levels, low, high, choices)


def constant(
    value: Value, *choices: Value, low: float | None = None, high: float | None = None
) -> Parameter:
    """Declare a parameter whose default is the same at all severities."""
    return Parameter((value,) * 5, low, high, (value, *choices) if choices else ())


def drawn(low: float, high: float) -> Parameter:
    """Declare a number that is drawn uniformly; whole when both bounds are."""
    return Parameter((), low, high)


def drawn_from(*choices: Value, open: bool = False) -> Parameter:
    """Declare a parameter that is drawn from a list; ``open`` lets others be given."""
    return Parameter((), choices=choices, open=open)


# Recorded with every step: what is not drawn as a parameter (noise) is drawn from this seed.
_SEED = drawn(0, 2**31 - 1)

Run = Callable[..., Picture]


@dataclass(frozen=True, slots=True)
class Perturbation:
    """One thing that happens to a picture on its way.

    Attributes:
        name: unique, lower case with hyphens ("gaussian-noise").
        group: "compression", "geometry", "noise", "blur", "colour", "weather", "overlay",
            "delivery", "recapture" or "laundering".
        about: one sentence: what it does.
        source: the library function, paper or service it follows.
        parameters: by name.
        moves: whether it moves pixels, and the mask with them.
        encodes: whether its result is a file.
        extra: the optional dependency it needs, by the name in pyproject.toml.
        lossy: whether each severity is further from the picture than the one before.
        run: called with a picture, a generator and all parameters as keywords.
    """

    name: str
    group: str
    about: str
    source: str
    run: Run = field(repr=False)
    parameters: Mapping[str, Parameter] = field(default_factory=dict)
    moves: bool = False
    encodes: bool = False
    extra: str | None = None
    lossy: bool = False

    def check(self, given: Mapping[str, Value]) -> dict[str, Value]:
        """Return given parameters in their types.

        Raises: ValueError, one sentence, naming close names when there is no such parameter.
        """
        known = {**self.parameters, "seed": _SEED}
        checked = {}
        for name, value in given.items():
            if name not in known:
                raise ValueError(unknown(f"parameter of {self.name}", name, list(known)))
            checked[name] = known[name].check(f"{name} of {self.name}", value)
        return checked

    def resolve(
        self, severity: int | None, given: Mapping[str, Value], rng: np.random.Generator
    ) -> dict[str, Value]:
        """Return all parameters: given ones, else those of the severity, else drawn ones.

        Everything is drawn whether or not it is given, so that giving one parameter does not
        change the others.
        """
        checked = self.check(given)
        level = severity or DEFAULT_SEVERITY
        seed = checked.get("seed", _SEED.default(level, rng))
        resolved = {name: p.default(level, rng) for name, p in self.parameters.items()}
        return {**resolved, **checked, "seed": seed}

    def apply(self, picture: Picture, parameters: Mapping[str, Value]) -> Picture:
        """Run on a picture with resolved parameters; the same ones give the same bytes.

        Raises: ValueError, one sentence, when it cannot be done on this picture.
        """
        options: dict[str, Any] = dict(parameters)
        try:
            return self.run(picture, np.random.default_rng(options.pop("seed")), **options)
        except cv2.error as error:
            # Sides beyond 32767 pixels, which its warps do not take, or no memory for the result.
            height, width = picture.size
            raise ValueError(
                f"{self.name} cannot be done on {width} × {height} pixels with these parameters"
            ) from error


def unknown(what: str, name: str, known: list[str]) -> str:
    """Return the sentence for an unknown name, with the close ones or else all."""
    close = get_close_matches(name, known, 3, 0.5)
    hint = f"did you mean {' or '.join(close)}?" if close else f"there are {', '.join(known)}"
    return f"no {what} is called {name!r}; {hint}"


_REGISTRY: dict[str, Perturbation] = {}


def perturbation(
    *,
    name: str,
    group: str,
    about: str,
    source: str,
    moves: bool = False,
    encodes: bool = False,
    extra: str | None = None,
    lossy: bool = False,
    **parameters: Parameter,
) -> Callable[[Run], Run]:
    """Register a function as a `Perturbation`; further keywords declare its parameters.

    Raises: ValueError when two perturbations share a name.
    """

    def register(run: Run) -> Run:
        if name in _REGISTRY:
            raise ValueError(f"two perturbations are called {name!r}")
        _REGISTRY[name] = Perturbation(
            name, group, about, source, run, parameters, moves, encodes, extra, lossy
        )
        return run

    return register


@cache
def list_perturbations() -> tuple[Perturbation, ...]:
    """Return all perturbations, by group and name."""
    from locard.degrade import perturbations

    for module in pkgutil.iter_modules(perturbations.__path__, perturbations.__name__ + "."):
        importlib.import_module(module.name)
    return tuple(sorted(_REGISTRY.values(), key=lambda p: (p.group, p.name)))


def find_perturbation(name: str) -> Perturbation:
    """Return the perturbation of a name.

    Raises: ValueError, one sentence with close names, when there is none.
    """
    found = {p.name: p for p in list_perturbations()}
    if name not in found:
        raise ValueError(unknown("perturbation", name, list(found)))
    return found[name]
