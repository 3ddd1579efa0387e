"""The circle of people that files and folders of this machine let in: owner, mode bits and access lists.

What cannot be told makes a circle wider or unknown, never narrower: who is in a group is not looked up to
leave anybody out, and entries that deny are passed over.
"""

from __future__ import annotations

import errno
import hashlib
import os
from dataclasses import dataclass
from functools import lru_cache

from scanners.model import Exposure
from scanners.sources import nfs4_acl, posix_acl
from scanners.sources.interface import Readers

_NO_LIST = frozenset({errno.ENODATA, errno.EOPNOTSUPP, errno.ENOSYS})
_PERSONAL = range(1000, 65534)  # user ids of people: UID_MIN of login.defs up to nobody
_FEWEST = 4  # accounts of people, below which "more than half of them" means little
_EVERYBODYS = frozenset({"users", "domain users", "everyone", "authenticated users"})
_ROOT = 0


@lru_cache(maxsize=1024)
def owner_name(uid: int) -> str:
    """Return the account name of a user id, or the number where it has none."""
    try:
        import pwd
    except ImportError:  # not a POSIX system
        return str(uid)
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


@lru_cache(maxsize=1024)
def group_name(gid: int) -> str:
    """Return the name of a group id, or the number where it has none."""
    try:
        import grp
    except ImportError:  # not a POSIX system
        return str(gid)
    try:
        return grp.getgrgid(gid).gr_name
    except KeyError:
        return str(gid)


@lru_cache(maxsize=1024)
def is_all_staff(group: str) -> bool:
    """Return whether a group is everybody with an account 全職員.

    By its name (`users`, `Domain Users` with or without a domain), or because more than half of the accounts
    of people that this machine can list, and at least four, belong to it.
    """
    name = group.rpartition("\\")[2].partition("@")[0].lower()
    if name in _EVERYBODYS:
        return True
    try:
        import grp
        import pwd

        found = grp.getgrnam(group)
        people = {each.pw_name: each.pw_gid for each in pwd.getpwall() if each.pw_uid in _PERSONAL}
    except (ImportError, KeyError, UnicodeError):
        return False
    inside = sum(gid == found.gr_gid or person in found.gr_mem for person, gid in people.items())
    return inside >= _FEWEST and 2 * inside > len(people)


@dataclass(frozen=True, slots=True)
class Circle:
    """Who is let in: everybody, or accounts and groups by name; unknown where a list could not be read."""

    everyone: bool = False
    users: frozenset[str] = frozenset()
    groups: frozenset[str] = frozenset()
    unknown: bool = False

    def within(self, outer: Circle) -> Circle:
        """Return who is left of this circle where `outer` has to be passed before."""
        unknown = self.unknown or outer.unknown
        if outer.everyone:
            return Circle(self.everyone, self.users, self.groups, unknown)
        if self.everyone:
            return Circle(outer.everyone, outer.users, outer.groups, unknown)
        # an account may be in a group of the other circle, and two groups may share members
        users = self.users if outer.groups else self.users & outer.users
        if self.groups:
            users |= outer.users
        return Circle(everyone=False, users=users, groups=_both(self.groups, outer.groups), unknown=unknown)

    @property
    def exposure(self) -> Exposure:
        """How wide it is."""
        if self.everyone:
            return Exposure.EVERYONE
        if self.unknown:
            return Exposure.UNKNOWN
        if self.groups:
            return Exposure.ALL_STAFF if any(map(is_all_staff, self.groups)) else Exposure.GROUP
        return Exposure.OWNER

    @property
    def readers(self) -> Readers:
        """Its width and names: accounts, groups as `group:name`, and root, whom nothing keeps out."""
        names = {*self.users, *(f"group:{each}" for each in self.groups), owner_name(_ROOT)}
        return Readers(self.exposure, tuple(sorted(names)))


EVERYBODY = Circle(everyone=True)


def _both(inner: frozenset[str], outer: frozenset[str]) -> frozenset[str]:
    """Return groups that whoever is in one of either holds: the smaller claim of the two."""
    if not inner or not outer:
        return frozenset()
    if outer < inner or (any(map(is_all_staff, inner)) and not any(map(is_all_staff, outer))):
        return outer
    return inner


def attribute(path: str | os.PathLike[str], name: str) -> bytes | None:
    """Return an attribute of a file or folder; None: it has none. Raises `OSError` where nobody can tell."""
    if not hasattr(os, "getxattr"):  # not Linux
        return None
    try:
        return os.getxattr(path, name, follow_symlinks=False)
    except OSError as error:
        if error.errno in _NO_LIST:
            return None
        raise


def lists_of(path: str | os.PathLike[str]) -> tuple[bytes | None, bytes | None] | None:
    """Return the POSIX and the NFSv4 access list of a file or folder; None: they could not be read."""
    try:
        posix = attribute(path, posix_acl.ATTRIBUTE)
        return posix, None if posix is not None else attribute(path, nfs4_acl.ATTRIBUTE)
    except OSError:
        return None


@dataclass(frozen=True, slots=True)
class Bits:
    """What a status says of access: mode bits, owner and group."""

    mode: int
    uid: int
    gid: int

    @classmethod
    def of(cls, status: os.stat_result) -> Bits:
        """Return those of a status."""
        return cls(status.st_mode, status.st_uid, status.st_gid)


def let_in(status: Bits, lists: tuple[bytes | None, bytes | None] | None, *, passing: bool = False) -> Circle:
    """Return who may read a file, or with `passing` who may pass through a folder."""
    bit = posix_acl.EXECUTE if passing else posix_acl.READ
    plain = _by_posix(posix_acl.of_mode(status.mode), status, bit)
    if lists is None:
        return Circle(plain.everyone, plain.users, plain.groups, unknown=True)
    posix, nfs4 = lists
    try:
        if posix is not None:
            return _by_posix(posix_acl.parsed(posix), status, bit)
        if nfs4 is not None:
            return _by_nfs4(nfs4_acl.parsed(nfs4), status, plain, passing=passing)
    except ValueError:
        return Circle(plain.everyone, plain.users, plain.groups, unknown=True)
    return plain


def _by_posix(acl: posix_acl.PosixAcl, status: Bits, bit: int) -> Circle:
    users = {owner_name(uid) for uid, rights in acl.users if rights & bit}
    # an owner without the right can give it to himself
    users.add(owner_name(status.uid))
    groups = {group_name(gid) for gid, rights in acl.groups if rights & bit}
    if acl.group & bit:
        groups.add(group_name(status.gid))
    return Circle(bool(acl.other & bit), frozenset(users), frozenset(groups))


def _by_nfs4(grants: tuple[nfs4_acl.Grant, ...], status: Bits, plain: Circle, *, passing: bool) -> Circle:
    """Return what a list allows, never less than the mode bits beside it."""
    bit = nfs4_acl.EXECUTE if passing else nfs4_acl.READ
    everyone, users, groups = plain.everyone, set(plain.users), set(plain.groups)
    for grant in grants:
        if not grant.mask & bit or grant.who == "OWNER@":
            continue
        if grant.who == "EVERYONE@":
            everyone = True
        elif grant.who == "GROUP@":
            groups.add(group_name(status.gid))
        else:
            (groups if grant.is_group else users).add(grant.who)
    return Circle(everyone, frozenset(users), frozenset(groups))


@dataclass(frozen=True, slots=True)
class Way:
    """The folders that lead to a file: who can pass them all, and a digest of what says so."""

    circle: Circle = EVERYBODY
    digest: bytes = b""

    def into(self, folder: str | os.PathLike[str], status: os.stat_result) -> Way:
        """Return the way into one more folder."""
        bits, lists = Bits.of(status), lists_of(folder)
        circle = let_in(bits, lists, passing=True).within(self.circle)
        return Way(circle, _digest(self.digest, bits, repr(lists).encode()))

    def at(self, folder: str | os.PathLike[str], status: os.stat_result) -> Way:
        """Return the way that begins here: whoever comes to this folder came past those above it.

        The folder that is scanned may be a mounted share, where the bits of the mount say nothing: it tells
        when something changed, and keeps nobody out.
        """
        return Way(self.circle, _digest(self.digest, Bits.of(status), repr(lists_of(folder)).encode()))


@lru_cache(maxsize=4096)
def listed(bits: Bits, way: Way) -> tuple[Exposure, str]:
    """Return who can read a file as far as the listing tells it, and the digest of all that says so."""
    return let_in(bits, (None, None)).within(way.circle).exposure, _digest(way.digest, bits, b"").hex()


def _digest(above: bytes, bits: Bits, lists: bytes) -> bytes:
    told = b"%b %o %d %d %b" % (above, bits.mode, bits.uid, bits.gid, lists)
    return hashlib.blake2b(told, digest_size=16).digest()
