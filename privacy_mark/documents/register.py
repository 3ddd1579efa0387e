"""The register of internal rules 内部規程: which there are, what holds, and what each of them needs."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select

from privacy_mark.documents.model import (
    OPEN,
    TABLE,
    Outcome,
    Review,
    Rule,
    RuleDraft,
    RuleId,
    RuleKind,
    RuleLine,
    VersionState,
)
from privacy_mark.documents.versions import version_of
from registry.access import require, require_open, scope, today_in_japan
from registry.errors import Conflict, InvalidValue, NotFound
from registry.journal import Action, newest_of
from registry.model import Permission, UnitId
from registry.sealing import Row, checked
from registry.store import Tx
from registry.store.base import new_uid
from registry.store.document_tables import (
    RuleFactRecord,
    RuleRecord,
    RuleReviewRecord,
    RuleVersionRecord,
)
from registry.store.tables import OrgClosure

PAGE = 50
LONGEST_TITLE = 200
_CLAUSE = re.compile(r"J\.\d{1,2}(\.\d{1,2}){0,3}")
_APPROVED = VersionState.APPROVED.value
_OPEN = [state.value for state in OPEN]
NEWEST = (
    select(func.max(RuleVersionRecord.id))
    .where(RuleVersionRecord.state == _APPROVED)
    .group_by(RuleVersionRecord.rule_id)
)
"""The newest approved version of every rule."""
DIFFERING = (
    select(RuleVersionRecord.rule_id)
    .join(RuleFactRecord, RuleFactRecord.version_id == RuleVersionRecord.id)
    .where(RuleFactRecord.changed_on.is_not(None), RuleVersionRecord.id.in_(NEWEST))
)
"""The rules whose newest approved version states what is no longer so."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which rules are wanted; what is not given narrows nothing."""

    unit_id: UnitId | None = None  # with all units below it
    kinds: tuple[RuleKind, ...] = ()
    to_do: bool = False  # those only that wait for approval, revision or review


@dataclass(frozen=True, slots=True)
class Standing:
    """How many rules there are, and how many of them wait for something."""

    rules: int
    in_force: int
    undecided: int  # with a version that waits for approval or was sent back
    to_revise: int  # a stated fact has changed, or a review asked for it
    to_review: int  # past the day of the yearly review


def register(tx: Tx, draft: RuleDraft) -> RuleId:
    """Register a rule.

    Raises AccessDenied without MANAGE_REVIEWS in the unit, InvalidValue: `title_ja` `required`, `title_ja`
    or `title_en` `too_long`, `requirements` `malformed`, `unit_id` `closed`.
    """
    require(tx, Permission.MANAGE_REVIEWS, draft.unit_id)
    require_open(tx, draft.unit_id)
    titles = _titles(draft)
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
    tx.record(Action.RULE_REGISTERED, TABLE, row.id, draft.unit_id, None, _told(titles, row))
    return RuleId(row.id)


def change(tx: Tx, rule_id: RuleId, draft: RuleDraft, *, expected_version: int) -> None:
    """Correct what is registered of a rule; its unit stays.

    Raises NotFound, AccessDenied, Conflict, InvalidValue as `register`, and `state` `ended`.
    """
    row = held(tx, rule_id, Permission.MANAGE_REVIEWS, expected_version)
    if draft.unit_id != row.unit_id:
        raise InvalidValue("unit_id", "fixed")
    titles, sealed = _titles(draft), Row(tx, TABLE, row.uid)
    before = _told({name: sealed.opened(name, getattr(row, f"{name}_sealed")) for name in titles}, row)
    columns = sealed.sealed(titles)
    row.title_ja_sealed, row.title_en_sealed = columns["title_ja_sealed"], columns["title_en_sealed"]
    row.kind, row.requirements = RuleKind(draft.kind).value, ",".join(draft.requirements)
    tx.session.flush()
    tx.record(Action.RULE_CHANGED, TABLE, row.id, UnitId(row.unit_id), before, _told(titles, row))


def end(tx: Tx, rule_id: RuleId, *, expected_version: int) -> None:
    """Abolish a rule 廃止 from today on: it is given to nobody any more, and asks for nothing.

    Raises NotFound, AccessDenied without DECIDE_REVIEWS, Conflict, InvalidValue: `state` `ended`, `number`
    `waiting` while a version is not decided.
    """
    row = held(tx, rule_id, Permission.DECIDE_REVIEWS, expected_version)
    open_ = select(RuleVersionRecord.id).filter_by(rule_id=row.id).where(RuleVersionRecord.state.in_(_OPEN))
    if tx.session.scalar(open_) is not None:
        raise InvalidValue("number", "waiting")
    row.ended_on = today_in_japan(tx.now)
    tx.session.flush()
    tx.record(Action.RULE_ENDED, TABLE, row.id, UnitId(row.unit_id), None, {"ended_on": row.ended_on})


def reinstate(tx: Tx, rule_id: RuleId, *, expected_version: int) -> None:
    """Undo that a rule was abolished.

    Raises NotFound, AccessDenied without DECIDE_REVIEWS, Conflict, InvalidValue: `state` `not_ended`.
    """
    row = held(tx, rule_id, Permission.DECIDE_REVIEWS, expected_version, ended=True)
    if row.ended_on is None:
        raise InvalidValue("state", "not_ended")
    before, row.ended_on = {"ended_on": row.ended_on}, None
    tx.session.flush()
    tx.record(Action.RULE_REINSTATED, TABLE, row.id, UnitId(row.unit_id), before, {"ended_on": None})


def rules(
    tx: Tx, wanted: Wanted | None = None, *, offset: int = 0, limit: int = PAGE
) -> tuple[list[RuleLine], int]:
    """Return a page of the rules that one may see, by unit, and how many there are; no text is opened."""
    wanted = wanted or Wanted()
    today = today_in_japan(tx.now)
    conditions = _seen(tx, wanted.unit_id)
    if wanted.kinds:
        conditions.append(RuleRecord.kind.in_([each.value for each in wanted.kinds]))
    if wanted.to_do:
        conditions += [
            RuleRecord.ended_on.is_(None),
            or_(_undecided(), _to_revise(), RuleRecord.review_due_on <= today),
        ]
    total = tx.session.scalar(select(func.count(RuleRecord.id)).where(*conditions)) or 0
    rows = tx.session.scalars(
        select(RuleRecord)
        .where(*conditions)
        .order_by(RuleRecord.ended_on.is_not(None), RuleRecord.unit_id, RuleRecord.id)
        .offset(offset)
        .limit(limit)
    ).all()
    ids = [row.id for row in rows]
    differing = set(tx.session.scalars(DIFFERING.where(RuleVersionRecord.rule_id.in_(ids))))
    versions = _numbers(tx, ids)
    return [_line(tx, row, versions.get(row.id, ()), row.id in differing, today) for row in rows], total


def standing(tx: Tx, unit_id: UnitId | None = None) -> Standing:
    """Return how many rules of a unit and below, or of all that one may see, wait for what.

    Raises AccessDenied for a unit where one may not see them.
    """
    if unit_id is not None:
        require(tx, Permission.VIEW_REVIEWS, unit_id)
    today = today_in_japan(tx.now)
    seen = [*_seen(tx, unit_id), RuleRecord.ended_on.is_(None)]
    in_force = (
        select(RuleVersionRecord.rule_id)
        .where(RuleVersionRecord.state == _APPROVED, RuleVersionRecord.valid_from <= today)
        .scalar_subquery()
    )
    conditions: tuple[ColumnElement[bool], ...] = (
        RuleRecord.id.is_not(None),
        RuleRecord.id.in_(in_force),
        _undecided(),
        _to_revise(),
        and_(RuleRecord.review_due_on.is_not(None), RuleRecord.review_due_on <= today),
    )
    counts = [
        tx.session.scalar(select(func.count(RuleRecord.id)).where(*seen, condition)) or 0
        for condition in conditions
    ]
    return Standing(*counts)


def rule(tx: Tx, rule_id: RuleId) -> Rule:
    """Return one rule with its versions and reviews, without any text; raises NotFound."""
    row = tx.session.scalar(select(RuleRecord).where(RuleRecord.id == rule_id, *_seen(tx, None)))
    if row is None:
        raise NotFound(TABLE)
    versions = tx.session.scalars(
        select(RuleVersionRecord).filter_by(rule_id=row.id).order_by(RuleVersionRecord.number.desc())
    )
    reviews = tx.session.scalars(
        select(RuleReviewRecord).filter_by(rule_id=row.id).order_by(RuleReviewRecord.id.desc())
    )
    return Rule(
        **_draft(tx, row),
        id=RuleId(row.id),
        versions=tuple(version_of(tx, each) for each in versions),
        reviews=tuple(_review(tx, each) for each in reviews),
        review_due_on=row.review_due_on,
        revise_since=row.revise_since,
        ended_on=row.ended_on,
        version=row.version,
    )


def held(
    tx: Tx, rule_id: RuleId, permission: Permission, expected_version: int, *, ended: bool = False
) -> RuleRecord:
    """Return a rule to be changed; raises NotFound, AccessDenied, Conflict, InvalidValue `state` `ended`."""
    row = tx.session.scalar(select(RuleRecord).where(RuleRecord.id == rule_id, *_seen(tx, None)))
    if row is None:
        raise NotFound(TABLE)
    require(tx, permission, UnitId(row.unit_id))
    if row.version != expected_version:
        newest = newest_of(tx, TABLE, row.id)
        raise Conflict(newest.actor, newest.at, (), version=row.version)
    if row.ended_on is not None and not ended:
        raise InvalidValue("state", "ended")
    return row


def _seen(tx: Tx, unit_id: UnitId | None) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = [RuleRecord.unit_id.in_(scope(tx, Permission.VIEW_REVIEWS))]
    if unit_id is not None:
        below = select(OrgClosure.descendant).where(OrgClosure.ancestor == unit_id)
        found.append(RuleRecord.unit_id.in_(below))
    return found


def _undecided() -> ColumnElement[bool]:
    return RuleRecord.id.in_(select(RuleVersionRecord.rule_id).where(RuleVersionRecord.state.in_(_OPEN)))


def _to_revise() -> ColumnElement[bool]:
    return or_(RuleRecord.revise_since.is_not(None), RuleRecord.id.in_(DIFFERING))


def _titles(draft: RuleDraft) -> dict[str, str]:
    if not all(_CLAUSE.fullmatch(each) for each in draft.requirements):
        raise InvalidValue("requirements", "malformed")
    return checked(
        {"title_ja": draft.title_ja, "title_en": draft.title_en}, "title_ja", longest=LONGEST_TITLE
    )


def _told(titles: Mapping[str, str], row: RuleRecord) -> dict[str, object]:
    return {**titles, "kind": row.kind, "requirements": row.requirements}


_Numbers = Sequence[tuple[int, VersionState, date]]


def _numbers(tx: Tx, ids: Sequence[int]) -> Mapping[int, list[tuple[int, VersionState, date]]]:
    """Return number, state and first day of the versions of some rules, the newest first."""
    found: dict[int, list[tuple[int, VersionState, date]]] = {}
    of = RuleVersionRecord
    rows = select(of.rule_id, of.number, of.state, of.valid_from).where(of.rule_id.in_(ids))
    for rule_id, number, state, valid_from in tx.session.execute(rows.order_by(of.number.desc())):
        found.setdefault(rule_id, []).append((number, VersionState(state), valid_from))
    return found


def _line(tx: Tx, row: RuleRecord, versions: _Numbers, differs: bool, today: date) -> RuleLine:
    ended = row.ended_on is not None
    holds = next(
        (
            (number, since)
            for number, state, since in versions
            if state is VersionState.APPROVED and since <= today and not ended
        ),
        (None, None),
    )
    return RuleLine(
        **_draft(tx, row),
        id=RuleId(row.id),
        in_force=holds[0],
        since=holds[1],
        waiting=next((state for _, state, _ in versions if state in OPEN), None),
        differs=differs,
        revise_since=row.revise_since,
        review_due_on=row.review_due_on,
        ended_on=row.ended_on,
    )


def _draft(tx: Tx, row: RuleRecord) -> dict[str, Any]:
    sealed = Row(tx, TABLE, row.uid)
    return {
        "unit_id": UnitId(row.unit_id),
        "kind": RuleKind(row.kind),
        "title_ja": sealed.opened("title_ja", row.title_ja_sealed),
        "title_en": sealed.opened("title_en", row.title_en_sealed),
        "requirements": tuple(row.requirements.split(",")) if row.requirements else (),
    }


def _review(tx: Tx, row: RuleReviewRecord) -> Review:
    sealed = Row(tx, RuleReviewRecord.__tablename__, row.uid)
    return Review(
        row.reviewed_on,
        Outcome(row.outcome),
        sealed.opened("note", row.note_sealed),
        sealed.opened("reviewer", row.reviewer_sealed),
    )
