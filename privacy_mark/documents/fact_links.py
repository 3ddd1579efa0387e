"""What a version states 規程が述べる事実: typed links to facts, and "needs revision" once a fact differs.

Only what the newest approved version states asks for a revision. `check` compares everything once a day; each
change here compares at once.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import ColumnElement, or_, select, update
from sqlalchemy.orm import aliased

from privacy_mark.documents.facts import (
    FactKind,
    FactRef,
    current,
    entry_numbers,
    is_said,
    require_reach,
    same,
)
from privacy_mark.documents.model import FACTS, OPEN, VERSIONS, FactId, VersionId, VersionState
from registry.access import require, scope, today_in_japan
from registry.errors import Conflict, Duplicate, InvalidValue, NotFound
from registry.journal import Action, newest_of
from registry.model import Permission, UnitId
from registry.sealing import Row, checked
from registry.store import Tx
from registry.store.base import new_uid
from registry.store.document_tables import RuleFactRecord, RuleRecord, RuleVersionRecord

LONGEST_VALUE = 400
_KEPT = (*(state.value for state in OPEN), VersionState.APPROVED.value)


@dataclass(frozen=True, slots=True)
class Fact:
    """A fact as a version states it, and as it is now."""

    id: FactId
    ref: FactRef
    stated: str = field(repr=False)
    now: str = field(repr=False)  # empty: there is no such thing any more
    subject: str  # number of the ledger entry that it is about; empty for other kinds
    said: bool  # whether the text has the stated value in a known wording
    changed_on: date | None  # the day on which it was seen to differ
    version: int

    @property
    def differs(self) -> bool:
        """Return whether the rule says something else than what is so."""
        return not same(self.stated, self.now)


def facts(tx: Tx, version_id: VersionId) -> list[Fact]:
    """Return what a version states; raises NotFound."""
    version = _seen(tx, version_id)
    rows = tx.session.scalars(
        select(RuleFactRecord).filter_by(version_id=version.id).order_by(RuleFactRecord.id)
    ).all()
    now = current(tx, [_ref(row) for row in rows])
    numbers = entry_numbers(tx, [_ref(row) for row in rows])
    text = Row(tx, VERSIONS, version.uid).opened("text", version.text_sealed) if rows else ""
    found = []
    for row in rows:
        ref, stated = _ref(row), _stated(tx, row)
        found.append(
            Fact(
                FactId(row.id),
                ref,
                stated,
                now[ref],
                numbers.get(ref, ""),
                is_said(ref, stated, text),
                row.changed_on,
                row.version,
            )
        )
    return found


def state(tx: Tx, version_id: VersionId, ref: FactRef, stated: str) -> FactId:
    """Say that a version states a fact, with the value as its text has it.

    Raises NotFound, AccessDenied without MANAGE_REVIEWS, Duplicate (`kind`), InvalidValue: `stated`
    `required` or `too_long`, `subject_id` or `detail` `unknown`, `state` `withdrawn`.
    """
    version = _seen(tx, version_id)
    require(tx, Permission.MANAGE_REVIEWS, UnitId(version.unit_id))
    if version.state not in _KEPT:
        raise InvalidValue("state", "withdrawn")
    require_reach(tx, ref, UnitId(version.unit_id))
    given = checked({"stated": stated}, "stated", longest=LONGEST_VALUE)
    there = select(RuleFactRecord.id).filter_by(
        version_id=version.id, kind=ref.kind.value, subject_id=ref.subject_id, detail=ref.detail
    )
    if tx.session.scalar(there) is not None:
        raise Duplicate("kind")
    row = _added(tx, version, ref, given["stated"], current(tx, [ref])[ref])
    tx.session.flush()
    tx.record(Action.RULE_FACT_STATED, FACTS, row.id, UnitId(row.unit_id), None, _told(row, given["stated"]))
    return FactId(row.id)


def restate(tx: Tx, fact_id: FactId, stated: str, *, expected_version: int) -> None:
    """Correct the value that a version states; raises as `state`, and Conflict."""
    row = _held(tx, fact_id, expected_version)
    given = checked({"stated": stated}, "stated", longest=LONGEST_VALUE)["stated"]
    before = _told(row, _stated(tx, row))
    _set(tx, row, given, current(tx, [_ref(row)])[_ref(row)])
    tx.session.flush()
    tx.record(Action.RULE_FACT_STATED, FACTS, row.id, UnitId(row.unit_id), before, _told(row, given))


def remove(tx: Tx, fact_id: FactId, *, expected_version: int) -> None:
    """Take back that a version states a fact; raises NotFound, AccessDenied, Conflict."""
    row = _held(tx, fact_id, expected_version)
    before = _told(row, _stated(tx, row))
    tx.session.delete(row)
    tx.session.flush()
    tx.record(Action.RULE_FACT_REMOVED, FACTS, fact_id, UnitId(row.unit_id), before, None)


def check(tx: Tx) -> int:
    """Compare what all rules state with what is so, where one keeps them; return how many newly differ."""
    rows = tx.session.execute(
        select(RuleFactRecord)
        .join(RuleVersionRecord, RuleVersionRecord.id == RuleFactRecord.version_id)
        .join(RuleRecord, RuleRecord.id == RuleVersionRecord.rule_id)
        .where(
            RuleRecord.ended_on.is_(None),
            RuleVersionRecord.state.in_(_KEPT),
            RuleFactRecord.unit_id.in_(scope(tx, Permission.MANAGE_REVIEWS)),
            or_(
                RuleVersionRecord.state != VersionState.APPROVED.value,
                ~_has_successor(),
            ),
        )
        .order_by(RuleFactRecord.id)
    ).scalars()
    return _compare(tx, rows.all())


def carry(tx: Tx, last: RuleVersionRecord, version: RuleVersionRecord, text: str) -> None:
    """Give the facts of the last version to the next: those as they are now that its text says so."""
    rows = tx.session.scalars(
        select(RuleFactRecord).filter_by(version_id=last.id).order_by(RuleFactRecord.id)
    ).all()
    now = current(tx, [_ref(row) for row in rows])
    for row in rows:
        ref = _ref(row)
        stated = now[ref] if is_said(ref, now[ref], text) else _stated(tx, row)
        made = _added(tx, version, ref, stated, now[ref])
        tx.session.flush()
        tx.record(Action.RULE_FACT_STATED, FACTS, made.id, UnitId(made.unit_id), None, _told(made, stated))


def restated(tx: Tx, version: RuleVersionRecord, text: str) -> None:
    """Take for stated what the corrected text of a version says as it is now."""
    rows = tx.session.scalars(select(RuleFactRecord).filter_by(version_id=version.id)).all()
    now = current(tx, [_ref(row) for row in rows])
    for row in rows:
        ref = _ref(row)
        before = _stated(tx, row)
        if before == now[ref] or not is_said(ref, now[ref], text):
            continue
        _set(tx, row, now[ref], now[ref])
        tx.session.flush()
        told = (_told(row, before), _told(row, now[ref]))
        tx.record(Action.RULE_FACT_STATED, FACTS, row.id, UnitId(row.unit_id), *told)


def _has_successor() -> ColumnElement[bool]:
    later = aliased(RuleVersionRecord)
    return (
        select(later.id)
        .where(
            later.rule_id == RuleVersionRecord.rule_id,
            later.state == VersionState.APPROVED.value,
            later.number > RuleVersionRecord.number,
        )
        .exists()
    )


def _compare(tx: Tx, rows: Collection[RuleFactRecord]) -> int:
    now = current(tx, {_ref(row) for row in rows})
    today, differing = today_in_japan(tx.now), 0
    for row in rows:
        differs = not same(_stated(tx, row), now[_ref(row)])
        if differs == (row.changed_on is not None):
            continue
        before, after = {"changed_on": row.changed_on}, {"changed_on": today if differs else None}
        # Nobody edited the row: who has it open on a page is not told of a conflict.
        tx.session.execute(
            update(RuleFactRecord).where(RuleFactRecord.id == row.id).values(changed_on=after["changed_on"])
        )
        tx.record(Action.RULE_FACT_COMPARED, FACTS, row.id, UnitId(row.unit_id), before, after)
        differing += differs
    return differing


def _added(tx: Tx, version: RuleVersionRecord, ref: FactRef, stated: str, now: str) -> RuleFactRecord:
    row = RuleFactRecord(
        uid=new_uid(),
        unit_id=version.unit_id,
        version_id=version.id,
        kind=ref.kind.value,
        subject_id=ref.subject_id,
        detail=ref.detail,
    )
    _set(tx, row, stated, now)
    tx.session.add(row)
    return row


def _set(tx: Tx, row: RuleFactRecord, stated: str, now: str) -> None:
    row.stated_sealed = Row(tx, FACTS, row.uid).sealed({"stated": stated})["stated_sealed"]
    if same(stated, now):
        row.changed_on = None
    elif row.changed_on is None:
        row.changed_on = today_in_japan(tx.now)


def _seen(tx: Tx, version_id: int) -> RuleVersionRecord:
    row = tx.session.scalar(
        select(RuleVersionRecord).where(
            RuleVersionRecord.id == version_id,
            RuleVersionRecord.unit_id.in_(scope(tx, Permission.VIEW_REVIEWS)),
        )
    )
    if row is None:
        raise NotFound(VERSIONS)
    return row


def _held(tx: Tx, fact_id: FactId, expected_version: int) -> RuleFactRecord:
    row = tx.session.scalar(
        select(RuleFactRecord).where(
            RuleFactRecord.id == fact_id, RuleFactRecord.unit_id.in_(scope(tx, Permission.VIEW_REVIEWS))
        )
    )
    if row is None:
        raise NotFound(FACTS)
    require(tx, Permission.MANAGE_REVIEWS, UnitId(row.unit_id))
    if row.version != expected_version:
        newest = newest_of(tx, FACTS, row.id)
        raise Conflict(newest.actor, newest.at, (), version=row.version)
    return row


def _ref(row: RuleFactRecord) -> FactRef:
    return FactRef(FactKind(row.kind), row.subject_id, row.detail)


def _stated(tx: Tx, row: RuleFactRecord) -> str:
    return Row(tx, FACTS, row.uid).opened("stated", row.stated_sealed)


def _told(row: RuleFactRecord, stated: str) -> dict[str, object]:
    return {
        "version": row.version_id,
        "kind": row.kind,
        "subject_id": row.subject_id,
        "detail": row.detail,
        "stated": stated,
    }
