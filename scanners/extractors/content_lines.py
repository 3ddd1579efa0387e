"""Content lines of vCard and iCalendar (RFC 6350, RFC 5545), and of vCard 2.1 as telephones write them."""

from __future__ import annotations

import binascii
import codecs
import io
import quopri
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from scanners.encodings import Decoded, decode
from scanners.errors import ExtractionError
from scanners.extractors.mail_words import charset_text
from scanners.extractors.plain import WHOLE_BYTES
from scanners.model import Gap, Reason

LONGEST_LINE = 64 << 20
_HEAD = re.compile(rb'(?:[\w-]+\.)?([\w-]+)((?:;(?:[^":;]|"[^"]*")*)*):', re.ASCII)
_PARAMETER = re.compile(r';\s*([\w-]+)(?:=((?:"[^"]*"|[^";])*))?')
_BARE = frozenset({"QUOTED-PRINTABLE", "BASE64", "B", "8BIT", "7BIT"})  # vCard 2.1 names encodings alone
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_UNESCAPED_SPLIT = re.compile(r"(?<!\\);")


@dataclass(frozen=True, slots=True)
class Line:
    """One property: its name in capitals, its parameters, its value as bytes with the encoding undone."""

    name: str
    parameters: dict[str, str]
    value: bytes
    binary: bool  # the value was base64: a document, no text

    def text(self) -> tuple[str, int]:
        """Return the value as text, still escaped, and how many of its characters are damaged."""
        found: Decoded | Gap
        if charset := self.parameters.get("CHARSET"):
            found = charset_text(self.value, charset)
        else:
            found = decode(self.value)
        if isinstance(found, Decoded):
            return found.text, found.damaged
        text = self.value.decode("ascii", "replace")
        return text, text.count("\ufffd")


def unescaped(text: str) -> str:
    """Return a value as it is meant: `\\n` a line end, any other escaped character itself."""
    return _ESCAPED.sub(lambda found: "\n" if found[1] in "nN" else found[1], text)


def components(text: str) -> list[str]:
    """Return the parts of a structured value, unescaped."""
    return [unescaped(part).strip() for part in _UNESCAPED_SPLIT.split(text)]


def _as_utf8(stream: BinaryIO) -> BinaryIO:
    """Return the stream itself, or a copy in UTF-8 of a file in UTF-16."""
    head = stream.read(3)
    stream.seek(0)
    if head.startswith(codecs.BOM_UTF8):
        stream.seek(3)
    if not head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return stream
    data = stream.read(WHOLE_BYTES + 1)
    if len(data) > WHOLE_BYTES:
        raise ExtractionError(Gap(Reason.OVERSIZED, f"UTF-16 of more than {WHOLE_BYTES} bytes"))
    return io.BytesIO(data.decode("utf-16", "replace").encode())


def physical_lines(stream: BinaryIO) -> Iterator[bytes]:
    """Yield lines without their ends; raises `ExtractionError` for an endless one."""
    source = _as_utf8(stream)
    while line := source.readline(LONGEST_LINE):
        if len(line) == LONGEST_LINE:
            raise ExtractionError(Gap(Reason.OVERSIZED, f"a line of more than {LONGEST_LINE} bytes"))
        if b"\r" in line[:-2]:  # line ends of old Macintoshes
            yield from line.rstrip(b"\r\n").split(b"\r")
        else:
            yield line.rstrip(b"\r\n")


def _unfolded(stream: BinaryIO) -> Iterator[bytes]:
    held = bytearray()
    started = soft = False
    for line in physical_lines(stream):
        if started and (soft or line[:1] in (b" ", b"\t")):
            if soft:
                del held[-1:]
            held += line if soft else line[1:]
            if len(held) > LONGEST_LINE:
                raise ExtractionError(Gap(Reason.OVERSIZED, f"a line of more than {LONGEST_LINE} bytes"))
        else:
            if started:
                yield bytes(held)
            held = bytearray(line)
            started = True
        soft = held.endswith(b"=") and b"QUOTED-PRINTABLE" in held[:200].upper().partition(b":")[0]
    if started:
        yield bytes(held)


def content_lines(stream: BinaryIO) -> Iterator[Line | None]:
    """Yield every property; None for a line that is none."""
    for raw in _unfolded(stream):
        if not raw.strip():
            continue
        head = _HEAD.match(raw)
        yield _line(head, raw) if head else None


def _line(head: re.Match[bytes], raw: bytes) -> Line:
    parameters: dict[str, str] = {}
    shown = decode(head[2])
    for name, value in _PARAMETER.findall(shown.text if isinstance(shown, Decoded) else ""):
        key = name.upper()
        if not value and key in _BARE:
            key, value = "ENCODING", key  # noqa: PLW2901  written without its name
        parameters[key] = f"{parameters[key]},{value}" if key in parameters else value.strip('"')
    value, binary = raw[head.end() :], False
    match parameters.get("ENCODING", "").upper():
        case "QUOTED-PRINTABLE":
            value = quopri.decodestring(value)
        case "B" | "BASE64":
            value, binary = from_base64(value), True
    if not binary and value[:5].lower() == b"data:" and b";base64," in value[:200].lower():
        value, binary = from_base64(value[value.index(b",") + 1 :]), True
    return Line(head[1].decode("ascii").upper(), parameters, value, binary)


def from_base64(data: bytes) -> bytes:
    """Return what base64 stands for; from damaged text what can be had."""
    try:
        return binascii.a2b_base64(data)
    except binascii.Error:
        clean = re.sub(rb"[^A-Za-z0-9+/]", b"", data)
        return binascii.a2b_base64(clean[: len(clean) & ~3])
