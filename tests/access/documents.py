"""Internal rules in each company of the tests, and a call of every service of theirs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from sqlalchemy import update

from privacy_mark.documents import distribution, fact_links, facts, files, register, review, versions
from privacy_mark.documents.facts import FactKind, FactRef
from privacy_mark.documents.model import (
    FactId,
    Outcome,
    RuleDraft,
    RuleId,
    RuleKind,
    VersionDraft,
    VersionId,
)
from privacy_mark.documents.register import Wanted
from privacy_mark.files import FileId
from registry.model import UnitId, UserId
from registry.store import Tx
from registry.store.document_tables import RuleVersionRecord
from tests.access.rights import ABSENT, DAY

APPROVER = UserId(812)
TEXT = VersionDraft(DAY, "第1条 個人情報を守る。\n第2条 苦情には15日以内に答える。", "新しく定めた")
DUE = DAY + timedelta(days=900)


@dataclass(frozen=True, slots=True)
class Documents:
    """The ids of one company's rows."""

    rule_id: RuleId  # with an approved version, which is given out
    approved_id: VersionId
    fact_id: FactId  # stated by it, and not so
    waiting_id: VersionId
    ended_id: RuleId
    entry_number: str
    filed_id: VersionId  # waits, and has a file
    file_id: FileId


NO_DOCUMENTS = Documents(
    RuleId(ABSENT),
    VersionId(ABSENT),
    FactId(ABSENT),
    VersionId(ABSENT),
    RuleId(ABSENT),
    "L-0",
    VersionId(ABSENT),
    FileId(ABSENT),
)


def rule(unit_id: UnitId, title: str = "個人情報保護規程") -> RuleDraft:
    """Return a valid rule."""
    return RuleDraft(unit_id, RuleKind.RULE, title, "Privacy rule", ("J.4.5.4",))


def fill(tx: Tx, unit_id: UnitId, entry_number: str, mark: str) -> Documents:
    """Register three rules, marked: one approved and given out, one that waits, one abolished."""
    first, second, ended, filed = (
        register.register(tx, rule(unit_id, f"規程 {mark} {each}")) for each in "1234"
    )
    text = replace(TEXT, text=f"{TEXT.text} {mark}")
    approved, waiting = (versions.write(tx, each, text) for each in (first, second))
    fact = fact_links.state(tx, approved, FactRef(FactKind.ANSWER_DAYS, unit_id), "15")
    other = replace(tx, principal=replace(tx.principal, user_id=APPROVER))
    versions.approve(other, approved, expected_version=1)
    distribution.distribute(tx, approved, unit_id, due_on=DUE)
    register.end(tx, ended, expected_version=1)
    written = versions.write(tx, filed, text)
    file = files.add(tx, written, f"規程 {mark}.txt", f"写し {mark}".encode())
    return Documents(first, approved, fact, waiting, ended, entry_number, written, file.id)


Call = Callable[[Tx, Any, Any], object]

READS: dict[str, Call] = {
    "documents.fact_links.facts": lambda tx, _, at: fact_links.facts(tx, at.documents.approved_id),
    "documents.facts.entry_id_of": lambda tx, _, at: facts.entry_id_of(tx, at.documents.entry_number),
    "documents.register.rule": lambda tx, _, at: register.rule(tx, at.documents.rule_id),
    "documents.register.rules": lambda tx, _, at: register.rules(tx, Wanted(at.unit_id))[0],
    "documents.register.standing": lambda tx, _, at: register.standing(tx, at.unit_id),
    "documents.versions.text_of": lambda tx, _, at: versions.text_of(tx, at.documents.approved_id),
}


def _done(_: object) -> bool:
    return True


def _own(tx: Tx, version_id: VersionId) -> None:
    """Let the person asking be who wrote a version: only the author corrects it and changes its files."""
    own = update(RuleVersionRecord).where(RuleVersionRecord.id == version_id)
    tx.session.execute(own.values(author_id=tx.principal.user_id))


def _corrected(tx: Tx, at: Any) -> bool:
    _own(tx, at.documents.waiting_id)
    versions.correct(tx, at.documents.waiting_id, TEXT, expected_version=1)
    return True


def _filed(tx: Tx, at: Any) -> object:
    _own(tx, at.documents.waiting_id)
    return files.add(tx, at.documents.waiting_id, "規程.txt", b"x")


def _unfiled(tx: Tx, at: Any) -> bool:
    _own(tx, at.documents.filed_id)
    files.remove(tx, at.documents.file_id, expected_version=1, reason="誤り")
    return True


WRITES: dict[str, Call] = {
    "documents.files.add": lambda tx, _, at: _filed(tx, at),
    "documents.files.remove": lambda tx, _, at: _unfiled(tx, at),
    "documents.distribution.distribute": lambda tx, _, at: _done(
        distribution.distribute(tx, at.documents.approved_id, at.site_id, due_on=DUE)
    ),
    "documents.distribution.take_back": lambda tx, _, at: _done(
        distribution.take_back(tx, at.documents.approved_id, at.unit_id)
    ),
    "documents.fact_links.remove": lambda tx, _, at: _done(
        fact_links.remove(tx, at.documents.fact_id, expected_version=1)
    ),
    "documents.fact_links.restate": lambda tx, _, at: _done(
        fact_links.restate(tx, at.documents.fact_id, "10", expected_version=1)
    ),
    "documents.fact_links.state": lambda tx, _, at: fact_links.state(
        tx, at.documents.approved_id, FactRef(FactKind.RIGHTS_LIMIT, detail="EU"), "1 months"
    ),
    "documents.register.change": lambda tx, _, at: _done(
        register.change(tx, at.documents.rule_id, rule(at.unit_id), expected_version=2)
    ),
    "documents.register.end": lambda tx, _, at: _done(
        register.end(tx, at.documents.rule_id, expected_version=2)
    ),
    "documents.register.register": lambda tx, _, at: register.register(tx, rule(at.unit_id)),
    "documents.register.reinstate": lambda tx, _, at: _done(
        register.reinstate(tx, at.documents.ended_id, expected_version=2)
    ),
    "documents.review.review": lambda tx, _, at: _done(
        review.review(tx, at.documents.rule_id, Outcome.KEPT, "変更なし", expected_version=2)
    ),
    "documents.versions.approve": lambda tx, _, at: _done(
        versions.approve(tx, at.documents.waiting_id, expected_version=1)
    ),
    "documents.versions.correct": lambda tx, _, at: _corrected(tx, at),
    "documents.versions.send_back": lambda tx, _, at: _done(
        versions.send_back(tx, at.documents.waiting_id, note="窓口の名を直す", expected_version=1)
    ),
    "documents.versions.withdraw": lambda tx, _, at: _done(
        versions.withdraw(tx, at.documents.waiting_id, expected_version=1)
    ),
    "documents.versions.write": lambda tx, _, at: versions.write(tx, at.documents.rule_id, TEXT),
}
