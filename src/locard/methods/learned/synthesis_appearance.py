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
from locard.methods.contract import Cost, Finding, Need, Question, method
from locard.methods.learned.backbone import RGB, SIDE, Floats
from locard.methods.learned.synthesis import Head, read_heads
from locard.methods.learned.windows import Cues, finding_of, head_score, spread_windows

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
    blind = "it cannot tell Stable Diffusion 1 from photos that were shrunk for the web"
    return finding_of(exhibit, scores, "small network", (blind,))
