"""Corrections of the catalogue by a workspace: by id, with effective days, refused where they contradict."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from privacy_mark.pack import readiness_section
from privacy_mark.pack.model import Purpose, Subject
from privacy_mark.requirements import due, earlier, evidence, group, readiness, renewal
from privacy_mark.requirements.catalogue import product
from privacy_mark.requirements.corrections import corrected
from privacy_mark.requirements.evidence import Shows
from privacy_mark.requirements.model import Catalogue, Confidence, Frequency
from privacy_mark.requirements.readiness import Lack, Line, Readiness
from registry import organisation
from registry.errors import AccessDenied, InvalidValue, ReferenceFileError
from registry.model import Role, UnitKind
from registry.risk_levels import Words
from registry.store import Registry, Tx
from registry.vault import Vault
from tests.access.requirements import draft
from tests.registry.world import Clock, World, build, person

KEY = bytes(range(32))  # no secret
LAST_YEAR, TODAY, NEXT_YEAR = date(2025, 9, 1), date(2026, 4, 1), date(2027, 4, 1)
PARTIES = Shows("J.1.2", "parties")  # yearly
CORRECTION = """version: 1
source: 規格の本文で確認（2026-11）
correct:
  J.2.4: {until: none, from: 2024-10-01, confidence: V}
add:
  - set: pmark-j
    id: OWN.1
    parent: J.9
    ja: 社内の追加要求
    en: Own requirement
    source: own
    confidence: V
    needs: [{id: record, kind: record, every: half_yearly, ja: 記録, en: Record}]
map:
  j-jis2023: {J.2.4: [JIS.A.10]}
"""
HEAD = "version: 1\nsource: 官報\n"
DATED = (
    HEAD
    + """correct:
  J.1.2:
    - from: 2026-01-01
      until: 2026-12-31
      en: Parties and what they expect
      needs: [{id: register, kind: record, every: monthly, ja: 利害関係者の登録簿, en: Register of parties}]
    - {from: 2027-01-01, en: Interested parties}
end: {J.9.1: 2026-03-31}
begin: {J.3.4: 2025-04-01}
"""
)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Return two companies of a group, with evidence of what was asked last year."""
    clock = Clock()
    path = tmp_path_factory.mktemp("registry") / "registry.db"
    registry = Registry.open(f"sqlite:///{path}", Vault(KEY), clock=clock)
    registry.migrate()
    made = build(registry, clock)
    told = draft(made.a.unit.id, PARTIES, effective_on=date(2025, 8, 1))
    with registry.write(person(21, Role.CERTIFICATION_TEAM, made.a.unit.id)) as tx:
        evidence.add_file(tx, product(), told, "記録.txt", b"parties")
    yield made
    registry.close()


def with_(text: str) -> Catalogue:
    """Return the product's catalogue with one file of corrections."""
    return corrected(product(), [(text, "own.yaml")])


def test_a_workspace_corrects_by_id() -> None:
    """Given fields are replaced, new items stand below their parent, rows fill gaps."""
    known = with_(CORRECTION)
    item = known.requirements["J.2.4"]
    assert (item.valid_until, item.confidence) == (None, Confidence.READ)
    assert [(by.file, by.line, by.source) for by in item.corrected_by] == [
        ("own.yaml", 4, "規格の本文で確認（2026-11）")
    ]
    assert item.title == product().requirements["J.2.4"].title
    applying = [each.id for each in known.applying(UnitKind.COMPANY, "JP", date(2026, 4, 1))]
    assert {"J.2.4", "OWN.1"} <= set(applying)
    assert applying.index("OWN.1") == applying.index("J.9.4") + 1
    table = known.mappings["j-jis2023"]
    assert table.rows["J.2.4"] == ("JIS.A.10",)
    assert table.corrected_by["J.2.4"].line == 15
    assert "J.2.4" not in table.gaps
    assert "J.2.4" not in [each.id for each in product().applying(UnitKind.COMPANY, "JP", date(2026, 4, 1))]


def test_each_day_has_its_version() -> None:
    """What an item said before a correction, while it holds and after it stays apart, with who corrected."""
    known = with_(DATED)
    base = product().requirements["J.1.2"]
    told = [(each.valid_from, each.valid_until, each.title.en) for each in known.versions("J.1.2")]
    assert told == [
        (base.valid_from, date(2025, 12, 31), base.title.en),
        (date(2026, 1, 1), date(2026, 12, 31), "Parties and what they expect"),
        (date(2027, 1, 1), None, "Interested parties"),
    ]
    assert [[by.line for by in each.corrected_by] for each in known.versions("J.1.2")] == [[], [5], [9]]

    def needs(day: date) -> list[tuple[str, Frequency]]:
        (of,) = (each for each in known.applying(UnitKind.COMPANY, "JP", day) if each.id == "J.1.2")
        return [(need.id, need.every) for need in of.needs]

    before = [(need.id, need.every) for need in base.needs]
    assert (needs(LAST_YEAR), needs(TODAY), needs(NEXT_YEAR)) == (
        before,
        [("register", Frequency.MONTHLY)],
        before,
    )
    assert known.on(LAST_YEAR).requirements["J.1.2"].title == base.title

    def ids(day: date) -> set[str]:
        return {each.id for each in known.applying(UnitKind.COMPANY, "JP", day)}

    assert ("J.9.1" in ids(date(2026, 3, 31)), "J.9.1" in ids(date(2026, 4, 1))) == (True, False)
    assert ("J.3.4" in ids(date(2025, 3, 31)), "J.3.4" in ids(date(2025, 4, 1))) == (False, True)


def test_corrections_without_days_hold_for_all_versions() -> None:
    """A mistake that was always one is corrected in every version, also those that another file made."""
    always = HEAD + "correct: {J.1.2: {ja: 利害関係者, confidence: V}}\n"
    for files in ([(DATED, "a.yaml"), (always, "b.yaml")], [(always, "b.yaml"), (DATED, "a.yaml")]):
        known = corrected(product(), files)
        assert {(each.title.ja, each.confidence) for each in known.versions("J.1.2")} == {
            ("利害関係者", Confidence.READ)
        }
        assert len(known.versions("J.1.2")) == 3
        assert known.requirements["J.1.2"].title.en == "Interested parties"


def test_a_row_of_a_mapping_table_may_become_a_gap() -> None:
    """With its reason, as in the files of the product; whatever led to it is gone."""
    table = product().mappings["j-jis2023"]
    name = next(iter(table.rows))
    text = HEAD + f"map:\n  j-jis2023: {{{name}: {{ja: 規格に対応する箇条なし, en: No such clause}}}}\n"
    known = with_(text).mappings["j-jis2023"]
    assert known.gaps[name] == Words("規格に対応する箇条なし", "No such clause")
    assert name not in known.rows
    assert (known.corrected_by[name].file, known.corrected_by[name].line) == ("own.yaml", 4)


def test_days_between_two_versions_are_nobodys_to_correct() -> None:
    """What would change nothing is refused with its line; days that reach a version are taken."""
    item = "set: pmark-j, id: OWN.1, parent: J.9, ja: 甲, en: Own, source: own, confidence: V"
    text = (
        f"{HEAD}add:\n  - {{{item}, until: 2026-06-30}}\n  - {{{item}, from: 2027-01-01}}\ncorrect:\n"
        "  OWN.1: {from: 2026-07-01, until: %s, ja: 乙}\n"
    )
    with pytest.raises(
        ReferenceFileError,
        match=r"own\.yaml:7: correct\.OWN\.1: changes nothing: .* from 2026-07-01 until 2026-12-31",
    ):
        with_(text % "2026-12-31")
    versions = with_(text % "2027-01-31").versions("OWN.1")
    assert [each.title.ja for each in versions] == ["甲", "乙", "甲"]


def test_an_item_comes_again_for_other_days() -> None:
    """What was added is told anew by a second version of the same id, and keeps its place."""
    item = "    parent: J.9\n    en: Own\n    source: own\n    confidence: V\n    id: OWN.1\n  "
    text = HEAD + "add:\n"
    for first, last, ja in (("2026-01-01", "2026-06-30", "甲"), ("2026-07-01", "none", "乙")):
        days = f"  from: {first}\n" + (f"    until: {last}\n" if last != "none" else "")
        text += f"  - set: pmark-j\n{item}{days}    ja: {ja}\n"
    versions = with_(text).versions("OWN.1")
    assert [(each.title.ja, each.valid_until) for each in versions] == [
        ("甲", date(2026, 6, 30)),
        ("乙", None),
    ]
    with pytest.raises(
        ReferenceFileError, match=r"own\.yaml:13: .*'OWN\.1' is taken from 2026-01-01 until 2026-06-30"
    ):
        with_(text.replace("from: 2026-07-01", "from: 2026-06-01"))


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("J.2.4: {until", "J.99: {until", r"own\.yaml:4: correct\.J\.99: there is no 'J\.99'"),
        ("confidence: V}", "confidence: sure}", r"own\.yaml:4: .*must be one of V"),
        ("until: none", "until: 2020-01-01", r"own\.yaml:4: .*`until` lies before `from`"),
        ("id: OWN.1", "id: J.9.1", r"own\.yaml:6: .*'J\.9\.1' is taken"),
        ("parent: J.9", "parent: GDPR.5", r"own\.yaml:8: .*no 'GDPR\.5'"),
        ("every: half_yearly", "every: often", r"own\.yaml:13: .*must be one of once"),
        ("    ja: 社内の追加要求\n", "", r"own\.yaml:6: .*'ja' is missing"),
        ("[JIS.A.10]", "[JIS.A.99]", r"own\.yaml:15: .*no 'JIS\.A\.99'"),
        ("map:", "maps:", r"own\.yaml:15: maps: there is no such field"),
    ],
)
def test_a_wrong_correction_is_refused_with_its_line(old: str, new: str, message: str) -> None:
    """File, line and field are named."""
    with pytest.raises(ReferenceFileError, match=message):
        with_(CORRECTION.replace(old, new, 1))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "correct:\n  J.1.2:\n    - {until: 2026-06-30, ja: 甲}\n    - {from: 2026-06-30, ja: 乙}\n",
            r"own\.yaml:6: correct\.J\.1\.2\[2\]: ja: told already from 2026-06-30 .* in own\.yaml:5",
        ),
        ("correct: {J.1.2: {ja: 甲, from: 2027-02-30}}\n", r"own\.yaml:3: .*must be a day"),
        ("correct: {J.1.2: {from: 2026-01-01}}\n", r"own\.yaml:3: .*changes nothing"),
        (
            "end: {J.1.2: 2026-03-31}\nmap: {j-jis2023: {J.2.4: []}}\n",
            r"own\.yaml:4: map\.j-jis2023\.J\.2\.4: is empty: state it as a gap",
        ),
        ("map: {j-jis2023: {J.2.4: {ja: 対応なし}}}\n", r"own\.yaml:3: .*'en' is missing"),
        ("correct: {J.1.2: {parent: J.1.3}, J.1.3: {parent: J.1.2}}\n", r"own\.yaml:3: .*below itself"),
        (
            "correct:\n  J.1.2: {parent: J.1.3, from: 2027-01-01}\n  J.1.3: {parent: J.1.2, until: none}",
            r"own\.yaml:5: .*below itself",
        ),
        ("end: {J.2.4: 2025-03-31}\n", r"own\.yaml:3: end\.J\.2\.4: ended on 2024-09-30 already"),
        ("end: {J.9.1: 1999-03-31}\n", r"own\.yaml:3: .*begins only on"),
        ("begin: {J.2.4: 2025-03-31}\n", r"own\.yaml:3: .*ended on 2024-09-30"),
        (
            "correct: {J.9.1: {ja: 甲, from: 2027-01-01}}\nend: {J.9.1: 2026-03-31}\n",
            r"own\.yaml:4: .*own\.yaml:3 tells something after 2026-03-31",
        ),
        (
            "correct: {J.9.1: {ja: 甲, until: 2025-01-01}}\nbegin: {J.9.1: 2025-03-31}\n",
            r"own\.yaml:4: .*own\.yaml:3 tells something before 2025-03-31",
        ),
        ("end: {J.9.9: 2026-03-31}\n", r"own\.yaml:3: end\.J\.9\.9: there is no 'J\.9\.9'"),
    ],
)
def test_days_that_contradict_each_other_are_refused(text: str, message: str) -> None:
    """Both places are named where there are two."""
    with pytest.raises(ReferenceFileError, match=message):
        with_(HEAD + text)


@pytest.mark.parametrize(
    ("first", "second", "message"),
    [
        ("correct: {J.1.2: {ja: 甲}}", "correct: {J.1.2: {ja: 乙}}", "ja: told already .* in a.yaml:3"),
        ("end: {J.9.1: 2026-03-31}", "end: {J.9.1: 2026-06-30}", "told already in a.yaml:3"),
        (
            "end: {J.9.1: 2026-03-31}",
            "correct: {J.9.1: {until: none, ja: 甲}}",
            "lies after 2026-03-31, the last day in a.yaml:3",
        ),
        (
            "begin: {J.9.1: 2025-04-01}",
            "correct: {J.9.1: {from: 2025-03-31, ja: 甲}}",
            "lies before 2025-04-01, the first day in a.yaml:3",
        ),
        (
            "map: {j-jis2023: {J.2.4: [JIS.A.10]}}",
            "map: {j-jis2023: {J.2.4: [JIS.A.9]}}",
            "told already in a.yaml:3",
        ),
    ],
)
def test_two_files_may_not_tell_the_same(first: str, second: str, message: str) -> None:
    """The order of names decides nothing."""
    with pytest.raises(ReferenceFileError, match=rf"b\.yaml:3: .*{message}"):
        corrected(product(), [(f"{HEAD}{first}\n", "a.yaml"), (f"{HEAD}{second}\n", "b.yaml")])


def test_readiness_of_a_day_asks_what_was_asked_then(world: World) -> None:
    """A pack of last year shows the need of then, with its evidence; the page of today the new one."""
    known = with_(DATED)
    with world.registry.read(person(22, Role.OFFICER, world.a.unit.id)) as tx:
        then = replace(tx, now=datetime(2025, 9, 1, 3, tzinfo=UTC))

        def line(of: Tx) -> Line:
            found = renewal.renewal(of, known, world.a.unit.id).readiness
            assert found.share in group.shares(of, known)
            return next(each for each in found.lines if each.requirement.id == "J.1.2")

        (need,) = line(then).needs
        assert (need.need.id, need.lack, len(need.counting)) == ("parties", None, 1)
        (need,) = line(tx).needs
        assert (need.need.id, need.lack) == ("register", Lack.NONE)

        unit = organisation.unit(tx, world.a.unit.id)
        of = Subject(unit, Purpose.RENEWAL, "", None, then.now, LAST_YEAR, date(2023, 9, 1), known)

        def packed(subject: Subject) -> dict[object, tuple[object, ...]]:
            (listing,) = readiness_section.section(tx, subject).listings
            return {row.cells[0]: row.cells for row in listing.lines}

        last, now = packed(of), packed(replace(of, as_of=tx.now, day=TODAY))
        assert (last["J.1.2"][1], last["J.1.2"][4]) == (product().requirements["J.1.2"].title, Words("", ""))
        assert now["J.1.2"][1] != last["J.1.2"][1]
        assert now["J.1.2"][4] == Words("利害関係者の登録簿", "Register of parties")
        assert ("J.9.1" in last, "J.9.1" in now) == (True, False)


def test_a_confirmation_is_of_the_version_that_was_looked_at(world: World) -> None:
    """A version with other words is confirmed anew; a correction for all days was always so."""
    reader = person(22, Role.OFFICER, world.a.unit.id)
    with world.registry.read(reader) as tx:
        then = replace(tx, now=datetime(2025, 9, 1, 3, tzinfo=UTC))

        def basis(catalogue: Catalogue, of: Tx) -> str:
            lines = readiness.readiness(of, catalogue, world.a.unit.id).lines
            return next(each.basis for each in lines if each.requirement.id == "J.1.2")

        always = with_(HEAD + "correct: {J.1.2: {en: Parties}}\n")
        later = with_(HEAD + "correct: {J.1.2: {en: Parties, from: 2026-01-01}}\n")
        assert basis(product(), tx) == basis(always, tx) != basis(later, tx)
        assert basis(product(), then) == basis(later, then)


def test_what_is_asked_no_longer_is_not_due(world: World) -> None:
    """Evidence that runs out is wanted anew only where today's version asks for it."""
    with world.registry.read(person(21, Role.CERTIFICATION_TEAM, world.a.unit.id)) as tx:
        day = date(2026, 8, 1)
        assert [each.row for each in due.due(tx, day)] == ["J.1.2/parties"]
        assert due.due(tx, day, with_(DATED)) == []
        assert due.due(tx, day, with_(HEAD + "end: {J.1.2: 2026-07-31}\n")) == []
        abroad = HEAD + "correct: {J.1.2: {applies: {kinds: [overseas]}}}\n"
        assert due.due(tx, day, with_(abroad)) == []


def test_evidence_is_of_what_is_asked_today_or_was_on_its_day(world: World) -> None:
    """An old record may still be added to what was asked then; what was not asked then is refused."""
    known = with_(DATED)
    unit_id = world.b.unit.id
    with world.registry.write(person(21, Role.CERTIFICATION_TEAM, unit_id)) as tx:
        for name, on in (("register", date(2026, 3, 1)), ("register", LAST_YEAR), ("parties", LAST_YEAR)):
            told = draft(unit_id, Shows("J.1.2", name), effective_on=on)
            evidence.add_file(tx, known, told, "記録.txt", f"{name}{on}".encode())
        with pytest.raises(InvalidValue, match="unknown"):
            evidence.add_file(tx, known, draft(unit_id, PARTIES, effective_on=TODAY), "a.txt", b"a")


def test_evidence_of_what_is_asked_no_longer_stays_in_sight(world: World) -> None:
    """A need that a version, a correction or an end took away comes with its evidence and its last day."""
    unit_id = world.a.unit.id
    need = "{id: register, kind: record, every: yearly, ja: 登録簿, en: Register}"
    told = f"{HEAD}correct: {{J.1.2: {{%sneeds: [{need}]}}}}\n"
    cases = {
        told % "from: 2026-01-01, ": (date(2025, 12, 31), True),
        told % "": (None, False),
        HEAD + "end: {J.1.2: 2026-03-31}\n": (date(2026, 3, 31), True),
    }
    with world.registry.read(person(22, Role.OFFICER, unit_id)) as tx:
        assert earlier.earlier(tx, product(), readiness.readiness(tx, product(), unit_id)) == {}
        for text, (until, named) in cases.items():
            known = with_(text)
            found = earlier.earlier(tx, known, readiness.readiness(tx, known, unit_id))
            (each,) = found["J.1.2"]
            assert (each.id, each.until, each.need is not None) == ("parties", until, named)
            assert each.of is not None
            assert [piece.number for piece in each.evidence] == ["EV-0001"]
    with world.registry.read(person(22, Role.OFFICER, world.b.unit.id)) as tx, pytest.raises(AccessDenied):
        earlier.earlier(tx, product(), Readiness(unit_id, TODAY, ()))
