"""Who is responsible 担当 for what is to be done: the record's own owner, else who holds the post.

A post is looked for in the unit, then in each unit above it; where an entity has nobody of its own for it,
its privacy manager answers; what another person has to confirm falls to nobody who answered it. A name is
told to who may read the appointments of the unit of the post; others are told the post: legal entities are
third parties to each other.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import InstrumentedAttribute

from privacy_mark.confirmations.due import CONFIRM
from privacy_mark.due import Due
from privacy_mark.governance.model import APPOINTMENTS, Post
from registry.access import today_in_japan, units_allowed
from registry.account_names import name_of
from registry.accounts import valid_grants
from registry.model import Permission, Role, UnitId, UnitKind
from registry.sealing import Row
from registry.store import Tx
from registry.store.account_tables import RoleGrant, UserAccount
from registry.store.assessment_tables import FindingRecord
from registry.store.audit_tables import AuditAppointment, AuditRecord
from registry.store.certificate_tables import PmsItem
from registry.store.change_tables import ChangeRecord
from registry.store.confirmation_tables import ConfirmationRecord
from registry.store.governance_tables import AppointmentRecord
from registry.store.law_tables import LawAmendmentRecord
from registry.store.review_tables import ReviewDecisionRecord
from registry.store.tables import LedgerRecord, OrgClosure, OrgUnit

_POSTS: Mapping[str, Role] = {
    Post.TOP.value: Role.TOP_MANAGEMENT,
    Post.PRIVACY_MANAGER.value: Role.OFFICER,
    Post.TRAINING_MANAGER.value: Role.TRAINING_MANAGER,
    Post.COMPLAINTS.value: Role.COMPLAINTS_DESK,
    Post.DEPARTMENT.value: Role.DEPARTMENT_MANAGER,
}
_ROLES: Mapping[str, Role] = {
    # A kind of work, or all kinds of a room; what is not here is the privacy manager's.
    "assessments.answer": Role.DEPARTMENT_MANAGER,
    "audits": Role.AUDIT_MANAGER,
    "audits.approve": Role.TOP_MANAGEMENT,
    "audits.receive": Role.TOP_MANAGEMENT,
    "actions.approval": Role.TOP_MANAGEMENT,
    "changes.approve": Role.TOP_MANAGEMENT,
    "complaints": Role.COMPLAINTS_DESK,
    "confirmations": Role.DEPARTMENT_MANAGER,
    "differences.handle": Role.DEPARTMENT_MANAGER,
    "disposals.execute": Role.DEPARTMENT_MANAGER,
    "documents.approve": Role.TOP_MANAGEMENT,
    "laws.approve": Role.TOP_MANAGEMENT,
    "pms.approve": Role.TOP_MANAGEMENT,
    "requests": Role.COMPLAINTS_DESK,
    "reviews.approve": Role.TOP_MANAGEMENT,
    "self_check.confirm": Role.AUDIT_MANAGER,
    "training": Role.TRAINING_MANAGER,
}
_OWN = frozenset({"documents.correct", "documents.read", "training.take"})
"""Kinds that wait for the person asking, and for nobody else."""
_OFFICERS = (Role.OFFICER, Role.GROUP_OFFICER)
_SEEN = {Role.AUDIT_MANAGER: Permission.VIEW_AUDITS}
"""What one must hold in a unit to read who was appointed; of other posts VIEW_REVIEWS."""


@dataclass(frozen=True, slots=True)
class Responsible:
    """Who does it: a name that one may see, and the post by which it is found."""

    name: str = field(default="", repr=False)
    post: Role | None = None  # None: the record itself names its owner


NOBODY = Responsible()


@dataclass(frozen=True, slots=True)
class _Holder:
    unit_id: UnitId
    user_id: int | None  # None: named in a letter of appointment
    name: Callable[[], str] = field(repr=False)


def responsible(tx: Tx, dues: Sequence[Due], owners: Sequence[str] = ()) -> list[Responsible]:
    """Return who is responsible for each of some lines that one may act on, in their order.

    `owners` are the names that the lines bring along, "" for none. Meant for a page of lines: names are
    opened one by one. `NOBODY` where neither record nor tree names anybody.
    """
    known = list(owners) or [""] * len(dues)
    wanted = [each for each, owner in zip(dues, known, strict=True) if not owner]
    named = _owners(tx, wanted)
    lacking = [each for each in wanted if each.kind not in _OWN and not named.get(each)]
    posts, answered = _Posts(tx, {each.unit_id for each in lacking}), _answerers(tx, lacking)
    found = []
    for each, owner in zip(dues, known, strict=True):
        if own := owner or named.get(each, ""):
            found.append(Responsible(own))
        elif each.kind in _OWN:
            found.append(Responsible(tx.principal.name))
        else:
            found.append(posts.of(each.unit_id, role_of(each.kind), answered.get(each)))
    return found


def role_of(kind: str) -> Role:
    """Return whose post a kind of work is."""
    return _ROLES.get(kind) or _ROLES.get(kind.partition(".")[0]) or Role.OFFICER


class _Posts:
    """Who holds which post in some units and those above them."""

    def __init__(self, tx: Tx, units: Collection[UnitId]) -> None:
        self._tx = tx
        self._above: dict[int, list[int]] = {}
        rows = tx.session.execute(
            select(OrgClosure.descendant, OrgClosure.ancestor)
            .where(OrgClosure.descendant.in_(units))
            .order_by(OrgClosure.descendant, OrgClosure.depth)
        )
        for unit, ancestor in rows:
            self._above.setdefault(unit, []).append(ancestor)
        places = {unit for above in self._above.values() for unit in above}
        kinds = [kind.value for kind in UnitKind if kind.is_entity or kind is UnitKind.GROUP]
        self._entities = set(
            tx.session.scalars(select(OrgUnit.id).where(OrgUnit.id.in_(places), OrgUnit.kind.in_(kinds)))
        )
        self._held: dict[tuple[int, Role], list[_Holder]] = {}
        for role, holder in _holders(tx, places, today_in_japan(tx.now)):
            self._held.setdefault((holder.unit_id, role), []).append(holder)
        self._seen = {
            permission: units_allowed(tx, permission)
            for permission in (Permission.VIEW_REVIEWS, Permission.VIEW_AUDITS)
        }

    def of(self, unit_id: UnitId, role: Role, but: _Holder | None = None) -> Responsible:
        """Return who holds a post for a unit, or else the privacy manager of the nearest entity above."""
        for place in self._above.get(unit_id, ()):
            for wanted in (role, *(_OFFICERS if place in self._entities else ())):
                for holder in self._held.get((place, wanted), ()):
                    if but is None or not _same(holder, but):
                        return Responsible(self._name(holder, wanted), wanted)
        return NOBODY

    def _name(self, of: _Holder, role: Role) -> str:
        allowed = of.unit_id in self._seen[_SEEN.get(role, Permission.VIEW_REVIEWS)]
        return of.name() if allowed or of.user_id == self._tx.principal.user_id else ""


def _same(one: _Holder, other: _Holder) -> bool:
    """Tell whether two are one person; who is named by a letter is known by the name."""
    if one.user_id is None or other.user_id is None:
        return one.name() == other.name()
    return one.user_id == other.user_id


def _answerers(tx: Tx, dues: Iterable[Due]) -> dict[Due, _Holder]:
    """Return who gave the answers that another person has to confirm."""
    of, wanted = ConfirmationRecord, {int(each.row): each for each in dues if each.kind == CONFIRM}
    if not wanted:
        return {}
    rows = tx.session.execute(
        select(of.id, of.unit_id, of.uid, of.answerer_id, of.answerer_sealed).where(of.id.in_(wanted))
    )
    return {
        wanted[number]: _Holder(
            UnitId(unit_id), answerer, _later(Row(tx, of.__tablename__, uid), "answerer", sealed)
        )
        for number, unit_id, uid, answerer, sealed in rows
        if sealed is not None
    }


def _holders(tx: Tx, units: Collection[int], today: date) -> Iterable[tuple[Role, _Holder]]:
    """Yield who holds posts in units: appointments first, those of the longest standing before others."""
    of, audit = AppointmentRecord, AuditAppointment
    for row in tx.session.scalars(
        select(of)
        .where(
            of.unit_id.in_(units),
            of.body_id.is_(None),
            of.valid_from <= today,
            or_(of.valid_until.is_(None), of.valid_until >= today),
        )
        .order_by(of.valid_from, of.id)
    ):
        opened = Row(tx, APPOINTMENTS, row.uid)
        name = _later(opened, "person", row.person_sealed)
        if row.post in _POSTS:
            yield _POSTS[row.post], _Holder(UnitId(row.unit_id), None, name)
    for appointed in tx.session.scalars(
        select(audit)
        .where(
            audit.unit_id.in_(units),
            audit.valid_from <= today,
            or_(audit.valid_until.is_(None), audit.valid_until >= today),
        )
        .order_by(audit.valid_from, audit.id)
    ):
        opened = Row(tx, AuditAppointment.__tablename__, appointed.uid)
        name = _later(opened, "name", appointed.name_sealed)
        yield Role.AUDIT_MANAGER, _Holder(UnitId(appointed.unit_id), appointed.user_id, name)
    roles = {role.value for role in (*_POSTS.values(), Role.AUDIT_MANAGER, Role.GROUP_OFFICER)}
    grants = valid_grants(tx).where(RoleGrant.unit_id.in_(units), RoleGrant.role.in_(roles))
    for grant, _home in tx.session.execute(grants).all():
        yield Role(grant.role), _Holder(UnitId(grant.unit_id), grant.user_id, _account(tx, grant.user_id))


def _later(row: Row, column: str, sealed: bytes) -> Callable[[], str]:
    return lambda: row.opened(column, sealed)


def _account(tx: Tx, user_id: int) -> Callable[[], str]:
    return lambda: name_of(tx.vault, tx.session.get_one(UserAccount, user_id))


@dataclass(frozen=True, slots=True)
class _Owned:
    """Where a record names who is responsible, and by which column a line finds it."""

    table: type[Any]  # a mapped class with a `uid` and the sealed column
    key: InstrumentedAttribute[int]
    column: str = "owner"
    by_day: bool = False  # a row has several: that of the line's day


_OWNED: Mapping[str, _Owned] = {
    "assessments.answer": _Owned(FindingRecord, FindingRecord.id),
    "audits.conduct": _Owned(AuditRecord, AuditRecord.id, "auditor"),
    "changes.answer": _Owned(ChangeRecord, ChangeRecord.id),
    "changes.submit": _Owned(ChangeRecord, ChangeRecord.id),
    "changes.task": _Owned(ChangeRecord, ChangeRecord.id),
    "laws.act": _Owned(LawAmendmentRecord, LawAmendmentRecord.unit_id, by_day=True),
    "ledger.review": _Owned(LedgerRecord, LedgerRecord.id),
    "pms.item": _Owned(PmsItem, PmsItem.year_id, by_day=True),
    "reviews.decision": _Owned(ReviewDecisionRecord, ReviewDecisionRecord.review_id, by_day=True),
    "risks.measure": _Owned(LedgerRecord, LedgerRecord.id),
}


def _owners(tx: Tx, dues: Iterable[Due]) -> dict[Due, str]:
    """Return the owners that the records of lines name."""
    by_kind: dict[str, list[Due]] = {}
    for each in dues:
        if each.kind in _OWNED:
            by_kind.setdefault(each.kind, []).append(each)
    found: dict[Due, str] = {}
    for kind, some in by_kind.items():
        of = _OWNED[kind]
        sealed = getattr(of.table, f"{of.column}_sealed")
        columns = (of.key, of.table.uid, sealed, *((of.table.due_on,) if of.by_day else ()))
        rows = tx.session.execute(
            select(*columns).where(of.key.in_([int(each.row) for each in some]), sealed.is_not(None))
        ).all()
        for each in some:
            for key, uid, content, *days in rows:
                if key == int(each.row) and each.due_on in (days or [each.due_on]):
                    name = Row(tx, of.table.__tablename__, uid).opened(of.column, content)
                    if name and each not in found:
                        found[each] = name
    return found
