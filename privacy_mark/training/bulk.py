"""Tables for statements over thousands of rows at once, past the objects of single rows."""

from __future__ import annotations

from typing import cast

from sqlalchemy import Table

from registry.store.base import Base


def table_of(declared: type[Base]) -> Table:
    """Return the table of a declared class."""
    return cast("Table", declared.__table__)
