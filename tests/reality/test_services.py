"""What each person sees of scans and comparisons, on both databases."""

import os
from dataclasses import replace
from datetime import date, timedelta

import pytest

from registry import discrepancies, inventory, journal, ledger, organisation, runs, situation
from registry.access import bootstrap_principal
from registry.assess import assess
from registry.errors import AccessDenied, InvalidValue, NotFound, StoreError
from registry.findings import FindingsStore
from registry.handling import RetentionEvent
from registry.inventory import ObjectFilter
from registry.model import (
    DiscrepancyKind,
    ObjectId,
    Place,
    Principal,
    Readable,
    RiskLevel,
    RiskTermKind,
    Role,
    RunId,
    Subject,
    UnitKind,
    UserId,
)
from registry.risk import LedgerState, unit_upper
from registry.store import Registry
from registry.vault import Vault
from scanners.model import Category, Exposure, Outcome, Reason, RunTotals
from tests.reality.results import object_id, result
from tests.reality.world import SECRET_B, World, share_of_a, share_of_b

C = Category
K = DiscrepancyKind
HEALTH = object_id("file:///srv/a/%E7%B7%8F%E5%8B%99/%E5%81%A5%E8%A8%BA.csv")
EVERYTHING = ObjectFilter(everything=True)


def found(world: World, principal: Principal, wanted: ObjectFilter = EVERYTHING, **page: int) -> list[str]:
    """Return the names of the objects that somebody sees."""
    with world.registry.read(principal) as tx:
        return [row.name for row in inventory.objects(tx, world.store, wanted, **page).rows]


def test_what_is_wrong_is_found(standing):
    """Each planted difference appears once, as its kind, with the entry or the place that it concerns."""
    with standing.registry.read(bootstrap_principal()) as tx:
        seen = {(each.kind, each.unit_id, each.subject) for each in discrepancies.open_discrepancies(tx)}
    a, b = standing.units["A"].id, standing.units["B"].id
    assert seen == {
        (K.UNREGISTERED, a, "総務/健診.csv"),
        (K.WRONG_UNIT, a, "営業/患者.csv"),
        (K.UNREGISTERED, b, f"{SECRET_B}/山●●●.csv"),
    }


def test_whose_data_they_seem_to_be_is_told(standing):
    """The wrong unit's discrepancy names the hospital that has those patients registered."""
    with standing.registry.read(bootstrap_principal()) as tx:
        (wrong,) = [each for each in discrepancies.open_discrepancies(tx) if each.kind is K.WRONG_UNIT]
    assert wrong.other_unit_id == standing.units["H"].id
    with standing.registry.read(standing.person(Role.OFFICER, "A")) as tx:
        (wrong,) = [each for each in discrepancies.open_discrepancies(tx) if each.kind is K.WRONG_UNIT]
    assert wrong.other_unit_id is None  # a unit out of sight is not named
    assert wrong.found == 40


@pytest.mark.parametrize(("same_birth", "expected"), [(True, K.WRONG_UNIT), (False, K.UNREGISTERED)])
def test_names_with_birthdays_tell_whose_data_they_are(world, same_birth, expected):
    """A name and the birthday in its row identify a person; a namesake of another birthday does not."""
    names = range(900, 910)
    births = names if same_birth else range(800, 810)
    world.clock.advance()
    registered = {C.PERSON: names, C.DOB: names}
    world.scan("H", [result("/srv/h/台帳/名.db!staff", registered, persons=10, kind="table")])
    world.scan("A", [result("/srv/a/営業/写し.csv", {C.PERSON: names, C.DOB: births}, persons=10)])
    world.assess()
    with world.registry.read(world.person(Role.OFFICER, "A")) as tx:
        kinds = [each.kind for each in discrepancies.open_discrepancies(tx) if each.kind is not K.NOT_FOUND]
    assert kinds == [expected]


def test_a_row_shows_why_it_scores(standing):
    """An inventory row carries its score, the terms of it, and what was found."""
    with standing.registry.read(standing.person(Role.OFFICER, "A")) as tx:
        row = inventory.object_row(tx, standing.store, HEALTH)
    assert row.name == "健診.csv"
    assert row.folder == "/srv/a/総務/"
    assert row.categories[C.MEDICAL].count == 3
    assert row.risk is not None
    assert {term.kind: term.basis for term in row.risk.terms} == {
        RiskTermKind.PERSONS: "20",
        RiskTermKind.SENSITIVITY: "special_care",
        RiskTermKind.EXPOSURE: "everyone",
        RiskTermKind.LEDGER: LedgerState.UNREGISTERED.value,
    }


def test_registered_objects_name_their_entry(standing):
    """An object that the ledger covers names the entry."""
    wanted = ObjectFilter(text="社員")
    with standing.registry.read(standing.person(Role.OFFICER, "A")) as tx:
        (row,) = inventory.objects(tx, standing.store, wanted).rows
    assert row.entry_ids == (standing.entries["A"].id,)


def test_the_inventory_is_ordered_and_paged(standing):
    """Pages together are the whole list, the heaviest first, what was not examined last."""
    administrator = standing.person(Role.ADMINISTRATOR, "G")
    everything = found(standing, administrator, limit=100)
    pages = [name for offset in (0, 3, 6) for name in found(standing, administrator, offset=offset, limit=3)]
    assert pages == everything
    assert everything[0] == "健診.csv"
    assert set(everything[-2:]) == {"案内.txt", "錠.zip"}
    with standing.registry.read(administrator) as tx:
        assert inventory.objects(tx, standing.store, EVERYTHING, limit=1).total == len(everything)
        assert inventory.objects(tx, standing.store, ObjectFilter(), limit=1).total == len(everything) - 2


@pytest.mark.parametrize(
    ("wanted", "names"),
    [
        (ObjectFilter(text="健診"), {"健診.csv"}),
        (ObjectFilter(text="XLSX"), {"社員.xlsx"}),
        (ObjectFilter(text="100%' OR 1=1"), set()),
        (ObjectFilter(categories=frozenset({C.MEDICAL})), {"健診.csv"}),
        (ObjectFilter(categories=frozenset({C.MEDICAL, C.PHONE})), {"健診.csv", "社員.xlsx"}),
        (ObjectFilter(kinds=frozenset({"xlsx", "txt"})), {"社員.xlsx"}),
        (ObjectFilter(levels=frozenset({RiskLevel.CRITICAL})), set()),
        (ObjectFilter(levels=frozenset({RiskLevel.LOW})), {"社員.xlsx"}),
        (ObjectFilter(levels=frozenset({RiskLevel.MODERATE, RiskLevel.ELEVATED})), {"患者.csv", "健診.csv"}),
    ],
)
def test_filters(standing, wanted, names):
    """Each filter keeps exactly what it names; a text is a text, whatever it holds."""
    assert set(found(standing, standing.person(Role.OFFICER, "A"), wanted)) == names


def test_a_unit_filter_stays_within_sight(standing):
    """Narrowing to a unit shows what lies in it and below, and nothing of a unit out of sight."""
    officer = standing.person(Role.OFFICER, "A")
    assert len(found(standing, officer, ObjectFilter(unit_id=standing.units["G"].id))) == 3
    assert found(standing, officer, ObjectFilter(unit_id=standing.units["B"].id)) == []


def test_samples_are_varied_and_masked(standing):
    """Samples show every category before a second one of any, the best first, each value once."""
    with standing.registry.read(standing.person(Role.OFFICER, "A")) as tx:
        samples = inventory.samples(tx, standing.store, HEALTH, limit=4)
    assert {sample.category for sample in samples[:2]} == {C.PERSON, C.MEDICAL}
    assert all("●" in sample.masked for sample in samples)
    assert samples[0].score >= samples[1].score


def test_an_executive_sees_scores_and_no_locations(standing):
    """Executives get rows with counts and scores, but no name, owner, sample, subject or object."""
    executive = standing.person(Role.EXECUTIVE, "A")
    with standing.registry.read(executive) as tx:
        rows = inventory.objects(tx, standing.store, ObjectFilter()).rows
        assert len(rows) == 3
        assert {(row.shown, row.name, row.folder, row.owner) for row in rows} == {("", "", "", "")}
        assert inventory.objects(tx, standing.store, ObjectFilter(text="健診")).total == 0
        with pytest.raises(AccessDenied):
            inventory.samples(tx, standing.store, HEALTH)
        shown = discrepancies.open_discrepancies(tx)
        assert {(each.subject, each.objects) for each in shown} == {("", ())}
        heaviest = situation.situation(tx, standing.store, standing.units["A"].id).heaviest
        assert heaviest is not None
        assert (heaviest.name, heaviest.risk is not None) == ("", True)


@pytest.mark.parametrize("role", Role)
def test_nothing_of_a_sibling_company_is_seen(standing, role):
    """Whatever somebody of company A asks, nothing of company B comes back, not even its existence."""
    b = standing.units["B"].id
    secret = object_id(share_of_b()[0].uri)
    with standing.registry.read(standing.person(role, "A")) as tx:
        seen = [
            inventory.objects(tx, standing.store, EVERYTHING),
            inventory.objects(tx, standing.store, ObjectFilter(text=SECRET_B)),
            inventory.kinds(tx, standing.store),
            inventory.unexamined(tx, standing.store, unit_id=b),
            discrepancies.open_discrepancies(tx),
            discrepancies.open_discrepancies(tx, unit_id=b),
            discrepancies.counts_below(tx),
            situation.situations(tx, standing.store),
            runs.latest_runs(tx),
        ]
        for ask in (
            lambda: inventory.object_row(tx, standing.store, secret),
            lambda: inventory.samples(tx, standing.store, secret),
            lambda: situation.situation(tx, standing.store, b),
            lambda: situation.situations(tx, standing.store, under=b),
            lambda: situation.children(tx, standing.store, b),
            lambda: situation.trend(tx, b),
        ):
            with pytest.raises(NotFound):
                ask()
    told = repr(seen)
    assert SECRET_B not in told
    assert secret not in told
    assert "単位B" not in told
    assert f"unit_id={b}," not in told


def test_somebody_without_a_role_sees_nothing(world):
    """Without a role every list is empty, and comparing is refused."""
    nobody = Principal(UserId(9), "nobody", ())
    assert found(world, nobody) == []
    with world.registry.read(nobody) as tx:
        assert discrepancies.open_discrepancies(tx) == []
        assert situation.situations(tx, world.store) == []
        assert runs.latest_runs(tx) == []
    with pytest.raises(AccessDenied):
        world.assess(nobody)
    with pytest.raises(AccessDenied):
        world.assess(world.person(Role.EXECUTIVE, "G"))


def test_what_was_not_examined_is_told(standing):
    """Reasons and counts of what could not be read, and the kinds to choose, are those of units in sight."""
    for code, expected, kinds in (
        ("A", {Reason.ENCRYPTED: 1}, ["csv", "txt", "xlsx", "zip"]),
        ("B", {}, ["csv"]),
    ):
        with standing.registry.read(standing.person(Role.OFFICER, code)) as tx:
            assert inventory.unexamined(tx, standing.store) == expected
            assert inventory.kinds(tx, standing.store) == kinds


def test_before_the_first_comparison_everything_is_empty(database_url, tmp_path):
    """A new registry answers every question with nothing, and comparing nothing is no error."""
    vault = Vault(bytes(range(32)))
    store = FindingsStore(tmp_path / "findings", vault)
    registry = Registry.open(database_url, vault)
    registry.migrate()
    with registry.write(bootstrap_principal()) as tx:
        group = organisation.create_unit(
            tx, code="G", kind=UnitKind.GROUP, name_ja="群", name_en="", parent_id=None
        )
    with registry.read(bootstrap_principal()) as tx:
        assert inventory.objects(tx, store, EVERYTHING).total == 0
        assert inventory.kinds(tx, store) == []
        assert inventory.unexamined(tx, store) == {}
        assert situation.situation(tx, store, group.id).risk is None
        assert situation.trend(tx, group.id) == []
    with registry.write(bootstrap_principal()) as tx:
        made = assess(tx, store, as_of=tx.now.date())
    assert (made.changed, made.objects, made.in_scope) == (True, 0, 0)
    with registry.read(bootstrap_principal()) as tx:
        assert inventory.objects(tx, store, EVERYTHING).total == 0
    registry.close()


def test_a_comparison_that_fails_leaves_the_last_one(world):
    """When a listed file is missing, the comparison says so, and what was known stays as it was."""
    before = found(world, bootstrap_principal())
    world.clock.advance()
    run = world.scan("B", [])
    (world.store.directory / run.id / "objects.parquet").unlink()
    known = set(world.store.directory.iterdir())
    with pytest.raises(StoreError, match="missing"):
        world.assess()
    assert set(world.store.directory.iterdir()) == known
    assert found(world, bootstrap_principal()) == before


def test_situations_of_the_group(standing):
    """Every company and hospital has one line; one that was never scanned has no score."""
    with standing.registry.read(standing.person(Role.EXECUTIVE, "G")) as tx:
        lines = {each.unit.code: each for each in situation.situations(tx, standing.store)}
        sites = situation.children(tx, standing.store, standing.units["A"].id)
    assert list(lines) == ["A", "B", "H", "N"]
    assert lines["N"].risk is None
    assert lines["N"].as_of is None
    a = lines["A"]
    assert a.risk is not None
    assert a.heaviest is not None
    assert a.heaviest.id == HEALTH
    assert a.risk == a.heaviest.risk
    assert (a.totals.listed, a.totals.failed, a.objects_with_findings, a.discrepancies) == (5, 1, 3, 2)
    assert (a.persons.low, a.persons.high) == (40, 105)
    assert a.as_of == standing.clock()
    assert a.risk is not None
    assert a.upper is not None
    assert a.risk.score < unit_upper(a.risk.score, examined=4, in_scope=5) <= a.upper < 100
    assert [each.unit.code for each in sites] == ["A-HR"]
    assert sites[0].risk is None


def test_what_went_away_lowers_the_score(world):
    """After clearing up, a new scan lowers the score, and the trend keeps both points."""
    with world.registry.read(bootstrap_principal()) as tx:
        before = situation.situation(tx, world.store, world.units["A"].id)
    world.clock.advance()
    world.scan("A", share_of_a()[:1])
    assert world.assess().changed
    with world.registry.read(bootstrap_principal()) as tx:
        after = situation.situation(tx, world.store, world.units["A"].id)
        points = situation.trend(tx, world.units["A"].id)
        unchanged = situation.trend(tx, world.units["B"].id)
        assert inventory.rows_of(tx, world.store, [HEALTH]) == {}
    assert after.risk is not None
    assert before.risk is not None
    assert after.previous == before.risk.score > after.risk.score
    assert after.discrepancies == 0
    assert [point.upper for point in points] == [before.upper, after.upper]
    assert [point.score for point in points] == [before.risk.score, after.risk.score]
    assert len(unchanged) == 1


def test_registering_settles_the_difference(world):
    """Once an entry lists the data, the next comparison no longer reports them."""
    officer = world.person(Role.OFFICER, "A")
    with world.registry.write(officer, reason="register") as tx:
        entry = world.entries["A"]
        places = (*entry.places, Place(world.sources["A"].id, "総務/", ""))
        changes = {"places": places, "items": entry.items | {C.MEDICAL}}
        ledger.update_entry(tx, entry.id, expected_version=1, changes=changes)
    assert world.assess(officer).changed
    with world.registry.read(officer) as tx:
        kinds = [each.kind for each in discrepancies.open_discrepancies(tx)]
        row = inventory.object_row(tx, world.store, HEALTH)
        listed = discrepancies.open_discrepancies(tx, entry_id=world.entries["A"].id)
    assert kinds == [K.OVER_EXPOSED, K.WRONG_UNIT]  # all may read it, and the entry says the department
    assert row.entry_ids == (world.entries["A"].id,)
    assert [each.kind for each in listed] == [K.OVER_EXPOSED]


@pytest.mark.parametrize(
    ("stated", "expected"),
    [
        ({}, [K.OVER_RETAINED]),
        ({"legal_hold": True, "legal_hold_reason": "訴訟"}, []),
        ({"retention_event": RetentionEvent.EMPLOYMENT_END}, []),
        (
            {"retention_event": RetentionEvent.CONTRACT_END, "retention_event_on": date(2025, 1, 1)},
            [K.OVER_RETAINED],
        ),
    ],
)
def test_what_the_ledger_says_of_retention_reaches_the_comparison(world, stated, expected):
    """The event that months run from, and a hold, are read from the ledger."""
    with world.registry.write(bootstrap_principal(), reason="retention") as tx:
        entry = world.entries["A"]
        changes = {"retention_months": 1, **stated}
        ledger.update_entry(tx, entry.id, expected_version=1, changes=changes)
    world.assess()
    with world.registry.read(bootstrap_principal()) as tx:
        listed = discrepancies.open_discrepancies(tx, entry_id=world.entries["A"].id)
    assert [each.kind for each in listed] == expected


def test_comparing_again_writes_nothing(world):
    """An unchanged reality makes no second assessment, score or journal record."""
    with world.registry.read(bootstrap_principal()) as tx:
        lines = len(list(journal.lines(tx)))
    files = sorted(world.store.directory.iterdir())
    world.clock.advance()
    again = world.assess()
    assert not again.changed
    assert sorted(world.store.directory.iterdir()) == files
    with world.registry.read(bootstrap_principal()) as tx:
        assert len(list(journal.lines(tx))) == lines
        assert len(situation.trend(tx, world.units["A"].id)) == 1


def test_earlier_assessments_stay(world):
    """A new assessment takes the place of the current one and deletes nothing."""
    files = set(world.store.directory.iterdir())
    world.clock.advance()
    world.scan("B", [])
    world.assess()
    assert files < set(world.store.directory.iterdir())


def test_a_scan_without_a_source_replaces_itself(world):
    """Two scans of one path in one unit leave the newer; another path's run stays beside it."""
    world.clock.advance()
    for paths in (["/tmp/x/1.csv", "/tmp/x/2.csv"], ["/tmp/x/2.csv"]):
        made = [result(path, {C.PHONE: range(3)}, persons=3) for path in paths]
        world.scan("A", made, source=False, target="/tmp/x")
        world.clock.advance()
    world.scan("A", [result("/tmp/y/3.csv", {C.PHONE: range(3)}, persons=3)], source=False, target="/tmp/y")
    world.assess()
    names = found(world, world.person(Role.OFFICER, "A"), ObjectFilter(text="/tmp/"))
    assert sorted(names) == ["2.csv", "3.csv"]


def test_an_object_seen_twice_counts_once(world):
    """A path scanned by hand that belongs to a registered source stays the source's object."""
    before = found(world, bootstrap_principal())
    world.clock.advance()
    world.scan("A", share_of_a(), unit="G", source=False, target="/srv/a")
    world.assess()
    assert found(world, bootstrap_principal()) == before


def test_a_run_needs_the_right_and_sound_totals(world):
    """A run is recorded by who may scan there, and only when its counts add up; a refusal leaves no row."""
    row = {
        "run_id": "r",
        "unit_id": world.units["B"].id,
        "source_id": None,
        "started_at": world.clock(),
        "finished_at": world.clock(),
        "rules_version": "1",
        "files": [],
    }
    with pytest.raises(AccessDenied), world.registry.write(world.person(Role.OFFICER, "A")) as tx:
        runs.record_run(tx, **row, totals=RunTotals())
    with pytest.raises(InvalidValue), world.registry.write(bootstrap_principal()) as tx:
        runs.record_run(tx, **row, totals=RunTotals(listed=2, complete=1))
    with world.registry.read(bootstrap_principal()) as tx:
        assert len(runs.latest_runs(tx)) == 3


def test_runs_are_read_through_their_row(world):
    """Files without a row in the registry are never read, however they came into the directory."""
    writer = world.store.writer(runs.new_run_id(world.clock()), world.units["A"].id, world.sources["A"].id)
    writer.add(result("/srv/a/幽霊.csv", {C.PHONE: range(3)}, persons=3))
    writer.commit()
    assert not world.assess().changed
    assert "幽霊.csv" not in found(world, bootstrap_principal())


def test_abandoned_files_are_cleared_away_after_a_week(world):
    """What a killed scan left goes after a week; younger ones may still be written, listed ones stay."""
    kept = set(world.store.directory.iterdir())
    for name, days in (("old", 8), ("young", 6)):
        world.store.writer(RunId(name), world.units["A"].id).commit()
        past = (world.clock() - timedelta(days=days)).timestamp()
        for path in (*(world.store.directory / name).iterdir(), world.store.directory / name):
            os.utime(path, (past, past))
    with world.registry.write(bootstrap_principal()) as tx:
        assert runs.remove_abandoned(tx, world.store) == 1
    assert set(world.store.directory.iterdir()) == kept | {world.store.directory / "young"}


def test_an_incomplete_share_accuses_no_entry(world):
    """An entry whose folder is empty is reported only after a scan that saw everything."""
    world.clock.advance()
    locked = result("/srv/h/x.zip", kind="zip", outcome=Outcome.FAILED, reason=Reason.ENCRYPTED)
    for results, expected in (([locked], []), ([], [K.NOT_FOUND])):
        world.scan("H", results)
        world.clock.advance()
        world.assess()
        with world.registry.read(world.person(Role.OFFICER, "H")) as tx:
            assert [each.kind for each in discrepancies.open_discrepancies(tx)] == expected


def test_comparisons_and_runs_stand_in_the_journal(standing):
    """Every run and every comparison left its record, and the chain holds."""
    with standing.registry.read(bootstrap_principal()) as tx:
        actions = [line.action for line in journal.lines(tx)]
    assert actions.count("run_recorded") == 3
    assert actions.count("reality_assessed") == 1


def test_units_tell_whose_data_are_widely_readable(world):
    """Patients first; persons are counted over objects; narrow and unknown circles are not told."""
    world.clock.advance()
    world.scan(
        "H",
        [
            result("/srv/h/a.csv", {C.PATIENT_ID: range(30)}, persons=30, exposure=Exposure.EVERYONE),
            result("/srv/h/b.csv", {C.PATIENT_ID: range(20, 50)}, persons=30, exposure=Exposure.EVERYONE),
            result("/srv/h/c.csv", {C.MEDICAL: range(3)}, persons=9, exposure=Exposure.ALL_STAFF),
            result("/srv/h/d.csv", {C.MY_NUMBER: range(400)}, persons=400, exposure=Exposure.GROUP),
            result("/srv/h/e.csv", {C.MY_NUMBER: range(400)}, persons=400, exposure=Exposure.UNKNOWN),
        ],
    )
    world.assess()
    with world.registry.read(world.person(Role.OFFICER, "H")) as tx:
        here = situation.situation(tx, world.store, world.units["H"].id)
    assert here.risk is not None, here
    assert here.readable == (
        Readable(Exposure.EVERYONE, Subject.PATIENT, 50),
        Readable(Exposure.ALL_STAFF, Subject.SPECIAL_CARE, 9),
    )


def test_names_of_readers_are_for_who_sees_locations(world):
    """They come from the run's file into the inventory; an executive sees how wide, and no names."""
    named = replace(
        result("/srv/a/x.csv", {C.PHONE: range(3)}, persons=3, exposure=Exposure.GROUP),
        readers=("group:hr", "sato"),
    )
    world.clock.advance()
    world.scan("A", [named])
    world.assess()
    seen = {}
    for role in (Role.OFFICER, Role.EXECUTIVE):
        with world.registry.read(world.person(role, "A")) as tx:
            rows = inventory.rows_of(tx, world.store, [ObjectId(named.id)])
        seen[role] = [each.readers for each in rows.values()]
    assert seen[Role.OFFICER] == [("group:hr", "sato")]
    assert seen[Role.EXECUTIVE] in ([], [()])
