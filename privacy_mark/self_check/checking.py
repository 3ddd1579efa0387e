"""One company's self check: answered and approved there, verified where drawn, confirmed by headquarters."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from sqlalchemy import select

from privacy_mark.actions.model import Nonconformity, Source
from privacy_mark.actions.rows import made
from privacy_mark.self_check import history
from privacy_mark.self_check.answers import Answer, Doubt, accepted, counts, doubts, of_text, to_text
from privacy_mark.self_check.questions import SelfCheck, self_check
from privacy_mark.self_check.rounds import CHECK, UNANSWERED, CheckId, CheckState, number_of
from registry.access import require, scope, today_in_japan
from registry.errors import AccessDenied, Conflict, InvalidValue, NotFound
from registry.journal import Action, newest_of
from registry.model import Permission, UnitId, UserId
from registry.sealing import Row, checked
from registry.store import Tx
from registry.store.self_check_tables import SelfCheckRecord, SelfCheckRound

LONGEST_NOTE = 1_000


@dataclass(frozen=True, slots=True)
class Verified:
    """What headquarters saw of one answer."""

    question_id: str
    agrees: bool
    seen: str = field(repr=False)  # which proof was looked at, or what was found instead


@dataclass(frozen=True, slots=True)
class Check:
    """One company's self check with everything that is known of it."""

    id: CheckId
    number: str
    unit_id: UnitId
    year: int
    due_on: date
    form: SelfCheck = field(repr=False)  # what its round asks
    state: CheckState
    answers: tuple[Answer, ...] = field(repr=False)
    before: tuple[Answer, ...] = field(repr=False)  # those of the year before; empty: there were none
    doubts: tuple[Doubt, ...]
    drawn: bool  # a draw of the sample covered it
    sample: tuple[str, ...]
    verified: Mapping[str, Verified]
    note: str = field(repr=False)
    answerer_id: UserId | None
    answerer: str
    answered_at: datetime | None
    approver_id: UserId | None
    approver: str
    approved_at: datetime | None
    verifier: str
    confirmed_at: datetime | None
    version: int


def check(tx: Tx, check_id: CheckId) -> Check:
    """Return one company's self check; raises NotFound where one may not see audits."""
    return _check(tx, *_row(tx, check_id))


def answer(tx: Tx, check_id: CheckId, answers: Sequence[Answer], *, expected_version: int) -> Check:
    """Answer for a company.

    Raises NotFound, AccessDenied without ANSWER_CONFIRMATIONS, Conflict, InvalidValue: `state` `approved`,
    and what `answers.accepted` refuses.
    """
    row, round_ = _held(tx, check_id, Permission.ANSWER_CONFIRMATIONS, expected_version)
    if row.state in (CheckState.APPROVED.value, CheckState.CONFIRMED.value):
        raise InvalidValue("state", "approved")
    earlier = history.told(tx, row)
    of, today = self_check().of(round_.set_version), today_in_japan(tx.now)
    given = accepted(of, answers, today)
    found = doubts(of, given, _before(tx, row), today)
    sealed = Row(tx, CHECK, row.uid).sealed({"answers": to_text(given), "answerer": tx.principal.name})
    row.answers_sealed, row.answerer_sealed = sealed["answers_sealed"], sealed["answerer_sealed"]
    row.answerer_id, row.answered_at = tx.principal.user_id, tx.now
    row.state, row.note_sealed = CheckState.ANSWERED.value, None
    row.levels_json = json.dumps({level.value: count for level, count in counts(given).items()})
    row.doubts = len(found)
    return _saved(tx, row, round_, Action.SELF_CHECK_ANSWERED, earlier)


def approve(tx: Tx, check_id: CheckId, *, expected_version: int) -> Check:
    """Approve the answers of another person for the company.

    Raises NotFound, AccessDenied without MANAGE_CONFIRMATIONS by a role in the company itself: nobody of the
    units above can say what a company answers for; Conflict, InvalidValue: `state` `not_answered`, `approver`
    `own_answer`.
    """
    row, round_ = _held(tx, check_id, Permission.MANAGE_CONFIRMATIONS, expected_version)
    _require_own(tx, row)
    if row.state != CheckState.ANSWERED.value:
        raise InvalidValue("state", "not_answered")
    if row.answerer_id == tx.principal.user_id:
        raise InvalidValue("approver", "own_answer")
    earlier = history.told(tx, row)
    row.approver_id, row.approved_at = tx.principal.user_id, tx.now
    row.approver_sealed = Row(tx, CHECK, row.uid).sealed({"approver": tx.principal.name})["approver_sealed"]
    row.state = CheckState.APPROVED.value
    return _saved(tx, row, round_, Action.SELF_CHECK_APPROVED, earlier)


def send_back(tx: Tx, check_id: CheckId, *, note: str, expected_version: int) -> Check:
    """Send answers back, by the company's approver or, once approved, by headquarters.

    Raises NotFound, AccessDenied without MANAGE_CONFIRMATIONS by a role in the company itself and, once
    approved, without CONDUCT_AUDITS, Conflict, InvalidValue: `state` `not_answered`, `note` `required`.
    """
    row, round_ = _row(tx, check_id)
    approved = row.state == CheckState.APPROVED.value
    permission = Permission.CONDUCT_AUDITS if approved else Permission.MANAGE_CONFIRMATIONS
    row, round_ = _held(tx, check_id, permission, expected_version)
    if approved:
        require(tx, permission, UnitId(row.unit_id), UnitId(round_.unit_id))
    else:
        _require_own(tx, row)
    if row.state not in (CheckState.ANSWERED.value, CheckState.APPROVED.value):
        raise InvalidValue("state", "not_answered")
    text = checked({"note": note}, "note", longest=LONGEST_NOTE)["note"]
    earlier = history.told(tx, row)
    row.state = CheckState.RETURNED.value
    row.note_sealed = Row(tx, CHECK, row.uid).sealed({"note": text})["note_sealed"]
    row.approver_id, row.approver_sealed, row.approved_at = None, None, None
    row.drawn, row.sample, row.verified_sealed = False, "", None
    return _saved(tx, row, round_, Action.SELF_CHECK_RETURNED, earlier)


def confirm(tx: Tx, check_id: CheckId, verified: Sequence[Verified], *, expected_version: int) -> Check:
    """Confirm a company's results once a sample was drawn; of a drawn company every drawn answer is verified.

    Each answer that the evidence does not bear out becomes a corrective action 是正処置 of the company.

    Raises NotFound, AccessDenied without CONDUCT_AUDITS in the company and in the unit that asked: no company
    verifies itself; Conflict, InvalidValue: `state` `not_approved`, `not_drawn` while no draw covered the
    company, `verifier` `same_person` for who answered or approved, the question: `required`, `unknown`,
    `note_required`.
    """
    row, round_ = _held(tx, check_id, Permission.CONDUCT_AUDITS, expected_version)
    require(tx, Permission.CONDUCT_AUDITS, UnitId(row.unit_id), UnitId(round_.unit_id))
    if row.state != CheckState.APPROVED.value:
        raise InvalidValue("state", "not_approved")
    if not row.drawn:
        raise InvalidValue("state", "not_drawn")
    if tx.principal.user_id in (row.answerer_id, row.approver_id):
        raise InvalidValue("verifier", "same_person")
    earlier = history.told(tx, row)
    looked = _looked(row.sample.split(",") if row.sample else [], verified)
    texts = Row(tx, CHECK, row.uid).sealed({"verified": looked, "verifier": tx.principal.name})
    row.verified_sealed, row.verifier_sealed = texts["verified_sealed"], texts["verifier_sealed"]
    row.verifier_id, row.confirmed_at = tx.principal.user_id, tx.now
    row.state = CheckState.CONFIRMED.value
    _follow(tx, row, [each for each in verified if not each.agrees])
    return _saved(tx, row, round_, Action.SELF_CHECK_CONFIRMED, earlier)


def _follow(tx: Tx, row: SelfCheckRecord, wrong: Sequence[Verified]) -> None:
    form = self_check()
    for each in wrong:
        control = f"{form.control_set} A.{form.questions[each.question_id].controls[0]}"
        reference = f"{number_of(row.id)}/{each.question_id}"
        made(Nonconformity(UnitId(row.unit_id), Source.SELF_CHECK, reference, control, each.seen), tx)


def _looked(sample: Sequence[str], verified: Sequence[Verified]) -> str:
    given = {each.question_id: each for each in verified}
    for name in given:
        if name not in sample:
            raise InvalidValue(name, "unknown")
    told = []
    for name in sample:
        each = given.get(name)
        if each is None:
            raise InvalidValue(name, "required")
        seen = each.seen.strip()
        if not seen or len(seen) > LONGEST_NOTE:
            raise InvalidValue(name, "note_required" if not seen else "too_long")
        told.append({"question": name, "agrees": each.agrees, "seen": seen})
    return json.dumps(told, ensure_ascii=False)


def _saved(
    tx: Tx, row: SelfCheckRecord, round_: SelfCheckRound, action: Action, earlier: Mapping[str, object]
) -> Check:
    history.record(tx, row, action, earlier)
    return _check(tx, row, round_)


def _row(tx: Tx, check_id: CheckId) -> tuple[SelfCheckRecord, SelfCheckRound]:
    found = tx.session.execute(
        select(SelfCheckRecord, SelfCheckRound)
        .join(SelfCheckRound, SelfCheckRound.id == SelfCheckRecord.round_id)
        .where(SelfCheckRecord.id == check_id, SelfCheckRecord.unit_id.in_(scope(tx, Permission.VIEW_AUDITS)))
    ).one_or_none()
    if found is None:
        raise NotFound(CHECK)
    return found[0], found[1]


def _held(
    tx: Tx, check_id: CheckId, permission: Permission, expected_version: int
) -> tuple[SelfCheckRecord, SelfCheckRound]:
    row, round_ = _row(tx, check_id)
    require(tx, permission, UnitId(row.unit_id))
    if row.version != expected_version:
        if row.state == CheckState.OPEN.value:
            raise Conflict("", round_.opened_at, (), version=row.version)
        newest = newest_of(tx, CHECK, row.id)
        raise Conflict(newest.actor, newest.at, (), version=row.version)
    return row, round_


def _require_own(tx: Tx, row: SelfCheckRecord) -> None:
    """Raise AccessDenied unless the person asking stands for the company by a role in it."""
    if UnitId(row.unit_id) not in own_units(tx):
        raise AccessDenied(Permission.MANAGE_CONFIRMATIONS)


def own_units(tx: Tx) -> frozenset[UnitId]:
    """Return the units in which the person asking holds MANAGE_CONFIRMATIONS by a role of that very unit."""
    return frozenset(tx.principal.units_with(Permission.MANAGE_CONFIRMATIONS))


def _before(tx: Tx, row: SelfCheckRecord) -> tuple[Answer, ...]:
    earlier = tx.session.scalar(
        select(SelfCheckRecord)
        .where(
            SelfCheckRecord.unit_id == row.unit_id,
            SelfCheckRecord.year < row.year,
            SelfCheckRecord.state.not_in([state.value for state in UNANSWERED]),
        )
        .order_by(SelfCheckRecord.year.desc())
        .limit(1)
    )
    if earlier is None:
        return ()
    return of_text(Row(tx, CHECK, earlier.uid).opened("answers", earlier.answers_sealed))


def _check(tx: Tx, row: SelfCheckRecord, round_: SelfCheckRound) -> Check:
    sealed, before = Row(tx, CHECK, row.uid), _before(tx, row)
    answers = of_text(sealed.opened("answers", row.answers_sealed))
    looked = sealed.opened("verified", row.verified_sealed)
    form = self_check().of(round_.set_version)
    return Check(
        id=CheckId(row.id),
        number=number_of(row.id),
        unit_id=UnitId(row.unit_id),
        year=row.year,
        due_on=round_.due_on,
        form=form,
        state=CheckState(row.state),
        answers=answers,
        before=before,
        doubts=tuple(doubts(form, answers, before, today_in_japan(tx.now))),
        drawn=row.drawn,
        sample=tuple(row.sample.split(",")) if row.sample else (),
        verified={
            each["question"]: Verified(each["question"], each["agrees"], each["seen"])
            for each in (json.loads(looked) if looked else [])
        },
        note=sealed.opened("note", row.note_sealed),
        answerer_id=None if row.answerer_id is None else UserId(row.answerer_id),
        answerer=sealed.opened("answerer", row.answerer_sealed),
        answered_at=row.answered_at,
        approver_id=None if row.approver_id is None else UserId(row.approver_id),
        approver=sealed.opened("approver", row.approver_sealed),
        approved_at=row.approved_at,
        verifier=sealed.opened("verifier", row.verifier_sealed),
        confirmed_at=row.confirmed_at,
        version=row.version,
    )
