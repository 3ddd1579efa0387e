"""Runs the migrations from a program, without a configuration file or a shell.

Alembic is loaded when it is needed: a command that opens no registry starts without it.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, Engine

from registry.errors import StoreError
from registry.vault import Vault

if TYPE_CHECKING:
    from alembic.config import Config


def _config(connection: Connection | None = None, vault: Vault | None = None) -> Config:
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.attributes["connection"] = connection
    config.attributes["vault"] = vault
    return config


def to_head(engine: Engine, vault: Vault | None = None) -> None:
    """Bring the schema to the newest version; all steps happen in one transaction or none does.

    `vault` seals and opens what a step encrypts; a registry without rows needs none.

    Raises StoreError for a schema that a newer program made.
    """
    from alembic.util.exc import CommandError

    try:
        to_revision(engine, "head", vault)
    except CommandError:
        raise StoreError("the registry was made by a newer version of Daicho; update the program") from None


def to_revision(engine: Engine, revision: str, vault: Vault | None = None) -> None:
    """Bring the schema up to one revision, in one transaction: what an older program would have made."""
    from alembic import command

    with engine.begin() as connection:
        command.upgrade(_config(connection, vault), revision)


def down_to(engine: Engine, revision: str, vault: Vault | None = None) -> None:
    """Bring the schema back to an earlier revision, in one transaction; what newer ones added is lost."""
    from alembic import command

    with engine.begin() as connection:
        command.downgrade(_config(connection, vault), revision)


def revision_of(connection: Connection) -> str:
    """Return the revision of a database, "" for an empty one."""
    from alembic.migration import MigrationContext

    return MigrationContext.configure(connection).get_current_revision() or ""


def revisions() -> tuple[str, ...]:
    """Return every revision that this program knows, the first one first."""
    from alembic.script import ScriptDirectory

    found = ScriptDirectory.from_config(_config()).walk_revisions()
    return tuple(reversed([each.revision for each in found]))


def to_base(engine: Engine, vault: Vault | None = None) -> None:
    """Remove every table of the registry and all that is in them."""
    down_to(engine, "base", vault)
