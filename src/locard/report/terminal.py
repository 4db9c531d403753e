"""The report on a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from locard.explain import format_ratio, format_share, name_support, wording
from locard.explain.places import name_box
from locard.explain.text import NEUTRAL, sentence
from locard.methods import Finding, Question, list_methods
from locard.opinion import Answer, Verdict
from locard.opinion.opinion import ACCEPT, REJECT, weight
from locard.report.strings import printable

if TYPE_CHECKING:
    from locard.report.report import Report

_STYLES = {
    Verdict.AUTHENTIC: "bold blue",
    Verdict.EDITED: "bold dark_orange3",
    Verdict.GENERATED: "bold magenta",
    Verdict.INCONCLUSIVE: "bold",
}
_QUESTIONS = {Question.EDITED: "edited", Question.GENERATED: "generated"}
_BAR = 20
_MAX_FINDINGS = 5
_MAX_REGIONS = 5


def print_report(report: Report, console: Console) -> None:
    """Print the verdict, answers, strongest findings, regions, notes and time of a report.

    Strings that the file controls are stripped of control characters and never read as markup.
    """
    exhibit = report.exhibit
    head = Text()
    head.append(printable(exhibit.name, 120), style="bold")
    head.append(f"  {exhibit.format} {exhibit.width} × {exhibit.height}", style="dim")
    verdict = Text(wording.HEADLINE[report.verdict], style=_STYLES[report.verdict])
    parts: list[RenderableType] = [
        head,
        verdict,
        Padding(Text(printable(report.explanation.summary, 2000)), (0, 0, 1, 0)),
        _answers(report),
    ]
    if (findings := _findings(report)) is not None:
        parts.append(Padding(findings, (1, 0, 0, 0)))
    parts.extend(_regions(report))
    parts.extend(Text(f"note: {printable(note)}", style="yellow") for note in exhibit.notes)
    parts.append(Text(_footer(report), style="dim"))
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


def _answers(report: Report) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="dim")
    table.add_column("question", no_wrap=True)
    table.add_column("0       undecided 100", no_wrap=True, width=_BAR + 1)
    table.add_column("probability", no_wrap=True)
    table.add_column("LR", justify="right", no_wrap=True)
    table.add_column("stability", justify="right", no_wrap=True)
    for question, answer in report.opinion.questions.items():
        stability = "–" if answer.stability is None else f"{100 * answer.stability:.0f}%"
        if answer.contradicted:
            stability += " flips"
        table.add_row(
            _QUESTIONS[question],
            _bar(answer),
            format_share(answer.probability).replace("more than", ">").replace("less than", "<"),
            format_ratio(answer.log10_lr),
            stability,
        )
    return table


def _effect(finding: Finding) -> float:
    return weight(finding) * (finding.log10_lr or 0.0)


def _findings(report: Report) -> Table | None:
    """Tabulate the findings with the most weight, or None when nothing was weighed."""
    weighed = [f for f in report.findings if f.applicable and f.log10_lr is not None]
    weighed.sort(key=lambda f: -abs(_effect(f)))
    titles = {m.name: m.title for m in list_methods()}
    telling = [f for f in weighed if abs(_effect(f)) >= NEUTRAL][:_MAX_FINDINGS]
    if not telling:
        return None
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="dim", expand=True)
    table.add_column("", no_wrap=True)
    table.add_column("finding", ratio=1)
    table.add_column("log₁₀ LR", justify="right", no_wrap=True)
    for finding in telling:
        lr = finding.log10_lr or 0.0
        what = Text(titles.get(finding.method, finding.method), style="bold")
        against = "not " if lr < 0 else ""
        what.append(f"  {name_support(lr)}: {against}{finding.question}", style="not bold dim")
        if finding.says:
            what.append("\n" + printable(sentence(finding.says)), style="not bold")
        table.add_row(
            finding.id, what, Text(f"{lr:+.1f}", style="dark_orange3" if lr > 0 else "blue")
        )
    return table


def _regions(report: Report) -> list[RenderableType]:
    exhibit, regions = report.exhibit, report.localization.regions
    if not regions:
        return []
    orientation = exhibit.metadata.orientation
    lines = []
    for number, region in enumerate(regions[:_MAX_REGIONS], 1):
        place = name_box(region.box, exhibit.width, exhibit.height, orientation)
        x, y, w, h = region.box
        cited = f" [{', '.join(region.findings)}]" if region.findings else ""
        lines.append(
            f"region {number}  {place}, {format_share(region.area)} of the picture, "
            f"box {x},{y} {w}×{h}{cited}"
        )
    if len(regions) > _MAX_REGIONS:
        lines.append(f"and {len(regions) - _MAX_REGIONS} more regions")
    return [Padding(Text("\n".join(lines)), (1, 0, 0, 0))]


def _footer(report: Report) -> str:
    ran = {f.method for f in report.findings}
    out = {f.method for f in report.findings if not f.applicable}
    return (
        f"{len(ran - out)} methods applied, {len(out)} not applicable, "
        f"{report.timing.total_s:.1f} s, profile {report.profile}"
    )
