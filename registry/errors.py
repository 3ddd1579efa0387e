"""Errors of the registry: codes and identifiers only, never a personal value.

RegistryError
├── AccessDenied      the person asking may not do this here
├── NotFound          no such row, or none that the person asking may see: both look alike on purpose
├── Conflict          somebody else changed the row since it was read
│   └── EntriesChanged one of many entries that were to be changed together
├── InvalidValue      an input is refused; names the column and the rule
│   └── Duplicate     a value that must be unique is taken
├── NotReady          something comes before the role that was to be given
├── VaultError        a key is missing, malformed or wrong
├── ReferenceFileError a file of reference data is malformed; names file and line
└── StoreError        the database cannot be opened or is not of this version
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from registry.roles import Named


class RegistryError(Exception):
    """Base of every error that leaves the registry."""


class AccessDenied(RegistryError):
    """The person asking lacks a permission; the message says whom to ask and holds no data."""

    def __init__(self, permission: str) -> None:
        super().__init__(
            f"permission {permission} is not held for this unit; ask an administrator of the unit for a role"
        )
        self.permission = permission


class NotFound(RegistryError):
    """No such row for the person asking; the same whether it is absent or out of sight."""

    def __init__(self, table: str) -> None:
        super().__init__(f"no such row in {table} within your units; list what you can see and choose again")
        self.table = table


@dataclass(frozen=True, slots=True)
class Edited:
    """What others made of one column since it was read: its texts before and after, who last and when."""

    column: str
    before: str
    after: str
    who: str
    when: datetime


class Conflict(RegistryError):
    """The row changed since it was read.

    `who`, `when` (UTC) and `columns` tell of the other edits, `edits` of each column that now differs, and
    `version` is the row's present one: what an edit that merges both must name. 0: the row tells no version.
    """

    def __init__(
        self,
        who: str,
        when: datetime,
        columns: tuple[str, ...],
        edits: tuple[Edited, ...] = (),
        version: int = 0,
    ) -> None:
        super().__init__("the row was changed by somebody else; read it again and repeat the edit")
        self.who = who
        self.when = when
        self.columns = columns
        self.edits = edits
        self.version = version


@dataclass(frozen=True, slots=True)
class ChangedEntry:
    """A ledger entry of which somebody else changed the same columns to something else since it was read."""

    entry_id: int
    number: str
    name: str
    version: int  # the present one
    edits: tuple[Edited, ...]  # of the columns that were to be changed; empty: the version never was


class EntriesChanged(Conflict):
    """Of some entries that were to be changed together others changed the same; it tells of the first."""

    def __init__(self, first: Conflict, entries: tuple[ChangedEntry, ...]) -> None:
        super().__init__(first.who, first.when, first.columns, first.edits, first.version)
        self.entries = entries


class InvalidValue(RegistryError):
    """An input is refused: `column` is the field, `rule` the code of the rule it breaks."""

    def __init__(self, column: str, rule: str) -> None:
        super().__init__(f"{column}: {rule}; correct this field and try again")
        self.column = column
        self.rule = rule


class Duplicate(InvalidValue):
    """The value of `column` must be unique within its unit or registry and is taken."""

    def __init__(self, column: str) -> None:
        super().__init__(column, "taken")


class NotReady(RegistryError):
    """No role is given to somebody before something else is done; `names` say what, in both languages."""

    def __init__(self, names: tuple[Named, ...]) -> None:
        listed = ", ".join(name.en or name.ja for name in names)
        super().__init__(f"no role is given before {listed}; let the person do it first")
        self.names = names


class ReferenceFileError(RegistryError):
    """A file of reference data is malformed: the message names file, line and field."""


class VaultError(RegistryError):
    """A key is missing, malformed or not the one that the data were sealed with."""


class StoreError(RegistryError):
    """The database cannot be opened, or its schema is not the one of this program."""
