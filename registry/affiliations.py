"""Affiliations 所属: where a person belongs and for how long; every role belongs to one and ends with it.

主務 primary, 兼務 concurrent, 出向 seconded from another entity, 派遣 dispatched by an agency (労働者派遣法).
What a person may do under one of them adds nothing to another: see `registry.access`.
"""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol, TypeVar

from sqlalchemy import Select, bindparam, select

from registry import duties
from registry.access import require, scope, today_in_japan
from registry.errors import InvalidValue, NotFound
from registry.journal import Action
from registry.model import AffiliationId, Permission, UnitId, UserId
from registry.store import Tx
from registry.store.account_tables import Affiliation as AffiliationRecord
from registry.store.account_tables import UserAccount

_OF_USER = (
    select(AffiliationRecord)
    .where(AffiliationRecord.user_id == bindparam("user"))
    .order_by(AffiliationRecord.id)
)


class AffiliationKind(enum.StrEnum):
    """How a person belongs to a unit."""

    PRIMARY = "primary"  # 主務
    CONCURRENT = "concurrent"  # 兼務
    SECONDMENT = "secondment"  # 出向
    DISPATCHED = "dispatched"  # 派遣


@dataclass(frozen=True, slots=True)
class Affiliation:
    """That a person belongs to a unit from a day to a day, both included, days in Japan."""

    id: AffiliationId
    user_id: UserId
    unit_id: UnitId
    kind: AffiliationKind
    valid_from: date | None
    valid_until: date | None
    version: int

    @property
    def period(self) -> duties.Period:
        """Return for how long."""
        return duties.Period(self.valid_from, self.valid_until)


def affiliate(
    tx: Tx,
    user_id: UserId,
    unit_id: UnitId,
    kind: AffiliationKind,
    valid_from: date | None = None,
    valid_until: date | None = None,
) -> Affiliation:
    """Record that an account's person belongs to a unit.

    Raises AccessDenied unless the person asking manages users in that unit, NotFound for an account that
    they do not manage, InvalidValue: `valid_until` before `valid_from`, `kind` `two_primaries`, and the
    rules of `registry.duties` (an auditor cannot come to belong to a unit that he audits).
    """
    require(tx, Permission.MANAGE_USERS, unit_id)
    require_account(tx, user_id)
    check_period(valid_from, valid_until)
    kind = AffiliationKind(kind)
    period = duties.Period(valid_from, valid_until)
    if kind is AffiliationKind.PRIMARY and any(
        row.kind == AffiliationKind.PRIMARY
        and duties.Period(row.valid_from, row.valid_until).overlaps(period)
        for row in _rows_of(tx, user_id)
    ):
        raise InvalidValue("kind", "two_primaries")
    row = AffiliationRecord(
        user_id=user_id, unit_id=unit_id, kind=kind.value, valid_from=valid_from, valid_until=valid_until
    )
    tx.session.add(row)
    tx.session.flush()
    duties.require_separate(tx, user_id)
    tx.record(Action.AFFILIATED, "affiliation", row.id, unit_id, None, _described(row))
    return _affiliation(row)


def end_affiliation(tx: Tx, affiliation_id: AffiliationId, last_day: date) -> Affiliation:
    """Let an affiliation, and every role that belongs to it, end with a day (included).

    Raises NotFound outside the units whose users one manages, InvalidValue for a day before it began.
    """
    row = tx.session.scalar(_managed(tx).where(AffiliationRecord.id == affiliation_id))
    if row is None:
        raise NotFound("affiliation")
    check_period(row.valid_from, last_day)
    before = _described(row)
    if row.valid_until is None or last_day < row.valid_until:
        row.valid_until = last_day
        tx.session.flush()
        unit_id = UnitId(row.unit_id)
        tx.record(Action.AFFILIATION_ENDED, "affiliation", row.id, unit_id, before, _described(row))
    return _affiliation(row)


def affiliations(tx: Tx, user_id: UserId | None = None) -> list[Affiliation]:
    """Return the affiliations in units whose users one manages, of one account or all, oldest first."""
    query = _managed(tx).order_by(AffiliationRecord.id)
    if user_id is not None:
        query = query.where(AffiliationRecord.user_id == user_id)
    return [_affiliation(row) for row in tx.session.scalars(query)]


def affiliation_for(
    tx: Tx, user_id: UserId, unit_id: UnitId, affiliation_id: AffiliationId | None, *, auditing: bool
) -> AffiliationId:
    """Return the affiliation that a new grant in a unit belongs to.

    None asks for one of the grant's own unit that is in force, or a new one: the person's primary one if
    there is none yet. Who audits a unit does not come to belong to it primarily. Raises AccessDenied and
    NotFound as `affiliate`; an affiliation of another person is one that does not exist.
    """
    require(tx, Permission.MANAGE_USERS, unit_id)
    require_account(tx, user_id)
    if affiliation_id is not None:
        seen = _managed(tx).where(
            AffiliationRecord.id == affiliation_id, AffiliationRecord.user_id == user_id
        )
        if tx.session.scalar(seen) is None:
            raise NotFound("affiliation")
        return affiliation_id
    rows = [_affiliation(row) for row in _rows_of(tx, user_id)]
    found = home_of(rows, unit_id, today_in_japan(tx.now), auditing=auditing)
    return affiliate(tx, user_id, unit_id, found).id if isinstance(found, AffiliationKind) else found.id


class Belonging(Protocol):
    """What `home_of` asks of an affiliation."""

    @property
    def unit_id(self) -> UnitId:
        """Return the unit."""
        ...

    @property
    def kind(self) -> AffiliationKind:
        """Return how one belongs to it."""
        ...

    @property
    def period(self) -> duties.Period:
        """Return for how long."""
        ...


_Belonging = TypeVar("_Belonging", bound=Belonging)


def home_of(
    held: Sequence[_Belonging], unit_id: UnitId, today: date, *, auditing: bool
) -> _Belonging | AffiliationKind:
    """Return what a new role in a unit belongs to, of all that a person has; else the kind to be made."""
    from_now = duties.Period(today, None)
    for each in held:
        if each.unit_id == unit_id and each.period.last is None and each.period.overlaps(from_now):
            return each
    primary = not auditing and all(each.kind is not AffiliationKind.PRIMARY for each in held)
    return AffiliationKind.PRIMARY if primary else AffiliationKind.CONCURRENT


def require_account(tx: Tx, user_id: UserId) -> None:
    """Raise NotFound for an account that the person asking does not manage."""
    managed = select(UserAccount.id).where(
        UserAccount.id == user_id, UserAccount.unit_id.in_(scope(tx, Permission.MANAGE_USERS))
    )
    if tx.session.scalar(managed) is None:
        raise NotFound("user_account")


def check_period(valid_from: date | None, valid_until: date | None) -> None:
    """Raise InvalidValue (`valid_until`) when the days are in the wrong order."""
    if valid_from is not None and valid_until is not None and valid_until < valid_from:
        raise InvalidValue("valid_until", "before_valid_from")


def _managed(tx: Tx) -> Select[AffiliationRecord]:
    return select(AffiliationRecord).where(AffiliationRecord.unit_id.in_(scope(tx, Permission.MANAGE_USERS)))


def _rows_of(tx: Tx, user_id: UserId) -> Sequence[AffiliationRecord]:
    return list(tx.session.scalars(_OF_USER, {"user": user_id}))


def _affiliation(row: AffiliationRecord) -> Affiliation:
    return Affiliation(
        id=AffiliationId(row.id),
        user_id=UserId(row.user_id),
        unit_id=UnitId(row.unit_id),
        kind=AffiliationKind(row.kind),
        valid_from=row.valid_from,
        valid_until=row.valid_until,
        version=row.version,
    )


def _described(row: AffiliationRecord) -> dict[str, object]:
    return {
        "user_id": row.user_id,
        "kind": row.kind,
        "valid_from": row.valid_from,
        "valid_until": row.valid_until,
    }
