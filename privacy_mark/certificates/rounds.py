"""Applications 申請 for a certificate, step by step, until a body decides."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm.attributes import flag_modified

from privacy_mark.certificates.fees import RoundKind
from privacy_mark.certificates.marks import Mark
from privacy_mark.certificates.model import CertificateId, Round, RoundId, RoundState, State, Term
from privacy_mark.certificates.register import set_term
from privacy_mark.certificates.rows import (
    CERTIFICATES,
    ROUNDS,
    certificate_of,
    held,
    round_of,
    seen,
    steps_of,
)
from privacy_mark.certificates.steps import Step, procedure
from registry.access import today_in_japan
from registry.errors import Duplicate, InvalidValue
from registry.journal import Action
from registry.model import Permission, UnitId
from registry.sealing import Row, checked
from registry.store import Tx
from registry.store.base import new_uid
from registry.store.certificate_tables import CertificateRecord, CertificateRound, CertificateStep


def start(tx: Tx, certificate_id: CertificateId, *, apply_on: date, reason: str = "") -> Round:
    """Begin an application and plan its steps from the day on which it is to be handed in.

    The first one while nothing was granted, otherwise a renewal; outside the renewal window it needs a
    reason. Raises NotFound, AccessDenied without MANAGE_CERTIFICATION, InvalidValue: `state` `ended`, `round`
    `open`, `apply_on` `before_term` or `after_expiry`, `outside` `required`.
    """
    row = held(tx, CertificateRecord, certificate_id, None)
    if row.ended_on is not None:
        raise InvalidValue("state", "ended")
    running = select(CertificateRound.id).where(
        CertificateRound.certificate_id == row.id, CertificateRound.state == RoundState.OPEN.value
    )
    if tx.session.scalar(running) is not None:
        raise InvalidValue("round", "open")
    kind = RoundKind.FIRST if row.state == State.APPLYING else RoundKind.RENEWAL
    why = _outside(tx, row, apply_on, reason)
    uid = new_uid()
    made = CertificateRound(
        uid=uid,
        certificate_id=row.id,
        unit_id=row.unit_id,
        kind=kind.value,
        state=RoundState.OPEN.value,
        started_on=today_in_japan(tx.now),
        **Row(tx, ROUNDS, uid).sealed({"note": "", **({"outside": why} if why else {})}),
    )
    tx.session.add(made)
    tx.session.flush()
    for step, planned in procedure(apply_on).planned(apply_on).items():
        tx.session.add(
            CertificateStep(round_id=made.id, unit_id=row.unit_id, step=step.value, planned_on=planned)
        )
    tx.session.flush()
    after = {"certificate": row.number, "kind": kind.value, "planned_on": apply_on, "outside": bool(why)}
    tx.record(Action.CERTIFICATE_APPLIED, ROUNDS, made.id, UnitId(row.unit_id), None, after)
    return _round(tx, made)


def set_steps(
    tx: Tx,
    round_id: RoundId,
    days: Mapping[Step, tuple[date | None, date | None]],
    *,
    reason: str = "",
    expected_version: int,
) -> Round:
    """Set planned and actual days of steps; an application outside the renewal window needs a reason.

    Raises NotFound, AccessDenied, Conflict, InvalidValue: `round` `ended`, `actual_on` `future` or `order`
    (no step is done before the one it follows), `apply_on` `before_term` or `after_expiry`, `outside`
    `required`.
    """
    row = _open(tx, round_id, expected_version)
    today = today_in_japan(tx.now)
    rows = {
        Step(each.step): each
        for each in tx.session.scalars(select(CertificateStep).where(CertificateStep.round_id == row.id))
    }
    wanted = {step: days.get(step, (of.planned_on, of.actual_on)) for step, of in rows.items()}
    done = [day for step in Step if (day := wanted[step][1]) is not None]
    if any(day > today for day in done):
        raise InvalidValue("actual_on", "future")
    if done != sorted(done):
        raise InvalidValue("actual_on", "order")
    before: dict[str, object] = {}
    after: dict[str, object] = {}
    applied = rows[Step.APPLICATION]
    if (applied.planned_on, applied.actual_on) != wanted[Step.APPLICATION]:
        planned, actual = wanted[Step.APPLICATION]
        sealed = Row(tx, ROUNDS, row.uid)
        certificate = held(tx, CertificateRecord, row.certificate_id, None)
        known = sealed.opened("outside", row.outside_sealed)
        why = _outside(tx, certificate, actual or planned, reason or known)
        row.outside_sealed = sealed.sealed({"outside": why})["outside_sealed"] if why else None
        if bool(why) != bool(known):
            before["outside"], after["outside"] = bool(known), bool(why)
    for step, of in rows.items():
        if (of.planned_on, of.actual_on) != wanted[step]:
            before[step.value] = _written(of.planned_on, of.actual_on)
            of.planned_on, of.actual_on = wanted[step]
            after[step.value] = _written(*wanted[step])
    if after:
        _touch(tx, row)
        tx.record(Action.CERTIFICATE_STEP, ROUNDS, row.id, UnitId(row.unit_id), before, after)
    return _round(tx, row)


def grant(
    tx: Tx, round_id: RoundId, *, mark: Mark, valid_from: date, valid_until: date, expected_version: int
) -> Round:
    """Record that the body granted the next term; the one in force stays so until its last day.

    Raises NotFound, AccessDenied, Conflict, InvalidValue: `round` `ended`, `mark` `not_next` unless the
    number counts one term more, `valid_until` `before_start`, `valid_from` `before_term` unless it follows
    the present term, `application` `required` before it was handed in; Duplicate `mark`.
    """
    row = _open(tx, round_id, expected_version)
    of = held(tx, CertificateRecord, row.certificate_id, None)
    made = _round(tx, row)
    if made.applied_on is None:
        raise InvalidValue("application", "required")
    if mark.term != of.term + 1 or (of.mark and mark.number != of.mark):
        raise InvalidValue("mark", "not_next")
    if valid_until <= valid_from:
        raise InvalidValue("valid_until", "before_start")
    if of.valid_until is not None and valid_from <= of.valid_until:
        raise InvalidValue("valid_from", "before_term")
    taken = select(CertificateRecord.id).where(
        CertificateRecord.mark == mark.number, CertificateRecord.id != of.id
    )
    if tx.session.scalar(taken) is not None:
        raise Duplicate("mark")
    before = {"mark": of.mark, "term": of.term, "valid_from": of.valid_from, "valid_until": of.valid_until}
    if of.valid_from is not None:
        of.before_mark, of.before_term = of.mark, of.term
        of.before_from, of.before_until = of.valid_from, of.valid_until
    set_term(of, Term(mark, valid_from, valid_until))
    row.state, row.ended_on = RoundState.GRANTED.value, today_in_japan(tx.now)
    row.granted_from, row.granted_until = valid_from, valid_until
    tx.session.flush()
    after = {name: getattr(of, name) for name in before}
    unit = UnitId(row.unit_id)
    tx.record(Action.CERTIFICATE_DECIDED, ROUNDS, row.id, unit, None, {"state": row.state})
    tx.record(Action.CERTIFICATE_CHANGED, CERTIFICATES, of.id, unit, before, after)
    return _round(tx, row)


def stop(tx: Tx, round_id: RoundId, state: RoundState, *, reason: str, expected_version: int) -> Round:
    """Record that the body refused (`REFUSED`) or that the application was taken back (`WITHDRAWN`).

    Raises NotFound, AccessDenied, Conflict, InvalidValue: `round` `ended`, `state` `no_end`, `reason`
    `required`.
    """
    row = _open(tx, round_id, expected_version)
    if state not in (RoundState.REFUSED, RoundState.WITHDRAWN):
        raise InvalidValue("state", "no_end")
    text = checked({"reason": reason}, "reason")["reason"]
    row.state, row.ended_on = state.value, today_in_japan(tx.now)
    row.note_sealed = Row(tx, ROUNDS, row.uid).sealed({"note": text})["note_sealed"]
    tx.session.flush()
    after = {"state": state.value}
    tx.record(Action.CERTIFICATE_DECIDED, ROUNDS, row.id, UnitId(row.unit_id), None, after)
    return _round(tx, row)


def rounds(tx: Tx, certificate_id: CertificateId) -> list[Round]:
    """Return the applications for a visible certificate, newest first; raises NotFound."""
    of = seen(tx, CertificateRecord, certificate_id)
    query = select(CertificateRound).where(CertificateRound.certificate_id == of.id)
    rows = list(tx.session.scalars(query.order_by(CertificateRound.id.desc())))
    steps = steps_of(tx, [row.id for row in rows])
    return [round_of(tx, row, steps[row.id]) for row in rows]


def _outside(tx: Tx, of: CertificateRecord, on: date | None, reason: str) -> str:
    """Return why a renewal is applied for on a day outside its window; "" within it, and of a first one."""
    window = certificate_of(tx, of).window
    if on is None or window is None or window.is_open(on):
        return ""
    if of.valid_from is not None and on < of.valid_from:
        raise InvalidValue("apply_on", "before_term")
    if of.valid_until is not None and on > of.valid_until:
        raise InvalidValue("apply_on", "after_expiry")
    return checked({"outside": reason}, "outside")["outside"]


def _open(tx: Tx, round_id: RoundId, expected_version: int) -> CertificateRound:
    row = held(tx, CertificateRound, round_id, expected_version, Permission.MANAGE_CERTIFICATION)
    if row.state != RoundState.OPEN:
        raise InvalidValue("round", "ended")
    return row


def _touch(tx: Tx, row: CertificateRound) -> None:
    """Make the row's version count a change of its steps."""
    flag_modified(row, "state")
    tx.session.flush()


def _round(tx: Tx, row: CertificateRound) -> Round:
    return round_of(tx, row, steps_of(tx, [row.id])[row.id])


def _written(planned: date | None, actual: date | None) -> str:
    return f"{planned or '—'} / {actual or '—'}"
