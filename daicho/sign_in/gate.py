"""What every route of the gate shares: forms that only we can have made, cookies, and who is calling.

A form carries a signed double-submit token (OWASP CSRF Prevention Cheat Sheet): the HMAC of a random cookie
and of the session, so that a form made before signing in is worth nothing afterwards. On top of it a request
that says it comes from another origin is refused, and the session cookie is SameSite=Lax.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import ParamSpec, TypeVar
from urllib.parse import parse_qs

from anyio import CapacityLimiter, to_thread
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from daicho.pages.cookies import LANGUAGE_COOKIE, SESSION_COOKIE, name_of, session_token
from daicho.sign_in import html
from daicho.sign_in.html import Page
from daicho.sign_in.rates import Rates
from daicho.text import LANGUAGES, Translator, translator
from daicho.web_settings import WebSettings
from registry import sessions
from registry.model import Principal
from registry.sessions import Client
from registry.store import Registry

FORM_COOKIE = "daicho_form"
FORM_LIMIT = 8_192  # bytes of a posted form
YEAR = 365 * 24 * 3600  # seconds
HASHES_AT_ONCE = 2  # argon2id takes 64 MiB and a core each: more wait for their turn

_NONCE = re.compile(r"[A-Za-z0-9_-]{32}")
_P = ParamSpec("_P")
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Form:
    """A posted form that we made for this browser."""

    fields: dict[str, str]

    def __getitem__(self, name: str) -> str:
        """Return a field, "" when it is absent."""
        return self.fields.get(name, "")


@dataclass(frozen=True, slots=True)
class Gate:
    """One registry and how it is reached; every route works with it."""

    registry: Registry
    settings: WebSettings = field(default_factory=WebSettings)
    rates: Rates = field(default_factory=Rates)
    feeds: Rates = field(default_factory=Rates)  # of calendars: they use up nobody's forms
    hashes: CapacityLimiter = field(default_factory=lambda: CapacityLimiter(HASHES_AT_ONCE))

    def is_secure(self, request: Request) -> bool:
        """Tell whether the browser reached us over TLS, directly or through a trusted proxy."""
        return self.settings.is_secure or request.url.scheme == "https"

    def origin(self, request: Request) -> str:
        """Return scheme and host as this browser sees them."""
        return self.settings.public_url or f"{request.url.scheme}://{request.url.netloc}"

    def client(self, request: Request) -> Client:
        """Return from where the request comes."""
        address = request.client.host if request.client else ""
        return Client(address[:100], _agent(request.headers.get("user-agent", "")))

    def text(self, request: Request) -> Translator:
        """Return the translator of the browser's language."""
        return translator(language(request))

    async def work(self, function: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> _T:
        """Run something that waits for the database or hashes a password, outside of the event loop."""
        return await to_thread.run_sync(lambda: function(*args, **kwargs), limiter=self.hashes)

    async def ask(self, function: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> _T:
        """Run something that only waits for the database: no hash stands in its way."""
        return await to_thread.run_sync(lambda: function(*args, **kwargs))

    # Sessions

    def session(self, request: Request) -> str:
        """Return the session token the browser brings, "" when none."""
        return session_token(request.cookies, secure=self.is_secure(request))

    async def person(self, request: Request) -> Principal | None:
        """Return who is signed in."""
        token = self.session(request)
        return await self.ask(sessions.principal_for, self.registry, token) if token else None

    async def enter(self, request: Request, response: Response, token: str) -> Response:
        """Put a new session into the browser; an older one of this browser ends."""
        old = self.session(request)
        if old:
            await self.ask(sessions.sign_out, self.registry, old)
        self.set_cookie(response, request, SESSION_COOKIE, token)
        self.set_cookie(response, request, LANGUAGE_COOKIE, language(request), max_age=YEAR)
        self.drop_cookie(response, request, FORM_COOKIE)
        return response

    # Cookies

    def cookie(self, request: Request, name: str) -> str:
        """Return one of our cookies, "" when it is absent."""
        return request.cookies.get(self._name(request, name), "")

    def set_cookie(
        self, response: Response, request: Request, name: str, value: str, *, max_age: int | None = None
    ) -> None:
        """Set one of our cookies: out of reach of scripts and of posts from other sites."""
        response.set_cookie(
            self._name(request, name),
            value,
            max_age=max_age,
            path="/",
            httponly=True,
            samesite="lax",
            secure=self.is_secure(request),
        )

    def drop_cookie(self, response: Response, request: Request, name: str) -> None:
        """Take one of our cookies away."""
        response.delete_cookie(
            self._name(request, name),
            path="/",
            httponly=True,
            samesite="lax",
            secure=self.is_secure(request),
        )

    def _name(self, request: Request, name: str) -> str:
        # Pages of Streamlit read the language too, and it protects nothing.
        return name if name == LANGUAGE_COOKIE else name_of(name, secure=self.is_secure(request))

    # Forms

    def show(self, request: Request, page: Page, *, status: int = 200) -> Response:
        """Answer with a page of the gate; its forms get this browser's token."""
        nonce = self.cookie(request, FORM_COOKIE)
        fresh = not _NONCE.fullmatch(nonce)
        if fresh:
            nonce = secrets.token_urlsafe(24)
        code = language(request)
        markup = html.document(page, code, token=self._token(nonce, self.session(request)))
        response = HTMLResponse(markup, status_code=status, headers={"Cache-Control": "no-store"})
        if fresh:
            self.set_cookie(response, request, FORM_COOKIE, nonce)
        if request.query_params.get("lang") in LANGUAGES:
            self.set_cookie(response, request, LANGUAGE_COOKIE, code, max_age=YEAR)
        return response

    async def posted(self, request: Request) -> Form | None:
        """Return the posted form, None when it is not one that we made for this browser and session."""
        origin = request.headers.get("origin")
        if origin is not None and origin != self.origin(request):
            return None
        fields = await _fields(request)
        nonce = self.cookie(request, FORM_COOKIE)
        token = fields.get("token", "").encode()  # bytes: text may hold what cannot be compared
        wanted = self._token(nonce, self.session(request)).encode()
        return Form(fields) if nonce and hmac.compare_digest(token, wanted) else None

    def may_post(self, request: Request) -> bool:
        """Count a posted form; False when this address sends more than any person does."""
        return self.rates.admit(request.client.host if request.client else "")

    def _token(self, nonce: str, session: str) -> str:
        # Made from the vault's key: a form survives a restart, and every process knows it.
        key = self.registry.vault.subkey("forms")
        bound = f"{nonce}.{hashlib.sha256(session.encode()).hexdigest()}"
        return hmac.new(key, bound.encode(), hashlib.sha256).hexdigest()


def target(wanted: str) -> str:
    """Return where to go after sign-in: a path of this server, never another host."""
    plain = wanted.startswith("/") and not wanted.startswith(("//", "/\\")) and wanted.isprintable()
    return wanted if plain and not wanted.startswith("/sign-") else "/"


def language(request: Request) -> str:
    """Return the language: asked for, else chosen before, else the browser's first, else Japanese."""
    for wanted in (request.query_params.get("lang", ""), request.cookies.get(LANGUAGE_COOKIE, "")):
        if wanted in LANGUAGES:
            return wanted
    return "en" if request.headers.get("accept-language", "").lower().startswith("en") else "ja"


def redirect(address: str) -> Response:
    """Send the browser on with GET; the answer is not kept."""
    return RedirectResponse(address, status_code=303, headers={"Cache-Control": "no-store"})


async def _fields(request: Request) -> dict[str, str]:
    """Return the fields of a posted form; more than the limit counts as an empty form."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > FORM_LIMIT:
            return {}
    try:
        fields = parse_qs(body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=50)
    except ValueError:
        return {}
    return {name: values[0] for name, values in fields.items()}


_BROWSERS = (("Edg/", "Edge"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari"))
_SYSTEMS = (
    ("Windows", "Windows"),
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Mac OS", "macOS"),
    ("Linux", "Linux"),
)


def _agent(header: str) -> str:
    """Return the kind of browser and system: enough to know one's own, too little to tell people apart."""
    kinds = (next((name for sign, name in table if sign in header), "") for table in (_BROWSERS, _SYSTEMS))
    return ", ".join(kind for kind in kinds if kind)
