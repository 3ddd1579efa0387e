"""The first page of the ledger 個人情報管理台帳 as it lives, and the risk analysis of the entries on it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from sqlalchemy import select

from privacy_mark.pack.entity_section import below
from privacy_mark.pack.model import Cell, Code, Figure, Line, Listing, Record, RowKey, Section, Subject
from registry import ledger
from registry.access import allowed, today_in_japan
from registry.model import LedgerEntry, Permission
from registry.risk_levels import Words
from registry.risk_model import Analysis, Decision, Risk, RiskState
from registry.risk_rows import analysis_of
from registry.store import Tx
from registry.store.risk_tables import RiskAnalysisRecord
from registry.store.tables import SourceRecord
from registry.threats import catalogue
from scanners.model import LEGAL_CLASS, LegalClass

_WITHHELD = Words("（閲覧権限がないため記載なし）", "(not shown: no permission)")


def section(tx: Tx, of: Subject) -> Section:
    """Return the first page, the outline by unit 業務の概要, and how the ledger is kept."""
    found = ledger.entries(tx, unit_id=of.unit.id)
    located = allowed(tx, Permission.VIEW_LOCATIONS, of.unit.id)
    names = _sources(tx, found[: of.first_page])
    year_ago = date(of.day.year - 1, of.day.month, min(of.day.day, 28))
    checked = [each for each in found if (on := each.handling.last_checked) is not None and on >= year_ago]
    last = max(checked, key=lambda each: each.handling.last_checked or date.min, default=None)
    figures = (
        Figure.count("ledger.entries", _keys(found)),
        Figure.count("ledger.approved", _keys([each for each in found if each.is_approved])),
        Figure.count("ledger.special_care", _keys([each for each in found if _special(each)])),
        Figure.count("ledger.entrusted", _keys([each for each in found if each.handling.entrusted])),
        Figure("ledger.persons", sum(each.approximate_count or 0 for each in found), _keys(found)),
        Figure.count("ledger.checked", _keys(checked)),
        Figure(
            "ledger.last_checked", last.handling.last_checked if last else None, _keys([last] if last else [])
        ),
    )
    page = tuple(Line(_cells(each, names, located=located), (_key(each),)) for each in found[: of.first_page])
    listings = (Listing("ledger.first_page", page), Listing("ledger.outline", _outline(tx, of, found)))
    hidden = () if located else (Words("保管場所", "Places of storage"),)
    return Section("ledger", figures, listings, tuple(_record(each) for each in found), hidden)


def risk(tx: Tx, of: Subject) -> Section:
    """Return the analyses of the entries on the first page, and how many of all entries are analysed."""
    found = ledger.entries(tx, unit_id=of.unit.id)
    by_id = {int(each.id): each for each in found}
    rows = tx.session.scalars(
        select(RiskAnalysisRecord)
        .where(RiskAnalysisRecord.unit_id.in_({each.unit_id for each in found}))
        .order_by(RiskAnalysisRecord.entry_id)
    )
    made = [row for row in rows if row.entry_id in by_id and row.state != RiskState.NONE and row.rows]
    records = [
        Record(
            _analysis(row),
            {"entry": by_id[row.entry_id].number, "state": row.state, "next_review": row.next_review},
        )
        for row in made
    ]
    first = {int(each.id) for each in found[: of.first_page]}
    lines: list[Line] = []
    for row in made:
        if row.entry_id not in first:
            continue
        entry = by_id[row.entry_id]
        ids = {(each.phase, each.threat): each.id for each in row.rows}
        analysis = analysis_of(tx, row, entry.unit_id)
        for each in analysis.risks:
            if each.decision is Decision.TAKEN:
                key = RowKey("risk_row", str(ids[each.phase.value, each.threat]))
                told_by = _analysis(row)
                records.append(Record(key, {"phase": each.phase, "threat": each.threat}, told_by))
                lines.append(Line(_risk_cells(entry, each, analysis), (key, told_by)))
    accepted = [row for row in made if row.state == RiskState.ACCEPTED and row.accepted_at]
    newest = max(accepted, key=lambda row: (row.accepted_at, row.id), default=None)
    on = today_in_japan(newest.accepted_at) if newest and newest.accepted_at else None
    figures = (
        Figure.count("risk.analysed", tuple(map(_analysis, made))),
        Figure.count("risk.accepted", tuple(map(_analysis, accepted))),
        Figure("risk.last_accepted", on, (_analysis(newest),) if newest else ()),
    )
    return Section("risk", figures, (Listing("risk.first_page", tuple(lines)),), tuple(records))


def _analysis(row: RiskAnalysisRecord) -> RowKey:
    return RowKey("risk_analysis", str(row.id))


def _risk_cells(entry: LedgerEntry, of: Risk, analysis: Analysis) -> tuple[Cell, ...]:
    known = catalogue().threats.get(of.threat)
    measures = "\n".join(f"{each.what} ({each.due_on.isoformat()})" for each in of.measures)
    return (
        entry.number,
        Code("phase", of.phase.value),
        known.name if known else of.title,
        of.present,
        Code("level", str(int(of.level))) if of.level is not None else None,
        measures,
        Code("level", str(int(of.residual_level))) if of.residual_level is not None else None,
        Code("risk_state", analysis.state.value),
    )


def _cells(entry: LedgerEntry, names: Mapping[int, str], *, located: bool) -> tuple[Cell, ...]:
    places = "\n".join(
        each.text or names.get(each.source_id or 0, "") for each in entry.places
    )  # never the path: it may hold personal data itself
    return (
        entry.number,
        entry.name,
        tuple(Code("items", each.value) for each in sorted(entry.items)),
        entry.purpose,
        places if located else _WITHHELD,
        entry.storage_method,
        entry.access_holders,
        entry.end_of_use,
        _retention(entry),
        entry.approximate_count,
        entry.owner,
        entry.handling.last_checked,
    )


def _retention(entry: LedgerEntry) -> Cell:
    if entry.retention_until is not None:
        return entry.retention_until
    months = entry.retention_months
    return None if months is None else Words(f"{months} か月", f"{months} months")


def _outline(tx: Tx, of: Subject, found: Sequence[LedgerEntry]) -> tuple[Line, ...]:
    lines = []
    for row in below(tx, of):
        own = [each for each in found if each.unit_id == row.id]
        if not own:
            continue
        purposes = "、".join(dict.fromkeys(each.purpose for each in own[:5]))
        lines.append(
            Line(
                (
                    Words(row.name_ja, row.name_en or row.name_ja),
                    purposes,
                    Figure.count("ledger.outline_entries", _keys(own)),
                    Figure(
                        "ledger.outline_persons", sum(each.approximate_count or 0 for each in own), _keys(own)
                    ),
                    Figure.count("ledger.outline_special", _keys([each for each in own if _special(each)])),
                ),
                (RowKey("org_unit", str(row.id)),),
            )
        )
    return tuple(lines)


def _sources(tx: Tx, found: Sequence[LedgerEntry]) -> dict[int, str]:
    wanted = {place.source_id for each in found for place in each.places} - {None}
    rows = tx.session.execute(select(SourceRecord.id, SourceRecord.name).where(SourceRecord.id.in_(wanted)))
    return {number: name for number, name in rows}  # noqa: C416 - rows are no pairs to mypy


def _special(entry: LedgerEntry) -> bool:
    return any(LEGAL_CLASS.get(each) is LegalClass.SPECIAL_CARE for each in entry.items)


def _keys(found: Sequence[LedgerEntry]) -> tuple[RowKey, ...]:
    return tuple(_key(each) for each in found)


def _key(entry: LedgerEntry) -> RowKey:
    return RowKey("ledger_entry", str(entry.id))


def _record(entry: LedgerEntry) -> Record:
    return Record(
        _key(entry),
        {
            "number": entry.number,
            "name": entry.name,
            "version": entry.version,
            "persons": entry.approximate_count,
            "approved": entry.is_approved,
            "last_checked": entry.handling.last_checked,
        },
    )
