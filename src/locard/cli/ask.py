"""``locard ask``: questions to a saved report."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from locard.exhibit import Exhibit
    from locard.explain import Case
    from locard.explain.models.narrate import Narrator
    from locard.explain.models.reader import Told


@dataclass(slots=True)
class Session:
    """What questions are put to.

    Attributes:
        record: file that takes what a model was asked and answered, or None.
        before: what a model answered so far.
    """

    case: Case
    language: str
    narrator: Narrator | None = None
    exhibit: Exhibit | None = None
    dry_run: bool = False
    record: Path | None = None
    before: list[Told] = field(default_factory=list)


def ask(
    report: Annotated[Path, typer.Argument(help="Folder or JSON that locard examine --out wrote.")],
    question: Annotated[
        list[str] | None,
        typer.Argument(help="What to ask; without it, questions are read line by line."),
    ] = None,
    language: Annotated[
        str | None, typer.Option("--lang", help="Language; that of the report by default.")
    ] = None,
    explain_with: Annotated[
        str | None,
        typer.Option(
            help="Let an image-text model answer too, each claim checked: the URL of an "
            "OpenAI-compatible server (key in LOCARD_API_KEY), a local model, or replay:FILE.",
            metavar="URL|MODEL|replay:FILE",
        ),
    ] = None,
    model: Annotated[str | None, typer.Option(help="Name of the model at the server.")] = None,
    picture: Annotated[
        Path | None, typer.Option(help="The picture of the report, for the model to see.")
    ] = None,
    model_timeout: Annotated[
        float, typer.Option(min=0.1, help="Seconds for one answer of the model.")
    ] = 120.0,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show all that would be sent to the model; send none.")
    ] = False,
    record: Annotated[
        Path | None, typer.Option(help="Add the model's answers to this file, to be replayed.")
    ] = None,
) -> None:
    """Ask a report: where, why, how sure, what else explains it, what to do next.

    Answers come from the report alone and cite its findings; a model's claims stand below them,
    checked. Exit codes: 0 answered, 2 wrong usage, 3 the model that was asked gave no answer.
    """
    from locard.explain import list_languages
    from locard.report.saved import case_of_report, read_report

    folder = (report if report.is_dir() else report.parent) if explain_with else None
    try:
        read = read_report(report)
        session = Session(case_of_report(read, folder), language or read.explanation.language)
    except ValueError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from None
    if session.language not in list_languages():
        raise typer.BadParameter(
            f"there is no language {session.language!r}; there are: {', '.join(list_languages())}",
            param_hint="--lang",
        )
    session.dry_run, session.record = dry_run, record
    if explain_with is not None:
        _open(session, explain_with, model, model_timeout, picture)
    elif model or picture or dry_run or record:
        raise typer.BadParameter(
            "needs --explain-with", param_hint="--model, --picture, --dry-run, --record"
        )
    if question is not None and not " ".join(question).strip():
        raise typer.BadParameter("asks nothing", param_hint="QUESTION")
    questions = [" ".join(question)] if question else _lines(session)
    # Questions after one that the model failed on are answered too.
    if sum(not _answer(session, asked) for asked in questions):
        raise typer.Exit(3)


def _open(
    session: Session, source: str, model: str | None, timeout_s: float, picture: Path | None
) -> None:
    """Open the model, and the picture where it is given."""
    from locard.exhibit import ExhibitError, open_exhibit
    from locard.explain.models.narrate import open_narrator

    try:
        session.narrator = open_narrator(source, model, timeout_s=timeout_s)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--explain-with") from None
    if picture is None:
        return
    try:
        session.exhibit = open_exhibit(picture)
    except ExhibitError as error:
        raise typer.BadParameter(str(error), param_hint="--picture") from None
    if session.exhibit.sha256 != session.case.item.sha256:
        raise typer.BadParameter(
            f"{picture} is not the picture of the report (its SHA-256 differs)",
            param_hint="--picture",
        )
    session.case = replace(session.case, rgb=session.exhibit.rgb)


def _lines(session: Session) -> Iterator[str]:
    """Yield questions line by line until an empty line or the end of the input."""
    import sys

    from locard.explain import load_language

    prompt = load_language(session.language)("ask-prompt")
    while True:
        if sys.stdin.isatty():
            typer.echo(prompt)
        line = sys.stdin.readline().strip()
        if not line:
            return
        yield line[:1000]


def _answer(session: Session, question: str) -> bool:
    """Answer from the report and, where one is open, by the model; False when that failed."""
    from locard.explain.dialogue import ask as ask_case
    from locard.report.strings import printable

    if not session.dry_run:
        typer.echo(printable(ask_case(session.case, question, session.language).text, 4000))
    if session.narrator is None:
        return True
    from locard.explain.models.contract import ModelError
    from locard.explain.models.narrate import show
    from locard.explain.models.reader import question_to, tell
    from locard.explain.models.replay import to_lines

    if session.dry_run:
        request = question_to(
            session.case, question, exhibit=session.exhibit, language=session.language
        )
        typer.echo(show([request], session.narrator.backend))
        return True
    try:
        told = tell(
            session.case,
            question,
            session.narrator,
            exhibit=session.exhibit,
            language=session.language,
            before=session.before,
        )
        if session.record is not None:
            with session.record.open("a", encoding="utf-8") as file:
                file.write(to_lines(told.exchanges))
    except ModelError as error:
        typer.echo(f"no model answered: {printable(str(error), 400)}", err=True)
        return False
    except OSError as error:
        typer.echo(f"{session.record} cannot be written ({error.strerror})", err=True)
        return False
    session.before.append(told)
    _print(told, session)
    return True


def _print(told: Told, session: Session) -> None:
    """Print a model's claims by what the check made of them."""
    from locard.explain import cite, load_language
    from locard.explain.models.narration import Standing
    from locard.report.strings import printable

    say = load_language(session.language)
    assert session.narrator is not None
    typer.echo(f"{say('narration-title')} ({printable(session.narrator.backend.title, 100)}):")
    heads = {
        Standing.KEPT: "narration-kept",
        Standing.OBSERVATION: "narration-observation",
        Standing.STRUCK: "narration-struck",
    }
    for standing, head in heads.items():
        for claim in told.shown(standing):
            why = f" ({claim.reason})" if standing is Standing.STRUCK else ""
            typer.echo(f"  {say(head)}: {printable(cite(claim.claim) + why, 700)}")
    if not told.claims:
        typer.echo(f"  {say('narration-none')}")
    if told.malformed:
        typer.echo(f"  {say('narration-malformed', count=told.malformed)}")
