"""The mail to the owner of an object 所有者への依頼: what lies where, what is asked for, and until when.

Nothing stands in it but the masked place, counts, fixed words and a day.
"""

from __future__ import annotations

from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from daicho.notify.mail import Envelope
from daicho.pages import words
from daicho.pages.formats import Formats
from daicho.pages.remediation_words import WISH
from daicho.text import translator
from registry.remediation_states import Remediation


def message(asked: Remediation, envelope: Envelope, language: str) -> EmailMessage:
    """Return the mail in "ja" or "en"."""
    text, formats = translator(language), Formats(language)
    assert asked.request is not None
    made = EmailMessage(policy=SMTP)
    made["From"] = envelope.sender
    made["To"] = envelope.address
    made["Subject"] = text("台帳 Daicho: 個人情報を含むファイルのご確認のお願い")
    made["Date"] = format_datetime(envelope.at)
    made["Message-ID"] = f"<{envelope.message_id}@{envelope.sender.rpartition('@')[2]}>"
    counts = [
        text("　{category}: {number} 件", category=text(words.CATEGORY[category]), number=f"{number:,}")
        for category, number in sorted(asked.facts.categories.items())
    ]
    lines = [
        text("次のファイルに個人情報が見つかりました。"),
        "",
        text("場所: {place}", place=asked.facts.shown),
        *counts,
        "",
        text("お願い: {wish}", wish=text(WISH[asked.request.wish])),
        text("期限: {day}", day=formats.day(asked.until)),
        "",
        text("済みましたら、またはご不明の点があれば、次の方にお知らせください: {name}", name=asked.proposer),
        text("場所の名前に含まれる個人情報は伏せてあります。"),
    ]
    made.set_content("\n".join(lines) + "\n", cte="base64")
    made["Content-Language"] = language  # last: whatever sets contents takes such headers away
    return made
