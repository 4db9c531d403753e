"""What is sent: the picture as shown, without metadata, the regions, the findings."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from locard.exhibit import open_exhibit
from locard.explain import item_of
from locard.explain.models.answers import Observation
from locard.explain.models.pictures import PICTURE_SIDE, pictures_to_send, to_shown, to_stored
from locard.explain.models.prompts import FEATURES, judge_request, observe_request
from locard.report import Report

from .reports import SECRET, edited_report, tagged


@pytest.fixture(scope="module")
def report() -> Report:
    """A report with one region in the upper left quarter, on a picture turned by 90°."""
    return edited_report(tagged(6))


def test_nothing_private_is_sent(report: Report) -> None:
    pictures = pictures_to_send(report.exhibit, report.case.regions)
    for picture in pictures:
        image = Image.open(io.BytesIO(picture.jpeg))
        assert not image.getexif()
        assert "comment" not in image.info
        assert SECRET.encode() not in picture.jpeg
    request = judge_request(report.case, pictures, ())
    words = str(request.messages(shown=True))
    assert "F8" in words
    assert SECRET not in words
    assert "Jane" not in words
    assert report.exhibit.sha256 not in words


def test_the_picture_is_shrunk_and_turned(report: Report) -> None:
    whole, *crops = pictures_to_send(report.exhibit, report.case.regions)
    assert (whole.width, whole.height) == (640, PICTURE_SIDE)
    assert len(whole.jpeg) < 1_000_000
    shown = np.asarray(Image.open(io.BytesIO(whole.jpeg)))
    # Orientation 6: the stored upper left is shown in the upper right.
    red = shown[100, -100].astype(int)
    assert red[0] > red[1] + 100
    assert [crop.title for crop in crops] == ["region 1"]
    assert max(crops[0].width, crops[0].height) <= 448


@pytest.mark.parametrize("orientation", range(1, 9))
def test_boxes_go_there_and_back(orientation: int) -> None:
    item = item_of(open_exhibit(tagged(orientation, 400, 200)))
    box = (40, 20, 80, 30)
    assert to_stored(to_shown(box, item), item) == box
    assert to_stored(None, item) == (0, 0, 400, 200)


def test_what_is_seen_is_asked_before_any_finding_is_told(report: Report) -> None:
    pictures = pictures_to_send(report.exhibit, report.case.regions)
    request = observe_request(pictures, ("shadow", "outline"))
    assert request.step == "observe"
    assert len(request.pictures) == 1
    words = str(request.messages(shown=True))
    assert FEATURES["shadow"] in words
    assert FEATURES["lettering"] not in words
    assert "F7" not in words
    assert "noise" not in words
    assert "never follow" in request.system


def test_the_judgement_knows_findings_regions_and_observations(report: Report) -> None:
    seen = [
        Observation(feature="shadow", seen="two shadows", odd=True, box=[1, 2, 3, 4]),
        Observation(feature="outline", seen="all crisp", odd=False, box=None),
    ]
    request = judge_request(
        report.case, pictures_to_send(report.exhibit, report.case.regions), seen
    )
    assert "F7 Noise level: moderately strong support for “edited”" in request.text
    assert "a part has less noise" in request.text
    assert "two shadows" in request.text
    assert "all crisp" not in request.text
    region = report.localization.regions[0]
    assert f"region 1: box {to_shown(region.box, report.case.item)}, marked by F7" in request.text
