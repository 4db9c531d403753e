"""``locard degrade``: send photos along a chain of perturbations, and record what was done."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from rich.console import Console

SCHEMA = "locard.degrade/1"

_SUFFIX = {"JPEG": "jpg", "PNG": "png", "WEBP": "webp", "AVIF": "avif", "HEIF": "heic"}


@dataclass(frozen=True, slots=True)
class Job:
    """What to do with each file; plain values, so that it reaches other processes."""

    chain: str
    seed: int
    mask: str | None
    out: str
    force: bool


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one file gave: the file that was written, or the sentence why not.

    ``notes``: what must be known of the file, as that it is cut off.
    ``missing`` says that it is a package that is missing, which no other file can mend.
    """

    written: str = ""
    error: str | None = None
    missing: bool = False
    notes: tuple[str, ...] = ()


def degrade_file(path: str, job: Job) -> Outcome:
    """Degrade one file; runs in this process or in a worker."""
    from locard.degrade import MissingExtra
    from locard.exhibit import ExhibitError

    try:
        return _degrade_file(path, job)
    except MissingExtra as error:
        return Outcome(error=str(error), missing=True)
    except (ExhibitError, ValueError) as error:
        return Outcome(error=str(error))
    except OSError as error:
        return Outcome(error=f"the result cannot be written ({error}); choose another --out")
    except MemoryError:
        return Outcome(error="there is not enough memory; lower --jobs")


def _degrade_file(path: str, job: Job) -> Outcome:
    import json

    import cv2
    import numpy as np

    from locard.degrade import degrade, parse_chain
    from locard.degrade.encoding import encode_png
    from locard.exhibit import ExhibitError, open_exhibit
    from locard.exhibit.orientation import turn
    from locard.report.strings import printable

    exhibit = open_exhibit(path)
    # A service shows the photo upright and drops the note that asks for it.
    orientation = exhibit.metadata.orientation
    upright = np.ascontiguousarray(turn(exhibit.rgb, orientation))
    mask = None
    if job.mask is not None:
        try:
            opened = open_exhibit(job.mask)
        except ExhibitError as error:
            raise ValueError(f"the mask {printable(Path(job.mask).name)}: {error}") from None
        # A mask is painted over what a viewer shows.
        mask = turn(opened.rgb.mean(axis=2, dtype=np.float32) / 255, opened.metadata.orientation)
        if mask.shape != upright.shape[:2]:
            raise ValueError(
                f"the mask has {mask.shape[1]} × {mask.shape[0]} pixels, "
                f"the photo {upright.shape[1]} × {upright.shape[0]}"
            )
    # From the bytes, not from the place in the list: the order of the files changes nothing.
    seed = np.random.default_rng([job.seed, int(exhibit.sha256[:16], 16)])
    result = degrade(upright, parse_chain(job.chain), seed=seed, mask=mask)
    stem = re.sub(r"[^A-Za-z0-9_-]+", "_", Path(exhibit.name).stem).strip("_")[:60] or "photo"
    stem = f"{stem}-{exhibit.sha256[:8]}"
    picture = f"{stem}.{_SUFFIX[result.format or 'PNG']}"
    files = {picture: result.data if result.data is not None else encode_png(result.rgb)}
    if result.mask is not None:
        levels = np.rint(255 * result.mask).astype(np.uint8)
        files[f"{stem}.mask.png"] = cv2.imencode(".png", levels)[1].tobytes()
    record: dict[str, Any] = {
        "schema": SCHEMA,
        "source": {
            "name": printable(exhibit.name),
            "sha256": exhibit.sha256,
            "orientation": orientation,
            "notes": list(exhibit.notes),
        },
        "chain": job.chain,
        "seed": job.seed,
        "steps": list(result.steps),
        "result": {
            "file": picture,
            "mask": f"{stem}.mask.png" if result.mask is not None else None,
            "format": result.format or "PNG",
            "width": result.rgb.shape[1],
            "height": result.rgb.shape[0],
        },
    }
    files[f"{stem}.json"] = (json.dumps(record, indent=2, ensure_ascii=False) + "\n").encode()
    out = Path(job.out)
    out.mkdir(parents=True, exist_ok=True)
    if not job.force:
        for name in files:
            if (out / name).exists():
                raise ValueError(f"{out / name} exists; --force overwrites it")
    for name, data in files.items():
        (out / name).write_bytes(data)
    return Outcome(str(out / picture), notes=tuple(exhibit.notes))


def _print_list() -> None:
    from rich.console import Console
    from rich.table import Table

    from locard.degrade import list_perturbations

    table = Table(show_lines=True, header_style="bold")
    table.add_column("perturbation", no_wrap=True)
    table.add_column("what it does and where it comes from", overflow="fold")
    table.add_column("parameters, at severities 1 to 5", overflow="fold")
    for p in list_perturbations():
        marks = [p.group]
        marks += ["moves pixels"] if p.moves else []
        marks += ["gives a file"] if p.encodes else []
        marks += [f"extra {p.extra}"] if p.extra else []
        settings = [f"{name}: {q.describe()}" for name, q in p.parameters.items()]
        table.add_row(
            f"[bold]{p.name}[/bold]",
            f"{p.about}\n[dim]{p.source}; {', '.join(marks)}[/dim]",
            "\n".join(settings),
        )
    Console(highlight=False).print(table)


def degrade(
    files: Annotated[
        list[str] | None, typer.Argument(help="Photos to degrade.", show_default=False)
    ] = None,
    chain: Annotated[
        str | None,
        typer.Option(help='Steps: "resize:2,jpeg:3", "jpeg(quality=71,tables=photoshop)".'),
    ] = None,
    out: Annotated[Path, typer.Option(help="Write pictures and records here.")] = Path(
        "locard-out"
    ),
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same bytes.")] = 0,
    mask: Annotated[
        Path | None,
        typer.Option(help="Mask of the one photo, of its size; moved along and written too."),
    ] = None,
    jobs: Annotated[
        int | None, typer.Option(min=1, help="Photos at once; one per processor by default.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Overwrite what exists.")] = False,
    listed: Annotated[
        bool, typer.Option("--list", help="Show all perturbations and their parameters.")
    ] = False,
) -> None:
    """Send photos along a chain of perturbations: JPEG, resize, messenger, screenshot, print ...

    Writes each in the format of its last step (PNG when none encodes), without metadata, and a
    JSON record of every step beside it. Exit codes: 0 done, 2 wrong usage, 3 some file could not
    be used.
    """
    import os

    from rich.console import Console

    if listed:
        _print_list()
        return
    from locard.degrade import parse_chain

    if not files:
        raise typer.BadParameter("name a photo, or use --list", param_hint="FILES")
    if chain is None:
        raise typer.BadParameter("say what happens to the photos", param_hint="--chain")
    try:
        parse_chain(chain)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--chain") from None
    if mask is not None and len(files) > 1:
        raise typer.BadParameter("belongs to one photo, not to several", param_hint="--mask")
    if out.exists() and not out.is_dir():
        raise typer.BadParameter(f"{out} is not a folder", param_hint="--out")
    errors = Console(stderr=True, highlight=False)
    job = Job(chain, seed, str(mask) if mask else None, str(out), force)
    failed = _degrade_all(files, job, min(jobs or os.cpu_count() or 1, len(files)), errors)
    if failed:
        if len(files) > 1:
            errors.print(f"{failed} of {len(files)} files could not be used", style="bold")
        raise typer.Exit(3)


def _degrade_all(files: Sequence[str], job: Job, workers: int, errors: Console) -> int:
    """Print what is written as it comes; return how many files failed."""
    from functools import partial

    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    from locard.report.strings import printable
    from locard.workers import in_order

    failed = 0
    bar = Progress(
        TextColumn("degrading"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=errors,
        transient=True,
        disable=len(files) == 1 or not errors.is_terminal,
    )
    with bar:
        task = bar.add_task("degrade", total=len(files))
        for file, outcome in in_order(partial(degrade_file, job=job), files, workers):
            error = "the work on it ended unexpectedly" if outcome is None else outcome.error
            shown = printable(file)
            if outcome is not None and error is None:
                typer.echo(outcome.written)
                for note in outcome.notes:
                    errors.print(f"{shown}: {note}", markup=False, soft_wrap=True)
            elif outcome is not None and outcome.missing:
                errors.print(error, markup=False, soft_wrap=True)
                raise typer.Exit(2)
            else:
                failed += 1
                errors.print(f"{shown}: {error}", markup=False, soft_wrap=True)
            bar.advance(task)
    return failed
