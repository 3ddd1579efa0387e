"""Files of a share (共有フォルダー), over SMB 2 and 3: listed folder by folder, no file opened for it.

Each folder costs one request with its access list. DFS links are followed once; other links, snapshots and
what an archive holds instead of the disk are left out by policy. Nothing is ever locked: others may write,
rename and delete what is read here.
"""

from __future__ import annotations

import hashlib
import io
import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from typing import BinaryIO
from urllib.parse import parse_qsl, quote, unquote, urlsplit

from scanners.credentials import Credentials
from scanners.errors import ExtractionError, SourceError, Trouble
from scanners.model import Batch, Entry, Exposure, Gap, Reason
from scanners.selection import EVERYTHING, Selection
from scanners.sources import smb_access, smb_status
from scanners.sources.batches import AT_MOST, batch, digest
from scanners.sources.interface import Check, Readers, Step
from scanners.sources.ranged import PIECE, Ranged
from scanners.sources.retry import FIRST_WAIT, retried
from scanners.sources.smb_files import (
    SMALL,
    Handle,
    Item,
    Listing,
    Whole,
    descriptor_of,
    listing,
    opened_file,
    whole,
)
from scanners.sources.smb_names import named_by
from scanners.sources.smb_session import (
    CONNECT_SECONDS,
    PORT,
    Login,
    SignInError,
    ask_again,
    at,
    forget,
    lies_at,
    server_of,
)
from scanners.sources.smb_status import LostError, RefusedError

MOST_LEVELS = 256
_SNAPSHOTS = frozenset({".snapshot", ".snapshots", "~snapshot", "#snapshot", ".zfs"})
_SNAPSHOT = re.compile(r"@GMT-\d{4}\.\d\d\.\d\d-\d\d\.\d\d\.\d\d")
_NOT_OF_FILES = frozenset({"ipc$", "print$", "admin$"})
_SAFE = "/!$&'()*+,;=:@~"
_TRIED = 20  # files that a test of the source opens until one can be read
_wait = FIRST_WAIT


def opened(target: str, credentials: Credentials, selection: Selection) -> SmbSource:
    """Return the source of `smb://[DOMAIN;][user@]host[:port]/share[/path][?encrypt=1]`.

    Raises `SourceError` for an address that is none; a password in it is used and never shown.
    """
    try:
        parts = urlsplit(target)
        host, port = parts.hostname, parts.port or PORT
    except ValueError:
        host = None
    if not host:
        raise SourceError("smb: the address is malformed; expected smb://host/share/folder")
    if parts.fragment or "#" in target:
        raise SourceError("smb: write # in a path as %23")
    options = dict(parse_qsl(parts.query, keep_blank_values=True))
    if set(options) - {"encrypt"}:
        raise SourceError("smb: the only option of an address is encrypt=1; write ? in a path as %3F")
    share, *folders = [unquote(part) for part in parts.path.split("/") if part] or [""]
    if not share or any(bad in part for part in (share, *folders) for bad in "\\/\0") or ".." in folders:
        raise SourceError(f"smb://{host}: name a share; expected smb://host/share/folder")
    if share.lower() in _NOT_OF_FILES:
        raise SourceError(f"smb://{host}/{share}: a share of the system, which holds no files of people")
    user = credentials.user or unquote(parts.username or "")
    domain, separator, account = user.partition(";")
    login = Login(
        host,
        port,
        f"{domain}\\{account}" if separator and domain else account if separator else user,
        credentials.secret or unquote(parts.password or ""),
        options.get("encrypt", "") not in ("", "0", "no", "false"),
    )
    return SmbSource(login, share, "/".join(part for part in folders if part != "."), selection)


@dataclass(frozen=True, slots=True)
class SmbSource:
    """Every file below a folder of a share; `folder` is `/` between names, empty for the whole share."""

    login: Login = field(repr=False)
    share: str
    folder: str = ""
    selection: Selection = EVERYTHING

    def __repr__(self) -> str:
        return f"SmbSource({self.place!r})"

    @property
    def place(self) -> str:
        """The URL without account and options."""
        return self._uri("")

    @property
    def ports(self) -> tuple[int, ...]:
        """The server's port, and that of servers to which its DFS links may lead."""
        return tuple(sorted({self.login.port, PORT}))

    def _uri(self, name: str) -> str:
        host = f"[{self.login.host}]" if ":" in self.login.host else self.login.host
        port = "" if self.login.port == PORT else f":{self.login.port}"
        path = "/".join(part for part in (self.share, self.folder, name) if part)
        return f"smb://{host}{port}/{quote(path, safe=_SAFE, errors='surrogatepass')}"

    def _path(self, name: str) -> str:
        return "\\".join(part for part in (*self.folder.split("/"), *name.split("/")) if part)

    def _named(self, entry: Entry) -> str:
        """Return the path of an entry, as its uri tells it."""
        _, _, path = unquote(urlsplit(entry.uri).path, errors="surrogatepass").lstrip("/").partition("/")
        return path.replace("/", "\\")

    def _listed(self, path: str) -> Listing:
        return retried(lambda: at(self.login, self.share, path, listing), smb_status.passes, first_wait=_wait)

    def entries(self) -> Iterator[Entry | Gap]:
        """Yield every file, folder by folder in order of names; the server may stop answering in between.

        Raises `SourceError` when the share cannot be listed, or not any more: the rest is not known.
        """
        for found in self._folders():
            if isinstance(found, _Level):
                yield from (self._told(item, found) for item in found.files)
            else:
                yield found

    def batches(self) -> Iterator[Batch]:
        """Yield the same by folders; what is equal to before is not made entries."""
        for found in self._folders():
            if not isinstance(found, _Level):
                yield batch([found])
                continue
            for start in range(0, len(found.files), AT_MOST):
                files = found.files[start : start + AT_MOST]
                yield Batch(len(files), self._state(files, found), partial(self._all_told, files, found))

    def _folders(self) -> Iterator[_Level | Entry | Gap]:
        """Yield every folder, and what is left out or stands alone."""
        ask_again(self.login)
        try:
            first = self._listed(self._path(""))
        except RefusedError as error:
            if error.status == smb_status.NOT_A_DIRECTORY:
                yield self._alone()
                return
            raise self._unlisted(error) from None
        except LostError as error:
            raise self._unlisted(error) from None
        yield from self._below(first)

    def _unlisted(self, error: RefusedError | LostError) -> SourceError:
        match error:
            case SignInError():
                what, trouble = "sign-in refused; check account, password and domain", Trouble.SIGN_IN
            case LostError():
                what = f"no answer on port {self.login.port}; check the name, and that the server runs"
                trouble = Trouble.PORT
            case _:
                what = "cannot be listed; check the path, and that the account may read it"
                trouble = Trouble.LIST
        return SourceError(f"{self.place}: {what} ({error})", trouble, place=self.place, code=str(error))

    def _alone(self) -> Entry | Gap:
        """Return the one file that the address names."""
        folder, _, name = self.folder.rpartition("/")
        above = SmbSource(self.login, self.share, folder)
        try:
            found = above._listed(above._path(""))
        except (RefusedError, LostError) as error:
            raise self._unlisted(error) from None
        wanted = name.lower()
        for item in found.items:
            if item.name.lower() == wanted:
                return above._told(item, _Level(found, ""))
        raise SourceError(f"{self.place}: no such file; check the path", Trouble.LIST, place=self.place)

    def _below(self, first: Listing) -> Iterator[_Level | Gap]:
        """Walk depth first without recursion; a folder is entered once, whatever names lead to it."""
        levels = [_Level(first, "")]
        seen = {first.identity} if first.identity else set()
        yield levels[0]
        while levels:
            level = levels[-1]
            item = next(level.folders, None)
            if item is None:
                levels.pop()
                continue
            name = level.name_of(item)
            left = self._left(item, name, len(levels))
            if left is None and (level.volume, item.file_id) in seen and item.file_id:
                left = Gap(Reason.LINK, "folder already listed under another name", self._uri(name))
            if left is not None:
                yield left
                continue
            try:
                found = self._listed(self._path(name))
            except RefusedError as error:
                yield Gap(Reason.NOT_LISTED, smb_status.word(error.status), self._uri(name))
                continue
            except LostError as error:
                raise self._unlisted(error) from None
            if found.identity in seen and found.identity:
                yield Gap(Reason.LINK, "folder already listed under another name", self._uri(name))
                continue
            seen |= {found.identity} if found.identity else set()
            levels.append(_Level(found, name, level.access))
            yield levels[-1]

    def _left(self, item: Item, name: str, depth: int) -> Gap | None:
        """Return why a folder is not entered, as far as its own line in the listing tells."""
        if not self.selection.enters(name):
            return Gap(Reason.EXCLUDED, uri=self._uri(name))
        if item.name.lower() in _SNAPSHOTS or _SNAPSHOT.fullmatch(item.name):
            return Gap(Reason.EXCLUDED, "snapshot", self._uri(name))
        if item.is_link:
            return Gap(Reason.LINK, uri=self._uri(name))
        if depth >= MOST_LEVELS:
            return Gap(Reason.TOO_DEEP, f"{MOST_LEVELS} folders", self._uri(name))
        return None

    def _state(self, files: list[Item], level: _Level) -> bytes:
        """Return what is another when any of these files, or who can read them, or the choice of them is."""
        above = f"{self._uri(level.name)}\0{level.volume}\0{level.access}\0{level.exposure}\0{self.selection}"
        told = (
            f"{item.name}\0{item.size}\0{item.mtime_ns}\0{item.file_id}\0{item.is_link:d}{item.is_away:d}"
            for item in files
        )
        return digest("\0".join((above, *told)))

    def _all_told(self, files: list[Item], level: _Level) -> Iterator[Entry | Gap]:
        return (self._told(item, level) for item in files)

    def _told(self, item: Item, level: _Level) -> Entry | Gap:
        name = level.name_of(item)
        if not self.selection.takes(name):
            return Gap(Reason.EXCLUDED, uri=self._uri(name))
        if item.is_link:
            return Gap(Reason.LINK, uri=self._uri(name))
        if item.is_away:
            return Gap(Reason.UNREADABLE, "offline: not fetched from the archive", self._uri(name))
        return Entry(
            uri=self._uri(name),
            name=name.encode("utf-8", "replace").decode("utf-8"),
            size=item.size,
            mtime_ns=item.mtime_ns,
            file_id=f"{level.volume:x}:{item.file_id:x}" if item.file_id else "",
            exposure=level.exposure,
            access=level.access,
        )

    @contextmanager
    def open(self, entry: Entry) -> Iterator[BinaryIO]:
        """Open one file for reading; raises CHANGED on leaving when it is not any more what was listed."""
        reading = _Reading(self, self._named(entry))
        try:
            small = reading.whole() if 0 < entry.size <= SMALL else None
            source: Whole | Handle = small or reading.handle()
            if source.is_away:
                raise ExtractionError(Gap(Reason.UNREADABLE, "offline: not fetched from the archive"))
            if isinstance(source, Whole):
                yield io.BytesIO(source.held)
                after = source.state
            else:
                with io.BufferedReader(Ranged(source.size, reading.fetch), PIECE) as stream:
                    yield stream
                after = reading.state()
            if after != (entry.size, entry.mtime_ns):
                raise ExtractionError(Gap(Reason.CHANGED))
        except (RefusedError, LostError) as error:
            raise ExtractionError(smb_status.gap(error)) from None
        finally:
            reading.close()

    def readers(self, entry: Entry) -> Readers:
        """Return whom the file's own access list lets read, by name where the server tells names.

        The lists of the folders above count for nothing here: Windows lets everyone pass through them.
        Those of the share itself only its administrators may see.
        """
        path = self._named(entry)
        try:
            told = retried(
                lambda: at(self.login, self.share, path, descriptor_of), smb_status.passes, first_wait=_wait
            )
        except (RefusedError, LostError):
            return Readers(Exposure.UNKNOWN)
        read = smb_access.descriptor(told)
        if read is None:
            return Readers(Exposure.UNKNOWN)
        sids = read.readers()
        try:
            named = named_by(server_of(lies_at(self.login, self.share, path).login), sids)
        except (RefusedError, LostError):
            named = {}
        return Readers(smb_access.exposure(sids, named), smb_access.names(sids, named))

    def check(self) -> Iterator[Check]:
        """Yield name, port, sign-in, list and read; details are codes of the system or of the server."""
        try:
            found = socket.getaddrinfo(self.login.host, self.login.port, type=socket.SOCK_STREAM)
        except OSError as error:
            yield Check(Step.NAME, passed=False, detail=f"{type(error).__name__} {error.errno}")
            return
        yield Check(Step.NAME, passed=True, detail=str(found[0][4][0]))
        try:
            socket.create_connection((self.login.host, self.login.port), CONNECT_SECONDS).close()
        except OSError as error:
            yield Check(
                Step.PORT,
                passed=False,
                detail=f"{self.login.port}: {type(error).__name__} {error.errno or ''}".strip(),
            )
            return
        yield Check(Step.PORT, passed=True, detail=str(self.login.port))
        forget(self.login)  # a password that was changed since would go unnoticed
        ask_again(self.login)
        try:
            server_of(self.login)
        except (RefusedError, LostError) as error:
            yield Check(Step.SIGN_IN, passed=False, detail=str(error))
            return
        yield Check(Step.SIGN_IN, passed=True)
        yield from self._check_reading()

    def _check_reading(self) -> Iterator[Check]:
        tried = (item for item in self.entries() if isinstance(item, Entry))
        try:
            found = list(islice(tried, _TRIED))
        except SourceError as error:
            yield Check(Step.LIST, passed=False, detail=str(error).rpartition("(")[2].rstrip(")"))
            return
        yield Check(Step.LIST, passed=True)
        refused = ""
        for entry in found:  # one file that nobody may read says nothing of the others
            try:
                with self.open(entry) as stream:
                    stream.read(1)
            except ExtractionError as error:
                refused = refused or error.gap.detail or error.gap.reason
            else:
                refused = ""
                break
        if found:
            yield Check(Step.READ, passed=not refused, detail=refused)


class _Level:
    """A folder that is being walked: its files and who can read them, and the folders that are left."""

    def __init__(self, found: Listing, name: str, above: str = "") -> None:
        self.volume, self.name = found.volume, name
        self.files = [item for item in found.items if not item.is_folder]
        self.folders = iter([item for item in found.items if item.is_folder])
        self.access, self.exposure = "", Exposure.UNKNOWN
        if found.descriptor:
            self.access = hashlib.sha256(above.encode() + found.descriptor).hexdigest()[:32]
            read = smb_access.descriptor(found.descriptor)
            if read is not None:
                self.exposure = smb_access.exposure(read.readers_of_files())

    def name_of(self, item: Item) -> str:
        """Return where an item lies below the source."""
        return f"{self.name}/{item.name}" if self.name else item.name


class _Reading:
    """One open file, opened again where the connection was lost."""

    def __init__(self, source: SmbSource, path: str) -> None:
        self._source, self._path = source, path
        self._handle: Handle | None = None
        self._first: tuple[int, int] | None = None

    def whole(self) -> Whole | None:
        """Return a small file at once, if the server gives it so."""
        source = self._source
        return retried(
            lambda: at(source.login, source.share, self._path, whole), smb_status.passes, first_wait=_wait
        )

    def handle(self) -> Handle:
        """Return the open file."""
        return retried(self._opened, smb_status.passes, first_wait=_wait)

    def _opened(self) -> Handle:
        if self._handle is None:
            handle = at(self._source.login, self._source.share, self._path, opened_file)
            if self._first is not None and handle.state != self._first:
                handle.close()
                raise ExtractionError(Gap(Reason.CHANGED))
            self._handle, self._first = handle, handle.state
        return self._handle

    def fetch(self, offset: int, length: int) -> bytes:
        """Return a piece of the file."""
        try:
            return retried(
                lambda: self._opened().read(offset, length),
                smb_status.passes,
                between=self._lose,
                first_wait=_wait,
            )
        except (RefusedError, LostError) as error:
            raise ExtractionError(smb_status.gap(error)) from None

    def state(self) -> tuple[int, int]:
        """Return size and time of the file as it is now."""
        return retried(
            lambda: self._opened().state_now(), smb_status.passes, between=self._lose, first_wait=_wait
        )

    def _lose(self) -> None:
        self._handle = None

    def close(self) -> None:
        """Give the file back."""
        if self._handle is not None:
            self._handle.close()
            self._handle = None
