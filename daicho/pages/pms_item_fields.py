"""Fields for day and owner of items of a yearly plan: in a draft, and in a change of an approved one."""

from __future__ import annotations

from collections.abc import Iterable

import streamlit as st

from daicho.pages import pm_words
from daicho.pages.context import PageContext
from privacy_mark.certificates.year_model import Item, ItemId, Year
from privacy_mark.certificates.years import Change


def changes(items: Iterable[Item], year: Year, context: PageContext, *, key: str) -> dict[ItemId, Change]:
    """Show two fields an item, inside the caller's form; `key` tells one form of a page from another."""
    found: dict[ItemId, Change] = {}
    for each in items:
        name = pm_words.item(each, context, year.starts_on)
        of = f"{each.id}-{year.version}"
        left, right = st.columns(2)
        due = left.date_input(
            context.text("{item}の期限", item=name), each.due_on, format="YYYY/MM/DD", key=f"{key}-due-{of}"
        )
        owner = right.text_input(
            context.text("{item}の担当", item=name), each.owner, max_chars=100, key=f"{key}-owner-{of}"
        )
        found[each.id] = Change(due, owner)
    return found
