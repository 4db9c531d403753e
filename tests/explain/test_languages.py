"""Every language says everything: same messages, same values, and what methods say."""

from __future__ import annotations

import ast as ast_of
from importlib.resources import files
from pathlib import Path

import pytest
from fluent.syntax import FluentParser, ast

from explain.conftest import build, disc, finding
from locard.exhibit import Exhibit
from locard.explain import explain, list_languages, load_language
from locard.explain.dialogue import ask
from locard.methods import Finding, Status, list_methods
from locard.opinion.calibration import load_calibrators

OTHERS = [code for code in list_languages() if code != "en"]


def read(code: str) -> dict[str, ast.Message]:
    text = files("locard.explain").joinpath("languages", f"{code}.ftl").read_text("utf-8")
    body = FluentParser().parse(text).body
    junk = [entry.content[:80] for entry in body if isinstance(entry, ast.Junk)]
    assert not junk, junk
    messages = [entry for entry in body if isinstance(entry, ast.Message)]
    names = [m.id.name for m in messages]
    assert len(names) == len(set(names)), {n for n in names if names.count(n) > 1}
    return {m.id.name: m for m in messages}


def values(message: ast.Message) -> set[str]:
    found: set[str] = set()

    def walk(node: object) -> None:
        if isinstance(node, ast.VariableReference):
            found.add(node.id.name)
        for name in getattr(node, "__dict__", {}):
            child = getattr(node, name)
            for item in child if isinstance(child, list) else [child]:
                if isinstance(item, ast.BaseNode):
                    walk(item)

    walk(message.value)
    return found


@pytest.mark.parametrize("code", OTHERS)
def test_a_language_has_every_message_with_the_same_values(code: str) -> None:
    english, other = read("en"), read(code)
    assert not set(english) - set(other)
    for name, message in english.items():
        # A language may leave a number out that its grammar does not need, and never adds one.
        assert values(other[name]) <= values(message), name
        attributes = {a.id.name for a in message.attributes}
        assert attributes <= {a.id.name for a in other[name].attributes}, name
    extra = {name for name in other if name not in english}
    assert all(name.startswith(("p-", "method-")) for name in extra), extra


def test_languages_translate_the_same_methods_and_phrases() -> None:
    keys = [{n for n in read(c) if n.startswith(("p-", "method-"))} for c in OTHERS]
    assert all(k == keys[0] for k in keys[1:])


def _phrases() -> set[str]:
    """Reasons, limitations and innocent causes that methods have written out in their source."""
    found: set[str] = set()
    sources = Path(str(files("locard.methods"))).rglob("*.py")
    nodes = [n for f in sources for n in ast_of.walk(ast_of.parse(f.read_text("utf-8")))]
    named = {
        target.id: node.value
        for node in nodes
        if isinstance(node, ast_of.Assign)
        for target in node.targets
        if isinstance(target, ast_of.Name) and target.id.isupper()
    }
    for node in nodes:
        if not isinstance(node, ast_of.Call):
            continue
        given = [k.value for k in node.keywords if k.arg in ("limitations", "innocent")]
        if isinstance(node.func, ast_of.Name) and node.func.id in (
            "not_applicable",
            "BackboneError",
        ):
            given += node.args[:1]
        parts = [p for g in given for p in (g.elts if isinstance(g, ast_of.Tuple) else [g])]
        parts = [named.get(p.id, p) if isinstance(p, ast_of.Name) else p for p in parts]
        found |= {p.value for p in parts if isinstance(p, ast_of.Constant)}
    return found


@pytest.mark.parametrize("code", list_languages())
def test_every_method_has_its_words(code: str) -> None:
    messages = read(code)
    for made in list_methods():
        if made.name.startswith("made-"):
            continue
        wanted = {"for", "against"} if made.counted else set()
        wanted |= set() if code == "en" else {"says"}
        message = messages.get(f"method-{made.name}")
        assert not wanted or message is not None, made.name
        if message is not None:
            assert wanted <= {a.id.name for a in message.attributes}, made.name
            assert code == "en" or message.value is not None, made.name


@pytest.mark.parametrize("code", OTHERS)
def test_every_phrase_of_a_method_is_translated(code: str) -> None:
    phrases = _phrases()
    assert len(phrases) > 50
    say = load_language(code)
    assert not [p for p in phrases if say.phrase(p) == p]


@pytest.mark.parametrize("code", list_languages())
def test_figures_of_shipped_calibrators_have_words(code: str) -> None:
    say = load_language(code)
    figures = {name for calibrator in load_calibrators().values() for name in calibrator.figures}
    assert figures
    assert not [name for name in figures if say.find(f"page-figure-{name}", value="1") is None]


_CREDENTIALS = {
    "state": "valid", "valid": True, "trusted_by": "list.pem", "trust_list_date": "2025-06-30",
    "failed_checks": [], "signer": "Camera Corp", "actions": ["c2pa.created"],
    "digital_source_types": ["digitalCapture"],
}  # fmt: skip
SAMPLES = [
    ("content-credentials", _CREDENTIALS),
    ("content-credentials", {"state": "damaged", "valid": False, "trusted_by": "none",
                             "trust_list_date": None, "failed_checks": [], "signer": "",
                             "actions": [], "digital_source_types": [], "damage": "bad box"}),
    ("copy-move", {"pairs": 0}),
    ("copy-move", {"pairs": 2, "pair1_area_px": 900, "pair1_detail_correlation": 0.98,
                   "pair1_rotation_deg": 3.0, "pair1_scale": 1.1}),
    ("jpeg-ghost", {"part_has_the_ghost": None, "ghost_quality_ijg": None}),
    ("jpeg-ghost", {"part_has_the_ghost": True, "ghost_quality_ijg": 70, "part_area_share": 0.1,
                    "part_log10_p": -9.0}),
    ("metadata", {"observations": ["EXIF Software names an editor: GIMP 2.10"]}),
    ("metadata", {"observations": []}),
    ("splicing-residual", {"window_px": 64, "likelihood_gain_nats_per_window": 2.0,
                           "compact_population_share": 0.25}),
    ("synthesis-content", {"marked_share": 0.25, "windows": 12, "mean_score": -0.2}),
    ("synthesis-appearance", {"marked_share": 1.0, "windows": 9, "mean_score": 1.4}),
    ("synthesis-traces",
     {"marked_share": 0.0, "windows": 150, "mean_score": 0.0, "counted_share": 1.0}),
    ("synthesis-traces",
     {"marked_share": 0.1, "windows": 150, "mean_score": 0.2, "counted_share": 0.39}),
    ("content-net", {"marked_share": 0.02, "highest": 0.8}),
    ("trace-net", {"marked_share": 0.0, "highest": 0.1, "integrity": -2.0}),
    ("trace-net", {"marked_share": 0.031, "highest": 0.9, "integrity": 3.0}),
]  # fmt: skip


@pytest.mark.parametrize("code", OTHERS)
@pytest.mark.parametrize(("method", "facts"), SAMPLES)
def test_findings_are_said_from_their_facts(code: str, method: str, facts: dict) -> None:
    made = Finding(Status.DERIVED, score=1.0, says="IN ENGLISH", facts=facts, method=method)
    said = load_language(code).says(made)
    assert said != "IN ENGLISH"
    assert "{" not in said
    if facts.get("observations"):
        assert "GIMP 2.10" in said
        assert "names an editor" not in said


@pytest.mark.parametrize(
    ("code", "changes", "expected"),
    [
        ("de", {}, "Die Herkunftsangaben von Camera Corp (Vertrauensliste: list.pem vom 2025-06-30)"
         " sind gültig; erklärte Quelle: digitalCapture; Schritte: c2pa.created."),
        ("de", {"state": "invalid", "valid": False, "trusted_by": "none", "trust_list_date": None,
                "signer": "", "actions": [], "digital_source_types": []},
         "Die Herkunftsangaben von einem ungenannten Unterzeichner (Vertrauensliste: keine der "
         "installierten) sind nicht gültig; erklärte Quelle: keine; Schritte: keine."),
        ("de", {"trusted_by": "no list installed", "trust_list_date": None},
         "(Vertrauensliste: keine ist installiert) sind gültig"),
        ("de", {"state": "changed", "valid": False}, "nach dem Signieren geändert."),
        ("de", {"state": "incomplete", "valid": False}, "Die Datei ist abgeschnitten"),
        ("de", {"state": "damaged", "valid": False, "signer": ""}, "beschädigt und nicht lesbar."),
        ("es", {}, "Las credenciales de contenido de Camera Corp (lista de confianza: list.pem del"
         " 2025-06-30) son válidas; origen declarado: digitalCapture; pasos: c2pa.created."),
        ("es", {"state": "invalid", "valid": False, "trusted_by": "none", "trust_list_date": None,
                "signer": "", "actions": [], "digital_source_types": []},
         "Las credenciales de contenido de un firmante sin nombre (lista de confianza: ninguna de "
         "las instaladas) no son válidas; origen declarado: ninguno; pasos: ninguno."),
        ("es", {"trusted_by": "no list installed", "trust_list_date": None},
         "(lista de confianza: no hay ninguna instalada) son válidas"),
        ("es", {"state": "changed", "valid": False}, "se cambiaron bytes firmados después"),
        ("es", {"state": "incomplete", "valid": False}, "El archivo está cortado"),
        ("es", {"state": "damaged", "valid": False, "signer": ""}, "están dañadas"),
    ],
)  # fmt: skip
def test_content_credentials_tell_what_happened_to_them(
    code: str, changes: dict, expected: str
) -> None:
    facts = {**_CREDENTIALS, **changes}
    made = Finding(Status.OBSERVED, says="IN ENGLISH", facts=facts, method="content-credentials")
    said = load_language(code).says(made)
    assert expected in said
    assert "none" not in said
    assert "  " not in said


@pytest.mark.parametrize("name", ["TIFF", "RAW", "HEIC"])
def test_phrases_may_name_any_format(name: str) -> None:
    text = f"content credentials are not read from {name} files"
    for code in OTHERS:
        said = load_language(code).phrase(text)
        assert name in said
        assert "credentials" not in said


def test_numbers_in_phrases_are_written_as_the_language_does() -> None:
    text = "the thumbnail shows another picture (correlation 0.52)"
    assert "(Korrelation 0,52)" in load_language("de").phrase(text)
    assert "0,52" in load_language("es").phrase(text)
    large = "needs at least 1,024 pixels on the shorter side"
    assert "1.024" in load_language("de").phrase(large)


@pytest.mark.parametrize("code", OTHERS)
def test_what_a_language_lacks_is_said_as_the_method_wrote_it(code: str) -> None:
    say = load_language(code)
    made = Finding(Status.DERIVED, says="Something new was seen.", method="made-new")
    assert say.says(made) == "Something new was seen."
    lacking = Finding(Status.DERIVED, says="It says so.", method="copy-move")
    assert say.says(lacking) == "It says so.", "a fact is missing"
    assert say.phrase("an unheard-of cause") == "an unheard-of cause"
    assert "64" in say.phrase("needs at least 64 pixels on the shorter side")


@pytest.mark.parametrize(
    ("code", "question", "expected"),
    [
        ("de", "Warum der Himmel?", "kann nichts sagen über „himmel“"),
        ("de", "Wo?", "Region 1 liegt oben links"),
        ("de", "Was ist oben links?", "Kopien voneinander"),
        ("de", "Wie sicher ist das?", "Die Antwort bleibt"),
        ("de", "Ist es echt?", "wahrscheinlich bearbeitet"),
        ("de", "Was soll ich tun?", "Fragen, wer das Bild aufnahm"),
        ("de", "Was wurde nicht untersucht?", "waren anwendbar"),
        ("de", "Könnte das harmlos sein?", "Harmlose Erklärung"),
        ("es", "¿Por qué el cielo?", "no puede hablar de «cielo»"),
        ("es", "¿Dónde?", "La región 1 está arriba a la izquierda"),
        ("es", "¿Qué hay abajo a la derecha?", "No hay nada marcado abajo a la derecha"),
        ("es", "¿Es auténtica?", "probablemente editada"),
        ("es", "¿Qué fuerza tiene la prueba?", "razón de verosimilitud"),
        ("es", "¿Y ahora qué hago?", "Preguntar quién tomó la imagen"),
        ("es", "¿Quién es el hombre?", "no responde a eso"),
    ],
)
def test_questions(exhibit: Exhibit, code: str, question: str, expected: str) -> None:
    marks = disc(0.15, 0.2)
    case = build(
        exhibit,
        [finding("F1", 2.4, method="copy-move", heatmap=marks, innocent=("dust was removed",)),
         finding("F2", -0.6, method="noise-level")],
    )  # fmt: skip
    assert expected in ask(case, question, code).text
    assert explain(case, code).language == code
