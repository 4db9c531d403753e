"""Maps of findings become one heat map, a mask, regions and a reliability map."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from locard.exhibit import open_exhibit
from locard.methods import GridMap, Method, Question
from locard.opinion import localize, posterior
from locard.opinion.localization import starvation
from opinion.findings import edited


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
    silent = localize(exhibit, [edited(-0.6, heatmap=heatmap)])
    # Stretched by no more than 1 / 0.4: against an edit it stays cooler than what the method saw.
    assert silent.heatmap[192, 128] == pytest.approx(0.8 * 2 * posterior(-0.6, 0.5) / 0.4, abs=0.01)
    assert silent.heatmap[400, 400] == pytest.approx(0.1 * 2 * posterior(-0.6, 0.5) / 0.4, abs=0.01)
    assert not silent.regions
    assert not silent.mask.any()
    strong = localize(exhibit, [edited(1.0, heatmap=heatmap)])
    assert strong.heatmap[192, 128] == pytest.approx(1.0, abs=0.01)
    assert strong.heatmap[400, 400] == pytest.approx(0.1 / 0.8, abs=0.01)
    assert strong.mask[192, 128]
    assert strong.regions[0].findings == ("F1",)


def test_the_heat_map_tells_where_and_the_mask_whether(photo: np.ndarray) -> None:
    """Weak evidence is shown stretched, up to its limit, and reports no region."""
    marks = np.zeros((64, 64), np.float32)
    marks[16:32, 8:24] = 1.0
    exhibit, heatmap = open_exhibit(photo), GridMap(marks, step=8)
    share = 2 * posterior(0.15, 0.5) - 1
    weak = localize(exhibit, [edited(0.15, heatmap=heatmap)])
    assert weak.heatmap[192, 128] == pytest.approx(share / 0.4, abs=0.01)
    assert not weak.mask.any()
    # A place smaller than what an edit covers at least is no measure of the rest.
    marks[:] = 0.3
    marks[2, 2] = 1.0
    speck = localize(exhibit, [edited(2.0, heatmap=GridMap(marks, step=8))])
    assert speck.heatmap[400, 400] == pytest.approx(
        0.3 * (2 * posterior(2.0, 0.5) - 1) / 0.4, abs=0.01
    )


def test_flat_and_saturated_parts_are_not_reliable(photo: np.ndarray) -> None:
    picture = photo.copy()
    picture[:, :200] = 255
    picture[:, 312:] = 120
    trust = starvation(open_exhibit(picture), 512, 512)
    assert trust[:, :180].max() < 0.05
    assert trust[:, 340:].max() < 0.05
    assert trust[:, 220:290].mean() > 0.5


def test_a_region_rests_on_evidence(photo: np.ndarray, monkeypatch: pytest.MonkeyPatch) -> None:
    """A map of probabilities counts without evidence, but it marks nothing beside another's."""
    probable = np.zeros((64, 64), np.float32)
    probable[40:56, 40:56] = 1.0
    marked = np.zeros((64, 64), np.float32)
    marked[8:24, 8:24] = 1.0
    method = Method("net", "", Question.EDITED, "", "", lambda e: (), pixelwise=True)
    monkeypatch.setattr("locard.opinion.localization.list_methods", lambda: [method])
    findings = [
        edited(0.02, "net", heatmap=GridMap(probable, step=8)),
        edited(0.9, "other", heatmap=GridMap(marked, step=8)),
    ]
    alone = localize(open_exhibit(photo), findings[:1])
    assert alone.heatmap[384, 384] > 0.9
    assert not alone.regions
    assert not alone.mask.any()
    # An LR of 1.1 is no evidence, one of 1.6 is.
    for log10_lr, many in ((0.06, 0), (0.2, 1)):
        one = [edited(log10_lr, "net", heatmap=GridMap(probable, step=8))]
        assert len(localize(open_exhibit(photo), one).regions) == many
    # What the other explains needs no second explanation.
    found = localize(open_exhibit(photo), findings)
    assert found.heatmap[384, 384] < found.heatmap[128, 128] / 3
    assert [region.findings for region in found.regions] == [("F1",)]
    assert found.mask[128, 128]
    assert not found.mask[384, 384]


def test_the_mask_holds_the_reported_regions_and_no_more(photo: np.ndarray) -> None:
    marks = np.zeros((64, 64), np.float32)
    for number in range(30):
        y, x = divmod(number, 6)
        # Of growing size, so that which are kept is plain.
        marks[12 * y + 1 : 12 * y + 9, 10 * x + 1 : 10 * x + 4 + number % 6] = 1.0
    found = localize(open_exhibit(photo), [edited(2.0, heatmap=GridMap(marks, step=8))])
    assert len(found.regions) == 20
    inside = np.zeros_like(found.mask)
    for x, y, w, h in (region.box for region in found.regions):
        inside[y : y + h, x : x + w] = True
    assert found.mask.any()
    assert not (found.mask & ~inside).any()
    weights = [region.strength * region.area for region in found.regions]
    assert weights == sorted(weights, reverse=True)


def test_the_reliability_of_a_finding_counts(photo: np.ndarray) -> None:
    heatmap = GridMap(np.full((64, 64), 0.5, np.float32), step=8)
    trust = np.ones((64, 64), np.float32)
    trust[:, :32] = 0.2
    findings = [edited(1.0, heatmap=heatmap, reliability=GridMap(trust, step=8))]
    exhibit = open_exhibit(photo)
    found = localize(exhibit, findings).reliability
    base = starvation(exhibit, 512, 512)
    assert np.allclose(found[:, :240], 0.2 * base[:, :240], atol=0.02)
    assert np.allclose(found[:, 272:], base[:, 272:], atol=0.02)


def test_only_maps_that_make_the_heat_vouch_for_it(photo: np.ndarray) -> None:
    heatmap = GridMap(np.full((64, 64), 0.5, np.float32), step=8)
    doubtful = GridMap(np.full((64, 64), 0.1, np.float32), step=8)
    exhibit = open_exhibit(photo)
    told = edited(1.0, heatmap=heatmap, reliability=doubtful)
    generated = replace(edited(1.0, heatmap=heatmap), question=Question.GENERATED)
    silent = edited(-1.0, heatmap=heatmap)
    alone = localize(exhibit, [told])
    for other in (generated, silent):
        found = localize(exhibit, [told, other])
        assert np.array_equal(found.heatmap, alone.heatmap)
        assert np.allclose(found.reliability, alone.reliability)
    # What the pixels cannot carry is taken off once.
    base = starvation(exhibit, 512, 512)
    assert np.allclose(localize(exhibit, [silent]).reliability, base, atol=0.02)
