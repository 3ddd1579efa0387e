"""The calendar of certificates as iCalendar (RFC 5545, RFC 7986): whole days, of units whoever asks may see.

Nothing in it names a person. The same content at the same `now` gives the same bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from icalendar import Calendar, vDuration
from icalendar import Event as Entry

from privacy_mark.certificates.agenda import Event, Line

REFRESH = timedelta(hours=6)
"""So often a program that subscribes should ask again."""

_DAY = timedelta(days=1)


def calendar(
    lines: Sequence[Line],
    summary: Callable[[Line, Event], str],
    *,
    name: str,
    now: datetime,
    address: Callable[[Line], str] | None = None,
) -> bytes:
    """Return all days that lie ahead as a calendar; the same day of a certificate keeps its identity.

    `address` gives the page of a certificate, where the calendar's reader finds more.
    """
    made = Calendar()
    made.add("prodid", "-//Daicho//certificates//JA")
    made.add("version", "2.0")
    made.add("calscale", "GREGORIAN")
    made.add("method", "PUBLISH")
    made.add("name", name)
    made.add("x-wr-calname", name)  # what programs read that do not know RFC 7986
    made.add("refresh-interval", vDuration(REFRESH), parameters={"VALUE": "DURATION"})
    made.add("x-published-ttl", vDuration(REFRESH))
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
            if address is not None:
                entry.add("url", address(line))
            made.add_component(entry)
    return bytes(made.to_ical())
