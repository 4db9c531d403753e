"""Grounded text: every sentence cites the findings it rests on.

Only weighed findings, those with a likelihood ratio, are reasons: a view that is shown and not
counted, or a method without a calibrator, never becomes one. The words are in
``languages/<code>.ftl``.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from locard.explain.case import NEUTRAL, Case
from locard.explain.claims import Claim, ClaimKind
from locard.explain.language import ENGLISH, Language, load_language
from locard.explain.operations import left_by
from locard.methods import Finding, Question
from locard.methods.contract import LATE
from locard.opinion import Answer, Opinion, Verdict
from locard.opinion.opinion import ACCEPT, REJECT

# Lower bounds of |log10 LR| and their words: ENFSI Guideline for Evaluative Reporting in Forensic
# Science (2015), section 2.4. Below a likelihood ratio of 2 nothing is supported.
SCALE = (
    (6.0, "support-extremely-strong"),
    (4.0, "support-very-strong"),
    (3.0, "support-strong"),
    (2.0, "support-moderately-strong"),
    (1.0, "support-moderate"),
    (NEUTRAL, "support-weak"),
    (0.0, "support-none"),
)
# Words with a capital of their own at the beginning of phrases.
_NAMES = frozenset({"Photoshop", "Adobe", "Huffman", "Stable"})
# Findings of at least moderate support, after their weight in the opinion, say where and what was
# done; on forgeries of the engine a third of the places that weaker ones marked was not where the
# edit is (benchmarks/faithfulness.py).
FIRM = 1.0
# Further regions that hold less than this share of what the first one holds (area times strength)
# are places to look at: on development forgeries all that held more were right, and none that held
# less.
_COMPARABLE = 0.6
_MAX_FINDINGS = 8
_MAX_INNOCENT = 2
_MAX_REGIONS = 3
_MAX_CITED = 6


@dataclass(frozen=True, slots=True)
class Explanation:
    """What a reader is told: for everyone, and for the expert; one sentence each.

    Attributes:
        language: code of the language it is written in.
        lay: the summary, sentence by sentence.
        claims: the technical part, strongest finding first.
    """

    language: str
    lay: tuple[Claim, ...]
    claims: tuple[Claim, ...]

    @property
    def summary(self) -> str:
        """The summary as running text; every sentence ends with its citation, "[F3, F5]"."""
        return " ".join(cite(claim) for claim in self.lay)


def cite(claim: Claim) -> str:
    """Return a claim's sentence with its citation before the full stop."""
    if not claim.findings:
        return claim.text
    shown = ", ".join(claim.findings[:_MAX_CITED])
    more = ", …" if len(claim.findings) > _MAX_CITED else ""
    stop = claim.text[-1:] if claim.text.endswith((".", "!", "?")) else ""
    return f"{claim.text.removesuffix(stop)} [{shown}{more}]{stop}"


def name_support(log10_lr: float, language: str = ENGLISH) -> str:
    """Put the weight of a finding in words, on the verbal scale of the ENFSI guideline (2015).

    >>> name_support(1.3)
    'moderate support'
    """
    message = next(words for bound, words in SCALE if abs(log10_lr) >= bound)
    return load_language(language)(message)


def sentence(text: str) -> str:
    """Begin with a capital and end with one full stop."""
    text = text.strip()
    if not text:
        return ""
    return text[0].upper() + text[1:] + ("" if text[-1] in ".!?…" else ".")


def clause(text: str, say: Language) -> str:
    """Translate a phrase of a method and make it fit for going on after a colon.

    English phrases that methods wrote as sentences lose full stop and capital; languages in which
    nouns have capitals write their phrases as they belong.
    """
    told = say.phrase(text).strip().rstrip(".")
    first = re.match(r"[A-Z][a-z-]*\b", told)
    if say.code != ENGLISH or first is None or first[0] in _NAMES:
        return told
    return told[0].lower() + told[1:]


def explain(case: Case, language: str = ENGLISH) -> Explanation:
    """Say what was found, where, what it would mean, what else explains it, how far to trust it.

    Args: language: one of `locard.explain.language.list_languages`.

    Raises: ValueError for a language that there is no file of.
    """
    writer = _Writer(case, load_language(language))
    return Explanation(language, tuple(writer.lay()), tuple(writer.technical()))


def _ids(findings: Sequence[Finding]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(f.id for f in findings))


@dataclass(frozen=True, slots=True)
class _Writer:
    case: Case
    say: Language

    # The summary

    def lay(self) -> list[Claim]:
        case = self.case
        if not case.findings:
            return [Claim(text=self.say("summary-nothing-ran"), kind=ClaimKind.VERDICT)]
        if not case.weighed:
            told = [self._verdict("summary-nothing-weighed", case.findings)]
        elif case.opinion.verdict is Verdict.AUTHENTIC:
            told = self._authentic()
        elif case.opinion.verdict is Verdict.INCONCLUSIVE:
            told = self._inconclusive()
        else:
            told = self._positive(Question(case.opinion.verdict.value))
        return told + self._trust(case)

    def _verdict(self, message: str, findings: Sequence[Finding], **values: object) -> Claim:
        return Claim(
            text=self.say(message, **values), findings=_ids(findings), kind=ClaimKind.VERDICT
        )

    def _positive(self, question: Question) -> list[Claim]:
        answer = self.case.opinion.questions[question]
        reasons = self.case.side(question, 1)
        told = [
            self._verdict(
                f"summary-{question}",
                reasons or self._bearing(question),
                sure=self.say("sure-very" if answer.probability >= 0.99 else "sure-probably"),
                probability=self.say.share(answer.probability),
                prior=self.say.share(answer.prior),
            )
        ]
        if reasons:
            told += self._reason("reason-for", reasons[0])
        if against := self.case.side(question, -1):
            told += self._reason("reason-against", against[0])
        return told

    def _authentic(self) -> list[Claim]:
        weighed = self.case.weighed
        count = len({f.method for f in weighed})
        told = [self._verdict("summary-authentic", weighed, count=count)]
        dissent = [f for question in Question for f in self.case.side(question, 1)]
        if dissent:
            told += self._reason("reason-yet", max(dissent, key=self.case.effect))
        return told

    def _inconclusive(self) -> list[Claim]:
        answers = self.case.opinion.questions
        contradicted = [q for q, a in answers.items() if a.contradicted]
        examined = {f.question for f in self.case.weighed}
        # Where nothing was weighed the probability is the prior, which decides nothing.
        open_ = [q for q, a in answers.items() if q in examined and REJECT < a.probability < ACCEPT]
        left = [q for q in answers if q not in examined]
        if left and not contradicted and not open_:
            doing = self.say(f"doing-{left[0]}")
            return [self._verdict("summary-not-examined", self.case.weighed, doing=doing)]
        question = max(contradicted or open_ or list(answers), key=lambda q: answers[q].probability)
        told = [
            self._verdict(
                "summary-contradicted" if contradicted else "summary-between",
                self._bearing(question),
                doing=self.say(f"doing-{question}"),
                probability=self.say.share(answers[question].probability),
                reject=self.say.share(REJECT),
                accept=self.say.share(ACCEPT),
            )
        ]
        if reasons := self.case.side(question, 1):
            told += self._reason("reason-sign", reasons[0])
        if against := self.case.side(question, -1):
            told += self._reason("reason-against", against[0])
        return told

    def _bearing(self, question: Question) -> list[Finding]:
        """Weighed findings on a question; all weighed ones where none bears on it."""
        weighed = self.case.weighed
        return [f for f in weighed if f.question is question] or list(weighed)

    def _reason(self, message: str, finding: Finding) -> list[Claim]:
        """Give one reason in plain words and, where it speaks for something, an innocent cause."""
        question = finding.question or Question.EDITED
        lr = finding.log10_lr or 0.0
        side = "for" if lr > 0 else "against"
        what = self.say.find(f"method-{finding.method}.{side}") or self.say(
            f"reason-unknown-{side}",
            title=self._title(finding),
            doing=self.say(f"doing-{question}"),
        )
        firm = self.case.effect(finding) >= FIRM
        place = self.case.places.get(finding.id) if firm else None
        # As the finding itself and its page say it; its weight in the opinion is told beside it.
        support = name_support(lr, self.say.code)
        told = [
            Claim(
                text=sentence(
                    self.say(
                        message,
                        what=what,
                        place=f", {self.say.place(place)}" if place else "",
                        support=support,
                        doing=self.say(f"doing-{question}"),
                    )
                ),
                findings=(finding.id,),
                kind=ClaimKind.SUPPORT,
                place=place.names[0] if place else None,
                thing=place.thing if place else None,
            )
        ]
        if lr > 0 and finding.innocent:
            innocent = clause(finding.innocent[0], self.say)
            told.append(
                Claim(
                    text=self.say("reason-innocent", innocent=innocent),
                    findings=(finding.id,),
                    kind=ClaimKind.INNOCENT,
                )
            )
        return told

    def _trust(self, case: Case) -> list[Claim]:
        told = []
        if case.weighed:
            answer = _deciding(case.opinion)
            question = next(
                (q for q, a in case.opinion.questions.items() if a is answer), Question.EDITED
            )
            stability = answer.stability if answer else None
            if stability is None:
                text = self.say("trust-untested")
            elif answer is not None and answer.contradicted:
                text = self.say("trust-contradicted")
            elif stability >= 0.9:
                text = self.say("trust-stable")
            else:
                text = self.say(
                    "trust-unstable",
                    doing=self.say(f"doing-{question}"),
                    stability=self.say.share(stability),
                )
            cited = _ids(self._bearing(question))
            told.append(Claim(text=text, findings=cited, kind=ClaimKind.TRUST))
        late = [f for f in case.left_out if f.reason == LATE]
        if late:
            text = self.say("trust-late", count=len({f.method for f in late}))
            told.append(Claim(text=sentence(text), findings=_ids(late), kind=ClaimKind.TRUST))
        if left_out := [f for f in case.left_out if f.reason != LATE]:
            text = self.say("trust-left-out", count=len({f.method for f in left_out}))
            told.append(
                Claim(text=sentence(text), findings=_ids(left_out), kind=ClaimKind.NOT_EXAMINED)
            )
        return told

    # The technical part

    def technical(self) -> list[Claim]:
        claims: list[Claim] = []
        telling = [f for f in self.case.weighed if abs(f.log10_lr or 0.0) >= NEUTRAL]
        for finding in telling[:_MAX_FINDINGS]:
            claims += self._finding(finding)
        return claims + self._regions() + self._neutral() + self._limits()

    def _title(self, finding: Finding) -> str:
        title = self.case.titles.get(finding.method, finding.method)
        return self.say.title(finding.method, title)

    def _finding(self, finding: Finding) -> list[Claim]:
        say, lr = self.say, finding.log10_lr or 0.0
        question = finding.question or Question.EDITED
        firm = self.case.effect(finding) >= FIRM
        place = self.case.places.get(finding.id) if firm else None
        share = self.case.weights[finding.id]

        def claim(text: str, kind: ClaimKind, **fields: object) -> Claim:
            return Claim(text=sentence(text), findings=(finding.id,), kind=kind, **fields)  # type: ignore[arg-type]

        told = [claim(say.says(finding) or self._title(finding), ClaimKind.OBSERVED)]
        if place:
            text = say("claim-place", place=say.place(place))
            told.append(claim(text, ClaimKind.PLACE, place=place.names[0], thing=place.thing))
        operations = left_by(finding) if firm else ()
        if operations:
            named = say.listed([say(f"operation-{o}") for o in operations], either=True)
            text = say("claim-operation", operations=named)
            told.append(claim(text, ClaimKind.OPERATION, operation=operations[0]))
        proposition = say(f"{'holds' if lr > 0 else 'fails'}-{question}")
        text = say(
            "claim-support",
            support=name_support(lr, say.code),
            proposition=proposition,
            ratio=say.ratio(lr),
        )
        told.append(claim(text, ClaimKind.SUPPORT))
        if share < 0.95:
            told.append(claim(say("claim-discount", weight=say.share(share)), ClaimKind.SUPPORT))
        if lr > 0:
            told += [
                claim(say("claim-innocent", innocent=clause(cause, say)), ClaimKind.INNOCENT)
                for cause in finding.innocent[:_MAX_INNOCENT]
            ]
        return told

    def _regions(self) -> list[Claim]:
        """Say where each of the first regions is; one that no single finding marks is left out."""
        case, claims = self.case, []
        places = zip(case.regions, case.region_places, strict=True)
        for number, (region, place) in enumerate(list(places)[:_MAX_REGIONS], 1):
            found = (case.find(name) for name in region.findings if name in case.weights)
            marking = [f for f in found if f is not None]
            if not marking:
                continue
            titles = list(dict.fromkeys(self._title(f) for f in marking))
            text = self.say(
                "claim-region",
                number=number,
                place=self.say.place(place),
                named=bool(place.things),
                area=self.say.share(region.area),
                methods=self.say.listed(titles),
                count=len(titles),
            )
            weak = sum(case.effect(f) for f in marking) < FIRM
            first = case.regions[0]
            small = region.area * region.strength < _COMPARABLE * first.area * first.strength
            if weak or small:
                text += " " + self.say("claim-hint" if weak else "claim-hint-small")
            claims.append(
                Claim(
                    text=text,
                    findings=_ids(marking),
                    kind=ClaimKind.HINT if weak or small else ClaimKind.PLACE,
                    place=place.names[0] if place.names else None,
                    thing=place.thing,
                    region=number,
                )
            )
        return claims

    def _neutral(self) -> list[Claim]:
        """Say in one sentence per question which methods found nothing either way."""
        claims = []
        for question in Question:
            quiet = [
                f
                for f in self.case.weighed
                if f.question is question and abs(f.log10_lr or 0.0) < NEUTRAL
            ]
            if quiet:
                text = self.say(
                    "claim-neutral",
                    methods=self.say.listed([self._title(f) for f in quiet]),
                    doing=self.say(f"doing-{question}"),
                )
                claims.append(
                    Claim(text=sentence(text), findings=_ids(quiet), kind=ClaimKind.NEUTRAL)
                )
        return claims

    def _limits(self) -> list[Claim]:
        """Say how far the maps reach, and what could not be examined and why."""
        claims = []
        mapped = [f for f in self.case.weighed if f.id in self.case.mapped]
        if mapped:
            text = self.say("trust-reliable", share=self.say.share(self.case.reliable))
            claims.append(Claim(text=sentence(text), findings=_ids(mapped), kind=ClaimKind.TRUST))
        by_reason: dict[str, list[Finding]] = {}
        for finding in self.case.left_out:
            by_reason.setdefault(finding.reason or "", []).append(finding)
        for reason, findings in by_reason.items():
            why = clause(reason, self.say) if reason else self.say("no-reason")
            names = self.say.listed([self._title(f) for f in findings])
            text = self.say("claim-left-out", methods=names, reason=why)
            claims.append(
                Claim(text=sentence(text), findings=_ids(findings), kind=ClaimKind.NOT_EXAMINED)
            )
        return claims


def _deciding(opinion: Opinion) -> Answer | None:
    """Return the answer on which the verdict rests."""
    answers = opinion.questions
    if opinion.verdict in (Verdict.EDITED, Verdict.GENERATED):
        return answers[Question(opinion.verdict.value)]
    measured = [a for a in answers.values() if a.stability is not None]
    return min(measured, key=lambda a: a.stability or 0.0) if measured else None
