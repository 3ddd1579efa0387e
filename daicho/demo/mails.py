"""Mails as Japanese programs write them: encoded headers, ISO-2022-JP or UTF-8 bodies, attachments."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from email.header import Header
from email.mime.application import MIMEApplication
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from email.utils import format_datetime, formataddr


@dataclass(frozen=True, slots=True)
class Mail:
    """What a mail says; attachments are (file name, content)."""

    subject: str
    sender: tuple[str, str]  # name, address
    recipient: tuple[str, str]
    body: str
    sent: datetime
    attachments: tuple[tuple[str, bytes], ...] = ()


def _address(pair: tuple[str, str], charset: str) -> str:
    name, address = pair
    return formataddr((Header(name, charset).encode(), address))


def mail_bytes(mail: Mail, charset: str) -> bytes:
    """Return the RFC 5322 form; `charset` is "utf-8" or "iso-2022-jp"."""
    mark = hashlib.sha256(f"{mail.subject}{mail.body}".encode()).hexdigest()
    message = MIMEMultipart(boundary=f"=_{mark[:24]}")
    message["Date"] = format_datetime(mail.sent)
    message["From"] = _address(mail.sender, charset)
    message["To"] = _address(mail.recipient, charset)
    message["Subject"] = Header(mail.subject, charset).encode()
    message["Message-ID"] = f"<{mark[:32]}@{mail.sender[1].rpartition('@')[2]}>"
    message.attach(MIMEText(mail.body, "plain", charset))
    for name, content in mail.attachments:
        part = MIMEApplication(content, "octet-stream")
        part.add_header("Content-Disposition", "attachment", filename=("utf-8", "", name))
        message.attach(part)
    return message.as_bytes().replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
