"""The page of what is to be done today: only what one may do, the earliest first, with its next step."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from daicho.pages.agenda_words import KINDS
from privacy_mark import agenda as book
from privacy_mark.certificates import register, rounds
from privacy_mark.certificates.steps import Step
from privacy_mark.confirmations import campaigns, operations
from privacy_mark.confirmations.questions import Frequency
from privacy_mark.due import Due, Level
from registry import organisation
from registry.access import bootstrap_principal, today_in_japan
from registry.model import UnitId, UnitKind
from registry.store.tables import LedgerRecord
from tests.access.certificates import SCALE, term
from tests.access.confirmations import operation
from tests.pages.group import FIRST_SCAN, Group
from tests.pages.test_pages import EXECUTIVE, GERMANY, HOSPITAL, OFFICER, opened, shown


def agenda(group: Group, login: str, code: str, today: date | None = None) -> book.Agenda:
    """Return what somebody has to do in a unit."""
    with group.workspace.registry.read(group.principal(login)) as tx:
        return book.agenda(tx, group.units[code], today or today_in_japan(tx.now))


@pytest.mark.parametrize("login", [OFFICER, HOSPITAL, EXECUTIVE, GERMANY])
def test_it_lists_only_what_one_may_do(group: Group, login: str) -> None:
    """An executive looks and has nothing to do; the hospital's work is no other company's."""
    page = opened(group, login, "today", "en" if login == GERMANY else "ja", unit="HOSP")
    text = shown(page)
    if login in (OFFICER, HOSPITAL):
        assert "台帳との差異に対応する" in text
        assert "桜台総合病院" in text
        assert "担当なし" not in text  # the hospital has a privacy manager
        assert "個人情報保護管理者" in text
    elif login == EXECUTIVE:
        assert "期限のある仕事はありません。" in text
    else:
        assert "Review a ledger entry" in text
        assert "Towa Germany" in text
        assert "Sakuradai" not in text


def test_every_kind_has_its_words_and_next_step(group: Group) -> None:
    """A kind of work that the page does not know would end it."""
    kinds = {line.due.kind for line in agenda(group, OFFICER, "GROUP").lines}
    assert {"differences.handle", "ledger.review"} <= kinds <= KINDS.keys()


def test_it_is_sorted_by_day_and_counts_what_is_late(changeable: Group) -> None:
    """What was asked of the unit's operations stands among the rest; a year later everything is late."""
    with changeable.workspace.registry.write(changeable.principal(OFFICER), reason="test") as tx:
        operations.register(tx, operation(changeable.units["HOSP"]))
        period = f"{today_in_japan(tx.now):%Y-%m}"
        campaigns.open_campaign(tx, changeable.units["HOSP"], Frequency.MONTHLY, period)
    found = agenda(changeable, HOSPITAL, "HOSP")
    days = [line.due.due_on for line in found.lines]
    assert days == sorted(days)
    assert "confirmations.answer" in {line.due.kind for line in found.lines}
    later = agenda(changeable, HOSPITAL, "HOSP", date(2099, 1, 1))
    dated = [line for line in later.lines if line.due.due_on < date(2099, 1, 1)]
    assert (later.late(), later.within(7)) == (len(dated), len(later.lines) - len(dated))
    assert {"confirmations.answer", "differences.handle"} <= {line.due.kind for line in dated}
    waiting = len(later.lines) - len(dated)
    assert later.risen() == {
        Level.RESPONSIBLE: waiting,
        Level.PRIVACY_MANAGER: 0,
        Level.TOP_MANAGEMENT: 0,
        Level.HEADQUARTERS: len(dated),
    }
    assert agenda(changeable, HOSPITAL, "LIFE").lines == ()


def test_only_what_is_late_for_two_weeks_is_told_as_such() -> None:
    """What was raised by its reminders before its day is not late; two weeks begin on the fourteenth day."""
    day = date(2026, 11, 20)
    due = Due("certificates.window", UnitId(1), day, "1", "1")
    raised = replace(due, due_on=day + timedelta(days=18), raised=Level.TOP_MANAGEMENT)
    late = [replace(due, due_on=day - timedelta(days=days)) for days in (13, 14, 40)]
    found = book.Agenda(tuple(book.Line(each) for each in (raised, *late)), day)
    assert found.long_late() == 2


def test_what_is_late_rises_by_its_days() -> None:
    """A day, two weeks and thirty days; what its own reminders raised keeps their level."""
    day = date(2026, 11, 20)
    due = Due("certificates.window", UnitId(1), day, "1", "1")
    late = [replace(due, due_on=day - timedelta(days=days)) for days in (-1, 0, 1, 13, 14, 29, 30)]
    raised = replace(due, due_on=day + timedelta(days=18), raised=Level.TOP_MANAGEMENT)
    found = book.Agenda(tuple(book.Line(each) for each in (*late, raised)), day)
    assert [found.risen()[level] for level in Level] == [2, 2, 3, 1]


def test_nothing_of_another_unit_is_listed(group: Group) -> None:
    """A site's list is part of its hospital's."""
    whole = agenda(group, HOSPITAL, "HOSP").lines
    part = agenda(group, HOSPITAL, "HOSP-2").lines
    assert {line.due.kind for line in part} == {"differences.handle", "ledger.review"}
    assert set(part) == {line for line in whole if line.due.unit_id == group.units["HOSP-2"]} < set(whole)


def test_a_list_says_that_it_is_cut(group: Group, monkeypatch: pytest.MonkeyPatch) -> None:
    """Work of other companies never crowds out that of this one; where there is more, it is told."""
    whole = agenda(group, OFFICER, "HOSP")
    monkeypatch.setattr(book, "MOST", sum(line.due.kind == "ledger.review" for line in whole.lines))
    assert agenda(group, OFFICER, "HOSP").lines == whole.lines
    assert "ledger.review" in agenda(group, OFFICER, "HOSP").cut
    assert "件だけを並べています。" in shown(opened(group, OFFICER, "today", unit="HOSP"))
    monkeypatch.setattr(book, "MOST", 1000)
    assert agenda(group, OFFICER, "HOSP").cut == frozenset()


def held(group: Group, days: int) -> None:
    """Give the hospital a certificate that ends so many days from now."""
    with group.workspace.registry.write(group.principal(HOSPITAL)) as tx:
        until = today_in_japan(tx.now) + timedelta(days=days)
        register.register(tx, group.units["HOSP"], "medis", scale=SCALE, term=term(18_820_040, until))


@pytest.mark.parametrize(
    ("days", "said"),
    [
        (700, ("受付開始まで ", "受付終了まで ", "満了まで 700 日")),
        (200, ("更新の受付中", "受付終了まで ", "満了まで 200 日")),
        (60, ("更新の受付は ", "満了まで 60 日")),
        (-3, ("更新の受付は ", "有効期間は ")),
    ],
)
def test_days_to_window_and_expiry_always_stand_there(
    changeable: Group, days: int, said: tuple[str, ...]
) -> None:
    """However far away: opening, closing, expiry; what has passed is said to have."""
    held(changeable, days)
    text = shown(opened(changeable, HOSPITAL, "today", unit="HOSP"))
    line = next(each for each in text.split("<") if "第18820040(07)号：" in each)
    assert all(each in line for each in said)
    assert ("受付開始まで " in line) is (days == 700)
    assert "第18820040(07)号" not in shown(opened(changeable, GERMANY, "today", "en"))


def test_an_application_ends_the_count_to_the_window(changeable: Group) -> None:
    """Handed in, only the expiry is counted; in English too."""
    held(changeable, 200)
    with changeable.workspace.registry.write(changeable.principal(HOSPITAL)) as tx:
        today = today_in_japan(tx.now)
        (of,) = register.certificates(tx)
        begun = rounds.start(tx, of.id, apply_on=today)
        rounds.set_steps(tx, begun.id, {Step.APPLICATION: (today, today)}, expected_version=begun.version)
    text = shown(opened(changeable, HOSPITAL, "today", "en", unit="HOSP"))
    assert "第18820040(07)号: renewal applied for (" in text
    assert "the certificate expires in 200 days" in text


def test_the_list_is_narrowed_to_a_department(group: Group) -> None:
    """By department or site, with the number of each."""
    page = opened(group, HOSPITAL, "today", unit="HOSP")
    box = next(each for each in page.selectbox if each.label == "部門・拠点")
    box.select(group.units["HOSP-2"]).run()
    assert not page.exception
    table = next(each for each in shown(page).split("\n") if "期限の早い順" in each)
    assert "桜台総合病院 健診センター" in table
    assert "桜台総合病院 本院" not in table
    assert "桜台総合病院 本院" in shown(opened(group, HOSPITAL, "today", unit="HOSP"))


def test_the_longest_late_stand_in_a_list_that_is_cut(
    changeable: Group, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Reviewed once long ago or never since it was written: by the day, whatever the database puts first."""
    whole = agenda(changeable, HOSPITAL, "HOSP")
    reviews = [line.due for line in whole.lines if line.due.kind == "ledger.review"]
    never, *_, other = sorted(reviews, key=lambda each: int(each.row))
    monkeypatch.setattr(book, "MOST", 1)
    for on, first in ((date(2020, 1, 1), other), (whole.today, never)):
        with changeable.workspace.registry.write(bootstrap_principal(), reason="test") as tx:
            tx.session.get_one(LedgerRecord, int(other.row)).next_review = on
        cut = agenda(changeable, HOSPITAL, "HOSP")
        (found,) = [line.due for line in cut.lines if line.due.kind == "ledger.review"]
        assert (found.row, found.due_on) == (first.row, min(on, never.due_on))


def test_an_entry_that_was_never_reviewed_is_late_since_it_was_written(group: Group) -> None:
    """It is not due anew every day."""
    written = today_in_japan(FIRST_SCAN)
    found = agenda(group, HOSPITAL, "HOSP", written + timedelta(days=5))
    reviews = [line.due for line in found.lines if line.due.kind == "ledger.review"]
    assert reviews
    assert {each.due_on for each in reviews} == {written}
    assert {each.days_late(found.today) for each in reviews} == {5}


def test_it_is_said_in_english_that_a_certificate_expired(changeable: Group) -> None:
    """What expired is named."""
    held(changeable, -3)
    assert "the certificate expired on " in shown(opened(changeable, HOSPITAL, "today", "en", unit="HOSP"))


def test_a_mark_of_another_entity_below_is_no_own_one(changeable: Group) -> None:
    """A company inside a company has its mark on its own page; that of a site stands under its name."""
    with changeable.workspace.registry.write(bootstrap_principal()) as tx:
        until = today_in_japan(tx.now) + timedelta(days=700)
        inner = organisation.create_unit(
            tx,
            code="INNER",
            kind=UnitKind.COMPANY,
            name_ja="東和配送",
            name_en="Towa Delivery",
            parent_id=changeable.units["LOGI"],
        )
        register.register(tx, inner.id, "jipdec", scale=SCALE, term=term(18_820_041, until))
        site = changeable.units["LIFE-1"]
        register.register(tx, site, "jipdec", scale=SCALE, term=term(18_820_042, until))
    assert "第18820041(07)号" not in shown(opened(changeable, OFFICER, "today", unit="LOGI"))
    own = shown(opened(changeable, OFFICER, "today", unit="INNER"))
    assert "第18820041(07)号：" in own
    assert "東和配送　第18820041" not in own
    assert "東和ライフケア 東京本店　第18820042(07)号：" in shown(
        opened(changeable, OFFICER, "today", unit="LIFE")
    )
