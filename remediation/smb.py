"""Shares over SMB 2 and 3: while a file is looked at for the last time nobody else may write it.

It is opened with a lock against writers, read, and removed before the lock is given back. Signing is required
always. What lies behind DFS links is refused: it belongs to another server.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote, urlsplit

import smbclient
from smbprotocol.exceptions import SMBException, SMBOSError

from remediation.errors import Fault, RemediationError
from remediation.interface import PIECE, Standing
from scanners.credentials import Credentials
from scanners.errors import SourceError
from scanners.selection import EVERYTHING
from scanners.sources import smb

_NAME_NOT_FOUND, _PATH_NOT_FOUND = 0xC0000034, 0xC000003A
_FAULTS = {
    _NAME_NOT_FOUND: Fault.GONE,
    _PATH_NOT_FOUND: Fault.GONE,
    0xC0000022: Fault.DENIED,
    0xC0000121: Fault.DENIED,  # cannot be deleted
    0xC0000043: Fault.BUSY,  # another program holds it
    0xC0000035: Fault.OCCUPIED,
    0xC000007F: Fault.NO_SPACE,
    0xC0000257: Fault.NOT_SUPPORTED,  # behind a DFS link
}


@contextmanager
def told() -> Iterator[None]:
    """Raise RemediationError for what server and library refuse: their messages name files."""
    try:
        yield
    except SMBOSError as error:
        raise RemediationError(_FAULTS.get(error.ntstatus, Fault.UNREADABLE)) from None
    except (SMBException, OSError, ValueError) as error:
        signed = type(error).__name__ in ("LogonFailure", "SMBAuthenticationError", "AccessDenied")
        raise RemediationError(Fault.DENIED if signed else Fault.UNREACHABLE) from None


def opened(url: str, credentials: Credentials) -> SmbPlace:
    """Return the place of an `smb://` source, opened with the account of remediation."""
    try:
        source = smb.opened(url, credentials, EVERYTHING)
    except SourceError:
        raise RemediationError(Fault.DENIED) from None
    return SmbPlace(source)


@dataclass(frozen=True, slots=True)
class SmbPlace:
    """What lies below a folder of a share."""

    source: smb.SmbSource
    connections: dict[str, Any] = field(default_factory=dict, repr=False)  # of its own: no scan shares them

    def close(self) -> None:
        """Leave the server."""
        smbclient.reset_connection_cache(fail_on_error=False, connection_cache=self.connections)

    def standing(self, uri: str) -> Standing:
        """Return what a file is now."""
        path, options = self._at(uri)
        with told():
            return _standing(smbclient.stat(path, follow_symlinks=False, **options))

    def read(self, uri: str) -> Iterator[bytes]:
        """Yield the bytes of a file, which nobody may write meanwhile."""
        path, options = self._at(uri)
        with self._locked(path, options) as file:
            yield from _pieces(file)

    def remove(self, uri: str, expected: Standing, sha256: str) -> None:
        """Remove a file that is still the one that was copied."""
        path, options = self._at(uri)
        with self._locked(path, options) as file:
            digest = hashlib.sha256()
            for piece in _pieces(file):
                digest.update(piece)
            now = self.standing(uri)
            alike = (now.size, now.mtime_ns, now.tag) == (expected.size, expected.mtime_ns, expected.tag)
            if digest.hexdigest() != sha256 or not alike:
                raise RemediationError(Fault.CHANGED)
            with told():
                if smbclient.stat(path, **options).st_nlink > 1:
                    raise RemediationError(Fault.LINKED)
                smbclient.remove(path, **options)

    def put_back(self, uri: str, pieces: Iterator[bytes], kept: Mapping[str, str], mtime_ns: int) -> None:  # noqa: ARG002 - nothing is kept beside the bytes
        """Write a file beside its place and rename it there, which the server refuses where one lies."""
        path, options = self._at(uri)
        folder = path.rpartition("\\")[0]
        beside = f"{folder}\\.daicho-{secrets.token_hex(8)}"
        with told():
            try:
                smbclient.stat(folder, **options)
            except SMBOSError as error:
                if error.ntstatus in (_NAME_NOT_FOUND, _PATH_NOT_FOUND):
                    raise RemediationError(Fault.NO_FOLDER) from None
                raise
            try:
                with smbclient.open_file(beside, mode="xb", share_access="", **options) as file:
                    for piece in pieces:
                        file.write(piece)
                smbclient.utime(beside, ns=(mtime_ns, mtime_ns), **options)
                smbclient.rename(beside, path, **options)
            except BaseException:
                with suppress(SMBException, OSError, ValueError):
                    smbclient.remove(beside, **options)
                raise

    @contextmanager
    def _locked(self, path: str, options: Mapping[str, Any]) -> Iterator[Any]:
        """Open a file for reading so that others may read and delete it, and nobody write."""
        with told():
            file = smbclient.open_file(path, mode="rb", buffering=0, share_access="rd", **options)
        try:
            yield file
        finally:
            with told():
                file.close()

    def _at(self, uri: str) -> tuple[str, dict[str, Any]]:
        """Return the path of a file on its server, and with what it is asked for."""
        place = self.source.place.rstrip("/")
        path = unquote(urlsplit(uri).path, errors="surrogatepass").strip("/")
        if not (uri == place or uri.startswith(f"{place}/")) or ".." in path.split("/"):
            raise RemediationError(Fault.OUTSIDE)
        login = self.source.login
        options: dict[str, Any] = {"port": login.port, "connection_cache": self.connections}
        with told():
            smbclient.register_session(
                login.host,
                username=login.user or None,
                password=login.secret or None,
                encrypt=login.encrypt or None,
                **options,
            )
        return "\\\\" + login.host + "\\" + path.replace("/", "\\"), options


def _standing(facts: Any) -> Standing:
    return Standing(int(facts.st_size), int(facts.st_mtime_ns), f"{facts.st_ino:x}", {})


def _pieces(file: Any) -> Iterator[bytes]:
    while True:
        with told():
            piece = file.read(PIECE)
        if not piece:
            return
        yield bytes(piece)
