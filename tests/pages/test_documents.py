"""Internal rules on their pages: registered, written, approved by another, given out, read, revised."""

from __future__ import annotations

import hashlib
from datetime import timedelta

import pytest

from privacy_mark.documents import distribution, fact_links, register, versions
from privacy_mark.documents.facts import FactKind, FactRef
from privacy_mark.documents.model import Rule, RuleId, VersionDraft, VersionId, VersionState
from registry.access import bootstrap_principal, today_in_japan
from tests.access.documents import rule
from tests.pages.group import Group
from tests.pages.test_pages import EXECUTIVE, GERMANY, HOSPITAL, OFFICER, opened, pressed, shown

ADMIN = "admin@towa.example"
SAID = "第1条 苦情には14日以内に答える。"
FIRST, VERSION = RuleId(1), VersionId(1)


@pytest.fixture
def written(changeable: Group) -> Group:
    """Return the group after its officer wrote a rule for all."""
    with changeable.workspace.registry.write(changeable.principal(OFFICER), reason="test") as tx:
        made = register.register(tx, rule(changeable.units["GROUP"]))
        versions.write(tx, made, VersionDraft(today_in_japan(tx.now), SAID, "制定"))
        fact_links.state(tx, VERSION, FactRef(FactKind.ANSWER_DAYS, changeable.units["GROUP"]), "14")
    return changeable


@pytest.fixture
def given(written: Group) -> Group:
    """Return the group after the rule was approved and given to everybody."""
    with written.workspace.registry.write(written.principal(ADMIN), reason="test") as tx:
        versions.approve(tx, VERSION, expected_version=1)
        day = today_in_japan(tx.now) + timedelta(days=9)
        distribution.distribute(tx, VERSION, written.units["GROUP"], due_on=day)
    return written


def held(group: Group) -> Rule:
    """Return the rule as it is."""
    with group.workspace.registry.read(bootstrap_principal()) as tx:
        return register.rule(tx, FIRST)


@pytest.mark.parametrize("login", [OFFICER, EXECUTIVE, GERMANY])
def test_the_empty_pages_say_what_there_is_to_do(group: Group, login: str) -> None:
    """Who keeps rules registers one; an executive waits."""
    text = shown(opened(group, login, "documents"))
    assert ("規程はまだありません。下の" in text) == (login != EXECUTIVE)
    assert "配布された規程はまだありません。" in shown(opened(group, login, "my_rules"))


def test_a_rule_is_registered_and_its_first_version_written(changeable: Group) -> None:
    """What is missing is said in words; the author finds no button to approve."""
    page = opened(changeable, OFFICER, "documents")
    assert "規程の名称を入れてください。" in shown(pressed(page, "規程を登録"))
    page.text_input(key="documents-new-0-ja").set_value("個人情報保護規程")
    page.text_input(key="documents-new-0-clauses").set_value("4.5.4")
    assert "指針の項番は「J.4.5.4」の形で" in shown(pressed(page, "規程を登録"))
    page.text_input(key="documents-new-0-clauses").set_value("J.4.5.4、J.2.1")
    text = shown(pressed(page, "規程を登録"))
    assert "RU-0001" in text
    assert "版を作成" in text
    page = opened(changeable, OFFICER, "documents", rule="1")
    assert "J.4.5.4、J.2.1" in shown(page)
    assert "規程の本文を入れてください。" in shown(pressed(page, "承認に回す"))
    page.text_area(key="document-new-text").set_value(SAID)
    text = shown(pressed(page, "承認に回す"))
    assert "次は、作成した方とは別の方が承認します。" in text
    assert "ご自身が作成した版は承認できません。" not in text  # he decides nothing here at all
    assert "この版を承認する" not in [button.label for button in page.button]


def test_another_person_sends_it_back_and_approves_the_corrected_one(written: Group) -> None:
    """The author reads why; what was decided is in force."""
    page = opened(written, ADMIN, "documents", rule="1")
    assert SAID in shown(page)
    assert "理由を入れてください。" in shown(pressed(page, "作成した方に差し戻す"))
    page.text_area(key="document-return-note").set_value("第2条も要る")
    assert "差し戻しました。" in shown(pressed(page, "作成した方に差し戻す"))
    page = opened(written, OFFICER, "documents", rule="1")
    assert "差し戻しの理由：第2条も要る" in shown(page)
    page.text_area(key="document-correct-text").set_value(f"{SAID}\n第2条 足した。")
    assert "版を直しました。" in shown(pressed(page, "直して承認に回す"))
    page = opened(written, ADMIN, "documents", "en", rule="1")
    assert "Approved. Next, give it out to be read." in shown(pressed(page, "Approve this version"))
    assert held(written).in_force(held(written).versions[0].valid_from) is not None


def test_a_version_is_withdrawn_only_when_one_is_sure(written: Group) -> None:
    """The button waits for the tick; then the next version may be written."""
    page = opened(written, OFFICER, "documents", rule="1")
    button = next(each for each in page.button if each.label == "取り下げる")
    assert button.disabled
    page.checkbox(key="document-withdraw-sure").check().run()
    assert "取り下げました。" in shown(pressed(page, "取り下げる"))
    assert held(written).versions[0].state is VersionState.WITHDRAWN


def test_the_document_itself_goes_with_its_version(written: Group) -> None:
    """Who wrote it attaches it; readers find it with its hash; the next version asks for the new one."""
    page = opened(written, OFFICER, "documents", rule="1")
    page.file_uploader[0].set_value(("規程.txt", SAID.encode(), "text/plain"))
    assert "添付しました。" in shown(pressed(page, "添付する"))
    page = opened(written, ADMIN, "documents", rule="1")
    assert not page.file_uploader
    assert "規程.txt" in shown(pressed(page, "この版を承認する"))
    with written.workspace.registry.write(written.principal(ADMIN), reason="test") as tx:
        due_on = today_in_japan(tx.now) + timedelta(days=9)
        distribution.distribute(tx, VERSION, written.units["GROUP"], due_on=due_on)
    digest = hashlib.sha256(SAID.encode()).hexdigest()
    for login, address, query in (
        (GERMANY, "my_rules", {"version": "1"}),
        (HOSPITAL, "documents", {"above": "1"}),
    ):
        assert digest in shown(opened(written, login, address, **query))
    page = opened(written, OFFICER, "documents", rule="1")
    page.text_area(key="document-new-text").set_value("第1条 改めた")
    page.text_input(key="document-new-change").set_value("改定")
    page.file_uploader[0].set_value(("程序.exe", b"MZ\x00\x01", "text/plain"))
    assert "この種類のファイルは添付できません。" in shown(pressed(page, "承認に回す"))
    page.file_uploader[0].set_value(("規程2.txt", b"2", "text/plain"))
    assert "規程2.txt" in shown(pressed(page, "承認に回す"))


def test_it_is_given_out_and_read(written: Group) -> None:
    """The reader says so for himself; the page counts, and names who has not where that may be seen."""
    with written.workspace.registry.write(written.principal(ADMIN), reason="test") as tx:
        versions.approve(tx, VERSION, expected_version=1)
    page = opened(written, OFFICER, "documents", rule="1")
    assert "まだ配布していません。" in shown(page)
    assert "配布する組織を選んでください。" in shown(pressed(page, "この版を配布"))
    page.multiselect(key="document-give-units-1").set_value([written.units["GROUP"]])
    text = shown(pressed(page, "この版を配布"))
    assert "<b>0 / 5 人</b>が読みました（0%）".replace(" 人", "\u00a0人") in text
    reader = opened(written, HOSPITAL, "my_rules", version="1")
    assert SAID in shown(reader)
    text = shown(pressed(reader, "読みました"))
    assert "読んだことを記録しました。" in text
    assert "読みました" not in [button.label for button in reader.button]
    assert "配布された規程はすべて読んでいます。" in shown(opened(written, HOSPITAL, "my_rules"))
    page = opened(written, OFFICER, "documents", rule="1")
    text = shown(page)
    assert "1 / 5" in text.replace("\u00a0", " ")
    assert "渡辺 正人" not in text
    page.toggle(key="document-unread").set_value(True).run()
    text = shown(page)
    assert "渡辺 正人" in text


def test_a_company_sees_how_far_its_own_people_are(given: Group) -> None:
    """The rule itself is not its own: it is read, not changed."""
    text = shown(opened(given, HOSPITAL, "documents"))
    assert "上位の組織から配布された規程" in text
    page = opened(given, HOSPITAL, "documents", above="1")
    text = shown(page)
    assert SAID in text
    assert "0 / 1" in text.replace("\u00a0", " ")
    page.toggle(key="document-unread").set_value(True).run()
    assert "中村 裕子" in shown(page)
    for number in ("7", "77"):
        assert "見つからないか、閲覧できません。" in shown(opened(given, HOSPITAL, "documents", above=number))
    assert "見つからないか、閲覧できません。" in shown(opened(given, HOSPITAL, "documents", rule="1"))


def test_a_fact_that_changed_asks_for_a_new_version(given: Group) -> None:
    """The page shows the value of today beside the one in the rule; a corrected link matches again."""
    with given.workspace.registry.write(given.principal(OFFICER), reason="test") as tx:
        fact_links.restate(tx, fact_links.facts(tx, VERSION)[0].id, "30", expected_version=1)
    assert "改定が必要（事実と食い違い）" in shown(opened(given, OFFICER, "documents"))
    page = opened(given, OFFICER, "documents", rule="1")
    text = shown(page)
    assert "規程の述べる事実が変わっています。" in text
    assert "本文に見当たりません" in text
    page.text_input(key="document-fact-value-1").set_value("14")
    assert "値を直しました。" in shown(pressed(page, "値を直す"))
    page.selectbox(key="document-fact-kind").set_value(FactKind.RIGHTS_LIMIT).run()
    page.selectbox(key="document-fact-country").set_value("EU").run()
    assert "今の値：1 か月" in shown(page)
    text = shown(pressed(page, "結び付ける"))
    assert "事実を結び付けました。" in text
    assert "請求に答える法定の期限（EU）" in text
    assert "一致" in text


def test_a_rule_is_reviewed_and_abolished(given: Group) -> None:
    """What ends a rule is confirmed, and can be taken back."""
    page = opened(given, OFFICER, "documents", rule="1")
    page.text_area(key="document-review-note").set_value("法改正を確かめた")
    assert "見直しを記録しました。" in shown(pressed(page, "見直しを記録"))
    page = opened(given, ADMIN, "documents", "en", rule="1")
    page.checkbox(key="document-end-sure").check().run()
    assert "Abolished on" in shown(pressed(page, "Abolish"))
    assert "配布された規程はまだありません。" in shown(opened(given, HOSPITAL, "my_rules"))
    page = opened(given, ADMIN, "documents", "en", rule="1")
    assert "The rule is reinstated." in shown(pressed(page, "Reinstate the rule"))


def test_the_next_version_shows_what_it_changes(given: Group) -> None:
    """On the rule's page, and to who has read the one before."""
    reader = opened(given, HOSPITAL, "my_rules", version="1")
    pressed(reader, "読みました")
    page = opened(given, OFFICER, "documents", rule="1")
    page.text_area(key="document-new-text").set_value("第1条 苦情には10日以内に答える。")
    assert "改定の要点を入れてください。" in shown(pressed(page, "承認に回す"))
    page.text_input(key="document-new-change").set_value("日数を改めた")
    text = shown(pressed(page, "承認に回す"))
    assert f"<del>{SAID}</del>" in text
    assert "<ins>第1条 苦情には10日以内に答える。</ins>" in text
    with given.workspace.registry.write(given.principal(ADMIN), reason="test") as tx:
        second = held(given).versions[0]
        versions.approve(tx, second.id, expected_version=second.version)
    page = opened(given, OFFICER, "documents", rule="1")
    assert page.multiselect(key="document-give-units-2").value == [given.units["GROUP"]]
    pressed(page, "この版を配布")
    text = shown(opened(given, HOSPITAL, "my_rules", version="2"))
    assert f"<del>{SAID}</del>" in text
    assert "この規程は配布されていないか" in shown(opened(given, HOSPITAL, "my_rules", version="1"))
