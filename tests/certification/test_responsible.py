"""Who is responsible for a line: the owner of its record, else who holds the post, else the unit above."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from daicho.pages.agenda_words import KINDS
from privacy_mark.agenda import agenda
from privacy_mark.audits import appointments
from privacy_mark.certificates import years
from privacy_mark.certificates.years import Change
from privacy_mark.due import Due
from privacy_mark.governance import bodies
from privacy_mark.governance.model import Post
from privacy_mark.responsible import NOBODY, Responsible, responsible, role_of
from registry import accounts
from registry.access import bootstrap_principal
from registry.model import Principal, Role, UnitId
from registry.store import Tx
from tests.access import certificates, governance, laws
from tests.access.bases import APPROVER, RECORDER
from tests.access.rights import DAY
from tests.registry.world import PASSWORD, World, person

pytestmark = pytest.mark.parametrize("world", ["sqlite"], indirect=True)


def who(tx: Tx, kind: str, unit_id: UnitId, row: str = "0") -> Responsible:
    """Return who is responsible for one kind of work in a unit."""
    (found,) = responsible(tx, [Due(kind, unit_id, DAY, "", row)])
    return found


def grant(tx: Tx, name: str, role: Role, unit_id: UnitId) -> None:
    """Give somebody new a role."""
    made = accounts.create_account(tx, f"{role}-{unit_id}", name, PASSWORD, "ja", unit_id=unit_id)
    accounts.grant(tx, made, role, unit_id)


def test_a_post_is_looked_for_in_the_unit_then_above(world: World) -> None:
    """The site's manager for the site; the company's privacy manager where there is none; then the group."""
    site, company = world.a.site.id, world.a.unit.id
    with world.registry.write(bootstrap_principal()) as tx:
        assert who(tx, "ledger.unknown", world.group.id) == NOBODY
        # The company's account of the tests holds the role of its privacy manager.
        assert who(tx, "differences.handle", site) == Responsible("利用者", Role.OFFICER)
        grant(tx, "工場長", Role.DEPARTMENT_MANAGER, site)
        assert who(tx, "differences.handle", site) == Responsible("工場長", Role.DEPARTMENT_MANAGER)
        assert who(tx, "differences.decide", site) == Responsible("利用者", Role.OFFICER)
        assert who(tx, "training.follow_up", site) == Responsible("利用者", Role.OFFICER)
        grant(tx, "教育責任者", Role.TRAINING_MANAGER, company)
        assert who(tx, "training.follow_up", site) == Responsible("教育責任者", Role.TRAINING_MANAGER)
        grant(tx, "統括", Role.GROUP_OFFICER, world.group.id)
        assert who(tx, "audits.plan", world.group.id) == Responsible("統括", Role.GROUP_OFFICER)


def test_an_appointment_goes_before_a_role_and_holds_for_its_days(world: World) -> None:
    """Who was appointed by letter is named; when the last day is over, who holds the role is."""
    unit = world.a.unit.id
    with world.registry.write(bootstrap_principal()) as tx:
        bodies.appoint(tx, replace(governance.appointment(unit), valid_until=DAY))
        assert who(tx, "pms.plan", unit) == Responsible("佐藤 恵", Role.OFFICER)
        bodies.appoint(tx, replace(governance.appointment(unit), post=Post.TOP, person="社長"))
        assert who(tx, "documents.approve", unit) == Responsible("社長", Role.TOP_MANAGEMENT)
        made = accounts.create_account(tx, "audit", "監査責任者", PASSWORD, "ja", unit_id=unit)
        accounts.grant(tx, made, Role.AUDIT_MANAGER, unit)
        appointments.appoint(tx, unit, made, valid_from=DAY)
        assert who(tx, "audits.assign", unit) == Responsible("監査責任者", Role.AUDIT_MANAGER)
    world.clock.advance(timedelta(days=1))
    with world.registry.write(bootstrap_principal()) as tx:
        assert who(tx, "pms.plan", unit) == Responsible("利用者", Role.OFFICER)


def test_the_owner_of_the_record_goes_first(world: World) -> None:
    """Of an item of the plan, a change of a law, a ledger entry; what waits for oneself names oneself."""
    unit = world.a.unit.id
    with world.registry.write(RECORDER) as tx:
        year = certificates.submitted(tx, unit, DAY)
        laws.fill(tx, world.b.unit.id, "")
    with world.registry.write(APPROVER) as tx:
        year = years.send_back(tx, year.id, note="担当を入れる", expected_version=year.version)
    with world.registry.write(RECORDER) as tx:
        first = year.items[0]
        years.change_items(
            tx, year.id, {first.id: Change(first.due_on, "総務 花子")}, expected_version=year.version
        )
        line = Due("pms.item", unit, first.due_on, year.number, str(year.id))
        later = replace(line, due_on=first.due_on + timedelta(days=1))
        assert responsible(tx, [line, later]) == [
            Responsible("総務 花子"),
            Responsible("利用者", Role.OFFICER),
        ]
        entry = Due("ledger.review", unit, DAY, world.a.entry.number, str(world.a.entry.id))
        assert responsible(tx, [entry, line], ["", "別の方"]) == [
            Responsible(world.a.entry.owner),
            Responsible("別の方"),
        ]
        assert who(tx, "training.take", unit) == Responsible(RECORDER.name)


def test_a_name_is_told_to_who_reads_appointments_only(world: World) -> None:
    """A person of the company, who may not, is told the post; so is who asks for what the group holds."""
    unit = world.a.unit.id
    with world.registry.write(bootstrap_principal()) as tx:
        grant(tx, "統括", Role.GROUP_OFFICER, world.group.id)
        bodies.appoint(tx, replace(governance.appointment(unit), post=Post.TRAINING_MANAGER))
    for asker, named in (
        (person(2, Role.OFFICER, unit), "佐藤 恵"),
        (person(3, Role.TRAINING_MANAGER, unit), ""),
        (person(5, Role.OFFICER, world.b.unit.id), ""),
    ):
        with world.registry.read(asker) as tx:
            assert who(tx, "training.follow_up", unit) == Responsible(named, Role.TRAINING_MANAGER)
    with world.registry.read(person(2, Role.OFFICER, unit)) as tx:
        assert who(tx, "pms.plan", world.group.id) == Responsible("", Role.GROUP_OFFICER)
    holder = Principal(world.a.user_id, "利用者", person(3, Role.TRAINING_MANAGER, unit).grants)
    with world.registry.read(holder) as tx:  # one's own name one may always see
        assert who(tx, "pms.plan", unit) == Responsible("利用者", Role.OFFICER)


def test_no_kind_is_left_to_nobody_where_an_entity_has_a_privacy_manager(world: World) -> None:
    """Every kind of work of 今日の対応 leads to somebody."""
    with world.registry.write(bootstrap_principal()) as tx:
        assert all(who(tx, kind, world.a.site.id) != NOBODY for kind in KINDS)
        assert {role_of(kind) for kind in KINDS} >= {Role.TOP_MANAGEMENT, Role.AUDIT_MANAGER}
        found = agenda(tx, world.a.unit.id, DAY)
        told = responsible(tx, [line.due for line in found.lines], [line.owner for line in found.lines])
    assert found.lines
    assert NOBODY not in told
