"""The head on the frozen backbone: what a patch shows, against the rest of the picture.

Heads on native-resolution windows of a frozen image-language backbone see what shrinking and
compression leave of an edit, where the traces that `locard.nets.localizer` reads are worn out;
that network sees where exactly, while there are traces. So this one answers for both: patch by
patch it adds log odds of its own to a share of the localizer's.

    logit(x) = b(x) + g(x) · t(x)

with t the localizer's log odds, in cells of 4 pixels, and b and g (at least 0) drawn from the
patches' tokens of three early blocks, in cells of 16. As nothing is known at first, b = 0, g = 1.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from locard.methods.learned.backbone import CHANNELS, PATCHES
from locard.methods.learned.content_localizer import BLOCKS

# Components of each block's tokens.
KEPT = 160
# Side of the localizer's maps over a window, and cells of it to a patch.
CELLS = 56
_TO_PATCH = CELLS // PATCHES
# softplus of it is 1.
_ONE = math.log(math.e - 1)


class Answer(NamedTuple):
    """Log odds, N × 56 × 56: that a cell was edited, and that the map is right there."""

    logits: Tensor
    confidence: Tensor


class Projection(nn.Module):
    """The first principal components of each block's tokens, whitened."""

    mean: Tensor
    best: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(len(BLOCKS), CHANNELS))
        self.register_buffer("best", torch.zeros(len(BLOCKS), CHANNELS, KEPT))

    @torch.no_grad()
    def fit(self, tokens: Tensor) -> None:
        """Fit on n × 3 · 768 tokens."""
        for block, found in enumerate(tokens.double().chunk(len(BLOCKS), 1)):
            self.mean[block] = found.mean(0)
            values, vectors = torch.linalg.eigh(torch.cov(found.T))
            values, vectors = values.flip(0)[:KEPT], vectors.flip(1)[:, :KEPT]
            self.best[block] = vectors / (values + 1e-6).sqrt()

    def forward(self, tokens: Tensor) -> Tensor:
        """N × 196 × 3 · 768 to N × 196 × 3 · 160."""
        n, t, _ = tokens.shape
        apart = tokens.reshape(n, t, len(BLOCKS), CHANNELS) - self.mean
        # One product per block: batched over blocks, with patches for rows.
        found = torch.matmul(apart.permute(2, 0, 1, 3).reshape(len(BLOCKS), n * t, -1), self.best)
        return found.reshape(len(BLOCKS), n, t, KEPT).permute(1, 2, 0, 3).reshape(n, t, -1)


def median(tokens: Tensor) -> Tensor:
    """The lower median over patches: N × T × C to N × C."""
    return tokens.sort(1).values[:, (tokens.shape[1] - 1) // 2]


class Head(nn.Module):
    """From projected tokens and the localizer's maps to maps that both answer for."""

    def __init__(self, width: int = 128) -> None:
        super().__init__()
        channels = 3 * len(BLOCKS) * KEPT + 3
        self.given = nn.Dropout(0.2)
        self.mix = nn.Conv2d(channels, width, 1)
        self.near = nn.Conv2d(width, width, 3, padding=1)
        self.far = nn.Conv2d(2 * width, width, 3, padding=1)
        self.drop = nn.Dropout(0.3)
        self.out = nn.Conv2d(width, 3, 1)
        nn.init.zeros_(self.out.weight)
        with torch.no_grad():
            self.out.bias.copy_(torch.tensor([0.0, _ONE, 0.0]))  # type: ignore[union-attr]

    def forward(self, tokens: Tensor, reference: Tensor, heat: Tensor, trust: Tensor) -> Answer:
        """Examine windows.

        Args:
            tokens: N × 196 × 480, projected.
            reference: N × 480: `median` over patches of the picture.
            heat, trust: N × 56 × 56: log odds of the localizer.
        """
        apart = [tokens, tokens - median(tokens)[:, None], tokens - reference[:, None]]
        x = torch.cat(apart, 2).transpose(1, 2)
        x = x.reshape(x.shape[0], -1, PATCHES, PATCHES)
        maps = torch.stack([heat, trust], 1)
        mean = functional.avg_pool2d(maps, _TO_PATCH)
        most = functional.max_pool2d(maps[:, :1], _TO_PATCH)
        x = torch.cat([self.given(x), mean / 4, most / 4], 1)
        y = self.drop(functional.gelu(self.mix(x)))
        y = y + self.drop(functional.gelu(self.near(y)))
        y = torch.cat([y, y - y.mean((2, 3), keepdim=True)], 1)
        y = self.out(self.drop(functional.gelu(self.far(y)))).float()
        y = functional.interpolate(y, scale_factor=_TO_PATCH, mode="bilinear")
        own, share, confidence = y.unbind(1)
        return Answer(own + functional.softplus(share) * heat, confidence + trust)


class ContentNet(nn.Module):
    """The mean of the log odds of several heads, from the backbone's own tokens."""

    def __init__(self, projection: Projection, heads: Sequence[Head]) -> None:
        super().__init__()
        self.projection = projection
        self.heads = nn.ModuleList(heads)

    def forward(
        self, tokens: Tensor, reference: Tensor, heat: Tensor, trust: Tensor
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Probabilities, and the projected tokens, whose median over a picture is the reference.

        Arguments as of `Head.forward`, but for tokens: N × 196 × 3 · 768.
        """
        projected = self.projection(tokens)
        found = [head(projected, reference, heat, trust) for head in self.heads]
        logits, confidence = (torch.stack(maps).mean(0) for maps in zip(*found, strict=True))
        return torch.sigmoid(logits), torch.sigmoid(confidence), projected
