"""What units ask of their auditors: region for travel, language, competences; inherited down the tree.

Without a word of anybody a unit in Japan asks for Japanese and travel does not count; one abroad asks for
English and knowledge of foreign law, and lies in its country. Hospitals always ask for medical knowledge.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from sqlalchemy import select

from privacy_mark.audits.eligibility import AuditedUnit, Competence
from privacy_mark.audits.model import UnitTerms
from registry.access import require, require_open
from registry.errors import Conflict, InvalidValue
from registry.journal import Action, newest_of
from registry.model import Permission, UnitId, UnitKind
from registry.sealing import checked
from registry.store import Tx
from registry.store.audit_tables import AuditUnitTerms
from registry.store.base import new_uid
from registry.store.tables import OrgClosure, OrgUnit

TABLE = "audit_unit_terms"
LANGUAGES = ("ja", "en")


def keep(tx: Tx, terms: UnitTerms) -> UnitTerms:
    """Say what a unit asks of its auditors; `terms.version` is that of the present words, 0 for none.

    Raises AccessDenied without PLAN_AUDITS, Conflict, InvalidValue: `language` `unknown`, `region`
    `too_long`, `unit_id` `closed`.
    """
    require(tx, Permission.PLAN_AUDITS, terms.unit_id)
    require_open(tx, terms.unit_id)
    if terms.language and terms.language not in LANGUAGES:
        raise InvalidValue("language", "unknown")
    region = checked({"region": terms.region}, longest=64)["region"]
    row = tx.session.scalar(select(AuditUnitTerms).where(AuditUnitTerms.unit_id == terms.unit_id))
    if row is not None and row.version != terms.version:
        newest = newest_of(tx, TABLE, row.id)
        raise Conflict(newest.actor, newest.at, (), version=row.version)
    before = None if row is None else _recorded(row)
    if row is None:
        row = AuditUnitTerms(uid=new_uid(), unit_id=terms.unit_id)
        tx.session.add(row)
    row.region, row.language = region, terms.language
    row.needs = " ".join(sorted(terms.needs))
    tx.session.flush()
    tx.record(Action.AUDIT_TERMS_CHANGED, TABLE, row.id, terms.unit_id, before, _recorded(row))
    return _told(row)


def _recorded(row: AuditUnitTerms) -> dict[str, object]:
    return {"region": row.region, "language": row.language, "needs": row.needs}


def terms(tx: Tx, unit_id: UnitId) -> list[UnitTerms]:
    """Return what was said of a unit and of those below it; AccessDenied without PLAN_AUDITS."""
    require(tx, Permission.PLAN_AUDITS, unit_id)
    below = select(OrgClosure.descendant).where(OrgClosure.ancestor == unit_id)
    rows = tx.session.scalars(
        select(AuditUnitTerms).where(AuditUnitTerms.unit_id.in_(below)).order_by(AuditUnitTerms.unit_id)
    )
    return [_told(row) for row in rows]


def audited(rows: Collection[OrgUnit], tx: Tx) -> tuple[AuditedUnit, ...]:
    """Return units with what they ask of auditors: their own words, else those of the nearest above."""
    said = {row.unit_id: _told(row) for row in tx.session.scalars(select(AuditUnitTerms))}
    lines = _lines([row.id for row in rows], tx) if said else {}
    return tuple(_audited(row, [said[at] for at in lines.get(row.id, ()) if at in said]) for row in rows)


def _audited(row: OrgUnit, said: Collection[UnitTerms]) -> AuditedUnit:
    abroad = row.country != "JP"
    needs = {need for of in said for need in of.needs if of.unit_id == row.id}
    if row.kind == UnitKind.HOSPITAL.value:
        needs.add(Competence.MEDICAL)
    if abroad:
        needs.add(Competence.OVERSEAS)
    language = next((of.language for of in said if of.language), "en" if abroad else "ja")
    region = next((of.region for of in said if of.region), row.country if abroad else "")
    return AuditedUnit(UnitId(row.id), frozenset(needs), language, region)


def _lines(units: Collection[int], tx: Tx) -> Mapping[int, list[int]]:
    """Return each unit with all above it, the nearest first."""
    found: dict[int, list[int]] = {}
    wanted = sorted(units)
    for start in range(0, len(wanted), 500):
        query = (
            select(OrgClosure.descendant, OrgClosure.ancestor)
            .where(OrgClosure.descendant.in_(wanted[start : start + 500]))
            .order_by(OrgClosure.descendant, OrgClosure.depth)
        )
        for below, above in tx.session.execute(query):
            found.setdefault(below, []).append(above)
    return found


def _told(row: AuditUnitTerms) -> UnitTerms:
    return UnitTerms(
        UnitId(row.unit_id),
        row.region,
        row.language,
        frozenset(Competence(each) for each in row.needs.split()),
        row.version,
    )
