"""Any database that SQLAlchemy knows: a plain SELECT, slower, without sampling (汎用)."""

# ruff: noqa: ARG002  every dialect is asked the same, not each needs to know all
from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress

import sqlalchemy as sa
from sqlalchemy.dialects import oracle
from sqlalchemy.engine import Connection
from sqlalchemy.exc import NoSuchTableError, SQLAlchemyError

from scanners.model import Exposure
from scanners.sources.databases.cells import gathered
from scanners.sources.databases.tables import Care, Column, Missing, Rows, Shape, Table
from scanners.sources.interface import Readers

AT_ONCE = 200  # rows of one answer


class Other:
    """What SQLAlchemy's reflection tells of any database; dialects of our own know more."""

    denied: frozenset[str] = frozenset()
    vanished: frozenset[str] = frozenset()
    timed: frozenset[str] = frozenset()
    system = frozenset({"information_schema", "sys", "performance_schema"})

    name, drivername, port = "", "", 0

    def __init__(self, name: str = "", drivername: str = "", port: int = 0) -> None:
        if name:
            self.name, self.drivername, self.port = name, drivername or name, port

    def connect_args(self, care: Care) -> dict[str, object]:
        """Return nothing: drivers differ in what they take."""
        return {}

    def schemas(self, connection: Connection) -> list[str]:
        """Return the schemas that reflection finds."""
        found = sa.inspect(connection).get_schema_names()
        return sorted(each for each in found if each.lower() not in self.system)

    def names(self, connection: Connection, schema: str) -> list[str]:
        """Return tables and views."""
        inspector = sa.inspect(connection)
        names = {*inspector.get_table_names(schema or None), *inspector.get_view_names(schema or None)}
        with suppress(NotImplementedError, SQLAlchemyError):
            names.update(inspector.get_materialized_view_names(schema or None))
        return sorted(names)

    def table(self, connection: Connection, schema: str, name: str) -> Table:
        """Return what reflection tells."""
        inspector = sa.inspect(connection)
        try:
            found = inspector.get_columns(name, schema or None)
        except NoSuchTableError:
            raise Missing from None
        comment = ""
        with suppress(NotImplementedError, SQLAlchemyError):
            comment = str(inspector.get_table_comment(name, schema or None).get("text") or "")
        columns = tuple(
            Column(
                str(each["name"]),
                written(each["type"], connection.dialect),
                str(each.get("comment") or ""),
                shape_of(each["type"]),
            )
            for each in found
        )
        key = ""
        with suppress(NotImplementedError, SQLAlchemyError):
            of = inspector.get_pk_constraint(name, schema or None)["constrained_columns"]
            whole = {str(each["name"]) for each in found if isinstance(each["type"], sa.Integer)}
            key = of[0] if len(of) == 1 and of[0] in whole else ""
        return Table(schema, name, columns, comment, key=key, stored=False)

    def begin(self, connection: Connection, care: Care) -> None:
        """Do nothing: SQLAlchemy begins a transaction, and it is never committed."""

    def complete(
        self, connection: Connection, table: Table, care: Care, after: str | None
    ) -> Iterator[Rows | str]:
        """Yield all rows as the driver streams them; in order of the key, each block is one to go on from."""
        at = [each.name for each in table.columns].index(table.key) if after is not None else -1
        for block in selected(connection, table, self.select(table, care, after)):
            yield block
            if at >= 0:
                yield block[-1][at]

    def select(self, table: Table, care: Care, after: str | None = None) -> sa.Select[tuple[object, ...]]:
        """Return the statement that reads a table."""
        columns: list[sa.ColumnClause[object]] = [sa.column(each.name) for each in table.columns]
        place = sa.table(table.name, *columns, schema=table.schema or None)
        shown = [self.shown(place.c[each.name], each, care).label(each.name) for each in table.columns]
        statement: sa.Select[tuple[object, ...]] = sa.select(*shown).select_from(place)  # type: ignore[assignment]
        if after is not None:
            key = place.c[table.key]
            statement = (statement.where(key > int(after)) if after else statement).order_by(key)
        return statement

    def shown(self, name: sa.ColumnElement[object], column: Column, care: Care) -> sa.ColumnElement[object]:
        """Return what is asked of a column: itself, where no words to bound it are known."""
        return name

    def sample(self, connection: Connection, table: Table, care: Care) -> Iterator[Rows | int] | None:
        """Return None: there is no sampling that every database knows."""
        return None

    def unread(self, connection: Connection) -> Iterator[str]:
        """Yield nothing that is known."""
        yield from ()

    def readers(self, connection: Connection, schema: str, name: str) -> Readers:
        """Return unknown: grants are not read here."""
        return Readers(Exposure.UNKNOWN)


def written(kind: sa.types.TypeEngine[object], dialect: sa.Dialect) -> str:
    """Return the name of a type as its database writes it, in lower case; empty where that fails."""
    try:
        return str(kind.compile(dialect=dialect)).lower()
    except (sa.exc.CompileError, TypeError):
        return ""


def shape_of(kind: object) -> Shape:
    """Return how a column of a reflected type has to be looked at."""
    if isinstance(kind, sa.LargeBinary | sa.BINARY | sa.VARBINARY | oracle.RAW):
        return Shape.BINARY
    return Shape.JSON if isinstance(kind, sa.JSON) else Shape.TEXT


def selected(connection: Connection, table: Table, statement: sa.Executable) -> Iterator[Rows]:
    """Yield a statement's rows as text."""
    few = any(each.shape is Shape.BINARY for each in table.columns)
    yield from gathered(connection.execution_options(yield_per=1 if few else AT_ONCE).execute(statement))
