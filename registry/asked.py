"""What a person is looked for by 本人の検索, and how sure it is that a record is theirs.

A name alone may be a namesake's, a date of birth alone is everybody's who was born that day: what stands
together in one record tells. Values are known here as keyed fingerprints only.
"""

from __future__ import annotations

import dataclasses
import enum
import re
from collections.abc import Mapping
from dataclasses import dataclass

from scanners.model import Category

NEAR_ROWS = 30  # a form has name and date of birth in rows below each other
_ROW = re.compile(r"^(?:(?P<sheet>.*)!)?[A-Z]+(?P<cell>[0-9]+)$|^.*\[(?P<record>[0-9]+)\]$")


class AskedField(enum.StrEnum):
    """What kind of value was asked for."""

    NAME = "name"  # 氏名
    READING = "reading"  # フリガナ
    BIRTH_DATE = "birth_date"  # 生年月日
    PHONE = "phone"  # 電話番号
    EMAIL = "email"  # メールアドレス
    ADDRESS = "address"  # 住所
    IDENTIFIER = "identifier"  # 患者番号, 社員番号 …


@dataclass(frozen=True, slots=True)
class Asked:
    """One value in all its writings, as fingerprints only.

    A writing is a sequence of parts that stand in one record, such as surname and given name in two columns;
    each part is the set of its fingerprints under every version of the key.
    """

    field: AskedField
    category: Category
    writings: tuple[tuple[frozenset[bytes], ...], ...] = dataclasses.field(repr=False)

    @property
    def fingerprints(self) -> frozenset[bytes]:
        """Return every fingerprint of every part."""
        return frozenset().union(*(part for writing in self.writings for part in writing))


class Grade(enum.StrEnum):
    """How sure it is that an object tells of the person asked for, the surest first."""

    SURE = "sure"  # name and date of birth in one record, or a number that one person has
    LIKELY = "likely"  # name and another value together, or a mail address
    POSSIBLE = "possible"  # a name or telephone number alone


@dataclass(frozen=True, slots=True)
class Judged:
    """What an object holds whole, by record or page, and what that comes to."""

    grade: Grade
    lines: Mapping[str, frozenset[AskedField]]

    @property
    def fields(self) -> frozenset[AskedField]:
        """Return which of the values stand anywhere in the object."""
        return frozenset().union(*self.lines.values())

    @property
    def together(self) -> frozenset[AskedField]:
        """Return the most values that stand in one record or page."""
        return max(self.lines.values(), key=lambda fields: (len(fields), sorted(fields)))


_NAMES = frozenset({AskedField.NAME, AskedField.READING})
_CONTACTS = frozenset({AskedField.PHONE, AskedField.EMAIL, AskedField.ADDRESS})
_NOBODY = frozenset({AskedField.BIRTH_DATE, AskedField.ADDRESS})  # alone: a day, a house


def line_of(location: str) -> str:
    """Return the record that a place belongs to: "名簿!B10" and "名簿!A10" are one; a page is its own."""
    match = _ROW.match(location)
    if match is None:
        return location
    return f"{match['sheet'] or ''}#{match['cell'] or match['record']}"


def judge(lines: Mapping[str, frozenset[AskedField]], *, sure_number: bool) -> Judged | None:
    """Return how sure an object is the person's; None when nothing in it points at one person.

    `lines` has the whole values by record or page; `sure_number`: one of them is a number of one person.
    """
    fields = frozenset().union(*lines.values())
    if not fields - _NOBODY:
        return None
    in_rows = [held for line, held in lines.items() if "#" in line]
    if sure_number or any(_is_born(held) for held in in_rows):
        return Judged(Grade.SURE, lines)
    named_and_more = any(
        held & _NAMES and held & (_CONTACTS | {AskedField.BIRTH_DATE, AskedField.IDENTIFIER})
        for held in lines.values()
    )
    if named_and_more or AskedField.EMAIL in fields or _near(lines):
        return Judged(Grade.LIKELY, lines)
    return Judged(Grade.POSSIBLE, lines)


def _is_born(held: frozenset[AskedField]) -> bool:
    return bool(held & _NAMES) and AskedField.BIRTH_DATE in held


def _near(lines: Mapping[str, frozenset[AskedField]]) -> bool:
    """Tell whether a name and the date of birth stand in rows near each other, as in a form."""
    rows = [(line.rpartition("#"), held) for line, held in lines.items() if "#" in line]
    named = [(sheet, int(row)) for (sheet, _, row), held in rows if held & _NAMES]
    born = [(sheet, int(row)) for (sheet, _, row), held in rows if AskedField.BIRTH_DATE in held]
    return any(
        sheet == other and abs(row - birth) <= NEAR_ROWS for sheet, row in named for other, birth in born
    )
