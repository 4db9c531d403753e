"""Detection and false-alarm rates of the generator watermarks.

Usage: python benchmarks/watermark.py DATA [--limit N]

DATA is the folder with ``generated_dev``. Prints the share of pictures above the declared score
per folder with its Clopper-Pearson interval at 95 %, for the files as they are and after a JPEG
encode at quality 95 and 90.
"""

from __future__ import annotations

import argparse
import time
from collections import Counter
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.stats import beta

from locard.methods.provenance.watermark import find_watermark

THRESHOLD = 2.0


def interval(hits: int, count: int, level: float = 0.95) -> tuple[float, float]:
    """Clopper-Pearson interval of a proportion."""
    tail = (1 - level) / 2
    low = 0.0 if hits == 0 else float(beta.ppf(tail, hits, count - hits + 1))
    high = 1.0 if hits == count else float(beta.ppf(1 - tail, hits + 1, count - hits))
    return low, high


def recompressed(bgr: NDArray[np.uint8], quality: int | None) -> NDArray[np.uint8]:
    if quality is None:
        return bgr
    data = cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
    return np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), np.uint8)


def measure(files: list[Path], quality: int | None) -> tuple[list[float], Counter[str], float]:
    """Scores, writers found, and CPU seconds per picture."""
    scores: list[float] = []
    writers: Counter[str] = Counter()
    spent = 0.0
    for file in files:
        bgr = cv2.imread(str(file), cv2.IMREAD_COLOR)
        if bgr is None or min(bgr.shape[:2]) < 128:
            continue
        rgb = cv2.cvtColor(recompressed(np.asarray(bgr, np.uint8), quality), cv2.COLOR_BGR2RGB)
        start = time.process_time()
        match = find_watermark(np.asarray(rgb, np.uint8))
        spent += time.process_time() - start
        scores.append(-match.log_nfa)
        if scores[-1] >= THRESHOLD:
            writers[match.message.writer] += 1
    return scores, writers, spent / max(1, len(scores))


def report(name: str, scores: list[float], writers: Counter[str], seconds: float) -> None:
    hits = sum(score >= THRESHOLD for score in scores)
    low, high = interval(hits, len(scores))
    median, top = np.median(scores), max(scores)
    print(
        f"{name:34} {hits:5}/{len(scores):<5} {hits / len(scores):7.2%} [{low:.2%}, {high:.2%}]"
        f"  median {median:6.2f} max {top:6.2f}  {1000 * seconds:5.1f} ms  {dict(writers)}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--limit", type=int, default=10**6, help="pictures per folder")
    arguments = parser.parse_args()
    cv2.setNumThreads(1)
    for quality in (None, 95, 90):
        print(f"\n{'as they are' if quality is None else f'JPEG quality {quality}'}")
        real: list[float] = []
        for kind in ("generated", "real"):
            for folder in sorted((arguments.data / "generated_dev" / kind).iterdir()):
                files = sorted(folder.iterdir())[: arguments.limit]
                scores, writers, seconds = measure(files, quality)
                report(f"{kind}/{folder.name}", scores, writers, seconds)
                if kind == "real":
                    real += scores
        report("all real", real, Counter(), 0.0)


if __name__ == "__main__":
    main()
