"""Rows of a table of people 利用者の表: what a row says, what it does, and what became of it."""

from __future__ import annotations

import enum
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TypeVar

from registry.accounts import plain_login
from registry.affiliations import AffiliationKind
from registry.duties import Period
from registry.errors import InvalidValue, NotReady
from registry.model import Role, UserId
from registry.roles import ROLE_NAMES, Named

COLUMNS = (
    "login",
    "name",
    "language",
    "unit",
    "kind",
    "from",
    "until",
    "role",
    "role_unit",
    "role_from",
    "role_until",
)
_KINDS = {
    "主務": AffiliationKind.PRIMARY,
    "兼務": AffiliationKind.CONCURRENT,
    "出向": AffiliationKind.SECONDMENT,
    "派遣": AffiliationKind.DISPATCHED,
    **{str(kind): kind for kind in AffiliationKind},
}
_LANGUAGES = {"日本語": "ja", "japanese": "ja", "英語": "en", "english": "en", "ja": "ja", "en": "en"}
_ROLES = {
    word.casefold(): role for role in Role for word in (str(role), ROLE_NAMES[role].ja, ROLE_NAMES[role].en)
}
_DAY = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?")
_SEPARATOR = re.compile(r"[;、\n]")  # after NFKC, which makes one semicolon of both


class Step(enum.StrEnum):
    """What one row does; the ids are public API."""

    CREATED = "created"
    AFFILIATED = "affiliated"
    AFFILIATION_ENDED = "affiliation_ended"
    ROLE_GRANTED = "role_granted"
    ROLE_ENDED = "role_ended"
    UNCHANGED = "unchanged"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class PersonLine:
    """One row of the table; `number` counts from 1 as the reader of the file does."""

    number: int
    login: str
    name: str = ""
    language: str = "ja"
    unit: str = ""  # the code of the unit in which the person belongs
    kind: AffiliationKind = AffiliationKind.PRIMARY
    period: Period = field(default=Period(None, None))
    roles: tuple[Role, ...] = ()
    role_unit: str = ""  # empty: the unit in which the person belongs
    role_period: Period = field(default=Period(None, None))


@dataclass(frozen=True, slots=True)
class Change:
    """One difference between the registry and a row: `what` is an affiliation's kind or a role."""

    step: Step
    what: AffiliationKind | Role | None = None
    unit: str = ""
    period: Period = field(default=Period(None, None))


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one row: its changes, or the column and the rule that refused it."""

    number: int
    login: str
    changes: tuple[Change, ...]
    column: str = ""
    rule: str = ""
    created: UserId | None = None
    before: tuple[Named, ...] = ()  # what comes before a role of this row, whether it refuses it or not

    @property
    def refused(self) -> bool:
        """True when the row was not taken."""
        return any(change.step is Step.REFUSED for change in self.changes)


@dataclass(frozen=True, slots=True)
class Unnamed:
    """What is in force and the table does not name: a whole account (`what` None), or one thing it holds."""

    login: str
    what: AffiliationKind | Role | None = None
    unit: str = ""
    period: Period = field(default=Period(None, None))


def line(number: int, row: Mapping[str, str]) -> PersonLine:
    """Return a row of a table by its column names; absent and empty cells keep the default.

    Raises InvalidValue for a row without login, and for a cell that is no kind, role, language or day.
    """
    cells = {column: unicodedata.normalize("NFKC", row.get(column, "")).strip() for column in COLUMNS}
    if not cells["login"]:
        raise InvalidValue("login", "required")
    roles = [each.strip() for each in _SEPARATOR.split(cells["role"]) if each.strip()]
    return PersonLine(
        number,
        login=plain_login(cells["login"]),
        name=row.get("name", "").strip(),
        language=_known(_LANGUAGES, cells["language"] or "ja", "language"),
        unit=cells["unit"],
        kind=_known(_KINDS, cells["kind"] or "primary", "kind"),
        period=_period(cells, "from", "until"),
        roles=tuple(dict.fromkeys(_known(_ROLES, each, "role") for each in roles)),
        role_unit=cells["role_unit"],
        role_period=_period(cells, "role_from", "role_until"),
    )


NOT_READY = "not_ready"
"""The rule that refuses a role before what `Outcome.before` names is done."""


def refusal(number: int, login: str, error: InvalidValue | NotReady) -> Outcome:
    """Return the outcome of a row that is refused for this reason."""
    refused = (Change(Step.REFUSED),)
    if isinstance(error, NotReady):
        return Outcome(number, login, refused, "role", NOT_READY, before=error.names)
    return Outcome(number, login, refused, error.column, error.rule)


_Word = TypeVar("_Word")


def _known(words: Mapping[str, _Word], word: str, column: str) -> _Word:
    if word.casefold() not in words:
        raise InvalidValue(column, "unknown")
    return words[word.casefold()]


def _period(cells: Mapping[str, str], first: str, last: str) -> Period:
    period = Period(_day(cells[first], first), _day(cells[last], last))
    if period.is_empty:
        raise InvalidValue(last, "before_valid_from")
    return period


def _day(cell: str, column: str) -> date | None:
    if not cell:
        return None
    found = _DAY.fullmatch(cell)
    try:
        if found is not None:
            year, month, day = map(int, found.groups())
            return date(year, month, day)
    except ValueError:
        pass
    raise InvalidValue(column, "no_day")
