"""Giving rules out 配布 and reading them 周知: everybody in the units says for himself that he has read."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import ColumnElement, and_, func, or_, select

from privacy_mark.documents.register import TABLE, VERSIONS, RuleId, VersionId, seen_version
from registry.access import require, require_open, scope, today_in_japan
from registry.errors import Duplicate, InvalidValue, NotFound
from registry.journal import Action
from registry.model import Permission, UnitId
from registry.sealing import Row
from registry.store import Tx
from registry.store.account_tables import Affiliation
from registry.store.document_tables import (
    RuleDistributionRecord,
    RuleReadingRecord,
    RuleRecord,
    RuleVersionRecord,
)
from registry.store.tables import OrgClosure

READINGS = RuleReadingRecord.__tablename__


@dataclass(frozen=True, slots=True)
class Progress:
    """How many of a unit's people, with all units below it, have read a version."""

    unit_id: UnitId
    due_on: date
    people: int
    read: int


@dataclass(frozen=True, slots=True)
class ToRead:
    """A version that the person asking has not said to have read."""

    id: VersionId
    rule_id: RuleId
    unit_id: UnitId  # where the rule belongs
    title_ja: str
    title_en: str
    number: int
    text: str = field(repr=False)
    due_on: date


def distribute(tx: Tx, version_id: VersionId, unit_id: UnitId, *, due_on: date) -> None:
    """Give an approved version to a unit and everybody below it.

    Raises NotFound, AccessDenied without MANAGE_REVIEWS in the unit and where the rule belongs, Duplicate
    (`unit_id`), InvalidValue: `state` `not_approved`, `due_on` `past`, `unit_id` `closed`.
    """
    version = seen_version(tx, version_id)
    require(tx, Permission.MANAGE_REVIEWS, unit_id, UnitId(version.unit_id))
    require_open(tx, unit_id)
    if version.approved_at is None:
        raise InvalidValue("state", "not_approved")
    if due_on < today_in_japan(tx.now):
        raise InvalidValue("due_on", "past")
    there = select(RuleDistributionRecord.id).filter_by(version_id=version.id, unit_id=unit_id)
    if tx.session.scalar(there) is not None:
        raise Duplicate("unit_id")
    row = RuleDistributionRecord(version_id=version.id, unit_id=unit_id, distributed_at=tx.now, due_on=due_on)
    tx.session.add(row)
    tx.session.flush()
    after = {"to_id": unit_id, "due_on": due_on}
    tx.record(Action.RULE_DISTRIBUTED, VERSIONS, version.id, UnitId(version.unit_id), None, after)


def progress(tx: Tx, version_id: VersionId) -> list[Progress]:
    """Return per unit that got a version how many have read it, as numbers; raises NotFound."""
    version = seen_version(tx, version_id)
    given = RuleDistributionRecord
    rows = tx.session.execute(
        select(
            given.unit_id,
            given.due_on,
            func.count(Affiliation.user_id.distinct()),
            func.count(RuleReadingRecord.user_id.distinct()),
        )
        .join(OrgClosure, OrgClosure.ancestor == given.unit_id)
        .outerjoin(
            Affiliation, and_(Affiliation.unit_id == OrgClosure.descendant, _now(today_in_japan(tx.now)))
        )
        .outerjoin(
            RuleReadingRecord,
            and_(
                RuleReadingRecord.version_id == given.version_id,
                RuleReadingRecord.user_id == Affiliation.user_id,
            ),
        )
        .where(given.version_id == version.id, given.unit_id.in_(scope(tx, Permission.VIEW_REVIEWS)))
        .group_by(given.unit_id, given.due_on)
        .order_by(given.unit_id)
    )
    return [Progress(UnitId(unit), due_on, people, read) for unit, due_on, people, read in rows]


def to_read(tx: Tx) -> list[ToRead]:
    """Return what was given to the person asking and is not read yet, the earliest due first."""
    read = select(RuleReadingRecord.version_id).where(RuleReadingRecord.user_id == tx.principal.user_id)
    rows = tx.session.execute(
        select(RuleVersionRecord, RuleRecord, func.min(RuleDistributionRecord.due_on))
        .join(RuleRecord, RuleRecord.id == RuleVersionRecord.rule_id)
        .join(RuleDistributionRecord, RuleDistributionRecord.version_id == RuleVersionRecord.id)
        .join(OrgClosure, OrgClosure.ancestor == RuleDistributionRecord.unit_id)
        .join(Affiliation, Affiliation.unit_id == OrgClosure.descendant)
        .where(
            Affiliation.user_id == tx.principal.user_id,
            _now(today_in_japan(tx.now)),
            RuleVersionRecord.id.not_in(read),
        )
        .group_by(RuleVersionRecord.id, RuleRecord.id)
        .order_by(func.min(RuleDistributionRecord.due_on), RuleVersionRecord.id)
    )
    return [_to_read(tx, version, rule, due_on) for version, rule, due_on in rows]


def acknowledge(tx: Tx, version_id: VersionId) -> None:
    """Say for oneself that one has read a version; raises NotFound for what was not given or is read."""
    if all(each.id != version_id for each in to_read(tx)):
        raise NotFound(VERSIONS)
    own = select(Affiliation.unit_id).where(
        Affiliation.user_id == tx.principal.user_id, _now(today_in_japan(tx.now))
    )
    given = select(RuleDistributionRecord.unit_id).where(RuleDistributionRecord.version_id == version_id)
    reached = select(OrgClosure.descendant).where(OrgClosure.ancestor.in_(given))
    unit_id = tx.session.scalars(own.where(Affiliation.unit_id.in_(reached)).order_by(Affiliation.id)).first()
    row = RuleReadingRecord(version_id=version_id, user_id=tx.principal.user_id, unit_id=unit_id, at=tx.now)
    tx.session.add(row)
    tx.session.flush()
    after = {"version": version_id}
    tx.record(Action.RULE_READ, READINGS, row.id, UnitId(row.unit_id), None, after)


def _to_read(tx: Tx, version: RuleVersionRecord, rule: RuleRecord, due_on: date) -> ToRead:
    titles = Row(tx, TABLE, rule.uid)
    return ToRead(
        id=VersionId(version.id),
        rule_id=RuleId(rule.id),
        unit_id=UnitId(rule.unit_id),
        title_ja=titles.opened("title_ja", rule.title_ja_sealed),
        title_en=titles.opened("title_en", rule.title_en_sealed),
        number=version.number,
        text=Row(tx, VERSIONS, version.uid).opened("text", version.text_sealed),
        due_on=due_on,
    )


def _now(today: date) -> ColumnElement[bool]:
    return and_(
        or_(Affiliation.valid_from.is_(None), Affiliation.valid_from <= today),
        or_(Affiliation.valid_until.is_(None), Affiliation.valid_until >= today),
    )
