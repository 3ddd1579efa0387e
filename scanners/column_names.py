"""Whether a cell is a person's name: the dictionary knows its surname, or its script is that of a name."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import Final

from scanners.names.dictionary import NameDictionary
from scanners.names.spelling import english_given_names, is_romaji
from scanners.names.words import NOT_SURNAMES_EN, ORGANISATIONS

_KANJI_NAME: Final = re.compile(
    r"[一-龥々㐀-䶵豈-龎ヶケぁ-んァ-ヴー]{1,6}(?: [一-龥々㐀-䶵豈-龎ぁ-んァ-ヴー]{1,6})?"
)
_KANA_NAME: Final = re.compile(r"(?:[ァ-ヴー]{1,8}[ ・]?[ァ-ヴー]{1,10}|[ぁ-んー]{1,8} ?[ぁ-んー]{1,10})")
_LATIN_NAME: Final = re.compile(
    r"(?P<first>[A-Z][A-Za-z'’-]+),?(?: [A-Z]\.?)?(?: (?:de|van|von|da|del|bin))? (?P<last>[A-Z][A-Za-z'’-]+)"
)

# Below the header of a name: one word to four, as passports write them
_LATIN_PARTS: Final = re.compile(r"[A-Z][A-Za-z'’-]{1,15}(?:,? [A-Z][A-Za-z'’.-]{0,15}){0,3}")


@cache
def _dictionary() -> NameDictionary:
    return NameDictionary()


@lru_cache(maxsize=20_000)
def is_person(value: str) -> bool:
    """Return True when a whole normalised cell reads as a full name in kanji, kana or Latin script."""
    text = value.strip().removesuffix("様").rstrip()
    if latin := _LATIN_NAME.fullmatch(text):
        return _is_latin(latin["first"], latin["last"])
    if _KANA_NAME.fullmatch(text):
        return _is_kana(text)
    if not _KANJI_NAME.fullmatch(text) or any(word in text for word in ORGANISATIONS if len(word) > 1):
        return False
    names = _dictionary()
    family, blank, given = text.partition(" ")
    if blank:
        return names.is_family(family) or names.is_given(given)
    if len(text) < 3 or len(text) > 6 or names.is_common(text):
        return False
    return any(
        names.is_family(text[:cut]) and (names.is_given(text[cut:]) or len(text) - cut <= 3)
        for cut in range(1, min(4, len(text) - 1) + 1)
    )


@lru_cache(maxsize=20_000)
def is_name_part(value: str) -> bool:
    """Return True when a cell may be a surname or a given name alone."""
    text = value.strip()
    if any(word in text for word in ORGANISATIONS if len(word) > 1):
        return False
    if re.fullmatch(r"[一-龥々㐀-䶵豈-龎ヶケノぁ-んァ-ヴー]{1,8}", text):
        names = _dictionary()
        found = names.classes(text)
        return bool(found & {"姓", "名"}) or not found
    return _LATIN_PARTS.fullmatch(text) is not None


@lru_cache(maxsize=20_000)
def is_surname(value: str) -> bool:
    """Return True when the dictionary knows the whole cell as a surname."""
    return _dictionary().is_family(value.strip())


@lru_cache(maxsize=20_000)
def is_given_name(value: str) -> bool:
    """Return True when the dictionary knows the whole cell as a given name."""
    return _dictionary().is_given(value.strip())


def _is_kana(text: str) -> bool:
    parts = re.split("[ ・]", text)
    names = _dictionary()
    if len(parts) == 2:
        return "・" in text or not any(names.is_common(part) and len(part) > 3 for part in parts)
    classes = names.classes(text)
    if "地" in classes and classes.isdisjoint(("姓", "名")):
        return False  # ベトナム
    return 4 <= len(text) <= 10 and not names.is_common(text)


def _is_latin(first: str, last: str) -> bool:
    if {first, last} & NOT_SURNAMES_EN:
        return False
    if {first.lower(), last.lower()} & english_given_names():
        return True
    return is_romaji(first) and is_romaji(last)
