"""Layouts: where a published set keeps its pictures, labels and masks, as data and not as code.

A layout is a few lines of YAML; those of known sets are in ``layouts/*.yaml``, and a file of the
user's own works the same way.
"""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, field_validator

from locard.bench.datasets.item import DatasetError, MaskRule
from locard.methods import Question

PICTURES = r"(?:.*/)?[^/]+\.(?:jpe?g|png|tiff?|bmp|webp|gif)"


def _several(value: object) -> object:
    return (value,) if isinstance(value, str) else value


Names = Annotated[tuple[str, ...], BeforeValidator(_several)]


class Part(BaseModel):
    """Pictures of one label in one folder.

    Attributes:
        folder: below the root, with ``*`` for one level; of several spellings the first that
            exists counts.
        files: regular expression for the path below the folder, case ignored; named groups
            ``source``, ``generator``, ``operation`` and ``split`` fill the item's fields.
        label: 1 where the proposition holds.
        mask: path below the root, with ``{stem}``, ``{name}``, ``{parent}`` (folder of the
            picture below the root) and the named groups; the first that exists counts.
        rule: which pixels of the mask are edited.
        words: translates what a named group matched ("S" to "splice").
        expect: number of pictures as published, None where it is not known.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    label: Literal[0, 1]
    folder: Names = (".",)
    files: str = PICTURES
    mask: Names = ()
    rule: MaskRule = MaskRule.WHITE
    words: dict[str, str] = Field(default_factory=dict)
    expect: int | None = Field(default=None, gt=0)
    question: Question | None = None
    source: str = ""
    generator: str = ""
    operation: str = ""
    split: str = ""

    @property
    def groups(self) -> frozenset[str]:
        """Names of the groups in ``files``."""
        return frozenset(re.compile(self.files).groupindex)

    @field_validator("files")
    @classmethod
    def _compiles(cls, value: str) -> str:
        try:
            re.compile(value)
        except re.error as error:
            raise ValueError(f"{value!r} is not a regular expression: {error}") from error
        return value


class Layout(BaseModel):
    """Where a set keeps what.

    Attributes:
        reserved: True for evaluation only; or the splits that are.
        about: what it holds, one phrase.
        unpack: what has to be done after the download, "" for nothing but unpacking archives.
        note: what the reader has to know, such as that a layout is from the paper only.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    title: str
    about: str
    question: Question
    reference: str
    url: str
    licence: str
    reserved: bool | tuple[str, ...] = ("test",)
    unpack: str = ""
    note: str = ""
    parts: tuple[Part, ...] = Field(min_length=1)


def read_layouts(text: str, origin: str) -> tuple[Layout, ...]:
    """Read layouts from YAML: a mapping from name to the other fields of `Layout`.

    Raises: DatasetError for text that is not that, or without PyYAML.
    """
    try:
        import yaml
    except ImportError as error:
        raise DatasetError("datasets need PyYAML: pip install 'locard[bench]'") from error
    try:
        content: Any = yaml.safe_load(text)
        if not isinstance(content, dict) or not all(isinstance(v, dict) for v in content.values()):
            raise DatasetError(f"{origin} is not a mapping from names to layouts")
        return tuple(Layout(name=name, **fields) for name, fields in content.items())
    except yaml.YAMLError as error:
        raise DatasetError(f"{origin} is not YAML: {' '.join(str(error).split())}") from error
    except (ValidationError, TypeError) as error:
        raise DatasetError(f"{origin} is not a layout: {' '.join(str(error).split())}") from error


@cache
def list_datasets() -> tuple[Layout, ...]:
    """Return the layouts of all known sets, by name."""
    folder = files("locard.bench.datasets").joinpath("layouts")
    found = [
        layout
        for file in folder.iterdir()
        if file.name.endswith(".yaml")
        for layout in read_layouts(file.read_text("utf-8"), file.name)
    ]
    return tuple(sorted(found, key=lambda layout: layout.name))


def read_layout_file(file: Path) -> Layout:
    """Read a user's own YAML file with one layout.

    Raises: DatasetError when it holds none or several.
    """
    layouts = read_layouts(file.read_text("utf-8"), file.name)
    if len(layouts) != 1:
        raise DatasetError(f"{file.name} holds {len(layouts)} layouts instead of one")
    return layouts[0]
