import numpy as np
import pytest

from conftest import synthetic_photo
from forge.documents import document
from locard.content.text import find_text, paper_of


@pytest.mark.parametrize("light", [False, True])
def test_lines_and_words_of_a_page_are_found(light):
    text = find_text(document(1, light=light))
    assert text is not None
    assert text.dark != light
    assert len(text.lines) >= 5
    line = max(text.lines, key=lambda line: len(line.letters))
    assert len(line.words) >= 3
    assert 9 < line.size < 22
    assert abs(line.slope) < 0.05
    on_line = [letter for letter in line.letters if abs(letter.rise) < 0.2 * line.size]
    assert len(on_line) > 0.5 * len(line.letters)
    lefts = [letter.x for letter in line.letters]
    assert lefts == sorted(lefts)


@pytest.mark.parametrize("seed", range(4))
def test_a_photo_without_text_has_none(seed):
    assert find_text(synthetic_photo(256, 256, seed)) is None


def test_stripes_are_no_text():
    fence = np.full((240, 320, 3), 230, np.uint8)
    for x in range(20, 300, 14):
        fence[100:130, x : x + 7] = 30
        fence[160:190, x : x + 7] = 30
    assert find_text(fence) is None


def test_paper_is_what_lies_under_the_ink():
    paper = np.linspace(120, 220, 200).astype(np.uint8)[None, :, None].repeat(100, 0).repeat(3, 2)
    ink = np.zeros((100, 200), bool)
    ink[40:60, 30:170:9] = True
    rgb = paper.copy()
    rgb[ink] = 20
    assert np.abs(paper_of(rgb, ink, 12) - paper)[20:80, 30:170].max() < 4
