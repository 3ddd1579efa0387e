"""Accidents 事故 of a certificate and their reports to the scheme: kinds and days, nothing about persons."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from sqlalchemy import select

from privacy_mark.certificates.accident_rules import rules
from privacy_mark.certificates.model import Accident, AccidentId, CertificateId
from privacy_mark.certificates.rows import ACCIDENTS, accident_of, held, next_number, seen
from registry.access import today_in_japan
from registry.errors import InvalidValue
from registry.journal import Action
from registry.model import UnitId
from registry.store import Tx
from registry.store.certificate_tables import CertificateAccident, CertificateRecord


def add(
    tx: Tx,
    certificate_id: CertificateId,
    *,
    kind: str,
    discovered_on: date,
    triggers: Collection[str] = (),
    suspected: bool = False,
    incident: str = "",
) -> Accident:
    """Enter an accident; until when it is reported follows from the day and the triggers.

    `incident` is its number where incidents are handled. Raises NotFound, AccessDenied without
    MANAGE_CERTIFICATION, InvalidValue: `kind` and `triggers` `unknown`, `discovered_on` `future`, `incident`
    `too_long`.
    """
    of = held(tx, CertificateRecord, certificate_id, None)
    known = rules()
    if kind not in known.kinds:
        raise InvalidValue("kind", "unknown")
    if not set(triggers) <= known.triggers.keys():
        raise InvalidValue("triggers", "unknown")
    if discovered_on > today_in_japan(tx.now):
        raise InvalidValue("discovered_on", "future")
    if len(incident) > 64:
        raise InvalidValue("incident", "too_long")
    until = known.deadlines(discovered_on, triggers)
    row = CertificateAccident(
        number=next_number(tx, CertificateAccident, "J"),
        certificate_id=of.id,
        unit_id=of.unit_id,
        kind=kind,
        suspected=suspected,
        triggers=",".join(sorted(triggers)),
        incident=incident.strip(),
        discovered_on=discovered_on,
        first_due=until.first,
        full_due=until.full,
    )
    tx.session.add(row)
    tx.session.flush()
    after = {"number": row.number, "kind": kind, "discovered_on": discovered_on, "full_due": until.full}
    tx.record(Action.ACCIDENT_REGISTERED, ACCIDENTS, row.id, UnitId(of.unit_id), None, after)
    return accident_of(row)


def sent(
    tx: Tx, accident_id: AccidentId, *, first: date | None, full: date | None, expected_version: int
) -> Accident:
    """Record when the first and the full report were sent; None: not sent yet.

    Raises NotFound, AccessDenied, Conflict, InvalidValue: `first_sent` and `full_sent` `future` or
    `before_discovery`.
    """
    row = held(tx, CertificateAccident, accident_id, expected_version)
    for name, day in (("first_sent", first), ("full_sent", full)):
        if day is not None and day > today_in_japan(tx.now):
            raise InvalidValue(name, "future")
        if day is not None and day < row.discovered_on:
            raise InvalidValue(name, "before_discovery")
    before = {"first_sent": row.first_sent, "full_sent": row.full_sent}
    row.first_sent, row.full_sent = first, full
    tx.session.flush()
    after = {"first_sent": first, "full_sent": full}
    if after != before:
        tx.record(Action.ACCIDENT_REPORTED, ACCIDENTS, row.id, UnitId(row.unit_id), before, after)
    return accident_of(row)


def accidents(tx: Tx, certificate_id: CertificateId) -> list[Accident]:
    """Return the accidents of a visible certificate, newest first; raises NotFound."""
    of = seen(tx, CertificateRecord, certificate_id)
    query = select(CertificateAccident).where(CertificateAccident.certificate_id == of.id)
    rows = tx.session.scalars(query.order_by(CertificateAccident.discovered_on.desc()))
    return [accident_of(row) for row in rows]
