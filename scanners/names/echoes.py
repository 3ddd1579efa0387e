"""Parts of full names where they stand again alone, and names whose reading stands beside them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from scanners.names.dictionary import NameDictionary

_MOST: Final = 48  # parts of names that are looked for again: long lists of persons repeat nobody
_PARTED: Final = re.compile("[ ・=,\n]+")
_LETTER: Final = {
    "kanji": re.compile("[一-龥々ァ-ヴーA-Za-z0-9]"),
    "kana": re.compile("[ぁ-んァ-ヴーA-Za-z]"),
    "latin": re.compile("[A-Za-z0-9@._/-]"),
}
_AFTER: Final = re.compile(
    r"\Z|[\n、。,.)\]」』】/|:;→・(\"']| |さん|さま|様|氏|くん|ちゃん|君|先生|殿|分|宛|"
    r"(?:は|が|を|も|と|へ|に|から|より|まで|の)(?=[^ぁ-ん]|こと|ほう|お|ご|とき)"
)
_SURNAME: Final = re.compile("[一-龥々]{2,4}")
_ACTING: Final = re.compile(
    r"(?:は|が|も|から|より)(?=[^ぁ-ん]|お|ご)|の旧|の妻|の夫|の携帯|の自宅|の住所|の家族|の息子|の娘|の母|の父"
)
_READ: Final = re.compile(
    r"(?P<mark>[|,\t(\"'] ?[\"']?)(?P<reading>[ぁ-んー]{1,7} [ぁ-んー]{1,7}|[ァ-ヴー]{1,8} [ァ-ヴー]{1,8})(?= ?[)|,\t\"'\n]|\Z)"
)
_NAMED: Final = re.compile(
    r"(?:(?<=[|,\t\n \"'(])|\A)(?P<family>[一-龥々ヶケ]{1,4}) (?P<given>[一-龥々ぁ-んァ-ヴー]{1,5})[\"' ]{0,12}\Z"
)
_KANA: Final = str.maketrans({chr(code): chr(code + 0x60) for code in range(0x3041, 0x3097)})


def repeated_parts(
    value: str, found: Sequence[tuple[int, int]], names: NameDictionary
) -> Iterator[tuple[int, int]]:
    """Yield bounds of surnames and given names that stand alone somewhere, parts of the `found` full names."""
    parts: dict[str, None] = {}
    for start, end in found:
        words = [word for word in _PARTED.split(value[start:end]) if word]
        if len(words) > 1:
            parts.update((word, None) for word in words if _is_telling(word, names))
        elif _SURNAME.fullmatch(words[0]) and names.is_family(words[0]):
            parts[words[0]] = None
        if len(parts) > _MOST:
            return
    for part in parts:
        after = _AFTER if _is_telling(part, names) else _ACTING
        letter = _LETTER["latin" if part.isascii() else "kana" if part[0] < "一" else "kanji"]
        at = value.find(part)
        while at >= 0:
            end = at + len(part)
            if not letter.match(value, at - 1 if at else len(value)) and after.match(value, end):
                yield at, end
            at = value.find(part, end)


def _is_telling(word: str, names: NameDictionary) -> bool:
    """Say whether a part of a name means nothing else where it stands alone."""
    if word.isascii():
        return len(word) > 3 and word[0].isupper() and word[1:].islower()
    return len(word) > 1 and not names.is_common(word) and "地" not in names.classes(word)


def read_names(value: str, names: NameDictionary) -> Iterator[tuple[int, int]]:
    """Yield bounds of names in two parts and of the reading in two parts in the next cell or in brackets."""
    for match in _READ.finditer(value):
        before = _NAMED.search(value, max(0, match.start() - 24), match.start())
        if before is None:
            continue
        given = match["reading"].translate(_KANA).split(" ")[1]
        same = before["given"].translate(_KANA) == given
        if same or names.is_family(before["family"]) or not names.classes(before["family"]):
            yield before.start("family"), before.end("given")
            yield match.span("reading")
