"""Every page for every persona, on a real workspace: it shows what the person may see and nothing else."""

from __future__ import annotations

import json
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from daicho.pages.context import PageContext
from registry import accounts, discrepancies, journal, ledger
from registry.access import bootstrap_principal
from registry.model import EntryId, LedgerEntry, Role
from tests.pages.group import Group, object_id

OFFICER, HOSPITAL = "sato@towa.example", "hospital@towa.example"
EXECUTIVE, GERMANY = "executive@towa.example", "germany@towa.example"
PAGES = ("overview", "entity", "inventory", "ledger", "processors", "cases", "disposals")
DISGUISED = object_id("HQ", "総務/役員連絡先.txt")
WORST = object_id("HOSP-2", "健診/健診2025/結果一覧.xlsx")
LOCATION, MASK = "結果一覧.xlsx", "山●●●"
NO_RIGHT = "このページは閲覧できません"


def script(page: str, context: object) -> None:
    """Run one page as the dashboard does."""
    import importlib

    from daicho.pages import theme

    theme.apply()
    importlib.import_module(f"daicho.pages.{page}").show(context)


def opened(group: Group, login: str, page: str, language: str = "ja", **query: str) -> AppTest:
    """Return a page as one person sees it."""
    context = PageContext(group.workspace, group.principal(login), language)
    test = AppTest.from_function(script, default_timeout=30, args=(page, context))
    for name, value in query.items():
        test.query_params[name] = value
    return test.run()


def shown(test: AppTest) -> str:
    """Return everything that was sent to the browser, as one text."""
    assert not test.exception, [each.message for each in test.exception]
    return "\n".join(_texts(test._tree))


def _texts(node: Any) -> list[str]:
    found = []
    proto = getattr(node, "proto", None)
    if proto is not None:
        for field, value in _fields(proto):
            if isinstance(value, str) and "<style>" not in value:
                found.append(_plain(field, value))
    for child in getattr(node, "children", {}).values():
        found += _texts(child)
    return found


def _fields(proto: Any) -> list[tuple[str, Any]]:
    found: list[tuple[str, Any]] = []
    for field, value in proto.ListFields():
        if hasattr(value, "ListFields"):
            found += _fields(value)
        elif isinstance(value, str):
            found.append((field.name, value))
        elif field.is_repeated:
            for each in value:
                found += _fields(each) if hasattr(each, "ListFields") else [(field.name, each)]
    return found


def _plain(field: str, value: str) -> str:
    """Return JSON with its characters as they are read."""
    return json.dumps(json.loads(value), ensure_ascii=False) if field == "json" else value


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("login", [OFFICER, HOSPITAL, EXECUTIVE, GERMANY])
def test_every_page_opens_for_everybody(group: Group, page: str, login: str) -> None:
    """No page fails for any persona, in the language that the person reads."""
    text = shown(opened(group, login, page, "en" if login == GERMANY else "ja"))
    assert "dc-title" in text


def test_the_overview_says_what_is_true_and_why(group: Group) -> None:
    """The verdict counts the units, names the worst and says who can read how much of what."""
    text = shown(opened(group, OFFICER, "overview"))
    assert "7\u00a0単位のうち 1\u00a0単位が危機的" in text
    assert "<b>桜台総合病院</b>で、台帳に記載のない健康情報など 1,204\u00a0人分を全員が読めます。" in text


@pytest.mark.parametrize("page", ["overview", "entity"])
def test_an_executive_reads_at_once_whose_data_everyone_can_read(group: Group, page: str) -> None:
    """Three lines at most, with persons at least, in both languages; no place is named."""
    text = shown(opened(group, EXECUTIVE, page, unit="HOSP" if page == "entity" else ""))
    assert "広く読めるデータ" in text
    assert "1,204\u00a0人分以上を全員が読めます。" in text
    assert 1 <= text.count("人分以上を") <= 3
    english = shown(opened(group, EXECUTIVE, page, "en"))
    assert "of at least 1,204 people, readable by everyone." in english


def test_the_result_of_the_formula_is_never_torn_from_its_sign(group: Group) -> None:
    """On a narrow page the sign and the score go to the next line together."""
    text = shown(opened(group, OFFICER, "entity", unit="HOSP"))
    assert "<div class='dc-end'><span class='dc-sign'>＝</span><div class='dc-term'><b>" in text


def test_the_overview_says_how_sure_it_is(group: Group) -> None:
    """Units without a report and objects that could not be read are named, with the reason."""
    text = shown(opened(group, OFFICER, "overview"))
    assert "報告あり <b>6 / 7\u00a0単位</b>" in text
    assert "パスワード付き 7" in text
    assert "まだ報告のない単位：東和不動産" in text


def test_a_unit_that_was_never_scanned_is_not_shown_as_safe(group: Group) -> None:
    """Not assessed is a word of its own: never zero, never low."""
    text = shown(opened(group, OFFICER, "overview"))
    assert "未確認" in text


def test_english_readers_get_english(group: Group) -> None:
    """No Japanese word of the product is left on an English page but names of data."""
    text = shown(opened(group, GERMANY, "overview", "en"))
    assert "None of 1 unit is at high risk or above." in text
    assert "リスク" not in text


@pytest.mark.parametrize("page", PAGES)
def test_units_of_others_are_out_of_sight(group: Group, page: str) -> None:
    """An officer of one company sees neither names nor data of another, not even in a list of choices."""
    text = shown(opened(group, GERMANY, page, "en"))
    for foreign in ("桜台", "Sakuradai", "東和", "Lifecare", "結果一覧", "入院患者"):
        assert foreign not in text


@pytest.mark.parametrize("page", PAGES)
def test_executives_see_no_location_and_no_sample(group: Group, page: str) -> None:
    """Scores and counts are for executives; where data lie and what they look like is not."""
    text = shown(opened(group, EXECUTIVE, page, object=WORST))
    assert LOCATION not in text
    assert "健診2025" not in text
    assert MASK not in text


def test_executives_are_told_that_the_inventory_is_not_theirs(group: Group) -> None:
    """A page without right says so and says whom to ask."""
    assert NO_RIGHT in shown(opened(group, EXECUTIVE, "inventory"))


def test_the_company_page_explains_the_score(group: Group) -> None:
    """The terms of the score, the object behind it and the step that helps most stand on the page."""
    text = shown(opened(group, OFFICER, "entity", unit="HOSP"))
    assert "なぜ 86 点か：最も重い対象「結果一覧.xlsx」" in text
    for term in ("1,204 人", "健康情報など（要配慮）", "全員が読める", "台帳にない"):
        assert term in text
    assert "いま最も効く一手" in text
    assert "前回 61（高）から +25" in text


def test_what_everyone_can_read_is_not_told_as_read_by_root(group: Group) -> None:
    """Everyone is said as everyone; a narrower circle by its groups and accounts in words."""
    text = shown(opened(group, OFFICER, "entity", unit="HOSP"))
    assert "いま読める人：全員。" in text
    assert "Readable now by: Everyone." in shown(opened(group, OFFICER, "entity", "en", unit="HOSP"))
    assert "root" not in text + shown(opened(group, OFFICER, "inventory", object=WORST))
    narrower = object_id("HOSP-2", "健診/過年度/人間ドック_2024.csv")
    for language, words in (("ja", "グループ tanto、root（"), ("en", "group tanto, root (")):
        assert words in shown(opened(group, OFFICER, "inventory", language, object=narrower))


def test_the_inventory_lists_the_gravest_first(group: Group) -> None:
    """All objects with personal data are counted, and the worst stands on top."""
    text = shown(opened(group, OFFICER, "inventory"))
    assert "10 件のうち 1–10 件目" in text
    assert text.index("結果一覧.xlsx") < text.index("役員連絡先.txt")


def test_the_inventory_filters(group: Group) -> None:
    """A filter narrows the list, says how many are left, and says so when nothing is."""
    test = opened(group, OFFICER, "inventory")
    test.multiselect(key="inventory-kinds").set_value(["docx"]).run()
    assert "1 件のうち 1–1 件目" in shown(test)
    test.text_input(key="inventory-text").set_value("どこにもない").run()
    assert "条件に合うものはありません。条件を消すと 10 件あります。" in shown(test)
    test.button(key="inventory-clear").click().run()
    assert "10 件のうち" in shown(test)


def test_what_calls_itself_something_else_is_marked(group: Group) -> None:
    """In its row, as a choice beside the formats, and in the drawer with what it is."""
    test = opened(group, OFFICER, "inventory")
    assert shown(test).count('"below": "拡張子と内容が違う"') == 1
    test.multiselect(key="inventory-kinds").set_value(["!"]).run()
    assert "1 件のうち 1–1 件目" in shown(test)
    assert "役員連絡先.txt" in shown(test)
    assert "内容（pdf）と違います" in shown(opened(group, OFFICER, "inventory", object=DISGUISED))


def test_the_drawer_shows_masked_samples(group: Group) -> None:
    """An officer sees what was found, where and why, masked."""
    text = shown(opened(group, OFFICER, "inventory", object=WORST))
    assert MASK in text
    assert "元の値は保存していません" in text
    assert "列名「病名」、書式" in text


def test_who_looks_at_samples_and_places_leaves_a_record(changeable: Group) -> None:
    """Opening the inventory and a drawer twice leaves one record of each list, in the officer's name."""
    officer = changeable.principal(OFFICER)
    for _ in range(2):
        assert MASK in shown(opened(changeable, OFFICER, "inventory", object=WORST))
    with changeable.workspace.registry.read(changeable.workspace.owner()) as tx:
        seen = [line for line in journal.lines(tx, limit=1000) if line.actor_id == officer.user_id]
    lists = sorted(line.table for line in seen if line.action == "list_viewed")
    assert [name for name in lists if name != "judgements"] == ["locations", "samples"]
    # A page that shows neither leaves nothing.
    opened(changeable, EXECUTIVE, "overview")
    with changeable.workspace.registry.read(changeable.workspace.owner()) as tx:
        again = [line for line in journal.lines(tx, limit=1000) if line.actor_id == officer.user_id]
        executive = changeable.principal(EXECUTIVE).user_id
        assert not [line for line in journal.lines(tx, limit=1000) if line.actor_id == executive]
    assert again == seen


def test_a_foreign_object_is_not_found(group: Group) -> None:
    """An address with the id of another company's object tells nothing."""
    text = shown(opened(group, GERMANY, "inventory", "en", object=WORST))
    assert "This object does not exist, or you cannot view it." in text


def test_the_ledger_names_entries_that_differ(group: Group) -> None:
    """The list counts what differs from reality, and the filter keeps only these."""
    test = opened(group, OFFICER, "ledger")
    assert "件数の差" in shown(test)
    test.checkbox(key="ledger-different").check().run()
    assert "社員名簿" not in shown(test)
    assert "顧客一覧" in shown(test)


def test_a_foreign_entry_is_not_found(group: Group) -> None:
    """An address with the number of another company's entry tells nothing."""
    assert "This entry does not exist" in shown(opened(group, GERMANY, "ledger", "en", entry="1"))


def test_executives_read_entries_without_a_form(group: Group) -> None:
    """Who may not edit sees the values, and no button to save."""
    test = opened(group, EXECUTIVE, "ledger", entry="1")
    assert "入院患者一覧" in shown(test)
    assert "病棟" not in shown(test)  # where the data lie
    assert [button.label for button in test.button] == ["一覧に戻る", "リスク分析を開く"]


def test_saving_an_entry_makes_a_version_and_judges_anew(changeable: Group) -> None:
    """The correct count ends the difference at once, and the page says the new version."""
    test = opened(changeable, OFFICER, "ledger", entry="1")
    assert "件数の差" in shown(test)
    next(each for each in test.number_input if each.label == "件数（人）").set_value(1_842)
    next(each for each in test.button if each.label == "変更を保存").click().run()
    text = shown(test)
    assert "台帳 L-0001 を保存しました（第 2 版）。" in text
    assert "この記載と検出結果に違いはありません。" in text
    assert "1842" in text


def _overtaken(group: Group, purpose: str, owner: str = "") -> AppTest:
    """Return the page of an officer who saves entry 3 after the administrator changed its purpose."""
    test = opened(group, OFFICER, "ledger", entry="3")
    with group.workspace.registry.write(group.principal("admin@towa.example"), reason="test") as tx:
        ledger.update_entry(tx, EntryId(3), expected_version=1, changes={"purpose": "契約の履行"})
    next(each for each in test.text_area if each.label.startswith("利用目的")).set_value(purpose)
    if owner:
        next(each for each in test.text_input if each.label.startswith("管理部門")).set_value(owner)
    return pressed(test, "変更を保存")


def pressed(test: AppTest, label: str) -> AppTest:
    """Return the page after a button was pressed."""
    return next(each for each in test.button if each.label == label).click().run()


def _third(group: Group) -> LedgerEntry:
    with group.workspace.registry.read(group.principal(OFFICER)) as tx:
        return ledger.entry(tx, EntryId(3))


def test_an_edit_that_comes_too_late_shows_both_changes_field_by_field(changeable: Group) -> None:
    """Who edits an entry that somebody else changed meanwhile sees who, when, before, theirs and his own."""
    text = shown(_overtaken(changeable, "案内だけ", owner="営業本部長"))
    assert "高橋 健一 さんが同じ記載を変更しています（利用目的）" in text
    for words in ("契約の履行と案内", "契約の履行", "案内だけ", "営業本部長", "あなたの内容"):
        assert words in text
    assert _third(changeable).purpose == "契約の履行"


def test_a_merge_keeps_what_the_person_chooses_and_what_nobody_disputes(changeable: Group) -> None:
    """A field that both changed waits for a choice; one that only the second changed is kept unasked."""
    test = pressed(_overtaken(changeable, "案内だけ", owner="営業本部長"), "統合して保存")
    assert "どちらを残すか選んでください：利用目的" in shown(test)
    test.radio(key="merge-purpose").set_value("theirs")
    assert "第 3 版" in shown(pressed(test, "統合して保存"))
    merged = _third(changeable)
    assert (merged.purpose, merged.owner, merged.version) == ("契約の履行", "営業本部長", 3)


def test_a_merge_that_is_overtaken_again_shows_the_newer_edit(changeable: Group) -> None:
    """Choosing one's own content does not overwrite an edit that came while one chose."""
    test = _overtaken(changeable, "案内だけ")
    with changeable.workspace.registry.write(changeable.principal("admin@towa.example")) as tx:
        ledger.update_entry(tx, EntryId(3), expected_version=2, changes={"purpose": "第三の目的"})
    test.radio(key="merge-purpose").set_value("mine")
    assert "第三の目的" in shown(pressed(test, "統合して保存"))
    assert _third(changeable).purpose == "第三の目的"


def test_giving_up_leaves_the_other_edit(changeable: Group) -> None:
    """After giving up the form shows what stands, and nothing was written."""
    test = pressed(_overtaken(changeable, "案内だけ"), "取りやめる")
    assert "案内だけ" not in shown(test)
    assert _third(changeable).version == 2


def test_an_entry_without_its_required_columns_is_not_saved(changeable: Group) -> None:
    """The page names the columns that are missing and writes nothing."""
    test = opened(changeable, OFFICER, "ledger", entry="3")
    next(each for each in test.text_area if each.label.startswith("利用目的")).set_value(" ")
    next(each for each in test.button if each.label == "変更を保存").click().run()
    assert "必須の項目を入れてください：利用目的" in shown(test)


def test_an_unregistered_object_becomes_an_entry(changeable: Group) -> None:
    """The draft of what was found names what a person must add; saved, it covers the object at once."""
    test = opened(changeable, OFFICER, "ledger", draft=WORST)
    next(each for each in test.button if each.label == "台帳に登録").click().run()
    assert "必須の項目を入れてください：" in shown(test)
    for each in (*test.text_input, *test.text_area):
        if not each.disabled and "（必須）" in each.label and not each.value:
            each.set_value("健診センター")
    next(each for each in test.button if each.label == "台帳に登録").click()
    # Outside the whole dashboard there is no other page to go to: what was written is what counts here.
    test.run()
    registry = changeable.workspace.registry
    with registry.read(changeable.principal(OFFICER)) as tx:
        assert [each.name for each in ledger.entries(tx)][-1] == LOCATION
        left = discrepancies.open_discrepancies(tx, unit_id=changeable.units["HOSP"])
    assert WORST not in {each for found in left for each in found.objects}


def test_an_object_opens_though_its_entry_belongs_to_the_company_above(changeable: Group) -> None:
    """The officer of a site sees the site's object, and that an entry out of sight speaks of it."""
    (entry,) = [each for each in _entries(changeable) if each.name == "顧客一覧"]
    with changeable.workspace.registry.write(bootstrap_principal()) as tx:
        company = {"unit_id": changeable.units["LIFE"]}
        ledger.update_entry(tx, entry.id, expected_version=entry.version, changes=company)
        person = accounts.create_account(tx, "site@towa.example", "森 一郎", "a password for tests", "ja")
        accounts.grant(tx, person, Role.OFFICER, changeable.units["LIFE-1"])
    changeable.people["site@towa.example"] = person
    customers = object_id("LIFE-1", "営業/顧客一覧.xlsx")
    text = shown(opened(changeable, "site@towa.example", "inventory", object=customers))
    assert MASK in text
    assert "閲覧できない上位の単位の記載があります" in text
    assert "台帳の下書きを作る" not in text


def _entries(group: Group) -> list[LedgerEntry]:
    with group.workspace.registry.read(bootstrap_principal()) as tx:
        return ledger.entries(tx)
