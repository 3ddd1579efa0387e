"""The dashboard as an ASGI application: Streamlit, the sign-in routes, security headers, host check."""

from __future__ import annotations

import base64
import hashlib
import importlib.util
import re
from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import streamlit
import uvicorn
from starlette.formparsers import MultiPartParser
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit.starlette import App
from streamlit.web import bootstrap
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from daicho.pages import door
from daicho.pages.navigation import STATIC
from daicho.settings import Settings
from daicho.sign_in.account import Account
from daicho.sign_in.admission import OnlySignedIn, SameOrigin
from daicho.sign_in.failures import ClosedFailures
from daicho.sign_in.feeds import Feeds
from daicho.sign_in.gate import Gate
from daicho.sign_in.link import Links
from daicho.sign_in.oidc import Oidc
from daicho.sign_in.people import People
from daicho.sign_in.routes import ShownAccount, SignIn
from daicho.uploads import LIMIT as UPLOAD_LIMIT
from daicho.workspace import Workspace

# Under uvicorn Streamlit reads neither flags nor STREAMLIT_* variables: without this its telemetry stays on.
OPTIONS: dict[str, Any] = {
    "browser_gatherUsageStats": False,
    "client_allowedOrigins": [],  # pages of others that may speak to ours: by default Streamlit's cloud
    "client_showErrorDetails": "none",
    "client_toolbarMode": "minimal",
    "server_fileWatcherType": "none",
    "server_enableStaticServing": False,
    "server_enableAgentApi": False,
    "server_maxUploadSize": UPLOAD_LIMIT >> 20,
    "server_enableXsrfProtection": True,
    "logger_level": "warning",
}
LOCAL_HOSTS = ("127.0.0.1", "localhost", "[::1]")
SOCKET_LIMIT = 4 << 20  # bytes of a message from a browser: fields of forms


def application(
    workspace_path: Path, *, hosts: Sequence[str] = LOCAL_HOSTS, demo_accounts: bool = False
) -> ASGIApp:
    """Return the application that shows one workspace; answers only to the named hosts."""
    workspace = Workspace.open(Settings.load(workspace_path))
    door.serve(workspace)
    bootstrap.load_config_options(OPTIONS)
    # What people upload stays in memory: beyond this size it would go into a temporary file, in the clear.
    MultiPartParser.spool_max_size = UPLOAD_LIMIT + (1 << 20)
    gate = Gate(workspace.registry, workspace.settings.web)
    shown = _demo_accounts() if demo_accounts else ()

    @asynccontextmanager
    async def lifespan(_app: App) -> AsyncIterator[dict[str, Any] | None]:
        yield None
        workspace.close()

    return App(
        _web_door(),
        routes=[
            *gate_routes(gate, shown),
            Route("/healthz", _health, methods=["GET"]),
            Mount("/assets", StaticFiles(directory=STATIC)),
        ],
        middleware=middleware(gate, hosts),
        lifespan=lifespan,
        on_script_error=door.failed,
    )


def gate_routes(gate: Gate, shown: Sequence[ShownAccount] = ()) -> list[BaseRoute]:
    """Return every route of the gate."""
    sign_in, link = SignIn(gate, shown), Links(gate)
    account, people, feeds = Account(gate), People(gate), Feeds(gate)
    routes: list[BaseRoute] = [
        Route("/sign-in", sign_in.page, methods=["GET"]),
        Route("/sign-in", sign_in.enter, methods=["POST"]),
        Route("/sign-in/code", sign_in.code_page, methods=["GET"]),
        Route("/sign-in/code", sign_in.code, methods=["POST"]),
        Route("/sign-in/enrol", sign_in.enrol_page, methods=["GET"]),
        Route("/sign-in/enrol", sign_in.enrol, methods=["POST"]),
        Route("/sign-in/link", link.page, methods=["GET"]),
        Route("/sign-in/link", link.redeem, methods=["POST"]),
        Route("/sign-in/link/{token}", link.open, methods=["GET"]),
        Route("/sign-out", sign_in.leave, methods=["POST"]),
        Route("/account", account.page, methods=["GET"]),
        Route("/account/password", account.password, methods=["POST"]),
        Route("/account/second-factor", account.second_factor_page, methods=["GET"]),
        Route("/account/second-factor", account.second_factor, methods=["POST"]),
        Route("/account/second-factor/off", account.second_factor_off, methods=["POST"]),
        Route("/account/codes", account.codes, methods=["POST"]),
        Route("/account/sessions", account.end_session, methods=["POST"]),
        Route("/account/calendar", feeds.make, methods=["POST"]),
        Route("/account/calendar/end", feeds.end, methods=["POST"]),
        Route("/calendar/{name}", feeds.calendar, methods=["GET"]),
        Route("/people", people.page, methods=["GET"]),
        Route("/people/link", people.link, methods=["POST"]),
        Route("/people/sessions", people.end_sessions, methods=["POST"]),
        Route("/people/second-factor", people.second_factor, methods=["POST"]),
    ]
    if gate.settings.oidc is not None:
        oidc = Oidc(gate, gate.settings.oidc)
        routes += [
            Route("/sign-in/oidc", oidc.begin, methods=["GET"]),
            Route("/sign-in/oidc/callback", oidc.finish, methods=["GET"]),
        ]
    # Below the gate's addresses is nothing else: not the frame of the pages, which strangers do not get.
    absent = PlainTextResponse("not found", status_code=404)
    places = ("/sign-in", "/sign-out", "/account", "/people", "/calendar")
    return [*routes, *(Mount(place, absent) for place in places)]


def middleware(gate: Gate, hosts: Collection[str]) -> list[Middleware]:
    """Return what stands before every route, the outermost first."""
    settings = gate.settings
    known = [*hosts, *([settings.public_host] if settings.public_host else [])]
    proxies = [Middleware(ProxyHeadersMiddleware, trusted_hosts=list(settings.trusted_proxies))]
    return [
        *(proxies if settings.trusted_proxies else []),
        Middleware(TrustedHostMiddleware, allowed_hosts=known, www_redirect=False),
        Middleware(SecurityHeaders, policy=content_security_policy(), secure=settings.is_secure),
        Middleware(ClosedFailures),
        Middleware(SameOrigin, public_url=settings.public_url),
        Middleware(OnlySignedIn, gate=gate),
    ]


def serve(workspace_path: Path, host: str, port: int, *, demo_accounts: bool = False) -> None:
    """Serve the dashboard until interrupted."""
    app = application(workspace_path, hosts=(*LOCAL_HOSTS, host), demo_accounts=demo_accounts)
    # No access log: addresses name units and objects. Proxy headers are read by the application, and only
    # from proxies that the settings name: nobody else may forge https or an address.
    uvicorn.run(
        app,
        host=host,
        port=port,
        log_level="warning",
        access_log=False,
        server_header=False,
        ws_max_size=SOCKET_LIMIT,
        proxy_headers=False,
    )


async def _health(_request: Request) -> Response:
    return PlainTextResponse("ok")


def _web_door() -> Path:
    """Return the path of `app.py`, wherever the package is installed."""
    found = importlib.util.find_spec("app")
    if found is None or found.origin is None:
        return Path(__file__).resolve().parent.parent / "app.py"
    return Path(found.origin)


def _demo_accounts() -> tuple[ShownAccount, ...]:
    from daicho.demo import organisation

    return tuple(ShownAccount(each.login, each.password, each.name) for each in organisation.accounts())


def content_security_policy() -> str:
    """Return the policy: nothing from another host, framed by nobody.

    Streamlit needs styles inline and imports its components' scripts from blob addresses; the one script
    inside its page is allowed by its hash.
    """
    page = Path(streamlit.__file__).with_name("static") / "index.html"
    inline = re.findall(r"<script>(.*?)</script>", page.read_text(encoding="utf-8"), re.DOTALL)
    hashes = " ".join(
        f"'sha256-{base64.b64encode(hashlib.sha256(each.encode()).digest()).decode()}'" for each in inline
    )
    return "; ".join(
        (
            "default-src 'self'",
            f"script-src 'self' blob: {hashes}".strip(),
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data: blob:",
            "font-src 'self' data:",
            "connect-src 'self'",
            "worker-src 'self' blob:",
            "frame-src 'none'",
            "object-src 'none'",
            "base-uri 'self'",
            "form-action 'self'",
            "frame-ancestors 'none'",
        )
    )


class SecurityHeaders:
    """Adds the security headers to every answer; `secure`: it is reached over TLS, and shall stay so.

    No other origin is ever allowed to read an answer, and no answer is kept unless it says so itself.
    """

    def __init__(self, app: ASGIApp, policy: str, *, secure: bool = False) -> None:
        self._app = app
        self._secure = secure
        self._headers = [
            (b"content-security-policy", policy.encode()),
            (b"x-content-type-options", b"nosniff"),
            (b"x-frame-options", b"DENY"),
            (b"referrer-policy", b"same-origin"),
            (b"cross-origin-opener-policy", b"same-origin"),
            (b"permissions-policy", b"camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
        ]
        if secure:
            self._headers.append((b"strict-transport-security", b"max-age=31536000"))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on; put the headers at the start of its answer."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        names = {name for name, _ in self._headers}

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                kept = [pair for pair in message.get("headers", []) if pair[0].lower() not in names]
                kept = [pair for pair in kept if not pair[0].lower().startswith(b"access-control-")]
                if not any(pair[0].lower() == b"cache-control" for pair in kept):
                    ours = scope["path"].startswith("/assets/")
                    kept.append((b"cache-control", b"no-cache" if ours else b"no-store"))
                if self._secure:
                    kept = [_only_over_tls(pair) for pair in kept]
                message["headers"] = [*kept, *self._headers]
            await send(message)

        await self._app(scope, receive, send_with_headers)


def _only_over_tls(pair: tuple[bytes, bytes]) -> tuple[bytes, bytes]:
    """Return a header; a cookie, Streamlit's too, is Secure."""
    name, value = pair
    if name.lower() != b"set-cookie" or b"; secure" in value.lower():
        return pair
    return name, value + b"; Secure"
