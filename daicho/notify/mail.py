"""The mail of a digest: what there is to do as counts and links, in the person's language."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from html import escape

from daicho.notify.words import CHOICE, PAGE, TASK
from daicho.text import Translator, translator
from registry.digests import Digest


@dataclass(frozen=True, slots=True)
class Envelope:
    """Where a mail comes from and goes to, and by what it is known when it arrives twice."""

    sender: str
    address: str
    message_id: str  # without brackets and domain
    at: datetime


def message(digest: Digest, envelope: Envelope, language: str, public_url: str) -> EmailMessage:
    """Return the mail in "ja" or "en"; nothing stands in it but counts, fixed words and links."""
    text = translator(language)
    made = EmailMessage(policy=SMTP)
    made["From"] = envelope.sender
    made["To"] = envelope.address
    made["Subject"] = text("台帳 Daicho: 対応が必要なこと {count} 件", count=f"{digest.total:,}")
    made["Date"] = format_datetime(envelope.at)
    made["Message-ID"] = f"<{envelope.message_id}@{envelope.sender.rpartition('@')[2]}>"
    made["Auto-Submitted"] = "auto-generated"  # RFC 3834: no out-of-office reply comes back
    made.set_content(_plain(digest, public_url, text), cte="base64")
    made.add_alternative(_html(digest, public_url, text), subtype="html", cte="base64")
    made["Content-Language"] = language  # last: whatever sets contents takes such headers away
    return made


def _greeting(text: Translator) -> str:
    return text("対応が必要なことがあります。内容はリンク先の画面で確かめてください。")


def _ending(text: Translator) -> str:
    return text("お知らせの受け取り方を変える")


def _plain(digest: Digest, public_url: str, text: Translator) -> str:
    lines = [
        f"- {text(TASK[line.task])}: {line.count:,}\n  {public_url}{PAGE[line.task]}" for line in digest.lines
    ]
    ending = f"{_ending(text)}: {public_url}{CHOICE}"
    return "\n\n".join((_greeting(text), "\n".join(lines), ending)) + "\n"


def _html(digest: Digest, public_url: str, text: Translator) -> str:
    rows = "".join(
        f"<tr><td style='padding:4px 16px 4px 0'><a href='{escape(public_url + PAGE[line.task])}'>"
        f"{escape(text(TASK[line.task]))}</a></td>"
        f"<td style='padding:4px 0;text-align:right'><b>{line.count:,}</b></td></tr>"
        for line in digest.lines
    )
    return (
        f"<!DOCTYPE html><html lang='{text.language}'><head><meta charset='utf-8'></head>"
        "<body style='font-family:sans-serif;font-size:15px;color:#1f2430'>"
        f"<p>{escape(_greeting(text))}</p><table role='presentation'>{rows}</table>"
        f"<p><a href='{escape(public_url + CHOICE)}'>{escape(_ending(text))}</a></p></body></html>"
    )
