"""The report as PDF for a file, from the same HTML, by WeasyPrint (extra ``pdf``)."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from locard.report.html import render
from locard.report.letterhead import Letterhead

if TYPE_CHECKING:
    from locard.report.report import Report

MISSING = "a PDF needs one more package: pip install 'locard[pdf]'"
_MISSING_LIBRARIES = (
    "a PDF needs the libraries of Pango, which WeasyPrint did not find on this system"
)


class MissingExtra(RuntimeError):
    """What writing a PDF needs is not installed; the message is one sentence."""


def check_pdf() -> None:
    """Raise MissingExtra, one sentence, when no PDF can be written here."""
    try:
        import weasyprint  # noqa: F401
    except ImportError:
        raise MissingExtra(MISSING) from None
    except OSError:
        raise MissingExtra(_MISSING_LIBRARIES) from None


def to_pdf(report: Report, letterhead: Letterhead | None = None) -> bytes:
    """Return the report as a PDF, A4, in the language of its explanation.

    Raises: MissingExtra, one sentence, when WeasyPrint is not installed.
    """
    check_pdf()
    return print_page(render(report, letterhead=letterhead, paper=True))


def print_page(html: str) -> bytes:
    """Return the PDF of a page that `locard.report.html.render` made for paper.

    Raises: MissingExtra, one sentence, when WeasyPrint is not installed.
    """
    check_pdf()
    import weasyprint

    # It warns of every CSS property for screens only.
    logging.getLogger("weasyprint").setLevel(logging.ERROR)
    # Pictures are in the page; nothing is loaded from elsewhere.
    fetcher = weasyprint.urls.URLFetcher(allowed_protocols={"data"})
    page = weasyprint.HTML(string=html, url_fetcher=fetcher)
    return bytes(page.write_pdf())
