"""What of the page server is reached by whom: strangers get the sign-in page, nothing that costs or tells.

Streamlit opens a session of its own for every web socket, takes uploads for it, and serves downloads to
whoever knows their address. Here all of that asks for a session of the registry first.
"""

from __future__ import annotations

from urllib.parse import quote, urlsplit

from starlette.requests import HTTPConnection, Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from daicho.pages.cookies import session_token
from daicho.sign_in.gate import Gate, redirect
from registry import sessions

HEADERS_LIMIT = 32_768  # bytes of all headers of a request
SOCKET = "/_stcore/stream"

# Routes of our own, which ask for a session themselves where they need one.
_OURS = ("/sign-in", "/sign-out", "/account", "/people", "/calendar", "/healthz", "/assets")
# The program of the pages holds nothing of anybody; an open tab whose session ended still loads its parts.
_PUBLIC = ("/static", "/_stcore/health", "/_stcore/host-config")
# Streamlit's own sign-in, its statistics and its interface for programs are no part of Daicho.
_ABSENT = (
    "/_stcore/agent",
    "/_stcore/metrics",
    "/_stcore/script-health-check",
    "/app/static",
    "/auth",
    "/oauth2callback",
    "/manifest.json",
)
# Parts of pages: who lacks a session is told so, not sent to the sign-in page.
_PARTS = ("/_stcore", "/component", "/media")
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


def _below(path: str, places: tuple[str, ...]) -> bool:
    return any(path == place or path.startswith(f"{place}/") for place in places)


class SameOrigin:
    """Refuses what a page of another origin does here: web sockets (RFC 6455 §10.2) and changes.

    Streamlit accepts every port of localhost, whose pages get the session cookie too, and to judge other
    origins it asks a host on the internet for its own address: it is not told of any. The gate's own forms
    judge the origin themselves, with an answer that a person can read.
    """

    def __init__(self, app: ASGIApp, public_url: str = "") -> None:
        self._app = app
        self._public = _netloc(public_url)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on what comes from here, or from no page."""
        if scope["type"] not in {"http", "websocket"} or _below(scope["path"], _OURS):
            await self._app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        origin = headers.get(b"origin", b"").decode("latin-1")
        host = headers.get(b"host", b"").decode("latin-1")
        foreign = bool(origin) and _netloc(origin) not in {host, self._public or host}
        if foreign and scope["type"] == "websocket":
            await _close(receive, send)
            return
        if foreign and scope["method"] not in _SAFE:
            refused = PlainTextResponse("cross-origin request refused", status_code=403)
            await refused(scope, receive, send)
            return
        without = [pair for pair in scope["headers"] if pair[0] != b"origin"]
        await self._app({**scope, "headers": without}, receive, send)


class OnlySignedIn:
    """Lets nobody pass to the pages who is not signed in.

    A web socket is also opened for a session that has ended: the page behind it then leads to the sign-in
    page, where a refused socket would leave an open tab trying for ever.
    """

    def __init__(self, app: ASGIApp, gate: Gate) -> None:
        self._app = app
        self._gate = gate

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on, or answer."""
        if scope["type"] == "websocket":
            if scope["path"] == SOCKET and not _is_long(scope) and await self._was_signed_in(scope):
                await self._app(scope, receive, send)
            else:
                await _close(receive, send)
            return
        answer = await self._answer(scope) if scope["type"] == "http" else None
        await (answer or self._app)(scope, receive, send)

    async def _answer(self, scope: Scope) -> Response | None:
        path: str = scope["path"]
        if _is_long(scope):
            return PlainTextResponse("headers too long", status_code=431)
        if not path.isprintable():
            return PlainTextResponse("no such address", status_code=400)
        if _below(path, _OURS) or (scope["method"] in _SAFE and _below(path, _PUBLIC)):
            return None
        if _below(path, _ABSENT):
            return PlainTextResponse("not found", status_code=404)
        request = Request(scope)
        if await self._gate.person(request) is not None:
            return None
        if _below(path, _PARTS) or scope["method"] not in {"GET", "HEAD"}:
            return PlainTextResponse("sign in first", status_code=401, headers={"Cache-Control": "no-store"})
        wanted = path + (f"?{request.url.query}" if request.url.query else "")
        return redirect(f"/sign-in?next={quote(wanted, safe='', errors='replace')}")

    async def _was_signed_in(self, scope: Scope) -> bool:
        connection = HTTPConnection(scope)
        secure = self._gate.settings.is_secure or scope["scheme"] == "wss"
        token = session_token(connection.cookies, secure=secure)
        return bool(token) and await self._gate.ask(sessions.existed, self._gate.registry, token)


def _is_long(scope: Scope) -> bool:
    return sum(len(name) + len(value) for name, value in scope["headers"]) > HEADERS_LIMIT


async def _close(receive: Receive, send: Send) -> None:
    await receive()
    await send({"type": "websocket.close", "code": 1008})


def _netloc(origin: str) -> str:
    try:
        return urlsplit(origin).netloc
    except ValueError:
        return ""
