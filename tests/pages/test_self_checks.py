"""The page of the self check: headquarters asks, the company answers and approves, headquarters confirms."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from privacy_mark.self_check import checking, rounds
from privacy_mark.self_check.questions import Level, self_check
from privacy_mark.self_check.rounds import CheckState
from registry.access import today_in_japan
from tests.access.self_check import answers
from tests.pages.group import Group
from tests.pages.test_pages import EXECUTIVE, GERMANY, HOSPITAL, OFFICER, opened, pressed, shown

ADMIN = "admin@towa.example"
EVIDENCE = "ISMS manual 4.2"


@pytest.fixture
def asked(changeable: Group) -> Group:
    """Return the group after its overseas company was asked this year."""
    with changeable.workspace.registry.write(changeable.principal(ADMIN), reason="test") as tx:
        rounds.open_round(tx, changeable.units["GROUP"], today_in_japan(tx.now).year)
    return changeable


def states(group: Group) -> list[CheckState]:
    """Return how far the companies are."""
    with group.workspace.registry.read(group.principal(OFFICER)) as tx:
        return [row.state for row in rounds.rounds(tx)[0].rows]


def _answer(group: Group, login: str) -> None:
    with group.workspace.registry.write(group.principal(login), reason="test") as tx:
        checking.answer(tx, rounds.rounds(tx)[0].rows[0].id, answers(EVIDENCE), expected_version=1)


@pytest.mark.parametrize("login", [OFFICER, HOSPITAL, EXECUTIVE, GERMANY, ADMIN])
def test_the_empty_page_says_what_there_is_to_do(group: Group, login: str) -> None:
    """Who plans audits may begin."""
    text = shown(opened(group, login, "self_checks"))
    assert ("今年の点検を始める" in text) == (login == ADMIN)
    assert "自己点検はまだ" in text


def test_headquarters_begin_the_round_on_the_page(changeable: Group) -> None:
    """All overseas companies are asked; a second time there is none left."""
    page = pressed(opened(changeable, ADMIN, "self_checks"), "海外会社に依頼")
    assert "自己点検を依頼しました。" in shown(page)
    assert states(changeable) == [CheckState.OPEN]
    assert "対象の会社がありません。" in shown(pressed(page, "海外会社に依頼"))
    assert "Towa Germany" not in shown(opened(changeable, HOSPITAL, "self_checks"))


def _filled(page: AppTest) -> AppTest:
    for name in self_check().questions:
        page.selectbox(key=f"self-check-1-{name}-level").set_value(Level.IMPLEMENTED)
        page.text_input(key=f"self-check-1-{name}-evidence").set_value(EVIDENCE)
    return page


def test_a_company_answers_with_evidence(asked: Group) -> None:
    """Without it the sentence names the question, in the person's language."""
    page = _filled(opened(asked, GERMANY, "self_checks", "en", check="1"))
    page.text_input(key="self-check-1-logs-evidence").set_value("")
    text = shown(pressed(page, "Send the answer"))
    assert "Say where the evidence of “Logs are collected and anomalies are noticed” is kept." in text
    assert states(asked) == [CheckState.OPEN]
    page.text_input(key="self-check-1-logs-evidence").set_value(EVIDENCE)
    text = shown(pressed(page, "Send the answer"))
    assert "You cannot approve your own answers; another person does." in text
    assert states(asked) == [CheckState.ANSWERED]


def test_headquarters_verify_what_was_drawn(asked: Group) -> None:
    """Approve, draw, see the proof of each drawn answer, confirm."""
    _answer(asked, OFFICER)
    page = opened(asked, OFFICER, "self_checks", check="1")
    assert "会社として承認" not in [button.label for button in page.button]
    page = opened(asked, GERMANY, "self_checks", "en", check="1")
    assert "Approved." in shown(pressed(page, "Approve for the company"))
    page = opened(asked, ADMIN, "self_checks", check="1")
    assert "抜き取る会社を一覧で決めてから、結果を確定します。" in shown(page)
    assert "結果を確定" not in [button.label for button in page.button]
    page = pressed(opened(asked, ADMIN, "self_checks"), "抜き取る会社を決める")
    assert "抜き取り 5 問" in shown(page)
    page = opened(asked, ADMIN, "self_checks", check="1")
    assert EVIDENCE in shown(page)
    assert "の内容を書いてください。" in shown(pressed(page, "結果を確定"))
    for field in page.text_input:
        if field.label == "見た証跡（必須）":
            field.set_value("規程と記録を見た")
    assert "結果を確定しました。" in shown(pressed(page, "結果を確定"))
    assert states(asked) == [CheckState.CONFIRMED]


def test_headquarters_send_back_with_a_reason(asked: Group) -> None:
    """The company reads why, beside its answers."""
    _answer(asked, OFFICER)
    with asked.workspace.registry.write(asked.principal(GERMANY), reason="test") as tx:
        checking.approve(tx, rounds.rounds(tx)[0].rows[0].id, expected_version=2)
    page = opened(asked, ADMIN, "self_checks", check="1")
    page.text_area(key="self-check-note").set_value("Which chapter?")
    assert "差し戻しました。" in shown(pressed(page, "回答した方に差し戻す"))
    assert "Which chapter?" in shown(opened(asked, GERMANY, "self_checks", "en", check="1"))
