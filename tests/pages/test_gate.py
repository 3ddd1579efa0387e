"""Second step, one-time links, own account, other people's accounts: the plain pages of the gate."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest

from daicho.pages.cookies import SESSION_COOKIE, session_token
from daicho.sign_in.gate import FORM_COOKIE
from daicho.web_settings import WebSettings
from registry import journal, links, people, second_factor, sessions, totp
from registry.access import bootstrap_principal
from registry.model import Role
from registry.sign_in import Policy
from tests.pages.gate import LOGIN, Browser, application, form_fields
from tests.pages.group import PASSWORD, Group

NEW = "quite another passphrase"
ADMINISTRATOR = "admin@towa.example"
pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    """Run on the standard event loop."""
    return "asyncio"


@pytest.fixture
def browser(changeable: Group) -> Browser:
    """Return a browser that has never been here."""
    return Browser(application(changeable))


def code(secret: str, steps: int = 0) -> str:
    """Return the code of this moment."""
    return totp.code(secret, totp.step_at(datetime.now(UTC) + timedelta(seconds=30 * steps)))


def secured(group: Group, login: str = LOGIN) -> tuple[str, tuple[str, ...]]:
    """Give somebody a second factor; return secret and recovery codes."""
    person = group.principal(login)
    secret = second_factor.begin(group.workspace.registry, person).secret
    codes = second_factor.confirm(group.workspace.registry, person, code(secret, -1))
    assert codes is not None
    return secret, codes


def link(group: Group, login: str = LOGIN) -> str:
    """Return the path of a new one-time link."""
    with group.workspace.registry.write(bootstrap_principal()) as tx:
        return f"/sign-in/link/{links.issue(tx, group.people[login])}"


def alive(group: Group, token: str) -> bool:
    """Tell whether a session still answers."""
    return sessions.principal_for(group.workspace.registry, token) is not None


async def test_the_second_step_opens_the_session(browser: Browser, changeable: Group) -> None:
    """After the password there is no session yet; the code brings it, and the way back is kept."""
    secret, _ = secured(changeable)
    assert await browser.sign_in(path="/sign-in?next=%2Fledger") == 303
    step = browser.headers["location"]
    assert step == "/sign-in/code?next=%2Fledger"
    assert SESSION_COOKIE not in browser.cookies
    assert await browser.submit(step, "/sign-in/code", code="000000") == 403
    assert "コードが違います。" in browser.page
    assert await browser.submit(step, "/sign-in/code", code=code(secret)) == 303
    assert browser.headers["location"] == "/ledger"
    assert alive(changeable, browser.cookies[SESSION_COOKIE])
    assert "daicho_step" not in browser.cookies


async def test_without_a_first_step_there_is_no_second(browser: Browser) -> None:
    """The pages of the second step lead back to the beginning."""
    status, headers, _ = await browser.request("GET", "/sign-in/code")
    assert (status, headers["location"]) == (303, "/sign-in")
    assert (await browser.request("GET", "/sign-in/enrol"))[0] == 403


async def test_a_role_sets_up_its_second_factor_before_coming_in(changeable: Group) -> None:
    """QR code and key are shown, the first code opens, and the recovery codes are shown once."""
    policy = Policy(frozenset({Role.GROUP_OFFICER}))
    browser = Browser(application(changeable, settings=WebSettings(sign_in=policy)))
    assert await browser.sign_in() == 303
    assert browser.headers["location"].startswith("/sign-in/enrol")
    _, _, page = await browser.request("GET", "/sign-in/enrol")
    assert '<svg role="img"' in page
    secret = re.sub(r"\s", "", re.search(r'class="secret"><code>([A-Z2-7 ]+)<', page)[1])  # type: ignore[index]  # it is there
    assert await browser.submit("/sign-in/enrol", "/sign-in/enrol", code="000000") == 403
    assert await browser.submit("/sign-in/enrol", "/sign-in/enrol", code=code(secret)) == 200
    assert len(re.findall(r"<li><code>[a-z2-7-]{19}</code>", browser.page)) == 10
    assert alive(changeable, browser.cookies[SESSION_COOKIE])


async def test_a_session_is_new_after_signing_in(browser: Browser, changeable: Group) -> None:
    """A token that was in the browser before is not made anybody's, and an older session ends."""
    browser.cookies[SESSION_COOKIE] = "planted"
    await browser.sign_in()
    first = browser.cookies[SESSION_COOKIE]
    assert first != "planted"
    await browser.sign_in()
    assert browser.cookies[SESSION_COOKIE] != first
    assert not alive(changeable, first)


async def test_a_link_leads_to_a_password_and_works_once(browser: Browser, changeable: Group) -> None:
    """The token leaves the address, the form sets name and password, and the link is used up."""
    path = link(changeable)
    token = path.rsplit("/", 1)[1]
    status, headers, _ = await browser.request("GET", path)
    assert (status, headers["location"]) == (303, "/sign-in/link")
    assert await browser.submit("/sign-in/link", "/sign-in/link", password=NEW, again="other") == 422
    assert "2 回の入力が違います。" in browser.page
    assert (
        await browser.submit("/sign-in/link", "/sign-in/link", password="password1234", again="password1234")
        == 422
    )
    assert "広く使われている" in browser.page
    assert token not in browser.page
    assert (
        await browser.submit("/sign-in/link", "/sign-in/link", name="佐藤 めぐみ", password=NEW, again=NEW)
        == 303
    )
    assert browser.headers["location"] == "/sign-in?set"
    assert "パスワードを決めました。" in (await browser.request("GET", "/sign-in?set"))[2]
    await browser.request("GET", path)
    assert (await browser.request("GET", "/sign-in/link"))[0] == 410
    assert await browser.sign_in(NEW) == 303
    assert changeable.principal(LOGIN).name == "佐藤 めぐみ"


async def test_a_made_up_link_shows_nothing_of_anybody(browser: Browser) -> None:
    """It is told apart from none at all in nothing."""
    for token in ("x", "a" * 43, "a" * 500, "%00", "..%2F"):
        await browser.request("GET", f"/sign-in/link/{token}")
        status, _, page = await browser.request("GET", "/sign-in/link")
        assert status == 410
        assert "このリンクは使えません" in page


async def test_the_account_page_needs_a_session(browser: Browser) -> None:
    """Without one every address of it leads to the sign-in page."""
    for path in ("/account", "/account/second-factor", "/people"):
        status, headers, _ = await browser.request("GET", path)
        assert status == 303
        assert headers["location"].startswith("/sign-in?next=")


async def test_people_change_their_password(browser: Browser, changeable: Group) -> None:
    """The other browser is signed out, this one stays; a wrong current password changes nothing."""
    other = Browser(application(changeable))
    await other.sign_in()
    await browser.sign_in()
    form = {"password": NEW, "again": NEW}
    assert await browser.submit("/account", "/account/password", current="wrong", **form) == 422
    assert "今のパスワードが違います。" in browser.page
    assert await browser.submit("/account", "/account/password", current=PASSWORD, **form) == 200
    assert "パスワードを変えました。" in browser.page
    assert alive(changeable, browser.cookies[SESSION_COOKIE])
    assert not alive(changeable, other.cookies[SESSION_COOKIE])
    assert await other.sign_in(NEW) == 303


async def test_people_set_up_and_turn_off_a_second_factor(browser: Browser, changeable: Group) -> None:
    """With its first code it is on, with a code it goes, and new recovery codes are shown once."""
    await browser.sign_in()
    _, _, page = await browser.request("GET", "/account/second-factor")
    secret = re.sub(r"\s", "", re.search(r'class="secret"><code>([A-Z2-7 ]+)<', page)[1])  # type: ignore[index]  # it is there
    assert await browser.submit("/account/second-factor", "/account/second-factor", code="000000") == 422
    assert (
        await browser.submit("/account/second-factor", "/account/second-factor", code=code(secret, -1)) == 200
    )
    codes = re.findall(r"<li><code>([a-z2-7-]{19})</code>", browser.page)
    assert (await browser.request("GET", "/account/second-factor"))[0] == 303
    assert "回復コードは 10 個です。" in (await browser.request("GET", "/account"))[2]
    assert await browser.submit("/account", "/account/codes", code=code(secret)) == 200
    assert not set(codes) & set(re.findall(r"<code>([a-z2-7-]{19})</code>", browser.page))
    assert await browser.submit("/account", "/account/second-factor/off", code=codes[0]) == 422
    assert await browser.submit("/account", "/account/second-factor/off", code=code(secret, 1)) == 200
    assert not second_factor.state(changeable.workspace.registry, changeable.principal(LOGIN)).is_on


async def test_people_see_where_they_are_signed_in_and_end_it(browser: Browser, changeable: Group) -> None:
    """The other browser is listed with its kind and address, and out after one click."""
    other = Browser(application(changeable), address="192.0.2.44")
    other.more = {"user-agent": "Mozilla/5.0 (Windows NT 10.0) Gecko/20100101 Firefox/140.0"}
    await other.sign_in()
    await browser.sign_in()
    _, _, page = await browser.request("GET", "/account")
    assert "Firefox, Windows" in page
    assert "192.0.2.44" in page
    assert "この画面" in page
    assert await browser.submit("/account", "/account/sessions") == 200
    assert not alive(changeable, other.cookies[SESSION_COOKIE])
    assert alive(changeable, browser.cookies[SESSION_COOKIE])


async def test_an_administrator_makes_links_and_ends_sessions(browser: Browser, changeable: Group) -> None:
    """Everything is done in the administrator's name and stands in the journal."""
    victim = Browser(application(changeable))
    await victim.sign_in()
    secured(changeable)
    await browser.sign_in(login=ADMINISTRATOR)
    _, _, page = await browser.request("GET", "/people")
    assert LOGIN in page
    token = form_fields(page, "/people/link")["token"]
    user = {"token": token, "user": str(changeable.people[LOGIN])}
    status, _, page = await browser.request("POST", "/people/link", user)
    assert status == 200
    made = re.search(r"http://127\.0\.0\.1/sign-in/link/([\w-]{43})", page)
    assert made
    assert links.owner(changeable.workspace.registry, made[1]) is not None
    assert (await browser.request("POST", "/people/sessions", user))[0] == 200
    assert not alive(changeable, victim.cookies[SESSION_COOKIE])
    assert (await browser.request("POST", "/people/second-factor", user))[0] == 200
    with changeable.workspace.registry.read(bootstrap_principal()) as tx:
        told = [(line.action, line.actor) for line in journal.lines(tx, limit=3)]
    name = changeable.principal(ADMINISTRATOR).name
    assert told == [(what, name) for what in ("second_factor_removed", "sessions_ended", "link_issued")]


async def test_who_manages_nobody_changes_nobody(browser: Browser, changeable: Group) -> None:
    """The page is closed to them, and a form made by hand changes nothing."""
    await browser.sign_in()
    status, _, page = await browser.request("GET", "/people")
    assert status == 403
    assert ADMINISTRATOR not in page
    _, _, page = await browser.request("GET", "/account")
    token = form_fields(page, "/account/password")["token"]
    for path in ("/people/link", "/people/sessions", "/people/second-factor"):
        for user in (str(changeable.people[ADMINISTRATOR]), "999999", "-1", "x", "9" * 40, ""):
            status, _, page = await browser.request("POST", path, {"token": token, "user": user})
            assert status == 403
            assert "/sign-in/link/" not in page


POSTS = (
    "/sign-in",
    "/sign-in/code",
    "/sign-in/enrol",
    "/account/password",
    "/account/second-factor",
    "/account/second-factor/off",
    "/account/codes",
    "/account/sessions",
    "/account/calendar",
    "/account/calendar/end",
    "/people/link",
    "/people/sessions",
    "/people/second-factor",
)


def test_every_posted_form_is_among_those_tried(changeable: Group) -> None:
    """A new form cannot be added without being tried with a wrong token."""
    routes = application(changeable).routes  # type: ignore[attr-defined]  # a Starlette
    posts = {route.path for route in routes if "POST" in getattr(route, "methods", ())}
    # Sign-out ends a session only, and checks the origin; a link's form needs the link's own cookie.
    assert posts - {"/sign-out", "/sign-in/link"} == set(POSTS)


@pytest.mark.parametrize("path", POSTS)
async def test_a_form_of_another_session_or_origin_is_refused(changeable: Group, path: str) -> None:
    """No token, a made-up one, one from before signing in, and a foreign origin: nothing is done."""
    registry = changeable.workspace.registry
    browser = Browser(application(changeable))
    _, _, page = await browser.request("GET", "/sign-in")
    before = form_fields(page, "/sign-in")["token"]
    nonce = browser.cookies[FORM_COOKIE]
    await browser.sign_in(login=ADMINISTRATOR)
    browser.cookies[FORM_COOKIE] = nonce
    browser.cookies["daicho_step"] = "a" * 43
    length = journal.verify(registry).count
    fields = {"user": str(changeable.people[LOGIN]), "login": LOGIN, "password": PASSWORD, "code": "000000"}
    for token in ("", "0" * 64, before, "あ"):
        assert (await browser.request("POST", path, fields | {"token": token}))[0] == 403
    _, _, page = await browser.request("GET", "/account")
    good = form_fields(page, "/account/password")["token"]
    for origin in ("https://evil.example", "null", "http://127.0.0.1:3000"):
        status, _, _ = await browser.request("POST", path, fields | {"token": good}, origin=origin)
        assert status == 403
    assert journal.verify(registry).count == length


async def test_a_links_form_is_refused_without_its_token(browser: Browser, changeable: Group) -> None:
    """A page of another site cannot choose somebody's password, and the link stays good."""
    await browser.request("GET", link(changeable))
    form = {"name": "x", "password": NEW, "again": NEW, "token": "0" * 64}
    assert (await browser.request("POST", "/sign-in/link", form))[0] == 403
    assert (await browser.request("GET", "/sign-in/link"))[0] == 200


async def test_too_many_forms_from_one_address_wait(changeable: Group) -> None:
    """A flood does not reach the password hash, and the account stays open for other addresses."""
    browser = Browser(application(changeable), address="192.0.2.9")
    statuses = [(await browser.request("POST", "/sign-in", {"token": "x"}))[0] for _ in range(61)]
    assert statuses == [403] * 60 + [429]
    assert "しばらく受け付けません。" in browser.page


async def test_an_address_that_guesses_is_told_to_wait(changeable: Group) -> None:
    """After thirty failures the right password is not even looked at, and says so."""
    browser = Browser(application(changeable), address="192.0.2.10")
    for number in range(30):
        await browser.sign_in("x", login=f"nobody-{number}")
    assert await browser.sign_in() == 429
    assert await Browser(application(changeable), address="192.0.2.11").sign_in() == 303


PUBLIC = WebSettings(public_url="https://daicho.towa.example", trusted_proxies=("10.1.2.3",))


async def test_behind_a_proxy_cookies_belong_to_the_host_and_to_tls(changeable: Group) -> None:
    """Every cookie of ours is Secure and carries the prefix, and an unprefixed session is nobody's."""
    browser = Browser(
        application(changeable, settings=PUBLIC), address="10.1.2.3", host="daicho.towa.example"
    )
    browser.more = {"x-forwarded-proto": "https", "x-forwarded-for": "203.0.113.5"}
    assert await browser.sign_in() == 303
    line = next(each for each in browser.set_cookies.splitlines() if SESSION_COOKIE in each)
    assert line.startswith(f"__Host-{SESSION_COOKIE}=")
    for mark in ("; secure", "; httponly", "; path=/;", "samesite=lax"):
        assert mark in line.lower()
    assert browser.headers["strict-transport-security"].startswith("max-age=")
    token = browser.cookies[f"__Host-{SESSION_COOKIE}"]
    mine = next(each for each in sessions.own(changeable.workspace.registry, token) if each.is_current)
    assert mine.address == "203.0.113.5"
    browser.cookies = {SESSION_COOKIE: token}
    assert (await browser.request("GET", "/account"))[0] == 303
    assert session_token({SESSION_COOKIE: token}, secure=True) == ""


async def test_only_named_proxies_are_believed(changeable: Group) -> None:
    """Anybody else who claims to come from elsewhere is counted as who they are."""
    browser = Browser(
        application(changeable, settings=PUBLIC), address="10.9.9.9", host="daicho.towa.example"
    )
    browser.more = {"x-forwarded-for": "203.0.113.5"}
    await browser.sign_in()
    token = browser.cookies[f"__Host-{SESSION_COOKIE}"]
    mine = next(each for each in sessions.own(changeable.workspace.registry, token) if each.is_current)
    assert mine.address == "10.9.9.9"


async def test_behind_a_proxy_forms_come_from_the_public_address(changeable: Group) -> None:
    """The origin that browsers name is the public one; unknown host names get no answer."""
    browser = Browser(
        application(changeable, settings=PUBLIC), address="10.1.2.3", host="daicho.towa.example"
    )
    _, _, page = await browser.request("GET", "/sign-in")
    form = form_fields(page, "/sign-in") | {"login": LOGIN, "password": PASSWORD}
    assert (await browser.request("POST", "/sign-in", form, origin="http://daicho.towa.example"))[0] == 403
    assert (await browser.request("POST", "/sign-in", form, origin="https://daicho.towa.example"))[0] == 303
    stranger = Browser(application(changeable, settings=PUBLIC), host="evil.example")
    assert (await stranger.request("GET", "/sign-in"))[0] == 400


async def test_what_breaks_shows_a_number_and_no_internals(
    changeable: Group, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Neither page nor log hold the message of the error; the log has its place."""

    def broken(*_args: object) -> None:
        raise RuntimeError("row of 山田 太郎")

    monkeypatch.setattr(sessions, "principal_for", broken)
    browser = Browser(application(changeable))
    browser.cookies[SESSION_COOKIE] = "x"
    status, headers, page = await browser.request("GET", "/account?lang=en")
    assert status == 500
    assert "content-security-policy" in headers
    number = re.search(r"E-[0-9A-F]{4}", page)
    assert number
    for text in (page, caplog.text):
        assert "山田" not in text
        assert "Traceback" not in text
    assert number[0] in caplog.text


async def test_every_page_speaks_both_languages(browser: Browser, changeable: Group) -> None:
    """English pages of the gate hold no Japanese but names and the product's own."""
    secured(changeable, ADMINISTRATOR)
    await browser.sign_in()
    with changeable.workspace.registry.read(bootstrap_principal()) as tx:
        names = [each.name for each in people.people(tx)]
    for path in ("/account", "/account/second-factor", "/people"):
        _, _, page = await browser.request("GET", f"{path}?lang=en")
        words = re.sub(r"<[^>]*>", " ", page).replace("台帳 Daicho", "").replace("日本語", "")
        for name in names:
            words = words.replace(name, "")
        assert not re.findall(r"[ぁ-んァ-ヶ一-龠]+", words), path
