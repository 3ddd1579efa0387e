"""What talks to a WebDAV server: one client per sign-in and process, and what its refusals mean.

Nothing is taken from the environment, and nothing the server says leads elsewhere: redirects are followed
below the same address only, and answers name paths, never servers.
"""

from __future__ import annotations

import ssl
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TypeVar
from urllib.parse import urlsplit

import httpx2

from scanners.errors import SourceError
from scanners.model import Gap, Reason
from scanners.sources.clients import Clients
from scanners.sources.retry import FIRST_WAIT, retried

SECONDS = 30.0
_REDIRECTS = 3
_REDIRECT = frozenset({301, 302, 303, 307, 308})
_FOR_GOOD = frozenset({501, 505, 507, 508})  # a server says what it cannot do; asking again helps nobody
_wait = FIRST_WAIT
_Result = TypeVar("_Result")
_REASONS = {
    401: Reason.DENIED,
    403: Reason.DENIED,
    404: Reason.VANISHED,
    410: Reason.VANISHED,
    409: Reason.VANISHED,
    412: Reason.CHANGED,
    416: Reason.CHANGED,
    423: Reason.IN_USE,
}


class StatusError(Exception):
    """The server answered no, with a status of HTTP."""

    def __init__(self, status: int, what: str = "") -> None:
        super().__init__(what or f"HTTP {status}")
        self.status = status

    @property
    def passes(self) -> bool:
        """Tell whether asking again may help."""
        return self.status == 429 or (self.status >= 500 and self.status not in _FOR_GOOD)


class LostError(Exception):
    """The server did not answer, also after several tries."""


@dataclass(frozen=True, slots=True)
class Login:
    """Where the server is and who asks; `base` is the path that nothing leaves, percent-encoded."""

    scheme: str
    host: str
    port: int
    base: str
    ca: str = ""
    user: str = ""
    secret: str = field(default="", repr=False)


class _Challenged(httpx2.Auth):
    """Signs in as the server asks: Digest where it is offered, else Basic; nothing before it asks."""

    def __init__(self, user: str, secret: str) -> None:
        self._basic, self._digest = httpx2.BasicAuth(user, secret), httpx2.DigestAuth(user, secret)
        self._chosen: httpx2.Auth | None = None

    def auth_flow(self, request: httpx2.Request) -> Generator[httpx2.Request, httpx2.Response, None]:
        """Yield the request, and again with what the server's challenge wants."""
        if self._chosen is None:
            answer = yield request
            if answer.status_code != 401:
                return
            offered = answer.headers.get("www-authenticate", "").lower()
            if "digest" in offered:
                self._chosen = self._digest
            elif "basic" in offered:
                self._chosen = self._basic
            else:
                return
        yield from self._chosen.auth_flow(request)


def client_of(login: Login) -> httpx2.Client:
    """Return this process's client; raises `SourceError` for a certificate file that is none."""
    return CLIENTS.of(login)


def _client(login: Login) -> httpx2.Client:
    try:
        trust: ssl.SSLContext | bool = ssl.create_default_context(cafile=login.ca) if login.ca else True
    except (OSError, ssl.SSLError):
        raise SourceError("webdav: the file of ca= holds no certificate") from None
    return httpx2.Client(
        auth=_Challenged(login.user, login.secret) if login.secret else None,
        headers={"Accept-Encoding": "identity", "User-Agent": "daicho"},
        verify=trust,
        trust_env=False,
        timeout=SECONDS,
        follow_redirects=False,
    )


CLIENTS: Clients[Login, httpx2.Client] = Clients(_client)


def url_of(login: Login, path: str) -> httpx2.URL:
    """Return the address of a percent-encoded path, byte for byte."""
    return httpx2.URL(scheme=login.scheme, host=login.host, port=login.port, raw_path=path.encode("ascii"))


@contextmanager
def answered(
    login: Login, method: str, path: str, headers: dict[str, str], content: bytes | None = None
) -> Iterator[httpx2.Response]:
    """Give the answer to one request, its body unread; raises `StatusError` for a refusal."""
    client = client_of(login)
    for _ in range(_REDIRECTS):
        request = client.build_request(method, url_of(login, path), headers=headers, content=content)
        answer = client.send(request, stream=True)
        try:
            if answer.status_code not in _REDIRECT:
                if answer.is_error:
                    raise StatusError(answer.status_code)
                if answer.headers.get("content-encoding", "identity").lower() != "identity":
                    raise StatusError(answer.status_code, "compressed without being asked to")
                yield answer
                return
            path = _onwards(login, answer)
        finally:
            answer.close()
    raise StatusError(508, "redirected in a circle")


def _onwards(login: Login, answer: httpx2.Response) -> str:
    """Return the path of a redirect, which must stay on this server and below this address."""
    try:
        found = answer.url.join(answer.headers.get("location", ""))
        port = found.port or {"https": 443, "http": 80}.get(found.scheme, 0)
        path = found.raw_path.decode("ascii").partition("?")[0]
    except (httpx2.InvalidURL, ValueError):
        raise StatusError(answer.status_code, "redirected to no address") from None
    if (found.scheme, found.host, port) != (login.scheme, login.host, login.port) or not below(login, path):
        raise StatusError(answer.status_code, f"HTTP {answer.status_code} redirected elsewhere")
    return path


def below(login: Login, path: str) -> bool:
    """Tell whether a percent-encoded path is the base of a source or lies below it."""
    base = login.base.rstrip("/")
    return path.rstrip("/") == base or path.startswith(f"{base}/")


def asked(action: Callable[[], _Result]) -> _Result:
    """Return what the server answers, trying again what may pass.

    Raises `StatusError` or `LostError`, whose texts are codes only.
    """
    try:
        return retried(action, _passes, first_wait=_wait)
    except httpx2.HTTPError as error:
        told = "certificate" if is_certificate(error) else type(error).__name__
        raise LostError(told) from None
    except (OSError, httpx2.InvalidURL, httpx2.StreamError) as error:
        raise LostError(type(error).__name__) from None


def is_certificate(error: BaseException | None) -> bool:
    """Tell whether an error comes from a certificate that is not trusted."""
    while error is not None:
        if isinstance(error, ssl.SSLCertVerificationError):
            return True
        error = error.__cause__ or error.__context__
    return False


def _passes(error: Exception) -> bool:
    if isinstance(error, StatusError):
        return error.passes
    return isinstance(error, (httpx2.TransportError, OSError)) and not is_certificate(error)


def gap_of(error: StatusError | LostError) -> Gap:
    """Return what a refusal to read an object means for it."""
    if isinstance(error, LostError):
        return Gap(Reason.UNREACHABLE, str(error))
    if error.passes:
        return Gap(Reason.UNREACHABLE, str(error))
    return Gap(_REASONS.get(error.status, Reason.UNREADABLE), str(error))


def path_of(uri: str) -> str:
    """Return the percent-encoded path of an entry's uri."""
    return urlsplit(uri).path
