"""Whether the names model may be believed alone: taught sentences, it sees names in lists of anything."""

from __future__ import annotations

import re
from typing import Final

from scanners.names.dictionary import NameDictionary
from scanners.names.fields import is_doing
from scanners.names.words import HONORIFICS, ORGANISATIONS, TITLES

_HIRAGANA: Final = re.compile("[ぁ-んー]+")
_KATAKANA: Final = re.compile("[ァ-ヺー]+")  # one word
_KANA_TAIL: Final = re.compile("(?P<family>[一-龥々ヶケ]+)(?P<given>[ぁ-んー]{2,}|[ァ-ヺー]{2,})")
_JOINED: Final = re.compile("[、。「」『』（）()・,.]")
_BEFORE: Final = re.compile("[ぁ-ん、。「」『』（）()・,.]")
_PARTICLE: Final = re.compile("[はがをにのもとへでやかよりさ]")
# What a name stands behind in a form or a log: a role, an office, a time
_ROLE: Final = re.compile(
    r"(?:[一-龥]{0,4}(?:者|員|医|師|係|担当|役|長|主|人|課|部|室|科)|対応|記入|受領|入力|確認|総務|経理|人事|営業|作成|"
    r"承認|点検|立会|通称|Ns|Dr|[Bb]y)\.?[ :]{1,3}\Z"
)
_SPEAKING: Final = re.compile(
    r"(?:\A|\n)[ >]*[\[(]?[0-9/ -]{0,11}[0-9]{1,2}:[0-9]{2}(?::[0-9]{2})?[\])]? ?\Z"
)
_SPOKEN: Final = re.compile(" ?(?::|wrote:)")
_SENTENCE: Final = re.compile("(?:[^ぁ-ん]*[ぁ-ん]){4}")
_CERTAIN: Final = 0.45  # what the model must believe of a surname in a field
_KANJI: Final = re.compile("[一-龥々]{2,}")
_PAIR: Final = re.compile("[ァ-ヴー]{2,8} [ァ-ヴー]{2,8}")
_SURER: Final = 0.95
_CELL: Final = re.compile(r" *[|\t,] ?[ァ-ヴーぁ-ん]{2,8}(?: [ァ-ヴーぁ-ん]{2,8})? *[|\t,]")
_SURE: Final = 0.9
_FOREIGN: Final = re.compile("[ァ-ヴー]{2,12}(?:[・=][ァ-ヴー]{1,12}){1,3}")
_LISTING: Final = "・>→"
_GROUND: Final = frozenset("浜口町村前谷原橋台下上坂沢島駅港崎丘園線通筋田川山門池森新寺宮")


def is_supported(
    value: str,
    start: int,
    end: int,
    line: tuple[int, int],
    names: NameDictionary,
    *,
    data: bool,
    score: float,
) -> bool:
    """Say whether words or surroundings bear out what only the model reads as a name.

    `line` bounds the line around it. In running text a surname does; elsewhere it takes a full name of the
    dictionary, or other `data` of the person on the line.
    """
    name = value[start:end]
    if (vouched := _is_vouched(value, start, end, names)) is not None:
        return vouched
    if score >= _CERTAIN and is_doing(value, start, end, names):
        return True
    if score >= _SURE and _in_read_cell(value, start, end):
        return True
    if score >= _SURER and _PAIR.fullmatch(name) and not any(map(names.is_common, name.split(" "))):
        return True
    if _KATAKANA.fullmatch(name) and names.is_common(name):
        return False
    if data:
        return not names.is_common(name) or names.is_family(name) or names.is_given(name)
    if len(name) < 2 or _HIRAGANA.fullmatch(name) or value.startswith(ORGANISATIONS, end):
        return False
    if name.isascii():
        return True
    mixed = _KANA_TAIL.fullmatch(name)
    if mixed is not None:
        given = mixed["given"]
        return names.is_given(given) or (names.is_family(mixed["family"]) and not names.is_common(given))
    if names.is_common(name) and not names.is_family(name):
        return False
    if _KATAKANA.fullmatch(name) and not (names.is_family(name) or names.is_given(name)):
        return False
    if is_full_name(name, names):
        return True
    if score >= _SURE and _FOREIGN.fullmatch(name) is not None:
        return any(names.is_family(part) or names.is_given(part) for part in re.split("[・ =]", name))
    if " " not in name and name[-1] in _GROUND and len(name) > 2 and not names.is_family(name):
        return False
    if names.is_family(name) and not names.is_common(name) and _is_listed(value, start, end):
        return True
    if " " not in name and not (names.is_family(name) or names.is_given(name)) and _KANJI.fullmatch(name):
        return False
    return _is_prose(value, start, end, line)


def _in_read_cell(value: str, start: int, end: int) -> bool:
    """Say whether it fills a cell and the next cell holds kana, as its reading would."""
    return value[max(0, start - 2) : start].strip(" ")[-1:] in ("|", "\t", ",") and bool(
        _CELL.match(value, end)
    )


def is_namelike(name: str, names: NameDictionary) -> bool:
    """Say whether a word may be a name where a label asks for one: no word of the language only."""
    return not names.is_common(name) or names.is_family(name) or names.is_given(name)


def _is_vouched(value: str, start: int, end: int, names: NameDictionary) -> bool | None:
    """Say what words before and behind make of a name; None where they say nothing."""
    name = value[start:end]
    if value.startswith((*HONORIFICS, *TITLES), end + (value[end : end + 1] == " ")):
        return True
    if value.startswith(("名義", "記)", "宅", "邸"), end) or value.endswith(TITLES, 0, start):
        return names.is_family(name)
    before = value[max(0, start - 24) : start]
    if _SPOKEN.match(value, end) and _SPEAKING.search(before if start > 24 else f"\n{before}"):
        return not names.is_common(name) or names.is_family(name)
    if _ROLE.search(before) and not names.is_common(name):
        return True
    return None


def is_full_name(name: str, names: NameDictionary) -> bool:
    """Say whether the dictionary knows both parts, written together or with a blank between."""
    family, blank, given = name.partition(" ")
    if blank:
        return names.is_family(family) or names.is_given(given)
    return any(
        names.is_family(name[:cut]) and names.is_given(name[cut:]) and name[cut:] not in _GROUND
        for cut in range(1, len(name))
    )


def _is_listed(value: str, start: int, end: int) -> bool:
    """Say whether a surname stands as people are listed: 「酒井・工藤」, 「内線2311(永井)」."""
    if (value[start - 1 : start] or " ") in "([" and (value[end : end + 1] or " ") in ")]":
        return True
    return (value[start - 1 : start] or " ") in _LISTING or (value[end : end + 1] or " ") in _LISTING


def _is_prose(value: str, start: int, end: int, line: tuple[int, int]) -> bool:
    if _PARTICLE.match(value, end):
        return True
    joined = _JOINED.match(value, end) or (start > line[0] and _BEFORE.match(value, start - 1))
    return bool(joined) and _SENTENCE.match(value, *line) is not None
