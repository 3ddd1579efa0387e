"""The ledger's work in its pages: applications, approval, yearly review, processors."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from streamlit.testing.v1 import AppTest

from daicho.pages import entry_form
from daicho.workspace import CORRECTIONS
from privacy_mark.processors import evaluations
from privacy_mark.processors.model import Occasion, Rating, Result
from privacy_mark.processors.rules import rules
from registry import accounts, applications, cases, ledger, processors
from registry.access import bootstrap_principal, today_in_japan
from registry.cases import CaseFilter
from registry.handling import Acquisition, Medium
from registry.model import EntryId, LedgerEntry, Place, Role
from scanners.model import Category
from tests.access.evaluations import draft as evaluated
from tests.pages.group import PASSWORD, Group
from tests.pages.test_cases import about
from tests.pages.test_pages import EXECUTIVE, GERMANY, HOSPITAL, NO_RIGHT, OFFICER, opened, pressed, shown

MANAGER = "manager@towa.example"
COMPLETE: dict[str, object] = {
    "acquisition": Acquisition.DIRECT_WRITTEN,
    "media": frozenset({Medium.FILE_SHARE}),
    "disposal_method": "消去",
}


@pytest.fixture
def staffed(changeable: Group) -> Group:
    """Return the group with a department manager at the hospital's site."""
    with changeable.workspace.registry.write(bootstrap_principal()) as tx:
        user = accounts.create_account(
            tx, MANAGER, "伊藤 さくら", PASSWORD, "ja", unit_id=changeable.units["GROUP"]
        )
        accounts.grant(tx, user, Role.DEPARTMENT_MANAGER, changeable.units["HOSP-1"])
    return Group(changeable.workspace, changeable.units, changeable.people | {MANAGER: user})


def entries_of(group: Group, login: str = OFFICER) -> list[LedgerEntry]:
    """Return the ledger as somebody sees it."""
    with group.workspace.registry.read(group.principal(login)) as tx:
        return ledger.entries(tx)


def fill(test: AppTest, label: str, value: str) -> None:
    """Type into the field of a label."""
    fields = [*test.text_input, *test.text_area]
    next(field for field in fields if field.label == label).input(value)


def choose(test: AppTest, label: str, *values: object) -> None:
    """Choose in the list of a label."""
    for field in test.multiselect:
        if field.label == label:
            field.set_value(list(values))
            return
    next(field for field in test.selectbox if field.label == label).set_value(values[0])


def test_a_department_applies_and_the_hospital_approves(staffed: Group) -> None:
    """The department states its columns and a reason; the officer adds the rest and approves."""
    test = opened(staffed, MANAGER, "ledger", new="1")
    text = shown(test)
    assert "委託先" not in text
    for label, value in (
        ("個人情報の名称（必須）", "面会者名簿"),
        ("管理部門・責任者（必須）", "看護部"),
        ("利用目的（必須）", "面会の受付"),
        ("アクセス権を有する者（必須）", "看護部員"),
        ("保管場所 1", "受付の棚"),
        ("保管方法（必須）", "施錠"),
        ("利用期限（必須）", "退院まで"),
        ("申請の理由（必須）", "面会の再開"),
    ):
        fill(test, label, value)
    choose(test, "項目（必須）", "PERSON", "PHONE")
    choose(test, "取得の形態", Acquisition.DIRECT_WRITTEN)
    choose(test, "媒体", Medium.PAPER)
    before = len(entries_of(staffed))
    test.button(key="new-save").click().run()
    assert not test.exception
    assert len(entries_of(staffed)) == before

    with staffed.workspace.registry.read(staffed.principal(HOSPITAL)) as tx:
        (asked,) = applications.applications(tx)
    assert "申請中 1 件" in shown(opened(staffed, HOSPITAL, "ledger")).replace("\u00a0", " ")
    test = opened(staffed, HOSPITAL, "ledger", application=str(asked.id))
    assert "面会の再開" in shown(test)
    test.button(key="application-approve").click().run()
    assert any("廃棄方法を入れてから承認してください" in each.value for each in test.error)
    fill(test, "廃棄方法", "溶解")
    test.button(key="application-approve").click().run()
    assert not test.exception
    made = entries_of(staffed, HOSPITAL)[-1]
    assert (made.name, made.is_approved, made.updated_by, made.handling.disposal_method) == (
        "面会者名簿",
        True,
        "伊藤 さくら",
        "溶解",
    )


def test_who_applied_cannot_approve_but_withdraw(staffed: Group) -> None:
    """One's own application shows no form of decision."""
    with staffed.workspace.registry.write(staffed.principal(MANAGER)) as tx:
        entry = next(each for each in ledger.entries(tx) if each.unit_id == staffed.units["HOSP-1"])
        asked = applications.submit_change(
            tx, entry.id, expected_version=entry.version, changes={"purpose": "面会"}, reason="変更"
        )
    test = opened(staffed, MANAGER, "ledger", application=str(asked.id))
    assert not [each for each in test.button if each.key == "application-approve"]
    test.button(key="withdraw").click().run()
    with staffed.workspace.registry.read(staffed.principal(MANAGER)) as tx:
        assert applications.applications(tx) == []
    assert "閲覧できません" in shown(opened(staffed, GERMANY, "ledger", application=str(asked.id)))


def test_an_entry_is_approved_beside_its_columns(changeable: Group) -> None:
    """What is missing is named; then the entity's officer, who did not write it, approves with one button."""
    (entry, *_) = entries_of(changeable, HOSPITAL)
    assert "承認の前に入れる項目" in shown(opened(changeable, HOSPITAL, "ledger", entry=str(entry.id)))
    with changeable.workspace.registry.write(changeable.principal(OFFICER)) as tx:
        ledger.update_entry(tx, entry.id, expected_version=entry.version, changes=COMPLETE)
    assert not [
        each
        for each in opened(changeable, OFFICER, "ledger", entry=str(entry.id)).button
        if each.key == "approve"
    ]
    test = opened(changeable, HOSPITAL, "ledger", entry=str(entry.id))
    test.button(key="approve").click().run()
    assert "中村 裕子" in shown(test)
    assert entries_of(changeable, HOSPITAL)[0].approved_by == "中村 裕子"


def test_many_entries_are_confirmed_but_those_picked_out(changeable: Group) -> None:
    """The yearly review confirms what is shown and right, and says how many."""
    test = opened(changeable, OFFICER, "ledger")
    test.checkbox(key="ledger-due").check().run()
    entries = entries_of(changeable)
    test.multiselect(key="review-apart").set_value([entries[0].id]).run()
    test.button(key="review-confirm").click().run()
    assert f"{len(entries) - 1}" in shown(test)
    after = {each.id: each.handling.last_checked for each in entries_of(changeable)}
    assert after.pop(EntryId(entries[0].id)) is None
    assert None not in after.values()


def test_the_form_keeps_every_column(changeable: Group) -> None:
    """Saving an entry with everything stated changes what was edited and nothing else."""
    (entry, *_) = entries_of(changeable)
    with changeable.workspace.registry.write(changeable.principal(OFFICER)) as tx:
        stated = ledger.update_entry(
            tx, entry.id, expected_version=entry.version, changes=COMPLETE | {"recipients": "健保組合"}
        )
    test = opened(changeable, OFFICER, "ledger", entry=str(entry.id))
    fill(test, "委託元", "親会社")
    next(each for each in test.button if each.label == "変更を保存").click().run()
    assert not test.exception
    saved = entries_of(changeable)[0]
    assert saved.version == stated.version + 1
    assert (saved.handling.entrusted_by, saved.handling.recipients) == ("親会社", "健保組合")
    assert (saved.places, saved.handling.media) == (stated.places, stated.handling.media)


def test_a_refusal_says_what_to_do(changeable: Group) -> None:
    """Copies of identity documents that are not masked are refused with the reason."""
    test = opened(changeable, OFFICER, "ledger", entry="1")
    next(each for each in test.checkbox if each.label == "本人確認書類の写しを保管する").check()
    next(each for each in test.button if each.label == "変更を保存").click().run()
    assert any("黒塗り" in each.value for each in test.error)


def test_processors_are_registered_and_changed(changeable: Group) -> None:
    """The register shows whose contract is in force; who may not change it sees no form."""
    test = opened(changeable, OFFICER, "processors")
    fill(test, "名称（必須）", "東和配送")
    fill(test, "契約（名称・番号・保管場所）", "業務委託 2026-14")
    next(each for each in test.button if each.label == "委託先を登録").click().run()
    assert not test.exception
    text = shown(opened(changeable, EXECUTIVE, "processors"))
    assert "東和配送" in text
    assert "契約あり" in text
    assert not opened(changeable, EXECUTIVE, "processors").text_input
    with changeable.workspace.registry.read(changeable.principal(OFFICER)) as tx:
        (made,) = processors.processors(tx)
    test = opened(changeable, OFFICER, "processors", processor=str(made.id))
    fill(test, "法人番号（13 桁）", "1234567890123")
    next(each for each in test.button if each.label == "変更を保存").click().run()
    assert any("法人番号が正しくありません" in each.value for each in test.error)
    assert "No processor" in shown(opened(changeable, GERMANY, "processors", "en"))


def test_a_processor_is_evaluated_on_its_page(changeable: Group) -> None:
    """Never evaluated, it stands in 今日の対応 by name; evaluated, in the register with its next day."""
    with changeable.workspace.registry.write(changeable.principal(OFFICER)) as tx:
        unit = changeable.units["LOGI"]
        made = processors.add_processor(tx, processors.ProcessorDraft(unit, "東和配送", contract="2026-14"))
    today = shown(opened(changeable, OFFICER, "today", unit="LOGI"))
    assert "委託先を評価する" in today
    assert "東和配送" in today
    text = shown(opened(changeable, EXECUTIVE, "processors"))
    assert "一度も評価していない委託先が 1\u00a0件" in text
    test = opened(changeable, OFFICER, "processors", processor=str(made.id))
    assert "まだ一度も評価していません。" in shown(test)
    pressed(test, "委託先の評価を記録")
    assert any("評価の結果を選んで" in each.value for each in test.error)
    for each in test.selectbox:
        if each.label in {one.name.ja for one in rules().criteria}:
            each.select(Rating.MET)
    next(each for each in test.selectbox if each.label == "評価の結果（必須）").select(Result.FIT)
    pressed(test, "委託先の評価を記録")
    assert not test.exception
    assert "評価を記録しました。" in shown(test)
    page = shown(opened(changeable, EXECUTIVE, "processors", "en"))
    assert "1 processor is evaluated in time." in page
    assert "A  Meets the criteria" in page
    assert not opened(changeable, EXECUTIVE, "processors", processor=str(made.id)).selectbox
    assert "委託先を評価する" not in shown(opened(changeable, OFFICER, "today", unit="LOGI"))
    with changeable.workspace.registry.read(changeable.principal(OFFICER)) as tx:
        (done,) = evaluations.evaluations(tx, made.id)
    assert done.result is Result.FIT


def test_an_evaluation_is_made_by_the_criteria_of_its_day(changeable: Group) -> None:
    """Criteria that were corrected from today on leave those of yesterday to an evaluation of yesterday."""
    with changeable.workspace.registry.read(changeable.principal(OFFICER)) as tx:
        today = today_in_japan(tx.now)
    folder = changeable.workspace.path / CORRECTIONS
    folder.mkdir()
    criteria = "[{id: x, ja: 新しい基準, en: New criterion}]"
    (folder / "own.yaml").write_text(
        f"version: 1\nsource: own\nprocessors: {{from: {today}, criteria: {criteria}}}\n", encoding="utf-8"
    )
    with changeable.workspace.registry.write(changeable.principal(OFFICER)) as tx:
        made = processors.add_processor(
            tx, processors.ProcessorDraft(changeable.units["LOGI"], "東和配送", contract="2026-14")
        )
    test = opened(changeable, OFFICER, "processors", processor=str(made.id))
    assert "新しい基準" in {each.label for each in test.selectbox}
    earlier = today - timedelta(days=1)
    next(each for each in test.date_input if each.label == "評価した日").set_value(earlier).run()
    labels = {each.label for each in test.selectbox}
    assert "新しい基準" not in labels
    assert {each.name.ja for each in rules(earlier).criteria} <= labels
    for each in test.selectbox:
        if each.label in {one.name.ja for one in rules(earlier).criteria}:
            each.select(Rating.NOT_ASKED)
    next(each for each in test.selectbox if each.label == "評価の結果（必須）").select(Result.FIT)
    pressed(test, "委託先の評価を記録")
    assert any("一つ以上の基準" in each.value for each in test.error)
    next(each for each in test.selectbox if each.label in labels and each.value is Rating.NOT_ASKED).select(
        Rating.PARTLY
    )
    pressed(test, "委託先の評価を記録")
    with changeable.workspace.registry.read(changeable.principal(OFFICER)) as tx:
        (done,) = evaluations.evaluations(tx, made.id)
    assert (done.evaluated_on, done.result) == (earlier, Result.FIT)


def test_where_nobody_is_supervised_no_evaluation_is_asked_for(changeable: Group) -> None:
    """Of whom the contract is over and no entry tells; the list of one unit counts its own alone."""
    with changeable.workspace.registry.write(changeable.principal(OFFICER)) as tx:
        ended = today_in_japan(tx.now) - timedelta(days=1)
        unit, other = changeable.units["LOGI"], changeable.units["ELEC"]
        draft = processors.ProcessorDraft(unit, "東和配送", contract="2026-14", valid_until=ended)
        processors.add_processor(tx, draft)
        processors.add_processor(tx, processors.ProcessorDraft(other, "東和清掃", contract="2026-15"))
    assert "評価が必要な委託先はありません。" in shown(opened(changeable, OFFICER, "processors", unit="LOGI"))
    english = shown(opened(changeable, OFFICER, "processors", "en", unit="LOGI"))
    assert "No processor needs an evaluation." in english
    assert "1 processor, by the day of the next evaluation" in english
    assert "一度も評価していない委託先が 1\u00a0件" in shown(opened(changeable, OFFICER, "processors"))


def test_an_evaluation_is_withdrawn_on_the_page(changeable: Group) -> None:
    """With a reason, which does not stay for the next one; what was withdrawn can be read with it."""
    with changeable.workspace.registry.write(changeable.principal(OFFICER)) as tx:
        unit = changeable.units["LOGI"]
        made = processors.add_processor(tx, processors.ProcessorDraft(unit, "東和配送", contract="2026-14"))
        for _ in range(2):
            day = today_in_japan(tx.now)
            evaluations.evaluate(tx, evaluated(made.id, evaluated_on=day, note="倉庫を見た"))
    test = opened(changeable, OFFICER, "processors", processor=str(made.id))
    pressed(test, "評価を取り消す")
    assert any("取り消す理由を入れて" in each.value for each in test.error)
    fill(test, "取り消す理由（必須）", "取り違え")
    pressed(test, "評価を取り消す")
    text = shown(test)
    assert "評価を取り消しました。" in text
    assert "取消し：取り違え" in text
    assert next(each for each in test.text_input if each.label == "取り消す理由（必須）").value == ""
    with changeable.workspace.registry.read(changeable.principal(OFFICER)) as tx:
        found = evaluations.evaluations(tx, made.id)
    assert sum(each.withdrawn_on is not None for each in found) == 1
    assert "取り消す理由（必須）" not in {
        each.label for each in opened(changeable, EXECUTIVE, "processors", processor=str(made.id)).text_input
    }


@pytest.mark.parametrize(
    ("days", "proposed"), [(None, "before"), (1, "before"), (0, "regular"), (-9, "regular")]
)
def test_the_occasion_follows_from_the_contract(changeable: Group, days: int | None, proposed: str) -> None:
    """Before the contract only while it has not begun."""
    with changeable.workspace.registry.write(changeable.principal(OFFICER)) as tx:
        begins = None if days is None else today_in_japan(tx.now) + timedelta(days=days)
        draft = processors.ProcessorDraft(changeable.units["LOGI"], "東和配送", valid_from=begins)
        made = processors.add_processor(tx, draft)
    test = opened(changeable, OFFICER, "processors", processor=str(made.id))
    assert next(each for each in test.selectbox if each.label == "評価の機会").value == Occasion(proposed)


def test_a_worker_sees_none_of_it(changeable: Group) -> None:
    """Without the right to read the ledger the pages say so."""
    with changeable.workspace.registry.write(bootstrap_principal()) as tx:
        user = accounts.create_account(
            tx, "w@towa.example", "社員", PASSWORD, "ja", unit_id=changeable.units["GROUP"]
        )
        accounts.grant(tx, user, Role.WORKER, changeable.units["HOSP"])
    group = Group(changeable.workspace, changeable.units, changeable.people | {"w@towa.example": user})
    assert NO_RIGHT in shown(opened(group, "w@towa.example", "processors"))
    assert NO_RIGHT in shown(opened(group, "w@towa.example", "ledger", new="1"))


def test_a_department_applies_for_what_was_found(staffed: Group) -> None:
    """One click drafts its columns from a difference or an object; data of another unit are not drafted."""
    registry = staffed.workspace.registry
    case = about(staffed)
    with registry.write(bootstrap_principal()) as tx:
        accounts.grant(tx, staffed.people[MANAGER], Role.DEPARTMENT_MANAGER, case.unit_id)
    before = len(entries_of(staffed, HOSPITAL))
    drawer = opened(staffed, MANAGER, "cases", case=str(case.id))
    assert "台帳の下書きを作る" in [each.label for each in drawer.button]
    drawer = opened(staffed, MANAGER, "inventory", object=case.found.objects[0])
    assert "台帳の下書きを作る" in [each.label for each in drawer.button]
    for address in ({"case": str(case.id)}, {"draft": case.found.objects[0]}):
        test = opened(staffed, MANAGER, "ledger", **address)
        assert "委託先" not in shown(test)
        for each in (*test.text_input, *test.text_area):
            if not each.disabled and "（必須）" in each.label and not each.value:
                each.set_value("健診センター")
        test.button(key="new-save").click().run()
        assert not test.exception
        assert not test.error
    with registry.read(staffed.principal(HOSPITAL)) as tx:
        asked = applications.applications(tx)
    assert [(each.applicant, each.unit_id) for each in asked] == [("伊藤 さくら", case.unit_id)] * 2
    assert {each.changes["items"] for each in asked} == {asked[0].changes["items"]}
    assert len(entries_of(staffed, HOSPITAL)) == before
    with registry.read(bootstrap_principal()) as tx:
        other = next(
            each
            for each in cases.cases(tx, CaseFilter(), limit=500).rows
            if each.entry_id is None and each.unit_id != case.unit_id
        )
    assert "下書きを作れません" in shown(opened(staffed, MANAGER, "ledger", case=str(other.id)))


def test_a_returned_application_is_read_mended_and_sent_again(staffed: Group) -> None:
    """The applicant sees who returned it and why; the form holds what was asked for."""
    registry = staffed.workspace.registry
    with registry.write(staffed.principal(MANAGER)) as tx:
        draft = replace(
            entry_form.empty(staffed.units["HOSP-1"]),
            name="研修名簿",
            items=frozenset({Category.PERSON}),
            purpose="研修",
            places=(Place(None, "", "棚"),),
            storage_method="施錠",
            access_holders="看護部",
            end_of_use="年度末",
            owner="看護部長",
        )
        asked = applications.submit_new(tx, draft, reason="開始")
    with registry.write(staffed.principal(HOSPITAL)) as tx:
        applications.send_back(tx, asked.id, expected_version=1, note="棚の番号を入れてください")
    assert "棚の番号を入れてください" in shown(opened(staffed, MANAGER, "ledger"))
    test = opened(staffed, MANAGER, "ledger", application=str(asked.id))
    assert "棚の番号を入れてください" in shown(test)
    fill(test, "保管場所 1", "棚 3")
    fill(test, "申請の理由（必須）", "番号を加えた")
    test.button(key="new-save").click().run()
    assert not test.exception
    with registry.read(staffed.principal(MANAGER)) as tx:
        (again,) = applications.applications(tx)
    assert (again.changes["name"], "棚 3" in again.changes["places"]) == ("研修名簿", True)
    read = opened(staffed, HOSPITAL, "ledger", application=str(asked.id))
    assert "差戻し" in shown(read)
    assert not [each for each in read.button if each.key in ("application-approve", "new-save")]
