"""The reverse proxies of docs/deployment.md: what stands there works, and hides nobody behind the proxy."""

from __future__ import annotations

import http.client
import socket
import ssl
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from pathlib import Path
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Browser

from daicho.settings import Settings
from daicho.sign_in.rates import PER_MINUTE
from daicho.workspace import FirstAdministrator, FirstUnit, Workspace
from registry import sessions
from tests.browser.proxy import Ports, caddy_in_front_of, nginx_in_front_of
from tests.browser.served import free_port, served
from tests.pages.gate import form_fields

LOGIN, PASSWORD = "admin@towa.example", "quite a long passphrase"
PROXIES = {"nginx": nginx_in_front_of, "caddy": caddy_in_front_of}


@dataclass(frozen=True, slots=True)
class Site:
    """A workspace served behind a proxy."""

    workspace: Path
    ports: Ports

    @property
    def url(self) -> str:
        """Return the address that people use."""
        return f"https://localhost:{self.ports.tls}"

    def session(self, token: str) -> list[sessions.OpenSession]:
        """Return the sessions of whoever holds this token, none when it opens nothing."""
        opened = Workspace.open(Settings(workspace=self.workspace))
        try:
            return sessions.own(opened.registry, token)
        finally:
            opened.close()


@pytest.fixture(scope="module", params=PROXIES)
def site(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Serve a workspace behind each documented proxy."""
    folder = tmp_path_factory.mktemp(request.param)
    found = Site(folder / "workspace", Ports(free_port(), free_port(), free_port()))
    with PROXIES[request.param](found.ports, folder):
        Workspace.create(
            Settings(workspace=found.workspace),
            FirstUnit("TOWA", "東和商事", "Towa Trading"),
            FirstAdministrator(LOGIN, "高橋 健一", PASSWORD),
        ).close()
        (found.workspace / "daicho.toml").write_text(
            f'[web]\npublic_url = "{found.url}"\ntrusted_proxies = ["127.0.0.1"]\n', encoding="utf-8"
        )
        with served(found.workspace, port=found.ports.daicho):
            yield found


@dataclass(slots=True)
class Visitor:
    """Somebody who speaks TLS from an address of his own and claims to come from elsewhere."""

    site: Site
    address: str
    cookies: dict[str, str] = field(default_factory=dict)

    def connection(self) -> http.client.HTTPSConnection:
        """Return a connection that trusts the certificate of the test."""
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        return http.client.HTTPSConnection(
            "localhost", self.site.ports.tls, timeout=30, context=context, source_address=(self.address, 0)
        )

    def ask(
        self, method: str, path: str, form: Mapping[str, str] | None = None
    ) -> tuple[int, http.client.HTTPMessage, str]:
        """Return status, headers and body."""
        headers = {
            "Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items()),
            "X-Forwarded-For": "192.0.2.66",
            "X-Forwarded-Proto": "http",
            "Content-Type": "application/x-www-form-urlencoded",
        }
        body = None if form is None else urlencode(form).encode()
        with closing(self.connection()) as connection:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            text = answer.read().decode("utf-8", "replace")
        for given in answer.headers.get_all("set-cookie", []):
            self.cookies |= {name: morsel.value for name, morsel in SimpleCookie(given).items()}
        return answer.status, answer.headers, text

    def sign_in(self) -> int:
        """Fill in the form, send it and return the status."""
        fields = form_fields(self.ask("GET", "/sign-in")[2], "/sign-in")
        return self.ask("POST", "/sign-in", fields | {"login": LOGIN, "password": PASSWORD})[0]


def own_address(number: int) -> str:
    """Return an address of this machine that one test uses alone, or skip."""
    address = f"127.0.0.{number}"
    with socket.socket() as tried:
        try:
            tried.bind((address, 0))
        except OSError:
            pytest.skip("this system has one loopback address only")
    return address


def test_the_dashboard_runs_with_cookies_of_this_host_alone(browser: Browser, site: Site) -> None:
    """Signing in, the web socket of the pages and signing out work through TLS."""
    context = browser.new_context(locale="ja-JP", ignore_https_errors=True)
    context.set_default_timeout(60_000)
    page = context.new_page()
    page.goto(f"{site.url}/sign-in")
    page.fill("#login", LOGIN)
    page.fill("#password", PASSWORD)
    page.click("button[type=submit]")
    button = page.get_by_role("button", name="サインアウト")
    button.wait_for()
    cookies = {str(each.get("name")): each for each in context.cookies()}
    ours = {name for name in cookies if "daicho" in name and name != "daicho_language"}
    assert ours == {"__Host-daicho_session"}
    assert [name for name, each in cookies.items() if not each.get("secure")] == []
    page.get_by_role("link", name="アカウント").click()
    page.wait_for_url(f"{site.url}/account")
    page.goto(site.url)
    button.click()
    page.wait_for_selector("#login")
    assert site.session(str(cookies["__Host-daicho_session"].get("value"))) == []
    context.close()


def test_a_session_knows_the_address_of_its_visitor(site: Site) -> None:
    """It is the one that the proxy saw: neither the proxy's own nor the one that the visitor claims."""
    visitor = Visitor(site, own_address(3))
    assert visitor.sign_in() == 303
    token = visitor.cookies["__Host-daicho_session"]
    assert visitor.address in {each.address for each in site.session(token)}


def test_too_many_forms_shut_out_one_visitor_and_nobody_else(site: Site) -> None:
    """Rates are counted for each visitor, although all of them come through one proxy."""
    flooding, other = Visitor(site, own_address(4)), Visitor(site, "127.0.0.1")
    # On a busy machine the flood may run over the end of a minute: then the next one is counted anew.
    answers = (flooding.ask("POST", "/sign-in", {"login": "x"})[0] for _ in range(4 * PER_MINUTE))
    assert 429 in answers
    assert other.ask("POST", "/sign-in", {"login": "x"})[0] == 403


def test_answers_hold_browsers_to_tls_and_tell_nothing_of_the_machine(site: Site) -> None:
    """HSTS and the policy arrive once each; a plain address leads to the encrypted one."""
    status, headers, _ = Visitor(site, "127.0.0.1").ask("GET", "/sign-in")
    assert status == 200
    assert headers.get_all("strict-transport-security") == ["max-age=31536000"]
    assert headers.get_all("content-security-policy") is not None
    assert "." not in headers.get("server", "")  # a name at most, no version
    with closing(http.client.HTTPConnection("127.0.0.1", site.ports.plain, timeout=30)) as connection:
        connection.request("GET", "/ledger?entry=1", headers={"Host": "localhost"})
        answer = connection.getresponse()
        answer.read()
    assert answer.status in {301, 308}
    assert answer.headers["location"] == f"{site.url}/ledger?entry=1"


@pytest.mark.parametrize("site", ["nginx"], indirect=True)
def test_a_body_beyond_the_limit_is_refused_unread(site: Site) -> None:
    """What announces itself too long does not reach Daicho."""
    with closing(Visitor(site, "127.0.0.1").connection()) as connection:
        connection.putrequest("PUT", "/_stcore/upload_file/a/b")
        connection.putheader("Content-Length", str(26 << 20))
        connection.endheaders()
        assert connection.getresponse().status == 413
