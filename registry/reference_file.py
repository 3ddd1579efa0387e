"""Reads reference data in YAML strictly: a refusal names the file, the line and the field."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass

import yaml

from registry.errors import ReferenceFileError

_INTEGER = re.compile(r"[1-9][0-9]{0,8}")


@dataclass(frozen=True, slots=True)
class Value:
    """One node of a file; the readers return its content or raise `ReferenceFileError`."""

    node: yaml.Node
    file: str
    name: str  # what it is called in messages: threats[3].harm

    def error(self, why: str) -> ReferenceFileError:
        """Return the error that refuses this value."""
        return ReferenceFileError(f"{self.file}:{self.node.start_mark.line + 1}: {self.name}: {why}")

    def fields(self, known: Collection[str], required: Collection[str]) -> dict[str, Value]:
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
            name = f"{self.name}.{key.value}" if self.name else str(key.value)
            value = Value(node, self.file, name)
            if key.value in found:
                raise value.error("is given twice")
            found[str(key.value)] = value
        return found

    def items(self) -> list[Value]:
        """Return the entries of a list."""
        if not isinstance(self.node, yaml.SequenceNode):
            raise self.error("a list is expected here")
        return [
            Value(node, self.file, f"{self.name}[{number}]") for number, node in enumerate(self.node.value, 1)
        ]

    def text(self, most: int = 200) -> str:
        """Return a text of 1 to `most` characters, as written."""
        if not isinstance(self.node, yaml.ScalarNode):
            raise self.error("one value is expected here")
        value = str(self.node.value)
        if not value.strip():
            raise self.error("is empty")
        if len(value) > most:
            raise self.error(f"is longer than {most} characters")
        return value

    def integer(self) -> int:
        """Return a whole number of 1 or more."""
        written = self.text()
        if not _INTEGER.fullmatch(written):
            raise self.error("must be a whole number of 1 or more")
        return int(written)


def read(text: str, file: str) -> Value:
    """Return the content of a file; raises `ReferenceFileError` when it is empty or no YAML."""
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise ReferenceFileError(f"{file}:{line}: not valid YAML ({error.problem or 'malformed'})") from None
    if node is None:
        raise ReferenceFileError(f"{file}: is empty")
    return Value(node, file, "")
