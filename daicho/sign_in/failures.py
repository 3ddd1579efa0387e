"""What a reader sees when a route breaks: a sentence and a number, nothing of the inside."""

from __future__ import annotations

import logging
import secrets

from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from daicho.sign_in import html
from daicho.sign_in.gate import language
from daicho.sign_in.html import Page
from daicho.text import translator

_LOG = logging.getLogger(__name__)


class ClosedFailures:
    """Answers an unforeseen error with a page; the log gets the kind of the error and its place."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on; what breaks before the answer began becomes status 500."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        began = closed = False

        async def watched(message: Message) -> None:
            nonlocal began, closed
            began = began or message["type"] == "http.response.start"
            closed = closed or message["type"] == "websocket.close"
            await send(message)

        try:
            await self._app(scope, receive, watched)
        except Exception as error:  # noqa: BLE001 - the last door before the reader: nothing internal passes it
            number = logged(error)
            if scope["type"] == "websocket":
                if not closed:
                    await send({"type": "websocket.close", "code": 1011})
            elif not began:
                await _page(Request(scope), number)(scope, receive, send)


def logged(error: Exception) -> str:
    """Log kind and place of an error and return its number; its message may hold data of persons."""
    number = f"E-{secrets.token_hex(2).upper()}"
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    place = f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}" if trace else "?"
    _LOG.error("page failed: %s %s at %s", number, type(error).__name__, place)
    return number


def _page(request: Request, number: str) -> HTMLResponse:
    text = translator(language(request))
    sentence = text(
        "表示できませんでした。もう一度お試しください。続くときは番号 {number} を伝えてください。",
        number=number,
    )
    page = Page(text("問題が起きました"), html.link("/", text("最初のページへ")), purpose=sentence)
    return HTMLResponse(
        html.document(page, language(request), token=""),
        status_code=500,
        headers={"Cache-Control": "no-store"},
    )
