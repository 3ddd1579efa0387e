"""Legal entities are third parties to each other: what passes without a basis, and what with one."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import func, select

from registry import discrepancies, feedback, inventory, ledger, organisation, sources
from registry.access import bootstrap_principal, homes_of, withheld
from registry.errors import AccessDenied, Conflict, NotFound
from registry.inventory import ObjectFilter
from registry.model import DiscrepancyKind, Grant, Place, Principal, Role, UnitKind, UserId
from registry.store.tables import DiscrepancyRecord
from tests.access.bases import disclose
from tests.access.calls import source_of
from tests.access.requests import leaks
from tests.access.world import CLOSED, OPEN, World, person
from tests.registry.world import draft

REQUESTS, SEED = 600, 20261128


def officer(world: World) -> Principal:
    """Return the officer of the whole group."""
    return person(Role.GROUP_OFFICER, world.units["G"])


def sees_samples(world: World, company: str, who: Principal | None = None) -> bool:
    """Tell whether somebody, by default the group's officer, gets samples of a company."""
    with world.registry.read(who or officer(world)) as tx:
        try:
            return bool(inventory.samples(tx, world.store, world.targets[company].object_id))
        except (AccessDenied, NotFound):
            return False


def test_the_headquarters_count_everywhere_and_look_only_where_a_basis_is(standing: World) -> None:
    """Rows of all companies with their scores; names, samples and sources of the one with a basis."""
    with standing.registry.read(officer(standing)) as tx:
        page = inventory.objects(tx, standing.store, ObjectFilter())
        named = {row.unit_id for row in page.rows if row.shown}
        searched = inventory.objects(tx, standing.store, ObjectFilter(text="秘密"))
        listed = {source.unit_id for source in sources.list_sources(tx)}
        judged = {each.unit_id for each in feedback.judgements(tx)}
        closed = withheld(tx)
        places = {entry.unit_id for entry in ledger.entries(tx) if entry.places}
    assert (page.total, searched.total) == (12, 4)
    assert all(row.risk is not None and row.persons.low == 30 for row in page.rows)
    only_c = {standing.units["C"]}
    assert named == listed == judged == places == only_c
    assert {standing.units[code] for code in ("A", "A-1", "A-1-1", "B", "B-1")} <= closed
    assert not closed & {standing.units[code] for code in ("G", "HQ", "C", "C-1", "C-1-2")}
    assert [sees_samples(standing, company) for company in "ABC"] == [False, False, True]


def test_the_same_role_inside_the_company_sees_everything_of_it(standing: World) -> None:
    """Who acts for the entity itself needs no basis, and nothing is withheld."""
    who = person(Role.OFFICER, standing.units["A"])
    assert [sees_samples(standing, company, who) for company in "ABC"] == [True, False, False]
    with standing.registry.read(who) as tx:
        assert withheld(tx) == frozenset()


def test_a_basis_opens_from_its_first_day_to_its_last_and_not_after_its_end(world: World) -> None:
    """Days in Japan, both included; the other way round opens nothing."""
    first, last = date(2026, 4, 2), date(2026, 4, 3)
    made = disclose(world.registry, world.units["B"], world.units["HQ"], valid_from=first, valid_until=last)
    seen = []
    for _ in range(4):
        seen.append(sees_samples(world, "B"))
        world.clock.advance(timedelta(days=1))
    assert seen == [False, True, True, False]
    disclose(world.registry, world.units["B"], world.units["HQ"])
    assert sees_samples(world, "B")
    assert made.id is not None


def test_an_affiliation_decides_whom_one_acts_for(standing: World) -> None:
    """A role in B under an affiliation of the headquarters is the headquarters looking at B."""
    units = standing.units
    for home, seen in (("B", True), ("HQ", False), ("A", False), ("C", False)):
        who = Principal(UserId(700), "x", (Grant(Role.OFFICER, units["B"], units[home]),))
        assert sees_samples(standing, "B", who) is seen, home


def test_a_company_below_a_company_is_an_entity_of_its_own(world: World) -> None:
    """A subsidiary is closed to its parent company, and open with a basis though the parent's is closed."""
    units = world.units
    with world.registry.write(bootstrap_principal()) as tx:
        child = organisation.create_unit(
            tx, code="A-SUB", kind=UnitKind.COMPANY, name_ja="子会社", name_en="", parent_id=units["A"]
        ).id
        source = sources.add_source(tx, unit_id=child, name="子会社の共有", owner="", url="/srv/sub")
    parent = person(Role.OFFICER, units["A"])
    for who, basis in ((parent, units["A"]), (officer(world), units["HQ"])):
        for expected in (False, True):
            with world.registry.read(who) as tx:
                assert (source in sources.list_sources(tx)) is expected
            if not expected:
                disclose(world.registry, child, basis)


def test_a_match_between_two_entities_is_named_in_one_capacity_only(standing: World) -> None:
    """Two affiliations of one person do not add up: whose data lie in A stays unnamed."""
    units = standing.units

    def named(*grants: Grant) -> set[int | None]:
        with standing.registry.read(Principal(UserId(700), "x", grants)) as tx:
            found = discrepancies.open_discrepancies(tx)
        return {each.other_unit_id for each in found if each.kind is DiscrepancyKind.WRONG_UNIT}

    with standing.registry.read(bootstrap_principal()) as tx:
        stored = select(func.count()).where(DiscrepancyRecord.kind == DiscrepancyKind.WRONG_UNIT.value)
        assert tx.session.scalar(stored) == 3
    at_a, at_b = Grant(Role.OFFICER, units["A"]), Grant(Role.OFFICER, units["B"])
    assert named(at_a) == named(at_a, at_b) == named(Grant(Role.GROUP_OFFICER, units["G"])) == {None}
    assert units["B"] in named(*bootstrap_principal().grants)


def test_no_right_leaks_from_one_affiliation_into_another(standing: World) -> None:
    """Who is at A and at B neither carries an entry of A to B nor puts a place of B into A."""
    a, b = standing.targets["A"], standing.targets["B"]
    both = Principal(UserId(700), "x", (Grant(Role.OFFICER, a.unit_id), Grant(Role.OFFICER, b.unit_id)))
    with pytest.raises(AccessDenied), standing.registry.write(both) as tx:
        ledger.update_entry(tx, a.entry_id, expected_version=1, changes={"unit_id": b.unit_id})
    at_b = (Grant(Role.EXECUTIVE, a.unit_id), Grant(Role.OFFICER, b.unit_id))
    mixed = Principal(UserId(700), "x", at_b)
    with standing.registry.read(mixed) as tx:
        assert CLOSED["A"] not in repr(ledger.entries(tx, unit_id=a.unit_id))
        assert CLOSED["B"] in repr(ledger.entries(tx, unit_id=b.unit_id))


def test_who_does_not_see_the_places_neither_changes_nor_learns_them(world: World) -> None:
    """The group's officer edits an entry of A; its places stay as they are, in answers and conflicts too."""
    who, target = officer(world), world.targets["A"]
    with world.registry.write(who) as tx:
        edited = ledger.update_entry(tx, target.entry_id, expected_version=1, changes={"purpose": "x"})
        paper = draft(target.unit_id, source_of(target), places=(Place(None, "", "棚"),))
        made = ledger.create_entry(tx, paper)
    assert edited.places == made.places == ()
    with pytest.raises(AccessDenied), world.registry.write(who) as tx:
        ledger.update_entry(
            tx, target.entry_id, expected_version=2, changes={"places": (Place(None, "", "上書き"),)}
        )
    with world.registry.write(person(Role.OFFICER, target.unit_id)) as tx:
        kept = ledger.entry(tx, target.entry_id).places
        moved = (Place(None, "", f"{CLOSED['A']}の新しい棚"),)
        ledger.update_entry(tx, target.entry_id, expected_version=2, changes={"places": moved})
    assert CLOSED["A"] in repr(kept)
    with pytest.raises(Conflict) as caught, world.registry.write(who) as tx:
        ledger.update_entry(tx, target.entry_id, expected_version=2, changes={"purpose": "y"})
    assert (caught.value.columns, caught.value.edits) == ((), ())


def test_an_entry_is_not_moved_to_where_its_places_would_be_seen(standing: World) -> None:
    """The group's officer edits entries of A and sees places of C: moving one from A to C is refused."""
    a, c = standing.targets["A"], standing.targets["C"]
    with pytest.raises(AccessDenied), standing.registry.write(officer(standing)) as tx:
        ledger.update_entry(tx, a.entry_id, expected_version=1, changes={"unit_id": c.unit_id})
    narrow = Principal(
        UserId(700), "x", (Grant(Role.CERTIFICATION_TEAM, a.unit_id), Grant(Role.OFFICER, a.site_id))
    )
    with pytest.raises(AccessDenied), standing.registry.write(narrow) as tx:
        ledger.update_entry(tx, a.entry_id, expected_version=1, changes={"unit_id": a.site_id})


def test_a_tree_without_headquarters_stands_for_itself(standing: World) -> None:
    """Above all entities one acts for the headquarters and the group; elsewhere for one's own entity."""
    units = standing.units
    with standing.registry.read(officer(standing)) as tx:
        assert homes_of(tx, units["G"]) == {units["G"], units["HQ"]}
        assert homes_of(tx, units["A-1-2"]) == {units["A"]}


def test_random_requests_bring_nothing_back(on_sqlite: World) -> None:
    """Some hundred requests of random people with random ids; the slow tier makes ten thousand."""
    assert leaks(on_sqlite, REQUESTS, SEED) == []


@pytest.mark.slow
def test_ten_thousand_random_requests_bring_nothing_back(standing: World) -> None:
    """On both databases, from seeds of their own."""
    assert leaks(standing, 10_000, SEED + 1) == []


def test_the_random_requests_would_notice(on_sqlite: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the separation switched off the very same requests find leaks: the test can fail."""
    from registry import access

    monkeypatch.setattr(access, "SEPARATED", frozenset())
    assert leaks(on_sqlite, REQUESTS, SEED)


def test_marks_stand_where_they_are_looked_for(on_sqlite: World) -> None:
    """Every company's rows carry both marks, so that their absence means something."""
    for company in "ABC":
        with on_sqlite.registry.read(bootstrap_principal()) as tx:
            target = on_sqlite.targets[company]
            seen = repr(
                (
                    inventory.samples(tx, on_sqlite.store, target.object_id),
                    ledger.entry(tx, target.entry_id),
                    organisation.unit(tx, target.unit_id),
                )
            )
        assert CLOSED[company] in seen
        assert OPEN[company] in seen
