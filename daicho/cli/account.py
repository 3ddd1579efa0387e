"""`daicho account`: who may sign in, and as what."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from daicho.cli.console import ExitCode, _, complain, examples, say, tell
from daicho.cli.options import WorkspaceOption, open_workspace
from daicho.cli.people import import_people, link_address
from daicho.errors import UsageError
from daicho.pages.refusals import DUTIES, comes_before, not_ready
from daicho.workspace import Workspace
from registry import accounts, links, organisation, people, second_factor, sessions
from registry.errors import InvalidValue, NotFound
from registry.model import Role
from registry.people import Person
from registry.store import Tx

app = typer.Typer(help=_("利用者を登録します。"), no_args_is_help=True, rich_markup_mode=None)

LoginArgument = Annotated[str, typer.Argument(help=_("サインイン名"))]


@app.command(
    "add",
    help=_(
        "利用者と、ある単位での役割を登録し、一度だけ使えるリンクを表示します。"
        "アクセス権の付与前の教育に合格していない人は、役割なしで登録します（終了コード 3）。"
    )
    + examples("daicho account add sato@example.jp --name '佐藤 恵' --role officer --unit TOWA-SYS"),
)
def add(
    login: LoginArgument,
    name: Annotated[str, typer.Option(help=_("氏名"))],
    role: Annotated[Role, typer.Option(help=_("役割"))] = Role.OFFICER,
    unit: Annotated[str, typer.Option(help=_("組織単位の記号（省略すると最上位）"))] = "",
    language: Annotated[str, typer.Option(help=_("画面の言語（ja か en）"))] = "ja",
    workspace: WorkspaceOption = None,
) -> None:
    """Register one account; its one-time link is shown this once.

    Who has to pass a course before a role is given is registered without it; exit code 3.
    """
    opened = open_workspace(workspace)
    with opened.registry.write(opened.owner(), reason="daicho account add") as tx:
        found = organisation.unit_by_code(tx, unit) if unit else opened.first_unit()
        if found is None:
            raise UsageError(
                _("{code} という単位はありません。daicho unit list で確かめてください。", code=unit)
            )
        user_id = accounts.create_account(tx, login=login, name=name, password=None, language=language)
        try:
            before = accounts.before(tx, user_id, role, found.id)
            if not before.refusing:
                accounts.grant(tx, user_id=user_id, role=role, unit_id=found.id)
        except InvalidValue as refused:
            raise _told(refused) from None
    say(_("登録しました: {name}", name=login))
    if before.told:
        say(comes_before(before.told, _))
    tell_link(opened, login, reason="daicho account add")
    opened.close()
    if before.refusing:
        complain(not_ready(before.refusing, _))
        raise typer.Exit(ExitCode.INCOMPLETE)


@app.command(
    "link",
    help=_("パスワードを決め直すための、一度だけ使えるリンクを作ります。前のリンクは使えなくなります。")
    + examples("daicho account link sato@example.jp"),
)
def link(login: LoginArgument, workspace: WorkspaceOption = None) -> None:
    """Make a new one-time link."""
    opened = open_workspace(workspace)
    tell_link(opened, login, reason="daicho account link")
    opened.close()


@app.command(
    "sign-out",
    help=_("利用者をすべての端末でサインアウトさせます。")
    + examples("daicho account sign-out sato@example.jp"),
)
def sign_out(login: LoginArgument, workspace: WorkspaceOption = None) -> None:
    """End every session of one account."""
    opened = open_workspace(workspace)
    with opened.registry.write(opened.owner(), reason="daicho account sign-out") as tx:
        count = sessions.end_all(tx, _person(tx, login).user_id)
    say(_("サインアウトさせました: {login}（{count} 件）", login=login, count=count))
    opened.close()


@app.command(
    "reset-second-factor",
    help=_("端末をなくした利用者の二要素認証を外します。")
    + examples("daicho account reset-second-factor sato@example.jp"),
)
def reset_second_factor(login: LoginArgument, workspace: WorkspaceOption = None) -> None:
    """Turn off the second factor of one account."""
    opened = open_workspace(workspace)
    with opened.registry.write(opened.owner(), reason="daicho account reset-second-factor") as tx:
        person = _person(tx, login)
        if not person.has_second_factor:
            raise UsageError(_("{login} は二要素認証を使っていません。", login=login))
        second_factor.remove(tx, person.user_id)
    say(_("二要素認証を外しました: {login}", login=login))
    opened.close()


@app.command("list", help=_("利用者を一覧します。") + examples("daicho account list"))
def list_accounts(workspace: WorkspaceOption = None) -> None:
    """Print one line for each account."""
    opened = open_workspace(workspace)
    with opened.registry.read(opened.owner()) as tx:
        found = people.people(tx)
    for each in found:
        ways = ["password"] if each.has_password else []
        ways += ["second-factor"] if each.has_second_factor else []
        ways += [issuer for issuer in each.issuers if issuer != accounts.LOCAL]
        tell("\t".join((each.login, each.name, " ".join(ways))))
    opened.close()


@app.command(
    "import",
    help=_(
        "利用者、所属、役割を表（CSV、タブ区切り、Excel）から登録します。1 行でも誤りがあれば何も変えません。"
        "すでにいる利用者には新しいものだけを加え、表にない利用者や権限は消さずに示します。"
    )
    + examples(
        "daicho account import people.csv --dry-run", "daicho account import people.xlsx --links links.csv"
    ),
)
def import_accounts(
    file: Annotated[Path, typer.Argument(help=_("表のファイル。1 行目は列の名前"))],
    dry_run: Annotated[bool, typer.Option("--dry-run", help=_("試すだけで、何も変えません"))] = False,
    links_file: Annotated[
        Path | None,
        typer.Option(
            "--links",
            help=_("新しい利用者の一度だけ使えるリンクを書くファイル（自分だけが読めるように作ります）"),
        ),
    ] = None,
    workspace: WorkspaceOption = None,
) -> None:
    """Bring accounts, affiliations and roles to what a table says; exit code 2 when rows are refused."""
    import_people(file, links_file, workspace, dry_run=dry_run)


def tell_link(opened: Workspace, login: str, *, reason: str) -> None:
    """Make a one-time link for an account and print it this once."""
    with opened.registry.write(opened.owner(), reason=reason) as tx:
        token = links.issue(tx, _person(tx, login).user_id)
    tell(
        _(
            "パスワードを決めるリンク（24 時間有効、一度だけ使えます）: {link}",
            link=link_address(opened, token),
        )
    )
    if not opened.settings.web.public_url:
        say(_("このリンクは daicho serve の実行中に開きます。ほかのポートではその番号に読み替えてください。"))


def _person(tx: Tx, login: str) -> Person:
    try:
        return people.person(tx, login)
    except NotFound:
        raise UsageError(_("{login} という利用者はいません。", login=login)) from None


def _told(refused: InvalidValue) -> UsageError | InvalidValue:
    """Return a role refused for the separation of duties in words; any other refusal as it is."""
    return UsageError(_(DUTIES[refused.rule])) if refused.rule in DUTIES else refused
