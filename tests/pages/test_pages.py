"""Every page for every persona, on a real workspace: it shows what the person may see and nothing else."""

from __future__ import annotations

from streamlit.testing.v1 import AppTest

from daicho.pages.context import PageContext
from tests.pages.group import Group, object_id

PERSONAS = {
    "group officer": "sato@towa.example",
    "hospital officer": "hospital@towa.example",
    "executive": "executive@towa.example",
    "foreign officer": "germany@towa.example",
}
PAGES = ("overview", "entity", "inventory", "ledger")
WORST = object_id("HOSP-2", "健診/健診2025/結果一覧.xlsx")


def script(page: str, context: object) -> None:
    """Run one page as the dashboard does."""
    import importlib

    from daicho.pages import theme

    theme.apply()
    importlib.import_module(f"daicho.pages.{page}").show(context)


def opened(group: Group, login: str, page: str, language: str = "ja", **query: str) -> AppTest:
    """Return a page as one person sees it."""
    context = PageContext(group.workspace, group.principal(login), language)
    test = AppTest.from_function(script, default_timeout=30, args=(page, context))
    for name, value in query.items():
        test.query_params[name] = value
    return test.run()


def shown(test: AppTest) -> str:
    """Return everything that was sent to the browser, as one text."""
    parts = []
    for each in test:
        proto = getattr(each, "proto", None)
        if proto is not None:
            parts.append(str(proto))
    return "\n".join(parts).encode("ascii", "backslashreplace").decode("unicode_escape", "replace")
