"""Disposal on both databases: ordered, approved by another person, carried out, confirmed by a rescan."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import text

from registry import case_drafts, disposals, due, holds, journal, ledger, sources
from registry.access import bootstrap_principal, today_in_japan
from registry.case_states import CaseState
from registry.disposal_states import Disposal, DisposalDraft, DisposalItem, DisposalMethod, DisposalState
from registry.errors import AccessDenied, Conflict, InvalidValue, NotFound, StoreError
from registry.handling import RetentionEvent
from registry.model import DiscrepancyKind, ObjectId, Place, Role
from registry.roles import PERMISSIONS, Permission
from registry.store import Tx
from tests.reality.lives import TWO, again, all_cases, case_of, disposed, does, who
from tests.reality.results import result
from tests.reality.test_cases import rescan, whole, without_health
from tests.reality.world import PATIENTS, World

K, S = DiscrepancyKind, DisposalState


def ordered(world: World, draft: DisposalDraft | None = None) -> Disposal:
    """Order the disposal of A's health checks, or of a draft."""

    def act(tx: Tx) -> Disposal:
        case = case_of(world, K.UNREGISTERED)
        made = draft or replace(case_drafts.disposal_from(tx, world.store, case.id), reason="不要")
        return disposals.order(tx, made, method=DisposalMethod.DELETE, due_on=today_in_japan(tx.now))

    return does(world, who(world), act)


def again_of(world: World, made: Disposal) -> Disposal:
    """Return a disposal as it stands now."""
    with world.registry.read(bootstrap_principal()) as tx:
        return disposals.disposal(tx, made.id)


def test_from_the_scan_to_the_confirmation(world: World) -> None:
    """Scan, case, order, approval, execution; the file is gone in the next complete scan: confirmed."""
    case = case_of(world, K.UNREGISTERED)
    world.clock.advance(1)
    done = disposed(world, case)
    assert (done.state, done.certificate_number) == (S.EXECUTED, "D-2026-0001")
    assert [item.shown for item in done.items] == ["share A　総務/健診.csv"]
    assert again(world, case).state is CaseState.DATA_REMOVED
    world.assess()
    assert again_of(world, done).state is S.EXECUTED
    rescan(world, without_health())
    assert (again_of(world, done).state, again(world, case).state) == (S.CONFIRMED, CaseState.CONFIRMED)
    assert again_of(world, done).examined_at == world.clock()


def test_a_scan_that_still_finds_the_data_says_so(world: World) -> None:
    """Not confirmed, its case is open again; carried out anew it gets another certificate."""
    case = case_of(world, K.UNREGISTERED)
    done = disposed(world, case)
    rescan(world, whole())
    left = again_of(world, done)
    assert (left.state, again(world, case).state) == (S.NOT_CONFIRMED, CaseState.REOPENED)
    world.clock.advance(1)
    anew = does(world, who(world), lambda tx: disposals.execute(tx, left.id, expected_version=left.version))
    assert (anew.state, anew.certificate_number) == (S.EXECUTED, "D-2026-0002")
    rescan(world, without_health())
    assert (again_of(world, anew).state, again(world, case).state) == (S.CONFIRMED, CaseState.CONFIRMED)


def test_an_incomplete_scan_confirms_nothing_but_can_refute(world: World) -> None:
    """What was not read may still hold the data; what was found is found."""
    from tests.reality.world import share_of_a

    done = disposed(world, case_of(world, K.UNREGISTERED))
    locked = [each for each in share_of_a() if each.reason is not None]
    rescan(world, [*without_health(), *locked])
    assert again_of(world, done).state is S.EXECUTED
    rescan(world, share_of_a())
    assert again_of(world, done).state is S.NOT_CONFIRMED


def test_a_new_file_in_the_folder_of_the_order_refutes_it(world: World) -> None:
    """A folder that was ordered to be emptied counts as a whole, whatever its files are called."""
    folder = DisposalDraft(world.units["A"].id, None, None, world.sources["A"].id, "総務", (), "部署の廃止")
    made = ordered(world, folder)
    two = who(world, number=TWO)
    approved = does(world, two, lambda tx: disposals.decide(tx, made.id, expected_version=1, approve=True))
    done = does(world, two, lambda tx: disposals.execute(tx, approved.id, expected_version=2))
    health = next(each for each in whole() if "%E5%81%A5" in each.uri)
    moved = result("/srv/a/総務/別名.csv", {c: range(20) for c in health.categories}, persons=20)
    rescan(world, [*without_health(), moved])
    assert again_of(world, done).state is S.NOT_CONFIRMED


def test_only_the_steps_of_a_state_by_their_roles(world: World) -> None:
    """Every role tries to order, to decide and to execute; nobody executes what was not approved."""
    made = ordered(world)
    draft = DisposalDraft(world.units["A"].id, None, None, None, "", (), "紙の名簿")
    today = today_in_japan(world.clock())
    for role in Role:
        held = PERMISSIONS[role]
        steps = (
            (
                Permission.HANDLE_CASES in held,
                lambda tx: disposals.order(tx, draft, method=DisposalMethod.DISSOLVE, due_on=today),
            ),
            (
                Permission.DECIDE_CASES in held,
                lambda tx: disposals.decide(tx, made.id, expected_version=1, approve=True),
            ),
            (False, lambda tx: disposals.execute(tx, made.id, expected_version=1)),
        )
        for expected, act in steps:
            with world.registry.write(who(world, role, number=33)) as tx:
                try:
                    act(tx)
                    taken = True
                except (AccessDenied, NotFound, InvalidValue):
                    taken = False
                tx.session.rollback()
            assert taken is expected, role


def test_two_persons_decide(world: World) -> None:
    """Neither the service nor the database lets somebody approve what he ordered."""
    made = ordered(world)
    with pytest.raises(InvalidValue, match="same_person"):
        does(world, who(world), lambda tx: disposals.decide(tx, made.id, expected_version=1, approve=True))
    for change in (
        "approver_id = orderer_id, state = 'approved'",
        "state = 'approved'",
        "state = 'executed'",
    ):
        with pytest.raises(StoreError), world.registry.write(bootstrap_principal()) as tx:
            tx.session.execute(text(f"UPDATE disposal SET {change} WHERE id = {made.id}"))
    two = who(world, number=TWO)
    refused = does(world, two, lambda tx: disposals.decide(tx, made.id, expected_version=1, approve=False))
    assert (refused.state, refused.approver) == (S.REFUSED, two.name)
    with pytest.raises(Conflict) as caught:
        does(world, two, lambda tx: disposals.decide(tx, made.id, expected_version=1, approve=True))
    assert caught.value.who == two.name
    for act in (
        lambda tx: disposals.decide(tx, made.id, expected_version=2, approve=True),
        lambda tx: disposals.execute(tx, made.id, expected_version=2),
    ):
        with pytest.raises(InvalidValue, match="state"):
            does(world, two, act)


def test_an_entry_under_legal_hold_refuses_every_step(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Held from the start nothing is ordered; held later nothing is approved or carried out."""
    entry = world.entries["A"].id
    items = (DisposalItem(ObjectId("0" * 32), "人事/社員.xlsx", 30),)
    draft = DisposalDraft(world.units["A"].id, None, entry, world.sources["A"].id, "", items, "終了")
    made, two = ordered(world, draft), who(world, number=TWO)
    with monkeypatch.context() as patch:
        patch.setattr(holds, "is_held", lambda _tx, held: held == entry)
        for act in (
            lambda tx: disposals.order(tx, draft, method=DisposalMethod.DELETE, due_on=date(2026, 5, 1)),
            lambda tx: disposals.decide(tx, made.id, expected_version=1, approve=True),
        ):
            with pytest.raises(InvalidValue, match="held"):
                does(world, two, act)
    approved = does(world, two, lambda tx: disposals.decide(tx, made.id, expected_version=1, approve=True))
    with monkeypatch.context() as patch:
        patch.setattr(holds, "is_held", lambda _tx, held: held == entry)
        with pytest.raises(InvalidValue, match="held"):
            does(world, two, lambda tx: disposals.execute(tx, made.id, expected_version=approved.version))
    with world.registry.read(bootstrap_principal()) as tx:
        assert not holds.is_held(tx, entry)


def test_an_order_needs_a_reason_and_a_day(world: World) -> None:
    """What is refused names its column."""
    today = today_in_japan(world.clock())
    whole_draft = DisposalDraft(world.units["A"].id, None, None, None, "", (), "終了")
    many = tuple(DisposalItem(ObjectId(f"{n:032x}"), "", 1) for n in range(disposals.ITEMS_LIMIT + 1))
    for draft, day, column in (
        (replace(whole_draft, reason=" "), today, "reason"),
        (replace(whole_draft, reason="x" * 2001), today, "reason"),
        (whole_draft, today - timedelta(days=1), "due_on"),
        (replace(whole_draft, items=many), today, "items"),
    ):
        with pytest.raises(InvalidValue) as caught:
            does(
                world,
                who(world),
                lambda tx, draft=draft, day=day: disposals.order(
                    tx, draft, method=DisposalMethod.DELETE, due_on=day
                ),
            )
        assert caught.value.column == column


def test_the_certificate_shows_places_to_who_may_see_them(world: World) -> None:
    """Who, when, what and how many for everybody who reads the ledger; where for who sees locations."""
    done = disposed(world, case_of(world, K.UNREGISTERED))
    with world.registry.read(who(world)) as tx:
        told = disposals.certificate(tx, done.id)
    assert (told.number, told.objects, told.persons) == ("D-2026-0001", 1, 20)
    assert (told.orderer, told.approver) == ("officer A 21", "officer A 22")
    assert told.places == ("share A　総務/健診.csv",)
    with world.registry.read(who(world, Role.EXECUTIVE)) as tx:
        closed = disposals.certificate(tx, done.id)
        listed = disposals.disposals(tx)
    assert (closed.number, closed.places, closed.reason) == (told.number, (), "")
    assert "健診" not in repr(listed)
    for principal in (who(world, code="B"), who(world, Role.WORKER)):
        with pytest.raises(NotFound), world.registry.read(principal) as tx:
            disposals.certificate(tx, done.id)
    with world.registry.read(bootstrap_principal()) as tx:
        assert [line.action for line in journal.lines(tx, limit=50) if line.table == "disposal"] == [
            "disposal_executed",
            "disposal_approved",
            "disposal_ordered",
        ]


def test_the_due_list_tells_what_ends_soon(world: World) -> None:
    """Objects by the end that the comparison uses, entries with a date also without any object."""
    entry = world.entries["A"]
    until = today_in_japan(world.clock()) + timedelta(days=due.SOON_DAYS)
    with world.registry.read(who(world)) as tx:
        assert due.due_entries(tx, world.store, until=until) == []

    def shorten(tx: Tx) -> None:
        changes = {"retention_until": date(2026, 5, 1)}
        ledger.update_entry(tx, entry.id, expected_version=entry.version, changes=changes)

    does(world, who(world), shorten)
    with world.registry.read(who(world)) as tx:
        (dated,) = due.due_entries(tx, world.store, until=until)
    assert (dated.objects, dated.until) == (0, date(2026, 5, 1))  # no assessment has seen it yet
    world.assess()
    with world.registry.read(who(world)) as tx:
        (found,) = due.due_entries(tx, world.store, until=until)
        (held,) = due.due_objects(tx, world.store, entry.id, until=until)
        draft = case_drafts.entry_disposal(tx, world.store, entry.id)
        assert case_drafts.entry_disposal(tx, world.store, entry.id, days=1) is None
    assert (found.objects, found.until, found.number) == (1, date(2026, 5, 1), entry.number)
    assert held.shown.endswith("社員.xlsx")
    assert draft is not None
    assert [item.id for item in draft.items] == [held.id]
    with world.registry.read(who(world, code="B")) as tx:
        assert due.due_entries(tx, world.store, until=until) == []
        with pytest.raises(NotFound):
            due.due_objects(tx, world.store, entry.id, until=until)
    with world.registry.read(who(world, Role.EXECUTIVE)) as tx, pytest.raises(AccessDenied):
        due.due_objects(tx, world.store, entry.id, until=until)


def test_what_is_over_its_end_is_ordered_from_its_case(world: World) -> None:
    """The order names every object that is too old, and the case is confirmed when they are gone."""
    entry = world.entries["A"]

    def shorten(tx: Tx) -> None:
        changes = {"retention_until": date(2026, 3, 1)}
        ledger.update_entry(tx, entry.id, expected_version=entry.version, changes=changes)

    does(world, who(world), shorten)
    world.clock.advance(1)
    world.assess()
    case = case_of(world, K.OVER_RETAINED)
    done = disposed(world, case)
    assert (done.entry_id, done.objects, done.persons) == (entry.id, 1, 30)
    rescan(world, [each for each in whole() if "%E7%A4%BE%E5%93%A1" not in each.uri])
    assert (again_of(world, done).state, again(world, case).state) == (S.CONFIRMED, CaseState.CONFIRMED)


def test_nobody_orders_about_what_is_out_of_sight(world: World) -> None:
    """A case, an entry or a source of another company look like ones that do not exist."""
    hidden = case_of(world, K.UNREGISTERED, "B")
    base = DisposalDraft(world.units["A"].id, None, None, None, "", (), "終了")
    for draft in (
        replace(base, case_id=hidden.id),
        replace(base, entry_id=world.entries["H"].id),
        replace(base, source_id=world.sources["B"].id),
    ):
        with pytest.raises((NotFound, InvalidValue)):
            ordered(world, draft)
    with pytest.raises(AccessDenied):
        ordered(world, replace(base, unit_id=world.units["B"].id))


def test_an_approved_order_can_be_taken_back_until_it_is_done(world: World) -> None:
    """By who decides, not by who ordered it; what was carried out stays."""
    made, two = ordered(world), who(world, number=TWO)

    def refuse(version: int) -> Callable[[Tx], Disposal]:
        return lambda tx: disposals.decide(tx, made.id, expected_version=version, approve=False)

    approved = does(world, two, lambda tx: disposals.decide(tx, made.id, expected_version=1, approve=True))
    with pytest.raises(InvalidValue, match="same_person"):
        does(world, who(world), refuse(approved.version))
    taken = does(world, two, refuse(approved.version))
    assert taken.state is S.REFUSED
    with pytest.raises(InvalidValue, match="not_approved"):
        does(world, who(world), lambda tx: disposals.execute(tx, made.id, expected_version=taken.version))
    done = disposed(world, case_of(world, K.UNREGISTERED))
    with pytest.raises(InvalidValue, match="decided"):
        does(
            world,
            two,
            lambda tx: disposals.decide(tx, done.id, expected_version=done.version, approve=False),
        )
    with world.registry.write(bootstrap_principal(), reason="retired") as tx:
        sources.remove_source(tx, world.sources["A"].id)
        assert {each.source_removed for each in disposals.disposals(tx)} == {True}


def test_an_order_answers_a_case_of_its_own_unit_alone(world: World) -> None:
    """Otherwise who carries it out would take a step in a unit where he may not."""
    case = case_of(world, K.UNREGISTERED, "B")
    draft = DisposalDraft(world.units["A"].id, case.id, None, None, "", (), "終了")
    with pytest.raises(NotFound):
        does(
            world,
            bootstrap_principal(),
            lambda tx: disposals.order(tx, draft, method=DisposalMethod.DELETE, due_on=date(2026, 5, 1)),
        )


def test_what_a_held_entry_covers_is_not_drafted_for_disposal(world: World) -> None:
    """Data of another unit that lie in the folder of a held entry may be its evidence."""
    rescan(world, [*whole(), result("/srv/a/人事/患者.csv", PATIENTS, persons=40)])
    case = next(
        each for each in all_cases(world) if each.kind is K.WRONG_UNIT and "人事" in each.found.subject
    )
    held = world.entries["A"]
    with world.registry.write(bootstrap_principal(), reason="hold") as tx:
        assert case_drafts.disposal_from(tx, world.store, case.id).items
        ledger.update_entry(
            tx, held.id, expected_version=1, changes={"legal_hold": True, "legal_hold_reason": "訴訟"}
        )
        with pytest.raises(InvalidValue, match="held"):
            case_drafts.disposal_from(tx, world.store, case.id)


def test_paper_is_due_by_the_event_of_its_retention(world: World) -> None:
    """An entry of which nothing lies in a source: months from its event, never while it is held."""
    paper = world.entries["A"]
    event = {"retention_event": RetentionEvent.EMPLOYMENT_END, "retention_event_on": date(2023, 2, 28)}
    with world.registry.write(bootstrap_principal(), reason="paper") as tx:
        made = ledger.update_entry(
            tx,
            paper.id,
            expected_version=1,
            changes=event | {"retention_months": 36, "places": (Place(None, "", "書庫"),)},
        )
    world.assess()

    def listed(until: date) -> list[date]:
        with world.registry.read(bootstrap_principal()) as tx:
            found = due.due_entries(tx, world.store, until=until)
        return [each.until for each in found if each.entry_id == paper.id]

    assert (listed(date(2026, 2, 27)), listed(date(2026, 2, 28))) == ([], [date(2026, 2, 28)])
    with world.registry.write(bootstrap_principal(), reason="hold") as tx:
        ledger.update_entry(
            tx,
            paper.id,
            expected_version=made.version,
            changes={"legal_hold": True, "legal_hold_reason": "訴訟"},
        )
    assert listed(date(2030, 1, 1)) == []
