"""Japanese addresses from prefecture to room, and the plainer forms in English."""

from __future__ import annotations

import re
from collections import defaultdict
from functools import cache
from typing import Final

import numpy as np

from data import read_lines
from scanners.detectors.address_english import (
    MUNICIPALITY_PATTERN,
    PREFECTURE_PATTERN,
    around_city,
    around_prefecture,
    before_street,
)
from scanners.detectors.buildings import building_end
from scanners.detectors.interface import Hit, Pattern, Text
from scanners.layout import Layout, Mask, Places
from scanners.model import Category, Evidence, EvidenceKind, Match

_KANJI_NUMBER: Final = "[一二三四五六七八九十百〇壱弐参]{1,4}"
_NUMBER: Final = rf"(?:[0-9]{{1,5}}|{_KANJI_NUMBER})"
_DASH: Final = "[-‐‑–—―−ー－]"
_UNIT: Final = "(?:丁目|番地の|番地|番町|番|号|条|線|の)"
_BLOCK: Final = (
    rf"(?:[0-9]{{1,5}}|{_KANJI_NUMBER}(?=丁目|番|条))"
    rf"(?:(?:{_UNIT}[ ]?(?:[東西南北])?|{_DASH}){_NUMBER})*"
    r"(?:丁目|番地|番|号室|号棟|号)?"
)
_TOWN: Final = r"(?![でをはが])(?:大字|字)?[^\s0-9,、。:;()<>「」『』【】\"'|/=@]{1,18}?"
_REST: Final = re.compile(
    rf"[ ]?(?P<town>{_TOWN})?[ ]?(?P<block>{_BLOCK})(?![0-9年月日円個名人件万億時分回歳才本台社店校階%])"
)
# A bare number behind a town is as often a quantity: 「大阪市の予算3」.
_SIGNED: Final = re.compile(rf"丁目|番|号|{_DASH}")
_TOWN_ONLY: Final = re.compile(r"[ ]?[一-龥々ぁ-んァ-ヶー]{1,12}")
_STREET: Final = (
    "Street|St|Avenue|Ave|Boulevard|Blvd|Road|Rd|Lane|Ln|Drive|Dr|Way|Court|Ct|Place|Pl|Square|Terrace|"
    "Parkway|Pkwy|Highway|Hwy|Crescent|Close"
)
_AMERICAN_TAIL: Final = re.compile(
    r"\.?(?:,? (?:Apt|Suite|Ste|Unit|Floor|#)\.? ?#?[0-9A-Z-]{1,6})?"
    r"(?:,[ \n][A-Z][a-z]+\.?(?:[ -][A-Z][a-z]+\.?){0,2}"
    r"(?:,? (?:[A-Z]{2}(?![A-Z0-9])|[A-Z][a-z]+)(?:,? [0-9]{5}(?:-[0-9]{4})?)?)?)?"
    r"(?:,? (?:USA|U\.S\.A\.|UK|[A-Z]{1,2}[0-9][0-9A-Z]? [0-9][A-Z]{2}))?"
)


class AddressDetector:
    """Address: prefecture (or a known municipality), town, block, building and room.

    What: from the prefecture or city to the room; English order from the number to the prefecture or state.
    Source: prefectures and municipalities of Japan Post's postal code data.
    Found: 「東京都千代田区丸の内1丁目2番3号 ハイツ101」, 「千代田区丸の内1-2-3 鈴木様方」, "Room 502, Maison
    Aoba, 1-2-3 Marunouchi, Chiyoda-ku, Tokyo, Japan".
    Rejected: 「東京都の人口」, 「千代田区」 without a block number unless a label announces an address.
    """

    name = "address"
    version = 2
    categories = frozenset({Category.ADDRESS})
    labels = frozenset(
        {
            "住所",
            "現住所",
            "自宅住所",
            "住所1",
            "住所2",
            "所在地",
            "居所",
            "住居",
            "本籍",
            "本籍地",
            "送付先",
            "お届け先",
            "届け先",
            "届先",
            "配送先",
            "居住地",
            "自宅",
            "宛先住所",
            "連絡先住所",
            "ご住所",
            "ジュウショ",
            "address",
            "home address",
            "addr",
            "street",
            "mailing address",
            "shipping address",
            "residence",
        }
    )

    def __init__(self) -> None:
        prefectures = "|".join(_by_prefecture())
        self.patterns: tuple[Pattern, ...] = (
            Pattern("prefecture", f"(?:{prefectures})", bounded=False),
            Pattern("municipality", "[市区町村]", bounded=False, screen=_ends_like_one),
            Pattern("romaji", MUNICIPALITY_PATTERN, bounded=False),
            Pattern("romaji_prefecture", PREFECTURE_PATTERN, bounded=False),
            Pattern(
                "street",
                rf"[0-9]{{1,5}}[A-Z]? (?:[NSEW]\.? )?(?:[A-Z][a-z]{{2,14}} ){{1,2}}(?:{_STREET})[., \n]",
            ),
        )

    def judge(self, hit: Hit, text: Text) -> Match | None:
        """Return the whole address around the hit, or None when no block number or label proves one."""
        if hit.pattern == "prefecture":
            return self._from_prefecture(hit.start, hit.end, text)
        if hit.pattern == "municipality":
            return self._from_municipality(hit.end, text)
        if hit.pattern == "romaji":
            return self._romaji(hit, text)
        if hit.pattern == "romaji_prefecture":
            return self._romaji_prefecture(hit, text)
        return self._street(hit, text)

    def _from_prefecture(self, start: int, end: int, text: Text) -> Match | None:
        value = text.value
        prefecture = value[start:end]
        position = end + (value[end : end + 1] == " ")
        city = _longest(value, position, _by_prefecture()[prefecture])
        if not city:
            return None
        return self._rest(start, position + city, text, "prefecture")

    def _from_municipality(self, end: int, text: Text) -> Match | None:
        value = text.value
        if value[end - 2 : end] not in _tails():
            return None
        begin = max(0, end - 12)
        for start in range(begin, end - 1):
            if value[start:end] in _municipalities():
                if value[max(0, start - 4) : start].rstrip(" ").endswith(_prefecture_names()):
                    return None
                extended = start + _longest(value, start, _municipalities())
                return self._rest(start, max(end, extended), text, "municipality")
        return None

    def _rest(self, start: int, city_end: int, text: Text, kind: str) -> Match | None:
        value = text.value
        _, line_end = text.line(start)
        label = text.label(start, city_end, self.labels)
        evidence = [Evidence(EvidenceKind.DICTIONARY, kind)]
        if label is not None:
            evidence.append(label.evidence)
        block = _REST.match(value, city_end, line_end)
        if block is None:
            if label is None or label.distance > 12:
                return None
            town = _TOWN_ONLY.match(value, city_end, line_end)
            end = town.end() if town else city_end
            return Match(start, end, Category.ADDRESS, 0.7, f"address.{kind}/1", tuple(evidence))
        if kind == "municipality" and label is None and not _SIGNED.search(block["block"]):
            return None
        end = building_end(value, block.end(), line_end)
        score = 0.95 if kind == "prefecture" else 0.85
        return Match(start, end, Category.ADDRESS, score, f"address.{kind}/1", tuple(evidence))

    def _romaji(self, hit: Hit, text: Text) -> Match | None:
        found = around_city(text.value, hit.end)
        if found is None:
            return None
        evidence = (Evidence(EvidenceKind.PATTERN, "romaji"),)
        return Match(*found, Category.ADDRESS, 0.85, "address.romaji/2", evidence)

    def _romaji_prefecture(self, hit: Hit, text: Text) -> Match | None:
        comma = text.value.index(",", hit.start)
        start = comma + 1 + (text.value[comma + 1] in " \n")
        found = around_prefecture(text.value, start, hit.end)
        if found is None:
            return None
        begin, end, proven = found
        label = text.label(begin, end, self.labels)
        if label is None and not proven:
            return None
        evidence = [Evidence(EvidenceKind.PATTERN, "romaji"), Evidence(EvidenceKind.DICTIONARY, "prefecture")]
        if label is not None:
            evidence.append(label.evidence)
        return Match(begin, end, Category.ADDRESS, 0.8, "address.romaji_prefecture/1", tuple(evidence))

    def _street(self, hit: Hit, text: Text) -> Match | None:
        end = hit.end - 1
        tail = _AMERICAN_TAIL.match(text.value, end)
        stop = tail.end() if tail else end
        label = text.label(hit.start, end, self.labels)
        if stop - end < 4 and label is None:
            return None
        evidence = [Evidence(EvidenceKind.PATTERN, "street")]
        if label is not None:
            evidence.append(label.evidence)
        start = before_street(text.value, hit.start)
        return Match(start, stop, Category.ADDRESS, 0.85, "address.street/2", tuple(evidence))


def _longest(value: str, start: int, names: frozenset[str]) -> int:
    """Return the length of the longest of `names` at `start`, a blank before the ward or town allowed."""
    for length in range(12, 1, -1):
        piece = value[start : start + length]
        if piece in names or (
            " " in piece.strip() and piece == piece.strip() and piece.replace(" ", "") in names
        ):
            return length
    return 0


@cache
def _by_prefecture() -> dict[str, frozenset[str]]:
    """Return the municipalities of each prefecture: with and without their 郡, cities without the ward."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    for line in read_lines("municipalities.txt"):
        prefecture, city = line.split("\t")
        found[prefecture].add(city)
        _, gun, town = city.partition("郡")
        if gun and len(town) > 1:
            found[prefecture].add(town)
        whole, designated, ward = city.partition("市")
        if designated and ward.endswith("区"):
            found[prefecture].add(whole + designated)
    return {prefecture: frozenset(names) for prefecture, names in found.items()}


@cache
def _municipalities() -> frozenset[str]:
    return frozenset().union(*_by_prefecture().values())


@cache
def _tails() -> frozenset[str]:
    """Return the last two characters of all municipalities: few of the words that end like one have them."""
    return frozenset(name[-2:] for name in _municipalities())


@cache
def _tail_codes() -> Places:
    """Return the tails as numbers, ordered, the last one of them larger than any pair of characters."""
    pairs = {ord(tail[0]) << 21 | ord(tail[1]) for tail in _tails()}
    return np.array([*sorted(pairs), 1 << 42], dtype=np.int64)


def _ends_like_one(layout: Layout, starts: Places, _ends: Places, _announced: Mask) -> Mask:
    """Say which words end with two characters that a municipality ends with."""
    pairs = layout.codes_at(starts - 1) << 21 | layout.codes_at(starts)
    known = _tail_codes()
    ending: Mask = (known[np.searchsorted(known, pairs)] == pairs) & (starts > 0)
    return ending


@cache
def _prefecture_names() -> tuple[str, ...]:
    return tuple(_by_prefecture())


def is_address(value: str) -> bool:
    """Return True when a whole (normalised) cell reads as a Japanese address, block number not needed."""
    text = value.strip()
    prefecture = next((name for name in _prefecture_names() if text.startswith(name)), "")
    rest = text[len(prefecture) :].lstrip()
    names = _by_prefecture()[prefecture] if prefecture else _municipalities()
    length = _longest(rest, 0, names)
    return bool(length) and (bool(prefecture) or len(rest) > length)
