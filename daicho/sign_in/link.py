"""One-time links: the page on which somebody chooses their password.

The token leaves the address at once: it moves into a cookie, so that neither the history nor a referrer keeps
it. Looking at the page uses nothing up, because mail scanners look at links too; posting the form does.
"""

from __future__ import annotations

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from daicho.sign_in import html
from daicho.sign_in.gate import Gate, redirect
from daicho.sign_in.html import Page
from daicho.sign_in.routes import expired
from daicho.text import Translator, mark
from registry import links
from registry.errors import InvalidValue, NotFound
from registry.links import LinkOwner
from registry.passwords import MIN_LENGTH

LINK_COOKIE = "daicho_link"
_HOUR = 3600  # seconds
RULES = {
    "length": mark("パスワードは 12 文字以上にしてください。"),
    "common": mark("広く使われているパスワードです。別のものにしてください。"),
    "context_word": mark("氏名、サインイン名、会社名を含まないものにしてください。"),
    "repeated": mark("同じ文字のくり返しが多すぎます。別のものにしてください。"),
    "sequential": mark("並びどおりの文字が多すぎます。別のものにしてください。"),
    "same": mark("今と同じパスワードです。別のものにしてください。"),
    "differs": mark("2 回の入力が違います。同じものを入れてください。"),
    "wrong": mark("今のパスワードが違います。"),
    "required": mark("氏名を入れてください。"),
    "too_long": mark("氏名が長すぎます。"),
    "printable": mark("氏名に使えない文字があります。"),
}


@dataclass(frozen=True, slots=True)
class Links:
    """Routes of one-time links."""

    gate: Gate

    async def open(self, request: Request) -> Response:
        """Answer GET /sign-in/link/TOKEN: move the token out of the address."""
        response = redirect("/sign-in/link")
        token = str(request.path_params["token"])
        if token.isascii() and token.replace("-", "").replace("_", "").isalnum() and len(token) <= 64:
            self.gate.set_cookie(response, request, LINK_COOKIE, token, max_age=_HOUR)
        return response

    async def page(self, request: Request) -> Response:
        """Answer GET /sign-in/link: the form for name and password."""
        owner = await self._owner(request)
        return self._over(request) if owner is None else self._form(request, owner, owner.name)

    async def redeem(self, request: Request) -> Response:
        """Answer POST /sign-in/link: set the password and lead to the sign-in page."""
        gate, text = self.gate, self.gate.text(request)
        owner = await self._owner(request)
        if owner is None:
            return self._over(request)
        form = await gate.posted(request) if gate.may_post(request) else None
        if form is None:
            return self._form(request, owner, owner.name, wrong=expired(text), status=403)
        name = form["name"]
        if form["password"] != form["again"]:
            return self._form(request, owner, name, wrong=text(RULES["differs"]), status=422)
        try:
            token = gate.cookie(request, LINK_COOKIE)
            await gate.work(links.redeem, gate.registry, token, password=form["password"], name=name)
        except InvalidValue as error:
            return self._form(request, owner, name, wrong=text(RULES[error.rule]), status=422)
        except NotFound:
            return self._over(request)
        response = redirect("/sign-in?set")
        gate.drop_cookie(response, request, LINK_COOKIE)
        return response

    async def _owner(self, request: Request) -> LinkOwner | None:
        token = self.gate.cookie(request, LINK_COOKIE)
        return await self.gate.ask(links.owner, self.gate.registry, token) if token else None

    def _form(
        self, request: Request, owner: LinkOwner, name: str, *, wrong: str = "", status: int = 200
    ) -> Response:
        text = self.gate.text(request)
        page = Page(
            text("はじめての設定") if owner.is_first else text("パスワードの再設定"),
            html.form(
                "/sign-in/link",
                text("決める"),
                html.field("name", text("氏名"), autocomplete="name", value=name[:200]),
                *new_password_fields(text),
                # So that a password manager knows whose password it is.
                html.known_login(owner.login),
            ),
            purpose=text("サインイン名は {login} です。", login=owner.login),
            wrong=wrong,
            other_language="/sign-in/link?lang=",
        )
        return self.gate.show(request, page, status=status)

    def _over(self, request: Request) -> Response:
        text = self.gate.text(request)
        page = Page(
            text("このリンクは使えません"),
            html.link("/sign-in", text("サインインへ進む")),
            purpose=text("期限が切れたか、すでに使われています。管理者に新しいリンクを頼んでください。"),
            other_language="/sign-in/link?lang=",
        )
        return self.gate.show(request, page, status=410)


def new_password_fields(text: Translator) -> tuple[str, str]:
    """Return the fields for a new password and its repetition."""
    return (
        html.field(
            "password",
            text("新しいパスワード"),
            kind="password",
            autocomplete="new-password",
            hint=text("{count} 文字以上。いくつかの言葉をつなぐと覚えやすくなります。", count=MIN_LENGTH),
        ),
        html.field("again", text("もう一度"), kind="password", autocomplete="new-password"),
    )
