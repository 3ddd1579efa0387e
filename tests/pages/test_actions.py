"""The register of corrective actions and one action: step by step, by who may take each, until approved."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import timedelta

import pypdfium2
import pytest

from daicho.pages import action_export, action_report
from daicho.pages.context import PageContext
from privacy_mark.actions import register, steps
from privacy_mark.actions.listing import Wanted
from privacy_mark.actions.model import Action, ActionId, ActionState, Effect, Source
from registry import accounts, journal, organisation
from registry.access import bootstrap_principal, today_in_japan
from registry.model import Role
from tests.access.audits import analyse, found
from tests.pages.group import PASSWORD, Group
from tests.pages.test_pages import EXECUTIVE, GERMANY, HOSPITAL, OFFICER, opened, pressed, shown

TOP = "director@towa.example"
SAID = "施錠されていない"
FIRST = ActionId(1)


@pytest.fixture
def raised(changeable: Group) -> Group:
    """Return the group, its hospital with a representative, after a nonconformity was found there."""
    registry, unit = changeable.workspace.registry, changeable.units["HOSP"]
    with registry.write(bootstrap_principal(), reason="test") as tx:
        made = accounts.create_account(tx, TOP, "長谷川 明", PASSWORD, "ja", unit_id=unit)
        accounts.grant(tx, user_id=made, role=Role.TOP_MANAGEMENT, unit_id=unit)
    changeable.people[TOP] = made
    with registry.write(changeable.principal(HOSPITAL), reason="test") as tx:
        register.raise_action(tx, found(unit, source=Source.OTHER, reference=""))
    return changeable


def held(group: Group) -> Action:
    """Return the action as it is."""
    with group.workspace.registry.read(group.principal(HOSPITAL)) as tx:
        return register.action(tx, FIRST)


def lead(group: Group, effect: Effect) -> None:
    """Work on the action until its effect was reviewed."""
    with group.workspace.registry.write(group.principal(HOSPITAL), reason="test") as tx:
        today, version = today_in_japan(tx.now), register.action(tx, FIRST).version
        analyse(tx, FIRST, version)
        steps.plan(tx, FIRST, measure="電子錠", owner="課長", due_on=today, expected_version=version + 1)
        steps.finish(tx, FIRST, result="付けた", on=today, review_by=today, expected_version=version + 2)
    with group.workspace.registry.write(group.principal(OFFICER), reason="test") as tx:
        steps.review(tx, FIRST, effect, note="記録を見た", expected_version=version + 3)


@pytest.mark.parametrize("login", [OFFICER, HOSPITAL, EXECUTIVE, GERMANY])
def test_the_empty_register_says_what_there_is_to_do(group: Group, login: str) -> None:
    """Who works on actions may record a nonconformity; an executive may only look."""
    text = shown(opened(group, login, "actions"))
    assert ("ほかで見つかった不適合は、下の「不適合を登録する」から" in text) == (login != EXECUTIVE)
    assert ("見られる是正処置はまだありません。" in text) == (login == EXECUTIVE)


def test_a_nonconformity_is_recorded_on_the_page(changeable: Group) -> None:
    """What is missing is said; the number of a requirement may be typed; the list shows what was found."""
    page = opened(changeable, HOSPITAL, "actions")
    page.text_area(key="actions-new-0-finding").set_value(SAID)
    assert "要求事項の番号を選んでください。" in shown(pressed(page, "不適合を登録"))
    page.selectbox(key="actions-new-0-requirement").set_value("J.9.2")
    page.text_area(key="actions-new-0-finding").set_value(" ")
    assert "指摘の内容を入れてください。" in shown(pressed(page, "不適合を登録"))
    page.text_area(key="actions-new-0-finding").set_value(SAID)
    text = shown(pressed(page, "不適合を登録"))
    assert "次は、事実と原因を記録します。" in text
    assert "件で、期限を過ぎたものはありません。" in text
    assert page.text_area(key="actions-new-1-finding").value == ""
    assert "CA-0001" in shown(opened(changeable, HOSPITAL, "actions"))
    assert SAID not in shown(opened(changeable, GERMANY, "actions", "en"))


def test_every_step_is_taken_on_the_page(raised: Group) -> None:
    """Each names the next one; who did it finds no button to approve, top management does."""
    page = opened(raised, HOSPITAL, "actions", action="1")
    assert "次は「原因を調べる」です。" in shown(page)
    assert "確かめた事実を入れてください。" in shown(pressed(page, "事実と原因を記録"))
    page.text_area(key="action-fact").set_value("鍵が見当たらない")
    page.text_area(key="action-cause").set_value("置き場が決まっていない")
    assert "次は「処置を決める」です。" in shown(pressed(page, "事実と原因を記録"))
    page.text_area(key="action-measure").set_value("置き場を決める")
    assert "処置の担当を入れてください。" in shown(pressed(page, "処置を記録"))
    page.text_input(key="action-owner").set_value("総務課長")
    assert "次は「処置を実施する」です。" in shown(pressed(page, "処置を記録"))
    page.text_area(key="action-result").set_value("鍵箱を置いた")
    text = shown(pressed(page, "結果を記録"))
    assert "次は「有効性を評価する」です。" in text
    assert "処置を実施した方は評価できません。別の方が評価します。" in text
    page = opened(raised, OFFICER, "actions", action="1")
    page.text_area(key="action-effect-note").set_value("1 か月の記録を見た")
    assert "有効だったかどうかを選んでください。" in shown(pressed(page, "評価を記録"))
    page.radio(key="action-effect").set_value(Effect.EFFECTIVE)
    text = shown(pressed(page, "評価を記録"))
    assert "承認は、この法人のトップマネジメントが行います。" in text
    assert "承認" not in [button.label for button in page.button]
    page = opened(raised, TOP, "actions", action="1")
    assert "承認すると終わりになり" in shown(pressed(page, "承認"))
    page.button(key="action-sure").click().run()
    assert "承認されて終わりました。" in shown(page)
    text = shown(opened(raised, HOSPITAL, "actions", "en", action="1"))
    for said in ("Approved and closed.", "鍵箱を置いた", "1 か月の記録を見た", "History (6)"):
        assert said in text


def test_what_had_no_effect_or_is_not_approved_begins_again(raised: Group) -> None:
    """Why is shown above the form; the first measure stays in the history."""
    lead(raised, Effect.INEFFECTIVE)
    text = shown(opened(raised, HOSPITAL, "actions", action="1"))
    assert "前の処置は有効ではありませんでした：記録を見た" in text
    assert "2 回目" not in text
    lead(raised, Effect.EFFECTIVE)
    page = opened(raised, TOP, "actions", action="1")
    assert "2 回目" in shown(page)
    assert "確かめたことか理由を入れてください。" in shown(pressed(page, "原因から調べ直すよう戻す"))
    page.text_area(key="action-return-note").set_value("ほかの階は？")
    assert "承認されずに戻されました：ほかの階は？" in shown(pressed(page, "原因から調べ直すよう戻す"))
    assert (held(raised).state, held(raised).rounds) == (ActionState.FOUND, 1)


def test_who_found_it_says_it_anew(raised: Group) -> None:
    """Nobody else does, and not once the facts are written."""
    page = opened(raised, HOSPITAL, "actions", action="1")
    page.text_area(key="action-1-correct-finding").set_value("3 階の書庫が開いていた")
    assert "指摘を直しました。" in shown(pressed(page, "指摘を保存"))
    assert held(raised).finding == "3 階の書庫が開いていた"
    for login in (TOP, OFFICER):
        labels = [button.label for button in opened(raised, login, "actions", action="1").button]
        assert "指摘を保存" not in labels
    lead(raised, Effect.EFFECTIVE)
    assert "指摘を直す" not in shown(opened(raised, HOSPITAL, "actions", action="1"))


def test_a_recurrence_is_noticed(raised: Group) -> None:
    """The same requirement is alike, the same question a recurrence: in the register and on the page."""
    assert "過去 3 年に同じ要求事項" in shown(opened(raised, HOSPITAL, "actions", action="1"))
    with raised.workspace.registry.write(raised.principal(OFFICER), reason="test") as tx:
        for number in (1, 2):
            reference = f"K-0000{number}/shredded"
            register.raise_action(tx, found(raised.units["HOSP"], reference=reference))
    page = opened(raised, HOSPITAL, "actions", action="2")
    assert "過去 3 年の似た指摘：1 件。再発かどうかを確かめてください。" in shown(page)
    assert '"CA-0001"' in shown(page)
    text = shown(opened(raised, HOSPITAL, "actions", action="3"))
    assert "再発です。" in text
    assert "「不要な書類が裁断されている」" in text
    text = shown(opened(raised, HOSPITAL, "actions"))
    assert text.count('"再発　') == text.count('"似た指摘あり　') == 1


def test_the_report_holds_every_step_and_is_recorded(raised: Group) -> None:
    """Twice the same bytes; a measure that had no effect stands in its history."""
    lead(raised, Effect.INEFFECTIVE)
    assert _printed(raised, "ja").count("電子錠") == 1  # in the history: this round has no measure yet
    lead(raised, Effect.EFFECTIVE)
    assert _printed(raised, "en").count("電子錠") == 3
    with raised.workspace.registry.read(bootstrap_principal()) as tx:
        newest = journal.newest_of(tx, "corrective_action", "")
    assert newest.action == str(journal.Action.RESULTS_EXPORTED)


def _printed(group: Group, language: str) -> str:
    context = PageContext(group.workspace, group.principal(HOSPITAL), language)
    made = action_report.report_pdf(FIRST, context)
    assert made == action_report.report_pdf(FIRST, context)
    with pypdfium2.PdfDocument(io.BytesIO(made)) as document:
        return "".join(page.get_textpage().get_text_range() for page in document)


def test_what_was_recorded_by_mistake_is_withdrawn(raised: Group) -> None:
    """With a reason, by who raised it; it stays with its state, and nothing more can be done with it."""
    assert "是正処置を取り下げる" not in [
        button.label for button in opened(raised, OFFICER, "actions", action="1").button
    ]
    page = opened(raised, HOSPITAL, "actions", action="1")
    assert "取り下げる理由を入れてください。" in shown(pressed(page, "是正処置を取り下げる"))
    page.text_area(key="action-withdraw-reason").set_value("二重に登録した")
    text = shown(pressed(page, "是正処置を取り下げる"))
    assert "取り下げました。" in text
    assert "取下げの理由：二重に登録した" in text
    assert [button.label for button in page.button if button.key != "action-back"] == []
    assert "Why it was withdrawn" in _printed(raised, "en")
    text = shown(opened(raised, HOSPITAL, "actions"))
    assert "終わっていない是正処置はありません。" in text
    assert "取下げ済み" in text


def test_others_find_nothing(raised: Group) -> None:
    """Neither another entity nor a made-up number; who only looks is told who takes the step."""
    for login, number in ((GERMANY, "1"), (HOSPITAL, "77")):
        text = shown(opened(raised, login, "actions", action=number))
        assert "この是正処置は見つからないか、閲覧できません。" in text
        assert SAID not in text
    assert "是正処置を行う権限のある方" in shown(opened(raised, TOP, "actions", action="1"))


def test_filters_and_files_of_the_register(raised: Group) -> None:
    """What fits no filter says how many there are; a file holds what the filters leave and is recorded."""
    with raised.workspace.registry.write(raised.principal(HOSPITAL), reason="test") as tx:
        late = today_in_japan(tx.now) - timedelta(days=20)
        register.raise_action(tx, found(raised.units["HOSP"], found_on=late))
    page = opened(raised, HOSPITAL, "actions", unit="HOSP")
    assert "件が期限を過ぎています。" in shown(page)
    assert "6 日過ぎています" in shown(page)
    page.checkbox(key="actions-late").set_value(True).run()
    assert "CA-0001" not in shown(page)
    page.button_group(key="actions-sources").set_value([Source.AUDIT]).run()
    assert "条件を外すと 2 件あります。" in shown(page)
    context = PageContext(raised.workspace, raised.principal(HOSPITAL), "ja")
    with context.read() as tx:
        unit = organisation.unit(tx, raised.units["HOSP"])
    wanted = Wanted(unit.id, late=True)
    names = {unit.id: "桜台総合病院"}
    text = action_export.made("csv", wanted, unit, names, context).decode("utf-8-sig")
    assert text.splitlines()[1].startswith("CA-0002,桜台総合病院,運用の確認,")
    assert action_export.made("xlsx", replace(wanted, late=False), unit, names, context)[:2] == b"PK"
    with context.workspace.registry.read(bootstrap_principal()) as tx:
        newest = journal.newest_of(tx, "corrective_action", "")
    assert newest.action == str(journal.Action.RESULTS_EXPORTED)
