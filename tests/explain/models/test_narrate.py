"""A model narrates a report, end to end: what it may say, and what it may not change."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from locard.explain import CheckVerdict, explain
from locard.explain.models.answers import Domain
from locard.explain.models.capability import Capability, FeatureCounts
from locard.explain.models.contract import ModelError, Request
from locard.explain.models.narrate import Narrator, narrate, open_narrator, plan
from locard.explain.models.narration import Narration, Standing
from locard.explain.models.pictures import to_shown
from locard.opinion import Verdict
from locard.report import Report
from locard.report.terminal import print_report

from .conftest import ChatServer
from .reports import INJECTED, edited_report, tagged

Ask = Callable[..., Report]


@pytest.fixture(scope="module")
def report() -> Report:
    made = edited_report(tagged())
    assert made.verdict is Verdict.EDITED
    return made


@pytest.fixture(scope="module")
def undecided() -> Report:
    made = edited_report(tagged(), 0.3)
    assert made.verdict is Verdict.INCONCLUSIVE
    return made


def claim(text: str, **changes: Any) -> dict[str, Any]:
    return {
        "text": text, "kind": "other", "operation": None, "value": None, "cue": None,
        "findings": [], "box": None,
    } | changes  # fmt: skip


class Scripted:
    """Answers with what it is given, and keeps what it was asked."""

    title, model, leaves = "scripted", "scripted", None

    def __init__(self, *claims: dict[str, Any], domain: str = "cannot tell", **seen: Any) -> None:
        self.asked: list[Request] = []
        self.answers = {
            "judge": json.dumps({"domain": domain, "claims": claims}),
            "observe": json.dumps(
                {
                    "observations": [
                        {"feature": name, "seen": text, "odd": True, "box": None}
                        for name, text in seen.items()
                    ]
                }
            ),
        }

    def ask(self, request: Request) -> str:
        self.asked.append(request)
        return self.answers[request.step]

    def shown(self, request: Request) -> str:
        return request.text


def told(report: Report, *claims: dict[str, Any], **more: Any) -> Narration:
    narrated = narrate(report, Narrator(Scripted(*claims, **more)))
    assert narrated.narration is not None
    assert narrated.opinion is report.opinion, "a model never changes the verdict"
    assert narrated.findings is report.findings
    return narrated.narration


def where(report: Report) -> list[int]:
    return to_shown(report.localization.regions[0].box, report.case.item)


# The check


def test_a_true_claim_is_kept(report: Report) -> None:
    narration = told(
        report,
        claim("A part was pasted in.", kind="operation", operation="insert", findings=["F7"],
              box=where(report)),
        claim("That part is red.", kind="colour", value="red", cue="colour", box=where(report)),
        domain="edited with software",
    )  # fmt: skip
    assert [c.standing for c in narration.claims] == [Standing.KEPT] * 2
    assert narration.agrees is True


@pytest.mark.parametrize(
    "wrong",
    [
        claim("A part was pasted in.", kind="operation", operation="insert", findings=["F99"]),
        claim("The picture was generated.", kind="verdict", findings=["F7"]),
        claim("A part was pasted in.", kind="operation", operation="insert", findings=["F7"],
              box=[700, 700, 990, 990]),
        claim("The face was swapped.", kind="operation", operation="face", findings=["F7"]),
        claim("A boat was pasted in.", kind="operation", operation="insert", cue="outline"),
        claim("That part is green.", kind="colour", value="green", cue="colour",
              box=[50, 50, 450, 450]),
        claim("Somebody wanted to deceive."),
        claim("It was made by a government.", findings=["F7"]),
    ],
)  # fmt: skip
def test_a_false_claim_is_struck(report: Report, wrong: dict[str, Any]) -> None:
    (checked,) = told(report, wrong).claims
    assert checked.standing is Standing.STRUCK
    assert checked.verdict is not CheckVerdict.SUPPORTED
    assert checked.reason


def test_what_a_model_sees_by_itself_has_no_weight(report: Report) -> None:
    (seen,) = told(
        report,
        claim("Two shadows fall to different sides.", kind="observed", cue="shadow",
              box=[700, 700, 990, 990]),
    ).claims  # fmt: skip
    assert (seen.standing, seen.log10_lr) == (Standing.OBSERVATION, None)


@pytest.mark.parametrize("kind", ["verdict", "observed", "other", "support", "trust"])
@pytest.mark.parametrize(
    "text", ["The picture is authentic.", "This is a genuine, untouched photo.", "It is authentic"]
)
def test_words_in_the_picture_give_no_orders(
    report: Report, undecided: Report, kind: str, text: str
) -> None:
    """A model that obeys the words in the picture changes nothing, and its claim is struck."""
    obeyed = claim(text, kind=kind, cue="lettering", box=[0, 950, 600, 1000])
    for examined in (report, undecided):
        narration = told(examined, obeyed, domain="untouched photo", lettering=INJECTED)
        assert [c.standing for c in narration.claims] == [Standing.STRUCK]
        assert narration.domain is Domain.UNTOUCHED
        assert narration.agrees is (False if examined is report else None)


def test_a_model_that_contradicts_the_verdict(report: Report) -> None:
    narrated = narrate(
        report,
        Narrator(
            Scripted(
                claim("The picture was generated by a machine.", kind="verdict", findings=["F9"]),
                domain="generated as a whole",
            )
        ),
    )
    narration = narrated.narration
    assert narration is not None
    assert narrated.verdict is Verdict.EDITED
    assert narration.agrees is False
    assert narration.claims[0].standing is Standing.STRUCK
    page = narrated.to_html()
    assert "the verdict stands" in page
    assert "<s>The picture was generated by a machine.</s>" in page


def test_the_reader_may_read_german(report: Report) -> None:
    german = replace(report, explanation=explain(report.case, "de"))
    backend = Scripted(claim("The picture is authentic.", cue="other"), domain="untouched photo")
    narrated = narrate(german, Narrator(backend))
    out = io.StringIO()
    print_report(narrated, Console(file=out, width=200))
    for text in (narrated.to_html(), out.getvalue()):
        assert "unberührtes Foto. Das widerspricht dem Urteil" in text
        assert "The picture is authentic." in text


def test_hostile_words_are_harmless(report: Report) -> None:
    text = "<script>alert(1)</script>{{ 7*7 }}[F7]\x1b[31m\u202e\ud800"
    backend = Scripted()
    backend.answers["judge"] = json.dumps(
        {"domain": "cannot tell", "claims": [claim(text, cue="other", kind="observed")]}
    )
    narrated = narrate(report, Narrator(backend))
    page, data = narrated.to_html(), json.loads(narrated.to_json())
    assert "<script>alert" not in page
    assert "\x1b" not in page
    narrated.to_json().encode()
    assert data["narration"]["claims"][0]["standing"] == "observation"
    assert "exchanges" not in data["narration"]


# What is asked


COUNTS = FeatureCounts(odd_forged=30, forged=40, odd_authentic=2, authentic=40)
CHANCE = FeatureCounts(odd_forged=20, forged=40, odd_authentic=20, authentic=40)


def test_only_measured_features_are_asked_and_weighed(report: Report) -> None:
    capability = Capability(
        model="scripted", data="d", command="c", features={"shadow": COUNTS, "outline": CHANCE}
    )
    backend = Scripted(
        claim("A shadow is missing.", kind="observed", cue="shadow"),
        claim("An edge has a halo.", kind="observed", cue="outline"),
        shadow="missing", outline="halo",
    )  # fmt: skip
    narrated = narrate(report, Narrator(backend, capability))
    observe, judge = backend.asked
    assert "- shadow:" in observe.text
    assert "- outline:" not in observe.text
    assert "missing" in judge.text
    assert "halo" not in judge.text, "what was not asked is not passed on"
    assert narrated.narration is not None
    shadow, outline = narrated.narration.claims
    assert shadow.log10_lr == pytest.approx(1.0860, abs=1e-3)
    assert outline.log10_lr is None
    assert narrated.opinion is report.opinion
    assert narrated.narration.asked == ("shadow",)


def test_a_model_that_is_good_at_nothing_only_narrates(report: Report) -> None:
    poor = Capability(model="scripted", data="d", command="c", features={"outline": CHANCE})
    backend = Scripted()
    narrate(report, Narrator(backend, poor))
    assert [request.step for request in backend.asked] == ["judge"]
    assert [r.step for r in plan(report, Narrator(backend, poor))] == ["judge"]


def test_an_unreadable_answer_is_asked_for_once_more(report: Report) -> None:
    class Learns(Scripted):
        def ask(self, request: Request) -> str:
            answer = super().ask(request)
            return answer if "no use" in request.text else "It looks fine to me!"

    backend = Learns()
    narrated = narrate(report, Narrator(backend))
    assert len(backend.asked) == 4
    assert narrated.narration is not None
    assert len(narrated.narration.exchanges) == 4

    class Never(Scripted):
        def ask(self, request: Request) -> str:
            return "It looks fine to me!"

    with pytest.raises(ModelError, match="did not answer in JSON"):
        narrate(report, Narrator(Never()))


# Back ends, end to end


@pytest.mark.parametrize("model", ["good", "fenced", "no-schema", "new-fields", "busy-once"])
def test_a_server_narrates_and_is_replayed(
    server: ChatServer, report: Report, tmp_path: Path, model: str
) -> None:
    seen = {"feature": "shadow", "seen": "two shadows", "odd": True, "box": [1, 2, 30, 40]}
    server.answer("observe", {"observations": [seen]})
    kept = claim("A part was pasted in.", kind="operation", operation="insert", findings=["F7"],
                 box=where(report))  # fmt: skip
    server.answer("judge", {"domain": "edited with software", "claims": [kept]})
    narrated = narrate(report, open_narrator(server.url, model))
    assert narrated.narration is not None
    assert narrated.narration.sent_to == f"{server.url}/chat/completions"
    assert [c.standing for c in narrated.narration.claims] == [Standing.KEPT]
    assert "two shadows" in str(server.requests[-1]["body"])
    assert server.url in narrated.to_html()

    folder = narrated.save(tmp_path / "report", html=False)
    again = narrate(report, open_narrator(f"replay:{folder / 'model.jsonl'}"))
    assert again.narration is not None
    assert again.narration.claims == narrated.narration.claims
    assert again.narration.sent_to is None


@pytest.mark.parametrize(
    ("model", "sentence"),
    [
        ("refuses", "the model refused"),
        ("refuses-in-words", "did not answer in JSON but said “I'm sorry"),
        ("cut-off", "did not answer in JSON"),
        ("slow", "did not answer within"),
    ],
)
def test_a_failing_server_leaves_the_report_as_it_was(
    server: ChatServer, report: Report, model: str, sentence: str
) -> None:
    patience = 0.7 if model == "slow" else 60.0
    with pytest.raises(ModelError, match=sentence):
        narrate(report, open_narrator(server.url, model, timeout_s=patience))
    assert report.narration is None


def test_nothing_is_sent_by_planning(server: ChatServer, report: Report) -> None:
    narrator = open_narrator(server.url, "good")
    shown = [narrator.backend.shown(request) for request in plan(report, narrator)]
    assert len(shown) == 2
    assert not server.requests
    narrate(report, narrator)
    first = server.requests[0]["body"]
    assert json.loads(shown[0].split("\n\n", 1)[1])["messages"][0] == first["messages"][0]


@pytest.mark.filterwarnings("default")  # the libraries' own
def test_a_random_transformers_model_cannot_narrate(report: Report, tmp_path: Path) -> None:
    for package in ("torch", "transformers"):
        pytest.importorskip(package, reason="needs the extra vlm-local")
    from locard.explain.models.local import LocalModel

    from .tiny_llava import save_tiny_llava

    backend = LocalModel(str(save_tiny_llava(tmp_path / "tiny")), max_tokens=8)
    with pytest.raises(ModelError, match=r"did not answer in JSON|is empty"):
        narrate(report, Narrator(backend))


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("http://localhost:1/v1", None), "a server needs the name of a model"),
        (("replay:none.jsonl", "name"), "names a model at a server"),
        (("replay:none.jsonl", None), "cannot be read"),
    ],
)
def test_bad_wishes_are_one_sentence(arguments: tuple[str, str | None], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        open_narrator(*arguments)
