"""Change reports in each company of the tests, and a call of every service of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from privacy_mark.certificates.model import CertificateId
from privacy_mark.changes import handling, register
from privacy_mark.changes.catalogue import Kind, Outcome
from privacy_mark.changes.model import Change, ChangeDraft, ChangeId, TaskId, TaskState
from registry.store import Tx
from tests.access.bases import APPROVER
from tests.access.rights import ABSENT, DAY


@dataclass(frozen=True, slots=True)
class Changes:
    """The ids of one company's rows."""

    certificate_id: CertificateId
    merger_id: ChangeId  # not answered
    task_id: TaskId  # of the merger, open
    done_id: TaskId  # of the merger, done
    ready_id: ChangeId  # nothing is left to do
    submitted_id: ChangeId  # by somebody else


NO_CHANGES = Changes(
    CertificateId(ABSENT),
    ChangeId(ABSENT),
    TaskId(ABSENT),
    TaskId(ABSENT),
    ChangeId(ABSENT),
    ChangeId(ABSENT),
)


def draft(mark: str = "", **values: Any) -> ChangeDraft:
    """Return a change."""
    told: dict[str, Any] = {
        "kind": Kind.ADDRESS,
        "changed_on": DAY,
        "before": f"千代田区 {mark}",
        "after": f"港区 {mark}",
    }
    return ChangeDraft(**(told | values))


def finish_all(tx: Tx, of: Change, mark: str = "") -> Change:
    """Do every open task of a report."""
    for task in of.tasks:
        if task.state is TaskState.OPEN:
            of = handling.finish_task(tx, task.id, f"行った {mark}", on=DAY, expected_version=task.version)
    return of


def fill(tx: Tx, certificate_id: CertificateId, mark: str) -> Changes:
    """Enter three changes, marked: a merger to ask about, one that is ready, one that waits for approval."""
    other = replace(tx, principal=APPROVER)
    merger = register.enter(other, certificate_id, draft(mark, kind=Kind.MERGER))
    first, second, *_rest = merger.tasks
    handling.finish_task(other, second.id, f"行った {mark}", on=DAY, expected_version=second.version)
    ready = finish_all(other, register.enter(other, certificate_id, draft(mark)), mark)
    waiting = finish_all(other, register.enter(other, certificate_id, draft(mark)), mark)
    handling.submit(other, waiting.id, expected_version=waiting.version)
    return Changes(certificate_id, merger.id, first.id, second.id, ready.id, waiting.id)


Call = Callable[[Tx, Any, Any], object]

READS: dict[str, Call] = {
    "changes.register.change": lambda tx, _, at: register.change(tx, at.changes.merger_id),
    "changes.register.changes": lambda tx, _, at: register.changes(tx, unit_id=at.unit_id),
}

WRITES: dict[str, Call] = {
    "changes.handling.answer": lambda tx, _, at: handling.answer(
        tx, at.changes.merger_id, Outcome.FILES, "書類で継続", answered_on=DAY, expected_version=1
    ),
    "changes.handling.approve": lambda tx, _, at: handling.approve(
        tx, at.changes.submitted_id, "", expected_version=2
    ),
    "changes.handling.finish_task": lambda tx, _, at: handling.finish_task(
        tx, at.changes.task_id, "聞いた", on=DAY, expected_version=1
    ),
    "changes.handling.plan_task": lambda tx, _, at: handling.plan_task(
        tx, at.changes.task_id, due_on=DAY, owner="総務", expected_version=1
    ),
    "changes.handling.reopen_task": lambda tx, _, at: handling.reopen_task(
        tx, at.changes.done_id, expected_version=2
    ),
    "changes.handling.send_back": lambda tx, _, at: handling.send_back(
        tx, at.changes.submitted_id, "もう一度", expected_version=2
    ),
    "changes.handling.submit": lambda tx, _, at: handling.submit(tx, at.changes.ready_id, expected_version=1),
    "changes.register.correct": lambda tx, _, at: register.correct(
        tx, at.changes.ready_id, draft(), expected_version=1
    ),
    "changes.register.enter": lambda tx, _, at: register.enter(tx, at.changes.certificate_id, draft()),
}
