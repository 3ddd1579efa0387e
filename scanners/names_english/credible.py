"""What of the English model's findings is kept as a person: bounds, spelling, surroundings."""

from __future__ import annotations

import re
from typing import Final

from scanners.names.spelling import is_romaji
from scanners.names.words import NOT_SURNAMES_EN
from scanners.names_english.lists import NOT_NAMES, ROLES, THINGS, given_names
from scanners.names_english.model import Found
from scanners.names_model.model import Span

# The network is too sure of itself on text that is no prose; measured on the half of
# benchmarks/english_names.yaml that may be looked at.
_ALONE: Final = 0.95  # one word that no list of given names knows
_KNOWN: Final = 0.4
_PAIR: Final = 0.5
_RESCUED: Final = 0.03  # belief in a person where another kind was chosen, for a known given name
_RESCUED_ALONE: Final = 0.2
_NEVER: Final = 2.0
_HIGHEST: Final = 0.95
_WRAPPED: Final = 40  # characters; a shorter line ends because its author wanted so
_LONGEST_NAME: Final = 6  # words

_WORD: Final = re.compile(
    r"(?:(?:Mc|Mac|De|Di|Du|La|Le|Van|Von|Al|El|Abd|Fitz|O['’]|D['’]|L['’])?[A-ZÀ-ÖØ-ÞĀ-Ž][a-zß-öø-ÿā-ž]+"
    r"(?:['’-][A-ZÀ-Þa-zß-ÿ]?[a-zß-öø-ÿā-ž]+)*|[A-Z]\.?(?:[ -]?[A-Z]\.)*|[A-Z]{2,14}(?:-[A-Z]{2,14})*)(?:,)?"
)
_PARTICLES: Final = frozenset({
    "de", "da", "di", "del", "della", "der", "den", "van", "von", "bin", "bint", "binti", "ibn", "al", "el",
    "la", "le", "ter", "ten", "dos", "das", "du", "e", "y", "af", "av", "zu", "zur",
})  # fmt: skip
_BEFORE: Final = frozenset("@#/\\_.$%=<{[&|+*-")
_AFTER: Final = re.compile(r"[@/\\_={<&*]|[.:][A-Za-z_/\\]|\(\)|-[A-Za-z0-9]| ?& ")
_COMPANY: Final = re.compile(r"& ?\Z")
_FOLLOWING: Final = re.compile(r"(?:['’]s)? ([A-Za-z]+)")
_LOWER_WORD: Final = re.compile(r"(?<![\w/.:@-])[a-z]{2,}(?![\w/@]|[.:]\w)")
_POSSESSIVE: Final = re.compile(r"['’]s?\Z")


def person(text: str, found: Found) -> Span | None:
    """Return the bounds and score of a credible person, or None; `found` has offsets into `text`."""
    bounds = _trimmed(text, found.start, found.end)
    if bounds is None or not _is_spelt_like_a_name(text[slice(*bounds)]):
        return None
    start, end = bounds
    words = text[start:end].replace(",", "").split()
    # The family's name may come first: Yamada Taro, Nguyen Thi Mai.
    known = not given_names().isdisjoint((words[0].lower(), words[-1].lower()))
    score = found.score if found.label == "PERSON" else found.person
    if score < _least(found.label, words, known=known):
        return None
    if _is_a_thing(text, end, words, known=known and score > 0.8) or _touches(text, start, end):
        return None
    if not known and not all(map(is_romaji, words)) and not _stands_in_prose(text, start, end, words):
        return None
    return Span(start, end, min(_HIGHEST, max(score, 0.5)))


def _least(label: str, words: list[str], *, known: bool) -> float:
    """Return what the model must believe at least."""
    if label != "PERSON":
        return (_RESCUED if len(words) > 1 else _RESCUED_ALONE) if known else _NEVER
    if len(words) == 1:
        return _KNOWN if known else _ALONE
    return _KNOWN if known else _PAIR


def _trimmed(text: str, start: int, end: int) -> tuple[int, int] | None:
    """Return the bounds without role words, possessives and what a line break parts."""
    broken = text.find("\n", start, end)
    if broken >= 0 and broken - (text.rfind("\n", 0, start) + 1) < _WRAPPED:
        end = broken
    while (space := text.find(" ", start, end)) >= 0 and text[start:space].rstrip(".:,").lower() in ROLES:
        start = space + 1
    end = start + len(_POSSESSIVE.sub("", text[start:end].rstrip(" ,;:")))
    while (space := text.rfind(" ", start, end)) >= 0 and text[space + 1 : end].lower() in ROLES:
        end = start + len(text[start:space].rstrip(" ,;:"))
    return (start, end) if end > start else None


def _is_spelt_like_a_name(name: str) -> bool:
    words = name.split()
    if not 0 < len(words) <= _LONGEST_NAME or words[-1].lower() in _PARTICLES:
        return False
    if any(word not in _PARTICLES and not _WORD.fullmatch(word) for word in words):
        return False
    # One letter is none, and all in capitals it is more often a heading or an abbreviation.
    return any(len(word) > 2 and not word.isupper() for word in words)


def _is_a_thing(text: str, end: int, words: list[str], *, known: bool) -> bool:
    lowered = [word.lower() for word in words]
    if len(words) == 1 and (lowered[0] in NOT_NAMES or lowered[0] in ROLES):
        return True
    if not known and (lowered[0] in NOT_NAMES or any(map(_names_a_thing, words[:-1]))):
        return True
    # "Hugh Grant" and "Mill Lane": a surname after a given name, a thing after anything else.
    if _names_a_thing(words[-1]) and not (known and len(words) > 1):
        return True
    following = _FOLLOWING.match(text, end)
    if following is None or following[1].lower() not in THINGS:
        return False
    return following[1][0].isupper() or len(words) == 1


def _names_a_thing(word: str) -> bool:
    return word.lower() in THINGS or word.title() in NOT_SURNAMES_EN


def _touches(text: str, start: int, end: int) -> bool:
    """Say whether signs beside the name make it part of a path, an address, code or a firm."""
    if start and text[start - 1] in _BEFORE:
        return True
    return _AFTER.match(text, end) is not None or _COMPANY.search(text, max(0, start - 3), start) is not None


def _stands_in_prose(text: str, start: int, end: int, words: list[str]) -> bool:
    """Say whether a name of no list may be one here: in a sentence or a signature, not in a heading or cell.

    "Getting Started", "JSON Schema" and "Download" look like names to the network.
    """
    line_start = text.rfind("\n", 0, start) + 1
    line_end = text.find("\n", end)
    line_end = len(text) if line_end < 0 else line_end
    before, after = text[max(line_start, start - 80) : start], text[end : min(line_end, end + 80)]
    if any(len(word) > 1 and word.isupper() and word.isalpha() for word in words):
        return False
    if len(words) == 1 and not before.strip():
        return False
    if _LOWER_WORD.search(before) or _LOWER_WORD.search(after) or text.endswith(",\n", 0, line_start):
        return True
    return len(words) > 1 and before.rstrip().endswith((",", ":", "&"))
