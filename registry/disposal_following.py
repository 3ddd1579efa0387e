"""What each assessment says of disposals that were carried out: the data are gone, or they still lie there.

Gone is said only after every place was scanned anew and completely since; still there as soon as a scan
since then finds an object of the order, or anything personal in its folder.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from sqlalchemy import select

from registry.disposal_states import WAITING, DisposalState
from registry.estate import Estate
from registry.facts import Reconciliation
from registry.journal import Action
from registry.looks import Look, are_new, looks_of, place_key
from registry.model import UnitId
from registry.places import lies_below
from registry.store import Tx
from registry.store.case_tables import DisposalRecord


def follow(tx: Tx, assessment_id: str, estate: Estate, found: Reconciliation) -> None:
    """Bring the executed disposals of all units up to an assessment; the caller may run it."""
    waiting = select(DisposalRecord).where(DisposalRecord.state.in_([state.value for state in WAITING]))
    rows = tx.session.scalars(waiting.order_by(DisposalRecord.id)).all()
    looks = looks_of(estate.runs) if rows else {}
    told: dict[int, dict[str, list[int]]] = {}
    for row in rows:
        state = _state(tx, row, looks, found)
        if state is None or state == row.state:
            continue
        row.state, row.examined_at = state.value, tx.now
        told.setdefault(row.unit_id, {}).setdefault(state.value, []).append(row.id)
    tx.session.flush()
    for unit_id, states in sorted(told.items()):
        after = {"assessment": assessment_id, **states}
        tx.record(Action.DISPOSALS_EXAMINED, "disposal", "", UnitId(unit_id), None, after)


def _state(
    tx: Tx, row: DisposalRecord, looks: Mapping[str, Sequence[Look]], found: Reconciliation
) -> DisposalState | None:
    """Return what is known of a disposal now; None when no scan since then can tell."""
    places = [place_key(row.source_id, row.unit_id)]
    if not are_new(looks, places, after=row.executed_at, complete=False):
        return None
    if _still_there(tx, row, found):
        return DisposalState.NOT_CONFIRMED
    if are_new(looks, places, after=row.executed_at, complete=True):
        return DisposalState.CONFIRMED
    return None


def _still_there(tx: Tx, row: DisposalRecord, found: Reconciliation) -> bool:
    ids = frozenset(json.loads(row.objects_json))
    folder = tx.vault.open(row.folder_sealed, table="disposal", row=row.uid, column="folder_sealed")
    return any(
        item.facts.id in ids
        or (
            bool(folder)
            and item.facts.location.source_id == row.source_id
            and lies_below(item.facts.location.name, folder, is_table=item.facts.location.is_table)
        )
        for item in found.objects
    )
