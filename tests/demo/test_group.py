"""The demonstration group: its size, its truth about itself, and that it is the same every time."""

import hashlib
import re
from collections import Counter
from pathlib import Path

import pytest

from daicho.demo import DemoGroup, build
from daicho.demo.model import DemoEntry
from daicho.demo.shares import folders, source_name
from registry.model import DiscrepancyKind, Role, UnitKind
from scanners.model import Category, Exposure
from scanners.sources.local import path_of

ENTITY_KINDS = (UnitKind.HEADQUARTERS, UnitKind.COMPANY, UnitKind.OVERSEAS, UnitKind.HOSPITAL)


def fingerprint(root: Path) -> dict[str, tuple[str, int, int]]:
    """Return digest, mode and time of change of everything below a directory."""
    return {
        str(path.relative_to(root)): (
            hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "",
            path.stat().st_mode,
            path.stat().st_mtime_ns if path.is_file() else 0,
        )
        for path in sorted(root.rglob("*"))
    }


def share_of(group: DemoGroup, name: str) -> Path:
    """Return the directory of a registered share."""
    return path_of(next(source.url for source in group.sources if source.name == name))


def test_the_same_seed_gives_the_same_bytes_rights_and_times(group: DemoGroup, tmp_path: Path) -> None:
    """Two builds differ in nothing but the directory they stand in."""
    again = build(tmp_path / "again")
    assert fingerprint(again.directory) == fingerprint(group.directory)
    assert again.units == group.units
    assert again.canaries == group.canaries
    assert [entry.approximate_count for entry in again.entries] == [
        entry.approximate_count for entry in group.entries
    ]


def test_another_seed_invents_other_people() -> None:
    """The seed reaches the people: names and numbers of another seed are others."""
    from daicho.demo.people import population

    first, second = (population(seed, "TOWA-SYS:employees", 20) for seed in (1, 2))
    assert {who.facts["my_number"] for who in first}.isdisjoint(who.facts["my_number"] for who in second)


def test_a_directory_that_holds_a_group_is_left_alone(group: DemoGroup) -> None:
    """Building twice into one directory is refused, so that nothing is overwritten."""
    with pytest.raises(FileExistsError, match="choose another directory"):
        build(group.directory)


def test_the_organisation_is_complete(group: DemoGroup) -> None:
    """A headquarters, 8 companies of which 6 hold a mark, 2 overseas, 2 hospitals; parents come first."""
    kinds = Counter(unit.kind for unit in group.units)
    assert [kinds[kind] for kind in ENTITY_KINDS] == [1, 8, 2, 2]
    assert sum(bool(unit.privacy_mark) for unit in group.units) == 6
    seen: set[str | None] = {None}
    for unit in group.units:
        assert unit.parent_code in seen
        seen.add(unit.code)
    assert len(seen) == len(group.units) + 1
    assert all(unit.name_ja and unit.name_en for unit in group.units)


def test_the_larger_entities_have_several_sites(group: DemoGroup) -> None:
    """Several entities have two sites or three, and each department of an entity belongs to one of them."""
    sites = Counter(unit.parent_code for unit in group.units if unit.kind is UnitKind.SITE)
    assert len(sites) == 13
    assert {code for code, count in sites.items() if count > 1} >= {"TOWA-DENKI", "TOWA-LOGI", "HOSP-SAKURA"}
    assert sum(count > 1 for count in sites.values()) >= 6
    parents = {unit.code: unit.parent_code for unit in group.units}
    departments = [
        (parents[unit.parent_code or ""], unit.name_ja)
        for unit in group.units
        if unit.kind is UnitKind.DEPARTMENT
    ]
    assert len(set(departments)) == len(departments)


def test_a_folder_of_no_site_is_refused() -> None:
    """A folder in the plan that no site holds is an error, not a folder in the wrong place."""
    from daicho.demo.organisation import entities

    hospital = next(entity for entity in entities() if entity.code == "HOSP-SAKURA")
    assert hospital.site_of("健診2025/結果一覧.xlsx").name_ja == "健診センター"
    with pytest.raises(ValueError, match="not enough values"):
        hospital.site_of("倉庫/名簿.xlsx")


def test_everything_belongs_to_a_unit_and_entries_to_a_source(group: DemoGroup) -> None:
    """Sources, entries, accounts, objects and planted differences name units and sources that exist."""
    codes = {unit.code for unit in group.units}
    named = (*group.sources, *group.entries, *group.accounts, *group.planted, *group.objects)
    assert {one.unit_code for one in named} <= codes
    sources = {(source.unit_code, source.name) for source in group.sources}
    assert len({name for _, name in sources}) == len(sources)
    assert {(entry.unit_code, entry.source_name) for entry in group.entries} <= sources
    assert {(planted.unit_code, planted.source_name) for planted in group.planted} <= sources


def test_there_are_enough_objects_and_about_half_tell_of_nobody(group: DemoGroup) -> None:
    """At least 420 files, 30 and more pdf files, between 45 and 55 per cent without personal data."""
    files = [path for path in (group.directory / "share").rglob("*") if path.is_file()]
    assert len(files) >= 420
    assert sum(path.suffix == ".pdf" for path in files) >= 30
    assert 0.45 <= sum(not one.personal for one in group.objects) / len(group.objects) <= 0.55
    assert sum(path.stat().st_size for path in files) < 40 << 20


def test_every_file_is_an_object_and_every_object_exists(group: DemoGroup) -> None:
    """The truth lists exactly the files that were written; members and tables name what holds them."""
    written = {str(path) for path in (group.directory / "share").rglob("*") if path.is_file()}
    told = {one.path for one in group.objects if "!" not in one.path}
    assert told == written
    assert len({one.path for one in group.objects}) == len(group.objects)
    outer = {one.path.partition("!")[0] for one in group.objects if "!" in one.path}
    assert all(path in written or path.startswith("sqlite:///") for path in outer)


def test_every_category_is_planted(group: DemoGroup) -> None:
    """Each category stands in some object, but those that no company of the demo has reason to hold."""
    unheld = {
        Category.RESIDENT_CODE,
        Category.FOREIGN_ID,
        Category.CREED,
        Category.RACE_ORIGIN,
        Category.CRIMINAL_RECORD,
        Category.CRIME_VICTIM,
    }
    planted = frozenset[Category]().union(*(one.categories for one in group.objects))
    assert planted == frozenset(Category) - unheld


def test_several_differences_of_every_kind_lie_in_different_companies(group: DemoGroup) -> None:
    """Each kind of difference is planted at least twice, and at least four entities have none."""
    entities = {unit.code: unit.parent_code for unit in group.units if unit.kind is UnitKind.SITE}
    for kind in DiscrepancyKind:
        units = {entities[planted.unit_code] for planted in group.planted if planted.kind is kind}
        assert len(units) >= 2, kind
    assert len(set(entities.values()) - {entities[planted.unit_code] for planted in group.planted}) >= 4


def test_planted_differences_are_true(group: DemoGroup) -> None:
    """What is planted as unregistered has no entry, what is kept too long has passed its date, and so on."""
    for planted in group.planted:
        if planted.kind is DiscrepancyKind.NO_CONTRACT:
            continue
        folder = planted.path.rpartition("/")[0] + "/"
        covering = [
            entry
            for entry in group.entries
            if entry.source_name == planted.source_name and folder.startswith(entry.prefix)
        ]
        share = share_of(group, planted.source_name) / folder
        held = [one for one in group.objects if one.path.startswith(f"{share}/") and one.personal]
        persons = max((one.persons for one in held), default=0)
        if planted.kind in (DiscrepancyKind.UNREGISTERED, DiscrepancyKind.WRONG_UNIT):
            assert covering == []
            assert held
            continue
        entry = covering[0]
        found = frozenset[Category]().union(*(one.categories for one in held))
        match planted.kind:
            case DiscrepancyKind.NOT_FOUND:
                assert held == []
                assert entry.items
            case DiscrepancyKind.COUNT_DRIFT:
                assert persons > 1.5 * entry.approximate_count + 10
            case DiscrepancyKind.CATEGORY_DRIFT:
                assert found > entry.items
            case DiscrepancyKind.OVER_RETAINED:
                ended = entry.retention_until is not None and entry.retention_until.year < 2022
                assert ended or entry.retention_months is not None
                assert all(path.stat().st_mtime < 1.48e9 for path in share.iterdir())
            case DiscrepancyKind.OVER_EXPOSED:
                bits = {Exposure.OWNER: 0o077, Exposure.GROUP: 0o007, Exposure.EVERYONE: 0}[entry.exposure]
                assert all(path.stat().st_mode & bits for path in share.iterdir())
            case DiscrepancyKind.COPIED:
                assert found == entry.items
                assert _same_lists(group, entry) != []


def _same_lists(group: DemoGroup, entry: DemoEntry) -> list[str]:
    """Return the entries of other entities whose folder lists the same mail addresses as this one's."""
    parents = {unit.code: unit.parent_code for unit in group.units}
    lists = {}
    for each in group.entries:
        source = next(source for source in group.sources if source.name == each.source_name)
        if source.url.startswith("file:"):
            files = sorted((path_of(source.url) / each.prefix).glob("*.csv"))
            texts = [path.read_text("utf-8", "replace") for path in files]
            lists[each] = {mail for text in texts for mail in re.findall(r"[\w.]+@[\w.]+", text)}
    mine = lists[entry]
    return [
        each.name
        for each, mails in lists.items()
        if parents[each.unit_code] != parents[entry.unit_code] and mails == mine != set()
    ]


def test_what_contracts_leave_out_lies_with_their_processors(group: DemoGroup) -> None:
    """Each planted table holds a category that no contract of its source covers; the other tables none."""
    planted = [each for each in group.planted if each.kind is DiscrepancyKind.NO_CONTRACT]
    assert len(planted) >= 2
    for source in {each.source_name for each in planted}:
        (url,) = [each.url for each in group.sources if each.name == source]
        contracts = [each.categories for each in group.processors if each.source_name == source]
        covered = frozenset[Category]().union(*contracts)
        beyond = {
            one.path.rpartition("!")[2]
            for one in group.objects
            if one.path.startswith(f"{url}!") and not one.categories <= covered
        }
        assert beyond == {each.path for each in planted if each.source_name == source}
    assert any(not each.source_name for each in group.processors)
    sources = {(source.name, source.unit_code) for source in group.sources}
    parents = {unit.code: unit.parent_code for unit in group.units}
    located = [(each.source_name, each.unit_code) for each in group.processors if each.source_name]
    assert set(located) <= {(name, parents[unit]) for name, unit in sources}


def test_entries_that_are_not_planted_tell_the_truth(group: DemoGroup) -> None:
    """All other entries name every category and about the number of persons of their folder."""
    planted = {(one.source_name, one.path) for one in group.planted}
    for entry in group.entries:
        if (entry.source_name, entry.prefix) in planted or entry.exposure is Exposure.UNKNOWN:
            continue
        place = f"{share_of(group, entry.source_name) / entry.prefix}/"
        held = [one for one in group.objects if one.path.startswith(place)]
        assert held, entry.prefix
        assert frozenset[Category]().union(*(one.categories for one in held)) == entry.items
        assert max(one.persons for one in held) <= 1.1 * entry.approximate_count


def test_rights_follow_the_plan(group: DemoGroup) -> None:
    """Files are 0644, 0640 or 0600; the folder of a closed file is closed, that of an open one is open."""
    modes: Counter[int] = Counter()
    for path in (group.directory / "share").rglob("*"):
        mode = path.stat().st_mode & 0o777
        if path.is_dir():
            assert mode in (0o755, 0o750)
            continue
        modes[mode] += 1
        if mode == 0o644:
            assert path.parent.stat().st_mode & 0o777 == 0o755
    assert set(modes) == {0o644, 0o640, 0o600}
    everyone = group.directory / "share/HOSP-SAKURA/CHECKUP/健診2025/結果一覧.xlsx"
    assert everyone.stat().st_mode & 0o777 == 0o644


def test_accounts_cover_the_personas(group: DemoGroup) -> None:
    """Every kind of person of the demonstration signs in, one of them in English; no password is short."""
    assert {account.role for account in group.accounts} == {
        Role.ADMINISTRATOR,
        Role.GROUP_OFFICER,
        Role.OFFICER,
        Role.DEPARTMENT_MANAGER,
        Role.EXECUTIVE,
        Role.AUDIT_MANAGER,
    }
    assert {account.language for account in group.accounts} == {"ja", "en"}
    assert all(len(account.password) >= 12 for account in group.accounts)
    assert len({account.login for account in group.accounts}) == len(group.accounts)


def test_sources_hold_no_password(group: DemoGroup) -> None:
    """Each site has one share; two databases stand beside them, and no address holds a password."""
    sites = [unit.code for unit in group.units if unit.kind is UnitKind.SITE]
    assert [source.unit_code for source in group.sources if source.url.startswith("file://")] == sites
    assert sum(source.url.startswith("sqlite:////") for source in group.sources) == 2
    assert all("@" not in source.url for source in group.sources)


def test_the_hospitals_share_no_patient_number(group: DemoGroup) -> None:
    """Patients of one hospital are told from those of the other by their numbers."""
    from daicho.demo.people import population

    names = ("HOSP-SAKURA:patients", "HOSP-SAKURA:checkups", "HOSP-MINATO:patients", "HOSP-MINATO:subjects")
    numbers = [who.facts["patient_id"] for name in names for who in population(1, name, 200)]
    assert len(set(numbers)) == len(numbers)


def test_the_plan_gives_each_entity_its_folders(group: DemoGroup) -> None:
    """Every folder of the plan stands on the share of its site, and every share holds something personal."""
    from daicho.demo.organisation import entities

    filled = set()
    for entity in entities():
        planned = folders(entity)
        assert planned, entity.code
        for folder in planned:
            site = entity.site_of(folder.path)
            assert (share_of(group, source_name(entity, site)) / folder.path).is_dir()
            filled.add(site.code)
    assert filled == {unit.code for unit in group.units if unit.kind is UnitKind.SITE}
    assert filled <= {one.unit_code for one in group.objects if one.personal}


def test_some_entities_show_their_data_to_the_headquarters_and_some_do_not(group: DemoGroup) -> None:
    """Both states can be seen: with a basis and without, among companies as among hospitals."""
    entities = {unit.code for unit in group.units if unit.kind.is_entity} - {"TOWA-HD"}
    shown = {basis.unit_code for basis in group.bases}
    assert shown < entities
    assert entities - shown == {"HOSP-MINATO", "TOWA-DE", "TOWA-VN"}
    assert all(basis.document and basis.representative for basis in group.bases)
