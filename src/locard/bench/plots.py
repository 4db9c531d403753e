"""Curves as inline SVG: no script, no file from elsewhere, readable in light and dark."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

from locard.bench.metrics import ReliabilityCurve
from locard.report.strings import printable

# Okabe and Ito: told apart by the colour-blind, on white and on black.
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9")
_WIDTH, _HEIGHT = 460, 340
_LEFT, _RIGHT, _TOP, _BOTTOM = 52, 14, 12, 46
# More height for names that stand aslant below the horizontal axis.
_TILTED = 72


@dataclass(frozen=True, slots=True)
class Line:
    """One curve.

    Attributes:
        x, y: points, both from 0 to 1.
        bars: lower and upper end of an interval per point, none by default.
        radius: of a mark per point, in pixels; none by default.
        dashed: for the second column of the same thing.
    """

    name: str
    x: Sequence[float]
    y: Sequence[float]
    bars: Sequence[tuple[float, float]] = ()
    radius: Sequence[float] = ()
    colour: int = 0
    dashed: bool = False


def _text(text: str) -> Markup:
    return escape(printable(text, 24))


def _place(x: float, y: float, low: float) -> tuple[float, float]:
    """Pixels of a point; the vertical axis runs from ``low`` to 1."""
    across = _LEFT + x * (_WIDTH - _LEFT - _RIGHT)
    share = (min(max(y, low), 1.0) - low) / (1.0 - low)
    return round(across, 1), round(_HEIGHT - _BOTTOM - share * (_HEIGHT - _TOP - _BOTTOM), 1)


def _axes(
    across: str, up: str, ticks: Sequence[tuple[float, str]], low: float, *, tilted: bool
) -> list[str]:
    parts = []
    step = 0.1 if low > 0 else 0.2
    for number in range(round((1.0 - low) / step) + 1):
        value = low + step * number
        x, y = _place(0.0, value, low)
        end = _WIDTH - _RIGHT
        parts.append(f'<path d="M{x} {y}H{end}" stroke="currentColor" opacity=".13"/>')
        parts.append(f'<text x="{x - 7}" y="{y + 4}" text-anchor="end">{value:.2g}</text>')
    for place, name in ticks:
        x, y = _place(place, low, low)
        turn = f' transform="rotate(-38 {x} {y + 13})"' if tilted else ""
        anchor = "end" if tilted else "middle"
        parts.append(
            f'<text x="{x}" y="{y + 17}" text-anchor="{anchor}"{turn}>{_text(name)}</text>'
        )
    if not tilted:
        middle = (_LEFT + _WIDTH - _RIGHT) / 2
        parts.append(
            f'<text x="{middle}" y="{_HEIGHT - 6}" text-anchor="middle" class="axis">'
            f"{_text(across)}</text>"
        )
    centre = (_TOP + _HEIGHT - _BOTTOM) / 2
    parts.append(
        f'<text x="13" y="{centre}" text-anchor="middle" class="axis" '
        f'transform="rotate(-90 13 {centre})">{_text(up)}</text>'
    )
    return parts


def _curve(line: Line, low: float) -> list[str]:
    colour = COLOURS[line.colour % len(COLOURS)]
    points = [_place(x, y, low) for x, y in zip(line.x, line.y, strict=True)]
    path = "L".join(f"{x} {y}" for x, y in points)
    dash = ' stroke-dasharray="6 4"' if line.dashed else ""
    parts = [
        f'<path d="M{path}" fill="none" stroke="{colour}" stroke-width="2" '
        f'stroke-linejoin="round"{dash}><title>{_text(line.name)}</title></path>'
    ]
    for x, (bottom, top) in zip(line.x, line.bars, strict=False):
        if math.isnan(bottom):
            continue
        (px, first), (_, last) = _place(x, bottom, low), _place(x, top, low)
        parts.append(f'<path d="M{px} {first}V{last}" stroke="{colour}" opacity=".6"/>')
    for (px, py), radius in zip(points, line.radius, strict=False):
        parts.append(f'<circle cx="{px}" cy="{py}" r="{radius:.1f}" fill="{colour}"/>')
    return parts


def draw(
    lines: Sequence[Line],
    across: str,
    up: str,
    *,
    ticks: Sequence[tuple[float, str]] | None = None,
    low: float = 0.0,
    diagonal: bool = False,
    level: float | None = None,
) -> Markup:
    """Draw curves over the unit square.

    Args:
        across, up: what the axes show.
        ticks: places and names on the horizontal axis; numbers by default.
        low: where the vertical axis begins.
        diagonal: draws the line of no information, or of perfect calibration.
        level: draws a horizontal line there.

    Returns: an ``svg`` element, which is also a file of its own.
    """
    named = ticks if ticks is not None else [(i / 5, f"{i / 5:g}") for i in range(6)]
    tilted = ticks is not None
    parts = _axes(across, up, named, low, tilted=tilted)
    height = _HEIGHT + _TILTED * tilted
    faint = 'stroke="currentColor" opacity=".45" stroke-dasharray="2 4"'
    if diagonal:
        (x0, y0), (x1, y1) = _place(0, low, low), _place(1, 1, low)
        parts.append(f'<path d="M{x0} {y0}L{x1} {y1}" {faint}/>')
    if level is not None:
        x, y = _place(0, level, low)
        parts.append(f'<path d="M{x} {y}H{_WIDTH - _RIGHT}" {faint}/>')
    for line in lines:
        parts += _curve(line, low)
    return Markup(
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" role="img" '
        f'aria-label="{_text(up)} over {_text(across)}" font-size="12" '
        'font-family="system-ui, sans-serif"><style>text{fill:currentColor;opacity:.75}'
        f".axis{{font-weight:600}}</style>{''.join(parts)}</svg>"
    )


def draw_reliability(named: Sequence[tuple[str, ReliabilityCurve]]) -> Markup:
    """Draw reliability diagrams: observed over predicted frequency, marks by number of items."""
    lines = []
    for place, (name, curve) in enumerate(named):
        share = curve.items / curve.items.sum()
        lines.append(
            Line(
                name, curve.predicted.tolist(), curve.observed.tolist(), colour=place,
                radius=[2.5 + 9.0 * float(s) ** 0.5 for s in share],
            )
        )  # fmt: skip
    return draw(lines, "predicted probability", "observed frequency", diagonal=True)
