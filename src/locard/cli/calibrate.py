"""``locard calibrate``: fit calibrators and fusion weights from prediction files."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from locard.cli.options import parse_names


def calibrate(
    tables: Annotated[
        list[Path],
        typer.Argument(help="Prediction files of locard bench run (.parquet)."),
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
    diagram: Annotated[
        Path | None, typer.Option(help="Draw the reliability of the fused opinion here (SVG).")
    ] = None,
) -> None:
    """Fit calibrators: from raw scores of labelled exhibits to likelihood ratios.

    Figures are cross-validated by source: no photo, camera or generator is in two folds.
    """
    from rich.console import Console

    from locard.bench.fitting import fit, scores_of_runs
    from locard.bench.metrics.calibration import reliability_curve
    from locard.bench.plots import draw_reliability
    from locard.methods import Question

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
    only = dict.fromkeys(parse_names(methods)) if methods is not None else None
    try:
        rows = scores_of_runs(tables, asked, column)
        if only is not None:
            rows = rows.only(list(only))
        made_by = command or f"locard calibrate {' '.join(table.name for table in tables)}"
        fitted = fit(rows, asked, data, made_by, out, fusion=fusion)
        if diagram is not None:
            curve = reliability_curve(fitted.log10_lr, rows.labels)
            drawn = draw_reliability([("fusion, cross-validated", curve)])
            diagram.write_text(drawn + "\n", "utf-8")
    except ValueError as error:
        console.print(str(error), markup=False, soft_wrap=True)
        raise typer.Exit(2) from None
    except OSError as error:
        where = Path(error.filename or out).name
        said = f"{where} cannot be written ({error.strerror}); name another --out or --diagram"
        console.print(said, markup=False, soft_wrap=True)
        raise typer.Exit(2) from None
    for line in fitted.lines:
        typer.echo(line)
    if diagram is not None:
        typer.echo(f"reliability diagram: {diagram}")
