"""Evidence from internal audits 内部監査, conformity and operation apart, and from corrective actions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import and_, case, func, select

from privacy_mark.actions.model import ActionState
from privacy_mark.audits.assignment import AuditKind
from privacy_mark.audits.model import AuditState, ProgrammeScope, ProgrammeState
from privacy_mark.requirements.facts import Fact, Members, Standing, Supplier
from privacy_mark.requirements.handled_suppliers import handled
from privacy_mark.requirements.model import SupplierId
from registry.limits import months_after
from registry.model import UnitId
from registry.store import Tx
from registry.store.audit_tables import AuditProgramme, AuditRecord, CorrectiveAction

_YEAR = 12  # months


@dataclass(slots=True)
class _Audited:
    of: int = 0
    done: int = 0
    late: int = 0
    first: date | None = None  # the oldest day on which one was done
    ends: date | None = None  # the last due day


def _audits(kind: AuditKind) -> Callable[[Tx, Members, date], Mapping[UnitId, Fact]]:
    """Return what the newest approved programme of an entity's own departments says of one kind."""

    def measure(tx: Tx, members: Members, today: date) -> Mapping[UnitId, Fact]:
        programmes = tx.session.execute(
            select(AuditProgramme.id, AuditProgramme.unit_id, AuditProgramme.last)
            .where(
                AuditProgramme.scope == ProgrammeScope.DEPARTMENTS.value,
                AuditProgramme.state != ProgrammeState.PLANNED.value,
                AuditProgramme.first <= today,
            )
            .order_by(AuditProgramme.first, AuditProgramme.id)
        )
        newest = {
            members.entity_of[row.unit_id]: row for row in programmes if row.unit_id in members.entity_of
        }
        of = {row.id: entity for entity, row in newest.items()}
        found: dict[UnitId, _Audited] = {entity: _Audited() for entity in newest}
        done = AuditRecord.state == AuditState.DONE.value
        query = (
            select(
                AuditRecord.programme_id,
                func.count(),
                func.sum(case((done, 1), else_=0)),
                func.sum(case((and_(~done, AuditRecord.due_on < today), 1), else_=0)),
                func.min(AuditRecord.done_on),
                func.max(AuditRecord.due_on),
            )
            .where(AuditRecord.kind.in_([kind.value, AuditKind.BOTH.value]))
            .group_by(AuditRecord.programme_id)
        )
        for programme, *counts in tx.session.execute(query):
            if (entity := of.get(programme)) is not None:
                found[entity] = _Audited(*counts)
        return {entity: _fact(each, newest[entity].last, today) for entity, each in found.items()}

    return measure


def _fact(of: _Audited, last: date, today: date) -> Fact:
    """Return what audits show: a year from the first one done; until their last day they are under way."""
    if of.of and of.done == of.of and of.first is not None:
        until = months_after(of.first, _YEAR)
        standing = Standing.SHOWN if today <= until else Standing.LACKING
        return Fact(standing, of.done, of.of, of.first, until)
    ends = of.ends or last
    standing = Standing.LACKING if of.late or ends < today else Standing.UNDER_WAY
    return Fact(standing, of.done, of.of, of.first, ends)


def _actions(tx: Tx, members: Members, today: date) -> Mapping[UnitId, Fact]:
    """The next step of every corrective action that is open lies ahead."""
    action = CorrectiveAction
    planned = func.coalesce(action.due_on, action.answer_by)
    checked = action.state.in_([ActionState.DONE.value, ActionState.REVIEWED.value])
    return handled(
        tx,
        members,
        today,
        unit=action.unit_id,
        begun=action.found_on,
        due=case((checked, func.coalesce(action.review_by, planned)), else_=planned),
        ended=action.state == ActionState.CLOSED.value,
    )


AUDITED = (
    Supplier(SupplierId.AUDIT_CONFORMITY, _audits(AuditKind.CONFORMITY)),
    Supplier(SupplierId.AUDIT_OPERATION, _audits(AuditKind.OPERATION)),
    Supplier(SupplierId.CORRECTIVE_ACTIONS, _actions),
)
"""Suppliers of audits and corrective actions."""
