"""Exclusions 除外 in force: objects and folders that comparison and risk leave out until their last day.

They stay in the inventory, without a risk; the page of remediation names each with its reason and day.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import Select, select

from registry import remediation_rows
from registry.access import scope, today_in_japan
from registry.journal import Action
from registry.model import Permission, UnitId
from registry.places import CONTAINER
from registry.remediation_rows import TABLE, described
from registry.remediation_states import EXCLUSIONS, RemediationKind, RemediationState
from registry.store import Tx
from registry.store.remediation_tables import RemediationRecord

if TYPE_CHECKING:
    from registry.columns import Flags, Folders, Keys


@dataclass(frozen=True, slots=True)
class Excluded:
    """What is left out: ids of objects, and folders of sources by their true names."""

    objects: frozenset[str] = frozenset()
    folders: tuple[tuple[int, str], ...] = field(default=(), repr=False)

    def rows(self, high: Keys, low: Keys, folder: npt.NDArray[np.int32], folders: Folders) -> Flags:
        """Return which rows that were read are left out; `folder` is the place of each in `folders`."""
        out = np.zeros(len(high), np.bool_)
        for each in self.objects:
            at = high == np.uint64(int(each[:16], 16))
            if at.any():
                out |= at & (low == np.uint64(int(each[16:], 16)))
        if self.folders:
            inside = np.zeros(len(folders.source_id), np.bool_)
            inside[_below(self.folders, folders)] = True
            out |= inside[folder]
        return out


NOTHING_EXCLUDED = Excluded()


def in_force(tx: Tx, as_of: date) -> Excluded:
    """Return the exclusions of all units on a day: a part of the comparison, which has asked."""
    rows = tx.session.scalars(
        standing().where(RemediationRecord.until >= as_of).order_by(RemediationRecord.id)
    ).all()
    objects = frozenset(row.object_id for row in rows if row.kind == RemediationKind.EXCLUDE_OBJECT)
    folders = tuple(
        (row.source_id, remediation_rows.facts_of(tx, row).folder)
        for row in rows
        if row.kind == RemediationKind.EXCLUDE_FOLDER and row.source_id is not None
    )
    return Excluded(objects, folders)


def standing() -> Select[RemediationRecord]:
    """Return the query of approved exclusions that nobody ended, of all units: the caller limits it."""
    return select(RemediationRecord).where(
        RemediationRecord.kind.in_([kind.value for kind in EXCLUSIONS]),
        RemediationRecord.state == RemediationState.APPROVED.value,
    )


def expire(tx: Tx) -> int:
    """End the exclusions whose last day is over, within the scope of DECIDE_CASES; return how many."""
    over = standing().where(
        RemediationRecord.until < today_in_japan(tx.now),
        RemediationRecord.unit_id.in_(scope(tx, Permission.DECIDE_CASES)),
    )
    rows: Sequence[RemediationRecord] = tx.session.scalars(over.order_by(RemediationRecord.id)).all()
    for row in rows:
        before = described(row)
        row.state, row.ended_at = RemediationState.EXPIRED.value, tx.now
        tx.session.flush()
        tx.record(Action.REMEDIATION_EXPIRED, TABLE, row.id, UnitId(row.unit_id), before, described(row))
    return len(rows)


def _below(wanted: Iterable[tuple[int, str]], folders: Folders) -> list[int]:
    """Return the folders that are one of these, or lie in one, in a container of one too."""
    found: list[int] = []
    for source_id, folder in wanted:
        start = folder.strip("/").replace(CONTAINER, "/")
        numbers = np.flatnonzero(folders.source_id == source_id)
        paths = pc.replace_substring(folders.paths.take(pa.array(numbers)), CONTAINER, "/")
        inside = pc.starts_with(paths, f"{start}/").to_numpy(zero_copy_only=False)
        found += numbers[inside].tolist()
    return found
