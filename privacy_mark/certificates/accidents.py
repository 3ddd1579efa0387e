"""Accidents 事故 of a certificate and their reports to the scheme: kinds and days, nothing about persons."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from sqlalchemy import select

from privacy_mark.certificates.accident_rules import Deadlines, rules
from privacy_mark.certificates.model import Accident, AccidentId, CertificateId
from privacy_mark.certificates.rows import ACCIDENTS, accident_of, held, next_number, seen
from registry.access import today_in_japan
from registry.errors import InvalidValue
from registry.journal import Action
from registry.model import UnitId
from registry.sealing import Row, checked
from registry.store import Tx
from registry.store.certificate_tables import CertificateAccident, CertificateRecord

_TOLD = (
    *("kind", "suspected", "triggers", "incident"),
    *("discovered_on", "first_due", "full_due"),
)


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
    until = _checked(tx, kind, discovered_on, triggers, incident)
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
    return accident_of(tx, row)


def change(
    tx: Tx,
    accident_id: AccidentId,
    *,
    kind: str,
    discovered_on: date,
    triggers: Collection[str] = (),
    suspected: bool = False,
    incident: str = "",
    expected_version: int,
) -> Accident:
    """Correct an accident, or add what was learnt since; the days of its reports are reckoned anew.

    Raises NotFound, AccessDenied, Conflict, InvalidValue as `add`, `discovered_on` `after_report` when a
    report was sent before it, `accident` `withdrawn`.
    """
    row = _standing(tx, accident_id, expected_version)
    until = _checked(tx, kind, discovered_on, triggers, incident)
    if any(day is not None and day < discovered_on for day in (row.first_sent, row.full_sent)):
        raise InvalidValue("discovered_on", "after_report")
    before = {name: getattr(row, name) for name in _TOLD}
    row.kind, row.suspected, row.discovered_on = kind, suspected, discovered_on
    row.triggers, row.incident = ",".join(sorted(triggers)), incident.strip()
    row.first_due, row.full_due = until.first, until.full
    tx.session.flush()
    changed = [name for name in _TOLD if getattr(row, name) != before[name]]
    if changed:
        tx.record(
            Action.ACCIDENT_CHANGED,
            ACCIDENTS,
            row.id,
            UnitId(row.unit_id),
            {name: before[name] for name in changed},
            {name: getattr(row, name) for name in changed},
        )
    return accident_of(tx, row)


def withdraw(tx: Tx, accident_id: AccidentId, *, reason: str, expected_version: int) -> Accident:
    """Record that what was entered proved to be no accident to report, and why; its days run no longer.

    It cannot be undone: what is an accident after all is entered anew. Raises NotFound, AccessDenied,
    Conflict, InvalidValue: `reason` `required` or `too_long`, `accident` `withdrawn`.
    """
    row = _standing(tx, accident_id, expected_version)
    text = checked({"reason": reason}, "reason")["reason"]
    row.withdrawn_on = today_in_japan(tx.now)
    row.withdrawn_sealed = Row(tx, ACCIDENTS, row.uid).sealed({"withdrawn": text})["withdrawn_sealed"]
    tx.session.flush()
    after = {"withdrawn_on": row.withdrawn_on}
    tx.record(Action.ACCIDENT_WITHDRAWN, ACCIDENTS, row.id, UnitId(row.unit_id), None, after)
    return accident_of(tx, row)


def sent(
    tx: Tx, accident_id: AccidentId, *, first: date | None, full: date | None, expected_version: int
) -> Accident:
    """Record when the first and the full report were sent; None: not sent yet.

    Raises NotFound, AccessDenied, Conflict, InvalidValue: `first_sent` and `full_sent` `future` or
    `before_discovery`, `accident` `withdrawn`.
    """
    row = _standing(tx, accident_id, expected_version)
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
    return accident_of(tx, row)


def accidents(tx: Tx, certificate_id: CertificateId, *, withdrawn: bool = False) -> list[Accident]:
    """Return the accidents of a visible certificate, newest first; raises NotFound.

    Those that proved to be none only when they are asked for too.
    """
    of = seen(tx, CertificateRecord, certificate_id)
    query = select(CertificateAccident).where(CertificateAccident.certificate_id == of.id)
    if not withdrawn:
        query = query.where(CertificateAccident.withdrawn_on.is_(None))
    rows = tx.session.scalars(query.order_by(CertificateAccident.discovered_on.desc()))
    return [accident_of(tx, row) for row in rows]


def _standing(tx: Tx, accident_id: AccidentId, expected_version: int) -> CertificateAccident:
    row = held(tx, CertificateAccident, accident_id, expected_version)
    if row.withdrawn_on is not None:
        raise InvalidValue("accident", "withdrawn")
    return row


def _checked(tx: Tx, kind: str, discovered_on: date, triggers: Collection[str], incident: str) -> Deadlines:
    """Return until when an accident is reported, when what is told of it holds."""
    known = rules()
    if kind not in known.kinds:
        raise InvalidValue("kind", "unknown")
    if not set(triggers) <= known.triggers.keys():
        raise InvalidValue("triggers", "unknown")
    if discovered_on > today_in_japan(tx.now):
        raise InvalidValue("discovered_on", "future")
    if len(incident) > 64:
        raise InvalidValue("incident", "too_long")
    return known.deadlines(discovered_on, triggers)
