"""`examine`: one call, every kind of source, one report."""

from __future__ import annotations

import io
import json
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

import locard
from locard import Cost, ExhibitError, Finding, Limits, Method, Question, Status, Verdict, examine
from locard.methods import contract
from locard.opinion import Calibrator

QUICK = {"profile": "quick", "stability": False}


@pytest.fixture
def registry(monkeypatch: pytest.MonkeyPatch) -> dict[str, Method]:
    """A registry of its own, so that a test may add methods."""
    locard.list_methods()
    methods: dict[str, Method] = {}
    monkeypatch.setattr(contract, "_registry", methods)
    return methods


def test_every_kind_of_source_gives_the_same_findings(photo_jpeg: bytes, tmp_path: Path) -> None:
    path = tmp_path / "photo.jpg"
    path.write_bytes(photo_jpeg)
    reports = [
        examine(path, **QUICK),
        examine(str(path), **QUICK),
        examine(photo_jpeg, **QUICK),
        examine(io.BytesIO(photo_jpeg), **QUICK),
    ]
    scores = [[(f.method, f.score) for f in r.findings] for r in reports]
    assert scores[0]
    assert all(s == scores[0] for s in scores)


def test_pixels_without_a_file(photo: np.ndarray) -> None:
    from_array = examine(photo, **QUICK)
    from_pillow = examine(Image.fromarray(photo), **QUICK)
    assert from_array.exhibit.sha256 == from_pillow.exhibit.sha256
    assert from_array.localization.heatmap.shape == photo.shape[:2]
    assert from_array.localization.heatmap.dtype == np.float32


def test_the_name_of_the_file_changes_nothing(photo_jpeg: bytes, tmp_path: Path) -> None:
    (tmp_path / "forged_fake_edited.jpg").write_bytes(photo_jpeg)
    (tmp_path / "original.jpg").write_bytes(photo_jpeg)
    one = examine(tmp_path / "forged_fake_edited.jpg", **QUICK)
    two = examine(tmp_path / "original.jpg", **QUICK)
    assert [f.score for f in one.findings] == [f.score for f in two.findings]
    assert one.opinion == two.opinion


def test_the_report_is_written(photo_jpeg: bytes, tmp_path: Path) -> None:
    report = examine(photo_jpeg, profile="quick")
    folder = report.save(tmp_path / "deep" / "folder")
    content = json.loads((folder / "report.json").read_text())
    assert content["schema"] == "locard.report/1"
    assert content["opinion"]["verdict"] in set(Verdict)
    for name in ("heatmap", "mask", "reliability"):
        with Image.open(folder / content["localization"][name]) as drawn:
            assert drawn.size == (512, 512)
    assert (folder / "report.html").read_text().startswith("<!doctype html>")


def test_findings_are_numbered_and_weighed(photo_jpeg: bytes) -> None:
    report = examine(photo_jpeg, stability=False)
    assert [f.id for f in report.findings] == [f"F{i}" for i in range(1, len(report.findings) + 1)]
    for answer in report.opinion.questions.values():
        assert 0.0 <= answer.probability <= 1.0
    assert report.finding(report.findings[0].method) is report.findings[0]
    with pytest.raises(KeyError):
        report.finding("no-such-method")


def test_the_prior_moves_the_probability_and_not_the_evidence(photo_jpeg: bytes) -> None:
    low = examine(photo_jpeg, prior=0.01, **QUICK).opinion.questions[Question.EDITED]
    high = examine(photo_jpeg, prior=0.9, **QUICK).opinion.questions[Question.EDITED]
    assert low.log10_lr == high.log10_lr
    assert low.probability < high.probability


@pytest.mark.parametrize("prior", [0.0, 1.0, -1.0, 2.0])
def test_a_prior_out_of_range_is_refused(photo_jpeg: bytes, prior: float) -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        examine(photo_jpeg, prior=prior)


def test_an_unknown_method_is_refused(photo_jpeg: bytes) -> None:
    with pytest.raises(ValueError, match="no method is called 'gost'"):
        examine(photo_jpeg, methods=["gost"])


def test_a_narrow_strip_is_examined_with_stability() -> None:
    strip = np.random.default_rng(0).integers(0, 256, (19, 1024, 3), dtype=np.uint8)
    report = examine(strip, methods=["noise-level", "copy-move"], stability=True)
    assert (report.exhibit.width, report.exhibit.height) == (1024, 19)


def test_bad_input_is_one_sentence() -> None:
    with pytest.raises(ExhibitError, match="text file"):
        examine(b"hello, this is not a picture\n" * 10)


def test_a_method_past_the_time_limit_is_not_applicable(
    registry: dict[str, Method], photo: np.ndarray
) -> None:
    over = threading.Event()

    def slow(exhibit: object) -> Finding:
        over.wait(60)
        return Finding(Status.DERIVED, score=0.0)

    def fast(exhibit: object) -> Finding:
        return Finding(Status.DERIVED, score=1.0)

    for name, run in (("slow", slow), ("fast", fast)):
        registry[name] = Method(name, name, Question.EDITED, "about", "source", run)
    try:
        report = examine(photo, limits=Limits(time_s=1.0), threads=2)
    finally:
        over.set()
    assert report.finding("fast").score == 1.0
    late = report.finding("slow")
    assert late.status is Status.NOT_APPLICABLE
    assert "time limit" in str(late.reason)
    assert "The time limit was reached before one method had ended" in report.explanation.summary


def test_a_time_limit_may_be_infinite(registry: dict[str, Method], photo: np.ndarray) -> None:
    registry["one"] = Method(
        "one", "one", Question.EDITED, "", "", lambda e: Finding(Status.DERIVED, score=1.0)
    )
    report = examine(photo, limits=Limits(time_s=float("inf")), stability=False)
    assert report.finding("one").score == 1.0


@pytest.mark.parametrize("where", ["methods", "versions"])
def test_ctrl_c_begins_no_more_methods(
    registry: dict[str, Method],
    photo: np.ndarray,
    monkeypatch: pytest.MonkeyPatch,
    where: str,
) -> None:
    begun, over = threading.Event(), threading.Event()
    began: list[object] = []
    pools: list[ThreadPoolExecutor] = []

    def slow(exhibit: object) -> Finding:
        began.append(exhibit)
        begun.set()
        over.wait(20)
        return Finding(Status.DERIVED, score=0.0)

    def interrupt(*_: object, **__: object) -> None:
        begun.wait(20)
        raise KeyboardInterrupt

    def interrupt_versions(*args: object) -> None:
        for _ in range(5):
            pools[-1].submit(slow, photo)
        interrupt()

    def new_pool(number: int, **options: str) -> ThreadPoolExecutor:
        pools.append(ThreadPoolExecutor(number, **options))
        return pools[-1]

    monkeypatch.setattr("locard.examination.ThreadPoolExecutor", new_pool)
    if where == "methods":
        monkeypatch.setattr("locard.examination.wait", interrupt)
        for name in "abcde":
            registry[name] = Method(name, name, Question.EDITED, "", "", slow)
    else:
        monkeypatch.setattr("locard.examination.examine_deliveries", interrupt_versions)
        registry["fast"] = Method(
            "fast", "fast", Question.EDITED, "", "", lambda e: Finding(Status.OBSERVED)
        )
    # An examination that waits for what runs would wait for the events of this test.
    timer = threading.Timer(2, over.set)
    timer.start()
    with pytest.raises(KeyboardInterrupt):
        examine(photo, threads=1)
    timer.cancel()
    over.set()
    pools[-1].shutdown(wait=True)
    assert len(began) == 1


def test_records_are_read_first(registry: dict[str, Method], photo: np.ndarray) -> None:
    order: list[str] = []

    def note(name: str) -> Finding:
        order.append(name)
        return Finding(Status.OBSERVED)

    for name, options in (
        ("pixels", {"cost": Cost.NORMAL}),
        ("network", {"probe": lambda rgb: 0.0}),
        ("credentials", {"trace": contract.Trace.RECORD}),
    ):
        registry[name] = Method(
            name, name, Question.EDITED, "", "", lambda e, n=name: note(n), **options
        )
    examine(photo, stability=False, threads=1)
    assert order == ["credentials", "network", "pixels"]


@pytest.mark.parametrize("level", [0, 120, 255])
def test_of_a_plain_picture_nothing_is_said(level: int) -> None:
    report = examine(np.full((300, 400, 3), level, np.uint8), profile="quick")
    assert report.verdict is Verdict.INCONCLUSIVE
    assert all(a.log10_lr == 0.0 for a in report.opinion.questions.values())
    assert "plain" in str(report.finding("trace-net").reason)


def test_a_bug_in_one_method_costs_only_that_method(
    registry: dict[str, Method], photo: np.ndarray
) -> None:
    def broken(exhibit: object) -> Finding:
        raise RuntimeError("oh no")

    def sound(exhibit: object) -> Finding:
        return Finding(Status.DERIVED, score=1.0)

    for name, run in (("broken", broken), ("sound", sound)):
        registry[name] = Method(name, name, Question.EDITED, "about", "source", run)
    report = examine(photo, stability=False)
    assert report.finding("sound").score == 1.0
    assert report.finding("broken").reason == (
        "the method failed (RuntimeError: oh no); please report it"
    )


def test_learned_methods_are_tried_at_the_region(
    registry: dict[str, Method], photo: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A method that counts how much is bright, on a photo with a bright square."""
    picture = np.minimum(photo, 200)
    picture[104:168, 304:368] = 255

    def probe(rgb: np.ndarray) -> float:
        return float((rgb[..., 1] >= 250).mean())

    def run(exhibit: locard.Exhibit) -> Finding:
        marks = np.zeros((64, 64), np.float32)
        marks[13:21, 38:46] = 1
        score = probe(exhibit.rgb)
        return Finding(Status.INFERRED, score=score, heatmap=contract.GridMap(marks, step=8))

    for name in ("bright", "plain"):
        registry[name] = Method(name, name, Question.EDITED, "about", "source", run, probe=probe)
    registry["plain"] = replace(registry["plain"], probe=None)
    fitted = {
        (name, Question.EDITED): Calibrator(
            method=name,
            question=Question.EDITED,
            basis="stated",
            why="a test",
            scores=(0.0, 0.004, 0.01),
            log10_lr=(-1.0, -0.5, 2.0),
        )
        for name in registry
    }
    monkeypatch.setattr("locard.opinion.opinion.load_calibrators", lambda: fitted)
    monkeypatch.setattr("locard.examination.load_calibrators", lambda: fitted)
    assert not examine(picture, stability=False).counterfactuals
    report = examine(picture, stability=False, counterfactuals=True)
    (trial,) = report.counterfactuals
    assert trial.finding == report.finding("bright").id
    drawn = trial.occlusion.pixels(512, 512)
    y, x = np.unravel_index(int(drawn.argmax()), drawn.shape)
    assert 60 <= y < 200
    assert 260 <= x < 400
    made = trial.counterfactual
    assert made is not None
    assert made.passed
    assert made.after <= fitted["bright", Question.EDITED].neutral
    assert np.array_equal(made.rgb[:80], picture[:80])
    assert np.array_equal(made.rgb[:, :280], picture[:, :280])
    assert not np.array_equal(made.rgb, picture)
    # One that takes it in speaks for it, and cannot be tried itself.
    registry["plain"] = replace(registry["plain"], refines="bright")
    report = examine(picture, stability=False, counterfactuals=True)
    assert report.finding("bright").log10_lr is None
    assert report.localization.regions[0].findings == (report.finding("plain").id,)
    (trial,) = report.counterfactuals
    assert trial.finding == report.finding("bright").id
    # Where it does not speak for an edit itself, there is nothing that would have to be different.
    registry["bright"] = replace(
        registry["bright"], run=lambda e: Finding(Status.INFERRED, score=0.0)
    )
    assert not examine(picture, stability=False, counterfactuals=True).counterfactuals


def test_examinations_at_the_same_time_leave_the_threads_as_they_were(
    registry: dict[str, Method], photo: np.ndarray
) -> None:
    """The first to begin ends first."""
    begun, ended = threading.Event(), threading.Event()
    seen: list[int] = []

    def first(exhibit: object) -> Finding:
        begun.wait(20)
        return Finding(Status.DERIVED, score=1.0)

    def second(exhibit: object) -> Finding:
        begun.set()
        ended.wait(20)
        seen.append(cv2.getNumThreads())
        return Finding(Status.DERIVED, score=1.0)

    for name, run in (("first", first), ("second", second)):
        registry[name] = Method(name, name, Question.EDITED, "about", "source", run)
    before = cv2.getNumThreads()
    cv2.setNumThreads(2)
    try:
        other = threading.Thread(
            target=examine, args=(photo,), kwargs={"methods": ["second"], "stability": False}
        )
        one = threading.Thread(
            target=examine, args=(photo,), kwargs={"methods": ["first"], "stability": False}
        )
        one.start()
        other.start()
        one.join(30)
        ended.set()
        other.join(30)
        assert seen == [1]
        assert cv2.getNumThreads() == 2
    finally:
        cv2.setNumThreads(before)


def test_profiles_choose_by_cost(registry: dict[str, Method]) -> None:
    from locard.examination import Profile, select_methods

    for cost in Cost:
        registry[cost] = Method(
            cost, cost, Question.EDITED, "", "", lambda e: contract.not_applicable(""), cost=cost
        )
    assert [m.name for m in select_methods(None, Profile.QUICK)] == ["cheap"]
    assert [m.name for m in select_methods(None, Profile.STANDARD)] == ["cheap", "normal"]
    assert len(select_methods(None, Profile.THOROUGH)) == 3
    assert [m.name for m in select_methods(["heavy", "heavy"], Profile.QUICK)] == ["heavy"]


def test_public_names_resolve() -> None:
    for name in locard.__all__:
        assert getattr(locard, name) is not None
    with pytest.raises(AttributeError):
        _ = locard.no_such_name
