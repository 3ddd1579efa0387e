"""The pages of training: what comes before access, for who gives it and for who waits for it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from daicho.pages import addresses, answer_sheets, navigation
from daicho.pages.context import PageContext
from privacy_mark.training import courses, joining, own, roster_import, sheets
from privacy_mark.training.content import ready_made
from privacy_mark.training.joining import Gate
from privacy_mark.training.model import Audience, CourseId, Cycle
from privacy_mark.training.roster_lines import NO_FILE
from registry import accounts, journal, processors
from registry.access import bootstrap_principal, today_in_japan
from registry.journal import Action
from registry.model import Role
from registry.processors import ProcessorDraft
from tests.access.training import course, line, right_answers
from tests.pages.group import PASSWORD, Group
from tests.pages.test_pages import EXECUTIVE, HOSPITAL, opened, pressed, shown
from tests.pages.test_units import ADMIN, uploaded

NURSE = "nurse@towa.example"


@pytest.fixture
def hospital(changeable: Group) -> Group:
    """Return the group whose hospital has a course before access, and a nurse who joins today."""
    at = changeable.units["HOSP"]
    with changeable.workspace.registry.write(bootstrap_principal(), reason="test") as tx:
        today = today_in_japan(tx.now)
        draft = course(
            at,
            title_ja="入職時の教育",
            title_en="On joining",
            audience=Audience.NEW,
            cycle=Cycle.JOINING,
            starts_on=today - timedelta(days=30),
            before_access=True,
        )
        made = courses.create(tx, draft)
        courses.publish(tx, made.id, ready_made("joining"), expected_version=1)
        worker = line("HOSP", "9001", name="看護 花", joined_on=today, login=NURSE)
        roster_import.apply(tx, roster_import.plan(tx, at, [worker], NO_FILE))
        changeable.people[NURSE] = accounts.create_account(tx, NURSE, "看護 花", PASSWORD, "ja", unit_id=at)
    return changeable


def ruled(group: Group, gate: Gate) -> None:
    """Say what the hospital does."""
    with group.workspace.registry.write(bootstrap_principal(), reason="test") as tx:
        version = joining.rule(tx, group.units["HOSP"]).version
        joining.set_rule(tx, group.units["HOSP"], gate, expected_version=version)


def taken(group: Group, *, wrong: int = 0) -> CourseId:
    """Let the nurse take the test."""
    with group.workspace.registry.write(group.principal(NURSE), reason="test") as tx:
        (assigned,) = own.assignments(tx)
        begun = own.begin(tx, assigned.worker_id, assigned.course.id)
        own.submit(tx, begun.attempt_id, right_answers(tx, begun.attempt_id, wrong=wrong), language="ja")
        return assigned.course.id


def giving(group: Group) -> AppTest:
    """Return the nurse's page after somebody tried to give her a role."""
    test = opened(group, ADMIN, "people", opened=str(group.people[NURSE]))
    test.selectbox(key="grant-role").set_value(Role.DEPARTMENT_MANAGER)
    options = test.selectbox(key="grant-unit").options
    test.selectbox(key="grant-unit").select_index(
        next(place for place, each in enumerate(options) if each.endswith("　HOSP"))
    )
    return pressed(test, "役割を追加")


def test_a_role_is_refused_with_the_course_and_the_way_to_it(hospital: Group) -> None:
    """As the hospital says: told, or refused until the nurse has passed, or not mentioned."""
    page = {"opened": str(hospital.people[NURSE])}
    assert "まだ合格していません：「入職時の教育」" in shown(opened(hospital, ADMIN, "people", **page))
    ruled(hospital, Gate.OFF)
    assert "入職時の教育" not in shown(opened(hospital, ADMIN, "people", **page))
    ruled(hospital, Gate.REFUSE)
    said = "「入職時の教育」に合格するまで、役割は与えられません。本人がサインインし、「自分の教育」で受けて"
    assert said in shown(giving(hospital))
    english = shown(opened(hospital, ADMIN, "people", "en", **page))
    assert "No role is given before the person passes “On joining”." in english
    taken(hospital)
    assert "役割を追加しました。" in shown(giving(hospital))


def test_a_table_of_people_says_the_same_by_row(hospital: Group) -> None:
    """Told beside the role that is given, or refused with the course, in both languages."""
    table = f"メールアドレス,氏名,所属,役割\n{NURSE},看護 花,HOSP,部門管理者\n".encode()

    def tried(language: str = "ja") -> str:
        page = opened(hospital, ADMIN, "people", language)
        return shown(pressed(uploaded(page, "people.csv", table), "試す" if language == "ja" else "Try"))

    assert "役割の追加 部門管理者 HOSP（未合格の必須教育：「入職時の教育」）" in tried()
    assert " HOSP (training not passed yet: “On joining”)" in tried("en")
    ruled(hospital, Gate.REFUSE)
    assert "「入職時の教育」に合格するまで、役割は与えられません。" in tried()
    assert "No role is given before the person passes “On joining”." in tried("en")
    taken(hospital)
    text = tried()
    assert "役割の追加 部門管理者 HOSP" in text
    assert "入職時の教育" not in text


def test_who_was_given_no_role_is_told_why(hospital: Group) -> None:
    """The own training names what comes before a role, until it is passed."""
    ruled(hospital, Gate.REFUSE)
    said = "役割は、「入職時の教育」に合格してから与えられます。"
    assert said in shown(opened(hospital, NURSE, "my_training"))
    english = shown(opened(hospital, NURSE, "my_training", "en"))
    assert "You will be given a role once you pass “On joining”." in english
    taken(hospital)
    assert said not in shown(opened(hospital, NURSE, "my_training"))


def test_who_waits_sees_the_own_training_and_what_opens_the_rest(
    hospital: Group, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The menu has nothing else; the page names the course, until it is passed."""
    ruled(hospital, Gate.REFUSE)
    waiting = replace(hospital.principal(NURSE), held_back=True)
    offered: list[str | None] = []

    def page(_show: object, *, url_path: str | None, **_rest: object) -> None:
        offered.append(url_path)

    with monkeypatch.context() as patched:
        patched.setattr(st, "Page", page)
        navigation._pages(PageContext(hospital.workspace, waiting, "ja"))
    assert offered == [None, addresses.MY_TRAINING]
    monkeypatch.setattr(Group, "principal", lambda _self, _login: waiting)
    assert "「入職時の教育」に合格すると、ほかの画面を使えます。" in shown(
        opened(hospital, NURSE, "my_training")
    )
    assert "Pass “On joining” to open the other pages." in shown(opened(hospital, NURSE, "my_training", "en"))
    taken(hospital)
    assert "ほかの画面を使えます" not in shown(opened(hospital, NURSE, "my_training"))


def test_the_handling_is_set_where_courses_are(hospital: Group) -> None:
    """The page shows what holds, saves what is chosen, and says since when people are held back."""
    test = opened(hospital, HOSPITAL, "training_courses", unit="HOSP")
    assert "アクセス権の付与前の教育の扱い（今：知らせる）" in shown(test)
    next(each for each in test.radio if each.label == "合格していないとき").set_value(Gate.REFUSE)
    text = shown(pressed(test, "扱いを保存"))
    assert "アクセス権の付与前の教育の扱いを保存しました。" in text
    assert "アクセス権の付与前の教育の扱い（今：付与しない）" in text
    assert "以後に入社した人は、合格するまで「自分の教育」だけを使えます。" in text


def test_names_of_who_is_late_are_shown_today_with_a_record_of_it(changeable: Group) -> None:
    """Who looks at the names of untrained workers leaves one record a day, as on the page of training."""
    at = changeable.units["HOSP"]
    with changeable.workspace.registry.write(bootstrap_principal(), reason="test") as tx:
        day = today_in_japan(tx.now)
        made = courses.create(tx, course(at, starts_on=day - timedelta(days=60)))
        courses.publish(tx, made.id, ready_made("all_workers"), expected_version=1)
        opens = day - timedelta(days=40)
        courses.open_round(tx, made.id, opens_on=opens, due_on=day - timedelta(days=1), expected_version=1)
        roster_import.apply(tx, roster_import.plan(tx, at, [line("HOSP", "9001", name="看護 花")], NO_FILE))

    def views() -> list[str]:
        with changeable.workspace.registry.read(bootstrap_principal()) as tx:
            wanted = journal.JournalFilter(action=Action.LIST_VIEWED, unit_id=at)
            return [each.table for each in journal.lines(tx, wanted=wanted)]

    assert "看護 花" not in shown(opened(changeable, EXECUTIVE, "today", unit="HOSP"))
    assert "training" not in views()
    for _ in range(2):
        assert "看護 花" in shown(opened(changeable, HOSPITAL, "today", unit="HOSP"))
    assert views().count("training") == 1


def test_suppliers_are_taught_by_the_record_of_each(changeable: Group) -> None:
    """The page shows who is not known to be taught, takes a record, and says what it lacks."""
    at = changeable.units["HOSP"]
    with changeable.workspace.registry.write(bootstrap_principal(), reason="test") as tx:
        draft = course(
            at, title_ja="委託先の教育", audience=Audience.SUPPLIERS, starts_on=today_in_japan(tx.now)
        )
        made = courses.create(tx, draft)
        courses.publish(tx, made.id, ready_made("suppliers"), expected_version=1)
        day = today_in_japan(tx.now)
        courses.open_round(tx, made.id, opens_on=day, due_on=day, expected_version=1)
        processors.add_processor(tx, ProcessorDraft(at, "桜台クリーニング", contract="業務委託契約"))
    page = {"unit": "HOSP", "course": str(made.id)}
    test = opened(changeable, HOSPITAL, "training", **page)
    assert "実施が未確認の委託先は 1 件です。" in shown(test)
    english = shown(opened(changeable, HOSPITAL, "training", "en", **page))
    assert "Not confirmed" in english
    assert "Not assessed" not in english
    assert "委託先、人数、証拠を入れてください。" in shown(pressed(test, "実施を記録"))
    test = opened(changeable, HOSPITAL, "training", **page)
    test.selectbox(key=f"supplier-who-{made.id}").select_index(0)
    test.number_input(key=f"supplier-people-{made.id}").set_value(7)
    test.text_input(key=f"supplier-evidence-{made.id}").set_value("受講報告書（契約書綴り）")
    text = shown(pressed(test, "実施を記録"))
    for words in ("委託先の実施を記録しました。", "受講報告書（契約書綴り）", "未確認の委託先は 0 件です。"):
        assert words in text
    english = shown(opened(changeable, HOSPITAL, "training", "en", **page))
    assert "Suppliers under contract: 1; not known to be trained: 0." in english


def test_answer_sheets_lead_from_the_course_to_each_question(hospital: Group) -> None:
    """Who may see single workers finds the sheet and its PDF; others are told nothing of it."""
    number = taken(hospital, wrong=4)
    page = {"unit": "HOSP", "course": str(number)}
    text = shown(opened(hospital, HOSPITAL, "training", **page))
    for words in ("答案（1 件）", "看護 花", "すべての項目"):
        assert words in text
    with hospital.workspace.registry.read(hospital.principal(HOSPITAL)) as tx:
        (row,) = sheets.sheets(tx, hospital.units["HOSP"], number, today_in_japan(tx.now)).rows
        found = sheets.sheet(tx, row.id)
    context = PageContext(hospital.workspace, hospital.principal(HOSPITAL), "ja")
    for language in ("ja", "en"):
        test = opened(hospital, HOSPITAL, "training", language, sheet=str(row.id))
        assert found.lines[0].text.of(language) in shown(test)
        assert answer_sheets.pdf(found, {}, replace(context, language=language)).startswith(b"%PDF-")
    assert "この答案は見つからないか、担当する範囲の外です。" in shown(
        opened(hospital, EXECUTIVE, "training", sheet=str(row.id))
    )
    assert "答案（" not in shown(opened(hospital, EXECUTIVE, "training", **page))


def test_ones_own_sheet_keeps_the_right_answers_until_one_has_passed(hospital: Group) -> None:
    """The worker opens it from the own results."""
    taken(hospital, wrong=4)
    with hospital.workspace.registry.read(hospital.principal(NURSE)) as tx:
        (past,) = own.results(tx)
    text = shown(opened(hospital, NURSE, "my_training", sheet=str(past.id)))
    assert "正しい答えは、合格した後に示します。" in text
    assert "正しい答え：" not in text
    assert "見つからないか" in shown(opened(hospital, NURSE, "my_training", sheet="987654"))
    taken(hospital)
    assert "正しい答え：" in shown(opened(hospital, NURSE, "my_training", sheet=str(past.id)))


def test_numbers_of_few_are_a_dash_to_who_may_not_see_single_workers(hospital: Group) -> None:
    """The page says why, in both languages; who keeps the training sees the numbers."""
    page = {"unit": "HOSP", "course": str(taken(hospital))}
    assert "少人数で個人が分かるため" not in shown(opened(hospital, HOSPITAL, "training", **page))
    text = shown(opened(hospital, EXECUTIVE, "training", **page))
    for words in ("少人数のため、個人が分かる人数は示しません。", "「—」は、少人数で個人が分かるため"):
        assert words in text
    english = shown(opened(hospital, EXECUTIVE, "training", "en", **page))
    assert "“—”: not shown, as so few people could be recognised." in english


def test_a_test_about_material_of_before_is_begun_again(hospital: Group) -> None:
    """When other material came while it was answered, the page says so and offers to begin again."""
    with hospital.workspace.registry.read(hospital.principal(NURSE)) as tx:
        (mine,) = own.assignments(tx)
    test = opened(hospital, NURSE, "my_training", course=f"{mine.worker_id}-{mine.course.id}")
    test = pressed(test, "理解度テストを始める")
    with hospital.workspace.registry.write(bootstrap_principal(), reason="test") as tx:
        courses.publish(tx, mine.course.id, ready_made("joining") + "\n# new\n", expected_version=1)
    for each in test.radio:
        each.set_value(0)
    test = pressed(test, "提出する")
    assert "始めた後に実施回か教材が新しくなりました" in shown(test)
    assert "理解度テストを始める" in [each.label for each in test.button]
