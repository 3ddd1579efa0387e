"""The on-site assessment 現地審査: its schedule, what top management will say, documents asked for."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm.attributes import flag_modified

from privacy_mark.assessments.interview import questions
from privacy_mark.assessments.model import AssessmentId, DocumentId, Requested, Slot
from privacy_mark.assessments.rows import ASSESSMENTS, DOCUMENTS, held, requested_of, seen
from registry.errors import InvalidValue
from registry.journal import Action
from registry.model import UnitId
from registry.sealing import Row, checked
from registry.store import Tx
from registry.store.assessment_tables import InterviewAnswer, PmAssessment, RequestedDocument, VisitItem
from registry.store.base import new_uid

SLOTS, INTERVIEW = "pm_visit_item", "pm_interview_answer"
LONGEST, MOST_SLOTS = 500, 60
_TIME = re.compile(r"(?:[01][0-9]|2[0-3]):[0-5][0-9]")


def schedule(tx: Tx, assessment_id: AssessmentId) -> list[Slot]:
    """Return the schedule of a visible assessment in its order; raises NotFound."""
    of = seen(tx, PmAssessment, assessment_id)
    query = select(VisitItem).where(VisitItem.assessment_id == of.id)
    found = []
    for row in tx.session.scalars(query.order_by(VisitItem.on_day, VisitItem.begins, VisitItem.id)):
        sealed = Row(tx, SLOTS, row.uid)
        found.append(
            Slot(
                row.on_day,
                row.begins,
                row.ends,
                sealed.opened("what", row.what_sealed),
                sealed.opened("who", row.who_sealed),
                sealed.opened("place", row.place_sealed),
            )
        )
    return found


def set_schedule(
    tx: Tx, assessment_id: AssessmentId, slots: Sequence[Slot], *, expected_version: int
) -> list[Slot]:
    """Write the schedule, all of it.

    Raises NotFound, AccessDenied without MANAGE_CERTIFICATION, Conflict, InvalidValue: `round` `ended`,
    `begins` and `ends` `form`, `ends` `before_start`, `what` `required`, texts `too_long`, `slots`
    `too_many`.
    """
    row = held(tx, PmAssessment, assessment_id, expected_version)
    if len(slots) > MOST_SLOTS:
        raise InvalidValue("slots", "too_many")
    texts = []
    for slot in slots:
        for name, value in (("begins", slot.begins), ("ends", slot.ends)):
            if not _TIME.fullmatch(value):
                raise InvalidValue(name, "form")
        if slot.ends <= slot.begins:
            raise InvalidValue("ends", "before_start")
        told = {"what": slot.what, "who": slot.who, "place": slot.place}
        texts.append(checked(told, "what", longest=LONGEST))
    tx.session.execute(delete(VisitItem).where(VisitItem.assessment_id == row.id))
    for slot, text in zip(slots, texts, strict=True):
        uid = new_uid()
        tx.session.add(
            VisitItem(
                uid=uid,
                assessment_id=row.id,
                unit_id=row.unit_id,
                on_day=slot.on,
                begins=slot.begins,
                ends=slot.ends,
                **Row(tx, SLOTS, uid).sealed(text),
            )
        )
    _changed(tx, row, {"items": len(slots)})
    return schedule(tx, assessment_id)


def interview(tx: Tx, assessment_id: AssessmentId) -> dict[str, str]:
    """Return what was prepared for a visible assessment, by the id of the question; raises NotFound."""
    of = seen(tx, PmAssessment, assessment_id)
    query = select(InterviewAnswer).where(InterviewAnswer.assessment_id == of.id)
    return {
        row.question: Row(tx, INTERVIEW, row.uid).opened("answer", row.answer_sealed)
        for row in tx.session.scalars(query)
    }


def set_interview(
    tx: Tx, assessment_id: AssessmentId, answers: Mapping[str, str], *, expected_version: int
) -> dict[str, str]:
    """Write what top management will say, to the questions given; an empty answer takes one out.

    Raises NotFound, AccessDenied without MANAGE_CERTIFICATION, Conflict, InvalidValue: `round` `ended`,
    `question` `unknown`, `answer` `too_long`.
    """
    row = held(tx, PmAssessment, assessment_id, expected_version)
    if not answers.keys() <= questions().keys():
        raise InvalidValue("question", "unknown")
    texts = {name: checked({"answer": answer})["answer"] for name, answer in answers.items()}
    tx.session.execute(
        delete(InterviewAnswer).where(
            InterviewAnswer.assessment_id == row.id, InterviewAnswer.question.in_(texts)
        )
    )
    for name, text in texts.items():
        if text:
            uid = new_uid()
            tx.session.add(
                InterviewAnswer(
                    uid=uid,
                    assessment_id=row.id,
                    unit_id=row.unit_id,
                    question=name,
                    **Row(tx, INTERVIEW, uid).sealed({"answer": text}),
                )
            )
    _changed(tx, row, {"questions": len(texts)})
    return interview(tx, assessment_id)


def requested(tx: Tx, assessment_id: AssessmentId) -> list[Requested]:
    """Return what was asked for in a visible assessment, what is not given yet first; raises NotFound."""
    of = seen(tx, PmAssessment, assessment_id)
    query = select(RequestedDocument).where(RequestedDocument.assessment_id == of.id)
    found = [requested_of(tx, row) for row in tx.session.scalars(query)]
    return sorted(found, key=lambda each: (each.given_at is not None, each.due_at, each.id))


def ask(tx: Tx, assessment_id: AssessmentId, *, what: str, due_at: datetime) -> Requested:
    """Enter a document that the assessors ask for now, and by when they want it.

    Raises NotFound, AccessDenied without MANAGE_CERTIFICATION, InvalidValue: `round` `ended`, `what`
    `required`, `too_long`, `due_at` `past`.
    """
    of = held(tx, PmAssessment, assessment_id, None)
    text = checked({"what": what}, "what", longest=LONGEST)
    if due_at < tx.now:
        raise InvalidValue("due_at", "past")
    uid = new_uid()
    row = RequestedDocument(
        uid=uid,
        assessment_id=of.id,
        unit_id=of.unit_id,
        asked_at=tx.now,
        due_at=due_at,
        **Row(tx, DOCUMENTS, uid).sealed(text),
    )
    tx.session.add(row)
    tx.session.flush()
    after = {"due_at": due_at.isoformat()}
    tx.record(Action.DOCUMENT_REQUESTED, DOCUMENTS, row.id, UnitId(row.unit_id), None, after)
    return requested_of(tx, row)


def give(tx: Tx, document_id: DocumentId, *, given: str, expected_version: int) -> Requested:
    """Record that a document was shown or handed over now, or why it was not wanted any more.

    Raises NotFound, AccessDenied, Conflict, InvalidValue: `round` `ended`, `state` `given`, `given`
    `required`, `too_long`.
    """
    row = held(tx, RequestedDocument, document_id, expected_version)
    if row.given_at is not None:
        raise InvalidValue("state", "given")
    text = checked({"given": given}, "given", longest=LONGEST)
    row.given_at = tx.now
    row.given_sealed = Row(tx, DOCUMENTS, row.uid).sealed(text)["given_sealed"]
    return _saved(tx, row, Action.DOCUMENT_GIVEN)


def take_back(tx: Tx, document_id: DocumentId, *, expected_version: int) -> Requested:
    """Undo that a document was given: it waits again.

    Raises NotFound, AccessDenied, Conflict, InvalidValue: `round` `ended`, `state` `not_given`.
    """
    row = held(tx, RequestedDocument, document_id, expected_version)
    if row.given_at is None:
        raise InvalidValue("state", "not_given")
    row.given_at = row.given_sealed = None
    return _saved(tx, row, Action.DOCUMENT_TAKEN_BACK)


def _changed(tx: Tx, row: PmAssessment, after: Mapping[str, object]) -> None:
    flag_modified(row, "number")  # a change of its parts counts as one of the assessment
    tx.session.flush()
    tx.record(Action.ASSESSMENT_CHANGED, ASSESSMENTS, row.id, UnitId(row.unit_id), None, after)


def _saved(tx: Tx, row: RequestedDocument, action: Action) -> Requested:
    tx.session.flush()
    tx.record(action, DOCUMENTS, row.id, UnitId(row.unit_id), None, {})
    return requested_of(tx, row)
