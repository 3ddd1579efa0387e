"""The key ring: which version of each purpose's key is current, and which master key it comes from.

A purpose's key of version n is derived from the *root* of an epoch (`registry.vault`). The first master key
is the root of epoch 1. When the master key is replaced, the old roots stay usable: they are kept here,
wrapped with a key derived from the new master key, and versions made from then on come from the new root.

The ring is the file `keys/ring.json`. It holds numbers and wrapped roots, no key in the clear, and is
authenticated by an HMAC under the master key: canonical JSON, then its tag. A workspace that never rotated
a key has none. Losing the ring after the master key was replaced is losing the old roots: it belongs to
every backup, and `daicho backup` puts it there.
"""

from __future__ import annotations

import base64
import binascii
import fcntl
import hmac
import json
import os
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from registry.errors import VaultError

FORMAT = 1
RING_FILE = "ring.json"
NEXT_RING_FILE = "ring.next.json"
LOCK_FILE = ".lock"
_NONCE_BYTES = 12
MAX_VERSION = 255  # a sealed field names its key in one byte


@dataclass(frozen=True, slots=True)
class KeyRing:
    """Versions and epochs; everything not named here is version 1 of epoch 1."""

    epoch: int = 1
    """The epoch whose root is the master key itself."""
    roots: Mapping[int, str] = field(default_factory=lambda: MappingProxyType({}))
    """Roots of earlier epochs, wrapped with the master key: base64 of nonce, ciphertext and tag."""
    current: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))
    """The version that new data of a purpose is written with."""
    epochs: Mapping[str, Mapping[int, int]] = field(default_factory=lambda: MappingProxyType({}))
    """Per purpose: version -> epoch."""
    started: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))
    """Rotations that have begun and not ended: purpose -> the version that it leads to."""

    def version(self, purpose: str) -> int:
        """Return the version of a purpose's key that new data is written with."""
        return self.current.get(purpose, 1)

    def versions(self, purpose: str) -> range:
        """Return every version of a purpose's key that data may be written with."""
        return range(1, max(self.version(purpose), self.started.get(purpose, 1)) + 1)

    def epoch_of(self, purpose: str, version: int) -> int:
        """Return the epoch whose root a version comes from; unknown later ones come from the newest."""
        known = self.epochs.get(purpose, {})
        return known.get(version, 1 if version == 1 else self.epoch)

    def begun(self, purpose: str, *, serves: bool) -> KeyRing:
        """Return the ring with the next version begun; `serves`: it is also what new data is written with."""
        version = self.started.get(purpose) or self.version(purpose) + 1
        if version > MAX_VERSION:
            raise VaultError(f"the key for {purpose} was replaced {MAX_VERSION - 1} times; that is the limit")
        epochs = {**self.epochs, purpose: {**self.epochs.get(purpose, {}), version: self.epoch}}
        current = {**self.current, purpose: version} if serves else self.current
        return replace(self, current=current, epochs=epochs, started={**self.started, purpose: version})

    def ended(self, purpose: str) -> KeyRing:
        """Return the ring after a rotation is through: its version is current."""
        version = self.started[purpose]
        rest = {name: number for name, number in self.started.items() if name != purpose}
        return replace(self, current={**self.current, purpose: version}, started=rest)

    def to_text(self, master: bytes) -> str:
        """Return the ring as it is stored, authenticated with the master key."""
        body = {
            "format": FORMAT,
            "epoch": self.epoch,
            "roots": {str(number): wrapped for number, wrapped in self.roots.items()},
            "current": dict(self.current),
            "epochs": {
                purpose: {str(version): epoch for version, epoch in versions.items()}
                for purpose, versions in self.epochs.items()
            },
            "started": dict(self.started),
        }
        return json.dumps(body | {"tag": _tag(master, body)}, indent=1, sort_keys=True) + "\n"

    @classmethod
    def from_text(cls, text: str, master: bytes) -> KeyRing:
        """Read a stored ring; VaultError when it is malformed, changed, or of another master key."""
        try:
            body = json.loads(text)
            tag = str(body.pop("tag"))
        except (ValueError, KeyError, AttributeError, TypeError):
            raise VaultError("the key ring is malformed; put it back from a backup") from None
        if not hmac.compare_digest(tag, _tag(master, body)):
            raise VaultError(
                "the key ring does not belong to this master key, or was changed; "
                "use the master key of this workspace, or put the ring back from a backup"
            )
        if body.get("format") != FORMAT:
            raise VaultError("the key ring was written by a newer version of Daicho; update the program")
        return cls(
            epoch=body["epoch"],
            roots={int(number): wrapped for number, wrapped in body["roots"].items()},
            current=body["current"],
            epochs={
                purpose: {int(version): epoch for version, epoch in versions.items()}
                for purpose, versions in body["epochs"].items()
            },
            started=body["started"],
        )

    def root(self, master: bytes, epoch: int) -> bytes:
        """Return the root of an epoch; VaultError when it was lost."""
        if epoch == self.epoch:
            return master
        try:
            wrapped = base64.b64decode(self.roots[epoch], validate=True)
            nonce, sealed = wrapped[:_NONCE_BYTES], wrapped[_NONCE_BYTES:]
            return AESGCM(_derived(master, "wrap")).decrypt(nonce, sealed, _aad(epoch))
        except (KeyError, InvalidTag, binascii.Error, ValueError):
            raise VaultError(
                f"the key ring holds no usable root of epoch {epoch}; put the ring back from a backup, "
                "and start Daicho again when its master key was replaced meanwhile"
            ) from None

    def handed_over(self, master: bytes, new_master: bytes) -> KeyRing:
        """Return the ring under a new master key: every root so far wrapped with it, a new epoch begun."""
        cipher = AESGCM(_derived(new_master, "wrap"))
        roots = {}
        for epoch in (*self.roots, self.epoch):
            nonce = secrets.token_bytes(_NONCE_BYTES)
            sealed = cipher.encrypt(nonce, self.root(master, epoch), _aad(epoch))
            roots[epoch] = base64.b64encode(nonce + sealed).decode("ascii")
        return replace(self, epoch=self.epoch + 1, roots=roots)


@dataclass(frozen=True, slots=True)
class KeyFolder:
    """The folder `keys` of a workspace: where the ring lies, and the lock of those who change keys."""

    path: Path

    def ring(self, master: bytes) -> KeyRing:
        """Return the ring that belongs to this master key; without a file, the ring of a new workspace.

        A killed replacement of the master key may have left the ring of the new one beside the old one:
        whichever belongs to the key at hand is taken.
        """
        failure: VaultError | None = None
        for name in (RING_FILE, NEXT_RING_FILE):
            try:
                text = (self.path / name).read_text(encoding="utf-8")
            except FileNotFoundError:
                continue
            except (OSError, UnicodeDecodeError):
                raise VaultError(f"{self.path / name} cannot be read as a key ring") from None
            try:
                return KeyRing.from_text(text, master)
            except VaultError as error:
                failure = failure or error
        if failure is not None:
            raise failure
        return KeyRing()

    def write(self, ring: KeyRing, master: bytes) -> None:
        """Replace the ring as a whole; a kill leaves the old one or the new one."""
        replace_file(self.path / RING_FILE, ring.to_text(master).encode())
        (self.path / NEXT_RING_FILE).unlink(missing_ok=True)  # told of a state that is no more

    def keep(self, text: str) -> None:
        """Put back a stored ring as it is."""
        replace_file(self.path / RING_FILE, text.encode())

    def write_next(self, ring: KeyRing, master: bytes) -> None:
        """Lay the ring of a new master key beside the one in use."""
        replace_file(self.path / NEXT_RING_FILE, ring.to_text(master).encode())

    @contextmanager
    def locked(self, *, exclusive: bool) -> Iterator[None]:
        """Keep others from replacing keys (shared), or from backups and replacing keys (exclusive)."""
        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(self.path / LOCK_FILE, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            kind = fcntl.LOCK_EX if exclusive else fcntl.LOCK_SH
            try:
                fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
            except BlockingIOError:
                raise VaultError(
                    "keys are being replaced or a backup is being made; try again when it has ended"
                ) from None
            yield
        finally:
            os.close(descriptor)


def replace_file(path: Path, data: bytes) -> None:
    """Write a file of its owner's alone, whole or not at all, and safe against a power cut."""
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.rename(path)
        sync_folder(path.parent)
    except OSError as error:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise VaultError(f"{path} cannot be written: {error.strerror}") from None


def sync_folder(path: Path) -> None:
    """Make the names in a folder last."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _derived(master: bytes, use: str) -> bytes:
    info = f"daicho/ring-{use}/v1".encode("ascii")
    return HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=info).derive(master)


def _tag(master: bytes, body: Mapping[str, Any]) -> str:
    canonical = json.dumps(body, sort_keys=True, separators=(",", ":")).encode()
    return hmac.digest(_derived(master, "tag"), canonical, "sha256").hex()


def _aad(epoch: int) -> bytes:
    return f"daicho/root/{epoch}".encode("ascii")
