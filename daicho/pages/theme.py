"""Puts the product's stylesheet into a page, once per run, with the variables of its theme."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import streamlit as st

from daicho.pages import risk_scale

_EXTRA = {
    "light": (
        "--muted:#59626D;--hairline:#E3E7EB;--line:#D5DAE0;--field:#868E99;--page:#FFFFFF;--panel:#F5F6F8;"
        "--ink:#1C2127;--primary:#1F4F8F;--on-primary:#FFFFFF;--hatch:#E3E7EB;"
        "--tag:#E8EFF9;--tag-ink:#1F4F8F;"
    ),
    "dark": (
        "--muted:#A9B2BD;--hairline:#2C333C;--line:#3A424C;--field:#6C7682;--page:#15181D;--panel:#1E2229;"
        "--ink:#E8EAED;--primary:#8DB6F0;--on-primary:#15181D;--hatch:#3A424C;"
        "--tag:#1D2C42;--tag-ink:#A9C8F5;"
    ),
}


@cache
def stylesheet(theme: str) -> str:
    """Return the whole stylesheet of the "light" or "dark" theme."""
    rules = Path(__file__).with_name("theme.css").read_text(encoding="utf-8")
    return f":root{{{_EXTRA[theme]}{risk_scale.variables(theme)}}}\n{rules}"


def theme_name() -> str:
    """Return "dark" or "light", as the browser shows the page."""
    return "dark" if st.context.theme.type == "dark" else "light"


def apply() -> None:
    """Write the stylesheet into the page."""
    st.html(f"<style>{stylesheet(theme_name())}</style>")
