"""A step that a person takes on a page: made in one transaction and told, or refused in words."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import streamlit as st

from daicho.pages.context import PageContext
from daicho.text import mark
from registry.errors import AccessDenied, Conflict, InvalidValue, RegistryError
from registry.store import Tx

Rules = Mapping[tuple[str, str], str]
"""Sentences by the column and the rule that an input broke."""

Act = Callable[[Tx], object]
"""What a step does, in one transaction."""

_MISSING = mark("この記録は見つからないか、閲覧できません。")


def take(
    act: Act,
    said: str,
    context: PageContext,
    *,
    key: str,
    refused: Callable[[Exception, PageContext], str],
    reason: str = "privacy mark",
) -> None:
    """Do something and show the page again, which finds `said` under the key; show why when it is refused."""
    try:
        with context.write(reason) as tx:
            act(tx)
    except RegistryError as error:
        st.error(refused(error, context))
        return
    st.session_state[key] = said
    st.rerun()


def why_not(error: Exception, rules: Rules, context: PageContext, missing: str = _MISSING) -> str:
    """Return why something was not done, in words, and what to do; `missing` of what is not to be seen."""
    text = context.text
    if isinstance(error, Conflict) and not error.who:
        return text("ほかの方が先に変更しています。内容を確かめてください。")
    if isinstance(error, Conflict):
        return text(
            "{when} に {who} さんが先に変更しています。内容を確かめてください。",
            when=context.formats.moment(error.when),
            who=error.who,
        )
    if isinstance(error, InvalidValue):
        return text(rules.get((error.column, error.rule), mark("この内容では受け付けられません。")))
    if isinstance(error, AccessDenied):
        return text("この操作の権限がありません。")
    return text(missing)
