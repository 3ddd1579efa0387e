"""Whatever is sent to the gate, behind the middleware of the server: nothing breaks, nothing inside shows."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import anyio
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from daicho.pages.cookies import SESSION_COOKIE
from daicho.settings import Settings
from daicho.sign_in.gate import FORM_COOKIE
from daicho.web_settings import OidcSettings, WebSettings
from daicho.workspace import Workspace
from registry import journal
from tests.pages.gate import Browser, application, form_fields
from tests.pages.group import PASSWORD, Group
from tests.pages.test_gate import ADMINISTRATOR, POSTS

PATHS = (
    *POSTS,
    "/sign-in/link",
    "/sign-out",
    "/account",
    "/people",
    "/sign-in/link/x",
    "/sign-in/oidc/callback",
)
NAMES = ("token", "login", "password", "again", "current", "name", "code", "next", "user", "session", "lang")
COOKIES = (SESSION_COOKIE, FORM_COOKIE, "daicho_step", "daicho_link", "daicho_language", "daicho_oidc")
INTERNALS = re.compile(
    r"Traceback|File \"|sqlalchemy|sqlite|psycopg|registry\.|daicho\.|\.py\b|argon2", re.IGNORECASE
)

printable = st.text(
    st.characters(min_codepoint=33, max_codepoint=126, exclude_characters=';,"\\'), max_size=60
)
values = st.one_of(
    st.text(max_size=80), st.sampled_from(("\x00", "あ" * 300, "%ff", "'; --", "-1", "9" * 30))
)
forms = st.dictionaries(st.sampled_from(NAMES), values, max_size=6)
# Another address each time, so that what is fuzzed is not only the answer to who is blocked.
addresses = st.ip_addresses(v=4).map(str)
# A provider that nobody reaches: what comes back from the browser is judged before it is asked.
SERVED = WebSettings(oidc=OidcSettings("http://127.0.0.1:9", "daicho", "any"))


@pytest.fixture(scope="module")
def fuzzed(group: Group, tmp_path_factory: pytest.TempPathFactory) -> Group:
    """Return a copy of the group that this module alone changes."""
    path: Path = tmp_path_factory.mktemp("fuzz") / "workspace"
    shutil.copytree(group.workspace.path, path)
    return Group(Workspace.open(Settings(workspace=path)), group.units, dict(group.people))


@pytest.fixture(scope="module")
def insider(fuzzed: Group) -> Browser:
    """Return the browser of a signed-in administrator."""
    browser = Browser(application(fuzzed), address="192.0.2.200")

    async def enter() -> None:
        assert await browser.sign_in(login=ADMINISTRATOR, password=PASSWORD) == 303
        await browser.request("GET", "/account")

    anyio.run(enter)
    return browser


def judge(status: int, headers: dict[str, str], page: str) -> None:
    """Fail on an answer that broke, shows the inside, or lacks its protection."""
    assert status < 500, page
    assert not INTERNALS.search(page), page
    assert "content-security-policy" in headers
    assert headers.get("location", "/").startswith("/")  # also after a made-up `next`
    assert not headers.get("location", "/").startswith("//")


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.sampled_from(("GET", "POST", "HEAD", "PUT")),
    st.sampled_from(PATHS),
    st.one_of(forms, st.binary(max_size=400)),
    st.dictionaries(st.sampled_from(COOKIES), printable, max_size=4),
    st.dictionaries(st.sampled_from(("next", "lang", "set", "state", "code")), printable, max_size=3),
    addresses,
)
def test_strangers_break_nothing(
    fuzzed: Group,
    method: str,
    path: str,
    form: dict[str, str] | bytes,
    cookies: dict[str, str],
    query: dict[str, str],
    address: str,
) -> None:
    """Any method, form, cookie and query of somebody who is not signed in."""
    browser = Browser(application(fuzzed, settings=SERVED), address=address)
    browser.cookies = dict(cookies)
    asked = "&".join(f"{name}={value}" for name, value in query.items())
    judge(*anyio.run(lambda: browser.request(method, f"{path}?{asked}", form)))


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from((*POSTS, "/sign-in/link")), forms, addresses)
def test_insiders_break_nothing(
    fuzzed: Group, insider: Browser, path: str, form: dict[str, str], address: str
) -> None:
    """Any form of a signed-in administrator with the right token: what stands behind it is reached."""
    browser = Browser(application(fuzzed, settings=SERVED), address=address)
    browser.cookies = dict(insider.cookies)
    form = form | {"token": form_fields(insider.page, "/account/password")["token"]}
    judge(*anyio.run(lambda: browser.request("POST", path, form)))


def test_the_journal_holds_after_all_that(fuzzed: Group) -> None:
    """Whatever was done, every record of it is in its place."""
    assert journal.verify(fuzzed.workspace.registry).ok
