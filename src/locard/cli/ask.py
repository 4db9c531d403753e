"""``locard ask``: questions to a saved report."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from locard.explain import Case


def ask(
    report: Annotated[Path, typer.Argument(help="Folder or JSON that locard examine --out wrote.")],
    question: Annotated[
        list[str] | None,
        typer.Argument(help="What to ask; without it, questions are read line by line."),
    ] = None,
    language: Annotated[
        str | None, typer.Option("--lang", help="Language; that of the report by default.")
    ] = None,
) -> None:
    """Ask a report: where, why, how sure, what else explains it, what to do next.

    Answers come from the report alone and cite its findings. Exit codes: 0 answered, 2 wrong usage.
    """
    from locard.explain import list_languages
    from locard.report.saved import case_of_report, read_report

    try:
        read = read_report(report)
        case = case_of_report(read)
    except ValueError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from None
    code = language or (read.explanation.language)
    if code not in list_languages():
        raise typer.BadParameter(
            f"there is no language {code!r}; there are: {', '.join(list_languages())}",
            param_hint="--lang",
        )
    if question:
        _answer(case, " ".join(question), code)
    else:
        _converse(case, code)


def _answer(case: Case, question: str, language: str) -> None:
    from locard.explain.dialogue import ask as ask_case
    from locard.report.strings import printable

    typer.echo(printable(ask_case(case, question, language).text, 4000))


def _converse(case: Case, language: str) -> None:
    """Answer line by line until an empty line or the end of the input."""
    import sys

    from locard.explain import load_language

    prompt = load_language(language)("ask-prompt")
    while True:
        if sys.stdin.isatty():
            typer.echo(prompt)
        line = sys.stdin.readline().strip()
        if not line:
            return
        _answer(case, line[:1000], language)
