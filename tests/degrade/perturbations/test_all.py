"""What every perturbation keeps: seeds, records, masks, severities."""

import re
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
import pytest

from conftest import synthetic_photo
from locard.degrade import Perturbation, Step, degrade, list_perturbations
from locard.exhibit import open_exhibit

ALL = [p for p in list_perturbations() if p.name != "autoencoder"]  # it needs a network
SMALL = synthetic_photo(72, 96, seed=2)
PHOTO = synthetic_photo(160, 208, seed=4)


def named(perturbations: list[Perturbation]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("p", perturbations, ids=[p.name for p in perturbations])


@named(ALL)
def test_same_seed_same_bytes_and_the_record_replays(p: Perturbation) -> None:
    first = degrade(SMALL, (Step(name=p.name, severity=4),), seed=5)
    same = degrade(SMALL, (Step(name=p.name, severity=4),), seed=5)
    replayed = degrade(SMALL, (Step(**first.steps[0]),), seed=6)
    for other in (same, replayed):
        assert np.array_equal(other.rgb, first.rgb)
        assert other.data == first.data
    assert set(first.steps[0]["params"]) == {*p.parameters, "seed"}


@named(ALL)
def test_it_does_something(p: Perturbation) -> None:
    step = Step(name=p.name, severity=5, params={"long_side": 64} if p.name == "fit" else {})
    made = degrade(PHOTO, (step,), seed=5)
    same = made.rgb.shape == PHOTO.shape and np.array_equal(made.rgb, PHOTO)
    assert same == (p.name == "png")


@named(ALL)
def test_a_file_is_given_exactly_when_it_encodes(p: Perturbation) -> None:
    made = degrade(SMALL, (Step(name=p.name),), seed=5)
    assert (made.data is not None) == p.encodes
    if made.data is not None:
        exhibit = open_exhibit(made.data)
        assert exhibit.format == made.format
        assert np.array_equal(exhibit.rgb, made.rgb)
        assert not exhibit.metadata.exif


@named(ALL)
@pytest.mark.parametrize("severity", [1, 5])
@pytest.mark.parametrize("shape", [(8, 8), (9, 31)])
def test_tiny_pictures(p: Perturbation, severity: int, shape: tuple[int, int]) -> None:
    mask = np.ones(shape, np.float32)
    made = degrade(
        SMALL[: shape[0], : shape[1]], (Step(name=p.name, severity=severity),), seed=1, mask=mask
    )
    assert made.mask is not None
    assert made.mask.shape == made.rgb.shape[:2]
    assert min(made.mask.shape) >= 8


@named([p for p in ALL if not p.moves])
def test_without_geometry_the_mask_stays(p: Perturbation) -> None:
    mask = np.linspace(0, 1, SMALL[:, :, 0].size, dtype=np.float32).reshape(SMALL.shape[:2])
    made = degrade(SMALL, (Step(name=p.name, severity=5),), seed=1, mask=mask)
    assert np.array_equal(made.mask, mask)
    assert made.rgb.shape == SMALL.shape


@named([p for p in ALL if p.moves])
def test_the_mask_goes_where_the_pixels_go(p: Perturbation) -> None:
    mask = np.zeros((240, 320), np.float32)
    cv2.ellipse(mask, (140, 150), (70, 50), 20, 0, 360, 1.0, -1)
    mask[90:130, 150:170] = 1
    # What is masked is bright, on a ground that is dark and yet no bar or border.
    rgb = np.repeat((60 + 180 * mask[:, :, None]).astype(np.uint8), 3, axis=2)
    params = {"aligned": False} if p.name == "double-jpeg" else {}
    params |= {"chrome": False} if p.name == "screenshot" else {}
    made = degrade(rgb, (Step(name=p.name, severity=4, params=params),), seed=3, mask=mask)
    assert made.mask is not None
    assert made.mask.dtype == np.float32
    assert 0 <= made.mask.min() <= made.mask.max() <= 1
    grey = cv2.GaussianBlur(made.rgb, (0, 0), 2).mean(axis=2)
    seen, told = (grey > 140) & (grey < 252), cv2.GaussianBlur(made.mask, (0, 0), 2) > 0.5
    if p.name == "print-scan":  # the white page around it
        seen[[0, -1], :] = seen[:, [0, -1]] = False
    assert np.sum(seen & told) / np.sum(seen | told) > 0.9


def psnr(made: np.ndarray, original: np.ndarray) -> float:
    if made.shape != original.shape:
        size = (original.shape[1], original.shape[0])
        made = np.asarray(cv2.resize(made, size, interpolation=cv2.INTER_CUBIC))
    error = np.mean((made.astype(float) - original) ** 2)
    return float(10 * np.log10(255**2 / error))


@named([p for p in ALL if p.lossy])
def test_each_severity_is_further_from_the_picture(p: Perturbation) -> None:
    steps = [(Step(name=p.name, severity=severity),) for severity in range(1, 6)]
    figures = [psnr(degrade(PHOTO, step, seed=1).rgb, PHOTO) for step in steps]
    assert all(a > b for a, b in pairwise(figures)), figures


def test_names_groups_and_sources() -> None:
    found = list_perturbations()
    assert len({p.name for p in found}) == len(found) >= 60
    assert all(p.about.endswith(".") and p.source for p in found)


def test_the_table_of_forgerynet_names_perturbations_that_exist() -> None:
    page = (Path(__file__).parents[3] / "docs" / "degrade.md").read_text("utf-8")
    rows = re.findall(r"^\| (\d+) \| .+ \| (.+) \|$", page, re.MULTILINE)
    assert [int(number) for number, _ in rows] == list(range(1, 37))
    named = [name for _, ours in rows for name in re.findall(r"`([a-z-]+)`", ours)]
    assert len(named) == len(set(named)) >= 36
    assert set(named) <= {p.name for p in list_perturbations()}


@named(ALL)
def test_parameters_at_their_bounds(p: Perturbation) -> None:
    small = SMALL[:24, :40]
    for name, parameter in p.parameters.items():
        ends = [parameter.kind(e) for e in (parameter.low, parameter.high) if e is not None]
        for value in parameter.choices or ends:
            made = degrade(small, (Step(name=p.name, severity=3, params={name: value}),), seed=1)
            assert made.steps[0]["params"][name] == value
            assert min(made.rgb.shape[:2]) >= 8


@pytest.mark.parametrize("chain", ["grid-distortion", "webp", "avif", "heic"])
def test_a_picture_too_long_is_one_sentence(chain: str) -> None:
    with pytest.raises(ValueError, match=r"cannot be done|at most|refuses") as raised:
        degrade(np.zeros((8, 40_000, 3), np.uint8), (Step(name=chain),), seed=0)
    assert "\n" not in str(raised.value)
