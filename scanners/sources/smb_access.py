"""Security descriptors of Windows (MS-DTYP 2.4): whom their access lists let read, and how wide that is."""

from __future__ import annotations

import enum
import struct
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from scanners.model import Exposure

_READ_DATA = 0x1  # of a file; of a folder: to list it
_GENERIC_ALL, _GENERIC_READ = 0x10000000, 0x80000000
_OBJECT_INHERIT, _INHERIT_ONLY = 0x1, 0x8
_ALLOWS, _DENIES = frozenset({0x0, 0x5, 0x9, 0xB}), frozenset({0x1, 0x6})
_OF_OBJECTS = frozenset({0x5, 0x6, 0xB})  # GUIDs may stand before the SID
_DACL_PRESENT = 0x4

EVERYONE, ANONYMOUS, AUTHENTICATED = "S-1-1-0", "S-1-5-7", "S-1-5-11"
CREATOR_OWNER, OWNER_RIGHTS = "S-1-3-0", "S-1-3-4"
USERS = "S-1-5-32-545"
_OUTSIDE = frozenset({EVERYONE, ANONYMOUS, "S-1-5-32-546"})
_STAFF = frozenset({AUTHENTICATED, USERS, "S-1-5-2", "S-1-5-4", "S-1-5-15", "S-1-2-0", "S-1-5-32-554"})
# Whoever runs the server reads everything on it, as root does elsewhere: this makes nothing wider.
_KEEPERS = frozenset({"S-1-5-18", "S-1-5-19", "S-1-5-20", "S-1-5-32-544", "S-1-5-32-551"})
_NOBODY = frozenset({CREATOR_OWNER, "S-1-3-1", "S-1-3-2", "S-1-3-3", "S-1-0-0"})
_GUEST, _ADMINISTRATOR, _DOMAIN_ADMINS, _DOMAIN_USERS, _DOMAIN_GUESTS = 501, 500, 512, 513, 514
_ENTERPRISE_ADMINS = 519

WELL_KNOWN = {
    EVERYONE: "Everyone",
    ANONYMOUS: "ANONYMOUS LOGON",
    AUTHENTICATED: "Authenticated Users",
    USERS: "BUILTIN\\Users",
    "S-1-2-0": "LOCAL",
    "S-1-5-2": "NETWORK",
    "S-1-5-4": "INTERACTIVE",
    "S-1-5-15": "This Organization",
    "S-1-5-18": "SYSTEM",
    "S-1-5-19": "LOCAL SERVICE",
    "S-1-5-20": "NETWORK SERVICE",
    "S-1-5-32-544": "BUILTIN\\Administrators",
    "S-1-5-32-546": "BUILTIN\\Guests",
    "S-1-5-32-547": "BUILTIN\\Power Users",
    "S-1-5-32-551": "BUILTIN\\Backup Operators",
    "S-1-5-32-554": "BUILTIN\\Pre-Windows 2000 Compatible Access",
    "S-1-5-32-555": "BUILTIN\\Remote Desktop Users",
}
_BY_RID = {
    _ADMINISTRATOR: "Administrator",
    _GUEST: "Guest",
    _DOMAIN_ADMINS: "Domain Admins",
    _DOMAIN_USERS: "Domain Users",
    _DOMAIN_GUESTS: "Domain Guests",
    515: "Domain Computers",
    _ENTERPRISE_ADMINS: "Enterprise Admins",
}


class Kind(enum.Enum):
    """What a SID stands for, as far as its server tells."""

    ACCOUNT = "account"
    GROUP = "group"
    UNKNOWN = "unknown"


class Named(NamedTuple):
    """The name behind a SID."""

    name: str
    kind: Kind


class Rule(NamedTuple):
    """One entry of an access list."""

    allows: bool
    mask: int
    flags: int
    sid: str

    @property
    def reads(self) -> bool:
        """Tell whether the entry is about reading what the file holds, or listing the folder."""
        return bool(self.mask & (_READ_DATA | _GENERIC_READ | _GENERIC_ALL))


@dataclass(frozen=True, slots=True)
class Descriptor:
    """Owner and access list; no list at all lets everyone in, an empty one nobody."""

    owner: str
    rules: tuple[Rule, ...] | None

    def readers(self) -> frozenset[str]:
        """Return the SIDs that may read the object itself."""
        return self._allowed(rule for rule in self.rules or () if not rule.flags & _INHERIT_ONLY)

    def readers_of_files(self) -> frozenset[str]:
        """Return the SIDs that files made in this folder let read; where none is passed on, its own."""
        passed = [rule for rule in self.rules or () if rule.flags & _OBJECT_INHERIT]
        return self._allowed(passed) if passed else self.readers()

    def _allowed(self, rules: Iterable[Rule]) -> frozenset[str]:
        if self.rules is None:
            return frozenset({EVERYONE})
        allowed: set[str] = set()
        denied: set[str] = set()
        for rule in rules:
            if not rule.reads:
                continue
            # a list is read from its start: what an earlier entry said of someone stays
            if not rule.allows:
                denied.add(rule.sid)
            elif not denied & _around(rule.sid):
                sid = self.owner if rule.sid in (OWNER_RIGHTS, CREATOR_OWNER) else rule.sid
                allowed.add(sid)
        return frozenset(allowed - _NOBODY - {""})


def _around(sid: str) -> frozenset[str]:
    """Return a SID with the groups that surely hold it: denying them denies it."""
    if sid == EVERYONE:
        return frozenset({sid})
    wide = {sid, EVERYONE}
    if sid not in _OUTSIDE:
        wide.add(AUTHENTICATED)
    return frozenset(wide)


def sid_text(data: bytes) -> tuple[str, int]:
    """Return a SID as text and the bytes it takes."""
    count = data[1]
    parts = struct.unpack_from(f"<{count}I", data, 8)
    return "-".join(
        ["S", str(data[0]), str(int.from_bytes(data[2:8], "big")), *map(str, parts)]
    ), 8 + 4 * count


def sid_bytes(text: str) -> bytes:
    """Return a SID as Windows stores it."""
    revision, authority, *parts = (int(part) for part in text.split("-")[1:])
    head = bytes([revision, len(parts)]) + authority.to_bytes(6, "big")
    return head + struct.pack(f"<{len(parts)}I", *parts)


def descriptor(data: bytes) -> Descriptor | None:
    """Read a self-relative security descriptor; nothing, if it is malformed."""
    try:
        _, _, control, owner_at, _, _, list_at = struct.unpack_from("<BBHIIII", data)
        owner = sid_text(data[owner_at:])[0] if owner_at else ""
        if not control & _DACL_PRESENT or not list_at:
            return Descriptor(owner, None)
        return Descriptor(owner, tuple(_rules(data[list_at:])))
    except (struct.error, IndexError, ValueError):
        return None


def _rules(data: bytes) -> Iterator[Rule]:
    _, _, _, count = struct.unpack_from("<BBHH", data)
    at = 8
    for _ in range(count):
        kind, flags, size = struct.unpack_from("<BBH", data, at)
        if size < 8:
            raise ValueError("an entry without end")
        if kind in _ALLOWS or kind in _DENIES:
            (mask,) = struct.unpack_from("<I", data, at + 4)
            sid_at = at + 8
            if kind in _OF_OBJECTS:
                (which,) = struct.unpack_from("<I", data, sid_at)
                sid_at += 4 + 16 * (which & 1) + 16 * ((which >> 1) & 1)
            # a denial under a condition (0xA, 0xC) may hold for nobody and is not counted on
            yield Rule(kind in _ALLOWS, mask, flags, sid_text(data[sid_at : at + size])[0])
        at += size


def _rid(sid: str) -> int:
    return int(sid.rpartition("-")[2]) if sid.startswith("S-1-5-21-") else 0


def kind_of(sid: str, named: Mapping[str, Named]) -> Kind:
    """Tell whether a SID is an account; Samba's own for Unix accounts tell it themselves."""
    if sid.startswith("S-1-22-1-") or _rid(sid) == _ADMINISTRATOR:
        return Kind.ACCOUNT
    return named[sid].kind if sid in named else Kind.UNKNOWN


def exposure(sids: Iterable[str], named: Mapping[str, Named] | None = None) -> Exposure:
    """Return how wide a circle these SIDs are; what may be a group is taken for one."""
    widest = Exposure.OWNER
    for sid in sids:
        rid = _rid(sid)
        if sid in _OUTSIDE or rid in (_GUEST, _DOMAIN_GUESTS):
            return Exposure.EVERYONE
        if sid in _STAFF or rid == _DOMAIN_USERS:
            widest = Exposure.ALL_STAFF
        elif sid in _KEEPERS or rid in (_DOMAIN_ADMINS, _ENTERPRISE_ADMINS):
            continue
        elif kind_of(sid, named or {}) is not Kind.ACCOUNT and widest is Exposure.OWNER:
            widest = Exposure.GROUP
    return widest


def names(sids: Iterable[str], named: Mapping[str, Named]) -> tuple[str, ...]:
    """Return the names behind SIDs, sorted; a SID that nobody can name stays as it is."""
    return tuple(sorted({_name(sid, named) for sid in sids}))


def _name(sid: str, named: Mapping[str, Named]) -> str:
    if sid in WELL_KNOWN:
        return WELL_KNOWN[sid]
    return named[sid].name if sid in named else _BY_RID.get(_rid(sid), sid)
