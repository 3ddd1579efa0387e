"""Sealed columns of one row, in one place: a service names the column, the row's identity is bound to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from registry.errors import InvalidValue
from registry.store import Tx

LONGEST = 4_000


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a table with sealed columns."""

    tx: Tx
    table: str
    uid: str

    def sealed(self, plain: Mapping[str, str]) -> dict[str, bytes]:
        """Return the sealed columns of texts given by their plain names."""
        return {
            f"{name}_sealed": self.tx.vault.seal(
                text, table=self.table, row=self.uid, column=f"{name}_sealed"
            )
            for name, text in plain.items()
        }

    def opened(self, name: str, sealed: bytes | None) -> str:
        """Return the text of a column; nothing sealed is an empty text."""
        if sealed is None:
            return ""
        return self.tx.vault.open(sealed, table=self.table, row=self.uid, column=f"{name}_sealed")


def checked(texts: Mapping[str, str], *required: str, longest: int = LONGEST) -> dict[str, str]:
    """Return texts without blanks around them; InvalidValue: `required`, `too_long`."""
    found = {name: text.strip() for name, text in texts.items()}
    for name, text in found.items():
        if name in required and not text:
            raise InvalidValue(name, "required")
        if len(text) > longest:
            raise InvalidValue(name, "too_long")
    return found
