"""People who work on cases in the scanned group, and what they do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import TypeVar

from registry import accounts, case_drafts, cases, disposals
from registry.access import bootstrap_principal, today_in_japan
from registry.case_states import Case, CaseEvent, CaseState, Step
from registry.cases import CaseFilter
from registry.disposal_states import Disposal, DisposalMethod
from registry.model import DiscrepancyKind, Grant, Principal, Role, UserId
from registry.store import Tx
from tests.reality.world import World

ONE, TWO = 21, 22
Made = TypeVar("Made")


def who(world: World, role: Role = Role.OFFICER, code: str = "A", number: int = ONE) -> Principal:
    """Return somebody with one role in one unit, told from others by a number."""
    return Principal(UserId(number), f"{role} {code} {number}", (Grant(role, world.units[code].id),))


def account(world: World, role: Role, code: str) -> UserId:
    """Return an account that holds a role in a unit."""
    with world.registry.write(bootstrap_principal(), reason="test") as tx:
        user = accounts.create_account(
            tx,
            f"{role}-{code.lower()}",
            f"{role} of {code}",
            "correct horse battery",
            "ja",
            unit_id=world.units["G"].id,
        )
        accounts.grant(tx, user, role, world.units[code].id)
    return user


def all_cases(world: World, principal: Principal | None = None, **wanted: object) -> list[Case]:
    """Return every case that somebody sees."""
    with world.registry.read(principal or bootstrap_principal()) as tx:
        return list(cases.cases(tx, CaseFilter(**wanted), limit=1000).rows)  # type: ignore[arg-type]


def case_of(world: World, kind: DiscrepancyKind, code: str = "A") -> Case:
    """Return the only case of a kind in a unit."""
    (found,) = [
        each for each in all_cases(world) if each.kind is kind and each.unit_id == world.units[code].id
    ]
    return found


def again(world: World, case: Case) -> Case:
    """Return a case as it stands now."""
    with world.registry.read(bootstrap_principal()) as tx:
        return cases.case(tx, case.id)


def events(world: World, case: Case, principal: Principal | None = None) -> list[CaseEvent]:
    """Return the history of a case."""
    with world.registry.read(principal or bootstrap_principal()) as tx:
        return cases.history(tx, case.id)


def does(world: World, principal: Principal, act: Callable[[Tx], Made]) -> Made:
    """Do something in a transaction of its own."""
    with world.registry.write(principal, reason="test") as tx:
        return act(tx)


def explained(world: World, case: Case, *, days: int = 30) -> Case:
    """Let one person explain a case and another one approve it."""
    until = today_in_japan(world.clock()) + timedelta(days=days)
    proposed = does(
        world,
        who(world),
        lambda tx: cases.explain(
            tx, case.id, expected_version=case.version, explanation="移行中", expires_on=until
        ),
    )
    return does(
        world,
        who(world, number=TWO),
        lambda tx: cases.decide(tx, case.id, expected_version=proposed.version, approve=True),
    )


def in_state(world: World, case: Case, state: CaseState) -> Case:
    """Bring a new case into a state that people can bring it to."""
    match state:
        case CaseState.ASSIGNED:
            helper = account(world, Role.DEPARTMENT_MANAGER, "A")
            (found,) = does(
                world, who(world), lambda tx: cases.assign(tx, {case.id: case.version}, assignee_id=helper)
            )
            return found
        case CaseState.PROPOSED:
            return does(
                world,
                who(world),
                lambda tx: cases.explain(
                    tx,
                    case.id,
                    expected_version=case.version,
                    explanation="移行中",
                    expires_on=today_in_japan(tx.now),
                ),
            )
        case CaseState.EXPLAINED:
            return explained(world, case)
        case CaseState.DATA_REMOVED:
            return does(
                world,
                who(world),
                lambda tx: cases.claim(tx, case.id, Step.REMOVE_DATA, expected_version=case.version),
            )
        case CaseState.REOPENED:
            done = in_state(world, case, CaseState.DATA_REMOVED)
            return does(
                world,
                who(world),
                lambda tx: cases.withdraw(tx, case.id, expected_version=done.version, note="誤り"),
            )
        case _:
            return case


def disposed(world: World, case: Case) -> Disposal:
    """Order the disposal of what a case found, approve it as another person, and carry it out."""
    one, two = who(world), who(world, number=TWO)

    def order(tx: Tx) -> Disposal:
        draft = replace(case_drafts.disposal_from(tx, world.store, case.id), reason="保管期限の終了")
        return disposals.order(tx, draft, method=DisposalMethod.DELETE, due_on=today_in_japan(tx.now))

    ordered = does(world, one, order)
    approved = does(
        world,
        two,
        lambda tx: disposals.decide(tx, ordered.id, expected_version=ordered.version, approve=True),
    )
    return does(world, one, lambda tx: disposals.execute(tx, approved.id, expected_version=approved.version))
