"""Recipes: random histories and deliveries, written in YAML.

A recipe is a list of steps; every step has a probability and parameters that are constants or
ranges. Drawing from a recipe gives a chain. The shipped recipes are
``src/locard/assets/recipes.yaml``, where the format is explained.
"""

from __future__ import annotations

import math
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, StrictInt, ValidationError, model_validator

from locard.degrade.chain import Chain, Step
from locard.degrade.contract import MissingExtra, Value, find_perturbation

_STRICT = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)
_MAX_BYTES = 2**20


class Uniform(BaseModel):
    """A number between two bounds, whole when both are written so: ``{uniform: [60, 95]}``."""

    model_config = _STRICT
    # Strict: 1.0 is no whole number here, or nothing between [0.0, 1.0] would be drawn.
    uniform: tuple[StrictInt, StrictInt] | tuple[float, float]

    def draw(self, rng: np.random.Generator) -> int | float:
        """Draw a number; a whole one includes both bounds."""
        low, high = self.uniform
        if isinstance(low, int) and isinstance(high, int):
            return int(rng.integers(low, high + 1))
        return round(float(rng.uniform(low, high)), 6)

    @property
    def ends(self) -> tuple[Value, ...]:
        """The values that bound what can be drawn."""
        return self.uniform

    @model_validator(mode="after")
    def _ordered(self) -> Uniform:
        if self.uniform[0] > self.uniform[1]:
            raise ValueError("the lower bound comes first")
        return self


class LogUniform(BaseModel):
    """A positive number whose logarithm is uniform: ``{log_uniform: [0.25, 1.0]}``."""

    model_config = _STRICT
    log_uniform: tuple[Annotated[float, Field(gt=0)], Annotated[float, Field(gt=0)]]

    def draw(self, rng: np.random.Generator) -> float:
        """Draw a number."""
        low, high = (math.log(end) for end in self.log_uniform)
        return round(math.exp(rng.uniform(low, high)), 6)

    @property
    def ends(self) -> tuple[Value, ...]:
        """The values that bound what can be drawn."""
        return self.log_uniform

    @model_validator(mode="after")
    def _ordered(self) -> LogUniform:
        if self.log_uniform[0] > self.log_uniform[1]:
            raise ValueError("the lower bound comes first")
        return self


class Choice(BaseModel):
    """One of some values, equally likely: ``{choice: [70, 75, 75, 80]}``."""

    model_config = _STRICT
    choice: Annotated[tuple[bool | int | float | str, ...], Field(min_length=1)]

    def draw(self, rng: np.random.Generator) -> Value:
        """Draw a value; one that is listed twice is twice as likely."""
        return self.choice[int(rng.integers(len(self.choice)))]

    @property
    def ends(self) -> tuple[Value, ...]:
        """All values that can be drawn."""
        return self.choice


Drawn = bool | int | float | str | Uniform | LogUniform | Choice


class RecipeStep(BaseModel):
    """A step of a recipe.

    Attributes:
        name: of the perturbation.
        severity: 1 to 5, for the parameters that are not given.
        params: constants, choices or ranges.
        probability: that the step is taken, 0 to 1.
    """

    model_config = _STRICT
    name: str
    severity: Annotated[int, Field(ge=1, le=5)] | Uniform | Choice | None = None
    params: dict[str, Drawn] = {}
    probability: Annotated[float, Field(ge=0, le=1)] = 1.0

    @model_validator(mode="after")
    def _known(self) -> RecipeStep:
        perturbation = find_perturbation(self.name)
        for name, value in self.params.items():
            for end in value.ends if isinstance(value, BaseModel) else (value,):
                perturbation.check({name: end})
        if isinstance(self.severity, BaseModel):
            for end in self.severity.ends:
                Step(name=self.name, severity=end)  # type: ignore[arg-type]  # validated here
        return self

    def draw(self, rng: np.random.Generator) -> Step:
        """Draw the severity and the parameters."""
        severity = _draw(self.severity, rng)
        params = {name: _draw(value, rng) for name, value in self.params.items()}
        return Step.model_validate({"name": self.name, "severity": severity, "params": params})


def _draw(value: Drawn | None, rng: np.random.Generator) -> Value | None:
    return value.draw(rng) if isinstance(value, Uniform | LogUniform | Choice) else value


class Recipe(BaseModel):
    """A named random chain.

    Attributes:
        about: what it stands for, one sentence.
        weight: how often it is drawn, against the others; 0 is never.
        steps: in order.
    """

    model_config = _STRICT
    name: str = ""
    about: str = ""
    weight: Annotated[float, Field(ge=0)] = 1.0
    steps: tuple[RecipeStep, ...] = ()

    def draw(self, rng: np.random.Generator) -> Chain:
        """Draw which steps are taken and their parameters."""
        return tuple(step.draw(rng) for step in self.steps if rng.random() < step.probability)


class Recipes(BaseModel):
    """Histories (before a picture is edited) and deliveries (after), by name."""

    model_config = _STRICT
    histories: dict[str, Recipe]
    deliveries: dict[str, Recipe]

    @model_validator(mode="after")
    def _drawable(self) -> Recipes:
        for kind, recipes in (("history", self.histories), ("delivery", self.deliveries)):
            if not any(recipe.weight for recipe in recipes.values()):
                raise ValueError(f"no {kind} has a weight above 0")
        return self

    def draw_history(self, rng: np.random.Generator) -> Chain:
        """Draw what happened to a picture before it was edited."""
        return _pick(self.histories, rng).draw(rng)

    def draw_delivery(self, rng: np.random.Generator) -> Chain:
        """Draw how a picture is handed on."""
        return _pick(self.deliveries, rng).draw(rng)


def _pick(recipes: dict[str, Recipe], rng: np.random.Generator) -> Recipe:
    weights = np.array([recipe.weight for recipe in recipes.values()])
    return list(recipes.values())[int(rng.choice(len(weights), p=weights / weights.sum()))]


def load_recipes(file: Path | None = None) -> Recipes:
    """Read recipes; the shipped ones by default.

    A file with ``extends: default`` adds to the shipped recipes, and replaces those it names.

    Raises:
        ValueError: one sentence, when the file is not a YAML of recipes.
        MissingExtra: when PyYAML is not installed.
    """
    shipped = files("locard") / "assets" / "recipes.yaml"
    if file is None:
        return _validate("the shipped recipes", _read(shipped.read_bytes(), "the shipped recipes"))
    try:
        with file.open("rb") as stream:
            data = stream.read(_MAX_BYTES + 1)
    except OSError as error:
        raise ValueError(f"{file.name} cannot be read ({error.strerror})") from None
    if len(data) > _MAX_BYTES:
        raise ValueError(f"{file.name} is larger than a megabyte, which no recipes are")
    loaded = _read(data, file.name)
    base = loaded.pop("extends", None)
    if base not in (None, "default"):
        raise ValueError(f"{file.name} extends {base!r}; only 'default' can be extended")
    if base:
        default = _read(shipped.read_bytes(), "the shipped recipes")
        for kind in ("histories", "deliveries"):
            own = loaded.get(kind) or {}
            if isinstance(own, dict):
                loaded[kind] = {**default[kind], **own}
    return _validate(file.name, loaded)


def _read(data: bytes, name: str) -> dict[str, Any]:
    try:
        import yaml
    except ImportError:
        raise MissingExtra("recipes need PyYAML: pip install 'locard[forge]'") from None
    try:
        loaded = yaml.safe_load(data)
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError) as error:
        where = getattr(error, "problem_mark", None)
        line = f" (line {where.line + 1})" if where else ""
        raise ValueError(f"{name} is not YAML{line}") from None
    if not isinstance(loaded, dict):
        raise ValueError(f"{name} holds no histories and deliveries")
    return loaded


def _validate(name: str, loaded: dict[str, Any]) -> Recipes:
    for kind in ("histories", "deliveries"):
        group = loaded.get(kind)
        if isinstance(group, dict):
            loaded[kind] = {
                key: {"name": key, **recipe} if isinstance(recipe, dict) else recipe
                for key, recipe in group.items()
            }
    try:
        return Recipes.model_validate(loaded)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        why = first["msg"].removeprefix("Value error, ")
        raise ValueError(f"{name}: {place or 'recipes'}: {why}") from None
