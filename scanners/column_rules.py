"""What the header and the values of a column say about its category: one rule per category.

A check judges one normalised value; a shape is the cheap test that counts the rows of a typed column.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import yaml

from data import read_text
from scanners.check_digits import luhn, my_number
from scanners.column_names import is_person
from scanners.detectors.address import is_address
from scanners.detectors.dates import era_doubt, parse
from scanners.diseases import is_disease
from scanners.fingerprint import canonical
from scanners.model import Category, Evidence
from scanners.normalise import normalise
from scanners.special_care import NOTHING, is_answer, vocabularies


@dataclass(frozen=True, slots=True)
class ColumnRule:
    """How one category is recognised in a column.

    `words` stand in the header, `exact` are the whole header. With such a header `headed` is the share
    of sampled values that must pass `check`; without, `bare` (None: only a header can tell).
    """

    category: Category
    words: tuple[str, ...]
    exact: frozenset[str]
    check: Callable[[str], bool]
    shape: re.Pattern[str]
    headed: float
    bare: float | None


_WORDS: Final[dict[str, Any]] = yaml.safe_load(read_text("lexicon_columns.yaml"))
_SEPARATORS: Final = r"\s\-‐‑–—―−ー－・."


def _digits(value: str) -> str:
    return re.sub(rf"[{_SEPARATORS}()〒/]", "", value)


def _is_phone(value: str) -> bool:
    digits = canonical(Category.PHONE, value)
    if not re.fullmatch(r"[+0-9()\-. ]{9,20}", value):
        return False
    if digits.startswith("+"):
        return 8 <= len(digits) <= 16
    mobile = re.fullmatch(r"0(?:[5-9]0)[0-9]{8}", digits)
    return bool(mobile or re.fullmatch(r"0[1-9][0-9]{8}", digits))


def _is_my_number(value: str) -> bool:
    return my_number(_digits(value))


def _is_card_number(value: str) -> bool:
    digits = _digits(value)
    scheme = re.fullmatch(r"(?:4|5[1-5]|2[2-7]|3[4-8]|6)[0-9]{13,15}", digits)
    return scheme is not None and luhn(digits)


def birth_date(value: str) -> dt.date | None:
    """Return the date a cell holds when it could be a birth date of somebody alive, or None."""
    text = re.sub(r"[T ][0-9]{1,2}:[0-9]{2}.*\Z", "", value)
    if len(text) > 24 or not re.match(r"[0-9明大昭平令MTSHRmtshrA-Z]", text):
        return None
    try:
        date = dt.date.fromisoformat(canonical(Category.DOB, text))
    except ValueError:
        return None
    return date if 1900 <= date.year <= 2035 else None


# Dates in the first year of an era or from its last year on, in raw cells: \d is full-width too.
_EDGE: Final = re.compile(
    r"(?:(?:明治|[MmＭ])[ .・]?(?:[4４][5-9５-９]|[5-9５-９]\d|\d{3}\D)|"
    r"(?:大正|[TtＴ])[ .・]?(?:[1１][5-9５-９]|[2-9２-９]\d|\d{3}\D)|"
    r"(?:昭和|[SsＳ])[ .・]?(?:[6６][4-9４-９]|[7-9７-９]\d|\d{3}\D)|"
    r"(?:平成|[HhＨ])[ .・]?(?:[3３][1-9１-９]|[4-9４-９]\d|\d{3}\D)|"
    r"(?:明治|大正|昭和|平成|令和|[MTSHRmtshrＭＴＳＨＲ])[ .・]?[元1１]\D)"
)


def date_doubt(value: str) -> Evidence | None:
    """Return what speaks against a cell's birth date: a day that its era does not have."""
    if value[0].isdigit() or not _EDGE.match(value):
        return None  # nearly every cell: only those at the edge of an era are read
    written = normalise(value).value
    return era_doubt(written, parse(written))


def _is_date(value: str) -> bool:
    return birth_date(value) is not None


def _full(expression: str) -> Callable[[str], bool]:
    pattern = re.compile(expression)
    return lambda value: pattern.fullmatch(value) is not None


def _shape(expression: str) -> re.Pattern[str]:
    return re.compile(expression)


_NUMBER: Final = r"[A-Za-zＡ-Ｚ]{0,4}[\s\-‐−ー－]?\d[\d\s\-‐‑–—―−ー－]{0,24}"
_STAFF_NUMBER: Final = rf"(?:[A-Za-zＡ-Ｚ]{{1,4}}[\-‐−－])?{_NUMBER}"
_DATE: Final = _shape(
    r"(?:明治|大正|昭和|平成|令和|[MTSHRmtshrＭＴＳＨＲ])?[\d元][\d\s年月日/.\-‐−ー－／．]{3,20}"
    r"(?:[T ][\d:.]{4,12})?|[A-Za-z0-9 ,.\-]{8,20}"
)


def _rule(
    category: Category,
    check: Callable[[str], bool],
    shape: str | re.Pattern[str],
    shares: tuple[float, float | None],
) -> ColumnRule:
    pattern = shape if isinstance(shape, re.Pattern) else _shape(shape)
    return ColumnRule(
        category,
        tuple(_WORDS[category]["words"]),
        frozenset(_WORDS[category]["exact"]),
        check,
        pattern,
        *shares,
    )


_RESTS: Final = (
    "",
    "有無",
    "の有無",
    "等級",
    "の等級",
    "種別",
    "の種別",
    "区分",
    "内容",
    "の内容",
    "status",
    "type",
)


def _special_care() -> Iterator[ColumnRule]:
    """Yield two rules a category: a header that means nothing else, and one that needs known answers."""
    shape = _shape(rf"(?!{NOTHING.pattern})(?=.*[^\d\s\-])[^@\n]{{1,60}}")
    for category, words in vocabularies().items():
        for fields, clear in ((words.labels, True), (words.doubtful, False)):
            titles = (header_words(field + rest) for field in fields for rest in (_RESTS if clear else ("",)))
            yield ColumnRule(
                category,
                (),  # 「身体障害者手帳2級」 holds such a word and is a value
                frozenset(titles),
                partial(is_answer, category, "", record=clear),
                shape,
                0.5,
                None,
            )


def header_words(header: str) -> str:
    """Return the header as rules compare it: lower case, without blanks, brackets and joining marks."""
    return re.sub(r"[\s_\-()（）\[\]【】「」*※:：・．.]", "", canonical(Category.EMAIL, header))


RULES: Final = (
    _rule(
        Category.EMAIL,
        _full(r"[A-Za-z0-9._%+'-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+"),
        r"[^\s@]+[@＠][^\s@]+",
        (0.5, 0.7),
    ),
    _rule(
        Category.PHONE,
        _is_phone,
        r"[+＋(（]?[\d][\d\s()（）\-‐‑–—―−ー－.]{7,19}",
        (0.5, 0.9),
    ),
    _rule(
        Category.MY_NUMBER,
        _is_my_number,
        r"\d{4}[\s\-‐−ー－]?\d{4}[\s\-‐−ー－]?\d{4}",
        (0.5, 0.8),
    ),
    _rule(
        Category.CREDIT_CARD,
        _is_card_number,
        r"\d[\d\s\-‐−ー－]{12,22}",
        (0.5, 0.8),
    ),
    _rule(
        Category.RESIDENCE_CARD,
        _full(r"[A-Za-z]{2}[0-9]{8}[A-Za-z]{2}"),
        r"[A-Za-zＡ-Ｚ]{2}\d{8}[A-Za-zＡ-Ｚ]{2}",
        (0.5, 0.95),
    ),
    _rule(
        Category.PASSPORT,
        _full(r"[A-Za-z]{1,2}[0-9]{6,8}"),
        r"[A-Za-zＡ-Ｚ]{1,2}\d{6,8}",
        (0.5, None),
    ),
    _rule(
        Category.DRIVER_LICENSE,
        lambda value: re.fullmatch("[0-9]{12}", _digits(value)) is not None,
        r"第?\d[\d\s\-‐−ー－]{10,16}号?",
        (0.5, None),
    ),
    _rule(
        Category.PENSION_NUMBER,
        lambda value: re.fullmatch("[0-9]{10}", _digits(value)) is not None,
        r"\d{4}[\s\-‐−ー－]?\d{6}",
        (0.5, None),
    ),
    _rule(
        Category.EMPLOYMENT_INSURANCE,
        lambda value: re.fullmatch("[0-9]{10,11}", _digits(value)) is not None,
        r"\d{4}[\s\-‐−ー－]?\d{6}(?:[\s\-‐−ー－]?\d)?",
        (0.5, None),
    ),
    _rule(
        Category.RESIDENT_CODE,
        lambda value: re.fullmatch("[0-9]{11}", _digits(value)) is not None,
        r"\d{4}[\s\-‐−ー－]?\d{4}[\s\-‐−ー－]?\d{3}",
        (0.5, None),
    ),
    _rule(
        Category.HEALTH_INSURANCE,
        _full(r"(?=.*[0-9])(?![0-9]{4}-[0-9]{6}-[0-9]$)[0-9一-龥ぁ-んァ-ヶA-Za-z\-・ ./]{2,20}"),
        r"(?=.*\d)[\w\-‐−ー－・\s./／]{2,20}",
        (0.7, None),
    ),
    _rule(
        Category.BANK_ACCOUNT,
        lambda value: re.fullmatch("[0-9]{5,8}|[0-9]{13}", _digits(value)) is not None,
        r"\d[\d\s\-‐−ー－]{3,14}|.{0,30}\d{6,8}",
        (0.5, None),
    ),
    _rule(
        Category.PATIENT_ID,
        _full(r"(?=.*[0-9])[A-Za-z0-9\- ]{3,16}"),
        _NUMBER,
        (0.7, None),
    ),
    *(
        _rule(category, _full(r"(?=.*[0-9])[A-Za-z0-9\- ]{3,24}"), _STAFF_NUMBER, (0.7, None))
        for category in (Category.STAFF_ID, Category.CUSTOMER_ID)
    ),
    _rule(
        Category.FOREIGN_ID,
        _full(r"(?=(?:.*[0-9]){4})[A-Za-z0-9\- ./]{6,20}"),
        r"(?=(?:.*\d){4})[\w\-‐−ー－\s./]{6,20}",
        (0.7, None),
    ),
    _rule(
        Category.POSTAL_CODE,
        _full(r"〒?[ ]?[0-9]{3}[- ]?[0-9]{4}|[0-9]{5}(?:-[0-9]{4})?"),
        r"〒?\s?\d{3}[\s\-‐−ー－]?\d{4}|\d{5}(?:-\d{4})?",
        (0.5, None),
    ),
    _rule(
        Category.DOB,
        _is_date,
        _DATE,
        (0.5, None),
    ),
    _rule(
        Category.ADDRESS,
        is_address,
        r"(?=.*[^\d\s\-])[^@]{3,120}",
        (0.3, 0.6),
    ),
    _rule(
        Category.MEDICAL,
        is_disease,
        r"(?!特に|特記|異常|該当|良好|健康|無し|なし|(?i:none|nil|unknown|healthy))(?=.*[^\d\s\-])[^@]{2,120}",
        (0.3, 0.7),
    ),
    _rule(
        Category.PERSON,
        is_person,
        r"[^\d@]{1,40}",
        (0.4, 0.6),
    ),
    *_special_care(),
)

# A column of ids, amounts or other dates: its digits prove nothing, whatever they look like.
NEUTRAL: Final[tuple[str, ...]] = tuple(_WORDS["neutral"])

_THINGS: Final[tuple[str, ...]] = tuple(_WORDS["things"])


_RECORD: Final[tuple[str, ...]] = tuple(_WORDS["record"])
_AGGREGATE: Final[tuple[str, ...]] = tuple(_WORDS["aggregate"])


def counts_cases(headers: Sequence[str]) -> bool:
    """Say whether a table counts or lists diseases or the like of nobody: 疾患名, 患者数, 構成比."""
    words = [header_words(header) for header in headers]
    aggregate = [any(word in header for word in _AGGREGATE) for header in words]
    record = [any(word in header for word in _RECORD) for header in words]
    return any(aggregate) and not any(
        told and not counted for told, counted in zip(record, aggregate, strict=True)
    )


def names_thing(header: str) -> bool:
    """Say whether a header is that of things (設備名, article), below which no person is looked for."""
    text = header_words(header).removesuffix("名").removesuffix("name")
    return text.endswith(_THINGS) or (text + "名").endswith(_THINGS)


def rule_of(header: str) -> tuple[ColumnRule | None, str, bool]:
    """Return the rule that a header names, its word, and whether the header names something neutral.

    The longest word wins: 「担当者電話番号」 is a telephone number although 「担当者」 is a person.
    """
    text = header_words(header)
    if not text:
        return None, "", False
    best: tuple[int, int, ColumnRule | None, str] = (0, 0, None, "")
    for rule in RULES:
        if text in rule.exact:
            return rule, text, False
        for word in rule.words:
            at = text.rfind(word)
            # Japanese heads stand last, so at equal length the later word decides.
            if at >= 0 and (at + len(word), len(word)) > best[:2]:
                best = (at + len(word), len(word), rule, word)
    for word in NEUTRAL:
        at = text.rfind(word)
        if at >= 0 and (at + len(word), len(word)) > best[:2]:
            best = (at + len(word), len(word), None, word)
    return best[2], best[3], best[1] > 0 and best[2] is None
