"""The web page as it is shipped: that it is what its source says, and how it is served."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable
from html.parser import HTMLParser
from importlib.resources import files
from pathlib import Path

import pytest

pytest.importorskip("fastapi", reason="the service needs the extra serve")

from fastapi.testclient import TestClient

from locard.explain.text import name_support

Connect = Callable[..., TestClient]

_PAGE = Path(str(files("locard.serve").joinpath("page")))
_SOURCE = Path(__file__).parents[2] / "web"
_LANGUAGES = sorted(path.stem for path in (_SOURCE / "src" / "strings").glob("*.json"))

needs_source = pytest.mark.skipif(not _SOURCE.is_dir(), reason="the page's source is not here")


def digests(folder: Path, names: list[str]) -> dict[str, str]:
    return {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in names}


def manifest() -> dict[str, dict[str, str]]:
    loaded: dict[str, dict[str, str]] = json.loads((_PAGE / "manifest.json").read_text("utf-8"))
    return loaded


def messages(code: str) -> dict[str, str]:
    text = (_SOURCE / "src" / "strings" / f"{code}.json").read_text("utf-8")
    loaded: dict[str, str] = json.loads(text)
    return loaded


def test_the_built_files_are_those_of_the_manifest() -> None:
    names = [path.name for path in _PAGE.iterdir() if path.name != "manifest.json"]
    assert digests(_PAGE, names) == manifest()["page"], "run `make page`"


@needs_source
def test_the_page_was_built_from_this_source() -> None:
    kept = ("src", "public")
    names = [
        path.relative_to(_SOURCE).as_posix()
        for path in _SOURCE.rglob("*")
        if path.is_file() and path.relative_to(_SOURCE).parts[0] in kept
    ]
    names += [path.name for path in _SOURCE.iterdir() if path.is_file()]
    assert digests(_SOURCE, names) == manifest()["source"], "run `make page`"


@needs_source
def test_the_licences_of_all_that_is_bundled_are_there() -> None:
    lock = json.loads((_SOURCE / "package-lock.json").read_text("utf-8"))
    text = (_PAGE / "licences.txt").read_text("utf-8")
    bundled = [p for p, entry in lock["packages"].items() if p and not entry.get("dev")]
    assert len(bundled) >= 3
    for path in bundled:
        entry = lock["packages"][path]
        assert entry["license"] in ("MIT", "BSD-3-Clause", "ISC", "Apache-2.0")
        assert f"{path.rpartition('node_modules/')[2]} {entry['version']}" in text


class _Elements(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def test_the_page_and_its_files_are_served_under_a_strict_policy(connect: Connect) -> None:
    client = connect()
    page = client.get("/")
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert page.headers["x-content-type-options"] == "nosniff"
    assert page.headers["referrer-policy"] == "no-referrer"
    assert page.headers["x-frame-options"] == "DENY"
    reader = _Elements()
    reader.feed(page.text)
    scripts = [attrs for tag, attrs in reader.found if tag == "script"]
    assert scripts
    assert all(attrs.get("src") for attrs in scripts), "no script is inline"
    assert not any(tag == "style" or "style" in attrs for tag, attrs in reader.found)
    linked = [a for _, attrs in reader.found for a in (attrs.get("src"), attrs.get("href")) if a]
    for address in linked:
        assert address.startswith("/page/")
        answer = client.get(address)
        assert answer.status_code == 200
        assert answer.headers["content-security-policy"] == policy
    kinds = {client.get(a).headers["content-type"].partition(";")[0] for a in linked}
    assert kinds == {"text/javascript", "text/css", "image/svg+xml"}
    assert "immutable" in client.get(str(scripts[0]["src"])).headers["cache-control"]
    assert page.headers["cache-control"] == "no-cache"


@pytest.mark.parametrize("name", ["no.js", "manifest.json", "..%2fapp.py", "%2e%2e/app.py", ""])
def test_nothing_else_is_served(connect: Connect, name: str) -> None:
    assert connect().get(f"/page/{name}").status_code == 404


@needs_source
@pytest.mark.parametrize("code", _LANGUAGES)
def test_words_are_those_of_the_reports(code: str) -> None:
    folder = files("locard.explain").joinpath("languages")
    fluent = folder.joinpath(f"{code}.ftl").read_text("utf-8")
    simple = dict(re.findall(r"^([a-z][\w-]*) = (.+)$", fluent, re.MULTILINE))
    shared = {
        name: (text, re.sub(r"\{ \$(\w+) \}", r"{\1}", simple[name]))
        for name, text in messages(code).items()
        if name in simple
    }
    assert len(shared) > 50
    assert {n: page for n, (page, _) in shared.items()} == {
        n: report for n, (_, report) in shared.items()
    }


@needs_source
@pytest.mark.parametrize("code", _LANGUAGES)
def test_languages_are_complete(code: str) -> None:
    english, other = messages("en"), messages(code)
    assert list(other) == list(english)
    for name, text in english.items():
        gaps = re.findall(r"\{\w+\}", text)
        assert sorted(re.findall(r"\{\w+\}", other[name])) == sorted(gaps), name


@needs_source
def test_the_verbal_scale_is_that_of_the_reports() -> None:
    scale = json.loads((_SOURCE / "src" / "scale.json").read_text("utf-8"))
    english = messages("en")
    for (bound, name), above in zip(scale, [7.0, *(bound for bound, _ in scale)], strict=False):
        assert name_support((bound + above) / 2) == english[f"support-{name}"]
        assert name_support(bound) == english[f"support-{name}"]
