"""NFSv4 access lists as the client of Linux hands them out (RFC 7530, 6.2.1): `system.nfs4_acl`."""

from __future__ import annotations

import struct
from dataclasses import dataclass

ATTRIBUTE = "system.nfs4_acl"
READ, EXECUTE = 0x1, 0x20
_ALLOW = 0
_INHERIT_ONLY, _IS_GROUP = 0x8, 0x40
_WORD = struct.Struct(">I")
_MOST_ENTRIES = 4096


@dataclass(frozen=True, slots=True)
class Grant:
    """One entry that allows something: OWNER@, GROUP@, EVERYONE@ or a name, and its mask."""

    who: str
    is_group: bool
    mask: int


def parsed(raw: bytes) -> tuple[Grant, ...]:
    """Return what a list allows; what it denies is left out, so that nobody is thought to be kept out.

    Raises `ValueError` where the bytes are no list.
    """
    try:
        (count,) = _WORD.unpack_from(raw)
        if count > _MOST_ENTRIES:
            raise ValueError("too many entries")
        place, grants = _WORD.size, []
        for _ in range(count):
            kind, flags, mask, length = struct.unpack_from(">4I", raw, place)
            place += 16
            who = raw[place : place + length].decode()
            place += length + -length % 4
            if place > len(raw):
                raise ValueError("cut off")
            if kind == _ALLOW and not flags & _INHERIT_ONLY:
                grants.append(Grant(who, bool(flags & _IS_GROUP), mask))
    except struct.error:
        raise ValueError("cut off") from None
    return tuple(grants)
