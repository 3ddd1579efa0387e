"""The transfer encodings of a mail's parts (RFC 2045), as mailers really write them."""

from __future__ import annotations

import binascii
import re
from email.message import Message

from scanners.extractors.package import MALFORMED

_NAME = re.compile(r"[\s\"']*([\w-]+)")
_PLAIN = frozenset({"", "7bit", "8bit", "binary", "quoted-printable"})
_BASE64_LINE = re.compile(rb"[A-Za-z0-9+/]+={0,3}[ \t]*|[ \t]*")
_NO_BASE64 = re.compile(rb"[^A-Za-z0-9+/=]+")
_CHUNK = re.compile(rb"[A-Za-z0-9+/]+")
_LONG = 40  # letters of base64 in a line that no list or gateway writes below a mail
_NO_QUOTED = re.compile(rb"=(?![0-9A-Fa-f]{2}|[ \t]*\r?\n)")


def transfer_encoding(part: Message) -> str:
    """Return the encoding that a part names, without the blanks, quotes and remarks around it."""
    found = _NAME.match(str(part.get("content-transfer-encoding", "")).lower())
    return found[1] if found else ""


def payload(part: Message) -> tuple[bytes, bytes]:
    """Return a part's bytes with its transfer encoding undone, and text that stands behind them."""
    encoding = str(part.get("content-transfer-encoding", "")).lower()
    if encoding not in _PLAIN:
        encoding = transfer_encoding(part)
        del part["content-transfer-encoding"]  # the library knows only the bare names
        if encoding != "base64":
            part["Content-Transfer-Encoding"] = encoding
    try:
        data = part.get_payload(decode=True)
    except (binascii.Error, *MALFORMED):
        data = str(part.get_payload()).encode("ascii", "ignore")
    if not isinstance(data, bytes):
        return b"", b""
    return base64_bytes(data) if encoding == "base64" else (data, b"")


def base64_bytes(letters: bytes) -> tuple[bytes, bytes]:
    """Return the bytes of base64, and plain text written below it; damaged base64 gives what it can."""
    try:
        return binascii.a2b_base64(letters.translate(None, b" \t\r\n"), strict_mode=True), b""
    except binascii.Error:
        pass
    lines = letters.splitlines(keepends=True)
    end = _end(lines)
    if any(len(line) > _LONG and _BASE64_LINE.fullmatch(line.rstrip()) for line in lines[end:]):
        end = len(lines)  # base64 goes on: what stands between is damage, which is passed over
    whole = _NO_BASE64.sub(b"", b"".join(lines[:end]))
    # every run of letters up to its "=" is a piece of its own
    return b"".join(map(_piece, _CHUNK.findall(whole))), b"".join(lines[end:])


def _end(lines: list[bytes]) -> int:
    """Return the first line that is no base64; behind a "=" a word is none either."""
    closed = False
    for number, line in enumerate(each.rstrip() for each in lines):
        if not _BASE64_LINE.fullmatch(line) or (closed and len(line) % 4):
            return number
        closed = closed or line.endswith(b"=")
    return len(lines)


def _piece(letters: bytes) -> bytes:
    if len(letters) % 4 == 1:
        letters = letters[:-1]
    return binascii.a2b_base64(letters + b"=" * (-len(letters) % 4))


def enclosed_bytes(raw: bytes, encoding: str) -> bytes:
    """Return an enclosed mail whose encoding is undone, which no mail may have and some have."""
    if encoding == "base64":
        data, behind = base64_bytes(raw)
        return data or behind
    if encoding == "quoted-printable" and not _NO_QUOTED.search(raw):
        return binascii.a2b_qp(raw)
    return raw
