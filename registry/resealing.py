"""Seals every sealed column anew with the current field key, a few hundred rows a transaction.

What there is to seal follows from the tables themselves: columns named `*_sealed`, bound to the row's `uid`,
or to its `id` where there is no `uid` (`registry.store.tables`). The journal is left as it is: its sealed
bytes are what its chain proves.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from sqlalchemy import Column, Table, func, select, update

from registry.access import bootstrap_principal
from registry.store import Registry, Tx
from registry.store.base import Base
from registry.store.tables import JournalRecord

BATCH = 500
UNTOUCHED = frozenset({JournalRecord.__tablename__})


def sealed_columns(table: Table) -> list[Column[bytes]]:
    """Return the columns of a table that hold sealed values."""
    return [column for column in table.columns if column.name.endswith("_sealed") or column.name == "sealed"]


def resealable() -> Iterator[tuple[Table, list[Column[bytes]]]]:
    """Yield every table with sealed columns that a rotation may write again."""
    for table in Base.metadata.sorted_tables:
        columns = sealed_columns(table)
        if columns and table.name not in UNTOUCHED:
            yield table, columns


def identity(table: Table) -> Column[object]:
    """Return the column whose value binds a table's sealed values to their row."""
    return table.columns["uid"] if "uid" in table.columns else table.columns["id"]


def reseal(registry: Registry, progress: Callable[[int, int], None]) -> int:
    """Seal everything anew that an older key sealed; return how many values were written."""
    tables = list(resealable())
    with registry.read(bootstrap_principal()) as tx:
        total = sum(tx.session.scalar(select(func.count()).select_from(table)) or 0 for table, _ in tables)
    done = written = 0
    for table, columns in tables:
        last: object = None
        while True:
            # The transaction that reads the rows writes them: nobody edits in between.
            with registry.write(bootstrap_principal(), reason="daicho key rotate") as tx:
                seen, count, last = _batch(tx, table, columns, last)
            done, written = done + seen, written + count
            progress(done, max(done, total))
            if seen < BATCH:
                break
    return written


def _batch(tx: Tx, table: Table, columns: list[Column[bytes]], after: object) -> tuple[int, int, object]:
    (key,), bound = table.primary_key.columns, identity(table)
    query = select(key, bound.label("bound"), *columns).order_by(key).limit(BATCH)
    if after is not None:
        query = query.where(key > after)
    rows = tx.session.execute(query).mappings().all()
    written = 0
    for row in rows:
        fresh = {
            column.name: _resealed(tx, table.name, str(row["bound"]), column.name, row[column])
            for column in columns
            if row[column] is not None and row[column][0] != tx.vault.version("field")
        }
        if fresh:
            tx.session.execute(update(table).where(key == row[key]).values(fresh))
            written += len(fresh)
    return len(rows), written, rows[-1][key] if rows else after


def _resealed(tx: Tx, table: str, row: str, column: str, sealed: bytes) -> bytes:
    plain = tx.vault.open(sealed, table=table, row=row, column=column)
    return tx.vault.seal(plain, table=table, row=row, column=column)
