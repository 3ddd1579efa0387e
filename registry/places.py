"""Where an object lies below its source, and whether a ledger entry speaks of that place.

An entry covers an object when all of this holds; anything unclear is no match, so that doubt shows
as "not in the ledger" and never hides data:

1. the object comes from a registered source, and one of the entry's places names the same source;
2. the place's prefix is empty, or equals the object's name, or the name goes on after it at a segment
   boundary: "/" in folders, "!" inside an archive, mail or database, "." between schema and table;
3. the entry's unit and the source's unit stand on one line of the organisation tree (the same unit, or
   one above the other) within the same legal entity: a sibling department covers nothing here.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple
from urllib.parse import unquote

from registry.model import SourceId, UnitId

CONTAINER = "!"
COLLECTOR = "collector"
ENDS = ("/", CONTAINER)
_TABLE_ENDS = (*ENDS, ".")


@dataclass(frozen=True, slots=True)
class Location:
    """Where one object lies, as far as the match rule asks."""

    source_id: SourceId | None  # None: scanned without a registered source
    name: str  # path below the source, decoded: "人事/採用/応募者.xlsx", "public.employee"
    is_table: bool
    line: frozenset[
        UnitId
    ]  # units above and below the source's unit, itself included, within its legal entity


def name_below(uri: str, address: str) -> str | None:
    """Return the decoded name of `uri` below the source's `address`; None when it is not below it.

    `uri` is as scans write it: a file URI, or a database without driver, user and options followed by
    "!table". `address` is as people register it: path, file URI or database URL. A source that is one
    file has the name of that file.
    """
    place, root = readable(uri), place_of(address).rstrip("/")
    if not root:
        return place.lstrip("/" + CONTAINER)
    if place == root:
        return place.rsplit("/", 1)[-1]
    if not place.startswith(root):
        return None
    rest = place[len(root) :]
    return rest.lstrip("/" + CONTAINER) if rest[0] in ("/", CONTAINER) else None


def readable(uri: str) -> str:
    """Return a location as people write it: no percent-encoding, local files as plain paths."""
    if uri.startswith("file:"):
        return "/" + unquote(uri.removeprefix("file:")).lstrip("/")
    return unquote(uri) if "://" in uri else uri


def place_of(address: str) -> str:
    """Return a registered address in the form that scans write: no driver, user, password or options."""
    scheme, separator, rest = address.partition("://")
    if not separator or scheme == "file":
        return readable(address)
    if scheme == COLLECTOR:  # a site as a whole: names are whole locations
        return ""
    dialect = scheme.partition("+")[0]
    rest = rest.partition("?")[0]
    host, slash, path = rest.partition("/")
    if dialect == "sqlite":
        return unquote(f"sqlite://{rest}")
    host = host.rpartition("@")[2] or "localhost"
    return unquote(f"{'postgresql' if dialect == 'postgres' else dialect}://{host}{slash}{path}")


def segments(name: str) -> list[str]:
    """Return the parts of a name; a container is the folder of what it holds."""
    return name.replace(CONTAINER, "/").split("/")


def prefixes_of(name: str, *, is_table: bool) -> Iterator[str]:
    """Yield every place that is `name` or that it lies below, the narrowest first and the source last."""
    yield name
    yield from prefixes_above(name, is_table=is_table)


def prefixes_above(path: str, *, is_table: bool) -> Iterator[str]:
    """Yield the places that end at a boundary within `path`, the narrowest first and the source last."""
    ends = _TABLE_ENDS if is_table else ENDS
    for index in range(len(path) - 1, 0, -1):
        if path[index] in ends:
            yield path[:index]
    yield ""


class Registered(NamedTuple):
    """One place of one ledger entry."""

    entry_id: int
    unit_id: int
    source_id: int
    prefix: str


class Cover(NamedTuple):
    """Which entries, by id, speak of an object: `home` those with the longest prefix, `all` every one."""

    home: tuple[int, ...] = ()
    all: tuple[int, ...] = ()


class RegisteredPlaces:
    """Every place of a ledger, for asking which entries cover what lies there."""

    def __init__(self, places: Iterable[Registered]) -> None:
        self._at: dict[int, dict[str, list[tuple[int, int]]]] = {}
        self._known: dict[tuple[SourceId, frozenset[UnitId], bool], dict[str, Cover]] = {}
        for entry_id, unit_id, source_id, prefix in sorted(places):
            at = self._at.setdefault(source_id, {}).setdefault(prefix.strip("/"), [])
            if (entry_id, unit_id) not in at:
                at.append((entry_id, unit_id))

    def cover(self, location: Location) -> Cover:
        """Return the entries that cover an object; several are `home` when their prefixes are alike."""
        if location.source_id is None:
            return Cover()
        prefixes = prefixes_of(location.name, is_table=location.is_table)
        return self._cover(location.source_id, location, prefixes)

    def cover_within(self, folder: Location) -> Cover:
        """Return what covers every object of a folder that no entry names itself.

        The folder's name ends with the boundary behind which its objects' names go on.
        """
        if folder.source_id is None:
            return Cover()
        return self._cover(folder.source_id, folder, prefixes_above(folder.name, is_table=folder.is_table))

    def of_source(self, source_id: SourceId | None) -> Iterable[str]:
        """Return the places within one source."""
        return () if source_id is None else self._at.get(source_id, ())

    def single_objects(self) -> Iterator[tuple[int, str, str]]:
        """Yield each place as source, folder with its boundary, and last part: it may be one file."""
        for source_id, at in self._at.items():
            for prefix in at:
                leaf = prefix[max(prefix.rfind(end) for end in ENDS) + 1 :]
                yield source_id, prefix[: len(prefix) - len(leaf)], leaf

    def _cover(self, source_id: SourceId, location: Location, prefixes: Iterator[str]) -> Cover:
        """Return what covers the first of the prefixes: its own entries, and those of the next one."""
        known = self._known.setdefault((source_id, location.line, location.is_table), {})
        at = self._at.get(source_id, {})
        open_ones: list[str] = []
        cover = Cover()
        for prefix in prefixes:
            if prefix in known:
                cover = known[prefix]
                break
            open_ones.append(prefix)
        for prefix in reversed(open_ones):
            here = tuple(entry_id for entry_id, unit_id in at.get(prefix, ()) if unit_id in location.line)
            if here:
                cover = Cover(here, tuple(sorted({*here, *cover.all})))
            known[prefix] = cover
        return cover


def folder_groups(names: Sequence[str], covered: Container[str]) -> dict[str, list[int]]:
    """Group uncovered names by the highest folder in which nothing is covered.

    `names` are the uncovered names, `covered` every folder that holds something registered. Returns
    folder -> indices into `names`. A folder with registered neighbours is not named as a whole: its
    unregistered subfolders are named, and its loose files together as the folder itself. The root of
    a source is never a group for what lies in its folders.
    """
    groups: dict[str, list[int]] = {}
    for index, name in enumerate(names):
        parts = segments(name)
        folders = ["/".join(parts[:depth]) for depth in range(1, len(parts))]
        group = next((folder for folder in folders if folder not in covered), None)
        if group is None:
            group = folders[-1] if folders else ""
        groups.setdefault(group, []).append(index)
    return groups
