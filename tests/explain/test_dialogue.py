from __future__ import annotations

import re
from dataclasses import replace

import pytest

from explain.conftest import build, disc, finding
from locard.content.places import PlaceName
from locard.content.things import Thing, ThingName
from locard.exhibit import Exhibit
from locard.explain import Case
from locard.explain.dialogue import ask
from locard.methods import Question, not_applicable


@pytest.fixture(scope="module")
def case(exhibit: Exhibit) -> Case:
    return build(
        exhibit,
        [
            finding("F1", 2.4, method="copy-move", heatmap=disc(0.15, 0.2),
                    says="two areas agree", innocent=("printed letters can be alike",),
                    limitations=("mirrored copies are missed",)),
            finding("F2", -0.7, method="noise-level"),
            finding("F3", 0.1, method="metadata", says="an editor is named"),
            finding("F4", None, method="error-level"),
            replace(not_applicable("no camera is enrolled"), id="F5", method="prnu"),
            finding("F6", -0.4, method="power-spectrum", question=Question.GENERATED,
                    says="the power falls off"),
        ],
    )  # fmt: skip


@pytest.mark.parametrize(
    ("question", "topic", "expected", "cited"),
    [
        ("Why the sky?", "why", "cannot speak of “sky”", "F1"),
        ("Where is it?", "where", "Region 1 lies in the upper left", "F1"),
        ("what is in the upper left?", "where", "copies of one another", "F1"),
        ("and the lower right?", "where", "Nothing is marked in the lower right", "F1"),
        ("What does F1 mean?", "finding", "two areas agree", "F1"),
        ("How strong is F1?", "finding", "moderately strong support", "F1"),
        ("Where does F2 point?", "finding", "F2 marks no place", "F2"),
        ("What about F77?", "finding", "no finding F77", "F1"),
        ("Explain the noise.", "finding", "trace F2 was seen", "F2"),
        ("the error level view?", "finding", "was not weighed", "F4"),
        ("why was the sensor fingerprint not compared?", "finding", "no camera is enrolled", "F5"),
        ("Was it copied?", "operation", "left by copying a part", "F1"),
        ("Was it blurred?", "operation", "No finding that speaks for editing", "F1"),
        ("What was done?", "operation", "Such a trace is left by", "F1"),
        ("How strong is the evidence?", "strength", "the likelihood ratio of all", "F1"),
        ("Could it be innocent?", "innocent", "printed letters can be alike", "F1"),
        ("What are the limitations?", "limits", "mirrored copies are missed", "F1"),
        ("What could not be examined?", "left-out", "no camera is enrolled", "F5"),
        ("What should I do next?", "next", "enrol it", "F5"),
        ("What does the file say about the camera?", "metadata", "an editor is named", "F3"),
        ("How certain is that?", "certain", "stays when the picture is re-saved", "F1"),
        ("Was it made by AI?", "generated", "On generation by a machine", "F6"),
        ("Is it fake?", "verdict", "was probably edited", "F1"),
        ("Which methods were used?", "methods", "Weighed as evidence: Copy-move", "F1"),
        ("Who is the man?", None, "does not answer that", "F1"),
        ("", None, "does not answer that", "F1"),
    ],
)
def test_questions(case: Case, question: str, topic: str | None, expected: str, cited: str) -> None:
    reply = ask(case, question)
    assert expected.lower() in reply.text.lower()
    assert (topic in reply.topics) if topic else not reply.topics
    assert any(cited in claim.findings for claim in reply.claims)
    for claim in reply.claims:
        assert claim.findings, claim
        assert re.search(r"\[F\d+(, (F\d+|…))*\][.!?]?( |$)", reply.text)


def test_a_report_without_findings(exhibit: Exhibit) -> None:
    assert ask(build(exhibit, []), "Why?").text == "No method was run, so nothing was found."
    quiet = build(exhibit, [finding("F1", 0.1)])
    assert "no innocent cause" in ask(quiet, "any innocent explanation?").text
    assert "marks a place" in ask(quiet, "where?").text
    assert "All methods that ran could be applied" in ask(quiet, "what was left out?").text


@pytest.mark.parametrize(
    ("code", "question", "expected"),
    [
        ("en", "Was the face changed?", "on the left, over a face"),
        ("en", "Why the face?", "on the left, over a face"),
        ("en", "Was the text changed?", "not found to lie on a line of text"),
        ("de", "Ist das Gesicht echt?", "links, auf einem Gesicht"),
        ("es", "¿Y la cara?", "a la izquierda, sobre un rostro"),
    ],
)
def test_faces_and_text_can_be_asked_about(
    exhibit: Exhibit, code: str, question: str, expected: str
) -> None:
    face = Thing(ThingName.FACE, (0.05, 0.4, 0.25, 0.65))
    case = build(exhibit, [finding("F1", 2.4, heatmap=disc(0.15, 0.5))], (face,))
    assert expected in ask(case, question, code).text


def test_where_names_the_places_to_look_at_too(exhibit: Exhibit) -> None:
    """A second region, much smaller than the first, is a hint and still an answer."""
    case = build(
        exhibit,
        [
            finding("F1", 2.4, heatmap=disc(0.2, 0.3, 0.2)),
            finding("F2", 1.4, heatmap=disc(0.8, 0.8, 0.07)),
        ],
    )
    assert len(case.regions) == 2
    said = ask(case, "Where was it edited?")
    assert said.text.startswith("Region 1")
    assert "Region 2" in said.text
    assert "a place to look at" in said.text


def test_where_names_a_place_that_is_only_hinted_at(exhibit: Exhibit) -> None:
    """Evidence of moderate weight marks a place to look at; that is the answer all the same."""
    case = build(exhibit, [finding("F1", 0.9, heatmap=disc(0.2, 0.3, 0.2))])
    assert len(case.regions) == 1
    for code, question in (("en", "Where?"), ("de", "Wo?"), ("es", "¿Dónde?")):
        said = ask(case, question, code).text
        assert said.startswith(("Region 1", "La región 1", "Región 1")), said
    assert "a place to look at" in ask(case, "Where?").text


def test_the_advertised_questions_are_understood(case: Case) -> None:
    assert "innocent" in ask(case, "what else explains it?").topics


@pytest.fixture
def spread(exhibit: Exhibit) -> Case:
    """A strong sign in the lower right, a weak one in the upper left."""
    return build(
        exhibit,
        [
            finding("F1", 3.0, heatmap=disc(0.8, 0.8, 0.2)),
            finding("F2", 0.5, heatmap=disc(0.15, 0.2, 0.12)),
        ],
    )


@pytest.mark.parametrize(
    ("code", "question", "expected"),
    [
        ("en", "What is in the upper left?", "A sign of editing lies in the upper left"),
        ("de", "Was ist oben links?", "Ein Zeichen für eine Bearbeitung liegt oben links"),
        ("es", "¿Qué hay arriba a la izquierda?", "Hay un indicio de edición arriba a la izq"),
    ],
)
def test_a_weak_sign_in_a_place_is_not_called_the_strongest(
    spread: Case, code: str, question: str, expected: str
) -> None:
    said = ask(spread, question, code)
    assert said.text.startswith(expected)
    assert said.claims[0].findings == ("F2",)


def test_a_region_in_a_place_is_named(spread: Case) -> None:
    """Weak maps make regions too; a place with one is not said to be empty."""
    assert spread.region_places[0].names == (PlaceName.LOWER_RIGHT,)
    unplaced = replace(spread, places={})
    said = ask(unplaced, "What is in the lower right?").text
    assert "Nothing is marked" not in said
    assert said.startswith("Region 1 lies in the lower right and covers")
    # Regions beyond the first ones are in no claim, and those that no single finding marks.
    nameless = replace(unplaced, regions=tuple(replace(r, findings=()) for r in spread.regions))
    assert ask(nameless, "the lower right?").text.startswith("Region 1 lies in the lower right")
    assert "Nothing is marked in the centre" in ask(spread, "and in the centre?").text


@pytest.mark.parametrize(
    ("log10_lr", "code", "expected"),
    [
        (-1.3, "en", "(moderate support against it)"), (1.3, "en", "(moderate support for it)"),
        (0.1, "en", "(no support either way)"), (-1.3, "de", "(mäßige Unterstützung dagegen)"),
        (1.3, "de", "(mäßige Unterstützung dafür)"), (-1.3, "es", "(apoyo moderado en contra)"),
        (1.3, "es", "(apoyo moderado a favor)"),
    ],
)  # fmt: skip
def test_strength_says_for_or_against(
    exhibit: Exhibit, log10_lr: float, code: str, expected: str
) -> None:
    asked = {"en": "How strong is it?", "de": "Wie stark?", "es": "¿Qué fuerza tiene?"}[code]
    case = build(exhibit, [finding("F1", log10_lr)])
    assert expected in ask(case, asked, code).claims[0].text
    case = build(exhibit, [finding("F1", log10_lr, question=Question.GENERATED)])
    asked = {"en": "By AI?", "de": "Von einer KI?", "es": "¿Por una IA?"}[code]
    assert expected in ask(case, asked, code).claims[0].text


@pytest.mark.parametrize("code", ["en", "de", "es"])
def test_signs_without_an_innocent_cause_are_still_signs(exhibit: Exhibit, code: str) -> None:
    asked = {"en": "innocent?", "de": "harmlos?", "es": "¿inocente?"}[code]
    named = {"en": "name no innocent cause", "de": "nennen keinen harmlosen Grund",
             "es": "no nombran ninguna causa inocente"}[code]  # fmt: skip
    said = ask(build(exhibit, [finding("F1", 2.0)]), asked, code)
    assert named in said.text
    assert said.claims[0].findings == ("F1",)


def test_a_finding_without_a_sentence_is_called_by_its_method(exhibit: Exhibit) -> None:
    case = build(
        exhibit,
        [
            finding("F1", 0.1, says=""),
            finding("F2", 0.0, says="", method="metadata"),
            finding("F3", 0.0, says="", question=Question.GENERATED),
        ],
    )
    for question in ("What does F1 mean?", "metadata?", "By AI?"):
        assert all(c.text for c in ask(case, question).claims)
    assert ask(case, "What does F1 mean?").text.startswith("Made-f1 [F1].")


def test_identifiers_of_a_saved_report_are_no_patterns(exhibit: Exhibit) -> None:
    case = build(exhibit, [finding("F(1", 2.0), finding("F[2", 0.1)])
    assert ask(case, "Why?").claims
    assert ask(case, "What does F(1 mean?").claims[0].findings == ("F(1",)
