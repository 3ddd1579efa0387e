"""Management reviews on their pages: planned, held with frozen inputs, written, approved, followed up."""

from __future__ import annotations

from dataclasses import replace

import pypdfium2
import pytest

from daicho.pages import management_review_pdf
from daicho.pages.context import PageContext
from daicho.pages.management_review_words import query
from privacy_mark.complaints import register as complaints
from privacy_mark.reviews import follow_up, holding, minutes, register
from privacy_mark.reviews.model import DecisionState, Review, ReviewId, State, Topic
from registry import accounts
from registry.access import bootstrap_principal, today_in_japan
from registry.model import Role
from tests.access.complaints import draft as complaint
from tests.access.reviews import draft
from tests.pages.group import Group
from tests.pages.test_pages import EXECUTIVE, GERMANY, HOSPITAL, OFFICER, opened, pressed, shown

HEAD = "top@towa.example"
PAGE = "management_reviews"
SAID = "理事長が差異の理由を尋ねた"
FIRST = ReviewId(1)


@pytest.fixture
def planned(changeable: Group) -> Group:
    """Return the group after the hospital planned a review for today, with one complaint to look at."""
    with changeable.workspace.registry.write(bootstrap_principal(), reason="test") as tx:
        top = accounts.create_account(tx, HEAD, "院長 太郎", "correct horse battery", "ja")
        accounts.grant(tx, top, Role.TOP_MANAGEMENT, changeable.units["HOSP"])
    changeable.people[HEAD] = top
    with changeable.workspace.registry.write(changeable.principal(HOSPITAL), reason="test") as tx:
        day = today_in_japan(tx.now)
        complaints.receive(tx, complaint(changeable.units["HOSP"], received_on=day))
        register.plan(tx, changeable.units["HOSP"], planned_on=day, chair="理事長 岸 明子")
    return changeable


@pytest.fixture
def approved(planned: Group) -> Group:
    """Return the group after that review was written and approved."""
    with planned.workspace.registry.write(planned.principal(HOSPITAL), reason="test") as tx:
        day = today_in_japan(tx.now)
        made = holding.hold(tx, FIRST, held_on=day, expected_version=1)
        made = minutes.write(
            tx, FIRST, attendees="理事長 岸 明子", minutes=SAID, expected_version=made.version
        )
        made = minutes.add_decision(tx, FIRST, draft(due_on=day), expected_version=made.version)
        made = minutes.submit(tx, FIRST, expected_version=made.version)
    with planned.workspace.registry.write(planned.principal(HEAD), reason="test") as tx:
        minutes.close(tx, FIRST, conclusion="続ける", expected_version=made.version)
    return planned


def held(group: Group) -> Review:
    """Return the review as it is."""
    with group.workspace.registry.read(group.principal(HOSPITAL)) as tx:
        return register.review(tx, FIRST)


@pytest.mark.parametrize("login", [OFFICER, HOSPITAL, EXECUTIVE])
def test_the_empty_page_says_what_there_is_to_do(group: Group, login: str) -> None:
    """Who keeps reviews plans one; an executive reads."""
    text = shown(opened(group, login, PAGE))
    assert ("「見直しの日を決める」から" in text) == (login != EXECUTIVE)
    assert ("見られる見直しの記録はまだありません。" in text) == (login == EXECUTIVE)
    assert "期限を過ぎた見直しも決定もありません。" in text


def test_a_review_is_planned_on_the_page(changeable: Group) -> None:
    """Without a chair the page says what is missing; the list leads to the review."""
    page = opened(changeable, HOSPITAL, PAGE)
    assert "議長（トップマネジメント）の氏名を入れてください。" in shown(pressed(page, "予定を登録"))
    with changeable.workspace.registry.write(changeable.principal(HOSPITAL), reason="test") as tx:
        unit = changeable.units["HOSP"]
        register.plan(tx, unit, planned_on=today_in_japan(tx.now), chair="理事長 岸 明子")
    text = shown(opened(changeable, HOSPITAL, PAGE))
    assert "MR-0001" in text
    page = opened(changeable, HOSPITAL, PAGE, review="1")
    page.text_area(key="review-cancel-note").set_value("日程の都合")
    assert "見直しを中止しました。" in shown(pressed(page, "見直しを中止"))
    assert held(changeable).state is State.CANCELLED


def test_it_is_held_written_and_approved_by_another_person(planned: Group) -> None:
    """Each step tells the next; who wrote finds no button to approve."""
    page = opened(planned, HOSPITAL, PAGE, review="1", topic="complaints")
    text = shown(page)
    assert "受けた苦情 1" in text
    assert "CM-00001" in text
    page.text_area(key="review-words-complaints-text").set_value("応対を改める")
    assert "補足を保存しました。" in shown(pressed(page, "補足を保存"))
    assert "開催を記録し、入力を固定しました。" in shown(pressed(page, "開催を記録して入力を固定"))
    assert "出席者を入れて保存してから" in shown(pressed(page, "トップマネジメントに承認を依頼"))
    page.text_area(key="review-minutes-text").set_value(SAID)
    assert "議事録を保存しました。" in shown(pressed(page, "議事録を保存"))
    page.text_area(key="decision-what-0").set_value("送付前に二人で照合する")
    assert "担当する方の氏名を入れてください。" in shown(pressed(page, "決定を記録"))
    page.selectbox(key="decision-owner-0").set_value("中村 裕子")
    assert "MR-0001-1" in shown(pressed(page, "決定を記録"))
    assert "承認を依頼しました。" in shown(pressed(page, "トップマネジメントに承認を依頼"))
    page = opened(planned, HEAD, PAGE, "en", review="1")
    page.text_area(key="review-conclusion").set_value("続ける")
    assert "It is approved." in shown(pressed(page, "Approve minutes and decisions"))
    made = held(planned)
    assert (made.state, made.decisions[0].owner_id) == (State.CLOSED, planned.people[HOSPITAL])


def test_minutes_are_sent_back_with_a_reason(approved: Group) -> None:
    """Who wrote them reads why; a decision is taken out again."""
    with approved.workspace.registry.write(approved.principal(HOSPITAL), reason="test") as tx:
        day = today_in_japan(tx.now)
        second = register.plan(tx, approved.units["HOSP"], planned_on=day, chair="理事長")
        second = holding.hold(tx, second.id, held_on=day, expected_version=1)
        second = minutes.write(tx, second.id, attendees="甲", minutes="乙", expected_version=second.version)
        second = minutes.add_decision(tx, second.id, draft(due_on=day), expected_version=second.version)
        minutes.submit(tx, second.id, expected_version=second.version)
    page = opened(approved, HEAD, PAGE, review="2")
    assert "理由を入れてください。" in shown(pressed(page, "議事録を差し戻す"))
    page.text_area(key="review-return-note").set_value("根拠は？")
    assert "差し戻しました。" in shown(pressed(page, "議事録を差し戻す"))
    page = opened(approved, HOSPITAL, PAGE, review="2", decision="2")
    assert "差し戻されました：根拠は？" in shown(page)
    assert "決定を取り除きました。" in shown(pressed(page, "取り除く"))
    with approved.workspace.registry.read(approved.principal(HEAD)) as tx:
        assert register.review(tx, ReviewId(2)).decisions == ()


def test_a_decision_is_followed_up(approved: Group) -> None:
    """Its owner's office reports; top management sets another day or drops it."""
    page = opened(approved, HOSPITAL, PAGE)
    page.query_params["page"] = "7"  # beyond the last
    text = shown(page.run())
    assert "まだ終わっていない決定" in text
    assert "見直し 1 件のうち 1–1 件目" in text
    page = opened(approved, HOSPITAL, PAGE, review="1", decision="1")
    assert "期限を決め直す" not in [each.label for each in page.expander]
    page.text_area(key="decision-result").set_value("手順書を改めた")
    assert "決定の実施を記録しました。" in shown(pressed(page, "実施を記録"))
    page = opened(approved, HEAD, PAGE, review="1", decision="1")
    page.text_area(key="decision-note").set_value("効果が足りない")
    assert "期限を決め直しました。" in shown(pressed(page, "新しい期限を保存"))
    page.text_area(key="decision-drop-note").set_value("機械に替えた")
    assert "決定を取りやめました。" in shown(pressed(page, "取りやめる"))
    with approved.workspace.registry.read(approved.principal(HEAD)) as tx:
        (decision,) = follow_up.decisions(tx, open_only=False)
    assert (decision.state, decision.result) == (DecisionState.DROPPED, "機械に替えた")


def test_others_find_nothing(approved: Group) -> None:
    """Neither another entity nor a made-up number."""
    for login, number in ((GERMANY, "1"), (HOSPITAL, "77")):
        text = shown(opened(approved, login, PAGE, review=number))
        assert "この見直しは見つからないか、閲覧できません。" in text
        assert SAID not in text


def test_a_change_of_a_law_leads_to_the_norm_itself() -> None:
    """Facts frozen before name only the list, and lead there."""
    assert query(Topic.LAWS, "12/own:ab") == {"list": "12", "law": "own:ab"}
    assert query(Topic.LAWS, "12") == {"list": "12", "law": ""}
    assert query(Topic.AUDITS, "3") == {"audit": "3"}


def test_every_topic_has_words_for_what_it_counts(approved: Group) -> None:
    """No id of a figure or a row reaches a reader, in either language."""
    with approved.workspace.registry.read(approved.principal(HOSPITAL)) as tx:
        found = holding.inputs(tx, FIRST)
    topics = {each.topic for each in found.topics if each.facts is not None and each.facts.figures}
    assert {Topic.COMPLAINTS, Topic.REQUESTS, Topic.ACCIDENTS, Topic.LEDGER, Topic.RISKS} <= topics
    for language, words in (("ja", "残っている差異"), ("en", "differences open")):
        text = shown(opened(approved, HOSPITAL, PAGE, language, review="1", topic="ledger"))
        assert words in text
        assert "review_late" not in text


@pytest.mark.parametrize(("language", "title"), [("ja", "マネジメントレビュー議事録"), ("en", "Minutes of")])
def test_the_minutes_are_a_pdf(approved: Group, language: str, title: str) -> None:
    """Twice the same bytes; with inputs, what was said, decisions and both names."""
    context = PageContext(approved.workspace, approved.principal(HOSPITAL), "ja")
    context = replace(context, language=language)
    with context.read() as tx:
        made, found = register.review(tx, FIRST), holding.inputs(tx, FIRST)
    first = management_review_pdf.pdf(made, found, "桜台総合病院", context)
    assert first == management_review_pdf.pdf(made, found, "桜台総合病院", context)
    with pypdfium2.PdfDocument(first) as read:
        text = "".join(page.get_textpage().get_text_range() for page in read)
    for words in (title, SAID, "CM-00001", "MR-0001-1", "続ける", "中村 裕子", "院長 太郎"):
        assert words in text
