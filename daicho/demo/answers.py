"""What the people of the demonstration did about differences: a few cases and disposals in every state."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TypeVar

from daicho.demo.organisation import accounts as sign_ins
from daicho.workspace import Workspace
from registry import accounts, case_assignees, case_drafts, cases, disposals
from registry.access import allowed, today_in_japan
from registry.case_states import TO_DO, Case
from registry.cases import CaseFilter
from registry.disposal_states import Disposal, DisposalMethod
from registry.model import DiscrepancyKind, Permission, Principal, Role
from registry.people import person
from registry.store import Tx

_REASON = "daicho demo"
Made = TypeVar("Made")


@dataclass(frozen=True, slots=True)
class _People:
    """The group's officer, who works on differences, and the administrator, who approves."""

    officer: Principal
    approver: Principal


def a_month_ago(workspace: Workspace) -> None:
    """Answer two differences of the first scan, in ways that the second one refutes.

    One explanation ends before it; one disposal is recorded although the files still lie there.
    """
    people = _people(workspace)
    for case in _open(workspace, people.officer, DiscrepancyKind.COUNT_DRIFT)[:1]:
        _explain(workspace, people, case, "台帳の件数は月末にまとめて見直すため", days=14, approve=True)
    for case in _open(workspace, people.officer, DiscrepancyKind.OVER_RETAINED)[:1]:
        _execute(workspace, people.officer, _dispose(workspace, people, case, approve=True))


def today(workspace: Workspace) -> None:
    """Leave what the second scan found as people work on it: assigned, explained, waiting, ordered."""
    people = _people(workspace)
    unregistered = _open(workspace, people.officer, DiscrepancyKind.UNREGISTERED)
    for case in unregistered[:2]:
        _assign(workspace, people.officer, case)
    for case in unregistered[2:3]:
        note = "検証の終わりまで要る写し。来月に削除する予定"
        _explain(workspace, people, case, note, days=30, approve=False)
    for case in _open(workspace, people.officer, DiscrepancyKind.CATEGORY_DRIFT)[:1]:
        note = "次の台帳の見直しで項目に加える"
        _explain(workspace, people, case, note, days=60, approve=True)
    for number, case in enumerate(_new(_open(workspace, people.officer, DiscrepancyKind.OVER_RETAINED))[:2]):
        _dispose(workspace, people, case, approve=number == 1)


def _people(workspace: Workspace) -> _People:
    logins = {
        role: next(each.login for each in sign_ins() if each.role is role)
        for role in (Role.GROUP_OFFICER, Role.ADMINISTRATOR)
    }
    with workspace.registry.read(workspace.owner()) as tx:
        ids = {role: person(tx, login).user_id for role, login in logins.items()}
    registry = workspace.registry
    return _People(
        accounts.principal_of(registry, ids[Role.GROUP_OFFICER]),
        accounts.principal_of(registry, ids[Role.ADMINISTRATOR]),
    )


def _open(workspace: Workspace, who: Principal, kind: DiscrepancyKind) -> list[Case]:
    """Return the open cases of a kind that somebody may work on."""
    with workspace.registry.read(who) as tx:
        found = cases.cases(tx, CaseFilter(states=TO_DO, kinds=frozenset({kind})), limit=100).rows
        return [case for case in found if allowed(tx, Permission.HANDLE_CASES, case.unit_id)]


def _new(found: Sequence[Case]) -> list[Case]:
    """Return the cases of which nothing is known yet: opened and last changed at the same moment."""
    return [case for case in found if case.opened_at == case.changed_at]


def _assign(workspace: Workspace, who: Principal, case: Case) -> None:
    def act(tx: Tx) -> None:
        people = case_assignees.assignees(tx, [case.unit_id])
        near = next((each for each in people if each.user_id != who.user_id), people[0])
        cases.assign(tx, {case.id: case.version}, assignee_id=near.user_id, note="担当部署に確認してください")

    _do(workspace, who, act)


def _explain(
    workspace: Workspace, people: _People, case: Case, note: str, *, days: int, approve: bool
) -> None:
    def propose(tx: Tx) -> Case:
        until = today_in_japan(tx.now) + timedelta(days=days)
        version = case.version
        return cases.explain(tx, case.id, expected_version=version, explanation=note, expires_on=until)

    made = _do(workspace, people.officer, propose)
    if approve:
        _do(
            workspace,
            people.approver,
            lambda tx: cases.decide(tx, case.id, expected_version=made.version, approve=True),
        )


def _dispose(workspace: Workspace, people: _People, case: Case, *, approve: bool) -> Disposal:
    def order(tx: Tx) -> Disposal:
        draft = case_drafts.disposal_from(tx, workspace.findings, case.id)
        wanted = replace(draft, reason="保管期限を過ぎたため")
        due_on = today_in_japan(tx.now) + timedelta(days=21)
        return disposals.order(tx, wanted, method=DisposalMethod.OVERWRITE, due_on=due_on)

    made = _do(workspace, people.officer, order)
    if not approve:
        return made
    return _do(
        workspace,
        people.approver,
        lambda tx: disposals.decide(tx, made.id, expected_version=made.version, approve=True),
    )


def _execute(workspace: Workspace, who: Principal, order: Disposal) -> None:
    _do(workspace, who, lambda tx: disposals.execute(tx, order.id, expected_version=order.version))


def _do(workspace: Workspace, who: Principal, act: Callable[[Tx], Made]) -> Made:
    with workspace.registry.write(who, reason=_REASON) as tx:
        return act(tx)
