"""Shares of a master key: any `needed` of them give it back, fewer tell nothing (秘密分散).

Shamir's scheme ("How to share a secret", CACM 1979) over GF(2^8) with the polynomial of AES (FIPS 197 §4.2):
each byte of the key is the constant term of a random polynomial of degree `needed` - 1, a share is its value
at x = 1, 2, 3 …

A share is one line: ``daicho-share-1.<needed>.<x>.<set>.<value>.<check>``. `set` (16 hex digits) is an HMAC
under the master key, so that shares of different keys are told apart and the result is checked; `check` is
the start of a SHA-256 over the rest of the line, against slips of the pen.

Not defended against: an officer who hands in a forged share learns nothing, but can prevent the recovery.
"""

from __future__ import annotations

import enum
import hashlib
import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache, reduce

from registry.errors import RegistryError

_HEAD = "daicho-share-1"
_POLYNOMIAL = 0x11B
SHARES_AT_MOST = 9


class ShareFault(enum.StrEnum):
    """Why shares do not give a key."""

    MALFORMED = "malformed"
    TOO_FEW = "too_few"
    SAME = "same"
    MIXED = "mixed"
    WRONG = "wrong"


_SAID = {
    ShareFault.MALFORMED: "a share is no line that daicho key export wrote, or was changed",
    ShareFault.TOO_FEW: "these are fewer shares than the key needs",
    ShareFault.SAME: "the same share was given twice",
    ShareFault.MIXED: "the shares belong to different keys",
    ShareFault.WRONG: "the shares do not give the key that they were made of",
}


class ShareError(RegistryError):
    """Shares do not give a key; the message repeats nothing of them."""

    def __init__(self, fault: ShareFault) -> None:
        super().__init__(_SAID[fault])
        self.fault = fault


@dataclass(frozen=True, slots=True)
class Share:
    """One officer's share; its repr shows nothing of its value."""

    needed: int
    x: int
    set_id: str
    value: bytes = field(repr=False)

    def to_line(self) -> str:
        """Return the share as the line that is kept."""
        rest = f"{_HEAD}.{self.needed}.{self.x}.{self.set_id}.{self.value.hex()}"
        return f"{rest}.{_check(rest)}"

    @classmethod
    def from_line(cls, line: str) -> Share:
        """Read a line; raises ShareError (`malformed`)."""
        rest, _, check = line.strip().rpartition(".")
        parts = rest.split(".")
        if len(parts) != 5 or parts[0] != _HEAD or not hmac.compare_digest(check, _check(rest)):
            raise ShareError(ShareFault.MALFORMED)
        try:
            return cls(int(parts[1]), int(parts[2]), parts[3], bytes.fromhex(parts[4]))
        except ValueError:
            raise ShareError(ShareFault.MALFORMED) from None


def split(key: bytes, *, needed: int, count: int) -> list[Share]:
    """Return `count` shares of a key, any `needed` of which give it back; 2 <= needed <= count <= 9."""
    if not 2 <= needed <= count <= SHARES_AT_MOST:
        raise ShareError(ShareFault.TOO_FEW)
    columns = [(byte, *secrets.token_bytes(needed - 1)) for byte in key]
    return [
        Share(needed, x, _set_id(key), bytes(_value(coefficients, x) for coefficients in columns))
        for x in range(1, count + 1)
    ]


def join(shares: Sequence[Share]) -> bytes:
    """Return the key that the shares were made of; raises ShareError."""
    if not shares or len(shares) < shares[0].needed:
        raise ShareError(ShareFault.TOO_FEW)
    if len({(share.set_id, share.needed, len(share.value)) for share in shares}) > 1:
        raise ShareError(ShareFault.MIXED)
    if len({share.x for share in shares}) < len(shares):
        raise ShareError(ShareFault.SAME)
    weights = [_weight(share.x, [other.x for other in shares if other is not share]) for share in shares]
    key = bytes(
        reduce(int.__xor__, (_times(weight, byte) for weight, byte in zip(weights, column, strict=True)))
        for column in zip(*(share.value for share in shares), strict=True)
    )
    if not hmac.compare_digest(_set_id(key), shares[0].set_id):
        raise ShareError(ShareFault.WRONG)
    return key


def _value(coefficients: Sequence[int], x: int) -> int:
    return reduce(lambda total, coefficient: _times(total, x) ^ coefficient, reversed(coefficients), 0)


def _weight(x: int, others: Sequence[int]) -> int:
    """Return Lagrange's weight of a share at 0; subtraction in GF(2^8) is XOR."""
    return reduce(lambda total, other: _times(total, _times(other, _inverse(other ^ x))), others, 1)


def _times(a: int, b: int) -> int:
    product = 0
    for _ in range(8):
        product ^= a & -(b & 1)
        a = (a << 1) ^ (_POLYNOMIAL & -(a >> 7))
        b >>= 1
    return product


@cache
def _inverse(a: int) -> int:
    # a^254 = a^-1 in a field of 256 elements. Kept, as only the numbers of shares come here: no secret.
    return reduce(lambda power, _: _times(power, a), range(253), a)


def _set_id(key: bytes) -> str:
    return hmac.digest(key, b"daicho/shares/v1", "sha256")[:8].hex()


def _check(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:8]
