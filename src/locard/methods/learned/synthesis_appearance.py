"""A small network that was taught what a large frozen one sees, and heads on it.

The appearance view of the localizer (`locard.nets.localizer.Appearance`) repeats the tokens of the
backbone's first blocks (distillation, after Romero et al., "FitNets", ICLR 2015). Means and spreads
of its features over a window tell generated pictures from photos less well than the backbone does,
and better than cues of fine structure alone; it ships with the package.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.resources import files

import numpy as np

from locard.exhibit import Exhibit
from locard.inference import open_session
from locard.methods.contract import Cost, Finding, Need, Question, Status, method
from locard.methods.learned.backbone import RGB, SIDE, Floats
from locard.methods.learned.synthesis import MARKED, Head, heat_of, read_heads
from locard.methods.learned.windows import Cues, head_score, spread_heat, spread_windows

_NETWORK = "appearance-net.onnx"
HEADS = "synthesis-appearance.json"
CUE = "pooled"


@cache
def open_view() -> Cues:
    """Open the network that ships; it reads uint8, 224 × 224 × 3, into 512 numbers."""
    session = open_session(files("locard.assets").joinpath(_NETWORK).read_bytes())

    def cues(rgb: RGB) -> dict[str, Floats]:
        return {CUE: np.asarray(session.run([CUE], {"rgb": rgb[None]})[0][0], np.float32)}

    return cues


def look(rgb: RGB, view: Cues, heads: Mapping[str, Head]) -> Floats:
    """Score up to twelve windows, spread over the picture: rows × columns, higher = generated.

    Args: rgb: uint8, height × width × 3, at least 224 pixels a side.
    """
    down, across = spread_windows(*rgb.shape[:2])
    scores = [
        [
            head_score(view(np.ascontiguousarray(rgb[y : y + SIDE, x : x + SIDE])), heads)
            for x in across
        ]
        for y in down
    ]
    return np.array(scores, np.float32)


def probe(rgb: RGB) -> float:
    """Score of any picture of at least 224 pixels a side."""
    return float(look(rgb, open_view(), read_heads(HEADS)).mean())


@method(
    name="synthesis-appearance",
    title="Appearance network",
    question=Question.GENERATED,
    about="Weighs what a small network, taught by a large one, sees of how a picture is drawn.",
    source="own network and heads, docs/models/synthesis.md; after Romero et al., FitNets, 2015",
    needs=[Need.COLOUR, Need.MIN_SIDE_256],
    cost=Cost.NORMAL,
    localizes=True,
    probe=probe,
)
def examine(exhibit: Exhibit) -> Finding:
    """Score windows of the exhibit with the shipped network and heads."""
    scores = look(exhibit.rgb, open_view(), read_heads(HEADS))
    score = float(scores.mean())
    high, mean = float((scores >= MARKED).mean()), round(score, 3)
    return Finding(
        Status.INFERRED,
        score=round(score, 4),
        heatmap=spread_heat(heat_of(scores), exhibit.height, exhibit.width),
        says=(
            f"{high:.0%} of {scores.size} windows clearly look generated to a small network; the "
            f"mean score is {round(mean, 2) + 0:.2f}, with 0 halfway between photos and generated "
            "pictures."
        ),
        facts={
            "windows": scores.size,
            "marked_share": round(high, 4),
            "mean_score": mean,
            "highest_window": round(float(scores.max()), 3),
        },
        limitations=(
            "the network also sees what is shown: portraits and posters are not evidence",
            "weak on generators it was not trained on; docs/models/synthesis.md has the figures",
            "it cannot tell Stable Diffusion 1 from photos that were shrunk for the web",
        ),
        innocent=("drawings, advertisements and heavily retouched photos look alike",),
    )
