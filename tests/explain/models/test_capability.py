"""What a model is measured to be good at."""

from __future__ import annotations

from math import log10
from pathlib import Path

import pytest

from locard.explain.models.capability import Capability, FeatureCounts, load_capability


def counts(odd_forged: int, odd_authentic: int, each: int = 40) -> FeatureCounts:
    return FeatureCounts(
        odd_forged=odd_forged, forged=each, odd_authentic=odd_authentic, authentic=each
    )


CAPABILITY = Capability(
    model="m",
    data="forgeries",
    command="measure",
    features={"outline": counts(20, 2), "shadow": counts(30, 1), "colour": counts(20, 18)},
)


@pytest.mark.parametrize(
    ("forged", "authentic", "each", "good"),
    [
        (20, 2, 40, True),
        (20, 20, 40, False),
        (2, 20, 40, False),
        (0, 0, 40, False),
        (1, 0, 2, False),
        (40, 40, 40, False),
    ],
)
def test_good_is_more_than_chance(forged: int, authentic: int, each: int, good: bool) -> None:
    assert counts(forged, authentic, each).good is good


def test_only_good_features_are_asked_and_weighed() -> None:
    assert CAPABILITY.asked == ("shadow", "outline")
    assert CAPABILITY.log10_lr("colour") is None
    assert CAPABILITY.log10_lr("never heard of") is None
    assert CAPABILITY.log10_lr("outline") == pytest.approx(log10(20.5 / 2.5), abs=1e-4)


def test_a_file_of_another_model_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "m.json"
    file.write_text(CAPABILITY.model_dump_json(by_alias=True))
    assert load_capability(file, "m") == CAPABILITY
    with pytest.raises(ValueError, match="was measured on 'm', not on 'n'"):
        load_capability(file, "n")
    file.write_text("{}")
    with pytest.raises(ValueError, match="is not a capability file"):
        load_capability(file, "m")
    with pytest.raises(ValueError, match="cannot be read"):
        load_capability(tmp_path / "none.json", "m")
