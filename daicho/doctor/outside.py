"""What lies outside this machine: signed heads, the proxy's certificate, time-stamps, the mail server."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

from sqlalchemy import func, select

from daicho.cli.console import _
from daicho.doctor.model import Finding, State
from daicho.notify.errors import NotifyError
from daicho.notify.post import Post
from daicho.settings import Settings
from daicho.workspace import Workspace
from registry.store.tables import JournalAnchor

_DAILY = timedelta(hours=36)  # a head a day, and room for a late one
_RENEWAL = timedelta(days=14)
_SECONDS = 5.0


def heads(workspace: Workspace, now: datetime) -> Iterator[Finding]:
    """Ask whether the journal's head is signed daily into another place."""
    subject = _("記録の署名")
    folder = workspace.settings.anchors
    if folder is None:
        yield Finding(
            subject,
            State.WARNING,
            _("記録の署名を別の場所へ書く設定がありません。鍵を持つ者による全体の書き換えは見つかりません。"),
            _(
                "daicho.toml の [journal] anchors に別の機器のフォルダーを書き、"
                "daicho tick を毎日動かしてください。"
            ),
        )
        return
    if not folder.is_dir():
        yield Finding(
            subject,
            State.FAULT,
            _("{path} がありません。", path=folder),
            _("共有をつなぎ直すか、[journal] anchors を直してください。"),
        )
        return
    with workspace.registry.read(workspace.owner()) as tx:
        newest = tx.session.scalar(select(func.max(JournalAnchor.at)))
    if newest is None or now - newest > _DAILY:
        yield Finding(
            subject,
            State.WARNING,
            _("最後の署名から 36 時間以上たっています。") if newest else _("まだ一度も署名していません。"),
            _("daicho tick を cron か systemd で毎日動かしてください。"),
        )
        return
    yield Finding(subject, State.GOOD, _("最後の署名は {when} です。", when=f"{newest:%Y-%m-%d %H:%M} UTC"))


def certificate(settings: Settings, now: datetime) -> Iterator[Finding]:
    """Connect to the public address and look at its certificate; nothing without such an address."""
    subject = _("TLS の証明書")
    address = urlsplit(settings.web.public_url)
    if address.scheme != "https" or not address.hostname:
        return
    context = ssl.create_default_context()
    try:
        with (
            socket.create_connection((address.hostname, address.port or 443), timeout=_SECONDS) as plain,
            context.wrap_socket(plain, server_hostname=address.hostname) as secured,
        ):
            shown = secured.getpeercert() or {}
    except (OSError, ValueError) as error:
        yield Finding(
            subject,
            State.FAULT,
            _(
                "{address} に TLS でつながりません（{kind}）。",
                address=address.netloc,
                kind=type(error).__name__,
            ),
            _("リバースプロキシ、名前解決、証明書の期限と発行元を確かめてください（docs/deployment.md）。"),
        )
        return
    until = datetime.fromtimestamp(ssl.cert_time_to_seconds(str(shown["notAfter"])), UTC)
    told = _("期限は {when} です。", when=f"{until:%Y-%m-%d}")
    if until - now < _RENEWAL:
        yield Finding(
            subject, State.WARNING, told, _("証明書を更新し、自動更新が動いているか確かめてください。")
        )
    else:
        yield Finding(subject, State.GOOD, told)


def authority(settings: Settings) -> Iterator[Finding]:
    """Connect to the time-stamping authority; nothing where none is configured."""
    subject = _("時刻認証局")
    address = urlsplit(settings.tsa_url)
    if not address.hostname:
        return
    port = address.port or (443 if address.scheme == "https" else 80)
    try:
        socket.create_connection((address.hostname, port), timeout=_SECONDS).close()
    except OSError as error:
        yield Finding(
            subject,
            State.WARNING,
            _("{address} につながりません（{kind}）。", address=address.netloc, kind=type(error).__name__),
            _("[journal] tsa_url とファイアウォールを確かめてください。署名は時刻印なしで続きます。"),
        )
    else:
        yield Finding(subject, State.GOOD, _("{address} につながります。", address=address.netloc))


def mail(settings: Settings) -> Iterator[Finding]:
    """Connect to the mail server and sign in; nothing where none is configured, and no mail is sent."""
    configured = settings.notify.mail
    if configured is None:
        return
    subject, address = _("メールサーバー"), f"{configured.host}:{configured.port}"
    with Post(configured, seconds=_SECONDS) as post:
        try:
            post.check()
        except NotifyError:
            yield Finding(
                subject,
                State.FAULT,
                _("{address} にメールを渡せません。", address=address),
                _(
                    "daicho.toml の [notify] の host、port、security、certificates、user と、"
                    "環境変数 DAICHO_SMTP_PASSWORD を確かめてください。"
                ),
            )
            return
    yield Finding(subject, State.GOOD, _("{address} につながります。", address=address))
