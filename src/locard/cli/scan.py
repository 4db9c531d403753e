"""``locard scan``: examine pictures in bulk into one table."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from locard.cli.interrupted import goes_on
from locard.cli.options import (
    MAX_BYTES,
    MAX_PIXELS,
    TIME_LIMIT_S,
    JobsOption,
    MaxBytesOption,
    MaxPixelsOption,
    MethodsOption,
    PriorOption,
    ProfileName,
    ProfileOption,
    StabilityOption,
    TimeLimitOption,
    choose_methods,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    from rich.console import Console

    from locard.scan import Progress, Settings, Summary

# Seconds between lines of progress where there is no terminal.
_EVERY_S = 60.0
# Pictures that could not be examined, of which the terminal says why.
_SHOWN = 5


class EngineName(StrEnum):
    """Where the examinations run."""

    POOL = "pool"
    RAY = "ray"


def scan(
    sources: Annotated[
        list[str],
        typer.Argument(
            help="Folders, files, globs, tar archives and WebDataset shards (also "
            "shard-{000..099}.tar), lists of paths (.csv, .txt), fsspec URLs.",
            show_default=False,
        ),
    ],
    out: Annotated[Path, typer.Option(help="Table to write (.parquet).")],
    maps: Annotated[
        Path | None, typer.Option(help="Also write the report and maps of each picture here.")
    ] = None,
    profile: ProfileOption = ProfileName.QUICK,
    methods: MethodsOption = None,
    prior: PriorOption = 0.5,
    stability: StabilityOption = True,
    engine: Annotated[
        EngineName, typer.Option(help="Processes of this machine, or a Ray cluster.")
    ] = EngineName.POOL,
    jobs: JobsOption = None,
    every: Annotated[
        bool, typer.Option("--every-file", help="Whatever the names of files are.")
    ] = False,
    max_bytes: MaxBytesOption = MAX_BYTES,
    max_pixels: MaxPixelsOption = MAX_PIXELS,
    time_limit: TimeLimitOption = TIME_LIMIT_S,
) -> None:
    """Examine pictures in bulk: one row each, in a Parquet file.

    An interrupted scan goes on with the same command. Exit codes: 0 all examined, 2 wrong usage
    or nothing to examine, 3 some picture could not be examined (its row says why), 130 and 143
    interrupted.
    """
    import os

    from rich.console import Console

    from locard.report.strings import printable
    from locard.scan import ScanError, Settings
    from locard.scan.results import failures, schema

    names = choose_methods(methods, profile, prior)
    if out.suffix != ".parquet":
        raise typer.BadParameter(
            "the table is Parquet: give it a name that ends in .parquet", param_hint="--out"
        )
    if not out.absolute().parent.is_dir():
        raise typer.BadParameter(f"there is no folder {out.parent}", param_hint="--out")
    if maps is not None:
        for source in sources:
            if Path(source).is_dir() and maps.resolve().is_relative_to(Path(source).resolve()):
                raise typer.BadParameter("lies in what is scanned", param_hint="--maps")
    settings = Settings(
        profile=profile.value,
        methods=names,
        prior=prior,
        stability=stability,
        max_bytes=max_bytes,
        max_pixels=max_pixels,
        time_s=time_limit,
        maps=str(maps.absolute()) if maps is not None else None,
    )
    errors = Console(stderr=True, highlight=False)
    try:
        schema()
        with goes_on():
            done = _run(sources, out, settings, engine, jobs or os.cpu_count() or 1, every, errors)
    except ScanError as error:
        errors.print(printable(str(error), 1000), markup=False, soft_wrap=True)
        raise typer.Exit(2) from None
    except OSError as error:
        errors.print(f"cannot read or write: {error}", markup=False, soft_wrap=True)
        raise typer.Exit(2) from None
    rows, pictures = _count(done.items, "row"), _count(done.pictures, "different picture")
    typer.echo(f"{rows} of {pictures}: {out}")
    if done.left_out:
        files = _count(done.left_out, "file")
        were = "was" if done.left_out == 1 else "were"
        errors.print(f"{files} with other names {were} left out; --every-file examines them")
    if done.errors:
        for name, reason in failures(out, _SHOWN):
            errors.print(f"{name}: {reason}", markup=False, soft_wrap=True)
        rest = done.errors - _SHOWN
        more = f", {rest} more than these; the column error says why" if rest > 0 else ""
        errors.print(f"{done.errors} of {rows} could not be examined{more}", style="bold")
        raise typer.Exit(3)


def _count(number: int, name: str) -> str:
    return f"{number:,} {name}{'' if number == 1 else 's'}"


def _run(
    sources: list[str],
    out: Path,
    settings: Settings,
    engine: EngineName,
    workers: int,
    every: bool,
    errors: Console,
) -> Summary:
    from functools import partial

    from locard.scan import scan as scan_all
    from locard.scan.scanner import Engine
    from locard.workers import as_done

    run: Engine = as_done
    if engine is EngineName.RAY:
        from locard.scan.ray import check_ray, over_ray

        check_ray()
        run = over_ray
    with _shown(errors, partial(_total, sources, out, settings, every)) as progress:
        return scan_all(
            sources, out, settings, engine=run, workers=workers, every=every, progress=progress
        )


def _total(sources: list[str], out: Path, settings: Settings, every: bool) -> int | None:
    """Count the items, where that does not fetch archives a second time."""
    from locard.scan.scanner import count
    from locard.scan.sources import is_url

    if any(map(is_url, sources)):
        return None
    return count(sources, out, settings, every)


def describe_progress(progress: Progress, total: int | None) -> str:
    """Say how far a scan is, at what rate, and how long it will take."""
    from datetime import timedelta

    done = progress.resumed + progress.fresh
    parts = [f"{done:,} of {total:,}" if total is not None else f"{done:,}"]
    if progress.fresh:
        parts.append(f"{progress.rate:.2f}/s")
    left = progress.left_s(total)
    if left is not None:
        parts.append(f"{timedelta(seconds=round(left))} left")
    return ", ".join(parts)


def _shown(
    errors: Console, counted: Callable[[], int | None]
) -> AbstractContextManager[Callable[[Progress], None]]:
    """Show the progress: a bar on a terminal, else a line a minute."""
    import threading
    import time
    from contextlib import contextmanager

    from rich.progress import BarColumn, TextColumn
    from rich.progress import Progress as Bar

    total: list[int] = []

    def find_total() -> None:
        from locard.scan import ScanError

        try:
            found = counted()
        except (ScanError, OSError):
            return  # the scan itself says what is wrong
        if found is not None:
            total.append(found)

    @contextmanager
    def showing() -> Iterator[Callable[[Progress], None]]:
        # Beside the examination: a long listing must not keep it waiting.
        threading.Thread(target=find_total, daemon=True).start()
        told = time.monotonic()
        with Bar(
            TextColumn("scanning"),
            BarColumn(),
            TextColumn("{task.fields[words]}"),
            console=errors,
            transient=True,
            disable=not errors.is_terminal,
        ) as bar:
            task = bar.add_task("scan", total=None, words="")

            def show(now: Progress) -> None:
                nonlocal told
                known = total[0] if total else None
                if errors.is_terminal:
                    words = describe_progress(now, known)
                    done = now.resumed + now.fresh
                    bar.update(task, total=known, completed=done, words=words)
                elif time.monotonic() - told >= _EVERY_S:
                    told = time.monotonic()
                    errors.print(describe_progress(now, known), markup=False, soft_wrap=True)

            yield show

    return showing()
