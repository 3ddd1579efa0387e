"""What stands in a self check at one moment, for the journal: an answer given anew leaves the earlier one."""

from __future__ import annotations

import json
from collections.abc import Mapping

from privacy_mark.journalling import differing
from privacy_mark.self_check.answers import Answer, of_text
from privacy_mark.self_check.rounds import CHECK
from registry.journal import Action
from registry.model import UnitId
from registry.sealing import Row
from registry.store import Tx
from registry.store.self_check_tables import SelfCheckRecord

_NAMES = ("note", "answerer", "approver", "verifier")


def told(tx: Tx, row: SelfCheckRecord) -> dict[str, object]:
    """Return what a self check says, each question by itself; the caller has checked who asks."""
    sealed = Row(tx, CHECK, row.uid)
    looked = sealed.opened("verified", row.verified_sealed)
    return {
        "state": row.state,
        "questions": row.sample.split(",") if row.sample else [],
        **{name: sealed.opened(name, getattr(row, f"{name}_sealed")) for name in _NAMES},
        **{each.question_id: _said(each) for each in of_text(sealed.opened("answers", row.answers_sealed))},
        **{f"{each['question']}.verified": _seen(each) for each in (json.loads(looked) if looked else [])},
    }


def record(tx: Tx, row: SelfCheckRecord, action: Action, before: Mapping[str, object]) -> None:
    """Write to the journal what was done, and what stood there before as far as it differs."""
    tx.session.flush()
    was, now = differing(before, told(tx, row))
    always = {"year": row.year, "levels": row.levels_json, "doubts": row.doubts}
    tx.record(action, CHECK, row.id, UnitId(row.unit_id), was, always | now)


def _said(of: Answer) -> str:
    day = "" if of.planned_on is None else of.planned_on.isoformat()
    return " / ".join(part for part in (of.level.value, day, of.evidence, of.note) if part)


def _seen(of: Mapping[str, object]) -> str:
    return f"{'agrees' if of['agrees'] else 'differs'} / {of['seen']}"
