"""The register of certificates: what each unit holds from which body, or applies for."""

from __future__ import annotations

from datetime import date

from sqlalchemy import select

from privacy_mark.certificates.bodies import bodies, body_of
from privacy_mark.certificates.fees import tariff
from privacy_mark.certificates.model import Certificate, CertificateId, RoundState, Scale, State, Term
from privacy_mark.certificates.rows import CERTIFICATES, certificate_of, held, next_number, seen
from privacy_mark.certificates.window import window
from registry.access import require, require_open, scope, today_in_japan
from registry.errors import Duplicate, InvalidValue
from registry.journal import Action
from registry.model import Permission, UnitId, UnitKind
from registry.sealing import Row, checked
from registry.store import Tx
from registry.store.base import new_uid
from registry.store.certificate_tables import CertificateRecord, CertificateRound
from registry.store.tables import OrgClosure, OrgUnit


def register(tx: Tx, unit_id: UnitId, body: str, *, scale: Scale, term: Term | None = None) -> Certificate:
    """Register a certificate that a unit holds, or without a term one that it will apply for.

    Raises AccessDenied without MANAGE_CERTIFICATION in the unit, InvalidValue: `unit_id` `not_in_japan`
    (overseas companies are not eligible) or `closed`, `body` `unknown`, `sector` `unknown`, `capital_yen` and
    `workers` `out_of_range`, `valid_until` `before_start`; Duplicate `mark`, and `body` while one of the same
    body is held or applied for by the unit.
    """
    require(tx, Permission.MANAGE_CERTIFICATION, unit_id)
    require_open(tx, unit_id)
    if tx.session.scalar(select(OrgUnit.kind).where(OrgUnit.id == unit_id)) == UnitKind.OVERSEAS:
        raise InvalidValue("unit_id", "not_in_japan")
    if body not in bodies():
        raise InvalidValue("body", "unknown")
    _check_scale(scale)
    _check_term(tx, term, None)
    standing = select(CertificateRecord.id).where(
        CertificateRecord.unit_id == unit_id,
        CertificateRecord.body == body,
        CertificateRecord.state.in_([State.APPLYING.value, State.HELD.value]),
    )
    if tx.session.scalar(standing) is not None:
        raise Duplicate("body")
    row = CertificateRecord(
        uid=new_uid(),
        number=next_number(tx, CertificateRecord, "C"),
        unit_id=unit_id,
        body=body,
        mark="",
        term=0,
        state=State.APPLYING.value,
    )
    _set_scale(row, scale)
    if term is not None:
        set_term(row, term)
    tx.session.add(row)
    tx.session.flush()
    tx.record(Action.CERTIFICATE_REGISTERED, CERTIFICATES, row.id, unit_id, None, _told(row))
    return certificate_of(tx, row)


def change(
    tx: Tx,
    certificate_id: CertificateId,
    *,
    body: str,
    scale: Scale,
    term: Term | None,
    expected_version: int,
) -> Certificate:
    """Correct a certificate; a changed last day drops window days that were set for the old one.

    The term is the last granted one, which must follow the one before. Raises NotFound, AccessDenied,
    Conflict, InvalidValue as `register`, `term` `required` of one that is held, `valid_from` `before_term`,
    `state` `ended`.
    """
    row = _standing(tx, certificate_id, expected_version)
    if body not in bodies():
        raise InvalidValue("body", "unknown")
    _check_scale(scale)
    if term is None and row.state == State.HELD:
        raise InvalidValue("term", "required")
    _check_term(tx, term, row.id)
    if term is not None and row.before_until is not None and term.valid_from <= row.before_until:
        raise InvalidValue("valid_from", "before_term")
    before = _told(row)
    row.body = body
    _set_scale(row, scale)
    if term is not None:
        set_term(row, term)
    return _changed(tx, row, before)


def set_window(
    tx: Tx,
    certificate_id: CertificateId,
    *,
    opens: date | None,
    closes: date | None,
    reason: str,
    expected_version: int,
) -> Certificate:
    """Overrule one or both days of the window, with a reason; both None go back to the rule.

    Raises NotFound, AccessDenied, Conflict, InvalidValue: `term` `required`, `reason` `required`, `closes`
    `before_opening` or `after_expiry`, `state` `ended`.
    """
    row = _standing(tx, certificate_id, expected_version)
    if row.valid_until is None or row.state != State.HELD:
        raise InvalidValue("term", "required")
    by_hand = opens is not None or closes is not None
    text = checked({"reason": reason}, *(["reason"] if by_hand else []))["reason"]
    made = window(row.valid_until, body_of(row.body, row.valid_until), opens=opens, closes=closes)
    if made.closes < made.opens:
        raise InvalidValue("closes", "before_opening")
    if made.closes > row.valid_until:
        raise InvalidValue("closes", "after_expiry")
    before = _told(row)
    row.opens_on, row.closes_on = opens, closes
    sealed = Row(tx, CERTIFICATES, row.uid).sealed({"window_reason": text})["window_reason_sealed"]
    row.window_reason_sealed = sealed if by_hand else None
    return _changed(tx, row, before)


def end(
    tx: Tx, certificate_id: CertificateId, state: State, *, on: date, reason: str, expected_version: int
) -> Certificate:
    """Record that a certificate was given back or revoked (`WITHDRAWN`), or ran out (`LAPSED`).

    It cannot be undone. Raises NotFound, AccessDenied, Conflict, InvalidValue: `state` `no_end` or `ended`,
    `reason` `required`, `on` `future`, `before_start` or `before_expiry`, `round` `open` while an application
    runs.
    """
    row = _standing(tx, certificate_id, expected_version)
    if state not in (State.WITHDRAWN, State.LAPSED):
        raise InvalidValue("state", "no_end")
    text = checked({"reason": reason}, "reason")["reason"]
    if on > today_in_japan(tx.now):
        raise InvalidValue("on", "future")
    if row.valid_from is not None and on < row.valid_from:
        raise InvalidValue("on", "before_start")
    if state is State.LAPSED and (row.valid_until is None or on < row.valid_until):
        raise InvalidValue("on", "before_expiry")
    running = select(CertificateRound.id).where(
        CertificateRound.certificate_id == row.id, CertificateRound.state == RoundState.OPEN.value
    )
    if tx.session.scalar(running) is not None:
        raise InvalidValue("round", "open")
    row.state, row.ended_on = state.value, on
    row.end_reason_sealed = Row(tx, CERTIFICATES, row.uid).sealed({"end_reason": text})["end_reason_sealed"]
    tx.session.flush()
    after = {"state": state.value, "ended_on": on}
    tx.record(Action.CERTIFICATE_ENDED, CERTIFICATES, row.id, UnitId(row.unit_id), None, after)
    return certificate_of(tx, row)


def certificates(tx: Tx, *, unit_id: UnitId | None = None) -> list[Certificate]:
    """Return the visible certificates, of a unit and all below it, by number."""
    query = select(CertificateRecord).where(
        CertificateRecord.unit_id.in_(scope(tx, Permission.VIEW_CERTIFICATION))
    )
    if unit_id is not None:
        below = select(OrgClosure.descendant).where(OrgClosure.ancestor == unit_id)
        query = query.where(CertificateRecord.unit_id.in_(below))
    return [certificate_of(tx, row) for row in tx.session.scalars(query.order_by(CertificateRecord.id))]


def certificate(tx: Tx, certificate_id: CertificateId) -> Certificate:
    """Return one visible certificate; raises NotFound."""
    return certificate_of(tx, seen(tx, CertificateRecord, certificate_id))


def set_term(row: CertificateRecord, term: Term) -> None:
    """Write a granted term to a row; days of the window that were set for another one are dropped."""
    if row.valid_until != term.valid_until:
        row.opens_on = row.closes_on = row.window_reason_sealed = None
    row.mark, row.term = term.mark.number, term.mark.term
    row.valid_from, row.valid_until = term.valid_from, term.valid_until
    row.state = State.HELD.value


def _standing(tx: Tx, certificate_id: CertificateId, expected_version: int) -> CertificateRecord:
    row = held(tx, CertificateRecord, certificate_id, expected_version)
    if row.ended_on is not None:
        raise InvalidValue("state", "ended")
    return row


def _check_scale(scale: Scale) -> None:
    if scale.sector not in tariff().sectors:
        raise InvalidValue("sector", "unknown")
    if scale.capital_yen is not None and not 0 <= scale.capital_yen < 10**15:
        raise InvalidValue("capital_yen", "out_of_range")
    if scale.workers is not None and not 1 <= scale.workers < 10**7:
        raise InvalidValue("workers", "out_of_range")


def _set_scale(row: CertificateRecord, scale: Scale) -> None:
    row.sector, row.capital_yen, row.workers = scale.sector, scale.capital_yen, scale.workers
    row.size = scale.size.value if scale.size else ""


def _check_term(tx: Tx, term: Term | None, own: int | None) -> None:
    if term is None:
        return
    if term.valid_until <= term.valid_from:
        raise InvalidValue("valid_until", "before_start")
    taken = select(CertificateRecord.id).where(CertificateRecord.mark == term.mark.number)
    if own is not None:
        taken = taken.where(CertificateRecord.id != own)
    if tx.session.scalar(taken.limit(1)) is not None:
        raise Duplicate("mark")


def _changed(tx: Tx, row: CertificateRecord, before: dict[str, object]) -> Certificate:
    after = _told(row)
    changed = {name for name, value in after.items() if value != before[name]}
    tx.session.flush()
    if changed:
        tx.record(
            Action.CERTIFICATE_CHANGED,
            CERTIFICATES,
            row.id,
            UnitId(row.unit_id),
            {name: before[name] for name in changed},
            {name: after[name] for name in changed},
        )
    return certificate_of(tx, row)


def _told(row: CertificateRecord) -> dict[str, object]:
    columns = ("number", "body", "mark", "term", "valid_from", "valid_until", "sector", "capital_yen")
    more = ("workers", "size", "opens_on", "closes_on", "state")
    return {name: getattr(row, name) for name in (*columns, *more)}
