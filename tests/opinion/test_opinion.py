"""The verdict follows from the probabilities by the stated rule."""

from __future__ import annotations

import numpy as np
import pytest

from locard.exhibit import open_exhibit
from locard.methods import Finding, GridMap, Method, Question, Status
from locard.opinion import Answer, Verdict, decide, localize, posterior
from locard.opinion.localization import starvation
from locard.opinion.stability import deliveries, judge_stability


@pytest.mark.parametrize(
    ("log10_lr", "prior", "expected"),
    [(0.0, 0.5, 0.5), (1.0, 0.5, 10 / 11), (-1.0, 0.5, 1 / 11), (2.0, 0.01, 100 / 199)],
)
def test_posterior_is_bayes_rule(log10_lr: float, prior: float, expected: float) -> None:
    assert posterior(log10_lr, prior) == pytest.approx(expected)


@pytest.mark.parametrize("log10_lr", [1e6, -1e6])
def test_posterior_of_extreme_evidence_is_finite(log10_lr: float) -> None:
    assert 0.0 <= posterior(log10_lr, 0.5) <= 1.0


def answers(edited: float, generated: float, contradicted: bool = False) -> dict[Question, Answer]:
    return {
        Question.EDITED: Answer(edited, 0.0, 0.5, contradicted=contradicted),
        Question.GENERATED: Answer(generated, 0.0, 0.5),
    }


@pytest.mark.parametrize(
    ("given", "verdict"),
    [
        (answers(0.95, 0.1), Verdict.EDITED),
        (answers(0.2, 0.95), Verdict.GENERATED),
        (answers(0.2, 0.1), Verdict.AUTHENTIC),
        (answers(0.6, 0.1), Verdict.INCONCLUSIVE),
        (answers(0.95, 0.1, contradicted=True), Verdict.INCONCLUSIVE),
        (answers(0.1, 0.1, contradicted=True), Verdict.INCONCLUSIVE),
    ],
)
def test_decide(given: dict[Question, Answer], verdict: Verdict) -> None:
    found, why = decide(given)
    assert found is verdict
    assert why


def edited(log10_lr: float, **fields: object) -> Finding:
    return Finding(
        Status.DERIVED,
        score=1.0,
        method="a",
        id="F1",
        question=Question.EDITED,
        log10_lr=log10_lr,
        **fields,  # type: ignore[arg-type]
    )


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


def test_the_heat_map_follows_the_marked_place_and_its_weight(photo: np.ndarray) -> None:
    exhibit = open_exhibit(photo)
    marks = np.zeros((64, 64), np.float32)
    marks[16:32, 8:24] = 1.0
    heatmap = GridMap(marks, step=8)
    strong = localize(exhibit, [edited(2.0, heatmap=heatmap)])
    assert strong.heatmap.shape == strong.mask.shape == strong.reliability.shape == (512, 512)
    assert strong.heatmap[192, 128] > 0.9
    assert strong.heatmap[400, 400] == 0.0
    assert strong.mask[192, 128]
    assert not strong.mask[400, 400]
    x, y, w, h = strong.regions[0].box
    assert (x, y, w, h) == pytest.approx((64, 128, 128, 128), abs=8)
    assert strong.regions[0].findings == ("F1",)
    everywhere = GridMap(np.ones((64, 64), np.float32), step=8)
    whole = localize(exhibit, [edited(2.0, heatmap=everywhere)])
    assert whole.heatmap.min() > 0.9
    assert not whole.regions
    assert not whole.mask.any()
    nothing = localize(exhibit, [edited(-0.3, heatmap=heatmap)])
    assert nothing.heatmap.max() == 0.0
    assert not nothing.regions


def test_a_map_of_probabilities_counts_by_that_of_an_edit(
    photo: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    exhibit = open_exhibit(photo)
    marks = np.full((64, 64), 0.1, np.float32)
    marks[16:32, 8:24] = 0.8
    heatmap = GridMap(marks, step=8)
    method = Method("a", "", Question.EDITED, "", "", lambda e: (), pixelwise=True)
    monkeypatch.setattr("locard.opinion.localization.list_methods", lambda: [method])
    silent = localize(exhibit, [edited(-0.3, heatmap=heatmap)])
    assert silent.heatmap[192, 128] == pytest.approx(0.8 * posterior(-0.3, 0.5), abs=0.01)
    assert silent.heatmap[400, 400] == pytest.approx(0.1 * posterior(-0.3, 0.5), abs=0.01)
    assert not silent.regions
    assert not silent.mask.any()
    strong = localize(exhibit, [edited(1.0, heatmap=heatmap)])
    assert strong.heatmap[192, 128] == pytest.approx(0.8 * posterior(1.0, 0.5), abs=0.01)
    assert strong.mask[192, 128]
    assert strong.regions[0].findings == ("F1",)


def test_flat_and_saturated_parts_are_not_reliable(photo: np.ndarray) -> None:
    picture = photo.copy()
    picture[:, :200] = 255
    picture[:, 312:] = 120
    trust = starvation(open_exhibit(picture), 512, 512)
    assert trust[:, :180].max() < 0.05
    assert trust[:, 340:].max() < 0.05
    assert trust[:, 220:290].mean() > 0.5


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
