"""Files of an SSH server: its host key is proved, everything is listed or said not to be."""

from __future__ import annotations

import os
import pickle
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import quote

import pytest

from scanners.credentials import Credentials
from scanners.engine import ScanKeys, Scanner
from scanners.errors import SourceError
from scanners.model import Category, Entry, Exposure, Reason
from scanners.options import ScanOptions
from scanners.selection import EVERYTHING, Selection
from scanners.sources import open_source
from scanners.sources import retry as retry_module
from scanners.sources.interface import Checked, Step
from scanners.sources.sftp import SftpSource
from tests.sources.contract import Content, Planted, SourceContract, content, entries, gaps, refusal
from tests.sources.servers.sftp import SshServer, ssh_server

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs a server whose user is not ours")


@pytest.fixture(scope="module")
def server() -> Iterator[SshServer]:
    """One server for the module."""
    with ssh_server(Path(tempfile.mkdtemp(prefix="daicho-ssh-"))) as running:
        yield running


@pytest.fixture
def folder(server: SshServer) -> Iterator[Path]:
    """An empty folder on it."""
    made = Path(tempfile.mkdtemp(dir=server.files))
    made.chmod(0o755)
    yield made
    subprocess.run(["rm", "-rf", made], check=True)


def source_of(server: SshServer, path: Path, selection: Selection = EVERYTHING) -> SftpSource:
    """Return the source of a folder."""
    source = open_source(
        server.target(quote(str(path))), credentials=Credentials(secret=server.key), selection=selection
    )
    assert isinstance(source, SftpSource)
    return source


@pytest.fixture
def planted(server: SshServer, folder: Path) -> Planted:
    """A filled folder."""
    contents: dict[str, Content] = {
        "a.txt": "架空".encode(),
        "b/名簿#1?.bin": bytes(range(256)) * 20_000,
        "b/d/empty": b"",
        "c.txt": b"x" * 40_000,
    }
    for name, held in contents.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        assert isinstance(held, bytes)
        (folder / name).write_bytes(held)
    (folder / "link").symlink_to("a.txt")
    (folder / "round").symlink_to(".")
    os.mkfifo(folder / "pipe")
    if os.geteuid() == 0:
        (folder / "denied.txt").write_bytes(b"x")
        (folder / "denied.txt").chmod(0o600)
        (folder / "closed").mkdir(mode=0o700)

    def change(name: str) -> None:
        with (folder / name).open("ab") as stream:
            stream.write(b"+")

    base = source_of(server, folder).place
    return Planted(
        lambda selection: source_of(server, folder, selection),
        contents,
        secret=server.key.splitlines()[2],
        state=lambda: sorted((str(path), path.lstat().st_mtime_ns) for path in folder.rglob("*")),
        change=change,
        remove=lambda name: (folder / name).unlink(),
        denied="denied.txt" if os.geteuid() == 0 else "",
        closed=f"{base}/closed" if os.geteuid() == 0 else "",
        folder="b",
        excludable="a.txt",
        nowhere=lambda: source_of(server, folder / "nowhere"),
        gaps={Reason.LINK: 2, Reason.NOT_REGULAR: 1},
    )


class TestContract(SourceContract):
    """Folders of an SSH server keep to what every source keeps to."""


def test_an_unknown_host_key_is_refused_and_told(server: SshServer, folder: Path, tmp_path: Path) -> None:
    """Nothing is trusted because it was met first; the fingerprint to compare is in the message."""
    (tmp_path / "known").touch()
    source = open_source(
        server.target(folder, f"?known_hosts={tmp_path / 'known'}"),
        credentials=Credentials(secret=server.key),
    )
    with pytest.raises(SourceError) as refused:
        list(source.entries())
    assert server.fingerprint in str(refused.value)
    assert "sign_in" in str(refused.value)


def test_a_host_key_is_known_by_a_file(server: SshServer, folder: Path, tmp_path: Path) -> None:
    """The file is OpenSSH's; another key under the same name is refused."""
    (folder / "a.txt").touch()
    name = f"[127.0.0.1]:{server.port}"
    right = (server.folder / "host.pub").read_text(encoding="ascii")
    wrong = (server.folder / "key.pub").read_text(encoding="ascii")
    known = tmp_path / "known"
    source = open_source(
        server.target(folder, f"?known_hosts={known}"), credentials=Credentials(secret=server.key)
    )
    known.write_text(f"{name} {right}", encoding="ascii")
    assert [entry.name for entry in entries(source)] == ["a.txt"]
    known.write_text(f"{name} {wrong}", encoding="ascii")
    with pytest.raises(SourceError, match="another one than known"):
        list(source.entries())


def test_another_fingerprint_than_given_is_refused(server: SshServer, folder: Path) -> None:
    """A pinned key is the only one that counts."""
    source = open_source(
        server.target(folder, "?hostkey=SHA256:" + "A" * 43), credentials=Credentials(secret=server.key)
    )
    with pytest.raises(SourceError, match="another one than given"):
        list(source.entries())


@pytest.mark.parametrize(
    ("target", "why"),
    [
        ("sftp://u:geheim@h/x", "holds a password"),
        ("sftp://h/x", "needs a user"),
        ("sftp://u@h/x?hostky=1", "hostky"),
        ("sftp://u@h/x/../y", "climbs"),
    ],
)
def test_malformed_addresses_are_refused(target: str, why: str) -> None:
    """A misspelt option must not weaken what is checked."""
    with pytest.raises(SourceError, match=why) as refused:
        open_source(target)
    assert "geheim" not in str(refused.value)


def test_names_that_are_no_utf8_are_listed_and_opened(server: SshServer, folder: Path) -> None:
    """A CP932 name of an old server is neither lost nor misread."""
    raw = "名簿".encode("cp932")
    inner = os.fsencode(folder) + b"/" + raw
    Path(os.fsdecode(inner)).mkdir()
    Path(os.fsdecode(inner + b"/" + raw)).write_bytes(b"x")
    source = source_of(server, folder)
    (entry,) = entries(source)
    assert entry.uri.count("%96%BC") == 2
    assert "\ufffd" in entry.name
    assert content(source, entry) == b"x"


def test_exposure_follows_modes_of_file_and_folders(server: SshServer, folder: Path) -> None:
    """A file is no more open than the folders above it; a change of a folder's mode changes `access`."""
    (folder / "open").mkdir()
    for name, mode in {"all": 0o644, "group": 0o640, "own": 0o600}.items():
        (folder / "open" / name).touch()
        (folder / "open" / name).chmod(mode)
    source = source_of(server, folder)

    def listed() -> dict[str, Entry]:
        return {entry.name.rpartition("/")[2]: entry for entry in entries(source)}

    (folder / "open").chmod(0o755)
    before = listed()
    assert {name: entry.exposure for name, entry in before.items()} == {
        "all": Exposure.EVERYONE,
        "group": Exposure.GROUP,
        "own": Exposure.OWNER,
    }
    assert {entry.owner for entry in before.values()} == {str(os.geteuid())}
    (folder / "open").chmod(0o775)
    assert listed()["all"].access != before["all"].access
    if os.geteuid() == 0:
        (folder / "open").chmod(0o705)
        os.chown(folder / "open", 65534, -1)
        (folder / "open").chmod(0o710)
        found = [gap.reason for gap in gaps(source)]
        assert Reason.NOT_LISTED in found or listed()["all"].exposure is Exposure.GROUP


def test_a_folder_of_thousands_comes_whole(server: SshServer, folder: Path) -> None:
    """Listings arrive in many answers."""
    for number in range(2500):
        (folder / f"{number:05}.txt").touch()
    assert [entry.name for entry in entries(source_of(server, folder))] == [
        f"{number:05}.txt" for number in range(2500)
    ]


def test_one_file_is_a_target_also_through_a_link(server: SshServer, folder: Path) -> None:
    """Who names a link means the file behind it."""
    (folder / "a.txt").write_bytes(b"x")
    (folder / "link").symlink_to("a.txt")
    for name in ("a.txt", "link"):
        source = source_of(server, folder / name)
        (entry,) = entries(source)
        assert (entry.name, content(source, entry)) == ("a.txt", b"x")


def test_a_pipe_in_place_of_a_file_is_not_waited_for(server: SshServer, folder: Path) -> None:
    """A server that opens a pipe waits for whoever writes to it."""
    (folder / "a.txt").touch()
    source = source_of(server, folder)
    (entry,) = entries(source)
    (folder / "a.txt").unlink()
    os.mkfifo(folder / "a.txt")
    gap = refusal(source, entry)
    assert gap is not None
    assert gap.reason is Reason.NOT_REGULAR


def test_the_steps_of_a_test_end_with_what_is_wrong(server: SshServer, folder: Path) -> None:
    """Port, sign-in, listing and reading are told apart."""

    def told(source: object) -> list[tuple[Step, bool]]:
        assert isinstance(source, Checked)
        return [(each.step, each.passed) for each in source.check()]

    (folder / "a.txt").write_bytes(b"x")
    good = source_of(server, folder)
    assert told(good) == [(step, True) for step in Step]
    assert told(replace(good, path=b"/nowhere"))[-1] == (Step.LIST, False)
    assert told(replace(good, server=replace(good.server, port=1)))[-1] == (Step.PORT, False)
    assert told(replace(good, server=replace(good.server, host="nowhere.invalid")))[-1] == (Step.NAME, False)
    wrong = replace(good, server=replace(good.server, credentials=Credentials(secret="geheim")))
    assert told(wrong)[-1] == (Step.SIGN_IN, False)
    assert "geheim" not in repr(list(wrong.check())) + repr(wrong)


@as_root
def test_a_file_that_may_not_be_read_fails_the_last_step(server: SshServer, folder: Path) -> None:
    """The detail is the reason in the scanners' words."""
    (folder / "a.txt").touch(mode=0o600)
    last = list(source_of(server, folder).check())[-1]
    assert (last.step, last.passed, last.detail) == (Step.READ, False, "denied")


def test_a_key_with_a_passphrase_is_opened_by_the_token(server: SshServer, folder: Path) -> None:
    """Without it the message says what is missing."""
    locked = server.folder / "locked"
    if not locked.exists():
        shutil.copyfile(server.folder / "key", locked)
        locked.chmod(0o600)
        subprocess.run(["ssh-keygen", "-q", "-p", "-P", "", "-N", "geheim5", "-f", str(locked)], check=True)
    (folder / "a.txt").touch()
    secret = locked.read_text(encoding="ascii")
    target = server.target(folder)
    assert entries(open_source(target, credentials=Credentials(secret=secret, token="geheim5")))
    with pytest.raises(SourceError, match="passphrase"):
        list(open_source(target, credentials=Credentials(secret=secret)).entries())


def test_a_server_that_restarts_costs_nothing(server: SshServer, folder: Path) -> None:
    """A listing and a file that is being read go on with a new connection."""
    (folder / "a").mkdir()
    (folder / "b").mkdir()
    (folder / "a" / "1").write_bytes(bytes(range(256)) * 20_000)
    (folder / "b" / "2").write_bytes(b"2")
    source = source_of(server, folder)
    listing = source.entries()
    first = next(listing)
    assert isinstance(first, Entry)
    with source.open(first) as stream:
        begun = stream.read(10)
        server.stop()
        server.start()
        assert begun + stream.read() == (folder / "a" / "1").read_bytes()
    assert [item.name for item in listing if isinstance(item, Entry)] == ["b/2"]


def test_a_server_that_is_lost_is_told_loudly(
    server: SshServer, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A listing that cannot be ended is an error, never a shorter list; an open file is unreachable."""
    monkeypatch.setattr(retry_module, "time", SimpleNamespace(sleep=lambda _seconds: None))
    for name in ("a", "b"):
        (folder / name).mkdir()
        (folder / name / "1").write_bytes(b"x")
    source = source_of(server, folder)
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


def test_a_scan_finds_what_lies_there(server: SshServer, folder: Path) -> None:
    """Workers that may reach this server's port only read it and say who can."""
    (folder / "名簿").mkdir()
    (folder / "名簿" / "連絡先.csv").write_text(
        "氏名,電話番号\n架空 太郎,090-0000-1234\n架空 花子,080-0000-5678\n", encoding="cp932"
    )
    (folder / "leer.txt").write_text("なし", encoding="utf-8")
    source = source_of(server, folder)
    assert pickle.loads(pickle.dumps(source)).ports == (server.port,)
    with Scanner(ScanKeys(b"k" * 32), ScanOptions(jobs=1, names=False)) as scanner:
        results = {result.uri: result for result in scanner.scan(source)}
    assert len(results) == 2
    (found,) = (result for result in results.values() if result.categories)
    assert found.categories[Category.PHONE].count == 2
    assert found.exposure is Exposure.EVERYONE
    assert not [result for result in results.values() if result.reason]
