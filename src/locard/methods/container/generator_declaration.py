"""Declarations of image generators: what the metadata itself says about being generated.

Generators and their user interfaces write how a picture was made into PNG text chunks, EXIF and
XMP; platforms label it with the IPTC digital source type. A declaration is easy to remove and
hardly ever forged, so its presence is strong and its absence says nothing.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Any

from locard.exhibit import Exhibit
from locard.methods.container.fingerprints import load_fingerprints
from locard.methods.container.iptc import read_photoshop
from locard.methods.contract import (
    Cost,
    FactValue,
    Finding,
    Need,
    Question,
    Status,
    Trace,
    method,
    not_applicable,
)

# Tiers of evidence.
_DECISIVE, _STRONG, _MENTION = 3.0, 2.0, 1.0

# Fields that a program fills to name itself; a generator named there made or saved the picture.
_PROGRAM_FIELDS = {
    "software", "processingsoftware", "make", "model", "hostcomputer", "creatortool",
    "softwareagent", "aisystemused", "originatingprogram", "generator",
}  # fmt: skip
# Fields that people fill too: there a generator is named as the maker where nothing else is said,
# while "the founder of Midjourney, portrait" is a caption.
_CREDIT_FIELDS = {"artist", "credit", "source", "title", "creator", "by-line", "author"}
_ALONE = r"(?:(?:made|created|generated|imagined) (?:with|by|using|via) )?(?:{})(?: ?v?[0-9.]+)?"
_LABEL = r"AI[ -]generated(?: (?:image|picture|photo|art|content|media))?[.!]?"
# Text keys that only generator interfaces write.
_OWN_KEYS = {
    "invokeai_metadata": "InvokeAI",
    "invokeai_graph": "InvokeAI",
    "invokeai_workflow": "InvokeAI",
    "sd-metadata": "InvokeAI",
    "Dream": "InvokeAI",
    "fooocus_scheme": "Fooocus",
    "sui_image_params": "SwarmUI",
    "use_stable_diffusion_model": "Easy Diffusion",
    "generation_data": "Tensor.Art",
    "hf-job-id": "Hugging Face",
}
_PARAMETERS = {
    "steps": re.compile(r"\bSteps: (\d+)"),
    "sampler": re.compile(r"\bSampler: ([^,\n]{1,100})"),
    "seed": re.compile(r"\bSeed: (\d+)"),
    "model": re.compile(r"\bModel: ([^,\n]{1,200})"),
    "model_hash": re.compile(r"\bModel hash: ([0-9a-fA-F]+)"),
}
_JOB = re.compile(r"\bJob ID: [0-9a-f]{8}-[0-9a-f-]{27}")
_CHINESE_LABEL = re.compile(
    r"\"?AIGC\"?\s*:\s*\{|\"Label\"\s*:\s*\"?[123]\"?.{0,200}ContentProducer"
)
_MAX_NODES = 2000


@dataclass(slots=True)
class Declarations:
    """What was declared.

    Attributes:
        score: the strongest tier.
        found: "who, where" of every declaration.
        settings: model, sampler, seed and the like, where given.
        source_types: declared IPTC digital source types.
    """

    score: float = 0.0
    found: list[str] = field(default_factory=list)
    settings: dict[str, str] = field(default_factory=dict)
    source_types: list[str] = field(default_factory=list)

    def add(self, score: float, who: str, where: str) -> None:
        """Record a declaration."""
        self.score = max(self.score, score)
        entry = f"{who} ({where})"
        if entry not in self.found and len(self.found) < 30:
            self.found.append(entry)

    def note(self, name: str, value: object) -> None:
        """Keep a setting, the first one given."""
        if isinstance(value, str | int | float) and str(value).strip():
            self.settings.setdefault(name, str(value).strip()[:200])


def _unswapped(text: str) -> str:
    """Undo UTF-16 read in the wrong byte order, which web interfaces produce in EXIF comments."""
    wide = sum(ord(c) > 0xFF for c in text)
    if not text or wide < 0.6 * len(text):
        return text
    swapped = text.encode("utf-16-le", "replace").decode("utf-16-be", "replace")
    # Characters that had no printable form were replaced by "?" when the metadata was read.
    swapped = swapped.replace("?".encode("utf-16-le").decode("utf-16-be"), " ")
    readable = sum(" " <= c <= "~" for c in swapped)
    return swapped if readable > 0.8 * len(swapped) else text


def _as_json(text: str) -> Any:
    if not text.lstrip().startswith(("{", "[")):
        return None
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _read_parameters(text: str, where: str, found: Declarations) -> None:
    """Settings as web interfaces write them: "Steps: 20, Sampler: Euler a, Seed: 1, Model: x"."""
    settings = {name: m.group(1) for name, key in _PARAMETERS.items() if (m := key.search(text))}
    if "steps" in settings and ("sampler" in settings or "seed" in settings):
        found.add(_DECISIVE, "Stable Diffusion web interface", where)
        for name, value in settings.items():
            found.note(name, value)


def _read_graph(graph: Any, where: str, found: Declarations) -> None:
    """A ComfyUI graph: nodes by number with a class type, or a list of nodes with types."""
    nodes: list[Any] = []
    if isinstance(graph, dict):
        listed = graph.get("nodes")
        nodes = listed if isinstance(listed, list) else list(graph.values())
    kinds = [
        str(node.get("class_type") or node.get("type") or "")
        for node in nodes[:_MAX_NODES]
        if isinstance(node, dict)
    ]
    if not any("Sampler" in kind or "Loader" in kind or "VAE" in kind for kind in kinds):
        return
    found.add(_DECISIVE, "ComfyUI", where)
    for node in nodes[:_MAX_NODES]:
        inputs = node.get("inputs") if isinstance(node, dict) else None
        if isinstance(inputs, dict):
            found.note("model", inputs.get("ckpt_name") or inputs.get("unet_name") or "")
            found.note("sampler", inputs.get("sampler_name", ""))
            found.note("seed", inputs.get("seed", inputs.get("noise_seed", "")))
            found.note("steps", inputs.get("steps", ""))


def _read_settings(value: Any, where: str, found: Declarations) -> None:
    """A JSON object of settings: prompt with seed, sampler or model (InvokeAI, NovelAI, others)."""
    if not isinstance(value, dict):
        return
    for key, who in _OWN_KEYS.items():
        if key in value:
            found.add(_DECISIVE, who, where)
    inner = value.get("sui_image_params")
    for part in (value, value.get("image"), inner):
        if not isinstance(part, dict):
            continue
        keys = {str(key).lower() for key in part}
        prompted = any("prompt" in key or key == "uc" for key in keys)
        if prompted and keys & {"seed", "sampler", "sampler_name", "steps", "cfg_scale", "scale"}:
            found.add(_DECISIVE, "generation settings", where)
            model = part.get("model")
            model = (
                model.get("name") or model.get("model_name") if isinstance(model, dict) else model
            )
            found.note("model", model or part.get("base_model") or part.get("model_weights") or "")
            found.note("sampler", part.get("sampler") or part.get("sampler_name") or "")
            found.note("seed", part.get("seed", ""))
            found.note("steps", part.get("steps", ""))


def _fields(exhibit: Exhibit) -> list[tuple[str, str, str]]:
    """Every metadata value as (where, name, text)."""
    metadata = exhibit.metadata
    fields = [("text chunk", key, value) for key, value in metadata.text.items()]
    fields += [("EXIF", key, _unswapped(value)) for key, value in metadata.exif.items()]
    fields += [("XMP", key, value) for key, values in metadata.xmp.items() for value in values[:50]]
    fields += [("IPTC", key, value) for key, value in read_photoshop(exhibit).iptc.items()]
    return fields


def read_declarations(exhibit: Exhibit) -> Declarations:
    """Collect every declaration of a generator in the metadata of an exhibit."""
    known = load_fingerprints("generators")
    names = [(n["name"], re.compile(n["pattern"], re.IGNORECASE)) for n in known["names"]]
    found = Declarations()
    for standard, name, text in _fields(exhibit):
        leaf = name.rsplit("/", 1)[-1].rsplit(":", 1)[-1]
        where = f"{standard} {name}"[:80]
        if leaf.lower() == "digitalsourcetype":
            kind = text.rstrip("/").rsplit("/", 1)[-1][:60]
            found.source_types.append(kind)
            continue
        if name in _OWN_KEYS:
            found.add(_DECISIVE, _OWN_KEYS[name], where)
        if _JOB.search(text):
            found.add(_DECISIVE, "Midjourney", where)
        if leaf == "AIGC" or _CHINESE_LABEL.search(text):
            found.add(_DECISIVE, "AIGC label", where)
        if leaf in ("AISystemUsed", "AIPromptInformation"):
            found.add(_DECISIVE, text[:60], where)
        if leaf == "ImageDescription" and text.startswith("Signature: "):
            artist = exhibit.metadata.exif.get("Artist", "")
            if re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", artist):
                found.add(_STRONG, "Grok", where)
        by_program = leaf.lower() in _PROGRAM_FIELDS
        says = re.match(r"AI[ -]generated\b", text, re.IGNORECASE)
        if says and (by_program or re.fullmatch(_LABEL, text.strip(), re.IGNORECASE)):
            found.add(_STRONG, "AI generated", where)
        _read_parameters(text, where, found)
        value = _as_json(text)
        if isinstance(value, dict):
            _read_graph(value, where, found)
            _read_settings(value, where, found)
        for who, pattern in names:
            if pattern.search(text[:4000]):
                alone = leaf.lower() in _CREDIT_FIELDS and re.fullmatch(
                    _ALONE.format(pattern.pattern), text.strip()[:200], re.IGNORECASE
                )
                found.add(_STRONG if by_program or alone else _MENTION, who, where)
    return found


@method(
    name="generator-declaration",
    title="Declarations of generators",
    question=Question.GENERATED,
    about="Reads what generators and platforms write into the metadata about a generated picture.",
    source="IPTC Photo Metadata 2025.1 (digital source type, AI properties); PNG text, EXIF and "
    "XMP as written by generator interfaces",
    needs=(Need.BYTES,),
    cost=Cost.CHEAP,
    trace=Trace.RECORD,
)
def generator_declaration(exhibit: Exhibit) -> Finding | tuple[Finding, ...]:
    """Score: 3 a full declaration (settings, source type), 2 a program names itself a generator or
    one is credited, 1 a text mentions one, 0 none, −1 declared a capture. A second finding bears
    on "edited" when the declared source type is a composite.
    """
    found = read_declarations(exhibit)
    if exhibit.metadata.empty and not read_photoshop(exhibit).iptc:
        return not_applicable("the file carries no descriptive metadata")
    weights = load_fingerprints("generators")["digital_source_types"]
    declared = [weights[kind] for kind in found.source_types if kind in weights]
    generated = max((float(w["generated"]) for w in declared), default=0.0)
    edited = max((float(w["edited"]) for w in declared), default=0.0)
    score = max(found.score, generated) if found.score or generated > 0 else generated
    facts: dict[str, FactValue] = {
        "declarations": found.found,
        "digital_source_types": found.source_types,
        **found.settings,
    }
    parts = list(found.found[:4])
    parts += [f"digital source type {kind}" for kind in dict.fromkeys(found.source_types)]
    says = (
        f"The metadata declares: {'; '.join(parts)}."
        if parts
        else "No generator declares itself in the metadata."
    )
    limitations = (
        "declarations are removed by most platforms and by any re-save; absence says nothing",
        "metadata can be written by anyone",
    )
    innocent = (
        ("the text may speak about a generator without the picture being made by one",)
        if score == _MENTION
        else ()
    )
    first = Finding(
        Status.OBSERVED,
        score=score,
        says=says,
        facts=facts,
        limitations=limitations,
        innocent=innocent,
        question=Question.GENERATED,
    )
    if edited == 0.0:
        return first
    second = Finding(
        Status.OBSERVED,
        score=edited,
        says=f"The metadata declares the digital source type {', '.join(found.source_types)}.",
        facts={"digital_source_types": found.source_types},
        limitations=limitations,
        question=Question.EDITED,
    )
    return first, second
