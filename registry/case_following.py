"""What each assessment makes of the cases: opens, confirms, closes and reopens them, in few statements.

Called once by `registry.assess`, when the rows of an assessment stand. A difference that is gone closes its
case only when every place where it was found was scanned anew and completely. When it is gone though none
of these places was scanned anew, it is the ledger that was corrected, by who edited it last. Of a source that
was removed from the list no scan tells any more: what lay there is closed with that reason, never confirmed.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import bindparam, insert, select, update

from registry.access import today_in_japan
from registry.case_rows import Actor, due_day, event_row
from registry.case_states import CLOSED, TO_DO, TRANSITIONS, CaseState, Step
from registry.differences import difference_key
from registry.entry_columns import Entries
from registry.estate import Estate
from registry.facts import Difference
from registry.journal import Action
from registry.looks import Look, PlaceKey, are_new, looks_of, place_key
from registry.model import UnitId
from registry.reconcile import Comparison
from registry.store import Tx
from registry.store.base import new_uid
from registry.store.case_tables import CaseEventRecord, CaseRecord
from registry.store.tables import DiscrepancyRecord, LedgerVersionRecord, SourceRecord


@dataclass(frozen=True, slots=True)
class _Known:
    """A case as far as following it asks."""

    id: int
    identity: str
    state: CaseState
    unit_id: int
    score: int
    seen: str  # JSON {place: [run, …]} of the last time that it was found
    claimed_at: datetime | None
    expires_on: date | None


def follow(tx: Tx, assessment_id: str, estate: Estate, found: Comparison, *, since: datetime | None) -> None:
    """Bring the cases of all units up to an assessment; the caller may run it.

    `since` is when the assessment before it was made.
    """
    tx.session.flush()
    looks, today = looks_of(estate.runs), today_in_japan(tx.now)
    removed = _removed(tx)
    seen = _seen_in(tx, estate, found, looks)
    known = _known(tx, assessment_id)
    _open_new(tx, assessment_id, {key: runs for key, runs in seen.items() if key not in known})
    _refresh(tx, assessment_id, [(case.id, seen[case.identity], case.seen) for case in _in(known, seen)])
    steps: dict[Step, list[_Known]] = {}
    for case in known.values():
        step = (
            _step_when_found(case, looks, today)
            if case.identity in seen
            else _step_when_gone(case, looks, removed, today)
        )
        if step is not None:
            steps.setdefault(step, []).append(case)
    _take(tx, steps, today, _editor(tx, since) if Step.CORRECT_LEDGER in steps else None)
    _journal(tx, assessment_id, steps)


def _in(known: Mapping[str, _Known], seen: Mapping[str, str]) -> Iterable[_Known]:
    return (case for identity, case in known.items() if identity in seen)


def _step_when_found(case: _Known, looks: Mapping[str, Sequence[Look]], today: date) -> Step | None:
    if case.state.is_closed:
        return Step.FOUND_AGAIN
    if case.state is CaseState.LEDGER_CORRECTED:
        return Step.STILL_FOUND  # the ledger is compared anew each time: no scan has to be waited for
    if case.state is CaseState.DATA_REMOVED and are_new(
        looks, json.loads(case.seen), after=case.claimed_at, complete=False
    ):
        return Step.STILL_FOUND
    return Step.EXPIRE if _ran_out(case, today) else None


def _removed(tx: Tx) -> frozenset[PlaceKey]:
    """Return the places of the sources that were removed from the list."""
    query = select(SourceRecord.id, SourceRecord.unit_id).where(SourceRecord.removed_at.is_not(None))
    return frozenset(place_key(*row) for row in tx.session.execute(query))


def _step_when_gone(
    case: _Known, looks: Mapping[str, Sequence[Look]], removed: Collection[PlaceKey], today: date
) -> Step | None:
    places: Mapping[str, list[str]] = json.loads(case.seen)
    runs = {run for of_place in places.values() for run in of_place}
    left = [place for place in places if place not in removed]
    if len(left) < len(places):
        # Where it lay elsewhere too, those places must be looked at; the removed ones nobody can look at.
        told = not left or are_new(looks, left, after=case.claimed_at, complete=True, seen=runs)
        return Step.SOURCE_GONE if told else None
    if are_new(looks, places, after=case.claimed_at, complete=True, seen=runs):
        return Step.CONFIRM if case.state.is_claim else Step.VANISH
    if case.state in TO_DO and all(_runs_of(looks, place) == before for place, before in places.items()):
        return Step.CORRECT_LEDGER
    return Step.EXPIRE if _ran_out(case, today) else None


def _ran_out(case: _Known, today: date) -> bool:
    return case.state is CaseState.EXPLAINED and case.expires_on is not None and case.expires_on < today


def _runs_of(looks: Mapping[str, Sequence[Look]], place: str) -> list[str]:
    return sorted(look.run_id for look in looks.get(place, ()))


def _editor(tx: Tx, since: datetime | None) -> Actor | None:
    """Return who edited the ledger last since an assessment; None when nobody is known to have."""
    edits = select(LedgerVersionRecord).where(LedgerVersionRecord.by_id.is_not(None))
    if since is not None:
        edits = edits.where(LedgerVersionRecord.at > since)
    last = tx.session.scalar(edits.order_by(LedgerVersionRecord.id.desc()).limit(1))
    if last is None or last.by_id is None:
        return None
    name = tx.vault.open(last.by_sealed, table="ledger_version", row=last.uid, column="by_sealed")
    return Actor(last.by_id, name)


def _seen_in(
    tx: Tx, estate: Estate, found: Comparison, looks: Mapping[str, Sequence[Look]]
) -> dict[str, str]:
    """Return per difference, by its identity, the places where it was found and their runs, as JSON."""
    key = tx.vault.subkey("difference", 1)
    kept: dict[tuple[str, ...], str] = {}  # thousands of differences lie in some dozens of places
    seen: dict[str, str] = {}
    for difference in found.differences:
        places = tuple(sorted(_places(difference, estate.entries)))
        if places not in kept:
            runs = {place: _runs_of(looks, place) for place in places}
            kept[places] = json.dumps(runs, sort_keys=True)
        seen.setdefault(difference_key(key, difference), kept[places])
    return seen


def _places(difference: Difference, entries: Entries) -> set[str]:
    found = {place_key(source_id, unit_id) for unit_id, source_id in difference.scanned}
    shown = difference.shown
    if shown.entry_id is None:
        return found
    registered = entries.sources_of(shown.entry_id)
    return found | {place_key(each, shown.unit_id) for each in registered}


def _known(tx: Tx, assessment_id: str) -> dict[str, _Known]:
    """Return the cases that are open, and the closed ones that the assessment finds, by identity."""
    of_this = select(DiscrepancyRecord.identity).where(DiscrepancyRecord.assessment_id == assessment_id)
    closed = CaseRecord.state.in_([state.value for state in CLOSED])
    query = select(
        CaseRecord.id,
        CaseRecord.identity,
        CaseRecord.state,
        CaseRecord.unit_id,
        CaseRecord.score,
        CaseRecord.seen_in_json,
        CaseRecord.claimed_at,
        CaseRecord.expires_on,
    ).where(~closed | CaseRecord.identity.in_(of_this))
    return {
        row.identity: _Known(
            row.id,
            row.identity,
            CaseState(row.state),
            row.unit_id,
            row.score,
            row.seen_in_json,
            row.claimed_at,
            row.expires_on,
        )
        for row in tx.session.execute(query)
    }


def _open_new(tx: Tx, assessment_id: str, new: Mapping[str, str]) -> None:
    if not new:
        return
    today = today_in_japan(tx.now)
    query = select(
        DiscrepancyRecord.identity,
        DiscrepancyRecord.id,
        DiscrepancyRecord.kind,
        DiscrepancyRecord.unit_id,
        DiscrepancyRecord.entry_id,
        DiscrepancyRecord.score,
    ).where(DiscrepancyRecord.assessment_id == assessment_id)
    found = {row.identity: row for row in tx.session.execute(query) if row.identity in new}
    connection = tx.session.connection()
    made = [
        {
            "uid": new_uid(),
            "identity": identity,
            "kind": row.kind,
            "unit_id": row.unit_id,
            "entry_id": row.entry_id,
            "discrepancy_id": row.id,
            "score": row.score,
            "found": True,
            "seen_in_json": new[identity],
            "state": CaseState.NEW.value,
            "opened_at": tx.now,
            "changed_at": tx.now,
            "due_on": due_day(row.score, today),
            "version": 1,
        }
        for identity, row in found.items()
    ]
    connection.execute(insert(CaseRecord), made)
    fresh = select(CaseRecord.id, CaseRecord.unit_id).where(
        CaseRecord.discrepancy_id.in_(
            select(DiscrepancyRecord.id).where(DiscrepancyRecord.assessment_id == assessment_id)
        )
    )
    rows = connection.execute(fresh).all()
    events = [event_row(tx, row.id, row.unit_id, Step.OPEN, CaseState.NEW, actor=None) for row in rows]
    connection.execute(insert(CaseEventRecord), events)
    by_unit: dict[int, list[int]] = {}
    for row in rows:
        by_unit.setdefault(row.unit_id, []).append(row.id)
    for unit_id, ids in sorted(by_unit.items()):
        after = {"assessment": assessment_id, Step.OPEN.value: ids}
        tx.record(Action.CASES_FOLLOWED, "discrepancy_case", "", UnitId(unit_id), None, after)


def _refresh(tx: Tx, assessment_id: str, seen: Iterable[tuple[int, str, str]]) -> None:
    """Point every case that was found at its newest row; no step of anybody, so no new version."""
    connection = tx.session.connection()
    of_this = DiscrepancyRecord.assessment_id == assessment_id
    connection.execute(
        update(CaseRecord)
        .where(CaseRecord.identity == DiscrepancyRecord.identity, of_this)
        .values(
            discrepancy_id=DiscrepancyRecord.id,
            unit_id=DiscrepancyRecord.unit_id,
            score=DiscrepancyRecord.score,
            found=True,
        )
    )
    gone = CaseRecord.identity.not_in(select(DiscrepancyRecord.identity).where(of_this))
    connection.execute(update(CaseRecord).where(CaseRecord.found, gone).values(found=False))
    moved = [{"case": case_id, "runs": runs} for case_id, runs, before in seen if runs != before]
    if moved:
        statement = update(CaseRecord).where(CaseRecord.id == bindparam("case"))
        connection.execute(statement.values(seen_in_json=bindparam("runs")), moved)


def _take(tx: Tx, steps: Mapping[Step, Sequence[_Known]], today: date, editor: Actor | None) -> None:
    rows: list[dict[str, Any]] = []
    events: list[dict[str, object]] = []
    for step, cases in steps.items():
        end = TRANSITIONS[step].end
        actor = editor if step is Step.CORRECT_LEDGER else None
        for case in cases:
            events.append(event_row(tx, case.id, case.unit_id, step, end, actor=actor))
            rows.append(
                {
                    "case": case.id,
                    "new_state": end.value,
                    "new_due": due_day(case.score, today) if end is CaseState.REOPENED else None,
                    "new_claim": tx.now if end.is_claim else None,
                }
            )
    if not rows:
        return
    connection = tx.session.connection()
    statement = update(CaseRecord).where(CaseRecord.id == bindparam("case"))
    common = {
        "state": bindparam("new_state"),
        "changed_at": tx.now,
        "claimed_at": bindparam("new_claim"),
        "version": CaseRecord.version + 1,
    }
    kept = [row for row in rows if row["new_due"] is None]
    again = [row for row in rows if row["new_due"] is not None]
    if kept:
        bare = [{key: value for key, value in row.items() if key != "new_due"} for row in kept]
        connection.execute(statement.values(**common), bare)
    if again:
        connection.execute(statement.values(**common, due_on=bindparam("new_due")), again)
    connection.execute(insert(CaseEventRecord), events)


def _journal(tx: Tx, assessment_id: str, steps: Mapping[Step, Sequence[_Known]]) -> None:
    by_unit: dict[int, dict[str, list[int]]] = {}
    for step, cases in steps.items():
        for case in cases:
            by_unit.setdefault(case.unit_id, {}).setdefault(step.value, []).append(case.id)
    for unit_id, taken in sorted(by_unit.items()):
        after = {"assessment": assessment_id, **taken}
        tx.record(Action.CASES_FOLLOWED, "discrepancy_case", "", UnitId(unit_id), None, after)
