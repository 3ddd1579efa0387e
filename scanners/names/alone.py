"""Names of one word that only their place makes names: who speaks in a chat, "Linhは", 「(ぐすく)」."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final

from scanners.names.dictionary import NameDictionary
from scanners.names.spelling import is_romaji
from scanners.names.words import NOT_SURNAMES_EN, PERSON_LABELS
from scanners.names_english.lists import NOT_NAMES, ROLES, THINGS, given_names, surnames

# Slack and its like put the speaker and the time on a line of their own, transcripts the speaker before each word.
_HEAD: Final = re.compile(
    r"(?m)^[ >*]*(?P<name>[一-龥々ァ-ヴーぁ-ん]{2,8}|[A-Z][a-z]{2,11})(?: ?\([^()\n]{1,10}\))? {1,4}"
    r"(?:\[|\()?[0-9]{1,2}:[0-9]{2}(?::[0-9]{2})?(?:\]|\))?$"
)
_TURN: Final = re.compile(
    r"(?m)^[ >]*(?:\[?[0-9:/ -]{4,19}\]? )?(?P<name>[一-龥々ヶノ]{1,4}|[ァ-ヴー]{2,8}|[ぁ-ん]{2,6}|[A-Z][a-z]{2,11})(?P<mark> ?:| )(?=[^ :\n])"
)
_TURNS: Final = 3  # times that a word begins lines before it is who speaks
_LATIN: Final = re.compile(
    r"(?<![A-Za-z0-9@._/#$=-])(?<![A-Za-z] )(?P<name>[A-Z][a-zà-ÿ]{2,12})"
    r"(?= ?(?:は|が|も|と|に|へ|から|より|の)(?=[^ぁ-ん]|お|ご)| ?[→)、]|\Z)"
)
_READ: Final = re.compile(
    r" ?[(「]{1,2}(?P<reading>[ぁ-ん]{2,8}|[A-Z][A-Za-z]{2,12}(?: [A-Z][A-Za-z]{1,12}){0,2})[」)]"
)
_NEXT: Final = re.compile(
    r"(?: ?\([^()\n]{1,12}\))?[\"' *]{0,16}[|,\t][\"' ]{0,2}(?P<reading>[ぁ-んー]{2,8}|[ァ-ヴー]{3,8})(?=[\"' ]*(?:[|,\t\n]|\Z))"
)


def speakers(value: str, names: NameDictionary) -> Iterator[tuple[int, int]]:
    """Yield bounds of who speaks in a chat or transcript: at least twice a head, or three times a turn."""
    heads = [match for match in _HEAD.finditer(value)]
    if len(heads) > 1:
        yield from (match.span("name") for match in heads if _may_speak(match["name"], names))
    turns = [match for match in _TURN.finditer(value)]
    counted = Counter((match["name"], match["mark"]) for match in turns)
    # One who answers another: a form repeats its fields as well, yet they are words.
    often = {name for (name, _), many in counted.items() if many >= _TURNS and _is_only_name(name, names)}
    yield from (match.span("name") for match in turns if match["name"] in often)


def _may_speak(name: str, names: NameDictionary) -> bool:
    if name in PERSON_LABELS or (
        names.is_common(name) and not names.is_family(name) and not names.is_given(name)
    ):
        return False
    return not name.isascii() or _is_word_of_name(name)


def _is_only_name(name: str, names: NameDictionary) -> bool:
    if name.isascii():
        return name.lower() in given_names()
    classes = names.classes(name)
    return bool(classes) and classes <= {"姓", "名"}


def latin_words(value: str) -> Iterator[tuple[int, int]]:
    """Yield bounds of given names of the world in Latin script that Japanese goes on behind: "Linhは"."""
    for match in _LATIN.finditer(value):
        if match["name"].lower() in given_names() and _is_word_of_name(match["name"]):
            yield match.span("name")


def _is_word_of_name(name: str) -> bool:
    lowered = name.lower()
    if lowered in NOT_NAMES or lowered in THINGS or lowered in ROLES or name.title() in NOT_SURNAMES_EN:
        return False
    return lowered in given_names() or lowered in surnames() or is_romaji(name)


def is_lone_name(name: str) -> bool:
    """Say whether one Latin word behind a label may be a name: of a list, or spelt like Japanese."""
    return _is_word_of_name(name)


def _reads(reading: str) -> bool:
    return not reading.isascii() or all(map(_is_word_of_name, reading.split(" ")))


def read_beside(value: str, found: Sequence[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Yield bounds of what stands behind one of the `found` names as its reading: in brackets or the next cell."""
    for start, end in found:
        name = value[start:end]
        if name.isascii() or "ぁ" <= name[0] <= "ん":
            continue
        for pattern in (_READ, _NEXT):
            match = pattern.match(value, end)
            if match is not None and _reads(match["reading"]):
                yield match.span("reading")
