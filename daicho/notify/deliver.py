"""Sends what is planned, each message once per person or unit and period, however often it is called.

A message is claimed before it is sent and its claim is ended after. What could not be sent gives its claim
back, and the next call tries again. Whose process dies between the two is sent twice at most, half an hour
later, under the same Message-ID.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from daicho.errors import UsageError
from daicho.notify import webhook
from daicho.notify.errors import NotifyError, RefusedError, UnreachableError
from daicho.notify.mail import Envelope, message
from daicho.notify.plan import Letter, Plan, hook_job
from daicho.notify.post import Post
from daicho.notify.webhook import Delivery
from daicho.notify_settings import SECRET_LENGTH
from daicho.settings import Settings
from daicho.workspace import Workspace
from registry import claims
from registry.claims import Taken

_IN_A_ROW = 3  # after so many mails that a server did not take, the rest waits for the next call


@dataclass(frozen=True, slots=True)
class Sent:
    """What came of a plan: numbers by name, and why something waits for the next call."""

    numbers: Mapping[str, int]
    failures: tuple[str, ...] = ()


def missing(settings: Settings) -> str:
    """Return what is to be set before anything can be sent, "" when nothing is missing."""
    notify = settings.notify
    if notify.mail is not None and notify.mail.user and not notify.mail.password:
        return "set DAICHO_SMTP_PASSWORD, the password of notify.user at the mail server"
    if notify.webhooks and len(notify.webhook_secret) < SECRET_LENGTH:
        return f"set DAICHO_WEBHOOK_SECRET to {SECRET_LENGTH} characters or more: openssl rand -hex 32"
    return ""


def deliver(workspace: Workspace, wanted: Plan) -> Sent:
    """Send what is planned; raises UsageError when a secret is missing, and nothing is sent then."""
    if lacking := missing(workspace.settings):
        raise UsageError(lacking)
    with workspace.registry.read(workspace.owner()) as tx:
        now = tx.now
    mails = _mails(workspace, wanted.letters, now)
    hooks = _hooks(workspace, wanted.deliveries, now)
    failures = (
        *(f"no unit has the code {code}; correct [notify.webhooks]" for code in wanted.unknown_units),
        *mails.failures,
        *hooks.failures,
    )
    told = {"already": wanted.already, "off": wanted.off, "nothing": wanted.nothing}
    numbers = {
        "mails": mails.sent,
        "webhooks": hooks.sent,
        "refused": mails.refused + hooks.refused,
        "failed": mails.failed + hooks.failed + len(wanted.unknown_units),
        "no_address": wanted.no_address,
        **told,
    }
    return Sent(numbers, tuple(dict.fromkeys(failures)))


@dataclass(slots=True)
class _Tally:
    """How many messages of one kind ended how."""

    sent: int = 0
    refused: int = 0
    failed: int = 0
    failures: tuple[str, ...] = ()


def _mails(workspace: Workspace, letters: tuple[Letter, ...], now: datetime) -> _Tally:
    settings, tally, in_a_row = workspace.settings, _Tally(), 0
    mail = settings.notify.mail
    if mail is None or not letters:
        return tally
    with Post(mail) as post:
        for number, letter in enumerate(letters):
            who = letter.recipient
            envelope = Envelope(mail.sender, who.address, _message_id(workspace, letter), now)
            made = message(letter.digest, envelope, who.language, settings.web.public_url)
            failed = tally.failed
            _once(
                workspace,
                letter.job,
                letter.period,
                partial(post.send, made),
                tally,
            )
            in_a_row = in_a_row + 1 if tally.failed > failed else 0
            if in_a_row == _IN_A_ROW:
                tally.failed += len(letters) - number - 1
                break
    return tally


def _hooks(workspace: Workspace, deliveries: Iterable[Delivery], now: datetime) -> _Tally:
    tally = _Tally()
    for each in deliveries:
        _once(workspace, hook_job(each.unit_id), each.period, partial(webhook.send, each, now), tally)
    return tally


def _once(workspace: Workspace, job: str, period: str, send: Callable[[], None], tally: _Tally) -> None:
    """Send one message unless somebody has sent it for the period, or is at it."""
    registry, owner = workspace.registry, workspace.owner()
    held = claims.claim(registry, owner, job, period)
    if isinstance(held, Taken):
        return
    outcome, done = "failed", False
    try:
        send()
        outcome, done = "sent", True
        tally.sent += 1
    except RefusedError as error:
        outcome, done = "refused", True
        tally.refused += 1
        tally.failures = (*tally.failures, str(error)) if job.startswith("webhook/") else tally.failures
    except UnreachableError as error:
        tally.failed += 1
        tally.failures = (*tally.failures, str(error))
    finally:
        claims.finish(registry, owner, held, outcome=outcome, done=done)


def failed(sent: Sent) -> NotifyError | None:
    """Return the error that a caller raises when something waits for the next call."""
    if not sent.numbers["failed"]:
        return None
    return NotifyError(f"{sent.numbers['failed']} not sent: {'; '.join(sent.failures)}")


def _message_id(workspace: Workspace, letter: Letter) -> str:
    named = f"{letter.job} {letter.period}".encode()
    return hmac.digest(workspace.vault.subkey("message"), named, "sha256").hex()[:32]
