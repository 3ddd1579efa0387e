"""Where a person's data lie: found as the scanner read them, within the entity, and no value is kept."""

from __future__ import annotations

import io
import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from sqlalchemy import delete, select

from daicho.asked_person import PersonAsked, asked
from daicho.scanning import scan_targets, targets_for
from daicho.settings import Settings
from daicho.workspace import FirstAdministrator, FirstUnit, Workspace
from registry import disclosures, journal, organisation, sources
from registry.access import bootstrap_principal
from registry.asked import AskedField, Grade, judge, line_of
from registry.errors import AccessDenied, InvalidValue
from registry.lookup import LOOKUP, LookupRows, found, in_company
from registry.model import Principal, Role, UnitId, UnitKind
from registry.person_search import PersonFound, complete_lookups, search
from registry.rotation import Purpose, rotate, serve_new_fingerprints
from registry.store.tables import RunFileRecord
from scanners.model import Category
from scanners.reports import report
from tests.access.bases import APPROVER, disclose
from tests.access.world import person

TARO = PersonAsked(surname="山田", given_name="太郎", birth_date=date(1974, 5, 3))
CANARY = "乙社限り"
HEAD = "氏名,フリガナ,生年月日,電話番号,メールアドレス"
LIST = f"""{HEAD}
山田 太郎,ヤマダ タロウ,1974/05/03,090-1234-5678,taro.yamada@example.jp
佐藤 花子,サトウ ハナコ,1980/01/20,090-2345-6789,hanako@example.jp
鈴木 一郎,スズキ イチロウ,1974/05/03,090-3456-7890,ichiro@example.jp
"""
WIDE = f"""{HEAD}
山田　太郎,ﾔﾏﾀﾞ ﾀﾛｳ,昭和49年5月3日,０９０－１２３４－５６７８,TARO.YAMADA@example.jp
田中 恵,タナカ メグミ,平成2年1月3日,080-1111-2222,megumi@example.jp
"""
SPLIT = """姓,名,生年月日,社員番号
山田,太郎,S49.5.3,A-1029
山田,花子,1990-02-01,A-1030
田中,太郎,1985-11-09,A-1031
高橋,健一,1971-07-30,A-1032
"""
NAMESAKE = """氏名,電話番号
山田太郎,080-9999-0000
中村 裕子,080-9999-0001
"""
OTHERS = f"""{HEAD}
佐藤 花子,サトウ ハナコ,1980/01/20,090-2345-6789,hanako@example.jp
鈴木 次郎,スズキ ジロウ,1974/05/03,090-3456-0000,jiro@example.jp
"""


@dataclass(frozen=True, slots=True)
class Estate:
    """A scanned group: company A with five lists, company B with one that A must not see."""

    workspace: Workspace
    units: dict[str, UnitId]

    def found(
        self, who: PersonAsked, by: Principal | None = None, *, at: str = "A", with_bases: bool = False
    ) -> PersonFound:
        """Search in the name of company A's officer."""
        registry = self.workspace.registry
        principal = by or person(Role.OFFICER, self.units["A"])
        with registry.write(principal, reason="test") as tx:
            return search(
                tx,
                self.workspace.findings,
                self.units[at],
                asked(who, registry.vault),
                with_bases=with_bases,
            )

    def names(self, found: PersonFound) -> list[tuple[str, str]]:
        """Return (file, grade) of what was found, in its order."""
        return [(each.shown.rpartition("/")[2], each.grade.value) for each in found.candidates]


def scan(workspace: Workspace) -> None:
    """Scan everything that is registered."""
    owner = workspace.owner()
    scan_targets(
        targets_for(workspace, owner, (), ""),
        workspace=workspace,
        principal=owner,
        settings=workspace.settings,
        report=report("jsonl", io.StringIO(), findings=False),
    )


@pytest.fixture(scope="module")
def scanned(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Estate]:
    """Return the group after one scan by the real scanner."""
    root = tmp_path_factory.mktemp("persons")
    contents = {
        "A-1": {"list.csv": LIST, "wide.csv": WIDE, "others.csv": OTHERS},
        "A-2": {"split.csv": SPLIT, "namesake.csv": NAMESAKE},
        "B": {f"{CANARY}.csv": LIST},
    }
    settings = replace(Settings.load(root / "workspace", env={}), jobs=1)
    workspace = Workspace.create(
        settings,
        FirstUnit("G", "群", "Group", UnitKind.GROUP),
        FirstAdministrator("admin@example.jp", "管理", None),
    )
    units: dict[str, UnitId] = {}
    with workspace.registry.write(workspace.owner(), reason="test") as tx:
        root_unit = organisation.unit_by_code(tx, "G")
        assert root_unit is not None
        units["G"] = root_unit.id
        for code, kind, above in (
            ("A", UnitKind.COMPANY, "G"),
            ("B", UnitKind.COMPANY, "G"),
            ("A-1", UnitKind.SITE, "A"),
            ("A-2", UnitKind.SITE, "A"),
        ):
            units[code] = organisation.create_unit(
                tx, code=code, kind=kind, name_ja=code, name_en=code, parent_id=units[above]
            ).id
        for code, files in contents.items():
            folder = root / "share" / code
            folder.mkdir(parents=True)
            for name, content in files.items():
                (folder / name).write_text(content, encoding="utf-8")
            sources.add_source(tx, unit_id=units[code], name=code, owner="", url=folder.as_uri())
    scan(workspace)
    yield Estate(workspace, units)
    workspace.close()


def test_name_and_birth_date_are_found_however_they_are_written(scanned: Estate) -> None:
    """Full width, half-width kana, an era date and two columns are the same person; others are not found."""
    found = scanned.found(TARO)
    sure = [("list.csv", "sure"), ("split.csv", "sure"), ("wide.csv", "sure")]
    assert sorted(scanned.names(found)[:3]) == sure
    assert scanned.names(found)[3:] == [("namesake.csv", "possible")]
    assert {each.unit_id for each in found.candidates} == {scanned.units["A-1"], scanned.units["A-2"]}
    split = next(each for each in found.candidates if each.shown.endswith("split.csv"))
    assert set(split.places) == {"A2", "B2", "C2"}
    assert (found.runs, found.units, found.unexamined) == (2, 2, 0)


@pytest.mark.parametrize(
    ("who", "files"),
    [
        (PersonAsked(surname_reading="やまだ", given_reading="たろう"), {"list.csv", "wide.csv"}),
        (PersonAsked(phone="+81 90 1234 5678"), {"list.csv", "wide.csv"}),
        (PersonAsked(email="Taro.Yamada@EXAMPLE.jp"), {"list.csv", "wide.csv"}),
        (PersonAsked(identifier="Ａ１０２９", identifier_kind=Category.STAFF_ID), {"split.csv"}),
        (PersonAsked(surname="山田 太郎"), {"list.csv", "wide.csv", "namesake.csv"}),
        (PersonAsked(surname="存在", given_name="しない"), set()),
    ],
    ids=["reading", "phone", "mail", "number", "one field", "nobody"],
)
def test_every_kind_of_value_is_normalised_as_the_scanner_does(
    scanned: Estate, who: PersonAsked, files: set[str]
) -> None:
    """Hiragana, a country code, capitals and full-width letters meet what stands in the lists."""
    assert {name for name, _ in scanned.names(scanned.found(who))} == files


def test_another_form_of_a_character_is_the_same_name(scanned: Estate) -> None:
    """髙橋 is looked for as 高橋 too."""
    found = scanned.found(PersonAsked(surname="髙橋", given_name="健一"))
    assert scanned.names(found) == [("split.csv", "possible")]


def test_a_sibling_entity_is_not_searched(scanned: Estate) -> None:
    """The same list in company B is neither named nor counted, nor reached from the group above both."""
    found = scanned.found(TARO)
    assert CANARY not in repr(found)
    assert found.total == 4
    with pytest.raises(AccessDenied):
        scanned.found(TARO, at="B")
    with pytest.raises(AccessDenied):
        scanned.found(TARO, person(Role.GROUP_OFFICER, scanned.units["G"]))
    everywhere = scanned.found(TARO, bootstrap_principal(), with_bases=True)
    assert CANARY not in repr(everywhere)


def test_a_basis_in_force_opens_another_entity_and_its_end_closes_it(scanned: Estate) -> None:
    """With B's basis towards A its list is found and names the basis; after its end it is not."""
    registry = scanned.workspace.registry
    basis = disclose(registry, scanned.units["B"], scanned.units["A"])
    try:
        assert CANARY not in repr(scanned.found(TARO))
        opened = scanned.found(TARO, with_bases=True)
        (theirs,) = [each for each in opened.candidates if CANARY in each.shown]
        assert (theirs.basis_id, theirs.entity_id) == (basis.id, scanned.units["B"])
        assert all(each.basis_id is None for each in opened.candidates if each is not theirs)
    finally:
        with registry.write(APPROVER, reason="test") as tx:
            disclosures.end_disclosure(tx, basis.id, expected_version=basis.version)
    assert CANARY not in repr(scanned.found(TARO, with_bases=True))


def test_the_journal_tells_of_the_search_and_of_no_value(scanned: Estate) -> None:
    """Who searched with which kinds of values is kept; the values and their fingerprints are not."""
    who = replace(TARO, phone="090-1234-5678", email="taro.yamada@example.jp")
    scanned.found(who)
    registry = scanned.workspace.registry
    with registry.read(bootstrap_principal()) as tx:
        line = next(each for each in journal.lines(tx) if each.action == "person_searched")
    assert line.after is not None
    assert line.after["fields"] == ["birth_date", "email", "name", "phone"]
    told = repr(line)
    for value in ("山田", "太郎", "1974", "1234-5678", "taro.yamada"):
        assert value not in told
    for each in asked(who, registry.vault):
        assert not any(mark.hex() in told for mark in each.fingerprints)
        assert "山田" not in repr(each)
    assert "山田" not in repr(who)


def test_a_date_of_birth_alone_is_refused(scanned: Estate) -> None:
    """What thousands share finds nobody: the search asks for more."""
    with pytest.raises(InvalidValue, match="too_little"):
        scanned.found(PersonAsked(birth_date=date(1974, 5, 3), address="東京都千代田区1-1"))


def test_without_a_lookup_the_findings_are_read_and_the_lookup_is_made_again(scanned: Estate) -> None:
    """Runs of an earlier version are searched all the same; the lookup that is made gives the same answer."""
    registry, store = scanned.workspace.registry, scanned.workspace.findings
    before = scanned.found(TARO)
    with registry.write(bootstrap_principal(), reason="test") as tx:
        tx.session.execute(delete(RunFileRecord).where(RunFileRecord.kind == "lookup"))
    assert scanned.found(TARO) == before
    with registry.write(person(Role.OFFICER, scanned.units["A"]), reason="test") as tx:
        assert complete_lookups(tx, store, scanned.units["A"]) == 2
        assert complete_lookups(tx, store, scanned.units["A"]) == 0
    assert scanned.found(TARO) == before
    with registry.read(bootstrap_principal()) as tx:
        rows = tx.session.scalars(select(RunFileRecord).where(RunFileRecord.kind == "lookup")).all()
    assert {row.unit_id for row in rows} == {scanned.units["A-1"], scanned.units["A-2"]}
    assert all((store.directory / row.name).is_file() for row in rows)


def test_replaced_keys_leave_the_search_as_it_was(scanned: Estate) -> None:
    """Files wrapped anew, and fingerprints of the key before beside those of the new one, are all found."""
    before = scanned.names(scanned.found(TARO))
    keys = scanned.workspace.keys()
    rotate(keys, Purpose.FINDINGS)
    assert scanned.names(scanned.found(TARO)) == before
    rotate(keys, Purpose.FINGERPRINT)
    serve_new_fingerprints(keys)
    assert scanned.names(scanned.found(TARO)) == before
    scan(scanned.workspace)
    assert sorted(scanned.names(scanned.found(TARO))) == sorted(before)


NAME, BORN, PHONE, MAIL, NUMBER = (
    AskedField.NAME,
    AskedField.BIRTH_DATE,
    AskedField.PHONE,
    AskedField.EMAIL,
    AskedField.IDENTIFIER,
)


@pytest.mark.parametrize(
    ("lines", "sure_number", "grade"),
    [
        ({"#2": {NAME, BORN}}, False, Grade.SURE),
        ({"p. 1": {NAME, BORN}}, False, Grade.LIKELY),
        ({"#2": {NAME}, "#9": {BORN}}, False, Grade.LIKELY),
        ({"#2": {NAME}, "#900": {BORN}}, False, Grade.POSSIBLE),
        ({"a#2": {NAME}, "b#3": {BORN}}, False, Grade.POSSIBLE),
        ({"#2": {NAME, PHONE}}, False, Grade.LIKELY),
        ({"#2": {MAIL}}, False, Grade.LIKELY),
        ({"#2": {PHONE}}, False, Grade.POSSIBLE),
        ({"#2": {NUMBER}}, True, Grade.SURE),
        ({"#2": {NUMBER}}, False, Grade.POSSIBLE),
        ({"#2": {BORN}}, False, None),
        ({"#2": {BORN, AskedField.ADDRESS}}, False, None),
    ],
)
def test_what_stands_together_decides(
    lines: dict[str, set[AskedField]], sure_number: bool, grade: Grade | None
) -> None:
    """One record of name and birth is sure, near rows of a form are likely, far ones are namesakes."""
    judged = judge({line: frozenset(held) for line, held in lines.items()}, sure_number=sure_number)
    assert (None if judged is None else judged.grade) is grade


@pytest.mark.parametrize(
    ("location", "line"),
    [("名簿!B10", "名簿#10"), ("B10", "#10"), ("birth[12]", "#12"), ("p. 3", "p. 3"), ("", "")],
)
def test_cells_of_a_row_are_one_record(location: str, line: str) -> None:
    """Cells, records of a database and pages are told apart by how places are written."""
    assert line_of(location) == line


def test_parts_of_a_name_count_in_one_record_only() -> None:
    """A surname in one row and a given name in another, or another object, are nobody's whole name."""
    surname, given, whole = (bytes([number]) * 16 for number in (200, 1, 2))
    rows = [
        (surname, "a", "名簿!A2"),  # with its given name
        (given, "a", "名簿!B2"),
        (surname, "a", "名簿!A3"),  # alone in its row
        (surname, "b", "名簿!A2"),
        (given, "a", "別!B3"),
        (surname, "c", "sei[7]"),  # a record of a database
        (given, "c", "mei[7]"),
        (whole, "d", "p. 3"),
    ]
    columns = [list(column) for column in zip(*rows, strict=True)]
    hits = pa.table(
        {
            "fingerprint": pa.array(columns[0], pa.binary(16)),
            "object_id": columns[1],
            "location": columns[2],
        }
    )
    kept = in_company(hits, [(frozenset({whole}),), (frozenset({surname}), frozenset({given}))])
    found = list(zip(kept["object_id"].to_pylist(), kept["location"].to_pylist(), strict=True))
    assert found == [
        ("a", "名簿!A2"),
        ("a", "名簿!B2"),
        ("c", "sei[7]"),
        ("c", "mei[7]"),
        ("d", "p. 3"),
    ]
    assert in_company(hits.slice(0, 0), [(frozenset({whole}),)]).num_rows == 0


def test_a_lookup_of_many_rows_gives_back_what_was_put_in(tmp_path: Path) -> None:
    """Whatever the first bit of a fingerprint: over groups and stretches each one is found, no other."""
    dice = random.Random(20261128)
    prints = [dice.randbytes(16) for _ in range(30_000)]
    findings = pa.table(
        {
            "fingerprint": pa.array(prints, pa.binary(16)),
            "category": ["PERSON" if number % 10 else "MEDICAL" for number in range(len(prints))],
            "object_id": [f"{number // 100:032x}" for number in range(len(prints))],
            "location": [f"A{number}" for number in range(len(prints))],
        }
    )
    path = tmp_path / "lookup.parquet"
    with pq.ParquetWriter(path, LOOKUP) as writer:
        rows = LookupRows(writer.write_table)
        rows.add(findings.slice(0, 20_000))
        rows.close()  # a stretch of its own
        rows = LookupRows(writer.write_table)
        rows.add(findings.slice(20_000))
        rows.close()
    file = pq.ParquetFile(path)
    assert file.num_row_groups > 3
    wanted = dice.sample(range(len(prints)), 200)
    answer = pa.concat_tables(found(file, {prints[number] for number in wanted} | {dice.randbytes(16)}))
    assert sorted(answer["location"].to_pylist()) == sorted(f"A{number}" for number in wanted if number % 10)
    for fingerprint, location in zip(
        answer["fingerprint"].to_pylist(), answer["location"].to_pylist(), strict=True
    ):
        assert prints[int(location[1:])] == fingerprint
