"""Rows of certificates, applications and accidents, read within one's scope and told to services."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TypeVar

from sqlalchemy import func, select

from privacy_mark.certificates.bodies import body_of
from privacy_mark.certificates.fees import RoundKind, Size, tariff
from privacy_mark.certificates.marks import Mark
from privacy_mark.certificates.model import (
    Accident,
    AccidentId,
    Certificate,
    CertificateId,
    Round,
    RoundId,
    RoundState,
    Scale,
    State,
    StepDays,
    Term,
)
from privacy_mark.certificates.steps import Step
from privacy_mark.certificates.window import window
from registry.access import require, scope, today_in_japan
from registry.errors import Conflict, NotFound
from registry.journal import newest_of
from registry.model import Permission, UnitId
from registry.sealing import Row
from registry.store import Tx
from registry.store.certificate_tables import (
    CertificateAccident,
    CertificateRecord,
    CertificateRound,
    CertificateStep,
    PmsRevision,
    PmsYear,
)

CERTIFICATES, ROUNDS, ACCIDENTS = "pm_certificate", "pm_round", "pm_accident"

_Held = TypeVar("_Held", CertificateRecord, CertificateRound, CertificateAccident, PmsYear, PmsRevision)


def held(
    tx: Tx,
    of: type[_Held],
    row_id: int,
    expected_version: int | None,
    permission: Permission = Permission.MANAGE_CERTIFICATION,
) -> _Held:
    """Return a row that the person asking may change; NotFound, AccessDenied, Conflict."""
    row = seen(tx, of, row_id)
    require(tx, permission, UnitId(row.unit_id))
    if expected_version is not None and row.version != expected_version:
        newest = newest_of(tx, of.__tablename__, row.id)
        raise Conflict(newest.actor, newest.at, (), version=row.version)
    return row


def seen(tx: Tx, of: type[_Held], row_id: int) -> _Held:
    """Return a row within the scope of VIEW_CERTIFICATION; NotFound."""
    visible = of.unit_id.in_(scope(tx, Permission.VIEW_CERTIFICATION))
    row = tx.session.scalar(select(of).where(of.id == row_id, visible))
    if row is None:
        raise NotFound(of.__tablename__)
    return row


def next_number(tx: Tx, of: type[_Held], letter: str) -> str:
    """Return the next number of a table: C-0001."""
    return f"{letter}-{(tx.session.scalar(select(func.max(of.id))) or 0) + 1:04d}"


def certificate_of(tx: Tx, row: CertificateRecord) -> Certificate:
    """Return a certificate as services tell it; the caller has checked the row."""
    sealed = Row(tx, CERTIFICATES, row.uid)
    state = State(row.state)
    today = today_in_japan(tx.now)
    term = next_term = window_ = None
    if row.valid_from is not None and row.valid_until is not None:
        term = Term(Mark(row.mark, row.term), row.valid_from, row.valid_until)
        if state is State.HELD:
            window_ = window(
                term.valid_until,
                body_of(row.body, row.valid_until),
                opens=row.opens_on,
                closes=row.closes_on,
                reason=sealed.opened("window_reason", row.window_reason_sealed),
            )
        if (before := term_before(row)) is not None and today < row.valid_from:
            term, next_term = before, term
    scale = Scale(row.sector, row.capital_yen, row.workers, Size(row.size) if row.size else None)
    trade = tariff().dated.get(row.sector)
    sector = trade.on(today) if trade else None
    return Certificate(
        id=CertificateId(row.id),
        number=row.number,
        unit_id=UnitId(row.unit_id),
        body=row.body,
        term=term,
        next_term=next_term,
        state=state,
        ended_on=row.ended_on,
        end_reason=sealed.opened("end_reason", row.end_reason_sealed),
        scale=scale,
        size=scale.size or (sector.size(row.capital_yen, row.workers) if sector else None),
        window=window_,
        version=row.version,
    )


def term_before(row: CertificateRecord) -> Term | None:
    """Return the term before the last granted one; None where none was, or nobody entered it."""
    if row.before_mark is None or row.before_term is None:
        return None
    if row.before_from is None or row.before_until is None:
        return None
    return Term(Mark(row.before_mark, row.before_term), row.before_from, row.before_until)


def steps_of(tx: Tx, rounds: Collection[int]) -> dict[int, dict[Step, StepDays]]:
    """Return the steps of applications by their ids: one question for all of them."""
    found = {number: dict.fromkeys(Step, StepDays(None, None)) for number in rounds}
    rows = tx.session.scalars(select(CertificateStep).where(CertificateStep.round_id.in_(rounds)))
    for row in rows:
        found[row.round_id][Step(row.step)] = StepDays(row.planned_on, row.actual_on)
    return found


def round_of(tx: Tx, row: CertificateRound, steps: Mapping[Step, StepDays]) -> Round:
    """Return an application as services tell it; the caller has checked the row."""
    sealed = Row(tx, ROUNDS, row.uid)
    return Round(
        id=RoundId(row.id),
        certificate_id=CertificateId(row.certificate_id),
        unit_id=UnitId(row.unit_id),
        kind=RoundKind(row.kind),
        state=RoundState(row.state),
        started_on=row.started_on,
        ended_on=row.ended_on,
        granted_from=row.granted_from,
        granted_until=row.granted_until,
        note=sealed.opened("note", row.note_sealed),
        outside=sealed.opened("outside", row.outside_sealed),
        steps=steps,
        version=row.version,
    )


def accident_of(tx: Tx, row: CertificateAccident) -> Accident:
    """Return an accident as services tell it; the caller has checked the row."""
    return Accident(
        id=AccidentId(row.id),
        number=row.number,
        certificate_id=CertificateId(row.certificate_id),
        unit_id=UnitId(row.unit_id),
        kind=row.kind,
        suspected=row.suspected,
        triggers=frozenset(row.triggers.split(",")) - {""},
        incident=row.incident,
        discovered_on=row.discovered_on,
        first_due=row.first_due,
        full_due=row.full_due,
        first_sent=row.first_sent,
        full_sent=row.full_sent,
        withdrawn_on=row.withdrawn_on,
        withdrawn_reason=Row(tx, ACCIDENTS, row.uid).opened("withdrawn", row.withdrawn_sealed),
        version=row.version,
    )
