"""Evaluations of processors 委託先の評価: before the contract, yearly, as needed (APPI Art. 25; J.9.4).

An evaluation is never written over: a later one takes its place, a wrong one is withdrawn with a reason.
"""

from __future__ import annotations

import json
from datetime import date

from sqlalchemy import select

from privacy_mark.processors.model import (
    EVALUATIONS,
    Evaluation,
    EvaluationDraft,
    EvaluationId,
    Occasion,
    Rated,
    Rating,
    Result,
)
from privacy_mark.processors.rules import rules
from registry.access import require, scope, today_in_japan
from registry.errors import InvalidValue, NotFound
from registry.handling import ProcessorId
from registry.journal import Action
from registry.limits import months_after
from registry.model import Permission, UnitId
from registry.risk_levels import Words
from registry.sealing import Row, checked
from registry.store import Tx
from registry.store.base import new_uid
from registry.store.ledger_tables import ProcessorRecord
from registry.store.processor_tables import ProcessorEvaluation

_LONGEST = 36  # months until the next one


def evaluate(tx: Tx, draft: EvaluationDraft) -> Evaluation:
    """Record an evaluation; its next day follows from the result unless an earlier or later one is chosen.

    Raises NotFound, AccessDenied without MANAGE_PROCESSORS in the unit that entrusts, InvalidValue:
    `evaluated_on` `future`, `ratings` `incomplete` unless every criterion is rated, `result`
    `criteria_not_met` of one that meets the criteria with one not met, `nothing_asked` of such a one without
    any met or partly met, `note` `required` unless the criteria are met, `next_on` `order` or `too_far`.
    """
    processor = _processor(tx, draft.processor_id)
    require(tx, Permission.MANAGE_PROCESSORS, UnitId(processor.unit_id))
    today = today_in_japan(tx.now)
    if draft.evaluated_on > today:
        raise InvalidValue("evaluated_on", "future")
    known = rules(draft.evaluated_on)
    if {each.id for each in known.criteria} != draft.ratings.keys():
        raise InvalidValue("ratings", "incomplete")
    if draft.result is Result.FIT and Rating.NOT_MET in draft.ratings.values():
        raise InvalidValue("result", "criteria_not_met")
    if draft.result is Result.FIT and not {Rating.MET, Rating.PARTLY} & set(draft.ratings.values()):
        raise InvalidValue("result", "nothing_asked")
    required = () if draft.result is Result.FIT else ("note",)
    texts = checked({"note": draft.note, "evidence": draft.evidence}, *required, longest=2_000)
    next_on = draft.next_on or known.next_on(draft.evaluated_on, draft.result)
    if next_on <= draft.evaluated_on:
        raise InvalidValue("next_on", "order")
    if next_on > months_after(draft.evaluated_on, _LONGEST):
        raise InvalidValue("next_on", "too_far")
    uid = new_uid()
    rated = [[each.id, each.name.ja, each.name.en, draft.ratings[each.id].value] for each in known.criteria]
    row = ProcessorEvaluation(
        uid=uid,
        processor_id=processor.id,
        unit_id=processor.unit_id,
        occasion=draft.occasion.value,
        evaluated_on=draft.evaluated_on,
        result=draft.result.value,
        next_on=next_on,
        recorded_at=tx.now,
        recorder_id=tx.principal.user_id,
        **Row(tx, EVALUATIONS, uid).sealed(
            {
                **texts,
                "ratings": json.dumps(rated, ensure_ascii=False),
                "recorder": tx.principal.name,
            }
        ),
    )
    tx.session.add(row)
    tx.session.flush()
    after = {
        "processor": processor.id,
        "occasion": row.occasion,
        "evaluated_on": row.evaluated_on,
        "result": row.result,
        "next_on": row.next_on,
        "ratings": [f"{name}: {rating.value}" for name, rating in draft.ratings.items()],
        **texts,
    }
    tx.record(Action.PROCESSOR_EVALUATED, EVALUATIONS, row.id, UnitId(row.unit_id), None, after)
    return _evaluation(tx, row)


def withdraw(tx: Tx, evaluation_id: EvaluationId, *, reason: str) -> Evaluation:
    """Withdraw an evaluation that was recorded wrongly: it stays with the reason, and counts no more.

    Raises NotFound, AccessDenied without MANAGE_PROCESSORS, InvalidValue: `reason` `required`, `evaluation`
    `withdrawn`.
    """
    row = tx.session.scalar(
        select(ProcessorEvaluation).where(
            ProcessorEvaluation.id == evaluation_id,
            ProcessorEvaluation.unit_id.in_(scope(tx, Permission.VIEW_LEDGER)),
        )
    )
    if row is None:
        raise NotFound(EVALUATIONS)
    require(tx, Permission.MANAGE_PROCESSORS, UnitId(row.unit_id))
    if row.withdrawn_on is not None:
        raise InvalidValue("evaluation", "withdrawn")
    text = checked({"reason": reason}, "reason", longest=500)["reason"]
    sealed = Row(tx, EVALUATIONS, row.uid).sealed({"withdrawn": text, "withdrawer": tx.principal.name})
    row.withdrawn_on = today_in_japan(tx.now)
    row.withdrawn_sealed, row.withdrawer_sealed = sealed["withdrawn_sealed"], sealed["withdrawer_sealed"]
    tx.session.flush()
    before: dict[str, date | str | int] = {
        "processor": row.processor_id,
        "evaluated_on": row.evaluated_on,
        "result": row.result,
        "next_on": row.next_on,
    }
    after = {"withdrawn_on": row.withdrawn_on, "reason": text}
    tx.record(Action.EVALUATION_WITHDRAWN, EVALUATIONS, row.id, UnitId(row.unit_id), before, after)
    return _evaluation(tx, row)


def evaluations(tx: Tx, processor_id: ProcessorId) -> list[Evaluation]:
    """Return the evaluations of a visible processor, the newest first; raises NotFound."""
    processor = _processor(tx, processor_id)
    rows = tx.session.scalars(
        select(ProcessorEvaluation)
        .where(ProcessorEvaluation.processor_id == processor.id)
        .order_by(ProcessorEvaluation.evaluated_on.desc(), ProcessorEvaluation.id.desc())
    )
    return [_evaluation(tx, row) for row in rows]


def _processor(tx: Tx, processor_id: ProcessorId) -> ProcessorRecord:
    row = tx.session.scalar(
        select(ProcessorRecord).where(
            ProcessorRecord.id == processor_id,
            ProcessorRecord.unit_id.in_(scope(tx, Permission.VIEW_LEDGER)),
        )
    )
    if row is None:
        raise NotFound("processor")
    return row


def _evaluation(tx: Tx, row: ProcessorEvaluation) -> Evaluation:
    sealed = Row(tx, EVALUATIONS, row.uid)
    rated = json.loads(sealed.opened("ratings", row.ratings_sealed))
    return Evaluation(
        id=EvaluationId(row.id),
        processor_id=ProcessorId(row.processor_id),
        occasion=Occasion(row.occasion),
        evaluated_on=row.evaluated_on,
        result=Result(row.result),
        next_on=row.next_on,
        ratings=tuple(Rated(name, Words(ja, en), Rating(rating)) for name, ja, en, rating in rated),
        note=sealed.opened("note", row.note_sealed),
        evidence=sealed.opened("evidence", row.evidence_sealed),
        recorded_at=row.recorded_at,
        recorder=sealed.opened("recorder", row.recorder_sealed),
        withdrawn_on=row.withdrawn_on,
        withdrawn_reason=sealed.opened("withdrawn", row.withdrawn_sealed),
        withdrawer=sealed.opened("withdrawer", row.withdrawer_sealed),
    )
