"""The end of retention in columns is the one that the rule gives for each object by itself."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from registry.columns import date_of
from registry.covers import covers_of
from registry.ends import ends_of
from registry.handling import Handling, RetentionEvent
from registry.model import LedgerEntry
from registry.rules import retention_end
from tests.reality.compared import columns_of
from tests.reality.test_reconcile import entry, found

DAYS = st.dates(date(1971, 1, 1), date(2300, 12, 31))
RETENTION = st.fixed_dictionaries(
    {
        "retention_months": st.none() | st.integers(1, 1200) | st.just(200_000),
        "retention_until": st.none() | DAYS,
        "end_of_use": st.sampled_from(["", "在籍中", "2031-02-28", "2024年2月29日"]),
        "handling": st.builds(
            Handling,
            retention_event=st.sampled_from(RetentionEvent),
            retention_event_on=st.none() | DAYS,
            legal_hold=st.sampled_from([False, False, False, True]),
        ),
    }
)


def _longest(home: list[LedgerEntry], modified: date | None) -> tuple[date, int] | None:
    """Return the latest end of the entries of a place and whose it is, asked one by one."""
    ends = [(retention_end(each, modified), each.id) for each in home]
    known = [(end, entry_id) for end, entry_id in ends if end is not None]
    return max(known) if known and len(known) == len(ends) else None


@given(st.lists(RETENTION, min_size=1, max_size=4), st.lists(st.none() | DAYS, min_size=1, max_size=5))
def test_columns_tell_what_the_rule_tells(rules: list[dict[str, object]], days: list[date | None]) -> None:
    """For every object: the last day of the entry that lets it be kept longest, or none."""
    home = [entry(number, **rule) for number, rule in enumerate(rules, 1)]
    objects = [found(f"人事/{number}.xlsx", modified=day) for number, day in enumerate(days)]
    objects.append(found("営業/a.xlsx"))
    columns = columns_of(objects)
    ends = ends_of(covers_of(home, columns), columns)
    told = [
        (date_of(int(day)), int(by)) if by else None for day, by in zip(ends.day, ends.entry_id, strict=True)
    ]
    assert told == [*(_longest(home, day) for day in days), None]


def test_months_end_on_the_last_day_of_a_shorter_month() -> None:
    """Civil Code Art. 143(2), in leap years too, and never beyond what a calendar can tell."""
    for months, day, expected in (
        (1, date(2024, 1, 31), date(2024, 2, 29)),
        (1, date(2025, 1, 31), date(2025, 2, 28)),
        (12, date(2024, 2, 29), date(2025, 2, 28)),
        (200_000, date(2024, 2, 29), date.max),
    ):
        columns = columns_of([found(modified=day)])
        ends = ends_of(covers_of([entry(retention_months=months)], columns), columns)
        assert date(1970, 1, 1) + timedelta(days=int(ends.day[0])) == expected
