"""SQL Server: sampling by page, time limits and schemas; written without a server at hand (未検証)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import sqlalchemy as sa
from sqlalchemy.dialects import mssql
from sqlalchemy.engine import Connection
from sqlalchemy.exc import SQLAlchemyError

from scanners.sources.databases import sampling
from scanners.sources.databases.cells import LEFT_OUT, LONGEST_TEXT
from scanners.sources.databases.other import Other, selected
from scanners.sources.databases.tables import Care, Column, Rows, Shape, Table

_LONG = frozenset({"text", "ntext", "xml"})
_PAGES = """SELECT sum(row_count), sum(in_row_data_page_count) FROM sys.dm_db_partition_stats s
WHERE s.object_id = object_id(:name) AND s.index_id IN (0, 1)"""


class SQLServer(Other):
    """The dialect of SQL Server, read with pymssql."""

    name, port, drivername = "mssql", 1433, "mssql+pymssql"
    denied = frozenset({"229", "230", "916", "18456"})
    vanished = frozenset({"208", "4060"})
    timed = frozenset({"1222", "-2"})
    system = Other.system | {"guest"} | {f"db_{each}" for each in (
        "accessadmin", "backupoperator", "datareader", "datawriter", "ddladmin", "denydatareader",
        "denydatawriter", "owner", "securityadmin",
    )}  # fmt: skip

    def connect_args(self, care: Care) -> dict[str, object]:
        """Return the times to sign in and for a statement, and the name under which operators see us."""
        return {"login_timeout": 10, "timeout": care.statement_timeout, "appname": "daicho"}

    def begin(self, connection: Connection, care: Care) -> None:
        """Begin: there is no read-only transaction, so nothing but SELECT is sent; no lock is kept."""
        for statement in self.beginning(care):
            connection.exec_driver_sql(statement)

    @staticmethod
    def beginning(care: Care) -> list[str]:
        """Return the statements that begin a session; the driver's own time-out ends a statement."""
        return [
            f"SET LOCK_TIMEOUT {care.lock_timeout * 1000}",
            "SET TRANSACTION ISOLATION LEVEL READ COMMITTED",
            "SET DEADLOCK_PRIORITY LOW",
        ]

    def table(self, connection: Connection, schema: str, name: str) -> Table:
        """Return a table with its size, where the account may see it (VIEW DATABASE STATE)."""
        found = super().table(connection, schema, name)
        try:
            with connection.begin_nested():
                row = connection.execute(sa.text(_PAGES), {"name": f"[{schema}].[{name}]"}).one()
        except SQLAlchemyError:
            return found
        if row[0] is None:
            return found  # a view
        return replace(found, rows=int(row[0]), pages=int(row[1]), stored=True)

    def sample(self, connection: Connection, table: Table, care: Care) -> Iterator[Rows | int]:
        """Yield the rows of random pages; how many there were is what was asked for."""
        seen = 0
        for rows in selected(connection, table, self.sampled(table, care)):
            seen += len(rows)
            yield rows
        whole = max(1, table.rows)
        yield min(sampling.ASKED, round(seen / whole * max(1, table.pages)))

    def shown(self, name: sa.ColumnElement[object], column: Column, care: Care) -> sa.ColumnElement[object]:
        """Return a column whose values are cut, or left where they are, when they are too long."""
        if column.shape is Shape.BINARY:
            left_out: sa.ColumnElement[object] = sa.literal_column(f"0x{LEFT_OUT.hex()}")
            return sa.case(
                (sa.func.datalength(name) > sa.literal_column(str(care.largest_value)), left_out), else_=name
            )
        if "max" in column.sql or column.sql in _LONG:
            whole = sa.cast(name, mssql.NVARCHAR())
            return sa.func.left(whole, sa.literal_column(str(LONGEST_TEXT + 1)))
        return name

    def sampled(self, table: Table, care: Care) -> sa.Select[tuple[object, ...]]:
        """Return the statement of a sample."""
        statement = self.select(table, care)
        (place,) = statement.get_final_froms()
        share = f"{sampling.percentage(table.pages):.6f} PERCENT"
        return statement.with_hint(place, f"TABLESAMPLE SYSTEM ({share})")
