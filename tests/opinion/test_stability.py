"""Re-delivered versions, and what they say about the answer."""

from __future__ import annotations

import numpy as np
import pytest

from locard import Limits, examine
from locard.exhibit import open_exhibit
from locard.methods import Question
from locard.opinion import Answer, Verdict, decide
from locard.opinion.stability import deliveries, judge_stability
from opinion.findings import edited


def test_evidence_that_flips_under_redelivery_is_contradicted() -> None:
    before = {Question.EDITED: Answer(0.99, 2.0, 0.5)}
    same = judge_stability(before, [edited(2.0)], [[edited(1.8)]])[Question.EDITED]
    assert not same.contradicted
    assert same.stability == pytest.approx(1.0, abs=0.02)
    flipped = judge_stability(before, [edited(2.0)], [[edited(2.0)], [edited(-2.0)]])
    assert flipped[Question.EDITED].contradicted
    assert flipped[Question.EDITED].stability < 0.6
    weaker = judge_stability(before, [edited(2.0)], [[edited(0.0)]])[Question.EDITED]
    assert not weaker.contradicted


def test_a_version_that_agrees_with_the_answer_does_not_contradict_it() -> None:
    """A method that did not run again decided; those that did, said little before."""
    before = {Question.EDITED: Answer(0.995, 2.3, 0.5)}
    agrees = judge_stability(before, [edited(-0.5)], [[edited(1.4)]])
    assert agrees[Question.EDITED].stability < 0.5
    assert decide(agrees)[0] is Verdict.EDITED
    # What ran again says no more than it did, so the answer stands on what did not.
    silent = judge_stability(before, [edited(-0.6)], [[edited(-1.5)]])
    assert decide(silent)[0] is Verdict.EDITED
    against = judge_stability(before, [edited(1.5)], [[edited(-1.5)]])
    assert decide(against)[0] is Verdict.INCONCLUSIVE


def test_deliveries_are_jpegs_of_the_expected_sizes(photo: np.ndarray) -> None:
    versions = {name: open_exhibit(data) for name, data in deliveries(open_exhibit(photo))}
    sizes = {name: (e.height, e.width) for name, e in versions.items()}
    assert sizes == {"recompressed": (512, 512), "resized": (384, 384), "cropped": (509, 507)}
    wide = np.tile(photo, (4, 4, 1))
    name, data = next(iter(deliveries(open_exhibit(wide), focus=(0, 2047))))
    cut = open_exhibit(data)
    assert name == "recompressed"
    assert cut.height * cut.width <= 600_000
    assert np.abs(cut.rgb[:64, -64:].astype(int) - wide[:64, -64:]).mean() < 6


def test_exhibits_below_the_usual_size_are_judged_too(photo: np.ndarray) -> None:
    report = examine(photo[:40, :12], limits=Limits(min_side=8), profile="quick")
    assert report.exhibit.height == 40
