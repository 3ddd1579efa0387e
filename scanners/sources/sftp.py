"""Files below a folder of an SSH server, read by SFTP (SSH サーバー) and never followed through links.

The protocol (draft-ietf-secsh-filexfer-02) tells mode bits and numbers of owners, no access lists and no
identity of a file: a renamed file is a new one, and two changes in one second look like one.
"""

from __future__ import annotations

import hashlib
import io
import socket
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import BinaryIO, TypeVar
from urllib.parse import quote, quote_from_bytes, unquote, unquote_to_bytes, urlsplit

from paramiko.sftp import SFTP_NO_SUCH_FILE, SFTP_PERMISSION_DENIED

from scanners.credentials import Credentials
from scanners.errors import ExtractionError, SourceError
from scanners.model import Entry, Exposure, Gap, Reason
from scanners.selection import EVERYTHING, Selection
from scanners.sources.interface import Check, Step
from scanners.sources.ranged import PIECE, Ranged
from scanners.sources.reach import first_read
from scanners.sources.session import Session, kept, lost
from scanners.sources.sftp_connection import (
    CONNECT_SECONDS,
    Client,
    Connection,
    NotSignedIn,
    Refused,
    Server,
    Status,
    code_of,
    is_transient,
)

PORT = 22
MOST_LEVELS = 1000
_READ = (stat.S_IROTH, stat.S_IRGRP)
_ENTER = (stat.S_IXOTH, stat.S_IXGRP)
_OPTIONS = frozenset({"hostkey", "known_hosts", "agent"})
_REASONS = {SFTP_PERMISSION_DENIED: Reason.DENIED, SFTP_NO_SUCH_FILE: Reason.VANISHED}
_Result = TypeVar("_Result")
_Above = tuple[Exposure, str]  # whom the folders above let in, and what tells of a change of that


def opened(target: str, credentials: Credentials, selection: Selection) -> SftpSource:
    """Return the source of `sftp://user@host[:port]/path[?hostkey=SHA256:…|known_hosts=/path][&agent=1]`.

    Raises `SourceError` where the address is none, or holds a password.
    """
    try:
        parts = urlsplit(target)
        host, port = parts.hostname, parts.port or PORT
    except ValueError:
        raise SourceError("sftp: the address is malformed") from None
    if parts.password is not None:
        raise SourceError("sftp: the address holds a password; give it with the credentials")
    user = credentials.user or unquote(parts.username or "")
    if not host or not user:
        raise SourceError("sftp: the address needs a user and a host: sftp://user@host/path")
    options = [each.partition("=") for each in parts.query.split("&") if each]
    if unknown := {name for name, _, _ in options} - _OPTIONS:
        raise SourceError(f"sftp: unknown option {min(unknown)}")
    given = [(name, unquote(value)) for name, _, value in options]
    server = Server(
        host,
        port,
        user,
        tuple(value.rstrip("=") for name, value in given if name == "hostkey"),
        next((value for name, value in given if name == "known_hosts"), ""),
        ("agent", "1") in given,
        credentials,
    )
    path = b"/" + unquote_to_bytes(parts.path).strip(b"/")
    if b".." in path.split(b"/"):
        raise SourceError('sftp: the path climbs (".."); name the folder itself')
    return SftpSource(server, path, selection)


@dataclass(frozen=True, slots=True)
class SftpSource:
    """One file, or every file below a folder, of an SSH server."""

    server: Server
    path: bytes
    selection: Selection = EVERYTHING

    @property
    def place(self) -> str:
        """The address with the user, whose folders may be others than the next one's, and no options."""
        return self._uri(self.path)

    @property
    def ports(self) -> tuple[int, ...]:
        """The port of the server."""
        return (self.server.port,)

    def _uri(self, path: bytes) -> str:
        host = f"[{self.server.host}]" if ":" in self.server.host else self.server.host
        port = "" if self.server.port == PORT else f":{self.server.port}"
        return f"sftp://{quote(self.server.user, safe='')}@{host}{port}" + quote_from_bytes(
            path, safe="/!$&'()*+,;=:@~"
        )

    def entries(self) -> Iterator[Entry | Gap]:
        """Yield every file, sorted by folder; links, pipes and devices are gaps left out by policy.

        Raises `SourceError` when the server, or the folder itself, cannot be reached, also midway.
        """
        session = _session(self.server)
        try:
            status, path = self._do(session, Step.LIST, self._start)
            if status.kind != stat.S_IFDIR:
                gap = _kind_gap(status, self._uri(path))
                yield gap or self._entry(session, path, _last(path), status, (Exposure.EVERYONE, ""))
                return
            yield from self._below(session)
        finally:
            session.drop()

    def _start(self, client: Client) -> tuple[Status, bytes]:
        """Return what lies at the target; whoever names a link means what it leads to."""
        status = client.status(self.path, follow=True)
        if status.kind == stat.S_IFDIR or client.status(self.path).kind != stat.S_IFLNK:
            return status, self.path
        return status, client.real(self.path)

    def _do(self, session: Session[Connection], step: Step, action: Callable[[Client], _Result]) -> _Result:
        try:
            return session.do(lambda connection: action(connection.client))
        except NotSignedIn as error:
            raise lost(self.place, Step.SIGN_IN, error, str(error)) from None
        except Exception as error:
            if isinstance(error, Refused) or is_transient(error) or isinstance(error, OSError):
                raise lost(self.place, step, error, code_of(error)) from None
            raise

    def _below(self, session: Session[Connection]) -> Iterator[Entry | Gap]:
        """Walk depth first without recursion; a lost connection is made anew at the folder it was lost in."""
        found = self._do(session, Step.LIST, lambda client: client.listing(self.path))
        levels = [(self.path.rstrip(b"/"), iter(found), (Exposure.EVERYONE, ""))]
        skipped = len(self.path.rstrip(b"/")) + 1
        while levels:
            folder, listing, above = levels[-1]
            item = next(listing, None)
            if item is None:
                levels.pop()
                continue
            path, status = folder + b"/" + item[0], item[1]
            name, uri = _readable(path[skipped:]), self._uri(path)
            if b"/" in item[0] or not item[0]:
                yield Gap(Reason.NOT_LISTED, detail="a name that is none", uri=self._uri(folder))
            elif status.kind != stat.S_IFDIR:
                if self.selection.takes(name):
                    yield _kind_gap(status, uri) or self._entry(session, path, name, status, above)
                else:
                    yield Gap(Reason.EXCLUDED, uri=uri)
            elif not self.selection.enters(name):
                yield Gap(Reason.EXCLUDED, uri=uri)
            elif len(levels) >= MOST_LEVELS:
                yield Gap(Reason.NOT_LISTED, detail=f"more than {MOST_LEVELS} levels", uri=uri)
            else:
                try:
                    inner = self._folder(session, path)
                except Refused as error:
                    yield Gap(Reason.NOT_LISTED, detail=str(error), uri=uri)
                    continue
                passable = _let_in(status.mode, above[0], _ENTER) if status.mode is not None else above[0]
                levels.append((path, iter(inner), (passable, f"{above[1]}/{_rights(status)}")))

    def _folder(self, session: Session[Connection], path: bytes) -> list[tuple[bytes, Status]]:
        def listed(client: Client) -> list[tuple[bytes, Status]] | Refused:
            try:
                return client.listing(path)
            except Refused as error:
                if is_transient(error):
                    raise
                return error

        found = self._do(session, Step.LIST, listed)
        if isinstance(found, Refused):
            raise found
        return found

    def _entry(
        self, session: Session[Connection], path: bytes, name: str, status: Status, above: _Above
    ) -> Entry:
        told = status.mode is not None and session.connection.modes_count
        chain = f"{above[1]}/{_rights(status)}"
        return Entry(
            uri=self._uri(path),
            name=name,
            size=status.size,
            mtime_ns=status.mtime * 1_000_000_000,
            owner="" if status.uid is None else str(status.uid),
            exposure=_let_in(status.mode or 0, above[0], _READ) if told else Exposure.UNKNOWN,
            access=hashlib.blake2b(chain.encode("ascii"), digest_size=8).hexdigest(),
        )

    @contextmanager
    def open(self, entry: Entry) -> Iterator[BinaryIO]:
        """Open one file for reading; raises CHANGED on leaving when it changed since it was listed.

        The connection is kept for the next file of this thread. One that is lost is made anew, and the file
        goes on where it stopped.
        """
        session = kept(self.server, lambda: _session(self.server))
        file = _File(session, unquote_to_bytes(urlsplit(entry.uri).path), entry)
        try:
            file.begin()
            with io.BufferedReader(Ranged(entry.size, file.fetch), PIECE) as stream:
                yield stream
            file.compare()
        finally:
            file.end()

    def check(self) -> Iterator[Check]:
        """Yield whether name, port, sign-in with host key, listing and reading work."""
        try:
            socket.getaddrinfo(self.server.host, self.server.port, type=socket.SOCK_STREAM)
        except OSError as error:
            yield Check(Step.NAME, passed=False, detail=code_of(error))
            return
        yield Check(Step.NAME, passed=True)
        try:
            socket.create_connection((self.server.host, self.server.port), CONNECT_SECONDS).close()
        except OSError as error:
            yield Check(Step.PORT, passed=False, detail=code_of(error))
            return
        yield Check(Step.PORT, passed=True, detail=str(self.server.port))
        try:
            Connection(self.server).close()
        except Exception as error:  # noqa: BLE001  whatever it is, it is told
            yield Check(Step.SIGN_IN, passed=False, detail=code_of(error))
            return
        yield Check(Step.SIGN_IN, passed=True)
        yield from first_read(self)


def _session(server: Server) -> Session[Connection]:
    return Session(lambda: Connection(server), is_transient)


class _File:
    """One open file, opened again on a new connection when the first was lost."""

    def __init__(self, session: Session[Connection], path: bytes, entry: Entry) -> None:
        self._session, self._path, self._entry = session, path, entry
        self._held: tuple[Client, bytes] | None = None

    def begin(self) -> None:
        self._told(self._handle)

    def fetch(self, offset: int, length: int) -> bytes:
        return self._told(lambda client: client.piece(self._handle(client), offset, length))

    def compare(self) -> None:
        """Raise CHANGED when the file is another one than was listed."""
        if _changed(self._told(lambda client: client.status_of(self._handle(client))), self._entry):
            raise ExtractionError(Gap(Reason.CHANGED))

    def end(self) -> None:
        if self._held is not None:
            self._held[0].end(self._held[1])

    def _handle(self, client: Client) -> bytes:
        if self._held is None or self._held[0] is not client:
            again, self._held = self._held is not None, None
            # a name may have become a pipe, which the server would wait for: only files are opened
            status = client.status(self._path)
            if status.kind != stat.S_IFREG:
                raise ExtractionError(Gap(Reason.NOT_REGULAR))
            if again and _changed(status, self._entry):
                raise ExtractionError(Gap(Reason.CHANGED))
            self._held = (client, client.opened(self._path))
        return self._held[1]

    def _told(self, action: Callable[[Client], _Result]) -> _Result:
        try:
            return self._session.do(lambda connection: action(connection.client))
        except ExtractionError:
            raise
        except NotSignedIn:
            self._session.drop()
            raise ExtractionError(Gap(Reason.UNREACHABLE, "sign-in")) from None
        except Exception as error:
            if is_transient(error) or isinstance(error, OSError):
                self._session.drop()
                raise ExtractionError(Gap(Reason.UNREACHABLE, code_of(error))) from None
            if isinstance(error, Refused):
                reason = _REASONS.get(error.code, Reason.UNREADABLE)
                raise ExtractionError(Gap(reason, str(error))) from None
            raise


def _changed(status: Status, entry: Entry) -> bool:
    return (status.size, status.mtime * 1_000_000_000) != (entry.size, entry.mtime_ns)


def _kind_gap(status: Status, uri: str) -> Gap | None:
    if status.kind == stat.S_IFLNK:
        return Gap(Reason.LINK, uri=uri)
    if status.kind != stat.S_IFREG:
        return Gap(Reason.NOT_REGULAR, detail=stat.filemode(status.mode or 0)[0], uri=uri)
    return None


def _let_in(mode: int, above: Exposure, bits: tuple[int, int]) -> Exposure:
    """Return whom mode bits let read a file or enter a folder, of those whom the folders above let in.

    Where a file has an access list its group's bits are the widest of the list: still one group's.
    """
    others, group = bits
    if mode & others and above is Exposure.EVERYONE:
        return Exposure.EVERYONE
    return Exposure.GROUP if mode & (others | group) and above is not Exposure.OWNER else Exposure.OWNER


def _rights(status: Status) -> str:
    return f"{status.mode or 0:o}:{status.uid}:{status.gid}"


def _readable(name: bytes) -> str:
    return name.decode("utf-8", errors="replace")


def _last(path: bytes) -> str:
    return _readable(path.rpartition(b"/")[2])
