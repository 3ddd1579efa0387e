"""Files written into the text of old mails and news: uuencode and yEnc."""

from __future__ import annotations

import binascii
import io
import re

from scanners.encodings import Decoded, decode
from scanners.extractors.interface import Member
from scanners.model import Gap, Reason

_UU = re.compile(
    rb"^begin [0-7]{3,4} (?P<name>[^\r\n]+)\r?\n(?P<lines>(?:[!-`][ -`]*\r?\n)*)[ `]?\r?\n?end[ \t]*\r?$",
    re.MULTILINE,
)
_UU_OPEN = re.compile(
    rb"^begin [0-7]{3,4} (?P<name>[^\r\n]+)\r?\n(?P<lines>(?:[!-`][ -`]*\r?\n)+)", re.MULTILINE
)
_YENC = b"=ybegin "
_YENC_END = re.compile(rb"^=yend[^\r\n]*\r?$", re.MULTILINE)
_SHIFTED = bytes((byte - 42) % 256 for byte in range(256))
_ESCAPED = re.compile(rb"=(.)", re.DOTALL)


def inline_files(data: bytes) -> tuple[bytes, list[Member]]:
    """Return a body without the files written into it, and the files."""
    files: list[Member] = []
    if b"begin " not in data:
        return data, files

    def taken(match: re.Match[bytes]) -> bytes:
        content = _uudecoded(match["lines"])
        if content is None:
            return match[0]
        files.append(_file(match["name"], content))
        return b""

    def cut(match: re.Match[bytes]) -> bytes:
        """Take what lines there are of a file without its end, as far as they are as long as they say."""
        lines = match["lines"].splitlines(keepends=True)
        count = next((n for n, line in enumerate(lines) if not _is_uu(line.rstrip(b"\r\n"))), len(lines))
        content = _uudecoded(b"".join(lines[:count]))
        if not content:
            return match[0]
        files.append(_file(match["name"], content, Gap(Reason.DAMAGED, "uuencode without its end")))
        return b"".join(lines[count:])

    return _without_yenc(_UU_OPEN.sub(cut, _UU.sub(taken, data)), files), files


def _is_uu(line: bytes) -> bool:
    wanted = -(-((line[0] - 32) & 63) // 3) * 4
    return wanted <= len(line) - 1 <= wanted + 2


def _file(name: bytes, content: bytes, gap: Gap | None = None) -> Member:
    decoded = decode(name.strip())
    shown = decoded.text if isinstance(decoded, Decoded) else "file"
    return Member(shown, io.BytesIO(content), len(content), gap=gap)


def _without_yenc(data: bytes, files: list[Member]) -> bytes:
    """Return a body without its files in yEnc, which are added to `files`."""
    kept, place, end = [], 0, None
    start = data.find(_YENC)
    while start >= 0:
        if end is None or end.start() < start:  # searched for once, however many files begin before it
            end = _YENC_END.search(data, start)
        if end is None:
            break
        line_end, name = 0, b""
        if not start or data[start - 1 : start] == b"\n":
            line_end = data.find(b"\n", start)
            name = data[start:line_end].partition(b"name=")[2].strip()
        if not name:
            start = data.find(_YENC, start + 1)
            continue
        lines = data[line_end + 1 : end.start()]
        if lines.startswith(b"=ypart "):
            lines = lines.partition(b"\n")[2]
        files.append(_file(name, _ydecoded(lines)))
        kept.append(data[place:start])
        place = end.end()
        start = data.find(_YENC, place)
    return b"".join((*kept, data[place:]))


def _uudecoded(lines: bytes) -> bytes | None:
    out = []
    for line in lines.splitlines():
        try:
            out.append(binascii.a2b_uu(line))
        except binascii.Error:
            # encoders that pad wrongly: as many bytes as the line says
            wanted = (((line[0] - 32) & 63) * 4 + 5) // 3 if line else 0
            try:
                out.append(binascii.a2b_uu(line[:wanted]))
            except binascii.Error:
                return None
    return b"".join(out)


def _ydecoded(lines: bytes) -> bytes:
    plain = lines.replace(b"\r", b"").replace(b"\n", b"")
    return _ESCAPED.sub(lambda match: bytes(((match[1][0] - 64) % 256,)), plain).translate(_SHIFTED)
