"""``locard camera``: enroll cameras by their sensor fingerprint and match photos with them.

What the commands need is imported inside them: ``locard --help`` must not wait for it.
"""

from __future__ import annotations

import statistics
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

WRONG_USE = 2
SOME_FAILED = 3

app = typer.Typer(
    help="Enroll cameras by their sensor fingerprint, and match photos with them.",
    no_args_is_help=True,
)
Name = Annotated[str, typer.Argument(help="letters, digits, spaces, '-', '_' and '.'")]


def _console(*, stderr: bool = False) -> Console:
    return Console(stderr=stderr, highlight=False, soft_wrap=True)


def _safe(text: str) -> str:
    """Text of files and their names, without what a terminal or rich would take for a command."""
    from locard.report.strings import printable

    return escape(printable(text, 1000))


def _complain(text: str) -> None:
    _console(stderr=True).print(_safe(text))


@app.command()
def enroll(
    name: Name,
    photos: Annotated[list[Path], typer.Argument(help="photos from this one camera")],
    replace: Annotated[bool, typer.Option(help="Overwrite a camera of this name.")] = False,
) -> None:
    """Estimate a camera's fingerprint from its photos and keep it.

    Give at least 3 and better 20 or more originals of one size; bright, evenly lit ones (sky,
    walls, out of focus) are best.
    """
    from locard.methods.sensor.cameras import CameraError
    from locard.methods.sensor.prnu import enroll_camera

    errors = _console(stderr=True)
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TimeRemainingColumn(),
        console=errors,
        transient=True,
        # In a log file the bar would be blank lines.
        disable=not errors.is_terminal,
    ) as bar:
        task = bar.add_task("estimating the fingerprint", total=None)
        try:
            done = enroll_camera(
                name,
                photos,
                replace=replace,
                progress=lambda steps, total: bar.update(task, completed=steps, total=total),
            )
        except CameraError as error:
            bar.stop()
            for path, reason in error.skipped:
                _complain(f"skipped {path}: {reason}")
            _complain(str(error))
            raise typer.Exit(WRONG_USE) from None
    for path, reason in done.skipped:
        _complain(f"skipped {path}: {reason}")
    for warning in done.warnings:
        _complain(f"warning: {warning}")
    record = done.record
    _console().print(
        escape(
            f"enrolled {record.name!r}: {len(record.photos)} photos of {record.width} × "
            f"{record.height}, each matches the others with a median PCE of "
            f"{statistics.median(record.quality):.0f}"
        )
    )
    if done.skipped:
        raise typer.Exit(SOME_FAILED)


@app.command("list")
def list_cameras() -> None:
    """List the enrolled cameras and the quality of their fingerprints."""
    from locard.methods.sensor.cameras import CameraError, camera_names, load_record
    from locard.methods.sensor.prnu import ENOUGH_PHOTOS

    names = camera_names()
    if not names:
        _console().print("no camera is enrolled; see locard camera enroll --help")
        return
    table = Table("camera", "size", "photos", "median PCE", "enrolled", "models")
    failed = False
    for name in names:
        try:
            record = load_record(name)
        except CameraError as error:
            failed = True
            _complain(str(error))
            continue
        few = " (few)" if len(record.photos) < ENOUGH_PHOTOS else ""
        table.add_row(
            _safe(name),
            f"{record.width} × {record.height}",
            f"{len(record.photos)}{few}",
            f"{statistics.median(record.quality):.0f}",
            _safe(record.enrolled),
            _safe(", ".join(record.models) or "not stated"),
        )
    _console().print(table)
    if failed:
        raise typer.Exit(SOME_FAILED)


@app.command()
def remove(name: Name) -> None:
    """Delete a camera's fingerprint."""
    from locard.methods.sensor.cameras import CameraError, remove_camera

    try:
        remove_camera(name)
    except CameraError as error:
        _complain(str(error))
        raise typer.Exit(WRONG_USE) from None
    _console().print(escape(f"removed {name!r}"))


@app.command()
def match(
    files: Annotated[list[Path], typer.Argument(help="photos to compare")],
) -> None:
    """Compare photos with every enrolled camera and say which one took them."""
    from locard.exhibit import ExhibitError, open_exhibit
    from locard.methods.sensor.cameras import camera_names
    from locard.methods.sensor.prnu import MATCH_PCE, claimed_model, match_cameras

    names = camera_names()
    if not names:
        _complain("no camera is enrolled; see locard camera enroll --help")
        raise typer.Exit(WRONG_USE)
    table = Table("photo", "camera", "PCE", "chance matches", "metadata claim")
    failed = False
    for file in files:
        try:
            exhibit = open_exhibit(file)
        except ExhibitError as error:
            failed = True
            _complain(f"{file}: {error}")
            continue
        best = match_cameras(exhibit, names)
        claimed = _safe(claimed_model(exhibit) or "nothing")
        if best is None:
            table.add_row(_safe(str(file)), "not comparable: larger than all", "", "", claimed)
            continue
        verdict = _safe(best.record.name)
        if not best.found:
            verdict = f"none (closest: {verdict})"
        if exhibit.sha256 in best.record.photos:
            verdict += " (enrolled from this photo)"
        if best.correlation.shifts > 1:
            y, x = best.correlation.offset
            verdict += f", crop at {x}, {y}" if best.found else ""
        table.add_row(
            _safe(str(file)),
            verdict,
            f"{best.correlation.pce:.1f}",
            best.chance,
            claimed,
        )
    if table.row_count:
        console = _console()
        console.print(table)
        console.print(
            f"A peak-to-correlation energy (PCE) above {MATCH_PCE:.0f} is a match; 'chance "
            "matches' is how many as good are expected by chance."
        )
    if failed:
        raise typer.Exit(SOME_FAILED)
