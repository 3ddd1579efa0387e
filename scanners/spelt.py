"""One Latin spelling for names in kana and in Latin letters, so that the same name meets in both."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

_ROWS: Final = {
    "": "アイウエオ",
    "k": "カキクケコ",
    "g": "ガギグゲゴ",
    "s": "サシスセソ",
    "z": "ザジズゼゾ",
    "t": "タチツテト",
    "d": "ダヂヅデド",
    "n": "ナニヌネノ",
    "h": "ハヒフヘホ",
    "b": "バビブベボ",
    "p": "パピプペポ",
    "m": "マミムメモ",
    "r": "ラリルレロ",
}
_KANA: Final = {
    **{kana: row + vowel for row, line in _ROWS.items() for kana, vowel in zip(line, "aiueo", strict=True)},
    "シ": "shi",
    "チ": "chi",
    "ツ": "tsu",
    "フ": "fu",
    "ジ": "ji",
    "ヂ": "ji",
    "ヅ": "zu",
    "ヴ": "bu",
    "ヤ": "ya",
    "ユ": "yu",
    "ヨ": "yo",
    "ワ": "wa",
    "ヲ": "o",
    "ン": "n",
    "ー": "",
    "・": " ",
}
_SMALL: Final = {"ャ": "ya", "ュ": "yu", "ョ": "yo", "ァ": "a", "ィ": "i", "ゥ": "u", "ェ": "e", "ォ": "o"}
_HIRAGANA: Final = {code: code + 0x60 for code in range(0x3041, 0x3097)}
# Spellings that mean the same: Kunrei and Hepburn, l and r, v and b; long vowels are often left out.
_SAME: Final = (
    ("si", "shi"),
    ("ti", "chi"),
    ("tu", "tsu"),
    ("hu", "fu"),
    ("zi", "ji"),
    ("sy", "sh"),
    ("ty", "ch"),
)
_SAME_LETTERS: Final = str.maketrans({"l": "r", "v": "b"})
_NOT_LETTER: Final = re.compile("[^a-z]+")
_LONG: Final = re.compile("o[uh](?![aeiouy])|oo|uu|([a-z])\\1")


def spelt(name: str) -> tuple[str, ...]:
    """Return the words of a name in kana or Latin letters as they are compared, in alphabetic order."""
    text = unicodedata.normalize("NFKC", name).translate(_HIRAGANA)
    return tuple(sorted(filter(None, map(_word, re.split(r"[\s,.]+", _latin(text))))))


def _latin(text: str) -> str:
    """Return katakana as Hepburn, all else as it stands."""
    letters: list[str] = []
    for char in text:
        small = _SMALL.get(char)
        if small is not None and letters:
            before = letters[-1]
            drop = small[1:] if before.endswith(("shi", "chi", "ji")) else small
            letters[-1] = before[:-1] + drop
        elif char == "ッ":
            continue  # doubled consonants are compared as one
        else:
            letters.append(_KANA.get(char, char))
    return "".join(letters)


def _word(word: str) -> str:
    plain = unicodedata.normalize("NFD", word.lower())
    letters = _NOT_LETTER.sub("", plain).translate(_SAME_LETTERS)
    for one, other in _SAME:
        letters = letters.replace(one, other)
    letters = letters.replace("mb", "nb").replace("mp", "np").replace("mm", "nm")
    return _LONG.sub(lambda match: match[1] or match[0][0], letters)
