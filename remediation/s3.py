"""Buckets of object stores: objects are removed where the store keeps no earlier versions, and put back.

A store cannot be kept from writing between the last look and the removal; the removal names the etag, which
stores that know the condition compare. Where versions are kept nothing is removed: the data would stay.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, TypeVar
from urllib.parse import unquote

from remediation.errors import Fault, RemediationError
from remediation.interface import PIECE, Standing
from scanners.credentials import Credentials
from scanners.errors import SourceError
from scanners.selection import EVERYTHING
from scanners.sources import s3
from scanners.sources.s3_client import Login, LostError, RefusedError, asked, client_of

_PART = 8 << 20  # of an upload in parts; at least 5 MiB but for the last
_FAULTS = {
    "NoSuchKey": Fault.GONE,
    "404": Fault.GONE,
    "NoSuchBucket": Fault.NO_FOLDER,
    "AccessDenied": Fault.DENIED,
    "403": Fault.DENIED,
    "InvalidAccessKeyId": Fault.DENIED,
    "SignatureDoesNotMatch": Fault.DENIED,
    "PreconditionFailed": Fault.OCCUPIED,
    "412": Fault.OCCUPIED,
    "409": Fault.OCCUPIED,
    "ConditionalRequestConflict": Fault.OCCUPIED,
}
_KEPT = ("ContentType", "ContentEncoding", "ContentDisposition", "ContentLanguage", "CacheControl")
_Result = TypeVar("_Result")


def opened(url: str, credentials: Credentials) -> S3Place:
    """Return the place of an `s3://` source, opened with the keys of remediation."""
    try:
        source = s3.opened(url, credentials, EVERYTHING)
        if not source.bucket:
            raise RemediationError(Fault.NOT_SUPPORTED)
        return S3Place(source.login, source.bucket, source.place, replace(source, prefix="").place)
    except SourceError:
        raise RemediationError(Fault.DENIED) from None


@dataclass(frozen=True, slots=True)
class S3Place:
    """What lies below a prefix of a bucket."""

    login: Login = field(repr=False)
    bucket: str
    place: str
    root: str  # the address of the bucket, behind which keys begin

    def standing(self, uri: str) -> Standing:
        """Return what an object is now."""
        key = self._key(uri)
        found = self._ask(lambda client: client.head_object(Bucket=self.bucket, Key=key))
        changed = found["LastModified"]
        mtime_ns = int(changed.timestamp()) * 1_000_000_000 + changed.microsecond * 1000
        kept = {name: str(found[name]) for name in _KEPT if found.get(name)}
        if found.get("Metadata"):
            kept["Metadata"] = json.dumps(found["Metadata"])
        return Standing(int(found["ContentLength"]), mtime_ns, str(found.get("ETag", "")), kept)

    def read(self, uri: str) -> Iterator[bytes]:
        """Yield the bytes of an object, piece by piece, all of one version."""
        key, now = self._key(uri), self.standing(uri)
        for start in range(0, now.size, PIECE):
            end = min(now.size, start + PIECE) - 1
            yield self._ranged(key, now.tag, f"bytes={start}-{end}")

    def _ranged(self, key: str, tag: str, wanted: str) -> bytes:
        condition = {"IfMatch": tag} if tag else {}

        def got(client: Any) -> bytes:
            found = client.get_object(Bucket=self.bucket, Key=key, Range=wanted, **condition)
            return bytes(found["Body"].read())

        try:
            return self._ask(got)
        except RemediationError as error:
            if error.fault is Fault.OCCUPIED:  # the condition did not hold
                raise RemediationError(Fault.CHANGED) from None
            raise

    def close(self) -> None:
        """Do nothing: there is nothing to leave."""

    def remove(self, uri: str, expected: Standing, sha256: str) -> None:
        """Remove an object that is still the one that was copied, in a bucket without versions."""
        key = self._key(uri)
        versions = self._ask(lambda client: client.get_bucket_versioning(Bucket=self.bucket))
        if versions.get("Status"):
            raise RemediationError(Fault.VERSIONED)
        digest = hashlib.sha256()
        for piece in self.read(uri):
            digest.update(piece)
        now = self.standing(uri)
        alike = (now.size, now.mtime_ns, now.tag) == (expected.size, expected.mtime_ns, expected.tag)
        if digest.hexdigest() != sha256 or not alike:
            raise RemediationError(Fault.CHANGED)
        self._ask(lambda client: client.delete_object(Bucket=self.bucket, Key=key))

    def put_back(self, uri: str, pieces: Iterator[bytes], kept: Mapping[str, str], mtime_ns: int) -> None:  # noqa: ARG002 - stores set the time themselves
        """Write an object where nothing lies; the condition is the store's, so that nobody is overwritten."""
        key = self._key(uri)
        try:
            self.standing(uri)
        except RemediationError as error:
            if error.fault is not Fault.GONE:
                raise
        else:
            raise RemediationError(Fault.OCCUPIED)
        told: dict[str, Any] = {name: value for name, value in kept.items() if name in _KEPT}
        if "Metadata" in kept:
            told["Metadata"] = json.loads(kept["Metadata"])
        parts = _parts(pieces)
        first = next(parts, b"")
        if len(first) < _PART:
            self._ask(
                lambda client: client.put_object(
                    Bucket=self.bucket, Key=key, Body=first, IfNoneMatch="*", **told
                )
            )
            return
        self._upload(key, first, parts, told)

    def _upload(self, key: str, first: bytes, rest: Iterator[bytes], told: Mapping[str, Any]) -> None:
        """Write an object in parts, which appears as a whole or not at all."""
        at = {"Bucket": self.bucket, "Key": key}
        upload = self._ask(lambda client: client.create_multipart_upload(**at, **told))["UploadId"]
        done: list[dict[str, object]] = []
        try:
            for number, part in enumerate(_with(first, rest), 1):
                numbered = {**at, "UploadId": upload, "PartNumber": number, "Body": part}
                made = self._ask(partial(_put_part, numbered))
                done.append({"PartNumber": number, "ETag": made["ETag"]})
            self._ask(
                lambda client: client.complete_multipart_upload(
                    **at, UploadId=upload, MultipartUpload={"Parts": done}, IfNoneMatch="*"
                )
            )
        except BaseException:
            self._ask(lambda client: client.abort_multipart_upload(**at, UploadId=upload))
            raise

    def _key(self, uri: str) -> str:
        if not uri.startswith(self.place):
            raise RemediationError(Fault.OUTSIDE)
        return unquote(uri.removeprefix(self.root))

    def _ask(self, action: Callable[[Any], _Result]) -> _Result:
        try:
            client = client_of(self.login)
            return asked(lambda: action(client))
        except SourceError:
            raise RemediationError(Fault.DENIED) from None
        except RefusedError as error:
            raise RemediationError(_FAULTS.get(error.code, Fault.UNREADABLE)) from None
        except LostError:
            raise RemediationError(Fault.UNREACHABLE) from None


def _put_part(part: Mapping[str, Any], client: Any) -> Any:
    return client.upload_part(**part)


def _parts(pieces: Iterator[bytes]) -> Iterator[bytes]:
    held = bytearray()
    for piece in pieces:
        held += piece
        while len(held) >= _PART:
            yield bytes(held[:_PART])
            del held[:_PART]
    if held:
        yield bytes(held)


def _with(first: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    yield from rest
