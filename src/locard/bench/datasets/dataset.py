"""Datasets: the items of a local copy, streamed in a fixed order, and what the copy lacks."""

from __future__ import annotations

import csv
import difflib
import json
import math
import os
import re
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from locard.bench.datasets.item import DatasetError, Item, MaskRule
from locard.bench.datasets.layout import (
    Coco,
    Layout,
    Listing,
    Part,
    Table,
    list_datasets,
    read_layout_file,
)
from locard.methods import Question

Polygons = tuple[tuple[float, ...], ...]

# Columns of a table of pictures.
_COLUMNS = frozenset(
    (
        "path", "label", "mask", "mask_rule", "source", "donors", "generator", "operation",
        "delivery", "split", "question", *Question,
    )
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Dataset(ABC):
    """A local copy of a set.

    Attributes:
        name: what tables call it.
        root: folder of the copy.
        question: overrides the question of the items.
        split: keeps the items of this split only, "" keeps all.
    """

    name: str
    root: Path
    question: Question | None = None
    split: str = ""

    @property
    @abstractmethod
    def reserved(self) -> bool:
        """Whether it is, or contains what is, for evaluation only: nothing may be fitted on it."""

    @abstractmethod
    def missing(self) -> list[str]:
        """Say what the copy lacks, one sentence each; empty for a complete copy."""

    def ignored(self) -> list[str]:
        """Name the columns of its table that are not read."""
        return []

    @abstractmethod
    def _all(self) -> Iterator[Item]: ...

    def items(self) -> Iterator[Item]:
        """Stream the items, in the same order every time."""
        for item in self._all():
            if not self.split or item.split == self.split:
                yield item if self.question is None else replace(item, question=self.question)


def refuse_reserved(dataset: Dataset) -> None:
    """Refuse to fit on a set that is kept for evaluation.

    Raises: DatasetError for a reserved set.
    """
    if dataset.reserved:
        raise DatasetError(
            f"{dataset.name} is reserved for evaluation: nothing is trained, calibrated or chosen "
            "on it"
        )


def _walk(folder: Path) -> Iterator[Path]:
    """Files below a folder, sorted, one directory at a time; links to folders are followed.

    Sets are often put together by links. A folder that contains itself is read once.
    """
    seen = {os.path.realpath(folder)}
    for parent, folders, names in os.walk(folder, followlinks=True):
        own = {name: os.path.realpath(Path(parent, name)) for name in sorted(folders)}
        folders[:] = [name for name, real in own.items() if real not in seen]
        seen.update(own.values())
        for name in sorted(names):
            yield Path(parent, name)


def _outline(polygon: Sequence[float]) -> tuple[float, ...]:
    corners = tuple(float(value) for value in polygon)
    if len(corners) < 6 or len(corners) % 2 or not all(map(math.isfinite, corners)):
        raise ValueError("an outline has x and y of three corners or more")
    return corners


def _fill(template: str, names: dict[str, str]) -> str:
    try:
        return template.format(**names)
    except (KeyError, IndexError, ValueError) as error:
        raise DatasetError(
            f"{template!r} has other placeholders than {', '.join(names)}"
        ) from error


@dataclass(frozen=True, kw_only=True)
class LayoutDataset(Dataset):
    """A copy of a published set, laid out as `Layout` says.

    Where parts of the set bear on different questions, ``question`` chooses among them.
    """

    layout: Layout

    @property
    def reserved(self) -> bool:
        """Whether the set, or a split of it that is not excluded, is for evaluation only."""
        kept = self.layout.reserved
        if isinstance(kept, bool):
            return kept
        if self.split:
            return self.split in kept
        splits = [part.possible_splits for part in self._parts]
        return bool(kept) and any(s is None or not s.isdisjoint(kept) for s in splits)

    @property
    def _asked(self) -> Question:
        return self.question or self.layout.question

    @property
    def _parts(self) -> list[Part]:
        """Parts of the question and the split that are asked for."""
        parts = self.layout.parts
        # A set whose parts all bear on one question is relabelled, never one that has both.
        both = any(part.question == self._asked for part in parts)
        return [
            part
            for part in parts
            if part.question in (None, self._asked)
            and (part.question or part.label == 0 or not both)
            and (not self.split or self.split in (part.possible_splits or {self.split}))
        ]

    def missing(self) -> list[str]:
        """Say which folders, lists, pictures and masks the copy lacks, part by part."""
        said = [sentence for part in self._parts for sentence in self._lacks(part)]
        return [f"{self.layout.title}: {sentence}" for sentence in dict.fromkeys(said)]

    def _lacks(self, part: Part) -> Iterator[str]:
        folder = "the root" if part.folder[0] == "." else " or ".join(part.folder)
        named = [part.rows, part.table, part.coco, part.only, *part.splits.values()]
        lists = [listing.file for listing in named if listing]
        gone = [file for file in lists if not any(self.root.glob(file))]
        if not self._folders(part):
            yield f"the folder {folder} is missing below {self.root}"
        yield from (f"the list {file} is missing below {self.root}" for file in gone)
        if gone or not self._folders(part):
            return
        items = absent = bare = 0
        first = ""
        for item in self._of(part):
            items += 1
            absent += not (part.walks or item.path.is_file())
            if part.mask and item.mask is None:
                bare += 1
                first = first or item.path.name
        kind = "authentic" if part.label == 0 else self._asked.value
        if part.split and "{" not in part.split:
            kind = f"{kind} {part.split}"
        if part.expect and items < part.expect:
            yield f"{folder} holds {items} of {part.expect} {kind} pictures"
        elif not items:
            yield f"{folder} holds no {kind} pictures"
        if absent:
            yield f"{absent} of {items} {kind} pictures that {lists[0]} names are missing"
        if bare:
            yield f"{bare} of {items} masks for {folder} are missing, the first is that of {first}"

    def _all(self) -> Iterator[Item]:
        for part in self._parts:
            yield from self._of(part)

    def _folders(self, part: Part) -> list[Path]:
        for pattern in part.folder:
            found = [self.root] if pattern == "." else sorted(self.root.glob(pattern))
            if folders := [folder for folder in found if folder.is_dir()]:
                return folders
        return []

    def _of(self, part: Part) -> Iterator[Item]:
        splits = {name: self._listed(listing) for name, listing in part.splits.items()}
        only = self._listed(part.only) if part.only else None
        for path, names, polygons in self._found(part):
            parent = os.path.relpath(path.parent, self.root).replace(os.sep, "/")
            known = {"stem": path.stem, "name": path.name, "parent": parent}
            names = known | {"top": parent.split("/")[0]} | names
            if only is not None and part.only and _fill(part.only.key, names) not in only:
                continue
            item = self._item(part, path, names, polygons)
            if part.masked is not None and part.masked is not (item.mask is not None):
                continue
            for name, listing in part.splits.items():
                if _fill(listing.key, names) in splits[name]:
                    item = replace(item, split=name)
            yield item

    def _found(self, part: Part) -> Iterator[tuple[Path, dict[str, str], Polygons]]:
        """Pictures with their named groups, and their edited polygons where a file has them."""
        for folder in self._folders(part):
            if part.coco:
                for name, polygons in self._outlined(part.coco):
                    if bool(polygons) == bool(part.label):
                        yield folder / Path(name).name, {}, polygons
            elif part.table:
                for names in self._tabled(part.table):
                    yield folder / names.pop("path"), names, ()
            elif part.rows:
                for match in self._matches(part.rows):
                    names = match.groupdict(default="")
                    yield folder / names.pop("path"), names, ()
            else:
                pattern = re.compile(part.files, re.IGNORECASE)
                for path in _walk(folder):
                    if whole := pattern.fullmatch(path.relative_to(folder).as_posix()):
                        yield path, whole.groupdict(default=""), ()

    def _matches(self, listing: Listing) -> Iterator[re.Match[str]]:
        for file in sorted(self.root.glob(listing.file)):
            try:
                text = file.read_text("utf-8-sig")
            except (OSError, UnicodeDecodeError) as error:
                raise DatasetError(f"{file.name} cannot be read: {error}") from error
            yield from re.finditer(listing.pattern, text, re.MULTILINE)

    def _tabled(self, table: Table) -> Iterator[dict[str, str]]:
        for file in sorted(self.root.glob(table.file)):
            try:
                with file.open(newline="", encoding="utf-8-sig") as stream:
                    for row in csv.DictReader(stream, delimiter=table.delimiter):
                        if all(row[column] == value for column, value in table.where.items()):
                            yield {name: row[c] or "" for name, c in table.columns.items()}
            except (OSError, UnicodeDecodeError, csv.Error) as error:
                raise DatasetError(f"{file.name} cannot be read: {error}") from error
            except KeyError as error:
                raise DatasetError(f"{file.name} has no column {error}") from error

    def _listed(self, listing: Listing) -> frozenset[str]:
        matches = self._matches(listing)
        return frozenset(m["key"] if "key" in m.re.groupindex else m[0] for m in matches)

    def _outlined(self, coco: Coco) -> Iterator[tuple[str, Polygons]]:
        for file in sorted(self.root.glob(coco.file)):
            try:
                content = json.loads(file.read_text("utf-8"))
                found: dict[int, list[tuple[float, ...]]] = {}
                for mark in content["annotations"]:
                    if mark["category_id"] in coco.edited:
                        outlines = [_outline(polygon) for polygon in mark["segmentation"]]
                        found.setdefault(mark["image_id"], []).extend(outlines)
                pictures = sorted((str(p["file_name"]), p["id"]) for p in content["images"])
            except (OSError, ValueError, KeyError, TypeError) as error:
                raise DatasetError(f"{file.name} is not in the format of COCO: {error}") from error
            for name, key in pictures:
                yield name, tuple(found.get(key, ()))

    def _item(self, part: Part, path: Path, names: dict[str, str], polygons: Polygons) -> Item:
        def word(name: str, otherwise: str) -> str:
            value = names.get(name) or _fill(otherwise, names)
            return part.words.get(value.lower(), value)

        masks = (self.root / os.path.normpath(_fill(template, names)) for template in part.mask)
        return Item(
            path=path,
            label=part.label,
            question=self._asked,
            mask=next((mask for mask in masks if mask.is_file()), None),
            mask_rule=part.rule,
            polygons=polygons,
            source=names.get("source") or _fill(part.source, names) or path.stem,
            generator=word("generator", part.generator),
            operation=word("operation", part.operation),
            split=word("split", part.split),
            delivery=word("delivery", part.delivery),
        )


@dataclass(frozen=True, kw_only=True)
class TableDataset(Dataset):
    """Pictures that a CSV lists.

    Columns: path (relative to the file), label (0 or 1); optional mask, mask_rule, source, donors
    (sources, with spaces), generator, operation, delivery, split and question. A column ``edited``
    or ``generated`` is a label for that question.
    """

    table: Path

    @property
    def reserved(self) -> bool:
        """Whether its name is that of a set that is for evaluation only; see `_named_reserved`."""
        return _named_reserved(self.name)

    def missing(self) -> list[str]:
        """Say how many listed pictures and masks are not there."""
        listed = {"pictures": 0, "masks": 0}
        gone: dict[str, list[Path]] = {"pictures": [], "masks": []}
        for item in self.items():
            for what, path in (("pictures", item.path), ("masks", item.mask)):
                if path is not None:
                    listed[what] += 1
                    if not path.is_file():
                        gone[what].append(path)
        return [
            f"{self.name}: {len(paths)} of {listed[what]} {what} are missing, "
            f"the first is {paths[0]}"
            for what, paths in gone.items()
            if paths
        ]

    def ignored(self) -> list[str]:
        """Name the columns of its table that are not read."""
        with self.table.open(newline="", encoding="utf-8-sig", errors="replace") as stream:
            columns = next(csv.reader(stream), [])
        # pandas writes its index without a name.
        return [name for name in columns if name and name not in _COLUMNS]

    def _all(self) -> Iterator[Item]:
        listed: set[int] = set()
        with self.table.open(newline="", encoding="utf-8-sig") as stream:
            try:
                rows = csv.DictReader(stream)
                columns = set(rows.fieldnames or ())
                labels = [name for name in ("label", *Question) if name in columns]
                if "path" not in columns or not labels:
                    raise DatasetError(
                        f"{self.table.name} needs the columns path and label; "
                        f"it has {', '.join(sorted(columns)) or 'none'}"
                    )
                for row in rows:
                    filled = {k: v.strip() for k, v in row.items() if k and v is not None}
                    item = self._item(filled, labels[0], rows.line_num)
                    # Hashes, since a table may list millions.
                    if (key := hash((item.path, item.question))) in listed:
                        raise DatasetError(
                            f"{self.table.name}, line {rows.line_num}: {filled['path']} is listed "
                            "a second time; name each picture once"
                        )
                    listed.add(key)
                    yield item
            except (csv.Error, UnicodeDecodeError) as error:
                raise DatasetError(f"{self.table.name} cannot be read: {error}") from error

    def _item(self, row: dict[str, str], labelled: str, line: int) -> Item:
        where = f"{self.table.name}, line {line}"
        if row.get(labelled) not in ("0", "1"):
            raise DatasetError(f"{where}: {labelled} is {row.get(labelled)!r}, not 0 or 1")
        if not row.get("path"):
            raise DatasetError(f"{where}: no path")
        question = row.get("question") or (labelled if labelled != "label" else Question.EDITED)
        if question not in list(Question):
            raise DatasetError(f"{where}: no question is called {question!r}")
        rule = row.get("mask_rule") or MaskRule.WHITE
        if rule not in list(MaskRule):
            raise DatasetError(f"{where}: no rule for masks is called {rule!r}")
        path = self.root / row["path"]
        label = int(row[labelled])
        # Of a photo, "generator" can only say who took it.
        made = label == 1 or question != Question.GENERATED
        return Item(
            path=path,
            label=label,
            question=Question(question),
            mask=self.root / row["mask"] if row.get("mask") else None,
            mask_rule=MaskRule(rule),
            source=row.get("source") or path.stem,
            donors=tuple(row.get("donors", "").split()),
            generator=row.get("generator", "") if made else "",
            # The forging engine writes "authentic" there.
            operation=row.get("operation", "") if label else "",
            split=row.get("split", ""),
            delivery=row.get("delivery", ""),
        )


def open_dataset(
    spec: str, root: Path | None = None, *, question: Question | None = None, split: str = ""
) -> Dataset:
    """Open a local copy of a dataset.

    Args:
        spec: the name of a known set or a layout file (``.yaml``), with ``root``; or a path: a
            CSV, a folder with ``index.csv``, or a folder with ``real/`` and ``fake/``. A path
            alone that holds ``orig/``, ``forged/`` and ``mask/`` is read likewise.
        question: overrides what the set says that its labels mean.
        split: keeps one split.

    Raises: DatasetError for an unknown name, a missing folder, or a folder of another layout.
    """
    known = {layout.name: layout for layout in list_datasets()}
    path = Path(spec).expanduser()
    if spec not in known and root is None and (path.suffix.lower() == ".csv" or path.is_dir()):
        if path.is_file() or (path / "index.csv").is_file():
            table = path if path.is_file() else path / "index.csv"
            name = path.stem if path.is_file() and path.stem != "index" else table.parent.name
            return TableDataset(
                name=name, root=table.parent, table=table, question=question, split=split
            )
        name = path.resolve().name
        renamed = {"name": name, "reserved": _named_reserved(name)}
        layout = _recognise(path, known).model_copy(update=renamed)
        root = path
    elif path.suffix.lower() in (".yaml", ".yml") and path.is_file():
        layout = read_layout_file(path)
        root = root or path.parent
    elif spec in known:
        layout = known[spec]
        if root is None:
            raise DatasetError(
                f"{layout.title} needs the folder of your copy, --root FOLDER; get it: {layout.url}"
            )
    else:
        if path.exists() and root is not None:
            raise DatasetError(
                f"{spec!r} is a folder or file of yours, not a known set: leave --root out"
            )
        close = difflib.get_close_matches(spec, known, 3)
        hint = f"; did you mean {' or '.join(close)}?" if close else ""
        raise DatasetError(f"no dataset, folder or CSV is called {spec!r}{hint}")
    root = Path(root).expanduser()
    if not root.is_dir():
        raise DatasetError(f"{layout.title}: there is no folder {root}")
    return LayoutDataset(name=layout.name, root=root, layout=layout, question=question, split=split)


def _named_reserved(name: str) -> bool:
    """Whether a folder or table is called like a set that is wholly for evaluation.

    A copy in another layout is still a copy: "CASIA1.0" given as a folder with real/ and fake/
    must not be trained on either.
    """

    def plain(text: str) -> str:
        return re.sub(r"(?:v?1(?:\.0)?$)|[^a-z0-9]", "", text.lower())

    kept = [layout for layout in list_datasets() if layout.reserved is True]
    return plain(name) in {plain(text) for layout in kept for text in (layout.name, layout.title)}


def _recognise(folder: Path, known: dict[str, Layout]) -> Layout:
    """The plain layout that a folder has."""
    for name in ("real-fake", "originals-forged"):
        if all((folder / part.folder[0]).is_dir() for part in known[name].parts):
            return known[name]
    raise DatasetError(
        f"{folder} has neither index.csv, nor real/ and fake/; name the dataset it is a copy of"
    )
