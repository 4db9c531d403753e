"""Figures from prediction files agree with scikit-learn, and unscored is not wrong."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from sklearn.metrics import average_precision_score, roc_auc_score

from bench.runs import prediction, rows, scored, write
from locard.bench.predictions import FUSION, count_levels, read_run
from locard.bench.report import breakdowns, by_name, ranked
from locard.bench.scoring import Score, score


@pytest.fixture(scope="module")
def scores(tmp_path_factory: pytest.TempPathFactory) -> list[Score]:
    file = write(tmp_path_factory.mktemp("run") / "run.parquet", rows())
    return score(read_run(file), resamples=50)


def test_figures_are_scikit_learns(scores: list[Score]) -> None:
    made = [r for r in rows() if (r.method, r.column, r.delivery) == ("copy-move", "aligned", "")]
    label, value = [r.label for r in made], [r.score for r in made]
    found = by_name(scores, "aligned")["copy-move"].figures
    assert found["auc"].value == pytest.approx(roc_auc_score(label, value))
    assert found["ap"].value == pytest.approx(average_precision_score(label, value))
    right = np.mean((np.array(value) >= 0) == np.array(label))
    assert found["accuracy@log10_lr=0"].value == pytest.approx(right)
    assert found["auc"].low < found["auc"].value < found["auc"].high


def test_columns_deliveries_and_breakdowns(scores: list[Score]) -> None:
    assert {(s.column, s.delivery) for s in scores if not s.breakdown} == {
        ("raw", ""), ("aligned", ""), ("raw", "jpeg:3")
    }  # fmt: skip
    table = breakdowns(scores, "raw")[0]
    assert table.name == "operation"
    assert set(table.parts) == {"splice", "removal"}
    values = [cell.value for cell in table.rows[0][1] if cell is not None]
    assert table.mean(table.rows[0][1]) == pytest.approx(np.mean(values))
    assert table.least(table.rows[0][1]) == min(values)
    part = next(s for s in scores if s.breakdown == "operation" and s.part == "splice")
    assert (part.positives, part.items - part.positives) == (20, 40)
    assert ranked(scores) == [FUSION, "copy-move"]


def test_pixel_figures_name_their_protocol(scores: list[Score]) -> None:
    found = by_name(scores)["copy-move"].figures
    assert found["pixel f1@0.5"].value == 1.0
    assert found["pixel auc"].value == 1.0
    assert found["pixel fpr@0.5"].value == 0.0


def test_verdicts_that_survive(scores: list[Score]) -> None:
    made = {
        (r.item, r.delivery): r.verdict for r in rows() if (r.method, r.column) == (FUSION, "raw")
    }
    survived = np.mean([made[i, ""] == made[i, "jpeg:3"] for i, d in made if d])
    assert 0 < survived < 1
    found = by_name(scores, "raw", "jpeg:3")[FUSION].figures
    assert found["verdict survives"].value == pytest.approx(survived)
    assert "verdict survives" not in by_name(scores)[FUSION].figures
    called = np.mean([v == "edited" for (i, d), v in made.items() if i[0] == "1" and not d])
    figures = by_name(scores)[FUSION].figures
    assert figures["verdict recall"].value == pytest.approx(called)
    assert figures["reported regions iou"].value == 0.5
    assert 0.5 < figures["claims agree with the label"].value < 1


def test_what_is_not_applicable_is_unscored(tmp_path: Path) -> None:
    made = [
        scored(prediction(0, 1, "a"), 1.0),
        scored(prediction(1, 0, "a"), -1.0),
        replace(prediction(2, 1, "a"), status="not_applicable", reason="needs a JPEG file"),
        replace(prediction(3, 0, "a"), status="unreadable"),
        replace(prediction(4, 0, "a"), status="failed"),
    ]
    (found,) = score(read_run(write(tmp_path / "r.parquet", made)), resamples=10)
    assert found.figures["auc"].value == 1.0
    assert (found.items, found.scored) == (5, 2)
    assert (found.not_applicable, found.unreadable, found.failed) == (1, 1, 1)


def test_a_score_without_calibration_has_its_own_threshold(tmp_path: Path) -> None:
    made = [replace(prediction(n, n % 2, "outside"), score=0.3 + 0.4 * (n % 2)) for n in range(8)]
    (found,) = score(read_run(write(tmp_path / "r.parquet", made)), resamples=10)
    assert found.figures["accuracy@0.5"].value == 1.0
    assert "cllr" not in found.figures


def test_one_class_only_has_no_auc(tmp_path: Path) -> None:
    made = [scored(prediction(n, 0), -1.0) for n in range(4)]
    (found,) = score(read_run(write(tmp_path / "r.parquet", made)), resamples=10)
    assert np.isnan(found.figures["auc"].value)
    alarms = found.figures["verdict false alarms"]
    # Four sources without a false alarm leave room for many.
    assert (alarms.value, alarms.low) == (0.0, 0.0)
    assert alarms.high == pytest.approx(1 - 0.025**0.25)


def test_pixel_figures_are_of_forged_pictures_and_counted(tmp_path: Path) -> None:
    mask = np.zeros((8, 8), bool)
    mask[:4] = True
    sharp, wide = np.where(mask, 0.9, 0.1), np.full((8, 8), 0.9)
    made = [scored(prediction(n, n % 2, "a"), float(n % 2)) for n in range(20)]
    # Three forged pictures have a map, and the authentic ones a mask that is all black.
    maps = {1: (sharp, mask), 3: (sharp, mask), 5: (sharp, mask)}
    maps |= {n: (wide, np.zeros((8, 8), bool)) for n in range(0, 20, 2)}
    made = [
        replace(row, pixels=count_levels(*maps[n])) if n in maps else row
        for n, row in enumerate(made)
    ]
    (found,) = score(read_run(write(tmp_path / "r.parquet", made)), resamples=10)
    assert (found.positives, found.mapped) == (10, 3)
    assert found.figures["pixel f1@0.5"].value == 1.0
    assert found.figures["pixel fpr@0.5"].value == 0.0
