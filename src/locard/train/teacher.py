"""What the frozen backbone sees in crops, for networks that learn from it."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import torch

from locard.methods.learned.backbone import RGB, Floats, Tokens
from locard.methods.learned.content_localizer import read_tokens
from locard.nets.content import Projection

# Groups of crops whose tokens the projection is fitted on.
FITTED = 200


def read_crops(rgb: RGB, read: Tokens) -> Floats:
    """Tokens of crops of 224 pixels: N × 196 × 3 · 768."""
    return np.stack([read_tokens(crop, read) for crop in rgb])


def fit_projection(tokens_of: Callable[[int], Floats], groups: int) -> Projection:
    """The projection of a training's tokens, fitted on its first groups of crops.

    Args: tokens_of: what the backbone says of a group of crops by its number, N × 196 × 3 · 768.
    """
    projection = Projection()
    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        # Every seventh patch: neighbours say the same.
        found = list(pool.map(lambda n: tokens_of(n)[:, ::7], range(groups)))
    projection.fit(torch.from_numpy(np.concatenate(found)).flatten(0, 1))
    return projection


class Teacher:
    """The backbone and the projection of its tokens that a network is to repeat."""

    def __init__(self, read: Tokens, projection: Projection) -> None:
        self.read = read
        self.projection = projection

    @torch.inference_mode()
    def __call__(self, rgb: RGB) -> Floats:
        """Read crops of 224 pixels: N × 196 × 480."""
        found = self.projection(torch.from_numpy(read_crops(rgb, self.read)))
        return np.asarray(found.numpy(), np.float32)
