"""Score tables from prediction files keep versions with their source and refuse reserved sets."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from bench.runs import rows, write
from locard.bench.fitting import scores_of_runs
from locard.bench.predictions import PredictionError
from locard.methods import Question


def test_versions_are_exhibits_of_one_source(tmp_path: Path) -> None:
    made = rows(items=10)
    table = scores_of_runs([write(tmp_path / "a.parquet", made)], Question.EDITED)
    assert table.methods == ["copy-move"]
    assert table.scores.shape == (10 * 2 * 3, 1)
    assert set(table.sources) == {f"camera {n}" for n in range(10)}
    assert table.labels.sum() == 30
    aligned = scores_of_runs([tmp_path / "a.parquet"], Question.EDITED, "aligned")
    expected = {r.score for r in made if (r.method, r.column) == ("copy-move", "aligned")}
    assert {float(v) for v in aligned.scores[:, 0]} == expected


def test_an_item_without_a_source_is_its_own_and_gaps_are_nan(tmp_path: Path) -> None:
    made = [replace(r, source="") for r in rows(items=2) if not r.delivery and r.column == "raw"]
    lost = [
        replace(r, method="jpeg-grid", score=None, status="not_applicable")
        if r.label
        else replace(r, method="jpeg-grid")
        for r in made
        if r.method == "copy-move"
    ]
    table = scores_of_runs([write(tmp_path / "a.parquet", made + lost)], Question.EDITED)
    assert len(set(table.sources)) == 4
    assert np.isnan(table.scores[table.labels, 1]).all()
    assert not np.isnan(table.scores[:, 0]).any()


def test_reserved_sets_and_other_questions_are_refused(tmp_path: Path) -> None:
    kept = write(tmp_path / "a.parquet", rows(items=2), reserved=True)
    with pytest.raises(PredictionError, match="reserved for evaluation"):
        scores_of_runs([kept], Question.EDITED)
    other = write(tmp_path / "b.parquet", rows(items=2))
    with pytest.raises(PredictionError, match="no scores"):
        scores_of_runs([other], Question.GENERATED)
