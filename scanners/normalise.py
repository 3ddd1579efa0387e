"""One spelling for what people type in many: widths, hyphens, blanks, line ends.

Nearly everything is replaced one to one, so that offsets stay as they are; only half-width kana,
㈱-like squares and loose voicing marks change the length (Unicode NFKC, UAX #15) and get a map.
"""

import re
import sys
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from scanners.kanji_digits import KANJI_DIGITS, spell_digits
from scanners.layout import Places, code_points
from scanners.spacing import lone_characters, loose_blanks

_HYPHENS = "\u00ad\u2010\u2011\u2012\u2013\u2014\u2015\u2043\u2212\u2500\u2501\ufe58\ufe63\uff0d"
_BLANKS = "\t\u00a0\u1680\u200b\u2060\u202f\u205f\u3000\ufeff" + "".join(map(chr, range(0x2000, 0x200B)))
_BREAKS = "\v\f\x1c\x1d\x1e\x85\u2028\u2029\r"

_PIECE = 1 << 20  # characters looked up at a time
_VOICING = frozenset("\u3099\u309a\uff9e\uff9f")
# The long-vowel mark stands for a hyphen where digits surround it. The literal comes first so that
# the search jumps from mark to mark.
_VOWEL_MARK = re.compile("ー(?<=[0-9]ー)(?=\n?[0-9])")


def _table() -> dict[int, int]:
    table = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
    table.update({ord(char): ord("-") for char in _HYPHENS})
    table.update({ord(char): ord(" ") for char in _BLANKS if char != "\t"})
    table.update({ord(char): ord("\n") for char in _BREAKS})
    table[0x301C] = ord("~")
    for code in (*range(0xF900, 0xFB00), *range(0x2F00, 0x2FE0)):
        form = unicodedata.normalize("NFKC", chr(code))
        if len(form) == 1 and form != chr(code):
            table[code] = ord(form)
    # A lone surrogate has no UTF-8 form; the replacement character keeps its place.
    table.update(dict.fromkeys(range(0xD800, 0xE000), 0xFFFD))
    return table


_TABLE = _table()
_CODES = np.arange(sys.maxunicode + 1, dtype=np.uint32)
_CODES[list(_TABLE)] = list(_TABLE.values())
_SQUEEZED = np.uint32(1 << 31)  # marks everything whose NFKC form may differ in length
_NUMERAL = np.uint32(1 << 30)  # marks the kanji of digits
_CODES[list(map(ord, KANJI_DIGITS))] |= _NUMERAL
for _first, _last in (
    (0x2100, 0x218F),
    (0x2460, 0x24FF),
    (0x3099, 0x309A),
    (0x3200, 0x33FF),
    (0xFB00, 0xFB06),
    (0xFF61, 0xFF9F),
):
    _CODES[_first : _last + 1] |= _SQUEEZED


@dataclass(frozen=True, slots=True)
class Normalised:
    """Normalised text and the way back; `changes` lists the places where the length changed."""

    value: str
    changes: Sequence[tuple[int, int, int, int]] = ()  # (value start, value end, original start, end)

    def original(self, start: int, end: int) -> tuple[int, int]:
        """Return the smallest span of the original text that holds [start, end) of `value`."""
        ((first, last),) = self.originals([start], [end])
        return first, last

    def originals(self, starts: Sequence[int], ends: Sequence[int]) -> list[tuple[int, int]]:
        """Return for many spans of `value` the smallest spans of the original text that hold them."""
        if not self.changes:
            return list(zip(starts, ends, strict=True))
        changes = np.array(self.changes, dtype=np.int64)
        begin, end = np.array(starts, dtype=np.int64), np.array(ends, dtype=np.int64)
        first, _ = _places(changes, begin)
        _, last = _places(changes, end - 1)
        last = np.where(end > begin, last, first)
        return list(zip(first.tolist(), last.tolist(), strict=True))


def _places(changes: Places, at: Places) -> tuple[Places, Places]:
    """Return where the characters at `at` begin and end in the original text."""
    index = np.searchsorted(changes[:, 0], at, side="right") - 1
    _, value_end, start, end = changes[np.maximum(index, 0)].T
    first = np.where(at < value_end, start, end + at - value_end)
    last = np.where(at < value_end, end, first + 1)
    return np.where(index < 0, at, first), np.where(index < 0, at + 1, last)


def normalise(text: str) -> Normalised:
    """Return `text` in its normal spelling with a map back to the original offsets.

    ASCII digits, letters and signs for full-width ones and for kanji digits that spell a number;
    "-" for every hyphen and dash, and for ー between digits; a blank for every kind of blank but the tab;
    a newline for every line break (CR LF becomes blank and newline). Never fails, whatever code points
    the text holds.
    """
    if "\r" in text:
        text = text.replace("\r\n", " \n")
    if text.isascii():
        return Normalised(text.translate(_TABLE))
    value, runs, lone = _looked_up(text)
    blanks = list(loose_blanks(value, lone))
    normal = _unsqueeze(value, runs, blanks) if runs or blanks else Normalised(value)
    if "ー" in normal.value:
        return Normalised(_VOWEL_MARK.sub("-", normal.value), normal.changes)
    return normal


def _looked_up(text: str) -> tuple[str, list[tuple[int, int]], list[int]]:
    """Return the text by the table of single characters, and where more is to be done.

    That is: runs of what may change its length, and kana and kanji that stand alone between blanks.
    """
    parts: list[str] = []
    squeezed: list[Places] = []
    lone: list[int] = []
    for at in range(0, len(text), _PIECE):
        codes = np.take(_CODES, code_points(text[at : at + _PIECE]))
        marked = np.flatnonzero(codes >= _NUMERAL)
        if len(marked):
            is_squeezed = codes[marked] >= _SQUEEZED
            codes[marked] &= _NUMERAL - np.uint32(1)
            squeezed.append(marked[is_squeezed] + at)
            spell_digits(codes, marked[~is_squeezed])
        lone += (lone_characters(codes) + at).tolist()
        parts.append(codes.tobytes().decode("utf-32-le"))
    places = np.concatenate(squeezed) if squeezed else np.empty(0, dtype=np.int64)
    if not len(places):
        return "".join(parts), [], lone
    first = np.flatnonzero(np.diff(places, prepend=-2) > 1)
    last = np.append(first[1:], len(places)) - 1
    runs = list(zip(places[first].tolist(), (places[last] + 1).tolist(), strict=True))
    return "".join(parts), runs, lone


def _unsqueeze(
    value: str, runs: list[tuple[int, int]], blanks: list[tuple[int, int]] | None = None
) -> Normalised:
    """Return a text with its runs in their NFKC form and without the loose blanks."""
    loose = frozenset(blanks or ())
    parts: list[str] = []
    changes: list[tuple[int, int, int, int]] = []
    length = done = 0
    for first, end in sorted([*runs, *loose]):
        if (first, end) in loose:
            parts.append(value[done:first])
            length += first - done
            changes.append((length, length, first, end))
            done = end
            continue
        # A voicing mark belongs to the character before it
        start = first - 1 if value[first] in _VOICING and first > done else first
        parts.append(value[done:start])
        length += start - done
        for at, until in _clusters(value, start, end):
            form = unicodedata.normalize("NFKC", value[at:until])
            if len(form) != until - at:
                changes.append((length, length + len(form), at, until))
            parts.append(form)
            length += len(form)
        done = end
    parts.append(value[done:])
    return Normalised("".join(parts), changes)


def _clusters(value: str, start: int, end: int) -> list[tuple[int, int]]:
    """Cut a run so that a voicing mark stays with the character it belongs to."""
    cuts = [at for at in range(start, end) if at == start or value[at] not in _VOICING]
    return list(zip(cuts, [*cuts[1:], end], strict=True))
