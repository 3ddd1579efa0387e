"""One row of everything about certificates in each company of the tests, and a call of every service."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from privacy_mark.certificates import (
    accidents,
    agenda,
    due,
    register,
    rounds,
    year_overview,
    year_revisions,
    years,
)
from privacy_mark.certificates.marks import Mark
from privacy_mark.certificates.model import (
    AccidentId,
    CertificateId,
    RoundId,
    RoundState,
    Scale,
    State,
    Term,
)
from privacy_mark.certificates.steps import Step
from privacy_mark.certificates.year_model import (
    ItemId,
    ObjectiveId,
    Outcome,
    Revision,
    RevisionId,
    Year,
    YearId,
)
from privacy_mark.certificates.years import Aim, Change
from registry.errors import InvalidValue
from registry.model import UnitId, UserId
from registry.store import Tx
from tests.access.bases import APPROVER, RECORDER

DAY = date(2026, 4, 1)
ABSENT = 987_654
SCALE = Scale("services", 10_000_000, 80)


@dataclass(frozen=True, slots=True)
class Certificates:
    """The ids of one company's rows."""

    certificate_id: CertificateId  # held, without an application
    applied_id: CertificateId  # held, with one that was handed in
    round_id: RoundId
    accident_id: AccidentId
    draft_id: YearId
    draft_item_id: ItemId
    submitted_id: YearId
    approved_id: YearId
    objective_id: ObjectiveId
    item_id: ItemId  # of the approved year


NO_CERTIFICATES = Certificates(
    CertificateId(ABSENT),
    CertificateId(ABSENT),
    RoundId(ABSENT),
    AccidentId(ABSENT),
    YearId(ABSENT),
    ItemId(ABSENT),
    YearId(ABSENT),
    YearId(ABSENT),
    ObjectiveId(ABSENT),
    ItemId(ABSENT),
)


def term(number: int, until: date = date(2026, 9, 30), count: int = 7) -> Term:
    """Return a term of two years that ends on a day."""
    return Term(Mark(f"{number:08d}", count), until.replace(year=until.year - 2), until)


def fill(tx: Tx, unit_id: UnitId) -> Certificates:
    """Put one row of everything into a company."""
    held = register.register(tx, unit_id, "jipdec", scale=SCALE, term=term(10_000_000 + unit_id))
    applied = register.register(tx, unit_id, "jisa", scale=SCALE, term=term(20_000_000 + unit_id))
    begun = rounds.start(tx, applied.id, apply_on=DAY)
    begun = rounds.set_steps(tx, begun.id, {Step.APPLICATION: (DAY, DAY)}, expected_version=begun.version)
    told = accidents.add(tx, held.id, kind="leak", discovered_on=DAY, triggers=["many"])
    draft = years.plan(tx, unit_id, starts_on=date(2028, 1, 1))
    waiting = submitted(tx, unit_id, date(2027, 1, 1))
    running = submitted(tx, unit_id, date(2026, 1, 1))
    running = years.approve(replace(tx, principal=APPROVER), running.id, expected_version=running.version)
    return Certificates(
        held.id,
        applied.id,
        begun.id,
        told.id,
        draft.id,
        draft.items[0].id,
        waiting.id,
        running.id,
        running.objectives[0].id,
        running.items[0].id,
    )


def submitted(tx: Tx, unit_id: UnitId, starts_on: date) -> Year:
    """Return a year that waits for approval."""
    made = years.plan(tx, unit_id, starts_on=starts_on)
    made = years.set_objectives(tx, made.id, [Aim("誤送信を減らす", "件数")], expected_version=made.version)
    return years.submit(tx, made.id, expected_version=made.version)


Call = Callable[[Tx, Any, Any], object]

READS: dict[str, Call] = {
    "certificates.accidents.accidents": lambda tx, _, at: accidents.accidents(
        tx, at.certificates.certificate_id
    ),
    "certificates.agenda.agenda": lambda tx, _, at: agenda.agenda(tx, DAY, unit_id=at.unit_id),
    "certificates.due.due": lambda tx, _, at: [
        each
        for each in due.due(tx, DAY)
        if each.unit_id == at.unit_id and each.kind != year_overview.APPROVE  # whose is another permission
    ],
    "certificates.register.certificate": lambda tx, _, at: register.certificate(
        tx, at.certificates.certificate_id
    ),
    "certificates.register.certificates": lambda tx, _, at: register.certificates(tx, unit_id=at.unit_id),
    "certificates.year_overview.due": lambda tx, _, at: [
        each
        for each in year_overview.due(tx, DAY)
        if each.unit_id == at.unit_id and each.kind == year_overview.ITEM
    ],
    "certificates.year_overview.overview": lambda tx, _, at: (
        year_overview.overview(tx, DAY, unit_id=at.unit_id).years
    ),
    "certificates.year_revisions.revisions": lambda tx, _, at: (
        year_revisions.revisions(tx, at.certificates.approved_id) or True
    ),
    "certificates.years.year": lambda tx, _, at: years.year(tx, at.certificates.approved_id),
    "certificates.rounds.rounds": lambda tx, _, at: rounds.rounds(tx, at.certificates.applied_id),
}

WRITES: dict[str, Call] = {
    "certificates.year_revisions.approve": lambda tx, _, at: year_revisions.approve(
        tx, _asked(tx, at.certificates), expected_version=1
    ),
    "certificates.year_revisions.propose": lambda tx, _, at: _propose(tx, at.certificates),
    "certificates.year_revisions.send_back": lambda tx, _, at: year_revisions.send_back(
        tx, _asked(tx, at.certificates), note="期限", expected_version=1
    ),
    "certificates.year_revisions.withdraw": lambda tx, _, at: (
        True,
        year_revisions.withdraw(tx, _asked(tx, at.certificates, tx.principal.user_id), expected_version=1),
    ),
    "certificates.years.add_item": lambda tx, _, at: years.add_item(
        tx,
        at.certificates.draft_id,
        title="防災訓練",
        owner="",
        due_on=date(2028, 9, 1),
        expected_version=1,
    ),
    "certificates.years.approve": lambda tx, _, at: years.approve(
        tx, at.certificates.submitted_id, expected_version=3
    ),
    "certificates.years.change_items": lambda tx, _, at: years.change_items(
        tx,
        at.certificates.draft_id,
        {at.certificates.draft_item_id: Change(date(2028, 9, 1), "総務部")},
        expected_version=1,
    ),
    "certificates.years.close": lambda tx, _, at: (True, _close(tx, at.certificates.approved_id)),
    "certificates.years.finish_item": lambda tx, _, at: years.finish_item(
        tx,
        at.certificates.approved_id,
        at.certificates.item_id,
        on=DAY,
        record="議事録",
        expected_version=4,
    ),
    "certificates.years.judge_objective": lambda tx, _, at: years.judge_objective(
        tx,
        at.certificates.approved_id,
        at.certificates.objective_id,
        outcome=Outcome.REACHED,
        result="3 件",
        expected_version=4,
    ),
    "certificates.years.leave_item": lambda tx, _, at: years.leave_item(
        tx, at.certificates.approved_id, at.certificates.item_id, reason="該当なし", expected_version=4
    ),
    "certificates.years.plan": lambda tx, _, at: years.plan(tx, at.unit_id, starts_on=date(2030, 1, 1)),
    "certificates.years.send_back": lambda tx, _, at: years.send_back(
        tx, at.certificates.submitted_id, note="期限", expected_version=3
    ),
    "certificates.years.set_objectives": lambda tx, _, at: years.set_objectives(
        tx, at.certificates.draft_id, [Aim("目的", "件数")], expected_version=1
    ),
    "certificates.years.submit": lambda tx, _, at: years.submit(
        tx,
        years.set_objectives(tx, at.certificates.draft_id, [Aim("目的", "件数")], expected_version=1).id,
        expected_version=2,
    ),
    "certificates.accidents.add": lambda tx, _, at: accidents.add(
        tx, at.certificates.certificate_id, kind="loss", discovered_on=DAY
    ),
    "certificates.accidents.change": lambda tx, _, at: accidents.change(
        tx,
        at.certificates.accident_id,
        kind="loss",
        discovered_on=DAY,
        triggers=["improper"],
        expected_version=1,
    ),
    "certificates.accidents.withdraw": lambda tx, _, at: accidents.withdraw(
        tx, at.certificates.accident_id, reason="事実なし", expected_version=1
    ),
    "certificates.accidents.sent": lambda tx, _, at: accidents.sent(
        tx, at.certificates.accident_id, first=DAY, full=None, expected_version=1
    ),
    "certificates.register.change": lambda tx, _, at: register.change(
        tx, at.certificates.certificate_id, body="juas", scale=SCALE, term=term(7), expected_version=1
    ),
    "certificates.register.end": lambda tx, _, at: register.end(
        tx, at.certificates.certificate_id, State.WITHDRAWN, on=DAY, reason="返上", expected_version=1
    ),
    "certificates.register.register": lambda tx, _, at: register.register(
        tx, at.unit_id, "medis", scale=SCALE
    ),
    "certificates.register.set_window": lambda tx, _, at: register.set_window(
        tx,
        at.certificates.certificate_id,
        opens=None,
        closes=date(2026, 6, 8),
        reason="案内",
        expected_version=1,
    ),
    "certificates.rounds.grant": lambda tx, _, at: rounds.grant(
        tx,
        at.certificates.round_id,
        mark=Mark(f"{20_000_000 + at.unit_id:08d}", 8),
        valid_from=date(2026, 10, 1),
        valid_until=date(2028, 9, 30),
        expected_version=2,
    ),
    "certificates.rounds.set_steps": lambda tx, _, at: rounds.set_steps(
        tx, at.certificates.round_id, {Step.ON_SITE: (DAY, None)}, expected_version=2
    ),
    "certificates.rounds.start": lambda tx, _, at: rounds.start(
        tx, at.certificates.certificate_id, apply_on=DAY
    ),
    "certificates.rounds.stop": lambda tx, _, at: rounds.stop(
        tx, at.certificates.round_id, RoundState.WITHDRAWN, reason="取下げ", expected_version=2
    ),
}


def _propose(tx: Tx, of: Certificates) -> Revision:
    """Ask for a change of the approved year."""
    changes = {of.item_id: Change(date(2026, 10, 1), "総務部")}
    return year_revisions.propose(tx, of.approved_id, changes, reason="組織の変更", expected_version=4)


def _asked(tx: Tx, of: Certificates, by: UserId = RECORDER.user_id) -> RevisionId:
    """Return a change that somebody asked for, who may do so everywhere."""
    if of == NO_CERTIFICATES:
        return RevisionId(ABSENT)
    return _propose(replace(tx, principal=replace(RECORDER, user_id=by)), of).id


def _close(tx: Tx, year_id: YearId) -> str:
    """Try to close a year that is not over: who may do so is told that."""
    try:
        years.close(tx, year_id, expected_version=4)
    except InvalidValue as error:
        if (error.column, error.rule) != ("on", "before_end"):
            raise
        return error.rule
    return "closed"


# A step in the company of target A with the id of a part of the target.
FOREIGN: dict[str, Call] = {
    "item of another year": lambda tx, world, at: years.finish_item(
        tx,
        world.targets["A"].certificates.approved_id,
        at.certificates.item_id,
        on=DAY,
        record="議事録",
        expected_version=4,
    ),
    "objective of another year": lambda tx, world, at: years.judge_objective(
        tx,
        world.targets["A"].certificates.approved_id,
        at.certificates.objective_id,
        outcome=Outcome.REACHED,
        result="",
        expected_version=4,
    ),
}
