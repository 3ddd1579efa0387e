"""Names in Latin script: English given names, romanised Japanese names, names behind a label."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from scanners.names.spelling import english_given_names, is_romaji
from scanners.names.words import NOT_SURNAMES_EN
from scanners.names_english.lists import NOT_NAMES, THINGS, given_names, surnames

_THINGS: Final = (THINGS | NOT_NAMES) - {"grant", "hill", "park", "lane", "rose"}
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
# What may go on behind two words of a name, up to a mark, the end of the field or Japanese
_PARTICLE: Final = r"(?:de|da|do|dos|di|del|van|von|der|bin|binti|binte|al|el|la) "
_MORE: Final = re.compile(rf"(?:,? (?:{_PARTICLE}){{0,2}}(?:{_WORD}|[{_UPPER}]\.?)){{1,4}}")
_CLOSED: Final = re.compile(r"\Z|[\n\t|\"'`,、。<>()\[\]/;*]| ?[ぁ-んァ-ヴー一-龥]| [ |(\[<\"'/0-9+~→]|\.\s")
_JUNIOR: Final = re.compile(r" (?:Jr|Sr)\.?,")
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
    """Two capitalised words or more; `sure` when the words or an address form prove a person.

    `shaped`: spelt as forms and cards write persons, "GURUNG, Bishnu", or with a known name of the world.
    """

    start: int
    end: int
    sure: bool
    romaji: bool
    shaped: bool = False


def latin_names(text: str) -> Iterator[LatinName]:
    """Yield pairs of capitalised words that may be a person's name, ordered by start."""
    given = english_given_names()
    at = 0
    while match := _PAIR.search(text, at):
        first, last = match["first"], match["last"]
        turned = match["comma"] and first.isupper() and len(first) > 1 and not last.isupper()
        if (
            match["comma"]
            and not turned
            and last.lower() not in given
            and not _AFTER.match(text, match.end())
        ):
            at = match.end("first")
            continue
        if {first, last, first.title(), last.title()} & NOT_SURNAMES_EN:
            at = match.end("first")
            continue
        addressed = _ADDRESSED.search(text, max(0, match.start() - 10), match.start()) is not None
        addressed = addressed or _AFTER.match(text, match.end()) is not None
        english = (last if match["comma"] else first).lower() in given
        english = english or is_world_name(f"{first} {last}")
        romaji = is_romaji(first) and is_romaji(last)
        if not (addressed or english or romaji):
            # 「Dear Amanda Lewis」: the pair may begin one word later.
            end = _whole(text, match.end())
            shaped = end > 0 and _is_shaped(text[match.start() : end])
            yield LatinName(
                match.start(), end if shaped else match.end(), sure=False, romaji=False, shaped=shaped
            )
            at = match.end("first")
            continue
        end = _whole(text, match.end())
        shaped = end > 0 and _is_shaped(text[match.start() : end])
        end = end if shaped else match.end()
        yield LatinName(match.start(), end, addressed or english, romaji, shaped)
        at = end


def _whole(text: str, end: int) -> int:
    """Return where a name ends that goes on behind its second word; 0 where running text goes on."""
    more = _MORE.match(text, end)
    if more is not None and _CLOSED.match(text, more.end()):
        return more.end()
    return end if _CLOSED.match(text, end) else 0


def is_world_name(name: str) -> bool:
    """Say whether a surname of the list stands first or last and a given name of the other list beside it."""
    words = [word for word in re.split("[ ,]+", name.lower()) if word]
    if not NOT_SURNAMES_EN.isdisjoint(word.title() for word in words):
        return False
    return (words[0] in surnames() and not given_names().isdisjoint(words[1:])) or (
        words[-1] in surnames() and not given_names().isdisjoint(words[:-1])
    )


def _is_shaped(name: str) -> bool:
    """Say whether the words are spelt like a person: a surname in capitals, or one of the world's names."""
    words = [word for word in re.split("[ ,]+", name) if word]
    lowered = {word.lower() for word in words}
    if not lowered.isdisjoint(_THINGS) or not {word.title() for word in words}.isdisjoint(NOT_SURNAMES_EN):
        return False
    capitals = [len(word) > 1 and word.isupper() for word in words]
    turned = capitals[0] and not any(capitals[-1:]) and len(words[-1]) > 1
    listed = lowered & given_names() or lowered & surnames()
    return bool(listed) or turned


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
