import numpy as np
import pytest
from PIL import ImageFont

from conftest import synthetic_photo
from forge.documents import document
from locard.content.text import find_text
from locard.forge import Photo, Unsuitable, list_operations
from locard.forge.operations import text_edit

system_fonts = text_edit.fonts


@pytest.fixture(autouse=True)
def one_font(monkeypatch):
    """Pillow's own font alone: what other fonts a system has must not matter here."""
    monkeypatch.setattr(text_edit, "fonts", lambda: (ImageFont.load_default(40),))


@pytest.fixture(scope="module")
def host():
    return Photo(document(1), "0" * 64, "a.jpg")


@pytest.mark.parametrize("run", [text_edit.delete, text_edit.replace, text_edit.insert])
@pytest.mark.parametrize("light", [False, True])
def test_outside_the_mask_every_bit_is_the_hosts(run, light):
    page = Photo(document(2, light=light), "1" * 64, "a.jpg")
    for seed in range(4):
        forged = run(page, [], np.random.default_rng(seed))
        outside = forged.mask == 0
        assert np.array_equal(forged.rgb[outside], page.rgb[outside])
        assert 0 < (forged.mask > 0.5).mean() < 0.1
        assert forged.mask.max() == 1
        again = run(page, [], np.random.default_rng(seed))
        assert np.array_equal(forged.rgb, again.rgb)
        assert forged.parameters == again.parameters


def ink_in(rgb, forged):
    """Share of dark pixels inside the mask."""
    return (rgb[forged.mask > 0.5].mean(axis=1) < 140).mean()


def test_a_deleted_word_leaves_paper_with_grain(host):
    for seed in range(4):
        forged = text_edit.delete(host, [], np.random.default_rng(seed))
        assert ink_in(host.rgb, forged) > 0.1
        assert ink_in(forged.rgb, forged) == 0
        inside = forged.rgb[forged.mask == 1].mean(axis=1)
        assert inside.std() > 1
        before = sum(len(line.letters) for line in find_text(host.rgb).lines)
        after = find_text(forged.rgb)
        assert sum(len(line.letters) for line in after.lines) < before


def test_replaced_text_is_still_text(host):
    hows = set()
    for seed in range(10):
        forged = text_edit.replace(host, [], np.random.default_rng(seed))
        hows.add(forged.parameters["how"])
        assert ink_in(forged.rgb, forged) > 0.05
    assert hows == {"letters copied", "word copied", "font"}


def test_added_text_stands_where_there_was_paper(host):
    hows = set()
    for seed in range(8):
        forged = text_edit.insert(host, [], np.random.default_rng(seed))
        hows.add(forged.parameters["how"])
        assert ink_in(host.rgb, forged) < 0.1
        assert ink_in(forged.rgb, forged) > 0.05
    assert hows == {"copied", "font"}


def test_new_ink_is_as_dark_and_as_soft_as_the_old(host):
    page = text_edit.Page(host)
    line = max(page.text.lines, key=lambda line: len(line.letters))
    word = max(line.words, key=len)
    done = text_edit._set_word(np.random.default_rng(0), page, line, word)
    assert done is not None
    forged = page.forged(*done)
    dark = [np.percentile(rgb[forged.mask > 0.5], 3) for rgb in (host.rgb, forged.rgb)]
    assert dark[0] == pytest.approx(dark[1], abs=22)
    assert 0.4 < done[0]["blur_px"] < 1.5


def test_a_photo_without_text_is_unsuitable():
    photo = Photo(synthetic_photo(160, 160), "3" * 64, "a.jpg")
    for entry in list_operations():
        if entry.group == "text":
            with pytest.raises(Unsuitable, match="no lines of text"):
                entry.run(photo, [], np.random.default_rng(0))


def test_the_font_of_the_page_is_told_from_its_bold_cut(host, monkeypatch):
    found = [f for f in system_fonts() if f.getname()[1] in ("Bold", "Regular", "Book")]
    if len(found) < 4:
        pytest.skip("too few fonts on this system")
    monkeypatch.setattr(text_edit, "fonts", lambda: (*found[:8], ImageFont.load_default(40)))
    page = text_edit.Page(host)
    line = max(page.text.lines, key=lambda line: len(line.letters))
    alpha, _ = text_edit._ink_of(page, max(line.words, key=len))
    size = 0.9 * line.size
    fitted = text_edit._fitted_font(page, line, "x", size, text_edit._steepness(alpha))
    assert "Bold" not in fitted.getname()[1]
