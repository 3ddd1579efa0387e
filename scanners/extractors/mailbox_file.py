"""Mailboxes in one file (mbox, RFC 4155; Thunderbird): every message is a member, one held at a time."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from typing import BinaryIO

from scanners.extractors.interface import Budget, Extracted, Member
from scanners.extractors.mail_head import as_mail
from scanners.model import Gap, Reason

MAILBOX = re.compile(rb"From [^\r\n]*\r?\n(?:>?From [^\r\n]*\r?\n)?[!-9;-~]+:")
_SEPARATOR = re.compile(rb"From .*?(?:\d\d?:\d\d|\b(?:19|20)\d\d\b)")
_HEADER = re.compile(rb"[!-9;-~]+:|>?From ")
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
        line = stream.readline(_LINE)
        while line:
            here, line = line, stream.readline(_LINE)
            # "From 2019 on …" may open a paragraph: behind a separator headers follow
            if (
                blank
                and here.startswith(b"From ")
                and (not begun or (_SEPARATOR.match(here) and _HEADER.match(line)))
            ):
                if begun:
                    number += 1
                    yield _message(number, held, size)
                budget.member()
                held, size, begun = io.BytesIO(), 0, True
                blank = False
                continue
            blank = here in (b"\n", b"\r\n", b"\r")
            size += len(here)  # nothing is unpacked here: the messages count what comes out of them
            if size <= _LARGEST:
                held.write(here[1:] if _QUOTED.match(here) else here)
        if begun:
            yield _message(number + 1, held, size)


def _message(number: int, held: io.BytesIO, size: int) -> Member:
    name = f"message {number}.eml"
    if size > _LARGEST:
        return Member(name, None, size, gap=Gap(Reason.OVERSIZED, f"more than {_LARGEST} bytes"))
    data = held.getvalue()  # shares its bytes
    mail = as_mail(data)
    if mail is not data:
        held, size = io.BytesIO(mail), len(mail)
    held.seek(0)
    return Member(name, held, size)
