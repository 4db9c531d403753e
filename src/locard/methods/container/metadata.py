"""Consistency of metadata: what the file says of its own history, and what contradicts it.

The weights and their tiers are those of `locard.methods.container.observations`.
"""

from __future__ import annotations

import re
from datetime import datetime

from locard.exhibit import Exhibit
from locard.methods.container.fingerprints import load_fingerprints
from locard.methods.container.iptc import read_photoshop
from locard.methods.container.observations import (
    DECISIVE,
    HINT,
    MILD,
    STRONG,
    Observations,
)
from locard.methods.container.thumbnail import ThumbnailMatch, compare_thumbnail
from locard.methods.contract import (
    Cost,
    FactValue,
    Finding,
    GridMap,
    Need,
    Question,
    Status,
    Trace,
    method,
    not_applicable,
)

_OTHER_PICTURE, _UNCERTAIN, _ALIGNED = 0.5, 0.75, 0.92
_CROPPED = 0.8
_CHANGED_SHARE = 0.003
_TOLERATED_PIXELS = 16

_KINDS = {
    "editor": (STRONG, "an editor"),
    "developer": (MILD, "a raw developer"),
    "converter": (MILD, "a viewer or converter"),
    "gallery": (HINT, "a gallery app"),
}


def _short(text: str, length: int = 80) -> str:
    return text if len(text) <= length else text[: length - 1] + "…"


def classify_software(text: str) -> tuple[str, str] | None:
    """Return (kind, name) of a program that names itself so, or None for an unknown one."""
    for program in load_fingerprints("software")["programs"]:
        if re.search(program["pattern"], text[:300], re.IGNORECASE):
            return program["kind"], program["name"]
    return None


def _xmp(exhibit: Exhibit, ending: str) -> list[str]:
    """Values of every XMP property whose path ends so."""
    found = []
    for path, values in exhibit.metadata.xmp.items():
        if path == ending or path.endswith("/" + ending):
            found += values
    return found


def _software(exhibit: Exhibit, found: Observations) -> None:
    metadata = exhibit.metadata
    named = {
        "EXIF Software": [metadata.exif.get("Software", "")],
        "EXIF ProcessingSoftware": [metadata.exif.get("ProcessingSoftware", "")],
        "XMP CreatorTool": _xmp(exhibit, "xmp:CreatorTool"),
        "XMP history": _xmp(exhibit, "stEvt:softwareAgent"),
        "IPTC program": [read_photoshop(exhibit).iptc.get("OriginatingProgram", "")],
        "text chunk Software": [metadata.text.get("Software", "")],
    }
    seen: set[str] = set()
    for where, values in named.items():
        for text in values:
            program = classify_software(text) if text else None
            if program is None or program[1] in seen:
                continue
            kind, name = program
            seen.add(name)
            weight, what = _KINDS[kind]
            found.add(
                weight,
                f"{where} names {what}: {_short(text)}",
                "saving, cropping or adjusting tone in an editor leaves its name without any "
                "change of content",
            )


def _history(exhibit: Exhibit, found: Observations) -> None:
    actions = _xmp(exhibit, "stEvt:action")
    saves = actions.count("saved")
    if saves:
        found.add(MILD if saves > 1 else HINT, f"the XMP history lists {saves} saves")
    ancestors = _xmp(exhibit, "photoshop:DocumentAncestors")
    if ancestors:
        found.add(
            STRONG,
            f"{len(ancestors)} other documents are listed as ancestors, of which parts were pasted",
            "a template or a merge of exposures of the same scene lists ancestors too",
        )
    if any("TextLayers" in path for path in exhibit.metadata.xmp):
        found.add(DECISIVE, "the picture was saved with text layers")
    if any(value.strip() for value in _xmp(exhibit, "photoshop:History")):
        found.add(STRONG, "an edit log of Photoshop is embedded")
    paths = " ".join(exhibit.metadata.xmp)
    if re.search(r"crs:(RetouchAreas|RetouchInfo)", paths):
        found.add(STRONG, "spots were retouched in the raw developer", "dust was removed")
    if re.search(r"crs:\w*BasedCorrections", paths):
        found.add(MILD, "local corrections were made in the raw developer")
    elif "crs:" in paths:
        found.add(
            HINT,
            "the picture carries raw-developer settings",
            "every raw photograph has to be developed",
        )
    if exhibit.jpeg is not None and "crs:" not in paths:
        resources = len(read_photoshop(exhibit).resources)
        if resources > 4:
            found.add(MILD, f"{resources} Photoshop image resources are embedded")


_DATE = re.compile(r"^(\d{4})[:-](\d{2})[:-](\d{2})[ T](\d{2}):(\d{2}):(\d{2})")


def _date(text: str | None) -> datetime | None:
    match = _DATE.match(text or "")
    if not match:
        return None
    try:
        year, month, day, hour, minute, second = (int(part) for part in match.groups())
        return datetime(year, month, day, hour, minute, second)
    except ValueError:
        return None


def _dates(exhibit: Exhibit, found: Observations) -> None:
    exif = exhibit.metadata.exif
    for name in ("DateTime", "DateTimeOriginal", "DateTimeDigitized"):
        text = exif.get(name, "")
        # Zeros and blanks mean that the clock was never set.
        if _DATE.match(text) and not text.startswith("0000") and _date(text) is None:
            found.add(
                HINT, f"{name} is not a date: {_short(text, 30)}", "camera clocks write odd dates"
            )
    taken, saved = _date(exif.get("DateTimeOriginal")), _date(exif.get("DateTime"))
    if taken and saved:
        hours = (saved - taken).total_seconds() / 3600
        if hours > 0.05:
            found.add(
                0.6,
                f"the file was saved {_span(hours)} after the photo was taken",
                "importing, renaming or geotagging writes a new date",
            )
        elif hours < -26:
            found.add(
                MILD,
                f"the file was saved {_span(-hours)} before the photo was taken",
                "the camera clock was changed",
            )
    stamp = exif.get("GPSDateStamp", "")
    satellite = _date(f"{stamp} 12:00:00") if stamp else None
    if taken and satellite:
        days = abs((taken - satellite).total_seconds()) / 86400
        # A day and a half allows for time zones and for midnight.
        if days > 1.5:
            found.add(
                MILD,
                f"the GPS date and the camera date differ by {days:.0f} days",
                "the camera clock was never set",
            )


def _span(hours: float) -> str:
    if hours < 1:
        return f"{hours * 60:.0f} minutes"
    return f"{hours:.0f} hours" if hours < 48 else f"{hours / 24:.0f} days"


def _number(text: str | None) -> int:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 7 else 0


def _dimensions(exhibit: Exhibit, found: Observations) -> None:
    exif = exhibit.metadata.exif
    width, height = _number(exif.get("ExifImageWidth")), _number(exif.get("ExifImageHeight"))
    if not (width and height):
        return
    # A file that is cut off has fewer rows than its header promises.
    jpeg = exhibit.jpeg
    has = (jpeg.width, jpeg.height) if jpeg else (exhibit.width, exhibit.height)
    if max(abs(has[0] - width), abs(has[1] - height)) < _TOLERATED_PIXELS:
        return
    if max(abs(has[1] - width), abs(has[0] - height)) < _TOLERATED_PIXELS:
        weight = 0.6 if exhibit.metadata.orientation in (5, 6, 7, 8) else HINT
        rest = ", yet the orientation tag still asks for it" if weight > HINT else ""
        found.add(
            weight,
            f"the picture was turned after the camera wrote it{rest}",
            "viewers turn photos without loss",
        )
        return
    ratio = (has[0] / has[1]) / (width / height)
    same = min(abs(ratio - 1), abs((has[1] / has[0]) / (width / height) - 1)) < 0.02
    what = "resized" if same else "cropped or reshaped"
    found.add(
        MILD if same else 1.5,
        f"the picture was {what} to {has[0]} × {has[1]} from {width} × {height} in the EXIF",
        "publishing resizes photos, and cropping improves them",
    )


def _camera(exhibit: Exhibit, found: Observations) -> None:
    exif = exhibit.metadata.exif
    make = exif.get("Make", "").lower()
    if make and exif.get("FNumber") and "MakerNote" not in exif:
        taken = _date(exif.get("DateTimeOriginal"))
        year = taken.year if taken else 0
        for known in load_fingerprints("software")["makers_with_notes"]:
            if make.startswith(known["make"]) and year >= known["from_year"]:
                found.add(
                    0.7,
                    f"the maker note is gone, which {exif['Make']} cameras of {year} write",
                    "privacy tools and converters drop maker notes",
                )
                break
    if exif.get("FNumber") and exhibit.format in ("PNG", "BMP", "GIF", "WEBP"):
        found.add(
            MILD,
            f"camera settings in a {exhibit.format} file: it was converted after the camera",
            "messengers and web sites convert photos",
        )


def _position(exhibit: Exhibit, found: Observations) -> None:
    exif = exhibit.metadata.exif
    for name, limit in (("GPSLatitude", 90.0), ("GPSLongitude", 180.0)):
        text = exif.get(name)
        if not text:
            continue
        try:
            parts = [float(part) for part in text.split()]
        except ValueError:
            continue
        if parts and (abs(parts[0]) > limit or any(part >= 60.5 for part in parts[1:3])):
            found.add(HINT, f"the position is impossible: {_short(text, 40)}")


def _thumbnail(match: ThumbnailMatch, exhibit: Exhibit, found: Observations) -> GridMap | None:
    """Weigh how the thumbnail lies on the picture; returns the map of local differences."""
    if match.flat:
        return None
    if match.correlation < _OTHER_PICTURE:
        found.add(
            DECISIVE,
            f"the thumbnail shows another picture (correlation {match.correlation:.2f})",
            "software that copies metadata from one file to another leaves a foreign thumbnail",
        )
        return None
    if match.correlation < _UNCERTAIN and match.outside < _ALIGNED:
        found.add(
            MILD, f"the thumbnail fits the picture badly (correlation {match.correlation:.2f})"
        )
        return None
    if match.mirrored:
        found.add(
            STRONG,
            "the picture is a mirror image of its thumbnail",
            "front cameras store mirror images, some with an unmirrored thumbnail",
        )
    if match.outside < _ALIGNED:
        return None
    if match.coverage < _CROPPED:
        found.add(
            1.5,
            f"the picture shows {match.coverage:.0%} of what its thumbnail shows: it was cropped",
            "cropping improves photos",
        )
    if match.turns and not match.mirrored:
        found.add(HINT, f"the picture is turned by {90 * match.turns}° against its thumbnail")
    if match.changed > _CHANGED_SHARE:
        found.add(
            STRONG,
            f"{match.changed:.1%} of the picture differs locally from its thumbnail "
            f"(correlation {match.correlation:.3f})",
            "a logo or a date stamped on the picture",
        )
    return match.heatmap


@method(
    name="metadata",
    title="Consistency of metadata",
    question=Question.EDITED,
    about="Looks for editors, save histories and contradictions in the metadata and thumbnail.",
    source="Exif 3.0; XMP Specification parts 1 and 2; Kee and Farid, Digital image authentication "
    "from thumbnails, 2010; Gloe, Forensic analysis of ordered data structures, 2012",
    needs=(Need.BYTES,),
    cost=Cost.CHEAP,
    trace=Trace.RECORD,
    localizes=True,
)
def metadata(exhibit: Exhibit) -> Finding:
    """Score 0 to 4: 0 nothing, from 1 re-saved, from 2 an editor or a visible edit, from 3
    contradictions that only an edit explains. Missing metadata counts for nothing.
    """
    if exhibit.metadata.empty and not read_photoshop(exhibit).resources:
        return not_applicable(
            "the file carries no descriptive metadata, as most files from the web"
        )
    found = Observations()
    _software(exhibit, found)
    _history(exhibit, found)
    _dates(exhibit, found)
    _dimensions(exhibit, found)
    _camera(exhibit, found)
    _position(exhibit, found)
    match = compare_thumbnail(exhibit)
    heatmap = _thumbnail(match, exhibit, found) if match else None
    found.seen.sort(key=lambda entry: -entry[0])
    facts: dict[str, FactValue] = {
        "observations": [text for _, text in found.seen],
        "weights": [weight for weight, _ in found.seen],
        "has_thumbnail": match is not None,
    }
    if match and not match.flat:
        facts["thumbnail_correlation"] = round(match.correlation, 4)
        facts["thumbnail_changed_share"] = round(match.changed, 5)
        facts["thumbnail_coverage"] = round(match.coverage, 3)
    says = (
        f"Signs of processing in the metadata: {len(found.seen)}, the strongest that "
        f"{found.seen[0][1]}."
        if found.seen
        else "The metadata holds no sign of processing."
    )
    return Finding(
        Status.OBSERVED,
        score=found.score,
        says=says,
        heatmap=heatmap,
        facts=facts,
        limitations=(
            "metadata can be written and removed by anyone; consistent metadata proves nothing",
            "a thumbnail shows changes larger than about a fiftieth of the picture's width",
        ),
        innocent=tuple(found.innocent),
    )
