"""The way in: no page without a session, and failures that show no internals."""

from __future__ import annotations

import logging
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from registry.findings import FindingsStore
from tests.pages.group import Group
from tests.pages.test_pages import EXECUTIVE, GERMANY, OFFICER, shown


def whole(workspace: object, principal: object, language: str) -> None:
    """Run the dashboard for one signed-in person."""
    import streamlit as st

    from daicho.pages import door

    st.session_state.setdefault("language", language)
    door.show(workspace, principal)


def gate(workspace: object, token: str) -> None:
    """Run the dashboard for a browser that brings this session."""
    import streamlit as st

    from daicho.pages import door

    st.session_state.setdefault("language", "ja")
    door.admit(workspace, token, "http://127.0.0.1/ledger?entry=3")


def dashboard(group: Group, login: str, language: str = "ja") -> AppTest:
    """Return the first page of a person."""
    arguments = (group.workspace, group.principal(login), language)
    return AppTest.from_function(whole, default_timeout=30, args=arguments).run()


@pytest.mark.parametrize("token", ["", "made-up"])
def test_without_a_session_there_is_only_the_way_to_sign_in(group: Group, token: str) -> None:
    """Nothing of the workspace is sent to a browser that brings no session; where it wanted to go is kept."""
    text = shown(AppTest.from_function(gate, default_timeout=30, args=(group.workspace, token)).run())
    assert "サインインが必要です。" in text
    assert "/sign-in?next=%2Fledger%3Fentry%3D3" in text
    for secret in ("東和", "桜台", "リスク"):
        assert secret not in text


@pytest.mark.parametrize("login", [OFFICER, EXECUTIVE, GERMANY])
def test_the_first_page_is_the_overview(group: Group, login: str) -> None:
    """Who signs in sees at once how things stand, their name and their role."""
    test = dashboard(group, login)
    text = shown(test)
    assert "グループの状況" in text
    assert group.principal(login).name in text
    assert "サインアウト" in [button.label for button in test.sidebar.button]


def test_the_language_changes_on_the_spot(group: Group) -> None:
    """The switch in the sidebar turns the page into the other language."""
    test = dashboard(group, OFFICER)
    test.sidebar.segmented_control(key="language").set_value("en").run()
    assert "Group overview" in shown(test)


def test_a_failure_shows_a_number_and_no_internals(
    group: Group, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """What breaks is told by a number; neither page nor log hold the message, the log has the place."""
    broken = tmp_path / "findings"
    shutil.copytree(group.workspace.path / "findings", broken)
    for file in broken.rglob("*.parquet"):
        file.write_bytes(b"not parquet")
    workspace = replace(group.workspace, findings=FindingsStore(broken, group.workspace.vault))
    with caplog.at_level(logging.ERROR, logger="daicho"):
        text = shown(dashboard(replace(group, workspace=workspace), OFFICER))
    assert "表示できませんでした。" in text
    assert "Traceback" not in text
    assert "parquet" not in text.lower()
    records = [record for record in caplog.records if record.name.startswith("daicho")]
    assert len(records) == 1
    number = records[0].getMessage().split()[2]
    assert number in text
    assert records[0].exc_info is None
