"""Opens accepted risk analyses again by itself: when reality has moved away, or the yearly review is due.

Both go over all accepted analyses at once: one query, and one statement for everything that changes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

import numpy as np
from sqlalchemy import bindparam, insert, select, update

from registry.columns import EXPOSURES
from registry.journal import Action
from registry.model import DiscrepancyKind, EntryId, UnitId
from registry.reconcile import Comparison
from registry.risk import LedgerState
from registry.risk_facts import Facts, Reopening, categories_text, facts_of, reopening, reopening_text, widest
from registry.risk_model import RiskState, RiskVersionKind
from registry.risk_rows import ANALYSIS, VERSION
from registry.sealing import Row
from registry.store import Tx
from registry.store.base import new_uid
from registry.store.chain import Deed, canonical_json
from registry.store.risk_tables import RiskAnalysisRecord, RiskVersionRecord
from registry.store.tables import LedgerRecord

_NOTHING = Facts()
_COLUMNS = (
    RiskAnalysisRecord.id,
    RiskAnalysisRecord.entry_id,
    RiskAnalysisRecord.state,
    RiskAnalysisRecord.version,
    RiskAnalysisRecord.accepted_categories,
    RiskAnalysisRecord.accepted_persons,
    RiskAnalysisRecord.accepted_exposure,
    RiskAnalysisRecord.found_categories,
    RiskAnalysisRecord.found_persons,
    RiskAnalysisRecord.found_exposure,
    LedgerRecord.unit_id,
)


def reopen_changed(tx: Tx, comparison: Comparison) -> int:
    """Keep what a comparison found of analysed entries, and open again what it overtook; return how many."""
    query = select(*_COLUMNS).join(LedgerRecord, LedgerRecord.id == RiskAnalysisRecord.entry_id)
    rows = tx.session.execute(query).all()
    if not rows:
        return 0
    found = found_by_entry(comparison)
    registered = {
        entry.id: Facts(entry.items, entry.approximate_count or 0, entry.exposure)
        for entry in comparison.covers.entries
    }
    news, open_again = [], []
    for row in rows:
        seen = found.get(EntryId(row.entry_id), _NOTHING)
        if seen != facts_of(row.found_categories, row.found_persons, row.found_exposure):
            news.append(
                {
                    "row_id": row.id,
                    "found_categories": categories_text(seen.categories),
                    "found_persons": seen.persons,
                    "found_exposure": seen.exposure.value,
                }
            )
        entry = registered.get(EntryId(row.entry_id))
        if row.state == RiskState.ACCEPTED and entry is not None:
            then = facts_of(row.accepted_categories, row.accepted_persons, row.accepted_exposure)
            why = reopening(then, entry.joined(seen))
            if why:
                open_again.append((row.id, row.version, UnitId(row.unit_id), why))
    if news:
        table = RiskAnalysisRecord.__table__
        # No edit of anybody: the version, which guards edits, stays.
        tx.session.connection().execute(
            update(table).where(table.c.id == bindparam("row_id")),  # type: ignore[arg-type]  # it is a Table
            news,
        )
    _reopen(tx, open_again)
    return len(open_again)


def reopen_due(tx: Tx, today: date) -> int:
    """Open every accepted analysis again whose yearly review is due; return how many."""
    query = (
        select(
            RiskAnalysisRecord.id,
            RiskAnalysisRecord.version,
            RiskAnalysisRecord.next_review,
            LedgerRecord.unit_id,
        )
        .join(LedgerRecord, LedgerRecord.id == RiskAnalysisRecord.entry_id)
        .where(RiskAnalysisRecord.state == RiskState.ACCEPTED.value, RiskAnalysisRecord.next_review <= today)
    )
    due = [
        (row.id, row.version, UnitId(row.unit_id), Reopening(review=row.next_review))
        for row in tx.session.execute(query)
    ]
    _reopen(tx, due)
    return len(due)


def found_by_entry(comparison: Comparison) -> Mapping[EntryId, Facts]:
    """Return what was found of each entry that covers something.

    Categories are those that drift: one address in a thousand files is no new category. Objects of another
    unit's data count for nobody here.
    """
    covers, objects = comparison.covers, comparison.judged.objects
    found: dict[EntryId, Facts] = {}
    elsewhere = comparison.judged.is_in(LedgerState.WRONG_UNIT)
    own = np.flatnonzero((covers.home >= 0) & ~elsewhere)
    if len(own):
        own = own[np.argsort(covers.home[own], kind="stable")]
        starts = np.flatnonzero(np.diff(covers.home[own], prepend=-1))
        persons = np.maximum.reduceat(objects.surely[own].astype(np.int64), starts)
        circles = np.bitwise_or.reduceat(np.left_shift(1, objects.exposure[own].astype(np.int64)), starts)
        for home, most, held in zip(covers.home[own[starts]], persons, circles, strict=True):
            widest_here = widest(each for code, each in enumerate(EXPOSURES) if int(held) >> code & 1)
            facts = Facts(persons=int(most), exposure=widest_here)
            for entry in covers.homes[int(home)]:
                found[entry.id] = found.get(entry.id, _NOTHING).joined(facts)
    for each in comparison.differences:
        shown = each.shown
        if shown.entry_id is None:
            continue
        if shown.kind is DiscrepancyKind.CATEGORY_DRIFT:
            drift = Facts(categories=shown.categories)
        elif shown.kind is DiscrepancyKind.COUNT_DRIFT:
            drift = Facts(persons=shown.found or 0)
        else:
            continue
        found[shown.entry_id] = found.get(shown.entry_id, _NOTHING).joined(drift)
    return found


def _reopen(tx: Tx, open_again: Sequence[tuple[int, int, UnitId, Reopening]]) -> None:
    if not open_again:
        return
    table = RiskAnalysisRecord.__table__
    changed, remembered, deeds = [], [], []
    for row_id, version, unit_id, why in open_again:
        kept = reopening_text(why)
        uid = new_uid()
        texts = {"by": tx.principal.name, "reason": "", "changes": canonical_json({"reopened": ("", kept)})}
        changed.append({"row_id": row_id, "reopened_json": kept, "version": version + 1})
        remembered.append(
            {
                "uid": uid,
                "analysis_id": row_id,
                "unit_id": unit_id,
                "version": version + 1,
                "at": tx.now,
                "kind": RiskVersionKind.REOPENING.value,
                "by_id": tx.principal.user_id,
                **Row(tx, VERSION, uid).sealed(texts),
            }
        )
        before, after = {"state": RiskState.ACCEPTED.value}, {"state": RiskState.REOPENED.value, "why": kept}
        deeds.append(Deed(Action.RISK_REOPENED, ANALYSIS, str(row_id), unit_id, before, after))
    tx.session.connection().execute(
        update(table)  # type: ignore[arg-type]  # it is a Table
        .where(table.c.id == bindparam("row_id"))
        .values(state=RiskState.REOPENED.value, reopened_at=tx.now),
        changed,
    )
    tx.session.execute(insert(RiskVersionRecord), remembered)
    tx.record_all(deeds)
