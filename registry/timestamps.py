"""Time-stamps タイムスタンプ (RFC 3161): asks an authority for one, and checks it against trusted roots.

The authority sees a SHA-256 digest and nothing else. A time-stamp is checked when it arrives and again at
every verification: its signature and chain, that its certificate is for time-stamping, and its digest.
"""

from __future__ import annotations

import urllib.error
import urllib.request
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

from cryptography.x509 import Certificate, load_pem_x509_certificates
from rfc3161_client import (
    HashAlgorithm,
    TimestampRequestBuilder,
    TimeStampResponse,
    VerificationError,
    VerifierBuilder,
    decode_timestamp_response,
)

from registry.errors import RegistryError

_SECONDS = 30
_LARGEST = 1 << 20  # bytes; an answer has some thousand


class TimeStampError(RegistryError):
    """A time-stamp cannot be had, or is not one of the trusted authority for this head."""


@dataclass(frozen=True, slots=True)
class Authority:
    """A time-stamping authority 時刻認証局: where it answers and the root certificates that it chains to."""

    url: str  # empty: only check what was stamped before
    roots: tuple[Certificate, ...]

    @classmethod
    def load(cls, url: str, certificates: Path) -> Authority:
        """Take the roots from a PEM file; raises TimeStampError when there are none."""
        try:
            roots = tuple(load_pem_x509_certificates(certificates.read_bytes()))
        except (OSError, ValueError):
            raise TimeStampError(
                f"{certificates} cannot be read as PEM certificates; give the roots of the authority"
            ) from None
        if url and urlsplit(url).scheme not in ("http", "https"):
            raise TimeStampError("the time-stamping authority's address must start with https:// or http://")
        return cls(url, roots)

    def stamp(self, data: bytes) -> bytes:
        """Return a checked time-stamp response (DER) over these bytes."""
        query = TimestampRequestBuilder().data(data).hash_algorithm(HashAlgorithm.SHA256).build()
        request = urllib.request.Request(  # noqa: S310 -- only http and https reach this point
            self.url, data=query.as_bytes(), headers={"Content-Type": "application/timestamp-query"}
        )
        try:
            with urllib.request.urlopen(request, timeout=_SECONDS) as answer:  # noqa: S310
                token: bytes = answer.read(_LARGEST)
        except (OSError, urllib.error.URLError):
            raise TimeStampError(
                f"the time-stamping authority {urlsplit(self.url).hostname} does not answer; try again later"
            ) from None
        self._checked(token, data, query.nonce)
        return token

    def check(self, token: bytes, data: bytes) -> datetime:
        """Return the time that a time-stamp over these bytes proves; raises TimeStampError."""
        return self._checked(token, data, None).tst_info.gen_time.astimezone(UTC)

    def _checked(self, token: bytes, data: bytes, nonce: int | None) -> TimeStampResponse:
        builder = VerifierBuilder(roots=list(self.roots), nonce=nonce)
        try:
            response = decode_timestamp_response(token)
            builder.build().verify_message(response, data)
        except (VerificationError, ValueError):
            raise TimeStampError(
                "the time-stamp is not one of the trusted authority over this head; check its certificates"
            ) from None
        return response
