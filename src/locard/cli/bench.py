"""``locard bench``: run methods over a dataset, score, compare and show their predictions."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from locard.cli.interrupted import goes_on
from locard.cli.options import parse_names

if TYPE_CHECKING:
    from rich.console import Console

app = typer.Typer(no_args_is_help=True, help="Measure methods on datasets, honestly.")

Runs = Annotated[list[Path], typer.Argument(help="Prediction files (Parquet).")]
Resamples = Annotated[int, typer.Option(min=1, help="Bootstrap resamples for the intervals.")]


@contextmanager
def _one_sentence() -> Iterator[None]:
    """Turn the errors of the bench into one sentence and exit code 2."""
    from locard.bench.datasets import DatasetError
    from locard.bench.plugin import PluginError
    from locard.bench.predictions import PredictionError
    from locard.degrade import MissingExtra

    try:
        yield
    except (DatasetError, PluginError, PredictionError, MissingExtra) as error:
        _errors().print(str(error), markup=False, soft_wrap=True)
        raise typer.Exit(2) from None
    except OSError as error:
        _errors().print(f"cannot read or write: {error}", markup=False, soft_wrap=True)
        raise typer.Exit(2) from None


def _errors() -> Console:
    from rich.console import Console

    return Console(stderr=True, highlight=False)


@app.command()
def run(
    dataset: Annotated[
        str,
        typer.Argument(
            help="Name of a known set with --root, a folder with real/ and fake/, a CSV, or a "
            "layout file (.yaml)."
        ),
    ],
    out: Annotated[Path, typer.Option(help="Prediction file to write (.parquet).")],
    root: Annotated[Path | None, typer.Option(help="Folder of your copy of a known set.")] = None,
    question: Annotated[
        str | None, typer.Option(help="What the labels mean: edited or generated.")
    ] = None,
    split: Annotated[str, typer.Option(help="Only this split.")] = "",
    incomplete: Annotated[
        bool, typer.Option("--incomplete", help="Run what is there of a copy that lacks parts.")
    ] = False,
    methods: Annotated[
        str | None,
        typer.Option(help="Only these methods, with commas; an empty text for none of locard's."),
    ] = None,
    plugin: Annotated[
        list[str] | None,
        typer.Option(
            help="A method from outside: file.py with predict(image), module:function, or an entry "
            "point of locard.bench. May be given several times."
        ),
    ] = None,
    aligned: Annotated[
        bool, typer.Option(help="Examine format-aligned versions too: a second column.")
    ] = True,
    degrade: Annotated[
        list[str] | None,
        typer.Option(
            help="Examine re-delivered versions too: a chain, may be given several times."
        ),
    ] = None,
    stability: Annotated[
        bool, typer.Option(help="Form each opinion again over re-delivered versions.")
    ] = True,
    limit: Annotated[int | None, typer.Option(min=1, help="Draw this many items.")] = None,
    sheets: Annotated[
        int, typer.Option(min=0, help="Draw this many hits, misses and false alarms.")
    ] = 0,
    seed: Annotated[int, typer.Option(min=0, help="Of everything that is drawn.")] = 0,
    jobs: Annotated[
        int | None, typer.Option(min=1, help="Items at once; one per processor by default.")
    ] = None,
) -> None:
    """Examine a dataset by every method and write the predictions.

    An interrupted run goes on where it stopped when the same command is given again.
    Exit codes: 0 all items examined, 2 wrong usage or nothing to examine, 3 some picture, mask or
    method failed (the rest is in the file).
    """
    import os
    import sys

    import numpy as np
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    from locard.bench.datasets import DatasetError, open_dataset
    from locard.bench.runner import Settings, counted_methods, describe_failures
    from locard.bench.runner import run as run_bench
    from locard.bench.sheets import make_sheets
    from locard.degrade import degrade as send
    from locard.degrade import parse_chain
    from locard.methods import Question
    from locard.report.strings import printable

    if question is not None and question not in list(Question):
        raise typer.BadParameter(f"one of {', '.join(Question)}", param_hint="--question")
    known = counted_methods()
    chosen = known if methods is None else tuple(dict.fromkeys(parse_names(methods)))
    if unknown := [name for name in chosen if name not in known]:
        raise typer.BadParameter(
            f"no counted method is called {unknown[0]!r}; there are: {', '.join(known)}",
            param_hint="--methods",
        )
    if not chosen and not plugin:
        raise typer.BadParameter("without --plugin there is nothing to run", param_hint="--methods")
    if out.exists():
        raise typer.BadParameter(f"{out} exists; choose another file", param_hint="--out")
    with _one_sentence():
        for chain in degrade or ():
            try:
                # Tried once on nothing, so that a missing package ends the run before it begins.
                send(np.full((128, 128, 3), 128, np.uint8), parse_chain(chain), seed=0)
            except ValueError as error:
                raise typer.BadParameter(str(error), param_hint="--degrade") from None
        opened = open_dataset(
            dataset, root, question=Question(question) if question else None, split=split
        )
        if missing := opened.missing():
            said = f"{opened.name} is not complete:\n" + "\n".join(missing)
            if not incomplete:
                raise DatasetError(f"{said}\n--incomplete runs what is there")
            _errors().print(said, markup=False, soft_wrap=True)
        settings = Settings(
            methods=chosen,
            plugins=tuple(plugin or ()),
            columns=("raw", "aligned") if aligned else ("raw",),
            deliveries=("", *dict.fromkeys(degrade or ())),
            seed=seed,
            stability=stability,
        )
        errors = _errors()
        if ignored := opened.ignored():
            shown = ", ".join(printable(name, 40) for name in ignored)
            said = f"{opened.name}: these columns mean nothing to locard: {shown}"
            errors.print(said, markup=False, soft_wrap=True)
        total = sum(1 for _ in opened.items())
        bar = Progress(
            TextColumn("examining"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=errors,
            transient=True,
            disable=not errors.is_terminal,
        )
        with goes_on(), bar:
            task = bar.add_task("examine", total=min(total, limit or total))
            done = run_bench(
                opened,
                settings,
                out,
                limit=limit,
                jobs=jobs or os.cpu_count() or 1,
                command=_command(sys.argv[1:]),
                progress=lambda count: bar.advance(task, count),
            )
        if sheets:
            typer.echo(f"contact sheets: {make_sheets(opened, out, settings, sheets)}")
        failures = describe_failures(out)
    count = "1 item" if done.items == 1 else f"{done.items} items"
    typer.echo(f"{count} of {done.dataset}: {out}")
    for sentence in failures:
        errors.print(sentence, style="bold", markup=False, soft_wrap=True)
    if failures:
        raise typer.Exit(3)


def _command(arguments: list[str]) -> str:
    """Write the command without the folders of this computer, so that the file can be handed on."""
    import shlex

    shown = [Path(a).name if Path(a).is_absolute() else a for a in arguments]
    return shlex.join(["locard", *shown])


@app.command()
def score(
    runs: Runs,
    json: Annotated[bool, typer.Option("--json", help="As JSON, schema locard.scores/1.")] = False,
    resamples: Resamples = 200,
) -> None:
    """Score prediction files offline: every figure with its interval."""
    import json as encoder
    from itertools import groupby

    with _one_sentence():
        from rich.console import Console

        from locard.bench.predictions import read_run
        from locard.bench.scoring import score as score_run
        from locard.bench.tables import print_scores, to_json

        read = [read_run(file) for file in runs]
        scored = [score_run(run, resamples) for run in read]
    if json:
        found = to_json([r.metadata for r in read], [s for one in scored for s in one], resamples)
        typer.echo(encoder.dumps(found, indent=1))
        return
    screen = Console(highlight=False)
    # A table that is cut off by a narrow terminal or a pipe loses figures.
    screen.width = max(screen.width, 170)
    for one in scored:
        one.sort(key=lambda s: s.question)
        for _, mine in groupby(one, lambda s: s.question):
            print_scores(list(mine), screen)


@app.command()
def weigh(
    runs: Runs,
    out: Annotated[Path, typer.Option(help="Prediction file to write (.parquet).")],
    without: Annotated[
        str | None, typer.Option(help="Leave these methods out, with commas: what are they worth?")
    ] = None,
) -> None:
    """Weigh predictions anew by the calibrators of this version, without examining anything.

    Runs of one set by different methods become one. Opinions are formed anew, without verdict,
    stability and map.
    """
    if out.exists():
        raise typer.BadParameter(f"{out} exists; choose another file", param_hint="--out")
    with _one_sentence():
        from locard.bench.weighing import weigh as weigh_runs

        names = parse_names(without)
        formed = weigh_runs(runs, out, names)
    typer.echo(f"{formed} opinions formed: {out}")


@app.command()
def compare(
    first: Annotated[Path, typer.Argument(help="Prediction file.")],
    second: Annotated[Path, typer.Argument(help="Prediction file; may be the same.")],
    method: Annotated[
        str | None, typer.Option(help="Compare only this method of the second run")
    ] = None,
    against: Annotated[
        str | None, typer.Option(help="with this method of the first; the same by default.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
    resamples: Resamples = 1000,
) -> None:
    """Compare two runs on the pictures that both scored: difference, interval, p-value."""
    import json as encoder
    from dataclasses import asdict

    with _one_sentence():
        from rich.console import Console

        from locard.bench.compare import compare as compare_runs
        from locard.bench.predictions import read_run
        from locard.bench.tables import plain, print_comparisons

        found = compare_runs(
            read_run(first),
            read_run(second),
            method=method,
            against=against,
            resamples=resamples,
        )
    if json:
        typer.echo(encoder.dumps([plain(asdict(one)) for one in found], indent=1))
        return
    screen = Console(highlight=False)
    screen.width = max(screen.width, 130)
    print_comparisons(found, screen)


@app.command()
def report(
    run_file: Annotated[Path, typer.Argument(metavar="RUN", help="Prediction file.")],
    out: Annotated[Path, typer.Option(help="Folder for the page.")] = Path("locard-out"),
    resamples: Resamples = 200,
) -> None:
    """Write a page with the leaderboard, curves and, if the run made them, contact sheets."""
    with _one_sentence():
        from locard.bench.predictions import read_run
        from locard.bench.report import render

        sheets = run_file.with_name(run_file.name + ".sheets")
        page = render(read_run(run_file), sheets if sheets.is_dir() else None, resamples)
        out.mkdir(parents=True, exist_ok=True)
        written = out / f"{run_file.stem}.html"
        written.write_text(page, "utf-8")
    typer.echo(f"report: {written}")


@app.command()
def datasets() -> None:
    """List the known datasets: name, what they hold, what is reserved for evaluation."""
    from rich.console import Console
    from rich.table import Table

    with _one_sentence():
        from locard.bench.datasets import list_datasets

        table = Table("name", "question", "reserved", "what", box=None, pad_edge=False)
        for layout in list_datasets():
            kept = layout.reserved
            splits = ", ".join(kept) if isinstance(kept, tuple) else "all" if kept else ""
            table.add_row(layout.name, layout.question, splits, layout.about)
    Console(highlight=False).print(table)


@app.command()
def unpack(
    download: Annotated[Path, typer.Argument(help="Folder of the Parquet files or videos.")],
    out: Annotated[Path, typer.Argument(help="Folder for the pictures.")],
    dataset: Annotated[
        str | None, typer.Option(help="Name of the set whose Parquet files these are.")
    ] = None,
    frames: Annotated[
        int | None, typer.Option(min=1, help="Unpack videos: this many frames of each.")
    ] = None,
) -> None:
    """Unpack a set that is published as Parquet (--dataset) or as video (--frames) into pictures.

    Exit codes: 0 unpacked, 2 wrong usage or nothing to unpack.
    """
    if (dataset is None) == (frames is None):
        raise typer.BadParameter("give either --dataset or --frames")
    with _one_sentence():
        from locard.bench.datasets import DatasetError, list_datasets, unpack_parquet, unpack_videos

        if frames is not None:
            written = unpack_videos(download, out, frames)
        else:
            known = {layout.name: layout for layout in list_datasets() if layout.parquet}
            if dataset not in known:
                raise DatasetError(f"sets published as Parquet: {', '.join(known)}")
            written = unpack_parquet(known[dataset], download, out)
    typer.echo(f"{written} pictures in {out}")
