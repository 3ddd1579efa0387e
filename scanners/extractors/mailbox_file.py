"""Mailboxes in one file (mbox, RFC 4155; Thunderbird): every message is a member, one held at a time."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from typing import BinaryIO

from scanners.extractors.interface import Budget, Extracted, Member
from scanners.model import Gap, Reason

MAILBOX = re.compile(rb"From [^\r\n]*\r?\n(?:>?From [^\r\n]*\r?\n)?[!-9;-~]+:")
_SEPARATOR = re.compile(rb"From .*?(?:\d\d?:\d\d|\b(?:19|20)\d\d\b)")
_QUOTED = re.compile(rb">+From ")
_LARGEST = 256 << 20
_LINE = 1 << 20


class Mailbox:
    """Each message of a mailbox, the deleted ones that still stand in it too."""

    def segments(self, stream: BinaryIO, budget: Budget) -> Iterator[Extracted]:
        """Yield the messages in their order, named by their number."""
        stream.seek(0)
        held, size, number = io.BytesIO(), 0, 0
        blank, begun = True, False
        while line := stream.readline(_LINE):
            if blank and line.startswith(b"From ") and (not begun or _SEPARATOR.match(line)):
                if begun:
                    number += 1
                    yield _message(number, held, size)
                budget.member()
                held, size, begun = io.BytesIO(), 0, True
                blank = False
                continue
            blank = line in (b"\n", b"\r\n", b"\r")
            size += len(line)  # nothing is unpacked here: the messages count what comes out of them
            if size <= _LARGEST:
                held.write(line[1:] if _QUOTED.match(line) else line)
        if begun:
            yield _message(number + 1, held, size)


def _message(number: int, held: io.BytesIO, size: int) -> Member:
    name = f"message {number}.eml"
    if size > _LARGEST:
        return Member(name, None, size, gap=Gap(Reason.OVERSIZED, f"more than {_LARGEST} bytes"))
    held.seek(0)
    return Member(name, held, size)
