"""POSIX access lists 拡張アクセス権 as Linux keeps them: the attribute `system.posix_acl_access`, parsed.

The attribute beside it, `system.posix_acl_default`, only says what new files get: it lets nobody in.
Source: linux/include/uapi/linux/posix_acl_xattr.h; acl(5).
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

ATTRIBUTE = "system.posix_acl_access"
READ, EXECUTE = 4, 1
_VERSION = 2
_HEADER, _ENTRY = struct.Struct("<I"), struct.Struct("<HHI")
_USER_OBJ, _USER, _GROUP_OBJ, _GROUP, _MASK, _OTHER = 0x01, 0x02, 0x04, 0x08, 0x10, 0x20
_ALL = 7


@dataclass(frozen=True, slots=True)
class PosixAcl:
    """Rights (bits of read 4, write 2, execute 1) by entry; the mask is applied already."""

    owner: int
    group: int
    other: int
    users: tuple[tuple[int, int], ...] = ()  # user id, rights
    groups: tuple[tuple[int, int], ...] = ()  # group id, rights


def of_mode(mode: int) -> PosixAcl:
    """Return what the mode bits alone say."""
    return PosixAcl(mode >> 6 & _ALL, mode >> 3 & _ALL, mode & _ALL)


def parsed(raw: bytes) -> PosixAcl:
    """Return the list of an attribute's bytes.

    Raises `ValueError` where they are not of the one version that Linux writes, or an entry is unknown or
    one of the three that every list has is missing.
    """
    if len(raw) < _HEADER.size or (len(raw) - _HEADER.size) % _ENTRY.size:
        raise ValueError("not a whole number of entries")
    if _HEADER.unpack_from(raw)[0] != _VERSION:
        raise ValueError("another version")
    single: dict[int, int] = {}
    named: dict[int, list[tuple[int, int]]] = {_USER: [], _GROUP: []}
    for tag, rights, number in _ENTRY.iter_unpack(raw[_HEADER.size :]):
        if tag in named:
            named[tag].append((number, rights))
        elif tag in (_USER_OBJ, _GROUP_OBJ, _MASK, _OTHER):
            single[tag] = rights
        else:
            raise ValueError("an unknown entry")
    if not {_USER_OBJ, _GROUP_OBJ, _OTHER} <= single.keys():
        raise ValueError("an entry is missing")
    mask = single.get(_MASK, _ALL)
    return PosixAcl(
        single[_USER_OBJ],
        single[_GROUP_OBJ] & mask,
        single[_OTHER],
        tuple((number, rights & mask) for number, rights in named[_USER]),
        tuple((number, rights & mask) for number, rights in named[_GROUP]),
    )
