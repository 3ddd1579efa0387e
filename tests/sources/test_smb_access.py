"""Access lists of Windows: who may read, how wide that is, and the names behind it."""

from __future__ import annotations

import grp
import pwd
import struct

import pytest
from smbprotocol.open import SMB2SetInfoRequest
from smbprotocol.tree import TreeConnect

from scanners.model import Entry, Exposure
from scanners.sources import smb_files
from scanners.sources.interface import Guarded
from scanners.sources.smb import SmbSource
from scanners.sources.smb_access import Kind, Named, descriptor, exposure, names, sid_bytes, sid_text
from scanners.sources.smb_session import Server, at
from tests.sources.contract import entries
from tests.sources.servers.smb import ACCOUNT, SmbServer
from tests.sources.test_smb import below, server, share

__all__ = ["below", "server"]

DOMAIN = "S-1-5-21-1-2-3"
OWNER = f"{DOMAIN}-1001"
ALLOW, DENY, ALLOW_OBJECT, DENY_IF = 0, 1, 5, 0xA
READ, GENERIC_READ, GENERIC_ALL, WRITE, ALL = 0x120089, 0x80000000, 0x10000000, 0x2, 0x1F01FF
INHERITED, OBJECTS, ONLY = 0x10, 0x1, 0x8
Rules = list[tuple[int, int, int, str]]


def packed(rules: Rules | None, owner: str = OWNER) -> bytes:
    """Return a security descriptor of these entries: kind, flags, mask, SID."""
    told = sid_bytes(owner)
    head = 20 + len(told)
    if rules is None:
        return struct.pack("<BBHIIII", 1, 0, 0x8004, 20, 0, 0, 0) + told
    held = b""
    for kind, flags, mask, sid in rules:
        body = struct.pack("<I", mask)
        if kind == ALLOW_OBJECT:
            body += struct.pack("<I", 1) + bytes(16)
        body += sid_bytes(sid)
        held += struct.pack("<BBH", kind, flags, 4 + len(body)) + body
    listed = struct.pack("<BBHHH", 2, 0, 8 + len(held), len(rules), 0) + held
    return struct.pack("<BBHIIII", 1, 0, 0x8004, 20, 0, 0, head) + told + listed


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        (None, Exposure.EVERYONE),
        ([], Exposure.OWNER),
        ([(ALLOW, 0, READ, "S-1-1-0")], Exposure.EVERYONE),
        ([(ALLOW, 0, GENERIC_READ, "S-1-5-7")], Exposure.EVERYONE),
        ([(ALLOW, 0, READ, f"{DOMAIN}-501")], Exposure.EVERYONE),
        ([(ALLOW, 0, GENERIC_ALL, "S-1-5-11")], Exposure.ALL_STAFF),
        ([(ALLOW, INHERITED, READ, "S-1-5-32-545")], Exposure.ALL_STAFF),
        ([(ALLOW, 0, READ, f"{DOMAIN}-513")], Exposure.ALL_STAFF),
        ([(ALLOW, 0, READ, f"{DOMAIN}-2000")], Exposure.GROUP),
        ([(ALLOW, 0, READ, f"{DOMAIN}-1001")], Exposure.OWNER),
        ([(ALLOW, 0, ALL, "S-1-5-18"), (ALLOW, 0, ALL, "S-1-5-32-544")], Exposure.OWNER),
        ([(ALLOW, 0, READ, "S-1-3-4")], Exposure.OWNER),
        ([(ALLOW, 0, WRITE, "S-1-1-0")], Exposure.OWNER),
        ([(ALLOW, ONLY | OBJECTS, READ, "S-1-1-0")], Exposure.OWNER),
        ([(ALLOW_OBJECT, 0, READ, "S-1-1-0")], Exposure.EVERYONE),
        ([(DENY, 0, READ, "S-1-1-0"), (ALLOW, 0, READ, "S-1-5-11")], Exposure.OWNER),
        ([(ALLOW, 0, READ, "S-1-5-11"), (DENY, 0, READ, "S-1-1-0")], Exposure.ALL_STAFF),
        ([(DENY, 0, READ, f"{DOMAIN}-2000"), (ALLOW, 0, READ, "S-1-1-0")], Exposure.EVERYONE),
        ([(DENY, 0, WRITE, "S-1-1-0"), (ALLOW, 0, READ, "S-1-1-0")], Exposure.EVERYONE),
        ([(DENY_IF, 0, READ, "S-1-1-0"), (ALLOW, 0, READ, "S-1-1-0")], Exposure.EVERYONE),
    ],
)
def test_how_wide_an_access_list_is(rules: Rules | None, expected: Exposure) -> None:
    """Entries count in their order; what cannot be told is never read as narrow."""
    read = descriptor(packed(rules))
    assert read is not None
    known = {f"{DOMAIN}-1001": Named("山田", Kind.ACCOUNT), f"{DOMAIN}-2000": Named("総務", Kind.GROUP)}
    assert exposure(read.readers(), known) is expected
    if expected is Exposure.OWNER and f"{DOMAIN}-1001" in read.readers():
        assert exposure(read.readers()) is Exposure.GROUP  # nobody said that it is an account


def test_files_of_a_folder_get_what_it_passes_on() -> None:
    """A folder that everyone lists may hold files that few read, and the other way round."""
    read = descriptor(packed([(ALLOW, 0, READ, "S-1-1-0"), (ALLOW, ONLY | OBJECTS, READ, "S-1-5-11")]))
    assert read is not None
    assert exposure(read.readers()) is Exposure.EVERYONE
    assert exposure(read.readers_of_files()) is Exposure.ALL_STAFF


@pytest.mark.parametrize("cut", range(0, 60, 7))
def test_a_damaged_descriptor_is_unknown(cut: int) -> None:
    """It is never taken for a narrow one."""
    assert descriptor(packed([(ALLOW, 0, READ, "S-1-1-0")])[:cut]) is None


def test_sids_are_text_and_bytes() -> None:
    """Both ways."""
    for text in ("S-1-1-0", "S-1-5-21-4294967295-2-3-1001", "S-1-22-1-60"):
        assert sid_text(sid_bytes(text)) == (text, len(sid_bytes(text)))
    assert names(["S-1-1-0", f"{DOMAIN}-513", f"{DOMAIN}-7"], {}) == (
        "Domain Users",
        "Everyone",
        f"{DOMAIN}-7",
    )


def granted(source: SmbSource, path: str, rules: Rules) -> None:
    """Give a file or folder of the server another access list, as its owner may."""

    def change(on: Server, tree: TreeConnect, name: str) -> None:
        handle = smb_files.Handle(on, tree, on.only(tree, smb_files._create(name, 0x60000, 0)))
        message = SMB2SetInfoRequest()
        message["info_type"] = 3
        message["additional_information"] = 4
        message["file_id"] = handle._id
        message["buffer"] = packed(rules)
        on.only(tree, message)
        handle.close()

    at(source.login, source.share, source._path(path), change)


@pytest.fixture
def guarded(server: SmbServer, below: str) -> SmbSource:
    """A folder with one file."""
    server.made(f"{below}/人事/名簿.txt", b"x")
    return share(server, below)


def only(source: SmbSource) -> Entry:
    """Return the one entry."""
    (entry,) = entries(source)
    return entry


def test_the_readers_of_a_file_are_named_by_its_server(guarded: SmbSource) -> None:
    """Accounts and groups are told apart by the server's own answer."""
    user, group = pwd.getpwnam(ACCOUNT), grp.getgrnam("audio")
    account = f"S-1-22-1-{user.pw_uid}"
    assert isinstance(guarded, Guarded)
    granted(guarded, "人事/名簿.txt", [(ALLOW, 0, ALL, account)])
    told = guarded.readers(only(guarded))
    assert told.exposure is Exposure.OWNER
    assert told.names in ((f"Unix User\\{ACCOUNT}",), (f"FILES\\{ACCOUNT}",))
    granted(
        guarded, "人事/名簿.txt", [(ALLOW, 0, ALL, account), (ALLOW, 0, READ, f"S-1-22-2-{group.gr_gid}")]
    )
    told = guarded.readers(only(guarded))
    assert told.exposure is Exposure.GROUP
    assert "Unix Group\\audio" in told.names
    granted(guarded, "人事/名簿.txt", [(ALLOW, 0, ALL, account), (ALLOW, 0, READ, "S-1-5-11")])
    told = guarded.readers(only(guarded))
    assert told.exposure is Exposure.ALL_STAFF
    assert "Authenticated Users" in told.names
    granted(guarded, "人事/名簿.txt", [(ALLOW, 0, ALL, account), (ALLOW, 0, READ, f"{DOMAIN}-7777")])
    assert f"{DOMAIN}-7777" in guarded.readers(only(guarded)).names


def test_a_changed_list_of_a_folder_is_seen_in_the_listing(guarded: SmbSource) -> None:
    """Time and size of the file stay as they were."""
    account = f"S-1-22-1-{pwd.getpwnam(ACCOUNT).pw_uid}"
    granted(guarded, "人事", [(ALLOW, 3, ALL, account)])
    before = only(guarded)
    granted(guarded, "人事", [(ALLOW, 3, ALL, account), (ALLOW, 3, READ, "S-1-1-0")])
    after = only(guarded)
    assert before.access
    assert before.access != after.access
    assert (before.size, before.mtime_ns, before.file_id) == (after.size, after.mtime_ns, after.file_id)
    assert before.exposure is not Exposure.EVERYONE
    assert after.exposure is Exposure.EVERYONE
    granted(guarded, "", [(ALLOW, 3, ALL, account), (ALLOW, 3, READ, "S-1-5-11")])
    assert only(guarded).access != after.access


def test_who_reads_what_is_gone_is_unknown(guarded: SmbSource) -> None:
    """It is no error: the object itself says that it is gone."""
    entry = only(guarded)
    ghost = Entry(f"{entry.uri}x", "x", 0, 0)
    assert guarded.readers(ghost).exposure is Exposure.UNKNOWN
