"""Chains of perturbations: parsed from text, run on a picture, recorded step by step."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from locard.degrade.contract import MIN_SIDE, Picture, Value, find_perturbation


class Step(BaseModel):
    """One perturbation of a chain.

    Attributes:
        name: of the perturbation.
        severity: 1 (light) to 5 (heavy), which sets the parameters that are not given; 3 for None.
        params: parameters that are given. A recorded step gives them all, and replays exactly.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    severity: Annotated[int, Field(ge=1, le=5)] | None = None
    params: dict[str, Value] = {}


Chain = tuple[Step, ...]


@dataclass(frozen=True, eq=False)
class Delivered(Picture):
    """A picture at the end of its way: its pixels are what a viewer of the file sees.

    Attributes:
        steps: every step with all its parameters, JSON-able; ``Step(**step)`` replays it.
    """

    steps: tuple[dict[str, Any], ...] = ()


def degrade(
    rgb: NDArray[np.uint8],
    chain: Chain,
    *,
    seed: int | np.random.Generator,
    mask: NDArray[np.floating] | None = None,
) -> Delivered:
    """Send a picture along a chain of perturbations.

    Args:
        rgb: uint8, height × width × 3, at least 8 × 8 pixels.
        chain: steps in order; may be empty.
        seed: the same seed and chain give the same bytes.
        mask: height × width, 0 to 1; moved along with the pixels.

    Raises:
        ValueError: one sentence: an unknown step or parameter, a picture or mask of another
            shape, or a step that cannot be done on this picture.
        MissingExtra: one sentence with the pip line.
    """
    if rgb.dtype != np.uint8 or rgb.ndim != 3 or rgb.shape[2] != 3:
        raise ValueError(f"a picture is uint8, height × width × 3, not {rgb.dtype} {rgb.shape}")
    if min(rgb.shape[:2]) < MIN_SIDE:
        height, width = rgb.shape[:2]
        raise ValueError(f"{width} × {height} pixels are too few; {MIN_SIDE} × {MIN_SIDE} at least")
    if mask is not None and mask.shape != rgb.shape[:2]:
        raise ValueError(f"the mask has shape {mask.shape}, the picture {rgb.shape[:2]}")
    rng = np.random.default_rng(seed)
    picture = Picture(
        np.ascontiguousarray(rgb), None if mask is None else np.asarray(mask, np.float32)
    )
    steps = []
    for step in chain:
        perturbation = find_perturbation(step.name)
        # A stream for each step: what one step draws does not change the steps after it.
        own = np.random.default_rng(rng.integers(2**63))
        params = perturbation.resolve(step.severity, step.params, own)
        before, picture = picture, perturbation.apply(picture, params)
        if picture is not before:
            params = {**params, **picture.settled}
        steps.append({"name": step.name, "severity": step.severity, "params": params})
    pixels = picture.rgb if picture.decoded else picture.pixels
    return Delivered(
        pixels, picture.mask, picture.data, picture.format, picture.size, steps=tuple(steps)
    )


def parse_chain(text: str) -> Chain:
    """Read a chain: steps separated by commas, each ``name``, ``name:severity``,
    ``name(parameter=value, ...)`` or both; values are numbers, true, false, or text.

    >>> [step.name for step in parse_chain("resize:2, jpeg(quality=71, progressive=true)")]
    ['resize', 'jpeg']

    Raises: ValueError, one sentence, with close names for an unknown step or parameter.
    """
    return tuple(_parse_step(part) for part in _split(text))


def _split(text: str) -> Iterator[str]:
    """Yield what stands between commas outside brackets and quotes."""
    part, depth, quoted, escaped = "", 0, False, False
    for character in text:
        quoted ^= character == '"' and not escaped
        # Values are JSON: a backslash in quotes takes the next character with it.
        escaped = quoted and character == "\\" and not escaped
        if not quoted:
            depth += (character in "([") - (character in ")]")
        if character == "," and depth == 0 and not quoted:
            yield part.strip()
            part = ""
        else:
            part += character
    if depth or quoted:
        raise ValueError(f"a bracket or a quote is not closed in {text!r}")
    yield part.strip()


_STEP = re.compile(r"(?P<name>[a-z0-9-]+)(:(?P<severity>\w+))?(\((?P<params>.*)\))?", re.DOTALL)


def _parse_step(text: str) -> Step:
    found = _STEP.fullmatch(text)
    if not found:
        raise ValueError(f"{text!r} is not a step; write name:severity or name(parameter=value)")
    perturbation = find_perturbation(found["name"])
    severity = found["severity"]
    if severity is not None and severity not in {"1", "2", "3", "4", "5"}:
        raise ValueError(f"the severity of {found['name']} is 1 to 5, not {severity}")
    params: dict[str, Value] = {}
    for pair in _split(found["params"]) if found["params"] else ():
        name, equals, value = pair.partition("=")
        if not equals:
            raise ValueError(f"{pair!r} in {text!r} is not parameter=value")
        params[name.strip()] = _parse_value(value.strip())
    checked = perturbation.check(params)
    level = int(severity) if severity else None
    return Step(name=perturbation.name, severity=level, params=checked)


def _parse_value(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text
