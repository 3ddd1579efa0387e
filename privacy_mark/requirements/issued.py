"""Reports 更新準備状況 as they were issued: by whom, as of when, who approved them, and their bytes.

What was issued is kept sealed and never changed: whoever holds a copy compares its SHA-256 with the one here.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import datetime
from typing import NewType

from sqlalchemy import func, select

from privacy_mark.requirements.renewal import Renewal
from registry.access import require, require_open, scope
from registry.errors import InvalidValue, NotFound
from registry.journal import Action
from registry.model import Permission, UnitId
from registry.sealed_files import LIMIT, File, Parts
from registry.sealing import Row
from registry.store import Tx
from registry.store.base import new_uid
from registry.store.report_tables import RenewalReport, RenewalReportPart
from registry.store.tables import OrgUnit

ReportId = NewType("ReportId", int)
TABLE = RenewalReport.__tablename__
_PARTS = Parts(RenewalReportPart, "report_id")
LANGUAGES = ("ja", "en")


@dataclass(frozen=True, slots=True)
class Issued:
    """One report as it was issued."""

    id: ReportId
    unit_id: UnitId
    as_of: datetime
    issued_at: datetime
    language: str
    issuer: str = field(repr=False)
    approved: bool  # by the issuer
    size: int  # bytes
    sha256: str

    @property
    def number(self) -> str:
        """Return how people call it."""
        return f"RR-{self.id:04d}"

    @property
    def approver(self) -> str:
        """Return who approved it; "" of one that nobody did."""
        return self.issuer if self.approved else ""


def issue(tx: Tx, of: Renewal, language: str, data: bytes) -> Issued:
    """Keep a report that the person asking has just made, and record that it was issued.

    One issued by who may confirm the entity's evidence is approved by it. Raises AccessDenied without
    MANAGE_CERTIFICATION in the entity, or without CONFIRM_READINESS for a report that says it is approved;
    InvalidValue: `unit_id` `closed`, `language` `unknown`, `data` `required`, `too_large` or `kind`, `issuer`
    `other` for a report in the name of another person.
    """
    require(tx, Permission.MANAGE_CERTIFICATION, of.unit_id)
    if of.approved:
        require(tx, Permission.CONFIRM_READINESS, of.unit_id)
    require_open(tx, of.unit_id)
    if language not in LANGUAGES:
        raise InvalidValue("language", "unknown")
    if of.issuer != tx.principal.name:
        raise InvalidValue("issuer", "other")
    if not data or len(data) > LIMIT:
        raise InvalidValue("data", "too_large" if data else "required")
    if not data.startswith(b"%PDF-"):
        raise InvalidValue("data", "kind")
    uid = new_uid()
    row = RenewalReport(
        uid=uid,
        unit_id=of.unit_id,
        as_of=of.at,
        issued_at=max(tx.now, of.at),  # another machine's clock may be ahead
        language=language,
        approved=of.approved,
        issuer_id=tx.principal.user_id,
        size=len(data),
        sha256=hashlib.sha256(data).hexdigest(),
        **Row(tx, TABLE, uid).sealed({"issuer": tx.principal.name}),
    )
    tx.session.add(row)
    tx.session.flush()
    _PARTS.put(tx, row, data)
    made = _issued(tx, row)
    after = {
        "number": made.number,
        "as_of": row.as_of,
        "approver": made.approver,
        "language": row.language,
        "size": row.size,
        "sha256": row.sha256,
    }
    tx.record(Action.RENEWAL_REPORT_ISSUED, TABLE, row.id, of.unit_id, None, after)
    return made


def issued(tx: Tx, unit_id: UnitId, *, offset: int = 0, limit: int = 50) -> tuple[list[Issued], int]:
    """Return a part of the reports that were issued of an entity, the newest first, and how many there are.

    Raises AccessDenied without VIEW_CERTIFICATION there.
    """
    require(tx, Permission.VIEW_CERTIFICATION, unit_id)
    own = RenewalReport.unit_id == unit_id
    total = tx.session.scalar(select(func.count()).select_from(RenewalReport).where(own)) or 0
    newest = select(RenewalReport).where(own).order_by(RenewalReport.id.desc())
    rows = tx.session.scalars(newest.offset(offset).limit(limit))
    return [_issued(tx, row) for row in rows], total


def content(tx: Tx, report_id: ReportId) -> File:
    """Hand out the bytes that were issued; NotFound where one may not see certification."""
    row = tx.session.scalar(
        select(RenewalReport).where(
            RenewalReport.id == report_id,
            RenewalReport.unit_id.in_(scope(tx, Permission.VIEW_CERTIFICATION)),
        )
    )
    if row is None:
        raise NotFound(TABLE)
    code = tx.session.scalar(select(OrgUnit.code).where(OrgUnit.id == row.unit_id))
    name = f"{code}-{_issued(tx, row).number}-{row.language}.pdf"
    return File(name, _PARTS.joined(tx, row))


def _issued(tx: Tx, row: RenewalReport) -> Issued:
    return Issued(
        id=ReportId(row.id),
        unit_id=UnitId(row.unit_id),
        as_of=row.as_of,
        issued_at=row.issued_at,
        language=row.language,
        issuer=Row(tx, TABLE, row.uid).opened("issuer", row.issuer_sealed),
        approved=row.approved,
        size=row.size,
        sha256=row.sha256,
    )
