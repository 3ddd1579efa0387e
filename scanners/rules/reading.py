"""YAML with line numbers: every value knows where it stands, so that a refusal can name the place."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date

import yaml

from scanners.errors import RuleError
from scanners.model import Category
from scanners.rules.model import Place

MAX_CHARACTERS = 500_000
MAX_DEPTH = 20  # rules need four levels; the reader takes the square of the depth
_INTEGER = re.compile(r"[0-9]{1,9}")
_NUMBER = re.compile(r"[0-9]{1,9}(\.[0-9]{1,9})?")
_TRUE, _FALSE = frozenset({"true", "yes", "on"}), frozenset({"false", "no", "off"})


@dataclass(frozen=True, slots=True)
class Value:
    """One node of a rule file; the readers return its content or raise `RuleError`."""

    node: yaml.Node
    file: str
    name: str  # what it is called in messages: "thresholds", "allow[2].owner"

    @property
    def place(self) -> Place:
        """Return where it begins."""
        return Place(self.file, self.node.start_mark.line + 1)

    def error(self, why: str) -> RuleError:
        """Return the error that refuses this value."""
        return RuleError(f"{self.place}: {self.name}: {why}")

    def fields(self, known: Collection[str], required: Collection[str] = ()) -> dict[str, Value]:
        """Return the fields of a mapping; unknown, repeated and missing ones are refused."""
        found = self.pairs()
        for name, value in found.items():
            if name not in known:
                raise value.error(f"there is no such field; known are {', '.join(sorted(known))}")
        for name in required:
            if name not in found:
                raise self.error(f"the field {name!r} is missing")
        return found

    def pairs(self) -> dict[str, Value]:
        """Return the entries of a mapping by key."""
        if not isinstance(self.node, yaml.MappingNode):
            raise self.error("fields are expected here (name: value)")
        found: dict[str, Value] = {}
        for key, node in self.node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise Value(key, self.file, self.name).error("a field's name must be a word")
            name = f"{self.name}.{key.value}" if self.name else key.value
            if key.value in found:
                raise Value(key, self.file, name).error("is given twice")
            found[key.value] = Value(node, self.file, name)
        return found

    def items(self) -> list[Value]:
        """Return the entries of a list."""
        if not isinstance(self.node, yaml.SequenceNode):
            raise self.error("a list is expected here (lines that begin with '-')")
        return [
            Value(node, self.file, f"{self.name}[{number}]")
            for number, node in enumerate(self.node.value, start=1)
        ]

    @property
    def is_text(self) -> bool:
        """True for a single value, False for lists and fields."""
        return isinstance(self.node, yaml.ScalarNode)

    def text(self, most: int = 200) -> str:
        """Return a text of 1 to `most` characters, as written: 0120 stays 0120."""
        if not isinstance(self.node, yaml.ScalarNode):
            raise self.error("one value is expected here")
        value = str(self.node.value)
        if not value.strip():
            raise self.error("is empty")
        if len(value) > most:
            raise self.error(f"is longer than {most} characters")
        return value

    def flag(self) -> bool:
        """Return true or false."""
        written = self.text().lower()
        if written not in _TRUE | _FALSE:
            raise self.error("must be true or false")
        return written in _TRUE

    def integer(self) -> int:
        """Return a whole number of 1 or more."""
        written = self.text()
        if not _INTEGER.fullmatch(written) or int(written) < 1:
            raise self.error("must be a whole number of 1 or more")
        return int(written)

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
    if len(text) > MAX_CHARACTERS:
        raise RuleError(f"{file}: is longer than {MAX_CHARACTERS:,} characters; split it into several files")
    try:
        depth = 0
        for event in _events(text):
            line = event.start_mark.line + 1 if event.start_mark else 1
            if isinstance(event, yaml.AliasEvent):
                raise RuleError(f"{file}:{line}: references (*name) are not read; write the value itself")
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            if depth > MAX_DEPTH:
                raise RuleError(f"{file}:{line}: is nested too deeply")
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        raise RuleError(f"{file}:{line}: not valid YAML ({error.problem or 'malformed'})") from None
    except yaml.YAMLError:
        raise RuleError(f"{file}: not valid YAML (it holds a character that YAML forbids)") from None
    return None if node is None else Value(node, file, "")


def _events(text: str) -> Iterator[yaml.Event]:
    yield from yaml.parse(text, Loader=yaml.SafeLoader)
