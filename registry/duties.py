"""Separation of duties 職務分離: which roles one person may not hold at the same time, and where.

1. An auditor 監査員 audits neither the unit in which he primarily belongs nor a unit that he manages, nor
   what lies above or below the latter. Except: an entity with one open department of its own
   at most, where nobody else is there (belonging only; who manages never audits). JIS Q 15001:2023 9.2
   (客観性及び公平性).
2. The audit manager 個人情報保護監査責任者 is neither privacy manager 個人情報保護管理者 nor top management
   トップマネジメント nor statutory auditor 監査役 of the same entity (JIS Q 15001 A.3.3.4; the mark's
   examination criteria name the statutory auditor).
3. The representative 代表者 (top management) is privacy manager only in a small entity 小規模.

Who was appointed audit manager counts as one for the time of the appointment, with or without the role.

Every rule is symmetric in time: whichever of the two comes second is refused, for overlapping periods only.
Nobody gives a role to himself (`self`): checked where roles are granted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import bindparam, func, select

from registry.access import entity_id_of
from registry.errors import InvalidValue
from registry.model import Role, UnitId, UnitKind, UserId
from registry.store import Tx
from registry.store.account_tables import Affiliation, RoleGrant
from registry.store.audit_tables import AuditAppointment
from registry.store.tables import OrgClosure, OrgUnit

MANAGING = frozenset(
    {
        Role.TOP_MANAGEMENT,
        Role.GROUP_OFFICER,
        Role.OFFICER,
        Role.DEPARTMENT_MANAGER,
        Role.INFORMATION_ASSETS_MANAGER,
        Role.MEDICAL_SYSTEMS_MANAGER,
    }
)
"""Who holds one of these answers for the unit that an auditor would look at."""

AUDITING = frozenset({Role.AUDITOR, Role.AUDIT_MANAGER})
_CONFLICTING = AUDITING | {Role.TOP_MANAGEMENT}  # every rule is about one of these and something else
_HELD = (
    select(RoleGrant, Affiliation)
    .join(Affiliation, Affiliation.id == RoleGrant.affiliation_id)
    .where(RoleGrant.user_id == bindparam("user"))
)
_NOT_WITH_AUDIT_MANAGER = (
    (Role.OFFICER, "audit_manager_is_privacy_manager"),
    (Role.GROUP_OFFICER, "audit_manager_is_privacy_manager"),
    (Role.TOP_MANAGEMENT, "audit_manager_is_top_management"),
    (Role.STATUTORY_AUDITOR, "audit_manager_is_statutory_auditor"),
)


@dataclass(frozen=True, slots=True)
class Period:
    """From a day to a day, both included; None: without an end on that side."""

    first: date | None
    last: date | None

    def overlaps(self, other: Period) -> bool:
        """Tell whether some day is in both; none is in one that ends before it begins."""
        return not self.within(other).is_empty

    def within(self, other: Period) -> Period:
        """Return the days of both."""
        firsts = [day for day in (self.first, other.first) if day is not None]
        lasts = [day for day in (self.last, other.last) if day is not None]
        return Period(max(firsts, default=None), min(lasts, default=None))

    @property
    def is_empty(self) -> bool:
        """True when it ends before it begins."""
        return not _before(self.first, self.last)


@dataclass(frozen=True, slots=True)
class Duty:
    """A role that a person holds in a unit for a time."""

    role: Role
    unit_id: UnitId
    period: Period


@dataclass(frozen=True, slots=True)
class Belonging:
    """The unit in which a person primarily belongs for a time."""

    unit_id: UnitId
    period: Period


@dataclass(frozen=True, slots=True)
class Place:
    """What the rules ask of a unit."""

    above: frozenset[UnitId]  # itself and all units above
    entity: UnitId  # its legal entity; the topmost unit where there is none
    small: bool  # its entity is small 小規模
    departments: int  # open ones of its entity itself; of all below where there is no entity


def broken_rule(
    duties: Sequence[Duty], belongings: Sequence[Belonging], places: Mapping[UnitId, Place]
) -> str | None:
    """Return the id of the first rule that these duties of one person break, None when they keep all."""
    held = [duty for duty in duties if not duty.period.is_empty]
    for duty in held:
        if duty.role is Role.AUDITOR and (rule := _auditor(duty, held, belongings, places)):
            return rule
        others = [other for other in held if other.period.overlaps(duty.period)]
        near = [other for other in others if _near(places[duty.unit_id], places[other.unit_id])]
        if duty.role is Role.AUDIT_MANAGER and (rule := _audit_manager({other.role for other in near})):
            return rule
        if duty.role is Role.TOP_MANAGEMENT and not places[duty.unit_id].small:
            entity = places[duty.unit_id].entity
            same = {other.role for other in others if places[other.unit_id].entity == entity}
            if Role.OFFICER in same:
                return "representative_is_privacy_manager"
    return None


def _auditor(
    duty: Duty, held: Sequence[Duty], belongings: Sequence[Belonging], places: Mapping[UnitId, Place]
) -> str | None:
    audited = places[duty.unit_id]
    for other in held:
        on_one_line = duty.unit_id in places[other.unit_id].above or other.unit_id in audited.above
        if other.role in MANAGING and on_one_line and other.period.overlaps(duty.period):
            return "auditor_manages_unit"
    for belonging in belongings:
        at = places[belonging.unit_id]
        alone = max(audited.departments, at.departments) <= 1
        if duty.unit_id in at.above and not alone and belonging.period.overlaps(duty.period):
            return "auditor_belongs_to_unit"
    return None


def _audit_manager(roles: Collection[Role]) -> str | None:
    return next((rule for role, rule in _NOT_WITH_AUDIT_MANAGER if role in roles), None)


def _near(one: Place, other: Place) -> bool:
    """Tell whether two units are of one entity, or one entity stands above the other."""
    return one.entity in other.above or other.entity in one.above


def _before(first: date | None, last: date | None) -> bool:
    return first is None or last is None or first <= last


def require_separate(tx: Tx, user_id: UserId) -> None:
    """Raise InvalidValue (`role`, the rule's id) when what an account holds now breaks a rule.

    Looks at everything the account holds, wherever, and at what it was appointed to: writers queue, so that
    no two halves pass each other.
    """
    rows = tx.session.execute(_HELD, {"user": user_id}).all()
    appointed = appointments_of([user_id], tx).get(user_id, [])
    if not appointed and not may_conflict(Role(grant.role) for grant, _ in rows):
        return
    held = appointed + [
        Duty(
            Role(grant.role),
            UnitId(grant.unit_id),
            Period(grant.valid_from, grant.valid_until).within(
                Period(affiliation.valid_from, affiliation.valid_until)
            ),
        )
        for grant, affiliation in rows
    ]
    belongings = [
        Belonging(UnitId(row.unit_id), Period(row.valid_from, row.valid_until))
        for row in tx.session.scalars(select(Affiliation).where(Affiliation.user_id == user_id))
        if row.kind == "primary"
    ]
    units = {duty.unit_id for duty in held} | {belonging.unit_id for belonging in belongings}
    require_kept(held, belongings, {unit: _place(tx, unit) for unit in units})


def appointments_of(users: Collection[UserId], tx: Tx) -> dict[UserId, list[Duty]]:
    """Return who was appointed audit manager 監査責任者 where and for how long, whatever roles they hold."""
    query = select(AuditAppointment).where(AuditAppointment.user_id.in_(users)).order_by(AuditAppointment.id)
    found: dict[UserId, list[Duty]] = {}
    for row in tx.session.scalars(query):
        duty = Duty(Role.AUDIT_MANAGER, UnitId(row.unit_id), Period(row.valid_from, row.valid_until))
        found.setdefault(UserId(row.user_id), []).append(duty)
    return found


def may_conflict(roles: Iterable[Role]) -> bool:
    """Tell whether any rule is about one of these roles: most people hold none of them."""
    return any(role in _CONFLICTING for role in roles)


def require_kept(
    duties: Sequence[Duty], belongings: Sequence[Belonging], places: Mapping[UnitId, Place]
) -> None:
    """Raise InvalidValue (`role`, the rule's id) when these duties of one person break a rule."""
    rule = broken_rule(duties, belongings, places)
    if rule is not None:
        raise InvalidValue("role", rule)


def places(tx: Tx) -> Mapping[UnitId, Place]:
    """Return what the rules ask of every unit, in one question."""
    rows = tx.session.execute(
        select(OrgUnit.id, OrgUnit.parent_id, OrgUnit.kind, OrgUnit.small, OrgUnit.closed_at)
    ).all()
    known = {row.id: row for row in rows}
    lines: dict[int, list[int]] = {}
    for number in known:
        line, at = [], number
        while at is not None:
            line.append(at)
            at = known[at].parent_id
        lines[number] = line
    nearest = {
        number: next((each for each in line if UnitKind(known[each].kind).is_entity), None)
        for number, line in lines.items()
    }
    departments = Counter[int]()
    for row in rows:
        if row.kind == UnitKind.DEPARTMENT.value and row.closed_at is None:
            own, top = nearest[row.id], lines[row.id][-1]
            departments.update({own or top} if nearest[top] else {own or top, top})
    found = {}
    for number, line in lines.items():
        entity, above = nearest[number] or line[-1], frozenset(map(UnitId, line))
        found[UnitId(number)] = Place(above, UnitId(entity), known[entity].small, departments[entity])
    return found


def _place(tx: Tx, unit_id: UnitId) -> Place:
    line = list(
        tx.session.execute(
            select(OrgUnit.id, OrgUnit.kind, OrgUnit.small)
            .join(OrgClosure, OrgClosure.ancestor == OrgUnit.id)
            .where(OrgClosure.descendant == unit_id)
            .order_by(OrgClosure.depth)
        )
    )
    entity, kind, small = next((each for each in line if UnitKind(each[1]).is_entity), line[-1])
    below = (
        select(func.count())
        .select_from(OrgUnit)
        .join(OrgClosure, OrgClosure.descendant == OrgUnit.id)
        .where(
            OrgClosure.ancestor == entity,
            OrgUnit.kind == UnitKind.DEPARTMENT.value,
            OrgUnit.closed_at.is_(None),
        )
    )
    if UnitKind(kind).is_entity:  # not those of a subsidiary
        below = below.where(entity_id_of(OrgUnit.id) == entity)
    departments = tx.session.scalar(below)
    return Place(frozenset(UnitId(each[0]) for each in line), UnitId(entity), small, departments or 0)
