"""One journey through the dashboard in a real browser: sign in, overview, company, object, ledger."""

from __future__ import annotations

import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.served import served
from tests.pages.group import PASSWORD, Group, build

LOGIN = "sato@towa.example"
WORST = "結果一覧.xlsx"


@dataclass(frozen=True, slots=True)
class Words:
    """What one language calls the places of the journey."""

    locale: str
    hospital: str
    step: str
    ledger: str
    form: str
    differences: str


JOURNEYS = {
    "ja": Words(
        "ja-JP", "桜台総合病院", "いま最も効く一手：", "個人情報管理台帳", "変更を保存", "この記載との差異"
    ),
    "en": Words(
        "en-US",
        "Sakuradai General Hospital",
        "What helps most now:",
        "Ledger",
        "Save changes",
        "Differences of this entry",
    ),
}


@dataclass(frozen=True)
class Watched:
    """A page and everything it asked for and complained about."""

    page: Page
    requests: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def listen(self) -> None:
        """Write down requests, console errors and uncaught exceptions."""
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.on("websocket", lambda each: self.requests.append(each.url))
        self.page.on(
            "console", lambda each: self.complaints.append(each.text) if each.type == "error" else None
        )
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))


@pytest.fixture(scope="module")
def group(tmp_path_factory: pytest.TempPathFactory) -> Group:
    """Return a workspace that this module's server shows."""
    return build(tmp_path_factory.mktemp("served") / "group")


@pytest.fixture(scope="module")
def address(group: Group) -> Iterator[str]:
    """Serve the workspace from a process of its own and return its address."""
    with served(group.workspace.path) as url:
        yield url


def opened(browser: Browser, locale: str) -> Watched:
    """Return a fresh page of a person with this language."""
    context = browser.new_context(locale=locale, viewport={"width": 1440, "height": 1100})
    context.set_default_timeout(60_000)
    watched = Watched(context.new_page())
    watched.listen()
    return watched


def sign_in(page: Page) -> None:
    """Fill in the sign-in form and send it."""
    page.fill("#login", LOGIN)
    page.fill("#password", PASSWORD)
    page.click("button[type=submit]")


@pytest.mark.parametrize("language", JOURNEYS)
def test_a_manager_gets_from_the_risk_to_the_ledger(browser: Browser, address: str, language: str) -> None:
    """Sign in, see the worst hospital, open it by its tile, look at its worst object, open the ledger.

    On the way nothing is asked of another host, and the browser has nothing to complain about.
    """
    words = JOURNEYS[language]
    watched = opened(browser, words.locale)
    page = watched.page
    page.goto(address)
    page.wait_for_url("**/sign-in?next=**")
    sign_in(page)

    page.wait_for_selector(".dc-verdict")
    page.wait_for_function(f"document.documentElement.lang === '{language}'")
    page.locator(".dc-sort").nth(2).click()
    assert page.locator(".dc-table tbody th").first.inner_text() in {"東和電機", "Towa Electric"}
    page.locator(".dc-tile", has_text=words.hospital).click()

    page.wait_for_selector(".dc-terms")
    assert page.locator("h1").inner_text() == words.hospital
    assert words.step in page.locator(".dc-step").last.inner_text()
    page.locator("button.dc-link", has_text=WORST).last.click()

    drawer = page.locator("[role=dialog]")
    drawer.wait_for()
    assert WORST in drawer.inner_text()
    drawer.locator("code", has_text="山●●●").first.wait_for()
    page.keyboard.press("Escape")
    drawer.wait_for(state="detached")

    page.locator("[data-testid=stSidebarNavLink]", has_text=words.ledger).click()
    page.locator("button.dc-link", has_text="入院患者一覧").click()
    page.get_by_role("button", name=words.form).wait_for()
    page.get_by_text(words.differences).wait_for()

    assert "entry=1" in page.evaluate("location.href")
    assert [url for url in watched.requests if not _ours(url, address)] == []
    assert watched.complaints == []
    page.context.close()


def _ours(url: str, address: str) -> bool:
    return url.startswith((address, address.replace("http", "ws", 1), "blob:", "data:"))


ENGLISH_LABELS = """() => [
  ...document.querySelectorAll('[aria-label],[title],[placeholder]')].flatMap((element) =>
    ['aria-label', 'title', 'placeholder'].map((name) => element.getAttribute(name)))
  .filter((text) => text && /^[A-Za-z][ -~]{3,}$/.test(text))"""


def test_a_japanese_page_has_no_english_left(browser: Browser, address: str) -> None:
    """Streamlit's own labels are translated too: on the inventory and in a ledger form."""
    watched = opened(browser, "ja-JP")
    page = watched.page
    left: set[str] = set()
    for path, ready in (("/inventory", "table.dc-table"), ("/ledger?entry=1", "[data-testid=stForm]")):
        page.goto(f"{address}{path}")
        if (
            "sign-in" in page.url
            or page.locator("#login").or_(page.locator(ready)).first.get_attribute("id") == "login"
        ):
            sign_in(page)
        page.wait_for_selector(ready)
        for _ in range(40):  # the words of Streamlit are translated after they appear
            page.wait_for_timeout(500)
            english = set(page.evaluate(ENGLISH_LABELS)) - {"English"}
            if not english:
                break
        left |= english
    assert sorted(left) == []
    page.context.close()


def test_a_session_that_ended_shows_nothing_more(browser: Browser, address: str) -> None:
    """After sign-out the next look at a page leads to the gate, and the old cookie opens nothing."""
    watched = opened(browser, "ja-JP")
    page = watched.page
    page.goto(f"{address}/sign-in")
    sign_in(page)
    page.wait_for_selector(".dc-verdict")
    page.get_by_role("button", name="サインアウト").click()
    page.wait_for_selector("#login")
    page.goto(f"{address}/ledger")
    page.wait_for_selector("#login")
    assert "next=%2Fledger" in page.evaluate("location.href")
    page.context.close()


def test_nobody_reads_the_servers_statistics(address: str) -> None:
    """How many people are signed in is nobody's business: the statistics of the page server are closed."""
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(f"{address}/_stcore/metrics", timeout=10)
    assert refused.value.code == 404
    refused.value.close()
