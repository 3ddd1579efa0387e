"""Opens accepted risk analyses again by itself: when reality has moved away, or the yearly review is due.

And when the table of levels was changed: every threat is judged by it anew, and where one comes to a higher
level, what remains must be accepted again. All go over all analyses at once: one query, and one statement for
everything that changes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import NamedTuple

import numpy as np
from sqlalchemy import bindparam, insert, select, update

from registry.columns import EXPOSURES
from registry.journal import Action
from registry.model import DiscrepancyKind, EntryId, UnitId
from registry.reconcile import Comparison
from registry.risk import LedgerState
from registry.risk_facts import Facts, Reopening, categories_text, facts_of, reopening, reopening_text, widest
from registry.risk_levels import Scale, scale
from registry.risk_model import Decision, RiskState, RiskVersionKind
from registry.risk_rows import ANALYSIS, VERSION, level_of
from registry.sealing import Row
from registry.store import Tx
from registry.store.base import new_uid
from registry.store.chain import Deed, canonical_json
from registry.store.risk_tables import RiskAnalysisRecord, RiskRowRecord, RiskVersionRecord
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
    """Keep what a comparison found of analysed entries, and open again what it overtook; return how many.

    Levels are judged anew first, see `rejudge`; those opened by that are not counted.
    """
    rejudge(tx, scale())
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
    """Open every accepted analysis again whose yearly review is due; return how many.

    Levels are judged anew first, see `rejudge`; those opened by that are not counted.
    """
    rejudge(tx, scale())
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


class _Judged(NamedTuple):
    """A threat with its levels as they stand and as the table says: before and after the measures."""

    id: int
    analysis_id: int
    name: str  # phase/threat
    taken: bool
    stood: tuple[int | None, int | None]
    is_now: tuple[int | None, int | None]

    @property
    def rises(self) -> bool:
        """Return whether a threat that counts comes to a higher level."""
        pairs = zip(self.stood, self.is_now, strict=True)
        return self.taken and any(after is not None and after > (before or 0) for before, after in pairs)


def rejudge(tx: Tx, by: Scale) -> int:
    """Give every threat the level that the table says now; return how many analyses that changes.

    An accepted one is opened again when a level rises; one that falls opens nothing. History tells of both.
    """
    if not _overtaken(tx, by):
        return 0
    found: dict[int, list[_Judged]] = {}
    for row in tx.session.execute(select(*_THREAT)):
        now = (
            level_of(row.likelihood, row.impact, by),
            level_of(row.residual_likelihood, row.residual_impact, by),
        )
        each = _Judged(
            row.id,
            row.analysis_id,
            f"{row.phase}/{row.threat}",
            row.decision == Decision.TAKEN.value,
            (row.level, row.residual_level),
            now,
        )
        found.setdefault(row.analysis_id, []).append(each)
    moved = {key: [each for each in threats if each.stood != each.is_now] for key, threats in found.items()}
    moved = {key: threats for key, threats in moved.items() if threats}
    table, threats_table = RiskAnalysisRecord.__table__, RiskRowRecord.__table__
    connection = tx.session.connection()
    connection.execute(
        update(threats_table)  # type: ignore[arg-type]  # it is a Table
        .where(threats_table.c.id == bindparam("row_id"))
        .values(level=bindparam("now"), residual_level=bindparam("now_residual")),
        [
            {"row_id": each.id, "now": each.is_now[0], "now_residual": each.is_now[1]}
            for threats in moved.values()
            for each in threats
        ],
    )
    worst = [
        {
            "row_id": key,
            "now": max((each.is_now[0] for each in taken if each.is_now[0] is not None), default=None),
            "now_residual": max(
                (each.is_now[1] for each in taken if each.is_now[1] is not None), default=None
            ),
        }
        for key in moved
        for taken in [[each for each in found[key] if each.taken]]
    ]
    connection.execute(
        update(table)  # type: ignore[arg-type]  # it is a Table
        .where(table.c.id == bindparam("row_id"))
        .values(worst=bindparam("now"), worst_residual=bindparam("now_residual")),
        worst,
    )
    _remember_levels(tx, moved)
    tx.session.expire_all()
    return len(moved)


_THREAT = (
    RiskRowRecord.id,
    RiskRowRecord.analysis_id,
    RiskRowRecord.phase,
    RiskRowRecord.threat,
    RiskRowRecord.decision,
    RiskRowRecord.likelihood,
    RiskRowRecord.impact,
    RiskRowRecord.level,
    RiskRowRecord.residual_likelihood,
    RiskRowRecord.residual_impact,
    RiskRowRecord.residual_level,
)


def _overtaken(tx: Tx, by: Scale) -> bool:
    """Return whether any threat stands at another level than the table says: a few pairs are asked."""
    stated = (
        (RiskRowRecord.likelihood, RiskRowRecord.impact, RiskRowRecord.level),
        (RiskRowRecord.residual_likelihood, RiskRowRecord.residual_impact, RiskRowRecord.residual_level),
    )
    return any(
        level != level_of(likelihood, impact, by)
        for columns in stated
        for likelihood, impact, level in tx.session.execute(select(*columns).distinct())
    )


def _remember_levels(tx: Tx, moved: Mapping[int, Sequence[_Judged]]) -> None:
    """Write into history and journal what the table changed, and open again what comes to a higher level."""
    query = (
        select(
            RiskAnalysisRecord.id, RiskAnalysisRecord.state, RiskAnalysisRecord.version, LedgerRecord.unit_id
        )
        .join(LedgerRecord, LedgerRecord.id == RiskAnalysisRecord.entry_id)
        .where(RiskAnalysisRecord.id.in_(moved))
    )
    remembered, deeds, versions, open_again = [], [], [], []
    for row in tx.session.execute(query):
        threats, unit_id = moved[row.id], UnitId(row.unit_id)
        changes = {
            f"{each.name}/{column}": (_kept(before), _kept(after))
            for each in threats
            for column, before, after in zip(
                ("level", "residual_level"), each.stood, each.is_now, strict=True
            )
            if before != after
        }
        version = row.version + 1
        versions.append({"row_id": row.id, "version": version})
        remembered.append(_version(tx, row.id, unit_id, version, RiskVersionKind.REJUDGING, changes))
        before, after = ({name: pair[place] for name, pair in changes.items()} for place in (0, 1))
        deeds.append(Deed(Action.RISK_REJUDGED, ANALYSIS, str(row.id), unit_id, before, after))
        risen = sum(each.rises for each in threats)
        if risen and row.state == RiskState.ACCEPTED:
            open_again.append((row.id, version, unit_id, Reopening(levels=risen)))
    table = RiskAnalysisRecord.__table__
    tx.session.connection().execute(
        update(table).where(table.c.id == bindparam("row_id")),  # type: ignore[arg-type]  # it is a Table
        versions,
    )
    tx.session.execute(insert(RiskVersionRecord), remembered)
    tx.record_all(deeds)
    _reopen(tx, open_again)


def _kept(level: int | None) -> str:
    return "" if level is None else str(int(level))


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
        changed.append({"row_id": row_id, "reopened_json": kept, "version": version + 1})
        remembered.append(
            _version(tx, row_id, unit_id, version + 1, RiskVersionKind.REOPENING, {"reopened": ("", kept)})
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


def _version(
    tx: Tx,
    row_id: int,
    unit_id: UnitId,
    version: int,
    kind: RiskVersionKind,
    changes: Mapping[str, tuple[str, str]],
) -> dict[str, object]:
    """Return the columns of a line of history that the platform itself writes."""
    uid = new_uid()
    texts = {"by": tx.principal.name, "reason": "", "changes": canonical_json(changes)}
    return {
        "uid": uid,
        "analysis_id": row_id,
        "unit_id": unit_id,
        "version": version,
        "at": tx.now,
        "kind": kind.value,
        "by_id": tx.principal.user_id,
        **Row(tx, VERSION, uid).sealed(texts),
    }
