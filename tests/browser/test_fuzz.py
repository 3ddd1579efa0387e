"""Whatever is sent to a served workspace, to the gate or to the page server: nothing breaks or tells."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.browser.served import Server, serving
from tests.browser.test_strangers import Caller
from tests.pages.group import build
from tests.pages.test_gate_fuzz import INTERNALS

PLACES = (
    *("/", "/ledger", "/inventory", "/index.html", "/static/", "/assets/", "/media/", "/component/"),
    *("/healthz", "/_stcore/", "/_stcore/stream", "/_stcore/health", "/_stcore/host-config"),
    *("/_stcore/metrics", "/_stcore/upload_file/a/", "/_stcore/bidi-components/", "/_stcore/agent/mcp"),
    *("/auth/login", "/oauth2callback", "/sign-in", "/sign-in/link/", "/sign-in/code", "/account", "/people"),
)
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND")
HEADERS = (
    *("Origin", "Host", "Range", "If-None-Match", "If-Modified-Since", "Accept-Encoding", "Content-Type"),
    *("X-Xsrftoken", "X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host", "Accept-Language"),
    *("Upgrade", "Connection", "Sec-WebSocket-Key", "Sec-WebSocket-Version", "Sec-WebSocket-Protocol"),
    *("Content-Length", "Transfer-Encoding", "Expect", "Cookie", "Authorization"),
)
# What such a header means, and what nobody means by it.
VALUES = (
    *("bytes=0-", "bytes=9-1,-5", "websocket", "Upgrade", "13", "chunked", "-1", "99999999999", "null"),
    *("multipart/form-data", "multipart/form-data; boundary=x", "http://[", "100-continue", "127.0.0.1"),
    *("daicho_session=x; daicho_session=y", "daicho_language=../../etc", "_streamlit_user=x"),
    *("_streamlit_xsrf=2|a|b|c", "*", "gzip;q=x"),
)
pieces = st.one_of(
    st.sampled_from(
        ("..", "%2e%2e", "%2f", "%5c", "%00", "%ff", "%0d%0a", "//", "\\", ";", "?", "~", "C:", "a" * 3000)
    ),
    st.text(st.characters(min_codepoint=33, max_codepoint=126, exclude_characters="#"), max_size=12),
)
paths = st.builds(
    lambda place, more: place + "/".join(more), st.sampled_from(PLACES), st.lists(pieces, max_size=3)
)
values = st.one_of(
    st.sampled_from(VALUES), st.text(st.characters(min_codepoint=32, max_codepoint=255), max_size=40)
)
headers = st.lists(st.tuples(st.sampled_from(HEADERS), values), max_size=5)
requests = st.tuples(st.sampled_from(METHODS), paths, headers, st.binary(max_size=200))
Request = tuple[str, str, list[tuple[str, str]], bytes]
quiet = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the file that holds what the server says."""
    return tmp_path_factory.mktemp("log") / "stderr"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, log: Path) -> Iterator[Server]:
    """Serve a workspace from a process of its own."""
    group = build(tmp_path_factory.mktemp("fuzz") / "group")
    with log.open("wb") as errors, serving(group.workspace.path, errors=errors) as running:
        yield running


@pytest.fixture(scope="module")
def insider(server: Server) -> Caller:
    """Return a caller who has signed in."""
    caller = Caller(server)
    caller.sign_in()
    return caller


def send(caller: Caller, request: Request, *, session: bool) -> bytes:
    """Send a request as it is and return what comes back."""
    method, path, more, body = request
    cookies = "; ".join(f"{name}={value}" for name, value in caller.cookies.items())
    lines = [f"{method} {path} HTTP/1.1", f"Host: {caller.place}", "Connection: close"]
    lines += [f"Cookie: {cookies}"] if session else []
    lines += [f"{name}: {value}" for name, value in more]
    lines += [] if "Content-Length" in dict(more) else [f"Content-Length: {len(body)}"]
    return caller.raw("\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body, seconds=1)


def judge(got: bytes, log: Path, *, session: bool) -> None:
    """Fail on an answer that broke or shows the inside, and on a trace in the log."""
    head, _, body = got.partition(b"\r\n\r\n")
    # Nothing at all: the body that was announced never came, or a socket was opened.
    status = int(head.split(b" ", 2)[1]) if head else 0
    assert status < 500, got[:2000]
    told = (head + body).decode("utf-8", "replace")
    if b"javascript" not in head and b"Streamlit Inc." not in body:  # the program of the pages is public
        assert not INTERNALS.search(told), told[:2000]
    place = re.search(rb"(?im)^location: (?:http://127\.0\.0\.1:\d+(?=/))?(.*?)\r?$", head)
    assert place is None or re.match(rb"/(?![/\\])|\.\./", place[1]), got[:500]
    assert session or b"Streamlit Inc." not in body or "/static" in told
    said = log.read_text(encoding="utf-8", errors="replace")
    assert "Traceback" not in said, said[-3000:]
    assert "page failed" not in said, said[-3000:]


@settings(max_examples=150, suppress_health_check=quiet)
@given(requests)
def test_strangers_break_nothing(server: Server, log: Path, sent: Request) -> None:
    """Any method, path, header and body of somebody who is not signed in."""
    judge(send(Caller(server), sent, session=False), log, session=False)


@settings(max_examples=150, suppress_health_check=quiet)
@given(requests)
def test_insiders_break_nothing(insider: Caller, log: Path, sent: Request) -> None:
    """The same of somebody who is signed in: what stands behind the gate is reached."""
    judge(send(insider, sent, session=True), log, session=True)


@pytest.mark.slow
@settings(max_examples=4_000, suppress_health_check=quiet)
@given(requests, st.booleans())
def test_nothing_breaks_for_long(insider: Caller, log: Path, sent: Request, session: bool) -> None:
    """Thousands of them."""
    judge(send(insider, sent, session=session), log, session=session)


def test_the_server_still_answers(insider: Caller) -> None:
    """After all that a page is shown to who is signed in."""
    assert insider.ask("GET", "/healthz").body == b"ok"
    assert insider.ask("GET", "/account").status == 200
