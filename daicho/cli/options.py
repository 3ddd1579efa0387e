"""Options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from daicho.cli.console import _
from daicho.settings import Settings
from daicho.workspace import Workspace

WorkspaceOption = Annotated[
    Path | None,
    typer.Option(
        "--workspace",
        "-w",
        help=_("ワークスペースの場所（省略すると DAICHO_WORKSPACE、それもなければ ./workspace）"),
        show_default=False,
    ),
]


def open_workspace(path: Path | None) -> Workspace:
    """Open the workspace that a command was pointed to."""
    return Workspace.open(Settings.load(path))
