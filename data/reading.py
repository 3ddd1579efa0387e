"""YAML with line numbers, read strictly: every value knows where it stands, so that refusals name it.

Who reads a kind of file makes a subclass whose `fault` is the error that refuses it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from typing import ClassVar, Self

import yaml

MAX_CHARACTERS = 500_000
MAX_DEPTH = 20  # files need four levels; the reader takes the square of the depth
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # libyaml where there is one: four times as fast
_INTEGER = re.compile(r"[0-9]{1,9}")


@dataclass(frozen=True, slots=True)
class Value:
    """One node of a file; the readers return its content or raise `fault`."""

    node: yaml.Node
    file: str
    name: str  # what it is called in messages: "thresholds", "allow[2].owner"
    fault: ClassVar[type[Exception]] = ValueError

    @property
    def line(self) -> int:
        """Return the line on which it begins, from 1."""
        return self.node.start_mark.line + 1

    def error(self, why: str) -> Exception:
        """Return the error that refuses this value."""
        return self.fault(f"{self.file}:{self.line}: {self.name}: {why}")

    def fields(self, known: Collection[str], required: Collection[str] = ()) -> dict[str, Self]:
        """Return the fields of a mapping; unknown, repeated and missing ones are refused."""
        found = self.pairs()
        for name, value in found.items():
            if name not in known:
                raise value.error(f"there is no such field; known are {', '.join(sorted(known))}")
        for name in required:
            if name not in found:
                raise self.error(f"the field {name!r} is missing")
        return found

    def pairs(self) -> dict[str, Self]:
        """Return the entries of a mapping by key."""
        if not isinstance(self.node, yaml.MappingNode):
            raise self.error("fields are expected here (name: value)")
        found: dict[str, Self] = {}
        for key, node in self.node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise replace(self, node=key).error("a field's name must be a word")
            name = f"{self.name}.{key.value}" if self.name else key.value
            if key.value in found:
                raise replace(self, node=key, name=name).error("is given twice")
            found[key.value] = replace(self, node=node, name=name)
        return found

    def items(self) -> list[Self]:
        """Return the entries of a list."""
        if not isinstance(self.node, yaml.SequenceNode):
            raise self.error("a list is expected here (lines that begin with '-')")
        return [
            replace(self, node=node, name=f"{self.name}[{number}]")
            for number, node in enumerate(self.node.value, start=1)
        ]

    @property
    def is_text(self) -> bool:
        """True for a single value, False for lists and fields."""
        return isinstance(self.node, yaml.ScalarNode)

    @property
    def is_list(self) -> bool:
        """True for a list."""
        return isinstance(self.node, yaml.SequenceNode)

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

    def integer(self) -> int:
        """Return a whole number of 1 or more."""
        written = self.text()
        if not _INTEGER.fullmatch(written) or int(written) < 1:
            raise self.error("must be a whole number of 1 or more")
        return int(written)


def compose(text: str, file: str, fault: type[Exception]) -> yaml.Node | None:
    """Return the content of a file, None for an empty one; raises `fault` when it is no YAML to be read."""
    if len(text) > MAX_CHARACTERS:
        raise fault(f"{file}: is longer than {MAX_CHARACTERS:,} characters; split it into several files")
    try:
        depth = 0
        for event in _events(text):
            line = event.start_mark.line + 1 if event.start_mark else 1
            if isinstance(event, yaml.AliasEvent):
                raise fault(f"{file}:{line}: references (*name) are not read; write the value itself")
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            if depth > MAX_DEPTH:
                raise fault(f"{file}:{line}: is nested too deeply")
        return yaml.compose(text, Loader=_LOADER)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = min(mark.line, text.count("\n")) + 1 if mark else 1  # libyaml's end stands a line below
        raise fault(f"{file}:{line}: not valid YAML ({error.problem or 'malformed'})") from None
    except (yaml.YAMLError, UnicodeEncodeError):  # the latter is libyaml's word for half a character
        raise fault(f"{file}: not valid YAML (it holds a character that YAML forbids)") from None


def _events(text: str) -> Iterator[yaml.Event]:
    yield from yaml.parse(text, Loader=_LOADER)
