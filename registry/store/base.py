"""What the tables of the registry have in common: names of constraints, column types, versions of rows."""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import Annotated, Any

from sqlalchemy import (
    BigInteger,
    ForeignKey,
    LargeBinary,
    MetaData,
    String,
    Text,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, declared_attr, mapped_column

from registry.store.types import UtcTime

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


def new_uid() -> str:
    """Return 32 random hexadecimal digits: the identity a sealed value is bound to."""
    return secrets.token_hex(16)


Key = Annotated[int, mapped_column(primary_key=True)]
Uid = Annotated[str, mapped_column(String(32), unique=True, default=new_uid)]
Code = Annotated[str, mapped_column(String(64))]
Moment = Annotated[datetime, mapped_column(UtcTime)]
MaybeMoment = Annotated[datetime | None, mapped_column(UtcTime)]
Words = Annotated[str, mapped_column(Text)]
Sealed = Annotated[bytes, mapped_column(LargeBinary)]
Count = Annotated[int, mapped_column(BigInteger)]
UnitRef = Annotated[int, mapped_column(ForeignKey("org_unit.id"), index=True)]


class Base(DeclarativeBase):
    """Declarative base: one metadata, constraint names that migrations can rely on."""

    metadata = MetaData(naming_convention=NAMING)


class Versioned:
    """Mixin of every table that people edit: an update of a row that changed meanwhile fails."""

    version: Mapped[int] = mapped_column(sort_order=100)

    @declared_attr.directive
    def __mapper_args__(cls) -> dict[str, Any]:  # noqa: N805 - SQLAlchemy calls it with the class
        return {"version_id_col": cls.version}


class UsedOnce:
    """Mixin of tables of which rows are deleted and whose ids stand in the journal: none is given twice.

    See `registry.store.unused_ids`.
    """

    id: Mapped[Key]
