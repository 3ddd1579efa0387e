"""Rights of the application's account on PostgreSQL: it can add to the journal, and not change it.

The owner's account makes and migrates the tables; the application's account reads and writes rows, and has
neither UPDATE nor DELETE on what is only ever added to. That holds against whatever the application is
talked into (CWE-89), not against who has the owner's password: the journal's chain shows what he changes.
"""

from __future__ import annotations

import re

from sqlalchemy import text

from registry.access import bootstrap_principal, top_unit
from registry.backup.rows import VERSION_TABLE, tables_of
from registry.errors import InvalidValue, StoreError
from registry.journal import Action
from registry.store import Registry

APPEND_ONLY = frozenset({"journal_record", "ledger_version"})
READ_ONLY = frozenset({VERSION_TABLE, "key_check"})
_ROLE = re.compile(r"[a-z_][a-z0-9_]{0,62}")


def statements(registry: Registry, role: str) -> list[str]:
    """Return the GRANT statements for the application's account, to be executed by the tables' owner.

    Raises InvalidValue (`role`) for a name that is no plain identifier, StoreError on SQLite.
    """
    if not _ROLE.fullmatch(role):
        raise InvalidValue("role", "letters_digits_underscores")
    if registry.engine.dialect.name != "postgresql":
        raise StoreError("SQLite has no accounts; rights are given where the registry is PostgreSQL")
    with registry.read(bootstrap_principal()) as tx:
        connection = tx.session.connection()
        database = connection.scalar(text("SELECT current_database()"))
        names = sorted([*(table.name for table in tables_of(connection)), VERSION_TABLE])
        quote = connection.dialect.identifier_preparer.quote
        account = quote(role)
    every = [
        f"GRANT CONNECT ON DATABASE {quote(str(database))} TO {account}",
        "REVOKE CREATE ON SCHEMA public FROM PUBLIC",
        f"GRANT USAGE ON SCHEMA public TO {account}",
        f"REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {account}",
        f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {account}",
    ]
    for name in names:
        if name in READ_ONLY:
            rights = "SELECT"
        elif name in APPEND_ONLY:
            rights = "SELECT, INSERT"
        else:
            rights = "SELECT, INSERT, UPDATE, DELETE"
        every.append(f"GRANT {rights} ON {quote(name)} TO {account}")
    return every


def grant(registry: Registry, role: str) -> list[str]:
    """Give the rights, in one transaction with their journal record; return what was executed."""
    every = statements(registry, role)
    with registry.write(bootstrap_principal(), reason="daicho registry grants") as tx:
        for statement in every:
            tx.session.execute(text(statement))
        tx.record(Action.REGISTRY_GRANTED, "registry", role, top_unit(tx), None, {"role": role})
    return every
