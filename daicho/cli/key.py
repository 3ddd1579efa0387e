"""`daicho key`: replace keys, and keep the master key as shares of several officers."""

from __future__ import annotations

import enum
import os
from pathlib import Path
from typing import Annotated

import typer

from daicho.cli.console import _, examples, say, tell
from daicho.cli.options import WorkspaceOption, open_workspace
from daicho.cli.progress import Counted
from daicho.errors import UsageError
from daicho.settings import Settings
from daicho.workspace import KEY_FILE, Workspace
from registry.access import top_unit
from registry.errors import VaultError
from registry.journal import Action
from registry.keyring import replace_file
from registry.rotation import Purpose, rotate, rotate_master
from registry.shares import SHARES_AT_MOST, Share, ShareError, ShareFault, join
from registry.vault import Vault

NEXT_MASTER = "DAICHO_NEXT_MASTER_KEY"

app = typer.Typer(help=_("鍵を更新し、分けて保管します。"), no_args_is_help=True, rich_markup_mode=None)


class What(enum.StrEnum):
    """Which key is replaced."""

    FIELD = "field"
    JOURNAL = "journal"
    FINDINGS = "findings"
    FINGERPRINT = "fingerprint"
    SESSIONS = "sessions"
    SQLCIPHER = "sqlcipher"
    BACKUP = "backup"
    COLLECTED = "collected"
    MASTER = "master"


@app.command(
    "rotate",
    help=_("ある用途の鍵を新しくします。途中で止まったら、同じ命令で続きから進みます。")
    + examples("daicho key rotate field", "daicho key rotate master"),
)
def rotate_key(
    purpose: Annotated[What, typer.Argument(help=_("用途"))], workspace: WorkspaceOption = None
) -> None:
    """Replace one key; a call that was cut short is taken up by the same call."""
    opened = open_workspace(workspace)
    try:
        if purpose is What.MASTER:
            _rotate_master(opened)
            return
        with Counted(_("鍵を更新中")) as counted:
            made = rotate(opened.keys(), Purpose(purpose.value), progress=counted.step)
        if made.purpose == Purpose.FINGERPRINT:
            tell(
                _(
                    "次にすべての対象を走査するときから、新しい照合の鍵（第 {version} 版）を使います。",
                    version=made.version,
                )
            )
            return
        tell(
            _(
                "{purpose} の鍵は第 {version} 版になりました。書き直した値: {count:,}。",
                purpose=made.purpose,
                version=made.version,
                count=made.rewritten,
            )
        )
    finally:
        opened.close()


def _rotate_master(opened: Workspace) -> None:
    path = opened.path / KEY_FILE
    if opened.settings.master_key:
        text = os.environ.get(NEXT_MASTER, "")
        if not text:
            raise UsageError(
                _("新しいマスター鍵（16 進 64 桁）を環境変数 {name} に入れてください。", name=NEXT_MASTER)
            )
        Vault.from_text(text)  # refuses what is no key, before anything is written
        made = rotate_master(opened.keys(), None, bytes.fromhex(text.strip()))
        say(_("DAICHO_MASTER_KEY を新しい鍵に変え、動いている daicho をすべて起動し直してください。"))
    else:
        made = rotate_master(opened.keys(), path)
        say(_("動いている daicho をすべて起動し直し、新しい鍵の控え（daicho key export）を作ってください。"))
    say(_("これより前のバックアップを開くには、前のマスター鍵が要ります。"))
    tell(_("マスター鍵を更新しました（第 {version} 代）。", version=made.version))


@app.command(
    "export",
    help=_("マスター鍵を分けて、役員ごとのファイルに書きます。そのうち --needed 個で元に戻せます。")
    + examples("daicho key export --to /media/a/share --to /media/b/share --to /media/c/share --needed 2"),
)
def export(
    to: Annotated[list[Path], typer.Option("--to", help=_("一人分を書くファイル（人数分くり返す）"))],
    needed: Annotated[int, typer.Option(min=2, max=SHARES_AT_MOST, help=_("元に戻すのに要る個数"))] = 2,
    workspace: WorkspaceOption = None,
) -> None:
    """Write one share a file; no share is ever shown on the screen."""
    if not needed <= len(to) <= SHARES_AT_MOST:
        raise UsageError(
            _("--to は {needed} 個から {most} 個まで指定してください。", needed=needed, most=SHARES_AT_MOST)
        )
    if taken := next((path for path in to if path.exists()), None):
        raise UsageError(_("{path} はすでにあります。ほかの名前にしてください。", path=taken))
    opened = open_workspace(workspace)
    try:
        for path, share in zip(to, opened.vault.shares(needed=needed, count=len(to)), strict=True):
            replace_file(path, share.to_line().encode("ascii") + b"\n")
        with opened.registry.write(opened.owner(), reason="daicho key export") as tx:
            after = {"shares": len(to), "needed": needed}
            tx.record(Action.KEY_SHARES_MADE, "key", "master", top_unit(tx), None, after)
    finally:
        opened.close()
    tell(_("{count} 個に分けました。{needed} 個あれば元に戻せます。", count=len(to), needed=needed))


@app.command(
    "import",
    help=_("分けたマスター鍵を、鍵のファイルに戻します。")
    + examples("daicho key import /media/a/share /media/b/share --workspace /srv/daicho"),
)
def import_shares(
    share: Annotated[list[Path], typer.Argument(help=_("一人分のファイル"))],
    to: Annotated[
        Path | None, typer.Option(help=_("書く先（省略するとワークスペースの keys/master.key）"))
    ] = None,
    workspace: WorkspaceOption = None,
) -> None:
    """Join shares into a key file; an existing one is never overwritten."""
    folder = Settings.load(workspace).workspace / KEY_FILE.parent
    path = to or folder / KEY_FILE.name
    try:
        key = join([_share(each) for each in share])
    except ShareError as error:
        raise UsageError(_FAULTS[error.fault]) from None
    if to is None:
        Vault.from_text(key.hex(), folder)  # the ring beside it tells whether it is this workspace's key
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    Vault.keep(path, key)
    tell(_("マスター鍵を {path} に戻しました。", path=path))


def _share(path: Path) -> Share:
    try:
        return Share.from_line(path.read_text(encoding="ascii"))
    except UnicodeDecodeError:
        raise ShareError(ShareFault.MALFORMED) from None
    except OSError as error:
        raise VaultError(f"{path} cannot be read: {error.strerror}") from None


_FAULTS = {
    ShareFault.MALFORMED: _("daicho key export が書いたものではないか、書き換わったファイルがあります。"),
    ShareFault.TOO_FEW: _("個数が足りません。"),
    ShareFault.SAME: _("同じものが二度指定されています。"),
    ShareFault.MIXED: _("別々の鍵から分けたものが混ざっています。"),
    ShareFault.WRONG: _("元の鍵になりません。"),
}
