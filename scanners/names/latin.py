"""Names in Latin script: English given names, romanised Japanese names, names behind a label."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from scanners.names.spelling import english_given_names, is_romaji
from scanners.names.words import NOT_SURNAMES_EN

_UPPER: Final = "A-ZÀ-ÖØ-Þ"
_LOWER: Final = "a-zß-öø-ÿ"
_CAPITALISED: Final = rf"[{_UPPER}][{_LOWER}]+"
_WORD: Final = (
    rf"(?:{_CAPITALISED}(?:['’-][{_UPPER}]?[{_LOWER}]+)*(?:{_CAPITALISED})?"
    rf"|[A-Z]['’]{_CAPITALISED}|[{_UPPER}]{{2,14}})"
)
_MANY: Final = rf"{_WORD}(?: (?:(?:de|van|von|da|del|bin) )?{_WORD}){{1,3}}"
# What only persons have or do; names of any language.
# Plain words come first in what follows, so that the search runs from one of them to the next.
_BORN: Final = re.compile(r"born|residing|date of birth|geboren|geb\.")
_BEFORE_BORN: Final = re.compile(rf"(?<![A-Za-z0-9@._/-])(?P<name>{_MANY}),? \(?\Z")
_SAYING: Final = re.compile(
    "mployee|raveller|raveler|igned|assenger|pplicant|uest|upervisor|eviewer|nterviewer|itarbeiter|nterzeichner|"
    "Herr|Frau|Mr|Ms|y name is"
)
_SAID: Final = re.compile(
    r"(?:in)?(?: by)?(?: [Nn]ame)?(?:: ?|(?:(?<=Herr)|(?<=Frau)|(?<=M[rs])s?\.?|(?<=y name is)) )"
    rf"(?P<name>{_MANY})(?![A-Za-z@])"
)
_PAIR: Final = re.compile(
    rf"(?<![A-Za-z0-9@._/-])(?P<first>{_WORD})(?P<comma>,)? (?:[A-Z]\.? |(?:de|van|von|da|del|bin) )?"
    rf"(?P<last>{_WORD})(?:(?: |, )(?:Jr|Sr|III?|MD|PhD)\.?)?(?![A-Za-z0-9@_/]|-[A-Za-z0-9]|\.[A-Za-z])"
)
_ADDRESSED: Final = re.compile(r"(?:Mr|Mrs|Ms|Miss|Dr|Prof|Pt|Patient)\.? \Z")
_SINGLE: Final = re.compile(
    rf"(?<![A-Za-z])(?:Mr|Mrs|Ms|Miss|Dr|Prof)\.? (?P<name>{_WORD})(?![A-Za-z@]| [A-Z][a-z])"
)
_HONOURED: Final = re.compile(
    rf"(?<![A-Za-z0-9@._/-])(?P<name>{_WORD}(?:[ -]{_WORD}){{0,3}})"
    r"(?= ?(?:様|さん|氏|殿|先生|くん)|-(?:san|sama|kun|sensei)(?![A-Za-z]))"
)
_INITIAL: Final = re.compile(
    rf"(?<![A-Za-z0-9@._/-])(?P<name>[A-Z]\. ?(?:[A-Z]\. ?)?(?P<last>{_CAPITALISED}))(?![A-Za-z0-9@_/.-])"
)
_DEAR: Final = re.compile(rf"(?:Dear|Hi|Hello) (?P<name>{_CAPITALISED})(?= ?[,\n])")
_CAPITALS: Final = re.compile(
    r"(?<![A-Za-z0-9@._/-])[A-Z]{2,14}"
    r"(?:(?: [A-Z]{2,14}){0,2}, [A-Z]{2,14}(?: (?:[A-Z]{2,14}|[A-Z]\.))?|(?: [A-Z]{2,14}){2,3})(?![A-Za-z])"
)
_AFTER: Final = re.compile(r"\"? ?<[^\s<>@]+@|-?(?:san|sama)\b")
# Whom letters address in general
_NOBODY: Final = frozenset(
    {
        "Sir",
        "Madam",
        "Customer",
        "Customers",
        "All",
        "Team",
        "Colleagues",
        "Everyone",
        "Members",
        "Friends",
        "There",
    }
)


@dataclass(frozen=True, slots=True)
class LatinName:
    """A pair of capitalised words; `sure` when the words or an address form prove a person."""

    start: int
    end: int
    sure: bool
    romaji: bool


def latin_names(text: str) -> Iterator[LatinName]:
    """Yield pairs of capitalised words that may be a person's name, ordered by start."""
    given = english_given_names()
    at = 0
    while match := _PAIR.search(text, at):
        first, last = match["first"], match["last"]
        if match["comma"] and last.lower() not in given and not _AFTER.match(text, match.end()):
            at = match.end("first")
            continue
        if {first, last, first.title(), last.title()} & NOT_SURNAMES_EN:
            at = match.end("first")
            continue
        addressed = _ADDRESSED.search(text, max(0, match.start() - 10), match.start()) is not None
        addressed = addressed or _AFTER.match(text, match.end()) is not None
        english = (last if match["comma"] else first).lower() in given
        romaji = is_romaji(first) and is_romaji(last)
        if not (addressed or english or romaji):
            # 「Dear Amanda Lewis」: the pair may begin one word later.
            yield LatinName(match.start(), match.end(), sure=False, romaji=False)
            at = match.end("first")
            continue
        yield LatinName(match.start(), match.end(), addressed or english, romaji)
        at = match.end()


def told_names(text: str) -> Iterator[tuple[int, int]]:
    """Yield bounds of two to four capitalised words that the words around them make a person."""
    found = [match for cue in _SAYING.finditer(text) if (match := _SAID.match(text, cue.end())) is not None]
    for cue in _BORN.finditer(text):
        before = _BEFORE_BORN.search(text, max(0, cue.start() - 70), cue.start())
        if before is not None:
            found.append(before)
    for match in found:
        if NOT_SURNAMES_EN.isdisjoint(match["name"].split(" ")):
            yield match.span("name")


def addressed_names(text: str) -> Iterator[tuple[int, int]]:
    """Yield bounds of single surnames behind Mr, Ms, Dr and the like."""
    for match in _SINGLE.finditer(text):
        if match["name"] not in NOT_SURNAMES_EN:
            yield match.span("name")
    for pattern in (_HONOURED, _DEAR):
        for match in pattern.finditer(text):
            words = re.split("[ -]", match["name"])
            if NOT_SURNAMES_EN.isdisjoint(words) and _NOBODY.isdisjoint(words):
                yield match.span("name")
    for match in _INITIAL.finditer(text):
        if len(match["last"]) > 3 and is_romaji(match["last"]):
            yield match.span("name")


def capital_names(text: str) -> Iterator[tuple[int, int]]:
    """Yield bounds of three words or more in capitals, or parted by a comma: as passports write names."""
    for match in _CAPITALS.finditer(text):
        if NOT_SURNAMES_EN.isdisjoint(word.title() for word in re.split("[ ,]+", match.group())):
            yield match.span()
