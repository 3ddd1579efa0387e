"""Settings of notifications: the section [notify] of `daicho.toml`; passwords come from the environment."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from daicho.errors import UsageError
from daicho.web_settings import LOOPBACK
from registry.notifications import is_address

SECTIONS: Mapping[str, frozenset[str]] = {
    "notify": frozenset({"host", "port", "security", "user", "sender", "certificates", "webhooks"})
}
SECRET_LENGTH = 32  # characters, at least: who knows a message could try shorter ones (RFC 2104, 3)

TEMPLATE = """
[notify]                                           # password: DAICHO_SMTP_PASSWORD
# host = "mail.example.internal"                   # who has something to do is told by mail
# port = 587
# security = "starttls"                            # or "tls"; "none" on this machine alone
# user = "daicho"
# sender = "daicho@example.co.jp"
# certificates = "/etc/ssl/internal.pem"           # roots of the mail server, when they are your own

[notify.webhooks]                                  # secret of the signature: DAICHO_WEBHOOK_SECRET
# "UNIT" = "https://chat.example.internal/daicho"  # counts of this unit and all below it, once a day
"""


class Security(enum.StrEnum):
    """How the connection to the mail server is protected."""

    STARTTLS = "starttls"
    TLS = "tls"
    NONE = "none"  # to this machine alone


_PORTS: Mapping[Security, int] = {Security.STARTTLS: 587, Security.TLS: 465, Security.NONE: 25}


@dataclass(frozen=True, slots=True)
class MailSettings:
    """The mail server; its `repr` never shows the password."""

    host: str
    port: int
    security: Security
    sender: str
    user: str = ""
    password: str = field(default="", repr=False)
    certificates: Path | None = None  # roots that vouch for the server; None: those of the system


@dataclass(frozen=True, slots=True)
class NotifySettings:
    """Where notifications go; its `repr` shows neither secrets nor addresses, which can be secrets too."""

    mail: MailSettings | None = None
    webhooks: Mapping[str, str] = field(default_factory=dict, repr=False)  # code of a unit -> address
    webhook_secret: str = field(default="", repr=False)

    @property
    def wanted(self) -> bool:
        """True when there is anywhere to send to."""
        return self.mail is not None or bool(self.webhooks)


def load(raw: Mapping[str, Any], env: Mapping[str, str], config: Path, public_url: str) -> NotifySettings:
    """Read the section; raises `UsageError` naming the key, never its value."""
    section = raw.get("notify", {})
    for name in ("host", "security", "user", "sender", "certificates"):
        if not isinstance(section.get(name, ""), str):
            raise UsageError(f"{config}: notify.{name} must be a text.")
    return NotifySettings(
        _mail(section, env, config, public_url) if section.get("host") else None,
        _webhooks(section.get("webhooks", {}), config),
        env.get("DAICHO_WEBHOOK_SECRET", ""),
    )


def _mail(section: Mapping[str, Any], env: Mapping[str, str], config: Path, public_url: str) -> MailSettings:
    host = str(section["host"])
    if not public_url:
        raise UsageError(f"{config}: notify.host needs web.public_url: mails hold links to the pages.")
    try:
        security = Security(section.get("security", Security.STARTTLS))
    except ValueError:
        raise UsageError(f'{config}: notify.security is "starttls", "tls" or "none".') from None
    if security is Security.NONE and host not in LOOPBACK:
        raise UsageError(
            f'{config}: notify.security = "none" is for a mail server on this machine: everybody on the way'
            ' could read along. Use "starttls" or "tls".'
        )
    port = section.get("port", _PORTS[security])
    if type(port) is not int or not 1 <= port <= 65_535:
        raise UsageError(f"{config}: notify.port is a whole number from 1 to 65535.")
    sender = str(section.get("sender", ""))
    if not is_address(sender.lower()):
        raise UsageError(f"{config}: notify.sender is the mail address that mails come from.")
    named = str(section.get("certificates", ""))
    return MailSettings(
        host,
        port,
        security,
        sender,
        str(section.get("user", "")),
        env.get("DAICHO_SMTP_PASSWORD", ""),
        config.parent / named if named else None,
    )


def _webhooks(section: object, config: Path) -> dict[str, str]:
    if not isinstance(section, dict) or not all(isinstance(each, str) for each in section.values()):
        raise UsageError(f'{config}: [notify.webhooks] holds lines like "UNIT" = "https://…".')
    for code, address in section.items():
        parts = urlsplit(address)
        encrypted = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK)
        plain = address.isascii() and address.isprintable() and " " not in address
        if not encrypted or not parts.hostname or parts.username or parts.fragment or not plain:
            raise UsageError(f"{config}: notify.webhooks.{code} is an address that begins with https://.")
    return dict(section)
