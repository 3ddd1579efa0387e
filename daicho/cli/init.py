"""`daicho init`: make a workspace, its first unit and an administrator."""

from __future__ import annotations

from typing import Annotated

import typer

from daicho.cli.account import tell_link
from daicho.cli.console import _, examples, say, tell
from daicho.cli.options import WorkspaceOption
from daicho.own_entry import own_entry
from daicho.settings import Settings
from daicho.workspace import FirstAdministrator, FirstUnit, Workspace
from registry import ledger, organisation

HELP = _("ワークスペース、最初の組織単位、管理者を作ります。") + examples(
    "daicho init",
    "daicho init --workspace /srv/daicho --name 東和ホールディングス --name-en 'Towa Holdings' --code TOWA",
)


def init(
    workspace: WorkspaceOption = None,
    code: Annotated[str, typer.Option(help=_("最初の組織単位の記号"))] = "ROOT",
    name: Annotated[str, typer.Option(help=_("最初の組織単位の名称（日本語）"))] = "本社",
    name_en: Annotated[str, typer.Option(help=_("最初の組織単位の名称（英語）"))] = "Headquarters",
    admin: Annotated[str, typer.Option(help=_("管理者のサインイン名"))] = "admin",
    admin_name: Annotated[str, typer.Option(help=_("管理者の氏名"))] = "管理者",
) -> None:
    """Make the workspace, with a ledger that names its own data, and print how to sign in; once only."""
    settings = Settings.load(workspace)
    password = settings.admin_password or None
    made = Workspace.create(
        settings, FirstUnit(code, name, name_en), FirstAdministrator(admin, admin_name, password)
    )
    with made.registry.write(made.owner(), reason="daicho init") as tx:
        root = organisation.unit_by_code(tx, code)
        if root is not None:
            ledger.create_entry(tx, own_entry(root.id))
    say(_("ワークスペースを作りました: {path}", path=settings.workspace))
    tell(_("サインイン名: {login}", login=admin))
    if password is None:
        tell_link(made, admin, reason="daicho init")
    made.close()
    say(_("次の一歩: daicho source add、または daicho scan フォルダ"))
