"""Names inside archives are only labels: decoded, cut where endless, and told where they lead astray."""

from __future__ import annotations

import re

from scanners.encodings import Decoded, decode

LONGEST = 1_024
_OUTSIDE = re.compile(r"(^|/)\.\.(/|$)")
_CUT = re.compile(rb"[\x81-\x9f\xe0-\xfc].|[^\x81-\x9f\xe0-\xfc]+", re.DOTALL)
_ABSOLUTE = re.compile(r"^(/|[A-Za-z]:)")


def decoded_name(raw: bytes, *, utf8: bool = False) -> str:
    """Return a name's text: as UTF-8 where the archive says so, else as the encoding its bytes are in."""
    if raw.isascii():
        return raw.decode("ascii")
    if utf8:
        return raw.decode("utf-8", errors="replace")
    decoded = decode(raw)
    return decoded.text if isinstance(decoded, Decoded) else raw.decode("cp437")


def _second(part: bytes) -> bytes:
    return part[:1] + b"\\" if len(part) == 2 and part[0] > 0x80 and part[1:] == b"/" else part


def mended(raw: bytes) -> bytes:
    """Put back the second bytes of CP932 characters that a reader took for separators: 5C was 2F in ソ.

    2F is never a second byte, so that nothing else is touched.
    """
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        return _CUT.sub(lambda found: _second(found.group()), raw)
    return raw


def label(name: str) -> tuple[str, str]:
    """Return a name as it may stand in a location, and a word on it where it would have led elsewhere."""
    told = []
    if "\\" in name and "/" not in name:
        name = name.replace("\\", "/")
    if "\0" in name:
        told.append("its name holds a NUL")
    if _OUTSIDE.search(name):
        told.append("its path leads out of the archive")
    elif _ABSOLUTE.match(name):
        told.append("its path is absolute")
    if len(name) > LONGEST:
        told.append(f"its name has {len(name)} characters, cut")
        name = name[:LONGEST]
    return name, "; ".join(told)
