"""Fields that hold who did something, told by their form: a deed, a blank or colon, a surname, the end."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from scanners.names.dictionary import NameDictionary
from scanners.names.words import lexicon

_LABEL: Final = re.compile(
    r"(?:\A|[^一-龥々ァ-ヴーA-Za-z])(?P<label>[一-龥々ぁ-んァ-ヴー]{1,8}|[A-Z][A-Za-z]{1,2}|by)"
    r"(?:\([^()\n]{1,10}\)| ?(?:№|No\.?) ?[0-9]{1,4})? ?[ :=|>] ?[\[(「]?\Z"
)
_TOPIC: Final = re.compile(
    r"(?:司会|書記|議長|議事録|記録|進行|担当|当番|運転手?|通訳|引率|代表|幹事|会計|監事|患者|相手|主治医|"
    r"[一-龥](?:者|役|員|係|医|人))は\Z"
)
_SAID: Final = re.compile(
    rf"{_TOPIC.pattern[:-2]}(?P<name>[一-龥々]{{2,4}}|[ァ-ヴー]{{2,9}})(?=[、。)\n]|が(?=[^ぁ-ん]|[おご])|さん|です|でし|\Z)"
)
_KATAKANA: Final = frozenset(map(chr, range(0x30A1, 0x30F5)))
_CLOSED: Final = re.compile(
    r"\Z|[\n(/、,。)\]」・|]| (?: |[一-龥ァ-ヴー]{1,6}[ :(]|\(|→|$)| ?→| ?[0-9]{1,2}:"
)
# Deeds of things and of travel: what follows is no doer
_MOVED: Final = tuple(lexicon("deeds_of_things"))
_WORDS: Final = frozenset(lexicon("deed_words"))

_ROLES: Final = frozenset("士師者員係役医")
_ENDINGS: Final = tuple(word for word in _WORDS if len(word) > 1)
# 「5:15 日夏:欠勤」, 「- 江夏(営業):復職面談」
_HEADS: Final = re.compile(r"(?:\A|\n)[ >]*(?:[-・*●○■◆] ?|[0-9]{1,2}[.):：] ?|[0-9]{1,2}:[0-9]{2} [- ]*)?\Z")
_SAID_OF: Final = re.compile(
    r" ?(?:\([^()\n]{1,14}\))? ?[:は] ?|\([^()\n]{1,14}\) *[0-9]{1,2}:[0-9]{2}|  [0-9]{1,2}:[0-9]{2}"
)
HANDED: Final = re.compile(r"担当|異動|交代|交替|引き?継|後任|受渡|手渡|guard|owner|assign")
_ONLY_NAMES: Final = frozenset(("姓", "名"))


def is_doing(value: str, start: int, end: int, names: NameDictionary) -> bool:
    """Say whether a surname stands where a form or log names who did something, or has a part in it."""
    name = value[start:end]
    if not (names.is_family(name) or names.is_given(name)):
        return False
    before = value[max(0, start - 24) : start]
    if _TOPIC.search(before):
        return True
    if _HEADS.search(before) and _SAID_OF.match(value, end) and names.classes(name) <= _ONLY_NAMES:
        return True
    if _CLOSED.match(value, end) is None:
        return False
    if "→" in (before[-2:] + value[end : end + 2]) and HANDED.search(before):
        return True
    label = _LABEL.search(before)
    return label is not None and _is_deed(label["label"], names)


def _is_deed(label: str, names: NameDictionary) -> bool:
    if label.endswith(_MOVED):
        return False
    if label.isascii():
        return label in _WORDS
    if label[-1] in _ROLES and len(label) > 2:
        return True
    return label in _WORDS or label.endswith(_ENDINGS) or names.is_deed(label[-2:]) or names.is_deed(label)


def topics(value: str, names: NameDictionary) -> Iterator[tuple[int, int]]:
    """Yield bounds of surnames behind a role that the sentence speaks of: 「書記は布施」."""
    for match in _SAID.finditer(value):
        name = match["name"]
        if names.is_family(name) or (name[0] in _KATAKANA and names.is_given(name)):
            yield match.span("name")
