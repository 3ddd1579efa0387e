"""WebDAV: names as servers write them, servers that lie, lose and lack; what Nextcloud tells beside."""

from __future__ import annotations

import secrets
import ssl
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from scanners.credentials import NO_CREDENTIALS, Credentials
from scanners.engine import Scanner
from scanners.errors import ExtractionError, SourceError
from scanners.model import Category, Entry, Exposure, Gap, Outcome, Reason
from scanners.options import ScanKeys, ScanOptions
from scanners.selection import EVERYTHING, Selection
from scanners.sources import open_source, webdav_client
from scanners.sources.interface import Checked, Guarded, Source, Step
from scanners.sources.ranged import PIECE
from scanners.sources.webdav_file import MOST_STARTS
from tests.sources.contract import Planted, SourceContract, content, entries, gaps, named, refusal
from tests.sources.servers.faults import DIES, PASSES, Fault, Running, free_port, running
from tests.sources.servers.webdav import ACCOUNT

MODULE = "tests.sources.servers.webdav"
KEYS = ScanKeys(b"0123456789abcdef0123456789abcdef")
SECRET = secrets.token_urlsafe(12)
LOGIN = Credentials(ACCOUNT, SECRET)


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that the server shows."""
    return tmp_path_factory.mktemp("webdav")


@pytest.fixture(scope="module")
def server(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """One server for all tests of this file; each has a folder of its own."""
    log = tmp_path_factory.mktemp("log") / "log"
    with running(MODULE, str(root), "basic", SECRET, log=log) as started:
        yield started


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Tries follow each other at once; proxies of the environment are not used."""
    monkeypatch.setattr(webdav_client, "_wait", 0.001)
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    yield
    webdav_client.CLIENTS.close()


@pytest.fixture
def folder(root: Path) -> Path:
    """An empty folder of the server."""
    made = root / secrets.token_hex(4)
    made.mkdir()
    return made


def files(server: Running, path: Path | str, chosen: Selection = EVERYTHING) -> Source:
    """Return the source of a folder."""
    name = path.name if isinstance(path, Path) else path
    return open_source(f"dav://127.0.0.1:{server.port}/{name}", credentials=LOGIN, selection=chosen)


def plant(folder: Path, name: str, held: bytes = b"x") -> None:
    """Write a file, and the folders above it."""
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(held)


@pytest.fixture
def planted(server: Running, folder: Path) -> Iterator[Planted]:
    """A folder with odd names, a file that may not be read and a folder that may not be listed."""
    held = {
        "人事/名簿.csv": b"a" * (PIECE + 5),
        "empty": b"",
        "a %41 #?+&.txt": b"odd",
        "b/c/é😀.txt": b"deep",
    }
    for name, each in held.items():
        plant(folder, name, each)
    plant(folder, "denied.txt")
    plant(folder, "closed/x.txt")
    with server.failing(Fault(403, "GET", "/denied.txt"), Fault(403, "PROPFIND", f"/{folder.name}/closed/")):
        source = files(server, folder)
        yield Planted(
            opened=lambda chosen: files(server, folder, chosen),
            contents=held,
            secret=SECRET,
            state=lambda: sorted((str(p), p.stat().st_mtime_ns) for p in folder.rglob("*")),
            change=lambda name: plant(folder, name, held[name] + b"more"),
            remove=lambda name: (folder / name).unlink(),
            denied="denied.txt",
            closed=f"{source.place}/closed",
            folder="人事",
            excludable="empty",
            nowhere=lambda: files(server, "not-there"),
        )


class TestContract(SourceContract):
    """WebDAV servers keep to what every source keeps to."""


def multistatus(*lines: str) -> str:
    """Return the body of a listing."""
    spaces = 'xmlns:d="DAV:" xmlns:oc="http://owncloud.org/ns" xmlns:nc="http://nextcloud.org/ns"'
    return f'<?xml version="1.0"?><d:multistatus {spaces}>{"".join(lines)}</d:multistatus>'


def line(href: str, props: str = "", *, folder: bool = False) -> str:
    """Return one line of a listing."""
    kind = "<d:resourcetype><d:collection/></d:resourcetype>" if folder else "<d:resourcetype/>"
    size = "" if folder else "<d:getcontentlength>1</d:getcontentlength>"
    return (
        f"<d:response><d:href>{href}</d:href><d:propstat><d:prop>{kind}{size}{props}</d:prop>"
        "<d:status>HTTP/1.1 200 OK</d:status></d:propstat></d:response>"
    )


@contextmanager
def answering(server: Running, listings: dict[str, str]) -> Iterator[None]:
    """Let the server give listings as another program would write them; longest paths first."""
    with server.failing(
        *(
            Fault(207, "PROPFIND", f"{path}?", listings[path])
            for path in sorted(listings, key=len, reverse=True)
        )
    ):
        yield


def test_names_that_lie_elsewhere_are_never_followed(server: Running) -> None:
    """Neither another path nor one that climbs is listed or asked for; another host is no other place."""
    lies = multistatus(
        line("/lies/", folder=True),
        line("http://169.254.169.254/lies/ok.txt"),
        line("/lies/sub/", folder=True),
    )
    below = multistatus(
        line("/lies/sub/", folder=True),
        line("/lies/sub/..", folder=True),
        line("/lies/sub/%2e%2e", folder=True),
        line("/lies/sub/a%2Fb"),
        line("/etc/passwd"),
        line("/lies/sub/x/y.txt"),
        line("/lies/sub/good.txt"),
    )
    with answering(server, {"/lies": lies, "/lies/": lies, "/lies/sub/": below}):
        source = files(server, "lies")
        assert [entry.uri for entry in entries(source)] == [
            f"{source.place}/ok.txt",
            f"{source.place}/sub/good.txt",
        ]
        (gap,) = gaps(source)
        assert (gap.reason, gap.uri) == (Reason.NOT_LISTED, f"{source.place}/sub")
        assert {path for _, path, *_ in server.asked()} == {"/lies?", "/lies/?", "/lies/sub/?"}
        assert {depth for *_, depth in server.asked()} == {"0", "1"}


def test_names_without_any_property_are_told(server: Running) -> None:
    """What the server names and does not describe may be a folder: it is no empty file."""
    silent = (
        "<d:response><d:href>{}</d:href><d:propstat><d:prop><d:resourcetype/></d:prop>"
        "<d:status>HTTP/1.1 403 Forbidden</d:status></d:propstat></d:response>"
    )
    top = multistatus(line("/top/", folder=True), silent.format("/top/closed"), line("/top/ok.txt"))
    alone = multistatus(silent.format("/shut/"))
    with answering(server, {"/top": top, "/top/": top, "/shut": alone, "/shut/": alone}):
        source = files(server, "top")
        assert [entry.name for entry in entries(source)] == ["ok.txt"]
        assert [(gap.reason, gap.uri) for gap in gaps(source)] == [
            (Reason.NOT_LISTED, f"{source.place}/closed")
        ]
        with pytest.raises(SourceError, match="named without any property"):
            list(files(server, "shut").entries())


def test_entities_and_broken_listings_are_refused(server: Running) -> None:
    """A document type, a cut listing and a page of HTML are no listings."""
    entity = '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/hostname">]>'
    good = multistatus(line("/odd/", folder=True), line("/odd/&e;"))
    for body in (
        entity + good.partition("?>")[2],
        good[:-20],
        "<html><body>portal</body></html>",
        "",
    ):
        with answering(server, {"/odd": body, "/odd/": body}):
            with pytest.raises(SourceError, match="no WebDAV folder") as caught:
                entries(files(server, "odd"))
            assert "hostname" not in str(caught.value)


def test_a_folder_that_contains_itself_ends(server: Running, folder: Path) -> None:
    """Of a server without identities the same listing is believed a few times, then told as a gap."""
    plant(folder, "a.txt")
    (folder / "loop").symlink_to(folder)
    listed = list(files(server, folder).entries())
    assert len(listed) < 10
    left = [gap for gap in listed if not isinstance(gap, Entry)]
    assert left
    assert all(gap.reason in (Reason.NOT_LISTED, Reason.LINK) for gap in left)


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (401, Reason.DENIED),
        (403, Reason.DENIED),
        (404, Reason.VANISHED),
        (410, Reason.VANISHED),
        (423, Reason.IN_USE),
        (429, Reason.UNREACHABLE),
        (503, Reason.UNREACHABLE),
        (501, Reason.UNREADABLE),
    ],
)
def test_refusals_to_read_are_told_apart(server: Running, folder: Path, status: int, reason: Reason) -> None:
    """Each with the status of the server; what may pass is asked again."""
    plant(folder, "a.txt")
    source = files(server, folder)
    (entry,) = entries(source)
    with server.failing(Fault(status, "GET", "/a.txt")):
        told = refusal(source, entry)
        tries = len(server.asked())
    assert told is not None
    assert (told.reason, told.detail) == (reason, f"HTTP {status}")
    assert (tries >= 4) is (reason is Reason.UNREACHABLE)


def test_a_busy_server_is_asked_again(server: Running, folder: Path) -> None:
    """Refusals that pass leave no trace in the result; one that stays is a gap of its folder."""
    plant(folder, "sub/a.txt", b"held")
    plant(folder, "b.txt")
    source = files(server, folder)
    with server.failing(Fault(503, "PROPFIND", "/sub/", times=2), Fault(429, "GET", "/a.txt", times=2)):
        assert content(source, named(source, "sub/a.txt")) == b"held"
    with server.failing(Fault(503, "PROPFIND", "/sub/")):
        listed = list(source.entries())
    assert [(item.name if isinstance(item, Entry) else item.detail) for item in listed] == [
        "b.txt",
        "HTTP 503",
    ]


def test_redirects_stay_below_the_address(server: Running, folder: Path) -> None:
    """Elsewhere on the server or on another one, nothing is asked."""
    plant(folder, "a.txt", b"held")
    source = files(server, folder)
    (entry,) = entries(source)
    here = (("Location", f"/{folder.name}/a.txt"),)
    with server.failing(Fault(302, "GET", "/a.txt", times=1, gives=here)):
        assert content(source, entry) == b"held"
    for away in (
        "/other/a.txt",
        f"http://127.0.0.1:{free_port()}/{folder.name}/a.txt",
        f"/{folder.name}/../x",
    ):
        with server.failing(Fault(302, "GET", "/a.txt", gives=(("Location", away),))):
            told = refusal(source, entry)
        assert told is not None
        assert (told.reason, told.detail) == (Reason.UNREADABLE, "HTTP 302 redirected elsewhere")
    with server.failing(Fault(302, "GET", "/a.txt", gives=here)):
        assert refusal(source, entry) is not None


def test_a_server_without_ranges_is_read_from_the_start(server: Running, folder: Path) -> None:
    """What is asked for in order comes in one stream; jumps begin it anew, up to a limit."""
    held = secrets.token_bytes(3 * PIECE + 7)
    plant(folder, "a.bin", held)
    source = files(server, folder)
    (entry,) = entries(source)
    with server.failing(Fault(PASSES, "GET", "/a.bin", strip="HTTP_RANGE")):
        assert content(source, entry) == held
        assert len([path for _, path, *_ in server.asked()]) == 2
        with source.open(entry) as stream:
            stream.seek(-5, 2)  # type: ignore[union-attr]  # a file
            assert stream.read() == held[-5:]  # type: ignore[union-attr]
            stream.seek(PIECE + 3)  # type: ignore[union-attr]
            assert stream.read(9) == held[PIECE + 3 : PIECE + 12]  # type: ignore[union-attr]
            with pytest.raises(ExtractionError) as caught:  # noqa: PT012  which of the jumps is one too many
                for _ in range(MOST_STARTS):
                    stream.seek(-5, 2)  # type: ignore[union-attr]
                    stream.read(1)  # type: ignore[union-attr]
                    stream.seek(PIECE + 3)  # type: ignore[union-attr]
                    stream.read(1)  # type: ignore[union-attr]
    assert (caught.value.gap.reason, caught.value.gap.detail.partition(":")[0]) == (
        Reason.UNREADABLE,
        "no ranges",
    )


def test_a_file_that_changes_while_it_is_read_is_told(server: Running, folder: Path) -> None:
    """Pieces of two states are never put together."""
    plant(folder, "a.bin", b"a" * (3 * PIECE))
    source = files(server, folder)
    (entry,) = entries(source)
    with pytest.raises(ExtractionError) as caught, source.open(entry) as stream:  # noqa: PT012  both leave
        stream.read(5)  # type: ignore[union-attr]  # a file
        plant(folder, "a.bin", b"b" * (3 * PIECE + 1))
        stream.read()  # type: ignore[union-attr]
    assert caught.value.gap.reason is Reason.CHANGED


def test_a_server_that_dies_in_mid_listing_is_loud(tmp_path: Path) -> None:
    """What was listed so far is not taken for all there is."""
    for number in range(3):
        plant(tmp_path / "files", f"{number}/a.txt")
    arguments = (str(tmp_path / "files"), "basic", SECRET)
    with running(MODULE, *arguments, log=tmp_path / "log") as server:
        server.fail(Fault(DIES, "PROPFIND", "/2/"))
        seen: list[Entry | Gap] = []
        with pytest.raises(SourceError, match="no answer"):
            seen.extend(files(server, "").entries())
        assert server.process.wait(10) == 1


def test_shares_of_nextcloud_are_exposure(server: Running) -> None:
    """A public link above a file opens it to everyone; what is not known is not read as narrow.

    The listings are written as Nextcloud writes them: there is none in the packages.
    """
    base = "/remote.php/dav/files/hanako"

    def props(number: int, kinds: str = "", permissions: str = "RGDNVW", names: str = "") -> str:
        types = "".join(f"<oc:share-type>{kind}</oc:share-type>" for kind in kinds.split())
        people = "".join(f"<nc:sharee><nc:id>{name}</nc:id></nc:sharee>" for name in names.split())
        return (
            f"<oc:fileid>{number}</oc:fileid><oc:permissions>{permissions}</oc:permissions>"
            f"<oc:owner-id>hanako</oc:owner-id><oc:share-types>{types}</oc:share-types>"
            f"<nc:sharees>{people}</nc:sharees>"
        )

    top = multistatus(
        line(f"{base}/", props(1), folder=True),
        line(f"{base}/public/", props(2, "3"), folder=True),
        line(f"{base}/group.txt", props(4, "0 1", names="jiro jinji")),
        line(f"{base}/mine.txt", props(5)),
        line(f"{base}/mounted.txt", props(6, permissions="MRGDNVW")),
        line(f"{base}/unasked.txt", "<oc:fileid>7</oc:fileid>"),
    )
    public = multistatus(
        line(f"{base}/public/", props(2, "3"), folder=True), line(f"{base}/public/a.txt", props(3))
    )
    group = multistatus(line(f"{base}/group.txt", props(4, "0 1", names="jiro jinji")))
    found = {base: top, f"{base}/": top, f"{base}/public/": public, f"{base}/group.txt": group}
    with answering(server, found):
        source = files(server, base[1:])
        listed = {entry.name: entry for entry in entries(source)}
        assert {name: entry.exposure for name, entry in listed.items()} == {
            "public/a.txt": Exposure.EVERYONE,
            "group.txt": Exposure.GROUP,
            "mine.txt": Exposure.OWNER,
            "mounted.txt": Exposure.UNKNOWN,
            "unasked.txt": Exposure.UNKNOWN,
        }
        assert listed["mine.txt"].file_id == "oc:5"
        assert listed["mine.txt"].owner == "hanako"
        assert isinstance(source, Guarded)
        told = source.readers(listed["group.txt"])
        assert (told.exposure, told.names) == (Exposure.GROUP, ("hanako", "jinji", "jiro"))
    closed = {**found, f"{base}/public/": public.replace("<oc:share-type>3</oc:share-type>", "")}
    closed[base] = closed[f"{base}/"] = top.replace("<oc:share-type>3</oc:share-type>", "")
    with answering(server, closed):
        after = {entry.name: entry for entry in entries(source)}
    assert after["public/a.txt"].exposure is Exposure.OWNER
    assert after["public/a.txt"].access != listed["public/a.txt"].access
    assert after["mine.txt"] == listed["mine.txt"]


def test_a_test_says_what_is_wrong(server: Running, folder: Path) -> None:
    """The step that fails is the last, with the status of the server."""
    plant(folder, "a.txt")
    source = files(server, folder)
    assert isinstance(source, Checked)
    assert [(check.step, check.passed) for check in source.check()] == [(step, True) for step in Step]
    wrong = open_source(source.place, credentials=Credentials(ACCOUNT, "wrong"))
    assert isinstance(wrong, Checked)
    *_, failed = wrong.check()
    assert (failed.step, failed.passed, failed.detail) == (Step.SIGN_IN, False, "HTTP 401")
    with pytest.raises(SourceError, match="app password"):
        entries(wrong)
    for method, step in (("PROPFIND", Step.LIST), ("GET", Step.READ)):
        with server.failing(Fault(403, method, folder.name)):
            *_, failed = source.check()
        assert (failed.step, failed.passed, failed.detail) == (step, False, "HTTP 403")
    nobody = open_source(f"dav://127.0.0.1:{free_port()}/", credentials=LOGIN)
    assert isinstance(nobody, Checked)
    assert [(check.step, check.passed) for check in nobody.check()] == [(Step.NAME, True), (Step.PORT, False)]


def test_digest_is_answered(tmp_path: Path) -> None:
    """A server that asks for it never gets the password itself."""
    plant(tmp_path / "files", "a.txt", b"held")
    with running(MODULE, str(tmp_path / "files"), "digest", SECRET, log=tmp_path / "log") as server:
        basic = Fault(400, "", "", header="HTTP_AUTHORIZATION", holds="Basic")
        with server.failing(basic):
            source = files(server, "")
            (entry,) = entries(source)
            assert content(source, entry) == b"held"


def test_a_certificate_that_nobody_vouches_for_is_refused(tmp_path: Path) -> None:
    """The connection ends before the password is sent; with the authority's certificate it does not."""
    key, certificate = tmp_path / "key.pem", tmp_path / "cert.pem"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"),
            *("-keyout", key, "-out", certificate, "-days", "2", "-subj", "/CN=files"),
            *("-addext", "subjectAltName=IP:127.0.0.1"),
        ],
        check=True,
        capture_output=True,
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    asked: list[str] = []

    class Answering(BaseHTTPRequestHandler):
        def do_PROPFIND(self) -> None:
            asked.append(self.headers.get("Authorization", ""))
            self.send_response(403)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  its own name
            """Write nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Answering) as tls:
        tls.handle_error = lambda *_: None  # type: ignore[method-assign]  # refused handshakes are the test
        tls.socket = context.wrap_socket(tls.socket, server_side=True)
        threading.Thread(target=tls.serve_forever, daemon=True).start()
        url = f"davs://127.0.0.1:{tls.server_port}/"
        with pytest.raises(SourceError, match="certificate"):
            entries(open_source(url, credentials=LOGIN))
        assert asked == []
        with pytest.raises(SourceError, match="HTTP 403"):
            entries(open_source(f"{url}?ca={certificate}", credentials=LOGIN))
        assert asked == [""]
        tls.shutdown()


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("dav://files.example/", "no TLS"),
        ("http://files.example/", "no TLS"),
        ("dav://files.example/?plain=1", "password is never sent"),
        ("davs://files.example/a/%2e%2e/b", "climbs"),
        ("davs://files.example/a#b", "%23"),
        ("davs://files.example/?depth=infinity", "options"),
        ("davs:///a", "malformed"),
        ("davs://files.example/?ca=/not/there", "ca="),
    ],
)
def test_addresses_that_are_none(url: str, said: str) -> None:
    """They are refused with what is wrong about them."""
    with pytest.raises(SourceError, match=said):
        open_source(url, credentials=LOGIN)


def test_places_are_addresses() -> None:
    """However the address was written, the place is one and can be opened again."""
    source = open_source("https://scan:geheim@files.example:443/人事/")
    assert source.place == "davs://files.example/%E4%BA%BA%E4%BA%8B"
    assert open_source(source.place).place == source.place
    assert "geheim" not in repr(source)
    plain = open_source("dav://files.example/?plain=1", credentials=NO_CREDENTIALS)
    assert plain.place == "dav://files.example/"


def test_a_whole_scan_finds_what_lies_there(server: Running, folder: Path) -> None:
    """Confined workers read over the network."""
    plant(folder, "名簿.csv", "氏名,電話番号\n架空太郎,090-0000-0001\n".encode())
    plant(folder, "人事/メモ.txt", "電話 090-0000-0002 まで".encode())
    with Scanner(KEYS, ScanOptions(jobs=1)) as scanner:
        results = list(scanner.scan(files(server, folder)))
    assert "ports" in str(scanner.confinements[0])
    assert len(results) == 2
    assert all(Category.PHONE in result.categories for result in results)
    assert {result.outcome for result in results} == {Outcome.COMPLETE}
