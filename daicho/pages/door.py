"""The gate of the dashboard: no page runs without a session that the registry knows in this very moment."""

from __future__ import annotations

from urllib.parse import quote, urlsplit

import streamlit as st

from daicho.pages import frame, language, navigation
from daicho.pages.cookies import session_token
from daicho.sign_in import failures
from daicho.text import translator
from daicho.workspace import Workspace
from registry import sessions
from registry.errors import AccessDenied
from registry.model import Principal

_served: list[Workspace] = []


def serve(workspace: Workspace) -> None:
    """Name the workspace that this process shows; one process shows one workspace."""
    _served[:] = [workspace]


def enter() -> None:
    """Run one page for whoever the browser's session belongs to."""
    navigation.configure()
    workspace = _served[0]
    token = session_token(st.context.cookies, secure=workspace.settings.web.is_secure)
    admit(workspace, token, st.context.url or "/")


def admit(workspace: Workspace, token: str, url: str) -> None:
    """Ask the registry, on every rerun, whose session this is; without one there is only the gate."""
    principal = sessions.principal_for(workspace.registry, token) if token else None
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
    frame.failed(failures.logged(error), translator(language.current()))
    return True


def target(url: str) -> str:
    """Return path and query of an address of this server, for the way back after sign-in."""
    parts = urlsplit(url)
    return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
