"""The gate of the dashboard: no page runs without a session that the registry knows in this very moment."""

from __future__ import annotations

import logging
import secrets
from urllib.parse import quote, urlsplit

import streamlit as st

from daicho.pages import frame, language, navigation
from daicho.pages.cookies import SESSION_COOKIE
from daicho.text import translator
from daicho.workspace import Workspace
from registry import accounts
from registry.errors import AccessDenied
from registry.model import Principal

_LOG = logging.getLogger(__name__)
_served: list[Workspace] = []


def serve(workspace: Workspace) -> None:
    """Name the workspace that this process shows; one process shows one workspace."""
    _served[:] = [workspace]


def enter() -> None:
    """Run one page for whoever the browser's session belongs to."""
    navigation.configure()
    admit(_served[0], st.context.cookies.get(SESSION_COOKIE, ""), st.context.url or "/")


def admit(workspace: Workspace, token: str, url: str) -> None:
    """Ask the registry, on every rerun, whose session this is; without one there is only the gate."""
    principal = accounts.principal_for_session(workspace.registry, token) if token else None
    if principal is None:
        navigation.sign_in_needed(quote(target(url), safe=""))
        st.stop()
    show(workspace, principal)


def show(workspace: Workspace, principal: Principal) -> None:
    """Run the page; what goes wrong is told by a number."""
    try:
        navigation.run(workspace, principal)
    except AccessDenied:
        frame.no_right(translator(language.current()))
    except Exception as error:  # noqa: BLE001 - the last door before the reader: nothing internal passes it
        failed(error)


def failed(error: Exception) -> bool:
    """Tell the reader a number and log it with the kind and place of the error; True: it is dealt with."""
    number = f"E-{secrets.token_hex(2).upper()}"
    # Messages and locals may hold data of persons: the log gets the kind of the error and its place.
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    place = f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}" if trace else "?"
    _LOG.error("page failed: %s %s at %s", number, type(error).__name__, place)
    frame.failed(number, translator(language.current()))
    return True


def target(url: str) -> str:
    """Return path and query of an address of this server, for the way back after sign-in."""
    parts = urlsplit(url)
    return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
