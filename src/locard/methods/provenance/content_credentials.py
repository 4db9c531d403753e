"""Content credentials (C2PA): signed statements about how a file came about.

Three questions are kept apart, because one answer never implies the next: whether credentials
are *present*; whether they are cryptographically *valid* for these bytes; and whether the signer
is on a trust list, *which* list, of *which date*. Nothing is fetched: remote manifests, revocation
and time-stamp services are not asked.

No trust list is shipped. The user installs one as a PEM file, named by the environment variable
``LOCARD_TRUST_LIST`` or put into ``~/.config/locard/trust``; a comment line with a date
(``# 2025-06-30``) before the first certificate says of which day it is.
"""

from __future__ import annotations

import io
import json
import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from locard.exhibit import Exhibit
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

_MIME = {
    "JPEG": "image/jpeg",
    "PNG": "image/png",
    "WEBP": "image/webp",
    "TIFF": "image/tiff",
    "HEIF": "image/heic",
    "AVIF": "image/avif",
    "GIF": "image/gif",
}

# Weight of a declared digital source type (IPTC NewsCodes) for "generated", −1 to 1.
_GENERATED = {
    "trainedAlgorithmicMedia": 1.0,
    "algorithmicMedia": 0.8,
    "compositeWithTrainedAlgorithmicMedia": 0.6,
    "compositeSynthetic": 0.6,
    "virtualRecording": 0.4,
    "digitalCapture": -1.0,
    "computationalCapture": -0.8,
    "negativeFilm": -0.8,
    "positiveFilm": -0.8,
    "print": -0.8,
    "compositeCapture": -0.6,
    "minorHumanEdits": -0.6,
    "humanEdits": -0.4,
}
_CAPTURES = {"digitalCapture", "computationalCapture", "negativeFilm", "positiveFilm", "print"}
_COMPOSITES = {
    "compositeWithTrainedAlgorithmicMedia",
    "compositeSynthetic",
    "composite",
    "compositeCapture",
}
# Weight of a declared action (C2PA specification, table of actions) for "edited", 0 to 1.
_EDITED = {
    "c2pa.removed": 0.9,
    "c2pa.deleted": 0.9,
    "c2pa.placed": 0.8,
    "c2pa.drawing": 0.8,
    "c2pa.addedText": 0.8,
    "c2pa.edited": 0.7,
    "c2pa.redacted": 0.5,
    "c2pa.unknown": 0.4,
    "c2pa.filtered": 0.3,
    "c2pa.cropped": 0.3,
    "c2pa.enhanced": 0.2,
    "c2pa.color_adjustments": 0.2,
    "c2pa.adjustedColor": 0.2,
    "c2pa.resized": 0.1,
    "c2pa.resized.proportional": 0.1,
}
_GENERATIVE_EDIT = 1.0
# Signed bytes are not pixels: who rewrites metadata or compresses anew breaks the hash as well.
_CONTENT_MISMATCH = 0.3
_MAX_ANCESTORS = 20


@dataclass(slots=True)
class TrustList:
    """Trust anchors that the user installed."""

    name: str
    date: str | None
    pem: str


@dataclass(slots=True)
class Credentials:
    """What the credentials of a file say, and how far that can be believed.

    Attributes:
        valid: signature and every hash match these bytes.
        trusted_by: name of the trust list that knows the signer, or None.
        failures: codes of failed checks ("assertion.dataHash.mismatch").
        history: declared actions, the oldest manifest first: (action, digital source type or "").
    """

    valid: bool = False
    trusted_by: str | None = None
    trust_list_date: str | None = None
    lists: int = 0
    failures: list[str] = field(default_factory=list)
    generator: str = ""
    signer: str = ""
    time: str = ""
    history: list[tuple[str, str]] = field(default_factory=list)
    manifests: int = 0
    damage: str = ""

    @property
    def content_changed(self) -> bool:
        """Whether the pixels or other signed bytes were changed after signing."""
        return any(
            re.search(r"(data|bmff|boxes|collection)Hash\.mismatch", f) for f in self.failures
        )

    def weigh(self, declared: float) -> float:
        """How far what is declared counts, -1 to 1.

        That a picture was generated or edited (above 0) is hardly ever declared falsely: halved
        when not valid, halved when not trusted. That it is a photo is what a forger would declare,
        and anyone can sign: it counts when valid and by a trusted signer, or not at all.
        """
        if declared < 0:
            return declared if self.valid and self.trusted_by else 0.0
        return declared * (1.0 if self.valid else 0.5) * (1.0 if self.trusted_by else 0.5)


def trust_lists() -> list[TrustList]:
    """Return the trust lists that the user installed; unreadable files are left out."""
    named = os.environ.get("LOCARD_TRUST_LIST")
    base = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")
    paths = [Path(named)] if named else sorted((base / "locard" / "trust").glob("*.pem"))
    lists = []
    for path in paths:
        try:
            pem = path.read_text(encoding="utf-8", errors="replace")
        except OSError:
            continue
        if "-----BEGIN CERTIFICATE-----" not in pem:
            continue
        head = pem.split("-----BEGIN", 1)[0]
        date = re.search(r"\d{4}-\d{2}-\d{2}", head)
        lists.append(TrustList(path.name, date.group() if date else None, pem))
    return lists


def _open(data: bytes, mime: str, anchors: str | None) -> tuple[dict[str, Any], str]:
    """Return (manifest store, validation state); raises C2paError or ValueError on damage."""
    import c2pa

    settings: dict[str, Any] = {
        "verify": {"remote_manifest_fetch": False, "ocsp_fetch": False, "verify_trust": True}
    }
    if anchors is not None:
        settings["trust"] = {"user_anchors": anchors}
    with (
        c2pa.Context(c2pa.Settings.from_dict(settings)) as context,
        c2pa.Reader(mime, io.BytesIO(data), context=context) as reader,
    ):
        store = json.loads(reader.json())
        state = reader.get_validation_state() or "Invalid"
    if not isinstance(store, dict):
        raise ValueError("the manifest store is not an object")
    return store, state


def _short(value: object, length: int = 200) -> str:
    text = "".join(c if c.isprintable() else "?" for c in str(value))
    return text[:length]


def _source_type(value: object) -> str:
    return _short(str(value).rstrip("/").rsplit("/", 1)[-1], 60) if value else ""


def _actions(manifest: dict[str, Any]) -> list[tuple[str, str]]:
    found = []
    for assertion in manifest.get("assertions") or []:
        if not str(assertion.get("label", "")).startswith("c2pa.actions"):
            continue
        for action in (assertion.get("data") or {}).get("actions") or []:
            kind = action.get("digitalSourceType") or (action.get("parameters") or {}).get(
                "digitalSourceType"
            )
            found.append((_short(action.get("action", ""), 60), _source_type(kind)))
    return found


def _lineage(store: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the active manifest and those of its parents, the oldest first."""
    manifests = store.get("manifests") or {}
    label = store.get("active_manifest")
    chain: list[dict[str, Any]] = []
    seen: set[object] = set()
    while label in manifests and label not in seen and len(chain) < _MAX_ANCESTORS:
        seen.add(label)
        manifest = manifests[label]
        chain.append(manifest)
        label = next(
            (
                ingredient.get("active_manifest")
                for ingredient in manifest.get("ingredients") or []
                if ingredient.get("relationship") == "parentOf"
            ),
            None,
        )
    return chain[::-1]


def _generator(manifest: dict[str, Any]) -> str:
    info = manifest.get("claim_generator_info") or []
    names = [f"{i.get('name', '')} {i.get('version', '')}".strip() for i in info]
    return _short(", ".join(n for n in names if n) or manifest.get("claim_generator") or "")


def read_credentials(data: bytes, format_name: str) -> Credentials | None:
    """Read and check the content credentials of a file.

    Args:
        data: the whole file.
        format_name: of the exhibit ("JPEG").

    Returns: the credentials (``damage`` says why they could not be read), or None when absent.
    """
    mime = _MIME.get(format_name)
    # Every manifest store is a JUMBF box labelled "c2pa"; most files end here.
    if mime is None or b"c2pa" not in data:
        return None
    import c2pa

    lists = trust_lists()
    found = Credentials(lists=len(lists))
    try:
        store, state = _open(data, mime, None)
        for trusted in lists if state != "Invalid" else []:
            attempt, verdict = _open(data, mime, trusted.pem)
            if verdict == "Trusted":
                found.trusted_by, found.trust_list_date = trusted.name, trusted.date
                store, state = attempt, verdict
                break
        chain = _lineage(store)
        active = chain[-1] if chain else {}
        found.valid = state in ("Valid", "Trusted")
        results = (store.get("validation_results") or {}).get("activeManifest") or {}
        found.failures = [_short(f.get("code", "")) for f in results.get("failure") or []]
        found.generator = _generator(active)
        signature = active.get("signature_info") or {}
        found.signer = _short(signature.get("common_name") or signature.get("issuer") or "")
        found.time = _short(signature.get("time") or "", 40)
        found.manifests = len(store.get("manifests") or {})
        for manifest in chain:
            found.history.extend(_actions(manifest))
    except c2pa.C2paError.ManifestNotFound:
        return None
    except (c2pa.C2paError, ValueError, AttributeError, TypeError, KeyError, OSError) as error:
        # A damaged store fails anywhere: in the library, as JSON, or with a field of another type.
        found.valid = False
        found.damage = _short(error) or type(error).__name__
    return found


def _generated_score(found: Credentials) -> float:
    weights = [_GENERATED.get(source, 0.0) for _, source in found.history]
    strongest = max(weights, default=0.0)
    # One generated part outweighs any number of captured ones.
    return found.weigh(strongest if strongest > 0 else min(weights, default=0.0))


def _edited_score(found: Credentials, whole: bool) -> float:
    declared = 0.0
    for action, source in found.history:
        weight = _EDITED.get(action, 0.0)
        if source in _COMPOSITES:
            weight = max(weight, 0.8)
        if source == "trainedAlgorithmicMedia" and action not in ("c2pa.created", "c2pa.opened"):
            weight = _GENERATIVE_EDIT
        declared = max(declared, weight)
    if declared == 0.0 and any(source in _CAPTURES for _, source in found.history):
        declared = -1.0
    counts = found.weigh(declared)
    return max(counts, _CONTENT_MISMATCH) if found.content_changed and whole else counts


def _trust_words(found: Credentials) -> str:
    if found.trusted_by:
        date = f" of {found.trust_list_date}" if found.trust_list_date else ""
        return f"on the trust list {found.trusted_by}{date}"
    return "on no installed trust list" if found.lists else "unchecked, no trust list is installed"


@method(
    name="content-credentials",
    title="Content credentials",
    question=Question.EDITED,
    about="Reads and checks the signed history (C2PA) of a file and what it declares.",
    source="C2PA Technical Specification 2.2; IPTC NewsCodes, digital source type",
    needs=(Need.BYTES,),
    cost=Cost.CHEAP,
    trace=Trace.RECORD,
)
def content_credentials(exhibit: Exhibit) -> Finding | tuple[Finding, ...]:
    """Two findings. Score of each: the declared weight, −1 to 1, see `Credentials.weigh`; at least
    0.3 for "edited" when signed bytes were changed after signing, but for a file that is cut off.
    """
    assert exhibit.data is not None
    if exhibit.format not in _MIME:
        return not_applicable(f"content credentials are not read from {exhibit.format} files")
    found = read_credentials(exhibit.data, exhibit.format)
    if found is None:
        remote = exhibit.metadata.xmp.get("dcterms:provenance")
        if remote:
            return not_applicable(
                "the file points to content credentials on a server, which is not asked: "
                + _short(remote[0])
            )
        return not_applicable("the file carries no content credentials")
    actions = list(dict.fromkeys(action for action, _ in found.history if action))
    sources = list(dict.fromkeys(source for _, source in found.history if source))
    facts: dict[str, FactValue] = {
        "present": True,
        "valid": found.valid,
        "trusted_by": found.trusted_by or ("none" if found.lists else "no list installed"),
        "trust_list_date": found.trust_list_date,
        "failed_checks": found.failures,
        "claim_generator": found.generator,
        "signer": found.signer,
        "signed_at": found.time or None,
        "manifests": found.manifests,
        "actions": actions,
        "digital_source_types": sources,
    }
    whole = exhibit.height == exhibit.rows_in_file and (
        exhibit.jpeg is None or exhibit.jpeg.complete
    )
    if found.damage:
        facts |= {"state": "damaged", "damage": found.damage}
        says = "Content credentials are present but damaged and could not be read."
    elif found.content_changed and not whole:
        facts["state"] = "incomplete"
        says = (
            f"The file is cut off, so that the content credentials by "
            f"{found.signer or 'an unnamed signer'} cannot match it."
        )
    elif found.content_changed:
        facts["state"] = "changed"
        says = (
            f"The content credentials by {found.signer or 'an unnamed signer'} do not match the "
            "file: signed bytes were changed after signing."
        )
    else:
        facts["state"] = "valid" if found.valid else "invalid"
        declared = ", ".join(sources) or "no source type"
        says = (
            f"Content credentials by {found.signer or 'an unnamed signer'} "
            f"({_trust_words(found)}) are {'valid' if found.valid else 'not valid'} and declare "
            f"{declared}; actions: {', '.join(actions) or 'none'}."
        )
    limitations = (
        "credentials prove who signed what, not that it is true",
        "revocation and time-stamp authorities are not asked, as no network is used",
        *(() if found.lists else ("no trust list is installed, so anyone may be the signer",)),
    )
    innocent = (
        ("a service that rewrites metadata or recompresses breaks the signature",)
        if not found.valid
        else ()
    )
    return (
        Finding(
            Status.OBSERVED,
            score=_edited_score(found, whole),
            says=says,
            facts=facts,
            limitations=limitations,
            innocent=innocent,
            question=Question.EDITED,
        ),
        Finding(
            Status.OBSERVED,
            score=_generated_score(found),
            says=says,
            facts=facts,
            limitations=limitations,
            innocent=innocent,
            question=Question.GENERATED,
        ),
    )
