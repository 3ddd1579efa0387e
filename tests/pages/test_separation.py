"""What the pages show of another legal entity: counts and scores, and why the rest is withheld."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from registry import disclosures
from registry.access import bootstrap_principal
from registry.disclosures import Disclosure, DisclosureState
from registry.model import Role
from tests.pages.group import Group
from tests.pages.test_pages import HOSPITAL, LOCATION, MASK, OFFICER, WORST, opened, pressed, shown

WHY = "委託または共同利用の根拠"


def known(group: Group, code: str) -> list[Disclosure]:
    """Return the bases of one entity."""
    with group.workspace.registry.read(bootstrap_principal()) as tx:
        return [each for each in disclosures.disclosures(tx) if each.from_id == group.units[code]]


@pytest.fixture
def closed(changeable: Group) -> Group:
    """Return the group after the hospital ended its basis towards the headquarters."""
    (basis,) = known(changeable, "HOSP")
    with changeable.workspace.registry.write(changeable.principal(HOSPITAL)) as tx:
        disclosures.end_disclosure(tx, basis.id, expected_version=basis.version)
    return changeable


def test_the_inventory_counts_what_it_may_not_name(closed: Group) -> None:
    """All ten objects stand in the list with their scores; those of the hospital without a place."""
    text = shown(opened(closed, OFFICER, "inventory"))
    assert "10 件のうち 1–10 件目" in text
    assert "桜台総合病院の場所と見本は表示していません" in text
    assert LOCATION not in text
    assert "給与.xlsx" in text


def test_the_drawer_says_why_there_is_no_sample(closed: Group) -> None:
    """Counts stay; samples, the name and the way to a draft are gone, and the reason is given."""
    test = opened(closed, OFFICER, "inventory", object=WORST)
    text = shown(test)
    assert f"別の法人のデータです。{WHY}" in text
    assert "健康情報 1,204 件" in text
    assert MASK not in text
    assert "台帳の下書きを作る" not in [button.label for button in test.button]
    assert "下書きを作れません" in shown(opened(closed, OFFICER, "ledger", draft=WORST))


def test_the_company_page_keeps_its_score_and_says_what_is_withheld(closed: Group) -> None:
    """Score, terms and trend are counts; the heaviest object stays unnamed."""
    text = shown(opened(closed, OFFICER, "entity", unit="HOSP"))
    assert "なぜ 86 点か" in text
    assert WHY in text
    assert LOCATION not in text


def test_an_entry_of_another_entity_is_edited_without_its_places(closed: Group) -> None:
    """The form shows no place, says so, and saving leaves the places as they are."""
    test = opened(closed, OFFICER, "ledger", entry="1")
    assert "病棟" not in shown(test)
    assert "場所は閲覧できません" in shown(test)
    next(each for each in test.text_area if each.label.startswith("利用目的")).set_value("診療と請求")
    assert "第 2 版" in shown(pressed(test, "変更を保存"))
    assert "病棟" in shown(opened(closed, HOSPITAL, "ledger", entry="1"))


def test_the_entity_itself_sees_its_data(closed: Group) -> None:
    """Nothing is withheld from the hospital's own officer."""
    text = shown(opened(closed, HOSPITAL, "inventory", object=WORST))
    assert MASK in text
    assert WHY not in text


def _record(group: Group, login: str, document: str) -> AppTest:
    test = opened(group, login, "disclosures")
    for label, code in (
        ("提供元（データの法人）", "桜台総合病院"),
        ("提供先（見る法人）", "東和ホールディングス"),
    ):
        box = next(each for each in test.selectbox if each.label == label)
        box.select_index(box.options.index(code))
    next(each for each in test.text_input if each.label.startswith("文書")).set_value(document)
    return pressed(test, "記録して承認を依頼する")


def test_one_person_records_a_basis_and_another_one_of_the_entity_approves_it(closed: Group) -> None:
    """The group's officer asks, cannot approve, and sees the hospital's data once its officer has."""
    test = _record(closed, OFFICER, "点検業務の委託契約書")
    assert "記録しました" in shown(test)
    buttons = {button.label: button.disabled for button in opened(closed, OFFICER, "disclosures").button}
    assert buttons["承認"]
    assert LOCATION not in shown(opened(closed, OFFICER, "inventory"))
    assert "承認しました。" in shown(pressed(opened(closed, HOSPITAL, "disclosures"), "承認"))
    assert LOCATION in shown(opened(closed, OFFICER, "inventory"))
    assert [each.state for each in known(closed, "HOSP")] == [DisclosureState.ENDED, DisclosureState.APPROVED]


def test_a_basis_without_a_document_is_refused(closed: Group) -> None:
    """The page names what is missing and records nothing."""
    assert "根拠となる文書を入れてください。" in shown(_record(closed, OFFICER, " "))
    assert len(known(closed, "HOSP")) == 1


def test_the_giving_entity_ends_a_basis_and_nobody_else(changeable: Group) -> None:
    """The hospital's officer closes its data at once; the headquarters are not offered to."""
    offered = [box.label for box in opened(changeable, OFFICER, "disclosures").selectbox]
    assert "終える根拠" not in offered
    test = opened(changeable, HOSPITAL, "disclosures")
    test.selectbox(key="disclosure-ending").select_index(0).run()
    assert "場所と見本は閉じました" in shown(pressed(test, "今日で終える"))
    assert LOCATION not in shown(opened(changeable, OFFICER, "inventory"))


def test_the_page_of_bases_is_for_who_reads_the_ledger(changeable: Group) -> None:
    """A worker is told that the page is not his; an executive reads it and is offered no change."""
    from registry import accounts

    with changeable.workspace.registry.write(bootstrap_principal()) as tx:
        login = "worker@towa.example"
        changeable.people[login] = accounts.create_account(tx, login, "従業者", "a password for tests", "ja")
        accounts.grant(tx, changeable.people[login], Role.WORKER, changeable.units["HOSP"])
    assert "このページは閲覧できません" in shown(opened(changeable, login, "disclosures"))
    test = opened(changeable, "executive@towa.example", "disclosures")
    assert "個人情報保護業務の委託契約書" in shown(test)
    assert list(test.button) == []
