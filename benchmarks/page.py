"""The web page in a headless Chromium: an end-to-end drive, its speed, and its accessibility.

    python benchmarks/page.py [--photo FILE] [--shots FOLDER]

Needs Chromium, the dev extra (playwright) and, for the accessibility check, ``npm ci`` in ``web/``
(axe-core). A service is started for it on fresh data. Printed are:

- seconds from the end of the examination (the time in its record) until the verdict, the photo and
  the heat map are on the screen, for photos of 12 and 48 megapixels (synthetic, or one given);
- milliseconds from the choice of a layer until it is drawn, over all layers;
- faults that axe-core calls serious or critical, by view, in light, dark and phone width;
- what the drive did: upload, layers, regions, compare, magnifier, question, downloads, deletion.
"""

from __future__ import annotations

import argparse
import base64
import io
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from PIL import ExifTags, Image
from playwright.sync_api import Browser, Page, Playwright, Response, expect, sync_playwright

from locard.exhibit.orientation import turn_box

ROOT = Path(__file__).parents[1]
EXAMPLE = ROOT / "examples" / "harbour-copied-boat.jpg"
OTHER = ROOT / "examples" / "harbour.jpg"
AXE = ROOT / "web" / "node_modules" / "axe-core" / "axe.min.js"
_PATIENCE_MS = 240_000
# A busy machine may take seconds where five are the default.
expect.set_options(timeout=60_000)


def find_chromium() -> str | None:
    """Return the path of a Chromium of this machine."""
    names = ("chromium", "chromium-browser", "google-chrome", "chrome")
    return next((path for path in map(shutil.which, names) if path), None)


@contextmanager
def service(folder: Path, *options: str) -> Iterator[str]:
    """Run a service on fresh data; yields its address."""
    command = [sys.executable, "-m", "locard", "serve", "--port", "0", "--data", str(folder)]
    with (folder.parent / "serve.log").open("ab") as log:
        process = subprocess.Popen(
            [*command, "--workers", "1", *options], stdout=subprocess.PIPE, stderr=log, text=True,
            env={**os.environ, "OMP_NUM_THREADS": "1"},
        )  # fmt: skip
    assert process.stdout is not None
    try:
        url = process.stdout.readline().strip()
        wait_for(f"{url}/health")
        yield url
    finally:
        process.terminate()
        process.wait(60)
        process.stdout.close()


def wait_for(address: str) -> None:
    """Wait until a service answers."""
    end = time.monotonic() + _PATIENCE_MS / 1000
    while True:
        try:
            urllib.request.urlopen(address, timeout=10).close()
            return
        except OSError:
            if time.monotonic() > end:
                raise
            time.sleep(0.1)


@contextmanager
def chromium(playwright: Playwright, path: str) -> Iterator[Browser]:
    """Run Chromium; its sandbox does not work for root."""
    sandbox = [] if os.geteuid() else ["--no-sandbox"]
    browser = playwright.chromium.launch(executable_path=path, args=[*sandbox, "--disable-gpu"])
    try:
        yield browser
    finally:
        browser.close()


class Tab:
    """A page, and what must not happen in it: errors, and requests to anywhere else."""

    def __init__(self, browser: Browser, url: str, **options: Any) -> None:
        options = {"viewport": {"width": 1440, "height": 900}, "locale": "en-GB", **options}
        self.context = browser.new_context(**options)
        self.page: Page = self.context.new_page()
        self.page.set_default_timeout(_PATIENCE_MS)
        self.url = url
        self.wrong: list[str] = []
        self.page.on("console", lambda m: self._note(m.text) if m.type == "error" else None)
        self.page.on("pageerror", lambda error: self._note(str(error)))
        self.page.on("request", lambda request: self._check(request.url))

    def _note(self, text: str) -> None:
        self.wrong.append(text)

    def _check(self, address: str) -> None:
        if not address.startswith((self.url, "blob:", "data:")):
            self.wrong.append(f"asked for {address}")

    def upload(self, *paths: Path, profile: str = "standard", stability: bool = True) -> None:
        """Hand in photos; one photo opens its report."""
        self.page.goto(self.url)
        self.page.get_by_label("Profile").select_option(profile)
        box = self.page.locator(".options input[type=checkbox]")
        box.set_checked(stability)
        self.page.set_input_files("input[type=file]", [str(path) for path in paths])

    def open(self, name: str) -> str:
        """Open the report of a photo and wait until all is there; returns its identifier."""
        self.page.goto(self.url)
        self.page.locator(".list a", has_text=name).first.click()
        return self.wait()

    def wait(self) -> str:
        """Wait until report, photo and all layers are there; returns the identifier."""
        self.page.wait_for_selector(".gauge")
        self.page.wait_for_selector(".canvas[data-ready]", state="attached")
        return self.page.url.rpartition("/")[2]

    def fetch(self, path: str) -> Any:
        """Ask the service as the page does."""
        return self.context.request.get(self.url + path)


def turned(photo: Path, path: Path, orientation: int = 6) -> Path:
    """Write a JPEG again with another EXIF orientation and the same compressed pixels."""
    data = photo.read_bytes()
    with Image.open(photo) as image:
        exif = image.getexif()
    exif[ExifTags.Base.Orientation] = orientation
    block = exif.tobytes()
    start = data.index(b"\xff\xe1")
    end = start + 2 + int.from_bytes(data[start + 2 : start + 4], "big")
    segment = b"\xff\xe1" + (len(block) + 2).to_bytes(2, "big") + block
    path.write_bytes(data[:start] + segment + data[end:])
    return path


# The first region's box as the page draws it, in pixels of the photo as shown.
_BOX = """() => {
  const photo = document.querySelector(".canvas").photo;
  const { left, top, width, height } = document.querySelector(".region").style;
  const [x, y, w, h] = [left, top, width, height].map(parseFloat);
  const [x0, y0] = photo.at(x, y), [x1, y1] = photo.at(x + w, y + h);
  return [x0, y0, x1 - x0, y1 - y0];
}"""


def _changed(response: Response) -> bool:
    return response.request.method == "PATCH"


def drive(tab: Tab, photo: Path, other: Path) -> list[str]:
    """Use the page from upload to deletion as a person would; returns what was done.

    Args: photo: a JPEG in which an edit is found, best one that is turned by its orientation.
    """
    page = tab.page
    done = []
    page.goto(tab.url)
    page.get_by_label("Profile").select_option("quick")
    page.locator(".options input[type=checkbox]").uncheck()
    page.evaluate(_PASTE, [other.name, base64.b64encode(other.read_bytes()).decode()])
    page.wait_for_selector(".gauge")
    tab.upload(photo, profile="quick", stability=False)
    page.wait_for_selector(".verdict progress, .gauge")
    identifier = tab.wait()
    done.append("paste, upload, progress, report")

    expect(page.locator("h1")).to_contain_text("Edited")
    before = canvas(page)
    page.get_by_role("button", name="Mask", exact=True).click()
    expect(page.locator("[data-layer=mask]")).to_have_attribute("aria-pressed", "true")
    page.wait_for_timeout(200)
    assert canvas(page) != before, "the mask changes the picture"
    page.keyboard.press("0")
    bare = settled(page)
    page.keyboard.press("]")
    assert settled(page) != bare, "the map of a method changes the picture"
    page.keyboard.press("0")
    page.keyboard.press("1")
    assert settled(page) != bare, "the heat map changes the picture"
    done.append("layers by pointer and key")

    report = tab.fetch(f"/v1/reports/{identifier}").json()
    exhibit, region = report["exhibit"], report["localization"]["regions"][0]
    expected = turn_box(region["box"], exhibit["width"], exhibit["height"], exhibit["orientation"])
    assert np.allclose(page.evaluate(_BOX), expected, atol=1.0), "the box is turned as the photo is"
    box = page.locator(".region").first
    page.locator("[data-region='1'] b").hover()
    expect(page.locator("#region-1")).to_have_class("lit")
    page.locator("#region-1 .chip[data-finding]").first.hover()
    expect(box).to_have_class("region lit")
    page.locator("[data-zoom='1']").click()
    page.wait_for_timeout(600)
    area, stage = box.bounding_box(), page.locator(".stage").bounding_box()
    assert area is not None
    assert stage is not None
    assert area["width"] > 0.2 * stage["width"], "the region fills much of the stage"
    page.keyboard.press("f")
    done.append("regions to sentences and back")

    split = page.locator("[data-act=compare]")
    split.select_option("bare")
    settled(page)
    handle = page.get_by_role("slider", name="Compare")
    handle.focus()
    page.keyboard.press("Home")
    left = settled(page)
    page.keyboard.press("End")
    assert settled(page) != left, "the slider uncovers the photo"
    expect(handle).to_have_attribute("aria-valuenow", "100")
    split.select_option(label=other.name)
    page.wait_for_timeout(600)
    assert settled(page) != bare, "the other photo is shown"
    split.select_option("")
    done.append("compare with the photo alone and with another")

    page.keyboard.press("m")
    lens = page.get_by_role("group", name="Magnifier")
    lens.focus()
    for key in ("ArrowRight", "ArrowDown", "Shift+ArrowRight"):
        page.keyboard.press(key)
    expect(page.locator("[data-value]")).not_to_have_text("…")
    x, y = (int(part) for part in page.inner_text("[data-pixel]").split(", "))
    shown = tuple(int(part) for part in page.inner_text("[data-value]").split())
    stored = tuple(int(v) for v in np.asarray(Image.open(photo).convert("RGB"))[y, x])
    assert shown == stored, f"the magnifier shows {shown}, the file holds {stored}"
    page.keyboard.press("m")
    done.append("magnifier at stored pixels")

    page.get_by_role("tab", name="Findings").click()
    page.locator(".finding summary").first.click()
    expect(page.locator(".finding[open]")).to_contain_text("Innocent explanations")
    page.locator(".finding[open] [data-map]").click()
    page.get_by_role("tab", name="Pixels").click()
    expect(page.locator(".figures tbody tr")).to_have_count(4)
    page.get_by_text("Region 1", exact=True).first.click()
    expect(page.locator(".figures tbody tr")).to_have_count(4)
    page.get_by_role("tab", name="File").click()
    expect(page.locator(".tree").first).to_contain_text("Make")
    done.append("findings, histogram, spectrum, structure")

    page.keyboard.press("/")
    expect(page.locator("#question")).to_be_focused()
    page.keyboard.type("Where?")
    page.keyboard.press("Enter")
    answer = page.locator(".exchanges li").first
    expect(answer).to_contain_text("Where?")
    expect(answer.locator(".chip").first).to_be_visible()
    done.append("question with cited answer")

    for kind, start in (("json", b"{"), ("html", b"<!doctype html"), ("pdf", b"%pdf")):
        with page.expect_download() as waiting:
            page.click(f"[data-download={kind}]")
        data = Path(waiting.value.path()).read_bytes()
        assert data.lstrip().lower().startswith(start), kind
        assert kind != "json" or json.loads(data)["schema"] == "locard.report/1"
        assert waiting.value.suggested_filename == f"{photo.stem}.locard.{kind}"
    done.append("downloads as JSON, HTML and PDF")

    page.goto(f"{tab.url}/#/cases")
    page.get_by_label("Title of the case").fill("Harbour")
    page.get_by_role("button", name="Open case").click()
    # Exactly: the search field that is there until the case opens is called "Title or notes".
    page.get_by_label("Notes", exact=True).fill("Seen twice.")
    tags = page.get_by_label("Tags", exact=True)
    with page.expect_response(_changed, timeout=60_000):
        tags.fill("press, boats")
    # The answer to the notes must leave the tags as they were typed.
    expect(page.get_by_role("status")).to_have_text("Saved.")
    expect(tags).to_have_value("press, boats")
    with page.expect_response(_changed, timeout=60_000):
        tags.press("Tab")
    page.goto(f"{tab.url}/#/report/{identifier}")
    with page.expect_response(_changed, timeout=60_000):
        page.locator(".actions select").select_option(label="Harbour")
    page.goto(f"{tab.url}/#/cases")
    page.get_by_label("Title or notes").fill("twice")
    expect(page.locator(".list li")).to_contain_text(["Harbour1 photo"])
    expect(page.locator(".list .tag")).to_have_text(["boats", "press"])
    done.append("case with notes and tags, found by its notes")

    page.goto(f"{tab.url}/#/report/{identifier}")
    page.click("[data-act=delete]")
    page.click("[data-act=confirm]")
    expect(page.locator(".list li")).to_have_count(1)
    assert tab.fetch(f"/v1/examinations/{identifier}").status == 404
    done.append("deletion")
    assert not tab.wrong, tab.wrong

    text = photo.with_name("notes.jpg")
    text.write_text("no picture, whatever its name says")
    tab.upload(photo, text, other, profile="quick", stability=False)
    expect(page.get_by_role("alert")).to_contain_text("notes.jpg is not a picture")
    expect(page.locator(".list li")).to_have_count(3)
    # The browser itself notes every refused request.
    assert all("415" in line for line in tab.wrong), tab.wrong
    done.append("a bad file among good ones")
    return done


# Paste a picture, as the clipboard would give it.
_PASTE = """([name, data]) => {
  const bytes = Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0));
  const clipboardData = new DataTransfer();
  clipboardData.items.add(new File([bytes], name, { type: "image/jpeg" }));
  dispatchEvent(new ClipboardEvent("paste", { clipboardData }));
}"""


def canvas(page: Page) -> bytes:
    """Return the pixels of the stage."""
    return page.locator(".canvas").screenshot()


def settled(page: Page) -> bytes:
    """Return the pixels of the stage once what was asked for is drawn."""
    page.wait_for_timeout(80)
    page.wait_for_function("document.querySelector('.canvas').photo.complete()")
    page.wait_for_timeout(80)
    return canvas(page)


# From the end of the examination until things are on the screen, in seconds.
_SEEN = """async () => {
  const photo = document.querySelector(".canvas").photo;
  const seconds = () => (performance.timeOrigin + performance.now()) / 1000;
  const until = async (test) => {
    while (!test()) await new Promise(requestAnimationFrame);
    await new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)));
    return seconds();
  };
  const verdict = until(() => document.querySelector(".gauge"));
  const picture = verdict.then(() => until(() => photo.complete()));
  const heat = picture.then(() => until(() =>
    photo.images.has("heatmap") && photo.images.get("heatmap").getFullyLoaded()));
  return { verdict: await verdict, photo: await picture, heat: await heat };
}"""

# From the choice of each layer until it is drawn, in milliseconds.
_SWITCH = """async () => {
  const photo = document.querySelector(".canvas").photo;
  const drawn = () => new Promise((resolve) =>
    photo.osd.addOnceHandler("update-viewport", () => requestAnimationFrame(() => resolve())));
  const buttons = [...document.querySelectorAll("[data-layer]")];
  const select = document.querySelector(".bar select");
  const choices = [...select.options].map((option) => option.value).filter(Boolean);
  const times = [];
  const time = async (act) => {
    const start = performance.now();
    const seen = drawn();
    act();
    await seen;
    if (!photo.complete()) throw new Error("a layer was not there");
    times.push(performance.now() - start);
    await new Promise((rest) => setTimeout(rest, 60));
  };
  for (const button of buttons) await time(() => button.click());
  for (const choice of choices) {
    await time(() => {
      select.value = choice;
      select.dispatchEvent(new Event("change", { bubbles: true }));
    });
  }
  return times;
}"""


def synthetic(path: Path, width: int, height: int) -> Path:
    """Write a photo-like JPEG: smooth shapes with grain."""
    rng = np.random.default_rng(7)
    coarse = rng.integers(20, 235, (height // 100, width // 100, 3)).astype(np.float32)
    smooth = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)
    grain = rng.normal(0, 4, (height, width, 1)).astype(np.float32)
    stream = io.BytesIO()
    Image.fromarray(np.clip(smooth + grain, 0, 255).astype(np.uint8)).save(
        stream, "JPEG", quality=92
    )
    path.write_bytes(stream.getvalue())
    return path


def measure(tab: Tab, photo: Path) -> None:
    """Print how soon a report is seen, and how long its layers take to switch."""
    page = tab.page
    with Image.open(photo) as image:
        label = f"{image.width * image.height / 1e6:.0f} megapixels"
    tab.upload(photo)
    page.wait_for_selector(".canvas")
    seen = page.evaluate(_SEEN)
    identifier = tab.wait()
    record = tab.fetch(f"/v1/examinations/{identifier}").json()
    ended = datetime.fromisoformat(record["ended"]).timestamp()
    for name in ("verdict", "photo", "heat"):
        print(f"{label}: {name} on the screen {seen[name] - ended:.2f} s after the end")
    times = sorted(page.evaluate(_SWITCH))
    print(
        f"{label}: layer switch, {len(times)} layers: median {statistics.median(times):.0f} ms, "
        f"longest {times[-1]:.0f} ms"
    )


def faults(page: Page) -> list[str]:
    """Return what axe-core calls serious or critical in the page as it is."""
    page.evaluate(AXE.read_text("utf-8"))
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [
        f"{fault['id']} ({fault['impact']}): {fault['nodes'][0]['html'][:160]}"
        for fault in found["violations"]
        if fault["impact"] in ("serious", "critical")
    ]


LOOKS: dict[str, dict[str, Any]] = {
    "light": {"color_scheme": "light"},
    "dark": {"color_scheme": "dark"},
    "phone": {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True},
}


def look(browser: Browser, url: str, name: str, shots: Path | None) -> None:
    """Check every view for faults, in each look, and take pictures of it."""
    for look_name, options in LOOKS.items():
        tab = Tab(browser, url, **options)
        page = tab.page
        total = 0

        def check(view: str, page: Page = page, look_name: str = look_name) -> int:
            page.wait_for_timeout(300)
            if shots is not None:
                page.screenshot(path=shots / f"{look_name}-{view}.png", scale="css")
            found = faults(page)
            for fault in found:
                print(f"axe-core, {look_name}, {view}: {fault}")
            return len(found)

        page.goto(url)
        page.wait_for_selector(".list li")
        total += check("home")
        tab.open(name)
        total += check("reasons")
        for view in ("findings", "pixels", "file", "ask"):
            page.click(f"#tab-{view}")
            if view == "findings":
                page.locator(".finding summary").first.click()
            if view == "pixels":
                page.wait_for_selector(".figures")
            if view == "file":
                page.wait_for_selector(".tree")
            if view == "ask":
                page.locator(".suggested button").first.click()
                page.wait_for_selector(".exchanges li")
            total += check(view)
        page.keyboard.press("Escape")
        page.locator("#tab-ask").focus()
        page.keyboard.press("c")
        page.keyboard.press("m")
        page.wait_for_timeout(1500)
        total += check("compare")
        page.keyboard.press("?")
        total += check("help")
        page.keyboard.press("Escape")
        page.goto(f"{url}/#/cases")
        page.wait_for_selector(".list li, .empty")
        total += check("cases")
        print(f"axe-core, {look_name}: {total} serious or critical faults in 9 views")
        tab.context.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--photo", type=Path, help="to measure; synthetic by default")
    parser.add_argument("--shots", type=Path, help="folder for screenshots")
    options = parser.parse_args()
    path = find_chromium()
    if path is None:
        raise SystemExit("Chromium is needed for this")
    if options.shots is not None:
        options.shots.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as temporary, sync_playwright() as playwright:
        folder = Path(temporary)
        with service(folder / "data") as url, chromium(playwright, path) as browser:
            tab = Tab(browser, url)
            start = time.perf_counter()
            done = drive(tab, turned(EXAMPLE, folder / "turned.jpg"), OTHER)
            print(f"drive, {time.perf_counter() - start:.0f} s: {'; '.join(done)}")
            tab.context.close()
            photos = [options.photo] if options.photo else [
                synthetic(folder / "12.jpg", 4000, 3000), synthetic(folder / "48.jpg", 8000, 6000)
            ]  # fmt: skip
            for photo in photos:
                tab = Tab(browser, url)
                measure(tab, photo)
                tab.context.close()
            tab = Tab(browser, url)
            tab.upload(EXAMPLE)
            tab.wait()
            case = {"title": "Harbour", "notes": "Seen twice.", "tags": ["press", "boats"]}
            tab.context.request.post(f"{url}/v1/cases", data=json.dumps(case),
                headers={"content-type": "application/json"})  # fmt: skip
            tab.context.close()
            if AXE.is_file():
                look(browser, url, EXAMPLE.name, options.shots)
            else:
                print("axe-core is not installed: npm ci in web/")


if __name__ == "__main__":
    main()
