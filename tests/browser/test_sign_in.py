"""Signing in in a real browser: identity provider, first link, second step, own account; no script needed."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from daicho.settings import Settings
from daicho.workspace import FirstAdministrator, FirstUnit, Workspace
from registry import accounts, links, people, second_factor, sessions, totp
from registry.access import bootstrap_principal
from registry.model import Role
from tests.browser.served import free_port, served

PASSWORD = "quite a long passphrase"
MAIL = "tanaka@towa.example"
STRANGER = "stranger@towa.example"
UNVERIFIED = "suzuki@towa.example"
SHOTS = os.environ.get("DAICHO_SCREENSHOTS", "")  # a folder: every page of the gate is kept there


@pytest.fixture(scope="module")
def provider() -> Iterator[str]:
    """Run an identity provider with three people and return its issuer."""
    claims = [
        {"sub": "s-1", "email": MAIL, "email_verified": True, "name": "田中 一郎", "groups": ["officers"]},
        {"sub": "s-2", "email": STRANGER, "email_verified": True, "name": "見知らぬ人"},
        {"sub": "s-3", "email": UNVERIFIED, "email_verified": False, "name": "鈴木 花子"},
    ]
    port = free_port()
    users = [part for each in claims for part in ("--user-claims", json.dumps(each))]
    command = [sys.executable, "-W", "ignore", "-m", "oidc_provider_mock", "--port", str(port), *users]
    running = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    issuer = f"http://127.0.0.1:{port}"
    try:
        _wait(f"{issuer}/.well-known/openid-configuration")
        yield issuer
    finally:
        running.terminate()
        running.wait(timeout=20)


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory, provider: str) -> Iterator[Workspace]:
    """Return a workspace that knows the provider, one administrator and two invited people."""
    path = tmp_path_factory.mktemp("sign-in") / "workspace"
    Workspace.create(
        Settings(workspace=path),
        FirstUnit("TOWA", "東和商事", "Towa Trading"),
        FirstAdministrator("admin@towa.example", "高橋 健一", PASSWORD),
    ).close()
    (path / "daicho.toml").write_text(
        f'[sign_in]\nsecond_factor = ["administrator"]\n[oidc]\nissuer = "{provider}"\nclient_id = "daicho"\n'
        'name = "東和アカウント"\n[oidc.groups]\nofficers = "officer@TOWA"\n',
        encoding="utf-8",
    )
    opened = Workspace.open(Settings(workspace=path))
    with opened.registry.write(bootstrap_principal()) as tx:
        for login in (MAIL, UNVERIFIED, "sato@towa.example"):
            accounts.create_account(tx, login, login, None, "ja")
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def address(workspace: Workspace) -> Iterator[str]:
    """Serve the workspace and return its address."""
    with served(workspace.path, env={"DAICHO_OIDC_CLIENT_SECRET": "any"}) as url:
        yield url


@contextmanager
def person(browser: Browser, locale: str = "ja-JP", *, scripts: bool = True) -> Iterator[Page]:
    """Give a fresh browser window of somebody."""
    context = browser.new_context(
        locale=locale, viewport={"width": 1100, "height": 860}, java_script_enabled=scripts
    )
    context.set_default_timeout(60_000)
    yield context.new_page()
    context.close()


def shot(page: Page, name: str) -> None:
    """Keep a picture when somebody wants to look."""
    if SHOTS:
        page.screenshot(path=Path(SHOTS) / f"{name}.png", full_page=True)


def code(secret: str, steps: int = 0) -> str:
    """Return the code of this moment."""
    return totp.code(secret, totp.step_at(datetime.now(UTC)) + steps)


def session_of(page: Page) -> str:
    """Return the session cookie of a window, "" when there is none."""
    found = [each for each in page.context.cookies() if each.get("name") == "daicho_session"]
    return str(found[0].get("value")) if found else ""


def through_provider(page: Page, address: str, subject: str) -> None:
    """Go from the sign-in page to the provider and come back as somebody."""
    page.goto(f"{address}/sign-in?next=%2Faccount")
    page.get_by_role("link", name="東和アカウント").click()
    page.wait_for_url("**/oauth2/authorize**")
    page.get_by_role("button", name=subject, exact=True).first.click()
    page.wait_for_url(f"{address}/**")


def test_who_was_invited_comes_in_through_the_provider(
    browser: Browser, address: str, workspace: Workspace, provider: str
) -> None:
    """The whole way in a browser: back at the page wanted, with the roles of the groups, and out again."""
    with person(browser) as page:
        through_provider(page, address, "s-1")
        expect(page.locator("h1")).to_have_text("アカウント")
        principal = sessions.principal_for(workspace.registry, session_of(page))
        assert principal is not None
        assert [each.role for each in principal.grants] == [Role.OFFICER]
        cookie = next(each for each in page.context.cookies() if each.get("name") == "daicho_session")
        assert (cookie.get("httpOnly"), cookie.get("sameSite")) == (True, "Lax")
        shot(page, "account-oidc-ja")
        page.goto(address)
        page.get_by_role("button", name="サインアウト").click()
        page.wait_for_selector("#login")
        assert sessions.principal_for(workspace.registry, session_of(page)) is None
    with workspace.registry.read(bootstrap_principal()) as tx:
        assert people.person(tx, MAIL).issuers == ("local", provider)


@pytest.mark.parametrize("subject", ["s-2", "s-3"])
def test_strangers_and_unverified_addresses_stay_outside(
    browser: Browser, address: str, subject: str
) -> None:
    """The provider vouches for somebody, and that is not enough."""
    with person(browser) as page:
        through_provider(page, address, subject)
        expect(page.locator("h1")).to_have_text("サインインできませんでした")
        shot(page, "oidc-unknown-ja")
        assert session_of(page) == ""


def test_an_answer_that_this_browser_did_not_ask_for_is_refused(browser: Browser, address: str) -> None:
    """A code that somebody else obtained cannot be planted; a state that was changed counts for nothing."""
    with person(browser) as page:
        page.goto(f"{address}/sign-in")
        page.get_by_role("link", name="東和アカウント").click()
        page.wait_for_url("**/oauth2/authorize**")
        # What the provider would send the browser back with, held on the way.
        held = page.context.request.post(page.url, form={"sub": "s-1"}, max_redirects=0)
        answer = held.headers["location"]
        assert answer.startswith(f"{address}/sign-in/oidc/callback?")
        page.goto(re.sub(r"state=[^&]+", "state=another", answer))
        expect(page.locator("h1")).to_have_text("サインインできませんでした")
        assert session_of(page) == ""
    with person(browser) as other:
        other.goto(answer)
        expect(other.locator("h1")).to_have_text("サインインできませんでした")
        assert session_of(other) == ""


@pytest.mark.parametrize("locale", ["ja-JP", "en-GB"])
def test_an_administrator_comes_in_by_keyboard_without_scripts(
    browser: Browser, address: str, workspace: Workspace, locale: str
) -> None:
    """From the first link to the pages of accounts nothing needs a script or a mouse."""
    language = locale[:2]
    with workspace.registry.write(bootstrap_principal()) as tx:
        admin = people.person(tx, "admin@towa.example")
        token = links.issue(tx, admin.user_id)
    with person(browser, locale, scripts=False) as page:
        page.goto(f"{address}/sign-in/link/{token}")
        assert token not in page.url
        shot(page, f"link-{language}")
        page.locator("#name").focus()
        for text in ("高橋 健一", PASSWORD, PASSWORD):
            page.keyboard.press("Control+A")
            page.keyboard.insert_text(text)
            page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        page.wait_for_url("**/sign-in?set")
        shot(page, f"sign-in-{language}")
        page.locator("#login").focus()
        page.keyboard.insert_text("admin@towa.example")
        page.keyboard.press("Tab")
        page.keyboard.insert_text("not the password")
        page.keyboard.press("Enter")
        expect(page.get_by_role("alert")).to_be_visible()
        shot(page, f"sign-in-wrong-{language}")
        page.fill("#login", "admin@towa.example")
        page.fill("#password", PASSWORD)
        page.keyboard.press("Enter")
        page.wait_for_url("**/sign-in/enrol**")
        page.locator("summary").press("Enter")
        shot(page, f"enrol-{language}")
        secret = re.sub(r"\s", "", page.locator(".secret").inner_text())
        page.fill("#code", code(secret, -1))
        page.keyboard.press("Enter")
        expect(page.locator(".codes li")).to_have_count(10)
        shot(page, f"recovery-{language}")
        page.goto(f"{address}/account")
        shot(page, f"account-{language}")
        page.goto(f"{address}/people")
        shot(page, f"people-{language}")
        page.context.clear_cookies()
        page.goto(f"{address}/sign-in?next=%2Faccount")
        page.fill("#login", "admin@towa.example")
        page.fill("#password", PASSWORD)
        page.keyboard.press("Enter")
        page.wait_for_url("**/sign-in/code**")
        shot(page, f"code-{language}")
        expect(page.locator("#code")).to_be_focused()  # the page focuses it when it is drawn, after its load
        page.keyboard.insert_text(code(secret))
        page.keyboard.press("Enter")
        page.wait_for_url("**/account")
        principal = sessions.principal_for(workspace.registry, session_of(page))
        assert principal is not None
    with workspace.registry.write(bootstrap_principal()) as tx:
        second_factor.remove(tx, admin.user_id)


def _wait(url: str) -> None:
    for _ in range(120):
        try:
            with urllib.request.urlopen(url, timeout=2):
                return
        except OSError:
            time.sleep(0.5)
    pytest.fail("the identity provider did not start within a minute")
