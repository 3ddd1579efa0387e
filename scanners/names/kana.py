"""Names in kana: readings of names in kanji, and foreign names in katakana."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from scanners.names.dictionary import NameDictionary
from scanners.names.words import READING_LABELS

_FOREIGN: Final = re.compile(r"(?<![ァ-ヺー・])[ァ-ヺー]{2,12}(?:[・=][ァ-ヺー]{1,12}){1,3}(?![ァ-ヺー・])")
_KATAKANA: Final = re.compile(
    r"(?<![ァ-ヺー])(?<![ァ-ヺー]・)[ァ-ヺー]{2,12}(?: [ァ-ヺー]{1,8}){0,3}(?![ァ-ヺー・]| [ァ-ヺー])"
)
_HIRAGANA: Final = re.compile(
    r"(?<![ぁ-ん])(?:[ぁ-んー]{2,7} [ぁ-んー]{2,7}|[ぁ-んー]{4,12})(?![ぁ-ん一-龥])"
)
_QUOTES: Final = ("『", "「", "《", "“")
_NO_PERSON: Final = re.compile(
    r"[』」》]|[戦村社線駅市州島山川号型店賞杯]|FC|株式|商会|商店|財団|大学|事件|効果|症候群|病"
)


def foreign_names(text: str, names: NameDictionary) -> Iterator[tuple[int, int, bool]]:
    """Yield bounds of katakana words joined by ・, and whether the dictionary knows one as a name."""
    for match in _FOREIGN.finditer(text):
        if text[max(0, match.start() - 1) : match.start()] in _QUOTES or _NO_PERSON.match(text, match.end()):
            continue
        parts = re.split("[・=]", match.group())
        named = [bool(names.classes(part) & {"姓", "名"}) for part in parts]
        ordinary = [names.is_common(part) for part in parts]
        if any(names.classes(part) and not name for part, name in zip(parts, named, strict=True)):
            continue
        yield match.start(), match.end(), named[0] and not any(ordinary)


def katakana_names(text: str, names: NameDictionary) -> Iterator[tuple[int, int, bool, bool]]:
    """Yield bounds of katakana that may be a Japanese name, whether it is a pair, and of ordinary words.

    The dictionary knows rare surnames such as コード: a word that is something else as well is ordinary.
    """
    for match in _KATAKANA.finditer(text):
        start = match.start()
        parts = match.group().split(" ")
        if parts[0] in READING_LABELS and len(parts) > 1:
            start += len(parts.pop(0)) + 1
        named = len(parts) == 2 and names.is_family(parts[0]) and names.is_given(parts[1])
        ordinary = all(map(names.is_common, parts)) and not named
        yield start, match.end(), len(parts) > 1 and max(map(len, parts)) <= 6, ordinary


def hiragana_at(text: str, place: int, end: int) -> tuple[int, int] | None:
    """Return bounds of a hiragana name that begins at `place`, or None."""
    match = _HIRAGANA.match(text, place, end)
    return None if match is None or match.end() - match.start() < 4 else match.span()
