"""Evidence from internal rules 内部規程: approved and in force, given out and read, looked at within a year.

One supplier answers one question, so that each need of J.2.2 and J.4.5 has an answer of its own. A rule
speaks for the entity that it belongs to; what was given out speaks for every entity whose people got it,
whoever wrote it.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial

from sqlalchemy import Select, func, or_, select

from privacy_mark.documents.distribution import belongs_now
from privacy_mark.documents.due import REVISE_DAYS
from privacy_mark.documents.model import OPEN, REVIEW_MONTHS, RuleKind, VersionState
from privacy_mark.documents.register import NEWEST
from privacy_mark.requirements.facts import Fact, Members, Standing, Supplier
from privacy_mark.requirements.model import SupplierId
from registry.access import today_in_japan
from registry.limits import months_after
from registry.model import UnitId
from registry.store import Tx
from registry.store.account_tables import Affiliation
from registry.store.document_tables import (
    RuleDistributionRecord,
    RuleFactRecord,
    RuleReadingRecord,
    RuleRecord,
    RuleVersionRecord,
)
from registry.store.tables import OrgClosure

_YEAR = 12  # months
_FEW = 500  # units named to the database; of more all are read
_REVISE = timedelta(days=REVISE_DAYS)


@dataclass(frozen=True, slots=True)
class _Rule:
    """One rule that was not abolished, as of a day."""

    kind: str
    approved_on: date | None  # of its newest version that was approved; None: it was never approved
    in_force: bool
    waiting: bool  # a version is being written or approved
    revise_by: date | None  # None: nothing is to revise
    review_due_on: date | None

    def late(self, today: date) -> bool:
        """Tell whether it should have been revised, and nobody is at it."""
        return self.revise_by is not None and self.revise_by < today and not self.waiting


def _rules(tx: Tx, members: Members, today: date) -> dict[UnitId, list[_Rule]]:
    """Return the rules of each entity that are not abolished: three questions, however many there are."""
    version, fact = RuleVersionRecord, RuleFactRecord
    approved = {
        row.rule_id: row
        for row in tx.session.execute(
            select(
                version.rule_id,
                func.min(version.valid_from).label("first"),
                func.max(version.approved_at).label("at"),
            )
            .where(version.state == VersionState.APPROVED.value)
            .group_by(version.rule_id)
        )
    }
    since_rows = tx.session.execute(
        select(version.rule_id, func.min(fact.changed_on))
        .join(fact, fact.version_id == version.id)
        .where(version.id.in_(NEWEST), fact.changed_on.is_not(None))
        .group_by(version.rule_id)
    )
    changed = {rule: day for rule, day in since_rows if day is not None}
    waiting = set(
        tx.session.scalars(select(version.rule_id).where(version.state.in_([each.value for each in OPEN])))
    )
    found: dict[UnitId, list[_Rule]] = {}
    for row in tx.session.execute(
        select(
            RuleRecord.id,
            RuleRecord.unit_id,
            RuleRecord.kind,
            RuleRecord.revise_since,
            RuleRecord.review_due_on,
        ).where(RuleRecord.ended_on.is_(None))
    ):
        if (entity := members.entity_of.get(row.unit_id)) is None:
            continue
        of = approved.get(row.id)
        since = [day for day in (changed.get(row.id), row.revise_since) if day is not None]
        found.setdefault(entity, []).append(
            _Rule(
                kind=row.kind,
                approved_on=today_in_japan(of.at) if of is not None and of.at is not None else None,
                in_force=of is not None and of.first <= today,
                waiting=row.id in waiting,
                revise_by=min(since) + _REVISE if since else None,
                review_due_on=row.review_due_on,
            )
        )
    return found


def _approved(kind: RuleKind | None, tx: Tx, members: Members, today: date) -> Mapping[UnitId, Fact]:
    """Rules of a kind, or all, are approved and in force, and what is to revise is not late.

    While none was approved yet, those that are being written are under way.
    """
    found = {}
    for entity, rules in members.once(_rules, tx, today).items():
        wanted = [each for each in rules if kind is None or each.kind == kind.value]
        if wanted:
            found[entity] = _in_force(wanted, today)
    return found


def _in_force(rules: Iterable[_Rule], today: date) -> Fact:
    held = [each for each in rules if each.in_force]
    if not held:
        return Fact(Standing.UNDER_WAY)
    kept = [each for each in held if not each.late(today)]
    days = [each.approved_on for each in held if each.approved_on is not None]
    ends = [each.revise_by for each in kept if each.revise_by is not None and each.revise_by >= today]
    standing = Standing.SHOWN if len(kept) == len(held) else Standing.LACKING
    return Fact(standing, len(kept), len(held), max(days, default=None), min(ends, default=None))


def _reviewed(tx: Tx, members: Members, today: date) -> Mapping[UnitId, Fact]:
    """Every rule in force was looked at, or approved, within a year, and what that asked for is not late."""
    found = {}
    for entity, rules in members.once(_rules, tx, today).items():
        held = [each for each in rules if each.in_force and each.review_due_on is not None]
        if not held:
            continue
        ends = [each.review_due_on for each in held if each.review_due_on is not None]
        done = sum(end >= today and not each.late(today) for each, end in zip(held, ends, strict=True))
        standing = Standing.SHOWN if done == len(held) else Standing.LACKING
        oldest = months_after(min(ends), -REVIEW_MONTHS)
        found[entity] = Fact(standing, done, len(held), oldest, min(ends))
    return found


@dataclass(slots=True)
class _Read:
    given_on: date
    of: int = 0
    done: int = 0
    late: bool = False
    due_on: date | None = None  # of the first that is not due yet and not read by all

    def fact(self) -> Fact:
        if self.late:
            return Fact(Standing.LACKING, self.done, self.of, self.given_on)
        if self.done < self.of:
            return Fact(Standing.UNDER_WAY, self.done, self.of, self.given_on, self.due_on)
        return Fact(Standing.SHOWN, self.done, self.of, self.given_on, months_after(self.given_on, _YEAR))


@dataclass(frozen=True, slots=True)
class _Given:
    due_on: date  # the last one, when units got it until several days
    on: date


def _distributed(tx: Tx, members: Members, today: date) -> Mapping[UnitId, Fact]:
    """Everybody who was to read the newest version of a rule within a year has, or its day has not come.

    Who joined after the day of a version does not count for it.
    """
    given = _given(tx, today)
    people = _people(tx, today) if given else {}
    read = _readings(tx, today) if given else {}
    found: dict[UnitId, _Read] = {}
    for version, unit in _reached(tx, members, given):
        of, entity = given[version], members.entity_of.get(unit)
        if entity is None or unit not in people:
            continue
        always, later = people[unit]
        number = (
            always + sum(many for since, many in later.items() if since <= of.due_on) if later else always
        )
        if not number:
            continue
        each = found.setdefault(entity, _Read(of.on))
        done = read.get((version, unit), 0)
        each.of, each.done, each.given_on = each.of + number, each.done + done, max(each.given_on, of.on)
        if done < number:
            each.late = each.late or of.due_on < today
            each.due_on = of.due_on if each.due_on is None else min(each.due_on, of.due_on)
    return {entity: each.fact() for entity, each in found.items()}


def _newest_given(today: date) -> Select[int, date, datetime]:
    """Return the newest versions of rules to be read within the last year, or later, with their days."""
    of = RuleDistributionRecord
    return (
        select(of.version_id, func.max(of.due_on).label("due_on"), func.max(of.distributed_at).label("at"))
        .join(RuleVersionRecord, RuleVersionRecord.id == of.version_id)
        .join(RuleRecord, RuleRecord.id == RuleVersionRecord.rule_id)
        .where(
            RuleVersionRecord.id.in_(NEWEST),
            RuleRecord.ended_on.is_(None),
            of.due_on >= months_after(today, -_YEAR),
        )
        .group_by(of.version_id)
    )


def _given(tx: Tx, today: date) -> dict[int, _Given]:
    rows = tx.session.execute(_newest_given(today))
    return {version: _Given(due_on, today_in_japan(at)) for version, due_on, at in rows}


def _reached(tx: Tx, members: Members, given: Container[int]) -> Iterator[tuple[int, int]]:
    """Yield version and unit of everything that was given, to the unit or to one above it, each once."""
    of = RuleDistributionRecord
    to: dict[int, list[int]] = {}
    for version, unit in tx.session.execute(select(of.version_id, of.unit_id)):
        if version in given:
            to.setdefault(unit, []).append(version)
    query = select(OrgClosure.descendant, OrgClosure.ancestor).where(
        OrgClosure.ancestor.in_(select(of.unit_id))
    )
    if len(members.entity_of) <= _FEW:
        query = query.where(OrgClosure.descendant.in_(members.entity_of))
    got: dict[int, set[int]] = {}
    for unit, ancestor in tx.session.execute(query):
        got.setdefault(unit, set()).update(to.get(ancestor, ()))
    return ((version, unit) for unit, versions in got.items() for version in versions)


def _people(tx: Tx, today: date) -> dict[int, tuple[int, dict[date, int]]]:
    """Return how many have always belonged to each unit, and how many since a day."""
    of = Affiliation
    found: dict[int, tuple[int, dict[date, int]]] = {}
    for unit, since, many in tx.session.execute(
        select(of.unit_id, of.valid_from, func.count(of.user_id.distinct()))
        .where(belongs_now(today))
        .group_by(of.unit_id, of.valid_from)
    ):
        always, later = found.get(unit, (0, {}))
        found[unit] = (always + many, later) if since is None else (always, later | {since: many})
    return found


def _readings(tx: Tx, today: date) -> dict[tuple[int, int], int]:
    """Return how many who belong to a unit today have read each version, by version and unit."""
    given, read = _newest_given(today).subquery(), RuleReadingRecord
    rows = tx.session.execute(
        select(read.version_id, Affiliation.unit_id, func.count(read.user_id.distinct()))
        .join(given, given.c.version_id == read.version_id)
        .join(Affiliation, Affiliation.user_id == read.user_id)
        .where(
            belongs_now(today),
            or_(Affiliation.valid_from.is_(None), Affiliation.valid_from <= given.c.due_on),
        )
        .group_by(read.version_id, Affiliation.unit_id)
    )
    return {(version, unit): many for version, unit, many in rows}


RULES = (
    Supplier(SupplierId.DOCUMENTS, partial(_approved, None)),
    Supplier(SupplierId.POLICY, partial(_approved, RuleKind.POLICY)),
    Supplier(SupplierId.RULE_REVIEW, _reviewed),
    Supplier(SupplierId.RULE_DISTRIBUTION, _distributed),
)
"""Suppliers of internal rules."""
