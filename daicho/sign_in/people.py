"""The accounts one manages 利用者の管理: one-time links, ended sessions, second factors of lost devices."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from starlette.requests import Request
from starlette.responses import Response

from daicho.pages.formats import Formats
from daicho.sign_in import html
from daicho.sign_in.gate import Gate, language, redirect
from daicho.sign_in.html import Page
from daicho.sign_in.routes import expired
from daicho.text import Translator
from registry import links, people, second_factor, sessions
from registry.accounts import LOCAL
from registry.errors import NotFound
from registry.model import Permission, Principal, UserId
from registry.people import Person
from registry.store import Tx

ADDRESS = "/people"
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class People:
    """Routes for who manages users; the services check every change again."""

    gate: Gate

    async def page(self, request: Request) -> Response:
        """Answer GET /people."""
        person = await self.gate.person(request)
        return _sign_in_first() if person is None else await self._show(request, person)

    async def link(self, request: Request) -> Response:
        """Answer POST /people/link: make a one-time link and show it this once."""
        gate, text = self.gate, self.gate.text(request)
        answer = await self._changed(request, links.issue)
        if isinstance(answer, Response):
            return answer
        page = Page(
            text("一度だけ使えるリンク"),
            html.secret(f"{gate.origin(request)}/sign-in/link/{answer}")
            + html.paragraph(text("本人だけに、安全な方法で渡してください。"))
            + html.link(ADDRESS, text("利用者の管理へ戻る"), button=True),
            purpose=text("24 時間有効で、一度だけ使えます。今だけ表示します。"),
            wide=True,
        )
        return gate.show(request, page)

    async def end_sessions(self, request: Request) -> Response:
        """Answer POST /people/sessions: sign somebody out everywhere."""
        answer = await self._changed(request, sessions.end_all)
        if isinstance(answer, Response):
            return answer
        person = await self.gate.person(request)
        if person is None:  # one's own sessions were among them
            return _sign_in_first()
        text = self.gate.text(request)
        return await self._show(request, person, done=text("すべての端末でサインアウトしました。"))

    async def second_factor(self, request: Request) -> Response:
        """Answer POST /people/second-factor: take the second factor of a lost device away."""
        answer = await self._changed(request, second_factor.remove)
        if isinstance(answer, Response):
            return answer
        person = await self.gate.person(request)
        text = self.gate.text(request)
        if person is None:
            return _sign_in_first()
        return await self._show(request, person, done=text("二要素認証を外しました。"))

    async def _changed(self, request: Request, change: Callable[[Tx, UserId], _T]) -> _T | Response:
        """Make a posted change in the name of who is signed in; a response when it is not made."""
        gate, text = self.gate, self.gate.text(request)
        person = await gate.person(request)
        if person is None:
            return _sign_in_first()
        form = await gate.posted(request) if gate.may_post(request) else None
        if form is None:
            return await self._show(request, person, wrong=expired(text), status=403)
        number = form["user"]
        if not (number.isascii() and number.isdigit() and len(number) < 10):
            return await self._show(request, person, wrong=_out_of_reach(text), status=403)

        def made() -> _T:
            with gate.registry.write(person, reason="people page") as tx:
                return change(tx, UserId(int(number)))

        try:
            return await gate.ask(made)
        except NotFound:
            return await self._show(request, person, wrong=_out_of_reach(text), status=403)

    async def _show(
        self, request: Request, person: Principal, *, wrong: str = "", done: str = "", status: int = 200
    ) -> Response:
        gate, text = self.gate, self.gate.text(request)
        if not person.units_with(Permission.MANAGE_USERS):
            page = Page(
                text("利用者"),
                html.link("/account", text("アカウントへ戻る")),
                purpose=text("このページは閲覧できません。権限は個人情報保護管理者に確認してください。"),
            )
            return gate.show(request, page, status=403)

        def found() -> list[Person]:
            with gate.registry.read(person) as tx:
                return people.people(tx)

        page = Page(
            text("利用者"),
            html.link("/account", text("アカウントへ戻る"))
            + _table(text, await gate.ask(found), Formats(language(request))),
            purpose=text("リンクを作ると、本人がパスワードを決め直せます。"),
            wrong=wrong,
            done=done,
            wide=True,
            other_language=f"{ADDRESS}?lang=",
        )
        return gate.show(request, page, status=status)


def _table(text: Translator, found: list[Person], formats: Formats) -> str:
    rows = []
    for each in found:
        user = {"user": str(each.user_id)}
        ways = [text("パスワード")] if each.has_password else []
        ways += [text("会社のアカウント")] if any(issuer != LOCAL for issuer in each.issuers) else []
        ways += [text("二要素認証")] if each.has_second_factor else []
        state = "、".join(ways) if text.language == "ja" else ", ".join(ways)
        if each.locked_until is not None:
            locked = text("{time} までロック中", time=formats.moment(each.locked_until))
            state = f"{state} ({locked})"
        actions = html.form(f"{ADDRESS}/link", text("リンクを作る"), hidden=user, plain=True, about=each.name)
        actions += html.form(
            f"{ADDRESS}/sessions", text("サインアウトさせる"), hidden=user, plain=True, about=each.name
        )
        if each.has_second_factor:
            actions += html.form(
                f"{ADDRESS}/second-factor", text("二要素認証を外す"), hidden=user, plain=True, about=each.name
            )
        rows.append(
            (html.cell(each.name), html.cell(each.login), html.cell(state or text("未設定")), actions)
        )
    head = (text("氏名"), text("メールアドレス"), text("サインインの方法"), text("操作"))
    return html.table(head, rows)


def _out_of_reach(text: Translator) -> str:
    return text("この利用者は変更できません。担当する範囲の外で役割を持っているか、見つかりません。")


def _sign_in_first() -> Response:
    return redirect("/sign-in?next=%2Fpeople")
