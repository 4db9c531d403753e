"""``locard train``: train the networks that locard ships, on data of your own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(no_args_is_help=True, help="Train locard's networks on data of your own.")

Config = Annotated[Path, typer.Option("--config", help="YAML; see docs/models/localizer.md.")]


@contextmanager
def _one_sentence() -> Iterator[None]:
    """Turn what a user can get wrong into one sentence and exit code 2."""
    from importlib.util import find_spec

    from rich.console import Console

    errors = Console(stderr=True, highlight=False)
    needed = ("torch", "yaml", "pyarrow", "sklearn", "onnx", "onnxscript", "onnxruntime")
    if any(find_spec(name) is None for name in needed):
        errors.print("training needs more packages: pip install 'locard[train]'", markup=False)
        raise typer.Exit(2)
    from locard.bench.datasets import DatasetError
    from locard.train.config import ConfigError

    try:
        yield
    except (ConfigError, DatasetError) as error:
        errors.print(str(error), markup=False, soft_wrap=True)
        raise typer.Exit(2) from None
    except OSError as error:
        errors.print(f"cannot read or write: {error}", markup=False, soft_wrap=True)
        raise typer.Exit(2) from None


@app.command()
def localizer(
    config: Config,
    limit_minutes: Annotated[
        float | None, typer.Option(min=0.0, help="Stop after this time; go on another day.")
    ] = None,
) -> None:
    """Train the forgery localizer; an interrupted training goes on where it stopped.

    Ctrl-C and SIGTERM end it between two steps, with a checkpoint. Exit codes: 0 complete or
    stopped on purpose, 2 wrong usage.
    """
    with _one_sentence():
        from locard.train.config import read_config
        from locard.train.localizer import train

        train(read_config(config), limit_minutes=limit_minutes, say=lambda s: print(s, flush=True))


@app.command()
def export(config: Config) -> None:
    """Write the trained localizer as ONNX, checked against PyTorch, with a model card beside it.

    It lands in the training's folder. Exit codes: 0 done, 2 wrong usage.
    """
    with _one_sentence():
        from locard.train.config import read_config
        from locard.train.export import export as write

        write(read_config(config), say=lambda s: print(s, flush=True))
