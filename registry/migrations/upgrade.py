"""Runs the migrations from a program, without a configuration file or a shell."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util.exc import CommandError
from sqlalchemy import Connection, Engine

from registry.errors import StoreError
from registry.vault import Vault


def _config(connection: Connection, vault: Vault | None = None) -> Config:
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
    try:
        with engine.begin() as connection:
            command.upgrade(_config(connection, vault), "head")
    except CommandError:
        raise StoreError("the registry was made by a newer version of Daicho; update the program") from None


def to_revision(engine: Engine, revision: str) -> None:
    """Bring the schema up to one revision: what an older program would have made."""
    with engine.begin() as connection:
        command.upgrade(_config(connection), revision)


def down_to(engine: Engine, revision: str, vault: Vault | None = None) -> None:
    """Bring the schema back to an earlier revision, in one transaction."""
    with engine.begin() as connection:
        command.downgrade(_config(connection, vault), revision)


def revision_of(connection: Connection) -> str:
    """Return the revision of a database, "" for an empty one."""
    return MigrationContext.configure(connection).get_current_revision() or ""


def revisions() -> tuple[str, ...]:
    """Return every revision that this program knows, the first one first."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    found = ScriptDirectory.from_config(config).walk_revisions()
    return tuple(reversed([each.revision for each in found]))


def to_base(engine: Engine, vault: Vault | None = None) -> None:
    """Remove every table of the registry and all that is in them."""
    with engine.begin() as connection:
        command.downgrade(_config(connection, vault), "base")
