"""The life of a difference, on both databases: who takes which step, and what later scans make of it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import text

from registry import case_assignees, case_drafts, cases, journal, ledger, sources
from registry.access import bootstrap_principal, today_in_japan
from registry.assess import assess
from registry.case_states import CLOSED, TO_DO, TRANSITIONS, Case, CaseState, Step
from registry.cases import UNASSIGNED
from registry.errors import AccessDenied, Conflict, InvalidValue, NotFound, StoreError
from registry.model import DiscrepancyKind, Place, Role, UserId
from registry.roles import PERMISSIONS
from scanners.model import Category, Exposure, Outcome, Reason
from tests.reality.lives import (
    TWO,
    account,
    again,
    all_cases,
    case_of,
    does,
    events,
    explained,
    in_state,
    who,
)
from tests.reality.results import result
from tests.reality.world import SECRET_B, World, share_of_a

K = DiscrepancyKind
HEALTH = "総務/健診.csv"


def without_health() -> list[object]:
    """Return the share of A without its health checks, and nothing that could not be read."""
    return [each for each in share_of_a() if "%E5%81%A5%E8%A8%BA" not in each.uri and each.reason is None]


def whole() -> list[object]:
    """Return the share of A without what could not be read."""
    return [each for each in share_of_a() if each.reason is None]


def rescan(world: World, results: list[object], *, days: int = 1) -> None:
    """Scan the share of A again some days later, and compare."""
    world.clock.advance(days)
    world.scan("A", results)  # type: ignore[arg-type]
    world.assess()


def test_every_difference_opens_one_case(standing: World) -> None:
    """Each has its kind, its unit, nobody who works on it, and a day by its risk."""
    found = all_cases(standing)
    assert {(each.kind, each.found.subject, each.state) for each in found} >= {
        (K.UNREGISTERED, HEALTH, CaseState.NEW),
        (K.WRONG_UNIT, "営業/患者.csv", CaseState.NEW),
    }
    assert [each.due_on for each in found] == sorted(each.due_on for each in found)
    assert all(each.is_found and each.assignee_id is None for each in found)
    (opened,) = events(standing, case_of(standing, K.UNREGISTERED))
    assert (opened.step, opened.actor) == (Step.OPEN, "")


def test_another_assessment_opens_nothing_twice(world: World) -> None:
    """The same differences are the same cases, also when the heaviest objects changed."""
    before = {each.id: each.version for each in all_cases(world)}
    rescan(world, [*share_of_a(), result("/srv/a/総務/健診.bak/x.txt", kind="txt")])
    assert {each.id: each.version for each in all_cases(world)} == before


def _attempt(world: World, case: Case, step: Step, role: Role, helper: UserId) -> CaseState | None:
    """Try a step as somebody with a role at A, and take it back; None when it is refused."""
    version, today = case.version, today_in_japan(world.clock())
    with world.registry.write(who(world, role, number=33)) as tx:
        try:
            match step:
                case Step.ASSIGN:
                    return cases.assign(tx, {case.id: version}, assignee_id=helper)[0].state
                case Step.EXPLAIN:
                    return cases.explain(
                        tx, case.id, expected_version=version, explanation="x", expires_on=today
                    ).state
                case Step.APPROVE | Step.REJECT:
                    approve = step is Step.APPROVE
                    return cases.decide(tx, case.id, expected_version=version, approve=approve).state
                case Step.WITHDRAW:
                    return cases.withdraw(tx, case.id, expected_version=version, note="x").state
                case _:
                    return cases.claim(tx, case.id, step, expected_version=version).state
        except (AccessDenied, NotFound, InvalidValue):
            return None
        finally:
            tx.session.rollback()


PEOPLE_STEPS = [step for step, transition in TRANSITIONS.items() if transition.permission]
STATES = [
    CaseState.NEW,
    CaseState.ASSIGNED,
    CaseState.PROPOSED,
    CaseState.EXPLAINED,
    CaseState.DATA_REMOVED,
    CaseState.REOPENED,
    CaseState.LEDGER_CORRECTED,
    CaseState.CONFIRMED,
    CaseState.VANISHED,
    CaseState.SOURCE_REMOVED,
]


@pytest.mark.parametrize("state", STATES)
def test_every_step_from_every_state_by_every_role(world: World, state: CaseState) -> None:
    """A step is taken if and only if the table of transitions has it and the role holds its permission."""
    held = in_state(world, case_of(world, K.UNREGISTERED), state)
    if state in (CaseState.LEDGER_CORRECTED, *CLOSED):  # nobody alone brings a case there
        with world.registry.write(bootstrap_principal()) as tx:
            change = f"UPDATE discrepancy_case SET state = '{state}' WHERE id = {held.id}"
            tx.session.execute(text(change))
    helper = account(world, Role.MY_NUMBER_CLERK, "A")
    for step in PEOPLE_STEPS:
        for role in Role:
            transition = TRANSITIONS[step]
            expected = state in transition.start and transition.permission in PERMISSIONS[role]
            if step is Step.CORRECT_LEDGER:
                expected = False  # the current comparison still finds it
            taken = _attempt(world, held, step, role, helper)
            assert taken == (transition.end if expected else None), (state, step, role)


def test_cases_are_given_to_who_may_work_on_them(world: World) -> None:
    """Several at once, by a privacy manager, to an account with the right in all of their units."""
    mine, other = account(world, Role.DEPARTMENT_MANAGER, "A"), account(world, Role.DEPARTMENT_MANAGER, "B")
    wanted = {each.id: each.version for each in all_cases(world, who(world)) if each.unit_id}
    with world.registry.read(who(world)) as tx:
        named = case_assignees.assignees(tx, [world.units["A"].id])
    assert [each.user_id for each in named] == [mine]
    with pytest.raises(InvalidValue, match="no_right"):
        does(world, who(world), lambda tx: cases.assign(tx, wanted, assignee_id=other))
    with pytest.raises(AccessDenied):
        does(
            world,
            who(world, Role.DEPARTMENT_MANAGER),
            lambda tx: cases.assign(tx, wanted, assignee_id=mine),
        )
    given = does(world, who(world), lambda tx: cases.assign(tx, wanted, assignee_id=mine, note="今週中に"))
    assert {each.state for each in given} == {CaseState.ASSIGNED}
    assert {each.assignee for each in given} == {"department_manager of A"}
    assert len(all_cases(world, who(world), assignee_id=mine)) == len(wanted)
    assert all_cases(world, who(world), assignee_id=UNASSIGNED) == []


def test_a_stale_step_is_a_conflict_that_names_who_was_first(world: World) -> None:
    """Bulk assignment too: one stale case and none is given."""
    case = case_of(world, K.UNREGISTERED)
    in_state(world, case, CaseState.DATA_REMOVED)
    with pytest.raises(Conflict) as caught:
        does(
            world,
            who(world, number=TWO),
            lambda tx: cases.claim(tx, case.id, Step.REMOVE_DATA, expected_version=case.version),
        )
    assert (caught.value.who, caught.value.columns) == ("officer A 21", ("state",))
    helper = account(world, Role.DEPARTMENT_MANAGER, "A")
    stale = {each.id: 1 for each in all_cases(world, who(world))}
    with pytest.raises(Conflict):
        does(world, who(world), lambda tx: cases.assign(tx, stale, assignee_id=helper))
    assert all_cases(world, assignee_id=helper) == []


def test_nobody_approves_his_own_explanation(world: World) -> None:
    """Neither through the service nor past it: the database refuses it too."""
    case = in_state(world, case_of(world, K.UNREGISTERED), CaseState.PROPOSED)
    with pytest.raises(InvalidValue, match="same_person"):
        does(
            world,
            who(world),
            lambda tx: cases.decide(tx, case.id, expected_version=case.version, approve=True),
        )
    for change in (
        "approver_id = proposer_id",
        "state = 'explained'",
        "state = 'explained', approver_id = 99, expires_on = NULL",
        "state = 'assigned'",
    ):
        with pytest.raises(StoreError), world.registry.write(bootstrap_principal()) as tx:
            tx.session.execute(text(f"UPDATE discrepancy_case SET {change} WHERE id = {case.id}"))


def test_an_explanation_needs_words_and_an_end(world: World) -> None:
    """Empty ones, ended ones and endless ones are refused."""
    case, today = case_of(world, K.UNREGISTERED), today_in_japan(world.clock())
    for words, until, column in (
        (" ", today, "note"),
        ("x", today - timedelta(days=1), "expires_on"),
        ("x", today + timedelta(days=800), "expires_on"),
    ):
        with pytest.raises(InvalidValue) as caught:
            does(
                world,
                who(world),
                lambda tx, words=words, until=until: cases.explain(
                    tx, case.id, expected_version=1, explanation=words, expires_on=until
                ),
            )
        assert caught.value.column == column


def test_an_accepted_difference_comes_back_after_its_last_day(world: World) -> None:
    """On its last day it is still explained; the day after, the daily job or an assessment reopens it."""
    case = explained(world, case_of(world, K.UNREGISTERED), days=10)
    world.clock.advance(10)
    assert does(world, bootstrap_principal(), cases.expire).expired == 0
    world.clock.advance(1)
    told = does(world, bootstrap_principal(), cases.expire)
    assert (told.expired, again(world, case).state) == (1, CaseState.REOPENED)
    assert events(world, case)[-1].step is Step.EXPIRE
    other = explained(world, case_of(world, K.WRONG_UNIT), days=1)
    rescan(world, share_of_a(), days=3)
    assert again(world, other).state is CaseState.REOPENED


def test_the_daily_job_counts_what_is_late(world: World) -> None:
    """Cases whose day is over are told, whoever should have answered them."""
    world.clock.advance(400)
    assert does(world, bootstrap_principal(), cases.expire).due == len(all_cases(world))


def test_a_claim_is_confirmed_by_a_later_complete_scan_alone(world: World) -> None:
    """Neither the comparison itself nor a scan that could not read everything confirms it."""
    case = in_state(world, case_of(world, K.UNREGISTERED), CaseState.DATA_REMOVED)
    world.assess()
    assert again(world, case).state is CaseState.DATA_REMOVED
    broken = result("/srv/a/営業/錠.zip", kind="zip", outcome=Outcome.FAILED, reason=Reason.ENCRYPTED)
    rescan(world, [*without_health(), broken])
    incomplete = again(world, case)
    assert (incomplete.state, incomplete.is_found) == (CaseState.DATA_REMOVED, False)
    rescan(world, without_health())
    done = again(world, case)
    assert (done.state, done.state in CLOSED) == (CaseState.CONFIRMED, True)


def test_a_scan_that_began_before_the_claim_confirms_nothing(world: World) -> None:
    """What was read before somebody removed the data tells nothing of the removal."""
    case = case_of(world, K.UNREGISTERED)
    world.clock.advance(1)
    world.scan("A", without_health())  # type: ignore[arg-type]
    claimed = in_state(world, case, CaseState.DATA_REMOVED)
    assert claimed.claimed_at == world.clock()
    world.assess()
    assert again(world, case).state is CaseState.DATA_REMOVED


def test_a_claim_that_a_later_scan_refutes_is_reopened(world: World) -> None:
    """The reason stands in the history, and there is a new day for it."""
    case = in_state(world, case_of(world, K.UNREGISTERED), CaseState.DATA_REMOVED)
    rescan(world, share_of_a())
    back = again(world, case)
    assert (back.state, events(world, case)[-1].step) == (CaseState.REOPENED, Step.STILL_FOUND)
    assert back.due_on > case.due_on
    assert back.version == case.version + 1


def test_what_nobody_claimed_vanishes_and_may_come_back(world: World) -> None:
    """A complete scan closes it, a later one that finds it again reopens the same case."""
    case = case_of(world, K.UNREGISTERED)
    rescan(world, without_health())
    assert again(world, case).state is CaseState.VANISHED
    rescan(world, whole())
    assert (again(world, case).state, again(world, case).is_found) == (CaseState.REOPENED, True)
    assert [each.step for each in events(world, case)] == [Step.OPEN, Step.VANISH, Step.FOUND_AGAIN]


def test_from_the_draft_to_the_confirmation(world: World) -> None:
    """Scan, case, draft, registered: corrected at once; the next complete scan confirms it."""
    case, officer = case_of(world, K.UNREGISTERED), who(world)
    with world.registry.read(officer) as tx:
        draft = case_drafts.draft_from(tx, world.store, case.id)
    assert draft.unit_id == world.units["A"].id
    assert draft.places == (Place(world.sources["A"].id, HEALTH, f"share A　{HEALTH}"),)
    assert draft.items == frozenset({Category.PERSON, Category.MEDICAL})
    assert (draft.approximate_count, draft.exposure, draft.purpose) == (20, Exposure.EVERYONE, "")
    filled = dict.fromkeys(("purpose", "storage_method", "access_holders", "end_of_use", "owner"), "記載")
    world.clock.advance(1)

    def register(tx: object) -> None:
        ledger.create_entry(tx, ledger.EntryDraft(**{**_columns(draft), **filled}))
        assess(tx, world.store, as_of=tx.now.date())

    does(world, officer, register)
    corrected = again(world, case)
    assert (corrected.state, corrected.is_found) == (CaseState.LEDGER_CORRECTED, False)
    assert events(world, case)[-1].actor == officer.name
    world.assess()
    assert again(world, case).state is CaseState.LEDGER_CORRECTED
    rescan(world, whole())
    assert again(world, case).state is CaseState.CONFIRMED


def _columns(draft: ledger.EntryDraft) -> dict[str, object]:
    return {name: getattr(draft, name) for name in draft.__slots__}


def test_a_difference_of_an_entry_has_no_draft(world: World) -> None:
    """An entry that exists is corrected, not written anew."""
    rescan(world, [each for each in whole() if "%E7%A4%BE%E5%93%A1" not in each.uri])
    case = case_of(world, K.NOT_FOUND, "A-HR")
    with pytest.raises(InvalidValue, match="has_entry"), world.registry.read(who(world)) as tx:
        case_drafts.draft_from(tx, world.store, case.id)
    with pytest.raises(InvalidValue, match="nothing_found"), world.registry.read(who(world)) as tx:
        case_drafts.disposal_from(tx, world.store, case.id)


def test_the_ledger_is_not_said_to_be_right_while_it_differs(world: World) -> None:
    """That can be seen at once, without a scan."""
    case = case_of(world, K.UNREGISTERED)
    with pytest.raises(InvalidValue, match="still_found"):
        does(
            world,
            who(world),
            lambda tx: cases.claim(tx, case.id, Step.CORRECT_LEDGER, expected_version=case.version),
        )
    with pytest.raises(InvalidValue, match="unknown"):
        does(
            world,
            who(world),
            lambda tx: cases.claim(tx, case.id, Step.CONFIRM, expected_version=case.version),
        )


def test_comments_and_words_are_for_who_sees_locations(world: World) -> None:
    """They stand in the history with who said them; an executive sees that something was said."""
    case = in_state(world, case_of(world, K.UNREGISTERED), CaseState.PROPOSED)
    does(world, who(world, Role.DEPARTMENT_MANAGER), lambda tx: cases.comment(tx, case.id, "総務に確認"))
    with pytest.raises(InvalidValue, match="required"):
        does(world, who(world), lambda tx: cases.comment(tx, case.id, "  "))
    assert [each.note for each in events(world, case, who(world))] == ["", "移行中", "総務に確認"]
    executive = who(world, Role.EXECUTIVE)
    assert {each.note for each in events(world, case, executive)} == {""}
    (seen,) = [each for each in all_cases(world, executive) if each.id == case.id]
    assert (seen.explanation, seen.found.subject, seen.found.objects, seen.located) == ("", "", (), False)
    with pytest.raises(AccessDenied):
        does(world, executive, lambda tx: cases.comment(tx, case.id, "x"))


def test_another_companys_cases_are_out_of_sight(world: World) -> None:
    """Neither listed nor found by their number nor by an object, and no word of them comes back."""
    (hidden,) = [each for each in all_cases(world) if each.unit_id == world.units["B"].id]
    officer = who(world)
    assert SECRET_B not in repr(all_cases(world, officer))
    for act in (
        lambda tx: cases.case(tx, hidden.id),
        lambda tx: cases.history(tx, hidden.id),
        lambda tx: cases.claim(tx, hidden.id, Step.REMOVE_DATA, expected_version=1),
        lambda tx: cases.assign(tx, {hidden.id: 1}, assignee_id=1),
        lambda tx: case_drafts.draft_from(tx, world.store, hidden.id),
        lambda tx: case_drafts.disposal_from(tx, world.store, hidden.id),
    ):
        with pytest.raises(NotFound):
            does(world, officer, act)
    with world.registry.read(officer) as tx:
        assert cases.case_about(tx, hidden.found.objects[0]) is None
    with world.registry.read(who(world, code="B")) as tx:
        about = cases.case_about(tx, hidden.found.objects[0])
        assert about is not None
        assert about.id == hidden.id


def test_lists_are_narrowed_and_paged(world: World) -> None:
    """By kind, state, unit and day; a page says how many there are in all."""
    everything = all_cases(world)
    assert {each.kind for each in all_cases(world, kinds=frozenset({K.WRONG_UNIT}))} == {K.WRONG_UNIT}
    assert all_cases(world, states=CLOSED) == []
    assert {each.unit_id for each in all_cases(world, unit_id=world.units["B"].id)} == {world.units["B"].id}
    first = min(each.due_on for each in everything)
    assert {each.due_on for each in all_cases(world, due_by=first)} == {first}
    with world.registry.read(bootstrap_principal()) as tx:
        page = cases.cases(tx, cases.CaseFilter(states=TO_DO), offset=1, limit=1)
        assert cases.counts(tx) == {CaseState.NEW: len(everything)}
    assert (page.rows[0].id, page.total) == (everything[1].id, len(everything))


def test_every_step_stands_in_the_journal(world: World) -> None:
    """What people do one by one, what an assessment does by unit."""
    case = in_state(world, case_of(world, K.UNREGISTERED), CaseState.DATA_REMOVED)
    rescan(world, without_health())
    with world.registry.read(bootstrap_principal()) as tx:
        lines = [line for line in journal.lines(tx, limit=1000) if line.table == "discrepancy_case"]
    assert lines[0].after is not None
    assert lines[0].after["confirm"] == [case.id]
    assert lines[0].unit_id == world.units["A"].id
    (changed,) = [line for line in lines if line.action == "case_changed"]
    assert changed.after is not None
    assert (changed.row_id, changed.after["step"]) == (str(case.id), "remove_data")
    assert sum(len(line.after.get("open", ())) for line in lines if line.after) == len(all_cases(world))
    assert journal.verify(world.registry).ok


def test_thousands_of_cases_are_followed_in_few_statements(world: World) -> None:
    """The number of statements does not grow with the number of cases."""
    from sqlalchemy import event

    def statements(number: int) -> int:
        checks = {Category.PERSON: range(20), Category.MEDICAL: range(3)}
        results = [result(f"/srv/a/箱{index}/健診.csv", checks, persons=20) for index in range(number)]
        world.clock.advance(1)
        world.scan("A", results)
        counted = [0]

        def count(*_: object) -> None:
            counted[0] += 1

        event.listen(world.registry.engine, "before_cursor_execute", count)
        world.assess()
        event.remove(world.registry.engine, "before_cursor_execute", count)
        return counted[0]

    few, many = statements(20), statements(400)
    assert many <= few + 20
    assert len(all_cases(world, states=frozenset({CaseState.NEW}))) > 400


@pytest.mark.parametrize("state", [CaseState.NEW, CaseState.EXPLAINED, CaseState.DATA_REMOVED])
def test_what_lay_in_a_removed_source_is_closed_as_such(world: World, state: CaseState) -> None:
    """It is neither confirmed nor open for ever: no scan can tell of it, and history and journal say why."""
    held = in_state(world, case_of(world, K.UNREGISTERED), state)
    elsewhere = case_of(world, K.UNREGISTERED, "B")
    with world.registry.write(bootstrap_principal(), reason="retired") as tx:
        sources.remove_source(tx, world.sources["A"].id)
    world.assess()
    now = again(world, held)
    assert (now.state, now.is_found) == (CaseState.SOURCE_REMOVED, False)
    last = events(world, now)[-1]
    assert (last.step, last.actor) == (Step.SOURCE_GONE, "")
    assert again(world, elsewhere).state is CaseState.NEW
    with world.registry.read(bootstrap_principal()) as tx:
        lines = [line for line in journal.lines(tx, limit=5) if line.action == "cases_followed"]
        assert any("source_gone" in line.after for line in lines if line.after)
    world.assess()
    assert again(world, now).version == now.version


def test_a_missing_entry_stands_where_it_is_moved_to(world: World) -> None:
    """A difference of an entry without data follows the entry at once; others lie where their data lie."""
    rescan(world, [each for each in whole() if "%E4%BA%BA%E4%BA%8B" not in each.uri])  # 人事
    missing = case_of(world, K.NOT_FOUND, "A-HR")
    with world.registry.write(bootstrap_principal(), reason="move") as tx:
        changes = {"unit_id": world.units["A"].id}
        ledger.update_entry(tx, world.entries["A"].id, expected_version=1, changes=changes)
    moved = again(world, missing)
    assert (moved.unit_id, moved.found.unit_id) == (world.units["A"].id, world.units["A"].id)
    assert moved.version == missing.version
