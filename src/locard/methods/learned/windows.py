"""Windows of a picture that a network reads, spread over it, and heads on what it says of each."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from locard.exhibit import Exhibit
from locard.methods.contract import FactValue, Finding, GridMap, Status
from locard.methods.learned.backbone import RGB, SIDE, Floats
from locard.methods.learned.synthesis import MARKED, Head, heat_of

# What a network makes of a window, uint8, 224 × 224 × 3: vectors by the name of a cue.
Cues = Callable[[RGB], dict[str, Floats]]

# Most windows of a picture: the backbone takes a tenth of a second and more for each.
MOST = 12


def places(side: int, most: int) -> list[int]:
    """First pixels of up to ``most`` windows spread over a side, on multiples of 8.

    >>> places(224, 4), places(1000, 3)
    ([0], [0, 384, 776])
    """
    many = min(most, max(1, round(side / SIDE)))
    if many == 1:
        return [(side - SIDE) // 2 // 8 * 8]
    return [int(at) // 8 * 8 for at in np.linspace(0, side - SIDE, many)]


def spread_windows(height: int, width: int) -> tuple[list[int], list[int]]:
    """First rows and columns of up to twelve windows, spread over a picture.

    >>> spread_windows(448, 900)
    ([0, 224], [0, 224, 448, 672])
    """
    rows = max(1, min(MOST, round((MOST * height / width) ** 0.5)))
    return places(height, rows), places(width, max(1, MOST // rows))


def head_score(cues: Mapping[str, Floats], heads: Mapping[str, Head]) -> float:
    """Mean of the heads of a window's cues."""
    return float(np.mean([head(cues[cue]) for cue, head in heads.items()]))


def spread_heat(heat: Floats, height: int, width: int) -> GridMap:
    """A map with square cells, as a grid map has them, from windows spread over both sides."""
    step = max(1.0, max(height, width) / 64)
    rows, cols = max(1, round(height / step)), max(1, round(width / step))
    i = np.minimum((np.arange(rows) + 0.5) * heat.shape[0] / rows, heat.shape[0] - 1).astype(int)
    j = np.minimum((np.arange(cols) + 0.5) * heat.shape[1] / cols, heat.shape[1] - 1).astype(int)
    return GridMap(heat[np.ix_(i, j)], step=step)


def finding_of(
    exhibit: Exhibit,
    scores: Floats,
    network: str,
    limitations: tuple[str, ...],
    facts: Mapping[str, FactValue] | None = None,
) -> Finding:
    """What windows say on whether the exhibit was generated.

    Args:
        scores: rows × columns of windows; higher = more like generated.
        network: what the sentence calls the one that looked.
        facts: beside those on the windows.
    """
    score = float(scores.mean())
    marked, mean = float((scores >= MARKED).mean()), round(score, 3)
    return Finding(
        Status.INFERRED,
        score=round(score, 4),
        heatmap=spread_heat(heat_of(scores), exhibit.height, exhibit.width),
        says=(
            f"{marked:.0%} of {scores.size} windows clearly look generated to a {network}; the "
            f"mean score is {round(mean, 2) + 0:.2f}, with 0 halfway between photos and generated "
            "pictures."
        ),
        facts={
            "windows": scores.size,
            "marked_share": round(marked, 4),
            "mean_score": mean,
            "highest_window": round(float(scores.max()), 3),
            **(facts or {}),
        },
        limitations=(
            "the network also sees what is shown: portraits and posters are not evidence",
            "weak on generators it was not trained on; docs/models/synthesis.md has the figures",
            *limitations,
        ),
        innocent=("drawings, advertisements and heavily retouched photos look alike",),
    )
