"""Yearly rounds of the self check: every overseas company below a unit is asked, and a sample is drawn."""

from __future__ import annotations

import enum
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import NewType

from sqlalchemy import insert, select

from privacy_mark.days import next_open
from privacy_mark.self_check import sampling
from privacy_mark.self_check.answers import of_text
from privacy_mark.self_check.questions import Level, self_check
from privacy_mark.self_check.sampling import Candidate
from registry.access import require, scope, today_in_japan
from registry.errors import InvalidValue, NotFound
from registry.journal import Action
from registry.model import Permission, UnitId, UnitKind
from registry.sealing import Row
from registry.store import Tx
from registry.store.base import new_uid
from registry.store.chain import Deed
from registry.store.self_check_tables import SelfCheckRecord, SelfCheckRound
from registry.store.tables import OrgClosure, OrgUnit

RoundId = NewType("RoundId", int)
CheckId = NewType("CheckId", int)
TABLE = "self_check_round"
CHECK = "self_check"
DAYS = 60  # to answer and approve


class CheckState(enum.StrEnum):
    """How far one company is; the ids are public API."""

    OPEN = "open"  # 未回答
    ANSWERED = "answered"  # 承認待ち, by another person of the company
    RETURNED = "returned"  # 差戻し
    APPROVED = "approved"  # 本社の確認待ち
    CONFIRMED = "confirmed"  # 確認済み, results hold


UNANSWERED = (CheckState.OPEN, CheckState.RETURNED)


@dataclass(frozen=True, slots=True)
class CheckRow:
    """One company in a round."""

    id: CheckId
    unit_id: UnitId
    state: CheckState
    levels: Mapping[Level, int]
    doubts: int
    drawn: bool  # a draw of the sample covered it
    sampled: int  # questions that headquarters verifies


@dataclass(frozen=True, slots=True)
class Round:
    """One year, with the companies that one may see."""

    id: RoundId
    unit_id: UnitId
    year: int
    due_on: date
    rows: tuple[CheckRow, ...]

    def count(self, *states: CheckState) -> int:
        """Return how many companies are in these states."""
        return sum(row.state in states for row in self.rows)


def open_round(tx: Tx, unit_id: UnitId, year: int) -> RoundId:
    """Ask every overseas company below a unit that was not asked for the year yet.

    Raises AccessDenied without PLAN_AUDITS, InvalidValue: `year` `range`, `companies` `none`.
    """
    require(tx, Permission.PLAN_AUDITS, unit_id)
    today = today_in_japan(tx.now)
    if not today.year - 1 <= year <= today.year:
        raise InvalidValue("year", "range")
    asked = _unasked(tx, unit_id, year)
    if not asked:
        raise InvalidValue("companies", "none")
    row = tx.session.scalar(
        select(SelfCheckRound).where(SelfCheckRound.unit_id == unit_id, SelfCheckRound.year == year)
    )
    if row is None:
        row = SelfCheckRound(
            uid=new_uid(),
            unit_id=unit_id,
            year=year,
            due_on=next_open(today + timedelta(days=DAYS)),
            opened_at=tx.now,
            set_version=self_check().version,
        )
        tx.session.add(row)
        tx.session.flush()
    tx.session.execute(insert(SelfCheckRecord), [_asked(row, each) for each in asked])
    after = {"year": year, "companies": len(asked), "due_on": row.due_on}
    tx.record(Action.SELF_CHECK_OPENED, TABLE, row.id, unit_id, None, after)
    return RoundId(row.id)


def _unasked(tx: Tx, unit_id: UnitId, year: int) -> Sequence[int]:
    below = select(OrgClosure.descendant).where(OrgClosure.ancestor == unit_id)
    asked = select(SelfCheckRecord.unit_id).where(SelfCheckRecord.year == year)
    return tx.session.scalars(
        select(OrgUnit.id).where(
            OrgUnit.id.in_(below),
            OrgUnit.id.in_(scope(tx, Permission.PLAN_AUDITS)),
            OrgUnit.kind == UnitKind.OVERSEAS.value,
            OrgUnit.closed_at.is_(None),
            OrgUnit.id.not_in(asked),
        )
    ).all()


def _asked(round_: SelfCheckRound, unit_id: int) -> dict[str, object]:
    return {
        "uid": new_uid(),
        "unit_id": unit_id,
        "round_id": round_.id,
        "year": round_.year,
        "state": CheckState.OPEN.value,
        "levels_json": "{}",
        "doubts": 0,
        "drawn": False,
        "sample": "",
        "version": 1,
    }


def rounds(tx: Tx) -> list[Round]:
    """Return the rounds with a company that one may see, the newest year first."""
    rows: dict[int, list[CheckRow]] = {}
    seen = SelfCheckRecord.unit_id.in_(scope(tx, Permission.VIEW_AUDITS))
    columns = select(
        SelfCheckRecord.id,
        SelfCheckRecord.unit_id,
        SelfCheckRecord.round_id,
        SelfCheckRecord.state,
        SelfCheckRecord.levels_json,
        SelfCheckRecord.doubts,
        SelfCheckRecord.drawn,
        SelfCheckRecord.sample,
    )
    for row in tx.session.execute(columns.where(seen).order_by(SelfCheckRecord.id)):
        levels = {Level(name): count for name, count in json.loads(row.levels_json).items()}
        sampled = len(row.sample.split(",")) if row.sample else 0
        state, unit_id = CheckState(row.state), UnitId(row.unit_id)
        rows.setdefault(row.round_id, []).append(
            CheckRow(CheckId(row.id), unit_id, state, levels, row.doubts, row.drawn, sampled)
        )
    found = tx.session.scalars(
        select(SelfCheckRound)
        .where(SelfCheckRound.id.in_(list(rows)))
        .order_by(SelfCheckRound.year.desc(), SelfCheckRound.id.desc())
    )
    return [
        Round(RoundId(each.id), UnitId(each.unit_id), each.year, each.due_on, tuple(rows[each.id]))
        for each in found
    ]


def draw_sample(tx: Tx, round_id: RoundId, share: float) -> int:
    """Draw which approved companies headquarters verifies, and which of their answers; return how many.

    Each approved company takes part in one draw, and the journal keeps for each what came out. One whose
    answers were sent back takes part again. Raises NotFound, AccessDenied without PLAN_AUDITS, InvalidValue:
    `share` `range`, `companies` `none`.
    """
    row = tx.session.scalar(
        select(SelfCheckRound).where(
            SelfCheckRound.id == round_id, SelfCheckRound.unit_id.in_(scope(tx, Permission.VIEW_AUDITS))
        )
    )
    if row is None:
        raise NotFound(TABLE)
    require(tx, Permission.PLAN_AUDITS, UnitId(row.unit_id))
    if not 0 < share <= 1:
        raise InvalidValue("share", "range")
    waiting = tx.session.scalars(
        select(SelfCheckRecord).where(
            SelfCheckRecord.round_id == round_id,
            SelfCheckRecord.state == CheckState.APPROVED.value,
            SelfCheckRecord.drawn.is_(False),
            SelfCheckRecord.unit_id.in_(scope(tx, Permission.PLAN_AUDITS)),
        )
    ).all()
    if not waiting:
        raise InvalidValue("companies", "none")
    drawn = set(sampling.companies([Candidate(each.id, each.doubts) for each in waiting], share, row.uid))
    for each in waiting:
        each.drawn = True
        if each.id in drawn:
            answers = of_text(Row(tx, CHECK, each.uid).opened("answers", each.answers_sealed))
            each.sample = ",".join(sampling.questions(answers, each.uid))
    tx.session.flush()
    after = {"share": share, "of": len(waiting), "drawn": [number_of(each) for each in sorted(drawn)]}
    tx.record_all(
        [
            Deed(Action.SELF_CHECK_SAMPLED, TABLE, str(row.id), UnitId(row.unit_id), None, after),
            *(
                Deed(
                    Action.SELF_CHECK_SAMPLED,
                    CHECK,
                    str(each.id),
                    UnitId(each.unit_id),
                    None,
                    {"drawn": each.id in drawn, "questions": each.sample.split(",") if each.sample else []},
                )
                for each in waiting
            ),
        ]
    )
    return len(drawn)


def number_of(check_id: int) -> str:
    """Return how people call a company's self check."""
    return f"G-{check_id:05d}"
