"""The command line: one file per command."""

from __future__ import annotations

import atexit
import errno
import io
import os
import sys
import threading
from contextlib import suppress
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

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

# How long a thread has to end when all else is done.
_LAST_WAIT_S = 0.5
# What the system says of a disk that holds no more.
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


class _Locard(TyperGroup):
    """The commands, with what holds for all of them: streams that take any text, a full disk."""

    def main(self, *args: Any, **options: Any) -> Any:
        for stream in (sys.stdin, sys.stdout, sys.stderr):
            # Names and questions hold what the terminal's encoding has not.
            if isinstance(stream, io.TextIOWrapper):
                stream.reconfigure(errors="replace")
        try:
            return super().main(*args, **options)
        except OSError as error:
            if error.errno not in _FULL:
                raise
            typer.echo(f"the output cannot be written ({error.strerror})", err=True)
            # What standard output still holds would be written, and fail, once more at the end.
            with suppress(OSError):
                os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            sys.exit(1)


app = typer.Typer(
    name="locard",
    cls=_Locard,
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


def run() -> None:
    """The program: the command line, and an end that waits for nobody.

    A method past the time limit cannot be stopped, and the interpreter waits for its thread: a
    limit of one second, or Ctrl-C, would last as long as that method takes.
    """
    try:
        app()
    except SystemExit as ended:
        late = [t for t in threading.enumerate() if t.name.startswith("locard")]
        for thread in late:
            thread.join(_LAST_WAIT_S)
        if not any(thread.is_alive() for thread in late):
            raise
        code = ended.code
        if isinstance(code, str):
            typer.echo(code, err=True)
            code = 1
        # What is to be tidied up, and all but waiting.
        atexit._run_exitfuncs()
        for stream in (sys.stdout, sys.stderr):
            with suppress(OSError, ValueError):
                stream.flush()
        os._exit(code or 0)


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

__all__ = ["app", "run"]
