"""Who wrote this JPEG file: quantisation tables, Huffman tables and the order of markers.

Cameras, phones, editors, libraries and services each choose their own tables and segments. A file
whose EXIF names a camera but whose structure is that of an editor or a library was written again
after the camera. Many phones write through libjpeg themselves, so that for them the structure of
a library means nothing.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from locard.exhibit import Exhibit, JpegStructure
from locard.methods.container.fingerprints import load_fingerprints
from locard.methods.container.iptc import read_photoshop
from locard.methods.container.observations import HINT, MILD, STRONG, Observations
from locard.methods.contract import Cost, FactValue, Finding, Need, Question, Status, Trace, method

# ITU-T T.81, Annex K, tables K.1 and K.2, row by row.
_LUMA = np.array(
    [
        [16, 11, 10, 16, 24, 40, 51, 61],
        [12, 12, 14, 19, 26, 58, 60, 55],
        [14, 13, 16, 24, 40, 57, 69, 56],
        [14, 17, 22, 29, 51, 87, 80, 62],
        [18, 22, 37, 56, 68, 109, 103, 77],
        [24, 35, 55, 64, 81, 104, 113, 92],
        [49, 64, 78, 87, 103, 121, 120, 101],
        [72, 92, 95, 98, 112, 100, 103, 99],
    ]
)
_CHROMA = np.full((8, 8), 99)
_CHROMA[:4, :4] = [[17, 18, 24, 47], [18, 21, 26, 66], [24, 26, 56, 99], [47, 66, 99, 99]]

_IPTC_RESOURCE = 0x0404


def standard_table(quality: int, *, chroma: bool = False) -> NDArray[np.int64]:
    """Table of Annex K scaled to a libjpeg quality, 1 to 100: int, 8 × 8, row by row.

    T(q) = clip(⌊(s · K + 50) / 100⌋, 1, 255) with s = 5000 / q below 50 and 200 − 2 q from 50 on.
    """
    scale = 5000 // quality if quality < 50 else 200 - 2 * quality
    base = _CHROMA if chroma else _LUMA
    return np.asarray(np.clip((base * scale + 50) // 100, 1, 255), np.int64)


@dataclass(frozen=True, slots=True)
class Quality:
    """Nearest libjpeg quality of a table, and the mean absolute deviation from its table."""

    value: int
    deviation: float

    @property
    def exact(self) -> bool:
        """Whether the table is that of libjpeg."""
        return self.deviation == 0.0


def estimate_quality(table: NDArray[np.uint16], *, chroma: bool = False) -> Quality:
    """Find the libjpeg quality whose table is nearest in mean absolute deviation."""
    values = table.astype(np.int64)
    candidates = np.stack([standard_table(q, chroma=chroma) for q in range(1, 101)])
    deviations = np.abs(candidates - values).mean(axis=(1, 2))
    best = int(deviations.argmin())
    return Quality(best + 1, float(deviations[best]))


def component_tables(jpeg: JpegStructure) -> tuple[NDArray[np.uint16], NDArray[np.uint16]] | None:
    """Return the luma and chroma tables (luma twice when grey), or None when missing."""
    luma = jpeg.quantization_tables.get(jpeg.components[0].table if jpeg.components else 0)
    if luma is None:
        return None
    second = jpeg.components[1].table if len(jpeg.components) > 1 else None
    chroma = jpeg.quantization_tables.get(second) if second is not None else None
    return luma, luma if chroma is None else chroma


def qualities(jpeg: JpegStructure) -> tuple[Quality, Quality] | None:
    """Nearest qualities of the luma and the chroma table, or None when one is missing.

    Where there is no chroma (grey, RGB, CMYK with one table) the second quality is the first.
    """
    tables = component_tables(jpeg)
    if tables is None:
        return None
    luma = estimate_quality(tables[0])
    chroma = len(jpeg.components) == 3 and jpeg.adobe_transform != 0
    same = tables[1] is tables[0]
    return luma, luma if same and not chroma else estimate_quality(tables[1], chroma=True)


def table_key(jpeg: JpegStructure) -> str | None:
    """Fingerprint of the tables: 16 hexadecimal digits of a SHA-256, see ``jpeg_writers.json``."""
    tables = component_tables(jpeg)
    if tables is None:
        return None
    joined = b"".join(np.minimum(t, 255).astype(np.uint8).tobytes() for t in tables)
    return hashlib.sha256(joined).hexdigest()[:16]


def marker_order(jpeg: JpegStructure) -> str:
    """Markers up to the first scan, as one text ("SOI APP1(Exif) DQT SOF0 DHT SOS")."""
    words = []
    for segment in jpeg.segments:
        name = segment.identifier[:20]
        words.append(f"{segment.name}({name})" if name else segment.name)
        if segment.name == "SOS":
            break
    return " ".join(words[:60])


def written_by_libjpeg(jpeg: JpegStructure) -> bool:
    """Whether tables are laid out as libjpeg writes them: each in its own segment, DQT first."""
    names = [s.name for s in jpeg.segments if not s.name.startswith(("APP", "COM", "RST", "DRI"))]
    tables = max(1, len(jpeg.quantization_tables))
    frame = names.index("SOS") if "SOS" in names else len(names)
    head = [n if not n.startswith("SOF") else "SOF" for n in names[1:frame]]
    if head[: tables + 1] != ["DQT"] * tables + ["SOF"] or tables < 2:
        return False
    huffman = head[tables + 1 :]
    return huffman == ["DHT"] * len(huffman) and (
        jpeg.process == "progressive" or len(huffman) == 4
    )


def _is_camera(exhibit: Exhibit) -> bool:
    exif = exhibit.metadata.exif
    shot = any(exif.get(name) for name in ("ExposureTime", "FNumber", "ISOSpeedRatings"))
    return bool(exif.get("Make")) and (shot or "MakerNote" in exif or "DateTimeOriginal" in exif)


def _starts(text: str, heads: list[str]) -> bool:
    return any(text.startswith(head) for head in heads)


def _camera_contradictions(
    exhibit: Exhibit, jpeg: JpegStructure, quality: Quality, found: Observations
) -> None:
    known = load_fingerprints("jpeg_writers")
    make = exhibit.metadata.exif.get("Make", "").lower()
    phone = _starts(make, known["phones"])
    library = written_by_libjpeg(jpeg)
    if jpeg.process == "progressive":
        found.add(
            1.5,
            "the file is progressive, which cameras do not write",
            "web services make photos progressive",
        )
    if phone:
        return
    if library and quality.exact and quality.value < 100:
        found.add(
            # Libraries halve the chroma both ways unless told otherwise; 4:2:2 is a camera's habit.
            1.2 if jpeg.subsampling == "4:2:2" else STRONG,
            f"tables (quality {quality.value}) and segments are those of libjpeg, not of a "
            f"{exhibit.metadata.exif['Make']} camera",
            "resizing, turning or uploading a photo re-encodes it with libjpeg",
        )
    elif library:
        found.add(
            0.6,
            "the segments are laid out as libjpeg does, around the tables of another writer",
            "turning a photo without loss rewrites its segments",
        )
    elif quality.exact and quality.value < 100 and _starts(make, known["own_tables"]):
        found.add(
            MILD, f"the tables are of libjpeg quality {quality.value}, the maker uses its own"
        )
    if jpeg.optimized_huffman and jpeg.process != "progressive":
        found.add(
            0.8,
            "the Huffman tables are optimised, which cameras have no time for",
            "some recent cameras optimise them",
        )


def _editors(exhibit: Exhibit, jpeg: JpegStructure, found: Observations) -> str:
    """Record markers and tables of editors; returns the writer they name, or ""."""
    known = load_fingerprints("jpeg_writers")
    key = table_key(jpeg)
    writer = ""
    if key in known["editor_tables"]:
        writer = str(known["editor_tables"][key])
        found.add(
            STRONG,
            f"the quantisation tables are those of {writer}",
            "developing a raw photo and exporting it writes the same tables",
        )
    ducky = any(s.identifier.startswith("Ducky") for s in jpeg.segments)
    resources = [r for r in read_photoshop(exhibit).resources if r != _IPTC_RESOURCE]
    if ducky:
        found.add(1.5, "Photoshop's “save for web” left its segment (APP12 Ducky)")
        writer = writer or "Adobe Photoshop (save for web)"
    # libjpeg writes the segment too, where colours are not those of JFIF.
    if jpeg.adobe_transform == 1:
        found.add(
            MILD,
            "an Adobe segment (APP14) marks the colour transform",
            "printing and scanning software writes it too",
        )
        writer = writer or "Adobe software"
    if len(resources) > 2:
        found.add(MILD, f"{len(resources)} Photoshop image resources (APP13) are embedded")
        writer = writer or "Adobe software"
    for comment in jpeg.comments:
        for entry in known["comments"]:
            if re.search(entry["pattern"], comment[:300], re.IGNORECASE):
                found.add(float(entry["weight"]), f"the comment names {entry['name']}")
                writer = writer or str(entry["name"])
    return writer


def _services(exhibit: Exhibit, jpeg: JpegStructure, quality: Quality) -> list[str]:
    """Services whose reported habits the file agrees with; only for files without EXIF."""
    if read_photoshop(exhibit).iptc.get("SpecialInstructions", "").startswith("FBMD"):
        return ["Facebook or Instagram (FBMD record)"]
    if exhibit.metadata.exif:
        return []
    long_side = max(jpeg.width, jpeg.height)
    return [
        str(service["name"])
        for service in load_fingerprints("jpeg_writers")["delivery"]
        if service["process"] == jpeg.process
        and service["subsampling"] == jpeg.subsampling
        and (service["quality"] is None or (quality.exact and quality.value == service["quality"]))
        and (not service["long_sides"] or long_side in service["long_sides"])
    ]


@method(
    name="jpeg-tables",
    title="JPEG tables and markers",
    question=Question.EDITED,
    about="Tells from quantisation tables, Huffman tables and marker order what wrote the file.",
    source="Farid, Digital image ballistics from JPEG quantization, 2006; Kee, Johnson and Farid, "
    "Digital image authentication from JPEG headers, 2011",
    needs=(Need.JPEG_BYTES,),
    cost=Cost.CHEAP,
    trace=Trace.RECORD,
)
def jpeg_tables(exhibit: Exhibit) -> Finding:
    """Score 0 to 4: 0 nothing speaks for a second writer, from 1 re-saved, from 2 written by an
    editor, or by a library after a camera.
    """
    jpeg = exhibit.jpeg
    assert jpeg is not None
    nearest = qualities(jpeg)
    found = Observations()
    if nearest is None:
        return Finding(
            Status.NOT_APPLICABLE, reason="the file defines no quantisation table for its luma"
        )
    luma, chroma = nearest
    standard = luma.exact and chroma.exact
    known = load_fingerprints("jpeg_writers")
    key = table_key(jpeg)
    makes = known["camera_tables"].get(key, [])

    writer = _editors(exhibit, jpeg, found)
    camera = _is_camera(exhibit)
    both = Quality(luma.value, max(luma.deviation, chroma.deviation))
    if camera:
        _camera_contradictions(exhibit, jpeg, both, found)
    elif written_by_libjpeg(jpeg) and standard and not writer:
        found.add(
            HINT,
            f"a library wrote the file (libjpeg, quality {luma.value}); no camera is named",
            "most files from the web are like this",
        )
    services = _services(exhibit, jpeg, both)
    if not writer:
        if services:
            writer = services[0]
        elif written_by_libjpeg(jpeg) and standard:
            writer = "libjpeg or a library on top of it"
        elif camera and not found.seen:
            writer = "a camera or phone"
        else:
            writer = "unknown"
    found.seen.sort(key=lambda entry: -entry[0])
    facts: dict[str, FactValue] = {
        "writer": writer,
        "quality_luma": luma.value,
        "quality_chroma": chroma.value,
        "table_deviation": round(max(luma.deviation, chroma.deviation), 3),
        "standard_tables": standard,
        "subsampling": jpeg.subsampling,
        "process": jpeg.process,
        "optimized_huffman": jpeg.optimized_huffman,
        "marker_order": marker_order(jpeg),
        "table_key": key,
        "cameras_with_these_tables": list(makes),
        "services_that_write_alike": services,
        "observations": [text for _, text in found.seen],
        "weights": [weight for weight, _ in found.seen],
    }
    kind = "of libjpeg" if standard else f"{both.deviation:.2f} off those of libjpeg on average"
    says = (
        f"The tables are near quality {luma.value} ({kind}), {jpeg.process}, {jpeg.subsampling}; "
        + (found.seen[0][1] if found.seen else "nothing speaks for a second writer")
        + "."
    )
    return Finding(
        Status.OBSERVED,
        score=found.score,
        says=says,
        facts=facts,
        limitations=(
            "tables tell who saved the file last, not whether its content was changed",
            "an editor can copy the tables and segments of a camera",
        ),
        innocent=tuple(found.innocent),
    )
