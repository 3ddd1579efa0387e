"""The register of complaints: taken in, answered, examined on the page; another person closes it."""

from __future__ import annotations

import pytest

from privacy_mark.complaints import handling, register
from privacy_mark.complaints.model import Complaint, ComplaintId, State
from registry.access import today_in_japan
from tests.access.complaints import draft
from tests.pages.group import Group
from tests.pages.test_pages import EXECUTIVE, GERMANY, HOSPITAL, OFFICER, opened, pressed, shown

ADMIN = "admin@towa.example"
SAID = "別の人の予約票が入っていた"
FIRST = ComplaintId(1)


@pytest.fixture
def received(changeable: Group) -> Group:
    """Return the group after the hospital took in a complaint."""
    with changeable.workspace.registry.write(changeable.principal(HOSPITAL), reason="test") as tx:
        day = today_in_japan(tx.now)
        register.receive(
            tx, draft(changeable.units["HOSP"], received_on=day, sender="浅井 光代", content=SAID)
        )
    return changeable


def held(group: Group) -> Complaint:
    """Return the complaint as it is."""
    with group.workspace.registry.read(group.principal(ADMIN)) as tx:
        return register.complaint(tx, FIRST)


def _worked_on(group: Group) -> None:
    with group.workspace.registry.write(group.principal(HOSPITAL), reason="test") as tx:
        handling.answer(tx, FIRST, "回収した", answered_on=today_in_japan(tx.now), expected_version=1)
        handling.examine(tx, FIRST, "照合の漏れ", "二人で照合する", expected_version=2)


@pytest.mark.parametrize("login", [OFFICER, HOSPITAL, EXECUTIVE, GERMANY])
def test_the_empty_page_says_what_there_is_to_do(group: Group, login: str) -> None:
    """Who handles complaints takes one in; an executive is told that the page is closed."""
    text = shown(opened(group, login, "complaints"))
    assert ("苦情・相談はまだありません。" in text) == (login != EXECUTIVE)
    assert ("このページは閲覧できません。" in text) == (login == EXECUTIVE)


def test_a_complaint_is_taken_in_on_the_page(changeable: Group) -> None:
    """Without its content the page says what is missing; the list does not show what it says."""
    page = opened(changeable, HOSPITAL, "complaints")
    assert "申出の内容を入れてください。" in shown(pressed(page, "苦情・相談を登録"))
    page.text_input(key="complaints-new-0-entry").set_value("L-9999")
    page.text_area(key="complaints-new-0-content").set_value(SAID)
    assert "この番号の台帳の記載は" in shown(pressed(page, "苦情・相談を登録"))
    page.text_input(key="complaints-new-0-entry").set_value("")
    page.text_input(key="complaints-new-0-sender").set_value("浅井 光代")
    text = shown(pressed(page, "苦情・相談を登録"))
    assert "登録しました。" in text
    assert "CM-00001" in text
    assert SAID not in text
    assert page.text_input(key="complaints-new-1-sender").value == ""
    again = shown(opened(changeable, HOSPITAL, "complaints"))
    assert SAID not in again
    assert "浅井 光代" not in again


def test_it_is_answered_examined_and_closed_by_another_person(received: Group) -> None:
    """Each step tells the next; who worked on it finds no button to close."""
    page = opened(received, HOSPITAL, "complaints", complaint="1")
    assert SAID in shown(page)
    assert "回答の内容を入れてください。" in shown(pressed(page, "回答を記録"))
    page.text_area(key="complaint-answer-text").set_value("回収した")
    assert "次は、原因と再発防止を記録します。" in shown(pressed(page, "回答を記録"))
    text = shown(opened(received, HOSPITAL, "complaints"))
    assert "原因・再発防止の記録待ち" in text
    assert "完了の確認を待つもの" not in text
    page.text_area(key="complaint-cause").set_value("照合の漏れ")
    page.text_area(key="complaint-measure").set_value("二人で照合する")
    text = shown(pressed(page, "原因と再発防止を記録"))
    assert "ご自身が対応したものは完了にできません。" in text
    assert "完了にする" not in [button.label for button in page.button]
    page = opened(received, ADMIN, "complaints", "en", complaint="1")
    page.text_area(key="complaint-close-note").set_value("手順書を見た")
    assert "It is closed." in shown(pressed(page, "Close it"))
    assert held(received).state is State.CLOSED
    assert "Nothing can be changed." in shown(opened(received, ADMIN, "complaints", "en", complaint="1"))


def test_a_nonconformity_becomes_a_corrective_action(received: Group) -> None:
    """Once; the complaint leads to it, and it back to the complaint."""
    page = opened(received, HOSPITAL, "complaints", complaint="1")
    page.selectbox(key="complaint-1-action-requirement").set_value("J.9.2")
    assert "指摘の内容を入れてください。" in shown(pressed(page, "是正処置を始める"))
    page.text_area(key="complaint-1-action-finding").set_value("封入の照合の手順がない")
    text = shown(pressed(page, "是正処置を始める"))
    assert "是正処置を始めました。" in text
    labels = [button.label for button in page.button]
    assert "是正処置 CA-0001 を開く" in labels
    assert "是正処置を始める" not in labels
    text = shown(opened(received, HOSPITAL, "actions", action="1"))
    assert "封入の照合の手順がない" in text
    assert "もとの記録を開く（苦情・相談）" in text
    assert SAID not in text


def test_it_is_sent_back_with_a_reason(received: Group) -> None:
    """Who answered reads why."""
    _worked_on(received)
    page = opened(received, ADMIN, "complaints", complaint="1")
    assert "差し戻す理由を入れてください。" in shown(pressed(page, "回答した方に差し戻す"))
    page.text_area(key="complaint-return-note").set_value("回収した日は？")
    assert "差し戻しました。" in shown(pressed(page, "回答した方に差し戻す"))
    assert "回収した日は？" in shown(opened(received, HOSPITAL, "complaints", complaint="1"))


def test_what_was_taken_in_is_corrected(received: Group) -> None:
    """The name stays as it was written; only what changes is changed."""
    page = opened(received, HOSPITAL, "complaints", complaint="1")
    page.text_input(key="complaint-1-contact").set_value("03-0000-9999")
    assert "変更を保存しました。" in shown(pressed(page, "変更を保存"))
    assert (held(received).sender, held(received).contact) == ("浅井 光代", "03-0000-9999")


def test_others_find_nothing(received: Group) -> None:
    """Neither another entity nor a made-up number."""
    for login, number in ((GERMANY, "1"), (HOSPITAL, "77")):
        text = shown(opened(received, login, "complaints", complaint=number))
        assert "この苦情・相談は見つからないか、閲覧できません。" in text
        assert SAID not in text


def test_filters_numbers_and_terms(received: Group) -> None:
    """What fits no filter says how many there are without; numbers and terms are those of the unit."""
    page = opened(received, HOSPITAL, "complaints", unit="HOSP")
    assert "受付 1 件、対応中 1 件" in shown(page)
    page.number_input(key="complaint-days").set_value(7)
    assert "回答の期限と保存期間を変更しました。" in shown(pressed(page, "期限を保存"))
    page.number_input(key="complaint-urgent-days").set_value(9)
    assert "至急の期限は、通常の期限より長くできません。" in shown(pressed(page, "期限を保存"))
    page.button_group(key="complaints-states").set_value([State.CLOSED]).run()
    assert "条件を外すと 1 件あります。" in shown(page)


def test_a_page_beyond_the_last_is_the_first(received: Group) -> None:
    """An address kept from a longer list shows what there is."""
    page = opened(received, HOSPITAL, "complaints", unit="HOSP")
    page.query_params["page"] = "9"
    assert "CM-00001" in shown(page.run())
