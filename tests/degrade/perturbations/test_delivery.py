"""Services keep their limits."""

import numpy as np
import pytest

from conftest import synthetic_photo
from locard.degrade import Step, degrade, find_perturbation, parse_chain
from locard.exhibit import open_exhibit
from locard.methods.container.jpeg_tables import component_tables, standard_table

PHOTO = synthetic_photo(300, 400)


@pytest.mark.parametrize("service", ["whatsapp", "telegram", "facebook", "x", "forum"])
def test_long_side_process_and_metadata(service: str) -> None:
    made = degrade(PHOTO, parse_chain(f"{service}(long_side=200)"), seed=0)
    assert made.rgb.shape == (150, 200, 3)
    assert made.data is not None
    exhibit = open_exhibit(made.data)
    assert exhibit.jpeg is not None
    progressive = find_perturbation(service).parameters["progressive"].levels[0]
    assert exhibit.jpeg.process == ("progressive" if progressive else "baseline")
    assert not exhibit.metadata.exif


def test_small_pictures_are_not_enlarged() -> None:
    assert degrade(PHOTO, parse_chain("whatsapp"), seed=0).rgb.shape == PHOTO.shape


def test_telegram_writes_quality_87_at_its_ordinary_size() -> None:
    made = degrade(PHOTO, parse_chain("telegram(quality=87)"), seed=0)
    assert made.data is not None
    jpeg = open_exhibit(made.data).jpeg
    assert jpeg is not None
    tables = component_tables(jpeg)
    assert tables is not None
    assert np.array_equal(tables[0], standard_table(87))


def test_a_limit_in_bytes_lowers_the_quality() -> None:
    free = degrade(PHOTO, parse_chain("forum"), seed=0).data
    tight = degrade(PHOTO, parse_chain("forum(limit_kb=5)"), seed=0).data
    assert free is not None
    assert tight is not None
    assert len(free) > 5_000 >= len(tight)


@pytest.mark.parametrize("chain", ["forum(limit_kb=5)", "messenger(service=wechat, level=1)"])
def test_the_quality_that_was_used_is_recorded_and_replays(chain: str) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (400, 600, 3), dtype=np.uint8)
    rgb = PHOTO if "forum" in chain else noise
    made = degrade(rgb, parse_chain(chain), seed=0)
    assert made.data is not None
    jpeg = open_exhibit(made.data).jpeg
    assert jpeg is not None
    tables = component_tables(jpeg)
    quality = made.steps[0]["params"]["quality"]
    assert tables is not None
    assert np.array_equal(tables[0], standard_table(quality))
    assert quality < 80 or "messenger" in chain
    assert degrade(rgb, (Step(**made.steps[0]),), seed=5).data == made.data


def test_a_messenger_is_one_of_the_services() -> None:
    steps = [degrade(PHOTO, parse_chain("messenger"), seed=s).steps[0] for s in range(12)]
    drawn = {str(step["params"]["service"]) for step in steps}
    assert {"whatsapp", "telegram"} <= drawn
    service = str(steps[0]["params"]["service"])
    chosen = degrade(PHOTO, parse_chain(f"messenger(service={service})"), seed=0)
    assert chosen.data == degrade(PHOTO, parse_chain(f"{service}:3"), seed=0).data


def test_an_image_server_encodes_in_the_chosen_format() -> None:
    for name in ("WEBP", "AVIF", "JPEG"):
        made = degrade(PHOTO, parse_chain(f"web-cdn(format={name},long_side=200)"), seed=0)
        assert made.format == name
        assert made.rgb.shape == (150, 200, 3)
