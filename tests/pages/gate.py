"""A browser without a network for the routes of the gate, with everything that stands before them."""

from __future__ import annotations

import re
from html import unescape
from http.cookies import SimpleCookie
from urllib.parse import urlencode

from starlette.applications import Starlette
from starlette.types import ASGIApp, Message

from daicho.server import LOCAL_HOSTS, gate_routes, middleware
from daicho.sign_in.gate import Gate
from daicho.sign_in.routes import ShownAccount
from daicho.web_settings import WebSettings
from tests.pages.group import PASSWORD, Group

LOGIN = "sato@towa.example"


def application(
    group: Group, shown: tuple[ShownAccount, ...] = (), settings: WebSettings | None = None
) -> ASGIApp:
    """Return the gate of the group's registry behind the middleware of the server."""
    gate = Gate(group.workspace.registry, settings or WebSettings())
    return Starlette(routes=gate_routes(gate, shown), middleware=middleware(gate, LOCAL_HOSTS))


class Browser:
    """Sends requests to an application without a network and keeps its cookies."""

    def __init__(self, app: ASGIApp, *, address: str = "127.0.0.1", host: str = "127.0.0.1") -> None:
        self._app = app
        self._address = address
        self._host = host
        self.cookies: dict[str, str] = {}
        self.set_cookies = ""
        self.more: dict[str, str] = {}  # further headers, as a proxy adds them

    async def request(
        self,
        method: str,
        path: str,
        form: dict[str, str] | bytes | None = None,
        *,
        scheme: str = "http",
        origin: str = "",
    ) -> tuple[int, dict[str, str], str]:
        """Return status, headers and body."""
        address, _, query = path.partition("?")
        headers = [
            (b"host", self._host.encode()),
            (b"cookie", "; ".join(f"{k}={v}" for k, v in self.cookies.items()).encode()),
            *((name.encode(), value.encode()) for name, value in self.more.items()),
        ]
        if origin:
            headers.append((b"origin", origin.encode()))
        body = form if isinstance(form, bytes) else urlencode(form or {}).encode()
        sent: list[Message] = []

        async def receive() -> Message:
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: Message) -> None:
            sent.append(message)

        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": method,
            "scheme": scheme,
            "path": address,
            "raw_path": address.encode(),
            "query_string": query.encode(),
            "headers": headers,
            "server": ("127.0.0.1", 80),
            "client": (self._address, 1),
            "root_path": "",
        }
        await self._app(scope, receive, send)
        start = sent[0]
        found = [(name.decode(), value.decode("latin-1")) for name, value in start["headers"]]
        self.set_cookies = "\n".join(value for name, value in found if name == "set-cookie")
        for name, value in found:
            if name == "set-cookie":
                for key, morsel in SimpleCookie(value).items():
                    if morsel["max-age"] == "0":
                        self.cookies.pop(key, None)
                    else:
                        self.cookies[key] = morsel.value
        text = b"".join(message.get("body", b"") for message in sent[1:]).decode("utf-8", "replace")
        self.headers, self.page = dict(found), text
        return start["status"], self.headers, text

    async def submit(self, page: str, action: str, *, scheme: str = "http", **fields: str) -> int:
        """Open a page, fill in the form that posts to `action` and send it; return the status."""
        _, _, markup = await self.request("GET", page, scheme=scheme)
        hidden = form_fields(markup, action)
        status, _, _ = await self.request("POST", action, hidden | fields, scheme=scheme)
        return status

    async def sign_in(
        self, password: str = PASSWORD, *, path: str = "/sign-in", scheme: str = "http", login: str = LOGIN
    ) -> int:
        """Fill in the form and send it; return the status."""
        return await self.submit(path, "/sign-in", scheme=scheme, login=login, password=password)


def form_fields(markup: str, action: str) -> dict[str, str]:
    """Return the fields with values of the first form of a page that posts to `action`."""
    found = re.search(rf'<form method="post" action="{re.escape(action)}".*?</form>', markup, re.DOTALL)
    assert found, f"no form for {action}"
    fields: dict[str, str] = {}
    for tag in re.findall(r"<input[^>]*>", found[0]):
        name, value = re.search(r'name="([^"]*)"', tag), re.search(r'value="([^"]*)"', tag)
        if name and value:
            fields[name[1]] = unescape(value[1])
    return fields
