"""Rows of remediations: sealing, reading, and what the journal is told; the caller has checked who asks."""

from __future__ import annotations

import json
from dataclasses import asdict

from sqlalchemy import Select, select

from registry.access import require, scope
from registry.errors import Conflict, NotFound
from registry.model import ObjectId, Permission, SourceId, UnitId, UserId
from registry.remediation_states import (
    Copy,
    Facts,
    Remediation,
    RemediationId,
    RemediationKind,
    RemediationState,
    Request,
    Seen,
    Step,
    Wish,
)
from registry.sealing import Row
from registry.store import Tx
from registry.store.remediation_tables import RemediationRecord
from scanners.model import Category

TABLE = "remediation"


def seen_rows(tx: Tx) -> Select[RemediationRecord]:
    """Return the query of what the person asking may see: it tells where data lie."""
    visible = RemediationRecord.unit_id.in_(scope(tx, Permission.VIEW_LOCATIONS))
    return select(RemediationRecord).where(visible)


def seen_row(tx: Tx, remediation_id: RemediationId) -> RemediationRecord:
    """Return a visible row; raises NotFound."""
    row = tx.session.scalar(seen_rows(tx).where(RemediationRecord.id == remediation_id))
    if row is None:
        raise NotFound(TABLE)
    return row


def held_row(
    tx: Tx, remediation_id: RemediationId, permission: Permission, expected_version: int | None = None
) -> RemediationRecord:
    """Return a visible row for who holds a permission in its unit: NotFound, AccessDenied, Conflict."""
    row = seen_row(tx, remediation_id)
    require(tx, permission, UnitId(row.unit_id))
    if expected_version is not None and row.version != expected_version:
        who = opened(tx, row, "decider") or opened(tx, row, "proposer")
        when = row.ended_at or row.done_at or row.decided_at or row.proposed_at
        raise Conflict(who, when, ("state",), version=row.version)
    return row


def opened(tx: Tx, row: RemediationRecord, name: str) -> str:
    """Return the text of one sealed column."""
    return Row(tx, TABLE, row.uid).opened(name, getattr(row, f"{name}_sealed"))


def sealed(tx: Tx, row: RemediationRecord, name: str, text: str) -> None:
    """Seal one column."""
    setattr(row, f"{name}_sealed", Row(tx, TABLE, row.uid).sealed({name: text})[f"{name}_sealed"])


def written(facts: Facts) -> str:
    """Return facts as they are sealed."""
    return json.dumps(asdict(facts), ensure_ascii=False, sort_keys=True)


def facts_of(tx: Tx, row: RemediationRecord) -> Facts:
    """Return the object as it was found."""
    told = json.loads(opened(tx, row, "facts"))
    told["categories"] = {Category(name): number for name, number in told["categories"].items()}
    return Facts(**told)


def copy_of(tx: Tx, row: RemediationRecord) -> Copy | None:
    """Return the encrypted copy of a row; None before there is one, and after its end."""
    text = opened(tx, row, "copy")
    return Copy(**json.loads(text)) if text else None


def request_of(tx: Tx, row: RemediationRecord) -> Request | None:
    """Return what is asked of the owner; None for other kinds."""
    text = opened(tx, row, "wish")
    if not text:
        return None
    told = json.loads(text)
    return Request(told["address"], Wish(told["wish"]), told["language"])


def remediation_of(tx: Tx, row: RemediationRecord) -> Remediation:
    """Return the remediation of a row."""
    return Remediation(
        id=RemediationId(row.id),
        kind=RemediationKind(row.kind),
        state=RemediationState(row.state),
        step=Step(row.step),
        unit_id=UnitId(row.unit_id),
        source_id=None if row.source_id is None else SourceId(row.source_id),
        object_id=ObjectId(row.object_id),
        facts=facts_of(tx, row),
        reason=opened(tx, row, "reason"),
        until=row.until,
        request=request_of(tx, row),
        answer=opened(tx, row, "answer"),
        proposer_id=UserId(row.proposer_id),
        proposer=opened(tx, row, "proposer"),
        proposed_at=row.proposed_at,
        decider=opened(tx, row, "decider"),
        decided_at=row.decided_at,
        failure=row.failure,
        done_at=row.done_at,
        ended_at=row.ended_at,
        seen=Seen(row.seen),
        seen_at=row.seen_at,
        certificate_number=row.certificate_number or "",
        version=row.version,
    )


def described(row: RemediationRecord) -> dict[str, object]:
    """Return what the journal tells: no name of a place, no address."""
    told: dict[str, object] = {
        "kind": row.kind,
        "state": row.state,
        "object": row.object_id,
        "source_id": row.source_id,
        "until": None if row.until is None else row.until.isoformat(),
    }
    for name in ("step", "failure", "seen"):
        if getattr(row, name):
            told[name] = getattr(row, name)
    if row.certificate_number:
        told["certificate"] = row.certificate_number
    return told
