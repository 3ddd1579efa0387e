"""Answer sheets: who reads which, with what in them."""

from __future__ import annotations

import pytest

from privacy_mark.training import own, sheets
from privacy_mark.training.content import load, ready_made
from registry import accounts
from registry.errors import NotFound
from registry.model import Principal, Role
from tests.access.training import right_answers
from tests.certification.training.company import OWNER, TODAY, Company, account


def worker(company: Company) -> Principal:
    """Return a worker of the roster with an account."""
    login = f"sheet{company.unit_id}@x.example"
    company.workers(f"1,山田 太郎,{{a}},正社員,2015/04/01,,{login},,,,")
    return account(company, login)


def taken(company: Company, who: Principal, wrong: int) -> own.Past:
    """Take the test and return its result."""
    with company.registry.write(who) as tx:
        (assigned,) = own.assignments(tx)
        begun = own.begin(tx, assigned.worker_id, company.course_id)
        answers = right_answers(tx, begun.attempt_id, wrong=wrong)
        own.submit(tx, begun.attempt_id, answers, language="ja")
        return own.results(tx)[0]


def test_a_sheet_is_the_paper_as_it_was_answered(company: Company) -> None:
    """Every question with its answers in the order of then, the chosen one, and the version asked."""
    who = worker(company)
    past = taken(company, who, 1)
    content = load(ready_made("all_workers"))
    with company.registry.read(who) as tx:
        found = sheets.own_sheet(tx, past.id)
    assert (found.name, found.number, found.result.revision, found.result.score) == ("山田 太郎", "1", 1, 87)
    assert len(found.lines) == content.asked
    for line in found.lines:
        assert line.correct is not None
        assert (line.answers[line.chosen] == line.correct) is line.right
    assert sum(line.right for line in found.lines) == content.asked - 1


def test_right_answers_are_told_to_who_has_passed(company: Company) -> None:
    """Before, one sees which were wrong; afterwards, the sheet of the failed try tells all."""
    who = worker(company)
    failed = taken(company, who, 8)
    with company.registry.read(who) as tx:
        assert {line.correct for line in sheets.own_sheet(tx, failed.id).lines} == {None}
    with company.registry.read(OWNER) as tx:
        assert None not in {line.correct for line in sheets.sheet(tx, failed.id).lines}
    taken(company, who, 0)
    with company.registry.read(who) as tx:
        assert None not in {line.correct for line in sheets.own_sheet(tx, failed.id).lines}


def test_nobody_elses_sheet_is_read(company: Company) -> None:
    """Neither by a colleague nor by a manager without the right; the training manager of the unit may."""
    past = taken(company, worker(company), 1)
    colleague = account(company, f"colleague{company.unit_id}@x.example")
    with company.registry.read(colleague) as tx, pytest.raises(NotFound):
        sheets.own_sheet(tx, past.id)
    with company.registry.write(OWNER) as tx:
        accounts.grant(tx, colleague.user_id, Role.TRAINING_MANAGER, company.unit_id)
    keeper = accounts.principal_of(company.registry, colleague.user_id)
    with company.registry.read(keeper) as tx:
        assert sheets.sheet(tx, past.id).name == "山田 太郎"
        with pytest.raises(NotFound):
            sheets.own_sheet(tx, past.id)


def test_the_list_begins_with_the_weakest_of_a_topic(company: Company) -> None:
    """Of one topic as many sheets as of all; the sums are of that topic alone."""
    who = worker(company)
    taken(company, who, 8)
    taken(company, who, 0)
    topics = load(ready_made("all_workers")).topics
    with company.registry.read(OWNER) as tx:
        whole = sheets.sheets(tx, company.unit_id, company.course_id, TODAY)
        of_one = sheets.sheets(tx, company.unit_id, company.course_id, TODAY, topic=next(iter(topics)))
        second = sheets.sheets(tx, company.unit_id, company.course_id, TODAY, offset=1, limit=1)
    assert [(each.correct, each.asked, each.passed) for each in whole.rows] == [(0, 8, False), (8, 8, True)]
    assert (whole.total, of_one.total, second.total) == (2, 2, 2)
    assert [each.id for each in second.rows] == [whole.rows[1].id]
    assert 0 < of_one.rows[0].asked < 8
