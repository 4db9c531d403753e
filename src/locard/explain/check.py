"""Checking of claims against findings, maps and what can be measured in the picture.

What the report itself says, word for word, is supported. Any other claim is tested in every
respect that it speaks of: the findings it cites, what was done, where, how strongly, how probably,
and plain facts such as colour. One respect that is contradicted makes the claim contradicted; one
that nothing supports makes it unsupported; and so does having nothing that could be tested. No
check ever changes the verdict of the report.
"""

from __future__ import annotations

import math
import re
import shutil
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

from locard.content.places import Mask, PlaceName, covers, draw_marks, extent, inside
from locard.content.things import ThingName
from locard.exhibit.orientation import Box, turn_box, turned_size
from locard.explain.case import NEUTRAL, Case
from locard.explain.claims import CheckedClaim, CheckVerdict, Claim, ClaimKind
from locard.explain.language import ENGLISH, Language, load_language
from locard.explain.operations import Operation, candidates, left_by
from locard.explain.text import SCALE, explain, name_support
from locard.methods import Finding, Question
from locard.opinion import Answer, Verdict

_GENERATIVE = {Operation.GENERATE}
_WHOLE_PICTURE = {Operation.GENERATE, Operation.RECAPTURE, Operation.STYLE, Operation.SAVE}
_WHOLE = {PlaceName.MOST, PlaceName.SCATTERED}
_EXTENDED = {
    PlaceName.LEFT_HALF,
    PlaceName.RIGHT_HALF,
    PlaceName.UPPER_HALF,
    PlaceName.LOWER_HALF,
    PlaceName.MOST,
}
_MEASURED = {
    ClaimKind.COLOUR,
    ClaimKind.BRIGHTNESS,
    ClaimKind.SHARPNESS,
    ClaimKind.SYMMETRY,
    ClaimKind.TEXT,
}
# Words before a word within which a word of negation denies it.
_NEAR = 7
# The same for what is said to be done in a place; fewer, since a sentence on an edit denies much
# else: "what does not belong there was pasted into the upper left".
_NEAR_DONE = 3
_GROUPED = r"[1-9]\d{0,2}(?:[.,]\d{3})+"
_VALUE = rf"(?<![\w.])(?:{_GROUPED}|\d+(?:[.,]\d+)?)(?![\w])"
_NUMBER = re.compile(_VALUE)
_IDENTIFIER = re.compile(r"\bF\d+\b")
_CITATION = re.compile(r"[\[(]F\d+(?:, ?(?:F\d+|…))*[\])]")
# What a sentence says of a picture and the other fields say again.
_FIELDS = ("operation", "place", "thing", "box", "region", "value")
_OPPOSITE = {
    CheckVerdict.SUPPORTED: CheckVerdict.CONTRADICTED,
    CheckVerdict.CONTRADICTED: CheckVerdict.SUPPORTED,
}
_SAMPLE_SIDE = 512


@dataclass(frozen=True, slots=True)
class _Result:
    verdict: CheckVerdict
    reason: str


def check_claim(claim: Claim, case: Case, language: str = ENGLISH) -> CheckedClaim:
    """Test one claim against a case.

    Args:
        claim: what its fields leave open is read from its sentence.
        language: of the sentence and of the reason.

    Returns: the claim with a verdict and, in one sentence, the reason of the worst test.
    """
    say = load_language(language)
    own = _own(claim, case, say)
    results = list(own or _Check(_read(claim, say), case, say))
    for verdict in (CheckVerdict.CONTRADICTED, CheckVerdict.UNSUPPORTED, CheckVerdict.SUPPORTED):
        for result in results:
            if result.verdict is verdict:
                return CheckedClaim(claim=claim, verdict=verdict, reason=result.reason)
    return CheckedClaim(claim=claim, verdict=CheckVerdict.UNSUPPORTED, reason=say("check-nothing"))


def check_claims(
    claims: Iterable[Claim], case: Case, language: str = ENGLISH
) -> tuple[CheckedClaim, ...]:
    """Test claims one by one, see `check_claim`."""
    return tuple(check_claim(claim, case, language) for claim in claims)


# Reading a sentence


def mentions(text: str, words: Sequence[str]) -> bool:
    """Whether one of the words occurs; an asterisk at its end stands for any ending."""
    return any(_word(word).search(text) for word in words)


@cache
def _word(word: str) -> re.Pattern[str]:
    stem = re.escape(word.rstrip("*"))
    return re.compile(rf"(?<!\w){stem}" + ("" if word.endswith("*") else r"(?!\w)"))


def _first(text: str, groups: dict[str, tuple[str, ...]]) -> str | None:
    """Return the name of the group that has the longest word in the text."""
    found = [
        (len(word), name) for name, words in groups.items() for word in words
        if _word(word).search(text)
    ]  # fmt: skip
    return max(found)[1] if found else None


def _negated(text: str, words: Sequence[str], say: Language, near: int = _NEAR) -> bool:
    """Whether a word of negation stands before one of the words, in its clause and not far off.

    "They do not show that it was edited" denies it; "there is no doubt that it was edited" and
    "it was not resized but edited" do not.
    """
    negations = set(say.words("words-not"))
    return any(
        negations & set(re.findall(r"\w+", before)[-near:])
        for before, _ in _clauses(text, words, say)
    )


def _place_denied(text: str, words: Sequence[str], say: Language) -> bool:
    """Whether a place is said to be none of an edit.

    "Not in the upper left", "nothing was copied in the upper left" and "the upper left is
    unsuspicious" deny it; "the noise does not match in the upper left" does not.
    """
    done = (
        *say.words("words-suspicious"),
        *say.words("words-edited"),
        *(word for operation in Operation for word in operation_words(operation, say)),
    )
    clean, links = say.words("words-clean"), set(say.words("words-there"))
    for before, after in _clauses(text, words, say):
        told = [word for word in re.findall(r"\w+", before) if word not in links]
        if told and told[-1] in say.words("words-not"):
            return True
        clause = f"{before} {after}"
        if _negated(clause, done, say, _NEAR_DONE):
            return True
        if mentions(clause, clean) and not _negated(clause, clean, say, _NEAR_DONE):
            return True
    return False


def _clauses(text: str, words: Sequence[str], say: Language) -> Iterator[tuple[str, str]]:
    """What stands before and after each of the words in its clause; "no doubt" is left out."""
    text = text.replace("’", "'")
    if sure := "|".join(map(re.escape, say.words("words-no-doubt"))):
        text = re.sub(rf"\b(?:{sure})\b", lambda found: "." * len(found[0]), text)
    ends, that = ("|".join(map(re.escape, say.words(f"words-{x}"))) for x in ("clause", "that"))
    cut = re.compile(rf"[.;:!?()]|,(?!\s*(?:{that})\b)|\b(?:{ends})\b")
    for word in words:
        for match in _word(word).finditer(text):
            yield cut.split(text[: match.start()])[-1], cut.split(text[match.end() :])[0]


def _read(claim: Claim, say: Language) -> Claim:
    """Fill what a claim leaves open from its sentence."""
    text = claim.text.lower()
    changes: dict[str, object] = {}
    named = _named(claim)
    if named != claim.findings:
        changes["findings"] = named
    quoting = claim.kind in (ClaimKind.INNOCENT, ClaimKind.NOT_EXAMINED, ClaimKind.TRUST)
    if claim.place is None and not quoting and claim.kind not in _MEASURED:
        groups = {p.name: place_words(p, say) for p in PlaceName}
        if name := _first(text, groups):
            changes["place"] = PlaceName[name]
    if claim.thing is None and not quoting and claim.kind not in _MEASURED:
        things = {t.name: thing_words(t, say) for t in ThingName}
        if thing := _first(text, things):
            changes["thing"] = ThingName[thing]
    if claim.operation is None and not quoting and claim.kind not in _MEASURED:
        operations = {o.value: operation_words(o, say) for o in Operation}
        if value := _first(text, operations):
            negative = _negated(text, operations[value], say)
            changes |= {} if negative else {"operation": Operation(value)}
    # Colours and the like are measured only where the claim says where to look.
    regions = say.words("words-region")
    somewhere = claim.box is not None or claim.region is not None or mentions(text, regions)
    if somewhere and claim.kind in (ClaimKind.OTHER, ClaimKind.OBSERVED) and claim.value is None:
        for kind, values in _values(say).items():
            if value := _first(text, values):
                changes |= {"kind": kind, "value": value}
                break
    elif claim.value is None and claim.kind in _values(say):
        changes["value"] = _first(text, _values(say)[claim.kind])
    number = rf"\b(?:{'|'.join(map(re.escape, regions))}) (\d+)\b"
    if claim.region is None and (match := re.search(number, text)):
        changes["region"] = int(match[1])
    return claim.model_copy(update=changes) if changes else claim


def _named(claim: Claim) -> tuple[str, ...]:
    """Return the findings that a claim cites, in its field or in its sentence."""
    return tuple(dict.fromkeys([*claim.findings, *_IDENTIFIER.findall(claim.text)]))


def place_words(place: PlaceName, say: Language) -> tuple[str, ...]:
    """Return the words by which a place is recognised, the report's own first."""
    key = _key(place.name)
    return (say(f"place-{key}").lower(), *say.words(f"words-place-{key}"))


def thing_words(thing: ThingName, say: Language) -> tuple[str, ...]:
    """Return the words by which "on a line of text" is recognised, the report's own first."""
    key = _key(thing.name)
    return (say(f"thing-{key}").lower(), *say.words(f"words-thing-{key}"))


def operation_words(operation: Operation, say: Language) -> tuple[str, ...]:
    """Return the words by which an operation is recognised, the report's own first."""
    return (say(f"operation-{operation}").lower(), *say.words(f"words-operation-{operation}"))


def _key(name: str) -> str:
    return name.lower().replace("_", "-")


def _values(say: Language) -> dict[ClaimKind, dict[str, tuple[str, ...]]]:
    return {
        ClaimKind.BRIGHTNESS: {v: say.words(f"words-{v}") for v in ("brighter", "darker")},
        ClaimKind.SHARPNESS: {v: say.words(f"words-{v}") for v in ("sharper", "blurrier")},
        ClaimKind.SYMMETRY: {v: say.words(f"words-{v}") for v in ("symmetric", "asymmetric")},
        ClaimKind.COLOUR: {c: say.words(f"words-colour-{c}") for c in COLOURS},
    }


# The tests


def _own(claim: Claim, case: Case, say: Language) -> list[_Result]:
    """Test a claim whose sentence is the report's own, or that of all the findings it cites.

    Its words are not read again, since what a method saw is no claim about the picture as a whole;
    fields that say more than the sentence are tested. Empty for any other sentence.
    """
    text, cited = _plain(_CITATION.sub(" ", claim.text)), _named(claim)
    findings = [case.find(name) for name in cited]
    said = [
        {_plain(s) for s in (f.says, say.says(f)) if s} if f and f.applicable else set()
        for f in findings
    ]
    if said and all(text in s for s in said):
        told, reason = Claim(text=claim.text), say("check-says-so", id=cited[0])
    else:
        explanation = explain(case, say.code)
        for told in (*explanation.lay, *explanation.claims):
            if _plain(told.text) == text and set(told.findings) == set(cited):
                reason = say("check-told")
                break
        else:
            return []
    same = {n: None for n in _FIELDS if getattr(claim, n) == getattr(told, n)}
    rest = claim.model_copy(update={**same, "findings": cited})
    return [_Result(CheckVerdict.SUPPORTED, reason), *_Check(rest, case, say).fields()]


@dataclass(frozen=True, slots=True)
class _Check:
    claim: Claim
    case: Case
    say: Language

    def __iter__(self) -> Iterator[_Result]:
        if (unknown := self._unknown()) is not None:
            yield unknown
            return
        tests = (
            self._left_out, self._innocent, self._beyond, self._verdict, self._direction,
            self._strength, self._odds, self._neutral, self._measure, self._count, self._numbers,
        )  # fmt: skip
        for test in tests:
            result = test()
            if result is not None:
                yield result
        yield from self.fields()

    def fields(self) -> Iterator[_Result]:
        """Test what was done, where and on what, as the fields say it."""
        for test in (self._operation, self._where, self._thing):
            result = test()
            if result is not None:
                yield result

    def _result(self, verdict: CheckVerdict, message: str, /, **values: object) -> _Result:
        return _Result(verdict, self.say(f"check-{message}", **values))

    def _yes(self, message: str, /, **values: object) -> _Result:
        return self._result(CheckVerdict.SUPPORTED, message, **values)

    def _no(self, message: str, /, **values: object) -> _Result:
        return self._result(CheckVerdict.UNSUPPORTED, message, **values)

    def _wrong(self, message: str, /, **values: object) -> _Result:
        return self._result(CheckVerdict.CONTRADICTED, message, **values)

    @property
    def _cited(self) -> list[Finding]:
        found = (self.case.find(name) for name in self.claim.findings)
        return [f for f in found if f is not None]

    def _unknown(self) -> _Result | None:
        """Findings that the report does not have, or that say nothing."""
        for name in self.claim.findings:
            if self.case.find(name) is None:
                return self._wrong("no-finding", id=name)
        if self.claim.kind in (ClaimKind.NOT_EXAMINED, ClaimKind.TRUST):
            return None
        silent = [f for f in self._cited if not f.applicable]
        # A summary may rest on all findings together; one that rests on silent ones alone cannot.
        if silent and (len(silent) == len(self._cited) or self.claim.kind is not ClaimKind.VERDICT):
            return self._wrong("not-applied", id=silent[0].id)
        return None

    def _left_out(self) -> _Result | None:
        if self.claim.kind is not ClaimKind.NOT_EXAMINED:
            return None
        applied = [f for f in self._cited if f.applicable]
        if applied:
            return self._wrong("was-applied", id=applied[0].id)
        return self._yes("told") if self._cited else self._no("nothing")

    def _innocent(self) -> _Result | None:
        """The sentence names an innocent cause that a cited finding names."""
        if self.claim.kind is not ClaimKind.INNOCENT:
            return None
        words = _content(_plain(self.claim.text))
        for finding in self._cited:
            for cause in finding.innocent:
                for told in (cause, self.say.phrase(cause)):
                    known = _content(_plain(told))
                    if known and len(words & known) >= 0.5 * len(known):
                        return self._yes("innocent", id=finding.id)
        return self._no("not-innocent")

    def _beyond(self) -> _Result | None:
        """Who did it, and to what end, is nothing that a finding tells."""
        beyond = mentions(self.claim.text.lower(), self.say.words("words-beyond"))
        return self._no("beyond") if beyond and self.claim.kind not in _MEASURED else None

    def _asserted(self) -> Question | None:
        """The question whose proposition the claim says holds, as far as it says so."""
        claim = self.claim
        # "Generated with a probability of 3%" says that it was not; the number is tested.
        if self._probability() is not None:
            return None
        if claim.operation is not None:
            return Question.GENERATED if claim.operation in _GENERATIVE else Question.EDITED
        if claim.kind in _MEASURED or claim.kind in (ClaimKind.INNOCENT, ClaimKind.NEUTRAL):
            return None
        text = claim.text.lower()
        for question in Question:
            words = self.say.words(f"words-{question}")
            if mentions(text, words) and not _negated(text, words, self.say):
                return question
        return None

    def _denied(self) -> tuple[Question, ...]:
        """The questions whose propositions the claim says do not hold."""
        if self.claim.kind is ClaimKind.NEUTRAL:
            return ()
        text = self.claim.text.lower()
        if mentions(text, self.say.words("words-authentic")):
            real = not _negated(text, self.say.words("words-authentic"), self.say)
            return tuple(Question) if real else ()
        return tuple(q for q in Question if _negated(text, self.say.words(f"words-{q}"), self.say))

    def _verdict(self) -> _Result | None:
        """A statement on the picture as a whole against the verdict of the report."""
        if self.claim.kind is not ClaimKind.VERDICT and (
            self.claim.findings or self.claim.kind is not ClaimKind.OTHER
        ):
            return None
        verdict = self.case.opinion.verdict
        asserted = self._asserted()
        if asserted is None and not self._denied():
            undecided = mentions(self.claim.text.lower(), self.say.words("words-undecided"))
            if undecided:
                same = verdict is Verdict.INCONCLUSIVE
                return self._yes("verdict-agrees") if same else self._wrong("verdict-decides")
            return None
        said = Verdict.AUTHENTIC if asserted is None else Verdict(asserted.value)
        shown = self.say(f"headline-{verdict}")
        if said is verdict:
            return self._yes("verdict-agrees")
        if verdict is Verdict.INCONCLUSIVE:
            return self._no("verdict-open", verdict=shown)
        return self._wrong("verdict-differs", verdict=shown)

    def _direction(self) -> _Result | None:
        """Whether a cited finding speaks for what the claim asserts."""
        asserted = self._asserted()
        claim = self.claim
        if claim.kind is ClaimKind.VERDICT:
            return None
        if asserted is None:
            if (denied := self._denied()) and self._cited:
                bearing = [f for f in self._cited if f.question in denied]
                if not bearing:
                    doing = self.say(f"doing-{denied[0]}")
                    return self._wrong("other-question", id=self._cited[0].id, doing=doing)
                against = [f for f in bearing if (f.log10_lr or 0.0) <= -NEUTRAL]
                if against:
                    return self._yes("speaks-against", id=against[0].id)
                for_ = [f for f in bearing if (f.log10_lr or 0.0) >= NEUTRAL]
                if for_:
                    return self._wrong("speaks-for-it", id=for_[0].id)
                return self._no("says-neither", id=bearing[0].id)
            return None
        if not self._cited:
            return None if claim.kind is ClaimKind.OTHER else self._no("no-citation")
        bearing = [f for f in self._cited if f.question is asserted]
        weighed = [f for f in bearing if f.id in self.case.weights]
        doing = self.say(f"doing-{asserted}")
        if not bearing:
            return self._wrong("other-question", id=self._cited[0].id, doing=doing)
        if not weighed:
            return self._no("not-weighed", id=bearing[0].id)
        best = max(weighed, key=lambda f: f.log10_lr or 0.0)
        lr = best.log10_lr or 0.0
        if lr >= NEUTRAL:
            return self._yes("speaks-for", id=best.id, doing=doing)
        if lr <= -NEUTRAL:
            return self._wrong("speaks-against-it", id=best.id, doing=doing)
        return self._no("says-neither", id=best.id)

    def _operation(self) -> _Result | None:
        operation = self.claim.operation
        if operation is None or self.claim.kind is ClaimKind.VERDICT:
            return None
        if operation in _GENERATIVE and not self._cited:
            return None  # a statement on the picture as a whole: the verdict decides
        cited = self._cited or list(self.case.side(Question.EDITED, 1))
        telling = [f for f in cited if left_by(f)]
        named = self.say(f"operation-{operation}")
        if not telling:
            return self._no("operation-untold", operation=named)
        if operation in candidates(telling):
            fits = next(f for f in telling if operation in left_by(f))
            return self._yes("operation-fits", id=fits.id, operation=named)
        if any(Operation.LOCAL in left_by(f) for f in telling) and operation not in _WHOLE_PICTURE:
            return self._no("operation-open", id=telling[0].id)
        return self._wrong("operation-differs", id=telling[0].id, operation=named)

    # Where

    def _marks(self, finding: Finding) -> Mask | None:
        """Where a finding marks an edit, drawn small as it is shown."""
        item = self.case.item
        if finding.heatmap is None or finding.id not in self.case.places:
            return None
        return draw_marks(finding.heatmap, item.width, item.height, item.orientation) >= 0.5

    def _regions(self) -> Mask | None:
        item, grid = self.case.item, self.case.mask
        if grid is None or not self.case.regions:
            return None
        return draw_marks(grid, item.width, item.height, item.orientation) >= 0.5

    def _region(self, number: int) -> Mask | None:
        mask = self._regions()
        if mask is None:
            return None
        own = np.zeros_like(mask)
        window = self._window(self.case.regions[number - 1].box, mask.shape)
        own[window] = mask[window]
        return own if own.any() else None

    def _window(self, box: Box, shape: tuple[int, ...]) -> tuple[slice, slice]:
        item = self.case.item
        wide, high = turned_size(item.width, item.height, item.orientation)
        x, y, w, h = turn_box(box, item.width, item.height, item.orientation)
        rows, cols = shape[:2]
        top, left = int(y / high * rows), int(x / wide * cols)
        return _cut(top, round((y + h) / high * rows), rows), _cut(
            left, round((x + w) / wide * cols), cols
        )

    def _where(self) -> _Result | None:
        claim, case = self.claim, self.case
        if claim.region is not None and not 1 <= claim.region <= len(case.regions):
            return self._wrong("no-region", number=claim.region, count=len(case.regions))
        if claim.kind in _MEASURED or (
            claim.place is None and claim.region is None and claim.box is None
        ):
            return None
        masks, names, source = self._marked()
        if not names and not masks:
            return self._no("no-place", source=source)
        if claim.box is not None and masks and (result := self._box(masks, source)) is not None:
            return result
        if claim.place is None:
            return self._yes("place", source=source) if claim.region is not None else None
        result = (
            self._placed(claim.place, masks, source)
            if masks
            else self._compared(claim.place, names, source)
        )
        if _place_denied(claim.text.lower(), place_words(claim.place, self.say), self.say):
            return replace(result, verdict=_OPPOSITE.get(result.verdict, result.verdict))
        return result

    def _thing(self) -> _Result | None:
        """A place that is named by what lies there."""
        thing, case = self.claim.thing, self.case
        if thing is None or self.claim.kind in _MEASURED:
            return None
        cited = set(self.claim.findings)
        regions = [
            place
            for number, (region, place) in enumerate(
                zip(case.regions, case.region_places, strict=True), 1
            )
            if number == self.claim.region
            or (self.claim.region is None and (not cited or cited & set(region.findings)))
        ]
        found = [case.places[f] for f in self.claim.findings if f in case.places]
        places = regions if self.claim.region is not None else regions + found
        named = self.say(f"thing-{_key(thing.name)}")
        if any(thing in place.things for place in places):
            denied = _place_denied(self.claim.text.lower(), thing_words(thing, self.say), self.say)
            return (self._wrong if denied else self._yes)("thing", thing=named)
        return self._no("thing-not", thing=named)

    def _marked(self) -> tuple[list[Mask], list[PlaceName], str]:
        """Return masks and names of what the claim may mean, and what to call it."""
        claim, case = self.claim, self.case
        if claim.region is not None:
            own = self._region(claim.region)
            names = list(case.region_places[claim.region - 1].names)
            source = self.say("page-region", number=claim.region)
            return ([] if own is None else [own]), names, source
        placed = [f for f in self._cited if f.id in case.places]
        if self._cited:
            masks = [m for f in placed if (m := self._marks(f)) is not None]
            names = [n for f in placed for n in case.places[f.id].names]
            return masks, names, ", ".join(f.id for f in self._cited)
        whole = self._regions()
        names = [n for place in case.region_places for n in place.names]
        return ([] if whole is None else [whole]), names, self.say("check-the-report")

    def _box(self, masks: Sequence[Mask], source: str) -> _Result | None:
        assert self.claim.box is not None
        best = 0.0
        for mask in masks:
            part = mask[self._window(self.claim.box, mask.shape)]
            if not part.any():
                continue
            best = max(best, float(part.mean()), float(part.sum() / mask.sum()))
        if best == 0.0:
            return self._wrong("box-elsewhere", source=source)
        if best < 0.3:
            return self._no("box-beside", source=source)
        return self._yes("box", source=source)

    def _placed(self, place: PlaceName, masks: Sequence[Mask], source: str) -> _Result:
        named = self.say(f"place-{_key(place.name)}")
        best = 0.0
        for mask in masks:
            for part in _parts(mask):
                within = inside(place, part)
                if place in _EXTENDED:
                    within = min(within, covers(place, mask))
                best = max(best, within)
        if place is PlaceName.SCATTERED:
            best = float(any(len(list(_parts(mask))) > 1 for mask in masks))
        if best >= 0.5:
            return self._yes("place", source=source)
        if best < 0.1:
            return self._wrong("elsewhere", source=source, place=named)
        return self._no("beside", source=source, place=named)

    def _compared(self, place: PlaceName, names: Sequence[PlaceName], source: str) -> _Result:
        """Compare names where no maps are at hand."""
        said = self.say(f"place-{_key(place.name)}")
        if place in names or (place not in _EXTENDED and _WHOLE & set(names)):
            return self._yes("place", source=source)
        left, top, right, bottom = extent(place)
        for name in names:
            a, b, c, d = extent(name)
            shared = max(0.0, min(right, c) - max(left, a)) * max(0.0, min(bottom, d) - max(top, b))
            if place not in _EXTENDED and shared >= 0.6 * (right - left) * (bottom - top):
                return self._yes("place", source=source)
            if shared > 0.05:
                return self._no("beside", source=source, place=said)
        return self._wrong("elsewhere", source=source, place=said)

    # Strength, numbers

    def _answers(self) -> list[Answer]:
        """The answers of the report that a claim may mean: one finding's weight is not theirs."""
        if len(self._cited) == 1 and self.claim.kind is not ClaimKind.VERDICT:
            return []
        return list(self.case.opinion.questions.values())

    def _strength(self) -> _Result | None:
        """Words of the verbal scale, in a claim of any kind."""
        text, cited = self.claim.text.lower(), self._cited
        weights = [f.log10_lr or 0.0 for f in cited] + [a.log10_lr for a in self._answers()]
        right = [name_support(lr, self.say.code) for lr in weights]
        # "Strong support" is in "very strong support": the longest are looked for first.
        said = sorted((self.say(message) for _, message in SCALE), key=len, reverse=True)
        source = cited[0].id if cited else self.say("check-the-report")
        found = False
        for name in said if right else ():
            if name.lower() not in text:
                continue
            denied = _negated(text, (name.lower(),), self.say)
            text = text.replace(name.lower(), " ")
            if (name in right) is denied and (not denied or len(set(right)) == 1):
                return self._wrong("strength-differs", id=source, support=right[0])
            found |= not denied
        if found:
            return self._yes("strength", id=source)
        return self._weight() if self.claim.kind is ClaimKind.SUPPORT and cited else None

    def _weight(self) -> _Result | None:
        """The weight of a finding in the fusion, as in "it counts for 60 % of that"."""
        finding = self._cited[0]
        told = re.search(r"\d+(?:[.,]\d+)?(?=\s?%)", self.claim.text)
        if told is None or finding.id not in self.case.weights or self._probability() is not None:
            return None
        weight = self.case.weights[finding.id]
        if abs(_readings(told[0])[-1] / 100 - weight) <= 0.01:
            return self._yes("strength", id=finding.id)
        return self._wrong("weight-differs", id=finding.id, weight=self.say.share(weight))

    def _odds(self) -> _Result | None:
        """Likelihood ratios and probabilities, each against the report's."""
        known = [f.log10_lr for f in self._cited if f.log10_lr is not None]
        known += [a.log10_lr for a in self._answers()]
        for told in self._ratios():
            if not known:
                return self._no("nothing")
            if not any(_same_ratio(lr, right) for lr in told for right in known):
                return self._wrong("ratio-differs", ratio=self.say.ratio(known[0]))
        told_share = self._probability()
        if told_share is None:
            return None
        text = self.claim.text.lower()
        operation = self.claim.operation
        for question, answer in self.case.opinion.questions.items():
            done = operation and (operation in _GENERATIVE) is (question is Question.GENERATED)
            denied = question in self._denied()
            if not (done or denied or mentions(text, self.say.words(f"words-{question}"))):
                continue
            right = [1 - answer.probability if denied else answer.probability]
            if mentions(text, self.say.words("words-prior")):
                right.append(answer.prior)
            if any(abs(told_share - share) <= 0.01 for share in right):
                return self._yes("probability")
            shown = self.say.share(answer.probability)
            doing = self.say(f"doing-{question}")
            return self._wrong("probability-differs", doing=doing, probability=shown)
        return self._no("nothing")

    def _ratios(self) -> list[list[float]]:
        """The log10 of every likelihood ratio that is told, in each of its readings."""
        return [
            [math.log10(n) * (-1 if below else 1) for n in _readings(number) if n > 0]
            for below, number in self._ratio_pattern().findall(self._unnamed())
        ]

    def _ratio_pattern(self) -> re.Pattern[str]:
        names = "|".join(_word(word).pattern + r"\w*" for word in self.say.words("words-ratio"))
        return re.compile(rf"(?:{names})[^\d.;]{{0,60}}(1\s?:\s?)?({_VALUE})(?!\s?%)")

    def _probability(self) -> float | None:
        """The probability that is told, 0 to 1: the share nearest to the word for it."""
        text = self._ratio_pattern().sub(lambda found: "." * len(found[0]), self._unnamed())
        words = self.say.words("words-probability")
        at = [m.start() for word in words for m in _word(word).finditer(text)]
        percent = "|".join(map(re.escape, self.say.words("words-percent")))
        shares = [
            (min(abs(m.start() - a) for a in at), _readings(m[1])[-1] / (100 if m[2] else 1))
            for m in re.finditer(rf"({_VALUE})(\s?(?:{percent}))?", text)
            if at and (m[2] or m[1].startswith("0"))
        ]
        return min(shares)[1] if shares else None

    def _unnamed(self) -> str:
        """The sentence in lower case without the identifiers of findings."""
        return _IDENTIFIER.sub("", self.claim.text).lower()

    def _neutral(self) -> _Result | None:
        if self.claim.kind is not ClaimKind.NEUTRAL:
            return None
        unweighed = [f for f in self._cited if f.id not in self.case.weights]
        if unweighed:
            return self._no("not-weighed", id=unweighed[0].id)
        loud = [f for f in self._cited if abs(f.log10_lr or 0.0) >= NEUTRAL]
        if loud:
            return self._wrong("not-neutral", id=loud[0].id)
        return self._yes("neutral") if self._cited else self._no("no-citation")

    def _count(self) -> _Result | None:
        if self.claim.kind is not ClaimKind.COUNT:
            return None
        text = self.claim.text.lower()
        counts = {
            "regions": len(self.case.regions),
            "findings": len([f for f in self.case.findings if f.applicable]),
            "methods": len({f.method for f in self.case.findings if f.applicable}),
        }
        pairs = [f.facts["pairs"] for f in self._cited if "pairs" in f.facts]
        if pairs and isinstance(pairs[0], int):
            counts["pairs"] = pairs[0]
        what = _first(text, {name: self.say.words(f"words-count-{name}") for name in counts})
        number = self.claim.value
        if isinstance(number, int | float):
            numbers: tuple[float, ...] = (number,)
        else:
            found = _NUMBER.search(_IDENTIFIER.sub("", text))
            numbers = _readings(found[0]) if found else ()
        if what is None or not numbers:
            return self._no("nothing")
        if counts[what] in numbers:
            return self._yes("count")
        return self._wrong("count-differs", count=counts[what])

    def _numbers(self) -> _Result | None:
        """Numbers in what a method is said to have seen must be its own."""
        if self.claim.kind is not ClaimKind.OBSERVED or not self._cited:
            return None
        told = [_readings(n) for n in _NUMBER.findall(_IDENTIFIER.sub("", self.claim.text))]
        if not told:
            return None
        # "It is false that …": the numbers are right, and what is said of them is not.
        words = set(re.findall(r"\w+", self.claim.text.lower()))
        said = " ".join(t for f in self._cited for t in (f.says, self.say.says(f)))
        if words & set(self.say.words("words-not")) - set(re.findall(r"\w+", said.lower())):
            return None
        known = [v for f in self._cited for v in _facts(f)]
        for readings in told:
            if not any(abs(n - v) <= max(0.06 * abs(v), 0.006) for v in known for n in readings):
                number = self.say.number(readings[0], 3)
                return self._no("number", id=self._cited[0].id, number=number)
        return self._yes("numbers", id=self._cited[0].id)

    # What can be measured

    def _patch(self) -> tuple[NDArray[np.uint8], NDArray[np.uint8], Mask] | None:
        """The picture as stored, shrunk; the part that is meant; where that part is."""
        claim, case = self.claim, self.case
        if case.rgb is None:
            return None
        scale = max(1.0, max(case.item.width, case.item.height) / _SAMPLE_SIDE)
        size = max(1, round(case.item.width / scale)), max(1, round(case.item.height / scale))
        small = np.asarray(cv2.resize(case.rgb, size, interpolation=cv2.INTER_AREA), np.uint8)
        box = claim.box
        if box is None and claim.region is not None and claim.region <= len(case.regions):
            box = case.regions[claim.region - 1].box
        own = np.zeros(small.shape[:2], bool)
        if box is None:
            cited = {f.id for f in self._cited}
            boxes = [r.box for r in case.regions if not cited or cited & set(r.findings)]
            if not boxes:
                return None
            box = boxes[0]
        x, y, w, h = (v / scale for v in box)
        top, left = int(y), int(x)
        window = _cut(top, round(y + h), size[1]), _cut(left, round(x + w), size[0])
        own[window] = True
        return (small, small[window], own) if own.any() else None

    def _measure(self) -> _Result | None:
        kind, value = self.claim.kind, self.claim.value
        if kind not in _MEASURED:
            return None
        if kind is ClaimKind.TEXT:
            return self._text()
        found = self._patch()
        if found is None or value is None:
            return self._no("not-measurable")
        small, patch, own = found
        match kind:
            case ClaimKind.COLOUR:
                return self._colour(patch, str(value))
            case ClaimKind.SYMMETRY:
                agreement = mirror_correlation(patch)
                signs = {"symmetric": agreement - 0.75, "asymmetric": 0.5 - agreement}
                return self._signed(signs.get(str(value)), 0.15, str(value))
        rest = ~own
        if rest.mean() < 0.05:
            return self._no("not-measurable")
        if kind is ClaimKind.BRIGHTNESS:
            light = lightness(small)
            difference = float(np.median(light[own]) - np.median(light[rest]))
            signs = {"brighter": difference - 3, "darker": -difference - 3}
            return self._signed(signs.get(str(value)), 3.0, str(value))
        detail = np.abs(cv2.Laplacian(lightness(small), cv2.CV_32F))
        ratio = float(np.log2((detail[own].mean() + 0.05) / (detail[rest].mean() + 0.05)))
        signs = {"sharper": ratio - 0.3, "blurrier": -ratio - 0.3}
        return self._signed(signs.get(str(value)), 0.3, str(value))

    def _signed(self, margin: float | None, slack: float, value: str) -> _Result:
        """Supported above 0, contradicted below −slack, neither in between."""
        if margin is None:
            return self._no("nothing")
        shown = self.say(f"check-word-{value}")
        if margin >= 0:
            return self._yes("measured", value=shown)
        if margin < -slack:
            return self._wrong("measured-not", value=shown)
        return self._no("measured-open", value=shown)

    def _colour(self, patch: NDArray[np.uint8], value: str) -> _Result:
        name = (
            value
            if value in COLOURS
            else _first(value.lower(), _values(self.say)[ClaimKind.COLOUR])
        )
        if name is None:
            return self._no("nothing")
        share = colour_share(patch, name)
        shown = self.say(f"check-word-{name}")
        shares = {"share": self.say.share(share), "value": shown}
        if share >= 0.25:
            return self._yes("colour", **shares)
        return (
            self._no("colour-little", **shares)
            if share >= 0.05
            else self._wrong("colour-not", **shares)
        )

    def _text(self) -> _Result:
        if self.case.rgb is None or self.claim.value is None:
            return self._no("not-measurable")
        x, y, w, h = self.claim.box or (0, 0, self.case.item.width, self.case.item.height)
        read = read_text(self.case.rgb[max(0, y) : y + h, max(0, x) : x + w])
        if read is None:
            return self._no("no-ocr")
        said = _plain(str(self.claim.value))
        if said and said in _plain(read):
            return self._yes("text")
        return self._wrong("text-differs") if _plain(read) else self._no("no-text")


def _plain(text: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"[^\w\s.,%°^+-]", " ", text.lower())).strip(" .")


def _content(text: str) -> set[str]:
    """Words of four letters or more, cut to their first six."""
    return {word[:6] for word in re.findall(r"[^\W\d_]{4,}", text)}


def _readings(text: str) -> tuple[float, ...]:
    """What a number may mean: "36,310" is 36310 where commas group digits, and 36.31 elsewhere."""
    marks = text.count(".") + text.count(",")
    whole = (float(re.sub("[.,]", "", text)),) if re.fullmatch(_GROUPED, text) else ()
    return whole if marks > 1 else (*whole, float(text.replace(",", ".")))


def _same_ratio(told: float, right: float) -> bool:
    """Whether a log10 is that of a ratio as it is written: two digits, and "more than 10⁶"."""
    return abs(told - right) <= 0.03 or (abs(right) > 6 and told * right >= 6 * abs(right))


def _cut(first: int, last: int, side: int) -> slice:
    """Part of a side that a box takes: at least one pixel, and none where it lies outside."""
    if last < 0 or first >= side or (last == 0 and first < 0):
        return slice(0, 0)
    return slice(max(0, first), max(max(0, first) + 1, min(side, last)))


def _facts(finding: Finding) -> Iterator[float]:
    """All numbers of a finding, shares as percentages too."""
    for value in finding.facts.values():
        for item in value if isinstance(value, list | tuple) else [value]:
            if isinstance(item, int | float) and not isinstance(item, bool):
                yield abs(float(item))
                if abs(item) <= 1:
                    yield 100 * abs(float(item))
    for text in _NUMBER.findall(finding.says):
        # Methods speak English: commas group digits.
        yield _readings(text)[0] if "," in text or text.count(".") > 1 else float(text)


def _parts(mask: Mask) -> Iterator[Mask]:
    """Yield the connected parts of a mask that hold a fifth of it or more, or all of it."""
    count, labels = cv2.connectedComponents(mask.astype(np.uint8), connectivity=8)
    sizes = np.bincount(labels.ravel(), minlength=count)
    large = [k for k in range(1, count) if sizes[k] >= 0.2 * sizes[1:].sum()]
    if not large:
        yield mask
    for label in large:
        yield labels == label


# Measures

COLOURS = (
    "black", "white", "grey", "red", "orange", "yellow", "green", "blue", "purple", "pink", "brown",
)  # fmt: skip
# Hue angles in CIELAB, in degrees; neighbours overlap, as colour words do.
_HUES = {
    "red": (355.0, 55.0), "orange": (45.0, 82.0), "yellow": (75.0, 115.0), "green": (105.0, 200.0),
    "blue": (190.0, 315.0), "purple": (295.0, 345.0), "pink": (325.0, 35.0), "brown": (30.0, 95.0),
}  # fmt: skip


def lightness(rgb: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return CIELAB L*, 0 to 100: float32, height × width."""
    lab = cv2.cvtColor(rgb.astype(np.float32) / 255.0, cv2.COLOR_RGB2LAB)
    return np.ascontiguousarray(lab[..., 0], dtype=np.float32)


def colour_share(rgb: NDArray[np.uint8], name: str) -> float:
    """Return the share of pixels, 0 to 1, that one of the eleven basic colour words fits.

    Berlin and Kay, Basic Color Terms, 1969; bounds in CIELAB are wide and overlap.
    """
    lab = cv2.cvtColor(rgb.astype(np.float32) / 255.0, cv2.COLOR_RGB2LAB)
    light, a, b = lab[..., 0], lab[..., 1], lab[..., 2]
    chroma, hue = np.hypot(a, b), np.degrees(np.arctan2(b, a)) % 360
    match name:
        case "black":
            fits = (light < 28) & (chroma < 18)
        case "white":
            fits = (light > 82) & (chroma < 14)
        case "grey":
            fits = (light > 18) & (light < 90) & (chroma < 14)
        case _:
            low, high = _HUES[name]
            fits = (hue >= low) & (hue < high) if low < high else (hue >= low) | (hue < high)
            fits &= chroma >= (8 if name in ("brown", "blue", "green") else 14)
            if name == "brown":
                fits &= light < 60
            elif name == "pink":
                fits &= light > 50
            elif name in ("orange", "yellow"):
                fits &= light > 40
    return float(fits.mean())


def mirror_correlation(rgb: NDArray[np.uint8]) -> float:
    """Return the correlation of a patch with its mirror image, −1 to 1."""
    light = lightness(rgb)
    light = light - light.mean()
    return float((light * light[:, ::-1]).mean() / max(float((light * light).mean()), 1e-6))


def read_text(rgb: NDArray[np.uint8]) -> str | None:
    """Read the text of a patch by OCR, or return None when no OCR library is installed."""
    try:
        import pytesseract
    except ImportError:
        return None
    if shutil.which("tesseract") is None:
        return None
    return str(pytesseract.image_to_string(rgb))
