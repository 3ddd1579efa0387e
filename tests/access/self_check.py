"""A self check in each company of the tests, and a call of every service of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import update

from privacy_mark.self_check import checking, rounds
from privacy_mark.self_check.answers import Answer
from privacy_mark.self_check.checking import Verified
from privacy_mark.self_check.questions import Level, self_check
from privacy_mark.self_check.rounds import CheckId, RoundId
from registry import organisation
from registry.access import bootstrap_principal
from registry.model import Grant, Principal, Role, UnitId, UnitKind, UserId
from registry.store import Tx
from registry.store.base import new_uid
from registry.store.self_check_tables import SelfCheckRecord, SelfCheckRound
from tests.access.rights import ABSENT, DAY

ANSWERER, APPROVER = UserId(821), UserId(822)


@dataclass(frozen=True, slots=True)
class SelfChecks:
    """The ids of one company's rows."""

    round_id: RoundId
    open_id: CheckId
    answered_id: CheckId
    approved_id: CheckId


NO_SELF_CHECKS = SelfChecks(RoundId(ABSENT), CheckId(ABSENT), CheckId(ABSENT), CheckId(ABSENT))


def answers(mark: str = "", **levels: Level) -> list[Answer]:
    """Return an answer to every question, all implemented but those given."""
    return [
        Answer(name, levels.get(name, Level.IMPLEMENTED), f"規程集 {mark}", f"説明 {mark}")
        for name in self_check().questions
    ]


def asked(tx: Tx, unit_id: UnitId, *years: int) -> list[CheckId]:
    """Put rounds of some years into a unit that need not be an overseas company."""
    found = []
    for year in years:
        round_ = SelfCheckRound(
            uid=new_uid(), unit_id=unit_id, year=year, due_on=DAY, opened_at=tx.now, set_version=1
        )
        tx.session.add(round_)
        tx.session.flush()
        row = SelfCheckRecord(
            uid=new_uid(),
            unit_id=unit_id,
            round_id=round_.id,
            year=year,
            state="open",
            levels_json="{}",
            doubts=0,
            drawn=False,
            sample="",
        )
        tx.session.add(row)
        tx.session.flush()
        found.append(CheckId(row.id))
    return found


def fill(tx: Tx, unit_id: UnitId, mark: str) -> SelfChecks:
    """Ask a company for three years: one has answered, of one the answers are approved, marked."""
    approved, answered, open_ = asked(tx, unit_id, 2023, 2024, 2025)
    answerer = replace(tx, principal=Principal(ANSWERER, f"回答者 {mark}", tx.principal.grants))
    own = (Grant(Role.OFFICER, unit_id),)
    approver = replace(tx, principal=Principal(APPROVER, f"承認者 {mark}", own))
    for check_id in (approved, answered):
        checking.answer(answerer, check_id, answers(mark), expected_version=1)
    checking.approve(approver, approved, expected_version=2)
    of = tx.session.get_one(SelfCheckRecord, approved)
    of.drawn = True  # and nothing of it is to be verified
    tx.session.flush()
    return SelfChecks(RoundId(of.round_id), open_, answered, approved)


def _opened(tx: Tx, at: Any) -> object:
    everybody = replace(tx, principal=bootstrap_principal())
    if at.unit_id != ABSENT:
        organisation.create_unit(
            everybody,
            code=f"OV-{at.unit_id}",
            kind=UnitKind.OVERSEAS,
            name_ja="海外",
            name_en="Overseas",
            parent_id=at.unit_id,
        )
    return rounds.open_round(tx, at.unit_id, 2026)


def _drawn(tx: Tx, at: Any) -> object:
    of = update(SelfCheckRecord).where(SelfCheckRecord.id == at.self_checks.approved_id)
    tx.session.execute(of.values(drawn=False))
    return rounds.draw_sample(tx, at.self_checks.round_id, 1.0)


Call = Callable[[Tx, Any, Any], object]

READS: dict[str, Call] = {
    "self_check.checking.check": lambda tx, _, at: checking.check(tx, at.self_checks.answered_id),
    "self_check.rounds.rounds": lambda tx, _, at: [
        each for each in rounds.rounds(tx) if each.unit_id == at.unit_id
    ],
}

WRITES: dict[str, Call] = {
    "self_check.checking.answer": lambda tx, _, at: checking.answer(
        tx, at.self_checks.open_id, answers(), expected_version=1
    ),
    "self_check.checking.confirm": lambda tx, _, at: checking.confirm(
        tx, at.self_checks.approved_id, [], expected_version=4
    ),
    "self_check.checking.send_back": lambda tx, _, at: checking.send_back(
        tx, at.self_checks.approved_id, note="もう一度", expected_version=4
    ),
    "self_check.rounds.draw_sample": lambda tx, _, at: _drawn(tx, at),
    "self_check.rounds.open_round": lambda tx, _, at: _opened(tx, at),
}


def verified(of: checking.Check, *, agrees: bool = True) -> list[Verified]:
    """Return what somebody saw of every drawn answer."""
    return [Verified(name, agrees, "規程を見た") for name in of.sample]
