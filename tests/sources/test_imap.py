"""Messages of a mailbox: every folder is listed or said not to be, and no flag of a message changes."""

from __future__ import annotations

import pickle
import re
import shutil
import ssl
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from imapclient import IMAPClient

from scanners.credentials import Credentials
from scanners.engine import ScanKeys, Scanner
from scanners.errors import SourceError
from scanners.model import Category, Entry, Exposure, Gap, Reason
from scanners.options import ScanOptions
from scanners.selection import EVERYTHING, Selection
from scanners.sources import imap as imap_module
from scanners.sources import open_source
from scanners.sources import retry as retry_module
from scanners.sources.imap import ImapSource
from scanners.sources.imap_connection import Connection, Folder, Refused
from scanners.sources.interface import Checked, Guarded, Step
from tests.sources.contract import Planted, SourceContract, content, entries, gaps, refusal
from tests.sources.servers.imap import PASSWORD, MailServer, mail_server

WHEN = datetime(2026, 4, 1, 9, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def server() -> Iterator[MailServer]:
    """One server for the module."""
    with mail_server(Path(tempfile.mkdtemp(prefix="daicho-imap-"))) as running:
        yield running


@contextmanager
def signed_in(server: MailServer, user: str) -> Iterator[IMAPClient]:
    """Use a mailbox as its owner does."""
    context = ssl.create_default_context(cafile=str(server.folder / "cert.pem"))
    with IMAPClient("127.0.0.1", server.port, ssl_context=context) as client:
        client.login(user, PASSWORD)
        yield client


@pytest.fixture
def mailbox(server: MailServer) -> Iterator[str]:
    """The user of an empty mailbox."""
    yield "tanaka"
    with signed_in(server, "tanaka") as client:
        for _, _, name in sorted(client.list_folders(), key=lambda each: each[2], reverse=True):
            if name == "INBOX":
                client.select_folder(name)
                client.delete_messages(client.search())
                client.expunge()
                client.close_folder()
            elif not name.startswith("Public"):
                client.delete_folder(name)


def letter(subject: str, body: str) -> bytes:
    """Return a message as bytes."""
    return (
        f"From: a@example.jp\r\nSubject: {subject}\r\nMIME-Version: 1.0\r\n"
        "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n"
        f"\r\n{body}\r\n"
    ).encode()


def source_of(
    server: MailServer, user: str, folder: str = "", selection: Selection = EVERYTHING
) -> ImapSource:
    """Return the source of a mailbox."""
    source = open_source(
        server.target(user, folder), credentials=Credentials(secret=PASSWORD), selection=selection
    )
    assert isinstance(source, ImapSource)
    return source


def flags(server: MailServer, user: str) -> dict[str, object]:
    """Return the flags of all messages, read without reading a message."""
    found: dict[str, object] = {}
    with signed_in(server, user) as client:
        for _, _, name in client.list_folders():
            try:
                client.select_folder(name, readonly=True)
            except client.Error:
                continue
            found[name] = client.get_flags(client.search())
    return found


@pytest.fixture
def planted(server: MailServer, mailbox: str) -> Planted:
    """A filled mailbox, one message in each folder as their names are those of folders."""
    contents = {
        "INBOX": letter("一", "架空"),
        "仕事/名簿; & #1": letter("二", "太郎"),
        "Trash": letter("三", "x" * 3_000_000),
    }
    with signed_in(server, mailbox) as client:
        for name, held in contents.items():
            if name != "INBOX":
                client.create_folder(name)
            client.append(name, held, msg_time=WHEN)

    def remove(name: str) -> None:
        with signed_in(server, mailbox) as client:
            client.select_folder(name)
            client.delete_messages(client.search())
            client.expunge()

    return Planted(
        lambda selection: source_of(server, mailbox, selection=selection),
        contents,
        secret=PASSWORD,
        state=lambda: flags(server, mailbox),
        remove=remove,
        folder="仕事",
        nowhere=lambda: source_of(server, mailbox, "nowhere"),
    )


class TestContract(SourceContract):
    """Mailboxes keep to what every source keeps to."""


def test_an_entry_tells_its_folder_and_nothing_of_the_message(planted: Planted) -> None:
    """Subjects are content; the address is that of RFC 5092."""
    found = {entry.name: entry for entry in entries(planted.source)}
    entry = found["仕事/名簿; & #1"]
    folder, _, numbers = entry.uri.partition(";UIDVALIDITY=")
    assert folder.endswith("/%E4%BB%95%E4%BA%8B/%E5%90%8D%E7%B0%BF%3B%20%26%20%231")
    valid, _, uid = numbers.partition("/;UID=")
    assert (int(valid) > 0, uid) == (True, "1")
    assert entry.file_id.endswith(f":{valid}:1")
    assert entry.mtime_ns == int(WHEN.timestamp()) * 10**9
    assert (entry.owner, entry.exposure) == ("tanaka", Exposure.OWNER)


def test_reading_marks_no_message_as_read(server: MailServer, planted: Planted) -> None:
    """Neither seen nor recent changes, and the folders are entered for reading only."""
    before = flags(server, "tanaka")
    assert [each for each in before.values() if each]
    source = planted.source
    for entry in entries(source):
        assert content(source, entry)
        assert isinstance(source, Guarded)
        source.readers(entry)
    assert flags(server, "tanaka") == before
    assert "Seen" not in repr(before)


def test_only_one_folder_and_those_below_it(server: MailServer, planted: Planted) -> None:
    """The address may name it in UTF-8 as people see it."""
    source = source_of(server, "tanaka", "%E4%BB%95%E4%BA%8B")
    assert [entry.name for entry in entries(source)] == ["仕事/名簿; & #1"]
    chosen = planted.opened(Selection(include=("Trash",)))
    assert [entry.name for entry in entries(chosen)] == ["Trash"]
    assert {gap.reason for gap in gaps(chosen)} == {Reason.EXCLUDED}


def test_a_large_folder_comes_in_pieces(
    server: MailServer, mailbox: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also when the server restarts between them, and messages went meanwhile."""
    monkeypatch.setattr(imap_module, "AT_ONCE", 7)
    with signed_in(server, mailbox) as client:
        for number in range(30):
            client.append("INBOX", letter(str(number), "x"))
        client.select_folder("INBOX")
        every = client.search()
    source = source_of(server, mailbox)
    assert [int(entry.uri.rpartition("=")[2]) for entry in entries(source)] == every
    listing = source.entries()
    got = [next(listing) for _ in range(14)]
    with signed_in(server, mailbox) as client:
        client.select_folder("INBOX")
        client.delete_messages(every[:10])
        client.expunge()
    server.stop()
    server.start()
    got += list(listing)
    assert all(isinstance(item, Entry) for item in got)
    assert [int(item.uri.rpartition("=")[2]) for item in got] == every


def test_a_folder_made_anew_is_told(server: MailServer, planted: Planted) -> None:
    """The number of a message means nothing under another UIDVALIDITY."""
    (entry,) = (each for each in entries(planted.source) if each.name == "Trash")
    old = replace(entry, uri=entry.uri.replace(";UIDVALIDITY=", ";UIDVALIDITY=1"))
    gap = refusal(planted.source, old)
    assert gap is not None
    assert gap.reason is Reason.CHANGED


def test_a_size_that_is_not_the_messages_loses_nothing(planted: Planted) -> None:
    """Some servers tell sizes that are only near."""
    source = planted.source
    for entry in entries(source):
        for size in (entry.size - 100, entry.size + 100, 2_000_000):
            assert content(source, replace(entry, size=size)) == planted.contents[entry.name]


@pytest.fixture
def shared(server: MailServer) -> Iterator[Path]:
    """The place of folders that all accounts see, emptied again."""
    place = server.folder / "public"
    yield place
    for left in place.iterdir():
        if left.is_dir():
            shutil.rmtree(left)


def test_shared_folders_are_as_open_as_their_list(server: MailServer, shared: Path) -> None:
    """Everyone who can sign in may read a folder of `anyone`; a folder of named persons is theirs."""
    for name, rights in {
        "全員": "user=suzuki lra\nanyone lr\n",
        "不明": "anyone lrs\n",
        "二人": "user=suzuki lra\nuser=sato lr\n",
        "係": "user=suzuki lra\ngroup=kakari lr\n",
    }.items():
        folder = shared / name.encode("utf-7").decode().replace("+", "&").replace("/", ",")
        for inner in ("cur", "new", "tmp"):
            (folder / inner).mkdir(parents=True)
        (folder / "new" / "1.m").write_bytes(letter("s", "x"))
        (folder / "dovecot-acl").write_text(rights, encoding="ascii")
    (shared / "dovecot-acl").write_text("anyone l\n", encoding="ascii")
    subprocess.run(["chmod", "-R", "a+rwX", shared], check=True)
    source = source_of(server, "suzuki", "Public")
    found = {entry.name: entry for entry in entries(source)}
    assert {name: entry.exposure for name, entry in found.items()} == {
        "Public/二人": Exposure.OWNER,
        "Public/係": Exposure.GROUP,
        "Public/全員": Exposure.ALL_STAFF,
        "Public/不明": Exposure.UNKNOWN,  # only who may administer a folder is told its list
    }
    assert source.readers(found["Public/二人"]).names == ("sato", "suzuki")
    assert found["Public/二人"].access


@pytest.mark.parametrize(
    ("target", "why"),
    [
        ("imaps://u:geheim@h/", "holds a password"),
        ("imaps://h/", "needs a user"),
        ("imap://u@mail.example/?plain=1", "this machine"),
        ("imaps://u@h/?cs=x", "unknown option cs"),
    ],
)
def test_malformed_addresses_are_refused(target: str, why: str) -> None:
    """A password never travels unencrypted to another machine."""
    with pytest.raises(SourceError, match=why) as refused:
        open_source(target)
    assert "geheim" not in str(refused.value)


def test_starttls_comes_before_signing_in(server: MailServer, planted: Planted) -> None:
    """It is required; a certificate that nobody vouches for ends it, as with TLS from the start."""
    good = f"imap://tanaka@127.0.0.1:{server.plain}/?ca={server.folder / 'cert.pem'}"
    given = Credentials(secret=PASSWORD)
    assert len(entries(open_source(good, credentials=given))) == 3
    for address in (good.partition("?")[0], server.target("tanaka").partition("?")[0]):
        with pytest.raises(SourceError, match="SSLCertVerificationError"):
            list(open_source(address, credentials=given).entries())
    plain = open_source(f"imap://tanaka@127.0.0.1:{server.plain}/?plain=1", credentials=given)
    assert len(entries(plain)) == 3


def test_the_steps_of_a_test_end_with_what_is_wrong(server: MailServer, planted: Planted) -> None:
    """Port, sign-in, listing and reading are told apart."""

    def told(source: object) -> list[tuple[Step, bool]]:
        assert isinstance(source, Checked)
        return [(each.step, each.passed) for each in source.check()]

    good = source_of(server, "tanaka")
    assert told(good) == [(step, True) for step in Step]
    assert told(replace(good, folder="nowhere"))[-1] == (Step.LIST, False)
    assert told(replace(good, server=replace(good.server, port=1)))[-1] == (Step.PORT, False)
    assert told(replace(good, server=replace(good.server, host="nowhere.invalid")))[-1] == (Step.NAME, False)
    for given in (Credentials(secret="falsch-1"), Credentials(token="falsch-2"), Credentials()):
        wrong = replace(good, server=replace(good.server, credentials=given))
        last = list(wrong.check())[-1]
        assert (last.step, last.passed) == (Step.SIGN_IN, False)
        assert "falsch" not in repr(last) + repr(wrong)


def test_a_server_that_is_lost_is_told_loudly(
    server: MailServer, planted: Planted, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A listing that cannot be ended is an error, never a shorter list; a message is unreachable."""
    monkeypatch.setattr(retry_module, "time", SimpleNamespace(sleep=lambda _seconds: None))
    source = planted.source
    listing = source.entries()
    entry = next(listing)
    assert isinstance(entry, Entry)
    server.stop()
    try:
        with pytest.raises(SourceError, match="list: "):
            list(listing)
        gap = refusal(source, entry)
        assert gap is not None
        assert gap.reason is Reason.UNREACHABLE
    finally:
        server.start()


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("NOPERM", Reason.DENIED),
        ("INUSE", Reason.IN_USE),
        ("LIMIT", Reason.UNREACHABLE),
        ("OVERQUOTA", Reason.UNREADABLE),
        ("EXPUNGEISSUED", Reason.VANISHED),
    ],
)
def test_what_a_server_answers_is_a_reason(
    planted: Planted, monkeypatch: pytest.MonkeyPatch, code: str, reason: Reason
) -> None:
    """Response codes of RFC 5530 are told apart, those that may pass after several tries."""

    def refused(*_: object) -> bytes:
        raise Refused(code)

    source = planted.source
    entry = entries(source)[0]
    monkeypatch.setattr(retry_module, "time", SimpleNamespace(sleep=lambda _seconds: None))
    monkeypatch.setattr(Connection, "piece", refused)
    gap = refusal(source, entry)
    assert gap is not None
    assert (gap.reason, gap.detail) == (reason, code)


def test_messages_that_a_server_keeps_to_itself_are_told(
    planted: Planted, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Numbers of messages have no holes: one that is not listed is missing, and the folder says so."""
    told = Connection.messages
    monkeypatch.setattr(Connection, "messages", lambda *given: told(*given)[1:])
    found = list(planted.source.entries())
    assert [(each.reason, each.detail) for each in found if isinstance(each, Gap)] == [
        (Reason.NOT_LISTED, "1 of 1 messages are not told")
    ] * 3


def test_folders_that_cannot_be_told_are_gaps(planted: Planted, monkeypatch: pytest.MonkeyPatch) -> None:
    """A line of the listing that nobody understands stands for a folder; so does a refused namespace."""
    plain = Connection._plain
    below = Connection._below

    def with_a_strange_line(line: Connection, command: str, *words: str, answer: str) -> list[Any]:
        return [*plain(line, command, *words, answer=answer), *([b"strange"] if command == "LIST" else [])]

    def refusing(line: Connection, prefix: bytes) -> Iterator[Folder]:
        if prefix:
            raise Refused("NOPERM")
        return (each for each in below(line, prefix) if not each.name.startswith("Public"))

    monkeypatch.setattr(Connection, "_plain", with_a_strange_line)
    monkeypatch.setattr(Connection, "_below", refusing)
    found = [(each.reason, each.detail) for each in planted.source.entries() if isinstance(each, Gap)]
    assert found == [
        (Reason.NOT_LISTED, "a line that cannot be read"),
        (Reason.NOT_LISTED, "what others share: NOPERM"),
    ]


def test_a_server_that_takes_no_notice_of_places_ends(
    planted: Planted, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It sends the whole message for every piece: the message comes once, not for ever."""
    plain = Connection._plain

    def whole(line: Connection, command: str, *words: str, answer: str) -> list[Any]:
        return plain(line, command, *(re.sub(r"<[0-9.]+>", "", word) for word in words), answer=answer)

    source, held = planted.source, planted.contents["INBOX"]
    found = {entry.name: entry for entry in entries(source)}["INBOX"]
    monkeypatch.setattr(Connection, "_plain", whole)
    monkeypatch.setattr(imap_module, "PIECE", 50)
    assert content(source, found) == held
    assert content(source, replace(found, size=90)) == held


def test_a_scan_finds_what_lies_there(server: MailServer, mailbox: str) -> None:
    """Workers that may reach this server's port only read messages and what is attached to them."""
    with signed_in(server, mailbox) as client:
        client.append("INBOX", letter("架空 太郎 090-0000-9999", "電話番号 090-0000-1234 と 080-0000-5678"))
    source = source_of(server, mailbox)
    assert pickle.loads(pickle.dumps(source)).ports == (server.port,)
    with Scanner(ScanKeys(b"k" * 32), ScanOptions(jobs=1, names=False)) as scanner:
        results = list(scanner.scan(source))
    (found,) = (result for result in results if result.categories)
    assert (found.kind, found.exposure) == ("eml", Exposure.OWNER)
    assert found.categories[Category.PHONE].count == 3
    assert not [result for result in results if result.reason]
    assert "0000-9999" not in found.uri
