"""How surprising a text is in a language, so that several readings of the same bytes can be compared.

The table (data/letters.txt, made by training/encodings.py) holds the cost of each common character; what it
does not hold costs by its place in the national standards: first level kanji less than rare ones.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files

_NON_ASCII = re.compile("[^\x00-\x7f]")
_HALF_KANA = re.compile("[｡-ﾟ]+")
_WESTERN_SIGNS = "€‚„…‹›‘’“”–—«»\xa0"
_WESTERN_SYMBOLS = "‰•°§©®·¿¡ºª№´¨\xad"
_CJK_SIGNS = "，。、：；！？（）「」『』《》“”‘’…—·～　【】〈〉"
UNKNOWN = 16.0  # a character that no standard of the language holds
DAMAGED = 12.0  # a byte that has no meaning
ASCII = 3.0  # what an ASCII character costs: readings differ in how many they see


@cache
def _table() -> Mapping[str, Mapping[str, float]]:
    tables: dict[str, dict[str, float]] = {}
    text = files("data").joinpath("letters.txt").read_text(encoding="utf-8")
    for line in text.splitlines():
        if line.startswith("#"):
            continue
        language, cost, characters = line.split("\t")
        step = 2 if language == "kana" else 1
        table = tables.setdefault(language, {})
        for at in range(0, len(characters), step):
            table[characters[at : at + step]] = int(cost) / 10
    return tables


def _rows(first: int, last: int, codec: str) -> str:
    """Return the characters of rows of a 94 × 94 set, given by their lead bytes."""
    pairs = b"".join(bytes((row, cell)) for row in range(first, last + 1) for cell in range(0xA1, 0xFF))
    return pairs.decode(codec, errors="ignore")


def _spread(costs: Iterable[tuple[str, float]]) -> dict[str, float]:
    return {character: cost for characters, cost in costs for character in characters}


@cache
def language_costs(language: str) -> Mapping[str, float]:
    """Return the cost of each character that a language knows."""
    wide = "".join(chr(code + 0xFEE0) for code in range(0x21, 0x7F))
    match language:
        case "ja":
            vendor = bytes(
                each
                for row in (0x87, 0xED, 0xEE, 0xFA, 0xFB)
                for cell in range(0x40, 0xFD)
                for each in (row, cell)
            )
            rare = bytes(
                each for row in range(0xA1, 0xFF) for cell in range(0xA1, 0xFF) for each in (0x8F, row, cell)
            )
            rest = [
                (rare.decode("euc_jp", errors="ignore"), 13.5),
                (rare.decode("euc_jis_2004", errors="ignore"), 13.5),
                (_rows(0xA1, 0xFE, "euc_jis_2004"), 13.5),
                (_rows(0xA1, 0xA8, "euc_jp"), 10.0),
                (_rows(0xB0, 0xCF, "euc_jp"), 10.5),
                (_rows(0xD0, 0xF4, "euc_jp"), 12.5),
                (vendor.decode("cp932", errors="ignore"), 10.0),
                (
                    "".join(map(chr, range(0xE000, 0xE758))),
                    13.0,
                ),  # characters a company made for itself: 外字
                (
                    "".join(map(chr, (0x80, 0xA0, *range(0xF8F0, 0xF8F4)))),
                    25.0,
                ),  # what cp932 makes of no text
            ]
        case "zh-hans":
            rest = [
                (_rows(0xA1, 0xA9, "gb2312"), 12.0),
                (_rows(0xB0, 0xD7, "gb2312"), 9.6),
                (_rows(0xD8, 0xF7, "gb2312"), 11.5),
            ]
        case "zh-hant":
            common = bytes(
                each
                for row in range(0xA4, 0xC7)
                for cell in (*range(0x40, 0x7F), *range(0xA1, 0xFF))
                for each in (row, cell)
            )
            rare = bytes(
                each
                for row in range(0xC9, 0xFA)
                for cell in (*range(0x40, 0x7F), *range(0xA1, 0xFF))
                for each in (row, cell)
            )
            rest = [
                (rare.decode("cp950", errors="ignore"), 12.0),
                (common.decode("cp950", errors="ignore"), 9.6),
            ]
        case "ko":
            rest = [
                ("".join(map(chr, range(0xAC00, 0xD7A4))), 12.5),
                (_rows(0xA1, 0xAC, "euc_kr"), 12.0),
                (_rows(0xCA, 0xFD, "euc_kr"), 11.5),
                (_rows(0xB0, 0xC8, "euc_kr"), 9.5),
            ]
        case _:
            return {
                **dict.fromkeys(_WESTERN_SIGNS, 5.0),
                **dict.fromkeys(_WESTERN_SYMBOLS, 8.0),
                **_table()[language],
            }
    return {
        **_spread(rest),
        **dict.fromkeys(wide, 7.5),
        **dict.fromkeys(_CJK_SIGNS, 5.0),
        **_table()[language],
    }


def _half_kana(run: str) -> float:
    """Return the cost of half-width kana in a row: ﾞ after ﾀ is likely, ﾞ after ﾆ is not."""
    pairs = _table()["kana"]
    return (5.0 if len(run) > 1 else 9.0) + sum(
        pairs.get(run[at : at + 2], 9.0) for at in range(len(run) - 1)
    )


def half_kana(text: str) -> int:
    """Count half-width kana, each of them one byte."""
    return sum(map(len, _HALF_KANA.findall(text)))


def cost(text: str, language: str) -> tuple[float, int]:
    """Return the cost of a text's characters beyond ASCII, and how many they are."""
    wide = _NON_ASCII.findall(text)
    known = language_costs(language)
    kana = 0.0
    if language == "ja" and (runs := _HALF_KANA.findall(text)):
        kana = sum(map(_half_kana, runs))
        length = sum(map(len, runs))
        wide = [each for each in wide if not "｡" <= each <= "ﾟ"]
        return kana + _sum(wide, known), len(wide) + length
    return _sum(wide, known), len(wide)


def _sum(characters: list[str], known: Mapping[str, float]) -> float:
    damaged = characters.count("\ufffd")
    return sum([known.get(each, UNKNOWN) for each in characters]) + damaged * (DAMAGED - UNKNOWN)
