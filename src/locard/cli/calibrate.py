"""``locard calibrate``: fit calibrators and fusion weights on labelled exhibits."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def calibrate(
    tables: Annotated[
        list[Path],
        typer.Argument(
            help="Prediction files of locard bench run (.parquet), or one CSV with the columns "
            "path, label (1: the proposition holds), source."
        ),
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
    column: Annotated[
        str, typer.Option(help="Versions in the prediction files: raw, aligned or all.")
    ] = "all",
    jobs: Annotated[int, typer.Option(min=1, help="Exhibits of a CSV examined at once.")] = 2,
    scores: Annotated[
        Path | None,
        typer.Option(
            help="Keep the raw scores of a CSV here (CSV); an existing file is used again."
        ),
    ] = None,
) -> None:
    """Fit calibrators: from raw scores of labelled exhibits to likelihood ratios.

    Figures are cross-validated by source: no photo, camera or generator is in two folds.
    """
    from rich.console import Console

    from locard.methods import Question
    from locard.opinion.fitting import ScoreTable, fit, read_scores, score_table

    console = Console(stderr=True, highlight=False)
    try:
        asked = Question(question)
    except ValueError:
        raise typer.BadParameter(f"one of {', '.join(Question)}", param_hint="--question") from None
    if column not in ("raw", "aligned", "all"):
        raise typer.BadParameter("one of raw, aligned, all", param_hint="--column")
    for table in tables:
        if not table.is_file():
            raise typer.BadParameter(f"there is no file {table}", param_hint="TABLES")
    predicted = all(table.suffix == ".parquet" for table in tables)
    if not predicted and len(tables) > 1:
        raise typer.BadParameter("prediction files or one CSV", param_hint="TABLES")
    only = [name.strip() for name in methods.split(",")] if methods is not None else None

    def collect() -> ScoreTable:
        if predicted:
            from locard.bench.fitting import scores_of_runs

            return scores_of_runs(tables, asked, column)
        if scores is not None and scores.is_file():
            return read_scores(scores)
        found = score_table(tables[0], asked, jobs, console, only)
        if scores is not None:
            found.save(scores)
        return found

    try:
        rows = collect()
        if only is not None:
            rows = rows.only(only)
        made_by = command or f"locard calibrate {' '.join(table.name for table in tables)}"
        fitted = fit(rows, asked, data, made_by, out, fusion=fusion)
    except ValueError as error:
        where = ", ".join(table.name for table in tables)
        console.print(f"{where}: {error}", markup=False, soft_wrap=True)
        raise typer.Exit(2) from None
    for line in fitted.lines:
        typer.echo(line)
    if fusion:
        from locard.bench.metrics import reliability_curve
        from locard.bench.plots import draw_reliability

        curve = reliability_curve(fitted.log10_lr, rows.labels)
        picture = out / f"fusion.{asked}.svg"
        picture.write_text(draw_reliability([("fusion, cross-validated", curve)]) + "\n", "utf-8")
        typer.echo(f"reliability diagram: {picture}")
