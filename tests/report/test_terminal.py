from __future__ import annotations

import io
from collections.abc import Callable

import numpy as np
import pytest
from rich.console import Console

from locard.report import Report
from locard.report.terminal import print_report
from report.conftest import jpeg_bytes, photo


def shown(report: Report, width: int = 80, *, colour: bool = False) -> str:
    out = io.StringIO()
    system = "256" if colour else "auto"
    print_report(report, Console(file=out, width=width, force_terminal=colour, color_system=system))
    return out.getvalue()


def test_terminal_says_what_it_must(report: Report) -> None:
    text = shown(report)
    flat = " ".join(text.split())
    for expected in (
        "photo.jpg", "JPEG 320 × 240", "Edited", "99.0%", "95%", "F1", "+2.6", "not edited",
        "Two areas agree after a shift of (40, 8) px", "region 1 in the upper left",
        "3 methods applied", "1 not applicable", "1.2 s",
    ):  # fmt: skip
        assert expected in flat
    assert "a view that is never weighed" not in flat
    assert "\x1b" not in text


@pytest.mark.parametrize("width", [50, 80, 160])
def test_terminal_keeps_to_its_width(report: Report, width: int) -> None:
    assert max(len(line) for line in shown(report, width).splitlines()) <= width


def test_strings_of_the_file_cannot_drive_the_terminal(hostile_report: Report) -> None:
    text = shown(hostile_report)
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert "[bold]" in text.replace("\n", "")
    assert "\x1b[" in shown(hostile_report, colour=True)
    assert "\x1b[31m" not in shown(hostile_report, colour=True)


def test_nothing_weighed(make_report: Callable[..., Report]) -> None:
    text = shown(make_report(np.zeros((16, 16), np.uint8), findings=(), stability=None))
    assert "Inconclusive" in text
    assert "log₁₀" not in text
    assert "region" not in text
    assert text.count("not examined") == 2
    # The prior alone is no answer.
    assert "50" not in text


@pytest.mark.parametrize("language", ["de", "es"])
def test_other_languages(make_report: Callable[..., Report], language: str) -> None:
    report = make_report(np.full((64, 96, 3), 128, np.uint8), language=language)
    text = io.StringIO()
    print_report(report, Console(file=text, width=100))
    assert "\N{REPLACEMENT CHARACTER}" not in text.getvalue()
    scale = next(line for line in text.getvalue().splitlines() if " 100" in line)
    assert "…" not in scale
    assert "\N{REPLACEMENT CHARACTER}" not in report.to_html()


@pytest.mark.parametrize(("orientation", "said"), [(1, False), (6, True)])
def test_boxes_of_turned_photos_are_said_to_be_as_stored(
    make_report: Callable[..., Report], orientation: int, said: bool
) -> None:
    text = " ".join(
        shown(make_report(jpeg_bytes(photo(240, 320), orientation=orientation))).split()
    )
    assert "box " in text
    assert ("before the turn of EXIF" in text) is said
