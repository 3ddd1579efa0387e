"""What a worker was before a roster said otherwise, so that a past day is told by what held then.

Employment, manager and system administrator are another from the day of the file, with a transfer from its
day. Who joins after the last day of an earlier employment came back: the days of that one are kept as well.
Any other day of joining or leaving is a correction, and holds for the past too.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date, timedelta

from sqlalchemy import Select, bindparam, insert, select, update

from privacy_mark.training.bulk import table_of
from registry.store import Tx
from registry.store.training_tables import TrainingFormer, TrainingPosting, TrainingWorker

_DATED = {"b_employment", "b_is_manager", "b_is_system_administrator"}


@dataclass(slots=True)
class FormerPlan:
    """What will be written: what workers were, and the days of employments that ended."""

    rows: list[dict[str, object]] = field(default_factory=list)
    ended: list[dict[str, object]] = field(default_factory=list)
    begun: list[dict[str, object]] = field(default_factory=list)  # corrected days of joining

    def write(self, tx: Tx) -> None:
        """Write it, in this transaction; the caller has asked."""
        table = table_of(TrainingFormer)
        if self.ended:
            statement = update(table).where(
                table.c.worker_id == bindparam("b_worker_id"),
                table.c.until_on < bindparam("b_before"),
                table.c.joined_on.is_(None),
            )
            values = statement.values(joined_on=bindparam("b_joined_on"), left_on=bindparam("b_left_on"))
            tx.session.execute(values, self.ended)
        if self.begun:
            posting = table_of(TrainingPosting)
            of_worker = posting.c.worker_id == bindparam("b_worker_id")
            first = update(posting).where(of_worker, posting.c.from_on == bindparam("b_was"))
            tx.session.execute(first.values(from_on=bindparam("b_from_on")), self.begun)
        if self.rows:
            tx.session.execute(insert(table), self.rows)


@dataclass(frozen=True, slots=True)
class Former:
    """What is known of the workers of a roster, by the last day of each."""

    known: dict[int, set[date]]
    plan: FormerPlan

    @classmethod
    def of(cls, tx: Tx, workers: Select[int], plan: FormerPlan) -> Former:
        """Return what is known of some workers; the caller has asked."""
        known: dict[int, set[date]] = {}
        rows = select(TrainingFormer.worker_id, TrainingFormer.until_on)
        for worker, until_on in tx.session.execute(rows.where(TrainingFormer.worker_id.in_(workers))):
            known.setdefault(worker, set()).add(until_on)
        return cls(known, plan)

    def keep(self, row: TrainingWorker, changes: Collection[str], joined_on: date, since: date) -> None:
        """Plan to keep what a worker is until a change, which holds since a day."""
        came_back = row.left_on is not None and joined_on > row.left_on
        if came_back:
            since = joined_on
            self.plan.ended.append(
                {
                    "b_worker_id": row.id,
                    "b_before": since,
                    "b_joined_on": row.joined_on,
                    "b_left_on": row.left_on,
                }
            )
        elif joined_on != row.joined_on:
            self.plan.begun.append({"b_worker_id": row.id, "b_was": row.joined_on, "b_from_on": joined_on})
        if not came_back and not _DATED.intersection(changes):
            return
        until_on, known = since - timedelta(days=1), self.known.get(row.id, set())
        later = not came_back and max(known, default=until_on) > until_on
        if until_on in known or until_on < row.joined_on or later:
            return  # nothing held in between
        self.plan.rows.append(
            {
                "worker_id": row.id,
                "unit_id": row.unit_id,
                "until_on": until_on,
                "employment": row.employment,
                "is_manager": row.is_manager,
                "is_system_administrator": row.is_system_administrator,
                "joined_on": row.joined_on if came_back else None,
                "left_on": row.left_on if came_back else None,
            }
        )
