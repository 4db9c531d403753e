"""The loss of the localizer, part by part."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from locard.nets.localizer import Output
from locard.train.config import LossConfig

# Largest squared error of a component of a token that has a gradient, in variances.
_TAIL = 30.0


def soft_dice(logits: Tensor, mask: Tensor, sure: Tensor) -> Tensor:
    """1 - Dice of each crop, N (Milletari et al., 2016): 1 - 2 Σ p m / (Σ p² + Σ m²).

    Args: logits, mask, sure: N × 1 × H × W; cells count by ``sure``.
    """
    p = torch.sigmoid(logits)
    both = (sure * p * mask).sum((1, 2, 3))
    total = (sure * (p * p + mask * mask)).sum((1, 2, 3))
    return 1 - 2 * both / (total + 1e-3)


def boundary(mask: Tensor) -> Tensor:
    """Cells at the edge of the mask, 0 or 1: dilation minus erosion over 3 × 3 cells."""
    grown = functional.max_pool2d(mask, 3, 1, 1)
    shrunk = -functional.max_pool2d(-mask, 3, 1, 1)
    return (grown - shrunk > 0.5).to(mask.dtype)


def certainty(sure: Tensor) -> Tensor:
    """Weights of cells, mean 1."""
    return sure / sure.mean().clamp_min(1e-3)


def map_losses(
    logits: Tensor, trust: Tensor, mask: Tensor, sure: Tensor, forged: Tensor
) -> dict[str, Tensor]:
    """The parts of the loss that a map and its reliability have, see `losses`.

    Args:
        logits, trust, mask, sure: N × 1 × H × W.
        forged: N, 1 where a crop holds something edited.
    """
    weight = certainty(sure)
    dice = soft_dice(logits, mask, sure)
    with torch.no_grad():
        p = torch.sigmoid(logits)
        right = p * mask + (1 - p) * (1 - mask)
    return {
        "pixels": functional.binary_cross_entropy_with_logits(logits, mask, weight),
        "dice": (dice * forged).sum() / forged.sum().clamp_min(1),
        "confidence": functional.binary_cross_entropy_with_logits(trust, right, weight),
    }


def token_error(guessed: Tensor, tokens: Tensor) -> Tensor:
    """Mean squared error of each crop's guessed tokens, N; tokens are N × T × C, whitened."""
    # Whitened tokens have long tails: single places must not lead.
    return ((guessed.float() - tokens) ** 2).clamp(max=_TAIL).mean((1, 2))


def losses(
    output: Output,
    mask: Tensor,
    sure: Tensor,
    edited: Tensor,
    weights: LossConfig,
    history: Tensor | None = None,
    taught: Tensor | None = None,
) -> dict[str, Tensor]:
    """The parts of the loss, and their weighted sum as ``total``.

    pixels: cross-entropy of the map. dice: of crops that hold something edited. edge: of the
    boundary map. integrity: cross-entropy of the crop's label. confidence: cross-entropy against
    the probability that the map gave to the truth (Corbière et al., NeurIPS 2019, as in TruFor);
    it reaches the confidence head alone. history: absolute error of what places went through.
    taught: squared error of the guessed tokens of the backbone.

    Args:
        mask, sure: N × 1 × H/4 × W/4, 0 to 1.
        edited: N, 1, 0, or NaN for crops that count as neither.
        history: N × HISTORY × H/8 × W/8, NaN where it is not known.
        taught: N × T × C, NaN for crops that the backbone has not read.
    """
    # Half precision is for the network; sums over thousands of cells are not.
    logits, trust = output.logits.float(), output.confidence.float()
    parts = map_losses(logits, trust, mask, sure, (edited == 1).float())
    if output.edges is not None:
        # Edges are a small part of the cells.
        rare = torch.tensor(4.0, device=mask.device)
        parts["edge"] = functional.binary_cross_entropy_with_logits(
            output.edges.float(), boundary(mask), certainty(sure), pos_weight=rare
        )
    known = torch.isfinite(edited)
    label = torch.where(known, edited, torch.zeros_like(edited))
    each = functional.binary_cross_entropy_with_logits(
        output.integrity.float(), label, reduction="none"
    )
    parts["integrity"] = (each * known).sum() / known.sum().clamp_min(1)
    if output.history is not None and history is not None:
        given = torch.isfinite(history)
        error = (output.history.float() - history.nan_to_num()).abs() * given
        parts["history"] = error.sum() / given.sum().clamp_min(1)
    if output.taught is not None and taught is not None:
        read = torch.isfinite(taught[:, 0, 0])
        wrong = token_error(output.taught, taught.nan_to_num())
        parts["taught"] = (wrong * read).sum() / read.sum().clamp_min(1)
    scales = {
        "pixels": 1.0,
        "dice": weights.dice,
        "edge": weights.edge,
        "integrity": weights.integrity,
        "confidence": weights.confidence,
        "history": weights.history,
        "taught": weights.taught,
    }
    parts["total"] = torch.stack([scales[name] * value for name, value in parts.items()]).sum()
    return parts
