"""``locard calibrate``: fit calibrators and fusion weights on labelled exhibits."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def calibrate(
    table: Annotated[
        Path,
        typer.Argument(help="CSV with the columns path, label (1: the proposition holds), source."),
    ],
    question: Annotated[str, typer.Option(help="Question: edited or generated.")],
    data: Annotated[str, typer.Option(help="Name and origin of the data, kept in the files.")],
    out: Annotated[Path, typer.Option(help="Folder for the calibrators (JSON).")],
    command: Annotated[
        str, typer.Option(help="Command that makes the data and this fit again, kept in the files.")
    ] = "",
    methods: Annotated[
        str | None, typer.Option(help="Fit only these methods, with commas.")
    ] = None,
    fusion: Annotated[bool, typer.Option(help="Fit the weights that fuse the methods too.")] = True,
    jobs: Annotated[int, typer.Option(min=1, help="Exhibits examined at once.")] = 2,
    scores: Annotated[
        Path | None,
        typer.Option(help="Keep the raw scores here (CSV); an existing file is used again."),
    ] = None,
) -> None:
    """Fit calibrators: from raw scores of labelled exhibits to likelihood ratios.

    Figures are cross-validated by source: no photo, camera or generator is in two folds.
    """
    from rich.console import Console

    from locard.methods import Question
    from locard.opinion.fitting import fit, read_scores, score_table

    console = Console(stderr=True, highlight=False)
    try:
        asked = Question(question)
    except ValueError:
        raise typer.BadParameter(f"one of {', '.join(Question)}", param_hint="--question") from None
    if not table.is_file():
        raise typer.BadParameter(f"there is no file {table}", param_hint="TABLE")
    only = [name.strip() for name in methods.split(",")] if methods is not None else None
    try:
        if scores is None or not scores.is_file():
            rows = score_table(table, asked, jobs, console, only)
            if scores is not None:
                rows.save(scores)
        else:
            rows = read_scores(scores)
        if only is not None:
            rows = rows.only(only)
        made_by = command or f"locard calibrate {table.name}"
        files = fit(rows, asked, data, made_by, out, fusion=fusion)
    except ValueError as error:
        console.print(f"{table}: {error}", markup=False, soft_wrap=True)
        raise typer.Exit(2) from None
    for line in files:
        typer.echo(line)
