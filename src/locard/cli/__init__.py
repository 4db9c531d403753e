"""The command line: one file per command."""

from __future__ import annotations

from typing import Annotated

import typer

from locard.cli import (
    ask,
    bench,
    calibrate,
    camera,
    capability,
    degrade,
    doctor,
    examine,
    forge,
    info,
    methods,
    scan,
    serve,
    train,
)

app = typer.Typer(
    name="locard",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


def _print_version(asked: bool) -> None:
    if asked:
        from importlib.metadata import version

        typer.echo(f"locard {version('locard')}")
        raise typer.Exit


@app.callback()
def main(
    version: Annotated[
        bool,
        typer.Option("--version", help="Say the version.", is_eager=True, callback=_print_version),
    ] = False,
) -> None:
    """Is this photo authentic, edited or generated; where, why, and how far to trust it."""


app.command("examine")(examine.examine)
app.command("scan")(scan.scan)
app.command("ask")(ask.ask)
app.command("info")(info.info)
app.command("methods")(methods.methods)
app.command("doctor")(doctor.doctor)
app.command("calibrate")(calibrate.calibrate)
app.command("degrade")(degrade.degrade)
app.command("forge")(forge.forge)
app.command("serve")(serve.serve)
bench.app.command("capability")(capability.capability)
app.add_typer(bench.app, name="bench")
app.add_typer(camera.app, name="camera")
app.add_typer(train.app, name="train")

__all__ = ["app"]
