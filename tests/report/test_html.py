from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from locard.explain import load_language
from locard.explain.counterfactual import Trial, counterfactual, occlusion_map
from locard.report import Report
from locard.report.html import cited, format_fact, render
from locard.report.strings import printable

VOID = {"meta", "img", "input", "br", "hr", "link", "path", "circle", "rect"}
ADDRESSES = {"src", "href", "srcset", "action", "poster", "data", "xlink:href"}


class Page(HTMLParser):
    """Reads a page strictly: tags must nest, identifiers must be unique."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.text: list[str] = []
        self.feed(html)
        self.close()
        assert not self.open, f"never closed: {self.open}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        assert len(found) == len(attrs), f"attribute twice in {tag}"
        self.tags.append((tag, found))
        if "id" in found:
            self.ids.append(found["id"])
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        assert self.open, f"{tag} closes nothing"
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if not self.open or self.open[-1] not in ("style", "script"):
            self.text.append(data)

    def all(self, tag: str) -> list[dict[str, str]]:
        return [attrs for name, attrs in self.tags if name == tag]


def check(html: str) -> Page:
    page = Page(html)
    assert len(page.ids) == len(set(page.ids))
    for tag, attrs in page.tags:
        for name, value in attrs.items():
            assert not name.startswith("on"), f"{tag} has the handler {name}"
            if name in ADDRESSES:
                assert value.startswith(("#", "data:image/")), value[:80]
            if name == "href" and value.startswith("#"):
                assert value[1:] in page.ids, f"{value} leads nowhere"
            if name in ("for", "aria-labelledby"):
                assert value in page.ids
    for address in re.findall(r"url\(([^)]{0,40})", html):
        assert address.startswith("data:image/")
    assert "@import" not in html
    return page


def test_page_stands_alone_and_is_well_formed(report: Report) -> None:
    html = report.to_html()
    page = check(html)
    assert html.startswith("<!doctype html>")
    assert [attrs["lang"] for attrs in page.all("html")] == ["en"]
    assert all(attrs.get("alt") for attrs in page.all("img"))
    headings = [int(tag[1]) for tag, _ in page.tags if re.fullmatch("h[1-6]", tag)]
    assert headings.count(1) == 1
    assert all(b - a <= 1 for a, b in pairwise(headings))


def test_policy_allows_only_the_pages_own_script(report: Report) -> None:
    html = report.to_html()
    page = check(html)
    (policy,) = [
        a["content"] for a in page.all("meta") if a.get("http-equiv") == "Content-Security-Policy"
    ]
    assert policy.startswith("default-src 'none';")
    (script,) = re.findall(r"<script>(.*?)</script>", html, re.S)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}'" in policy
    assert "'unsafe-inline'" not in policy.split("script-src")[1]


def test_strings_of_the_file_are_escaped(hostile_report: Report) -> None:
    html = hostile_report.to_html()
    page = check(html)
    assert len(page.all("script")) == 1
    assert len(page.all("img")) == 1
    assert "49" not in " ".join(page.text).replace("{{ 7*7 }}", "").split()
    text = " ".join(page.text)
    assert text.count("<script>alert(1)</script>") >= 5, "shown as text wherever the file says it"
    assert not re.search("[\x00-\x08\x0b-\x1f\u202a-\u202e\ud800-\udfff]", html)
    html.encode("utf-8")


def test_every_citation_leads_to_a_finding(report: Report) -> None:
    page = check(report.to_html())
    for claim in report.explanation.claims:
        for name in claim.findings:
            assert name in page.ids
    linked = {a["href"] for a in page.all("a")}
    assert {"#F1", "#F2", "#F3", "#region-1"} <= linked


def test_page_says_what_it_must(report: Report) -> None:
    text = re.sub(r"\s+", " ", " ".join(check(report.to_html()).text))
    for expected in (
        "Edited", "99.0%", "Stated prior", "Stability", "95%", "moderately strong support",
        "Two areas agree after a shift of (40, 8) px", "Repeated objects", "Flat areas",
        "Shown, not weighed", "A view that is never weighed", "Needs a JPEG file",
        "What could not be examined, and why", "JPEG quantisation tables",
        report.exhibit.sha256,
    ):  # fmt: skip
        assert expected in text


@pytest.mark.parametrize(
    "pixels",
    [
        np.zeros((16, 16), np.uint8),
        np.full((40, 640, 3), 255, np.uint8),
        np.random.default_rng(0).integers(0, 255, (900, 60, 3), dtype=np.uint8),
    ],
)
def test_strange_exhibits_and_no_findings(
    make_report: Callable[..., Report], pixels: np.ndarray
) -> None:
    text = " ".join(check(render(make_report(pixels, findings=(), stability=None))).text)
    assert "No region is marked" in text
    assert "not measured" in text
    assert "No finding could be weighed" in text
    assert text.count("not examined") == 2


def test_the_heat_map_lies_over_the_photo_only_where_a_region_is_reported(report: Report) -> None:
    def shown(one: Report) -> list[str]:
        inputs = check(one.to_html()).all("input")
        return [
            given["id"] for given in inputs if given.get("name") == "layer" and "checked" in given
        ]

    assert report.localization is not None
    assert report.localization.regions
    assert shown(report) == ["show-heat"]
    without = replace(report, localization=replace(report.localization, regions=()))
    assert shown(without) == ["show-none"]


def test_page_of_a_large_photo_is_small(make_report: Callable[..., Report]) -> None:
    rng = np.random.default_rng(0)
    large = rng.integers(0, 255, (1500, 2000, 3), dtype=np.uint8)
    assert len(make_report(large).to_html()) < 2_500_000


def test_save_writes_everything(report: Report, tmp_path: Path) -> None:
    folder = report.save(tmp_path / "new" / "report")
    assert {p.name for p in folder.iterdir()} == {"maps", "report.json", "report.html"}
    for finding in report.findings:
        if finding.heatmap is not None:
            assert any(folder.joinpath("maps").glob(f"{finding.method}*.png"))


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("shift_px", [1.0, -2.5], ("shift", "1, -2.5 px")),
        ("area_share", 0.25, ("area share", "25%")),
        ("area_share", 0.0, ("area share", "0%")),
        ("found", False, ("found", "no")),
        ("peak_db", 12.3456, ("peak", "12.35 dB")),
        ("missing", None, ("missing", "none")),
        ("votes", 123456, ("votes", "123,456")),
        ("empty", [], ("empty", "none")),
    ],
)
def test_format_fact(name: str, value: Any, expected: tuple[str, str]) -> None:
    assert format_fact(name, value, load_language("en")) == expected


@pytest.mark.parametrize(
    ("language", "value", "expected"),
    [
        ("de", 12.3456, "12,35"),
        ("de", [0.5, 0.25], "0,5; 0,25"),
        ("de", [1, 2], "1, 2"),
        ("de", 123456, "123.456"),
        ("es", 12.3456, "12,35"),
        ("en", 0.00001234, "0.00001234"),
        ("en", float("nan"), "nan"),
    ],
)
def test_facts_have_the_numbers_of_the_language(language: str, value: Any, expected: str) -> None:
    assert format_fact("peak", value, load_language(language)) == ("peak", expected)


def test_cited_links_known_findings_only() -> None:
    html = str(cited("Seen <b> [F1, F9, …] and [F2].", ["F1", "F2"]))
    assert html.count("<a ") == 2
    assert 'href="#F1"' in html
    assert "F9" in html
    assert 'href="#F9"' not in html
    assert "&lt;b&gt;" in html


def test_printable() -> None:
    assert printable("a\x1b[31mb\u202ec\ud800") == "a\ufffd[31mb\ufffdc\ufffd"
    assert printable("a\nb") == "a b"
    assert printable("a\nb", lines=True) == "a\nb"
    assert printable("x" * 50, 10) == "x" * 9 + "…"


def test_counterfactuals_are_shown_side_by_side(report: Report) -> None:
    rgb = report.exhibit.rgb
    mask = np.zeros(rgb.shape[:2], bool)
    mask[40:80, 40:80] = True

    def score(picture: np.ndarray) -> float:
        return float(picture[40:80, 40:80].std())

    made = counterfactual(rgb, mask, score, 0.999 * score(rgb))
    tested = Trial("F1", occlusion_map(rgb, score, cells=4), made)
    page = check(replace(report, counterfactuals=(tested,)).to_html())
    assert len(page.all("img")) == 4
    text = " ".join(page.text)
    assert "What would have to be different" in text
    assert "F1 would pass with this change" in text
    assert "What would have to be different" not in " ".join(check(report.to_html()).text)
