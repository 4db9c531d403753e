"""``locard examine``: examine photos and print, save or stream the reports."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from rich.console import Console

    from locard.report import Report


class ProfileName(StrEnum):
    """Names of `locard.Profile`, known without loading it."""

    QUICK = "quick"
    STANDARD = "standard"
    THOROUGH = "thorough"


@dataclass(frozen=True, slots=True)
class Job:
    """What to do with each file; plain values, so that it reaches other processes."""

    methods: tuple[str, ...] | None
    profile: str
    prior: float
    max_bytes: int
    max_pixels: int
    time_limit: float
    stability: bool
    out: str | None
    html: bool
    json: bool
    width: int
    colour: bool
    threads: int | None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one file gave: printable text or a JSON line, or the sentence why not."""

    text: str = ""
    error: str | None = None


def folder_name(report: Report) -> str:
    """Return a safe folder name for a report: the exhibit's stem and the start of its hash."""
    stem = re.sub(r"[^A-Za-z0-9_-]+", "_", Path(report.exhibit.name).stem).strip("_")[:60]
    return f"{stem or 'exhibit'}-{report.exhibit.sha256[:8]}"


def examine_file(path: str, job: Job) -> Outcome:
    """Examine one file; runs in this process or in a worker."""
    from io import StringIO

    from rich.console import Console

    from locard import ExhibitError, Limits, examine
    from locard.report.terminal import print_report

    limits = Limits(max_bytes=job.max_bytes, max_pixels=job.max_pixels, time_s=job.time_limit)
    try:
        report = examine(
            path,
            methods=job.methods,
            profile=job.profile,
            prior=job.prior,
            limits=limits,
            threads=job.threads,
            stability=job.stability,
        )
        folder = None
        if job.out is not None:
            folder = report.save(Path(job.out) / folder_name(report), html=job.html)
    except ExhibitError as error:
        return Outcome(error=str(error))
    except OSError as error:
        return Outcome(error=f"the report cannot be written ({error}); choose another --out")
    except MemoryError:
        return Outcome(error="there is not enough memory; lower --max-pixels or --jobs")
    if job.json:
        return Outcome(report.to_json())
    text = StringIO()
    console = Console(
        file=text,
        width=job.width,
        force_terminal=job.colour,
        color_system="truecolor" if job.colour else None,
        highlight=False,
    )
    print_report(report, console)
    if folder is not None:
        written = folder / ("report.html" if job.html else "report.json")
        console.print(f"report: {written}", markup=False, soft_wrap=True)
    return Outcome(text.getvalue().rstrip("\n"))


def _examine_all(files: Sequence[str], job: Job, jobs: int) -> Iterator[tuple[str, Outcome]]:
    """Yield each file with its outcome, in the order given; a worker that dies costs one file."""
    from locard.workers import in_order

    workers = min(jobs, len(files))
    for file, outcome in in_order(partial(examine_file, job=job), files, workers):
        yield file, outcome or Outcome(error="the examination ended unexpectedly")


def examine(
    files: Annotated[list[str], typer.Argument(help="Photos to examine.", show_default=False)],
    out: Annotated[
        Path | None,
        typer.Option(help="Write a folder per photo here: report.json, maps/*.png, report.html."),
    ] = None,
    json: Annotated[
        bool, typer.Option("--json", help="One report per line on standard output.")
    ] = False,
    html: Annotated[
        bool,
        typer.Option("--html", help="Write report.html too (into ./locard-out without --out)."),
    ] = False,
    methods: Annotated[
        str | None, typer.Option(help="Only these methods, with commas; see locard methods.")
    ] = None,
    profile: Annotated[ProfileName, typer.Option(help="How much to run.")] = ProfileName.STANDARD,
    prior: Annotated[
        float, typer.Option(help="Probability of each proposition before the examination.")
    ] = 0.5,
    jobs: Annotated[
        int | None, typer.Option(min=1, help="Photos at once; one per processor by default.")
    ] = None,
    stability: Annotated[
        bool, typer.Option(help="Form the opinion again over re-delivered versions.")
    ] = True,
    max_bytes: Annotated[int, typer.Option(min=1, help="Largest file, in bytes.")] = 256 * 2**20,
    max_pixels: Annotated[int, typer.Option(min=256, help="Most pixels.")] = 150_000_000,
    time_limit: Annotated[float, typer.Option(min=1.0, help="Seconds for one photo.")] = 180.0,
) -> None:
    """Examine photos: authentic, edited or generated; where, why, and how sure.

    Exit codes: 0 all examined, 2 wrong usage, 3 some file could not be examined.
    """
    import os

    from rich.console import Console

    from locard.examination import Profile, select_methods

    if not 0.0 < prior < 1.0:
        raise typer.BadParameter("must lie between 0 and 1, exclusive", param_hint="--prior")
    names = tuple(n.strip() for n in methods.split(",") if n.strip()) if methods else None
    try:
        select_methods(names, Profile(profile.value))
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--methods") from None
    if html and out is None:
        out = Path("locard-out")
    if out is not None and out.exists() and not out.is_dir():
        raise typer.BadParameter(f"{out} is not a folder", param_hint="--out")
    screen, errors = Console(highlight=False), Console(stderr=True, highlight=False)
    workers = min(jobs or os.cpu_count() or 1, len(files))
    job = Job(
        methods=names,
        profile=profile.value,
        prior=prior,
        max_bytes=max_bytes,
        max_pixels=max_pixels,
        time_limit=time_limit,
        stability=stability,
        out=str(out) if out is not None else None,
        html=html,
        json=json,
        width=screen.width,
        colour=screen.is_terminal and screen.color_system is not None,
        threads=None if workers == 1 else 1,
    )
    failed = _print_all(files, job, workers, errors)
    if failed:
        if len(files) > 1:
            errors.print(f"{failed} of {len(files)} files could not be examined", style="bold")
        raise typer.Exit(3)


def _print_all(files: Sequence[str], job: Job, workers: int, errors: Console) -> int:
    """Print outcomes as they come; return how many files failed."""
    import sys

    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    failed = 0
    bar = Progress(
        TextColumn("examining"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=errors,
        transient=True,
        disable=len(files) == 1 or not errors.is_terminal,
    )
    with bar:
        task = bar.add_task("examine", total=len(files))
        for file, outcome in _examine_all(files, job, workers):
            if outcome.error is not None:
                failed += 1
                shown = "".join(c if c.isprintable() else "?" for c in file)
                errors.print(f"{shown}: {outcome.error}", markup=False, soft_wrap=True)
            else:
                # Straight to the stream: the text is rendered, and JSON must not be wrapped.
                sys.stdout.write(outcome.text + "\n")
                sys.stdout.flush()
            bar.advance(task)
    return failed
