from __future__ import annotations

import builtins
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from locard.cli import app
from locard.explain import load_language
from locard.report import Report
from locard.report.letterhead import Letterhead, make_letterhead, read_letterhead
from locard.report.pdf import MISSING, MissingExtra, to_pdf

HEAD = Letterhead(organisation="Institute", case="17/26", examiner="A. Muster", date="2026-05-01")


def test_pdf_of_a_report(report: Report, tmp_path: Path) -> None:
    pytest.importorskip("weasyprint")
    folder = report.save(tmp_path, html=False, pdf=True, letterhead=HEAD)
    data = (folder / "report.pdf").read_bytes()
    assert data.startswith(b"%PDF-")
    assert len(data) > 20_000
    pypdfium2 = pytest.importorskip("pypdfium2")
    pages = pypdfium2.PdfDocument(data)
    text = "\n".join(page.get_textpage().get_text_range() for page in pages)
    assert len(pages) >= 3
    for expected in ("Institute", "17/26", "A. Muster", "Edited", "Figures of merit",
                     "Appendix: maps", report.exhibit.sha256[:20], "1 / "):  # fmt: skip
        assert expected in text


def test_missing_extra_is_one_sentence(
    report: Report, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    real = builtins.__import__

    def without(name: str, *args: Any, **kwargs: Any) -> Any:
        if name == "weasyprint":
            raise ImportError(name)
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(MissingExtra, match=r"pip install 'locard\[pdf\]'"):
        to_pdf(report)
    done = CliRunner().invoke(app, ["examine", "a.jpg", "--pdf", "--out", str(tmp_path)])
    assert done.exit_code == 2
    assert MISSING.split(":")[0] in " ".join(done.output.replace("│", " ").split())


def test_letterhead_file(tmp_path: Path) -> None:
    pytest.importorskip("yaml")
    file = tmp_path / "head.yaml"
    file.write_text("organisation: Institute\ncase: 0017\ndate: 2026-05-01\nmore: {Court: Bonn}\n")
    head = read_letterhead(file, {"case": None, "examiner": "A. Muster"})
    assert head.rows(load_language("en")) == [
        ("Organisation", "Institute"), ("Case number", "0017"), ("Examiner", "A. Muster"),
        ("Date", "2026-05-01"), ("Court", "Bonn"),
    ]  # fmt: skip
    assert read_letterhead(file, {"case": "18"}).case == "18"


@pytest.mark.parametrize(
    ("content", "message"),
    [("- a\n", "must list fields"), ("a: [\n", "is not YAML"), ("color: red\n", "'color'"),
     (None, "cannot be read")],
)  # fmt: skip
def test_wrong_letterheads(tmp_path: Path, content: str | None, message: str) -> None:
    pytest.importorskip("yaml")
    file = tmp_path / "head.yaml"
    if content is not None:
        file.write_text(content)
    with pytest.raises(ValueError, match=message):
        read_letterhead(file, {})


def test_letterhead_is_escaped(report: Report) -> None:
    html = report.to_html(make_letterhead({"examiner": "<script>alert(1)</script>"}))
    assert "&lt;script&gt;alert(1)" in html
