"""Golden days: renewal windows worked out by other code and by hand, deadlines of accidents, fees, files."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from data import read_text
from privacy_mark.certificates import accident_rules, bodies, fees, marks, steps
from privacy_mark.certificates.fees import Fees, RoundKind, Size, UnknownFees, tariff
from privacy_mark.certificates.steps import Reminder, Step
from privacy_mark.certificates.window import window
from privacy_mark.due import Due, Level
from registry.errors import InvalidValue, ReferenceFileError
from registry.model import UnitId

# Last day of the term, first and last day of the window; beside it where the count itself ended when the body
# was closed. The first two are examples of the scheme, the rest comes from code that shares none with ours.
WINDOWS = [
    ("2024-12-01", "2024-04-02", "2024-08-01"),
    ("2025-01-14", "2024-05-15", "2024-09-17"),  # Sat 2024-09-14
    ("2026-12-31", "2026-05-01", "2026-08-31"),
    ("2027-01-31", "2026-06-01", "2026-09-30"),
    ("2027-02-28", "2026-06-29", "2026-10-28"),
    ("2028-02-29", "2027-06-30", "2027-10-29"),
    ("2029-02-28", "2028-06-29", "2028-10-30"),  # Sat 2028-10-28
    ("2026-10-31", "2026-03-01", "2026-06-30"),
    ("2026-06-30", "2025-10-31", "2026-03-02"),  # Sat 2026-02-28
    ("2026-06-29", "2025-10-30", "2026-03-02"),  # Sat 2026-02-28
    ("2026-07-01", "2025-11-02", "2026-03-02"),  # Sun 2026-03-01
    ("2028-06-29", "2027-10-30", "2028-02-29"),
    ("2028-06-30", "2027-10-31", "2028-02-29"),
    ("2028-10-29", "2028-03-01", "2028-06-29"),
    ("2028-10-30", "2028-03-01", "2028-06-30"),
    ("2028-10-31", "2028-03-01", "2028-06-30"),
    ("2027-10-29", "2027-03-01", "2027-06-29"),
    ("2027-10-31", "2027-03-01", "2027-06-30"),
    ("2027-05-01", "2026-09-02", "2027-01-04"),  # Fri 2027-01-01
    ("2027-04-29", "2026-08-30", "2027-01-04"),  # Tue 2026-12-29
    ("2027-04-30", "2026-08-31", "2027-01-04"),  # Wed 2026-12-30
    ("2027-05-03", "2026-09-04", "2027-01-04"),  # Sun 2027-01-03
    ("2027-05-04", "2026-09-05", "2027-01-04"),
    ("2026-09-03", "2026-01-04", "2026-05-07"),  # Sun 2026-05-03
    ("2026-09-05", "2026-01-06", "2026-05-07"),  # Tue 2026-05-05
    ("2026-08-29", "2025-12-30", "2026-04-30"),  # Wed 2026-04-29
    ("2027-01-21", "2026-05-22", "2026-09-24"),  # Mon 2026-09-21
    ("2027-01-22", "2026-05-23", "2026-09-24"),  # Tue 2026-09-22
    ("2027-01-23", "2026-05-24", "2026-09-24"),  # Wed 2026-09-23
    ("2026-12-11", "2026-04-12", "2026-08-12"),  # Tue 2026-08-11
    ("2027-03-03", "2026-07-04", "2026-11-04"),  # Tue 2026-11-03
    ("2027-03-23", "2026-07-24", "2026-11-24"),  # Mon 2026-11-23
    ("2026-05-12", "2025-09-13", "2026-01-13"),  # Mon 2026-01-12
    ("2026-06-11", "2025-10-12", "2026-02-12"),  # Wed 2026-02-11
    ("2026-06-23", "2025-10-24", "2026-02-24"),  # Mon 2026-02-23
    ("2026-07-20", "2025-11-21", "2026-03-23"),  # Fri 2026-03-20
    ("2026-11-20", "2026-03-21", "2026-07-21"),  # Mon 2026-07-20
    ("2027-02-12", "2026-06-13", "2026-10-13"),  # Mon 2026-10-12
    ("2027-03-20", "2026-07-21", "2026-11-20"),
    ("2027-08-29", "2026-12-30", "2027-04-30"),  # Thu 2027-04-29
    ("2027-09-05", "2027-01-06", "2027-05-06"),  # Wed 2027-05-05
    ("2028-07-20", "2027-11-21", "2028-03-21"),  # Mon 2028-03-20
    ("2032-06-29", "2031-10-30", "2032-03-01"),  # Sun 2032-02-29
    ("2032-06-30", "2031-10-31", "2032-03-01"),  # Sun 2032-02-29
    ("2031-10-31", "2031-03-01", "2031-06-30"),
    ("2027-06-30", "2026-10-31", "2027-03-01"),  # Sun 2027-02-28
    ("2029-06-30", "2028-10-31", "2029-02-28"),
    ("2026-03-31", "2025-08-01", "2025-12-01"),  # Sun 2025-11-30
    ("2025-12-31", "2025-05-01", "2025-09-01"),  # Sun 2025-08-31
    ("2025-11-30", "2025-03-31", "2025-07-30"),
    ("2025-08-31", "2025-01-01", "2025-04-30"),
]


@pytest.mark.parametrize(("until", "opens", "closes"), WINDOWS)
def test_the_window_before_the_end_of_a_term(until: str, opens: str, closes: str) -> None:
    """Month ends, leap years, weekends, holidays and the body's own new year."""
    made = window(date.fromisoformat(until), bodies.bodies()["jipdec"])
    assert (made.opens, made.closes) == (date.fromisoformat(opens), date.fromisoformat(closes))
    assert not made.by_hand


def test_there_are_enough_golden_days_and_none_twice() -> None:
    """At least forty, each of its own."""
    assert len({until for until, _opens, _closes in WINDOWS}) == len(WINDOWS) >= 40


def test_a_body_that_works_in_the_new_year_closes_its_window_then() -> None:
    """Closing days are the body's own."""
    body = bodies.bodies()["jipdec"]
    assert window(date(2027, 4, 29), replace(body, closed=())).closes == date(2026, 12, 29)
    (day,) = bodies.load(FILE.replace("[12-29/01-03]", "[06-15]"), "f")["b"].closed
    assert list(day.days(2026)) == [date(2026, 6, 15)]


def test_both_days_can_be_set_by_hand() -> None:
    """What the rule says stays beside it."""
    made = window(
        date(2024, 12, 1), bodies.bodies()["jisa"], closes=date(2024, 8, 9), reason="審査機関の案内"
    )
    assert (made.opens, made.closes, made.closes_by_rule) == (
        date(2024, 4, 2),
        date(2024, 8, 9),
        date(2024, 8, 1),
    )
    assert made.by_hand
    assert made.is_open(date(2024, 8, 9))
    assert not made.is_open(date(2024, 4, 1))


@pytest.mark.parametrize(
    ("discovered", "triggers", "first", "full"),
    [
        ("2026-04-01", (), None, "2026-04-30"),
        ("2026-04-01", ("many",), "2026-04-05", "2026-04-30"),
        ("2026-04-01", ("improper",), "2026-04-05", "2026-05-30"),
        ("2026-04-01", ("many", "improper"), "2026-04-05", "2026-05-30"),
        ("2028-02-01", ("special_care",), "2028-02-05", "2028-03-01"),
        ("2027-02-01", ("special_care",), "2027-02-05", "2027-03-02"),
        ("2026-12-30", ("my_number_many",), "2027-01-03", "2027-01-28"),
        ("2026-12-30", (), None, "2027-01-28"),
    ],
)
def test_until_when_an_accident_is_reported(
    discovered: str, triggers: tuple[str, ...], first: str | None, full: str
) -> None:
    """Calendar days, the day of discovery is day 1, and nothing moves to a working day."""
    found = accident_rules.rules().deadlines(date.fromisoformat(discovered), triggers)
    assert found.first == (None if first is None else date.fromisoformat(first))
    assert found.full == date.fromisoformat(full)


@pytest.mark.parametrize(
    ("kind", "size", "total"),
    [
        (RoundKind.FIRST, Size.SMALL, 314_288),
        (RoundKind.FIRST, Size.MEDIUM, 628_573),
        (RoundKind.FIRST, Size.LARGE, 1_257_144),
        (RoundKind.RENEWAL, Size.SMALL, 230_478),
        (RoundKind.RENEWAL, Size.MEDIUM, 471_430),
        (RoundKind.RENEWAL, Size.LARGE, 942_858),
    ],
)
def test_fees_add_up_to_the_totals_of_the_scheme(kind: RoundKind, size: Size, total: int) -> None:
    """The published totals."""
    found = tariff().fees(kind, size, date(2026, 9, 30))
    assert isinstance(found, Fees)
    assert found.total == total


def test_fees_that_nobody_read_are_said_to_be_unknown() -> None:
    """From October 2026 on no amount is told; before the first period there is none."""
    assert isinstance(tariff().fees(RoundKind.RENEWAL, Size.SMALL, date(2026, 10, 1)), UnknownFees)
    assert tariff().fees(RoundKind.RENEWAL, Size.SMALL, date(2019, 9, 30)) is None


@pytest.mark.parametrize(
    ("sector", "capital", "workers", "size"),
    [
        ("manufacturing", 10**9, 20, Size.SMALL),
        ("manufacturing", 10**9, 300, Size.MEDIUM),
        ("manufacturing", 300_000_000, 301, Size.MEDIUM),
        ("manufacturing", 300_000_001, 301, Size.LARGE),
        ("wholesale", 100_000_001, 101, Size.LARGE),
        ("retail", 50_000_001, 50, Size.MEDIUM),
        ("retail", 50_000_001, 51, Size.LARGE),
        ("services", 50_000_001, 100, Size.MEDIUM),
        ("services", 50_000_001, 101, Size.LARGE),
        ("services", None, 5, Size.SMALL),
        ("services", None, 101, None),
        ("services", 10, None, None),
    ],
)
def test_the_size_class(sector: str, capital: int | None, workers: int | None, size: Size | None) -> None:
    """Large needs both capital and workers; what is not known is not guessed."""
    assert tariff().sectors[sector].size(capital, workers) is size


@pytest.mark.parametrize(
    ("written", "number", "term"),
    [
        ("第18820040(07)号", "18820040", 7),
        ("１８８２００４０（０７）", "18820040", 7),
        ("10824031(8)", "10824031", 8),
    ],
)
def test_a_mark_is_read_as_people_write_it(written: str, number: str, term: int) -> None:
    """Full-width too, with or without 第 and 号; it is shown in one way."""
    assert marks.parse(written) == marks.Mark(number, term)
    assert str(marks.parse("第18820040(07)号")) == "第18820040(07)号"


@pytest.mark.parametrize("written", ["", "18820040", "第18820040(00)号", "18(07)", "第18820040(07)号x"])
def test_what_is_no_mark_is_refused(written: str) -> None:
    """A number without a term tells half."""
    with pytest.raises(InvalidValue, match="form"):
        marks.parse(written)


def test_reminders_rise_before_their_day() -> None:
    """The nearer the window's end, the higher up it is told; after the day lateness raises it further."""
    lead = steps.procedure().leads[Reminder.CLOSES]
    closes = date(2026, 12, 1)
    assert lead.begins(closes) == date(2026, 8, 1)
    days = {
        90: Level.RESPONSIBLE,
        60: Level.PRIVACY_MANAGER,
        30: Level.TOP_MANAGEMENT,
        14: Level.HEADQUARTERS,
    }
    for left, level in days.items():
        today = date.fromordinal(closes.toordinal() - left)
        raised = lead.level(closes, today)
        assert raised is level
        assert Due("certificate.apply", UnitId(1), closes, "C-1", "1", raised).level(today) is level
    due = Due("certificate.apply", UnitId(1), closes, "C-1", "1", Level.TOP_MANAGEMENT)
    assert due.level(date(2026, 12, 2)) is Level.TOP_MANAGEMENT
    assert due.level(date(2027, 1, 1)) is Level.HEADQUARTERS


def test_steps_are_planned_in_order() -> None:
    """Every step has a day, none before the one it follows."""
    planned = steps.procedure().planned(date(2026, 6, 1))
    assert list(planned) == list(Step)
    assert list(planned.values()) == sorted(planned.values())
    assert planned[Step.APPLICATION] == date(2026, 6, 1)


FILE = """\
version: 1
source: test
bodies:
  - id: b
    ja: 甲
    en: A
    field: {ja: 乙, en: B}
    opens_months: 8
    closes_months: 4
    closed: [12-29/01-03]
    closed_confidence: low
    confidence: high
"""


@pytest.mark.parametrize(
    ("good", "bad", "why"),
    [
        ("opens_months: 8", "opens_months: 4", "f:8: bodies[1].opens_months: must be more"),
        ("12-29/01-03", "13-01", "f:10: bodies[1].closed[1]: is no day"),
        ("12-29/01-03", "soon", "f:10: bodies[1].closed[1]: must be MM-DD"),
        ("confidence: high", "confidence: sure", "f:12: bodies[1].confidence: must be high"),
    ],
)
def test_a_wrong_file_is_refused_with_its_line(good: str, bad: str, why: str) -> None:
    """Who corrects a fact is told where it is wrong."""
    assert bodies.load(FILE, "f")["b"].name.of("en") == "A"
    with pytest.raises(ReferenceFileError) as error:
        bodies.load(FILE.replace(good, bad, 1) if "high" not in good else FILE.replace(good, bad), "f")
    assert why in str(error.value)


@pytest.mark.parametrize(
    ("module", "good", "bad", "why"),
    [
        (fees, "until: 2026-09-30", "until: 2026-10-30", "each period must end"),
        (fees, "from: 2019-10-01", "from: 2019-13-01", "must be a day"),
        (fees, "    new:\n", "    unknown_:\n", "no such field"),
        (steps, "id: on_site", "id: visit", "must be one of"),
        (steps, "privacy_manager: 7", "president: 7", "must be one of"),
        (accident_rules, "\n  first_day: 1", "\n  first_day: 2", "must be 0 or 1"),
        (accident_rules, "id: improper,", "id: other,", "'improper' is missing"),
        (accident_rules, "id: loss", "id: leak", "is given twice"),
    ],
)
def test_the_other_files_are_read_as_strictly(module: object, good: str, bad: str, why: str) -> None:
    """Each with file and line."""
    name = module.FILE  # type: ignore[attr-defined]
    text = read_text(name)
    assert good in text
    with pytest.raises(ReferenceFileError, match=why):
        module.load(text.replace(good, bad, 1), name)  # type: ignore[attr-defined]
