"""The record of an exposure in the metadata, which cameras write and generators do not."""

from __future__ import annotations

from locard.exhibit import Exhibit
from locard.methods.contract import (
    Cost,
    Finding,
    Need,
    Question,
    Status,
    Trace,
    method,
    not_applicable,
)

_EXPOSURE = ("ExposureTime", "FNumber", "ISOSpeedRatings", "FocalLength", "ShutterSpeedValue")


@method(
    name="camera-record",
    title="Record of an exposure",
    question=Question.GENERATED,
    about="Looks for make, model, exposure settings and maker note of a camera.",
    source="Exif 3.0; Kee, Johnson and Farid, Digital image authentication from JPEG headers, 2011",
    needs=(Need.BYTES,),
    cost=Cost.CHEAP,
    trace=Trace.RECORD,
)
def camera_record(exhibit: Exhibit) -> Finding:
    """Score: -1 camera, exposure and maker note; -0.5 without the note; 0 an incomplete record."""
    exif = exhibit.metadata.exif
    if not exif.get("Make") and not exif.get("Model"):
        return not_applicable("the metadata names no camera")
    settings = [name for name in _EXPOSURE if exif.get(name)]
    note = "MakerNote" in exif
    complete = len(settings) >= 2
    camera = f"{exif.get('Make', '')} {exif.get('Model', '')}".strip()[:80]
    extra = " and a maker note" if note else ", but no maker note"
    return Finding(
        Status.OBSERVED,
        score=0.0 if not complete else -1.0 if note else -0.5,
        says=f"The metadata records an exposure by {camera} with {len(settings)} settings{extra}."
        if complete
        else f"The metadata names {camera} but records no exposure.",
        facts={"camera": camera, "exposure_settings": settings, "maker_note": note},
        limitations=("metadata can be copied from any photo into any picture",),
    )
