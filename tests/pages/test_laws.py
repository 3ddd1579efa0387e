"""Lists of laws on the page: decided, extended, changed, reviewed by one person and approved by another."""

from __future__ import annotations

from dataclasses import replace

import pytest

from daicho.pages import law_exports
from daicho.pages.context import PageContext
from privacy_mark.laws import entries, reviews
from privacy_mark.laws.model import Applies, ReviewId, ReviewState
from registry import accounts, journal, organisation
from registry.access import bootstrap_principal
from registry.model import Role
from tests.access.laws import decide_all, own
from tests.pages.group import Group
from tests.pages.test_pages import EXECUTIVE, GERMANY, HOSPITAL, OFFICER, opened, pressed, shown

TOP = "director@towa.example"


def _list(group: Group, login: str, code: str = "HOSP", language: str = "ja", **more: str) -> object:
    return opened(group, login, "laws", language, list=str(group.units[code]), **more)


def test_the_overview_leads_to_the_lists(group: Group) -> None:
    """Without a certificate and a list begun there is none to show until the box is cleared."""
    page = opened(group, OFFICER, "laws")
    assert "一覧はまだ作られていません。" in shown(page)
    page.checkbox(key="laws-only").set_value(False)
    text = shown(page.run())
    assert "桜台総合病院" in text
    assert "Laws and norms" in shown(opened(group, OFFICER, "laws", "en"))


@pytest.mark.parametrize(
    ("login", "code", "law", "there"),
    [
        (HOSPITAL, "HOSP", "医療法", True),
        (GERMANY, "DE", "Nothing is prepared for this country.", True),
        (GERMANY, "HOSP", "医療法", False),
        (HOSPITAL, "HOSP-1", "医療法", False),
    ],
)
def test_each_entity_has_its_own_list(group: Group, login: str, code: str, law: str, there: bool) -> None:
    """What is prepared depends on the kind and country; others' lists and lists of sites are not found."""
    text = shown(_list(group, login, code, "en" if login == GERMANY and there else "ja"))
    assert (law in text) == there
    assert ("この一覧は見つからないか、閲覧できません。" in text) != there


def test_who_may_only_read_finds_no_form(group: Group) -> None:
    """An executive reads what applies and decides nothing."""
    page = _list(group, EXECUTIVE, "LIFE")
    text = shown(page)
    assert "個人情報の保護に関する法律" in text or "このページは閲覧できません。" in text
    assert "一覧に加える" not in [button.label for button in page.button]  # type: ignore[attr-defined]


def test_a_norm_is_decided_on_corrected_and_its_change_noted(changeable: Group) -> None:
    """What is missing is named; afterwards the facts say what was decided."""
    page = _list(changeable, HOSPITAL, law="telecom")
    assert "この法令等は見つからないか" in shown(page)
    page = _list(changeable, HOSPITAL, law="next_generation")
    assert "適用の有無を選んでください。" in shown(pressed(page, "判断を保存"))
    page.radio(key="law-decide-applies").set_value(Applies.NOT)
    page.text_area(key="law-decide-reason").set_value("提供していない")
    page.text_input(key="law-decide-address").set_value("http://example.com")
    assert "https:// で始めてください。" in shown(pressed(page, "判断を保存"))
    page.text_input(key="law-decide-address").set_value("https://example.com/act")
    text = shown(pressed(page, "判断を保存"))
    assert "判断を保存しました。" in text
    assert "https://example.com/act" in text
    assert "改正の内容を入れてください。" in shown(pressed(page, "改正を記録"))
    page.text_area(key="law-amend-summary").set_value("仮名加工が加わった")
    page.text_area(key="law-amend-meaning").set_value("影響なし")
    assert "LA-0001" in shown(pressed(page, "改正を記録"))
    page.text_area(key="law-result-1").set_value("影響のないことを確かめた")
    assert "対応を記録しました。" in shown(pressed(page, "対応済みにする"))
    assert "影響のないことを確かめた" in shown(_list(changeable, HOSPITAL, law="next_generation"))


def test_several_are_decided_on_at_once_and_own_ones_added(changeable: Group) -> None:
    """Nothing is chosen beforehand; an addition needs a name."""
    page = _list(changeable, HOSPITAL)
    page.radio(key="laws-together-applies").set_value(Applies.APPLIES)
    page.text_area(key="laws-together-reason").set_value("病院である")
    assert "判断する法令等を選んでください。" in shown(pressed(page, "選んだ法令等を判断する"))
    page.multiselect(key="laws-together-chosen").set_value(["medical_care", "physicians"])
    assert "2 件を判断しました。" in shown(pressed(page, "選んだ法令等を判断する"))
    page.radio(key="law-add-applies").set_value(Applies.APPLIES)
    page.text_area(key="law-add-reason").set_value("所在地の条例")
    assert "法令等の名称を入れてください。" in shown(pressed(page, "一覧に加える"))
    page.text_input(key="law-add-name").set_value("桜台市条例")
    assert "桜台市条例" in shown(pressed(page, "一覧に加える"))
    with changeable.workspace.registry.read(changeable.principal(HOSPITAL)) as tx:
        lines = entries.law_list(tx, changeable.units["HOSP"])
    assert sum(line.version > 0 for line in lines) == 3


def test_the_review_is_approved_by_another_person(changeable: Group) -> None:
    """Who reviewed finds no button to approve; the other person does."""
    unit = changeable.units["HOSP"]
    with changeable.workspace.registry.write(bootstrap_principal()) as tx:
        top = accounts.create_account(tx, TOP, "院長 太郎", "correct horse battery", "en")
        accounts.grant(tx, top, Role.TOP_MANAGEMENT, unit)
    group = replace(changeable, people=changeable.people | {TOP: top})
    page = _list(changeable, HOSPITAL)
    assert "見直しを記録して承認を求める" not in [button.label for button in page.button]
    with changeable.workspace.registry.write(changeable.principal(HOSPITAL), reason="test") as tx:
        decide_all(tx, unit)
    page = _list(changeable, HOSPITAL)
    assert "見直しで確かめたことを入れてください。" in shown(pressed(page, "見直しを記録して承認を求める"))
    page.text_area(key="law-review-note").set_value("全件を確かめた")
    text = shown(pressed(page, "見直しを記録して承認を求める"))
    assert "別の方が承認します。" in text
    assert "見直しを承認する" not in [button.label for button in page.button]
    page = _list(group, TOP, language="en")
    assert "The review is approved." in shown(pressed(page, "Approve the review"))
    with changeable.workspace.registry.read(changeable.principal(HOSPITAL)) as tx:
        (made,) = reviews.reviews(tx, unit)
    assert (made.id, made.state) == (ReviewId(1), ReviewState.APPROVED)
    assert "次の見直しは" in shown(_list(changeable, HOSPITAL))


def test_the_list_is_shown_and_given_out_as_it_was_reviewed(changeable: Group) -> None:
    """With who reviewed it when; what was decided later is not in it, and each file is recorded."""
    unit = changeable.units["HOSP"]
    with changeable.workspace.registry.write(changeable.principal(HOSPITAL), reason="test") as tx:
        decide_all(tx, unit)
        made = reviews.submit(tx, unit, "全件を確かめた")
        entries.add(tx, unit, own("後から"))
    assert "見直した時点の一覧を開く" in [button.label for button in _list(changeable, HOSPITAL).button]
    page = opened(changeable, HOSPITAL, "laws", review=str(made.id))
    text = shown(page)
    assert "全件を確かめた" in text
    assert "後から" not in text
    with changeable.workspace.registry.read(changeable.principal(HOSPITAL)) as tx:
        found = reviews.copy_of(tx, made.id)
        hospital = organisation.unit(tx, unit)
    assert found.sha256 in text
    assert "Back to the list of today" in shown(opened(changeable, HOSPITAL, "laws", "en", review="1"))
    for query in ({"review": "1"}, {"review": "7"}):
        assert "この見直しは見つからないか" in shown(opened(changeable, GERMANY, "laws", **query))
    context = PageContext(changeable.workspace, changeable.principal(HOSPITAL), "ja")
    told = law_exports.made("csv", hospital, found.lines or (), "2026-04-01", context).decode("utf-8-sig")
    assert told.count("\n") == len(found.lines or ()) + 1
    assert law_exports.made("xlsx", hospital, found.lines or (), "", context)[:2] == b"PK"
    with changeable.workspace.registry.read(bootstrap_principal()) as tx:
        assert journal.newest_of(tx, "law_entry", "").action == str(journal.Action.RESULTS_EXPORTED)
