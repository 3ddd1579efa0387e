"""Requests of persons 開示等の請求等: received, checked, decided, answered (APPI Art. 32 to 39).

The steps of one request: (1) received, with a target that the entity set itself, since the law names no
number of days; (2) the identity of who asks confirmed, by which method and by whom, and no copy kept;
(3) decided, a refusal with its reason and article; (4) answered and closed, after which nothing changes.
A medical record is disclosed after the physician was heard; to bereaved family 遺族 under the guideline on
providing medical information (診療情報の提供等に関する指針 9), because the Act covers the living only.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from sqlalchemy import Select, func, select

from registry.access import entity_id_of, require, require_open, scope, today_in_japan
from registry.errors import Conflict, InvalidValue, NotFound
from registry.journal import Action
from registry.limits import limit_of, target
from registry.model import Permission, UnitId
from registry.request_model import (
    Applicant,
    Decision,
    Delivery,
    IdentityMethod,
    Opinion,
    Request,
    RequestDraft,
    RequestId,
    RequestKind,
    RequestState,
)
from registry.request_rules import (
    check_amended,
    check_fee,
    check_refusal,
    described,
    journalled,
    texts_of,
)
from registry.sealing import Row, checked
from registry.store import Tx
from registry.store.base import new_uid
from registry.store.rights_tables import RightsRequest
from registry.store.tables import OrgUnit

_TABLE = "rights_request"
AMENDABLE = (
    "contact",
    "subject",
    "agent",
    "delivery",
    "with_provisions",
    "fee_yen",
    "fee_paid_on",
    "extended_until",
    "extension",
    "opinion",
    "physician",
    "opinion_text",
)
_SEALED = frozenset({"contact", "subject", "agent", "extension", "physician", "opinion_text"})
_COLUMN = {"opinion_text": "opinion"}  # the field's name -> its sealed column's, where they differ


def receive(tx: Tx, draft: RequestDraft, *, target_days: int) -> Request:
    """Register a request that reached a legal entity.

    Raises AccessDenied without HANDLE_REQUESTS there, InvalidValue: `unit_id` `not_an_entity` or `closed`,
    `person`, `contact` `required`, `agent` `required` for who asks for others, `applicant` `medical_only`
    for bereaved family, `received_on` `future`, `fee_yen` `no_fee` or `out_of_range`.
    """
    require(tx, Permission.HANDLE_REQUESTS, draft.unit_id)
    if tx.session.scalar(select(entity_id_of(draft.unit_id))) != draft.unit_id:
        raise InvalidValue("unit_id", "not_an_entity")
    require_open(tx, draft.unit_id)
    texts = texts_of(draft)
    today = today_in_japan(tx.now)
    if draft.received_on > today:
        raise InvalidValue("received_on", "future")
    if draft.applicant is Applicant.BEREAVED and not draft.medical:
        raise InvalidValue("applicant", "medical_only")
    check_fee(draft.kind, draft.fee_yen)
    country = tx.session.scalar(select(OrgUnit.country).where(OrgUnit.id == draft.unit_id)) or ""
    limit = limit_of(country)
    uid = new_uid()
    row = RightsRequest(
        uid=uid,
        number=_next_number(tx),
        unit_id=draft.unit_id,
        kind=draft.kind.value,
        applicant=draft.applicant.value,
        delivery=draft.delivery.value,
        medical=draft.medical,
        received_on=draft.received_on,
        target_on=target(draft.received_on, country, target_days),
        limit_country="" if limit is None else limit.country,
        identity_method="",
        opinion="",
        with_provisions=draft.with_provisions or draft.kind is RequestKind.PROVISION_RECORDS,
        fee_yen=draft.fee_yen,
        state=RequestState.RECEIVED.value,
        decision="",
        refusal="",
        updated_at=tx.now,
        **Row(tx, _TABLE, uid).sealed(
            texts
            | dict.fromkeys(("extension", "identity_by", "physician", "opinion", "reasons", "decider"), "")
            | {"updated_by": tx.principal.name}
        ),
    )
    tx.session.add(row)
    tx.session.flush()
    made = _request(tx, row)
    tx.record(
        Action.REQUEST_RECEIVED,
        _TABLE,
        row.id,
        made.unit_id,
        None,
        journalled(described(made), described(made)),
    )
    return made


def requests(tx: Tx, *, unit_id: UnitId | None = None) -> list[Request]:
    """Return the requests that one may see, those that are due first; `unit_id` narrows to an entity."""
    query = _seen().where(RightsRequest.unit_id.in_(scope(tx, Permission.VIEW_REQUESTS)))
    if unit_id is not None:
        query = query.where(RightsRequest.unit_id == unit_id)
    found = [_request(tx, row) for row in tx.session.scalars(query)]
    return sorted(found, key=lambda each: (each.state is RequestState.CLOSED, each.due_on, each.id))


def request(tx: Tx, request_id: RequestId) -> Request:
    """Return one request; NotFound when there is none, or it is out of sight."""
    return _request(tx, seen_row(tx, request_id))


def amend(tx: Tx, request_id: RequestId, changes: Mapping[str, object], *, expected_version: int) -> Request:
    """Change columns of `AMENDABLE` of a request that is not closed.

    Raises NotFound, AccessDenied without HANDLE_REQUESTS, Conflict when it changed meanwhile, InvalidValue:
    `state` `closed`, `extended_until` `before_target` or `beyond_limit`, `extension` `required` (the person
    is told why), `opinion` `not_medical`, `physician` `required`, and as `receive`.
    """
    row = held_row(tx, request_id, Permission.HANDLE_REQUESTS, expected_version)
    before = _request(tx, row)
    if unknown := set(changes) - set(AMENDABLE):
        raise InvalidValue(min(unknown), "unknown_column")
    plain = {name: str(value) for name, value in changes.items() if name in _SEALED}
    if "contact" in plain or "agent" in plain:
        asks_for_other = before.applicant is not Applicant.PERSON
        checked(plain, "contact", *(("agent",) if asks_for_other else ()))
    texts = checked(plain)
    wanted: dict[str, Any] = dict(changes) | texts
    check_amended(replace(before, **wanted))
    for name, value in changes.items():
        if name not in _SEALED:
            setattr(row, name, getattr(value, "value", value))
    for name, text in texts.items():
        column = _COLUMN.get(name, name)
        setattr(row, f"{column}_sealed", _sealed(tx, row, column, text))
    return _kept(tx, row, before, Action.REQUEST_CHANGED)


def confirm_identity(
    tx: Tx, request_id: RequestId, method: IdentityMethod, *, on: date, expected_version: int
) -> Request:
    """Record how and by whom it was confirmed who asks (Art. 37(1); Cabinet Order Art. 12); no copy is kept.

    Raises as `amend`; InvalidValue: `on` `before_receipt` or `future`, `method` `not_for_agents` or
    `agents_only`, `state` `decided`.
    """
    row = held_row(tx, request_id, Permission.HANDLE_REQUESTS, expected_version)
    before = _request(tx, row)
    if before.state is RequestState.DECIDED:
        raise InvalidValue("state", "decided")
    if on < before.received_on:
        raise InvalidValue("on", "before_receipt")
    if on > today_in_japan(tx.now):
        raise InvalidValue("on", "future")
    agents = {IdentityMethod.MANDATE, IdentityMethod.FAMILY_REGISTER}
    if before.applicant is Applicant.PERSON and method in agents:
        raise InvalidValue("method", "agents_only")
    if before.applicant is not Applicant.PERSON and method not in agents:
        raise InvalidValue("method", "not_for_agents")
    row.identity_method = method.value
    row.identity_on = on
    row.identity_by_sealed = _sealed(tx, row, "identity_by", tx.principal.name)
    row.state = RequestState.CHECKED.value
    return _kept(tx, row, before, Action.REQUEST_CHANGED)


def decide(
    tx: Tx,
    request_id: RequestId,
    decision: Decision,
    *,
    expected_version: int,
    refusal: str = "",
    reasons: str = "",
) -> Request:
    """Decide a request; a refusal, whole or in part, names its reason (Art. 36).

    Raises NotFound, AccessDenied without DECIDE_REQUESTS, Conflict, InvalidValue: `decision` `required`,
    `identity_method` `required` before anything but a refusal for want of it or a withdrawal, `refusal`
    `required`, `unknown` or `not_needed`, `opinion` `required` for a medical record that is disclosed,
    `state` `closed`.
    """
    row = held_row(tx, request_id, Permission.DECIDE_REQUESTS, expected_version)
    before = _request(tx, row)
    if decision is Decision.NONE:
        raise InvalidValue("decision", "required")
    texts = checked({"reasons": reasons})
    check_refusal(before.kind, decision, refusal)
    unproven = refusal == "identity" or decision is Decision.WITHDRAWN
    if before.identity_method is None and not unproven:
        raise InvalidValue("identity_method", "required")
    opens = decision in (Decision.GRANTED, Decision.PARTLY)
    heard = before.opinion in (Opinion.NO_OBJECTION, Opinion.OBJECTION)
    if before.medical and before.kind is RequestKind.DISCLOSURE and opens and not heard:
        raise InvalidValue("opinion", "required")
    row.decision = decision.value
    row.refusal = refusal
    row.decided_on = today_in_japan(tx.now)
    row.reasons_sealed = _sealed(tx, row, "reasons", texts["reasons"])
    row.decider_sealed = _sealed(tx, row, "decider", tx.principal.name)
    row.state = RequestState.DECIDED.value
    return _kept(tx, row, before, Action.REQUEST_DECIDED)


def close(tx: Tx, request_id: RequestId, *, answered_on: date, expected_version: int) -> Request:
    """Close a decided request with the day of the answer; nothing of it changes afterwards.

    Raises NotFound, AccessDenied without DECIDE_REQUESTS, Conflict, InvalidValue: `state` `undecided` or
    `closed`, `answered_on` `before_decision` or `future`.
    """
    row = held_row(tx, request_id, Permission.DECIDE_REQUESTS, expected_version)
    before = _request(tx, row)
    if before.state is not RequestState.DECIDED or before.decided_on is None:
        raise InvalidValue("state", "undecided")
    if answered_on < before.decided_on:
        raise InvalidValue("answered_on", "before_decision")
    if answered_on > today_in_japan(tx.now):
        raise InvalidValue("answered_on", "future")
    row.answered_on = answered_on
    row.state = RequestState.CLOSED.value
    return _kept(tx, row, before, Action.REQUEST_CLOSED)


def note_letter(tx: Tx, request_id: RequestId, language: str) -> None:
    """Record that the reply letter was made, before it is shown; raises as `amend` for VIEW_REQUESTS."""
    row = seen_row(tx, request_id)
    after = {"language": language, "version": row.version}
    tx.record(Action.LETTER_MADE, _TABLE, row.id, UnitId(row.unit_id), None, after)


def _seen() -> Select[RightsRequest]:
    return select(RightsRequest).order_by(RightsRequest.id)


def seen_row(tx: Tx, request_id: RequestId, table: str = _TABLE) -> RightsRequest:
    """Return the row of a request that one may see; NotFound otherwise."""
    visible = RightsRequest.unit_id.in_(scope(tx, Permission.VIEW_REQUESTS))
    row = tx.session.scalar(_seen().where(RightsRequest.id == request_id, visible))
    if row is None:
        raise NotFound(table)
    return row


def held_row(
    tx: Tx,
    request_id: RequestId,
    permission: Permission,
    expected_version: int | None,
    *,
    table: str = _TABLE,
) -> RightsRequest:
    """Return the row of a request that one may change; the check of requests and of their places."""
    row = seen_row(tx, request_id, table)
    require(tx, permission, UnitId(row.unit_id))
    if row.state == RequestState.CLOSED:
        raise InvalidValue("state", "closed")
    if expected_version is not None and row.version != expected_version:
        now = _request(tx, row)
        raise Conflict(now.updated_by, now.updated_at, ("state",), version=row.version)
    return row


def _kept(tx: Tx, row: RightsRequest, before: Request, action: Action) -> Request:
    row.updated_at = tx.now
    row.updated_by_sealed = _sealed(tx, row, "updated_by", tx.principal.name)
    tx.session.flush()
    made = _request(tx, row)
    old, new = described(before), described(made)
    changed = [column for column in new if old[column] != new[column]]
    tx.record(action, _TABLE, row.id, made.unit_id, journalled(old, changed), journalled(new, changed))
    return made


def _sealed(tx: Tx, row: RightsRequest, name: str, text: str) -> bytes:
    return Row(tx, _TABLE, row.uid).sealed({name: text})[f"{name}_sealed"]


def _next_number(tx: Tx) -> str:
    # Writers queue, so that nobody else can take the same number meanwhile; requests are never deleted.
    return f"R-{(tx.session.scalar(select(func.max(RightsRequest.id))) or 0) + 1:04d}"


def _request(tx: Tx, row: RightsRequest) -> Request:
    sealed = Row(tx, _TABLE, row.uid)
    return Request(
        id=RequestId(row.id),
        number=row.number,
        unit_id=UnitId(row.unit_id),
        kind=RequestKind(row.kind),
        applicant=Applicant(row.applicant),
        person=sealed.opened("person", row.person_sealed),
        contact=sealed.opened("contact", row.contact_sealed),
        agent=sealed.opened("agent", row.agent_sealed),
        subject=sealed.opened("subject", row.subject_sealed),
        delivery=Delivery(row.delivery),
        medical=row.medical,
        received_on=row.received_on,
        target_on=row.target_on,
        limit_country=row.limit_country,
        extended_until=row.extended_until,
        extension=sealed.opened("extension", row.extension_sealed),
        identity_method=IdentityMethod(row.identity_method) if row.identity_method else None,
        identity_on=row.identity_on,
        identity_by=sealed.opened("identity_by", row.identity_by_sealed),
        opinion=Opinion(row.opinion),
        physician=sealed.opened("physician", row.physician_sealed),
        opinion_text=sealed.opened("opinion", row.opinion_sealed),
        with_provisions=row.with_provisions,
        fee_yen=row.fee_yen,
        fee_paid_on=row.fee_paid_on,
        state=RequestState(row.state),
        decision=Decision(row.decision),
        refusal=row.refusal,
        reasons=sealed.opened("reasons", row.reasons_sealed),
        decider=sealed.opened("decider", row.decider_sealed),
        decided_on=row.decided_on,
        answered_on=row.answered_on,
        updated_at=row.updated_at,
        updated_by=sealed.opened("updated_by", row.updated_by_sealed),
        version=row.version,
    )
