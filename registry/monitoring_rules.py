"""Rules on monitoring workers 従業者モニタリング, without which no mailbox or home folder is scanned.

Source: PPC, Q&A on the general guideline (「個人情報の保護に関する法律についてのガイドライン」に関するQ&A),
Q5-7: the purpose is specified beforehand, written down and made known to the workers, somebody is
responsible, and the rule is kept to. APPI Art. 24 (従業者の監督). A rule covers its unit and what lies below
it within the same employer.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import NewType

from sqlalchemy import Select, select

from registry.access import entity_id_of, require, require_open, scope, today_in_japan
from registry.errors import Conflict, InvalidValue, NotFound
from registry.journal import Action, newest_of
from registry.model import Permission, UnitId
from registry.sealing import Row, checked
from registry.store import Tx
from registry.store.base import new_uid
from registry.store.monitoring_tables import MonitoringRuleRecord
from registry.store.tables import OrgClosure

MonitoringRuleId = NewType("MonitoringRuleId", int)
_TABLE = "monitoring_rule"
_TEXTS = ("name", "purpose", "responsible")


@dataclass(frozen=True, slots=True)
class MonitoringRuleDraft:
    """A rule as people register it."""

    unit_id: UnitId
    name: str  # of the internal rule, with its reference
    purpose: str
    responsible: str = field(repr=False)
    noticed_on: date  # when the workers were told


@dataclass(frozen=True, slots=True, kw_only=True)
class MonitoringRule(MonitoringRuleDraft):
    """One registered rule."""

    id: MonitoringRuleId
    ended_on: date | None
    version: int

    def holds_on(self, day: date) -> bool:
        """Tell whether workers knew of the rule on a day, and it had not ended."""
        return self.noticed_on <= day and (self.ended_on is None or day < self.ended_on)


def register(tx: Tx, draft: MonitoringRuleDraft) -> MonitoringRule:
    """Register a rule; one whose notice lies ahead counts from that day on.

    Raises AccessDenied without MANAGE_SOURCES in the unit, InvalidValue: `name`, `purpose`, `responsible`
    `required` or `too_long`.
    """
    require(tx, Permission.MANAGE_SOURCES, draft.unit_id)
    require_open(tx, draft.unit_id)
    texts = checked({name: getattr(draft, name) for name in _TEXTS}, *_TEXTS, longest=500)
    uid = new_uid()
    row = MonitoringRuleRecord(
        uid=uid,
        unit_id=draft.unit_id,
        noticed_on=draft.noticed_on,
        registered_at=tx.now,
        **Row(tx, _TABLE, uid).sealed(texts),
    )
    tx.session.add(row)
    tx.session.flush()
    after = {**texts, "noticed_on": draft.noticed_on}
    tx.record(Action.MONITORING_RULE_ADDED, _TABLE, row.id, draft.unit_id, None, after)
    return _rule(tx, row)


def end(tx: Tx, rule_id: MonitoringRuleId, *, expected_version: int) -> MonitoringRule:
    """End a rule today. Raises NotFound, AccessDenied, Conflict, InvalidValue (`state`, `ended`)."""
    row = tx.session.scalar(_seen(tx).where(MonitoringRuleRecord.id == rule_id))
    if row is None:
        raise NotFound(_TABLE)
    require(tx, Permission.MANAGE_SOURCES, UnitId(row.unit_id))
    if row.version != expected_version:
        last = newest_of(tx, _TABLE, row.id)
        raise Conflict(last.actor, last.at, (_TABLE,), version=row.version)
    if row.ended_on is not None:
        raise InvalidValue("state", "ended")
    row.ended_on = today_in_japan(tx.now)
    tx.session.flush()
    before, after = {"ended_on": None}, {"ended_on": row.ended_on}
    tx.record(Action.MONITORING_RULE_ENDED, _TABLE, row.id, UnitId(row.unit_id), before, after)
    return _rule(tx, row)


def rules(tx: Tx) -> list[MonitoringRule]:
    """Return the rules of units whose locations one may see, in the order of registration."""
    return [_rule(tx, row) for row in tx.session.scalars(_seen(tx).order_by(MonitoringRuleRecord.id))]


def covering(tx: Tx, unit_id: UnitId) -> list[MonitoringRule]:
    """Return the rules, ended ones too, that cover a unit: its own and those above it of the same employer.

    Part of the permission to scan, which checks who asks.
    """
    above = select(OrgClosure.ancestor).where(OrgClosure.descendant == unit_id)
    entity = tx.session.scalar(select(entity_id_of(unit_id)))
    same = entity_id_of(MonitoringRuleRecord.unit_id)
    query = select(MonitoringRuleRecord).where(
        MonitoringRuleRecord.unit_id.in_(above), same.is_(None) if entity is None else same == entity
    )
    return [_rule(tx, row) for row in tx.session.scalars(query.order_by(MonitoringRuleRecord.id))]


def _seen(tx: Tx) -> Select[MonitoringRuleRecord]:
    visible = scope(tx, Permission.VIEW_LOCATIONS)
    return select(MonitoringRuleRecord).where(MonitoringRuleRecord.unit_id.in_(visible))


def _rule(tx: Tx, row: MonitoringRuleRecord) -> MonitoringRule:
    sealed = Row(tx, _TABLE, row.uid)
    return MonitoringRule(
        unit_id=UnitId(row.unit_id),
        name=sealed.opened("name", row.name_sealed),
        purpose=sealed.opened("purpose", row.purpose_sealed),
        responsible=sealed.opened("responsible", row.responsible_sealed),
        noticed_on=row.noticed_on,
        id=MonitoringRuleId(row.id),
        ended_on=row.ended_on,
        version=row.version,
    )
