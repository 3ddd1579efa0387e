"""Change reports: opened by the tree or by hand, tasks by the rule of the body, closed by another person."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import text, update

from data import read_text
from privacy_mark.certificates import register as certificates
from privacy_mark.certificates import rounds
from privacy_mark.certificates.model import Certificate, State
from privacy_mark.changes import detection, due, handling, posts, register
from privacy_mark.changes.catalogue import FILE, Kind, Outcome, Reports, load, rules
from privacy_mark.changes.model import Change, ChangeId, ChangeLine, Origin, TaskId, TaskState
from privacy_mark.changes.model import State as ChangeState
from privacy_mark.governance import bodies
from privacy_mark.governance.model import AppointmentId
from registry import accounts, organisation, reorganisation
from registry.access import bootstrap_principal, today_in_japan
from registry.errors import AccessDenied, Conflict, InvalidValue, NotFound, ReferenceFileError, StoreError
from registry.journal import Action, JournalFilter, lines, newest_of
from registry.model import Principal, Role, Unit, UnitId, UnitKind, UserId
from registry.sealing import Row
from registry.store import Tx
from registry.store.audit_tables import AuditAppointment
from registry.store.base import new_uid
from registry.store.change_tables import ChangeRecord
from tests.access.certificates import SCALE, term
from tests.access.changes import draft, finish_all
from tests.access.governance import appointment
from tests.access.rights import DAY
from tests.registry.world import World, person

MERGER = draft(kind=Kind.MERGER)


def officer(world: World) -> Principal:
    """Return the privacy manager of company A."""
    return person(2, Role.OFFICER, world.a.unit.id)


def top(world: World) -> Principal:
    """Return the top management of company A."""
    return person(61, Role.TOP_MANAGEMENT, world.a.unit.id)


def certified(world: World, unit_id: UnitId | None = None, body: str = "jipdec") -> Certificate:
    """Register a certificate of company A, or of another unit."""
    with world.registry.write(bootstrap_principal()) as tx:
        unit = world.a.unit.id if unit_id is None else unit_id
        return certificates.register(tx, unit, body, scale=SCALE, term=term(10_000_000 + unit))


def entered(world: World, **values: object) -> Change:
    """Enter a change of company A's certificate."""
    of = certified(world)
    with world.registry.write(officer(world)) as tx:
        return register.enter(tx, of.id, draft(**values))


def submitted(world: World) -> Change:
    """Enter a change, do everything and ask for approval."""
    made = entered(world)
    with world.registry.write(officer(world)) as tx:
        finish_all(tx, made)
        return handling.submit(tx, made.id, expected_version=made.version)


def found(world: World, who: Principal | None = None) -> int:
    """Open what the tree tells, as the daily tick does or as somebody."""
    with world.registry.write(who or bootstrap_principal(), reason="tick") as tx:
        return detection.open_found(tx)


def listed(world: World) -> list[ChangeLine]:
    """Return the reports of the group."""
    with world.registry.read(bootstrap_principal()) as tx:
        return register.changes(tx)


def kinds(world: World, who: Principal) -> set[str]:
    """Return the kinds of what this person has to do about changes."""
    with world.registry.read(who) as tx:
        return {each.kind for each in due.due(tx, today_in_japan(tx.now))}


# The rules of the bodies


@pytest.mark.parametrize(
    ("body", "kind", "assessed", "expected"),
    [
        ("jipdec", Kind.NAME, False, ["report", "corporate_number", "reissue", "policy", "documents"]),
        ("jipdec", Kind.REPRESENTATIVE, False, ["next_application", "policy", "documents"]),
        ("jipdec", Kind.REPRESENTATIVE, True, ["report", "registry_copy", "policy", "documents"]),
        ("jagra", Kind.AUDIT_MANAGER, False, ["report", "documents"]),
        ("juas", Kind.AUDIT_MANAGER, True, ["next_application", "documents"]),
        ("mcf", Kind.CONTACT, False, ["report"]),
        ("medis", Kind.MERGER, False, ["ask", "report", "handed_over", "documents"]),
        ("no such body", Kind.AUDIT_MANAGER, False, ["ask", "report", "documents"]),
    ],
)
def test_tasks_follow_from_body_kind_and_assessment(
    body: str, kind: Kind, assessed: bool, expected: list[str]
) -> None:
    """Bodies differ: the representative is told only while an application is assessed, or always."""
    assert [task.id for task in rules().tasks_of(kind, body, DAY, assessed=assessed)] == expected


def test_a_later_rule_of_a_body_holds_from_its_day() -> None:
    """Earlier changes follow the earlier one."""
    start = read_text(FILE).index("  - body: jipdec")
    entry = read_text(FILE)[start : read_text(FILE).index("  - body: juas")]
    later = entry.replace("2022-04-01", "2027-04-01").replace("audit_manager: next", "audit_manager: always")
    both = load(read_text(FILE) + later, "x.yaml")
    for day, reports in (
        (date(2020, 1, 1), Reports.NEXT),
        (date(2027, 3, 31), Reports.NEXT),
        (date(2027, 4, 1), Reports.ALWAYS),
    ):
        assert both.of("jipdec", day).reports[Kind.AUDIT_MANAGER] is reports


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("body: juas", "body: nobody"),
        ("body: other", "body: juas"),
        ("reported: [report]", "reported: [reporting]"),
        ("name: always", "name: sometimes"),
        ("{name: always, ", "{"),
        ("  - {id: ends,", "  - {id: continues,"),
        ("  - {id: ask,", "  - {id: asks,"),
        ("id: policy,", "id: report,"),
        ("from: entry", "from: start"),
        ("since: 2022-04-01", "since: soon"),
    ],
)
def test_faulty_rules_are_refused_with_their_line(old: str, new: str) -> None:
    """Nothing is guessed."""
    with pytest.raises(ReferenceFileError, match=r"^x\.yaml:\d+: "):
        load(read_text(FILE).replace(old, new), "x.yaml")


# Opened by the tree


def _rename(world: World, unit: Unit, name: str) -> None:
    with world.registry.write(bootstrap_principal()) as tx:
        now = organisation.unit(tx, unit.id)
        values: Mapping[str, object] = {
            "code": now.code,
            "kind": now.kind,
            "name_en": now.name_en,
            "country": now.country,
            "privacy_mark": now.privacy_mark,
        }
        reorganisation.change_unit(
            tx,
            unit.id,
            expected_version=now.version,
            name_ja=name,
            **values,  # type: ignore[arg-type]
        )


def test_a_renamed_holder_opens_one_report(world: World) -> None:
    """With the old and the new name; a second look opens nothing, a second name another report."""
    certified(world)
    assert found(world) == 0
    _rename(world, world.a.unit, "新社名")
    _rename(world, world.b.unit, "証のない会社")
    assert (found(world), found(world)) == (1, 0)
    (line,) = listed(world)
    assert (line.kind, line.origin, line.changed_on) == (Kind.NAME, Origin.TREE, DAY)
    assert (line.done, line.tasks, line.number) == (0, 5, "CH-0001")
    assert line.due_on == date(2026, 4, 15)
    _rename(world, world.a.unit, "さらに新しい社名")
    assert found(world) == 1
    with world.registry.read(officer(world)) as tx:
        second = register.change(tx, ChangeId(2))
    assert second.before.startswith("新社名")
    assert second.after.startswith("さらに新しい社名")


def test_a_change_that_names_nothing_new_opens_nothing(world: World) -> None:
    """Another code or mark is no change that a body is told of."""
    certified(world)
    with world.registry.write(bootstrap_principal()) as tx:
        now = organisation.unit(tx, world.a.unit.id)
        reorganisation.change_unit(
            tx,
            now.id,
            expected_version=now.version,
            code="A-NEW",
            kind=now.kind,
            name_ja=now.name_ja,
            name_en=now.name_en,
            country=now.country,
            privacy_mark="",
        )
    assert found(world) == 0


def test_a_merger_concerns_both_and_is_a_question(world: World) -> None:
    """The one that goes and the one that takes over; what it means is left to the body."""
    certified(world)
    certified(world, world.b.unit.id, "jagra")
    with world.registry.write(bootstrap_principal()) as tx:
        reorganisation.merge_units(tx, world.b.unit.id, world.a.unit.id)
    _rename(world, world.b.unit, "旧B社")  # afterwards it is still a merger
    assert found(world) == 3
    lines = {(line.unit_id, line.kind): line for line in listed(world)}
    assert set(lines) == {
        (world.a.unit.id, Kind.MERGER),
        (world.b.unit.id, Kind.MERGER),
        (world.b.unit.id, Kind.NAME),
    }
    assert all(line.asked == (line.kind is Kind.MERGER) for line in lines.values())
    with world.registry.read(bootstrap_principal()) as tx:
        assert all(each.state is State.HELD for each in certificates.certificates(tx))  # nobody decided it


def test_a_moved_holder_asks_and_old_changes_stay_quiet(world: World) -> None:
    """What happened longer ago than the rules look back opens nothing."""
    certified(world)
    with world.registry.write(bootstrap_principal()) as tx:
        reorganisation.move_unit(tx, world.a.unit.id, world.b.unit.id)
    world.clock.advance(timedelta(days=rules().look_back_days + 1))
    assert found(world) == 0
    world.clock.advance(timedelta(days=-2))
    assert found(world) == 1
    (line,) = listed(world)
    assert (line.kind, line.tasks, line.asked) == (Kind.MOVED, 3, False)


def test_only_who_manages_a_certificate_opens_its_reports(world: World) -> None:
    """And only of certificates that are held or applied for."""
    of = certified(world)
    _rename(world, world.a.unit, "新社名")
    assert found(world, person(5, Role.OFFICER, world.b.unit.id)) == 0
    with world.registry.write(officer(world)) as tx:
        certificates.end(tx, of.id, State.WITHDRAWN, on=DAY, reason="返上", expected_version=of.version)
    assert found(world) == 0


# Splits


def made(world: World, kind: UnitKind, code: str, parent_id: UnitId) -> UnitId:
    """Add a unit to the tree."""
    with world.registry.write(bootstrap_principal()) as tx:
        unit = organisation.create_unit(
            tx, code=code, kind=kind, name_ja=code, name_en="", parent_id=parent_id
        )
    return unit.id


def moved(world: World, unit_id: UnitId, parent_id: UnitId) -> None:
    """Hang a unit somewhere else."""
    with world.registry.write(bootstrap_principal()) as tx:
        reorganisation.move_unit(tx, unit_id, parent_id)


def splits(world: World) -> dict[UnitId, Change]:
    """Return the reports of splits, by unit."""
    found = read(world)
    assert all(each.kind is Kind.SPLIT for each in found)
    return {each.unit_id: each for each in found}


def test_a_part_that_comes_to_another_entity_is_told_by_both(world: World) -> None:
    """Its name and the entities'; it asks, by days of the rules; a part soon after is the same split."""
    certified(world)
    sales = made(world, UnitKind.DEPARTMENT, "SALES", world.a.site.id)
    certified(world, world.b.unit.id, "jagra")
    moved(world, sales, world.b.unit.id)
    assert (found(world), found(world)) == (2, 0)
    told = splits(world)
    of = told[world.a.unit.id]
    assert (of.origin, of.changed_on, of.question) == (Origin.TREE, DAY, True)
    assert (of.before.partition("（")[0], of.after.partition("（")[0]) == ("SALES", "SALES")
    assert world.a.unit.name_ja in of.before
    assert world.b.unit.name_ja in of.after
    assert (told[world.b.unit.id].before, told[world.b.unit.id].after) == (of.before, of.after)
    assert {task.task: task.due_on for task in of.tasks} == {
        "ask": date(2026, 4, 8),
        "report": date(2026, 4, 15),
        "handed_over": date(2026, 5, 1),
        "documents": date(2026, 5, 1),
    }
    world.clock.advance(timedelta(days=20))
    moved(world, world.a.site.id, world.b.unit.id)
    assert (found(world), found(world)) == (0, 0)
    for now in splits(world).values():
        assert [line.partition("（")[0] for line in now.after.splitlines()] == ["SALES", "工場"]
        assert len(now.before.splitlines()) == 2
        with world.registry.read(bootstrap_principal()) as tx:
            (added,) = lines(tx, wanted=JournalFilter(action=Action.CHANGE_EXTENDED, unit_id=now.unit_id))
        assert (added.table, added.row_id) == ("pm_change", str(now.id))
    world.clock.advance(timedelta(days=60))
    moved(world, world.a.site.id, world.a.unit.id)
    assert found(world) == 2


def test_what_was_corrected_stays_when_another_part_follows(world: World) -> None:
    """No words are written over, nothing comes back that was taken out; another day is no other split."""
    certified(world)
    moved(world, made(world, UnitKind.DEPARTMENT, "SALES", world.a.site.id), world.b.unit.id)
    found(world)
    of = splits(world)[world.a.unit.id]
    with world.registry.write(officer(world)) as tx:
        said = draft(kind=Kind.SPLIT, before="営業の一部", after="乙へ", changed_on=DAY + timedelta(days=90))
        register.correct(tx, of.id, said, expected_version=of.version)
    world.clock.advance(timedelta(days=10))
    assert found(world) == 0
    assert splits(world)[world.a.unit.id].after == "乙へ"
    moved(world, world.a.site.id, world.b.unit.id)
    assert (found(world), found(world)) == (0, 0)
    now = splits(world)[world.a.unit.id]
    assert [line.partition("（")[0] for line in now.before.splitlines()] == ["営業の一部", "工場"]
    assert [line.partition("（")[0] for line in now.after.splitlines()] == ["乙へ", "工場"]


@pytest.mark.parametrize("outcome", [Outcome.NONE, Outcome.CONTINUES])
def test_a_report_that_is_closed_swallows_no_later_split(world: World, outcome: Outcome) -> None:
    """Neither after the answer that it is none nor after approval: what follows is asked, also at once."""
    certified(world)
    parts = [made(world, UnitKind.DEPARTMENT, code, world.a.site.id) for code in ("FIRST", "SECOND")]
    moved(world, parts[0], world.b.unit.id)
    assert found(world) == 1
    (of,) = read(world)
    with world.registry.write(officer(world)) as tx:
        now = handling.answer(tx, of.id, outcome, "電話", answered_on=DAY, expected_version=of.version)
        if outcome is not Outcome.NONE:
            finish_all(tx, now)
            now = handling.submit(tx, of.id, expected_version=now.version)
    if outcome is not Outcome.NONE:
        with world.registry.write(top(world)) as tx:
            handling.approve(tx, of.id, "", expected_version=now.version)
    assert found(world) == 0  # what it was opened for is not told again
    world.clock.advance(timedelta(minutes=1))
    moved(world, parts[1], world.b.unit.id)
    assert (found(world), found(world)) == (1, 0)
    told = {each.id: each for each in read(world)}
    assert (told[of.id].before, told[of.id].after) == (of.before, of.after)
    (new,) = (each for each in told.values() if each.id != of.id)
    assert (new.kind, new.before.partition("（")[0], new.changed_on) == (Kind.SPLIT, "SECOND", DAY)
    world.clock.advance(timedelta(days=30))
    moved(world, world.a.site.id, world.b.unit.id)
    assert (found(world), found(world)) == (0, 0)  # the second one is open and takes it up
    assert len(read(world)[0].after.splitlines()) == 2


def test_a_part_that_becomes_an_entity_is_told_by_who_held_it(world: World) -> None:
    """Also where it is made anew and parts follow: one report; who holds no certificate has none."""
    certified(world)
    with world.registry.write(bootstrap_principal()) as tx:
        now = organisation.unit(tx, world.a.site.id)
        reorganisation.change_unit(
            tx,
            now.id,
            expected_version=now.version,
            code=now.code,
            kind=UnitKind.COMPANY,
            name_ja="新会社",
            name_en="",
            country="JP",
            privacy_mark="",
        )
    assert found(world) == 1
    of = splits(world)[world.a.unit.id]
    assert (of.before.partition("（")[0], of.after) == (now.name("ja"), "新会社")
    sales = made(world, UnitKind.DEPARTMENT, "SALES", world.a.unit.id)
    world.clock.advance(timedelta(days=1))
    new = made(world, UnitKind.COMPANY, "NEW", world.a.unit.id)
    moved(world, sales, new)
    assert (found(world), found(world)) == (1, 0)
    with world.registry.read(bootstrap_principal()) as tx:
        of = register.change(tx, ChangeId(2))
    assert (of.kind, of.after.splitlines()) == (Kind.SPLIT, ["NEW", "SALES（NEW）"])


def test_entities_that_were_there_before_the_certificate_are_no_split(world: World) -> None:
    """Nor are those above, beside, or moved as a whole; nor what stays within one entity."""
    made(world, UnitKind.COMPANY, "EARLIER", world.a.unit.id)
    certified(world)
    world.clock.advance(timedelta(days=1))
    made(world, UnitKind.COMPANY, "BESIDE", world.group.id)
    made(world, UnitKind.DEPARTMENT, "WITHIN", world.a.unit.id)
    site = made(world, UnitKind.SITE, "SITE", world.a.unit.id)
    moved(world, site, world.a.site.id)
    moved(world, made(world, UnitKind.DEPARTMENT, "OF-B", world.b.unit.id), world.group.id)
    assert found(world) == 0


def test_parts_of_a_merged_entity_are_no_second_split(world: World) -> None:
    """They came with it."""
    certified(world)
    certified(world, world.b.unit.id)
    with world.registry.write(bootstrap_principal()) as tx:
        reorganisation.merge_units(tx, world.b.unit.id, world.a.unit.id)
    moved(world, world.b.site.id, world.a.unit.id)
    found(world)
    assert {each.kind for each in listed(world)} == {Kind.MERGER}


def test_an_entity_that_becomes_a_part_is_a_merger(world: World) -> None:
    """Of itself and of the one whose part it is now."""
    certified(world)
    certified(world, world.b.unit.id)
    moved(world, world.b.unit.id, world.a.unit.id)
    with world.registry.write(bootstrap_principal()) as tx:
        now = organisation.unit(tx, world.b.unit.id)
        reorganisation.change_unit(
            tx,
            now.id,
            expected_version=now.version,
            code=now.code,
            kind=UnitKind.DEPARTMENT,
            name_ja=now.name_ja,
            name_en=now.name_en,
            country="JP",
            privacy_mark="",
        )
    found(world)
    assert {(each.unit_id, each.kind) for each in listed(world)} == {
        (world.b.unit.id, Kind.MOVED),
        (world.b.unit.id, Kind.MERGER),
        (world.a.unit.id, Kind.MERGER),
    }


def test_a_split_that_was_entered_before_is_not_opened_again(world: World) -> None:
    """One asks before: the report that names the other entity is the one."""
    of = certified(world)
    with world.registry.write(officer(world)) as tx:
        said = draft(kind=Kind.SPLIT, changed_on=DAY + timedelta(days=30), after="新会社を設立")
        register.enter(tx, of.id, said)
    world.clock.advance(timedelta(days=29))
    with world.registry.write(bootstrap_principal()) as tx:
        new = organisation.create_unit(
            tx,
            code="NEW",
            kind=UnitKind.COMPANY,
            name_ja="新会社",
            name_en="New",
            parent_id=world.group.id,
        )
    moved(world, world.a.site.id, new.id)
    assert found(world) == 0


def test_one_entered_by_who_takes_over_is_not_opened_again(world: World) -> None:
    """There the other entity stands in what was; the part is added, the report stays the one."""
    of = certified(world, world.b.unit.id)
    with world.registry.write(bootstrap_principal()) as tx:
        given = f"{world.a.unit.name_ja}の営業部"
        said = draft(kind=Kind.SPLIT, before=given, after="営業部を受け入れる")
        register.enter(tx, of.id, said)
    world.clock.advance(timedelta(days=3))
    moved(world, world.a.site.id, world.b.unit.id)
    assert (found(world), found(world)) == (0, 0)
    (now,) = read(world)
    assert len(now.before.splitlines()) == 2


def test_a_planned_split_that_was_closed_before_its_day_is_told(world: World) -> None:
    """What the tree shows until the day that was entered is what was asked about; later it is another one."""
    of = certified(world)
    with world.registry.write(officer(world)) as tx:
        said = draft(kind=Kind.SPLIT, changed_on=DAY + timedelta(days=30), after=world.b.unit.name_ja)
        entry = register.enter(tx, of.id, said)
        handling.answer(tx, entry.id, Outcome.NONE, "電話", answered_on=DAY, expected_version=entry.version)
    world.clock.advance(timedelta(days=29))
    moved(world, made(world, UnitKind.DEPARTMENT, "SALES", world.a.unit.id), world.b.unit.id)
    assert found(world) == 0
    world.clock.advance(timedelta(days=10))
    moved(world, world.a.site.id, world.b.unit.id)
    assert (found(world), found(world)) == (1, 0)


def test_what_was_no_split_is_closed_with_one_answer(world: World) -> None:
    """What is left is left out for the reason that was given, and another person approves."""
    certified(world)
    world.clock.advance(timedelta(days=1))
    made(world, UnitKind.COMPANY, "NEW", world.a.unit.id)
    assert found(world) == 1
    (of,) = read(world)
    with world.registry.write(officer(world)) as tx:
        on = today_in_japan(tx.now)
        told = handling.answer(
            tx, of.id, Outcome.NONE, "新しい事業の会社", answered_on=on, expected_version=of.version
        )
        assert {(task.state, task.note) for task in told.tasks} == {(TaskState.LEFT, "新しい事業の会社")}
        assert {task_action(tx, task.id) for task in told.tasks} == {Action.CHANGE_TASK_LEFT}
        handling.submit(tx, of.id, expected_version=told.version)
    assert found(world) == 0
    with world.registry.write(top(world)) as tx:
        assert handling.approve(tx, of.id, "", expected_version=told.version + 1).state is ChangeState.CLOSED


def task_action(tx: Tx, task_id: TaskId) -> str:
    """Return what the journal last tells of a task."""
    return newest_of(tx, "pm_change_task", task_id).action


def test_an_answer_of_none_is_corrected_with_its_tasks(world: World) -> None:
    """What it left out is open again and must be done; what people left out for their reason stays."""
    made = entered(world, kind=Kind.MERGER)
    mine, *others = made.tasks
    with world.registry.write(officer(world)) as tx:
        handling.finish_task(tx, mine.id, "別に聞いた", on=DAY, left=True, expected_version=mine.version)
        for words in ("電話で不要", "やはり不要"):
            now = register.change(tx, made.id)
            now = handling.answer(
                tx, made.id, Outcome.NONE, words, answered_on=DAY, expected_version=now.version
            )
            assert {task.note for task in now.tasks} == {"別に聞いた", words}
        now = handling.answer(
            tx, made.id, Outcome.CONTINUES, "誤り", answered_on=DAY, expected_version=now.version
        )
        states = {task.id: (task.state, task.note) for task in now.tasks}
        assert states.pop(mine.id) == (TaskState.LEFT, "別に聞いた")
        assert set(states.values()) == {(TaskState.OPEN, "")}
        assert {task_action(tx, task.id) for task in others} == {Action.CHANGE_TASK_REOPENED}
        with pytest.raises(InvalidValue, match="open"):
            handling.submit(tx, made.id, expected_version=now.version)


# New officers


def appointed(world: World, of: str, first: date, last: date | None = None) -> AppointmentId:
    """Record a letter that appoints the privacy manager of company A."""
    with world.registry.write(bootstrap_principal()) as tx:
        letter = replace(appointment(world.a.unit.id), person=of, valid_from=first, valid_until=last)
        return bodies.appoint(tx, letter)


def account(world: World, name: str) -> UserId:
    """Create an account of company A."""
    with world.registry.write(bootstrap_principal()) as tx:
        return accounts.create_account(
            tx, f"{new_uid()}@a.example", name, None, "ja", unit_id=world.a.unit.id
        )


def granted(world: World, who: UserId, role: Role) -> int:
    """Give somebody a role in company A, without a first day."""
    with world.registry.write(bootstrap_principal()) as tx:
        return accounts.grant(tx, who, role, world.a.unit.id)


def read(world: World) -> list[Change]:
    """Return the reports of the group with their names."""
    with world.registry.read(bootstrap_principal()) as tx:
        return [register.change(tx, line.id) for line in register.changes(tx)]


def test_a_new_privacy_manager_opens_a_report_once(world: World) -> None:
    """The first one is no change; a corrected report is not opened anew, nor one that a role tells too."""
    certified(world)
    appointed(world, "佐藤 恵", DAY - timedelta(days=400), DAY - timedelta(days=11))
    assert found(world) == 0
    appointed(world, "鈴木 一", DAY - timedelta(days=10))
    assert (found(world), found(world)) == (1, 0)
    (of,) = read(world)
    assert (of.kind, of.origin, of.changed_on) == (
        Kind.PRIVACY_MANAGER,
        Origin.POSTS,
        DAY - timedelta(days=10),
    )
    assert (of.before, of.after, of.tasks[0].task) == ("佐藤 恵", "鈴木 一", "report")
    with world.registry.write(officer(world)) as tx:
        said = replace(draft(kind=Kind.PRIVACY_MANAGER), after="取締役 鈴木一", changed_on=of.changed_on)
        register.correct(tx, of.id, said, expected_version=of.version)
    old = granted(world, account(world, "佐藤恵"), Role.OFFICER)
    world.clock.advance(timedelta(days=1))
    with world.registry.write(bootstrap_principal()) as tx:
        accounts.revoke(tx, old)
    granted(world, account(world, "鈴木 一"), Role.OFFICER)
    assert found(world) == 0


def test_a_representative_is_told_by_the_roles(world: World) -> None:
    """A role that was revoked is still known from the journal; for this body it is for the next time."""
    certified(world)
    old = granted(world, account(world, "前の代表"), Role.TOP_MANAGEMENT)
    world.clock.advance(timedelta(days=30))
    assert found(world) == 0
    with world.registry.write(bootstrap_principal()) as tx:
        accounts.revoke(tx, old)
    assert found(world) == 0
    granted(world, account(world, "今の代表"), Role.TOP_MANAGEMENT)
    assert (found(world, officer(world)), found(world)) == (1, 0)  # also by who may not read the journal
    (of,) = read(world)
    assert (of.kind, of.before, of.after) == (Kind.REPRESENTATIVE, "前の代表", "今の代表")
    assert of.tasks[0].task == "next_application"
    world.clock.advance(timedelta(days=rules().look_back_days + 40))
    assert found(world) == 0


def test_a_day_of_the_journal_begins_at_midnight_in_japan(world: World) -> None:
    """Who was revoked in the small hours of the first day that counts is known."""
    old = granted(world, account(world, "前の代表"), Role.TOP_MANAGEMENT)
    world.clock.advance(timedelta(days=39, hours=13))  # 01:00 in Japan
    with world.registry.write(bootstrap_principal()) as tx:
        accounts.revoke(tx, old)
        day = today_in_japan(tx.now)
    assert day == DAY + timedelta(days=40)
    granted(world, account(world, "今の代表"), Role.TOP_MANAGEMENT)
    with world.registry.read(officer(world)) as tx:
        (new,) = posts.new_holders(tx, [world.a.unit.id], day)
    assert (new.draft.before, new.draft.after) == ("前の代表", "今の代表")


def test_a_new_audit_manager_is_told_by_the_appointments(world: World) -> None:
    """Bodies that want it are reported to."""
    certified(world, body="jagra")
    with world.registry.write(bootstrap_principal()) as tx:
        for number, (first, last) in enumerate(
            ((DAY - timedelta(days=90), DAY - timedelta(days=4)), (DAY - timedelta(days=3), None))
        ):
            uid = new_uid()
            sealed = Row(tx, "audit_appointment", uid).sealed({"name": f"監査 {number}", "appointer": "代表"})
            tx.session.add(
                AuditAppointment(
                    uid=uid,
                    unit_id=world.a.unit.id,
                    user_id=70 + number,
                    valid_from=first,
                    valid_until=last,
                    appointer_id=902,
                    appointed_at=tx.now,
                    **sealed,
                )
            )
    assert found(world) == 1
    (of,) = read(world)
    assert (of.kind, of.before, of.after) == (Kind.AUDIT_MANAGER, "監査 0", "監査 1")
    assert of.tasks[0].task == "report"


@pytest.mark.parametrize(
    ("terms", "expected"),
    [
        ([("a", 1, 50), ("b", 51, None)], {"b": "a"}),
        ([("a", 1, None), ("b", 51, None)], {}),  # beside each other
        ([("a", 1, 50), ("a", 60, None)], {}),  # the next term
        ([("a", 1, 50), ("b", 51, None), ("c", 90, None)], {"b": "a"}),  # c follows nobody
        ([("a", 1, 50), ("b", 51, 70), ("c", 71, None)], {"b": "a", "c": "b"}),
        ([("a", 1, 60), ("b", 51, None)], {"b": "a"}),  # handing over
        ([("a", 1, 100), ("b", 20, None)], {}),  # long beside each other
        ([("a", 1, 50), ("b", 130, None)], {}),  # has not begun
        ([("a", None, 50), ("b", None, None)], {}),
    ],
)
def test_who_follows_whom(terms: list[tuple[str, int | None, int | None]], expected: dict[str, str]) -> None:
    """Only who begins after somebody who is gone, and was not followed before."""

    def on(day: int | None) -> date | None:
        return None if day is None else DAY + timedelta(days=day)

    known = [
        posts.Held(1, Kind.PRIVACY_MANAGER, who, who, on(first), on(last), f"x:{number}")
        for number, (who, first, last) in enumerate(terms)
    ]
    made = posts.changed(known, DAY, DAY + timedelta(days=120))
    assert {each.draft.after: each.draft.before for each in made} == expected


# By hand


def test_a_change_is_entered_with_its_tasks(world: World) -> None:
    """Each is due on a working day after the change; an ended certificate takes none."""
    made = entered(world, changed_on=date(2026, 4, 22))
    assert [(task.task, task.due_on) for task in made.tasks] == [
        ("report", date(2026, 5, 7)),  # 6 May is a substitute holiday
        ("corporate_number", date(2026, 5, 7)),
        ("reissue", date(2026, 5, 22)),
        ("policy", date(2026, 5, 22)),
        ("documents", date(2026, 5, 22)),
    ]
    assert (made.origin, made.body, made.question) == (Origin.HAND, "jipdec", False)
    with world.registry.write(officer(world)) as tx:
        with pytest.raises(InvalidValue, match="required"):
            register.enter(tx, made.certificate_id, draft(after=" "))
        certificates.end(tx, made.certificate_id, State.WITHDRAWN, on=DAY, reason="返上", expected_version=1)
        with pytest.raises(InvalidValue, match="ended"):
            register.enter(tx, made.certificate_id, draft())


def test_one_asks_before_a_planned_merger(world: World) -> None:
    """Asking counts from the day on which it is entered, what follows from the day of the merger."""
    made = entered(world, kind=Kind.MERGER, changed_on=date(2026, 10, 1))
    assert [(task.task, task.due_on) for task in made.tasks] == [
        ("ask", date(2026, 4, 8)),
        ("report", date(2026, 10, 15)),
        ("handed_over", date(2026, 11, 2)),
        ("documents", date(2026, 11, 2)),
    ]
    assert kinds(world, officer(world)) == {due.TASK, due.ANSWER}


def test_while_an_application_runs_more_is_reported(world: World) -> None:
    """The representative is told to this body only then."""
    of = certified(world)
    wanted = draft(kind=Kind.REPRESENTATIVE)
    with world.registry.write(officer(world)) as tx:
        assert register.enter(tx, of.id, wanted).tasks[0].task == "next_application"
        rounds.start(tx, of.id, apply_on=DAY)
        assert {task.task for task in register.enter(tx, of.id, wanted).tasks} >= {"report", "registry_copy"}


def test_what_was_entered_is_corrected(world: World) -> None:
    """Its kind stays: another kind is another report."""
    made = entered(world)
    with world.registry.write(officer(world)) as tx:
        now = register.correct(tx, made.id, draft(after="新宿区", owner="総務"), expected_version=1)
        assert (now.after, now.owner, now.version) == ("新宿区", "総務", 2)
        with pytest.raises(InvalidValue, match="fixed"):
            register.correct(tx, made.id, MERGER, expected_version=2)
        with pytest.raises(Conflict):
            register.correct(tx, made.id, draft(), expected_version=1)


# Tasks, answer, approval


def test_a_task_is_planned_done_and_opened_again(world: World) -> None:
    """Who does it answers for it; what is left out has its reason."""
    made = entered(world)
    first, second = made.tasks[:2]
    with world.registry.write(officer(world)) as tx:
        planned = handling.plan_task(
            tx, first.id, due_on=DAY, owner="総務 花子", expected_version=first.version
        ).tasks[0]
        assert (planned.due_on, planned.owner) == (DAY, "総務 花子")
        with pytest.raises(Conflict):
            handling.finish_task(tx, first.id, "出した", on=DAY, expected_version=1)
        for note, on, rule in ((" ", DAY, "required"), ("出した", DAY + timedelta(days=1), "future")):
            with pytest.raises(InvalidValue, match=rule):
                handling.finish_task(tx, first.id, note, on=on, expected_version=2)
        done = handling.finish_task(tx, first.id, "出した", on=DAY, expected_version=2)
        left = handling.finish_task(tx, second.id, "番号なし", on=DAY, left=True, expected_version=1)
        states = {task.id: (task.state, task.note) for task in left.tasks}
        assert states[first.id] == (TaskState.DONE, "出した")
        assert states[second.id] == (TaskState.LEFT, "番号なし")
        assert done.tasks[0].doer == officer(world).name
        with pytest.raises(InvalidValue, match="done"):
            handling.plan_task(tx, first.id, due_on=DAY, owner="", expected_version=3)
        again = handling.reopen_task(tx, first.id, expected_version=3)
        assert (again.tasks[0].state, again.tasks[0].note) == (TaskState.OPEN, "")
        with pytest.raises(InvalidValue, match="open"):
            handling.reopen_task(tx, first.id, expected_version=4)
        with pytest.raises(NotFound):
            handling.reopen_task(tx, TaskId(99), expected_version=1)


@pytest.mark.parametrize(
    ("outcome", "more"),
    [
        (Outcome.CONTINUES, set()),
        (Outcome.FILES, {"continuation"}),
        (Outcome.REAPPLY, {"reapply"}),
        (Outcome.ENDS, {"end"}),
    ],
)
def test_the_answer_of_the_body_brings_its_tasks(world: World, outcome: Outcome, more: set[str]) -> None:
    """Nobody submits before it is there; it changes no certificate."""
    made = entered(world, kind=Kind.MERGER)
    before = {task.task for task in made.tasks}
    with world.registry.write(officer(world)) as tx:
        with pytest.raises(InvalidValue, match="outstanding"):
            handling.submit(tx, made.id, expected_version=1)
        with pytest.raises(InvalidValue, match="required"):
            handling.answer(tx, made.id, outcome, "", answered_on=DAY, expected_version=1)
        with pytest.raises(InvalidValue, match="future"):
            handling.answer(
                tx, made.id, outcome, "電話", answered_on=DAY + timedelta(days=1), expected_version=1
            )
        now = handling.answer(tx, made.id, outcome, "電話で確かめた", answered_on=DAY, expected_version=1)
        assert {task.task for task in now.tasks} - before == more
        assert (now.outcome, now.answer) == (outcome, "電話で確かめた")
        with pytest.raises(InvalidValue, match="open"):
            handling.submit(tx, made.id, expected_version=2)
        assert certificates.certificate(tx, made.certificate_id).state is State.HELD


def test_a_plain_change_asks_nothing(world: World) -> None:
    """An address means what it says."""
    made = entered(world)
    with world.registry.write(officer(world)) as tx, pytest.raises(InvalidValue, match="none"):
        handling.answer(tx, made.id, Outcome.ENDS, "違う", answered_on=DAY, expected_version=1)


def test_another_person_closes_it(world: World) -> None:
    """Neither who did a task nor who submitted; the database refuses it too. Then nothing changes."""
    made = submitted(world)
    both = replace(officer(world), grants=(*officer(world).grants, *top(world).grants))
    with world.registry.write(both) as tx, pytest.raises(InvalidValue, match="own_work"):
        handling.approve(tx, made.id, "", expected_version=2)
    with world.registry.write(officer(world)) as tx:
        with pytest.raises(AccessDenied):
            handling.approve(tx, made.id, "", expected_version=2)
        with pytest.raises(InvalidValue, match="not_open"):
            handling.reopen_task(tx, made.tasks[0].id, expected_version=2)
    with pytest.raises(StoreError), world.registry.write(top(world)) as tx:
        tx.session.execute(
            update(ChangeRecord).values(
                state="closed", approved_on=DAY, approver_id=ChangeRecord.submitter_id
            )
        )
    with world.registry.write(top(world)) as tx:
        closed = handling.approve(tx, made.id, "控えを見た", expected_version=2)
        assert (closed.state, closed.approved_on, closed.remark) == (ChangeState.CLOSED, DAY, "控えを見た")
        with pytest.raises(InvalidValue, match="closed"):
            handling.send_back(tx, made.id, "だめ", expected_version=3)
        assert register.changes(tx, open_only=True) == []


def test_it_is_sent_back_with_a_reason(world: World) -> None:
    """It is open again, and submitted once more."""
    made = submitted(world)
    with world.registry.write(top(world)) as tx:
        with pytest.raises(InvalidValue, match="required"):
            handling.send_back(tx, made.id, " ", expected_version=2)
        back = handling.send_back(tx, made.id, "控えがない", expected_version=2)
        assert (back.state, back.remark) == (ChangeState.OPEN, "控えがない")
    with world.registry.write(officer(world)) as tx:
        assert handling.submit(tx, made.id, expected_version=3).remark == ""


def test_what_is_due_follows_the_steps(world: World) -> None:
    """Tasks and the question, then submitting, then approving by somebody else."""
    made = entered(world, kind=Kind.MERGER)
    assert kinds(world, officer(world)) == {due.TASK, due.ANSWER}
    with world.registry.write(officer(world)) as tx:
        handling.answer(tx, made.id, Outcome.CONTINUES, "継続", answered_on=DAY, expected_version=1)
        finish_all(tx, made)
    assert kinds(world, officer(world)) == {due.SUBMIT}
    with world.registry.write(officer(world)) as tx:
        handling.submit(tx, made.id, expected_version=2)
    both = replace(officer(world), grants=(*officer(world).grants, *top(world).grants))
    assert (kinds(world, officer(world)), kinds(world, both)) == (set(), set())
    assert kinds(world, top(world)) == {due.APPROVE}
    with world.registry.write(top(world)) as tx:
        handling.approve(tx, made.id, "", expected_version=3)
    assert kinds(world, top(world)) == set()


def test_what_people_wrote_is_sealed_and_others_see_nothing(world: World) -> None:
    """Neither in the tables nor in the journal nor in what an object prints."""
    made = entered(world, before="秘匿の旧所在地", owner="秘匿 花子")
    assert "秘匿" not in repr(made)
    with world.registry.write(officer(world)) as tx:
        handling.finish_task(tx, made.tasks[0].id, "秘匿の控え", on=DAY, expected_version=1)
        for table in ("pm_change", "pm_change_task", "journal_record"):
            rows = tx.session.execute(text(f"SELECT * FROM {table}")).all()
            stored = [each if isinstance(each, bytes) else str(each).encode() for row in rows for each in row]
            assert not any("秘匿".encode() in each for each in stored)
    with world.registry.read(person(5, Role.OFFICER, world.b.unit.id)) as tx:
        assert register.changes(tx) == []
        with pytest.raises(NotFound):
            register.change(tx, made.id)
