"""Change reports 変更報告, and what the registers know of changes since the last application (様式9).

The form names who represents the company and who its managers are, before and after; what the annex has of
these changes does not. Who applies completes what no register holds.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date

from sqlalchemy import or_, select

from privacy_mark.certificates import rounds
from privacy_mark.certificates.bodies import body_of
from privacy_mark.certificates.model import Round, RoundState
from privacy_mark.certificates.steps import Step
from privacy_mark.changes import posts
from privacy_mark.changes.catalogue import Kind, Outcome
from privacy_mark.changes.catalogue import rules as change_rules
from privacy_mark.changes.detection import tells
from privacy_mark.changes.model import State, TaskState, number_of
from privacy_mark.changes.rows import CHANGES, TASKS
from privacy_mark.governance.model import APPOINTMENTS
from privacy_mark.pack.certificate_section import certificates_of
from privacy_mark.pack.model import (
    Cell,
    Code,
    Figure,
    Line,
    Listing,
    Plain,
    Record,
    RowKey,
    Section,
    Subject,
)
from privacy_mark.pack.unit_changes import unit_changes
from registry.access import allowed, scope
from registry.model import Permission
from registry.sealing import Row
from registry.store import Tx
from registry.store.certificate_tables import CertificateStep
from registry.store.change_tables import ChangeRecord, ChangeTaskRecord

_CERTIFICATE, _ROUND, _STEP = "pm_certificate", "pm_round", "pm_step"


def changes(tx: Tx, of: Subject) -> Section:
    """Return the change reports of two years and open ones; and changes since the last application.

    What the body said is no change to report stands among the reports alone. Reports are those of the
    entity's own certificates: a certified subsidiary tells its own.
    """
    granted = _granted(tx, of)
    since, applied = _since(tx, of, granted)
    rows = _rows(tx, of, since)
    tasks = _tasks(tx, rows)
    newer = [row for row in rows if row.changed_on >= since and row.outcome != Outcome.NONE.value]
    officers, told_officers = _officers(tx, of, since, rows)
    units, told_units = unit_changes(tx, of, since, {row.history_id for row in rows})
    terms, told_terms = _terms(of, granted)
    listings = (
        Listing("changes.reports", tuple(_report(row, tasks.get(row.id, ())) for row in rows)),
        Listing("changes.told", tuple(_told(tx, row) for row in newer)),
        Listing("changes.officers", officers),
        Listing("changes.units", units),
        Listing("changes.terms", terms),
    )
    figures = (
        Figure("changes.since", since, applied),
        Figure.count("changes.count", _keys(rows)),
        Figure.count("changes.closed", _keys(row for row in rows if row.state == State.CLOSED.value)),
        Figure.count("changes.since_count", _keys(newer)),
    )
    records = (*_records(rows, tasks), *_steps(tx, applied), *told_officers, *told_units, *told_terms)
    return Section("changes", figures, listings, records)


def _granted(tx: Tx, of: Subject) -> list[Round]:
    """Return the applications that were granted, oldest first."""
    held = rounds.rounds(tx, of.certificate.id) if of.certificate else []
    found = [each for each in held if each.state is RoundState.GRANTED and each.granted_from is not None]
    return sorted(found, key=lambda each: (each.granted_from or date.min, each.id))


def _since(tx: Tx, of: Subject, granted: Sequence[Round]) -> tuple[date, tuple[RowKey, ...]]:
    """Return when the last application was handed in, and the row that tells it; else two years back."""
    if not granted or granted[-1].applied_on is None:
        return of.since, ()
    row = tx.session.scalar(
        select(CertificateStep.id).where(
            CertificateStep.round_id == granted[-1].id, CertificateStep.step == Step.APPLICATION.value
        )
    )
    return granted[-1].applied_on, (RowKey(_STEP, str(row)),)


def _rows(tx: Tx, of: Subject, since: date) -> Sequence[ChangeRecord]:
    return tx.session.scalars(
        select(ChangeRecord)
        .where(
            ChangeRecord.certificate_id.in_(certificates_of(of)),
            ChangeRecord.unit_id.in_(scope(tx, Permission.VIEW_CERTIFICATION)),
            or_(
                ChangeRecord.changed_on >= min(since, of.since),
                ChangeRecord.state != State.CLOSED.value,
            ),
        )
        .order_by(ChangeRecord.changed_on, ChangeRecord.id)
    ).all()


def _tasks(tx: Tx, rows: Iterable[ChangeRecord]) -> dict[int, list[ChangeTaskRecord]]:
    found: dict[int, list[ChangeTaskRecord]] = {}
    for row in tx.session.scalars(
        select(ChangeTaskRecord)
        .where(ChangeTaskRecord.change_id.in_([each.id for each in rows]))
        .order_by(ChangeTaskRecord.id)
    ):
        found.setdefault(row.change_id, []).append(row)
    return found


def _report(row: ChangeRecord, tasks: Sequence[ChangeTaskRecord]) -> Line:
    """Return how far a report is; not what was written in it."""
    ended = [task for task in tasks if task.state != TaskState.OPEN.value]
    outcome: Cell = None
    if row.outcome:
        outcome = change_rules().outcomes[Outcome(row.outcome)].name
    elif row.question:
        outcome = Code("change_outcome", "asked")
    return Line(
        (
            number_of(row.id),
            change_rules().kinds[Kind(row.kind)].name,
            row.changed_on,
            body_of(row.body).name,
            Figure.count("changes.tasks", _task_keys(tasks)),
            Figure.count("changes.tasks_done", _task_keys(ended)),
            outcome,
            Code("change_state", row.state),
            row.approved_on,
        ),
        _keys([row]),
    )


def _told(tx: Tx, row: ChangeRecord) -> Line:
    """Return what changed from what to what; the contact is named where the form asks for it."""
    before = after = ""
    if row.kind != Kind.CONTACT.value:
        sealed = Row(tx, CHANGES, row.uid)
        before = sealed.opened("before", row.before_sealed)
        after = sealed.opened("after", row.after_sealed)
    return Line(
        (
            number_of(row.id),
            change_rules().kinds[Kind(row.kind)].name,
            row.changed_on,
            before or None,
            after or None,
            Code("change_state", row.state),
        ),
        _keys([row]),
    )


def _officers(
    tx: Tx, of: Subject, since: date, rows: Sequence[ChangeRecord]
) -> tuple[tuple[Line, ...], list[Record]]:
    """Return who is new in a post that a body is told of, where no change report tells it."""
    lines: list[Line] = []
    records: list[Record] = []
    shown: set[tuple[Kind, str, date]] = set()
    letters = allowed(tx, Permission.VIEW_REVIEWS, of.unit.id)
    found = list(posts.new_holders(replace(tx, now=of.as_of), [of.unit.id], since))
    for new in sorted(found, key=lambda each: (each.draft.changed_on, each.cause)):
        of_kind = (row for row in rows if row.kind == new.draft.kind.value)
        told = (new.draft.kind, posts.plain(new.name), new.draft.changed_on)
        if told in shown or any(tells(tx, row, new) for row in of_kind):
            continue
        table, number, *_who = new.cause.split(":")
        if table == APPOINTMENTS and not letters:
            continue
        shown.add(told)
        key = RowKey(table, number)
        name = change_rules().kinds[new.draft.kind].name
        lines.append(Line((name, new.draft.changed_on, new.draft.before, new.name), (key,)))
        records.append(Record(key, {"post": new.draft.kind.value, "from": new.draft.changed_on}))
    return tuple(lines), records


def _terms(of: Subject, granted: Sequence[Round]) -> tuple[tuple[Line, ...], list[Record]]:
    """Return the terms that were granted, by the applications and by the certificate itself."""
    held = of.certificate
    known = {each.valid_from: each for each in (held.term, held.next_term) if each} if held else {}
    rows: dict[date, tuple[date | None, date | None, RowKey]] = {}
    records = []
    for each in granted:
        if each.granted_from is not None:
            key = RowKey(_ROUND, str(each.id))
            rows[each.granted_from] = (each.applied_on, each.granted_until, key)
            records.append(Record(key, {"kind": each.kind, "started_on": each.started_on}))
    if held:
        key = RowKey(_CERTIFICATE, str(held.id))
        records.append(Record(key, {"number": held.number, "state": held.state}))
        for day, term in known.items():
            rows.setdefault(day, (None, term.valid_until, key))
    lines = tuple(
        Line((str(known[day].mark) if day in known else None, applied_on, day, until), (key,))
        for day, (applied_on, until, key) in sorted(rows.items())
    )
    return lines, records


def _steps(tx: Tx, applied: Sequence[RowKey]) -> list[Record]:
    found = []
    for key in applied:
        row = tx.session.get_one(CertificateStep, int(key.id))
        values: dict[str, Plain] = {
            "step": row.step,
            "planned_on": row.planned_on,
            "actual_on": row.actual_on,
        }
        found.append(Record(key, values, RowKey(_ROUND, str(row.round_id))))
    return found


def _records(rows: Iterable[ChangeRecord], tasks: dict[int, list[ChangeTaskRecord]]) -> list[Record]:
    found = []
    for row in rows:
        (key,) = _keys([row])
        found.append(Record(key, {"kind": row.kind, "changed_on": row.changed_on, "state": row.state}))
        for task in tasks.get(row.id, ()):
            # A task is told by its report until somebody plans or does it.
            own = None if task.version > 1 else key
            values: dict[str, Plain] = {
                "task": task.task,
                "state": task.state,
                "due_on": task.due_on,
                "done_on": task.done_on,
            }
            found.append(Record(RowKey(TASKS, str(task.id)), values, own))
    return found


def _keys(rows: Iterable[ChangeRecord]) -> tuple[RowKey, ...]:
    return tuple(RowKey(CHANGES, str(row.id)) for row in rows)


def _task_keys(rows: Iterable[ChangeTaskRecord]) -> tuple[RowKey, ...]:
    return tuple(RowKey(TASKS, str(row.id)) for row in rows)
