"""Complaints in each company of the tests, and a call of every service of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from privacy_mark.actions.model import Grade
from privacy_mark.complaints import handling, register, statistics, terms
from privacy_mark.complaints.model import ComplaintDraft, ComplaintId, Kind, Subject, Urgency, Way
from privacy_mark.complaints.register import Wanted
from privacy_mark.complaints.terms import Terms
from registry.model import Principal, UnitId, UserId
from registry.store import Tx
from tests.access.rights import ABSENT, DAY

ANSWERER = UserId(831)


@dataclass(frozen=True, slots=True)
class Complaints:
    """The ids of one company's rows."""

    open_id: ComplaintId
    answered_id: ComplaintId  # by another person, who found the cause too


NO_COMPLAINTS = Complaints(ComplaintId(ABSENT), ComplaintId(ABSENT))


def draft(unit_id: UnitId, mark: str = "", **values: Any) -> ComplaintDraft:
    """Return a valid complaint."""
    told: dict[str, Any] = {
        "kind": Kind.COMPLAINT,
        "way": Way.PHONE,
        "subject": Subject.CONTACT,
        "urgency": Urgency.NORMAL,
        "received_on": DAY,
        "sender": f"申出 太郎{mark}",
        "contact": f"03-0000-0000 {mark}",
        "content": f"案内が届く {mark}",
    }
    return ComplaintDraft(unit_id=unit_id, **(told | values))


def fill(tx: Tx, unit_id: UnitId, entry_number: str, mark: str) -> Complaints:
    """Take in two complaints, marked; one of them is answered and examined by somebody."""
    other = replace(tx, principal=Principal(ANSWERER, f"回答者 {mark}", tx.principal.grants))
    open_ = register.receive(other, draft(unit_id, mark, entry_number=entry_number))
    answered = register.receive(other, draft(unit_id, mark))
    handling.answer(other, answered.id, f"停止した {mark}", answered_on=DAY, expected_version=1)
    handling.examine(other, answered.id, f"原因 {mark}", f"対策 {mark}", expected_version=2)
    return Complaints(open_.id, answered.id)


Call = Callable[[Tx, Any, Any], object]

READS: dict[str, Call] = {
    "complaints.register.complaint": lambda tx, _, at: register.complaint(tx, at.complaints.open_id),
    "complaints.register.complaints": lambda tx, _, at: register.complaints(tx, Wanted(at.unit_id))[0],
    "complaints.register.standing": lambda tx, _, at: register.standing(tx, at.unit_id),
    "complaints.statistics.statistics": lambda tx, _, at: statistics.statistics(tx, at.unit_id, DAY, DAY),
    "complaints.terms.terms": lambda tx, _, at: terms.terms(tx, at.unit_id),
}

WRITES: dict[str, Call] = {
    "complaints.handling.answer": lambda tx, _, at: handling.answer(
        tx, at.complaints.open_id, "停止しました", answered_on=DAY, expected_version=1
    ),
    "complaints.handling.change": lambda tx, _, at: handling.change(
        tx, at.complaints.open_id, draft(at.unit_id), expected_version=1
    ),
    "complaints.handling.close": lambda tx, _, at: handling.close(
        tx, at.complaints.answered_id, note="手順を直した", expected_version=3
    ),
    "complaints.handling.examine": lambda tx, _, at: handling.examine(
        tx, at.complaints.open_id, "名寄せの漏れ", "手順を直す", expected_version=1
    ),
    "complaints.handling.follow": lambda tx, _, at: handling.follow(
        tx,
        at.complaints.open_id,
        requirement="J.9.2",
        finding="照合の手順がない",
        grade=Grade.MINOR,
        expected_version=1,
    ),
    "complaints.handling.send_back": lambda tx, _, at: handling.send_back(
        tx, at.complaints.answered_id, note="もう一度", expected_version=3
    ),
    "complaints.register.receive": lambda tx, _, at: register.receive(tx, draft(at.unit_id)),
    "complaints.terms.change_terms": lambda tx, _, at: terms.change_terms(tx, at.unit_id, Terms(10, 2, 24)),
}
