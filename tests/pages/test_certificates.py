"""The pages of certificates and yearly plans for every persona: lists, forms, decisions."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from streamlit.testing.v1 import AppTest

from daicho.tick import JOBS
from privacy_mark.certificates import accidents, register, rounds, year_revisions, years
from privacy_mark.certificates.fees import Size
from privacy_mark.certificates.model import CertificateId, Scale, State
from privacy_mark.certificates.steps import Step
from privacy_mark.certificates.year_model import YearId, YearState
from privacy_mark.certificates.years import Change
from registry import accounts
from registry.access import bootstrap_principal, today_in_japan
from registry.errors import ReferenceFileError
from registry.model import Role
from tests.access import assessments, changes
from tests.access.bases import APPROVER, RECORDER
from tests.access.certificates import SCALE, fill, submitted, term
from tests.pages.group import Group
from tests.pages.test_pages import (
    EXECUTIVE,
    GERMANY,
    HOSPITAL,
    NO_RIGHT,
    OFFICER,
    opened,
    pressed,
    shown,
)

MARK = "第18820040(07)号"
TOP, ADMIN = "top@towa.example", "admin@towa.example"


def today(group: Group) -> date:
    """Return the day that the group stands at."""
    with group.workspace.registry.read(bootstrap_principal()) as tx:
        return today_in_japan(tx.now)


def held(group: Group, days: int = 200) -> CertificateId:
    """Register a certificate of the hospital that ends so many days from now."""
    until = today(group) + timedelta(days=days)
    with group.workspace.registry.write(group.principal(HOSPITAL), reason="test") as tx:
        return register.register(
            tx, group.units["HOSP"], "medis", scale=SCALE, term=term(18_820_040, until)
        ).id


def field(test: AppTest, kind: str, label: str) -> object:
    """Return the first widget of a kind whose label begins so."""
    return next(each for each in getattr(test, kind) if each.label.startswith(label))


@pytest.mark.parametrize("login", [OFFICER, HOSPITAL, EXECUTIVE, GERMANY])
@pytest.mark.parametrize("page", ["pm_certificates", "pms_years"])
def test_every_page_opens_for_everybody(group: Group, login: str, page: str) -> None:
    """No page fails for any persona, empty, and with an address of something absent."""
    language = "en" if login == GERMANY else "ja"
    assert "dc-title" in shown(opened(group, login, page, language))
    for query in ({"certificate": "999999"}, {"year": "999999"}, {"certificate": "x", "year": "x"}):
        assert "dc-title" in shown(opened(group, login, page, language, **query))


def test_who_holds_no_right_is_told_whom_to_ask(changeable: Group) -> None:
    """A scan operator sees neither certificates nor plans."""
    with changeable.workspace.registry.write(bootstrap_principal()) as tx:
        made = accounts.create_account(tx, "operator@towa.example", "走査担当", "correct horse battery", "ja")
        accounts.grant(tx, made, Role.SCAN_OPERATOR, changeable.units["HOSP"])
    group = replace(changeable, people=changeable.people | {"operator@towa.example": made})
    for page in ("pm_certificates", "pms_years"):
        assert NO_RIGHT in shown(opened(group, "operator@towa.example", page))


def test_empty_states_say_what_to_do(group: Group) -> None:
    """Who may register is told how; who may not is told that there is nothing."""
    assert "下の「付与を登録する」から登録してください" in shown(opened(group, OFFICER, "pm_certificates"))
    assert "見られる付与はまだありません" in shown(opened(group, EXECUTIVE, "pm_certificates"))
    assert "下の「年間計画を作る」から作ってください" in shown(opened(group, HOSPITAL, "pms_years"))


def test_a_certificate_is_registered_and_refused_in_words(changeable: Group) -> None:
    """The form says what is wrong, and the new certificate stands in the list."""
    test = opened(changeable, HOSPITAL, "pm_certificates")
    field(test, "text_input", "登録番号").set_value("18820040")  # type: ignore[attr-defined]
    field(test, "date_input", "有効期間の開始日").set_value(date(2025, 6, 1))  # type: ignore[attr-defined]
    assert "第18820040(07)号」の形で" in shown(pressed(test, "付与を登録"))
    field(test, "text_input", "登録番号").set_value(MARK)  # type: ignore[attr-defined]
    test = pressed(test, "付与を登録")
    text = shown(test)
    assert "付与を登録しました" in text
    assert MARK in text
    assert "2027/05/31" in text  # two years, less a day
    assert "カレンダーに書き出す" in text


def test_the_list_is_filtered_and_shows_nothing_to_another_entity(changeable: Group) -> None:
    """What comes next narrows it; Germany sees none of the hospital's."""
    held(changeable)
    test = opened(changeable, OFFICER, "pm_certificates")
    assert "更新申請の受付終了" in shown(test)
    assert "知らせる先" in shown(test)
    field(test, "selectbox", "次に来ること").select_index(0)  # type: ignore[attr-defined]
    assert "条件を外すと 1 件あります" in shown(test.run())
    assert MARK not in shown(opened(changeable, GERMANY, "pm_certificates", "en"))
    assert "見つからないか、閲覧できません" in shown(
        opened(changeable, GERMANY, "pm_certificates", certificate="1")
    )
    assert "Renewal window closes" in shown(opened(changeable, OFFICER, "pm_certificates", "en"))


def test_an_application_is_begun_and_its_days_entered(changeable: Group) -> None:
    """The steps get days; entering the first one ends the window's reminder."""
    made = held(changeable)
    page = {"certificate": str(made)}
    test = pressed(opened(changeable, HOSPITAL, "pm_certificates", **page), "日程を作る")
    assert "申請の日程を作りました" in shown(test)
    field(test, "date_input", "申請の実施日").set_value(today(changeable))  # type: ignore[attr-defined]
    test = pressed(test, "日程を保存")
    assert "日程を保存しました" in shown(test)
    with changeable.workspace.registry.read(bootstrap_principal()) as tx:
        (begun,) = rounds.rounds(tx, made)
    assert begun.steps[Step.APPLICATION].actual == today(changeable)
    test = pressed(test, "付与を記録")
    text = shown(test)
    assert "付与を記録しました" in text
    assert "の 第18820040(08)号 が付与されています" in text
    assert "付与適格" in text
    assert MARK in shown(opened(changeable, ADMIN, "units", opened="HOSP"))


def test_window_accidents_and_end_are_kept(changeable: Group) -> None:
    """The window by hand needs a reason; an accident has its deadlines; an end asks first."""
    made = held(changeable)
    page = {"certificate": str(made)}
    test = opened(changeable, HOSPITAL, "pm_certificates", **page)
    with changeable.workspace.registry.read(bootstrap_principal()) as tx:
        window = register.certificate(tx, made).window
    assert window is not None
    later = window.closes + timedelta(days=3)
    field(test, "date_input", "受付終了日").set_value(later)  # type: ignore[attr-defined]
    assert "理由を入れてください" in shown(pressed(test, "受付期間を保存"))
    field(test, "text_input", "理由（規則と").set_value("案内の写し")  # type: ignore[attr-defined]
    assert "受付期間は手で決めています：案内の写し" in shown(pressed(test, "受付期間を保存"))
    test = pressed(opened(changeable, HOSPITAL, "pm_certificates", **page), "事故を登録")
    assert "事故を登録しました" in shown(test)
    assert "J-0001" in shown(test)
    assert "事故の是正処置を始める" in shown(test)
    raised = opened(changeable, HOSPITAL, "actions", source="incident", reference="J-0001")
    raised.selectbox(key="actions-new-0-requirement").set_value("J.4.4.2")
    raised.text_area(key="actions-new-0-finding").set_value("連絡網が古かった")
    assert "登録しました。" in shown(pressed(raised, "不適合を登録"))
    test = opened(changeable, HOSPITAL, "pm_certificates", **page)
    assert "是正処置 CA-0001 を開く" in shown(test)
    field(test, "date_input", "確報を出した日").set_value(today(changeable))  # type: ignore[attr-defined]
    assert "提出を記録しました" in shown(pressed(test, "提出を記録"))
    with changeable.workspace.registry.read(bootstrap_principal()) as tx:
        assert accidents.accidents(tx, made)[0].full_sent == today(changeable)
    test = opened(changeable, HOSPITAL, "pm_certificates", **page)
    assert next(each for each in test.button if each.label == "終わりを記録").disabled
    test.checkbox(key="certificate-sure").check()
    test.text_input(key="certificate-why").set_value("統合のため")
    assert "終わりを記録しました" in shown(pressed(test.run(), "終わりを記録"))
    with changeable.workspace.registry.read(bootstrap_principal()) as tx:
        assert register.certificate(tx, made).state is State.WITHDRAWN


def test_an_application_after_the_window_asks_for_a_reason_and_stays_late(changeable: Group) -> None:
    """The reason is asked for in words and shown; the page says that the window had closed."""
    made = held(changeable, 60)
    page = {"certificate": str(made)}
    test = pressed(opened(changeable, HOSPITAL, "pm_certificates", **page), "日程を作る")
    assert "その日に申請する理由を入れてください" in shown(test)
    field(test, "text_input", "受付期間の外に申請する理由").set_value("相談済み")  # type: ignore[attr-defined]
    field(test, "date_input", "申請を予定する日").set_value(today(changeable))  # type: ignore[attr-defined]
    assert "受付期間の外に申請する理由：相談済み" in shown(pressed(test, "日程を作る"))
    test = opened(changeable, HOSPITAL, "pm_certificates", **page)
    field(test, "date_input", "申請の実施日").set_value(today(changeable))  # type: ignore[attr-defined]
    assert "が終わってから申請しています" in shown(pressed(test, "日程を保存"))
    english = shown(opened(changeable, HOSPITAL, "pm_certificates", "en", **page))
    assert "Applied for after the renewal window closed" in english


def test_within_the_window_no_reason_is_asked_for(changeable: Group) -> None:
    """The field appears with a day outside the window, before anything is sent, and goes with one inside."""

    def asked(page: AppTest) -> bool:
        return any(each.label.startswith("受付期間の外") for each in page.text_input)

    made = held(changeable)
    test = opened(changeable, HOSPITAL, "pm_certificates", certificate=str(made))
    day = field(test, "date_input", "申請を予定する日")
    assert not asked(test)
    assert asked(day.set_value(today(changeable) + timedelta(days=190)).run())  # type: ignore[attr-defined]
    assert not asked(day.set_value(today(changeable)).run())  # type: ignore[attr-defined]
    test = pressed(test, "日程を作る")
    assert not asked(test)
    planned = field(test, "date_input", "申請の予定日")
    assert asked(planned.set_value(today(changeable) + timedelta(days=190)).run())  # type: ignore[attr-defined]


def test_an_accident_is_corrected_and_withdrawn(changeable: Group) -> None:
    """A trigger found later gives 60 days; what proved to be none is withdrawn for a reason, after asking."""
    made = held(changeable)
    page = {"certificate": str(made)}
    found_on = today(changeable) - timedelta(days=3)
    with changeable.workspace.registry.write(changeable.principal(HOSPITAL), reason="test") as tx:
        accidents.add(tx, made, kind="leak", discovered_on=found_on)
    test = opened(changeable, HOSPITAL, "pm_certificates", **page)
    field(test, "multiselect", "速報が要る事情").set_value(["improper"])  # type: ignore[attr-defined]
    assert "報告の期限を数え直しました" in shown(pressed(test, "事故の変更を保存"))
    with changeable.workspace.registry.read(bootstrap_principal()) as tx:
        (found,) = accidents.accidents(tx, made)
    assert (found.full_due - found_on).days == 59
    test = opened(changeable, HOSPITAL, "pm_certificates", **page)
    field(test, "text_input", "事故ではないと分かった理由").set_value("誤検知")  # type: ignore[attr-defined]
    assert "確認の印を付けてください" in shown(pressed(test, "事故を取り下げる"))
    field(test, "checkbox", "J-0001 を取り下げますか").check()  # type: ignore[attr-defined]
    assert "事故を取り下げました" in shown(pressed(test, "事故を取り下げる"))
    english = shown(opened(changeable, HOSPITAL, "pm_certificates", "en", **page))
    assert "Withdrawn: 誤検知" in english
    assert "Save the accident" not in english


def test_fees_are_entered_in_a_file_of_the_workspace(changeable: Group) -> None:
    """The amounts that the product does not know are shown with their file; a wrong line is named."""
    made = held(changeable)
    page = {"certificate": str(made)}
    assert "新しい金額は未確認です" in shown(opened(changeable, HOSPITAL, "pm_certificates", **page))
    folder = changeable.workspace.path / "certificates"
    folder.mkdir()
    sizes = "\n".join(
        f"        {size}: {{application: 1, assessment: 2, registration: 1231}}" for size in Size
    )
    text = f"""version: 1
source: 審査機関の案内
fees:
  periods:
    - from: 2026-10-01
      confidence: high
      new:
{sizes}
      renewal:
{sizes}
"""
    (folder / "fees.yaml").write_text(text, encoding="utf-8")
    known = shown(opened(changeable, HOSPITAL, "pm_certificates", **page))
    assert "1,234 円" in known
    assert "金額は訂正ファイル fees.yaml によります。" in known
    (folder / "fees.yaml").write_text(text.replace("1231", "x", 1), encoding="utf-8")
    wrong = shown(opened(changeable, HOSPITAL, "pm_certificates", **page))
    assert "次の行を直してください。" in wrong
    assert "fees.yaml:8: fees.periods[1].new.small.registration" in wrong
    assert "新しい金額は未確認です" in wrong
    with pytest.raises(ReferenceFileError, match=r"fees\.yaml:8"):
        JOBS["certificate_facts"].run(changeable.workspace, bootstrap_principal(), today(changeable))


def test_an_unknown_size_is_not_called_unassessed(changeable: Group) -> None:
    """Without workers the size class is not known, and what to enter is said."""
    with changeable.workspace.registry.write(changeable.principal(HOSPITAL), reason="test") as tx:
        made = register.register(tx, changeable.units["HOSP"], "medis", scale=Scale("services"))
    english = shown(opened(changeable, HOSPITAL, "pm_certificates", "en", certificate=str(made.id)))
    assert "Not assessed" not in english
    assert "The size is not known" in english


def test_who_may_only_read_gets_no_forms(changeable: Group) -> None:
    """Executives see days and facts and can change none."""
    made = held(changeable)
    with changeable.workspace.registry.write(bootstrap_principal()) as tx:
        rounds.start(tx, made, apply_on=today(changeable))
    test = opened(changeable, EXECUTIVE, "pm_certificates", certificate=str(made))
    assert "審査の手順" in shown(test)
    assert {"日程を保存", "付与を記録", "変更を保存", "事故を登録"} & {
        each.label for each in test.button
    } == set()


def test_a_yearly_plan_goes_from_draft_to_done(changeable: Group) -> None:
    """Made by the hospital's officer, approved by its top management, an item done."""
    with changeable.workspace.registry.write(bootstrap_principal()) as tx:
        top = accounts.create_account(tx, TOP, "院長 太郎", "correct horse battery", "ja")
        accounts.grant(tx, top, Role.TOP_MANAGEMENT, changeable.units["HOSP"])
    group = replace(changeable, people=changeable.people | {TOP: top})
    held(group)
    overview = opened(group, HOSPITAL, "pms_years")
    assert "計画のない単位" in shown(overview)
    assert "計画の案を作りました" in shown(pressed(overview, "年間計画を作成する"))
    test = opened(group, HOSPITAL, "pms_years", year="1")
    assert "目的を 1 つ以上" in shown(pressed(test, "承認を依頼"))
    field(test, "text_input", "目的 1").set_value("誤送信を減らす")  # type: ignore[attr-defined]
    field(test, "text_input", "達成の測り方 1").set_value("件数")  # type: ignore[attr-defined]
    test = pressed(test, "目的を保存")
    assert "誤送信を減らす" in shown(test)
    field(test, "text_input", "マネジメントレビューの担当").set_value("事務局")  # type: ignore[attr-defined]
    assert "事務局" in shown(pressed(test, "期限と担当を保存"))
    test = pressed(test, "承認を依頼")
    assert "承認を依頼しました" in shown(test)
    assert "計画を承認" not in {each.label for each in test.button}
    assert "計画を承認しました" in shown(pressed(opened(group, TOP, "pms_years", year="1"), "計画を承認"))
    test = opened(group, HOSPITAL, "pms_years", year="1")
    assert "実施の記録（文書名や保管場所）を入れてください" in shown(pressed(test, "実施を記録"))
    field(test, "text_input", "実施の記録").set_value("議事録 1")  # type: ignore[attr-defined]
    assert "議事録 1" in shown(pressed(test, "実施を記録"))
    with group.workspace.registry.read(bootstrap_principal()) as tx:
        found = years.year(tx, YearId(1))
    assert (found.state, sum(not each.is_open for each in found.items)) == (YearState.APPROVED, 1)
    english = shown(opened(group, OFFICER, "pms_years", "en", year="1"))
    for words in ("Management review", "Approved by", "Record what was done"):
        assert words in english


def test_a_plan_is_sent_back_with_a_reason(changeable: Group) -> None:
    """Who decides says what to change, and the author reads it."""
    with changeable.workspace.registry.write(bootstrap_principal()) as tx:
        top = accounts.create_account(tx, TOP, "院長 太郎", "correct horse battery", "ja")
        accounts.grant(tx, top, Role.TOP_MANAGEMENT, changeable.units["HOSP"])
    group = replace(changeable, people=changeable.people | {TOP: top})
    with group.workspace.registry.write(group.principal(HOSPITAL), reason="test") as tx:
        made = submitted(tx, group.units["HOSP"], today(group).replace(day=1))
    test = opened(group, TOP, "pms_years", year=str(made.id))
    assert "理由を入れてください" in shown(pressed(test, "計画を差し戻す"))
    field(test, "text_input", "差し戻す理由").set_value("監査を早める")  # type: ignore[attr-defined]
    assert "計画を差し戻しました" in shown(pressed(test, "計画を差し戻す"))
    assert "差し戻されました：監査を早める" in shown(opened(group, HOSPITAL, "pms_years", year=str(made.id)))


def test_an_approved_plan_is_changed_on_its_page(changeable: Group) -> None:
    """The officer asks with a reason, top management approves, and the plan before can be read."""
    with changeable.workspace.registry.write(bootstrap_principal()) as tx:
        top = accounts.create_account(tx, TOP, "院長 太郎", "correct horse battery", "ja")
        accounts.grant(tx, top, Role.TOP_MANAGEMENT, changeable.units["HOSP"])
    group = replace(changeable, people=changeable.people | {TOP: top})
    with group.workspace.registry.write(RECORDER, reason="test") as tx:
        made = submitted(tx, group.units["HOSP"], today(group).replace(day=1))
    with group.workspace.registry.write(APPROVER, reason="test") as tx:
        years.approve(tx, made.id, expected_version=made.version)
    test = opened(group, HOSPITAL, "pms_years", year=str(made.id))
    assert "理由を入れてください" in shown(pressed(test, "改定の承認を依頼"))
    field(test, "text_input", "改定の理由").set_value("組織の変更")  # type: ignore[attr-defined]
    assert "計画と違うところがありません" in shown(pressed(test, "改定の承認を依頼"))
    field(test, "text_input", "マネジメントレビューの担当").set_value("監査室")  # type: ignore[attr-defined]
    test = pressed(test, "改定の承認を依頼")
    assert "承認を待つ改定" in shown(test)
    assert {"改定を承認", "改定の承認を依頼"}.isdisjoint(each.label for each in test.button)
    assert "改定の依頼を取り下げました" in shown(pressed(test, "改定の依頼を取り下げる"))
    test = opened(group, HOSPITAL, "pms_years", year=str(made.id))
    field(test, "text_input", "改定の理由").set_value("組織の変更")  # type: ignore[attr-defined]
    field(test, "text_input", "マネジメントレビューの担当").set_value("監査室")  # type: ignore[attr-defined]
    pressed(test, "改定の承認を依頼")
    theirs = opened(group, TOP, "pms_years", year=str(made.id))
    assert "改定の依頼を取り下げる" not in {each.label for each in theirs.button}
    assert "年間計画を承認する" in shown(opened(group, TOP, "today", unit="HOSP"))
    listed = shown(opened(group, HOSPITAL, "pms_years"))
    assert "改定 1\u00a0件が承認を待っています。" in listed
    assert "改定の承認待ち" in listed
    assert "1 change waits for approval." in shown(opened(group, HOSPITAL, "pms_years", "en"))
    test = pressed(opened(group, TOP, "pms_years", year=str(made.id)), "改定を承認")
    assert "改定前の計画も残っています" in shown(test)
    test = opened(group, OFFICER, "pms_years", "en", year=str(made.id))
    for said in ("組織の変更", "Approved by", "1 item changes", "Before", "The plan before: ", "監査室"):
        assert said in shown(test), said
    (label,) = (each.label for each in test.expander if "Change approved" in each.label)
    assert label.endswith("　Change approved")  # what people wrote is no Markdown


def test_a_returned_change_still_says_what_was_asked(changeable: Group) -> None:
    """With who sent it back and why; the plan is as it was."""
    unit_id = changeable.units["HOSP"]
    with changeable.workspace.registry.write(RECORDER, reason="test") as tx:
        made = submitted(tx, unit_id, today_in_japan(tx.now))
    with changeable.workspace.registry.write(APPROVER, reason="test") as tx:
        years.approve(tx, made.id, expected_version=made.version)
    with changeable.workspace.registry.write(RECORDER, reason="test") as tx:
        of = years.year(tx, made.id)
        first = next(each for each in of.items if each.is_open)
        asked = year_revisions.propose(
            tx,
            of.id,
            {first.id: Change(first.due_on, "監査室")},
            reason="組織の変更",
            expected_version=of.version,
        )
    with changeable.workspace.registry.write(APPROVER, reason="test") as tx:
        year_revisions.send_back(tx, asked.id, note="時期が早い", expected_version=asked.version)
    text = shown(opened(changeable, HOSPITAL, "pms_years", year=str(made.id))).replace("\u00a0", " ")
    for said in ("変わる項目 1 件", "監査室", "差し戻した方", "差し戻しの理由", "時期が早い"):
        assert said in text, said
    assert "改定前の計画：" not in text


def test_what_records_show_is_finished_on_the_plan(changeable: Group) -> None:
    """The item says which record shows it; a press finishes it, and the page then names the record."""
    with changeable.workspace.registry.write(RECORDER, reason="test") as tx:
        made = submitted(tx, changeable.units["HOSP"], today_in_japan(tx.now))
    with changeable.workspace.registry.write(APPROVER, reason="test") as tx:
        years.approve(tx, made.id, expected_version=made.version)
    page = opened(changeable, HOSPITAL, "pms_years", year=str(made.id))
    assert "記録あり" in shown(page)
    assert f"計画の承認 {made.number}" in shown(page)
    said = shown(pressed(page, "記録のある項目を実施済みにする"))
    assert "記録のある項目を実施済みにしました。" in said
    assert f"本製品の記録：計画の承認 {made.number}" in said
    assert "記録あり" not in said
    english = shown(opened(changeable, HOSPITAL, "pms_years", "en", year=str(made.id)))
    assert f"Records of this product: Plan approved {made.number}" in english


def test_a_certificate_lists_its_change_reports_and_assessments(changeable: Group) -> None:
    """What was reported of it and what assessors found stand on its page, each with its next day."""
    unit_id = changeable.units["HOSP"]
    with changeable.workspace.registry.write(bootstrap_principal(), reason="test") as tx:
        made = fill(tx, unit_id)
        reported = changes.fill(tx, made.applied_id, "")
        found = assessments.fill(tx, unit_id, made.round_id, "")
    text = shown(opened(changeable, HOSPITAL, "pm_certificates", certificate=str(made.applied_id)))
    assert "変更報告 3 件" in text
    assert f"CH-{reported.merger_id:04d}" in text
    assert f"S-{found.assessment_id:04d}" in text
    assert "この単位の変更報告を開く" in text
    other = shown(opened(changeable, HOSPITAL, "pm_certificates", "en", certificate=str(made.certificate_id)))
    assert "No change reports yet." in other
    assert "Assessments and findings" not in other
