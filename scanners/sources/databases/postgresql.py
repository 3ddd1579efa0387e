"""PostgreSQL: catalogues, COPY in one snapshot, blocks by TABLESAMPLE, grants with all they inherit."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from scanners.encodings import Decoded, decode
from scanners.model import Exposure
from scanners.sources.databases import sampling
from scanners.sources.databases.cells import LONGEST_TEXT, TOO_LARGE
from scanners.sources.databases.tables import Block, Care, Column, Missing, Rows, Shape, Table
from scanners.sources.interface import Readers

if TYPE_CHECKING:
    import psycopg

BLOCK_ROWS = 2_000
BLOCK_BYTES = 8 << 20
PIECE_ROWS = 50_000
_SMALL = 65_536  # bytes as stored: longer texts are looked at before they are fetched
_BOUNDED = ("character varying(", "character(", "numeric", "interval", "bit")
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_ESCAPED_BYTES = re.compile(rb"\\(.)", re.DOTALL)
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "v": "\v"}
_BYTES = {key.encode(): value.encode() for key, value in _ESCAPES.items()}
_SCHEMAS = """
SELECT nspname FROM pg_catalog.pg_namespace
WHERE nspname <> 'information_schema' AND nspname NOT LIKE 'pg\\_%' ORDER BY nspname COLLATE "C"
"""
_NAMES = """
SELECT c.relname FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = :schema AND c.relkind IN ('r', 'p', 'v', 'm', 'f') AND NOT c.relispartition
ORDER BY c.relname COLLATE "C"
"""
_TABLE = """
SELECT c.oid, c.relkind::text, coalesce(obj_description(c.oid, 'pg_class'), ''), c.reltuples, c.relpages,
    coalesce((SELECT sum(pg_relation_size(relid)) FROM pg_partition_tree(c.oid)), pg_relation_size(c.oid))
        / current_setting('block_size')::bigint,
    (SELECT sum(greatest(k.reltuples, 0)) FROM pg_partition_tree(c.oid) p JOIN pg_class k ON k.oid = p.relid
        WHERE p.isleaf), row_security_active(c.oid)
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = :schema AND c.relname = :name
"""
_COLUMNS = """
SELECT a.attname, format_type(coalesce(nullif(t.typbasetype, 0), a.atttypid), a.atttypmod), t.typlen,
    coalesce(col_description(a.attrelid, a.attnum), ''),
    has_column_privilege(a.attrelid, a.attnum, 'SELECT'),
    EXISTS (SELECT 1 FROM pg_index i WHERE i.indrelid = a.attrelid AND i.indisprimary AND i.indnkeyatts = 1
        AND i.indkey[0] = a.attnum) AND a.atttypid IN (20, 21, 23)
FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
WHERE a.attrelid = :oid AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum
"""
_LARGE_OBJECTS = "SELECT count(*) FROM pg_catalog.pg_largeobject_metadata"
_READERS = """
SELECT r.rolname, r.rolcanlogin,
    has_database_privilege(r.oid, current_database(), 'CONNECT')
    AND has_schema_privilege(r.oid, n.oid, 'USAGE')
    AND (has_table_privilege(r.oid, c.oid, 'SELECT') OR has_any_column_privilege(r.oid, c.oid, 'SELECT'))
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
CROSS JOIN (SELECT oid, rolname::text, rolcanlogin FROM pg_catalog.pg_roles
    WHERE rolname NOT LIKE 'pg\\_%' UNION ALL SELECT 0, 'PUBLIC', false) r
WHERE n.nspname = :schema AND c.relname = :name ORDER BY r.rolname COLLATE "C"
"""


def quoted(name: str) -> str:
    """Return an identifier as PostgreSQL reads it."""
    return '"' + name.replace('"', '""') + '"'


def projection(table: Table, care: Care) -> str:
    """Return the columns as text; values that are too long are cut or left where they are."""
    return ", ".join(_expression(each, care) for each in table.columns)


def _expression(column: Column, care: Care) -> str:
    name = quoted(column.name)
    if column.shape is Shape.BINARY:
        most = care.largest_value
        return (
            f"CASE WHEN octet_length({name}) <= {most} THEN chr(1) || encode({name}, 'hex') "
            f"WHEN {name} IS NOT NULL THEN '{TOO_LARGE}' END"
        )
    if column.sql.startswith(_BOUNDED) or "fixed" in column.sql:
        return f"{name}::text"
    return (
        f"CASE WHEN pg_column_size({name}) <= {_SMALL} THEN {name}::text "
        f"ELSE left({name}::text, {LONGEST_TEXT + 1}) END"
    )


class PostgreSQL:
    """The dialect of PostgreSQL and what speaks as it does."""

    name, port, drivername = "postgresql", 5432, "postgresql+psycopg"
    denied = frozenset({"42501", "28000", "28P01"})
    vanished = frozenset({"42P01", "3F000"})
    timed = frozenset({"57014", "55P03", "25P03"})

    def schemas(self, connection: Connection) -> list[str]:
        """Return the schemas, also those whose tables may not be read."""
        return [str(name) for (name,) in connection.execute(sa.text(_SCHEMAS))]

    def names(self, connection: Connection, schema: str) -> list[str]:
        """Return tables, partitioned ones once, views, materialised views and foreign tables."""
        return [str(name) for (name,) in connection.execute(sa.text(_NAMES), {"schema": schema})]

    def table(self, connection: Connection, schema: str, name: str) -> Table:
        """Return what the catalogues tell, and of the size what the planner would make of it."""
        row = connection.execute(sa.text(_TABLE), {"schema": schema, "name": name}).one_or_none()
        if row is None:
            raise Missing
        oid, kind, comment, tuples, known_pages, pages, of_partitions, is_filtered = row
        columns: list[Column] = []
        hidden, key = 0, ""
        for title, sql, length, remark, readable, is_key in connection.execute(
            sa.text(_COLUMNS), {"oid": oid}
        ):
            if not readable:
                hidden += 1
                continue
            shape = {"bytea": Shape.BINARY, "json": Shape.JSON, "jsonb": Shape.JSON}.get(sql, Shape.TEXT)
            # of types of a fixed length there is nothing to cut; the key is among them
            columns.append(Column(title, sql if length < 0 else f"{sql} fixed", remark, shape))
            key = title if is_key else key
        rows = int(of_partitions) if kind == "p" and of_partitions else -1
        if kind != "p" and tuples >= 0 and known_pages > 0:
            rows = round(tuples / known_pages * int(pages))
        return Table(
            schema,
            name,
            tuple(columns),
            comment,
            rows,
            int(pages),
            key,
            hidden,
            stored=kind in "rpm",
            alone=kind == "r",
            filtered=bool(is_filtered),
        )

    def begin(self, connection: Connection, care: Care) -> None:
        """Begin: the snapshot holds from the first statement on, nothing waits longer than allowed."""
        connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        for setting, value in (
            ("statement_timeout", f"{care.statement_timeout}s"),
            ("lock_timeout", f"{care.lock_timeout}s"),
            ("idle_in_transaction_session_timeout", "1h"),
        ):
            connection.execute(sa.text(f"SET LOCAL {setting} = '{value}'"))

    def complete(
        self, connection: Connection, table: Table, care: Care, after: str | None
    ) -> Iterator[Rows | str]:
        """Yield all rows in one stream, or by key in pieces, whose bounds its index tells."""
        place = f"{self._place(table)} AS t"
        select = f"SELECT {projection(table, care)} FROM {place}"  # noqa: S608  identifiers, quoted
        if after is None:
            yield from copied(connection, select)
            return
        key = f"t.{quoted(table.key)}"
        connection.execute(sa.text("SET LOCAL enable_seqscan = off"))  # else it may go through all, each time
        while True:
            behind = f"{key} > {int(after)}" if after else "true"
            bound = f"SELECT {key} FROM {place} WHERE {behind} ORDER BY {key} OFFSET {PIECE_ROWS - 1} LIMIT 1"  # noqa: S608  as above
            last = connection.execute(sa.text(bound)).scalar()
            upto = f" AND {key} <= {int(last)}" if last is not None else ""
            yield from copied(connection, f"{select} WHERE {behind}{upto} ORDER BY {key}")
            if last is None:
                return
            after = str(last)
            yield after

    def sample(self, connection: Connection, table: Table, care: Care) -> Iterator[Rows | int]:
        """Yield the rows of random pages of the table, and how many pages they were."""
        share = sampling.percentage(table.pages)
        block = "tableoid::text || ':' || (ctid::text::point)[0]::bigint"
        select = (
            f"SELECT {', '.join(filter(None, (projection(table, care), block)))} "  # noqa: S608  as above
            f"FROM {self._place(table)} TABLESAMPLE SYSTEM ({share:.6f})"
        )
        blocks: set[str] = set()
        for rows in copied(connection, select):
            blocks.update(row[-1] for row in rows)
            yield [row[:-1] for row in rows]
        yield len(blocks)

    def connect_args(self, care: Care) -> dict[str, object]:  # noqa: ARG002  every dialect is asked the same
        """Return the time to wait for a server, the name its operators see, and the encoding we read.

        Without it the server would send the database's own: EUC_JP of many Japanese systems.
        """
        return {"connect_timeout": 10, "application_name": "daicho", "client_encoding": "utf8"}

    def unread(self, connection: Connection) -> Iterator[str]:
        """Yield what the database holds beside its tables and nobody reads: large objects."""
        try:
            count = connection.execute(sa.text(_LARGE_OBJECTS)).scalar()
        except sa.exc.SQLAlchemyError:
            return  # what only speaks as PostgreSQL does may have none
        if count:
            yield f"{count} large objects"

    @staticmethod
    def _place(table: Table) -> str:
        only = "ONLY " if table.alone else ""  # its heirs are tables of their own
        return f"{only}{quoted(table.schema)}.{quoted(table.name)}"

    def readers(self, connection: Connection, schema: str, name: str) -> Readers:
        """Return the roles that may read a table or a column of it, by whatever way they may.

        The server itself works out ownership, membership, superusers and what is granted to PUBLIC.
        """
        found = connection.execute(sa.text(_READERS), {"schema": schema, "name": name}).all()
        return of_roles([(str(role), bool(person)) for role, person, may in found if may])


def of_roles(roles: Sequence[tuple[str, bool]]) -> Readers:
    """Return what roles come to: PUBLIC is everyone with an account; a role that signs in is a person."""
    if not roles:
        return Readers(Exposure.UNKNOWN)
    names = tuple(sorted(name for name, _ in roles))
    if ("PUBLIC", False) in roles:
        return Readers(Exposure.ALL_STAFF, names)
    return Readers(Exposure.OWNER if all(person for _, person in roles) else Exposure.GROUP, names)


def copied(connection: Connection, select: str) -> Iterator[Rows]:
    """Yield what COPY sends, in blocks of rows.

    libpq is read directly: the driver's own iterator over COPY costs as much again as the whole rest.
    """
    import psycopg
    from psycopg import pq

    driver: psycopg.Connection[Any] = connection.connection.driver_connection  # type: ignore[assignment]
    raw = driver.pgconn
    ended = False
    if raw.parameter_status(b"server_encoding") == b"SQL_ASCII":
        raw.exec_(b"SET LOCAL client_encoding = SQL_ASCII")  # else it refuses what is no UTF-8
    try:
        result = raw.exec_(f"COPY ({select}) TO STDOUT (NULL '')".encode())
        if result.status != pq.ExecStatus.COPY_OUT:
            ended = True
            raise psycopg.errors.error_from_result(result)
        while not ended:
            lines, ended, failed = _lines(raw)
            if lines:
                block = b"".join(lines)
                yield Block(_rows(block), len(block))
            if failed is not None:
                raise failed
        while (last := raw.get_result()) is not None:
            if last.status != pq.ExecStatus.COMMAND_OK:
                raise psycopg.errors.error_from_result(last)
    except psycopg.OperationalError as error:
        last = raw.get_result() if error.sqlstate is None else None
        if last is not None and last.error_field(pq.DiagnosticField.SQLSTATE):
            raise psycopg.errors.error_from_result(last) from None
        raise
    finally:
        if not ended:
            connection.invalidate()  # in the middle of a stream it is of no use for anything else


def _lines(raw: Any) -> tuple[list[bytes], bool, Exception | None]:
    """Return the next lines of a stream, whether it ended, and what stopped it: what came before stays."""
    import psycopg

    lines: list[bytes] = []
    size, read = 0, raw.get_copy_data
    try:
        while len(lines) < BLOCK_ROWS and size < BLOCK_BYTES:
            length, line = read(0)
            if length < 0:
                return lines, True, None
            size += length
            lines.append(bytes(line))
    except psycopg.Error as error:
        return lines, False, error
    return lines, False, None


def _rows(block: bytes) -> Rows:
    try:
        return _split(block.decode("utf-8"))
    except UnicodeDecodeError:
        pass
    # a database without an encoding (SQL_ASCII) hands out the bytes that its programs once wrote
    lines = [
        [_ESCAPED_BYTES.sub(lambda found: _BYTES.get(found[1], found[1]), cell) for cell in line.split(b"\t")]
        for line in block[:-1].split(b"\n")
    ]
    found = decode(b"\n".join(cell for line in lines for cell in line))
    encoding = found.encoding if isinstance(found, Decoded) else "utf-8"
    return [tuple(cell.decode(encoding, "replace") for cell in line) for line in lines]


def _split(text: str) -> Rows:
    lines = text[:-1].split("\n")
    if "\\" not in text:
        return [tuple(line.split("\t")) for line in lines]
    return [
        tuple(line.split("\t"))
        if "\\" not in line
        else tuple(_ESCAPED.sub(_unescaped, cell) for cell in line.split("\t"))
        for line in lines
    ]


def _unescaped(found: re.Match[str]) -> str:
    return _ESCAPES.get(found[1], found[1])
