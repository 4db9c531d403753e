from __future__ import annotations

import pytest

from locard.explain import load_language
from locard.explain.language import phrase_key


@pytest.mark.parametrize(
    ("log10_lr", "shown"),
    [
        (0.0, "1"), (-0.01, "1"), (0.15, "1.4"), (1.48, "30"), (3.3, "2,000"), (-0.6, "1 : 4"),
        (-2.6, "1 : 400"), (7.0, "more than 10⁶"), (-8.0, "less than 1 : 10⁶"),
    ],
)  # fmt: skip
def test_ratio(log10_lr: float, shown: str) -> None:
    assert load_language("en").ratio(log10_lr) == shown


@pytest.mark.parametrize(
    ("share", "shown"),
    [
        (0.89997, "89.9%"), (0.9, "90%"), (0.4003, "40.1%"), (0.4, "40%"),
        (0.5, "50%"), (0.973, "97%"), (0.985, "98.5%"), (0.0123, "1.2%"),
        (1.0, "more than 99.9%"), (0.0, "less than 0.1%"),
    ],
)  # fmt: skip
def test_share(share: float, shown: str) -> None:
    assert load_language("en").share(share) == shown


def test_lists_and_missing_words() -> None:
    english = load_language("en")
    assert english.listed(["a", "b", "a", "c"]) == "a, b and c"
    assert english.listed(["a", "b"], either=True) == "a or b"
    assert english.find("no-such-message") is None
    assert english.find("summary-between") is None, "its values are missing"
    with pytest.raises(KeyError, match="no-such-message"):
        english("no-such-message")
    with pytest.raises(ValueError, match="there is no language 'xx'; there are: "):
        load_language("xx")


def test_phrase_keys_leave_numbers_out() -> None:
    key = "p-needs-at-least-pixels-on-the-shorter-side"
    assert phrase_key("needs at least 256 pixels on the shorter side") == key
    assert phrase_key("Needs at least 64 pixels on the shorter side.") == key
