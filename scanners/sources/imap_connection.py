"""One signed-in connection to a mail server (RFC 3501), on which nothing is ever changed."""

from __future__ import annotations

import ipaddress
import logging
import re
import ssl
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import NamedTuple, TypeVar

from imapclient import IMAPClient, exceptions
from imapclient.imap_utf7 import decode as decode_utf7
from imapclient.imap_utf7 import encode as encode_utf7
from imapclient.imapclient import SocketTimeout
from imapclient.response_parser import parse_fetch_response

from scanners.credentials import Credentials

CONNECT_SECONDS, ANSWER_SECONDS = 20, 120
_LISTED = re.compile(rb'\((?P<flags>[^)]*)\) (?P<between>"(?:\\.|[^"\\])"|NIL) (?P<name>.*)', re.DOTALL)
_CODE = re.compile(r"\[([A-Z][A-Z0-9-]*)")
_PASSING = frozenset({"UNAVAILABLE", "LIMIT", "INUSE", "SERVERBUG"})  # RFC 5530, 3: may pass
_Result = TypeVar("_Result")

logging.getLogger("imapclient").setLevel(logging.CRITICAL)  # it would write what it sends and gets


class NotSignedIn(Exception):  # noqa: N818  reads as what happened
    """The server does not let in, or not in confidence; the message holds neither name nor secret."""


class Refused(Exception):  # noqa: N818  reads as what happened
    """The server answered NO or BAD; `code` is its response code (RFC 5530), never its words."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Folder(NamedTuple):
    """A folder of a listing: its name as it travels, as people read it, and with "/" between levels."""

    raw: bytes
    name: str
    path: str
    selectable: bool
    lost: str = ""  # why nobody can enter it


class Message(NamedTuple):
    """What a listing tells of one message."""

    uid: int
    size: int
    received: int  # seconds since 1970, UTC; 0 when unknown
    same: str  # the server's identity of its content (RFC 8474, or Gmail's); empty without


@dataclass(frozen=True, slots=True)
class Server:
    """Where to connect and how the line is kept secret."""

    host: str
    port: int
    user: str
    security: str = "tls"  # from the start; "starttls": required before signing in; "plain": this machine
    authorities: str = ""  # a file of certificates that are trusted instead of the system's
    credentials: Credentials = field(default_factory=Credentials, repr=False)


def is_here(host: str) -> bool:
    """Tell whether a host is this machine, so that nobody else hears what is sent."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def is_transient(error: Exception) -> bool:
    """Tell whether a new connection may help."""
    if isinstance(error, Refused):
        return error.code in _PASSING
    if isinstance(error, ssl.SSLCertVerificationError):
        return False
    return isinstance(error, OSError | EOFError | exceptions.IMAPClientAbortError)


def code_of(error: Exception) -> str:
    """Return what may be told of an error: a code or its kind, never its words."""
    if isinstance(error, NotSignedIn | Refused):
        return str(error)
    if isinstance(error, OSError) and error.errno:
        return f"{type(error).__name__} {error.errno}"
    return "connection lost" if isinstance(error, exceptions.IMAPClientAbortError) else type(error).__name__


def _asked(action: Callable[[], _Result]) -> _Result:
    """Return an answer; NO and BAD become `Refused` without the server's words."""
    try:
        return action()
    except exceptions.IMAPClientAbortError:
        raise
    except exceptions.IMAPClientError as error:
        found = _CODE.search(str(error))
        raise Refused(found[1] if found else "NO") from None


class Connection:
    """A signed-in connection, and the folder that it stands in."""

    def __init__(self, server: Server) -> None:
        """Connect and sign in; raises `NotSignedIn` or what was lost."""
        context = None
        if server.security != "plain":
            context = ssl.create_default_context(cafile=server.authorities or None)
        self._client = IMAPClient(
            server.host,
            server.port,
            use_uid=False,
            ssl=server.security == "tls",
            ssl_context=context,
            timeout=SocketTimeout(CONNECT_SECONDS, ANSWER_SECONDS),
        )
        try:
            self._client.folder_encode = False
            if server.security == "starttls":
                _asked_before(lambda: self._client.starttls(context), "STARTTLS is not offered")
            before = self._client.capabilities()
            self.anonymous = b"AUTH=ANONYMOUS" in before
            _sign_in(self._client, server, before)
            self._offered = frozenset(_asked(self._client.capabilities))
        except BaseException:
            self.close()
            raise
        self._in: tuple[bytes, int, int] | None = None
        self._shared: tuple[bytes, ...] | None = None

    def close(self) -> None:
        """End the connection."""
        with suppress(Exception):
            self._client.shutdown()

    @property
    def has_lists(self) -> bool:
        """Whether the server tells access lists (RFC 4314)."""
        return b"ACL" in self._offered

    def folders(self) -> list[Folder]:
        """Return every folder, also those that others share, sorted by name."""
        found = {each.raw: each for each in self._below(b"")}
        for prefix in self._others():
            if prefix and not any(raw.startswith(prefix) for raw in found):
                try:
                    found |= {each.raw: each for each in self._below(prefix)}
                except Refused as error:
                    if error.code in _PASSING:
                        raise
                    said = f"what others share: {error.code}"
                    found[prefix] = Folder(prefix, "", _shown(prefix), selectable=True, lost=said)
        return sorted(found.values(), key=lambda folder: folder.path)

    def is_own(self, folder: bytes) -> bool:
        """Tell whether a folder lies in none of the places of other people or of all."""
        return not any(folder.startswith(prefix) for prefix in self._others() if prefix)

    def _others(self) -> tuple[bytes, ...]:
        """Return where the folders of other users and shared ones begin (RFC 2342)."""
        if self._shared is None:
            spaces: list[tuple[bytes, str]] = []
            if b"NAMESPACE" in self._offered:
                _, other, shared = _asked(self._client.namespace)
                spaces = [*(other or ()), *(shared or ())]
            self._shared = tuple(prefix for prefix, _ in spaces)
        return self._shared

    def _below(self, prefix: bytes) -> Iterator[Folder]:
        pattern = _quoted(prefix + b"*")
        answer = _asked(lambda: self._plain("LIST", '""', pattern, answer="LIST"))
        for item in answer:
            line = item[0].rpartition(b"{")[0] + item[1] if isinstance(item, tuple) else item
            listed = _LISTED.fullmatch(line or b"")
            if listed is None:
                # a folder, but nobody can tell which: it is missing, and that is told
                yield Folder(line or b"", "", "", selectable=True, lost="a line that cannot be read")
                continue
            raw = listed["name"]
            if not isinstance(item, tuple) and raw.startswith(b'"'):
                raw = re.sub(rb"\\(.)", rb"\1", raw[1:-1])
            between = re.sub(rb'^"\\?(.)"$', rb"\1", listed["between"])
            flags = listed["flags"].lower()
            yield _folder(
                raw, between, selectable=b"\\noselect" not in flags and b"\\nonexistent" not in flags
            )

    def _plain(self, command: str, *words: str, answer: str) -> list[bytes | tuple[bytes, bytes]]:
        """Send a command as it is and return its untagged answers, unread."""
        line = self._client._imap  # noqa: SLF001  the library's own parser loses names
        kind, data = line._simple_command(command, *words)  # noqa: SLF001
        if kind != "OK":
            raise exceptions.IMAPClientError(_text(data))
        _, found = line._untagged_response(kind, data, answer)  # noqa: SLF001
        return [each for each in found if each]

    def examine(self, folder: bytes, *, anew: bool = False) -> tuple[int, int]:
        """Enter a folder for reading only; return its UIDVALIDITY, and how many messages it held then."""
        if anew or self._in is None or self._in[0] != folder:
            self._in = None
            told = _asked(lambda: self._client.select_folder(folder, readonly=True))
            self._in = (folder, int(told.get(b"UIDVALIDITY", 0)), int(told.get(b"EXISTS", 0)))
        return self._in[1:]

    def messages(self, first: int, last: int) -> list[Message]:
        """Return the messages of these numbers; numbers stay as they are while nothing else is asked."""
        wanted = "UID RFC822.SIZE INTERNALDATE"
        wanted += " EMAILID" if b"OBJECTID" in self._offered else ""
        wanted += " X-GM-MSGID" if b"X-GM-EXT-1" in self._offered else ""
        data = _asked(lambda: self._plain("FETCH", f"{first}:{last}", f"({wanted})", answer="FETCH"))
        found = parse_fetch_response(data, normalise_times=False, uid_is_key=False) if data else {}
        listed = [_message(told) for told in found.values() if told.get(b"UID") is not None]
        return sorted(listed)

    def piece(self, uid: int, offset: int, length: int) -> bytes | None:
        """Return a piece of a message, its flags untouched; None for a message that is gone."""
        wanted = f"(BODY.PEEK[]<{offset}.{length}>)"
        data = _asked(lambda: self._plain("UID", "FETCH", str(uid), wanted, answer="FETCH"))
        found = parse_fetch_response(data, normalise_times=False, uid_is_key=True) if data else {}
        for name, held in found.get(uid, {}).items():
            if name.startswith(b"BODY[]"):
                # a server that takes no notice of the place sends the whole message each time
                start = 0 if name.startswith(b"BODY[]<") else offset
                return bytes(held or b"")[start : start + length]
        return None

    def access_list(self, folder: bytes) -> list[tuple[str, str]]:
        """Return who has which rights in a folder; raises `Refused` where that is not told to us."""
        told = _asked(lambda: self._client.getacl(folder))
        return sorted((_word(who), _word(rights)) for who, rights in told)


def _asked_before(action: Callable[[], object], what: str) -> None:
    """Ask for what has to be before a password may be sent."""
    try:
        action()
    except ssl.SSLError:
        raise
    except exceptions.IMAPClientError:
        raise NotSignedIn(what) from None


def _sign_in(client: IMAPClient, server: Server, offered: tuple[bytes, ...]) -> None:
    given = server.credentials
    try:
        if given.token:
            client.oauth2_login(server.user, given.token)
        elif not given.secret:
            raise NotSignedIn("neither password nor token was given")
        elif b"AUTH=PLAIN" in offered:
            client.plain_login(server.user, given.secret)
        else:
            client.login(server.user, given.secret)
    except exceptions.IMAPClientAbortError:
        raise
    except (exceptions.IMAPClientError, UnicodeError) as error:
        code = _CODE.search(str(error))
        told = code[1] if code else type(error).__name__
        if told in _PASSING:
            raise Refused(told) from None
        raise NotSignedIn(f"sign-in refused ({told})") from None


def _folder(raw: bytes, between: bytes, *, selectable: bool) -> Folder:
    """Return a folder; one whose name cannot be written back as it was has none."""
    try:
        name = decode_utf7(raw)
        if encode_utf7(name) != raw:
            name = ""
    except (ValueError, LookupError):
        name = ""
    path = name.replace("/", "_") if between != b"/" else name
    if name and between not in (b"NIL", b"/"):
        path = path.replace(between.decode("ascii", errors="replace"), "/")
    lost = "" if name else "a name in no encoding"
    return Folder(raw, name, path or _shown(raw), selectable, lost)


def _shown(raw: bytes) -> str:
    return raw.decode("ascii", errors="replace")


def _message(told: dict[bytes, object]) -> Message:
    received, same = told.get(b"INTERNALDATE"), told.get(b"EMAILID") or told.get(b"X-GM-MSGID")
    seconds = (
        int(received.replace(tzinfo=received.tzinfo or UTC).timestamp())
        if isinstance(received, datetime)
        else 0
    )
    if isinstance(same, tuple):
        same = same[0]
    return Message(
        _number(told[b"UID"]), _number(told.get(b"RFC822.SIZE")), seconds, _word(same) if same else ""
    )


def _number(told: object) -> int:
    return told if isinstance(told, int) else 0


def _word(told: object) -> str:
    return told.decode("utf-8", errors="replace") if isinstance(told, bytes) else str(told)


def _text(data: list[bytes | None]) -> str:
    return (data[0] or b"").decode("utf-8", errors="replace") if data else ""


def _quoted(raw: bytes) -> str:
    return '"' + raw.decode("ascii").replace("\\", "\\\\").replace('"', '\\"') + '"'
