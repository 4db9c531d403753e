"""Metadata: what is read, and that hostile metadata harms nothing."""

from __future__ import annotations

import io
import struct
import time
import zlib

import pytest
from PIL import Image, ImageCms

from locard.exhibit import open_exhibit

XMP = b"""<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/" x:xmptk="a toolkit">
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:xmp="http://ns.adobe.com/xap/1.0/"
 xmlns:xmpMM="http://ns.adobe.com/xap/1.0/mm/"
 xmlns:stEvt="http://ns.adobe.com/xap/1.0/sType/ResourceEvent#" xmp:CreatorTool="An editor 2.0">
<xmpMM:History><rdf:Seq><rdf:li stEvt:action="saved"/><rdf:li stEvt:action="converted"/></rdf:Seq>
</xmpMM:History></rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end="w"?>"""


def encode(kind: str = "JPEG", **options: object) -> bytes:
    stream = io.BytesIO()
    Image.effect_noise((48, 40), 40).convert("RGB").save(stream, kind, **options)
    return stream.getvalue()


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def thumbnail_exif() -> bytes:
    """An EXIF block with a thumbnail in its second directory."""
    small = io.BytesIO()
    Image.new("RGB", (16, 12), "red").save(small, "JPEG")
    body = small.getvalue()
    first = struct.pack("<HHHIII", 1, 271, 2, 6, 8 + 18, 8 + 18 + 6)
    second_at = 8 + 18 + 6
    second = struct.pack("<H", 2)
    second += struct.pack("<HHII", 513, 4, 1, second_at + 30) + struct.pack(
        "<HHII", 514, 4, 1, len(body)
    )
    tiff = b"II*\0\x08\0\0\0" + first + b"Maker\0" + second + b"\0" * 4 + body
    return b"Exif\0\0" + tiff


def test_exif_xmp_icc_and_comment() -> None:
    exif = Image.Exif()
    exif[271], exif[305], exif[274] = "A maker", "An editor\0\0", 8
    exif.get_ifd(0x8769)[36867] = "2021:02:03 04:05:06"
    exif.get_ifd(0x8769)[37500] = b"maker note"
    exif.get_ifd(0x8825)[1] = "N"
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    data = encode(exif=exif, xmp=XMP, icc_profile=profile, comment=b"a comment")
    found = open_exhibit(data).metadata
    assert found.exif["Make"] == "A maker"
    assert found.exif["Software"] == "An editor"
    assert found.exif["DateTimeOriginal"] == "2021:02:03 04:05:06"
    assert found.exif["MakerNote"] == "<10 bytes>"
    assert found.exif["GPSLatitudeRef"] == "N"
    assert found.xmp["xmp:CreatorTool"] == ["An editor 2.0"]
    assert found.xmp["xmpMM:History/stEvt:action"] == ["saved", "converted"]
    assert found.icc_description is not None
    assert "sRGB" in found.icc_description
    assert found.text["comment"] == "a comment"
    assert (found.orientation, found.problems, found.empty) == (8, [], False)


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "TIFF", "AVIF"])
def test_metadata_of_other_formats(kind: str) -> None:
    exif = Image.Exif()
    exif[271] = "A maker"
    options = {"exif": exif}
    if kind in ("WEBP", "AVIF"):
        options["xmp"] = XMP  # type: ignore[assignment]
    found = open_exhibit(encode(kind, **options)).metadata
    assert found.exif["Make"] == "A maker"
    assert bool(found.xmp) == (kind in ("WEBP", "AVIF"))


def test_png_text() -> None:
    whole = encode("PNG")
    text = chunk(b"tEXt", b"parameters\0a castle, Steps: 20")
    text += chunk(b"zTXt", b"workflow\0\0" + zlib.compress(b"{}"))
    text += chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + XMP)
    found = open_exhibit(whole[:33] + text + whole[33:]).metadata
    assert found.text["parameters"] == "a castle, Steps: 20"
    assert found.text["workflow"] == "{}"
    assert found.xmp["xmp:CreatorTool"] == ["An editor 2.0"]


def test_nothing_there() -> None:
    found = open_exhibit(encode("BMP")).metadata
    assert found.empty
    assert found.orientation == 1
    # What a TIFF needs to be read describes nothing.
    assert open_exhibit(encode("TIFF")).metadata.empty


def test_thumbnail() -> None:
    found = open_exhibit(encode(exif=thumbnail_exif())).metadata
    assert found.thumbnail is not None
    assert Image.open(io.BytesIO(found.thumbnail)).size == (16, 12)


def test_metadata_of_a_cut_file_is_read() -> None:
    exif = Image.Exif()
    exif[305] = "An editor"
    for kind in ("JPEG", "PNG"):
        whole = encode(kind, exif=exif)
        cut = open_exhibit(whole[: int(len(whole) * 0.8)])
        assert cut.metadata.exif["Software"] == "An editor", kind


LAUGHS = b'<!DOCTYPE x [<!ENTITY a "lol">' + b"".join(
    b'<!ENTITY %c "%s">' % (97 + i, (b"&%c;" % (96 + i)) * 10) for i in range(1, 10)
) + b"]><x>&j;</x>"  # fmt: skip


@pytest.mark.parametrize(
    ("packet", "problem"),
    [
        (LAUGHS, "well-formed"),
        (b"<a>" * 20_000, "well-formed"),
        (b"<a>" * 8_000 + b"</a>" * 8_000, "nested"),
        (b'<!DOCTYPE x SYSTEM "file:///etc/passwd"><x/>', "well-formed"),
        (b"\xff\xfe<\0x", "well-formed"),
        (b"<x>" + bytes(30) + b"</x>", "well-formed"),
    ],
)
def test_hostile_xmp(packet: bytes, problem: str) -> None:
    start = time.process_time()
    found = open_exhibit(encode("WEBP", xmp=packet)).metadata
    assert any(problem in p for p in found.problems)
    assert not found.xmp
    assert time.process_time() - start < 2


def test_xmp_of_many_entries_is_bounded() -> None:
    items = b"".join(b"<q:n%d>v</q:n%d>" % (i, i) for i in range(40_000))
    found = open_exhibit(encode("WEBP", xmp=b'<x xmlns:q="urn:q">' + items + b"</x>")).metadata
    assert 1000 < len(found.xmp) <= 5000


@pytest.mark.parametrize("order", ["<", ">"])
def test_hostile_exif(order: str) -> None:
    head = b"II*\0" if order == "<" else b"MM\0*"
    eight = struct.pack(order + "I", 8)

    def directory(*entries: tuple[int, int, int, int], following: int = 0) -> bytes:
        body = b"".join(struct.pack(order + "HHII", *entry) for entry in entries)
        return struct.pack(order + "H", len(entries)) + body + struct.pack(order + "I", following)

    cyclic = directory((0x8769, 4, 1, 8), (0x8825, 4, 1, 8), (0xA005, 4, 1, 8), following=8)
    absurd = directory(
        (271, 2, 0xFFFFFFFF, 20), (305, 2, 0x7FFFFFFF, 0xFFFFFFF0), (274, 3, 1, 9 << 16)
    )
    counted = struct.pack(order + "H", 0xFFFF) + bytes(100)
    thumbnail = directory(following=14) + directory(
        (513, 4, 1, 0xFFFFFFFF), (514, 4, 1, 0xFFFFFFFF)
    )
    for body in (cyclic, absurd, counted, thumbnail, b"", b"\xff" * 40):
        exhibit = open_exhibit(encode(exif=b"Exif\0\0" + head + eight + body))
        assert exhibit.rgb.shape == (40, 48, 3)
        assert exhibit.metadata.orientation == 1
        assert exhibit.metadata.thumbnail is None


def test_long_values_are_cut() -> None:
    exif = Image.Exif()
    exif[270] = "x" * 60_000
    found = open_exhibit(encode(exif=exif)).metadata
    assert len(found.exif["ImageDescription"]) == 20_000


def test_broken_profile_is_ignored() -> None:
    assert open_exhibit(encode(icc_profile=b"\xff" * 500)).metadata.icc_description is None


@pytest.mark.parametrize("orientation", [0, 9, 99])
def test_an_orientation_that_is_none_is_said(orientation: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    found = open_exhibit(encode(exif=exif)).metadata
    assert found.orientation == 1
    assert any("none of 1 to 8" in problem for problem in found.problems)
