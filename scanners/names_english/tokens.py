"""English words as the model knows them: blanks part them, then marks, clitics and units come off.

The order of the steps is that of spaCy's tokenizer, whose words the network was trained on; the signs
are those of Latin script. Contractions and abbreviations come from the model's files.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from typing import Final, NamedTuple

# A longer run without a blank is no English word; it stays whole, so that time is linear.
LONGEST: Final = 80
_BLANKS: Final = re.compile(r"\S+|\s+")


def _letters(kind: str) -> str:
    codes = (*range(0x41, 0x7B), *range(0xC0, 0x250), *range(0x370, 0x530), *range(0x1E00, 0x1F00))
    return "".join(char for char in map(chr, codes) if char.isalpha() and getattr(char, f"is{kind}")())


def _icons() -> str:
    codes = (*range(0xA0, 0x100), *range(0x2100, 0x3100))
    return "".join(char for char in map(chr, codes) if unicodedata.category(char) == "So")


_LOWER: Final = _letters("lower")
_UPPER: Final = _letters("upper")
_ALPHA: Final = _LOWER + _UPPER
_ICON: Final = f"[{_icons()}\U0001f000-\U0001faff]"
_MARKS: Final = r"…,:;!?¿¡()\[\]{}<>_#*&"
_QUOTES: Final = "'\"”“`‘´’‚„»«"
_CURRENCY: Final = r"US\$|[CA]\$|[$£€¥฿₠-₿]"
_UNITS: Final = (
    "[kdcm]?m[²³]?|ha|µm|nm|yd|in|ft|k?g|[mµ]g|t|lb|oz|m/s|km/?h|mph|h?Pa|mbar|[mkgt]b|[MKGT]B|[TGMK%]"
)
_PREFIX: Final = re.compile(rf"[§%=—–]|\+(?![0-9])|[{_MARKS}{_QUOTES}]|\.\.+|{_CURRENCY}|{_ICON}")
_SUFFIX: Final = re.compile(
    rf"(?:\.\.+|['’][sS]|(?<=[0-9])(?:{_UNITS}|{_CURRENCY}|\+)|[{_MARKS}{_QUOTES}—–]|{_ICON}"
    rf"|(?<=°[FfCcKk])\.|(?<=[0-9{_LOWER}%²\-+|{_MARKS}{_QUOTES}])\.|(?<=[{_UPPER}]{{2}})\.)\Z"
)
_INFIX: Final = re.compile(
    rf"\.\.+|…|{_ICON}|(?<=[0-9])[+\-*^](?=[0-9-])|(?<=[{_LOWER}{_QUOTES}])\.(?=[{_UPPER}{_QUOTES}])"
    rf"|(?<=[{_ALPHA}]),(?=[{_ALPHA}])|(?<=[{_ALPHA}0-9])(?:---?|——?|[-–~])(?=[{_ALPHA}])"
    rf"|(?<=[{_ALPHA}0-9])[:<>=/](?=[{_ALPHA}])"
)
_ADDRESS: Final = re.compile(
    r"(?:[\w+.-]{2,}://)?(?:\S+@)?(?:(?:[0-9]{1,3}\.){3}[0-9]{1,3}"
    rf"|(?:[A-Za-z0-9¡-\uffff](?:[\w¡-\uffff-]{{0,62}}[A-Za-z0-9¡-\uffff])?\.)+[{_LOWER}]{{2,63}})"
    r"(?::[0-9]{2,5})?(?:[/?#]\S*)?\Z"
)

# A word and its normal form where that is not the one of the word itself.
Part = tuple[str, str | None]
Specials = Mapping[str, Sequence[Part]]


class Token(NamedTuple):
    """A word by code points of its text; `norm` is None when the word itself decides it."""

    start: int
    end: int
    norm: str | None


def stretches(text: str) -> Iterator[tuple[int, int]]:
    """Yield bounds of what blanks part; a single blank vanishes, a longer row and line ends are words."""
    for match in _BLANKS.finditer(text):
        start, end = match.span()
        if start and text[start] == " ":
            start += 1
        if start < end:
            yield start, end


def split(stretch: str, specials: Specials) -> list[Token]:
    """Return the words of a stretch without blanks (or of nothing else)."""
    if stretch in specials:
        return _listed(0, specials[stretch])
    if len(stretch) > LONGEST or stretch.isspace():
        return [Token(0, len(stretch), None)]
    before, start, end, after = _peeled(stretch, specials)
    return [*before, *_core(stretch[start:end], start, specials), *reversed(after)]


def _peeled(word: str, specials: Specials) -> tuple[list[Token], int, int, list[Token]]:
    """Return marks before and behind (outermost first) and the bounds of what they leave."""
    start, end = 0, len(word)
    before: list[Token] = []
    after: list[Token] = []
    while start < end and word[start:end] not in specials:
        first = _PREFIX.match(word, start, end)
        head = first.end() if first else start
        if head > start and word[head:end] in specials:
            before.append(Token(start, head, None))
            return before, head, end, after
        # The search must not look behind the prefix: slices hide what came off.
        last = _SUFFIX.search(word[head:end])
        tail = head + last.start() if last else end
        if tail < end and word[start:tail] in specials:
            after.append(Token(tail, end, None))
            return before, start, tail, after
        if head == start and tail == end:
            break
        if head > start:
            before.append(Token(start, head, None))
        if tail < end:
            after.append(Token(tail, end, None))
        start, end = head, tail
    return before, start, end, after


def _core(word: str, start: int, specials: Specials) -> list[Token]:
    if not word:
        return []
    if word in specials:
        return _listed(start, specials[word])
    if _ADDRESS.match(word):
        return [Token(start, start + len(word), None)]
    found: list[Token] = []
    at = 0
    for match in _INFIX.finditer(word):
        if not match.start():
            continue
        if match.start() > at:
            found.append(Token(start + at, start + match.start(), None))
        found.append(Token(start + match.start(), start + match.end(), None))
        at = match.end()
    if at < len(word):
        found.append(Token(start + at, start + len(word), None))
    return found


def _listed(start: int, parts: Sequence[Part]) -> list[Token]:
    found: list[Token] = []
    for written, norm in parts:
        found.append(Token(start, start + len(written), norm))
        start += len(written)
    return found
