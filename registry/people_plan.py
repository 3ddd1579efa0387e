"""What a table of people 利用者の表 comes to: decided for many rows with a few questions, changing nothing.

The rules are those of `registry.accounts` and `registry.affiliations`, which ask the database for one
person at a time; `tests/registry/test_people_import.py` holds both to the same rows and records.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import TypeVar

from sqlalchemy import select

from registry import duties, organisation
from registry.access import today_in_japan, units_allowed
from registry.account_names import login_digest
from registry.accounts import check_account
from registry.affiliations import AffiliationKind, check_period, home_of
from registry.duties import AUDITING, Belonging, Duty, Period, Place
from registry.errors import AccessDenied, Duplicate, InvalidValue, NotReady
from registry.model import Before, Permission, Role, Unit, UnitId, UserId
from registry.people_lines import Change, Outcome, PersonLine, Step, refusal
from registry.roles import Named
from registry.store import Tx
from registry.store.account_tables import Affiliation, RoleGrant, UserAccount

_ASKED = 500  # values in one question: databases limit them


@dataclass(frozen=True, slots=True)
class Account:
    """An account that is to be made, without password, at home in a unit."""

    key: int
    login: str = field(repr=False)
    digest: str = field(repr=False)
    name: str = field(repr=False)
    language: str
    unit_id: UnitId


@dataclass(frozen=True, slots=True)
class Belongs:
    """An affiliation, that is there or is to be made."""

    key: int
    person: int
    unit_id: UnitId
    kind: AffiliationKind
    period: Period


@dataclass(frozen=True, slots=True)
class Holds:
    """A role under an affiliation, that is there or is to be made."""

    key: int
    person: int
    unit_id: UnitId
    role: Role
    period: Period
    under: int  # key of the affiliation


Made = Account | Belongs | Holds


@dataclass(frozen=True, slots=True)
class Deed:
    """One thing to be made, or to end with the last day of `what` (then `before` is how it stands).

    Keys above zero are ids of the database; what is to be made has keys below zero until it is there.
    """

    what: Made
    before: Belongs | Holds | None = None


@dataclass(frozen=True, slots=True)
class Decided:
    """An outcome for each row, in their order, and what has to be done for it."""

    outcomes: tuple[Outcome, ...]
    deeds: tuple[Deed, ...]
    keys: Mapping[str, int]  # digest of a login -> the key of its account

    @property
    def is_refused(self) -> bool:
        """True when a row is refused: nothing may be done then."""
        return any(outcome.refused for outcome in self.outcomes)


def by_person(lines: Iterable[PersonLine]) -> list[PersonLine]:
    """Return the rows person by person; first the primary affiliation, where the account is managed."""
    waiting = list(lines)
    first: dict[str, int] = {}
    for each in waiting:
        first.setdefault(each.login, len(first))
    waiting.sort(key=lambda each: (first[each.login], each.kind is not AffiliationKind.PRIMARY, each.number))
    return waiting


def decide(tx: Tx, lines: Iterable[PersonLine]) -> Decided:
    """Return what the rows come to for the person asking; they may stand in any order."""
    waiting = by_person(lines)
    book = _Book.of(tx, waiting)
    outcomes = [book.take(each) for each in waiting]
    outcomes.sort(key=lambda outcome: outcome.number)
    keys = {digest: holder.key for digest, holder in book.holders.items()}
    return Decided(tuple(outcomes), tuple(book.deeds), keys)


@dataclass(frozen=True, slots=True)
class _Holder:
    """One person with everything that is recorded, wherever it is."""

    key: int
    home: UnitId
    belongs: tuple[Belongs, ...] = ()
    roles: tuple[Holds, ...] = ()
    appointed: tuple[Duty, ...] = ()


@dataclass(slots=True)
class _Row:
    """What one row does so far, to be kept when the whole row is taken."""

    holder: _Holder
    deeds: list[Deed] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    told: tuple[Named, ...] = ()


@dataclass(slots=True)
class _Book:
    """What the registry holds of the people of a table, and what the rows so far add to it."""

    tx: Tx
    units: Mapping[str, Unit]
    managed: frozenset[UnitId]
    holders: dict[str, _Holder]  # by the digest of the login
    today: date
    digests: Mapping[str, str]  # login -> digest
    before: Mapping[str, Mapping[tuple[Role, UnitId], Before]]  # of each role, by the digest of the login
    deeds: list[Deed] = field(default_factory=list)
    places: Mapping[UnitId, Place] | None = None
    made: int = 0

    @classmethod
    def of(cls, tx: Tx, lines: Sequence[PersonLine]) -> _Book:
        digests = {login: login_digest(tx.vault, login) for login in {each.login for each in lines}}
        units = {unit.code: unit for unit in organisation.units(tx)}
        given: dict[str, set[tuple[Role, UnitId]]] = {}
        for each in lines:
            if (at := units.get(each.role_unit or each.unit)) is not None:
                given.setdefault(digests[each.login], set()).update((role, at.id) for role in each.roles)
        return cls(
            tx,
            units,
            units_allowed(tx, Permission.MANAGE_USERS),
            _holders(tx, sorted(digests.values())),
            today_in_japan(tx.now),
            digests,
            tx.before({digest: roles for digest, roles in given.items() if roles}),
        )

    def take(self, each: PersonLine) -> Outcome:
        """Return what becomes of a row, and remember it unless it is refused."""
        digest = self.digests[each.login]
        try:
            row = self._apply(each, self.holders.get(digest))
        except (InvalidValue, NotReady) as error:
            return refusal(each.number, each.login, error)
        except AccessDenied as error:
            return refusal(each.number, each.login, InvalidValue("unit", error.permission))
        self.holders[digest] = row.holder
        self.deeds += row.deeds
        changes = tuple(row.changes) or (Change(Step.UNCHANGED),)
        return Outcome(each.number, each.login, changes, before=row.told)

    def _apply(self, each: PersonLine, holder: _Holder | None) -> _Row:
        unit = self._unit(each.unit, "unit") if each.unit else None
        if holder is None or holder.home not in self.managed:
            row = self._created(each, unit, taken=holder is not None)
        else:
            row = _Row(holder)
        under = None if unit is None else self._affiliated(row, unit, each)
        for role in each.roles:
            if unit is None and not each.role_unit:
                raise InvalidValue("role_unit", "required")
            at = self._unit(each.role_unit, "role_unit") if each.role_unit else unit
            assert at is not None
            self._granted(row, role, at, each, under)
        return row

    def _unit(self, code: str, column: str) -> Unit:
        if code not in self.units:
            raise InvalidValue(column, "unknown")
        if self.units[code].closed_at is not None:
            raise InvalidValue(column, "closed")
        return self.units[code]

    def _require(self, unit_id: UnitId) -> None:
        if unit_id not in self.managed:
            raise AccessDenied(Permission.MANAGE_USERS)

    def _key(self) -> int:
        self.made += 1
        return -self.made

    def _created(self, each: PersonLine, unit: Unit | None, *, taken: bool) -> _Row:
        if unit is None:
            raise InvalidValue("unit", "required")
        self._require(unit.id)
        check_account(each.login, each.name, each.language)
        if taken:
            raise Duplicate("login")
        key, digest = self._key(), self.digests[each.login]
        account = Account(key, each.login, digest, each.name.strip(), each.language, unit.id)
        return _Row(_Holder(key, unit.id), [Deed(account)], [Change(Step.CREATED)])

    def _affiliated(self, row: _Row, unit: Unit, each: PersonLine) -> int:
        mine = [
            one for one in self._seen(row.holder.belongs) if one.unit_id == unit.id and one.kind is each.kind
        ]
        there = _there(mine, each.period, "until")
        if there is None:
            return self._affiliate(row, unit, each.kind, each.period)
        if (last := each.period.last) is not None and last != there.period.last:
            check_period(there.period.first, last)
            ended = replace(there, period=Period(there.period.first, last))
            row.holder = replace(row.holder, belongs=_with(row.holder.belongs, ended))
            row.deeds.append(Deed(ended, there))
            row.changes.append(Change(Step.AFFILIATION_ENDED, each.kind, unit.code, ended.period))
        return there.key

    def _affiliate(self, row: _Row, unit: Unit, kind: AffiliationKind, period: Period) -> int:
        self._require(unit.id)
        check_period(period.first, period.last)
        primary = AffiliationKind.PRIMARY
        if kind is primary and any(
            one.kind is primary and one.period.overlaps(period) for one in row.holder.belongs
        ):
            raise InvalidValue("kind", "two_primaries")
        new = Belongs(self._key(), row.holder.key, unit.id, kind, period)
        row.holder = replace(row.holder, belongs=(*row.holder.belongs, new))
        self._require_separate(row.holder)
        row.deeds.append(Deed(new))
        row.changes.append(Change(Step.AFFILIATED, kind, unit.code, period))
        return new.key

    def _granted(self, row: _Row, role: Role, unit: Unit, each: PersonLine, under: int | None) -> None:
        period = each.role_period
        held = [one for one in self._seen(row.holder.roles) if one.role is role and one.unit_id == unit.id]
        there = _there(held, period, "role_until")
        if there is None:
            before = self.before.get(self.digests[each.login], {}).get((role, unit.id), Before())
            if before.refusing:
                raise NotReady(before.refusing)
            row.told = tuple(dict.fromkeys((*row.told, *before.told)))
            self._grant(row, role, unit, period, under)
        elif period.last is not None and period.last != there.period.last:
            check_period(there.period.first, period.last)
            ended = replace(there, period=Period(there.period.first, period.last))
            row.holder = replace(row.holder, roles=_with(row.holder.roles, ended))
            row.deeds.append(Deed(ended, there))
            row.changes.append(Change(Step.ROLE_ENDED, role, unit.code, ended.period))

    def _grant(self, row: _Row, role: Role, unit: Unit, period: Period, under: int | None) -> None:
        check_period(period.first, period.last)
        self._require(unit.id)
        if under is None:
            found = home_of(row.holder.belongs, unit.id, self.today, auditing=role in AUDITING)
            if isinstance(found, AffiliationKind):
                under = self._affiliate(row, unit, found, Period(None, None))
            else:
                under = found.key
        if row.holder.key == self.tx.principal.user_id:
            raise InvalidValue("role", "self")
        new = Holds(self._key(), row.holder.key, unit.id, role, period, under)
        row.holder = replace(row.holder, roles=(*row.holder.roles, new))
        self._require_separate(row.holder)
        row.deeds.append(Deed(new))
        row.changes.append(Change(Step.ROLE_GRANTED, role, unit.code, period))

    def _require_separate(self, holder: _Holder) -> None:
        if not holder.appointed and not duties.may_conflict(one.role for one in holder.roles):
            return
        if self.places is None:
            self.places = duties.places(self.tx)
        times = {one.key: one.period for one in holder.belongs}
        duties.require_kept(
            [
                *holder.appointed,
                *(Duty(one.role, one.unit_id, one.period.within(times[one.under])) for one in holder.roles),
            ],
            [
                Belonging(one.unit_id, one.period)
                for one in holder.belongs
                if one.kind is AffiliationKind.PRIMARY
            ],
            self.places,
        )

    def _seen(self, held: Sequence[_Held]) -> list[_Held]:
        return [one for one in held if one.unit_id in self.managed]


def _holders(tx: Tx, digests: Sequence[str]) -> dict[str, _Holder]:
    found: dict[str, _Holder] = {}
    for part in _parts(digests):
        accounts = {
            key: (digest, UnitId(home))
            for digest, key, home in tx.session.execute(
                select(UserAccount.login_digest, UserAccount.id, UserAccount.unit_id).where(
                    UserAccount.login_digest.in_(part)
                )
            )
        }
        belongs: dict[int, list[Belongs]] = {}
        of_them = select(Affiliation).where(Affiliation.user_id.in_(accounts)).order_by(Affiliation.id)
        for one in tx.session.scalars(of_them):
            period = Period(one.valid_from, one.valid_until)
            belongs.setdefault(one.user_id, []).append(
                Belongs(one.id, one.user_id, UnitId(one.unit_id), AffiliationKind(one.kind), period)
            )
        roles: dict[int, list[Holds]] = {}
        grants = select(RoleGrant).where(RoleGrant.user_id.in_(accounts)).order_by(RoleGrant.id)
        for each in tx.session.scalars(grants):
            period, unit_id = Period(each.valid_from, each.valid_until), UnitId(each.unit_id)
            roles.setdefault(each.user_id, []).append(
                Holds(each.id, each.user_id, unit_id, Role(each.role), period, each.affiliation_id)
            )
        appointed = duties.appointments_of([UserId(key) for key in accounts], tx)
        for key, (digest, home) in accounts.items():
            found[digest] = _Holder(
                key,
                home,
                tuple(belongs.get(key, ())),
                tuple(roles.get(key, ())),
                tuple(appointed.get(UserId(key), ())),
            )
    return found


def _parts(digests: Sequence[str]) -> Iterable[Sequence[str]]:
    return (digests[start : start + _ASKED] for start in range(0, len(digests), _ASKED))


_Held = TypeVar("_Held", Belongs, Holds)


def _with(held: Sequence[_Held], changed: _Held) -> tuple[_Held, ...]:
    return tuple(changed if one.key == changed.key else one for one in held)


def _there(held: Sequence[_Held], period: Period, column: str) -> _Held | None:
    """Return what is recorded already and holds at least as long as the row says; None when nothing is near.

    A row without a first day does not ask for one. Raises InvalidValue when something is recorded for only a
    part of the period: a person has to say which of both is right.
    """
    near = [each for each in held if each.period.overlaps(period)]
    for each in near:
        first, last = each.period.first, each.period.last
        begins = period.first is None or first is None or first <= period.first
        lasts = last is None or (period.last is not None and period.last <= last)
        if begins and lasts:
            return each
    if near:
        raise InvalidValue(column, "recorded_otherwise")
    return None
