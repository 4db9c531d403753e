"""Text edits: words and letters deleted, replaced or added in photos of documents and signs.

The paper under the ink is rebuilt from the paper around it, grain included. New letters are copied
from the same page with their ink, blur and noise (what a careful forger does), or set in a
TrueType font whose size, weight, ink, blur and grain are fitted to the line.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from locard.content.text import Letter, Line, Text, find_text, paper_of
from locard.forge.contract import Forged, Matte, Parameter, Photo, Unsuitable, operation
from locard.forge.regions import blend, clean, name_region

Pixels = NDArray[np.float32]
Font = ImageFont.FreeTypeFont

_SOURCE = "Qu et al., DocTamper, CVPR 2023; Luo et al., RTM, Pattern Recognition 2025"
_LEAST_CHANGE = 3.0


@lru_cache(maxsize=8)
def _text_of(host: Photo) -> Text | None:
    return find_text(host.rgb)


class Page:
    """A photo with text, taken apart into ink and paper, and edited in place.

    Attributes:
        text: the lines found.
        paper: float32, height × width × 3: the paper without ink and grain.
        layer: float32, height × width × 3: the edited picture so far.
        matte: float32, height × width: where it replaces the host.
    """

    def __init__(self, host: Photo) -> None:
        """Take a photo apart. Raises: Unsuitable when it shows no text."""
        text = _text_of(host)
        if text is None:
            raise Unsuitable("the photo shows no lines of text")
        self.host = host.rgb
        self.text: Text = text
        size = float(np.median([line.size for line in text.lines]))
        # Blur and compression spread ink by about a tenth of a letter's height.
        self.spread = max(2, round(0.1 * size))
        self.ink = _grow(text.labels > 0, self.spread)
        self.letters = np.zeros(text.labels.max() + 1, bool)
        self.letters[[k for line in text.lines for x in line.letters for k in x.labels]] = True
        # Where there is no grain to take: the halo of ink, however faint, must not come back.
        self.coarse = self.halo = _grow(text.labels > 0, 2 * self.spread)
        self.paper = paper_of(host.rgb, self.ink, 1.5 * size)
        self.detail = host.rgb.astype(np.float32) - self.paper
        self.layer = host.rgb.astype(np.float32)
        self.matte: Matte = np.zeros(host.rgb.shape[:2], np.float32)

    def focus(self, line: Line) -> bool:
        """Rebuild the paper around a line from what is of its colour: labels and signs are small.

        Returns: whether ink and paper explain the line; else it is no text, or on no paper.
        """
        reach = round(2 * line.size)
        boxes = [(x.x, x.y, x.x + x.width, x.y + x.height) for x in line.letters]
        x0, y0 = (min(box[k] for box in boxes) for k in (0, 1))
        x1, y1 = (max(box[k] for box in boxes) for k in (2, 3))
        tight = self._slices(x0 - self.spread, y0 - self.spread, x1 + self.spread, y1 + self.spread)
        blank = ~self.halo[tight]
        if blank.sum() < 20:
            blank = ~self.ink[tight]
        if blank.sum() < 20:
            return False
        colour = np.median(self.host[tight][blank], axis=0)
        # A page in perspective is shaded; what differs by more is something else.
        # To the right there may be room for another word.
        box = self._slices(x0 - reach, y0 - reach, x1 + 5 * reach, y1 + reach)
        off = np.abs(self.host[box] - colour).mean(axis=2) > 0.35 * line.contrast
        self.paper[box] = paper_of(self.host[box], self.ink[box] | off, 1.5 * line.size)
        self.detail[box] = self.host[box] - self.paper[box]
        left = np.abs(self.detail[tight][blank]).mean(axis=1)
        # Only what is noise is grain: no rules, stains, or edges that the paper does not follow.
        coarse = np.abs(self.detail[box]).mean(axis=2) > 4 * np.median(left) + 1
        self.coarse = np.ones_like(self.halo)
        self.coarse[box] = self.halo[box] | _grow(off, self.spread) | coarse
        return bool(np.percentile(left, 90) < 0.12 * line.contrast + 2)

    def erase(self, rng: np.random.Generator, letters: Sequence[Letter], box: bool) -> None:
        """Put paper in the place of letters: within their outlines, or within their common box."""
        labels = [label for letter in letters for label in letter.labels]
        x0 = min(letter.x for letter in letters) - 2 * self.spread
        y0 = min(letter.y for letter in letters) - 2 * self.spread
        x1 = max(letter.x + letter.width for letter in letters) + 2 * self.spread
        y1 = max(letter.y + letter.height for letter in letters) + 2 * self.spread
        rows, columns = self._slices(x0, y0, x1, y1)
        own = np.isin(self.text.labels[rows, columns], labels)
        others = _grow(self.letters[self.text.labels[rows, columns]] & ~own, 1)
        hole = np.ones_like(own) if box else _grow(own, 2 * self.spread)
        if not box:
            # A component that the threshold broke leaves crumbs between its parts.
            hole = cv2.morphologyEx(hole.astype(np.uint8), cv2.MORPH_CLOSE, _disk(self.spread)) > 0
        soft = self._soft(hole & ~others)
        paper = self.paper[rows, columns] + self._grain(rng, rows, columns)
        self._lay(rows, columns, paper, soft)

    def _grain(self, rng: np.random.Generator, rows: slice, columns: slice) -> Pixels:
        """Take the grain of paper nearby: the same shift for all pixels keeps its texture."""
        height, width = self.ink.shape
        ys, xs = np.mgrid[rows, columns]
        grain = np.zeros((*ys.shape, 3), np.float32)
        open_ = np.ones(ys.shape, bool)
        reach = max(8, 3 * (rows.stop - rows.start))
        for _ in range(60):
            dy, dx = (int(v) for v in rng.integers(-reach, reach + 1, 2))
            y, x = ys + dy, xs + dx
            inside = (y >= 0) & (y < height) & (x >= 0) & (x < width)
            y, x = np.clip(y, 0, height - 1), np.clip(x, 0, width - 1)
            take = open_ & inside & ~self.coarse[y, x]
            # A shift that fills specks only would tear the texture apart.
            if take.sum() < 0.25 * open_.sum():
                continue
            grain[take] = self.detail[y[take], x[take]]
            open_ &= ~take
            if not open_.any():
                break
        return grain

    def copy(self, letter: Letter, x: int, y: int, gain: float) -> None:
        """Write a letter that stands elsewhere on the page with its box's top left at x, y."""
        pad = 2 * self.spread
        height, width = self.ink.shape
        rows, columns = self._slices(
            letter.x - pad,
            letter.y - pad,
            letter.x + letter.width + pad,
            letter.y + letter.height + pad,
        )
        dy, dx = y - letter.y, x - letter.x
        if min(rows.start + dy, columns.start + dx) < 0:
            return
        if rows.stop + dy > height or columns.stop + dx > width:
            return
        to = (
            slice(rows.start + dy, rows.stop + dy),
            slice(columns.start + dx, columns.stop + dx),
        )
        own = np.isin(self.text.labels[rows, columns], letter.labels)
        others = _grow((self.text.labels[rows, columns] > 0) & ~own, self.spread)
        soft = self._soft(_grow(own, pad - 1) & ~others)
        written = self.paper[to] + gain * self.detail[rows, columns]
        # Letters may touch in the halo of their blur, where the darker one shows.
        darker = np.minimum if self.text.dark else np.maximum
        taken = self.matte[to] > 0
        written[taken] = darker(written, self.layer[to])[taken]
        self._lay(*to, written, soft)

    def write(self, rng: np.random.Generator, alpha: Pixels, x: int, y: int, depth: Pixels) -> None:
        """Lay ink over the paper.

        Args:
            alpha: float32, 0 to 1, the ink's coverage, its top left pixel at x, y.
            depth: float32, 3: what full coverage adds to the paper, in grey levels.
        """
        rows, columns = self._slices(x, y, x + alpha.shape[1], y + alpha.shape[0])
        alpha = alpha[rows.start - y : rows.stop - y, columns.start - x : columns.stop - x]
        paper = self.paper[rows, columns] + self._grain(rng, rows, columns)
        soft = self._soft(_grow(alpha > 0.04, self.spread))
        self._lay(rows, columns, paper + alpha[:, :, None] * depth, soft)

    def _slices(self, x0: int, y0: int, x1: int, y1: int) -> tuple[slice, slice]:
        height, width = self.ink.shape
        return slice(max(0, y0), min(height, y1)), slice(max(0, x0), min(width, x1))

    def _soft(self, mask: NDArray[Any]) -> Matte:
        return clean(cv2.GaussianBlur(mask.astype(np.float32), (0, 0), 0.6))

    def _lay(self, rows: slice, columns: slice, pixels: Pixels, soft: Matte) -> None:
        below = self.layer[rows, columns]
        self.layer[rows, columns] = below + (pixels - below) * soft[:, :, None]
        before = self.matte[rows, columns]
        self.matte[rows, columns] = clean(1 - (1 - before) * (1 - soft))

    def forged(self, parameters: dict[str, Parameter], did: str) -> Forged:
        """Return the result. Raises: Unsuitable when nothing changed to speak of."""
        mask = self.matte
        # The layer already holds the blend of soft edges; only untouched pixels are the host's.
        rgb = blend(self.host, self.layer, (mask > 0).astype(np.float32))
        inside = mask > 0.5
        if not inside.any() or cv2.absdiff(rgb, self.host)[inside].mean() < _LEAST_CHANGE:
            raise Unsuitable("the text that was drawn is the text that was there")
        return Forged(rgb, mask, parameters, f"{did} {name_region(mask)}")


def _disk(radius: int) -> NDArray[Any]:
    return cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1, 2 * radius + 1))


def _grow(mask: NDArray[Any], radius: int) -> NDArray[np.bool_]:
    return np.asarray(cv2.dilate(mask.astype(np.uint8), _disk(radius))) > 0


@operation(
    name="text-delete",
    group="text",
    about="Deletes a word, or a few, and rebuilds the paper under it.",
    source=_SOURCE,
    default=False,
)
def delete(host: Photo, donors: Sequence[Photo], rng: np.random.Generator) -> Forged:
    """Delete one to three neighbouring words of a line."""
    page = Page(host)
    line = _draw_line(rng, page, page.text.lines)
    count = min(len(line.words), int(rng.choice([1, 1, 1, 2, 3])))
    first = int(rng.integers(0, len(line.words) - count + 1))
    box = bool(rng.random() < 0.4)
    letters = [letter for word in line.words[first : first + count] for letter in word]
    page.erase(rng, letters, box)
    return page.forged(
        {"words": count, "letters": len(letters), "letter_height_px": line.size, "box": box},
        f"{'a word was' if count == 1 else f'{count} words were'} deleted",
    )


@operation(
    name="text-replace",
    group="text",
    about="Replaces a word or some of its letters by letters of the same page or a fitted font.",
    source=_SOURCE,
    default=False,
)
def replace(host: Photo, donors: Sequence[Photo], rng: np.random.Generator) -> Forged:
    """Replace letters one by one, a whole word by another, or a word by newly set text."""
    page = Page(host)
    line = _draw_line(rng, page, page.text.lines)
    word = line.words[int(rng.choice(_long_words(line)))]
    ways = [_swap_letters, _swap_word, _set_word]
    for way in (ways[int(i)] for i in rng.permutation([0, 0, 1, 2])):
        if (done := way(rng, page, line, word)) is not None:
            return page.forged({"letter_height_px": line.size, **done[0]}, done[1])
    raise Unsuitable("no word of the photo has a replacement that fits its place")


@operation(
    name="text-insert",
    group="text",
    about="Adds letters or a word at the end of a line, copied from the page or in a fitted font.",
    source=_SOURCE,
    default=False,
)
def insert(host: Photo, donors: Sequence[Photo], rng: np.random.Generator) -> Forged:
    """Add a word, or letters to the last word, where a line leaves room."""
    page = Page(host)
    lines = [line for line in page.text.lines if _room(page, line) > 3 * line.size]
    if not lines:
        raise Unsuitable("no line of text in the photo leaves room for more")
    line = _draw_line(rng, page, lines)
    last = line.letters[-1]
    room = _room(page, line)
    gap = _letter_gap(line)
    start = last.x + last.width
    if rng.random() < 0.4:
        count = int(rng.integers(1, 3))
        pool = [x for x in _alike(page, line) if abs(x.height - last.height) < 0.15 * line.size]
        letters = [pool[int(rng.integers(len(pool)))] for _ in range(count)] if pool else []
        if letters and sum(x.width + gap for x in letters) < room:
            _set_row(page, line, letters, start + gap, gap)
            return page.forged(
                {"letters": len(letters), "how": "copied", "letter_height_px": line.size},
                f"{len(letters)} copied letter{'s' * (len(letters) > 1)} lengthened a word",
            )
    space = round(0.5 * line.size)
    if rng.random() < 0.5:
        words = [w for w in _words_alike(page, line) if _width(w) + space < room]
        if words:
            word = words[int(rng.integers(len(words)))]
            _move_word(page, line, word, start + space)
            return page.forged(
                {"letters": len(word), "how": "copied", "letter_height_px": line.size},
                "a word copied from the same page was added to a line",
            )
    typed = _typeset(rng, page, line, max(line.words, key=len), room - space)
    if typed is None:
        raise Unsuitable("no word fits the room that the line leaves")
    page.write(
        rng, typed.alpha, start + space - typed.left, typed.top(start + space, line), typed.depth
    )
    return page.forged(
        {"letter_height_px": line.size, **typed.parameters},
        f"the word “{typed.string}” was added to a line",
    )


def _draw_line(rng: np.random.Generator, page: Page, lines: Sequence[Line]) -> Line:
    """Draw a line on even paper, one with many letters more often.

    Raises: Unsuitable when there is none.
    """
    weights = np.array([len(line.letters) for line in lines], float)
    for number in rng.choice(len(lines), len(lines), False, weights / weights.sum()):
        if page.focus(lines[int(number)]):
            return lines[int(number)]
    raise Unsuitable("the text of the photo is not on even paper")


def _long_words(line: Line) -> list[int]:
    """Return the numbers of a line's words of three letters or more, or of the longest."""
    sizes = [len(word) for word in line.words]
    return [i for i, size in enumerate(sizes) if size >= min(3, max(sizes))]


def _width(word: Sequence[Letter]) -> int:
    return word[-1].x + word[-1].width - word[0].x


def _letter_gap(line: Line) -> int:
    """Median gap between neighbouring letters of a word, in pixels, at least 1."""
    gaps = [b.x - a.x - a.width for word in line.words for a, b in pairwise(word)]
    return max(1, round(float(np.median(gaps)))) if gaps else max(1, round(0.12 * line.size))


def _lines_alike(page: Page, line: Line) -> list[Line]:
    """Lines whose letters could stand in this one: of its size, slope and ink."""
    return [
        other
        for other in page.text.lines
        if abs(other.size - line.size) < 0.08 * line.size + 0.5
        and abs(other.slope - line.slope) < 0.03
        and abs(other.contrast - line.contrast) < 0.25 * line.contrast
    ]


def _alike(page: Page, line: Line) -> list[Letter]:
    """Letters of lines alike that are single and whole."""
    return [
        letter
        for other in _lines_alike(page, line)
        for letter in other.letters
        if 0.5 * line.size < letter.height and 0.2 * line.size < letter.width < 1.3 * line.size
    ]


def _words_alike(page: Page, line: Line) -> list[tuple[Letter, ...]]:
    return [w for other in _lines_alike(page, line) for w in other.words if len(w) >= 2]


def _set_row(page: Page, line: Line, letters: Sequence[Letter], x: float, gap: float) -> None:
    for letter in letters:
        y = line.baseline(x + letter.width / 2) - letter.rise - letter.height
        page.copy(letter, round(x), round(y), 1.0)
        x += letter.width + gap


def _move_word(page: Page, line: Line, word: Sequence[Letter], x: int) -> None:
    for letter in word:
        to = x + letter.x - word[0].x
        y = line.baseline(to + letter.width / 2) - letter.rise - letter.height
        page.copy(letter, to, round(y), 1.0)


Done = tuple[dict[str, Parameter], str] | None


def _swap_letters(rng: np.random.Generator, page: Page, line: Line, word: Sequence[Letter]) -> Done:
    """Put other letters of the page, of the same height and rise, over some letters."""
    pool = _alike(page, line)
    swaps = []
    for letter in (word[int(i)] for i in rng.permutation(len(word))[: int(rng.integers(1, 4))]):
        fits = [
            other
            for other in pool
            if abs(other.height - letter.height) < 0.1 * line.size + 1
            and abs(other.rise - letter.rise) < 0.1 * line.size + 1
            and abs(other.width - letter.width) < 0.22 * line.size
            and _differs(page, letter, other)
        ]
        if fits:
            swaps.append((letter, fits[int(rng.integers(len(fits)))]))
    if not swaps:
        return None
    for letter, _ in swaps:
        page.erase(rng, [letter], False)
    for letter, other in swaps:
        centre = letter.x + letter.width / 2
        y = line.baseline(centre) - other.rise - other.height
        page.copy(other, round(centre - other.width / 2), round(y), 1.0)
    many = len(swaps) > 1
    return (
        {"how": "letters copied", "letters": len(swaps)},
        f"{len(swaps)} letter{'s' * many} of a word {'were' if many else 'was'} replaced by "
        "letters copied from the same page",
    )


def _differs(page: Page, one: Letter, two: Letter) -> bool:
    """Whether two letters look unlike: correlation of their ink below 0.7."""
    shapes = []
    for letter in (one, two):
        box = page.text.labels[
            letter.y : letter.y + letter.height, letter.x : letter.x + letter.width
        ]
        ink = np.isin(box, letter.labels).astype(np.float32)
        shapes.append(_shape(ink))
    return bool(np.dot(*shapes) < 0.7)


def _swap_word(rng: np.random.Generator, page: Page, line: Line, word: Sequence[Letter]) -> Done:
    """Put another word of the page, of about the same width, over a word."""
    fits = [
        other
        for other in _words_alike(page, line)
        if other != word
        and 0.7 * _width(word) < _width(other) < _width(word) + 0.25 * line.size
        and not (
            len(other) == len(word)
            and not any(_differs(page, a, b) for a, b in zip(word, other, strict=True))
        )
    ]
    if not fits:
        return None
    other = fits[int(rng.integers(len(fits)))]
    page.erase(rng, word, bool(rng.random() < 0.4))
    _move_word(page, line, other, word[0].x)
    return (
        {"how": "word copied", "letters": len(other)},
        "a word was replaced by another word of the same page",
    )


def _set_word(rng: np.random.Generator, page: Page, line: Line, word: Sequence[Letter]) -> Done:
    """Put newly set text over a word."""
    typed = _typeset(rng, page, line, word, _width(word) + 0.3 * line.size)
    if typed is None:
        return None
    page.erase(rng, word, False)
    x = word[0].x
    page.write(rng, typed.alpha, x - typed.left, typed.top(x, line), typed.depth)
    return typed.parameters, f"a word was replaced by “{typed.string}”, set in a similar font,"


def _room(page: Page, line: Line) -> int:
    """Empty paper to the right of a line, in pixels."""
    last = line.letters[-1]
    height, width = page.ink.shape
    start = last.x + last.width + page.spread + 1
    top, bottom = (round(line.baseline(start) + k * line.size) for k in (-1.5, 0.5))
    stop = min(width - round(line.size), start + round(9 * line.size))
    if top < 0 or bottom > height or start >= stop:
        return 0
    band = page.ink[top:bottom, start:stop].any(axis=0)
    # The edge of the page and other pictures are no room either, whatever their colour.
    strips = page.paper[top:bottom, start:stop].mean(axis=(0, 2))
    band |= np.abs(strips - strips[0]) > 0.12 * line.contrast
    return int(band.argmax()) if band.any() else stop - start


_WORDS = (
    "no up am on not the and due for any May all net paid from date none less plus note July copy "
    "total never valid under after final April owner agreed amount before closed number refund "
    "August account balance expired pending receipt invoice accepted approved January customer "
    "cancelled agreement signature confirmed September certificate"
)


@dataclass(frozen=True, slots=True, eq=False)
class Typed:
    """Newly set text, ready to be laid over the paper.

    Attributes:
        string: what it says.
        alpha: float32, coverage of the ink, 0 to 1.
        left, base: column where the text begins and row of its baseline, in `alpha`.
        depth: float32, 3: what full coverage adds to the paper.
        parameters: for the record.
    """

    string: str
    alpha: Pixels
    left: int
    base: int
    depth: Pixels
    parameters: dict[str, Parameter]

    def top(self, x: float, line: Line) -> int:
        """Row of the picture in which `alpha` begins when the text begins at x."""
        return round(line.baseline(x)) - self.base


def _typeset(
    rng: np.random.Generator, page: Page, line: Line, model: Sequence[Letter], room: float
) -> Typed | None:
    """Set a word that fits the room, in a font, size, ink and blur fitted to model letters."""
    on_line = [x for x in model if abs(x.rise) < 0.15 * line.size] or list(model)
    heights = np.array([_inked_rows(page, x) for x in on_line], float)
    # Digits and capitals are of one height and hang nowhere below the line.
    figures = heights.std() < 0.06 * heights.mean() and len(on_line) == len(model)
    shape = "0" if figures else "x"
    size = float(np.median(heights)) if figures else float(np.percentile(heights, 25))
    alpha, depth = _ink_of(page, model)
    sharp = _steepness(alpha)
    font = _fitted_font(page, line, shape, size, sharp)
    scale = size / font_height(font, shape)
    longest = 5 * size
    fits = [
        string
        for string in _strings(rng, figures)
        if 0.7 * min(room, longest) < font.getlength(string) * scale <= room
    ]
    if not fits:
        return None
    string = fits[int(rng.integers(len(fits)))]
    alpha, left, base = _render(font, string, scale, line.slope)
    alpha, sigma = _blurred_like(alpha, sharp, size)
    return Typed(
        string,
        np.clip(alpha / _peak(alpha), 0, 1.15),
        left,
        base,
        depth,
        {
            "how": "font",
            "text": string,
            "font": " ".join(str(part) for part in font.getname() if part),
            "height_px": round(size, 2),
            "blur_px": round(sigma, 3),
            "ink": [round(float(v), 1) for v in depth],
        },
    )


def _strings(rng: np.random.Generator, figures: bool) -> list[str]:
    if not figures:
        return _WORDS.split()
    return ["".join(str(d) for d in rng.integers(0, 10, n)) for n in range(1, 10)]


def _ink_of(page: Page, word: Sequence[Letter]) -> tuple[Pixels, Pixels]:
    """Coverage of a word's ink, float32, 0 to about 1, with the paper around it, and its depth."""
    x0, y0 = word[0].x - 3, min(x.y for x in word) - 3
    x1, y1 = word[-1].x + word[-1].width + 3, max(x.y + x.height for x in word) + 3
    rows, columns = page._slices(x0, y0, x1, y1)
    detail = page.detail[rows, columns]
    strength = detail.mean(axis=2) * (-1 if page.text.dark else 1)
    peak = _peak(strength)
    deep = strength > 0.9 * peak
    return np.asarray(strength / peak, np.float32), np.median(detail[deep], axis=0)


def _inked_rows(page: Page, letter: Letter) -> int:
    """Height of a letter up to where its edges have half their ink; its box is larger by blur."""
    alpha = _ink_of(page, [letter])[0]
    return int((alpha > 0.5).any(axis=1).sum())


def _peak(alpha: Pixels) -> float:
    """What counts as full coverage: the 90th percentile of the pixels above a third of the most."""
    return float(np.percentile(alpha[alpha > 0.35 * alpha.max()], 90))


def _steepness(alpha: Pixels) -> float:
    """How sharp the edges of ink are: a high percentile of the gradient, by the peak, per pixel."""
    dx, dy = cv2.Sobel(alpha, cv2.CV_32F, 1, 0), cv2.Sobel(alpha, cv2.CV_32F, 0, 1)
    slope = np.hypot(dx, dy) / 8
    return float(np.percentile(slope[slope > 0.15 * slope.max()], 85) / _peak(alpha))


def _blurred_like(alpha: Pixels, sharp: float, size: float) -> tuple[Pixels, float]:
    """Blur newly drawn letters until their edges are as steep; also returns σ in pixels."""
    sigmas = np.geomspace(0.25, max(0.6, 0.2 * size), 12)
    blurred = [np.asarray(cv2.GaussianBlur(alpha, (0, 0), float(s)), np.float32) for s in sigmas]
    best = int(np.argmin([abs(np.log(_steepness(b) / sharp)) for b in blurred]))
    return blurred[best], float(sigmas[best])


def _shape(ink: NDArray[Any]) -> Pixels:
    """A letter's ink without size, position or blur: float32, 192, mean 0, norm 1."""
    small = cv2.resize(ink.astype(np.float32), (12, 16), interpolation=cv2.INTER_AREA)
    flat = cv2.GaussianBlur(small, (0, 0), 0.8).ravel()
    flat = flat - flat.mean()
    return np.asarray(flat / max(1e-6, float(np.linalg.norm(flat))), np.float32)


_CHARACTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"


def _looks(ink: Pixels, size: float) -> Pixels:
    """Describe a letter: float32, 195: shape, then the logarithms of height, aspect and ink.

    Args:
        ink: coverage in the letter's box.
        size: height of an x in the same pixels, which the others are measured by.
    """
    height, width = ink.shape
    covered = float(np.maximum(ink, 0).sum()) / _peak(ink)
    measures = np.log([height / size, width / height, max(covered, 1e-3) / size**2])
    return np.concatenate([_shape(ink), measures.astype(np.float32)])


@lru_cache(maxsize=256)
def _characters(font: Font, shape: str, blur: float) -> Pixels:
    """Describe a font's characters as `_looks` does: float32, 62 × 195.

    Args:
        shape: the character whose height counts as the size.
        blur: σ by the size.
    """
    size = font_height(font, shape)
    drawn = []
    for character in _CHARACTERS:
        alpha, _, _ = _render(font, character, 1.0, 0.0)
        soft = np.asarray(cv2.GaussianBlur(alpha, (0, 0), blur * size), np.float32)
        # The threshold that finds letters lets a box begin where ink is faint.
        ys, xs = np.nonzero(soft > 0.12 * soft.max())
        drawn.append(_looks(soft[ys.min() : ys.max() + 1, xs.min() : xs.max() + 1], size))
    return np.stack(drawn)


def _fitted_font(page: Page, line: Line, shape: str, size: float, sharp: float) -> Font:
    """Return the font that looks most like a line: every letter like one of its characters.

    Raises: Unsuitable when there is no TrueType font at all.
    """
    if not fonts():
        raise Unsuitable("no TrueType font was found on this system")
    seen: list[Pixels] = []
    for letter in line.letters:
        box = page.detail[
            letter.y : letter.y + letter.height, letter.x : letter.x + letter.width
        ].mean(axis=2)
        if letter.height > 0.6 * line.size and letter.width < 1.2 * line.size and len(seen) < 40:
            seen.append(_looks(-box if page.text.dark else box, size))
    letters = np.stack(seen) if seen else np.zeros((0, 195), np.float32)
    words = [word for word in line.words if len(word) > 2] or list(line.words)
    pitch = float(np.median([_width(word) / len(word) for word in words])) / size
    sample = "0123456789" if shape == "0" else "aeinorstldcum"

    def misfit(font: Font) -> float:
        scale = size / font_height(font, shape)
        _, sigma = _blurred_like(_render(font, sample, scale, 0.0)[0], sharp, size)
        known = _characters(font, shape, max(0.01, round(sigma / size, 2)))
        unlike = 3 * (1 - letters[:, :-3] @ known[:, :-3].T)
        unlike += np.abs(letters[:, None, -3:] - known[None, :, -3:]).sum(axis=2)
        wider = abs(np.log(font.getlength(sample) / len(sample) * scale / size / pitch))
        return float(np.mean(unlike.min(axis=1)) if seen else 0.0) + 0.5 * float(wider)

    return min(fonts(), key=misfit)


_FOLDERS = {
    "linux": ("/usr/share/fonts", "/usr/local/share/fonts", "~/.local/share/fonts", "~/.fonts"),
    "darwin": ("/System/Library/Fonts", "/Library/Fonts", "~/Library/Fonts"),
    "win32": (os.path.join(os.environ.get("WINDIR", "C:\\Windows"), "Fonts"),),
}
# Families that hold Latin letters and look like documents.
_FAMILIES = (
    "arial", "calibri", "cambria", "cour", "dejavusans", "dejavuserif", "freesans", "freeserif",
    "georgia", "helvetica", "liberation", "notosans-", "notoserif-", "opensans", "roboto", "times",
    "verdana",
)  # fmt: skip


@cache
def fonts() -> tuple[Font, ...]:
    """TrueType fonts of this system that suit documents, at size 40, or Pillow's own alone.

    Oblique and very light cuts are left out: slant is not measured.
    """
    found = []
    for folder in _FOLDERS.get(sys.platform, ()):
        for file in sorted(Path(folder).expanduser().rglob("*.ttf")):
            name = file.name.lower()
            if not name.startswith(_FAMILIES) or any(
                word in name for word in ("italic", "oblique", "light", "thin", "math")
            ):
                continue
            try:
                found.append(ImageFont.truetype(str(file), 40))
            except OSError:
                continue
            if len(found) == 40:
                return tuple(found)
    own = ImageFont.load_default(40)
    return tuple(found) or ((own,) if isinstance(own, ImageFont.FreeTypeFont) else ())


def font_height(font: Font, shape: str) -> float:
    """Height of a character in pixels."""
    _, top, _, bottom = font.getbbox(shape)
    return float(bottom - top)


def _render(font: Font, string: str, scale: float, slope: float) -> tuple[Pixels, int, int]:
    """Draw a string: coverage (float32, 0 to 1), its left column and its baseline's row.

    Args:
        scale: of the result against the font's size; drawn larger and averaged down.
        slope: of the baseline, pixels down per pixel right.
    """
    pad = 60
    width, height = round(font.getlength(string)) + 2 * pad, 80 + 2 * pad
    image = Image.new("L", (width, height))
    ImageDraw.Draw(image).text((pad, height // 2), string, 255, font, anchor="ls")
    drawn = np.asarray(image, np.float32) / 255
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    alpha = cv2.resize(drawn, size, interpolation=method)
    left, base = round(pad * scale), round(height // 2 * scale)
    if slope:
        turn = np.array([[1, 0, 0], [slope, 1, -slope * left]])
        alpha = cv2.warpAffine(alpha, turn, size, flags=cv2.INTER_LINEAR)
    return np.clip(np.asarray(alpha, np.float32), 0, 1), left, base
