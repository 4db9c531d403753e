"""Stability: whether the opinion survives re-delivery of the exhibit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import replace

import numpy as np

from locard.degrade import crop, recompress, resize
from locard.exhibit import Exhibit, Limits, open_exhibit
from locard.methods import Finding, Method, Question
from locard.opinion.opinion import ACCEPT, REJECT, Answer, answer, calibrate

# Re-delivered versions are cut to this size: the question is whether the answer flips, and a
# part of the picture flips as well as all of it; all three cost less than one examination.
_MAX_PIXELS = 300_000
_SMALLEST = Limits().min_side


def deliveries(
    exhibit: Exhibit, focus: tuple[int, int] | None = None
) -> Iterator[tuple[str, bytes]]:
    """Yield re-delivered versions of an exhibit as (name, JPEG bytes).

    Recompressed at quality 85; resized to 75 % and saved at 90; cropped off the 8 × 8 grid and
    saved at 90. Exhibits above 0.3 megapixels are cut to that size around ``focus`` first.

    Args:
        focus: (y, x) in exhibit pixels that must stay in view; the centre by default.
    """
    rgb = exhibit.rgb
    shrink = min(1.0, float(np.sqrt(_MAX_PIXELS / (exhibit.height * exhibit.width))))
    # The cut stays on the 8 × 8 grid: only the version "cropped" is meant to leave it.
    height = max(_SMALLEST, int(exhibit.height * shrink) // 8 * 8)
    width = max(_SMALLEST, int(exhibit.width * shrink) // 8 * 8)
    y, x = focus or (exhibit.height // 2, exhibit.width // 2)
    top = min(max(0, y - height // 2), max(0, exhibit.height - height)) // 8 * 8
    left = min(max(0, x - width // 2), max(0, exhibit.width - width)) // 8 * 8
    part = crop(rgb, top, left, height, width)
    yield "recompressed", recompress(part, 85)
    off = (3, 5) if min(part.shape[:2]) >= 64 else (1, 1)
    versions = {
        "resized": resize(part, 0.75),
        "cropped": crop(part, *off, part.shape[0], part.shape[1]),
    }
    for name, version in versions.items():
        # Of a narrow strip nothing may be left that could be examined.
        if min(version.shape[:2]) >= _SMALLEST:
            yield name, recompress(version, 90)


def examine_deliveries(
    exhibit: Exhibit,
    methods: Sequence[Method],
    carried: Sequence[Finding],
    pool: Executor,
    focus: tuple[int, int] | None = None,
) -> list[tuple[Finding, ...]]:
    """Examine the re-delivered versions; findings on the bytes carry over.

    Args:
        methods: those that run again, side by side in ``pool``.
        focus: see `deliveries`.
    """
    versions = [
        open_exhibit(data, limits=Limits(min_side=1)) for _, data in deliveries(exhibit, focus)
    ]
    # Method by method, so that no thread is left with a whole version at the end.
    jobs = [[pool.submit(method.examine, version) for method in methods] for version in versions]
    return [
        (*calibrate([finding for job in of_version for finding in job.result()]), *carried)
        for of_version in jobs
    ]


def _opposite(one: float, other: float) -> bool:
    return min(one, other) <= REJECT and max(one, other) >= ACCEPT


def judge_stability(
    answers: Mapping[Question, Answer],
    baseline: Sequence[Finding],
    versions: Sequence[Sequence[Finding]],
) -> dict[Question, Answer]:
    """Compare the answers on re-delivered versions with those of the same methods before.

    stability = 1 - mean |p(version) - p(before)|. An answer is contradicted when a version lies on
    the other side of the inconclusive band, both from it and from what the same methods said
    before. Where no method that ran again bears on a question, its stability stays unknown.

    Args:
        baseline: calibrated findings on the exhibit by the methods that ran on the versions.
        versions: calibrated findings per version.
    """
    carried = {id(finding) for finding in baseline}
    ran = {
        f.question
        for found in versions
        for f in found
        if id(f) not in carried and f.log10_lr is not None
    }
    judged = {}
    for question, given in answers.items():
        before = answer(baseline, question, given.prior).probability
        after = [answer(found, question, given.prior).probability for found in versions]
        if question not in ran:
            judged[question] = given
            continue
        # Methods that did not run again may have decided: a version that agrees with the answer
        # does not contradict it, whatever those that ran again said before.
        flipped = any(_opposite(before, p) and _opposite(given.probability, p) for p in after)
        stability = 1.0 - float(np.mean([abs(p - before) for p in after]))
        judged[question] = replace(given, stability=stability, contradicted=flipped)
    return judged
