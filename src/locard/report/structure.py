"""Structure of an exhibit's file as plain data: what ``locard info`` prints."""

from __future__ import annotations

import struct
from typing import Any

from locard.exhibit import Exhibit, JpegStructure
from locard.methods.container.iptc import read_photoshop
from locard.methods.container.jpeg_tables import (
    marker_order,
    qualities,
    table_key,
    written_by_libjpeg,
)
from locard.methods.container.thumbnail import compare_thumbnail, decode_thumbnail

_MAX_SEGMENTS = 2000
_SHOWN_TRAILER = 24


def trailer_kind(data: bytes) -> str:
    """Say what bytes after the end of a picture look like.

    Args:
        data: the trailing bytes.
    """
    head = data.lstrip(b"\0")[:64]
    if not head:
        return "zero padding"
    if head[:3] == b"\xff\xd8\xff":
        return "another JPEG picture (preview, depth or gain map)"
    if head[4:8] == b"ftyp":
        return "a video or HEIF file (motion photo)"
    if data[-4:] == b"SEFT" or b"MotionPhoto_Data" in data[:200]:
        return "a Samsung trailer (motion photo or edit record)"
    kinds = {
        b"PK\x03\x04": "a ZIP archive",
        b"\x89PNG": "a PNG picture",
        b"RIFF": "a RIFF file (sound or WebP)",
        b"%PDF": "a PDF document",
        b"Rar!": "a RAR archive",
        b"7z\xbc\xaf": "a 7-Zip archive",
        b"<?xpa": "an XMP packet",
        b"<x:xm": "an XMP packet",
    }
    for magic, kind in kinds.items():
        if head.startswith(magic):
            return kind
    inside = data.find(b"ftypmp4")
    if inside < 0:
        inside = data.find(b"ftypisom")
    if inside >= 0:
        return "a video further on (motion photo)"
    if data.find(b"\xff\xd8\xff") >= 0:
        return "data with a JPEG picture further on"
    text = sum(b in b"\t\r\n" or 32 <= b < 127 for b in data[:256])
    return "text" if text > 0.95 * min(256, len(data)) else "unknown data"


def _pictures(exhibit: Exhibit, jpeg: JpegStructure) -> list[dict[str, int]]:
    """Pictures listed in a multi-picture index (CIPA DC-007): size and absolute offset."""
    data = exhibit.data or b""
    for segment in jpeg.segments:
        if segment.name != "APP2" or segment.identifier != "MPF":
            continue
        start = segment.offset + 8
        block = data[start : segment.offset + 4 + segment.length]
        if len(block) < 8:
            return []
        order = "<" if block[:2] == b"II" else ">"
        try:
            (first,) = struct.unpack_from(order + "I", block, 4)
            (count,) = struct.unpack_from(order + "H", block, first)
            for index in range(min(count, 16)):
                entry = first + 2 + 12 * index
                tag, _, size, place = struct.unpack_from(order + "HHII", block, entry)
                if tag == 0xB002:
                    found = []
                    for at in range(place, place + min(size, 16 * 64), 16):
                        _, length, offset = struct.unpack_from(order + "III", block, at)
                        found.append({"offset": offset + start if offset else 0, "bytes": length})
                    return found
        except struct.error:
            return []
    return []


def _describe_jpeg(exhibit: Exhibit, jpeg: JpegStructure) -> dict[str, Any]:
    described: dict[str, Any] = {
        "process": jpeg.process,
        "precision_bits": jpeg.precision,
        "width": jpeg.width,
        "height": jpeg.height,
        "subsampling": jpeg.subsampling,
        "components": [
            {
                "identifier": c.identifier,
                "sampling": [c.horizontal, c.vertical],
                "quantization_table": c.table,
            }
            for c in jpeg.components
        ],
        "scans": jpeg.scans,
        "restart_interval": jpeg.restart_interval,
        "optimized_huffman": jpeg.optimized_huffman,
        "adobe_transform": jpeg.adobe_transform,
        "complete": jpeg.complete,
        "laid_out_as_libjpeg": written_by_libjpeg(jpeg),
        "marker_order": marker_order(jpeg),
        "segments": [
            {"name": s.name, "offset": s.offset, "bytes": s.length, "identifier": s.identifier}
            for s in jpeg.segments[:_MAX_SEGMENTS]
        ],
        "segments_left_out": max(0, len(jpeg.segments) - _MAX_SEGMENTS),
        "quantization_tables": {
            str(number): table.tolist() for number, table in jpeg.quantization_tables.items()
        },
        "comments": list(jpeg.comments),
        "pictures": _pictures(exhibit, jpeg),
    }
    nearest = qualities(jpeg)
    if nearest is not None:
        luma, chroma = nearest
        described["quality"] = {"luma": luma.value, "luma_deviation": round(luma.deviation, 3)}
        if len(jpeg.components) > 1:
            described["quality"] |= {
                "chroma": chroma.value,
                "chroma_deviation": round(chroma.deviation, 3),
            }
        described["table_key"] = table_key(jpeg)
    resources = read_photoshop(exhibit)
    described["photoshop_resources"] = [f"0x{number:04X}" for number in resources.resources]
    return described


def describe_structure(exhibit: Exhibit) -> dict[str, Any]:
    """Describe the file of an exhibit: format, segments, tables, metadata, thumbnail, trailer.

    Returns: a JSON-serialisable dictionary; strings come from the file and are not escaped.
    """
    metadata = exhibit.metadata
    described: dict[str, Any] = {
        "name": exhibit.name,
        "format": exhibit.format,
        "bytes": exhibit.size,
        "sha256": exhibit.sha256,
        "width": exhibit.width,
        "height": exhibit.height,
        "bit_depth": exhibit.bit_depth,
        "colour": exhibit.is_colour,
        "alpha": exhibit.has_alpha,
        "frames": exhibit.frames,
        "orientation": metadata.orientation,
        "notes": list(exhibit.notes),
        "metadata": {
            "exif": dict(metadata.exif),
            "xmp": {key: list(values) for key, values in metadata.xmp.items()},
            "iptc": dict(read_photoshop(exhibit).iptc),
            "text": dict(metadata.text),
            "icc_profile": metadata.icc_description,
            "problems": list(metadata.problems),
        },
        "thumbnail": None,
        "trailing": None,
        "jpeg": None,
    }
    if metadata.thumbnail is not None:
        match = compare_thumbnail(exhibit)
        described["thumbnail"] = {
            "bytes": len(metadata.thumbnail),
            "readable": decode_thumbnail(metadata.thumbnail) is not None,
            "correlation": None if match is None or match.flat else round(match.correlation, 4),
        }
    jpeg = exhibit.jpeg
    if jpeg is not None:
        described["jpeg"] = _describe_jpeg(exhibit, jpeg)
        if jpeg.trailing and exhibit.data is not None:
            trailing = exhibit.data[jpeg.end :]
            described["trailing"] = {
                "offset": jpeg.end,
                "bytes": len(trailing),
                "kind": trailer_kind(trailing),
                "starts_with": trailing[:_SHOWN_TRAILER].hex(" "),
            }
    return described
