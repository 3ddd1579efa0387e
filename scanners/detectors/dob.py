"""Dates of birth 生年月日."""

import re
from datetime import date

import numpy as np

from scanners.detectors.dates import OTHER_DAYS, era_doubt, parse
from scanners.detectors.evidence import PATTERN, number
from scanners.detectors.foreign import FOREIGN_LABELS
from scanners.detectors.interface import Hit, Label, Pattern, Text
from scanners.layout import (
    DASH,
    DELIMITER,
    DIGIT,
    KANJI,
    KATAKANA,
    LETTER,
    MARK,
    SPACE,
    TAB,
    Layout,
    Mask,
    Places,
)
from scanners.model import Category, Evidence, EvidenceKind, Match

_BORN = re.compile(r"[ (]{0,2}(?:生まれ|うまれ|生れ|出生|生(?![産成活命涯徒鮮体物年後前]))")
_BIRTH_BEFORE = re.compile(
    r"(?:(?<![一-龥ぁ-んァ-ヶ])生|[Bb]orn(?: on| in)?|b\.|birth(?:day|date)?(?: is| was)?)[ :]{0,3}\Z"
)
_AGED = re.compile(
    r"[ (]{0,3}(?:満)?(?:[0-9]{1,3} ?(?:歳|才)|[Aa]ge[d :]{1,2}[0-9]{1,3}|"
    r"[0-9]{1,3} ?(?:y/?o|yo|years old))"
)
# A record: name, then date, and another personal item (sex, telephone, mail, long number, ID) on its line.
_NAME_BEFORE = re.compile(
    "(?:[一-龥々ヶ]{1,4}[ ]?[一-龥々ぁ-んァ-ヶー]{1,5}|[ァ-ヶー]{2,8}[ ・][ァ-ヶー]{2,8}|"
    "[A-Z][A-Za-z]+[ ][A-Z][A-Za-z]+|(?<=[|\t,]) ?[一-龥々ぁ-んァ-ヶー]{2,8}|"
    "(?<=[|\t,])[ぁ-ん]{1,6} [ぁ-ん]{1,8})"
    r"(?: ?(?:様|さん|殿|氏))?[ ,\t|/()]{1,4}(?:(?:男|女)性?[ ,\t|/()]{1,3})?\Z"
)
_ITEM = re.compile(
    r"(?<![一-龥])[男女](?:性)?(?![一-龥])|(?<![0-9A-Za-z])0[0-9]{1,4}-[0-9]{1,4}-[0-9]{3,4}(?![0-9])|@|(?<![0-9])(?:[0-9]{12}|0[0-9]{9,10})(?![0-9])|\+81|電話|TEL|マイナンバー|住所|〒|"
    r"枝番|続柄|被扶養|本人|配偶者|長男|長女|次男|次女|二男|二女|[0-9]歳|年金|免許|在留|旅券|保険証|口座|個番|"
    r"(?<![A-Z])[A-Z]{2}[0-9]{8}[A-Z]{2}(?![A-Z])|"
    r"(?:ID|番号)[:. ]?[A-Za-z]{0,4}-?[0-9]{4,}|(?<![A-Za-z])(?:[MF]|Male|Female|Mr|Ms|Mrs)(?![A-Za-z])"
)
_SEX = re.compile("[|,\t][MF男女](?=[|,\t\n^]|\\Z)")  # the next field of a delimited record
# The name of another day before it: 「選任：」
_OTHER_LABEL = re.compile(r"[一-龥]{2,8} ?[:=] ?\Z")
# Somebody was asked for it a line or two before, and this is the first date or number since
_ASKED = re.compile(r"(?:生年月日|誕生日)[^0-9]{1,100}\n(?:[^\n]{0,24}[^0-9\n])?\Z")
_NOT_A_NAME = re.compile(
    "(?:令和|平成|昭和|年|月|日|号|行|本|件|日時|日付|更新|"
    "発行|作成|受付|開催|納品|検査|入院|退院|受診|会議|議事|雇入|入社|選任|採用|取得|交付|退職|開始|終了|"
    "開館|開業|開通|創業|創立|設立|竣工|完成|施行|制定|公布|改正|建立|建設|没|"
    "初診|来院|入所|契約|加入|喪失|認定|支給|申請|提出|締切|期限)[ ,\t|/()]*\\Z"
)


_BIRTH = frozenset(
    {
        "生年月日",
        "生年月",
        "生年",
        "生年月日(西暦)",
        "生年月日(和暦)",
        "birth ymd",
        "born on",
        "お生まれ",
        "誕生",
        "seinen gappi",
        "tanjobi",
        "誕生日",
        "お誕生日",
        "出生日",
        "出生年月日",
        "生まれ",
        "生日",
        "セイネンガッピ",
        "せいねんがっぴ",
        "DOB",
        "D.O.B.",
        "BDAY",
        "birth",
        "date of birth",
        "birth date",
        "birthday",
        "born",
    }
)
_DAY = re.compile(" ?日")
_BLANKS = re.compile("[ \n]+")
_ODD = re.compile("[0-9] [0-9]|  |\n")
_YOUNGEST = 2024
_OLDEST, _OLD = 1905, 1990  # a day of these years beside a name is hardly another one
_WITH_DAY = frozenset({"western", "era", "letter"})
_BY_ERA = frozenset({"era", "letter", "kanji", "compact_era"})
_BY_LABEL = frozenset({"compact_era", "spaced", "short", "roman"})
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_MONTH_WORD = f"({'|'.join((*_MONTHS, *map(str.upper, _MONTHS)))})[A-Za-z]{{0,6}}[.]?"
_GOVERNING = _BIRTH | OTHER_DAYS | FOREIGN_LABELS


def _may_be_birth(layout: Layout, starts: Places, ends: Places, announced: Mask) -> Mask:
    """Say which dates have a label, or beside them what may be a word of birth, an age or a name.

    Only the character that such evidence ends or begins with is looked at.
    """
    day = layout.beyond(ends, SPACE, 1)
    behind = layout.beyond(np.where(layout.is_one_of(day, "日"), day + 1, ends), SPACE | MARK, 3)
    cued = layout.is_one_of(behind, "生う出満Aa")
    aged = layout.at(behind) & DIGIT != 0
    unit = layout.beyond(layout.beyond(behind, DIGIT, 3), SPACE, 1)
    cued |= layout.is_one_of(ends, "|,\t") & layout.is_one_of(ends + 1, "MF男女")
    cued |= aged & layout.is_one_of(unit, "歳才y")
    near = layout.at(starts - 1)
    blanks = SPACE | TAB | DELIMITER | DASH | MARK
    before = layout.beyond(starts - 1, blanks, 4, -1)
    named = (near & blanks != 0) & (layout.at(before) & (KANJI | KATAKANA | LETTER) != 0)
    named |= layout.is_one_of(before, ".")
    may_be: Mask = announced | cued | named
    return may_be


class DateOfBirth:
    """Birth date: 生年月日, in every way dates are written in Japan.

    What: western and era dates (明治 to 令和, M/T/S/H/R), compact YYYYMMDD and GYYMMDD, English dates.
    Source: APPI Art. 2(1)(i); eras by the Era Name Act and its orders; JIS X 0301.
    Found: with evidence of birth: a label (生年月日, 誕生日, DOB), 「生」「生まれ」 or an age behind it, a
    column of that name, or a record line that holds a name and another personal item. At a low score: years
    that their era never had (昭和65年); a little lower: days of its last year behind its end (平成31年12月).
    Rejected: all other dates (meetings, deliveries, admissions); days that do not exist.
    """

    name = "dob"
    version = 3
    categories = frozenset({Category.DOB})
    patterns = (
        Pattern(
            "western",
            "(18|19|20)[0-9]{2} ?[年./-] ?[0-9]{1,2} ?[月./-] ?[0-9]{1,2}",
            screen=_may_be_birth,
        ),
        Pattern(
            "era",
            "(明治|大正|昭和|平成|令和)[ ・]?([0-9]{1,3}|元) ?[年./・-] ?[0-9]{1,2} ?[月./・-] ?[0-9]{1,2}",
            bounded=False,
            screen=_may_be_birth,
        ),
        Pattern(
            "letter",
            "[明大昭平令MTSHR][ .・]?[0-9]{1,2} ?[年./・-] ?[0-9]{1,2} ?[月./・-] ?[0-9]{1,2}",
            screen=_may_be_birth,
        ),
        Pattern(
            "kanji",
            "(明治?|大正?|昭和?|平成?|令和?)[元一二三四五六七八九十〇]{1,4}[年・.][一二三四五六七八九十]{1,3}[月・.][一二三四五六七八九十]{1,3}日?",
            bounded=False,
            screen=_may_be_birth,
        ),
        Pattern(
            "kanji_western",
            "(18|19|20)[0-9]{2}年[一二三四五六七八九十]{1,3}月[一二三四五六七八九十]{1,3}日",
            screen=_may_be_birth,
        ),
        # As OCR reads forms: blanks inside numbers, the month on the next line
        Pattern(
            "spaced",
            "(明治|大正|昭和|平成|令和)[ ・]{0,3}([0-9] ?[0-9]?|元) {0,3}年[ \n]{0,16}"
            "[0-9] ?[0-9]? {0,3}月[ \n]{0,16}[0-9] ?[0-9]? {0,3}日",
            bounded=False,
            announced=True,
        ),
        Pattern("short", "[0-9]{2}[./-][0-9]{1,2}[./-][0-9]{1,2}", announced=True),
        Pattern("roman", "[0-9]{1,4}[ ./-][IVX]{1,4}[ ./-][0-9]{1,4}", announced=True),
        Pattern("compact", "(18|19|20)[0-9]{6}", screen=_may_be_birth),
        Pattern("compact_era", "[1-5MTSHR][0-9]{6}", announced=True),
        Pattern("slashed", "[0-9]{1,2}[/.-][0-9]{1,2}[/.-](19|20)[0-9]{2}", screen=_may_be_birth),
        Pattern(
            "english",
            f"{_MONTH_WORD} [0-9]{{1,2}}(st|nd|rd|th)?,? (19|20)[0-9]{{2}}",
            bounded=False,
            screen=_may_be_birth,
        ),
        Pattern(
            "english_day",
            f"[0-9]{{1,2}}(st|nd|rd|th)?[ -](of )?{_MONTH_WORD},?[ -](19|20)[0-9]{{2}}",
            screen=_may_be_birth,
        ),
    )
    labels = _BIRTH

    def judge(self, hit: Hit, text: Text) -> Match | None:
        """Demand a day that exists and evidence of birth."""
        value = text.value
        if hit.pattern == "spaced" and not _ODD.search(value, hit.start, hit.end):
            return None  # another pattern's
        mark = _DAY.match(value, hit.end, hit.end + 2) if hit.pattern in _WITH_DAY else None
        end = mark.end() if mark else hit.end
        if not _separate(value, hit.start, end):
            return None
        evidence = self._evidence(hit, end, text)
        if not evidence:
            return None
        written = value[hit.start : end]
        day = parse(_BLANKS.sub("", written) if hit.pattern == "spaced" else written)
        if day is None or not 1868 <= day.year <= 2100 or day == date(1900, 1, 1):
            return None
        if hit.pattern in _BY_ERA:
            against = era_doubt(written, day)
            evidence = (*evidence, against) if against else evidence
        return number(f"dob.{hit.pattern}/1", Category.DOB, hit.start, end, PATTERN, *evidence)

    def _evidence(self, hit: Hit, end: int, text: Text) -> tuple[Evidence, ...]:
        start, value = hit.start, text.value
        label = text.label(start, end, _GOVERNING, 20) if hit.announced else None
        if label is not None and label.word in _BIRTH and not _is_second(label, start, value):
            return (label.evidence,)
        if _BORN.match(value, end, end + 8):
            return (Evidence(EvidenceKind.LABEL, "生"),)
        if _BIRTH_BEFORE.search(value[max(0, start - 16) : start]):
            return (Evidence(EvidenceKind.LABEL, "born"),)
        if hit.pattern in _BY_LABEL:
            return ()
        if hit.announced and label is None and _ASKED.search(value[max(0, start - 160) : start]):
            return (Evidence(EvidenceKind.CONTEXT, "asked"), Evidence(EvidenceKind.DICTIONARY, "asked"))
        if _AGED.match(value, end, end + 20):
            evidence = (Evidence(EvidenceKind.CONTEXT, "age"), Evidence(EvidenceKind.DICTIONARY, "age"))
        elif _SEX.match(value, end, end + 3):
            evidence = (Evidence(EvidenceKind.CONTEXT, "sex"), Evidence(EvidenceKind.DENSITY, "record"))
        elif text.column is None and self._is_record(start, end, text):
            evidence = (Evidence(EvidenceKind.CONTEXT, "record"), Evidence(EvidenceKind.DENSITY, "record"))
        else:
            return ()
        return evidence if text.label(start, end, _GOVERNING, 20) is None else ()

    def _is_record(self, start: int, end: int, text: Text) -> bool:
        low, high = text.line(start)
        before, after = text.value[max(low, start - 60) : start], text.value[end : min(high, end + 80)]
        if not _NAME_BEFORE.search(before) or _NOT_A_NAME.search(before) or _OTHER_LABEL.search(before):
            return False
        day = parse(text.value[start:end])
        if day is None or day.year > _YOUNGEST:
            return False  # among names and numbers stand days of meetings too
        if before.endswith("(") and after.startswith(")"):
            return True
        if _ITEM.search(before) is not None or _ITEM.search(after) is not None:
            return True
        return _OLDEST <= day.year <= _OLD and "(" not in before[-4:]


def _is_second(label: Label, start: int, value: str) -> bool:
    """Say whether another date stands between a label and this one, which is then another day."""
    between = value[start - label.distance : start]
    return not label.column and sum(map(str.isdigit, between)) >= 4


def _separate(value: str, start: int, end: int) -> bool:
    """Say whether the date is no part of a longer number or word."""
    before = value[start - 1] if start else " "
    after = value[end] if end < len(value) else " "
    if before.isascii() and (before.isalnum() or before in "-/."):
        return False
    if after in "-/" and end + 1 < len(value) and value[end + 1].isdigit():
        return False
    return not (after.isascii() and after.isalnum() and after != "T")
