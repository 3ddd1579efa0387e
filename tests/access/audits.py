"""Audits and corrective actions in each company of the tests, and a call of every service of both."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from privacy_mark.actions import due as actions_due
from privacy_mark.actions import history, listing, origin, recurrence, register, steps
from privacy_mark.actions.listing import Wanted
from privacy_mark.actions.model import ActionId, CauseClass, Effect, Nonconformity, Source
from privacy_mark.audits import appointments, assigning, audits, due, profiles, programmes, results, terms
from privacy_mark.audits.assignment import AuditKind
from privacy_mark.audits.checklist import checklist
from privacy_mark.audits.model import (
    AppointmentId,
    AuditId,
    PaperDraft,
    PaperResult,
    ProfileDraft,
    ProgrammeDraft,
    ProgrammeId,
    ProgrammeScope,
    UnitTerms,
)
from registry import accounts
from registry.journal import Action
from registry.model import Principal, Role, UnitId, UserId
from registry.sealing import Row
from registry.store import Registry, Tx
from registry.store.audit_tables import AuditAppointment, AuditRecord
from registry.store.base import new_uid
from tests.access.bases import APPROVER, RECORDER
from tests.access.rights import ABSENT, DAY

ASKING = UserId(700)  # every persona of the world
FIRST, LAST = date(2026, 4, 1), date(2027, 3, 31)
REVIEWER = UserId(823)  # never who recorded a result


@dataclass(frozen=True, slots=True)
class Audits:
    """The ids of one company's rows, each in the state that some step needs."""

    auditor_id: UserId
    manager_id: UserId  # holds the role, is not appointed
    appointment_id: AppointmentId  # of another
    planned_id: ProgrammeId
    approved_id: ProgrammeId
    assigned_id: ProgrammeId  # its audits: `answered_id` and `audit_id`
    done_id: ProgrammeId
    reported_id: ProgrammeId
    answered_id: AuditId
    audit_id: AuditId
    found_id: ActionId
    analysed_id: ActionId
    measured_id: ActionId
    finished_id: ActionId
    reviewed_id: ActionId


NO_AUDITS = Audits(
    UserId(ABSENT),
    UserId(ABSENT),
    AppointmentId(ABSENT),
    *(ProgrammeId(ABSENT) for _ in range(5)),
    *(AuditId(ABSENT) for _ in range(2)),
    *(ActionId(ABSENT) for _ in range(5)),
)


def draft(unit_id: UnitId, year: int, mark: str = "", **values: Any) -> ProgrammeDraft:
    """Return a plan of a year."""
    told = {"scope": ProgrammeScope.COMPANIES, "first": FIRST, "last": LAST, "aim": f"目的 {mark}"}
    return ProgrammeDraft(unit_id, year=year, **(told | values))


def answer(item: str, mark: str = "", **values: Any) -> PaperDraft:
    """Return an answered question."""
    told = {"result": PaperResult.CONFORMING, "fact": f"規程第3条 {mark}", "sampled": f"3 部署 {mark}"}
    return PaperDraft(item, **({"population": 10, "sample": 3} | told | values))


def found(unit_id: UnitId, mark: str = "", **values: Any) -> Nonconformity:
    """Return a nonconformity."""
    told = {"source": Source.CONFIRMATION, "reference": "", "requirement": "J.9.2"}
    return Nonconformity(unit_id, finding=f"施錠されていない {mark}", **(told | values))


def appointed(tx: Tx, unit_id: UnitId, user_id: UserId) -> None:
    """Make somebody audit manager who has no account in a test."""
    uid = new_uid()
    sealed = Row(tx, appointments.TABLE, uid).sealed({"name": "監査責任者", "appointer": "代表者"})
    row = AuditAppointment(
        uid=uid,
        unit_id=unit_id,
        user_id=user_id,
        valid_from=date(2020, 1, 1),
        appointer_id=902,
        appointed_at=tx.now,
        **sealed,
    )
    tx.session.add(row)
    tx.session.flush()
    tx.record(Action.AUDIT_MANAGER_APPOINTED, appointments.TABLE, row.id, unit_id, None, {"user_id": user_id})


def fill(registry: Registry, unit_id: UnitId, mark: str) -> Audits:
    """Plan, approve, assign, report; find, analyse, correct, review."""
    with registry.write(RECORDER, reason=mark) as tx:
        auditor = accounts.create_account(
            tx, f"auditor-{unit_id}", f"監査員 {mark}", None, "ja", unit_id=unit_id
        )
        profiles.keep(tx, ProfileDraft(unit_id, auditor, 10, evidence=f"研修 {mark}"))
        made = [programmes.plan(tx, draft(unit_id, year, mark)).id for year in range(2026, 2031)]
        decided = accounts.create_account(
            tx, f"manager-{unit_id}", f"監査責任者 {mark}", None, "ja", unit_id=unit_id
        )
        accounts.grant(tx, decided, Role.AUDIT_MANAGER, unit_id)
        second = accounts.create_account(
            tx, f"manager2-{unit_id}", f"監査責任者二 {mark}", None, "ja", unit_id=unit_id
        )
        accounts.grant(tx, second, Role.AUDIT_MANAGER, unit_id)
        appointed(tx, unit_id, RECORDER.user_id)
        appointed(tx, unit_id, ASKING)  # so that the role alone decides
    with registry.write(APPROVER, reason=mark) as tx:
        held = appointments.appoint(tx, unit_id, second, valid_from=FIRST).id
        for each in made[1:]:
            programmes.approve(tx, each, expected_version=1)
    with registry.write(RECORDER, reason=mark) as tx:
        for each in made[2:]:
            assigning.fix(tx, each, expected_version=2)
        of = audits.audits(tx, programme_id=made[2])
        answered = next(each.id for each in of if each.kind is AuditKind.CONFORMITY)
        other = next(each.id for each in of if each.kind is AuditKind.OPERATION)
        for each in (programme for programme in made[3:]):
            for row in audits.audits(tx, programme_id=each):
                done = tx.session.get_one(AuditRecord, row.id)
                done.state, done.done_on = "done", DAY
        tx.session.flush()
        programmes.report(tx, made[4], overall=f"総評 {mark}", expected_version=3)
        actions = [led(tx, unit_id, mark, far) for far in range(5)]
    with registry.write(Principal(auditor, f"監査員 {mark}", ()), reason=mark) as tx:
        for item in checklist(AuditKind.CONFORMITY):
            audits.fill(tx, answered, answer(item.id, mark))
    return Audits(auditor, decided, held, *made, answered, other, *actions)


def led(tx: Tx, unit_id: UnitId, mark: str, far: int) -> ActionId:
    """Return an action after so many steps."""
    reference = f"K-{unit_id:05d}{far or ''}/shredded"
    action = register.raise_action(tx, found(unit_id, mark, reference=reference)).id
    walk: list[Callable[[int], object]] = [
        lambda version: analyse(tx, action, version, mark),
        lambda version: steps.plan(
            tx,
            action,
            measure=f"施錠表 {mark}",
            owner=f"課長 {mark}",
            due_on=LAST,
            expected_version=version,
        ),
        lambda version: finish(tx, action, version, mark),
        lambda version: steps.review(
            replace(tx, principal=replace(tx.principal, user_id=REVIEWER)),
            action,
            Effect.EFFECTIVE,
            note=f"再発なし {mark}",
            expected_version=version,
        ),
    ]
    for number, step in enumerate(walk[:far], 1):
        step(number)
    return action


def analyse(tx: Tx, action: ActionId, version: int, mark: str = "") -> object:
    """Write fact and cause."""
    return steps.analyse(
        tx,
        action,
        fact=f"鍵が見当たらない {mark}",
        cause_class=CauseClass.CARELESSNESS,
        cause=f"確認の漏れ {mark}",
        expected_version=version,
    )


def finish(tx: Tx, action: ActionId, version: int, mark: str = "") -> object:
    """Write the result."""
    return steps.finish(
        tx, action, result=f"毎日記録 {mark}", on=DAY, review_by=LAST, expected_version=version
    )


Call = Callable[[Tx, Any, Any], object]

READS: dict[str, Call] = {
    "audits.appointments.appointable": lambda tx, _, at: appointments.appointable(tx, at.unit_id),
    "audits.appointments.appointments": lambda tx, _, at: appointments.appointments(tx, at.unit_id),
    "audits.appointments.managers": lambda tx, _, at: appointments.managers(tx, at.unit_id),
    "audits.assigning.gaps": lambda tx, _, at: assigning.gaps(tx, at.audits.assigned_id),
    "audits.terms.terms": lambda tx, _, at: terms.terms(tx, at.unit_id) is not None,
    "actions.due.due": lambda tx, _, at: [
        each
        for each in actions_due.due(tx, DAY)
        if each.unit_id == at.unit_id and each.kind != "actions.approval"
    ],
    "actions.register.action": lambda tx, _, at: register.action(tx, at.audits.found_id),
    "actions.register.actions": lambda tx, _, at: register.actions(tx, unit_id=at.unit_id),
    "actions.history.history": lambda tx, _, at: history.history(tx, at.audits.reviewed_id),
    "actions.listing.found_in": lambda tx, _, at: listing.found_in(tx, [f"K-{at.unit_id:05d}"]),
    "actions.listing.listed": lambda tx, _, at: listing.listed(tx, Wanted(at.unit_id))[0],
    "actions.listing.numbered": lambda tx, _, at: listing.numbered(tx, [f"CA-{at.audits.found_id:04d}"]),
    "actions.listing.standing": lambda tx, _, at: listing.standing(tx, at.unit_id),
    "actions.origin.origin": lambda tx, _, at: origin.origin(tx, register.action(tx, at.audits.found_id)),
    "actions.recurrence.earlier": lambda tx, _, at: recurrence.earlier(tx, at.audits.reviewed_id),
    "audits.assigning.propose": lambda tx, _, at: assigning.propose(tx, at.audits.approved_id),
    "audits.assigning.suited": lambda tx, _, at: assigning.suited(tx, at.audits.audit_id),
    "audits.audits.audit": lambda tx, _, at: audits.audit(tx, at.audits.audit_id),
    "audits.audits.audits": lambda tx, _, at: audits.audits(tx, programme_id=at.audits.assigned_id),
    "audits.audits.papers": lambda tx, _, at: audits.papers(tx, at.audits.answered_id),
    "audits.audits.questions": lambda tx, _, at: audits.questions(tx, at.audits.answered_id),
    "audits.due.due": lambda tx, _, at: [
        each for each in due.due(tx, DAY) if each.unit_id == at.unit_id and each.kind == "audits.conduct"
    ],
    "audits.profiles.choosable": lambda tx, _, at: profiles.choosable(tx, at.unit_id),
    "audits.profiles.profiles": lambda tx, _, at: profiles.profiles(tx, at.unit_id),
    "audits.programmes.programme": lambda tx, _, at: programmes.programme(tx, at.audits.planned_id),
    "audits.programmes.programmes": lambda tx, _, at: [
        each for each in programmes.programmes(tx) if each.unit_id == at.unit_id
    ],
    "audits.results.before": lambda tx, _, at: results.before(tx, at.audits.done_id),
    "audits.results.names": lambda tx, _, at: [
        name for unit, name in results.names(tx, "ja").items() if unit == at.unit_id
    ],
    "audits.results.of_audit": lambda tx, _, at: results.of_audit(tx, at.audits.answered_id).counts,
    "audits.results.results": lambda tx, _, at: results.results(tx, at.audits.assigned_id).counts,
}

WRITES: dict[str, Call] = {
    "audits.appointments.appoint": lambda tx, _, at: appointments.appoint(
        tx, at.unit_id, at.audits.manager_id, valid_from=FIRST
    ),
    "audits.appointments.end": lambda tx, _, at: appointments.end(
        tx, at.audits.appointment_id, LAST, expected_version=1
    ),
    "audits.terms.keep": lambda tx, _, at: terms.keep(tx, UnitTerms(at.unit_id, "kanto")),
    "actions.register.raise_action": lambda tx, _, at: register.raise_action(tx, found(at.unit_id)),
    "actions.steps.analyse": lambda tx, _, at: analyse(tx, at.audits.found_id, 1),
    "actions.steps.approve": lambda tx, _, at: steps.approve(tx, at.audits.reviewed_id, expected_version=5),
    "actions.steps.finish": lambda tx, _, at: finish(tx, at.audits.measured_id, 3),
    "actions.steps.plan": lambda tx, _, at: steps.plan(
        tx, at.audits.analysed_id, measure="施錠", owner="課長", due_on=LAST, expected_version=2
    ),
    "actions.steps.review": lambda tx, _, at: steps.review(
        tx, at.audits.finished_id, Effect.INEFFECTIVE, note="再発した", expected_version=4
    ),
    "actions.steps.send_back": lambda tx, _, at: steps.send_back(
        tx, at.audits.reviewed_id, note="原因が足りない", expected_version=5
    ),
    "audits.assigning.change": lambda tx, _, at: assigning.change(
        tx, at.audits.audit_id, at.audits.auditor_id, expected_version=1
    ),
    "audits.assigning.fix": lambda tx, _, at: assigning.fix(tx, at.audits.approved_id, expected_version=2),
    "audits.assigning.schedule": lambda tx, _, at: assigning.schedule(
        tx, at.audits.audit_id, LAST, expected_version=1
    ),
    "audits.profiles.keep": lambda tx, _, at: profiles.keep(
        tx, ProfileDraft(at.unit_id, at.audits.auditor_id, 3, evidence="研修"), expected_version=1
    ),
    "audits.programmes.approve": lambda tx, _, at: programmes.approve(
        tx, at.audits.planned_id, expected_version=1
    ),
    "audits.programmes.plan": lambda tx, _, at: programmes.plan(tx, draft(at.unit_id, 2040)),
    "audits.programmes.receive": lambda tx, _, at: programmes.receive(
        tx, at.audits.reported_id, expected_version=4
    ),
    "audits.programmes.report": lambda tx, _, at: programmes.report(
        tx, at.audits.done_id, overall="良好", expected_version=3
    ),
}
