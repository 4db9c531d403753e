"""From a model's text to claims, whatever the text is."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from locard.explain import ClaimKind
from locard.explain.models.answers import (
    Domain,
    Judgement,
    Observations,
    answer_schema,
    find_object,
    parse_judgement,
    parse_observations,
)
from locard.explain.models.contract import MAX_ANSWER, ModelError
from locard.opinion import Verdict

CLAIM: dict[str, Any] = {
    "text": "A boat was pasted in.",
    "kind": "operation",
    "operation": "insert",
    "value": None,
    "cue": "outline",
    "findings": ["F3"],
    "box": [100, 200, 300, 400],
}
ANSWER = {"domain": "edited with software", "claims": [CLAIM]}


@pytest.mark.parametrize(
    "frame",
    [
        "{}",
        "```json\n{}\n```",
        'The schema is {{"type": "object"}} and my answer:\n{}\nThat is all.',
        "<think>{{ not json }}</think>{}",
    ],
)
def test_the_answer_is_found_in_what_stands_around_it(frame: str) -> None:
    judgement, malformed = parse_judgement(frame.format(json.dumps(ANSWER)))
    assert malformed == 0
    assert judgement.domain is Domain.EDITED
    (claim,) = judgement.claims
    assert (claim.kind, claim.box) == (ClaimKind.OPERATION, [100, 200, 300, 400])


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "the answer of the model is empty"),
        ("I'm sorry, I can't help.", "did not answer in JSON but said “I'm sorry"),
        (json.dumps(ANSWER)[:-40], "did not answer in JSON"),
        ("[1, 2]", "did not answer in JSON"),
        ('{"domain": "edited with software"}', "a list is missing"),
        ('{"claims": [1, "two", {}]}', "no claim of the model follows the schema"),
        ("[" * 5000, "did not answer in JSON"),
        ('{"a":' * 5000, "did not answer in JSON"),
        (" " * (MAX_ANSWER + 1), "longer than"),
    ],
)
def test_an_unusable_answer_is_one_sentence(text: str, sentence: str) -> None:
    with pytest.raises(ModelError, match=sentence) as raised:
        parse_judgement(text)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    ("change", "kept"),
    [
        ({"box": None}, True),
        ({"findings": []}, True),
        ({"text": "x" * 10_000}, True),
        ({"kind": "guess"}, False),
        ({"operation": "magic"}, False),
        ({"findings": "F3"}, False),
        ({"text": 7}, False),
        ({"verdict": "authentic"}, False),
    ],
)
def test_a_malformed_claim_costs_only_itself(change: dict[str, Any], kept: bool) -> None:
    text = json.dumps({**ANSWER, "claims": [CLAIM, CLAIM | change]})
    judgement, malformed = parse_judgement(text)
    assert len(judgement.claims) == 1 + kept
    assert malformed == 1 - kept
    assert max(len(claim.text) for claim in judgement.claims) <= 500


@pytest.mark.parametrize(
    "box",
    [[300, 200, 100, 400], [0, 0, 0, 0], [0, 0, 2000, 10], [-1, 0, 5, 5], ["a", 0, 1, 1], [1], "x"],
)
def test_a_box_that_is_none_is_dropped(box: object) -> None:
    judgement, _ = parse_judgement(json.dumps({**ANSWER, "claims": [CLAIM | {"box": box}]}))
    assert judgement.claims[0].box is None


def test_an_unknown_domain_is_no_domain() -> None:
    for said in ("surely real!", ["edited"], {"a": 1}, None, 7):
        judgement, _ = parse_judgement(json.dumps({**ANSWER, "domain": said}))
        assert judgement.domain is Domain.UNSURE
    assert Domain.UNSURE.verdict is Verdict.INCONCLUSIVE


def test_observations() -> None:
    good = {"feature": "shadow", "seen": "none under the boat", "odd": True, "box": [1, 2, 3, 4]}
    text = json.dumps({"observations": [good, {**good, "odd": "maybe"}]})
    (observation,), malformed = parse_observations(text)
    assert (observation.feature, observation.odd, malformed) == ("shadow", True, 1)


@given(st.text(max_size=300))
def test_no_text_raises_anything_else(text: str) -> None:
    try:
        assert isinstance(find_object(text), dict)
        parse_judgement(text)
    except ModelError:
        pass


@pytest.mark.parametrize("answer", [Judgement, Observations])
def test_the_schema_leaves_nothing_open(answer: type[Judgement] | type[Observations]) -> None:
    """Strict structured output asks for every field and for no other."""

    def walk(schema: Any) -> None:
        if isinstance(schema, dict):
            if "properties" in schema:
                assert schema["additionalProperties"] is False
                assert set(schema["required"]) == set(schema["properties"])
            for value in schema.values():
                walk(value)
        elif isinstance(schema, list):
            for value in schema:
                walk(value)

    walk(answer_schema(answer))


def test_domain_comes_first_and_place_last() -> None:
    schema = answer_schema(Judgement)
    assert list(schema["properties"]) == ["domain", "claims"]
    statement = list(schema["$defs"]["Statement"]["properties"])
    assert (statement[0], statement[-1]) == ("text", "box")
