"""The sign-in page and its routes, outside of Streamlit: plain HTML that works without any script.

The form is protected by a signed double-submit token (OWASP CSRF Prevention Cheat Sheet); the session
cookie is HttpOnly and SameSite=Lax, and Secure when the page came over https.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape
from pathlib import Path
from string import Template
from urllib.parse import parse_qs, urlencode

from anyio import to_thread
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response

from daicho.pages.cookies import LANGUAGE_COOKIE, SESSION_COOKIE
from daicho.text import LANGUAGES, translator
from registry import accounts
from registry.accounts import SignInRefused
from registry.store import Registry

FORM_COOKIE = "daicho_form"
FORM_LIMIT = 8_192  # bytes of a posted form
YEAR = 365 * 24 * 3600  # seconds
_PAGE = Path(__file__).with_name("sign_in.html")


@dataclass(frozen=True, slots=True)
class ShownAccount:
    """A sign-in of the demonstration that the page may show."""

    login: str
    password: str
    name: str


@dataclass(frozen=True, slots=True)
class SignIn:
    """Routes of one registry; `key` signs the forms of this process."""

    registry: Registry
    shown_accounts: Sequence[ShownAccount] = ()
    key: bytes = field(default_factory=lambda: secrets.token_bytes(32), repr=False)

    async def page(self, request: Request) -> Response:
        """Answer GET /sign-in: the empty form."""
        return self._form(request, _target(request.query_params.get("next", "/")), failed=False)

    async def enter(self, request: Request) -> Response:
        """Answer POST /sign-in: open a session, or show the form again without saying what was wrong."""
        form = await _posted(request)
        target = _target(form.get("next", "/"))
        nonce = request.cookies.get(FORM_COOKIE, "")
        token = form.get("token", "").encode()  # bytes: text may hold what cannot be compared
        if not nonce or not hmac.compare_digest(token, self._token(nonce).encode()):
            return self._form(request, target, failed=False, expired=True)
        # argon2id takes its time on purpose: not in the event loop.
        answer = await to_thread.run_sync(
            accounts.sign_in, self.registry, form.get("login", ""), form.get("password", "")
        )
        if isinstance(answer, SignInRefused):
            return self._form(request, target, failed=True)
        response = RedirectResponse(target, status_code=303)
        _cookie(response, request, SESSION_COOKIE, answer)
        _cookie(response, request, LANGUAGE_COOKIE, _language(request), max_age=YEAR)
        response.delete_cookie(FORM_COOKIE, path="/sign-in")
        return response

    async def leave(self, request: Request) -> Response:
        """Answer POST /sign-out: end the session in the registry, not only in the browser."""
        origin = request.headers.get("origin")
        if origin is not None and origin != f"{request.url.scheme}://{request.url.netloc}":
            return PlainTextResponse("cross-origin request refused", status_code=403)
        token = request.cookies.get(SESSION_COOKIE, "")
        if token:
            await to_thread.run_sync(accounts.sign_out, self.registry, token)
        response = RedirectResponse("/sign-in", status_code=303)
        response.delete_cookie(SESSION_COOKIE, path="/")
        return response

    def _token(self, nonce: str) -> str:
        return hmac.new(self.key, nonce.encode(), hashlib.sha256).hexdigest()

    def _form(self, request: Request, target: str, *, failed: bool, expired: bool = False) -> Response:
        language = _language(request)
        nonce = secrets.token_urlsafe(24)
        page = _render(
            language, target, self._token(nonce), self.shown_accounts, failed=failed, expired=expired
        )
        response = HTMLResponse(page, status_code=403 if failed or expired else 200)
        response.headers["Cache-Control"] = "no-store"
        response.set_cookie(
            FORM_COOKIE, nonce, path="/sign-in", httponly=True, samesite="strict", secure=_is_https(request)
        )
        if request.query_params.get("lang") in LANGUAGES:
            _cookie(response, request, LANGUAGE_COOKIE, language, max_age=YEAR)
        return response


async def _posted(request: Request) -> dict[str, str]:
    """Return the fields of a posted form; more than the limit counts as an empty form."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > FORM_LIMIT:
            return {}
    fields = parse_qs(body.decode("utf-8", "replace"), keep_blank_values=True)
    return {name: values[0] for name, values in fields.items()}


def _target(wanted: str) -> str:
    """Return where to go after sign-in: a path of this server, never another host."""
    plain = wanted.startswith("/") and not wanted.startswith(("//", "/\\")) and wanted.isprintable()
    return wanted if plain and not wanted.startswith("/sign-") else "/"


def _language(request: Request) -> str:
    """Return the language: asked for, else chosen before, else the browser's first, else Japanese."""
    for wanted in (request.query_params.get("lang", ""), request.cookies.get(LANGUAGE_COOKIE, "")):
        if wanted in LANGUAGES:
            return wanted
    return "en" if request.headers.get("accept-language", "").lower().startswith("en") else "ja"


def _is_https(request: Request) -> bool:
    return request.url.scheme == "https"


def _cookie(
    response: Response, request: Request, name: str, value: str, *, max_age: int | None = None
) -> None:
    response.set_cookie(
        name, value, max_age=max_age, path="/", httponly=True, samesite="lax", secure=_is_https(request)
    )


def _render(
    language: str, target: str, token: str, shown: Sequence[ShownAccount], *, failed: bool, expired: bool
) -> str:
    text = translator(language)
    other = "ja" if language == "en" else "en"
    message = ""
    if failed:
        message = text("メールアドレスまたはパスワードが違います。")
    elif expired:
        message = text("入力の有効時間が過ぎました。もう一度入れてください。")
    values = {
        "language": language,
        "title": text("サインイン"),
        "purpose": text("会社から渡されたアカウントで入ります。"),
        "login": text("メールアドレス"),
        "password": text("パスワード"),
        "button": text("サインイン"),
        "next": target,
        "token": token,
        "other_address": "/sign-in?" + urlencode({"lang": other, "next": target}),
        "other": "日本語" if other == "ja" else "English",
        "other_code": other,
    }
    escaped = {name: escape(value) for name, value in values.items()}
    escaped["message"] = f'<p class="wrong" role="alert">{escape(message)}</p>' if message else ""
    escaped["shown"] = _shown(shown, text("デモ用アカウント"))
    return Template(_PAGE.read_text(encoding="utf-8")).substitute(escaped)


def _shown(shown: Sequence[ShownAccount], title: str) -> str:
    if not shown:
        return ""
    lines = "".join(
        f"<tr><td>{escape(each.name)}</td><td><code>{escape(each.login)}</code></td>"
        f"<td><code>{escape(each.password)}</code></td></tr>"
        for each in shown
    )
    return f"<details><summary>{escape(title)}</summary><table>{lines}</table></details>"
