"""Keys: one master key, a subkey for every purpose, and sealed fields bound to their place.

The master key never enters the database. Subkeys: HKDF-SHA256 (RFC 5869) with the info string
``daicho/<purpose>/v<n>``. Sealed field: 1 byte key id, 12 bytes nonce, AES-256-GCM ciphertext and tag
(NIST SP 800-38D) with the associated data ``table|row|column|key id``, so that a sealed value moved to
another row, column or table no longer opens.

Not defended against: whoever holds both the master key and the database reads everything.
"""

from __future__ import annotations

import os
import secrets
import stat
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from registry.errors import VaultError

KEY_BYTES = 32
FIELD_KEY_ID = 1  # one byte in front of every sealed field: which "field" key sealed it
_NONCE_BYTES = 12
_TAG_BYTES = 16


class Vault:
    """Holds the master key of one workspace in memory; its repr shows nothing of it."""

    __slots__ = ("_ciphers", "_master")

    def __init__(self, master: bytes) -> None:
        if len(master) != KEY_BYTES:
            raise VaultError(f"the master key has {len(master)} bytes, {KEY_BYTES} are needed")
        self._master = master
        self._ciphers: dict[int, AESGCM] = {}

    def __repr__(self) -> str:
        return "Vault(<hidden>)"

    def __reduce__(self) -> str | tuple[object, ...]:
        raise VaultError("a vault is never pickled; hand over a subkey instead")

    @classmethod
    def create(cls, path: Path) -> Vault:
        """Make a new random master key in a file that only its owner can read; never overwrites one."""
        master = secrets.token_bytes(KEY_BYTES)
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            raise VaultError(
                f"{path} exists; a master key is never overwritten, move it away first"
            ) from None
        except OSError as error:
            raise VaultError(f"{path} cannot be created: {error.strerror}") from None
        with os.fdopen(descriptor, "wb") as file:
            file.write(master.hex().encode("ascii") + b"\n")
            file.flush()
            os.fsync(file.fileno())
        return cls(master)

    @classmethod
    def load(cls, path: Path) -> Vault:
        """Read the master key of a workspace; refuses a file that others can read."""
        try:
            mode = path.stat().st_mode
            text = path.read_text(encoding="ascii")
        except FileNotFoundError:
            raise VaultError(f"{path} is missing; restore the master key from its backup") from None
        except (OSError, UnicodeDecodeError):
            raise VaultError(f"{path} cannot be read as a master key") from None
        if mode & (stat.S_IRWXG | stat.S_IRWXO):
            raise VaultError(f"{path} can be read by others; run: chmod 600 {path}")
        return cls.from_text(text)

    @classmethod
    def from_text(cls, text: str) -> Vault:
        """Take the master key as 64 hexadecimal digits, as it stands in a key file or the environment."""
        try:
            master = bytes.fromhex(text.strip())
        except ValueError:
            raise VaultError("the master key is not 64 hexadecimal digits") from None
        return cls(master)

    def subkey(self, purpose: str, version: int = 1) -> bytes:
        """Return the 32-byte key of one purpose: the same purpose and version give the same key."""
        info = f"daicho/{purpose}/v{version}".encode("ascii")
        return HKDF(algorithm=hashes.SHA256(), length=KEY_BYTES, salt=None, info=info).derive(self._master)

    def seal(self, plain: str, *, table: str, row: str, column: str) -> bytes:
        """Encrypt one field for one place; the same text never gives the same bytes twice."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        aad = _associated(table, row, column, FIELD_KEY_ID)
        return bytes([FIELD_KEY_ID]) + nonce + self._cipher(FIELD_KEY_ID).encrypt(nonce, plain.encode(), aad)

    def open(self, sealed: bytes, *, table: str, row: str, column: str) -> str:
        """Decrypt one field; VaultError when the key is wrong or the value was changed or moved."""
        if len(sealed) < 1 + _NONCE_BYTES + _TAG_BYTES or sealed[0] == 0:
            raise VaultError(f"a sealed value of {table}.{column} is malformed")
        key_id, nonce, body = sealed[0], sealed[1 : 1 + _NONCE_BYTES], sealed[1 + _NONCE_BYTES :]
        try:
            plain = self._cipher(key_id).decrypt(nonce, body, _associated(table, row, column, key_id))
        except InvalidTag:
            raise VaultError(
                f"a sealed value of {table}.{column} does not open: wrong key, or it was changed or moved"
            ) from None
        return plain.decode()

    def _cipher(self, key_id: int) -> AESGCM:
        if key_id not in self._ciphers:
            self._ciphers[key_id] = AESGCM(self.subkey("field", key_id))
        return self._ciphers[key_id]


def _associated(table: str, row: str, column: str, key_id: int) -> bytes:
    # Unambiguous although rows are free text: neither tables, columns nor key ids hold a bar.
    return f"{table}|{row}|{column}|{key_id}".encode()
