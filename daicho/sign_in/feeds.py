"""The calendar that programs subscribe to: a secret address of one's own, and what is fetched from it.

A calendar program cannot sign in: the address itself proves who asks. What it gets is made with the roles of
that moment, names no person, and changes nothing. An address that is unknown or void looks like none.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime, time

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from daicho.pages import addresses, pm_words, scope
from daicho.pages.formats import NONE, Formats
from daicho.sign_in import html
from daicho.sign_in.gate import Gate, redirect
from daicho.sign_in.html import Page
from daicho.sign_in.routes import expired
from daicho.text import Translator, translator
from privacy_mark.certificates import agenda, ical
from registry import feeds
from registry.access import today_in_japan
from registry.feeds import Feed, Subscriber
from registry.model import Permission

ACCOUNT = "/account"
_SUFFIX = ".ics"
_KEPT = "private, no-cache"  # kept by the program alone, which asks each time whether it has changed


@dataclass(frozen=True, slots=True)
class Feeds:
    """Routes of one's own address, and of the calendar itself."""

    gate: Gate

    async def make(self, request: Request) -> Response:
        """Answer POST /account/calendar: make the address, or another one, and show it this once."""
        gate, text = self.gate, self.gate.text(request)
        person = await gate.person(request)
        if person is None:
            return redirect("/sign-in?next=%2Faccount")
        form = await gate.posted(request) if gate.may_post(request) else None
        if form is None or not person.units_with(Permission.VIEW_CERTIFICATION):
            return self._refused(request, expired(text))
        token = await gate.ask(feeds.make, gate.registry, person, text.language)
        page = Page(
            text("カレンダーのアドレス"),
            html.secret(f"{gate.origin(request)}/calendar/{token}{_SUFFIX}")
            + html.paragraph(
                text("カレンダーの「URL で追加」「インターネットから購読」に貼り付けてください。")
            )
            + html.paragraph(text("知った人は予定を見られます。人に教えないでください。"))
            + html.link(ACCOUNT, text("アカウントへ戻る"), button=True),
            purpose=text("今だけ表示します。前のアドレスは使えなくなりました。"),
            wide=True,
        )
        return gate.show(request, page)

    async def end(self, request: Request) -> Response:
        """Answer POST /account/calendar/end: void the address."""
        gate, text = self.gate, self.gate.text(request)
        person = await gate.person(request)
        if person is None:
            return redirect("/sign-in?next=%2Faccount")
        form = await gate.posted(request) if gate.may_post(request) else None
        if form is None:
            return self._refused(request, expired(text))
        await gate.ask(feeds.end, gate.registry, person)
        return redirect(ACCOUNT)

    async def calendar(self, request: Request) -> Response:
        """Answer GET /calendar/TOKEN.ics: the days ahead of the certificates whose units the owner sees."""
        gate = self.gate
        if not gate.feeds.admit(request.client.host if request.client else ""):
            return PlainTextResponse("too many requests", status_code=429, headers={"Retry-After": "60"})
        name = str(request.path_params["name"])
        token = name.removesuffix(_SUFFIX) if name.isascii() and name.endswith(_SUFFIX) else ""
        found = await gate.ask(feeds.subscriber, gate.registry, token)
        if found is None:
            return PlainTextResponse("not found", status_code=404)
        body = await gate.ask(self._made, found, gate.origin(request))
        tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
        headers = {"ETag": tag, "Cache-Control": _KEPT}
        if _knows(request.headers.get("if-none-match", ""), tag):
            return Response(status_code=304, headers=headers)
        headers["Content-Disposition"] = 'inline; filename="privacy-mark.ics"'
        return Response(body, media_type="text/calendar; charset=utf-8", headers=headers)

    def _made(self, found: Subscriber, origin: str) -> bytes:
        text = translator(found.language)
        with self.gate.registry.read(found.principal) as tx:
            today = today_in_japan(tx.now)
            lines = agenda.agenda(tx, today)
            names = scope.full_names(scope.units(tx), found.language)
        return ical.calendar(
            lines,
            lambda line, event: (
                f"{names.get(line.certificate.unit_id, NONE)}: {pm_words.day_of(event, text)}"
            ),
            name=text("プライバシーマークの予定"),
            now=datetime.combine(today, time(), UTC),  # of the day: unchanged content keeps its tag
            address=lambda line: f"{origin}/{addresses.CERTIFICATES}?certificate={line.certificate.id}",
        )

    def _refused(self, request: Request, wrong: str) -> Response:
        text = self.gate.text(request)
        page = Page(text("アカウント"), html.link(ACCOUNT, text("アカウントへ戻る")), wrong=wrong)
        return self.gate.show(request, page, status=403)


def section(text: Translator, feed: Feed | None, formats: Formats) -> str:
    """Return the part of the account page about the calendar's address."""
    note = text("更新の受付期間や審査の予定を、Outlook や Google カレンダーなどに表示します。")
    title = text("カレンダーの購読")
    if feed is None:
        return html.section(
            title, html.form(f"{ACCOUNT}/calendar", text("購読用のアドレスを作る")), note=note
        )
    used = formats.moment(feed.fetched_at) if feed.fetched_at else text("未取得")
    state = text("作成：{made}　最後の取得：{used}", made=formats.moment(feed.created_at), used=used)
    return html.section(
        title,
        html.paragraph(state),
        html.details(
            text("作り直す・やめる"),
            html.paragraph(text("今のアドレスは使えなくなります。")),
            html.form(f"{ACCOUNT}/calendar", text("新しいアドレスに変える")),
            html.form(f"{ACCOUNT}/calendar/end", text("購読をやめる")),
        ),
        note=note,
    )


def _knows(header: str, tag: str) -> bool:
    known = {each.strip().removeprefix("W/") for each in header.split(",")}
    return tag in known or "*" in known
