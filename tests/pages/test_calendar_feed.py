"""The calendar that programs subscribe to: its secret address, and what it gives to whom."""

from __future__ import annotations

from datetime import timedelta

import pytest
from icalendar import Calendar
from sqlalchemy import select
from starlette.applications import Starlette

from daicho.server import LOCAL_HOSTS, gate_routes, middleware
from daicho.sign_in.gate import Gate
from daicho.sign_in.rates import Rates
from privacy_mark.certificates import register
from registry import accounts, feeds, journal, sessions
from registry.access import bootstrap_principal
from registry.store.account_tables import CalendarFeed
from tests.access.certificates import SCALE, term
from tests.pages.gate import LOGIN, Browser, application
from tests.pages.group import Group
from tests.pages.test_certificates import held, today
from tests.pages.test_pages import HOSPITAL

pytestmark = pytest.mark.anyio
ADMINISTRATOR = "admin@towa.example"


@pytest.fixture
def anyio_backend() -> str:
    """Run on the standard event loop."""
    return "asyncio"


@pytest.fixture
def browser(changeable: Group) -> Browser:
    """Return the hospital's privacy officer, signed in; the hospital and a company hold the mark."""
    held(changeable)
    until = today(changeable) + timedelta(days=300)
    with changeable.workspace.registry.write(changeable.principal(LOGIN), reason="test") as tx:
        register.register(tx, changeable.units["LIFE"], "jipdec", scale=SCALE, term=term(10_000_001, until))
    return Browser(application(changeable))


async def subscribed(browser: Browser, login: str = HOSPITAL) -> str:
    """Sign in, press the button, and return the path of the new address."""
    await browser.sign_in(login=login)
    assert await browser.submit("/account", "/account/calendar") == 200
    address = browser.page.split('class="secret"><code>')[1].split("<")[0]
    assert address.startswith("http://127.0.0.1/calendar/"), address
    return address.removeprefix("http://127.0.0.1")


async def fetched(browser: Browser, path: str) -> Calendar:
    """Return what a program that has never signed in gets from an address."""
    status, headers, body = await Browser(browser._app).request("GET", path)
    assert (status, headers["content-type"]) == (200, "text/calendar; charset=utf-8")
    return Calendar.from_ical(body)


async def test_a_program_fetches_the_days_ahead(browser: Browser, changeable: Group) -> None:
    """It needs no cookie; the file is whole (RFC 5545), says when to ask again (RFC 7986), names nobody."""
    path = await subscribed(browser)
    calendar = await fetched(browser, path)
    assert (str(calendar["method"]), str(calendar["version"])) == ("PUBLISH", "2.0")
    events = calendar.walk("VEVENT")
    assert {str(each["uid"]).split("-")[-2] for each in events} == {"closes", "expires"}
    assert all("桜台総合病院" in str(each["summary"]) for each in events)
    assert len({str(each["uid"]) for each in events}) == len(events)
    text = calendar.to_ical().decode()
    assert "REFRESH-INTERVAL;VALUE=DURATION:PT6H" in text
    last = f"{today(changeable) + timedelta(days=200):%Y%m%d}"
    assert f"DTSTART;VALUE=DATE:{last}\r\n" in text
    with changeable.workspace.registry.read(bootstrap_principal()) as tx:
        names = [who.name for who in accounts.principals(tx).values()]
    assert not [name for name in names if name in text]


async def test_what_is_unchanged_is_not_sent_again(browser: Browser) -> None:
    """A program that knows the tag gets 304; nobody between may keep the calendar."""
    path = await subscribed(browser)
    program = Browser(browser._app)
    await program.request("GET", path)
    assert program.headers["cache-control"] == "private, no-cache"
    tag = program.headers["etag"]
    program.more = {"if-none-match": f'"else", W/{tag}'}
    assert await program.request("GET", path) == (304, program.headers, "")
    program.more = {"if-none-match": '"else"'}
    assert (await program.request("GET", path))[0] == 200


async def test_another_address_voids_the_first_and_ending_voids_it(browser: Browser) -> None:
    """Only the newest opens; what is void, unknown or misspelt looks the same."""
    first = await subscribed(browser)
    second = await subscribed(browser)
    assert "最後の取得" in (await browser.request("GET", "/account"))[2]
    assert len((await fetched(browser, second)).walk("VEVENT")) > 0
    assert await browser.submit("/account", "/account/calendar/end") == 303
    program = Browser(browser._app)
    absent = [await program.request("GET", f"/calendar/{'A' * 43}.ics")]
    for path in (first, second, second.removesuffix(".ics"), "/calendar/x.ics", "/calendar/"):
        absent += [await program.request("GET", path)]
    assert {(status, body) for status, _, body in absent} == {(404, "not found")}


async def test_rights_are_those_of_the_moment(browser: Browser, changeable: Group) -> None:
    """Who loses the role keeps the address and finds it empty; signed out everywhere, it is gone."""
    path = await subscribed(browser)
    registry = changeable.workspace.registry
    user_id = changeable.people[HOSPITAL]
    with registry.write(changeable.principal(ADMINISTRATOR), reason="test") as tx:
        for grant in accounts.roles_held(tx, user_id):
            accounts.revoke(tx, grant.id)
    assert (await fetched(browser, path)).walk("VEVENT") == []
    with registry.write(bootstrap_principal(), reason="test") as tx:
        sessions.end_all(tx, user_id)
    assert (await Browser(browser._app).request("GET", path))[0] == 404


async def test_only_a_digest_is_kept_and_the_journal_tells(browser: Browser, changeable: Group) -> None:
    """The token stands nowhere in the database; making and ending are records without it."""
    path = await subscribed(browser)
    token = path.removeprefix("/calendar/").removesuffix(".ics")
    feeds.end(changeable.workspace.registry, changeable.principal(HOSPITAL))
    again = await subscribed(browser)
    with changeable.workspace.registry.read(changeable.principal(ADMINISTRATOR)) as tx:
        (kept,) = tx.session.scalars(select(CalendarFeed.token_hash))
        assert kept not in again
        told = journal.lines(tx, limit=20)
    assert [line.action for line in told if line.action.startswith("feed")] == [
        "feed_made",
        "feed_ended",
        "feed_made",
    ]
    assert token not in repr(told)


async def test_who_sees_no_certificates_is_offered_none(changeable: Group) -> None:
    """The account page has no such part, and a posted form makes no address."""
    browser = Browser(application(changeable))
    registry = changeable.workspace.registry
    with registry.write(changeable.principal(ADMINISTRATOR), reason="test") as tx:
        for grant in accounts.roles_held(tx, changeable.people[HOSPITAL]):
            accounts.revoke(tx, grant.id)
    await browser.sign_in(login=HOSPITAL)
    assert "/account/calendar" not in (await browser.request("GET", "/account"))[2]
    assert (await browser.request("POST", "/account/calendar", {"token": "x"}))[0] == 403
    assert feeds.own(registry, changeable.principal(HOSPITAL)) is None


async def test_an_address_that_asks_too_often_waits(changeable: Group) -> None:
    """A flood of guesses is answered without asking the registry, and leaves the sign-in form alone."""
    gate = Gate(changeable.workspace.registry, feeds=Rates(per_minute=3, clock=lambda: 0.0))
    program = Browser(Starlette(routes=gate_routes(gate), middleware=middleware(gate, LOCAL_HOSTS)))
    answers = [(await program.request("GET", f"/calendar/{'B' * 43}.ics"))[0] for _ in range(5)]
    assert answers == [404, 404, 404, 429, 429]
    assert program.headers["retry-after"] == "60"
    assert await program.sign_in() == 303
