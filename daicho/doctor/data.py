"""The registry, its journal and the clock that both rely on."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from datetime import datetime, timedelta

from sqlalchemy import func, select, text

from daicho.cli.console import _
from daicho.doctor.model import Finding, State
from daicho.workspace import Workspace
from registry import journal
from registry.store.tables import JournalRecord

_SLACK = timedelta(minutes=2)


def registry(workspace: Workspace) -> Iterator[Finding]:
    """Look whether every page of the database is as it was written, and say what database it is."""
    subject = _("台帳のデータベース")
    engine = workspace.registry.engine
    if engine.dialect.name == "sqlite":
        with engine.connect() as connection:
            faults = connection.exec_driver_sql("PRAGMA cipher_integrity_check").all()
        if faults:
            yield Finding(
                subject,
                State.FAULT,
                _("データベースの {count} か所が壊れています。", count=len(faults)),
                _("書き込みを止め、控えから戻してください。"),
            )
            return
        yield Finding(subject, State.GOOD, _("SQLCipher のファイルに壊れた所はありません。"))
        return
    with engine.connect() as connection:
        version = str(connection.execute(text("SHOW server_version")).scalar_one())
        encrypted = bool(
            connection.execute(
                text("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()")
            ).scalar_one_or_none()
        )
    local = engine.url.host in (None, "", "localhost", "127.0.0.1", "::1") or (
        engine.url.host or ""
    ).startswith("/")
    if not encrypted and not local:
        yield Finding(
            subject,
            State.FAULT,
            _("PostgreSQL {version} への接続が暗号化されていません。", version=version),
            _("接続先の URL に ?sslmode=verify-full を付け、サーバーで TLS を有効にしてください。"),
        )
        return
    yield Finding(subject, State.GOOD, _("PostgreSQL {version} につながります。", version=version))


def chain(workspace: Workspace) -> Iterator[Finding]:
    """Walk the journal's chain."""
    subject = _("操作記録")
    verdict = journal.verify(workspace.registry)
    if verdict.ok:
        yield Finding(
            subject, State.GOOD, _("記録 {count:,} 件の鎖に切れ目はありません。", count=verdict.count)
        )
        return
    yield Finding(
        subject,
        State.FAULT,
        _("記録の鎖が {seq} 番で切れています: {fault}", seq=verdict.broken_seq, fault=verdict.what),
        _("誰かがデータベースを直接変えた疑いがあります。書き込みを止め、控えと突き合わせてください。"),
    )


def clock(workspace: Workspace, now: datetime) -> Iterator[Finding]:
    """Compare the clock with the newest journal record, and ask whether it is kept right."""
    subject = _("時計")
    with workspace.registry.read(workspace.owner()) as tx:
        newest = tx.session.scalar(select(func.max(JournalRecord.at)))
    if newest is not None and newest > now + _SLACK:
        yield Finding(
            subject,
            State.FAULT,
            _("時計が、最後の記録（{when}）より遅れています。", when=f"{newest:%Y-%m-%d %H:%M} UTC"),
            _("時計を合わせてください。期限、記録の時刻、サインインの期限が狂います。"),
        )
        return
    synchronised = _synchronised()
    if synchronised is False:
        yield Finding(
            subject,
            State.WARNING,
            _("時計が時刻サーバーと同期していません。"),
            _("timedatectl set-ntp true などで同期させてください。"),
        )
        return
    yield Finding(
        subject,
        State.GOOD,
        _("時刻サーバーと同期しています。") if synchronised else _("最後の記録と矛盾しません。"),
    )


def _synchronised() -> bool | None:
    """Return what systemd says of the clock, None where it says nothing."""
    program = shutil.which("timedatectl")
    if program is None:
        return None
    asked = subprocess.run(
        [program, "show", "--property=NTPSynchronized", "--value"],
        capture_output=True,
        text=True,
        timeout=10,
        check=False,
    )
    answer = asked.stdout.strip()
    return {"yes": True, "no": False}.get(answer) if asked.returncode == 0 else None
