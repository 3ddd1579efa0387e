"""Certificate, application and accidents; and the yearly plans of the last two years."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlalchemy import Select, select

from privacy_mark.certificates import accidents, rounds
from privacy_mark.certificates.accident_rules import rules
from privacy_mark.certificates.bodies import body_of
from privacy_mark.certificates.cycle import cycle
from privacy_mark.certificates.fees import tariff
from privacy_mark.certificates.model import Round, RoundState
from privacy_mark.certificates.steps import procedure
from privacy_mark.certificates.year_model import YearState
from privacy_mark.certificates.year_rows import year_of
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
from registry.access import scope
from registry.model import Permission
from registry.risk_levels import Words
from registry.store import Tx
from registry.store.certificate_tables import CertificateRecord, CertificateStep, PmsYear


def certificates_of(of: Subject) -> Select[int]:
    """Return the ids of the entity's own certificates; a subsidiary's are another subject's."""
    return select(CertificateRecord.id).where(CertificateRecord.unit_id == of.unit.id)


def certificate(tx: Tx, of: Subject) -> Section:
    """Return the certificate, the running application step by step, and accidents since it was granted."""
    held = of.certificate
    if held is None:
        body = Figure("certificate.body", body_of(of.body).name if of.body else None)
        none = (body, Figure.count("certificate.accident_count", ()))
        return Section("certificate", none, _empty("certificate.steps", "certificate.accidents"))
    key = RowKey("pm_certificate", str(held.id))
    term, frame = held.term, held.window
    figures = [
        Figure(name, value, (key,))
        for name, value in (
            ("certificate.body", body_of(of.body).name),
            ("certificate.mark", str(term.mark) if term else None),
            ("certificate.term", term.mark.term if term else None),
            ("certificate.valid_from", term.valid_from if term else None),
            ("certificate.valid_until", term.valid_until if term else None),
            ("certificate.opens", frame.opens if frame else None),
            ("certificate.closes", frame.closes if frame else None),
            ("certificate.sector", _sector(held.scale.sector)),
            ("certificate.capital", held.scale.capital_yen),
            ("certificate.workers", held.scale.workers),
            ("certificate.size", Code("size", held.size.value) if held.size else None),
        )
    ]
    records = [
        Record(key, {"number": held.number, "mark": term.mark.number if term else "", "state": held.state})
    ]
    running = [each for each in rounds.rounds(tx, held.id) if each.state is RoundState.OPEN]
    lines, told_steps = _steps(tx, running)
    happened = [
        each
        for each in reversed(accidents.accidents(tx, held.id))
        if of.since <= each.discovered_on <= of.day
    ]
    keys = tuple(RowKey("pm_accident", str(each.id)) for each in happened)
    figures.append(Figure.count("certificate.accident_count", keys))
    records += told_steps
    records += [
        Record(key, {"number": each.number, "kind": each.kind, "discovered_on": each.discovered_on})
        for key, each in zip(keys, happened, strict=True)
    ]
    kinds = rules().kinds
    told = tuple(
        Line(
            (
                each.number,
                kinds.get(each.kind, each.kind),
                each.discovered_on,
                each.first_sent,
                each.full_sent,
            ),
            (key,),
        )
        for key, each in zip(keys, happened, strict=True)
    )
    listings = (Listing("certificate.steps", lines), Listing("certificate.accidents", told))
    return Section("certificate", tuple(figures), listings, tuple(records))


def _steps(tx: Tx, running: Sequence[Round]) -> tuple[tuple[Line, ...], list[Record]]:
    rows = tx.session.execute(
        select(CertificateStep.round_id, CertificateStep.step, CertificateStep.id).where(
            CertificateStep.round_id.in_([each.id for each in running])
        )
    )
    ids = {(number, step): key for number, step, key in rows}
    lines, records = [], []
    for each in running:
        told_by = RowKey("pm_round", str(each.id))
        records.append(Record(told_by, {"kind": each.kind, "started_on": each.started_on}))
        for step, days in each.steps.items():
            if (each.id, step.value) not in ids:
                continue
            row = RowKey("pm_step", str(ids[each.id, step.value]))
            values: dict[str, Plain] = {
                "step": step,
                "planned_on": days.planned,
                "actual_on": days.actual,
            }
            records.append(Record(row, values, told_by=told_by))
            lines.append(Line((procedure().names[step], days.planned, days.actual), (row,)))
    return tuple(lines), records


def plan(tx: Tx, of: Subject) -> Section:
    """Return objectives and items of the approved years of the last two; no names of persons."""
    rows = tx.session.scalars(
        select(PmsYear)
        .where(
            PmsYear.unit_id == of.unit.id,
            PmsYear.unit_id.in_(scope(tx, Permission.VIEW_CERTIFICATION)),
            PmsYear.ends_on >= of.since,
            PmsYear.starts_on <= of.day,
            PmsYear.state.in_([YearState.APPROVED.value, YearState.CLOSED.value]),
        )
        .order_by(PmsYear.starts_on)
    ).all()
    years = [year_of(tx, row) for row in rows]
    items, aims, records = [], [], []
    for year in years:
        key = RowKey("pms_year", str(year.id))
        records.append(Record(key, {"number": year.number, "starts_on": year.starts_on, "state": year.state}))
        for item in year.items:
            row = RowKey("pms_item", str(item.id))
            records.append(
                Record(row, {"item": item.item, "due_on": item.due_on, "done_on": item.done_on}, key)
            )
            state = "left" if item.left else "done" if item.done_on else "open"
            items.append(
                Line(
                    (
                        year.number,
                        _title(item.item, item.title, year.starts_on),
                        item.requirement,
                        item.due_on,
                        item.done_on,
                        Code("item_state", state),
                        item.record or item.left,
                    ),
                    (row,),
                )
            )
        for aim in year.objectives:
            row = RowKey("pms_objective", str(aim.id))
            records.append(Record(row, {"outcome": aim.outcome.value if aim.outcome else ""}, key))
            outcome: Cell = Code("outcome", aim.outcome.value) if aim.outcome else None
            aims.append(Line((year.number, aim.what, aim.measure, aim.result, outcome), (row,)))
    all_items = tuple(line.rows[0] for line in items)
    done = tuple(line.rows[0] for line in items if line.cells[4] is not None)
    return Section(
        "plan",
        (
            Figure.count("plan.years", tuple(RowKey("pms_year", str(each.id)) for each in years)),
            Figure.count("plan.item_count", all_items),
            Figure.count("plan.items_done", done),
        ),
        (Listing("plan.items", tuple(items)), Listing("plan.objectives", tuple(aims))),
        tuple(records),
    )


def _sector(name: str) -> Words | str:
    known = tariff().sectors.get(name)
    return known.name if known else name


def _title(item: str, own: str, on: date) -> Words | str:
    known = cycle(on).get(item)
    return known.name if known else own or item


def _empty(*names: str) -> tuple[Listing, ...]:
    return tuple(Listing(name, ()) for name in names)
