"""What a reference to a credential 認証情報 stands for, read when a source is opened and kept nowhere."""

from __future__ import annotations

import enum
import errno
import os
import stat
from pathlib import Path

from daicho.errors import UsageError
from registry.credential_references import Keeper, Reference, reference
from registry.errors import InvalidValue
from scanners.credentials import NO_CREDENTIALS, Credentials
from scanners.encodings import Decoded, decode

_LONGEST = 64 << 10  # a private key is some kilobytes


class Fault(enum.StrEnum):
    """What is wrong with a credential; the value is the English sentence of it and of the next step."""

    NO_REFERENCE = "It is no reference: env:NAME, file:/path, keyring:service/user or systemd:name."
    UNSET = "nothing is kept there. Set the variable for the process that scans."
    EMPTY_FILE = "nothing is kept there. Write the secret, or user and secret on two lines, into the file."
    EMPTY_SYSTEMD = "nothing is kept there. Put LoadCredential= into the unit file."
    NO_SYSTEMD = "systemd gave no credentials. Put LoadCredential= into the unit file."
    UNREAD_SYSTEMD = "it cannot be read. Put LoadCredential= into the unit file."
    NO_KEYRING = "no keyring is installed here. Use another kind of reference."
    LOCKED_KEYRING = "the keyring does not answer. Unlock it, or use another kind."
    EMPTY_KEYRING = "nothing is kept there. Store it."
    OWN_FILE = "files of the workspace are no credentials. Keep it elsewhere."
    UNREAD_FILE = "the file cannot be read."
    NO_FILE = "that is not a file."
    FOREIGN_FILE = "the file belongs to somebody else. Make a copy of your own."
    OPEN_FILE = "others may read or change the file. Close it."
    NO_TEXT = "that is no credential but some other kind of file."


class CredentialError(UsageError):
    """A credential cannot be read: its reference, what is wrong, the next step; nothing of the value."""

    def __init__(self, fault: Fault, named: str = "", detail: str = "") -> None:
        self.fault, self.named, self.detail = fault, named, detail
        said = f"{fault.value} ({detail})" if detail else fault.value
        super().__init__(f"{named}: {said}" if named else said)


def credentials_of(text: str, *, own: Path | None = None) -> Credentials:
    """Return the credentials that a reference names; none for an empty one.

    Files in `own`, the workspace, are refused: no source leads our keys out. Raises `CredentialError`.
    """
    if not text:
        return NO_CREDENTIALS
    try:
        named = reference(text)
    except InvalidValue:
        raise CredentialError(Fault.NO_REFERENCE) from None  # it may be the secret itself: not repeated
    match named.keeper:
        case Keeper.ENVIRONMENT:
            value = os.environ.get(named.name, "")
        case Keeper.FILE:
            value = _file(Path(named.name), text, own)
        case Keeper.SYSTEMD:
            value = _systemd(named, text)
        case Keeper.KEYRING:
            return Credentials(user=named.name.partition("/")[2], secret=_keyring(named, text))
    if not value.strip():
        raise CredentialError(_EMPTY[named.keeper], text)
    return Credentials.parse(value)


_EMPTY = {
    Keeper.ENVIRONMENT: Fault.UNSET,
    Keeper.FILE: Fault.EMPTY_FILE,
    Keeper.SYSTEMD: Fault.EMPTY_SYSTEMD,
}


def _systemd(named: Reference, text: str) -> str:
    folder = os.environ.get("CREDENTIALS_DIRECTORY", "")
    if not folder:
        raise CredentialError(Fault.NO_SYSTEMD, text)
    try:
        raw = (Path(folder) / named.name).read_bytes()
    except OSError as error:
        raise CredentialError(Fault.UNREAD_SYSTEMD, text, _code(error)) from None
    return _text(raw, text)


def _keyring(named: Reference, text: str) -> str:
    try:
        import keyring
        from keyring.errors import KeyringError
    except ImportError:
        raise CredentialError(Fault.NO_KEYRING, text) from None
    service, _, user = named.name.partition("/")
    try:
        value = keyring.get_password(service, user)
    except (KeyringError, OSError, RuntimeError):
        raise CredentialError(Fault.LOCKED_KEYRING, text) from None
    if not value:
        raise CredentialError(Fault.EMPTY_KEYRING, text, f"keyring set {service} {user}")
    return value


def _file(path: Path, text: str, own: Path | None) -> str:
    """Return the text of a file that is its owner's alone (see `daicho.password_file`)."""
    if own is not None and path.resolve().is_relative_to(own.resolve()):
        raise CredentialError(Fault.OWN_FILE, text)
    try:
        handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOCTTY | getattr(os, "O_NONBLOCK", 0))
    except OSError as error:
        raise CredentialError(Fault.UNREAD_FILE, text, _code(error)) from None
    try:
        facts = os.fstat(handle)
        if not stat.S_ISREG(facts.st_mode):
            raise CredentialError(Fault.NO_FILE, text)
        if facts.st_uid != os.geteuid():
            raise CredentialError(Fault.FOREIGN_FILE, text)
        if stat.S_IMODE(facts.st_mode) & 0o177:
            raise CredentialError(Fault.OPEN_FILE, text, f"chmod 600 {path}")
        raw = os.read(handle, _LONGEST + 1)
    finally:
        os.close(handle)
    return _text(raw, text)


def _text(raw: bytes, text: str) -> str:
    if not raw:
        return ""
    decoded = decode(raw) if len(raw) <= _LONGEST else None
    if not isinstance(decoded, Decoded):
        raise CredentialError(Fault.NO_TEXT, text)
    return decoded.text


def _code(error: OSError) -> str:
    return errno.errorcode.get(error.errno or 0, "")
