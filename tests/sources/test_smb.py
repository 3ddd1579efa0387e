"""Shares of a real server: what every source keeps to, and what is theirs alone."""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from typing import Any

import pytest
from smbprotocol.tree import TreeConnect

from scanners.credentials import Credentials
from scanners.engine import Scanner
from scanners.errors import SourceError
from scanners.model import Category, Entry, Outcome, Reason
from scanners.options import ScanKeys, ScanOptions
from scanners.selection import EVERYTHING, Selection
from scanners.sources import open_source, smb, smb_files, smb_session
from scanners.sources.batches import batches_of
from scanners.sources.interface import Step
from scanners.sources.smb import SmbSource
from scanners.sources.smb_session import Server, at, leave, server_of
from tests.servers import SessionServices, Unavailable
from tests.sources.contract import (
    Content,
    Planted,
    SourceContract,
    content,
    entries,
    gaps,
    refusal,
)
from tests.sources.servers.smb import (
    SmbServer,
    ended,
    free_port,
    programs,
    running,
    session_server,
    waited_for,
)

KEYS = ScanKeys(b"k" * 32)


@pytest.fixture(scope="module")
def server(session_services: SessionServices) -> SmbServer:
    """The session's Samba."""
    found = session_server(session_services)
    if isinstance(found, Unavailable):
        pytest.skip(found.reason)
    return found


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tries follow each other at once: what waits is tested where trying again is."""
    monkeypatch.setattr(smb, "_wait", 0.01)


@pytest.fixture
def below(server: SmbServer) -> str:
    """A folder of this test's own in the share."""
    name = f"files/t{secrets.token_hex(6)}"
    server.made(f"{name}/.x").unlink()
    return name


def share(server: SmbServer, path: str, selection: Selection = EVERYTHING) -> SmbSource:
    """Open a folder of the server."""
    source = open_source(server.url(path), credentials=server.credentials, selection=selection)
    assert isinstance(source, SmbSource)
    return source


def exclusively(server: Server, tree: TreeConnect, name: str) -> smb_files.Handle:
    """Open a file so that nobody else can, as Office does."""
    message = smb_files._create(name, 0x3, 0x40)
    message["share_access"] = 0
    return smb_files.Handle(server, tree, server.only(tree, message))


def deleted(server: Server, tree: TreeConnect, name: str) -> None:
    """Delete a file as another program would, when its last user closes it."""
    message = smb_files._create(name, 0x10000, 0x1040)  # DELETE, on closing
    smb_files.Handle(server, tree, server.only(tree, message)).close()


@pytest.fixture
def planted(server: SmbServer, below: str) -> Planted:
    """A folder with a file and a folder that the account may not read."""
    contents: dict[str, Content] = {
        "a.txt": "架空".encode(),
        "人事 部/名簿#1.txt": "太郎".encode(),
        "人事 部/深い/空": b"",
        "人事 部/が.bin": bytes(range(256)) * 10_000,
    }
    for name, held in contents.items():
        assert isinstance(held, bytes)
        server.made(f"{below}/{name}", held)
    denied = server.folder / below / "secret.txt"
    denied.write_bytes(b"x")
    denied.chmod(0o600)  # of root
    closed = server.folder / below / "zu"
    closed.mkdir(mode=0o700)
    here = server.folder / below

    def change(name: str) -> None:
        with (here / name).open("ab") as stream:
            stream.write(b"+")

    return Planted(
        lambda selection: share(server, below, selection),
        contents,
        secret=server.secret,
        state=lambda: sorted((str(path), path.stat().st_mtime_ns) for path in here.rglob("*")),
        change=change,
        remove=lambda name: (here / name).unlink(),
        denied="secret.txt",
        closed=server.url(f"{below}/zu"),
        folder="人事 部",
        excludable="a.txt",
        nowhere=lambda: share(server, f"{below}/nowhere"),
    )


class TestContract(SourceContract):
    """Shares keep to what every source keeps to."""


def test_a_loop_of_links_on_the_server_is_walked_once(server: SmbServer, below: str) -> None:
    """Samba shows links as plain folders: the identity of the folder tells."""
    path = server.made(f"{below}/a/file.txt", b"x")
    (path.parent / "loop").symlink_to(path.parent.parent)
    (path.parent / "again").symlink_to(path.parent)
    (path.parent.parent / "b").symlink_to(path.parent)
    source = share(server, below)
    assert [entry.name for entry in entries(source)] == ["a/file.txt"]
    assert [gap.reason for gap in gaps(source)] == [Reason.LINK] * 3


def test_snapshots_are_left_out(server: SmbServer, below: str) -> None:
    """Earlier states of the same files are not counted again."""
    for name in ("@GMT-2026.11.30-01.02.03", "~snapshot", ".snapshot", "@GMT-Bericht"):
        server.made(f"{below}/{name}/file.txt", b"x")
    source = share(server, below)
    assert [entry.name for entry in entries(source)] == ["@GMT-Bericht/file.txt"]
    left = gaps(source)
    assert [(gap.reason, gap.detail) for gap in left] == [(Reason.EXCLUDED, "snapshot")] * 3


def test_what_an_archive_holds_is_never_fetched(server: SmbServer) -> None:
    """Reading a stub would bring the file back from tape: it is left out by policy and said so."""
    server.made("away/old.txt", b"x")
    source = share(server, "away")
    (gap,) = gaps(source)
    assert (gap.reason, gap.detail.partition(":")[0]) == (Reason.UNREADABLE, "offline")
    assert not entries(source)
    stub = Entry(server.url("away/old.txt"), "old.txt", 1, 0)
    refused = refusal(source, stub)
    assert refused is not None
    assert refused.reason is Reason.UNREADABLE


def test_names_of_all_kinds_lead_back_to_their_files(server: SmbServer, below: str) -> None:
    """Decomposed letters, letters that Windows refuses, and paths longer than it takes."""
    deep = "/".join(["長い名前のフォルダー" * 4] * 8)
    given = ["が.txt", "か\u3099.txt", "100% #1?.txt".replace("?", "!"), "emoji😀.txt", f"{deep}/x.txt"]
    for number, name in enumerate(given):
        server.made(f"{below}/{name}", str(number).encode())
    server.made(f"{below}/a:b.txt", b"colon")
    source = share(server, below)
    found = {entry.name: content(source, entry) for entry in entries(source)}
    assert {name: found[name] for name in given} == {
        name: str(number).encode() for number, name in enumerate(given)
    }
    assert b"colon" in found.values()
    assert len(f"{below}/{deep}/x.txt") > 337
    assert len(found) == len(given) + 1
    assert all(" " not in entry.uri and "#" not in entry.uri for entry in entries(source))


def test_one_file_can_be_named(server: SmbServer, below: str) -> None:
    """An address may end with a file."""
    server.made(f"{below}/a b/名簿.txt", b"x")
    source = share(server, f"{below}/a b/名簿.txt")
    (entry,) = entries(source)
    assert (entry.name, content(source, entry)) == ("名簿.txt", b"x")
    (whole,) = entries(share(server, below))
    assert whole.uri == entry.uri


def test_a_file_that_another_program_locks_is_in_use(server: SmbServer, below: str) -> None:
    """Who opened it for himself alone keeps it; its name is listed."""
    server.made(f"{below}/file.txt", b"x")
    source = share(server, below)
    (entry,) = entries(source)
    held = at(source.login, source.share, source._named(entry), exclusively)
    refused = refusal(source, entry)
    held.close()
    assert refused is not None
    assert refused.reason is Reason.IN_USE
    assert "SHARING_VIOLATION" in refused.detail
    assert content(source, entry) == b"x"


def test_reading_blocks_nobody(server: SmbServer, below: str) -> None:
    """While a file is read, others may write to it and delete it."""
    server.made(f"{below}/file.txt", b"x" * 100)
    source = share(server, below)
    (entry,) = entries(source)
    with source.open(entry) as stream:
        assert stream.read(1) == b"x"
        (server.folder / below / "file.txt").rename(server.folder / below / "other.txt")
        at(source.login, source.share, source._path("other.txt"), deleted)
    assert not entries(source)


@pytest.mark.parametrize(
    ("target", "message"),
    [
        ("smb://", "malformed"),
        ("smb://host:port/share", "malformed"),
        ("smb://host", "name a share"),
        ("smb://host/IPC$", "share of the system"),
        ("smb://host/share/../other", "name a share"),
        ("smb://host/share/%5C..%5Cx", "name a share"),
        ("smb://host/share/#1", "%23"),
        ("smb://host/share?encypt=1", "only option"),
    ],
)
def test_an_address_that_is_none_is_refused(target: str, message: str) -> None:
    """Misreading an address would scan another place."""
    with pytest.raises(SourceError, match=message):
        open_source(target)


def test_an_address_tells_account_domain_and_encryption() -> None:
    """Its place tells neither."""
    source = open_source("smb://BYOIN;scan:geheim@files.example:4455/%E5%85%B1%E6%9C%89/人事?encrypt=1")
    assert isinstance(source, SmbSource)
    login = source.login
    assert (login.host, login.port, login.user, login.secret) == (
        "files.example",
        4455,
        "BYOIN\\scan",
        "geheim",
    )
    assert login.encrypt
    assert source.place == "smb://files.example:4455/%E5%85%B1%E6%9C%89/%E4%BA%BA%E4%BA%8B"
    assert "geheim" not in repr(source) + repr(login)
    assert source.ports == (445, 4455)
    given = open_source("smb://a@h/s", credentials=Credentials("b", "c"))
    assert isinstance(given, SmbSource)
    assert (given.login.user, given.ports) == ("b", (445,))


def test_everything_travels_encrypted_where_it_is_asked_for(server: SmbServer, below: str) -> None:
    """The address says so, and the session keeps to it."""
    server.made(f"{below}/file.txt", b"x")
    source = open_source(server.url(below) + "?encrypt=1", credentials=server.credentials)
    (entry,) = entries(source)
    assert content(source, entry) == b"x"
    assert isinstance(source, SmbSource)
    assert server_of(source.login)._session.encrypt_data is True


def test_the_test_of_a_source_tells_each_step(server: SmbServer, below: str) -> None:
    """It ends with the first that fails, and says with which code."""
    server.made(f"{below}/file.txt", b"x")
    assert [(check.step, check.passed) for check in share(server, below).check()] == [
        (step, True) for step in Step
    ]
    url = server.url(below)

    def last(source: Any) -> tuple[Step, bool, str]:
        *before, told = source.check()
        assert all(check.passed for check in before)
        return told.step, told.passed, told.detail

    step, passed, detail = last(open_source("smb://nowhere.invalid/share"))
    assert (step, passed) == (Step.NAME, False)
    assert "gaierror" in detail
    step, passed, detail = last(open_source(f"smb://127.0.0.1:{free_port()}/share"))
    assert (step, passed) == (Step.PORT, False)
    assert "ConnectionRefused" in detail
    step, passed, detail = last(open_source(url, credentials=Credentials("games", "falsch")))
    assert (step, passed) == (Step.SIGN_IN, False)
    assert "STATUS_LOGON_FAILURE" in detail
    step, passed, detail = last(share(server, f"{below}/nowhere"))
    assert (step, passed) == (Step.LIST, False)
    assert "STATUS_OBJECT_NAME_NOT_FOUND" in detail
    (server.folder / below / "file.txt").chmod(0o600)
    os.chown(server.folder / below / "file.txt", 0, 0)
    step, passed, detail = last(share(server, below))
    assert (step, passed) == (Step.READ, False)
    assert "STATUS_ACCESS_DENIED" in detail


def test_a_wrong_password_and_a_silent_port_fail_loudly(server: SmbServer) -> None:
    """The error names the place and the code, never the secret."""
    wrong = open_source(server.url("files"), credentials=Credentials("games", "falsch-geheim"))
    with pytest.raises(SourceError, match=r"sign-in refused.*STATUS_LOGON_FAILURE") as caught:
        list(wrong.entries())
    assert "falsch" not in str(caught.value)
    silent = open_source(f"smb://127.0.0.1:{free_port()}/share")
    with pytest.raises(SourceError, match="no answer on port"):
        list(silent.entries())


def test_a_link_of_dfs_is_followed_once(server: SmbServer, below: str) -> None:
    """Two links to one share, and one that leads back, give its files once, under the first link's name."""
    server.made(f"{below}/file.txt", b"x")
    root = server.folder / "dfs" / f"d{secrets.token_hex(4)}"
    root.mkdir()
    target = f"127.0.0.1\\{below.replace('/', chr(92))}"
    (root / "a").symlink_to(f"msdfs:{target}")
    (root / "b").symlink_to(f"msdfs:{target}")
    (root / "home").symlink_to(f"msdfs:127.0.0.1\\dfs\\{root.name}")
    (root / "lost").symlink_to("msdfs:127.0.0.1\\nowhere")
    server.made(f"dfs/{root.name}/own.txt", b"own")
    source = share(server, f"dfs/{root.name}")
    found = {entry.name: content(source, entry) for entry in entries(source)}
    assert found == {"a/file.txt": b"x", "own.txt": b"own"}
    told = {gap.uri.rpartition("/")[2]: gap.reason for gap in gaps(source)}
    assert told == {"b": Reason.LINK, "home": Reason.LINK, "lost": Reason.NOT_LISTED}
    leave()  # a worker that has listed nothing finds the file too
    (entry,) = (entry for entry in entries(source) if entry.name == "a/file.txt")
    leave()
    assert content(source, entry) == b"x"


def test_a_server_that_dies_in_mid_listing_ends_it_loudly(tmp_path: Path) -> None:
    """What was listed so far is not taken for the whole."""
    if programs():
        pytest.skip(programs())
    port, secret = free_port(), secrets.token_urlsafe(8)
    for above in (tmp_path, *tmp_path.parents[:-2]):
        above.chmod(0o755)
    with running(tmp_path, port, secret) as process:
        assert waited_for(port, process)
        own = SmbServer(port, secret, tmp_path)
        for number in range(20):
            own.made(f"files/d{number:02}/file.txt", b"x")
        source = share(own, "files")
        walk = source.entries()
        first = next(walk)
        assert isinstance(first, Entry)
        ended(process)
        with pytest.raises(SourceError, match="no answer"):
            list(walk)
        refused = refusal(source, first)
        assert refused is not None
        assert refused.reason is Reason.UNREACHABLE


def test_a_connection_that_was_lost_is_made_again(server: SmbServer, below: str) -> None:
    """A file is read on where it was, if it is still the same."""
    held = bytes(range(256)) * 20_000
    server.made(f"{below}/file.bin", held)
    source = share(server, below)
    (entry,) = entries(source)
    with source.open(entry) as stream:
        start = stream.read(10)
        server_of(source.login).close()
        assert start + stream.read() == held
    server_of(source.login).close()
    assert [found.name for found in entries(source)] == ["file.bin"]


def test_a_scan_of_a_share_finds_personal_data(server: SmbServer, below: str) -> None:
    """Confined workers read over the network, and tell who can read what they found."""
    server.made(f"{below}/名簿.csv", "氏名,電話番号\n架空太郎,090-0000-0001\n".encode())
    server.made(f"{below}/人事/メモ.txt", "電話 090-0000-0002 まで".encode())
    with Scanner(KEYS, ScanOptions(jobs=1, names=False)) as scanner:
        results = list(scanner.scan(share(server, below)))
    assert "ports" in str(scanner.confinements[0])
    assert {result.uri.rpartition("/")[2] for result in results if result.categories} == {
        "%E5%90%8D%E7%B0%BF.csv",
        "%E3%83%A1%E3%83%A2.txt",
    }
    assert all(Category.PHONE in result.categories for result in results)
    assert {result.outcome for result in results} == {Outcome.COMPLETE}


def test_a_refused_sign_in_is_not_tried_with_every_file(server: SmbServer, below: str) -> None:
    """Servers lock accounts that try a wrong password too often; who lists again tries once more."""
    server.made(f"{below}/file.txt", b"x")
    (entry,) = entries(share(server, below))
    wrong = open_source(server.url(below), credentials=Credentials("games", "falsch"))
    assert isinstance(wrong, SmbSource)
    first = refusal(wrong, entry)
    tried = dict(smb_session._refused)
    second = refusal(wrong, entry)
    assert first is not None
    assert first == second
    assert (first.reason, first.detail[:20]) == (Reason.DENIED, "STATUS_LOGON_FAILURE")
    assert smb_session._refused == tried  # the very same refusal
    smb_session.ask_again(wrong.login)
    assert smb_session._refused != tried


def test_a_folder_in_another_state_is_told_apart(server: SmbServer, below: str) -> None:
    """A file, its time, the access list of its folder or of one above, and the choice of files matter."""
    for name in ("a/b/one.txt", "a/b/two.txt"):
        server.made(f"{below}/{name}", b"x")
    here = server.folder / below

    def state(selection: Selection = EVERYTHING) -> bytes:
        (found,) = list(batches_of(share(server, below, selection)))
        return found.state

    states = [state()]
    (here / "a/b/one.txt").write_bytes(b"xx")
    states.append(state())
    os.utime(here / "a/b/one.txt", (1_700_000_000,) * 2)
    states.append(state())
    (here / "a/b/two.txt").rename(here / "a/b/three.txt")
    states.append(state())
    (here / "a/b").chmod(0o777)
    states.append(state())
    (here / "a").chmod(0o777)
    states.append(state())
    states.append(state(Selection(exclude=("a/b/three.txt",))))
    assert len(set(states)) == len(states)
    (here / "a/b/one.txt").read_bytes()
    assert state() == states[-2]
