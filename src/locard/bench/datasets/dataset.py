"""Datasets: the items of a local copy, streamed in a fixed order, and what the copy lacks."""

from __future__ import annotations

import csv
import difflib
import os
import re
from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from locard.bench.datasets.item import DatasetError, Item, MaskRule
from locard.bench.datasets.layout import Layout, Part, list_datasets, read_layout_file
from locard.methods import Question


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
    """Files below a folder, sorted, one directory at a time."""
    for parent, folders, names in os.walk(folder):
        folders.sort()
        for name in sorted(names):
            yield Path(parent, name)


@dataclass(frozen=True, kw_only=True)
class LayoutDataset(Dataset):
    """A copy of a published set, laid out as `Layout` says."""

    layout: Layout

    @property
    def reserved(self) -> bool:
        """Whether the set, or a split of it that is not excluded, is for evaluation only."""
        kept = self.layout.reserved
        if isinstance(kept, bool):
            return kept
        if self.split:
            return self.split in kept
        return any(kept and (part.split in kept or "split" in part.groups) for part in self._parts)

    @property
    def _parts(self) -> list[Part]:
        parts = self.layout.parts
        return [p for p in parts if not self.split or "split" in p.groups or p.split == self.split]

    def missing(self) -> list[str]:
        """Say which folders, pictures and masks the copy lacks, part by part."""
        title, said = self.layout.title, []
        for part in self._parts:
            folder = " or ".join(part.folder)
            if not self._folders(part):
                said.append(f"{title}: the folder {folder} is missing below {self.root}")
                continue
            items = list(self._of(part))
            found = len(items)
            if found < (part.expect or 1):
                expect = f"{part.expect} pictures" if part.expect else "any picture"
                said.append(f"{title}: {folder} holds {found or 'none'} of {expect}")
            bare = [item.path.name for item in items if item.mask is None] if part.mask else []
            if bare:
                said.append(
                    f"{title}: {len(bare)} of {found} masks for {folder} are missing, "
                    f"the first is that of {bare[0]}"
                )
        return said

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
        pattern = re.compile(part.files, re.IGNORECASE)
        for folder in self._folders(part):
            for path in _walk(folder):
                if match := pattern.fullmatch(path.relative_to(folder).as_posix()):
                    yield self._item(part, path, match)

    def _item(self, part: Part, path: Path, match: re.Match[str]) -> Item:
        read = {k: part.words.get(v, v) for k, v in match.groupdict(default="").items()}

        def word(name: str, constant: str) -> str:
            return read.get(name) or constant

        return Item(
            path=path,
            label=part.label,
            question=part.question or self.layout.question,
            mask=self._mask(part, path, match),
            mask_rule=part.rule,
            source=word("source", part.source) or path.stem,
            generator=word("generator", part.generator),
            operation=word("operation", part.operation),
            split=word("split", part.split),
        )

    def _mask(self, part: Part, path: Path, match: re.Match[str]) -> Path | None:
        parent = path.parent.relative_to(self.root).as_posix()
        names = match.groupdict(default="") | {
            "stem": path.stem,
            "name": path.name,
            "parent": parent,
        }
        for template in part.mask:
            mask = self.root / template.format(**names)
            if mask.is_file():
                return mask
        return None


@dataclass(frozen=True, kw_only=True)
class TableDataset(Dataset):
    """Pictures that a CSV lists.

    Columns: path (relative to the file), label (0 or 1); optional mask, mask_rule, source,
    generator, operation, delivery, split and question. A column ``edited`` or ``generated`` is a
    label for that question.
    """

    table: Path

    @property
    def reserved(self) -> bool:
        """A user's own table is not reserved."""
        return False

    def missing(self) -> list[str]:
        """Say how many listed pictures and masks are not there."""
        said = []
        items = list(self.items())
        masked = [item.mask for item in items if item.mask is not None]
        for what, listed in (("pictures", [item.path for item in items]), ("masks", masked)):
            gone = [path for path in listed if not path.is_file()]
            if gone:
                said.append(
                    f"{self.name}: {len(gone)} of {len(listed)} {what} are missing, the first is "
                    f"{gone[0]}"
                )
        return said

    def _all(self) -> Iterator[Item]:
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
                    yield self._item(filled, labels[0], rows.line_num)
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
            generator=row.get("generator", "") if made else "",
            operation=row.get("operation", ""),
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
        layout = _recognise(path, known).model_copy(update={"name": path.resolve().name})
        root = path
    elif path.suffix.lower() in (".yaml", ".yml") and path.is_file():
        layout = read_layout_file(path)
        root = root or path.parent
    elif spec in known:
        layout = known[spec]
        if root is None:
            raise DatasetError(
                f"{layout.title} needs the folder of your copy; get it: {layout.url}"
            )
    else:
        close = difflib.get_close_matches(spec, known, 3)
        hint = f"; did you mean {' or '.join(close)}?" if close else ""
        raise DatasetError(f"no dataset, folder or CSV is called {spec!r}{hint}")
    root = Path(root).expanduser()
    if not root.is_dir():
        raise DatasetError(f"{layout.title}: there is no folder {root}")
    return LayoutDataset(name=layout.name, root=root, layout=layout, question=question, split=split)


def _recognise(folder: Path, known: dict[str, Layout]) -> Layout:
    """The plain layout that a folder has."""
    for name in ("real-fake", "originals-forged"):
        if all((folder / part.folder[0]).is_dir() for part in known[name].parts):
            return known[name]
    raise DatasetError(
        f"{folder} has neither index.csv, nor real/ and fake/; name the dataset it is a copy of"
    )
