"""What comes next for every certificate: the calendar of the group, its feed, and what is due."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select

from privacy_mark.certificates.model import Accident, Certificate, Round, RoundState, State
from privacy_mark.certificates.register import certificates
from privacy_mark.certificates.rows import accident_of, round_of, steps_of
from privacy_mark.certificates.steps import Step
from registry.access import scope
from registry.model import Permission, UnitId
from registry.store import Tx
from registry.store.certificate_tables import CertificateAccident, CertificateRound


class EventKind(enum.StrEnum):
    """What a day of the calendar is; the ids are public API."""

    FIRST_REPORT = "first_report"  # 速報の期限
    FULL_REPORT = "full_report"  # 確報の期限
    OPENS = "opens"  # 更新申請の受付開始
    CLOSES = "closes"  # 更新申請の受付終了
    STEP = "step"  # a planned step
    EXPIRES = "expires"  # 有効期間の満了


@dataclass(frozen=True, slots=True)
class Event:
    """One day of a certificate that lies ahead, or that has passed undone."""

    kind: EventKind
    on: date
    step: Step | None = None
    accident: str = ""  # number of the accident


@dataclass(frozen=True, slots=True)
class Line:
    """One certificate with all that lies ahead of it, the next first."""

    certificate: Certificate
    round: Round | None  # the open application
    accidents: tuple[Accident, ...]  # with a report to come
    events: tuple[Event, ...]
    missed: bool  # the window closed, and no application was handed in until then

    @property
    def next(self) -> Event | None:
        """Return what comes next; None when nothing is planned or the certificate has ended."""
        return self.events[0] if self.events else None


def agenda(tx: Tx, today: date, *, unit_id: UnitId | None = None) -> list[Line]:
    """Return the visible certificates sorted by what comes next; those without anything ahead come last.

    Of a unit and all below it; four questions, however many there are.
    """
    found = certificates(tx, unit_id=unit_id)
    seen = scope(tx, Permission.VIEW_CERTIFICATION)
    rows = list(
        tx.session.scalars(
            select(CertificateRound).where(
                CertificateRound.unit_id.in_(seen), CertificateRound.state == RoundState.OPEN.value
            )
        )
    )
    steps = steps_of(tx, [row.id for row in rows])
    running = {row.certificate_id: round_of(tx, row, steps[row.id]) for row in rows}
    reported: dict[int, list[Accident]] = {}
    waiting = select(CertificateAccident).where(
        CertificateAccident.unit_id.in_(seen),
        CertificateAccident.full_sent.is_(None),
        CertificateAccident.withdrawn_on.is_(None),
    )
    for row in tx.session.scalars(waiting.order_by(CertificateAccident.full_due)):
        reported.setdefault(row.certificate_id, []).append(accident_of(tx, row))
    lines = [line(each, running.get(each.id), reported.get(each.id, ()), today) for each in found]
    return sorted(lines, key=lambda each: (each.next.on if each.next else date.max, each.certificate.id))


def line(of: Certificate, running: Round | None, waiting: Sequence[Accident], today: date) -> Line:
    """Return one certificate with what lies ahead of it on a day."""
    events = [
        Event(
            EventKind.FIRST_REPORT
            if due == each.first_due and each.first_sent is None
            else EventKind.FULL_REPORT,
            due,
            accident=each.number,
        )
        for each in waiting
        if (due := each.next_due()) is not None
    ]
    missed = False
    if of.ended_on is None:
        applied = running.applied_on if running is not None else None
        if of.window is not None:
            missed = min(applied or today, today) > of.window.closes
        if of.window is not None and applied is None:
            if today < of.window.opens:
                events.append(Event(EventKind.OPENS, of.window.opens))
            if today <= of.window.closes:
                events.append(Event(EventKind.CLOSES, of.window.closes))
        if of.state is State.HELD and of.granted is not None:
            events.append(Event(EventKind.EXPIRES, of.granted.valid_until))
        if running is not None:
            after = running.next_step()
            begun = False
            for step in Step:
                begun = begun or step is after
                days = running.steps[step]
                if begun and days.actual is None and days.planned is not None:
                    events.append(Event(EventKind.STEP, days.planned, step))
    events.sort(key=lambda each: (each.on, list(EventKind).index(each.kind)))
    return Line(of, running, tuple(waiting), tuple(events), missed)
