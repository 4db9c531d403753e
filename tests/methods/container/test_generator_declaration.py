from __future__ import annotations

import io
import json

import numpy as np
import pytest
from PIL import Image, PngImagePlugin

from locard.exhibit import open_exhibit
from locard.methods.container.generator_declaration import generator_declaration
from locard.methods.contract import Finding, Question, Status

PARAMETERS = (
    "a lighthouse at dusk\nNegative prompt: blurry\nSteps: 28, Sampler: DPM++ 2M Karras, "
    "CFG scale: 7, Seed: 1234567, Size: 512x512, Model hash: 6ce0161689, Model: v1-5-pruned"
)
GRAPH = {
    "3": {
        "class_type": "KSampler",
        "inputs": {"seed": 42, "steps": 20, "sampler_name": "euler", "model": ["4", 0]},
    },
    "4": {
        "class_type": "CheckpointLoaderSimple",
        "inputs": {"ckpt_name": "sd_xl_base.safetensors"},
    },
}
PIXELS = np.random.default_rng(0).integers(60, 200, (64, 64, 3), dtype=np.uint8)


def png(**chunks: str) -> bytes:
    info = PngImagePlugin.PngInfo()
    for key, value in chunks.items():
        info.add_itxt(key.replace("__", ":").replace("_dash_", "-"), value)
    out = io.BytesIO()
    Image.fromarray(PIXELS).save(out, "PNG", pnginfo=info)
    return out.getvalue()


def xmp(inner: str, attributes: str = "") -> bytes:
    packet = (
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF '
        'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about="" '
        'xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/" '
        'xmlns:photoshop="http://ns.adobe.com/photoshop/1.0/" '
        'xmlns:xmp="http://ns.adobe.com/xap/1.0/" '
        f"{attributes}>{inner}</rdf:Description></rdf:RDF></x:xmpmeta>"
    )
    out = io.BytesIO()
    Image.fromarray(PIXELS).save(out, "JPEG", xmp=packet.encode())
    return out.getvalue()


def exif(kind: str = "JPEG", **tags: object) -> bytes:
    block = Image.Exif()
    for name, value in tags.items():
        tag = {"Software": 305, "Make": 271, "Model": 272, "Description": 270, "Artist": 315}.get(
            name
        )
        if tag:
            block[tag] = value
    if "UserComment" in tags:
        block.get_ifd(0x8769)[0x9286] = tags["UserComment"]
    out = io.BytesIO()
    Image.fromarray(PIXELS).save(out, kind, exif=block.tobytes())
    return out.getvalue()


def examine(data: bytes) -> dict[Question, Finding]:
    findings = generator_declaration.examine(open_exhibit(data))
    return {f.question: f for f in findings if f.question}


def source(kind: str) -> bytes:
    url = f"http://cv.iptc.org/newscodes/digitalsourcetype/{kind}"
    return xmp("", f'Iptc4xmpExt:DigitalSourceType="{url}"')


@pytest.mark.parametrize(
    ("data", "score", "word"),
    [
        (png(parameters=PARAMETERS), 3, "web interface"),
        (exif(UserComment=b"UNICODE\0" + PARAMETERS.encode("utf-16-be")), 3, "web interface"),
        (
            exif("WEBP", UserComment=b"UNICODE\0" + PARAMETERS.encode("utf-16-le")),
            3,
            "web interface",
        ),
        (exif(UserComment=b"ASCII\0\0\0" + PARAMETERS.encode()), 3, "web interface"),
        (png(prompt=json.dumps(GRAPH)), 3, "ComfyUI"),
        (png(workflow=json.dumps({"nodes": [{"type": "VAEDecode"}]})), 3, "ComfyUI"),
        (png(invokeai_metadata="{}"), 3, "InvokeAI"),
        (png(sd_dash_metadata="{}"), 3, "InvokeAI"),
        (
            png(Software="NovelAI", Comment=json.dumps({"prompt": "x", "seed": 1, "uc": ""})),
            3,
            "NovelAI",
        ),
        (png(Description="cat Job ID: 0d3b4a52-1c2d-4e5f-8a9b-0c1d2e3f4a5b"), 3, "Midjourney"),
        (source("trainedAlgorithmicMedia"), 3, "trainedAlgorithmicMedia"),
        (xmp("<photoshop:Credit>Made with Google AI</photoshop:Credit>"), 2, "Google AI"),
        (xmp("", 'xmp:CreatorTool="Adobe Firefly"'), 2, "Firefly"),
        (xmp("<Iptc4xmpExt:AISystemUsed>some model</Iptc4xmpExt:AISystemUsed>"), 3, "some model"),
        (exif(Software="AI generated;txt2img;flux", Make="Black Forest Labs"), 2, "FLUX"),
        (exif(Artist="Midjourney v6"), 2, "Midjourney"),
        (png(Title="AI generated image"), 2, "AI generated"),
        (exif(Description="inspired by Midjourney"), 1, "Midjourney"),
        # Captions and credits that speak about a generator.
        (png(Title="Midjourney founder David Holz, portrait"), 1, "Midjourney"),
        (xmp("<photoshop:Source>OpenAI press office</photoshop:Source>"), 1, "OpenAI"),
    ],
)
def test_declarations(data: bytes, score: float, word: str) -> None:
    finding = examine(data)[Question.GENERATED]
    assert finding.score == score
    assert word in finding.says


def test_settings_are_read() -> None:
    facts = examine(png(parameters=PARAMETERS))[Question.GENERATED].facts
    assert facts["model"] == "v1-5-pruned"
    assert facts["seed"] == "1234567"
    assert facts["sampler"] == "DPM++ 2M Karras"
    facts = examine(png(prompt=json.dumps(GRAPH)))[Question.GENERATED].facts
    assert (facts["model"], facts["seed"]) == ("sd_xl_base.safetensors", "42")


def test_a_composite_bears_on_edited_too() -> None:
    found = examine(source("compositeWithTrainedAlgorithmicMedia"))
    assert found[Question.GENERATED].score == 2
    assert found[Question.EDITED].score == 3


def test_a_declared_capture_speaks_against() -> None:
    found = examine(source("digitalCapture"))
    assert found[Question.GENERATED].score == -1
    assert Question.EDITED not in found


@pytest.mark.parametrize(
    "data",
    [
        exif(Software="Ver.1.00", Make="NIKON CORPORATION", Model="NIKON D40"),
        png(Description="Steps: up the hill, a house"),
        exif(Description="AI-generated images of the storm were debunked"),
        png(prompt='{"a": ["b"'),
        png(workflow="[" * 5000),
        png(parameters='{"3": {"inputs": 7}, "4": null}'),
        xmp("", 'xmp:CreatorTool="Adobe Photoshop 25.0"'),
    ],
)
def test_other_metadata_is_left_alone(data: bytes) -> None:
    assert examine(data)[Question.GENERATED].score == 0


def test_no_metadata() -> None:
    finding = examine(png())[Question.GENERATED]
    assert finding.status is Status.NOT_APPLICABLE


def test_pixels_without_a_file() -> None:
    (finding,) = generator_declaration.examine(open_exhibit(PIXELS))
    assert finding.status is Status.NOT_APPLICABLE
