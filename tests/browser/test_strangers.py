"""What a hostile client gets from a served workspace: nothing that tells, costs or breaks."""

from __future__ import annotations

import http.client
import re
import socket
import sys
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import pytest
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from daicho.pages.cookies import SESSION_COOKIE
from daicho.server import SOCKET_LIMIT
from daicho.sign_in.admission import HEADERS_LIMIT
from daicho.uploads import LIMIT
from tests.browser.served import Server, serving
from tests.pages.gate import form_fields
from tests.pages.group import PASSWORD, build
from tests.pages.test_gate_fuzz import INTERNALS

LOGIN = "sato@towa.example"
SECRETS = ("東和", "桜台", "佐藤")


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes


@dataclass(slots=True)
class Caller:
    """A client that sends what it likes."""

    server: Server
    cookies: dict[str, str] = field(default_factory=dict)

    @property
    def place(self) -> str:
        """Return host and port."""
        return urlsplit(self.server.url).netloc

    def ask(
        self, method: str, path: str, body: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """Send a request and read the answer to its end."""
        sent = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        with closing(http.client.HTTPConnection(self.place, timeout=30)) as connection:
            connection.request(method, path, body, sent | dict(headers or {}))
            answer = connection.getresponse()
            found = Answer(answer.status, answer.headers, answer.read())
        for given in found.headers.get_all("set-cookie", []):
            self.cookies |= {name: each.value for name, each in SimpleCookie(given).items() if each.value}
        return found

    def sign_in(self) -> None:
        """Fill in the form and send it."""
        fields = form_fields(self.ask("GET", "/sign-in").body.decode(), "/sign-in")
        form = urlencode(fields | {"login": LOGIN, "password": PASSWORD}).encode()
        assert self.ask("POST", "/sign-in", form).status == 303

    def socket(self, *, origin: str | None = None) -> ClientConnection:
        """Open the web socket of the pages."""
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        return connect(
            f"ws://{self.place}/_stcore/stream",
            origin=origin,  # type: ignore[arg-type]  # any text, as an attacker sends it
            additional_headers={"Cookie": cookies},
            open_timeout=30,
            max_size=None,
        )

    def raw(self, sent: bytes, *, seconds: float = 3) -> bytes:
        """Send bytes as they are and return what comes until the server closes or pauses."""
        host, _, port = self.place.partition(":")
        with socket.create_connection((host, int(port)), timeout=seconds) as connection:
            connection.sendall(sent)
            got = b""
            try:
                while piece := connection.recv(65_536):
                    got += piece
            except (TimeoutError, ConnectionError):
                pass
        return got


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the file that holds what the server says."""
    return tmp_path_factory.mktemp("log") / "stderr"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, log: Path) -> Iterator[Server]:
    """Serve a workspace from a process of its own."""
    group = build(tmp_path_factory.mktemp("strangers") / "group")
    with log.open("wb") as errors, serving(group.workspace.path, errors=errors) as running:
        yield running


@pytest.fixture(scope="module")
def insider(server: Server) -> Caller:
    """Return a caller who has signed in."""
    caller = Caller(server)
    caller.sign_in()
    return caller


@pytest.mark.parametrize(
    "path", ["/", "/ledger?entry=1", "/entity", "/nowhere", "/index.html", "/static.html"]
)
def test_a_page_without_a_session_leads_to_the_sign_in_page(server: Server, path: str) -> None:
    """Not even the empty frame of the pages is sent, and the way back is kept."""
    answer = Caller(server).ask("GET", path)
    assert answer.status == 303
    assert answer.headers["location"] == "/sign-in?" + urlencode({"next": path})
    assert answer.body == b""


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("PUT", "/_stcore/upload_file/a/b"),
        ("DELETE", "/_stcore/upload_file/a/b"),
        ("OPTIONS", "/_stcore/upload_file/a/b"),
        ("GET", "/media/0123456789abcdef.csv"),
        ("GET", "/component/any/index.html"),
        ("GET", "/_stcore/bidi-components/any/index.js"),
        ("GET", "/_stcore/anything"),
        ("POST", "/"),
        ("TRACE", "/ledger"),
    ],
)
def test_parts_of_pages_ask_for_a_session(server: Server, method: str, path: str) -> None:
    """Uploads, downloads and components are there for who has signed in; a made-up session is none."""
    assert Caller(server).ask(method, path).status == 401
    assert Caller(server, {SESSION_COOKIE: "made-up"}).ask(method, path).status == 401


@pytest.mark.parametrize(
    "path",
    [
        "/_stcore/metrics",
        "/_stcore/agent/openapi.json",
        "/_stcore/agent/mcp",
        "/_stcore/script-health-check",
        "/auth/login",
        "/auth/logout",
        "/oauth2callback",
        "/app/static/x",
        "/manifest.json",
    ],
)
def test_what_is_no_part_of_daicho_is_not_there(server: Server, insider: Caller, path: str) -> None:
    """Statistics, the interface for programs and another sign-in are closed, with and without a session."""
    assert Caller(server).ask("GET", path).status == 404
    assert insider.ask("GET", path).status == 404


def test_the_socket_of_the_pages_asks_for_a_session(server: Server, insider: Caller) -> None:
    """Each socket costs a run of a page and may upload: strangers get none, whatever cookie they bring."""
    for cookies in ({}, {SESSION_COOKIE: "made-up"}, {SESSION_COOKIE: ""}):
        with pytest.raises(InvalidStatus) as refused:
            Caller(server, cookies).socket()
        assert refused.value.response.status_code == 403
    with insider.socket() as opened:
        assert session_id(opened)


def test_the_socket_opens_for_our_own_pages_only(server: Server, insider: Caller) -> None:
    """A page of another origin gets none, though the browser sends the session along."""
    with insider.socket(origin=server.url) as opened:
        assert session_id(opened)
    for origin in ("http://127.0.0.1:3000", "http://elsewhere.example", "null", "http://["):
        with pytest.raises(InvalidStatus):
            insider.socket(origin=origin)


def test_an_ended_session_still_gets_the_page_that_leads_to_the_gate(server: Server) -> None:
    """A tab left open over night finds the way to the sign-in page by itself, and nothing else."""
    caller = Caller(server)
    caller.sign_in()
    ended = dict(caller.cookies)
    assert caller.ask("POST", "/sign-out").status == 303
    with Caller(server, ended).socket() as opened:
        shown = b"".join(each.SerializeToString() for each in messages(opened)).decode("utf-8", "replace")
    assert "/sign-in?next=" in shown
    assert [each for each in SECRETS if each in shown] == []


def test_other_origins_neither_change_nor_read(insider: Caller) -> None:
    """No answer allows another origin to read it; what changes something is refused."""
    foreign = {"Origin": "http://localhost:3000"}
    assert insider.ask("PUT", "/_stcore/upload_file/a/b", b"x", foreign).status == 403
    for method, path in (
        ("GET", "/_stcore/health"),
        ("GET", "/_stcore/host-config"),
        ("OPTIONS", "/_stcore/upload_file/a/b"),
        ("GET", "/media/x"),
        ("GET", "/sign-in"),
    ):
        headers = insider.ask(method, path, None, foreign).headers
        assert [name for name in headers if name.lower().startswith("access-control-")] == [], path
    assert insider.ask("GET", "/_stcore/host-config").body.startswith(b'{"allowedOrigins":[],')


def test_nothing_personal_is_kept_by_browsers_or_proxies(insider: Caller) -> None:
    """Pages of the gate, redirects, downloads and refusals are not stored."""
    for path in ("/account", "/sign-in", "/media/x", "/auth/login"):
        assert insider.ask("GET", path).headers["cache-control"] == "no-store", path
    assert Caller(insider.server).ask("GET", "/ledger").headers["cache-control"] == "no-store"
    assert insider.ask("GET", "/ledger").headers["cache-control"] == "no-cache"  # the frame, the same for all


@pytest.mark.parametrize(
    "head",
    [
        b"GET / HTTP/1.1\r\nHost: evil.example\r\n",
        b"GET / HTTP/1.1\r\nHost: 127.0.0.1.evil.example\r\n",
        b"GET / HTTP/1.1\r\nHost: evil.example\r\nHost: 127.0.0.1\r\n",
        b"GET / HTTP/1.1\r\nHost: 127.0.0.1@evil.example\r\n",
        b"GET / HTTP/1.1\r\nHost: \r\n",
        b"GET / HTTP/1.1\r\n",
        b"GET / HTTP/1.0\r\n",
        b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX: a\rb\r\n",
        b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n",
        b"GET /\x00 HTTP/1.1\r\nHost: 127.0.0.1\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    ],
)
def test_a_false_host_or_a_broken_request_is_refused(server: Server, head: bytes) -> None:
    """Only the named hosts are answered; what two readers could read differently is read by none."""
    got = Caller(server).raw(head + b"Connection: close\r\n\r\n")
    assert got.startswith(b"HTTP/1.1 400 ")
    assert b"evil" not in got


@pytest.mark.parametrize(
    "path",
    [
        "//evil.example/%2e%2e",
        "/static/../../app.py",
        "/static/%2e%2e/%2e%2e/app.py",
        "/assets/..%5c..%5capp.py",
        "/assets/%00",
        "/media/../../etc/passwd",
        "/%0d%0aSet-Cookie:%20x=y",
        "/\\evil.example",
        "http://evil.example/",
    ],
)
def test_paths_lead_nowhere_else(server: Server, insider: Caller, path: str) -> None:
    """No file beside the public ones, no other host in a redirect, no header of the visitor's making."""
    for caller in (Caller(server), insider):
        answer = caller.ask("GET", path)
        assert answer.status in {301, 303, 400, 401, 404} or b"<title>" in answer.body
        assert b"import" not in answer.body.splitlines()[0:1]
        assert "x" not in SimpleCookie(answer.headers.get("set-cookie", ""))
        if "location" in answer.headers:
            assert re.match(r"/(?![/\\])", answer.headers["location"]), answer.headers["location"]


def test_headers_and_bodies_have_limits(server: Server, insider: Caller) -> None:
    """Endless cookies and forms are not read."""
    long = {"Cookie": "a=b;" * (HEADERS_LIMIT // 4)}
    assert Caller(server).ask("GET", "/sign-in", None, long).status == 431
    assert Caller(server).ask("POST", "/sign-in", b"login=" + b"x" * 100_000).status == 403
    token = xsrf(insider)
    with insider.socket() as opened:
        where = f"/_stcore/upload_file/{session_id(opened)}/file"
        body, kind = multipart(b"x" * (LIMIT + 1))
        assert insider.ask("PUT", where, body, kind | token).status == 413
        body, kind = multipart(b"x" * LIMIT)
        assert insider.ask("PUT", where, body, kind | token).status in {204, 413}  # with its frame too long
        body, kind = multipart(b"a,b\n1,2\n")
        assert insider.ask("PUT", where, body, kind).status == 403  # without the token
        assert insider.ask("PUT", where, body, kind | token).status == 204
        assert Caller(server).ask("PUT", where, body, kind | token).status == 401


@pytest.mark.skipif(sys.platform != "linux", reason="open files of a process are read from /proc")
def test_uploads_are_never_written_to_the_disk(server: Server, insider: Caller) -> None:
    """A large file that is half sent lies in memory, not in a temporary file."""
    token = xsrf(insider)
    with insider.socket() as opened:
        where = f"/_stcore/upload_file/{session_id(opened)}/file"
        body, kind = multipart(b"x" * (8 << 20))
        cookies = "; ".join(f"{name}={value}" for name, value in insider.cookies.items())
        before = open_files(server.pid)
        sent = {"Cookie": cookies, "Content-Length": str(len(body))} | kind | token
        with closing(http.client.HTTPConnection(insider.place, timeout=30)) as connection:
            connection.putrequest("PUT", where)
            for name, value in sent.items():
                connection.putheader(name, value)
            connection.endheaders()
            connection.send(body[: len(body) // 2])
            insider.ask("GET", "/healthz")  # the first half has been read when this is answered
            files = open_files(server.pid)
            connection.send(body[len(body) // 2 :])
            assert connection.getresponse().status == 204
    assert files
    assert [name for name in files if name.endswith("(deleted)") and name not in before] == []


def test_a_socket_that_talks_nonsense_is_closed(insider: Caller, log: Path) -> None:
    """Text, garbage and a message too long end the socket; the log tells a kind and a place."""
    for nonsense, codes in (
        ("text", {1000, 1011}),
        (b"\xff" * 100, {1002}),
        (b"\x00" * (SOCKET_LIMIT + 1), {1009}),
    ):
        with insider.socket() as opened:
            opened.send(nonsense)
            assert until_closed(opened) in codes
    assert insider.ask("GET", "/healthz").status == 200
    told = log.read_text(encoding="utf-8", errors="replace")
    assert "page failed: E-" in told
    assert "Exception in ASGI application" not in told


def test_refusals_tell_nothing_of_the_inside(server: Server) -> None:
    """Neither names of programs nor of modules stand in what a stranger is told."""
    caller = Caller(server)
    for path in ("/media/x", "/auth/login", "/sign-in/oidc", "/sign-in/link/x", "/_stcore/upload_file/a/b"):
        answer = caller.ask("GET", path)
        told = answer.body.decode("utf-8", "replace") + str(answer.headers)
        assert not INTERNALS.search(told), path
        assert "streamlit" not in told.lower()
        assert "uvicorn" not in told.lower()


def messages(opened: ClientConnection) -> Iterator[ForwardMsg]:
    """Ask for a run of the page and give its messages up to its end."""
    ask = BackMsg()
    ask.rerun_script.query_string = ""
    opened.send(ask.SerializeToString())
    while True:
        data = opened.recv(timeout=60)
        assert isinstance(data, bytes)
        message = ForwardMsg()
        message.ParseFromString(data)
        yield message
        if message.WhichOneof("type") == "script_finished":
            return


def until_closed(opened: ClientConnection) -> int:
    """Read until the server closes and return the reason it gives."""
    while True:
        try:
            opened.recv(timeout=30)
        except ConnectionClosed as closed:
            return closed.rcvd.code if closed.rcvd is not None else 0


def session_id(opened: ClientConnection) -> str:
    """Return the number that uploads of this socket name."""
    for message in messages(opened):
        if message.WhichOneof("type") == "new_session":
            return str(message.new_session.initialize.session_id)
    return ""


def xsrf(caller: Caller) -> dict[str, str]:
    """Return the header that Streamlit's uploads must carry."""
    caller.ask("GET", "/_stcore/health")
    return {"X-Xsrftoken": caller.cookies["_streamlit_xsrf"]}


def multipart(content: bytes) -> tuple[bytes, dict[str, str]]:
    """Return a body with one file and its type."""
    head = b'--frame\r\nContent-Disposition: form-data; name="file"; filename="list.csv"\r\n\r\n'
    return head + content + b"\r\n--frame--\r\n", {"Content-Type": "multipart/form-data; boundary=frame"}


def open_files(pid: int) -> list[str]:
    """Return where the open descriptors of a process and its children lead."""
    found = []
    for descriptor in Path(f"/proc/{pid}/fd").iterdir():
        try:
            found.append(str(descriptor.readlink()))
        except OSError:
            continue
    return found
