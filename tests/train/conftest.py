"""What the trainings with the backbone share: pictures as large as its windows, and a stand-in."""

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

# Channels of a token of the backbone.
CHANNELS = 768


@pytest.fixture
def texture() -> Callable[[np.ndarray], list[np.ndarray]]:
    """Stands in for the backbone: noise and brightness of a patch move its tokens."""
    ways = np.random.default_rng(0).normal(size=(2, CHANNELS))

    def read(rgb: np.ndarray) -> list[np.ndarray]:
        grey = rgb.mean(2).reshape(14, 16, 14, 16).transpose(0, 2, 1, 3).reshape(196, 256)
        noise = grey.std(1, keepdims=True) / 10
        token = np.concatenate([np.zeros((1, 2)), np.c_[noise, grey.mean(1) / 255]]) @ ways
        rest = np.random.default_rng(int(grey.sum()) % 1000).normal(0, 0.1, (197, CHANNELS))
        return [(token + rest).astype(np.float32)] * 3

    return read


@pytest.fixture(scope="session")
def large_set(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Flat pictures, forged where there is noise; with twins."""
    root = tmp_path_factory.mktemp("large")
    rng = np.random.default_rng(0)
    lines = ["path,label,mask,source,operation"]
    for i in range(12):
        rgb = np.clip(rng.normal(100, 1, (256, 256, 3)), 0, 255)
        cv2.imwrite(str(root / f"{i}.png"), rgb.astype(np.uint8))
        top, left = rng.integers(0, 120, 2)
        mask = np.zeros((256, 256), np.uint8)
        mask[top : top + 112, left : left + 112] = 255
        noisy = np.clip(rgb + rng.normal(0, 25, rgb.shape) * (mask > 0)[..., None], 0, 255)
        cv2.imwrite(str(root / f"{i}f.png"), noisy.astype(np.uint8))
        cv2.imwrite(str(root / f"{i}m.png"), mask)
        lines += [f"{i}.png,0,,s{i},", f"{i}f.png,1,{i}m.png,s{i},noise"]
    (root / "index.csv").write_text("\n".join(lines) + "\n")
    return root
