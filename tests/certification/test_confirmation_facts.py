"""What a confirmation is told by the platform: days of Japan, rights of leavers, days of physical checks."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from privacy_mark.agenda import agenda
from privacy_mark.confirmations import answering
from privacy_mark.confirmations.answers import prefilled
from privacy_mark.confirmations.facts import facts
from privacy_mark.confirmations.questions import FactKind, questions
from privacy_mark.confirmations.states import ConfirmationState
from registry import accounts, applications, runs
from registry.access import bootstrap_principal
from registry.account_names import login_digest
from registry.errors import InvalidValue
from registry.model import Place, Role, UnitId
from registry.store import Tx
from registry.store.base import new_uid
from registry.store.training_tables import TrainingPosting, TrainingWorker
from scanners.model import RunTotals
from tests.access.confirmations import DAY, all_right
from tests.certification.test_confirmations import asked, ids, manager, officer
from tests.registry.test_applications import STATED
from tests.registry.world import World, draft, person

EARLY = datetime(2026, 3, 31, 16, 0, tzinfo=UTC)  # one o'clock in the morning of 1 April in Japan


# Days of Japan


def test_a_scan_of_the_early_morning_is_of_that_day_in_japan(world: World) -> None:
    """Nightly scans end before nine: in UTC that is still the day, and on the first the month, before."""
    totals = RunTotals(listed=1, complete=1)
    with world.registry.write(bootstrap_principal()) as tx:
        runs.record_run(
            tx,
            run_id=runs.new_run_id(EARLY),
            unit_id=world.a.unit.id,
            source_id=world.a.source.id,
            started_at=EARLY - timedelta(hours=1),
            finished_at=EARLY,
            totals=totals,
            rules_version="1",
            files=(),
        )
        scans = facts(tx, world.a.unit.id, DAY, DAY)[FactKind.SCANS]
    assert (scans.is_right, scans.numbers["scanned"]) == (True, 1)


def test_an_application_of_the_early_morning_is_due_on_that_day_in_japan(world: World) -> None:
    """What was sent at one o'clock at night has waited since today, not since yesterday."""
    world.clock.now = EARLY
    with world.registry.write(person(41, Role.DEPARTMENT_MANAGER, world.a.site.id)) as tx:
        wanted = draft(
            world.a.site.id,
            world.a.source,
            retention_months=None,
            places=(Place(None, "", "棚"),),
            handling=STATED,
        )
        applications.submit_new(tx, wanted, reason="新しい業務を始めます")
    with world.registry.read(person(51, Role.OFFICER, world.a.unit.id)) as tx:
        lines = agenda(tx, world.a.unit.id, DAY).lines
    assert [line.due.due_on for line in lines if line.due.kind == "applications.decide"] == [DAY]


def test_what_was_looked_at_after_the_period_is_no_check_of_it(world: World) -> None:
    """In May a check of April can be answered, but only what somebody saw in April counts."""
    round_ = asked(world)
    world.clock.advance(timedelta(days=35))
    with world.registry.write(manager(world)) as tx:
        (first,) = ids(tx, round_)
        late = [replace(each, checked_on=each.checked_on and date(2026, 5, 4)) for each in all_right()]
        with pytest.raises(InvalidValue, match="day_after_period"):
            answering.answer(tx, first, late, expected_version=1)
        last = [replace(each, checked_on=each.checked_on and date(2026, 4, 30)) for each in all_right()]
        assert answering.answer(tx, first, last, expected_version=1).state is ConfirmationState.ANSWERED


# Rights of who moved or left


def _worker(tx: Tx, unit_id: UnitId, login: str, *, left: date | None = None) -> TrainingWorker:
    row = TrainingWorker(
        uid=new_uid(),
        unit_id=unit_id,
        roster_id=unit_id,
        number_digest=new_uid(),
        login_digest=login_digest(tx.vault, login),
        number_sealed=b"",
        name_sealed=b"",
        employment="regular",
        joined_on=DAY - timedelta(days=900),
        left_on=left,
    )
    tx.session.add(row)
    tx.session.flush()
    return row


def test_that_no_role_changed_tells_nothing_of_leavers(world: World) -> None:
    """Rights were adjusted: no number here can say so, and nothing is answered beforehand."""
    with world.registry.read(officer(world)) as tx:
        found = facts(tx, world.a.site.id, DAY, DAY)
    access = found[FactKind.ACCESS]
    assert (access.is_right, set(access.numbers.values())) == (None, {0})
    (question,) = [each for each in questions().sets["employees"].questions if each.id == "access_changes"]
    assert prefilled(question, found) is None


def test_a_leaver_with_a_role_is_an_exception(world: World) -> None:
    """Until the role ends; who left one company for another of the group did not leave."""
    day = DAY + timedelta(days=3)
    with world.registry.write(bootstrap_principal()) as tx:
        _worker(tx, world.a.unit.id, "user-a", left=DAY)
        went = _worker(tx, world.a.unit.id, "user-b", left=DAY)
        moved = _worker(tx, world.a.unit.id, "nobody")
        posting = {"worker_id": moved.id, "unit_id": world.a.site.id, "from_on": DAY - timedelta(days=9)}
        tx.session.add(TrainingPosting(**posting, until_on=DAY))
        here = _worker(tx, world.b.unit.id, "user-b")
        told = facts(tx, world.a.unit.id, DAY, day)[FactKind.ACCESS]
        numbers = {name: told.numbers[name] for name in ("workers", "moved", "left", "active")}
        assert (told.is_right, numbers) == (False, {"workers": 3, "moved": 1, "left": 2, "active": 1})
        here.left_on = DAY
        tx.session.flush()
        assert facts(tx, world.a.unit.id, DAY, day)[FactKind.ACCESS].numbers["active"] == 2
        assert facts(tx, world.a.unit.id, DAY, DAY)[FactKind.ACCESS].is_right is None  # the last day itself
        tx.session.delete(went)
        accounts.end_grant(tx, world.a.grant_id, DAY)
        tx.session.flush()
        assert facts(tx, world.a.unit.id, DAY, day)[FactKind.ACCESS].is_right is None
