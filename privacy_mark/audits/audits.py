"""Audits 内部監査 and their work papers 監査調書: begun, answered question by question, ended.

Who is assigned sees and does his audit, and nobody else does it, whatever else they may see: competence,
language and independence were asked of him. It goes to another person by `assigning.change`.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from sqlalchemy import ColumnElement, Select, or_, select
from sqlalchemy.orm import InstrumentedAttribute

from privacy_mark.actions.model import ActionId, Grade, Nonconformity, Source
from privacy_mark.actions.rows import made, withdrawn
from privacy_mark.audits.assignment import AuditKind
from privacy_mark.audits.checklist import ChecklistItem, checklist
from privacy_mark.audits.facts import dependence
from privacy_mark.audits.model import (
    Audit,
    AuditId,
    AuditState,
    Paper,
    PaperDraft,
    PaperResult,
    ProgrammeId,
)
from privacy_mark.requirements.catalogue import product
from privacy_mark.requirements.model import Catalogue
from registry.access import scope, today_in_japan
from registry.errors import AccessDenied, Conflict, InvalidValue, NotFound
from registry.journal import Action, newest_of
from registry.model import Permission, UnitId, UnitKind, UserId
from registry.sealing import Row, checked
from registry.store import Tx
from registry.store.audit_tables import AuditPaper, AuditProgramme, AuditRecord
from registry.store.base import new_uid
from registry.store.tables import OrgClosure, OrgUnit

TABLE, PAPERS = "audit", "audit_paper"


def audits(tx: Tx, *, programme_id: ProgrammeId | None = None, mine: bool = False) -> list[Audit]:
    """Return the audits one may see, by unit; of one programme, or one's own."""
    query = _seen(tx).order_by(AuditRecord.unit_id, AuditRecord.kind)
    if programme_id is not None:
        query = query.where(AuditRecord.programme_id == programme_id)
    if mine:
        query = query.where(AuditRecord.auditor_id == tx.principal.user_id)
    return [told(row, tx) for row in tx.session.scalars(query)]


def holds_open(tx: Tx) -> bool:
    """Tell whether the person asking is to do some audit that is not done."""
    own = select(AuditRecord.id).where(
        AuditRecord.auditor_id == tx.principal.user_id, AuditRecord.state != AuditState.DONE.value
    )
    return tx.session.scalar(own.limit(1)) is not None


def audit(tx: Tx, audit_id: AuditId) -> Audit:
    """Return one audit; raises NotFound."""
    return told(_row(tx, audit_id), tx)


def questions(tx: Tx, audit_id: AuditId, catalogue: Catalogue | None = None) -> tuple[ChecklistItem, ...]:
    """Return what an audit asks: of hospitals and what is below them more than of others; raises NotFound.

    A requirement that is not in force today is not asked about, unless it was answered already; without a
    `catalogue` that of the product counts. An audit that ended asks what it asked then.
    """
    return _questions(_row(tx, audit_id), tx, catalogue)


def papers(tx: Tx, audit_id: AuditId) -> list[Paper]:
    """Return the answered questions of an audit in the order of the checklist; raises NotFound."""
    row = _row(tx, audit_id)
    order = {item.id: place for place, item in enumerate(checklist(AuditKind(row.kind), hospital=True))}
    found = tx.session.scalars(select(AuditPaper).where(AuditPaper.audit_id == row.id))
    return [_paper(each, tx) for each in sorted(found, key=lambda each: order.get(each.item, len(order)))]


def fill(
    tx: Tx,
    audit_id: AuditId,
    draft: PaperDraft,
    *,
    expected_version: int = 0,
    catalogue: Catalogue | None = None,
) -> Paper:
    """Answer one question; the first answer begins the audit. `expected_version` is that of the answer.

    A nonconformity opens a corrective action of the audited unit; it stays one unless that is withdrawn.
    Raises NotFound, AccessDenied to all but its auditor, Conflict, InvalidValue:
    `state` `done`, `item` `unknown`, `fact` `required` (of all but what does not apply), `sample`
    `out_of_range`, `sampled` `required` with a sample, `result` `followed`, `auditor_id` with the rule of
    independence that who answers breaks by now.
    """
    row = _held(tx, audit_id)
    item = next((each for each in _questions(row, tx, catalogue) if each.id == draft.item), None)
    if item is None:
        raise InvalidValue("item", "unknown")
    texts = _texts(draft)
    paper = tx.session.scalar(
        select(AuditPaper).where(AuditPaper.audit_id == row.id, AuditPaper.item == draft.item)
    )
    if (0 if paper is None else paper.version) != expected_version:
        newest = newest_of(tx, TABLE, row.id)
        raise Conflict(newest.actor, newest.at, (), version=0 if paper is None else paper.version)
    before = None if paper is None else _recorded(paper, tx)
    if paper is None:
        paper = AuditPaper(
            uid=new_uid(), audit_id=row.id, unit_id=row.unit_id, item=item.id, requirement=item.requirement_id
        )
    elif paper.action_id is not None and withdrawn(tx, paper.action_id):
        paper.action_id = None
    if paper.action_id is not None and draft.result is not PaperResult.NONCONFORMING:
        raise InvalidValue("result", "followed")
    if draft.result is PaperResult.NONCONFORMING and paper.action_id is None:
        paper.action_id = _finding(row, item, draft, texts["fact"], tx)
    paper.result, paper.population, paper.sample = draft.result.value, draft.population, draft.sample
    paper.filler_id, paper.filled_at = tx.principal.user_id, tx.now
    for name, sealed in Row(tx, PAPERS, paper.uid).sealed({**texts, "filler": tx.principal.name}).items():
        setattr(paper, name, sealed)
    tx.session.add(paper)
    if row.state == AuditState.PLANNED.value:
        row.state, row.started_on = AuditState.UNDER_WAY.value, today_in_japan(tx.now)
    tx.session.flush()
    after = {**_recorded(paper, tx), "state": row.state}
    tx.record(Action.AUDIT_CHANGED, TABLE, row.id, UnitId(row.unit_id), before, after)
    return _paper(paper, tx)


def finish(
    tx: Tx, audit_id: AuditId, *, conclusion: str, expected_version: int, catalogue: Catalogue | None = None
) -> Audit:
    """End an audit whose questions are all answered.

    Raises NotFound, AccessDenied as `fill`, Conflict, InvalidValue: `conclusion` `required`, `state` `done`
    or `open_questions`, `auditor_id` as `fill`.
    """
    row = _held(tx, audit_id)
    if row.version != expected_version:
        newest = newest_of(tx, TABLE, row.id)
        raise Conflict(newest.actor, newest.at, (), version=row.version)
    text = checked({"conclusion": conclusion}, "conclusion")
    answered = set(tx.session.scalars(select(AuditPaper.item).where(AuditPaper.audit_id == row.id)))
    if any(item.id not in answered for item in _questions(row, tx, catalogue)):
        raise InvalidValue("state", "open_questions")
    row.state, row.done_on = AuditState.DONE.value, today_in_japan(tx.now)
    row.conclusion_sealed = Row(tx, TABLE, row.uid).sealed(text)["conclusion_sealed"]
    tx.session.flush()
    before = {"state": AuditState.UNDER_WAY.value}
    tx.record(Action.AUDIT_CHANGED, TABLE, row.id, UnitId(row.unit_id), before, {"state": row.state, **text})
    return told(row, tx)


def _questions(row: AuditRecord, tx: Tx, catalogue: Catalogue | None) -> tuple[ChecklistItem, ...]:
    kind = AuditKind(row.kind)
    above = select(OrgUnit.id).join(OrgClosure, OrgClosure.ancestor == OrgUnit.id)
    hospital = above.where(OrgClosure.descendant == row.unit_id, OrgUnit.kind == UnitKind.HOSPITAL.value)
    answered = set(tx.session.scalars(select(AuditPaper.item).where(AuditPaper.audit_id == row.id)))
    if row.state == AuditState.DONE.value:  # questions that came later were never asked
        return tuple(item for item in checklist(kind, hospital=True) if item.id in answered)
    today = today_in_japan(tx.now)
    known = (product() if catalogue is None else catalogue).on(today).requirements
    return tuple(
        item
        for item in checklist(kind, hospital=tx.session.scalar(hospital.limit(1)) is not None)
        if item.id in answered
        or item.requirement_id not in known
        or known[item.requirement_id].holds_on(today)
    )


def _recorded(row: AuditPaper, tx: Tx) -> dict[str, object]:
    """Return an answer as the journal keeps it, sealed: what was written before can be read again."""
    of = _paper(row, tx)
    return {
        "item": of.item,
        "result": of.result.value,
        "fact": of.fact,
        "sampled": of.sampled,
        "population": of.population,
        "sample": of.sample,
    }


def _texts(draft: PaperDraft) -> dict[str, str]:
    needed = [] if draft.result is PaperResult.NOT_APPLICABLE else ["fact"]
    if draft.sample is not None:
        needed.append("sampled")
        if draft.population is None or not 0 <= draft.sample <= draft.population:
            raise InvalidValue("sample", "out_of_range")
    if draft.population is not None and draft.population < 0:
        raise InvalidValue("sample", "out_of_range")
    return checked({"fact": draft.fact, "sampled": draft.sampled}, *needed)


def _finding(row: AuditRecord, item: ChecklistItem, draft: PaperDraft, fact: str, tx: Tx) -> int:
    grade = Grade.MAJOR if draft.major else Grade.MINOR
    unit_id = UnitId(row.unit_id)
    reference = f"{row.number}/{item.id}"
    return made(Nonconformity(unit_id, Source.AUDIT, reference, item.requirement_id, fact, grade), tx).id


def seen(tx: Tx, column: InstrumentedAttribute[int]) -> Select[int]:
    """Return a column of the audits one may see: of units in reach, and one's own."""
    return select(column).where(_in_sight(tx))


def _seen(tx: Tx) -> Select[AuditRecord]:
    return select(AuditRecord).where(_in_sight(tx))


def _in_sight(tx: Tx) -> ColumnElement[bool]:
    own = AuditRecord.auditor_id == tx.principal.user_id
    return or_(own, AuditRecord.unit_id.in_(scope(tx, Permission.VIEW_AUDITS)))


def _row(tx: Tx, audit_id: AuditId) -> AuditRecord:
    row = tx.session.scalar(_seen(tx).where(AuditRecord.id == audit_id))
    if row is None:
        raise NotFound(TABLE)
    return row


def _held(tx: Tx, audit_id: AuditId) -> AuditRecord:
    """Return an audit to be worked on by its auditor, who is independent of its unit today as well."""
    row = _row(tx, audit_id)
    if row.auditor_id != tx.principal.user_id:
        raise AccessDenied(Permission.CONDUCT_AUDITS)
    if row.state == AuditState.DONE.value:
        raise InvalidValue("state", "done")
    programme = tx.session.get_one(AuditProgramme, row.programme_id)
    found = dependence(tx.principal.user_id, UnitId(row.unit_id), programme, tx)
    if found:
        raise InvalidValue("auditor_id", found[0].value)
    return row


def told(row: AuditRecord, tx: Tx) -> Audit:
    """Return a row as the value that leaves."""
    sealed, proof = Row(tx, TABLE, row.uid), json.loads(row.proof_json)
    return Audit(
        AuditId(row.id),
        row.number,
        ProgrammeId(row.programme_id),
        UnitId(row.unit_id),
        AuditKind(row.kind),
        AuditState(row.state),
        UserId(row.auditor_id),
        sealed.opened("auditor", row.auditor_sealed),
        row.by_hand,
        _units(proof["belongs_to"]),
        _units(proof["manages"]),
        proof["alone"],
        proof["travels"],
        proof["repeats"],
        row.due_on,
        row.started_on,
        row.done_on,
        sealed.opened("conclusion", row.conclusion_sealed),
        row.version,
    )


def _units(ids: Sequence[int]) -> tuple[UnitId, ...]:
    return tuple(UnitId(each) for each in ids)


def _paper(row: AuditPaper, tx: Tx) -> Paper:
    sealed = Row(tx, PAPERS, row.uid)
    return Paper(
        row.item,
        PaperResult(row.result),
        sealed.opened("fact", row.fact_sealed),
        sealed.opened("sampled", row.sampled_sealed),
        row.population,
        row.sample,
        requirement=row.requirement,
        action_id=None if row.action_id is None or withdrawn(tx, row.action_id) else ActionId(row.action_id),
        filler=sealed.opened("filler", row.filler_sealed),
        version=row.version,
    )
