"""Claims of daily jobs, and the records of views: once, whoever and however many ask."""

from __future__ import annotations

import threading
from datetime import date, timedelta

from sqlalchemy import select

from registry import accounts, claims, expiries, journal, sessions, sign_in
from registry.access import bootstrap_principal
from registry.claims import Claim, Taken
from registry.model import Role
from registry.store.account_tables import UserSession
from registry.views import SensitiveList, note_export, note_view
from tests.registry.world import PASSWORD, World

OWNER = bootstrap_principal()


def actions(world: World) -> list[str]:
    """Return what the journal tells, the oldest first."""
    with world.registry.read(OWNER) as tx:
        return [line.action for line in journal.lines(tx, limit=1000)][::-1]


def test_of_many_who_ask_at_once_one_gets_the_claim(world: World) -> None:
    """Eight askers, one claim; a day that is done is not claimed again, the next day is."""
    got: list[Claim | Taken] = []
    barrier = threading.Barrier(8)

    def ask() -> None:
        barrier.wait()
        got.append(claims.claim(world.registry, OWNER, "job", "2026-04-01"))

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    held = [each for each in got if isinstance(each, Claim)]
    assert (len(got), len(held)) == (8, 1)
    assert claims.finish(world.registry, OWNER, held[0], outcome="done", done=True)
    assert claims.claim(world.registry, OWNER, "job", "2026-04-01") == Taken(done=True)
    assert isinstance(claims.claim(world.registry, OWNER, "job", "2026-04-02"), Claim)
    assert actions(world)[-1] == "job_ended"


def test_a_claim_whose_holder_died_is_taken_over(world: World) -> None:
    """After the lease somebody else works, and what the first one says too late changes nothing."""
    first = claims.claim(world.registry, OWNER, "job", "p")
    assert isinstance(first, Claim)
    world.clock.advance(claims.LEASE - timedelta(seconds=1))
    assert isinstance(claims.claim(world.registry, OWNER, "job", "p"), Taken)
    world.clock.advance(timedelta(seconds=1))
    second = claims.claim(world.registry, OWNER, "job", "p")
    assert isinstance(second, Claim)
    assert second.attempt == 2
    assert not claims.finish(world.registry, OWNER, first, outcome="done", done=True)
    assert claims.finish(world.registry, OWNER, second, outcome="done", done=True)
    assert not claims.finish(world.registry, OWNER, second, outcome="done", done=True)


def test_a_failed_job_may_be_tried_again_at_once(world: World) -> None:
    """It is recorded once a day, however often it fails."""
    for _ in range(3):
        held = claims.claim(world.registry, OWNER, "job", "p")
        assert isinstance(held, Claim)
        assert claims.finish(world.registry, OWNER, held, outcome="failed", done=False)
    assert actions(world).count("job_ended") == 1


def test_what_ran_out_is_counted_for_its_days_and_units(world: World) -> None:
    """A role counts on the day after its last one; who manages one company sees only that one's."""
    with world.registry.write(OWNER) as tx:
        accounts.grant(tx, world.b.user_id, Role.EXECUTIVE, world.b.unit.id, None, date(2026, 4, 3))
    spans = {(1, 2): 0, (2, 3): 1, (2, 9): 1, (3, 9): 0}
    for (after, until), count in spans.items():
        with world.registry.read(OWNER) as tx:
            assert expiries.ended(tx, date(2026, 4, after), date(2026, 4, until)).grants == count
    with world.registry.read(world.personas()["administrator of A"]) as tx:
        assert expiries.ended(tx, date(2026, 4, 2), date(2026, 4, 9)).grants == 0


def test_ended_sessions_are_removed_and_live_ones_stay(world: World) -> None:
    """Signed out or left idle, a session goes; the record of signing in stays."""
    token = sign_in.with_password(world.registry, "user-a", PASSWORD)
    assert isinstance(token, str)
    sessions.sign_out(world.registry, token)
    sign_in.with_password(world.registry, "user-a", PASSWORD)
    world.clock.advance(sessions.IDLE_LIMIT)
    live = sign_in.with_password(world.registry, "user-b", PASSWORD)
    with world.registry.write(OWNER, reason="tick") as tx:
        assert expiries.purge_sessions(tx) == 2
        assert expiries.purge_sessions(tx) == 0
    with world.registry.read(OWNER) as tx:
        assert len(tx.session.scalars(select(UserSession.token_hash)).all()) == 1
    assert isinstance(live, str)
    assert sessions.principal_for(world.registry, live) is not None
    assert actions(world).count("sessions_purged") == 1


def test_a_view_is_recorded_once_per_person_list_unit_and_day(world: World) -> None:
    """The day is the one in Japan; exports are recorded each time."""
    officer, other = world.personas()["officer of A"], world.personas()["officer of B"]
    samples, unit = SensitiveList.SAMPLES, world.a.unit.id
    assert note_view(world.registry, officer, samples, unit)
    assert not note_view(world.registry, officer, samples, unit)
    assert note_view(world.registry, officer, samples, world.a.site.id)
    assert note_view(world.registry, officer, SensitiveList.LOCATIONS, None)
    assert note_view(world.registry, other, samples, world.b.unit.id)
    world.clock.advance(timedelta(hours=12, minutes=1))  # past midnight in Japan, not in UTC
    assert note_view(world.registry, officer, samples, unit)
    for _ in range(2):
        note_export(world.registry, officer, "scan_run", unit, {"format": "jsonl"})
    assert actions(world)[-7:] == ["list_viewed"] * 5 + ["results_exported"] * 2
    with world.registry.read(OWNER) as tx:
        seen = journal.lines(tx, limit=6)[-1]
    assert (seen.actor, seen.table, seen.unit_id) == (officer.name, "samples", world.a.site.id)
