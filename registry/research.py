"""Research use 研究利用 of personal data: approval, key table, refusals, disposal at the end.

Sources: the ethical guideline on life science and medical research involving human subjects 人を対象とする
生命科学・医学系研究に関する倫理指針 (committee 倫理審査委員会, key table 対応表,
opt-out オプトアウト), APPI Art. 18(3)(v). That opt-out is another mechanism than the one of
Art. 27(2), and is never recorded as that.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from datetime import date
from typing import NewType

from sqlalchemy import Select, func, select

from registry.access import entity_id_of, require, require_open, scope, today_in_japan
from registry.errors import Conflict, InvalidValue, NotFound
from registry.journal import Action, newest_of
from registry.model import Permission, UnitId
from registry.notices import NoticeId
from registry.sealing import Row, checked
from registry.store import Tx
from registry.store.base import new_uid
from registry.store.rights_tables import Notice, ResearchRefusal, ResearchUse

ResearchId = NewType("ResearchId", int)
_TABLE, _REFUSALS = "research_use", "research_refusal"


class ResearchBasis(enum.StrEnum):
    """How the persons are part of a study."""

    CONSENT = "consent"  # インフォームド・コンセント
    OPT_OUT = "opt_out"  # 情報公開と拒否の機会
    ANONYMISED = "anonymised"  # 既に特定できない情報


@dataclass(frozen=True, slots=True)
class ResearchDraft:
    """A study as people register it."""

    unit_id: UnitId
    title: str
    committee: str
    approval: str  # number of the committee's approval
    approved_on: date
    basis: ResearchBasis
    key_holder: str = field(repr=False)  # who keeps the key table
    ends_on: date
    dispose_by: date
    notice_id: NoticeId | None = None  # the published information of an opt-out


@dataclass(frozen=True, slots=True, kw_only=True)
class Research(ResearchDraft):
    """One study."""

    id: ResearchId
    number: str
    disposed_on: date | None
    disposal: str
    disposer: str
    refusals: int
    waiting: int  # refusals whose person is not yet left out
    version: int

    def days_over(self, today: date) -> int:
        """Return for how many days the data should have been disposed of; 0 when nothing is late."""
        return max(0, (today - self.dispose_by).days) if self.disposed_on is None else 0


@dataclass(frozen=True, slots=True)
class Refusal:
    """That somebody does not want to be part of a study."""

    id: int
    person: str = field(repr=False)
    received_on: date
    excluded_on: date | None


def register(tx: Tx, draft: ResearchDraft) -> Research:
    """Register a study.

    Raises AccessDenied without EDIT_LEDGER in the unit, NotFound for a notice of another entity,
    InvalidValue: `title`, `committee`, `approval`, `key_holder` `required`, `notice_id` `required` of an
    opt-out, `ends_on` `before_approval`, `dispose_by` `before_end`.
    """
    require(tx, Permission.EDIT_LEDGER, draft.unit_id)
    require_open(tx, draft.unit_id)
    names = ("title", "committee", "approval", "key_holder")
    texts = checked({name: getattr(draft, name) for name in names}, *names, longest=500)
    if len(texts["approval"]) > 64:
        raise InvalidValue("approval", "too_long")
    if draft.ends_on < draft.approved_on:
        raise InvalidValue("ends_on", "before_approval")
    if draft.dispose_by < draft.ends_on:
        raise InvalidValue("dispose_by", "before_end")
    if draft.basis is ResearchBasis.OPT_OUT and draft.notice_id is None:
        raise InvalidValue("notice_id", "required")
    _check_notice(tx, draft)
    uid = new_uid()
    row = ResearchUse(
        uid=uid,
        number=f"S-{(tx.session.scalar(select(func.max(ResearchUse.id))) or 0) + 1:04d}",
        unit_id=draft.unit_id,
        title=texts["title"],
        committee=texts["committee"],
        approval=texts["approval"],
        approved_on=draft.approved_on,
        basis=draft.basis.value,
        notice_id=draft.notice_id,
        ends_on=draft.ends_on,
        dispose_by=draft.dispose_by,
        disposal="",
        **Row(tx, _TABLE, uid).sealed({"key_holder": texts["key_holder"], "disposer": ""}),
    )
    tx.session.add(row)
    tx.session.flush()
    after = {"number": row.number, "title": row.title, "approval": row.approval, "basis": row.basis}
    tx.record(Action.RESEARCH_REGISTERED, _TABLE, row.id, draft.unit_id, None, after)
    return _research(tx, row)


def dispose(tx: Tx, research_id: ResearchId, *, how: str, on: date, expected_version: int) -> Research:
    """Record that a study's data and key table were disposed of, and how; the study is closed with it.

    Raises NotFound, AccessDenied without EDIT_LEDGER, Conflict, InvalidValue: `how` `required`, `on` `future`
    or `before_approval`, `state` `disposed`.
    """
    row = _held(tx, research_id, Permission.EDIT_LEDGER, expected_version)
    text = checked({"how": how}, "how", longest=500)["how"]
    if on > today_in_japan(tx.now):
        raise InvalidValue("on", "future")
    if on < row.approved_on:
        raise InvalidValue("on", "before_approval")
    row.disposed_on = on
    row.disposal = text
    row.disposer_sealed = Row(tx, _TABLE, row.uid).sealed({"disposer": tx.principal.name})["disposer_sealed"]
    tx.session.flush()
    after = {"disposed_on": on, "how": text}
    tx.record(Action.RESEARCH_DISPOSED, _TABLE, row.id, UnitId(row.unit_id), None, after)
    return _research(tx, row)


def refuse(tx: Tx, research_id: ResearchId, *, person: str, received_on: date) -> Refusal:
    """Record that a person refuses to be part of a study.

    Raises NotFound, AccessDenied without HANDLE_REQUESTS, InvalidValue: `person` `required`, `received_on`
    `future`, `state` `disposed`.
    """
    row = _held(tx, research_id, Permission.HANDLE_REQUESTS, None)
    text = checked({"person": person}, "person", longest=500)["person"]
    if received_on > today_in_japan(tx.now):
        raise InvalidValue("received_on", "future")
    uid = new_uid()
    made = ResearchRefusal(
        uid=uid,
        research_id=row.id,
        unit_id=row.unit_id,
        received_on=received_on,
        recorded_at=tx.now,
        **Row(tx, _REFUSALS, uid).sealed({"person": text}),
    )
    tx.session.add(made)
    tx.session.flush()
    after = {"study": row.number, "received_on": received_on}
    tx.record(Action.REFUSAL_RECORDED, _REFUSALS, made.id, UnitId(row.unit_id), None, after)
    return _refusal(tx, made)


def exclude(tx: Tx, refusal_id: int, *, on: date) -> Refusal:
    """Record that a person who refused was left out of the study.

    Raises NotFound, AccessDenied without HANDLE_REQUESTS, InvalidValue: `on` `future` or `before_refusal`,
    `state` `excluded` or `disposed`.
    """
    made = tx.session.scalar(select(ResearchRefusal).where(ResearchRefusal.id == refusal_id))
    if made is None:
        raise NotFound(_REFUSALS)
    row = _held(tx, ResearchId(made.research_id), Permission.HANDLE_REQUESTS, None, table=_REFUSALS)
    if made.excluded_on is not None:
        raise InvalidValue("state", "excluded")
    if on < made.received_on:
        raise InvalidValue("on", "before_refusal")
    if on > today_in_japan(tx.now):
        raise InvalidValue("on", "future")
    made.excluded_on = on
    tx.session.flush()
    after = {"study": row.number, "excluded_on": on}
    tx.record(Action.RESEARCH_CHANGED, _REFUSALS, made.id, UnitId(row.unit_id), None, after)
    return _refusal(tx, made)


def studies(tx: Tx) -> list[Research]:
    """Return the studies of units whose ledger one may see, by number."""
    return [_research(tx, row) for row in tx.session.scalars(_seen(tx).order_by(ResearchUse.id))]


def refusals(tx: Tx, research_id: ResearchId) -> list[Refusal]:
    """Return who refused to be part of a study, oldest first.

    Raises NotFound, AccessDenied without VIEW_REQUESTS in the study's unit.
    """
    row = _row(tx, research_id, _TABLE)
    require(tx, Permission.VIEW_REQUESTS, UnitId(row.unit_id))
    rows = tx.session.scalars(
        select(ResearchRefusal).where(ResearchRefusal.research_id == row.id).order_by(ResearchRefusal.id)
    )
    return [_refusal(tx, each) for each in rows]


def _check_notice(tx: Tx, draft: ResearchDraft) -> None:
    if draft.notice_id is None:
        return
    entity = tx.session.scalar(select(entity_id_of(draft.unit_id)))
    own = Notice.unit_id == draft.unit_id if entity is None else entity_id_of(Notice.unit_id) == entity
    known = select(Notice.id).where(
        Notice.id == draft.notice_id, Notice.unit_id.in_(scope(tx, Permission.VIEW_LEDGER)), own
    )
    if tx.session.scalar(known) is None:
        raise NotFound("notice")


def _seen(tx: Tx) -> Select[ResearchUse]:
    return select(ResearchUse).where(ResearchUse.unit_id.in_(scope(tx, Permission.VIEW_LEDGER)))


def _row(tx: Tx, research_id: ResearchId, table: str) -> ResearchUse:
    row = tx.session.scalar(_seen(tx).where(ResearchUse.id == research_id))
    if row is None:
        raise NotFound(table)
    return row


def _held(
    tx: Tx,
    research_id: ResearchId,
    permission: Permission,
    expected_version: int | None,
    *,
    table: str = _TABLE,
) -> ResearchUse:
    row = _row(tx, research_id, table)
    require(tx, permission, UnitId(row.unit_id))
    if row.disposed_on is not None:
        raise InvalidValue("state", "disposed")
    if expected_version is not None and row.version != expected_version:
        newest = newest_of(tx, _TABLE, row.id)
        raise Conflict(newest.actor, newest.at, (), version=row.version)
    return row


def _research(tx: Tx, row: ResearchUse) -> Research:
    sealed = Row(tx, _TABLE, row.uid)
    count = select(func.count()).select_from(ResearchRefusal).where(ResearchRefusal.research_id == row.id)
    waiting = count.where(ResearchRefusal.excluded_on.is_(None))
    return Research(
        unit_id=UnitId(row.unit_id),
        title=row.title,
        committee=row.committee,
        approval=row.approval,
        approved_on=row.approved_on,
        basis=ResearchBasis(row.basis),
        key_holder=sealed.opened("key_holder", row.key_holder_sealed),
        ends_on=row.ends_on,
        dispose_by=row.dispose_by,
        notice_id=None if row.notice_id is None else NoticeId(row.notice_id),
        id=ResearchId(row.id),
        number=row.number,
        disposed_on=row.disposed_on,
        disposal=row.disposal,
        disposer=sealed.opened("disposer", row.disposer_sealed),
        refusals=tx.session.scalar(count) or 0,
        waiting=tx.session.scalar(waiting) or 0,
        version=row.version,
    )


def _refusal(tx: Tx, row: ResearchRefusal) -> Refusal:
    person = Row(tx, _REFUSALS, row.uid).opened("person", row.person_sealed)
    return Refusal(row.id, person, row.received_on, row.excluded_on)
