"""iCalendar (RFC 5545): what an event says, who was asked to it, and what is attached."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import BinaryIO

from scanners.extractors.content_lines import Line, content_lines, unescaped
from scanners.extractors.interface import Budget, Extracted, Member
from scanners.extractors.markup import visible_text
from scanners.model import Category, Gap, Reason, RecordField, RecordSegment

_OTHER_PARTS = frozenset({b"VCALENDAR", b"VTIMEZONE", b"VALARM"})  # all others are events, tasks and notes
_TEXTS = MappingProxyType(
    {
        "SUMMARY": "件名",
        "DESCRIPTION": "内容",
        "LOCATION": "場所",
        "COMMENT": "コメント",
        "CONTACT": "連絡先",
        "CATEGORIES": "分類",
        "RESOURCES": "備品",
        "REQUEST-STATUS": "返答の状態",
        "URL": "URL",
        "X-ALT-DESC": "内容",
        "X-WR-CALNAME": "予定表名",
        "X-WR-CALDESC": "予定表の説明",
    }
)
_PERSONS = MappingProxyType({"ORGANIZER": "主催者", "ATTENDEE": "参加者"})
_TELEPHONE = re.compile(r"(?<![\w.])(?:\+81[- ]?|0)\d(?:[- ]?\d){7,9}(?!\d)")
_NO_PERSON = frozenset({"ROOM", "RESOURCE", "GROUP"})


@dataclass(slots=True)
class _Event:
    """One event, task or note while its lines pass by."""

    place: str
    texts: list[RecordField] = field(default_factory=list)
    persons: list[RecordSegment] = field(default_factory=list)
    members: list[Member] = field(default_factory=list)

    def segments(self) -> Iterator[Extracted]:
        """Yield the event's own words as one record, then everybody in it, then its attachments."""
        if self.texts:
            yield RecordSegment("予定 event", tuple(self.texts))
        yield from self.persons
        yield from self.members


class Calendar:
    """A file of events; one that is malformed costs its own lines only."""

    def segments(self, stream: BinaryIO, budget: Budget) -> Iterator[Extracted]:
        """Yield the events in order; lines that are no properties are a gap."""
        broken = damaged = number = 0
        unended = 0
        outer, event = _Event("calendar"), None
        for line in content_lines(stream):
            if line is None:
                broken += 1
                continue
            part = line.value.strip().upper()
            is_event = part.startswith(b"V") and part not in _OTHER_PARTS
            if line.name == "BEGIN" and is_event:
                if event is not None:
                    unended += 1
                    yield from event.segments()
                number += 1
                event = _Event(f"event {number}")
            elif line.name == "END" and is_event:
                if event is not None:
                    yield from event.segments()
                event = None
            else:
                damaged += _take(event or outer, line, budget)
        if event is not None:
            unended += 1
            yield from event.segments()
        yield from outer.segments()
        if unended:
            told = f"{unended} of {number} events do not end"
            yield Gap(Reason.DAMAGED, told, seen=number - unended, total=number, unit="events")
        if broken:
            yield Gap(Reason.DAMAGED, f"{broken} lines that are no properties")
        if damaged:
            yield Gap(Reason.UNDECODABLE, f"{damaged} characters")


def _take(event: _Event, line: Line, budget: Budget) -> int:
    """Take one property; returns how many of its characters are damaged."""
    place = f"{event.place}: {line.name}"
    if line.binary:
        budget.member()
        budget.spend(len(line.value))
        named = (line.parameters.get(key) for key in ("FILENAME", "X-FILENAME", "X-APPLE-FILENAME"))
        name = next((each for each in named if each), f"{event.place} {line.name}")
        event.members.append(Member(name, io.BytesIO(line.value), len(line.value)))
        return 0
    if line.name in _PERSONS:
        text, damaged = line.text()
        label = _PERSONS[line.name]
        person = line.parameters.get("CUTYPE", "").upper() not in _NO_PERSON
        fields = []
        name = line.parameters.get("CN", "").strip().strip("'\"")
        if name and "@" not in name:
            category = Category.PERSON if person else None
            fields.append(RecordField(f"{place} CN {label}", name, category, label, subject=person))
        scheme, _, address = text.strip().partition(":")
        if scheme.lower() == "mailto" and "@" in address:
            fields.append(RecordField(f"{place} {label}", address, Category.EMAIL, label, subject=person))
        elif scheme.lower() in ("tel", "sms"):
            number = address.partition(";")[0]
            fields.append(RecordField(f"{place} {label}", number, Category.PHONE, label, subject=person))
        if fields:
            event.persons.append(RecordSegment(f"{label} {line.name.lower()}", tuple(fields)))
        return damaged
    label = _TEXTS.get(line.name, "")
    if not label and not (line.name.startswith("X-") and not line.name.startswith(("X-MICROSOFT", "X-LIC"))):
        return 0
    text, damaged = line.text()
    value = unescaped(text).strip()
    if line.name == "X-ALT-DESC":
        value = visible_text(value)
    if label or not value.isascii() or "@" in value or _TELEPHONE.search(value):
        shown = f"{place} {label}" if label else f"{event.place}: X-…"  # the writer's own name for it
        event.texts.append(RecordField(shown, value, None, label, subject=False))
    return damaged
