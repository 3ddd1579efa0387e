"""Rows of a roster from HR as values: what a cell says, and which rows are refused as they stand."""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from privacy_mark.training import cells
from privacy_mark.training.headings import COLUMNS, Kind
from privacy_mark.training.model import Employment
from registry.accounts import is_login, plain_login
from registry.errors import InvalidValue, RegistryError

_NUMBER = 64
_NAME = 200


class Step(enum.StrEnum):
    """What one row does to the roster; the ids are public API."""

    JOINED = "joined"
    CHANGED = "changed"
    MOVED = "moved"
    LEFT = "left"
    ON_LEAVE = "on_leave"
    BACK = "back"
    UNCHANGED = "unchanged"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class WorkerLine:
    """One row of the file; what is None is not told by it."""

    row: int  # of the file, from 1
    number: str = field(repr=False)
    name: str = field(repr=False)
    unit: str
    joined_on: date
    employment: Employment = Employment.REGULAR
    is_manager: bool | None = None
    is_system_administrator: bool | None = None
    left_on: date | None = None
    login: str | None = field(default=None, repr=False)
    moved_on: date | None = None
    leave: str = field(default="", repr=False)
    leave_from: date | None = None
    leave_until: date | None = None
    tells_leave: bool = False  # the file has columns of leave: an empty one ends it


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one row: its steps, or the column and the rule that refused it."""

    row: int
    steps: tuple[Step, ...]
    column: str = ""
    rule: str = ""


class ImportRefusedError(RegistryError):
    """Rows were refused, and with them the whole file; `outcomes` holds the refused ones."""

    def __init__(self, outcomes: Sequence[Outcome], rows: int) -> None:
        super().__init__(f"{len(outcomes)} of {rows} rows are refused; nothing was changed")
        self.outcomes = tuple(outcomes)


@dataclass(frozen=True, slots=True)
class FileSeen:
    """The file that an import comes from: its digest, and which heading was which column."""

    digest: str
    headings_digest: str
    mapping: Mapping[str, str]


NO_FILE = FileSeen("", "", {})


def lines(rows: Iterable[tuple[int, Mapping[str, str]]]) -> tuple[list[WorkerLine], list[Outcome]]:
    """Return the rows of a table by column name as values, and those that are refused as they stand."""
    found, refused = [], []
    for number, row in rows:
        try:
            found.append(_line(number, row))
        except InvalidValue as error:
            refused.append(Outcome(number, (Step.REFUSED,), error.column, error.rule))
    return found, refused


def _line(row: int, given: Mapping[str, str]) -> WorkerLine:
    found = {column: given.get(column, "") for column in COLUMNS[Kind.WORKERS]}
    number, name, unit = (cells.text(found[column]) for column in ("number", "name", "unit"))
    for column, written, most in (
        ("number", number, _NUMBER),
        ("name", name, _NAME),
        ("unit", unit, _NUMBER),
    ):
        if not written:
            raise InvalidValue(column, "required")
        if len(written) > most:
            raise InvalidValue(column, "too_long")
    joined = cells.day(found["joined"], "joined")
    if joined is None:
        raise InvalidValue("joined", "required")
    login = plain_login(cells.text(found["mail"])) if "mail" in given else None
    if login and not is_login(login):
        raise InvalidValue("mail", "no_address")
    return WorkerLine(
        row,
        number=number,
        name=name,
        unit=unit,
        joined_on=joined,
        employment=cells.employment(found["employment"]),
        is_manager=cells.flag(found["manager"], "manager") if "manager" in given else None,
        is_system_administrator=cells.flag(found["system_administrator"], "system_administrator")
        if "system_administrator" in given
        else None,
        left_on=cells.day(found["left"], "left"),
        login=login,
        moved_on=cells.day(found["moved"], "moved"),
        leave=cells.text(found["leave"]),
        leave_from=cells.day(found["leave_from"], "leave_from"),
        leave_until=cells.day(found["leave_until"], "leave_until"),
        tells_leave="leave_from" in given,
    )
