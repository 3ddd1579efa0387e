"""One signed-in connection to an SSH server: its host key proved, file names as the bytes they are."""

from __future__ import annotations

import io
import logging
import socket
import stat
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import paramiko
from paramiko.message import Message
from paramiko.sftp import (
    CMD_ATTRS,
    CMD_CLOSE,
    CMD_DATA,
    CMD_FSTAT,
    CMD_HANDLE,
    CMD_LSTAT,
    CMD_NAME,
    CMD_OPEN,
    CMD_OPENDIR,
    CMD_READ,
    CMD_READDIR,
    CMD_REALPATH,
    CMD_STAT,
    CMD_STATUS,
    SFTP_CONNECTION_LOST,
    SFTP_EOF,
    SFTP_FLAG_READ,
    SFTP_NO_CONNECTION,
    SFTP_OK,
    int64,
)

from scanners.credentials import Credentials

CONNECT_SECONDS, ANSWER_SECONDS, KEEP_ALIVE_SECONDS = 20, 60, 30
_BLOCK = 1 << 15  # what every server gives in one answer; 1 MiB is 32 of them on their way at once
_AT_ONCE = 64
_KNOWN = (Path("~/.ssh/known_hosts"), Path("/etc/ssh/ssh_known_hosts"))
_KINDS = {"d": stat.S_IFDIR, "l": stat.S_IFLNK, "-": stat.S_IFREG, "p": stat.S_IFIFO}

logging.getLogger("paramiko").setLevel(logging.CRITICAL)  # it would write names of files and addresses


class Refused(Exception):  # noqa: N818  reads as what happened
    """The server said no: `code` is the status of the protocol (draft-ietf-secsh-filexfer-02, 7)."""

    def __init__(self, code: int) -> None:
        super().__init__(f"SFTP status {code}")
        self.code = code


class NotSignedIn(Exception):  # noqa: N818  reads as what happened
    """Host key or credentials were not accepted; the message holds neither name nor secret."""


class Status(NamedTuple):
    """What a listing tells of one name; `mode` is None where the server tells none."""

    size: int
    mtime: int
    mode: int | None
    uid: int | None
    gid: int | None

    @property
    def kind(self) -> int:
        """The file type bits; a regular file where the server tells none."""
        return stat.S_IFMT(self.mode) if self.mode else stat.S_IFREG


@dataclass(frozen=True, slots=True)
class Server:
    """Where to connect, and by what its host key is proved: fingerprints, or files like known_hosts."""

    host: str
    port: int
    user: str
    fingerprints: tuple[str, ...] = ()
    known_hosts: str = ""
    agent: bool = False
    credentials: Credentials = field(default_factory=Credentials, repr=False)


def is_transient(error: Exception) -> bool:
    """Tell whether a new connection may help."""
    if isinstance(error, Refused):
        return error.code in (SFTP_NO_CONNECTION, SFTP_CONNECTION_LOST)
    if isinstance(error, socket.gaierror):
        return error.errno == socket.EAI_AGAIN
    return isinstance(error, paramiko.SSHException | OSError | EOFError)


def code_of(error: Exception) -> str:
    """Return what may be told of an error: a code or its kind, never its words."""
    if isinstance(error, NotSignedIn | Refused):
        return str(error)
    if isinstance(error, OSError) and error.errno:
        return f"{type(error).__name__} {error.errno}"
    return type(error).__name__


class _Blocks:
    """Collects the answers to requests for blocks, in whatever order they come."""

    def __init__(self) -> None:
        self.got: dict[int, bytes] = {}
        self.code = SFTP_OK

    def _async_response(self, kind: int, message: Message, number: int) -> None:
        self.got[number] = message.get_binary() if kind == CMD_DATA else b""
        if kind == CMD_STATUS and (code := message.get_int()) != SFTP_EOF:
            self.code = code


class Client(paramiko.SFTPClient):  # type: ignore[misc]  # paramiko has no types
    """The library's client with names as bytes: the library cannot list names that are no UTF-8."""

    def _convert_status(self, message: Message) -> None:
        """Raise what a status says, without its text: that may be in any encoding and hold names."""
        code = message.get_int()
        if code == SFTP_EOF:
            raise EOFError
        if code != SFTP_OK:
            raise Refused(code)

    def listing(self, folder: bytes) -> list[tuple[bytes, Status]]:
        """Return all names of a folder with their own status, links not followed, sorted."""
        handle = self._handle(CMD_OPENDIR, folder)
        found: list[tuple[bytes, Status]] = []
        try:
            while True:
                try:
                    kind, message = self._request(CMD_READDIR, handle)
                except EOFError:
                    break
                if kind != CMD_NAME:
                    raise paramiko.SSHException("no listing")
                found += _names(message)
        finally:
            self._end(handle)
        found.sort(key=lambda item: item[0])
        return found

    def status(self, path: bytes, *, follow: bool = False) -> Status:
        """Return the status of a name, of a link itself unless followed."""
        return self._status(CMD_STAT if follow else CMD_LSTAT, path)

    def status_of(self, handle: bytes) -> Status:
        """Return the status of an open file."""
        return self._status(CMD_FSTAT, handle)

    def real(self, path: bytes) -> bytes:
        """Return a path without links."""
        kind, message = self._request(CMD_REALPATH, path)
        if kind != CMD_NAME or message.get_int() != 1:
            raise paramiko.SSHException("no path")
        return bytes(message.get_binary())

    def opened(self, path: bytes) -> bytes:
        """Open a file for reading only and return its handle."""
        return self._handle(CMD_OPEN, path, SFTP_FLAG_READ, paramiko.SFTPAttributes())

    def piece(self, handle: bytes, offset: int, length: int) -> bytes:
        """Read a piece by many requests on their way at once; fewer bytes only at the end of the file."""
        parts: list[bytes] = []
        end = offset + length
        while offset < end:
            some = self._some(handle, offset, min(end - offset, _BLOCK * _AT_ONCE))
            if not some:
                break
            parts.append(some)
            offset += len(some)
        return b"".join(parts)

    def _some(self, handle: bytes, offset: int, length: int) -> bytes:
        """Return the bytes up to the first answer that was shorter than asked for."""
        blocks, asked = _Blocks(), deque[tuple[int, int]]()
        for at in range(offset, offset + length, _BLOCK):
            wanted = min(_BLOCK, offset + length - at)
            asked.append((self._async_request(blocks, CMD_READ, handle, int64(at), wanted), wanted))
        while len(blocks.got) < len(asked):
            self._read_response()
        if blocks.code != SFTP_OK:
            raise Refused(blocks.code)
        parts: list[bytes] = []
        for number, wanted in asked:
            parts.append(blocks.got[number])
            if len(parts[-1]) < wanted:
                break
        return b"".join(parts)

    def end(self, handle: bytes) -> None:
        """Close a handle; one that is lost already is no fault."""
        self._end(handle)

    def _end(self, handle: bytes) -> None:
        with suppress(Refused, paramiko.SSHException, OSError, EOFError):
            self._request(CMD_CLOSE, handle)

    def _handle(self, *request: object) -> bytes:
        kind, message = self._request(*request)
        if kind != CMD_HANDLE:
            raise paramiko.SSHException("no handle")
        return bytes(message.get_binary())

    def _status(self, command: int, what: bytes) -> Status:
        kind, message = self._request(command, what)
        if kind != CMD_ATTRS:
            raise paramiko.SSHException("no status")
        return _status(paramiko.SFTPAttributes._from_msg(message), b"")  # noqa: SLF001


def _names(message: Message) -> Iterator[tuple[bytes, Status]]:
    for _ in range(message.get_int()):
        name, long_name = bytes(message.get_binary()), bytes(message.get_binary())
        attributes = paramiko.SFTPAttributes._from_msg(message)  # noqa: SLF001
        if name not in (b".", b".."):
            yield name, _status(attributes, long_name)


def _status(attributes: Any, long_name: bytes) -> Status:
    mode = attributes.st_mode
    if (mode is not None and not stat.S_IFMT(mode)) or mode is None:
        # some servers tell the kind of a name only in the line that is meant for people
        kind = _KINDS.get(long_name[:1].decode("latin-1"), 0)
        mode = (mode or 0) | kind if mode is not None or kind else None
    return Status(
        attributes.st_size or 0, attributes.st_mtime or 0, mode, attributes.st_uid, attributes.st_gid
    )


class Connection:
    """A signed-in connection."""

    def __init__(self, server: Server) -> None:
        """Connect, prove the host key, and only then sign in; raises `NotSignedIn` or what was lost."""
        self._transport = _proved(server)
        try:
            _sign_in(self._transport, server)
            channel = self._transport.open_session(timeout=ANSWER_SECONDS)
            channel.settimeout(ANSWER_SECONDS)
            channel.invoke_subsystem("sftp")
            self.client = Client(channel)
        except BaseException:
            self._transport.close()
            raise
        # its modes are made up from one bit: whoever may read a file there stands in lists that SFTP hides
        self.modes_count = "windows" not in self._transport.remote_version.lower()

    def close(self) -> None:
        """End the connection."""
        self._transport.close()


def _proved(server: Server) -> paramiko.Transport:
    """Return a connection to a server that proved to be the one that is known."""
    name = server.host if server.port == paramiko.config.SSH_PORT else f"[{server.host}]:{server.port}"
    known = paramiko.HostKeys()
    if not server.fingerprints:
        files = (Path(server.known_hosts),) if server.known_hosts else _KNOWN
        for file in files:
            with suppress(OSError):
                known.load(str(file.expanduser()))
    line = socket.create_connection((server.host, server.port), timeout=CONNECT_SECONDS)
    try:
        transport = paramiko.Transport(line)
    except BaseException:
        line.close()
        raise
    try:
        transport.banner_timeout = transport.handshake_timeout = CONNECT_SECONDS
        transport.auth_timeout = ANSWER_SECONDS
        transport.set_keepalive(KEEP_ALIVE_SECONDS)
        _prefer(transport, known.lookup(name) or ())
        transport.start_client(timeout=CONNECT_SECONDS)
        _compare(server, transport.get_remote_server_key(), known, name)
    except BaseException:
        transport.close()
        raise
    return transport


def _compare(server: Server, key: paramiko.PKey, known: paramiko.HostKeys, name: str) -> None:
    told = f"{key.get_name()} {key.fingerprint}"
    if server.fingerprints:
        if key.fingerprint not in server.fingerprints:
            raise NotSignedIn(f"the host key is another one than given: {told}")
    elif known.lookup(name) is None:
        what_next = f"compare it with the server's, then add ?hostkey={key.fingerprint}"
        raise NotSignedIn(f"the host key is not known: {told}; {what_next}")
    elif not known.check(name, key):
        raise NotSignedIn(f"the host key is another one than known: {told}")


def _prefer(transport: paramiko.Transport, known: Iterable[str]) -> None:
    """Ask for a host key of a kind that is known: a server has several."""
    options = transport.get_security_options()
    wanted = {"ssh-rsa", "rsa-sha2-256", "rsa-sha2-512"} if "ssh-rsa" in known else set()
    wanted |= set(known)
    options.key_types = sorted(options.key_types, key=lambda kind: kind not in wanted)


def _sign_in(transport: paramiko.Transport, server: Server) -> None:
    given = server.credentials
    try:
        if "-----BEGIN " in given.secret:
            transport.auth_publickey(server.user, _key(given))
        elif given.secret:
            transport.auth_password(server.user, given.secret)
        elif server.agent:
            _by_agent(transport, server.user)
        else:
            raise NotSignedIn("neither password nor private key was given")
    except paramiko.AuthenticationException as error:
        raise NotSignedIn(f"sign-in refused ({type(error).__name__})") from None
    if not transport.is_authenticated():
        raise NotSignedIn("sign-in needs a further step that this account has to be freed of")


def _by_agent(transport: paramiko.Transport, user: str) -> None:
    for key in paramiko.Agent().get_keys():
        with suppress(paramiko.AuthenticationException):
            transport.auth_publickey(user, key)
            return
    raise NotSignedIn("no key of the agent was accepted")


def _key(given: Credentials) -> paramiko.PKey:
    for kind in (paramiko.Ed25519Key, paramiko.ECDSAKey, paramiko.RSAKey):
        try:
            return kind.from_private_key(io.StringIO(given.secret), password=given.token or None)
        except paramiko.PasswordRequiredException:
            raise NotSignedIn("the private key needs its passphrase") from None
        except (paramiko.SSHException, ValueError, IndexError, TypeError):
            continue
    raise NotSignedIn("the private key cannot be read: another kind, or another passphrase")
