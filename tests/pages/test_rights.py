"""The pages of persons' rights for every persona: requests, provision records, notices, research."""

from __future__ import annotations

from datetime import timedelta

import pytest
from streamlit.testing.v1 import AppTest

from registry import accounts, journal, notices, provisions, requests, research
from registry.access import bootstrap_principal, today_in_japan
from registry.model import Role
from registry.notices import NoticeKind
from registry.provision_rules import Direction, Form, Ground
from registry.provisions import ProvisionDraft
from registry.request_model import (
    Applicant,
    Decision,
    IdentityMethod,
    RequestDraft,
    RequestId,
    RequestKind,
    RequestState,
)
from registry.research import ResearchBasis, ResearchDraft
from tests.pages.group import Group
from tests.pages.test_pages import EXECUTIVE, GERMANY, HOSPITAL, NO_RIGHT, OFFICER, opened, pressed, shown

PAGES = ("requests", "provisions", "notices")
PERSON, PARTY, REFUSER = "山田 太郎", "みなと生命保険", "診察券番号 7011"


@pytest.fixture
def filled(changeable: Group) -> Group:
    """Return the group after its hospital received a request and recorded what goes with it."""
    unit = changeable.units["HOSP"]
    with changeable.workspace.registry.write(changeable.principal(HOSPITAL), reason="test") as tx:
        today = today_in_japan(tx.now)
        requests.receive(
            tx,
            RequestDraft(
                unit_id=unit,
                kind=RequestKind.DISCLOSURE,
                applicant=Applicant.PERSON,
                person=PERSON,
                contact="東京都",
                received_on=today - timedelta(days=16),
                with_provisions=True,
            ),
            target_days=14,
        )
        provisions.record(
            tx,
            ProvisionDraft(
                unit_id=unit,
                direction=Direction.GIVEN,
                ground=Ground.CONSENT,
                form=Form.EACH,
                on_day=today,
                counterpart=PARTY,
                persons="山田太郎",
                items="氏名、診断名",
            ),
        )
        notices.write_notice(
            tx,
            unit_id=unit,
            kind=NoticeKind.POSTED,
            title="院内の掲示",
            text="利用目的をお知らせします。",
            purposes=["診療"],
            valid_from=today,
        )
        study = research.register(
            tx,
            ResearchDraft(
                unit_id=unit,
                title="検診の研究",
                committee="倫理審査委員会",
                approval="2026-014",
                approved_on=today,
                basis=ResearchBasis.CONSENT,
                key_holder="研究支援室長",
                ends_on=today,
                dispose_by=today,
            ),
        )
        research.refuse(tx, study.id, person=REFUSER, received_on=today)
    return changeable


def field(test: AppTest, kind: str, label: str) -> object:
    """Return the first widget of a kind whose label begins so."""
    return next(each for each in getattr(test, kind) if each.label.startswith(label))


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("login", [OFFICER, HOSPITAL, EXECUTIVE, GERMANY])
def test_every_page_opens_for_everybody(group: Group, page: str, login: str) -> None:
    """Empty as they are, no page fails; who may add something is told how."""
    text = shown(opened(group, login, page, "en" if login == GERMANY else "ja"))
    assert "dc-title" in text
    if login in (OFFICER, HOSPITAL):
        assert "から登録してください。" in text
    if login == EXECUTIVE and page != "notices":
        assert NO_RIGHT in text


@pytest.mark.parametrize("page", PAGES)
def test_what_belongs_to_the_hospital_stays_there(filled: Group, page: str) -> None:
    """The officer of another company sees neither names nor titles; an executive sees no name."""
    theirs = shown(opened(filled, GERMANY, page, "en"))
    names = (PERSON, PARTY, REFUSER, "院内の掲示", "検診の研究", "R-0001", "P-0001")
    assert not [name for name in names if name in theirs]
    seen = shown(opened(filled, EXECUTIVE, page))
    assert not [name for name in (PERSON, PARTY, REFUSER) if name in seen]
    own = shown(opened(filled, HOSPITAL, page))
    assert {"requests": PERSON, "provisions": PARTY, "notices": "院内の掲示"}[page] in own


def test_a_request_of_another_entity_is_not_found(filled: Group) -> None:
    """Its address tells nothing."""
    assert "does not exist" in shown(opened(filled, GERMANY, "requests", "en", request="1"))


def test_who_looks_leaves_a_record(filled: Group) -> None:
    """Names of persons are shown after the journal knows of it."""
    opened(filled, OFFICER, "requests")
    opened(filled, OFFICER, "provisions")
    with filled.workspace.registry.read(bootstrap_principal()) as tx:
        seen = {line.table for line in journal.lines(tx) if line.action == "list_viewed"}
    assert {"requests", "provisions"} <= seen


def test_a_request_is_taken_in_with_its_target(changeable: Group) -> None:
    """The form says which name is missing; filled in, the request stands in the list with its limit."""
    test = opened(changeable, HOSPITAL, "requests")
    assert "本人の氏名を入れてください。" in shown(pressed(test, "請求を登録"))
    field(test, "text_input", "本人の氏名").set_value(PERSON)  # type: ignore[attr-defined]
    field(test, "text_area", "回答の送り先").set_value("東京都千代田区1-1")  # type: ignore[attr-defined]
    text = shown(pressed(test, "請求を登録"))
    assert "請求 R-0001 を登録しました。" in text
    assert "あと 14 日" in text
    assert field(test, "text_input", "本人の氏名").value == ""  # type: ignore[attr-defined]


def test_an_overdue_request_is_the_first_thing_said(filled: Group) -> None:
    """The verdict counts what is late, in both languages."""
    assert "1\u00a0件が期限を過ぎています" in shown(opened(filled, HOSPITAL, "requests"))
    assert "of which late: 1." in shown(opened(filled, HOSPITAL, "requests", "en"))


def test_a_request_is_checked_decided_lettered_and_closed(filled: Group) -> None:
    """Step by step on one page; the letter is recorded, and closing asks first."""

    def page() -> AppTest:
        return opened(filled, HOSPITAL, "requests", request="1")

    assert "本人確認を記録しました。" in shown(pressed(page(), "本人確認を記録"))
    test = page()
    assert "決定を選んでください。" in shown(pressed(test, "決定を記録"))
    field(test, "selectbox", "決定").select_index(0)  # type: ignore[attr-defined]
    assert "決定を記録しました。" in shown(pressed(test, "決定を記録"))
    test = pressed(page(), "回答書を作る")
    assert "回答書（PDF）を受け取る" in shown(test)
    close = next(each for each in test.button if each.label == "回答済みとして閉じる")
    assert close.disabled
    field(test, "checkbox", "請求 R-0001 を閉じますか").check()  # type: ignore[attr-defined]
    assert "回答済みです。内容は変更できません。" in shown(pressed(test.run(), "回答済みとして閉じる"))
    with filled.workspace.registry.read(bootstrap_principal()) as tx:
        closed = requests.request(tx, RequestId(1))
        lines = [line.action for line in journal.lines(tx)]
    assert (closed.state, closed.decision) == (RequestState.CLOSED, Decision.GRANTED)
    assert "letter_made" in lines
    labels = {each.label for each in page().button}
    assert not {"決定を記録", "本人確認を記録", "本人のデータを探す"} & labels


def test_a_refusal_without_reason_is_not_recorded(filled: Group) -> None:
    """The page says what is missing."""
    with filled.workspace.registry.write(filled.principal(HOSPITAL)) as tx:
        made = requests.request(tx, RequestId(1))
        today = today_in_japan(tx.now)
        requests.confirm_identity(
            tx, made.id, IdentityMethod.PHOTO_CARD, on=today, expected_version=made.version
        )
    test = opened(filled, HOSPITAL, "requests", request="1")
    box = next(each for each in test.selectbox if each.label == "決定")
    box.select_index(box.options.index("応じない"))
    assert "応じない理由を選んでください。" in shown(pressed(test, "決定を記録"))


def test_a_search_finds_nobody_and_says_what_it_looked_at(filled: Group) -> None:
    """An empty form is refused; a name that stands nowhere is answered with how much was searched."""
    test = opened(filled, HOSPITAL, "requests", request="1")
    assert "のどれかを入れてください" in shown(pressed(test, "本人のデータを探す"))
    field(test, "text_input", "姓").set_value("存在しない")  # type: ignore[attr-defined]
    text = shown(pressed(test, "本人のデータを探す"))
    assert "見つかりませんでした。走査 2 回分" in text
    assert "調べられなかった対象が 2 件あります" in text
    (form,) = [each for each in test.get("form") if each.proto.form.form_id == "person-search"]
    assert form.proto.form.clear_on_submit  # the browser and the session forget what was asked for
    assert "存在しない" not in repr(test.session_state)


def test_the_complaints_desk_sees_no_search(filled: Group) -> None:
    """Where data lie and what is decided is the privacy manager's."""
    login = "desk@towa.example"
    with filled.workspace.registry.write(bootstrap_principal()) as tx:
        filled.people[login] = accounts.create_account(tx, login, "窓口", "a password for tests", "ja")
        accounts.grant(tx, filled.people[login], Role.COMPLAINTS_DESK, filled.units["HOSP"])
    labels = {each.label for each in opened(filled, login, "requests", request="1").button}
    assert "本人確認を記録" in labels
    assert not {"本人のデータを探す", "決定を記録"} & labels


def test_a_provision_is_recorded_and_says_how_long_it_is_kept(filled: Group) -> None:
    """What is missing is named; without a needed record its reason is asked for."""
    test = opened(filled, HOSPITAL, "provisions")
    field(test, "text_input", "相手方の氏名").set_value("みどり台クリニック")  # type: ignore[attr-defined]
    assert "本人を特定する事項を入れてください。" in shown(pressed(test, "提供を登録"))
    box = next(each for each in test.selectbox if each.label == "根拠")
    box.select_index(box.options.index("本人に代わる提供（紹介状など）"))
    assert "記録が要らない理由を入れてください。" in shown(pressed(test, "提供を登録"))
    field(test, "text_input", "記録が要らない理由").set_value("紹介状")  # type: ignore[attr-defined]
    assert "P-0002 を登録しました。保存：記録は不要" in shown(pressed(test, "提供を登録"))


def test_notices_show_what_they_do_not_tell(filled: Group) -> None:
    """Entries without a notice are counted and listed; a registered text asks for its link."""
    text = shown(opened(filled, HOSPITAL, "notices"))
    assert "通知と結び付いていません" in text
    assert "健康診断の実施" in text
    assert "検診の研究" in text
    test = opened(filled, HOSPITAL, "notices")
    assert "題名を入れてください。" in shown(pressed(test, "文面を登録"))


def test_who_refused_is_for_those_who_handle_requests(filled: Group) -> None:
    """The officer chooses the study and sees the refusal; the executive sees the count alone."""
    test = opened(filled, HOSPITAL, "notices")
    test.selectbox(key="study-chosen").select_index(0).run()
    assert REFUSER in shown(test)
    test = opened(filled, EXECUTIVE, "notices")
    assert "1 人" in shown(test)
    test.selectbox(key="study-chosen").select_index(0).run()
    assert REFUSER not in shown(test)
    assert "請求を扱う方だけが見られます" in shown(test)
