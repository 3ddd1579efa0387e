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


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.attributes["connection"] = connection
    return config


def to_head(engine: Engine) -> None:
    """Bring the schema to the newest version; all steps happen in one transaction or none does.

    Raises StoreError for a schema that a newer program made.
    """
    try:
        with engine.begin() as connection:
            command.upgrade(_config(connection), "head")
    except CommandError:
        raise StoreError("the registry was made by a newer version of Daicho; update the program") from None


def to_revision(engine: Engine, revision: str) -> None:
    """Bring the schema up to one revision: what an older program would have made."""
    with engine.begin() as connection:
        command.upgrade(_config(connection), revision)


def down_to(engine: Engine, revision: str) -> None:
    """Bring the schema back to an earlier revision, in one transaction."""
    with engine.begin() as connection:
        command.downgrade(_config(connection), revision)


def revision_of(connection: Connection) -> str:
    """Return the revision of a database, "" for an empty one."""
    return MigrationContext.configure(connection).get_current_revision() or ""


def revisions() -> tuple[str, ...]:
    """Return every revision that this program knows, the first one first."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    found = ScriptDirectory.from_config(config).walk_revisions()
    return tuple(reversed([each.revision for each in found]))


def to_base(engine: Engine) -> None:
    """Remove every table of the registry and all that is in them."""
    with engine.begin() as connection:
        command.downgrade(_config(connection), "base")
