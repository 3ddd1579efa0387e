"""The unit itself: its name, its sites, and who holds the offices that the forms ask for by name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import or_, select

from privacy_mark.pack.kept_answers import answer_key, answer_record, of_sites, workplaces
from privacy_mark.pack.model import Code, Figure, Line, Listing, Record, RowKey, Section, Subject
from registry.account_names import name_of
from registry.model import Role, UnitId, UnitKind
from registry.risk_levels import Words
from registry.roles import ROLE_NAMES
from registry.sealing import Row
from registry.store import Tx
from registry.store.account_tables import Affiliation, RoleGrant, UserAccount
from registry.store.audit_tables import AuditAppointment
from registry.store.tables import OrgClosure, OrgUnit

OFFICES = {
    Role.TOP_MANAGEMENT: "representative",
    Role.OFFICER: "privacy_manager",
    Role.AUDIT_MANAGER: "audit_manager",
    Role.TRAINING_MANAGER: "training_manager",
    Role.COMPLAINTS_DESK: "complaints_desk",
}
"""The offices that forms name (domain: 様式2 個人情報保護体制)."""


def unit(tx: Tx, of: Subject) -> Section:
    """Return the unit's name and what it is made of."""
    rows = below(tx, of)
    own = (RowKey("org_unit", str(of.unit.id)),)
    departments = tuple(_key(row) for row in rows if row.kind == UnitKind.DEPARTMENT)
    return Section(
        "unit",
        figures=(
            Figure("unit.name", _name(of.unit.name_ja, of.unit.name_en), own),
            Figure("unit.code", of.unit.code, own),
            Figure("unit.kind", Code("unit_kind", of.unit.kind.value), own),
            Figure.count("unit.departments", departments),
        ),
        records=tuple(_record(row) for row in rows),
    )


def sites(tx: Tx, of: Subject) -> Section:
    """Return every workplace 事業所; where none is registered, the unit itself is the only one."""
    rows = below(tx, of)
    places = workplaces(rows, of.unit.id)
    answers = of_sites(tx, of.unit.id)
    parts = {row.id: [each for each in rows if each.parent_id == row.id] for row in places}
    lines = tuple(
        Line(
            (
                row.code,
                _name(row.name_ja, row.name_en),
                Code("unit_kind", row.kind),
                Figure.count("sites.departments", tuple(_key(each) for each in parts[row.id])),
                answers[row.id].text if row.id in answers else "",
            ),
            (_key(row), *((answer_key(answers[row.id]),) if row.id in answers else ())),
        )
        for row in places
    )
    return Section(
        "sites",
        figures=(Figure.count("sites.count", tuple(_key(row) for row in places)),),
        listings=(Listing("sites.list", lines),),
        records=(*map(_record, rows), *map(answer_record, answers.values())),
    )


@dataclass(frozen=True, slots=True)
class _Holder:
    key: RowKey
    role: Role
    name: str
    since: date | None
    until: date | None


def officers(tx: Tx, of: Subject) -> Section:
    """Return who holds each office of this unit on the day; nobody's other roles, and no sign-in names.

    Audit manager is who top management appointed (J.2.3.2): the role alone is none.
    """
    found = [*_granted(tx, of), *_audit_managers(tx, of)]
    figures, lines = [], []
    for role, office in OFFICES.items():
        held = [each for each in found if each.role is role]
        names = "、".join(dict.fromkeys(each.name for each in held))
        figures.append(Figure(f"officers.{office}", names or None, tuple(each.key for each in held)))
        title = Words(*ROLE_NAMES[role])
        lines += [Line((title, each.name, each.since), (each.key,)) for each in held]
    records = tuple(
        Record(each.key, {"role": each.role.value, "from": each.since, "until": each.until}) for each in found
    )
    return Section("officers", tuple(figures), (Listing("officers.list", tuple(lines)),), records)


def _granted(tx: Tx, of: Subject) -> list[_Holder]:
    roles = [role.value for role in OFFICES if role is not Role.AUDIT_MANAGER]
    found = tx.session.execute(
        select(RoleGrant, UserAccount)
        .join(UserAccount, UserAccount.id == RoleGrant.user_id)
        .join(Affiliation, Affiliation.id == RoleGrant.affiliation_id)
        .where(
            RoleGrant.unit_id == of.unit.id,
            RoleGrant.role.in_(roles),
            or_(RoleGrant.valid_from.is_(None), RoleGrant.valid_from <= of.day),
            or_(RoleGrant.valid_until.is_(None), RoleGrant.valid_until >= of.day),
            or_(Affiliation.valid_from.is_(None), Affiliation.valid_from <= of.day),
            or_(Affiliation.valid_until.is_(None), Affiliation.valid_until >= of.day),
        )
        .order_by(RoleGrant.id)
    ).all()
    return [
        _Holder(
            RowKey("role_grant", str(grant.id)),
            Role(grant.role),
            name_of(tx.vault, account),
            grant.valid_from,
            grant.valid_until,
        )
        for grant, account in found
    ]


def _audit_managers(tx: Tx, of: Subject) -> list[_Holder]:
    appointment = AuditAppointment
    rows = tx.session.scalars(
        select(appointment)
        .where(
            appointment.unit_id == of.unit.id,
            appointment.valid_from <= of.day,
            or_(appointment.valid_until.is_(None), appointment.valid_until >= of.day),
        )
        .order_by(appointment.valid_from, appointment.id)
    )
    table = appointment.__tablename__
    return [
        _Holder(
            RowKey(table, str(row.id)),
            Role.AUDIT_MANAGER,
            Row(tx, table, row.uid).opened("name", row.name_sealed),
            row.valid_from,
            row.valid_until,
        )
        for row in rows
    ]


def below(tx: Tx, of: Subject) -> Sequence[OrgUnit]:
    """Return the open units at and below the subject, by code."""
    return units_below(tx, of.unit.id)


def units_below(tx: Tx, unit_id: UnitId) -> Sequence[OrgUnit]:
    """Return the open units at and below a unit, by code; the caller has checked the right to them."""
    return tx.session.scalars(
        select(OrgUnit)
        .join(OrgClosure, OrgClosure.descendant == OrgUnit.id)
        .where(OrgClosure.ancestor == unit_id, OrgUnit.closed_at.is_(None))
        .order_by(OrgUnit.code)
    ).all()


def _key(row: OrgUnit) -> RowKey:
    return RowKey("org_unit", str(row.id))


def _record(row: OrgUnit) -> Record:
    return Record(_key(row), {"code": row.code, "kind": row.kind, "name": row.name_ja})


def _name(ja: str, en: str) -> Words:
    return Words(ja, en or ja)
