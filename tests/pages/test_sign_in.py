"""The sign-in gate: what opens it, what does not, and what every answer carries."""

from __future__ import annotations

import pytest
from starlette.types import Message, Receive, Scope, Send

from daicho.pages import door
from daicho.pages.cookies import SESSION_COOKIE
from daicho.sign_in.admission import SameOrigin
from daicho.sign_in.gate import FORM_COOKIE
from daicho.sign_in.routes import ShownAccount
from registry import sessions
from tests.pages.gate import LOGIN, Browser, application
from tests.pages.group import PASSWORD, Group

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    """Run on the standard event loop."""
    return "asyncio"


@pytest.fixture
def browser(group: Group) -> Browser:
    """Return a browser that has never been here."""
    return Browser(application(group))


async def test_the_right_password_opens_a_session(browser: Browser, group: Group) -> None:
    """The cookie is a session of the registry, out of reach of scripts and of other sites."""
    assert await browser.sign_in() == 303
    principal = sessions.principal_for(group.workspace.registry, browser.cookies[SESSION_COOKIE])
    assert principal is not None
    assert principal.name == "佐藤 恵"
    line = next(each for each in browser.set_cookies.splitlines() if each.startswith(SESSION_COOKIE))
    assert "httponly" in line.lower()
    assert "samesite=lax" in line.lower()
    assert "secure" not in line.lower()


async def test_over_https_the_cookie_stays_on_https(browser: Browser) -> None:
    """A session that began encrypted is never sent in the clear."""
    assert await browser.sign_in(scheme="https") == 303
    line = next(each for each in browser.set_cookies.splitlines() if SESSION_COOKIE in each)
    assert line.startswith("__Host-")
    assert "; secure" in line.lower()


async def test_a_wrong_password_says_nothing_more(browser: Browser) -> None:
    """The answer tells neither which of both was wrong nor what was typed."""
    assert await browser.sign_in("not the password at all") == 403
    assert "メールアドレスまたはパスワードが違います。" in browser.page
    assert "not the password" not in browser.page
    assert LOGIN not in browser.page
    assert SESSION_COOKIE not in browser.cookies


async def test_a_form_from_elsewhere_is_refused(browser: Browser) -> None:
    """Without the token of the form that this browser was given, no password is even looked at."""
    await browser.request("GET", "/sign-in")
    form = {"login": LOGIN, "password": PASSWORD, "token": "0" * 64, "next": "/"}
    assert (await browser.request("POST", "/sign-in", form))[0] == 403
    browser.cookies.pop(FORM_COOKIE)
    assert (await browser.request("POST", "/sign-in", form))[0] == 403
    assert SESSION_COOKIE not in browser.cookies


@pytest.mark.parametrize(
    ("wanted", "reached"),
    [
        ("%2Fledger%3Fentry%3D3", "/ledger?entry=3"),
        ("https%3A%2F%2Fevil.example%2F", "/"),
        ("%2F%2Fevil.example", "/"),
        ("%2F%5Cevil.example", "/"),
        ("%2Fa%0D%0ASet-Cookie%3A+x%3D1", "/"),
        ("%2Fsign-out", "/"),
    ],
)
async def test_the_way_back_stays_on_this_server(browser: Browser, wanted: str, reached: str) -> None:
    """After sign-in the reader comes to the page they wanted, and never to another host."""
    assert await browser.sign_in(path=f"/sign-in?next={wanted}") == 303
    assert browser.headers["location"] == reached


async def test_signing_out_ends_the_session_in_the_registry(browser: Browser, group: Group) -> None:
    """A copied cookie is worth nothing after sign-out."""
    await browser.sign_in()
    token = browser.cookies[SESSION_COOKIE]
    assert (await browser.request("POST", "/sign-out", origin="http://evil.example"))[0] == 403
    assert sessions.principal_for(group.workspace.registry, token) is not None
    assert (await browser.request("POST", "/sign-out", origin="http://127.0.0.1"))[0] == 303
    assert sessions.principal_for(group.workspace.registry, token) is None


async def test_the_page_speaks_both_languages(browser: Browser) -> None:
    """The chosen language is kept for the pages behind the gate."""
    _, _, page = await browser.request("GET", "/sign-in?lang=en")
    assert '<html lang="en">' in page
    assert "Use the account your company gave you." in page
    _, _, page = await browser.request("GET", "/sign-in")
    assert '<html lang="en">' in page


async def test_demo_accounts_show_only_in_the_demo(group: Group, browser: Browser) -> None:
    """A password is on the page only when the demonstration asks for it."""
    assert "details" not in (await browser.request("GET", "/sign-in"))[2]
    shown = Browser(application(group, (ShownAccount("demo@towa.example", "<demo>", "見本"),)))
    assert "&lt;demo&gt;" in (await shown.request("GET", "/sign-in"))[2]


async def test_every_answer_carries_the_security_headers(browser: Browser) -> None:
    """Nothing from other hosts, no framing, no guessing of types; the form is not cached."""
    _, headers, page = await browser.request("GET", "/sign-in")
    policy = headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe-eval" not in policy
    assert "http" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    assert headers["cache-control"] == "no-store"
    assert "<script" not in page


def test_the_way_back_is_path_and_query() -> None:
    """What the browser was looking at is kept without its host."""
    assert door.target("http://127.0.0.1:8501/ledger?entry=3") == "/ledger?entry=3"
    assert door.target("http://127.0.0.1:8501") == "/"


async def test_a_token_of_any_characters_is_only_wrong(browser: Browser) -> None:
    """A forged form cannot cause a fault of the server."""
    await browser.request("GET", "/sign-in")
    status, _, _ = await browser.request("POST", "/sign-in", {"token": "あ", "login": LOGIN, "password": "x"})
    assert status == 403


@pytest.mark.parametrize(
    ("origin", "passed"),
    [
        ("http://127.0.0.1:8501", True),
        ("", True),
        ("http://127.0.0.1:3000", False),
        ("http://elsewhere.example", False),
        ("null", False),
        ("http://[", False),
    ],
)
async def test_a_web_socket_opens_from_our_own_pages_only(origin: str, passed: bool) -> None:
    """Another local program's page has the same cookies; it must not speak for the person."""
    reached: list[str] = []
    sent: list[Message] = []

    async def dashboard(scope: Scope, _receive: Receive, _send: Send) -> None:
        reached.append(scope["type"])

    async def receive() -> Message:
        return {"type": "websocket.connect"}

    async def send(message: Message) -> None:
        sent.append(message)

    headers = [(b"host", b"127.0.0.1:8501"), *([(b"origin", origin.encode())] if origin else [])]
    scope = {"type": "websocket", "path": "/_stcore/stream", "headers": headers}
    await SameOrigin(dashboard)(scope, receive, send)
    assert bool(reached) is passed
    assert [message["type"] for message in sent] == ([] if passed else ["websocket.close"])
