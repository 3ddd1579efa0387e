"""The pages of differences and disposals: what each person sees, does, and is told."""

from __future__ import annotations

import io
from datetime import timedelta

import pypdfium2
import pytest
from streamlit.testing.v1 import AppTest

from daicho.letters.compiler import compiler
from daicho.pages import certificate
from registry import accounts, cases, disposals, journal, ledger
from registry.access import bootstrap_principal, today_in_japan
from registry.assess import assess
from registry.case_states import Case, CaseState
from registry.cases import CaseFilter
from registry.disposal_states import Disposal, DisposalState
from registry.model import EntryId, Role
from tests.pages.group import Group
from tests.pages.test_pages import (
    EXECUTIVE,
    GERMANY,
    HOSPITAL,
    LOCATION,
    OFFICER,
    WORST,
    opened,
    pressed,
    shown,
)

ADMIN = "admin@towa.example"


def about(group: Group, object_id: str = WORST) -> Case:
    """Return the case that the worst object proves."""
    with group.workspace.registry.read(bootstrap_principal()) as tx:
        found = cases.case_about(tx, object_id)  # type: ignore[arg-type]  # an id of the tests
    assert found is not None
    return found


def test_the_list_shows_what_waits_and_the_filters_stay_in_the_address(group: Group) -> None:
    """The verdict counts; another state shows nothing and says how to see more."""
    test = opened(group, OFFICER, "cases")
    assert "件が対応待ち" in shown(test)
    assert LOCATION in shown(test)
    test.selectbox(key="filter-state").set_value("confirmed").run()
    assert test.query_params["state"] in ("confirmed", ["confirmed"])
    assert "条件に合う差異はありません。" in shown(test)
    test.button(key="cases-clear").click().run()
    assert LOCATION in shown(test)
    only = shown(opened(group, OFFICER, "cases", kind="count_drift"))
    assert "顧客一覧" in only
    assert LOCATION not in only


def test_an_executive_is_offered_no_step(group: Group) -> None:
    """The drawer tells kind, state and history, and neither the place nor a button."""
    case = about(group)
    test = opened(group, EXECUTIVE, "cases", case=str(case.id))
    text = shown(test)
    assert "対象の場所と見本は、個人情報保護管理者だけが見られます。" in text
    assert LOCATION not in text
    assert [each.key for each in test.button if (each.key or "").startswith("case-")] == []


def test_a_foreign_case_is_not_found(group: Group) -> None:
    """A number of another company's case or disposal tells nothing."""
    case = about(group)
    assert "This difference does not exist" in shown(opened(group, GERMANY, "cases", "en", case=str(case.id)))
    assert "This disposal does not exist" in shown(opened(group, GERMANY, "disposals", "en", disposal="1"))
    text = shown(opened(group, GERMANY, "disposals", "en", case=str(case.id)))
    assert "there is nothing to dispose of" in text
    assert LOCATION not in text


def test_several_are_assigned_at_once(changeable: Group) -> None:
    """All that are shown, to who may work on them, and the list says so."""
    test = opened(changeable, HOSPITAL, "cases")
    test.button(key="cases-all").click().run()
    assert "中村 裕子" in test.selectbox(key="cases-bulk-who").options
    pressed(test, next(each.label for each in test.button if each.key == "cases-assign"))
    assert "件の担当を決めました。" in shown(test)
    with changeable.workspace.registry.read(changeable.principal(HOSPITAL)) as tx:
        states = {each.state for each in cases.cases(tx, CaseFilter()).rows}
    assert states == {CaseState.ASSIGNED}


def test_an_explanation_is_approved_by_another_person(changeable: Group) -> None:
    """Proposed in the drawer by one, closed to the proposer, approved by another one."""
    case = about(changeable)
    test = opened(changeable, HOSPITAL, "cases", case=str(case.id))
    test.button(key="case-explain").click().run()
    assert "説明を入れてください。" in shown(test)
    test.text_area(key="case-explanation").set_value("今月中に移す")
    test.button(key="case-explain").click().run()
    assert "依頼しました。" in shown(test)
    assert test.button(key="case-approve").disabled
    other = opened(changeable, OFFICER, "cases", case=str(case.id))
    assert "今月中に移す" in shown(other)
    other.button(key="case-approve").click().run()
    assert "承認しました。" in shown(other)
    assert about(changeable).state is CaseState.EXPLAINED


def test_who_comes_too_late_is_told_who_was_first(changeable: Group) -> None:
    """A step on a stale case is refused with a name, and nothing is written over."""
    case = about(changeable)
    test = opened(changeable, OFFICER, "cases", case=str(case.id))
    other = opened(changeable, HOSPITAL, "cases", case=str(case.id))
    other.button(key="case-removed").click().run()
    assert "次の走査で確認します。" in shown(other)
    test.button(key="case-removed").click().run()
    assert "中村 裕子 さんが先に変更しています" in shown(test)


def test_comments_stand_in_the_history(changeable: Group) -> None:
    """With who said them; an empty one is refused."""
    case = about(changeable)
    test = opened(changeable, HOSPITAL, "cases", case=str(case.id))
    test.text_input(key="case-comment").set_value("健診センターに確認中")
    test.button(key="case-say").click().run()
    text = shown(test)
    assert "コメントを残しました。" in text
    assert "健診センターに確認中" in text
    test.button(key="case-say").click().run()
    assert "説明を入れてください。" in shown(test)


def test_a_difference_becomes_an_entry_with_one_click(changeable: Group) -> None:
    """The new-entry form is filled in from the case; saved, the case waits for a scan alone."""
    case = about(changeable)
    test = opened(changeable, HOSPITAL, "ledger", case=str(case.id))
    for each in (*test.text_input, *test.text_area):
        if not each.disabled and "（必須）" in each.label and not each.value:
            each.set_value("健診センター")
    next(each for each in test.button if each.label == "台帳に登録").click()
    test.run()
    with changeable.workspace.registry.read(changeable.principal(HOSPITAL)) as tx:
        made = ledger.entries(tx)[-1]
        now = cases.case(tx, case.id)
    assert made.items == case.found.categories
    assert (made.unit_id, made.approximate_count) == (case.unit_id, case.found.found)
    assert now.state is CaseState.LEDGER_CORRECTED
    message = shown(opened(changeable, GERMANY, "ledger", "en", case=str(case.id)))
    assert "No draft can be made from this difference." in message


def ordered(group: Group) -> Disposal:
    """Order the disposal of the worst object on the page as the hospital's officer."""
    test = opened(group, HOSPITAL, "disposals", case=str(about(group).id))
    next(each for each in test.button if each.label == "廃棄の承認を依頼").click().run()
    assert "廃棄の理由を入れてください。" in shown(test)
    next(each for each in test.text_area if "理由" in each.label).set_value("旧年度の写しのため")
    next(each for each in test.button if each.label == "廃棄の承認を依頼").click().run()
    assert "依頼しました。" in shown(test)
    with group.workspace.registry.read(bootstrap_principal()) as tx:
        (made,) = disposals.disposals(tx)
    return made


def decided(group: Group, login: str, made: Disposal, name: str) -> AppTest:
    """Press a button that asks first, and confirm."""
    test = opened(group, login, "disposals", disposal=str(made.id))
    test.button(key=f"disposal-{name}").click().run()
    assert "？" in "".join(each.value for each in test.warning)
    test.button(key=f"disposal-{name}-cancel").click().run()
    assert not test.warning
    test.button(key=f"disposal-{name}").click().run()
    return test.button(key=f"disposal-{name}-sure").click().run()


def test_a_disposal_from_the_order_to_the_certificate(changeable: Group) -> None:
    """One orders, cannot approve; another one approves; carried out it has a certificate and waits."""
    made = ordered(changeable)
    assert (
        opened(changeable, HOSPITAL, "disposals", disposal=str(made.id))
        .button(key="disposal-approve")
        .disabled
    )
    assert "承認しました。" in shown(decided(changeable, OFFICER, made, "approve"))
    test = decided(changeable, HOSPITAL, made, "execute")
    text = shown(test)
    assert "証明書番号 D-20" in text
    assert about(changeable).state is CaseState.DATA_REMOVED
    assert "実施済み（走査待ち）" in shown(opened(changeable, EXECUTIVE, "disposals"))
    assert LOCATION not in shown(opened(changeable, EXECUTIVE, "disposals", disposal=str(made.id)))
    with changeable.workspace.registry.read(bootstrap_principal()) as tx:
        assert disposals.disposal(tx, made.id).state is DisposalState.EXECUTED
        actions = {line.action for line in journal.lines(tx, limit=100)}
    assert {"disposal_ordered", "disposal_approved", "disposal_executed"} <= actions


@pytest.mark.parametrize("language", ["ja", "en"])
def test_the_certificate_is_the_same_file_each_time(changeable: Group, language: str) -> None:
    """Same facts, same bytes, also from a compiler made anew; places only for who may see them."""
    made = ordered(changeable)
    with changeable.workspace.registry.write(changeable.principal(OFFICER)) as tx:
        approved = disposals.decide(tx, made.id, expected_version=made.version, approve=True)
        disposals.execute(tx, made.id, expected_version=approved.version)
    texts = {}
    for login in (HOSPITAL, EXECUTIVE):
        with changeable.workspace.registry.read(changeable.principal(login)) as tx:
            proof = disposals.certificate(tx, made.id)
        first = certificate.pdf(proof, language)
        compiler.cache_clear()
        assert certificate.pdf(proof, language) == first
        texts[login] = _text(first)
    title = "廃棄証明書" if language == "ja" else "Certificate of Disposal"
    for text in texts.values():
        assert title in text
        assert "佐藤" in text
        assert ("単位" in text) is (language == "ja")
    assert LOCATION in texts[HOSPITAL]
    assert LOCATION not in texts[EXECUTIVE]


def _text(pdf: bytes) -> str:
    pages = pypdfium2.PdfDocument(io.BytesIO(pdf))
    return "".join(page.get_textpage().get_text_bounded() for page in pages)


def test_the_due_list_leads_to_an_order(changeable: Group) -> None:
    """An entry that ends soon is listed with its day; one without objects says that nothing was found."""
    with changeable.workspace.registry.write(changeable.principal(OFFICER)) as tx:
        entry = ledger.entry(tx, EntryId(2))
        until = today_in_japan(tx.now) + timedelta(days=30)
        ledger.update_entry(tx, entry.id, expected_version=entry.version, changes={"retention_until": until})
    empty = shown(opened(changeable, OFFICER, "disposals", entry="2"))
    assert "期限の来る対象は見つかっていません" in empty  # no comparison has seen the new day yet
    with changeable.workspace.registry.write(changeable.principal(OFFICER)) as tx:
        assess(tx, changeable.workspace.findings, as_of=today_in_japan(tx.now))
    text = shown(opened(changeable, OFFICER, "disposals"))
    assert "人間ドックの結果" in text
    assert "あと 30 日" in text
    asked = shown(opened(changeable, OFFICER, "disposals", entry="2"))
    assert "新しい廃棄の依頼" in asked
    assert "人間ドック_2024.csv" in asked


def test_a_worker_sees_neither_page(changeable: Group) -> None:
    """Both say that they are not for him."""
    with changeable.workspace.registry.write(bootstrap_principal()) as tx:
        login = "worker@towa.example"
        changeable.people[login] = accounts.create_account(tx, login, "従業者", "a password for tests", "ja")
        accounts.grant(tx, changeable.people[login], Role.WORKER, changeable.units["HOSP"])
    for page in ("cases", "disposals"):
        assert "このページは閲覧できません" in shown(opened(changeable, login, page))
