"""A file of results, written at a site and taken in at headquarters: sealed, then signed.

    file      = stream (`registry.collected.sealing`) || signature (64)
    signature = Ed25519 (RFC 8032) of the kit over "daicho/collected-run/v1" and SHA-256(stream)
    head      = collector, kit and run (random ids), key (id of headquarters' key): nothing else is readable
    chunks    = D description, (B | M)* results (`registry.collected.rows`), E end with totals

The file appears whole under its name or not at all. Reading goes over it twice: the signature first, so that
nothing is parsed that the kit did not sign, and then chunk by chunk with the memory of one chunk.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import secrets
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey

from registry.collected.errors import CollectedError, Fault, told_of
from registry.collected.rows import Batch, Batches, batches
from registry.collected.sealing import SealedWriter, key_id, open_chunks, read_head, skip_chunks
from registry.keyring import sync_folder
from scanners.model import ObjectResult, RunTotals

MAGIC = b"DAICHO-RUN\x00\x00\x00\x00\x00\x01"
_LABEL = b"daicho/collected-run/v1\n"
_SIGNATURE_BYTES = 64
_DESCRIPTION, _END = b"D", b"E"
_SMALL = 1 << 20
_TARGETS_AT_MOST = 1_000
_ID = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True, slots=True)
class Head:
    """What a file of results says in the clear: ids that tell nothing to anybody else."""

    collector: str
    kit: str
    run: str  # made anew for every file: what is taken in once
    key: str  # which of headquarters' keys opens it


@dataclass(frozen=True, slots=True)
class Description:
    """What a run began with."""

    started_at: datetime
    rules_version: str
    product: str
    targets: tuple[str, ...] = field(repr=False)  # what was scanned, as the registry writes addresses


@dataclass(frozen=True, slots=True)
class End:
    """What a run came to; without it a file is not whole."""

    finished_at: datetime
    totals: RunTotals
    findings: int


class RunFile:
    """Writes one file of results; leaving its block with an error leaves nothing behind."""

    def __init__(
        self,
        path: Path,
        *,
        collector: str,
        kit: str,
        signing: Ed25519PrivateKey,
        headquarters: bytes,
        description: Description,
    ) -> None:
        public = X25519PublicKey.from_public_bytes(headquarters)
        self.head = Head(collector, kit, secrets.token_hex(16), key_id(public))
        self._path, self._signing, self._public = path, signing, public
        self._description = description
        self._totals = RunTotals()
        self._temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")

    def __enter__(self) -> Self:
        """Begin the file beside its name; CollectedError `unreadable` or `no_space`."""
        with told_of(self._path):
            descriptor = os.open(self._temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        self._digest = hashlib.sha256()
        self._file = os.fdopen(descriptor, "wb")
        self._stream = SealedWriter(self, self._public, magic=MAGIC, head=asdict(self.head))
        self._rows = Batches(self._stream.chunk)
        described = asdict(self._description) | {"started_at": self._description.started_at.isoformat()}
        self._stream.chunk(_DESCRIPTION, json.dumps(described).encode())
        return self

    def write(self, data: bytes, /) -> None:
        """Take bytes of the stream."""
        with told_of(self._path):
            self._file.write(data)
        self._digest.update(data)

    def add(self, result: ObjectResult) -> None:
        """Take one object and its findings."""
        self._rows.add(result)
        self._totals = self._totals.plus(result)

    @property
    def listed(self) -> int:
        """Return how many objects it holds so far."""
        return self._totals.listed

    def commit(self, finished_at: datetime) -> None:
        """Write the end, sign, and let the file appear."""
        self._rows.flush()
        end = {
            "finished_at": finished_at.isoformat(),
            "totals": asdict(self._totals),
            "findings": self._rows.findings,
        }
        self._stream.finish(_END, json.dumps(end).encode())
        signature = self._signing.sign(_LABEL + self._digest.digest())
        with told_of(self._path):
            self._file.write(signature)
            self._file.flush()
            os.fsync(self._file.fileno())
            self._file.close()
            self._temporary.rename(self._path)
            sync_folder(self._path.parent)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Leave nothing behind that was not committed."""
        with suppress(OSError):
            self._file.close()
        with suppress(OSError):
            self._temporary.unlink(missing_ok=True)


class Taken:
    """An opened file of results: first `head`, then `verify`, and only then what it holds."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        head, self._opening = read_head(file, MAGIC)
        if set(head) != {"collector", "kit", "run", "key"}:
            raise CollectedError(Fault.CHANGED)
        if not all(isinstance(value, str) and _ID.fullmatch(value) for value in head.values()):
            raise CollectedError(Fault.CHANGED)
        self.head = Head(**{name: str(value) for name, value in head.items()})
        self._verified = False
        self._end: End | None = None

    def verify(self, public: Ed25519PublicKey) -> None:
        """Raise CollectedError unless the kit of this key signed every byte: `unfinished`, `changed`."""
        # (1) the frames lead to where the signature stands, and nothing follows it
        skip_chunks(self._file)
        end = self._file.tell()
        signature = self._file.read(_SIGNATURE_BYTES + 1)
        if len(signature) != _SIGNATURE_BYTES:
            raise CollectedError(Fault.UNFINISHED if len(signature) < _SIGNATURE_BYTES else Fault.CHANGED)
        # (2) everything before it has the digest that was signed
        self._file.seek(0)
        digest, left = hashlib.sha256(), end
        while left:
            piece = self._file.read(min(left, 1 << 20))
            if not piece:
                raise CollectedError(Fault.UNFINISHED)
            digest.update(piece)
            left -= len(piece)
        # (3) the signature is that kit's
        try:
            public.verify(signature, _LABEL + digest.digest())
        except InvalidSignature:
            raise CollectedError(Fault.CHANGED) from None
        self._verified = True

    def open(self, private: X25519PrivateKey) -> tuple[Description, Iterator[Batch]]:
        """Return the description, and the results as they are read; after the last, `end` tells the rest.

        Raises CollectedError `changed` for what was never verified, `malformed` for what no scan writes.
        """
        if not self._verified:
            raise CollectedError(Fault.CHANGED)
        self._file.seek(len(self._opening))
        chunks = open_chunks(self._file, private, self._opening)
        kind, payload = next(chunks)
        if kind != _DESCRIPTION:
            raise CollectedError(Fault.MALFORMED)
        return _description(payload), self._batches(chunks)

    @property
    def end(self) -> End:
        """Return what the run came to, once all results were read; CollectedError `malformed` before."""
        if self._end is None:
            raise CollectedError(Fault.MALFORMED)
        return self._end

    def _batches(self, chunks: Iterator[tuple[bytes, bytes]]) -> Iterator[Batch]:
        last: list[bytes] = []

        def results() -> Iterator[tuple[bytes, bytes]]:
            for kind, payload in chunks:
                if last:
                    raise CollectedError(Fault.MALFORMED)
                if kind == _END:
                    last.append(payload)
                else:
                    yield kind, payload

        totals, found = RunTotals(), 0
        for batch in batches(results()):
            for result in batch.objects:
                totals = totals.plus(result)
            found += batch.findings.num_rows
            yield batch
        end = _end(last[0] if last else b"")
        if end.totals != totals or end.findings != found:
            raise CollectedError(Fault.MALFORMED)
        self._end = end


@contextmanager
def taken(path: Path) -> Iterator[Taken]:
    """Open a file of results; errors name it. `not_one`, `format`, `unfinished`, `changed`, `unreadable`."""
    with told_of(path):
        if not path.is_file():  # no pipe or device, that might never end
            raise CollectedError(Fault.UNREADABLE)
        with path.open("rb") as file:
            yield Taken(file)


def _description(payload: bytes) -> Description:
    said = _said(payload, {"started_at", "rules_version", "product", "targets"})
    targets: Sequence[Any] = said["targets"] if isinstance(said["targets"], list) else ()
    texts = (said["rules_version"], said["product"], *targets)
    if not 0 < len(targets) <= _TARGETS_AT_MOST or not all(isinstance(text, str) for text in texts):
        raise CollectedError(Fault.MALFORMED)
    return Description(_moment(said["started_at"]), said["rules_version"], said["product"], tuple(targets))


def _end(payload: bytes) -> End:
    said = _said(payload, {"finished_at", "totals", "findings"})
    try:
        totals = RunTotals(**said["totals"])
    except TypeError:
        raise CollectedError(Fault.MALFORMED) from None
    return End(_moment(said["finished_at"]), totals, said["findings"])


def _said(payload: bytes, names: set[str]) -> Mapping[str, Any]:
    if len(payload) > _SMALL:
        raise CollectedError(Fault.MALFORMED)
    try:
        said = json.loads(payload)
    except (ValueError, RecursionError):
        raise CollectedError(Fault.MALFORMED) from None
    if not isinstance(said, dict) or set(said) != names:
        raise CollectedError(Fault.MALFORMED)
    return said


def _moment(text: object) -> datetime:
    try:
        moment = datetime.fromisoformat(str(text))
    except ValueError:
        raise CollectedError(Fault.MALFORMED) from None
    if moment.tzinfo is None:
        raise CollectedError(Fault.MALFORMED)
    return moment.astimezone(UTC)
