"""`examine`: one exhibit, all methods, one report."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from enum import StrEnum
from pathlib import Path

import cv2
import numpy as np
from threadpoolctl import threadpool_limits

from locard.content.faces import open_detector
from locard.content.things import Thing, find_things
from locard.exhibit import Exhibit, Limits, Source, open_exhibit
from locard.explain import case_of, explain
from locard.explain.counterfactual import Trial, try_region
from locard.explain.language import ENGLISH, load_language
from locard.methods import Cost, Finding, Method, Question, Trace, list_methods, not_applicable
from locard.methods.contract import LATE
from locard.opinion import Localization, Opinion, answer, calibrate, decide, localize
from locard.opinion.calibration import load_calibrators
from locard.opinion.stability import examine_deliveries, judge_stability
from locard.report import Report, Timing


class Profile(StrEnum):
    """How much is run: "quick" the cheap methods and the networks that are shipped, "standard" all
    but the heavy ones, "thorough" all."""

    QUICK = "quick"
    STANDARD = "standard"
    THOROUGH = "thorough"


_COSTS = {
    Profile.QUICK: {Cost.CHEAP},
    Profile.STANDARD: {Cost.CHEAP, Cost.NORMAL},
    Profile.THOROUGH: {Cost.CHEAP, Cost.NORMAL, Cost.HEAVY},
}
_ORDER = {Cost.HEAVY: 0, Cost.NORMAL: 1, Cost.CHEAP: 2}


def select_methods(names: Sequence[str] | None, profile: Profile) -> list[Method]:
    """Return the methods to run, by name or by profile.

    Raises: ValueError for a name that no method has; the message lists close matches.
    """
    available = {m.name: m for m in list_methods()}
    if names is None:
        return [
            m
            for m in available.values()
            if m.cost in _COSTS[profile] or (m.learned and m.cost is not Cost.HEAVY)
        ]
    for name in names:
        if name not in available:
            raise ValueError(f"no method is called {name!r}; there are: {', '.join(available)}")
    return [available[name] for name in dict.fromkeys(names)]


def examine(
    source: Source | Exhibit,
    *,
    methods: Sequence[str] | None = None,
    profile: Profile | str = Profile.STANDARD,
    prior: float = 0.5,
    name: str | None = None,
    limits: Limits | None = None,
    threads: int | None = None,
    stability: bool = True,
    language: str = ENGLISH,
    face_detector: str | Path | None = None,
    counterfactuals: bool = False,
    progress: Callable[[str], None] | None = None,
) -> Report:
    """Examine a picture: is it authentic, edited or generated; where, why, and how sure.

    Args:
        source: a path, bytes, a binary file object, a Pillow image, a NumPy array
            (height × width [× 3 or 4], RGB) or an open exhibit.
        methods: names of the methods to run instead of the profile's.
        prior: probability of each proposition before the examination, 0 to 1 exclusive.
        name: what the report calls the exhibit.
        threads: methods run at once; by default one per processor, at most 4.
        stability: whether to form the opinion again over re-delivered versions.
        language: code of the language that the explanation is written in ("en", "de", "es").
        face_detector: ONNX file of YuNet; places are then named by faces too.
        counterfactuals: whether to try what the answers of learned methods hang on, around the
            strongest region; takes seconds.
        progress: called with the name of each method when it has ended.

    Raises:
        ExhibitError: the exhibit cannot be examined; the message is one sentence.
        ValueError: an unknown method, profile or language, a prior out of range, or a file that
            is no face detector.
    """
    start = time.perf_counter()
    if not 0.0 < prior < 1.0:
        raise ValueError(f"the prior must lie between 0 and 1, not {prior}")
    chosen = select_methods(methods, Profile(profile))
    load_language(language)
    if face_detector is not None:
        open_detector(face_detector)
    limits = limits or Limits()
    exhibit = (
        source if isinstance(source, Exhibit) else open_exhibit(source, name=name, limits=limits)
    )
    deadline = start + limits.time_s
    threads = threads or min(4, os.cpu_count() or 1)
    with _ONE_CORE_EACH:
        findings = _run(exhibit, chosen, threads, deadline, progress)
    findings = calibrate(findings)
    findings = tuple(replace(f, id=f"F{i}") for i, f in enumerate(findings, 1))
    answers = {q: answer(findings, q, prior) for q in Question}
    localization = localize(exhibit, findings)
    if stability and time.perf_counter() < deadline:
        focus = None
        if localization.regions:
            x, y, w, h = localization.regions[0].box
            focus = (y + h // 2, x + w // 2)
        pixels = [m for m in chosen if m.trace is Trace.PIXELS]
        rerun = [m for m in pixels if (m.cost is Cost.CHEAP or m.learned) and m.counted]
        names = {m.name for m in rerun}
        carried = [f for f in findings if all(m.name != f.method for m in pixels)]
        # Weighed anew: what a method took in that does not run again counts for itself.
        before = [*calibrate([f for f in findings if f.method in names]), *carried]
        with _ONE_CORE_EACH, _threads(threads) as pool:
            versions = examine_deliveries(exhibit, rerun, carried, pool, focus)
        answers = judge_stability(answers, before, versions)
    examined = {f.question for f in findings if f.question and f.log10_lr is not None}
    verdict, why = decide(answers, examined)
    opinion = Opinion(verdict, answers, why)
    things: tuple[Thing, ...] = ()
    if localization.regions:
        things = find_things(exhibit.rgb, exhibit.metadata.orientation, face_detector)
    trials: tuple[Trial, ...] = ()
    if counterfactuals and localization.regions:
        with _ONE_CORE_EACH:
            trials = _try(exhibit, chosen, findings, localization)
    seconds: dict[str, float] = {}
    for finding in findings:
        seconds[finding.method] = seconds.get(finding.method, 0.0) + finding.seconds
    return Report(
        exhibit=exhibit,
        findings=findings,
        opinion=opinion,
        localization=localization,
        explanation=explain(case_of(exhibit, findings, opinion, localization, things), language),
        timing=Timing(time.perf_counter() - start, seconds),
        profile=str(profile),
        counterfactuals=trials,
        things=things,
    )


def _try(
    exhibit: Exhibit,
    methods: Sequence[Method],
    findings: Sequence[Finding],
    localization: Localization,
) -> tuple[Trial, ...]:
    """Try each learned method whose finding speaks for an edit, at the strongest of its regions.

    Regions of a method that takes it in are its own.
    """
    probes = {m.name: m.probe for m in methods if m.probe is not None}
    refined = {m.name: m.refines for m in methods}
    calibrators = load_calibrators()
    tried = []
    for finding in findings:
        if finding.method not in probes or finding.score is None:
            continue
        passes = calibrators[finding.method, finding.question or Question.EDITED].neutral
        speaking = {f.id for f in findings if finding.method in (f.method, refined[f.method])}
        regions = [r for r in localization.regions if speaking.intersection(r.findings)]
        if finding.score <= passes or not regions:
            continue
        x, y, w, h = regions[0].box
        mask = np.zeros((exhibit.height, exhibit.width), np.bool_)
        mask[y : y + h, x : x + w] = localization.mask[y : y + h, x : x + w]
        probe = probes[finding.method]
        tried.append(try_region(exhibit.rgb, mask, finding.id, probe, passes))
    return tuple(tried)


class _OneCoreEach:
    """Methods run side by side; threads of OpenCV and BLAS as well would only wait for cores.

    The limits are the process's: the first examination sets them, and the last that runs at the
    same time takes them back.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._users = 0
        self._limits = ExitStack()

    def __enter__(self) -> None:
        with self._lock:
            if self._users == 0:
                self._limits.callback(cv2.setNumThreads, cv2.getNumThreads())
                self._limits.enter_context(threadpool_limits(1, user_api="blas"))
                cv2.setNumThreads(1)
            self._users += 1

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._users -= 1
            if self._users == 0:
                self._limits.close()


_ONE_CORE_EACH = _OneCoreEach()


@contextmanager
def _threads(number: int) -> Iterator[ThreadPoolExecutor]:
    """Threads that begin nothing more once they are left, by Ctrl-C as well.

    What runs by then cannot be stopped: it goes on, holds its exhibit, and keeps the interpreter
    from ending until it has ended, where nobody ends it (`locard.cli.run`). Daemon threads would
    not, but those in C++ abort the process.
    """
    pool = ThreadPoolExecutor(max(1, number), thread_name_prefix="locard")
    try:
        yield pool
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def _run(
    exhibit: Exhibit,
    methods: Sequence[Method],
    threads: int,
    deadline: float,
    progress: Callable[[str], None] | None,
) -> tuple[Finding, ...]:
    """Run methods side by side; give up on those past the deadline.

    What reads records takes no time and says most, so it comes first; then the costly ones, which
    should not be left for the end.
    """
    jobs: dict[str, Future[tuple[Finding, ...]]] = {}
    with _threads(threads) as pool:
        # Networks take longest, whatever they cost.
        for method in sorted(
            methods, key=lambda m: (m.trace is not Trace.RECORD, not m.learned, _ORDER[m.cost])
        ):
            name = method.name
            jobs[name] = pool.submit(method.examine, exhibit)
            if progress is not None:
                jobs[name].add_done_callback(lambda _, name=name: progress(name))  # type: ignore[misc]
        left = max(0.0, deadline - time.perf_counter())
        wait(jobs.values(), timeout=min(left, threading.TIMEOUT_MAX))
    findings: list[Finding] = []
    for method in methods:
        job = jobs[method.name]
        if job.done() and not job.cancelled():
            findings.extend(job.result())
        else:
            late = not_applicable(LATE)
            findings.append(replace(late, method=method.name, question=method.question))
    return tuple(findings)
