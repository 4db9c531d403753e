"""Metadata of a picture: EXIF, XMP, IPTC, ICC, PNG text; read defensively, never trusted."""

from __future__ import annotations

import io
import re
from dataclasses import dataclass, field
from typing import Any

from defusedxml import ElementTree
from defusedxml.common import DefusedXmlException
from PIL import ExifTags, Image

_MAX_TEXT = 20_000
_MAX_XMP = 2_000_000
_MAX_PATH = 2_000
_MAX_ENTRIES = 5_000
_MAX_ICC = 4_000_000
# What every TIFF holds so that its pixels can be read (TIFF 6.0, part 1): it describes nothing.
_STRUCTURE = {
    "ImageWidth", "ImageLength", "BitsPerSample", "Compression", "PhotometricInterpretation",
    "FillOrder", "StripOffsets", "SamplesPerPixel", "RowsPerStrip", "StripByteCounts",
    "PlanarConfiguration", "Predictor", "ColorMap", "ExtraSamples", "SampleFormat", "TileWidth",
    "TileLength", "TileOffsets", "TileByteCounts", "JPEGTables", "YCbCrSubSampling",
    "YCbCrPositioning", "ReferenceBlackWhite", "XResolution", "YResolution", "ResolutionUnit",
    "NewSubfileType",
}  # fmt: skip
# What the decoder adds to the text of a TIFF.
_DECODERS = {"compression"}


@dataclass(slots=True)
class Metadata:
    """Metadata by standard; values are strings, cut to a safe length.

    Attributes:
        exif: by EXIF tag name; GPS names begin with "GPS" themselves, Interoperability tags and
            unknown GPS tags are prefixed.
        xmp: by "prefix:Name" path ("xmp:CreatorTool", "xmpMM:History/stEvt:action").
        text: PNG text chunks, GIF and JPEG comments, by keyword.
        icc_description: name of the colour profile, or None.
        orientation: EXIF orientation, 1 to 8.
        thumbnail: bytes of the EXIF thumbnail (JPEG), or None.
        problems: what could not be read.
    """

    exif: dict[str, str] = field(default_factory=dict)
    xmp: dict[str, list[str]] = field(default_factory=dict)
    text: dict[str, str] = field(default_factory=dict)
    icc_description: str | None = None
    orientation: int = 1
    thumbnail: bytes | None = None
    problems: list[str] = field(default_factory=list)

    @property
    def empty(self) -> bool:
        """Whether there is no descriptive metadata at all, but what every TIFF holds."""
        return not (self.exif.keys() - _STRUCTURE or self.xmp or self.text)


def _plain(value: Any) -> str:
    """Turn a metadata value into printable text; long binary values become their length."""
    if isinstance(value, bytes):
        if len(value) > 4 * _MAX_TEXT:
            return f"<{len(value)} bytes>"
        stripped = value.rstrip(b"\0 ")
        for prefix, codec in ((b"ASCII\0\0\0", "ascii"), (b"UNICODE\0", "utf-16")):
            if stripped.startswith(prefix):
                return _plain(stripped[8:].decode(codec, "replace"))
        text = stripped.decode("latin-1")
        printable = all(c.isprintable() or c in "\r\n\t" for c in text)
        return _plain(text) if printable else f"<{len(value)} bytes>"
    if isinstance(value, tuple):
        return " ".join(_plain(item) for item in value[:64])
    text = str(value)[: 2 * _MAX_TEXT].replace("\0", "").strip()
    return "".join(c if c.isprintable() or c in "\r\n\t" else "?" for c in text)[:_MAX_TEXT]


def _read_exif(image: Image.Image, found: Metadata) -> None:
    exif = image.getexif()
    for tag, value in exif.items():
        found.exif[ExifTags.TAGS.get(tag, f"0x{tag:04X}")] = _plain(value)
    for ifd, names, prefix in (
        (ExifTags.IFD.Exif, ExifTags.TAGS, ""),
        (ExifTags.IFD.GPSInfo, ExifTags.GPSTAGS, ""),
        (ExifTags.IFD.Interop, ExifTags.TAGS, "Interop"),
    ):
        unknown = "GPS" if ifd == ExifTags.IFD.GPSInfo else ""
        for tag, value in exif.get_ifd(ifd).items():
            name = names.get(tag, f"{unknown}0x{tag:04X}")
            if tag == ExifTags.Base.MakerNote:
                size = len(value) if isinstance(value, bytes | dict | str) else 0
                found.exif["MakerNote"] = f"<{size} bytes>"
            else:
                found.exif[prefix + name] = _plain(value)
    for tag, value in exif.get_ifd(ExifTags.IFD.IFD1).items():
        if tag == ExifTags.Base.JpegIFOffset:
            found.thumbnail = _thumbnail(image, exif)
        else:
            found.exif.setdefault(
                "Thumbnail" + ExifTags.TAGS.get(tag, f"0x{tag:04X}"), _plain(value)
            )
    orientation = exif.get(ExifTags.Base.Orientation, 1)
    if isinstance(orientation, int) and 1 <= orientation <= 8:
        found.orientation = orientation
    else:
        found.problems.append("the EXIF orientation is none of 1 to 8: shown as it is stored")


def _thumbnail(image: Image.Image, exif: Image.Exif) -> bytes | None:
    ifd = exif.get_ifd(ExifTags.IFD.IFD1)
    start = ifd.get(ExifTags.Base.JpegIFOffset)
    length = ifd.get(ExifTags.Base.JpegIFByteCount)
    blob = image.info.get("exif", b"")
    if not (isinstance(start, int) and isinstance(length, int) and isinstance(blob, bytes)):
        return None
    if blob.startswith(b"Exif\0\0"):
        blob = blob[6:]
    thumbnail = blob[start : start + length]
    return thumbnail if thumbnail[:2] == b"\xff\xd8" else None


_XMP_PREFIXES = {
    "http://www.w3.org/1999/02/22-rdf-syntax-ns#": "rdf",
    "http://purl.org/dc/elements/1.1/": "dc",
    "http://ns.adobe.com/xap/1.0/": "xmp",
    "http://ns.adobe.com/xap/1.0/mm/": "xmpMM",
    "http://ns.adobe.com/xap/1.0/sType/ResourceEvent#": "stEvt",
    "http://ns.adobe.com/xap/1.0/sType/ResourceRef#": "stRef",
    "http://ns.adobe.com/photoshop/1.0/": "photoshop",
    "http://ns.adobe.com/camera-raw-settings/1.0/": "crs",
    "http://ns.adobe.com/tiff/1.0/": "tiff",
    "http://ns.adobe.com/exif/1.0/": "exif",
    "http://iptc.org/std/Iptc4xmpExt/2008-02-29/": "Iptc4xmpExt",
    "http://iptc.org/std/Iptc4xmpCore/1.0/xmlns/": "Iptc4xmpCore",
    "http://www.google.com/photos/1.0/creations/": "GCreations",
    "http://purl.org/dc/terms/": "dcterms",
}


def _xmp_name(tag: str) -> str:
    match = re.fullmatch(r"\{(.*)\}(.*)", tag)
    if not match:
        return tag
    space, local = match.groups()
    return f"{_XMP_PREFIXES.get(space, space.rstrip('/#').rsplit('/', 1)[-1])}:{local}"


def _read_xmp(packet: bytes, found: Metadata) -> None:
    if len(packet) > _MAX_XMP:
        found.problems.append(f"the XMP packet is too large ({len(packet)} bytes)")
        return
    try:
        root = ElementTree.fromstring(packet.strip(b"\0 \r\n\t"), forbid_dtd=True)
    except (ElementTree.ParseError, DefusedXmlException, ValueError):
        found.problems.append("the XMP packet is not well-formed XML")
        return
    structural = {"rdf:RDF", "rdf:Description", "rdf:Bag", "rdf:Seq", "rdf:Alt", "rdf:li"}
    # A stack, not recursion: the nesting depth is the file's to choose.
    stack = [(root, "")]
    count = 0
    while stack and count < _MAX_ENTRIES:
        node, path = stack.pop()
        if len(path) > _MAX_PATH:
            found.problems.append("the XMP packet is nested too deeply")
            return
        name = _xmp_name(str(node.tag))
        skip = name in structural or name.endswith(":xmpmeta") or name == "xmpmeta"
        here = path if skip else f"{path}/{name}".lstrip("/")
        for key, value in node.attrib.items():
            attribute = _xmp_name(key)
            if not attribute.startswith(("rdf:", "{", "xml:")) and "xmptk" not in attribute:
                found.xmp.setdefault(f"{here}/{attribute}".lstrip("/"), []).append(_plain(value))
                count += 1
            elif attribute == "rdf:resource" and here:
                found.xmp.setdefault(here, []).append(_plain(value))
        text = (node.text or "").strip()
        if text and here:
            found.xmp.setdefault(here, []).append(_plain(text))
            count += 1
        stack.extend((child, here) for child in reversed(node[:]))


def _icc_description(profile: bytes) -> str | None:
    from PIL import ImageCms

    try:
        opened = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        return _plain(ImageCms.getProfileDescription(opened))[:200]
    except (OSError, ImageCms.PyCMSError):
        return None


def read_metadata(image: Image.Image, comments: list[str]) -> Metadata:
    """Read what an opened picture says of itself.

    Args:
        image: opened, its pixels need not be loaded.
        comments: JPEG comments from the markers.

    Returns: the metadata; what cannot be read is listed in ``problems``.
    """
    found = Metadata()
    try:
        _read_exif(image, found)
    except Exception as error:  # Pillow's EXIF parser raises many kinds on hostile tags.
        found.problems.append(f"the EXIF block is damaged ({type(error).__name__})")
    packet = image.info.get("xmp") or image.info.get("XML:com.adobe.xmp")
    if isinstance(packet, str):
        packet = packet.encode()
    if isinstance(packet, bytes):
        _read_xmp(packet, found)
    for key, value in list(image.info.items())[:_MAX_ENTRIES]:
        if key == "XML:com.adobe.xmp" or (image.format == "TIFF" and key in _DECODERS):
            continue
        if isinstance(value, str) and isinstance(key, str):
            found.text[_plain(key)[:100]] = _plain(value)
        elif key == "comment" and isinstance(value, bytes):
            found.text["comment"] = _plain(value)
    if comments:
        found.text.setdefault("comment", _plain("\n".join(comments)))
    profile = image.info.get("icc_profile")
    if isinstance(profile, bytes) and 0 < len(profile) <= _MAX_ICC:
        found.icc_description = _icc_description(profile)
    return found
