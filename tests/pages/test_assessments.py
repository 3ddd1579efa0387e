"""The pages of assessments: begun, findings answered and approved, the report, the on-site room."""

from __future__ import annotations

import hashlib
from datetime import date, timedelta

import pytest

from daicho.pages import improvement, scope
from daicho.pages.assessment_case import Case
from daicho.pages.context import PageContext
from privacy_mark.actions import steps
from privacy_mark.actions.model import ActionId
from privacy_mark.assessments import findings, letters, register, visit
from privacy_mark.assessments.model import AssessmentId, FindingId, FindingState, LetterId, LetterState
from privacy_mark.certificates import register as certificates
from privacy_mark.certificates import rounds
from privacy_mark.certificates.steps import Step
from registry.access import bootstrap_principal, today_in_japan
from registry.store.assessment_tables import FindingsLetter
from tests.access.assessments import draft, received
from tests.access.audits import analyse
from tests.access.certificates import SCALE
from tests.pages.group import Group
from tests.pages.test_letters import text_of
from tests.pages.test_pages import EXECUTIVE, GERMANY, HOSPITAL, OFFICER, opened, pressed, shown

FIRST, FINDING, LETTER = AssessmentId(1), FindingId(1), LetterId(1)
SAID = "予約票の控えが特定されていない"


@pytest.fixture
def applied(changeable: Group) -> Group:
    """Return the group after the hospital handed in its application."""
    with changeable.workspace.registry.write(changeable.principal(HOSPITAL), reason="test") as tx:
        day = today_in_japan(tx.now)
        held = certificates.register(tx, changeable.units["HOSP"], "medis", scale=SCALE)
        begun = rounds.start(tx, held.id, apply_on=day)
        rounds.set_steps(tx, begun.id, {Step.APPLICATION: (day, day)}, expected_version=begun.version)
    return changeable


@pytest.fixture
def found(applied: Group) -> Group:
    """Return the group after the assessors wrote one finding."""
    with applied.workspace.registry.write(applied.principal(HOSPITAL), reason="test") as tx:
        day = today_in_japan(tx.now)
        of = register.start(tx, rounds.rounds(tx, certificates.certificates(tx)[0].id)[0].id)
        letter = received(
            tx, of.id, dated_on=day, received_on=day, due_on=day + timedelta(days=60), reason="文書の記載"
        )
        findings.add(tx, letter.id, draft(applied.units["HOSP"], "文-1", text=SAID))
    return applied


def state(group: Group) -> FindingState:
    """Return how far the finding is."""
    with group.workspace.registry.read(group.principal(HOSPITAL)) as tx:
        return findings.finding(tx, FINDING).state


@pytest.mark.parametrize("login", [OFFICER, EXECUTIVE, GERMANY])
def test_the_empty_page_says_where_an_assessment_begins(group: Group, login: str) -> None:
    """And an address of something absent says that it is not there."""
    assert "審査の記録はまだありません。「付与と更新」" in shown(opened(group, login, "assessments"))
    for query in ({"assessment": "7"}, {"finding": "7"}, {"finding": "x"}):
        assert "dc-title" in shown(opened(group, login, "assessments", "en", **query))


def test_an_assessment_begins_and_its_document_is_entered(applied: Group) -> None:
    """Of the document review the page asks for the day; a finding is entered as the body numbers it."""
    page = opened(applied, HOSPITAL, "assessments")
    page.text_input(key="assessment-new-assessors").set_value("主任審査員 1 名")
    assert "S-0001" in shown(pressed(page, "審査の記録を作る"))
    page = opened(applied, HOSPITAL, "assessments", assessment="1")
    assert "主任審査員 1 名" in shown(page)
    page.selectbox(key="letter-stage").select_index(0)
    assert "この文書の期限を決める規則がありません。" in shown(pressed(page, "文書を登録"))
    page.selectbox(key="letter-stage").select_index(1)
    text = shown(pressed(page, "文書を登録"))
    assert "文書を登録しました。" in text
    assert "期限は、文書の日付から 3 か月以内（審査機関の文書で確かめてください）" in text
    assert "指摘の番号を、文書のとおりに入れてください。" in shown(pressed(page, "指摘を登録"))
    key = next(each.key for each in page.text_input if each.key and each.key.endswith("-number"))
    prefix = key.removesuffix("-number")
    page.text_input(key=key).set_value("1")
    page.text_input(key=f"{prefix}-requirement").set_value("j.3.1.1")
    page.text_area(key=f"{prefix}-text").set_value(SAID)
    text = shown(pressed(page, "指摘を登録"))
    assert "指摘 1 を登録しました。" in text
    assert SAID in text


def test_a_finding_is_answered_approved_and_reported(found: Group) -> None:
    """Evidence must lead somewhere; who answered finds no button to approve; the body returns the report."""
    page = opened(found, OFFICER, "assessments", finding="1")
    assert "J.3.1.3　個人情報保護リスクを洗い出し、評価する" in shown(page)
    page.text_area(key="finding-answer-text").set_value("台帳に加えた")
    assert "証跡を 1 つ以上入れるか、ファイルを添付してください。" in shown(pressed(page, "回答を記録"))
    page.text_input(key="evidence-what-0").set_value("改めた台帳の写し")
    page.selectbox(key="evidence-kind-1").select_index(0)
    page.text_input(key="evidence-reference-1").set_value("L-9999")
    assert "この番号の記録は" in shown(pressed(page, "回答を記録"))
    page.text_input(key="evidence-reference-1").set_value("L-0001")
    text = shown(pressed(page, "回答を記録"))
    assert "回答を記録しました。" in text
    assert "L-0001 を開く" in text
    assert "回答を承認" not in [button.label for button in page.button]
    page = opened(found, HOSPITAL, "assessments", finding="1")
    assert "差し戻しの理由を入れてください。" in shown(pressed(page, "回答した方に差し戻す"))
    assert "回答を承認しました。" in shown(pressed(page, "回答を承認"))
    assert state(found) is FindingState.APPROVED
    page = opened(found, HOSPITAL, "assessments", assessment="1")
    assert "審査機関の回答が来たら記録します。" in shown(pressed(page, "提出を記録"))
    assert "もう一度回答する指摘を選んでください。" not in shown(page)
    page.text_area(key="decided-note-1").set_value("証跡が足りない")
    assert "もう一度回答する指摘を選んでください。" in shown(pressed(page, "差し戻しを記録"))
    page.multiselect(key="again-1").select(FINDING)
    assert "この文書の期限を決める規則がありません。" in shown(pressed(page, "差し戻しを記録"))
    assert "改善が確認されたことを記録しました。" in shown(pressed(page, "受理を記録"))
    with found.workspace.registry.read(found.principal(HOSPITAL)) as tx:
        assert letters.letter(tx, LETTER).state is LetterState.ACCEPTED


def test_a_requirement_has_the_title_of_the_day_of_the_letter(found: Group) -> None:
    """In the list, on the page of the finding, and in the report; though it is answered after a change."""
    with found.workspace.registry.read(found.principal(HOSPITAL)) as tx:
        day = today_in_japan(tx.now)
    folder = found.workspace.path / "requirements"
    folder.mkdir()
    first, later = day - timedelta(days=30), day + timedelta(days=1)
    (folder / "own.yaml").write_text(
        "version: 1\nsource: 官報\ncorrect:\n  J.3.1.3:\n"
        f"    - {{from: {first}, until: {day}, ja: その日の題}}\n    - {{from: {later}, ja: 後の題}}\n",
        encoding="utf-8",
    )
    text = shown(opened(found, HOSPITAL, "assessments", finding="1"))
    assert "J.3.1.3　その日の題" in text
    assert "後の題" not in text
    dated(found, day - timedelta(days=40))
    for query in ({"finding": "1"}, {}):
        text = shown(opened(found, HOSPITAL, "assessments", **query))
        assert "J.3.1.3　個人情報保護リスクを洗い出し、評価する" in text
        assert "その日の題" not in text


def dated(group: Group, day: date) -> None:
    """Let the document of the findings be of another day."""
    with group.workspace.registry.write(bootstrap_principal(), reason="test") as tx:
        tx.session.get_one(FindingsLetter, LETTER).dated_on = day


def test_a_finding_entered_by_mistake_is_taken_out_after_a_question(found: Group) -> None:
    """The button waits until somebody is sure."""
    page = opened(found, HOSPITAL, "assessments", finding="1")
    assert next(each for each in page.button if each.key == "finding-remove").disabled
    page.checkbox(key="finding-sure").check().run()
    assert "指摘を取り消しました。" in shown(pressed(page, "指摘を取り消す"))


def test_others_find_nothing(found: Group) -> None:
    """Neither the finding nor the assessment of another entity; an executive reads and changes nothing."""
    for query in ({"finding": "1"}, {"assessment": "1"}):
        assert SAID not in shown(opened(found, GERMANY, "assessments", **query))
    page = opened(found, EXECUTIVE, "assessments", finding="1")
    assert SAID in shown(page)
    assert [each.label for each in page.button if each.key != "finding-back"] == []


def test_the_on_site_room(found: Group) -> None:
    """A schedule with a time that is none is refused; what is asked for is given; the index names pages."""
    page = opened(found, HOSPITAL, "assessments", assessment="1", view="visit")
    with found.workspace.registry.read(found.principal(HOSPITAL)) as tx:
        version = register.assessment(tx, FIRST).version
    for name, value in (("begins", "10"), ("ends", "11:00"), ("what", "トップインタビュー")):
        page.text_input(key=f"slot-{version}-0-{name}").set_value(value)
    assert "時刻は「09:30」の形で入れてください。" in shown(pressed(page, "日程を保存"))
    page.text_input(key=f"slot-{version}-0-begins").set_value("10:00")
    assert "10:00–11:00" in shown(pressed(page, "日程を保存"))
    page.text_area(key="interview-risks").set_value("誤送信")
    assert "答えを用意した問い 1 / 12" in shown(pressed(page, "答えを保存"))
    key = next(each.key for each in page.text_input if each.key and each.key.startswith("document-what"))
    page.text_input(key=key).set_value("委託契約書")
    assert "1 件を渡していません。" in shown(pressed(page, "求められた書類を記録"))
    key = next(each.key for each in page.text_input if each.key and each.key.startswith("document-given"))
    page.text_input(key=key).set_value("写し")
    assert "渡したことを記録しました。" in shown(pressed(page, "渡したことを記録"))
    assert "渡していないことに戻しました。" in shown(pressed(page, "渡していないことに戻す"))
    with found.workspace.registry.read(found.principal(HOSPITAL)) as tx:
        assert [each.given_at for each in visit.requested(tx, FIRST)] == [None]
    page = opened(found, HOSPITAL, "assessments", assessment="1", view="records")
    page.text_input(key="records-words").set_value("患者").run()
    text = shown(page)
    assert "入院患者一覧" in text
    assert "担当部長" not in text
    assert "2 年分の記録の一覧" in text
    assert "この付与の前の審査に" in shown(
        opened(found, HOSPITAL, "assessments", assessment="1", view="earlier")
    )


def test_the_report_as_pdf(found: Group) -> None:
    """It says what was found and done, that it is a draft until all is approved, and is always the same."""
    with found.workspace.registry.read(found.principal(HOSPITAL)) as tx:
        of, letter = register.assessment(tx, FIRST), letters.letter(tx, LETTER)
        case = Case(of, scope.units(tx), today_in_japan(tx.now), may=True)
    context = PageContext(found.workspace, found.principal(HOSPITAL), "ja")
    made = improvement.pdf(case, letter, "ja", context)
    text = text_of(made)
    for words in ("改善報告書", "MEDIS-DC）御中", "指摘文-1", SAID, "未回答", "下書き：承認されていない"):
        assert words in text
    assert improvement.pdf(case, letter, "ja", context) == made
    assert "Draft:someanswersarenotapproved" in text_of(improvement.pdf(case, letter, "en", context))


def test_a_file_is_attached_shown_with_its_hash_and_named_in_the_report(found: Group) -> None:
    """It is evidence enough; who may not read it sees that it is there; it is removed for a reason."""
    data = "改めた台帳".encode()
    page = opened(found, HOSPITAL, "assessments", finding="1")
    assert "ファイルが空です。" in shown(pressed(page, "添付する"))
    page.file_uploader[0].set_value(("台帳.txt", data, "text/plain"))
    text = shown(pressed(page, "添付する"))
    assert "添付しました。" in text
    assert "台帳.txt" in text
    assert hashlib.sha256(data).hexdigest() in text
    page.text_area(key="finding-answer-text").set_value("台帳に加えた")
    assert "回答を記録しました。" in shown(pressed(page, "回答を記録"))
    text = shown(opened(found, EXECUTIVE, "assessments", finding="1"))
    assert "閲覧の権限がないため表示しません" in text
    assert "台帳.txt" not in text
    with found.workspace.registry.read(found.principal(HOSPITAL)) as tx:
        of, letter = register.assessment(tx, FIRST), letters.letter(tx, LETTER)
        case = Case(of, scope.units(tx), today_in_japan(tx.now), may=True)
    for login, told in ((HOSPITAL, "台帳.txt"), (EXECUTIVE, "名称は示しません")):
        context = PageContext(found.workspace, found.principal(login), "ja")
        assert told in text_of(improvement.pdf(case, letter, "ja", context))
    page = opened(found, HOSPITAL, "assessments", finding="1")
    assert "削除する理由を入れてください。" in shown(pressed(page, "削除する"))
    page.text_input(key="finding-1-1-why").set_value("取り違え")
    assert "取り違え" in shown(pressed(page, "削除する"))


def test_a_finding_opens_its_corrective_action_and_is_answered_from_it(found: Group) -> None:
    """What the action found and did stands in the form of the answer, and its state in the report."""
    page = opened(found, HOSPITAL, "assessments", finding="1")
    assert next(each for each in page.text_area if each.key and each.key.endswith("-finding")).value == SAID
    text = shown(pressed(page, "是正処置を始める"))
    assert "是正処置を始めました。" in text
    assert "CA-0001　原因を調査中" in text
    assert "もとの記録を開く（審査）" in shown(opened(found, HOSPITAL, "actions", action="1"))
    with found.workspace.registry.write(found.principal(HOSPITAL), reason="test") as tx:
        today = today_in_japan(tx.now)
        analyse(tx, ActionId(1), 1)
        steps.plan(tx, ActionId(1), measure="控えを載せる", owner="課長", due_on=today, expected_version=2)
        steps.finish(tx, ActionId(1), result="載せた", on=today, review_by=today, expected_version=3)
    page = opened(found, HOSPITAL, "assessments", finding="1")
    assert page.text_area(key="finding-answer-text").value == "控えを載せる\n載せた"
    assert page.text_input(key="evidence-reference-0").value == "CA-0001"
    assert "CA-0001 を開く" in shown(pressed(page, "回答を記録"))
    assert "CA-0001　有効性を確認中" in shown(opened(found, HOSPITAL, "assessments", assessment="1"))
    with found.workspace.registry.read(found.principal(HOSPITAL)) as tx:
        of, letter = register.assessment(tx, FIRST), letters.letter(tx, LETTER)
        case = Case(of, scope.units(tx), today, may=True)
    context = PageContext(found.workspace, found.principal(HOSPITAL), "en")
    assert "CA-0001Effectbeingreviewed" in text_of(improvement.pdf(case, letter, "en", context))
