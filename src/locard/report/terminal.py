"""The report on a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from locard.explain import NEUTRAL, Language, load_language, name_support, sentence
from locard.explain.models.narration import Standing
from locard.opinion import Answer, Verdict
from locard.opinion.opinion import ACCEPT, REJECT
from locard.report.strings import printable

if TYPE_CHECKING:
    from locard.report.report import Report

_STYLES = {
    Verdict.AUTHENTIC: "bold blue",
    Verdict.EDITED: "bold dark_orange3",
    Verdict.GENERATED: "bold magenta",
    Verdict.INCONCLUSIVE: "bold",
}
_BAR = 20
_MAX_FINDINGS = 5
_MAX_REGIONS = 5


def print_report(report: Report, console: Console) -> None:
    """Print the verdict, answers, strongest findings, regions, notes and time of a report.

    Strings that the file controls are stripped of control characters and never read as markup.
    """
    exhibit, say = report.exhibit, load_language(report.explanation.language)
    head = Text()
    head.append(printable(exhibit.name, 120), style="bold")
    head.append(f"  {exhibit.format} {exhibit.width} × {exhibit.height}", style="dim")
    verdict = Text(say(f"headline-{report.verdict}"), style=_STYLES[report.verdict])
    parts: list[RenderableType] = [
        head,
        verdict,
        Padding(Text(printable(report.explanation.summary, 2000)), (0, 0, 1, 0)),
        _answers(report, say),
    ]
    if (findings := _findings(report, say)) is not None:
        parts.append(Padding(findings, (1, 0, 0, 0)))
    parts.extend(_regions(report, say))
    parts.extend(_narration(report, say))
    for note in exhibit.notes:
        text = say("screen-note", note=printable(say.phrase(note)))
        parts.append(Text(text, style="yellow"))
    parts.append(Text(_footer(report, say), style="dim"))
    console.print(Group(*parts), highlight=False, markup=False)


def _bar(answer: Answer) -> Text:
    """Draw the probability; the undecided band is dotted, the probability is a mark on it."""
    bar = Text()
    at = min(_BAR - 1, int(answer.probability * _BAR))
    for cell in range(_BAR):
        share = (cell + 0.5) / _BAR
        if cell == at:
            bar.append("●", style="bold")
        else:
            bar.append("╌" if REJECT < share < ACCEPT else "─", style="dim")
    return bar


def _answers(report: Report, say: Language) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="dim")
    table.add_column(say("screen-question"), no_wrap=True)
    table.add_column(say("screen-scale"), no_wrap=True, width=_BAR + 1)
    table.add_column(say("screen-probability"), no_wrap=True)
    table.add_column(say("page-lr"), justify="right", no_wrap=True)
    table.add_column(say("screen-stability"), justify="right", no_wrap=True)
    examined = {finding.question for finding in report.case.weighed}
    for question, answer in report.opinion.questions.items():
        stability = "–" if answer.stability is None else say.share(answer.stability)
        if answer.contradicted:
            stability += f" {say('screen-flips')}"
        if question not in examined:
            # The prior alone is no answer.
            table.add_row(
                say(f"question-{question}"), Text(say("page-not-examined")), "–", "–", "–"
            )
            continue
        table.add_row(
            say(f"question-{question}"),
            _bar(answer),
            say.share(answer.probability),
            say.ratio(answer.log10_lr),
            stability,
        )
    return table


def _findings(report: Report, say: Language) -> Table | None:
    """Tabulate the findings with the most weight, or None when nothing was weighed."""
    case = report.case
    telling = [f for f in case.weighed if abs(case.effect(f)) >= NEUTRAL][:_MAX_FINDINGS]
    if not telling:
        return None
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="dim", expand=True)
    table.add_column("", no_wrap=True)
    table.add_column(say("screen-finding"), ratio=1)
    table.add_column("log₁₀ LR", justify="right", no_wrap=True)
    for finding in telling:
        lr = finding.log10_lr or 0.0
        title = say.title(finding.method, case.titles.get(finding.method, finding.method))
        what = Text(title, style="bold")
        speaks = say(
            "screen-speaks-for" if lr > 0 else "screen-speaks-against",
            support=name_support(lr, say.code),
            question=say(f"question-{finding.question}"),
        )
        what.append(f"  {speaks}", style="not bold dim")
        if said := say.says(finding):
            what.append("\n" + printable(sentence(said)), style="not bold")
        table.add_row(
            finding.id, what, Text(f"{lr:+.1f}", style="dark_orange3" if lr > 0 else "blue")
        )
    return table


def _regions(report: Report, say: Language) -> list[RenderableType]:
    case = report.case
    if not case.regions:
        return []
    lines = []
    placed = list(zip(case.regions, case.region_places, strict=True))
    for number, (region, place) in enumerate(placed[:_MAX_REGIONS], 1):
        x, y, w, h = region.box
        line = say(
            "screen-region",
            number=number,
            place=say.place(place),
            area=say.share(region.area),
            box=f"{x},{y} {w}×{h}",
        )
        if case.item.orientation != 1:
            line += f" ({say('screen-stored')})"
        lines.append(line + (f" [{', '.join(region.findings)}]" if region.findings else ""))
    if len(placed) > _MAX_REGIONS:
        lines.append(say("screen-more-regions", count=len(placed) - _MAX_REGIONS))
    return [Padding(Text("\n".join(lines)), (1, 0, 0, 0))]


def _narration(report: Report, say: Language) -> list[RenderableType]:
    """What a model says, claim by claim, with what the check made of it."""
    narration = report.narration
    if narration is None:
        return []
    message = {None: "open", True: "agrees", False: "differs"}[narration.agrees]
    said = Text(say("narration-title"), style="bold")
    said.append(f"  {printable(narration.model, 120)}\n", style="not bold dim")
    said.append(
        say(f"narration-{message}", domain=say(f"narration-{narration.domain.name.lower()}")),
        style="not bold",
    )
    for standing in Standing:
        for told in narration.shown(standing):
            cited = f" [{', '.join(told.claim.findings)}]" if told.claim.findings else ""
            said.append(f"\n{say(f'narration-{standing}')}: ", style="not bold dim")
            struck = "strike dim" if standing is Standing.STRUCK else ""
            said.append(printable(told.claim.text, 600) + cited, style=f"not bold {struck}")
            note = (
                printable(told.reason)
                if standing is not Standing.OBSERVATION
                else say("narration-uncalibrated")
                if told.log10_lr is None
                else say("narration-lr", lr=say.ratio(told.log10_lr))
            )
            said.append(f" ({note.rstrip('.')})", style="not bold dim")
    if narration.malformed:
        said.append("\n" + say("narration-malformed", count=narration.malformed), style="dim")
    return [Padding(said, (1, 0, 0, 0))]


def _footer(report: Report, say: Language) -> str:
    ran = {f.method for f in report.findings}
    out = {f.method for f in report.findings if not f.applicable}
    return say(
        "screen-footer",
        applied=len(ran - out),
        left=len(out),
        seconds=say.number(report.timing.total_s, 1),
        profile=report.profile,
    )
