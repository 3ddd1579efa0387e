"""Errors of sending; no message holds an address, a secret or an answer of the other side.

DaichoError
└── NotifyError            something could not be sent
    ├── UnreachableError   the other side does not answer, or not as it should: the next tick tries again
    └── RefusedError       the other side will not have this one message: the next period tries again
"""

from __future__ import annotations

from daicho.errors import DaichoError


class NotifyError(DaichoError):
    """Something could not be sent."""


class UnreachableError(NotifyError):
    """The other side does not answer, or not as it should."""


class RefusedError(NotifyError):
    """The other side will not have this message, now or later."""
