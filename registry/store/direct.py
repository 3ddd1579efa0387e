"""Single statements on the driver's own cursor, for what every change of the product waits for.

Nothing is compiled, cached or converted on the way: parameters and rows are the driver's own types.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError


def first_row(connection: Connection, statement: str, parameters: Sequence[Any] = ()) -> Any:
    """Run a statement in the connection's transaction and return its first row, None when it has none.

    Errors are SQLAlchemy's, and a lost connection is given up, as with a statement of its own.
    """
    with _cursor(connection, statement) as cursor:
        cursor.execute(statement, parameters)
        return cursor.fetchone() if cursor.description else None


def run_many(connection: Connection, statement: str, rows: Sequence[Sequence[Any]]) -> None:
    """Run a statement for many rows of parameters in the connection's transaction; errors as `first_row`."""
    with _cursor(connection, statement) as cursor:
        cursor.executemany(statement, rows)


@contextmanager
def _cursor(connection: Connection, statement: str) -> Iterator[Any]:
    dialect, driver = connection.dialect, connection.connection
    cursor = driver.cursor()
    try:
        yield cursor
    except dialect.loaded_dbapi.Error as error:
        lost: bool = dialect.is_disconnect(error, driver, cursor)
        if lost:
            connection.invalidate(error)
        raise DBAPIError.instance(
            statement,
            None,
            error,
            dialect.loaded_dbapi.Error,
            hide_parameters=True,
            connection_invalidated=lost,
            dialect=dialect,
        ) from error
    finally:
        cursor.close()
