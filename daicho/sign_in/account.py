"""One's own account: password, second factor, and where one is signed in."""

from __future__ import annotations

import functools
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import Response

from daicho.pages.formats import Formats
from daicho.sign_in import feeds, html
from daicho.sign_in.gate import Form, Gate, language, redirect
from daicho.sign_in.html import Page
from daicho.sign_in.link import RULES, new_password_fields
from daicho.sign_in.routes import expired, recovery_codes, set_up, wrong_code
from daicho.text import Translator
from registry import feeds as registry_feeds
from registry import second_factor, sessions, sign_in
from registry.accounts import LOCAL
from registry.errors import InvalidValue, NotFound
from registry.model import Permission, Principal
from registry.sessions import OpenSession

ADDRESS = "/account"


_Route = Callable[["Account", Request], Awaitable[Response]]
_Change = Callable[["Account", Request, Principal, Form], Awaitable[Response]]


def _route(change: _Change, refuse: Callable[..., Awaitable[Response]]) -> _Route:
    """Return a route that changes something only for who is signed in and posted a form of ours."""

    @functools.wraps(change)
    async def route(account: Account, request: Request) -> Response:
        gate = account.gate
        person = await gate.person(request)
        if person is None:
            return _sign_in_first()
        form = await gate.posted(request) if gate.may_post(request) else None
        if form is None:
            return await refuse(account, request, person, wrong=expired(gate.text(request)), status=403)
        return await change(account, request, person, form)

    return route


def _posted(change: _Change) -> _Route:
    return _route(change, lambda account, *given, **how: account._show(*given, **how))  # noqa: SLF001 - its own


def _posted_secret(change: _Change) -> _Route:
    return _route(change, lambda account, *given, **how: account._show_secret(*given, **how))  # noqa: SLF001


@dataclass(frozen=True, slots=True)
class Account:
    """Routes of one's own account; every one of them asks the registry whose session it is."""

    gate: Gate

    async def page(self, request: Request) -> Response:
        """Answer GET /account."""
        person = await self.gate.person(request)
        return _sign_in_first() if person is None else await self._show(request, person)

    @_posted
    async def password(self, request: Request, person: Principal, form: Form) -> Response:
        """Answer POST /account/password: change it; the other sessions end."""
        gate, text = self.gate, self.gate.text(request)
        if form["password"] != form["again"]:
            return await self._show(request, person, wrong=text(RULES["differs"]), status=422)
        try:
            token = gate.session(request)
            await gate.work(
                sign_in.change_password, gate.registry, token, current=form["current"], new=form["password"]
            )
        except InvalidValue as error:
            if error.column == "session":
                return _sign_in_first()
            return await self._show(request, person, wrong=text(RULES[error.rule]), status=422)
        done = text("パスワードを変えました。ほかの端末ではサインアウトしました。")
        return await self._show(request, person, done=done)

    async def second_factor_page(self, request: Request) -> Response:
        """Answer GET /account/second-factor: the secret to set up."""
        person = await self.gate.person(request)
        return _sign_in_first() if person is None else await self._show_secret(request, person)

    @_posted_secret
    async def second_factor(self, request: Request, person: Principal, form: Form) -> Response:
        """Answer POST /account/second-factor: turn it on with its first code."""
        gate, text = self.gate, self.gate.text(request)
        codes = await gate.ask(second_factor.confirm, gate.registry, person, form["code"])
        if codes is None:
            return await self._show_secret(request, person, wrong=wrong_code(text), status=422)
        return gate.show(request, recovery_codes(text, codes, ADDRESS))

    @_posted
    async def second_factor_off(self, request: Request, person: Principal, form: Form) -> Response:
        """Answer POST /account/second-factor/off: turn it off with a code."""
        gate, text = self.gate, self.gate.text(request)
        if not await gate.ask(second_factor.remove_own, gate.registry, person, form["code"]):
            return await self._show(request, person, wrong=wrong_code(text), status=422)
        return await self._show(request, person, done=text("二要素認証をやめました。"))

    @_posted
    async def codes(self, request: Request, person: Principal, form: Form) -> Response:
        """Answer POST /account/codes: new recovery codes instead of the old ones."""
        gate, text = self.gate, self.gate.text(request)
        codes = await gate.ask(second_factor.renew_codes, gate.registry, person, form["code"])
        if codes is None:
            return await self._show(request, person, wrong=wrong_code(text), status=422)
        return gate.show(request, recovery_codes(text, codes, ADDRESS))

    @_posted
    async def end_session(self, request: Request, person: Principal, form: Form) -> Response:
        """Answer POST /account/sessions: end one of one's own sessions."""
        gate, text = self.gate, self.gate.text(request)
        try:
            await gate.ask(sessions.end_own, gate.registry, person, form["session"])
        except NotFound:  # it has ended meanwhile, which is what was wanted
            return redirect(ADDRESS)
        return await self._show(request, person, done=text("その端末ではサインアウトしました。"))

    async def _show(
        self, request: Request, person: Principal, *, wrong: str = "", done: str = "", status: int = 200
    ) -> Response:
        gate, text = self.gate, self.gate.text(request)
        mine = await gate.ask(sessions.own, gate.registry, gate.session(request))
        state = await gate.ask(second_factor.state, gate.registry, person)
        parts = [html.link("/", text("台帳へ戻る"))]
        if person.units_with(Permission.MANAGE_USERS):
            parts.append(html.link("/people", text("利用者の管理へ進む")))
        if await gate.ask(sign_in.has_password, gate.registry, person):
            parts += [_password(text), _second_factor(text, state)]
        if person.units_with(Permission.VIEW_CERTIFICATION):
            feed = await gate.ask(registry_feeds.own, gate.registry, person)
            parts.append(feeds.section(text, feed, Formats(language(request))))
        parts.append(_sessions(text, mine, Formats(language(request))))
        page = Page(
            text("アカウント"),
            "".join(parts),
            purpose=person.name,
            wrong=wrong,
            done=done,
            wide=True,
            other_language=f"{ADDRESS}?lang=",
        )
        return gate.show(request, page, status=status)

    async def _show_secret(
        self, request: Request, person: Principal, *, wrong: str = "", status: int = 200
    ) -> Response:
        gate, text = self.gate, self.gate.text(request)
        try:
            enrolment = await gate.ask(second_factor.begin, gate.registry, person)
        except InvalidValue:  # it is on already
            return redirect(ADDRESS)
        page = Page(
            text("二要素認証の設定"),
            set_up(text, enrolment.secret, enrolment.address, f"{ADDRESS}/second-factor")
            + html.link(ADDRESS, text("やめて戻る")),
            wrong=wrong,
            other_language=f"{ADDRESS}/second-factor?lang=",
        )
        return gate.show(request, page, status=status)


def _sign_in_first() -> Response:
    return redirect("/sign-in?next=%2Faccount")


def _password(text: Translator) -> str:
    return html.section(
        text("パスワード"),
        html.form(
            f"{ADDRESS}/password",
            text("変える"),
            html.field("current", text("今のパスワード"), kind="password", autocomplete="current-password"),
            *new_password_fields(text),
        ),
    )


def _second_factor(text: Translator, state: second_factor.State) -> str:
    if not state.is_on:
        return html.section(
            text("二要素認証"),
            html.link(f"{ADDRESS}/second-factor", text("設定する"), button=True),
            note=text("パスワードが漏れても、端末がなければ入れないようにします。"),
        )
    return html.section(
        text("二要素認証"),
        html.details(
            text("回復コードを作り直す"),
            html.form(f"{ADDRESS}/codes", text("作り直す"), _code(text, "code-new")),
        ),
        html.details(
            text("二要素認証をやめる"),
            html.form(f"{ADDRESS}/second-factor/off", text("やめる"), _code(text, "code-off")),
        ),
        note=text("設定済みです。使っていない回復コードは {count} 個です。", count=state.codes_left),
    )


def _code(text: Translator, identity: str) -> str:
    return html.field(
        "code", text("6 桁のコード"), autocomplete="one-time-code", code=True, identity=identity
    )


def _sessions(text: Translator, mine: list[OpenSession], formats: Formats) -> str:
    rows = []
    for each in mine:
        end = (
            html.cell(text("この画面"))
            if each.is_current
            else html.form(
                f"{ADDRESS}/sessions",
                text("終わらせる"),
                hidden={"session": each.uid},
                plain=True,
                about=each.agent,
            )
        )
        way = text("パスワード") if each.issuer == LOCAL else urlsplit(each.issuer).netloc
        rows.append(
            (
                html.cell(each.agent or text("不明")),
                html.cell(each.address or text("不明")),
                html.cell(way),
                html.cell(formats.moment(each.started_at)),
                html.cell(formats.moment(each.seen_at)),
                end,
            )
        )
    head = (
        text("端末"),
        text("接続元"),
        text("方法"),
        text("サインイン"),
        text("最後の利用"),
        text("操作"),
    )
    return html.section(text("サインイン中の端末"), html.table(head, rows))
