"""Photoshop image resources and the IPTC record inside them (JPEG segment APP13).

Layout: Adobe Photoshop File Formats Specification, "Image Resource Blocks"; IPTC-NAA Information
Interchange Model 4.2.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field

from locard.exhibit import Exhibit

_SIGNATURE = b"Photoshop 3.0\0"
_IPTC_RESOURCE = 0x0404
_MAX_BLOCKS = 500
_NAMES = {
    5: "ObjectName",
    40: "SpecialInstructions",
    55: "DateCreated",
    65: "OriginatingProgram",
    80: "By-line",
    103: "OriginalTransmissionReference",
    105: "Headline",
    110: "Credit",
    115: "Source",
    116: "CopyrightNotice",
    120: "Caption",
}


@dataclass(slots=True)
class PhotoshopResources:
    """What the APP13 segments hold.

    Attributes:
        resources: numbers of the image resources, in order (0x0406 is the JPEG quality).
        iptc: application-record values by name; unknown data sets as "2:<number>".
    """

    resources: list[int] = field(default_factory=list)
    iptc: dict[str, str] = field(default_factory=dict)


def _read_iptc(data: bytes, found: PhotoshopResources) -> None:
    position = 0
    while position + 5 <= len(data) and data[position] == 0x1C:
        record, number, length = struct.unpack_from(">BBH", data, position + 1)
        position += 5
        if length & 0x8000:
            return
        value = data[position : position + length]
        position += length
        if record == 2 and len(found.iptc) < _MAX_BLOCKS:
            text = value.decode("utf-8", "replace")[:2000]
            clean = "".join(c if c.isprintable() else "?" for c in text)
            found.iptc.setdefault(_NAMES.get(number, f"2:{number}"), clean)


def _read_blocks(data: bytes, found: PhotoshopResources) -> None:
    position = 0
    while position + 12 <= len(data) and len(found.resources) < _MAX_BLOCKS:
        if data[position : position + 4] not in (b"8BIM", b"MeSa", b"AgHg", b"PHUT", b"DCSR"):
            return
        number = struct.unpack_from(">H", data, position + 4)[0]
        name = data[position + 6]
        # Names and data are padded to even lengths.
        start = position + 6 + (name + 2) // 2 * 2
        if start + 4 > len(data):
            return
        length = struct.unpack_from(">I", data, start)[0]
        body = data[start + 4 : start + 4 + length]
        found.resources.append(int(number))
        if number == _IPTC_RESOURCE:
            _read_iptc(body, found)
        position = start + 4 + length + length % 2


def read_photoshop(exhibit: Exhibit) -> PhotoshopResources:
    """Read the Photoshop resources of a JPEG exhibit; damaged blocks end the walk."""

    def compute() -> PhotoshopResources:
        found = PhotoshopResources()
        if exhibit.jpeg is None or exhibit.data is None:
            return found
        joined = bytearray()
        for segment in exhibit.jpeg.segments:
            if segment.name != "APP13":
                continue
            payload = exhibit.data[segment.offset + 4 : segment.offset + 4 + segment.length]
            if payload.startswith(_SIGNATURE):
                joined += payload[len(_SIGNATURE) :]
        _read_blocks(bytes(joined), found)
        return found

    return exhibit.shared("iptc:photoshop", compute)
