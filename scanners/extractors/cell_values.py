"""Values of typed columns as a person would see them, and binary values that are documents."""

from __future__ import annotations

import io
import re
from dataclasses import dataclass, field

from scanners.encodings import Decoded, decode
from scanners.extractors.interface import Budget, Member
from scanners.model import Gap, Reason

_CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")
_DOCUMENTS = (b"%PDF-", b"{\\rtf")  # may be written in letters alone
_SMALL = 64  # bytes: hashes, keys and coordinates, no document
_WHOLE = 1e15  # floats below it that are whole are shown as numbers without a point


def shown(value: object) -> str | None:
    """Return a value as text; None for binary values that are no text."""
    match value:
        case str():
            return value
        case None:
            return ""
        case bool():
            return str(int(value))  # a word would be taken for somebody in a column of members
        case int():
            return str(value)
        case float():
            return str(int(value)) if value.is_integer() and abs(value) < _WHOLE else repr(value)
        case bytes():
            return _as_text(value)
        case dict():
            return "; ".join(f"{key}: {text}" for key, each in value.items() if (text := shown(each)))
        case list() | tuple():
            return "; ".join(text for each in value if (text := shown(each)))
        case _:
            return str(value)


def _as_text(value: bytes) -> str | None:
    if value.startswith(_DOCUMENTS) or _CONTROL.search(value, 0, 4096):
        return None
    decoded = decode(value)
    return decoded.text if isinstance(decoded, Decoded) and not decoded.damaged else None


@dataclass(slots=True)
class Binaries:
    """Binary values of one object: those of a known kind are members, the others are counted."""

    seen: int = 0
    unknown: int = 0
    _taken: list[Member] = field(default_factory=list)

    def take(self, name: str, value: bytes, budget: Budget) -> None:
        """Keep a value that may be a document until `members` hands it on."""
        from scanners.kinds import sniff  # it knows texts too, and so the readers of them

        if len(value) <= _SMALL:
            return
        self.seen += 1
        held = io.BytesIO(value)
        if sniff(held) in ("unknown", "txt"):
            self.unknown += 1
            return
        budget.member()
        self._taken.append(Member(name, held, len(value)))

    def members(self) -> list[Member]:
        """Return what was kept since the last call."""
        taken, self._taken = self._taken, []
        return taken

    def gap(self) -> list[Gap]:
        """Return what was left out, as a gap if there is any."""
        if not self.unknown:
            return []
        return [Gap(Reason.UNDECODABLE, f"{self.unknown} of {self.seen} binary values of no known kind")]
