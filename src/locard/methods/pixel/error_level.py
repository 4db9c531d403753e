"""Error level analysis: the difference of a picture and its own recompression.

Shown because analysts ask for it, never counted as evidence. What it draws is how much each area
loses in one more JPEG compression, and that follows contrast and texture first: sharp edges and
fine patterns glow in untouched photos, flat skies stay dark in forged ones, and one resize or
save makes everything alike. No threshold on it has a known false-alarm rate.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from locard.exhibit import Exhibit
from locard.methods import Cost, Finding, GridMap, Need, Question, Status, method

QUALITY = 90
CELL = 8
# Grey levels drawn as 1: an edge in an untouched photo loses about as much at quality 90, so that
# what is drawn bright means the same on every exhibit.
FULL_SCALE = 16.0
# Pixels of a side that are compressed in one go: a multiple of 16 below what a JPEG can hold.
_LONGEST = 65_488


def error_levels(rgb: NDArray[np.uint8]) -> GridMap:
    """Return what one recompression at `QUALITY` changes.

    Krawetz, "A picture's worth: digital image analysis and forensics", Black Hat 2007:
    E = |I − JPEG₉₀(I)|, here the mean over channels and 8 × 8 pixels, divided by `FULL_SCALE`.

    Args:
        rgb: uint8, height × width × 3, at least 8 × 8.

    Returns: float32 cells of 8 × 8 pixels, 0 to 1.
    """
    # OpenCV takes the channels as BGR, and luma weighs them differently.
    bgr = cv2.cvtColor(rgb, cv2.COLOR_RGB2BGR)
    error = np.empty_like(bgr)
    # A JPEG holds less than 65,536 pixels a side; parts of whole blocks compress like the whole.
    for top in range(0, bgr.shape[0], _LONGEST):
        for left in range(0, bgr.shape[1], _LONGEST):
            part = slice(top, top + _LONGEST), slice(left, left + _LONGEST)
            _, encoded = cv2.imencode(".jpg", bgr[part], [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
            decoded = np.asarray(cv2.imdecode(encoded, cv2.IMREAD_COLOR))
            error[part] = cv2.absdiff(bgr[part], decoded)
    rows, cols = rgb.shape[0] // CELL, rgb.shape[1] // CELL
    cells = cv2.resize(
        error[: rows * CELL, : cols * CELL], (cols, rows), interpolation=cv2.INTER_AREA
    )
    return GridMap(cells.mean(axis=2, dtype=np.float32) / FULL_SCALE, step=CELL)


@method(
    name="error-level",
    title="Error level view",
    question=Question.EDITED,
    about="Shows how much each area changes when the picture is compressed once more.",
    source="Krawetz, A Picture's Worth, Black Hat 2007",
    needs=[Need.MIN_SIDE_64],
    cost=Cost.CHEAP,
    localizes=True,
    counted=False,
)
def error_level(exhibit: Exhibit) -> Finding:
    """Draw the error levels of an exhibit, for the eye only."""
    heatmap = error_levels(exhibit.rgb)
    levels = heatmap.values * FULL_SCALE
    mean, high = float(levels.mean()), float(np.percentile(levels, 99))
    return Finding(
        Status.DERIVED,
        score=float(np.clip(high / FULL_SCALE, 0.0, 1.0)),
        says=f"Compressed once more at quality {QUALITY}, the picture changes by {mean:.1f} grey "
        f"levels on average and by {high:.1f} in the most affected hundredth of its area.",
        heatmap=heatmap,
        facts={
            "recompression_quality": QUALITY,
            "mean_error_grey_levels": mean,
            "p99_error_grey_levels": high,
        },
        limitations=(
            "A view, not evidence: it follows contrast and texture, and bright areas are usual in "
            "untouched photos.",
            "No false-alarm rate is known for it, so it is not weighed in the opinion.",
            "After a resize or a save at low quality it shows nothing of earlier edits.",
        ),
        innocent=("Sharp edges, fine texture and saturated colours change most in any photo.",),
    )
