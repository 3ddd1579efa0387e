"""The page of confirmations for every persona: a round, an answer by exception, another person confirms."""

from __future__ import annotations

from datetime import date

import pytest
from streamlit.testing.v1 import AppTest

from daicho.pages import confirmation_operations
from privacy_mark.confirmations import answering, campaigns, operations
from privacy_mark.confirmations.answers import Result
from privacy_mark.confirmations.periods import period_of
from privacy_mark.confirmations.questions import Frequency
from privacy_mark.confirmations.states import ConfirmationState
from registry.access import today_in_japan
from tests.access.confirmations import operation
from tests.pages.group import Group
from tests.pages.test_pages import EXECUTIVE, GERMANY, HOSPITAL, NO_RIGHT, OFFICER, opened, pressed, shown

NAME = "採用の業務"


@pytest.fixture
def asked(changeable: Group) -> Group:
    """Return the group after an operation of its hospital was asked to confirm this month."""
    unit = changeable.units["HOSP"]
    with changeable.workspace.registry.write(changeable.principal(OFFICER), reason="test") as tx:
        operations.register(tx, operation(unit, NAME))
        period = period_of(Frequency.MONTHLY, today_in_japan(tx.now))
        campaigns.open_campaign(tx, unit, Frequency.MONTHLY, period)
    return changeable


def states(group: Group) -> list[ConfirmationState]:
    """Return the states of all confirmations."""
    with group.workspace.registry.read(group.principal(OFFICER)) as tx:
        return [row.state for each in campaigns.campaigns(tx) for row in campaigns.rows(tx, each.id)[0]]


@pytest.mark.parametrize("login", [OFFICER, HOSPITAL, EXECUTIVE, GERMANY])
def test_the_empty_page_says_what_to_do_next(group: Group, login: str) -> None:
    """Who may begin is told how, who may not look is told so."""
    text = shown(opened(group, login, "confirmations", "en" if login == GERMANY else "ja"))
    if login == EXECUTIVE:
        assert NO_RIGHT in text
    elif login == GERMANY:
        assert "Register workplaces and operations, then begin one." in text
    else:
        assert "職場・業務を登録し、確認を始めてください。" in text


def test_operations_of_others_are_out_of_sight(asked: Group) -> None:
    """The officer of another company sees neither the round nor, by its address, the confirmation."""
    assert NAME in shown(opened(asked, HOSPITAL, "confirmations"))
    assert NAME not in shown(opened(asked, GERMANY, "confirmations", "en"))
    text = shown(opened(asked, GERMANY, "confirmations", "en", confirmation="1"))
    assert "This confirmation does not exist, or you may not see it." in text


def _answered(group: Group) -> AppTest:
    """Answer as the hospital does: looked at two things, one of them is an exception."""
    page = opened(group, HOSPITAL, "confirmations", confirmation="1")
    assert next(each for each in page.button if each.label == "回答を送る").disabled
    for number, result in (("cabinets_locked", Result.RIGHT), ("shredded", Result.EXCEPTION)):
        page.segmented_control(key=f"confirmation-1-{number}").set_value(result)
    for each in page.segmented_control:
        if each.value is None:
            each.set_value(Result.RIGHT)
    page.run()
    for number in ("cabinets_locked", "shredded"):
        page.text_input(key=f"confirmation-1-{number}-who").set_value("中村")
        page.date_input(key=f"confirmation-1-{number}-day").set_value(_today(group))
    for each in page.text_input:
        if each.label == "内容（必須）":
            each.set_value("裁断されていない書類があった")
    page.run()
    return pressed(page, "回答を送る")


def _today(group: Group) -> date:
    with group.workspace.registry.read(group.principal(OFFICER)) as tx:
        return today_in_japan(tx.now)


def test_an_answer_by_exception_goes_to_another_person(asked: Group) -> None:
    """The hospital answers; who answered cannot confirm, the group's officer sends it back."""
    text = shown(_answered(asked))
    assert "回答しました。別の方が確認します。" in text
    assert "ご自身の回答は確認できません。" in text
    assert states(asked) == [ConfirmationState.ANSWERED]
    page = opened(asked, OFFICER, "confirmations", confirmation="1")
    assert "裁断されていない書類があった" in shown(page)
    page.text_area(key="confirmation-note").set_value("いつ見ましたか")
    text = shown(pressed(page, "回答した方に差し戻す"))
    assert "差し戻しました。" in text
    assert states(asked) == [ConfirmationState.RETURNED]
    assert "いつ見ましたか" in shown(opened(asked, HOSPITAL, "confirmations", confirmation="1"))


def test_another_person_confirms_after_being_asked(asked: Group) -> None:
    """The question tells how many exceptions there are, and only the second press confirms."""
    _answered(asked)
    page = pressed(opened(asked, OFFICER, "confirmations", confirmation="1"), "回答を確認")
    assert "件の例外を是正処置に回し、この回答を確認済みにしますか？確認は取り消せません。" in shown(page)
    assert states(asked) == [ConfirmationState.ANSWERED]
    page.button(key="confirmation-sure").click().run()
    assert "確認しました。" in shown(page)
    assert states(asked) == [ConfirmationState.CONFIRMED]
    assert "是正処置 CA-0001 を開く" in [button.label for button in page.button]
    assert "CA-0001" in shown(opened(asked, HOSPITAL, "confirmations"))
    text = shown(opened(asked, HOSPITAL, "actions", action="1"))
    assert "裁断されていない書類があった" in text
    assert "もとの記録を開く（運用の確認）" in text


def test_a_physical_check_without_a_name_is_refused(asked: Group) -> None:
    """The sentence names the question."""
    page = opened(asked, HOSPITAL, "confirmations", confirmation="1")
    for each in page.segmented_control:
        if each.value is None:
            each.set_value(Result.RIGHT)
    page.run()
    for each in page.text_input:
        if each.label == "内容（必須）":
            each.set_value("対応中")
    page.run()
    text = shown(pressed(page, "回答を送る"))
    assert "「キャビネットと書庫が施錠され、鍵が管理されている」を見た方の名前を入れてください。" in text
    assert states(asked) == [ConfirmationState.OPEN]


def test_a_round_is_begun_on_the_page(changeable: Group) -> None:
    """Register an operation, then ask; asking twice is refused with the reason."""
    page = opened(changeable, HOSPITAL, "confirmations")
    page.text_input[0].set_value(NAME)
    page = pressed(page, "登録")
    assert "登録しました。" in shown(page)
    page = pressed(page, "職場・業務に依頼")
    assert "確認を依頼しました。" in shown(page)
    assert states(changeable) == [ConfirmationState.OPEN]
    assert "新しく依頼する職場・業務がありません。" in shown(pressed(page, "職場・業務に依頼"))
    with changeable.workspace.registry.read(changeable.principal(OFFICER)) as tx:
        (row,) = campaigns.rows(tx, campaigns.campaigns(tx)[0].id)[0]
        assert answering.confirmation(tx, row.id).operation.name == NAME


def test_workplaces_that_nobody_asks_are_named_and_registered(changeable: Group) -> None:
    """The hospital sees its sites, registers them at one press, and then nobody is named any more."""
    page = opened(changeable, HOSPITAL, "confirmations")
    text = shown(page)
    assert "職場の確認がまだない部門・事業所" in text
    assert "桜台総合病院 健診センター" in text
    assert "東京本店" not in text
    page = pressed(page, "この 2 か所を職場として登録")
    text = shown(page)
    assert "職場を登録しました。" in text
    assert "職場の確認がまだない部門・事業所" not in text
    with changeable.workspace.registry.read(changeable.principal(HOSPITAL)) as tx:
        assert {each.name for each in operations.operations(tx)} == {"本院", "健診センター"}


def test_who_only_looks_is_told_of_workplaces_and_registers_none(group: Group) -> None:
    """The group's officer may; whoever may not see confirmations sees no names of workplaces either."""
    assert "東京本店" in shown(opened(group, OFFICER, "confirmations"))
    assert "東京本店" not in shown(opened(group, EXECUTIVE, "confirmations"))


def test_every_operation_can_be_reached(asked: Group, monkeypatch: pytest.MonkeyPatch) -> None:
    """The address names the page of the register; the rows of a round have their own."""
    monkeypatch.setattr(confirmation_operations, "PER_PAGE", 1)
    with asked.workspace.registry.write(asked.principal(OFFICER), reason="test") as tx:
        operations.register(tx, operation(asked.units["HOSP"], "給与の業務"))
    first = shown(opened(asked, HOSPITAL, "confirmations"))
    second = shown(opened(asked, HOSPITAL, "confirmations", operations="2"))
    assert "2 件のうち 1–1 件目" in first
    assert "2 件のうち 2–2 件目" in second


def test_an_operation_that_ended_is_told_as_such(asked: Group) -> None:
    """The round counts it no longer, and its page says why nothing is asked."""
    with asked.workspace.registry.write(asked.principal(OFFICER), reason="test") as tx:
        (of,) = operations.operations(tx)
        operations.register(tx, operation(asked.units["HOSP"], "給与の業務"))
        today = today_in_japan(tx.now)
        operations.change(tx, of.id, name=NAME, set_id=of.set_id, ended_on=today, expected_version=of.version)
    text = shown(opened(asked, HOSPITAL, "confirmations"))
    assert "対象外（終了）" in text
    assert "終わったため対象外にしたもの" in text
    assert "未回答です。" in text
    page = opened(asked, HOSPITAL, "confirmations", confirmation="1")
    assert "回答の前に終わったため、対象外です。" in shown(page)
    assert "回答を送る" not in [each.label for each in page.button]
