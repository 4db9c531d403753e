"""Languages: every word for a reader lives in ``languages/<code>.ftl``, one file per language.

The files are Project Fluent (projectfluent.org); numbers and shares are written as CLDR asks.
What a language lacks is said in English: messages from ``en.ftl``, sentences of methods as the
method wrote them. A report says a tenth of what a file holds, and parsing is what takes time:
messages are parsed as they are asked for, and Fluent and Babel loaded with the first.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from locard.content.places import Place
from locard.methods import Finding
from locard.opinion.opinion import ACCEPT, REJECT

if TYPE_CHECKING:
    from fluent.runtime import FluentBundle

ENGLISH = "en"
_KEY_WORDS = 9
# Numbers in a sentence of a method; in its key they are left out, in a translation they are
# $n1, $n2, ...
_NUMBER = re.compile(r"(?<![\w.])[-+]?\d+(?:[.,]\d+)*(?![\w])")
# Numbers as English writes them, and no versions (1.1.0).
_ENGLISH_NUMBER = re.compile(r"[-+]?\d+(?:,\d{3})*(?:\.\d+)?")
# Names of formats in a sentence of a method: $name1, $name2, ... where they are not in its key.
_NAME = re.compile(r"\b[A-Z][A-Z0-9]+\b")
# A message begins at the margin and ends where another or a comment does (Fluent syntax 1.0).
_MESSAGE = re.compile(r"^(-?[a-zA-Z][\w-]*) *=(?:.|\n(?![a-zA-Z#-]))*", re.MULTILINE)


def list_languages() -> list[str]:
    """Return the codes of the languages that reports can be written in."""
    folder = files("locard.explain").joinpath("languages")
    return sorted(f.name.removesuffix(".ftl") for f in folder.iterdir() if f.name.endswith(".ftl"))


def phrase_key(text: str) -> str:
    """Return the name under which a language file translates a fixed phrase of a method.

    Its first nine words without numbers: "needs at least 256 pixels on the shorter side" is
    ``p-needs-at-least-pixels-on-the-shorter-side``.
    """
    words = re.findall(r"[a-z]+", _NUMBER.sub(" ", text.lower().replace("’", "'")))
    return "p-" + "-".join(words[:_KEY_WORDS])


@cache
def load_language(code: str) -> Language:
    """Load a language by its code ("de").

    Raises: ValueError, one sentence, for a language that there is no file of.
    """
    if code not in list_languages():
        raise ValueError(f"there is no language {code!r}; there are: {', '.join(list_languages())}")
    return Language(code)


class _Messages:
    """The messages of one file, each parsed when it is first asked for."""

    def __init__(self, code: str) -> None:
        self._code = code
        text = files("locard.explain").joinpath("languages", f"{code}.ftl").read_text("utf-8")
        self._texts = {match[1]: match[0] + "\n" for match in _MESSAGE.finditer(text)}
        self._bundle: FluentBundle | None = None

    def format(self, name: str, attribute: str, values: Mapping[str, Any]) -> str | None:
        """Return a message or its attribute, or None where it is missing or lacks a value."""
        bundle = self._parsed(name)
        if bundle is None:
            return None
        found = bundle.get_message(name)
        pattern = found.attributes.get(attribute) if attribute else found.value
        if pattern is None:
            return None
        text, errors = bundle.format_pattern(pattern, _plain(values))
        return None if errors else str(text)

    def _parsed(self, name: str) -> FluentBundle | None:
        """The bundle with a message in it, or None where the file lacks it."""
        if name not in self._texts:
            return None
        if self._bundle is None:
            from fluent.runtime import FluentBundle

            self._bundle = FluentBundle([self._code], use_isolating=False)
        if not self._bundle.has_message(name):
            from fluent.runtime import FluentResource

            self._bundle.add_resource(FluentResource(self._texts[name]))
        return self._bundle


class Language:
    """The words of one language.

    Attributes:
        code: "en", "de", "es", ...
    """

    def __init__(self, code: str) -> None:
        self.code = code
        self._words: dict[str, tuple[str, ...]] = {}
        self._messages = [_Messages(c) for c in dict.fromkeys((code, ENGLISH))]

    def find(self, message: str, /, *, own: bool = False, **values: Any) -> str | None:
        """Return a message, or None where it is missing or lacks a value.

        Args:
            message: its name, "method-cfa" or "method-cfa.for".
            own: do not fall back on English.
            values: what it mentions: strings and numbers; True and False become "yes" and "no".
        """
        name, _, attribute = message.partition(".")
        for messages in self._messages[:1] if own else self._messages:
            if (text := messages.format(name, attribute, values)) is not None:
                return text
        return None

    def __call__(self, message: str, /, **values: Any) -> str:
        """Return a message; a missing one is a bug and raises KeyError."""
        text = self.find(message, **values)
        if text is None:
            raise KeyError(f"{message} in {self.code} with {sorted(values)}")
        return text

    def words(self, message: str) -> tuple[str, ...]:
        """Return the words of a message that lists them with commas, in lower case."""
        if message not in self._words:
            listed = (word.strip().lower() for word in (self.find(message) or "").split(","))
            self._words[message] = tuple(word for word in listed if word)
        return self._words[message]

    # What methods say

    def title(self, method: str, title: str) -> str:
        """Name a method."""
        return self.find(f"method-{method}", own=True) or title

    def says(self, finding: Finding) -> str:
        """Say what a finding saw; the method's own English sentence where there is no other."""
        if self.code == ENGLISH:
            return finding.says
        facts = {
            name: [self.phrase(v) if isinstance(v, str) else v for v in value]
            if isinstance(value, list)
            else self.phrase(value) or "none"
            if isinstance(value, str)
            else value
            for name, value in {"score": finding.score, **finding.facts}.items()
        }
        return self.find(f"method-{finding.method}.says", own=True, **facts) or finding.says

    def phrase(self, text: str) -> str:
        """Translate a fixed phrase of a method: a reason, limitation or innocent explanation."""
        if self.code == ENGLISH or not text:
            return text
        numbers = {f"n{i}": self._written(n) for i, n in enumerate(_NUMBER.findall(text), 1)}
        if found := self.find(phrase_key(text), own=True, **numbers):
            return found
        names = {f"name{i}": n for i, n in enumerate(_NAME.findall(text), 1)}
        unnamed = phrase_key(_NAME.sub(" ", text))
        if names and (found := self.find(unnamed, own=True, **numbers, **names)):
            return found
        # "EXIF Software names an editor: GIMP 2.10": what follows the colon is the file's.
        head, colon, rest = text.partition(": ")
        known = self.find(phrase_key(head), own=True) if colon else None
        return f"{known}: {rest}" if known else text

    # Numbers and lists

    def _written(self, number: str) -> str:
        """Write a number of an English sentence as this language does."""
        from babel.numbers import get_decimal_symbol, get_group_symbol

        if not _ENGLISH_NUMBER.fullmatch(number):
            return number
        marks = get_group_symbol(self.code) + get_decimal_symbol(self.code)
        return number.translate(str.maketrans(",.", marks))

    def number(self, value: float, digits: int = 0) -> str:
        """Write a number with at most ``digits`` decimals."""
        from babel.numbers import format_decimal

        pattern = "#,##0" + ("." + "#" * digits if digits else "")
        return str(format_decimal(value, pattern, locale=self.code))

    def share(self, share: float) -> str:
        """Write a share or probability as a percentage that never claims certainty.

        >>> load_language("en").share(0.973), load_language("en").share(0.99996)
        ('97%', 'more than 99.9%')
        >>> load_language("en").share(0.89997)
        '89.9%'
        """
        if share > 0.999:
            return self("more-than", value=self.percent(0.999, 1))
        if share < 0.001:
            return self("less-than", value=self.percent(0.001, 1))
        digits = 1 if share < 0.02 or share > 0.98 else 0
        # What is undecided must not be rounded to where a decision begins.
        if REJECT < share < ACCEPT and not REJECT < round(share, 2) < ACCEPT:
            digits, share = 1, min(max(share, REJECT + 0.001), ACCEPT - 0.001)
        return self.percent(share, digits)

    def percent(self, share: float, digits: int = 0) -> str:
        """Write a share as a percentage."""
        from babel.numbers import format_percent

        wide = "#,##0" + ("." + "0" * digits if digits else "")
        pattern = wide + ("%" if self.code == ENGLISH else "\N{NO-BREAK SPACE}%")
        return str(format_percent(share, pattern, locale=self.code))

    def ratio(self, log10_lr: float) -> str:
        """Write a likelihood ratio with the digits it deserves ("30", "1 : 4").

        >>> load_language("en").ratio(1.48), load_language("en").ratio(-0.6)
        ('30', '1 : 4')
        """
        if abs(log10_lr) > 6.0:
            return self("more-than" if log10_lr > 0 else "less-than",
                        value="10⁶" if log10_lr > 0 else "1 : 10⁶")  # fmt: skip
        ratio = float(f"{10.0 ** abs(log10_lr):.2g}")
        shown = self.number(ratio, 0 if ratio >= 10 else 1)
        return shown if log10_lr >= 0 or ratio == 1 else f"1 : {shown}"

    def listed(self, items: Sequence[str], *, either: bool = False) -> str:
        """Join as the language does: "a, b and c", or with ``either`` "a, b or c"."""
        from babel.lists import format_list

        unique = list(dict.fromkeys(items))
        # World English: American lists have a comma before "and" that this project does not write.
        locale = "en_001" if self.code == ENGLISH else self.code
        return str(format_list(unique, "or" if either else "standard", locale=locale))

    def place(self, place: Place) -> str:
        """Say where ("in the upper left and on the right")."""
        said = self.listed([self(f"place-{n.name.lower().replace('_', '-')}") for n in place.names])
        said = self("place-and-elsewhere", place=said) if place.more else said
        things = self.listed([self(f"thing-{t.name.lower()}") for t in place.things])
        return self("place-of-things", place=said, things=things) if things else said


def _plain(values: Mapping[str, Any]) -> dict[str, Any]:
    """Make facts fit for Fluent: lists by element (``name_1``) and by length (``name_count``)."""
    plain: dict[str, Any] = {}
    for name, value in values.items():
        if isinstance(value, bool):
            plain[name] = "yes" if value else "no"
        elif value is None:
            plain[name] = "none"
        elif isinstance(value, list | tuple):
            plain[f"{name}_count"] = len(value)
            plain[name] = ", ".join(map(str, value)) or "none"
            plain |= {f"{name}_{i}": item for i, item in enumerate(value, 1)}
        elif isinstance(value, str | int | float):
            plain[name] = value
        else:
            plain[name] = float(value)  # NumPy's scalars
    return plain
