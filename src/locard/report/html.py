"""The report as one self-contained HTML page.

Nothing is loaded from elsewhere, and a Content-Security-Policy in the page forbids it. Every
string of the file is escaped by the template and stripped of what does not print; only the
page's own script, named by its hash in the policy, may run.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from locard.exhibit import Exhibit
from locard.explain import format_ratio, format_share, name_support, wording
from locard.explain.text import NEUTRAL, sentence
from locard.methods import Question, Status, list_methods
from locard.opinion import Verdict
from locard.report import drawing
from locard.report.schema import FindingModel, to_model
from locard.report.strings import printable

if TYPE_CHECKING:
    from locard.report.report import Report

# Findings beyond these bounds are drawn at the end of the scale.
_SCALE = 4.0
_MAX_ROWS = 150
_UNITS = {
    "grey_levels": "grey levels",
    "px": "px",
    "db": "dB",
    "s": "s",
    "deg": "°",
    "bytes": "bytes",
    "percent": "%",
    "bits": "bits",
}

Row = tuple[str, str]


@dataclass(frozen=True, slots=True)
class _Layer:
    """A picture that can lie over the photo: key, name, what it shows, address of the PNG."""

    key: str
    title: str
    about: str
    uri: str


@dataclass(frozen=True, slots=True)
class _Table:
    """A titled list of names and values, with the number of rows left out."""

    title: str
    rows: tuple[Row, ...]
    more: int


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("locard.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "printable": printable,
        "share": format_share,
        "ratio": format_ratio,
        "support": name_support,
        "cited": cited,
        "seconds": lambda s: f"{s:.2f} s" if s < 10 else f"{s:.0f} s",
        "sentence": sentence,
    }
    return environment


def cited(text: str, identifiers: Sequence[str]) -> Markup:
    """Escape a text and turn citations such as "[F3, F5]" into links to the findings.

    An identifier that no finding of the report has is left as text.
    """
    known = set(identifiers)

    def link(match: re.Match[str]) -> str:
        name = match.group()
        return f'<a href="#{name}">{name}</a>' if name in known else name

    def links(match: re.Match[str]) -> str:
        return f'<span class="cite">{re.sub(r"F[0-9]+", link, match.group())}</span>'

    pattern = r"\[F[0-9]+(?:, (?:F[0-9]+|…))*\]"
    return Markup(re.sub(pattern, links, str(escape(printable(text, 4000)))))


def format_fact(name: str, value: Any) -> Row:
    """Write a fact with its unit: ``("shift_px", 12.0)`` gives ``("shift", "12 px")``.

    >>> format_fact("foreign_area_share", 0.25)
    ('foreign area share', '25%')
    """
    unit = ""
    for suffix, shown in _UNITS.items():
        if name.endswith(f"_{suffix}"):
            name, unit = name.removesuffix(f"_{suffix}"), shown
            break
    label = printable(name.replace("_", " "), 80)
    if value is None:
        return label, "none"
    if isinstance(value, bool):
        return label, "yes" if value else "no"
    if isinstance(value, float) and name.endswith("_share") and 0 <= value <= 1:
        return label, "0%" if value == 0 else "100%" if value == 1 else format_share(value)
    items = value if isinstance(value, list) else [value]
    text = ", ".join(_number(item) for item in items) or "none"
    return label, printable(f"{text} {unit}".strip(), 300)


def _number(value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value)
    if isinstance(value, int) or float(value).is_integer():
        return f"{value:,.0f}" if abs(value) >= 10_000 else f"{value:.0f}"
    return f"{value:.4g}"


def _size(count: int) -> str:
    if count < 1024:
        return f"{count} bytes"
    return f"{count / 1024:.0f} KiB" if count < 2**20 else f"{count / 2**20:.1f} MiB"


def _table(title: str, rows: Iterator[Row] | list[Row]) -> _Table | None:
    listed = [(printable(name, 120), printable(value)) for name, value in rows]
    if not listed:
        return None
    return _Table(title, tuple(listed[:_MAX_ROWS]), max(0, len(listed) - _MAX_ROWS))


def _file_tables(exhibit: Exhibit) -> list[_Table]:
    """Structure and metadata of the file, as it declares them."""
    metadata, jpeg = exhibit.metadata, exhibit.jpeg
    tables = []
    if jpeg is not None:
        rows = [
            ("process", jpeg.process),
            ("precision", f"{jpeg.precision} bits"),
            ("chroma subsampling", jpeg.subsampling),
            ("Huffman tables", "optimised" if jpeg.optimized_huffman else "standard"),
            ("scans", str(jpeg.scans)),
            ("restart interval", str(jpeg.restart_interval)),
            ("end-of-image marker", "present" if jpeg.complete else "missing"),
            ("bytes after the end", str(jpeg.trailing)),
        ]
        tables.append(_table("JPEG structure", rows))
        tables.append(
            _table(
                "JPEG quantisation tables",
                [
                    (f"table {number}, row {i}", " ".join(f"{v:3d}" for v in row.tolist()))
                    for number, table in sorted(jpeg.quantization_tables.items())
                    for i, row in enumerate(table, 1)
                ],
            )
        )
        tables.append(
            _table(
                "JPEG markers",
                [
                    (
                        s.name + (f" {s.identifier}" if s.identifier else ""),
                        f"{s.length} bytes at {s.offset}",
                    )
                    for s in jpeg.segments
                ],
            )
        )
    tables.append(_table("EXIF", list(metadata.exif.items())))
    tables.append(_table("XMP", [(k, "; ".join(v)) for k, v in metadata.xmp.items()]))
    tables.append(_table("Text and comments", list(metadata.text.items())))
    if metadata.icc_description:
        tables.append(_table("Colour profile", [("description", metadata.icc_description)]))
    tables.append(_table("Could not be read", [("problem", p) for p in metadata.problems]))
    return [table for table in tables if table is not None]


def _exhibit_rows(exhibit: Exhibit) -> list[Row]:
    orientation = exhibit.metadata.orientation
    turned = f"; shown turned by EXIF orientation {orientation}" if orientation != 1 else ""
    rows = [
        ("File", printable(exhibit.name)),
        ("Format", exhibit.format),
        ("Pixels", f"{exhibit.width} × {exhibit.height}{turned}"),
        ("Samples", f"{exhibit.bit_depth} bits, {'colour' if exhibit.is_colour else 'grey'}"
         + (", alpha" if exhibit.has_alpha else "")),
    ]  # fmt: skip
    if exhibit.data is not None:
        rows.append(("Size", f"{_size(exhibit.size)} ({exhibit.size:,} bytes)"))
    if exhibit.frames > 1:
        rows.append(("Pictures in the file", f"{exhibit.frames}; the first is examined"))
    rows.append(("SHA-256", exhibit.sha256))
    return rows


def _layers(report: Report) -> list[_Layer]:
    exhibit, localization = report.exhibit, report.localization

    def uri(png: bytes) -> str:
        return drawing.data_uri(png, "image/png")

    heat = drawing.shown_map(exhibit, localization.heat, drawing.PHOTO_SIDE // 2)
    mask = drawing.shown_map(exhibit, drawing.mask_grid(localization), drawing.PHOTO_SIDE)
    trust = drawing.shown_map(exhibit, localization.trust, drawing.PHOTO_SIDE // 2)
    layers = [
        _Layer(
            "heat", "Heat map", "where findings with weight mark an edit, fused from all of them",
            uri(drawing.heat_layer(heat)),
        ),
        _Layer(
            "mask", "Mask", "the reported regions, where the heat map reaches one half",
            uri(drawing.mask_layer(mask)),
        ),
        _Layer(
            "trust", "Reliability",
            "dark and hatched where the picture is too flat, saturated or busy to carry traces",
            uri(drawing.reliability_layer(trust)),
        ),
    ]  # fmt: skip
    titles = {m.name: m.title for m in list_methods()}
    for finding in report.findings:
        if finding.heatmap is not None and finding.applicable:
            values = drawing.shown_map(exhibit, finding.heatmap)
            layers.append(
                _Layer(
                    finding.id,
                    f"{finding.id} {titles.get(finding.method, finding.method)}",
                    "the map of this method alone, before it is weighed",
                    uri(drawing.heat_layer(values)),
                )
            )
    return layers


def _bar(log10_lr: float) -> dict[str, float]:
    """Left edge and width, in percent, of a bar that starts in the middle of the scale."""
    end = 50.0 + 50.0 * min(max(log10_lr / _SCALE, -1.0), 1.0)
    return {"left": round(min(end, 50.0), 2), "width": round(max(abs(end - 50.0), 0.6), 2)}


def _strongest_first(findings: Sequence[FindingModel]) -> list[FindingModel]:
    return sorted(findings, key=lambda f: -abs((f.log10_lr or 0.0) * (f.weight or 0.0)))


def render(report: Report) -> str:
    """Return the HTML page of a report."""
    model = to_model(report)
    script = files("locard.report").joinpath("templates", "report.js").read_text("utf-8")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    applicable = [f for f in model.findings if f.status is not Status.NOT_APPLICABLE]
    width, height = drawing.shown_size(report.exhibit)
    style = files("locard.report").joinpath("templates", "report.css").read_text("utf-8")
    ramp = drawing.colour_ramp()[::6].tolist()
    return (
        _environment()
        .get_template("report.html.j2")
        .render(
            report=model,
            verdict=model.opinion.verdict,
            headline=wording.HEADLINE[Verdict(model.opinion.verdict)],
            ids=[f.id for f in applicable],
            weighed=_strongest_first([f for f in applicable if f.counted]),
            unweighed=[f for f in applicable if not f.counted],
            left_out=[f for f in model.findings if f.status is Status.NOT_APPLICABLE],
            questions={
                Question.EDITED: "Was it edited?",
                Question.GENERATED: "Was it generated by a machine?",
            },
            holds=wording.HOLDS,
            fails=wording.FAILS,
            bar=_bar,
            neutral=lambda log10_lr: abs(log10_lr) < NEUTRAL,
            fact=format_fact,
            photo=drawing.data_uri(drawing.jpeg(drawing.shown_photo(report.exhibit)), "image/jpeg"),
            thumbnail=drawing.data_uri(
                drawing.jpeg(drawing.shown_photo(report.exhibit, drawing.THUMBNAIL_SIDE), 75),
                "image/jpeg",
            ),
            width=width,
            height=height,
            layers=_layers(report),
            layer_ids={f.id for f in report.findings if f.heatmap is not None and f.applicable},
            mapped=any(f.map is not None and f.counted for f in applicable),
            regions=drawing.draw_regions(report),
            exhibit_rows=_exhibit_rows(report.exhibit),
            file_tables=_file_tables(report.exhibit),
            ramp=", ".join(f"rgb({r} {g} {b})" for r, g, b in ramp),
            # Both are files of this package, not of the exhibit.
            style=Markup(style),
            script=Markup(script),
            script_hash=digest,
        )
    )
