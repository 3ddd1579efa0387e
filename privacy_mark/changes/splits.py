"""Splits 会社分割 and transfers of business 事業譲渡, as far as the tree shows them.

A part of a holder comes to another entity or becomes one, or an entity is made below a holder: the tree does
not say whether business went with it, so a report is proposed that asks. What happened between the same two
entities within sixty days is one, as long as its report is open: what happens after an answer that there is
nothing to report, or while somebody approves it and afterwards, brings another one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from itertools import count

from sqlalchemy import func, select

from privacy_mark.changes.catalogue import Kind, Outcome
from privacy_mark.changes.model import ChangeDraft, State
from privacy_mark.changes.rows import CHANGES, OF_ENTITY
from privacy_mark.changes.tree import Past, Was, is_entity, name
from registry.access import today_in_japan
from registry.journal import Action
from registry.sealing import Row
from registry.store import Tx
from registry.store.certificate_tables import CertificateRecord
from registry.store.change_tables import ChangeRecord
from registry.store.tables import JournalRecord

ABOUT = timedelta(days=60)  # registers tell of one change on days so near to each other


@dataclass(frozen=True, slots=True)
class Split:
    """That something of a holder went to another entity, or came from it."""

    holder: int
    other: int | None  # None: to what stands above all entities
    name: str = field(repr=False)  # of the other one
    at: datetime
    parts: tuple[tuple[str, str], ...] = field(repr=False)  # what was where, and is where
    turn: int = 1  # of the reports that begin on one day

    @property
    def on(self) -> date:
        """Return the day in Japan."""
        return today_in_japan(self.at)

    @property
    def between(self) -> str:
        """Return how the causes of all reports about the same two begin."""
        return f"{OF_ENTITY}{self.other or 0}:"

    @property
    def cause(self) -> str:
        """Return what the report is kept under."""
        return f"{self.between}{self.on.isoformat()}" + (f":{self.turn}" if self.turn > 1 else "")

    @property
    def draft(self) -> ChangeDraft:
        """Return the report that it brings."""
        before, after = ("\n".join(filter(None, each)) for each in zip(*self.parts, strict=True))
        return ChangeDraft(Kind.SPLIT, self.on, before, after)


@dataclass(frozen=True, slots=True)
class _Known:
    """A report of a split that there is, and until when it tells what happened."""

    row: ChangeRecord
    until: datetime

    @property
    def is_open(self) -> bool:
        """Return whether it takes up what happens now."""
        return self.row.state == State.OPEN.value and self.row.outcome != Outcome.NONE.value

    def told(self, split: Split) -> bool:
        """Tell whether it has this; one that was entered before tells what was planned until its day."""
        planned = self.row.cause is None and not self.is_open and split.on <= self.row.changed_on
        return split.at <= self.until or planned


def proposed(
    tx: Tx, past: Past, since: datetime, certificates: Mapping[int, Sequence[CertificateRecord]]
) -> Iterator[tuple[CertificateRecord, Split, ChangeRecord | None]]:
    """Yield the splits of holders since a moment that no report tells of, each with the report to add it to.

    None: it needs a report of its own. The caller has checked who asks.
    """
    found = list(_made(tx, past, since))
    found += [each for was in past.changes() for each in moved(was, past)]
    known = _known(tx, certificates)
    for holder, held in certificates.items():
        mine = sorted((each for each in found if each.holder == holder), key=lambda each: each.at)
        for certificate in held:
            rest = []
            for split in mine:
                about = [each for each in known.get(certificate.id, ()) if _tells(tx, each.row, split)]
                if any(each.told(split) for each in about):
                    continue
                row = next((each.row for each in about if each.is_open), None)
                if row is None:
                    rest.append(split)
                else:
                    yield certificate, split, row
            taken = {each.row.cause for each in known.get(certificate.id, ())}
            for split in together(rest):
                turns = (replace(split, turn=turn) for turn in count(1))
                yield certificate, next(each for each in turns if each.cause not in taken), None


def moved(was: Was, past: Past) -> Iterator[Split]:
    """Yield what a change of one unit means for the entities that it left and came to."""
    if is_entity(was.before):
        return  # it was moved, merged, or became a part of another one: `detection` tells of it
    left = past.entity(was.unit_id, was.before, was.until)
    came = past.entity(was.unit_id, was.after, was.until)
    if left is None or left == came:
        return
    here = name(past.state(left, was.until))
    there = name(past.state(came, was.until)) if came is not None else "—"
    own = came == was.unit_id
    parts = ((f"{name(was.before)}（{here}）", there if own else f"{name(was.after)}（{there}）"),)
    yield Split(left, came, there, was.until, parts)
    if came is not None and not own and was.unit.merged_into_id != came:
        yield Split(came, left, here, was.until, parts)


def together(found: Iterable[Split]) -> list[Split]:
    """Return what happened between the same two within sixty days as one, on the first day."""
    kept: dict[tuple[int, int | None], list[Split]] = {}
    for each in sorted(found, key=lambda each: each.at):
        mine = kept.setdefault((each.holder, each.other), [])
        if mine and each.on - mine[-1].on <= ABOUT:
            mine[-1] = replace(mine[-1], parts=tuple(dict.fromkeys((*mine[-1].parts, *each.parts))))
        else:
            mine.append(each)
    return [each for of in kept.values() for each in of]


def _made(tx: Tx, past: Past, since: datetime) -> Iterator[Split]:
    """Yield the entities that were made below a holder after its certificate was registered."""
    of = JournalRecord
    first = select(of.unit_id, func.min(of.at)).where(of.action == Action.CERTIFICATE_REGISTERED.value)
    registered = {row.unit_id: row[1] for row in tx.session.execute(first.group_by(of.unit_id))}
    if not registered:
        return
    for unit_id, at in tx.session.execute(
        select(of.unit_id, of.at)
        .where(of.action == Action.UNIT_CREATED.value, of.at >= since)
        .order_by(of.seq)
    ):
        if unit_id is None:
            continue
        made = past.state(unit_id, at)
        holder = past.entity_above(made, at) if is_entity(made) else None
        if holder is not None and holder in registered and at > registered[holder]:
            yield Split(holder, unit_id, name(made), at, (("", name(made)),))


def _known(tx: Tx, certificates: Mapping[int, Sequence[CertificateRecord]]) -> Mapping[int, Sequence[_Known]]:
    """Return the reports of splits that there are, by certificate."""
    rows = tx.session.scalars(
        select(ChangeRecord)
        .where(
            ChangeRecord.certificate_id.in_([each.id for of in certificates.values() for each in of]),
            ChangeRecord.kind == Kind.SPLIT.value,
        )
        .order_by(ChangeRecord.id)
    ).all()
    of = JournalRecord
    added = select(of.row_id, func.max(of.at)).where(
        of.table_name == CHANGES,
        of.row_id.in_([str(row.id) for row in rows]),
        of.action == Action.CHANGE_EXTENDED.value,
    )
    extended = dict(tx.session.execute(added.group_by(of.row_id)).all())
    found: dict[int, list[_Known]] = {}
    for row in rows:
        until = max(row.recorded_at, extended.get(str(row.id), row.recorded_at))
        found.setdefault(row.certificate_id, []).append(_Known(row, until))
    return found


def _tells(tx: Tx, row: ChangeRecord, split: Split) -> bool:
    """Tell whether a report is about a split: opened for it, or entered by hand and naming the other one."""
    days = [row.changed_on]
    if row.cause is not None:
        days.append(date.fromisoformat(row.cause.split(":")[2]))  # people may correct the day
    if all(abs(day - split.on) > ABOUT for day in days):
        return False
    if row.cause is not None:
        return row.cause.startswith(split.between)
    sealed, other = Row(tx, CHANGES, row.uid), split.name.partition(" / ")[0]
    # The other one stands in what was where it gave something, in what is where it took it over.
    return any(
        other in sealed.opened(column, kept)
        for column, kept in (("before", row.before_sealed), ("after", row.after_sealed))
    )
