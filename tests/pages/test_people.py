"""The pages of people and their rights: who manages users adds and ends; rules are told in words."""

from __future__ import annotations

from datetime import date

import pytest
from streamlit.testing.v1 import AppTest

from registry import accounts, journal, people
from registry.access import bootstrap_principal
from registry.affiliations import AffiliationKind
from registry.model import Role
from registry.people import Membership
from tests.pages.group import Group
from tests.pages.test_pages import EXECUTIVE, GERMANY, HOSPITAL, NO_RIGHT, OFFICER, opened, pressed, shown
from tests.pages.test_units import ADMIN, choose, fill, uploaded

BOSS, NURSE = "boss@towa.example", "nurse@towa.example"


def member(group: Group, login: str) -> Membership:
    """Return a person as the owner of the machine sees them."""
    with group.workspace.registry.read(bootstrap_principal()) as tx:
        return people.member(tx, people.person(tx, login).user_id)


def page_of(group: Group, login: str, who: str = ADMIN, language: str = "ja") -> AppTest:
    """Return the page of one person."""
    return opened(group, who, "people", language, opened=str(group.people[login]))


@pytest.fixture
def boss(changeable: Group) -> Group:
    """Return the group with an administrator of the hospital and a nurse whom he manages."""
    with changeable.workspace.registry.write(bootstrap_principal()) as tx:
        hospital = changeable.units["HOSP"]
        for login, name, role in (
            (BOSS, "病院 長", Role.ADMINISTRATOR),
            ("nurse@towa.example", "看護 花", Role.WORKER),
        ):
            made = accounts.create_account(tx, login, name, None, "ja", unit_id=hospital)
            accounts.grant(tx, made, role, hospital)
            changeable.people[login] = made
    return changeable


@pytest.mark.parametrize("login", [OFFICER, HOSPITAL, EXECUTIVE, GERMANY])
@pytest.mark.parametrize("query", [{}, {"opened": "1"}])
def test_who_does_not_manage_users_sees_nobody(group: Group, login: str, query: dict[str, str]) -> None:
    """The page says whom to ask and names nobody."""
    text = shown(opened(group, login, "people", **query))
    assert NO_RIGHT in text
    assert "高橋 健一" not in text


def test_the_list_tells_where_people_belong_and_what_they_may_do(group: Group) -> None:
    """In both languages; the way to sign-in management stands below."""
    text = shown(opened(group, ADMIN, "people"))
    for words in (
        "5 人のうち 1–5 人目",
        "中村 裕子",
        "主務（桜台総合病院）",
        "個人情報保護管理者（桜台総合病院）",
        "パスワード",
    ):
        assert words in text
    english = shown(opened(group, ADMIN, "people", "en"))
    for words in ("1–5 of 5 people", "Privacy manager (Towa Germany)", "Primary (Towa Germany)"):
        assert words in english
    assert "役割" not in english


@pytest.mark.parametrize(
    ("query", "role", "part", "names"),
    [
        ("HOSP", None, "", {"中村 裕子"}),
        ("", Role.OFFICER, "", {"中村 裕子", "Katharina Weber"}),
        ("DE", Role.OFFICER, "", {"Katharina Weber"}),
        ("", None, "佐藤", {"佐藤 恵"}),
        ("", None, "germany@", {"Katharina Weber"}),
        ("DE", Role.AUDITOR, "", set()),
    ],
)
def test_the_list_is_narrowed_by_unit_role_and_name(
    group: Group, query: str, role: Role | None, part: str, names: set[str]
) -> None:
    """Filters add up; nobody found is said."""
    test = opened(group, ADMIN, "people", unit=query)
    if role is not None:
        test.selectbox(key="people-role").set_value(role)
    test.text_input(key="people-text").set_value(part)
    text = shown(test.run())
    everybody = {"高橋 健一", "佐藤 恵", "渡辺 正人", "中村 裕子", "Katharina Weber"}
    assert {name for name in everybody if f'"text": "{name}"' in text} == names
    assert ("条件に合う利用者はいません。" in text) is (not names)


def test_who_manages_one_entity_sees_its_people_alone(boss: Group) -> None:
    """Neither list, nor address, nor choice of units shows what belongs to others."""
    text = shown(opened(boss, BOSS, "people"))
    assert "2 人のうち" in text
    for foreign in ("高橋", "Katharina", "東和ロジスティクス"):
        assert foreign not in text
    other = shown(page_of(boss, ADMIN, BOSS))
    assert "この利用者は見つからないか、担当する範囲の外です。" in other
    assert "高橋" not in other
    assert shown(opened(boss, BOSS, "people", opened="x")) == shown(
        opened(boss, BOSS, "people", opened="999")
    )


def test_a_person_is_registered(changeable: Group) -> None:
    """Without a password, at home in the chosen unit; a taken or malformed address is told."""
    test = pressed(opened(changeable, ADMIN, "people"), "利用者を登録")
    assert "単位を選んでください。" in shown(test)
    fill(test, "メールアドレス", HOSPITAL)
    fill(test, "氏名", "新人 一郎")
    choose(test, "主務の単位", "本院")
    assert "メールアドレス：すでに使われています。" in shown(pressed(test, "利用者を登録"))
    fill(test, "メールアドレス", "new@towa.example")
    assert "登録しました：新人 一郎" in shown(pressed(test, "利用者を登録"))
    made = member(changeable, "new@towa.example")
    assert [(each.kind, each.unit_id) for each in made.affiliations] == [
        (AffiliationKind.PRIMARY, changeable.units["HOSP-1"])
    ]
    assert (made.person.has_password, made.roles) == (False, ())


def test_affiliations_are_added_and_ended(changeable: Group) -> None:
    """A second primary one is refused in words; an ended one has its last day and says so."""
    test = page_of(changeable, HOSPITAL)
    choose(test, "単位（必須）", "東和ライフケア")
    test.selectbox(key="affiliation-kind").set_value(AffiliationKind.PRIMARY)
    assert "主務は同じ期間に一つだけです。" in shown(pressed(test, "所属を追加"))
    test.selectbox(key="affiliation-kind").set_value(AffiliationKind.SECONDMENT)
    assert "所属を追加しました。" in shown(pressed(test, "所属を追加"))
    assert [each.kind for each in member(changeable, HOSPITAL).affiliations] == [
        AffiliationKind.PRIMARY,
        AffiliationKind.SECONDMENT,
    ]
    test = page_of(changeable, HOSPITAL)
    assert "終える所属を選んでください。" in shown(pressed(test, "所属を終了"))
    choose(test, "終える所属", "出向")
    test.date_input(key="affiliation-last").set_value(date(2200, 12, 31))
    assert "所属を終了しました。" in shown(pressed(test, "所属を終了"))
    assert member(changeable, HOSPITAL).affiliations[1].valid_until == date(2200, 12, 31)


def test_a_role_that_conflicts_with_another_duty_is_refused_with_the_reason(changeable: Group) -> None:
    """The privacy manager cannot become audit manager of the same entity; nothing is recorded."""
    test = page_of(changeable, HOSPITAL)
    before = journal.verify(changeable.workspace.registry).count
    assert "役割と単位を選んでください。" in shown(pressed(test, "役割を追加"))
    test.selectbox(key="grant-role").set_value(Role.AUDIT_MANAGER)
    test.selectbox(key="grant-unit").select_index(
        next(i for i, each in enumerate(test.selectbox(key="grant-unit").options) if each.endswith("　HOSP"))
    )
    text = shown(pressed(test, "役割を追加"))
    assert "個人情報保護監査責任者は、同じ法人の個人情報保護管理者を兼ねられません。" in text
    assert journal.verify(changeable.workspace.registry).count == before


def test_nobody_gives_a_role_to_himself(changeable: Group) -> None:
    """Not even the administrator."""
    test = page_of(changeable, ADMIN)
    test.selectbox(key="grant-role").set_value(Role.EXECUTIVE)
    test.selectbox(key="grant-unit").select_index(0)
    assert "自分自身に役割を与えることはできません。" in shown(pressed(test, "役割を追加"))


def test_roles_are_given_ended_and_withdrawn(changeable: Group) -> None:
    """A role with its period is shown; it ends with a day or at once."""
    test = page_of(changeable, EXECUTIVE)
    test.selectbox(key="grant-role").set_value(Role.STATUTORY_AUDITOR)
    test.selectbox(key="grant-unit").select_index(0)
    test.date_input(key="grant-until").set_value(date(2199, 3, 31))
    text = shown(pressed(test, "役割を追加"))
    assert "役割を追加しました。" in text
    assert "2199/03/31" in text
    test = page_of(changeable, EXECUTIVE)
    assert "終える役割を選んでください。" in shown(pressed(test, "最終日で終了"))
    choose(test, "終える役割", "監査役")
    test.date_input(key="grant-last").set_value(date(2198, 3, 31))
    assert "役割を終了しました。" in shown(pressed(test, "最終日で終了"))
    assert member(changeable, EXECUTIVE).roles[1].valid_until == date(2198, 3, 31)
    test = page_of(changeable, EXECUTIVE)
    choose(test, "終える役割", "監査役")
    assert "役割を取り消しました。" in shown(pressed(test, "今すぐ取り消す"))
    assert [each.role for each in member(changeable, EXECUTIVE).roles] == [Role.EXECUTIVE]


def test_a_table_of_people_is_tried_and_then_taken(boss: Group) -> None:
    """The same service as the command: differences and errors by line, within the rights of the person."""
    rows = "メールアドレス,氏名,所属,役割\na@towa.example,甲,HOSP-1,従業者\n"
    wrong = (rows + "b@towa.example,乙,LIFE,従業者\nadmin@towa.example,丙,HOSP,\n").encode("cp932")
    test = pressed(uploaded(opened(boss, BOSS, "people"), "people.csv", wrong), "試す")
    for words in ("2 行に誤りがある", "所属：見つかりません。", "メールアドレス：すでに使われています。"):
        assert words in shown(test)
    before = journal.verify(boss.workspace.registry).count
    test = pressed(uploaded(opened(boss, BOSS, "people"), "people.csv", rows.encode()), "試す")
    text = shown(test)
    for words in (
        "利用者の登録、所属の追加 主務 HOSP-1、役割の追加 従業者 HOSP-1",
        "nurse@towa.example",
        "そのまま残します",
    ):
        assert words in text
    assert "sato@towa.example" not in text
    assert journal.verify(boss.workspace.registry).count == before
    assert "取り込みました。1 行に変更がありました。" in shown(pressed(test, "1 行を取り込む"))
    assert member(boss, "a@towa.example").person.name == "甲"
