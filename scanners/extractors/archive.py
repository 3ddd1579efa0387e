"""Zip archives: every member is an object of its own, read in memory."""

from __future__ import annotations

import datetime as dt
import zipfile
from collections.abc import Iterator
from typing import BinaryIO

from scanners.errors import ExtractionError
from scanners.extractors.interface import Budget, Extracted, Member
from scanners.extractors.package import content, is_encrypted, member_name, open_package
from scanners.model import Gap, Reason


def _modified_ns(info: zipfile.ZipInfo) -> int:
    """Return a member's time; zip keeps no zone, so it is taken as UTC and only ever compared roughly."""
    try:
        return int(dt.datetime(*info.date_time, tzinfo=dt.UTC).timestamp()) * 1_000_000_000
    except (ValueError, OverflowError):
        return 0


class ZipArchive:
    """Lists and opens members; names are only labels, so `../` in one leads nowhere."""

    def segments(self, stream: BinaryIO, budget: Budget) -> Iterator[Extracted]:
        """Yield every file member; those that cannot be opened carry their gap."""
        archive = open_package(stream, budget)
        locked = 0
        for info in archive.infolist():
            if info.is_dir():
                continue
            member = Member(member_name(info), None, info.file_size, _modified_ns(info))
            if is_encrypted(info):
                locked += 1
                yield member.without(Gap(Reason.ENCRYPTED))
                continue
            yield self._opened(archive, info, member, budget)
        if locked:
            yield Gap(Reason.ENCRYPTED, f"{locked} members")

    def _opened(
        self, archive: zipfile.ZipFile, info: zipfile.ZipInfo, member: Member, budget: Budget
    ) -> Member:
        try:
            return Member(member.name, content(archive, info, budget), info.file_size, member.mtime_ns)
        except ExtractionError as error:
            if error.gap.reason is Reason.EXPANDS_TOO_FAR:
                raise
            return member.without(error.gap)
