"""Rosters and completions from files, and the rates that follow from them."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, timezone

import pytest
from sqlalchemy import select, text

from daicho.training_file import read, take_workers
from privacy_mark.training import courses, own, records, standing
from privacy_mark.training.content import ready_made
from privacy_mark.training.due import FOLLOW_UP, NEXT_ROUND, TAKE, due
from privacy_mark.training.headings import Kind, propose
from privacy_mark.training.model import Rate, Standing, WorkerId
from privacy_mark.training.roster_lines import Step
from registry import journal
from registry.errors import Conflict, InvalidValue, NotFound
from registry.model import Principal
from registry.store.training_tables import (
    TrainingAttempt,
    TrainingLeave,
    TrainingPosting,
    TrainingResult,
    TrainingWorker,
)
from tests.access.training import right_answers
from tests.certification.training.company import OWNER, TODAY, Company, account

FIRST = (
    "1,山田 太郎,{a},正社員,2015/04/01,,t@x.example,,,,",
    "2,鈴木 花子,{a},派遣,2016/04/01,,,,育児休業,2026/03/01,",
    "3,佐藤 次郎,{b},パート,2017/04/01,,,,,,",
    "4,田中 三郎,{b},業務委託,2018/04/01,,,,,,",
)


def test_a_roster_is_taken_in_once(company: Company) -> None:
    """The same file again changes nothing; cp932 and UTF-8 are read alike."""
    assert company.workers(*FIRST, dry_run=True).counts == {"joined": 4, "on_leave": 1}
    assert company.count(TrainingWorker) == 0
    company.workers(*FIRST)
    assert (company.count(TrainingWorker), company.count(TrainingLeave)) == (4, 1)
    assert company.workers(*FIRST, encoding="utf-8-sig").counts == {"unchanged": 4}
    assert company.count(TrainingPosting) == 4


def test_transfers_leaves_and_departures_keep_their_history(company: Company) -> None:
    """Who moved counts in the old unit until the day before, who left no more after the last day."""
    company.workers(*FIRST)
    again = company.workers(
        "1,山田 太郎,{b},正社員,2015/04/01,,t@x.example,2026/03/25,,,",
        "2,鈴木 花子,{a},派遣,2016/04/01,,,,,,",
        "3,佐藤 次郎,{b},パート,2017/04/01,2026/03/20,,,,,",
    )
    assert again.counts == {"moved": 1, "back": 1, "left": 1}
    assert again.missing == 1
    assert company.rate(date(2026, 3, 24), company.a_id).in_scope == 2
    assert company.rate(date(2026, 3, 25), company.a_id).in_scope == 1
    assert [company.rate(date(2026, 3, day)).in_scope for day in (20, 21)] == [3, 2]
    assert company.rate(date(2026, 3, 30)).on_leave == 1
    assert company.rate().on_leave == 0


@pytest.mark.parametrize(
    ("line", "column", "rule"),
    [
        (",山田,{a},,2015/04/01,,,,,,", "number", "required"),
        ("5,山田,NOWHERE,,2015/04/01,,,,,,", "unit", "unknown"),
        ("5,山田,G,,2015/04/01,,,,,,", "unit", "unknown"),  # above the roster's unit
        ("5,山田,{a},社長,2015/04/01,,,,,,", "employment", "unknown"),
        ("5,山田,{a},,2015/02/30,,,,,,", "joined", "no_day"),
        ("5,山田,{a},,2015/04/01,2014/01/01,,,,,", "left", "before_joining"),
        ("5,山田,{a},,2015/04/01,,,,育休,,2026/05/01", "leave_until", "before_leave"),
        ("1,山田 太郎,{b},正社員,2015/04/01,,t@x.example,2030/01/01,,,", "moved", "future"),
        ("3,佐藤 次郎,{b},パート,2017/04/01,,,,,,", "number", "doubled"),
    ],
)
def test_one_wrong_row_refuses_the_whole_file(company: Company, line: str, column: str, rule: str) -> None:
    """Each row that is wrong is named with column and rule; nothing is half taken in."""
    company.workers(*FIRST)
    taken = company.workers("9,新しい人,{a},,2026/04/01,,,,,,", FIRST[2], line)
    assert [(each.column, each.rule, each.row) for each in taken.refused] == [(column, rule, 4)]
    assert company.count(TrainingWorker) == 4


def test_an_import_that_another_overtook_is_refused(company: Company) -> None:
    """What was planned on an older roster is not written over a newer one."""
    from privacy_mark.training import roster_import, roster_lines

    company.workers(*FIRST)
    with company.registry.read(OWNER) as tx:
        lines, _ = roster_lines.lines(
            [(2, {"number": "1", "name": "改名", "unit": company.a, "joined": "2015/04/01"})]
        )
        plan = roster_import.plan(tx, company.unit_id, lines)
    company.workers("7,後から,{a},,2026/04/01,,,,,,")
    with pytest.raises(Conflict), company.registry.write(OWNER) as tx:
        roster_import.apply(tx, plan)


def test_no_name_or_number_lies_open_in_the_database(company: Company) -> None:
    """Names, numbers and reasons of leave are sealed; the journal has counts alone."""
    company.workers(*FIRST)
    with company.registry.read(OWNER) as tx:
        tables = ("training_worker", "training_leave", "training_posting", "training_import")
        held = "".join(
            str(row) for name in tables for row in tx.session.execute(text(f"SELECT * FROM {name}"))
        )
        newest = journal.lines(tx, limit=5)
    for value in ("山田", "鈴木", "育児休業", "t@x.example"):
        assert value not in held
        assert value not in repr(newest)
    steps = {line.unit_id: line.after for line in newest if line.action == "workers_imported"}
    assert sum((after or {}).get(Step.JOINED, 0) for after in steps.values()) >= 4


def test_completions_are_judged_counted_and_never_doubled(company: Company) -> None:
    """Suppliers' workers are out of scope, who is on leave is explained, the same file adds nothing."""
    company.workers(*FIRST)
    lines = ("1,2026/03/10,90,", "3,2026/03/11,70,", "4,2026/03/11,100,合格")
    assert company.completions(*lines, dry_run=True).counts == {"recorded": 3, "unchanged": 0}
    assert company.rate() == Rate(3, 0, 0, 1)
    company.completions(*lines)
    assert company.rate() == Rate(3, 2, 1, 1)
    assert company.rate().percent == 50
    assert company.rate(date(2026, 3, 10)) == Rate(3, 1, 1, 1)
    assert company.completions(*lines).counts == {"recorded": 0, "unchanged": 3}
    assert company.count(TrainingResult) == 3


@pytest.mark.parametrize(
    ("line", "column", "rule"),
    [
        ("99,2026/03/10,90,", "number", "unknown"),
        ("1,2026/05/10,90,", "taken", "future"),
        ("1,2026/03/10,,", "passed", "required"),
        ("1,2026/03/10,101,", "score", "no_percent"),
        ("1,2026/03/10,50,たぶん", "passed", "unknown"),
    ],
)
def test_a_wrong_completion_refuses_the_whole_file(
    company: Company, line: str, column: str, rule: str
) -> None:
    """Nothing is half taken in."""
    company.workers(*FIRST)
    taken = company.completions("3,2026/03/11,70,", line)
    assert [(each.column, each.rule) for each in taken.refused] == [(column, rule)]
    assert company.count(TrainingResult) == 0


def test_headings_are_proposed_and_remembered(company: Company) -> None:
    """Words of other systems are understood; what a person chose comes back for a file of these headings."""
    found = propose(Kind.COMPLETIONS, ["User ID", "Completion Date", "Score (%)", "Status", "メモ"])
    assert [each.column for each in found] == ["mail", "taken", "score", "passed", ""]
    data = f"コード,だれ,部署コード,入社日\n1,山田,{company.a},2020/04/01".encode()
    reading = read(Kind.WORKERS, data)
    chosen = ["number", "name", "unit", "joined"]
    take_workers(company.registry, OWNER, company.unit_id, reading, chosen, dry_run=False)
    from privacy_mark.training import headings

    with company.registry.read(OWNER) as tx:
        kept = records.remembered(tx, company.unit_id, Kind.WORKERS, headings.digest(reading.headings))
    assert list(read(Kind.WORKERS, data, kept).columns) == chosen


def _worker(company: Company, login: str) -> Principal:
    company.workers(f"1,山田 太郎,{{a}},正社員,2015/04/01,,{login},,,,", *FIRST[1:3])
    return account(company, login)


def test_a_worker_takes_the_own_test_and_nobody_elses(company: Company) -> None:
    """Failing leaves tries, passing ends them; the sheet is sealed, and others find nothing."""
    who = _worker(company, f"own{company.unit_id}@x.example")
    stranger = account(company, f"other{company.unit_id}@x.example")
    registry = company.registry
    with registry.read(who) as tx:
        (assigned,) = own.assignments(tx)
        assert [each.kind for each in due(tx, TODAY)] == [TAKE]
    assert (assigned.standing, assigned.tries_left) == (Standing.OPEN, 3)
    with registry.read(stranger) as tx:
        assert own.assignments(tx) == []
    for wrong, passed in ((8, False), (1, True)):
        with registry.write(who) as tx:
            begun = own.begin(tx, assigned.worker_id, company.course_id)
            assert own.begin(tx, assigned.worker_id, company.course_id) == begun
            answers = right_answers(tx, begun.attempt_id, wrong=wrong)
        with pytest.raises(NotFound), registry.write(stranger) as tx:
            own.submit(tx, begun.attempt_id, answers, language="ja")
        with registry.write(who) as tx:
            assert own.submit(tx, begun.attempt_id, answers, language="ja").passed is passed
        with pytest.raises(InvalidValue, match="submitted"), registry.write(who) as tx:
            own.submit(tx, begun.attempt_id, answers, language="ja")
    with pytest.raises(InvalidValue, match="passed"), registry.write(who) as tx:
        own.begin(tx, assigned.worker_id, company.course_id)
    with registry.read(OWNER) as tx:
        sealed = [tx.session.get_one(TrainingAttempt, row).sheet_sealed for row in _attempts(tx, assigned)]
        assert all(b"answers" not in sheet for sheet in sealed)
        newest = records.results(tx, assigned.worker_id)[0]
    assert (newest.passed, newest.revision, newest.score) == (True, 1, 87)


def _attempts(tx: object, assigned: own.Assignment) -> list[int]:
    query = select(TrainingAttempt.id).where(TrainingAttempt.worker_id == assigned.worker_id)
    return list(tx.session.scalars(query))  # type: ignore[attr-defined]


def test_tries_end_and_are_given_anew_by_a_follow_up(company: Company) -> None:
    """Three failures stop the test until who keeps the training lets the worker try again."""
    who = _worker(company, f"tries{company.unit_id}@x.example")
    with company.registry.read(who) as tx:
        worker_id = own.assignments(tx)[0].worker_id
    for _ in range(3):
        _fail(company, who, worker_id)
    with pytest.raises(InvalidValue, match="used_up"):
        _fail(company, who, worker_id)
    company.clock.advance(timedelta(seconds=1))
    with company.registry.write(OWNER) as tx:
        records.follow_up(tx, worker_id, company.course_id, note="面談した", again=True)
    company.clock.advance(timedelta(seconds=1))
    _fail(company, who, worker_id)
    with company.registry.read(OWNER) as tx:
        page = standing.persons(tx, company.unit_id, company.course_id, TODAY)
        assert records.follow_ups(tx, worker_id, company.course_id)[0].note == "面談した"
    row = next(each for each in page.rows if each.worker_id == worker_id)
    assert (row.standing, row.name, row.followed_up_on) == (Standing.FAILED, "山田 太郎", TODAY)


def test_a_follow_up_is_of_the_day_that_it_is_in_japan(company: Company) -> None:
    """At one o'clock at night it is already the day on which a round opens, and that day is shown."""
    who = _worker(company, f"early{company.unit_id}@x.example")
    with company.registry.read(who) as tx:
        worker_id = own.assignments(tx)[0].worker_id
        (course,) = courses.of_unit(tx, company.unit_id, TODAY)
    assert course.opens_on is not None
    opens = datetime.combine(course.opens_on, time(1), timezone(timedelta(hours=9))).astimezone(UTC)
    before, company.clock.now = company.clock.now, opens
    with company.registry.write(OWNER) as tx:
        records.follow_up(tx, worker_id, company.course_id, note="面談した")
    company.clock.now = before
    with company.registry.read(OWNER) as tx:
        page = standing.persons(tx, company.unit_id, company.course_id, TODAY)
    row = next(each for each in page.rows if each.worker_id == worker_id)
    assert row.followed_up_on == course.opens_on


def _fail(company: Company, who: Principal, worker_id: WorkerId) -> None:
    with company.registry.write(who) as tx:
        begun = own.begin(tx, worker_id, company.course_id)
        own.submit(tx, begun.attempt_id, right_answers(tx, begun.attempt_id, wrong=8), language="ja")


def test_a_paper_holds_no_sign_of_the_right_answers(company: Company) -> None:
    """What a browser could be sent has texts alone, the right one at any place."""
    who = _worker(company, f"paper{company.unit_id}@x.example")
    with company.registry.write(who) as tx:
        worker_id = own.assignments(tx)[0].worker_id
        begun = own.begin(tx, worker_id, company.course_id)
        places = set(right_answers(tx, begun.attempt_id).values())
    assert {field for each in begun.questions for field in each.__slots__} == {
        "id",
        "topic",
        "text",
        "answers",
    }
    assert len(places) > 1


def test_late_workers_and_next_rounds_are_due(company: Company) -> None:
    """Who is on leave is not late; a round is to be opened again after a year."""
    company.workers(*FIRST)
    with company.registry.read(OWNER) as tx:
        found = {each.kind: each for each in due(tx, TODAY) if each.unit_id == company.unit_id}
        assert found[FOLLOW_UP].due_on == TODAY - timedelta(days=1)
        assert found[NEXT_ROUND].due_on == TODAY - timedelta(days=60) + timedelta(days=365)
    company.completions("1,2026/03/10,90,", "3,2026/03/11,90,")
    with company.registry.read(OWNER) as tx:
        kinds = {each.kind for each in due(tx, TODAY) if each.unit_id == company.unit_id}
    assert kinds == {NEXT_ROUND}


def test_published_material_stays_and_a_round_keeps_its_version(company: Company) -> None:
    """A new version counts from the next round on; the old one can be read for ever."""
    with company.registry.write(OWNER) as tx:
        courses.publish(tx, company.course_id, ready_made("joining"), expected_version=1)
        with pytest.raises(InvalidValue, match="unchanged"):
            courses.publish(tx, company.course_id, ready_made("joining"), expected_version=1)
    with company.registry.read(OWNER) as tx:
        (course,) = courses.applying(tx, company.unit_id, TODAY)
        assert course.revision == 1
        assert courses.material(tx, company.course_id, 1) == ready_made("all_workers")
        assert [each.revision for each in courses.versions(tx, company.course_id)] == [2, 1]


def test_comprehension_of_few_is_not_told(company: Company) -> None:
    """A topic that fewer than five answered would tell of single persons."""
    who = _worker(company, f"few{company.unit_id}@x.example")
    with company.registry.read(who) as tx:
        worker_id = own.assignments(tx)[0].worker_id
    _fail(company, who, worker_id)
    with company.registry.read(OWNER) as tx:
        assert standing.comprehension(tx, company.unit_id, company.course_id, TODAY) == []
