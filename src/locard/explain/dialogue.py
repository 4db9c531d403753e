"""Dialogue: answers from the report alone, every sentence with the findings it rests on.

A question is read by its words, which each language file lists; nothing is generated. What the
report does not hold is said not to be in it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from locard.content.places import PlaceName, extent
from locard.content.things import ThingName
from locard.explain.case import NEUTRAL, Case
from locard.explain.check import mentions, operation_words, place_words
from locard.explain.claims import Claim, ClaimKind
from locard.explain.language import ENGLISH, Language, load_language
from locard.explain.operations import Operation, left_by
from locard.explain.text import Explanation, cite, clause, explain, name_support, sentence
from locard.methods import Finding, Question
from locard.opinion import Answer

_RECORDS = (
    "metadata", "camera-record", "jpeg-tables", "generator-declaration", "content-credentials",
)  # fmt: skip
# Methods that the original file would let run.
_OF_THE_FILE = ("double-jpeg", "jpeg-ghost", "jpeg-tables", "metadata", "camera-record")
# Topics by rank: a question that has words of several is answered on the first one.
_TOPICS = (
    "next", "left-out", "innocent", "limits", "metadata", "certain", "strength", "generated",
    "operation", "where", "methods", "why", "verdict",
)  # fmt: skip
_MAX_SENTENCES = 8


@dataclass(frozen=True, slots=True)
class Reply:
    """What is answered, one sentence each.

    Attributes:
        topics: what the question was understood to be about; empty when it was not understood.
    """

    claims: tuple[Claim, ...]
    topics: tuple[str, ...]

    @property
    def text(self) -> str:
        """The answer as running text; every sentence ends with its citation."""
        return " ".join(cite(claim) for claim in self.claims)


def ask(case: Case, question: str, language: str = ENGLISH) -> Reply:
    """Answer a question from a report.

    Args: language: of the question and the answer.
    """
    return _Answerer(case, load_language(language), question.lower()).reply()


@dataclass(frozen=True, slots=True)
class _Answerer:
    case: Case
    say: Language
    question: str

    def reply(self) -> Reply:
        if not self.case.findings:
            told = explain(self.case, self.say.code)
            return Reply(told.lay, ())
        findings = self._named()
        topics = [t for t in _TOPICS if mentions(self.question, self.say.words(f"ask-words-{t}"))]
        unknown = re.findall(r"\bf\d+\b", self.question)
        if findings or unknown:
            claims = self._on_findings(findings, topics)
            missing = [n.upper() for n in unknown if self.case.find(n.upper()) is None]
            everything = tuple(f.id for f in self.case.findings)
            claims = [
                *(Claim(text=self.say("check-no-finding", id=n), findings=everything)
                  for n in dict.fromkeys(missing)),
                *claims,
            ]  # fmt: skip
            return Reply(tuple(claims[:_MAX_SENTENCES]), (*topics, "finding"))
        places = self._places()
        if places:
            return Reply(tuple(self._on_places(places)), ("where",))
        if on_thing := self._on_thing(topics):
            return Reply(tuple(on_thing[:_MAX_SENTENCES]), ("where",))
        answers: dict[str, Callable[[], list[Claim]]] = {
            "next": self._next, "left-out": self._left_out, "innocent": self._innocent,
            "limits": self._limits, "metadata": self._metadata, "certain": self._certain,
            "strength": self._strength, "generated": self._generated, "where": self._where,
            "methods": self._methods, "why": self._why, "verdict": self._verdict,
            "operation": self._operation,
        }  # fmt: skip
        things = self._things()
        if self._asked_operation() is not None and not set(topics) - {"where", "why", "verdict"}:
            topics = ["operation"]
        if not topics:
            return Reply((self._unknown(),), ())
        topic = topics[0]
        claims = answers[topic]()
        if things and topic in ("where", "why", "operation"):
            # "Why the sky?": the report knows places and not what is there.
            claims = [self._no_things(things), *(self._where() if topic == "why" else claims)]
        return Reply(tuple(claims[:_MAX_SENTENCES]), (topic,))

    # Reading the question

    def _named(self) -> list[Finding]:
        """Findings that the question names, by identifier or by the method's name."""
        # A saved report may come from anywhere, and so may the identifiers in it.
        found = [f for f in self.case.findings if mentions(self.question, (f.id.lower(),))]
        if found:
            return found
        for finding in self.case.findings:
            names = {finding.method.replace("-", " "), finding.method, self._title(finding).lower()}
            names |= set(self.say.words(f"ask-method-{finding.method}"))
            if mentions(self.question, tuple(names)):
                found.append(finding)
        return found

    def _places(self) -> list[PlaceName]:
        by_length = [
            (len(word), place)
            for place in PlaceName
            for word in place_words(place, self.say)
            if mentions(self.question, (word,))
        ]
        return [max(by_length)[1]] if by_length else []

    def _on_thing(self, topics: Sequence[str]) -> list[Claim]:
        """What is said of a text or face that the question names."""
        asked = [
            t
            for t in ThingName
            if mentions(self.question, self.say.words(f"ask-words-thing-{t.name.lower()}"))
        ]
        found = [c for c in self._told().claims if c.thing in asked]
        if found or set(topics) - {"where", "why", "verdict"}:
            return found
        named = [self.say(f"thing-{t.name.lower()}") for t in asked]
        return [self._claim(self.say("check-thing-not", thing=n), self._mapped()) for n in named]

    def _asked_operation(self) -> Operation | None:
        by_length = [
            (len(word), operation)
            for operation in Operation
            for word in operation_words(operation, self.say)
            if mentions(self.question, (word,))
        ]
        return max(by_length)[1] if by_length else None

    def _things(self) -> list[str]:
        """Words of the question that nothing in the language file knows."""
        known = set(self.say.words("ask-words-filler"))
        for topic in _TOPICS:
            known |= set(self.say.words(f"ask-words-{topic}"))
        for operation in Operation:
            known |= set(self.say.words(f"words-operation-{operation}"))
        stems = tuple(word.rstrip("*") for word in known if word.endswith("*"))
        single = {part for word in known for part in word.rstrip("*").split()}
        words = re.findall(r"[^\W\d_]{3,}", self.question)
        return [w for w in words if w not in single and not (stems and w.startswith(stems))]

    # Sentences

    def _claim(
        self, text: str, findings: Sequence[Finding], kind: ClaimKind = ClaimKind.OTHER
    ) -> Claim:
        cited = findings or self.case.weighed or self.case.findings
        ids = tuple(dict.fromkeys(f.id for f in cited))
        return Claim(text=sentence(text), findings=ids, kind=kind)

    def _title(self, finding: Finding) -> str:
        title = self.case.titles.get(finding.method, finding.method)
        return self.say.title(finding.method, title)

    def _seen(self, finding: Finding) -> Claim:
        text = self.say.says(finding) or self._title(finding)
        return self._claim(text, [finding], ClaimKind.OBSERVED)

    def _told(self) -> Explanation:
        return explain(self.case, self.say.code)

    def _of_kind(self, *kinds: ClaimKind) -> list[Claim]:
        return [c for c in self._told().claims if c.kind in kinds]

    def _unknown(self) -> Claim:
        return self._claim(self.say("answer-unknown"), ())

    def _no_things(self, things: Sequence[str]) -> Claim:
        named = self.say.listed([self.say("quoted", text=w) for w in things[:3]])
        return self._claim(self.say("answer-no-thing", things=named), ())

    # Topics

    def _on_findings(self, findings: Sequence[Finding], topics: Sequence[str]) -> list[Claim]:
        claims: list[Claim] = []
        told = self._told().claims
        for finding in findings[:3]:
            if not finding.applicable:
                reason = clause(finding.reason or "", self.say) or self.say("no-reason")
                text = self.say("claim-left-out", methods=self._title(finding), reason=reason)
                claims.append(self._claim(text, [finding], ClaimKind.NOT_EXAMINED))
                continue
            own = [c for c in told if c.findings == (finding.id,) and c.region is None]
            if not any(c.kind is ClaimKind.OBSERVED for c in own):
                own = [
                    self._seen(finding),
                    self._weight(finding),
                ]
            wanted = {
                "where": (ClaimKind.PLACE,), "innocent": (ClaimKind.INNOCENT,),
                "strength": (ClaimKind.SUPPORT,), "certain": (ClaimKind.SUPPORT,),
            }.get(topics[0] if topics else "")  # fmt: skip
            if wanted:
                chosen = [c for c in own if c.kind in wanted]
                own = chosen or [self._claim(self._lacks(finding, topics[0]), [finding])]
            elif topics and topics[0] == "limits":
                own = [
                    self._claim(self.say.phrase(text), [finding]) for text in finding.limitations
                ] or [self._claim(self.say("answer-no-limits", id=finding.id), [finding])]
            claims += own
        return claims

    def _lacks(self, finding: Finding, topic: str) -> str:
        return self.say(f"answer-lacks-{topic}", id=finding.id)

    def _weight(self, finding: Finding) -> Claim:
        if finding.id not in self.case.weights:
            return self._claim(self.say("check-not-weighed", id=finding.id), [finding])
        lr = finding.log10_lr or 0.0
        text = self.say("page-ratio-none", ratio=self.say.ratio(lr))
        if abs(lr) >= NEUTRAL:
            side = "holds" if lr > 0 else "fails"
            text = self.say(
                "claim-support",
                support=name_support(lr, self.say.code),
                proposition=self.say(f"{side}-{finding.question}"),
                ratio=self.say.ratio(lr),
            )
        return self._claim(text, [finding], ClaimKind.SUPPORT)

    def _on_places(self, places: Sequence[PlaceName]) -> list[Claim]:
        wanted = places[0]
        said = self.say(f"place-{wanted.name.lower().replace('_', '-')}")
        marking = [
            f
            for f in self.case.weighed
            if f.id in self.case.places
            and any(_near(name, wanted) for name in self.case.places[f.id].names)
        ]
        regions = self._regions_near(wanted)
        if not marking and not regions:
            mapped = [f for f in self.case.weighed if f.id in self.case.places]
            text = self.say("answer-place-empty", place=said)
            return [self._claim(text, mapped), *self._where()][:_MAX_SENTENCES]
        claims: list[Claim] = []
        for finding in marking[:3]:
            what = self.say.find(f"method-{finding.method}.for") or self.say(
                "reason-unknown-for",
                title=self._title(finding),
                doing=self.say("doing-edited"),
            )
            support = name_support(finding.log10_lr or 0.0, self.say.code)
            message = "answer-also" if claims else "answer-place"
            text = self.say(message, place=said, what=what, support=support)
            claims.append(self._claim(text, [finding], ClaimKind.SUPPORT))
        return [*claims, *regions][:_MAX_SENTENCES]

    def _regions_near(self, wanted: PlaceName) -> list[Claim]:
        """What is said of the regions in a place; where nothing is, that they lie there."""
        told = {c.region: c for c in self._told().claims if c.region is not None}
        claims = []
        places = zip(self.case.regions, self.case.region_places, strict=True)
        for number, (region, place) in enumerate(places, 1):
            if not any(_near(name, wanted) for name in place.names):
                continue
            found = [f for name in region.findings if (f := self.case.find(name)) is not None]
            text = self.say(
                "answer-region",
                number=number,
                place=self.say.place(place),
                area=self.say.share(region.area),
            )
            claims.append(told.get(number) or self._claim(text, found, ClaimKind.HINT))
        return claims

    def _verdict(self) -> list[Claim]:
        return [c for c in self._told().lay if c.kind in (ClaimKind.VERDICT, ClaimKind.SUPPORT)]

    def _why(self) -> list[Claim]:
        told = self._told()
        reasons = [
            c
            for c in told.lay
            if c.kind in (ClaimKind.VERDICT, ClaimKind.SUPPORT, ClaimKind.INNOCENT)
        ]
        seen = {name for c in reasons[1:] for name in c.findings}
        also: list[Claim] = []
        more = [
            f for q in Question for f in self.case.side(q, 1) if f.id not in seen
        ]  # fmt: skip
        for finding in more[:2]:
            what = self.say.find(f"method-{finding.method}.for")
            if what:
                support = name_support(finding.log10_lr or 0.0, self.say.code)
                text = self.say("answer-also", what=what, support=support)
                also.append(self._claim(text, [finding], ClaimKind.SUPPORT))
        # What speaks against it is the last word.
        return [*reasons[:2], *also, *reasons[2:]]

    def _operation(self) -> list[Claim]:
        """Say which findings may come from the operation that is asked about, or were left by."""
        asked = self._asked_operation()
        signs = [f for q in Question for f in self.case.side(q, 1) if left_by(f)]
        if asked is None:
            return self._of_kind(ClaimKind.OPERATION) or [
                self._claim(self.say("answer-no-operation"), ())
            ]
        named = self.say(f"operation-{asked}")
        fitting = [f for f in signs if asked in left_by(f)]
        if not fitting:
            return [self._claim(self.say("answer-not-left-by", operation=named), signs)]
        claims = [
            self._claim(
                self.say("check-operation-fits", id=f.id, operation=named), [f], ClaimKind.OPERATION
            )
            for f in fitting[:2]
        ]
        return claims + [self._weight(f) for f in fitting[:1]] + self._where()[:2]

    def _where(self) -> list[Claim]:
        places = self._of_kind(ClaimKind.PLACE)
        regions = [c for c in places if c.region is not None]
        hints = [c for c in self._of_kind(ClaimKind.HINT) if c.region is not None]
        if regions or hints:
            return regions + hints
        if places:
            return [self._claim(self.say("answer-no-region"), self._mapped()), *places]
        return [self._claim(self.say("answer-no-place"), self._mapped())]

    def _mapped(self) -> list[Finding]:
        return [f for f in self.case.weighed if f.id in self.case.mapped]

    def _answer(self, question: Question, answer: Answer) -> str:
        lr = answer.log10_lr
        return self.say(
            "answer-strength",
            doing=self.say(f"doing-{question}"),
            probability=self.say.share(answer.probability),
            ratio=self.say.ratio(lr),
            support=name_support(lr, self.say.code),
            side="neither" if abs(lr) < NEUTRAL else "for" if lr > 0 else "against",
            prior=self.say.share(answer.prior),
        )

    def _strength(self) -> list[Claim]:
        claims = []
        for question, answer in self.case.opinion.questions.items():
            bearing = [f for f in self.case.weighed if f.question is question]
            text = self._answer(question, answer)
            claims.append(self._claim(text, bearing, ClaimKind.SUPPORT))
        strongest = [f for f in self.case.weighed if abs(self.case.effect(f)) >= NEUTRAL][:1]
        told = self._told().claims
        return claims + [
            c
            for f in strongest
            for c in told
            if c.findings == (f.id,) and c.kind in (ClaimKind.OBSERVED, ClaimKind.SUPPORT)
        ]

    def _generated(self) -> list[Claim]:
        question = Question.GENERATED
        answer = self.case.opinion.questions.get(question)
        if answer is None:
            return [self._unknown()]
        bearing = [f for f in self.case.weighed if f.question is question]
        claims = [self._claim(self._answer(question, answer), bearing, ClaimKind.SUPPORT)]
        return claims + [self._seen(f) for f in bearing[:3]]

    def _certain(self) -> list[Claim]:
        lay = [c for c in self._told().lay if c.kind in (ClaimKind.VERDICT, ClaimKind.TRUST)]
        return lay + self._of_kind(ClaimKind.TRUST)

    def _innocent(self) -> list[Claim]:
        if found := self._of_kind(ClaimKind.INNOCENT):
            return found
        signs = [f for f in self.case.weighed if (f.log10_lr or 0.0) >= NEUTRAL]
        message = "answer-innocent-unnamed" if signs else "answer-no-innocent"
        return [self._claim(self.say(message), signs)]

    def _limits(self) -> list[Claim]:
        claims = []
        for finding in self.case.weighed[:4]:
            for text in finding.limitations[:1]:
                said = self.say(
                    "answer-limit", title=self._title(finding), limit=clause(text, self.say)
                )
                claims.append(self._claim(said, [finding]))
        return claims + self._of_kind(ClaimKind.TRUST)

    def _left_out(self) -> list[Claim]:
        found = self._of_kind(ClaimKind.NOT_EXAMINED)
        return found or [self._claim(self.say("answer-all-applied"), self.case.findings)]

    def _methods(self) -> list[Claim]:
        applied = [f for f in self.case.findings if f.applicable]
        weighed = list(self.case.weighed)
        names = self.say.listed([self._title(f) for f in weighed])
        claims = (
            [self._claim(self.say("answer-methods", methods=names), weighed)] if weighed else []
        )
        shown = [f for f in applied if f.id not in self.case.weights]
        if shown:
            names = self.say.listed([self._title(f) for f in shown])
            claims.append(self._claim(self.say("answer-shown", methods=names), shown))
        return claims + self._left_out()[:3]

    def _metadata(self) -> list[Claim]:
        item = self.case.item
        found = [f for f in self.case.findings if f.method in _RECORDS]
        text = self.say("answer-file", format=item.format, width=item.width, height=item.height)
        claims = [self._claim(text, found or self.case.findings)]
        claims += [self._seen(f) for f in found if f.applicable]
        silent = [f for f in found if not f.applicable]
        for finding in silent[:2]:
            reason = clause(finding.reason or "", self.say) or self.say("no-reason")
            said = self.say("claim-left-out", methods=self._title(finding), reason=reason)
            claims.append(self._claim(said, [finding], ClaimKind.NOT_EXAMINED))
        if not found:
            claims.append(self._claim(self.say("answer-no-metadata"), self.case.findings))
        return claims

    def _next(self) -> list[Claim]:
        """What would help most, from what is missing and what could explain the signs away."""
        case, claims = self.case, []

        def add(message: str, findings: Sequence[Finding], **values: object) -> None:
            if findings:
                claims.append(self._claim(self.say(f"next-{message}", **values), findings))

        signs = [f for q in Question for f in case.side(q, 1) if f.innocent]
        if signs:
            add("innocent", signs[:1], innocent=clause(signs[0].innocent[0], self.say))
        silent = {f.method: f for f in case.left_out}
        bytes_ = [silent[name] for name in _OF_THE_FILE if name in silent]
        add("original", bytes_)
        add("camera", [silent["prnu"]] if "prnu" in silent else [])
        placed = [f for f in case.weighed if f.id in case.places]
        if placed:
            add("look", placed[:1], place=self.say.place(case.places[placed[0].id]))
        unstable = [a for a in case.opinion.questions.values() if a.contradicted]
        if unstable or case.opinion.verdict.value == "inconclusive":
            add("version", list(case.weighed) or list(case.findings))
        add("source", list(case.weighed) or list(case.findings))
        return claims


def _near(name: PlaceName, wanted: PlaceName) -> bool:
    """Whether two names mean places that share half of the smaller one."""
    left, top, right, bottom = extent(name)
    a, b, c, d = extent(wanted)
    shared = max(0.0, min(right, c) - max(left, a)) * max(0.0, min(bottom, d) - max(top, b))
    return shared >= 0.5 * min((right - left) * (bottom - top), (c - a) * (d - b))
