"""Requirements and what shows them at the moment of the pack: never that one is complied with."""

from __future__ import annotations

from dataclasses import replace

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
from privacy_mark.requirements import readiness
from privacy_mark.requirements.evidence import Evidence
from privacy_mark.requirements.readiness import Line as Requirement
from privacy_mark.requirements.readiness import Met, NotMet
from registry.access import today_in_japan
from registry.risk_levels import Words
from registry.store import Tx


def section(tx: Tx, of: Subject) -> Section:
    """Return every requirement with its evidence by number; titles and files of evidence stay here."""
    found = readiness.readiness(replace(tx, now=of.as_of), of.catalogue, of.unit.id)
    records: dict[RowKey, Record] = {}
    lines: list[Line] = []
    confirmed: list[RowKey] = []
    for each in found.lines:
        rows = [_kept(piece) for need in each.needs for piece in need.counting]
        keys = tuple(dict.fromkeys(row.key for row in rows))
        cited = keys
        if isinstance(each.state, Met):
            key = RowKey("readiness_confirmation", str(each.state.confirmation.id))
            confirmed.append(key)
            cited = (*keys, key)
            day = today_in_japan(each.state.confirmation.at)
            rows.append(Record(key, {"requirement": each.requirement.id, "confirmed_on": day}))
        records |= {row.key: row for row in rows}
        lines.append(Line(_cells(each, keys), cited))
    shown = tuple(confirmed)
    figures = (
        Figure("readiness.requirements", len(found.lines)),
        Figure.count("readiness.met", shown),
        Figure("readiness.percent", found.share.percent, shown),
    )
    return Section("readiness", figures, (Listing("readiness.list", tuple(lines)),), tuple(records.values()))


def _cells(of: Requirement, keys: tuple[RowKey, ...]) -> tuple[Cell, ...]:
    state = "met" if isinstance(of.state, Met) else "not_met" if isinstance(of.state, NotMet) else "open"
    missing = tuple(need.need.name for need in of.missing)
    return (
        of.requirement.id,
        of.requirement.title,
        Code("readiness_state", state),
        Figure.count("readiness.evidence", keys),
        Words("、".join(name.ja for name in missing), "; ".join(name.en for name in missing)),
        today_in_japan(of.state.confirmation.at) if isinstance(of.state, Met) else None,
    )


def _kept(of: Evidence) -> Record:
    values: dict[str, Plain] = {
        "number": of.number,
        "effective_on": of.effective_on,
        "valid_until": of.valid_until,
        "sha256": of.sha256,
    }
    return Record(RowKey("evidence", str(of.id)), values)
