"""`daicho backup` and `daicho restore`: a workspace in one signed, encrypted file, and back."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from daicho.cli.console import _, examples, say, tell
from daicho.cli.options import WorkspaceOption, open_workspace
from daicho.cli.progress import Counted
from daicho.errors import DaichoError, UsageError
from daicho.settings import CONFIG_NAME, CONFIG_TEMPLATE, Settings
from daicho.workspace import KEY_FILE, Workspace
from registry.backup import make as making
from registry.backup import restore as restoring
from registry.backup.errors import BackupError, Fault
from registry.sources import has_credentials
from registry.vault import Vault

BACKUP_HELP = _(
    "ワークスペースのバックアップを作ります。使っている最中でも、ある一時点の状態がそろって入ります。"
) + examples("daicho backup --to /backup/daicho", "daicho backup --to /media/usb/daicho-20261128.daicho")
RESTORE_HELP = _(
    "バックアップを新しいワークスペースに戻します。すべてを確かめてから切り替えます。"
    "SQLite と PostgreSQL の間の移行も同じ命令です。"
) + examples(
    "daicho restore /backup/daicho --workspace /srv/daicho-new --key-file /media/usb/master.key",
    "daicho restore old.daicho -w /srv/new --key-file k --registry-url postgresql+psycopg://daicho@db/daicho",
)


def backup(
    to: Annotated[
        Path, typer.Option(help=_("フォルダ（変わらないファイルは一度だけ置く）か、.daicho で終わるファイル"))
    ],
    workspace: WorkspaceOption = None,
) -> None:
    """Make one backup; the master key is never inside."""
    opened = open_workspace(workspace)
    try:
        with _in_words(), Counted(_("バックアップ中")) as counted:
            made = making.make(opened.backed_up(), to.absolute(), progress=counted.step)
    finally:
        opened.close()
    tell(str(made.path))
    say(
        _(
            "バックアップしました: ファイル {files:,} 件（うち保存済み {reused:,} 件）、{size:,} バイト。",
            files=made.files,
            reused=made.reused,
            size=made.bytes,
        )
    )
    say(_("マスター鍵は入っていません。鍵がなければ開けないので、別の場所に保管してください。"))


def restore(
    source: Annotated[
        Path, typer.Argument(metavar="FROM", help=_("バックアップのファイル、またはフォルダ（最新のもの）"))
    ],
    key_file: Annotated[
        Path | None,
        typer.Option(help=_("バックアップした時のマスター鍵のファイル（省略すると DAICHO_MASTER_KEY）")),
    ] = None,
    registry_url: Annotated[
        str, typer.Option(help=_("台帳を置く空の PostgreSQL（省略すると暗号化した SQLite のファイル）"))
    ] = "",
    workspace: WorkspaceOption = None,
) -> None:
    """Restore into a workspace that does not exist yet, and say what was restored."""
    settings = Settings.load(workspace)
    if registry_url and has_credentials(registry_url):
        raise UsageError(
            _("URL にパスワードを書かないでください。DAICHO_REGISTRY_URL か ~/.pgpass を使ってください。")
        )
    if Workspace.exists(settings):
        raise UsageError(
            _(
                "{path} にはすでにワークスペースがあります。新しい場所を選んでください。",
                path=settings.workspace,
            )
        )
    vault = _vault(settings, key_file)

    def finish(folder: Path) -> None:
        config = folder / CONFIG_NAME
        text = config.read_text(encoding="utf-8") if config.exists() else CONFIG_TEMPLATE
        config.write_text(_pointed_to(text, registry_url), encoding="utf-8")
        if key_file is not None:
            Vault.keep(folder / KEY_FILE, bytes.fromhex(key_file.read_text(encoding="ascii").strip()))

    with _in_words(), Counted(_("復元中")) as counted:
        found = restoring.verify(_newest(source), vault)
        made = restoring.restore(
            found,
            settings.workspace,
            registry_url=registry_url or settings.registry_url,
            finish=finish,
            progress=counted.step,
        )
    tell(str(settings.workspace))
    say(
        _(
            "{made_at} のバックアップを戻しました。記録 {records:,} 件、ファイル {files:,} 件を確認。",
            made_at=made.manifest.made_at.isoformat(timespec="seconds"),
            records=made.records,
            files=made.files,
        )
    )


def _vault(settings: Settings, key_file: Path | None) -> Vault:
    if key_file is not None:
        return Vault.alone(key_file)
    if settings.master_key:
        return Vault.from_text(settings.master_key)
    raise UsageError(_("マスター鍵が要ります。--key-file か DAICHO_MASTER_KEY で渡してください。"))


def _newest(source: Path) -> Path:
    if not source.is_dir():
        return source.absolute()
    found = sorted(source.glob(f"daicho-*{making.SUFFIX}"))
    if not found:
        raise UsageError(_("{path} にバックアップはありません。", path=source))
    return found[-1].absolute()


def _pointed_to(config: str, url: str) -> str:
    """Return the settings with the registry where it was restored to, never where it was before."""
    kept = re.sub(r"^(\s*url\s*=)", r"# \1", config, flags=re.MULTILINE)
    if not url:
        return kept
    line = f"[registry]\nurl = {json.dumps(url)}"
    if re.search(r"^\[registry\]", kept, flags=re.MULTILINE):
        return re.sub(r"^\[registry\]", lambda _match: line, kept, count=1, flags=re.MULTILINE)
    return f"{kept.rstrip()}\n\n{line}\n"


@contextmanager
def _in_words() -> Iterator[None]:
    """Say in the user's language what is wrong with a backup."""
    try:
        yield
    except BackupError as error:
        raise DaichoError(f"{error.where}: {_FAULTS[error.fault]}") from None


_FAULTS = {
    Fault.DAMAGED: _("バックアップが壊れています。別の写しか、前のバックアップを使ってください。"),
    Fault.UNFINISHED: _("バックアップが最後まで書かれていません。前のバックアップを使ってください。"),
    Fault.MISSING: _("必要なファイルがありません。バックアップのフォルダ全体を元の形にそろえてください。"),
    Fault.WRONG_KEY: _("別のマスター鍵で作られたバックアップです。作った時のマスター鍵を渡してください。"),
    Fault.NEWER: _("新しい版の Daicho が作ったバックアップです。プログラムを更新してください。"),
    Fault.NOT_EMPTY: _("空ではありません。新しいフォルダと空のデータベースを選んでください。"),
    Fault.NO_SPACE: _("空き容量が足りません。場所を空けるか、別の場所を選んでください。"),
    Fault.UNREADABLE: _("読み書きできません。権限を直すか、別の場所を選んでください。"),
    Fault.JOURNAL: _("バックアップの中の記録の鎖が合いません。前のバックアップを使ってください。"),
    Fault.SOURCE: _("検出結果のファイルが登録されたものと違います。ファイルを戻すか、走査し直してください。"),
}
