"""Paired comparison: a better run is found better, the same run is no different."""

from dataclasses import replace
from pathlib import Path

import pytest

from bench.runs import rows, write
from locard.bench.compare import compare
from locard.bench.predictions import FUSION, PredictionError, read_run


def test_a_better_run_is_found_better(tmp_path: Path) -> None:
    weak = read_run(write(tmp_path / "a.parquet", rows(0.4, seed=1)))
    strong = read_run(write(tmp_path / "b.parquet", rows(2.0, seed=2)))
    found = compare(weak, strong, resamples=200)
    assert len(found) == 2 * 3
    for one in found:
        assert (one.pairs, one.positives) == (80, 40)
        for name in ("auc", "auc (DeLong)"):
            gap = one.differences[name]
            assert gap.value > 0.1
            assert gap.low > 0
            assert gap.p_value < 0.05
        assert one.differences["pixel auc"].value == 0.0
    assert "verdict right" in next(o for o in found if o.method == FUSION).differences


def test_a_run_does_not_differ_from_itself(tmp_path: Path) -> None:
    run = read_run(write(tmp_path / "a.parquet", rows()))
    for one in compare(run, run, resamples=50):
        assert one.differences["auc"].value == 0.0
        assert one.differences["auc"].p_value == 1.0


def test_two_methods_of_one_run(tmp_path: Path) -> None:
    run = read_run(write(tmp_path / "a.parquet", rows()))
    found = compare(run, run, method=FUSION, against="copy-move", resamples=50)
    assert {(one.method, one.against) for one in found} == {(FUSION, "copy-move")}
    assert found[0].differences["auc"].value > 0


def test_only_what_both_scored_is_compared(tmp_path: Path) -> None:
    made = rows()
    run = read_run(write(tmp_path / "a.parquet", made))
    part = read_run(write(tmp_path / "b.parquet", [r for r in made if r.item[-5] in "01"]))
    one = compare(run, part, resamples=20)[0]
    assert (one.pairs, one.only_first, one.only_second) == (16, 64, 0)
    with pytest.raises(PredictionError):
        compare(run, part, method="no such method")


def test_an_opinion_without_verdict_is_not_a_wrong_one(tmp_path: Path) -> None:
    made = rows()
    none = [replace(r, verdict=None) for r in made]
    half = [replace(r, verdict=None if r.item[-5] in "01234" else r.verdict) for r in made]
    whole, without, some = (
        read_run(write(tmp_path / f"{name}.parquet", given))
        for name, given in (("a", made), ("b", none), ("c", half))
    )
    for one in compare(whole, without, method=FUSION, resamples=20):
        assert "verdict right" not in one.differences
    for one in compare(whole, some, method=FUSION, resamples=20):
        assert one.differences["verdict right"].value == 0
        assert one.counted == {
            "auc": 80, "auc (DeLong)": 80, "verdict right": 40,
            **{f"pixel {name}": 40 for name in ("f1@0.5", "f1@best", "iou@0.5", "auc")},
        }  # fmt: skip
