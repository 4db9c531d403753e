"""Learn which quantisation tables cameras and editors write.

Usage: python benchmarks/learn_jpeg_tables.py CAMERA_ORIGINALS [EDITED ...]

CAMERA_ORIGINALS is a folder of photos with EXIF; EDITED are further folders of files, searched for
what editors wrote. Updates ``camera_tables`` and ``editor_tables`` of
``src/locard/assets/fingerprints/jpeg_writers.json``. A table counts as a camera's when the size
agrees with the EXIF, no editor is named and the structure is not that of a library; as an
editor's when Photoshop's own segments stand beside it and it is not a table of Annex K.
"""

from __future__ import annotations

import argparse
import json
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from locard.exhibit import Exhibit, ExhibitError, open_exhibit
from locard.methods.container.jpeg_tables import (
    component_tables,
    estimate_quality,
    table_key,
    written_by_libjpeg,
)
from locard.methods.container.metadata import classify_software

TARGET = Path(__file__).parents[1] / "src/locard/assets/fingerprints/jpeg_writers.json"


def exhibits(folder: Path) -> Iterator[Exhibit]:
    for path in sorted(folder.rglob("*")):
        if path.suffix.lower() in (".jpg", ".jpeg"):
            try:
                yield open_exhibit(path)
            except ExhibitError:
                continue


def is_original(exhibit: Exhibit) -> bool:
    exif, jpeg = exhibit.metadata.exif, exhibit.jpeg
    if jpeg is None or not exif.get("Make") or jpeg.optimized_huffman or written_by_libjpeg(jpeg):
        return False
    size = (exif.get("ExifImageWidth"), exif.get("ExifImageHeight"))
    plain = exif.get("DateTime", "") == exif.get("DateTimeOriginal", "")
    named = classify_software(exif.get("Software", ""))
    return size == (str(jpeg.width), str(jpeg.height)) and plain and named is None


def is_photoshop(exhibit: Exhibit) -> bool:
    jpeg = exhibit.jpeg
    if jpeg is None:
        return False
    tables = component_tables(jpeg)
    if tables is None or estimate_quality(tables[0]).exact:
        return False
    ducky = any(s.identifier.startswith("Ducky") for s in jpeg.segments)
    adobe = any(s.name == "APP14" and s.identifier == "Adobe" for s in jpeg.segments)
    return ducky or adobe


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("originals", type=Path)
    parser.add_argument("edited", type=Path, nargs="*")
    arguments = parser.parse_args()
    cameras: dict[str, set[str]] = defaultdict(set)
    editors: dict[str, str] = {}
    for folder in (arguments.originals, *arguments.edited):
        for exhibit in exhibits(folder):
            key = table_key(exhibit.jpeg) if exhibit.jpeg else None
            if key is None:
                continue
            if is_photoshop(exhibit):
                editors[key] = "Adobe Photoshop or Lightroom"
            elif folder == arguments.originals and is_original(exhibit):
                cameras[key].add(exhibit.metadata.exif["Make"].split()[0].title())
    stored = json.loads(TARGET.read_text(encoding="utf-8"))
    stored["editor_tables"] = {k: v for k, v in sorted(editors.items()) if k not in cameras}
    stored["camera_tables"] = {k: sorted(v) for k, v in sorted(cameras.items())}
    text = json.dumps(stored, indent=2, ensure_ascii=False)
    TARGET.write_text(text + "\n", encoding="utf-8")
    print(f"{len(cameras)} tables of cameras, {len(stored['editor_tables'])} of editors")


if __name__ == "__main__":
    main()
