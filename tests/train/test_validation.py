"""Validation of a localizer: what is forged is told by its label."""

from pathlib import Path

import pytest

pytest.importorskip("torch", reason="needs the extra train")

from locard.bench.datasets import Item
from locard.methods import Question
from locard.train.crops import Listed, choose_validation, operation_of
from locard.train.validation import Examined, summarise


def item(name: str, label: int, operation: str = "") -> Item:
    return Item(Path(name), label, Question.EDITED, source=name, operation=operation)


def test_forgeries_without_the_name_of_an_operation_are_forgeries() -> None:
    assert operation_of(item("a", 0)) == operation_of(item("a", 0, "splice")) == ""
    assert operation_of(item("a", 1)) == "not named"
    items = [item(f"f{n}", 1) for n in range(8)] + [item(f"a{n}", 0) for n in range(8)]
    chosen = choose_validation([Listed(one, 1.0) for one in items], 8)
    assert sum(one.label for one in chosen) == 6


def test_the_table_has_them() -> None:
    figures = {"auc": 0.9, "f1@best": 0.8, "f1@0.5": 0.7}
    found = [
        Examined("s1", "not named", 0.9, figures),
        Examined("s2", "splice", 0.8, figures),
        Examined("s3", "", 0.1, {}),
        Examined("s4", "", 0.2, {}),
    ]
    table = summarise(found)
    assert list(table) == ["not named", "splice", "all"]
    assert table["all"]["n"].value == 2
    assert table["all"]["image auc"].value == 1.0
