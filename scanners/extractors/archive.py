"""Zip archives: every member is an object of its own, read in memory; names are only labels."""

from __future__ import annotations

import datetime as dt
import stat
from collections.abc import Iterator
from dataclasses import replace
from typing import BinaryIO

from scanners.errors import ExtractionError
from scanners.extractors.holding import filled
from scanners.extractors.interface import Budget, Extracted, Member
from scanners.extractors.member_names import decoded_name, label
from scanners.extractors.package import MALFORMED
from scanners.extractors.unpacked import Unpacked
from scanners.extractors.zip_content import plain, unlocked
from scanners.extractors.zip_directory import (
    NO_LOCAL_HEADER,
    UTF8_NAME,
    Directory,
    Ground,
    ZipEntry,
    data_place,
    entries,
    find,
    unlisted,
)
from scanners.model import Gap, Reason

_UNICODE_PATH = 0x7075  # Info-ZIP Unicode Path Extra Field


def _modified_ns(entry: ZipEntry) -> int:
    """Return a member's time; zip keeps no zone, so it is taken as UTC and only ever compared roughly."""
    date, time = entry.date, entry.time
    try:
        moment = dt.datetime(
            1980 + (date >> 9),
            date >> 5 & 15,
            date & 31,
            time >> 11,
            time >> 5 & 63,
            (time & 31) * 2,
            tzinfo=dt.UTC,
        )
    except ValueError:
        return 0
    return int(moment.timestamp()) * 1_000_000_000


def _name(entry: ZipEntry) -> tuple[str, str]:
    path = entry.field(_UNICODE_PATH)
    if len(path) > 5 and not entry.flags & UTF8_NAME:
        return label(path[5:].decode("utf-8", errors="replace"))
    return label(decoded_name(entry.raw_name, utf8=bool(entry.flags & UTF8_NAME)))


def _read_of(gap: Gap, seen: int, total: int, lead: str) -> Gap:
    """Return a gap that ended the reading, saying how many members were read before it."""
    told = f"{lead}read: {seen} of {total} members"
    return replace(gap, detail=told, seen=seen, total=total, unit="members")


class ZipArchive:
    """Lists and opens members in the directory's order."""

    def segments(self, stream: BinaryIO, budget: Budget) -> Iterator[Extracted]:
        """Yield every file member; those that cannot be opened carry their gap.

        Without a directory the members are read one after another, as far as they go.
        """
        try:
            directory = find(stream)
        except ExtractionError as error:
            yield error.gap
            if error.gap.reason is Reason.DAMAGED:
                stream.seek(0)
                for part in Unpacked("zip", backwards=False).segments(stream, budget):
                    if not isinstance(part, Member) or part.name or part.size:  # four letters are no member
                        yield part
            return
        yield from self._members(stream, directory, budget)

    def _members(self, stream: BinaryIO, directory: Directory, budget: Budget) -> Iterator[Extracted]:
        ground, listed, locked, shared, total = Ground(), 0, 0, 0, directory.members
        lost: dict[str, Member] = {}
        places: set[int] = set()
        try:
            for entry in entries(stream, directory):
                try:
                    budget.member()
                except ExtractionError as error:
                    yield _read_of(error.gap, listed, total, f"{error.gap.detail}; ")
                    break
                listed += 1
                places.add(entry.offset)
                if entry.is_folder:
                    continue
                member = self._member(stream, entry, ground, budget)
                locked += member.gap is not None and member.gap.reason is Reason.ENCRYPTED
                shared += member.gap is not None and member.gap.detail.startswith("overlaps")
                if member.gap is not None and member.gap.detail == NO_LOCAL_HEADER:
                    lost[member.name] = member
                else:
                    yield member
            else:
                beside = unlisted(stream, directory, ground, places) - len(lost)
                if beside > 0:
                    yield Gap(Reason.DAMAGED, f"members that its directory does not list: {beside}")
            yield from self._found(stream, lost, budget)
        except ExtractionError as error:
            yield _read_of(error.gap, max(0, listed - 1), total, f"{error.gap.detail}; ")
        except MALFORMED as error:
            yield _read_of(Gap(Reason.DAMAGED), listed, total, f"{type(error).__name__}; ")
        if locked:
            told = f"{locked} of {total} members"
            yield Gap(Reason.ENCRYPTED, told, seen=total - locked, total=total, unit="members")
        if shared:
            told = f"{shared} of {total} members overlap others"
            yield Gap(Reason.EXPANDS_TOO_FAR, told, seen=total - shared, total=total, unit="members")

    def _found(self, stream: BinaryIO, lost: dict[str, Member], budget: Budget) -> Iterator[Member]:
        """Yield the members that do not lie where the directory says, those that a walk finds first."""
        if lost:
            stream.seek(0)
            for part in Unpacked("zip", backwards=False).segments(stream, budget):
                if isinstance(part, Member) and part.stream is not None and part.name in lost:
                    del lost[part.name]
                    yield replace(part, note="; ".join(filter(None, (part.note, "found by its own header"))))
        yield from lost.values()

    def _member(self, stream: BinaryIO, entry: ZipEntry, ground: Ground, budget: Budget) -> Member:
        """Return one member; raises `ExtractionError` only when the whole archive expands too far."""
        name, note = _name(entry)
        member = Member(name, None, entry.size, _modified_ns(entry), note=note)
        if entry.mode and stat.S_ISLNK(entry.mode):
            return member.without(Gap(Reason.LINK))
        if entry.mode and stat.S_IFMT(entry.mode) not in (0, stat.S_IFREG):
            return member.without(Gap(Reason.NOT_REGULAR))
        try:
            place = data_place(stream, entry)
            if not ground.take(entry.offset, place + entry.packed):
                return member.without(Gap(Reason.EXPANDS_TOO_FAR, "overlaps another member"))
            if not entry.is_encrypted:
                return filled(member, plain(stream, entry, place), budget)
            key = unlocked(stream, entry, budget)
        except ExtractionError as error:
            if error.gap.reason is Reason.EXPANDS_TOO_FAR:
                raise
            return member.without(error.gap)
        told = "; ".join(filter(None, (key.note, note)))
        return replace(member, stream=key.opened, note=told)
