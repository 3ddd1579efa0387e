"""MariaDB and MySQL: one text per row as fast as it comes, blocks behind random keys, grants by account."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from typing import Any
from urllib.parse import quote

import numpy as np
import pyarrow as pa
import sqlalchemy as sa
from pymysql.cursors import SSCursor  # type: ignore[import-untyped]
from sqlalchemy.engine import Connection
from sqlalchemy.exc import SQLAlchemyError

from scanners.model import Exposure
from scanners.sources.databases import sampling
from scanners.sources.databases.cells import LEFT_OUT, LONGEST_TEXT, gathered
from scanners.sources.databases.tables import Block, Care, Column, Missing, Rows, Shape, Table
from scanners.sources.interface import Readers

BLOCK_ROWS, LONG_ROWS = 2_000, 200  # rows of a block; the second, where a value may have 64 KiB
_ROW_TOO_LONG = 1301  # ER_WARN_ALLOWED_PACKET_OVERFLOWED: the joined row is NULL
SAMPLED_ROWS = 10_000  # of a table without a key to jump to: each drawn for itself
_MARK, _END = (
    b"\xff",
    b"\xfe",
)  # behind each value of a row, and behind the last: no text in UTF-8 has such bytes
_PLAIN_MARK, _PLAIN_END = "\x1f", "\x1e"  # what stands for them in letters, where no value holds one
_SYSTEM = frozenset({"information_schema", "mysql", "performance_schema", "sys"})
_BINARY = frozenset({"tinyblob", "blob", "mediumblob", "longblob", "binary", "varbinary"})
_SPATIAL = frozenset({"geometry", "point", "linestring", "polygon", "multipoint", "multilinestring"})
_WHOLE = frozenset({"tinyint", "smallint", "mediumint", "int", "bigint"})
_LONG = frozenset({"mediumtext", "longtext", "json"})  # JSON is a long text with a rule
_TEXTS = frozenset({"char", "varchar", "tinytext", "text", "enum", "set"}) | _LONG
_SCHEMAS = "SELECT schema_name FROM information_schema.schemata"
_NAMES = """SELECT table_name FROM information_schema.tables
WHERE table_schema = :schema AND table_type <> 'SEQUENCE'"""
_TABLE = """SELECT table_type, coalesce(table_comment, ''), coalesce(table_rows, -1), engine
FROM information_schema.tables WHERE table_schema = :schema AND table_name = :name"""
_COLUMNS = """SELECT column_name, lower(data_type), column_comment, column_key, privileges,
    coalesce(character_set_name, '') = 'utf8mb4'
FROM information_schema.columns WHERE table_schema = :schema AND table_name = :name
ORDER BY ordinal_position"""
_KEYS = """SELECT column_name FROM information_schema.key_column_usage
WHERE table_schema = :schema AND table_name = :name AND constraint_name = 'PRIMARY'"""
_GRANTS = """
SELECT grantee FROM information_schema.user_privileges WHERE privilege_type = 'SELECT'
UNION SELECT grantee FROM information_schema.schema_privileges
    WHERE privilege_type = 'SELECT' AND :schema LIKE table_schema
UNION SELECT grantee FROM information_schema.table_privileges
    WHERE privilege_type = 'SELECT' AND table_schema = :schema AND table_name = :name
UNION SELECT grantee FROM information_schema.column_privileges
    WHERE privilege_type = 'SELECT' AND table_schema = :schema AND table_name = :name
"""
_ROLES = "SELECT DISTINCT from_user, from_host FROM mysql.role_edges"
_NUMBER = re.compile(r"ERROR (\d{4})")
_GRANTEE = re.compile(r"'?(.*?)'?(?:@'?(.*?)'?)?", re.DOTALL)


def quoted(name: str) -> str:
    """Return an identifier as MariaDB reads it."""
    return "`" + name.replace("`", "``") + "`"


def place(table: Table) -> str:
    """Return the table as a statement names it."""
    return f"{quoted(table.schema)}.{quoted(table.name)}"


def expression(column: Column, care: Care) -> str:
    """Return a column as text, or the bytes of a binary value that is not too large."""
    name = quoted(column.name)
    if column.shape is Shape.BINARY:
        return f"IF(LENGTH({name}) > {care.largest_value}, 0x{LEFT_OUT.hex()}, {name})"
    if column.sql in _TEXTS:
        text = name if column.utf8 else f"CONVERT({name} USING utf8mb4)"
        return f"LEFT({text}, {LONGEST_TEXT + 1})" if column.sql in _LONG else text
    if column.sql == "bit":
        return f"CAST({name} + 0 AS CHAR)"
    return f"ST_AsText({name})" if column.sql in _SPATIAL else f"CAST({name} AS CHAR)"


def joined(table: Table, care: Care) -> str:
    """Return all columns of a row as one text: it travels and is split at a fifth of the time."""
    values = ", ".join(f"COALESCE({expression(each, care)}, '')" for each in table.columns)
    return f"CONCAT_WS(CAST(0x{_MARK.hex()} AS BINARY), {values}, CAST(0x{_END.hex()} AS BINARY))"


class MariaDB:
    """The dialect of MariaDB, which MySQL understands."""

    name, port, drivername = "mysql", 3306, "mysql+pymysql"
    denied = frozenset({"1044", "1045", "1142", "1143", "1227", "1698"})
    vanished = frozenset({"1146", "1049", "1051"})
    timed = frozenset({"1969", "3024", "1205"})

    def connect_args(self, care: Care) -> dict[str, object]:  # noqa: ARG002  every dialect is asked the same
        """Return the times to wait, and the name under which operators see us."""
        return {"connect_timeout": 10, "charset": "utf8mb4", "program_name": "daicho"}

    def schemas(self, connection: Connection) -> list[str]:
        """Return the database that the address names, or all that the account sees."""
        if named := connection.engine.url.database:
            return [named]
        found = [str(name) for (name,) in connection.execute(sa.text(_SCHEMAS))]
        return sorted(name for name in found if name.lower() not in _SYSTEM)

    def names(self, connection: Connection, schema: str) -> list[str]:
        """Return tables, partitioned ones once, and views."""
        return sorted(str(name) for (name,) in connection.execute(sa.text(_NAMES), {"schema": schema}))

    def table(self, connection: Connection, schema: str, name: str) -> Table:
        """Return what the server's own dictionary tells."""
        asked = {"schema": schema, "name": name}
        row = connection.execute(sa.text(_TABLE), asked).one_or_none()
        if row is None:
            raise Missing
        columns, hidden = [], 0
        for title, sql, comment, _, privileges, is_utf8 in connection.execute(sa.text(_COLUMNS), asked):
            if "select" not in str(privileges).lower():
                hidden += 1
                continue
            shape = Shape.JSON if sql in ("json", "longtext") else Shape.TEXT
            shape = Shape.BINARY if sql in _BINARY else shape
            columns.append(Column(str(title), str(sql), str(comment or ""), shape, bool(is_utf8)))
        keys = [str(key) for (key,) in connection.execute(sa.text(_KEYS), asked)]
        whole = {each.name for each in columns if each.sql in _WHOLE}
        key = keys[0] if len(keys) == 1 and keys[0] in whole else ""
        stored = "VIEW" not in str(row[0])
        comment = str(row[1]) if stored else ""  # of a view it only says VIEW
        rows = int(row[2]) if stored else -1
        return Table(schema, name, tuple(columns), comment, rows, key=key, hidden=hidden, stored=stored)

    def begin(self, connection: Connection, care: Care) -> None:
        """Begin: a snapshot for all statements, none of which may write or run too long."""
        for statement in self.beginning(care, is_mariadb=bool(connection.dialect.is_mariadb)):  # type: ignore[attr-defined]
            connection.exec_driver_sql(statement)

    @staticmethod
    def beginning(care: Care, *, is_mariadb: bool = True) -> list[str]:
        """Return the statements that begin a transaction."""
        most = (
            f"SET SESSION max_statement_time = {care.statement_timeout}"
            if is_mariadb
            else f"SET SESSION max_execution_time = {care.statement_timeout * 1000}"
        )
        return [
            most,
            # else the server would give up a reader that is slowed down
            f"SET SESSION net_write_timeout = {max(60, care.statement_timeout)}",
            f"SET SESSION lock_wait_timeout = {care.lock_timeout}",
            "SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ",
            "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY",
        ]

    def complete(
        self, connection: Connection, table: Table, care: Care, after: str | None
    ) -> Iterator[Rows | str]:
        """Yield all rows in one stream; in order of the key, reading can go on behind each block."""
        if after is None:
            yield from self._whole(connection, table, care, "")
            return
        key, at = quoted(table.key), [each.name for each in table.columns].index(table.key)
        behind = f" WHERE {key} > {int(after)}" if after else ""
        for block in self._whole(connection, table, care, f"{behind} ORDER BY {key}"):
            yield block
            yield block[-1][at]

    def _whole(self, connection: Connection, table: Table, care: Care, behind: str) -> Iterator[Rows]:
        url = connection.engine.url
        slowed = care.rows_per_second or care.mb_per_second
        long = any(each.shape is Shape.BINARY or each.sql in _LONG for each in table.columns)
        if slowed or long or url.query or not url.host or not table.columns:
            yield from self._streamed(connection, table, care, behind)
            return
        select = f"SELECT {joined(table, care)} AS r FROM {place(table)}{behind}"  # noqa: S608  identifiers, quoted
        beginning = self.beginning(care, is_mariadb=bool(connection.dialect.is_mariadb))  # type: ignore[attr-defined]
        size = LONG_ROWS if any(each.sql == "text" for each in table.columns) else BLOCK_ROWS
        yield from _fast(url, select, beginning, size)

    def _streamed(self, connection: Connection, table: Table, care: Care, rest: str) -> Iterator[Rows]:
        columns = ", ".join(expression(each, care) for each in table.columns)
        select = f"SELECT {columns} FROM {place(table)}{rest}"  # noqa: S608  identifiers, quoted; numbers
        driver: Any = connection.connection.driver_connection
        cursor: Any = driver.cursor(SSCursor)  # row by row: a block of large values would fill the memory
        ended = False
        try:
            cursor.execute(select)
            yield from gathered(cursor.fetchall_unbuffered())
            ended = True
        finally:
            if ended:
                cursor.close()
            else:
                # else the driver would fetch the rest of the table to throw it away
                if cursor._result is not None:  # noqa: SLF001
                    cursor._result.unbuffered_active = False  # noqa: SLF001
                cursor.connection = None
                connection.invalidate()

    def sample(self, connection: Connection, table: Table, care: Care) -> Iterator[Rows | int]:
        """Yield blocks behind random keys, or rows drawn one by one where no key leads to them."""
        if not table.key:
            share = min(1.0, SAMPLED_ROWS / max(1, table.rows))
            seen = 0
            for rows in self._streamed(connection, table, care, f" WHERE RAND() < {share:.9f}"):
                seen += len(rows)
                yield rows
            yield seen
            return
        key = quoted(table.key)
        at = [each.name for each in table.columns].index(table.key)
        ends = connection.exec_driver_sql(f"SELECT MIN({key}), MAX({key}) FROM {place(table)}").one()  # noqa: S608  identifiers, quoted
        if ends[0] is None:
            yield 0
            return

        def behind(begin: int) -> Iterator[tuple[Rows, int]]:
            rest = f" WHERE {key} >= {begin} ORDER BY {key} LIMIT {sampling.BLOCK}"
            for rows in self._streamed(connection, table, care, rest):
                yield rows, int(rows[-1][at])

        yield from sampling.behind_keys(int(ends[0]), int(ends[1]), table.rows, behind)

    def unread(self, connection: Connection) -> Iterator[str]:  # noqa: ARG002  as above
        """Yield nothing that is known."""
        yield from ()

    def readers(self, connection: Connection, schema: str, name: str) -> Readers:
        """Return the accounts and roles with SELECT; unknown where we see no grants but our own."""
        try:
            connection.exec_driver_sql("SELECT 1 FROM mysql.user LIMIT 1").all()
        except SQLAlchemyError:
            return Readers(Exposure.UNKNOWN)
        found = connection.execute(sa.text(_GRANTS), {"schema": schema, "name": name})
        grantees = [str(grantee) for (grantee,) in found]
        if connection.dialect.is_mariadb:  # type: ignore[attr-defined]
            return of_grantees(grantees)
        try:  # a role of MySQL looks like an account
            roles = [f"'{user}'@'{host}'" for user, host in connection.exec_driver_sql(_ROLES)]
        except SQLAlchemyError:
            return Readers(Exposure.UNKNOWN)
        return of_grantees(grantees, roles)


def of_grantees(grantees: list[str], roles: Collection[str] = ()) -> Readers:
    """Return what grantees come to: a nameless account lets anybody in, one without a host is a role."""
    if not grantees:
        return Readers(Exposure.UNKNOWN)
    exposure, names = Exposure.OWNER, set()
    wide = [Exposure.OWNER, Exposure.GROUP, Exposure.ALL_STAFF, Exposure.EVERYONE]
    for grantee in grantees:
        found = _GRANTEE.fullmatch(grantee)
        user, host = (found[1], found[2]) if found else (grantee, "")
        if user.upper() == "PUBLIC" and not host:
            kind = Exposure.ALL_STAFF
        elif not user:
            kind = Exposure.EVERYONE
        else:
            kind = Exposure.OWNER if host and grantee not in roles else Exposure.GROUP
        exposure = max(exposure, kind, key=wide.index)
        names.add(f"{user}@{host}" if host else user)
    return Readers(exposure, tuple(sorted(names)))


def taken_apart(column: pa.LargeBinaryArray) -> Block:
    """Return the rows that `joined` made one value each of; all of them are looked at in one go."""
    offsets = np.frombuffer(column.buffers()[1], np.int64)[column.offset : column.offset + len(column) + 1]
    joint = column.buffers()[2][int(offsets[0]) : int(offsets[-1])].to_pybytes()
    if _PLAIN_MARK.encode() in joint or _PLAIN_END.encode() in joint:
        rows = (row.split(_MARK) for row in joint.removesuffix(_MARK + _END).split(_MARK + _END))
        return Block([tuple(cell.decode("utf-8", "replace") for cell in row) for row in rows], len(joint))
    plain = joint.replace(_MARK + _END, _PLAIN_END.encode()).replace(_MARK, _PLAIN_MARK.encode())
    text = plain.decode("utf-8", "replace").removesuffix(_PLAIN_END)
    return Block([tuple(row.split(_PLAIN_MARK)) for row in text.split(_PLAIN_END)], len(joint))


def _fast(url: sa.URL, select: str, beginning: list[str], size: int) -> Iterator[Rows]:
    """Yield rows as connectorx brings them, in a session that was begun like every other."""
    import connectorx

    user, secret = quote(url.username or "", safe=""), quote(str(url.password or ""), safe="")
    address = (
        f"mysql://{user}:{secret}@{url.host}:{url.port or MariaDB.port}/{quote(url.database or '', safe='')}"
    )
    try:
        stream: Any = connectorx.read_sql(
            address, select, return_type="arrow_stream", batch_size=size, pre_execution_query=beginning
        )
        for batch in stream:
            column = batch.column(0)
            if column.null_count:
                raise RuntimeError(f"ERROR {_ROW_TOO_LONG}")  # noqa: TRY301  it is one of the library's errors
            if len(column):
                yield taken_apart(column)
    except BaseException as error:
        if type(error).__name__ != "PanicException":  # what the library makes of an error in mid-stream
            raise
        found = _NUMBER.search(str(error))
        raise RuntimeError(f"ERROR {found[1]}" if found else "stream") from None
