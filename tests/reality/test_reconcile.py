"""What counts as a difference between ledger and reality: decisions as tables."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.differences import PROVING_OBJECTS, difference_key
from registry.facts import SourceCoverage
from registry.handling import Handling, RetentionEvent
from registry.model import DiscrepancyKind, EntryId, LedgerEntry, ObjectId, Place, SourceId, UnitId
from registry.places import Location
from registry.risk import LedgerState
from registry.rules import retention_end
from scanners.model import Category, Exposure, PersonBounds
from tests.reality.compared import ObjectFacts, Overlap, reconcile

COMPANY, HR, SALES, OTHER = UnitId(1), UnitId(2), UnitId(3), UnitId(9)
SHARE, DATABASE = SourceId(5), SourceId(6)
TODAY = date(2026, 4, 1)
C = Category
K = DiscrepancyKind


def entry(number: int = 1, prefix: str = "人事/", **columns: object) -> LedgerEntry:
    """Return a registered list of 100 persons with name, address and phone, kept for three years."""
    values: dict[str, object] = {
        "id": EntryId(number),
        "number": f"L-{number:04}",
        "unit_id": COMPANY,
        "name": f"名簿{number}",
        "items": frozenset({C.PERSON, C.ADDRESS, C.PHONE}),
        "purpose": "人事管理",
        "places": (Place(SHARE, prefix, ""),),
        "storage_method": "",
        "access_holders": "",
        "end_of_use": "",
        "retention_months": 36,
        "retention_until": None,
        "approximate_count": 100,
        "exposure": Exposure.GROUP,
        "owner": "",
        "version": 1,
        "updated_at": datetime(2026, 1, 1, tzinfo=UTC),
        "updated_by": "",
    }
    return LedgerEntry(**(values | columns))  # type: ignore[arg-type]


def found(
    name: str = "人事/a.xlsx", categories: Iterable[Category] = (C.PERSON,), **columns: object
) -> ObjectFacts:
    """Return an object of the company's share that tells of 20 persons, changed in January."""
    location = Location(SHARE, name, is_table=False, line=frozenset({COMPANY, HR}))
    values: dict[str, object] = {
        "id": ObjectId(name),
        "unit_id": COMPANY,
        "entity_id": COMPANY,
        "location": location,
        "shown": name,
        "categories": dict.fromkeys(categories, 20),
        "persons": PersonBounds(20, 30),
        "modified": date(2026, 1, 15),
        "exposure": Exposure.OWNER,
    }
    return ObjectFacts(**(values | columns))  # type: ignore[arg-type]


def table(name: str, **columns: object) -> ObjectFacts:
    """Return a table of the company's database."""
    location = Location(DATABASE, name, is_table=True, line=frozenset({COMPANY}))
    return found(name, location=location, **columns)


def covered(*, complete: bool = True, source_id: SourceId | None = SHARE) -> SourceCoverage:
    """Return how far the share was scanned."""
    return SourceCoverage(source_id, frozenset({COMPANY, HR}), complete, 8 if complete else 6, 8)


def kinds(entries, objects, overlaps=(), coverage=(), **more) -> list[DiscrepancyKind]:
    """Return the kinds of differences, the gravest first."""
    result = reconcile(entries, objects, overlaps, as_of=TODAY, coverage=coverage, **more)
    return [each.kind for each in result.discrepancies]


@pytest.mark.parametrize(
    ("entries", "objects", "expected"),
    [
        pytest.param([entry()], [found()], [], id="registered"),
        pytest.param([], [found()], [K.UNREGISTERED], id="no ledger"),
        pytest.param([entry(prefix="営業/")], [found()], [K.UNREGISTERED], id="other folder"),
        pytest.param([entry(prefix="人")], [found()], [K.UNREGISTERED], id="half a folder name"),
        pytest.param([entry(unit_id=HR)], [found()], [], id="entry of a department below the source"),
        pytest.param([entry(unit_id=SALES)], [found()], [K.UNREGISTERED], id="entry of another department"),
        pytest.param([entry(unit_id=OTHER)], [found()], [K.UNREGISTERED], id="entry of another company"),
        pytest.param(
            [entry(places=(Place(None, "人事/", "紙"),))],
            [found()],
            [K.UNREGISTERED],
            id="registered on paper",
        ),
        pytest.param(
            [entry(places=(Place(DATABASE, "", ""),))], [found()], [K.UNREGISTERED], id="another source"
        ),
        pytest.param(
            [entry(places=(Place(DATABASE, "", ""), Place(SHARE, "人事", "")))],
            [found()],
            [],
            id="second place",
        ),
        pytest.param(
            [entry()],
            [found(location=Location(None, "人事/a.xlsx", is_table=False, line=frozenset({COMPANY})))],
            [K.UNREGISTERED],
            id="scanned without a source",
        ),
        pytest.param([], [table("public.staff"), table("public.pay")], [K.UNREGISTERED] * 2, id="two tables"),
        pytest.param([], [found("営業/a"), found("営業/b/c")], [K.UNREGISTERED], id="one folder"),
        pytest.param([], [found("営業/a"), found("総務/b")], [K.UNREGISTERED] * 2, id="two folders"),
    ],
)
def test_what_counts_as_registered(entries, objects, expected):
    """An entry covers what lies below its place in the same source and legal entity, and nothing else."""
    assert kinds(entries, objects) == expected


@pytest.mark.parametrize(
    ("persons", "categories", "reported"),
    [
        ((1, 1), {C.PHONE}, True),
        ((0, 9), {C.PHONE}, False),
        ((0, 10), {C.PHONE}, True),
        ((0, 1), {C.PHONE, C.CREDIT_CARD}, True),
        ((0, 1), {C.MEDICAL}, True),
    ],
)
def test_what_deserves_an_entry(persons, categories, reported):
    """A few plain values that may be nobody's are kept in the inventory and not reported as missing."""
    data = found(categories=categories, persons=PersonBounds(*persons))
    result = reconcile([], [data], (), as_of=TODAY)
    assert [each.kind for each in result.discrepancies] == ([K.UNREGISTERED] if reported else [])
    assert result.objects[0].state is LedgerState.UNREGISTERED


@pytest.mark.parametrize(
    ("categories", "others", "expected"),
    [
        pytest.param({C.PERSON, C.PHONE}, 0, None, id="all listed"),
        pytest.param({C.PERSON, C.POSTAL_CODE}, 0, None, id="a postal code goes with an address"),
        pytest.param({C.PERSON, C.EMAIL}, 0, {C.EMAIL}, id="unlisted in the only object"),
        pytest.param({C.PERSON, C.EMAIL}, 4, {C.EMAIL}, id="unlisted in one of five"),
        pytest.param({C.PERSON, C.EMAIL}, 5, None, id="unlisted in one of six"),
        pytest.param({C.PERSON, C.MEDICAL}, 9, {C.MEDICAL}, id="special care in one of ten"),
        pytest.param({C.PERSON, C.MY_NUMBER}, 9, {C.MY_NUMBER}, id="My Number in one of ten"),
        pytest.param({C.PERSON, C.PASSPORT}, 9, {C.PASSPORT}, id="identification code in one of ten"),
        pytest.param({C.PERSON, C.BANK_ACCOUNT}, 9, {C.BANK_ACCOUNT}, id="financial in one of ten"),
    ],
)
def test_category_drift(categories, others, expected):
    """Grave categories always drift; plain ones when they stand in a fifth of the entry's objects."""
    objects = [found("人事/x", categories), *(found(f"人事/{number}") for number in range(others))]
    result = reconcile([entry()], objects, (), as_of=TODAY)
    drifts = [each.categories for each in result.discrepancies if each.kind is K.CATEGORY_DRIFT]
    assert drifts == ([] if expected is None else [expected])
    state = LedgerState.DRIFT if expected else LedgerState.REGISTERED
    assert result.objects[0].state is state


@pytest.mark.parametrize(
    ("registered", "low", "counted", "drift"),
    [
        (100, 160, 0, False),
        (100, 161, 0, True),
        (0, 10, 0, False),
        (0, 11, 0, True),
        (100, 20, 500, True),
        (None, 5000, 0, False),
    ],
)
def test_count_drift(registered, low, counted, drift):
    """Surely more than one and a half times the registered persons and ten more is a difference."""
    objects = [found(persons=PersonBounds(low, low))]
    persons = {(EntryId(1),): counted} if counted else {}
    expected = [K.COUNT_DRIFT] if drift else []
    assert kinds([entry(approximate_count=registered)], objects, persons=persons) == expected


@pytest.mark.parametrize(
    ("months", "until", "modified", "days"),
    [
        (36, None, date(2023, 4, 1), None),
        (36, None, date(2023, 3, 31), 1),
        (None, date(2026, 3, 2), date(2026, 3, 1), 30),
        (36, date(2026, 3, 2), date(2026, 3, 1), 30),
        (1, date(2030, 1, 1), date(2026, 2, 1), 31),
        (36, None, None, None),
        (None, None, date(1999, 1, 1), None),
        (120_000, None, date(2026, 1, 1), None),
    ],
)
def test_over_retained(months, until, modified, days):
    """Data are over-retained from the day after the earlier of both limits; without a limit never."""
    kept = entry(retention_months=months, retention_until=until)
    result = reconcile([kept], [found(modified=modified)], (), as_of=TODAY)
    assert [each.days_over for each in result.discrepancies] == ([] if days is None else [days])


def test_months_end_with_the_month():
    """A period of months that ends in a shorter month ends with its last day."""
    assert retention_end(entry(retention_months=1), date(2026, 1, 31)) == date(2026, 2, 28)


@pytest.mark.parametrize(
    ("handling", "expected"),
    [
        (Handling(), date(2026, 2, 1)),
        (Handling(retention_event=RetentionEvent.EMPLOYMENT_END), None),
        (
            Handling(retention_event=RetentionEvent.CONTRACT_END, retention_event_on=date(2026, 3, 31)),
            date(2026, 4, 30),
        ),
        (Handling(legal_hold=True, legal_hold_reason="訴訟"), None),
    ],
)
def test_retention_runs_from_the_event_that_the_entry_names(
    handling: Handling, expected: date | None
) -> None:
    """An event whose day nobody knows, and a hold, leave no end that could be passed."""
    kept = entry(retention_months=1, handling=handling)
    assert retention_end(kept, date(2026, 1, 1)) == expected


def test_a_date_of_its_own_counts_besides_an_event() -> None:
    """Where no day of the event is known, the date that the entry gives still ends retention."""
    kept = entry(
        retention_months=1,
        retention_until=date(2027, 3, 31),
        handling=Handling(retention_event=RetentionEvent.ACQUIRED),
    )
    assert retention_end(kept, date(2026, 1, 1)) == date(2027, 3, 31)


@pytest.mark.parametrize(
    ("objects", "coverage", "places", "expected"),
    [
        pytest.param([], [covered()], (SHARE,), [K.NOT_FOUND], id="nothing there"),
        pytest.param([found()], [covered()], (SHARE,), [], id="something there"),
        pytest.param([], [covered(complete=False)], (SHARE,), [], id="not scanned to the end"),
        pytest.param([], [], (SHARE,), [], id="never scanned"),
        pytest.param([], [covered()], (None,), [], id="on paper only"),
        pytest.param([], [covered()], (SHARE, None), [K.NOT_FOUND], id="also on paper"),
        pytest.param([], [covered()], (SHARE, DATABASE), [], id="another place never scanned"),
    ],
)
def test_not_found(objects, coverage, places, expected):
    """An entry is missing only when all its scanned places were scanned completely and hold nothing."""
    registered = entry(places=tuple(Place(source, "人事/", "") for source in places))
    assert kinds([registered], objects, coverage=coverage) == expected


@pytest.mark.parametrize(
    ("matched", "total", "prefix", "items", "expected"),
    [
        pytest.param(5, 10, "営業/", {C.PERSON}, K.WRONG_UNIT, id="half, unregistered"),
        pytest.param(4, 4, "営業/", {C.PERSON}, K.UNREGISTERED, id="too few"),
        pytest.param(5, 11, "営業/", {C.PERSON}, K.UNREGISTERED, id="less than half"),
        pytest.param(50, 50, "人事/", {C.PERSON, C.PATIENT_ID}, None, id="registered here"),
        pytest.param(50, 50, "人事/", {C.PERSON}, K.WRONG_UNIT, id="here without that category"),
    ],
)
def test_wrong_unit(matched, total, prefix, items, expected):
    """Five values and half of all in another entity's data, unless they are registered here too."""
    data = found(categories={C.PERSON, C.PATIENT_ID})
    overlap = Overlap(data.id, OTHER, matched, total, frozenset({C.PATIENT_ID}))
    result = reconcile([entry(prefix=prefix, items=frozenset(items))], [data], [overlap], as_of=TODAY)
    gravest = result.discrepancies[0] if result.discrepancies else None
    assert (gravest.kind if gravest else None) == expected
    if expected is K.WRONG_UNIT:
        assert gravest.other_unit_id == OTHER
        assert result.objects[0].state is LedgerState.WRONG_UNIT


@pytest.mark.parametrize(
    ("here", "elsewhere", "expected"),
    [
        pytest.param(["営業/病院/1", "営業/病院/2"], {}, ["WRONG_UNIT 営業/"], id="nothing beside it"),
        pytest.param(
            ["営業/病院/1", "営業/病院/2"],
            {"営業/利用者/3": {C.MEDICAL}, "営業/利用者/4": {C.MEDICAL}},
            ["UNREGISTERED 営業/利用者/", "WRONG_UNIT 営業/病院/"],
            id="an unregistered folder beside it",
        ),
        pytest.param(
            ["営業/病院/1", "営業/病院/2"],
            {"営業/3": {C.PERSON}},
            ["UNREGISTERED 営業/3", "WRONG_UNIT 営業/病院/"],
            id="an unregistered file above it",
        ),
        pytest.param(
            ["人事/病院/1", "人事/病院/2"],
            {"人事/採用/3": {C.PERSON}},
            ["WRONG_UNIT 人事/病院/"],
            id="a registered folder",
        ),
        pytest.param(
            ["営業/1", "営業/2"],
            {"営業/3": {C.MEDICAL}, "営業/4": {C.MEDICAL}},
            ["UNREGISTERED 営業/", "WRONG_UNIT 営業/"],
            id="in one folder",
        ),
    ],
)
def test_folders_of_different_differences_stay_apart(here, elsewhere, expected):
    """A folder is named as a whole only for one kind of difference: beside others its parts are named."""
    objects = [found(name, {C.PERSON, C.PATIENT_ID}) for name in here]
    overlaps = [Overlap(each.id, OTHER, 20, 20, frozenset({C.PATIENT_ID})) for each in objects]
    objects += [found(name, categories) for name, categories in elsewhere.items()]
    result = reconcile([entry()], objects, overlaps, as_of=TODAY)
    assert sorted(f"{each.kind.name} {each.subject}" for each in result.discrepancies) == expected


def test_copies_of_two_entities_are_two_differences():
    """A folder with the data of two other entities is told of in parts, each with its owner."""
    objects = [found(f"営業/{part}/{number}", {C.PATIENT_ID}) for part in "ab" for number in "12"]
    owners = [OTHER, OTHER, UnitId(10), UnitId(10)]
    overlaps = [
        Overlap(each.id, owner, 20, 20, frozenset({C.PATIENT_ID}))
        for each, owner in zip(objects, owners, strict=True)
    ]
    told = {
        each.subject: each.other_unit_id
        for each in reconcile([], objects, overlaps, as_of=TODAY).discrepancies
    }
    assert told == {"営業/a/": OTHER, "営業/b/": UnitId(10)}


def test_the_longest_prefix_is_home():
    """What a narrower entry speaks of does not count against the wider one."""
    wide, narrow = entry(1, "", approximate_count=5), entry(2, "人事/採用/", approximate_count=100)
    objects = [found("人事/採用/a", persons=PersonBounds(90, 90)), found("b", persons=PersonBounds(3, 3))]
    result = reconcile([wide, narrow], objects, (), as_of=TODAY)
    assert result.discrepancies == []
    assert result.objects[0].entry_ids == (1, 2)


def test_entries_of_one_place_count_together():
    """Several entries kept in one folder are compared as one, and the longest retention counts."""
    both = [entry(1, approximate_count=60), entry(2, approximate_count=60, retention_months=None)]
    assert kinds(both, [found(persons=PersonBounds(150, 150), modified=date(1999, 1, 1))]) == []
    assert kinds(both, [found(persons=PersonBounds(191, 191))]) == [K.COUNT_DRIFT]


def test_a_masked_folder_stays_masked():
    """The subject that pages show is the masked form; the true one is kept apart."""
    data = found("山田太郎様/診断書.pdf", shown="山●●●様/診断書.pdf")
    twin = found("山田太郎様/写し.pdf", shown="山●●●様/写し.pdf")
    difference = reconcile([], [data, twin], (), as_of=TODAY).differences[0]
    assert difference.shown.subject == "山●●●様/"
    assert difference.subject == "山田太郎様/"


def test_a_mask_that_hides_a_separator_hides_the_folder():
    """When mask and name no longer have the same parts, only the masked whole is shown."""
    data = [found(name, shown="●●●●.pdf") for name in ("山田/1.pdf", "山田/2.pdf")]
    assert reconcile([], data, (), as_of=TODAY).discrepancies[0].subject == "●●●●.pdf"


def test_the_share_that_was_judged_is_told():
    """How much of the estate could be judged comes with the answer."""
    entries = [entry(1), entry(2, places=(Place(DATABASE, "", ""),)), entry(3, places=(Place(None, "", ""),))]
    coverage = [covered(), covered(complete=False, source_id=DATABASE)]
    result = reconcile(entries, [found()], (), as_of=TODAY, coverage=coverage)
    assert (result.examined, result.in_scope, result.entries_judged, result.entries) == (14, 16, 1, 3)


def test_a_discrepancy_names_a_bounded_number_of_objects():
    """A folder of thousands does not make a row of thousands; the heaviest are named."""
    objects = [found(f"営業/{number}", persons=PersonBounds(number, number)) for number in range(1, 300)]
    only = reconcile([], objects, (), as_of=TODAY).discrepancies[0]
    assert len(only.objects) == PROVING_OBJECTS
    assert only.objects[0] == "営業/299"
    assert only.found == 299


@given(
    st.lists(st.sampled_from(["人事/a", "人事/b/c", "営業/d", "e", "総務/f"]), unique=True),
    st.lists(st.sampled_from(["", "人事", "人事/b", "営業", "総務/x"]), max_size=3),
)
def test_every_uncovered_object_stands_in_one_discrepancy(names, prefixes):
    """Nothing unregistered is lost, nothing registered is accused, and the order does not matter."""
    entries = [entry(number, prefix) for number, prefix in enumerate(prefixes, 1)]
    objects = [found(name) for name in names]
    result = reconcile(entries, objects, (), as_of=TODAY)
    accused = [
        each for shown in result.discrepancies if shown.kind is K.UNREGISTERED for each in shown.objects
    ]
    bare = [item.facts.id for item in result.objects if not item.entry_ids]
    assert sorted(accused) == sorted(bare)
    again = reconcile(entries[::-1], objects[::-1], (), as_of=TODAY)
    assert again.discrepancies == result.discrepancies


@given(st.sampled_from(["人事", "人事/a.xlsx", ""]))
def test_registering_never_raises_a_score(prefix):
    """An object's score is never higher with an entry that covers it than without any."""
    data = replace(found(), categories={C.PERSON: 3, C.MEDICAL: 2})
    before = reconcile([], [data], (), as_of=TODAY).objects[0].risk.score
    after = reconcile([entry(prefix=prefix)], [data], (), as_of=TODAY).objects[0].risk.score
    assert after <= before


def test_a_difference_keeps_its_identity_while_its_numbers_change():
    """More persons or another heaviest object make no other difference; another place or kind does."""

    def keys(objects, entries=()):
        return {
            difference_key(b"k", each) for each in reconcile(entries, objects, (), as_of=TODAY).differences
        }

    few = [found("営業/a")]
    more = [found("営業/a"), found("営業/c", {C.MEDICAL}, persons=PersonBounds(900, 900))]
    assert keys(few) == keys(more)
    assert keys([found("総務/a"), found("総務/b")]) != keys(few)
    old = {"modified": date(2020, 1, 1)}
    by_entry = keys([found(**old)], [entry()])
    assert by_entry == keys([found("人事/z", **old, unit_id=HR)], [entry()])
    assert by_entry.isdisjoint(keys([found(categories={C.MY_NUMBER})], [entry()]))
    assert keys(few).isdisjoint(
        difference_key(b"other", each) for each in reconcile([], few, (), as_of=TODAY).differences
    )
