"""Which dialect an address speaks, and what errors of its driver mean."""

from __future__ import annotations

import re
from importlib import import_module

from sqlalchemy.engine.url import URL
from sqlalchemy.exc import SQLAlchemyError

from scanners.model import Gap, Reason
from scanners.sources.databases.tables import Dialect, Missing

_DIALECTS = {
    "postgresql": ("postgresql", "PostgreSQL"),
    "postgres": ("postgresql", "PostgreSQL"),
    "mysql": ("mariadb", "MariaDB"),
    "mariadb": ("mariadb", "MariaDB"),
    "sqlite": ("sqlite", "SQLite"),
    "duckdb": ("duckdb", "DuckDB"),
    "mssql": ("sqlserver", "SQLServer"),
    "sqlserver": ("sqlserver", "SQLServer"),
    "oracle": ("oracle", "Oracle"),
}
_OF_CONNECTORX = re.compile(r"ERROR (\d{4})")
_CODE = re.compile(r"(?:ORA-|DPY-)\d{4,5}")


def dialect_of(scheme: str) -> Dialect | None:
    """Return the dialect of a scheme; None for one that no module of ours is for."""
    found = _DIALECTS.get(scheme.lower())
    if found is None:
        return None
    module = import_module(f"scanners.sources.databases.{found[0]}")
    dialect: Dialect = getattr(module, found[1])()
    return dialect


def other(address: URL) -> Dialect:
    """Return the dialect of any other database that SQLAlchemy has a driver for."""
    from scanners.sources.databases.other import Other

    return Other(address.get_backend_name(), address.drivername)


def code_of(error: BaseException) -> str:
    """Return the SQLSTATE or the number of an error, else its type: never its words, which hold values."""
    original = getattr(error, "orig", None) or error
    first = original.args[0] if original.args else None
    if isinstance(first, int):
        return str(first)
    if state := getattr(original, "sqlstate", None):
        return str(state)
    if found := _CODE.search(str(getattr(first, "full_code", first))):
        return found[0]
    if isinstance(original, RuntimeError) and (found := _OF_CONNECTORX.search(str(original))):
        return found[1]
    return type(original).__name__


def faults() -> tuple[type[Exception], ...]:
    """Return what drivers raise past SQLAlchemy; only those that are loaded can have raised."""
    import sys

    found: list[type[Exception]] = [SQLAlchemyError, Missing]
    # drivers are also asked past SQLAlchemy, which would else hold many rows at once
    loaded = (
        sys.modules.get(name) for name in ("psycopg", "pymysql", "duckdb", "oracledb", "pymssql", "sqlite3")
    )
    found += [module.Error for module in loaded if module is not None and hasattr(module, "Error")]
    if "connectorx" in sys.modules:
        found.append(RuntimeError)
    return tuple(found)


def as_gap(error: Exception, dialect: Dialect) -> Gap:
    """Return the gap of a table that an error stopped."""
    code = code_of(error)
    if isinstance(error, Missing):
        return Gap(Reason.VANISHED)
    if code in dialect.vanished or "no such table" in str(getattr(error, "orig", "")):
        return Gap(Reason.VANISHED, code)
    if code in dialect.denied:
        return Gap(Reason.DENIED, code)
    if code in dialect.timed:
        return Gap(Reason.TIME_LIMIT, code)
    return Gap(Reason.UNREADABLE, code)
