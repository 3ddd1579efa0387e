"""Evidence 証跡: dated, hashed, kept sealed, and what it shows of which requirement.

The day that evidence speaks of is not the day it was added; how long it holds follows from the frequency of
what it shows. Its content is a file, rows of the product as they were cited, or a statement that there is no
such handling; in each case the SHA-256 is that of the bytes kept.
"""

from __future__ import annotations

import enum
import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import NamedTuple, NewType

from sqlalchemy import delete, func, select

from privacy_mark.requirements.facts import Fact, Standing
from privacy_mark.requirements.model import Catalogue, Need
from privacy_mark.requirements.suppliers import SUPPLIERS, members_of
from registry.access import require, require_open, scope, today_in_japan
from registry.errors import InvalidValue, NotFound
from registry.journal import Action
from registry.model import Permission, UnitId, UserId
from registry.sealed_files import File, Incoming, Parts, incoming
from registry.sealing import Row, checked
from registry.store import Tx
from registry.store.base import new_uid
from registry.store.requirements_tables import EvidenceLink, EvidencePart, EvidenceRecord
from registry.topics import take_out

EvidenceId = NewType("EvidenceId", int)
TITLE_LENGTH = 200
_FEW = 500  # units named to the database; of more all rows are read
_TABLE, _PARTS = EvidenceRecord.__tablename__, Parts(EvidencePart, "evidence_id")


class Origin(enum.StrEnum):
    """Where the content of evidence comes from."""

    FILE = "file"
    ROWS = "rows"  # rows of the product, as they were when they were cited
    STATEMENT = "statement"  # that there is no such handling


class Shows(NamedTuple):
    """One need of one requirement."""

    requirement: str
    need: str


@dataclass(frozen=True, slots=True)
class EvidenceDraft:
    """Evidence as people describe it."""

    unit_id: UnitId
    title: str
    shows: frozenset[Shows]
    effective_on: date
    valid_until: date | None = None  # only where it ends sooner than the frequency says
    note: str = field(default="", repr=False)
    personal: bool = True  # whether personal data stand in it


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence(EvidenceDraft):
    """One piece of evidence; its content is handed out by `content`."""

    id: EvidenceId
    number: str
    origin: Origin
    author_id: UserId
    author: str
    at: datetime
    name: str = field(repr=False)
    kind: str
    size: int  # bytes
    sha256: str
    removed_at: datetime | None
    version: int


def add_file(tx: Tx, catalogue: Catalogue, draft: EvidenceDraft, name: str, data: bytes) -> Evidence:
    """Keep a file as evidence.

    Raises AccessDenied without MANAGE_CERTIFICATION in the unit, InvalidValue for the draft (`title`
    `required`, `shows` `required` or `unknown`, `effective_on` `future`, `valid_until` `before_effective`)
    and for the file (see `registry.sealed_files.incoming`; `data` `taken` for the same one).
    """
    texts = _allowed(tx, catalogue, draft)
    return _add(tx, draft, texts, Origin.FILE, incoming(name, data), data)


def state_none(tx: Tx, catalogue: Catalogue, draft: EvidenceDraft) -> Evidence:
    """Record the statement, with its reason in `note`, that a unit has no such handling.

    Raises as `add_file` does; InvalidValue `note` `required`, `shows` `not_if_any` for a need that always
    must be shown.
    """
    texts = _allowed(tx, catalogue, draft)
    if not texts["note"]:
        raise InvalidValue("note", "required")
    if not all(need.if_any for need in _asked(tx, catalogue, draft).values()):
        raise InvalidValue("shows", "not_if_any")
    data = texts["note"].encode()
    return _add(tx, draft, texts, Origin.STATEMENT, incoming("statement.txt", data), data)


def cite(tx: Tx, catalogue: Catalogue, draft: EvidenceDraft) -> Evidence:
    """Keep what the product itself says today as evidence of this day, whatever day the draft names.

    Raises as `add_file` does; InvalidValue `shows` `not_shown` where the product has nothing that shows it.
    """
    draft = replace(draft, effective_on=today_in_japan(tx.now))
    texts = _allowed(tx, catalogue, draft)
    asked = _asked(tx, catalogue, draft)
    facts = {shown: _fact(tx, asked.get(shown), draft.unit_id) for shown in sorted(draft.shows)}
    if any(fact is None or fact.standing is not Standing.SHOWN for fact in facts.values()):
        raise InvalidValue("shows", "not_shown")
    told = [
        {
            "requirement": shown.requirement,
            "need": shown.need,
            **fact.told(),
        }
        for shown, fact in facts.items()
        if fact is not None
    ]
    data = json.dumps(told, ensure_ascii=False, sort_keys=True, indent=1).encode()
    return _add(tx, draft, texts, Origin.ROWS, incoming("rows.txt", data), data)


def evidence(tx: Tx, unit_id: UnitId) -> list[Evidence]:
    """Return the evidence of a visible entity and the units that belong to it, newest day first.

    Removed pieces are left out. Raises AccessDenied without VIEW_CERTIFICATION in the unit.
    """
    require(tx, Permission.VIEW_CERTIFICATION, unit_id)
    units = members_of(tx, frozenset({unit_id})).entity_of.keys() | {unit_id}
    return kept(tx, units)


def content(tx: Tx, evidence_id: EvidenceId) -> File:
    """Hand the content out, and record that it was.

    Raises NotFound, AccessDenied for who may not see locations in its unit when personal data stand in it:
    legal entities are third parties to each other. InvalidValue (`state` `decided`) for a removed one.
    """
    row = _row(tx, evidence_id)
    if row.personal:
        require(tx, Permission.VIEW_LOCATIONS, UnitId(row.unit_id))
    if row.removed_at is not None:
        raise InvalidValue("state", "decided")
    file = _PARTS.handed_out(tx, row)
    tx.record(Action.EVIDENCE_VIEWED, _TABLE, row.id, UnitId(row.unit_id), None, {"sha256": row.sha256})
    return file


def remove(tx: Tx, evidence_id: EvidenceId, *, expected_version: int, reason: str) -> None:
    """Destroy the content of evidence that was wrong; its hash, who removed it and why stay.

    Raises NotFound, AccessDenied without MANAGE_CERTIFICATION, Conflict, InvalidValue: `reason` `required`,
    `state` `decided`.
    """
    row = _row(tx, evidence_id)
    require(tx, Permission.MANAGE_CERTIFICATION, UnitId(row.unit_id))
    why = take_out(tx, row, expected_version, reason)
    _PARTS.destroy(tx, row)
    tx.session.execute(delete(EvidenceLink).where(EvidenceLink.evidence_id == row.id))
    tx.session.flush()
    after = {"number": row.number, "sha256": row.sha256, "reason": why}
    tx.record(Action.EVIDENCE_REMOVED, _TABLE, row.id, UnitId(row.unit_id), None, after)


def kept(tx: Tx, units: Collection[int]) -> list[Evidence]:
    """Return what units keep, newest day first; the caller has checked that it may be seen."""
    query = select(EvidenceRecord).where(EvidenceRecord.removed_at.is_(None))
    links = select(EvidenceLink.evidence_id, EvidenceLink.requirement, EvidenceLink.need)
    if len(units) <= _FEW:
        query = query.where(EvidenceRecord.unit_id.in_(units))
        links = links.where(EvidenceLink.unit_id.in_(units))
    rows = tx.session.scalars(query.order_by(EvidenceRecord.effective_on.desc(), EvidenceRecord.id.desc()))
    found = [row for row in rows if row.unit_id in units]
    linked: dict[int, set[Shows]] = {}
    for of, requirement, need in tx.session.execute(links):
        linked.setdefault(of, set()).add(Shows(requirement, need))
    return [_shown(tx, row, frozenset(linked.get(row.id, ()))) for row in found]


def _allowed(tx: Tx, catalogue: Catalogue, draft: EvidenceDraft) -> dict[str, str]:
    require(tx, Permission.MANAGE_CERTIFICATION, draft.unit_id)
    require_open(tx, draft.unit_id)
    texts = checked({"title": draft.title, "note": draft.note}, "title", longest=2_000)
    if len(texts["title"]) > TITLE_LENGTH:
        raise InvalidValue("title", "too_long")
    if not draft.shows:
        raise InvalidValue("shows", "required")
    if draft.shows - _asked(tx, catalogue, draft).keys():
        raise InvalidValue("shows", "unknown")
    if draft.effective_on > today_in_japan(tx.now):
        raise InvalidValue("effective_on", "future")
    if draft.valid_until is not None and draft.valid_until < draft.effective_on:
        raise InvalidValue("valid_until", "before_effective")
    return texts


def _add(
    tx: Tx, draft: EvidenceDraft, texts: Mapping[str, str], origin: Origin, file: Incoming, data: bytes
) -> Evidence:
    same = select(EvidenceRecord.id).where(
        EvidenceRecord.unit_id == draft.unit_id,
        EvidenceRecord.sha256 == file.sha256,
        EvidenceRecord.removed_at.is_(None),
    )
    if origin is Origin.FILE and tx.session.scalar(same.limit(1)) is not None:
        raise InvalidValue("data", "taken")
    uid = new_uid()
    sealed = {"title": texts["title"], "note": texts["note"], "author": tx.principal.name, "name": file.name}
    row = EvidenceRecord(
        uid=uid,
        number=f"EV-{(tx.session.scalar(select(func.max(EvidenceRecord.id))) or 0) + 1:04d}",
        unit_id=draft.unit_id,
        origin=origin.value,
        effective_on=draft.effective_on,
        valid_until=draft.valid_until,
        personal=draft.personal,
        author_id=tx.principal.user_id,
        at=tx.now,
        kind=file.kind,
        size=len(data),
        sha256=file.sha256,
        **Row(tx, _TABLE, uid).sealed(sealed),
    )
    tx.session.add(row)
    tx.session.flush()
    _PARTS.put(tx, row, data)
    tx.session.add_all(
        EvidenceLink(
            evidence_id=row.id,
            requirement=shown.requirement,
            need=shown.need,
            unit_id=row.unit_id,
            effective_on=row.effective_on,
            valid_until=row.valid_until,
            sha256=row.sha256,
        )
        for shown in draft.shows
    )
    tx.session.flush()
    after = {
        "number": row.number,
        "origin": row.origin,
        "effective_on": row.effective_on,
        "sha256": row.sha256,
        "shows": sorted(f"{shown.requirement}/{shown.need}" for shown in draft.shows),
    }
    tx.record(Action.EVIDENCE_ADDED, _TABLE, row.id, draft.unit_id, None, after)
    return _shown(tx, row, draft.shows)


def _asked(tx: Tx, catalogue: Catalogue, draft: EvidenceDraft) -> dict[Shows, Need]:
    """Return the needs that a draft names and that are asked today, or were on the day it speaks of."""
    found: dict[Shows, Need] = {}
    for day in (draft.effective_on, today_in_japan(tx.now)):
        of_day = catalogue.on(day).requirements
        for shown in draft.shows:
            need = of_day[shown.requirement].need(shown.need) if shown.requirement in of_day else None
            if need is not None:
                found[shown] = need
    return found


def _fact(tx: Tx, need: Need | None, unit_id: UnitId) -> Fact | None:
    supplier = SUPPLIERS.get(need.supplier) if need is not None and need.supplier is not None else None
    if supplier is None:
        return None
    members = members_of(tx, frozenset({unit_id}))
    return supplier.facts(tx, members, today_in_japan(tx.now)).get(unit_id)


def _row(tx: Tx, evidence_id: EvidenceId) -> EvidenceRecord:
    seen = EvidenceRecord.unit_id.in_(scope(tx, Permission.VIEW_CERTIFICATION))
    row = tx.session.scalar(select(EvidenceRecord).where(EvidenceRecord.id == evidence_id, seen))
    if row is None:
        raise NotFound(_TABLE)
    return row


def _shown(tx: Tx, row: EvidenceRecord, shows: frozenset[Shows]) -> Evidence:
    sealed = Row(tx, _TABLE, row.uid)

    def text(name: str, content: bytes) -> str:
        return sealed.opened(name, content)

    return Evidence(
        unit_id=UnitId(row.unit_id),
        title=text("title", row.title_sealed),
        shows=shows,
        effective_on=row.effective_on,
        valid_until=row.valid_until,
        note=text("note", row.note_sealed),
        personal=row.personal,
        id=EvidenceId(row.id),
        number=row.number,
        origin=Origin(row.origin),
        author_id=UserId(row.author_id),
        author=text("author", row.author_sealed),
        at=row.at,
        name=text("name", row.name_sealed),
        kind=row.kind,
        size=row.size,
        sha256=row.sha256,
        removed_at=row.removed_at,
        version=row.version,
    )
