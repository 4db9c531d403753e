from __future__ import annotations

import io
import struct

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, PngImagePlugin

from locard.exhibit import open_exhibit
from locard.methods.container.metadata import classify_software, metadata
from locard.methods.container.thumbnail import compare_thumbnail
from locard.methods.contract import Finding, Status

RGB = NDArray[np.uint8]
SOFTWARE, DATE, TAKEN, WIDTH, HEIGHT = 0x0131, 0x0132, 0x9003, 0xA002, 0xA003
MAKE, FNUMBER, ORIENTATION = 0x010F, 0x829D, 0x0112


def photo(seed: int, height: int = 480, width: int = 640) -> RGB:
    """Smooth colours at several scales, an edge, and sensor noise."""
    rng = np.random.default_rng(seed)
    picture = np.full((height, width, 3), 115.0)
    for cells, strength in ((4, 40.0), (12, 25.0), (40, 10.0)):
        coarse = rng.normal(0, strength, (cells, cells, 3)).astype(np.float32)
        picture += cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)
    picture[height // 3 :, : width // 4] -= 30
    picture += rng.normal(0, 2, picture.shape)
    return np.clip(picture, 0, 255).astype(np.uint8)


def jpeg(rgb: RGB, exif: bytes = b"", xmp: bytes = b"") -> bytes:
    out = io.BytesIO()
    options = {"xmp": xmp} if xmp else {}
    Image.fromarray(rgb).save(out, "JPEG", quality=92, exif=exif, **options)
    return out.getvalue()


def tagged(rgb: RGB, xmp: bytes = b"", **tags: object) -> bytes:
    block = Image.Exif()
    inner = block.get_ifd(0x8769)
    for name, value in tags.items():
        tag = globals()[name.upper()]
        (inner if tag in (TAKEN, WIDTH, HEIGHT, FNUMBER) else block)[tag] = value
    return jpeg(rgb, block.tobytes(), xmp)


def with_thumbnail(rgb: RGB, shown: RGB, long_side: int = 160) -> bytes:
    """The picture with an EXIF thumbnail of another one (TIFF 6.0 layout, IFD0 and IFD1)."""
    scale = long_side / max(shown.shape[:2])
    size = (round(shown.shape[1] * scale), round(shown.shape[0] * scale))
    small = jpeg(np.asarray(cv2.resize(shown, size, interpolation=cv2.INTER_AREA), np.uint8))
    block = b"II*\0" + struct.pack("<I", 8)
    block += struct.pack("<HHHIHHI", 1, ORIENTATION, 3, 1, 1, 0, 26)
    block += struct.pack("<HHHIHH", 3, 0x0103, 3, 1, 6, 0)
    block += struct.pack("<HHIIHHII", 0x0201, 4, 1, 68, 0x0202, 4, 1, len(small))
    return jpeg(rgb, b"Exif\0\0" + block + struct.pack("<I", 0) + small)


def examine(data: bytes) -> Finding:
    (finding,) = metadata.examine(open_exhibit(data))
    return finding


def score(data: bytes) -> float:
    value = examine(data).score
    assert value is not None
    return value


def test_what_is_cut_off_was_not_cropped_by_anybody() -> None:
    whole = with_thumbnail(photo(1), photo(1))
    cut = open_exhibit(whole[: len(whole) // 2])
    assert cut.height < cut.rows_in_file
    assert compare_thumbnail(cut) is None
    assert score(whole[: len(whole) // 2]) == score(whole)


def test_a_foreign_thumbnail_is_decisive() -> None:
    finding = examine(with_thumbnail(photo(1), photo(2)))
    assert finding.score is not None
    assert finding.score >= 3
    assert "another picture" in finding.says


@pytest.mark.parametrize(
    ("centre", "axes"), [((200, 150), (60, 45)), ((480, 330), (40, 70)), ((320, 240), (90, 60))]
)
def test_a_stale_thumbnail_shows_where(centre: tuple[int, int], axes: tuple[int, int]) -> None:
    before, donor = photo(3), photo(4)
    mask = np.zeros(before.shape[:2], np.uint8)
    cv2.ellipse(mask, centre, axes, 0, 0, 360, 1, -1)
    forged = np.where(mask[..., None] > 0, np.clip(255 - donor.astype(int), 0, 255), before)
    finding = examine(with_thumbnail(forged.astype(np.uint8), before))
    assert finding.score is not None
    assert finding.score >= 2
    assert finding.heatmap is not None
    heat = finding.heatmap.pixels(*before.shape[:2])
    inside, outside = heat[mask > 0].mean(), heat[mask == 0].mean()
    assert inside > 0.3
    assert outside < 0.02


@pytest.mark.parametrize("seed", range(5))
def test_its_own_thumbnail_is_left_alone(seed: int) -> None:
    picture = photo(10 + seed)
    finding = examine(with_thumbnail(picture, picture))
    assert finding.score == 0
    assert finding.heatmap is not None
    assert finding.heatmap.values.max() < 0.2
    assert finding.facts["thumbnail_correlation"] > 0.98  # type: ignore[operator]


def test_black_bars_turns_and_tone_are_tolerated() -> None:
    picture = photo(20, 400, 600)
    barred = np.zeros((450, 600, 3), np.uint8)
    barred[25:425] = np.clip(picture * 0.8 + 30, 0, 255)
    match = compare_thumbnail(open_exhibit(with_thumbnail(picture, barred)))
    assert match is not None
    assert match.correlation > 0.97
    assert match.changed == 0
    turned = np.ascontiguousarray(np.rot90(picture))
    assert score(with_thumbnail(turned, picture)) < 1


def test_crops_and_mirror_images() -> None:
    picture = photo(21)
    crop = np.ascontiguousarray(picture[60:360, 100:450])
    match = compare_thumbnail(open_exhibit(with_thumbnail(crop, picture)))
    assert match is not None
    assert match.coverage == pytest.approx(300 * 350 / (480 * 640), abs=0.06)
    assert score(with_thumbnail(crop, picture)) >= 1.5
    assert score(with_thumbnail(np.ascontiguousarray(picture[:, ::-1]), picture)) >= 2


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Adobe Photoshop 7.0", "editor"),
        ("Adobe Photoshop Lightroom 5.7", "developer"),
        ("GIMP 2.10.30", "editor"),
        ("ACD Systems Digital Imaging", "converter"),
        ("Ver.1.00 ", None),
        ("17.1.A.2.55_9_f300", None),
        ("Digital Camera FinePix S5500   Ver1.00", None),
        ("Canon EOS 5D Mark III Firmware 1.2.3", None),
        ("14.4.2", None),
    ],
)
def test_software(text: str, kind: str | None) -> None:
    found = classify_software(text)
    assert (found[0] if found else None) == kind


@pytest.mark.parametrize(
    ("tags", "least", "most"),
    [
        ({"software": "Adobe Photoshop 25.0"}, 2, 3),
        ({"software": "Ver.1.00"}, 0, 0),
        ({"date": "2020:05:02 10:00:00", "taken": "2020:05:01 09:00:00"}, 0.5, 0.9),
        ({"date": "2020:05:01 09:00:00", "taken": "2020:05:01 09:00:00"}, 0, 0),
        ({"date": "0000:00:00 00:00:00"}, 0, 0),
        ({"date": "2020:13:41 10:00:00"}, 0.1, 0.5),
        ({"width": 4000, "height": 3000}, 1, 1.4),
        ({"width": 4000, "height": 2000}, 1.5, 2),
        ({"width": 640, "height": 480}, 0, 0),
        ({"width": 480, "height": 640, "orientation": 6}, 0.5, 0.9),
        ({"make": "Canon", "fnumber": 2.8, "taken": "2015:01:01 10:00:00"}, 0.5, 0.9),
        ({"make": "Polaroid", "fnumber": 2.8, "taken": "2015:01:01 10:00:00"}, 0, 0),
    ],
)
def test_observations(tags: dict[str, object], least: float, most: float) -> None:
    base = {"orientation": 1} | tags
    assert least <= score(tagged(photo(30), **base)) <= most


def _xmp(body: str) -> bytes:
    return (
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF '
        'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about="" '
        'xmlns:crs="http://ns.adobe.com/camera-raw-settings/1.0/" '
        'xmlns:photoshop="http://ns.adobe.com/photoshop/1.0/" '
        'xmlns:xmpMM="http://ns.adobe.com/xap/1.0/mm/" '
        'xmlns:stEvt="http://ns.adobe.com/xap/1.0/sType/ResourceEvent#">'
        f"{body}</rdf:Description></rdf:RDF></x:xmpmeta>"
    ).encode()


@pytest.mark.parametrize(
    ("body", "least", "most"),
    [
        ("<crs:Exposure2012>+0.35</crs:Exposure2012>", 0.3, 0.3),
        (
            "<photoshop:DocumentAncestors><rdf:Bag><rdf:li>uuid:1</rdf:li></rdf:Bag>"
            "</photoshop:DocumentAncestors>",
            2,
            2.5,
        ),
        (
            "<photoshop:TextLayers><rdf:Bag><rdf:li photoshop:LayerName='x'/></rdf:Bag>"
            "</photoshop:TextLayers>",
            3,
            4,
        ),
        (
            "<xmpMM:History><rdf:Seq><rdf:li stEvt:action='saved' "
            "stEvt:softwareAgent='Adobe Photoshop CS6'/></rdf:Seq></xmpMM:History>",
            2,
            3,
        ),
    ],
)
def test_histories(body: str, least: float, most: float) -> None:
    assert least <= score(jpeg(photo(31), xmp=_xmp(body))) <= most


def test_a_picture_of_no_camera_is_not_said_to_come_from_one() -> None:
    info = PngImagePlugin.PngInfo()
    info.add_text("Title", "a house")
    out = io.BytesIO()
    Image.fromarray(photo(30)).save(out, "PNG", pnginfo=info)
    titled = examine(out.getvalue())
    assert titled.score == 0
    assert titled.says == "The metadata holds no sign of processing."


def test_strange_exhibits() -> None:
    bare = examine(jpeg(photo(40)))
    # Pillow notes a JFIF density, which is no description.
    assert bare.status is Status.NOT_APPLICABLE or bare.score == 0
    flat = np.full((32, 48, 3), 120, np.uint8)
    assert score(with_thumbnail(flat, flat)) == 0
    broken = bytearray(with_thumbnail(photo(41), photo(41)))
    for position in range(120, 900, 7):
        broken[position] = 0xA5
    assert examine(bytes(broken)).status in (Status.OBSERVED, Status.NOT_APPLICABLE)
    (finding,) = metadata.examine(open_exhibit(flat))
    assert finding.status is Status.NOT_APPLICABLE
