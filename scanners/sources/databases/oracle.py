"""Oracle: sampling by block, read-only transactions; written without a server at hand (未検証)."""

# ruff: noqa: ARG002  every dialect is asked the same, not each needs to know all
from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import sqlalchemy as sa
from sqlalchemy.dialects.oracle.base import OracleDialect
from sqlalchemy.engine import Connection

from scanners.sources.databases import sampling
from scanners.sources.databases.cells import LEFT_OUT
from scanners.sources.databases.other import Other, selected
from scanners.sources.databases.tables import Care, Column, Rows, Shape, Table

_SIZE = "SELECT num_rows, blocks FROM all_tables WHERE owner = :owner AND table_name = :name"


class Oracle(Other):
    """The dialect of Oracle, read with the thin driver: no client has to be installed."""

    name, port, drivername = "oracle", 1521, "oracle+oracledb"
    denied = frozenset({"ORA-01031", "ORA-41900", "ORA-01017"})
    vanished = frozenset({"ORA-00942"})
    timed = frozenset({"DPY-4024", "ORA-00054", "ORA-30006"})
    system = Other.system | {
        "system", "outln", "xdb", "ctxsys", "mdsys", "dbsnmp", "wmsys", "ordsys", "orddata", "olapsys",
        "lbacsys", "dvsys", "audsys", "gsmadmin_internal", "appqossys", "ojvmsys", "anonymous", "dbsfwuser",
        "remote_scheduler_agent", "sys$umf", "syskm", "sysbackup", "sysdg", "sysrac", "ggsys",
        "si_informtn_schema",
    }  # fmt: skip

    def connect_args(self, care: Care) -> dict[str, object]:
        """Return the time to wait for a server."""
        return {"tcp_connect_timeout": 10.0}

    def begin(self, connection: Connection, care: Care) -> None:
        """Begin a read-only transaction, whose statements all see the same; each call has its time."""
        driver = connection.connection.driver_connection
        if driver is not None:
            driver.call_timeout = care.statement_timeout * 1000
        connection.exec_driver_sql("SET TRANSACTION READ ONLY")

    def table(self, connection: Connection, schema: str, name: str) -> Table:
        """Return a table with its size as the last statistics have it."""
        found = super().table(connection, schema, name)
        # what stands for a text that is too long is no text either
        columns = tuple(
            replace(each, shape=Shape.BINARY) if each.sql in ("clob", "nclob") else each
            for each in found.columns
        )
        found = replace(found, columns=columns)
        asked = {"owner": schema.upper(), "name": name.upper()}
        row = connection.execute(sa.text(_SIZE), asked).one_or_none()
        if row is None or row[0] is None:
            return found  # a view, or without statistics
        return replace(found, rows=int(row[0]), pages=int(row[1] or 0), stored=True)

    def sample(self, connection: Connection, table: Table, care: Care) -> Iterator[Rows | int]:
        """Yield the rows of random blocks; how many there were is worked out from the rows."""
        seen = 0
        for rows in selected(connection, table, self.sampled(table, care)):
            seen += len(rows)
            yield rows
        yield min(sampling.ASKED, round(seen / max(1, table.rows) * max(1, table.pages)))

    def shown(self, name: sa.ColumnElement[object], column: Column, care: Care) -> sa.ColumnElement[object]:
        """Return a column; LOBs that are too long stay where they are, as each would be fetched whole."""
        length = sa.func.dbms_lob.getlength(name) > sa.literal_column(str(care.largest_value))
        if column.sql == "blob":
            left_out: sa.ColumnElement[object] = sa.literal_column(f"TO_BLOB(HEXTORAW('{LEFT_OUT.hex()}'))")
            return sa.case((length, left_out), else_=name)
        if column.sql in ("clob", "nclob"):
            left_out = sa.literal_column(f"TO_{column.sql.upper()}(CHR(1) || '>')")
            return sa.case((length, left_out), else_=name)
        return name

    def sampled(self, table: Table, care: Care) -> sa.TextClause:
        """Return the statement of a sample, which SQLAlchemy has no words for."""
        statement = str(self.select(table, care).compile(dialect=OracleDialect()))
        share = min(99.999, sampling.percentage(table.pages))
        return sa.text(f"{statement.replace(':', chr(92) + ':')} SAMPLE BLOCK ({share:.6f})")
