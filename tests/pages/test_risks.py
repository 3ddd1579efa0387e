"""The pages of the risk analysis for every persona: register, entry, form, acceptance, flow chart."""

from __future__ import annotations

import base64
import re
from dataclasses import replace
from datetime import timedelta
from xml.etree import ElementTree as ET

import pypdfium2
import pytest
from streamlit.testing.v1 import AppTest

from daicho.pages import flow_chart, tables
from daicho.pages.context import PageContext
from registry import accounts, journal, ledger, risk_analysis, risk_reopening
from registry.access import bootstrap_principal, today_in_japan
from registry.model import EntryId, Role
from registry.risk_levels import Level
from registry.risk_model import Analysis, RiskDraft, RiskState
from registry.threats import Phase
from tests.access.risks import fill
from tests.pages.group import Group
from tests.pages.test_pages import EXECUTIVE, GERMANY, HOSPITAL, NO_RIGHT, OFFICER, opened, pressed, shown

WARDS = EntryId(1)  # 入院患者一覧, of the hospital
MARK = "施錠した保管庫"


def analysed(group: Group, entry_id: EntryId = WARDS, login: str = OFFICER) -> Analysis:
    """Analyse an entry as the group's officer."""
    with group.workspace.registry.write(group.principal(login), reason="test") as tx:
        return fill(tx, entry_id, MARK)


def accepted(group: Group) -> Analysis:
    """Let the hospital accept what the group's officer wrote."""
    made = analysed(group)
    with group.workspace.registry.write(group.principal(HOSPITAL), reason="test") as tx:
        return risk_analysis.accept(tx, WARDS, expected_version=made.version)


def now(group: Group) -> Analysis:
    """Return the analysis as it stands."""
    with group.workspace.registry.read(bootstrap_principal()) as tx:
        return risk_analysis.analysis(tx, WARDS)


def field(test: AppTest, kind: str, label: str) -> object:
    """Return the first widget of a kind whose label begins so."""
    return next(each for each in getattr(test, kind) if each.label.startswith(label))


def page(group: Group, login: str = OFFICER, language: str = "ja", **query: str) -> AppTest:
    """Return the page of the hospital's entry."""
    return opened(group, login, "risks", language, entry=str(WARDS), **query)


@pytest.mark.parametrize("login", [OFFICER, HOSPITAL, EXECUTIVE, GERMANY])
@pytest.mark.parametrize("query", [{}, {"entry": "1"}, {"entry": "6"}, {"entry": "999999"}])
def test_every_page_opens_for_everybody(group: Group, login: str, query: dict[str, str]) -> None:
    """No page fails for any persona, in the language that the person reads."""
    language = "en" if login == GERMANY else "ja"
    assert "dc-title" in shown(opened(group, login, "risks", language, **query))


def test_who_may_not_read_the_ledger_sees_none_of_it(changeable: Group) -> None:
    """The page says whom to ask."""
    analysed(changeable)
    with changeable.workspace.registry.write(bootstrap_principal()) as tx:
        made = accounts.create_account(tx, "operator@towa.example", "走査担当", "correct horse battery", "ja")
        accounts.grant(tx, made, Role.SCAN_OPERATOR, changeable.units["HOSP"])
    people = changeable.people | {"operator@towa.example": made}
    text = shown(
        opened(Group(changeable.workspace, changeable.units, people), "operator@towa.example", "risks")
    )
    assert NO_RIGHT in text
    assert "入院患者一覧" not in text


def test_another_entity_sees_nothing_of_an_analysis(changeable: Group) -> None:
    """The hospital's entry looks absent to Germany."""
    analysed(changeable)
    assert "見つからないか、閲覧できません" in shown(page(changeable, GERMANY))
    assert MARK not in shown(opened(changeable, GERMANY, "risks"))


def test_the_register_says_what_is_open(changeable: Group) -> None:
    """Unanalysed entries are counted; analysed ones stand in list, matrix and due measures."""
    text = shown(opened(changeable, OFFICER, "risks"))
    assert "7\u00a0件の記載が未分析" in text
    assert "予定した対策はすべて実施済みか、まだありません。" in text
    analysed(changeable)
    text = shown(opened(changeable, OFFICER, "risks"))
    for words in (
        "6\u00a0件の記載が未分析",
        "承認待ち",
        "▲ 高",
        f"教育 {MARK}",
        "起こりやすさ まれ、影響 中くらい",
    ):
        assert words in text
    english = shown(opened(changeable, OFFICER, "risks", "en"))
    for words in ("Not analysed", "Likelihood Unlikely, impact Moderate", "What the steps of likelihood"):
        assert words in english


def test_filters_narrow_the_list_and_say_when_nothing_is_left(changeable: Group) -> None:
    """State, level, what is due, and a cell of the matrix."""
    analysed(changeable)
    test = opened(changeable, OFFICER, "risks")
    field(test, "selectbox", "状態").set_value(RiskState.ACCEPTED)  # type: ignore[attr-defined]
    assert "条件を外すと 7 件あります" in shown(test.run())
    field(test, "selectbox", "状態").set_value(RiskState.DRAFT)  # type: ignore[attr-defined]
    assert "1 件のうち 1–1 件目" in shown(test.run())
    test.session_state["risk-cell"] = "5-5"
    assert "条件を外すと 7 件あります" in shown(test.run())
    test = pressed(test, "マトリクスの絞り込みを外す")
    assert "1 件のうち 1–1 件目" in shown(test)
    field(test, "checkbox", "期限の近い").check()  # type: ignore[attr-defined]
    assert "遅れ 1 件" in shown(test.run())  # its measure was due in June
    field(test, "selectbox", "残留リスク").set_value(Level.CRITICAL)  # type: ignore[attr-defined]
    assert "条件を外すと 7 件あります" in shown(test.run())


def test_an_unanalysed_entry_says_what_to_do_next(group: Group) -> None:
    """The proposals stand phase by phase, and the first step is named."""
    text = shown(page(group, HOSPITAL))
    assert "次は、提案された脅威を判断します" in text
    for words in ("取得・入力", "消去・廃棄", "患者の取り違え（同姓同名）", "まだ分析されていません。"):
        assert words in text
    assert "Next: judge the proposed threats" in shown(page(group, HOSPITAL, "en"))


def test_who_may_only_read_gets_no_buttons(changeable: Group) -> None:
    """Executives see the analysis and cannot open its forms, not even by address."""
    analysed(changeable)
    test = page(changeable, EXECUTIVE, threat="acquire/acquire-too-much")
    assert {"残留リスクを承認", "自社の脅威を加える", "保存して次の脅威へ"} & {
        each.label for each in test.button
    } == set()
    assert MARK in shown(test)


def test_a_threat_is_judged_in_its_form(changeable: Group) -> None:
    """What the catalogue knows stands beside it; saved, the next open threat follows."""
    test = page(changeable, threat="acquire/acquire-too-much")
    text = shown(test)
    for words in ("必要のない項目まで取得する", "対策の例", "出典：", "ごくまれ — "):
        assert words in text
    field(test, "text_area", "今の対策").set_value(MARK)  # type: ignore[attr-defined]
    for label, value in (
        ("起こりやすさ", 3),
        ("影響の大きさ", 4),
        ("対策後の起こりやすさ", 2),
        ("対策後の影響の大きさ", 4),
    ):
        next(each for each in test.selectbox if each.label == label).set_value(value)
    field(test, "text_input", "対策 1").set_value("様式の見直し")  # type: ignore[attr-defined]
    field(test, "text_input", "担当者 1").set_value("総務部長")  # type: ignore[attr-defined]
    assert "対策の期限を入れてください。" in shown(pressed(test, "保存して次の脅威へ"))
    with changeable.workspace.registry.read(bootstrap_principal()) as tx:
        today = today_in_japan(tx.now)
    field(test, "date_input", "期限 1").set_value(today + timedelta(days=30))  # type: ignore[attr-defined]
    text = shown(pressed(test, "保存して次の脅威へ"))
    assert "1 件の脅威の判断を保存しました。" in text
    (risk,) = now(changeable).risks
    assert (risk.present, risk.level, risk.residual_level) == (MARK, 2, 1)
    assert [each.owner for each in risk.measures] == ["総務部長"]


def test_threats_are_left_out_with_a_reason(changeable: Group) -> None:
    """One by one or many at once; without a reason the page says so."""
    test = page(changeable, threat="acquire/acquire-too-much")
    field(test, "radio", "判断").set_value("left")  # type: ignore[attr-defined]
    assert "該当しない理由を入れてください。" in shown(pressed(test.run(), "保存して分析に戻る"))
    test = page(changeable)
    assert "該当しない脅威を選んでください。" in shown(pressed(test, "該当しないとして記録"))
    several = field(test, "multiselect", "該当しない脅威")
    several.set_value(["acquire/acquire-too-much", "erase/erase-missed"])  # type: ignore[attr-defined]
    field(test, "text_input", "該当しない理由").set_value("様式がない")  # type: ignore[attr-defined]
    assert "2 件の脅威の判断を保存しました。" in shown(pressed(test, "該当しないとして記録"))
    assert {each.left_reason for each in now(changeable).risks} == {"様式がない"}
    assert "該当しないとした脅威 2 件" in shown(page(changeable))


def test_an_own_threat_is_added(changeable: Group) -> None:
    """It needs a name, and stands in its phase."""
    test = page(changeable, threat="new")
    assert "脅威の名称を入れてください。" in shown(pressed(test, "保存して分析に戻る"))
    field(test, "text_input", "脅威の名称").set_value("鍵の複製")  # type: ignore[attr-defined]
    assert "鍵の複製" in shown(pressed(test, "保存して分析に戻る"))


def test_another_person_accepts_what_remains(changeable: Group) -> None:
    """The writer is told why not; the hospital's officer accepts, and the day of the review stands there."""
    analysed(changeable, login=HOSPITAL)
    assert "ご自身が書いた分析の残留リスクは承認できません。" in shown(
        pressed(page(changeable, HOSPITAL), "残留リスクを承認")
    )
    assert now(changeable).state is RiskState.DRAFT


def test_an_acceptance_names_who_and_until_when(changeable: Group) -> None:
    """The state changes, and further changes ask for a reason."""
    analysed(changeable)
    text = shown(pressed(page(changeable, HOSPITAL), "残留リスクを承認"))
    assert "残留リスクを承認しました。次の見直しは 1 年後です。" in text
    assert "中村 裕子" in text
    test = page(changeable, threat="new")
    field(test, "text_input", "脅威の名称").set_value("鍵の複製")  # type: ignore[attr-defined]
    assert "変更または再承認の理由を入れてください。" in shown(pressed(test, "保存して分析に戻る"))
    field(test, "text_input", "変更の理由").set_value("鍵を替えた")  # type: ignore[attr-defined]
    assert "鍵を替えた" in shown(pressed(test, "保存して分析に戻る"))


def test_a_measure_is_recorded_as_done(changeable: Group, monkeypatch: pytest.MonkeyPatch) -> None:
    """One press on its line; the acceptance stays."""
    made = accepted(changeable)
    (measure,) = [each for risk in made.risks for each in risk.measures]
    show = tables.show
    with monkeypatch.context() as patch:
        pressed_once = [str(measure.id)]
        patch.setattr(
            tables,
            "show",
            lambda table, key: (
                show(table, key) or (pressed_once.pop() if key == "risk-planned" and pressed_once else None)
            ),
        )
        assert "対策の実施を記録しました。" in shown(page(changeable))
    assert now(changeable).state is RiskState.ACCEPTED
    assert "1／1 件実施" in shown(page(changeable))


def test_a_reopened_analysis_says_why(changeable: Group) -> None:
    """On its page, in the list and on the entry; in both languages."""
    accepted(changeable)
    with changeable.workspace.registry.write(bootstrap_principal()) as tx:
        ledger.update_entry(tx, WARDS, expected_version=1, changes={"approximate_count": 9_000})
    PageContext(changeable.workspace, changeable.principal(OFFICER), "ja").reassess()
    said = "人数が 300 人から 9,000 人に増えました。"
    assert said in shown(page(changeable))
    assert said in shown(opened(changeable, OFFICER, "risks"))
    assert said in shown(opened(changeable, OFFICER, "ledger", entry=str(WARDS)))
    assert "The number of people rose from 300 to 9,000" in shown(page(changeable, language="en"))
    with changeable.workspace.registry.write(bootstrap_principal()) as tx:
        assert risk_reopening.reopen_due(tx, today_in_japan(tx.now)) == 0
        assert any(line.action == "risk_reopened" for line in journal.lines(tx))


def test_the_flow_is_drawn_from_the_entry(changeable: Group) -> None:
    """The picture is a well-formed image without links; the same stands there as text."""
    analysed(changeable)
    text = shown(page(changeable, HOSPITAL))
    found = re.search(r"data:image/svg\+xml;base64,([^']+)'", text)
    assert found is not None
    root = ET.fromstring(base64.b64decode(found[1]))
    words = "".join(root.itertext())
    for name in (
        "取扱いの流れ",
        "入院患者一覧",
        "病棟 フォルダー",
        "診療",
        "電子（共有フォルダー）",
        "◇ 中 1 件",
    ):
        assert name in words
    assert {each.tag.rpartition("}")[2] for each in root.iter()} <= {
        *("svg", "title", "desc", "rect", "path", "text", "g")
    }
    assert "病棟 フォルダー" not in shown(page(changeable, EXECUTIVE))
    assert "Storage and backup" in shown(page(changeable, HOSPITAL, "en"))


def test_the_flow_comes_as_pdf_too(changeable: Group) -> None:
    """Chart and list of risks; the same entry gives the same bytes."""
    made = analysed(changeable)
    with changeable.workspace.registry.read(bootstrap_principal()) as tx:
        entry = ledger.entry(tx, WARDS)
    context = PageContext(changeable.workspace, changeable.principal(HOSPITAL), "ja")
    chart = flow_chart.chart_of(entry, made, [], {}, context)
    pdf = flow_chart.pdf(chart, entry, made, context)
    assert pdf == flow_chart.pdf(chart, entry, made, context)
    document = pypdfium2.PdfDocument(pdf)
    title = next(iter(document[0].get_objects(filter=[pypdfium2.raw.FPDF_PAGEOBJ_TEXT])))
    assert pypdfium2.raw.FPDFTextObj_GetTextRenderMode(title) == 2  # filled and outlined: bold
    text = "".join("".join(page.get_textpage().get_text_bounded() for page in document).split())
    document.close()
    for words in ("取扱いの流れ", "入院患者一覧", MARK, "承認待ち", "▲高", "◇中"):
        assert words in text


def other_saves(group: Group, draft: RiskDraft) -> None:
    """Let the hospital's officer write while somebody else has the form open."""
    version = now(group).version
    with group.workspace.registry.write(group.principal(HOSPITAL)) as tx:
        risk_analysis.save(tx, WARDS, [draft], expected_version=version)


def test_two_people_on_different_threats_do_not_disturb_each_other(changeable: Group) -> None:
    """What was typed is saved, and what the other wrote stays."""
    test = page(changeable, threat="acquire/acquire-too-much")
    field(test, "text_area", "今の対策").set_value(MARK)  # type: ignore[attr-defined]
    other_saves(changeable, RiskDraft(Phase.ERASE, "erase-missed", present="一覧を作る"))
    assert "1 件の脅威の判断を保存しました。" in shown(pressed(test, "保存して分析に戻る"))
    assert {each.present for each in now(changeable).risks} == {MARK, "一覧を作る"}


def test_who_comes_second_on_the_same_threat_sees_what_the_first_wrote(changeable: Group) -> None:
    """Nothing is lost silently: the second sees it beside his own words, and may save again."""
    test = page(changeable, threat="acquire/acquire-too-much")
    field(test, "text_area", "今の対策").set_value(MARK)  # type: ignore[attr-defined]
    other_saves(changeable, RiskDraft(Phase.ACQUIRE, "acquire-too-much", present="様式の見直し"))
    text = shown(pressed(test, "保存して分析に戻る"))
    assert "中村 裕子 さんが先に変更しています" in text
    assert "様式の見直し" in text
    assert field(test, "text_area", "今の対策").value == MARK  # type: ignore[attr-defined]
    assert "保存しました。" in shown(pressed(test, "保存して分析に戻る"))
    assert [each.present for each in now(changeable).risks] == [MARK]


def test_nobody_accepts_what_he_was_not_shown(changeable: Group) -> None:
    """A change between reading and pressing is told; the next press is about what is shown now."""
    made = analysed(changeable)
    test = page(changeable, HOSPITAL)
    with changeable.workspace.registry.write(changeable.principal(OFFICER)) as tx:
        first = replace(made.risks[0], present="別の対策")
        draft = RiskDraft(**{name: getattr(first, name) for name in RiskDraft.__dataclass_fields__})
        risk_analysis.save(tx, WARDS, [draft], expected_version=1)
    assert "佐藤 恵 さんが先に変更しています" in shown(pressed(test, "残留リスクを承認"))
    assert now(changeable).state is RiskState.DRAFT
    assert "残留リスクを承認しました" in shown(pressed(test, "残留リスクを承認"))
