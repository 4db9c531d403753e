"""The page of a run loads nothing, escapes everything and shows every part."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from bench.runs import prediction, rows, scored, write
from locard.bench.metrics import reliability_curve
from locard.bench.plots import Line, draw, draw_reliability
from locard.bench.predictions import PredictionError, read_run
from locard.bench.report import render
from locard.bench.sheets import INDEX, strongest


def test_the_page_is_complete_and_loads_nothing(tmp_path: Path) -> None:
    page = render(read_run(write(tmp_path / "a.parquet", rows())), resamples=20)
    for heading in ("Detection", "Calibration", "Verdicts and robustness", "Localization"):
        assert f"<h2>{heading}</h2>" in page
    assert "AUC by operation, raw" in page
    assert "AUC by operation, aligned" in page
    assert page.count("<svg") == 2 + 2 + 1
    assert not re.search(r"(src|href)=\"(?!data:)", page)
    assert "<script" not in page
    # Of the 80 pictures half are forged and have a map.
    assert re.search(r"<th>pictures</th></tr>\n<tr.*?<td>40</td></tr>", page)


def test_a_run_of_aligned_pictures_alone_has_a_page(tmp_path: Path) -> None:
    made = [row for row in rows(items=6) if row.column == "aligned"]
    assert "AUC by operation, aligned" in render(
        read_run(write(tmp_path / "a.parquet", made)), resamples=5
    )


def test_names_of_the_run_are_escaped(tmp_path: Path) -> None:
    bad = "<script>alert(1)</script>\u202e"
    made = [
        replace(r, dataset=bad, operation=r.operation and bad + r.operation, delivery=r.delivery)
        for r in rows(items=6)
    ]
    made += [replace(r, method=bad) for r in made if r.method == "copy-move"]
    page = render(read_run(write(tmp_path / "a.parquet", made)), resamples=10)
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    assert "\u202e" not in page


def test_a_damaged_sheet_is_left_out(tmp_path: Path) -> None:
    run = read_run(write(tmp_path / "a.parquet", rows(items=4)))
    for content in ("not JSON", "[1]", '[{"picture": "../../etc/passwd"}]', "{}"):
        (tmp_path / INDEX).write_text(content)
        assert "Contact sheets" not in render(run, tmp_path, resamples=5)
    (tmp_path / "0.png").write_bytes(b"\x89PNG")
    entry = {"kind": "hit", "item": "a<b", "says": "s", "picture": "0.png"}
    (tmp_path / INDEX).write_text(json.dumps([entry]))
    page = render(run, tmp_path, resamples=5)
    assert "Strongest hits" in page
    assert "a&lt;b" in page


def test_a_run_without_scores_has_a_page(tmp_path: Path) -> None:
    made = [replace(prediction(n, n % 2), status="unreadable") for n in range(4)]
    assert "no score" in render(read_run(write(tmp_path / "a.parquet", made)), resamples=5)
    with pytest.raises(PredictionError):
        render(read_run(write(tmp_path / "b.parquet", [])))


def test_hits_misses_and_false_alarms(tmp_path: Path) -> None:
    made = [scored(prediction(n, 1, "m"), float(n)) for n in range(5)]
    made += [scored(prediction(n, 0, "m"), float(-n)) for n in range(5)]
    found = strongest(write(tmp_path / "a.parquet", made), "m", 2)
    assert [(s.kind, s.item) for s in found] == [
        ("hit", "1/004.png"), ("hit", "1/003.png"), ("miss", "1/000.png"), ("miss", "1/001.png"),
        ("false alarm", "0/000.png"), ("false alarm", "0/001.png"),
    ]  # fmt: skip


def test_curves_lie_where_the_figures_are() -> None:
    svg = draw([Line("<a>", [0.0, 1.0], [0.0, 1.0])], "x", "y", diagonal=True)
    lines = re.findall(r'd="M([\d.]+) ([\d.]+)L([\d.]+) ([\d.]+)"', svg)
    assert len(lines) == 2
    assert [float(v) for v in lines[0]] == [float(v) for v in lines[1]]
    assert "<a>" not in svg
    lr = np.array([-1.0, -1.0, 1.0, 1.0])
    curve = reliability_curve(lr, np.array([False, False, True, True]))
    assert draw_reliability([("fusion", curve)]).count("<circle") == 2
