"""Keys: one master key, a subkey for every purpose, and sealed fields bound to their place.

The master key never enters the database. Subkeys: HKDF-SHA256 (RFC 5869) with the info string
``daicho/<purpose>/v<n>``; which version is current, and which master key a version comes from when that
was replaced, stands in the key ring (`registry.keyring`). Sealed field: 1 byte key id, 12 bytes nonce,
AES-256-GCM ciphertext and tag (NIST SP 800-38D) with the associated data ``table|row|column|key id``, so
that a sealed value moved to another row, column or table no longer opens.

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
from registry.keyring import KeyFolder, KeyRing
from registry.shares import Share, split

KEY_BYTES = 32
_NONCE_BYTES = 12
_TAG_BYTES = 16


class Vault:
    """Holds the master key of one workspace in memory; its repr shows nothing of it."""

    __slots__ = ("_ciphers", "_master", "_ring", "_subkeys")

    def __init__(self, master: bytes, ring: KeyRing | None = None) -> None:
        if len(master) != KEY_BYTES:
            raise VaultError(f"the master key has {len(master)} bytes, {KEY_BYTES} are needed")
        self._master = master
        self._ring = ring or KeyRing()
        self._ciphers: dict[int, AESGCM] = {}
        self._subkeys: dict[tuple[str, int, int], bytes] = {}

    def __repr__(self) -> str:
        return "Vault(<hidden>)"

    def __reduce__(self) -> str | tuple[object, ...]:
        raise VaultError("a vault is never pickled; hand over a subkey instead")

    @classmethod
    def create(cls, path: Path) -> Vault:
        """Make a new random master key in a file that only its owner can read; never overwrites one."""
        return cls.keep(path, secrets.token_bytes(KEY_BYTES))

    @classmethod
    def keep(cls, path: Path, master: bytes) -> Vault:
        """Write a master key, brought back from shares or a backup, into a file of its owner's alone."""
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
        """Read the master key of a workspace with its ring; refuses a file that others can read."""
        return cls.from_text(_key_text(path), path.parent)

    @classmethod
    def alone(cls, path: Path) -> Vault:
        """Read a master key without any ring: what lies beside it may belong to something else."""
        return cls.from_text(_key_text(path))

    @classmethod
    def from_text(cls, text: str, folder: Path | None = None) -> Vault:
        """Take the master key as 64 hexadecimal digits, as it stands in a key file or the environment.

        `folder` is where the workspace's key ring lies; VaultError when that belongs to another key.
        """
        try:
            master = bytes.fromhex(text.strip())
        except ValueError:
            raise VaultError("the master key is not 64 hexadecimal digits") from None
        vault = cls(master)  # refuses a wrong length before anything is derived
        return vault if folder is None else cls(master, KeyFolder(folder).ring(master))

    @property
    def ring(self) -> KeyRing:
        """Return which versions of the keys there are."""
        return self._ring

    def turn(self, ring: KeyRing, folder: KeyFolder) -> None:
        """Keep a changed ring in its file, then use it; whoever shares this vault follows."""
        folder.write(ring, self._master)
        self._ring = ring

    def ring_text(self) -> str:
        """Return the ring as it is stored: no key in the clear."""
        return self._ring.to_text(self._master)

    def with_ring(self, text: str) -> Vault:
        """Return a vault of the same master key with a stored ring; VaultError when it is another key's."""
        return Vault(self._master, KeyRing.from_text(text, self._master))

    def handed_over(self, new: Vault) -> KeyRing:
        """Return the ring under the master key of another vault, in which all keys so far stay usable."""
        return self._ring.handed_over(self._master, new._master)

    def shares(self, *, needed: int, count: int) -> list[Share]:
        """Return shares of the master key for officers: any `needed` of them give it back."""
        return split(self._master, needed=needed, count=count)

    def version(self, purpose: str) -> int:
        """Return the version of a purpose's key that new data is written with."""
        return self._ring.version(purpose)

    def subkey(self, purpose: str, version: int | None = None) -> bytes:
        """Return the 32-byte key of one purpose: the same purpose and version give the same key.

        Without a version it is the current one.
        """
        number = self.version(purpose) if version is None else version
        epoch = self._ring.epoch_of(purpose, number)
        found = self._subkeys.get((purpose, number, epoch))  # the root of an epoch never changes
        if found is None:
            info = f"daicho/{purpose}/v{number}".encode("ascii")
            derivation = HKDF(algorithm=hashes.SHA256(), length=KEY_BYTES, salt=None, info=info)
            found = derivation.derive(self._ring.root(self._master, epoch))
            self._subkeys[purpose, number, epoch] = found
        return found

    def seal(self, plain: str, *, table: str, row: str, column: str) -> bytes:
        """Encrypt one field for one place; the same text never gives the same bytes twice."""
        nonce, key_id = secrets.token_bytes(_NONCE_BYTES), self.version("field")
        aad = _associated(table, row, column, key_id)
        return bytes([key_id]) + nonce + self._cipher(key_id).encrypt(nonce, plain.encode(), aad)

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


def _key_text(path: Path) -> str:
    try:
        mode = path.stat().st_mode
        text = path.read_text(encoding="ascii")
    except FileNotFoundError:
        raise VaultError(f"{path} is missing; restore the master key from its backup") from None
    except (OSError, UnicodeDecodeError):
        raise VaultError(f"{path} cannot be read as a master key") from None
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise VaultError(f"{path} can be read by others; run: chmod 600 {path}")
    return text
