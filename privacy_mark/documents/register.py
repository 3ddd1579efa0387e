"""The register of internal rules 内部規程: each with its versions, approved by another person."""

from __future__ import annotations

import enum
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import NewType

from sqlalchemy import select

from registry.access import require, require_open, scope
from registry.errors import Conflict, InvalidValue, NotFound
from registry.journal import Action, newest_of
from registry.model import Permission, UnitId, UserId
from registry.sealing import Row, checked
from registry.store import Tx
from registry.store.base import new_uid
from registry.store.document_tables import RuleRecord, RuleVersionRecord

RuleId = NewType("RuleId", int)
VersionId = NewType("VersionId", int)
TABLE, VERSIONS = RuleRecord.__tablename__, RuleVersionRecord.__tablename__
LONGEST_TEXT = 100_000
_CLAUSE = re.compile(r"J\.\d{1,2}(\.\d{1,2}){0,3}")


class RuleKind(enum.StrEnum):
    """Level of a rule; the ids are public API."""

    POLICY = "policy"  # 個人情報保護方針
    RULE = "rule"  # 規程
    PROCEDURE = "procedure"  # 細則・手順
    FORM = "form"  # 様式


@dataclass(frozen=True, slots=True)
class RuleDraft:
    """A rule as people register it."""

    unit_id: UnitId
    kind: RuleKind
    title_ja: str
    title_en: str
    requirements: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class VersionDraft:
    """One version as people write it: its words, and what changed."""

    valid_from: date
    text: str = field(repr=False)
    change: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class RuleVersion:
    """One version; without an approver it is not in force."""

    id: VersionId
    number: int
    valid_from: date
    text: str = field(repr=False)
    change: str = field(repr=False)
    author_id: UserId
    author: str
    approver: str
    approved_at: datetime | None
    version: int


@dataclass(frozen=True, slots=True)
class Rule(RuleDraft):
    """One rule with its versions, the newest first."""

    id: RuleId
    versions: tuple[RuleVersion, ...]

    def in_force(self, day: date) -> RuleVersion | None:
        """Return the version that holds on a day, None before there is one."""
        return next((each for each in self.versions if each.approved_at and each.valid_from <= day), None)


def register(tx: Tx, draft: RuleDraft) -> RuleId:
    """Register a rule.

    Raises AccessDenied without MANAGE_REVIEWS in the unit, InvalidValue: `title_ja` `required`, `title_ja`
    or `title_en` `too_long`, `requirements` `malformed`, `unit_id` `closed`.
    """
    require(tx, Permission.MANAGE_REVIEWS, draft.unit_id)
    require_open(tx, draft.unit_id)
    titles = checked({"title_ja": draft.title_ja, "title_en": draft.title_en}, "title_ja", longest=200)
    if not all(_CLAUSE.fullmatch(each) for each in draft.requirements):
        raise InvalidValue("requirements", "malformed")
    uid = new_uid()
    row = RuleRecord(
        uid=uid,
        unit_id=draft.unit_id,
        kind=RuleKind(draft.kind).value,
        requirements=",".join(draft.requirements),
        **Row(tx, TABLE, uid).sealed(titles),
    )
    tx.session.add(row)
    tx.session.flush()
    after = titles | {"kind": row.kind, "requirements": row.requirements}
    tx.record(Action.RULE_REGISTERED, TABLE, row.id, draft.unit_id, None, after)
    return RuleId(row.id)


def write(tx: Tx, rule_id: RuleId, draft: VersionDraft) -> VersionId:
    """Write the next version, which waits for another person's approval.

    Raises NotFound, AccessDenied without MANAGE_REVIEWS, InvalidValue: `text` or `change` `required` or
    `too_long`, `number` `waiting` while an earlier version waits.
    """
    rule = _seen(tx, rule_id)
    require(tx, Permission.MANAGE_REVIEWS, UnitId(rule.unit_id))
    text = checked({"text": draft.text}, "text", longest=LONGEST_TEXT)
    texts = text | checked({"change": draft.change}, "change")
    newest = _versions(tx, [rule.id])[:1]
    if newest and newest[0].approved_at is None:
        raise InvalidValue("number", "waiting")
    uid = new_uid()
    row = RuleVersionRecord(
        uid=uid,
        unit_id=rule.unit_id,
        rule_id=rule.id,
        number=newest[0].number + 1 if newest else 1,
        valid_from=draft.valid_from,
        author_id=tx.principal.user_id,
        written_at=tx.now,
        **Row(tx, VERSIONS, uid).sealed(texts | {"author": tx.principal.name}),
    )
    tx.session.add(row)
    tx.session.flush()
    after = {"rule": rule.id, "number": row.number, "valid_from": row.valid_from, "change": texts["change"]}
    tx.record(Action.RULE_WRITTEN, VERSIONS, row.id, UnitId(row.unit_id), None, after)
    return VersionId(row.id)


def approve(tx: Tx, version_id: VersionId, *, expected_version: int) -> None:
    """Approve what another person wrote.

    Raises NotFound, AccessDenied without DECIDE_REVIEWS, which the entity's own top management holds,
    Conflict, InvalidValue: `state` `approved`, `approver` `own_version`.
    """
    row = seen_version(tx, version_id)
    require(tx, Permission.DECIDE_REVIEWS, UnitId(row.unit_id))
    if row.version != expected_version:
        newest = newest_of(tx, VERSIONS, row.id)
        raise Conflict(newest.actor, newest.at, (), version=row.version)
    if row.approved_at is not None:
        raise InvalidValue("state", "approved")
    if row.author_id == tx.principal.user_id:
        raise InvalidValue("approver", "own_version")
    name = Row(tx, VERSIONS, row.uid).sealed({"approver": tx.principal.name})
    row.approver_id, row.approved_at, row.approver_sealed = (
        tx.principal.user_id,
        tx.now,
        name["approver_sealed"],
    )
    tx.session.flush()
    tx.record(Action.RULE_APPROVED, VERSIONS, row.id, UnitId(row.unit_id), None, {"number": row.number})


def rules(tx: Tx) -> list[Rule]:
    """Return the rules that one may see with all their versions, in two questions."""
    rows = tx.session.scalars(
        select(RuleRecord)
        .where(RuleRecord.unit_id.in_(scope(tx, Permission.VIEW_REVIEWS)))
        .order_by(RuleRecord.unit_id, RuleRecord.id)
    ).all()
    versions: dict[int, list[RuleVersion]] = {}
    for each in _versions(tx, [row.id for row in rows]):
        versions.setdefault(each.rule_id, []).append(_version(tx, each))
    return [_rule(tx, row, versions.get(row.id, [])) for row in rows]


def _rule(tx: Tx, row: RuleRecord, versions: Sequence[RuleVersion]) -> Rule:
    sealed = Row(tx, TABLE, row.uid)
    return Rule(
        unit_id=UnitId(row.unit_id),
        kind=RuleKind(row.kind),
        title_ja=sealed.opened("title_ja", row.title_ja_sealed),
        title_en=sealed.opened("title_en", row.title_en_sealed),
        requirements=tuple(row.requirements.split(",")) if row.requirements else (),
        id=RuleId(row.id),
        versions=tuple(versions),
    )


def seen_version(tx: Tx, version_id: VersionId) -> RuleVersionRecord:
    """Return a version of a rule that one may see; raises NotFound."""
    row = tx.session.scalar(
        select(RuleVersionRecord).where(
            RuleVersionRecord.id == version_id,
            RuleVersionRecord.unit_id.in_(scope(tx, Permission.VIEW_REVIEWS)),
        )
    )
    if row is None:
        raise NotFound(VERSIONS)
    return row


def _seen(tx: Tx, rule_id: RuleId) -> RuleRecord:
    row = tx.session.scalar(
        select(RuleRecord).where(
            RuleRecord.id == rule_id, RuleRecord.unit_id.in_(scope(tx, Permission.VIEW_REVIEWS))
        )
    )
    if row is None:
        raise NotFound(TABLE)
    return row


def _versions(tx: Tx, rule_ids: Sequence[int]) -> Sequence[RuleVersionRecord]:
    return tx.session.scalars(
        select(RuleVersionRecord)
        .where(RuleVersionRecord.rule_id.in_(rule_ids))
        .order_by(RuleVersionRecord.number.desc())
    ).all()


def _version(tx: Tx, row: RuleVersionRecord) -> RuleVersion:
    sealed = Row(tx, VERSIONS, row.uid)
    return RuleVersion(
        id=VersionId(row.id),
        number=row.number,
        valid_from=row.valid_from,
        text=sealed.opened("text", row.text_sealed),
        change=sealed.opened("change", row.change_sealed),
        author_id=UserId(row.author_id),
        author=sealed.opened("author", row.author_sealed),
        approver=sealed.opened("approver", row.approver_sealed),
        approved_at=row.approved_at,
        version=row.version,
    )
