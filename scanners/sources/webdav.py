"""Files of a WebDAV server (Nextcloud, ownCloud, Apache …): listed folder by folder, read in ranges.

Depth infinity is never asked for. Names the server gives are taken apart and must lie in the folder that was
asked for; its hosts and schemes are never followed.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import BinaryIO
from urllib.parse import parse_qsl, unquote, unquote_to_bytes, urlsplit

from scanners.credentials import Credentials
from scanners.errors import ExtractionError, SourceError, Trouble
from scanners.model import Entry, Exposure, Gap, Reason
from scanners.selection import EVERYTHING, Selection
from scanners.sources.interface import Check, Readers, Step
from scanners.sources.ranged import PIECE, Ranged
from scanners.sources.reach import is_loopback, reached
from scanners.sources.webdav_client import Login, LostError, StatusError, client_of, gap_of, path_of
from scanners.sources.webdav_file import RemoteFile
from scanners.sources.webdav_listing import Item, Listing, Shared, StrangeAnswerError, listed, written

MOST_LEVELS = 256
_LOOPS = 3  # folders above with the very same listing: no more is believed
_OPTIONS = frozenset({"plain", "ca"})
_SCHEMES = {"davs": "https", "https": "https", "dav": "http", "http": "http"}
_DEFAULT = {"https": 443, "http": 80}
_ROOTS = ("/remote.php/webdav", "/remote.php/dav/files/")


def opened(target: str, credentials: Credentials, selection: Selection) -> WebdavSource:
    """Return the source of `davs://[user@]host[:port]/path[?ca=FILE]`; `https://` means the same.

    `dav://` has no TLS: for this machine only, or with `plain=1`, and then without a password. Raises
    `SourceError` for an address that is none.
    """
    try:
        parts = urlsplit(target)
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port = None, None
    if not host:
        raise SourceError("webdav: the address is malformed; expected davs://host/path")
    if "#" in target:
        raise SourceError("webdav: write # in a path as %23")
    options = dict(parse_qsl(parts.query, keep_blank_values=True))
    if set(options) - _OPTIONS:
        raise SourceError("webdav: options of an address are ca and plain; write ? in a path as %3F")
    folders = [unquote_to_bytes(part) for part in parts.path.split("/") if part]
    if any(part in (b".", b"..") or b"/" in part or b"\0" in part for part in folders):
        raise SourceError("webdav: the path of the address climbs")
    scheme = _SCHEMES[parts.scheme.lower()]
    user = credentials.user or unquote(parts.username or "")
    secret = credentials.secret or unquote(parts.password or "")
    if scheme == "http" and not is_loopback(host):
        if options.get("plain") != "1":
            raise SourceError("webdav: the address has no TLS; use davs://, or plain=1 without a password")
        if secret:
            raise SourceError("webdav: a password is never sent without TLS; use davs://")
    ca = options.get("ca", "")
    if ca and not Path(ca).is_file():
        raise SourceError("webdav: the file of ca= is not there")
    base = "".join(f"/{written(part)}" for part in folders)
    return WebdavSource(Login(scheme, host, port or _DEFAULT[scheme], base, ca, user, secret), selection)


@dataclass(slots=True)
class _Level:
    """A folder that is being walked."""

    items: Iterator[Item]
    path: str  # percent-encoded, below the base
    digest: str
    identity: str
    shared: Shared


@dataclass(frozen=True, slots=True)
class WebdavSource:
    """Every file below a path of a server."""

    login: Login = field(repr=False)
    selection: Selection = EVERYTHING

    def __repr__(self) -> str:
        return f"WebdavSource({self.place!r})"

    @property
    def place(self) -> str:
        """The URL without account and options."""
        return self._uri("") if self.login.base else f"{self._uri('')}/"

    @property
    def ports(self) -> tuple[int, ...]:
        """The server's port."""
        return (self.login.port,)

    def _uri(self, path: str) -> str:
        login = self.login
        host = f"[{login.host}]" if ":" in login.host else login.host
        port = "" if login.port == _DEFAULT[login.scheme] else f":{login.port}"
        return f"dav{'s' if login.scheme == 'https' else ''}://{host}{port}{login.base}{path}"

    @property
    def _above(self) -> Shared:
        """What is known of folders above the base: nothing, unless there are none."""
        base = unquote(self.login.base)
        tail = base.partition(_ROOTS[1])[2]
        return Shared(known=base.endswith(_ROOTS[0]) or (bool(tail) and "/" not in tail))

    def entries(self) -> Iterator[Entry | Gap]:
        """Yield every file, folder by folder in order of names.

        Raises `SourceError` when the place cannot be listed, or the server ends to answer.
        """
        try:
            itself = listed(self.login, self.login.base, depth=0).itself
            if itself is not None and itself.refused:
                raise StrangeAnswerError("named without any property")
            if itself is not None and not itself.is_folder:
                yield self._told(itself, "", itself.name, self._above)
                return
            first = listed(self.login, self.login.base)
            yield from self._below(first)
        except (StatusError, LostError) as error:
            raise self._unlisted(error) from None

    def _unlisted(self, error: StatusError | LostError) -> SourceError:
        match error:
            case LostError():
                said = "no answer; check host, port and certificate, and that the server runs"
                trouble = Trouble.PORT
            case StatusError(status=401):
                said, trouble = "sign-in refused; check account and app password", Trouble.SIGN_IN
            case StrangeAnswerError():
                said, trouble = "what answers there is no WebDAV folder; check the path", Trouble.LIST
            case _:
                said = "cannot be listed; check the path, and that the account may read it"
                trouble = Trouble.LIST
        return SourceError(f"{self.place}: {said} ({error})", trouble, place=self.place, code=str(error))

    def _below(self, first: Listing) -> Iterator[Entry | Gap]:
        """Walk depth first without recursion."""
        if first.strange:
            raise StrangeAnswerError("names that lie elsewhere")
        levels = [self._level(first, "", self._above)]
        while levels:
            level = levels[-1]
            item = next(level.items, None)
            if item is None:
                levels.pop()
                continue
            path = f"{level.path}/{item.part}"
            name = unquote_to_bytes(path[1:]).decode("utf-8", errors="replace")
            if item.refused and self.selection.takes(name):
                yield Gap(Reason.NOT_LISTED, "named without any property", self._uri(path))
                continue
            if not item.is_folder:
                if self.selection.takes(name):
                    yield self._told(item, path, name, level.shared)
                else:
                    yield Gap(Reason.EXCLUDED, uri=self._uri(path))
                continue
            if not self.selection.enters(name):
                yield Gap(Reason.EXCLUDED, uri=self._uri(path))
                continue
            found = self._entered(path, item, levels)
            if isinstance(found, Gap):
                yield found
                continue
            if found.strange:
                yield Gap(Reason.NOT_LISTED, f"{found.strange} names that lie elsewhere", self._uri(path))
            levels.append(self._level(found, path, level.shared, item))

    def _entered(self, path: str, item: Item, levels: list[_Level]) -> Listing | Gap:
        uri = self._uri(path)
        if len(levels) >= MOST_LEVELS:
            return Gap(Reason.NOT_LISTED, f"more than {MOST_LEVELS} folders deep", uri)
        if item.file_id and item.file_id in {level.identity for level in levels}:
            return Gap(Reason.LINK, "folder already listed above", uri)
        try:
            found = listed(self.login, f"{self.login.base}{path}")
        except StatusError as error:
            return Gap(Reason.NOT_LISTED, str(error), uri)
        if found.items and [level.digest for level in levels].count(found.digest) >= _LOOPS:
            return Gap(Reason.NOT_LISTED, f"the same listing as {_LOOPS} folders above", uri)
        return found

    @staticmethod
    def _level(found: Listing, path: str, above: Shared, item: Item | None = None) -> _Level:
        itself = found.itself or item
        shared = above.plus(itself.shared) if itself else replace(above, known=False)
        identity = itself.file_id if itself else ""
        return _Level(iter(found.items), path, found.digest, identity, shared)

    def _told(self, item: Item, path: str, name: str, above: Shared) -> Entry:
        shared = above.plus(item.shared)
        uri = self._uri(path)
        return Entry(
            uri=uri,
            name=name,
            size=item.size,
            mtime_ns=item.mtime_ns,
            file_id=f"oc:{item.file_id}" if item.file_id else tag_identity(uri, item.tag),
            owner=item.owner,
            exposure=shared.exposure,
            access=shared.digest,
        )

    @contextmanager
    def open(self, entry: Entry) -> Iterator[BinaryIO]:
        """Open one file; raises CHANGED when it is not the one that was listed any more."""
        file = RemoteFile(self.login, path_of(entry.uri))
        try:
            try:
                file.begin()
                self._compared(file, entry)
            except (StatusError, LostError) as error:
                raise ExtractionError(gap_of(error)) from None

            def fetch(offset: int, length: int) -> bytes:
                try:
                    return file.fetched(offset, length)
                except (StatusError, LostError) as error:
                    raise ExtractionError(gap_of(error)) from None

            with io.BufferedReader(Ranged(file.size, fetch), PIECE) as stream:
                yield stream
        finally:
            file.close()

    @staticmethod
    def _compared(file: RemoteFile, entry: Entry) -> None:
        """Raise `StatusError` when size, time or tag are others than those of the listing."""
        tag = tag_identity(entry.uri, file.tag)
        if (
            (file.size != entry.size and entry.size)
            or (entry.mtime_ns and file.mtime_ns and file.mtime_ns != entry.mtime_ns)
            or (entry.file_id.startswith("tag:") and tag and tag != entry.file_id)
        ):
            raise StatusError(412, "another size, time or tag than listed")

    def readers(self, entry: Entry) -> Readers:
        """Return with whom a file and the folders above it are shared, where the server tells."""
        shared = self._above
        names: set[str] = set()
        path = path_of(entry.uri).removeprefix(self.login.base)
        places = [""] + [path[:at] for at in range(1, len(path) + 1) if path[at : at + 1] in ("", "/")]
        try:
            for place in dict.fromkeys(places):
                itself = listed(self.login, f"{self.login.base}{place}", depth=0).itself
                if itself is None:
                    return Readers(Exposure.UNKNOWN)
                shared = shared.plus(itself.shared)
                names |= {itself.owner} - {""}
        except (StatusError, LostError, SourceError):
            return Readers(Exposure.UNKNOWN)
        told = shared.names | (names if shared.known else set())
        return Readers(shared.exposure, tuple(sorted(told)))

    def check(self) -> Iterator[Check]:
        """Yield name, port, sign-in, list and read; details are codes of HTTP or of the system."""
        for step in reached(self.login.host, self.login.port):
            yield step
            if not step.passed:
                return
        try:
            client_of(self.login)
            listed(self.login, self.login.base, depth=0)
        except (StatusError, LostError) as error:
            sign_in = isinstance(error, LostError) or error.status == 401
            if not sign_in:
                yield Check(Step.SIGN_IN, passed=True)
            yield Check(Step.SIGN_IN if sign_in else Step.LIST, passed=False, detail=str(error))
            return
        yield Check(Step.SIGN_IN, passed=True)
        try:
            first = next((item for item in self.entries() if isinstance(item, Entry)), None)
        except SourceError as error:
            yield Check(Step.LIST, passed=False, detail=str(error).rpartition("(")[2].rstrip(")"))
            return
        yield Check(Step.LIST, passed=True)
        if first is None:
            yield Check(Step.READ, passed=False, detail="no file to read")
            return
        try:
            with self.open(first) as stream:
                stream.read(1)
        except ExtractionError as error:
            yield Check(Step.READ, passed=False, detail=error.gap.detail)
            return
        yield Check(Step.READ, passed=True)


def tag_identity(uri: str, tag: str) -> str:
    """Return an identity of a tag and its address: what two addresses call alike need not be alike."""
    bare = tag.removeprefix("W/").strip('"')  # servers write the same tag with and without quotes
    return f"tag:{hashlib.sha256(f'{uri} {bare}'.encode()).hexdigest()[:32]}" if bare else ""
