"""A workspace corrects bodies, fees, steps, the yearly cycle and the rules on accidents, from a day on."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from privacy_mark.certificates import facts
from privacy_mark.certificates.accident_rules import rules
from privacy_mark.certificates.bodies import bodies, body_of
from privacy_mark.certificates.cycle import cycle, days
from privacy_mark.certificates.fees import Fees, RoundKind, Size, UnknownFees, tariff
from privacy_mark.certificates.steps import Reminder, Step, procedure
from privacy_mark.certificates.window import window
from registry import corrections
from registry.access import bootstrap_principal
from registry.errors import ReferenceFileError
from tests.registry.world import World

CORRECTION = """version: 1
source: 審査機関の案内（2026-11）
fees:
  periods:
    - from: 2026-10-01
      confidence: high
      new:
        small: {application: 1, assessment: 2, registration: 3}
        medium: {application: 10, assessment: 20, registration: 30}
        large: {application: 100, assessment: 200, registration: 300}
      renewal:
        small: {application: 4, assessment: 5, registration: 6}
        medium: {application: 40, assessment: 50, registration: 60}
        large: {application: 400, assessment: 500, registration: 600}
  sectors:
    services: {from: 2027-04-01, small_workers: 10}
bodies:
  jisa: {from: 2027-04-01, closes_months: 3, closed: [08-13/08-15], closed_confidence: high}
  own:
    ja: 地域の審査機関
    en: A body of the region
    field: {ja: 全業種, en: all trades}
    opens_months: 8
    closes_months: 4
    closed: []
    closed_confidence: high
    confidence: high
steps:
  from: 2027-01-01
  first_weeks: 2
  steps:
    on_site: {weeks: 10, en: Visit}
  reminders:
    opens: {months: 6, raise: {privacy_manager: 60}}
cycle:
  audit: {from: 2027-04-01, months: 6}
  drill: {requirement: J.4.4.2, months: 2, ja: 安否確認の訓練, en: Drill}
accidents:
  deadlines: {from: 2027-04-01, first_days: 3}
  triggers:
    - {id: children, ja: 子どもの情報, en: Children}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """A workspace's folder of corrections, in force until the test ends."""
    (tmp_path / "own.yaml").write_text(CORRECTION, encoding="utf-8")
    corrections.enter(tmp_path)
    yield tmp_path
    corrections.enter(None)


@pytest.mark.usefixtures("folder")
def test_amounts_that_were_unknown_are_entered() -> None:
    """From the day of the period on; before it the product's amounts stand, and the file is named."""
    known = tariff()
    found = known.fees(RoundKind.RENEWAL, Size.SMALL, date(2026, 10, 1))
    assert isinstance(found, Fees)
    assert (found.total, Path(found.corrected_by).name) == (15, "own.yaml")
    before = known.fees(RoundKind.RENEWAL, Size.SMALL, date(2026, 9, 30))
    assert isinstance(before, Fees)
    assert (before.total, before.corrected_by) == (230_478, "")
    trade = known.dated["services"]
    assert [trade.on(day).small_workers for day in (date(2027, 3, 31), date(2027, 4, 1))] == [5, 10]


def test_a_period_leaves_what_it_does_not_touch(folder: Path) -> None:
    """One with a last day ends there: what stood after it stands again."""
    text = CORRECTION.replace("from: 2026-10-01\n", "from: 2026-04-01\n      until: 2026-10-31\n")
    (folder / "own.yaml").write_text(text, encoding="utf-8")
    corrections.enter(folder)

    def total(day: date) -> int | None:
        found = tariff().fees(RoundKind.FIRST, Size.SMALL, day)
        return found.total if isinstance(found, Fees) else None

    assert [total(date(2026, 3, 31)), total(date(2026, 4, 1)), total(date(2026, 10, 31))] == [314_288, 6, 6]
    assert isinstance(tariff().fees(RoundKind.FIRST, Size.SMALL, date(2026, 11, 1)), UnknownFees)


@pytest.mark.usefixtures("folder")
def test_a_body_has_another_window_from_a_term_on() -> None:
    """By the last day of the term; a body that the product does not tell of can be chosen."""
    ends = date(2027, 3, 31), date(2027, 4, 30)
    closes = [window(end, body_of("jisa", end)).closes for end in ends]
    assert closes == [date(2026, 11, 30), date(2027, 2, 1)]  # 2027-01-30 is a Saturday
    assert body_of("jisa").name.en == "JISA"
    assert bodies()["own"].name.of("en") == "A body of the region"


@pytest.mark.usefixtures("folder")
def test_steps_cycle_and_accidents_change_from_their_day_on() -> None:
    """Steps by the day of the application, the cycle by the year's first day, accidents by discovery."""
    before, after = date(2026, 12, 31), date(2027, 1, 1)
    assert [procedure(day).weeks[Step.ON_SITE] for day in (before, after)] == [14, 10]
    assert procedure().names[Step.ON_SITE].of("en") == "Visit"
    assert procedure(after).names[Step.ON_SITE].of("ja") == "現地審査"
    assert [procedure(day).leads[Reminder.OPENS].months for day in (before, after)] == [3, 6]
    years = (date(2026, 4, 1), date(2027, 3, 31)), (date(2027, 4, 1), date(2028, 3, 31))
    planned = [{each.item.id: each.due_on for each in days(*year, opens=None, last={})} for year in years]
    assert [each["audit"] for each in planned] == [date(2026, 12, 31), date(2027, 9, 30)]
    assert planned[0]["drill"] == date(2026, 5, 31)
    assert cycle()["drill"].name.of("en") == "Drill"
    told = [rules().deadlines(day, ["children"]).first for day in (date(2027, 3, 31), date(2027, 4, 1))]
    assert told == [date(2027, 4, 4), date(2027, 4, 3)]
    assert rules().triggers["improper"].of("en") == "Suspected improper purpose"


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("from: 2026-10-01", "from: 2026-13-01", r"own\.yaml:5: fees\.periods\[1\]\.from: must be a day"),
        ("medium: {application: 10", "medium: {aplication: 10", r"own\.yaml:9: .*no such field"),
        ("small_workers: 10}", "small_workers: 200}", r"own\.yaml:16: .*must be more"),
        ("closes_months: 3", "closes_months: 9", r"own\.yaml:18: .*must be less than opens_months"),
        ("    en: A body of the region\n", "", r"own\.yaml:20: .*'en' is missing"),
        ("weeks: 10", "weeks: 20", r"own\.yaml:32: .*before the one it follows"),
        ("    on_site:", "    visit:", r"own\.yaml:32: .*no such field"),
        ("months: 6}\n  drill", "months: 13}\n  drill", r"own\.yaml:36: .*beyond the year"),
        ("first_days: 3", "first_days: soon", r"own\.yaml:39: .*whole number"),
        ("accidents:", "accident:", r"own\.yaml:39: accident: there is no such field"),
    ],
)
def test_a_wrong_correction_is_refused_with_its_line_and_not_followed(
    folder: Path, old: str, new: str, message: str
) -> None:
    """File, line and field are named; until it is put right the product's own facts hold."""
    assert old in CORRECTION
    (folder / "own.yaml").write_text(CORRECTION.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(ReferenceFileError, match=message):
        facts.check(corrections.files_of(folder))
    corrections.enter(folder)
    assert cycle()["audit"].id == "audit"
    assert isinstance(tariff().fees(RoundKind.FIRST, Size.SMALL, date(2026, 9, 30)), Fees)
    assert procedure().weeks[Step.ON_SITE] in (14, 10)


def test_a_registry_reads_the_corrections_of_its_folder_and_of_no_other(world: World, folder: Path) -> None:
    """Each transaction puts its own folder in force: one without a folder has none."""
    with world.registry.read(bootstrap_principal()):
        assert "own" not in bodies()
    world.registry.correct_from(folder)
    with world.registry.read(bootstrap_principal()):
        assert "own" in bodies()
    (folder / "own.yaml").write_bytes(b"\xff\xfe\x00")
    with world.registry.read(bootstrap_principal()):
        assert "own" not in bodies()
