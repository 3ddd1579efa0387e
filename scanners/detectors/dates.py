"""Dates as people write them in Japan: western, by era, compact, and in English."""

import re
from datetime import date

from scanners.model import Evidence, EvidenceKind

_ERAS = {"明": 1867, "大": 1911, "昭": 1925, "平": 1988, "令": 2018}
_ORDER = "明大昭平令"
# First days, and last days where the era has ended: 1912-07-30 and 1926-12-25 are days of both.
_FIRST_DAYS = dict(
    zip(
        _ORDER,
        (date(1868, 1, 25), date(1912, 7, 30), date(1926, 12, 25), date(1989, 1, 8), date(2019, 5, 1)),
        strict=True,
    )
)
_LAST_DAYS = dict(
    zip(
        _ORDER,
        (date(1912, 7, 30), date(1926, 12, 25), date(1989, 1, 7), date(2019, 4, 30), None),
        strict=True,
    )
)
_LETTERS = {"M": "明", "T": "大", "S": "昭", "H": "平", "R": "令"}
_MONTH_NAMES = "jan feb mar apr may jun jul aug sep oct nov dec"
_MONTHS = {name: place for place, name in enumerate(_MONTH_NAMES.split(), start=1)}
_ERA = re.compile(
    r"(明|大|昭|平|令|[MTSHRmtshr])[治正和成]?[ .・]?([0-9]{1,3}|元)"
    r"(?: ?[年./・ -] ?)([0-9]{1,2})(?: ?[月./・ -] ?)([0-9]{1,2})"
)
_KANJI = re.compile(
    "(明|大|昭|平|令)[治正和成]?([元一二三四五六七八九十〇]{1,4})[年・.]([一二三四五六七八九十]{1,3})[月・.]([一二三四五六七八九十]{1,3})日?"
)
_KANJI_WESTERN = re.compile("([0-9]{4})年([一二三四五六七八九十]{1,3})月([一二三四五六七八九十]{1,3})日?")
_ROMAN = re.compile(r"([0-9]{1,4})[ ./-]([IVX]{1,4})[ ./-]([0-9]{1,4})\Z")
_ROMAN_NUMBERS = "I II III IV V VI VII VIII IX X XI XII"
_ROMAN_MONTHS = {name: place for place, name in enumerate(_ROMAN_NUMBERS.split(), start=1)}
_SHORT_YEAR = re.compile(r"([0-9]{2})[./-]([0-9]{1,2})[./-]([0-9]{1,2})\Z")
_CENTURY = 30  # years below are of this century
_NUMERALS = {char: place for place, char in enumerate("〇一二三四五六七八九")} | {"元": 1}
_WESTERN = re.compile(r"([0-9]{4}) ?[年./ -] ?([0-9]{1,2}) ?[月./ -] ?([0-9]{1,2})")
_COMPACT = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})\Z")
_COMPACT_ERA = re.compile(r"([1-5MTSHR])([0-9]{2})([0-9]{2})([0-9]{2})\Z")
_COMPACT_ERA_LENGTH = 7  # GYYMMDD
_DAY_FIRST = re.compile(r"([0-9]{1,2})[/.-]([0-9]{1,2})[/.-]([0-9]{4})\Z")
_ENGLISH = re.compile(r"([A-Za-z]{3})[a-z]*\.? ([0-9]{1,2})(?:st|nd|rd|th)?,? ([0-9]{4})")
_ENGLISH_DAY = re.compile(r"([0-9]{1,2})(?:st|nd|rd|th)?[ -](?:of )?([A-Za-z]{3})[a-z]*\.?,?[ -]([0-9]{4})")

# Words for days that are nobody's birth: they govern a date, and then it is no birth date.
_OTHER_DAYS_WORDS = """
    発行日 作成日 更新日 開催日 受付日 受診日 入院日 退院日 検査日 入社日 入社年月日 退職日 納品日 納期
    注文日 発注日 請求日 支払日 契約日 期限 有効期限 交付日 交付 実施日 実施 日時 日付 開始日 終了日
    登録日 承認日 施行日 改定日 初診日 来院日 予約日 発生日 出荷日 製造日 年月日 採用日 手術日 撮影日
    診察日 処方日 提出日 報告日 締切 締切日 転居日 date expiry expires issued updated created admission
    discharge hired due deadline
"""
OTHER_DAYS = frozenset(_OTHER_DAYS_WORDS.split())


def parse(written: str) -> date | None:
    """Return the date that a normalised spelling means, or None when there is no such day.

    Eras count from 1867, 1911, 1925, 1988 and 2018; impossible era years (昭和100年) are read as they
    count on, because systems hold them. Of 01/02/1980 the American reading comes first; 94-05-22 is of
    the century that makes it a day of somebody living.
    """
    if match := _ERA.match(written):
        era = _initial(match[1])
        year = 1 if match[2] == "元" else int(match[2])
        return _date(_ERAS[era] + year, int(match[3]), int(match[4]))
    if match := _KANJI.match(written):
        year, month, day = (_kanji_number(match[each]) for each in (2, 3, 4))
        return _date(_ERAS[match[1]] + year, month, day)
    if match := _KANJI_WESTERN.match(written):
        return _date(int(match[1]), _kanji_number(match[2]), _kanji_number(match[3]))
    if match := _WESTERN.match(written) or _COMPACT.match(written):
        return _date(int(match[1]), int(match[2]), int(match[3]))
    if match := _COMPACT_ERA.match(written):
        era = _initial(match[1])
        return _date(_ERAS[era] + int(match[2]), int(match[3]), int(match[4]))
    if match := _DAY_FIRST.match(written):
        first, second, year = int(match[1]), int(match[2]), int(match[3])
        return _date(year, first, second) or _date(year, second, first)
    if match := _ENGLISH.match(written):
        return _date(int(match[3]), _MONTHS.get(match[1].lower(), 0), int(match[2]))
    if match := _ENGLISH_DAY.match(written):
        return _date(int(match[3]), _MONTHS.get(match[2].lower(), 0), int(match[1]))
    if match := _ROMAN.match(written):
        year, day = sorted((int(match[1]), int(match[3])), reverse=True)
        return _date(year, _ROMAN_MONTHS.get(match[2], 0), day)
    if match := _SHORT_YEAR.match(written):
        year = int(match[1])
        return _date(year + (2000 if year < _CENTURY else 1900), int(match[2]), int(match[3]))
    return None


def era_doubt(written: str, day: date | None) -> Evidence | None:
    """Return what speaks against the era of a date: a year it never had, or a day of another era.

    `day` is what `parse` says of `written`; western dates have no era, and nothing speaks against them.
    Systems count on (昭和65年), and people write an era's last year to its end (平成31年12月).
    """
    if day is None or (written[0].isdigit() and len(written) != _COMPACT_ERA_LENGTH):
        return None
    era = _initial(written[0])
    first, last = _FIRST_DAYS[era], _LAST_DAYS[era]
    if last is not None and day > last:
        if day.year > last.year:
            return Evidence(EvidenceKind.ERA_ENDED, last.isoformat())
        return Evidence(EvidenceKind.ERA_TURN, _FIRST_DAYS[_ORDER[_ORDER.index(era) + 1]].isoformat())
    return Evidence(EvidenceKind.ERA_TURN, first.isoformat()) if day < first else None


def _initial(written: str) -> str:
    """Return the first character of the era that 昭, s or 3 (JIS X 0301, medical files) means."""
    return _ORDER[int(written) - 1] if written.isdigit() else _LETTERS.get(written.upper(), written)


def _kanji_number(written: str) -> int:
    """Return what 三十一, 六二 or 元 means."""
    if "十" not in written:
        return int("".join(str(_NUMERALS[char]) for char in written))
    tens, _, ones = written.partition("十")
    return 10 * (_NUMERALS.get(tens, 1) if tens else 1) + (_NUMERALS.get(ones, 0) if ones else 0)


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
