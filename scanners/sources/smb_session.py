"""Signed-in connections to servers of shares, kept for each process, and what is asked over them.

SMB 2 and 3 by smbprotocol; signing is required always, as Windows 11 and Server 2025 do. A name behind a
DFS link is found by asking for its referral (MS-DFSC) and remembered with the connection.
"""

from __future__ import annotations

import atexit
import contextlib
import logging
import os
import struct
import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from smbprotocol.connection import Capabilities, Connection
from smbprotocol.dfs import DFSReferralRequest, DFSReferralResponse
from smbprotocol.exceptions import SMBAuthenticationError, SMBException, SMBResponseException
from smbprotocol.ioctl import CtlCode, IOCTLFlags, SMB2IOCTLRequest, SMB2IOCTLResponse
from smbprotocol.session import Session
from smbprotocol.tree import TreeConnect

from scanners.sources.smb_status import (
    BAD_NETWORK_NAME,
    NAME_NOT_FOUND,
    PATH_NOT_COVERED,
    PATH_NOT_FOUND,
    LostError,
    RefusedError,
    passes,
)

PORT = 445
CONNECT_SECONDS = 20
ANSWER_SECONDS = 90  # a server that recalls nothing answers long before
_REFERRALS = 8  # DFS links behind each other
_T = TypeVar("_T")

# the library's log holds names of files
logging.getLogger("smbprotocol").setLevel(logging.CRITICAL + 1)


class SignInError(RefusedError):
    """The server does not know the account, or the password is another."""

    def __init__(self, status: int = 0, what: str = "") -> None:
        super().__init__(status)
        self._what = what

    def __str__(self) -> str:
        return self._what or super().__str__()


@dataclass(frozen=True, slots=True)
class Login:
    """One account at one server."""

    host: str
    port: int = PORT
    user: str = ""
    secret: str = field(default="", repr=False)
    encrypt: bool = False


@dataclass(frozen=True, slots=True)
class Link:
    """Where a DFS link leads: a folder of a share of a server."""

    login: Login
    share: str
    path: str


class _Connection(Connection):  # type: ignore[misc]  # smbprotocol has no types
    def receive(self, request: Any, wait: bool = True, timeout: Any = None, **_: Any) -> Any:
        """Wait for an answer no longer than is sensible, and leave links where they are."""
        return super().receive(request, wait, timeout or ANSWER_SECONDS, resolve_symlinks=False)


@contextmanager
def translated() -> Iterator[None]:
    """Raise `RefusedError` and `LostError` for what the library raises."""
    try:
        yield
    except SMBResponseException as error:
        raise RefusedError(error.status) from None
    except (SMBException, OSError, ValueError, KeyError, struct.error) as error:
        raise LostError(type(error).__name__) from None


class Server:
    """One signed-in connection of this process."""

    def __init__(self, login: Login) -> None:
        """Connect and sign in; raises `LostError` or `SignInError`."""
        self.login = login
        self.links: dict[tuple[str, ...], Link] = {}
        self._trees: dict[str, TreeConnect] = {}
        self._lock = threading.Lock()
        self._connection = _Connection(uuid.uuid4(), login.host, login.port)
        with translated():
            self._connection.connect(timeout=CONNECT_SECONDS)
        self._session = Session(
            self._connection,
            login.user or None,
            login.secret or None,
            require_encryption=login.encrypt,
        )
        try:
            self._session.connect()
        except SMBResponseException as error:
            self.close()
            raise SignInError(error.status) from None
        except SMBAuthenticationError:
            self.close()
            raise SignInError(what="neither password nor ticket that could be used") from None
        except (
            SMBException
        ):  # a guest, whose messages nobody could sign, or no encryption where it is asked for
            self.close()
            raise SignInError(what="a guest, or no encryption where it is asked for") from None
        except (OSError, ValueError, KeyError) as error:
            self.close()
            raise LostError(type(error).__name__) from None

    def piece(self, largest: int, wanted: int) -> int:
        """Return how many bytes one message may carry."""
        return min(wanted, largest) if self._connection.supports_multi_credit else min(65536, largest)

    @property
    def reads(self) -> int:
        """The bytes that one read brings at most."""
        return self.piece(int(self._connection.max_read_size), 1 << 20)

    @property
    def lists(self) -> int:
        """The bytes of a listing that one answer holds at most."""
        return self.piece(int(self._connection.max_transact_size), 512 << 10)

    def tree(self, share: str) -> TreeConnect:
        """Return the connected share."""
        with self._lock:
            found = self._trees.get(share.lower())
            if found is None:
                found = TreeConnect(self._session, rf"\\{self.login.host}\{share}")
                with translated():
                    found.connect()
                self._trees[share.lower()] = found
            return found

    def ask(self, tree: TreeConnect, *messages: Any) -> list[bytes | RefusedError]:
        """Send messages as one and return what each brought, without its header; raises `LostError`."""
        with translated():
            sent = self._connection.send_compound(
                list(messages), self._session.session_id, tree.tree_connect_id, related=len(messages) > 1
            )
        brought: list[bytes | RefusedError] = []
        lost: LostError | None = None
        for request in sent:  # each is received, or the library keeps it for ever
            try:
                with translated():
                    brought.append(self._connection.receive(request)["data"].get_value())
            except RefusedError as refused:
                brought.append(refused)
            except LostError as error:
                lost = error
        if lost is not None:
            raise lost
        return brought

    def only(self, tree: TreeConnect, message: Any) -> bytes:
        """Send one message and return what it brought; raises `RefusedError` and `LostError`."""
        (brought,) = self.ask(tree, message)
        if isinstance(brought, RefusedError):
            raise brought
        return brought

    def refer(self, share: str, path: str) -> bool:
        """Ask where a name behind DFS lies and remember it; tell whether there was an answer."""
        if not self._connection.server_capabilities.has_flag(Capabilities.SMB2_GLOBAL_CAP_DFS):
            return False
        asked = "\\".join(part for part in (f"\\{self.login.host}", share, path) if part)
        request = DFSReferralRequest()
        request["request_file_name"] = asked
        message = SMB2IOCTLRequest()
        message["ctl_code"] = CtlCode.FSCTL_DFS_GET_REFERRALS
        message["file_id"] = b"\xff" * 16
        message["max_output_response"] = 56 * 1024
        message["flags"] = IOCTLFlags.SMB2_0_IOCTL_IS_FSCTL
        message["buffer"] = request
        try:
            answer = self.only(self.tree("IPC$"), message)
        except RefusedError:
            return False
        with translated():
            held, response = SMB2IOCTLResponse(), DFSReferralResponse()
            held.unpack(answer)
            response.unpack(held["buffer"].get_value())
            consumed = asked[: response["path_consumed"].get_value() // 2]
            targets = [entry.network_address for entry in response["referral_entries"].get_value()]
        prefix = tuple(consumed.lower().strip("\\").split("\\"))[1:]
        for target in targets:
            host, _, rest = str(target or "").strip("\\").partition("\\")
            to_share, _, to_path = rest.partition("\\")
            if host and to_share and prefix:
                self.links[prefix] = Link(self._beside(host), to_share, to_path)
                return True
        return False

    def _beside(self, host: str) -> Login:
        same = host.lower() == self.login.host.lower()
        return self.login if same else replace(self.login, host=host, port=PORT)

    def linked(self, share: str, path: str) -> Link | None:
        """Return where a name lies that a remembered link covers."""
        if not self.links:
            return None
        parts = [share, *(path.split("\\") if path else [])]
        low = tuple(part.lower() for part in parts)
        for count in range(len(low), 0, -1):
            link = self.links.get(low[:count])
            if link is not None and (link.login, link.share.lower(), link.path) != (
                self.login,
                share.lower(),
                path,
            ):
                rest = "\\".join([*([link.path] if link.path else []), *parts[count:]])
                return Link(link.login, link.share, rest)
        return None

    def close(self) -> None:
        """Leave the server without waiting for it."""
        with contextlib.suppress(SMBException, OSError, ValueError, KeyError, AttributeError):
            self._connection.disconnect(close=False)


_servers: dict[tuple[int, Login], Server] = {}
_refused: dict[tuple[int, Login], SignInError] = {}
_connecting = threading.Lock()


def server_of(login: Login) -> Server:
    """Return the connection of this process, made by whoever asks first; raises `LostError`, `SignInError`.

    A refused sign-in is not tried again with the next file: servers lock accounts that try too often.
    """
    key = (os.getpid(), login)  # a connection of the process that this one was split from is not ours
    with _connecting:
        if key in _refused:
            raise _refused[key].with_traceback(None)
        found = _servers.get(key)
        if found is None:
            try:
                found = _servers[key] = Server(login)
            except SignInError as error:
                _refused[key] = error
                raise
        return found


def ask_again(login: Login) -> None:
    """Let a sign-in that was refused be tried once more."""
    with _connecting:
        _refused.pop((os.getpid(), login), None)


def forget(login: Login) -> None:
    """Drop a connection that is of no use any more."""
    with _connecting:
        found = _servers.pop((os.getpid(), login), None)
    if found is not None:
        found.close()


@atexit.register
def leave() -> None:
    """Leave every server of this process."""
    for process, login in list(_servers):
        if process == os.getpid():
            forget(login)


def at(
    login: Login, share: str, path: str, action: Callable[[Server, TreeConnect, str], _T], hops: int = 0
) -> _T:
    """Do something with a name where it lies, which DFS may tell; raises `RefusedError` and `LostError`.

    A connection that was lost is dropped, so that the next try makes a new one.
    """
    server = server_of(login)
    try:
        link = server.linked(share, path)
        if link is None:
            tree = None
            try:
                tree = server.tree(share)
                # on a share of DFS the server wants the name from the host on
                name = "\\".join(filter(None, (login.host, share, path))) if tree.is_dfs_share else path
                return action(server, tree, name)
            except RefusedError as refused:
                behind = refused.status in (PATH_NOT_COVERED, BAD_NETWORK_NAME) or (
                    refused.status in (NAME_NOT_FOUND, PATH_NOT_FOUND)
                    and tree is not None
                    and tree.is_dfs_share
                )
                if hops >= _REFERRALS or not behind or not server.refer(share, path):
                    raise
                link = server.linked(share, path)
                if link is None:
                    raise
    except (RefusedError, LostError) as error:
        if passes(error):
            forget(login)
        raise
    return at(link.login, link.share, link.path, action, hops + 1)


def lies_at(login: Login, share: str, path: str) -> Link:
    """Return where a name lies by what is remembered of DFS links."""
    for _ in range(_REFERRALS):
        link = server_of(login).linked(share, path)
        if link is None:
            break
        login, share, path = link.login, link.share, link.path
    return Link(login, share, path)
