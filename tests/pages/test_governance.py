"""Governance on its pages: posts are filled, a decision is conveyed, acknowledged, and seen to be missing."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import timedelta

import pypdfium2
import pytest

from daicho.pages.audit_letters import manager_letter
from daicho.pages.context import PageContext
from daicho.pages.governance_letters import DUTIES, officer_letter
from privacy_mark.audits import appointments
from privacy_mark.governance import arrivals, bodies, decisions
from privacy_mark.governance.model import (
    AppointmentDraft,
    BodyDraft,
    BodyKind,
    Decision,
    DecisionId,
    Post,
    Reach,
)
from registry import accounts, organisation
from registry.access import bootstrap_principal, today_in_japan
from registry.errors import NotFound
from registry.model import Role, UnitKind
from tests.access.governance import decided
from tests.pages.group import Group
from tests.pages.test_pages import EXECUTIVE, GERMANY, HOSPITAL, OFFICER, opened, pressed, shown

FIRST = DecisionId(1)
TITLE = "持ち出しを禁じる"


@pytest.fixture
def conveyed(changeable: Group) -> Group:
    """Return the group after its officer conveyed a decision to companies, hospitals and sites."""
    with changeable.workspace.registry.write(changeable.principal(OFFICER), reason="test") as tx:
        day = today_in_japan(tx.now)
        made = decisions.record(tx, replace(decided(changeable.units["GROUP"]), decided_on=day))
        kinds = (UnitKind.COMPANY, UnitKind.HOSPITAL, UnitKind.SITE)
        decisions.issue(tx, made, kinds, due_on=day + timedelta(days=7), expected_version=1)
    return changeable


def held(group: Group) -> Decision:
    """Return the decision as it is."""
    with group.workspace.registry.read(bootstrap_principal()) as tx:
        return decisions.decision(tx, FIRST)


@pytest.mark.parametrize("login", [OFFICER, EXECUTIVE, GERMANY])
def test_the_empty_page_says_what_there_is_to_do(group: Group, login: str) -> None:
    """Who keeps decisions records one; an executive waits."""
    text = shown(opened(group, login, "governance"))
    assert ("組織の決定事項はまだありません。下の" in text) == (login != EXECUTIVE)
    assert "任命の記録はまだありません。" in text


def test_audit_managers_stand_beside_the_officers(changeable: Group) -> None:
    """They are appointed where audits are planned, and who may not see audits does not see them."""
    with changeable.workspace.registry.write(bootstrap_principal(), reason="test") as tx:
        hospital = changeable.units["HOSP"]
        who = accounts.create_account(tx, "am@a.example", "小林 誠", None, "ja", unit_id=hospital)
        accounts.grant(tx, who, Role.AUDIT_MANAGER, hospital)
        appointments.appoint(tx, hospital, who, valid_from=today_in_japan(tx.now))
    text = shown(opened(changeable, HOSPITAL, "governance"))
    assert "小林 誠" in text
    assert "個人情報保護監査責任者" in text
    assert "小林 誠" not in shown(opened(changeable, GERMANY, "governance"))


def test_a_body_gets_a_chair_and_ends(changeable: Group) -> None:
    """Posts of bodies and of units are apart; ending it is confirmed."""
    page = opened(changeable, OFFICER, "governance")
    assert "会議体の名称を入れてください。" in shown(pressed(page, "会議体を登録"))
    page.text_input(key="governance-body-ja").set_value("個人情報保護委員会")
    assert "会議体を登録しました。" in shown(pressed(page, "会議体を登録"))
    assert "任命された方の氏名を入れてください。" in shown(pressed(page, "任命を記録"))
    page.selectbox(key="governance-place").select_index(0).run()
    assert page.selectbox(key="governance-post-True").value is Post.CHAIR
    page.text_input(key="governance-person").set_value("東 和彦")
    text = shown(pressed(page, "任命を記録"))
    assert "東 和彦" in text
    assert "委員長" in text
    page = opened(changeable, OFFICER, "governance")
    assert "任期の終わりを記録しました。" in shown(pressed(page, "任期の終わりを記録"))
    page = opened(changeable, OFFICER, "governance")
    page.checkbox(key="governance-body-sure-1").check().run()
    assert "会議体を廃止しました。" in shown(pressed(page, "廃止する"))


def test_a_decision_is_recorded_corrected_and_conveyed(changeable: Group) -> None:
    """What is missing is said; once it is conveyed nothing is left to correct."""
    page = opened(changeable, OFFICER, "governance")
    assert "決定事項の題を入れてください。" in shown(pressed(page, "決定事項を記録"))
    page.text_input(key="governance-new-title").set_value(TITLE)
    page.text_area(key="governance-new-text").set_value("私物を使わない。")
    assert "DC-0001" in shown(pressed(page, "決定事項を記録"))
    page = opened(changeable, OFFICER, "governance", decision="1")
    assert "次は、配下の組織に伝達します。" in shown(page)
    page.text_area(key="governance-correct-text").set_value("私物の媒体を使わない。")
    assert "私物の媒体を使わない。" in shown(pressed(page, "変更を保存"))
    page.button_group(key="governance-kinds").set_value([UnitKind.HOSPITAL])
    text = shown(pressed(page, "配下の組織に伝達する"))
    assert "伝達しました。" in text
    assert "桜台総合病院" in text
    assert "受領待ち" in text
    assert "変更を保存" not in [button.label for button in page.button]


def test_a_unit_acknowledges_and_conveys_on(conveyed: Group) -> None:
    """Its own officer does; the group sees which units are missing, those without it first."""
    listed = shown(opened(conveyed, HOSPITAL, "governance"))
    assert "受領を待つものが 1 件あります。" in listed
    with conveyed.workspace.registry.read(conveyed.principal(HOSPITAL)) as tx:
        number = str(arrivals.received(tx)[0].arrival.id)
    refused = shown(opened(conveyed, OFFICER, "governance", arrival=number))
    assert "受領は、この組織の中で役割を持つ方が記録します。" in refused
    page = opened(conveyed, HOSPITAL, "governance", arrival=number)
    page.text_area(key="governance-note").set_value("朝礼で伝えた")
    text = shown(pressed(page, "受領を記録"))
    assert "受領を記録しました。" in text
    assert "配下の 2 組織に、まだ伝達していません。" in text
    assert "配下の組織に伝達しました。" in shown(pressed(page, "配下の組織に伝達する"))
    assert held(conveyed).reach == Reach(8, 7, 1)
    text = shown(opened(conveyed, OFFICER, "governance", decision="1"))
    assert "1 / 8" in text.replace("\u00a0", " ")
    assert "朝礼で伝えた" in text
    assert text.index("まだ伝達されていません") < text.index("受領待ち") < text.index("受領済み")


def test_a_decision_is_withdrawn_only_when_one_is_sure(conveyed: Group) -> None:
    """It asks for nothing afterwards."""
    page = opened(conveyed, OFFICER, "governance", "en", decision="1")
    button = next(each for each in page.button if each.label == "Withdraw")
    assert button.disabled
    page.checkbox(key="governance-withdraw-sure").check().run()
    assert "It was withdrawn." in shown(pressed(page, "Withdraw"))
    assert held(conveyed).withdrawn_at is not None


def test_others_find_nothing(conveyed: Group) -> None:
    """Neither a unit that it was not conveyed to nor a made-up number."""
    for query in ({"decision": "1"}, {"arrival": "1"}, {"decision": "77"}, {"arrival": "77"}):
        text = shown(opened(conveyed, GERMANY, "governance", **query))
        assert "この決定事項は見つからないか、閲覧できません。" in text
        assert TITLE not in text


def test_a_unit_that_came_later_is_offered(conveyed: Group) -> None:
    """Who keeps the decision adds it with one button; nobody else is asked."""
    with conveyed.workspace.registry.write(bootstrap_principal(), reason="test") as tx:
        organisation.create_unit(
            tx,
            code="NEW",
            kind=UnitKind.COMPANY,
            name_ja="新会社",
            name_en="New company",
            parent_id=conveyed.units["GROUP"],
        )
    assert "Units that came later" not in shown(opened(conveyed, EXECUTIVE, "governance", "en", decision="1"))
    page = opened(conveyed, OFFICER, "governance", "en", decision="1")
    assert "1 unit has not been given it yet. The day to acknowledge stays." in shown(page)
    before = held(conveyed).reach
    assert "Units that came later" not in shown(pressed(page, "Convey it to them too"))
    assert held(conveyed).reach == Reach(before.units + 1, before.conveyed + 1, 0)


@pytest.mark.parametrize("language", ["ja", "en"])
def test_each_appointment_has_its_letter(changeable: Group, language: str) -> None:
    """Of a unit's post, of a body's, and of an audit manager; the same facts give the same bytes."""
    with changeable.workspace.registry.write(changeable.principal(OFFICER), reason="test") as tx:
        hospital, today = changeable.units["HOSP"], today_in_japan(tx.now)
        body = bodies.register(tx, BodyDraft(hospital, BodyKind.COMMITTEE, "保護委員会", "Privacy committee"))
        post = AppointmentDraft(
            hospital, None, Post.PRIVACY_MANAGER, "中村 裕子", "院長 太郎", today, today + timedelta(days=364)
        )
        first = bodies.appoint(tx, post)
        chair = AppointmentDraft(hospital, body, Post.CHAIR, "大野 真理", "", today, None)
        second = bodies.appoint(tx, chair)
    with changeable.workspace.registry.write(bootstrap_principal(), reason="test") as tx:
        who = accounts.create_account(tx, "am@a.example", "小林 誠", None, "ja", unit_id=hospital)
        accounts.grant(tx, who, Role.AUDIT_MANAGER, hospital)
        audits = appointments.appoint(tx, hospital, who, valid_from=today).id
    context = PageContext(changeable.workspace, changeable.principal(HOSPITAL), language)
    letters = [officer_letter(each, context) for each in (first, second)]
    assert letters == [officer_letter(each, context) for each in (first, second)]
    told = [_words(each) for each in letters]
    assert "中村 裕子" in told[0]
    assert "院長 太郎" in told[0]
    assert ("保護委員会" if language == "ja" else "Privacy committee") in told[1]
    of_audits = manager_letter(hospital, audits, context)
    assert of_audits == manager_letter(hospital, audits, context)
    for words in ("小林 誠", "監査責任者" if language == "ja" else "audit manager"):
        assert words in _words(of_audits)
    page = opened(changeable, HOSPITAL, "governance", language)
    assert ("任命書を作る" if language == "ja" else "Make a letter of appointment") in shown(page)
    options = page.selectbox(key="governance-letter").options
    assert len(options) == 3
    assert any(each.startswith("小林 誠　") for each in options)
    with pytest.raises(NotFound):
        officer_letter(first, PageContext(changeable.workspace, changeable.principal(GERMANY), language))


def _words(pdf: bytes) -> str:
    document = pypdfium2.PdfDocument(io.BytesIO(pdf))
    return "".join(document[number].get_textpage().get_text_bounded() for number in range(len(document)))


def test_every_post_has_its_duties() -> None:
    """A letter without any would say nothing."""
    assert set(DUTIES) == set(Post)
    assert all(DUTIES.values())
