"""``locard forge``: make forgeries with exact masks and a record of what was done."""

from __future__ import annotations

import math
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from locard.cli.interrupted import goes_on
from locard.cli.options import parse_names

if TYPE_CHECKING:
    from rich.console import Console

    from locard.forge.tools import Tools

# Sentences about single photos that are printed before the rest is only counted.
_SHOWN = 20


def _print_list() -> None:
    from rich.console import Console
    from rich.table import Table

    from locard.forge import list_operations

    table = Table(show_lines=True, header_style="bold")
    table.add_column("operation", no_wrap=True)
    table.add_column("group", no_wrap=True)
    table.add_column("what it does and what it follows", overflow="fold")
    for o in list_operations():
        marks = [f"needs {o.donors} other photos"] if o.donors else []
        marks += [f"extra {o.extra}"] if o.extra else []
        marks += [] if o.default else ["only when named"]
        note = f"{o.source}; {', '.join(marks)}" if marks else o.source
        table.add_row(f"[bold]{o.name}[/bold]", o.group, f"{o.about}\n[dim]{note}[/dim]")
    Console(highlight=False).print(table)


def forge(
    folders: Annotated[
        list[Path] | None,
        typer.Argument(help="Folders of real photos (or single ones).", show_default=False),
    ] = None,
    out: Annotated[Path, typer.Option(help="Folder for the set.")] = Path("locard-forgeries"),
    count: Annotated[int, typer.Option(min=1, max=999_999, help="Forgeries to make.")] = 100,
    operations: Annotated[
        str | None, typer.Option(help="Only these, with commas; they take turns. See --list.")
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same bytes.")] = 0,
    size: Annotated[
        float, typer.Option(min=0.05, help="Larger photos are cut to this, in megapixels.")
    ] = 1.0,
    recipes: Annotated[
        Path | None, typer.Option(help="YAML of histories and deliveries of your own.")
    ] = None,
    jobs: Annotated[
        int | None, typer.Option(min=1, help="Items at once; one per processor by default.")
    ] = None,
    segmenter: Annotated[
        Path | None, typer.Option(help="ONNX network that finds objects (ISNet, U²-Net, DeepLab).")
    ] = None,
    inpainter: Annotated[
        str | None,
        typer.Option(help="ONNX network or diffusers pipeline for removal-network."),
    ] = None,
    autoencoder: Annotated[
        str | None,
        typer.Option(help="ONNX or .pth file or diffusers autoencoder for regenerate operations."),
    ] = None,
    face_detector: Annotated[
        Path | None, typer.Option(help="ONNX file of YuNet for operations on faces.")
    ] = None,
    authentic: Annotated[
        bool,
        typer.Option(help="Beside each forgery its host with the same history and delivery."),
    ] = True,
    listed: Annotated[bool, typer.Option("--list", help="Show all operations.")] = False,
) -> None:
    """Make forgeries of real photos: pictures, exact masks, records and an index.

    An interrupted set goes on where it stopped. Exit codes: 0 done, 2 wrong usage, 3 some photo
    could not be used or some item not be made (the others are).
    """
    import os

    from rich.console import Console

    try:
        if listed:
            _print_list()
            return
        if not folders:
            raise typer.BadParameter("name a folder of photos, or use --list", param_hint="FOLDERS")
        from locard.forge.tools import Tools

        errors = Console(stderr=True, highlight=False)
        trouble = _plan(
            folders,
            out,
            operations,
            seed,
            size,
            recipes,
            Tools(
                str(segmenter) if segmenter else None,
                inpainter,
                autoencoder,
                str(face_detector) if face_detector else None,
            ),
            authentic,
        )
        for sentence in trouble:
            errors.print(sentence, markup=False, soft_wrap=True)
        missing = _make_all(out, count, min(jobs or os.cpu_count() or 1, count), errors)
    except ValueError as error:
        Console(stderr=True, highlight=False).print(str(error), markup=False, soft_wrap=True)
        raise typer.Exit(2) from None
    except OSError as error:
        Console(stderr=True, highlight=False).print(
            f"the set cannot be written ({error.strerror}); choose another --out", markup=False
        )
        raise typer.Exit(2) from None
    if trouble or missing:
        raise typer.Exit(3)


def _plan(
    folders: list[Path],
    out: Path,
    operations: str | None,
    seed: int,
    size: float,
    recipes: Path | None,
    tools: Tools,
    authentic: bool,
) -> list[str]:
    """Check all that was asked for and write the plan; returns what is wrong with the photos.

    Raises: ValueError, one sentence, where nothing can be made.
    """
    from importlib.util import find_spec

    missing = [name for name in ("albumentations", "skimage", "yaml") if find_spec(name) is None]
    if missing:
        raise ValueError("forging needs more packages: pip install 'locard[forge]'")
    from locard.degrade import load_recipes
    from locard.forge.engine import Plan, choose_operations, find_photos, save_plan

    for folder in folders:
        if not folder.exists():
            raise ValueError(f"there is no folder {folder}")
    if not math.isfinite(size):
        raise ValueError("--size is a number of megapixels")
    if problem := tools.problem():
        raise ValueError(problem)
    chosen = choose_operations(parse_names(operations) or None)
    load_recipes(recipes)
    photos, trouble = find_photos(folders)
    if not photos:
        raise ValueError("; ".join(trouble))
    plan = Plan(
        photos=tuple(photos),
        operations=tuple(operation.name for operation in chosen),
        seed=seed,
        megapixels=size,
        recipes=str(recipes) if recipes else None,
        authentic=authentic,
        tools=tools,
    )
    save_plan(plan, out)
    return trouble


def _make_all(out: Path, count: int, workers: int, errors: Console) -> bool:
    """Make all items that are not there yet; returns whether anything went wrong."""
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    from locard.forge.engine import is_made, make_item, write_index
    from locard.workers import in_order

    todo = [number for number in range(count) if not is_made(number, out)]
    said: set[str] = set()
    skipped = 0
    bar = Progress(
        TextColumn("forging"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=errors,
        transient=True,
        disable=not errors.is_terminal,
    )

    def say(sentence: str) -> None:
        if sentence not in said and len(said) < _SHOWN:
            errors.print(sentence, markup=False, soft_wrap=True)
        said.add(sentence)

    with goes_on(), bar:
        task = bar.add_task("forge", total=len(todo))
        work = partial(make_item, out=str(out))
        for number, made in in_order(work, todo, max(1, min(workers, len(todo)))):
            problem = "the work on it ended unexpectedly" if made is None else made.skipped
            for sentence in made.trouble if made is not None else ():
                say(sentence)
            if problem is not None:
                skipped += 1
                say(f"item {number} was skipped: {problem}")
            bar.advance(task)
    if len(said) > _SHOWN:
        errors.print(f"and {len(said) - _SHOWN} more of the kind", markup=False)
    pictures = write_index(out)
    typer.echo(
        f"{len(todo) - skipped} forgeries made, {count - len(todo)} were there, "
        f"{skipped} skipped; {pictures} pictures in {out / 'index.csv'}"
    )
    return bool(said or skipped)
