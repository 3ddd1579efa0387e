"""Webhooks: counts of a unit as signed JSON, to one address, over TLS, without following anywhere else.

The receiver recomputes `X-Daicho-Signature`: "sha256=" and the hexadecimal HMAC-SHA256, by the shared secret,
of the bytes of `X-Daicho-Timestamp` (seconds since 1970), a full stop, and the body. `X-Daicho-Delivery` is
the same whenever the same message is sent again.
"""

from __future__ import annotations

import hmac
import http.client
import json
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import urlsplit

from daicho.notify.errors import RefusedError, UnreachableError
from registry.digests import Digest
from registry.model import UnitId

SECONDS = 10.0
_GONE = frozenset({404, 410})  # nobody listens there any more


@dataclass(frozen=True, slots=True)
class Delivery:
    """One message; its `repr` shows neither address nor secret."""

    unit_id: UnitId
    unit: str  # its code
    period: str
    digest: Digest
    address: str = field(repr=False)
    secret: str = field(repr=False)

    @property
    def name(self) -> str:
        """Return what the message is known by when it arrives twice."""
        return f"{self.unit}/{self.period}"

    def body(self) -> bytes:
        """Return the JSON: the unit, the day, and counts by the ids of tasks."""
        counts = {line.task.value: line.count for line in self.digest.lines}
        told = {"unit": self.unit, "day": self.period, "counts": counts}
        return json.dumps(told, sort_keys=True).encode("ascii")


def signature(secret: str, timestamp: str, body: bytes) -> str:
    """Return the signature of a body that was sent at a time."""
    return f"sha256={hmac.digest(secret.encode(), timestamp.encode() + b'.' + body, 'sha256').hex()}"


def send(
    delivery: Delivery, at: datetime, *, seconds: float = SECONDS, trusted: ssl.SSLContext | None = None
) -> None:
    """Post a message; raises UnreachableError, or RefusedError when nobody listens there any more.

    Only an answer 200 to 299 counts. A redirect is no such answer: it could lead to whom nobody chose.
    """
    body, timestamp = delivery.body(), str(int(at.timestamp()))
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "daicho",
        "X-Daicho-Timestamp": timestamp,
        "X-Daicho-Signature": signature(delivery.secret, timestamp, body),
        "X-Daicho-Delivery": delivery.name.encode("ascii", "backslashreplace").decode("ascii"),
    }
    try:
        status = _posted(delivery.address, body, headers, seconds, trusted)
    except (OSError, http.client.HTTPException) as error:
        raise UnreachableError(
            f"the webhook of {delivery.unit} does not answer ({type(error).__name__}); "
            "check [notify.webhooks]"
        ) from None
    if status in _GONE:
        raise RefusedError(f"nobody listens at the webhook of {delivery.unit} (answer {status})")
    if not 200 <= status < 300:
        raise UnreachableError(f"the webhook of {delivery.unit} answers {status}; check [notify.webhooks]")


def _posted(
    address: str, body: bytes, headers: Mapping[str, str], seconds: float, trusted: ssl.SSLContext | None
) -> int:
    parts = urlsplit(address)
    host = parts.hostname or ""
    connection = (
        http.client.HTTPSConnection(
            host, parts.port, timeout=seconds, context=trusted or ssl.create_default_context()
        )
        if parts.scheme == "https"
        else http.client.HTTPConnection(host, parts.port, timeout=seconds)
    )
    try:
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection.request("POST", path, body=body, headers=dict(headers))
        return connection.getresponse().status  # the rest of the answer is nobody's business
    finally:
        connection.close()
