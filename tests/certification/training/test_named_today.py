"""Lines of 今日の対応 name who is late with training, to who may see it; to others a number at most."""

from __future__ import annotations

from datetime import timedelta

import pytest

from privacy_mark.about import NOTHING, About, about
from privacy_mark.due import Due
from privacy_mark.training import courses, due
from privacy_mark.training.courses import CourseDraft
from privacy_mark.training.model import Audience, Cycle
from registry import processors
from registry.model import Permission, Role
from registry.processors import ProcessorDraft
from registry.roles import PERMISSIONS
from registry.store import Tx
from tests.certification.training.company import OWNER, TODAY, Company
from tests.registry.world import person


def lines(tx: Tx, company: Company, kind: str) -> list[Due]:
    """Return the lines of one kind about the company."""
    return [each for each in due.due(tx, TODAY) if each.kind == kind and each.unit_id == company.unit_id]


def roster(company: Company, number: int) -> None:
    """Take in so many workers of whom nobody took the course, one on leave, and one who has just come."""
    joined = [f"{each},従業者 {each},{{a}},正社員,2015/04/01,,,,,," for each in range(1, number + 1)]
    company.workers(
        *joined,
        "91,休職 者,{b},正社員,2015/04/01,,,,休職,2026/02/01,",
        "92,新入 者,{b},正社員,2026/03/31,,,,,,",
    )


def test_who_is_late_is_named_and_the_others_counted(company: Company) -> None:
    """The first three of five; who passed, is on leave, or has just come is not among them."""
    roster(company, 6)
    company.completions("6,2026/03/01,90,合格")
    for unit_id in (company.unit_id, company.a_id):
        with company.registry.read(person(31, Role.TRAINING_MANAGER, unit_id)) as tx:
            found = lines(tx, company, due.FOLLOW_UP)
            assert about(tx, found) == [About(("従業者 1", "従業者 2", "従業者 3"), 2)]
    with company.registry.read(person(32, Role.EXECUTIVE, company.unit_id)) as tx:
        assert about(tx, found) == [NOTHING]


@pytest.mark.parametrize(("number", "told"), [(5, 5), (4, 0)])
def test_without_the_right_to_see_them_there_is_a_number(
    company: Company, monkeypatch: pytest.MonkeyPatch, number: int, told: int
) -> None:
    """Of four or fewer not even that."""
    kept = frozenset({Permission.MANAGE_TRAINING})
    monkeypatch.setitem(PERMISSIONS, Role.SCAN_OPERATOR, kept)
    roster(company, number)
    with company.registry.read(person(33, Role.SCAN_OPERATOR, company.unit_id)) as tx:
        assert about(tx, lines(tx, company, due.FOLLOW_UP)) == [About((), told)]


def test_suppliers_that_were_not_taught_are_named(company: Company) -> None:
    """Three of four, and one more."""
    with company.registry.write(OWNER) as tx:
        since = TODAY - timedelta(days=60)
        made = courses.create(
            tx, CourseDraft(company.unit_id, "委託先", "Suppliers", Audience.SUPPLIERS, Cycle.JOINING, since)
        )
        for each in range(1, 5):
            processors.add_processor(tx, ProcessorDraft(company.unit_id, f"委託先 {each}", contract="契約"))
    with company.registry.read(person(34, Role.TRAINING_MANAGER, company.unit_id)) as tx:
        (found,) = [each for each in lines(tx, company, due.SUPPLIER) if each.row == str(made.id)]
        names = ("委託先 1", "委託先 2", "委託先 3")
        assert about(tx, [found]) == [About(names, 1, people=False)]
