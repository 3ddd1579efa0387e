"""Time-based one-time passwords ワンタイムパスワード (RFC 6238: HMAC-SHA1, six digits, 30 seconds).

These are the parameters that every authenticator application knows. A code is accepted one step before
and after its time, for clocks that differ (RFC 6238 §5.2), and a step counts once: who uses codes keeps
the step returned by `accepted_step` and asks for later ones only.
"""

from __future__ import annotations

import base64
import hmac
import secrets
from datetime import datetime
from urllib.parse import quote, urlencode

SECRET_BYTES = 20  # as long as the hash, RFC 4226 §4 R6
PERIOD = 30  # seconds
DIGITS = 6
DRIFT = 1  # steps before and after


def new_secret() -> str:
    """Return a random secret in base32, as authenticator applications take it."""
    return base64.b32encode(secrets.token_bytes(SECRET_BYTES)).decode("ascii")


def step_at(moment: datetime) -> int:
    """Return the number of the 30-second step that a moment lies in."""
    return int(moment.timestamp()) // PERIOD


def code(secret: str, step: int) -> str:
    """Return the six digits of a step (RFC 4226 §5.3)."""
    digest = hmac.digest(base64.b32decode(secret), step.to_bytes(8, "big"), "sha1")
    offset = digest[-1] & 0x0F
    number = int.from_bytes(digest[offset : offset + 4], "big") & 0x7FFF_FFFF
    return f"{number % 10**DIGITS:0{DIGITS}d}"


def accepted_step(secret: str, given: str, now: datetime, *, after: int) -> int | None:
    """Return the step whose code was given, None when it is wrong, too old, or not later than `after`."""
    if len(given) != DIGITS or not given.isascii() or not given.isdigit():
        return None
    current = step_at(now)
    found = None
    for step in range(current - DRIFT, current + DRIFT + 1):
        # All steps are compared: time tells nothing.
        if hmac.compare_digest(code(secret, step), given) and step > after:
            found = step
    return found


def address(secret: str, login: str, issuer: str) -> str:
    """Return the otpauth address that an authenticator application reads from the QR code."""
    label = quote(f"{issuer}:{login}", safe="")
    query = urlencode(
        {"secret": secret, "issuer": issuer, "algorithm": "SHA1", "digits": DIGITS, "period": PERIOD}
    )
    return f"otpauth://totp/{label}?{query}"
