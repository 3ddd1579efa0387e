"""Evidence that runs out, by the day on which it must be there anew."""

from __future__ import annotations

from datetime import date, timedelta

from sqlalchemy import and_, func, or_, select

from privacy_mark.due import Due
from privacy_mark.requirements.catalogue import product
from privacy_mark.requirements.holding import wanted
from privacy_mark.requirements.model import Catalogue
from privacy_mark.requirements.readiness import entities_of
from privacy_mark.requirements.suppliers import nearest
from registry.access import units_allowed
from registry.model import Permission, UnitId
from registry.store import Tx
from registry.store.requirements_tables import EvidenceLink, EvidenceRecord

AHEAD = timedelta(days=60)
"""So long before evidence runs out it is told."""


def due(tx: Tx, today: date, catalogue: Catalogue | None = None) -> list[Due]:
    """Return the evidence that runs out soon or ran out, of entities whose certification one manages.

    What newer evidence of the same need took the place of is left out, and what is not asked of the entity.
    `row` is requirement/need. Without a `catalogue` that of the product counts, without a workspace's
    corrections.
    """
    known = (product() if catalogue is None else catalogue).on(today)
    may = units_allowed(tx, Permission.MANAGE_CERTIFICATION)
    if not may:
        return []
    limit = today + AHEAD
    of, needs = nearest(), wanted(known, today, limit + timedelta(days=1))
    newest = func.row_number().over(
        partition_by=(of.c.entity, EvidenceLink.requirement, EvidenceLink.need),
        order_by=(EvidenceLink.effective_on.desc(), EvidenceLink.evidence_id.desc()),
    )
    ranked = (
        select(
            of.c.entity,
            EvidenceLink.requirement,
            EvidenceLink.need,
            EvidenceLink.evidence_id,
            EvidenceLink.effective_on,
            EvidenceLink.valid_until,
            newest.label("place"),
        )
        .join(of, of.c.unit == EvidenceLink.unit_id)
        .subquery()
    )
    query = (
        select(ranked, EvidenceRecord.number)
        .join(EvidenceRecord, EvidenceRecord.id == ranked.c.evidence_id)
        .join(needs, and_(needs.c.requirement == ranked.c.requirement, needs.c.need == ranked.c.need))
        .where(
            ranked.c.place == 1,
            or_(ranked.c.effective_on < needs.c.since, ranked.c.valid_until <= limit),
        )
    )
    rows = [row for row in tx.session.execute(query) if row.entity in may]
    entities = entities_of(tx, frozenset(UnitId(row.entity) for row in rows)) if rows else {}
    found = []
    for row in rows:
        requirement, entity = known.requirements[row.requirement], entities.get(UnitId(row.entity))
        need = requirement.need(row.need)
        if need is None or entity is None or not known.asks(requirement, entity.kind, entity.country):
            continue
        ends = [end for end in (row.valid_until, need.every.until(row.effective_on)) if end is not None]
        told = f"{row.requirement}/{row.need}"
        found.append(Due("requirements.evidence", UnitId(row.entity), min(ends), row.number, told))
    return sorted(found, key=lambda each: (each.due_on, each.number, each.row))
