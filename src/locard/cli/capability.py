"""``locard bench capability``: what an image-text model is good at."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def capability(
    folder: Annotated[
        Path, typer.Argument(metavar="SET", help="Output of locard forge.", show_default=False)
    ],
    explain_with: Annotated[
        str, typer.Option(help="URL of a server, or a local model.", metavar="URL|MODEL")
    ],
    out: Annotated[Path, typer.Option(help="Capability file to write.")],
    model: Annotated[str | None, typer.Option(help="Name of the model at the server.")] = None,
    limit: Annotated[
        int | None, typer.Option(min=1, help="Pairs of pictures to ask about.")
    ] = None,
    model_timeout: Annotated[float, typer.Option(min=0.1, help="Seconds for one answer.")] = 120.0,
) -> None:
    """Measure which features an image-text model sees better than chance, on forgeries.

    locard examine --capability FILE then asks about those only. Exit codes: 0 done, 2 wrong usage
    or no answer.
    """
    from rich.console import Console
    from rich.table import Table

    from locard.explain.models.measure import measure
    from locard.explain.models.narrate import open_narrator

    errors = Console(stderr=True, highlight=False)
    try:
        if not (folder / "records").is_dir():
            raise ValueError(f"{folder} is not a set made by locard forge")
        backend = open_narrator(explain_with, model, timeout_s=model_timeout).backend
        found = measure(
            folder,
            backend,
            limit=limit,
            say=lambda sentence: errors.print(sentence, markup=False, soft_wrap=True),
        )
        out.write_text(found.model_dump_json(indent=1, by_alias=True) + "\n", "utf-8")
    except ValueError as error:
        errors.print(str(error), markup=False, soft_wrap=True)
        raise typer.Exit(2) from None
    except OSError as error:
        errors.print(f"{out} cannot be written ({error.strerror})", markup=False, soft_wrap=True)
        raise typer.Exit(2) from None
    table = Table(header_style="bold", title=f"{found.model}: {found.data}", title_justify="left")
    for column in ("feature", "odd, forged", "odd, authentic", "located", "LR of odd", "asked"):
        table.add_column(column)
    for name, counts in sorted(found.features.items(), key=lambda f: -f[1].balanced_accuracy):
        table.add_row(
            name,
            f"{counts.odd_forged} of {counts.forged}",
            f"{counts.odd_authentic} of {counts.authentic}",
            str(counts.located),
            f"{10**counts.log10_lr:.2g}",
            "yes" if counts.good else "no",
        )
    Console(highlight=False).print(table)
