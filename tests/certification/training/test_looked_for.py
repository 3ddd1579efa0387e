"""Who is late is only looked for where somebody may be: alone in a module, so its registry has one course."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import event

from privacy_mark.training.due import due
from tests.certification.training.company import OWNER, TODAY, Company

OPENED = TODAY - timedelta(days=60)


def test_workers_are_only_counted_of_courses_that_may_be_late(company: Company) -> None:
    """Before the round's day is over nobody can be late: no statement looks for who is."""
    asked: list[str] = []

    def told(*call: object) -> None:
        asked.append(str(call[2]))

    with company.registry.read(OWNER) as tx:
        engine = tx.session.connection().engine
        event.listen(engine, "before_cursor_execute", told)
        for day, looked in ((OPENED, False), (TODAY, True)):
            asked.clear()
            due(tx, day)
            assert any("training_posting" in each for each in asked) is looked
        event.remove(engine, "before_cursor_execute", told)
