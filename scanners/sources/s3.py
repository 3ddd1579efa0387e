"""Objects of an object store (オブジェクトストレージ): Amazon S3 and what speaks its language.

Listed in the store's own order, a thousand a request; read in ranges, each only if the object is still the
one that was listed. Archived objects are never restored. Only current versions are seen.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import parse_qsl, quote, unquote, urlsplit

from botocore.exceptions import IncompleteReadError

from scanners.credentials import Credentials
from scanners.errors import ExtractionError, SourceError, Trouble
from scanners.model import Entry, Exposure, Gap, Reason
from scanners.selection import EVERYTHING, Selection
from scanners.sources.interface import Check, Readers, Step
from scanners.sources.ranged import PIECE, Ranged
from scanners.sources.reach import is_loopback, reached
from scanners.sources.s3_access import BucketAccess, bucket_access, object_readers
from scanners.sources.s3_client import Login, LostError, RefusedError, asked, client_of, gap_of

_SAFE = "/!$&'()*+,;=:@~"
_OPTIONS = frozenset({"endpoint", "region", "path_style", "profile", "anonymous", "ca", "plain"})
_ARCHIVES = frozenset({"GLACIER", "DEEP_ARCHIVE"})
_LAST = "\U0010ffff"  # sorts behind every name of a folder
_LONGEST_KEY = 1024
_AMAZON = "amazonaws.com"
_page = 1000  # keys in one answer: as many as Amazon gives


def opened(target: str, credentials: Credentials, selection: Selection) -> S3Source:
    """Return the source of `s3://[bucket[/prefix]][?endpoint=https://host:port&region=…&path_style=1]`.

    `s3://host:port/bucket/prefix` is a store of one's own, over TLS. Raises `SourceError` for an address
    that is none, and where nothing says who asks: keys, `profile=` or `anonymous=1`.
    """
    if "#" in target:
        raise SourceError("s3: write # in a prefix as %23")
    address, _, query = target.partition("?")
    options = dict(parse_qsl(query, keep_blank_values=True))
    if set(options) - _OPTIONS:
        raise SourceError(f"s3: options of an address are {', '.join(sorted(_OPTIONS))}; ? in a key is %3F")
    place, _, path = address.partition("://")[2].partition("/")
    account, _, place = place.rpartition("@")
    name, _, secret = account.partition(":")
    plain = options.get("plain") == "1"
    endpoint = options.get("endpoint", "")
    if ":" in place:
        if endpoint:
            raise SourceError("s3: the address names two endpoints")
        host = urlsplit(f"//{place}").hostname or ""
        scheme = "http" if plain or is_loopback(host) else "https"
        endpoint = f"{scheme}://{place}"
        place, _, path = path.partition("/")
    endpoint = _checked(endpoint, plain=plain)
    bucket, prefix = unquote(place), unquote(path)
    if bucket.endswith("--x-s3"):
        raise SourceError(f"s3://{bucket}: directory buckets list in no order and cannot be read yet")
    ca = options.get("ca", "")
    if ca and not Path(ca).is_file():
        raise SourceError("s3: the file of ca= is not there")
    login = Login(
        endpoint,
        options.get("region", ""),
        options.get("path_style", "1" if endpoint else "") not in ("", "0"),
        ca,
        options.get("profile", ""),
        options.get("anonymous") == "1",
        credentials.user or unquote(name),
        credentials.secret or unquote(secret),
        credentials.token,
    )
    if [bool(login.user and login.secret), bool(login.profile), login.anonymous].count(True) != 1:
        raise SourceError("s3: give either access key id and secret, or profile=NAME, or anonymous=1")
    return S3Source(login, bucket, prefix, selection)


@lru_cache(maxsize=256)
def _access(login: Login, bucket: str, _told: str) -> BucketAccess:
    """Return what a bucket's settings say, asked once for each state of them that a listing met."""
    return bucket_access(client_of(login), bucket)


def _buckets_of(client: Any) -> set[str]:
    """Return the buckets of an account, which come in pages where there are very many."""
    found: set[str] = set()
    onwards: dict[str, str] = {}
    while True:
        page = asked(lambda: client.list_buckets(**onwards))  # noqa: B023
        names = {str(each["Name"]) for each in page.get("Buckets", ())}
        token = page.get("ContinuationToken")
        if token and names <= found:
            raise RefusedError("RepeatedContinuationToken")
        found |= names
        if not token:
            return found
        onwards = {"ContinuationToken": token}


def _checked(endpoint: str, *, plain: bool) -> str:
    """Return an endpoint as `scheme://host:port`, or nothing for Amazon's own."""
    if not endpoint:
        return ""
    try:
        parts = urlsplit(endpoint)
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port = None, None
    if not host or parts.scheme not in ("http", "https") or parts.path.strip("/") or parts.username:
        raise SourceError("s3: the endpoint is malformed; expected https://host:port")
    if parts.scheme == "http" and not plain and not is_loopback(host):
        raise SourceError("s3: the endpoint has no TLS; use https, or plain=1 where nothing else is possible")
    shown = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{shown}:{port or (443 if parts.scheme == 'https' else 80)}"


@dataclass(frozen=True, slots=True)
class S3Source:
    """Every object below a prefix of a bucket, or of all buckets of an account where none is named."""

    login: Login = field(repr=False)
    bucket: str = ""
    prefix: str = ""
    selection: Selection = EVERYTHING

    def __repr__(self) -> str:
        return f"S3Source({self.place!r})"

    @property
    def place(self) -> str:
        """The URL without account and options; a store that is not Amazon's with its host and port."""
        return self._uri(self.bucket, self.prefix) if self.bucket else self._root.rstrip("/") or "s3://"

    @property
    def ports(self) -> tuple[int, ...]:
        """The port of the store."""
        return (self._server[1],)

    @property
    def _server(self) -> tuple[str, int]:
        if self.login.endpoint:
            parts = urlsplit(self.login.endpoint)
            return parts.hostname or "", parts.port or 443
        region = self.login.region
        if region.startswith("cn-"):
            return f"s3.{region}.{_AMAZON}.cn", 443
        return f"s3.{region}.{_AMAZON}" if region else f"s3.{_AMAZON}", 443

    @property
    def _root(self) -> str:
        return f"s3://{urlsplit(self.login.endpoint).netloc}/" if self.login.endpoint else "s3://"

    def _uri(self, bucket: str, key: str) -> str:
        written = [
            each.replace(".", "%2E") if each in (".", "..") else quote(each, safe=_SAFE)
            for each in key.split("/")
        ]
        return f"{self._root}{bucket}/{'/'.join(written)}"

    def _named(self, entry: Entry) -> tuple[str, str]:
        """Return bucket and key of an entry, as its uri tells them."""
        bucket, _, key = entry.uri.removeprefix(self._root).partition("/")
        return bucket, unquote(key)

    def entries(self) -> Iterator[Entry | Gap]:
        """Yield every object, bucket by bucket in order of keys; what stands for a folder is none.

        Raises `SourceError` when nothing can be listed, or the store ends to answer.
        """
        if not self.bucket:
            yield from self._buckets()
            return
        try:
            yield from self.listed()
        except (RefusedError, LostError) as error:
            raise self._unlisted(error) from None

    def _buckets(self) -> Iterator[Entry | Gap]:
        client = client_of(self.login)
        try:
            found = _buckets_of(client)
        except (RefusedError, LostError) as error:
            raise self._unlisted(error, "the buckets of the account; name one in the address") from None
        for bucket in sorted(found):
            if not self.selection.enters(bucket):
                yield Gap(Reason.EXCLUDED, uri=self._uri(bucket, ""))
                continue
            try:
                yield from replace(self, bucket=bucket).listed(f"{bucket}/")
            except RefusedError as error:
                yield Gap(Reason.NOT_LISTED, error.code, self._uri(bucket, ""))
            except LostError as error:
                raise self._unlisted(error) from None

    def _unlisted(self, error: RefusedError | LostError, what: str = "") -> SourceError:
        match error:
            case LostError():
                said = "no answer; check endpoint, port and certificate, and that the store runs"
                trouble = Trouble.PORT
            case RefusedError() if error.is_sign_in:
                said, trouble = "sign-in refused; check access key, secret and clock", Trouble.SIGN_IN
            case _:
                said = f"cannot be listed{': ' if what else ''}{what}; check the name and the right to list"
                trouble = Trouble.LIST
        return SourceError(f"{self.place}: {said} ({error})", trouble, place=self.place, code=str(error))

    def listed(self, above: str = "") -> Iterator[Entry | Gap]:
        """Walk the bucket; `above` comes before the names. Raises the store's refusals as they are."""
        client = client_of(self.login)
        below = f"{self.prefix.rstrip('/')}/" if self.prefix else ""
        access: BucketAccess | None = None
        passed = ""  # the folder that is being passed over
        found_any = False
        for item, last in self._items(client, below):
            found_any = True
            access = access or bucket_access(client, self.bucket)
            key = item["Key"]
            if key.endswith("/") and not item["Size"]:
                continue
            name = above + key[len(below) :]
            if passed and name.startswith(passed):
                last.append(f"{below}{passed[len(above) :]}")
                continue
            passed = self._left_folder(name)
            if passed:
                last.append(f"{below}{passed[len(above) :]}")
                yield Gap(Reason.EXCLUDED, uri=self._uri(self.bucket, f"{below}{passed[len(above) : -1]}"))
            elif not self.selection.takes(name):
                yield Gap(Reason.EXCLUDED, uri=self._uri(self.bucket, key))
            else:
                yield self._told(item, name, access)
        if below and not found_any:
            yield self._alone(client)

    def _items(self, client: Any, below: str) -> Iterator[tuple[dict[str, Any], list[str]]]:
        """Yield what the store lists; a folder that is put into the list beside it is jumped over.

        The jump costs a request, and is made only where a page ends within that folder.
        """
        onwards: dict[str, str] = {}
        before = ""
        while True:
            page = asked(
                lambda: client.list_objects_v2(
                    Bucket=self.bucket,
                    Prefix=below,
                    MaxKeys=_page,
                    OptionalObjectAttributes=["RestoreStatus"],
                    **onwards,  # noqa: B023
                )
            )
            passed: list[str] = []
            for item in page.get("Contents", ()):
                if item["Key"] <= before and before:
                    raise RefusedError("KeysOutOfOrder")  # such a listing may never end
                before = item["Key"]
                passed.clear()
                yield item, passed
            if not page.get("IsTruncated"):
                return
            token = page.get("NextContinuationToken", "")
            if not token or onwards.get("ContinuationToken") == token:
                raise RefusedError("RepeatedContinuationToken")
            if passed and len(passed[0].encode()) + len(_LAST.encode()) <= _LONGEST_KEY:
                onwards = {"StartAfter": passed[0] + _LAST}
            else:
                onwards = {"ContinuationToken": token}

    def _left_folder(self, name: str) -> str:
        """Return the highest folder above an object that is not entered, with its slash; or nothing."""
        if not self.selection.exclude:
            return ""
        at = name.find("/")
        while at >= 0:
            if at and not self.selection.enters(name[:at]):
                return name[: at + 1]
            at = name.find("/", at + 1)
        return ""

    def _told(self, item: dict[str, Any], name: str, access: BucketAccess) -> Entry | Gap:
        uri = self._uri(self.bucket, item["Key"])
        stored = item.get("StorageClass", "")
        if stored in _ARCHIVES and not item.get("RestoreStatus", {}).get("RestoreExpiryDate"):
            return Gap(Reason.UNREADABLE, f"{stored}: archived, never restored by a scan", uri)
        changed = item["LastModified"]
        seconds = int(changed.timestamp())
        return Entry(
            uri=uri,
            name=name,
            size=int(item["Size"]),
            mtime_ns=seconds * 1_000_000_000 + changed.microsecond * 1000,
            file_id=f"etag:{item['ETag'].strip(chr(34))}" if item.get("ETag") else "",
            exposure=access.exposure,
            access=access.told,
        )

    def _alone(self, client: Any) -> Entry | Gap:
        """Return the one object that the address names."""
        key = self.prefix
        found = asked(
            lambda: client.list_objects_v2(
                Bucket=self.bucket, Prefix=key, MaxKeys=1, OptionalObjectAttributes=["RestoreStatus"]
            )
        )
        for item in found.get("Contents", ()):
            if item["Key"] == key:
                return self._told(item, key.rpartition("/")[2], bucket_access(client, self.bucket))
        raise RefusedError("NoSuchKey")

    @contextmanager
    def open(self, entry: Entry) -> Iterator[BinaryIO]:
        """Open one object; raises CHANGED when it is not the one that was listed any more."""
        try:
            first = self._fetched(entry, 0, PIECE)
        except (RefusedError, LostError) as error:
            raise ExtractionError(gap_of(error)) from None

        def fetch(offset: int, length: int) -> bytes:
            if offset < len(first):
                return first[offset : offset + length]
            try:
                return self._fetched(entry, offset, length)
            except (RefusedError, LostError) as error:
                raise ExtractionError(gap_of(error)) from None

        with io.BufferedReader(Ranged(entry.size, fetch), PIECE) as stream:
            yield stream

    def _fetched(self, entry: Entry, offset: int, length: int) -> bytes:
        client = client_of(self.login)
        bucket, key = self._named(entry)
        wanted: dict[str, str] = {}
        if entry.size:
            wanted["Range"] = f"bytes={offset}-{min(offset + length, entry.size) - 1}"
        tag = entry.file_id.removeprefix("etag:")
        if tag:
            wanted["IfMatch"] = f'"{tag}"'

        def got() -> bytes:
            answer = client.get_object(Bucket=bucket, Key=key, **wanted)
            with answer["Body"] as body:
                return self._whole(answer, body, entry, min(length, entry.size - offset))

        return asked(got)

    @staticmethod
    def _whole(answer: dict[str, Any], body: Any, entry: Entry, length: int) -> bytes:
        """Return the bytes of an answer; an endpoint that does not heed the conditions is found out."""
        told = str(answer.get("ContentRange", ""))
        total = told.rpartition("/")[2] if told else str(answer.get("ContentLength", ""))
        tag = str(answer.get("ETag", "")).strip('"')
        if total != str(entry.size) or (entry.file_id and tag and f"etag:{tag}" != entry.file_id):
            raise RefusedError("PreconditionFailed")
        if entry.size > PIECE and not told:
            raise RefusedError("RangesNotSupported")
        held: bytes = body.read(length + 1)  # no more, whatever comes
        if len(held) < length:
            raise IncompleteReadError(actual_bytes=len(held), expected_bytes=length)
        if len(held) > length:
            raise RefusedError("RangesNotSupported")
        return held

    def readers(self, entry: Entry) -> Readers:
        """Return who can read an object: everyone by policy or grant, or whoever asks without keys."""
        try:
            client = client_of(self.login)
        except SourceError:
            return Readers(Exposure.UNKNOWN)
        if self.login.anonymous:
            return Readers(Exposure.EVERYONE)
        bucket, key = self._named(entry)
        access = _access(self.login, bucket, entry.access)
        return object_readers(client, bucket, key, access)

    def check(self) -> Iterator[Check]:
        """Yield name, port, sign-in, list and read; details are the store's codes."""
        for step in reached(*self._server):
            yield step
            if not step.passed:
                return
        try:
            first = next((item for item in self.entries() if isinstance(item, Entry)), None)
        except SourceError as error:
            code = str(error).rpartition("(")[2].rstrip(")")
            refused = RefusedError(code).is_sign_in or code == "certificate"
            if not refused:
                yield Check(Step.SIGN_IN, passed=True)
            yield Check(Step.SIGN_IN if refused else Step.LIST, passed=False, detail=code)
            return
        yield Check(Step.SIGN_IN, passed=True)
        yield Check(Step.LIST, passed=True)
        if first is None:
            yield Check(Step.READ, passed=False, detail="no object to read")
            return
        try:
            self._fetched(first, 0, 1)
        except (RefusedError, LostError) as error:
            yield Check(Step.READ, passed=False, detail=str(error))
            return
        yield Check(Step.READ, passed=True)
