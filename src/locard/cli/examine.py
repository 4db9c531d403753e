"""``locard examine``: examine photos and print, save or stream the reports."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from locard.cli.options import (
    LONGEST_S,
    MAX_BYTES,
    MAX_PIXELS,
    TIME_LIMIT_S,
    JobsOption,
    MaxBytesOption,
    MaxPixelsOption,
    MethodsOption,
    PriorOption,
    ProfileName,
    ProfileOption,
    StabilityOption,
    TimeLimitOption,
    check_number,
    choose_methods,
)

if TYPE_CHECKING:
    from rich.console import Console

    from locard.explain.models.narrate import Narrator
    from locard.report import Report
    from locard.report.letterhead import Letterhead

# Seconds for one answer of a model, where nothing else is asked for.
MODEL_TIMEOUT_S = 120.0


@dataclass(frozen=True, slots=True)
class Asked:
    """Which model is asked to explain, see `locard.explain.models.narrate.open_narrator`."""

    source: str
    model: str | None
    capability: str | None
    timeout_s: float
    dry_run: bool


@dataclass(frozen=True, slots=True)
class Job:
    """What to do with each file; plain values, so that it reaches other processes."""

    methods: tuple[str, ...] | None
    profile: str
    prior: float
    max_bytes: int
    max_pixels: int
    time_limit: float
    stability: bool
    out: str | None
    html: bool
    json: bool
    width: int
    colour: bool
    threads: int | None
    asked: Asked | None = None
    language: str = "en"
    face_detector: str | None = None
    pdf: bool = False
    letterhead: Letterhead | None = None
    counterfactuals: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one file gave: printable text or a JSON line, or the sentence why not.

    ``warning``: the report is there, but no model explained it.
    """

    text: str = ""
    error: str | None = None
    warning: str | None = None


def folder_name(report: Report) -> str:
    """Return a safe folder name for a report: the exhibit's stem and the start of its hash."""
    stem = re.sub(r"[^A-Za-z0-9_-]+", "_", Path(report.exhibit.name).stem).strip("_")[:60]
    return f"{stem or 'exhibit'}-{report.exhibit.sha256[:8]}"


@cache
def _narrator(asked: Asked) -> Narrator:
    """Open a model once in each process."""
    from locard.explain.models.narrate import open_narrator

    return open_narrator(
        asked.source, asked.model, capability=asked.capability, timeout_s=asked.timeout_s
    )


def _dry_run(report: Report, asked: Asked, folder: Path | None) -> str:
    """Return all that would be sent; with a folder, write the pictures there."""
    from locard.explain.models.narrate import plan, show

    narrator = _narrator(asked)
    requests = plan(report, narrator)
    if folder is not None:
        (folder / "sent").mkdir(parents=True, exist_ok=True)
        for picture in (p for request in requests for p in request.pictures):
            name = picture.title.replace(" ", "-") + ".jpg"
            (folder / "sent" / name).write_bytes(picture.jpeg)
    return show(requests, narrator.backend)


def examine_file(path: str, job: Job) -> Outcome:
    """Examine one file; runs in this process or in a worker."""
    from io import StringIO

    from rich.console import Console

    from locard import ExhibitError, Limits, examine
    from locard.content.faces import DetectorError
    from locard.explain.models.contract import ModelError
    from locard.report.terminal import print_report

    limits = Limits(max_bytes=job.max_bytes, max_pixels=job.max_pixels, time_s=job.time_limit)
    try:
        report = examine(
            path,
            methods=job.methods,
            profile=job.profile,
            prior=job.prior,
            limits=limits,
            threads=job.threads,
            stability=job.stability,
            language=job.language,
            face_detector=job.face_detector,
            counterfactuals=job.counterfactuals,
        )
        folder = Path(job.out) / folder_name(report) if job.out is not None else None
        if job.asked is not None and job.asked.dry_run:
            return Outcome(_dry_run(report, job.asked, folder))
        warning = None
        if job.asked is not None:
            from locard.explain.models.narrate import narrate

            try:
                report = narrate(report, _narrator(job.asked))
            except ModelError as error:
                warning = f"no model explained it: {error}"
        if folder is not None:
            report.save(folder, html=job.html, pdf=job.pdf, letterhead=job.letterhead)
    except (ExhibitError, DetectorError) as error:
        return Outcome(error=str(error))
    except OSError as error:
        return Outcome(error=f"the report cannot be written ({error}); choose another --out")
    except MemoryError:
        return Outcome(error="there is not enough memory; lower --max-pixels or --jobs")
    if job.json:
        return Outcome(report.to_json(), warning=warning)
    text = StringIO()
    console = Console(
        file=text,
        width=job.width,
        force_terminal=job.colour,
        color_system="truecolor" if job.colour else None,
        highlight=False,
    )
    print_report(report, console)
    if folder is not None:
        from locard.explain import load_language

        written = [
            f"report.{kind}" for kind, made in (("html", job.html), ("pdf", job.pdf)) if made
        ]
        for name in written or ["report.json"]:
            line = load_language(job.language)("screen-report", path=str(folder / name))
            console.print(line, markup=False, soft_wrap=True)
    return Outcome(text.getvalue().rstrip("\n"), warning=warning)


def _examine_all(files: Sequence[str], job: Job, jobs: int) -> Iterator[tuple[str, Outcome]]:
    """Yield each file with its outcome, in the order given; a worker that dies costs one file."""
    from locard.workers import in_order

    workers = min(jobs, len(files))
    for file, outcome in in_order(partial(examine_file, job=job), files, workers):
        yield file, outcome or Outcome(error="the examination ended unexpectedly")


def examine(
    files: Annotated[list[str], typer.Argument(help="Photos to examine.", show_default=False)],
    out: Annotated[
        Path | None,
        typer.Option(help="Write a folder per photo here: report.json, maps/*.png, report.html."),
    ] = None,
    json: Annotated[
        bool, typer.Option("--json", help="One report per line on standard output.")
    ] = False,
    html: Annotated[
        bool,
        typer.Option("--html", help="Write report.html too (into ./locard-out without --out)."),
    ] = False,
    pdf: Annotated[
        bool,
        typer.Option("--pdf", help="Write report.pdf too (into ./locard-out without --out)."),
    ] = False,
    language: Annotated[
        str, typer.Option("--lang", help="Language of the report: en, de, es.")
    ] = "en",
    letterhead: Annotated[
        Path | None, typer.Option(help="YAML with the fields at the head of the report.")
    ] = None,
    organisation: Annotated[str | None, typer.Option(help="Field of the letterhead.")] = None,
    case: Annotated[str | None, typer.Option(help="Case number, for the letterhead.")] = None,
    examiner: Annotated[str | None, typer.Option(help="Field of the letterhead.")] = None,
    date: Annotated[str | None, typer.Option(help="Field of the letterhead.")] = None,
    methods: MethodsOption = None,
    profile: ProfileOption = ProfileName.STANDARD,
    face_detector: Annotated[
        Path | None, typer.Option(help="ONNX file of YuNet: places are named by faces too.")
    ] = None,
    prior: PriorOption = 0.5,
    jobs: JobsOption = None,
    stability: StabilityOption = True,
    counterfactuals: Annotated[
        bool,
        typer.Option(
            "--counterfactuals",
            help="Show in the HTML report what the answers of learned methods hang on, and the "
            "change of the region that they would let pass; takes seconds.",
        ),
    ] = False,
    max_bytes: MaxBytesOption = MAX_BYTES,
    max_pixels: MaxPixelsOption = MAX_PIXELS,
    time_limit: TimeLimitOption = TIME_LIMIT_S,
    explain_with: Annotated[
        str | None,
        typer.Option(
            help="Let an image-text model explain, each claim checked: the URL of an "
            "OpenAI-compatible server (key in LOCARD_API_KEY), a local model, or replay:FILE.",
            metavar="URL|MODEL|replay:FILE",
        ),
    ] = None,
    model: Annotated[str | None, typer.Option(help="Name of the model at the server.")] = None,
    capability: Annotated[
        Path | None,
        typer.Option(help="What the model is measured to be good at; see locard bench capability."),
    ] = None,
    model_timeout: Annotated[
        float | None,
        typer.Option(
            min=0.1,
            max=LONGEST_S,
            callback=check_number,
            help="Seconds for one answer of the model.",
            show_default=f"{MODEL_TIMEOUT_S:.0f}",
        ),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show all that would be sent to the model; send none.")
    ] = False,
) -> None:
    """Examine photos: authentic, edited or generated; where, why, and how sure.

    Exit codes: 0 all examined, 2 wrong usage, 3 some file could not be examined, or not explained
    by the model that was asked.
    """
    import os

    from rich.console import Console

    names = choose_methods(methods, profile, prior)
    if face_detector is not None:
        from locard.content.faces import open_detector

        try:
            open_detector(face_detector)
        except ValueError as error:
            raise typer.BadParameter(str(error), param_hint="--face-detector") from None
    fields = {"organisation": organisation, "case": case, "examiner": examiner, "date": date}
    tried = counterfactuals or None
    for name, given in {**fields, "letterhead": letterhead, "counterfactuals": tried}.items():
        if given is not None and not (html or pdf):
            raise typer.BadParameter("needs --html or --pdf", param_hint=f"--{name}")
    needing = {
        "model": model,
        "capability": capability,
        "model-timeout": model_timeout,
        "dry-run": dry_run or None,
    }
    for name, asked_for in needing.items():
        if asked_for is not None and explain_with is None:
            raise typer.BadParameter("needs --explain-with", param_hint=f"--{name}")
    if dry_run and (html or pdf or json):
        raise typer.BadParameter(
            "shows what would be sent, and makes no report: leave out --html, --pdf and --json",
            param_hint="--dry-run",
        )
    head = _prepare(language, pdf, letterhead, fields)
    if (html or pdf) and out is None:
        out = Path("locard-out")
    if out is not None and out.exists() and not out.is_dir():
        raise typer.BadParameter(f"{out} is not a folder", param_hint="--out")
    screen, errors = Console(highlight=False), Console(stderr=True, highlight=False)
    workers = min(jobs or os.cpu_count() or 1, len(files))
    asked = None
    if explain_with is not None:
        asked = Asked(
            explain_with,
            model,
            str(capability) if capability else None,
            MODEL_TIMEOUT_S if model_timeout is None else model_timeout,
            dry_run,
        )
        try:
            backend = _narrator(asked).backend
        except ValueError as error:
            raise typer.BadParameter(str(error), param_hint="--explain-with") from None
        # A model in this process is loaded once.
        workers = workers if backend.leaves else 1
    job = Job(
        methods=names,
        profile=profile.value,
        prior=prior,
        max_bytes=max_bytes,
        max_pixels=max_pixels,
        time_limit=time_limit,
        stability=stability,
        out=str(out) if out is not None else None,
        html=html,
        json=json,
        width=screen.width,
        colour=screen.is_terminal and screen.color_system is not None,
        threads=None if workers == 1 else 1,
        asked=asked,
        language=language,
        face_detector=str(face_detector) if face_detector is not None else None,
        pdf=pdf,
        letterhead=head,
        counterfactuals=counterfactuals,
    )
    failed = _print_all(files, job, workers, errors)
    if failed:
        if len(files) > 1:
            what = "examined or explained" if asked else "examined"
            errors.print(f"{failed} of {len(files)} files could not be {what}", style="bold")
        raise typer.Exit(3)


def _prepare(
    language: str, pdf: bool, letterhead: Path | None, fields: dict[str, str | None]
) -> Letterhead | None:
    """Check what the report needs before anything is examined; returns the letterhead."""
    from locard.explain import load_language
    from locard.report.letterhead import make_letterhead, read_letterhead

    try:
        load_language(language)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--lang") from None
    if pdf:
        from locard.report.pdf import MissingExtra, check_pdf

        try:
            check_pdf()
        except MissingExtra as error:
            raise typer.BadParameter(str(error), param_hint="--pdf") from None
    try:
        if letterhead is not None:
            return read_letterhead(letterhead, fields)
        given = {name: value for name, value in fields.items() if value}
        return make_letterhead(given) if given else None
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--letterhead") from None


def _print_all(files: Sequence[str], job: Job, workers: int, errors: Console) -> int:
    """Print outcomes as they come; return how many files failed."""
    import sys

    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    failed = 0
    bar = Progress(
        TextColumn("examining"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=errors,
        transient=True,
        disable=len(files) == 1 or not errors.is_terminal,
    )
    with bar:
        task = bar.add_task("examine", total=len(files))
        for file, outcome in _examine_all(files, job, workers):
            shown = "".join(c if c.isprintable() else "?" for c in file)
            if outcome.error is not None:
                failed += 1
                errors.print(f"{shown}: {outcome.error}", markup=False, soft_wrap=True)
            else:
                # Straight to the stream: the text is rendered, and JSON must not be wrapped.
                sys.stdout.write(outcome.text + "\n")
                sys.stdout.flush()
                if outcome.warning is not None:
                    failed += 1
                    errors.print(f"{shown}: {outcome.warning}", markup=False, soft_wrap=True)
            bar.advance(task)
    return failed
