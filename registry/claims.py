"""Claims of what must happen once per period: whoever gets the claim works, everybody else leaves it.

A claim holds for a lease. Who dies while holding it leaves a claim that somebody else takes over when the
lease has run out; who fails gives it back at once. A period that is done is never claimed again.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select

from registry.access import top_unit
from registry.journal import Action
from registry.model import Principal
from registry.store import Registry
from registry.store.tables import TickClaim

LEASE = timedelta(minutes=30)  # longer than any job of ours takes; a journal of 10 million records 3 minutes


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to do one job for one period until `until`."""

    job: str
    period: str
    holder: str
    until: datetime
    attempt: int


@dataclass(frozen=True, slots=True)
class Taken:
    """Why there is nothing to do: the period is done, or somebody is at it until `until`."""

    done: bool
    until: datetime | None = None


def claim(
    registry: Registry, principal: Principal, job: str, period: str, *, lease: timedelta = LEASE
) -> Claim | Taken:
    """Take the claim of a (job, period); safe when many ask at once, as writers queue on both databases."""
    with registry.write(principal) as tx:
        row = tx.session.scalar(select(TickClaim).where(TickClaim.job == job, TickClaim.period == period))
        if row is not None and row.done_at is not None:
            return Taken(done=True)
        if row is not None and tx.now < row.lease_until:
            return Taken(done=False, until=row.lease_until)
        holder, until = secrets.token_hex(16), tx.now + lease
        if row is None:
            row = TickClaim(job=job, period=period, attempts=0, outcome="")
            tx.session.add(row)
        row.holder, row.claimed_at, row.lease_until = holder, tx.now, until
        row.attempts += 1
        return Claim(job, period, holder, until, row.attempts)


def done(registry: Registry, principal: Principal, periods: Collection[str]) -> frozenset[tuple[str, str]]:
    """Return the (job, period) pairs of these periods that are done."""
    with registry.read(principal) as tx:
        query = select(TickClaim.job, TickClaim.period).where(
            TickClaim.period.in_(periods), TickClaim.done_at.is_not(None)
        )
        return frozenset((job, period) for job, period in tx.session.execute(query))


def done_since(registry: Registry, principal: Principal, moment: datetime) -> frozenset[str]:
    """Return the jobs of which a period was done since a moment."""
    with registry.read(principal) as tx:
        return frozenset(tx.session.scalars(select(TickClaim.job).where(TickClaim.done_at >= moment)))


def finish(registry: Registry, principal: Principal, held: Claim, *, outcome: str, done: bool) -> bool:
    """End a claim with what came of it; not `done`: it may be claimed again at once.

    False, and nothing changes, when the lease ran out and somebody else has taken the claim over.
    """
    with registry.write(principal, reason="tick") as tx:
        row = tx.session.scalar(
            select(TickClaim).where(
                TickClaim.job == held.job, TickClaim.period == held.period, TickClaim.holder == held.holder
            )
        )
        if row is None or row.done_at is not None:
            return False
        row.outcome = outcome
        row.done_at = tx.now if done else None
        row.lease_until = tx.now
        if done or held.attempt == 1:  # what fails at every tick of a day is told once
            ended = {"job": held.job, "period": held.period, "outcome": outcome, "attempt": held.attempt}
            tx.record(Action.JOB_ENDED, "tick_claim", row.id, top_unit(tx), None, ended)
        return True
