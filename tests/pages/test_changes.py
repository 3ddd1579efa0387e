"""Change reports on the page: entered, done task by task, answered, closed by another person."""

from __future__ import annotations

from dataclasses import replace

import pytest

from privacy_mark.certificates import register as certificates
from privacy_mark.changes import handling, register
from privacy_mark.changes.catalogue import Kind, Outcome
from privacy_mark.changes.model import Change, ChangeId, State, TaskState
from registry import accounts, organisation, reorganisation
from registry.access import bootstrap_principal, today_in_japan
from registry.model import Role
from tests.access.certificates import SCALE, term
from tests.access.changes import draft
from tests.pages.group import Group
from tests.pages.test_pages import EXECUTIVE, GERMANY, HOSPITAL, OFFICER, opened, pressed, shown

TOP = "director@towa.example"
FIRST = ChangeId(1)


@pytest.fixture
def held(changeable: Group) -> Group:
    """Return the group with a certificate of the hospital, and somebody who approves."""
    with changeable.workspace.registry.write(bootstrap_principal()) as tx:
        certificates.register(tx, changeable.units["HOSP"], "medis", scale=SCALE, term=term(12345678))
        top = accounts.create_account(tx, TOP, "院長 太郎", "correct horse battery", "en")
        accounts.grant(tx, top, Role.TOP_MANAGEMENT, changeable.units["HOSP"])
    return replace(changeable, people=changeable.people | {TOP: top})


def entered(group: Group, kind: Kind) -> Change:
    """Enter a change of the hospital."""
    with group.workspace.registry.write(group.principal(HOSPITAL), reason="test") as tx:
        (of,) = certificates.certificates(tx)
        return register.enter(tx, of.id, draft(kind=kind, changed_on=today_in_japan(tx.now)))


def now(group: Group) -> Change:
    """Return the first report as it is."""
    with group.workspace.registry.read(group.principal(HOSPITAL)) as tx:
        return register.change(tx, FIRST)


def test_the_empty_page_says_what_there_is_to_do(held: Group) -> None:
    """Who manages a certificate enters a change; others are told that there is nothing."""
    assert "下から登録してください。" in shown(opened(held, HOSPITAL, "changes"))
    assert "見られる変更報告はまだありません。" in shown(opened(held, GERMANY, "changes"))
    assert "Enter a change" not in shown(opened(held, EXECUTIVE, "changes", "en"))


def test_a_change_is_entered_and_its_tasks_are_done(held: Group) -> None:
    """What is missing is named; a task is done, planned and opened again."""
    page = opened(held, HOSPITAL, "changes")
    page.selectbox(key="changes-new-0-kind").set_value(Kind.CONTACT)
    assert "変更後の内容を入れてください。" in shown(pressed(page, "変更を登録"))
    page.text_area(key="changes-new-0-after").set_value("新しい担当 03-0000-0000")
    text = shown(pressed(page, "変更を登録"))
    assert "CH-0001" in text
    assert "新しい担当" not in text
    page = opened(held, HOSPITAL, "changes", change="1")
    assert "変更報告書を提出する" in shown(page)
    page.text_input(key="change-owner-1").set_value("医事課")
    assert "医事課" in shown(pressed(page, "期限と担当を変える"))
    assert "行ったこと、または不要な理由を入れてください。" in shown(pressed(page, "実施済みにする"))
    page.text_area(key="change-note-1").set_value("届け出た")
    assert "次は、完了の承認を依頼します。" in shown(pressed(page, "実施済みにする"))
    assert "次は、残りの作業" in shown(pressed(page, "やり直す"))
    page.text_area(key="change-note-1").set_value("担当のまま")
    pressed(page, "不要とする")
    assert now(held).tasks[0].state is TaskState.LEFT
    page.text_input(key="change-correct-owner").set_value("総務課")
    pressed(page, "訂正を保存")
    assert now(held).owner == "総務課"


def test_a_merger_waits_for_the_answer_of_the_body(held: Group) -> None:
    """The answer brings its tasks."""
    entered(held, Kind.MERGER)
    page = opened(held, HOSPITAL, "changes", change="1")
    assert "審査機関に確かめ、回答を記録します。" in shown(page)
    assert "確かめた結果を選んでください。" in shown(pressed(page, "確かめた結果を記録"))
    page.radio(key="change-outcome").set_value(Outcome.REAPPLY)
    page.text_area(key="change-answer-text").set_value("電話で確かめた")
    text = shown(pressed(page, "確かめた結果を記録"))
    assert "電話で確かめた" in text
    assert "新規の申請を準備し" in text
    assert "審査機関の回答" in text


def test_what_nobody_asked_the_body_is_not_called_its_answer(held: Group) -> None:
    """There was nothing to report, and what was left is not needed."""
    entered(held, Kind.SPLIT)
    page = opened(held, HOSPITAL, "changes", change="1")
    assert "届け出る変更ではなかった（残りの作業は不要とする）" in page.radio(key="change-outcome").options
    page.radio(key="change-outcome").set_value(Outcome.NONE)
    page.text_area(key="change-answer-text").set_value("登記を見た")
    text = shown(pressed(page, "確かめた結果を記録"))
    assert "記録し、残りの作業を不要としました。" in text
    assert "審査機関の回答" not in text
    assert now(held).ready
    english = shown(opened(held, HOSPITAL, "changes", "en", change="1"))
    for words in (
        "What was found",
        "Nothing to report (what is left is not needed)",
        "Who found out, and how",
    ):
        assert words in english, words
    assert "Answer of the assessment body" not in english


def test_another_person_approves(held: Group) -> None:
    """Who worked on it finds no button; what is closed says so."""
    made = entered(held, Kind.CONTACT)
    with held.workspace.registry.write(held.principal(HOSPITAL), reason="test") as tx:
        day = today_in_japan(tx.now)
        handling.finish_task(tx, made.tasks[0].id, "届け出た", on=day, expected_version=1)
    page = opened(held, HOSPITAL, "changes", change="1")
    assert "別の方が確かめて承認します。" in shown(pressed(page, "完了の承認を依頼する"))
    assert "完了を承認する" not in [button.label for button in page.button]
    page = opened(held, TOP, "changes", "en", change="1")
    pressed(page, "Send it back")
    page.text_area(key="change-remark").set_value("控えは？")
    pressed(page, "Send it back")
    assert (now(held).state, now(held).remark) == (State.OPEN, "控えは？")
    page = opened(held, HOSPITAL, "changes", change="1")
    assert "控えは？" in shown(page)
    pressed(page, "完了の承認を依頼する")
    pressed(opened(held, TOP, "changes", "en", change="1"), "Approve")
    assert now(held).state is State.CLOSED
    text = shown(opened(held, HOSPITAL, "changes"))
    assert "条件を外すと 1 件あります。" in text
    assert "内容は変更できません。" in shown(opened(held, HOSPITAL, "changes", change="1"))


def test_a_new_name_in_the_tree_is_found_from_the_page(held: Group) -> None:
    """Without waiting for the daily tick."""
    with held.workspace.registry.write(bootstrap_principal()) as tx:
        unit = organisation.unit(tx, held.units["HOSP"])
        reorganisation.change_unit(
            tx,
            unit.id,
            expected_version=unit.version,
            code=unit.code,
            kind=unit.kind,
            name_ja="桜台医療センター",
            name_en=unit.name_en,
            country=unit.country,
            privacy_mark=unit.privacy_mark,
        )
    page = opened(held, HOSPITAL, "changes")
    text = shown(pressed(page, "組織の変更を今調べる"))
    assert "CH-0001" in text
    assert "桜台医療センター" in shown(opened(held, HOSPITAL, "changes", change="1"))


def test_others_find_nothing(held: Group) -> None:
    """Neither another entity nor a made-up number."""
    entered(held, Kind.NAME)
    for login, number in ((GERMANY, "1"), (OFFICER, "77")):
        assert "この変更報告は見つからないか、閲覧できません。" in shown(
            opened(held, login, "changes", change=number)
        )
