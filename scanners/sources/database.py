"""Tables and views of a database, read in one read-only transaction and streamed in blocks."""

from __future__ import annotations

import datetime as dt
import decimal
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.engine import URL, Connection, make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError
from sqlalchemy.pool import NullPool

from scanners.errors import ExtractionError, SourceError
from scanners.extractors.interface import Tables
from scanners.model import Entry, Exposure, Gap, Reason, TableSegment
from scanners.places import member_uri
from scanners.sandbox import ANY_PORT
from scanners.sources.local import exposure, owner_name

BLOCK_ROWS = 2_000
_DRIVERS = {"postgresql": "postgresql+psycopg", "postgres": "postgresql+psycopg", "sqlite": "sqlite"}
_DEFAULT_PORT = 5432
_SYSTEM_SCHEMAS = frozenset({"information_schema", "pg_catalog", "pg_toast"})
_DENIED_STATES = frozenset({"42501", "28000", "28P01"})  # PostgreSQL: insufficient privilege, sign-in refused
_VANISHED_STATES = frozenset({"42P01", "3F000"})


def cell_text(value: object) -> str:
    """Return a database value as the text a person would read; binary values are not text and stay out."""
    match value:
        case None:
            return ""
        case str():
            return value
        case bool():
            return "true" if value else "false"
        case bytes() | bytearray() | memoryview():
            return ""
        case dt.datetime() | dt.date() | dt.time():
            return value.isoformat()
        case decimal.Decimal():
            return format(value, "f")
        case float():
            return str(int(value)) if value.is_integer() and abs(value) < 1e15 else str(value)
        case _:
            return str(value)


def _sql_state(error: SQLAlchemyError) -> str:
    return str(getattr(getattr(error, "orig", None), "sqlstate", "") or "")


@dataclass(frozen=True, slots=True)
class DatabaseSource:
    """Every table and view of one database; `url` may hold a password and never leaves this object."""

    url: str

    def __repr__(self) -> str:
        return f"DatabaseSource({self.place!r})"

    @property
    def _address(self) -> URL:
        try:
            address = make_url(self.url)
        except (ArgumentError, ValueError):
            raise SourceError(
                "the database URL is malformed; expected for example postgresql://host/name"
            ) from None
        # whatever driver the URL names: ours are the ones that are installed
        dialect = address.drivername.partition("+")[0]
        return address.set(drivername=_DRIVERS.get(dialect, address.drivername))

    @property
    def place(self) -> str:
        """The URL without driver, user, password and options."""
        address = self._address
        if address.get_backend_name() == "sqlite":
            return f"sqlite:///{Path(address.database or '').absolute()}"
        port = f":{address.port}" if address.port else ""
        return f"{address.get_backend_name()}://{address.host or 'localhost'}{port}/{address.database or ''}"

    @property
    def ports(self) -> tuple[int, ...]:
        """The TCP ports of the server; none for a file. Even a server's socket file needs a socket.

        They are those that the driver is given (several hosts may have one each), or the environment tells;
        where a service file of libpq says it, or nothing can be told beforehand, `ANY_PORT`.
        """
        address = self._address
        if address.get_backend_name() == "sqlite":
            return ()
        try:
            _, given = address.get_dialect()().create_connect_args(address)
        except (SQLAlchemyError, ImportError, ValueError):
            return (ANY_PORT,)
        if given.get("service") or os.environ.get("PGSERVICE"):
            return (ANY_PORT,)
        default = os.environ.get("PGPORT") or str(_DEFAULT_PORT)
        told = [each.strip() or default for each in str(given.get("port") or default).split(",")]
        if not all(each.isascii() and each.isdecimal() and 0 < int(each) < 1 << 16 for each in told):
            return (ANY_PORT,)
        return tuple(sorted({int(each) for each in told}))

    def _engine(self) -> sa.Engine:
        address = self._address
        if address.get_backend_name() == "sqlite":
            path = Path(address.database or "").absolute()
            if not path.is_file():
                raise SourceError(f"{self.place}: no such file; check the path")
            # reading a write-ahead log makes files beside the database, which is not ours to write to
            immutable = "&immutable=1" if _has_log(path) else ""
            return sa.create_engine(
                f"sqlite:///{path.as_uri()}?mode=ro{immutable}&uri=true",
                poolclass=NullPool,
                connect_args={"timeout": 10},
            )
        return sa.create_engine(address, poolclass=NullPool, connect_args={"connect_timeout": 10})

    @contextmanager
    def _connected(self) -> Iterator[Connection]:
        engine = self._engine()
        with engine.connect() as connection:
            read_only = {"postgresql_readonly": True} if engine.dialect.name == "postgresql" else {}
            yield connection.execution_options(**read_only)

    def entries(self) -> Iterator[Entry | Gap]:
        """Yield every table and view in order of schema and name; a schema that cannot be listed is a gap."""
        try:
            with self._connected() as connection:
                inspector = sa.inspect(connection)
                for schema in self._schemas(inspector):
                    yield from self._listed(inspector, schema)
                if inspector.dialect.name == "sqlite":
                    yield from _unread_log(Path(self._address.database or "").absolute(), self.place)
        except SQLAlchemyError as error:
            kind = type(getattr(error, "orig", None) or error).__name__
            state = _sql_state(error)
            reason = f"{kind} {state}".strip()
            raise SourceError(
                f"{self.place}: cannot be opened ({reason}); check that it runs and that the account may read"
            ) from None

    def _schemas(self, inspector: sa.Inspector) -> list[str | None]:
        if inspector.dialect.name == "sqlite":
            return [None]
        return [name for name in sorted(inspector.get_schema_names()) if name not in _SYSTEM_SCHEMAS]

    def _listed(self, inspector: sa.Inspector, schema: str | None) -> Iterator[Entry | Gap]:
        try:
            names = set(inspector.get_table_names(schema=schema)) | set(
                inspector.get_view_names(schema=schema)
            )
            if inspector.dialect.name == "postgresql":
                names |= set(inspector.get_materialized_view_names(schema=schema))
        except SQLAlchemyError as error:
            yield Gap(Reason.NOT_LISTED, _sql_state(error), f"{self.place}!{schema or ''}")
            return
        owner, exposed = self._readers(inspector.dialect.name)
        for name in sorted(names):
            qualified = f"{schema}.{name}" if schema else name
            yield Entry(
                uri=member_uri(self.place, qualified),
                name=qualified,
                size=0,
                mtime_ns=0,
                file_id=f"{schema or ''}\t{name}",  # apart, because either name may hold a dot
                owner=owner,
                exposure=exposed,
            )

    def _readers(self, dialect: str) -> tuple[str, Exposure]:
        """Return owner and exposure of every table: those of the file; a server's grants are not known."""
        if dialect != "sqlite":
            return "", Exposure.UNKNOWN
        try:
            status = Path(self._address.database or "").absolute().stat()
        except OSError:
            return "", Exposure.UNKNOWN
        return owner_name(status.st_uid), exposure(status.st_mode, Exposure.EVERYONE)

    @contextmanager
    def open(self, entry: Entry) -> Iterator[Tables]:
        """Open one table for reading; raises `ExtractionError` when it is denied or gone."""
        try:
            with self._connected() as connection:
                yield self._blocks(connection, *entry.file_id.split("\t", 1))
        except SQLAlchemyError as error:
            raise ExtractionError(_as_gap(error)) from None

    def _blocks(self, connection: Connection, schema: str, name: str) -> Iterator[TableSegment | Gap]:
        table = sa.table(name, schema=schema or None)
        statement: sa.Select[tuple[object, ...]] = sa.select(sa.literal_column("*")).select_from(table)
        try:
            result = connection.execution_options(yield_per=BLOCK_ROWS).execute(statement)
            header = tuple(map(str, result.keys()))
            first = 1
            for block in result.partitions(BLOCK_ROWS):
                rows = tuple(tuple(cell_text(value) for value in row) for row in block)
                yield TableSegment(table=name, header=header, first_row=first, rows=rows)
                first += len(rows)
            if first == 1:
                yield TableSegment(table=name, header=header, first_row=1, rows=())
        except SQLAlchemyError as error:
            yield _as_gap(error)


def _has_log(path: Path) -> bool:
    """Tell whether a SQLite database keeps a write-ahead log: bytes 18 and 19 of its header are 2."""
    try:
        with path.open("rb") as file:
            return file.read(20)[18:20] == b"\x02\x02"
    except OSError:
        return False


def _unread_log(path: Path, place: str) -> Iterator[Gap]:
    """Yield a gap for rows that stand in the write-ahead log only: a running program has not closed it."""
    log = path.with_name(f"{path.name}-wal")
    try:
        if _has_log(path) and log.stat().st_size:
            yield Gap(Reason.CHANGED, "write-ahead log", f"{place}-wal")
    except OSError:
        return


def _as_gap(error: SQLAlchemyError) -> Gap:
    state = _sql_state(error)
    if state in _DENIED_STATES:
        return Gap(Reason.DENIED, state)
    if state in _VANISHED_STATES or "no such table" in str(getattr(error, "orig", "")):
        return Gap(Reason.VANISHED, state)
    return Gap(Reason.UNREADABLE, state or type(error).__name__)
