"""Who can read a file is told by its mode and access lists, and by the folders that lead to it."""

from __future__ import annotations

import grp
import os
import pwd
import shutil
import struct
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

import pytest

from scanners.engine import ScanKeys, ScanOptions, scan
from scanners.model import Category, Entry, Exposure, ObjectResult, Outcome, PersonBounds, Tally
from scanners.readers import with_readers
from scanners.sources import nfs4_acl, posix_acl
from scanners.sources.circles import Circle, is_all_staff, owner_name
from scanners.sources.interface import Readers
from scanners.sources.local import LocalSource

SOMEBODY = pwd.getpwuid(2).pw_name
A_GROUP = grp.getgrgid(1).gr_name


@pytest.fixture
def share(tmp_path: Path) -> Path:
    """A file that its owner alone may read, two folders deep, where access lists can be set."""
    path = tmp_path / "部" / "課" / "名簿.txt"
    path.parent.mkdir(parents=True)
    path.write_text("電話 090-1234-5678", encoding="utf-8")
    for folder in (path.parent, path.parent.parent):
        folder.chmod(0o755)
    path.chmod(0o600)
    if shutil.which("setfacl") is None:
        pytest.skip("setfacl is missing (package acl)")
    if subprocess.run(["setfacl", "-m", "u:2:r", str(path)], capture_output=True, check=False).returncode:
        pytest.skip("the file system of the tests has no access lists")
    subprocess.run(["setfacl", "-b", str(path)], check=True)
    return tmp_path


def entry(share: Path) -> Entry:
    """Return the only file."""
    (found,) = LocalSource(share).entries()
    assert isinstance(found, Entry)
    return found


def told(share: Path) -> Readers:
    """Return who can read it."""
    return LocalSource(share).readers(entry(share))


def allow(path: Path, *lists: str) -> None:
    """Set entries of an access list."""
    for each in lists:
        subprocess.run(["setfacl", "-m", each, str(path)], check=True)


def test_names_of_accounts_and_groups_come_from_the_list(share: Path) -> None:
    """Named accounts stay named persons, a named group is a department, others are everyone."""
    me, file = owner_name(os.getuid()), share / "部" / "課" / "名簿.txt"
    assert told(share) == Readers(Exposure.OWNER, tuple(sorted({me, "root"})))
    allow(file, "u:2:r")
    assert told(share) == Readers(Exposure.OWNER, tuple(sorted({me, "root", SOMEBODY})))
    allow(file, "g:1:r")
    assert told(share).exposure is Exposure.GROUP
    assert f"group:{A_GROUP}" in told(share).names
    allow(file, "o::r")
    assert told(share).exposure is Exposure.EVERYONE


def test_the_mask_takes_rights_away_and_a_default_list_gives_none(share: Path) -> None:
    """What the mask leaves out reads nothing; what new files would get is no access."""
    file = share / "部" / "課" / "名簿.txt"
    allow(file, "u:2:rw", "m::-")
    assert SOMEBODY not in told(share).names
    allow(file.parent, "d:u:2:r", "d:o::r")
    assert told(share).exposure is Exposure.OWNER


def test_folders_keep_out_whom_the_file_would_let_in(share: Path) -> None:
    """A file for everyone in a folder for one is his alone; a list on the folder lets a group pass."""
    file = share / "部" / "課" / "名簿.txt"
    file.chmod(0o644)
    file.parent.chmod(0o700)
    assert (entry(share).exposure, told(share).exposure) == (Exposure.OWNER, Exposure.OWNER)
    allow(file.parent, "g:1:x")
    assert (entry(share).exposure, told(share).exposure) == (Exposure.GROUP, Exposure.GROUP)
    assert f"group:{A_GROUP}" in told(share).names


def test_a_changed_list_of_a_folder_is_seen_though_no_time_changed(share: Path) -> None:
    """Entry.access changes with the access list of a folder above, with owner and mode; with nothing else."""
    folder = share / "部"
    before, changed = entry(share), folder.stat().st_mtime_ns
    assert entry(share) == before
    allow(folder, "u:2:x")
    after = entry(share)
    assert folder.stat().st_mtime_ns == changed
    assert (after.mtime_ns, after.size) == (before.mtime_ns, before.size)
    assert after.access != before.access
    (share / "部" / "課" / "名簿.txt").chmod(0o640)
    assert entry(share).access not in (before.access, after.access)
    (share / "部" / "課" / "名簿.txt").chmod(0o600)
    assert entry(share) == after


def test_lists_that_are_none_are_refused(share: Path) -> None:
    """What the kernel wrote is read, nothing cut off, of another version or of unknown entries."""
    file = share / "部" / "課" / "名簿.txt"
    allow(file, "u:2:r")
    raw = os.getxattr(file, posix_acl.ATTRIBUTE)
    assert posix_acl.parsed(raw).users == ((2, 4),)
    for broken in (b"", raw[:-1], b"\x03" + raw[1:], raw[:4], raw + struct.pack("<HHI", 0x40, 4, 0)):
        with pytest.raises(ValueError, match=r"."):
            posix_acl.parsed(broken)


def test_lists_of_nfs_tell_what_they_allow() -> None:
    """Names and groups with the right to read; entries that deny or are for new files are passed over."""

    def one(kind: int, flags: int, mask: int, who: str) -> bytes:
        name = who.encode()
        return struct.pack(">4I", kind, flags, mask, len(name)) + name + b"\0" * (-len(name) % 4)

    raw = struct.pack(">I", 4) + b"".join(
        [
            one(0, 0, 1, "sato@towa.example"),
            one(0, 0x40, 1, "hr@towa.example"),
            one(1, 0, 1, "EVERYONE@"),
            one(0, 8, 1, "EVERYONE@"),
        ]
    )
    grants = nfs4_acl.parsed(raw)
    assert [(each.who, each.is_group) for each in grants] == [
        ("sato@towa.example", False),
        ("hr@towa.example", True),
    ]
    for broken in (b"", raw[:-3], b"\xff" + raw[1:]):
        with pytest.raises(ValueError, match=r"."):
            nfs4_acl.parsed(broken)


def test_what_nobody_can_tell_is_never_narrow() -> None:
    """A list that could not be read makes unknown; a group that everybody is in makes all staff."""
    staff = frozenset({"users"})
    assert Circle(users=frozenset({"a"}), unknown=True).exposure is Exposure.UNKNOWN
    assert Circle(groups=staff).exposure is Exposure.ALL_STAFF
    assert Circle(groups=staff).within(Circle(groups=frozenset({"hr"}))).groups == {"hr"}
    assert Circle(groups=frozenset({"hr"})).within(Circle(users=frozenset({"a"}))).users == {"a"}
    assert is_all_staff("TOWA\\Domain Users")
    assert not is_all_staff(A_GROUP)


@dataclass(frozen=True)
class Asked:
    """A source that can tell who reads an entry."""

    texts: tuple[str, ...] = ("電話 090-1234-5678", "なにもない")
    place: str = field(default="test://asked", init=False)

    def entries(self) -> Iterator[Entry]:
        """Yield one entry a text."""
        for number, text in enumerate(self.texts):
            yield Entry(f"test://asked/{number}", str(number), len(text.encode()), 1)

    @contextmanager
    def open(self, entry: Entry) -> Iterator[BinaryIO]:
        """Open a text."""
        yield BytesIO(self.texts[int(entry.name)].encode())

    def readers(self, entry: Entry) -> Readers:
        """Answer with its name."""
        return Readers(Exposure.ALL_STAFF, (entry.name,))


def found(name: str, exposure: Exposure, *, personal: bool) -> ObjectResult:
    """Return a result of the shape that scans give."""
    return ObjectResult(
        id=name,
        uri=name,
        shown=name,
        kind="txt",
        outcome=Outcome.COMPLETE,
        reason=None,
        detail="",
        bytes=1,
        mtime_ns=1,
        owner="",
        exposure=exposure,
        categories={Category.PHONE: Tally(1, 1)} if personal else {},
        persons=PersonBounds(1, 1),
        columns=(),
    )


def test_workers_ask_for_what_they_found_only() -> None:
    """The answer comes back with the results of a real worker; an object without findings keeps its own."""
    options = ScanOptions(jobs=1, names=False)
    results = {each.uri: each for each in scan(Asked(), ScanKeys(b"k" * 32), options)}
    assert results["test://asked/0"].exposure is Exposure.ALL_STAFF
    assert results["test://asked/0"].readers[0] == "0"
    assert results["test://asked/1"].exposure is Exposure.UNKNOWN
    assert results["test://asked/1"].readers == ()


def test_an_entry_is_asked_for_once_with_its_members() -> None:
    """Members share the answer; nothing found is nothing asked; a source that fails makes unknown."""
    calls: list[str] = []

    class Counting(Asked):
        def readers(self, entry: Entry) -> Readers:
            calls.append(entry.uri)
            if "broken" in entry.uri:
                raise OSError("gone")
            return Readers(Exposure.GROUP, ("hr",))

    source = Counting()
    one, member = found("a", Exposure.OWNER, personal=False), found("a!b", Exposure.OWNER, personal=True)
    assert with_readers(source, Entry("a", "a", 1, 1), [one]) == [one]
    assert calls == []
    got = with_readers(source, Entry("a", "a", 1, 1), [one, member])
    assert calls == ["a"]
    assert {(each.exposure, each.readers) for each in got} == {(Exposure.GROUP, ("hr",))}
    (lost,) = with_readers(source, Entry("broken", "broken", 1, 1), [member])
    assert (lost.exposure, lost.readers) == (Exposure.UNKNOWN, ())
