"""`daicho collector` and `daicho import`: sites that scan without connection, and what they send home."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from daicho import collecting, whole_file
from daicho.cli.collected_words import in_words
from daicho.cli.console import ExitCode, _, examples, say, tell
from daicho.cli.options import WorkspaceOption, open_workspace
from daicho.errors import UsageError
from daicho.workspace import Workspace
from registry import collectors, organisation
from registry.collected.kit import new_passphrase, seal_kit
from registry.model import UnitId

IMPORT_HELP = (
    _("接続のない拠点で daicho scan --kit --export が書いた結果を確かめ、一度だけ取り込みます。")
    + examples("daicho import run.dcr", "daicho import run.dcr --unit TOWA-HP")
    + "\n\n"
    + _(
        "終了コード: 0 完了、2 使い方の誤り、3 拠点で調べきれなかったものがある、4 失敗（何も取り込まない）。"
    )
)
app = typer.Typer(
    help=_("接続のない拠点で走査するキットを作成・一覧・失効します。"),
    no_args_is_help=True,
    rich_markup_mode=None,
)


@app.command(
    "kit",
    help=_(
        "拠点のキットを作ります。マスター鍵は入りません。合言葉は一度だけ表示するので、"
        "キットとは別の手段で拠点に伝えてください。"
    )
    + examples("daicho collector kit --unit TOWA-HP --name 東和病院 -o site.dck"),
)
def kit(
    unit: Annotated[str, typer.Option(help=_("結果が属する組織単位の記号"))],
    output: Annotated[Path, typer.Option("--output", "-o", help=_("キットを書くファイル"))],
    name: Annotated[str, typer.Option(help=_("拠点の名前（省略すると組織単位の記号）"))] = "",
    workspace: WorkspaceOption = None,
) -> None:
    """Make a kit, write it whole, and show its passphrase once."""
    if output.exists():
        raise UsageError(_("{path} があります。別の名前を選んでください。", path=output))
    if not output.absolute().parent.is_dir():
        raise UsageError(_("{path} というフォルダはありません。", path=output.parent))
    opened = open_workspace(workspace)
    try:
        owner = opened.owner()
        passphrase = new_passphrase()
        with in_words():
            made = collecting.make_kit(opened, owner, _unit(opened, unit), name or unit)
            try:
                whole_file.replace(output.absolute(), seal_kit(made, passphrase))
            except OSError as error:
                raise UsageError(
                    _("{path} に書けません（{why}）。", path=output, why=os.strerror(error.errno or 0))
                ) from None
    finally:
        opened.close()
    tell(passphrase)
    say(_("キットを {path} に書きました。上が合言葉です。二度と表示しません。", path=output))


@app.command("list", help=_("拠点とキットを一覧します。") + examples("daicho collector list"))
def list_collectors(workspace: WorkspaceOption = None) -> None:
    """Print a line for each kit: collector, unit, kit, day made, version of keys, files taken in, state."""
    opened = open_workspace(workspace)
    try:
        with opened.registry.read(opened.owner()) as tx:
            codes = {each.id: each.code for each in organisation.units(tx)}
            found = collectors.collectors(tx)
    finally:
        opened.close()
    for each in found:
        for made in each.kits:
            state = _("使えます") if made.revoked_at is None else _("失効させました")
            last = made.last_taken_at.date().isoformat() if made.last_taken_at else ""
            told = (each.name, codes[each.unit_id], made.uid[:8], made.made_at.date().isoformat())
            tell("\t".join((*told, str(made.fingerprint_version), str(made.taken), last, state)))


@app.command(
    "revoke",
    help=_("拠点のキットをすべて失効させます。取り込んだ結果は残ります。新しいキットは作れます。")
    + examples("daicho collector revoke 東和病院"),
)
def revoke(
    name: Annotated[str, typer.Argument(help=_("拠点の名前"))],
    unit: Annotated[str, typer.Option(help=_("組織単位の記号（同じ名前が複数あるとき）"))] = "",
    workspace: WorkspaceOption = None,
) -> None:
    """Take in nothing more from the kits of one collector."""
    opened = open_workspace(workspace)
    try:
        wanted = _unit(opened, unit) if unit else None
        with opened.registry.write(opened.owner(), reason="daicho collector revoke") as tx:
            found = [
                each
                for each in collectors.collectors(tx)
                if each.name == name and wanted in (None, each.unit_id)
            ]
            if not found:
                raise UsageError(
                    _("{name} という拠点はありません。daicho collector list で確かめてください。", name=name)
                )
            if len(found) > 1:
                raise UsageError(_("{name} という拠点が複数あります。--unit を付けてください。", name=name))
            if not found[0].works:
                raise UsageError(_("{name} のキットはすべて失効しています。", name=name))
            ended = collectors.revoke(tx, found[0].id)
    finally:
        opened.close()
    say(_("{name} のキット {count} 個を失効させました。", name=name, count=ended))


def take_in(
    file: Annotated[Path, typer.Argument(help=_("拠点から届いたファイル"))],
    unit: Annotated[str, typer.Option(help=_("この単位の拠点であることを確かめる"))] = "",
    empty: Annotated[bool, typer.Option("--empty", help=_("前回は対象のあった場所が空でも取り込む"))] = False,
    workspace: WorkspaceOption = None,
) -> int:
    """Verify one file of results, take it in once, and compare it with the ledger."""
    opened = open_workspace(workspace)
    try:
        with in_words():
            made = collecting.take_in(
                opened, opened.owner(), file, unit_id=_unit(opened, unit) if unit else None, empty=empty
            )
    finally:
        opened.close()
    tell(made.run.id)
    say(
        _(
            "{name} の結果を取り込みました: 対象 {listed:,} 件、検出 {findings:,} 件。",
            name=made.collector,
            listed=made.run.totals.listed,
            findings=made.findings,
        )
    )
    if made.older_fingerprints:
        say(
            _(
                "前の版の照合の鍵で作られた結果です。新しいキットで走査するまで、"
                "ほかの場所と同じ人は別の人として数えます。"
            )
        )
    if made.other_places:
        say(
            _(
                "この拠点の前回の結果とは走査した場所が違います。今回の結果が前回に代わります。"
                "拠点の場所は一度にすべて走査してください。"
            )
        )
    if not made.run.totals.is_complete:
        say(_("調べきれなかったものがあります。理由は出力にあります。"))
        return ExitCode.INCOMPLETE
    return ExitCode.DONE


def _unit(opened: Workspace, code: str) -> UnitId:
    with opened.registry.read(opened.owner()) as tx:
        found = organisation.unit_by_code(tx, code)
    if found is None:
        raise UsageError(_("{code} という単位はありません。daicho unit list で確かめてください。", code=code))
    return found.id
