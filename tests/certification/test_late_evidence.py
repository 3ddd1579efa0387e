"""What was late, ran out or was never looked at is not shown as evidence by the product."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from privacy_mark.certificates import accidents
from privacy_mark.changes import handling as changing
from privacy_mark.changes import register as reports
from privacy_mark.complaints import handling, register
from privacy_mark.confirmations import answering
from privacy_mark.confirmations.periods import due_day, next_due_day
from privacy_mark.requirements.facts import Fact, Standing
from privacy_mark.requirements.model import SupplierId
from privacy_mark.requirements.suppliers import SUPPLIERS, members_of
from registry import ledger, risk_analysis, runs
from registry.access import bootstrap_principal
from registry.model import UnitId
from registry.store import Tx
from registry.store.base import new_uid
from registry.store.rights_tables import RightsRequest
from registry.store.risk_tables import RiskAnalysisRecord
from registry.store.tables import AssessmentRecord
from scanners.model import RunTotals
from tests.access import certificates, changes, complaints, confirmations
from tests.access.bases import APPROVER, RECORDER
from tests.access.rights import DAY
from tests.access.risks import judged
from tests.registry.world import World, draft

pytestmark = pytest.mark.parametrize("world", ["sqlite"], indirect=True)


def fact(tx: Tx, supplier: SupplierId, unit_id: UnitId, day: date = DAY) -> Fact | None:
    """Return what a supplier says of an entity on a day."""
    return SUPPLIERS[supplier].facts(tx, members_of(tx, frozenset({unit_id})), day).get(unit_id)


def told(tx: Tx, supplier: SupplierId, unit_id: UnitId, day: date = DAY) -> tuple[Standing, int, int] | None:
    """Return how an entity stands on a day, and how many of how many."""
    found = fact(tx, supplier, unit_id, day)
    return (found.standing, found.done, found.of) if found is not None else None


def scanned(tx: Tx, world: World, at: datetime, **counts: int) -> None:
    """Record a run of A's source."""
    runs.record_run(
        tx,
        run_id=runs.new_run_id(at),
        unit_id=world.a.unit.id,
        source_id=world.a.source.id,
        started_at=at,
        finished_at=at,
        totals=RunTotals(**counts),
        rules_version="1",
        files=(),
    )


# Comparison of the ledger with reality


def test_a_comparison_shows_nothing_of_who_was_never_scanned(world: World) -> None:
    """The group's comparison is no evidence of a company without an examined source; a scan dates it."""
    unit, kind = world.a.unit.id, SupplierId.RECONCILIATION
    with world.registry.write(bootstrap_principal()) as tx:
        compared = AssessmentRecord(id="a-1", at=tx.now, unit_id=world.group.id, current=True)
        tx.session.add(compared)
        tx.session.flush()
        assert fact(tx, kind, unit) is None
        scanned(tx, world, tx.now - timedelta(days=41), listed=2, failed=2)
        assert fact(tx, kind, unit) is None  # nothing could be read
        scanned(tx, world, tx.now - timedelta(days=40), listed=2, complete=2)
        day = DAY - timedelta(days=40)
        assert fact(tx, kind, unit) == Fact(Standing.SHOWN, 0, 0, day, day + timedelta(days=92))
        assert told(tx, kind, unit, day + timedelta(days=93)) == (Standing.LACKING, 0, 0)
        assert fact(tx, kind, world.b.unit.id) is None


# Confirmations


def test_confirmations_that_stopped_are_no_evidence(world: World) -> None:
    """When the next round is due and nobody opened it, what was confirmed before has run out."""
    unit = world.a.unit.id
    with world.registry.write(RECORDER) as tx:
        found = confirmations.fill(tx, unit, "甲")
        answering.answer(tx, found.open_id, confirmations.all_right(), expected_version=1)
    with world.registry.write(APPROVER) as tx:
        for each in (found.open_id, found.answered_id):
            answering.confirm(tx, each, expected_version=2)
        last = due_day("2026-05")
        assert fact(tx, SupplierId.CONFIRMATIONS, unit, last) == Fact(Standing.SHOWN, 2, 2, DAY, last)
        for day in (last + timedelta(days=1), date(2027, 10, 1)):
            assert told(tx, SupplierId.CONFIRMATIONS, unit, day) == (Standing.LACKING, 0, 2)


def test_a_yearly_round_counts_until_the_next_one_is_due(world: World) -> None:
    """The year after the fiscal year, not the month after its last day; December is followed by January."""
    del world
    assert next_due_day("2026") == due_day("2027") == date(2028, 4, 10)
    assert next_due_day("2026-12") == due_day("2027-01") == date(2027, 2, 10)


# What is handled by a day


def test_what_was_answered_late_is_not_in_time(world: World) -> None:
    """It is counted as late; where nothing was in time the record does not show that it is handled."""
    unit, kind = world.a.unit.id, SupplierId.COMPLAINTS
    with world.registry.write(bootstrap_principal()) as tx:
        late = register.receive(tx, complaints.draft(unit))
    world.clock.advance(timedelta(days=60))
    with world.registry.write(bootstrap_principal()) as tx:
        answered = late.due_on + timedelta(days=1)
        handling.answer(tx, late.id, "停止した", answered_on=answered, expected_version=1)
        assert told(tx, kind, unit, answered) == (Standing.LACKING, 0, 1)
        soon = register.receive(tx, complaints.draft(unit))
        handling.answer(tx, soon.id, "停止した", answered_on=soon.due_on, expected_version=1)
        assert told(tx, kind, unit, answered) == (Standing.SHOWN, 1, 2)


@pytest.mark.parametrize(
    ("extended", "standing"), [(None, Standing.LACKING), (DAY + timedelta(days=30), Standing.SHOWN)]
)
def test_a_request_is_in_time_by_its_day_or_the_extended_one(
    world: World, extended: date | None, standing: Standing
) -> None:
    """Answered on the twentieth day of fourteen it is late, unless the day was put off."""
    unit = world.a.unit.id
    with world.registry.write(bootstrap_principal()) as tx:
        days: dict[str, Any] = {
            "received_on": DAY,
            "target_on": DAY + timedelta(days=14),
            "extended_until": extended,
            "answered_on": DAY + timedelta(days=20),
        }
        names = [column.name for column in RightsRequest.__table__.columns if column.name.endswith("_sealed")]
        codes = ("kind", "applicant", "delivery", "limit_country", "identity_method", "opinion", "decision")
        tx.session.add(
            RightsRequest(
                uid=new_uid(),
                number="R-1",
                unit_id=unit,
                state="closed",
                refusal="",
                updated_at=tx.now,
                **dict.fromkeys(names, b""),
                **dict.fromkeys(codes, ""),
                **days,
            )
        )
        tx.session.flush()
        found = fact(tx, SupplierId.REQUESTS, unit, DAY + timedelta(days=21))
    assert found is not None
    assert found.standing is standing


def test_the_first_report_of_an_accident_has_its_own_day(world: World) -> None:
    """Not sent by then it is late, though the full report has time; sent late, it stays late."""
    unit, kind = world.a.unit.id, SupplierId.ACCIDENTS
    with world.registry.write(bootstrap_principal()) as tx:
        made = certificates.fill(tx, unit)
        (accident,) = accidents.accidents(tx, made.certificate_id)
        assert accident.first_due is not None
        past = accident.first_due + timedelta(days=1)
        assert past < accident.full_due
        assert fact(tx, kind, unit) == Fact(Standing.UNDER_WAY, 1, 1, DAY, accident.first_due)
        assert told(tx, kind, unit, past) == (Standing.LACKING, 0, 1)
    world.clock.advance(timedelta(days=60))
    with world.registry.write(bootstrap_principal()) as tx:
        sent = accidents.sent(tx, accident.id, first=past, full=None, expected_version=accident.version)
        assert fact(tx, kind, unit, past) == Fact(Standing.UNDER_WAY, 0, 1, DAY, accident.full_due)
        full = accident.full_due
        sent = accidents.sent(tx, accident.id, first=past, full=full, expected_version=sent.version)
        assert told(tx, kind, unit, full) == (Standing.LACKING, 0, 1)
        in_time = accident.first_due
        sent = accidents.sent(
            tx, accident.id, first=in_time, full=full + timedelta(days=1), expected_version=sent.version
        )
        assert told(tx, kind, unit, full) == (Standing.LACKING, 0, 1)
        accidents.sent(tx, accident.id, first=in_time, full=full, expected_version=sent.version)
        assert told(tx, kind, unit, full) == (Standing.SHOWN, 1, 1)


def test_a_change_report_with_a_late_task_is_not_in_time(world: World) -> None:
    """Approved in the end, it is still counted as late."""
    unit, kind = world.a.unit.id, SupplierId.CHANGES
    with world.registry.write(bootstrap_principal()) as tx:
        held = certificates.fill(tx, unit)
        made = reports.enter(tx, held.certificate_id, changes.draft())
        after = max(task.due_on for task in made.tasks) + timedelta(days=1)
    world.clock.advance(timedelta(days=(after - DAY).days))
    with world.registry.write(bootstrap_principal()) as tx:
        for task in made.tasks:
            made = changing.finish_task(tx, task.id, "行った", on=after, expected_version=task.version)
        made = changing.submit(tx, made.id, expected_version=made.version)
    with world.registry.write(APPROVER) as tx:
        changing.approve(tx, made.id, "", expected_version=made.version)
        assert told(tx, kind, unit, after) == (Standing.LACKING, 0, 1)


# Risks


def test_the_day_of_accepted_risks_is_of_those_accepted(world: World) -> None:
    """An analysis that was opened again lends no day to the others."""
    unit = world.a.unit.id
    with world.registry.write(bootstrap_principal()) as tx:
        other = ledger.create_entry(tx, draft(unit, world.a.source, name="採用の応募者"))
    entries = (world.a.entry.id, other.id)
    for entry in entries:
        with world.registry.write(RECORDER) as tx:
            made = risk_analysis.save(tx, entry, judged(tx, entry), expected_version=0)
        with world.registry.write(APPROVER) as tx:
            made = risk_analysis.accept(tx, entry, expected_version=made.version)
        world.clock.advance(timedelta(days=10))
    with world.registry.write(RECORDER) as tx:
        first = entries[0]
        before = risk_analysis.analysis(tx, first)
        again = [replace(each, present="入退室の記録") for each in judged(tx, first)]
        risk_analysis.save(tx, first, again, expected_version=before.version, reason="事務所の移転")
        found = fact(tx, SupplierId.RISK_REVIEW, unit, DAY + timedelta(days=20))
    assert found is not None
    assert (found.standing, found.done, found.of) == (Standing.LACKING, 1, 2)
    assert found.on == DAY + timedelta(days=10)


def test_accepted_risks_hold_until_the_first_review_that_was_set(world: World) -> None:
    """A review before the year is over ends it; without an earlier one the year since acceptance does."""
    unit, entry = world.a.unit.id, world.a.entry.id
    with world.registry.write(RECORDER) as tx:
        made = risk_analysis.save(tx, entry, judged(tx, entry), expected_version=0)
    with world.registry.write(APPROVER) as tx:
        risk_analysis.accept(tx, entry, expected_version=made.version)
        row = tx.session.scalars(select(RiskAnalysisRecord)).one()
        for day, until in (
            (date(2026, 9, 30), date(2026, 9, 30)),
            (date(2028, 4, 1), DAY + timedelta(days=366)),
        ):
            row.next_review = day
            tx.session.flush()
            found = fact(tx, SupplierId.RISK_REVIEW, unit, DAY)
            assert found is not None
            assert (found.standing, found.until) == (Standing.SHOWN, until)
