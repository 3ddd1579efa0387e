"""The morphemes of those stretches of a text that can hold a name in kanji.

Digits, Latin script, marks and what other detectors are already sure of never reach the tokenizer:
the stretches between them are joined, cut once, and their morphemes put back where they stood.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Container, Iterator, Sequence
from typing import Any, Final, NamedTuple

# The tokenizer takes at most 49,149 bytes a call; a kanji has three, rare ones four.
CHUNK: Final = 12_000

_KANJI: Final = "一-龥々〆㐀-䶵豈-龎"
_LETTERS: Final = rf"{_KANJI}ぁ-んァ-ヺー・"
# Words that single blanks or line breaks part stay together: a given name may stand behind one.
_STRETCH: Final = re.compile(rf"[{_LETTERS}]+(?:[ \n][{_LETTERS}]+)*")
# A run of what surnames are written with, and what follows a given name that stands alone.
_RUN: Final = re.compile(f"[{_KANJI}ヶケノツ]+|さん|くん|ちゃん")
_WANTED: Final = re.compile(f"[{_KANJI}]|さん|くん|ちゃん")
_COUNTERS: Final = frozenset("年月日時分秒円個号階丁回件枚台本冊箱歳才")


class Piece(NamedTuple):
    """One stretch, by its bounds in the passage."""

    start: int
    end: int


class Morphemes:
    """The morphemes of some stretches, ordered; the text that lies between two of them has none.

    `starts[i]` is where `words[i]` begins in the passage. Blanks between words have no entry.
    """

    __slots__ = ("_kinds", "_places", "starts", "words")

    def __init__(self, text: str, pieces: Sequence[Piece], tokenizer: Any) -> None:
        joined = "\n".join([text[low:high] for low, high in pieces]).replace(" ", "\n")
        self._kinds = tokenizer.tokenize(joined)
        self.starts: list[int] = []
        self.words: list[str] = []
        self._places: list[int] = []
        remaining = iter(pieces)
        at, until = next(remaining)
        # One string of all surfaces costs far less than one object for each.
        for place, word in enumerate(str(self._kinds).split(" ")):
            if word != "\n":
                self.starts.append(at)
                self.words.append(word)
                self._places.append(place)
            elif at == until:
                at, until = next(remaining)
                continue
            at += len(word)

    def __len__(self) -> int:
        return len(self.words)

    def end(self, index: int) -> int:
        """Return where a morpheme ends."""
        return self.starts[index] + len(self.words[index])

    def joined(self, index: int, count: int, length: int) -> list[str]:
        """Return what up to `count` morphemes from this one on spell together, shortest first.

        All but the first have at most `length` characters; they end where a gap begins.
        """
        word = self.words[index]
        end = self.starts[index] + len(word)
        found = [word]
        for following in range(index + 1, min(index + count, len(self.words))):
            if self.starts[following] != end:
                break
            end += len(self.words[following])
            word += self.words[following]
            if len(word) > length:
                break
            found.append(word)
        return found

    def follows(self, index: int) -> bool:
        """Say whether another morpheme ends where this one begins."""
        return index > 0 and self.end(index - 1) == self.starts[index]

    def kind(self, index: int) -> int:
        """Return the part-of-speech id of a morpheme."""
        kind: int = self._kinds[self._places[index]].part_of_speech_id()
        return kind

    def within(self, start: int, end: int) -> range:
        """Return the indices of the morphemes that begin in [start, end)."""
        low = bisect_left(self.starts, start)
        return range(low, bisect_left(self.starts, end, low))


def stretches(
    text: str,
    settled: Sequence[tuple[int, int]],
    known: Container[str] = (),
    ordinary: Callable[[str], bool] = lambda _: False,
) -> Iterator[list[Piece]]:
    """Yield the stretches outside the `settled` spans that hold kanji, at most CHUNK characters at a time.

    A stretch is left out when it is as a whole one of the `known` words, and when `ordinary` holds for
    every run of kanji in it: words that no reading makes a name.
    """
    pieces: list[Piece] = []
    size = at = 0
    for low, high in (*settled, (len(text), len(text))):
        for found in _STRETCH.finditer(text, at, low):
            start, end = found.span()
            counter = text[start] in _COUNTERS and text[start - 1 : start].isdigit()
            if counter and end - start == 1:
                continue
            if not _WANTED.search(text, start, end) or (end - start < 10 and text[start:end] in known):
                continue
            if all(map(ordinary, _RUN.findall(text, start + counter, end))):
                continue
            for part in range(start, end, CHUNK):
                piece = Piece(part, min(end, part + CHUNK))
                size += piece.end - piece.start + 1
                if size > CHUNK and pieces:
                    yield pieces
                    pieces, size = [], piece.end - piece.start + 1
                pieces.append(piece)
        at = max(at, high)
    if pieces:
        yield pieces
