"""`daicho registry`: the registry's schema, and rights on it, where PostgreSQL has two accounts for it."""

from __future__ import annotations

from typing import Annotated

import typer

from daicho.cli.console import _, examples, say, tell
from daicho.cli.options import WorkspaceOption, open_workspace
from registry.grants import grant, statements

app = typer.Typer(
    help=_("台帳のデータベースを新しい版にし、権限を与えます。"), no_args_is_help=True, rich_markup_mode=None
)


@app.command(
    "migrate",
    help=_("データベースの形を、このプログラムの版に合わせます。") + examples("daicho registry migrate"),
)
def migrate(workspace: WorkspaceOption = None) -> None:
    """Bring the schema to this program's version; every command does so when its account may."""
    open_workspace(workspace).close()
    say(_("データベースはこの版の形です。"))


@app.command(
    "grants",
    help=_("アプリケーション用の PostgreSQL アカウントに与える権限を書き出します。")
    + examples(
        "daicho registry grants --role daicho_app", "daicho registry grants --role daicho_app --execute"
    ),
)
def grants(
    role: Annotated[str, typer.Option(help=_("アプリケーションが使うアカウント"))],
    execute: Annotated[bool, typer.Option("--execute", help=_("書き出すだけでなく実行する"))] = False,
    workspace: WorkspaceOption = None,
) -> None:
    """Print, or execute as the owner, what lets an account add to the journal and not change it."""
    opened = open_workspace(workspace)
    try:
        every = grant(opened.registry, role) if execute else statements(opened.registry, role)
    finally:
        opened.close()
    for statement in every:
        tell(f"{statement};")
