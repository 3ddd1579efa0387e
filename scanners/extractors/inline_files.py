"""Files written into the text of old mails and news: uuencode and yEnc."""

from __future__ import annotations

import binascii
import io
import re

from scanners.encodings import Decoded, decode
from scanners.extractors.interface import Member

_UU = re.compile(
    rb"^begin [0-7]{3,4} (?P<name>[^\r\n]+)\r?\n(?P<lines>(?:[!-`][ -`]*\r?\n)*)[ `]?\r?\n?end[ \t]*\r?$",
    re.MULTILINE,
)
_YENC = re.compile(
    rb"^=ybegin [^\r\n]*?name=(?P<name>[^\r\n]+)\r?\n(?:=ypart [^\r\n]*\r?\n)?"
    rb"(?P<lines>.*?)^=yend[^\r\n]*\r?$",
    re.MULTILINE | re.DOTALL,
)
_SHIFTED = bytes((byte - 42) % 256 for byte in range(256))
_ESCAPED = re.compile(rb"=(.)", re.DOTALL)


def inline_files(data: bytes) -> tuple[bytes, list[Member]]:
    """Return a body without the files written into it, and the files."""
    files: list[Member] = []
    if b"begin " not in data:
        return data, files

    def taken(match: re.Match[bytes], content: bytes | None) -> bytes:
        if content is None:
            return match[0]
        decoded = decode(match["name"].strip())
        name = decoded.text if isinstance(decoded, Decoded) else "file"
        files.append(Member(name, io.BytesIO(content), len(content)))
        return b""

    data = _UU.sub(lambda match: taken(match, _uudecoded(match["lines"])), data)
    data = _YENC.sub(lambda match: taken(match, _ydecoded(match["lines"])), data)
    return data, files


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
