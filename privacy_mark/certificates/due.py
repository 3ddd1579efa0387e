"""What must be done by a day about certificates, accidents and plans; it rises before its day too."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from privacy_mark.certificates import year_overview
from privacy_mark.certificates.agenda import EventKind, Line, agenda
from privacy_mark.certificates.steps import Reminder, procedure
from privacy_mark.due import Due
from registry.access import units_allowed
from registry.model import Permission
from registry.store import Tx

PREPARE, APPLY = "certificate.prepare", "certificate.apply"
STEP, EXPIRES = "certificate.step", "certificate.expires"
FIRST_REPORT, FULL_REPORT = "accident.first_report", "accident.full_report"
_REMINDERS = {
    EventKind.OPENS: (PREPARE, Reminder.OPENS),
    EventKind.CLOSES: (APPLY, Reminder.CLOSES),
    EventKind.STEP: (STEP, Reminder.STEP),
    EventKind.EXPIRES: (EXPIRES, Reminder.EXPIRES),
}


def due(tx: Tx, today: date) -> list[Due]:
    """Return what who asks may act on: window days within their reminders, steps, expiry, reports.

    An expiry is told of only when nobody applied within the window. With what is due of yearly
    plans; sorted by day.
    """
    may = units_allowed(tx, Permission.MANAGE_CERTIFICATION)
    found = year_overview.due(tx, today)
    if may:
        lines = (line for line in agenda(tx, today) if line.certificate.unit_id in may)
        found += [each for line in lines for each in _of(line, today)]
    return sorted(found, key=lambda each: (each.due_on, each.number))


def _of(line: Line, today: date) -> Iterator[Due]:
    of = line.certificate
    stepped = False
    for event in line.events:
        if event.kind in (EventKind.FIRST_REPORT, EventKind.FULL_REPORT):
            kind = FIRST_REPORT if event.kind is EventKind.FIRST_REPORT else FULL_REPORT
            yield Due(kind, of.unit_id, event.on, event.accident, str(of.id))
            continue
        if event.kind is EventKind.EXPIRES and not line.missed:
            continue
        if event.kind is EventKind.STEP:  # the next one alone
            if stepped:
                continue
            stepped = True
        name, reminder = _REMINDERS[event.kind]
        lead = procedure(event.on).leads[reminder]
        if lead.begins(event.on) <= today:
            yield Due(name, of.unit_id, event.on, of.number, str(of.id), lead.level(event.on, today))
