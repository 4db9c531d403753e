from __future__ import annotations

import io
import zipfile
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import Image

from locard.serve.tiles import OVERLAP, TILE, Pyramid, pack_map, pack_photo


@pytest.mark.parametrize(
    ("width", "height", "top"),
    [(1, 1, 0), (510, 3, 9), (512, 512, 9), (513, 2, 10), (8000, 6000, 13)],
)
def test_levels_halve_down_to_one_pixel(width: int, height: int, top: int) -> None:
    pyramid = Pyramid(width, height)
    assert pyramid.top == top
    assert pyramid.size(top) == (width, height)
    assert pyramid.size(0) == (1, 1)
    for level in range(1, top + 1):
        wide, high = pyramid.size(level)
        assert pyramid.size(level - 1) == ((wide + 1) // 2, (high + 1) // 2)


def test_png_tiles_give_the_picture_back(tmp_path: Path) -> None:
    rgb = np.random.default_rng(0).integers(0, 256, (600, 1100, 3), dtype=np.uint8)
    pack_photo(rgb, "png", tmp_path / "pack")
    found = np.zeros_like(rgb)
    with zipfile.ZipFile(tmp_path / "pack") as pack:
        size = ElementTree.fromstring(pack.read("dzi"))[0].attrib
        assert size == {"Width": "1100", "Height": "600"}
        for column in range(3):
            for row in range(2):
                tile = np.asarray(Image.open(io.BytesIO(pack.read(f"11/{column}_{row}.png"))))
                top, left = max(0, row * TILE - OVERLAP), max(0, column * TILE - OVERLAP)
                found[top : top + tile.shape[0], left : left + tile.shape[1]] = tile
        assert Image.open(io.BytesIO(pack.read("0/0_0.png"))).size == (1, 1)
        assert len(pack.namelist()) == 1 + 6 + 2 + 9 + 1
    assert (found == rgb).all()


@pytest.mark.parametrize("kind", ["heat", "mask", "reliability"])
def test_a_map_is_clear_where_nothing_is_marked(kind: str, tmp_path: Path) -> None:
    grey = np.zeros((40, 60), np.uint8)
    grey[:20] = 255
    pack_map(grey, kind, tmp_path / "pack")
    with zipfile.ZipFile(tmp_path / "pack") as pack:
        alpha = np.asarray(Image.open(io.BytesIO(pack.read("6/0_0.png"))).convert("RGBA"))[..., 3]
    marked, clear = (
        (slice(20), slice(20, 40)) if kind != "reliability" else (slice(20, 40), slice(20))
    )
    assert alpha[marked].min() > 80
    assert alpha[clear].max() == 0
