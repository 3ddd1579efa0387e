"""Messages of a mailbox (メールボックス), read by IMAP (RFC 3501) without leaving a trace in it."""

from __future__ import annotations

import hashlib
import io
import socket
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import BinaryIO, TypeVar
from urllib.parse import quote, unquote, urlsplit

from imapclient.exceptions import IMAPClientError
from imapclient.imap_utf7 import encode as encode_utf7

from scanners.credentials import Credentials
from scanners.errors import ExtractionError, SourceError, Trouble
from scanners.model import Entry, Exposure, Gap, Reason
from scanners.selection import EVERYTHING, Selection
from scanners.sources.imap_connection import (
    CONNECT_SECONDS,
    Connection,
    Folder,
    Message,
    NotSignedIn,
    Refused,
    Server,
    code_of,
    is_here,
    is_transient,
)
from scanners.sources.interface import Check, Readers, Step
from scanners.sources.ranged import PIECE, Ranged
from scanners.sources.reach import first_read
from scanners.sources.session import Session, kept, lost

_LARGEST = 1 << 30  # bytes of a message whose size the server does not know
AT_ONCE = 1000  # messages of one answer of a listing
_PORTS = {"imaps": 993, "imap": 143}
_OPTIONS = frozenset({"plain", "ca"})
_REASONS = {
    "NOPERM": Reason.DENIED,
    "NONEXISTENT": Reason.VANISHED,
    "EXPUNGEISSUED": Reason.VANISHED,
    "INUSE": Reason.IN_USE,
}
_ALL_STAFF = frozenset({"anyone", "authenticated"})
_GROUPS = ("group=", "group:", "$", "group-override=")
_Result = TypeVar("_Result")


def opened(target: str, credentials: Credentials, selection: Selection) -> ImapSource:
    """Return the source of `imaps://user@host[:port]/[folder][?ca=file]`, or `imap://` with STARTTLS.

    `?plain=1` leaves encryption away, towards this machine only. Raises `SourceError` where the address is
    none, or holds a password.
    """
    try:
        parts = urlsplit(target)
        host, port = parts.hostname, parts.port or _PORTS[parts.scheme.lower()]
    except (ValueError, KeyError):
        raise SourceError("imap: the address is malformed") from None
    if parts.password is not None:
        raise SourceError("imap: the address holds a password; give it with the credentials")
    user = credentials.user or unquote(parts.username or "")
    if not host or not user:
        raise SourceError("imap: the address needs a user and a host: imaps://user@host/")
    given = {
        name: unquote(value) for name, _, value in (each.partition("=") for each in parts.query.split("&"))
    }
    given.pop("", None)
    if unknown := set(given) - _OPTIONS:
        raise SourceError(f"imap: unknown option {min(unknown)}")
    security = "tls" if parts.scheme.lower() == "imaps" else "starttls"
    if given.get("plain") == "1":
        if security == "tls" or not is_here(host):
            raise SourceError("imap: without encryption only imap:// to this machine is read")
        security = "plain"
    server = Server(host, port, user, security, given.get("ca", ""), credentials)
    return ImapSource(server, unquote(parts.path).strip("/"), selection)


@dataclass(frozen=True, slots=True)
class ImapSource:
    """Every message of a mailbox, or of one folder and those below it."""

    server: Server
    folder: str = ""
    selection: Selection = EVERYTHING

    @property
    def place(self) -> str:
        """The address with the user, whose mailbox it is, and no options."""
        return self._uri(self.folder)

    @property
    def ports(self) -> tuple[int, ...]:
        """The port of the server."""
        return (self.server.port,)

    def _uri(self, folder: str) -> str:
        scheme = "imaps" if self.server.security == "tls" else "imap"
        host = f"[{self.server.host}]" if ":" in self.server.host else self.server.host
        port = "" if self.server.port == _PORTS[scheme] else f":{self.server.port}"
        return f"{scheme}://{quote(self.server.user, safe='')}@{host}{port}/{quote(folder, safe='/')}"

    def entries(self) -> Iterator[Entry | Gap]:
        """Yield every message by folder, in the order they came in (RFC 5092 addresses).

        Raises `SourceError` when the server cannot be reached, also midway, or the folder is not there.
        """
        session = Session(lambda: Connection(self.server), is_transient)
        try:
            left: list[str] = []
            found = False
            for folder in self._do(session, lambda line: line.folders()):
                if not folder.path:
                    yield Gap(Reason.NOT_LISTED, folder.lost, uri=self._uri(self.folder))
                    continue
                if not self._wanted(folder.path):
                    continue
                found = True
                if any(folder.path.startswith(f"{above}/") for above in left):
                    continue
                if not self.selection.enters(folder.path):
                    left.append(folder.path)
                    yield Gap(Reason.EXCLUDED, uri=self._uri(folder.name))
                elif folder.selectable:
                    yield from self._messages(session, folder)
            if not found and self.folder:
                raise SourceError(
                    f"{self.place}: {Step.LIST}: no such folder", Trouble.LIST, place=self.place
                )
        finally:
            session.drop()

    def _wanted(self, path: str) -> bool:
        below, wanted = path, self.folder
        if wanted[:5].upper() == "INBOX" and path[:5].upper() == "INBOX":  # RFC 3501, 5.1
            below, wanted = "INBOX" + path[5:], "INBOX" + wanted[5:]
        return not wanted or below == wanted or below.startswith(f"{wanted}/")

    def _do(self, session: Session[Connection], action: Callable[[Connection], _Result]) -> _Result:
        try:
            return session.do(action)
        except NotSignedIn as error:
            raise lost(self.place, Step.SIGN_IN, error, str(error)) from None
        except (Refused, OSError, EOFError, IMAPClientError) as error:
            raise lost(self.place, Step.LIST, error, code_of(error)) from None

    def _messages(self, session: Session[Connection], folder: Folder) -> Iterator[Entry | Gap]:
        uri = self._uri(folder.name or folder.path)
        if folder.lost:
            yield Gap(Reason.NOT_LISTED, folder.lost, uri=uri)
            return
        if not self.selection.takes(folder.path):
            yield Gap(Reason.EXCLUDED, uri=uri)
            return
        try:
            valid, count = self._entered(session, folder.raw)
        except Refused as error:
            yield Gap(Reason.NOT_LISTED, error.code, uri=uri)
            return
        readers, access = self._do(session, lambda line: _readers(line, folder.raw, self.server.user))
        number, last, missing = 1, 0, 0
        while number <= count:
            line = session.connection
            messages = self._some(session, folder.raw, number)
            if session.connection is not line:
                # numbers may have moved down meanwhile: back to where they were known
                again, count = self._do(session, lambda line: line.examine(folder.raw))
                if again != valid:
                    yield Gap(Reason.CHANGED, "UIDVALIDITY", uri=uri)
                    return
                while number > 1 and (not messages or messages[0].uid > last):
                    number = max(1, number - AT_ONCE)
                    messages = self._some(session, folder.raw, number)
            for message in messages:
                if message.uid > last:
                    yield self._entry(folder, valid, message, readers.exposure, access)
                    last = message.uid
            # numbers have no holes: what does not come of them the server keeps to itself
            missing += max(0, min(number + AT_ONCE - 1, count) - number + 1 - len(messages))
            number += AT_ONCE
        if missing:
            yield Gap(Reason.NOT_LISTED, f"{missing} of {count} messages are not told", uri=uri)

    def _some(self, session: Session[Connection], folder: bytes, first: int) -> list[Message]:
        def some(line: Connection) -> list[Message]:
            _, count = line.examine(folder)
            last = min(first + AT_ONCE - 1, count)
            return line.messages(first, last) if first <= last else []

        return self._do(session, some)

    def _entered(self, session: Session[Connection], folder: bytes) -> tuple[int, int]:
        def entered(line: Connection) -> tuple[int, int] | Refused:
            try:
                return line.examine(folder, anew=True)
            except Refused as error:
                if is_transient(error):
                    raise
                return error

        found = self._do(session, entered)
        if isinstance(found, Refused):
            raise found
        return found

    def _entry(self, folder: Folder, valid: int, message: Message, exposure: Exposure, access: str) -> Entry:
        same = (
            f"etag:{self.server.host}:{message.same}"
            if message.same
            else f"{folder.name}:{valid}:{message.uid}"
        )
        return Entry(
            uri=f"{self._uri(folder.name)};UIDVALIDITY={valid}/;UID={message.uid}",
            name=folder.path,
            size=message.size,
            mtime_ns=message.received * 1_000_000_000,
            file_id=same,
            owner=self.server.user,
            exposure=exposure,
            access=access,
        )

    @contextmanager
    def open(self, entry: Entry) -> Iterator[BinaryIO]:
        """Open one message for reading; CHANGED when its folder was made anew since it was listed.

        The connection is kept for the next message of this thread, and made anew when it is lost.
        """
        letter = _Letter(
            kept(self.server, lambda: Session(lambda: Connection(self.server), is_transient)), entry
        )
        with letter.opened() as stream:
            yield stream

    def readers(self, entry: Entry) -> Readers:
        """Return who can read the folder of a message; unknown where the server does not say."""
        session = kept(self.server, lambda: Session(lambda: Connection(self.server), is_transient))
        folder = _address(entry.uri)[0]
        try:
            return session.do(lambda line: _readers(line, folder, self.server.user))[0]
        except (NotSignedIn, Refused, OSError, EOFError, IMAPClientError):
            session.drop()
            return Readers(Exposure.UNKNOWN)

    def check(self) -> Iterator[Check]:
        """Yield whether name, port, sign-in, listing and reading work."""
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
        except (NotSignedIn, Refused, OSError, EOFError, IMAPClientError) as error:
            yield Check(Step.SIGN_IN, passed=False, detail=code_of(error))
            return
        yield Check(Step.SIGN_IN, passed=True)
        yield from first_read(self)


def _address(uri: str) -> tuple[bytes, int, int]:
    """Return the folder, as it travels, UIDVALIDITY and UID of a message's address."""
    path, _, uid = urlsplit(uri).path.rpartition("/;UID=")
    folder, _, valid = path.rpartition(";UIDVALIDITY=")
    try:
        return bytes(encode_utf7(unquote(folder[1:]))), int(valid), int(uid)
    except ValueError:
        raise ExtractionError(Gap(Reason.VANISHED, "no address of a message")) from None


def _readers(line: Connection, folder: bytes, user: str) -> tuple[Readers, str]:
    """Return who can read a folder, and a digest of what says so (RFC 4314)."""
    own = line.is_own(folder)
    if not line.has_lists:
        return (Readers(Exposure.OWNER, (user,)) if own else Readers(Exposure.UNKNOWN)), ""
    try:
        told = line.access_list(folder)
    except Refused as error:
        if is_transient(error):
            raise
        return Readers(Exposure.UNKNOWN), ""
    digest = hashlib.blake2b(repr(told).encode(), digest_size=8).hexdigest()
    names = tuple(
        user if who == "owner" and own else who for who, rights in told if "r" in rights and who[:1] != "-"
    )
    if any(name in _ALL_STAFF for name in names):
        everyone = line.anonymous and "anyone" in names
        return Readers(Exposure.EVERYONE if everyone else Exposure.ALL_STAFF, names), digest
    if any(name.startswith(_GROUPS) for name in names):
        return Readers(Exposure.GROUP, names), digest
    if not names and not own:
        return Readers(Exposure.UNKNOWN), digest  # we read it, so that the list cannot be all
    return Readers(Exposure.OWNER, names or (user,)), digest


class _Letter:
    """One message of a server."""

    def __init__(self, session: Session[Connection], entry: Entry) -> None:
        self._session, self._entry = session, entry
        self._folder, self._valid, self._uid = _address(entry.uri)

    @contextmanager
    def opened(self) -> Iterator[BinaryIO]:
        """Open it; a small one arrives in one piece, a large one as it is read.

        Some servers tell a size that is not that of the message: such a message is fetched whole.
        """
        size = self._entry.size
        if size < PIECE:
            start = self.fetch(0, PIECE)
            if len(start) < PIECE:
                yield io.BytesIO(start)
                return
        elif len(self.fetch(size - 1, 2)) == 1:
            with io.BufferedReader(Ranged(size, self.fetch), PIECE) as stream:
                yield stream
            return
        with tempfile.TemporaryFile() as whole:
            while piece := self.fetch(whole.tell(), PIECE):
                whole.write(piece)
                if whole.tell() > _LARGEST:
                    raise ExtractionError(Gap(Reason.OVERSIZED, f"more than {_LARGEST >> 20} MB, and no end"))
            whole.seek(0)
            yield whole

    def fetch(self, offset: int, length: int) -> bytes:
        """Return a piece of it; raises what becomes of the message instead."""
        try:
            return self._session.do(lambda line: self._piece(line, offset, length))
        except ExtractionError:
            raise
        except NotSignedIn:
            self._session.drop()
            raise ExtractionError(Gap(Reason.UNREACHABLE, "sign-in")) from None
        except Refused as error:
            fallback = Reason.UNREACHABLE if is_transient(error) else Reason.UNREADABLE
            raise ExtractionError(Gap(_REASONS.get(error.code, fallback), error.code)) from None
        except (OSError, EOFError, IMAPClientError) as error:
            self._session.drop()
            raise ExtractionError(Gap(Reason.UNREACHABLE, code_of(error))) from None

    def _piece(self, line: Connection, offset: int, length: int) -> bytes:
        valid, _ = line.examine(self._folder)
        if valid != self._valid:
            raise ExtractionError(Gap(Reason.CHANGED, "UIDVALIDITY"))
        found = line.piece(self._uid, offset, length)
        if found is None:
            # it may have come after the folder was entered; a server tells of it when that is done anew
            line.examine(self._folder, anew=True)
            found = line.piece(self._uid, offset, length)
        if found is None:
            raise ExtractionError(Gap(Reason.VANISHED))
        return found
