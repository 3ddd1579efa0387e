"""Filters whose choice is kept in the address, so that a list can be sent to a colleague."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from daicho.pages.context import PageContext

ALL = ""


def choice(label: str, parameter: str, options: Mapping[str, str], *, default: str = ALL) -> str:
    """Show a selector of codes by their words; what the address says is chosen, unknown codes are not."""
    wanted = str(st.query_params.get(parameter, default))
    key = f"filter-{parameter}"
    # The address is the truth: a widget's memory of an earlier page must not overrule it.
    st.session_state[key] = wanted if wanted in options else default

    def keep() -> None:
        chosen = st.session_state[key]
        if chosen == default:
            st.query_params.pop(parameter, None)
        else:
            st.query_params[parameter] = chosen
        st.query_params.pop("page", None)

    st.selectbox(label, list(options), key=key, format_func=lambda code: options[code], on_change=keep)
    return str(st.session_state[key])


def clear(parameters: tuple[str, ...], context: PageContext, key: str) -> None:
    """Show the button that takes these conditions out of the address."""

    def forget() -> None:
        for parameter in parameters:
            st.query_params.pop(parameter, None)

    st.button(context.text("条件を消す"), key=key, on_click=forget)
