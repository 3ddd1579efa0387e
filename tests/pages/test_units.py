"""The page of the organisation: the tree, its changes, late edits and tables; for who may alone."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from registry import disclosures, journal, organisation, reorganisation
from registry.access import bootstrap_principal
from registry.model import Unit, UnitKind
from tests.pages.group import Group
from tests.pages.test_pages import EXECUTIVE, GERMANY, HOSPITAL, NO_RIGHT, OFFICER, opened, pressed, shown
from tests.pages.test_separation import known

ADMIN = "admin@towa.example"


def unit(group: Group, code: str) -> Unit:
    """Return a unit as it stands."""
    with group.workspace.registry.read(bootstrap_principal()) as tx:
        found = organisation.unit_by_code(tx, code)
    assert found is not None
    return found


def records(group: Group) -> int:
    """Return how many records the journal has."""
    return journal.verify(group.workspace.registry).count


def renamed(group: Group, code: str, name: str) -> None:
    """Let somebody else rename a unit."""
    old = unit(group, code)
    with group.workspace.registry.write(group.principal(ADMIN), reason="test") as tx:
        reorganisation.change_unit(
            tx,
            old.id,
            expected_version=old.version,
            code=old.code,
            kind=old.kind,
            name_ja=name,
            name_en=old.name_en,
            country=old.country,
            privacy_mark=old.privacy_mark,
        )


def fill(test: AppTest, label: str, value: str) -> None:
    """Type into the text field of this label."""
    next(each for each in test.text_input if each.label.startswith(label)).set_value(value)


def choose(test: AppTest, label: str, name: str) -> None:
    """Choose what begins with this name."""
    box = next(each for each in test.selectbox if each.label.startswith(label))
    box.select_index(next(index for index, each in enumerate(box.options) if each.startswith(name)))


@pytest.mark.parametrize("login", [OFFICER, HOSPITAL, EXECUTIVE, GERMANY])
@pytest.mark.parametrize("query", [{}, {"opened": "HOSP"}])
def test_who_may_not_change_the_organisation_sees_nothing(
    group: Group, login: str, query: dict[str, str]
) -> None:
    """The page says whom to ask; no unit of its tree is named."""
    text = shown(opened(group, login, "units", **query))
    assert NO_RIGHT in text
    assert "桜台総合病院" not in text


def test_the_tree_tells_code_kind_country_entity_and_size(changeable: Group) -> None:
    """Sites stand indented below their company; small entities say so."""
    small = unit(changeable, "EST")
    with changeable.workspace.registry.write(bootstrap_principal()) as tx:
        organisation.set_small(tx, small.id, small=True, expected_version=small.version)
    text = shown(opened(changeable, ADMIN, "units"))
    assert "11 単位のうち 1–11 番目" in text
    for words in ('"text": "健診センター"', '"indent": 2', "HOSP-2", "海外会社", "小規模", "法人"):
        assert words in text
    english = shown(opened(changeable, ADMIN, "units", "en"))
    assert "1–11 of 11 units" in english
    assert "Sakuradai General Hospital" in english
    assert "組織" not in english


def test_a_search_narrows_the_tree(group: Group) -> None:
    """Names in both languages and codes are looked at; nothing found is said."""
    test = opened(group, ADMIN, "units")
    test.text_input(key="units-text").set_value("germany").run()
    assert "1 単位のうち" in shown(test)
    test.text_input(key="units-text").set_value("ない").run()
    assert "条件に合うものはありません" in shown(test)


def test_a_unit_is_added(changeable: Group) -> None:
    """Below the chosen unit; what is missing or taken is told and nothing is made."""
    test = pressed(opened(changeable, ADMIN, "units"), "単位を追加")
    assert "上位の単位を選んでください。" in shown(test)
    choose(test, "上位の単位", "桜台総合病院")
    fill(test, "名称（日本語）", "救急部")
    fill(test, "記号", "HOSP")
    assert "記号：すでに使われています。" in shown(pressed(test, "単位を追加"))
    fill(test, "記号", "HOSP-ER")
    assert "追加しました：救急部" in shown(pressed(test, "単位を追加"))
    assert unit(changeable, "HOSP-ER").parent_id == unit(changeable, "HOSP").id


def test_a_unit_is_renamed_and_its_history_stays(changeable: Group) -> None:
    """The change is saved, recorded and shown; the earlier name stands in the history."""
    test = opened(changeable, ADMIN, "units", opened="LIFE")
    assert "変わった項目はありません。" in shown(pressed(test, "変更を保存"))
    fill(test, "名称（日本語）", "東和ケア")
    text = shown(pressed(test, "変更を保存"))
    assert "変更を保存しました。" in text
    assert "東和ライフケア" in text
    changed = unit(changeable, "LIFE")
    assert (changed.name_ja, changed.kind) == ("東和ケア", UnitKind.COMPANY)


def _overtaken(group: Group) -> AppTest:
    """Return the page of who saves a unit after somebody else renamed it."""
    test = opened(group, ADMIN, "units", opened="LIFE")
    renamed(group, "LIFE", "東和生活")
    fill(test, "名称（日本語）", "東和ケア")
    fill(test, "名称（英語）", "Towa Care")
    return pressed(test, "変更を保存")


def test_a_late_edit_shows_who_changed_what(changeable: Group) -> None:
    """Before, theirs and mine stand side by side, and nothing is overwritten."""
    text = shown(_overtaken(changeable))
    for words in ("高橋 健一 さんが同じ単位を変更しています", "東和ライフケア", "東和生活", "東和ケア"):
        assert words in text
    assert unit(changeable, "LIFE").name_ja == "東和生活"


@pytest.mark.parametrize(("side", "name"), [("theirs", "東和生活"), ("mine", "東和ケア")])
def test_a_late_edit_is_merged_as_the_person_chooses(changeable: Group, side: str, name: str) -> None:
    """What both changed waits for a choice; what one changed alone is kept unasked."""
    test = pressed(_overtaken(changeable), "統合して保存")
    assert "どちらを残すか選んでください：名称（日本語）" in shown(test)
    test.radio(key="merge-name_ja").set_value(side)
    assert "変更を保存しました。" in shown(pressed(test, "統合して保存"))
    merged = unit(changeable, "LIFE")
    assert (merged.name_ja, merged.name_en) == (name, "Towa Care")


def test_giving_up_leaves_the_other_edit(changeable: Group) -> None:
    """Nothing is written, and the form shows what stands."""
    test = _overtaken(changeable)
    before = records(changeable)
    assert "東和ケア" not in shown(pressed(test, "取りやめる"))
    assert records(changeable) == before


def test_a_unit_is_marked_small(changeable: Group) -> None:
    """Offered for legal entities alone."""
    shown(pressed(opened(changeable, ADMIN, "units", opened="EST"), "小規模とする"))
    assert unit(changeable, "EST").small
    labels = [each.label for each in opened(changeable, ADMIN, "units", opened="HOSP-1").button]
    assert "小規模とする" not in labels


def test_a_unit_is_moved(changeable: Group) -> None:
    """It goes below the chosen unit; neither itself nor its present place is offered."""
    test = opened(changeable, ADMIN, "units", opened="HOSP-2")
    box = next(each for each in test.selectbox if each.label == "新しい上位の単位")
    assert not {"桜台総合病院　HOSP", "健診センター　HOSP-2"} & set(box.options)
    choose(test, "新しい上位の単位", "東和ライフケア")
    assert "東和ライフケア の下へ移しました。" in shown(pressed(test, "単位を移す"))
    assert unit(changeable, "HOSP-2").parent_id == unit(changeable, "LIFE").id


def test_merging_asks_and_names_what_passes_over(changeable: Group) -> None:
    """Nothing happens before the confirmation, which counts units below, entries and places."""
    test = opened(changeable, ADMIN, "units", opened="HOSP")
    box = next(each for each in test.selectbox if each.label == "引き継ぐ単位")
    assert not [name for name in box.options if "　HOSP" in name]
    choose(test, "引き継ぐ単位", "東和ライフケア")
    test = pressed(test, "引き継ぐものを確かめる")
    text = shown(test)
    for words in ("桜台総合病院 を 東和ライフケア に統合しますか？", "本院、健診センター", "2 件", "2 か所"):
        assert words in text
    assert unit(changeable, "HOSP").closed_at is None
    assert "閉じました。東和ライフケア が引き継ぎました。" in shown(pressed(test, "単位を統合"))
    assert unit(changeable, "HOSP").merged_into_id == unit(changeable, "LIFE").id


def test_places_that_stay_closed_are_not_counted_as_none(changeable: Group) -> None:
    """Without a basis the confirmation says that the number is not known, not that there are none."""
    with changeable.workspace.registry.write(changeable.principal(HOSPITAL)) as tx:
        (basis,) = known(changeable, "HOSP")
        disclosures.end_disclosure(tx, basis.id, expected_version=basis.version)
    test = opened(changeable, ADMIN, "units", opened="HOSP")
    choose(test, "引き継ぐ単位", "東和ライフケア")
    assert "か所" not in shown(pressed(test, "引き継ぐものを確かめる"))


def uploaded(test: AppTest, name: str, data: bytes) -> AppTest:
    """Return the page after a file was handed in."""
    test.file_uploader[0].set_value((name, data, "text/csv"))
    return test.run()


def test_a_table_is_tried_and_then_taken(changeable: Group) -> None:
    """The trial shows each difference by line and changes nothing."""
    data = "記号,名称,種類,上位\nHOSP-3,東館,site,HOSP\nLIFE,東和ケア,company,\n".encode("cp932")
    before = records(changeable)
    test = pressed(uploaded(opened(changeable, ADMIN, "units"), "units.csv", data), "試す")
    text = shown(test)
    assert "2 行のうち、変わるか誤りのある 2 行" in text
    for words in ("HOSP-3", "追加", "変更"):
        assert words in text
    assert records(changeable) == before
    assert "取り込みました。2 行に変更がありました。" in shown(pressed(test, "2 行を取り込む"))
    assert unit(changeable, "HOSP-3").name_ja == "東館"


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"code,name_ja\nX-1,X\nX-2,\n", "名称（日本語）：入力が必要です。"),
        (b"code,name_ja,parent\nX-1,X,NONE\n", "上位の単位：見つかりません。"),
    ],
)
def test_a_wrong_row_is_told_by_line_and_offers_no_import(changeable: Group, data: bytes, told: str) -> None:
    """Column and reason in words; nothing can be taken."""
    test = pressed(uploaded(opened(changeable, ADMIN, "units"), "units.csv", data), "試す")
    assert told in shown(test)
    assert "1 行に誤りがあるため、取り込めません。" in shown(test)
    assert not [each for each in test.button if "取り込む" in each.label]


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"PK\x03\x04 no workbook", "これは表ではありません（zip）"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "これは表ではありません"),
        (b"code,colour\n", "「colour」という列は使えません"),
        (b"code,name_ja\n" + b"X,Y\n" * 5_001, "5,000 行を超える表"),
        (b"x" * (20 << 20) + b"y", "20 MB までにしてください"),
    ],
    ids=["workbook", "old", "column", "rows", "size"],
)
def test_what_is_no_table_is_refused(changeable: Group, data: bytes, told: str) -> None:
    """The kind is told from the content, not from the name, and large tables are for the command."""
    assert told in shown(uploaded(opened(changeable, ADMIN, "units"), "units.csv", data))
