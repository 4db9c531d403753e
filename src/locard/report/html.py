"""The report as one self-contained HTML page.

Nothing is loaded from elsewhere, and a Content-Security-Policy in the page forbids it. Every
string of the file is escaped by the template and stripped of what does not print; only the
page's own script, named by its hash in the policy, may run.
"""

from __future__ import annotations

import base64
import hashlib
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from locard.exhibit import Exhibit
from locard.exhibit.orientation import turn
from locard.exhibit.shown import jpeg, shown_photo, shrink
from locard.explain import (
    NEUTRAL,
    Claim,
    ClaimKind,
    Language,
    load_language,
    name_support,
    sentence,
)
from locard.methods import Status
from locard.report import drawing
from locard.report.letterhead import Letterhead
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
    """A picture that can lie over the photo: key, name, what it shows, address of the PNG.

    For paper, which has no layers, ``composed`` is the photo with it.
    """

    key: str
    title: str
    about: str
    uri: str
    composed: str = ""


@dataclass(frozen=True, slots=True)
class _Group:
    """Claims that rest on the same findings; titled when that is one method."""

    findings: tuple[str, ...]
    title: str
    claims: list[Claim]


@dataclass(frozen=True, slots=True)
class _Table:
    """A titled list of names and values, with the number of rows left out."""

    title: str
    rows: tuple[Row, ...]
    more: int


@cache
def _environment(language: str) -> Environment:
    """Return the templates with the words and numbers of a language: ``t("message", ...)``."""
    say = load_language(language)
    environment = Environment(
        loader=PackageLoader("locard.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "printable": printable,
        "share": say.share,
        "ratio": say.ratio,
        "support": lambda log10_lr: name_support(log10_lr, language),
        "cited": cited,
        "seconds": lambda s: f"{say.number(s, 2 if s < 10 else 0)} s",
        "figure": lambda value: _number(value, say),
        "sentence": sentence,
        "phrase": say.phrase,
    }
    environment.globals["t"] = say
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


def format_fact(name: str, value: Any, say: Language) -> Row:
    """Write a fact with its unit: ``("shift_px", 12.0)`` gives ``("shift", "12 px")``.

    >>> format_fact("foreign_area_share", 0.25, load_language("en"))
    ('foreign area share', '25%')
    """
    unit = ""
    for suffix, shown in _UNITS.items():
        if name.endswith(f"_{suffix}"):
            name, unit = name.removesuffix(f"_{suffix}"), shown
            break
    label = printable(name.replace("_", " "), 80)
    if value is None:
        return label, say("none")
    if isinstance(value, bool):
        return label, say("yes" if value else "no")
    if isinstance(value, float) and name.endswith("_share") and 0 <= value <= 1:
        return label, "0%" if value == 0 else "100%" if value == 1 else say.share(value)
    items = value if isinstance(value, list) else [value]
    texts = [_number(item, say) for item in items]
    # Where the comma is the decimal sign it cannot divide numbers too.
    text = ("; " if any("," in text for text in texts) else ", ").join(texts) or say("none")
    return label, printable(f"{text} {unit}".strip(), 300)


def _number(value: Any, say: Language) -> str:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return str(value)
    if float(value).is_integer():
        return say.number(value) if abs(value) >= 10_000 else f"{value:.0f}"
    return say.number(float(f"{value:.4g}"), 12)


def _size(count: int, say: Language) -> str:
    if count < 1024:
        return f"{count} bytes"
    if count < 2**20:
        return f"{say.number(count / 1024)} KiB"
    return f"{say.number(count / 2**20, 1)} MiB"


def _table(title: str, rows: Iterator[Row] | list[Row]) -> _Table | None:
    listed = [(printable(name, 120), printable(value)) for name, value in rows]
    if not listed:
        return None
    return _Table(title, tuple(listed[:_MAX_ROWS]), max(0, len(listed) - _MAX_ROWS))


def _file_tables(exhibit: Exhibit, say: Language) -> list[_Table]:
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
        tables.append(_table(say("page-table-structure"), rows))
        tables.append(
            _table(
                say("page-table-quantisation"),
                [
                    (f"table {number}, row {i}", " ".join(f"{v:3d}" for v in row.tolist()))
                    for number, table in sorted(jpeg.quantization_tables.items())
                    for i, row in enumerate(table, 1)
                ],
            )
        )
        tables.append(
            _table(
                say("page-table-markers"),
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
    tables.append(_table(say("page-table-text"), list(metadata.text.items())))
    if metadata.icc_description:
        tables.append(
            _table(say("page-table-profile"), [("description", metadata.icc_description)])
        )
    tables.append(_table(say("page-table-problems"), [("problem", p) for p in metadata.problems]))
    return [table for table in tables if table is not None]


def _exhibit_rows(exhibit: Exhibit, say: Language) -> list[Row]:
    orientation = exhibit.metadata.orientation
    turned = f"; {say('page-turned', orientation=orientation)}" if orientation != 1 else ""
    samples = say(
        "page-samples-value",
        bits=exhibit.bit_depth,
        colour=exhibit.is_colour,
        alpha=exhibit.has_alpha,
    )
    rows = [
        (say("page-file"), printable(exhibit.name)),
        (say("page-format"), exhibit.format),
        (say("page-pixels"), f"{exhibit.width} × {exhibit.height}{turned}"),
        (say("page-samples"), samples),
    ]
    if exhibit.data is not None:
        size = say("page-bytes", size=_size(exhibit.size, say), count=exhibit.size)
        rows.append((say("page-size"), size))
    if exhibit.frames > 1:
        rows.append((say("page-frames"), say("page-frames-value", count=exhibit.frames)))
    rows.append(("SHA-256", exhibit.sha256))
    return rows


def _layers(report: Report, say: Language, *, paper: bool) -> list[_Layer]:
    exhibit, localization = report.exhibit, report.localization
    heat = drawing.shown_map(exhibit, localization.heat, drawing.PHOTO_SIDE // 2)
    mask = drawing.shown_map(exhibit, localization.marked, drawing.PHOTO_SIDE)
    trust = drawing.shown_map(exhibit, localization.trust, drawing.PHOTO_SIDE // 2)
    drawn = [
        ("heat", say("page-heat"), say("page-heat-about"), drawing.heat_layer(heat)),
        ("mask", say("page-mask"), say("page-mask-about"), drawing.mask_layer(mask)),
        ("trust", say("page-trust"), say("page-trust-about"), drawing.reliability_layer(trust)),
    ]
    for finding in report.findings:
        if finding.heatmap is not None and finding.applicable:
            values = drawing.shown_map(exhibit, finding.heatmap)
            title = say.title(
                finding.method, report.case.titles.get(finding.method, finding.method)
            )
            about = say("page-layer-about")
            drawn.append((finding.id, f"{finding.id} {title}", about, drawing.heat_layer(values)))
    if not paper:
        return [
            _Layer(key, title, about, drawing.data_uri(png, "image/png"))
            for key, title, about, png in drawn
        ]
    small = shown_photo(exhibit, drawing.LAYER_SIDE)
    return [
        _Layer(key, title, about, "", drawing.compose(small, png))
        for key, title, about, png in drawn
    ]


def _tested(report: Report, say: Language) -> list[dict[str, Any]]:
    """Draw what was tried on learned methods: picture, occlusion map, counterfactual."""
    shown = []
    for tested in report.counterfactuals:
        exhibit = report.exhibit
        photo = shown_photo(exhibit, drawing.LAYER_SIDE)
        heat = drawing.heat_layer(drawing.shown_map(exhibit, tested.occlusion))
        pictures = [
            (drawing.data_uri(jpeg(photo), "image/jpeg"), say("page-photo")),
            (drawing.compose(photo, heat), say("page-occlusion")),
        ]
        caption = say("page-occlusion-about", id=tested.finding)
        made = tested.counterfactual
        if made is not None:
            changed = turn(made.rgb, exhibit.metadata.orientation)
            small = shrink(changed, drawing.LAYER_SIDE)
            change = say(f"page-change-{made.change}")
            pictures.append((drawing.data_uri(jpeg(small), "image/jpeg"), change))
            caption = say(
                "page-passed" if made.passed else "page-not-passed",
                id=tested.finding,
                change=change,
                before=say.number(made.before, 2),
                after=say.number(made.after, 2),
            )
        shown.append({"finding": tested.finding, "pictures": pictures, "caption": caption})
    return shown


def _merit(figures: Mapping[str, float], say: Language) -> str:
    """Write figures of merit: "AUC 0.84, Cllr 0.61 (cross-validated)"."""
    return ", ".join(
        say.find(f"page-figure-{name}", value=say.number(value, 2))
        or say("page-figure-other", name=name.replace("_", " "), value=say.number(value, 2))
        for name, value in figures.items()
    )


def _groups(report: Report, say: Language) -> list[_Group]:
    """Put consecutive claims that rest on the same findings into one paragraph."""
    groups: list[_Group] = []
    for claim in report.explanation.claims:
        if groups and groups[-1].findings == claim.findings:
            groups[-1].claims.append(claim)
            continue
        finding = report.case.find(claim.findings[0]) if len(claim.findings) == 1 else None
        alone = claim.kind is ClaimKind.OBSERVED and finding is not None
        title = (
            say.title(finding.method, report.case.titles.get(finding.method, finding.method))
            if alone and finding
            else ""
        )
        groups.append(_Group(claim.findings, title, [claim]))
    return groups


def _bar(log10_lr: float) -> dict[str, float]:
    """Left edge and width, in percent, of a bar that starts in the middle of the scale."""
    end = 50.0 + 50.0 * min(max(log10_lr / _SCALE, -1.0), 1.0)
    return {"left": round(min(end, 50.0), 2), "width": round(max(abs(end - 50.0), 0.6), 2)}


def _strongest_first(findings: Sequence[FindingModel]) -> list[FindingModel]:
    return sorted(findings, key=lambda f: -abs((f.log10_lr or 0.0) * (f.weight or 0.0)))


def render(report: Report, *, letterhead: Letterhead | None = None, paper: bool = False) -> str:
    """Return the HTML page of a report, in the language of its explanation.

    Args:
        letterhead: who examined what, for the head of the page.
        paper: lay it out for print: nothing folded, nothing to click, maps in an appendix.
    """
    model, case = to_model(report), report.case
    say = load_language(report.explanation.language)
    folder = files("locard.report").joinpath("templates")
    script = folder.joinpath("report.js").read_text("utf-8")
    style = folder.joinpath("paper.css" if paper else "report.css").read_text("utf-8")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    applicable = [f for f in model.findings if f.status is not Status.NOT_APPLICABLE]
    left_out = [f for f in model.findings if f.status is Status.NOT_APPLICABLE]
    width, height = drawing.shown_size(report.exhibit)
    ramp = drawing.colour_ramp()[::6].tolist()
    regions = drawing.draw_regions(report)
    photo = shown_photo(report.exhibit, drawing.PHOTO_SIDE)
    known = {f.id: f for f in report.findings}

    def region_line(drawn: drawing.RegionDrawing) -> str:
        place = case.region_places[drawn.number - 1]
        return sentence(
            say(
                "page-region-line",
                place=say.place(place),
                area=say.share(drawn.region.area),
                strength=say.number(drawn.region.strength, 2),
            )
        )

    return (
        _environment(say.code)
        .get_template("report.html.j2")
        .render(
            report=model,
            paper=paper,
            letterhead=letterhead.rows(say) if letterhead else (),
            verdict=model.opinion.verdict,
            headline=say(f"headline-{model.opinion.verdict}"),
            ids=[f.id for f in applicable],
            left_ids=[f.id for f in left_out],
            weighed=_strongest_first([f for f in applicable if f.counted]),
            unweighed=[f for f in applicable if not f.counted],
            left_out=left_out,
            title=lambda f: say.title(f.method, f.title),
            says=lambda f: say.says(known[f.id]),
            bar=_bar,
            neutral=lambda log10_lr: abs(log10_lr) < NEUTRAL,
            fact=lambda name, value: format_fact(name, value, say),
            merit=lambda figures: _merit(figures, say),
            groups=_groups(report, say),
            region_line=region_line,
            photo="" if paper else drawing.data_uri(jpeg(photo), "image/jpeg"),
            marked=drawing.draw_marked(report) if paper else "",
            thumbnail=drawing.data_uri(
                jpeg(shown_photo(report.exhibit, drawing.THUMBNAIL_SIDE), 75),
                "image/jpeg",
            ),
            width=width,
            height=height,
            layers=_layers(report, say, paper=paper),
            layer_ids={f.id for f in report.findings if f.heatmap is not None and f.applicable},
            mapped=any(f.map is not None and f.counted for f in applicable),
            regions=regions,
            counterfactuals=_tested(report, say),
            examined={f.question for f in report.case.weighed},
            exhibit_rows=_exhibit_rows(report.exhibit, say),
            file_tables=_file_tables(report.exhibit, say),
            ramp=", ".join(f"rgb({r} {g} {b})" for r, g, b in ramp),
            # Both are files of this package, not of the exhibit.
            style=Markup(style),
            script=Markup(script),
            script_hash=digest,
        )
    )
