"""Whether the names model may be believed alone: it was taught sentences and sees names in lists of anything."""

from __future__ import annotations

import re
from typing import Final

from scanners.names.dictionary import NameDictionary
from scanners.names.words import HONORIFICS, ORGANISATIONS, TITLES

_HIRAGANA: Final = re.compile("[ぁ-んー]+")
_KANA_TAIL: Final = re.compile("(?P<family>[一-龥々ヶケ]+)(?P<given>[ぁ-んー]{2,}|[ァ-ヺー]{2,})")
_JOINED: Final = re.compile("[ぁ-ん、。「」『』（）()・,.]")
_SENTENCE: Final = re.compile("(?:[^ぁ-ん]*[ぁ-ん]){4}")
_GROUND: Final = frozenset("浜口町村前谷原橋台下上坂沢島駅港崎丘園線通筋田川山門池森新寺宮")


def is_supported(value: str, start: int, end: int, line: tuple[int, int], names: NameDictionary) -> bool:
    """Say whether words or surroundings bear out what only the model reads as a name.

    `line` bounds the line around it. In running text a surname does; elsewhere it takes a full name of the
    dictionary. Other data of the person on the line are asked for by the caller.
    """
    name = value[start:end]
    if value.startswith((*HONORIFICS, *TITLES, " 様", " 殿"), end):
        return True
    if len(name) < 2 or _HIRAGANA.fullmatch(name) or value.startswith(ORGANISATIONS, end):
        return False
    if name.isascii():
        return True
    mixed = _KANA_TAIL.fullmatch(name)
    if mixed is not None and not names.is_given(mixed["given"]):
        return False
    if names.is_common(name) and not names.is_family(name):
        return False
    if is_full_name(name, names):
        return True
    if " " not in name and name[-1] in _GROUND and len(name) > 2 and not names.is_family(name):
        return False
    return _is_prose(value, start, end, line)


def is_full_name(name: str, names: NameDictionary) -> bool:
    """Say whether the dictionary knows both parts, written together or with a blank between."""
    family, blank, given = name.partition(" ")
    if blank:
        return names.is_family(family) or names.is_given(given)
    return any(
        names.is_family(name[:cut]) and names.is_given(name[cut:]) and name[cut:] not in _GROUND
        for cut in range(1, len(name))
    )


def _is_prose(value: str, start: int, end: int, line: tuple[int, int]) -> bool:
    joined = _JOINED.match(value, end) or (start > line[0] and _JOINED.match(value, start - 1))
    return bool(joined) and _SENTENCE.match(value, *line) is not None
