"""How facts of this room are corrected: sections of a workspace's files, from a day on.

A file has `version`, `source` and any of the sections `bodies`, `fees`, `steps`, `cycle`, `accidents`,
`processors` (of `privacy_mark.processors.rules`). Files are read in the order of their names, each on top of
those before. With `from` a correction holds from that day on; without it, it puts right what was wrong all
along.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Generic, TypeVar

from privacy_mark.certificates.reading import day
from registry import corrections
from registry.corrections import Files
from registry.errors import ReferenceFileError
from registry.reference_file import Value, read

Fact = TypeVar("Fact")
Made = TypeVar("Made")

FOLDER = "certificates"  # of a workspace
SECTIONS = ("bodies", "fees", "steps", "cycle", "accidents", "processors")


@dataclass(frozen=True, slots=True)
class Dated(Generic[Fact]):
    """A fact with what it was and will be: from each day on another version, the first from always."""

    versions: tuple[tuple[date, Fact], ...]

    @classmethod
    def always(cls, fact: Fact) -> Dated[Fact]:
        """Return a fact that never changed."""
        return cls(((date.min, fact),))

    @property
    def newest(self) -> Fact:
        """Return the last version, whose names are shown."""
        return self.versions[-1][1]

    def on(self, day: date | None) -> Fact:
        """Return the version of a day; the newest without one."""
        if day is None:
            return self.newest
        return next(fact for first, fact in reversed(self.versions) if first <= day)

    def changed(self, first: date | None, change: Callable[[Fact], Fact]) -> Dated[Fact]:
        """Return the fact with a change from a day on, or of all that it ever was."""
        since = first or date.min
        versions = dict(self.versions)
        versions.setdefault(since, self.on(since))
        return Dated(
            tuple(
                (begins, change(versions[begins]) if begins >= since else versions[begins])
                for begins in sorted(versions)
            )
        )


def in_force(made: Callable[[Files], Made]) -> Made:
    """Return what is made of the files in force; of the product's facts alone while a section is wrong."""
    files = corrections.in_force()
    found = _told(made, files) if files else made(())
    return made(()) if isinstance(found, ReferenceFileError) else found  # type: ignore[return-value]  # the cache knows no types


def sections(files: Files, name: str) -> Iterator[Value]:
    """Yield one section of every file that has it; raises `ReferenceFileError` naming file and line."""
    for text, file in files:
        fields = read(text, file).fields(("version", "source", *SECTIONS), ("version", "source"))
        fields["version"].integer()
        fields["source"].text(400)
        if name in fields:
            yield fields[name]


def since(fields: dict[str, Value]) -> date | None:
    """Return from when a correction holds; None: always."""
    return day(fields["from"]) if "from" in fields else None


@lru_cache(maxsize=64)
def _told(made: Callable[[Files], object], files: Files) -> object:
    try:
        return made(files)
    except ReferenceFileError as error:
        return error
