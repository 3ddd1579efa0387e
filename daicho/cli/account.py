"""`daicho account`: who may sign in, and as what."""

from __future__ import annotations

import secrets
from typing import Annotated

import typer

from daicho.cli.console import _, examples, say, tell
from daicho.cli.options import WorkspaceOption, open_workspace
from daicho.errors import UsageError
from registry import accounts, organisation
from registry.errors import InvalidValue
from registry.model import Role

app = typer.Typer(help=_("利用者を登録します。"), no_args_is_help=True, rich_markup_mode=None)

_DUTIES = {
    "self": _("自分自身に役割を与えることはできません。別の方が行ってください。"),
    "auditor_manages_unit": _(
        "監査員は、自分が管理する単位やその上下の単位を監査できません。別の方か別の単位を選んでください。"
    ),
    "auditor_belongs_to_unit": _(
        "監査員は、主務として所属する単位を監査できません。別の方か別の単位を選んでください。"
    ),
    "audit_manager_is_privacy_manager": _(
        "個人情報保護監査責任者は、同じ法人の個人情報保護管理者を兼ねられません。"
    ),
    "audit_manager_is_top_management": _(
        "個人情報保護監査責任者は、同じ法人のトップマネジメントを兼ねられません。"
    ),
    "audit_manager_is_statutory_auditor": _("個人情報保護監査責任者は、同じ法人の監査役を兼ねられません。"),
    "representative_is_privacy_manager": _(
        "トップマネジメントが個人情報保護管理者を兼ねられるのは、小規模とした法人だけです。"
    ),
}
"""The rules of `registry.duties` in words, by their ids."""


@app.command(
    "add",
    help=_("利用者と、ある単位での役割を登録します。")
    + examples("daicho account add sato@example.jp --name '佐藤 恵' --role officer --unit TOWA-SYS"),
)
def add(
    login: Annotated[str, typer.Argument(help=_("サインイン名"))],
    name: Annotated[str, typer.Option(help=_("氏名"))],
    role: Annotated[Role, typer.Option(help=_("役割"))] = Role.OFFICER,
    unit: Annotated[str, typer.Option(help=_("組織単位の記号（省略すると最上位）"))] = "",
    language: Annotated[str, typer.Option(help=_("画面の言語（ja か en）"))] = "ja",
    workspace: WorkspaceOption = None,
) -> None:
    """Register one account; its first password is shown this once."""
    opened = open_workspace(workspace)
    password = secrets.token_urlsafe(15)
    with opened.registry.write(opened.owner(), reason="daicho account add") as tx:
        found = organisation.unit_by_code(tx, unit) if unit else opened.first_unit()
        if found is None:
            raise UsageError(
                _("{code} という単位はありません。daicho unit list で確かめてください。", code=unit)
            )
        user_id = accounts.create_account(tx, login=login, name=name, password=password, language=language)
        try:
            accounts.grant(tx, user_id=user_id, role=role, unit_id=found.id)
        except InvalidValue as refused:
            raise _told(refused) from None
    say(_("登録しました: {name}", name=login))
    tell(_("初回のパスワード（この一度だけ表示します）: {password}", password=password))
    opened.close()


def _told(refused: InvalidValue) -> UsageError | InvalidValue:
    """Return a role refused for the separation of duties in words; any other refusal as it is."""
    return UsageError(_DUTIES[refused.rule]) if refused.rule in _DUTIES else refused
