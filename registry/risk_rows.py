"""Rows of the risk analysis and the values in them: checked, written, read, remembered version by version."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from dataclasses import replace

from sqlalchemy import select

from registry.errors import InvalidValue
from registry.model import EntryId, UnitId
from registry.risk_facts import Facts, facts_of, reopening_of
from registry.risk_levels import Level, Scale, scale
from registry.risk_model import (
    OWN,
    Analysis,
    Decision,
    MeasureId,
    PlannedMeasure,
    Risk,
    RiskDraft,
    RiskState,
    RiskVersion,
    RiskVersionKind,
    texts_of,
)
from registry.sealing import Row, checked
from registry.store import Tx
from registry.store.base import new_uid
from registry.store.chain import canonical_json
from registry.store.risk_tables import (
    RiskAnalysisRecord,
    RiskMeasureRecord,
    RiskRowRecord,
    RiskVersionRecord,
)
from registry.threats import Phase, catalogue

ANALYSIS, ROW, MEASURE, VERSION = "risk_analysis", "risk_row", "risk_measure", "risk_version"
_STEPS = ("likelihood", "impact", "residual_likelihood", "residual_impact")
_MEASURES_AT_MOST = 20


def checked_draft(draft: RiskDraft) -> RiskDraft:
    """Return a draft with tidy texts, an id for a new own threat, and nothing that its decision makes idle.

    Raises InvalidValue: `threat` `unknown`, `title` or `left_reason` or `what` or `owner` `required`,
    `too_long`, a step `out_of_range`, `residual_likelihood` or `residual_impact` `above_present`,
    `measures` `too_many`.
    """
    own = not draft.threat or draft.threat.startswith(OWN)
    known = catalogue().threats.get(draft.threat)
    if not own and (known is None or draft.phase not in known.phases):
        raise InvalidValue("threat", "unknown")
    required = ["title"] if own else []
    left = draft.decision is Decision.LEFT
    if left:
        required.append("left_reason")
    texts = checked(
        {
            "title": draft.title if own else "",
            "left_reason": draft.left_reason if left else "",
            "present": "" if left else draft.present,
        },
        *required,
    )
    threat = draft.threat or f"{OWN}{secrets.token_hex(6)}"
    if left:
        return RiskDraft(draft.phase, threat, Decision.LEFT, texts["title"], texts["left_reason"])
    _check_steps(draft)
    if len(draft.measures) > _MEASURES_AT_MOST:
        raise InvalidValue("measures", "too_many")
    measures = tuple(_checked_measure(each) for each in draft.measures)
    title, present = texts["title"], texts["present"]
    return replace(draft, threat=threat, measures=measures, title=title, present=present, left_reason="")


def _check_steps(draft: RiskDraft) -> None:
    for name in _STEPS:
        step = getattr(draft, name)
        if step is not None and step not in (scale().impact if "impact" in name else scale().likelihood):
            raise InvalidValue(name, "out_of_range")
    for name in ("likelihood", "impact"):
        before, after = getattr(draft, name), getattr(draft, f"residual_{name}")
        if before is not None and after is not None and after > before:
            raise InvalidValue(f"residual_{name}", "above_present")


def _checked_measure(measure: PlannedMeasure) -> PlannedMeasure:
    texts = checked({"what": measure.what, "owner": measure.owner}, "what", "owner", longest=500)
    return replace(measure, what=texts["what"], owner=texts["owner"])


def level_of(likelihood: int | None, impact: int | None, by: Scale | None = None) -> Level | None:
    """Return the level of a pair, by the product's table or another; None while one of them is not stated."""
    return None if likelihood is None or impact is None else (by or scale()).level(likelihood, impact)


def write_draft(tx: Tx, analysis: RiskAnalysisRecord, draft: RiskDraft) -> None:
    """Write a checked draft into the analysis, over what stands there of the same phase and threat."""
    found = [each for each in analysis.rows if (each.phase, each.threat) == (draft.phase, draft.threat)]
    row = found[0] if found else RiskRowRecord(uid=new_uid(), phase=draft.phase.value, threat=draft.threat)
    row.unit_id = analysis.unit_id
    row.decision = draft.decision.value
    texts = {"title": draft.title, "present": draft.present, "left_reason": draft.left_reason}
    for column, sealed in Row(tx, ROW, row.uid).sealed(texts).items():
        setattr(row, column, sealed)
    for name in _STEPS:
        setattr(row, name, getattr(draft, name))
    row.level = level_of(draft.likelihood, draft.impact)
    row.residual_level = level_of(draft.residual_likelihood, draft.residual_impact)
    kept = {each.id: each for each in row.measures}
    row.measures = [_measure(tx, row, each, kept) for each in draft.measures]
    if not found:
        analysis.rows.append(row)
    taken = [each for each in analysis.rows if each.decision == Decision.TAKEN]
    analysis.worst = max((each.level for each in taken if each.level is not None), default=None)
    analysis.worst_residual = max(
        (each.residual_level for each in taken if each.residual_level is not None), default=None
    )


def _measure(
    tx: Tx, row: RiskRowRecord, measure: PlannedMeasure, kept: Mapping[int, RiskMeasureRecord]
) -> RiskMeasureRecord:
    if measure.id is not None and measure.id not in kept:
        raise InvalidValue("measures", "unknown")
    record = RiskMeasureRecord(uid=new_uid()) if measure.id is None else kept[measure.id]
    record.unit_id = row.unit_id
    for column, sealed in (
        Row(tx, MEASURE, record.uid).sealed({"what": measure.what, "owner": measure.owner}).items()
    ):
        setattr(record, column, sealed)
    record.due_on, record.done_on = measure.due_on, measure.done_on
    return record


def risk_of(tx: Tx, row: RiskRowRecord) -> Risk:
    """Return a row as people see it."""
    sealed = Row(tx, ROW, row.uid)
    return Risk(
        phase=Phase(row.phase),
        threat=row.threat,
        decision=Decision(row.decision),
        title=sealed.opened("title", row.title_sealed),
        left_reason=sealed.opened("left_reason", row.left_reason_sealed),
        present=sealed.opened("present", row.present_sealed),
        likelihood=row.likelihood,
        impact=row.impact,
        residual_likelihood=row.residual_likelihood,
        residual_impact=row.residual_impact,
        measures=tuple(measure_of(tx, each) for each in row.measures),
        level=None if row.level is None else Level(row.level),
        residual_level=None if row.residual_level is None else Level(row.residual_level),
    )


def measure_of(tx: Tx, record: RiskMeasureRecord) -> PlannedMeasure:
    """Return a planned measure."""
    sealed = Row(tx, MEASURE, record.uid)
    return PlannedMeasure(
        what=sealed.opened("what", record.what_sealed),
        owner=sealed.opened("owner", record.owner_sealed),
        due_on=record.due_on,
        done_on=record.done_on,
        id=MeasureId(record.id),
    )


def analysis_of(tx: Tx, row: RiskAnalysisRecord, unit_id: UnitId) -> Analysis:
    """Return an analysis; `unit_id` is its entry's."""
    sealed = Row(tx, ANALYSIS, row.uid)
    order = list(Phase)
    risks = sorted((risk_of(tx, each) for each in row.rows), key=lambda risk: order.index(risk.phase))
    return Analysis(
        entry_id=EntryId(row.entry_id),
        unit_id=unit_id,
        state=RiskState(row.state),
        version=row.version,
        risks=tuple(risks),
        worst=None if row.worst is None else Level(row.worst),
        worst_residual=None if row.worst_residual is None else Level(row.worst_residual),
        updated_at=row.updated_at,
        updated_by=sealed.opened("updated_by", row.updated_by_sealed),
        accepted_at=row.accepted_at,
        accepted_by=sealed.opened("acceptor", row.acceptor_sealed),
        next_review=row.next_review,
        accepted=None if row.accepted_at is None else accepted_facts(row),
        reopened_at=row.reopened_at,
        reopened=reopening_of(row.reopened_json),
    )


def accepted_facts(row: RiskAnalysisRecord) -> Facts:
    """Return what an acceptance rested on."""
    return facts_of(row.accepted_categories, row.accepted_persons, row.accepted_exposure)


def found_facts(row: RiskAnalysisRecord) -> Facts:
    """Return what the latest comparison found of the entry."""
    return facts_of(row.found_categories, row.found_persons, row.found_exposure)


def differences(before: Mapping[str, Risk], after: RiskDraft) -> dict[str, tuple[str, str]]:
    """Return what a draft changes, named phase/threat/field."""
    name = f"{after.phase}/{after.threat}"
    old = texts_of(before[name]) if name in before else {}
    new = texts_of(after)
    return {
        f"{name}/{column}": (old.get(column, ""), new.get(column, ""))
        for column in dict.fromkeys((*new, *old))
        if old.get(column, "") != new.get(column, "")
    }


def remember(
    tx: Tx,
    row: RiskAnalysisRecord,
    kind: RiskVersionKind,
    changes: Mapping[str, tuple[str, str]],
    reason: str = "",
) -> None:
    """Add what just changed to the history; called after the row was flushed."""
    uid = new_uid()
    texts = {"by": tx.principal.name, "reason": reason, "changes": canonical_json(changes)}
    record = RiskVersionRecord(
        uid=uid,
        analysis_id=row.id,
        unit_id=row.unit_id,
        version=row.version,
        at=tx.now,
        kind=kind.value,
        by_id=tx.principal.user_id,
        **Row(tx, VERSION, uid).sealed(texts),
    )
    tx.session.add(record)


def history(tx: Tx, row: RiskAnalysisRecord) -> list[RiskVersionRecord]:
    """Return the versions of an analysis, oldest first."""
    query = select(RiskVersionRecord).where(RiskVersionRecord.analysis_id == row.id)
    return list(tx.session.scalars(query.order_by(RiskVersionRecord.version)))


def version_of(tx: Tx, record: RiskVersionRecord) -> RiskVersion:
    """Return one step of the history."""
    sealed = Row(tx, VERSION, record.uid)
    changes = json.loads(sealed.opened("changes", record.changes_sealed))
    return RiskVersion(
        version=record.version,
        at=record.at,
        by=sealed.opened("by", record.by_sealed),
        kind=RiskVersionKind(record.kind),
        reason=sealed.opened("reason", record.reason_sealed),
        changes={name: (before, after) for name, (before, after) in changes.items()},
    )
