"""The calendar of certificates as iCalendar (RFC 5545): whole days, with names that whoever asks may see."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from icalendar import Calendar
from icalendar import Event as Entry

from privacy_mark.certificates.agenda import Event, Line

_DAY = timedelta(days=1)


def calendar(
    lines: Sequence[Line], summary: Callable[[Line, Event], str], *, name: str, now: datetime
) -> bytes:
    """Return all days that lie ahead as a calendar file; the same day of a certificate keeps its identity."""
    made = Calendar()
    made.add("prodid", "-//Daicho//certificates//JA")
    made.add("version", "2.0")
    made.add("calscale", "GREGORIAN")
    made.add("method", "PUBLISH")
    made.add("x-wr-calname", name)
    for line in lines:
        for event in line.events:
            entry = Entry()
            what = event.step.value if event.step else event.accident or "day"
            entry.add("uid", f"{line.certificate.number}-{event.kind}-{what}@daicho".lower())
            entry.add("dtstamp", now)
            entry.add("dtstart", event.on)
            entry.add("dtend", event.on + _DAY)
            entry.add("summary", summary(line, event))
            entry.add("transp", "TRANSPARENT")
            made.add_component(entry)
    return bytes(made.to_ical())
