"""An internal rule in each company of the tests, and a call of every service of theirs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from privacy_mark.documents import reading, register
from privacy_mark.documents.register import RuleDraft, RuleId, RuleKind, VersionDraft, VersionId
from registry.model import UnitId, UserId
from registry.store import Tx
from tests.access.rights import ABSENT, DAY

APPROVER = UserId(812)
TEXT = VersionDraft(DAY, "第1条 個人情報を守る。", "新しく定めた")


@dataclass(frozen=True, slots=True)
class Documents:
    """The ids of one company's rows."""

    rule_id: RuleId  # with an approved version
    approved_id: VersionId
    waiting_id: VersionId


NO_DOCUMENTS = Documents(RuleId(ABSENT), VersionId(ABSENT), VersionId(ABSENT))


def rule(unit_id: UnitId, title: str = "個人情報保護規程") -> RuleDraft:
    """Return a valid rule."""
    return RuleDraft(unit_id, RuleKind.RULE, title, "Privacy rule", ("J.4.5.4",))


def fill(tx: Tx, unit_id: UnitId, mark: str) -> Documents:
    """Register two rules, marked: one approved and given out, one that waits."""
    first, second = (register.register(tx, rule(unit_id, f"規程 {mark} {each}")) for each in "12")
    text = replace(TEXT, text=f"本文 {mark}")
    approved, waiting = (register.write(tx, each, text) for each in (first, second))
    other = replace(tx, principal=replace(tx.principal, user_id=APPROVER))
    register.approve(other, approved, expected_version=1)
    reading.distribute(tx, approved, unit_id, due_on=DAY + timedelta(days=900))
    return Documents(first, approved, waiting)


Call = Callable[[Tx, Any, Any], object]

READS: dict[str, Call] = {
    "documents.reading.progress": lambda tx, _, at: reading.progress(tx, at.documents.approved_id),
    "documents.register.rules": lambda tx, _, at: [
        each for each in register.rules(tx) if each.id == at.documents.rule_id
    ],
}


def _distributed(tx: Tx, at: Any) -> bool:
    reading.distribute(tx, at.documents.approved_id, at.site_id, due_on=DAY + timedelta(days=900))
    return True


def _approved(tx: Tx, at: Any) -> bool:
    register.approve(tx, at.documents.waiting_id, expected_version=1)
    return True


WRITES: dict[str, Call] = {
    "documents.reading.distribute": lambda tx, _, at: _distributed(tx, at),
    "documents.register.approve": lambda tx, _, at: _approved(tx, at),
    "documents.register.register": lambda tx, _, at: register.register(tx, rule(at.unit_id)),
    "documents.register.write": lambda tx, _, at: register.write(tx, at.documents.rule_id, TEXT),
}
