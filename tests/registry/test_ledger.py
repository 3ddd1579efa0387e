"""The ledger: what an entry must hold, how edits meet, and what its history keeps."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from registry import ledger, processors, sources
from registry.errors import Conflict, InvalidValue
from registry.handling import (
    Acquisition,
    Answer,
    Consent,
    Medium,
    RetentionEvent,
    Subject,
    Transfer,
    TransferBasis,
)
from registry.ledger_columns import COLUMNS, changed, checked, column_value, draft_of, value_of
from registry.model import EntryId, LedgerEntry, Place, Principal, SourceId, SourceRow, UnitId
from registry.store import Tx
from scanners.model import Category, Exposure
from tests.registry.world import World, draft


def officer(world: World) -> Principal:
    """Return who edits company A's ledger."""
    return world.personas()["officer of A"]


def read(world: World, entry_id: EntryId) -> LedgerEntry:
    """Return an entry as it stands."""
    with world.registry.read(officer(world)) as tx:
        return ledger.entry(tx, entry_id)


def edit(world: World, who: Principal, version: int, /, **changes: object) -> LedgerEntry:
    """Change company A's entry in a transaction of its own."""
    with world.registry.write(who) as tx:
        return ledger.update_entry(tx, world.a.entry.id, expected_version=version, changes=changes)


def test_an_entry_comes_back_as_it_was_written(world: World) -> None:
    """Every column keeps its value and type through the database."""
    wanted = draft(
        world.a.unit.id,
        world.a.source,
        items=frozenset(Category),
        places=(Place(world.a.source.id, "人事/採用/", "共有"), Place(None, "", "紙のキャビネット")),
        retention_months=None,
        retention_until=date(2030, 3, 31),
        approximate_count=None,
        exposure=Exposure.EVERYONE,
        purpose="採用選考\nおよび連絡",
    )
    with world.registry.write(officer(world)) as tx:
        made = ledger.create_entry(tx, wanted)
    stored = read(world, made.id)
    assert stored == made
    assert draft_of(stored) == wanted
    assert (stored.version, stored.updated_by, stored.updated_at) == (1, "officer 2", world.clock.now)


def test_numbers_continue_over_companies(world: World) -> None:
    """Numbers are unique in the registry and go on where they stopped, past L-9999 too."""
    with world.registry.write(officer(world)) as tx:
        made = ledger.create_entry(tx, draft(world.a.unit.id, world.a.source))
        assert (world.a.entry.number, world.b.entry.number, made.number) == ("L-0001", "L-0002", "L-0003")
        row = tx.session.get_one(ledger.LedgerRecord, made.id)
        row.number = "L-9999"
        tx.session.flush()
        assert ledger.create_entry(tx, draft(world.a.unit.id, world.a.source)).number == "L-10000"
        assert ledger.create_entry(tx, draft(world.a.unit.id, world.a.source)).number == "L-10001"
        assert [entry.number for entry in ledger.entries(tx)][-3:] == ["L-9999", "L-10000", "L-10001"]


@pytest.mark.parametrize(
    ("column", "value", "rule"),
    [
        ("name", "  ", "required"),
        ("name", "x" * 201, "too_long"),
        ("purpose", "", "required"),
        ("purpose", "a\x00b", "control_characters"),
        ("storage_method", 3, "type"),
        ("access_holders", "", "required"),
        ("end_of_use", "\u3000", "required"),
        ("owner", "", "required"),
        ("items", frozenset(), "required"),
        ("items", frozenset({"PERSON"}), "type"),
        ("places", (), "required"),
        ("places", (Place(None, "x/", " "),), "required"),
        ("places", [Place(None, "", "棚")], "type"),
        ("places", (Place(None, "../秘密/", "棚"),), "outside_the_source"),
        ("places", tuple([Place(None, "", "棚")] * 201), "too_many"),
        ("retention_months", 0, "range"),
        ("retention_months", True, "type"),
        ("retention_until", "2030-03-31", "type"),
        ("retention_until", datetime(2030, 3, 31), "type"),  # noqa: DTZ001 - the very value refused
        ("approximate_count", -1, "range"),
        ("approximate_count", "many", "type"),
        ("exposure", "everyone?", "type"),
        ("unit_id", None, "type"),
    ],
)
def test_invalid_columns_are_named(column: str, value: object, rule: str) -> None:
    """A draft and a change of one are refused for the same values, by column and rule."""
    good = draft(UnitId(1), SourceRow(SourceId(1), UnitId(1), "share", "", "/srv", 1))
    assert checked(good) == good
    for attempt in (
        lambda: checked(replace(good, **{column: value})),
        lambda: changed(good, {column: value}),
    ):
        with pytest.raises(InvalidValue) as caught:
            attempt()
        assert (caught.value.column, caught.value.rule) == (column, rule)


def test_an_invalid_entry_is_not_written(world: World) -> None:
    """Creating and editing check before they write."""
    who = world.personas()["administrator"]
    with pytest.raises(InvalidValue, match="purpose: required"), world.registry.write(who) as tx:
        ledger.create_entry(tx, draft(world.a.unit.id, world.a.source, purpose=""))
    with pytest.raises(InvalidValue, match="purpose: required"):
        edit(world, who, 1, purpose="")
    with world.registry.read(who) as tx:
        assert ledger.entries(tx) == [world.a.entry, world.b.entry]


def test_columns_of_the_registry_itself_cannot_be_edited(world: World) -> None:
    """What the registry adds to a draft, and what does not exist, is refused by name."""
    for column in ("id", "number", "version", "updated_by", "nonsense"):
        with pytest.raises(InvalidValue, match=f"{column}: unknown_column"):
            edit(world, officer(world), 1, **{column: "x"})


def test_a_stale_edit_is_told_who_changed_what_when(world: World) -> None:
    """The second of two people who read the same version loses nothing of the first one's work."""
    boss = world.personas()["administrator of A"]
    world.clock.advance(timedelta(minutes=5))
    edit(world, boss, 1, purpose="新しい目的")
    when = world.clock.now
    world.clock.advance(timedelta(minutes=5))
    with pytest.raises(Conflict) as caught:
        edit(world, officer(world), 1, owner="別の責任者")
    assert (caught.value.who, caught.value.when, caught.value.columns) == (boss.name, when, ("purpose",))
    stored = read(world, world.a.entry.id)
    assert (stored.purpose, stored.owner, stored.version) == ("新しい目的", world.a.entry.owner, 2)


def test_two_interleaved_editors_lose_no_update(world: World) -> None:
    """Editors who retry after a conflict, each from what they last read, all keep their edits."""
    people = [officer(world), world.personas()["administrator of A"]]
    seen = [1, 1]
    conflicts = 0
    for step in range(12):
        turn = step % 2
        try:
            current = read(world, world.a.entry.id)
            count = current.approximate_count or 0
            edit(world, people[turn], seen[turn], approximate_count=count + 1)
            seen[turn] += 1
        except Conflict:
            conflicts += 1
            seen[turn] = read(world, world.a.entry.id).version
            edit(world, people[turn], seen[turn], approximate_count=count + 1)
            seen[turn] += 1
    final = read(world, world.a.entry.id)
    assert conflicts > 0
    assert (final.approximate_count, final.version) == ((world.a.entry.approximate_count or 0) + 12, 13)


def test_an_unknown_version_is_a_conflict(world: World) -> None:
    """A version that never was cannot be what the person read."""
    with pytest.raises(Conflict) as caught:
        edit(world, officer(world), 7, purpose="x")
    assert caught.value.columns == ()


def test_an_edit_that_changes_nothing_leaves_no_version(world: World) -> None:
    """Saving a form untouched is no edit."""
    same = edit(world, officer(world), 1, purpose=f" {world.a.entry.purpose} ", items=world.a.entry.items)
    assert same == world.a.entry
    with world.registry.read(officer(world)) as tx:
        assert [version.version for version in ledger.versions(tx, world.a.entry.id)] == [1]


def handled(world: World) -> dict[str, object]:
    """Return a value for every recommended column, in an order in which each holds by itself."""
    with world.registry.write(officer(world)) as tx:
        made = processors.add_processor(tx, processors.ProcessorDraft(world.a.unit.id, "配送会社"))
    return {
        "subjects": frozenset({Subject.EMPLOYEE, Subject.FAMILY}),
        "acquisition": Acquisition.INDIRECT,
        "acquired_from": "派遣元",
        "purpose_notice": "入社時の書面",
        "consent": Consent.OBTAINED,
        "legal_basis": "GDPR Art. 6(1)(b)",
        "contact": "社内便",
        "my_number_purpose": "源泉徴収票の作成",
        "identity_copies_masked": True,
        "identity_copies": True,
        "media": frozenset({Medium.PAPER, Medium.FILE_SHARE}),
        "security_measures": "施錠、アクセス制御",
        "retention_event": RetentionEvent.EMPLOYMENT_END,
        "retention_event_on": date(2026, 3, 31),
        "disposal_method": "溶解",
        "legal_hold_reason": "訴訟",
        "legal_hold": True,
        "disclosable": Answer.YES,
        "entrusted": True,
        "entrusted_by": "親会社",
        "processors": frozenset({made.id}),
        "recipients": "健康保険組合",
        "joint_use": "グループ各社",
        "transfers": (Transfer("US", TransferBasis.CONSENT, "Example Inc."),),
        "last_checked": date(2026, 4, 1),
        "next_review": date(2027, 4, 1),
    }


@pytest.mark.parametrize(
    ("column", "value", "rule"),
    [
        ("identity_copies", True, "not_masked"),
        ("legal_hold", True, "required"),
        ("transfers", (Transfer("JP", TransferBasis.CONSENT),), "not_abroad"),
        ("transfers", (Transfer("us", TransferBasis.CONSENT),), "country"),
        ("transfers", (Transfer("US", TransferBasis.EQUAL_COUNTRY),), "not_equal"),
        ("transfers", ("US",), "type"),
        ("media", frozenset({"paper"}), "type"),
        ("consent", "obtained", "type"),
        ("entrusted", 1, "type"),
        ("next_review", "2027-04-01", "type"),
        ("contact", "x" * 4001, "too_long"),
        ("contact", "a\x00b", "control_characters"),
        ("shoe_size", 1, "unknown_column"),
    ],
)
def test_what_an_entry_may_not_say(world: World, column: str, value: object, rule: str) -> None:
    """Recommended columns have rules too, and the refusal names the rule."""
    with pytest.raises(InvalidValue) as caught:
        edit(world, officer(world), 1, **{column: value})
    assert caught.value.rule == rule


def test_every_column_can_be_edited_and_is_kept_in_the_history(world: World) -> None:
    """The history names exactly the changed columns with their text before and after."""
    changes: dict[str, object] = {
        "unit_id": world.a.site.id,
        "name": "新名簿",
        "items": frozenset({Category.DOB, Category.PERSON}),
        "purpose": "新目的",
        "places": (Place(None, "", "書庫"),),
        "storage_method": "施錠",
        "access_holders": "総務部員",
        "end_of_use": "年度末",
        "retention_months": None,
        "retention_until": date(2027, 3, 31),
        "approximate_count": 5,
        "exposure": Exposure.OWNER,
        "owner": "総務部長",
        **handled(world),
    }
    assert set(changes) == set(COLUMNS)
    for version, (column, value) in enumerate(changes.items(), start=1):
        changed = edit(world, officer(world), version, **{column: value})
        assert value_of(changed, column) == value
        assert read(world, changed.id) == changed
        assert changed.version == version + 1
    with world.registry.read(officer(world)) as tx:
        first, *later = ledger.versions(tx, world.a.entry.id)
    assert set(first.changes) == set(changes) - set(handled(world))  # what it states
    assert [list(version.changes) for version in later] == [[column] for column in changes]
    texts = {column: pair for version in later for column, pair in version.changes.items()}
    assert texts["items"] == ("PERSON,PHONE", "DOB,PERSON")
    assert texts["retention_months"] == ("36", "")
    assert texts["places"][1] == '[[null,"","書庫"]]'
    assert texts["transfers"] == ("", '[["US","consent","Example Inc."]]')
    assert all(version.by == "officer 2" for version in later)
    for column, (_, after) in texts.items():
        assert column_value(column, after) == changes[column], column


def test_entries_are_found_by_text_category_and_unit(world: World) -> None:
    """The filters narrow together; signs that SQL reads as wild cards are plain text."""
    with world.registry.write(officer(world)) as tx:
        at_site = ledger.create_entry(
            tx,
            draft(
                world.a.site.id,
                world.a.source,
                name="100%_確認 Training",
                items=frozenset({Category.MEDICAL}),
            ),
        )

    def found(tx: Tx, **filters: object) -> list[int]:
        return [entry.id for entry in ledger.entries(tx, **filters)]  # type: ignore[arg-type]  # by name

    with world.registry.read(officer(world)) as tx:
        assert found(tx) == [world.a.entry.id, at_site.id]
        assert found(tx, text="100%_確") == [at_site.id]
        assert found(tx, text="%確") == []
        assert found(tx, text="training") == [at_site.id]
        assert found(tx, text="L-0003") == [at_site.id]
        assert found(tx, text="人事管理") == [at_site.id]
        assert found(tx, categories=[Category.MEDICAL, Category.DOB]) == [at_site.id]
        assert found(tx, categories=[Category.DOB]) == []
        assert found(tx, unit_id=world.a.site.id) == [at_site.id]
        assert found(tx, unit_id=world.a.unit.id) == [world.a.entry.id, at_site.id]
        assert found(tx, unit_id=world.a.site.id, text="name") == []


def test_a_removed_source_stays_in_entries_but_takes_no_new_ones(world: World) -> None:
    """Editing other columns still works; a place can no longer be put there."""
    with world.registry.write(world.personas()["administrator of A"]) as tx:
        sources.remove_source(tx, world.a.source.id)
    assert edit(world, officer(world), 1, purpose="x").places == world.a.entry.places
    with pytest.raises(InvalidValue, match="places: source"):
        edit(world, officer(world), 2, places=(Place(world.a.source.id, "other/", "他"),))
