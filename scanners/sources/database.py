"""Tables and views of a database, read in one read-only transaction and streamed in blocks (データベース).

What differs between databases is in `scanners.sources.databases`, a module for each.
"""

from __future__ import annotations

import errno
import os
import socket
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.engine import URL, Connection
from sqlalchemy.exc import NoSuchModuleError, SQLAlchemyError
from sqlalchemy.pool import NullPool

from scanners.credentials import Credentials
from scanners.errors import ExtractionError, SourceError, Trouble
from scanners.extractors.interface import Tables
from scanners.model import Entry, Exposure, Gap, Mark, Reason
from scanners.pace import AS_FAST_AS_IT_GOES, Pace
from scanners.places import member_uri
from scanners.sandbox import ANY_PORT
from scanners.selection import EVERYTHING, Selection
from scanners.sources.circles import Bits, let_in, lists_of, owner_name
from scanners.sources.databases.address import parsed
from scanners.sources.databases.cells import cell_text
from scanners.sources.databases.dialects import as_gap, code_of, dialect_of, faults, other
from scanners.sources.databases.reading import blocks
from scanners.sources.databases.tables import Care, Dialect
from scanners.sources.interface import Check, Readers, Step

__all__ = ["BLOCK_ROWS", "DatabaseSource", "cell_text", "opened"]

BLOCK_ROWS = 2_000
_LOOKED_AT = 5  # tables that a test tries to read
_JOURNAL = b"\xd9\xd5\x05\xf9\x20\xa1\x63\xd7"  # begins a rollback journal of SQLite that counts


def opened(target: str, credentials: Credentials, selection: Selection) -> DatabaseSource:
    """Return the source of a database URL; raises `SourceError` for a database without a driver."""
    scheme = target.partition("://")[0].partition("+")[0]
    address, _ = parsed(target)
    if dialect_of(scheme) is None:
        try:
            address.get_dialect()
        except (NoSuchModuleError, ImportError):
            raise SourceError(
                f"{scheme}: no reader for this kind of place; give a path or the URL of a share or database"
            ) from None
    if credentials.user or credentials.secret:
        given = parsed(target)[0].set(
            username=credentials.user or address.username,
            password=credentials.secret or address.password,
        )
        kept = target.partition("?")[2]
        given = given.set(query={})
        target = given.render_as_string(hide_password=False) + (f"?{kept}" if kept else "")
    return DatabaseSource(target, selection)


@dataclass(frozen=True, slots=True)
class DatabaseSource:
    """Every table and view of one database; `url` may hold a password and never leaves this object."""

    url: str
    selection: Selection = EVERYTHING
    pace: Pace = AS_FAST_AS_IT_GOES

    def __repr__(self) -> str:
        return f"DatabaseSource({self.place!r})"

    @property
    def _address(self) -> URL:
        # whatever driver the URL names: ours are the ones that are installed
        address = parsed(self.url)[0]
        dialect = dialect_of(address.drivername.partition("+")[0])
        return address.set(drivername=dialect.drivername) if dialect else address

    @property
    def _dialect(self) -> Dialect:
        address = parsed(self.url)[0]
        return dialect_of(address.drivername.partition("+")[0]) or other(address)

    @property
    def care(self) -> Care:
        """What the URL asks for, unless the terms of the source are stricter; of two rates the lower one."""
        care, pace = parsed(self.url)[1], self.pace
        return replace(
            care,
            mode="complete" if pace.complete else care.mode,
            rows_per_second=_lower(care.rows_per_second, pace.rows_per_second),
            mb_per_second=_lower(care.mb_per_second, pace.bytes_per_second / 1e6),
        )

    def at_pace(self, pace: Pace) -> DatabaseSource:
        """Return the source as it is read on these terms."""
        return replace(self, pace=pace)

    @property
    def _file(self) -> Path | None:
        """The database's file; None where a server has it."""
        address = self._address
        is_file = address.drivername.partition("+")[0] in ("sqlite", "duckdb")
        return Path(address.database or "").absolute() if is_file else None

    @property
    def place(self) -> str:
        """The URL without driver, user, password and options."""
        address, kind = self._address, self._dialect.name
        if self._file is not None:
            return f"{kind}:///{self._file}"
        port = f":{address.port}" if address.port else ""
        return f"{kind}://{address.host or 'localhost'}{port}/{address.database or ''}"

    @property
    def ports(self) -> tuple[int, ...]:
        """The TCP ports of the server; none for a file. Even a server's socket file needs a socket.

        They are those that the driver is given (several hosts may have one each), or the environment tells;
        where a service file of libpq says it, or nothing can be told beforehand, `ANY_PORT`.
        """
        address, dialect = self._address, self._dialect
        if self._file is not None:
            return ()
        if dialect.name != "postgresql":
            return (address.port or dialect.port or ANY_PORT,)
        try:
            _, given = address.get_dialect()().create_connect_args(address)
        except (SQLAlchemyError, ImportError, ValueError):
            return (ANY_PORT,)
        if given.get("service") or os.environ.get("PGSERVICE"):
            return (ANY_PORT,)
        default = os.environ.get("PGPORT") or str(dialect.port)
        told = [each.strip() or default for each in str(given.get("port") or default).split(",")]
        if not all(each.isascii() and each.isdecimal() and 0 < int(each) < 1 << 16 for each in told):
            return (ANY_PORT,)
        return tuple(sorted({int(each) for each in told}))

    def _engine(self, dialect: Dialect) -> sa.Engine:
        path = self._file
        if path is not None and not path.is_file():
            raise SourceError(f"{self.place}: no such file; check the path", Trouble.LIST, place=self.place)
        address: URL | str = self._address
        if path is not None:
            # reading a write-ahead log makes files beside the database, which is not ours to write to, and
            # a lock would stop whoever writes for as long as a table is read: what changes is told instead
            address = f"sqlite:///{path.as_uri()}?mode=ro&immutable=1&uri=true"
        return sa.create_engine(address, poolclass=NullPool, connect_args=dialect.connect_args(self.care))

    @contextmanager
    def _connected(self) -> Iterator[Connection]:
        dialect = self._dialect
        if dialect.name == "duckdb":
            with self._duckdb(dialect) as connection:
                yield connection
            return
        connection = self._engine(dialect).connect()
        try:
            dialect.begin(connection, self.care)
            yield connection
        finally:
            with suppress(*faults()):  # a server that is gone needs no farewell
                connection.close()

    @contextmanager
    def _duckdb(self, dialect: Dialect) -> Iterator[Connection]:
        import duckdb

        path = self._file
        if path is None or not path.is_file():
            raise SourceError(f"{self.place}: no such file; check the path", Trouble.LIST, place=self.place)
        config: dict[str, Any] = dialect.connect_args(self.care)
        with closing(duckdb.connect(str(path), config=config)) as opened_file:
            connection = cast("Connection", opened_file)
            dialect.begin(connection, self.care)
            yield connection

    def entries(self) -> Iterator[Entry | Gap]:
        """Yield every table and view in order of schema and name; a schema that cannot be listed is a gap."""
        begun = False
        try:
            with self._connected() as connection:
                begun = True
                for schema in self._dialect.schemas(connection):
                    if self.selection.enters(schema) or not schema:
                        yield from self._listed(connection, schema)
                    else:
                        yield Gap(Reason.EXCLUDED, uri=member_uri(self.place, schema))
                for words in self._dialect.unread(connection):
                    yield Gap(Reason.UNREADABLE, words, member_uri(self.place, words))
            if (path := self._file) is not None:
                yield from _unread_log(path, self.place)
        except faults() as error:
            reason = f"{type(getattr(error, 'orig', None) or error).__name__} {code_of(error)}"
            raise SourceError(
                f"{self.place}: cannot be opened ({reason}); check that it runs "
                "and that the account may read",
                Trouble.LIST if begun else Trouble.SIGN_IN,
                place=self.place,
                code=reason,
            ) from None
        except ImportError:
            raise SourceError(
                f"{self.place}: the driver of this database is not installed",
                Trouble.DRIVER,
                place=self.place,
            ) from None

    def _listed(self, connection: Connection, schema: str) -> Iterator[Entry | Gap]:
        try:
            names = self._dialect.names(connection, schema)
        except faults() as error:
            yield Gap(Reason.NOT_LISTED, code_of(error), f"{self.place}!{schema}")
            return
        owner, exposed = self._of_file()
        for name in names:
            qualified = f"{schema}.{name}" if schema else name
            if not self._takes(schema, name):
                yield Gap(Reason.EXCLUDED, uri=member_uri(self.place, qualified))
                continue
            yield Entry(
                uri=member_uri(self.place, qualified),
                name=qualified,
                size=0,
                mtime_ns=0,
                file_id=f"{schema}\t{name}",  # apart, because either name may hold a dot
                owner=owner,
                exposure=exposed,
            )

    def _takes(self, schema: str, name: str) -> bool:
        """Tell whether a table is wanted; people write schema.table, or schema/table as for folders."""
        dotted = f"{schema}.{name}" if schema else name
        below = f"{schema}/{name}" if schema else name
        excluding = Selection(exclude=self.selection.exclude)
        including = Selection(include=self.selection.include)
        if not all(excluding.takes(each) for each in (dotted, below)):
            return False
        return any(including.takes(each) for each in (dotted, below))

    def _of_file(self) -> tuple[str, Exposure]:
        """Return owner and exposure of a file's tables; a server's are asked for where something is found."""
        try:
            path = self._file.resolve() if self._file is not None else None
            status = path.stat() if path is not None else None
        except OSError:
            status = None
        if path is None or status is None:
            return "", Exposure.UNKNOWN
        return owner_name(status.st_uid), let_in(Bits.of(status), lists_of(path)).exposure

    @contextmanager
    def open(self, entry: Entry) -> Iterator[Tables]:
        """Open one table for reading; raises `ExtractionError` when it is denied or gone."""
        with self.open_after(entry, None) as found:
            yield found

    @contextmanager
    def open_after(self, entry: Entry, behind: Mark | None) -> Iterator[Tables]:
        """Open one table behind a place in it; see `scanners.sources.interface.GoesOn`."""
        dialect, care = self._dialect, self.care
        schema, _, name = entry.file_id.partition("\t")
        before = _state(self._file)
        try:
            with self._connected() as connection:
                table = dialect.table(connection, schema, name)
                with closing(blocks(connection, dialect, table, care, behind)) as found:
                    yield self._compared(found, before)
        except faults() as error:
            raise ExtractionError(as_gap(error, dialect)) from None

    def _compared(self, found: Tables, before: tuple[int, ...]) -> Tables:
        """Yield what was found, and at the end whether the file was written meanwhile."""
        yield from found
        if _state(self._file) != before:
            yield Gap(Reason.CHANGED, "written meanwhile")

    def readers(self, entry: Entry) -> Readers:
        """Return the accounts and roles that may read a table; unknown where the server does not tell."""
        if self._file is not None:
            owner, exposed = self._of_file()
            return Readers(exposed, (owner,) if owner else ())
        schema, _, name = entry.file_id.partition("\t")
        try:
            with self._connected() as connection:
                return self._dialect.readers(connection, schema, name)
        except faults():
            return Readers(Exposure.UNKNOWN)

    def check(self) -> Iterator[Check]:
        """Yield what works: name and port of a server, sign-in, list, and reading of a first table."""
        address, dialect = self._address, self._dialect
        if self._file is None and dialect.port and address.host and not address.host.startswith("/"):
            for check in _reached(address.host, address.port or dialect.port):
                yield check
                if not check.passed:
                    return
        step = Step.SIGN_IN
        try:
            with self._connected() as connection:
                yield Check(step, passed=True)
                step = Step.LIST
                listed = [
                    (schema, name)
                    for schema in dialect.schemas(connection)
                    for name in dialect.names(connection, schema)
                ]
                yield Check(step, passed=True, detail=str(len(listed)))
                step = Step.READ
                for schema, name in listed[:_LOOKED_AT]:
                    table = dialect.table(connection, schema, name)
                    found = [part for part in _first(connection, dialect, table) if isinstance(part, Gap)]
                    if found:
                        yield Check(step, passed=False, detail=found[0].detail or found[0].reason.value)
                        return
            yield Check(step, passed=True)
        except faults() as error:
            yield Check(step, passed=False, detail=code_of(error))
        except SourceError:  # a file that is not there
            yield Check(step, passed=False, detail=f"errno {errno.ENOENT}")
        except ImportError:
            yield Check(step, passed=False, detail="driver")


def _lower(one: float, other: float) -> float:
    """Return the lower of two rates, of which 0 is none."""
    return min(one, other) if one and other else one or other


def _first(connection: Connection, dialect: Dialect, table: object) -> Iterator[object]:
    """Yield what comes of a table up to its first rows."""
    for part in blocks(connection, dialect, table, Care(mode="complete")):  # type: ignore[arg-type]
        yield part
        if hasattr(part, "rows") or isinstance(part, Gap):
            return


def _reached(host: str, port: int) -> Iterator[Check]:
    try:
        socket.getaddrinfo(host, port)
    except OSError as error:
        yield Check(Step.NAME, passed=False, detail=f"errno {error.errno}")
        return
    yield Check(Step.NAME, passed=True)
    try:
        socket.create_connection((host, port), timeout=10).close()
    except OSError as error:
        yield Check(Step.PORT, passed=False, detail=f"errno {error.errno}")
        return
    yield Check(Step.PORT, passed=True)


def _has_log(path: Path) -> bool:
    """Tell whether a SQLite database keeps a write-ahead log: bytes 18 and 19 of its header are 2."""
    try:
        with path.open("rb") as file:
            return file.read(20)[18:20] == b"\x02\x02"
    except OSError:
        return False


def _state(path: Path | None) -> tuple[int, ...]:
    """Return sizes and times of a database's file and its log; nothing where a server has it."""
    told: list[int] = []
    for each in (path, path.with_name(f"{path.name}-wal")) if path is not None else ():
        with suppress(OSError):
            status = each.stat()
            told += [status.st_size, status.st_mtime_ns]
    return tuple(told)


def _unread_log(path: Path, place: str) -> Iterator[Gap]:
    """Yield a gap for what a program that runs, or died, has not written to the file itself yet."""
    for ending, what in (("-wal", "write-ahead log"), ("-journal", "journal")):
        log = path.with_name(f"{path.name}{ending}")
        try:
            with log.open("rb") as file:
                head = file.read(len(_JOURNAL))
        except OSError:
            continue
        # a journal that is kept for the next transaction begins with zeros
        if head == _JOURNAL if ending == "-journal" else head and _has_log(path):
            yield Gap(Reason.CHANGED, what, f"{place}{ending}")
