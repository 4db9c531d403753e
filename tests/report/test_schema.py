from __future__ import annotations

import json
from dataclasses import replace

import pytest

from locard.methods import Question
from locard.report import Report
from locard.report.schema import ReportModel, map_paths, round_number, to_model


def test_json_has_what_others_rely_on(report: Report) -> None:
    read = json.loads(report.to_json())
    assert read["schema"] == "locard.report/1"
    assert read["exhibit"]["kind"] == "image"
    assert (read["exhibit"]["width"], read["exhibit"]["height"]) == (320, 240)
    assert read["exhibit"]["sha256"] == report.exhibit.sha256
    assert read["exhibit"]["size"] == len(report.exhibit.data or b"")
    assert read["opinion"]["verdict"] == "edited"
    assert read["opinion"]["questions"]["edited"]["log10_lr"] == 2.0
    assert read["opinion"]["questions"]["edited"]["prior"] == 0.5
    assert read["opinion"]["questions"]["edited"]["stability"] == 0.95
    assert read["localization"]["heatmap"] == "maps/heatmap.png"
    region = read["localization"]["regions"][0]
    assert region["findings"] == ["F1"]
    assert len(region["box"]) == 4
    first = read["findings"][0]
    assert (first["id"], first["method"], first["status"]) == ("F1", "made-copy", "derived")
    assert first["map"] == "maps/made-copy.png"
    assert first["log10_lr"] == 2.6
    assert read["timing"]["methods"]["made-tags"] == 0.1


def test_json_reads_back_as_the_same_model(report: Report) -> None:
    model = to_model(report)
    assert ReportModel.model_validate_json(report.to_json()) == model


def test_numbers_are_finite_and_plain(report: Report) -> None:
    def refuse(name: str) -> float:
        raise AssertionError(f"{name} is not JSON")

    facts = json.loads(report.to_json(), parse_constant=refuse)["findings"][0]["facts"]
    assert facts == {
        "matches": 12, "shift_px": [40.0, 8.0], "ratio": None, "worst": None, "name": "plain",
        "area_share": 0.25, "found": True,
    }  # fmt: skip


def test_unweighed_findings_say_so(report: Report) -> None:
    view, absent = to_model(report).findings[3:5]
    assert not view.counted
    assert view.log10_lr is None
    assert view.weight is None
    assert view.calibration is None
    assert absent.status == "not_applicable"
    assert absent.reason == "needs a JPEG file "
    assert absent.map is None


def test_hostile_strings_survive_encoding(hostile_report: Report) -> None:
    text = hostile_report.to_json()
    read = json.loads(text.encode("utf-8"))
    assert read["findings"][0]["facts"]["name"].startswith('"><script>')
    assert read["exhibit"]["name"].endswith("?.jpg")


def test_map_paths_are_unique_and_stay_in_the_folder(report: Report) -> None:
    first = report.findings[0]
    strange = [
        replace(first, id="F1", method="mask"),
        replace(first, id="F2", method="../../etc/passwd"),
        replace(first, id="F3", method="twice"),
        replace(first, id="F4", method="twice", question=Question.GENERATED),
        replace(first, id="F5", method="none", heatmap=None),
    ]
    assert map_paths(strange) == {
        "F1": "maps/mask-f1.png",
        "F2": "maps/etc-passwd.png",
        "F3": "maps/twice.png",
        "F4": "maps/twice-f4.png",
    }


@pytest.mark.parametrize(
    ("value", "digits", "expected"),
    [(1.23456, 2, 1.23), (float("nan"), 2, None), (float("-inf"), 1, None), (-0.0001, 2, 0.0)],
)
def test_round_number(value: float, digits: int, expected: float | None) -> None:
    assert round_number(value, digits) == expected
    assert str(round_number(value, digits)) != "-0.0"


def test_schema_can_be_published() -> None:
    assert "schema" in ReportModel.model_json_schema(by_alias=True)["properties"]
