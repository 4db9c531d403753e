"""Files signed here with a certificate chain made for the test."""

from __future__ import annotations

import datetime
import io
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import c2pa
import numpy as np
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from PIL import Image

from locard.exhibit import open_exhibit
from locard.methods.contract import Finding, Question, Status
from locard.methods.provenance.content_credentials import content_credentials, read_credentials

SOURCE = "http://cv.iptc.org/newscodes/digitalsourcetype/"
MIME = {"JPEG": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp", "TIFF": "image/tiff"}


def _name(common: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "locard tests"),
            x509.NameAttribute(NameOID.COMMON_NAME, common),
        ]
    )


@dataclass
class Authority:
    """A root, and a signer that it vouches for."""

    root_pem: str
    info: tuple[bytes, bytes]

    def sign(self, data: bytes, kind: str, actions: list[dict[str, Any]]) -> bytes:
        manifest = {
            "claim_generator_info": [{"name": "locard-tests", "version": "1"}],
            "assertions": [{"label": "c2pa.actions", "data": {"actions": actions}}],
        }
        settings = {
            "verify": {"verify_after_sign": False, "remote_manifest_fetch": False},
            "builder": {"thumbnail": {"enabled": False}},
        }
        context = c2pa.Context(c2pa.Settings.from_dict(settings))
        chain, key = self.info
        signer = c2pa.Signer.from_info(
            c2pa.C2paSignerInfo(c2pa.C2paSigningAlg.ES256, chain, key, None)
        )
        out = io.BytesIO()
        with c2pa.Builder.from_json(json.dumps(manifest), context=context) as builder:
            builder.sign(signer, MIME[kind], io.BytesIO(data), out)
        return out.getvalue()


@pytest.fixture(scope="module")
def authority() -> Authority:
    now = datetime.datetime.now(datetime.UTC)
    root_key, leaf_key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))

    def certificate(subject: str, key: ec.EllipticCurvePublicKey, root: bool) -> bytes:
        builder = (
            x509.CertificateBuilder()
            .subject_name(_name(subject))
            .issuer_name(_name("Root"))
            .public_key(key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(days=1))
            .not_valid_after(now + datetime.timedelta(days=30))
            .add_extension(x509.BasicConstraints(root, None), critical=True)
            .add_extension(
                x509.KeyUsage(not root, False, False, False, False, root, root, False, False),
                critical=True,
            )
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(root_key.public_key()), False
            )
        )
        if not root:
            usage = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION])
            builder = builder.add_extension(usage, False)
        signed = builder.sign(root_key, hashes.SHA256())
        return signed.public_bytes(serialization.Encoding.PEM)

    root = certificate("Root", root_key.public_key(), True)
    leaf = certificate("Signer", leaf_key.public_key(), False)
    key = leaf_key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return Authority(root.decode(), (leaf + root, key))


@pytest.fixture(autouse=True)
def no_lists(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("LOCARD_TRUST_LIST", raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))


def _picture(kind: str = "JPEG") -> bytes:
    pixels = np.random.default_rng(5).integers(0, 255, (96, 96, 3), dtype=np.uint8)
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, kind)
    return out.getvalue()


def _examine(data: bytes) -> dict[Question, Finding]:
    findings = content_credentials.examine(open_exhibit(data))
    assert all(f.question is not None for f in findings)
    return {f.question: f for f in findings if f.question}


GENERATED = [{"action": "c2pa.created", "digitalSourceType": SOURCE + "trainedAlgorithmicMedia"}]
CAPTURED = [{"action": "c2pa.created", "digitalSourceType": SOURCE + "digitalCapture"}]


@pytest.mark.parametrize("kind", MIME)
def test_generator_declares_itself(authority: Authority, kind: str) -> None:
    found = _examine(authority.sign(_picture(kind), kind, GENERATED))
    generated = found[Question.GENERATED]
    assert generated.score == pytest.approx(0.5)
    assert generated.facts["present"] is True
    assert generated.facts["valid"] is True
    assert generated.facts["state"] == "valid"
    assert generated.facts["trusted_by"] == "no list installed"
    assert generated.facts["signer"] == "Signer"
    assert found[Question.EDITED].score == 0


def test_trust_names_the_list_and_its_date(
    authority: Authority, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    anchors = tmp_path / "newsrooms.pem"
    anchors.write_text("# newsrooms, 2025-06-30\n" + authority.root_pem)
    monkeypatch.setenv("LOCARD_TRUST_LIST", str(anchors))
    found = _examine(authority.sign(_picture(), "JPEG", CAPTURED))
    facts = found[Question.EDITED].facts
    assert (facts["trusted_by"], facts["trust_list_date"]) == ("newsrooms.pem", "2025-06-30")
    assert found[Question.GENERATED].score == -1
    assert found[Question.EDITED].score == -1


def test_a_list_without_the_signer_does_not_trust(
    authority: Authority, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("LOCARD_TRUST_LIST", str(tmp_path / "absent.pem"))
    found = _examine(authority.sign(_picture(), "JPEG", CAPTURED))
    assert found[Question.EDITED].facts["trusted_by"] == "no list installed"
    # Anyone can sign that a picture is a photo.
    assert found[Question.GENERATED].score == found[Question.EDITED].score == 0


@pytest.mark.parametrize(
    ("action", "least", "most"),
    [
        ("c2pa.color_adjustments", 0.05, 0.2),
        ("c2pa.edited", 0.3, 0.5),
        ("c2pa.drawing", 0.35, 0.5),
    ],
)
def test_edit_actions(authority: Authority, action: str, least: float, most: float) -> None:
    found = _examine(authority.sign(_picture(), "JPEG", [*CAPTURED, {"action": action}]))
    score = found[Question.EDITED].score
    assert score is not None
    assert least <= score <= most


def test_generative_fill_is_an_edit(authority: Authority) -> None:
    fill = {
        "action": "c2pa.edited",
        "digitalSourceType": SOURCE + "compositeWithTrainedAlgorithmicMedia",
    }
    found = _examine(authority.sign(_picture(), "JPEG", [*CAPTURED, fill]))
    assert found[Question.EDITED].score == pytest.approx(0.4)
    assert found[Question.GENERATED].score == pytest.approx(0.3)


def test_a_change_after_signing_is_one_of_bytes(authority: Authority) -> None:
    signed = authority.sign(_picture(), "JPEG", CAPTURED)
    changed = bytearray(signed)
    changed[-500] ^= 0x15
    for data in (bytes(changed), signed + b"\n"):
        found = _examine(data)
        edited = found[Question.EDITED]
        assert edited.facts["valid"] is False
        assert edited.score == pytest.approx(0.3)
        assert "after signing" in edited.says
        assert edited.facts["state"] == "changed"
        # What does not match the file speaks for nothing in it.
        assert found[Question.GENERATED].score == 0
    # What is declared counts as well.
    composite = [{"action": "c2pa.created", "digitalSourceType": SOURCE + "compositeSynthetic"}]
    changed = bytearray(authority.sign(_picture(), "JPEG", composite))
    changed[-500] ^= 0x15
    assert _examine(bytes(changed))[Question.GENERATED].score == pytest.approx(0.15)


def test_a_file_that_is_cut_off_was_not_edited(authority: Authority) -> None:
    picture = np.random.default_rng(6).integers(0, 255, (512, 512, 3), dtype=np.uint8)
    out = io.BytesIO()
    Image.fromarray(picture).save(out, "JPEG")
    signed = authority.sign(out.getvalue(), "JPEG", CAPTURED)
    edited = _examine(signed[: len(signed) * 7 // 10])[Question.EDITED]
    assert edited.score == 0
    assert "cut off" in edited.says
    assert edited.facts["state"] == "incomplete"


def test_damaged_manifests_never_raise(authority: Authority) -> None:
    signed = authority.sign(_picture(), "JPEG", GENERATED)
    start = signed.index(b"c2pa")
    rng = np.random.default_rng(1)
    for _ in range(60):
        broken = bytearray(signed)
        where = rng.integers(start, start + 9000, 40)
        for position in where:
            broken[position % len(broken)] = int(rng.integers(256))
        found = read_credentials(bytes(broken), "JPEG")
        assert found is None or not found.valid or found.history
    cut = read_credentials(signed[: start + 3000], "JPEG")
    assert cut is None or not cut.valid


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "BMP"])
def test_absent(kind: str) -> None:
    (finding,) = content_credentials.examine(open_exhibit(_picture(kind)))
    assert finding.status is Status.NOT_APPLICABLE
    assert finding.reason
