"""Double compression: the first grid lies where the record says."""

import numpy as np
import pytest

from conftest import synthetic_photo
from locard.degrade import degrade, parse_chain

PHOTO = synthetic_photo(160, 208)


def blockiness(rgb: np.ndarray, axis: int) -> int:
    """Where in a period of eight the differences between neighbours are largest."""
    grey = rgb.astype(float).mean(axis=2)
    jumps = np.abs(np.diff(grey, axis=axis)).mean(axis=1 - axis)
    return int(np.argmax([jumps[k::8].mean() for k in range(8)]))


@pytest.mark.parametrize(("aligned", "row", "col"), [("true", 7, 7), ("false", 4, 2)])
def test_the_first_grid(aligned: str, row: int, col: int) -> None:
    chain = f"double-jpeg(aligned={aligned},shift_y=3,shift_x=5,first_quality=10,quality=98)"
    made = degrade(PHOTO, parse_chain(chain), seed=0)
    shape = PHOTO.shape if aligned == "true" else (157, 203, 3)
    assert made.rgb.shape == shape
    assert (blockiness(made.rgb, 0), blockiness(made.rgb, 1)) == (row, col)


def test_lower_quality_is_smaller() -> None:
    for name in ("jpeg", "webp", "avif", "heic"):
        sizes = []
        for severity in range(1, 6):
            data = degrade(PHOTO, parse_chain(f"{name}:{severity}"), seed=0).data
            assert data is not None
            sizes.append(len(data))
        assert sizes == sorted(sizes, reverse=True)
        assert len(set(sizes)) == 5
