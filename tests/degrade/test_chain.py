"""Chains: parsed from text, reproducible, recorded so that the record replays."""

import json
from typing import Any

import numpy as np
import pytest

from conftest import synthetic_photo
from locard.degrade import Chain, Step, degrade, parse_chain
from locard.degrade.contract import Picture

CHAIN = parse_chain("crop:2, gaussian-noise:1, rotate:3, messenger:4")


@pytest.fixture(scope="module")
def picture() -> np.ndarray:
    return synthetic_photo(120, 160)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("jpeg", (Step(name="jpeg"),)),
        ("resize:2,jpeg:3", (Step(name="resize", severity=2), Step(name="jpeg", severity=3))),
        (
            " jpeg:5(quality=71, tables=whatsapp-like, progressive=true) ",
            (
                Step(
                    name="jpeg",
                    severity=5,
                    params={"quality": 71, "tables": "whatsapp-like", "progressive": True},
                ),
            ),
        ),
        ("resize(scale=1)", (Step(name="resize", params={"scale": 1.0}),)),
        ('caption(text="a, (b)")', (Step(name="caption", params={"text": "a, (b)"}),)),
    ],
)
def test_parse_chain(text: str, expected: Chain) -> None:
    parsed = parse_chain(text)
    assert parsed == expected
    assert repr(parsed) == repr(expected)  # 1 and 1.0 and True are equal, and not the same


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("jpg", "did you mean jpeg"),
        ("", "is not a step"),
        ("jpeg,,resize", "is not a step"),
        ("jpeg:6", "the severity of jpeg is 1 to 5"),
        ("jpeg:x", "the severity of jpeg is 1 to 5"),
        ("jpeg(qualty=3)", "did you mean quality"),
        ("jpeg(quality)", "is not parameter=value"),
        ("jpeg(quality=101)", "must lie between 1 and 100"),
        ("jpeg(quality=7.5)", "must be a whole number"),
        ("jpeg(quality=high)", "must be a whole number, not 'high'"),
        ("jpeg(quality=null)", "must be a whole number"),
        ("jpeg(progressive=1)", "must be true or false"),
        ("jpeg(tables=mine)", "must be one of libjpeg"),
        ("resize(scale=NaN)", "must lie between"),
        ("jpeg(quality=3", "is not closed"),
        ('caption(text="a)', "is not closed"),
    ],
)
def test_a_wrong_chain_is_one_sentence(text: str, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence.replace("(", r"\(")) as raised:
        parse_chain(text)
    assert "\n" not in str(raised.value)


def test_the_same_seed_gives_the_same_bytes(picture: np.ndarray) -> None:
    first, second = (degrade(picture, CHAIN, seed=7) for _ in range(2))
    assert first.data is not None
    assert first.data == second.data
    assert degrade(picture, CHAIN, seed=8).data != first.data
    assert degrade(picture, CHAIN, seed=np.random.default_rng(7)).data == first.data


def test_the_record_replays(picture: np.ndarray) -> None:
    mask = np.zeros(picture.shape[:2], np.float32)
    mask[30:80, 40:90] = 1
    made = degrade(picture, CHAIN, seed=7, mask=mask)
    steps: list[dict[str, Any]] = json.loads(json.dumps(made.steps))
    again = degrade(picture, tuple(Step(**step) for step in steps), seed=99, mask=mask)
    assert again.data == made.data
    assert np.array_equal(again.mask, made.mask)


def test_a_given_parameter_changes_no_other(picture: np.ndarray) -> None:
    drawn = degrade(picture, (Step(name="crop"),), seed=3).steps[0]["params"]
    given = degrade(picture, (Step(name="crop", params={"keep": 0.9}),), seed=3)
    assert given.steps[0]["params"] == {**drawn, "keep": 0.9}


def test_only_a_last_step_that_encodes_gives_a_file(picture: np.ndarray) -> None:
    assert degrade(picture, (), seed=0).data is None
    assert degrade(picture, parse_chain("jpeg"), seed=0).format == "JPEG"
    after = degrade(picture, parse_chain("jpeg,flip"), seed=0)
    assert after.data is None
    assert after.format is None


def test_the_picture_given_stays_as_it_is(picture: np.ndarray) -> None:
    before = picture.copy()
    degrade(picture, parse_chain("invert,flip,salt-and-pepper,jpeg"), seed=0)
    assert np.array_equal(picture, before)


@pytest.mark.parametrize(
    ("rgb", "mask", "sentence"),
    [
        (np.zeros((32, 32), np.uint8), None, "height × width × 3"),
        (np.zeros((32, 32, 3), np.float32), None, "uint8"),
        (np.zeros((7, 32, 3), np.uint8), None, "too few"),
        (np.zeros((32, 32, 3), np.uint8), np.zeros((32, 31)), "the mask has shape"),
    ],
)
def test_what_is_no_picture_is_refused(
    rgb: np.ndarray, mask: np.ndarray | None, sentence: str
) -> None:
    with pytest.raises(ValueError, match=sentence):
        degrade(rgb, (), seed=0, mask=mask)


def test_pixels_are_moved_only_if_they_are_looked_at(
    picture: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a mask it is known where they go, and how many there will be."""
    mask = np.zeros(picture.shape[:2], np.float32)
    mask[20:40, 10:50] = 1
    chain = parse_chain("crop:2, flip, resize:2")
    whole = degrade(picture, chain, seed=3, mask=mask).rgb
    looked = []
    painted = Picture.painted
    monkeypatch.setattr(Picture, "painted", lambda *a: (looked.append(1), painted(*a))[1])
    lazy = degrade(picture, chain, seed=3, mask=mask)
    assert lazy.mask is not None
    assert lazy.size == lazy.mask.shape == whole.shape[:2]
    assert not looked
    assert (lazy.rgb == whole).all()
    assert looked
