"""Words of letter-spaced pages: where every letter stands apart, pdfium takes some gaps for spaces."""

from __future__ import annotations

import re
import statistics

import pypdfium2
import pypdfium2.raw as pdfium

_WORD = re.compile(r"(?<!\S)[A-Za-z]+(?!\S)")  # letters between spaces: those of "a3f09c" are no words
_FEWEST = 6  # words on a page
_SHORT = 2.4  # mean letters of a word: no language that is written in Latin letters has shorter ones
_MOST_LETTERS = 20_000
_RUN = re.compile(r"(?<!\S)[A-Za-z]{1,3}(?: [A-Za-z]{1,3}){3}(?!\S)")  # one blank between each
_WIDER = 2.0  # than the gap between most letters: a gap between words


def looks_spaced(text: str) -> bool:
    """Tell whether the words of a page are too short to be words, and follow each other as parts of words do.

    On a Japanese page a few abbreviations are short too, but kanji, kana and signs stand between them.
    """
    if _RUN.search(text, 0, _MOST_LETTERS) is None:
        return False
    words = _WORD.findall(text[:_MOST_LETTERS])
    return len(words) >= _FEWEST and sum(map(len, words)) < _SHORT * len(words)


def respaced(text_page: pypdfium2.PdfTextPage, text: str) -> str:
    """Return the page's text with those spaces left out that are no wider than most gaps between letters."""
    count = text_page.count_chars()
    if not 0 < count <= _MOST_LETTERS:
        return text
    letters = [chr(pdfium.FPDFText_GetUnicode(text_page, index)) for index in range(count)]
    put_in = [pdfium.FPDFText_IsGenerated(text_page, index) == 1 for index in range(count)]
    ends: float | None = None
    gaps: dict[int, float] = {}  # before a letter, of the same line
    for index in range(count):
        if put_in[index]:
            ends = ends if letters[index] == " " else None
            continue
        left, _, right, _ = text_page.get_charbox(index, loose=True)
        if ends is not None and letters[index] != " ":
            gaps[index] = left - ends
        ends = right if letters[index] != " " else None
    if not gaps:
        return text
    least = _WIDER * max(0.0, statistics.median(gaps.values()))
    out = []
    for index, letter in enumerate(letters):
        narrow = put_in[index] and letter == " " and gaps.get(index + 1, least) < least
        if not narrow:
            out.append(letter)
    return "".join(out)
