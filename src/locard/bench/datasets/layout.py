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

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
)

from locard.bench.datasets.item import DatasetError, MaskRule
from locard.methods import Question

# What PICTURE stands for in a regular expression: the name of a picture file.
_PICTURE = r"[^/]+\.(?:jpe?g|png|tiff?|bmp|webp|gif)"


def _several(value: object) -> object:
    return (value,) if isinstance(value, str) else value


Names = Annotated[tuple[str, ...], BeforeValidator(_several)]


def _regular(value: str) -> str:
    value = value.replace("PICTURE", _PICTURE)
    try:
        re.compile(value)
    except re.error as error:
        raise ValueError(f"{value!r} is not a regular expression: {error}") from error
    return value


Regex = Annotated[str, AfterValidator(_regular)]


def _with_path(columns: dict[str, str]) -> dict[str, str]:
    if "path" not in columns:
        raise ValueError("the columns of a table must name that of the path")
    return columns


def _with_path_group(listing: Listing | None) -> Listing | None:
    if listing is not None and "path" not in re.compile(listing.pattern).groupindex:
        raise ValueError("the pattern of rows must have a group (?P<path>...)")
    return listing


class Listing(BaseModel):
    """A text file (lines, CSV or JSON) that names pictures.

    Attributes:
        file: path below the root, with ``*``.
        pattern: regular expression, searched for all over the text; its group ``key``, or the
            whole match, names a picture.
        key: what of a picture has to be named, with the placeholders of `Part.mask`.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    file: str
    pattern: Regex = r'[^\s",\[\]:]+'
    key: str = "{stem}"


class Table(BaseModel):
    """A CSV with a head that lists pictures.

    Attributes:
        file: path below the root, with ``*``.
        columns: name of the column for ``path`` (below the part's folder), and for the fields
            of the item that there are columns for.
        where: keeps the rows with this value in this column.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    file: str
    columns: Annotated[dict[str, str], AfterValidator(_with_path)]
    delimiter: str = Field(default=",", min_length=1, max_length=1)
    where: dict[str, str] = Field(default_factory=dict)


class Coco(BaseModel):
    """Polygons in the format of MS COCO; of its file names only the last part counts.

    Attributes:
        file: path of the JSON below the root.
        edited: identifiers of the categories that are edited.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    file: str
    edited: tuple[int, ...]


class Part(BaseModel):
    """Pictures of one label in one folder.

    Attributes:
        label: 1 where the proposition holds.
        folder: below the root, with ``*`` for one level; of several spellings the first that
            exists counts.
        files: regular expression for the path below the folder, case ignored, in which PICTURE
            stands for the name of any picture; named groups ``source``, ``generator``,
            ``operation``, ``split`` and ``delivery`` fill the item's fields.
        rows: takes the pictures from a list instead of walking the folder; its pattern has a
            group ``path`` (below the folder) and perhaps ``mask`` (below the root) and the above.
        table: takes them from a table instead.
        coco: takes pictures and edited polygons from a COCO file; those with an edited polygon
            have label 1.
        only: keeps the pictures that a list names.
        splits: list of the members of each split.
        mask: path below the root, with ``{stem}``, ``{name}``, ``{parent}`` (folder of the
            picture below the root), ``{top}`` (its first folder) and the named groups; the first
            that exists counts.
        rule: which pixels of the mask are edited.
        masked: keeps the pictures with a mask (True) or without (False).
        words: translates what a named group matched ("S" to "splice").
        expect: number of pictures as published, None where it is not known.
        source, generator, operation, split, delivery: for groups that are not in ``files``; may
            have the placeholders of ``mask``.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, validate_default=True)

    label: Literal[0, 1]
    folder: Names = (".",)
    files: Regex = "(?:.*/)?PICTURE"
    rows: Annotated[Listing | None, AfterValidator(_with_path_group)] = None
    table: Table | None = None
    coco: Coco | None = None
    only: Listing | None = None
    splits: dict[str, Listing] = Field(default_factory=dict)
    mask: Names = ()
    rule: MaskRule = MaskRule.WHITE
    masked: bool | None = None
    words: dict[str, str] = Field(default_factory=dict)
    expect: int | None = Field(default=None, gt=0)
    question: Question | None = None
    source: str = ""
    generator: str = ""
    operation: str = ""
    split: str = ""
    delivery: str = ""

    @property
    def walks(self) -> bool:
        """Whether its pictures are those that are there, not those that a list names."""
        return self.rows is None and self.table is None and self.coco is None

    @property
    def possible_splits(self) -> frozenset[str] | None:
        """The splits its items can have, or None where the files' names tell."""
        pattern = self.rows.pattern if self.rows else self.files
        listed = self.table is not None and "split" in self.table.columns
        if listed or "split" in re.compile(pattern).groupindex or "{" in self.split:
            return None
        return frozenset({*self.splits, self.split})


class Parquet(BaseModel):
    """Where a set distributed as Parquet keeps what; `unpack_parquet` writes pictures.

    Attributes:
        files: of the tables, with ``*``; their names begin with the split ("train-00000-of-...").
        image, mask, label, id, generator: names of the columns, "" for none; that of the
            generator may be absent.
        words: name of the folder for each label: its value, or the name that the table's schema
            gives to the value.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    files: str
    image: str
    label: str
    words: dict[str, str]
    mask: str = ""
    id: str = ""
    generator: str = ""


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
    parquet: Parquet | None = None
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
    try:
        text = file.read_text("utf-8")
    except UnicodeDecodeError as error:
        raise DatasetError(f"{file.name} is not text in UTF-8") from error
    layouts = read_layouts(text, file.name)
    if len(layouts) != 1:
        raise DatasetError(f"{file.name} holds {len(layouts)} layouts instead of one")
    return layouts[0]
