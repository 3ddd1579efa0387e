"""Random damage to a journal and its anchors, as somebody with the database, or also its key, could do it.

Each `Damage` is done for good (committed); `Copy` puts everything back as it was.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, insert, update

from registry.anchors import Fault
from registry.journal_check import Break
from registry.store import Registry
from registry.store.base import new_uid
from registry.store.chain import GENESIS, link
from registry.store.tables import JournalAnchor, JournalRecord

TABLE = JournalRecord.__table__
TEXTS = ("action", "table_name", "row_id")
BYTES = (
    "actor_name_sealed",
    "before_sealed",
    "after_sealed",
    "reason_sealed",
    "prev_hash",
    "hash",
)
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Damage:
    """What was done, and what verification must say: the place (None: an anchor) and one of the kinds."""

    what: str
    seq: int | None
    expected: frozenset[str]


@dataclass(frozen=True, slots=True)
class Copy:
    """A journal, the registry's list of anchors and the anchor files as they were."""

    registry: Registry
    folder: Path
    rows: list[Row]
    listed: list[Row]
    files: Mapping[str, bytes]

    @classmethod
    def of(cls, registry: Registry, folder: Path) -> Copy:
        """Take a copy of what is to be damaged."""
        with registry.engine.begin() as connection:
            rows = [dict(row) for row in connection.execute(TABLE.select().order_by(TABLE.c.seq)).mappings()]
            listed = [dict(row) for row in connection.execute(JournalAnchor.__table__.select()).mappings()]
        files = {path.name: path.read_bytes() for path in folder.glob("journal-*.json")}
        return cls(registry, folder, rows, listed, files)

    def put_back(self) -> None:
        """Undo whatever was done since."""
        with self.registry.engine.begin() as connection:
            for table, rows in ((TABLE, self.rows), (JournalAnchor.__table__, self.listed)):
                connection.execute(table.delete())
                connection.execute(insert(table), rows)
        for path in self.folder.glob("journal-*.json"):
            path.unlink()
        for name, content in self.files.items():
            (self.folder / name).write_bytes(content)


def damage(copy: Copy, rng: random.Random) -> Damage:
    """Do one random thing."""
    with copy.registry.engine.begin() as connection:
        return rng.choice(KINDS)(copy, connection, rng)


def _changed_byte(copy: Copy, connection: Connection, rng: random.Random) -> Damage:
    row = rng.choice(copy.rows)
    columns = [name for name in (*TEXTS, *BYTES) if row[name]]
    column = rng.choice(columns)
    value = row[column]
    place = rng.randrange(len(value))
    if isinstance(value, str):
        letter = rng.choice([each for each in "abcxyz019_" if each != value[place]])
        changed: object = value[:place] + letter + value[place + 1 :]
    else:
        changed = value[:place] + bytes([value[place] ^ (1 << rng.randrange(8))]) + value[place + 1 :]
    _set(connection, row["seq"], {column: changed})
    return Damage(f"byte {place} of {column}", row["seq"], frozenset({Break.CHANGED}))


def _changed_number(copy: Copy, connection: Connection, rng: random.Random) -> Damage:
    row = rng.choice(copy.rows)
    column = rng.choice(["actor_id", "at", "id", "before_sealed", "unit_id"])
    match column:
        case "actor_id":
            value: object = row["actor_id"] + rng.randrange(1, 100)
        case "at":
            value = row["at"].replace(microsecond=(row["at"].microsecond + 1) % 1_000_000)
        case "id":
            value = new_uid()
        case "before_sealed":
            value = b"" if row["before_sealed"] is None else None
        case _:
            units = {None, *(each["unit_id"] for each in copy.rows)} - {row["unit_id"]}
            value = rng.choice(sorted(units, key=str))
    _set(connection, row["seq"], {column: value})
    return Damage(f"other {column}", row["seq"], frozenset({Break.CHANGED, Fault.OTHER_JOURNAL}))


def _taken_out(copy: Copy, connection: Connection, rng: random.Random) -> Damage:
    seq = rng.randrange(1, len(copy.rows))
    connection.execute(TABLE.delete().where(TABLE.c.seq == seq))
    if rng.random() < 0.5:
        for later in range(seq + 1, len(copy.rows) + 1):
            _set(connection, later, {"seq": later - 1})
    return Damage("taken out", seq, frozenset({Break.MISSING}))


def _put_in(copy: Copy, connection: Connection, rng: random.Random) -> Damage:
    seq = rng.randrange(1, len(copy.rows) + 2)
    for later in range(len(copy.rows), seq - 1, -1):
        _set(connection, later, {"seq": later + 1})
    row = rng.choice(copy.rows) | {"id": new_uid(), "seq": seq}
    row["prev_hash"] = GENESIS if seq == 1 else copy.rows[seq - 2]["hash"]
    row["hash"] = rng.randbytes(32) if rng.random() < 0.5 else row["hash"]
    connection.execute(insert(TABLE), [row])
    # As the newest record nothing follows it, so that it looks like a changed one.
    kinds = {Break.ADDED} if seq <= len(copy.rows) else {Break.CHANGED}
    return Damage("put in", seq, frozenset(kinds))


def _swapped(copy: Copy, connection: Connection, rng: random.Random) -> Damage:
    first, second = sorted(rng.sample(range(1, len(copy.rows) + 1), 2))
    spare = len(copy.rows) + 1000
    for old, new in ((first, spare), (second, first), (spare, second)):
        _set(connection, old, {"seq": new})
    return Damage("swapped", first, frozenset({Break.SWAPPED}))


def _cut_off(copy: Copy, connection: Connection, rng: random.Random) -> Damage:
    last_signed = max(row["tree_size"] for row in copy.listed)
    seq = rng.randrange(2, last_signed + 1)
    connection.execute(TABLE.delete().where(TABLE.c.seq >= seq))
    if rng.random() < 0.5:  # and the list in the database with it; the files in the other place stay
        connection.execute(JournalAnchor.__table__.delete())
    return Damage("cut off", seq, frozenset({Break.TRUNCATED}))


def _rewritten(copy: Copy, connection: Connection, rng: random.Random) -> Damage:
    """Rewrite the chain from one record on with the journal's own key, and empty the list of anchors."""
    last_signed = max(row["tree_size"] for row in copy.listed)
    seq = rng.randrange(2, last_signed + 1)
    key = copy.registry.vault.subkey("journal")
    head = copy.rows[seq - 2]["hash"]
    for row in copy.rows[seq - 1 :]:
        changed = row | {"prev_hash": head}
        if row["seq"] == seq:
            changed["row_id"] = "999999"
        record = JournalRecord(**{name: changed[name] for name in changed if name != "hash"})
        head = changed["hash"] = link(key, head, record)
        _set(connection, row["seq"], changed)
    connection.execute(JournalAnchor.__table__.delete())
    return Damage("rewritten with the key", seq, frozenset({Break.REWRITTEN}))


def _anchor_file(copy: Copy, _connection: Connection, rng: random.Random) -> Damage:
    path = copy.folder / rng.choice(sorted(copy.files))
    if rng.random() < 0.2:
        path.unlink()
        return Damage("anchor removed", None, frozenset({Fault.MISSING}))
    content = path.read_bytes()
    place = rng.randrange(len(content))
    path.write_bytes(
        content[:place] + bytes([content[place] ^ (1 << rng.randrange(8))]) + content[place + 1 :]
    )
    return Damage("anchor changed", None, frozenset({Fault.UNREADABLE, Fault.FORGED, Fault.DIFFERENT}))


def _anchor_row(copy: Copy, connection: Connection, rng: random.Random) -> Damage:
    row, table = rng.choice(copy.listed), JournalAnchor.__table__
    size = row["tree_size"] + rng.choice([-1, 1])
    connection.execute(update(table).where(table.c.id == row["id"]).values(tree_size=size))
    return Damage("listed anchor changed", None, frozenset({Fault.FORGED}))


def _set(connection: Connection, seq: int, values: Mapping[str, object]) -> None:
    connection.execute(update(TABLE).where(TABLE.c.seq == seq).values(dict(values)))


KINDS: tuple[Callable[[Copy, Connection, random.Random], Damage], ...] = (
    _changed_byte,
    _changed_byte,
    _changed_byte,
    _changed_number,
    _taken_out,
    _put_in,
    _swapped,
    _cut_off,
    _rewritten,
    _anchor_file,
    _anchor_row,
)


def detected(copy: Copy, done: Damage) -> bool:
    """Verify as the command does and tell whether the damage is named, at its place."""
    from registry import anchors

    report = anchors.check(copy.registry, copy.folder)
    if report.ok:
        return False
    told = {fault.what for fault in report.faults}
    verdict = report.verdict
    if done.seq is None:
        return bool(told & done.expected) and verdict.ok
    if verdict.broken_seq is None or verdict.what not in done.expected:
        return False
    if verdict.what is Break.REWRITTEN:
        return verdict.broken_seq <= done.seq <= (verdict.broken_until or 0)
    return verdict.broken_seq == done.seq
