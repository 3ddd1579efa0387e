"""The risk analysis リスク分析 of an entry, phase by phase, and the acceptance of what remains 残留リスク.

Per entry and phase of the life cycle: threat, present measures, likelihood and impact, planned measures with
owner and date, and what remains; looked at again yearly and on change (JIS Q 15001:2023 6.2 and its practice;
guideline J.3.1.2 to J.3.1.4). Who accepts what remains is none of those who wrote the analysis.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm.attributes import flag_modified

from registry.access import entity_id_of, require, today_in_japan
from registry.errors import Conflict, Edited, InvalidValue, NotFound
from registry.journal import Action
from registry.ledger_changes import visible_row
from registry.ledger_review import year_after
from registry.ledger_rows import entry_of
from registry.model import EntryId, Permission, UnitId, UnitKind
from registry.risk_facts import Facts, categories_text
from registry.risk_model import (
    Analysis,
    Decision,
    MeasureId,
    RiskDraft,
    RiskState,
    RiskVersion,
    RiskVersionKind,
)
from registry.risk_rows import (
    ANALYSIS,
    analysis_of,
    checked_draft,
    differences,
    found_facts,
    history,
    remember,
    risk_of,
    version_of,
    write_draft,
)
from registry.sealing import Row, checked
from registry.store import Tx
from registry.store.base import new_uid
from registry.store.risk_tables import RiskAnalysisRecord, RiskMeasureRecord, RiskRowRecord
from registry.store.tables import LedgerRecord, OrgUnit, SourceRecord
from registry.threat_proposals import Proposal, propose, situation_of
from registry.threats import catalogue

_AT_MOST = 300  # threats in one step


def analysis(tx: Tx, entry_id: EntryId) -> Analysis:
    """Return the analysis of a visible entry; an empty one where nobody made one yet. NotFound."""
    entry = visible_row(tx, entry_id)
    return _shown(tx, entry, _row(tx, entry))


def proposals(tx: Tx, entry_id: EntryId) -> list[Proposal]:
    """Return the threats of the catalogue that concern a visible entry. NotFound.

    Who may not see places learns from them at most of what kind they are.
    """
    entry = visible_row(tx, entry_id)
    return _proposals(tx, entry, _row(tx, entry))


def versions(tx: Tx, entry_id: EntryId) -> list[RiskVersion]:
    """Return the history of the analysis of a visible entry, oldest first. NotFound."""
    row = _row(tx, visible_row(tx, entry_id))
    return [] if row is None else [version_of(tx, each) for each in history(tx, row)]


def save(
    tx: Tx, entry_id: EntryId, drafts: Sequence[RiskDraft], *, expected_version: int, reason: str = ""
) -> Analysis:
    """Judge threats of an entry, each anew or over what was said of it; nobody has accepted it from then on.

    Nothing is written when nothing differs. Raises NotFound, AccessDenied without EDIT_LEDGER, Conflict when
    it is no longer of that version (0: there is none yet), InvalidValue as `risk_rows.checked_draft`,
    `done_on` `future`, and `reason` `required` once the analysis had been accepted.
    """
    entry = visible_row(tx, entry_id)
    require(tx, Permission.EDIT_LEDGER, UnitId(entry.unit_id))
    row = _expected(tx, entry, expected_version)
    wanted = [checked_draft(draft) for draft in drafts]
    today = today_in_japan(tx.now)
    if any(each.done_on is not None and each.done_on > today for of in wanted for each in of.measures):
        raise InvalidValue("done_on", "future")
    if len(wanted) > _AT_MOST:
        raise InvalidValue("threats", "too_many")
    known = {f"{each.phase}/{each.threat}": risk_of(tx, each) for each in (row.rows if row else ())}
    moved = {name: pair for draft in wanted for name, pair in differences(known, draft).items()}
    if not moved:
        return _shown(tx, entry, row)
    why = checked({"reason": reason}, *(["reason"] if row and row.accepted_at else []))["reason"]
    if row is None:
        row = RiskAnalysisRecord(uid=new_uid(), entry_id=entry.id, state=RiskState.DRAFT.value, rows=[])
        tx.session.add(row)
    row.unit_id = entry.unit_id
    row.state = (RiskState.REOPENED if row.reopened_json else RiskState.DRAFT).value
    sealed = Row(tx, ANALYSIS, row.uid).sealed({"updated_by": tx.principal.name})
    row.updated_by_sealed = sealed["updated_by_sealed"]
    row.editor_id = tx.principal.user_id
    row.acceptor_id, row.acceptor_sealed = None, None
    for draft in wanted:
        write_draft(tx, row, draft)
    _touch(tx, row)
    remember(tx, row, RiskVersionKind.EDIT, moved, why)
    before = {name: pair[0] for name, pair in moved.items() if pair[0]}
    after = {name: pair[1] for name, pair in moved.items()} | {"version": row.version, "why": why}
    tx.record(Action.RISK_CHANGED, ANALYSIS, row.id, UnitId(entry.unit_id), before or None, after)
    return _shown(tx, entry, row)


def accept(tx: Tx, entry_id: EntryId, *, expected_version: int, note: str = "") -> Analysis:
    """Accept by name what remains of the risks; the next review is due in a year.

    Raises NotFound, AccessDenied without APPROVE_LEDGER, Conflict, InvalidValue: `state` `decided` when it is
    accepted already, `approver` `same_person` for who wrote any of it since the last acceptance, `threats`
    `required` without any, `undecided` when a proposed threat was neither taken nor left, `unjudged` when
    a likelihood or impact is not stated, `reason` `required` when it was opened again and nobody changed it.
    """
    entry = visible_row(tx, entry_id)
    require(tx, Permission.APPROVE_LEDGER, UnitId(entry.unit_id))
    row = _expected(tx, entry, expected_version)
    if row is None:
        raise InvalidValue("threats", "required")
    if row.state == RiskState.ACCEPTED:
        raise InvalidValue("state", "decided")
    writers, edited = _since_acceptance(tx, row)
    if tx.principal.user_id in writers:
        raise InvalidValue("approver", "same_person")
    _check_complete(tx, entry, row)
    why = checked({"reason": note}, *([] if edited else ["reason"]))["reason"]
    facts = _facts(tx, entry, row)
    today = today_in_japan(tx.now)
    before = {"state": row.state, "next_review": row.next_review}
    row.state = RiskState.ACCEPTED.value
    row.acceptor_id = tx.principal.user_id
    sealed = Row(tx, ANALYSIS, row.uid).sealed({"acceptor": tx.principal.name})
    row.acceptor_sealed = sealed["acceptor_sealed"]
    row.accepted_at, row.next_review = tx.now, year_after(today)
    row.accepted_categories = categories_text(facts.categories)
    row.accepted_persons, row.accepted_exposure = facts.persons, facts.exposure.value
    row.reopened_json, row.reopened_at = "", None
    tx.session.flush()
    remember(tx, row, RiskVersionKind.ACCEPTANCE, {"accepted_by": ("", tx.principal.name)}, why)
    after = {"state": row.state, "next_review": row.next_review, "why": why}
    tx.record(Action.RISK_ACCEPTED, ANALYSIS, row.id, UnitId(entry.unit_id), before, after)
    return _shown(tx, entry, row)


def finish_measure(
    tx: Tx, entry_id: EntryId, measure_id: MeasureId, *, on: date, expected_version: int
) -> Analysis:
    """Record that a planned measure was carried out; an acceptance stays.

    Raises NotFound, AccessDenied without EDIT_LEDGER, Conflict, InvalidValue: `on` `future`, `state` `done`.
    """
    entry = visible_row(tx, entry_id)
    require(tx, Permission.EDIT_LEDGER, UnitId(entry.unit_id))
    row = _expected(tx, entry, expected_version)
    owner = tx.session.execute(
        select(RiskMeasureRecord, RiskRowRecord)
        .join(RiskRowRecord, RiskRowRecord.id == RiskMeasureRecord.row_id)
        .where(RiskMeasureRecord.id == measure_id, RiskRowRecord.analysis_id == (row.id if row else None))
    ).one_or_none()
    if row is None or owner is None:
        raise NotFound("risk_measure")
    measure, of = owner
    if measure.done_on is not None:
        raise InvalidValue("state", "done")
    if on > today_in_japan(tx.now):
        raise InvalidValue("on", "future")
    measure.done_on = on
    _touch(tx, row)
    moved = {f"{of.phase}/{of.threat}/done_on": ("", on.isoformat())}
    remember(tx, row, RiskVersionKind.MEASURE, moved)
    after = {"measure": measure.id, "done_on": on, "version": row.version}
    tx.record(Action.RISK_MEASURE_DONE, ANALYSIS, row.id, UnitId(entry.unit_id), None, after)
    return _shown(tx, entry, row)


def _touch(tx: Tx, row: RiskAnalysisRecord) -> None:
    """Move the version on, even where only what hangs on the row has changed."""
    row.updated_at = tx.now
    flag_modified(row, "updated_at")
    tx.session.flush()


def _row(tx: Tx, entry: LedgerRecord) -> RiskAnalysisRecord | None:
    return tx.session.scalar(select(RiskAnalysisRecord).where(RiskAnalysisRecord.entry_id == entry.id))


def _expected(tx: Tx, entry: LedgerRecord, expected: int) -> RiskAnalysisRecord | None:
    row = _row(tx, entry)
    if (row.version if row else 0) == expected:
        return row
    if row is None:
        raise NotFound(ANALYSIS)
    later = [version_of(tx, record) for record in history(tx, row) if record.version > expected]
    if not later:  # the caller names a version that never was
        raise Conflict("", row.updated_at, (), version=row.version)
    edits = {
        name: Edited(name, before, after, each.by, each.at)
        for each in later
        for name, (before, after) in each.changes.items()
    }
    raise Conflict(later[-1].by, later[-1].at, tuple(edits), tuple(edits.values()), version=row.version)


def _shown(tx: Tx, entry: LedgerRecord, row: RiskAnalysisRecord | None) -> Analysis:
    unit_id = UnitId(entry.unit_id)
    if row is None:
        return Analysis(EntryId(entry.id), unit_id, RiskState.NONE, 0, (), None, None)
    return analysis_of(tx, row, unit_id)


def _facts(tx: Tx, entry: LedgerRecord, row: RiskAnalysisRecord | None) -> Facts:
    """Return what the ledger says, with what the latest comparison found."""
    of = entry_of(tx, entry)
    registered = Facts(of.items, of.approximate_count or 0, of.exposure)
    return registered if row is None else registered.joined(found_facts(row))


def _proposals(tx: Tx, entry: LedgerRecord, row: RiskAnalysisRecord | None) -> list[Proposal]:
    of = entry_of(tx, entry)
    sources = select(SourceRecord).where(SourceRecord.id.in_(place.source_id for place in of.places))
    schemes = [
        Row(tx, "source", source.uid).opened("url", source.url_sealed).partition("://")[0].lower()
        for source in tx.session.scalars(sources)
    ]
    kind = tx.session.scalar(select(OrgUnit.kind).where(OrgUnit.id == entity_id_of(entry.unit_id)))
    known = catalogue()
    situation = situation_of(
        of, _facts(tx, entry, row), schemes, None if kind is None else UnitKind(kind), known
    )
    return propose(situation, known)


def _since_acceptance(tx: Tx, row: RiskAnalysisRecord) -> tuple[set[int], bool]:
    """Return who wrote what stands there or wrote since the last acceptance, and whether it was edited since.

    An analysis that was opened again is edited only by what is written after that.
    """
    writers: set[int] = set()
    edited = False
    for record in history(tx, row):
        match RiskVersionKind(record.kind):
            case RiskVersionKind.ACCEPTANCE:
                writers, edited = set(), False
            case RiskVersionKind.REOPENING:
                edited = False
            case RiskVersionKind.EDIT:
                edited = True
                writers |= {record.by_id} if record.by_id is not None else set()
            case RiskVersionKind.MEASURE | RiskVersionKind.REJUDGING:
                pass
    return writers | ({row.editor_id} if row.editor_id is not None else set()), edited


def _check_complete(tx: Tx, entry: LedgerRecord, row: RiskAnalysisRecord) -> None:
    taken = [each for each in row.rows if each.decision == Decision.TAKEN]
    if not taken:
        raise InvalidValue("threats", "required")
    decided = {(each.phase, each.threat) for each in row.rows}
    if any((each.phase.value, each.threat.id) not in decided for each in _proposals(tx, entry, row)):
        raise InvalidValue("threats", "undecided")
    if any(each.level is None or each.residual_level is None for each in taken):
        raise InvalidValue("threats", "unjudged")
