"""People 利用者 from a table: accounts, where they belong and what they may do; all of it or nothing.

A row names a person, one affiliation and the roles under it; who has several has several rows. Accounts
that are there get what is new and lose nothing: what the table no longer names is told, not taken away.
"""

from __future__ import annotations

import enum
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TypeVar

from sqlalchemy import select

from registry import accounts, affiliations, organisation
from registry.access import scope, today_in_japan
from registry.account_names import login_digest, login_of
from registry.accounts import RoleHeld, plain_login
from registry.affiliations import Affiliation, AffiliationKind
from registry.duties import Period
from registry.errors import AccessDenied, InvalidValue, NotFound, RegistryError
from registry.model import AffiliationId, Permission, Role, Unit, UnitId, UserId
from registry.roles import ROLE_NAMES
from registry.store import Tx
from registry.store.account_tables import UserAccount

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


class ImportRefusedError(RegistryError):
    """Rows were refused, and with them the whole table; `outcomes` holds every row."""

    def __init__(self, outcomes: Sequence[Outcome]) -> None:
        refused = [outcome for outcome in outcomes if outcome.refused]
        super().__init__(f"{len(refused)} of {len(outcomes)} rows are refused; nothing was changed")
        self.outcomes = tuple(outcomes)


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


def refusal(number: int, login: str, error: InvalidValue) -> Outcome:
    """Return the outcome of a row that is refused for this reason."""
    return Outcome(number, login, (Change(Step.REFUSED),), error.column, error.rule)


def take(tx: Tx, lines: Iterable[PersonLine]) -> list[Outcome]:
    """Make accounts, affiliations and grants until there is what the rows say; they may stand in any order.

    Accounts are made without a password, at home in the unit in which the person primarily belongs. Raises
    ImportRefusedError when a row is refused: the caller's transaction then leaves nothing. For a trial run
    the caller rolls back.
    """
    known = _Known.of(tx)
    first: dict[str, int] = {}
    waiting = list(lines)
    for each in waiting:
        first.setdefault(each.login, len(first))
    # A person's primary affiliation first: it is where the account is managed.
    waiting.sort(key=lambda each: (first[each.login], each.kind is not AffiliationKind.PRIMARY, each.number))
    outcomes = [_taken(tx, each, known) for each in waiting]
    outcomes.sort(key=lambda outcome: outcome.number)
    if any(outcome.refused for outcome in outcomes):
        raise ImportRefusedError(outcomes)
    return outcomes


def unnamed(tx: Tx, lines: Iterable[PersonLine]) -> list[Unnamed]:
    """Return accounts, affiliations and grants, in force or to come, that no row names, by login.

    Only what the person asking manages; grants that follow from an issuer's groups are its own business.
    """
    known, today = _Known.of(tx), today_in_japan(tx.now)
    named: dict[str, set[tuple[object, str]]] = {}
    for each in lines:
        things = named.setdefault(login_digest(tx.vault, each.login), set())
        things.add((each.kind, each.unit))
        things |= {(role, each.role_unit or each.unit) for role in each.roles}
    found = []
    rows = tx.session.scalars(
        select(UserAccount).where(UserAccount.unit_id.in_(scope(tx, Permission.MANAGE_USERS)))
    )
    for row in rows:
        user_id = UserId(row.id)
        if row.login_digest not in named:
            found.append(Unnamed(login_of(tx.vault, row)))
            continue
        held: list[tuple[AffiliationKind | Role, UnitId, Period]] = [
            (each.kind, each.unit_id, _period_of(each)) for each in known.affiliations.get(user_id, ())
        ]
        held += [
            (each.role, each.unit_id, _period_of(each))
            for each in known.roles.get(user_id, ())
            if not each.from_groups
        ]
        for what, unit_id, period in held:
            code = known.codes.get(unit_id, "")
            over = period.last is not None and period.last < today
            if not over and (what, code) not in named[row.login_digest]:
                found.append(Unnamed(login_of(tx.vault, row), what, code, period))
    return sorted(found, key=lambda each: (each.login, each.unit, str(each.what or "")))


@dataclass(frozen=True, slots=True)
class _Known:
    """What the registry held when the import began, and what it has made since."""

    units: dict[str, Unit]
    codes: dict[UnitId, str]
    users: dict[str, UserId]  # by the digest of the login
    affiliations: dict[UserId, list[Affiliation]]
    roles: dict[UserId, list[RoleHeld]]

    @classmethod
    def of(cls, tx: Tx) -> _Known:
        found = organisation.units(tx)
        accounts_seen = select(UserAccount.login_digest, UserAccount.id).where(
            UserAccount.unit_id.in_(scope(tx, Permission.MANAGE_USERS))
        )
        belong: dict[UserId, list[Affiliation]] = {}
        for each in affiliations.affiliations(tx):
            belong.setdefault(each.user_id, []).append(each)
        roles: dict[UserId, list[RoleHeld]] = {}
        for held in accounts.roles_held(tx):
            roles.setdefault(held.user_id, []).append(held)
        return cls(
            {unit.code: unit for unit in found},
            {unit.id: unit.code for unit in found},
            {digest: UserId(number) for digest, number in tx.session.execute(accounts_seen)},
            belong,
            roles,
        )

    def unit(self, code: str, column: str) -> Unit:
        if code not in self.units:
            raise InvalidValue(column, "unknown")
        if self.units[code].closed_at is not None:
            raise InvalidValue(column, "closed")
        return self.units[code]


@dataclass(slots=True)
class _Made:
    """What one row made, to be remembered when the row is taken."""

    user_id: UserId | None = None
    affiliation: Affiliation | None = None
    roles: list[RoleHeld] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)


def _taken(tx: Tx, each: PersonLine, known: _Known) -> Outcome:
    digest = login_digest(tx.vault, each.login)
    try:
        with tx.session.begin_nested():
            made = _apply(tx, each, known, known.users.get(digest))
    except InvalidValue as error:
        return refusal(each.number, each.login, error)
    except AccessDenied as error:
        return refusal(each.number, each.login, InvalidValue("unit", error.permission))
    except NotFound:
        return refusal(each.number, each.login, InvalidValue("login", "out_of_reach"))
    if made.user_id is not None:
        known.users[digest] = made.user_id
    user_id = known.users[digest]
    if made.affiliation is not None:
        rest = [a for a in known.affiliations.get(user_id, []) if a.id != made.affiliation.id]
        known.affiliations[user_id] = [*rest, made.affiliation]
    for role in made.roles:
        others = [held for held in known.roles.get(user_id, []) if held.id != role.id]
        known.roles[user_id] = [*others, role]
    changes = tuple(made.changes) or (Change(Step.UNCHANGED),)
    return Outcome(each.number, each.login, changes, created=made.user_id)


def _apply(tx: Tx, each: PersonLine, known: _Known, user_id: UserId | None) -> _Made:
    made = _Made()
    unit = known.unit(each.unit, "unit") if each.unit else None
    if user_id is None:
        if unit is None:
            raise InvalidValue("unit", "required")
        user_id = made.user_id = accounts.create_account(
            tx, each.login, each.name, None, each.language, unit_id=unit.id
        )
        made.changes.append(Change(Step.CREATED))
    belongs_to = None
    if unit is not None:
        belongs_to = _affiliated(tx, user_id, unit, each, known.affiliations.get(user_id, []), made)
    for role in each.roles:
        if unit is None and not each.role_unit:
            raise InvalidValue("role_unit", "required")
        at = known.unit(each.role_unit, "role_unit") if each.role_unit else unit
        assert at is not None
        held = [one for one in known.roles.get(user_id, []) if one.role is role and one.unit_id == at.id]
        _granted(tx, user_id, role, at, each.role_period, held, belongs_to, made)
    return made


def _affiliated(
    tx: Tx, user_id: UserId, unit: Unit, each: PersonLine, all_of_them: Sequence[Affiliation], made: _Made
) -> AffiliationId:
    mine = [one for one in all_of_them if one.unit_id == unit.id and one.kind is each.kind]
    there = _there(mine, each.period, "until")
    if there is None:
        made.affiliation = affiliations.affiliate(
            tx, user_id, unit.id, each.kind, each.period.first, each.period.last
        )
        made.changes.append(Change(Step.AFFILIATED, each.kind, unit.code, each.period))
        return made.affiliation.id
    last = each.period.last
    if last is not None and last != there.valid_until:
        made.affiliation = affiliations.end_affiliation(tx, there.id, last)
        period = _period_of(made.affiliation)
        made.changes.append(Change(Step.AFFILIATION_ENDED, each.kind, unit.code, period))
    return there.id


def _granted(
    tx: Tx,
    user_id: UserId,
    role: Role,
    unit: Unit,
    period: Period,
    held: Sequence[RoleHeld],
    belongs_to: AffiliationId | None,
    made: _Made,
) -> None:
    there = _there(held, period, "role_until")
    if there is None:
        number = accounts.grant(
            tx, user_id, role, unit.id, period.first, period.last, affiliation_id=belongs_to
        )
        made.roles.append(
            RoleHeld(number, user_id, role, unit.id, period.first, period.last, belongs_to, from_groups=False)
        )
        made.changes.append(Change(Step.ROLE_GRANTED, role, unit.code, period))
    elif period.last is not None and period.last != there.valid_until:
        ended = accounts.end_grant(tx, there.id, period.last)
        made.roles.append(ended)
        made.changes.append(Change(Step.ROLE_ENDED, role, unit.code, _period_of(ended)))


_Held = TypeVar("_Held", Affiliation, RoleHeld)


def _there(held: Sequence[_Held], period: Period, column: str) -> _Held | None:
    """Return what is recorded already and holds at least as long as the row says; None when nothing is near.

    A row without a first day does not ask for one. Raises InvalidValue when something is recorded for only a
    part of the period: a person has to say which of both is right.
    """
    near = [each for each in held if _period_of(each).overlaps(period)]
    for each in near:
        begins = period.first is None or each.valid_from is None or each.valid_from <= period.first
        lasts = each.valid_until is None or (period.last is not None and period.last <= each.valid_until)
        if begins and lasts:
            return each
    if near:
        raise InvalidValue(column, "recorded_otherwise")
    return None


def _period_of(held: Affiliation | RoleHeld) -> Period:
    return Period(held.valid_from, held.valid_until)


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
