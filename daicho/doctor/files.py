"""Modes, owners and room of the workspace's files."""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path

from daicho.cli.console import _
from daicho.doctor.model import Finding, State
from daicho.settings import CONFIG_NAME, Settings
from daicho.workspace import KEY_FILE

LEAST_FREE = 5 << 30  # bytes
LEAST_SHARE = 0.05  # of the disk
_SHOWN = 5  # files that are named
_OTHERS = stat.S_IRWXG | stat.S_IRWXO


def modes(settings: Settings) -> Iterator[Finding]:
    """Look for files of the workspace that others than their owner may read or change."""
    subject = _("ファイルの権限")
    open_to_others, foreign = [], []
    for path in (settings.workspace, *sorted(settings.workspace.rglob("*"))):
        status = path.lstat()
        if stat.S_ISLNK(status.st_mode):
            continue
        # The settings hold no secret: they may be read by others, not changed
        mask = stat.S_IWGRP | stat.S_IWOTH if path.name == CONFIG_NAME else _OTHERS
        if status.st_mode & mask:
            open_to_others.append(path)
        if status.st_uid != os.geteuid():
            foreign.append(path)
    if open_to_others:
        yield Finding(
            subject,
            State.FAULT,
            _("{count} 件を所有者以外が読めるか書けます: {paths}", **_named(open_to_others)),
            _("chmod -R go-rwx {path} を実行してください。", path=settings.workspace),
        )
    if foreign:
        yield Finding(
            subject,
            State.WARNING,
            _("{count} 件の所有者が、この利用者ではありません: {paths}", **_named(foreign)),
            _("Daicho は一人の専用利用者で動かし、chown でその利用者の所有にしてください。"),
        )
    if not open_to_others and not foreign:
        yield Finding(subject, State.GOOD, _("所有者だけが読み書きできます。"))


def key_place(settings: Settings) -> Iterator[Finding]:
    """Look where the master key lies: beside the data that it opens one theft takes both."""
    subject = _("マスター鍵の置き場所")
    if settings.master_key:
        yield Finding(subject, State.GOOD, _("環境変数から受け取っています。"))
        return
    file = settings.workspace / KEY_FILE
    if not file.exists():
        yield Finding(
            subject,
            State.FAULT,
            _("{path} がありません。", path=file),
            _("控えから戻すか、DAICHO_MASTER_KEY で渡してください。鍵がなければ台帳は開きません。"),
        )
        return
    if file.resolve().stat().st_dev == settings.workspace.resolve().stat().st_dev:
        yield Finding(
            subject,
            State.WARNING,
            _("鍵は、それが開くデータと同じディスクにあります。ディスクの複製は両方を含みます。"),
            _("鍵は別の場所（鍵管理サービスや別の媒体）に置き、DAICHO_MASTER_KEY で渡せます。"),
        )
        return
    yield Finding(subject, State.GOOD, _("鍵はデータと別のディスクにあります。"))


def room(settings: Settings, *, least: int = LEAST_FREE, share: float = LEAST_SHARE) -> Iterator[Finding]:
    """Look at the free room of the disk that the workspace lies on."""
    subject = _("ディスクの空き")
    usage = shutil.disk_usage(settings.workspace)
    free = _("{free:,.1f} GiB 空いています。", free=usage.free / (1 << 30))
    if usage.free < least or usage.free < share * usage.total:
        yield Finding(
            subject,
            State.WARNING,
            free,
            _(
                "検査の結果と控えのために空きを増やしてください。満杯になると書き込みは失敗し、何も変わりません。"
            ),
        )
    else:
        yield Finding(subject, State.GOOD, free)


def _named(paths: list[Path]) -> dict[str, object]:
    shown = ", ".join(str(path) for path in paths[:_SHOWN])
    return {"count": len(paths), "paths": shown + (" …" if len(paths) > _SHOWN else "")}
