"""The contract: needs become reasons, maps are drawn where they were measured."""

from __future__ import annotations

from importlib.metadata import EntryPoint

import numpy as np
import pytest

from locard.exhibit import Exhibit, open_exhibit
from locard.methods import (
    Cost,
    Finding,
    GridMap,
    Method,
    Need,
    Question,
    Status,
    Trace,
    contract,
    list_methods,
    method,
    not_applicable,
)


def make(run: object, **fields: object) -> Method:
    return Method("m", "M", Question.EDITED, "about", "source", run, **fields)  # type: ignore[arg-type]


def test_an_unmet_need_is_a_reason_not_an_error(photo: np.ndarray) -> None:
    def fail(exhibit: object) -> Finding:
        raise AssertionError("must not run")

    exhibit = open_exhibit(photo[:40, :40])
    needs = frozenset({Need.JPEG_BYTES, Need.MIN_SIDE_64})
    (finding,) = make(fail, needs=needs).examine(exhibit)
    assert finding.status is Status.NOT_APPLICABLE
    assert finding.reason == "needs a JPEG file; needs at least 64 pixels on the shorter side"
    assert finding.method == "m"


def test_what_fails_costs_no_other_finding(photo: np.ndarray) -> None:
    class Broken(Exhibit):
        plain = property(lambda self: 1 / 0)

    exhibit = open_exhibit(photo)
    (finding,) = make(lambda exhibit: ()).examine(exhibit)
    assert finding.status is Status.NOT_APPLICABLE
    assert "returned no finding" in str(finding.reason)
    exhibit.__class__ = Broken
    (finding,) = make(lambda exhibit: not_applicable("")).examine(exhibit)
    assert "ZeroDivisionError" in str(finding.reason)


def test_methods_of_another_package_that_fail_are_left_out(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    entry = EntryPoint("theirs", "no_such_package.methods", "locard.methods")
    monkeypatch.setattr(contract, "entry_points", lambda group: [entry])
    contract._discover.cache_clear()
    try:
        assert len(list_methods()) > 10
    finally:
        contract._discover.cache_clear()
    assert "no_such_package.methods could not be loaded" in caplog.text


def test_a_method_may_answer_two_questions(photo: np.ndarray) -> None:
    found = [
        Finding(Status.OBSERVED, score=1.0),
        Finding(Status.OBSERVED, score=2.0, question=Question.GENERATED),
    ]
    first, second = make(lambda exhibit: found).examine(open_exhibit(photo))
    assert (first.question, second.question) == (Question.EDITED, Question.GENERATED)


def test_colour_need(photo: np.ndarray) -> None:
    assert Need.COLOUR.missing(open_exhibit(photo)) is None
    grey = np.repeat(photo[:, :, :1], 3, axis=2)
    assert Need.COLOUR.missing(open_exhibit(grey)) == "needs a colour picture"


def test_names_are_unique() -> None:
    taken = list_methods()[0].name
    with pytest.raises(ValueError, match="two methods"):
        method(name=taken, title="", question=Question.EDITED, about="", source="")(
            lambda exhibit: not_applicable("")
        )


def test_every_method_describes_itself() -> None:
    for m in list_methods():
        assert m.name == m.name.lower()
        assert " " not in m.name
        assert m.about.strip(), m.name
        assert m.source.strip(), m.name
        assert isinstance(m.trace, Trace)
        assert isinstance(m.cost, Cost)


@pytest.mark.parametrize("step", [1.0, 8.0, 16.0, 5.0])
def test_a_map_is_drawn_where_it_was_measured(step: float) -> None:
    values = np.zeros((20, 30), np.float32)
    values[10, 15] = 1.0
    drawn = GridMap(values, step=step, offset=(3.0, -2.0)).pixels(200, 300)
    y, x = np.unravel_index(int(drawn.argmax()), drawn.shape)
    assert y == pytest.approx(3.0 + 10.5 * step - 0.5, abs=1) or y == 199
    assert x == pytest.approx(-2.0 + 15.5 * step - 0.5, abs=1) or x == 299


def test_a_coarse_canvas_averages() -> None:
    values = np.zeros((64, 64), np.float32)
    values[:, 32:] = 1.0
    values[::2] *= 0.5
    small = GridMap(values, step=4).sample(16, 16, 16.0)
    assert small[:, :6].max() == 0.0
    assert small[8, 12] == pytest.approx(0.75, abs=0.01)


@pytest.mark.parametrize("axis", [0, 1])
def test_a_coarse_map_does_not_drift_along_either_side(axis: int) -> None:
    """A ramp on a grid whose rows and columns do not divide by the same number."""
    shape = (107, 150) if axis == 0 else (150, 107)
    places = (np.arange(shape[axis], dtype=np.float32) + 0.5) / shape[axis]
    ramp = np.broadcast_to(places[:, None] if axis == 0 else places[None], shape)
    canvas = (shape[0] * 8 // 25, shape[1] * 8 // 25)
    drawn = GridMap(np.ascontiguousarray(ramp), step=8).sample(*canvas, 25.0)
    line = drawn[:, canvas[1] // 2] if axis == 0 else drawn[canvas[0] // 2]
    true = (np.arange(canvas[axis]) + 0.5) * 25 / (8 * shape[axis])
    assert np.abs(line - true)[3:-3].max() < 0.004


def test_maps_are_clipped_and_finite() -> None:
    drawn = GridMap(np.array([[np.nan, 2.0], [-1.0, 0.5]], np.float32)).pixels(2, 2)
    assert drawn.tolist() == [[0.0, 1.0], [0.0, 0.5]]
    with pytest.raises(ValueError, match="rows and columns"):
        GridMap(np.zeros((0, 3), np.float32))
