"""The page of the journal: who may sees what was done in their units, and that they looked is recorded."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from daicho.pages import journal_words
from daicho.text import translator
from registry import accounts, anchors, disclosures, journal, ledger, reorganisation
from registry.access import bootstrap_principal
from registry.journal import Action, JournalFilter, JournalLine
from registry.model import EntryId, Role, UnitId
from tests.pages.group import Group
from tests.pages.test_pages import EXECUTIVE, GERMANY, HOSPITAL, NO_RIGHT, OFFICER, opened, pressed, shown
from tests.pages.test_separation import known
from tests.pages.test_units import ADMIN, renamed

AUDITOR = "auditor@towa.example"


def lines(group: Group, wanted: JournalFilter | None = None) -> list[JournalLine]:
    """Return the records as the owner of the machine sees them, newest first."""
    with group.workspace.registry.read(bootstrap_principal()) as tx:
        return journal.lines(tx, limit=1_000, wanted=wanted)


@pytest.fixture
def audited(changeable: Group) -> Group:
    """Return the group with an auditor of the hospital."""
    with changeable.workspace.registry.write(bootstrap_principal(), reason="set-up") as tx:
        made = accounts.create_account(tx, AUDITOR, "監査 太郎", None, "ja", unit_id=changeable.units["HOSP"])
        accounts.grant(tx, made, Role.AUDITOR, changeable.units["HOSP"])
    people = changeable.people | {AUDITOR: made}
    return Group(changeable.workspace, changeable.units, people)


def clicked(group: Group, login: str, seq: int, monkeypatch: pytest.MonkeyPatch, language: str = "ja") -> str:
    """Return the page on which somebody has opened one record."""
    from daicho.pages import tables

    show = tables.show
    with monkeypatch.context() as patch:
        patch.setattr(
            tables, "show", lambda table, key: show(table, key) or (str(seq) if key == "journal" else None)
        )
        return shown(opened(group, login, "journal", language))


@pytest.mark.parametrize("login", [OFFICER, HOSPITAL, EXECUTIVE, GERMANY])
def test_who_may_not_read_the_journal_sees_none_of_it(changeable: Group, login: str) -> None:
    """The page says whom to ask, and no view is recorded, as there was none."""
    before = len(lines(changeable))
    text = shown(opened(changeable, login, "journal"))
    assert NO_RIGHT in text
    assert "高橋 健一" not in text
    assert len(lines(changeable)) == before


def test_the_journal_tells_when_who_what_and_where(changeable: Group) -> None:
    """In words of the reader's language, newest first."""
    renamed(changeable, "LIFE", "東和ケア")
    text = shown(opened(changeable, ADMIN, "journal"))
    for words in ("高橋 健一", "組織単位を変更", "東和ケア", "組織単位 "):
        assert words in text
    english = shown(opened(changeable, ADMIN, "journal", "en"))
    for words in ("Unit changed", "By whom", "Towa Lifecare", "newest first"):
        assert words in english
    assert "したこと" not in english


def test_looking_is_recorded_once_a_day(changeable: Group) -> None:
    """Before anything is shown; the record itself stands in the list."""
    text = shown(opened(changeable, ADMIN, "journal"))
    assert "一覧を閲覧" in text
    shown(opened(changeable, ADMIN, "journal"))
    views = lines(changeable, JournalFilter(action=Action.LIST_VIEWED))
    assert [(each.actor, each.table) for each in views] == [("高橋 健一", "journal")]


def test_a_record_opens_with_its_values_before_and_after(
    changeable: Group, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Fields and codes are named in words; units by their names."""
    with changeable.workspace.registry.write(bootstrap_principal(), reason="再編") as tx:
        reorganisation.move_unit(tx, changeable.units["HOSP-2"], changeable.units["LIFE"])
    moved = lines(changeable, JournalFilter(action=Action.UNIT_MOVED))[0]
    text = clicked(changeable, ADMIN, moved.seq, monkeypatch)
    for words in ("変更前", "変更後", "上位の単位", "桜台総合病院", "東和ライフケア", "再編"):
        assert words in text
    with changeable.workspace.registry.write(bootstrap_principal()) as tx:
        accounts.grant(tx, changeable.people[EXECUTIVE], Role.STATUTORY_AUDITOR, changeable.units["GROUP"])
    granted = lines(changeable, JournalFilter(action=Action.ROLE_GRANTED))[0]
    english = clicked(changeable, ADMIN, granted.seq, monkeypatch, "en")
    assert "Statutory auditor" in english
    assert "Role given" in english


def test_filters_narrow_by_period_person_action_and_unit(changeable: Group) -> None:
    """They add up; when nothing is left the page says so; they can be taken away together."""
    renamed(changeable, "LIFE", "東和ケア")
    test = opened(changeable, ADMIN, "journal", unit="LIFE")
    assert "東和ロジスティクス" not in _list(test)
    test.selectbox(key="journal-action").set_value(Action.UNIT_CHANGED)
    text = _list(test.run())
    assert "組織単位を変更" in text
    assert "組織単位を追加" not in text
    test.selectbox(key="journal-actor").set_value(changeable.people[ADMIN])
    assert "組織単位を変更" in _list(test.run())
    test.date_input(key="journal-until").set_value(date(2026, 10, 20))
    assert "条件に合う記録はありません。" in shown(test.run())
    assert "条件に合う記録はありません。" not in shown(pressed(test, "条件を消す"))


def _list(test: AppTest) -> str:
    """Return what stands in the table, not in the choices above it."""
    found = [
        text for text in shown(test).split("\n") if text.startswith('{"caption": ') and "新しい順" in text
    ]
    assert len(found) == 1
    return found[0]


def test_a_day_of_the_filter_is_a_day_in_japan(changeable: Group) -> None:
    """A record at 2:14 UTC belongs to the same day; the day after and the day before do not show it."""
    test = opened(changeable, ADMIN, "journal")
    test.selectbox(key="journal-action").set_value(Action.REALITY_ASSESSED)
    for day, number in ((date(2026, 11, 19), 0), (date(2026, 11, 20), 1), (date(2026, 11, 21), 0)):
        test.date_input(key="journal-since").set_value(day)
        test.date_input(key="journal-until").set_value(day)
        assert shown(test.run()).count("2026/11/20 11:14:00") == number


def test_older_records_follow_page_by_page(changeable: Group) -> None:
    """No record is left out or shown twice between two pages."""
    first = opened(changeable, ADMIN, "journal")
    seqs = [each.seq for each in lines(changeable)]
    assert f"{seqs[0]:,} 番から {seqs[49]:,} 番まで" in shown(first)
    second = pressed(first, "古い記録へ")
    assert f"{seqs[50]:,} 番から" in shown(second)
    assert f"{seqs[0]:,} 番から" in shown(pressed(second, "新しい記録へ"))


def test_an_auditor_of_one_entity_sees_its_records_alone(audited: Group) -> None:
    """Neither records, nor names of who did something elsewhere, nor units of others."""
    with audited.workspace.registry.write(audited.principal(GERMANY), reason="test") as tx:
        ledger.update_entry(tx, EntryId(7), expected_version=1, changes={"purpose": "Recruiting"})
    text = shown(opened(audited, AUDITOR, "journal"))
    assert "利用者登録" in text
    for foreign in ("Katharina", "東和ロジスティクス", "Towa Germany"):
        assert foreign not in text
    assert "Katharina" in shown(opened(audited, ADMIN, "journal"))


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("ja", "対象の記録を見られる方だけが読めます。"),
        ("en", "people who may read the record they belong to"),
    ],
)
def test_the_values_of_a_record_are_for_who_may_read_its_object(
    audited: Group, monkeypatch: pytest.MonkeyPatch, language: str, words: str
) -> None:
    """An auditor sees that an auditor's profile was changed, not what it says; who plans audits reads it."""
    unit = audited.units["HOSP"]
    with audited.workspace.registry.write(bootstrap_principal(), reason="test") as tx:
        after = {"languages": "ja", "away": "育児休業"}
        tx.record(Action.AUDITOR_REGISTERED, "auditor_profile", 7, unit, None, after)
    seq = lines(audited)[0].seq
    assert "育児休業" in clicked(audited, ADMIN, seq, monkeypatch)
    text = clicked(audited, AUDITOR, seq, monkeypatch, language)
    assert words in text
    assert "育児休業" not in text


def test_without_a_basis_the_journal_of_another_entity_stays_closed(changeable: Group) -> None:
    """An administrator above all entities loses sight of the hospital's records with its basis."""
    with changeable.workspace.registry.write(changeable.principal(HOSPITAL)) as tx:
        (basis,) = known(changeable, "HOSP")
        disclosures.end_disclosure(tx, basis.id, expected_version=basis.version)
    test = opened(changeable, ADMIN, "journal")
    assert "提供の根拠を終了" not in _list(test)
    box = test.selectbox(key="journal-scope")
    assert not [name for name in box.options if "桜台総合病院" in name]
    assert "中村 裕子" not in test.selectbox(key="journal-actor").options


def test_signed_heads_tell_when_all_was_verified(changeable: Group, tmp_path: Path) -> None:
    """Before the first one the page says how to make it."""
    assert "記録全体の署名はまだありません。" in shown(opened(changeable, ADMIN, "journal"))
    registry = changeable.workspace.registry
    folder = tmp_path / "anchors"
    folder.mkdir()
    _path, head = anchors.anchor(registry, bootstrap_principal(), folder)
    text = shown(opened(changeable, ADMIN, "journal"))
    for words in (f"記録 {head.tree_size:,} 件までです", "正しい", head.root[:16]):
        assert words in text


def test_every_action_and_value_is_named() -> None:
    """No code of an action reaches the screen; what nobody named stays as it is."""
    ja = translator("ja")
    assert set(journal_words.ACTION) == set(Action)
    assert journal_words.action("of_a_later_version", ja) == "of_a_later_version"
    units = {UnitId(3): "病院"}
    cases = {
        ("unit_id", 3): "病院",
        ("parent_id", 4): "ほかの単位",
        ("small", True): "はい",
        ("role", "officer"): "個人情報保護管理者",
        ("kind", "secondment"): "出向",
        ("kind", "hospital"): "病院",
        ("issuer", "local"): "パスワード",
        ("list", "samples"): "検出の見本",
        ("anything", None): "—",
        ("count", 0): "0",
    }
    told = {(name, kept): journal_words.value(name, kept, units, ja) for name, kept in cases}
    assert told == cases
    assert journal_words.value("items", ["a", "b"], units, ja) == "a、b"


def test_the_service_filters_by_every_part(changeable: Group) -> None:
    """The first moment is included, the last one is not; nothing set narrows nothing."""
    moment = datetime(2026, 11, 20, 2, 14, tzinfo=UTC)
    assert lines(changeable, JournalFilter()) == lines(changeable)
    assert {each.at for each in lines(changeable, JournalFilter(since=moment))} == {moment}
    assert moment not in {each.at for each in lines(changeable, JournalFilter(before=moment))}
    hospital = {changeable.units[code] for code in ("HOSP", "HOSP-1", "HOSP-2")}
    inside = lines(changeable, JournalFilter(unit_id=changeable.units["HOSP"]))
    assert {each.unit_id for each in inside} == hospital
    assert {each.actor_id for each in lines(changeable, JournalFilter(actor_id=inside[0].actor_id))} == {
        inside[0].actor_id
    }
