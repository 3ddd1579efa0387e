"""How a mail is told: header lines and proof of transport, behind what programs write before them."""

from __future__ import annotations

import re

_HEADER_LINE = re.compile(rb"[!-9;-~]+:[ \t]?|[ \t]+\S|From \S+|>From ")
_MAIL_NAMES = frozenset(
    b"from to cc subject date message-id mime-version received return-path content-type reply-to".split()
)
_MAIL_PROOF = frozenset(b"message-id mime-version received return-path date content-type".split())
_TELLING = re.compile(
    rb"(?i)(?:from|to|cc|subject|date|message-id|mime-version|received|return-path|reply-to|content-[a-z-]+):"
)
_PARAMETER = re.compile(rb"[\w*-]+=")
_END = re.compile(rb"\r?\n\r?\n")
# A mark of UTF-8, empty lines; the count of bytes that Apple Mail writes before each mail (.emlx).
_BEFORE = re.compile(rb"(?:\xef\xbb\xbf)?[\r\n]*(?:([0-9]{1,10})[ \t]*\r?\n)?")
_ENCLOSED = b"Received: enclosed\nMIME-Version: 1.0\n"
_HEAD_BYTES = 64 << 10
_STRAY = 2  # lines that are no header, in a head that is a mail's beyond doubt


def before(head: bytes) -> tuple[int, int]:
    """Return where a mail's headers begin, and how many bytes it says it has; 0 where it does not."""
    found = _BEFORE.match(head)
    return (found.end(), int(found[1] or 0)) if found else (0, 0)


def is_mail(head: bytes) -> bool:
    """Tell whether the head is a mail's: header lines up to the first empty line, proof of transport."""
    if head[:1] in b"\xef\r\n0123456789":
        head = head[before(head)[0] :]
    if not _HEADER_LINE.match(head):  # nearly every text: spare the search for its first empty line
        return False
    lines = _END.split(head, maxsplit=1)[0].splitlines()
    if len(lines) < 2:
        return False
    strays = 0
    for line in lines[:-1]:
        if not _HEADER_LINE.match(line):
            strays += 1
            if strays > _STRAY:
                return False
    names = {
        line.split(b":", 1)[0].strip().lower() for line in lines if b":" in line and line[:1] not in b" \t"
    }
    known = len(names & _MAIL_NAMES)
    return known >= (4 if strays else 2) and bool(names & _MAIL_PROOF)


def as_mail(data: bytes) -> bytes:
    """Return a mail that is known to be one so that it is told as one, however little its head holds."""
    return data if not data or is_mail(data[:_HEAD_BYTES]) else _ENCLOSED + data


def mended(head: bytes) -> bytes | None:
    """Return a head whose stray lines no longer end it; None when no header of a mail follows."""
    end = _END.search(head)
    rest = head[end.start() :] if end else b""
    lines = head[: len(head) - len(rest)].splitlines(keepends=True)
    strays = [number for number, line in enumerate(lines) if not _HEADER_LINE.match(line)]
    if not strays or not is_mail(head) or not any(map(_TELLING.match, lines[strays[-1] + 1 :])):
        return None
    for number in strays:
        lines[number] = (b" " if _PARAMETER.match(lines[number]) else b"Comments: ") + lines[number]
    return b"".join(lines) + rest
