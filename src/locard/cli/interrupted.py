"""What is said when somebody presses Ctrl-C in a command that can go on later."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import typer


@contextmanager
def goes_on() -> Iterator[None]:
    """Say that the same command goes on from here; exit code 130."""
    try:
        yield
    except KeyboardInterrupt:
        typer.echo("interrupted; the same command goes on from here", err=True)
        raise typer.Exit(130) from None
