"""The web page used from upload to deletion, in a headless Chromium."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("fastapi", reason="the service needs the extra serve")
pytest.importorskip("weasyprint", reason="PDF needs the extra pdf")
sync_api = pytest.importorskip("playwright.sync_api", reason="playwright drives the page")
driver = pytest.importorskip("benchmarks.page", reason="benchmarks/page.py drives the page")

_CHROMIUM = driver.find_chromium()


@pytest.mark.skipif(_CHROMIUM is None, reason="there is no Chromium on this machine")
def test_the_page_from_upload_to_deletion(tmp_path: Path) -> None:
    assert _CHROMIUM is not None
    with (
        sync_api.sync_playwright() as playwright,
        driver.service(tmp_path / "data") as url,
        driver.chromium(playwright, _CHROMIUM) as browser,
    ):
        tab = driver.Tab(
            browser, url, viewport={"width": 1180, "height": 720}, reduced_motion="reduce"
        )
        photo = driver.turned(driver.EXAMPLE, tmp_path / "turned.jpg")
        done = driver.drive(tab, photo, driver.OTHER)
        tab.context.close()
    assert len(done) == 11
