"""``locard methods``: what each method does, needs and bears on, and where it comes from."""

from __future__ import annotations

from typing import Annotated

import typer


def methods(
    json: Annotated[bool, typer.Option("--json", help="As JSON, for programs.")] = False,
    markdown: Annotated[
        bool, typer.Option("--markdown", help="As the table of docs/methods.md.")
    ] = False,
) -> None:
    """List the methods: what each does, needs, bears on, and its source."""
    from locard.methods import list_methods

    found = list_methods()
    if json:
        import json as encoder

        rows = [
            {
                "name": m.name,
                "title": m.title,
                "question": m.question,
                "about": m.about,
                "source": m.source,
                "needs": sorted(m.needs),
                "cost": m.cost,
                "localizes": m.localizes,
                "counted": m.counted,
            }
            for m in found
        ]
        typer.echo(encoder.dumps(rows, indent=2, ensure_ascii=False))
        return
    if markdown:
        typer.echo("| method | bears on | what it does | needs | cost | source |")
        typer.echo("| --- | --- | --- | --- | --- | --- |")
        for m in found:
            needs = ", ".join(sorted(n.replace("_", " ") for n in m.needs)) or "any picture"
            about = m.about + (" Gives a map." if m.localizes else "")
            about += "" if m.counted else " Shown, never counted."
            typer.echo(f"| `{m.name}` | {m.question} | {about} | {needs} | {m.cost} | {m.source} |")
        return
    from rich.console import Console
    from rich.table import Table

    table = Table(show_lines=True, header_style="bold")
    for column in ("method", "bears on", "what it does and where it comes from", "needs", "cost"):
        table.add_column(column, overflow="fold")
    for m in found:
        marks = [] if m.counted else ["shown, not counted"]
        marks += ["gives a map"] if m.localizes else []
        table.add_row(
            f"[bold]{m.name}[/bold]",
            m.question,
            f"{m.about}\n[dim]{m.source}[/dim]",
            ", ".join(sorted(n.replace("_", " ") for n in m.needs)) or "any picture",
            "\n".join([m.cost, *marks]),
        )
    Console(highlight=False).print(table)
