"""What stands in rule files, with its place: `data.reading` with the values that only rules have."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from data import reading
from scanners.errors import RuleError
from scanners.model import Category
from scanners.rules.model import Place

_NUMBER = re.compile(r"[0-9]{1,9}(\.[0-9]{1,9})?")
_TRUE, _FALSE = frozenset({"true", "yes", "on"}), frozenset({"false", "no", "off"})


@dataclass(frozen=True, slots=True)
class Value(reading.Value):
    """One node of a rule file; the readers return its content or raise `RuleError`."""

    fault = RuleError

    @property
    def place(self) -> Place:
        """Return where it begins."""
        return Place(self.file, self.line)

    def flag(self) -> bool:
        """Return true or false."""
        written = self.text().lower()
        if written not in _TRUE | _FALSE:
            raise self.error("must be true or false")
        return written in _TRUE

    def share(self) -> float:
        """Return a number from 0 to 1."""
        written = self.text()
        if not _NUMBER.fullmatch(written) or float(written) > 1:
            raise self.error("must be a number from 0 to 1")
        return float(written)

    def day(self) -> date:
        """Return a date."""
        written = self.text()
        try:
            return date.fromisoformat(written)
        except ValueError:
            raise self.error("must be a date such as 2027-03-31") from None

    def category(self) -> Category:
        """Return a category by its id."""
        return category(self, self.text())


def category(value: Value, written: str) -> Category:
    """Return the category of an id that stands at `value`."""
    try:
        return Category(written)
    except ValueError:
        known = ", ".join(each.value for each in Category)
        raise value.error(f"there is no category {written!r}; known are {known}") from None


def read(text: str, file: str) -> Value | None:
    """Return the content of a rule file, None for an empty one; raises `RuleError` when it is no YAML."""
    node = reading.compose(text, file, RuleError)
    return None if node is None else Value(node, file, "")
