"""Giving rules out 配布: to a unit and everybody below it; how many have read, and who has not.

A privacy manager also sees what units above gave to the own people: of these, numbers and names of the own.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from sqlalchemy import ColumnElement, and_, func, or_, select

from privacy_mark.documents.model import (
    TABLE,
    VERSIONS,
    RuleId,
    RuleKind,
    VersionId,
    VersionState,
    number_of,
)
from privacy_mark.documents.versions import opened_text, seen_version
from registry.access import require, require_open, scope, today_in_japan
from registry.account_names import name_of
from registry.errors import Duplicate, InvalidValue, NotFound
from registry.journal import Action
from registry.model import Permission, UnitId, UnitKind
from registry.sealing import Row
from registry.store import Tx
from registry.store.account_tables import Affiliation, UserAccount
from registry.store.document_tables import (
    RuleDistributionRecord,
    RuleReadingRecord,
    RuleRecord,
    RuleVersionRecord,
)
from registry.store.tables import OrgClosure, OrgUnit

_ENTITIES = frozenset(kind.value for kind in UnitKind if kind.is_entity)
MOST_NAMES = 200


@dataclass(frozen=True, slots=True)
class Given:
    """That a version was given to a unit."""

    unit_id: UnitId
    due_on: date
    at: datetime


@dataclass(frozen=True, slots=True)
class Share:
    """How many of some people have read; who belongs to two entities counts in both."""

    people: int
    read: int

    @property
    def percent(self) -> int:
        """Return the rate, rounded down so that 100 is everybody; 100 of nobody."""
        return self.read * 100 // self.people if self.people else 100


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a version has come among the people whose units one may see."""

    given: tuple[Given, ...]
    total: Share
    entities: Mapping[UnitId, Share]  # by legal entity, or by the unit itself above all entities


@dataclass(frozen=True, slots=True)
class Unread:
    """Somebody who has not said to have read."""

    name: str = field(repr=False)
    unit_id: UnitId


@dataclass(frozen=True, slots=True)
class FromAbove:
    """A version that a unit out of one's sight gave to units that one sees."""

    id: VersionId
    rule_id: RuleId
    unit_id: UnitId  # where the rule belongs
    kind: RuleKind
    title_ja: str
    title_en: str
    version: int
    valid_from: date
    due_on: date

    @property
    def number(self) -> str:
        """Return how people call it."""
        return number_of(self.rule_id, self.version)

    def title(self, language: str) -> str:
        """Return the title in "ja" or "en"."""
        return self.title_en if language == "en" and self.title_en else self.title_ja


def distribute(tx: Tx, version_id: VersionId, unit_id: UnitId, *, due_on: date) -> None:
    """Give an approved version to a unit and everybody below it.

    Raises NotFound, AccessDenied without MANAGE_REVIEWS in the unit and where the rule belongs, Duplicate
    (`unit_id`), InvalidValue: `state` `not_approved`, `old` or `ended`, `due_on` `past`, `unit_id` `closed`.
    """
    version = seen_version(tx, version_id)
    require(tx, Permission.MANAGE_REVIEWS, unit_id, UnitId(version.unit_id))
    require_open(tx, unit_id)
    if version.state != VersionState.APPROVED.value:
        raise InvalidValue("state", "not_approved")
    later = select(RuleVersionRecord.id).where(
        RuleVersionRecord.rule_id == version.rule_id,
        RuleVersionRecord.state == VersionState.APPROVED.value,
        RuleVersionRecord.number > version.number,
    )
    if tx.session.scalar(later) is not None:
        raise InvalidValue("state", "old")
    if tx.session.get_one(RuleRecord, version.rule_id).ended_on is not None:
        raise InvalidValue("state", "ended")
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


def take_back(tx: Tx, version_id: VersionId, unit_id: UnitId) -> None:
    """Undo that a version was given to a unit; what people have read stays.

    Raises NotFound, AccessDenied without MANAGE_REVIEWS in the unit and where the rule belongs.
    """
    version = seen_version(tx, version_id)
    require(tx, Permission.MANAGE_REVIEWS, unit_id, UnitId(version.unit_id))
    row = tx.session.scalar(select(RuleDistributionRecord).filter_by(version_id=version.id, unit_id=unit_id))
    if row is None:
        raise NotFound(RuleDistributionRecord.__tablename__)
    before = {"to_id": unit_id, "due_on": row.due_on}
    tx.session.delete(row)
    tx.session.flush()
    tx.record(Action.RULE_TAKEN_BACK, VERSIONS, version.id, UnitId(version.unit_id), before, None)


def progress(tx: Tx, version_id: VersionId) -> Progress:
    """Return how many have read a version that one may see, or that was given to units that one sees.

    Counts only people of units where one holds VIEW_REVIEWS. Raises NotFound.
    """
    version = reachable(tx, version_id)
    given = tx.session.scalars(
        select(RuleDistributionRecord).filter_by(version_id=version.id).order_by(RuleDistributionRecord.id)
    )
    counted = (
        select(func.count(Affiliation.user_id.distinct()), func.count(RuleReadingRecord.user_id.distinct()))
        .select_from(Affiliation)
        .outerjoin(
            RuleReadingRecord,
            and_(
                RuleReadingRecord.version_id == version_id,
                RuleReadingRecord.user_id == Affiliation.user_id,
            ),
        )
        .where(*_reached(tx, version_id))
    )
    people, read = tx.session.execute(counted).one()
    by_unit = counted.add_columns(Affiliation.unit_id).group_by(Affiliation.unit_id)
    rows = tx.session.execute(by_unit).all()
    entities = _entities(tx) if rows else {}
    totals: Counter[UnitId] = Counter()
    readers: Counter[UnitId] = Counter()
    for number, done, unit_id in rows:
        totals[entities[unit_id]] += number
        readers[entities[unit_id]] += done
    return Progress(
        tuple(Given(UnitId(row.unit_id), row.due_on, row.distributed_at) for row in given),
        Share(people, read),
        {unit: Share(totals[unit], readers[unit]) for unit in totals},
    )


def unread(tx: Tx, version_id: VersionId, *, limit: int = MOST_NAMES) -> tuple[list[Unread], int]:
    """Return who has not read, among people whose training one may see (VIEW_TRAINING), and how many.

    The first `limit` by unit. Raises NotFound as `progress`.
    """
    version = reachable(tx, version_id)
    read = select(RuleReadingRecord.user_id).filter_by(version_id=version.id)
    people = (
        select(Affiliation.user_id, func.min(Affiliation.unit_id).label("unit_id"))
        .where(
            *_reached(tx, version_id),
            Affiliation.unit_id.in_(scope(tx, Permission.VIEW_TRAINING)),
            Affiliation.user_id.not_in(read),
        )
        .group_by(Affiliation.user_id)
        .subquery()
    )
    total = tx.session.scalar(select(func.count()).select_from(people)) or 0
    rows = tx.session.execute(
        select(UserAccount, people.c.unit_id)
        .join(people, people.c.user_id == UserAccount.id)
        .order_by(people.c.unit_id, UserAccount.id)
        .limit(limit)
    )
    return [Unread(name_of(tx.vault, account), UnitId(unit)) for account, unit in rows], total


def from_above(tx: Tx) -> list[FromAbove]:
    """Return the newest versions given to units where one holds VIEW_REVIEWS, of rules out of one's sight."""
    seen = scope(tx, Permission.VIEW_REVIEWS)
    rows = tx.session.execute(
        select(RuleVersionRecord, RuleRecord, func.min(RuleDistributionRecord.due_on))
        .join(RuleRecord, RuleRecord.id == RuleVersionRecord.rule_id)
        .join(RuleDistributionRecord, RuleDistributionRecord.version_id == RuleVersionRecord.id)
        .join(OrgClosure, OrgClosure.ancestor == RuleDistributionRecord.unit_id)
        .where(
            OrgClosure.descendant.in_(seen),
            RuleVersionRecord.unit_id.not_in(seen),
            RuleRecord.ended_on.is_(None),
        )
        .group_by(RuleVersionRecord.id, RuleRecord.id)
        .order_by(RuleRecord.id, RuleVersionRecord.number.desc())
    ).all()
    newest: dict[int, FromAbove] = {}
    for version, rule, due_on in rows:
        if rule.id in newest:
            continue
        titles = Row(tx, TABLE, rule.uid)
        newest[rule.id] = FromAbove(
            id=VersionId(version.id),
            rule_id=RuleId(rule.id),
            unit_id=UnitId(rule.unit_id),
            kind=RuleKind(rule.kind),
            title_ja=titles.opened("title_ja", rule.title_ja_sealed),
            title_en=titles.opened("title_en", rule.title_en_sealed),
            version=version.number,
            valid_from=version.valid_from,
            due_on=due_on,
        )
    return list(newest.values())


def text_from_above(tx: Tx, version_id: VersionId) -> str:
    """Return what a version says that one may see or that was given to units one sees; raises NotFound."""
    return opened_text(tx, reachable(tx, version_id))


def belongs_now(today: date) -> ColumnElement[bool]:
    """Return the condition that an affiliation holds on a day."""
    return and_(
        or_(Affiliation.valid_from.is_(None), Affiliation.valid_from <= today),
        or_(Affiliation.valid_until.is_(None), Affiliation.valid_until >= today),
    )


def reachable(tx: Tx, version_id: VersionId) -> RuleVersionRecord:
    """Return a version that one may see or that was given to units one sees; raises NotFound."""
    seen = scope(tx, Permission.VIEW_REVIEWS)
    given = (
        select(RuleDistributionRecord.version_id)
        .join(OrgClosure, OrgClosure.ancestor == RuleDistributionRecord.unit_id)
        .where(OrgClosure.descendant.in_(seen), RuleDistributionRecord.version_id == version_id)
    )
    row = tx.session.scalar(
        select(RuleVersionRecord).where(
            RuleVersionRecord.id == version_id,
            or_(RuleVersionRecord.unit_id.in_(seen), RuleVersionRecord.id.in_(given)),
        )
    )
    if row is None:
        raise NotFound(VERSIONS)
    return row


def _reached(tx: Tx, version_id: VersionId) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions that an affiliation of today is reached by a version and of a unit one sees."""
    below = (
        select(OrgClosure.descendant)
        .join(RuleDistributionRecord, RuleDistributionRecord.unit_id == OrgClosure.ancestor)
        .where(RuleDistributionRecord.version_id == version_id)
    )
    return (
        belongs_now(today_in_japan(tx.now)),
        Affiliation.unit_id.in_(below),
        Affiliation.unit_id.in_(scope(tx, Permission.VIEW_REVIEWS)),
    )


def _entities(tx: Tx) -> Mapping[int, UnitId]:
    """Return the legal entity of every unit; the unit itself above all entities."""
    rows = {row.id: row for row in tx.session.execute(select(OrgUnit.id, OrgUnit.parent_id, OrgUnit.kind))}
    found: dict[int, UnitId] = {}
    for unit_id in rows:
        at: int | None = unit_id
        while at is not None and rows[at].kind not in _ENTITIES:
            at = rows[at].parent_id
        found[unit_id] = UnitId(unit_id if at is None else at)
    return found
