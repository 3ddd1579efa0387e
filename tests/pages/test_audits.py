"""Internal audits on the pages: planned, assigned or told why not, filled in, ended, reported, printed."""

from __future__ import annotations

import io
from datetime import date, timedelta

import pypdfium2
import pytest
from streamlit.testing.v1 import AppTest

from daicho.pages.audit_letters import auditor_letters, manager_letter
from daicho.pages.audit_report import paper_pdf, proof_pdf, report_pdf
from daicho.pages.context import PageContext
from privacy_mark.audits import appointments, assigning, audits, profiles, programmes
from privacy_mark.audits.assignment import AuditKind
from privacy_mark.audits.model import (
    AuditId,
    AuditState,
    PaperResult,
    ProfileDraft,
    ProgrammeId,
    ProgrammeScope,
)
from registry import accounts, affiliations
from registry.access import bootstrap_principal, today_in_japan
from registry.affiliations import AffiliationKind
from registry.errors import NotFound
from registry.model import Grant, Principal, Role, UserId
from registry.store import Tx
from registry.store.audit_tables import AuditRecord
from tests.access.audits import answer, appointed, draft
from tests.pages.group import Group
from tests.pages.test_pages import EXECUTIVE, GERMANY, HOSPITAL, OFFICER, opened, pressed, shown

ADMIN, AUDITOR = "admin@towa.example", "auditor@towa.example"
FIRST, FACT = ProgrammeId(1), "書庫の鍵が鍵穴に残っていた"
_PROGRAMME = {"programme": "1"}


def top(group: Group) -> Principal:
    """Return the representative of the hospital."""
    return Principal(UserId(902), "長谷川 明", (Grant(Role.TOP_MANAGEMENT, group.units["HOSP"]),))


@pytest.fixture
def planned(changeable: Group) -> Group:
    """Return the group with an approved programme of the hospital, and an account of an auditor."""
    registry = changeable.workspace.registry
    with registry.write(bootstrap_principal(), reason="test") as tx:
        changeable.people[AUDITOR] = accounts.create_account(
            tx, AUDITOR, "大野 真理", None, "ja", unit_id=changeable.units["HOSP"]
        )
        today = today_in_japan(tx.now)
    with registry.write(changeable.principal(ADMIN), reason="test") as tx:
        programmes.plan(tx, _draft(changeable, today))
        appointed(tx, changeable.units["HOSP"], changeable.people[ADMIN])
    with registry.write(top(changeable), reason="test") as tx:
        programmes.approve(tx, FIRST, expected_version=1)
    return changeable


def _draft(group: Group, today: date) -> programmes.ProgrammeDraft:
    return draft(
        group.units["HOSP"],
        today.year,
        scope=ProgrammeScope.DEPARTMENTS,
        first=today,
        last=today + timedelta(days=30),
    )


@pytest.fixture
def assigned(planned: Group) -> Group:
    """Return the group after all audits of the hospital's sites were given to the one auditor."""
    with planned.workspace.registry.write(planned.principal(ADMIN), reason="test") as tx:
        _register(planned, tx)
        assigning.fix(tx, FIRST, expected_version=2)
    return planned


def _register(group: Group, tx: Tx) -> None:
    needs = frozenset({profiles.Competence.MEDICAL})
    profiles.keep(
        tx, ProfileDraft(group.units["HOSP"], group.people[AUDITOR], 4, needs, evidence="監査員研修 修了")
    )


def _of(group: Group, kind: AuditKind) -> audits.Audit:
    with group.workspace.registry.read(group.principal(ADMIN)) as tx:
        return next(each for each in audits.audits(tx) if each.kind is kind)


def _do(group: Group, audit_id: AuditId, *, leave: str = "") -> None:
    """Answer all questions of an audit but one, and end it unless one is left."""
    with group.workspace.registry.write(group.principal(AUDITOR), reason="test") as tx:
        of = audits.audit(tx, audit_id)
        done = {paper.item for paper in audits.papers(tx, audit_id)}
        for item in audits.questions(tx, of.id):
            if item.id != leave and item.id not in done:
                audits.fill(tx, audit_id, answer(item.id))
        if not leave:
            version = audits.audit(tx, audit_id).version
            audits.finish(tx, audit_id, conclusion="おおむね良好", expected_version=version)


@pytest.mark.parametrize("login", [ADMIN, OFFICER, HOSPITAL, EXECUTIVE, GERMANY])
def test_the_empty_page_says_what_there_is_to_do(group: Group, login: str) -> None:
    """Who plans finds the form; the others are told that there is nothing yet."""
    text = shown(opened(group, login, "audits"))
    assert ("下から今年度の計画を作ってください。" in text) == (login == ADMIN)
    assert ("見られる監査計画はまだありません。" in text) == (login != ADMIN)


def test_a_programme_is_planned_on_the_page_and_not_approved_by_its_planner(changeable: Group) -> None:
    """Without aim it is refused; it is there once, and twice is refused."""
    page = opened(changeable, ADMIN, "audits")
    assert "監査の目的と基準を入れてください。" in shown(pressed(page, "計画を作る"))
    page.text_area(key="audits-plan-aim").set_value("指針への適合")
    assert "計画を作りました。" in shown(pressed(page, "計画を作る"))
    page.text_area(key="audits-plan-aim").set_value("指針への適合")
    assert "この年度の監査計画はすでにあります。" in shown(pressed(page, "計画を作る"))
    page = opened(changeable, ADMIN, "audits", **_PROGRAMME)
    assert "ご自身の計画は承認できません。" in shown(page)
    assert [button.disabled for button in page.button if button.label == "計画を承認"] == [True]


def test_what_cannot_be_assigned_says_who_is_lacking_and_the_register_mends_it(planned: Group) -> None:
    """The bottleneck is named; an entry in the register makes it possible, and it is fixed on the page."""
    page = pressed(opened(planned, ADMIN, "audits", **_PROGRAMME), "割当てを試す")
    text = shown(page)
    assert "<b>4\u00a0件を割り当てられません。</b>独立性は緩めません。" in text
    assert "独立した方を名簿に加える（4 件分）" in text
    register = opened(planned, ADMIN, "audits", auditors=str(planned.units["HOSP"]))
    assert "力量を示すもの（研修・資格など）を入れてください。" in shown(pressed(register, "名簿に保存"))
    with planned.workspace.registry.write(planned.principal(ADMIN), reason="test") as tx:
        _register(planned, tx)
    register = opened(planned, ADMIN, "audits", "en", auditors=str(planned.units["HOSP"]))
    assert "Medical" in shown(register)
    page = pressed(opened(planned, ADMIN, "audits", **_PROGRAMME), "割当てを試す")
    assert "<b>4\u00a0件をすべて割り当てられます。</b>" in shown(page)
    text = shown(pressed(page, "この割当てに決める"))
    assert "割り当てました。" in text
    assert "大野 真理" in text


def test_an_auditor_without_a_role_finds_and_does_his_audit(assigned: Group) -> None:
    """Her own audits stand on her page by name; a nonconformity asks first, and the end needs a tick."""
    of = _of(assigned, AuditKind.OPERATION)
    text = shown(opened(assigned, AUDITOR, "audits"))
    assert "自分が担当する監査" in text
    assert "桜台総合病院" in text
    _do(assigned, of.id, leave="J.9.2-o")
    page = opened(assigned, AUDITOR, "audits", audit=str(of.id))
    assert "結果を選んでください。" in shown(pressed(page, "保存して次へ"))
    _answer(page, of.id, PaperResult.NONCONFORMING)
    assert "確かめた事実を入れてください。" in shown(pressed(page, "保存して次へ"))
    page.text_area(key=f"audit-{of.id}-J.9.2-o-0-fact").set_value(FACT)
    assert "軽微な不適合として是正処置を始めますか？" in shown(pressed(page, "保存して次へ"))
    text = shown(pressed(page, "是正処置を始める"))
    assert "すべて答えました。" in text
    assert "CA-0001" in text
    page.text_area(key=f"audit-conclusion-{of.id}").set_value("施錠のほかは良好")
    assert "チェックを入れてください。" in shown(pressed(page, "監査を終える"))
    page.checkbox(key=f"audit-end-sure-{of.id}").check()
    assert "監査を終えました。" in shown(pressed(page, "監査を終える"))
    assert _of(assigned, AuditKind.OPERATION).state is AuditState.DONE
    assert FACT in shown(opened(assigned, ADMIN, "audits", "en", **_PROGRAMME))


def _answer(page: AppTest, of: AuditId, result: PaperResult) -> None:
    page.segmented_control(key=f"audit-{of}-J.9.2-o-0-result").set_value(result)


def test_it_is_reported_received_by_another_and_printed(assigned: Group) -> None:
    """The report names finding and auditor, the proof her competence; the same facts give the same bytes."""
    with assigned.workspace.registry.write(assigned.principal(AUDITOR), reason="test") as tx:
        of = next(each for each in audits.audits(tx) if each.kind is AuditKind.OPERATION)
        audits.fill(tx, of.id, answer("J.9.2-o", result=PaperResult.NONCONFORMING, fact=FACT))
    with assigned.workspace.registry.read(assigned.principal(ADMIN)) as tx:
        everything = [each.id for each in audits.audits(tx)]
    for each in everything:
        _do(assigned, each)
    page = opened(assigned, ADMIN, "audits", **_PROGRAMME)
    assert "総評を入れてください。" in shown(pressed(page, "トップマネジメントに報告"))
    page.text_area(key="programme-overall").set_value("施錠を求める")
    assert "報告しました。" in shown(pressed(page, "トップマネジメントに報告"))
    with assigned.workspace.registry.write(top(assigned), reason="test") as tx:
        programmes.receive(tx, FIRST, expected_version=4)
    for language, title in (("ja", "監査報告書"), ("en", "Audit report")):
        context = PageContext(assigned.workspace, assigned.principal(ADMIN), language)
        report = report_pdf(FIRST, context)
        assert report == report_pdf(FIRST, context)
        told = _words(report)
        assert [each for each in (title, FACT, "CA-0001", "大野", "長谷川") if each not in told] == []
        assert "監査員研修" in _words(proof_pdf(FIRST, context))
        assert FACT in _words(paper_pdf(of.id, context))


def test_the_proof_lists_who_goes_on_for_longer_than_wished(assigned: Group) -> None:
    """It says that this is avoided where possible, and where it was not."""
    context = PageContext(assigned.workspace, assigned.principal(ADMIN), "ja")
    told = _words(proof_pdf(FIRST, context))
    assert "できるだけ避ける。超えて続ける監査はない。" in told
    with assigned.workspace.registry.write(bootstrap_principal(), reason="test") as tx:
        row = tx.session.get_one(AuditRecord, _of(assigned, AuditKind.OPERATION).id)
        row.proof_json = row.proof_json.replace('"repeats": false', '"repeats": true')
    assert "大野 真理）" in _words(proof_pdf(FIRST, context)).partition("超えて続ける監査：")[2][:40]


def _words(pdf: bytes) -> str:
    document = pypdfium2.PdfDocument(io.BytesIO(pdf))
    pages = (document[number].get_textpage().get_text_bounded() for number in range(len(document)))
    return "".join(pages).replace("\r\n", "")


def test_the_auditor_is_changed_on_the_page_or_told_why_nobody_else_may(assigned: Group) -> None:
    """Alone in the register there is nobody else; who manages the hospital is named with the reason."""
    of = _of(assigned, AuditKind.CONFORMITY)
    manager = ProfileDraft(assigned.units["HOSP"], assigned.people[HOSPITAL], 4, evidence="研修")
    with assigned.workspace.registry.write(bootstrap_principal(), reason="test") as tx:
        affiliations.affiliate(
            tx, assigned.people[HOSPITAL], assigned.units["HOSP"], AffiliationKind.CONCURRENT
        )
        profiles.keep(tx, manager)
    text = shown(opened(assigned, ADMIN, "audits", audit=str(of.id)))
    assert "ほかに、この監査を行える方は名簿にいません。" in text
    assert "この部門を管理している" in text


def test_others_find_nothing(assigned: Group) -> None:
    """Neither another entity nor a made-up number; the register is for who plans."""
    of = str(_of(assigned, AuditKind.OPERATION).id)
    for query in ({"audit": of}, {"audit": "77"}, {"programme": "1"}, {"programme": "77"}):
        assert "は見つからないか、閲覧できません。" in shown(opened(assigned, GERMANY, "audits", **query))
    register = {"auditors": str(assigned.units["HOSP"])}
    assert "このページは閲覧できません。" in shown(opened(assigned, GERMANY, "audits", **register))


def test_top_management_appoints_on_the_page(changeable: Group) -> None:
    """Who holds the role is appointed, and the last day is recorded."""
    group = changeable.units["GROUP"]
    with changeable.workspace.registry.write(bootstrap_principal(), reason="test") as tx:
        who = accounts.create_account(tx, "manager@towa.example", "小林 誠", None, "ja", unit_id=group)
        accounts.grant(tx, who, Role.AUDIT_MANAGER, group)
    page = opened(changeable, ADMIN, "audits", managers=str(group))
    assert "任命の記録はまだありません。" in shown(page)
    assert page.selectbox(key="audit-appoint-who").options == ["小林 誠"]  # no administrator
    page.selectbox(key="audit-appoint-who").set_value(who)
    text = shown(pressed(page, "任命する"))
    assert "任命しました。" in text
    assert "任命中" in text
    page.selectbox(key="audit-appoint-who").set_value(who)
    assert "この期間にすでに任命されています。" in shown(pressed(page, "任命する"))
    assert "最後の日を記録しました。" in shown(pressed(page, "最後の日を記録"))
    for login, told in (
        (OFFICER, "任命するのは、この組織のトップマネジメントです。"),
        (GERMANY, "閲覧できません"),
    ):
        assert told in shown(opened(changeable, login, "audits", managers=str(group)))


def test_the_plan_of_who_is_not_appointed_waits(changeable: Group) -> None:
    """The page of the programme says so and leads to the appointments."""
    with changeable.workspace.registry.write(changeable.principal(ADMIN), reason="test") as tx:
        today = today_in_japan(tx.now)
        of = draft(changeable.units["GROUP"], today.year, first=today, last=today + timedelta(days=30))
        programmes.plan(tx, of)
    text = shown(opened(changeable, ADMIN, "audits", **_PROGRAMME))
    assert "高橋 健一 さんは、個人情報保護監査責任者に任命されていません。" in text


def test_what_units_ask_is_said_on_the_page(changeable: Group) -> None:
    """Region, language and competence of a unit; who does not plan is shown nothing."""
    group, life = changeable.units["GROUP"], changeable.units["LIFE"]
    page = opened(changeable, ADMIN, "audits", terms=str(group))
    assert "まだ条件がありません。" in shown(page)
    page = page.selectbox(key="audit-terms-unit").set_value(life).run()
    page.selectbox(key=f"audit-terms-{life}-0-region").set_value("kinki")
    page.selectbox(key=f"audit-terms-{life}-0-language").set_value("en")
    text = shown(pressed(page, "条件を保存"))
    assert "保存しました。次の割当てから使います。" in text
    assert "東和ライフケア" in text
    assert "Kinki" in shown(opened(changeable, ADMIN, "audits", "en", terms=str(group)))
    assert "閲覧できません" in shown(opened(changeable, OFFICER, "audits", terms=str(group)))


@pytest.mark.parametrize(
    ("language", "manager", "auditor"),
    [
        ("ja", "個人情報保護監査責任者に任命します", "監査員に任命します"),
        ("en", "You are hereby appointed audit manager of", "You are hereby appointed auditor"),
    ],
)
def test_letters_of_appointment_are_printed(
    assigned: Group, language: str, manager: str, auditor: str
) -> None:
    """By top management to the manager, by him to every auditor with his audits; the same bytes again."""
    context = PageContext(assigned.workspace, assigned.principal(ADMIN), language)
    at = assigned.units["HOSP"]
    with context.read() as tx:
        (held,) = appointments.appointments(tx, at)
        count = len(audits.audits(tx, programme_id=FIRST))
    letter, letters = manager_letter(at, held.id, context), auditor_letters(FIRST, context)
    assert (letter, letters) == (manager_letter(at, held.id, context), auditor_letters(FIRST, context))
    assert manager in _words(letter)
    assert held.name in _words(letter)
    assert held.appointer in _words(letter)
    assert auditor in _words(letters)
    assert "大野 真理" in _words(letters)
    assert _words(letters).count("まで）" if language == "ja" else ", by ") == count
    for unknown in (
        lambda: manager_letter(assigned.units["LIFE"], held.id, context),
        lambda: auditor_letters(ProgrammeId(987_654), context),
    ):
        with pytest.raises(NotFound):
            unknown()
    shown_words = shown(opened(assigned, ADMIN, "audits", language, **_PROGRAMME))
    assert ("監査員の任命書（PDF）" if language == "ja" else "Letters of appointment (PDF)") in shown_words
