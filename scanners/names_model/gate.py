"""Which lines are worth the network's time: those where the dictionary or the spelling hints at a name."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from scanners.names.spelling import english_given_names, is_romaji
from scanners.names_model.features import TokenisedLine
from scanners.names_model.lexicon import LONGEST, Lexicon, Token, pieces
from scanners.names_model.model import NameModel, Span

_LATIN_WORD: Final = re.compile("[A-Za-z]+")
_LONE_ROMAJI: Final = 4  # letters; shorter words, "Mon" or "June", are more often none
_AT_ONCE: Final = 20_000  # morphemes
_KANJI: Final = re.compile("[一-龥々㐀-䶵豈-龎]")
# Katakana pairs, words before an honorific, values behind a label: names no dictionary has.
_HINT: Final = re.compile(
    r"[ァ-ヴー]{2,12}[・=][ァ-ヴー]{2}|[ァ-ヴー]{2,8} [ァ-ヴー]{2,8}(?![ァ-ヴー])"
    r"|[一-龥々ァ-ヴーぁ-ん](?:様|さん|氏|殿|先生|くん|ちゃん|医師|議員|大統領|首相)(?![一-龥々])"
    r"|[名者医師様当係方人姓義](?: ?[:=|,] ?| )[一-龥々ぁ-ヴ]"
    r"|[夫妻男女父母弟妹姉兄名]】?[は: ]{1,3}[一-龥々ぁ-ヴ]"
    r"|[一-龥々ァ-ヴー](?:と申し|でございま)|[A-Z][A-Za-z]{1,15} [A-Z][A-Za-z]"
)
# The same for lines without kanji, which the dictionary need not read.
_ADDRESSED: Final = r"[a-z]: ?[A-Z][a-z]|(?:Mr|Ms|Mrs|Dr)\. |(?:Dear|Hi|Pt) [A-Z]"
_PLAIN_HINT: Final = re.compile(
    r"[ァ-ヴー]{4}|[ァ-ヴー]{2,3}[・= ][ァ-ヴー]{2}|[ァ-ヴーぁ-ん](?:さま|さん|くん|ちゃん)"
    rf"|(?P<pair>[A-Z][A-Za-z]{{1,15}} [A-Z][A-Za-z])|{_ADDRESSED}"
)
_SURE: Final = re.compile(rf"[ァ-ヴー]{{4}}|{_ADDRESSED}")
# Two capitalised words in a longer line are English text, which the model does not know well.
_SHORT: Final = 60


@dataclass(frozen=True, slots=True)
class Passage:
    """Neighbouring lines to be read together; their offsets in the text begin at `start`."""

    start: int
    line: TokenisedLine


class NameReader:
    """Finds persons in text of any length: gate, then model. One instance per thread."""

    def __init__(self, lexicon: Lexicon, model: NameModel) -> None:
        self._lexicon = lexicon
        self._model = model

    def persons(self, text: str) -> list[Span]:
        """Return the persons that the model sees in normalised text, ordered by start.

        Lines that follow each other are read together, because a name may be broken over two.
        """
        spans: list[Span] = []
        waiting: list[Passage] = []
        size = 0
        for passage in worth_reading(text, self._lexicon):
            waiting.append(passage)
            size += len(passage.line.tokens)
            # Morphemes of a large text would fill the memory if all were kept.
            if size > _AT_ONCE:
                spans.extend(self._read(waiting))
                waiting, size = [], 0
        spans.extend(self._read(waiting))
        credible = (span for span in spans if _is_credible(text[span.start : span.end]))
        return sorted(credible, key=lambda span: span.start)

    def _read(self, passages: list[Passage]) -> Iterator[Span]:
        found = self._model.persons([passage.line for passage in passages])
        for passage, spans in zip(passages, found, strict=True):
            for start, end, score in spans:
                yield Span(passage.start + start, passage.start + end, score)


def _is_credible(name: str) -> bool:
    """Say whether the spelling allows a name: Latin letters must look Japanese or hold a known given name.

    The model has seen too little English to tell "Date: Fri" or "OPERATION MANUAL" from a name.
    """
    if not name.isascii():
        return True
    words = _LATIN_WORD.findall(name)
    if len(words) > 1 and not {word.lower() for word in words}.isdisjoint(english_given_names()):
        return True
    return all(map(is_romaji, words)) and (len(words) > 1 or len(name) > _LONE_ROMAJI)


def worth_reading(text: str, lexicon: Lexicon) -> Iterator[Passage]:
    """Yield the lines that may hold a name, neighbours together; first those with kanji, then the others."""
    for start, end in _with_kanji(text):
        tokens = lexicon.tokens(text, start, end)
        lines = _chosen(text, start, end, tokens, lexicon)
        yield from _passages(text, start, tokens, lines)
    for line_start, line_end in _plain_lines(text):
        for start, end in pieces(line_start, line_end):
            yield Passage(start, TokenisedLine(text[start:end], lexicon.tokens(text, start, end)))


def _with_kanji(text: str) -> Iterator[tuple[int, int]]:
    """Yield bounds of neighbouring lines with kanji, as many as the tokenizer takes at once."""
    start = end = 0
    while end < len(text):
        line_end = text.find("\n", end) + 1 or len(text)
        wanted = _KANJI.search(text, end, line_end) is not None
        if not wanted or line_end - start > LONGEST:
            yield from pieces(start, end)
            start = end if wanted else line_end
        end = line_end
    yield from pieces(start, end)


def _chosen(text: str, start: int, end: int, tokens: list[Token], lexicon: Lexicon) -> list[tuple[int, int]]:
    """Return bounds of the lines in [start, end) that hold a token of a name or a hint, ordered."""
    person, classes = lexicon.person, lexicon.classes
    # A word that can be a surname counts where it is read as a place, too: 「田野」, 「千葉」.
    marks = [
        start + first
        for first, stop, kind in tokens
        if kind in person or (1 < stop - first < 4 and "姓" in classes(text[start + first : start + stop]))
    ]
    marks.extend(hint.start() for hint in _HINT.finditer(text, start, end))
    lines: list[tuple[int, int]] = []
    for mark in sorted(marks):
        if lines and mark < lines[-1][1]:
            continue
        line_start = max(start, text.rfind("\n", start, mark) + 1)
        line_end = text.find("\n", mark, end)
        lines.append((line_start, end if line_end < 0 else line_end + 1))
    return lines


def _passages(text: str, start: int, tokens: list[Token], lines: list[tuple[int, int]]) -> Iterator[Passage]:
    joined: list[list[int]] = []
    for line_start, line_end in lines:
        if joined and joined[-1][1] == line_start:
            joined[-1][1] = line_end
        else:
            joined.append([line_start, line_end])
    for first, last in joined:
        shift = first - start
        low = bisect_left(tokens, shift, key=lambda token: token.start)
        high = bisect_left(tokens, last - start, key=lambda token: token.start)
        moved = [Token(begin - shift, stop - shift, kind) for begin, stop, kind in tokens[low:high]]
        if moved:
            yield Passage(first, TokenisedLine(text[first:last], moved))


def _plain_lines(text: str) -> Iterator[tuple[int, int]]:
    """Yield bounds of lines without kanji that look as if they held a name."""
    reached = 0
    for hint in _PLAIN_HINT.finditer(text):
        if hint.start() < reached:
            continue
        line_start = text.rfind("\n", reached, hint.start()) + 1 or reached
        line_end = text.find("\n", hint.end())
        reached = line_end = len(text) if line_end < 0 else line_end
        if hint["pair"] and line_end - line_start > _SHORT and not _SURE.search(text, line_start, line_end):
            continue
        if not _KANJI.search(text, line_start, line_end):
            yield line_start, line_end
