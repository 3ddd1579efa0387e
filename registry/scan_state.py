"""What one place's scans remember 走査の記憶, in an encrypted file beside the findings.

One SQLCipher database a place, under a key of its own. Each entry that was read is kept at once with its
results, so that a scan that was killed goes on, and what did not change is not read again. It is a memory,
no record: without it everything is read again, and moved files get new names.

A generation is one scan of everything, however often it was cut short. What an earlier generation knew and
this one did not list is gone, unless the place where it lay could not be listed, or nothing of its file
system was: an empty folder may be one into which nothing is mounted.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Self

from registry import result_bytes, scan_file
from registry.errors import StoreError
from registry.kept_batch import KeptBatch
from registry.scan_digests import Digests, stored, text
from registry.scan_halves import ScanHalves
from registry.vault import Vault
from scanners.memory import PASSING, Carried, Later, Read
from scanners.model import Batch, Entry, Exposure, Gap, ObjectResult, Outcome, Reason

FOLDER = "scans"
_SAVE_AFTER = 1.0
_AT_ONCE = 500
_RACING_NS = 50_000_000  # a file written so shortly before it was listed may be written again unnoticed
_KEEP = """
INSERT INTO entry (key, uri, gap, signature, version, secrets, identity, access, system, batch, known_as,
    known, again, read, generation)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (key) DO UPDATE SET gap = excluded.gap, signature = excluded.signature,
    version = excluded.version, secrets = excluded.secrets, identity = excluded.identity,
    access = excluded.access, system = excluded.system, batch = excluded.batch, again = excluded.again,
    read = excluded.read, generation = excluded.generation
RETURNING id
"""


class StateBusyError(StoreError):
    """Another scan of the same place is at work on this machine."""


class ScanState:
    """The memory of one place while it is scanned; implements `scanners.memory.Memory`."""

    def __init__(self, path: Path, vault: Vault) -> None:
        """Open or make the file; StateBusyError while another scan has it."""
        key = vault.subkey("scan_state")
        self._digests = Digests(key)
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._lock = os.open(path.with_suffix(".lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(self._lock)
            raise StateBusyError("another scan of this place is at work") from None
        try:
            self._database = scan_file.opened(path, key)
        except BaseException:
            os.close(self._lock)
            raise
        self.halves = ScanHalves(self._database, self._digests)
        self.resumed = False
        self.unchanged = self.moved = self.deleted = 0
        self._generation = 0
        self._whole = False
        self._version = self._secrets = b""
        self._racing: set[bytes] = set()
        self._systems: set[bytes] = set()
        self._batches: dict[bytes, int] = {}  # of what is under way
        self._saved = time.monotonic()

    def __enter__(self) -> Self:
        """Do nothing more."""
        return self

    def __exit__(self, *_: object) -> None:
        """Save, and let others have it."""
        self.close()

    def begin(
        self,
        version: str,
        *,
        passwords: Sequence[str] = (),
        whole: bool = False,
        is_recorded: Callable[[str], bool] = lambda _run: False,
    ) -> None:
        """Begin a scan, or go on with the one that was cut short; `version` is all that decides a result.

        `whole`: everything is read again. `is_recorded` tells whether a run was recorded: a scan that was
        killed right after that is over.
        """
        generation, is_open, was_whole, run = self._database.execute(
            "SELECT generation, open, whole, run FROM scan"
        ).fetchone()
        self._generation = generation
        if is_open and run and is_recorded(run):
            self.complete()
            is_open = 0
        self.resumed = bool(is_open and (was_whole or not whole))
        if not self.resumed:
            self._generation += 1
        self._whole = bool(was_whole) if self.resumed else whole
        self._version = self._digests.of("version", version)
        self._secrets = self._digests.of("passwords", *passwords)
        self.halves.begin(self._version, anew=self._whole and not self.resumed)
        self._database.execute(
            "UPDATE scan SET generation = ?, open = 1, whole = ?, run = ''", (self._generation, self._whole)
        )
        self._database.execute("DELETE FROM later")
        self._database.execute("DELETE FROM place")
        self._database.execute("DELETE FROM system WHERE generation < ?", (self._generation,))
        self._systems = {name for (name,) in self._database.execute("SELECT name FROM system")}
        self.save()

    def will_record(self, run: str) -> None:
        """Note the run that this scan is about to be recorded as."""
        self._database.execute("UPDATE scan SET run = ?", (run,))
        self.save()

    def complete(self) -> None:
        """End the generation, once its run is recorded: forget what is gone."""
        self._database.execute(
            "DELETE FROM result WHERE id IN (SELECT id FROM entry WHERE gone = ?1 AND generation < ?1)",
            (self._generation,),
        )
        self._database.execute("DELETE FROM entry WHERE gone = ?1 AND generation < ?1", (self._generation,))
        self._database.execute("UPDATE scan SET open = 0, whole = 0, run = ''")
        self.save()

    def carried(self, batch: Batch) -> KeptBatch | None:
        """Return what is known of a batch of which nothing changed; see `scanners.memory.Memory`.

        Each of its items has to be known, and to have been met last in a batch of this very state.
        """
        number = self._digests.batch(batch)
        rows = self._database.execute(
            "SELECT gap, version, secrets, again, read, generation, moved, system, results"
            " FROM entry JOIN result USING (id) WHERE batch = ? ORDER BY id",
            (number,),
        ).fetchall()
        if len(rows) != batch.count:
            return None
        read_now = seen = moved = gaps = 0
        for gap, version, secrets, again, read, generation, moved_in, *_ in rows:
            if version != self._version or again or not (secrets is None or secrets == self._secrets):
                return None
            now = read == self._generation
            if self._whole and not now:
                return None
            read_now += now and not gap
            seen += generation == self._generation
            moved += moved_in == self._generation
            gaps += gap
        if seen < len(rows):
            self._database.execute(
                "UPDATE entry SET generation = ? WHERE batch = ?", (self._generation, number)
            )
        for head in result_bytes.opened([row[8] for row in rows if row[0]])[0]:
            if head.reason is not None:
                self._note_place(head.uri, Reason(head.reason))
        for system in {row[7] for row in rows}:
            self._listed(system)
        self.unchanged += len(rows) - gaps - read_now
        self.moved += moved
        return KeptBatch([row[8] for row in rows])

    def _note_place(self, uri: str, reason: Reason) -> None:
        """Note a place below which nothing was listed, and whether that was planned."""
        if not reason.by_policy or reason is Reason.EXCLUDED:
            self._database.execute(
                "INSERT OR REPLACE INTO place VALUES (?, ?)", (stored(uri), reason.by_policy)
            )

    def recall(self, item: Entry | Gap, batch: Batch | None = None) -> Read | Carried | Later:
        """Tell what to do with an item that was listed; see `scanners.memory.Memory`."""
        key = self._digests.uri(item.uri)
        if isinstance(item, Gap):
            self._note_place(item.uri, item.reason)
        row = self._database.execute(
            "SELECT entry.id, signature, version, secrets, access, batch, known_as, again, read, generation,"
            " moved, system, results FROM entry JOIN result USING (id) WHERE key = ?",
            (key,),
        ).fetchone()
        self._listed(self._digests.system(item))
        known_time = isinstance(item, Gap) or item.mtime_ns != 0
        number = self._digests.batch(batch) if batch and known_time else None
        if row is None:
            return self._new(item, key, number)
        id_, signature, version, secrets, access, met, known_as, again, read, seen, moved, system, results = (
            row
        )
        self._listed(system)  # mounted anew it may have another number: what lay there is there
        same = (
            signature == self._digests.signature(item)
            and version == self._version
            and not again
            and (secrets is None or secrets == self._secrets)
        )
        now = read == self._generation  # in the part of this scan before it was cut short
        self.moved += moved == self._generation
        if not same or not (now or (known_time and not self._whole)):
            self._begun(item, key, number)
            return Read("" if known_as is None else text(known_as))
        self.unchanged += not now and isinstance(item, Entry)
        ask = isinstance(item, Entry) and access != self._digests.access(item)
        if ask:
            self._begun(item, key, number)
            number = None
        if (seen, met) != (self._generation, number):
            self._database.execute(
                "UPDATE entry SET generation = ?, batch = ? WHERE id = ?", (self._generation, number, id_)
            )
        return Carried(result_bytes.read(results), ask=ask)

    def _new(self, item: Entry | Gap, key: bytes, number: int | None) -> Read | Later:
        identity = self._digests.identity(item)
        if isinstance(item, Entry) and identity is not None and self._left(identity) is not None:
            fields = (item.uri, item.name, item.size, item.mtime_ns, item.file_id, item.owner)
            waiting = json.dumps([*fields, item.exposure.value, item.access]).encode("ascii")
            self._database.execute("INSERT INTO later (entry) VALUES (?)", (waiting,))
            return Later()
        self._begun(item, key, number)
        return Read(self._free_name(item.uri, key))

    def _free_name(self, uri: str, key: bytes) -> str:
        """Return the uri that names a new entry: its own, unless one that was moved away has it."""
        taken = self._database.execute("SELECT 1 FROM entry WHERE known = ?", (key,)).fetchone()
        return f"{uri}\0{self._generation}" if taken else ""

    def _left(self, identity: bytes) -> Any:
        """Return the first entry of this identity that was not listed yet."""
        return self._database.execute(
            "SELECT id, uri, known_as FROM entry WHERE identity = ? AND generation < ? ORDER BY id LIMIT 1",
            (identity, self._generation),
        ).fetchone()

    def later(self) -> Iterator[tuple[Entry, str]]:
        """Yield what waited for the end of the listing; see `scanners.memory.Memory`."""
        last = 0
        while rows := self._database.execute(
            "SELECT id, entry FROM later WHERE id > ? ORDER BY id LIMIT ?", (last, _AT_ONCE)
        ).fetchall():
            for number, waiting in rows:
                last = number
                entry = _entry(json.loads(waiting))
                key, identity = self._digests.uri(entry.uri), self._digests.identity(entry)
                old = None if identity is None else self._left(identity)
                if old is None:
                    self._begun(entry, key, None)
                    yield entry, self._free_name(entry.uri, key)
                    continue
                id_, uri, known_as = old
                name = known_as or uri
                # from now on it lies here; it is read under its old name, as it is not what it was called
                self._database.execute(
                    "UPDATE entry SET key = ?, uri = ?, known_as = ?, known = ?, again = 1, generation = ?,"
                    " moved = ?, batch = NULL WHERE id = ?",
                    (
                        key,
                        stored(entry.uri),
                        name,
                        self._digests.uri(text(name)),
                        self._generation,
                        self._generation,
                        id_,
                    ),
                )
                self._begun(entry, key, None)
                self.moved += 1
                yield entry, text(name)

    def keep(self, item: Entry | Gap, known_as: str, results: Sequence[ObjectResult]) -> None:
        """Take the results of an item; see `scanners.memory.Memory`."""
        key = self._digests.uri(item.uri)
        again = key in self._racing or any(result.reason in PASSING for result in results)
        self._racing.discard(key)
        number = self._batches.pop(key, None)
        whole = all(
            result.outcome is Outcome.COMPLETE or (result.reason is not None and result.reason.by_policy)
            for result in results
        )
        values = (
            key,
            stored(item.uri),
            isinstance(item, Gap),
            self._digests.signature(item),
            self._version,
            None if whole else self._secrets,
            self._digests.identity(item),
            self._digests.access(item),
            self._digests.system(item),
            None if again else number,
            stored(known_as) if known_as else None,
            self._digests.uri(known_as) if known_as else None,
            again,
            self._generation,
            self._generation,
        )
        (id_,) = self._database.execute(_KEEP, values).fetchone()
        self._database.execute(
            "INSERT OR REPLACE INTO result VALUES (?, ?)", (id_, result_bytes.written(results))
        )
        if not (results and results[0].broke_off):
            self.halves.forget(key)
        if time.monotonic() - self._saved > _SAVE_AFTER:
            self.save()

    def asked(self, item: Entry | Gap, results: Sequence[ObjectResult]) -> None:
        """Take who can read an item now; see `scanners.memory.Memory`."""
        key = self._digests.uri(item.uri)
        access = self._digests.access(item)
        (id_,) = self._database.execute(
            "UPDATE entry SET access = ?, batch = coalesce(?, batch) WHERE key = ? RETURNING id",
            (access, self._batches.pop(key, None), key),
        ).fetchone()
        self._database.execute(
            "UPDATE result SET results = ? WHERE id = ?", (result_bytes.written(results), id_)
        )

    def unseen(self, file_system: Callable[[str], str] = lambda _uri: "") -> Iterator[ObjectResult]:
        """Yield what may still lie where nothing was listed; count what is gone otherwise.

        See `scanners.memory.Memory`.
        """
        last = 0
        while rows := self._database.execute(
            "SELECT id, uri, gap, system FROM entry WHERE id > ? AND generation < ? ORDER BY id LIMIT ?",
            (last, self._generation, _AT_ONCE),
        ).fetchall():
            for id_, uri, is_gap, system in rows:
                last = id_
                planned = self._below(text(uri))
                if planned is False or (planned is None and self._away(text(uri), system, file_system)):
                    stored = self._database.execute("SELECT results FROM result WHERE id = ?", (id_,))
                    for result in result_bytes.read(stored.fetchone()[0]):
                        yield _not_listed(result)
                    continue
                self.deleted += planned is None and not is_gap
                self._database.execute("UPDATE entry SET gone = ? WHERE id = ?", (self._generation, id_))
        self.save()

    def _listed(self, system: bytes | None) -> None:
        """Note a file system of which something was listed in this generation."""
        if system is not None and system not in self._systems:
            self._systems.add(system)
            self._database.execute("INSERT OR REPLACE INTO system VALUES (?, ?)", (system, self._generation))

    def _away(self, uri: str, system: bytes | None, file_system: Callable[[str], str]) -> bool:
        """Tell whether the file system of what was not listed may be away: none of it was listed.

        One that stands where the object lay has lost it, and a scan of everything believes what it sees.
        """
        if self._whole or system is None or system in self._systems:
            return False
        now = file_system(uri)
        return not now or self._digests.of("system", now) != system

    def _below(self, uri: str) -> bool | None:
        """Tell whether a place above was left out as planned (True) or was not listed (False)."""
        for end in range(len(uri) - 1, 0, -1):
            if uri[end] in "/!." and (uri[end] != "." or "!" in uri[:end]):
                found = self._database.execute(
                    "SELECT planned FROM place WHERE uri IN (?, ?)",
                    (stored(uri[:end]), stored(uri[: end + 1])),
                ).fetchone()
                if found is not None:
                    return bool(found[0])
        return None

    def save(self) -> None:
        """Make durable what was kept."""
        self._database.execute("COMMIT")
        self._database.execute("BEGIN")
        self._saved = time.monotonic()

    def close(self) -> None:
        """Save, and let others have it."""
        try:
            self._database.execute("COMMIT")
            self._database.close()
        finally:
            os.close(self._lock)

    def _begun(self, item: Entry | Gap, key: bytes, number: int | None) -> None:
        """Note of an item that is read, or asked about, now what `keep` has to know; it forgets it."""
        if isinstance(item, Entry) and item.mtime_ns and abs(time.time_ns() - item.mtime_ns) < _RACING_NS:
            self._racing.add(key)
        elif number is not None:
            self._batches[key] = number


def state_path(workspace: Path, vault: Vault, place: str) -> Path:
    """Return where the memory of a place lies: its name tells nothing of the place."""
    name = hashlib.blake2b(stored(place), key=vault.subkey("target"), digest_size=16).hexdigest()
    return workspace / FOLDER / f"{name}.db"


def _not_listed(result: ObjectResult) -> ObjectResult:
    """Return what was found earlier of an object that could not be listed now: not seen, and told so."""
    return replace(result, outcome=Outcome.PARTIAL, reason=Reason.NOT_LISTED, detail="", share=None)


def _entry(fields: list[Any]) -> Entry:
    uri, name, size, mtime_ns, file_id, owner, exposure, access = fields
    return Entry(uri, name, size, mtime_ns, file_id, owner, Exposure(exposure), access)
