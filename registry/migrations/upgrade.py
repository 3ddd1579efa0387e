"""Runs the migrations from a program, without a configuration file or a shell."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
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


def back_to(engine: Engine, revision: str) -> None:
    """Go back to an older schema version; what newer ones added is lost."""
    with engine.begin() as connection:
        command.downgrade(_config(connection), revision)


def to_base(engine: Engine) -> None:
    """Remove every table of the registry and all that is in them."""
    with engine.begin() as connection:
        command.downgrade(_config(connection), "base")
