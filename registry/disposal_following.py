"""What each assessment says of disposals that were carried out: the data are gone, or they still lie there.

Gone is said only after every place was scanned anew and completely since; still there as soon as a scan
since then finds an object of the order, or anything personal in its folder.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import select

from registry.columns import Folders, Objects, Rows
from registry.disposal_states import WAITING, DisposalState
from registry.estate import Estate
from registry.journal import Action
from registry.looks import Look, are_new, looks_of, place_key
from registry.model import ObjectId, UnitId
from registry.places import CONTAINER
from registry.reconcile import Comparison
from registry.store import Tx
from registry.store.case_tables import DisposalRecord


def follow(tx: Tx, assessment_id: str, estate: Estate, found: Comparison) -> None:
    """Bring the executed disposals of all units up to an assessment; the caller may run it."""
    waiting = select(DisposalRecord).where(DisposalRecord.state.in_([state.value for state in WAITING]))
    rows = tx.session.scalars(waiting.order_by(DisposalRecord.id)).all()
    looks = looks_of(estate.runs) if rows else {}
    # Those that a scan since then can tell of.
    told = [row for row in rows if _is_new(row, looks, complete=False)]
    left = _still_there(tx, told, found.judged.objects)
    states: dict[int, dict[str, list[int]]] = {}
    for row in told:
        state = _state(row, looks, is_left=row.id in left)
        if state is None or state == row.state:
            continue
        row.state, row.examined_at = state.value, tx.now
        states.setdefault(row.unit_id, {}).setdefault(state.value, []).append(row.id)
    tx.session.flush()
    for unit_id, by_state in sorted(states.items()):
        after = {"assessment": assessment_id, **by_state}
        tx.record(Action.DISPOSALS_EXAMINED, "disposal", "", UnitId(unit_id), None, after)


def _is_new(row: DisposalRecord, looks: Mapping[str, Sequence[Look]], *, complete: bool) -> bool:
    places = [place_key(row.source_id, row.unit_id)]
    return are_new(looks, places, after=row.executed_at, complete=complete)


def _state(
    row: DisposalRecord, looks: Mapping[str, Sequence[Look]], *, is_left: bool
) -> DisposalState | None:
    """Return what is known of a disposal now; None when an incomplete scan found nothing of it."""
    if is_left:
        return DisposalState.NOT_CONFIRMED
    return DisposalState.CONFIRMED if _is_new(row, looks, complete=True) else None


def _still_there(tx: Tx, rows: Sequence[DisposalRecord], objects: Objects) -> frozenset[int]:
    """Return the disposals of which something was found."""
    ordered = {row.id: frozenset[ObjectId](json.loads(row.objects_json)) for row in rows}
    present = _present(frozenset[ObjectId]().union(*ordered.values()), objects)
    left = {key for key, ids in ordered.items() if ids & present}
    for row in rows:
        folder = tx.vault.open(row.folder_sealed, table="disposal", row=row.uid, column="folder_sealed")
        if row.id not in left and folder and _holds_something(folder, row.source_id, objects):
            left.add(row.id)
    return frozenset(left)


def _present(ids: Collection[ObjectId], objects: Objects) -> frozenset[ObjectId]:
    """Return those of the ids that something was found in."""
    if not ids:
        return frozenset()
    # The first half of an id tells objects apart most often; the texts tell for certain.
    keys = np.array([int(each[:16], 16) for each in ids], np.uint64)
    return frozenset(objects.texts.ids(np.flatnonzero(np.isin(objects.order, keys)))) & frozenset(ids)


def _holds_something(folder: str, source_id: int | None, objects: Objects) -> bool:
    """Return whether objects lie in a folder of a source, in a container within it, or in such a table."""
    below = _below(folder, source_id, objects.folders)
    return bool(len(below)) and bool(np.isin(objects.folder, below).any())


def _below(folder: str, source_id: int | None, folders: Folders) -> Rows:
    start = folder.strip("/").replace(CONTAINER, "/")
    numbers = np.flatnonzero(folders.source_id == (-1 if source_id is None else source_id))
    paths = pc.replace_substring(folders.paths.take(pa.array(numbers)), CONTAINER, "/")
    inside = pc.starts_with(paths, f"{start}/").to_numpy(zero_copy_only=False)
    is_table = folders.is_table[numbers]
    tables = pc.or_(pc.equal(paths, start), pc.starts_with(paths, f"{start}."))
    found: Rows = numbers[inside | (is_table & tables.to_numpy(zero_copy_only=False))]
    return found
