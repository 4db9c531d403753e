"""``locard info``: the structure of a file, without examining it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from rich.console import Console

_LONG = 300
_SEGMENTS_SHOWN = 60


def _plain(value: object) -> str:
    """Text that is safe on a terminal: no control characters, no markup, not too long."""
    from rich.markup import escape

    text = "".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in str(value))
    if len(text) > _LONG:
        text = f"{text[:_LONG]}… ({len(text)} characters)"
    # A backslash before the end would escape the markup that follows.
    return escape(text).replace("\\x", "\\\\x") if text.endswith("\\") else escape(text)


def _pairs(console: Console, title: str, rows: list[tuple[str, object]]) -> None:
    from rich.table import Table

    if not rows:
        return
    table = Table(
        title=title, title_justify="left", show_header=False, box=None, padding=(0, 2, 0, 0)
    )
    table.add_column(style="cyan", no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in rows:
        table.add_row(_plain(name), _plain(value))
    console.print(table)
    console.print()


def _print_jpeg(console: Console, jpeg: dict[str, Any]) -> None:
    from rich.table import Table

    quality = jpeg.get("quality")
    words = []
    for name in ("luma", "chroma"):
        if quality and name in quality:
            deviation = quality[f"{name}_deviation"]
            fit = "exactly libjpeg's" if deviation == 0 else f"{deviation:.2f} off libjpeg's"
            words.append(f"{name} {quality[name]} ({fit})")
    rows: list[tuple[str, object]] = [
        ("process", f"{jpeg['process']}, {jpeg['precision_bits']} bits, {jpeg['scans']} scans"),
        ("frame", f"{jpeg['width']} × {jpeg['height']}, {jpeg['subsampling']}"),
        ("quality", ", ".join(words) or "no tables"),
        ("Huffman tables", "optimised" if jpeg["optimized_huffman"] else "those of Annex K"),
        ("layout", "as libjpeg writes" if jpeg["laid_out_as_libjpeg"] else "not libjpeg's"),
        ("end marker", "present" if jpeg["complete"] else "missing: the file is cut off"),
    ]
    if jpeg["restart_interval"]:
        rows.append(("restart interval", f"{jpeg['restart_interval']} units"))
    if jpeg["adobe_transform"] is not None:
        rows.append(("Adobe transform", jpeg["adobe_transform"]))
    rows += [("comment", comment) for comment in jpeg["comments"]]
    if jpeg["photoshop_resources"]:
        rows.append(("Photoshop resources", " ".join(jpeg["photoshop_resources"])))
    for number, picture in enumerate(jpeg["pictures"], 1):
        place = f"{picture['bytes']} bytes at {picture['offset']}"
        rows.append((f"picture {number} of the multi-picture index", place))
    _pairs(console, "JPEG", rows)

    table = Table(title="Segments", title_justify="left", box=None, padding=(0, 2, 0, 0))
    table.add_column("offset", justify="right")
    table.add_column("marker", style="cyan")
    table.add_column("bytes", justify="right")
    table.add_column("identifier")
    for segment in jpeg["segments"][:_SEGMENTS_SHOWN]:
        cells = (segment["offset"], segment["name"], segment["bytes"], segment["identifier"])
        table.add_row(*(_plain(cell) for cell in cells))
    console.print(table)
    hidden = len(jpeg["segments"]) + jpeg["segments_left_out"] - _SEGMENTS_SHOWN
    if hidden > 0:
        console.print(f"… and {hidden} more; --json lists them")
    console.print()
    for number, values in jpeg["quantization_tables"].items():
        console.print(f"Quantisation table {number}")
        for row in values:
            console.print("  " + " ".join(f"{value:4d}" for value in row))
        console.print()


def _print(console: Console, described: dict[str, Any]) -> None:
    metadata = described["metadata"]
    rows: list[tuple[str, object]] = [
        ("format", described["format"]),
        ("size", f"{described['bytes']:,} bytes"),
        ("SHA-256", described["sha256"]),
        ("pixels", f"{described['width']} × {described['height']}, {described['bit_depth']} bits"),
        ("channels", ("colour" if described["colour"] else "grey")
         + (", alpha" if described["alpha"] else "")),
        ("orientation tag", described["orientation"]),
    ]  # fmt: skip
    if described["frames"] > 1:
        rows.append(("frames", described["frames"]))
    if metadata["icc_profile"]:
        rows.append(("colour profile", metadata["icc_profile"]))
    thumbnail = described["thumbnail"]
    if thumbnail:
        fit = thumbnail["correlation"]
        words = "unreadable" if not thumbnail["readable"] else "too flat to compare"
        rows.append(
            (
                "thumbnail",
                f"{thumbnail['bytes']:,} bytes, "
                + (words if fit is None else f"correlation with the picture {fit:.3f}"),
            )
        )
    trailing = described["trailing"]
    if trailing:
        rows.append(
            (
                "after the end",
                f"{trailing['bytes']:,} bytes at {trailing['offset']}: {trailing['kind']} "
                f"({trailing['starts_with']})",
            )
        )
    rows += [("note", note) for note in described["notes"]]
    _pairs(console, _plain(described["name"]), rows)
    if described["jpeg"]:
        _print_jpeg(console, described["jpeg"])
    for title, key in (("EXIF", "exif"), ("IPTC", "iptc"), ("Text", "text")):
        _pairs(console, title, list(metadata[key].items()))
    _pairs(console, "XMP", [(name, "; ".join(v)) for name, v in metadata["xmp"].items()])
    _pairs(console, "Could not be read", [("problem", p) for p in metadata["problems"]])


def info(
    file: Annotated[
        Path, typer.Argument(help="Photo to describe.", show_default=False, readable=False)
    ],
    json: Annotated[bool, typer.Option("--json", help="Print JSON instead of tables.")] = False,
) -> None:
    """Show the structure of a file: format, markers, tables, metadata, thumbnail, trailer."""
    import json as encoder

    from rich.console import Console

    from locard.exhibit import ExhibitError, open_exhibit
    from locard.report.structure import describe_structure

    try:
        exhibit = open_exhibit(file)
    except ExhibitError as error:
        Console(stderr=True, highlight=False, soft_wrap=True).print(
            f"{_plain(file)}: {_plain(error)}"
        )
        raise typer.Exit(3) from None
    described = describe_structure(exhibit)
    if json:
        typer.echo(encoder.dumps(described, ensure_ascii=True))
        return
    _print(Console(highlight=False), described)
