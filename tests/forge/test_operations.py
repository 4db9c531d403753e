from pathlib import Path

import pytest

from locard.forge import list_operations

PAGE = Path(__file__).parents[2] / "docs" / "forge-operations.md"
HERE = ("processing", "text", "generative", "face", "style", "recapture")


def test_the_page_lists_every_operation_as_it_is():
    page = PAGE.read_text(encoding="utf-8")
    for entry in list_operations():
        if entry.group in HERE:
            assert f"| `{entry.name}` | {entry.about} | {entry.source} |" in page


@pytest.mark.parametrize("entry", list_operations(), ids=lambda entry: entry.name)
def test_every_operation_says_what_it_does_and_follows(entry):
    assert entry.name == entry.name.lower()
    assert " " not in entry.name
    assert 20 < len(entry.about) < 110
    assert len(entry.source) > 10
    assert entry.donors >= 0
