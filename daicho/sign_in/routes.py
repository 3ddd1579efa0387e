"""Signing in and out: the password page and the second step, plain HTML that works without any script."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote, urlencode

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from daicho.pages.cookies import SESSION_COOKIE
from daicho.sign_in import html
from daicho.sign_in.gate import Gate, redirect, target
from daicho.sign_in.html import Page
from daicho.text import Translator
from registry import sessions, sign_in
from registry.sign_in import Enrolled, SecondStep, SignInRefused, StepOver

STEP_COOKIE = "daicho_step"
STEP_SECONDS = int(sign_in.STEP_LIFETIME.total_seconds())


@dataclass(frozen=True, slots=True)
class ShownAccount:
    """A sign-in of the demonstration that the page may show."""

    login: str
    password: str
    name: str


@dataclass(frozen=True, slots=True)
class SignIn:
    """Routes of the first page, of the second step, and of the way out."""

    gate: Gate
    shown_accounts: Sequence[ShownAccount] = ()

    async def page(self, request: Request) -> Response:
        """Answer GET /sign-in: the empty form."""
        text = self.gate.text(request)
        done = (
            text("パスワードを決めました。サインインしてください。") if "set" in request.query_params else ""
        )
        return self._form(request, target(request.query_params.get("next", "/")), done=done)

    async def enter(self, request: Request) -> Response:
        """Answer POST /sign-in: open a session, ask for the second step, or say that it was wrong."""
        gate, text = self.gate, self.gate.text(request)
        if not gate.may_post(request):
            return self._form(request, "/", wrong=_too_many(text), status=429)
        form = await gate.posted(request)
        if form is None:
            return self._form(request, "/", wrong=expired(text), status=403)
        wanted = target(form["next"])
        # argon2id takes its time on purpose: not in the event loop.
        answer = await gate.work(
            sign_in.with_password,
            gate.registry,
            form["login"],
            form["password"],
            client=gate.client(request),
            policy=gate.settings.sign_in,
        )
        if isinstance(answer, SignInRefused):
            return self._refused(request, answer, wanted)
        if isinstance(answer, SecondStep):
            address = "/sign-in/enrol" if answer.enrol else "/sign-in/code"
            response = redirect(f"{address}?next={quote(wanted, safe='')}")
            gate.set_cookie(response, request, STEP_COOKIE, answer.token, max_age=STEP_SECONDS)
            return response
        return await gate.enter(request, redirect(wanted), answer)

    async def code_page(self, request: Request) -> Response:
        """Answer GET /sign-in/code: the field for the one-time code."""
        if not self.gate.cookie(request, STEP_COOKIE):
            return redirect("/sign-in")
        return self._code_form(request, target(request.query_params.get("next", "/")))

    async def code(self, request: Request) -> Response:
        """Answer POST /sign-in/code: open the session when the code is right."""
        gate, text = self.gate, self.gate.text(request)
        form = await gate.posted(request) if gate.may_post(request) else None
        if form is None:
            return self._code_form(request, "/", wrong=expired(text), status=403)
        wanted = target(form["next"])
        step = gate.cookie(request, STEP_COOKIE)
        answer = await gate.ask(
            sign_in.with_code, gate.registry, step, form["code"], client=gate.client(request)
        )
        if isinstance(answer, StepOver):
            return self._over(request, wanted)
        if isinstance(answer, SignInRefused):
            return self._code_form(request, wanted, wrong=wrong_code(text), status=403)
        response = await gate.enter(request, redirect(wanted), answer)
        gate.drop_cookie(response, request, STEP_COOKIE)
        return response

    async def enrol_page(self, request: Request) -> Response:
        """Answer GET /sign-in/enrol: the secret to set up, because a role asks for a second factor."""
        return await self._enrol_form(request, target(request.query_params.get("next", "/")))

    async def enrol(self, request: Request) -> Response:
        """Answer POST /sign-in/enrol: open the session and show the recovery codes this once."""
        gate, text = self.gate, self.gate.text(request)
        form = await gate.posted(request) if gate.may_post(request) else None
        if form is None:
            return await self._enrol_form(request, "/", wrong=expired(text), status=403)
        wanted = target(form["next"])
        step = gate.cookie(request, STEP_COOKIE)
        answer = await gate.ask(sign_in.enrol, gate.registry, step, form["code"], client=gate.client(request))
        if isinstance(answer, SignInRefused):
            return await self._enrol_form(request, wanted, wrong=wrong_code(text), status=403)
        if not isinstance(answer, Enrolled):
            return self._over(request, wanted)
        response = gate.show(request, recovery_codes(text, answer.recovery_codes, wanted))
        gate.drop_cookie(response, request, STEP_COOKIE)
        return await gate.enter(request, response, answer.session)

    async def leave(self, request: Request) -> Response:
        """Answer POST /sign-out: end the session in the registry, not only in the browser."""
        origin = request.headers.get("origin")
        if origin is not None and origin != self.gate.origin(request):
            return PlainTextResponse("cross-origin request refused", status_code=403)
        token = self.gate.session(request)
        if token:
            await self.gate.ask(sessions.sign_out, self.gate.registry, token)
        response = redirect("/sign-in")
        self.gate.drop_cookie(response, request, SESSION_COOKIE)
        return response

    def _refused(self, request: Request, answer: SignInRefused, wanted: str) -> Response:
        text = self.gate.text(request)
        if answer.blocked_until is not None:
            return self._form(request, wanted, wrong=_too_many(text), status=429)
        return self._form(
            request, wanted, wrong=text("メールアドレスまたはパスワードが違います。"), status=403
        )

    def _over(self, request: Request, wanted: str) -> Response:
        text = self.gate.text(request)
        response = self._form(request, wanted, wrong=expired(text), status=403)
        self.gate.drop_cookie(response, request, STEP_COOKIE)
        return response

    def _form(
        self, request: Request, wanted: str, *, wrong: str = "", done: str = "", status: int = 200
    ) -> Response:
        text = self.gate.text(request)
        oidc = self.gate.settings.oidc
        other_way = ""
        if oidc is not None:
            name = oidc.name or text("会社のアカウント")
            address = "/sign-in/oidc?" + urlencode({"next": wanted})
            other_way = html.link(address, text("{name}でサインイン", name=name), button=True)
            other_way += html.divider(text("または"))
        fields = (
            html.field("login", text("メールアドレス"), autocomplete="username", focus=oidc is None),
            html.field("password", text("パスワード"), kind="password", autocomplete="current-password"),
        )
        body = other_way + html.form("/sign-in", text("サインイン"), *fields, hidden={"next": wanted})
        page = Page(
            text("サインイン"),
            body + self._shown(text),
            purpose=text("会社から渡されたアカウントで入ります。"),
            wrong=wrong,
            done=done,
            other_language=f"/sign-in?next={quote(wanted, safe='')}&lang=",
        )
        return self.gate.show(request, page, status=status)

    def _code_form(self, request: Request, wanted: str, *, wrong: str = "", status: int = 200) -> Response:
        text = self.gate.text(request)
        page = Page(
            text("確認コード"),
            html.form(
                "/sign-in/code",
                text("確認"),
                html.field(
                    "code",
                    text("6 桁のコード"),
                    autocomplete="one-time-code",
                    focus=True,
                    code=True,
                    hint=text("端末がないときは、回復コードを入れてください。"),
                ),
                hidden={"next": wanted},
            )
            + html.link("/sign-in", text("最初からやり直す")),
            purpose=text("認証アプリに表示されているコードを入れてください。"),
            wrong=wrong,
            other_language=f"/sign-in/code?next={quote(wanted, safe='')}&lang=",
        )
        return self.gate.show(request, page, status=status)

    async def _enrol_form(
        self, request: Request, wanted: str, *, wrong: str = "", status: int = 200
    ) -> Response:
        gate, text = self.gate, self.gate.text(request)
        answer = await gate.ask(sign_in.enrolment, gate.registry, gate.cookie(request, STEP_COOKIE))
        if isinstance(answer, StepOver):
            return self._over(request, wanted)
        page = Page(
            text("二要素認証の設定"),
            set_up(text, answer.secret, answer.address, "/sign-in/enrol", wanted),
            purpose=text("あなたの役割では、パスワードのほかに認証アプリが必要です。"),
            wrong=wrong,
            other_language=f"/sign-in/enrol?next={quote(wanted, safe='')}&lang=",
        )
        return gate.show(request, page, status=status)

    def _shown(self, text: Translator) -> str:
        if not self.shown_accounts:
            return ""
        rows = [
            (html.cell(each.name), html.cell(each.login), html.cell(each.password))
            for each in self.shown_accounts
        ]
        head = (text("氏名"), text("メールアドレス"), text("パスワード"))
        return html.details(text("デモ用アカウント"), html.table(head, rows))


def set_up(text: Translator, secret: str, address: str, action: str, wanted: str = "") -> str:
    """Return QR code, secret and the form for the first code."""
    grouped = " ".join(secret[at : at + 4] for at in range(0, len(secret), 4))
    return (
        html.paragraph(text("1. 認証アプリで QR コードを読み取ります。"))
        + html.qr(address, text("認証アプリに登録する QR コード"))
        + html.details(
            text("読み取れないとき"), html.paragraph(text("この鍵を入力します。")), html.secret(grouped)
        )
        + html.paragraph(text("2. アプリに表示された 6 桁のコードを入れます。"))
        + html.form(
            action,
            text("設定する"),
            html.field("code", text("6 桁のコード"), autocomplete="one-time-code", code=True),
            hidden={"next": wanted} if wanted else None,
        )
    )


def recovery_codes(text: Translator, codes: Sequence[str], onward: str) -> Page:
    """Return the page that shows the recovery codes this once."""
    return Page(
        text("回復コード"),
        html.codes(codes) + html.link(onward, text("控えました。続ける"), button=True),
        purpose=text(
            "端末をなくしたときに、確認コードの代わりに一度ずつ使えます。今だけ表示します。安全な場所に控えてください。"
        ),
    )


def expired(text: Translator) -> str:
    """Return what to say of a form that is not this browser's, or too old."""
    return text("入力の有効時間が過ぎました。もう一度入れてください。")


def wrong_code(text: Translator) -> str:
    """Return what to say of a wrong code."""
    return text("コードが違います。アプリに今表示されているコードを入れてください。")


def _too_many(text: Translator) -> str:
    return text("この場所からの失敗が続いたため、しばらく受け付けません。時間をおいてやり直してください。")
