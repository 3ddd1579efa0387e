"""What stands in the cells of files of workers and completions; InvalidValue names column and rule."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from datetime import date
from functools import lru_cache

from privacy_mark.training.model import Employment
from registry.errors import InvalidValue

_DAY = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?:[ T]\d{1,2}:\d{2}.*)?")
_SHORT_DAY = re.compile(r"(\d{4})(\d{2})(\d{2})")
_PERCENT = re.compile(r"(\d{1,3})(?:\.\d+)?\s*(?:%|点)?")
_YES = frozenset(
    {"はい", "有", "○", "〇", "◯", "1", "yes", "y", "true", "該当", "管理職", "課長", "部長", "次長"}
)
_NO = frozenset({"", "いいえ", "無", "×", "0", "no", "n", "false", "-", "―", "非該当", "一般"})
_EMPLOYMENT: Mapping[str, Employment] = {
    **{str(each): each for each in Employment},
    "正社員": Employment.REGULAR,
    "正職員": Employment.REGULAR,
    "常勤": Employment.REGULAR,
    "契約社員": Employment.CONTRACT,
    "嘱託": Employment.CONTRACT,
    "パート": Employment.PART_TIME,
    "アルバイト": Employment.PART_TIME,
    "パートタイム": Employment.PART_TIME,
    "パート・アルバイト": Employment.PART_TIME,
    "非常勤": Employment.PART_TIME,
    "派遣": Employment.DISPATCHED,
    "派遣社員": Employment.DISPATCHED,
    "出向": Employment.SECONDED,
    "出向者": Employment.SECONDED,
    "役員": Employment.OFFICER,
    "取締役": Employment.OFFICER,
    "監査役": Employment.OFFICER,
    "委託先": Employment.SUPPLIER,
    "業務委託": Employment.SUPPLIER,
}
_PASSED = frozenset(
    (
        "合格",
        "修了",
        "完了",
        "受講済",
        "passed",
        "pass",
        "complete",
        "completed",
        "はい",
        "○",
        "〇",
        "1",
        "yes",
    )
)
_FAILED = frozenset(("不合格", "未修了", "失格", "failed", "fail", "incomplete", "いいえ", "×", "0", "no"))


@lru_cache(maxsize=8192)  # the same words and days stand in thousands of rows
def text(cell: str) -> str:
    """Return a cell without width and blanks around it."""
    return unicodedata.normalize("NFKC", cell).strip()


@lru_cache(maxsize=8192)
def day(cell: str, column: str) -> date | None:
    """Return a day; None for an empty cell."""
    written = text(cell)
    if not written:
        return None
    found = _DAY.fullmatch(written) or _SHORT_DAY.fullmatch(written)
    try:
        return date(*map(int, found.groups())) if found else _refuse(column)
    except ValueError:
        raise InvalidValue(column, "no_day") from None


def flag(cell: str, column: str) -> bool:
    """Return a yes or no."""
    written = text(cell).casefold()
    if written in _YES:
        return True
    if written in _NO:
        return False
    raise InvalidValue(column, "no_yes_or_no")


def employment(cell: str) -> Employment:
    """Return how somebody is employed; regular where nothing is said."""
    written = text(cell).casefold()
    if not written:
        return Employment.REGULAR
    if written not in _EMPLOYMENT:
        raise InvalidValue("employment", "unknown")
    return _EMPLOYMENT[written]


def percent(cell: str) -> int | None:
    """Return a score from 0 to 100; None for an empty cell."""
    written = text(cell)
    if not written:
        return None
    found = _PERCENT.fullmatch(written)
    if found is None or int(found[1]) > 100:
        raise InvalidValue("score", "no_percent")
    return int(found[1])


def passed(cell: str) -> bool | None:
    """Return whether it says passed or failed; None for an empty cell."""
    written = text(cell).casefold()
    if not written:
        return None
    if written not in _PASSED | _FAILED:
        raise InvalidValue("passed", "unknown")
    return written in _PASSED


def _refuse(column: str) -> date:
    raise InvalidValue(column, "no_day")
