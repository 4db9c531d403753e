"""Running methods over a dataset: streamed, parallel, resumable, the same rows for every order.

A run is written in parts of a few items each, in a folder beside the output file. A part that is
there with the same settings and items is not examined again; when all are there they are joined,
a row group at a time, so that memory does not grow with the dataset.
"""

from __future__ import annotations

import hashlib
import heapq
import inspect
import json
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import asdict, astuple, dataclass, replace
from functools import cache, partial
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

import locard
from locard.bench.alignment import align
from locard.bench.datasets import Dataset, DatasetError, Item
from locard.bench.plugin import Plugin, PluginError, load_plugin
from locard.bench.predictions import (
    FUSION,
    Metadata,
    Prediction,
    PredictionError,
    Writer,
    count_levels,
    read_run,
)
from locard.degrade import degrade, parse_chain
from locard.examination import examine
from locard.exhibit import Exhibit, ExhibitError, Limits, open_exhibit
from locard.explain import NEUTRAL
from locard.methods import Finding, Question, list_methods
from locard.methods.contract import FAILED, LATE
from locard.methods.learned.backbone import find_backbone
from locard.opinion.calibration import load_calibrators
from locard.opinion.opinion import calibrate, posterior, weight
from locard.report.schema import locard_version
from locard.report.strings import printable
from locard.workers import in_order

PART = 32
# Seconds for one picture, which no method needs: a user's limit would turn a busy machine's late
# methods into methods that do not apply.
_TIME_LIMIT = 3600.0
_ROW_GROUP = 8192


@dataclass(frozen=True, slots=True)
class Settings:
    """What is run on each item; plain values, so that it reaches other processes.

    Attributes:
        methods: names of locard's methods; with any, the fusion of them is kept too.
        plugins: where the methods from outside are, see `load_plugin`.
        columns: "raw", "aligned" or both.
        deliveries: chains of `locard.degrade`, "" for the picture as it is.
        stability: whether the opinion is formed again over re-delivered versions.
    """

    methods: tuple[str, ...]
    plugins: tuple[str, ...] = ()
    columns: tuple[str, ...] = ("raw",)
    deliveries: tuple[str, ...] = ("",)
    seed: int = 0
    stability: bool = True


@dataclass(frozen=True, slots=True, eq=False)
class _Version:
    """One version of an item: an exhibit and its true mask."""

    exhibit: Exhibit
    mask: NDArray[np.bool_] | None


def counted_methods() -> tuple[str, ...]:
    """Return the names of all methods that are weighed as evidence."""
    return tuple(m.name for m in list_methods() if m.counted)


def bearing_on(methods: Sequence[str], question: Question) -> list[str]:
    """Return those of the methods that answer a question, by themselves or by a calibrator."""
    own = {m.name for m in list_methods() if m.question == question}
    return [n for n in methods if n in own or (n, question) in load_calibrators()]


@cache
def _plugins(where: tuple[str, ...]) -> tuple[Plugin, ...]:
    return tuple(load_plugin(place) for place in where)


def item_name(root: Path, item: Item) -> str:
    """Return the path of an item below the root, with forward slashes."""
    return Path(os.path.relpath(item.path, root)).as_posix()


def _seed(seed: int, sha256: str, purpose: str) -> int:
    """Draw from the item and not from its place in the run."""
    digest = hashlib.sha256(f"{seed} {sha256} {purpose}".encode()).digest()
    return int.from_bytes(digest[:4], "big")


def _versions(
    exhibit: Exhibit, mask: NDArray[np.bool_] | None, settings: Settings
) -> Iterator[tuple[str, str, Callable[[], _Version]]]:
    """Yield column, delivery and how to make that version."""

    def deliver(base: Callable[[], _Version], chain: str) -> _Version:
        before = base()
        seed = _seed(settings.seed, exhibit.sha256, chain)
        true = None if before.mask is None else before.mask.astype(np.float32)
        sent = degrade(before.exhibit.rgb, parse_chain(chain), seed=seed, mask=true)
        kept = None if sent.mask is None else sent.mask >= 0.5
        # A chain that ends without a file leaves pixels, and nothing for methods that read bytes.
        return _Version(open_exhibit(sent.rgb if sent.data is None else sent.data), kept)

    def aligned() -> _Version:
        rng = np.random.default_rng(_seed(settings.seed, exhibit.sha256, "aligned"))
        data, kept = align(exhibit.rgb, rng, mask)
        return _Version(open_exhibit(data), kept)

    for column in settings.columns:
        base = aligned if column == "aligned" else partial(_Version, exhibit, mask)
        for chain in settings.deliveries:
            yield column, chain, partial(deliver, base, chain) if chain else base


def _of_finding(row: Prediction, finding: Finding, version: _Version) -> Prediction:
    if not finding.applicable:
        reason = printable(finding.reason or "", 200)
        status = "failed" if reason.startswith(FAILED) else "not_applicable"
        return replace(row, status=status, reason=reason, seconds=finding.seconds)
    shape = version.exhibit.height, version.exhibit.width
    pixels = None
    if version.mask is not None and finding.heatmap is not None:
        pixels = count_levels(finding.heatmap.pixels(*shape), version.mask)
    # By itself: what another method takes in has no weight beside it.
    lr = calibrate([finding])[0].log10_lr
    return replace(
        row,
        score=finding.score,
        log10_lr=lr,
        probability=None if lr is None else posterior(lr, 0.5),
        seconds=finding.seconds,
        pixels=pixels,
    )


def _overlap(reported: NDArray[np.bool_], mask: NDArray[np.bool_] | None) -> float | None:
    """Intersection over union; None where nothing is reported, or the truth is not known."""
    if mask is None or not reported.any():
        return None
    return float((reported & mask).sum() / (reported | mask).sum())


def _examined(row: Prediction, version: _Version, settings: Settings) -> Iterator[Prediction]:
    """Yield the rows of locard's own methods and of their fusion."""
    report = examine(
        version.exhibit,
        methods=settings.methods,
        limits=Limits(time_s=_TIME_LIMIT),
        threads=1,
        stability=settings.stability,
    )
    if any(finding.reason == LATE for finding in report.findings):
        # Else the row would depend on how busy the machine was.
        raise TimeoutError(f"an examination took more than {_TIME_LIMIT:g} s")
    question = Question(row.question)
    found = {f.method: f for f in report.findings if f.question == question}
    for name in bearing_on(settings.methods, question):
        mine = replace(row, method=name)
        if name in found:
            yield _of_finding(mine, found[name], version)
        else:
            reason = f"it found nothing that bears on {question}"
            yield replace(mine, status="not_applicable", reason=reason)
    answer = report.opinion.questions[question]
    pixels = None
    if version.mask is not None:
        pixels = count_levels(report.localization.heatmap, version.mask)
    support = {f.id for f in found.values() if (f.log10_lr or 0.0) * weight(f) >= NEUTRAL}
    yield replace(
        row,
        method=FUSION,
        score=answer.log10_lr,
        log10_lr=answer.log10_lr,
        probability=answer.probability,
        verdict=str(report.opinion.verdict),
        stability=answer.stability,
        contradicted=None if answer.stability is None else answer.contradicted,
        claimed=any(support & set(claim.findings) for claim in report.explanation.claims),
        region_iou=_overlap(report.localization.mask, version.mask),
        seconds=report.timing.total_s,
        pixels=pixels,
    )


def _asked(row: Prediction, version: _Version, plugin: Plugin) -> Prediction:
    """Return the row of a method from outside; whatever it raises is its failure, not the run's."""
    import time

    start = time.perf_counter()
    try:
        score, heatmap = plugin(version.exhibit.rgb)
    except Exception as error:
        reason = printable(f"{type(error).__name__}: {error}", 200)
        return replace(row, method=plugin.name, status="failed", reason=reason)
    seconds = time.perf_counter() - start
    pixels = None
    if version.mask is not None and heatmap is not None:
        pixels = count_levels(heatmap, version.mask)
    return replace(row, method=plugin.name, score=score, seconds=seconds, pixels=pixels)


def _unscored(row: Prediction, settings: Settings, status: str, reason: str) -> list[Prediction]:
    names = [p.name for p in _plugins(settings.plugins)]
    if settings.methods:
        names = [*bearing_on(settings.methods, Question(row.question)), FUSION, *names]
    reason = printable(reason, 200)
    return [replace(row, method=name, status=status, reason=reason) for name in names]


def _true_mask(item: Item, exhibit: Exhibit) -> tuple[NDArray[np.bool_] | None, str]:
    """Return the item's mask, or None and why it cannot be used."""
    try:
        mask = item.read_mask()
    except DatasetError as error:
        return None, str(error)
    edited = item.label == 1 and item.question is Question.EDITED
    if mask is not None and edited and not mask.any():
        return None, "the mask marks nothing"
    if mask is None or mask.shape == (exhibit.height, exhibit.width):
        return mask, ""
    return None, f"the mask is {mask.shape[1]} × {mask.shape[0]}, the picture is not"


def examine_item(
    item: Item, dataset: str, root: Path, settings: Settings, died: bool = False
) -> list[Prediction]:
    """Examine every version of one item by every method; runs in this process or in a worker.

    Args: died: do not touch the item: its process died, say so.

    Returns: rows by column, delivery and method; never raises for what an item holds.
    """
    row = Prediction(
        dataset=dataset,
        item=item_name(root, item),
        sha256="",
        label=item.label,
        question=str(item.question),
        source=item.source,
        generator=item.generator,
        operation=item.operation,
        split=item.split,
        history=item.delivery,
        method="",
        version=locard_version(),
        column="raw",
        delivery="",
        status="ok",
    )
    pairs = [(column, chain) for column in settings.columns for chain in settings.deliveries]

    def nothing(status: str, reason: str) -> list[Prediction]:
        rows = [replace(row, column=column, delivery=chain) for column, chain in pairs]
        return [lost for one in rows for lost in _unscored(one, settings, status, reason)]

    if died:
        return nothing("failed", "the examination ended unexpectedly")
    try:
        exhibit = open_exhibit(item.path)
    except ExhibitError as error:
        return nothing("unreadable", str(error))
    mask, unusable = _true_mask(item, exhibit)
    rows: list[Prediction] = []
    row = replace(row, sha256=exhibit.sha256, reason=unusable)
    for column, chain, make in _versions(exhibit, mask, settings):
        mine = replace(row, column=column, delivery=chain)
        try:
            version = make()
            found = list(_examined(mine, version, settings)) if settings.methods else []
            found += [_asked(mine, version, plugin) for plugin in _plugins(settings.plugins)]
        # One strange picture must not cost the hours that a run has taken.
        except Exception as error:
            found = _unscored(mine, settings, "failed", f"{type(error).__name__}: {error}")
        rows += found
    return rows


def choose(items: Iterable[Item], limit: int, seed: int, root: Path) -> list[Item]:
    """Draw items at random by their paths below the root; memory grows with the limit.

    Returns: at most ``limit`` items, in the order given.
    """

    def rank(entry: tuple[int, Item]) -> str:
        return hashlib.sha256(f"{seed} {item_name(root, entry[1])}".encode()).hexdigest()

    return [item for _, item in sorted(heapq.nsmallest(limit, enumerate(items), rank))]


def _identity(plugin: Plugin) -> str:
    """Name a plugin by the file of its code, so that a changed one is run again."""
    try:
        file = inspect.getsourcefile(inspect.unwrap(plugin.predict))
    except TypeError:
        file = None  # It is not written in Python.
    return hashlib.sha256(Path(file).read_bytes()).hexdigest() if file else plugin.name


@cache
def _program() -> str:
    """Hash of locard's code, calibrators and networks, and of whether there is a backbone.

    Parts of a run that other ones made must not be joined with new ones.
    """
    root = Path(locard.__file__).parent
    digest = hashlib.sha256(str(_stamp(find_backbone())).encode())
    for file in sorted(p for p in root.rglob("*") if p.is_file() and p.suffix != ".pyc"):
        digest.update(file.relative_to(root).as_posix().encode())
        digest.update(file.read_bytes())
    return digest.hexdigest()


def _stamp(path: Path | None) -> tuple[int, int] | None:
    """Size and time of a file, so that a set that was made anew is run again."""
    try:
        found = path.stat() if path is not None else None
    except OSError:
        return None
    return (found.st_size, found.st_mtime_ns) if found is not None else None


@dataclass(frozen=True, slots=True)
class _Part:
    """A few items, the file that their rows go to, and what would make that file the right one."""

    file: Path
    items: tuple[Item, ...]
    settings: dict[str, Any]

    def done(self) -> bool:
        if not self.file.is_file():
            return False
        try:
            return read_run(self.file, columns=["item"]).metadata.settings == self.settings
        except PredictionError:
            return False


def _parts(items: Iterable[Item], folder: Path, settings: Settings) -> Iterator[_Part]:
    rest = iter(items)
    number = 0
    while chosen := tuple(islice(rest, PART)):
        fields = [[astuple(i), _stamp(i.path), _stamp(i.mask)] for i in chosen]
        listed = json.dumps(fields, default=str)
        key = {
            **asdict(settings),
            "version": locard_version(),
            "program": _program(),
            "plugins": [_identity(plugin) for plugin in _plugins(settings.plugins)],
            "items": hashlib.sha256(listed.encode()).hexdigest(),
        }
        # As JSON gives it back: lists for tuples.
        yield _Part(folder / f"{number:05d}.parquet", chosen, json.loads(json.dumps(key)))
        number += 1


def _work(
    task: tuple[_Part, Item], dataset: str, root: Path, settings: Settings
) -> list[Prediction]:
    return examine_item(task[1], dataset, root, settings)


def run(
    dataset: Dataset,
    settings: Settings,
    out: Path,
    *,
    limit: int | None = None,
    jobs: int = 1,
    command: str = "",
    progress: Callable[[int], None] = lambda _: None,
) -> Metadata:
    """Examine a dataset and write its predictions.

    Args:
        limit: draws that many items (`choose`).
        jobs: processes; the rows are the same for every number.
        progress: called with the number of items that were done since.

    Returns: the metadata of the file, with the number of items.

    Raises: PluginError, DatasetError; OSError when the output cannot be written.
    """
    names = [*settings.methods, FUSION, *(plugin.name for plugin in _plugins(settings.plugins))]
    if taken := {name for name in names if names.count(name) > 1}:
        raise PluginError(f"two methods would be called {taken.pop()!r}; rename the file")
    folder = out.with_name(out.name + ".parts")
    folder.mkdir(parents=True, exist_ok=True)
    items = dataset.items()
    chosen = items if limit is None else choose(items, limit, settings.seed, dataset.root)
    files: list[Path] = []

    def pending() -> Iterator[tuple[_Part, Item]]:
        for part in _parts(chosen, folder, settings):
            files.append(part.file)
            if part.done():
                progress(len(part.items))
            else:
                yield from ((part, item) for item in part.items)

    # The file is handed on: names of plugins, not the folders they lie in.
    shown = {**asdict(settings), "plugins": [Path(where).name for where in settings.plugins]}
    about = Metadata(
        dataset.name, command, settings.seed, locard_version(), dataset.reserved,
        settings=json.loads(json.dumps(shown)),
    )  # fmt: skip
    rows: list[Prediction] = []
    count = 0
    work = partial(_work, dataset=dataset.name, root=dataset.root, settings=settings)
    for (part, item), found in in_order(work, pending(), jobs):
        if found is None:
            found = examine_item(item, dataset.name, dataset.root, settings, died=True)
        rows += found
        count += 1
        progress(1)
        if count == len(part.items):
            with Writer(part.file) as writer:
                writer.write(rows)
                writer.describe(replace(about, items=count, settings=part.settings))
            rows, count = [], 0
    if not files:
        folder.rmdir()
        raise DatasetError(f"{dataset.name} has no items in {dataset.root}")
    joined = _join(files, out, about)
    # Half-written parts of an interrupted run too.
    for file in folder.glob("*.parquet*"):
        file.unlink()
    with suppress(OSError):
        folder.rmdir()
    return joined


def describe_failures(file: Path) -> list[str]:
    """Say which pictures, masks and methods of a run failed: one sentence each, with the first.

    Raises: PredictionError for a file that is none.
    """
    table = read_run(file, ["item", "method", "status", "reason"]).table
    items: set[str] = set()
    methods: set[str] = set()
    failed: dict[str, dict[str, str]] = {}
    failing: dict[str, dict[str, str]] = {}
    for batch in table.to_batches():
        for row in batch.to_pylist():
            item, method, reason = row["item"], row["method"], row["reason"]
            items.add(item)
            methods.add(method)
            if row["status"] == "unreadable":
                failed.setdefault("could not be read", {}).setdefault(item, reason)
            elif row["status"] == "failed":
                failing.setdefault(item, {}).setdefault(method, reason)
            elif row["status"] == "ok" and reason:
                what = "have a mask that could not be used"
                failed.setdefault(what, {}).setdefault(item, reason)
    for item, reasons in failing.items():
        # What costs every method is not the methods' fault.
        alike = len(reasons) == len(methods) > 1 and len(set(reasons.values())) == 1
        for method, reason in list(reasons.items())[: 1 if alike else None]:
            what = "could not be examined" if alike else f"made {method} fail"
            failed.setdefault(what, {}).setdefault(item, reason)
    said = []
    for what, reasons in failed.items():
        item, reason = next(iter(reasons.items()))
        said.append(
            f"{len(reasons)} of {len(items)} pictures {what}; the first is "
            f"{printable(item, 120)}: {reason}"
        )
    return said


def _join(files: Sequence[Path], out: Path, about: Metadata) -> Metadata:
    """Join the parts in row groups of a few thousand rows."""
    import pyarrow as pa

    digest = hashlib.sha256()
    items = unreadable = 0
    waiting: list[Any] = []
    with Writer(out) as writer:
        for file in files:
            table = read_run(file).table
            names = ("item", "sha256", "label", "status")
            seen: dict[str, tuple[str, int, bool]] = {}
            for name, sha256, label, status in zip(
                *(table[n].to_pylist() for n in names), strict=True
            ):
                seen[name] = (sha256, label, status == "unreadable")
            for name, (sha256, label, bad) in seen.items():
                digest.update(f"{name} {label} {sha256}\n".encode())
                unreadable += bad
            items += len(seen)
            waiting.append(table)
            if sum(t.num_rows for t in waiting) >= _ROW_GROUP:
                writer.append(pa.concat_tables(waiting).unify_dictionaries())
                waiting = []
        if waiting:
            writer.append(pa.concat_tables(waiting).unify_dictionaries())
        joined = replace(about, items=items, unreadable=unreadable, data_sha256=digest.hexdigest())
        writer.describe(joined)
    return joined
