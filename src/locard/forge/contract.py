"""What an operation of the forging engine is: a host photo in, a forgery and its truth out."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache

import numpy as np
from numpy.typing import NDArray

RGB = NDArray[np.uint8]
Matte = NDArray[np.float32]
Parameter = str | int | float | bool | list[int] | list[float] | None


class Unsuitable(Exception):
    """A photo that an operation cannot work on; the message is one sentence that says why."""


@dataclass(frozen=True, slots=True, eq=False)
class Photo:
    """A host or a donor, after its history.

    Attributes:
        rgb: uint8, height × width × 3.
        sha256: of the file it was read from, hexadecimal.
        name: of that file, without its folder.
        foreground: float32, height × width, 0 to 1: what stands out, as the user's segmenter sees
            it; None without one.
    """

    rgb: RGB
    sha256: str
    name: str
    foreground: Matte | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Forged:
    """What an operation made.

    Attributes:
        rgb: uint8, of the host's shape.
        mask: float32, height × width, 0 to 1: the share of every pixel that is not the host's;
            exact, soft edges included. All ones for a whole-picture operation.
        parameters: what was drawn and done, for the record.
        says: one plain sentence: what was done where, "a boat was copied to the left third".
        source: float32, height × width or None: where in the host copied pixels came from.
        donors: indices into the donors that were used.
    """

    rgb: RGB
    mask: Matte
    parameters: dict[str, Parameter]
    says: str
    source: Matte | None = None
    donors: tuple[int, ...] = ()


Forge = Callable[[Photo, Sequence[Photo], np.random.Generator], Forged]


@dataclass(frozen=True, slots=True)
class Operation:
    """One way to forge.

    Attributes:
        name: unique, lower case with hyphens ("copy-move").
        group: what tables are broken down by: "splice", "copy-move", "removal", "generative",
            "processing", "text", "face", "style", "recapture".
        about: one sentence: what it does.
        source: the paper or tool that it follows.
        run: makes the forgery; raises `Unsuitable`, and draws from the generator alone.
        donors: how many other photos it needs.
        extra: the optional dependency it needs, by the name in pyproject.toml.
        default: whether it is among the operations that run unless others are named.
    """

    name: str
    group: str
    about: str
    source: str
    run: Forge = field(repr=False)
    donors: int = 0
    extra: str | None = None
    default: bool = True


_REGISTRY: dict[str, Operation] = {}


def operation(
    *,
    name: str,
    group: str,
    about: str,
    source: str,
    donors: int = 0,
    extra: str | None = None,
    default: bool = True,
) -> Callable[[Forge], Forge]:
    """Register a function as an operation.

    Raises: ValueError when two operations share a name.
    """

    def register(run: Forge) -> Forge:
        if name in _REGISTRY:
            raise ValueError(f"two operations are called {name!r}")
        _REGISTRY[name] = Operation(name, group, about, source, run, donors, extra, default)
        return run

    return register


@cache
def list_operations() -> tuple[Operation, ...]:
    """Return all operations by name; each file below ``locard.forge.operations`` is loaded."""
    from locard.forge import operations

    for module in pkgutil.iter_modules(operations.__path__, operations.__name__ + "."):
        importlib.import_module(module.name)
    return tuple(_REGISTRY[name] for name in sorted(_REGISTRY))
