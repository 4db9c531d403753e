"""Collect the quantisation tables that cameras and editors write, for `locard degrade`.

    python benchmarks/collect_jpeg_tables.py CAMERA_ORIGINALS [EDITED ...]

Reads the same folders as ``learn_jpeg_tables.py`` by the same rules, and updates the families
``camera`` and ``photoshop`` of ``src/locard/assets/jpeg_tables.json``: pairs of luma and chroma
tables, 64 values each, row by row, as hexadecimal bytes, finest first. Of camera tables, at most
two are kept for each maker (its finest and its coarsest), so that no maker stands for all.
"""

from __future__ import annotations

import argparse
import json
from collections import defaultdict
from pathlib import Path

from learn_jpeg_tables import exhibits, is_original, is_photoshop
from locard.methods.container.jpeg_tables import component_tables

TARGET = Path(__file__).parents[1] / "src/locard/assets/jpeg_tables.json"

Pair = tuple[tuple[int, ...], tuple[int, ...]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("originals", type=Path)
    parser.add_argument("edited", type=Path, nargs="*")
    arguments = parser.parse_args()
    cameras: dict[str, set[Pair]] = defaultdict(set)
    editors: set[Pair] = set()
    for folder in (arguments.originals, *arguments.edited):
        for exhibit in exhibits(folder):
            tables = component_tables(exhibit.jpeg) if exhibit.jpeg else None
            if tables is None or max(t.max() for t in tables) > 255:
                continue
            luma, chroma = (tuple(int(v) for v in table.ravel()) for table in tables)
            if is_photoshop(exhibit):
                editors.add((luma, chroma))
            elif folder == arguments.originals and is_original(exhibit):
                maker = exhibit.metadata.exif["Make"].split()[0].title()
                cameras[maker].add((luma, chroma))

    def coarseness(pair: Pair) -> tuple[int, Pair]:
        return sum(pair[0]), pair

    kept = {end(own, key=coarseness) for own in cameras.values() for end in (min, max)}
    stored = json.loads(TARGET.read_text(encoding="utf-8"))
    stored["measured"] = {
        name: [bytes(luma + chroma).hex() for luma, chroma in sorted(pairs, key=coarseness)]
        for name, pairs in (("camera", kept - editors), ("photoshop", editors))
    }
    text = json.dumps(stored, indent=1)
    TARGET.write_text(text + "\n", encoding="utf-8")
    print({name: len(pairs) for name, pairs in stored["measured"].items()})


if __name__ == "__main__":
    main()
