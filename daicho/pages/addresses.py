"""The pages' addresses, and the way from one page to another with its unit, object or entry."""

from __future__ import annotations

from typing import NoReturn

import streamlit as st

OVERVIEW = ""  # the default page has no path of its own
ENTITY = "company"
INVENTORY = "inventory"
LOCKED = "locked-files"
SOURCES = "sources"
REMEDIATION = "remediation"
LEDGER = "ledger"
RISKS = "risks"
REQUIREMENTS = "requirements"
CATALOGUE = "catalogue"
DISCLOSURES = "disclosures"
PROCESSORS = "processors"
REQUESTS = "requests"
PROVISIONS = "provisions"
NOTICES = "notices"
UNITS = "units"
PEOPLE = "users"  # /people is a page of the gate
JOURNAL = "journal"
CASES = "differences"
DISPOSALS = "disposals"
NOTIFICATIONS = "notifications"
CONFIRMATIONS = "confirmations"
SELF_CHECKS = "self-check"
ACTIONS = "corrective-actions"
COMPLAINTS = "complaints"
DOCUMENTS = "internal-rules"
GOVERNANCE = "governance"
MY_RULES = "my-rules"
MANAGEMENT_REVIEWS = "management-review"
LAWS = "laws"
CHANGES = "change-reports"
AUDITS = "audits"
TODAY = "today"
CERTIFICATES = "certificates"
ASSESSMENTS = "assessments"
PMS_YEARS = "yearly-plan"
PACKS = "evidence-packs"
TRAINING = "training"
TRAINING_COURSES = "training-courses"
TRAINING_IMPORTS = "training-imports"
MY_TRAINING = "my-training"


def number(name: str) -> int | None:
    """Return the number that the address holds under a name, e.g. of a record; None without one."""
    written = st.query_params.get(name, "")
    return int(written) or None if written.isdecimal() and len(written) < 10 else None


def go(address: str, **query: str) -> NoReturn:
    """Leave for another page; `query` becomes its address, e.g. unit="H1"."""
    page = st.Page(
        _nowhere, title=address or "overview", url_path=address or None, default=address == OVERVIEW
    )
    st.switch_page(page, query_params={key: value for key, value in query.items() if value})
    raise AssertionError("a page change ends the run")


def _nowhere() -> None:
    """Stand in for the page's function: only its address is looked at."""
