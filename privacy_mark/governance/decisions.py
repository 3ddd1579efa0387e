"""Decisions 決定事項: recorded, then conveyed to the units below that they are meant for."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date

from sqlalchemy import func, select

from privacy_mark.governance.bodies import body_row
from privacy_mark.governance.model import (
    ARRIVALS,
    DECISIONS,
    LONGEST_NAME,
    BodyId,
    Decision,
    DecisionDraft,
    DecisionId,
    Reach,
)
from registry.access import require, require_open, scope, today_in_japan
from registry.errors import Conflict, InvalidValue, NotFound
from registry.journal import Action, newest_of
from registry.model import Permission, UnitId, UnitKind
from registry.sealing import Row, checked
from registry.store import Tx
from registry.store.base import new_uid
from registry.store.governance_tables import ArrivalRecord, DecisionRecord
from registry.store.tables import OrgClosure, OrgUnit

PAGE = 50


def record(tx: Tx, draft: DecisionDraft) -> DecisionId:
    """Record a decision; nobody is told yet.

    Raises AccessDenied without MANAGE_REVIEWS in the unit, NotFound for a body that one may not see,
    InvalidValue: `title` or `text` `required` or `too_long`, `decided_on` `future`, `body_id` `other_unit`,
    `unit_id` `closed`.
    """
    require(tx, Permission.MANAGE_REVIEWS, draft.unit_id)
    require_open(tx, draft.unit_id)
    texts, uid = _texts(tx, draft), new_uid()
    row = DecisionRecord(
        uid=uid,
        unit_id=draft.unit_id,
        body_id=draft.body_id,
        decided_on=draft.decided_on,
        recorder_id=tx.principal.user_id,
        **Row(tx, DECISIONS, uid).sealed(texts | {"recorder": tx.principal.name}),
    )
    tx.session.add(row)
    tx.session.flush()
    tx.record(Action.DECISION_RECORDED, DECISIONS, row.id, draft.unit_id, None, _told(tx, row))
    return DecisionId(row.id)


def correct(tx: Tx, decision_id: DecisionId, draft: DecisionDraft, *, expected_version: int) -> None:
    """Correct a decision before anybody is told; its unit stays.

    Raises as `record`, Conflict, InvalidValue: `state` `issued` or `withdrawn`, `unit_id` `fixed`.
    """
    row = held(tx, decision_id, expected_version)
    if row.issued_at is not None:
        raise InvalidValue("state", "issued")
    if draft.unit_id != row.unit_id:
        raise InvalidValue("unit_id", "fixed")
    columns = Row(tx, DECISIONS, row.uid).sealed(_texts(tx, draft))
    before = _told(tx, row)
    row.body_id, row.decided_on = draft.body_id, draft.decided_on
    row.title_sealed, row.text_sealed = columns["title_sealed"], columns["text_sealed"]
    tx.session.flush()
    tx.record(Action.DECISION_CORRECTED, DECISIONS, row.id, UnitId(row.unit_id), before, _told(tx, row))


def issue(
    tx: Tx, decision_id: DecisionId, kinds: Collection[UnitKind], *, due_on: date, expected_version: int
) -> int:
    """Convey a decision to every open unit below of these kinds; return how many there are.

    The uppermost of them get it at once; each conveys it on to those below it. Raises NotFound, AccessDenied
    without MANAGE_REVIEWS, Conflict, InvalidValue: `state` `issued` or `withdrawn`, `due_on` `past`, `kinds`
    `nobody` when there is no such unit.
    """
    row = held(tx, decision_id, expected_version)
    if row.issued_at is not None:
        raise InvalidValue("state", "issued")
    if due_on < today_in_japan(tx.now):
        raise InvalidValue("due_on", "past")
    above = nearest(tx, UnitId(row.unit_id), kinds)
    if not above:
        raise InvalidValue("kinds", "nobody")
    for unit_id, from_ in above.items():
        uid = new_uid()
        arrival = ArrivalRecord(uid=uid, unit_id=unit_id, decision_id=row.id, above_id=from_)
        if from_ is None:
            arrival.conveyed_at, arrival.conveyor_id = tx.now, tx.principal.user_id
            name = Row(tx, ARRIVALS, uid).sealed({"conveyor": tx.principal.name})
            arrival.conveyor_sealed = name["conveyor_sealed"]
        tx.session.add(arrival)
    row.issued_at, row.due_on = tx.now, due_on
    row.kinds = ",".join(sorted(kind.value for kind in kinds))
    tx.session.flush()
    after = {"units": len(above), "due_on": due_on, "kinds": sorted(kind.value for kind in kinds)}
    tx.record(Action.DECISION_ISSUED, DECISIONS, row.id, UnitId(row.unit_id), None, after)
    return len(above)


def withdraw(tx: Tx, decision_id: DecisionId, *, expected_version: int) -> None:
    """Withdraw a decision: nobody conveys or acknowledges it any more; what was recorded stays.

    Raises NotFound, AccessDenied without MANAGE_REVIEWS, Conflict, InvalidValue: `state` `withdrawn`.
    """
    row = held(tx, decision_id, expected_version)
    row.withdrawn_at = tx.now
    tx.session.flush()
    tx.record(Action.DECISION_WITHDRAWN, DECISIONS, row.id, UnitId(row.unit_id), None, _told(tx, row))


def decisions(
    tx: Tx, unit_id: UnitId | None = None, *, offset: int = 0, limit: int = PAGE
) -> tuple[list[Decision], int]:
    """Return a page of the decisions of units that one may see, the newest first, and how many there are."""
    conditions = [DecisionRecord.unit_id.in_(scope(tx, Permission.VIEW_REVIEWS))]
    if unit_id is not None:
        below = select(OrgClosure.descendant).where(OrgClosure.ancestor == unit_id)
        conditions.append(DecisionRecord.unit_id.in_(below))
    total = tx.session.scalar(select(func.count(DecisionRecord.id)).where(*conditions)) or 0
    rows = tx.session.scalars(
        select(DecisionRecord)
        .where(*conditions)
        .order_by(DecisionRecord.decided_on.desc(), DecisionRecord.id.desc())
        .offset(offset)
        .limit(limit)
    ).all()
    reached = _reach(tx, [row.id for row in rows])
    return [_decision(tx, row, reached.get(row.id, Reach(0, 0, 0))) for row in rows], total


def decision(tx: Tx, decision_id: DecisionId) -> Decision:
    """Return one decision with its text; raises NotFound."""
    row = decision_row(tx, decision_id)
    return _decision(tx, row, _reach(tx, [row.id]).get(row.id, Reach(0, 0, 0)), text=True)


def held(tx: Tx, decision_id: DecisionId, expected_version: int) -> DecisionRecord:
    """Return a decision to be changed; raises NotFound, AccessDenied, Conflict, InvalidValue `withdrawn`."""
    row = decision_row(tx, decision_id)
    require(tx, Permission.MANAGE_REVIEWS, UnitId(row.unit_id))
    if row.version != expected_version:
        newest = newest_of(tx, DECISIONS, row.id)
        raise Conflict(newest.actor, newest.at, (), version=row.version)
    if row.withdrawn_at is not None:
        raise InvalidValue("state", "withdrawn")
    return row


def opened(tx: Tx, row: DecisionRecord) -> tuple[str, str]:
    """Return title and text of a decision; the caller has checked who asks."""
    sealed = Row(tx, DECISIONS, row.uid)
    return sealed.opened("title", row.title_sealed), sealed.opened("text", row.text_sealed)


def nearest(tx: Tx, unit_id: UnitId, kinds: Collection[UnitKind]) -> Mapping[int, int | None]:
    """Return the open units of these kinds below one, each with the nearest of them above it."""
    rows = {
        row.id: row
        for row in tx.session.execute(
            select(OrgUnit.id, OrgUnit.parent_id, OrgUnit.kind, OrgUnit.closed_at)
            .join(OrgClosure, OrgClosure.descendant == OrgUnit.id)
            .where(OrgClosure.ancestor == unit_id)
        )
    }
    wanted = {kind.value for kind in kinds}
    meant = {
        row.id for row in rows.values() if row.kind in wanted and row.closed_at is None and row.id != unit_id
    }
    found: dict[int, int | None] = {}
    for each in meant:
        at = rows[each].parent_id
        while at is not None and at in rows and at not in meant:
            at = rows[at].parent_id
        found[each] = at if at in meant else None
    return found


def _reach(tx: Tx, ids: Sequence[int]) -> Mapping[int, Reach]:
    rows = tx.session.execute(
        select(
            ArrivalRecord.decision_id,
            func.count(ArrivalRecord.id),
            func.count(ArrivalRecord.conveyed_at),
            func.count(ArrivalRecord.acknowledged_at),
        )
        .where(ArrivalRecord.decision_id.in_(ids), ArrivalRecord.closed_at.is_(None))
        .group_by(ArrivalRecord.decision_id)
    )
    return {decision_id: Reach(*counts) for decision_id, *counts in rows}


def _texts(tx: Tx, draft: DecisionDraft) -> dict[str, str]:
    if draft.decided_on > today_in_japan(tx.now):
        raise InvalidValue("decided_on", "future")
    if draft.body_id is not None and body_row(tx, draft.body_id).unit_id != draft.unit_id:
        raise InvalidValue("body_id", "other_unit")
    title = checked({"title": draft.title}, "title", longest=LONGEST_NAME)
    return title | checked({"text": draft.text}, "text")


def decision_row(tx: Tx, decision_id: DecisionId) -> DecisionRecord:
    """Return a decision of a unit that one sees; raises NotFound."""
    row = tx.session.scalar(
        select(DecisionRecord).where(
            DecisionRecord.id == decision_id, DecisionRecord.unit_id.in_(scope(tx, Permission.VIEW_REVIEWS))
        )
    )
    if row is None:
        raise NotFound(DECISIONS)
    return row


def _told(tx: Tx, row: DecisionRecord) -> dict[str, object]:
    """Return what the journal keeps: a correction leaves what was written before it."""
    title, text = opened(tx, row)
    return {"body": row.body_id, "decided_on": row.decided_on, "title": title, "text": text}


def _decision(tx: Tx, row: DecisionRecord, reach: Reach, *, text: bool = False) -> Decision:
    sealed = Row(tx, DECISIONS, row.uid)
    return Decision(
        unit_id=UnitId(row.unit_id),
        body_id=None if row.body_id is None else BodyId(row.body_id),
        decided_on=row.decided_on,
        title=sealed.opened("title", row.title_sealed),
        text=sealed.opened("text", row.text_sealed) if text else "",
        id=DecisionId(row.id),
        recorder=sealed.opened("recorder", row.recorder_sealed),
        due_on=row.due_on,
        issued_at=row.issued_at,
        withdrawn_at=row.withdrawn_at,
        reach=reach,
        version=row.version,
    )
